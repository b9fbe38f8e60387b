/*
 * node/loader.h -- the shape of a loader: rows of one format as incidents.
 */
#ifndef NODE_LOADER_H
#define NODE_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/incident.h"
#include "model/boundary.h"
#include "model/osgb.h"
#include "model/theme.h"
#include "model/vintage.h"
#include "node/csv.h"
#include "node/gazetteer.h"
#include "node/keys.h"
#include "node/report.h"

struct memo;
struct place_later;

struct loader_world { /* what a loader may look things up in */
	const struct osgb *osgb;
	const struct areas *areas;
	const struct themes *themes;
	const struct gazetteer *gazetteer; /* NULL: none */
	const struct boundary *boundary; /* of areas that areas has, or NULL */
	const struct vintage *vintage;   /* NULL: none */
	const struct keys *keys;
	struct memo *memo; /* see memo.h; NULL: none */
	const char *feed;  /* as the operator names it, or NULL: see loaders */
	struct place_later *later; /* see place.h; NULL: nothing is put off */
};

struct loader_record {
	struct incident incident; /* all but record_id and order */
	/* of what identifies it in its source; equal for equals */
	uint8_t base[INCIDENT_KEY];
	bool named; /* the source has given it an id */
};

struct loader_columns {     /* of one file, by header */
	size_t n;           /* fields that each row has */
	int at[CSV_FIELDS]; /* loader's column i is field at[i]; -1: none */
};

struct loader {
	const char *name;
	const char *about; /* one line for `ward-node load --help` */
	const void *own;   /* the loader's own data, such as a mapping */
	bool one_line;     /* see csv_new */
	bool needs_end;    /* a last row without an end of line may be cut
			    * unnoticed, and is refused */
	/* The header row; E_FORMAT, and r->why says what was expected. */
	enum err (*header)(const struct loader *l, struct loader_columns *out,
	    const struct csv_row *row, struct report *r);
	/* One row of columns->n unbroken fields: REPORT_KEPT with *out, or why
	 * it is dropped, and *out then holds nothing of use.  Notes are counted
	 * in r. */
	enum report_reason (*map)(const struct loader *l,
	    struct loader_record *out, const struct loader_columns *columns,
	    const struct csv_row *row, const struct loader_world *world,
	    struct report *r);
};

#endif
