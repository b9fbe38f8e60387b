#include "client/post.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/file.h"
#include "client/home.h"
#include "client/line.h"
#include "client/option.h"
#include "client/paper.h"
#include "client/print.h"
#include "client/state.h"
#include "protocol/talk.h"

#define POLL_MS 500   /* between two looks at the state */
#define RECONNECTS 10 /* that a wait outlives, one after another */
#define SELECTION 200 /* bytes of "theme=..&slice=..&source=.." */
#define PENDING 1000

struct post { /* a paper, its owner, and the coordinator */
	struct home home;
	struct paper paper;
	struct line *line;
};

static void
hang_up(struct post *d)
{
	line_close(d->line);
	paper_free(&d->paper);
	home_free(&d->home);
}

/* Reads the paper that is the first operand and connects; what fails has been
 * told.  Signatures are looked at when `verify` says so. */
static enum err
call_up(struct post *d, const struct call *call, bool verify)
{
	const struct clock *clock = call->world->clock;
	struct fault fault = { "" };
	struct reading g;
	bool news = false;
	enum err e;

	memset(d, 0, sizeof(*d));
	if ((e = home_of(&d->home, call)) != E_OK)
		return e;
	if ((e = paper_load(&d->paper, call->operands[0], &fault)) != E_OK ||
	    (e = line_open(&d->line, &news, &d->home, clock, &fault)) != E_OK)
		goto out;
	if (news)
		call_note(call, "took the roster of epoch %u",
		    (unsigned)d->home.id.roster->epoch);
	if (verify)
		e = paper_read(&g, &d->paper, d->home.id.roster,
		    clock->utc_s(clock->ctx), &fault);
out:
	if (e != E_OK) {
		call_refuse(call, "%s", fault.text);
		hang_up(d);
	}
	return e;
}

/* Asks for a state and reads it; the fault says what failed. */
static enum err
ask_state(struct post *d, json_t **out, enum frame_kind kind, const void *body,
    size_t len, struct fault *fault)
{
	char *text = NULL;
	size_t n;
	enum err e = line_ask(
	    d->line, &text, &n, kind, d->paper.bundle.id, body, len, fault);

	if (e != E_OK)
		return e;
	if ((e = state_parse(out, text, n)) != E_OK)
		fault_set(fault, "the coordinator's reply is no state");
	free(text);
	return e;
}

/* Writes the state, which is dropped. */
static enum call_exit
tell(const struct call *call, json_t *state)
{
	if (call_has(call, "json"))
		return print_json(call, state);
	state_tell(state, call->out);
	json_decref(state);
	return CALL_DONE;
}

