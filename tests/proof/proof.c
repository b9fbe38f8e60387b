/*
 * tests/proof/proof.c -- what the kernel promises, held against the kernel.
 *
 *	proof		every check; 0: all hold, 1: one does not
 *	proof CHECK	one check
 *
 * The same checks are linked with planted bugs (bug_*.c), each of which must
 * fail the check that is named for it: a check that cannot fail proves
 * nothing.  Seeds are fixed, so each run is the same; over seeds, each
 *statistic is compared at Z_MAX or an equal bound: all together raise a false
 *alarm with a chance below 1e-6.  Power: each planted bug moves some statistic
 *of its check by 15 standard deviations and more, so it passes with a chance
 *below 1e-6.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privacy/bound.h"
#include "privacy/noise.h"
#include "privacy/release.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DRAWS 1500000
#define SIGNS 4000000 /* of the check of signs, which sees less in each */
#define AUDIT 400000
#define Z_MAX 6.7 /* two-sided chance 2e-11; some 2,000 statistics */

static const struct noise_law laws[] = {
	{ NOISE_GAUSS, 1, 4 },
	{ NOISE_GAUSS, 5, 2 },
	{ NOISE_GAUSS, 25, 1 },
	{ NOISE_GAUSS, 1000003, 7919 },
	{ NOISE_GAUSS, 10000, 1 },
	{ NOISE_GAUSS, 40000, 1 }, /* past the tables */
	{ NOISE_LAPLACE, 1, 2 },
	{ NOISE_LAPLACE, 1, 1 },
	{ NOISE_LAPLACE, 10, 3 },
	{ NOISE_LAPLACE, 40, 1 },
	{ NOISE_LAPLACE, 500, 1 }, /* past the tables */
	{ NOISE_LAPLACE_PURE, 3, 2 },
};

static void
need(enum err e, const char *what)
{
	if (e != E_OK) {
		fprintf(stderr, "proof: %s: %s\n", what, err_text(e));
		exit(2);
	}
}

static const char *
law_words(const struct noise_law *l)
{
	static char text[64];

	(void)snprintf(text, sizeof(text), "%s %u/%u",
	    l->noise == NOISE_GAUSS     ? "gauss"
	    : l->noise == NOISE_LAPLACE ? "laplace"
					: "pure laplace",
	    l->num, l->den);
	return text;
}

/* xoshiro256** of Blackman and Vigna (2018), seeded by splitmix64: quick, and
 * good enough to count with. */
struct stream {
	uint64_t s[4];
};

static struct stream
stream_of(uint64_t seed)
{
	struct stream st;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		st.s[i] = z ^ z >> 31;
	}
	return st;
}

static uint64_t
rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static enum err
stream_fill(void *ctx, void *buf, size_t len)
{
	uint64_t *s = ((struct stream *)ctx)->s;
	uint8_t *p = buf;

	for (size_t i = 0; i < len; i += 8) {
		uint64_t x = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

		s[2] ^= s[0];
		s[3] ^= s[1];
		s[1] ^= s[2];
		s[0] ^= s[3];
		s[2] ^= t;
		s[3] = rotate(s[3], 45);
		memcpy(p + i, &x, len - i < 8 ? len - i : 8);
	}
	return E_OK;
}

/* The law in doubles ------------------------------------------------------ */

struct mass {
	int64_t reach;
	double *p; /* of |x| <= reach at p[reach + x] */
	double variance, fourth;
};

static double
weight(const struct noise_law *l, double x)
{
	double size = (double)l->num / l->den;

	return l->noise == NOISE_GAUSS ? exp(-x * x / (2 * size))
				       : exp(-fabs(x) / size);
}

static struct mass
mass_of(const struct noise_law *l)
{
	struct mass m = { .reach = 1 };
	double sum = 0;

	while (weight(l, (double)m.reach) > 1e-25)
		m.reach++;
	m.p = calloc((size_t)(2 * m.reach + 1), sizeof(*m.p));
	if (m.p == NULL)
		exit(2);
	for (int64_t x = -m.reach; x <= m.reach; x++)
		sum += m.p[m.reach + x] = weight(l, (double)x);
	for (int64_t x = -m.reach; x <= m.reach; x++) {
		double v = (double)x * (double)x, *p = &m.p[m.reach + x];

		*p /= sum;
		m.variance += *p * v;
		m.fourth += *p * v * v;
	}
	return m;
}

