#include "node/survey.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "crypto/random.h"

struct print { /* of all but the id of a record; equal for equals */
	uint64_t hash;
	uint32_t series;
};

struct survey_own {
	const struct areas *areas;
	struct placing *covered; /* NULL: all is */
	uint32_t last;           /* series of the last record */
	uint16_t month;          /* of prints */
	struct print *prints;    /* [room] */
	size_t n, room;
	uint8_t key[HASH_SHORT_KEY];
};

enum err
survey_new(struct survey **out, uint16_t first, uint16_t n_months,
    const struct areas *areas, const char (*covers)[GSS], size_t n_covers)
{
	struct survey *s = calloc(1, sizeof(*s));
	enum err e = s == NULL ? E_NOMEM : E_OK;

	assert(n_months >= 1);
	if (e == E_OK && (s->own = calloc(1, sizeof(*s->own))) == NULL)
		e = E_NOMEM;
	if (e == E_OK) {
		s->first = first;
		s->n_months = n_months;
		s->own->areas = areas;
		e = random_bytes(s->own->key, sizeof(s->own->key));
	}
	if (e == E_OK && n_covers > 0)
		e = placing_new(
		    &s->own->covered, areas, GEO_FORCE, covers, n_covers);
	if (e != E_OK) {
		survey_free(s);
		return e;
	}
	*out = s;
	return E_OK;
}

void
survey_free(struct survey *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->series[i].months);
	free(s->series);
	if (s->own != NULL) {
		placing_free(s->own->covered);
		free(s->own->prints);
		random_wipe(s->own, sizeof(*s->own));
	}
	free(s->own);
	free(s);
}

static bool
is_series(const struct survey_series *s, const struct incident *i)
{
	return s->source == i->kind.source && strcmp(s->feed, i->feed) == 0;
}

/* The number of its series, made when it is the first of it. */
static enum err
series_of(uint32_t *out, struct survey *s, const struct incident *i)
{
	struct survey_series *more;
	uint32_t at = s->own->last;

	if (at >= s->n || !is_series(&s->series[at], i))
		for (at = 0; at < s->n && !is_series(&s->series[at], i); at++)
			;
	if (at == s->n) {
		more = reallocarray(s->series, s->n + 1, sizeof(*more));
		if (more == NULL)
			return E_NOMEM;
		s->series = more;
		more += at;
		*more = (struct survey_series){ .source = i->kind.source,
			.months = calloc(s->n_months, sizeof(*more->months)) };
		if (more->months == NULL)
			return E_NOMEM;
		memcpy(more->feed, i->feed, INCIDENT_FEED);
		s->n++;
	}
	*out = s->own->last = at;
	return E_OK;
}

/* Prints ------------------------------------------------------------------ */

