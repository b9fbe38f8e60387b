/* Promises of coordinator/product: intervals of every level and every time
 * cover the truth as often as they say, for every strategy and both laws of
 * noise; estimates and display numbers add up.
 *
 * The noise is drawn here, by inversion of its law as it is defined, on fixed
 * seeds.  In each of RUNS runs some share of the nodes of a level is covered;
 * the mean of these shares may lie OFF of its standard errors below 0.95, as
 * they were measured (chance 3e-7), and no more than what a lattice adds above
 * it.  Half widths of 10 % less are found (their coverage is 0.922: 10 standard
 * errors and more of level 0), of sums over all places those of 20 % less. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/spread.h"
#include "cli/file.h"
#include "coordinator/product.h"
#include "coordinator/times.h"
#include "model/theme.h"

#define RUNS 300
#define OFF 5
#define NODES 3
#define SAME(x) (1e-6 + 1e-9 * fabs(x))
#define TABLE 2000 /* draws reach from -TABLE to TABLE */

static struct areas *areas;

static int
open_areas(void **state)
{
	char *text;
	size_t len, line;

	(void)state;
	if (file_read(&text, &len, WARD_DATA "/areas/lsoa11.csv", 1 << 26) !=
	    E_OK)
		return 1;
	assert_int_equal(areas_parse(&areas, text, len, &line), E_OK);
	free(text);
	return 0;
}

static int
close_areas(void **state)
{
	(void)state;
	areas_free(areas);
	return 0;
}

/* Chance ----------------------------------------------------------------- */

static uint64_t
next(uint64_t *seed) /* splitmix64 */
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double
uniform(uint64_t *seed)
{
	return (double)(next(seed) >> 11) * 0x1p-53;
}

struct draws {                       /* the law of a histogram's noise */
	double below[2 * TABLE + 1]; /* P[X <= x - TABLE] */
};

static void
draws_of(struct draws *d, const struct question *q, unsigned i)
{
	double size = (double)q->histograms[i].num / q->histograms[i].den;
	double sum = 0;

	for (int x = -TABLE; x <= TABLE; x++) {
		sum += q->noise == NOISE_GAUSS
			   ? exp(-(double)x * x / (2 * size))
			   : exp(-abs(x) / size);
		d->below[x + TABLE] = sum;
	}
	for (int k = 0; k <= 2 * TABLE; k++)
		d->below[k] /= sum;
}

