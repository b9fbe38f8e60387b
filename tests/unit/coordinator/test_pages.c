/* Promises of coordinator/pages: what is served of a release with levels and
 * months adds up to the unit, over levels and over months, in every form; and
 * places of every level have outlines. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "made.h"

static struct made *made;
static char levels_id[HEX_LEN(QUERY_ID)], running_id[HEX_LEN(QUERY_ID)];

static void
release(char id[HEX_LEN(QUERY_ID)], struct query *q)
{
	struct made_bundle b = made_release(made, q);

	hex_text(id, b.id, QUERY_ID);
	free(b.bytes);
}

/* Two releases of noise around zero: nothing is harder for display. */
static int
start(void **state)
{
	struct query q;

	(void)state;
	made = made_new();
	made->swing = 20;
	made_levels(made, &q);
	release(levels_id, &q);
	made_running(made, &q);
	q.q.rules_hash[0] ^= 1; /* other rules than those here */
	release(running_id, &q);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	made_free(made);
	return 0;
}

/* The page of a release at that address; for text_free. */
static struct text
get(const char *id, const char *rest, unsigned status)
{
	char uri[512];
	struct page page;
	int n = snprintf(uri, sizeof(uri), "/v1/releases/%s%s", id, rest);

	pages_get(made->pages, &page, uri, (size_t)n);
	assert_int_equal(page.status, status);
	return page.body;
}

static json_t *
get_json(const char *id, const char *rest)
{
	struct text t = get(id, rest, 200);
	json_t *json = json_loadb(t.p, t.len, 0, NULL);

	assert_non_null(json);
	text_free(&t);
	return json;
}

static json_t *
get_view(const char *id, const char *theme, const char *slice,
    const char *source, const char *level)
{
	char rest[256];

	(void)snprintf(rest, sizeof(rest),
	    "/cells.json?theme=%s&slice=%s&source=%s&level=%s", theme, slice,
	    source, level);
	return get_json(id, rest);
}

struct sum {
	json_int_t places, lost;
	double value;
	size_t n;
};

/* What the cells of a view add up to; none is below zero. */
static struct sum
add_up(const json_t *view)
{
	struct sum s = { 0 };
	json_t *cell;
	size_t i;

	s.n = json_array_size(json_object_get(view, "cells"));
	json_array_foreach(json_object_get(view, "cells"), i, cell)
	{
		json_int_t display;
		double value, low, high;

		assert_int_equal(
		    json_unpack(cell, "{s:I, s:F, s:F, s:F}", "display",
			&display, "value", &value, "low", &low, "high", &high),
		    0);
		assert_true(display >= 0 && low < value && value < high);
		s.places += display;
		s.value += value;
	}
	s.lost = json_integer_value(
	    json_object_get(json_object_get(view, "not_placed"), "display"));
	assert_true(s.lost >= 0);
	return s;
}

static struct sum
sum_of(const char *id, const char *theme, const char *slice, const char *source,
    const char *level)
{
	json_t *view = get_view(id, theme, slice, source, level);
	struct sum s = add_up(view);

	json_decref(view);
	return s;
}

/* The row of "totals" of a description. */
static json_t *
total_of(
    json_t *detail, const char *theme, const char *slice, const char *source)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(detail, "totals"), i, row)
	{
		const char *t, *s, *k;

		assert_int_equal(json_unpack(row, "{s:s, s:s, s:s}", "theme",
				     &t, "slice", &s, "source", &k),
		    0);
		if (strcmp(t, theme) == 0 && strcmp(s, slice) == 0 &&
		    strcmp(k, source) == 0)
			return row;
	}
	fail_msg("no total of %s, %s, %s", theme, slice, source);
	return NULL;
}

static const char *const themes[] = { "violence", "asb" };
static const char *const sources[] = { "all", "police", "nhs" };
static const char *const levels[] = { "lsoa11", "msoa11", "lad", "force" };
static const char *const slices[] = { "2021-01", "2021-02", "2021-03",
	"total" };

#define EACH(i, list) \
	for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++)

