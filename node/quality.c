#include "node/quality.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/month.h"
#include "model/source.h"
#include "node/findings.h"
#include "node/survey.h"

#define BAR 15
#define WIDTH 78 /* of a line of findings */

struct quality {
	struct survey *survey; /* NULL: no record, none declared */
	struct finding *findings;
	size_t n_findings;
	bool covers;
};

/* Looking ----------------------------------------------------------------- */

static enum err
take(void *ctx, const struct incident *i)
{
	return survey_take(ctx, i);
}

struct months {
	uint16_t from, to; /* [from, to); equal: none */
};

static void
widen(struct months *m, uint16_t from, uint16_t to)
{
	if (from >= to)
		return;
	if (m->from == m->to)
		*m = (struct months){ from, to };
	if (from < m->from)
		m->from = from;
	if (to > m->to)
		m->to = to;
}

/* What is asked or, when that is all, what is there or declared. */
static enum err
months_of(struct months *out, struct records *r, const struct quality_ask *ask)
{
	struct records_size size;
	enum err e;

	*out = (struct months){ 0, 0 };
	if (ask->n_months > 0) {
		*out = (struct months){ ask->first,
			(uint16_t)(ask->first + ask->n_months) };
		return E_OK;
	}
	if ((e = records_size(r, &size)) != E_OK)
		return e;
	if (size.months)
		widen(out, size.first_month, (uint16_t)(size.last_month + 1));
	for (size_t i = 0; i < ask->n_declared; i++)
		widen(out, ask->declared[i].first,
		    (uint16_t)(ask->declared[i].first +
			       ask->declared[i].n_months));
	return E_OK;
}

enum err
quality_look(
    struct quality **out, struct records *r, const struct quality_ask *ask)
{
	struct quality *q = calloc(1, sizeof(*q));
	struct months m;
	uint16_t n;
	enum err e = q == NULL ? E_NOMEM : months_of(&m, r, ask);

	if (e != E_OK || m.from == m.to)
		goto out;
	n = (uint16_t)(m.to - m.from);
	q->covers = ask->n_covers > 0;
	e = survey_new(
	    &q->survey, m.from, n, ask->areas, ask->covers, ask->n_covers);
	if (e == E_OK)
		e = records_each(r, m.from, n, UINT64_MAX, take, q->survey);
	if (e != E_OK)
		goto out;
	survey_end(q->survey);
	e = findings_of(&q->findings, &q->n_findings, q->survey, ask->declared,
	    ask->n_declared);
out:
	if (e != E_OK) {
		quality_free(q);
		return e;
	}
	*out = q;
	return E_OK;
}

void
quality_free(struct quality *q)
{
	if (q == NULL)
		return;
	survey_free(q->survey);
	free(q->findings);
	free(q);
}

/* Sums of a series --------------------------------------------------------- */

struct whole { /* a series, all months added up */
	struct survey_month sum;
	uint64_t delays; /* known ones */
	uint16_t first, last;
	uint64_t most; /* in one month */
};

static struct whole
whole_of(const struct survey *s, const struct survey_series *of)
{
	struct whole w = { .first = UINT16_MAX };

	for (uint16_t i = 0; i < s->n_months; i++) {
		const struct survey_month *m = &of->months[i];

		if (m->n == 0)
			continue;
		if (w.first == UINT16_MAX)
			w.first = (uint16_t)(s->first + i);
		w.last = (uint16_t)(s->first + i);
		if (m->n > w.most)
			w.most = m->n;
		w.sum.n += m->n;
		for (unsigned f = 0; f < SURVEY_FIELDS; f++)
			w.sum.fields[f] += m->fields[f];
		for (unsigned g = 0; g < GEO_METHODS; g++)
			w.sum.methods[g] += m->methods[g];
		for (unsigned g = 0; g < SURVEY_REACHES; g++)
			w.sum.reaches[g] += m->reaches[g];
		for (unsigned d = 0; d < SURVEY_DELAYS; d++) {
			w.sum.delays[d] += m->delays[d];
			w.delays += m->delays[d];
		}
		w.sum.outside += m->outside;
		w.sum.alike += m->alike;
		w.sum.early += m->early;
	}
	return w;
}

