/* Promises of client/compile and client/choice: what a wish becomes, and what
 * is said when it cannot become anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/spread.h"
#include "made.h"
#include "model/grid.h"
#include "model/theme.h"
#include "client/contract.h"
#include "policies/price.h"

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
assert_priced(const struct query *q)
{
	struct price price;

	assert_int_equal(price_make(&price, &q->q), E_OK);
	assert_int_equal(q->q.charge_nrho, price.cost.nrho);
	assert_int_equal(q->q.charge_neps, price.cost.neps);
	assert_int_equal(q->q.charge_tv, price.cost.tv);
}

static void
test_the_charge_is_what_the_noise_costs(void **state)
{
	static const struct {
		const char *privacy;
		uint64_t most, least; /* nano */
	} wished[] = {
		{ "privacy: {rho: \"0.02\"}", 20000000, 20000000 },
		{ "privacy: {rho: 0.000001}", 1000, 1000 },
		{ "privacy: {rho: 10}", 10000000000, 10000000000 },
		{ "privacy: {rho: 0.0333}", 33300000, 33290000 },
		{ "privacy: {epsilon: 0.5}", 500000000, 500000000 },
		{ "privacy: {epsilon: 0.3333, pure: true}", 333300000,
		    333200000 },
		{ "privacy: {s2: 12.5}", 40000000, 40000000 },
		{ "privacy: {sd: 40}", 312500, 312500 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wished) / sizeof(wished[0]); i++) {
		struct query q = query_of(wished[i].privacy, NULL);
		uint64_t nano = q.q.charge_nrho + q.q.charge_neps;

		print_message("%s\n", wished[i].privacy);
		assert_priced(&q);
		assert_true(nano <= wished[i].most);
		assert_true(nano >= wished[i].least);
	}
	assert_int_equal(
	    query_of(wished[6].privacy, NULL).q.histograms[0].num, 25);
	assert_int_equal(
	    query_of(wished[6].privacy, NULL).q.histograms[0].den, 2);
	assert_int_equal(query_of(wished[5].privacy, NULL).q.charge_tv, 0);
}

/* Histograms as "level/by", "level+x+y" in order. */
static void
histograms_text(char *out, const struct question *q)
{
	out[0] = 0;
	for (uint16_t i = 0; i < q->n_histograms; i++)
		sprintf(out + strlen(out), "%s%u/%u", i == 0 ? "" : " ",
		    (unsigned)q->histograms[i].level,
		    (unsigned)q->histograms[i].by);
}

static const struct {
	const char *a, *b;
	uint32_t strategy;
	const char *histograms; /* NULL: too many */
	uint64_t asked;         /* nano; 0: what the noise costs */
} plans[] = {
	/* one level, one time: nothing helps */
	{ NULL, NULL, STRATEGY_NESTED, "0/3", 20000000 },
	{ "privacy: {epsilon: 1}", NULL, STRATEGY_NESTED, "0/3", 1000000000 },
	/* levels: a tree */
	{ "geography: {kind: lsoa11, levels: [msoa11, lad], forces: all}", NULL,
	    STRATEGY_NESTED, "0/3 1/3 2/3", 20000000 },
	{ "geography: {kind: grid, levels: [2000, 4000], forces: all}", NULL,
	    STRATEGY_NESTED, "0/3 1/3 2/3", 20000000 },
	/* months and their sum: marginals */
	{ "geography: {kind: lsoa11, levels: [msoa11], forces: all}",
	    "per: month", STRATEGY_NESTED, "0/3 0/1 1/3 1/1", 20000000 },
	/* Laplace noise keeps all apart */
	{ "privacy: {epsilon: 1}", "per: month", STRATEGY_NESTED, "0/3",
	    1000000000 },
	/* running totals: blocks of time */
	{ "per: running", NULL, STRATEGY_RUNNING, "0/3 1/3 2/3 3/3 4/3",
	    20000000 },
	{ "per: running", "months: 2021-05", STRATEGY_RUNNING, "0/3",
	    20000000 },
	{ "per: running", "privacy: {sd: 5}", STRATEGY_RUNNING, "0/3", 0 },
	/* rectangles: bands */
	{ "geography: {kind: grid, ranges: true, forces: all}", NULL,
	    STRATEGY_HAAR, NULL, 20000000 },
	{ "geography: {kind: grid, ranges: true, forces: all}",
	    "privacy: {epsilon: 1, pure: true}", STRATEGY_HAAR, NULL,
	    1000000000 },
	/* the noise itself, on levels */
	{ "geography: {kind: lsoa11, levels: lad, forces: all}",
	    "privacy: {sd: 5}", STRATEGY_NESTED, "0/3", 0 },
};

