/*
 * coordinator/product.h -- what is published of a sum of answers.
 *
 * Two products, both by post-processing of the noisy sums alone:
 *
 * unbiased	the least-squares estimates of every count on every level, with
 *		the half widths of their intervals from the law of the noise:
 *		exact where the noise of one histogram is all that is in them,
 *		else from their exact variance and kurtosis (analysis/spread).
 * display	non-negative whole numbers that add up over levels and months
 *		(analysis/display).
 *
 * Both exist for every theme, every time of coordinator/times and every node of
 * every level ("not placed" is the last of each level).
 */
#ifndef COORDINATOR_PRODUCT_H
#define COORDINATOR_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/ladder.h"
#include "model/query.h"

struct product_level {
	uint32_t n;      /* places and "not placed" */
	double *values;  /* [themes][times][n] */
	double *half_90; /* [kinds][n]: of times of that kind */
	double *half_95;
	int64_t *display; /* [themes][times][n] */
};

struct product {
	uint32_t themes, times, kinds; /* coordinator/times */
	unsigned levels;
	struct product_level level[QUERY_LEVELS_MAX];
	double *total_95; /* [kinds]: half width of the sum of all places, "not
			   * placed" not being one */
};

/*
 * product_make: from the sum raw[question_answer(q)] of the answers of m nodes
 * to q, for which query_check holds; l is its ladder.  End it with
 * product_free.
 *
 * E_ARG	noise out of the range of its law, or m is none of 1 ...
 *		QUERY_NODES_MAX.
 * E_NOMEM
 */
enum err product_make(struct product *out, const struct question *q,
    const struct ladder *l, const int64_t *raw, unsigned m) MUST_USE;
void product_free(struct product *p);

/* product_index: of (theme, time, node) in values and display.  product_width:
 * of (time, node) in the half widths. */
size_t product_index(const struct product *p, unsigned level, uint32_t theme,
    uint32_t time, uint32_t node);
size_t product_width(const struct product *p, const struct question *q,
    unsigned level, uint32_t time, uint32_t node);

#endif
