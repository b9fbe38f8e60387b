#include "node/findings.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/month.h"
#include "model/query.h"

#define BREAKS_MAX 64 /* of one series and figure that are told */

struct list {
	struct finding *at;
	size_t n, room;
};

static enum err
add(struct list *l, struct finding f)
{
	if (l->n == l->room) {
		size_t room = l->room == 0 ? 16 : 2 * l->room;
		struct finding *more = reallocarray(l->at, room, sizeof(*more));

		if (more == NULL)
			return E_NOMEM;
		l->at = more;
		l->room = room;
	}
	l->at[l->n++] = f;
	return E_OK;
}

/* Months ------------------------------------------------------------------ */

static bool
declared_at(
    const struct quality_cover *c, size_t n, uint32_t source, uint16_t month)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].source == source && month >= c[i].first &&
		    month - c[i].first < c[i].n_months)
			return true;
	return false;
}

struct span { /* of the months of a series that it has records of */
	uint16_t from, to; /* [from, to) from the survey's first; equal: none */
};

static struct span
span_of(const struct survey *s, const struct survey_series *of)
{
	struct span out = { 0, 0 };

	for (uint16_t i = 0; i < s->n_months; i++)
		if (of->months[i].n > 0) {
			if (out.to == 0)
				out.from = i;
			out.to = (uint16_t)(i + 1);
		}
	return out;
}

/* What there is of a source in a month. */
enum held { HELD_NONE, HELD_AROUND, HELD };

static enum held
held_at(const struct survey *s, uint32_t source, uint16_t month)
{
	enum held held = HELD_NONE;

	if (month < s->first || month >= s->first + s->n_months)
		return HELD_NONE;
	for (size_t i = 0; i < s->n; i++) {
		struct span span = span_of(s, &s->series[i]);
		uint16_t at = (uint16_t)(month - s->first);

		if (s->series[i].source != source)
			continue;
		if (s->series[i].months[at].n > 0)
			return HELD;
		if (at >= span.from && at < span.to)
			held = HELD_AROUND;
	}
	return held;
}

/* One of three yes-or-no series over months, and where it is true. */
struct runs {
	enum finding_what what;
	const struct survey *s;
	const struct survey_series *of; /* GAP */
	const struct quality_cover *declared;
	size_t n_declared;
	uint32_t source;
};

static bool
runs_at(const struct runs *r, uint16_t month)
{
	if (r->what == FINDING_GAP)
		return r->of->months[month - r->s->first].n == 0;
	if (r->what == FINDING_EMPTY)
		return declared_at(
			   r->declared, r->n_declared, r->source, month) &&
		       held_at(r->s, r->source, month) == HELD_NONE;
	return !declared_at(r->declared, r->n_declared, r->source, month) &&
	       held_at(r->s, r->source, month) == HELD;
}

/* A finding for every run of such months in [from, to). */
static enum err
add_runs(struct list *l, const struct runs *r, uint16_t from, uint16_t to)
{
	enum err e = E_OK;

	for (uint16_t m = from; m < to && e == E_OK; m++) {
		uint16_t end = m;

		while (end < to && runs_at(r, end))
			end++;
		if (end == m)
			continue;
		e = add(l, (struct finding){ .what = r->what,
			       .source = r->source,
			       .feed = r->of == NULL ? NULL : r->of->feed,
			       .month = m,
			       .n_months = (uint16_t)(end - m) });
		m = end;
	}
	return e;
}

static enum err
add_declared(struct list *l, const struct survey *s,
    const struct quality_cover *declared, size_t n)
{
	struct runs r = { .s = s, .declared = declared, .n_declared = n };
	enum err e = E_OK;

	for (r.source = 1; r.source <= SOURCE_ALL && e == E_OK && n > 0;
	     r.source <<= 1) {
		/* what is asked is looked at, no more */
		r.what = FINDING_EMPTY;
		e = add_runs(
		    l, &r, s->first, (uint16_t)(s->first + s->n_months));
		r.what = FINDING_UNDECLARED;
		if (e == E_OK)
			e = add_runs(l, &r, s->first,
			    (uint16_t)(s->first + s->n_months));
	}
	return e;
}

