// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/model.h"

static const char *const flag_names[NR_VM_FLAGS] = {
#define X(name, text) [VM_##name##_BIT] = text,
	VM_FLAGS(X)
#undef X
};

const char *vm_flag_name(enum vm_flag_bit bit)
{
	return flag_names[bit];
}

void vm_flags_print(FILE *out, vm_flags_t flags, const char *between)
{
	const char *before = " ";

	for (int bit = 0; bit < NR_VM_FLAGS; bit++) {
		if (!(flags & 1ULL << bit))
			continue;
		fprintf(out, "%s%s", before, vm_flag_name(bit));
		before = between;
	}
}

vm_flags_t vm_flag_find(const char *name)
{
	for (int bit = 0; bit < NR_VM_FLAGS; bit++)
		if (!strcmp(flag_names[bit], name))
			return 1ULL << bit;
	return 0;
}