static int64_t
draw(const struct draws *d, uint64_t *seed)
{
	double u = uniform(seed);
	int lo = 0, hi = 2 * TABLE;

	while (lo < hi) {
		int mid = lo + (hi - lo) / 2;

		if (d->below[mid] < u)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - TABLE;
}

/* Questions -------------------------------------------------------------- */

struct part {
	uint8_t by, level;
	uint32_t num;
};

static void
start(struct question *q, uint32_t noise, uint16_t months)
{
	*q = (struct question){ .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = 2,
		.themes = { THEME_VIOLENCE, THEME_ASB },
		.first_month = 612,
		.n_months = months,
		.slicing = months > 1 ? SLICE_MONTH : SLICE_SUM,
		.c = 1,
		.k = 2,
		.d = 1,
		.g = 1,
		.noise = noise,
		.mode = MODE_PER_NODE };
}

static void
set_grid(struct question *q, uint32_t cols, uint32_t rows, uint16_t levels)
{
	q->geo = GEO_GRID;
	q->cell_m = 1000;
	q->cols = cols;
	q->rows = rows;
	q->n_places = cols * rows;
	q->n_levels = levels;
	for (unsigned l = 0; l < levels; l++)
		q->level_places[l] = (cols >> l) * (rows >> l);
}

/* The four levels of a small force. */
static void
set_areas(struct question *q)
{
	struct placing *p;

	q->geo = GEO_LSOA11;
	q->n_areas = 1;
	memcpy(q->areas[0], "W15000002", GSS);
	q->n_levels = 4;
	for (unsigned l = 0; l < 4; l++) {
		assert_int_equal(placing_new(&p, areas, GEO_LSOA11 + l,
				     (const char(*)[GSS])q->areas, 1),
		    E_OK);
		q->level_places[l] = placing_count(p);
		placing_free(p);
	}
	q->n_places = q->level_places[0];
}

static void
set_parts(struct question *q, uint32_t strategy, const struct part *parts)
{
	q->strategy = strategy;
	for (; parts->num != 0; parts++)
		q->histograms[q->n_histograms++] =
		    (struct histogram){ .by = parts->by,
			    .level = parts->level,
			    .num = parts->num,
			    .den = 2 };
}

static void
set_haar(struct question *q)
{
	unsigned nx = question_bits(q->cols) + 1;
	unsigned ny = question_bits(q->rows) + 1;

	q->strategy = STRATEGY_HAAR;
	for (unsigned i = 0; i < nx * ny; i++)
		q->histograms[q->n_histograms++] =
		    (struct histogram){ .by = BY_THEME | BY_TIME,
			    .x = (uint8_t)(i % nx),
			    .y = (uint8_t)(i / nx),
			    .num = 20 + 9 * i,
			    .den = 2 };
}

enum sort { AREAS, GRID, RUNNING, HAAR, SOLE, SQUARES };

static void
ask(struct question *q, enum sort kind, uint32_t noise)
{
	static const struct part tree[] = { { 3, 0, 60 }, { 3, 1, 40 },
		{ 3, 2, 30 }, { 3, 3, 20 }, { 0 } };
	static const struct part marginals[] = { { 3, 0, 60 }, { 1, 0, 30 },
		{ 3, 1, 40 }, { 2, 2, 30 }, { 0, 3, 14 }, { 0 } };
	static const struct part sole[] = { { 3, 0, 30 }, { 0 } };
	static const struct part blocks[] = { { 3, 0, 60 }, { 3, 1, 40 },
		{ 3, 3, 30 }, { 3, 4, 20 }, { 0 } };

	start(q, noise,
	    kind == RUNNING   ? 13
	    : kind == HAAR    ? 2
	    : kind == SQUARES ? 1
			      : 3);
	switch (kind) {
	case AREAS:
		set_areas(q);
		set_parts(q, STRATEGY_NESTED,
		    noise == NOISE_GAUSS ? marginals : tree);
		break;
	case GRID:
	case SOLE:
	case SQUARES:
		set_grid(q, 16, 8, 4);
		set_parts(q, STRATEGY_NESTED,
		    kind == SOLE                           ? sole
		    : noise == NOISE_GAUSS && kind == GRID ? marginals
							   : tree);
		break;
	case RUNNING:
		set_grid(q, 5, 3, 1);
		set_parts(q, STRATEGY_RUNNING, blocks);
		break;
	case HAAR:
		set_grid(q, 13, 6, 1);
		set_haar(q);
		break;
	}
}

/* The world -------------------------------------------------------------- */

struct world {
	struct question q;
	struct ladder *l;
	uint32_t *truth; /* [themes][slices][n of level 0] */
	int64_t *exact;  /* [question_answer]: the histograms without noise */
	int64_t *raw;    /* and with that of NODES nodes */
	struct draws *draws; /* [n_histograms] */
	uint64_t seed;
};

static uint32_t
truth_at(const struct world *w, uint32_t t, uint32_t s, uint32_t v)
{
	return w->truth[question_cell(&w->q, t, s, v)];
}

/* Few places with much, most with nothing. */
static void
fill_truth(struct world *w)
{
	for (uint32_t i = 0; i < question_cells(&w->q); i++) {
		double u = uniform(&w->seed);

		w->truth[i] = u < 0.6 ? 0 : (uint32_t)(4 / (1.02 - u));
	}
}

/* The node of that level above place v. */
static uint32_t
above(const struct world *w, unsigned level, uint32_t v)
{
	for (unsigned l = 0; l < level; l++)
		v = w->l->parent[l][v];
	return v;
}

/* One band's coefficient of cell (x, y), and its sign. */
static int
haar_at(const struct world *w, const struct histogram *h, uint32_t v,
    uint32_t *cell)
{
	unsigned lx = question_bits(w->q.cols), ly = question_bits(w->q.rows);
	uint32_t x = v % w->q.cols, y = v / w->q.cols;
	uint32_t nx = h->x == lx ? 1 : UINT32_C(1) << (lx - h->x - 1U);
	uint32_t bx = h->x == lx ? 0 : x >> (h->x + 1U);
	uint32_t by = h->y == ly ? 0 : y >> (h->y + 1U);
	bool minus = (h->x < lx && (x >> h->x & 1) != 0) !=
		     (h->y < ly && (y >> h->y & 1) != 0);

	*cell = by * nx + bx;
	return minus ? -1 : 1;
}

/* Where the count of (t, s, v) stands in histogram i, as model/query.h has it;
 * its sign, or 0. */
static int
place_in(const struct world *w, unsigned i, const uint32_t at[3], uint32_t *out)
{
	const struct question *q = &w->q;
	const struct histogram *h = &q->histograms[i];
	uint32_t t = at[0], s = at[1], v = at[2], slices = question_slices(q);
	uint32_t n, cell;
	int sign;

	if (q->strategy == STRATEGY_RUNNING) {
		n = question_blocks(q, h->level);
		*out = (t * n + (s >> h->level)) * (q->n_places + 1) + v;
		return 1;
	}
	if (q->strategy == STRATEGY_HAAR) {
		bool last = i + 1U == q->n_histograms;

		n = question_histogram(q, i) / (q->n_themes * slices);
		if (v == q->n_places) {
			*out = (t * slices + s) * n + n - 1;
			return last ? 1 : 0;
		}
		sign = haar_at(w, h, v, &cell);
		*out = (t * slices + s) * n + cell;
		return sign;
	}
	n = h->by & BY_TIME ? slices : 1;
	*out = ((h->by & BY_THEME ? t : 0) * n + (h->by & BY_TIME ? s : 0)) *
		   w->l->n[h->level] +
	       above(w, h->level, v);
	return 1;
}

static void
fill_exact(struct world *w)
{
	const struct question *q = &w->q;
	int64_t *to = w->exact;
	uint32_t cell;

	memset(to, 0, question_answer(q) * sizeof(*to));
	for (unsigned i = 0; i < q->n_histograms; i++) {
		for (uint32_t t = 0; t < q->n_themes; t++)
			for (uint32_t s = 0; s < question_slices(q); s++)
				for (uint32_t v = 0; v <= q->n_places; v++) {
					uint32_t at[3] = { t, s, v };
					int sign = place_in(w, i, at, &cell);

					if (sign != 0)
						to[cell] +=
						    sign * (int64_t)truth_at(
							       w, t, s, v);
				}
		to += question_histogram(q, i);
	}
}

static void
fill_raw(struct world *w)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < w->q.n_histograms; i++)
		for (uint32_t k = question_histogram(&w->q, i); k > 0; k--) {
			w->raw[n] = w->exact[n];
			for (int m = 0; m < NODES; m++)
				w->raw[n] += draw(&w->draws[i], &w->seed);
			n++;
		}
}

