#include "policies/price.h"

/* Themes added up: the k cells of a record are one. */
static bool
folded(const struct question *q, unsigned i)
{
	return (q->histograms[i].by & BY_THEME) == 0;
}

enum err
price_make(struct price *out, const struct question *q)
{
	struct price p = { .bound = { .c = q->c, .k = q->k, .d = q->d } };
	enum err e;

	for (unsigned i = 0; i < q->n_histograms; i++) {
		p.parts[i] = (struct charge_part){
			.cells = question_histogram(q, i),
			.folded = folded(q, i),
			.law = { .noise = q->noise,
			    .num = q->histograms[i].num,
			    .den = q->histograms[i].den },
		};
		e = charge_add(&p.cost, &p.bound, &p.parts[i]);
		if (e != E_OK)
			return e;
	}
	*out = p;
	return E_OK;
}

struct release_plan
price_plan(const struct price *p, const struct question *q)
{
	return (struct release_plan){
		.bound = p->bound, .n_parts = q->n_histograms, .parts = p->parts
	};
}

struct cost
price_stated(const struct question *q)
{
	return (struct cost){ .nrho = q->charge_nrho,
		.neps = q->charge_neps,
		.tv = q->charge_tv };
}
