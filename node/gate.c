#include "node/gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "node/asked.h"
#include "node/journal.h"
#include "node/roll.h"
#include "node/verdict.h"
#include "node/work.h"
#include "protocol/bundle.h"
#include "protocol/hello.h"
#include "protocol/talk.h"

#define STORE_TIME_S 60 /* how much time a crash may let the ledger forget */
#define ID_SHOWN 8      /* bytes of a query id in the log */

struct gate {
	struct gate_config config;
	struct roll roll;
	uint64_t highest, stored; /* UTC seconds seen, and in the ledger */
	uint64_t conn;            /* 0: none */
	struct ipc_up who;        /* at its other end */
	bool welcome;
	struct asked_table *asked;
};

/* The gate's time: never goes back, and the ledger knows it. */
static enum err
now(struct gate *g, uint64_t *out, bool *behind)
{
	const struct clock *c = g->config.clock;
	uint64_t utc_s = c->utc_s(c->ctx);
	uint64_t before;
	enum err e;

	if (g->stored == 0 || utc_s > g->stored + STORE_TIME_S) {
		e = journal_time(g->config.ledger, &before, utc_s);
		if (e != E_OK)
			return e;
		g->stored = before > utc_s ? before : utc_s;
	}
	if (g->stored > g->highest)
		g->highest = g->stored;
	if (utc_s > g->highest)
		g->highest = utc_s;
	*behind = utc_s + VERDICT_CLOCK_S < g->highest;
	*out = g->highest;
	return E_OK;
}

/* A query's id as people see it in the log. */
static const char *
shown(char out[HEX_LEN(ID_SHOWN)], const uint8_t id[QUERY_ID])
{
	hex_text(out, id, ID_SHOWN);
	return out;
}

static void
send_frame(struct gate *g, enum frame_kind kind, const uint8_t id[QUERY_ID],
    const uint8_t *body, size_t len)
{
	struct frame f = { .kind = kind, .body = body, .len = len };

	if (id != NULL)
		memcpy(f.id, id, QUERY_ID);
	g->config.net.send(g->config.net.ctx, g->conn, &f);
}

/* Ends the connection: it did what a coordinator does not do. */
static void
hang_up(struct gate *g, uint64_t conn, const char *why)
{
	log_event(g->config.log, LOG_WARN_, "dropped", "reason=%s", why);
	g->config.net.drop(g->config.net.ctx, conn);
	if (conn != g->conn)
		return;
	asked_gone(g->asked, conn);
	g->conn = 0;
	g->welcome = false;
}

enum err
gate_roster(struct gate *g, const char *note, size_t len)
{
	bool moved = false;
	enum err e = roll_offer(&g->roll, &moved, note, len);

	if (moved && g->conn != 0)
		hang_up(g, g->conn, "coordinator-changed");
	return e;
}

/* Life ---------------------------------------------------------------- */

enum err
gate_new(struct gate **out, const struct gate_config *c)
{
	struct gate *g = calloc(1, sizeof(*g));
	uint64_t now_s;
	bool behind;
	enum err e;

	if (g == NULL)
		return E_NOMEM;
	g->config = *c;
	if ((e = asked_new(&g->asked, &g->config)) != E_OK ||
	    (e = roll_open(&g->roll, &g->config)) != E_OK ||
	    (e = now(g, &now_s, &behind)) != E_OK)
		goto out;
	if (behind) {
		e = E_CLOCK;
		goto out;
	}

	*out = g;
	g = NULL;
out:
	gate_free(g);
	return e;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	asked_free(g->asked);
	roll_close(&g->roll);
	free(g);
}

bool
gate_connected(const struct gate *g)
{
	return g->welcome;
}

/* Asking -------------------------------------------------------------- */

/* Signs a refusal and sends it; reason may be "". */
static enum err
refuse(struct gate *g, const uint8_t id[QUERY_ID], enum refusal code,
    const char *reason, uint64_t now_s)
{
	const struct gate_config *c = &g->config;
	struct asked *a = asked_find(g->asked, id);
	struct refused r = { .code = (uint16_t)code };
	uint8_t bytes[REFUSED_MAX], *whole = NULL;
	char text[HEX_LEN(ID_SHOWN)];
	struct envelope e = { .purpose = PURPOSE_REFUSAL,
		.sender = c->identity->me->id,
		.recipient = c->coordinator,
		.seq = now_s,
		.bytes = bytes };
	size_t len;
	enum err err;

	if (a != NULL)
		asked_drop(g->asked, a);
	strncpy(r.reason, reason, sizeof(r.reason) - 1);
	memcpy(e.id, id, QUERY_ID);
	e.len = refused_write(bytes, &r);
	if ((err = envelope_make(&whole, &len, &e, &c->identity->key)) != E_OK)
		return err;
	send_frame(g, FRAME_REFUSED, id, whole, len);
	free(whole);
	log_event(c->log, LOG_INFO_, "refused", "query=%s code=%s",
	    shown(text, id), refusal_code(code));
	return E_OK;
}

