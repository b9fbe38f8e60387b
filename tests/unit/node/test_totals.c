/* Promises of node/totals: every record once, in one row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/query.h"
#include "node/totals.h"

#define JANUARY 612

static struct incident
record(const char *feed, const char *code, uint16_t month)
{
	struct incident i = { .kind.source = SOURCE_POLICE_CRIME,
		.month = month,
		.area = "W01000001",
		.published = "W01000002" };

	strcpy(i.feed, feed);
	strcpy(i.kind.code, code);
	strcpy(i.kind.codelist, "police.uk");
	return i;
}

static void
add(struct totals *t, const char *feed, const char *code, uint16_t month,
    unsigned n)
{
	struct incident i = record(feed, code, month);

	while (n-- > 0)
		assert_int_equal(totals_add(t, &i), E_OK);
}

/* What a table by those fields writes of four kinds of record. */
static char *
table(const char *fields, void (*write)(struct totals *t, FILE *out))
{
	struct totals *t;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(totals_new(&t, fields), E_OK);
	add(t, "Gwent", "Drugs", JANUARY, 3);
	add(t, "Gwent, \"the\"", "Drugs", JANUARY, 1);
	add(t, "Gwent", "Drugs", JANUARY + 1, 2);
	add(t, "Gwent", "Robbery", JANUARY, 1);
	add(t, "Gwent", "Drugs", JANUARY, 4);
	write(t, f);
	totals_free(t);
	fclose(f);
	return text;
}

static void
test_rows_are_sorted_and_add_up(void **state)
{
	char *text = table("feed,month,code", totals_csv);

	(void)state;
	assert_string_equal(text, "feed,month,code,records\n"
				  "Gwent,2021-01,Drugs,7\n"
				  "Gwent,2021-01,Robbery,1\n"
				  "Gwent,2021-02,Drugs,2\n"
				  "\"Gwent, \"\"the\"\"\",2021-01,Drugs,1\n");
	free(text);
	text = table("source,list,area,published", totals_csv);
	assert_string_equal(text,
	    "source,list,area,published,records\n"
	    "police.crime,police.uk,W01000001,W01000002,11\n");
	free(text);
	text = table("month", totals_json);
	assert_string_equal(text, "[\n{\"month\":\"2021-01\",\"records\":9},\n"
				  "{\"month\":\"2021-02\",\"records\":2}\n]\n");
	free(text);
}

static void
test_other_fields_are_refused(void **state)
{
	static const char *const bad[] = { "", "colour", "feed,", ",feed",
		"feed,feed", "feed,month,code,area,list", "feed code" };
	struct totals *t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (totals_new(&t, bad[i]) != E_FORMAT)
			fail_msg("\"%s\"", bad[i]);
	totals_free(NULL);
}

/* More groups than the table starts with, each of them once. */
static void
test_many_groups_are_kept_apart(void **state)
{
	struct totals *t;
	char code[INCIDENT_CODE], *text = NULL;
	size_t len, lines = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(totals_new(&t, "code"), E_OK);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(code, sizeof(code), "%05u", i % 5000);
		add(t, "", code, JANUARY, 1);
	}
	totals_csv(t, f);
	totals_free(t);
	fclose(f);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	assert_int_equal(lines, 5001);
	assert_non_null(strstr(text, "\n00000,4\n00001,4\n"));
	assert_non_null(strstr(text, "\n04999,4\n"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_sorted_and_add_up),
		cmocka_unit_test(test_other_fields_are_refused),
		cmocka_unit_test(test_many_groups_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
