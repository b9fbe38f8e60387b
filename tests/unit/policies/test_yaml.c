/* Promises of policies/yaml and policies/value: a file says one thing only,
 * and a fault says where and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "policies/value.h"
#include "policies/yaml.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct item {
	char *name, *size;
};

struct box {
	char *title, *note;
	struct item *items;
	unsigned n_items;
	char **words;
	unsigned n_words;
};

static const cyaml_schema_value_t word = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, 8) };
static const cyaml_schema_field_t item_fields[] = {
	CYAML_FIELD_STRING_PTR(
	    "name", CYAML_FLAG_POINTER, struct item, name, 1, 8),
	CYAML_FIELD_STRING_PTR("size", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct item, size, 1, 8),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t item = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct item, item_fields) };
static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR(
	    "title", CYAML_FLAG_POINTER, struct box, title, 1, 40),
	CYAML_FIELD_STRING_PTR("note", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
	    struct box, note, 1, 40),
	CYAML_FIELD_SEQUENCE_COUNT("items",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct box, items,
	    n_items, &item, 0, 2),
	CYAML_FIELD_SEQUENCE_COUNT("words",
	    CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct box, words,
	    n_words, &word, 0, 2),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct box, fields) };

static void
test_a_good_text_is_read(void **state)
{
	static const char text[] =
	    "# box\ntitle: \"A \\\"b\\\" \u2014 c\"\n"
	    "note: |2\n  one\n\n   two\n"
	    "items:\n  - name: x\n  - {name: y, size: 1}\n"
	    "words: [a, b]\n";
	struct fault fault = { "untouched" };
	struct box *b;
	void *out;

	(void)state;
	assert_int_equal(
	    yaml_load(&out, &schema, text, strlen(text), "box", &fault), E_OK);
	b = out;
	assert_string_equal(b->title, "A \"b\" \u2014 c");
	assert_string_equal(b->note, "one\n\n two\n");
	assert_int_equal(b->n_items, 2);
	assert_string_equal(b->items[1].size, "1");
	assert_string_equal(b->words[1], "b");
	assert_string_equal(fault.text, "untouched");
	yaml_drop(&schema, out);
}

static const struct {
	const char *what, *text, *fault; /* how the fault begins */
} faults[] = {
	{ "no text", "", "box:1:1: empty" },
	{ "comments only", "# nothing\n", "box:1:1: empty" },
	{ "no map", "[a]\n", "box:1:1: " },
	{ "a word", "word\n", "box:1:1: " },
	{ "unknown key", "title: a\ncolour: b\n",
	    "box:2:1: unknown key 'colour' here; remove" },
	{ "meant another", "title: a\nitms: []\n",
	    "box:2:1: unknown key 'itms'; write 'items'?" },
	{ "other case", "Title: a\n",
	    "box:1:1: unknown key 'Title'; write 'title'?" },
	{ "unknown inside", "title: a\nitems:\n  - name: x\n    sise: 1\n",
	    "box:4:5: unknown key 'sise'; write 'size'?" },
	{ "first key unknown", "foo: 1\ntitle: a\n", "box:1:1: unknown key" },
	{ "key missing", "note: a\n", "box:1:" },
	{ "missing inside", "title: a\nitems:\n  - size: 1\n", "box:3:" },
	{ "a key twice", "title: a\ntitle: b\n",
	    "box:2:1: the same key a second time" },
	{ "twice inside", "title: a\nitems:\n  - {name: x, name: y}\n",
	    "box:3:15: the same key" },
	{ "twice, quoted", "title: a\n\"title\": b\n", "box:2:1: the same" },
	{ "second document", "title: a\n---\ntitle: b\n",
	    "box:2:1: a second document" },
	{ "anchor", "title: &x a\n", "box:1:8: an anchor" },
	{ "alias", "title: a\nwords: [*x]\n", "box:2:9: an alias" },
	{ "merge", "title: a\n<<: {note: b}\n", "box:2:1: unknown key" },
	{ "tag", "title: !!str a\n", "box:1:8: an anchor or a tag" },
	{ "directive", "%YAML 1.1\n---\ntitle: a\n", "box:1:1: a directive" },
	{ "two directives", "%TAG !a! b\n%TAG !a! b\n---\ntitle: a\n",
	    "box:1:1: a directive" },
	{ "directive later", "# a\n%TAG a\n---\ntitle: a\n",
	    "box:2:1: a directive" },
	{ "directive after CR", "# a\r%TAG a\n---\ntitle: a\n",
	    "box:1:5: a directive" },
	{ "directive after NEL", "# a\xc2\x85%TAG a\n---\ntitle: a\n",
	    "box:1:6: a directive" },
	{ "directive after LS", "# a\u2028%TAG a\n---\ntitle: a\n",
	    "box:1:7: a directive" },
	{ "byte order", "\xef\xbb\xbftitle: a\n", "box:1:1: a byte order" },
	{ "UTF-16", "\xff\xfet\0", "box:1:1: a byte order" },
	{ "escaped NUL", "title: \"a\\0b\"\n", "box:1:8: a control" },
	{ "escaped newline", "title: \"a\\nb\"\n", "box:1:8: a control" },
	{ "escaped bell", "title: \"a\\ab\"\n", "box:1:8: a control" },
	{ "delete", "title: \"\\x7f\"\n", "box:1:8: a control" },
	{ "C1", "title: \"\\x85\"\n", "box:1:8: a control" },
	{ "right to left", "title: \"a\u202e\"\n",
	    "box:1:8: a control or inv" },
	{ "zero width", "title: \"a\u200bb\"\n", "box:1:8: a control or inv" },
	{ "raw control", "title: a\nnote: \"\x01\"\n", "box:2:" },
	{ "no UTF-8", "title: a\nnote: \"\xc3(\"\n", "box:2:" },
	{ "tab", "title: a\n\tnote: b\n", "box:2:" },
	{ "open list", "title: a\nwords: [a\n", "box:3:" },
	{ "a list for a word", "title: [a]\n", "box:1:8: " },
	{ "empty word", "title:\n", "box:1:7: " },
	{ "too long", "title: a\nwords: [123456789]\n", "box:2:9: " },
	{ "too many", "title: a\nwords: [a, b, c]\n", "box:2:" },
	{ "too deep", "title: a\nnote: [[[[[[[[[[a]]]]]]]]]]\n",
	    "box:2:14: nested too deeply" },
	{ "map as key", "? [a]\n: b\n", "box:1:3: not a key" },
};

