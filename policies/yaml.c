#include "policies/yaml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "cli/near.h"

#define PATH_MAX_ 256  /* bytes of a path of ours */
#define SCHEMA_KEYS 64 /* of which the meant one is guessed */

struct level { /* one map or list that is open */
	bool map, value_next;
	unsigned index; /* of the entry under way */
	unsigned n_keys;
	char keys[YAML_KEYS][YAML_KEY]; /* of a map: seen so far */
};

struct walk {
	const char *name; /* for faults */
	struct fault *fault;
	unsigned depth, documents;
	struct level levels[YAML_DEPTH];
};

void
fault_set(struct fault *fault, const char *fmt, ...)
{
	va_list args;

	if (fault == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(fault->text, sizeof(fault->text), fmt, args);
	va_end(args);
	for (char *s = fault->text; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

/* What shows nothing, or turns the order of what does: controls, marks of
 * direction and of joining, fillers, selectors. */
static const struct {
	unsigned first, last;
} unseen[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xe0000, 0x10ffff },
};

/* Bytes of the character at s[0, left); 0 when it is no UTF-8, or one that
 * people cannot see. */
static size_t
visible(const unsigned char *s, size_t left)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	unsigned c = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (n > left || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return 0;
	return n;
}

bool
yaml_plain(const char *s, size_t len)
{
	for (size_t n; len > 0; s += n, len -= n)
		if ((n = visible((const unsigned char *)s, len)) == 0)
			return false;
	return true;
}

/* Is it yaml_plain but for the newlines of a literal block? */
static bool
scalar_plain(const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value, *end;
	size_t left = ev->data.scalar.length;

	if (ev->data.scalar.style != YAML_LITERAL_SCALAR_STYLE)
		return yaml_plain(s, left);
	while ((end = memchr(s, '\n', left)) != NULL) {
		if (!yaml_plain(s, (size_t)(end - s)))
			return false;
		left -= (size_t)(end + 1 - s);
		s = end + 1;
	}
	return yaml_plain(s, left);
}

static enum err
refuse(const struct walk *w, yaml_mark_t mark, const char *words)
{
	fault_set(w->fault, "%s:%zu:%zu: %s", w->name, mark.line + 1,
	    mark.column + 1, words);
	return E_CONFIG;
}

/* A key of the innermost map; the next event is its value. */
static enum err
walk_key(struct walk *w, const yaml_event_t *ev)
{
	struct level *l = &w->levels[w->depth - 1];
	const char *key = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;

	if (ev->type != YAML_SCALAR_EVENT || len == 0 || len >= YAML_KEY)
		return refuse(
		    w, ev->start_mark, "not a key that is known; remove it");
	for (unsigned i = 0; i < l->n_keys; i++)
		if (strcmp(l->keys[i], key) == 0)
			return refuse(w, ev->start_mark,
			    "the same key a second time; keep one of them");
	if (l->n_keys == YAML_KEYS)
		return refuse(
		    w, ev->start_mark, "more keys than any map has; remove it");
	memcpy(l->keys[l->n_keys++], key, len + 1);
	l->value_next = true;
	return E_OK;
}

/* Something begins: a scalar, map or list.  *value: it is no key. */
static enum err
walk_begin(struct walk *w, bool *value, const yaml_event_t *ev)
{
	struct level *l = w->depth == 0 ? NULL : &w->levels[w->depth - 1];

	*value = true;
	if (l != NULL && l->map && !l->value_next) {
		*value = false;
		return walk_key(w, ev);
	}
	if (l != NULL)
		l->value_next = false;
	if (ev->type == YAML_SCALAR_EVENT)
		return E_OK;
	if (w->depth == YAML_DEPTH)
		return refuse(
		    w, ev->start_mark, "nested too deeply; see the example");
	return E_OK;
}

static void
walk_open(struct walk *w, bool map)
{
	struct level *l = &w->levels[w->depth++];

	l->map = map;
	l->value_next = false;
	l->index = 0;
	l->n_keys = 0;
}

/* A value is over: the list that it stands in goes on to the next. */
static void
walk_done(struct walk *w)
{
	if (w->depth > 0)
		w->levels[w->depth - 1].index++;
}

/* What no file of ours may hold, whatever its schema. */
static enum err
walk_check(struct walk *w, const yaml_event_t *ev)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (w->documents++ > 0)
			return refuse(w, ev->start_mark,
			    "a second document; keep one only");
		if (ev->data.document_start.version_directive != NULL ||
		    ev->data.document_start.tag_directives.start !=
			ev->data.document_start.tag_directives.end)
			return refuse(
			    w, ev->start_mark, "a directive; remove it");
		return E_OK;
	case YAML_ALIAS_EVENT:
		return refuse(
		    w, ev->start_mark, "an alias; write the value out instead");
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		if (!scalar_plain(ev))
			return refuse(w, ev->start_mark,
			    "a control or invisible character; remove it");
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	default:
		return E_OK;
	}
	if (anchor != NULL || tag != NULL)
		return refuse(
		    w, ev->start_mark, "an anchor or a tag; remove it");
	return E_OK;
}

