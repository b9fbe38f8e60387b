/*
 * policies/yaml.h -- YAML into structs by a schema, with file:line:column.
 *
 * libcyaml with aliases off, unknown keys refused, sizes bounded.  For files
 * that programs read at start; what people write as questions is read by
 * client/doc.
 */
#ifndef POLICIES_YAML_H
#define POLICIES_YAML_H

#include <stddef.h>

#include <cyaml/cyaml.h>

#include "base/err.h"

#define YAML_MAX (1024 * 1024) /* bytes of a text */
#define FAULT_TEXT 400

struct fault { /* "name:line:column: what is wrong; what to do" */
	char text[FAULT_TEXT];
};

/* fault_set: printf into the fault; fault may be NULL. */
void fault_set(struct fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * yaml_load: text[0, len) by schema; *out is ended by yaml_free.
 *
 * E_CONFIG	it does not fit; fault (may be NULL) says where and why.
 * E_LIMIT	longer than YAML_MAX.
 * E_NOMEM
 */
enum err yaml_load(void **out, const cyaml_schema_value_t *schema,
    const char *text, size_t len, const char *name,
    struct fault *fault) MUST_USE;

void yaml_free(const cyaml_schema_value_t *schema, void *data);

#endif
