/* Promises of client/explain and client/tell: the words hold the numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/account.h"
#include "analysis/interval.h"
#include "client/explain.h"
#include "client/forecast.h"
#include "client/plain.h"
#include "client/tell.h"
#include "made.h"

static struct ground *ground;
static struct roster *roster;
static struct query query;

static int
load(void **state)
{
	char fault[GROUND_FAULT];

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

static struct explain
explain_of(const char *a, const char *b)
{
	struct explain x;
	struct doc *doc;

	assert_int_equal(made_query(&query, &doc, roster, ground, a, b), E_OK);
	doc_free(doc);
	assert_int_equal(explain_make(&x, &query, roster, ground), E_OK);
	return x;
}

/* The words of x; the caller's. */
static char *
words_of(const struct explain *x)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	tell_query(x, out);
	fclose(out);
	return text;
}

static bool
warned(const struct explain *x, const char *of)
{
	for (unsigned i = 0; i < x->n_warnings; i++)
		if (strstr(x->warnings[i], of) != NULL)
			return true;
	return false;
}

static void
assert_says(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		print_message("%s\nlacks: %s\n", text, what);
	assert_non_null(strstr(text, what));
}

static void
test_the_words_hold_the_numbers(void **state)
{
	struct explain x = explain_of(NULL, NULL);
	char *text = words_of(&x), want[80];

	(void)state;
	assert_says(text, "Violence\n");
	assert_says(text, "analyst: The analyst");
	assert_says(text, "prevention");
	assert_says(text, "Safer streets");
	assert_says(text, "police.crime, police.asb, nhs.ed");
	assert_says(text, "2021-01..2021-12, one number for all months");
	assert_says(text, "1,178 neighbourhoods (LSOA 2011)");
	assert_says(text, "W15000003 South Wales");
	assert_says(text, "2,358, \"not placed\" included");
	assert_says(text, "rho 0.02 = (epsilon 1.1"); /* docs/privacy.md */
	assert_says(text, "  nhs.ed, 2021-01..2021-12\n");
	assert_says(text, "at least 1 of 3 nodes");
	assert_says(text, "2023-11-14T22:13:50Z"); /* now and 30 s */
	snprintf(want, sizeof(want), "within +-%d.", (int)x.half_sum);
	assert_says(text, want);
	snprintf(want, sizeof(want), "20 within +-%d.", (int)x.half_node);
	assert_says(text, want);
	free(text);
}

static void
test_the_noise_is_the_law_of_the_sum(void **state)
{
	struct explain x = explain_of(NULL, NULL);
	const double chance = 0.05;
	int64_t half;

	(void)state;
	assert_int_equal(interval_half_widths(&half, &chance, 1, query.q.s2_num,
			     query.q.s2_den, 3),
	    E_OK);
	assert_int_equal(x.half_sum, half);
	assert_true(x.half_node < x.half_sum);
	/* three nodes of variance 25 */
	assert_true(x.half_sum >= 16 && x.half_sum <= 17);
	assert_true(fabs(x.sd_node - 5) < 0.01);
}

static void
test_the_losses_are_those_of_the_privacy_page(void **state)
{
	struct explain sum = explain_of("per: total", NULL);
	struct explain split = explain_of("per: month", NULL);
	double eps;

	(void)state;
	assert_true(fabs(sum.month.rho - 0.02) < 1e-9);
	assert_true(fabs(sum.all.rho - 144 * 0.02) < 1e-6);
	assert_true(fabs(split.all.rho - 12 * 0.02) < 1e-7);
	assert_true(fabs(split.agencies.rho - 24 * 0.02) < 1e-7);
	assert_true(fabs(split.record.rho - 0.04) < 1e-8);
	assert_int_equal(account_epsilon(&eps, split.all.rho, 1e-9), E_OK);
	assert_true(fabs(split.all.epsilon - eps) < 1e-12);
}

static void
test_expected_counts_come_from_public_volumes(void **state)
{
	static const char force[1][GSS] = { "W15000002" };
	struct explain x = explain_of(
	    "geography: {kind: lad, forces: Gwent}", "themes: [violence]");
	double people = (double)ground_people(ground, force, 1);

	(void)state;
	assert_true(people > 500000 && people < 700000);
	/* five districts; 35.54 of 1,000 in a year (volumes.csv) */
	assert_int_equal(query.q.n_places, 5);
	assert_true(fabs(x.mean[0] - people * 35.54 / 1000 / 5) < 0.01);
	assert_int_equal(x.n_warnings, 1); /* nobody asked holds nhs.ed */
	assert_true(warned(&x, "no node asked holds nhs.ed"));

	x = explain_of(
	    "geography: {kind: lad, forces: Gwent}", "themes: [knife]");
	assert_true(x.mean[0] < 0);
}

