// SPDX-License-Identifier: GPL-2.0-only
#include "emit/book.h"

#include "emit/stream.h"

/* ---- what is printed into a string first --------------------------------- */

FILE *buffer_open(struct buffer *b)
{
	b->out = stream_open(&b->text, &b->size);
	return b->out;
}

const char *buffer_text(struct buffer *b)
{
	fclose(b->out);
	return b->text;
}

/* ---- pages --------------------------------------------------------------- */

struct rst *book_page(const struct book *book, const char *name)
{
	struct rst *w = rst_new(files_add(book->files, "%s.rst", name));

	rst_comment(w, "SPDX-License-Identifier: GPL-2.0");
	return w;
}

static const char *command(const struct book *book)
{
	return book->flavour == RST_KERNEL
		       ? "vmatlas emit rst --flavour kernel"
		       : "vmatlas emit rst --flavour sphinx";
}

void book_note_source(struct rst *w, const struct book *book,
		      const char *sources)
{
	rst_comment(w,
		    "NOTE: This document was auto-generated from %s by\n"
		    "   \"%s\". Edit the catalogue instead.",
		    sources, command(book));
}

/* ---- fields -------------------------------------------------------------- */

FILE *book_open_field(struct rst *w, const char *name)
{
	char marker[64];

	snprintf(marker, sizeof(marker), ":%s: ", name);
	return rst_open_item(w, marker);
}

void book_close_field(struct rst *w)
{
	rst_close(w);
	rst_end(w);
}