static void
test_the_strategy_fits_what_is_published(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct query q = query_of(plans[i].a, plans[i].b);
		uint64_t nano = q.q.charge_nrho + q.q.charge_neps;
		char text[QUERY_HISTOGRAMS_MAX * 8];

		histograms_text(text, &q.q);
		print_message("%zu %s\n", i, text);
		assert_priced(&q);
		assert_int_equal(q.q.strategy, plans[i].strategy);
		if (plans[i].histograms != NULL)
			assert_string_equal(text, plans[i].histograms);
		else
			assert_int_equal(q.q.n_histograms,
			    (question_bits(q.q.cols) + 1) *
				(question_bits(q.q.rows) + 1));
		if (plans[i].asked == 0)
			continue;
		assert_true(nano <= plans[i].asked);
		assert_true(nano >= plans[i].asked - plans[i].asked / 1000);
	}
}

static void
test_a_strategy_that_is_named_is_taken(void **state)
{
	struct doc *doc;
	struct query q;
	const char *tree = "per: month\nstrategy: tree";
	char text[100];

	(void)state;
	assert_int_equal(made_query(&q, &doc, roster, ground, tree,
			     "geography: {kind: lsoa11, levels: msoa11, "
			     "forces: all}"),
	    E_OK);
	doc_free(doc);
	histograms_text(text, &q.q);
	assert_string_equal(text, "0/3 1/3");
	assert_int_equal(made_query(&q, &doc, roster, ground,
			     "per: month\nstrategy: identity",
			     "geography: {kind: lsoa11, levels: msoa11, "
			     "forces: all}"),
	    E_OK);
	doc_free(doc);
	histograms_text(text, &q.q);
	assert_string_equal(text, "0/3");
}

/* What a wish for an accuracy says of itself. */
static const struct {
	const char *a, *b;
	struct contract c;
} contracts[] = {
	{ "privacy: {accuracy: {plus_minus: 10}}", NULL,
	    { 0, TERMS_TOTAL, 10, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 0.5}}", "nodes: gwent",
	    { 0, TERMS_TOTAL, 0.5, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 10, confidence: 0.999}}", NULL,
	    { 0, TERMS_TOTAL, 10, 0.001, 0 } },
	{ "privacy: {accuracy: {plus_minus: 400}}", NULL,
	    { 0, TERMS_TOTAL, 400, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 10, noise: laplace}}", NULL,
	    { 0, TERMS_TOTAL, 10, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 20, level: lad}}",
	    "geography: {kind: msoa11, levels: lad, forces: all}",
	    { 1, TERMS_TOTAL, 20, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 20, level: lad, noise: laplace}}",
	    "geography: {kind: msoa11, levels: lad, forces: all}",
	    { 1, TERMS_TOTAL, 20, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 30, per: total}}", "per: month",
	    { 0, TERMS_TOTAL, 30, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 30}}", "per: month",
	    { 0, TERMS_MONTH, 30, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 30}}", "per: running",
	    { 0, TERMS_RUNNING, 30, 0.05, 0 } },
	{ "privacy: {accuracy: {plus_minus: 30}}",
	    "geography: {kind: grid, ranges: true, forces: Gwent}",
	    { 0, TERMS_TOTAL, 30, 0.05, 0 } },
};

