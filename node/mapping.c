#include "node/mapping.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/query.h"
#include "model/source.h"
#include "node/columns.h"
#include "node/field.h"
#include "policies/value.h"

#define TEXT_MOST 128
#define WORDS_MOST 4096 /* of a map */
#define NAMES_MOST 8    /* of a column */
#define NAMES_BYTES (NAMES_MOST * (COLUMNS_NAME + 1))
#define DOMAIN_MOST 32 /* bytes, as node/keys has it */
#define PRECISION_MOST 10000

struct entry_raw {
	char *from, *to;
};

struct column_raw {
	char *name, *format, *unit, *list, *optional;
	char **names;
	struct entry_raw *map;
	unsigned n_names, n_map;
};

struct columns_raw {
	struct column_raw *of[COLUMNS_MEANINGS];
};

struct defaults_raw {
	char *offence, *weapon, *place_type, *occurred_from;
};

struct mapping_raw {
	char *source, *feed, *time_zone, *person_domain, *points, *precision_m;
	struct columns_raw columns;
	struct defaults_raw *defaults;
};

struct mapping {
	struct loader loader;
	struct columns columns;
	struct mapping_raw *raw; /* holds the strings */
	struct stamp stamps[COLUMNS_MEANINGS];
	struct words words[COLUMNS_MEANINGS];
	char *texts[COLUMNS_MEANINGS]; /* of the words */
	char names[COLUMNS_MEANINGS][NAMES_BYTES];
};

/* Schema ------------------------------------------------------------------ */

#define STRING(key, more, type, member)                                       \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (more), struct type, \
	    member, 1, TEXT_MOST)
#define OPTIONAL CYAML_FLAG_OPTIONAL

static const cyaml_schema_field_t entry_fields[] = {
	STRING("from", 0, entry_raw, from),
	STRING("to", 0, entry_raw, to),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct entry_raw, entry_fields) };

static const cyaml_schema_value_t one_name = { CYAML_VALUE_STRING(
    CYAML_FLAG_POINTER, char, 1, TEXT_MOST) };

static const cyaml_schema_field_t column_fields[] = {
	STRING("name", OPTIONAL, column_raw, name),
	CYAML_FIELD_SEQUENCE_COUNT("names", CYAML_FLAG_POINTER | OPTIONAL,
	    struct column_raw, names, n_names, &one_name, 1, NAMES_MOST),
	STRING("format", OPTIONAL, column_raw, format),
	STRING("unit", OPTIONAL, column_raw, unit),
	STRING("list", OPTIONAL, column_raw, list),
	STRING("optional", OPTIONAL, column_raw, optional),
	CYAML_FIELD_SEQUENCE_COUNT("map", CYAML_FLAG_POINTER | OPTIONAL,
	    struct column_raw, map, n_map, &entry, 1, WORDS_MOST),
	CYAML_FIELD_END,
};

#define COLUMN(key, means)                                          \
	CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | OPTIONAL, \
	    struct columns_raw, of[means], column_fields)

