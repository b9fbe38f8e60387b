#include "client/wish.h"

#include <string.h>

#include "base/num.h"
#include "model/month.h"
#include "model/theme.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const sources[] = { "police.crime", "police.asb", "nhs.ed",
	"nhs.ambulance", "edu.exclusion", "platform.report" };
static const char *const keys[] = { "title", "purpose", "project", "measure",
	"sources", "themes", "months", "per", "geography", "strategy",
	"privacy", "contribution", "domains", "nodes", "send_after",
	"close_after", "valid_for", "quorum" };
static const char *const pers[] = { "total", "month", "running" };
static const char *const strategies[] = { "auto", "identity", "tree",
	"marginals", "running", "haar" };

static void
read_measure(struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "measure");
	const char *text = doc_text(doc, at);

	if (at != 0 && (text == NULL || strcmp(text, "count") != 0))
		doc_complain(doc, at, "measure must be: count");
}

static void
read_sources(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "sources");

	w->at_sources = at;
	if (doc_count(doc, at) == 0)
		reader_missing(doc, at == 0 ? doc_root(doc) : at, "sources",
		    "sources: [police.crime, police.asb]");
	for (size_t i = 0; i < doc_count(doc, at); i++) {
		int item = doc_item(doc, at, i);
		const char *text = doc_text(doc, item);
		uint32_t bit;

		if (text == NULL || source_parse(&bit, text) != E_OK) {
			reader_unknown(
			    doc, item, "source", sources, COUNT(sources));
			continue;
		}
		if ((w->sources & bit) != 0)
			doc_complain(doc, item,
			    "source \"%s\" stands twice; keep one", text);
		w->sources |= bit;
	}
}

static void
read_themes(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "themes");
	const char *words[THEMES];
	uint32_t asked = 0;

	for (unsigned i = 0; i < THEMES; i++)
		words[i] = theme_text(i);
	w->at_themes = at;
	if (doc_count(doc, at) == 0)
		reader_missing(doc, at == 0 ? doc_root(doc) : at, "themes",
		    "themes: [violence, asb]");
	for (size_t i = 0; i < doc_count(doc, at); i++) {
		int item = doc_item(doc, at, i);
		const char *text = doc_text(doc, item);
		uint8_t theme;

		if (text == NULL || theme_parse(&theme, text) != E_OK) {
			reader_unknown(doc, item, "theme", words, THEMES);
			continue;
		}
		if ((asked >> theme & 1) != 0)
			doc_complain(doc, item,
			    "theme \"%s\" stands twice; keep one", text);
		asked |= 1U << theme;
	}
	for (uint8_t i = 0; i < THEMES; i++)
		if ((asked >> i & 1) != 0)
			w->themes[w->n_themes++] = i;
}

static void
read_months(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "months");
	const char *text = doc_text(doc, at), *dots;
	size_t len;
	uint16_t first, last;

	w->at_months = at;
	if (at == 0) {
		reader_missing(
		    doc, doc_root(doc), "months", "months: 2021-01..2021-12");
		return;
	}
	dots = text == NULL ? NULL : strstr(text, "..");
	len = text == NULL   ? 0
	      : dots == NULL ? strlen(text)
			     : (size_t)(dots - text);
	if (text == NULL || month_parse(&first, text, len) != E_OK) {
		doc_complain(doc, at,
		    "months must be a month or a range, e.g. 2021-01 or "
		    "2021-01..2021-12");
		return;
	}
	last = first;
	if (dots != NULL &&
	    month_parse(&last, dots + 2, strlen(dots + 2)) != E_OK) {
		doc_complain(doc, at,
		    "\"%.20s\" after the dots is no month; write e.g. 2021-12",
		    dots + 2);
		return;
	}
	if (last < first || last - first >= QUERY_MONTHS_MAX) {
		doc_complain(doc, at,
		    last < first ? "the last month lies before the first"
				 : "a query asks at most 120 months");
		return;
	}
	w->first_month = first;
	w->n_months = (uint16_t)(last - first + 1);
}

static void
read_per(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "per");
	const char *text = doc_text(doc, at);

	w->at_per = at;
	for (size_t i = 0; i < COUNT(pers); i++)
		if (at == 0 || (text != NULL && strcmp(text, pers[i]) == 0)) {
			w->per = (enum terms_per)i;
			return;
		}
	doc_complain(doc, at,
	    "per must be total (one number for all months), month (one for "
	    "each) or running (all until each)");
}

