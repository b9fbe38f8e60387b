/* Promises of policies/policy: what is written is what is allowed; anything
 * doubtful is refused with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/theme.h"
#include "policies/policy.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The usual policy of a node with all three sources. */
static struct policy
usual(void)
{
	struct party_id node = { "gwent" };
	struct policy p;

	policy_default(&p, &node, SOURCE_ALL, 612, 12);
	return p;
}

static char *
text_of(const struct policy *p)
{
	char *text;

	assert_int_equal(policy_text(&text, p), E_OK);
	return text;
}

/* text with the first `from` replaced by `to`. */
static char *
replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = NULL;

	if (at == NULL)
		fail_msg("no '%s' in\n%s", from, text);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to,
			at + strlen(from)) > 0);
	return out;
}

static void
test_the_default_is_careful(void **state)
{
	struct policy p = usual();

	(void)state;
	assert_int_equal(p.n_sources, 6);
	assert_int_equal(p.c_max, 1);
	assert_true(
	    p.query_cap.nrho == 20000000 && p.month_cap.nrho == 100000000);
	assert_true(
	    p.query_cap.neps == 2000000000 && p.month_cap.neps == 2000000000);
	assert_true(p.query_cap.tv == POLICY_TV && p.month_cap.tv == POLICY_TV);
	assert_int_equal(p.approvals, 2);
	assert_false(p.demo);
	assert_false(policy_source(&p, SOURCE_POLICE_CRIME)->person);
	assert_true(policy_source(&p, SOURCE_NHS_ED)->person);
	assert_int_equal(p.sources[0].finest_geo, GEO_LSOA11);
	assert_int_equal(p.sources[0].finest_cell_m, 1000);
	assert_int_equal(p.sources[4].finest_geo, GEO_MSOA11);
	assert_int_equal(p.sources[4].finest_cell_m, 0);
	assert_int_equal(p.sources[5].finest_geo, GEO_LAD);
	assert_false(p.sources[5].person);
	assert_null(policy_source(&p, SOURCE_ALL + 1));
}

static void
same(const struct policy *a, const struct policy *b)
{
	struct policy x = *a;

	memcpy(x.hash, b->hash, sizeof(x.hash)); /* of the text */
	assert_memory_equal(&x, b, sizeof(x));
}

static void
test_a_written_policy_is_read_back(void **state)
{
	struct fault fault;
	struct policy p = usual(), q;
	char *text, *again;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		p.demo = i == 1;
		p.synthetic = i == 2;
		p.query_cap.nrho = i == 3 ? 1 : 20000000;
		p.month_cap.nrho = i == 4 ? UINT64_C(12345678901) : 100000000;
		p.query_cap.neps = i == 2 ? 1 : 500000000;
		p.month_cap.neps = i == 5 ? 3000000001 : 500000000;
		p.max_life_s = i == 5 ? 90 : 86400;
		p.themes = i == 0 ? 1 : 0xabc;
		p.sources[1].finest_geo = GEO_GRID + 1 + i % 4;
		p.sources[1].finest_cell_m = i % 2 == 0 ? 0 : 16000;
		text = text_of(&p);
		if (policy_read(&q, text, strlen(text), "p", &fault) != E_OK)
			fail_msg("%s\n%s", fault.text, text);
		same(&p, &q);
		again = text_of(&q);
		assert_string_equal(text, again);
		free(again);
		free(text);
	}
}

/* As files were written before there was an epsilon to spend. */
static void
test_a_policy_spends_no_epsilon_that_it_does_not_say(void **state)
{
	static const struct {
		const char *query, *month; /* lines of the file */
		uint64_t query_neps, month_neps;
	} cases[] = {
		{ "", "", 0, 0 },
		{ "query_epsilon: \"0.5\"\n", "", 500000000, 500000000 },
		{ "", "month_epsilon: \"3\"\n", 3000000000, 3000000000 },
		{ "query_epsilon: \"0\"\n", "month_epsilon: \"0.0\"\n", 0, 0 },
		{ "query_epsilon: \"0\"\n", "", 0, 0 },
		{ "", "month_epsilon: \"0.5\"\n", 500000000, 500000000 },
	};
	struct policy p = usual(), out;
	char *text = text_of(&p);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *half =
		    replaced(text, "query_epsilon: \"2.0\"\n", cases[i].query);
		char *whole =
		    replaced(half, "month_epsilon: \"2.0\"\n", cases[i].month);

		assert_int_equal(
		    policy_read(&out, whole, strlen(whole), "p", NULL), E_OK);
		assert_int_equal(out.query_cap.neps, cases[i].query_neps);
		assert_int_equal(out.month_cap.neps, cases[i].month_neps);
		assert_true(cost_within(&out.query_cap, &out.month_cap));
		free(whole);
		free(half);
	}
	free(text);
}