static enum call_exit
run_submit(struct call *call)
{
	bool now = call_has(call, "now");
	struct fault fault = { "" };
	enum call_exit code = CALL_REFUSED;
	struct post d;
	uint8_t *body;
	json_t *state;
	enum err e;

	/* With --now the nodes are to decide, whatever the paper is. */
	if ((e = call_up(&d, call, !now)) != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	if ((body = malloc(1 + d.paper.len)) == NULL) {
		call_refuse(call, "%s", err_text(E_NOMEM));
		goto out;
	}
	body[0] = now ? TALK_NOW : 0;
	memcpy(body + 1, d.paper.bytes, d.paper.len);
	e = ask_state(&d, &state, FRAME_SUBMIT, body, 1 + d.paper.len, &fault);
	free(body);
	code =
	    e == E_OK ? tell(call, state) : call_refuse(call, "%s", fault.text);
out:
	hang_up(&d);
	return code;
}

const struct command post_submit = {
	.name = "query submit",
	.operands = "FILE.wq",
	.least = 1,
	.most = 1,
	.brief = "send a signed and approved query to the coordinator",
	.about = "Sending it again with more approvals adds those.\n",
	.run = run_submit,
	.options = { { "now", 0, NULL,
			 "ask the nodes at once, whatever the approvals" },
	    OPTION_PARTY, OPTION_JSON },
};

/* Tells who is waited for, when that has changed. */
static void
tell_pending(const struct call *call, const json_t *state, char *before)
{
	char pending[PENDING], line[PENDING + 60];

	state_pending(state, pending, sizeof(pending));
	if (strcmp(state_name(state), "waiting") == 0)
		snprintf(line, sizeof(line), "waiting for approvals");
	else
		snprintf(line, sizeof(line), "waiting%s%s",
		    pending[0] == 0 ? "" : " for ", pending);
	if (strcmp(line, before) != 0)
		call_note(call, "%s", line);
	strcpy(before, line);
}

/* Connects again after the connection broke; a few times, then it gives up. */
static enum err
call_again(struct post *d, const struct call *call, struct fault *fault)
{
	enum err e = E_CLOSED;

	line_close(d->line);
	d->line = NULL;
	for (unsigned i = 0; i < RECONNECTS && e != E_OK; i++) {
		poll(NULL, 0, POLL_MS);
		e = line_open(
		    &d->line, NULL, &d->home, call->world->clock, fault);
	}
	return e;
}

/* Looks at the state until it is over. */
static enum err
wait_over(
    struct post *d, json_t **out, const struct call *call, struct fault *fault)
{
	char said[PENDING + 60] = "";
	json_t *state;
	enum err e;

	for (;;) {
		e = ask_state(d, &state, FRAME_STATUS, NULL, 0, fault);
		if (e == E_CLOSED || e == E_TIMEOUT) {
			if ((e = call_again(d, call, fault)) != E_OK)
				return e;
			continue;
		}
		if (e != E_OK)
			return e;
		if (state_over(state)) {
			*out = state;
			return E_OK;
		}
		tell_pending(call, state, said);
		json_decref(state);
		poll(NULL, 0, POLL_MS);
	}
}

static enum call_exit
run_status(struct call *call)
{
	struct fault fault = { "" };
	struct post d;
	json_t *state;
	enum call_exit code;
	enum err e = call_up(&d, call, false);

	if (e != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	e = call_has(call, "wait")
		? wait_over(&d, &state, call, &fault)
		: ask_state(&d, &state, FRAME_STATUS, NULL, 0, &fault);
	code =
	    e == E_OK ? tell(call, state) : call_refuse(call, "%s", fault.text);
	hang_up(&d);
	return code;
}

const struct command post_status = {
	.name = "query status",
	.operands = "FILE.wq",
	.least = 1,
	.most = 1,
	.brief = "what has become of a query, node by node",
	.about = "With --wait until it is released, not released, expired or "
		 "vetoed.\n",
	.run = run_status,
	.options = { { "wait", 'w', NULL, "until it is over" }, OPTION_PARTY,
	    OPTION_JSON },
};

/* The body of a FETCH; false, told, when an option is not usable. */
static bool
fetch_body(char out[SELECTION + 1], size_t *len, const struct call *call)
{
	static const char *const keys[] = { "theme", "slice", "level",
		"source" };
	const char *format = call_value(call, "format");
	size_t n = 1;

	if (format == NULL || strcmp(format, "csv") == 0)
		out[0] = FETCH_CSV;
	else if (strcmp(format, "json") == 0)
		out[0] = FETCH_JSON;
	else if (strcmp(format, "geojson") == 0)
		out[0] = FETCH_GEOJSON;
	else {
		call_misuse(call, "--format is csv, json or geojson");
		return false;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = call_value(call, keys[i]);
		size_t good = value == NULL
				  ? 0
				  : strspn(value, "abcdefghijklmnopqrstuvwxyz"
						  "0123456789-");

		if (value == NULL)
			continue;
		if (value[good] != 0 || good == 0 ||
		    n + strlen(keys[i]) + good + 2 > SELECTION) {
			call_misuse(call, "--%s: no such %s", keys[i], keys[i]);
			return false;
		}
		n += (size_t)snprintf(out + n, SELECTION + 1 - n, "%s%s=%s",
		    n == 1 ? "" : "&", keys[i], value);
	}
	*len = n;
	return true;
}

static enum call_exit
run_fetch(struct call *call)
{
	const char *path = call_value(call, "output");
	char body[SELECTION + 1], why[FILE_WHY], *text = NULL;
	struct fault fault = { "" };
	enum call_exit code = CALL_DONE;
	struct post d;
	size_t body_len, len;
	enum err e;

	if (!fetch_body(body, &body_len, call))
		return CALL_MISUSE;
	if ((e = call_up(&d, call, false)) != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	e = line_ask(d.line, &text, &len, FRAME_FETCH, d.paper.bundle.id, body,
	    body_len, &fault);
	if (e != E_OK)
		code = call_refuse(call, "%s", fault.text);
	else if (path == NULL || strcmp(path, "-") == 0)
		fwrite(text, 1, len, call->out);
	else if ((e = file_write(path, text, len)) != E_OK)
		code = call_refuse(call, "%s", file_write_why(why, path, e));
	else
		call_note(call, "%s: %zu bytes", path, len);
	free(text);
	hang_up(&d);
	return code;
}

const struct command post_fetch = {
	.name = "query fetch",
	.operands = "FILE.wq",
	.least = 1,
	.most = 1,
	.brief = "the published numbers of a query",
	.about =
	    "csv: every number of every source, level, theme and slice, with "
	    "its interval.\njson: what the release says about itself.  "
	    "geojson: "
	    "one view, by --theme,\n--slice (\"sum\", a month, \"total\" or "
	    "\"to-2021-05\"), --level (lsoa11, msoa11,\nlad, force or metres) "
	    "and --source (all, police, nhs, other).\n",
	.run = run_fetch,
	.options = { { "format", 0, "FORMAT", "csv (usual), json or geojson" },
	    { "output", 'o', "FILE", "where to (usual: the terminal)" },
	    { "theme", 0, "THEME", "of geojson; usual: the first" },
	    { "slice", 0, "SLICE", "of geojson; usual: the first" },
	    { "level", 0, "LEVEL", "of geojson; usual: the finest" },
	    { "source", 0, "SOURCE", "of geojson; usual: all" }, OPTION_PARTY },
};
