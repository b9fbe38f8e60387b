/* Promises of model/query: a checked query has every field in range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/month.h"
#include "model/query.h"
#include "model/theme.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A query that holds in every field; on a grid, or on areas. */
static struct query
good(bool grid)
{
	struct query q = { .version = QUERY_VERSION,
		.title = "Knife crime in South Wales \xe2\x80\x93 2021",
		.purpose = "where and when",
		.project = "serious-violence",
		.researcher = { "cardiff" },
		.roster_epoch = 3,
		.created_at = 1700000000,
		.send_at = 1700003600,
		.close_at = 1700007200,
		.not_after = 1700086400,
		.quorum = 2,
		.q = { .measure = MEASURE_COUNT,
		    .sources = SOURCE_POLICE_CRIME | SOURCE_NHS_ED,
		    .n_themes = 2,
		    .themes = { THEME_VIOLENCE, THEME_KNIFE },
		    .first_month = 612,
		    .n_months = 12,
		    .slicing = SLICE_MONTH,
		    .c = 1,
		    .k = 2,
		    .d = 1,
		    .g = 2,
		    .n_levels = 1,
		    .strategy = STRATEGY_NESTED,
		    .noise = NOISE_GAUSS,
		    .n_histograms = 1,
		    .histograms = { { .by = BY_THEME | BY_TIME,
			.num = 50000,
			.den = 1000 } },
		    .charge_nrho = 20000000,
		    .mode = MODE_PER_NODE,
		    .n_nodes = 2,
		    .nodes = { { "cardiff-ed" }, { "south-wales" } } } };

	if (grid) {
		q.q.geo = GEO_GRID;
		q.q.cell_m = 1000;
		q.q.west = 300000;
		q.q.south = 170000;
		q.q.cols = 40;
		q.q.rows = 30;
		q.q.n_places = 1200;
	} else {
		q.q.geo = GEO_MSOA11;
		q.q.n_areas = 2;
		memcpy(q.q.areas[0], "W15000003", GSS);
		memcpy(q.q.areas[1], "W15000004", GSS);
		q.q.n_places = 300;
		memset(q.q.areas_hash, 7, QUERY_ID);
	}
	q.q.level_places[0] = q.q.n_places;
	return q;
}

#define AT(field) \
	offsetof(struct query, field), sizeof(((struct query *)0)->field)

struct change {
	const char *what;
	size_t at, size;
	uint64_t value;
};

/* Sets one field, of 1, 2, 4 or 8 bytes. */
static void
apply(struct query *q, const struct change *c)
{
	uint8_t *p = (uint8_t *)q + c->at;
	uint16_t v16 = (uint16_t)c->value;
	uint32_t v32 = (uint32_t)c->value;

	if (c->size == 1)
		*p = (uint8_t)c->value;
	else if (c->size == 2)
		memcpy(p, &v16, 2);
	else if (c->size == 4)
		memcpy(p, &v32, 4);
	else
		memcpy(p, &c->value, 8);
}

static void
each(bool grid, const struct change *changes, size_t n, enum err want)
{
	for (size_t i = 0; i < n; i++) {
		struct query q = good(grid);

		apply(&q, &changes[i]);
		if (query_check(&q) != want)
			fail_msg("%s: not %s", changes[i].what,
			    want == E_OK ? "accepted" : "refused");
	}
}

static void
test_good_queries_pass(void **state)
{
	static const struct change edges[] = {
		{ "12 months in one slice", AT(q.slicing), SLICE_SUM },
		{ "from January 1970", AT(q.first_month), 0 },
		{ "until the last month", AT(q.first_month), MONTH_MAX - 11 },
		{ "c 16", AT(q.c), 16 },
		{ "k 1", AT(q.k), 1 },
		{ "d 65535", AT(q.d), 65535 },
		{ "largest s2", AT(q.histograms[0].num), UINT32_MAX },
		{ "a charge of distance", AT(q.charge_tv), 1 },
		{ "all sources", AT(q.sources), SOURCE_ALL },
		{ "sent at once", AT(send_at), 1700000000 },
		{ "valid until it closes", AT(not_after), 1700007200 },
		{ "30 days", AT(not_after), 1700000000 + QUERY_LIFE_S },
		{ "quorum 1", AT(quorum), 1 },
		{ "no title", AT(title[0]), 'k' },
	};
	struct query q = good(true);

	(void)state;
	assert_int_equal(query_check(&q), E_OK);
	memset(q.title, 0, QUERY_TITLE);
	assert_int_equal(query_check(&q), E_OK);
	memset(q.title, 'x', QUERY_TITLE - 1);
	assert_int_equal(query_check(&q), E_OK);
	q = good(false);
	assert_int_equal(query_check(&q), E_OK);
	each(true, edges, COUNT(edges), E_OK);
	each(false, edges, COUNT(edges), E_OK);
}

