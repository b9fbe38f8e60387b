#include "node/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/utf8.h"
#include "model/month.h"

static const struct {
	const char *word, *words;
	bool drop;
} reasons[REPORT_REASONS] = {
#define DROP(name, word, words) [name] = { word, words, true },
#define NOTE(name, word, words) [name] = { word, words, false },
	REPORT_DROPS(DROP) REPORT_NOTES(NOTE)
#undef DROP
#undef NOTE
};

/* s into out[cap], cut at a whole character; what is no character, or does not
 * print, becomes '?'. */
static void
keep_text(char *out, size_t cap, const char *s)
{
	size_t n = 0;

	while (*s != '\0') {
		size_t len = utf8_len(s);

		if (n + (len == 0 ? 1 : len) >= cap)
			break;
		if (len == 0)
			out[n] = '?';
		else
			memcpy(out + n, s, len);
		n += len == 0 ? 1 : len;
		s += len == 0 ? 1 : len;
	}
	out[n] = '\0';
}

void
report_start(struct report *r, const char *loader, const char *name)
{
	*r = (struct report){ .loader = loader, .act = RECORDS_ADD };
	keep_text(r->name, sizeof(r->name), name);
}

void
report_end(struct report *r)
{
	free(r->files);
	r->files = NULL;
	r->n_files = 0;
}

/* What follows the last slash. */
static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

enum err
report_files(struct report *r, const char *const *paths, size_t n)
{
	if (n == 1) {
		keep_text(r->name, sizeof(r->name), last_part(paths[0]));
		return E_OK;
	}
	if ((r->files = calloc(n, sizeof(*r->files))) == NULL)
		return E_NOMEM;
	r->n_files = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		keep_text(r->files[i].name, sizeof(r->files[i].name),
		    last_part(paths[i]));
	snprintf(r->name, sizeof(r->name), "%zu files", n);
	return E_OK;
}

void
report_read(struct report *r)
{
	r->read++;
	if (r->files != NULL)
		r->files[r->file].read++;
}

void
report_drop(struct report *r, enum report_reason reason, uint64_t line)
{
	r->dropped++;
	if (r->files != NULL)
		r->files[r->file].dropped++;
	report_count(r, reason, line);
}

void
report_count(struct report *r, enum report_reason reason, uint64_t line)
{
	uint64_t n = r->reasons[reason].n++;

	if (n < REPORT_LINES) {
		r->reasons[reason].lines[n] = line;
		r->reasons[reason].files[n] = r->file;
	}
}