static void
world_new(struct world *w, enum sort kind, uint32_t noise)
{
	*w = (struct world){ .seed = 7 * (uint64_t)kind + noise };
	ask(&w->q, kind, noise);
	assert_int_equal(ladder_new(&w->l, &w->q, areas), E_OK);
	w->truth = calloc(question_cells(&w->q), sizeof(*w->truth));
	w->exact = calloc(question_answer(&w->q), sizeof(*w->exact));
	w->raw = calloc(question_answer(&w->q), sizeof(*w->raw));
	w->draws = calloc(w->q.n_histograms, sizeof(*w->draws));
	for (unsigned i = 0; i < w->q.n_histograms; i++)
		draws_of(&w->draws[i], &w->q, i);
	fill_truth(w);
	fill_exact(w);
}

static void
world_free(struct world *w)
{
	ladder_free(w->l);
	free(w->truth);
	free(w->exact);
	free(w->raw);
	free(w->draws);
}

/* Checks ----------------------------------------------------------------- */

struct truths { /* of a level: [themes][times][n] */
	double *at;
};

static struct truths
truths_of(const struct world *w, const struct product *p, unsigned level)
{
	struct truths t = { calloc(
	    (size_t)p->themes * p->times * p->level[level].n, sizeof(double)) };

	for (uint32_t i = 0; i < p->themes; i++)
		for (uint32_t k = 0; k < p->times; k++) {
			struct times_span span = times_span(&w->q, k);

			for (uint32_t s = 0; s < span.n; s++)
				for (uint32_t v = 0; v <= w->q.n_places; v++)
					t.at[product_index(p, level, i, k,
					    above(w, level, v))] +=
					    truth_at(w, i, span.first + s, v);
		}
	return t;
}

