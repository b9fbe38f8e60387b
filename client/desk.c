#include "client/desk.h"

#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "client/draft.h"
#include "client/explain.h"
#include "client/line.h"
#include "client/plain.h"
#include "client/print.h"
#include "client/sheet.h"
#include "client/tell.h"
#include "model/month.h"

/* Asks the coordinator for a newer roster; without success the reader goes on
 * with the one there is. */
static void
catch_up(struct home *home, const struct call *call)
{
	struct fault fault = { "" };
	struct line *line = NULL;

	if (line_open(&line, NULL, home, call->world->clock, &fault) != E_OK)
		call_note(
		    call, "no newer roster could be fetched: %s", fault.text);
	line_close(line);
}

/* Reads the paper by the roster of home; when that is older than the query, or
 * does not know its author, by the newest. */
static enum err
read_paper(struct desk *d, const struct call *call)
{
	const struct clock *clock = call->world->clock;
	uint64_t now_s = clock->utc_s(clock->ctx);
	uint32_t epoch = d->home.id.roster->epoch;
	struct fault fault = { "" };
	enum err e = paper_read(
	    &d->reading, &d->paper, d->home.id.roster, now_s, &fault);

	if (e == E_PEER ||
	    (e == E_OK && d->reading.query.roster_epoch > epoch)) {
		catch_up(&d->home, call);
		e = paper_read(
		    &d->reading, &d->paper, d->home.id.roster, now_s, &fault);
	}
	if (e != E_OK)
		call_refuse(call, "%s", fault.text);
	return e;
}

enum err
desk_read(struct desk *d, const struct call *call, struct fault *fault)
{
	enum err e = paper_load(&d->paper, call->operands[0], fault);

	if (e != E_OK)
		return e;
	d->loaded = true;
	e = read_paper(d, call);
	fault->text[0] = 0; /* told */
	return e;
}

void
desk_free(struct desk *d)
{
	if (d->loaded)
		paper_free(&d->paper);
	ground_free(d->ground);
	home_free(&d->home);
}

/* The approvals of a paper, a line each. */
static void
tell_votes(const struct reading *g, FILE *out)
{
	fprintf(out, "\nSignatures\n  %-12s  %s\n", "asked", g->author->id.s);
	for (size_t i = 0; i < g->n; i++) {
		const struct vote *v = &g->votes[i];
		char reason[sizeof(v->said.reason)], org[ROSTER_NAME];
		char until[TIME_TEXT];
		char text[sizeof(reason) + ROSTER_NAME + 100];

		if (v->fault != NULL) {
			(void)snprintf(
			    text, sizeof(text), "%s: %s", v->by.s, v->fault);
			plain_wrap(out, "  counts not    ", text);
			continue;
		}
		plain_words(reason, sizeof(reason), v->said.reason);
		plain_words(org, sizeof(org), v->who->organisation);
		time_text(until, v->said.not_after);
		(void)snprintf(text, sizeof(text), "%s, %s, until %s%s%s",
		    v->by.s, org, until, reason[0] == 0 ? "" : ": ", reason);
		plain_wrap(out,
		    v->said.veto ? "  VETOED        " : "  approved      ",
		    text);
	}
}

static json_t *
json_votes(const struct reading *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n; i++) {
		const struct vote *v = &g->votes[i];

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:b, s:s}", "id", v->by.s,
			      "decision", v->said.veto ? "veto" : "approve",
			      "counts", v->fault == NULL, "reason",
			      v->fault != NULL ? v->fault : v->said.reason));
	}
	return list;
}

enum call_exit
desk_tell(const struct desk *d, const struct call *call)
{
	char id[HEX_LEN(QUERY_ID)];
	struct explain x;
	enum err e =
	    explain_make(&x, &d->reading.query, d->home.id.roster, d->ground);

	if (e != E_OK)
		return call_refuse(call, "%s", err_text(e));
	hex_text(id, d->paper.bundle.id, QUERY_ID);
	if (call_has(call, "json"))
		return print_json(call,
		    json_pack("{s:s, s:o, s:o}", "id", id, "query",
			sheet_json(&x), "approvals", json_votes(&d->reading)));
	fprintf(call->out, "Query %s\n", id);
	tell_query(&x, call->out);
	tell_votes(&d->reading, call->out);
	return CALL_DONE;
}
