/*
 * Promises of node/quality: what it says of a store is so, in words and for
 * programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "crypto/random.h"
#include "model/month.h"
#include "node/quality.h"

#define NOW 1700000000
#define FIRST 612 /* 2021-01 */
#define MONTHS 12

static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000004,Coed 001A,W06000003,Coed,W15000002,South,1000\n";
static const char covers[1][GSS] = { "W15000001" };

static char dir[] = "/tmp/ward-quality-XXXXXX";
static char db[64];
static struct keys keys;
static struct areas *areas;
static struct records *records;
static uint32_t next_id;

static enum err
at_now(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	*utc_s = NOW;
	return E_OK;
}

static int
set_up(void **state)
{
	static const uint8_t secret[KEYS_STORE] = { 1 };
	const struct records_batch batch = { .digest = { 1 },
		.act = RECORDS_ADD,
		.loader = "test",
		.name = "t" };
	uint64_t before;
	size_t line;

	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	if (random_start() != E_OK || mkdtemp(dir) == NULL)
		return -1;
	snprintf(db, sizeof(db), "%s/records.db", dir);
	keys_derive(&keys, secret);
	if (areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK ||
	    records_open(&records, db, RECORDS_LOAD, &keys) != E_OK)
		return -1;
	return records_begin(records, &batch, &before) == E_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[80];

	(void)state;
	records_close(records);
	areas_free(areas);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s%s", db, ends[i]);
		unlink(path);
	}
	return rmdir(dir);
}

/* n records of a month, an hour apart. */
static void
put(unsigned month, const char *feed, const char *area, unsigned n)
{
	struct incident i = { .kind = { .source = SOURCE_POLICE_CRIME,
				  .codelist = "ho",
				  .code = "8N" },
		.month = (uint16_t)(FIRST + month),
		.time_precision = PRECISION_MINUTE,
		.has_point = true,
		.east = 300000,
		.north = 200000,
		.geo_method = GEO_STREET,
		.geo_precision_m = 50 };

	strcpy(i.feed, feed);
	strcpy(i.area, area);
	for (; n > 0; n--) {
		next_id++;
		memcpy(i.record_id, &next_id, sizeof(next_id));
		i.occurred_from = month_start(i.month) + 3600 * n;
		i.occurred_to = i.occurred_from + 60;
		i.recorded_at = i.occurred_from + 1800;
		assert_int_equal(records_put(records, &i), E_OK);
	}
}

static struct quality *
look(const struct quality_ask *ask)
{
	struct records_change change;
	struct quality *q = NULL;

	assert_int_equal(records_merge(records, &change, NULL, NULL), E_OK);
	assert_int_equal(records_commit(records, at_now, NULL, "{}"), E_OK);
	assert_int_equal(quality_look(&q, records, ask), E_OK);
	return q;
}

static json_t *
as_json(const struct quality *q)
{
	json_t *o;
	char *text;

	assert_int_equal(quality_json(&text, q), E_OK);
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	free(text);
	return o;
}

static char *
as_text(const struct quality *q)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	quality_text(q, f);
	fclose(f);
	return text;
}

/* "WHAT MONTH+MONTHS" of every finding. */
static void
expect_findings(const struct quality *q, const char *const *want, size_t n)
{
	json_t *all = as_json(q), *findings = json_object_get(all, "findings");
	char got[100];

	for (size_t i = 0; i < json_array_size(findings); i++) {
		json_t *f = json_array_get(findings, i);
		const char *month =
		    json_string_value(json_object_get(f, "month"));

		snprintf(got, sizeof(got), "%s %s+%d",
		    json_string_value(json_object_get(f, "what")),
		    month == NULL ? "" : month,
		    (int)json_integer_value(json_object_get(f, "months")));
		if (i >= n || strcmp(got, want[i]) != 0)
			fail_msg("finding %zu is %s", i, got);
	}
	assert_int_equal(json_array_size(findings), n);
	json_decref(all);
}