static void
test_a_fault_says_where_and_the_output_is_untouched(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct fault fault = { "" };
		void *out = &fault;

		if (yaml_load(&out, &schema, faults[i].text,
			strlen(faults[i].text), "box", &fault) != E_CONFIG ||
		    strncmp(fault.text, faults[i].fault,
			strlen(faults[i].fault)) != 0 ||
		    strstr(fault.text, "; ") == NULL)
			fail_msg("%s: %s", faults[i].what, fault.text);
		assert_ptr_equal(out, &fault);
		assert_int_equal(yaml_load(&out, &schema, faults[i].text,
				     strlen(faults[i].text), "box", NULL),
		    E_CONFIG);
	}
}

static void
test_a_text_is_bounded_before_it_is_parsed(void **state)
{
	char *text = malloc(YAML_MAX + 1);
	struct fault fault;
	void *out = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', YAML_MAX + 1);
	memcpy(text, "title: a\n", 9);
	assert_int_equal(
	    yaml_load(&out, &schema, text, YAML_MAX + 1, "box", &fault),
	    E_LIMIT);
	memset(text + 9, '[', YAML_MAX - 9);
	assert_int_equal(
	    yaml_load(&out, &schema, text, YAML_MAX, "box", &fault), E_CONFIG);
	assert_null(out);
	free(text);
}

/* libcyaml and libyaml speak to stderr if one lets them. */
static void
test_nothing_is_written_to_stderr(void **state)
{
	int kept = dup(STDERR_FILENO), ends[2];
	char byte;
	void *out;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	for (size_t i = 0; i < COUNT(faults); i++)
		(void)!yaml_load(&out, &schema, faults[i].text,
		    strlen(faults[i].text), "box", NULL);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void
test_a_path_leads_to_its_place(void **state)
{
	static const char text[] = "title: a\nitems:\n  - name: x\n"
				   "  - {name: y, size: 1}\nwords: [a, bb]\n";
	static const struct {
		const char *path;
		unsigned line, column;
	} cases[] = {
		{ "title", 1, 8 },
		{ "items", 3, 3 },
		{ "items[0].name", 3, 11 },
		{ "items[1]", 4, 5 },
		{ "items[1].size", 4, 21 },
		{ "words[1]", 5, 12 },
		{ "items[0].size", 3, 5 }, /* is not there: the item */
		{ "items[7].size", 3, 3 },
		{ "word", 1, 1 },
	};
	unsigned line, column;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		yaml_where(&line, &column, text, strlen(text), cases[i].path);
		if (line != cases[i].line || column != cases[i].column)
			fail_msg("%s: %u:%u", cases[i].path, line, column);
	}
	yaml_where(&line, &column, "[", 1, "title");
	assert_int_equal(line, 1);
}