/* Seconds within which per_cent of the known delays lie; some are known. */
static uint64_t
delay_within(const struct whole *w, unsigned per_cent)
{
	uint64_t so_far = 0;
	unsigned i = 0;

	for (; i + 1 < SURVEY_DELAYS; i++) {
		so_far += w->sum.delays[i];
		if (100 * so_far >= per_cent * w->delays)
			break;
	}
	return survey_delay(i);
}

/* May records of the source have that field at all? */
static bool
may_have(uint32_t source, enum survey_field field)
{
	const struct source_facts *facts = source_of(source);

	switch (field) {
	case SURVEY_PERSON:
		return facts->people != NULL;
	case SURVEY_POINT:
		return facts->points;
	case SURVEY_LSOA:
		return facts->finest_geo == GEO_LSOA11;
	default:
		return true;
	}
}

/* For people ---------------------------------------------------------------
 *
 * Digits in groups of three; shares as whole per cents, where 0 and 100 are
 * said of none and of all alone. */

#define NUMBER 28
#define SHARE 8

static const char *
number(char out[NUMBER], uint64_t x)
{
	char digits[NUMBER];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, x), at = 0;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

static const char *
share(char out[SHARE], uint64_t part, uint64_t of)
{
	unsigned per_cent =
	    of == 0 ? 0 : (unsigned)((100 * part + of / 2) / of);

	if (part > 0 && per_cent == 0)
		strcpy(out, "<1");
	else if (part < of && per_cent == 100)
		strcpy(out, ">99");
	else
		(void)snprintf(
		    out, SHARE, "%u", per_cent > 100 ? 100 : per_cent);
	return out;
}

/* A bar of part in of, BAR characters long; something is at least one. */
static const char *
bar(char out[BAR + 1], uint64_t part, uint64_t of)
{
	size_t n = of == 0 ? 0 : (size_t)((BAR * part + of / 2) / of);

	if (n == 0 && part > 0)
		n = 1;
	memset(out, ' ', BAR);
	memset(out, '#', n > BAR ? BAR : n);
	out[BAR] = '\0';
	return out;
}

static void
print_delay(FILE *out, uint64_t s)
{
	if (s < 2 * 3600)
		fprintf(out, "%" PRIu64 " minutes", (s + 59) / 60);
	else if (s < 2 * 86400)
		fprintf(out, "%" PRIu64 " hours", (s + 3599) / 3600);
	else
		fprintf(out, "%" PRIu64 " days", (s + 86399) / 86400);
}

/* A sentence, its further lines indented as the first is by "  ! ". */
static void
print_folded(FILE *out, const char *s)
{
	while (strlen(s) > WIDTH - 4) {
		size_t n = WIDTH - 4;

		while (n > 0 && s[n] != ' ')
			n--;
		if (n == 0)
			break;
		fprintf(out, "%.*s\n    ", (int)n, s);
		s += n + 1;
	}
	fprintf(out, "%s\n", s);
}

static void
print_findings(const struct quality *q, FILE *out)
{
	char text[FINDINGS_TEXT];

	fprintf(out, "\nWorth a look\n");
	if (q->n_findings == 0)
		fprintf(out, "  Nothing stands out.\n");
	for (size_t i = 0; i < q->n_findings; i++) {
		findings_text(text, &q->findings[i]);
		fprintf(out, "  ! ");
		print_folded(out, text);
	}
}

/* Is there a finding of that month of the series? */
static bool
marked(const struct quality *q, const struct survey_series *of, uint16_t month)
{
	for (size_t i = 0; i < q->n_findings; i++) {
		const struct finding *f = &q->findings[i];

		if (f->source == of->source &&
		    (f->feed == NULL || f->feed == of->feed) &&
		    month >= f->month && month - f->month < f->n_months)
			return true;
	}
	return false;
}

