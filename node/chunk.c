/*
 * The parts, integers big-endian; a column is blocks of node/column:
 *
 *	hot	n_lives (4), starts (1: enum starts), lives (8 each: born and
 *		2^32 died, little-endian), columns kind, start, life
 *	area	column area
 *	point	columns east, north; nothing when no row has a point
 *	cold	of occurred_from and recorded_at the least (8 each), for each of
 *		the columns from FROM on its least (4) and bits (1), n_units
 *		(4), those columns, id (16) of each row, unit (16) of each row
 *		with a person whose unit is not that of the row before
 *
 * A life is a pair (born, died).  There are few in a chunk, a handful of
 * batches, but each alone may be far from the next: so they are numbered.
 */
#include "node/chunk.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "node/column.h"

#define HOT_HEAD 5
#define LIFE 8       /* bytes */
#define SLOTS 131072 /* of the table of lives: half of them used at most */
#define COLD_HEAD (16 + 5 * (COLUMNS - FROM) + 4)

enum starts { STARTS_NONE, STARTS_SOME, STARTS_ALL };

enum column {
	KIND,
	START,
	LIVES,
	AREA,
	EAST,
	NORTH,
	FROM, /* the first of cold */
	FROM_HIGH,
	LASTS,
	RECORDED,
	RECORDED_HIGH,
	METRES,
	TIME,
	METHOD,
	PERSON,
	COLUMNS
};

static_assert(COLUMN_BLOCK % 8 == 0 && CHUNK_ROWS % COLUMN_BLOCK == 0,
    "chunks are whole blocks");

static_assert(
    CHUNK_NUMBER_MAX <= 1U << 20 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "two fit in front of an id, whose first byte is turned to the front");

uint64_t
chunk_key(const struct row *r)
{
	uint64_t first;

	memcpy(&first, r->person ? r->unit : r->id, sizeof(first));
	first = __builtin_bswap64(first);
	if (r->person)
		return UINT64_C(1) << 63 | first >> 1;
	return (uint64_t)r->kind << 43 | (uint64_t)r->area << 23 | first >> 41;
}

int
chunk_order(const struct row *a, const struct row *b)
{
	uint64_t x = chunk_key(a), y = chunk_key(b);
	int order;

	if (x != y)
		return x < y ? -1 : 1;
	order = a->person ? memcmp(a->unit, b->unit, INCIDENT_KEY) : 0;
	return order != 0 ? order : memcmp(a->id, b->id, INCIDENT_KEY);
}

/* Cold is the largest: two keys and nine columns; or hot with as many lives. */
size_t
chunk_room(void)
{
	return COLD_HEAD +
	       CHUNK_ROWS *
		   (2 * INCIDENT_KEY + (COLUMNS - FROM) * sizeof(uint32_t));
}

/* Writing ----------------------------------------------------------------- */

struct plan { /* of one column */
	struct chunk_zone zone;
	uint8_t *at;
	unsigned bits;
};

struct writer {
	struct chunk_about *about;
	const struct row *rows, *before;
	size_t n;
	struct plan plans[COLUMNS];
	uint64_t from[2], recorded[2]; /* least, most */
	uint32_t n_lives, n_units;
	uint32_t last_life; /* number of the pair asked for last */
	uint8_t *lives;     /* in hot */
	uint8_t *slots;     /* [SLOTS] of uint32_t: 1 + number of a life; lies
			     * in cold until that is written */
};

static void
widen(struct chunk_zone *z, uint32_t v)
{
	z->least = v < z->least ? v : z->least;
	z->most = v > z->most ? v : z->most;
}

static void
widen64(uint64_t z[2], uint64_t v)
{
	z[0] = v < z[0] ? v : z[0];
	z[1] = v > z[1] ? v : z[1];
}

/* Life i of those that stand at lives. */
static uint64_t
life_at(const uint8_t *lives, size_t i)
{
	uint64_t life;

	memcpy(&life, lives + LIFE * i, LIFE);
	return le64toh(life);
}

