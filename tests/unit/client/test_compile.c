/* Promises of client/compile and client/choice: what a wish becomes, and what
 * is said when it cannot become anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "made.h"
#include "model/grid.h"
#include "model/theme.h"
#include "privacy/charge.h"

static struct ground *ground;
static struct roster *roster;

static int
load(void **state)
{
	char fault[GROUND_FAULT] = "";

	(void)state;
	roster = made_roster();
	if (ground_load(&ground, WARD_DATA, fault) != E_OK) {
		print_message("%s\n", fault);
		return -1;
	}
	return 0;
}

static int
unload(void **state)
{
	(void)state;
	ground_free(ground);
	free(roster);
	return 0;
}

/* Compiles with two lines replaced; it must work. */
static struct query
query_of(const char *a, const char *b)
{
	struct query q;
	struct doc *doc;
	enum err e = made_query(&q, &doc, roster, ground, a, b);

	if (e != E_OK && doc_faults(doc) > 0)
		print_message("%s\n", doc_fault(doc, 0));
	assert_int_equal(e, E_OK);
	assert_int_equal(query_check(&q), E_OK);
	doc_free(doc);
	return q;
}

static void
assert_nodes(const struct query *q, const char *want)
{
	char got[400] = "";

	for (uint16_t i = 0; i < q->q.n_nodes; i++) {
		strcat(got, q->q.nodes[i].s);
		strcat(got, " ");
	}
	assert_string_equal(got, want);
}

static void
test_all_nodes_are_those_that_hold_what_is_asked(void **state)
{
	struct query q = query_of(NULL, NULL);

	(void)state;
	/* neither the one whose time is over nor the one of 2022 */
	assert_nodes(&q, "cardiff-uhb gwent south-wales ");
	assert_int_equal(q.q.n_areas, 2);
	assert_string_equal(q.q.areas[0], "W15000002");
	assert_string_equal(q.q.areas[1], "W15000003");
	assert_int_equal(q.q.n_places, 368 + 810); /* lines of lsoa11.csv */

	q = query_of("sources: nhs.ed", NULL);
	assert_nodes(&q, "cardiff-uhb ");
	q = query_of("geography: {kind: lad, forces: Gwent}", NULL);
	assert_nodes(&q, "gwent ");
	q = query_of("months: 2022-03", NULL);
	assert_nodes(&q, "late ");
	/* a rectangle around Newport */
	q = query_of("geography: {kind: grid, cell_m: 4000, west: 328000, "
		     "south: 184000, cols: 3, rows: 3}",
	    NULL);
	assert_nodes(&q, "gwent ");
}

static void
test_a_node_of_no_area_is_asked_everywhere(void **state)
{
	struct roster *kept = roster, *other = malloc(sizeof(*other));
	struct query q;

	(void)state;
	assert_non_null(other);
	*other = *kept;
	for (unsigned i = 0; i < other->n; i++)
		if (strcmp(other->members[i].id.s, "south-wales") == 0)
			other->members[i].n_covers = 0;
	roster = other;
	q = query_of("geography: {kind: lad, forces: Gwent}", NULL);
	assert_nodes(&q, "gwent south-wales ");
	roster = kept;
	free(other);
}

static void
test_names_become_codes_and_ids_in_order(void **state)
{
	struct query q =
	    query_of("geography: {kind: lad, forces: [south wales, w15000002]}",
		"nodes: [SOUTH-WALES, Gwent Police, late]");

	(void)state;
	assert_string_equal(q.q.areas[0], "W15000002");
	assert_string_equal(q.q.areas[1], "W15000003");
	/* whoever is named is asked, even if it will refuse */
	assert_nodes(&q, "gwent late south-wales ");
}

static void
test_the_frame_is_of_the_roster_and_the_clock(void **state)
{
	struct query q = query_of(NULL, NULL);

	(void)state;
	assert_int_equal(q.roster_epoch, 3);
	assert_memory_equal(q.roster_hash, roster->hash, QUERY_ID);
	assert_memory_equal(q.q.rules_hash, ground->rules_hash, QUERY_ID);
	assert_memory_equal(q.q.areas_hash, ground->areas_hash, QUERY_ID);
	assert_string_equal(q.researcher.s, "analyst");
	assert_int_equal(q.created_at, MADE_NOW);
	assert_int_equal(q.send_at, MADE_NOW + 30);
	assert_int_equal(q.close_at, MADE_NOW + 30 + 7200);
	assert_int_equal(q.not_after, MADE_NOW + 7 * 86400);
}

static void
test_the_charge_is_what_the_noise_costs(void **state)
{
	static const char *const privacy[] = { "privacy: {rho: \"0.02\"}",
		"privacy: {rho: 0.000000001}", "privacy: {rho: 10}",
		"privacy: {rho: 0.0333}", "privacy: {s2: 12.5}",
		"privacy: {sd: 40}" };

	(void)state;
	for (size_t i = 0; i < sizeof(privacy) / sizeof(privacy[0]); i++) {
		struct query q = query_of(privacy[i], NULL);
		struct charge_law law = { q.q.c, q.q.k, q.q.d, q.q.s2_num,
			q.q.s2_den };
		uint64_t nrho = 0;

		print_message("%s\n", privacy[i]);
		assert_int_equal(charge_gauss(&nrho, &law), E_OK);
		assert_int_equal(q.q.charge_nrho, nrho);
	}
	assert_true(query_of(privacy[0], NULL).q.charge_nrho <= 20000000);
	assert_true(query_of(privacy[3], NULL).q.charge_nrho <= 33300000);
	/* not needlessly less either: the variance is the smallest */
	assert_true(query_of(privacy[3], NULL).q.charge_nrho > 33200000);
	assert_int_equal(query_of(privacy[4], NULL).q.s2_num, 25);
	assert_int_equal(query_of(privacy[4], NULL).q.s2_den, 2);
}

