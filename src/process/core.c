// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was mapped when a core was written: its program headers, and the note
 * that has the files.
 */
#include <gelf.h>
#include <string.h>
#include <unistd.h>

#include "lib/memory.h"
#include "process/internal.h"

/* What comes through a pipe; the kernel writes headers and notes first. */
#define MAX_PIPED (64u << 20)

/* What no process has mapped, though cores have it. */
#define VSYSCALL 0xffffffffff600000

/* The files that were mapped: NT_FILE as the kernel writes it. */
struct core_files {
	uint64_t *word; /* start, end, page of the file; of each */
	size_t nr;
	size_t nr_found; /* whose VMA has a program header */
	uint64_t page_size;
	const char *names;
	const char *end;
};

bool core_is(const char *first, size_t len)
{
	return len >= SELFMAG && !memcmp(first, ELFMAG, SELFMAG);
}

/* libelf has no error for what ends within its first bytes. */
static const char *damage(void)
{
	int error = elf_errno();

	return error ? elf_errmsg(error) : "it is cut off, or of no class";
}

/* ---- opening it --------------------------------------------------------- */

/* All of it, or as much as a pipe may bring. */
static char *read_piped(FILE *in, const char *first, size_t *len)
{
	size_t got = *len;
	char *image = xmalloc(MAX_PIPED);

	memcpy(image, first, got);
	*len = got + fread(image + got, 1, MAX_PIPED - got, in);
	return image;
}

static Elf *open_core(FILE *in, const char *first, size_t len, char **image)
{
	int fd = fileno(in);

	elf_version(EV_CURRENT);
	if (fd >= 0 && lseek(fd, 0, SEEK_CUR) >= 0)
		return elf_begin(fd, ELF_C_READ, NULL);
	*image = read_piped(in, first, &len);
	return elf_memory(*image, len);
}

/* ---- its files ---------------------------------------------------------- */

/* Count, page size, three words for each, and then the names. */
static void take_files(Elf *elf, const char *desc, size_t len,
		       struct core_files *files)
{
	const char *ident = elf_getident(elf, NULL);
	size_t word = gelf_fsize(elf, ELF_T_ADDR, 1, EV_CURRENT);
	size_t nr = word ? len / word : 0;
	uint64_t *words = xcalloc(nr, sizeof(*words));

	for (size_t i = 0; i < nr; i++) {
		Elf_Data from = { .d_buf = (void *)(desc + i * word),
				  .d_type = ELF_T_ADDR,
				  .d_version = EV_CURRENT,
				  .d_size = word };
		uint32_t narrow = 0;
		Elf_Data to = from;

		to.d_buf = word == 4 ? (void *)&narrow : (void *)&words[i];
		gelf_xlatetom(elf, &to, &from, ident[EI_DATA]);
		if (word == 4)
			words[i] = narrow;
	}
	if (nr >= 2 && words[0] <= (nr - 2) / 3) {
		files->word = words;
		files->nr = words[0];
		files->page_size = words[1];
		files->names = desc + (2 + 3 * files->nr) * word;
		files->end = desc + len;
	} else {
		free(words);
	}
}

