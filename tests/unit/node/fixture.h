/*
 * tests/unit/node/fixture.h -- a federation in memory: governance, roster,
 * keys, queries with approvals, and nodes with a real ledger, store and gate in
 * a folder of their own.  Clock and chance are the test's.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rng.h"
#include "model/answer.h"
#include "model/area.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/gate.h"
#include "node/ledger.h"
#include "node/records.h"
#include "policies/enrol.h"
#include "policies/policy.h"
#include "policies/roster.h"
#include "protocol/frame.h"

#define FIXTURE_NOW UINT64_C(1700000000) /* 2023-11-14T22:13:20Z */
#define FIXTURE_GOVERNORS 3
#define FIXTURE_PARTIES 16
#define FIXTURE_MONTH 612 /* 2021-01, the first that nodes cover */
#define FIXTURE_MONTHS 12
#define FIXTURE_FORCE "W15000002"
#define FIXTURE_FRAMES 4096

struct fixture {
	uint64_t utc_s; /* the clock's */
	uint64_t chance;
	unsigned rng_fails; /* the next so many draws fail */
	struct governance governance;
	struct sign_key governors[FIXTURE_GOVERNORS]; /* two must sign */
	struct roster *roster; /* change it, then fixture_seal */
	char *note;            /* the same, signed */
	size_t note_len;
	unsigned n;
	struct {
		struct party_id id;
		struct sign_key key;
	} parties[FIXTURE_PARTIES];
	struct areas *areas;
	struct themes *themes;
	uint8_t areas_hash[32], rules_hash[32];
	struct clock clock;
	struct rng rng;
};

/* fixture_new: coordinator, nodes "north" and "south", researchers "analyst"
 * and "author" (who is an approver, too), approvers "alpha", "beta", "gamma"
 * (of alpha's organisation). */
struct fixture *fixture_new(void);
void fixture_free(struct fixture *f);

/* fixture_add: one more party in the roster; fixture_seal must follow. */
struct member *fixture_add(struct fixture *f, const char *id, unsigned roles,
    const char *organisation);
struct member *fixture_member(struct fixture *f, const char *id);
const struct sign_key *fixture_key(const struct fixture *f, const char *id);
struct party_id fixture_id(const char *id);

/* fixture_seal: the roster as a note signed by two governors, as epoch. */
void fixture_seal(struct fixture *f, uint32_t epoch);

/* fixture_query: one that both nodes answer, at 0.001 rho each of 3 months. */
void fixture_query(struct fixture *f, struct query *q);

/* fixture_title: another title, and so another query id. */
void fixture_title(struct query *q, const char *title);

/* fixture_price: one histogram of all counts with the smallest Gaussian noise
 * that costs at most nrho, and what it costs, after q's places, themes or c
 * were changed.  fixture_charge: what the histograms and the noise that q has
 * cost. */
void fixture_price(struct fixture *f, struct query *q, uint64_t nrho);
void fixture_charge(struct fixture *f, struct query *q);

/* fixture_places: q's places and their number, on one level; fixture_levels:
 * on n. */
void fixture_places(struct fixture *f, struct query *q, uint32_t geo);
void fixture_levels(struct fixture *f, struct query *q, uint16_t n);

/* fixture_grid: squares of 1 km from the origin instead. */
void fixture_grid(struct query *q, uint32_t cols, uint32_t rows);

struct fixture_bundle {
	uint8_t id[QUERY_ID];
	uint8_t *bytes; /* for fixture_drop */
	size_t len;
	size_t at; /* of the first approval */
};

/* fixture_bundle: q signed by signer and approved by those in approvers,
 * separated by spaces, a "-" before the name makes it a veto. */
struct fixture_bundle fixture_bundle(struct fixture *f, const struct query *q,
    const char *signer, const char *approvers);
void fixture_drop(struct fixture_bundle *b);

struct fixture_frame { /* that a node sent */
	enum frame_kind kind;
	uint64_t conn;
	uint8_t id[FRAME_ID];
	uint8_t *body;
	size_t len;
};

struct fixture_node {
	struct fixture *f;
	struct party_id id;
	char dir[64], ledger_path[96], store_path[96];
	struct policy policy;
	struct identity identity;
	struct ledger *ledger;
	struct records *records;
	struct gate *gate;
	struct core core;
	uint64_t conn;
	uint8_t exporter[32];
	bool admitted, dropped;
	unsigned decoded; /* how often the decoder was called */
	unsigned kept;    /* rosters */
	size_t n;         /* frames sent, and not taken yet */
	struct fixture_frame *sent;
};

/* fixture_node: a node with 30 records, running and connected. */
struct fixture_node *fixture_node(struct fixture *f, const char *id);
void fixture_node_free(struct fixture_node *n);

/* fixture_stop, fixture_start: as after a crash; the files stay. */
void fixture_stop(struct fixture_node *n);
void fixture_start(struct fixture_node *n);

/* fixture_connect: a new connection of the coordinator, welcomed. */
void fixture_connect(struct fixture_node *n);

/* fixture_records: n more records of that month, loaded now: violence, all in
 * one LSOA, at points 1 km apart from (320000, 190000) on. */
void fixture_records(struct fixture_node *n, uint16_t month, unsigned records);

/* fixture_tell: the coordinator says something.  fixture_take: the oldest
 * frame that the node has sent, kind 0 when there is none; free its body. */
void fixture_tell(struct fixture_node *n, enum frame_kind kind,
    const uint8_t *id, const void *body, size_t len);
struct fixture_frame fixture_take(struct fixture_node *n);

/* fixture_ask: hand the bundle over; the refusal that comes, whose signature
 * is checked, or REFUSAL_NONE for TAKEN. */
unsigned fixture_ask(struct fixture_node *n, const struct fixture_bundle *b);

/* fixture_fetch: tick until READY, pull it, check its signature; the answer,
 * whose cells are the caller's to free. */
struct answer fixture_fetch(struct fixture_node *n, const uint8_t id[QUERY_ID]);

/* fixture_cost: what the node has charged to a month; fixture_spent: nano-rho
 * of it. */
struct cost fixture_cost(struct fixture_node *n, uint16_t month);
uint64_t fixture_spent(struct fixture_node *n, uint16_t month);

#endif
