#include "node/intake.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "model/month.h"
#include "node/columns.h"
#include "node/config.h"
#include "node/journal.h"
#include "node/ledger.h"
#include "node/load.h"
#include "node/mapping.h"
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

#define CLOSE_S 120 /* to a cut: more than a commit takes */

struct moment { /* of a load */
	const struct clock *clock;
	char ledger[FILE_PATH];
};

/* The time of the clock, but after all that the node has answered as of, also
 * when the clock was set back: those answers stay as they are.  Close before a
 * cut it is the second after it: what is said here is durable a little later,
 * and answers as of the cut may have been given by then. */
static enum err
now(void *ctx, uint64_t *utc_s)
{
	const struct moment *m = ctx;
	struct ledger *ledger;
	uint64_t seen = 0, cut = 0, now_s;
	enum err e = ledger_peek(&ledger, m->ledger);

	if (e == E_OK) {
		if ((e = journal_time(ledger, &seen, 0)) == E_OK)
			e = ledger_cut(ledger, &cut);
		ledger_close(ledger);
	}
	if (e != E_OK && e != E_NOTFOUND) /* none: it has never run */
		return e;
	if (cut != 0 && seen <= cut)
		seen = cut + 1;
	now_s = m->clock->utc_s(m->clock->ctx);
	if (month_of(now_s + CLOSE_S) != month_of(now_s))
		now_s = month_start(month_of(now_s + CLOSE_S)) + 1;
	*utc_s = now_s < seen ? seen : now_s;
	return E_OK;
}

/* What a call asks for ---------------------------------------------------- */

/* The loader of the mapping file at path; *out is the caller's. */
static bool
take_mapping(struct mapping **out, const struct call *call, const char *path)
{
	struct fault fault = { "" };
	char *text = NULL, why[FILE_WHY];
	size_t len;
	enum err e = file_read(&text, &len, path, MAPPING_MAX);

	if (e != E_OK) {
		call_refuse(
		    call, "%s", file_read_why(why, path, MAPPING_MAX, e));
		return false;
	}
	e = mapping_read(out, text, len, path, &fault);
	free(text);
	if (e == E_OK)
		return true;
	call_refuse(
	    call, "%s", fault.text[0] == '\0' ? err_text(e) : fault.text);
	return false;
}

/* Says which sources there are. */
static enum call_exit
name_loaders(const struct call *call)
{
	char all[512] = "";
	size_t n = 0;

	for (size_t i = 0; load_loaders(i) != NULL; i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
		    i == 0 ? "" : ", ", load_loaders(i)->name);
	return call_misuse(
	    call, "--source is one of %s; or give --mapping", all);
}

/* The loader of --source or --mapping; *mapping is the caller's. */
static enum call_exit
take_loader(
    struct load_config *c, struct mapping **mapping, const struct call *call)
{
	const char *name = call_value(call, "source");

	c->mapping = call_value(call, "mapping");
	if ((name == NULL) == (c->mapping == NULL))
		return name_loaders(call);
	if (name != NULL) {
		c->loader = load_loader(name);
		return c->loader == NULL ? name_loaders(call) : CALL_DONE;
	}
	if (!take_mapping(mapping, call, c->mapping))
		return CALL_REFUSED;
	c->loader = mapping_loader(*mapping);
	return CALL_DONE;
}

static bool
take_act(struct load_config *c, const struct call *call)
{
	bool replace = call_has(call, "replace");
	bool withdraw = call_has(call, "withdraw");

	c->act = replace    ? RECORDS_REPLACE
		 : withdraw ? RECORDS_WITHDRAW
			    : RECORDS_ADD;
	if (!replace || !withdraw)
		return true;
	call_misuse(call, "--replace and --withdraw are two loads");
	return false;
}

/* "2021-01..2021-12" */
static bool
read_months(struct load_config *c, const char *text)
{
	const char *dots = strstr(text, "..");
	uint16_t last;

	if (dots == NULL ||
	    month_parse(&c->first_month, text, (size_t)(dots - text)) != E_OK ||
	    month_parse(&last, dots + 2, strlen(dots + 2)) != E_OK ||
	    last < c->first_month)
		return false;
	c->n_months = (uint16_t)(last - c->first_month + 1);
	return true;
}

/* "police.crime,police.asb" */
static bool
read_sources(struct load_config *c, const char *text)
{
	char word[64];
	uint32_t one;

	for (;;) {
		size_t n = strcspn(text, ",");

		if (n >= sizeof(word))
			return false;
		memcpy(word, text, n);
		word[n] = '\0';
		if (source_parse(&one, word) != E_OK)
			return false;
		c->sources |= one;
		if (text[n] == '\0')
			return true;
		text += n + 1;
	}
}

/* What --months and --of say to be complete. */
static bool
take_complete(struct load_config *c, const struct call *call)
{
	const char *months = call_value(call, "months");
	const char *of = call_value(call, "of");

	if (months == NULL && of == NULL)
		return true;
	if (c->act != RECORDS_REPLACE || months == NULL || of == NULL ||
	    c->feed == NULL) {
		call_misuse(call,
		    "--months, --of and --feed say together what --replace "
		    "finds complete in the extracts");
		return false;
	}
	if (!read_months(c, months)) {
		call_misuse(
		    call, "--months '%s': write 2021-01..2021-12", months);
		return false;
	}
	if (!read_sources(c, of)) {
		call_misuse(call,
		    "--of '%s': write sources such as police.crime,police.asb",
		    of);
		return false;
	}
	return true;
}

