/*
 * tests/ct/ct_measure.c -- do branches or indices depend on an exact count
 * while histograms are made of them?  As ct_release.c does it.
 *
 *	ct_measure nested|running|haar	the node as it is: no report
 *	ct_measure skip	with a planted branch, passing over zeros: a report
 *	ct_measure lookup	with a planted index: a report
 */
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "node/measure.h"

#define COLS 6
#define ROWS 4
#define ALL (BY_THEME | BY_TIME)

static volatile uint8_t table[1024]; /* volatile: never optimised away */

static void
add(struct question *q, unsigned by, unsigned level)
{
	q->histograms[q->n_histograms++] = (struct histogram){
		.by = (uint8_t)by, .level = (uint8_t)level, .num = 1, .den = 1
	};
}

/* Two themes, three months, 6 by 4 squares. */
static struct question
question(enum strategy strategy)
{
	struct question q = { .n_themes = 2,
		.themes = { 0, 1 },
		.n_months = 3,
		.slicing = SLICE_MONTH,
		.geo = GEO_GRID,
		.cell_m = 1000,
		.cols = COLS,
		.rows = ROWS,
		.n_places = COLS * ROWS,
		.n_levels = 1,
		.level_places = { COLS * ROWS },
		.strategy = strategy };

	if (strategy == STRATEGY_NESTED) {
		q.n_levels = 2;
		q.level_places[1] = COLS * ROWS / 4;
		for (unsigned i = 0; i < 8; i++)
			add(&q, ALL - i % 4, i / 4);
	}
	for (unsigned i = 0; i < 3 && strategy == STRATEGY_RUNNING; i++)
		add(&q, ALL, i);
	for (uint8_t i = 0; i < 12 && strategy == STRATEGY_HAAR; i++) {
		add(&q, ALL, 0);
		q.histograms[i].x = i % 4;
		q.histograms[i].y = i / 4;
	}
	return q;
}

static int
measure(int64_t *out, const uint32_t *counts, enum strategy strategy)
{
	struct question q = question(strategy);
	struct ladder *l;
	enum err e = ladder_new(&l, &q, NULL);

	if (e != E_OK)
		return 1;
	e = measure_counts(out, counts, &q, l);
	ladder_free(l);
	return e == E_OK ? 0 : 1;
}

/* What a careless node might do to save time. */
static void
skip(const uint32_t *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (counts[i] != 0)
			table[0]++;
}

static void
lookup(const uint32_t *counts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		table[1] = table[counts[i] % 1024];
}

int
main(int argc, char **argv)
{
	static uint32_t counts[2 * 3 * (COLS * ROWS + 1)];
	static int64_t out[4096];
	size_t n = sizeof(counts) / sizeof(counts[0]);

	if (argc != 2 || !RUNNING_ON_VALGRIND) {
		(void)fprintf(stderr, "run it under valgrind, with a mode\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++)
		counts[i] = (uint32_t)i % 3;
	(void)VALGRIND_MAKE_MEM_UNDEFINED(counts, sizeof(counts));
	if (strcmp(argv[1], "nested") == 0)
		return measure(out, counts, STRATEGY_NESTED);
	if (strcmp(argv[1], "running") == 0)
		return measure(out, counts, STRATEGY_RUNNING);
	if (strcmp(argv[1], "haar") == 0)
		return measure(out, counts, STRATEGY_HAAR);
	if (strcmp(argv[1], "skip") == 0)
		skip(counts, n);
	else if (strcmp(argv[1], "lookup") == 0)
		lookup(counts, n);
	else
		return 2;
	return 0;
}
