// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes -> a tree of nodes that know where they were written.
 *
 * It takes one document of scalars, sequences and mappings, nested a little.
 * Aliases, tags and the rest of YAML have no use in a catalogue, and are ways
 * to make a small file large.
 */
#include <string.h>
#include <yaml.h>

#include "catalog/internal.h"

struct yaml {
	struct loader *l;
	struct source src;
	yaml_parser_t parser;
	yaml_event_t event;
};

static struct srcpos position(const struct yaml *y, yaml_mark_t mark)
{
	return (struct srcpos){
		.file = y->src.path,
		.line = (unsigned int)mark.line + 1,
		.column = (unsigned int)mark.column + 1,
	};
}

/* ---- characters ------------------------------------------------------- */

static bool is_break(uint32_t c)
{
	return c == '\n' || c == '\r';
}

/*
 * What is wrong with a character, NULL if nothing is. libyaml ends lines where
 * editors do not; and what is not seen could hide anything, in comments, too.
 */
static const char *fault_of(uint32_t c)
{
	if (c == '\t' || is_break(c) || utf8_printable(c))
		return NULL;
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		return "unusual line break";
	return c < 0xa0 ? "control character" : "invisible character";
}

/* How many characters of printable ASCII come next, of which most is made. */
static size_t plain_length(const char *s, size_t left)
{
	size_t nr = 0;

	while (nr < left && s[nr] >= ' ' && s[nr] <= '~')
		nr++;
	return nr;
}

/*
 * libyaml checks a part of this, but says at which byte, and not at which line;
 * and it takes UTF-16 for granted where a file begins like it.
 */
static bool check_characters(struct loader *l, const struct source *src)
{
	struct srcpos pos = { .file = src->path, .line = 1, .column = 1 };

	for (size_t i = 0; i < src->len;) {
		const char *s = src->bytes + i, *fault;
		size_t len = plain_length(s, src->len - i);
		uint32_t c = 0;

		if (len) {
			pos.column += len;
			i += len;
			continue;
		}
		len = utf8_char(s, src->len - i, &c);
		if (!len)
			return error_at(
				l, pos,
				"byte %s is not UTF-8, expected text in UTF-8",
				error_quote_bytes(l, s, 1));
		fault = fault_of(c);
		if (fault)
			return error_at(l, pos, "%s %s, expected text", fault,
					error_quote_bytes(l, s, len));
		i += len;
		if (c == '\r' && i < src->len && src->bytes[i] == '\n')
			continue;
		pos.column++;
		if (is_break(c)) {
			pos.line++;
			pos.column = 1;
		}
	}
	return true;
}

/* ---- syntax errors ---------------------------------------------------- */

/*
 * libyaml's messages, as it has them, and what they mean to who wrote the file.
 * Quotes that do not end are best reported where they begin.
 */
static const struct syntax_words {
	const char *problem;
	const char *words;
	bool at_beginning;
} syntax_words[] = {
	{ "mapping values are not allowed in this context",
	  "':' where no key can be, expected text with ': ' to be in quotes",
	  false },
	{ "did not find expected key",
	  "text in no place, expected a key, indented as those above it",
	  false },
	{ "did not find expected '-' indicator",
	  "text in no place, expected '- ', indented as those above it",
	  false },
	{ "did not find expected ',' or ']'",
	  "unfinished sequence, expected ',' or ']'", false },
	{ "did not find expected ',' or '}'",
	  "unfinished mapping, expected ',' or '}'", false },
	{ "could not find expected ':'",
	  "text in no place, expected 'key: value'", false },
	{ "found unexpected end of stream",
	  "quotes that do not end, expected the closing one", true },
	{ "found unexpected document indicator",
	  "quotes that do not end, expected the closing one", true },
	{ "found unknown escape character",
	  "unknown escape, expected one of YAML's, or single quotes", false },
	{ "found character that cannot start any token",
	  "text begins with a reserved character, expected it in quotes",
	  false },
	{ "did not find expected node content", "no value, expected one",
	  false },
	{ "block sequence entries are not allowed in this context",
	  "'-' where no sequence can be, expected a new line before it",
	  false },
	{ "did not find expected <document start>",
	  "text after the document, expected one document only", false },
};