/* Met with the charge, not met with a nano-unit less, of the same shares. */
static void
test_an_accuracy_becomes_the_least_charge(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(contracts) / sizeof(contracts[0]); i++) {
		struct query q = query_of(contracts[i].a, contracts[i].b);
		struct ladder *l = NULL;
		struct scheme s;
		uint64_t nano = q.q.charge_nrho + q.q.charge_neps, again;
		bool met = false;

		print_message(
		    "%s: %llu\n", contracts[i].a, (unsigned long long)nano);
		assert_priced(&q);
		assert_int_equal(ladder_new(&l, &q.q, ground->areas), E_OK);
		assert_int_equal(
		    contract_met(&met, &q.q, l, &contracts[i].c), E_OK);
		assert_true(met);
		assert_int_equal(scheme_of(&s, &q.q), E_OK);
		assert_int_equal(
		    contract_charge(&again, &q.q, &s, l, &contracts[i].c),
		    E_OK);
		/* shares from rounded charges: the same but for that */
		assert_true(again <= nano + nano / 10000);
		assert_true(again >= nano - nano / 1000);
		assert_int_equal(scheme_apply(&q.q, &s, again - 1), E_OK);
		assert_int_equal(
		    contract_met(&met, &q.q, l, &contracts[i].c), E_OK);
		assert_false(met);
		ladder_free(l);
	}
}

/* What any noise keeps costs the least there is. */
static void
test_a_loose_accuracy_costs_one_unit(void **state)
{
	struct query q =
	    query_of("privacy: {accuracy: {plus_minus: 1000000}}", NULL);

	(void)state;
	assert_priced(&q);
	assert_int_equal(q.q.charge_nrho, 1);
}

/* Of one level and one histogram the answer is known: the smallest variance
 * parameter of thousandths whose exact law of the sum keeps it. */
static void
test_the_least_charge_is_the_exact_law_s(void **state)
{
	struct query q =
	    query_of("privacy: {accuracy: {plus_minus: 10}}", NULL);
	struct noise_law law = { NOISE_GAUSS, q.q.histograms[0].num,
		q.q.histograms[0].den };
	const double chance = 0.05;
	int64_t half;

	(void)state;
	assert_int_equal(q.q.n_histograms, 1);
	assert_int_equal(law.den, 1000);
	assert_int_equal(
	    spread_half_widths(&half, &chance, 1, &law, q.q.n_nodes), E_OK);
	assert_int_equal(half, 10);
	law.num++;
	assert_int_equal(
	    spread_half_widths(&half, &chance, 1, &law, q.q.n_nodes), E_OK);
	assert_int_equal(half, 11);
}

/* With levels, no cheaper way of any strategy is left: a contract costs at most
 * what each strategy would if it were named. */
static void
test_a_contract_takes_the_cheapest_strategy(void **state)
{
	static const char *const named[] = { "identity", "tree" };
	static const char geography[] =
	    "geography: {kind: lsoa11, levels: [msoa11, lad], forces: all}";
	static const char *const levels[] = { "lsoa11", "msoa11", "lad" };
	char text[200];

	(void)state;
	for (size_t l = 0; l < 3; l++) {
		uint64_t best;

		snprintf(text, sizeof(text),
		    "privacy: {accuracy: {plus_minus: 25, level: %s}}",
		    levels[l]);
		best = query_of(text, geography).q.charge_nrho;
		for (size_t i = 0; i < 2; i++) {
			snprintf(text, sizeof(text),
			    "privacy: {accuracy: {plus_minus: 25, level: "
			    "%s}}\nstrategy: %s",
			    levels[l], named[i]);
			assert_true(
			    best <= query_of(text, geography).q.charge_nrho);
		}
	}
}

