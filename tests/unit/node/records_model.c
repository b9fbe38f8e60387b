#include "records_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "model/grid.h"

#define BATCHES 1024
#define MONTHS 65536

struct state {
	struct incident i;
	uint32_t born, died; /* 0: alive */
};

struct model {
	size_t n, room;
	struct state *states;
	uint32_t n_batches;
	uint64_t times[BATCHES]; /* of batch b: [b - 1] */
};

struct model *
model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	assert(m != NULL);
	return m;
}

void
model_free(struct model *m)
{
	if (m != NULL)
		free(m->states);
	free(m);
}

static bool
kind_same(const struct kind *a, const struct kind *b)
{
	return a->source == b->source &&
	       strcmp(a->codelist, b->codelist) == 0 &&
	       strcmp(a->code, b->code) == 0 && a->weapon == b->weapon &&
	       a->victim == b->victim && a->setting == b->setting;
}

bool
incident_same(const struct incident *a, const struct incident *b)
{
	return memcmp(a->record_id, b->record_id, INCIDENT_KEY) == 0 &&
	       a->has_person == b->has_person &&
	       (!a->has_person ||
		   memcmp(a->person_key, b->person_key, INCIDENT_KEY) == 0) &&
	       kind_same(&a->kind, &b->kind) && strcmp(a->feed, b->feed) == 0 &&
	       a->occurred_from == b->occurred_from &&
	       a->occurred_to == b->occurred_to &&
	       a->time_precision == b->time_precision && a->month == b->month &&
	       a->recorded_at == b->recorded_at &&
	       a->has_point == b->has_point &&
	       (!a->has_point ||
		   (a->east == b->east && a->north == b->north)) &&
	       a->geo_precision_m == b->geo_precision_m &&
	       a->geo_method == b->geo_method &&
	       strcmp(a->area, b->area) == 0 &&
	       strcmp(a->published, b->published) == 0 &&
	       a->vintage == b->vintage;
}

/* The last put of that record in the batch, or NULL. */
static const struct incident *
last_put(const struct model_batch *b, const uint8_t id[INCIDENT_KEY])
{
	for (size_t i = b->n; i-- > 0;)
		if (memcmp(b->puts[i].record_id, id, INCIDENT_KEY) == 0)
			return &b->puts[i];
	return NULL;
}

static struct state *
find_alive(const struct model *m, const uint8_t id[INCIDENT_KEY])
{
	for (size_t i = 0; i < m->n; i++)
		if (m->states[i].died == 0 &&
		    memcmp(m->states[i].i.record_id, id, INCIDENT_KEY) == 0)
			return &m->states[i];
	return NULL;
}

static void
add_state(struct model *m, const struct incident *i, uint32_t born)
{
	if (m->n == m->room) {
		m->room = m->room == 0 ? 1024 : 2 * m->room;
		m->states = realloc(m->states, m->room * sizeof(*m->states));
		assert(m->states != NULL);
	}
	m->states[m->n++] = (struct state){ .i = *i, .born = born };
}

/* Is a (source, feed, month) complete in the batch? */
static bool
is_whole(const struct model_batch *b, const struct incident *i)
{
	for (size_t n = 0; n < b->n_wholes; n++) {
		const struct model_whole *w = &b->wholes[n];

		if (w->source == i->kind.source &&
		    strcmp(w->feed, i->feed) == 0 && i->month >= w->first &&
		    i->month < w->first + w->n)
			return true;
	}
	for (size_t n = 0; n < b->n; n++) {
		const struct incident *p = &b->puts[n];

		if (p == last_put(b, p->record_id) && p->month == i->month &&
		    p->kind.source == i->kind.source &&
		    strcmp(p->feed, i->feed) == 0)
			return true;
	}
	return false;
}

static void
put_one(struct model *m, const struct incident *i, struct records_change *c,
    bool *touched)
{
	struct state *s = find_alive(m, i->record_id);

	if (s != NULL && incident_same(&s->i, i)) {
		c->held++;
		return;
	}
	if (s != NULL) {
		s->died = m->n_batches;
		touched[s->i.month] = true;
		c->changed++;
	} else {
		c->added++;
	}
	add_state(m, i, m->n_batches);
	touched[i->month] = true;
}

static void
withdraw_one(struct model *m, const struct incident *i,
    struct records_change *c, bool *touched)
{
	struct state *s = find_alive(m, i->record_id);

	if (s == NULL) {
		c->unknown++;
		return;
	}
	s->died = m->n_batches;
	touched[s->i.month] = true;
	c->withdrawn++;
}

static void
replace_rest(struct model *m, const struct model_batch *b,
    struct records_change *c, bool *touched)
{
	for (size_t i = 0; i < m->n; i++) {
		struct state *s = &m->states[i];

		if (s->died == 0 && last_put(b, s->i.record_id) == NULL &&
		    is_whole(b, &s->i)) {
			s->died = m->n_batches;
			touched[s->i.month] = true;
			c->withdrawn++;
		}
	}
}

