/*
 * policies/yaml.h -- YAML into structs by a schema, with file:line:column.
 *
 * libcyaml with aliases off, unknown keys refused, sizes bounded.  For files
 * that programs read at start; what people write as questions is read by
 * client/doc.
 *
 * libcyaml takes the last of a key given twice, reads only the first document,
 * takes 010 for eight and any unknown word for true.  Therefore the text is
 * walked first: a key twice, a second document, anchors, aliases, tags,
 * directives, control and invisible characters are refused; and schemas are
 * best made of strings, which policies/value turns into what they mean.  A
 * newline inside a string is taken from a literal block ("|") only.
 */
#ifndef POLICIES_YAML_H
#define POLICIES_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cyaml/cyaml.h>

#include "base/err.h"

#define YAML_MAX (1024 * 1024) /* bytes of a text */
#define YAML_DEPTH 8           /* maps and lists inside each other */
#define YAML_KEYS 32           /* of one map */
#define YAML_KEY 32            /* bytes of a key with NUL */
#define FAULT_TEXT 400

struct fault { /* "name:line:column: what is wrong; what to do" */
	char text[FAULT_TEXT];
};

/* fault_set: printf into the fault; fault may be NULL. */
void fault_set(struct fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * yaml_load: text[0, len) by schema; *out is ended by yaml_drop.
 *
 * E_CONFIG	it does not fit; fault (may be NULL) says where and why.
 * E_LIMIT	longer than YAML_MAX.
 * E_NOMEM
 */
enum err yaml_load(void **out, const cyaml_schema_value_t *schema,
    const char *text, size_t len, const char *name,
    struct fault *fault) MUST_USE;

/* yaml_drop: not "free", which libyaml exports and would call. */
void yaml_drop(const cyaml_schema_value_t *schema, void *data);

/*
 * yaml_where: line and column, from 1, of the value at a path such as
 * "members[2].roles[0]" in a text that yaml_load took; of the last part of
 * the path that is there, if the whole is not.  1:1 for other texts.
 */
void yaml_where(unsigned *line, unsigned *column, const char *text, size_t len,
    const char *path);

/* yaml_plain: UTF-8 without control and invisible characters? */
bool yaml_plain(const char *s, size_t len);

/* yaml_quote: s (yaml_plain) as a quoted string.  yaml_block: text, whose
 * lines end in newlines, as a literal block, each line after two spaces.
 * Errors are those of the stream. */
void yaml_quote(FILE *out, const char *s);
void yaml_block(FILE *out, const char *text);

/* yaml_done: end a stream of open_memstream(text, ...); *out is the caller's.
 * E_NOMEM: something did not fit, or f is NULL. */
enum err yaml_done(char **out, FILE *f, char *const *text) MUST_USE;

#endif
