/*
 * tests/sim/world.h -- a whole federation in one process: real gates, a real
 * merge, real files and signatures; a fake clock, a fake network, and faults.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "coordinator/merge.h"
#include "node/gate.h"
#include "protocol/bundle.h"

#define WORLD_NODES 3
#define WORLD_PARTIES (WORLD_NODES + 4) /* coordinator, analyst, approvers */
#define WORLD_QUEUE 512

struct packet {
	uint64_t at_ms, conn;
	bool to_node;
	uint8_t *bytes;
	size_t len;
};

struct node { /* one data holder */
	struct identity *identity;
	struct policy policy;
	struct ledger *ledger;
	struct records *records;
	struct gate *gate; /* NULL: down */
	uint64_t conn;     /* 0: not connected */
	bool cut;          /* its line is broken */
	char dir[64];
	struct world *world;
	struct core_net net;
};

struct world {
	char dir[32];
	uint64_t utc_s, mono_ms;
	struct clock clock;
	struct rng rng;
	uint64_t seed, next_conn;
	struct identity identity[WORLD_PARTIES];
	struct node nodes[WORLD_NODES];
	struct db *db;
	struct pages *pages;
	struct merge *merge; /* NULL: down */
	uint64_t ward;       /* connection of the analyst; 0: none */
	struct areas *areas;
	struct themes *themes;
	uint8_t areas_hash[32], rules_hash[32];
	struct packet queue[WORLD_QUEUE];
	size_t n_queue;
	/* what a frame is before it is delivered: the invariants */
	void (*watch)(
	    struct world *w, struct node *from, const struct frame *f);
	unsigned refused, taken, answered;
};

/* world_open: founded, enrolled, loaded, all running and connected.  Any
 * failure is an assert. */
void world_open(struct world *w, uint64_t seed);
void world_close(struct world *w);

/* world_step: ms later: packets are delivered, cores tick, lines that are not
 * cut are dialled again. */
void world_step(struct world *w, unsigned ms);

/* world_random: below n. */
uint32_t world_random(struct world *w, uint32_t n);

/* Faults: kill -9 and start again; break and mend a line. */
void world_kill_node(struct world *w, struct node *n);
void world_start_node(struct world *w, struct node *n);
void world_kill_merge(struct world *w);
void world_start_merge(struct world *w);
void world_cut(struct world *w, struct node *n, bool cut);

/* world_load: a batch into a node's store: records of the numbers first, first
 * + step, ...  Record i is of month 612 + i % 12, all are in one place.  A node
 * has the first 120. */
void world_load(struct world *w, struct node *n, enum records_act act,
    unsigned first, unsigned records, unsigned step);

/* world_ask: sign by the analyst and both approvers, and submit; the id. */
void world_ask(struct world *w, struct query *q, uint8_t id[QUERY_ID]);

enum world_kind {       /* of a question */
	WORLD_IDENTITY, /* one theme, one month, local authorities */
	WORLD_LEVELS,   /* two themes, two levels, their marginals */
	WORLD_RUNNING,  /* three months, from that month on */
	WORLD_HAAR,     /* the bands of a grid */
	WORLD_LAPLACE,  /* two levels, Laplace noise */
	WORLD_KINDS
};

/* world_question: a good query of all nodes, of that kind, month and theme
 * (not the last): at most 0.015 rho or, of Laplace noise, 0.3 epsilon a
 * month, so that six fit in one. */
void world_question(struct world *w, struct query *q, enum world_kind kind,
    uint16_t month, uint8_t theme, uint64_t life_s);

#endif
