#include "node/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <jansson.h>

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

/* s into out[cap], cut at a whole character; what does not print becomes '?'.
 */
static void
keep_text(char *out, size_t cap, const char *s)
{
	size_t n = strnlen(s, cap - 1);

	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	memcpy(out, s, n);
	out[n] = '\0';
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

void
report_start(struct report *r, const char *loader, const char *name)
{
	*r = (struct report){ .loader = loader };
	keep_text(r->name, sizeof(r->name), name);
}

void
report_count(struct report *r, enum report_reason reason, uint64_t line)
{
	uint64_t n = r->reasons[reason].n++;

	if (n < REPORT_LINES)
		r->reasons[reason].lines[n] = line;
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
}

/* " (lines 3, 17, ...)" of one reason. */
static void
text_lines(const struct report *r, size_t reason, FILE *out)
{
	uint64_t n = r->reasons[reason].n;

	fprintf(out, " (line%s", n == 1 ? "" : "s");
	for (uint64_t i = 0; i < n && i < REPORT_LINES; i++)
		fprintf(out, "%s %" PRIu64, i == 0 ? "" : ",",
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
	fprintf(out, "%s", r->name);
	if (r->why_line > 0)
		fprintf(out, ":%" PRIu64, r->why_line);
	fprintf(out,
	    ": refused: %s\n  Nothing was loaded; the records are as they "
	    "were.\n",
	    r->why);
}

static void
text_counts(const struct report *r, FILE *out)
{
	char first[MONTH_TEXT], last[MONTH_TEXT];

	fprintf(out, "%s: %s\n", r->name,
	    r->dry_run ? "tried, nothing was kept" : "loaded");
	fprintf(out,
	    "  %12" PRIu64 "  rows read\n"
	    "  %12" PRIu64 "  %s\n"
	    "  %12" PRIu64 "  held already\n"
	    "  %12" PRIu64 "  dropped\n",
	    r->read, r->loaded, r->dry_run ? "would be loaded" : "loaded",
	    r->held, r->dropped);
	if (r->months) {
		month_text(first, r->first_month);
		month_text(last, r->last_month);
		fprintf(out,
		    "  months %s to %s; %" PRIu64 " with an LSOA, %" PRIu64
		    " with a point\n",
		    first, last, r->placed, r->with_point);
	}
	if (r->gazetteer_names > 0)
		fprintf(out,
		    "  gazetteer: %" PRIu64 " names, %" PRIu64
		    " of them for more than one place (not used)\n",
		    r->gazetteer_names, r->gazetteer_unclear);
}

void
report_text(const struct report *r, FILE *out)
{
	if (r->known) {
		char when[TIME_TEXT];

		time_text(when, r->known_at);
		fprintf(out,
		    "%s: this very file was loaded on %s; nothing "
		    "to do\n",
		    r->name, when);
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

/* The reasons of one kind as {"word": {"rows": n, "lines": [...]}}. */
static json_t *
json_reasons(const struct report *r, bool drop)
{
	json_t *all = json_object();

	for (size_t i = 0; i < REPORT_REASONS; i++) {
		json_t *lines;
		uint64_t n = r->reasons[i].n;

		if (n == 0 || reasons[i].drop != drop)
			continue;
		lines = json_array();
		for (uint64_t k = 0; k < n && k < REPORT_LINES; k++)
			json_array_append_new(lines,
			    json_integer((json_int_t)r->reasons[i].lines[k]));
		json_object_set_new(all, reasons[i].word,
		    json_pack("{s:I,s:o}", "rows", (json_int_t)n, "first_lines",
			lines));
	}
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
	if (r->why[0] != '\0') {
		json_object_set_new(o, "refused", json_string(r->why));
		json_object_set_new(
		    o, "line", json_integer((json_int_t)r->why_line));
	}
}

enum err
report_json(char **out, const struct report *r)
{
	json_t *o = json_pack("{s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o}",
	    "file", r->name, "loader", r->loader, "dry_run", (int)r->dry_run,
	    "read", (json_int_t)r->read, "loaded", (json_int_t)r->loaded,
	    "held_already", (json_int_t)r->held, "dropped",
	    (json_int_t)r->dropped, "with_area", (json_int_t)r->placed,
	    "with_point", (json_int_t)r->with_point, "drops",
	    json_reasons(r, true), "notes", json_reasons(r, false));
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
