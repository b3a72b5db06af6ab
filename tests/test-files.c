// SPDX-License-Identifier: GPL-2.0-only
/* Tests of sets of files, which appear whole or not at all. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "emit/emit.h"
#include "test-emit.h"
#include "tests.h"

/* ---- sets of files ------------------------------------------------------- */

static char dir[TEMP_PATH];

static void make_dir(void)
{
	temp_dir(dir);
}

static void drop_dir(void)
{
	char *command;

	ck_assert_int_gt(asprintf(&command, "rm -rf '%s'", dir), 0);
	ck_assert_int_eq(system(command), 0);
	free(command);
}

static const char *path_of(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_file(const char *name, const char *content)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	ck_assert_int_eq(fclose(f), 0);
}

static char *read_all(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen(path, "r");

	ck_assert_msg(in, "cannot open %s", path);
	if (getdelim(&text, &size, '\0', in) < 0)
		text[0] = '\0';
	fclose(in);
	return text;
}

static void file_is(const char *name, const char *content)
{
	char *text = read_all(path_of(name));

	ck_assert_str_eq(text, content);
	free(text);
}

static size_t nr_entries(const char *path)
{
	DIR *d = opendir(path);
	size_t nr = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		nr++;
	closedir(d);
	return nr - 2;
}

/* Write a set to a place, expect so, and return what was complained. */
static char *write_set(struct files *files, const char *where, int expect)
{
	char *text;
	size_t size;
	FILE *err = open_memstream(&text, &size);

	ck_assert_int_eq(files_write(files, where, err), expect);
	fclose(err);
	files_free(files);
	return text;
}

static void complains(struct files *files, const char *where, const char *about)
{
	char *text = write_set(files, where, -1);

	ck_assert_str_eq(text, about);
	free(text);
}

static void writes(struct files *files, const char *where)
{
	char *text = write_set(files, where, 0);

	ck_assert_str_eq(text, "");
	free(text);
}

static struct files *two_files(const char *a, const char *b)
{
	struct files *files = files_new();

	fputs(a, files_add(files, "a.txt"));
	fputs(b, files_add(files, "%s/b.txt", "sub"));
	return files;
}