/* clang-format off */
static const cyaml_schema_field_t columns_fields[] = {
	COLUMN("id", COLUMNS_ID),
	COLUMN("site", COLUMNS_SITE),
	COLUMN("occurred_from", COLUMNS_FROM),
	COLUMN("occurred_from_clock", COLUMNS_FROM_CLOCK),
	COLUMN("occurred_to", COLUMNS_TO),
	COLUMN("occurred_to_clock", COLUMNS_TO_CLOCK),
	COLUMN("recorded", COLUMNS_RECORDED),
	COLUMN("recorded_clock", COLUMNS_RECORDED_CLOCK),
	COLUMN("offence", COLUMNS_CODE),
	COLUMN("detail", COLUMNS_DETAIL),
	COLUMN("weapon", COLUMNS_WEAPON),
	COLUMN("knife", COLUMNS_KNIFE),
	COLUMN("victim_sex", COLUMNS_SEX),
	COLUMN("victim_age", COLUMNS_AGE),
	COLUMN("place_type", COLUMNS_SETTING),
	COLUMN("easting", COLUMNS_EAST),
	COLUMN("northing", COLUMNS_NORTH),
	COLUMN("latitude", COLUMNS_LAT),
	COLUMN("longitude", COLUMNS_LON),
	COLUMN("lsoa", COLUMNS_LSOA),
	COLUMN("area", COLUMNS_AREA),
	COLUMN("place_text", COLUMNS_WHERE),
	COLUMN("person", COLUMNS_PERSON),
	COLUMN("person_kind", COLUMNS_KIND),
	CYAML_FIELD_END,
};
/* clang-format on */
static_assert(
    sizeof(columns_fields) / sizeof(columns_fields[0]) == COLUMNS_MEANINGS + 1,
    "a key for each meaning, in their order");

static const cyaml_schema_field_t defaults_fields[] = {
	STRING("offence", OPTIONAL, defaults_raw, offence),
	STRING("weapon", OPTIONAL, defaults_raw, weapon),
	STRING("place_type", OPTIONAL, defaults_raw, place_type),
	STRING("occurred_from", OPTIONAL, defaults_raw, occurred_from),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
	STRING("source", 0, mapping_raw, source),
	STRING("feed", OPTIONAL, mapping_raw, feed),
	STRING("time_zone", 0, mapping_raw, time_zone),
	STRING("person_domain", OPTIONAL, mapping_raw, person_domain),
	STRING("points", OPTIONAL, mapping_raw, points),
	STRING("precision_m", OPTIONAL, mapping_raw, precision_m),
	CYAML_FIELD_MAPPING("columns", CYAML_FLAG_DEFAULT, struct mapping_raw,
	    columns, columns_fields),
	CYAML_FIELD_MAPPING_PTR("defaults", CYAML_FLAG_POINTER | OPTIONAL,
	    struct mapping_raw, defaults, defaults_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct mapping_raw, fields) };

/* Words of ours that a map may lead to ------------------------------------- */

static enum err
sex_parse(uint8_t *out, const char *s)
{
	if (strcmp(s, "unstated") == 0)
		*out = WORDS_SEX_UNSTATED;
	else if (strcmp(s, "male") == 0)
		*out = WORDS_MALE;
	else if (strcmp(s, "female") == 0)
		*out = WORDS_FEMALE;
	else
		return E_NOTFOUND;
	return E_OK;
}

static enum err
flag_parse(uint8_t *out, const char *s)
{
	if (strcmp(s, "unstated") == 0)
		*out = WORDS_FLAG_UNSTATED;
	else if (strcmp(s, "no") == 0)
		*out = WORDS_NO;
	else if (strcmp(s, "yes") == 0)
		*out = WORDS_YES;
	else
		return E_NOTFOUND;
	return E_OK;
}

static enum err
person_parse(uint8_t *out, const char *s)
{
	if (strcmp(s, "unstated") == 0)
		*out = WORDS_KIND_UNSTATED;
	else if (strcmp(s, "person") == 0)
		*out = WORDS_PERSON;
	else if (strcmp(s, "body") == 0)
		*out = WORDS_BODY;
	else
		return E_NOTFOUND;
	return E_OK;
}

