/* Promises of client/wish: what a query file may say, and what each mistake in
 * one is answered with, at its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/blank.h"
#include "client/wish.h"
#include "model/theme.h"

/* A good file; each line can be replaced or left out. */
static const char *const lines[] = {
	"title: Violence",
	"purpose: prevention",
	"project: Safer streets",
	"measure: count",
	"sources: [police.crime, nhs.ed]",
	"themes: [asb, violence]",
	"months: 2021-01..2021-12",
	"per: month",
	"geography: {kind: lsoa11, forces: [W15000003]}",
	"privacy: {rho: \"0.02\"}",
	"contribution: 2",
	"nodes: [gwent, south-wales]",
	"send_after: 30s",
	"close_after: 2h",
	"valid_for: 7d",
	"quorum: 2",
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

/* The good file with the line of that number (from 1) replaced; NULL: gone. */
static struct doc *
file_with(size_t number, const char *line)
{
	char text[4000] = "";
	struct doc *doc = NULL;

	for (size_t i = 0; i < LINES; i++) {
		const char *s = i + 1 == number ? line : lines[i];

		if (s == NULL)
			continue;
		strcat(text, s);
		strcat(text, "\n");
	}
	assert_int_equal(doc_parse(&doc, text, strlen(text), "q"), E_OK);
	return doc;
}

static void
test_a_good_file_is_read(void **state)
{
	struct doc *doc = file_with(0, NULL);
	struct wish w;

	(void)state;
	assert_true(wish_read(&w, doc));
	assert_string_equal(w.title, "Violence");
	assert_int_equal(w.sources, SOURCE_POLICE_CRIME | SOURCE_NHS_ED);
	assert_int_equal(w.n_themes, 2);
	assert_int_equal(w.themes[0], THEME_VIOLENCE); /* sorted */
	assert_int_equal(w.themes[1], THEME_ASB);
	assert_int_equal(w.first_month, 612);
	assert_int_equal(w.n_months, 12);
	assert_int_equal(w.per, TERMS_MONTH);
	assert_int_equal(w.where.geo, GEO_LSOA11);
	assert_int_equal(w.where.n_forces, 1);
	assert_int_equal(w.terms.nano, 20000000);
	assert_int_equal(w.c, 2);
	assert_int_equal(w.where.n_levels, 1);
	assert_int_equal(w.terms.noise, NOISE_GAUSS);
	assert_int_equal(w.strategy, WISH_AUTO);
	assert_int_equal(w.n_nodes, 2);
	assert_int_equal(w.send_after_s, 30);
	assert_int_equal(w.close_after_s, 7200);
	assert_int_equal(w.valid_for_s, 7 * 86400);
	assert_int_equal(w.quorum, 2);
	doc_free(doc);
}

static void
test_the_template_is_a_good_file(void **state)
{
	struct doc *doc = NULL;
	struct wish w;

	(void)state;
	assert_int_equal(
	    doc_parse(&doc, blank_text(), strlen(blank_text()), "q"), E_OK);
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.n_nodes, 0);
	assert_int_equal(w.where.n_forces, 0);
	doc_free(doc);
}

