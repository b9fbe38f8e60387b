/*
 * Codes: LSOA, local authority and police force area have their GSS code.  The
 * lookup lacks the codes of MSOAs, so an MSOA goes by its name, which is the
 * name of each of its LSOAs without the last letter ("Cardiff 032").
 */
#include "model/area.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

#define ROWS_MAX 65536
#define POPULATION_MAX 10000000
#define LETTERS 26
#define DIGITS 100000000U /* numbers that eight digits write */
#define HEADER "code,name,lad,lad_name,force,force_name,population"

enum { CODE, NAME, LAD, LAD_NAME, FORCE, FORCE_NAME, POPULATION, COLUMNS };

struct row {
	const char *code, *name, *lad, *lad_name, *force, *force_name;
	const char *msoa;
	uint32_t population;
};

struct unit { /* an MSOA, local authority or police force area */
	const char *code, *name;
	uint32_t row; /* one that it has */
};

struct units { /* of a level, each once */
	size_t n;
	struct unit *by_code; /* [n] */
	struct unit *by_name; /* [n], case ignored */
};

/* Codes of one letter run nearly without gaps.  jumps[i] of its block is the
 * first row whose key is at least first + (i << shift), so that few rows are
 * left to search. */
struct block {
	uint32_t first, last; /* keys */
	uint32_t jumps;       /* where its jumps start */
	unsigned shift;
	bool any;
};

struct areas {
	size_t n, cap;
	struct row *rows; /* [n], strictly rising by code */
	uint32_t *keys;   /* [n]: of their codes: one small table to search */
	struct block blocks[LETTERS]; /* of it, by the codes' first letter */
	uint32_t *jumps;
	struct units units[GEO_FORCE + 1]; /* by level; none of LSOAs */
	char *text;  /* the file, cut into strings that rows point to */
	char *msoas; /* the names of MSOAs, likewise */
	size_t msoas_len;
};

struct placing {
	const struct areas *areas;
	uint32_t n;
	struct place *places; /* [n] */
	int32_t *of;          /* [areas->n]: place of the row, or -1 */
	uint32_t geo;
};

/* The number that stands for a GSS code, a letter and eight digits, in the
 * order of codes; false: s is none. */
static bool
gss_key(uint32_t *out, const char *s)
{
	uint32_t digits = 0;

	if (s[0] < 'A' || s[0] > 'Z')
		return false;
	for (size_t i = 1; i < GSS - 1; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		digits = 10 * digits + (uint32_t)(s[i] - '0');
	}
	*out = (uint32_t)(s[0] - 'A') * DIGITS + digits;
	return s[GSS - 1] == '\0';
}

static bool
gss_good(const char *s)
{
	uint32_t key;

	return gss_key(&key, s);
}

/* Cuts the NUL-terminated line into its fields, quotes taken off; a quote
 * inside a quoted field is not part of the form. */
static enum err
cut_line(char *fields[COLUMNS], char *line)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		bool quoted = *line == '"';
		char *end = quoted ? strchr(++line, '"') : strchr(line, ',');

		fields[i] = line;
		if (quoted) {
			if (end == NULL)
				return E_FORMAT;
			*end++ = '\0';
		}
		if (i + 1 == COLUMNS)
			return end == NULL || *end == '\0' ? E_OK : E_FORMAT;
		if (end == NULL || *end != ',')
			return E_FORMAT;
		*end = '\0';
		line = end + 1;
	}
	return E_FORMAT;
}

/* The name of the MSOA of r, kept in a->msoas; the same string as that of the
 * row before where it is the same. */
static const char *
keep_msoa(struct areas *a, const struct row *r)
{
	const struct row *before = a->n == 0 ? NULL : &a->rows[a->n - 1];
	size_t len = strlen(r->name) - 1;
	char *kept = a->msoas + a->msoas_len;

	if (before != NULL && strlen(before->msoa) == len &&
	    memcmp(before->msoa, r->name, len) == 0)
		return before->msoa;
	memcpy(kept, r->name, len);
	kept[len] = '\0';
	a->msoas_len += len + 1;
	return kept;
}

