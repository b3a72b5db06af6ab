// SPDX-License-Identifier: GPL-2.0-only
/* Loads libraries, and lets go of some of them. */
#include <dlfcn.h>
#include <stdio.h>

static const char *const names[] = {
	"libm.so.6",	 "libresolv.so.2",    "libutil.so.1",  "librt.so.1",
	"libanl.so.1",	 "libnsl.so.1",	      "libcrypt.so.1", "libstdc++.so.6",
	"libgcc_s.so.1", "libthread_db.so.1",
};

#define NR (sizeof(names) / sizeof(names[0]))

int main(void)
{
	void *lib[NR];
	int loaded = 0;

	for (int round = 0; round < 4; round++) {
		for (size_t i = 0; i < NR; i++) {
			lib[i] = dlopen(names[i], RTLD_NOW);
			loaded += !!lib[i];
		}
		for (size_t i = (size_t)round % 2; i < NR; i += 2)
			if (lib[i])
				dlclose(lib[i]);
	}
	printf("%d\n", loaded);
	return 0;
}
