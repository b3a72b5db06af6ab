// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/model.h"

const char *const vm_flag_names[NR_VM_FLAGS] = {
#define X(name, text) [VM_##name##_BIT] = text,
	VM_FLAGS(X)
#undef X
};

void vm_flags_print(FILE *out, vm_flags_t flags, const char *between)
{
	const char *before = " ";

	for (int bit = 0; bit < NR_VM_FLAGS; bit++) {
		if (!(flags & 1ULL << bit))
			continue;
		fprintf(out, "%s%s", before, vm_flag_names[bit]);
		before = between;
	}
}

const char *vm_permissions(vm_flags_t flags, char text[static 5])
{
	text[0] = flags & VM_READ ? 'r' : '-';
	text[1] = flags & VM_WRITE ? 'w' : '-';
	text[2] = flags & VM_EXEC ? 'x' : '-';
	text[3] = flags & (VM_SHARED | VM_MAYSHARE) ? 's' : 'p';
	text[4] = '\0';
	return text;
}

vm_flags_t vm_flag_find(const char *name)
{
	for (int bit = 0; bit < NR_VM_FLAGS; bit++)
		if (!strcmp(vm_flag_names[bit], name))
			return 1ULL << bit;
	return 0;
}
