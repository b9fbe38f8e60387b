/*
 * analysis/display.h -- the display product: counts that look like counts.
 *
 * Non-negative whole numbers that add up: every number shown, of a level, of a
 * month or of all months, is the sum of the cells below it.  From the unbiased
 * product (analysis/estimate) by post-processing, so it costs no privacy; it is
 * biased, and intervals and tests never use it.
 *
 * Totals are kept, not clipped away: each block of children is projected on
 * {all >= 0, sum = parent}, from the top down; cells that are clamped one by
 * one and added up afterwards cover the truth in 6 % of cases instead of 95 %.
 * The first flat axis (themes) is left alone: themes may overlap and do not add
 * up.
 */
#ifndef ANALYSIS_DISPLAY_H
#define ANALYSIS_DISPLAY_H

#include <stdint.h>

#include "analysis/estimate.h"
#include "base/err.h"

/*
 * display_project: the nearest non-negative numbers that add up, from the
 * unbiased estimates of every level, values[level] as estimate_solve gives
 * them; cells[flat0][flat1][n[0]].  For each member of flat0 the total is
 * max(0, estimate of the total); then at every node, from the roots down, the
 * children x flat1 block keeps both its margins (the node's own flat1 numbers;
 * the children's totals over flat1, themselves projected first).
 *
 * E_NOMEM
 */
enum err display_project(double *cells, const struct estimate_shape *shape,
    const double *const *values) MUST_USE;

#define DISPLAY_MOST 0x1p52 /* doubles are whole numbers exactly up to here */

/*
 * display_round: whole numbers near cells (each >= 0, as display_project or
 * analysis/denoise gives them) such that the total of each member of flat0 is
 * its cells' sum rounded, and every level and every flat1 member of every node
 * is within less than one, or as near as whole numbers that add up can be, of
 * the sum of its cells: largest remainders, from the roots down.  Where the
 * cells of a member add up to more than DISPLAY_MOST, which no records do but
 * a node that lies may, all of them are first made smaller, to add up to that.
 *
 * E_NOMEM
 */
enum err display_round(int64_t *out, const struct estimate_shape *shape,
    const double *cells) MUST_USE;

#endif
