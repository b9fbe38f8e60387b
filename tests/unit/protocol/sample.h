/* A small and a large query for the tests of protocol/. */
#ifndef TESTS_PROTOCOL_SAMPLE_H
#define TESTS_PROTOCOL_SAMPLE_H

#include <stdio.h>
#include <string.h>

#include "model/query.h"

#define SAMPLE_NOW 1700000000u /* UTC seconds */

static inline void
sample_party(struct party_id *out, const char *name)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->s, name, strlen(name));
}

/* Two themes on a grid of two places, one node. */
static inline void
sample_query(struct query *q)
{
	struct question *qn = &q->q;

	memset(q, 0, sizeof(*q));
	q->version = QUERY_VERSION;
	strcpy(q->title, "Knife crime, r\xc3\xa9sum\xc3\xa9");
	strcpy(q->purpose, "serious violence duty");
	strcpy(q->project, "p1");
	sample_party(&q->researcher, "ruth");
	q->roster_epoch = 3;
	memset(q->roster_hash, 0x11, sizeof(q->roster_hash));
	q->created_at = SAMPLE_NOW;
	q->send_at = SAMPLE_NOW + 600;
	q->close_at = SAMPLE_NOW + 1200;
	q->not_after = SAMPLE_NOW + 86400;
	q->quorum = 1;
	qn->measure = MEASURE_COUNT;
	qn->sources = SOURCE_POLICE_CRIME;
	qn->n_themes = 2;
	qn->themes[0] = 0;
	qn->themes[1] = 6;
	qn->first_month = 612;
	qn->n_months = 12;
	qn->slicing = SLICE_MONTH;
	qn->geo = GEO_GRID;
	qn->cell_m = 1000;
	qn->west = 310000;
	qn->south = 170000;
	qn->cols = 2;
	qn->rows = 1;
	qn->n_places = 2;
	memset(qn->rules_hash, 0x22, sizeof(qn->rules_hash));
	qn->c = 1;
	qn->k = 2;
	qn->d = 1;
	qn->g = 1;
	qn->n_levels = 1;
	qn->level_places[0] = 2;
	qn->strategy = STRATEGY_NESTED;
	qn->noise = NOISE_GAUSS;
	qn->n_histograms = 1;
	qn->histograms[0] = (struct histogram){ .by = 3, .num = 25, .den = 2 };
	qn->charge_nrho = UINT64_C(80000000);
	qn->mode = MODE_PER_NODE;
	qn->n_nodes = 1;
	sample_party(&qn->nodes[0], "gwent");
}

/* Every list as long as it may be. */
static inline void
sample_large(struct query *q)
{
	struct question *qn = &q->q;
	char text[PARTY_ID];

	sample_query(q);
	memset(q->title, 'x', QUERY_TITLE - 1);
	memset(q->purpose, 'y', QUERY_TITLE - 1);
	memset(q->project, 'z', QUERY_TITLE - 1);
	qn->n_themes = 12;
	for (size_t i = 0; i < qn->n_themes; i++)
		qn->themes[i] = (uint8_t)i;
	qn->geo = GEO_LAD;
	qn->cell_m = qn->west = qn->south = qn->cols = qn->rows = 0;
	qn->n_areas = QUERY_AREAS_MAX;
	for (size_t i = 0; i < QUERY_AREAS_MAX; i++) {
		snprintf(text, sizeof(text), "E230%05u", (unsigned)i);
		memcpy(qn->areas[i], text, GSS);
	}
	memset(qn->areas_hash, 0x33, sizeof(qn->areas_hash));
	qn->n_places = 100;
	qn->n_levels = 2;
	qn->level_places[0] = 100;
	qn->level_places[1] = 43;
	qn->n_histograms = 8;
	for (unsigned i = 0; i < 8; i++)
		qn->histograms[i] = (struct histogram){ .by = 3 - i % 4,
			.level = (uint8_t)(i / 4),
			.num = UINT32_MAX - i,
			.den = UINT32_MAX };
	qn->n_nodes = QUERY_NODES_MAX;
	for (size_t i = 0; i < QUERY_NODES_MAX; i++) {
		snprintf(text, sizeof(text), "a-node-with-a-long-name-%05u",
		    (unsigned)i);
		sample_party(&qn->nodes[i], text);
	}
}

#endif