static void
print_months(const struct quality *q, const struct survey_series *of,
    const struct whole *w, FILE *out)
{
	static const char *const heads[SURVEY_FIELDS] = { "pers.", "point",
		"LSOA", "rec.", "min.", "weap.", "vict." };

	fprintf(out, "\n  %-8s%10s  %-*s", "month", "records", BAR, "");
	for (unsigned f = 0; f < SURVEY_FIELDS; f++)
		fprintf(out, "%6s", heads[f]);
	fputc('\n', out);
	for (uint16_t m = w->first; m <= w->last; m++) {
		const struct survey_month *s =
		    &of->months[m - q->survey->first];
		char text[MONTH_TEXT], n[NUMBER], b[BAR + 1], p[SHARE];

		month_text(text, m);
		fprintf(out, "%c %-8s%10s", marked(q, of, m) ? '!' : ' ', text,
		    number(n, s->n));
		if (s->n > 0)
			fprintf(out, "  %s", bar(b, s->n, w->most));
		for (unsigned f = 0; f < SURVEY_FIELDS && s->n > 0; f++)
			fprintf(out, "%6s",
			    !may_have(of->source, (enum survey_field)f)
				? "-"
				: share(p, s->fields[f], s->n));
		fputc('\n', out);
	}
}

static void
print_line(FILE *out, const char *what, uint64_t part, uint64_t of)
{
	char b[BAR + 1], p[SHARE], n[NUMBER];

	if (part > 0)
		fprintf(out, "  %-18s%10s  %s%6s\n", what, number(n, part),
		    bar(b, part, of), share(p, part, of));
}

static const char *const method_words[GEO_METHODS] = {
	[GEO_NONE] = "no usable place",
	[GEO_GPS] = "by GPS",
	[GEO_STREET] = "by street",
	[GEO_SNAP] = "by snapped point",
	[GEO_GAZETTEER] = "by gazetteer",
	[GEO_AREA] = "by area alone",
	[GEO_UPRN] = "by address",
	[GEO_POSTCODE] = "by postcode",
};

static void
print_places(const struct quality *q, const struct whole *w, FILE *out)
{
	static const char *const reaches[SURVEY_REACHES] = { "exact",
		"within 50 m", "within 500 m", "wider" };
	const struct survey_month *s = &w->sum;

	fprintf(out, "\n  placed\n");
	for (unsigned g = 0; g < GEO_METHODS; g++)
		print_line(out, method_words[g], s->methods[g], s->n);
	if (s->fields[SURVEY_POINT] > 0)
		fprintf(out, "  points\n");
	for (unsigned i = 0; i < SURVEY_REACHES; i++)
		print_line(
		    out, reaches[i], s->reaches[i], s->fields[SURVEY_POINT]);
	fprintf(out, "  records\n");
	print_line(out, "alike but for id", s->alike, s->n);
	if (q->covers)
		print_line(out, "outside the area", s->outside, s->n);
	print_line(out, "recorded too early", s->early, s->n);
}

static void
print_series(const struct quality *q, const struct survey_series *of, FILE *out)
{
	struct whole w = whole_of(q->survey, of);
	char from[MONTH_TEXT], to[MONTH_TEXT], n[NUMBER];

	month_text(from, w.first);
	month_text(to, w.last);
	fprintf(out, "\n%s%s%s: %s records, %s to %s\n",
	    source_of(of->source)->label, of->feed[0] == '\0' ? "" : ", ",
	    of->feed, number(n, w.sum.n), from, to);
	print_months(q, of, &w, out);
	print_places(q, &w, out);
	if (w.delays == 0)
		return;
	fprintf(out, "  recorded           half within ");
	print_delay(out, delay_within(&w, 50));
	fprintf(out, ", 95 %% within ");
	print_delay(out, delay_within(&w, 95));
	fprintf(out, "\n");
}

void
quality_text(const struct quality *q, FILE *out)
{
	if (q->survey == NULL) {
		fprintf(out, "No records, and none declared.\n");
		return;
	}
	fprintf(out,
	    "For this agency alone: these are exact counts.\n"
	    "Columns: of 100 records, how many name a person, have a point and "
	    "an LSOA, say\nwhen they were recorded, are timed to the minute, "
	    "state a weapon and a victim.\n");
	print_findings(q, out);
	for (size_t i = 0; i < q->survey->n; i++)
		print_series(q, &q->survey->series[i], out);
}

/* For programs --------------------------------------------------------------
 */