static double
probability(const struct mass *m, int64_t x)
{
	return x < -m->reach || x > m->reach ? 0 : m->p[m->reach + x];
}

/* Draws of law number i of a seed of its own; the caller frees them. */
static int64_t *
draws_of(size_t i, size_t n, uint64_t check)
{
	struct stream st = stream_of(1000 * check + i);
	struct rng rng = { stream_fill, &st };
	int64_t *x = calloc(n, sizeof(*x));

	if (x == NULL)
		exit(2);
	need(noise_draw(x, n, &laws[i], &rng), "noise_draw");
	return x;
}

/* Is a count of hits of chance p in n within Z_MAX? */
static bool
hits_good(const char *check, const char *what, size_t hits, size_t n, double p)
{
	double mean = p * (double)n, sd = sqrt(mean * (1 - p)) + 0.5;
	double z = ((double)hits - mean) / sd;

	if (fabs(z) <= Z_MAX)
		return true;
	printf("%s: %s: %zu of %zu, expected %.1f, z %.1f\n", check, what, hits,
	    n, mean, z);
	return false;
}

/* Checks ------------------------------------------------------------------ */

/* Laurent and Massart 2000, lemma 1, at a chance of 1e-9. */
static double
chi2_most(double k)
{
	const double t = 9 * log(10);

	return k + 2 * sqrt(k * t) + 2 * t;
}

/* Chi-square over all bins: those of fewer than 20 expected are one. */
static bool
chi2_good(const int64_t *x, const struct mass *m, const char *what)
{
	size_t n = (size_t)(2 * m->reach + 1), *seen = calloc(n, sizeof(*seen));
	double chi2 = 0, bins = 0, rest = 0, rest_want = 0;

	if (seen == NULL)
		exit(2);
	for (size_t i = 0; i < DRAWS; i++)
		if (x[i] < -m->reach || x[i] > m->reach)
			rest++;
		else
			seen[x[i] + m->reach]++;
	for (size_t i = 0; i < n; i++) {
		double want = m->p[i] * DRAWS, got = (double)seen[i];

		if (want < 20) {
			rest += got;
			rest_want += want;
			continue;
		}
		chi2 += (got - want) * (got - want) / want;
		bins++;
	}
	free(seen);
	if (rest_want >= 20) {
		chi2 += (rest - rest_want) * (rest - rest_want) / rest_want;
		bins++;
	} else if (rest > 120) { /* a mean of 20 passes it below 1e-40 */
		chi2 = INFINITY;
	}
	if (bins < 2 || chi2 <= chi2_most(bins - 1))
		return true;
	printf("law: %s: chi-square %.1f in %.0f bins, at most %.1f\n", what,
	    chi2, bins, chi2_most(bins - 1));
	return false;
}

/* The spread: moves by 2 % when the scale is off by 1 %, which is more than
 * 10 standard deviations of the mean of so many squares. */
static bool
spread_good(const int64_t *x, const struct mass *m, const char *what)
{
	double sum = 0,
	       sd = sqrt((m->fourth - m->variance * m->variance) / DRAWS);

	for (size_t i = 0; i < DRAWS; i++)
		sum += (double)x[i] * (double)x[i];
	if (fabs(sum / DRAWS - m->variance) <= Z_MAX * sd)
		return true;
	printf("law: %s: variance %.5g, expected %.5g, z %.1f\n", what,
	    sum / DRAWS, m->variance, (sum / DRAWS - m->variance) / sd);
	return false;
}

static bool
check_law(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(laws) && good; i++) {
		struct mass m = mass_of(&laws[i]);
		int64_t *x = draws_of(i, DRAWS, 1);

		good = chi2_good(x, &m, law_words(&laws[i])) && good;
		good = spread_good(x, &m, law_words(&laws[i])) && good;
		free(x);
		free(m.p);
	}
	return good;
}

static bool
check_zero(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(laws) && good; i++) {
		struct mass m = mass_of(&laws[i]);
		int64_t *x = draws_of(i, DRAWS, 2);
		size_t zeros = 0;

		for (size_t j = 0; j < DRAWS; j++)
			zeros += x[j] == 0;
		good = hits_good("zero", law_words(&laws[i]), zeros, DRAWS,
			   probability(&m, 0)) &&
		       good;
		free(x);
		free(m.p);
	}
	return good;
}