/* The number of the life of r, which gets one if it has none: linear probing
 * from a multiplicative hash (Knuth, vol. 3, 6.4). */
static uint32_t
life_number(struct writer *w, const struct row *r)
{
	uint64_t life = (uint64_t)r->died << 32 | r->born;
	uint64_t slot = life * UINT64_C(0x9e3779b97f4a7c15) >> 47;
	uint32_t number;

	if (w->n_lives > 0 && life_at(w->lives, w->last_life) == life)
		return w->last_life;
	for (;; slot = (slot + 1) % SLOTS) {
		memcpy(&number, w->slots + 4 * slot, 4);
		if (number == 0) {
			uint64_t little = htole64(life);

			memcpy(w->lives + LIFE * w->n_lives, &little, LIFE);
			number = ++w->n_lives;
			memcpy(w->slots + 4 * slot, &number, 4);
		}
		if (life_at(w->lives, number - 1) == life)
			return w->last_life = number - 1;
	}
}

/* Does row i start a unit? */
static bool
starts(const struct writer *w, size_t i)
{
	const struct row *last = i > 0 ? &w->rows[i - 1] : w->before;

	return last == NULL ||
	       memcmp(last->unit, w->rows[i].unit, INCIDENT_KEY) != 0;
}

/* Must row i say its unit? */
static bool
tells_unit(const struct writer *w, size_t i)
{
	return w->rows[i].person && (i == 0 || starts(w, i));
}

/* Is every value in range, and the row after the one before it? */
static bool
row_good(const struct writer *w, size_t i)
{
	const struct row *r = &w->rows[i];
	const struct row *last = i > 0 ? r - 1 : w->before;

	return r->kind < CHUNK_NUMBER_MAX && r->area < CHUNK_NUMBER_MAX &&
	       r->born >= 1 && r->born < CHUNK_NUMBER_MAX &&
	       r->died < CHUNK_NUMBER_MAX && r->east < CHUNK_METRES_MAX &&
	       r->north < CHUNK_METRES_MAX &&
	       (r->point || (r->east == 0 && r->north == 0)) &&
	       (r->person || memcmp(r->unit, r->id, INCIDENT_KEY) == 0) &&
	       (last == NULL || chunk_order(last, r) <= 0);
}

/* Takes note of row i in w->about and the plans. */
static void
survey(struct writer *w, size_t i)
{
	const struct row *r = &w->rows[i];
	struct chunk_about *a = w->about;

	assert(row_good(w, i));
	widen(&a->kind, r->kind);
	widen(&a->area, r->area);
	widen(&a->born, r->born);
	if (r->point) {
		a->any_point = true;
		widen(&a->east, r->east);
		widen(&a->north, r->north);
	}
	a->any_start |= starts(w, i);
	widen(&w->plans[START].zone, starts(w, i));
	widen(&w->plans[LASTS].zone, r->lasts);
	widen(&w->plans[METRES].zone, r->precision_m);
	widen(&w->plans[TIME].zone, r->time_precision);
	widen(&w->plans[METHOD].zone, r->geo_method);
	widen(&w->plans[PERSON].zone, r->person);
	if (r->died != CHUNK_ALIVE)
		a->all_alive = false;
	if (r->died > a->last_died)
		a->last_died = r->died;
	widen64(w->from, r->from);
	widen64(w->recorded, r->recorded);
	w->n_units += tells_unit(w, i);
	(void)life_number(w, r);
}

/* The value of a column in row i, before its least is taken away. */
static uint32_t
value(struct writer *w, enum column c, size_t i)
{
	const struct row *r = &w->rows[i];

	switch (c) {
	case KIND:
		return r->kind;
	case START:
		return starts(w, i);
	case LIVES:
		return life_number(w, r);
	case AREA:
		return r->area;
	case EAST:
		return r->point ? 1 + r->east - w->about->east.least : 0;
	case NORTH:
		return r->point ? 1 + r->north - w->about->north.least : 0;
	case FROM:
		return (uint32_t)(r->from - w->from[0]);
	case FROM_HIGH:
		return (uint32_t)((r->from - w->from[0]) >> 32);
	case LASTS:
		return r->lasts;
	case RECORDED:
		return (uint32_t)(r->recorded - w->recorded[0]);
	case RECORDED_HIGH:
		return (uint32_t)((r->recorded - w->recorded[0]) >> 32);
	case METRES:
		return r->precision_m;
	case TIME:
		return r->time_precision;
	case METHOD:
		return r->geo_method;
	default:
		return r->person;
	}
}

