/*
 * tests/unit/node/rows_test.h -- months of stored records, drawn at random.
 */
#ifndef TESTS_UNIT_NODE_ROWS_TEST_H
#define TESTS_UNIT_NODE_ROWS_TEST_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/chunk.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
struct draw {
	uint64_t at;
};

static inline uint64_t
draw(struct draw *d)
{
	uint64_t x = d->at += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* 0 ... n - 1 */
static inline uint32_t
draw_below(struct draw *d, uint32_t n)
{
	return (uint32_t)(draw(d) % n);
}

static inline void
draw_key(uint8_t out[INCIDENT_KEY], uint64_t of)
{
	struct draw d = { of };
	uint64_t half[2] = { draw(&d), draw(&d) };

	memcpy(out, half, INCIDENT_KEY);
}

struct rows_law {
	uint32_t persons; /* of whom a record may be; 0: of nobody */
	uint32_t percent; /* of records that have a person */
	uint32_t kinds, areas, batches;
	uint32_t dead;   /* percent */
	uint32_t points; /* percent */
	uint32_t metres; /* east and north below it, from 100,000 on */
};

static inline int
rows_compare(const void *a, const void *b)
{
	return chunk_order(a, b);
}

/* rows_draw: rows[n] of one month, in order.  A record that is dead may be
 * followed by its next state. */
static inline void
rows_draw(struct row *rows, size_t n, const struct rows_law *l, struct draw *d)
{
	memset(rows, 0, n * sizeof(*rows));
	for (size_t i = 0; i < n; i++) {
		struct row *r = &rows[i];

		r->born = 1 + draw_below(d, l->batches);
		if (draw_below(d, 100) < l->dead)
			r->died = r->born + 1 + draw_below(d, l->batches);
		r->person = l->persons > 0 && draw_below(d, 100) < l->percent;
		draw_key(r->id, draw(d));
		if (i > 0 && rows[i - 1].died != CHUNK_ALIVE &&
		    draw_below(d, 2) == 0) {
			memcpy(r->id, rows[i - 1].id, INCIDENT_KEY);
			r->born = rows[i - 1].died;
			r->died = CHUNK_ALIVE;
		}
		if (r->person)
			draw_key(r->unit, draw_below(d, l->persons));
		else
			memcpy(r->unit, r->id, INCIDENT_KEY);
		r->kind = draw_below(d, l->kinds);
		r->area = draw_below(d, l->areas);
		r->point = draw_below(d, 100) < l->points;
		if (r->point) {
			r->east = 100000 + draw_below(d, l->metres);
			r->north = 100000 + draw_below(d, l->metres);
		}
		r->from = 1600000000 + draw_below(d, 2678400);
		r->lasts = draw_below(d, 86400);
		r->recorded = r->from + draw_below(d, 1U << 24);
		r->precision_m = draw_below(d, 2) == 0 ? 50 : 500;
		r->time_precision = (uint8_t)(1 + draw_below(d, 5));
		r->geo_method = (uint8_t)draw_below(d, GEO_METHODS);
	}
	qsort(rows, n, sizeof(*rows), rows_compare);
}

#endif