static void
test_every_field_out_of_range_is_refused(void **state)
{
	static const struct change both[] = {
		{ "version 0", AT(version), 0 },
		{ "version 3", AT(version), QUERY_VERSION + 1 },
		{ "title not ended", AT(title[QUERY_TITLE - 1]), 'x' },
		{ "purpose not ended", AT(purpose[QUERY_TITLE - 1]), 'x' },
		{ "project not ended", AT(project[QUERY_TITLE - 1]), 'x' },
		{ "bytes after the title", AT(title[QUERY_TITLE - 2]), 'x' },
		{ "bytes after the purpose", AT(purpose[100]), 'x' },
		{ "bytes after the project", AT(project[100]), 'x' },
		{ "newline in the title", AT(title[5]), '\n' },
		{ "DEL in the purpose", AT(purpose[5]), 0x7f },
		{ "stray byte in the project", AT(project[5]), 0x80 },
		{ "no researcher", AT(researcher.s[0]), 0 },
		{ "researcher in capitals", AT(researcher.s[1]), 'A' },
		{ "researcher not padded", AT(researcher.s[PARTY_ID - 1]), 1 },
		{ "created after it is sent", AT(created_at), 1700003601 },
		{ "sent when it closes", AT(send_at), 1700007200 },
		{ "closes after its life", AT(close_at), 1700086401 },
		{ "lives 30 days and a second", AT(not_after),
		    1700000000 + QUERY_LIFE_S + 1 },
		{ "created in 1970", AT(created_at), 0 },
		{ "lives for ever", AT(not_after), UINT64_MAX },
		{ "no quorum", AT(quorum), 0 },
		{ "quorum above the nodes", AT(quorum), 3 },
		{ "no measure", AT(q.measure), 0 },
		{ "measure 2", AT(q.measure), 2 },
		{ "no source", AT(q.sources), 0 },
		{ "unknown source", AT(q.sources), SOURCE_ALL + 1 },
		{ "no theme", AT(q.n_themes), 0 },
		{ "17 themes", AT(q.n_themes), QUERY_THEMES_MAX + 1 },
		{ "unknown theme", AT(q.themes[1]), THEMES },
		{ "theme twice", AT(q.themes[1]), THEME_VIOLENCE },
		{ "theme after the last", AT(q.themes[2]), THEME_VAWG },
		{ "theme far after the last",
		    AT(q.themes[QUERY_THEMES_MAX - 1]), 1 },
		{ "no month", AT(q.n_months), 0 },
		{ "121 months", AT(q.n_months), QUERY_MONTHS_MAX + 1 },
		{ "past the last month", AT(q.first_month), MONTH_MAX - 10 },
		{ "month 65535", AT(q.first_month), 65535 },
		{ "slicing 0", AT(q.slicing), 0 },
		{ "slicing 3", AT(q.slicing), 3 },
		{ "geo 0", AT(q.geo), 0 },
		{ "geo 6", AT(q.geo), GEO_FORCE + 1 },
		{ "no place", AT(q.n_places), 0 },
		{ "too many places", AT(q.n_places), QUERY_CELLS_MAX },
		{ "places wrap", AT(q.n_places), UINT32_MAX },
		{ "c 0", AT(q.c), 0 },
		{ "c 17", AT(q.c), QUERY_C_MAX + 1 },
		{ "k 0", AT(q.k), 0 },
		{ "k above the themes", AT(q.k), 3 },
		{ "d 0", AT(q.d), 0 },
		{ "g 0", AT(q.g), 0 },
		{ "strategy 0", AT(q.strategy), 0 },
		{ "strategy 4", AT(q.strategy), STRATEGY_HAAR + 1 },
		{ "bands that are not there", AT(q.strategy), STRATEGY_HAAR },
		{ "no histogram", AT(q.n_histograms), 0 },
		{ "129 histograms", AT(q.n_histograms),
		    QUERY_HISTOGRAMS_MAX + 1 },
		{ "a histogram missing", AT(q.n_histograms), 2 },
		{ "after the last histogram",
		    AT(q.histograms[QUERY_HISTOGRAMS_MAX - 1].den), 1 },
		{ "num 0", AT(q.histograms[0].num), 0 },
		{ "den 0", AT(q.histograms[0].den), 0 },
		{ "counts only added up", AT(q.histograms[0].by), BY_THEME },
		{ "another axis", AT(q.histograms[0].by), 7 },
		{ "a level not there", AT(q.histograms[0].level), 1 },
		{ "a band in a nest", AT(q.histograms[0].x), 1 },
		{ "another band", AT(q.histograms[0].y), 1 },
		{ "no level", AT(q.n_levels), 0 },
		{ "six levels", AT(q.n_levels), QUERY_LEVELS_MAX + 1 },
		{ "a level of nothing", AT(q.n_levels), 2 },
		{ "places not those of level 0", AT(q.level_places[0]), 299 },
		{ "a level after the last", AT(q.level_places[1]), 1 },
		{ "noise 0", AT(q.noise), 0 },
		{ "noise 4", AT(q.noise), NOISE_LAPLACE_PURE + 1 },
		{ "epsilon of Gaussian noise", AT(q.charge_neps), 1 },
		{ "rho of Laplace noise", AT(q.noise), NOISE_LAPLACE },
		{ "no charge", AT(q.charge_nrho), 0 },
		{ "mode 0", AT(q.mode), 0 },
		{ "mode 2", AT(q.mode), 2 },
		{ "no node", AT(q.n_nodes), 0 },
		{ "65 nodes", AT(q.n_nodes), QUERY_NODES_MAX + 1 },
		{ "a node missing", AT(q.n_nodes), 3 },
		{ "a node too many", AT(q.n_nodes), 1 },
		{ "nodes fall", AT(q.nodes[0].s[0]), 'z' },
		{ "node without a name", AT(q.nodes[0].s[0]), 0 },
		{ "node not padded", AT(q.nodes[1].s[PARTY_ID - 1]), 'x' },
		{ "node after the last", AT(q.nodes[2].s[0]), 'z' },
		{ "bytes after the nodes",
		    AT(q.nodes[QUERY_NODES_MAX - 1].s[PARTY_ID - 1]), 1 },
	};
	static const struct change grid[] = {
		{ "areas beside a grid", AT(q.n_areas), 1 },
		{ "area beside a grid", AT(q.areas[0][0]), 'W' },
		{ "hash beside a grid", AT(q.areas_hash[31]), 1 },
		{ "cell 0", AT(q.cell_m), 0 },
		{ "cell 500", AT(q.cell_m), 500 },
		{ "cell 3000", AT(q.cell_m), 3000 },
		{ "cell 32000", AT(q.cell_m), 32000 },
		{ "not aligned", AT(q.west), 300001 },
		{ "not aligned either", AT(q.south), 170125 },
		{ "no column", AT(q.cols), 0 },
		{ "no row", AT(q.rows), 0 },
		{ "a row more than places", AT(q.rows), 31 },
		{ "rows wrap", AT(q.rows), 1U << 31 },
		{ "off the map", AT(q.west), 700000 },
		{ "over the edge", AT(q.west), 676000 },
		{ "places not cols * rows", AT(q.n_places), 1201 },
		{ "a grid without a grid", AT(q.geo), GEO_LSOA11 },
	};
	static const struct change areas[] = {
		{ "no area", AT(q.n_areas), 0 },
		{ "65 areas", AT(q.n_areas), QUERY_AREAS_MAX + 1 },
		{ "an area missing", AT(q.n_areas), 3 },
		{ "an area too many", AT(q.n_areas), 1 },
		{ "area twice", AT(q.areas[0][8]), '4' },
		{ "areas fall", AT(q.areas[0][8]), '5' },
		{ "area not ended", AT(q.areas[1][9]), '4' },
		{ "area cut", AT(q.areas[0][8]), 0 },
		{ "area of letters", AT(q.areas[0][5]), 'x' },
		{ "area in small letters", AT(q.areas[1][0]), 'w' },
		{ "bytes after the areas",
		    AT(q.areas[QUERY_AREAS_MAX - 1][GSS - 1]), 1 },
		{ "cell beside areas", AT(q.cell_m), 1000 },
		{ "west beside areas", AT(q.west), 1000 },
		{ "south beside areas", AT(q.south), 1000 },
		{ "cols beside areas", AT(q.cols), 1 },
		{ "rows beside areas", AT(q.rows), 1 },
		{ "areas without areas", AT(q.geo), GEO_GRID },
		/* 2 themes, 12 months: 43,690 cells a slice at most */
		{ "a cell too many", AT(q.n_places), 43690 },
	};

	(void)state;
	each(true, both, COUNT(both), E_RANGE);
	each(false, both, COUNT(both), E_RANGE);
	each(true, grid, COUNT(grid), E_RANGE);
	each(false, areas, COUNT(areas), E_RANGE);
}

