#include "node/holdings.h"

#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include "cli/file.h"
#include "crypto/keyfile.h"
#include "model/month.h"
#include "node/config.h"
#include "node/records.h"
#include "node/show.h"
#include "node/site.h"
#include "node/totals.h"

static const char *const acts[] = { [RECORDS_ADD] = "add",
	[RECORDS_REPLACE] = "replace",
	[RECORDS_WITHDRAW] = "withdraw" };

/* The records of the node in dir, to read; says why not. */
static enum call_exit
open_records(struct records **out, const struct call *call, const char *dir)
{
	char where[RECORDS_WHERE], key[FILE_PATH];
	uint8_t secret[KEYS_STORE];
	struct config config;
	struct fault fault = { "" };
	struct keys keys;
	enum err e;

	if ((e = config_load(&config, dir, &fault)) != E_OK)
		return show_fault(call, e, &fault);
	/* the role that counts may not see a record */
	if ((e = config_where(where, &config, dir, RECORDS_LOAD)) != E_OK ||
	    (e = file_path(key, dir, SITE_STORE_KEY)) != E_OK)
		return call_refuse(call, "%s", err_text(e));
	e = keyfile_load(key, "store", secret, sizeof(secret));
	if (e != E_OK)
		return call_refuse(call, "%s: %s", key, err_text(e));
	keys_derive(&keys, secret);
	explicit_bzero(secret, sizeof(secret));
	e = records_open(out, where, RECORDS_COUNT, &keys);
	keys_wipe(&keys);
	if (e == E_NOTFOUND)
		return call_refuse(call, "nothing was loaded yet");
	return e == E_OK ? CALL_DONE
			 : call_refuse(call, "%s: %s", where, err_text(e));
}

/* History ------------------------------------------------------------------ */

static void
text_load(void *ctx, const struct records_load *l)
{
	char when[TIME_TEXT];

	time_text(when, l->loaded_at);
	fprintf(ctx,
	    "%s  %-8s  %-8s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %s\n",
	    when, acts[l->act], l->loader, l->change.added, l->change.changed,
	    l->change.withdrawn, l->name);
}

static void
json_load(void *ctx, const struct records_load *l)
{
	char when[TIME_TEXT];

	time_text(when, l->loaded_at);
	json_array_append_new(ctx,
	    json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:i}", "loaded_at",
		when, "act", acts[l->act], "loader", l->loader, "name", l->name,
		"added", (json_int_t)l->change.added, "changed",
		(json_int_t)l->change.changed, "withdrawn",
		(json_int_t)l->change.withdrawn, "held",
		(json_int_t)l->change.held, "unknown",
		(json_int_t)l->change.unknown, "months",
		(int)l->change.months));
}

static void
text_size(FILE *out, const struct records_size *s)
{
	char first[MONTH_TEXT], last[MONTH_TEXT];

	fprintf(out, "%" PRIu64 " records", s->records);
	if (s->months) {
		month_text(first, s->first_month);
		month_text(last, s->last_month);
		fprintf(out, ", %s to %s", first, last);
	}
	fprintf(out,
	    "; %" PRIu64 " earlier or withdrawn ones are kept; %" PRIu64
	    " bytes\n",
	    s->past, s->bytes);
}

static enum err
text_history(FILE *out, struct records *r)
{
	struct records_size size;
	enum err e;

	if ((e = records_size(r, &size)) != E_OK)
		return e;
	text_size(out, &size);
	fprintf(out, "\n%-20s  %-8s  %-8s %12s %12s %12s  %s\n", "loaded",
	    "act", "source", "added", "changed", "withdrawn", "files");
	return records_history(r, text_load, out);
}

static enum err
json_history(FILE *out, struct records *r)
{
	struct records_size size;
	json_t *loads = json_array(), *o;
	char first[MONTH_TEXT], last[MONTH_TEXT];
	enum err e;

	if ((e = records_history(r, json_load, loads)) != E_OK ||
	    (e = records_size(r, &size)) != E_OK) {
		json_decref(loads);
		return e;
	}
	o = json_pack("{s:I,s:I,s:I,s:o}", "records", (json_int_t)size.records,
	    "past", (json_int_t)size.past, "bytes", (json_int_t)size.bytes,
	    "loads", loads);
	if (o != NULL && size.months) {
		month_text(first, size.first_month);
		month_text(last, size.last_month);
		json_object_set_new(o, "first_month", json_string(first));
		json_object_set_new(o, "last_month", json_string(last));
	}
	if (o == NULL || json_dumpf(o, out, JSON_COMPACT) != 0)
		e = E_NOMEM;
	fputc('\n', out);
	json_decref(o);
	return e;
}

/* Totals ------------------------------------------------------------------- */

static enum err
add(void *ctx, const struct incident *i)
{
	return totals_add(ctx, i);
}

static enum err
show_totals(const struct call *call, struct records *r, struct totals *t)
{
	enum err e = records_each(r, 0, MONTH_MAX, UINT64_MAX, add, t);

	if (e != E_OK)
		return e;
	if (call_has(call, "json"))
		totals_json(t, call->out);
	else
		totals_csv(t, call->out);
	return E_OK;
}

static enum call_exit
run_records(struct call *call)
{
	const char *by = call_value(call, "by");
	struct records *r = NULL;
	struct totals *t = NULL;
	enum call_exit code;
	enum err e = by == NULL ? E_OK : totals_new(&t, by);

	if (e == E_FORMAT)
		return call_misuse(call,
		    "--by is up to %d of: " TOTALS_WORDS ", by commas",
		    TOTALS_FIELDS);
	if (e == E_OK &&
	    (code = open_records(&r, call, call->operands[0])) != CALL_DONE) {
		totals_free(t);
		return code;
	}
	if (e == E_OK && t != NULL)
		e = show_totals(call, r, t);
	else if (e == E_OK)
		e = call_has(call, "json") ? json_history(call->out, r)
					   : text_history(call->out, r);
	records_close(r);
	totals_free(t);
	return e == E_OK ? CALL_DONE
			 : call_refuse(call, "the records cannot be read: %s",
			       err_text(e));
}

const struct command holdings_records = {
	.name = "records",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "say what the node holds, exactly, for the agency itself",
	.about =
	    "Without --by: how much there is, and every load that changed "
	    "it, the last first.\nWith --by: how many records there are of "
	    "each, as CSV: exact counts that must not\nleave the agency.  "
	    "Fields: " TOTALS_WORDS ".\n",
	.run = run_records,
	.options = { { "by", 0, "FIELDS", "totals by these fields, by commas" },
	    { "json", 0, NULL, "write JSON" } },
};