/* Something here is broken: says so, and what to the log alone. */
static enum err
refuse_fault(
    struct gate *g, const uint8_t id[QUERY_ID], enum err fault, uint64_t now_s)
{
	char text[HEX_LEN(ID_SHOWN)];

	log_event(g->config.log, LOG_ERROR_, "fault", "query=%s reason=\"%s\"",
	    shown(text, id), err_text(fault));
	return refuse(g, id, REFUSAL_INTERNAL, "", now_s);
}

/* A query that is to be answered. */
static enum err
take(struct gate *g, const uint8_t id[QUERY_ID], const struct verdict *v,
    uint64_t now_s)
{
	const struct gate_config *c = &g->config;
	char text[HEX_LEN(ID_SHOWN)];
	enum err e;

	if (asked_find(g->asked, id) == NULL && !asked_room(g->asked))
		return refuse(g, id, REFUSAL_INTERNAL,
		    "too many queries are under way here; ask again later",
		    now_s);
	e = work_charge(c, v, id, now_s);
	if (e == E_BUDGET)
		return refuse(g, id, REFUSAL_BUDGET, "", now_s);
	if (e == E_OK)
		e = journal_log(c->ledger, now_s, "answered", id, 0);
	if (e != E_OK)
		return refuse_fault(g, id, e, now_s);
	/* Before the work: when this leaves must not tell how long it took. */
	asked_put(g->asked, id, v, g->conn);
	send_frame(g, FRAME_TAKEN, id, NULL, 0);
	log_event(c->log, LOG_INFO_, "taken", "query=%s charged=%s",
	    shown(text, id), v->state == LEDGER_NEW ? "yes" : "before");
	e = work_answer(c, v);
	if (e == E_CLOSED) /* started anew, it can open the records again */
		return E_IO;
	return e == E_OK ? E_OK : refuse_fault(g, id, e, now_s);
}

static enum err
take_ask(struct gate *g, const struct frame *f)
{
	struct verdict_facts facts = { .config = &g->config,
		.roster = g->roll.roster };
	struct verdict v;
	struct bundle b;
	enum err e = now(g, &facts.now_s, &facts.clock_behind);

	if (e != E_OK)
		return e;
	if (!g->roll.named)
		return refuse(g, f->id, REFUSAL_ROSTER,
		    "the newest roster does not name this node", facts.now_s);
	if (bundle_parse(&b, f->body, f->len) != E_OK ||
	    !hash_same(b.id, f->id, QUERY_ID))
		return refuse(g, f->id, REFUSAL_FORMAT,
		    "not a bundle, or not of this query", facts.now_s);
	e = verdict_make(&v, &facts, &b);
	if (e == E_CLOSED)
		return e;
	if (e != E_OK)
		return refuse_fault(g, b.id, e, facts.now_s);
	if (v.refusal == REFUSAL_NONE)
		return take(g, b.id, &v, facts.now_s);
	if (v.proven && (e = journal_log(g->config.ledger, facts.now_s,
			     "refused", b.id, v.refusal)) != E_OK)
		return refuse_fault(g, b.id, e, facts.now_s);
	return refuse(g, b.id, v.refusal, "", facts.now_s);
}

/* Sending ------------------------------------------------------------- */

/* READY for everything whose time has come. */
static enum err
say_ready(struct gate *g, uint64_t now_s)
{
	struct asked *a;
	enum err e;

	while ((a = asked_due(g->asked, now_s)) != NULL) {
		uint8_t body[12];
		struct wr w = wr_over(body, sizeof(body));

		if ((e = asked_open(g->asked, a, now_s)) != E_OK) {
			uint8_t id[QUERY_ID];

			memcpy(id, a->id, QUERY_ID);
			if ((e = refuse_fault(g, id, e, now_s)) != E_OK)
				return e;
			continue;
		}
		wr_be64(&w, a->len);
		wr_be32(&w, FRAME_CHUNK_BYTES);
		send_frame(g, FRAME_READY, a->id, body, w.len);
		a->ready = true;
	}
	return E_OK;
}

/* Sends one chunk of an answer that was said to be ready here; anything else
 * is passed over. */
static enum err
take_pull(struct gate *g, const struct frame *f, uint64_t now_s)
{
	struct rd r = rd_over(f->body, f->len);
	struct asked *a = asked_find(g->asked, f->id);
	uint32_t chunk = rd_be32(&r);
	size_t at = (size_t)chunk * FRAME_CHUNK_BYTES, n;
	uint8_t *body;
	struct wr w;
	enum err e;

	if (rd_end(&r) != E_OK || a == NULL || !a->ready)
		return E_OK;
	if ((e = asked_open(g->asked, a, now_s)) != E_OK)
		return refuse_fault(g, f->id, e, now_s);
	if (at >= a->len)
		return E_OK;
	n = a->len - at < FRAME_CHUNK_BYTES ? a->len - at : FRAME_CHUNK_BYTES;
	if ((body = malloc(4 + n)) == NULL)
		return refuse_fault(g, f->id, E_NOMEM, now_s);
	w = wr_over(body, 4 + n);
	wr_be32(&w, chunk);
	wr_bytes(&w, a->bytes + at, n);
	send_frame(g, FRAME_CHUNK, f->id, body, w.len);
	free(body);
	a->sent = a->sent || at + n == a->len;
	return E_OK;
}