/* The largest answer is accepted, one place more is not. */
static void
test_cells_are_limited(void **state)
{
	struct query q = good(false);

	(void)state;
	q.q.n_places = QUERY_CELLS_MAX / 24 - 1;
	q.q.level_places[0] = q.q.n_places;
	assert_int_equal(query_check(&q), E_OK);
	assert_true(question_cells(&q.q) <= QUERY_CELLS_MAX);
	q.q.level_places[0] = ++q.q.n_places;
	assert_int_equal(query_check(&q), E_RANGE);
}

/* Two levels with everything measured and added up: 4 x 2 histograms. */
static struct query
nested(bool grid)
{
	struct query q = good(grid);

	q.q.n_levels = 2;
	q.q.level_places[1] = grid ? 300 : 40;
	q.q.n_histograms = 8;
	for (unsigned i = 0; i < 8; i++)
		q.q.histograms[i] = (struct histogram){ .by = 3 - i % 4,
			.level = (uint8_t)(i / 4),
			.num = i + 1,
			.den = 1 };
	return q;
}

static void
test_levels_and_marginals_are_in_order(void **state)
{
	static const struct change bad[] = {
		{ "a histogram twice", AT(q.histograms[3].by), 1 },
		{ "levels fall", AT(q.histograms[1].level), 1 },
		{ "three levels", AT(q.n_levels), 3 },
		{ "more places above", AT(q.level_places[1]), 1201 },
		{ "no place above", AT(q.level_places[1]), 0 },
		{ "a level that is not there", AT(q.histograms[7].level), 2 },
		{ "a band", AT(q.histograms[7].x), 1 },
		{ "no noise", AT(q.histograms[5].den), 0 },
		{ "themes added up under Laplace noise", AT(q.noise),
		    NOISE_LAPLACE },
		{ "one slice that is added up", AT(q.slicing), SLICE_SUM },
	};
	struct query q;

	(void)state;
	for (int grid = 0; grid < 2; grid++) {
		q = nested(grid == 1);
		assert_int_equal(query_check(&q), E_OK);
		for (size_t i = 0; i < COUNT(bad); i++) {
			q = nested(grid == 1);
			apply(&q, &bad[i]);
			if (query_check(&q) != E_RANGE)
				fail_msg("%s", bad[i].what);
		}
	}
	q = nested(true); /* 40 x 30 squares from 300, 170 km */
	q.q.rows = 31;
	q.q.level_places[0] = q.q.n_places = 1240;
	assert_int_equal(query_check(&q), E_RANGE);
	q = nested(true);
	q.q.west += 1000;
	assert_int_equal(query_check(&q), E_RANGE);
}

