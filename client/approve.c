#include "client/approve.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "client/desk.h"
#include "client/draft.h"
#include "client/option.h"
#include "client/wish.h"
#include "protocol/words.h"

/* May this person approve it?  Nodes refuse the same. */
static bool
may_approve(const struct call *call, const struct desk *d)
{
	const struct member *me = d->home.id.me, *author = d->reading.author;

	for (size_t i = 0; i < d->reading.n; i++)
		if (party_id_same(&d->reading.votes[i].by, &me->id)) {
			call_refuse(call,
			    "%s holds your word already; a query "
			    "is approved or vetoed once",
			    d->paper.path);
			return false;
		}
	if (strcmp(author->organisation, me->organisation) != 0)
		return true;
	if (call_has(call, "anyway")) {
		call_note(call,
		    "an approval from the author's organisation: nodes will "
		    "refuse the query");
		return true;
	}
	call_refuse(call,
	    party_id_same(&author->id, &me->id)
		? "you are the author; two others approve"
		: "you are of the author's organisation; approvers of others "
		  "must approve");
	return false;
}

/* The approval that the options describe. */
static enum err
make_approval(
    struct approval *out, const struct call *call, const struct query *q)
{
	const char *reason = call_value(call, "reason");
	const char *span = call_value(call, "valid-for");
	const struct clock *clock = call->world->clock;
	struct approval a = { .veto = call_has(call, "veto"),
		.not_before = q->created_at,
		.not_after = q->not_after };
	uint64_t seconds;

	if (reason != NULL && (strlen(reason) >= sizeof(a.reason) ||
				  !words_good(reason, strlen(reason)))) {
		call_misuse(call,
		    "a reason is one line of at most %zu bytes of text",
		    sizeof(a.reason) - 1);
		return E_ARG;
	}
	if (reason != NULL)
		strcpy(a.reason, reason);
	if (span != NULL) {
		if (wish_seconds(&seconds, span) != E_OK || seconds == 0) {
			call_misuse(call,
			    "--valid-for is a time such as 12h or 7d, at most "
			    "30d");
			return E_ARG;
		}
		a.not_after = clock->utc_s(clock->ctx) + seconds;
	}
	*out = a;
	return E_OK;
}

/* Asks, unless --yes. */
static bool
agreed(const struct call *call, bool veto)
{
	char line[16];

	if (call_has(call, "yes"))
		return true;
	fprintf(call->world->err,
	    "\nType yes to sign this %s, anything else to leave it: ",
	    veto ? "VETO" : "approval");
	fflush(call->world->err);
	return fgets(line, sizeof(line), call->world->in) != NULL &&
	       strcmp(line, "yes\n") == 0;
}

/* Warns of what keeps an approval from being of use. */
static void
tell_use(
    const struct call *call, const struct desk *d, const struct approval *a)
{
	const struct clock *clock = call->world->clock;
	const struct reading *g = &d->reading;

	if (clock->utc_s(clock->ctx) >= g->query.not_after)
		call_note(
		    call, "the query's time is over: nodes will refuse it");
	for (size_t i = 0; i < g->n && !a->veto; i++)
		if (g->votes[i].fault == NULL &&
		    strcmp(g->votes[i].who->organisation,
			d->home.id.me->organisation) == 0)
			call_note(call,
			    "%s of your organisation has approved: the two "
			    "count once",
			    g->votes[i].by.s);
}

/* Adds the approval to the file. */
static enum call_exit
sign(struct call *call, const struct desk *d, const struct approval *a)
{
	const char *path = d->paper.path;
	uint8_t *all = NULL;
	char why[FILE_WHY];
	size_t len;
	enum err e = paper_add(
	    &all, &len, &d->paper, a, &d->home.file.party, &d->home.id.key);

	if (e == E_OK)
		e = file_write(call->operands[0], all, len);
	free(all);
	if (e != E_OK)
		return call_refuse(call, "%s", file_write_why(why, path, e));
	call_note(call, "%s: %s by %s", path, a->veto ? "vetoed" : "approved",
	    d->home.file.party.s);
	return CALL_DONE;
}

/* Shows the paper, asks and signs. */
static enum call_exit
approve(struct call *call, const struct desk *d)
{
	enum call_exit code;
	struct approval a;

	if (!may_approve(call, d))
		return CALL_REFUSED;
	if (make_approval(&a, call, &d->reading.query) != E_OK)
		return CALL_MISUSE;
	if ((code = desk_tell(d, call)) != CALL_DONE)
		return code;
	tell_use(call, d, &a);
	fflush(call->out);
	if (!agreed(call, a.veto))
		return call_refuse(call, "not signed; the file is as it was");
	return sign(call, d, &a);
}

static enum call_exit
run_approve(struct call *call)
{
	enum call_exit code = CALL_REFUSED;
	struct fault fault = { "" };
	struct desk d = { .loaded = false };
	enum err e = home_as(&d.home, call, ROLE_APPROVER);

	if (e != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	if (desk_read(&d, call, &fault) != E_OK) {
		if (fault.text[0] != 0)
			call_refuse(call, "%s", fault.text);
	} else if (draft_ground(&d.ground, call) == E_OK) {
		code = approve(call, &d);
	}
	desk_free(&d);
	return code;
}

const struct command approve_query = {
	.name = "query approve",
	.operands = "FILE.wq",
	.least = 1,
	.most = 1,
	.brief = "show what a signed query asks and, after a yes, approve it",
	.about =
	    "Verifies the researcher's signature, decodes the very bytes that "
	    "were signed,\nshows them in words and adds your signature to the "
	    "file.\n",
	.run = run_approve,
	.options = { { "yes", 'y', NULL, "do not ask" },
	    { "veto", 0, NULL, "forbid it instead" },
	    { "anyway", 0, NULL,
		"sign what nodes will refuse, to see that they do" },
	    { "reason", 0, "TEXT", "why; nodes and the register see it" },
	    { "valid-for", 0, "TIME", "such as 7d (as long as the query)" },
	    OPTION_PARTY, OPTION_DATA, OPTION_JSON },
};