static void
test_what_is_quoted_comes_back(void **state)
{
	static const char *const words[] = { "a", "yes", "0x10", "a: b # c",
		"\\\"'\\", "caf\u00e9 \u2014 \U0001F5FA", "- {[&*!|>%@`" };
	static const char *const blocks[] = { "a\n", " a\n  b\n", "a\n\nb\n",
		"#\n---\n...\n", "\u2014 g1 QUJD\n", "a:\n- b\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(words) * COUNT(blocks); i++) {
		const char *w = words[i % COUNT(words)];
		const char *block = blocks[i / COUNT(words)];
		struct fault fault = { "" };
		char *text;
		size_t len;
		FILE *f = open_memstream(&text, &len);
		void *out;

		assert_non_null(f);
		(void)fputs("note: ", f);
		yaml_block(f, block);
		(void)fputs("title: ", f);
		yaml_quote(f, w);
		assert_int_equal(yaml_done(&text, f, &text), E_OK);
		if (yaml_load(&out, &schema, text, strlen(text), "t", &fault) !=
		    E_OK)
			fail_msg("%s: %s", text, fault.text);
		assert_string_equal(((struct box *)out)->title, w);
		assert_string_equal(((struct box *)out)->note, block);
		yaml_drop(&schema, out);
		free(text);
	}
}