static void
test_running_totals_have_blocks_of_time(void **state)
{
	struct query q = good(true);

	(void)state;
	q.q.strategy = STRATEGY_RUNNING;
	q.q.n_histograms = 5;
	for (unsigned i = 0; i < 5; i++)
		q.q.histograms[i] = (struct histogram){
			.by = 3, .level = (uint8_t)i, .num = 1, .den = 1
		};
	assert_int_equal(query_check(&q), E_OK);
	for (unsigned i = 0; i < 5; i++) /* 12, 6, 3, 2, 1 */
		assert_int_equal(question_histogram(&q.q, i),
		    2 * ((12 + (1 << i) - 1) >> i) * 1201);
	q.q.histograms[4].level = 5;
	assert_int_equal(query_check(&q), E_RANGE);
	q.q.histograms[4].level = 3;
	assert_int_equal(query_check(&q), E_RANGE);
	q.q.histograms[4].level = 4;
	q.q.histograms[4].by = BY_TIME;
	assert_int_equal(query_check(&q), E_RANGE);
	q.q.histograms[4].by = 3;
	q.q.slicing = SLICE_SUM;
	assert_int_equal(query_check(&q), E_RANGE);
}

/* 40 x 30 squares lie in 64 x 32: 7 x 6 bands. */
static void
test_haar_has_every_band_once(void **state)
{
	struct query q = good(true);
	uint32_t cells = 0;

	(void)state;
	q.q.strategy = STRATEGY_HAAR;
	q.q.n_histograms = 42;
	for (unsigned i = 0; i < 42; i++)
		q.q.histograms[i] = (struct histogram){ .by = 3,
			.x = (uint8_t)(i % 7),
			.y = (uint8_t)(i / 7),
			.num = 1,
			.den = 1 };
	assert_int_equal(query_check(&q), E_OK);
	for (unsigned i = 0; i < 42; i++)
		cells += question_histogram(&q.q, i);
	assert_int_equal(cells, 2 * 12 * (64 * 32 + 1));
	assert_int_equal(question_answer(&q.q), cells);
	q.q.n_histograms = 41;
	assert_int_equal(query_check(&q), E_RANGE);
	q.q.n_histograms = 42;
	q.q.histograms[3].x = 4;
	assert_int_equal(query_check(&q), E_RANGE);
	q = good(false);
	q.q.strategy = STRATEGY_HAAR;
	assert_int_equal(query_check(&q), E_RANGE);
	for (uint32_t rows = 1024; rows <= 1025; rows++) { /* 2^10, 2^11 */
		unsigned ny = question_bits(rows) + 1;

		q = good(true);
		q.q.south = 0;
		q.q.cols = 1;
		q.q.level_places[0] = q.q.n_places = q.q.rows = rows;
		q.q.strategy = STRATEGY_HAAR;
		q.q.n_histograms = (uint16_t)ny;
		for (unsigned i = 0; i < ny; i++)
			q.q.histograms[i] = (struct histogram){
				.by = 3, .y = (uint8_t)i, .num = 1, .den = 1
			};
		assert_int_equal(
		    query_check(&q), rows == 1024 ? E_OK : E_RANGE);
	}
}