/* What core_loop tells ------------------------------------------------ */

static enum err
on_up(void *ctx, uint64_t conn, const struct ipc_up *who)
{
	struct gate *g = ctx;
	const struct gate_config *c = &g->config;
	struct hello h = { .roster_epoch = g->roll.roster->epoch };
	uint8_t *body;
	size_t len;
	bool behind;
	enum err e = now(g, &h.utc_s, &behind);

	if (e != E_OK)
		return e;
	if (!party_id_same(&who->party, &c->coordinator)) {
		hang_up(g, conn, "not-the-coordinator");
		return E_OK;
	}
	if (g->conn != 0)
		hang_up(g, g->conn, "replaced");
	g->conn = conn;
	g->who = *who;
	memcpy(h.roster_hash, g->roll.roster->hash, sizeof(h.roster_hash));
	if ((e = hello_make(&body, &len, &c->identity->me->id, &c->coordinator,
		 who->exporter, &h, &c->identity->key)) != E_OK)
		return e;
	send_frame(g, FRAME_HELLO, NULL, body, len);
	free(body);
	return E_OK;
}

static enum err
take_welcome(struct gate *g, const struct frame *f, uint64_t now_s)
{
	const struct gate_config *c = &g->config;
	struct hello h;
	enum err e = hello_check(&h, f->body, f->len, &c->identity->me->id,
	    &g->who, g->roll.roster, ROLE_COORDINATOR, now_s);

	if (e == E_NOMEM)
		return e;
	if (e != E_OK || g->welcome) {
		hang_up(g, g->conn, e == E_CLOCK ? "clocks-differ" : "welcome");
		return E_OK;
	}
	g->welcome = true;
	c->net.admit(c->net.ctx, g->conn);
	log_event(c->log, LOG_INFO_, "connected", "coordinator=%s address=%s",
	    c->coordinator.s, g->who.address);
	return E_OK;
}

static void
take_reject(struct gate *g, const struct frame *f)
{
	struct talk_words w = { .words = "" };

	(void)!talk_words_parse(&w, f->body, f->len);
	log_event(
	    g->config.log, LOG_WARN_, "rejected", "reason=\"%s\"", w.words);
	hang_up(g, g->conn, "rejected");
}

static enum err
take_roster(struct gate *g, const struct frame *f)
{
	enum err e = gate_roster(g, (const char *)f->body, f->len);

	if (e == E_NOMEM || e == E_DB || e == E_IO || e == E_ACCESS)
		return e;
	if (e != E_OK)
		log_event(g->config.log, LOG_WARN_, "roster-refused",
		    "reason=\"%s\"", err_text(e));
	return E_OK;
}

/* A frame of a coordinator that has shown who it is. */
static enum err
take_frame(struct gate *g, const struct frame *f, uint64_t now_s)
{
	switch (f->kind) {
	case FRAME_ROSTER:
		return take_roster(g, f);
	case FRAME_ASK:
		return take_ask(g, f);
	case FRAME_PULL:
		return take_pull(g, f, now_s);
	default:
		hang_up(g, g->conn, "unexpected-frame");
		return E_OK;
	}
}

static enum err
on_frame(void *ctx, uint64_t conn, const struct frame *f)
{
	struct gate *g = ctx;
	uint64_t now_s;
	bool behind;
	enum err e;

	if (conn != g->conn)
		return E_OK; /* was on its way when the gate hung up */
	if ((e = now(g, &now_s, &behind)) != E_OK)
		return e;
	if (f->kind == FRAME_WELCOME)
		return take_welcome(g, f, now_s);
	if (f->kind == FRAME_REJECT)
		take_reject(g, f);
	else if (!g->welcome)
		hang_up(g, conn, "no-welcome");
	else
		return take_frame(g, f, now_s);
	return E_OK;
}

static enum err
on_down(void *ctx, uint64_t conn)
{
	struct gate *g = ctx;

	if (conn != g->conn)
		return E_OK;
	log_event(g->config.log, LOG_WARN_, "disconnected", "reason=closed");
	asked_gone(g->asked, conn);
	g->conn = 0;
	g->welcome = false;
	return E_OK;
}

static enum err
on_tick(void *ctx)
{
	struct gate *g = ctx;
	uint64_t now_s;
	bool behind;
	enum err e = now(g, &now_s, &behind);

	if (e != E_OK)
		return e;
	asked_tidy(g->asked, now_s);
	return g->welcome ? say_ready(g, now_s) : E_OK;
}

static enum err
on_hup(void *ctx)
{
	struct gate *g = ctx;

	if (g->config.reload != NULL)
		g->config.reload(g->config.keep_ctx, g);
	return E_OK;
}

struct core
gate_core(struct gate *g)
{
	return (struct core){ .ctx = g,
		.up = on_up,
		.frame = on_frame,
		.down = on_down,
		.tick = on_tick,
		.hup = on_hup };
}