START_TEST(files_appear)
{
	struct stat st;

	umask(022);
	writes(two_files("one\n", "two\n"), path_of("deep/down"));
	file_is("deep/down/a.txt", "one\n");
	file_is("deep/down/sub/b.txt", "two\n");
	ck_assert_uint_eq(nr_entries(path_of("deep/down")), 2);
	ck_assert_uint_eq(nr_entries(path_of("deep/down/sub")), 1);
	ck_assert_int_eq(stat(path_of("deep/down/a.txt"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(files_are_replaced)
{
	writes(two_files("one\n", "two\n"), dir);
	writes(two_files("three\n", ""), dir);
	file_is("a.txt", "three\n");
	file_is("sub/b.txt", "");
	ck_assert_uint_eq(nr_entries(dir), 2);
	ck_assert_uint_eq(nr_entries(path_of("sub")), 1);
}
END_TEST

static void set_old(const char *name)
{
	const struct timespec long_ago[2] = { { .tv_sec = 1000 },
					      { .tv_sec = 1000 } };

	ck_assert_int_eq(utimensat(AT_FDCWD, path_of(name), long_ago, 0), 0);
}

static bool is_old(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(path_of(name), &st), 0);
	return st.st_mtime == 1000;
}

START_TEST(same_content_is_left_alone)
{
	writes(two_files("one\n", "two\n"), dir);
	set_old("a.txt");
	set_old("sub/b.txt");
	writes(two_files("one\n", "TWO\n"), dir);
	ck_assert(is_old("a.txt"));
	ck_assert(!is_old("sub/b.txt"));
	writes(two_files("one\nmore\n", "TWO\n"), dir);
	ck_assert(!is_old("a.txt"));
}
END_TEST

/* What a full disk does: the second file does not fit. */
static void limit_files_to(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(full_disk_changes_nothing)
{
	char about[2 * PATH_MAX], big[2000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	writes(two_files("one\n", "two\n"), dir);
	set_old("a.txt");
	snprintf(about, sizeof(about),
		 "vmatlas: cannot write '%s/sub/b.txt': %s\n", dir,
		 strerror(EFBIG));
	limit_files_to(1000);
	complains(two_files("ONE\n", big), dir, about);
	limit_files_to(RLIM_INFINITY);

	file_is("a.txt", "one\n");
	ck_assert(is_old("a.txt"));
	file_is("sub/b.txt", "two\n");
	ck_assert_uint_eq(nr_entries(dir), 2);
	ck_assert_uint_eq(nr_entries(path_of("sub")), 1);
}
END_TEST

/* The first is in place when the second cannot be: it must go back. */
START_TEST(failed_rename_changes_nothing)
{
	char about[2 * PATH_MAX];

	put_file("a.txt", "one\n");
	set_old("a.txt");
	ck_assert_int_eq(mkdir(path_of("sub"), 0777), 0);
	ck_assert_int_eq(mkdir(path_of("sub/b.txt"), 0777), 0);
	snprintf(about, sizeof(about),
		 "vmatlas: cannot write '%s/sub/b.txt': %s\n", dir,
		 strerror(EISDIR));
	complains(two_files("ONE\n", "TWO\n"), dir, about);
	file_is("a.txt", "one\n");
	ck_assert(is_old("a.txt"));

	ck_assert_int_eq(unlink(path_of("a.txt")), 0);
	complains(two_files("ONE\n", "TWO\n"), dir, about);
	ck_assert_uint_eq(nr_entries(dir), 1);
	ck_assert_uint_eq(nr_entries(path_of("sub")), 1);
}
END_TEST

/* Not by permissions, which root does not feel. */
START_TEST(no_directory_to_write_to)
{
	char where[PATH_MAX], about[2 * PATH_MAX];

	put_file("file", "");
	snprintf(where, sizeof(where), "%s/file", dir);
	snprintf(about, sizeof(about),
		 "vmatlas: cannot create directory '%s': %s\n", where,
		 strerror(ENOTDIR));
	complains(two_files("one\n", "two\n"), where, about);

	complains(two_files("one\n", "two\n"), path_of("file/below"), about);

	snprintf(about, sizeof(about), "vmatlas: cannot write to '': %s\n",
		 strerror(ENOENT));
	complains(two_files("one\n", "two\n"), "", about);
	ck_assert_uint_eq(nr_entries(dir), 1);
}
END_TEST

/* A killed run with our process id left its temporary files. */
START_TEST(left_over_temporary_files)
{
	char name[64];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), ".vmatlas-%ld-%d.tmp",
			 (long)getpid(), i);
		put_file(name, "left over");
	}
	writes(two_files("one\n", "two\n"), dir);
	writes(two_files("ONE\n", "TWO\n"), dir);
	file_is("a.txt", "ONE\n");
	file_is(name, "left over");
	ck_assert_uint_eq(nr_entries(dir), 2 + 3);
}
END_TEST

/* ---- what is not to be replaced ------------------------------------------ */

static void write_file(const char *path, const char *content)
{
	char *text;
	size_t size;
	FILE *err = open_memstream(&text, &size);
	int ret = file_write(path, content, strlen(content), err);

	fclose(err);
	ck_assert_msg(!ret && !size, "%d, %s", ret, text);
	free(text);
}

static mode_t type_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(path_of(name), &st), 0);
	return st.st_mode & S_IFMT;
}

START_TEST(links_are_followed)
{
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s/sub/b.txt", dir);
	writes(two_files("one\n", "two\n"), dir);
	ck_assert_int_eq(symlink("sub/b.txt", path_of("relative")), 0);
	ck_assert_int_eq(symlink(target, path_of("absolute")), 0);
	ck_assert_int_eq(symlink("relative", path_of("of-a-link")), 0);
	ck_assert_int_eq(symlink("not-yet", path_of("dangling")), 0);

	write_file(path_of("relative"), "three\n");
	file_is("sub/b.txt", "three\n");
	write_file(path_of("absolute"), "four\n");
	file_is("sub/b.txt", "four\n");
	write_file(path_of("of-a-link"), "five\n");
	file_is("sub/b.txt", "five\n");
	write_file(path_of("dangling"), "six\n");
	file_is("not-yet", "six\n");
	ck_assert_uint_eq(type_of("relative"), S_IFLNK);
	ck_assert_uint_eq(type_of("absolute"), S_IFLNK);
	ck_assert_uint_eq(type_of("of-a-link"), S_IFLNK);
	ck_assert_uint_eq(type_of("dangling"), S_IFLNK);
	ck_assert_uint_eq(nr_entries(path_of("sub")), 1);
}
END_TEST