static int
compare_prints(const void *a, const void *b)
{
	const struct print *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

/* Counts those alike in the month of the prints, and forgets them. */
static void
end_month(struct survey *s)
{
	struct survey_own *o = s->own;

	if (o->n > 1)
		qsort(o->prints, o->n, sizeof(*o->prints), compare_prints);
	for (size_t i = 1; i < o->n; i++)
		if (compare_prints(&o->prints[i - 1], &o->prints[i]) == 0)
			s->series[o->prints[i].series]
			    .months[o->month - s->first]
			    .alike++;
	o->n = 0;
}

static uint64_t
print_of(const struct survey_own *o, const struct incident *i)
{
	struct incident all;
	uint8_t hash[HASH_SHORT];
	uint64_t out;

	/* Text fields hold zeros after their end or else what follows it would
	 * tell equals apart. */
	memset(&all, 0, sizeof(all));
	all.has_person = i->has_person;
	if (i->has_person)
		memcpy(all.person_key, i->person_key, INCIDENT_KEY);
	all.kind.source = i->kind.source;
	strcpy(all.kind.codelist, i->kind.codelist);
	strcpy(all.kind.code, i->kind.code);
	all.kind.weapon = i->kind.weapon;
	all.kind.victim = i->kind.victim;
	all.kind.setting = i->kind.setting;
	all.occurred_from = i->occurred_from;
	all.occurred_to = i->occurred_to;
	all.time_precision = i->time_precision;
	all.recorded_at = i->recorded_at;
	all.has_point = i->has_point;
	if (i->has_point) {
		all.east = i->east;
		all.north = i->north;
	}
	all.geo_precision_m = i->geo_precision_m;
	all.geo_method = i->geo_method;
	strcpy(all.area, i->area);
	strcpy(all.published, i->published);
	all.vintage = i->vintage;
	hash_short(hash, o->key, &all, sizeof(all));
	memcpy(&out, hash, sizeof(out));
	return out;
}

static enum err
add_print(struct survey_own *o, const struct incident *i, uint32_t series)
{
	if (o->n == o->room) {
		size_t room = o->room == 0 ? 4096 : 2 * o->room;
		struct print *more =
		    reallocarray(o->prints, room, sizeof(*more));

		if (more == NULL)
			return E_NOMEM;
		o->prints = more;
		o->room = room;
	}
	o->prints[o->n++] = (struct print){ print_of(o, i), series };
	return E_OK;
}

/* Sums -------------------------------------------------------------------- */

/* Which of SURVEY_DELAYS: of m minutes, 4 floor(log2 m) + the next two bits,
 * + 1. */
static unsigned
delay_of(uint64_t seconds)
{
	uint64_t m = seconds / 60;
	unsigned log = 0, i;

	if (m == 0)
		return 0;
	while (log < 63 && m >> (log + 1) != 0)
		log++;
	i = 4 * log + (unsigned)((m << 2 >> log) & 3) + 1;
	return i < SURVEY_DELAYS ? i : SURVEY_DELAYS - 1;
}

uint64_t
survey_delay(unsigned i)
{
	unsigned log = i == 0 ? 0 : (i - 1) / 4;
	uint64_t quarter = i == 0 ? 0 : (i - 1) % 4;

	assert(i < SURVEY_DELAYS);
	if (i == 0)
		return 60;
	/* below 2^log (1 + (quarter + 1) / 4) minutes, in whole ones */
	return 60 * ((((5 + quarter) << log) + 3) / 4);
}

static void
add_delay(struct survey_month *m, const struct incident *i)
{
	if (i->recorded_at == 0)
		return;
	if (i->recorded_at < i->occurred_from)
		m->early++;
	else
		m->delays[delay_of(i->recorded_at - i->occurred_from)]++;
}

static enum survey_reach
reach_of(uint16_t metres)
{
	if (metres == 0)
		return SURVEY_EXACT;
	if (metres <= 50)
		return SURVEY_STREET;
	return metres <= 500 ? SURVEY_SECTOR : SURVEY_WIDER;
}

static void
add_fields(struct survey_month *m, const struct incident *i,
    const struct survey_own *o)
{
	struct place place;

	m->n++;
	m->fields[SURVEY_PERSON] += i->has_person;
	m->fields[SURVEY_POINT] += i->has_point;
	m->fields[SURVEY_LSOA] += areas_lsoa(o->areas, i->area, &place);
	m->fields[SURVEY_RECORDED] += i->recorded_at != 0;
	m->fields[SURVEY_MINUTE] += i->time_precision == PRECISION_MINUTE;
	m->fields[SURVEY_WEAPON] += i->kind.weapon != WEAPON_UNSTATED;
	m->fields[SURVEY_VICTIM] += i->kind.victim != VICTIM_UNSTATED;
	assert(i->geo_method < GEO_METHODS);
	m->methods[i->geo_method]++;
	if (i->has_point)
		m->reaches[reach_of(i->geo_precision_m)]++;
	if (o->covered != NULL && placing_of(o->covered, i->area) < 0)
		m->outside++;
	add_delay(m, i);
}

enum err
survey_take(struct survey *s, const struct incident *i)
{
	uint32_t series;
	enum err e;

	if (i->month < s->first || i->month >= s->first + s->n_months)
		return E_OK;
	if (i->month != s->own->month) {
		assert(s->own->n == 0 || i->month > s->own->month);
		end_month(s);
		s->own->month = i->month;
	}
	if ((e = series_of(&series, s, i)) == E_OK)
		e = add_print(s->own, i, series);
	if (e == E_OK)
		add_fields(
		    &s->series[series].months[i->month - s->first], i, s->own);
	return e;
}

static int
compare_series(const void *a, const void *b)
{
	const struct survey_series *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return strcmp(x->feed, y->feed);
}

void
survey_end(struct survey *s)
{
	end_month(s);
	if (s->n > 1)
		qsort(s->series, s->n, sizeof(*s->series), compare_series);
	s->own->last = 0;
}
