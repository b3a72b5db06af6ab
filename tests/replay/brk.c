// SPDX-License-Identifier: GPL-2.0-only
/* Moves the end of its heap up and down, and makes its stack grow. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FRAME 65536
#define DEEP 60
#define STEPS 200

static int grow_stack(int depth)
{
	volatile char frame[FRAME];

	for (size_t i = 0; i < sizeof(frame); i += 4096)
		frame[i] = (char)depth;
	return depth ? grow_stack(depth - 1) + frame[0] : 0;
}

int main(void)
{
	int sum = grow_stack(DEEP);

	for (int i = 1; i <= STEPS; i++) {
		char *end = sbrk(i * 1000);

		if (end == (void *)-1)
			return 1;
		memset(end, i, i * 1000);
		if (i % 7 == 0)
			sbrk(-i * 3000);
	}
	printf("%d\n", sum);
	return 0;
}
