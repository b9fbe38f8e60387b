#include "coordinator/merge.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "coordinator/docket.h"
#include "coordinator/registry.h"
#include "coordinator/replies.h"
#include "crypto/hash.h"
#include "protocol/hello.h"
#include "protocol/talk.h"

#define ROLES (ROLE_NODE | ROLE_RESEARCHER | ROLE_APPROVER | ROLE_AUDITOR)
#define PAID 16 /* rosters handed out in one tick */
#define MAY_SUBMIT (ROLE_RESEARCHER | ROLE_APPROVER)
#define MAY_READ (ROLE_RESEARCHER | ROLE_APPROVER | ROLE_AUDITOR)

struct merge {
	struct merge_config c;
	const struct party_id *me;
	struct roster *roster; /* in force */
	char *note;            /* the bytes it was read from */
	size_t note_len;
	struct docket *docket;
	struct replies *replies;
	struct registry registry;
};

static uint64_t
now_s(const struct merge *m)
{
	return m->c.clock->utc_s(m->c.clock->ctx);
}

static uint64_t
now_ms(const struct merge *m)
{
	return m->c.clock->mono_ms(m->c.clock->ctx);
}

/* Saying ------------------------------------------------------------------ */

static void
say(struct merge *m, uint64_t conn, enum frame_kind kind, const uint8_t *id,
    const void *body, size_t len)
{
	struct frame f = { .kind = kind, .body = body, .len = len };

	if (id != NULL)
		memcpy(f.id, id, FRAME_ID);
	m->c.net.send(m->c.net.ctx, conn, &f);
}

/* Answer a request with a failure: FAIL, or REJECT without an id. */
static void
say_words(struct merge *m, uint64_t conn, enum frame_kind kind,
    const uint8_t *id, enum err why, const char *words)
{
	uint8_t body[1 + TALK_WORDS];

	say(m, conn, kind, id, body, talk_words_write(body, why, words));
}

/* Say why there is no reply. */
static void
say_no_reply(struct merge *m, uint64_t conn, const uint8_t *id, enum err e)
{
	say_words(m, conn, FRAME_FAIL, id, e,
	    e == E_STATE   ? "the reply before this one is not finished"
	    : e == E_AGAIN ? "too many replies are under way; try again later"
			   : "the reply is too long; take one view by HTTP");
}

/* Answer a request with a text, which is taken over. */
static void
reply(struct merge *m, uint64_t conn, const uint8_t *id, struct text *body)
{
	enum err e = replies_add(m->replies, conn, id, body, now_ms(m));

	if (e == E_OK)
		return;
	text_free(body);
	say_no_reply(m, conn, id, e);
}

/* Sessions ---------------------------------------------------------------- */

/* Everything that knows the connection forgets it. */
static void
forget(struct merge *m, uint64_t conn)
{
	if (!registry_remove(&m->registry, conn))
		return;
	replies_down(m->replies, conn);
	docket_down(m->docket, conn);
}

static void
end_session(struct merge *m, uint64_t conn)
{
	forget(m, conn);
	m->c.net.drop(m->c.net.ctx, conn);
}

static void
reject(struct merge *m, uint64_t conn, enum err why)
{
	const struct session *s = registry_find(&m->registry, conn);
	char words[TALK_WORDS];
	const char *text = "the hello cannot be read";

	if (why == E_PEER)
		text = "not a current member of the roster in force with this "
		       "certificate and a role here";
	else if (why == E_SIGNATURE)
		text = "signed with another key than the roster has";
	else if (why == E_CLOCK)
		text = "the clocks differ by more than five minutes";
	(void)snprintf(words, sizeof(words), "%s (roster epoch %u)", text,
	    m->roster->epoch);
	log_event(m->c.log, LOG_WARN_, "reject", "party=%s address=%s why=%s",
	    s == NULL ? "?" : s->who.party.s, s == NULL ? "?" : s->who.address,
	    err_text(why));
	say_words(m, conn, FRAME_REJECT, NULL, why, words);
	end_session(m, conn);
}

/* Send the roster to a session that has an older one. */
static void
pay_roster(struct merge *m, struct session *s)
{
	if (!s->owed)
		return;
	s->owed = false;
	say(m, s->conn, FRAME_ROSTER, NULL, m->note, m->note_len);
}

static enum err
welcome(struct merge *m, struct session *s, uint32_t their_epoch)
{
	struct hello h = { .roster_epoch = m->roster->epoch,
		.utc_s = now_s(m) };
	uint8_t *body = NULL;
	size_t len;
	enum err e;

	memcpy(h.roster_hash, m->roster->hash, sizeof(h.roster_hash));
	if ((e = hello_make(&body, &len, m->me, &s->who.party, s->who.exporter,
		 &h, &m->c.identity->key)) != E_OK)
		return e;
	m->c.net.admit(m->c.net.ctx, s->conn);
	say(m, s->conn, FRAME_WELCOME, NULL, body, len);
	free(body);
	s->owed = their_epoch < m->roster->epoch;
	pay_roster(m, s);
	return E_OK;
}

