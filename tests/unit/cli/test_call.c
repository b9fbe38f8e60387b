/* Promises of cli/call: a call is what was typed, or is refused with words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/call.h"

static struct call seen; /* of the last run */

static enum call_exit
keep_call(struct call *call)
{
	seen = *call;
	return CALL_DONE;
}

static const struct command send_command = {
	.name = "query send",
	.operands = "FILE [MORE]",
	.least = 1,
	.most = 2,
	.brief = "send it",
	.run = keep_call,
	.options = { { "output", 'o', "FILE", "where to" },
	    { "now", 0, NULL, "at once" },
	    { "key", 0, "NAME", "which; repeatable" } },
};

static const struct command *const commands[] = { &send_command, NULL };

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct {
	const char *what;
	const char *const *words;
	enum call_exit want;
	const char *out; /* value of --output, or NULL */
	size_t operands;
	const char *says; /* a part of what is written to err */
} cases[] = {
	{ "one operand", WORDS("query", "send", "a"), CALL_DONE, NULL, 1, "" },
	{ "long option", WORDS("query", "send", "--output", "x", "a"),
	    CALL_DONE, "x", 1, "" },
	{ "long option with =", WORDS("query", "send", "--output=x", "a"),
	    CALL_DONE, "x", 1, "" },
	{ "empty value with =", WORDS("query", "send", "--output=", "a"),
	    CALL_DONE, "", 1, "" },
	{ "letter", WORDS("query", "send", "a", "-o", "x"), CALL_DONE, "x", 1,
	    "" },
	{ "the last value counts",
	    WORDS("query", "send", "-o", "w", "a", "-o", "x"), CALL_DONE, "x",
	    1, "" },
	{ "what follows -- is an operand",
	    WORDS("query", "send", "--", "--output"), CALL_DONE, NULL, 1, "" },
	{ "- is an operand", WORDS("query", "send", "-"), CALL_DONE, NULL, 1,
	    "" },
	{ "unknown option", WORDS("query", "send", "--outptu", "a"),
	    CALL_MISUSE, NULL, 0, "no option --outptu" },
	{ "a start of an option", WORDS("query", "send", "--out", "x", "a"),
	    CALL_MISUSE, NULL, 0, "no option" },
	{ "unknown letter", WORDS("query", "send", "-x", "a"), CALL_MISUSE,
	    NULL, 0, "no option -x" },
	{ "letters run together", WORDS("query", "send", "-ox", "a"),
	    CALL_MISUSE, NULL, 0, "no option -ox" },
	{ "value missing", WORDS("query", "send", "a", "--output"), CALL_MISUSE,
	    NULL, 0, "needs a value: FILE" },
	{ "value not wanted", WORDS("query", "send", "--now=1", "a"),
	    CALL_MISUSE, NULL, 0, "takes no value" },
	{ "no operand", WORDS("query", "send", "--now"), CALL_MISUSE, NULL, 0,
	    "operands are missing" },
	{ "too many operands", WORDS("query", "send", "a", "b", "c"),
	    CALL_MISUSE, NULL, 0, "what is \"c\" for?" },
	{ "half a command", WORDS("query"), CALL_MISUSE, NULL, 0,
	    "query send" },
	{ "near a command", WORDS("query", "sned", "a"), CALL_MISUSE, NULL, 0,
	    "did you mean query send?" },
	{ "no command", WORDS("--output"), CALL_MISUSE, NULL, 0, "no command" },
};

/* Runs words; what was written to out and err is in text. */
static enum call_exit
run(const char *const *words, char text[4096])
{
	FILE *out = fmemopen(text, 4096, "w");
	struct call_world world = { .program = "ward", .out = out, .err = out };
	char *argv[16];
	enum call_exit code;
	int argc = 0;

	assert_non_null(out);
	memset(&seen, 0, sizeof(seen));
	for (; words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	code = call_main(commands, &world, argc, argv);
	if (code == CALL_DONE && seen.command != NULL) {
		const char *value = call_value(&seen, "output");

		/* the views die with argv */
		fprintf(out, "output=%s", value == NULL ? "(none)" : value);
	}
	while (argc > 0)
		free(argv[--argc]);
	fclose(out);
	return code;
}

static void
test_a_call_is_what_was_typed_or_is_refused_with_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[4096] = "", want[64];

		print_message("%s\n", cases[i].what);
		assert_int_equal(run(cases[i].words, text), cases[i].want);
		assert_non_null(strstr(text, cases[i].says));
		assert_int_equal(seen.n_operands, cases[i].operands);
		if (cases[i].want != CALL_DONE)
			continue;
		snprintf(want, sizeof(want), "output=%s",
		    cases[i].out == NULL ? "(none)" : cases[i].out);
		assert_string_equal(text, want);
	}
}

static void
test_repeated_options_keep_their_order(void **state)
{
	char text[4096] = "";

	(void)state;
	assert_int_equal(
	    run(WORDS("query", "send", "a", "--key", "g1", "--key", "g2"),
		text),
	    CALL_DONE);
	assert_int_equal(seen.n_given, 2);
	assert_null(call_value_at(&seen, "key", 2));
	assert_false(call_has(&seen, "now"));
}

static void
test_help_names_every_option_and_runs_nothing(void **state)
{
	char text[4096] = "";

	(void)state;
	assert_int_equal(
	    run(WORDS("query", "send", "--help"), text), CALL_DONE);
	assert_null(seen.command);
	for (const struct call_option *o = send_command.options;
	     o->name != NULL; o++)
		assert_non_null(strstr(text, o->name));
	assert_int_equal(run(WORDS("--help"), text), CALL_DONE);
	assert_non_null(strstr(text, "  query send "));
	assert_int_equal(run(WORDS("--version"), text), CALL_DONE);
	assert_non_null(strstr(text, WARD_VERSION));
}

static void
test_more_options_than_fit_are_refused(void **state)
{
	char text[4096] = "";
	struct call_world world = { .program = "ward",
		.err = fmemopen(text, sizeof(text), "w") };
	char now[] = "--now";
	char *argv[CALL_GIVEN + 1];
	struct call call;
	bool help;

	(void)state;
	for (size_t i = 0; i <= CALL_GIVEN; i++)
		argv[i] = now;
	assert_int_equal(call_parse(&call, &help, &send_command, &world,
			     CALL_GIVEN + 1, argv),
	    E_ARG);
	fclose(world.err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_call_is_what_was_typed_or_is_refused_with_words),
		cmocka_unit_test(test_repeated_options_keep_their_order),
		cmocka_unit_test(test_help_names_every_option_and_runs_nothing),
		cmocka_unit_test(test_more_options_than_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