static void
test_every_level_adds_up_to_the_same(void **state)
{
	json_t *detail = get_json(levels_id, "");

	(void)state;
	EACH(t, themes)
	EACH(s, slices)
	EACH(k, sources)
	{
		json_t *row =
		    total_of(detail, themes[t], slices[s], sources[k]);
		json_int_t display, lost;
		double value;
		size_t before = SIZE_MAX;

		assert_int_equal(
		    json_unpack(row, "{s:I, s:F, s:{s:I}}", "display", &display,
			"value", &value, "not_placed", "display", &lost),
		    0);
		EACH(l, levels)
		{
			struct sum sum = sum_of(levels_id, themes[t], slices[s],
			    sources[k], levels[l]);

			assert_int_equal(sum.places, display);
			assert_int_equal(sum.lost, lost);
			/* each served value is rounded to 0.01 */
			assert_true(
			    fabs(sum.value - value) <= 0.006 * (double)sum.n);
			assert_true(sum.n < before);
			before = sum.n;
		}
		assert_int_equal(before, 3); /* forces */
	}
	json_decref(detail);
}

static void
test_months_add_up_at_every_place(void **state)
{
	(void)state;
	EACH(l, levels)
	{
		json_t *total =
		    get_view(levels_id, "violence", "total", "all", levels[l]);
		size_t n = json_array_size(json_object_get(total, "cells"));
		json_int_t *sum = calloc(n, sizeof(*sum));

		for (size_t s = 0; s < 3; s++) {
			json_t *view = get_view(
			    levels_id, "violence", slices[s], "all", levels[l]);

			for (size_t i = 0; i < n; i++)
				sum[i] += json_integer_value(json_object_get(
				    json_array_get(
					json_object_get(view, "cells"), i),
				    "display"));
			json_decref(view);
		}
		for (size_t i = 0; i < n; i++)
			assert_int_equal(
			    sum[i], json_integer_value(json_object_get(
					json_array_get(
					    json_object_get(total, "cells"), i),
					"display")));
		free(sum);
		json_decref(total);
	}
}

static void
test_running_totals_are_sums_of_months(void **state)
{
	static const char *const months[] = { "2021-01", "2021-02", "2021-03",
		"2021-04", "2021-05" };
	static const char *const sums[] = { "to-2021-01", "to-2021-02",
		"to-2021-03", "to-2021-04", "total" };
	json_int_t so_far = 0;

	(void)state;
	EACH(i, months)
	{
		so_far +=
		    sum_of(running_id, "asb", months[i], "all", "lad").places;
		assert_int_equal(
		    sum_of(running_id, "asb", sums[i], "all", "lad").places,
		    so_far);
	}
}

/* Every theme, time, source and level. */
static void
test_the_table_holds_every_view(void **state)
{
	struct page page;
	uint8_t id[QUERY_ID];
	size_t rows = 0, places = 0;
	json_t *detail = get_json(levels_id, ""), *level;
	size_t i;

	(void)state;
	assert_int_equal(hex_bytes(id, QUERY_ID, levels_id, 64), E_OK);
	pages_table(made->pages, &page, id);
	assert_int_equal(page.status, 200);
	for (size_t k = 0; k < page.body.len; k++)
		rows += page.body.p[k] == '\n';
	json_array_foreach(
	    json_object_get(json_object_get(detail, "geography"), "levels"), i,
	    level) places +=
	    1 + (size_t)json_integer_value(json_object_get(level, "places"));
	assert_int_equal(rows, 4 + 3 + 1 + 2 * 4 * 3 * places);
	text_free(&page.body);
	json_decref(detail);
}

