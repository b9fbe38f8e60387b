#include "node/inspect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/file.h"
#include "crypto/cert.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "model/month.h"
#include "node/keys.h"
#include "node/journal.h"
#include "node/ledger.h"
#include "node/records.h"
#include "node/roll.h"
#include "node/show.h"
#include "node/site.h"
#include "node/verdict.h"
#include "policies/decide.h"

#define SOON_S (30u * 86400) /* what ends within it is worth a word */

/* ward-node check ----------------------------------------------------- */

enum level { GOOD, NOTE, BAD };

struct checkup { /* what was found so far */
	const struct call *call;
	const struct site *site;
	uint64_t now_s;
	json_t *findings; /* NULL: for people */
	unsigned bad;
};

static void found(struct checkup *c, enum level level, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
found(
    struct checkup *c, enum level level, const char *what, const char *fmt, ...)
{
	static const char *const words[] = { "ok", "note", "bad" };
	char text[FAULT_TEXT + 100];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (level == BAD)
		c->bad++;
	if (c->findings == NULL)
		fprintf(
		    c->call->out, "%-5s%-12s%s\n", words[level], what, text);
	else
		(void)json_array_append_new(
		    c->findings, json_pack("{s:s, s:s, s:s}", "what", what,
				     "state", words[level], "words", text));
}

/* Who may read a file besides us? */
static void
check_mode(struct checkup *c, const char *name)
{
	char path[FILE_PATH];
	struct stat st;

	if (file_path(path, c->site->dir, name) != E_OK || stat(path, &st) != 0)
		return;
	if ((st.st_mode & 077) != 0)
		found(c, BAD, "files", "others may read %s; chmod go-rwx '%s'",
		    path, path);
}

static void
check_files(struct checkup *c)
{
	struct fault fault = { "" };
	unsigned before = c->bad;
	struct keys keys;

	if (site_keys(&keys, c->site->dir, &fault) != E_OK)
		found(c, BAD, "files", "%s", fault.text);
	else
		keys_wipe(&keys);
	check_mode(c, CONFIG_RECORDS);
	check_mode(c, SITE_LEDGER);
	if (c->bad == before)
		found(c, GOOD, "files", "keys, and nobody else reads them");
}

/* Something that ends at a time. */
static void
check_end(struct checkup *c, const char *what, uint64_t from, uint64_t until,
    const char *todo)
{
	char text[TIME_TEXT];

	time_text(text, until);
	if (c->now_s < from)
		found(c, BAD, what, "not valid yet; is the clock right?");
	else if (c->now_s >= until)
		found(c, BAD, what, "ended %s; %s", text, todo);
	else if (until - c->now_s < SOON_S)
		found(c, NOTE, what, "ends soon, %s; %s", text, todo);
	else
		found(c, GOOD, what, "valid until %s", text);
}

static void
check_roster(struct checkup *c)
{
	const struct identity *id = &c->site->identity;
	const struct member *coordinator =
	    roster_find(id->roster, &c->site->config.coordinator_party);

	found(c, GOOD, "federation", "%s, roster of epoch %u, %u parties%s",
	    id->roster->federation, (unsigned)id->roster->epoch, id->roster->n,
	    id->roster->demo ? ", a demonstration" : "");
	check_end(c, "roster", id->roster->valid_from, id->roster->valid_until,
	    "governance must sign it anew; it then comes by itself");
	check_end(c, "membership", id->me->valid_from, id->me->valid_until,
	    "governance must add join-request.yaml again");
	if (coordinator == NULL || !member_has(coordinator, ROLE_COORDINATOR))
		found(c, BAD, "coordinator",
		    "the roster has no coordinator '%s'; correct "
		    "coordinator_party: in node.yaml",
		    c->site->config.coordinator_party.s);
	else
		found(c, GOOD, "coordinator", "%s at %s",
		    c->site->config.coordinator_party.s,
		    c->site->config.coordinator);
}

static void
check_certificate(struct checkup *c)
{
	const struct identity *id = &c->site->identity;
	uint8_t print[CERT_FINGERPRINT];
	struct party_id party;
	uint64_t until;
	size_t len = strlen(id->cert_pem);

	if (cert_party(&party, &until, id->cert_pem, len) != E_OK ||
	    cert_fingerprint_pem(print, id->cert_pem, len) != E_OK ||
	    !party_id_same(&party, &c->site->config.party))
		found(c, BAD, "certificate",
		    "tls.pem is not this node's; `ward-node join` with its "
		    "admission again");
	else if (!hash_same(print, id->me->tls_fingerprint, sizeof(print)))
		found(c, BAD, "certificate",
		    "tls.pem is not the one in the roster; `ward-node join` "
		    "with the newest admission");
	else
		check_end(c, "certificate", 0, until,
		    "governance must issue a new one");
}

static void
check_policy(struct checkup *c)
{
	const struct policy *p = &c->site->policy;
	const struct member *me = c->site->identity.me;
	uint32_t offered = 0;

	for (unsigned i = 0; i < p->n_sources; i++)
		offered |= p->sources[i].source;
	found(c, GOOD, "policy",
	    "rho %.9g a query, %.9g a month; epsilon %.9g and %.9g; %u "
	    "approval%s, at most %u record%s of a person",
	    (double)p->query_cap.nrho / 1e9, (double)p->month_cap.nrho / 1e9,
	    (double)p->query_cap.neps / 1e9, (double)p->month_cap.neps / 1e9,
	    p->approvals, p->approvals == 1 ? "" : "s", (unsigned)p->c_max,
	    p->c_max == 1 ? "" : "s");
	if ((me->sources & ~offered) != 0)
		found(c, NOTE, "policy",
		    "the roster names sources that policy.yaml does not "
		    "offer: they are not counted");
	if ((offered & ~me->sources) != 0)
		found(c, NOTE, "policy",
		    "policy.yaml offers sources that the roster does not "
		    "name: nobody knows to ask for them");
}

/* How large the records are, and where. */
static enum err
look_at_records(
    struct records_size *size, char where[RECORDS_WHERE], const struct site *s)
{
	struct records *r = NULL;
	struct keys keys;
	enum err e;

	if ((e = config_where(where, &s->config, s->dir, RECORDS_COUNT)) !=
		E_OK ||
	    (e = site_keys(&keys, s->dir, NULL)) != E_OK)
		return e;
	e = records_open(&r, where, RECORDS_COUNT, &keys);
	keys_wipe(&keys);
	if (e == E_OK)
		e = records_size(r, size);
	records_close(r);
	return e;
}

static void
check_records(struct checkup *c)
{
	char where[RECORDS_WHERE] = "";
	char first[MONTH_TEXT], last[MONTH_TEXT];
	struct records_size size = { 0 };
	enum err e = look_at_records(&size, where, c->site);

	if (e == E_NOTFOUND || (e == E_OK && !size.months))
		found(c, NOTE, "records",
		    "nothing is loaded yet: answers would be noise around "
		    "zero; see `ward-node load --help`");
	else if (e == E_CONFIG)
		found(c, BAD, "records",
		    "%.300s: they were loaded with another store.key or an "
		    "older version; put that key back from a backup, or, if it "
		    "is lost, move them away and load every extract again",
		    where);
	else if (e != E_OK)
		found(c, BAD, "records", "%.300s: %s; %s", where, err_text(e),
		    strncmp(where, RECORDS_PG, strlen(RECORDS_PG)) == 0
			? "does the server run, and let this account in?"
			: "put it back from a backup, or load again");
	else {
		month_text(first, size.first_month);
		month_text(last, size.last_month);
		found(c, GOOD, "records", "%" PRIu64 " of %s ... %s",
		    size.records, first, last);
	}
}

static void
count_months(void *ctx, uint16_t month, const struct cost *spent)
{
	(void)month;
	(void)spent;
	(*(unsigned *)ctx)++;
}

static void
check_ledger(struct checkup *c)
{
	char path[FILE_PATH];
	struct ledger *l = NULL;
	uint64_t highest = 0;
	unsigned months = 0;
	uint32_t left_out = 0;
	enum err e = file_path(path, c->site->dir, SITE_LEDGER);

	if (e == E_OK)
		e = ledger_peek(&l, path);
	if (e == E_OK)
		e = journal_time(l, &highest, 0);
	if (e == E_OK)
		e = ledger_months(l, count_months, &months);
	if (e == E_OK)
		e = roll_left_out(&left_out, l, &c->site->identity);
	ledger_close(l);
	if (e != E_OK && e != E_NOTFOUND) {
		found(c, BAD, "ledger",
		    "%s: %s; do not delete it: what was spent would be "
		    "forgotten",
		    path, err_text(e));
		return;
	}
	found(c, GOOD, "ledger", "%u months are charged", months);
	if (left_out != 0)
		found(c, BAD, "membership",
		    "a newer roster, of epoch %" PRIu32 ", does not name this "
		    "node with its key: every query is refused; ask governance "
		    "to add join-request.yaml, then put the new roster.note "
		    "here",
		    left_out);
	if (c->now_s + VERDICT_CLOCK_S < highest)
		found(c, BAD, "clock",
		    "it is %" PRIu64 " s behind what this node has seen; set "
		    "it right",
		    highest - c->now_s);
	else
		found(c, GOOD, "clock", "not behind what was seen");
}

static enum call_exit
run_check(struct call *call)
{
	const struct clock *clock = call->world->clock;
	struct site *site = calloc(1, sizeof(*site));
	struct fault fault = { "" };
	struct checkup c = { .call = call,
		.site = site,
		.now_s = clock->utc_s(clock->ctx),
		.findings = call_has(call, "json") ? json_array() : NULL };
	enum err e;

	if (site == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	e = site_open(site, call->operands[0], true, &fault);
	if (e != E_OK) {
		found(&c, BAD, "folder", "%s",
		    fault.text[0] != '\0' ? fault.text : err_text(e));
	} else {
		check_files(&c);
		check_roster(&c);
		check_certificate(&c);
		check_policy(&c);
		check_records(&c);
		check_ledger(&c);
		site_close(site);
	}
	free(site);
	if (c.findings != NULL &&
	    show_json(call, json_pack("{s:b, s:o}", "ok", c.bad == 0,
				"findings", c.findings)) != CALL_DONE)
		return CALL_REFUSED;
	if (c.bad != 0)
		return call_refuse(call, "%u thing%s to put right", c.bad,
		    c.bad == 1 ? "" : "s");
	return CALL_DONE;
}

const struct command inspect_check = {
	.name = "check",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "read everything as run would, and say what to put right",
	.run = run_check,
	.options = { { "json", 0, NULL, "write JSON" } },
};

/* ward-node ledger ---------------------------------------------------- */

struct months { /* of the policy, and what is charged */
	const struct policy *policy;
	bool covered[MONTH_MAX + 1];
	struct cost spent[MONTH_MAX + 1];
};

static void
take_month(void *ctx, uint16_t month, const struct cost *spent)
{
	struct months *m = ctx;

	if (month <= MONTH_MAX)
		m->spent[month] = *spent;
}

static uint64_t
less(uint64_t cap, uint64_t spent)
{
	return cap > spent ? cap - spent : 0;
}

static struct cost
left_of(const struct months *m, uint16_t month)
{
	const struct cost *cap = &m->policy->month_cap;
	const struct cost *spent = &m->spent[month];

	return (struct cost){ .nrho = less(cap->nrho, spent->nrho),
		.neps = less(cap->neps, spent->neps),
		.tv = less(cap->tv, spent->tv) };
}

/* Is there anything to say of the month? */
static bool
shown(const struct months *m, uint16_t month)
{
	const struct cost *spent = &m->spent[month];

	return m->covered[month] || spent->nrho > 0 || spent->neps > 0;
}

static void
take_covered(struct months *m)
{
	for (unsigned i = 0; i < m->policy->n_sources; i++) {
		const struct policy_source *s = &m->policy->sources[i];

		for (unsigned j = 0; j < s->n_months; j++)
			if (s->first_month + j <= MONTH_MAX)
				m->covered[s->first_month + j] = true;
	}
}

static void
add_line(void *ctx, const struct journal_line *line)
{
	char at[TIME_TEXT], id[HEX_LEN(QUERY_ID)];

	time_text(at, line->utc_s);
	hex_text(id, line->query_id, QUERY_ID);
	(void)json_array_append_new(
	    ctx, json_pack("{s:s, s:s, s:s, s:s}", "at", at, "what", line->what,
		     "query", id, "code", refusal_code(line->code)));
}

static void
print_line(void *ctx, const struct journal_line *line)
{
	char at[TIME_TEXT], id[HEX_LEN(6)];

	time_text(at, line->utc_s);
	hex_text(id, line->query_id, 6);
	fprintf(ctx, "%s  %s  %s%s%s\n", at, id, line->what,
	    line->code == 0 ? "" : ": ",
	    line->code == 0 ? "" : refusal_code(line->code));
}

static enum call_exit
print_ledger(const struct call *call, const struct months *m, struct ledger *l)
{
	char text[MONTH_TEXT];

	fprintf(call->out, "%-10s%14s%14s%16s%16s\n", "month", "rho spent",
	    "rho left", "epsilon spent", "epsilon left");
	for (uint16_t i = 0; i <= MONTH_MAX; i++) {
		struct cost left = left_of(m, i);

		if (!shown(m, i))
			continue;
		month_text(text, i);
		fprintf(call->out, "%-10s%14.9f%14.9f%16.9f%16.9f\n", text,
		    (double)m->spent[i].nrho / 1e9, (double)left.nrho / 1e9,
		    (double)m->spent[i].neps / 1e9, (double)left.neps / 1e9);
	}
	fputc('\n', call->out);
	if (l != NULL && journal_lines(l, print_line, call->out) != E_OK)
		return call_refuse(call, "%s", err_text(E_DB));
	return CALL_DONE;
}

static json_t *
month_json(const struct months *m, uint16_t month)
{
	const struct cost *spent = &m->spent[month];
	struct cost left = left_of(m, month);
	char text[MONTH_TEXT];

	month_text(text, month);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "month", text,
	    "spent_nrho", (json_int_t)spent->nrho, "left_nrho",
	    (json_int_t)left.nrho, "spent_neps", (json_int_t)spent->neps,
	    "left_neps", (json_int_t)left.neps, "spent_tv",
	    (json_int_t)spent->tv, "left_tv", (json_int_t)left.tv);
}

static enum call_exit
print_ledger_json(
    const struct call *call, const struct months *m, struct ledger *l)
{
	const struct cost *cap = &m->policy->month_cap;
	json_t *months = json_array(), *log = json_array();

	for (uint16_t i = 0; i <= MONTH_MAX; i++)
		if (shown(m, i))
			(void)json_array_append_new(months, month_json(m, i));
	if (l != NULL && journal_lines(l, add_line, log) != E_OK) {
		json_decref(months);
		json_decref(log);
		return call_refuse(call, "%s", err_text(E_DB));
	}
	return show_json(
	    call, json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "party",
		      m->policy->node.s, "month_nrho", (json_int_t)cap->nrho,
		      "month_neps", (json_int_t)cap->neps, "month_tv",
		      (json_int_t)cap->tv, "months", months, "log", log));
}

