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
#include "analysis/spread.h"
#include "client/explain.h"
#include "client/forecast.h"
#include "client/plain.h"
#include "client/sheet.h"
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
	assert_says(text, "one histogram; in every count Gaussian noise");
	snprintf(want, sizeof(want), "+-%d ", (int)x.views[0].typical.half_95);
	assert_says(text, want);
	assert_says(text, "If you need +-8.50 at lsoa11: rho 0.079");
	free(text);
}

static void
test_the_noise_is_the_law_of_the_sum(void **state)
{
	struct explain x = explain_of(NULL, NULL);
	const struct explain_spread *s = &x.views[0].worst;
	struct noise_law law = { NOISE_GAUSS, query.q.histograms[0].num,
		query.q.histograms[0].den };
	const double chance = 0.05;
	int64_t half;

	(void)state;
	assert_int_equal(x.n_views, 1);
	assert_int_equal(spread_half_widths(&half, &chance, 1, &law, 3), E_OK);
	assert_true(s->half_95 == (double)half);
	assert_true(s->half_90 < s->half_95);
	/* three nodes of variance 25 */
	assert_true(s->half_95 >= 16 && s->half_95 <= 17);
	assert_true(fabs(s->sd - sqrt(75)) < 0.01);
}

/* Sums of cells of one histogram: the law of as many draws. */
static void
test_a_level_above_adds_up_cells(void **state)
{
	struct explain x =
	    explain_of("geography: {kind: lad, levels: force, forces: Gwent}",
		"privacy: {epsilon: 1}\nstrategy: identity");
	struct noise_law law = { NOISE_LAPLACE, query.q.histograms[0].num,
		query.q.histograms[0].den };
	int64_t half;

	(void)state;
	assert_int_equal(x.n_views, 2);
	assert_int_equal(query.q.n_places, 5);
	assert_int_equal(
	    spread_total(&half, 0.05, &law, query.q.n_nodes, 5), E_OK);
	assert_true(x.views[1].worst.half_95 == (double)half);
	assert_true(x.views[1].worst.half_95 > x.views[0].worst.half_95);
	assert_true(fabs(x.views[1].mean[0] - 5 * x.views[0].mean[0]) < 1e-6);
}

/* The tree's levels, by hand: 1 / v0 + ... of a place with five children, all
 * measured: Hay's two steps for equal fan-out. */
static void
test_a_tree_is_told_with_its_least_squares(void **state)
{
	struct explain x =
	    explain_of("geography: {kind: lad, levels: force, forces: Gwent}",
		"nodes: gwent\nstrategy: tree");
	double v0 =
	    (double)query.q.histograms[0].num / query.q.histograms[0].den;
	double v1 =
	    (double)query.q.histograms[1].num / query.q.histograms[1].den;
	double root = 1 / (1 / v1 + 1 / (5 * v0));
	double leaf = v0 - v0 * v0 / (5 * v0 + v1);

	(void)state;
	assert_int_equal(query.q.n_histograms, 2);
	assert_true(fabs(x.views[1].worst.sd - sqrt(root)) < 1e-6);
	assert_true(fabs(x.views[0].worst.sd - sqrt(leaf)) < 1e-6);
	assert_true(fabs(x.views[0].worst.half_95 - 1.959964 * sqrt(leaf) -
			 4 / pow(leaf, 1.5)) < 1e-4); /* steps: spread.h */
	assert_true(x.views[0].worst.half_90 < x.views[0].worst.half_95);
}

static void
test_running_totals_are_told_by_month(void **state)
{
	struct explain x = explain_of("per: running", "privacy: {sd: 5}");
	struct noise_law law = { NOISE_GAUSS, 25, 1 };
	int64_t half;

	(void)state;
	assert_int_equal(x.n_views, 2);
	assert_int_equal(x.views[0].per, TERMS_RUNNING);
	assert_int_equal(x.views[1].per, TERMS_TOTAL);
	assert_int_equal(spread_total(&half, 0.05, &law, 3, 12), E_OK);
	assert_true(x.views[0].worst.half_95 == (double)half); /* December */
	assert_true(x.views[1].worst.half_95 == (double)half);
	assert_true(
	    fabs(x.views[1].mean[0] * 6.5 / 12 - x.views[0].mean[0]) < 1e-6);

	/* measured in blocks it is better at the end of the year */
	x = explain_of("per: running", NULL);
	assert_true(x.views[1].worst.half_95 < (double)half * 0.7);
}

