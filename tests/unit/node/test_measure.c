/* Promises of node/measure: the histograms are those of the definition in
 * model/query, written here once more as one matrix; they add up; and one
 * record moves each as privacy/charge says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/measure.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ALL (BY_THEME | BY_TIME)

/* Two forces: LSOAs, MSOAs and authorities of uneven sizes; the second MSOA
 * of Aber has one LSOA, and Dee is an authority of one. */
static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Aber 001B,W06000001,Aber,W15000001,North,1000\n"
    "W01000003,Aber 001C,W06000001,Aber,W15000001,North,1000\n"
    "W01000004,Aber 002A,W06000001,Aber,W15000001,North,1000\n"
    "W01000005,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n"
    "W01000006,Bryn 001B,W06000002,Bryn,W15000001,North,1000\n"
    "W01000007,Coed 001A,W06000003,Coed,W15000002,South,1000\n"
    "W01000008,Coed 001B,W06000003,Coed,W15000002,South,1000\n"
    "W01000009,Coed 001C,W06000003,Coed,W15000002,South,1000\n"
    "W01000010,Coed 001D,W06000003,Coed,W15000002,South,1000\n"
    "W01000011,Coed 001E,W06000003,Coed,W15000002,South,1000\n"
    "W01000012,Coed 002A,W06000003,Coed,W15000002,South,1000\n"
    "W01000013,Dee 001A,W06000004,Dee,W15000002,South,1000\n";

static struct areas *areas;

static int
set_up(void **state)
{
	size_t line;

	(void)state;
	return areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) == E_OK
		   ? 0
		   : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	areas_free(areas);
	return 0;
}

/* A small generator of its own: the same run every time. */
static uint32_t
next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 16);
}

/* Questions ----------------------------------------------------------- */

/* A valid query of that many themes and months, with noise for each of its
 * histograms when seal is called. */
static struct query
query_of(uint16_t themes, uint16_t months, enum slicing slicing)
{
	struct query w = { .version = QUERY_VERSION,
		.title = "T",
		.purpose = "P",
		.project = "P",
		.researcher = { "r" },
		.created_at = 1,
		.send_at = 2,
		.close_at = 3,
		.not_after = 4,
		.quorum = 1 };

	w.q = (struct question){ .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = themes,
		.first_month = 612,
		.n_months = months,
		.slicing = slicing,
		.c = 1,
		.k = 1,
		.d = 1,
		.g = 1,
		.strategy = STRATEGY_NESTED,
		.noise = NOISE_GAUSS,
		.charge_nrho = 1,
		.mode = MODE_PER_NODE,
		.n_nodes = 1,
		.nodes = { { "n" } } };
	for (uint16_t i = 0; i < themes; i++)
		w.q.themes[i] = (uint8_t)i;
	return w;
}

static void
on_areas(struct question *q, uint32_t geo, uint16_t levels)
{
	q->geo = geo;
	q->n_areas = 2;
	strcpy(q->areas[0], "W15000001");
	strcpy(q->areas[1], "W15000002");
	q->n_levels = levels;
	for (uint16_t i = 0; i < levels; i++) {
		struct placing *p;

		assert_int_equal(placing_new(&p, areas, geo + i,
				     (const char(*)[GSS])q->areas, 2),
		    E_OK);
		q->level_places[i] = placing_count(p);
		placing_free(p);
	}
	q->n_places = q->level_places[0];
}

static void
on_grid(struct question *q, uint32_t cols, uint32_t rows, uint16_t levels)
{
	q->geo = GEO_GRID;
	q->cell_m = 1000;
	q->cols = cols;
	q->rows = rows;
	q->n_places = cols * rows;
	q->n_levels = levels;
	for (uint16_t i = 0; i < levels; i++)
		q->level_places[i] = (cols >> i) * (rows >> i);
}

static struct histogram *
add(struct question *q, unsigned by, unsigned level)
{
	struct histogram *h = &q->histograms[q->n_histograms++];

	*h = (struct histogram){
		.by = (uint8_t)by, .level = (uint8_t)level, .num = 1, .den = 1
	};
	return h;
}