/* The roles here of a member that the session's party now is; 0: none. */
static unsigned
roles_of(const struct merge *m, const struct session *s)
{
	const struct member *who = roster_find(m->roster, &s->who.party);

	if (who == NULL || !roster_current(m->roster, now_s(m)) ||
	    !member_current(who, now_s(m)) ||
	    !hash_same(who->tls_fingerprint, s->who.fingerprint,
		sizeof(who->tls_fingerprint)))
		return 0;
	return who->roles & ROLES;
}

static enum err
on_hello(struct merge *m, uint64_t conn, const struct frame *f)
{
	struct session *s = registry_find(&m->registry, conn), *old;
	struct party_id party = s->who.party;
	struct hello h;
	unsigned roles;
	enum err e;

	e = hello_check(
	    &h, f->body, f->len, m->me, &s->who, m->roster, 0, now_s(m));
	if (e == E_NOMEM)
		return e;
	roles = e == E_OK ? roles_of(m, s) : 0;
	if (e == E_OK && roles == 0)
		e = E_PEER;
	if (e != E_OK) {
		reject(m, conn, e);
		return E_OK;
	}
	if ((old = registry_party(&m->registry, &party, conn)) != NULL)
		end_session(m, old->conn);
	s = registry_find(&m->registry, conn); /* it may have moved */
	s->admitted = true;
	s->roles = roles;
	log_event(m->c.log, LOG_INFO_, "admit", "party=%s address=%s epoch=%u",
	    party.s, s->who.address, h.roster_epoch);
	if ((e = welcome(m, s, h.roster_epoch)) != E_OK)
		return e;
	return roles & ROLE_NODE ? docket_up(m->docket, &party, conn) : E_OK;
}

/* Requests ---------------------------------------------------------------- */

/* Answer with where the query stands. */
static enum err
say_status(struct merge *m, uint64_t conn, const uint8_t *frame_id,
    const uint8_t *query_id)
{
	struct text t = text_new(TEXT_MAX);
	enum err e = docket_status(m->docket, &t, query_id);

	if (e == E_OK) {
		reply(m, conn, frame_id, &t);
		return E_OK;
	}
	text_free(&t);
	if (e != E_NOTFOUND)
		return e;
	say_words(m, conn, FRAME_FAIL, frame_id, e,
	    "no such query was submitted here");
	return E_OK;
}

static enum err
on_submit(struct merge *m, const struct session *s, const struct frame *f)
{
	struct docket_paper paper = { .by = &s->who.party };
	struct docket_reply said;
	uint64_t conn = s->conn;
	enum err e;

	if (f->len < 1 || (f->body[0] & ~TALK_FLAGS) != 0) {
		say_words(m, conn, FRAME_FAIL, f->id, E_FORMAT,
		    "the request has flags that are not known here");
		return E_OK;
	}
	paper.now = (f->body[0] & TALK_NOW) != 0;
	paper.bytes = f->body + 1;
	paper.len = f->len - 1;
	if ((e = docket_submit(m->docket, &said, &paper)) != E_OK)
		return e;
	if (said.err != E_OK) {
		say_words(m, conn, FRAME_FAIL, f->id, said.err, said.words);
		return E_OK;
	}
	return say_status(m, conn, f->id, said.id);
}

/* The address of the page that a FETCH asks for; false when its words cannot
 * stand in an address. */
static bool
fetch_address(char *out, size_t cap, const struct frame *f)
{
	char id[HEX_LEN(QUERY_ID)];
	int len = (int)(f->len - 1), n;

	hex_text(id, f->id, QUERY_ID);
	if (f->len - 1 >= cap)
		return false;
	for (size_t i = 1; i < f->len; i++)
		if (f->body[i] <= ' ' || f->body[i] > '~')
			return false;
	if (f->body[0] == FETCH_JSON)
		n = snprintf(out, cap, "/v1/releases/%s", id);
	else
		n = snprintf(out, cap, "/v1/releases/%s/cells.geojson%s%.*s",
		    id, len > 0 ? "?" : "", len, (const char *)f->body + 1);
	return n > 0 && (size_t)n < cap;
}