/* One event; *value says that a value has begun with it (and, if it is a map
 * or list, is open now). */
static enum err
walk_event(struct walk *w, bool *value, const yaml_event_t *ev)
{
	enum err e;

	*value = false;
	if ((e = walk_check(w, ev)) != E_OK)
		return e;
	switch (ev->type) {
	case YAML_SCALAR_EVENT:
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return walk_begin(w, value, ev);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		w->depth--;
		walk_done(w);
		return E_OK;
	default:
		return E_OK;
	}
}

/* After the event has been looked at: go in, or go on. */
static void
walk_after(struct walk *w, bool value, const yaml_event_t *ev)
{
	if (!value)
		return;
	if (ev->type == YAML_SCALAR_EVENT)
		walk_done(w);
	else
		walk_open(w, ev->type == YAML_MAPPING_START_EVENT);
}

/* libyaml's own complaint. */
static enum err
refuse_syntax(const struct walk *w, const yaml_parser_t *p, const char *text)
{
	yaml_mark_t mark = p->problem_mark;

	if (p->error == YAML_MEMORY_ERROR)
		return E_NOMEM;
	if (p->error == YAML_READER_ERROR) {
		memset(&mark, 0, sizeof(mark));
		for (size_t i = 0; i < p->problem_offset; i++)
			if (text[i] == '\n')
				mark.line++;
	}
	fault_set(w->fault, "%s:%zu:%zu: %s; correct the YAML there", w->name,
	    mark.line + 1, mark.column + 1,
	    p->problem == NULL ? "no YAML" : p->problem);
	return E_CONFIG;
}

/* Calls look for every event until it returns false, with the walk as it
 * stands before the event's own map or list is entered. */
static enum err
walk_all(struct walk *w, const char *text, size_t len,
    bool (*look)(
	void *ctx, const struct walk *w, bool value, const yaml_event_t *ev),
    void *ctx)
{
	yaml_parser_t parser;
	yaml_event_t ev;
	bool value, more = true;
	enum err e = E_OK;

	if (!yaml_parser_initialize(&parser))
		return E_NOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (more && e == E_OK) {
		if (!yaml_parser_parse(&parser, &ev)) {
			e = refuse_syntax(w, &parser, text);
			break;
		}
		more = ev.type != YAML_STREAM_END_EVENT;
		if ((e = walk_event(w, &value, &ev)) == E_OK) {
			if (look != NULL && !look(ctx, w, value, &ev))
				more = false;
			walk_after(w, value, &ev);
		}
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
	return e;
}

struct spot {             /* a place that is looked for */
	const char *path; /* by path, or the first after a mark */
	unsigned after_line, after_column;
	size_t best; /* bytes of path that fit */
	unsigned line, column;
};

/* The path of the value that begins now. */
static void
walk_path(char out[PATH_MAX_], const struct walk *w)
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < w->depth && n < PATH_MAX_ - YAML_KEY; i++) {
		const struct level *l = &w->levels[i];
		int add;

		if (l->map)
			add = snprintf(out + n, PATH_MAX_ - n, "%s%s",
			    n == 0 ? "" : ".", l->keys[l->n_keys - 1]);
		else
			add =
			    snprintf(out + n, PATH_MAX_ - n, "[%u]", l->index);
		n += (size_t)add;
	}
}