/* What may be said of a column besides its name. */
static const struct {
	bool times, unit, map;
	/* of the words that its map leads to; NULL: codes */
	enum err (*parse)(uint8_t *out, const char *s);
	const char *words;
} allows[COLUMNS_MEANINGS] = {
	[COLUMNS_FROM] = { .times = true },
	[COLUMNS_TO] = { .times = true },
	[COLUMNS_RECORDED] = { .times = true },
	[COLUMNS_CODE] = { .map = true },
	[COLUMNS_DETAIL] = { .map = true },
	[COLUMNS_WEAPON] = { .map = true,
	    .parse = weapon_parse,
	    .words = "unstated, none, sharp, firearm or other" },
	[COLUMNS_KNIFE] = { .map = true,
	    .parse = flag_parse,
	    .words = "yes, no or unstated" },
	[COLUMNS_SEX] = { .map = true,
	    .parse = sex_parse,
	    .words = "male, female or unstated" },
	[COLUMNS_SETTING] = { .map = true,
	    .parse = setting_parse,
	    .words = "unstated, dwelling, street, transport, licensed, shop, "
		     "school, health or other" },
	[COLUMNS_KIND] = { .map = true,
	    .parse = person_parse,
	    .words = "person, body or unstated" },
	[COLUMNS_EAST] = { .unit = true },
	[COLUMNS_NORTH] = { .unit = true },
};

/* Columns ----------------------------------------------------------------- */

static const char *
key_of(unsigned k)
{
	return columns_fields[k].key;
}

/* Appends a name that a header may have. */
static enum err
add_name(struct mapping *m, const struct value_file *f, unsigned k,
    const char *key, const char *said)
{
	char name[COLUMNS_NAME], *names = m->names[k];
	size_t n = strlen(names);

	columns_name(name, said);
	if (name[0] == '\0')
		return value_bad(f, key,
		    "'%.40s' is no name of a column; write 1 to %d letters "
		    "and digits",
		    said, COLUMNS_NAME - 1);
	(void)snprintf(
	    names + n, NAMES_BYTES - n, "%s%s", n == 0 ? "" : "|", name);
	return E_OK;
}

static enum err
take_names(struct mapping *m, const struct value_file *f, unsigned k,
    const struct column_raw *raw)
{
	struct column *c = &m->columns.column[k];
	bool optional = false;
	enum err e = E_OK;

	if ((raw->name == NULL) == (raw->names == NULL))
		return value_bad(f, NULL,
		    "write name: or names:, what the header calls the column");
	if (raw->name != NULL)
		e = add_name(m, f, k, "name", raw->name);
	for (unsigned i = 0; i < raw->n_names && e == E_OK; i++)
		e = add_name(m, f, k, "names", raw->names[i]);
	if (e == E_OK && raw->optional != NULL)
		e = value_yes(&optional, f, "optional", raw->optional);
	c->names = m->names[k];
	c->must = !optional;
	return e;
}

static enum err
take_format(struct mapping *m, const struct value_file *f, unsigned k,
    const char *format)
{
	const char *why;

	if (format == NULL)
		return E_OK;
	if (!allows[k].times)
		return value_bad(f, "format",
		    "only of occurred_from, occurred_to and recorded");
	if ((why = stamp_parse(&m->stamps[k], format)) != NULL)
		return value_bad(f, "format", "'%.40s' %s", format, why);
	m->columns.column[k].stamp = &m->stamps[k];
	return E_OK;
}

static enum err
take_unit(
    struct mapping *m, const struct value_file *f, unsigned k, const char *unit)
{
	static const char *const units[] = { "m", "dm", "cm", "mm" };

	if (unit == NULL)
		return E_OK;
	if (!allows[k].unit)
		return value_bad(f, "unit", "only of easting and northing");
	for (uint8_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i], unit) == 0) {
			m->columns.column[k].unit = i;
			return E_OK;
		}
	return value_bad(
	    f, "unit", "'%.40s' is none; write m, dm, cm or mm", unit);
}

static int
compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return strcmp(x->said, y->said);
}