void
report_refuse(struct report *r, uint64_t line, const char *fmt, ...)
{
	char text[REPORT_WHY];
	va_list ap;

	if (r->why[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	keep_text(r->why, sizeof(r->why), text);
	r->why_line = line;
	r->why_file = r->file;
}

static const char *
file_name(const struct report *r, uint32_t file)
{
	return r->files == NULL ? r->name : r->files[file].name;
}

/* " (a.csv:3, b.csv:17, ...)" of one reason. */
static void
text_lines(const struct report *r, size_t reason, FILE *out)
{
	uint64_t n = r->reasons[reason].n;

	fputs(" (", out);
	for (uint64_t i = 0; i < n && i < REPORT_LINES; i++)
		fprintf(out, "%s%s:%" PRIu64, i == 0 ? "" : ", ",
		    file_name(r, r->reasons[reason].files[i]),
		    r->reasons[reason].lines[i]);
	fputs(n > REPORT_LINES ? ", ...)\n" : ")\n", out);
}

/* The reasons of one kind that there were, after a heading. */
static void
text_reasons(const struct report *r, bool drop, const char *heading, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < REPORT_REASONS; i++) {
		if (r->reasons[i].n == 0 || reasons[i].drop != drop)
			continue;
		if (!any)
			fprintf(out, "  %s\n", heading);
		any = true;
		fprintf(out, "    %10" PRIu64 "  %s", r->reasons[i].n,
		    reasons[i].words);
		text_lines(r, i, out);
	}
}

static void
text_refused(const struct report *r, FILE *out)
{
	if (r->why_line > 0)
		fprintf(
		    out, "%s:%" PRIu64, file_name(r, r->why_file), r->why_line);
	else
		fputs(r->name, out);
	fprintf(out,
	    ": refused: %s\n  Nothing was loaded; the records are as they "
	    "were.\n",
	    r->why);
}

/* What the batch did to the records. */
static void
text_change(const struct report *r, FILE *out)
{
	const struct records_change *c = &r->change;
	bool withdraw = r->act == RECORDS_WITHDRAW;
	const struct {
		uint64_t n;
		const char *words, *would;
		bool always;
	} lines[] = {
		{ c->added, "added", "would be added", !withdraw },
		{ c->held, "held already", "held already", !withdraw },
		{ c->changed, "changed", "would be changed", false },
		{ c->withdrawn, "withdrawn", "would be withdrawn",
		    r->act != RECORDS_ADD },
		{ c->unknown, "to be withdrawn, but not there",
		    "to be withdrawn, but not there", withdraw },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (lines[i].always || lines[i].n > 0)
			fprintf(out, "  %12" PRIu64 "  %s\n", lines[i].n,
			    r->dry_run ? lines[i].would : lines[i].words);
}

/* What was read and where it lies. */
static void
text_notes(const struct report *r, FILE *out)
{
	char first[MONTH_TEXT], last[MONTH_TEXT];

	if (r->months) {
		month_text(first, r->first_month);
		month_text(last, r->last_month);
		fprintf(out,
		    "  months %s to %s; %" PRIu64 " with an area, %" PRIu64
		    " with a point\n",
		    first, last, r->placed, r->with_point);
	}
	if (r->gazetteer_names > 0)
		fprintf(out,
		    "  gazetteer: %" PRIu64 " names, %" PRIu64
		    " of them for more than one place (not used)\n",
		    r->gazetteer_names, r->gazetteer_unclear);
}

static void
text_counts(const struct report *r, FILE *out)
{
	fprintf(out, "%s: %s\n", r->name,
	    r->dry_run                   ? "tried, nothing was kept"
	    : r->act == RECORDS_WITHDRAW ? "withdrawn"
					 : "loaded");
	fprintf(out,
	    "  %12" PRIu64 "  rows read\n"
	    "  %12" PRIu64 "  dropped\n",
	    r->read, r->dropped);
	text_change(r, out);
	text_notes(r, out);
	for (uint32_t i = 0; i < r->n_files; i++)
		fprintf(out,
		    "  %12" PRIu64 "  rows, %" PRIu64 " of them dropped: %s\n",
		    r->files[i].read, r->files[i].dropped, r->files[i].name);
}

void
report_text(const struct report *r, FILE *out)
{
	if (r->known) {
		char when[TIME_TEXT];

		time_text(when, r->known_at);
		fprintf(out, "%s: %s loaded on %s; nothing to do\n", r->name,
		    r->n_files > 1 ? "these very files were"
				   : "this very file was",
		    when);
		return;
	}
	if (r->why[0] != '\0')
		text_refused(r, out);
	else
		text_counts(r, out);
	text_reasons(r, true, "dropped:", out);
	if (r->why[0] == '\0')
		text_reasons(r, false, "kept, and worth knowing:", out);
}

/* Where the first rows of one reason are: [{"file": ..., "line": ...}]. */
static json_t *
json_lines(const struct report *r, size_t reason)
{
	json_t *lines = json_array();
	uint64_t n = r->reasons[reason].n;

	for (uint64_t k = 0; k < n && k < REPORT_LINES; k++)
		json_array_append_new(lines,
		    json_pack("{s:s,s:I}", "file",
			file_name(r, r->reasons[reason].files[k]), "line",
			(json_int_t)r->reasons[reason].lines[k]));
	return lines;
}

/* The reasons of one kind as {"word": {"rows": n, "first": [...]}}. */
static json_t *
json_reasons(const struct report *r, bool drop)
{
	json_t *all = json_object();

	for (size_t i = 0; i < REPORT_REASONS; i++)
		if (r->reasons[i].n > 0 && reasons[i].drop == drop)
			json_object_set_new(all, reasons[i].word,
			    json_pack("{s:I,s:o}", "rows",
				(json_int_t)r->reasons[i].n, "first",
				json_lines(r, i)));
	return all;
}

static json_t *
json_files(const struct report *r)
{
	json_t *all = json_array();

	for (uint32_t i = 0; i < r->n_files; i++)
		json_array_append_new(
		    all, json_pack("{s:s,s:I,s:I}", "file", r->files[i].name,
			     "read", (json_int_t)r->files[i].read, "dropped",
			     (json_int_t)r->files[i].dropped));
	return all;
}

/* Adds the months, and the cause when it was refused. */
static void
json_rest(json_t *o, const struct report *r)
{
	char first[MONTH_TEXT], last[MONTH_TEXT], when[TIME_TEXT];

	if (r->months) {
		month_text(first, r->first_month);
		month_text(last, r->last_month);
		json_object_set_new(o, "first_month", json_string(first));
		json_object_set_new(o, "last_month", json_string(last));
	}
	if (r->known) {
		time_text(when, r->known_at);
		json_object_set_new(o, "loaded_before", json_string(when));
	}
	if (r->n_files > 0)
		json_object_set_new(o, "files", json_files(r));
	if (r->why[0] == '\0')
		return;
	json_object_set_new(o, "refused", json_string(r->why));
	json_object_set_new(o, "line", json_integer((json_int_t)r->why_line));
	if (r->why_line > 0)
		json_object_set_new(
		    o, "refused_file", json_string(file_name(r, r->why_file)));
}

enum err
report_json(char **out, const struct report *r)
{
	static const char *const acts[] = { [RECORDS_ADD] = "add",
		[RECORDS_REPLACE] = "replace",
		[RECORDS_WITHDRAW] = "withdraw" };
	const struct records_change *c = &r->change;
	json_t *o = json_pack("{s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,"
			      "s:I,s:I,s:o,s:o}",
	    "file", r->name, "loader", r->loader, "act", acts[r->act],
	    "dry_run", (int)r->dry_run, "read", (json_int_t)r->read, "dropped",
	    (json_int_t)r->dropped, "added", (json_int_t)c->added, "held",
	    (json_int_t)c->held, "changed", (json_int_t)c->changed, "withdrawn",
	    (json_int_t)c->withdrawn, "unknown", (json_int_t)c->unknown,
	    "with_area", (json_int_t)r->placed, "with_point",
	    (json_int_t)r->with_point, "drops", json_reasons(r, true), "notes",
	    json_reasons(r, false));
	char *text = NULL;

	if (o != NULL) {
		json_rest(o, r);
		text = json_dumps(o, JSON_COMPACT);
		json_decref(o);
	}
	if (text == NULL)
		return E_NOMEM;
	*out = text;
	return E_OK;
}
