#include "analysis/sparse.h"

#include <math.h>

static const double log_2pi = 1.8378770664093454836;
static const double root_2 = 1.4142135623730950488;

/* The density over the distribution function of a standard normal at t, and
 * *log_cdf.  Below -5 by Laplace's continued fraction of the Mills ratio. */
static double
hazard(double *log_cdf, double t)
{
	double r, cdf;

	if (t < -5) {
		r = -t;
		for (int k = 40; k > 0; k--)
			r = k / r - t;
		*log_cdf = -t * t / 2 - log_2pi / 2 - log(r);
		return r;
	}
	cdf = erfc(-t / root_2) / 2;
	*log_cdf = log(cdf);
	return exp(-t * t / 2 - log_2pi / 2) / cdf;
}

/* Each kind's log-density of z and, unless means is NULL, the mean behind it.
 */
static void
judge_kinds(double *log_density, double *means, const struct sparse *s,
    double z, double variance)
{
	double sd = sqrt(variance), mu = s->unit;

	log_density[0] = -z * z / (2 * variance) - log(sd) - log_2pi / 2;
	if (means != NULL)
		means[0] = 0;
	for (unsigned k = 1; k < SPARSE_KINDS; k++, mu *= 4) {
		double at = z - variance / mu, log_cdf;
		double h = hazard(&log_cdf, at / sd);

		log_density[k] =
		    -log(mu) + variance / (2 * mu * mu) - z / mu + log_cdf;
		if (means != NULL)
			means[k] = fmax(0, at + sd * h);
	}
}

enum err
sparse_learn(struct sparse *out, const double *z, const double *variance,
    const double *teach, size_t n)
{
	struct sparse s;
	double sum = 0, log_density[SPARSE_KINDS];
	enum err e;

	if ((e = mixture_init(&s.mix, SPARSE_KINDS, n)) != E_OK)
		return e;
	for (size_t i = 0; i < n; i++)
		sum += variance[i];
	s.unit = SPARSE_SCALE * sqrt(sum / (double)n);
	for (size_t i = 0; i < n; i++)
		if ((teach == NULL || teach[i] > 0) && mixture_turn(&s.mix)) {
			judge_kinds(log_density, NULL, &s, z[i], variance[i]);
			mixture_teach(&s.mix, log_density);
		}
	mixture_learn(&s.mix);
	*out = s;
	return E_OK;
}

void
sparse_finish(struct sparse *s)
{
	mixture_finish(&s->mix);
}

double
sparse_mean(double *mean, const struct sparse *s, double z, double variance)
{
	double log_density[SPARSE_KINDS], means[SPARSE_KINDS];
	double chance[SPARSE_KINDS], sum = 0, evidence;

	judge_kinds(log_density, means, s, z, variance);
	evidence = mixture_judge(chance, &s->mix, log_density);
	for (unsigned k = 0; k < SPARSE_KINDS; k++)
		sum += chance[k] * means[k];
	*mean = sum;
	return evidence;
}

void
sparse_moments(double *mean, double *variance, const struct sparse *s)
{
	double mu = s->unit, first = 0, second = 0;

	for (unsigned k = 1; k < SPARSE_KINDS; k++, mu *= 4) {
		first += s->mix.share[k] * mu;
		second += s->mix.share[k] * 2 * mu * mu;
	}
	*mean = first;
	*variance = second - first * first;
}
