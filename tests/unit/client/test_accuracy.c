/* Promises of client/accuracy: what is told before a question is asked is what
 * the coordinator states of its answers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/accuracy.h"
#include "coordinator/product.h"
#include "coordinator/times.h"
#include "made.h"

static struct ground *ground;
static struct roster *roster;

static int
load(void **state)
{
	char fault[GROUND_FAULT] = "";

	(void)state;
	roster = made_roster();
	return ground_load(&ground, WARD_DATA, fault) == E_OK ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	ground_free(ground);
	free(roster);
	return 0;
}

static const struct {
	const char *a, *b;
	unsigned blocks; /* running totals: measured in so many levels */
} questions[] = {
	{ "geography: {kind: lad, forces: all}", "privacy: {sd: 5}", 0 },
	{ "geography: {kind: lad, forces: all}", "privacy: {epsilon: 0.5}", 0 },
	{ "geography: {kind: lad, levels: force, forces: all}",
	    "privacy: {sd: 5}", 0 },
	{ "geography: {kind: msoa11, levels: force, forces: all}", NULL, 0 },
	{ "geography: {kind: msoa11, levels: force, forces: all}",
	    "privacy: {epsilon: 0.2}", 0 },
	{ "geography: {kind: msoa11, levels: force, forces: all}", "per: month",
	    0 },
	{ "geography: {kind: grid, cell_m: 4000, levels: 16000, forces: all}",
	    "per: month", 0 },
	{ "geography: {kind: grid, cell_m: 8000, forces: all, ranges: true}",
	    "per: month", 0 },
	{ "geography: {kind: grid, cell_m: 8000, forces: all, ranges: true}",
	    "privacy: {epsilon: 1}", 0 },
	{ "geography: {kind: lad, forces: all}", "per: running", 0 },
	{ "geography: {kind: lad, forces: all}", "per: running", 3 },
};

/* Laplace noise in blocks of time, which planning takes for long times only. */
static void
measure_blocks(struct question *q, unsigned levels)
{
	q->noise = NOISE_LAPLACE;
	q->n_histograms = (uint16_t)levels;
	for (unsigned i = 0; i < levels; i++)
		q->histograms[i] = (struct histogram){
			.by = BY_THEME | BY_TIME,
			.level = (uint8_t)i,
			.num = 2 + i,
			.den = 1,
		};
}

/* The widest interval that the release states of the numbers of a view. */
static double
stated(const struct product *p, const struct question *q, unsigned level,
    enum terms_per per)
{
	const struct product_level *at = &p->level[level];
	uint32_t slices = question_slices(q);
	double widest = 0;

	for (uint32_t time = 0; time < p->times; time++) {
		uint32_t n = times_span(q, time).n;

		if (per == TERMS_MONTH ? n != 1
				       : per == TERMS_TOTAL && n != slices)
			continue;
		for (uint32_t i = 0; i + 1 < at->n; i++)
			widest = fmax(widest,
			    at->half_95[product_width(p, q, level, time, i)]);
	}
	return widest;
}

static void
assert_told(const struct question *q, const struct ladder *l)
{
	int64_t *raw = calloc(question_answer(q), sizeof(*raw));
	struct accuracy *a = NULL;
	struct product p;

	assert_non_null(raw);
	assert_int_equal(product_make(&p, q, l, raw, q->n_nodes), E_OK);
	assert_int_equal(accuracy_new(&a, q, l), E_OK);
	for (unsigned level = 0; level < q->n_levels; level++)
		for (enum terms_per per = TERMS_TOTAL; per <= TERMS_RUNNING;
		     per++) {
			struct accuracy_number worst, typical;
			double half, want;

			if (!accuracy_has(q, per))
				continue;
			want = stated(&p, q, level, per);
			assert_int_equal(
			    accuracy_find(&worst, &typical, a, level, per),
			    E_OK);
			assert_int_equal(
			    accuracy_half(&half, a, &worst, 0.05), E_OK);
			if (fabs(half / want - 1) > 1e-9)
				print_message("level %u %s: %g, stated %g\n",
				    level, terms_per_word(per), half, want);
			assert_true(want > 0 && fabs(half / want - 1) < 1e-9);
			assert_true(typical.variance <= worst.variance);
		}
	accuracy_free(a);
	product_free(&p);
	free(raw);
}

static void
test_what_is_told_is_what_will_be_stated(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct ladder *l = NULL;
		struct query q;
		struct doc *doc;

		print_message("%s %s\n", questions[i].a,
		    questions[i].b == NULL ? "" : questions[i].b);
		assert_int_equal(made_query(&q, &doc, roster, ground,
				     questions[i].a, questions[i].b),
		    E_OK);
		if (questions[i].blocks > 0)
			measure_blocks(&q.q, questions[i].blocks);
		assert_int_equal(ladder_new(&l, &q.q, ground->areas), E_OK);
		assert_told(&q.q, l);
		ladder_free(l);
		doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_told_is_what_will_be_stated),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