/* As many above zero as below: a bias of 0.5 % is 10 standard deviations. */
static bool
check_sign(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(laws) && good; i++) {
		int64_t *x = draws_of(i, SIGNS, 3);
		size_t above = 0, both = 0;

		for (size_t j = 0; j < SIGNS; j++) {
			above += x[j] > 0;
			both += x[j] != 0;
		}
		good =
		    hits_good("sign", law_words(&laws[i]), above, both, 0.5) &&
		    good;
		free(x);
	}
	return good;
}

/* Neighbouring counts must be able to give the same answers: every remainder
 * by 2 and 3 comes as often as the law says. */
static bool
check_support(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(laws) && good; i++) {
		struct mass m = mass_of(&laws[i]);
		int64_t *x = draws_of(i, DRAWS, 4);

		for (int64_t by = 2; by <= 3; by++)
			for (int64_t rest = 0; rest < by; rest++) {
				size_t hits = 0;
				double p = 0;

				for (size_t j = 0; j < DRAWS; j++)
					hits += (x[j] % by + by) % by == rest;
				for (int64_t v = -m.reach; v <= m.reach; v++)
					if ((v % by + by) % by == rest)
						p += probability(&m, v);
				good = hits_good("support", law_words(&laws[i]),
					   hits, DRAWS, p) &&
				       good;
			}
		free(x);
		free(m.p);
	}
	return good;
}

/* A release of n cells that all hold `exact`, of one law. */
static int64_t *
release_of(const struct noise_law *law, int64_t exact, size_t n, uint64_t seed)
{
	struct stream st = stream_of(seed);
	struct rng rng = { stream_fill, &st };
	struct charge_part part = { .cells = n, .law = *law };
	struct release_plan plan = {
		.bound = { 1, 1, 1 }, .n_parts = 1, .parts = &part
	};
	struct cost cost = { 0 };
	struct grant grant;
	int64_t *in = calloc(n, sizeof(*in)), *out = calloc(n, sizeof(*out));

	if (in == NULL || out == NULL)
		exit(2);
	for (size_t i = 0; i < n; i++)
		in[i] = exact;
	need(charge_add(&cost, &plan.bound, &part), "charge_add");
	grant_new(&grant, &cost);
	need(release_counts(out, in, &grant, &plan, &rng), "release_counts");
	free(in);
	return out;
}

/* Noise below a count of 0 leaves the node as it is. */
static bool
check_unclamped(void)
{
	bool good = true;

	for (size_t i = 0; i < COUNT(laws) && good; i++) {
		struct mass m = mass_of(&laws[i]);
		int64_t *x = release_of(&laws[i], 0, AUDIT, 5000 + i);
		size_t below = 0;

		for (size_t j = 0; j < AUDIT; j++)
			below += x[j] < 0;
		good = hits_good("unclamped", law_words(&laws[i]), below, AUDIT,
			   (1 - probability(&m, 0)) / 2) &&
		       good;
		free(x);
		free(m.p);
	}
	return good;
}

/* No draw stands in two cells, nor in two releases of one source: neither
 * coincidences nor correlation beyond chance at any lag tried. */
static bool
lag_good(const int64_t *x, size_t n, size_t lag, const struct mass *m)
{
	double sum = 0, z;

	for (size_t i = 0; i + lag < n; i++)
		sum += (double)x[i] * (double)x[i + lag];
	z = sum / m->variance / sqrt((double)(n - lag));
	if (fabs(z) <= Z_MAX)
		return true;
	printf("fresh: lag %zu: correlation of z %.1f\n", lag, z);
	return false;
}

static bool
check_fresh(void)
{
	static const struct noise_law law = { NOISE_GAUSS, 25, 1 };
	enum { N = 40000 };
	struct mass m = mass_of(&law);
	struct stream st = stream_of(6000);
	struct rng rng = { stream_fill, &st };
	int64_t *x = calloc(2 * N, sizeof(*x));
	bool good = true;

	if (x == NULL)
		exit(2);
	need(noise_draw(x, N, &law, &rng), "noise_draw");
	need(noise_draw(x + N, N, &law, &rng), "noise_draw");
	for (size_t lag = 1; lag <= 300; lag++)
		good = lag_good(x, 2 * N, lag, &m) && good;
	for (size_t lag = 512; lag <= 32768; lag *= 2)
		good = lag_good(x, 2 * N, lag, &m) && good;
	good = lag_good(x, 2 * N, N, &m) && good;
	free(x);
	free(m.p);
	return good;
}

