/*
 * bench -- the inner loops, timed by process CPU time.
 *
 *	bench draw LAW SIZE [portable]
 *		draws of noise, 1,000,000 a call: LAW is gauss, laplace, pure,
 *		or cks (the exact loop for the discrete Gaussian); SIZE is the
 *		standard deviation of the Gaussians, the scale of the others
 *	bench random
 *		bytes of the keyed stream
 *	bench release SD
 *		releases of 1,000,000 cells with Gaussian noise
 *	bench polya EPS
 *		shares of 1,000,000 cells for 20 nodes, of a discrete Laplace of
 *		that epsilon
 *	bench charge DIR
 *		durable charges of a ledger in DIR (wall time)
 *	bench sync DIR
 *		appends of 100 bytes with fdatasync in DIR (wall time)
 *
 * Prints one number: things a second.
 */
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/file.h"
#include "crypto/random.h"
#include "node/ledger.h"
#include "privacy/alias.h"
#include "privacy/gauss.h"
#include "privacy/noise.h"
#include "privacy/polya.h"
#include "privacy/release.h"

#define CELLS 1000000
#define SYNCS 300
#define ENOUGH_S 0.5

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
need(enum err e)
{
	if (e != E_OK) {
		fprintf(stderr, "bench: %s\n", err_text(e));
		exit(1);
	}
}

static double
bench_draw(const struct rng *rng, const char *name, uint32_t size)
{
	static int64_t out[CELLS];
	bool exact = strcmp(name, "cks") == 0;
	struct noise_law law = { NOISE_GAUSS, size * size, 1 };
	double start, end, n = 0;

	if (strcmp(name, "laplace") == 0)
		law = (struct noise_law){ NOISE_LAPLACE, size, 1 };
	else if (strcmp(name, "pure") == 0)
		law = (struct noise_law){ NOISE_LAPLACE_PURE, size, 1 };
	else if (strcmp(name, "gauss") != 0 && !exact)
		need(E_ARG);
	memset(out, 1, sizeof(out)); /* the pages are there */
	start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	do {
		need(exact ? gauss_draw(out, CELLS, law.num, law.den, rng)
			   : noise_draw(out, CELLS, &law, rng));
		n += CELLS;
		end = seconds(CLOCK_PROCESS_CPUTIME_ID);
	} while (end < start + ENOUGH_S);
	return n / (end - start);
}

static double
bench_random(const struct rng *rng)
{
	static uint8_t buf[1 << 20];
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);

	for (int i = 0; i < 256; i++)
		need(rng->fill(rng->ctx, buf, sizeof(buf)));
	return 256.0 * sizeof(buf) /
	       (seconds(CLOCK_PROCESS_CPUTIME_ID) - start);
}

static double
bench_release(const struct rng *rng, uint32_t sd)
{
	const struct charge_part part = { .cells = CELLS,
		.law = { NOISE_GAUSS, sd * sd, 1 } };
	const struct release_plan plan = { { 1, 1, 1 }, 1, &part };
	int64_t *exact = calloc(CELLS, sizeof(*exact));
	int64_t *noisy = calloc(CELLS, sizeof(*noisy));
	struct cost cost = { 0 };
	struct grant grant;
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);

	need(charge_add(&cost, &plan.bound, &part));
	grant_new(&grant, &cost);
	need(release_counts(noisy, exact, &grant, &plan, rng));
	free(exact);
	free(noisy);
	return 1 / (seconds(CLOCK_PROCESS_CPUTIME_ID) - start);
}

/* ln(b / a) is at most eps, and within 2^-18 of it for eps <= 1. */
static double
bench_polya(const struct rng *rng, double eps)
{
	static int64_t cells[CELLS];
	const uint32_t b = 1 << 20;
	const struct polya law = { (uint32_t)ceil(b * exp(-eps)), b, 20 };
	double start, end, n = 0;

	memset(cells, 1, sizeof(cells)); /* the pages are there */
	start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	do {
		need(polya_add(cells, CELLS, &law, rng));
		n++;
		end = seconds(CLOCK_PROCESS_CPUTIME_ID);
	} while (end < start + ENOUGH_S);
	return n / (end - start);
}

static double
bench_charge(const char *dir)
{
	char path[FILE_PATH];
	struct ledger *l;
	struct ledger_key key = { .epoch_s = 1 };
	const struct cost cost = { .nrho = 1 };
	const struct cost cap = { UINT64_MAX / 2, 0, 0 };
	double start;

	need(file_path(path, dir, "ledger.db"));
	need(ledger_open(&l, path));
	start = seconds(CLOCK_MONOTONIC);
	for (uint32_t i = 0; i < SYNCS; i++) {
		memcpy(key.question, &i, sizeof(i));
		need(ledger_charge(
		    l, &key, key.question, 612, 12, &cost, &cap, 1));
	}
	start = seconds(CLOCK_MONOTONIC) - start;
	ledger_close(l);
	return SYNCS / start;
}

static double
bench_sync(const char *dir)
{
	static const char line[100];
	char path[FILE_PATH];
	double start;
	int fd;

	need(file_path(path, dir, "append"));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	start = seconds(CLOCK_MONOTONIC);
	for (int i = 0; i < SYNCS; i++)
		if (write(fd, line, sizeof(line)) != sizeof(line) ||
		    fdatasync(fd) != 0)
			need(E_IO);
	start = seconds(CLOCK_MONOTONIC) - start;
	close(fd);
	return SYNCS / start;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *with = argc > 2 ? argv[2] : "1";
	struct random *random;
	struct rng rng;
	double rate;

	need(random_start());
	need(random_new(&random));
	rng = random_rng(random);
	alias_portable(argc > 4 && strcmp(argv[4], "portable") == 0);
	if (strcmp(what, "draw") == 0 && argc > 3)
		rate = bench_draw(&rng, with, (uint32_t)atoi(argv[3]));
	else if (strcmp(what, "random") == 0)
		rate = bench_random(&rng);
	else if (strcmp(what, "release") == 0)
		rate = bench_release(&rng, (uint32_t)atoi(with));
	else if (strcmp(what, "polya") == 0)
		rate = bench_polya(&rng, atof(with));
	else if (strcmp(what, "charge") == 0)
		rate = bench_charge(with);
	else if (strcmp(what, "sync") == 0)
		rate = bench_sync(with);
	else
		return 2;
	printf("%.3f\n", rate);
	random_free(random);
	return 0;
}
