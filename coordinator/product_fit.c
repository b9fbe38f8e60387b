#include "coordinator/product_fit.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/display.h"
#include "analysis/law.h"
#include "analysis/spread.h"
#include "coordinator/times.h"

static const double chances[] = { 0.10, 0.05 };

struct noise_law
product_fit_law(const struct product_fit *f, unsigned i)
{
	return (struct noise_law){ .noise = f->q->noise,
		.num = f->q->histograms[i].num,
		.den = f->q->histograms[i].den };
}

struct estimate_part
product_fit_part(const struct product_fit *f, unsigned i)
{
	struct noise_law law = product_fit_law(f, i);

	return (struct estimate_part){ .apart = { true, true },
		.level = f->q->histograms[i].level,
		.variance = fmax(f->m * law_variance(&law), ESTIMATE_LEAST),
		.fourth = f->m * law_fourth(&law) };
}

enum err
product_fit_sole(struct product_half *out, const struct product_fit *f,
    unsigned i, uint64_t cells)
{
	struct noise_law law = product_fit_law(f, i);
	int64_t half[2];
	enum err e = E_OK;

	if (cells == 1)
		e = spread_half_widths(half, chances, 2, &law, f->m);
	for (int k = 0; k < 2 && e == E_OK && cells > 1; k++)
		e = spread_total(&half[k], chances[k], &law, f->m, cells);
	if (e == E_OK)
		*out =
		    (struct product_half){ (double)half[0], (double)half[1] };
	return e;
}

struct product_half
product_fit_linear(double variance, double kurtosis)
{
	double sd = sqrt(variance);

	return (struct product_half){ spread_estimate(sd, kurtosis, chances[0]),
		spread_estimate(sd, kurtosis, chances[1]) };
}

void
product_fit_set(struct product_fit *f, unsigned level, uint32_t kind,
    uint32_t node, struct product_half half)
{
	struct product_level *at = &f->p->level[level];
	size_t i = (size_t)kind * at->n + node;

	at->half_90[i] = half.at_90;
	at->half_95[i] = half.at_95;
}

uint32_t
product_fit_slices(const struct product_fit *f, uint32_t kind)
{
	uint32_t time = 0;

	while (times_kind(f->q, time) != kind)
		time++;
	return times_span(f->q, time).n;
}

enum err
product_fit_display(int64_t *out, const struct estimate_shape *shape,
    const double *const *values)
{
	size_t n = (size_t)shape->flat[0] * shape->flat[1] * shape->tree.n[0];
	double *cells = malloc(n * sizeof(*cells));
	enum err e;

	if (cells == NULL)
		return E_NOMEM;
	if ((e = display_project(cells, shape, values)) == E_OK)
		e = display_round(out, shape, cells);
	free(cells);
	return e;
}