/* All histograms that the question may have. */
static void
every(struct question *q)
{
	unsigned one = (q->n_themes == 1 ? BY_THEME : 0U) |
		       (question_slices(q) == 1 ? BY_TIME : 0U);

	q->n_histograms = 0;
	if (q->strategy == STRATEGY_NESTED)
		for (unsigned level = 0; level < q->n_levels; level++)
			for (unsigned by = 4; by-- > 0;)
				if ((by & one) == one)
					add(q, by, level);
	if (q->strategy == STRATEGY_RUNNING)
		for (unsigned l = 0; l <= question_bits(question_slices(q));
		     l++)
			add(q, ALL, l);
	if (q->strategy == STRATEGY_HAAR)
		for (unsigned y = 0; y <= question_bits(q->rows); y++)
			for (unsigned x = 0; x <= question_bits(q->cols); x++) {
				struct histogram *h = add(q, ALL, 0);

				h->x = (uint8_t)x;
				h->y = (uint8_t)y;
			}
}

#define QUESTIONS 17

/* The i-th question of the table that every test goes through. */
static struct query
made(size_t i)
{
	static const struct {
		enum strategy strategy;
		uint16_t themes, months;
		enum slicing slicing;
		uint32_t geo, cols, rows; /* rows 0: areas */
		uint16_t levels;
	} table[QUESTIONS] = {
		{ STRATEGY_NESTED, 1, 1, SLICE_SUM, GEO_FORCE, 0, 0, 1 },
		{ STRATEGY_NESTED, 3, 5, SLICE_MONTH, GEO_LSOA11, 0, 0, 4 },
		{ STRATEGY_NESTED, 3, 5, SLICE_SUM, GEO_LSOA11, 0, 0, 3 },
		{ STRATEGY_NESTED, 1, 7, SLICE_MONTH, GEO_MSOA11, 0, 0, 2 },
		{ STRATEGY_NESTED, 2, 2, SLICE_MONTH, GEO_GRID, 16, 16, 5 },
		{ STRATEGY_NESTED, 2, 3, SLICE_MONTH, GEO_GRID, 12, 4, 3 },
		{ STRATEGY_NESTED, 2, 3, SLICE_MONTH, GEO_GRID, 5, 3, 1 },
		{ STRATEGY_RUNNING, 2, 1, SLICE_MONTH, GEO_LAD, 0, 0, 1 },
		{ STRATEGY_RUNNING, 2, 8, SLICE_MONTH, GEO_LAD, 0, 0, 1 },
		{ STRATEGY_RUNNING, 3, 11, SLICE_MONTH, GEO_MSOA11, 0, 0, 1 },
		{ STRATEGY_RUNNING, 1, 17, SLICE_MONTH, GEO_GRID, 3, 2, 1 },
		{ STRATEGY_HAAR, 1, 1, SLICE_SUM, GEO_GRID, 1, 1, 1 },
		{ STRATEGY_HAAR, 2, 3, SLICE_MONTH, GEO_GRID, 8, 4, 1 },
		{ STRATEGY_HAAR, 2, 3, SLICE_SUM, GEO_GRID, 5, 3, 1 },
		{ STRATEGY_HAAR, 1, 2, SLICE_MONTH, GEO_GRID, 1, 7, 1 },
		{ STRATEGY_HAAR, 1, 1, SLICE_SUM, GEO_GRID, 9, 1, 1 },
		{ STRATEGY_HAAR, 3, 2, SLICE_MONTH, GEO_GRID, 6, 10, 1 },
	};
	struct query w =
	    query_of(table[i].themes, table[i].months, table[i].slicing);

	w.q.strategy = table[i].strategy;
	if (table[i].rows == 0)
		on_areas(&w.q, table[i].geo, table[i].levels);
	else
		on_grid(&w.q, table[i].cols, table[i].rows, table[i].levels);
	every(&w.q);
	assert_int_equal(query_check(&w), E_OK);
	return w;
}

/* The definition ------------------------------------------------------ */

/* The place of a level that a place of the finest is in, from the codes and
 * coordinates, not from the ladder. */
