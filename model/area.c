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
#define HEADER "code,name,lad,lad_name,force,force_name,population"

enum { CODE, NAME, LAD, LAD_NAME, FORCE, FORCE_NAME, POPULATION, COLUMNS };

struct row {
	const char *code, *name, *lad, *lad_name, *force, *force_name;
	const char *msoa;
	uint32_t population;
};

struct areas {
	size_t n, cap;
	struct row *rows; /* [n], strictly rising by code */
	char *text;       /* the file, cut into strings that rows point to */
	char *msoas;      /* the names of MSOAs, likewise */
	size_t msoas_len;
};

struct placing {
	const struct areas *areas;
	uint32_t n;
	struct place *places; /* [n] */
	int32_t *of;          /* [areas->n]: place of the row, or -1 */
};

/* Is s a GSS code: a letter and eight digits? */
static bool
gss_good(const char *s)
{
	if (strlen(s) != GSS - 1 || s[0] < 'A' || s[0] > 'Z')
		return false;
	return strspn(s + 1, "0123456789") == GSS - 2;
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
	    *f[LAD_NAME] == '\0' || *f[FORCE_NAME] == '\0' ||
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
	if ((e = parse_lines(a, len, line)) != E_OK)
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
	free(a->rows);
	free(a->text);
	free(a->msoas);
	free(a);
}

const char *
areas_force_name(const struct areas *a, const char *force)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->rows[i].force, force) == 0)
			return a->rows[i].force_name;
	return NULL;
}

const char *
areas_force_code(const struct areas *a, const char *text)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->rows[i].force, text) == 0 ||
		    strcasecmp(a->rows[i].force_name, text) == 0)
			return a->rows[i].force;
	return NULL;
}

bool
areas_has_force(const struct areas *a, const char *force)
{
	return areas_force_name(a, force) != NULL;
}

/* The number of the row of an LSOA, or -1. */
static int64_t
find_row(const struct areas *a, const char *lsoa)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(a->rows[mid].code, lsoa);

		if (order == 0)
			return (int64_t)mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return -1;
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

/* The place of geography geo that the row lies in, with the row's people. */
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

/* Fills p for the rows of the forces. */
static void
fill(struct placing *p, uint32_t geo, const char (*forces)[GSS], size_t n)
{
	const struct areas *a = p->areas;
	uint32_t found = 0;

	for (size_t i = 0; i < a->n; i++)
		if (listed(forces, n, a->rows[i].force))
			p->places[found++] = place_of_row(&a->rows[i], geo);
	unite(p, found);
	for (size_t i = 0; i < a->n; i++) {
		struct place key = place_of_row(&a->rows[i], geo);
		const struct place *hit = NULL;

		if (listed(forces, n, a->rows[i].force))
			hit = bsearch(
			    &key, p->places, p->n, sizeof(key), place_compare);
		p->of[i] = hit == NULL ? -1 : (int32_t)(hit - p->places);
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
	p->places = calloc(a->n, sizeof(*p->places));
	p->of = calloc(a->n, sizeof(*p->of));
	if (p->places == NULL || p->of == NULL) {
		placing_free(p);
		return E_NOMEM;
	}
	fill(p, geo, forces, n_forces);
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
placing_of(const struct placing *p, const char *lsoa)
{
	int64_t row = find_row(p->areas, lsoa);

	return row < 0 ? -1 : p->of[row];
}

void
placing_parents(
    uint32_t *parents, const struct placing *fine, const struct placing *coarse)
{
	for (size_t i = 0; i < fine->areas->n; i++)
		if (fine->of[i] >= 0)
			parents[fine->of[i]] = (uint32_t)coarse->of[i];
}
