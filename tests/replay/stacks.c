// SPDX-License-Identifier: GPL-2.0-only
/* Stacks with guards, as a coroutine library makes them: two VMAs each. */
#include <stdio.h>
#include <sys/mman.h>

#define SIZE (68 << 10)

__attribute__((noinline)) static char *new_stack(void)
{
	char *stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(stack, 4096, PROT_NONE);
	return stack;
}

__attribute__((noinline)) static void load_cache(void)
{
	char *cache = mmap(NULL, 40 * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 40; i += 4)
		mprotect(cache + i * 4096, 4096, PROT_READ);
}

int main(void)
{
	load_cache();
	for (int i = 0; i < 60; i++)
		if (new_stack() == MAP_FAILED)
			return 1;
	return 0;
}
