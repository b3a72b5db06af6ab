// SPDX-License-Identifier: GPL-2.0-only
/* Stepping through a case on a terminal. */
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/words.h"
#include "emit/graph-range.h"
#include "lib/stream.h"

#define WIDTH_MIN 40
#define WIDTH_MAX 120

/* What comes after an escape comes at once, if it was a key. */
#define KEY_MS 50

bool terminal_draws(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || (term && !strcmp(term, "dumb")))
		return false;
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static int between(long width)
{
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width < WIDTH_MAX ? (int)width : WIDTH_MAX;
}

int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atol(columns) > 0)
		return between(atol(columns));
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return WIDTH_USUAL;
	return between(size.ws_col);
}

int text_width(void)
{
	int width = WIDTH_USUAL;

	if (isatty(STDOUT_FILENO))
		width = terminal_width();
	return width < WIDTH_USUAL ? width : WIDTH_USUAL;
}

/* ---- keys ------------------------------------------------------------------- */

enum key_press { KEY_NONE, KEY_ON, KEY_BACK, KEY_FIRST, KEY_LAST, KEY_QUIT };

static int next_byte(int wait)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char byte;

	if (poll(&in, 1, wait) != 1 || read(STDIN_FILENO, &byte, 1) != 1)
		return -1;
	return byte;
}

static enum key_press arrow(void)
{
	int byte = next_byte(KEY_MS);

	if (byte != '[' && byte != 'O')
		return byte < 0 ? KEY_QUIT : KEY_NONE;
	switch (next_byte(KEY_MS)) {
	case 'A':
	case 'D':
		return KEY_BACK;
	case 'B':
	case 'C':
		return KEY_ON;
	case 'H':
		return KEY_FIRST;
	case 'F':
		return KEY_LAST;
	default:
		return KEY_NONE;
	}
}

static enum key_press read_key(void)
{
	switch (next_byte(-1)) {
	case '\033':
		return arrow();
	case ' ':
	case '\n':
	case 'n':
	case 'l':
	case 'j':
		return KEY_ON;
	case 'p':
	case 'b':
	case 'h':
	case 'k':
		return KEY_BACK;
	case 'q':
	case -1:
		return KEY_QUIT;
	default:
		return KEY_NONE;
	}
}

/* ---- what is shown ------------------------------------------------------------ */

static void print_locks(const struct report *r, size_t moment)
{
	struct graph_view view = graph_view(r, moment);
	struct buffer b;
	FILE *out = buffer_open(&b);

	fprintf(out, "map count %lu; locked: ", view.now->map_count);
	if (!graph_print_locks(out, &view))
		fputs("nothing", out);
	wrap_drop(stdout, 0, buffer_text(&b));
	graph_range_free(view.st);
}

static void print_steps(const struct report *r, size_t moment)
{
	for (size_t i = 0; i < r->nr_steps; i++) {
		int column =
			printf("%s %zu. ", i + 1 == moment ? ">" : " ", i + 1);

		wrap_puts(stdout, column, r->steps[i].text);
	}
}

static void show_moment(const struct report *r, size_t moment, bool ascii,
			bool color)
{
	fputs("\033[H\033[2J", stdout);
	wrap_printf(stdout, 0, "%s: %s", r->c->id, r->c->title.text);
	putchar('\n');
	if (ascii)
		picture_print(stdout, r, 0);
	else
		terminal_print(stdout, r, moment, terminal_width(), color);
	putchar('\n');
	print_locks(r, moment);
	putchar('\n');
	print_steps(r, moment);
	printf("\n%zu of %zu: arrow keys step, q ends\n", moment,
	       graph_moments(r) - 1);
	fflush(stdout);
}

static size_t moment_after(const struct report *r, size_t moment,
			   enum key_press key)
{
	size_t last = graph_moments(r) - 1;

	switch (key) {
	case KEY_ON:
		return moment < last ? moment + 1 : last;
	case KEY_BACK:
		return moment ? moment - 1 : 0;
	case KEY_FIRST:
		return 0;
	case KEY_LAST:
		return last;
	default:
		return moment;
	}
}

int step_through(const struct report *r, bool ascii, bool color)
{
	struct termios before, raw;
	size_t moment = 0;
	enum key_press key = KEY_NONE;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before))
		return unusable(
			"vmatlas: --step without a terminal, expected one\n");
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	while (key != KEY_QUIT) {
		show_moment(r, moment, ascii || !terminal_draws(), color);
		key = read_key();
		moment = moment_after(r, moment, key);
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return EXIT_FINE;
}