struct share { /* of runs */
	double sum, squares;
};

static void
count_run(struct share *s, double covered)
{
	s->sum += covered;
	s->squares += covered * covered;
}

/* What share of the nodes, themes and times of one kind is covered? */
static double
covered(const struct world *w, const struct product *p, unsigned level,
    uint32_t kind, const struct truths *truths, bool wide)
{
	const struct product_level *at = &p->level[level];
	const double *half = wide ? at->half_95 : at->half_90;
	unsigned n = 0, in = 0;

	for (uint32_t t = 0; t < p->themes; t++)
		for (uint32_t k = 0; k < p->times; k++) {
			if (times_kind(&w->q, k) != kind)
				continue;
			for (uint32_t v = 0; v < at->n; v++, n++) {
				size_t i = product_index(p, level, t, k, v);
				size_t h = product_width(p, &w->q, level, k, v);

				in += fabs(at->values[i] - truths->at[i]) <=
				      half[h] + 1e-6;
			}
		}
	return (double)in / n;
}

/* Of the sums over all places. */
static double
covered_total(const struct world *w, const struct product *p, uint32_t kind,
    const struct truths *top)
{
	const struct product_level *at = &p->level[p->levels - 1];
	unsigned n = 0, in = 0;

	for (uint32_t t = 0; t < p->themes; t++)
		for (uint32_t k = 0; k < p->times; k++) {
			double off = 0;

			if (times_kind(&w->q, k) != kind)
				continue;
			for (uint32_t v = 0; v + 1 < at->n; v++) {
				size_t i =
				    product_index(p, p->levels - 1, t, k, v);

				off += at->values[i] - top->at[i];
			}
			in += fabs(off) <= p->total_95[kind] + 1e-6;
			n++;
		}
	return (double)in / n;
}

/* Children add up to their parent, months to their sums, in both products. */
static void
expect_sums(const struct world *w, const struct product *p)
{
	for (unsigned l = 0; l < p->levels; l++)
		for (uint32_t t = 0; t < p->themes; t++)
			for (uint32_t k = 0; k < p->times; k++)
				for (uint32_t v = 0; v < p->level[l].n; v++) {
					size_t i = product_index(p, l, t, k, v);
					struct times_span span =
					    times_span(&w->q, k);
					double value = 0;
					int64_t shown = 0;

					for (uint32_t s = 0; s < span.n; s++) {
						size_t j = product_index(
						    p, l, t, span.first + s, v);
						value += p->level[l].values[j];
						shown += p->level[l].display[j];
					}
					assert_true(fabs(p->level[l].values[i] -
							 value) < SAME(value));
					assert_true(
					    p->level[l].display[i] == shown);
					assert_true(shown >= 0);
				}
}

static void
expect_parents(const struct world *w, const struct product *p)
{
	for (unsigned l = 0; l + 1 < p->levels; l++) {
		uint32_t n = p->level[l + 1].n;
		size_t all = (size_t)p->themes * p->times;
		double *value = calloc(all * n, sizeof(*value));
		int64_t *shown = calloc(all * n, sizeof(*shown));

		for (size_t a = 0; a < all; a++)
			for (uint32_t v = 0; v < p->level[l].n; v++) {
				size_t i = a * p->level[l].n + v;
				size_t up = a * n + w->l->parent[l][v];

				value[up] += p->level[l].values[i];
				shown[up] += p->level[l].display[i];
			}
		for (size_t i = 0; i < all * n; i++) {
			assert_true(fabs(value[i] - p->level[l + 1].values[i]) <
				    SAME(value[i]));
			assert_true(shown[i] == p->level[l + 1].display[i]);
		}
		free(value);
		free(shown);
	}
}

/* The mean of the runs lies OFF standard errors below what was promised at
 * most.  A lattice makes intervals wider than they need to be: by the chance
 * of their ends. */
static void
expect_share(const struct share *s, double want, const char *what,
    unsigned level, uint32_t kind)
{
	double mean = s->sum / RUNS;
	double error = sqrt(fmax(s->squares / RUNS - mean * mean, 1e-6) / RUNS);

	if (mean < want - OFF * error || mean > want + 0.03 + OFF * error)
		fail_msg("%s, level %u, kind %u: %.4f of %.2f +- %.4f", what,
		    level, kind, mean, want, error);
}

