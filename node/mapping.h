/*
 * node/mapping.h -- any other CSV extract as a loader: a mapping file.
 *
 * YAML, errors with file:line:column.  An example with every key stands in
 * docs/operations.md and docs/examples/mapping.yaml.
 *
 *	source: police.crime
 *	feed: "Gwent Police"
 *	time_zone: Europe/London	# or UTC
 *	person_domain: police.person	# if there is a person column
 *	columns:
 *	  id: { name: "Crime Ref" }
 *	  occurred_from: { name: "Date From", format: "DD/MM/YYYY HH:MM" }
 *	  offence: { name: "Offence", list: ho, map: { "KNIFE ROB": "34B" } }
 *	  easting: { name: "E" }
 *	  ...
 */
#ifndef NODE_MAPPING_H
#define NODE_MAPPING_H

#include <stddef.h>

#include "base/err.h"
#include "node/loader.h"
#include "policies/yaml.h"

#define MAPPING_MAX 262144 /* bytes of the file */

struct mapping; /* opaque */

/* mapping_read: a mapping from text[0, len).  E_CONFIG with fault, E_LIMIT,
 * E_NOMEM. */
enum err mapping_read(struct mapping **out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;
void mapping_free(struct mapping *m); /* NULL does nothing */

/* mapping_loader: the loader of it, valid as long as it. */
const struct loader *mapping_loader(const struct mapping *m);

#endif
