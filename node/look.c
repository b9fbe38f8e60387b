#include "node/look.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "model/month.h"
#include "node/config.h"
#include "node/keys.h"
#include "node/quality.h"
#include "node/show.h"
#include "node/site.h"

struct ground { /* what the records are held against */
	struct site site;
	bool joined; /* the roster says what is covered */
	struct quality_cover declared[POLICY_SOURCES_MAX];
	struct quality_ask ask;
};

/* "A..B" of --months, if it was given. */
static bool
take_months(struct quality_ask *ask, const struct call *call)
{
	const char *text = call_value(call, "months"), *dots;
	uint16_t last;

	if (text == NULL)
		return true;
	dots = strstr(text, "..");
	if (dots == NULL ||
	    month_parse(&ask->first, text, (size_t)(dots - text)) != E_OK ||
	    month_parse(&last, dots + 2, strlen(dots + 2)) != E_OK ||
	    last < ask->first) {
		call_misuse(
		    call, "--months '%s': write 2021-01..2021-12", text);
		return false;
	}
	ask->n_months = (uint16_t)(last - ask->first + 1);
	return true;
}

/* What policy.yaml declares of months that are over. */
static void
take_declared(struct ground *g, uint16_t this_month)
{
	const struct policy *p = &g->site.policy;

	for (unsigned i = 0; i < p->n_sources; i++) {
		const struct policy_source *s = &p->sources[i];
		uint16_t n = s->n_months;

		if (s->first_month >= this_month)
			continue;
		if (n > this_month - s->first_month)
			n = (uint16_t)(this_month - s->first_month);
		g->declared[g->ask.n_declared++] =
		    (struct quality_cover){ s->source, s->first_month, n };
	}
	g->ask.declared = g->declared;
}

/* A node that has not joined yet has no roster, but may have records. */
static enum err
open_ground(
    struct ground *g, const char *dir, uint64_t now_s, struct fault *fault)
{
	struct site *s = &g->site;
	char roster[FILE_PATH];
	enum err e = file_path(roster, dir, SITE_ROSTER);

	if (e == E_OK && (g->joined = file_there(roster)))
		e = site_open(s, dir, false, fault);
	else if (e == E_OK &&
		 (e = config_load(&s->config, dir, fault)) == E_OK &&
		 (e = site_policy(&s->policy, dir, &s->config.party, fault)) ==
		     E_OK)
		e = site_public(s, s->config.data, fault);
	if (e != E_OK)
		return e;
	take_declared(g, month_of(now_s));
	g->ask.areas = s->areas;
	if (g->joined) {
		g->ask.covers = (const char(*)[GSS])s->identity.me->covers;
		g->ask.n_covers = s->identity.me->n_covers;
	}
	return E_OK;
}

static void
close_ground(struct ground *g)
{
	if (g->joined)
		site_close(&g->site);
	else {
		areas_free(g->site.areas);
		themes_free(g->site.themes);
	}
	free(g);
}

static enum err
look(struct quality **out, const struct ground *g, const char *dir,
    struct fault *fault)
{
	char where[RECORDS_WHERE], path[FILE_PATH];
	uint8_t secret[KEYS_STORE];
	struct records *records;
	struct keys keys;
	enum err e = file_path(path, dir, SITE_STORE_KEY);

	if (e == E_OK) /* the role that counts may not see a record */
		e = config_where(where, &g->site.config, dir, RECORDS_LOAD);
	if (e == E_OK)
		e = keyfile_load(path, "store", secret, sizeof(secret));
	if (e != E_OK) {
		fault_set(fault, "%.200s: %s", path, err_text(e));
		return e;
	}
	keys_derive(&keys, secret);
	random_wipe(secret, sizeof(secret));
	e = records_open(&records, where, RECORDS_COUNT, &keys);
	keys_wipe(&keys);
	if (e == E_OK) {
		e = quality_look(out, records, &g->ask);
		records_close(records);
	}
	if (e == E_NOTFOUND)
		fault_set(fault,
		    "nothing is loaded yet; see `ward-node load --help`");
	else if (e != E_OK)
		fault_set(fault, "the records: %s; see `ward-node check`",
		    err_text(e));
	return e;
}

static enum call_exit
run_quality(struct call *call)
{
	const struct clock *clock = call->world->clock;
	struct ground *g = calloc(1, sizeof(*g));
	struct quality *q = NULL;
	struct fault fault = { "" };
	enum call_exit code = CALL_DONE;
	char *text;
	enum err e;

	if (g == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	if (!take_months(&g->ask, call)) {
		free(g);
		return CALL_MISUSE;
	}
	e = open_ground(g, call->operands[0], clock->utc_s(clock->ctx), &fault);
	if (e == E_OK)
		e = look(&q, g, call->operands[0], &fault);
	if (e == E_OK && call_has(call, "json") &&
	    (e = quality_json(&text, q)) == E_OK) {
		fprintf(call->out, "%s\n", text);
		free(text);
	} else if (e == E_OK)
		quality_text(q, call->out);
	if (e != E_OK)
		code = show_fault(call, e, &fault);
	quality_free(q);
	close_ground(g);
	return code;
}

const struct command look_quality = {
	.name = "quality",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "how complete and how well placed the records are",
	.about =
	    "For the agency alone: exact counts, which never leave the node.  "
	    "What others may\nknow of them they ask for, as noisy counts.\n\n"
	    "Worth a look is: a month without records between others, or that "
	    "policy.yaml\ndeclares; a month with less than half or more than "
	    "twice the median of the three\nmonths before and after it; three "
	    "months a third below, or half above, the three\nbefore them (both "
	    "only beyond six times the square root of the median); a field\n"
	    "whose share is 20 points off the median of those months; 5 % or "
	    "more alike in all\nbut the id, if most are timed to the minute; 5 "
	    "% or more outside the area; 10 % or\nmore without a place; any "
	    "recorded before it occurred.\n",
	.run = run_quality,
	.options = { { "months", 0, "A..B", "look at these months alone" },
	    { "json", 0, NULL, "write JSON" } },
};
