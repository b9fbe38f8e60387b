#include "node/intake.h"

#include <stdlib.h>

#include "cli/file.h"
#include "node/config.h"
#include "node/journal.h"
#include "node/ledger.h"
#include "node/load.h"
#include "node/show.h"
#include "node/site.h"

static enum call_exit
report(const struct call *call, const struct report *r)
{
	char *text;

	if (!call_has(call, "json")) {
		report_text(r, call->out);
		return CALL_DONE;
	}
	if (report_json(&text, r) != E_OK)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	fprintf(call->out, "%s\n", text);
	free(text);
	return CALL_DONE;
}

struct stamp { /* of a load */
	const struct clock *clock;
	char ledger[FILE_PATH];
};

/* The time of the clock, but never before what the node has answered as of,
 * also when the clock was set back: those answers stay as they are. */
static enum err
stamp(void *ctx, uint64_t *utc_s)
{
	const struct stamp *s = ctx;
	struct ledger *ledger;
	uint64_t seen = 0, opened = 0, now_s;
	enum err e = ledger_peek(&ledger, s->ledger);

	if (e == E_OK) {
		if ((e = journal_time(ledger, &seen, 0)) == E_OK)
			e = ledger_opened(ledger, &opened);
		ledger_close(ledger);
	}
	if (e != E_OK && e != E_NOTFOUND) /* none: it has never run */
		return e;
	if (opened != 0 && seen <= opened)
		seen = opened + 1;
	now_s = s->clock->utc_s(s->clock->ctx);
	*utc_s = now_s < seen ? seen : now_s;
	return E_OK;
}

static enum call_exit
run_load(struct call *call)
{
	const char *dir = call->operands[0];
	const char *source = call_value(call, "source");
	char db[FILE_PATH], key[FILE_PATH];
	struct progress progress;
	struct config config;
	struct report r;
	struct fault fault = { "" };
	struct stamp s = { .clock = call->world->clock };
	struct load_config c = { .path = call->operands[1],
		.gazetteer = call_value(call, "gazetteer"),
		.db = db,
		.key = key,
		.when = stamp,
		.when_ctx = &s,
		.progress = &progress,
		.dry_run = call_has(call, "dry-run") };
	enum call_exit code;
	uint64_t now_s;
	enum err e;

	if (source == NULL || load_kind_parse(&c.kind, source) != E_OK)
		return call_misuse(call, "--source is police or istv");
	if ((e = config_load(&config, dir, &fault)) != E_OK)
		return show_fault(call, e, &fault);
	if ((e = file_path(db, dir, SITE_RECORDS)) != E_OK ||
	    (e = file_path(key, dir, SITE_STORE_KEY)) != E_OK ||
	    (e = file_path(s.ledger, dir, SITE_LEDGER)) != E_OK)
		return call_refuse(call, "%s", err_text(e));
	if ((e = stamp(&s, &now_s)) != E_OK) /* not after all the work */
		return call_refuse(call, "%s: %s", s.ledger, err_text(e));
	c.data = config.data;
	progress_init(&progress, call->world->err);
	e = load_file(&c, &r);
	code = report(call, &r);
	if (e != E_OK)
		return call_refuse(
		    call, "%s was not loaded: %s", c.path, err_text(e));
	return code;
}

const struct command intake_load = {
	.name = "load",
	.operands = "DIR FILE",
	.least = 2,
	.most = 2,
	.brief = "load an extract into the node's records",
	.about = "The file is loaded whole or not at all; rows at fault are "
		 "dropped and reported.\nThe same file again changes nothing. "
		 "What is loaded after the node has answered\nits first query "
		 "shows in answers from the first of the next month on.\n",
	.run = run_load,
	.options = { { "source", 0, "KIND", "police or istv" },
	    { "gazetteer", 0, "FILE", "places by name (CSV), for istv" },
	    { "dry-run", 0, NULL, "only read and report" },
	    { "json", 0, NULL, "write the report as JSON" } },
};