/* Appends the NUL-terminated line of the lookup. */
static enum err
add_line(struct areas *a, char *line)
{
	char *f[COLUMNS];
	uint64_t population;
	struct row *r;

	if (a->n == ROWS_MAX)
		return E_LIMIT;
	if (a->n == a->cap) {
		size_t cap = a->cap == 0 ? 1024 : 2 * a->cap;
		struct row *grown = realloc(a->rows, cap * sizeof(*grown));

		if (grown == NULL)
			return E_NOMEM;
		a->rows = grown;
		a->cap = cap;
	}
	if (cut_line(f, line) != E_OK || !gss_good(f[CODE]) ||
	    !gss_good(f[LAD]) || !gss_good(f[FORCE]) || strlen(f[NAME]) < 2 ||
	    strlen(f[NAME]) > AREA_CODE || *f[LAD_NAME] == '\0' ||
	    *f[FORCE_NAME] == '\0' ||
	    num_parse(&population, f[POPULATION], strlen(f[POPULATION]),
		POPULATION_MAX) != E_OK)
		return E_FORMAT;
	if (a->n > 0 && strcmp(a->rows[a->n - 1].code, f[CODE]) >= 0)
		return E_FORMAT;
	r = &a->rows[a->n];
	*r = (struct row){ f[CODE], f[NAME], f[LAD], f[LAD_NAME], f[FORCE],
		f[FORCE_NAME], NULL, (uint32_t)population };
	r->msoa = keep_msoa(a, r);
	a->n++;
	return E_OK;
}

/* Every line of a->text[0, len), which ends with NUL. */
static enum err
parse_lines(struct areas *a, size_t len, size_t *line)
{
	char *at = a->text;
	enum err e;

	for (*line = 1; at < a->text + len; ++*line) {
		char *end = memchr(at, '\n', (size_t)(a->text + len - at));

		if (end == NULL)
			return E_FORMAT; /* a cut file */
		*end = '\0';
		if (end > at && end[-1] == '\r')
			end[-1] = '\0';
		e = *line == 1 ? (strcmp(at, HEADER) == 0 ? E_OK : E_FORMAT)
			       : add_line(a, at);
		if (e != E_OK)
			return e;
		at = end + 1;
	}
	return a->n == 0 ? E_FORMAT : E_OK;
}

/* The place of level geo that the row lies in, with the row's people. */
static struct place
place_of_row(const struct row *r, uint32_t geo)
{
	switch (geo) {
	case GEO_MSOA11:
		return (
		    struct place){ r->msoa, r->msoa, r->force, r->population };
	case GEO_LAD:
		return (struct place){ r->lad, r->lad_name, r->force,
			r->population };
	case GEO_FORCE:
		return (struct place){ r->force, r->force_name, r->force,
			r->population };
	default:
		return (
		    struct place){ r->code, r->name, r->force, r->population };
	}
}

static int
unit_by_code(const void *a, const void *b)
{
	return strcmp(
	    ((const struct unit *)a)->code, ((const struct unit *)b)->code);
}

static int
unit_by_name(const void *a, const void *b)
{
	return strcasecmp(
	    ((const struct unit *)a)->name, ((const struct unit *)b)->name);
}

/* The units of a level: one of rows in a row that share one, then of all. */
static enum err
index_units(struct areas *a, uint32_t geo)
{
	struct units *u = &a->units[geo];
	size_t n = 0;

	if ((u->by_code = calloc(a->n, sizeof(*u->by_code))) == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < a->n; i++) {
		struct place p = place_of_row(&a->rows[i], geo);

		if (n == 0 || strcmp(u->by_code[n - 1].code, p.code) != 0)
			u->by_code[n++] =
			    (struct unit){ p.code, p.name, (uint32_t)i };
	}
	qsort(u->by_code, n, sizeof(*u->by_code), unit_by_code);
	for (size_t i = 0; i < n; i++)
		if (u->n == 0 ||
		    unit_by_code(&u->by_code[u->n - 1], &u->by_code[i]) != 0)
			u->by_code[u->n++] = u->by_code[i];
	if ((u->by_name = calloc(u->n, sizeof(*u->by_name))) == NULL)
		return E_NOMEM;
	memcpy(u->by_name, u->by_code, u->n * sizeof(*u->by_name));
	qsort(u->by_name, u->n, sizeof(*u->by_name), unit_by_name);
	return E_OK;
}

/* The block of rows [row, end), which have one letter, and its jumps from
 * *n_jumps on; no more of them than rows and two. */
static void
index_block(struct areas *a, size_t row, size_t end, uint32_t *n_jumps)
{
	struct block *b = &a->blocks[a->keys[row] / DIGITS];
	uint32_t reach;

	*b =
	    (struct block){ a->keys[row], a->keys[end - 1], *n_jumps, 0, true };
	while ((b->last - b->first) >> b->shift > end - row)
		b->shift++;
	reach = (b->last - b->first) >> b->shift;
	for (uint32_t i = 0; i <= reach + 1; i++) {
		while (row < end && (a->keys[row] - b->first) >> b->shift < i)
			row++;
		a->jumps[(*n_jumps)++] = (uint32_t)row;
	}
}