static void
test_thin_cells_are_warned_of_with_a_coarser_question(void **state)
{
	struct explain x = explain_of("themes: [robbery]", NULL);
	struct coarser c;

	(void)state;
	assert_true(x.mean[0] * x.month.epsilon < EXPLAIN_ENOUGH);
	assert_true(warned(&x, "robbery: about 0."));
	assert_true(warned(&x, "with kind: msoa11 a cell would have about "));

	x = explain_of("themes: [robbery]",
	    "geography: {kind: grid, cell_m: 1000, forces: Gwent}");
	assert_true(warned(&x, "with cell_m: "));

	x = explain_of("geography: {kind: force, forces: Gwent}", "per: month");
	assert_false(warned(&x, "violence"));
	assert_true(forecast_coarser(&c, &query.q, ground, 0));
	assert_int_equal(c.slicing, SLICE_SUM); /* no level is above */
	assert_false(forecast_coarser(&c, &query.q, ground, 1));
}

static void
test_what_nodes_will_refuse_is_warned_of(void **state)
{
	struct explain x = explain_of("nodes: [gwent, late]", NULL);

	(void)state;
	assert_true(warned(&x, "late holds 2022-01..2022-12 only"));

	query.q.charge_nrho--;
	query.q.rules_hash[0] ^= 1;
	query.q.areas_hash[0] ^= 1;
	strcpy(query.q.nodes[0].s, "who");
	assert_int_equal(explain_make(&x, &query, roster, ground), E_OK);
	assert_true(warned(&x, "another charge than it costs"));
	assert_true(warned(&x, "other theme rules"));
	assert_true(warned(&x, "other areas"));
	assert_true(warned(&x, "your roster has no who"));

	explain_of("themes: [violence, knife]", NULL);
	query.q.k = 1;
	assert_int_equal(explain_make(&x, &query, roster, ground), E_OK);
	assert_true(warned(&x, "more of the themes than the query says"));
}

static void
test_json_says_the_same(void **state)
{
	struct explain x = explain_of(NULL, NULL);
	json_t *o = explain_json(&x);

	(void)state;
	assert_non_null(o);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "charge_nrho")), 20000000);
	assert_int_equal(json_array_size(json_object_get(o, "nodes")), 3);
	assert_true(
	    json_real_value(json_object_get(
		json_object_get(json_object_get(o, "loss"), "one_month"),
		"epsilon")) == x.month.epsilon);
	assert_int_equal(json_integer_value(json_object_get(
			     json_object_get(o, "noise"), "half_width_95_sum")),
	    x.half_sum);
	json_decref(o);
}

static void
test_foreign_words_cannot_steer_the_terminal(void **state)
{
	char out[20], short_[5];

	(void)state;
	plain_words(out, sizeof(out),
	    "a\033[2Jb\xc2\x9b"
	    "c");
	assert_null(strchr(out, '\033'));
	assert_null(strstr(out, "\xc2\x9b"));
	plain_words(out, sizeof(out),
	    "yes\xe2\x80\xae"
	    "on"); /* U+202E */
	assert_null(strstr(out, "\xe2\x80\xae"));
	plain_words(short_, sizeof(short_), "abc\xc3\xa9"); /* no half letter */
	assert_string_equal(short_, "abc");
}

static const struct {
	double v;
	const char *want;
} figures[] = {
	{ 0, "0.00" },
	{ 0.001234, "0.0012" },
	{ 0.0999, "0.10" },
	{ 0.625, "0.62" },
	{ 1.154, "1.15" },
	{ 9.996, "10.0" },
	{ 99.96, "100" },
	{ 1240.4, "1,240" },
	{ INFINITY, "no bound" },
};

static void
test_figures_are_short(void **state)
{
	char out[PLAIN_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		plain_figure(out, figures[i].v);
		assert_string_equal(out, figures[i].want);
	}
	plain_figure_up(out, 1.1501);
	assert_string_equal(out, "1.16");
	plain_figure_up(out, 0.14);
	assert_string_equal(out, "0.14");
	plain_figure_up(out, 100.2);
	assert_string_equal(out, "101");
	plain_rho(out, 20000000);
	assert_string_equal(out, "0.02");
	plain_rho(out, 1);
	assert_string_equal(out, "0.000000001");
	plain_rho(out, UINT64_C(3000000000));
	assert_string_equal(out, "3");
	plain_count(out, UINT64_MAX);
	assert_string_equal(out, "18,446,744,073,709,551,615");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_words_hold_the_numbers),
		cmocka_unit_test(test_the_noise_is_the_law_of_the_sum),
		cmocka_unit_test(test_the_losses_are_those_of_the_privacy_page),
		cmocka_unit_test(test_expected_counts_come_from_public_volumes),
		cmocka_unit_test(
		    test_thin_cells_are_warned_of_with_a_coarser_question),
		cmocka_unit_test(test_what_nodes_will_refuse_is_warned_of),
		cmocka_unit_test(test_json_says_the_same),
		cmocka_unit_test(test_foreign_words_cannot_steer_the_terminal),
		cmocka_unit_test(test_figures_are_short),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
