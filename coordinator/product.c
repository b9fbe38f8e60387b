#include "coordinator/product.h"

#include <assert.h>
#include <stdlib.h>

#include "coordinator/product_fit.h"
#include "coordinator/times.h"

void
product_free(struct product *p)
{
	for (unsigned l = 0; l < p->levels; l++) {
		free(p->level[l].values);
		free(p->level[l].half_90);
		free(p->level[l].half_95);
		free(p->level[l].display);
	}
	free(p->total_95);
	*p = (struct product){ .levels = 0 };
}

size_t
product_index(const struct product *p, unsigned level, uint32_t theme,
    uint32_t time, uint32_t node)
{
	return ((size_t)theme * p->times + time) * p->level[level].n + node;
}

size_t
product_width(const struct product *p, const struct question *q, unsigned level,
    uint32_t time, uint32_t node)
{
	return (size_t)times_kind(q, time) * p->level[level].n + node;
}

/* The arrays of an empty product. */
static enum err
make_room(struct product *p, const struct question *q, const struct ladder *l)
{
	*p = (struct product){ .themes = q->n_themes,
		.times = times_count(q),
		.kinds = times_kinds(q),
		.levels = l->levels,
		.total_95 = calloc(times_kinds(q), sizeof(double)) };
	if (p->total_95 == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < p->levels; i++) {
		struct product_level *at = &p->level[i];
		size_t cells = (size_t)p->themes * p->times * l->n[i];
		size_t widths = (size_t)p->kinds * l->n[i];

		at->n = l->n[i];
		at->values = calloc(cells, sizeof(*at->values));
		at->half_90 = calloc(widths, sizeof(*at->half_90));
		at->half_95 = calloc(widths, sizeof(*at->half_95));
		at->display = calloc(cells, sizeof(*at->display));
		if (at->values == NULL || at->half_90 == NULL ||
		    at->half_95 == NULL || at->display == NULL)
			return E_NOMEM;
	}
	return E_OK;
}

static void
fit_free(struct product_fit *f)
{
	for (unsigned i = 0; i < f->l->levels; i++)
		free(f->slices[i]);
	free(f->shown);
}

static enum err
fit_room(struct product_fit *f, const int64_t *raw)
{
	size_t slices = (size_t)f->q->n_themes * question_slices(f->q);

	for (unsigned i = 0; i < f->q->n_histograms; i++) {
		f->raw[i] = raw;
		raw += question_histogram(f->q, i);
	}
	f->shown = calloc(slices * f->l->n[0], sizeof(*f->shown));
	for (unsigned i = 0; i < f->l->levels; i++) {
		f->slices[i] =
		    calloc(slices * f->l->n[i], sizeof(*f->slices[i]));
		if (f->slices[i] == NULL)
			return E_NOMEM;
	}
	return f->shown == NULL ? E_NOMEM : E_OK;
}

static enum err
fit(struct product_fit *f)
{
	switch (f->q->strategy) {
	case STRATEGY_NESTED:
		return product_nested_fit(f);
	case STRATEGY_RUNNING:
		return product_running_fit(f);
	case STRATEGY_HAAR:
		return product_haar_fit(f);
	default:
		return E_ARG;
	}
}

/* The estimates of every time: sums of slices. */
static void
add_times(struct product_fit *f, unsigned level, uint32_t theme, uint32_t time)
{
	struct product_level *at = &f->p->level[level];
	struct times_span span = times_span(f->q, time);
	const double *from =
	    f->slices[level] +
	    ((size_t)theme * question_slices(f->q) + span.first) * at->n;
	double *to = at->values + product_index(f->p, level, theme, time, 0);

	for (uint32_t s = 0; s < span.n; s++, from += at->n)
		for (uint32_t i = 0; i < at->n; i++)
			to[i] += from[i];
}

/* The display numbers of level 0: sums of slices. */
static void
show_times(struct product_fit *f, uint32_t theme, uint32_t time)
{
	struct product_level *at = &f->p->level[0];
	struct times_span span = times_span(f->q, time);
	const int64_t *from =
	    f->shown +
	    ((size_t)theme * question_slices(f->q) + span.first) * at->n;
	int64_t *to = at->display + product_index(f->p, 0, theme, time, 0);

	for (uint32_t s = 0; s < span.n; s++, from += at->n)
		for (uint32_t i = 0; i < at->n; i++)
			to[i] += from[i];
}

/* The display numbers of a level: sums of those of the one below. */
static void
show_level(struct product_fit *f, unsigned level, uint32_t theme, uint32_t time)
{
	const struct product *p = f->p;
	const int64_t *from = p->level[level - 1].display +
			      product_index(p, level - 1, theme, time, 0);
	int64_t *to =
	    p->level[level].display + product_index(p, level, theme, time, 0);

	for (uint32_t i = 0; i < p->level[level - 1].n; i++)
		to[f->l->parent[level - 1][i]] += from[i];
}

/* Everything that is a sum of what the strategy found. */
static void
complete(struct product_fit *f)
{
	const struct product *p = f->p;

	for (uint32_t theme = 0; theme < p->themes; theme++)
		for (uint32_t time = 0; time < p->times; time++) {
			show_times(f, theme, time);
			for (unsigned i = 0; i < p->levels; i++) {
				add_times(f, i, theme, time);
				if (i > 0)
					show_level(f, i, theme, time);
			}
		}
}

enum err
product_make(struct product *out, const struct question *q,
    const struct ladder *l, const int64_t *raw, unsigned m)
{
	struct product p;
	struct product_fit f = { .q = q, .l = l, .m = m, .p = &p };
	enum err e;

	if (m < 1 || m > QUERY_NODES_MAX)
		return E_ARG;
	if ((e = make_room(&p, q, l)) == E_OK &&
	    (e = fit_room(&f, raw)) == E_OK && (e = fit(&f)) == E_OK) {
		complete(&f);
		*out = p;
	} else {
		product_free(&p);
	}
	fit_free(&f);
	return e;
}