static void
on_fetch(struct merge *m, const struct session *s, const struct frame *f)
{
	struct page page = { .status = 200 };
	char address[512];
	uint64_t conn = s->conn;
	enum err e;

	/* before the work: rounds wait while a table is written */
	if ((e = replies_room(m->replies, conn)) != E_OK) {
		say_no_reply(m, conn, f->id, e);
		return;
	}
	if (f->len < 1 || f->body[0] > FETCH_GEOJSON ||
	    !fetch_address(address, sizeof(address), f)) {
		say_words(m, conn, FRAME_FAIL, f->id, E_FORMAT,
		    "the request asks for a form that is not known here");
		return;
	}
	if (f->body[0] == FETCH_CSV)
		pages_table(m->c.pages, &page, f->id);
	else
		pages_get(m->c.pages, &page, address, strlen(address));
	if (page.status == 200) {
		reply(m, conn, f->id, &page.body);
		return;
	}
	text_free(&page.body);
	if (page.status == 404)
		say_words(m, conn, FRAME_FAIL, f->id, E_NOTFOUND,
		    f->body[0] == FETCH_GEOJSON
			? "no such release, theme, slice, level or "
			  "source; what there is stands in the release's JSON"
			: "nothing of this query is released; 'ward query "
			  "status' says where it stands");
	else
		say_words(m, conn, FRAME_FAIL, f->id,
		    page.status == 400 ? E_FORMAT : E_IO,
		    page.status == 400
			? "the words are not "
			  "theme=..&slice=..&level=..&source=.."
			: "the coordinator could not prepare the answer");
}

/* May the session ask that?  If not it is told so. */
static bool
allowed(struct merge *m, const struct session *s, const struct frame *f,
    unsigned roles)
{
	if (s->roles & roles)
		return true;
	say_words(m, s->conn, FRAME_FAIL, f->id, E_PEER,
	    "your role in the roster does not allow this");
	return false;
}

/* A frame of an admitted session. */
static enum err
on_talk(struct merge *m, const struct session *s, const struct frame *f)
{
	struct party_id party = s->who.party;

	switch (f->kind) {
	case FRAME_TAKEN:
	case FRAME_REFUSED:
	case FRAME_READY:
	case FRAME_CHUNK:
		if (!(s->roles & ROLE_NODE))
			break;
		return docket_frame(m->docket, &party, s->conn, f);
	case FRAME_SUBMIT:
		return allowed(m, s, f, MAY_SUBMIT) ? on_submit(m, s, f) : E_OK;
	case FRAME_STATUS:
		return allowed(m, s, f, MAY_READ)
			   ? say_status(m, s->conn, f->id, f->id)
			   : E_OK;
	case FRAME_FETCH:
		if (allowed(m, s, f, MAY_READ))
			on_fetch(m, s, f);
		return E_OK;
	default:
		break;
	}
	log_event(m->c.log, LOG_WARN_, "breach", "party=%s frame=%d", party.s,
	    (int)f->kind);
	end_session(m, s->conn);
	return E_OK;
}

/* The roster -------------------------------------------------------------- */

/* Read the note of the folder; *out and *note are the caller's. */
static enum err
load_roster(struct merge *m, struct roster **out, char **note, size_t *len)
{
	struct fault fault = { "" };
	char *text = NULL;
	size_t n;
	enum err e;

	if ((e = m->c.read_roster(m->c.roster_ctx, &text, &n)) != E_OK)
		return e;
	e = roster_read(out, &m->c.identity->governance, text, n, &fault);
	if (e != E_OK) {
		log_event(m->c.log, LOG_ERROR_, "roster-bad", "why=\"%s\" %s",
		    err_text(e), fault.text);
		free(text);
		return e;
	}
	*note = text;
	*len = n;
	return E_OK;
}

/* Is the session's party still who it said it was under the older roster? */
static bool
still(
    const struct merge *m, const struct session *s, const struct roster *before)
{
	const struct member *a = roster_find(before, &s->who.party);
	const struct member *b = roster_find(m->roster, &s->who.party);

	return a != NULL && b != NULL && roles_of(m, s) != 0 &&
	       hash_same(a->sign_public, b->sign_public, SIGN_PUBLIC);
}

/* Who is still in gets the new roster; the sessions of the others end. */
static void
spread_roster(struct merge *m, const struct roster *before)
{
	for (size_t i = m->registry.n; i > 0; i--) {
		struct session *s = &m->registry.sessions[i - 1];

		if (!s->admitted)
			continue;
		if (!still(m, s, before)) {
			reject(m, s->conn, E_PEER);
			continue;
		}
		s->roles = roles_of(m, s);
		s->owed = true;
	}
}

/* Hand the roster to some of those that have an older one: a roster is large
 * beside what may wait on the way to the net process. */
static void
pay_rosters(struct merge *m)
{
	size_t paid = 0;

	for (size_t i = 0; i < m->registry.n && paid < PAID; i++) {
		struct session *s = &m->registry.sessions[i];

		paid += s->owed;
		pay_roster(m, s);
	}
}