static json_t *
month_json(const struct survey_month *m, uint16_t month, bool covers)
{
	char text[MONTH_TEXT];
	json_t *o;

	month_text(text, month);
	o = json_pack("{s:s, s:I, s:I}", "month", text, "records",
	    (json_int_t)m->n, "alike", (json_int_t)m->alike);
	for (unsigned f = 0; f < SURVEY_FIELDS; f++)
		(void)json_object_set_new(o,
		    findings_field((enum survey_field)f),
		    json_integer((json_int_t)m->fields[f]));
	if (covers)
		(void)json_object_set_new(
		    o, "outside", json_integer((json_int_t)m->outside));
	return o;
}

static json_t *
places_json(const struct survey_month *s)
{
	static const char *const methods[GEO_METHODS] = {
		[GEO_NONE] = "none",
		[GEO_GPS] = "gps",
		[GEO_STREET] = "street",
		[GEO_SNAP] = "snap",
		[GEO_GAZETTEER] = "gazetteer",
		[GEO_AREA] = "area",
		[GEO_UPRN] = "uprn",
		[GEO_POSTCODE] = "postcode",
	};
	json_t *by = json_object();

	for (unsigned g = 0; g < GEO_METHODS; g++)
		(void)json_object_set_new(
		    by, methods[g], json_integer((json_int_t)s->methods[g]));
	return json_pack("{s:o, s:I, s:I, s:I, s:I}", "by", by, "exact",
	    (json_int_t)s->reaches[SURVEY_EXACT], "within_50_m",
	    (json_int_t)s->reaches[SURVEY_STREET], "within_500_m",
	    (json_int_t)s->reaches[SURVEY_SECTOR], "wider",
	    (json_int_t)s->reaches[SURVEY_WIDER]);
}

static json_t *
delay_json(const struct whole *w)
{
	if (w->delays == 0)
		return json_pack("{s:i, s:I}", "known", 0, "early",
		    (json_int_t)w->sum.early);
	return json_pack("{s:I, s:I, s:I, s:I}", "known", (json_int_t)w->delays,
	    "early", (json_int_t)w->sum.early, "p50_s",
	    (json_int_t)delay_within(w, 50), "p95_s",
	    (json_int_t)delay_within(w, 95));
}

static json_t *
series_json(const struct quality *q, const struct survey_series *of)
{
	struct whole w = whole_of(q->survey, of);
	json_t *months = json_array();

	for (uint16_t m = w.first; m <= w.last; m++)
		(void)json_array_append_new(
		    months, month_json(&of->months[m - q->survey->first], m,
				q->covers));
	return json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "source",
	    source_text(of->source), "feed", of->feed, "records",
	    (json_int_t)w.sum.n, "months", months, "places",
	    places_json(&w.sum), "delay", delay_json(&w));
}

static json_t *
finding_json(const struct finding *f)
{
	char text[FINDINGS_TEXT], month[MONTH_TEXT];
	json_t *o;

	findings_text(text, f);
	o = json_pack("{s:s, s:s, s:s}", "what", findings_word(f->what),
	    "source", source_text(f->source), "words", text);
	if (f->feed != NULL)
		(void)json_object_set_new(o, "feed", json_string(f->feed));
	if (f->n_months > 0) {
		month_text(month, f->month);
		(void)json_object_set_new(o, "month", json_string(month));
		(void)json_object_set_new(
		    o, "months", json_integer(f->n_months));
	}
	if (f->what == FINDING_FIELD)
		(void)json_object_set_new(
		    o, "field", json_string(findings_field(f->field)));
	return o;
}

enum err
quality_json(char **out, const struct quality *q)
{
	json_t *series = json_array(), *findings = json_array(), *all;
	char *text = NULL;

	for (size_t i = 0; q->survey != NULL && i < q->survey->n; i++)
		(void)json_array_append_new(
		    series, series_json(q, &q->survey->series[i]));
	for (size_t i = 0; i < q->n_findings; i++)
		(void)json_array_append_new(
		    findings, finding_json(&q->findings[i]));
	all = json_pack("{s:o, s:o}", "findings", findings, "series", series);
	if (all != NULL)
		text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	if (text == NULL)
		return E_NOMEM;
	*out = text;
	return E_OK;
}
