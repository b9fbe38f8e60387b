/*
 * tests/ct/ct_release.c -- do branches or indices depend on an exact count?
 *
 * Run under valgrind with the counts marked undefined: memcheck then reports
 * every jump and every address that depends on one (the method of libsecp256k1
 * and Monocypher, applied to counts of people instead of keys).  It sees the
 * paths that are run, not every channel.
 *
 *	ct_release release	the kernel as it is: no report
 *	ct_release clamp	with a planted branch, clamping at zero: a
 *report ct_release lookup	with a planted index: a report
 */
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "privacy/release.h"
#include "tests/unit/rng_test.h"

#define CELLS 257

static const struct charge_law law = {
	.c = 1, .k = 1, .d = 1, .s2_num = 25, .s2_den = 1
};

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
release_all_ways(int64_t *noisy, const uint32_t *exact)
{
	static const struct {
		uint64_t nrho, fails_at;
		enum err want;
	} ways[] = { { CHARGE_NRHO, 1, E_RNG }, { 1, 0, E_BUDGET },
		{ CHARGE_NRHO, 0, E_OK } };
	enum err e = E_OK;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct stream st = { .seed = 7, .fails_at = ways[i].fails_at };
		struct rng rng = stream_rng(&st);
		struct grant g;

		grant_new(&g, ways[i].nrho);
		e = release_counts(noisy, exact, CELLS, &g, &law, &rng);
		if (e != ways[i].want)
			return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static uint32_t exact[CELLS];
	static int64_t noisy[CELLS];
	int status;

	if (argc != 2 || !RUNNING_ON_VALGRIND) {
		(void)fprintf(stderr, "run it under valgrind, with a mode\n");
		return 2;
	}
	for (size_t i = 0; i < CELLS; i++)
		exact[i] = (uint32_t)i;
	(void)VALGRIND_MAKE_MEM_UNDEFINED(exact, sizeof(exact));
	status = release_all_ways(noisy, exact);
	if (strcmp(argv[1], "clamp") == 0)
		clamp(noisy);
	else if (strcmp(argv[1], "lookup") == 0)
		lookup(noisy);
	else if (strcmp(argv[1], "release") != 0)
		return 2;
	return status;
}
