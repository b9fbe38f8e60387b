#include "analysis/mixture.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define ROUNDS 20

enum err
mixture_init(struct mixture *m, unsigned kinds, size_t cases)
{
	struct mixture made = { .kinds = kinds };
	size_t room = cases < MIXTURE_TEACHERS ? cases : MIXTURE_TEACHERS;

	assert(kinds >= 2 && kinds <= MIXTURE_KINDS);
	made.stride = 1 + cases / (MIXTURE_TEACHERS + 1);
	made.likelihood = calloc((room + 1) * kinds, sizeof(double));
	if (made.likelihood == NULL)
		return E_NOMEM;
	*m = made;
	return E_OK;
}

void
mixture_finish(struct mixture *m)
{
	free(m->likelihood);
	m->likelihood = NULL;
}

bool
mixture_turn(struct mixture *m)
{
	return m->turn++ % m->stride == 0 && m->n < MIXTURE_TEACHERS;
}

static double
largest(const double *x, unsigned n)
{
	double most = x[0];

	for (unsigned k = 1; k < n; k++)
		if (x[k] > most)
			most = x[k];
	return most;
}

void
mixture_teach(struct mixture *m, const double *log_likelihood)
{
	double most = largest(log_likelihood, m->kinds);
	double *to = m->likelihood + m->n++ * m->kinds;

	for (unsigned k = 0; k < m->kinds; k++)
		to[k] = exp(log_likelihood[k] - most);
}

/* One round: how many cases of each kind there seem to be. */
static void
count(double *of_kind, const struct mixture *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const double *l = m->likelihood + i * m->kinds;
		double sum = 0;

		for (unsigned k = 0; k < m->kinds; k++)
			sum += m->share[k] * l[k];
		for (unsigned k = 0; k < m->kinds; k++)
			of_kind[k] += m->share[k] * l[k] / sum;
	}
}

void
mixture_learn(struct mixture *m)
{
	double all = (double)m->n + MIXTURE_PRIOR * m->kinds;

	for (unsigned k = 0; k < m->kinds; k++)
		m->share[k] = 1.0 / m->kinds;
	for (int round = 0; round < ROUNDS; round++) {
		double of_kind[MIXTURE_KINDS] = { 0 };

		count(of_kind, m);
		for (unsigned k = 0; k < m->kinds; k++)
			m->share[k] = (of_kind[k] + MIXTURE_PRIOR) / all;
	}
}

double
mixture_judge(
    double *chance, const struct mixture *m, const double *log_likelihood)
{
	double most = largest(log_likelihood, m->kinds), sum = 0;

	for (unsigned k = 0; k < m->kinds; k++) {
		chance[k] = m->share[k] * exp(log_likelihood[k] - most);
		sum += chance[k];
	}
	for (unsigned k = 0; k < m->kinds; k++)
		chance[k] /= sum;
	return most + log(sum);
}
