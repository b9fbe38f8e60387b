/*
 * tests/ct/ct_release.c -- do branches or indices depend on an exact count?
 *
 * Run under valgrind with the counts marked undefined: memcheck then reports
 * every jump and every address that depends on one (the method of libsecp256k1
 * and Monocypher, applied to counts of people instead of keys).  It sees the
 * paths that are run, not every channel.
 *
 *	ct_release release	the kernel as it is: no report
 *	ct_release share	likewise for a share of a secret sum
 *	ct_release clamp	with a planted branch, clamping at zero: a
 *report ct_release lookup	with a planted index: a report
 */
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "privacy/release.h"
#include "tests/unit/rng_test.h"

#define CELLS 257

/* Every way to draw noise: from one table, from two, and exactly. */
static const struct charge_part parts[] = {
	{ 100, false, { NOISE_GAUSS, 25, 1 } },
	{ 100, false, { NOISE_LAPLACE, 50, 1 } },
	{ 27, false, { NOISE_LAPLACE_PURE, 2, 1 } },
	{ CELLS - 227, true, { NOISE_GAUSS, 1 << 20, 1 } },
};
static const struct release_plan plan = { { 1, 1, 1 },
	sizeof(parts) / sizeof(parts[0]), parts };

static volatile uint8_t table[1024]; /* volatile: never optimised away */

/* What a careless release might do to its sums. */
static void
clamp(int64_t *noisy)
{
	for (size_t i = 0; i < CELLS; i++)
		if (noisy[i] < 0)
			table[0]++;
}

static void
lookup(int64_t *noisy)
{
	for (size_t i = 0; i < CELLS; i++)
		noisy[i] += table[(uint64_t)noisy[i] % 1024];
}

/* Every way out of the door: the error must not depend on a count either. */
static int
release_all_ways(int64_t *noisy, const int64_t *exact)
{
	static const struct {
		uint64_t nano, fails_at;
		enum err want;
	} ways[] = { { CHARGE_NANO, 1, E_RNG }, { 1, 0, E_BUDGET },
		{ CHARGE_NANO, 0, E_OK } };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct stream st = { .seed = 7, .fails_at = ways[i].fails_at };
		struct rng rng = stream_rng(&st);
		struct cost cost = { ways[i].nano, ways[i].nano, 100 };
		struct grant g;

		grant_new(&g, &cost);
		if (release_counts(noisy, exact, &g, &plan, &rng) !=
		    ways[i].want)
			return 1;
	}
	return 0;
}

/* A share goes onto what is secret: one that fails, then a whole one. */
static int
add_share(int64_t *cells)
{
	static const struct polya law = { 4056, 4096, 3 };
	struct stream st = { .seed = 8 }, failing = { .fails_at = 1 };
	struct rng rng = stream_rng(&st), broken = stream_rng(&failing);
	int64_t copy[CELLS];

	memcpy(copy, cells, sizeof(copy));
	if (polya_add(copy, CELLS, &law, &broken) != E_RNG)
		return 1;
	return polya_add(cells, CELLS, &law, &rng) == E_OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static int64_t exact[CELLS], noisy[CELLS];
	int status;

	if (argc != 2 || !RUNNING_ON_VALGRIND) {
		(void)fprintf(stderr, "run it under valgrind, with a mode\n");
		return 2;
	}
	for (size_t i = 0; i < CELLS; i++)
		exact[i] = (int64_t)i - 20;
	(void)VALGRIND_MAKE_MEM_UNDEFINED(exact, sizeof(exact));
	status = release_all_ways(noisy, exact);
	if (strcmp(argv[1], "share") == 0)
		status = add_share(exact);
	else if (strcmp(argv[1], "clamp") == 0)
		clamp(noisy);
	else if (strcmp(argv[1], "lookup") == 0)
		lookup(noisy);
	else if (strcmp(argv[1], "release") != 0)
		return 2;
	return status;
}