#define KINDS 32

static void
cover(enum sort kind, uint32_t noise, const char *what)
{
	static struct share wide[QUERY_LEVELS_MAX][KINDS];
	static struct share narrow[QUERY_LEVELS_MAX][KINDS];
	static struct share total[KINDS];
	struct truths truths[QUERY_LEVELS_MAX];
	struct product p;
	struct world w;

	memset(wide, 0, sizeof(wide));
	memset(narrow, 0, sizeof(narrow));
	memset(total, 0, sizeof(total));
	world_new(&w, kind, noise);
	for (int run = 0; run < RUNS; run++) {
		fill_raw(&w);
		assert_int_equal(
		    product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
		assert_true(p.kinds <= KINDS);
		for (unsigned l = 0; l < p.levels; l++) {
			if (run == 0)
				truths[l] = truths_of(&w, &p, l);
			for (uint32_t k = 0; k < p.kinds; k++) {
				count_run(&wide[l][k],
				    covered(&w, &p, l, k, &truths[l], true));
				count_run(&narrow[l][k],
				    covered(&w, &p, l, k, &truths[l], false));
			}
		}
		for (uint32_t k = 0; k < p.kinds; k++)
			count_run(&total[k],
			    covered_total(&w, &p, k, &truths[p.levels - 1]));
		if (run < 5) {
			expect_sums(&w, &p);
			expect_parents(&w, &p);
		}
		if (run + 1 < RUNS)
			product_free(&p);
	}
	for (uint32_t k = 0; k < p.kinds; k++) {
		for (unsigned l = 0; l < p.levels; l++) {
			expect_share(&wide[l][k], 0.95, what, l, k);
			expect_share(&narrow[l][k], 0.90, what, l, k);
		}
		expect_share(&total[k], 0.95, what, 99, k);
	}
	for (unsigned l = 0; l < p.levels; l++)
		free(truths[l].at);
	product_free(&p);
	world_free(&w);
}

static void
test_levels_and_marginals_cover(void **state)
{
	(void)state;
	cover(GRID, NOISE_GAUSS, "marginals, Gauss");
	cover(GRID, NOISE_LAPLACE, "tree, Laplace");
	cover(SQUARES, NOISE_GAUSS, "one slice, Gauss");
}

static void
test_one_histogram_covers(void **state)
{
	(void)state;
	cover(SOLE, NOISE_GAUSS, "one, Gauss");
	cover(SOLE, NOISE_LAPLACE_PURE, "one, Laplace");
}

static void
test_running_totals_cover(void **state)
{
	(void)state;
	cover(RUNNING, NOISE_GAUSS, "running, Gauss");
	cover(RUNNING, NOISE_LAPLACE, "running, Laplace");
}

static void
test_haar_covers(void **state)
{
	(void)state;
	cover(HAAR, NOISE_GAUSS, "Haar, Gauss");
	cover(HAAR, NOISE_LAPLACE, "Haar, Laplace");
}

/* One run on the areas of a force: everything adds up, and nearly 95 % is
 * covered. */
static void
test_areas_add_up(void **state)
{
	static const uint32_t laws[] = { NOISE_GAUSS, NOISE_LAPLACE };
	struct product p;
	struct world w;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct truths t;

		world_new(&w, AREAS, laws[i]);
		fill_raw(&w);
		assert_int_equal(
		    product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
		assert_int_equal(p.levels, 4);
		expect_sums(&w, &p);
		expect_parents(&w, &p);
		t = truths_of(&w, &p, 0);
		/* 2,100 cells: a standard error of 0.005, were they
		 * independent */
		assert_true(covered(&w, &p, 0, 0, &t, true) > 0.92);
		assert_true(covered(&w, &p, 0, 0, &t, true) < 0.98);
		free(t.at);
		product_free(&p);
		world_free(&w);
	}
}

/* One histogram of one level is what was answered, and its law. */
static void
test_identity_changes_nothing(void **state)
{
	static const struct part sole[] = { { 3, 0, 30 }, { 0 } };
	const double chances[2] = { 0.10, 0.05 };
	struct noise_law law = { NOISE_GAUSS, 30, 2 };
	struct product p;
	struct world w;
	int64_t half[2];

	(void)state;
	world_new(&w, SOLE, NOISE_GAUSS);
	fill_raw(&w);
	w.q.n_levels = 1;
	w.q.n_histograms = 0;
	set_parts(&w.q, STRATEGY_NESTED, sole);
	w.l->levels = 1;
	assert_int_equal(product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
	assert_int_equal(
	    spread_half_widths(half, chances, 2, &law, NODES), E_OK);
	for (uint32_t t = 0; t < 2; t++)
		for (uint32_t s = 0; s < 3; s++)
			for (uint32_t v = 0; v <= w.q.n_places; v++) {
				size_t i = product_index(&p, 0, t, s, v);
				size_t k = product_width(&p, &w.q, 0, s, v);

				assert_true(
				    p.level[0].values[i] ==
				    (double)
					w.raw[question_cell(&w.q, t, s, v)]);
				assert_true(
				    p.level[0].half_90[k] == (double)half[0]);
				assert_true(
				    p.level[0].half_95[k] == (double)half[1]);
			}
	product_free(&p);
	world_free(&w);
}

/* What is measured beside the single cells makes what they add up to better;
 * and running totals do not get much worse with time. */
static void
test_more_histograms_are_better(void **state)
{
	struct product one, more;
	struct world w;

	(void)state;
	world_new(&w, SOLE, NOISE_LAPLACE);
	fill_raw(&w);
	assert_int_equal(product_make(&one, &w.q, w.l, w.raw, NODES), E_OK);
	world_free(&w);
	world_new(&w, GRID, NOISE_LAPLACE);
	fill_raw(&w);
	assert_int_equal(product_make(&more, &w.q, w.l, w.raw, NODES), E_OK);
	assert_true(more.level[3].half_95[0] < one.level[3].half_95[0] / 4);
	product_free(&one);
	product_free(&more);
	world_free(&w);

	world_new(&w, RUNNING, NOISE_GAUSS);
	fill_raw(&w);
	assert_int_equal(product_make(&more, &w.q, w.l, w.raw, NODES), E_OK);
	/* thirteen months alone would be sqrt(13) = 3.6 times as wide */
	assert_true(
	    more.level[0].half_95[product_width(&more, &w.q, 0, 25, 0)] <
	    1.3 * more.level[0].half_95[product_width(&more, &w.q, 0, 0, 0)]);
	product_free(&more);
	world_free(&w);
}

/* What is shown adds up to about what the estimates do: cells that were cut off
 * at zero one by one would add up to far more. */
static void
expect_totals(const struct world *w, const struct product *p)
{
	const struct product_level *at = &p->level[p->levels - 1];
	uint32_t last = p->times - 1; /* all months */

	for (uint32_t t = 0; t < p->themes; t++) {
		double value = 0, shown = 0;

		for (uint32_t v = 0; v < at->n; v++) {
			size_t i = product_index(p, p->levels - 1, t, last, v);

			value += at->values[i];
			shown += (double)at->display[i];
		}
		assert_true(fabs(shown - fmax(0, value)) <=
			    1.5 * p->total_95[times_kind(&w->q, last)]);
	}
}

/* What is shown is nearer to the truth than the estimates: of places with
 * little, less than nothing is not shown. */
static void
test_display_is_nearer_than_the_estimates(void **state)
{
	static const struct {
		enum sort kind;
		uint32_t noise;
		double at_most; /* of the estimates' mean error */
	} cases[] = {
		{ AREAS, NOISE_GAUSS, 0.8 },
		{ AREAS, NOISE_LAPLACE, 0.6 },
		{ GRID, NOISE_GAUSS, 0.8 },
		{ SQUARES, NOISE_GAUSS, 0.8 },
		{ SQUARES, NOISE_LAPLACE, 0.6 },
		{ RUNNING, NOISE_GAUSS, 0.8 },
		{ HAAR, NOISE_GAUSS, 0.8 },
		{ HAAR, NOISE_LAPLACE, 0.6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double value = 0, shown = 0;
		struct product p;
		struct world w;

		world_new(&w, cases[i].kind, cases[i].noise);
		for (int run = 0; run < 3; run++) {
			struct truths t;
			size_t n;

			fill_raw(&w);
			assert_int_equal(
			    product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
			expect_sums(&w, &p);
			expect_parents(&w, &p);
			expect_totals(&w, &p);
			t = truths_of(&w, &p, 0);
			n = (size_t)p.themes * p.times * p.level[0].n;
			for (size_t k = 0; k < n; k++) {
				value += fabs(p.level[0].values[k] - t.at[k]);
				shown += fabs(
				    (double)p.level[0].display[k] - t.at[k]);
			}
			free(t.at);
			product_free(&p);
		}
		if (shown > cases[i].at_most * value)
			fail_msg("case %zu: %.2f of the estimates' error", i,
			    shown / value);
		world_free(&w);
	}
}

static void
test_what_cannot_be_is_refused(void **state)
{
	struct product p;
	struct world w;

	(void)state;
	world_new(&w, GRID, NOISE_GAUSS);
	assert_int_equal(product_make(&p, &w.q, w.l, w.raw, 0), E_ARG);
	assert_int_equal(
	    product_make(&p, &w.q, w.l, w.raw, QUERY_NODES_MAX + 1), E_ARG);
	w.q.strategy = 9;
	assert_int_equal(product_make(&p, &w.q, w.l, w.raw, 1), E_ARG);
	world_free(&w);
}

static void
expect_numbers(const struct product *p)
{
	for (unsigned l = 0; l < p->levels; l++) {
		size_t n = p->level[l].n;

		for (size_t k = 0; k < n * p->themes * p->times; k++)
			assert_true(isfinite(p->level[l].values[k]));
		for (size_t k = 0; k < n * p->kinds; k++)
			assert_true(p->level[l].half_95[k] >= 0 &&
				    p->level[l].half_95[k] < 1e13);
	}
	assert_true(p->total_95[0] >= 0 && p->total_95[0] < 1e13);
}

/* All histograms with noise that is next to none; then one of them, the first
 * or the last, with the most there is. */
static void
test_extreme_noise_is_served(void **state)
{
	static const uint32_t dens[] = { UINT32_MAX, 1390, 700, 20 };
	static const uint32_t noises[] = { NOISE_GAUSS, NOISE_LAPLACE };

	(void)state;
	for (unsigned i = 0; i < 6 * 2; i++) {
		struct product p;
		struct world w;

		world_new(&w, (enum sort)(i / 2), noises[i % 2]);
		fill_raw(&w);
		for (unsigned k = 0; k < 4 * 3; k++) {
			struct histogram *h = w.q.histograms;
			unsigned n = w.q.n_histograms;

			for (unsigned j = 0; j < n; j++) {
				h[j].num = 1;
				h[j].den = dens[k / 3];
			}
			h = k % 3 == 2 ? h + n - 1 : h;
			h->num = k % 3 == 0 ? 1 : UINT32_MAX;
			h->den = k % 3 == 0 ? h->den : 1;
			assert_int_equal(
			    product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
			expect_numbers(&p);
			product_free(&p);
		}
		world_free(&w);
	}
}

/* What 64 nodes may send at most in every cell, whether they count or lie. */
static void
test_the_largest_answers_are_served(void **state)
{
	static const enum sort kinds[] = { AREAS, GRID, RUNNING, HAAR, SOLE,
		SQUARES };

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct product p;
		struct world w;

		world_new(&w, kinds[i], NOISE_GAUSS);
		for (uint32_t k = 0; k < question_answer(&w.q); k++)
			w.raw[k] = ((int64_t)(next(&w.seed) >> 15)) -
				   (INT64_C(1) << 47);
		assert_int_equal(
		    product_make(&p, &w.q, w.l, w.raw, NODES), E_OK);
		expect_sums(&w, &p);
		expect_parents(&w, &p);
		product_free(&p);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity_changes_nothing),
		cmocka_unit_test(test_one_histogram_covers),
		cmocka_unit_test(test_levels_and_marginals_cover),
		cmocka_unit_test(test_running_totals_cover),
		cmocka_unit_test(test_haar_covers),
		cmocka_unit_test(test_areas_add_up),
		cmocka_unit_test(test_more_histograms_are_better),
		cmocka_unit_test(test_display_is_nearer_than_the_estimates),
		cmocka_unit_test(test_extreme_noise_is_served),
		cmocka_unit_test(test_the_largest_answers_are_served),
		cmocka_unit_test(test_what_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, open_areas, close_areas);
}