/* In a set, too: here a page is a link to elsewhere. */
START_TEST(links_in_a_set_are_followed)
{
	put_file("elsewhere", "old\n");
	ck_assert_int_eq(symlink("elsewhere", path_of("a.txt")), 0);
	writes(two_files("new\n", ""), dir);
	file_is("elsewhere", "new\n");
	ck_assert_uint_eq(type_of("a.txt"), S_IFLNK);
}
END_TEST

START_TEST(links_in_a_circle)
{
	char about[2 * PATH_MAX];

	ck_assert_int_eq(symlink("a.txt", path_of("a.txt")), 0);
	snprintf(about, sizeof(about), "vmatlas: cannot write '%s/a.txt': %s\n",
		 dir, strerror(ELOOP));
	complains(two_files("one\n", "two\n"), dir, about);
	ck_assert_uint_eq(type_of("a.txt"), S_IFLNK);
}
END_TEST

START_TEST(fifo_is_written_to)
{
	char text[16] = { 0 };
	int fd;

	ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
	fd = open(path_of("fifo"), O_RDONLY | O_NONBLOCK);
	ck_assert_int_ge(fd, 0);
	write_file(path_of("fifo"), "one\n");
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "one\n");
	ck_assert_uint_eq(type_of("fifo"), S_IFIFO);
	close(fd);
}
END_TEST

