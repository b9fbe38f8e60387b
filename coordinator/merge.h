/*
 * coordinator/merge.h -- the core of the coordinator: who is connected, and
 * what they say.
 *
 * No network and no clock of its own (protocol/core).  A connection says HELLO
 * first, which is held against the roster; a party has one connection, the
 * newest.  Nodes are asked by coordinator/docket; researchers, approvers and
 * auditors submit, look at the status and fetch.
 */
#ifndef COORDINATOR_MERGE_H
#define COORDINATOR_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "coordinator/db.h"
#include "coordinator/pages.h"
#include "policies/enrol.h"
#include "protocol/core.h"

struct merge; /* opaque */

struct merge_config { /* what it points at outlives the merge */
	const struct identity *identity; /* with keys */
	struct db *db;                   /* DB_WRITE */
	struct pages *pages;             /* over db: what FETCH answers */
	const struct clock *clock;
	const struct log *log;
	struct core_net net;
	/* codec_query_read, or protocol/decoder around it */
	enum err (*decode)(
	    void *ctx, struct query *out, const uint8_t *buf, size_t len);
	void *decode_ctx;
	/* the roster note that is in the folder now; *note is freed by the
	 * merge.  Called at the start and at SIGHUP. */
	enum err (*read_roster)(void *ctx, char **note, size_t *len);
	void *roster_ctx;
};

/*
 * merge_new: with what the database holds.
 *
 * E_CONFIG, E_SIGNATURE, E_FORMAT, E_IO	the roster cannot be used.
 * E_DB, E_NOMEM, E_CLOSED
 */
enum err merge_new(struct merge **out, const struct merge_config *c) MUST_USE;
void merge_free(struct merge *m); /* NULL does nothing */

/* merge_core: the merge in the shape of protocol/core. */
struct core merge_core(struct merge *m);

#endif