/* One word of a map, whose plain form goes to said[TEXT_MOST + 1]. */
static enum err
take_word(struct word *out, char *said, const struct value_file *f, unsigned k,
    const struct entry_raw *raw)
{
	*out = (struct word){ .said = said, .code = raw->to };
	if (!field_plain(said, TEXT_MOST + 1, raw->from) || said[0] == '\0')
		return value_bad(f, "from", "nothing but blanks; write a word");
	if (allows[k].parse == NULL && strlen(raw->to) >= INCIDENT_CODE)
		return value_bad(
		    f, "to", "longer than a code, %d bytes", INCIDENT_CODE - 1);
	if (allows[k].parse == NULL)
		return E_OK;
	out->code = NULL;
	if (allows[k].parse(&out->value, raw->to) != E_OK)
		return value_bad(f, "to", "'%.40s' is no word for it; write %s",
		    raw->to, allows[k].words);
	return E_OK;
}

/* Complains of a word that a sorted map has twice. */
static enum err
check_map(const struct words *w, const struct value_file *f)
{
	for (size_t i = 1; i < w->n; i++)
		if (strcmp(w->word[i - 1].said, w->word[i].said) == 0)
			return value_bad(f, "map",
			    "'%.40s' twice, as capital letters do not count; "
			    "keep one",
			    w->word[i].said);
	return E_OK;
}

static enum err
take_map(struct mapping *m, struct value_file *f, unsigned k,
    const struct column_raw *raw)
{
	struct word *words;
	enum err e = E_OK;

	if (raw->map == NULL)
		return E_OK;
	if (!allows[k].map)
		return value_bad(f, "map", "not of this column");
	words = calloc(raw->n_map, sizeof(*words));
	m->words[k].word = words;
	m->texts[k] = calloc(raw->n_map, TEXT_MOST + 1);
	if (words == NULL || m->texts[k] == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < raw->n_map && e == E_OK; i++) {
		value_in(f, "columns.%s.map[%u]", key_of(k), i);
		e = take_word(&words[i], m->texts[k] + i * (TEXT_MOST + 1), f,
		    k, &raw->map[i]);
	}
	value_in(f, "columns.%s", key_of(k));
	if (e != E_OK)
		return e;
	qsort(words, raw->n_map, sizeof(*words), compare_words);
	m->words[k].n = raw->n_map;
	m->columns.column[k].words = &m->words[k];
	return check_map(&m->words[k], f);
}

static enum err
take_list(
    struct mapping *m, const struct value_file *f, unsigned k, const char *list)
{
	struct columns *c = &m->columns;

	if (k != COLUMNS_CODE)
		return list == NULL ? E_OK
				    : value_bad(f, "list", "only of offence");
	if (list == NULL)
		return value_bad(f, NULL,
		    "no list; add list: the code list, such as ho or asb");
	if (strlen(list) >= INCIDENT_LIST)
		return value_bad(
		    f, "list", "longer than %d bytes", INCIDENT_LIST - 1);
	c->list = list;
	c->form = strcmp(list, "ho") == 0 || strcmp(list, "ho-notifiable") == 0
		      ? COLUMNS_HO
		      : COLUMNS_WRITTEN;
	c->detailed = strcmp(list, "ecds") == 0 ? "assault" : NULL;
	return E_OK;
}

static enum err
take_column(struct mapping *m, struct value_file *f, unsigned k,
    const struct column_raw *raw)
{
	enum err e;

	value_in(f, "columns.%s", key_of(k));
	if ((e = take_names(m, f, k, raw)) != E_OK ||
	    (e = take_format(m, f, k, raw->format)) != E_OK ||
	    (e = take_unit(m, f, k, raw->unit)) != E_OK ||
	    (e = take_list(m, f, k, raw->list)) != E_OK)
		return e;
	return take_map(m, f, k, raw);
}

