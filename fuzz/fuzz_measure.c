/* Any question, however it lies about its levels, its axes and its bands: what
 * query_check and the ladder let through is measured inside its own cells, is
 * priced, and each record is in every histogram once (of HAAR: in the last
 * band). */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "node/measure.h"
#include "policies/price.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

#define CELLS_MOST 65536

static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Aber 001B,W06000001,Aber,W15000001,North,1000\n"
    "W01000003,Aber 002A,W06000001,Aber,W15000001,North,1000\n"
    "W01000004,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n"
    "W01000005,Coed 001A,W06000003,Coed,W15000002,South,1000\n"
    "W01000006,Coed 001B,W06000003,Coed,W15000002,South,1000\n";

/* A query with a good head. */
static void
start(struct query *w)
{
	memset(w, 0, sizeof(*w));
	w->version = QUERY_VERSION;
	strcpy(w->title, "T");
	strcpy(w->researcher.s, "r");
	w->created_at = 1;
	w->send_at = 2;
	w->close_at = 3;
	w->not_after = 4;
	w->quorum = 1;
	w->q.measure = MEASURE_COUNT;
	w->q.sources = SOURCE_ALL;
	w->q.first_month = 612;
	w->q.c = w->q.k = w->q.d = w->q.g = 1;
	w->q.mode = MODE_PER_NODE;
	w->q.n_nodes = 1;
	strcpy(w->q.nodes[0].s, "n");
}

/* The rest of it, as the bytes have it. */
static void
take(struct question *q, struct rd *r)
{
	q->n_themes = rd_u8(r) % (QUERY_THEMES_MAX + 1);
	for (uint8_t i = 0; i < q->n_themes; i++)
		q->themes[i] = i;
	q->n_months = rd_u8(r);
	q->slicing = rd_u8(r);
	q->geo = rd_u8(r);
	if (q->geo == GEO_GRID) {
		q->cell_m = 1000;
		q->west = rd_u8(r) * 1000U;
		q->cols = rd_be16(r);
		q->rows = rd_be16(r);
	} else {
		q->n_areas = 2;
		strcpy(q->areas[0], "W15000001");
		strcpy(q->areas[1], "W15000002");
	}
	q->n_levels = rd_u8(r) % (QUERY_LEVELS_MAX + 2);
	for (unsigned i = 0; i < q->n_levels && i < QUERY_LEVELS_MAX; i++)
		q->level_places[i] = rd_be16(r);
	q->n_places = q->level_places[0];
	q->strategy = rd_u8(r);
	q->noise = rd_u8(r);
	*(q->noise == NOISE_GAUSS ? &q->charge_nrho : &q->charge_neps) = 1;
	q->n_histograms = rd_u8(r) % (QUERY_HISTOGRAMS_MAX + 1);
	for (unsigned i = 0; i < q->n_histograms; i++) {
		struct histogram *h = &q->histograms[i];

		h->by = rd_u8(r);
		h->level = rd_u8(r);
		h->x = rd_u8(r);
		h->y = rd_u8(r);
		h->num = h->den = 1;
	}
}

static void
check_sums(const int64_t *at, const struct question *q, int64_t total)
{
	for (unsigned i = 0; i < q->n_histograms; i++) {
		int64_t sum = 0;

		for (uint32_t n = question_histogram(q, i); n > 0; n--)
			sum += *at++;
		if (sum != total &&
		    (q->strategy != STRATEGY_HAAR || i + 1U == q->n_histograms))
			abort();
	}
}

static void
measure(const struct question *q, const struct ladder *l)
{
	uint32_t n = question_cells(q);
	uint32_t *counts = malloc(n * sizeof(*counts));
	int64_t *out = malloc(question_answer(q) * sizeof(*out)), total = 0;

	if (counts == NULL || out == NULL)
		abort();
	for (uint32_t i = 0; i < n; i++) {
		counts[i] = i * UINT32_C(2654435761);
		total += counts[i];
	}
	if (measure_counts(out, counts, q, l) != E_OK)
		abort();
	check_sums(out, q, total);
	free(counts);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct areas *areas;
	struct rd r = rd_over(buf, len);
	struct ladder *l = NULL;
	struct price price;
	struct query w;
	size_t line;

	if (areas == NULL &&
	    areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK)
		abort();
	start(&w);
	take(&w.q, &r);
	if (r.err != E_OK || query_check(&w) != E_OK)
		return 0;
	if (price_make(&price, &w.q) != E_OK)
		abort();
	if (question_cells(&w.q) > CELLS_MOST ||
	    question_answer(&w.q) > CELLS_MOST ||
	    ladder_new(&l, &w.q, areas) != E_OK)
		return 0;
	measure(&w.q, l);
	ladder_free(l);
	return 0;
}
