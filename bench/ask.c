#include "bench/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"

const struct ask_kind ask_kinds[ASK_KINDS] = {
	{ "8N", THEME_VIOLENCE, 1600 },
	{ "105A", THEME_VIOLENCE, 1500 },
	{ "9A", THEME_PUBLIC_ORDER, 1200 },
	{ "58C", THEME_DAMAGE, 900 },
	{ "58D", THEME_DAMAGE, 800 },
	{ "46", THEME_THEFT, 900 },
	{ "45", THEME_ASB, 700 },
	{ "28E", THEME_BURGLARY, 600 },
	{ "40", THEME_OTHER, 600 },
	{ "92D", THEME_DRUGS, 200 }, /* ASK_MAP, ASK_GRID */
	{ "39", THEME_VAWG, 300 },
	{ "34B", THEME_ROBBERY, 300 },
	{ "10D", THEME_POSSESSION, 200 },
	{ "90", THEME_KNIFE, 200 },
};

const char ask_forces[ASK_FORCES][GSS] = { "E23000001", "E23000029",
	"E23000033", "E23000034" };

static const char *const names[ASKS] = { "map", "grid", "cross", "box",
	"bound" };

void
ask_need(enum err e, const char *what)
{
	if (e != E_OK) {
		fprintf(stderr, "%s: %s\n", what, err_text(e));
		exit(1);
	}
}

enum ask
ask_parse(const char *s)
{
	for (unsigned i = 0; i < ASKS; i++)
		if (strcmp(s, names[i]) == 0)
			return (enum ask)i;
	ask_need(E_ARG, s);
	return ASKS;
}

const char *
ask_text(enum ask a)
{
	return names[a];
}

static void
read_rules(struct themes **out)
{
	char text[8192];
	size_t n = 0, line = 0;

	n += (size_t)snprintf(text, sizeof(text), "rules,bench,1\n");
	for (unsigned t = 0; t < THEMES; t++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "theme,%s,a category\n", theme_text(t));
	n += (size_t)snprintf(
	    text + n, sizeof(text) - n, "list,ho,codes/ho.csv\n");
	for (unsigned i = 0; i < ASK_KINDS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "rule,police.crime,ho,%s,,,,%s\n", ask_kinds[i].code,
		    theme_text(ask_kinds[i].theme));
	ask_need(themes_parse(out, text, n, &line), "rules of the bench");
}

void
ask_world(struct areas **areas, struct themes **rules)
{
	const char *path = WARD_DATA "/areas/lsoa11.csv";
	size_t len, line;
	char *text;

	ask_need(file_read(&text, &len, path, 1 << 24), path);
	ask_need(areas_parse(areas, text, len, &line), path);
	free(text);
	read_rules(rules);
}

int
ask_category(unsigned theme)
{
	int n = 0;

	for (unsigned t = 0; t < THEMES; t++)
		for (unsigned i = 0; i < ASK_KINDS; i++)
			if (ask_kinds[i].theme == t) {
				if (t == theme)
					return n;
				n++;
				break;
			}
	return -1;
}

static void
ask_grid(struct question *q, uint32_t west, uint32_t south, uint32_t side)
{
	q->geo = GEO_GRID;
	q->slicing = SLICE_SUM;
	q->cell_m = ASK_CELL;
	q->west = west;
	q->south = south;
	q->cols = q->rows = side / ASK_CELL;
	q->n_places = q->cols * q->rows;
}

static void
ask_areas(struct question *q, const struct areas *areas, uint32_t slicing)
{
	struct placing *placing;

	q->geo = GEO_LSOA11;
	q->slicing = slicing;
	q->n_areas = ASK_FORCES;
	memcpy(q->areas, ask_forces, sizeof(ask_forces));
	ask_need(
	    placing_new(&placing, areas, GEO_LSOA11, ask_forces, ASK_FORCES),
	    "places");
	q->n_places = placing_count(placing);
	placing_free(placing);
}

struct question
ask_question(enum ask a, const struct areas *areas)
{
	struct question q = { .measure = MEASURE_COUNT,
		.sources = SOURCE_POLICE_CRIME,
		.first_month = ASK_MONTH,
		.n_months = ASK_MONTHS,
		.n_levels = 1,
		.c = 1,
		.k = 1,
		.d = 1,
		.g = 1,
		.strategy = STRATEGY_NESTED,
		.noise = NOISE_GAUSS,
		.n_histograms = 1,
		.histograms = { { .by = BY_THEME | BY_TIME,
		    .num = 100,
		    .den = 1 } },
		.mode = MODE_PER_NODE,
		.n_nodes = 1 };

	if (a == ASK_MAP || a == ASK_GRID) {
		q.themes[q.n_themes++] = THEME_DRUGS;
		q.n_months = ASK_MONTHS / 2;
	} else {
		for (unsigned t = 0; t < THEMES; t++)
			if (ask_category(t) >= 0)
				q.themes[q.n_themes++] = (uint8_t)t;
	}
	if (a == ASK_GRID)
		ask_grid(&q, ASK_WEST, ASK_SOUTH, ASK_SIDE);
	else if (a == ASK_BOX)
		ask_grid(&q, ASK_BOX_WEST, ASK_BOX_SOUTH, ASK_BOX_SIDE);
	else
		ask_areas(&q, areas, a == ASK_MAP ? SLICE_SUM : SLICE_MONTH);
	if (a == ASK_BOUND)
		q.c = ASK_C;
	q.level_places[0] = q.n_places;
	return q;
}

void
ask_sums(uint64_t out[ASK_SUMS], const uint32_t *cells, uint32_t n)
{
	memset(out, 0, ASK_SUMS * sizeof(*out));
	for (uint64_t i = 0; i < n; i++) {
		uint64_t x = cells[i];

		out[0] += x != 0;
		out[1] += x;
		out[2] += x * (i * 48271 % 65521);
		out[3] += x * (i * 40503 % 65537);
		out[4] += x * x;
	}
}

void
ask_print_sums(const uint64_t sums[ASK_SUMS])
{
	for (unsigned i = 0; i < ASK_SUMS; i++)
		printf("%s%" PRIu64, i == 0 ? "[" : ", ", sums[i]);
	printf("]");
}