/* Are the columns that need each other there? */
static enum err
check_columns(const struct mapping *m, const struct value_file *f)
{
	static const struct {
		enum columns_means has, needs;
	} pairs[] = {
		{ COLUMNS_FROM_CLOCK, COLUMNS_FROM },
		{ COLUMNS_TO, COLUMNS_FROM },
		{ COLUMNS_TO_CLOCK, COLUMNS_TO },
		{ COLUMNS_RECORDED_CLOCK, COLUMNS_RECORDED },
		{ COLUMNS_AGE, COLUMNS_SEX },
		{ COLUMNS_EAST, COLUMNS_NORTH },
		{ COLUMNS_NORTH, COLUMNS_EAST },
		{ COLUMNS_LAT, COLUMNS_LON },
		{ COLUMNS_LON, COLUMNS_LAT },
		{ COLUMNS_KIND, COLUMNS_PERSON },
	};
	const struct column *c = m->columns.column;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (c[pairs[i].has].names != NULL &&
		    c[pairs[i].needs].names == NULL)
			return value_bad(f, key_of(pairs[i].has),
			    "no %s beside it", key_of(pairs[i].needs));
	if (c[COLUMNS_CODE].names == NULL)
		return value_bad(
		    f, NULL, "no offence; add it, of what kind a record is");
	if (c[COLUMNS_FROM].names == NULL &&
	    !(m->columns.late && c[COLUMNS_RECORDED].names != NULL))
		return value_bad(f, NULL,
		    "no occurred_from; add it, or recorded and "
		    "defaults: { occurred_from: recorded }");
	if (c[COLUMNS_DETAIL].names != NULL && m->columns.detailed == NULL)
		return value_bad(f, "detail", "only with list: ecds");
	return E_OK;
}

/* File -------------------------------------------------------------------- */

static bool
domain_good(const char *s)
{
	size_t n = strlen(s);

	return n <= DOMAIN_MOST && strspn(s, "abcdefghijklmnopqrstuvwxyz"
					     "0123456789.-") == n;
}

static enum err
take_people(struct mapping *m, const struct value_file *f, const char *domain)
{
	const struct source_facts *source = source_of(m->columns.source);
	bool person = m->raw->columns.of[COLUMNS_PERSON] != NULL;

	if (person != (domain != NULL))
		return value_bad(f, domain == NULL ? NULL : "person_domain",
		    person ? "a person column without person_domain; add "
			     "it: a name shared by the sources that know a "
			     "person by the same key"
			   : "but no person column; remove it");
	if (domain == NULL)
		return E_OK;
	if (source->people == NULL)
		return value_bad(f, "person_domain",
		    "no person is told apart in %s; remove it and the column",
		    source->name);
	if (!domain_good(domain))
		return value_bad(f, "person_domain",
		    "'%.40s': write 1 to %d of a-z, 0-9, . and -, such as %s",
		    domain, DOMAIN_MOST, source->domain);
	m->columns.domain = domain;
	return E_OK;
}

static enum err
take_points(struct mapping *m, const struct value_file *f,
    const struct mapping_raw *raw)
{
	static const struct {
		const char *word;
		enum geo_method method;
		uint16_t precision_m;
	} methods[] = {
		{ "street", GEO_STREET, 50 }, /* the usual */
		{ "gps", GEO_GPS, 10 },
		{ "uprn", GEO_UPRN, 0 },
		{ "postcode", GEO_POSTCODE, 100 },
	};
	const char *word = raw->points != NULL ? raw->points : "street";
	uint64_t precision;
	size_t i = 0;
	enum err e;

	while (i < 4 && strcmp(methods[i].word, word) != 0)
		i++;
	if (i == 4)
		return value_bad(f, "points",
		    "'%.40s' is none; write gps, uprn, street or postcode",
		    word);
	m->columns.method = methods[i].method;
	m->columns.precision_m = methods[i].precision_m;
	if (raw->precision_m == NULL)
		return E_OK;
	e = value_number(
	    &precision, f, "precision_m", raw->precision_m, 0, PRECISION_MOST);
	if (e == E_OK)
		m->columns.precision_m = (uint16_t)precision;
	return e;
}