/* Two columns for numbers that exceed their least by up to most. */
static void
plan_wide(struct plan *low, uint64_t most)
{
	low[0].zone = (struct chunk_zone){ 0,
		most > UINT32_MAX ? UINT32_MAX : (uint32_t)most };
	low[1].zone = (struct chunk_zone){ 0, (uint32_t)(most >> 32) };
}

/* What survey has not planned. */
static void
plan_rest(struct writer *w)
{
	const struct chunk_about *a = w->about;
	struct plan *p = w->plans;

	p[KIND].zone = a->kind;
	p[LIVES].zone = (struct chunk_zone){ 0, w->n_lives - 1 };
	p[AREA].zone = a->area;
	p[EAST].zone = p[NORTH].zone = (struct chunk_zone){ 0, 0 };
	if (a->any_point) {
		p[EAST].zone.most = a->east.most - a->east.least + 1;
		p[NORTH].zone.most = a->north.most - a->north.least + 1;
	}
	plan_wide(&p[FROM], w->from[1] - w->from[0]);
	plan_wide(&p[RECORDED], w->recorded[1] - w->recorded[0]);
	for (enum column c = 0; c < COLUMNS; c++)
		p[c].bits = column_bits(p[c].zone.most - p[c].zone.least);
}

/* Gives columns [first, last) their places from at on; the end of the last. */
static uint8_t *
lay_out(struct writer *w, uint8_t *at, enum column first, enum column last)
{
	for (enum column c = first; c < last; c++) {
		w->plans[c].at = at;
		at += column_bytes(w->n, w->plans[c].bits);
	}
	return at;
}

/* Writes columns [first, last), block by block: a block's rows are near. */
static void
pack(struct writer *w, enum column first, enum column last)
{
	uint32_t in[COLUMN_BLOCK];

	for (size_t at = 0; at < w->n; at += COLUMN_BLOCK)
		for (enum column c = first; c < last; c++) {
			const struct plan *p = &w->plans[c];
			size_t n = w->n - at;

			if (p->bits == 0)
				continue;
			if (n < COLUMN_BLOCK)
				memset(in, 0, sizeof(in));
			else
				n = COLUMN_BLOCK;
			for (size_t i = 0; i < n; i++)
				in[i] = value(w, c, at + i) - p->zone.least;
			column_pack(
			    p->at + column_bytes(at, p->bits), in, p->bits);
		}
	explicit_bzero(in, sizeof(in));
}

/* lives are there; their count, and what the columns follow. */
static void
write_hot(struct writer *w, struct chunk_bytes *hot)
{
	struct wr head = wr_over(hot->at, HOT_HEAD);
	const struct plan *start = &w->plans[START];
	uint8_t *end;

	wr_be32(&head, w->n_lives);
	wr_u8(&head, start->bits == 1        ? STARTS_SOME
		     : start->zone.most == 1 ? STARTS_ALL
					     : STARTS_NONE);
	end = lay_out(w, w->lives + LIFE * w->n_lives, KIND, AREA);
	hot->n = (size_t)(end - hot->at);
}

static void
write_keys(const struct writer *w, uint8_t *at, struct chunk_bytes *cold)
{
	for (size_t i = 0; i < w->n; i++, at += INCIDENT_KEY)
		memcpy(at, w->rows[i].id, INCIDENT_KEY);
	for (size_t i = 0; i < w->n; i++)
		if (tells_unit(w, i)) {
			memcpy(at, w->rows[i].unit, INCIDENT_KEY);
			at += INCIDENT_KEY;
		}
	cold->n = (size_t)(at - cold->at);
}

