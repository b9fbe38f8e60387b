#include "client/wish.h"

#include <string.h>

#include "base/num.h"
#include "cli/near.h"
#include "model/month.h"
#include "model/theme.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const sources[] = { "police.crime", "police.asb", "nhs.ed" };
static const char *const kinds[] = { "grid", "lsoa11", "msoa11", "lad",
	"force" };
static const char *const keys[] = { "title", "purpose", "project", "measure",
	"sources", "themes", "months", "per", "geography", "privacy",
	"contribution", "domains", "nodes", "send_after", "close_after",
	"valid_for", "quorum" };
static const char *const area_keys[] = { "kind", "forces" };
static const char *const grid_keys[] = { "kind", "forces", "cell_m", "west",
	"south", "cols", "rows" };
static const char *const privacy_keys[] = { "rho", "s2", "sd" };

/* Complains that an obligatory key is missing. */
static void
missing(struct doc *doc, int map, const char *key, const char *example)
{
	doc_complain(
	    doc, map, "\"%s\" is missing; write e.g.  %s", key, example);
}

/* The words under key, at most QUERY_TITLE - 1 bytes and printable; "" with a
 * complaint otherwise. */
static const char *
read_words(struct doc *doc, const char *key, const char *example)
{
	int at = doc_get(doc, doc_root(doc), key);
	const char *text = doc_text(doc, at);

	if (at == 0) {
		missing(doc, doc_root(doc), key, example);
		return "";
	}
	if (text == NULL || text[0] == 0) {
		doc_complain(doc, at, "%s must be some words", key);
		return "";
	}
	if (strlen(text) >= QUERY_TITLE) {
		doc_complain(doc, at,
		    "%s has %zu bytes; at most %d are allowed", key,
		    strlen(text), QUERY_TITLE - 1);
		return "";
	}
	for (const char *p = text; *p != 0; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			doc_complain(
			    doc, at, "%s must be one line of text", key);
			return "";
		}
	return text;
}

/* The whole number under key of map, least ... most; fallback when the key is
 * not there. */
static uint32_t
read_number(struct doc *doc, int map, const char *key, uint32_t least,
    uint32_t most, uint32_t fallback)
{
	int at = doc_get(doc, map, key);
	const char *text = doc_text(doc, at);
	uint64_t v;

	if (at == 0)
		return fallback;
	if (text == NULL || num_parse(&v, text, strlen(text), most) != E_OK ||
	    v < least) {
		doc_complain(doc, at, "%s must be a whole number from %u to %u",
		    key, (unsigned)least, (unsigned)most);
		return least;
	}
	return (uint32_t)v;
}

