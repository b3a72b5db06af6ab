// SPDX-License-Identifier: GPL-2.0-only
/* What calls cost: those that are alike together, by caller, and over time. */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/memory.h"
#include "lib/text.h"
#include "process/replay-internal.h"

/* So many kinds, or callers, are told apart; more are put together as one. */
#define GROUPS_MAX 4096

/* Of a call's text, what is shown. */
#define TEXT_KEPT 200

/* ---- groups ------------------------------------------------------------------ */

/* What calls of one kind have in common. Sizes are, up to a power of two. */
struct alike {
	unsigned int kind;
	unsigned int prot;
	unsigned int flags;
	int advice;
	int key;
	unsigned int anywhere;
	unsigned int size;
};

/* A group of which this is the key; @alike or @caller. */
struct group {
	struct alike alike;
	char *caller;
	size_t index;
};

static void group_free(void *group)
{
	struct group *g = group;

	free(g->caller);
	free(g);
}

static bool is_group(const struct group *g, const struct alike *alike,
		     const char *caller)
{
	return caller ? !strcmp(g->caller, caller)
		      : !memcmp(&g->alike, alike, sizeof(*alike));
}

/* The group of that key; *fresh if it is new. What is too many is in the last. */
static struct replay_cost *find_cost(struct replay_costs *costs,
				     const struct alike *alike,
				     const char *caller, bool *fresh)
{
	const void *key = caller ? (const void *)caller : alike;
	uint32_t h = hash_bytes(key, caller ? strlen(caller) : sizeof(*alike));
	struct replay_cost *cost;
	struct group *g;

	*fresh = false;
	if (!costs->groups)
		costs->groups = hash_new();
	for (; (g = hash_find(costs->groups, (int)h)); h++)
		if (is_group(g, alike, caller))
			return &costs->v[g->index];
	if (costs->nr == GROUPS_MAX)
		return &costs->v[GROUPS_MAX - 1];
	g = xcalloc(1, sizeof(*g));
	if (caller)
		g->caller = xstrdup(caller);
	else
		g->alike = *alike;
	g->index = costs->nr;
	hash_add(costs->groups, (int)h, g);
	*fresh = true;
	cost = xappend(costs->v, costs->nr);
	*cost = (struct replay_cost){ .min = UINT64_MAX };
	return cost;
}

static void add(struct replay_cost *cost, const struct replay_charge *charge)
{
	cost->calls++;
	cost->vmas += charge->vmas;
	cost->min = charge->len < cost->min ? charge->len : cost->min;
	cost->max = charge->len > cost->max ? charge->len : cost->max;
}

/* ---- by kind ------------------------------------------------------------------- */

/* "mmap(0x7f0000001000, 4096, ...) = 0": addresses are none of the kind's. */
static char *text_of_kind(const char *text)
{
	char out[TEXT_KEPT];
	size_t len = 0;

	while (text && *text && len + 1 < sizeof(out)) {
		size_t digits = strspn(text, "0123456789abcdefx");

		if (begins_with(text, ") ") || begins_with(text, " <unf"))
			break;
		if (text[0] == '0' && text[1] == 'x' && digits >= 7) {
			out[len++] = '_';
			text += digits;
		} else {
			out[len++] = *text++;
		}
	}
	out[len] = '\0';
	return len ? xasprintf("%s)", out) : NULL;
}

static void by_kind(struct replay_program *p, const struct trace_event *event,
		    const struct replay_charge *charge)
{
	const struct syscall *c = &event->call;
	struct replay_cost *cost;
	struct alike alike;
	bool fresh;

	memset(&alike, 0, sizeof(alike));
	alike.kind = c->kind;
	alike.prot = c->prot;
	alike.flags = c->flags;
	alike.advice = c->advice;
	alike.key = c->key;
	alike.anywhere = !c->addr;
	alike.size = c->len ? 64 - (unsigned int)__builtin_clzll(c->len) : 0;
	cost = find_cost(&p->kinds, &alike, NULL, &fresh);
	if (fresh) {
		cost->line = event->line;
		cost->text = text_of_kind(event->text);
	}
	add(cost, charge);
}

/* ---- by caller ------------------------------------------------------------------ */

