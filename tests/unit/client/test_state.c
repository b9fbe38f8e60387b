/* Promises of client/state: a reply is a state or is refused; foreign words do
 * not reach the terminal as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "client/state.h"

static const struct {
	const char *text;
	enum err want;
	bool over;
	const char *pending;
} cases[] = {
	{ "{\"state\":\"open\",\"nodes\":[{\"id\":\"a\",\"state\":\"pending\"},"
	  "{\"id\":\"b\",\"state\":\"answered\"},"
	  "{\"id\":\"c\",\"state\":\"pending\"}]}",
	    E_OK, false, "a, c" },
	{ "{\"state\":\"waiting\"}", E_OK, false, "" },
	{ "{\"state\":\"released\",\"nodes\":[]}", E_OK, true, "" },
	{ "{\"state\":\"not-released\"}", E_OK, true, "" },
	{ "{\"state\":\"expired\"}", E_OK, true, "" },
	{ "{\"state\":\"vetoed\"}", E_OK, true, "" },
	{ "{\"state\":\"\"}", E_OK, false, "" },
	{ "", E_FORMAT, false, NULL },
	{ "[]", E_FORMAT, false, NULL },
	{ "{}", E_FORMAT, false, NULL },
	{ "{\"state\":1}", E_FORMAT, false, NULL },
	{ "{\"state\":\"open\",\"state\":\"released\"}", E_FORMAT, false,
	    NULL },
	{ "{\"state\":\"open\",\"nodes\":{}}", E_FORMAT, false, NULL },
	{ "{\"state\":\"open\",\"nodes\":[1]}", E_FORMAT, false, NULL },
	{ "{\"state\":\"open\",\"approvals\":\"x\"}", E_FORMAT, false, NULL },
	{ "{\"state\":\"open\"} x", E_FORMAT, false, NULL },
};

static void
test_a_reply_is_a_state_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char pending[100];
		json_t *o = NULL;

		print_message("%s\n", cases[i].text);
		assert_int_equal(
		    state_parse(&o, cases[i].text, strlen(cases[i].text)),
		    cases[i].want);
		if (cases[i].want != E_OK) {
			assert_null(o);
			continue;
		}
		assert_int_equal(state_over(o), cases[i].over);
		state_pending(o, pending, sizeof(pending));
		assert_string_equal(pending, cases[i].pending);
		json_decref(o);
	}
}

static void
test_the_coordinator_cannot_steer_the_terminal(void **state)
{
	static const char text[] =
	    "{\"state\":\"open\\u001b[2J\",\"title\":\"\\u202eevil\",\"id\":7,"
	    "\"nodes\":[{\"id\":\"a\\nb\",\"state\":\"\\u009b1m\"}],"
	    "\"approvals\":[{\"reason\":\"\\u0007\"}]}";
	char *told = NULL;
	json_t *o = NULL;
	size_t len;
	FILE *out = open_memstream(&told, &len);

	(void)state;
	assert_int_equal(state_parse(&o, text, strlen(text)), E_OK);
	state_tell(o, out);
	fclose(out);
	for (const char *p = told; *p != 0; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
	assert_null(strstr(told, "\xe2\x80\xae"));
	assert_null(strstr(told, "\xc2\x9b"));
	assert_non_null(strstr(told, "a?b"));
	json_decref(o);
	free(told);
}

static void
test_many_pending_nodes_fit(void **state)
{
	json_t *nodes = json_array(), *o;
	char small[12];

	(void)state;
	for (int i = 0; i < 64; i++)
		json_array_append_new(
		    nodes, json_pack("{s:s, s:s}", "id",
			       "some-long-name-of-a-node", "state", "pending"));
	o = json_pack("{s:s, s:o}", "state", "open", "nodes", nodes);
	state_pending(o, small, sizeof(small));
	assert_int_equal(strlen(small), sizeof(small) - 1);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reply_is_a_state_or_is_refused),
		cmocka_unit_test(
		    test_the_coordinator_cannot_steer_the_terminal),
		cmocka_unit_test(test_many_pending_nodes_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