static void
test_a_steady_store_has_nothing_to_say(void **state)
{
	const struct quality_ask ask = {
		.areas = areas, .covers = covers, .n_covers = 1
	};
	struct quality *q;
	char *text;

	(void)state;
	for (unsigned m = 0; m < MONTHS; m++)
		put(m, "Gwent", "W01000001", 100 + m);
	q = look(&ask);
	expect_findings(q, NULL, 0);
	text = as_text(q);
	assert_non_null(strstr(text, "Nothing stands out."));
	assert_non_null(strstr(
	    text, "Recorded crime, Gwent: 1,266 records, 2021-01 to 2021-12"));
	assert_non_null(strstr(text, "half within"));
	free(text);
	quality_free(q);
}

static void
test_gaps_breaks_and_what_is_declared(void **state)
{
	static const struct quality_cover declared[] = {
		{ SOURCE_POLICE_CRIME, FIRST - 1, MONTHS },
		{ SOURCE_POLICE_ASB, FIRST + 3, 2 },
	};
	static const char *const want[] = { "empty 2020-12+1",
		"undeclared 2021-12+1", "empty 2021-04+2", "gap 2021-03+2",
		"break 2021-08+1", "outside +0" };
	const struct quality_ask ask = { .areas = areas,
		.declared = declared,
		.n_declared = 2,
		.covers = covers,
		.n_covers = 1 };
	struct quality *q;
	char *text;

	(void)state;
	for (unsigned m = 0; m < MONTHS; m++) {
		put(m, "Dyfed", "W01000004", m == 0 ? 100 : 0);
		if (m != 2 && m != 3)
			put(m, "Gwent", "W01000001", m == 7 ? 20 : 100);
	}
	q = look(&ask);
	expect_findings(q, want, 6);
	text = as_text(q);
	assert_non_null(strstr(
	    text, "police.crime, Gwent, 2021-03 to 2021-04: no records"));
	assert_non_null(strstr(text, "20 records, less than half"));
	assert_non_null(strstr(text, "! 2021-08"));
	assert_null(strstr(text, "! 2021-09"));
	free(text);
	quality_free(q);
}

static void
test_repeated_records_are_told(void **state)
{
	static const char *const want[] = { "alike +0" };
	const struct quality_ask ask = { .areas = areas };
	struct quality *q;
	json_t *all, *months;

	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		put(m, "Gwent", "W01000001", 100);
		put(m, "Gwent", "W01000001", m == 1 ? 40 : 0);
	}
	q = look(&ask);
	expect_findings(q, want, 1);
	all = as_json(q);
	months = json_object_get(
	    json_array_get(json_object_get(all, "series"), 0), "months");
	assert_int_equal(json_array_size(months), 3);
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(months, 1), "alike")),
	    40);
	assert_int_equal(json_integer_value(json_object_get(
			     json_array_get(months, 1), "records")),
	    140);
	assert_null(json_object_get(json_array_get(months, 1), "outside"));
	json_decref(all);
	quality_free(q);
}

static void
test_only_the_asked_months(void **state)
{
	const struct quality_ask ask = {
		.first = FIRST + 1, .n_months = 2, .areas = areas
	};
	struct quality *q;
	char *text;

	(void)state;
	for (unsigned m = 0; m < 5; m++)
		put(m, "", "W01000001", 10);
	q = look(&ask);
	text = as_text(q);
	assert_non_null(
	    strstr(text, "Recorded crime: 20 records, 2021-02 to 2021-03\n"));
	free(text);
	quality_free(q);
}

static void
test_an_empty_store_is_said_to_be(void **state)
{
	const struct quality_ask ask = { .areas = areas };
	struct quality *q = look(&ask);
	char *text = as_text(q);
	json_t *all = as_json(q);

	(void)state;
	assert_string_equal(text, "No records, and none declared.\n");
	assert_int_equal(json_array_size(json_object_get(all, "series")), 0);
	json_decref(all);
	free(text);
	quality_free(q);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_steady_store_has_nothing_to_say),
		TEST(test_gaps_breaks_and_what_is_declared),
		TEST(test_repeated_records_are_told),
		TEST(test_only_the_asked_months),
		TEST(test_an_empty_store_is_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