/* A square of some level of a question: metres. */
struct square {
	uint64_t west, south, side;
};

static struct square
some_square(const struct question *q, uint32_t any)
{
	uint32_t level = any % q->n_levels,
		 place = any % q->level_places[level];
	uint32_t side = q->cell_m << level, cols = q->cols >> level;

	return (struct square){ q->west + (uint64_t)(place % cols) * side,
		q->south + (uint64_t)(place / cols) * side, side };
}

static bool
holds(const struct square *a, const struct square *b)
{
	return a->west <= b->west && a->south <= b->south &&
	       b->west + b->side <= a->west + a->side &&
	       b->south + b->side <= a->south + a->side;
}

static bool
meet(const struct square *a, const struct square *b)
{
	return a->west < b->west + b->side && b->west < a->west + a->side &&
	       a->south < b->south + b->side && b->south < a->south + a->side;
}

/* A circle around a house, moved by a metre and asked again, would tell who
 * lives at its edge.  Whatever the bytes say, places that two questions can ask
 * about are apart, the same, or one inside the other. */
static void
test_a_free_circle_cannot_be_expressed(void **state)
{
	uint64_t x = 88172645463325252u;
	struct question seen[64];
	unsigned n = 0, met = 0;

	(void)state;
	for (unsigned i = 0; i < 400000 && n < COUNT(seen); i++) {
		struct query q = good(true);
		uint32_t v[6];

		for (unsigned j = 0; j < 6; j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			v[j] = (uint32_t)(x >> 20);
		}
		q.q.cell_m = v[0] % 8 == 0 ? v[0] % 20000 : 1000U << v[0] % 5;
		q.q.west =
		    v[1] % 8 == 0 ? v[1] % 700000 : 300000 + v[1] % 40 * 1000;
		q.q.south =
		    v[2] % 8 == 0 ? v[2] % 1250000 : 160000 + v[2] % 40 * 1000;
		q.q.cols = 4 + v[3] % 12;
		q.q.rows = 4 + v[4] % 12;
		q.q.n_levels = (uint16_t)(1 + v[5] % 3);
		for (unsigned l = 0; l < q.q.n_levels; l++)
			q.q.level_places[l] = (q.q.cols >> l) * (q.q.rows >> l);
		q.q.n_places = q.q.level_places[0];
		if (query_check(&q) == E_OK)
			seen[n++] = q.q;
	}
	assert_int_equal(n, COUNT(seen));
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j++)
			for (uint32_t k = 0; k < 500; k++) {
				struct square a = some_square(&seen[i], k);
				struct square b = some_square(&seen[j], 7 * k);

				met += meet(&a, &b);
				assert_true(!meet(&a, &b) || holds(&a, &b) ||
					    holds(&b, &a));
			}
	if (met < 3000)
		fail_msg("only %u met", met);
}