/* Series ------------------------------------------------------------------ */

static enum err
add_breaks(struct list *l, const struct survey *s,
    const struct survey_series *of, const struct break_at *b, size_t n,
    struct finding f)
{
	struct span span = span_of(s, of);
	enum err e = E_OK;

	f.source = of->source;
	f.feed = of->feed;
	f.n_months = 1;
	for (size_t i = 0; i < n && e == E_OK; i++) {
		const struct survey_month *m = &of->months[span.from + b[i].i];

		f.month = (uint16_t)(s->first + span.from + b[i].i);
		f.rule = b[i].rule;
		f.usual = b[i].usual;
		f.is = f.what == FINDING_BREAK
			   ? m->n
			   : 1000 * m->fields[f.field] / m->n;
		e = add(l, f);
	}
	return e;
}

static enum err
add_series(struct list *l, const struct survey *s,
    const struct survey_series *of, uint64_t *part, uint64_t *whole)
{
	struct span span = span_of(s, of);
	struct runs gap = {
		.what = FINDING_GAP, .s = s, .of = of, .source = of->source
	};
	struct break_at b[BREAKS_MAX];
	size_t n = (size_t)(span.to - span.from), found;
	enum err e;

	e = add_runs(l, &gap, (uint16_t)(s->first + span.from),
	    (uint16_t)(s->first + span.to));
	for (size_t i = 0; i < n; i++)
		whole[i] = of->months[span.from + i].n;
	found = breaks_counts(b, BREAKS_MAX, whole, n);
	if (e == E_OK)
		e = add_breaks(l, s, of, b, found,
		    (struct finding){ .what = FINDING_BREAK });
	for (unsigned f = 0; f < SURVEY_FIELDS && e == E_OK; f++) {
		for (size_t i = 0; i < n; i++)
			part[i] = of->months[span.from + i].fields[f];
		found = breaks_shares(b, BREAKS_MAX, part, whole, n);
		e = add_breaks(l, s, of, b, found,
		    (struct finding){
			.what = FINDING_FIELD, .field = (enum survey_field)f });
	}
	return e;
}

/* What is said of a series as a whole, when it is much. */
static enum err
add_whole(
    struct list *l, const struct survey *s, const struct survey_series *of)
{
	uint64_t n = 0, alike = 0, outside = 0, none = 0, early = 0, timed = 0;
	struct finding f = { .source = of->source, .feed = of->feed };
	enum err e = E_OK;

	for (uint16_t i = 0; i < s->n_months; i++) {
		n += of->months[i].n;
		alike += of->months[i].alike;
		outside += of->months[i].outside;
		none += of->months[i].methods[GEO_NONE];
		early += of->months[i].early;
		timed += of->months[i].fields[SURVEY_MINUTE];
	}
	if (n == 0)
		return E_OK;
	f.what = FINDING_ALIKE;
	if ((f.is = 1000 * alike / n) >= FINDINGS_ALIKE && 2 * timed >= n)
		e = add(l, f);
	f.what = FINDING_OUTSIDE_AREA;
	if ((f.is = 1000 * outside / n) >= FINDINGS_OUTSIDE && e == E_OK)
		e = add(l, f);
	f.what = FINDING_NOT_PLACED;
	if ((f.is = 1000 * none / n) >= FINDINGS_UNPLACED && e == E_OK)
		e = add(l, f);
	f.what = FINDING_EARLY;
	if ((f.is = early) > 0 && e == E_OK)
		e = add(l, f);
	return e;
}

enum err
findings_of(struct finding **out, size_t *n, const struct survey *s,
    const struct quality_cover *declared, size_t n_declared)
{
	uint64_t *part = calloc(s->n_months, sizeof(*part));
	uint64_t *whole = calloc(s->n_months, sizeof(*whole));
	struct list l = { NULL, 0, 0 };
	enum err e = part == NULL || whole == NULL ? E_NOMEM : E_OK;

	if (e == E_OK)
		e = add_declared(&l, s, declared, n_declared);
	for (size_t i = 0; i < s->n && e == E_OK; i++)
		e = add_series(&l, s, &s->series[i], part, whole);
	for (size_t i = 0; i < s->n && e == E_OK; i++)
		e = add_whole(&l, s, &s->series[i]);
	free(part);
	free(whole);
	if (e != E_OK) {
		free(l.at);
		return e;
	}
	*out = l.at;
	*n = l.n;
	return E_OK;
}