static uint32_t
place_on(const struct question *q, unsigned level, uint32_t place)
{
	struct placing *fine, *coarse;
	char code[GSS] = "";
	int64_t i;

	if (place == q->n_places)
		return q->level_places[level];
	if (q->geo == GEO_GRID)
		return (place / q->cols >> level) * (q->cols >> level) +
		       (place % q->cols >> level);
	assert_int_equal(placing_new(&fine, areas, q->geo,
			     (const char(*)[GSS])q->areas, q->n_areas),
	    E_OK);
	assert_int_equal(placing_new(&coarse, areas, q->geo + level,
			     (const char(*)[GSS])q->areas, q->n_areas),
	    E_OK);
	for (unsigned n = 1; n <= 13; n++) { /* any LSOA of that place */
		snprintf(code, sizeof(code), "W010000%02u", n);
		if (placing_of(fine, code) == (int64_t)place)
			break;
	}
	i = placing_of(coarse, code);
	placing_free(fine);
	placing_free(coarse);
	assert_true(i >= 0);
	return (uint32_t)i;
}

/* How much a cell adds to the j-th coefficient of band a of an axis: 1, 0 or
 * -1, as analysis/haar.h says it. */
static int
haar(unsigned bits, unsigned a, uint32_t j, uint32_t cell)
{
	if (a == bits)
		return 1;
	if (cell / (2U << a) != j)
		return 0;
	return cell % (2U << a) < 1U << a ? 1 : -1;
}

/* How much one record of (theme t, slice s, place p) adds to cell n of the
 * histogram i. */
static int
coefficient(const struct question *q, unsigned i, uint32_t n, uint32_t t,
    uint32_t s, uint32_t p)
{
	const struct histogram *h = &q->histograms[i];
	uint32_t slices = question_slices(q), per, blocks, x, y;
	unsigned lx = question_bits(q->cols), ly = question_bits(q->rows);
	uint32_t nx = h->x == lx ? 1 : 1U << (lx - h->x - 1);

	if (q->strategy == STRATEGY_RUNNING) {
		per = q->n_places + 1;
		blocks = (slices + (1U << h->level) - 1) >> h->level;
		return n == (t * blocks + (s >> h->level)) * per + p;
	}
	if (q->strategy == STRATEGY_NESTED) {
		per = q->level_places[h->level] + 1;
		blocks = h->by & BY_TIME ? slices : 1;
		return n == ((h->by & BY_THEME ? t : 0) * blocks +
				(h->by & BY_TIME ? s : 0)) *
				    per +
				place_on(q, h->level, p);
	}
	per = question_histogram(q, i) / (q->n_themes * slices);
	if (n / per != t * slices + s)
		return 0;
	n %= per;
	if (p == q->n_places || (i + 1U == q->n_histograms && n + 1 == per))
		return p == q->n_places && i + 1U == q->n_histograms &&
		       n + 1 == per;
	x = p % q->cols;
	y = p / q->cols;
	return haar(lx, h->x, n % nx, x) * haar(ly, h->y, n / nx, y);
}

/* Every histogram by the matrix. */
static int64_t *
defined(const struct question *q, const uint32_t *counts)
{
	int64_t *out = calloc(question_answer(q), sizeof(*out)), *at = out;

	assert_non_null(out);
	for (unsigned i = 0; i < q->n_histograms; i++)
		for (uint32_t n = 0; n < question_histogram(q, i); n++, at++)
			for (uint32_t t = 0; t < q->n_themes; t++)
				for (uint32_t s = 0; s < question_slices(q);
				     s++)
					for (uint32_t p = 0; p <= q->n_places;
					     p++)
						*at += (int64_t)coefficient(
							   q, i, n, t, s, p) *
						       counts[question_cell(
							   q, t, s, p)];
	return out;
}

/* Exactly as large as it must be, and full of rubbish. */
static int64_t *
measured(const struct question *q, const uint32_t *counts)
{
	size_t bytes = question_answer(q) * sizeof(int64_t);
	int64_t *out = malloc(bytes);
	struct ladder *l;

	assert_non_null(out);
	memset(out, 0x5a, bytes);
	assert_int_equal(ladder_new(&l, q, areas), E_OK);
	assert_int_equal(measure_counts(out, counts, q, l), E_OK);
	ladder_free(l);
	return out;
}

