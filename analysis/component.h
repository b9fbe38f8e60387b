/*
 * analysis/component.h -- means and deviations along the two flat axes.
 *
 * A flat axis of n members falls into its mean and the deviations from it.  A
 * component is the set of axes that deviate, as bits: bit a is axis a.  An axis
 * of one member has no deviations.  analysis/estimate says why noisy histograms
 * fall apart into these four, and are one problem on the tree in each.
 */
#ifndef ANALYSIS_COMPONENT_H
#define ANALYSIS_COMPONENT_H

#include <stdbool.h>
#include <stdint.h>

#define COMPONENTS 4

/* component_exists: does every axis in r have deviations? */
bool component_exists(const uint32_t flat[2], unsigned r);

/* component_told: does a histogram tell something of r: does it keep apart
 * every axis that deviates? */
bool component_told(const bool apart[2], unsigned r);

/* component_lengths: the product of the lengths of the axes added up. */
double component_lengths(const uint32_t flat[2], const bool apart[2]);

/* component_share: the variance of one number of a view that keeps apart the
 * axes it says and adds up the others is the sum over r of this times the
 * variance of r (one number's, on the tree). */
double component_share(const uint32_t flat[2], const bool apart[2], unsigned r);

#endif