static bool
look_for_path(
    void *ctx, const struct walk *w, bool value, const yaml_event_t *ev)
{
	struct spot *s = ctx;
	char path[PATH_MAX_];
	size_t n;

	if (!value || w->depth == 0)
		return true;
	walk_path(path, w);
	n = strlen(path);
	if (n > s->best && strncmp(path, s->path, n) == 0 &&
	    strchr(".[", s->path[n]) != NULL) {
		s->best = n;
		s->line = (unsigned)ev->start_mark.line + 1;
		s->column = (unsigned)ev->start_mark.column + 1;
	}
	return s->best < strlen(s->path);
}

void
yaml_where(unsigned *line, unsigned *column, const char *text, size_t len,
    const char *path)
{
	struct walk w = { .name = "" };
	struct spot s = { .path = path, .line = 1, .column = 1 };

	(void)walk_all(&w, text, len, look_for_path, &s);
	*line = s.line;
	*column = s.column;
}

/* The first key from a mark on: libcyaml tells where its map, or the value
 * before it, begins. */
static bool
look_for_next(
    void *ctx, const struct walk *w, bool value, const yaml_event_t *ev)
{
	struct spot *s = ctx;
	unsigned line = (unsigned)ev->start_mark.line + 1;
	unsigned column = (unsigned)ev->start_mark.column + 1;

	(void)w;
	if (value || ev->type != YAML_SCALAR_EVENT || line < s->after_line ||
	    (line == s->after_line && column < s->after_column))
		return true;
	s->line = line;
	s->column = column;
	return false;
}

struct said { /* what libcyaml said: its first words, its innermost place */
	char words[FAULT_TEXT];
	unsigned line, column;
};

static void listen(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));

static void
listen(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct said *s = ctx;
	char line[FAULT_TEXT];
	const char *place, *words = line;

	if (level < CYAML_LOG_ERROR ||
	    vsnprintf(line, sizeof(line), fmt, args) < 0)
		return;
	if (strncmp(words, "Load: ", 6) == 0)
		words += 6;
	if (strncmp(words, "Backtrace:", 10) == 0)
		return;
	place = strstr(words, "(line: ");
	if (place != NULL && strncmp(words, "  in ", 5) == 0) {
		if (s->line == 0)
			(void)sscanf(place, "(line: %u, column: %u)", &s->line,
			    &s->column);
		return;
	}
	if (s->words[0] == '\0')
		(void)snprintf(s->words, sizeof(s->words), "%.*s",
		    (int)strcspn(words, "\n"), words);
}

/* All keys that the schema knows at any depth. */
static void
schema_keys(const char **keys, size_t *n, const cyaml_schema_value_t *v)
{
	if (v->type == CYAML_SEQUENCE)
		schema_keys(keys, n, v->sequence.entry);
	if (v->type != CYAML_MAPPING)
		return;
	for (const cyaml_schema_field_t *f = v->mapping.fields; f->key != NULL;
	     f++) {
		if (*n < SCHEMA_KEYS)
			keys[(*n)++] = f->key;
		schema_keys(keys, n, &f->value);
	}
}

static void
refuse_key(struct said *s, const cyaml_schema_value_t *schema, const char *text,
    size_t len, const char *name, struct fault *fault)
{
	struct walk w = { .name = "" };
	struct spot at = { .after_line = s->line,
		.after_column = s->column,
		.line = s->line,
		.column = s->column };
	const char *keys[SCHEMA_KEYS], *meant, *key = strchr(s->words, ':');
	size_t n = 0;

	key = key == NULL ? "" : key + 2;
	schema_keys(keys, &n, schema);
	meant = near_word(key, keys, n);
	(void)walk_all(&w, text, len, look_for_next, &at);
	if (meant != NULL && strcmp(meant, key) != 0)
		fault_set(fault, "%s:%u:%u: unknown key '%s'; write '%s'?",
		    name, at.line, at.column, key, meant);
	else
		fault_set(fault,
		    "%s:%u:%u: unknown key '%s' here; remove it or move it",
		    name, at.line, at.column, key);
}

