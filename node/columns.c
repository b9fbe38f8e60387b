#include "node/columns.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/wr.h"
#include "model/source.h"
#include "node/field.h"
#include "node/keys.h"
#include "node/memo.h"
#include "node/place.h"

#define HOUR_S 3600
#define DAY_S (25 * HOUR_S) /* the longest */
#define MONTH_S (31 * 24 * HOUR_S + HOUR_S)
#define SPAN_S (36525 * (uint64_t)24 * HOUR_S) /* a century: a slip */
#define ADULT 18
#define AGE_MOST 130

struct row { /* one that is being mapped */
	const struct columns *c;
	const struct loader_columns *at;
	const struct csv_row *csv;
	const struct loader_world *world;
	struct report *report;
	bool *odd; /* set when a word is not understood */
};

/* Header ------------------------------------------------------------------ */

static bool
letter_or_digit(char b)
{
	return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') ||
	       (unsigned char)b >= 0x80;
}

const char *
columns_people(uint32_t *source, const struct loader *l)
{
	const struct columns *c = l->own;

	if (l->map != columns_map || c->domain == NULL)
		return NULL;
	*source = c->source;
	return c->domain;
}

void
columns_name(char out[COLUMNS_NAME], const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++) {
		char b = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;

		if (n + 1 == COLUMNS_NAME) {
			out[0] = '\0';
			return;
		}
		if (letter_or_digit(b))
			out[n++] = b;
		else if (n > 0 && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n > 0 && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

/* Is the header's name the one of len bytes at names? */
static bool
same_name(const char *head, const char *names, size_t len)
{
	return strncmp(head, names, len) == 0 && head[len] == '\0';
}

/* Finds the field of a column; E_EXISTS with *at: a second of that name. */
static enum err
find_column(
    int *at, const struct column *column, char (*heads)[COLUMNS_NAME], size_t n)
{
	const char *name = column->names;
	size_t len;

	*at = -1;
	for (; *at == -1 && *name != '\0'; name += len + (name[len] == '|')) {
		len = strcspn(name, "|");
		for (size_t i = 0; i < n; i++) {
			if (!same_name(heads[i], name, len))
				continue;
			if (*at != -1) {
				*at = (int)i;
				return E_EXISTS;
			}
			*at = (int)i;
		}
	}
	return E_OK;
}

/* Appends the first name of a column. */
static void
add_name(char out[REPORT_WHY], const char *before, const char *names)
{
	size_t n = strlen(out);

	(void)snprintf(out + n, REPORT_WHY - n, "%s%.*s", before,
	    (int)strcspn(names, "|"), names);
}

static enum err
refuse_missing(const struct columns *c, unsigned k, const struct csv_row *row,
    struct report *r)
{
	char needed[REPORT_WHY] = "", missing[REPORT_WHY] = "";
	const char *before = "";

	add_name(missing, "", c->column[k].names);
	for (unsigned i = 0; i < COLUMNS_MEANINGS; i++)
		if (c->column[i].names != NULL && c->column[i].must) {
			add_name(needed, before, c->column[i].names);
			before = ", ";
		}
	report_refuse(r, row->line,
	    "the header has no column %.64s; needed are %.400s", missing,
	    needed);
	return E_FORMAT;
}

enum err
columns_header(const struct loader *l, struct loader_columns *out,
    const struct csv_row *row, struct report *r)
{
	const struct columns *c = l->own;
	struct loader_columns columns = { .n = row->n };
	char heads[CSV_FIELDS][COLUMNS_NAME];

	static_assert(COLUMNS_MEANINGS <= CSV_FIELDS, "a place for each");
	if (row->n == 0 || row->n > CSV_FIELDS || row->broken) {
		report_refuse(r, 1, "there is no header row of 1 to %d columns",
		    CSV_FIELDS);
		return E_FORMAT;
	}
	memset(columns.at, 0xff, sizeof(columns.at));
	for (size_t i = 0; i < row->n; i++)
		columns_name(heads[i], row->fields[i]);
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++) {
		if (c->column[k].names == NULL)
			continue;
		if (find_column(&columns.at[k], &c->column[k], heads, row->n) !=
		    E_OK) {
			report_refuse(r, row->line,
			    "column %d of the header "
			    "has the name of an earlier one",
			    columns.at[k] + 1);
			return E_FORMAT;
		}
		if (columns.at[k] == -1 && c->column[k].must)
			return refuse_missing(c, k, row, r);
	}
	*out = columns;
	return E_OK;
}

/* Fields ------------------------------------------------------------------ */

/* The field of a row that has a meaning, "" when the file has none. */
static const char *
field(const struct row *row, enum columns_means k)
{
	return row->at->at[k] == -1 ? "" : row->csv->fields[row->at->at[k]];
}

static size_t
field_len(const struct row *row, unsigned k)
{
	return row->at->at[k] == -1 ? 0 : row->csv->lens[row->at->at[k]];
}

static bool
too_long(const struct row *row)
{
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
		if (field_len(row, k) >=
		    (k == COLUMNS_WHERE ? COLUMNS_TEXT : COLUMNS_FIELD))
			return true;
	return false;
}

static void
note(const struct row *row, enum report_reason reason)
{
	report_count(row->report, reason, row->csv->line);
}

/* The value of a field by the words of its column, then the usual ones; other
 * when it is empty, 0 and a note when no table has it. */
static uint8_t
value(const struct row *row, enum columns_means k, const struct words *usual,
    uint8_t other)
{
	const struct words *own = row->c->column[k].words;
	const struct word *w = NULL;
	char plain[COLUMNS_FIELD];

	if (field_len(row, k) == 0 ||
	    !field_plain(plain, sizeof(plain), field(row, k)) ||
	    plain[0] == '\0')
		return other;
	if (own != NULL)
		w = words_find(own, plain);
	if (w == NULL)
		w = words_find(usual, plain);
	if (w != NULL)
		return w->value;
	if (k != COLUMNS_SETTING) /* noted with its place */
		*row->odd = true;
	return 0;
}

/* Time -------------------------------------------------------------------- */

/* What the clock of a column, and of the one behind it, shows. */
static bool
read_wall(const struct row *row, struct field_wall *out, enum columns_means k)
{
	const struct stamp *stamp = row->c->column[k].stamp;
	const char *clock = field(row, (enum columns_means)(k + 1));
	struct field_wall w;

	if (stamp != NULL ? !stamp_read(stamp, &w, field(row, k), row->c->utc)
			  : !field_wall(&w, field(row, k)))
		return false;
	if (*clock != '\0' && !field_clock(&w, clock))
		return false;
	w.fixed = w.fixed || row->c->utc;
	*out = w;
	return true;
}

static bool
read_time(const struct row *row, struct field_time *out, enum columns_means k)
{
	struct field_wall w;

	return read_wall(row, &w, k) && field_fill(out, &w);
}

/* The day of RECORDED, which stands in for when it happened. */
static bool
read_late(const struct row *row, struct field_time *out)
{
	struct field_wall w;

	if (!row->c->late || !read_wall(row, &w, COLUMNS_RECORDED))
		return false;
	if (w.precision < PRECISION_DAY) {
		w.precision = PRECISION_DAY;
		w.hour = w.minute = w.second = 0;
	}
	return field_fill(out, &w);
}

static uint8_t
precision_of(uint64_t span_s)
{
	return span_s <= 60        ? PRECISION_MINUTE
	       : span_s <= HOUR_S  ? PRECISION_HOUR
	       : span_s <= DAY_S   ? PRECISION_DAY
	       : span_s <= MONTH_S ? PRECISION_MONTH
				   : PRECISION_UNKNOWN;
}

static enum report_reason
map_time(const struct row *row, struct incident *i)
{
	struct field_time from, to;
	bool said = *field(row, COLUMNS_FROM) != '\0';

	if (said ? !read_time(row, &from, COLUMNS_FROM)
		 : !read_late(row, &from))
		return REPORT_TIME;
	to = from;
	if (said && *field(row, COLUMNS_TO) != '\0' &&
	    !read_time(row, &to, COLUMNS_TO))
		return REPORT_TIME;
	if (to.to <= from.from || to.to - from.from > SPAN_S)
		return REPORT_TIME;
	i->occurred_from = from.from;
	i->occurred_to = to.to;
	i->time_precision =
	    to.to == from.to ? from.precision : precision_of(to.to - from.from);
	i->month = from.month;
	return REPORT_KEPT;
}

/* When it was recorded, if that can be read. */
static void
map_recorded(const struct row *row, struct incident *i)
{
	struct field_time t;

	if (*field(row, COLUMNS_RECORDED) == '\0')
		return;
	if (read_time(row, &t, COLUMNS_RECORDED))
		i->recorded_at = t.from;
	else
		*row->odd = true;
}

/* Code -------------------------------------------------------------------- */

/* A Home Office code: upper case, without blanks and leading zeros. */
static bool
ho_form(char out[INCIDENT_CODE], const char *s, const char **slash)
{
	size_t n = 0;

	*slash = NULL;
	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\t' || (*s == '0' && n == 0))
			continue;
		if (n + 1 == INCIDENT_CODE)
			return false;
		if (*s == '/' && *slash == NULL)
			*slash = out + n;
		out[n++] = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
	}
	out[n] = '\0';
	return true;
}