static void
test_multiplicities_are_stated_in_full(void **state)
{
	struct query q = query_of(NULL, NULL);
	uint32_t asked = 0;

	(void)state;
	assert_int_equal(q.q.g, 2); /* police and NHS */
	assert_int_equal(q.q.d, 1);
	assert_int_equal(query_of("nodes: [gwent, south-wales]", NULL).q.g, 1);

	q = query_of("themes: [violence, robbery, theft, vawg, knife]", NULL);
	for (uint16_t i = 0; i < q.q.n_themes; i++)
		asked |= 1U << q.q.themes[i];
	assert_int_equal(
	    q.q.k, themes_multiplicity(ground->themes, SOURCE_ALL, asked));
	assert_int_equal(q.q.k, 2); /* violence with a knife is both */
}

static void
test_a_grid_surrounds_its_forces(void **state)
{
	static const char gwent[1][GSS] = { "W15000002" };
	struct query q = query_of(
	    "geography: {kind: grid, cell_m: 2000, forces: Gwent}", NULL);
	struct extent x;

	(void)state;
	assert_int_equal(ground_extent(ground, &x, gwent, 1), E_OK);
	assert_true(grid_good(&q.q));
	assert_int_equal(q.q.n_areas, 0);
	assert_int_equal(q.q.west % 2000, 0);
	assert_int_equal(q.q.south % 2000, 0);
	assert_true(q.q.west <= x.west && x.west < q.q.west + 2000);
	assert_true(q.q.south <= x.south && x.south < q.q.south + 2000);
	assert_true(x.east < q.q.west + q.q.cols * 2000);
	assert_true(x.east >= q.q.west + (q.q.cols - 1) * 2000);
	assert_true(x.north < q.q.south + q.q.rows * 2000);
	assert_true(x.north >= q.q.south + (q.q.rows - 1) * 2000);
	assert_int_equal(q.q.n_places, q.q.cols * q.q.rows);
}

static const struct {
	const char *a, *b, *fault;
} bad[] = {
	{ "nodes: [gwnet]", NULL,
	    "q:10:9: the roster has no node \"gwnet\"; did you mean "
	    "\"gwent\"?" },
	{ "nodes: [Gwent Polise]", NULL,
	    "q:10:9: the roster has no node \"Gwent Polise\"; did you mean "
	    "\"Gwent Police\"?" },
	{ "nodes: [gwent, Gwent Police]", NULL,
	    "q:10:16: node \"Gwent Police\" stands twice" },
	{ "nodes: [gone]", NULL,
	    "q:10:9: the roster (epoch 3) has no node \"gone\"" },
	{ "nodes: [analyst]", NULL,
	    "q:10:9: the roster (epoch 3) has no node \"analyst\"" },
	{ "geography: {kind: lad, forces: [Gwnet]}", NULL,
	    "q:8:33: there is no police force area \"Gwnet\"; did you mean "
	    "\"Gwent\"?" },
	{ "geography: {kind: lad, forces: [E99999999]}", NULL,
	    "q:8:33: there is no police force area \"E99999999\"; write" },
	{ "geography: {kind: lad, forces: [Gwent, W15000002]}", NULL,
	    "q:8:40: force \"W15000002\" stands twice" },
	{ "months: 2019-01", NULL, "q:10:8: no node of the roster (epoch 3)" },
	{ "quorum: 4", NULL, "q:14:9: quorum is 4 but only 3 nodes are asked" },
	{ "geography: {kind: grid, west: 0, south: 0, cols: 700, rows: 1250}",
	    "nodes: gwent",
	    "q:8:12: 1,750,002 numbers would be asked for, at most 1,048,576 "
	    "can be" },
	{ "geography: {kind: grid, west: 699000, south: 0, cols: 9, rows: 9}",
	    "nodes: gwent", "q:8:12: the squares reach outside" },
};

static void
test_what_cannot_be_asked_is_answered_at_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct query q = { .version = 77 };
		struct doc *doc;
		enum err e =
		    made_query(&q, &doc, roster, ground, bad[i].a, bad[i].b);

		assert_int_equal(e, E_CONFIG);
		assert_int_equal(q.version, 77); /* untouched on failure */
		assert_true(doc_faults(doc) > 0);
		if (strncmp(doc_fault(doc, 0), bad[i].fault,
			strlen(bad[i].fault)) != 0)
			print_message("want %s\ngot  %s\n", bad[i].fault,
			    doc_fault(doc, 0));
		assert_memory_equal(
		    doc_fault(doc, 0), bad[i].fault, strlen(bad[i].fault));
		doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_all_nodes_are_those_that_hold_what_is_asked),
		cmocka_unit_test(test_a_node_of_no_area_is_asked_everywhere),
		cmocka_unit_test(test_names_become_codes_and_ids_in_order),
		cmocka_unit_test(test_the_frame_is_of_the_roster_and_the_clock),
		cmocka_unit_test(test_the_charge_is_what_the_noise_costs),
		cmocka_unit_test(test_multiplicities_are_stated_in_full),
		cmocka_unit_test(test_a_grid_surrounds_its_forces),
		cmocka_unit_test(
		    test_what_cannot_be_asked_is_answered_at_its_place),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