/* Complains of a word that is none of words[n], naming the nearest. */
static void
not_known(struct doc *doc, int at, const char *what, const char *const *words,
    size_t n)
{
	const char *text = doc_text(doc, at), *meant;
	char list[300] = "";

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strncat(list, ", ", sizeof(list) - strlen(list) - 1);
		strncat(list, words[i], sizeof(list) - strlen(list) - 1);
	}
	meant = text == NULL ? NULL : near_word(text, words, n);
	if (meant != NULL)
		doc_complain(doc, at,
		    "%s \"%.40s\" does not exist; did you mean \"%s\"?", what,
		    text, meant);
	else
		doc_complain(doc, at, "%s must be of: %s", what, list);
}

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
		missing(doc, at == 0 ? doc_root(doc) : at, "sources",
		    "sources: [police.crime, police.asb]");
	for (size_t i = 0; i < doc_count(doc, at); i++) {
		int item = doc_item(doc, at, i);
		const char *text = doc_text(doc, item);
		uint32_t bit;

		if (text == NULL || source_parse(&bit, text) != E_OK) {
			not_known(doc, item, "source", sources, COUNT(sources));
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
		missing(doc, at == 0 ? doc_root(doc) : at, "themes",
		    "themes: [violence, asb]");
	for (size_t i = 0; i < doc_count(doc, at); i++) {
		int item = doc_item(doc, at, i);
		const char *text = doc_text(doc, item);
		uint8_t theme;

		if (text == NULL || theme_parse(&theme, text) != E_OK) {
			not_known(doc, item, "theme", words, THEMES);
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
		missing(
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

	w->slicing = SLICE_SUM;
	if (at == 0 || (text != NULL && strcmp(text, "total") == 0))
		return;
	if (text != NULL && strcmp(text, "month") == 0)
		w->slicing = SLICE_MONTH;
	else
		doc_complain(doc, at,
		    "per must be total (one number for all months) or month");
}

/* Names of a list into names[most]; "all" alone, or no list, leaves none. */
static uint16_t
read_names(struct wish_name *names, size_t most, struct doc *doc, int list,
    const char *what)
{
	size_t n = doc_count(doc, list);
	const char *only = n == 1 ? doc_text(doc, doc_item(doc, list, 0)) : "";

	if (only != NULL && strcmp(only, "all") == 0)
		return 0;
	if (list != 0 && (n == 0 || n > most)) {
		doc_complain(doc, list,
		    "%s must be a list of 1 to %zu names, or all", what, most);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		names[i].at = doc_item(doc, list, i);
		names[i].text = doc_text(doc, names[i].at);
		if (names[i].text == NULL) {
			doc_complain(
			    doc, names[i].at, "%s: a name is expected", what);
			names[i].text = "";
		}
	}
	return (uint16_t)n;
}

/* The extent of a grid: all four numbers, or none. */
static void
read_box(struct wish *w, struct doc *doc, int map)
{
	int n = (doc_get(doc, map, "west") != 0) +
		(doc_get(doc, map, "south") != 0) +
		(doc_get(doc, map, "cols") != 0) +
		(doc_get(doc, map, "rows") != 0);

	w->cell_m = read_number(doc, map, "cell_m", 1000, 16000, 1000);
	if (w->cell_m != 1000 && w->cell_m != 2000 && w->cell_m != 4000 &&
	    w->cell_m != 8000 && w->cell_m != 16000)
		doc_complain(doc, doc_get(doc, map, "cell_m"),
		    "squares are of 1000, 2000, 4000, 8000 or 16000 metres");
	if (n == 0)
		return;
	if (n < 4) {
		doc_complain(doc, map,
		    "west, south, cols and rows go together; give all four, "
		    "or forces");
		return;
	}
	w->boxed = true;
	w->west = read_number(doc, map, "west", 0, 700000, 0);
	w->south = read_number(doc, map, "south", 0, 1250000, 0);
	w->cols = read_number(doc, map, "cols", 1, 700, 1);
	w->rows = read_number(doc, map, "rows", 1, 1250, 1);
	if (w->west % w->cell_m != 0 || w->south % w->cell_m != 0)
		doc_complain(doc, doc_get(doc, map, "west"),
		    "west and south must be multiples of %u metres",
		    (unsigned)w->cell_m);
	if (doc_get(doc, map, "forces") != 0)
		doc_complain(doc, doc_get(doc, map, "forces"),
		    "give forces, or west, south, cols and rows; not both");
}

static void
read_geography(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "geography");
	int kind = doc_get(doc, at, "kind");
	const char *text = doc_text(doc, kind);

	w->at_geography = at;
	if (!doc_is_map(doc, at)) {
		missing(doc, at == 0 ? doc_root(doc) : at, "geography",
		    "geography: {kind: lsoa11, forces: [W15000003]}");
		return;
	}
	if (kind == 0) {
		missing(doc, at, "kind", "kind: lsoa11");
		return;
	}
	if (text == NULL || geo_parse(&w->geo, text) != E_OK) {
		not_known(doc, kind, "kind", kinds, COUNT(kinds));
		return;
	}
	if (w->geo == GEO_GRID) {
		doc_keys(doc, at, grid_keys, COUNT(grid_keys));
		read_box(w, doc, at);
	} else {
		doc_keys(doc, at, area_keys, COUNT(area_keys));
	}
	w->n_forces = read_names(w->forces, QUERY_AREAS_MAX, doc,
	    doc_get(doc, at, "forces"), "forces");
}

static uint32_t
common(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* The variance num/den in lowest terms; false when it does not fit. */
static bool
set_variance(struct wish *w, uint64_t num, uint64_t den)
{
	while (num % 10 == 0 && den % 10 == 0) {
		num /= 10;
		den /= 10;
	}
	if (num == 0 || num > UINT32_MAX || den > UINT32_MAX)
		return false;
	w->s2_num = (uint32_t)num / common((uint32_t)num, (uint32_t)den);
	w->s2_den = (uint32_t)den / common((uint32_t)num, (uint32_t)den);
	return true;
}

/* One of rho, s2 and sd, as decimal text. */
static void
read_noise(struct wish *w, struct doc *doc, const char *key, int at)
{
	const char *text = doc_text(doc, at);
	bool rho = strcmp(key, "rho") == 0;
	int64_t v;

	if (text == NULL ||
	    num_parse_fixed(&v, text, strlen(text), rho ? 9 : 3) != E_OK ||
	    v <= 0) {
		doc_complain(doc, at,
		    "%s must be a decimal number above 0 with at most %d "
		    "digits after the point",
		    key, rho ? 9 : 3);
		return;
	}
	if (rho && v > INT64_C(10) * 1000000000)
		doc_complain(doc, at,
		    "a charge above 10 protects nobody; 0.02 is usual");
	else if (rho)
		w->rho_nrho = (uint64_t)v;
	else if (strcmp(key, "s2") == 0
		     ? !set_variance(w, (uint64_t)v, 1000)
		     : v > 65535000 ||
			   !set_variance(w, (uint64_t)v * (uint64_t)v, 1000000))
		doc_complain(doc, at,
		    "this variance cannot be written exactly; give s2 with "
		    "fewer digits");
}

static void
read_privacy(struct wish *w, struct doc *doc)
{
	int at = doc_get(doc, doc_root(doc), "privacy");
	size_t n = 0;

	w->at_privacy = at;
	if (!doc_is_map(doc, at)) {
		missing(doc, at == 0 ? doc_root(doc) : at, "privacy",
		    "privacy: {rho: \"0.02\"}");
		return;
	}
	doc_keys(doc, at, privacy_keys, COUNT(privacy_keys));
	for (size_t i = 0; i < COUNT(privacy_keys); i++) {
		int value = doc_get(doc, at, privacy_keys[i]);

		if (value == 0)
			continue;
		if (n++ == 0)
			read_noise(w, doc, privacy_keys[i], value);
	}
	if (n != 1)
		doc_complain(doc, at,
		    "give exactly one of rho (the charge), s2 (the variance) "
		    "and sd (the standard deviation)");
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
	w.title =
	    read_words(doc, "title", "title: Violence by neighbourhood, 2021");
	w.purpose = read_words(doc, "purpose", "purpose: violence-prevention");
	w.project = read_words(doc, "project", "project: Safer streets 2021");
	read_measure(doc);
	read_sources(&w, doc);
	read_themes(&w, doc);
	read_months(&w, doc);
	read_per(&w, doc);
	read_geography(&w, doc);
	read_privacy(&w, doc);
	w.c =
	    (uint16_t)read_number(doc, root, "contribution", 1, QUERY_C_MAX, 1);
	w.d = (uint16_t)read_number(doc, root, "domains", 1, 3, 0);
	w.at_nodes = doc_get(doc, root, "nodes");
	w.n_nodes =
	    read_names(w.nodes, QUERY_NODES_MAX, doc, w.at_nodes, "nodes");
	read_times(&w, doc);
	w.at_quorum = doc_get(doc, root, "quorum");
	w.quorum =
	    (uint16_t)read_number(doc, root, "quorum", 1, QUERY_NODES_MAX, 1);
	*out = w;
	return doc_faults(doc) == 0;
}

const char *
wish_template(void)
{
	return "# A query of Ward.  Edit it, then:  ward query explain FILE\n"
	       "#\n"
	       "# What it is for; approvers read these three lines.\n"
	       "title: Violence and anti-social behaviour by neighbourhood, "
	       "2021\n"
	       "purpose: violence-prevention\n"
	       "project: Name of the project and its agreement\n"
	       "\n"
	       "measure: count\n"
	       "\n"
	       "# Which records: police.crime, police.asb, nhs.ed.\n"
	       "sources: [police.crime, police.asb, nhs.ed]\n"
	       "\n"
	       "# Which of them: violence, asb, theft, robbery, burglary, "
	       "possession,\n"
	       "# knife, vawg, drugs, damage, public-order, other.\n"
	       "themes: [violence, asb]\n"
	       "\n"
	       "# When: a month or a range of months.  Every month pays the "
	       "charge.\n"
	       "months: 2021-01..2021-12\n"
	       "\n"
	       "# total: one number per place for all months; month: one for "
	       "each.\n"
	       "per: total\n"
	       "\n"
	       "# Where: lsoa11 (neighbourhoods of about 1,600 people), msoa11 "
	       "(8,000),\n"
	       "# lad (districts), force, or grid with cell_m: 1000 ... "
	       "16000.\n"
	       "# forces: police force areas, as codes or names; all: those of "
	       "the nodes.\n"
	       "geography:\n"
	       "  kind: lsoa11\n"
	       "  forces: all\n"
	       "\n"
	       "# The price of privacy.  rho: what every month pays at every "
	       "node (0.02 is\n"
	       "# the usual most for one query); instead s2 or sd: the noise "
	       "per cell.\n"
	       "privacy:\n"
	       "  rho: \"0.02\"\n"
	       "\n"
	       "# Records of one person in one month that count, at most.\n"
	       "contribution: 1\n"
	       "\n"
	       "# Which nodes: all, or a list of their names.\n"
	       "nodes: all\n"
	       "\n"
	       "# Times, counted from `ward query compile`: when answers may "
	       "leave; how long\n"
	       "# after that nodes are waited for; how long the approvals are "
	       "good.\n"
	       "send_after: 30s\n"
	       "close_after: 1d\n"
	       "valid_for: 7d\n"
	       "\n"
	       "# With fewer answers than this nothing is published.\n"
	       "quorum: 1\n";
}