/* Where to search for a code. */
static enum err
index_blocks(struct areas *a)
{
	uint32_t n = 0;

	a->jumps = calloc(a->n + 2 * LETTERS, sizeof(*a->jumps));
	if (a->jumps == NULL)
		return E_NOMEM;
	for (size_t row = 0, end; row < a->n; row = end) {
		for (end = row; end < a->n &&
				a->keys[end] / DIGITS == a->keys[row] / DIGITS;)
			end++;
		index_block(a, row, end, &n);
	}
	return E_OK;
}

/* What areas are searched by. */
static enum err
index_all(struct areas *a)
{
	if ((a->keys = calloc(a->n, sizeof(*a->keys))) == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < a->n; i++)
		if (!gss_key(&a->keys[i], a->rows[i].code))
			return E_FORMAT;
	for (uint32_t geo = GEO_MSOA11; geo <= GEO_FORCE; geo++)
		if (index_units(a, geo) != E_OK)
			return E_NOMEM;
	return index_blocks(a);
}

enum err
areas_parse(struct areas **out, const char *text, size_t len, size_t *line)
{
	struct areas *a = NULL;
	enum err e;

	*line = 1;
	if (memchr(text, '\0', len) != NULL)
		return E_FORMAT;
	if ((a = calloc(1, sizeof(*a))) == NULL ||
	    (a->text = malloc(len + 1)) == NULL ||
	    (a->msoas = malloc(len + 1)) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	memcpy(a->text, text, len);
	a->text[len] = '\0';
	if ((e = parse_lines(a, len, line)) != E_OK ||
	    (e = index_all(a)) != E_OK)
		goto out;
	*out = a;
	a = NULL;
out:
	areas_free(a);
	return e;
}

void
areas_free(struct areas *a)
{
	if (a == NULL)
		return;
	for (uint32_t geo = GEO_MSOA11; geo <= GEO_FORCE; geo++) {
		free(a->units[geo].by_code);
		free(a->units[geo].by_name);
	}
	free(a->rows);
	free(a->keys);
	free(a->jumps);
	free(a->text);
	free(a->msoas);
	free(a);
}

/* The unit with that code, or NULL. */
static const struct unit *
find_unit(const struct areas *a, uint32_t geo, const char *code)
{
	const struct units *u = &a->units[geo];
	struct unit key = { .code = code };

	return bsearch(&key, u->by_code, u->n, sizeof(key), unit_by_code);
}

/* The number of the row of an LSOA, or -1. */
static int64_t
find_row(const struct areas *a, const char *lsoa)
{
	const struct block *b;
	size_t low, n;
	uint32_t key, i;

	if (!gss_key(&key, lsoa))
		return -1;
	b = &a->blocks[key / DIGITS];
	if (!b->any || key < b->first || key > b->last)
		return -1;
	i = b->jumps + ((key - b->first) >> b->shift);
	low = a->jumps[i];
	for (n = a->jumps[i + 1] - low; n > 1;) {
		size_t half = n / 2;

		low += a->keys[low + half] <= key ? half : 0;
		n -= half;
	}
	return n > 0 && a->keys[low] == key ? (int64_t)low : -1;
}

bool
areas_has_lsoa(const struct areas *a, const char *lsoa)
{
	return find_row(a, lsoa) >= 0;
}

/* A row of the area with that code, whose level becomes *geo; -1: none. */
static int64_t
find_any(const struct areas *a, const char *code, uint32_t *geo)
{
	int64_t row = find_row(a, code);

	*geo = GEO_LSOA11;
	if (row >= 0)
		return row;
	for (*geo = GEO_FORCE; *geo > GEO_LSOA11; --*geo) {
		const struct unit *u = find_unit(a, *geo, code);

		if (u != NULL)
			return u->row;
	}
	return -1;
}

const char *
areas_within(const struct areas *a, const char *code, uint32_t geo)
{
	uint32_t level;
	int64_t row = find_any(a, code, &level);

	if (row < 0 || level > geo)
		return NULL;
	return place_of_row(&a->rows[row], geo).code;
}

const char *
areas_named(const struct areas *a, uint32_t geo, const char *text)
{
	struct unit key = { .name = text };
	const struct units *u;
	const struct unit *hit;
	int64_t row;

	if (geo == GEO_LSOA11) {
		row = find_row(a, text);
		return row < 0 ? NULL : a->rows[row].code;
	}
	if ((hit = find_unit(a, geo, text)) != NULL)
		return hit->code;
	u = &a->units[geo];
	hit = bsearch(&key, u->by_name, u->n, sizeof(key), unit_by_name);
	return hit == NULL ? NULL : hit->code;
}

const char *
areas_force_name(const struct areas *a, const char *force)
{
	const struct unit *u = find_unit(a, GEO_FORCE, force);

	return u == NULL ? NULL : u->name;
}

const char *
areas_force_code(const struct areas *a, const char *text)
{
	return areas_named(a, GEO_FORCE, text);
}

bool
areas_has_force(const struct areas *a, const char *force)
{
	return find_unit(a, GEO_FORCE, force) != NULL;
}

bool
areas_lsoa(const struct areas *a, const char *lsoa, struct place *out)
{
	int64_t i = find_row(a, lsoa);

	if (i < 0)
		return false;
	*out = (struct place){ a->rows[i].code, a->rows[i].name,
		a->rows[i].force, a->rows[i].population };
	return true;
}

static bool
listed(const char (*forces)[GSS], size_t n, const char *force)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(forces[i], force) == 0)
			return true;
	return false;
}