/* Does the file want its numbers so that a strategy can give them? */
static const char *
unfit(const struct wish *w, enum wish_strategy strategy)
{
	bool gauss = w->terms.noise == NOISE_GAUSS;
	bool fixed = w->terms.s2_num != 0;

	if (w->per == TERMS_RUNNING && strategy != WISH_AUTO &&
	    strategy != WISH_IDENTITY && strategy != WISH_RUNNING)
		return "per: running takes strategy: running, or auto";
	if (fixed && strategy != WISH_AUTO && strategy != WISH_IDENTITY)
		return "s2 and sd are of one noise, strategy: identity; give "
		       "rho or epsilon";
	if (w->where.ranges && strategy != WISH_AUTO && strategy != WISH_HAAR)
		return "ranges: true takes strategy: haar, or auto";
	switch (strategy) {
	case WISH_TREE:
		return w->where.n_levels > 1
			   ? NULL
			   : "a tree needs levels; add them under geography";
	case WISH_MARGINALS:
		return w->per != TERMS_MONTH ? "marginals go with per: month"
		       : !gauss ? "marginals take Gaussian noise; give rho"
				: NULL;
	case WISH_RUNNING:
		return w->per == TERMS_RUNNING ? NULL
					       : "write per: running, too";
	case WISH_HAAR:
		return w->where.geo != GEO_GRID ? "haar is for kind: grid"
		       : w->where.n_levels > 1
			   ? "haar is of one level; leave levels out"
			   : NULL;
	default:
		return NULL;
	}
}

static void
read_strategy(struct wish *w, struct doc *doc)
{
	int root = doc_root(doc), at = doc_get(doc, root, "strategy");
	int ranges = doc_get(doc, w->where.at, "ranges");
	const char *why;

	w->at_strategy = at;
	w->strategy = (enum wish_strategy)reader_choice(
	    doc, root, "strategy", strategies, COUNT(strategies), WISH_AUTO);
	if (w->where.geo != 0 && (why = unfit(w, w->strategy)) != NULL)
		doc_complain(doc, at, "%s", why);
	if (w->per == TERMS_RUNNING && w->where.n_levels > 1)
		doc_complain(doc, w->where.at_levels,
		    "running totals are of one level; leave levels out, or "
		    "write per: month");
	if (!w->where.ranges)
		return;
	if (w->per == TERMS_RUNNING || w->where.n_levels > 1)
		doc_complain(doc, ranges,
		    "ranges are of one level, per: total or month");
	else if (w->terms.s2_num != 0)
		doc_complain(doc, ranges,
		    "ranges need several noises; give rho or epsilon, not s2 "
		    "or sd");
}

enum err
wish_seconds(uint64_t *out, const char *s)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	size_t len = strlen(s);
	uint64_t v;
	enum err e;

	if (len < 2)
		return E_FORMAT;
	for (size_t i = 0; i < COUNT(units); i++) {
		if (s[len - 1] != units[i].letter)
			continue;
		e = num_parse(&v, s, len - 1, QUERY_LIFE_S / units[i].seconds);
		if (e == E_OK)
			*out = v * units[i].seconds;
		return e;
	}
	return E_FORMAT;
}

/* The time span under key, fallback_s when it is not there. */
static uint64_t
read_span(struct doc *doc, const char *key, uint64_t fallback_s)
{
	int at = doc_get(doc, doc_root(doc), key);
	const char *text = doc_text(doc, at);
	uint64_t v = fallback_s;

	if (at == 0)
		return v;
	if (text == NULL || wish_seconds(&v, text) != E_OK || v == 0)
		doc_complain(doc, at,
		    "%s must be a time such as 30s, 10m, 12h or 7d, at most "
		    "30d",
		    key);
	return v;
}

static void
read_times(struct wish *w, struct doc *doc)
{
	w->at_valid = doc_get(doc, doc_root(doc), "valid_for");
	w->send_after_s = read_span(doc, "send_after", 60);
	w->close_after_s = read_span(doc, "close_after", 86400);
	w->valid_for_s = read_span(doc, "valid_for", 7 * 86400);
	if (w->send_after_s + w->close_after_s > w->valid_for_s)
		doc_complain(doc, w->at_valid,
		    "valid_for must be at least send_after and close_after "
		    "together");
}

bool
wish_read(struct wish *out, struct doc *doc)
{
	struct wish w = { .c = 1 };
	int root = doc_root(doc);

	if (doc_faults(doc) > 0)
		return false;
	if (!doc_is_map(doc, root)) {
		doc_complain(doc, root,
		    "this is no query; `ward query new` writes one to start "
		    "from");
		return false;
	}
	doc_keys(doc, root, keys, COUNT(keys));
	w.title = reader_words(
	    doc, "title", "title: Violence by neighbourhood, 2021");
	w.purpose =
	    reader_words(doc, "purpose", "purpose: violence-prevention");
	w.project = reader_words(doc, "project", "project: Safer streets 2021");
	read_measure(doc);
	read_sources(&w, doc);
	read_themes(&w, doc);
	read_months(&w, doc);
	read_per(&w, doc);
	where_read(&w.where, doc);
	terms_read(&w.terms, doc, &w.where, w.per);
	read_strategy(&w, doc);
	w.c = (uint16_t)reader_number(
	    doc, root, "contribution", 1, QUERY_C_MAX, 1);
	w.d = (uint16_t)reader_number(doc, root, "domains", 1, 3, 0);
	w.at_nodes = doc_get(doc, root, "nodes");
	w.n_nodes =
	    reader_names(w.nodes, QUERY_NODES_MAX, doc, w.at_nodes, "nodes");
	read_times(&w, doc);
	w.at_quorum = doc_get(doc, root, "quorum");
	w.quorum =
	    (uint16_t)reader_number(doc, root, "quorum", 1, QUERY_NODES_MAX, 1);
	*out = w;
	return doc_faults(doc) == 0;
}
