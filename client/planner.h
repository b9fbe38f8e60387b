/*
 * client/planner.h -- the noise of a question: what is measured, and how
 * exactly.
 *
 * The node executes, it does not plan: what is decided here, from the wish, the
 * roster and public files alone, is what everybody signs.
 */
#ifndef CLIENT_PLANNER_H
#define CLIENT_PLANNER_H

#include "client/doc.h"
#include "client/wish.h"
#include "model/ladder.h"
#include "model/query.h"

/*
 * planner_set: set the strategy, the histograms, their noise and the charges of
 * q, whose every other field is set, as w wishes; l is its ladder.
 *
 * With a charge, the strategy (of those that fit, if w leaves it open) and the
 * weights that serve the published numbers best; with an accuracy those that
 * meet it for the least charge.
 *
 * E_CONFIG	it cannot be had; the complaint went to doc.
 * E_NOMEM
 */
enum err planner_set(struct question *q, struct doc *doc, const struct wish *w,
    const struct ladder *l) MUST_USE;

#endif