/* "/lib/libc.so.6(mmap64+0x23) [0x10d8c3]": nobody asks who calls mmap() there. */
static bool is_library_of_calls(const char *frame)
{
	const char *paren = strchr(frame, '('), *slash = frame;

	for (const char *at = frame; *at && (!paren || at < paren); at++)
		if (*at == '/')
			slash = at + 1;
	return begins_with(slash, "libc.so") || begins_with(slash, "libc-") ||
	       begins_with(slash, "ld-linux") || begins_with(slash, "ld-2") ||
	       begins_with(slash, "libpthread") ||
	       begins_with(slash, "ld-musl");
}

/* "/bin/a(__mprotect+0x7) [0x34b57]" of mprotect(): the C library is in there. */
static bool is_call_itself(const char *frame, enum syscall_kind kind)
{
	const char *paren = strchr(frame, '(');
	const char *name = syscall_name(kind);
	size_t len = strlen(name);

	if (!paren)
		return false;
	paren++;
	paren += strspn(paren, "_");
	if (strncmp(paren, name, len))
		return false;
	paren += len;
	return strspn(paren, "64") == strcspn(paren, "+)");
}

/*
 * "/bin/a(main+0x12) [0x45]" is main(); without a name, the address is all. In
 * names there may be parentheses, too: "/bin/a(f(int)+0x12) [0x45]"
 */
static char *function_of(const char *frame)
{
	const char *paren = strchr(frame, '(');
	const char *end = strrchr(frame, '+') ?: strrchr(frame, ')');

	if (!paren || end <= paren + 1)
		return xstrdup(frame);
	return xasprintf("%.*s)", (int)(end - frame), frame);
}

void replay_charge_caller(struct replay_program *p,
			  struct replay_charge *charge, const char *frame)
{
	struct replay_cost *cost;
	bool fresh;
	char *caller;

	if (!charge->program || charge->charged || !*frame)
		return;
	if (is_library_of_calls(frame) || is_call_itself(frame, charge->kind))
		return;
	caller = function_of(frame);
	cost = find_cost(&p->callers, NULL, caller, &fresh);
	if (fresh) {
		cost->line = charge->line;
		cost->text = xstrdup(caller);
	}
	free(caller);
	add(cost, charge);
	charge->charged = true;
}

/* ---- over time -------------------------------------------------------------------- */

/* The most in each step; if there are too many steps, two become one. */
static void sample(struct replay_program *p, size_t line)
{
	struct replay_sample *s;

	if (!p->step)
		p->step = 1;
	if (p->seen / p->step == REPLAY_SAMPLES) {
		for (size_t i = 0; i < REPLAY_SAMPLES / 2; i++) {
			const struct replay_sample *two = &p->samples[2 * i];

			p->samples[i] = two[two[1].vmas > two[0].vmas];
		}
		p->nr_samples = REPLAY_SAMPLES / 2;
		p->step *= 2;
	}
	s = &p->samples[p->seen / p->step];
	if (p->seen / p->step >= p->nr_samples) {
		p->nr_samples = p->seen / p->step + 1;
		*s = (struct replay_sample){ 0 };
	}
	if (p->now >= s->vmas)
		*s = (struct replay_sample){ line, p->now };
	p->seen++;
}

/* ---- all of it ----------------------------------------------------------------------- */

void replay_charge_call(struct replay_program *p,
			const struct trace_event *event,
			struct replay_charge *charge)
{
	by_kind(p, event, charge);
	sample(p, event->line);
}

static int by_vmas(const void *x, const void *y)
{
	const struct replay_cost *a = x, *b = y;

	return ORDER(b->vmas, a->vmas) ?: ORDER(a->line, b->line);
}

void replay_sort_costs(struct replay_costs *costs)
{
	hash_free(costs->groups, group_free);
	costs->groups = NULL;
	if (costs->nr)
		qsort(costs->v, costs->nr, sizeof(*costs->v), by_vmas);
}

void replay_free_costs(struct replay_costs *costs)
{
	hash_free(costs->groups, group_free);
	for (size_t i = 0; i < costs->nr; i++)
		free(costs->v[i].text);
	free(costs->v);
}