static const struct {
	size_t line;
	const char *text;
	const char *fault; /* how it begins */
} bad[] = {
	{ 1, NULL, "q:1:1: \"title\" is missing" },
	{ 1, "title: \"\"", "q:1:8: title must be some words" },
	{ 1, "title: [a]", "q:1:8: title must be some words" },
	{ 1, "title: \"a\\nb\"", "q:1:8: title must be one line" },
	{ 1, "titel: x", "q:1:1: there is no \"titel\" here; did you mean" },
	{ 2, "purpose: {a: 1}", "q:2:10: purpose must be some words" },
	{ 4, "measure: people", "q:4:10: measure must be: count" },
	{ 5, NULL, "q:1:1: \"sources\" is missing" },
	{ 5, "sources: [police.crimes]",
	    "q:5:11: source \"police.crimes\" does not exist; did you mean "
	    "\"police.crime\"?" },
	{ 5, "sources: [nhs.ed, nhs.ed]",
	    "q:5:19: source \"nhs.ed\" stands "
	    "twice" },
	{ 5, "sources: [fire]", "q:5:11: source must be of: police.crime, " },
	{ 5, "sources: []", "q:5:10: \"sources\" is missing" },
	{ 6, "themes: [violense]",
	    "q:6:10: theme \"violense\" does not exist; did you mean "
	    "\"violence\"?" },
	{ 6, "themes: [asb, asb]", "q:6:15: theme \"asb\" stands twice" },
	{ 7, "months: 2021-13", "q:7:9: months must be a month or a range" },
	{ 7, "months: 2021-02..2021-01", "q:7:9: the last month lies before" },
	{ 7, "months: 2001-01..2021-01", "q:7:9: a query asks at most 120" },
	{ 7, "months: 2021-01..later", "q:7:9: \"later\" after the dots" },
	{ 8, "per: week", "q:8:6: per must be total" },
	{ 9, "geography: lsoa11", "q:9:12: \"geography\" is missing" },
	{ 9, "geography: {forces: all}", "q:9:12: \"kind\" is missing" },
	{ 9, "geography: {kind: lsoa}",
	    "q:9:19: kind \"lsoa\" does not exist; did you mean \"lsoa11\"?" },
	{ 9, "geography: {kind: lad, cell_m: 1000}",
	    "q:9:24: there is no \"cell_m\" here" },
	{ 9, "geography: {kind: grid, cell_m: 1500}",
	    "q:9:33: squares are of 1000, 2000" },
	{ 9, "geography: {kind: grid, west: 300000}",
	    "q:9:12: west, south, cols and rows go together" },
	{ 9,
	    "geography: {kind: grid, west: 300500, south: 0, cols: 1, rows: "
	    "1}",
	    "q:9:31: west and south must be multiples of 1000" },
	{ 9,
	    "geography: {kind: grid, west: 0, south: 0, cols: 1, rows: 1, "
	    "forces: all}",
	    "q:9:70: give forces, or west" },
	{ 10, "privacy: 0.02", "q:10:10: \"privacy\" is missing" },
	{ 10, "privacy: {}", "q:10:10: give exactly one of rho" },
	{ 10, "privacy: {rho: \"0.02\", sd: \"5\"}",
	    "q:10:10: give exactly one of rho" },
	{ 10, "privacy: {rho: -1}", "q:10:16: rho must be a decimal" },
	{ 10, "privacy: {rho: 0}", "q:10:16: rho must be a decimal" },
	{ 10, "privacy: {rho: 0.0000000001}", "q:10:16: rho must be" },
	{ 10, "privacy: {rho: 2e-2}", "q:10:16: rho must be a decimal" },
	{ 10, "privacy: {rho: 11}", "q:10:16: a charge above 10" },
	{ 10, "privacy: {sd: 65536}", "q:10:15: this variance cannot" },
	{ 10, "privacy: {epsilon: 11}", "q:10:20: a charge above 10" },
	{ 10, "privacy: {epsilon: x}", "q:10:20: epsilon must be a decimal" },
	{ 10, "privacy: {rho: 1, epsilon: 1}", "q:10:10: give exactly one of" },
	{ 10, "privacy: {rho: 1, pure: true}", "q:10:25: pure goes with" },
	{ 10, "privacy: {epsilon: 1, pure: maybe}",
	    "q:10:29: pure must be of: false, true" },
	{ 10, "privacy: {accuracy: 10}", "q:10:21: \"plus_minus\" is missing" },
	{ 10, "privacy: {accuracy: {level: lsoa11}}",
	    "q:10:21: \"plus_minus\" is missing" },
	{ 10, "privacy: {accuracy: {plus_minus: 0}}",
	    "q:10:34: plus_minus must be a decimal" },
	{ 10, "privacy: {accuracy: {plus_minus: 1000001}}",
	    "q:10:34: plus_minus is at most" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, confidence: 1}}",
	    "q:10:49: confidence is from 0.5 to" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, confidence: 0.49}}",
	    "q:10:49: confidence is from 0.5 to" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, level: lad}}",
	    "q:10:44: lad is not published; add it to the levels" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, level: msoa11}}",
	    "q:10:44: msoa11 is not published; add it to the levels" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, level: ward}}",
	    "q:10:44: level must be of: lsoa11" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, per: running}}",
	    "q:10:42: the file asks per: month; an accuracy" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, per: week}}",
	    "q:10:42: per must be of: total, month, running" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, noise: white}}",
	    "q:10:44: noise must be of: gauss, laplace" },
	{ 10, "privacy: {accuracy: {plus_minus: 5, sigma: 2}}",
	    "q:10:37: there is no \"sigma\" here" },
	{ 10, "privacy: {accuracy: {plus_minus: 5}, pure: true}",
	    "q:10:44: pure goes with" },
	{ 9, "geography: {kind: lsoa11, levels: []}",
	    "q:9:35: levels must be a list such as [msoa11, lad]" },
	{ 9, "geography: {kind: lsoa11, levels: [lad, mso11]}",
	    "q:9:41: levels \"mso11\" does not exist; did you mean "
	    "\"msoa11\"?" },
	{ 9, "geography: {kind: lsoa11, levels: [msoa11, force]}",
	    "q:9:35: levels follow one another; add lad" },
	{ 9, "geography: {kind: lsoa11, levels: [lad, lad]}",
	    "q:9:41: level \"lad\" stands twice" },
	{ 9, "geography: {kind: lad, levels: msoa11}",
	    "q:9:32: msoa11 is finer than lad; make it the kind" },
	{ 9, "geography: {kind: force, levels: lad}",
	    "q:9:34: nothing is coarser than force" },
	{ 9, "geography: {kind: grid, levels: [3000]}",
	    "q:9:34: levels \"3000\" does not exist; did you mean" },
	{ 9, "geography: {kind: grid, cell_m: 4000, levels: 2000}",
	    "q:9:47: 2000 is finer than 4000; make it the cell_m" },
	{ 9, "geography: {kind: grid, levels: [2000, 8000]}",
	    "q:9:33: levels follow one another; add 4000" },
	{ 9, "geography: {kind: grid, ranges: yes}",
	    "q:9:33: ranges must be of: false, true" },
	{ 9, "geography: {kind: lad, ranges: true}",
	    "q:9:24: there is no \"ranges\" here" },
	{ 9, "geography: {kind: grid, levels: 2000, ranges: true}",
	    "q:9:47: ranges are of one level" },
	{ 11, "contribution: 0", "q:11:15: contribution must be a whole" },
	{ 11, "contribution: 17", "q:11:15: contribution must be a whole" },
	{ 11, "contribution: 1.5", "q:11:15: contribution must be a whole" },
	{ 12, "nodes: []", "q:12:8: nodes must be a list of 1 to 64" },
	{ 12, "nodes: [[gwent]]", "q:12:9: nodes: a name is expected" },
	{ 13, "send_after: soon", "q:13:13: send_after must be a time" },
	{ 13, "send_after: 31d", "q:13:13: send_after must be a time" },
	{ 13, "send_after: 0s", "q:13:13: send_after must be a time" },
	{ 15, "valid_for: 1h", "q:15:12: valid_for must be at least" },
	{ 16, "quorum: 65", "q:16:9: quorum must be a whole number" },
};

