#include "client/line.h"

#include <stdlib.h>
#include <string.h>

#include "client/plain.h"
#include "protocol/hello.h"
#include "protocol/link.h"
#include "protocol/talk.h"

struct line {
	struct link *link;
	struct home *home;
};

/* Keeps what the coordinator says about itself, safe for a terminal. */
static void
quote(struct fault *fault, const char *before, const struct frame *f)
{
	struct talk_words said;
	char shown[TALK_WORDS + 1] = "";

	if (talk_words_parse(&said, f->body, f->len) == E_OK)
		plain_words(shown, sizeof(shown), said.words);
	fault_set(fault, "%s%.300s", before, shown);
}

static void
no_connection(const struct home *home, enum err e, struct fault *fault)
{
	const char *what = e == E_PEER ? "it is not who it must be, or does "
					 "not know this party; have you "
					 "joined, and has it the newest roster?"
			   : e == E_CLOSED || e == E_TIMEOUT
			       ? "nobody answers there; is it running?"
			       : err_text(e);

	fault_set(
	    fault, "coordinator %.200s: %s", home->file.coordinator, what);
}

static enum err
send_hello(struct line *line, uint64_t now_s)
{
	const struct home *home = line->home;
	struct hello h = { .roster_epoch = home->id.roster->epoch,
		.utc_s = now_s };
	struct frame f = { .kind = FRAME_HELLO };
	uint8_t *body = NULL;
	enum err e;

	memcpy(h.roster_hash, home->id.roster->hash, sizeof(h.roster_hash));
	e = hello_make(&body, &f.len, &home->file.party,
	    &home->file.coordinator_party, link_peer(line->link)->exporter, &h,
	    &home->id.key);
	if (e != E_OK)
		return e;
	f.body = body;
	e = link_send(line->link, &f);
	free(body);
	return e;
}

/* Is the frame the coordinator's welcome, to us, in this session? */
static enum err
check_welcome(struct line *line, struct hello *out, const struct frame *f,
    uint64_t now_s, struct fault *fault)
{
	const struct home *home = line->home;
	const struct transport_peer *peer = link_peer(line->link);
	struct ipc_up up = { .party = peer->party };
	enum err e;

	if (f->kind == FRAME_REJECT) {
		quote(fault,
		    "the coordinator refuses this party (has it the roster "
		    "that names it?): ",
		    f);
		return E_PEER;
	}
	memcpy(up.fingerprint, peer->fingerprint, sizeof(up.fingerprint));
	memcpy(up.exporter, peer->exporter, sizeof(up.exporter));
	if (f->kind != FRAME_WELCOME)
		e = E_FORMAT;
	else if (!party_id_same(&peer->party, &home->file.coordinator_party))
		e = E_PEER;
	else
		e = hello_check(out, f->body, f->len, &home->file.party, &up,
		    home->id.roster, ROLE_COORDINATOR, now_s);
	if (e == E_CLOCK)
		fault_set(fault,
		    "your clock and the coordinator's differ by more than %d "
		    "minutes; set the one that is wrong",
		    HELLO_SKEW_S / 60);
	else if (e != E_OK)
		fault_set(fault,
		    "what answers at %.150s is not the coordinator \"%s\" of "
		    "the roster: %s",
		    home->file.coordinator, home->file.coordinator_party.s,
		    err_text(e));
	return e;
}

/* Verifies, stores and reads a roster newer than ours. */
static enum err
take_roster(
    struct line *line, const struct frame *f, bool *news, struct fault *fault)
{
	struct home *home = line->home;
	struct roster *r = NULL;
	enum err e = roster_read(
	    &r, &home->id.governance, (const char *)f->body, f->len, fault);

	if (e != E_OK) {
		fault_set(fault,
		    "the coordinator hands out a roster that governance has "
		    "not signed: %s",
		    err_text(e));
		return e;
	}
	if (r->epoch <= home->id.roster->epoch) {
		free(r); /* nothing new, no harm */
		return E_OK;
	}
	if (roster_find(r, &home->file.party) == NULL) {
		fault_set(fault,
		    "the roster of epoch %u does not have \"%s\" any more",
		    (unsigned)r->epoch, home->file.party.s);
		free(r);
		return E_NOTFOUND;
	}
	free(r);
	e = identity_store_roster(home->dir, (const char *)f->body, f->len);
	if (e != E_OK) {
		fault_set(
		    fault, "%.200s/roster.note: %s", home->dir, err_text(e));
		return e;
	}
	*news = true;
	return home_reload(home, fault);
}