static void
write_cold(struct writer *w, struct chunk_bytes *cold)
{
	struct wr head = wr_over(cold->at, COLD_HEAD);
	uint8_t *end;

	wr_be64(&head, w->from[0]);
	wr_be64(&head, w->recorded[0]);
	for (enum column c = FROM; c < COLUMNS; c++) {
		wr_be32(&head, w->plans[c].zone.least);
		wr_u8(&head, (uint8_t)w->plans[c].bits);
	}
	wr_be32(&head, w->n_units);
	end = lay_out(w, cold->at + COLD_HEAD, FROM, COLUMNS);
	pack(w, FROM, COLUMNS);
	write_keys(w, end, cold);
}

void
chunk_write(struct chunk_about *about, struct chunk_bytes parts[CHUNK_PARTS],
    const struct row *rows, size_t n, const struct row *before)
{
	const struct chunk_zone none = { UINT32_MAX, 0 };
	struct writer w = { .about = about,
		.rows = rows,
		.before = before,
		.n = n,
		.from = { UINT64_MAX, 0 },
		.recorded = { UINT64_MAX, 0 },
		.lives = parts[CHUNK_HOT].at + HOT_HEAD,
		.slots = parts[CHUNK_COLD].at };
	uint8_t *end;

	assert(n >= 1 && n <= CHUNK_ROWS);
	*about = (struct chunk_about){ (uint32_t)n, false, false, true,
		CHUNK_ALIVE, none, none, none, none, none };
	for (enum column c = 0; c < COLUMNS; c++)
		w.plans[c].zone = none;
	memset(w.slots, 0, 4 * SLOTS);
	for (size_t i = 0; i < n; i++)
		survey(&w, i);
	if (!about->any_point)
		about->east = about->north = (struct chunk_zone){ 0, 0 };
	plan_rest(&w);
	write_hot(&w, &parts[CHUNK_HOT]);
	end = lay_out(&w, parts[CHUNK_AREA].at, AREA, EAST);
	parts[CHUNK_AREA].n = (size_t)(end - parts[CHUNK_AREA].at);
	end = lay_out(&w, parts[CHUNK_POINT].at, EAST, FROM);
	parts[CHUNK_POINT].n = (size_t)(end - parts[CHUNK_POINT].at);
	pack(&w, KIND, FROM);
	write_cold(&w, &parts[CHUNK_COLD]); /* over the slots */
}

/* About ------------------------------------------------------------------- */

static void
write_zone(struct wr *w, const struct chunk_zone *z)
{
	wr_be32(w, z->least);
	wr_be32(w, z->most);
}

void
chunk_about_write(uint8_t out[CHUNK_ABOUT], const struct chunk_about *a)
{
	struct wr w = wr_over(out, CHUNK_ABOUT);

	memset(out, 0, CHUNK_ABOUT);
	wr_be32(&w, a->n);
	wr_u8(&w, a->any_point);
	wr_u8(&w, a->any_start);
	wr_u8(&w, a->all_alive);
	wr_be32(&w, a->last_died);
	write_zone(&w, &a->kind);
	write_zone(&w, &a->area);
	write_zone(&w, &a->born);
	write_zone(&w, &a->east);
	write_zone(&w, &a->north);
	assert(w.err == E_OK);
}

static struct chunk_zone
read_zone(struct rd *r)
{
	uint32_t least = rd_be32(r);

	return (struct chunk_zone){ least, rd_be32(r) };
}

/* false: *bad is set when it is neither 0 nor 1. */
static bool
read_bool(struct rd *r, bool *bad)
{
	uint8_t v = rd_u8(r);

	*bad |= v > 1;
	return v == 1;
}

static bool
zone_good(const struct chunk_zone *z, uint32_t below)
{
	return z->least <= z->most && z->most < below;
}