/* How many of the r records of one person-month count. */
static uint32_t
kept(uint32_t c, uint32_t r)
{
	struct bound b;
	uint32_t n = 0;

	bound_start(&b, c);
	for (uint32_t i = 0; i < r; i++)
		n += bound_keeps(&b, i == 0, true);
	return n;
}

static bool
check_bound(void)
{
	bool good = true;

	for (uint32_t c = 1; c <= 16; c++)
		for (uint32_t r = 0; r <= 40; r++)
			if (kept(c, r) != (r < c ? r : c)) {
				printf(
				    "bound: %u of %u records count at C %u\n",
				    kept(c, r), r, c);
				good = false;
			}
	return good;
}

/* The most that {y >= t} is likelier with the person than without, beyond
 * e^eps times: by the law, and as measured, less Z_MAX standard deviations. */
static bool
audit_good(const struct noise_law *law, double eps, const int64_t *without,
    const int64_t *with)
{
	struct mass m = mass_of(law);
	double e = exp(eps);
	bool good = true;

	for (int64_t t = -60; t <= 60 && good; t++) {
		double n0 = 0, n1 = 0, p0, p1, sd, law0 = 0, law1 = 0;

		for (size_t i = 0; i < AUDIT; i++) {
			n0 += without[i] >= t;
			n1 += with[i] >= t;
		}
		for (int64_t x = -m.reach; x <= m.reach; x++) {
			law0 += x >= t ? probability(&m, x) : 0;
			law1 += x + 1 >= t ? probability(&m, x) : 0;
		}
		p0 = n0 / AUDIT;
		p1 = n1 / AUDIT;
		sd = sqrt((law1 * (1 - law1) + e * e * law0 * (1 - law0)) /
			  AUDIT) +
		     3.0 / AUDIT;
		if (p1 - e * p0 > law1 - e * law0 + Z_MAX * sd) {
			printf("audit: %s: at eps %.2g {y >= %d} gives delta "
			       "%.2g, the law %.2g\n",
			    law_words(law), eps, (int)t, p1 - e * p0,
			    law1 - e * law0);
			good = false;
		}
	}
	free(m.p);
	return good;
}

/* The whole path, bound and release, with and without one person-month of
 * five records at C = 1. */
static bool
check_audit(void)
{
	static const struct {
		struct noise_law law;
		double eps;
	} cases[] = {
		{ { NOISE_GAUSS, 25, 1 }, 0.3 },
		{ { NOISE_GAUSS, 4, 1 }, 0.5 },
		{ { NOISE_LAPLACE, 2, 1 }, 0.5 },
		{ { NOISE_LAPLACE_PURE, 1, 1 }, 1 },
	};
	bool good = true;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t *without =
		    release_of(&cases[i].law, kept(1, 0), AUDIT, 7000 + i);
		int64_t *with =
		    release_of(&cases[i].law, kept(1, 5), AUDIT, 7100 + i);

		good = audit_good(&cases[i].law, cases[i].eps, without, with) &&
		       good;
		free(without);
		free(with);
	}
	return good;
}

static const struct {
	const char *name;
	bool (*run)(void);
} checks[] = {
	{ "law", check_law },
	{ "zero", check_zero },
	{ "sign", check_sign },
	{ "support", check_support },
	{ "unclamped", check_unclamped },
	{ "fresh", check_fresh },
	{ "bound", check_bound },
	{ "audit", check_audit },
};

int
main(int argc, char **argv)
{
	int failed = 0, run = 0;

	for (size_t i = 0; i < COUNT(checks); i++) {
		if (argc > 1 && strcmp(argv[1], checks[i].name) != 0)
			continue;
		run++;
		if (checks[i].run()) {
			printf("%s holds\n", checks[i].name);
		} else {
			printf("%s FAILED\n", checks[i].name);
			failed++;
		}
		fflush(stdout);
	}
	return run == 0 ? 2 : failed > 0;
}
