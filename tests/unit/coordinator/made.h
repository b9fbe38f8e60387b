/*
 * tests/unit/coordinator/made.h -- a federation in memory around a real
 * coordinator: roster, keys, signed queries, a database in a folder of its
 * own.  The network and the clock are the test's; nodes are the test, too:
 * they sign what it tells them to.
 */
#ifndef MADE_H
#define MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/clock.h"
#include "coordinator/db.h"
#include "coordinator/merge.h"
#include "coordinator/pages.h"
#include "model/query.h"
#include "policies/enrol.h"
#include "protocol/core.h"

#define MADE_NOW UINT64_C(1700000000) /* 2023-11-14T22:13:20Z */
#define MADE_PARTIES 16
#define MADE_FRAMES 512
#define MADE_GOVERNORS 3
#define MADE_FORCES 3
#define MADE_BRIEF 5 /* seconds that a "<" approval lasts */

struct made_frame {           /* that the coordinator sent */
	enum frame_kind kind; /* 0: none */
	uint64_t conn;
	uint8_t id[FRAME_ID];
	uint8_t *body; /* for free() */
	size_t len;
};

struct made {
	uint64_t utc_s, mono_ms;
	struct clock clock;
	char dir[64], db_path[96];
	struct sign_key governors[MADE_GOVERNORS]; /* two must sign */
	struct roster *roster;                     /* change, then made_seal */
	char *note;
	size_t note_len;
	unsigned n;
	struct {
		struct party_id id;
		struct sign_key key;
	} parties[MADE_PARTIES];
	struct identity identity; /* the coordinator's */
	struct db *db;
	struct pages *pages;
	struct merge *merge;
	struct core core;
	unsigned decoded;      /* how often the decoder was called */
	enum err decoder_says; /* not E_OK: instead of decoding */
	int64_t swing;         /* of what made_release's nodes answer */
	uint64_t last_conn;
	uint64_t dropped[MADE_FRAMES];
	size_t n_dropped;
	size_t n_sent;
	struct made_frame sent[MADE_FRAMES];
};

/*
 * made_new: coordinator; nodes "gwent", "hospital" (nhs, synthetic),
 * "south-wales"; researchers "analyst" and "author" (an approver, too);
 * approvers "alpha", "beta", "gamma" (of alpha's organisation), "delta" (of
 * the analyst's); auditor "inspector".  The coordinator runs.
 */
struct made *made_new(void);
void made_free(struct made *m);

/* made_stop, made_start: as after a crash; the database stays. */
void made_stop(struct made *m);
void made_start(struct made *m);

struct party_id made_id(const char *id);
const struct sign_key *made_key(const struct made *m, const char *id);
struct member *made_member(struct made *m, const char *id);

/* made_seal: the roster as a note signed by two governors, as epoch. */
void made_seal(struct made *m, uint32_t epoch);

/* made_tick: so many seconds later. */
void made_tick(struct made *m, uint64_t seconds);

/* made_up: a connection of the party, who has not said hello.  made_hello: it
 * says hello, knowing a roster of that epoch.  made_connect: both, welcomed,
 * with the newest roster. */
uint64_t made_up(struct made *m, const char *party);
void made_hello(
    struct made *m, uint64_t conn, const char *party, uint32_t epoch);
uint64_t made_connect(struct made *m, const char *party);

bool made_dropped(const struct made *m, uint64_t conn);

/* made_say: a frame of that connection.  made_take: the oldest frame sent to
 * it, kind 0 when there is none.  made_drain: forget all. */
void made_say(struct made *m, uint64_t conn, enum frame_kind kind,
    const uint8_t *id, const void *body, size_t len);
struct made_frame made_take(struct made *m, uint64_t conn);
void made_drain(struct made *m);

/* made_query: of the three nodes, by local authority: 2 themes, one slice; a
 * quorum of 2, send_at in 10 s, close_at in 100 s. */
void made_query(struct made *m, struct query *q);

/* made_levels: the same by neighbourhood and all levels above, month by month
 * for three months, with marginals.  made_running: by local authority, running
 * totals of five months. */
void made_levels(struct made *m, struct query *q);
void made_running(struct made *m, struct query *q);

struct made_bundle {
	uint8_t id[QUERY_ID];
	uint8_t *bytes; /* for free() */
	size_t len;
};

/* made_bundle: q signed by signer and approved by those in approvers,
 * separated by spaces; a "-" before a name makes it a veto, a "~" breaks its
 * signature, a "<" makes it end soon. */
struct made_bundle made_bundle(struct made *m, const struct query *q,
    const char *signer, const char *approvers);

/* made_submit: the reply's JSON, for json_decref; NULL when it was refused,
 * and *why says for what. */
json_t *made_submit(struct made *m, uint64_t conn, const struct made_bundle *b,
    bool now, enum err *why);
json_t *made_status(struct made *m, uint64_t conn, const uint8_t id[QUERY_ID]);

/* made_state: the state of the query.  made_node: a word ("state", "code",
 * "reason") of a node of it. */
const char *made_state(json_t *status);
const char *made_node(json_t *status, const char *node, const char *word);

struct made_answer { /* what a node says; made_honest fills it */
	const char *signer, *sender, *recipient;
	uint8_t envelope_id[QUERY_ID], query_id[QUERY_ID];
	uint8_t question_id[QUERY_ID];
	struct party_id node;
	uint32_t n_cells;
	int64_t first; /* cell i is first + i */
	int64_t swing; /* not 0: between first - swing and first + swing */
};

struct made_answer made_honest(struct made *m, const char *node,
    const struct query *q, const uint8_t id[QUERY_ID], int64_t first);

/* made_send: the node at conn says READY, and sends what it is asked for. */
void made_send(struct made *m, uint64_t conn, const uint8_t id[QUERY_ID],
    const struct made_answer *a);

/* made_refuse: the node at conn refuses. */
void made_refuse(struct made *m, uint64_t conn, const char *node,
    const uint8_t id[QUERY_ID], unsigned code, const char *words);

/* made_release: a whole query, all three nodes answer with cells 1000 + i,
 * 100 + i, 10 + i, or with m->swing so far around 0; its bundle. */
struct made_bundle made_release(struct made *m, struct query *q);

#endif