static bool
about_good(const struct chunk_about *a)
{
	return a->n >= 1 && a->n <= CHUNK_ROWS &&
	       a->all_alive == (a->last_died == CHUNK_ALIVE) &&
	       a->last_died < CHUNK_NUMBER_MAX &&
	       zone_good(&a->kind, CHUNK_NUMBER_MAX) &&
	       zone_good(&a->area, CHUNK_NUMBER_MAX) &&
	       zone_good(&a->born, CHUNK_NUMBER_MAX) && a->born.least >= 1 &&
	       zone_good(&a->east, a->any_point ? CHUNK_METRES_MAX : 1) &&
	       zone_good(&a->north, a->any_point ? CHUNK_METRES_MAX : 1);
}

enum err
chunk_about_read(struct chunk_about *out, const uint8_t in[CHUNK_ABOUT])
{
	struct rd r = rd_over(in, CHUNK_ABOUT);
	struct chunk_about a;
	bool bad = false;

	a.n = rd_be32(&r);
	a.any_point = read_bool(&r, &bad);
	a.any_start = read_bool(&r, &bad);
	a.all_alive = read_bool(&r, &bad);
	a.last_died = rd_be32(&r);
	a.kind = read_zone(&r);
	a.area = read_zone(&r);
	a.born = read_zone(&r);
	a.east = read_zone(&r);
	a.north = read_zone(&r);
	while (r.left > 0)
		bad |= rd_u8(&r) != 0;
	if (bad || !about_good(&a))
		return E_FORMAT;
	*out = a;
	return E_OK;
}

/* Reading ----------------------------------------------------------------- */

/* The next column of a->n values in r; of no use when r then has an error. */
static struct chunk_column
take(struct rd *r, const struct chunk_about *a, uint32_t least, unsigned bits)
{
	return (struct chunk_column){ rd_view(r, column_bytes(a->n, bits)),
		least, bits };
}

static struct chunk_column
take_zone(struct rd *r, const struct chunk_about *a, const struct chunk_zone *z)
{
	return take(r, a, z->least, column_bits(z->most - z->least));
}

/* Does every life lie within what is known of them all? */
static bool
lives_good(const struct chunk_hot *h, const struct chunk_about *about)
{
	for (uint32_t i = 0; i < h->n_lives; i++) {
		uint32_t born, died;

		chunk_life(h, i, &born, &died);
		if (born < about->born.least || born > about->born.most ||
		    died > about->last_died)
			return false;
	}
	return true;
}

enum err
chunk_hot(struct chunk_hot *out, const struct chunk_about *about,
    const uint8_t *at, size_t n)
{
	struct rd r = rd_over(at, n);
	struct chunk_hot h = { .n_lives = rd_be32(&r) };
	uint8_t start = rd_u8(&r);

	if (r.err != E_OK || h.n_lives < 1 || h.n_lives > about->n ||
	    start > STARTS_ALL || (start != STARTS_NONE) != about->any_start)
		return E_FORMAT;
	h.lives = rd_view(&r, LIFE * (size_t)h.n_lives);
	h.kind = take_zone(&r, about, &about->kind);
	h.start = take(&r, about, start == STARTS_ALL, start == STARTS_SOME);
	h.life = take(&r, about, 0, column_bits(h.n_lives - 1));
	if (rd_end(&r) != E_OK || !lives_good(&h, about))
		return E_FORMAT;
	*out = h;
	return E_OK;
}

enum err
chunk_area(struct chunk_column *out, const struct chunk_about *about,
    const uint8_t *at, size_t n)
{
	struct rd r = rd_over(at, n);
	struct chunk_column area = take_zone(&r, about, &about->area);

	if (rd_end(&r) != E_OK)
		return E_FORMAT;
	*out = area;
	return E_OK;
}

enum err
chunk_point(struct chunk_column *east, struct chunk_column *north,
    const struct chunk_about *about, const uint8_t *at, size_t n)
{
	struct chunk_zone x = { 0, 0 }, y = { 0, 0 };
	struct rd r = rd_over(at, n);
	struct chunk_column e, m;

	if (about->any_point) {
		x.most = about->east.most - about->east.least + 1;
		y.most = about->north.most - about->north.least + 1;
	}
	e = take_zone(&r, about, &x);
	m = take_zone(&r, about, &y);
	if (rd_end(&r) != E_OK)
		return E_FORMAT;
	*east = e;
	*north = m;
	return E_OK;
}