static enum call_exit
run_ledger(struct call *call)
{
	const char *dir = call->operands[0];
	struct months *m = calloc(1, sizeof(*m));
	struct fault fault = { "" };
	struct ledger *l = NULL;
	struct policy policy;
	struct config config;
	char path[FILE_PATH];
	enum call_exit code;
	enum err e;

	if (m == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	m->policy = &policy;
	if ((e = config_load(&config, dir, &fault)) != E_OK ||
	    (e = site_policy(&policy, dir, &config.party, &fault)) != E_OK ||
	    (e = file_path(path, dir, SITE_LEDGER)) != E_OK)
		goto out;
	e = ledger_peek(&l, path);
	if (e == E_OK)
		e = ledger_months(l, take_month, m);
	if (e != E_OK && e != E_NOTFOUND) {
		fault_set(&fault,
		    "%.200s: %s; do not delete it: what was spent would be "
		    "forgotten",
		    path, err_text(e));
		goto out;
	}
	e = E_OK;
	take_covered(m);
out:
	if (e != E_OK)
		code = show_fault(call, e, &fault);
	else
		code = call_has(call, "json") ? print_ledger_json(call, m, l)
					      : print_ledger(call, m, l);
	ledger_close(l);
	free(m);
	return code;
}

const struct command inspect_ledger = {
	.name = "ledger",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "what each month has spent and has left; what was asked",
	.about = "For the agency alone.  Works beside a running node.\n\n"
		 "rho is of answers with Gaussian noise, epsilon of those with "
		 "Laplace noise; what a\nmonth has lost is both together "
		 "(docs/privacy.md).  JSON has them in billionths,\nand the "
		 "distance of the noise from its law in units of 2^-100.\n",
	.run = run_ledger,
	.options = { { "json", 0, NULL, "write JSON" } },
};