static void
test_the_hash_is_of_the_bytes(void **state)
{
	struct policy p = usual(), q, r;
	char *text = text_of(&p), *other = replaced(text, "What", "what");

	(void)state;
	assert_int_equal(policy_read(&q, text, strlen(text), "p", NULL), E_OK);
	assert_int_equal(
	    policy_read(&r, other, strlen(other), "p", NULL), E_OK);
	assert_memory_not_equal(q.hash, r.hash, sizeof(q.hash));
	same(&p, &q);
	same(&p, &r);
	free(text);
	free(other);
}

static const struct {
	const char *from, *to, *fault;
} bad[] = {
	{ "approvals: 2", "approvals: 1", "approvals: '1'" },
	{ "approvals: 2", "approvals: 17", "approvals: '17'" },
	{ "approvals: 2", "approvals: two", "approvals: 'two'" },
	{ "approvals: 2", "approvals: 0x2", "approvals: '0x2'" },
	{ "approvals: 2", "", "approvals; add it" },
	{ "contribution: 1", "contribution: 0", "contribution: '0'" },
	{ "contribution: 1", "contribution: 17", "contribution: '17'" },
	{ "query_rho: \"0.02\"", "query_rho: \"0\"", "query_rho: '0'" },
	{ "query_rho: \"0.02\"", "query_rho: \"-0.02\"", "query_rho: " },
	{ "query_rho: \"0.02\"", "query_rho: 0.00000000001", "query_rho: " },
	{ "query_rho: \"0.02\"", "query_rho: 2e-2", "query_rho: '2e-2'" },
	{ "query_rho: \"0.02\"", "query_rho: \"0.2\"", "more than month_rho" },
	{ "month_rho: \"0.1\"", "month_rho: \"0\"", "month_rho: '0'" },
	{ "month_rho: \"0.1\"", "month_rho: inf", "month_rho: 'inf'" },
	{ "query_epsilon: \"2.0\"", "query_epsilon: \"-0.1\"",
	    "query_epsilon: '-0.1'" },
	{ "query_epsilon: \"2.0\"", "query_epsilon: \"2.000000001\"",
	    "query_epsilon: more than month_epsilon" },
	{ "month_epsilon: \"2.0\"", "month_epsilon: \"1.9\"",
	    "query_epsilon: more than month_epsilon" },
	{ "month_epsilon: \"2.0\"", "month_epsilon: lots",
	    "month_epsilon: 'lots'" },
	{ "month_epsilon: \"2.0\"", "month_tv: \"2.0\"",
	    "unknown key 'month_tv'" },
	{ "max_life: 30d", "max_life: 31d", "max_life: longer" },
	{ "max_life: 30d", "max_life: 30", "max_life: '30'" },
	{ "demo: false", "demo: no", "demo: 'no'" },
	{ "demo: false", "demo: maybe", "demo: 'maybe'" },
	{ "synthetic: false", "synthetic: yes", "synthetic: 'yes'" },
	{ "node: \"gwent\"", "node: \"Gwent\"", "node: 'Gwent'" },
	{ "police.asb", "police.crime", "source: 'police.crime' twice" },
	{ "police.asb", "police.stops", "source: 'police.stops' is no" },
	{ "police.asb", "police.ASB", "source: 'police.ASB' is no" },
	{ "unit: person", "unit: people", "unit: 'people'" },
	{ "report\n    unit: record", "report\n    unit: person\n    domain: x",
	    "unit: 'person', but no person is told apart in platform.report; "
	    "write unit: record" },
	{ "    domain: \"nhs.patient\"\n", "", "persons without a domain" },
	{ "domain: \"nhs.patient\"", "domain: \"A B\"", "domain: 'A B'" },
	{ "finest_area: msoa11", "finest_area: lsoa11",
	    "finest_area: edu.exclusion is never kept finer than msoa11" },
	{ "finest_area: lad", "finest_area: msoa11",
	    "finest_area: platform.report is never kept finer than lad" },
	{ "finest_cell_m: 0", "finest_cell_m: 16000",
	    "finest_cell_m: edu.exclusion is kept by area only; write 0" },
	{ "2021-01..2021-12", "2021-12..2021-01", "months: '2021-12" },
	{ "2021-01..2021-12", "2021-13", "months: '2021-13'" },
	{ "2021-01..2021-12", "1969-12..2021-01", "months: '1969" },
	{ "2021-01..2021-12", "2021-01..2170-01", "months: '2021" },
	{ "finest_area: lsoa11", "finest_area: grid", "finest_area: 'grid'" },
	{ "finest_area: lsoa11", "finest_area: ward", "finest_area: 'ward'" },
	{ "finest_cell_m: 1000", "finest_cell_m: 500", "finest_cell_m: 500" },
	{ "finest_cell_m: 1000", "finest_cell_m: 1500", "finest_cell_m: " },
	{ "finest_cell_m: 1000", "finest_cell_m: 32000", "finest_cell_m: " },
	{ "[violence", "[guns", "themes: 'guns'" },
	{ "[violence, asb", "[asb, asb", "themes: 'asb' twice" },
	{ "sources:\n", "source:\n", "unknown key 'source'" },
	{ "demo: false", "demo: false\nshare: true", "unknown key 'share'" },
	{ "demo: false", "demo: false\ndemo: true", "the same key" },
};

