/*
 * client/compile.h -- from a wish to the query that everybody signs.
 *
 * Names become codes, "all" becomes a list, a wanted charge becomes the
 * variance of the noise: the node executes, it does not plan.
 */
#ifndef CLIENT_COMPILE_H
#define CLIENT_COMPILE_H

#include <stdint.h>

#include "client/doc.h"
#include "client/ground.h"
#include "client/wish.h"
#include "model/query.h"
#include "policies/roster.h"

struct compile_world {
	const struct ground *ground;
	const struct roster *roster; /* current at now_s */
	const struct party_id *researcher;
	uint64_t now_s; /* UTC */
};

/*
 * compile_wish: the wish of doc as a query that query_check holds for;
 * question_id is not set.
 *
 * E_CONFIG	it cannot be asked; the complaints went to doc.
 * E_NOMEM, E_IO
 */
enum err compile_wish(struct query *out, struct doc *doc, const struct wish *w,
    const struct compile_world *world) MUST_USE;

#endif
