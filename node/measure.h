/*
 * node/measure.h -- the exact histograms of a question, from its counts.
 * SECRET until privacy/release has added noise.
 *
 * Coefficients are 0, 1 and -1, and a record that counts in a theme is in one
 * cell of every histogram (of HAAR: "not placed", in the last band alone), so
 * it moves each as privacy/charge says.
 */
#ifndef NODE_MEASURE_H
#define NODE_MEASURE_H

#include <stdint.h>

#include "base/err.h"
#include "model/ladder.h"
#include "model/query.h"

/*
 * measure_counts: out[question_answer(q)], one histogram after another, in the
 * order of model/query.  A linear pass over the counts for every histogram of
 * NESTED and RUNNING; one fast transform of each theme and slice for HAAR.
 *
 * counts	SECRET: [question_cells(q)], as node/count makes them; no branch
 *		and no index depends on one.  Their sum is below
 *		RELEASE_EXACT_MAX, as 2^37 records of QUERY_THEMES_MAX themes
 *		are more than a disk holds: so are the cells of out, in size.
 * q		query_check holds.
 * l		the ladder of q.
 *
 * E_NOMEM	out is untouched.
 */
enum err measure_counts(int64_t *out, const uint32_t *counts,
    const struct question *q, const struct ladder *l) MUST_USE;

#endif