static enum err
core_hup(void *ctx)
{
	struct merge *m = ctx;
	struct roster *fresh = NULL, *before = m->roster;
	char *note = NULL;
	size_t len = 0;
	enum err e;

	if ((e = load_roster(m, &fresh, &note, &len)) != E_OK)
		return e == E_NOMEM ? e : E_OK; /* the old one stays */
	if (fresh->epoch <= before->epoch) {
		log_event(m->c.log,
		    fresh->epoch < before->epoch ? LOG_WARN_ : LOG_INFO_,
		    "roster-kept", "epoch=%u offered=%u", before->epoch,
		    fresh->epoch);
		free(note);
		free(fresh);
		return E_OK;
	}
	free(m->note);
	m->note = note;
	m->note_len = len;
	m->roster = fresh;
	docket_roster(m->docket, fresh);
	log_event(m->c.log, LOG_INFO_, "roster", "epoch=%u parties=%u",
	    fresh->epoch, fresh->n);
	spread_roster(m, before);
	free(before);
	return E_OK;
}

/* The core ---------------------------------------------------------------- */

static enum err
core_listening(void *ctx, uint16_t port)
{
	const struct merge *m = ctx;

	log_event(m->c.log, LOG_INFO_, "listening", "port=%u", port);
	return E_OK;
}

static enum err
core_up(void *ctx, uint64_t conn, const struct ipc_up *who)
{
	struct merge *m = ctx;
	struct session *s;
	enum err e = registry_add(&m->registry, &s, conn, who);

	if (e == E_EXISTS)
		return E_FORMAT; /* the net process is broken */
	if (e == E_LIMIT)
		m->c.net.drop(m->c.net.ctx, conn);
	return E_OK;
}

static enum err
core_frame(void *ctx, uint64_t conn, const struct frame *f)
{
	struct merge *m = ctx;
	const struct session *s = registry_find(&m->registry, conn);

	if (s == NULL)
		return E_OK; /* sent before it heard that it was dropped */
	if (s->admitted)
		return on_talk(m, s, f);
	if (f->kind == FRAME_HELLO)
		return on_hello(m, conn, f);
	reject(m, conn, E_FORMAT);
	return E_OK;
}

static enum err
core_down(void *ctx, uint64_t conn)
{
	forget(ctx, conn);
	return E_OK;
}

static enum err
core_tick(void *ctx)
{
	struct merge *m = ctx;

	pay_rosters(m);
	replies_pump(m->replies, now_ms(m));
	return docket_tick(m->docket);
}

struct core
merge_core(struct merge *m)
{
	return (struct core){ .ctx = m,
		.listening = core_listening,
		.up = core_up,
		.frame = core_frame,
		.down = core_down,
		.tick = core_tick,
		.hup = core_hup };
}

/* What the docket asks of us.  A query may name the newest roster: that goes
 * first. */
static void
docket_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct merge *m = ctx;
	struct session *s = registry_find(&m->registry, conn);

	if (s != NULL)
		pay_roster(m, s);
	m->c.net.send(m->c.net.ctx, conn, f);
}

static void
docket_drop(void *ctx, uint64_t conn)
{
	end_session(ctx, conn);
}

static uint64_t
docket_conn(void *ctx, const struct party_id *party)
{
	struct merge *m = ctx;
	const struct session *s = registry_party(&m->registry, party, 0);

	return s != NULL && s->roles & ROLE_NODE ? s->conn : 0;
}

void
merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	docket_free(m->docket);
	replies_free(m->replies);
	free(m->roster);
	free(m->note);
	free(m);
}

enum err
merge_new(struct merge **out, const struct merge_config *c)
{
	struct merge *m = calloc(1, sizeof(*m));
	struct docket_config d;
	enum err e;

	if (m == NULL)
		return E_NOMEM;
	m->c = *c;
	m->me = &c->identity->me->id;
	d = (struct docket_config){ .me = m->me,
		.db = c->db,
		.areas = pages_areas(c->pages),
		.meaning = pages_meaning(c->pages),
		.clock = c->clock,
		.log = c->log,
		.decode = c->decode,
		.decode_ctx = c->decode_ctx,
		.send = docket_send,
		.drop = docket_drop,
		.conn_of = docket_conn,
		.ctx = m };
	if ((e = load_roster(m, &m->roster, &m->note, &m->note_len)) != E_OK ||
	    (e = replies_new(&m->replies, &c->net)) != E_OK ||
	    (e = docket_new(&m->docket, &d, m->roster)) != E_OK)
		goto out;
	log_event(c->log, LOG_INFO_, "roster", "epoch=%u parties=%u",
	    m->roster->epoch, m->roster->n);

	*out = m;
	m = NULL;
out:
	merge_free(m);
	return e;
}
