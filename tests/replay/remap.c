// SPDX-License-Identifier: GPL-2.0-only
/* Blocks that grow and shrink by realloc(), large enough for mremap(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 24
#define ROUNDS 600
#define MOST (2u << 20)

static unsigned int seed = 1;

static unsigned int pick(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

int main(void)
{
	char *block[BLOCKS] = { NULL };
	size_t size[BLOCKS] = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		unsigned int b = pick(BLOCKS);
		size_t now = 150000 + pick(MOST);
		char *moved = realloc(block[b], now);

		if (!moved)
			return 1;
		if (now > size[b])
			memset(moved + size[b], 1, now - size[b]);
		block[b] = moved;
		size[b] = now;
	}
	printf("%d\n", block[0] ? block[0][0] : 0);
	return 0;
}
