// SPDX-License-Identifier: GPL-2.0-only
#include "emit/dot.h"

#include <string.h>

/* ---- colours ------------------------------------------------------------- */

/* Light and dark shades of the colours of Okabe and Ito, which people who see
 * colours differently can tell apart.
 */
static const struct tint tint_prev = { "prev", "#bfe0f5", "#0072b2" };
static const struct tint tint_middle = { "middle", "#fbdfa6", "#a86400" };
static const struct tint tint_next = { "next", "#b9e6d8", "#00795a" };
static const struct tint tint_created = { "new", "#efd0e2", "#9c4c79" };
static const struct tint tint_other = { "other", "#e9e9e9", "#6b6b6b" };

static enum role role_of(const struct report *r, vma_id id)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (r->roles[i].vma == id)
			return r->roles[i].role;
	return ROLE_NONE;
}

/* In a split that is only a part, too; and all that munmap() takes is alike. */
const struct tint *dot_tint(const struct report *r, vma_id id)
{
	const struct kcall *kcall = r->kcall;

	if (!kcall)
		return &tint_other;
	if (id == kcall->created || role_of(r, id) == ROLE_CREATE)
		return &tint_created;
	if (id == kcall->middle ||
	    (kcall->kind == KCALL_REMOVE && role_of(r, id) == ROLE_DELETE))
		return &tint_middle;
	if (id == kcall->prev)
		return &tint_prev;
	return id == kcall->next ? &tint_next : &tint_other;
}

const struct tint *dot_tint_of_name(const struct report *r, const char *name)
{
	for (size_t i = 0; i < r->nr_roles; i++)
		if (!strcmp(r->roles[i].name, name))
			return dot_tint(r, r->roles[i].vma);
	return &tint_other;
}

/* ---- text ---------------------------------------------------------------- */

/* A backslash would begin an escape such as "\N", here too. */
void dot_html(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\\':
			fputs("\\\\", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void dot_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}
