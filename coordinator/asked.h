/*
 * coordinator/asked.h -- what a stored query asks.
 *
 * Read by protocol/codec in the calling process, without the sandbox of
 * protocol/decoder.  That is sound because a query comes into the database by
 * one door (coordinator/merge), after the decoder had read these very bytes
 * and its result had been encoded again to the same bytes: no sender can
 * bring other bytes before this function.
 */
#ifndef COORDINATOR_ASKED_H
#define COORDINATOR_ASKED_H

#include "base/err.h"
#include "coordinator/db.h"
#include "model/query.h"

/*
 * asked_query: the query of that id.
 *
 * E_NOTFOUND	no query of that id.
 * E_DB		the database failed, or holds what it cannot hold.
 * E_NOMEM
 */
enum err asked_query(
    struct db *db, const uint8_t id[QUERY_ID], struct query *out) MUST_USE;

#endif