static void
test_each_mistake_is_answered_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct doc *doc = file_with(bad[i].line, bad[i].text);
		bool found = false;
		struct wish w;

		assert_false(wish_read(&w, doc));
		for (size_t f = 0; f < doc_faults(doc); f++)
			found =
			    found || strncmp(doc_fault(doc, f), bad[i].fault,
					 strlen(bad[i].fault)) == 0;
		if (!found)
			print_message("%s\n  want %s\n  got %s\n",
			    bad[i].text == NULL ? "(gone)" : bad[i].text,
			    bad[i].fault, doc_fault(doc, 0));
		assert_true(found);
		doc_free(doc);
	}
}

/* What does not go together, with lines 8, 9, 10 and the strategy. */
static const struct {
	const char *per, *geography, *privacy, *strategy, *fault;
} pairs[] = {
	{ "running", "{kind: lad, levels: force}", "{rho: 1}", "auto",
	    "q:9:32: running totals are of one level" },
	{ "running", "{kind: lad}", "{rho: 1}", "tree",
	    "q:17:11: per: running takes" },
	{ "running", "{kind: grid, ranges: true}", "{rho: 1}", "auto",
	    "q:9:33: ranges are of one level" },
	{ "month", "{kind: lad}", "{rho: 1}", "running",
	    "q:17:11: write per: running, too" },
	{ "month", "{kind: lad}", "{rho: 1}", "tree",
	    "q:17:11: a tree needs levels" },
	{ "total", "{kind: lad}", "{rho: 1}", "marginals",
	    "q:17:11: marginals go with per: month" },
	{ "month", "{kind: lad}", "{epsilon: 1}", "marginals",
	    "q:17:11: marginals take Gaussian noise" },
	{ "month", "{kind: lad}", "{rho: 1}", "haar",
	    "q:17:11: haar is for kind: grid" },
	{ "month", "{kind: grid, levels: 2000}", "{rho: 1}", "haar",
	    "q:17:11: haar is of one level" },
	{ "month", "{kind: grid, ranges: true}", "{rho: 1}", "identity",
	    "q:17:11: ranges: true takes" },
	{ "month", "{kind: grid, ranges: true}", "{sd: 1}", "auto",
	    "q:9:33: ranges need several noises" },
	{ "month", "{kind: lad, levels: force}", "{sd: 1}", "tree",
	    "q:17:11: s2 and sd are of one noise" },
	{ "month", "{kind: lad}", "{rho: 1}", "wavelet",
	    "q:17:11: strategy must be of: auto, identity, tree" },
	{ "total", "{kind: lad}", "{accuracy: {plus_minus: 1, per: month}}",
	    "auto", "q:10:42: the file asks per: total" },
	/* and what does */
	{ "running", "{kind: lad}", "{rho: 1}", "running", NULL },
	{ "running", "{kind: lad}", "{sd: 1}", "identity", NULL },
	{ "running", "{kind: lad}", "{accuracy: {plus_minus: 1, per: total}}",
	    "auto", NULL },
	{ "month", "{kind: lad, levels: [force]}", "{rho: 1}", "tree", NULL },
	{ "month", "{kind: lad}", "{rho: 1}", "marginals", NULL },
	{ "month", "{kind: grid, ranges: true}", "{epsilon: 1}", "haar", NULL },
	{ "total", "{kind: lad, levels: force}", "{sd: 1}", "auto", NULL },
	{ "total", "{kind: lad, levels: force}",
	    "{accuracy: {plus_minus: 1, level: force}}", "auto", NULL },
};

