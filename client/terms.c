#include "client/terms.h"

#include <string.h>

#include "client/reader.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CHARGE_MAX (UINT64_C(10) * 1000000000) /* nano: rho or epsilon 10 */

static const char *const keys[] = { "rho", "epsilon", "pure", "s2", "sd",
	"accuracy" };
static const char *const accuracy_keys[] = { "plus_minus", "confidence",
	"level", "per", "noise" };
static const char *const pers[] = { "total", "month", "running" };
static const char *const noises[] = { "gauss", "laplace" };

const char *
terms_per_word(enum terms_per per)
{
	return pers[per];
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
set_variance(struct terms *t, uint64_t num, uint64_t den)
{
	while (num % 10 == 0 && den % 10 == 0) {
		num /= 10;
		den /= 10;
	}
	if (num == 0 || num > UINT32_MAX || den > UINT32_MAX)
		return false;
	t->s2_num = (uint32_t)num / common((uint32_t)num, (uint32_t)den);
	t->s2_den = (uint32_t)den / common((uint32_t)num, (uint32_t)den);
	return true;
}

static void
read_charge(struct terms *t, struct doc *doc, const char *key, int at)
{
	uint64_t v = reader_decimal(doc, at, key, 9);

	if (v > CHARGE_MAX)
		doc_complain(doc, at,
		    "a charge above 10 protects nobody; %s is usual",
		    strcmp(key, "rho") == 0 ? "0.02" : "0.5");
	else
		t->nano = v;
}

static void
read_variance(struct terms *t, struct doc *doc, const char *key, int at)
{
	uint64_t v = reader_decimal(doc, at, key, 3);

	if (v == 0)
		return;
	if (strcmp(key, "s2") == 0
		? !set_variance(t, v, 1000)
		: v > 65535000 || !set_variance(t, v * v, 1000000))
		doc_complain(doc, at,
		    "this variance cannot be written exactly; give s2 with "
		    "fewer digits");
}

/* What a contract is about: time. */
static void
read_per(struct terms *t, struct doc *doc, int map, enum terms_per per)
{
	int at = doc_get(doc, map, "per");

	t->per = (enum terms_per)reader_choice(
	    doc, map, "per", pers, COUNT(pers), per);
	if (t->per != per && t->per != TERMS_TOTAL)
		doc_complain(doc, at,
		    "the file asks per: %s; an accuracy is of that or of the "
		    "total",
		    pers[per]);
}

/* What a contract is about: places. */
static void
read_level(struct terms *t, struct doc *doc, int map, const struct where *w)
{
	int at = doc_get(doc, map, "level");
	const char *text = doc_text(doc, at);
	const char *words[QUERY_LEVELS_MAX];
	char names[QUERY_LEVELS_MAX][WHERE_LEVEL];
	uint32_t geo;

	if (at == 0 || w->geo == 0)
		return;
	t->level = text == NULL ? QUERY_LEVELS_MAX : where_find(w, text);
	if (t->level < QUERY_LEVELS_MAX)
		return;
	t->level = 0;
	if (text != NULL && w->geo != GEO_GRID &&
	    geo_parse(&geo, text) == E_OK && geo > w->geo) {
		doc_complain(doc, at,
		    "%s is not published; add it to the levels of geography",
		    text);
		return;
	}
	for (unsigned i = 0; i < w->n_levels; i++) {
		where_level(names[i], w->geo, w->cell_m, i);
		words[i] = names[i];
	}
	reader_unknown(doc, at, "level", words, w->n_levels);
}

static void
read_accuracy(struct terms *t, struct doc *doc, int at, const struct where *w,
    enum terms_per per)
{
	int within = doc_get(doc, at, "plus_minus");
	int chance = doc_get(doc, at, "confidence");
	uint64_t v = 950000;

	if (!doc_is_map(doc, at) || within == 0) {
		reader_missing(doc, at, "plus_minus",
		    "accuracy: {plus_minus: 10, confidence: 0.95}");
		return;
	}
	doc_keys(doc, at, accuracy_keys, COUNT(accuracy_keys));
	t->plus_minus = reader_decimal(doc, within, "plus_minus", 3);
	if (t->plus_minus > UINT64_C(1000000) * 1000)
		doc_complain(doc, within, "plus_minus is at most a million");
	if (chance != 0)
		v = reader_decimal(doc, chance, "confidence", 6);
	if (v != 0 && (v < 500000 || v > 999999))
		doc_complain(doc, chance,
		    "confidence is from 0.5 to 0.999999; 0.95 is usual");
	t->confidence = (uint32_t)v;
	read_level(t, doc, at, w);
	read_per(t, doc, at, per);
	t->noise = reader_choice(doc, at, "noise", noises, 2, 0) == 0
		       ? NOISE_GAUSS
		       : NOISE_LAPLACE;
}

/* The exact sampler, for those who want nothing but epsilon. */
static void
read_pure(struct terms *t, struct doc *doc, int map)
{
	if (!reader_flag(doc, map, "pure"))
		return;
	if (t->noise == NOISE_LAPLACE)
		t->noise = NOISE_LAPLACE_PURE;
	else
		doc_complain(doc, doc_get(doc, map, "pure"),
		    "pure goes with epsilon, or an accuracy with noise: "
		    "laplace");
}

void
terms_read(struct terms *out, struct doc *doc, const struct where *w,
    enum terms_per per)
{
	int at = doc_get(doc, doc_root(doc), "privacy"), value;
	struct terms t = { .noise = NOISE_GAUSS, .at = at, .per = per };
	size_t n = 0;

	*out = t;
	if (!doc_is_map(doc, at)) {
		reader_missing(doc, at == 0 ? doc_root(doc) : at, "privacy",
		    "privacy: {rho: \"0.02\"}");
		return;
	}
	doc_keys(doc, at, keys, COUNT(keys));
	for (size_t i = 0; i < COUNT(keys); i++) {
		if ((value = doc_get(doc, at, keys[i])) == 0 ||
		    strcmp(keys[i], "pure") == 0 || n++ > 0)
			continue;
		if (strcmp(keys[i], "accuracy") == 0) {
			read_accuracy(&t, doc, value, w, per);
		} else if (keys[i][0] == 's') {
			read_variance(&t, doc, keys[i], value);
		} else {
			if (strcmp(keys[i], "epsilon") == 0)
				t.noise = NOISE_LAPLACE;
			read_charge(&t, doc, keys[i], value);
		}
	}
	if (n != 1)
		doc_complain(doc, at,
		    "give exactly one of rho or epsilon (the charge), accuracy "
		    "(what it must suffice for), s2 and sd (the noise)");
	read_pure(&t, doc, at);
	*out = t;
}