/* Texts with bytes that are no UTF-8 are refused, others kept. */
static void
test_titles_are_text(void **state)
{
	static const char *const texts[] = { "plain", "\xc2\xa0", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\t", "a\x1b[2J", "\x7f", "\x80",
		"\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x85", "\xc2 ",
		"\xe0\x9f\xbf", "\xe2\x80", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts) + COUNT(bad); i++) {
		bool fine = i < COUNT(texts);
		struct query q = good(true);

		memset(q.title, 0, QUERY_TITLE);
		(void)snprintf(q.title, QUERY_TITLE, "%s",
		    fine ? texts[i] : bad[i - COUNT(texts)]);
		if (query_check(&q) != (fine ? E_OK : E_RANGE))
			fail_msg("text %zu", i);
		/* a character cut by the end of the field */
		if (fine && i > 0) {
			q.title[strlen(q.title) - 1] = '\0';
			assert_int_equal(query_check(&q), E_RANGE);
		}
	}
}

static void
test_cells_are_numbered_without_gaps(void **state)
{
	static const uint32_t slicings[] = { SLICE_SUM, SLICE_MONTH };
	struct query q = good(true);

	(void)state;
	q.q.cols = 3;
	q.q.rows = 2;
	q.q.n_places = 6;
	for (size_t i = 0; i < COUNT(slicings); i++) {
		uint32_t next = 0;

		q.q.slicing = slicings[i];
		assert_int_equal(question_slices(&q.q), i == 0 ? 1 : 12);
		for (uint32_t t = 0; t < q.q.n_themes; t++)
			for (uint32_t s = 0; s < question_slices(&q.q); s++)
				for (uint32_t p = 0; p <= q.q.n_places; p++)
					assert_int_equal(
					    question_cell(&q.q, t, s, p),
					    next++);
		assert_int_equal(question_cells(&q.q), next);
	}
}

static void
test_geographies_and_sources_have_words(void **state)
{
	uint32_t out = 77;

	(void)state;
	for (uint32_t geo = GEO_GRID; geo <= GEO_FORCE; geo++) {
		assert_int_equal(geo_parse(&out, geo_text(geo)), E_OK);
		assert_int_equal(out, geo);
	}
	for (uint32_t bit = 1; bit < SOURCE_ALL; bit <<= 1) {
		assert_int_equal(source_parse(&out, source_text(bit)), E_OK);
		assert_int_equal(out, bit);
	}
	out = 77;
	assert_int_equal(geo_parse(&out, "ward"), E_NOTFOUND);
	assert_int_equal(geo_parse(&out, "?"), E_NOTFOUND);
	assert_int_equal(source_parse(&out, "police"), E_NOTFOUND);
	assert_int_equal(out, 77);
	assert_string_equal(geo_text(0), "?");
	assert_string_equal(geo_text(GEO_FORCE + 1), "?");
	assert_string_equal(source_text(0), "?");
	assert_string_equal(source_text(SOURCE_ALL), "?");
	assert_string_equal(source_text(SOURCE_NHS_ED), "nhs.ed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_queries_pass),
		cmocka_unit_test(test_every_field_out_of_range_is_refused),
		cmocka_unit_test(test_cells_are_limited),
		cmocka_unit_test(test_levels_and_marginals_are_in_order),
		cmocka_unit_test(test_running_totals_have_blocks_of_time),
		cmocka_unit_test(test_haar_has_every_band_once),
		cmocka_unit_test(test_a_free_circle_cannot_be_expressed),
		cmocka_unit_test(test_titles_are_text),
		cmocka_unit_test(test_cells_are_numbered_without_gaps),
		cmocka_unit_test(test_geographies_and_sources_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