/* The other accuracies: variance goes as 1 / rho, as 1 / epsilon^2. */
static void
test_other_accuracies_are_told_with_their_charge(void **state)
{
	static const struct {
		const char *privacy;
		double least, most; /* of the ratio, for half the width */
	} cases[] = {
		{ "privacy: {rho: 0.001}", 3.8, 4.2 },
		{ "privacy: {epsilon: 0.05}", 1.9, 2.1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct explain x = explain_of(cases[i].privacy, NULL);
		double now =
		    (double)(query.q.charge_nrho + query.q.charge_neps);
		double half = (double)x.needs[0].nano / now;
		double twice = now / (double)x.needs[1].nano;

		print_message("%s: %g %g\n", cases[i].privacy, half, twice);
		assert_int_equal(x.n_needs, 2);
		assert_true(x.needs[0].half == x.views[0].worst.half_95 / 2);
		assert_true(half > cases[i].least && half < cases[i].most);
		assert_true(twice > cases[i].least && twice < cases[i].most);
	}
}

static void
test_the_losses_are_those_of_the_privacy_page(void **state)
{
	struct explain sum = explain_of("per: total", NULL);
	struct explain split =
	    explain_of("per: month\nstrategy: identity", NULL);
	double eps;

	(void)state;
	assert_true(fabs(sum.loss.month.rho - 0.02) < 1e-9);
	assert_true(fabs(sum.loss.all.rho - 144 * 0.02) < 1e-6);
	assert_true(fabs(split.loss.all.rho - 12 * 0.02) < 1e-7);
	assert_true(fabs(split.loss.agencies.rho - 24 * 0.02) < 1e-7);
	assert_true(fabs(split.loss.record.rho - 0.04) < 1e-8);
	assert_int_equal(account_epsilon(&eps, split.loss.all.rho, 1e-9), E_OK);
	assert_true(fabs(split.loss.all.epsilon - eps) < 1e-12);
}

/* One record goes where a difference of halves took it away, the next comes
 * where it adds: twice as far as one of them alone, in rho four times. */
static void
test_a_record_is_worth_more_where_halves_are_compared(void **state)
{
	static const char grid[] =
	    "geography: {kind: grid, cell_m: 4000, forces: Gwent, "
	    "ranges: true}";
	struct explain x = explain_of(grid, "nodes: gwent");

	(void)state;
	assert_int_equal(query.q.strategy, STRATEGY_HAAR);
	assert_true(fabs(x.loss.record.rho - 4 * x.loss.month.rho) < 1e-12);
	x = explain_of(grid, "privacy: {epsilon: 0.5}");
	assert_true(
	    fabs(x.loss.record.epsilon - 2 * x.loss.month.epsilon) < 1e-12);
}

/* A query that most nodes would refuse is not signed unwarned. */
static void
test_a_charge_above_the_usual_is_warned_of(void **state)
{
	static const struct {
		const char *privacy;
		bool warned;
	} rows[] = { { "privacy: {rho: 0.02}", false },
		{ "privacy: {rho: 0.021}", true },
		{ "privacy: {sd: 0.01}", true },
		{ "privacy: {epsilon: 2}", false },
		{ "privacy: {epsilon: 2.1}", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct explain x = explain_of(rows[i].privacy, NULL);
		bool found = false;

		for (unsigned k = 0; k < x.n_warnings; k++)
			found = found ||
				strstr(x.warnings[k], "usually allow") != NULL;
		assert_int_equal(found, rows[i].warned);
	}
}

/* By histogram: m where months are apart, m^2 where they are added up, m times
 * the block for blocks of months; epsilon always m. */
static void
test_losses_go_by_what_a_histogram_adds_up(void **state)
{
	struct explain x = explain_of("geography: {kind: lad, forces: all}",
	    "per: month\nstrategy: marginals");
	double month =
	    0.5 * query.q.histograms[0].den / query.q.histograms[0].num;
	double year =
	    0.5 * query.q.histograms[1].den / query.q.histograms[1].num;
	double all = 0;

	(void)state;
	assert_int_equal(query.q.n_histograms, 2);
	assert_true(fabs(x.loss.month.rho - (month + year)) < 1e-8);
	assert_true(fabs(x.loss.all.rho - (12 * month + 144 * year)) < 1e-6);

	x = explain_of("per: running", NULL);
	for (unsigned i = 0; i < query.q.n_histograms; i++) {
		unsigned block = 1U << query.q.histograms[i].level;

		all += 0.5 * query.q.histograms[i].den /
		       query.q.histograms[i].num * 12 *
		       (block > 12 ? 12 : block);
	}
	assert_true(query.q.n_histograms > 2);
	assert_true(fabs(x.loss.all.rho - all) < 1e-6);

	x = explain_of("privacy: {epsilon: 0.5}", NULL);
	assert_true(x.loss.month.rho == 0);
	assert_true(fabs(x.loss.month.epsilon - 0.5) < 1e-9);
	assert_true(fabs(x.loss.all.epsilon - 6) < 1e-8);
	assert_true(fabs(x.loss.agencies.epsilon - 12) < 1e-8);
	assert_true(fabs(x.loss.record.epsilon - 1) < 1e-8);
}

static void
test_delta_is_told_as_it_is(void **state)
{
	static const struct {
		const char *privacy, *words;
	} cases[] = {
		{ "privacy: {rho: 0.02}", "Epsilon at delta 1e-9 and " },
		{ "privacy: {rho: 0.00001}", "Epsilon at delta 1e-9.\n" },
		{ "privacy: {epsilon: 0.5}", "but for a tiny delta: " },
		{ "privacy: {epsilon: 0.5, pure: true}",
		    "Pure: epsilon holds without a delta" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct explain x = explain_of(cases[i].privacy, NULL);
		char *text = words_of(&x);
		double tables =
		    query.q.charge_tv == 0
			? 0
			: (1 + exp(x.loss.month.epsilon)) *
			      ldexp((double)query.q.charge_tv, -100);

		assert_says(text, cases[i].words);
		assert_true(fabs(x.loss.month.delta - (i < 2 ? 1e-9 : 0) -
				 tables) < 1e-15);
		assert_true((x.loss.month.delta == 0) == (i == 3));
		free(text);
	}
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
	assert_true(
	    fabs(x.views[0].mean[0] - people * 35.54 / 1000 / 5) < 0.01);
	assert_int_equal(x.n_warnings, 1); /* nobody asked holds nhs.ed */
	assert_true(warned(&x, "no node asked holds nhs.ed"));

	x = explain_of(
	    "geography: {kind: lad, forces: Gwent}", "themes: [knife]");
	assert_true(x.views[0].mean[0] < 0);
}

static void
test_thin_cells_are_warned_of_with_a_coarser_question(void **state)
{
	struct explain x = explain_of("themes: [robbery]", NULL);
	struct coarser c;

	(void)state;
	assert_true(x.views[0].mean[0] * x.loss.month.epsilon < EXPLAIN_ENOUGH);
	assert_true(warned(&x, "robbery: about 0."));
	assert_true(warned(&x, "with kind: msoa11 a cell would have about "));

	/* of the published levels the first that holds enough */
	x = explain_of("themes: [robbery]",
	    "geography: {kind: lsoa11, levels: force, forces: all}");
	assert_true(warned(&x, "robbery: about 0."));
	assert_true(warned(&x, "; of those published, msoa11 (about 3."));
	assert_true(warned(&x, ") hold enough, lad (about "));
	x = explain_of("themes: [burglary]", "per: month\nstrategy: identity");
	assert_true(
	    warned(&x, "; of those published, lsoa11 for all months (about "));

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
	json_t *o = sheet_json(&x), *noise, *first;

	(void)state;
	assert_non_null(o);
	assert_int_equal(
	    json_integer_value(json_object_get(o, "charge_nrho")), 20000000);
	assert_int_equal(json_array_size(json_object_get(o, "nodes")), 3);
	assert_true(
	    json_real_value(json_object_get(
		json_object_get(json_object_get(o, "loss"), "one_month"),
		"epsilon")) == x.loss.month.epsilon);
	noise = json_object_get(o, "noise");
	assert_int_equal(json_array_size(noise), query.q.n_histograms);
	first = json_array_get(noise, 0);
	assert_string_equal(
	    json_string_value(json_object_get(first, "level")), "lsoa11");
	assert_int_equal(json_integer_value(json_object_get(first, "num")),
	    query.q.histograms[0].num);
	assert_int_equal(json_array_size(json_object_get(first, "by")), 2);
	first = json_array_get(json_object_get(o, "accuracy"), 0);
	assert_string_equal(
	    json_string_value(json_object_get(first, "per")), "total");
	assert_true(
	    json_real_value(json_object_get(json_object_get(first, "worst"),
		"half_width_95")) == x.views[0].worst.half_95);
	assert_true(
	    json_real_value(json_object_get(
		json_object_get(json_object_get(first, "expected"), "asb"),
		"times_epsilon")) == x.views[0].mean[1] * x.loss.month.epsilon);
	json_decref(o);
}

/* tell_query in words; the caller's. */
static char *
told(const struct explain *x)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	tell_query(x, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static const char *
string_in(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Who signs sees what is counted, in words, and under which rules. */
static void
test_rules_are_named_with_their_words(void **state)
{
	struct explain x = explain_of("themes: [violence, vawg]", NULL);
	json_t *o = sheet_json(&x), *rules = json_object_get(o, "rules");
	json_t *vawg = json_array_get(json_object_get(o, "themes"), 1);
	char *text = told(&x);

	(void)state;
	assert_string_equal(string_in(rules, "name"), "Ward themes");
	assert_string_equal(string_in(rules, "version"), "2");
	assert_int_equal(strlen(string_in(rules, "sha256")), 64);
	assert_non_null(
	    strstr(string_in(vawg, "text"), "no definition in law"));
	assert_non_null(strstr(text, "Ward themes, version 2"));
	assert_non_null(strstr(text, "vawg: Violence against the person"));
	json_decref(o);
	free(text);

	query.q.rules_hash[0] ^= 1;
	assert_int_equal(explain_make(&x, &query, roster, ground), E_OK);
	o = sheet_json(&x);
	text = told(&x);
	rules = json_object_get(o, "rules");
	vawg = json_array_get(json_object_get(o, "themes"), 1);
	assert_true(json_is_null(json_object_get(rules, "name")));
	assert_true(json_is_null(json_object_get(rules, "version")));
	assert_true(json_is_null(json_object_get(vawg, "text")));
	assert_null(strstr(text, "Ward themes"));
	assert_null(strstr(text, "What the rules count"));
	assert_non_null(strstr(text, string_in(rules, "sha256")));
	json_decref(o);
	free(text);
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
		cmocka_unit_test(test_a_level_above_adds_up_cells),
		cmocka_unit_test(test_a_tree_is_told_with_its_least_squares),
		cmocka_unit_test(test_running_totals_are_told_by_month),
		cmocka_unit_test(
		    test_other_accuracies_are_told_with_their_charge),
		cmocka_unit_test(test_the_losses_are_those_of_the_privacy_page),
		cmocka_unit_test(test_losses_go_by_what_a_histogram_adds_up),
		cmocka_unit_test(
		    test_a_record_is_worth_more_where_halves_are_compared),
		cmocka_unit_test(test_a_charge_above_the_usual_is_warned_of),
		cmocka_unit_test(test_delta_is_told_as_it_is),
		cmocka_unit_test(test_expected_counts_come_from_public_volumes),
		cmocka_unit_test(
		    test_thin_cells_are_warned_of_with_a_coarser_question),
		cmocka_unit_test(test_what_nodes_will_refuse_is_warned_of),
		cmocka_unit_test(test_json_says_the_same),
		cmocka_unit_test(test_rules_are_named_with_their_words),
		cmocka_unit_test(test_foreign_words_cannot_steer_the_terminal),
		cmocka_unit_test(test_figures_are_short),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
