// SPDX-License-Identifier: GPL-2.0-only
/*
 * As many VMAs as there may be, and then calls that fail for it: mprotect() over
 * two VMAs has changed the first when it fails at the second.
 */
#include <stdio.h>
#include <sys/mman.h>

#define PAGE 4096UL

static unsigned long limit(void)
{
	FILE *in = fopen("/proc/sys/vm/max_map_count", "r");
	unsigned long n = 0;

	if (!in || fscanf(in, "%lu", &n) != 1)
		n = 0;
	if (in)
		fclose(in);
	return n;
}

int main(void)
{
	unsigned long n = limit();
	char *area, *two;

	/* A machine that allows more takes too long. */
	if (!n || n > 100000)
		return 0;
	two = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(two, 4 * PAGE, PROT_READ);
	madvise(two + 4 * PAGE, 12 * PAGE, MADV_DONTDUMP);
	area = mmap(NULL, 2 * n * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (unsigned long i = 0; i < 2 * n; i += 2)
		if (mprotect(area + i * PAGE, PAGE, PROT_READ))
			break;
	mprotect(two, 6 * PAGE, PROT_EXEC);
	madvise(two + 8 * PAGE, PAGE, MADV_RANDOM);
	munmap(two + 8 * PAGE, PAGE);
	return 0;
}