/* Words ------------------------------------------------------------------- */

const char *
findings_word(enum finding_what what)
{
	static const char *const words[FINDING_KINDS] = { "gap", "empty",
		"undeclared", "break", "field", "alike", "outside",
		"not-placed", "early" };

	assert(what < FINDING_KINDS);
	return words[what];
}

const char *
findings_field(enum survey_field field)
{
	static const char *const words[SURVEY_FIELDS] = { "person", "point",
		"lsoa", "recorded", "minute", "weapon", "victim" };

	assert(field < SURVEY_FIELDS);
	return words[field];
}

static const char *
field_words(enum survey_field field)
{
	static const char *const words[SURVEY_FIELDS] = { "name a person",
		"have a point", "have an LSOA", "say when they were recorded",
		"are timed to the minute", "state a weapon", "state a victim" };

	return words[field];
}

/* The start of a sentence: whose, and when. */
static int
write_start(char out[FINDINGS_TEXT], const struct finding *f)
{
	char from[MONTH_TEXT], to[MONTH_TEXT];
	int n = snprintf(out, FINDINGS_TEXT, "%s%s%s", source_text(f->source),
	    f->feed == NULL || f->feed[0] == '\0' ? "" : ", ",
	    f->feed == NULL ? "" : f->feed);

	if (f->n_months == 0)
		return n + snprintf(out + n, FINDINGS_TEXT - (size_t)n, ": ");
	month_text(from, f->month);
	month_text(to, (uint16_t)(f->month + f->n_months - 1));
	return n + snprintf(out + n, FINDINGS_TEXT - (size_t)n,
		       ", %s%s%s: ", from, f->n_months > 1 ? " to " : "",
		       f->n_months > 1 ? to : "");
}

void
findings_text(char out[FINDINGS_TEXT], const struct finding *f)
{
	int start = write_start(out, f);
	char *at = out + start;
	size_t room = FINDINGS_TEXT - (size_t)start;
	unsigned is = (unsigned)((f->is + 5) / 10);

	switch (f->what) {
	case FINDING_GAP:
		(void)snprintf(at, room, "no records, but before and after");
		break;
	case FINDING_EMPTY:
		(void)snprintf(at, room,
		    "declared in policy.yaml, but no records: answers are "
		    "noise around zero");
		break;
	case FINDING_UNDECLARED:
		(void)snprintf(at, room,
		    "records, but policy.yaml does not declare them: nobody "
		    "can ask for them");
		break;
	case FINDING_BREAK:
		(void)snprintf(at, room,
		    "%" PRIu64 " records, %s (%" PRIu64 ")", f->is,
		    breaks_words(f->rule), f->usual);
		break;
	case FINDING_FIELD:
		(void)snprintf(at, room, "%u %% %s, %s (%u %%)", is,
		    field_words(f->field), breaks_words(f->rule),
		    (unsigned)((f->usual + 5) / 10));
		break;
	case FINDING_ALIKE:
		(void)snprintf(at, room,
		    "%u %% are like another of their month in all but the id; "
		    "loaded twice under new ids?",
		    is);
		break;
	case FINDING_OUTSIDE_AREA:
		(void)snprintf(at, room,
		    "%u %% lie outside the area that this agency covers", is);
		break;
	case FINDING_NOT_PLACED:
		(void)snprintf(at, room, "%u %% have no usable place", is);
		break;
	case FINDING_EARLY:
		(void)snprintf(at, room,
		    "%" PRIu64
		    " were recorded before they occurred: a clock or "
		    "a time zone?",
		    f->is);
		break;
	case FINDING_KINDS:
		break;
	}
}
