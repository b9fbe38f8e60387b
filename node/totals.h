/*
 * node/totals.h -- exact totals of the records by chosen fields.
 *
 * For the agency's own eyes: exact counts never leave the node.
 */
#ifndef NODE_TOTALS_H
#define NODE_TOTALS_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "model/incident.h"

#define TOTALS_FIELDS 4       /* at most, of one table */
#define TOTALS_MAX (1U << 24) /* rows of a table */
#define TOTALS_WORDS "source, feed, month, list, code, area, published"

struct totals; /* opaque, SECRET */

/*
 * totals_new: a table by those fields, words of TOTALS_WORDS separated by
 * commas, such as "feed,month,code".
 *
 * E_FORMAT	another word, a word twice, none, or more than TOTALS_FIELDS.
 * E_NOMEM
 */
enum err totals_new(struct totals **out, const char *fields) MUST_USE;
void totals_free(struct totals *t); /* wipes; NULL does nothing */

/* totals_add: one more record.  E_NOMEM, E_LIMIT (TOTALS_MAX). */
enum err totals_add(struct totals *t, const struct incident *i) MUST_USE;

/* totals_csv: a header and the rows, sorted field by field; the last column,
 * "records", is how many.  totals_json: an array of objects, one a line.  Once;
 * errors are those of the stream. */
void totals_csv(struct totals *t, FILE *out);
void totals_json(struct totals *t, FILE *out);

#endif
