/*
 * client/doc.h -- a YAML text whose every value knows its line and column.
 *
 * For files that people write and whose faults are found after reading: a
 * schema reader (policies/yaml.h) forgets where a value stood.  Faults are
 * collected as "name:line:column: what is wrong; what to do", so that a person
 * sees all of them at once.
 *
 * A value is a number > 0; 0 stands for a value that is not there, and every
 * function takes it for an empty one.  Source: YAML 1.1 as libyaml reads it.
 * Refused: anchors and aliases, a key twice, more than one document, texts
 * longer than DOC_MAX.
 */
#ifndef CLIENT_DOC_H
#define CLIENT_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define DOC_MAX 65536 /* bytes */
#define DOC_FAULTS 20 /* more are not kept */
#define DOC_FAULT 400 /* bytes of a fault with NUL */

struct doc; /* opaque */

/*
 * doc_parse: name is for faults.  A text that is no YAML makes a doc with that
 * fault and no values.
 *
 * E_NOMEM
 */
enum err doc_parse(
    struct doc **out, const char *text, size_t len, const char *name) MUST_USE;
void doc_free(struct doc *doc);

int doc_root(const struct doc *doc);

/* doc_get: the value under that key; 0 when there is none or map is no map. */
int doc_get(const struct doc *doc, int map, const char *key);

/* doc_keys: complain of every key of map outside keys[n]. */
void doc_keys(struct doc *doc, int map, const char *const *keys, size_t n);

/* doc_is_map: false for 0. */
bool doc_is_map(const struct doc *doc, int value);

/* doc_text: the text of a plain value, which lives as long as doc; NULL for
 * anything else. */
const char *doc_text(const struct doc *doc, int value);

/* doc_count, doc_item: of a list; a plain value counts as a list of itself. */
size_t doc_count(const struct doc *doc, int list);
int doc_item(const struct doc *doc, int list, size_t i);

/* doc_complain: keep a fault at the place of value (0: the file's start). */
void doc_complain(struct doc *doc, int value, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

size_t doc_faults(const struct doc *doc);
const char *doc_fault(const struct doc *doc, size_t i);

#endif
