/*
 * tests/unit/node/records_model.h -- what node/records.h promises, done in the
 * plainest way over arrays in memory: what stores are held against.
 */
#ifndef RECORDS_MODEL_H
#define RECORDS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "model/area.h"
#include "model/incident.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/records.h"

struct model_whole {
	uint32_t source;
	char feed[INCIDENT_FEED];
	uint16_t first, n;
};

struct model_batch {
	enum records_act act;
	size_t n, n_wholes;
	const struct incident *puts;      /* [n] in their order */
	const struct model_whole *wholes; /* [n_wholes] */
};

struct model; /* opaque */

struct model *model_new(void);
void model_free(struct model *m);

/* model_batch: does it, as loaded at that time; what it changed. */
struct records_change model_batch(
    struct model *m, const struct model_batch *b, uint64_t loaded_at);

/* model_sort: all[n] by (month, unit, id). */
void model_sort(struct incident *all, size_t n);

/* model_each: records of months [first, first + n) as of then, in the order of
 * model_sort, into out, to be freed; how many. */
size_t model_each(struct incident **out, const struct model *m, uint16_t first,
    uint16_t n, uint64_t as_of_s);

/* model_count: cells[question_cells(q)]. */
void model_count(uint32_t *cells, const struct model *m,
    const struct question *q, uint64_t as_of_s, const struct areas *areas,
    const struct themes *rules);

/* model_size: what records_size says, but for bytes. */
struct records_size model_size(const struct model *m);

/* incident_same: equal in every field that is kept? */
bool incident_same(const struct incident *a, const struct incident *b);

#endif