static bool
take_feed(struct load_config *c, const struct call *call)
{
	c->feed = call_value(call, "feed");
	if (c->feed == NULL ||
	    (*c->feed != '\0' && strlen(c->feed) < INCIDENT_FEED &&
		yaml_plain(c->feed, strlen(c->feed))))
		return true;
	call_misuse(
	    call, "--feed has 1 to %d bytes of text", INCIDENT_FEED - 1);
	return false;
}

/* The load ----------------------------------------------------------------- */

static enum call_exit
load(const struct call *call, const struct load_config *c)
{
	struct report r;
	enum err e = load_files(c, &r);
	enum call_exit code = report(call, &r);

	if (e != E_OK)
		code = call_refuse(call, "%s was not loaded: %s",
		    c->n_paths == 1 ? c->paths[0] : r.name, err_text(e));
	report_end(&r);
	return code;
}

/*
 * Whose keys are kept is the policy's to say: of a source that it protects by
 * record, or not at all, none, as a question charges for records then; of one
 * that it protects by person, those of its domain, as a person under two keys
 * would count twice for one charge.
 */
static enum err
take_people(struct load_config *c, const char *dir, const struct config *config,
    struct fault *fault)
{
	struct policy p;
	uint32_t source = 0;
	const char *domain = columns_people(&source, c->loader);
	enum err e;

	if (domain == NULL)
		return E_OK;
	if ((e = site_policy(&p, dir, &config->party, fault)) != E_OK)
		return e;
	c->nobody = true;
	for (unsigned i = 0; i < p.n_sources; i++) {
		const struct policy_source *s = &p.sources[i];

		if (s->source != source || !s->person)
			continue;
		if (strcmp(s->domain, domain) != 0) {
			fault_set(fault,
			    "the people of %s are of domain '%s' "
			    "in " SITE_POLICY
			    ", of '%s' in this extract: one of them would have "
			    "two keys; correct domain: or person_domain:",
			    source_text(source), s->domain, domain);
			return E_CONFIG;
		}
		c->nobody = false;
	}
	return E_OK;
}

/* Where things are, then the load. */
static enum call_exit
load_into(const struct call *call, struct load_config *c)
{
	const char *dir = call->operands[0];
	char where[RECORDS_WHERE], key[FILE_PATH];
	struct progress progress;
	struct config config;
	struct fault fault = { "" };
	struct moment m = { .clock = call->world->clock };
	uint64_t now_s;
	enum err e;

	if ((e = config_load(&config, dir, &fault)) != E_OK ||
	    (e = take_people(c, dir, &config, &fault)) != E_OK)
		return show_fault(call, e, &fault);
	if ((e = config_where(where, &config, dir, RECORDS_LOAD)) != E_OK ||
	    (e = file_path(key, dir, SITE_STORE_KEY)) != E_OK ||
	    (e = file_path(m.ledger, dir, SITE_LEDGER)) != E_OK)
		return call_refuse(call, "%s", err_text(e));
	if ((e = now(&m, &now_s)) != E_OK) /* not after all the work */
		return call_refuse(call, "%s: %s", m.ledger, err_text(e));
	progress_init(&progress, call->world->err);
	c->where = where;
	c->key = key;
	c->data = config.data;
	c->when = now;
	c->when_ctx = &m;
	c->progress = &progress;
	return load(call, c);
}

static enum call_exit
run_load(struct call *call)
{
	struct load_config c = { .paths = call->operands + 1,
		.n_paths = call->n_operands - 1,
		.gazetteer = call_value(call, "gazetteer"),
		.dry_run = call_has(call, "dry-run") };
	struct mapping *mapping = NULL;
	enum call_exit code;

	if (c.n_paths > LOAD_FILES_MAX)
		return call_misuse(call,
		    "more than %d files; load them in two loads",
		    LOAD_FILES_MAX);
	if (!take_act(&c, call) || !take_feed(&c, call) ||
	    !take_complete(&c, call))
		return CALL_MISUSE;
	if ((code = take_loader(&c, &mapping, call)) == CALL_DONE)
		code = load_into(call, &c);
	mapping_free(mapping);
	return code;
}

const struct command intake_load = {
	.name = "load",
	.operands = "DIR FILE...",
	.least = 2,
	.most = CALL_OPERANDS,
	.brief = "load extracts into the node's records, or withdraw records",
	.about =
	    "All files are one load: all of it or nothing.  Rows at fault are "
	    "dropped and\nreported.  Files that end in .zst are unpacked.  "
	    "The same files again change\nnothing.  What is loaded after the "
	    "node has answered its first query shows in\nanswers from the "
	    "first of the next month on.\n"
	    "\n"
	    "A record that is there already is changed where it differs.  "
	    "With --replace the\nfiles hold all of every month, source and "
	    "feed that they have a record of: what\nthey lack is withdrawn; "
	    "--months, --of and --feed name months that are complete\neven "
	    "where they are empty.  With --withdraw the records in the files "
	    "are\nwithdrawn.\n",
	.run = run_load,
	.options = { { "source", 0, "KIND",
			 "what the files are: police, rms, ..." },
	    { "mapping", 0, "FILE", "a YAML file that says what they are" },
	    { "gazetteer", 0, "FILE", "places by name (CSV)" },
	    { "feed", 0, "NAME", "who supplied them, if the files do not say" },
	    { "replace", 0, NULL, "the files are complete for their months" },
	    { "withdraw", 0, NULL, "take the records in the files away" },
	    { "months", 0, "FROM..TO", "complete months, for --replace" },
	    { "of", 0, "SOURCES", "of these sources, such as police.crime" },
	    { "dry-run", 0, NULL, "only read and report" },
	    { "json", 0, NULL, "write the report as JSON" } },
};