static void
test_squares_tile_the_coarsest_level(void **state)
{
	struct query q = query_of("geography: {kind: grid, west: 331000, "
				  "south: 187000, cols: 3, rows: 9, levels: "
				  "[2000, 4000]}",
	    NULL);

	(void)state;
	assert_int_equal(q.q.west, 328000);
	assert_int_equal(q.q.south, 184000);
	assert_int_equal(q.q.cols, 8); /* 328 ... 336 holds 331 ... 334 */
	assert_int_equal(q.q.rows, 12);
	assert_int_equal(q.q.level_places[0], 96);
	assert_int_equal(q.q.level_places[1], 24);
	assert_int_equal(q.q.level_places[2], 6);

	q = query_of(
	    "geography: {kind: lsoa11, levels: force, forces: all}", NULL);
	assert_int_equal(q.q.n_levels, 4);
	assert_int_equal(q.q.level_places[3], 2);
	assert_true(q.q.level_places[1] > q.q.level_places[2]);
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
	assert_int_equal(q.q.k, 3); /* a woman was stabbed */
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
	{ "geography: {kind: grid, west: 699000, south: 0, cols: 20, rows: 9}",
	    "nodes: gwent", "q:8:12: the squares reach outside" },
	{ "geography: {kind: grid, west: 0, south: 0, cols: 10, rows: 1100, "
	  "ranges: true}",
	    "nodes: gwent", "q:8:12: ranges take at most 1,024 squares" },
	{ "geography: {kind: grid, west: 0, south: 0, cols: 600, rows: 600, "
	  "ranges: true}",
	    "per: month", "q:8:12: 8,640,024 numbers would be asked for" },
	{ "geography: {kind: grid, west: 0, south: 0, cols: 516, rows: 516, "
	  "ranges: true}",
	    "themes: [violence, asb, robbery]",
	    "q:8:12: each node would send 3,145,731 numbers, at most "
	    "2,097,152" },
	{ "privacy: {rho: 0.000000001}",
	    "geography: {kind: lsoa11, levels: lad, forces: all}",
	    "q:9:10: no noise of a usable size has this charge" },
	{ "privacy: {accuracy: {plus_minus: 0.001, confidence: 0.999999, "
	  "noise: laplace}}",
	    "geography: {kind: lsoa11, levels: lad, forces: all}",
	    "q:9:10: no charge up to 10 gives that accuracy" },
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

		if (e != E_CONFIG)
			print_message("%s was not refused\n", bad[i].a);
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

/* One patient has one key at the ambulance and in the hospital, and two
 * agencies; a node that has more kinds of people has more keys of one. */
static void
test_people_of_new_sources_are_counted(void **state)
{
	static const struct {
		uint32_t hospital, police; /* what the two nodes hold */
		unsigned d, g;
	} cases[] = {
		{ SOURCE_NHS_ED, SOURCE_NHS_AMBULANCE, 1, 2 },
		{ SOURCE_NHS_ED | SOURCE_NHS_AMBULANCE, SOURCE_POLICE_CRIME, 1,
		    2 },
		{ SOURCE_NHS_ED | SOURCE_EDU_EXCLUSION, SOURCE_POLICE_CRIME, 2,
		    2 },
		{ SOURCE_POLICE_CRIME, SOURCE_POLICE_CRIME, 1, 1 },
		{ SOURCE_PLATFORM_REPORT, SOURCE_PLATFORM_REPORT, 1, 1 },
	};
	struct roster *r = made_roster();
	struct query q;
	struct doc *doc;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned m = 0; m < r->n; m++)
			if (r->members[m].sources != 0)
				r->members[m].sources =
				    r->members[m].sector == SECTOR_NHS
					? cases[i].hospital
					: cases[i].police;
		assert_int_equal(
		    made_query(&q, &doc, r, ground,
			"sources: [police.crime, nhs.ed, nhs.ambulance, "
			"edu.exclusion, platform.report]",
			"nodes: [cardiff-uhb, south-wales]"),
		    E_OK);
		assert_int_equal(q.q.d, cases[i].d);
		assert_int_equal(q.q.g, cases[i].g);
		doc_free(doc);
	}
	free(r);
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
		cmocka_unit_test(test_the_strategy_fits_what_is_published),
		cmocka_unit_test(test_a_strategy_that_is_named_is_taken),
		cmocka_unit_test(test_an_accuracy_becomes_the_least_charge),
		cmocka_unit_test(test_a_loose_accuracy_costs_one_unit),
		cmocka_unit_test(test_the_least_charge_is_the_exact_law_s),
		cmocka_unit_test(test_a_contract_takes_the_cheapest_strategy),
		cmocka_unit_test(test_squares_tile_the_coarsest_level),
		cmocka_unit_test(test_multiplicities_are_stated_in_full),
		cmocka_unit_test(test_a_grid_surrounds_its_forces),
		cmocka_unit_test(test_people_of_new_sources_are_counted),
		cmocka_unit_test(
		    test_what_cannot_be_asked_is_answered_at_its_place),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
