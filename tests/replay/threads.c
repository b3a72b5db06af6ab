// SPDX-License-Identifier: GPL-2.0-only
/* Threads that map and unmap at the same time, by malloc() and themselves. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define THREADS 4
#define ROUNDS 150
#define KEPT 16

static void *work(void *unused)
{
	char *kept[KEPT] = { NULL };

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		size_t len = 4096u * (size_t)(1 + i % 5);
		char *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return NULL;
		memset(p, 1, len);
		free(kept[i % KEPT]);
		kept[i % KEPT] = malloc((size_t)(i % 7) * 40000 + 1);
		if (i % 3)
			munmap(p, len);
	}
	return NULL;
}

int main(void)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, work, NULL))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