static void
test_plain_text_shows_all_that_it_holds(void **state)
{
	static const struct {
		const char *s;
		bool plain;
	} cases[] = {
		{ "", true },
		{ "Heddlu De Cymru", true },
		{ "caf\u00e9 \u2014 \U0001F5FA", true },
		{ "a\tb", false },
		{ "a\n", false },
		{ "\x7f", false },
		{ "\xc2\x80", false },
		{ "\xc2\x9f", false },
		{ "\u00a0", true },
		{ "\u00ad", false },
		{ "\u200b", false },
		{ "\u202e", false },
		{ "\u2066", false },
		{ "\ufeff", false },
		{ "a\u034fb", false },
		{ "a\u115f", false },
		{ "a\u17b4", false },
		{ "a\u180e", false },
		{ "a\u3164", false },
		{ "a\ufe0f", false },
		{ "a\uffa0", false },
		{ "a\ufffb", false },
		{ "a\u061c", false },
		{ "\xc3", false },
		{ "\xc0\x80", false },
		{ "\xe0\x80\x80", false },
		{ "\xed\xa0\x80", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xff", false },
		{ "\U000E0041", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (yaml_plain(cases[i].s, strlen(cases[i].s)) !=
		    cases[i].plain)
			fail_msg("case %zu", i);
	assert_false(yaml_plain("a\0b", 3));
}

static struct value_file
file(struct fault *fault)
{
	static const char text[] = "a:\n  key: 1\n";

	return (struct value_file){ .text = text,
		.len = sizeof(text) - 1,
		.name = "f",
		.fault = fault,
		.in = "a" };
}

static void
test_numbers_mean_what_they_say(void **state)
{
	static const char *const bad[] = { "", "0", "6", "010x", "0x3", "-1",
		"+3", "3 ", " 3", "3.0", "1e0", "99999999999999999999" };
	struct fault fault;
	struct value_file f = file(&fault);
	uint64_t n = 77;

	(void)state;
	assert_int_equal(value_number(&n, &f, "key", "03", 1, 5), E_OK);
	assert_true(n == 3);
	for (size_t i = 0; i < COUNT(bad); i++) {
		fault.text[0] = '\0';
		assert_int_equal(
		    value_number(&n, &f, "key", bad[i], 1, 5), E_CONFIG);
		assert_true(n == 3);
		assert_true(strncmp(fault.text, "f:2:8: key: ", 12) == 0);
	}
}

static void
test_a_word_that_is_no_boolean_is_no_true(void **state)
{
	static const char *const bad[] = { "maybe", "yes", "True", "1", "on",
		"" };
	struct fault fault;
	struct value_file f = file(&fault);
	bool yes = false;

	(void)state;
	assert_int_equal(value_yes(&yes, &f, "key", "true"), E_OK);
	assert_true(yes);
	assert_int_equal(value_yes(&yes, &f, "key", "false"), E_OK);
	assert_false(yes);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(value_yes(&yes, &f, "key", bad[i]), E_CONFIG);
		assert_false(yes);
	}
}

static void
test_charges_are_exact(void **state)
{
	static const struct {
		const char *s;
		uint64_t nrho; /* 0: refused */
	} cases[] = {
		{ "0.02", 20000000 },
		{ "0.1", 100000000 },
		{ "1", 1000000000 },
		{ "0.000000001", 1 },
		{ "0.0000000001", 0 },
		{ "0", 0 },
		{ "-0.1", 0 },
		{ "0.0000000010", 1 },
		{ "2e-2", 0 },
		{ "0x1", 0 },
		{ ".1", 0 },
		{ "nan", 0 },
		{ "1000001", 0 },
		{ "0.1 ", 0 },
		{ "", 0 },
	};
	struct fault fault;
	struct value_file f = file(&fault);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t n = 0;
		enum err e = value_rho(&n, &f, "key", cases[i].s);

		if (n != cases[i].nrho || (e == E_OK) != (n != 0))
			fail_msg("%s", cases[i].s);
	}
}

static void
test_times_and_months_have_one_form(void **state)
{
	struct fault fault;
	struct value_file f = file(&fault);
	uint16_t first = 0, n = 0;
	uint64_t t = 0;

	(void)state;
	assert_int_equal(
	    value_months(&first, &n, &f, "key", "2021-01..2021-12"), E_OK);
	assert_int_equal(first, 612);
	assert_int_equal(n, 12);
	assert_int_equal(value_months(&first, &n, &f, "key", "2021-05"), E_OK);
	assert_int_equal(n, 1);
	assert_int_equal(
	    value_months(&first, &n, &f, "key", "2021-12..2021-01"), E_CONFIG);
	assert_int_equal(
	    value_months(&first, &n, &f, "key", "2021-01-2021-12"), E_CONFIG);
	assert_int_equal(
	    value_time(&t, &f, "key", "2026-11-24T00:00:00Z"), E_OK);
	assert_true(t == UINT64_C(1795478400));
	assert_int_equal(value_time(&t, &f, "key", "2026-11-24"), E_CONFIG);
	assert_int_equal(value_seconds(&t, &f, "key", "7d"), E_OK);
	assert_true(t == 7 * 86400);
	assert_int_equal(value_seconds(&t, &f, "key", "90"), E_CONFIG);
	assert_int_equal(value_seconds(&t, &f, "key", "0s"), E_CONFIG);
	assert_int_equal(value_seconds(&t, &f, "key", "d"), E_CONFIG);
	assert_int_equal(
	    value_seconds(&t, &f, "key", "213503982334602d"), E_CONFIG);
}

/* " X" and "X" would be two organisations to a program, one to people. */
static void
test_words_that_look_alike_are_refused(void **state)
{
	static const char *const bad[] = { "", " a", "a ", "a  b", "a\nb",
		"a\u200bb", "a\ufe0f", "a\u00a0b", "a\u2007b", "a\u3000b",
		"a\u2800", "123456789" };
	struct fault fault;
	struct value_file f = file(&fault);
	char out[9] = "kept";

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
		    value_words(out, sizeof(out), &f, "key", bad[i]), E_CONFIG);
		assert_string_equal(out, "kept");
	}
	assert_int_equal(
	    value_words(out, sizeof(out), &f, "key", "12345678"), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_text_is_read),
		cmocka_unit_test(
		    test_a_fault_says_where_and_the_output_is_untouched),
		cmocka_unit_test(test_a_text_is_bounded_before_it_is_parsed),
		cmocka_unit_test(test_nothing_is_written_to_stderr),
		cmocka_unit_test(test_a_path_leads_to_its_place),
		cmocka_unit_test(test_what_is_quoted_comes_back),
		cmocka_unit_test(test_plain_text_shows_all_that_it_holds),
		cmocka_unit_test(test_numbers_mean_what_they_say),
		cmocka_unit_test(test_a_word_that_is_no_boolean_is_no_true),
		cmocka_unit_test(test_charges_are_exact),
		cmocka_unit_test(test_times_and_months_have_one_form),
		cmocka_unit_test(test_words_that_look_alike_are_refused),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