void
chunk_life(
    const struct chunk_hot *h, uint32_t i, uint32_t *born, uint32_t *died)
{
	assert(i < h->n_lives);
	*born = (uint32_t)life_at(h->lives, i);
	*died = (uint32_t)(life_at(h->lives, i) >> 32);
}

uint32_t
chunk_unpack(
    uint32_t *out, const struct chunk_column *c, uint32_t first, uint32_t n)
{
	assert(first % COLUMN_BLOCK == 0);
	return column_unpack(out, c->at + column_bytes(first, c->bits),
	    (n + COLUMN_BLOCK - 1) / COLUMN_BLOCK, c->bits, c->least);
}

uint32_t
chunk_value(const struct chunk_column *c, uint32_t row)
{
	return column_at(c->at, row, c->bits, c->least);
}

uint32_t
chunk_pluck(uint32_t *out, const struct chunk_column *c, uint32_t first,
    const uint32_t *rows, uint32_t n_rows)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < n_rows; i++) {
		out[i] = chunk_value(c, first + rows[i]);
		most = out[i] > most ? out[i] : most;
	}
	return most;
}

uint32_t
chunk_find(uint32_t *rows, const struct chunk_column *c, uint32_t first,
    uint32_t n, uint32_t set)
{
	assert(first % COLUMN_BLOCK == 0);
	return column_find(
	    rows, c->at + column_bytes(first, c->bits), n, c->bits, set);
}

struct reader {
	struct chunk_about about;
	struct chunk_hot hot;
	struct chunk_column columns[COLUMNS];
	uint64_t from, recorded;
	const uint8_t *ids, *units;
	uint32_t units_left;
	uint32_t values[COLUMNS][COLUMN_BLOCK]; /* of the block at hand */
};

static enum err
open_cold(struct reader *d, const uint8_t *at, size_t n)
{
	struct rd r = rd_over(at, n);
	struct chunk_column *c = d->columns;

	d->from = rd_be64(&r);
	d->recorded = rd_be64(&r);
	for (unsigned i = FROM; i < COLUMNS; i++) {
		c[i].least = rd_be32(&r);
		if ((c[i].bits = rd_u8(&r)) > 32)
			return E_FORMAT;
	}
	d->units_left = rd_be32(&r);
	if (d->units_left > d->about.n)
		return E_FORMAT;
	for (unsigned i = FROM; i < COLUMNS; i++)
		c[i] = take(&r, &d->about, c[i].least, c[i].bits);
	d->ids = rd_view(&r, INCIDENT_KEY * (size_t)d->about.n);
	d->units = rd_view(&r, INCIDENT_KEY * (size_t)d->units_left);
	return rd_end(&r) == E_OK ? E_OK : E_FORMAT;
}

static enum err
open_parts(struct reader *d, const struct chunk_bytes parts[CHUNK_PARTS])
{
	const struct chunk_bytes *p = parts;
	struct chunk_column *c = d->columns;
	enum err e;

	if ((e = chunk_hot(&d->hot, &d->about, p[CHUNK_HOT].at,
		 p[CHUNK_HOT].n)) != E_OK ||
	    (e = chunk_area(&c[AREA], &d->about, p[CHUNK_AREA].at,
		 p[CHUNK_AREA].n)) != E_OK ||
	    (e = chunk_point(&c[EAST], &c[NORTH], &d->about, p[CHUNK_POINT].at,
		 p[CHUNK_POINT].n)) != E_OK)
		return e;
	c[KIND] = d->hot.kind;
	c[START] = d->hot.start;
	c[LIVES] = d->hot.life;
	return open_cold(d, p[CHUNK_COLD].at, p[CHUNK_COLD].n);
}

/* The unit of a row, which is `first` of its chunk or follows the one before
 * it in memory. */