static const char *
string_in(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Does a member "rules" name those shipped, or only a hash? */
static void
expect_rules(const json_t *o, bool known)
{
	const json_t *rules = json_object_get(o, "rules");

	assert_int_equal(strlen(string_in(rules, "sha256")), 64);
	if (known) {
		assert_string_equal(string_in(rules, "name"), "Ward themes");
		assert_string_equal(string_in(rules, "version"), "2");
		return;
	}
	assert_true(json_is_null(json_object_get(rules, "name")));
	assert_true(json_is_null(json_object_get(rules, "version")));
}

/* The whole table of a release; for text_free, a string. */
static struct text
table_of(const char *id_text)
{
	struct page page;
	uint8_t id[QUERY_ID];

	assert_int_equal(hex_bytes(id, QUERY_ID, id_text, 64), E_OK);
	pages_table(made->pages, &page, id);
	assert_int_equal(page.status, 200);
	text_bytes(&page.body, "", 1);
	return page.body;
}

/* Description, views and table name the rules and say what a theme means; of
 * rules that are not here they give the hash. */
static void
test_a_release_names_its_rules(void **state)
{
	static const char *const rests[] = { "", "/cells.json?theme=asb",
		"/cells.geojson?theme=asb" };
	struct text known = table_of(levels_id), other = table_of(running_id);
	json_t *o;

	(void)state;
	EACH(i, rests)
	{
		o = get_json(levels_id, rests[i]);
		expect_rules(o, true);
		if (i > 0)
			assert_non_null(strstr(string_in(o, "text"), "police"));
		json_decref(o);
		o = get_json(running_id, rests[i]);
		expect_rules(o, false);
		if (i > 0)
			assert_true(json_is_null(json_object_get(o, "text")));
		json_decref(o);
	}
	o = get_json(levels_id, "");
	assert_non_null(strstr(
	    string_in(json_array_get(json_object_get(o, "themes"), 1), "text"),
	    "anti-social"));
	json_decref(o);
	assert_non_null(strstr(known.p, "\n# rules: Ward themes, version 2, "));
	assert_non_null(strstr(known.p, "\n# asb: Incidents of anti-social"));
	assert_non_null(strstr(other.p, "\n# rules: not known here, SHA-256 "));
	assert_null(strstr(other.p, "\n# asb: "));
	text_free(&known);
	text_free(&other);
}

static void
test_coarser_places_have_outlines(void **state)
{
	(void)state;
	EACH(l, levels)
	{
		char rest[64];
		json_t *json, *feature;
		size_t i;

		(void)snprintf(
		    rest, sizeof(rest), "/cells.geojson?level=%s", levels[l]);
		json = get_json(levels_id, rest);
		json_array_foreach(
		    json_object_get(json, "features"), i, feature)
		    assert_true(
			json_is_object(json_object_get(feature, "geometry")));
		json_decref(json);
	}
}

/* Whoever recomputes has what was added up, with the law of its noise. */
static void
test_the_sums_are_served(void **state)
{
	json_t *json = get_json(levels_id, "/sums.json?source=police"), *last;
	const char *noise, *level;
	json_int_t nodes, num, den;

	(void)state;
	assert_int_equal(
	    json_array_size(json_object_get(json, "histograms")), 5);
	last = json_array_get(json_object_get(json, "histograms"), 3);
	assert_int_equal(
	    json_unpack(json, "{s:s, s:I}", "noise", &noise, "nodes", &nodes),
	    0);
	assert_string_equal(noise, "discrete Gaussian");
	assert_int_equal(nodes, 2);
	assert_int_equal(json_unpack(last, "{s:s, s:I, s:I}", "level", &level,
			     "num", &num, "den", &den),
	    0);
	assert_string_equal(level, "lad");
	assert_true(num == 61 && den == 2);
	assert_int_equal(json_array_size(json_object_get(last, "by")), 1);
	json_decref(json);
}

static void
test_levels_that_are_not_there_are_404(void **state)
{
	static const char *const rests[] = { "/cells.json?level=1000",
		"/cells.json?level=lsoa", "/cells.csv?slice=to-2021-02",
		"/cells.geojson?slice=2021-04" };

	(void)state;
	EACH(i, rests)
	{
		struct text t = get(levels_id, rests[i], 404);

		text_free(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_level_adds_up_to_the_same),
		cmocka_unit_test(test_months_add_up_at_every_place),
		cmocka_unit_test(test_running_totals_are_sums_of_months),
		cmocka_unit_test(test_the_table_holds_every_view),
		cmocka_unit_test(test_a_release_names_its_rules),
		cmocka_unit_test(test_coarser_places_have_outlines),
		cmocka_unit_test(test_the_sums_are_served),
		cmocka_unit_test(test_levels_that_are_not_there_are_404),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