static struct doc *
file_of(size_t i)
{
	char text[4000] = "", more[300];
	struct doc *doc = NULL;

	for (size_t l = 0; l < LINES; l++) {
		const char *s = lines[l];

		snprintf(more, sizeof(more), "%s: %s",
		    l == 7   ? "per"
		    : l == 8 ? "geography"
			     : "privacy",
		    l == 7   ? pairs[i].per
		    : l == 8 ? pairs[i].geography
			     : pairs[i].privacy);
		strcat(text, l >= 7 && l <= 9 ? more : s);
		strcat(text, "\n");
	}
	strcat(text, "strategy: ");
	strcat(text, pairs[i].strategy);
	assert_int_equal(doc_parse(&doc, text, strlen(text), "q"), E_OK);
	return doc;
}

static void
test_what_does_not_go_together_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct doc *doc = file_of(i);
		const char *want = pairs[i].fault;
		struct wish w;
		bool good = wish_read(&w, doc);

		if (!good && (want == NULL || strncmp(doc_fault(doc, 0), want,
						  strlen(want)) != 0))
			print_message("%zu want %s\n  got %s\n", i,
			    want == NULL ? "" : want, doc_fault(doc, 0));
		assert_int_equal(good, want == NULL);
		if (want != NULL)
			assert_memory_equal(
			    doc_fault(doc, 0), want, strlen(want));
		doc_free(doc);
	}
}

static const struct {
	const char *geography;
	unsigned levels;
} ladders[] = {
	{ "geography: {kind: lsoa11}", 1 },
	{ "geography: {kind: lsoa11, levels: lsoa11}", 1 },
	{ "geography: {kind: lsoa11, levels: msoa11}", 2 },
	{ "geography: {kind: lsoa11, levels: lad}", 3 }, /* up to it */
	{ "geography: {kind: lsoa11, levels: [lad]}", 3 },
	{ "geography: {kind: lsoa11, levels: [lad, msoa11]}", 3 },
	{ "geography: {kind: lsoa11, levels: msoa}", 2 },
	{ "geography: {kind: lsoa11, levels: [lsoa11, msoa11, lad, force]}",
	    4 },
	{ "geography: {kind: grid, levels: [2000, 4000, 8000, 16000]}", 5 },
	{ "geography: {kind: grid, cell_m: 8000, levels: 16000}", 2 },
};

