// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes at all as a catalogue file: for libFuzzer. */
#include <stdlib.h>
#include <string.h>

#include "catalog/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A error is a line that a terminal can show, with a position in front. */
static void verify_errors(const char *text, size_t len)
{
	if (!len || text[len - 1] != '\n')
		abort();
	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t nr = utf8_char(text + i, len - i, &c);

		if (!nr || (c != '\n' && !utf8_printable(c)))
			abort();
		if ((!i || text[i - 1] == '\n') &&
		    strncmp(text + i, "f.yaml:", 7))
			abort();
		i += nr;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&text, &len);
	struct catalog *cat;

	if (!err)
		abort();
	cat = catalog_load_bytes("f.yaml", (const char *)data, size, err);
	fclose(err);
	if (cat && len)
		abort();
	if (!cat)
		verify_errors(text, len);
	catalog_free(cat);
	free(text);
	return 0;
}
