/*
 * coordinator/pages.h -- what each address of the HTTP API answers.
 *
 * Reads the database and the shipped files; changes nothing.
 */
#ifndef COORDINATOR_PAGES_H
#define COORDINATOR_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coordinator/db.h"
#include "coordinator/geometry.h"
#include "coordinator/meaning.h"
#include "coordinator/text.h"

struct pages; /* opaque; any thread */

struct page {
	unsigned status; /* of HTTP */
	const char *type;
	const char *cache; /* Cache-Control */
	bool final;        /* will never change under this address */
	struct text body;  /* the caller's, to be freed */
};

/*
 * pages_open: db stays the caller's; map, data: folders.
 *
 * E_IO, E_FORMAT	a folder or file cannot be read (geometry_open,
 *			meaning_open).
 * E_NOMEM, E_SYSTEM
 */
enum err pages_open(struct pages **out, struct db *db, const char *map,
    const char *data) MUST_USE;
void pages_close(struct pages *p); /* NULL does nothing */

/* pages_get: the answer to a GET of uri[0, len); an error is a page too. */
void pages_get(struct pages *p, struct page *out, const char *uri, size_t len);

/* pages_table: all numbers of a release as one CSV, every theme, slice and
 * source; lines that start with '#' say what they are. */
void pages_table(struct pages *p, struct page *out, const uint8_t id[QUERY_ID]);

/* pages_areas, pages_meaning: the lookup of areas and the theme rules, valid as
 * long as p. */
const struct areas *pages_areas(const struct pages *p);
const struct meaning *pages_meaning(const struct pages *p);

/* pages_problem: an error as a page (RFC 7807). */
void pages_problem(struct page *out, unsigned status, const char *detail);

#endif