static uint32_t *
random_counts(const struct question *q, uint64_t *seed, uint32_t most)
{
	uint32_t n = question_cells(q), *counts = malloc(n * sizeof(*counts));

	assert_non_null(counts);
	for (uint32_t i = 0; i < n; i++)
		counts[i] = next(seed) % most;
	return counts;
}

/* The promises -------------------------------------------------------- */

static void
test_every_histogram_is_that_of_the_definition(void **state)
{
	uint64_t seed = 88172645463325252;

	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct query w = made(i);
		uint32_t *counts = random_counts(&w.q, &seed, 1000);
		int64_t *want = defined(&w.q, counts);
		int64_t *got = measured(&w.q, counts);

		for (uint32_t n = 0; n < question_answer(&w.q); n++)
			if (got[n] != want[n])
				fail_msg("question %zu, cell %u: %jd, not %jd",
				    i, n, (intmax_t)got[n], (intmax_t)want[n]);
		free(counts);
		free(want);
		free(got);
	}
}

/* Some histograms and not others: none depends on what stands before it. */
static void
test_histograms_may_be_left_out(void **state)
{
	struct query cases[2] = { made(1), made(9) };
	uint64_t seed = 7;

	(void)state;
	cases[0].q.n_histograms = 0;
	add(&cases[0].q, ALL, 0);
	add(&cases[0].q, 0, 2);
	add(&cases[0].q, BY_TIME, 3);
	cases[1].q.n_histograms = 0;
	add(&cases[1].q, ALL, 0);
	add(&cases[1].q, ALL, 4);
	for (int i = 0; i < 2; i++) {
		const struct question *q = &cases[i].q;
		uint32_t *counts = random_counts(q, &seed, 1000);
		int64_t *want = defined(q, counts);
		int64_t *got = measured(q, counts);

		assert_memory_equal(
		    got, want, question_answer(q) * sizeof(*got));
		free(counts);
		free(want);
		free(got);
	}
}

/* Each record adds 1 to each histogram; of Haar bands to the last alone. */
static void
test_histograms_add_up_to_the_counts(void **state)
{
	uint64_t seed = 99;

	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct query w = made(i);
		uint32_t *counts = random_counts(&w.q, &seed, 1U << 20);
		int64_t *got = measured(&w.q, counts), *at = got, want = 0;

		for (uint32_t n = 0; n < question_cells(&w.q); n++)
			want += counts[n];
		for (unsigned h = 0; h < w.q.n_histograms; h++) {
			int64_t sum = 0;

			for (uint32_t n = 0; n < question_histogram(&w.q, h);
			     n++)
				sum += *at++;
			if (w.q.strategy != STRATEGY_HAAR ||
			    h + 1U == w.q.n_histograms)
				assert_true(sum == want);
		}
		free(counts);
		free(got);
	}
}

/* Haar backwards, by its own definition: along an axis of 2^l cells a cell is
 * (all + the sum over bands a of +-2^(l-a-1) its coefficient) / 2^l. */
static int64_t
inverse(const struct question *q, const int64_t *answer, uint32_t block,
    uint32_t place)
{
	unsigned lx = question_bits(q->cols), ly = question_bits(q->rows);
	uint32_t x = place % q->cols, y = place / q->cols;
	int64_t sum = 0;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		const struct histogram *h = &q->histograms[i];
		uint32_t per = question_histogram(q, i) /
			       (q->n_themes * question_slices(q));
		uint32_t nx = h->x == lx ? 1 : 1U << (lx - h->x - 1);
		uint32_t ny = h->y == ly ? 1 : 1U << (ly - h->y - 1);
		uint32_t jx = h->x == lx ? 0 : x / (2U << h->x);
		uint32_t jy = h->y == ly ? 0 : y / (2U << h->y);

		sum += answer[block * per + jy * nx + jx] * (int64_t)nx *
		       (int64_t)ny * haar(lx, h->x, jx, x) *
		       haar(ly, h->y, jy, y);
		answer += question_histogram(q, i);
	}
	assert_int_equal(sum % ((int64_t)1 << (lx + ly)), 0);
	return sum >> (lx + ly);
}