static enum err
take_head(struct mapping *m, const struct value_file *f,
    const struct mapping_raw *raw)
{
	char feed[INCIDENT_FEED];
	enum err e;

	if (source_parse(&m->columns.source, raw->source) != E_OK)
		return value_bad(f, "source",
		    "'%.40s' is no source; write " SOURCE_WORDS, raw->source);
	if (raw->feed != NULL &&
	    (e = value_words(feed, sizeof(feed), f, "feed", raw->feed)) != E_OK)
		return e;
	m->columns.feed = raw->feed;
	m->columns.utc = strcmp(raw->time_zone, "UTC") == 0;
	if (!m->columns.utc && strcmp(raw->time_zone, "Europe/London") != 0)
		return value_bad(f, "time_zone",
		    "'%.40s' is not known; write Europe/London or UTC, or a "
		    "format that ends in Z where times have their zone",
		    raw->time_zone);
	return take_points(m, f, raw);
}

static enum err
take_defaults(
    struct mapping *m, struct value_file *f, const struct defaults_raw *raw)
{
	struct columns *c = &m->columns;

	if (raw == NULL)
		return E_OK;
	value_in(f, "defaults");
	if (raw->offence != NULL && strlen(raw->offence) >= INCIDENT_CODE)
		return value_bad(f, "offence", "longer than a code, %d bytes",
		    INCIDENT_CODE - 1);
	c->code = raw->offence;
	if (raw->weapon != NULL &&
	    weapon_parse(&c->weapon, raw->weapon) != E_OK)
		return value_bad(f, "weapon",
		    "'%.40s' is no word for it; write %s", raw->weapon,
		    allows[COLUMNS_WEAPON].words);
	if (raw->place_type != NULL &&
	    setting_parse(&c->setting, raw->place_type) != E_OK)
		return value_bad(f, "place_type",
		    "'%.40s' is no word for it; write %s", raw->place_type,
		    allows[COLUMNS_SETTING].words);
	if (raw->occurred_from != NULL &&
	    strcmp(raw->occurred_from, "recorded") != 0)
		return value_bad(f, "occurred_from",
		    "'%.40s' cannot stand in for it; write recorded",
		    raw->occurred_from);
	c->late = raw->occurred_from != NULL;
	return E_OK;
}

static enum err
take(struct mapping *m, struct value_file *f, const struct mapping_raw *raw)
{
	enum err e;

	if ((e = take_head(m, f, raw)) != E_OK ||
	    (e = take_people(m, f, raw->person_domain)) != E_OK ||
	    (e = take_defaults(m, f, raw->defaults)) != E_OK)
		return e;
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
		if (raw->columns.of[k] != NULL &&
		    (e = take_column(m, f, k, raw->columns.of[k])) != E_OK)
			return e;
	value_in(f, "columns");
	return check_columns(m, f);
}

enum err
mapping_read(struct mapping **out, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	struct mapping *m = NULL;
	void *raw;
	enum err e;

	if (len > MAPPING_MAX) {
		fault_set(fault,
		    "%s:1:1: longer than %d bytes; are these "
		    "records?",
		    name, MAPPING_MAX);
		return E_LIMIT;
	}
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return E_NOMEM;
	if ((e = yaml_load(&raw, &schema, text, len, name, fault)) == E_OK) {
		m->raw = raw;
		m->loader = (struct loader){ .name = "mapping",
			.about =
			    "any other CSV, as a mapping file describes it",
			.own = &m->columns,
			.needs_end = true,
			.header = columns_header,
			.map = columns_map };
		e = take(m, &f, m->raw);
	}
	if (e != E_OK) {
		mapping_free(m);
		return e;
	}
	*out = m;
	return E_OK;
}

void
mapping_free(struct mapping *m)
{
	if (m == NULL)
		return;
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++) {
		free((struct word *)m->words[k].word);
		free(m->texts[k]);
	}
	if (m->raw != NULL)
		yaml_drop(&schema, m->raw);
	free(m);
}

const struct loader *
mapping_loader(const struct mapping *m)
{
	return &m->loader;
}
