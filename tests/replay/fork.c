// SPDX-License-Identifier: GPL-2.0-only
/* Forks children that map and unmap on their own, as the parent does. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define NR 24

static char *map(size_t pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	memset(p, 1, pages * PAGE);
	return p;
}

/* What is inherited is cut up, and put together again with what is new. */
static void cut(char *inherited, int step)
{
	for (int i = 0; i < NR; i += step)
		mprotect(inherited + i * PAGE, PAGE, PROT_READ);
	for (int i = 0; i < NR; i += 2 * step)
		mprotect(inherited + i * PAGE, PAGE, PROT_READ | PROT_WRITE);
	map(3);
	munmap(inherited + (NR - 1) * PAGE, PAGE);
	map(1);
}

int main(void)
{
	char *here = map(NR), *there = map(NR);

	madvise(there, 4 * PAGE, MADV_DONTFORK);
	for (int child = 0; child < 3; child++) {
		if (!fork()) {
			cut(here, child + 2);
			_exit(0);
		}
		map(5);
		mprotect(there + (child + 8) * PAGE, PAGE, PROT_NONE);
	}
	while (wait(NULL) > 0)
		;
	cut(here, 3);
	return 0;
}