static int
place_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct place *)a)->code, ((const struct place *)b)->code);
}

/* Sorts p->places[0, n) and makes one of those with the same code. */
static void
unite(struct placing *p, uint32_t n)
{
	qsort(p->places, n, sizeof(*p->places), place_compare);
	for (uint32_t i = 0; i < n; i++) {
		struct place *last = p->n == 0 ? NULL : &p->places[p->n - 1];

		if (last != NULL && strcmp(last->code, p->places[i].code) == 0)
			last->population += p->places[i].population;
		else
			p->places[p->n++] = p->places[i];
	}
}

/* The places of the rows of the forces, one a row; p->of: its place, or -1.
 * Rows of one force mostly follow each other.  How many. */
static uint32_t
choose(struct placing *p, const char (*forces)[GSS], size_t n)
{
	const struct areas *a = p->areas;
	const char *last = "";
	uint32_t found = 0;
	bool is = false;

	for (size_t i = 0; i < a->n; i++) {
		const struct row *row = &a->rows[i];

		if (strcmp(row->force, last) != 0) {
			last = row->force;
			is = listed(forces, n, last);
		}
		p->of[i] = is ? (int32_t)found : -1;
		if (is)
			p->places[found++] = place_of_row(row, p->geo);
	}
	return found;
}

/* Fills p for the rows of the forces. */
static void
fill(struct placing *p, const char (*forces)[GSS], size_t n)
{
	const struct areas *a = p->areas;
	uint32_t found = choose(p, forces, n);

	if (p->geo == GEO_LSOA11) { /* rows are: each once, in order */
		p->n = found;
		return;
	}
	unite(p, found);
	for (size_t i = 0; i < a->n; i++) {
		struct place key = place_of_row(&a->rows[i], p->geo);
		const struct place *hit;

		if (p->of[i] < 0)
			continue;
		hit =
		    bsearch(&key, p->places, p->n, sizeof(key), place_compare);
		p->of[i] = (int32_t)(hit - p->places);
	}
}

enum err
placing_new(struct placing **out, const struct areas *a, uint32_t geo,
    const char (*forces)[GSS], size_t n_forces)
{
	struct placing *p;

	if (geo != GEO_LSOA11 && geo != GEO_MSOA11 && geo != GEO_LAD &&
	    geo != GEO_FORCE)
		return E_ARG;
	for (size_t i = 0; i < n_forces; i++)
		if (!areas_has_force(a, forces[i]))
			return E_NOTFOUND;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return E_NOMEM;
	p->areas = a;
	p->geo = geo;
	p->places = calloc(a->n, sizeof(*p->places));
	p->of = calloc(a->n, sizeof(*p->of));
	if (p->places == NULL || p->of == NULL) {
		placing_free(p);
		return E_NOMEM;
	}
	fill(p, forces, n_forces);
	*out = p;
	return E_OK;
}

void
placing_free(struct placing *p)
{
	if (p == NULL)
		return;
	free(p->places);
	free(p->of);
	free(p);
}

uint32_t
placing_count(const struct placing *p)
{
	return p->n;
}

struct place
placing_at(const struct placing *p, uint32_t i)
{
	return p->places[i];
}

int64_t
placing_of(const struct placing *p, const char *code)
{
	uint32_t level;
	int64_t row = find_any(p->areas, code, &level);

	if (row < 0)
		return p->n;
	if (level > p->geo && p->of[row] >= 0)
		return p->n;
	return p->of[row];
}

void
placing_parents(
    uint32_t *parents, const struct placing *fine, const struct placing *coarse)
{
	for (size_t i = 0; i < fine->areas->n; i++)
		if (fine->of[i] >= 0)
			parents[fine->of[i]] = (uint32_t)coarse->of[i];
}
