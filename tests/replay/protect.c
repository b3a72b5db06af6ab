// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes protections, advice, locks and policies of parts of one region, as a
 * garbage collector or a compiler that writes its code into memory does.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096
#define PAGES 512
#define ROUNDS 1500

static unsigned int seed = 7;

static unsigned int pick(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static const int prots[] = { PROT_READ, PROT_READ | PROT_WRITE, PROT_NONE,
			     PROT_READ | PROT_EXEC };

static const int advices[] = { MADV_DONTDUMP, MADV_DODUMP, MADV_SEQUENTIAL,
			       MADV_RANDOM,   MADV_NORMAL, MADV_DONTNEED };

static void change(char *at, size_t len)
{
	switch (pick(8)) {
	case 0:
		munmap(at, len);
		break;
	case 1:
		mmap(at, len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	case 2:
		madvise(at, len, advices[pick(6)]);
		break;
	case 3:
		mlock(at, len);
		break;
	case 4:
		munlock(at, len);
		break;
	default:
		mprotect(at, len, prots[pick(4)]);
		break;
	}
}

int main(void)
{
	char *region = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (region == MAP_FAILED)
		return 1;
	memset(region, 1, PAGES * PAGE);
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int page = pick(PAGES - 8);

		change(region + page * PAGE, (1 + pick(8)) * PAGE);
	}
	return 0;
}
