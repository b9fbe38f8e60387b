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
	assert_int_equal(w.slicing, SLICE_MONTH);
	assert_int_equal(w.geo, GEO_LSOA11);
	assert_int_equal(w.n_forces, 1);
	assert_int_equal(w.rho_nrho, 20000000);
	assert_int_equal(w.c, 2);
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
	    doc_parse(&doc, wish_template(), strlen(wish_template()), "q"),
	    E_OK);
	assert_true(wish_read(&w, doc));
	assert_int_equal(w.n_nodes, 0);
	assert_int_equal(w.n_forces, 0);
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
		assert_int_equal(w.s2_num, variances[i].num);
		assert_int_equal(w.s2_den, variances[i].den);
		assert_int_equal(w.rho_nrho, 0);
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
		cmocka_unit_test(test_all_faults_are_told_at_once),
		cmocka_unit_test(test_a_variance_is_kept_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