static void
test_a_doubtful_policy_is_refused_with_its_place(void **state)
{
	struct policy p = usual();
	char *text = text_of(&p);

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char *changed = replaced(text, bad[i].from, bad[i].to);
		struct fault fault = { "" };
		struct policy out, before;
		unsigned line = 0, column = 0;

		memset(&out, 0x5a, sizeof(out));
		before = out;
		if (policy_read(&out, changed, strlen(changed), "policy.yaml",
			&fault) != E_CONFIG ||
		    strstr(fault.text, bad[i].fault) == NULL ||
		    strstr(fault.text, "; ") == NULL ||
		    sscanf(fault.text, "policy.yaml:%u:%u: ", &line, &column) !=
			2 ||
		    line < 2)
			fail_msg("%s: %s", bad[i].to, fault.text);
		assert_memory_equal(&out, &before, sizeof(out));
		free(changed);
	}
	free(text);
}

static void
test_a_fault_names_the_very_line(void **state)
{
	struct policy p = usual();
	char *text = text_of(&p), *changed;
	struct fault fault;
	struct policy out;
	char want[64];
	unsigned line = 1;

	(void)state;
	changed = replaced(text, "unit: person", "unit: nobody");
	for (const char *s = changed; s < strstr(changed, "unit: nobody"); s++)
		line += *s == '\n';
	(void)snprintf(want, sizeof(want), "p:%u:11: unit: 'nobody'", line);
	assert_int_equal(
	    policy_read(&out, changed, strlen(changed), "p", &fault), E_CONFIG);
	assert_int_equal(strncmp(fault.text, want, strlen(want)), 0);
	free(changed);
	free(text);
}

/* Of a hospital both units can be kept; of the police one. */
static void
test_persons_are_promised_only_where_they_are_told_apart(void **state)
{
	static const struct {
		const char *from, *to;
		enum err want;
	} cases[] = {
		{ "unit: person", "unit: record", E_OK },
		{ "police.crime\n    unit: record",
		    "police.crime\n    unit: person\n    domain: victim",
		    E_OK },
		{ "police.asb\n    unit: record",
		    "police.asb\n    unit: person\n    domain: police.person",
		    E_OK },
		{ "platform.report\n    unit: record",
		    "platform.report\n    unit: person\n    domain: reporter",
		    E_CONFIG },
	};
	struct policy p = usual(), out;
	char *text = text_of(&p);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *changed = replaced(text, cases[i].from, cases[i].to);

		assert_int_equal(
		    policy_read(&out, changed, strlen(changed), "p", NULL),
		    cases[i].want);
		free(changed);
	}
	free(text);
}

static void
test_every_prefix_is_read_or_refused(void **state)
{
	struct policy p = usual();
	char *text = text_of(&p);

	(void)state;
	for (size_t n = 0; n < strlen(text); n++) {
		struct fault fault = { "" };
		char *exact = malloc(n == 0 ? 1 : n);
		struct policy out;

		memcpy(exact, text, n);
		if (n + 2 < strlen(text)) {
			assert_int_equal(
			    policy_read(&out, exact, n, "p", &fault), E_CONFIG);
			assert_true(fault.text[0] != '\0');
		}
		free(exact);
	}
	free(text);
}

static void
test_domains_are_counted_among_persons_only(void **state)
{
	struct policy p = usual();
	const uint32_t police = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;

	(void)state;
	assert_int_equal(policy_domains(&p, police), 1);
	/* patients, one key for both of the NHS; and pupils */
	assert_int_equal(policy_domains(&p, SOURCE_ALL), 2);
	assert_int_equal(
	    policy_domains(&p, SOURCE_NHS_ED | SOURCE_NHS_AMBULANCE), 1);
	p.sources[0].person = p.sources[1].person = true;
	strcpy(p.sources[0].domain, "victim");
	strcpy(p.sources[1].domain, "victim");
	assert_int_equal(policy_domains(&p, police), 1);
	assert_int_equal(policy_domains(&p, SOURCE_ALL), 3);
	strcpy(p.sources[1].domain, "caller");
	assert_int_equal(policy_domains(&p, police), 2);
	assert_int_equal(policy_domains(&p, SOURCE_ALL), 4);
	assert_int_equal(policy_domains(&p, SOURCE_POLICE_ASB), 1);
	assert_int_equal(policy_domains(&p, 0), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_default_is_careful),
		cmocka_unit_test(test_a_written_policy_is_read_back),
		cmocka_unit_test(
		    test_a_policy_spends_no_epsilon_that_it_does_not_say),
		cmocka_unit_test(test_the_hash_is_of_the_bytes),
		cmocka_unit_test(
		    test_a_doubtful_policy_is_refused_with_its_place),
		cmocka_unit_test(test_a_fault_names_the_very_line),
		cmocka_unit_test(
		    test_persons_are_promised_only_where_they_are_told_apart),
		cmocka_unit_test(test_every_prefix_is_read_or_refused),
		cmocka_unit_test(test_domains_are_counted_among_persons_only),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