static const struct syntax_words *words_for(const char *problem)
{
	for (size_t i = 0; i < ARRAY_SIZE(syntax_words); i++)
		if (!strcmp(problem, syntax_words[i].problem))
			return &syntax_words[i];
	return NULL;
}

/* The byte that a mark points at, 0 at the end. A mark counts characters. */
static char byte_at(const struct source *src, yaml_mark_t mark)
{
	const char *s = src->bytes;
	const char *end = s + src->len;
	size_t index = mark.index;

	while (s < end && index) {
		uint32_t c;
		size_t len = utf8_char(s, (size_t)(end - s), &c);

		s += len ? len : 1;
		index--;
	}
	return s < end ? *s : '\0';
}

static void syntax_error(struct yaml *y)
{
	const yaml_parser_t *p = &y->parser;
	struct srcpos pos = position(y, p->problem_mark);
	const struct syntax_words *words;

	if (!p->problem) {
		error_at(y->l, pos, "out of memory, expected a smaller file");
		return;
	}
	words = words_for(p->problem);
	if (byte_at(&y->src, p->problem_mark) == '\t')
		error_at(y->l, pos, "tab in indentation, expected spaces");
	else if (!words)
		error_at(y->l, pos, "%s, expected YAML", p->problem);
	else if (words->at_beginning)
		error_at(y->l, position(y, p->context_mark), "%s",
			 words->words);
	else
		error_at(y->l, pos, "%s", words->words);
}

/* ---- nodes ------------------------------------------------------------ */

static bool next_event(struct yaml *y)
{
	yaml_event_delete(&y->event);
	if (yaml_parser_parse(&y->parser, &y->event))
		return true;
	syntax_error(y);
	return false;
}

static bool refuse(struct yaml *y, const char *what)
{
	return error_at(y->l, position(y, y->event.start_mark), "%s", what);
}

/* What is before a value, if it is not allowed there; or NULL. */
static const char *event_prefix(const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor)
		return "anchors are not allowed, expected a value";
	return tag ? "tags are not allowed, expected a value" : NULL;
}

static bool event_acceptable(struct yaml *y, unsigned int depth)
{
	const char *prefix = event_prefix(&y->event);

	if (y->event.type == YAML_ALIAS_EVENT)
		return refuse(y, "aliases are not allowed, expected a value");
	if (prefix)
		return refuse(y, prefix);
	if (depth <= MAX_DEPTH)
		return true;
	return error_at(y->l, position(y, y->event.start_mark),
			"nested too deeply, expected at most %d levels",
			MAX_DEPTH);
}

static struct node *new_node(struct yaml *y, enum node_kind kind)
{
	struct node *n = arena_alloc(y->l->scratch, 1, sizeof(*n));

	n->kind = kind;
	n->pos = position(y, y->event.start_mark);
	return n;
}

/*
 * Column of the first character of a scalar that stands in the file as it is,
 * on one line and without escapes; else 0. Then an error can point into it.
 */
static unsigned int verbatim_column(const yaml_event_t *e)
{
	size_t chars = utf8_count((const char *)e->data.scalar.value,
				  e->data.scalar.length);
	size_t quotes = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;

	if (e->start_mark.line != e->end_mark.line ||
	    e->end_mark.column - e->start_mark.column != chars + 2 * quotes)
		return 0;
	return (unsigned int)(e->start_mark.column + quotes) + 1;
}

/* Escapes can bring in what the file itself may not have. */
static bool text_acceptable(struct yaml *y, const char *text, size_t left)
{
	size_t len;

	for (; left; text += len, left -= len) {
		uint32_t c = 0;

		len = utf8_char(text, left, &c);
		if (c != '\n' && !utf8_printable(c))
			return error_at(
				y->l, position(y, y->event.start_mark),
				"character %s in text, expected printable ones",
				error_quote_bytes(y->l, text, len ? len : 1));
	}
	return true;
}

static struct node *parse_scalar(struct yaml *y)
{
	const char *text = (const char *)y->event.data.scalar.value;
	size_t len = y->event.data.scalar.length;
	struct node *n;

	if (!text_acceptable(y, text, len))
		return NULL;
	n = new_node(y, NODE_SCALAR);
	n->text = arena_text(y->l->arena, text, len);
	n->plain = y->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->verbatim = verbatim_column(&y->event);
	return n;
}

