#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/config.h"

static const char good[] = "party: gwent\n"
			   "coordinator: \"tls+tcp://c.example:443\"\n"
			   "coordinator_party: coordinator\n"
			   "server_name: c.example\n";

static void
test_a_file_is_read_as_it_was_written(void **state)
{
	struct config a, b;
	char *text;

	(void)state;
	assert_int_equal(
	    config_read(&a, good, strlen(good), "node.yaml", NULL), E_OK);
	assert_string_equal(a.party.s, "gwent");
	assert_string_equal(a.coordinator, "tls+tcp://c.example:443");
	assert_string_equal(a.data, WARD_DATA);
	assert_int_equal(config_text(&text, &a), E_OK);
	assert_null(strstr(text, "data:"));
	assert_int_equal(
	    config_read(&b, text, strlen(text), "node.yaml", NULL), E_OK);
	assert_string_equal(a.server_name, b.server_name);
	free(text);

	strcpy(a.data, "/srv/other");
	assert_int_equal(config_text(&text, &a), E_OK);
	assert_int_equal(
	    config_read(&b, text, strlen(text), "node.yaml", NULL), E_OK);
	assert_string_equal(b.data, "/srv/other");
	free(text);
}

/* The records are a file of the folder unless they are said to be elsewhere;
 * who loads may be somebody else than who counts. */
static void
test_records_are_where_it_says(void **state)
{
	static const struct {
		const char *more, *count, *load;
	} cases[] = {
		{ "", "d/records.db", "d/records.db" },
		{ "records: \"postgresql: a\"\n", "postgresql: a",
		    "postgresql: a" },
		{ "records: \"postgresql: a\"\n"
		  "records_load: \"postgresql: b\"\n",
		    "postgresql: a", "postgresql: b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char in[512], out[RECORDS_WHERE], *text;
		struct config c;

		snprintf(in, sizeof(in), "%s%s", good, cases[i].more);
		assert_int_equal(
		    config_read(&c, in, strlen(in), "node.yaml", NULL), E_OK);
		assert_int_equal(config_text(&text, &c), E_OK);
		assert_int_equal(
		    config_read(&c, text, strlen(text), "node.yaml", NULL),
		    E_OK);
		free(text);
		assert_int_equal(
		    config_where(out, &c, "d", RECORDS_COUNT), E_OK);
		assert_string_equal(out, cases[i].count);
		assert_int_equal(
		    config_where(out, &c, "d", RECORDS_LOAD), E_OK);
		assert_string_equal(out, cases[i].load);
	}
}

/* A fault names file, line and what to write instead. */
static void
test_a_fault_has_its_place(void **state)
{
	static const struct {
		const char *from, *to, *place, *words;
	} cases[] = {
		{ "party: gwent", "party: Gwent", "node.yaml:1:", "party" },
		{ "tls+tcp", "http", "node.yaml:2:", "tls+tcp://" },
		{ "server_name", "servername", "node.yaml:4:", "server_name" },
		{ "server_name", "records: /srv/r.db\nserver_name",
		    "node.yaml:4:", "postgresql:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		const char *at = strstr(good, cases[i].from);
		struct config c = { .data = "untouched" };
		struct fault fault = { "" };

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
		    cases[i].to, at + strlen(cases[i].from));
		assert_int_equal(
		    config_read(&c, text, strlen(text), "node.yaml", &fault),
		    E_CONFIG);
		if (strstr(fault.text, cases[i].place) != fault.text ||
		    strstr(fault.text, cases[i].words) == NULL)
			fail_msg("%s", fault.text);
		assert_string_equal(c.data, "untouched");
	}
}

static void
test_a_folder_without_it_says_what_to_do(void **state)
{
	struct config c;
	struct fault fault = { "" };

	(void)state;
	assert_int_equal(config_load(&c, "/nonexistent", &fault), E_NOTFOUND);
	assert_non_null(strstr(fault.text, "ward-node init"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_read_as_it_was_written),
		cmocka_unit_test(test_records_are_where_it_says),
		cmocka_unit_test(test_a_fault_has_its_place),
		cmocka_unit_test(test_a_folder_without_it_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
