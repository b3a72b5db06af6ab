// SPDX-License-Identifier: GPL-2.0-only
/* What the rows of table.h say of a call. */
#include "syscall/table.h"

static const struct {
	const char *name;
	unsigned int traits;
	const char *lacks;
} rows[NR_CALLS] = {
#define X(symbol, name_, ops, returns, since, traits_, lacks_, ...)            \
	[CALL_##symbol] = { #name_, traits_, lacks_ },
	SYSCALLS(X)
#undef X
};

const char *syscall_name(enum syscall_kind kind)
{
	return rows[kind].name;
}

/* A protection key of its own is another thing than what the catalogue says. */
unsigned int syscall_traits(const struct syscall *c)
{
	if (c->kind == CALL_PKEY_MPROTECT && c->key >= 0)
		return OPTIONAL | INVISIBLE;
	return rows[c->kind].traits;
}

const char *syscall_lacks(enum syscall_kind kind)
{
	return rows[kind].lacks;
}