static enum err
read_unit(struct reader *d, struct row *r, bool first, bool starts_unit)
{
	if (!r->person) {
		memcpy(r->unit, r->id, INCIDENT_KEY);
	} else if (first || starts_unit) {
		if (d->units_left == 0)
			return E_FORMAT;
		memcpy(r->unit, d->units, INCIDENT_KEY);
		d->units += INCIDENT_KEY;
		d->units_left--;
	} else {
		memcpy(r->unit, (r - 1)->unit, INCIDENT_KEY);
	}
	return E_OK;
}

/* The place of a row from its values. */
static enum err
read_point(const struct reader *d, struct row *r, uint32_t east, uint32_t north)
{
	if ((east == 0) != (north == 0))
		return E_FORMAT;
	r->point = east != 0;
	r->east = r->point ? d->about.east.least + east - 1 : 0;
	r->north = r->point ? d->about.north.least + north - 1 : 0;
	return E_OK;
}

static uint64_t
wide(const struct reader *d, enum column low, unsigned i, uint64_t least)
{
	return least +
	       ((uint64_t)d->values[low + 1][i] << 32 | d->values[low][i]);
}

/* The greatest value that a column may have. */
static uint32_t
limit(const struct reader *d, enum column c)
{
	const struct chunk_about *a = &d->about;

	switch (c) {
	case KIND:
		return a->kind.most;
	case LIVES:
		return d->hot.n_lives - 1;
	case AREA:
		return a->area.most;
	case EAST:
		return a->any_point ? a->east.most - a->east.least + 1 : 0;
	case NORTH:
		return a->any_point ? a->north.most - a->north.least + 1 : 0;
	case METRES:
		return UINT16_MAX;
	case TIME:
	case METHOD:
		return UINT8_MAX;
	case START:
	case PERSON:
		return 1;
	default:
		return UINT32_MAX;
	}
}

/* The block that row `at` begins. */
static enum err
read_block(struct reader *d, uint32_t at)
{
	for (enum column c = 0; c < COLUMNS; c++)
		if (chunk_unpack(d->values[c], &d->columns[c], at,
			COLUMN_BLOCK) > limit(d, c))
			return E_FORMAT;
	return E_OK;
}

/* The row that is i-th of its block and `at` of the chunk. */
static enum err
read_row(struct reader *d, struct row *r, unsigned i, size_t at)
{
	uint32_t(*v)[COLUMN_BLOCK] = d->values;
	enum err e;

	memcpy(r->id, d->ids + INCIDENT_KEY * at, INCIDENT_KEY);
	r->kind = v[KIND][i];
	r->area = v[AREA][i];
	chunk_life(&d->hot, v[LIVES][i], &r->born, &r->died);
	r->from = wide(d, FROM, i, d->from);
	r->recorded = wide(d, RECORDED, i, d->recorded);
	r->lasts = v[LASTS][i];
	r->precision_m = (uint16_t)v[METRES][i];
	r->time_precision = (uint8_t)v[TIME][i];
	r->geo_method = (uint8_t)v[METHOD][i];
	r->person = v[PERSON][i] == 1;
	if ((e = read_point(d, r, v[EAST][i], v[NORTH][i])) != E_OK)
		return e;
	return read_unit(d, r, at == 0, v[START][i] == 1);
}

enum err
chunk_rows(struct row *rows, const struct chunk_about *about,
    const struct chunk_bytes parts[CHUNK_PARTS])
{
	struct reader d = { .about = *about };
	enum err e;

	if ((e = open_parts(&d, parts)) != E_OK)
		return e;
	for (uint32_t i = 0; i < about->n && e == E_OK; i++) {
		if (i % COLUMN_BLOCK == 0 && (e = read_block(&d, i)) != E_OK)
			break;
		e = read_row(&d, &rows[i], i % COLUMN_BLOCK, i);
	}
	if (e == E_OK && d.units_left != 0)
		e = E_FORMAT;
	explicit_bzero(&d, sizeof(d));
	return e;
}