static struct node *parse_node(struct yaml *y, unsigned int depth);

static bool room_for_more(struct yaml *y, size_t nr)
{
	if (nr < MAX_ENTRIES)
		return true;
	return error_at(y->l, position(y, y->event.start_mark),
			"too many entries, expected at most %d", MAX_ENTRIES);
}

static struct node *parse_sequence(struct yaml *y, unsigned int depth)
{
	struct node *n = new_node(y, NODE_SEQUENCE);
	struct node **end = &n->first;

	while (next_event(y)) {
		if (y->event.type == YAML_SEQUENCE_END_EVENT)
			return n;
		if (!room_for_more(y, n->nr++))
			return NULL;
		*end = parse_node(y, depth + 1);
		if (!*end)
			return NULL;
		(*end)->sequence = n;
		end = &(*end)->next;
	}
	return NULL;
}

/* Whether a key can be one; if not, its value is left out. */
static bool key_acceptable(struct yaml *y, const struct node *mapping,
			   const struct node *key)
{
	if (key->kind != NODE_SCALAR)
		return error_at(y->l, key->pos, "key is a %s, expected text",
				key->kind == NODE_SEQUENCE ? "sequence"
							   : "mapping");
	for_each_node(mapping, n) {
		if (strcmp(n->key->text, key->text))
			continue;
		return error_at(
			y->l, key->pos,
			"key %s is already in line %u, expected it once",
			error_quote(y->l, key->text), n->key->pos.line);
	}
	return true;
}

static struct node *parse_mapping(struct yaml *y, unsigned int depth)
{
	struct node *n = new_node(y, NODE_MAPPING);
	struct node **end = &n->first;
	size_t nr = 0;

	while (next_event(y)) {
		const struct node *key;
		struct node *value;

		if (y->event.type == YAML_MAPPING_END_EVENT)
			return n;
		if (!room_for_more(y, nr++))
			return NULL;
		key = parse_node(y, depth + 1);
		if (!key || !next_event(y))
			return NULL;
		value = parse_node(y, depth + 1);
		if (!value)
			return NULL;
		if (!key_acceptable(y, n, key))
			continue;
		value->key = key;
		*end = value;
		end = &value->next;
		n->nr++;
	}
	return NULL;
}

/* The node that the current event begins; NULL after an error. */
static struct node *parse_node(struct yaml *y, unsigned int depth)
{
	if (!event_acceptable(y, depth))
		return NULL;
	switch (y->event.type) {
	case YAML_SCALAR_EVENT:
		return parse_scalar(y);
	case YAML_SEQUENCE_START_EVENT:
		return parse_sequence(y, depth);
	case YAML_MAPPING_START_EVENT:
		return parse_mapping(y, depth);
	default:
		refuse(y, "unexpected end, expected a value");
		return NULL;
	}
}

static struct node *parse_document(struct yaml *y)
{
	struct node *top;

	if (!next_event(y) || !next_event(y))
		return NULL;
	if (y->event.type == YAML_STREAM_END_EVENT) {
		error_at(y->l,
			 (struct srcpos){
				 .file = y->src.path, .line = 1, .column = 1 },
			 "file is empty, expected a mapping");
		return NULL;
	}
	if (!next_event(y))
		return NULL;
	top = parse_node(y, 1);
	if (!top || !next_event(y) || !next_event(y))
		return NULL;
	if (y->event.type != YAML_STREAM_END_EVENT) {
		refuse(y, "second document, expected one only");
		return NULL;
	}
	return top;
}

const struct node *yaml_parse(struct loader *l, const struct source *src)
{
	struct yaml y = { .l = l, .src = *src };
	size_t mark = utf8_mark(src->bytes, src->len);
	const struct node *top;

	y.src.bytes += mark;
	y.src.len -= mark;
	if (!check_characters(l, &y.src))
		return NULL;
	if (!yaml_parser_initialize(&y.parser)) {
		syntax_error(&y);
		return NULL;
	}
	yaml_parser_set_encoding(&y.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&y.parser, (const unsigned char *)y.src.bytes, y.src.len);
	top = parse_document(&y);
	yaml_event_delete(&y.event);
	yaml_parser_delete(&y.parser);
	return top;
}
