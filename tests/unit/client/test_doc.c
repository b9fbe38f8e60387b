/* Promises of client/doc: every fault has its line and column; what YAML could
 * do besides holding values is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/doc.h"

static struct doc *
doc_of(const char *text)
{
	struct doc *doc = NULL;

	assert_int_equal(doc_parse(&doc, text, strlen(text), "q.yaml"), E_OK);
	return doc;
}

static const struct {
	const char *what, *text;
	const char *fault; /* how the first one begins, or NULL */
} cases[] = {
	{ "a map", "a: 1\nb: [2, 3]\n", NULL },
	{ "a key twice", "a: 1\nb: 2\na: 3\n",
	    "q.yaml:3:1: \"a\" stands here a second time" },
	{ "a key twice inside", "a:\n  x: 1\n  x: 2\n",
	    "q.yaml:3:3: \"x\" stands here" },
	{ "an alias", "a: &x [1]\nb: *x\n", "q.yaml:1:4: anchors and aliases" },
	{ "a second document", "a: 1\n---\nb: 2\n",
	    "q.yaml:2:1: a second document" },
	{ "a tab", "a:\n\tb: 1\n", "q.yaml:2:1: not YAML" },
	{ "an open list", "a: [1, 2\n", "q.yaml:2:1: not YAML" },
	{ "a list as key", "? [1]\n: 2\n", "q.yaml:1:3: a key must be" },
	{ "no UTF-8", "a: \xff\n", "q.yaml:1:1: not YAML" },
	{ "rubbish after the end", "a: 1\n...\n]\n", "q.yaml:3:1: not YAML" },
};

static void
test_a_fault_has_its_line_and_column(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct doc *doc = doc_of(cases[i].text);
		const char *want = cases[i].fault;

		print_message("%s\n", cases[i].what);
		if (want == NULL) {
			assert_int_equal(doc_faults(doc), 0);
		} else {
			assert_true(doc_faults(doc) > 0);
			print_message("  %s\n", doc_fault(doc, 0));
			assert_memory_equal(
			    doc_fault(doc, 0), want, strlen(want));
		}
		doc_free(doc);
	}
}

static void
test_values_are_found_and_absent_ones_are_empty(void **state)
{
	struct doc *doc = doc_of("a: one\nb: [2, 3]\nc: {d: 4}\n");
	int root = doc_root(doc), b = doc_get(doc, root, "b");

	(void)state;
	assert_string_equal(doc_text(doc, doc_get(doc, root, "a")), "one");
	assert_int_equal(doc_count(doc, b), 2);
	assert_string_equal(doc_text(doc, doc_item(doc, b, 1)), "3");
	assert_int_equal(doc_item(doc, b, 2), 0);
	/* a plain value is a list of itself, a map is none */
	assert_int_equal(doc_count(doc, doc_get(doc, root, "a")), 1);
	assert_int_equal(doc_count(doc, doc_get(doc, root, "c")), 0);
	assert_true(doc_is_map(doc, doc_get(doc, root, "c")));
	assert_int_equal(doc_get(doc, root, "z"), 0);
	assert_int_equal(doc_get(doc, 0, "a"), 0);
	assert_null(doc_text(doc, 0));
	assert_null(doc_text(doc, 9999));
	assert_null(doc_text(doc, b));
	assert_int_equal(doc_count(doc, 0), 0);
	doc_free(doc);
}

static void
test_an_unknown_key_is_named_with_the_one_meant(void **state)
{
	static const char *const keys[] = { "title", "themes" };
	struct doc *doc = doc_of("title: x\nthemse: y\nzebra: z\n");

	(void)state;
	doc_keys(doc, doc_root(doc), keys, 2);
	assert_int_equal(doc_faults(doc), 2);
	assert_string_equal(doc_fault(doc, 0),
	    "q.yaml:2:1: there is no \"themse\" here; did you mean "
	    "\"themes\"?");
	assert_string_equal(doc_fault(doc, 1),
	    "q.yaml:3:1: there is no \"zebra\" here; remove it");
	doc_free(doc);
}

static void
test_a_text_too_long_or_with_endless_faults_is_bounded(void **state)
{
	char *text = malloc(DOC_MAX + 1);
	struct doc *doc = NULL;

	(void)state;
	memset(text, ' ', DOC_MAX + 1);
	assert_int_equal(doc_parse(&doc, text, DOC_MAX + 1, "q"), E_OK);
	assert_string_equal(
	    doc_fault(doc, 0), "q:1:1: the file has more than 65536 bytes");
	for (int i = 0; i < 2 * DOC_FAULTS; i++)
		doc_complain(doc, 0, "%1000d", i);
	assert_int_equal(doc_faults(doc), DOC_FAULTS);
	assert_true(strlen(doc_fault(doc, 5)) < DOC_FAULT);
	doc_free(doc);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fault_has_its_line_and_column),
		cmocka_unit_test(
		    test_values_are_found_and_absent_ones_are_empty),
		cmocka_unit_test(
		    test_an_unknown_key_is_named_with_the_one_meant),
		cmocka_unit_test(
		    test_a_text_too_long_or_with_endless_faults_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
