/*
 * tests/ct/ct_noise.c -- do branches or indices depend on noise from tables?
 *
 * As ct_release, but the random bytes are what is marked undefined: whoever
 * learns the noise of a draw from its time takes it off the answer.
 *
 *	ct_noise noise		draws of every kind of table: no report
 *	ct_noise portable	likewise on the portable path
 *	ct_noise exact		an exact sampler, which branches on its words:
 *				a report
 *	ct_noise guide		with a planted index, as a table of guesses by
 *				the noise would be: a report
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "privacy/alias.h"
#include "privacy/noise.h"
#include "tests/unit/rng_test.h"

#define DRAWS 1100 /* two whole chunks and some */

static volatile uint8_t guesses[4096]; /* volatile: never optimised away */

/* The stream of a test, of which valgrind is told that it is not known. */
static enum err
fill(void *ctx, void *buf, size_t len)
{
	enum err e = stream_fill(ctx, buf, len);

	(void)VALGRIND_MAKE_MEM_UNDEFINED(buf, len);
	return e;
}

static int
draw(int64_t *out, const struct noise_law *law)
{
	struct stream st = { .seed = 9 };
	struct rng rng = { fill, &st };

	return noise_draw(out, DRAWS, law, &rng) == E_OK ? 0 : 1;
}

/* One table of up to 256 columns, one of more, and two. */
static int
draw_tables(int64_t *out)
{
	static const struct noise_law laws[] = { { NOISE_GAUSS, 100, 1 },
		{ NOISE_GAUSS, 10000, 1 }, { NOISE_LAPLACE, 1, 1 },
		{ NOISE_LAPLACE, 10, 1 } };
	int status = 0;

	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		status |= draw(out, &laws[i]);
	return status;
}

static void
guide(int64_t *out)
{
	for (size_t i = 0; i < DRAWS; i++)
		out[i] += guesses[(uint64_t)out[i] % sizeof(guesses)];
}

int
main(int argc, char **argv)
{
	static const struct noise_law pure = { NOISE_LAPLACE_PURE, 10, 1 };
	static int64_t out[DRAWS];
	uint64_t marks = 0;
	int status;

	if (argc != 2 || !RUNNING_ON_VALGRIND) {
		(void)fprintf(stderr, "run it under valgrind, with a mode\n");
		return 2;
	}
	if (strcmp(argv[1], "exact") == 0)
		return draw(out, &pure);
	alias_portable(strcmp(argv[1], "portable") == 0);
	status = draw_tables(out);
	/* The noise must be marked still: else nothing was looked at. */
	(void)VALGRIND_GET_VBITS(&out[DRAWS - 1], &marks, sizeof(marks));
	if (marks == 0)
		status = 3;
	if (strcmp(argv[1], "guide") == 0)
		guide(out);
	return status;
}