static bool
known(const struct row *row, struct kind *k, const char *list)
{
	memset(k->codelist, 0, sizeof(k->codelist));
	memcpy(k->codelist, list, strlen(list));
	return memo_knows(row->world->memo, row->world->themes, k);
}

/* 8N is a class, 8/6 an offence of it; 8/06 is how some write that. */
static bool
map_ho(const struct row *row, struct kind *k, const char *text)
{
	const char *slash;
	char *sub;

	if (!ho_form(k->code, text, &slash))
		return false;
	if ((slash == NULL && known(row, k, "ho")) ||
	    known(row, k, "ho-notifiable"))
		return true;
	if (slash == NULL)
		return false;
	sub = k->code + (slash - k->code) + 1;
	memmove(
	    sub, sub + strspn(sub, "0"), strlen(sub + strspn(sub, "0")) + 1);
	return known(row, k, "ho-notifiable");
}

/* A code as written, without blanks at its ends. */
static bool
written(char out[INCIDENT_CODE], const char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t');)
		n--;
	if (n >= INCIDENT_CODE)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

/* What a field stands for by the words of its column, or itself. */
static const char *
translated(const struct row *row, enum columns_means k)
{
	const struct words *own = row->c->column[k].words;
	const char *code = NULL;
	char plain[COLUMNS_FIELD];
	const struct word *w;

	if (own == NULL || !field_plain(plain, sizeof(plain), field(row, k)))
		return field(row, k);
	if ((w = words_find(own, plain)) != NULL)
		return w->code;
	if (k == COLUMNS_CODE && row->c->code_of != NULL)
		code = row->c->code_of(plain);
	return code == NULL ? field(row, k) : code;
}

/* Appends DETAIL to the one code that has it. */
static bool
add_detail(const struct row *row, char code[INCIDENT_CODE])
{
	const char *detail = translated(row, COLUMNS_DETAIL);
	size_t n = strlen(code);

	if (row->c->detailed == NULL || strcmp(code, row->c->detailed) != 0)
		return true;
	if (*detail == '\0')
		return true;
	if (n + 3 > INCIDENT_CODE)
		return false;
	memcpy(code + n, ": ", 2);
	return field_plain(code + n + 2, INCIDENT_CODE - n - 2, detail);
}

/* A code of the format's list, in lower case. */
static bool
map_plain(const struct row *row, struct kind *k, const char *text)
{
	return field_plain(k->code, sizeof(k->code), text) &&
	       add_detail(row, k->code) && known(row, k, row->c->list);
}

static bool
map_written(const struct row *row, struct kind *k, const char *text)
{
	return (written(k->code, text) && add_detail(row, k->code) &&
		   known(row, k, row->c->list)) ||
	       map_plain(row, k, text);
}

static enum report_reason
map_code(const struct row *row, struct incident *i)
{
	const char *text = translated(row, COLUMNS_CODE);
	struct kind *k = &i->kind;
	bool good;

	k->source = row->c->source;
	if (*text == '\0' && row->c->code != NULL)
		text = row->c->code;
	good = row->c->form == COLUMNS_HO        ? map_ho(row, k, text)
	       : row->c->form == COLUMNS_WRITTEN ? map_written(row, k, text)
						 : map_plain(row, k, text);
	return good ? REPORT_KEPT : REPORT_CODE;
}

/* Facts ------------------------------------------------------------------- */

/* Whole years, or -1. */
static int
age_of(const struct row *row)
{
	const char *s = field(row, COLUMNS_AGE);
	int age = 0;

	s += strspn(s, " ");
	if (*s == '\0')
		return -1;
	for (; *s >= '0' && *s <= '9' && age <= AGE_MOST; s++)
		age = age * 10 + (*s - '0');
	if (s[strspn(s, " ")] == '\0' && age <= AGE_MOST)
		return age;
	*row->odd = true;
	return -1;
}

static uint8_t
victim_of(const struct row *row)
{
	uint8_t sex;
	int age;

	if (row->at->at[COLUMNS_SEX] == -1)
		return VICTIM_UNSTATED;
	sex = value(row, COLUMNS_SEX, &words_sexes, WORDS_SEX_UNSTATED);
	age = age_of(row);
	if (sex == WORDS_FEMALE)
		return age >= 0 && age < ADULT ? VICTIM_GIRL : VICTIM_WOMAN;
	if (sex == WORDS_MALE)
		return age >= 0 && age < ADULT ? VICTIM_BOY : VICTIM_MAN;
	return VICTIM_OTHER;
}

/* Is the victim a person, as far as the row says? */
static bool
is_person(const struct row *row)
{
	return value(row, COLUMNS_KIND, &words_kinds, WORDS_KIND_UNSTATED) !=
	       WORDS_BODY;
}

static void
map_facts(const struct row *row, struct incident *i, bool person)
{
	struct kind *k = &i->kind;

	k->weapon = value(row, COLUMNS_WEAPON, &words_weapons, row->c->weapon);
	if (value(row, COLUMNS_KNIFE, &words_flags, WORDS_FLAG_UNSTATED) ==
	    WORDS_YES)
		k->weapon = WEAPON_SHARP;
	k->setting =
	    value(row, COLUMNS_SETTING, &words_settings, row->c->setting);
	k->victim = person ? victim_of(row) : VICTIM_OTHER;
}

static void
map_person(const struct row *row, struct incident *i, bool person)
{
	const char *id = field(row, COLUMNS_PERSON);

	if (row->c->domain == NULL)
		return;
	i->has_person = person && !words_nobody(id);
	if (i->has_person)
		keys_person(i->person_key, row->world->keys, row->c->domain, id,
		    field_len(row, COLUMNS_PERSON));
	else
		note(row, REPORT_NO_PERSON);
}

/* Place ------------------------------------------------------------------- */

/* May anybody enter a place of that kind? */
static bool
is_open(uint8_t setting)
{
	return setting != SETTING_UNSTATED && setting != SETTING_DWELLING &&
	       setting != SETTING_SCHOOL;
}

/* Coordinates of both columns, or of neither. */
static enum report_reason
read_place(const struct row *row, struct place_said *said)
{
	const char *e = field(row, COLUMNS_EAST);
	const char *n = field(row, COLUMNS_NORTH);
	const char *lat = field(row, COLUMNS_LAT);
	const char *lon = field(row, COLUMNS_LON);

	said->has_grid = *e != '\0' || *n != '\0';
	if (said->has_grid &&
	    (!field_metres(&said->east, e, row->c->column[COLUMNS_EAST].unit) ||
		!field_metres(
		    &said->north, n, row->c->column[COLUMNS_NORTH].unit)))
		return REPORT_NUMBER;
	said->has_degrees = *lat != '\0' || *lon != '\0';
	if (said->has_degrees && (!field_degrees(&said->lat, lat) ||
				     !field_degrees(&said->lon, lon)))
		return REPORT_NUMBER;
	said->lsoa = field(row, COLUMNS_LSOA);
	said->area = field(row, COLUMNS_AREA);
	said->text = field(row, COLUMNS_WHERE);
	said->method = row->c->method;
	said->precision_m = row->c->precision_m;
	return REPORT_KEPT;
}

/* Places that are said in words alone repeat, and are slow to look up; points
 * seldom do, and are not. */
static void
place_key(const struct row *row, struct memo_key *key, bool home)
{
	static const uint8_t texts[] = { COLUMNS_LSOA, COLUMNS_AREA,
		COLUMNS_WHERE };

	for (size_t k = 0; k < sizeof(texts); k++)
		memo_text(key, field(row, texts[k]), field_len(row, texts[k]));
	memo_text(key, home ? "h" : "", home);
}

static enum report_reason
map_place(const struct row *row, struct incident *i)
{
	struct place_said said = { .dwelling = !is_open(i->kind.setting) };
	struct memo *memo = row->world->memo;
	struct memo_key key = { 0 };
	enum report_reason why;

	if ((why = read_place(row, &said)) != REPORT_KEPT)
		return why;
	if (said.has_grid || said.has_degrees || *said.text == '\0') {
		place_fill(i, &said, row->world, row->report, row->csv->line);
		return REPORT_KEPT;
	}
	place_key(row, &key, said.dwelling);
	if (!memo_recall(memo, i, &key, row->report, row->csv->line))
		memo_place(memo, i, &key, &said, row->world, row->report,
		    row->csv->line);
	return REPORT_KEPT;
}

/* Record ------------------------------------------------------------------ */

/* Which supplier it is from; false when the name does not fit.  A site is a
 * place: where no LSOA may be kept, it may not be either. */
static bool
map_feed(const struct row *row, struct incident *i)
{
	bool fine = source_of(row->c->source)->finest_geo == GEO_LSOA11;
	const char *feed = row->world->feed != NULL ? row->world->feed
			   : row->c->feed != NULL   ? row->c->feed
			   : fine                   ? field(row, COLUMNS_SITE)
						    : "";
	size_t n = strlen(feed);

	if (n >= sizeof(i->feed))
		return false;
	memcpy(i->feed, feed, n);
	return true;
}

static void
add(struct wr *w, const char *s, size_t n)
{
	wr_be16(w, (uint16_t)n);
	wr_bytes(w, s, n);
}

static void
identify(struct loader_record *out, const struct row *row)
{
	const struct incident *i = &out->incident;
	uint8_t buf[256 + COLUMNS_MEANINGS * COLUMNS_FIELD + COLUMNS_TEXT];
	struct wr w = wr_over(buf, sizeof(buf));

	out->named = field_len(row, COLUMNS_ID) > 0;
	wr_be32(&w, i->kind.source);
	wr_be16(&w, i->month);
	add(&w, i->feed, strlen(i->feed));
	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
		if (!out->named || k == COLUMNS_SITE || k == COLUMNS_ID)
			add(&w, field(row, k), field_len(row, k));
	if (out->named && i->has_person)
		wr_bytes(&w, i->person_key, INCIDENT_KEY);
	keys_base(out->base, row->world->keys, buf, w.len);
	explicit_bzero(buf, w.len);
}

enum report_reason
columns_map(const struct loader *l, struct loader_record *out,
    const struct loader_columns *columns, const struct csv_row *csv,
    const struct loader_world *world, struct report *r)
{
	bool odd = false, person;
	const struct row row = { l->own, columns, csv, world, r, &odd };
	struct loader_record rec = { 0 };
	struct incident *i = &rec.incident;
	enum report_reason why;

	if (too_long(&row) || !map_feed(&row, i))
		return REPORT_LONG;
	if ((why = map_time(&row, i)) != REPORT_KEPT ||
	    (why = map_code(&row, i)) != REPORT_KEPT)
		return why;
	person = is_person(&row);
	map_facts(&row, i, person);
	if ((why = map_place(&row, i)) != REPORT_KEPT)
		return why;
	map_recorded(&row, i);
	map_person(&row, i, person);
	if (odd)
		note(&row, REPORT_WORD);
	identify(&rec, &row);
	*out = rec;
	return REPORT_KEPT;
}