static void
refuse_schema(struct said *s, cyaml_err_t why,
    const cyaml_schema_value_t *schema, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	const char *remedy;

	switch (why) {
	case CYAML_ERR_INVALID_KEY:
		refuse_key(s, schema, text, len, name, fault);
		return;
	case CYAML_ERR_MAPPING_FIELD_MISSING:
		remedy = "add it";
		break;
	case CYAML_ERR_STRING_LENGTH_MIN:
	case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
		remedy = "it may not be empty";
		break;
	case CYAML_ERR_STRING_LENGTH_MAX:
	case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
		remedy = "shorten it";
		break;
	default:
		remedy = "correct it as the documentation shows";
		break;
	}
	if (s->line == 0)
		s->line = s->column = 1;
	fault_set(fault, "%s:%u:%u: %.200s; %s", name, s->line, s->column,
	    s->words[0] == '\0' ? cyaml_strerror(why) : s->words, remedy);
}

/* What libyaml would take for a sign of another encoding than UTF-8. */
static bool
has_order_mark(const char *text, size_t len)
{
	return (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
				memcmp(text, "\xfe\xff", 2) == 0)) ||
	       (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0);
}

/* Does a line begin at text[at], as libyaml sees lines? */
static bool
line_begins(const char *text, size_t at)
{
	return at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r' ||
	       (at >= 2 && memcmp(text + at - 2, "\xc2\x85", 2) == 0) ||
	       (at >= 3 && (memcmp(text + at - 3, "\xe2\x80\xa8", 3) == 0 ||
			       memcmp(text + at - 3, "\xe2\x80\xa9", 3) == 0));
}

/* Directives are refused before libyaml, which compares each with all before
 * it: 70,000 of them in a text that is not too long take it 10 seconds. */
static enum err
refuse_directives(const struct walk *w, const char *text, size_t len)
{
	yaml_mark_t mark = { .line = 0 };

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%' && line_begins(text, i))
			return refuse(w, mark, "a directive; remove it");
		mark.column++;
		if (text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return E_OK;
}

enum err
yaml_load(void **out, const cyaml_schema_value_t *schema, const char *text,
    size_t len, const char *name, struct fault *fault)
{
	struct walk w = { .name = name, .fault = fault };
	struct said said = { .line = 0 };
	const cyaml_config_t config = { .log_fn = listen,
		.log_ctx = &said,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS };
	cyaml_data_t *data = NULL;
	cyaml_err_t why;
	enum err e;

	if (len > YAML_MAX) {
		fault_set(fault, "%s: longer than %d bytes; shorten it", name,
		    YAML_MAX);
		return E_LIMIT;
	}
	if (has_order_mark(text, len)) {
		fault_set(fault,
		    "%s:1:1: a byte order mark; save the file as "
		    "UTF-8 without one",
		    name);
		return E_CONFIG;
	}
	if ((e = refuse_directives(&w, text, len)) != E_OK ||
	    (e = walk_all(&w, text, len, NULL, NULL)) != E_OK)
		return e;
	if (w.documents == 0) {
		fault_set(fault, "%s:1:1: empty; see the example", name);
		return E_CONFIG;
	}
	why = cyaml_load_data(
	    (const uint8_t *)text, len, &config, schema, &data, NULL);
	if (why == CYAML_ERR_OOM)
		return E_NOMEM;
	if (why != CYAML_OK || data == NULL) {
		refuse_schema(&said, why, schema, text, len, name, fault);
		return E_CONFIG;
	}
	*out = data;
	return E_OK;
}

void
yaml_drop(const cyaml_schema_value_t *schema, void *data)
{
	const cyaml_config_t config = { .mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_NO_ALIAS };

	if (data != NULL)
		(void)cyaml_free(&config, schema, data, 0);
}

void
yaml_quote(FILE *out, const char *s)
{
	(void)fputc('"', out);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			(void)fputc('\\', out);
		(void)fputc(*s, out);
	}
	(void)fputc('"', out);
}

void
yaml_block(FILE *out, const char *text)
{
	(void)fputs("|2\n", out);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (n > 0)
			(void)fprintf(out, "  %.*s", (int)n, text);
		(void)fputc('\n', out);
		text += n + (text[n] == '\n' ? 1 : 0);
	}
}

enum err
yaml_done(char **out, FILE *f, char *const *text)
{
	bool bad;

	if (f == NULL)
		return E_NOMEM;
	bad = ferror(f) != 0;
	if (fclose(f) != 0 || bad) {
		free(*text);
		return E_NOMEM;
	}
	*out = *text;
	return E_OK;
}