struct records_change
model_batch(struct model *m, const struct model_batch *b, uint64_t loaded_at)
{
	static bool touched[MONTHS];
	struct records_change c = { 0 };

	memset(touched, 0, sizeof(touched));
	assert(m->n_batches < BATCHES);
	m->times[m->n_batches++] = loaded_at;
	if (b->act == RECORDS_REPLACE)
		replace_rest(m, b, &c, touched);
	for (size_t i = 0; i < b->n; i++) {
		if (last_put(b, b->puts[i].record_id) != &b->puts[i])
			continue;
		if (b->act == RECORDS_WITHDRAW)
			withdraw_one(m, &b->puts[i], &c, touched);
		else
			put_one(m, &b->puts[i], &c, touched);
	}
	for (size_t i = 0; i < MONTHS; i++)
		c.months += touched[i];
	return c;
}

/* The unit of a record: its person or itself. */
static const uint8_t *
unit(const struct incident *i)
{
	return i->has_person ? i->person_key : i->record_id;
}

static int
by_month_unit_id(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;
	int d = (x->month > y->month) - (x->month < y->month);

	if (d == 0)
		d = memcmp(unit(x), unit(y), INCIDENT_KEY);
	return d != 0 ? d : memcmp(x->record_id, y->record_id, INCIDENT_KEY);
}

void
model_sort(struct incident *all, size_t n)
{
	if (n > 0)
		qsort(all, n, sizeof(*all), by_month_unit_id);
}

size_t
model_each(struct incident **out, const struct model *m, uint16_t first,
    uint16_t n, uint64_t as_of_s)
{
	struct incident *all = calloc(m->n + 1, sizeof(*all));
	uint32_t batch = 0;
	size_t found = 0;

	assert(all != NULL);
	while (batch < m->n_batches && m->times[batch] <= as_of_s)
		batch++;
	for (size_t i = 0; i < m->n; i++) {
		const struct state *s = &m->states[i];

		if (s->i.month >= first && s->i.month < first + n &&
		    s->born <= batch && (s->died == 0 || s->died > batch))
			all[found++] = s->i;
	}
	model_sort(all, found);
	*out = all;
	return found;
}

/* -1: outside; n_places: not placed. */
static int64_t
place_of(
    const struct question *q, const struct placing *p, const struct incident *i)
{
	if (q->geo == GEO_GRID)
		return i->has_point ? grid_place(q, i->east, i->north)
				    : (int64_t)q->n_places;
	return placing_of(p, i->area);
}

static uint32_t
asked_bits(const struct question *q, const struct themes *rules,
    const struct incident *i)
{
	uint32_t has =
	    (q->sources & i->kind.source) != 0 ? themes_of(rules, &i->kind) : 0;
	uint32_t bits = 0;

	for (unsigned t = 0; t < q->n_themes; t++)
		if ((has & UINT32_C(1) << q->themes[t]) != 0)
			bits |= UINT32_C(1) << t;
	return bits;
}

void
model_count(uint32_t *cells, const struct model *m, const struct question *q,
    uint64_t as_of_s, const struct areas *areas, const struct themes *rules)
{
	struct placing *p = NULL;
	struct incident *all;
	const struct incident *before = NULL; /* of the same unit and month */
	size_t n = model_each(&all, m, q->first_month, q->n_months, as_of_s);
	uint32_t kept = 0;

	memset(cells, 0, question_cells(q) * sizeof(*cells));
	if (q->geo != GEO_GRID &&
	    placing_new(&p, areas, q->geo, q->areas, q->n_areas) != E_OK)
		assert(false);
	for (size_t i = 0; i < n; i++) {
		uint32_t bits = asked_bits(q, rules, &all[i]);
		int64_t place = place_of(q, p, &all[i]);
		uint32_t slice = q->slicing == SLICE_MONTH
				     ? (uint32_t)(all[i].month - q->first_month)
				     : 0;
		uint16_t left = q->k;

		if (bits == 0 || place < 0)
			continue;
		if (before == NULL || before->month != all[i].month ||
		    !before->has_person || !all[i].has_person ||
		    memcmp(unit(before), unit(&all[i]), INCIDENT_KEY) != 0)
			kept = 0;
		before = &all[i];
		if (kept++ >= q->c)
			continue;
		for (uint32_t t = 0; t < q->n_themes && left > 0; t++)
			if ((bits & UINT32_C(1) << t) != 0) {
				cells[question_cell(
				    q, t, slice, (uint32_t)place)]++;
				left--;
			}
	}
	placing_free(p);
	free(all);
}

struct records_size
model_size(const struct model *m)
{
	struct records_size s = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		uint16_t month = m->states[i].i.month;

		if (m->states[i].died != 0) {
			s.past++;
			continue;
		}
		s.records++;
		if (!s.months || month < s.first_month)
			s.first_month = month;
		if (!s.months || month > s.last_month)
			s.last_month = month;
		s.months = true;
	}
	return s;
}
