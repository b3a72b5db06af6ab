// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: the allocation with the number FAIL_ALLOC finds no memory, 0
 * is none. COUNT_ALLOC is a file that is told how many there were. Of regcomp() it
 * is the whole call that finds no memory: glibc 2.36 frees twice, and dies, where
 * that happens inside.
 */
#include <dlfcn.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static unsigned long nr_allocs, failing;
static const char *count_name;

static __attribute__((constructor)) void begin(void)
{
	const char *number = getenv("FAIL_ALLOC");

	failing = number ? strtoul(number, NULL, 10) : 0;
	count_name = getenv("COUNT_ALLOC");
	unsetenv(
		"LD_PRELOAD"); /* the programs that this one starts have memory */
}

static __attribute__((destructor)) void end(void)
{
	unsigned long nr = nr_allocs;
	FILE *out = count_name ? fopen(count_name, "we") : NULL;

	if (!out)
		return;
	fprintf(out, "%lu\n", nr);
	fclose(out);
}

static __thread int whole_call;

static int fails(void)
{
	if (whole_call)
		return 0;
	if (__atomic_add_fetch(&nr_allocs, 1, __ATOMIC_RELAXED) != failing)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return fails() ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes))
		return NULL;
	return realloc(p, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

int regcomp(regex_t *re, const char *pattern, int flags)
{
	int (*real)(regex_t *, const char *, int);
	int error;

	if (fails())
		return REG_ESPACE;
	whole_call = 1;
	*(void **)&real = dlsym(RTLD_NEXT, "regcomp");
	error = real(re, pattern, flags);
	whole_call = 0;
	return error;
}
