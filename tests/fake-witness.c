// SPDX-License-Identifier: GPL-2.0-only
/*
 * A witness that is not made of Linux's code but of the simulator, so that all
 * around witnesses can be tested without a kernel tree. FAKE_WITNESS says how it
 * is to misbehave: "stranger", "mute", "die", "lie", "warn", "babble",
 * "miscount".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/oracle.h"

static bool told_to(const char *what)
{
	const char *how = getenv("FAKE_WITNESS");

	return how && !strcmp(how, what);
}

static void get_attrs(struct vma_attrs *to, const struct proto_vma *v)
{
	*to = (struct vma_attrs){
		.flags = v->flags,
		.file = v->file,
		.policy = v->policy,
		.uffd_ctx = v->uffd_ctx,
		.anon_name = v->anon_name,
		.has_close = v->has_close,
		.no_split = v->no_split,
	};
}

static void get_vma(struct vma_state *s, const struct proto_vma *v)
{
	*s = (struct vma_state){
		.vm_start = v->start,
		.vm_end = v->end,
		.vm_pgoff = v->pgoff,
		.anon_vma = v->anon_vma,
		.forked = v->forked,
		.moved = v->moved,
	};
	get_attrs(&s->attrs, v);
}

static struct op get_op(const struct proto_op *w)
{
	struct op op = {
		.kind = (enum op_kind)w->kind,
		.start = w->vma.start,
		.end = w->vma.end,
		.changes = w->changes,
		.pgoff = w->vma.pgoff,
		.copied = w->copied,
		.anon_vma = w->vma.anon_vma,
		.forked = w->vma.forked,
		.new_below = w->new_below,
		.just_expand = w->just_expand,
		.give_up_on_oom = w->give_up_on_oom,
		.just_merge = w->just_merge,
		.from = w->from,
		.keep_source = w->keep_source,
		.uffd_loses = w->uffd_loses,
		.moved = w->vma.moved,
	};

	get_attrs(&op.attrs, &w->vma);
	return op;
}

static void answer(struct mm *mm, const struct proto_request *req)
{
	const struct rules *rules = rules_for("6.12");
	static struct proto_reply reply;
	struct op op = get_op(&req->op);

	mm_reset(mm, rules);
	for (uint32_t i = 0; i < req->nr_vmas; i++) {
		struct vma_state s;

		get_vma(&s, &req->vmas[i]);
		mm_place(mm, &s);
	}
	mm_limit(mm, req->max_map_count);
	mm_fail(mm, req->fail);
	reply_of(&reply, mm, mm_do(mm, &op));
	if (told_to("lie") && op.kind == OP_UNMAP)
		reply.map_count++;
	if (told_to("warn") &&
	    (op.kind == OP_RELOCATE ||
	     (op.kind == OP_REPLACE && reply.failed == ALLOC_ANON_VMA)))
		reply.trouble = PROTO_WARNED;
	if (told_to("die") && op.kind == OP_SPLIT && req->fail)
		abort();
	if (told_to("babble"))
		reply.nr_steps = PROTO_STEPS + 1;
	fwrite(&reply, offsetof(struct proto_reply, steps), 1, stdout);
	fwrite(reply.steps, sizeof(reply.steps[0]),
	       told_to("babble") ? 0 : reply.nr_steps, stdout);
}

static void serve(struct mm *mm)
{
	static struct proto_request asked[PROTO_BATCH];
	struct proto_batch batch;
	uint32_t nr;

	while (fread(&batch, sizeof(batch), 1, stdin) == 1) {
		if (batch.nr > PROTO_BATCH ||
		    fread(asked, sizeof(asked[0]), batch.nr, stdin) != batch.nr)
			exit(EXIT_FAILURE);
		batch.ns = 1;
		nr = batch.nr;
		batch.nr += told_to("miscount");
		fwrite(&batch, sizeof(batch), 1, stdout);
		for (uint32_t i = 0; i < nr; i++)
			answer(mm, &asked[i]);
		fflush(stdout);
	}
}

int main(void)
{
	struct proto_hello hello = {
		.magic = told_to("stranger") ? 1 : PROTO_MAGIC,
		.version = PROTO_VERSION,
		.request_size = sizeof(struct proto_request),
		.reply_size = sizeof(struct proto_reply),
		.kernel = "6.12.0-fake",
	};
	struct mm *mm;

	if (told_to("mute"))
		return EXIT_FAILURE;
	fwrite(&hello, sizeof(hello), 1, stdout);
	if (fflush(stdout))
		return EXIT_FAILURE;
	mm = mm_new(rules_for("6.12"));
	serve(mm);
	mm_free(mm);
	return EXIT_SUCCESS;
}