/* Devices of its own, for which it must be root. */
START_TEST(device_is_written_to)
{
	struct stat before, after;
	char about[2 * PATH_MAX];

	/* Nor may a file system have any that is mounted with nodev. */
	if (mknod(path_of("a.txt"), S_IFCHR | 0600, makedev(1, 7)) ||
	    access(path_of("a.txt"), W_OK)) {
		printf("skipped: device_is_written_to: mknod(): %s\n",
		       strerror(errno));
		return;
	}
	ck_assert_int_eq(mknod(path_of("null"), S_IFCHR | 0600, makedev(1, 3)),
			 0);
	ck_assert_int_eq(stat(path_of("null"), &before), 0);
	write_file(path_of("null"), "one\n");
	ck_assert_int_eq(stat(path_of("null"), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);

	/* What it says is asked: this one is full. */
	snprintf(about, sizeof(about), "vmatlas: cannot write '%s/a.txt': %s\n",
		 dir, strerror(ENOSPC));
	complains(two_files("one\n", "two\n"), dir, about);
	ck_assert_uint_eq(type_of("a.txt"), S_IFCHR);
}
END_TEST

/* Standard output that is a log which others append to. */
START_TEST(stdout_is_not_replaced)
{
	int before = dup(STDOUT_FILENO);
	int fd;

	put_file("log", "old\n");
	fd = open(path_of("log"), O_WRONLY | O_APPEND);
	ck_assert_int_ge(fd, 0);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	printf("first\n");
	write_file("/dev/stdout", "new\n");
	write_file(path_of("log"), "newer\n");
	printf("last\n");
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	file_is("log", "old\nfirst\nnew\nnewer\nlast\n");
}
END_TEST

START_TEST(no_directory_is_made_for_a_file)
{
	char here[PATH_MAX], *text;
	size_t size;
	FILE *err = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	ck_assert_int_eq(chdir(dir), 0);
	write_file("file", "two\n");
	ck_assert_int_eq(file_write("deep/file", "", 0, err), -1);
	ck_assert_int_eq(mkdir("deep", 0777), 0);
	ck_assert_int_eq(mkdir("deep/down", 0777), 0);
	ck_assert_int_eq(file_write("deep/down", "", 0, err), -1);
	ck_assert_int_eq(file_write("new/", "", 0, err), -1);
	ck_assert_int_eq(file_write("", "", 0, err), -1);
	ck_assert_int_eq(chdir(here), 0);
	fclose(err);
	ck_assert_str_eq(
		text,
		"vmatlas: cannot write 'deep/file': No such file or directory\n"
		"vmatlas: cannot write 'deep/down': Is a directory\n"
		"vmatlas: cannot write 'new/': Is a directory\n"
		"vmatlas: cannot write '': No such file or directory\n");
	free(text);
	file_is("file", "two\n");
	ck_assert_uint_eq(nr_entries(dir), 2);
}
END_TEST

START_TEST(no_way_out_of_the_directory)
{
	static const char *const names[] = {
		"/x", "../x",	"a/..", "..",  ".",
		"",   "a/../c", "a/",	"./x", "a/.",
	};

	/* What assert() has to say is expected, and in the way. */
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	files_add(files_new(), "%s", names[_i]);
}
END_TEST

START_TEST(files_are_printed_in_order)
{
	struct files *files = two_files("one\n", "two\n");
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	files_print(files, out);
	fclose(out);
	ck_assert_str_eq(text, "one\n\ntwo\n");
	files_free(files);
	free(text);
}
END_TEST

/* Number @i adds as many files as that: some of the parts have none. */
static void add_part(void *data, size_t i, struct files *files)
{
	for (size_t j = 0; j < i % 4; j++)
		fprintf(files_add(files, "%zu-%zu", i, j), "%s%zu.%zu",
			(char *)data, i, j);
}

START_TEST(parts_are_in_order_and_whole)
{
	struct files *files = files_new();
	char *text, *wanted, x[] = "x";
	size_t size;
	FILE *out = open_memstream(&wanted, &size);

	fputs("before", files_add(files, "before"));
	fputs("before", out);
	for (size_t i = 0; i < 200; i++)
		for (size_t j = 0; j < i % 4; j++)
			fprintf(out, "\nx%zu.%zu", i, j);
	fputs("\nafter", out);
	fclose(out);

	files_side_by_side(files, add_part, x, 200);
	files_side_by_side(files, add_part, x, 0);
	fputs("after", files_add(files, "after"));
	out = open_memstream(&text, &size);
	files_print(files, out);
	fclose(out);
	ck_assert_str_eq(text, wanted);
	free(text);
	free(wanted);
	writes(files, dir);
	ck_assert_uint_eq(nr_entries(dir), 2 + 50 * (1 + 2 + 3));
	file_is("199-2", "x199.2");
}
END_TEST

START_TEST(files_of_nothing)
{
	files_free(NULL);
	writes(files_new(), dir);
	ck_assert_uint_eq(nr_entries(dir), 0);
}
END_TEST

/* ---- all of them --------------------------------------------------------- */

TCase *tcase_files(void)
{
	TCase *tc = tcase_create("files");

	tcase_add_checked_fixture(tc, make_dir, drop_dir);
	tcase_add_test(tc, files_appear);
	tcase_add_test(tc, files_are_replaced);
	tcase_add_test(tc, same_content_is_left_alone);
	tcase_add_test(tc, full_disk_changes_nothing);
	tcase_add_test(tc, failed_rename_changes_nothing);
	tcase_add_test(tc, no_directory_to_write_to);
	tcase_add_test(tc, left_over_temporary_files);
	tcase_add_test(tc, files_are_printed_in_order);
	tcase_add_test(tc, parts_are_in_order_and_whole);
	tcase_add_test(tc, files_of_nothing);
	tcase_add_test(tc, links_are_followed);
	tcase_add_test(tc, links_in_a_set_are_followed);
	tcase_add_test(tc, links_in_a_circle);
	tcase_add_test(tc, fifo_is_written_to);
	tcase_add_test(tc, device_is_written_to);
	tcase_add_test(tc, stdout_is_not_replaced);
	tcase_add_test(tc, no_directory_is_made_for_a_file);
	return tc;
}

TCase *tcase_file_names(void)
{
	TCase *tc = tcase_create("file names");

	tcase_add_loop_test_raise_signal(tc, no_way_out_of_the_directory,
					 SIGABRT, 0, 10);
	return tc;
}
