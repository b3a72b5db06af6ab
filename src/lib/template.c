// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/stream.h"
#include "lib/template.h"

/* ---- files that come with the program ------------------------------------- */

const char *data_installed(const char *name)
{
	static const char beside[] = "/../share/vmatlas/";
	static char path[4096];
	ssize_t room = (ssize_t)(sizeof(path) - sizeof(beside) - strlen(name));
	ssize_t len = readlink("/proc/self/exe", path, room);

	if (len <= 0 || len == room)
		return NULL;
	path[len] = '\0';
	stpcpy(stpcpy(strrchr(path, '/'), beside), name);
	return access(path, R_OK) ? NULL : path;
}

const char *data_path(const char *name)
{
	static char path[4096];
	const char *found = data_installed(name);

	if (found)
		return found;
	snprintf(path, sizeof(path), "%s/%s", DATA_BUILD, name);
	return path;
}

char *template_read(const char *name)
{
	const char *path = data_path(name);
	FILE *in = fopen(path, "re");
	int err = errno;
	char part[BUFSIZ];
	size_t len;
	struct buffer b;
	FILE *out = buffer_open(&b);

	while (in && (len = fread(part, 1, sizeof(part), in)))
		fwrite(part, 1, len, out);
	buffer_text(&b);
	if (!in || ferror(in)) {
		fprintf(stderr,
			"vmatlas: cannot read '%s': %s, expected a file that comes with the program\n",
			path, strerror(in ? EIO : err));
		exit(2);
	}
	fclose(in);
	return b.text;
}

/* ---- templates ------------------------------------------------------------ */

/* The name that a placeholder at @at begins, or NULL. */
static const char *name_at(const char *at, size_t *len)
{
	*len = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
	return *len && at[1 + *len] == '@' ? at + 1 : NULL;
}

void template_fill(FILE *out, const char *text,
		   void (*fill)(FILE *out, const char *name, size_t len,
				const void *data),
		   const void *data)
{
	const char *last = text;

	for (const char *at = text; (at = strchr(at, '@'));) {
		size_t len;
		const char *name = name_at(at, &len);
		bool alone = at == text || at[-1] == '\n';

		if (!name) {
			at++;
			continue;
		}
		fwrite(last, 1, (size_t)(at - last), out);
		fill(out, name, len, data);
		at = name + len + 1;
		if (alone && *at == '\n')
			at++;
		last = at;
	}
	fputs(last, out);
}