/* Returns the data, which the names are in, or NULL. */
static void find_files(Elf *elf, const GElf_Phdr *notes,
		       struct core_files *files)
{
	Elf_Data *data = elf_getdata_rawchunk(
		elf, (int64_t)notes->p_offset, notes->p_filesz,
		notes->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t at = 0, next, name, desc;
	GElf_Nhdr note;

	while (data && !files->word &&
	       (next = gelf_getnote(data, at, &note, &name, &desc))) {
		if (note.n_type == NT_FILE)
			take_files(elf, (char *)data->d_buf + desc,
				   note.n_descsz, files);
		at = next;
	}
}

/* ---- its VMAs ----------------------------------------------------------- */

/* Both go by ascending address: files that end below are done with. */
static void name_vma(struct core_files *files, size_t *at,
		     struct maps_vma *head, const char **name, size_t *len)
{
	*name = "";
	*len = 0;
	if (head->start == VSYSCALL) {
		*name = "[vsyscall]";
		*len = strlen(*name);
		return;
	}
	for (; *at < files->nr; (*at)++) {
		const uint64_t *word = &files->word[2 + 3 * *at];
		size_t room = (size_t)(files->end - files->names);

		if (word[1] > head->start) {
			if (word[0] > head->start)
				return;
			head->offset = word[2] * files->page_size +
				       (head->start - word[0]);
			files->nr_found += word[0] == head->start;
			*name = files->names;
			*len = strnlen(*name, room);
			return;
		}
		files->names += strnlen(files->names, room);
		files->names += files->names < files->end;
	}
}

static void take_vmas(struct intake *r, Elf *elf, size_t nr,
		      struct core_files *files)
{
	size_t at = 0;

	for (size_t i = 0; i < nr && !r->failed; i++) {
		struct maps_vma head = { 0 };
		const char *name;
		GElf_Phdr phdr;
		size_t len;

		if (!gelf_getphdr(elf, (int)i, &phdr)) {
			intake_fail(r, "a damaged ELF file: ", damage());
			return;
		}
		if (phdr.p_type != PT_LOAD || !phdr.p_memsz)
			continue;
		head.start = phdr.p_vaddr;
		head.flags = (phdr.p_flags & PF_R ? MAPS_READ : 0) |
			     (phdr.p_flags & PF_W ? MAPS_WRITE : 0) |
			     (phdr.p_flags & PF_X ? MAPS_EXEC : 0);
		if (__builtin_add_overflow(head.start, phdr.p_memsz,
					   &head.end)) {
			intake_fail(r, "a program header goes beyond ",
				    "the last address, expected a whole core");
			return;
		}
		name_vma(files, &at, &head, &name, &len);
		intake_add(r, &head, name, len);
	}
	if (!r->failed && !r->maps->nr)
		intake_fail(r, "no program header of memory, ",
			    "expected a core by the kernel");
}

/* A file whose VMA is not there, or all of them. */
static void say_missing(struct intake *r, const struct core_files *files)
{
	size_t nr = files->nr - files->nr_found;
	char *what;

	if (!files->word) {
		intake_missing(
			r, 1,
			"no note of the mapped files, or not all of it, expected NT_FILE as the kernel writes it");
	} else if (nr) {
		what = xasprintf(
			"%zu mapped file%s no program header, as in what gdb's gcore writes, expected a core by the kernel",
			nr, nr == 1 ? " has" : "s have");
		intake_missing(r, nr, what);
		free(what);
	}
}

static void take_core(struct intake *r, Elf *elf)
{
	struct core_files files = { .page_size = 4096 };
	GElf_Ehdr ehdr;
	GElf_Phdr phdr;
	size_t nr;

	if (!gelf_getehdr(elf, &ehdr) || elf_getphdrnum(elf, &nr)) {
		intake_fail(r, "a damaged ELF file: ", damage());
		return;
	}
	if (ehdr.e_type != ET_CORE) {
		intake_fail(r, "a program or library, ",
			    "expected the core of a process, maps or smaps");
		return;
	}
	for (size_t i = 0; i < nr && !files.word; i++) {
		if (!gelf_getphdr(elf, (int)i, &phdr))
			break;
		if (phdr.p_type == PT_NOTE)
			find_files(elf, &phdr, &files);
	}
	take_vmas(r, elf, nr, &files);
	if (!r->failed)
		say_missing(r, &files);
	free(files.word);
}

void core_read(struct intake *r, FILE *in, const char *first, size_t len)
{
	char *image = NULL;
	Elf *elf = open_core(in, first, len, &image);

	r->maps->form = "an ELF core";
	if (elf && elf_kind(elf) == ELF_K_ELF)
		take_core(r, elf);
	else
		intake_fail(r, "a damaged ELF file: ", damage());
	elf_end(elf);
	free(image);
}