/* Says hello and waits until both sides are known to each other. */
static enum err
meet(struct line *line, bool *news, uint64_t now_s, struct fault *fault)
{
	struct hello theirs;
	struct frame f;
	enum err e;

	if ((e = send_hello(line, now_s)) != E_OK ||
	    (e = link_receive(line->link, &f, LINE_WAIT_MS)) != E_OK) {
		no_connection(line->home, e, fault);
		return e;
	}
	if ((e = check_welcome(line, &theirs, &f, now_s, fault)) != E_OK)
		return e;
	link_admit(line->link);
	if (theirs.roster_epoch <= line->home->id.roster->epoch)
		return E_OK;
	if ((e = link_receive(line->link, &f, LINE_WAIT_MS)) != E_OK ||
	    f.kind != FRAME_ROSTER) {
		fault_set(fault,
		    "the coordinator has a newer roster and did not send it");
		return e == E_OK ? E_FORMAT : e;
	}
	return take_roster(line, &f, news, fault);
}

enum err
line_open(struct line **out, bool *news, struct home *home,
    const struct clock *clock, struct fault *fault)
{
	const struct tls_material m = { .ca_pem = home->id.ca_pem,
		.cert_pem = home->id.cert_pem,
		.key_pem = home->id.key_pem };
	struct line *line = calloc(1, sizeof(*line));
	bool fresh = false;
	enum err e;

	if (line == NULL) {
		fault_set(fault, "%s", err_text(E_NOMEM));
		return E_NOMEM;
	}
	line->home = home;
	e = link_open(&line->link, home->file.coordinator,
	    home->file.server_name, &m, LINE_WAIT_MS);
	if (e != E_OK)
		no_connection(home, e, fault);
	else
		e = meet(line, &fresh, clock->utc_s(clock->ctx), fault);
	if (news != NULL)
		*news = fresh;
	if (e == E_OK)
		*out = line;
	else
		line_close(line);
	return e;
}

void
line_close(struct line *line)
{
	if (line == NULL)
		return;
	link_close(line->link);
	free(line);
}

/* The next frame that belongs to an answer: rosters that arrive are taken. */
static enum err
next_frame(struct line *line, struct frame *f, struct fault *fault)
{
	bool news = false;
	enum err e;

	for (;;) {
		e = link_receive(line->link, f, LINE_WAIT_MS);
		if (e != E_OK) {
			fault_set(fault, "the coordinator: %s", err_text(e));
			return e;
		}
		if (f->kind != FRAME_ROSTER)
			return E_OK;
		if ((e = take_roster(line, f, &news, fault)) != E_OK)
			return e;
	}
}

/* Adds one part to the reply so far; *parts is 0 before the first. */
static enum err
add_part(char **all, size_t *len, uint32_t *next, uint32_t *parts,
    const struct frame *f)
{
	struct talk_part p;
	char *more;
	enum err e = talk_part_parse(&p, f->body, f->len);

	if (e != E_OK)
		return e;
	if (p.part != *next || (*parts != 0 && p.parts != *parts))
		return E_FORMAT;
	if (p.len > LINE_REPLY_MAX - *len)
		return E_LIMIT;
	if ((more = realloc(*all, *len + p.len + 1)) == NULL)
		return E_NOMEM;
	if (p.len > 0)
		memcpy(more + *len, p.bytes, p.len);
	*len += p.len;
	more[*len] = 0;
	*all = more;
	*parts = p.parts;
	(*next)++;
	return E_OK;
}

enum err
line_ask(struct line *line, char **out, size_t *len, enum frame_kind kind,
    const uint8_t id[FRAME_ID], const void *body, size_t body_len,
    struct fault *fault)
{
	struct frame f = { .kind = kind, .body = body, .len = body_len };
	uint32_t next = 0, parts = 0;
	char *all = NULL;
	size_t n = 0;
	enum err e;

	memcpy(f.id, id, FRAME_ID);
	if ((e = link_send(line->link, &f)) != E_OK)
		fault_set(fault, "the coordinator: %s", err_text(e));
	while (e == E_OK && (parts == 0 || next < parts)) {
		if ((e = next_frame(line, &f, fault)) != E_OK)
			break;
		if (f.kind == FRAME_FAIL) {
			quote(fault, "the coordinator says: ", &f);
			e = E_STATE;
			break;
		}
		e = f.kind == FRAME_REPLY && memcmp(f.id, id, FRAME_ID) == 0
			? add_part(&all, &n, &next, &parts, &f)
			: E_FORMAT;
		if (e != E_OK)
			fault_set(
			    fault, "the coordinator's reply: %s", err_text(e));
	}
	if (e != E_OK) {
		free(all);
		return e;
	}
	*out = all;
	*len = n;
	return E_OK;
}