static void
test_haar_bands_give_the_counts_back(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct query w = made(i);
		uint32_t *counts = random_counts(&w.q, &seed, UINT32_MAX);
		int64_t *got = measured(&w.q, counts);
		uint32_t n = w.q.n_places + 1;

		for (uint32_t c = 0;
		     w.q.strategy == STRATEGY_HAAR && c < question_cells(&w.q);
		     c++)
			if (c % n != w.q.n_places)
				assert_true(inverse(&w.q, got, c / n, c % n) ==
					    counts[c]);
		free(counts);
		free(got);
	}
}

/* How far the i-th histogram moves from a to b: L1, and L2 squared. */
static void
distance(
    int64_t *l1, int64_t *l2, const int64_t *a, const int64_t *b, uint32_t n)
{
	*l1 = *l2 = 0;
	for (uint32_t i = 0; i < n; i++) {
		int64_t d = a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];

		*l1 += d;
		*l2 += d * d;
	}
}

/* Adds one record of k themes, from the first on, and checks how each
 * histogram moves: L1 = k; L2^2 = k, or k^2 where themes are added up; a record
 * without a place moves no Haar band but the last. */
static void
check_record(const struct query *w, uint32_t *counts, const int64_t *before,
    uint32_t k, uint32_t slice, uint32_t place)
{
	int64_t *after, *at, l1, l2;

	for (uint32_t t = 0; t < k; t++)
		counts[question_cell(&w->q, t, slice, place)]++;
	after = at = measured(&w->q, counts);
	for (unsigned i = 0; i < w->q.n_histograms; i++) {
		uint32_t n = question_histogram(&w->q, i);
		bool still = w->q.strategy == STRATEGY_HAAR &&
			     place == w->q.n_places &&
			     i + 1U < w->q.n_histograms;
		bool apart = (w->q.histograms[i].by & BY_THEME) != 0;

		distance(&l1, &l2, before, at, n);
		assert_int_equal(l1, still ? 0 : k);
		assert_int_equal(l2, still ? 0 : apart ? k : k * k);
		before += n;
		at += n;
	}
	free(after);
	for (uint32_t t = 0; t < k; t++)
		counts[question_cell(&w->q, t, slice, place)]--;
}

static void
test_a_record_moves_a_histogram_as_it_is_charged(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct query w = made(i);
		uint32_t *counts = random_counts(&w.q, &seed, 9);
		int64_t *before = measured(&w.q, counts);

		for (uint32_t s = 0; s < question_slices(&w.q); s++)
			for (uint32_t p = 0; p <= w.q.n_places; p++)
				check_record(&w, counts, before,
				    1 + (s + p) % w.q.n_themes, s, p);
		free(counts);
		free(before);
	}
}

/* The largest counts that there can be do not wrap. */
static void
test_sums_have_room(void **state)
{
	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct query w = made(i);
		uint32_t n = question_cells(&w.q);
		uint32_t *counts = malloc(n * sizeof(*counts));
		int64_t *got;

		assert_non_null(counts);
		memset(counts, 0xff, n * sizeof(*counts));
		got = measured(&w.q, counts);
		for (uint32_t c = 0; c < question_answer(&w.q); c++)
			assert_true(got[c] >= -(int64_t)n * UINT32_MAX &&
				    got[c] <= (int64_t)n * UINT32_MAX);
		free(counts);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_histogram_is_that_of_the_definition),
		cmocka_unit_test(test_histograms_may_be_left_out),
		cmocka_unit_test(test_histograms_add_up_to_the_counts),
		cmocka_unit_test(test_haar_bands_give_the_counts_back),
		cmocka_unit_test(
		    test_a_record_moves_a_histogram_as_it_is_charged),
		cmocka_unit_test(test_sums_have_room),
	};

	return cmocka_run_group_tests_name("measure", tests, set_up, tear_down);
}