static void
test_levels_are_a_list_or_the_coarsest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ladders) / sizeof(ladders[0]); i++) {
		struct doc *doc = file_with(9, ladders[i].geography);
		struct wish w;

		assert_true(wish_read(&w, doc));
		assert_int_equal(w.where.n_levels, ladders[i].levels);
		doc_free(doc);
	}
}

static void
test_terms_say_noise_and_charge(void **state)
{
	struct doc *doc = file_with(10, "privacy: {epsilon: \"0.5\"}");
	struct wish w;

	(void)state;
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.terms.noise, NOISE_LAPLACE);
	assert_int_equal(w.terms.nano, 500000000);
	doc_free(doc);

	doc = file_with(10, "privacy: {epsilon: 1, pure: true}");
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.terms.noise, NOISE_LAPLACE_PURE);
	doc_free(doc);

	doc = file_with(10,
	    "privacy: {accuracy: {plus_minus: 2.5, confidence: 0.9, per: "
	    "total}}");
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.terms.noise, NOISE_GAUSS);
	assert_int_equal(w.terms.nano, 0);
	assert_int_equal(w.terms.plus_minus, 2500);
	assert_int_equal(w.terms.confidence, 900000);
	assert_int_equal(w.terms.per, TERMS_TOTAL);
	doc_free(doc);

	doc = file_with(10,
	    "privacy: {accuracy: {plus_minus: 10, confidence: 0.95, level: "
	    "lsoa}}");
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.terms.level, 0);
	doc_free(doc);

	doc = file_with(10,
	    "privacy: {accuracy: {plus_minus: 1, noise: laplace}, pure: "
	    "true}");
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.terms.noise, NOISE_LAPLACE_PURE);
	assert_int_equal(w.terms.confidence, 950000);
	assert_int_equal(w.terms.per, TERMS_MONTH); /* as the file asks */
	doc_free(doc);
}

static void
test_all_faults_are_told_at_once(void **state)
{
	static const char text[] = "title: x\nper: week\nmonths: never\n";
	struct doc *doc = NULL;
	struct wish w;

	(void)state;
	assert_int_equal(doc_parse(&doc, text, strlen(text), "q"), E_OK);
	assert_false(wish_read(&w, doc));
	assert_int_equal(doc_faults(doc), 8);
	doc_free(doc);
}

static const struct {
	const char *privacy;
	uint32_t num, den;
} variances[] = {
	{ "privacy: {s2: 25}", 25, 1 },
	{ "privacy: {s2: 12.5}", 25, 2 },
	{ "privacy: {s2: 0.001}", 1, 1000 },
	{ "privacy: {sd: 5}", 25, 1 },
	{ "privacy: {sd: 1.5}", 9, 4 },
	{ "privacy: {sd: 65535}", 4294836225, 1 },
};

static void
test_a_variance_is_kept_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variances) / sizeof(variances[0]); i++) {
		struct doc *doc = file_with(10, variances[i].privacy);
		struct wish w;

		print_message("%s\n", variances[i].privacy);
		assert_true(wish_read(&w, doc));
		assert_int_equal(w.terms.s2_num, variances[i].num);
		assert_int_equal(w.terms.s2_den, variances[i].den);
		assert_int_equal(w.terms.nano, 0);
		doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_file_is_read),
		cmocka_unit_test(test_the_template_is_a_good_file),
		cmocka_unit_test(test_each_mistake_is_answered_at_its_place),
		cmocka_unit_test(test_what_does_not_go_together_is_told),
		cmocka_unit_test(test_levels_are_a_list_or_the_coarsest),
		cmocka_unit_test(test_terms_say_noise_and_charge),
		cmocka_unit_test(test_all_faults_are_told_at_once),
		cmocka_unit_test(test_a_variance_is_kept_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
