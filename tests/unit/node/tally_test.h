/*
 * tests/unit/node/tally_test.h -- small worlds to count in, by node/tally and
 * by a plain reading of the question.  After cmocka.h.
 */
#ifndef TESTS_UNIT_NODE_TALLY_TEST_H
#define TESTS_UNIT_NODE_TALLY_TEST_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/grid.h"
#include "node/tally.h"
#include "tests/unit/node/rows_test.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MONTH 612
#define MONTHS 4
#define ROWS 1200 /* of a month, at most */
#define CELLS 4096

/* Two forces with four LSOAs; two in one MSOA, three authorities. */
static const char lookup[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "W01000001,Aber 001A,W06000001,Aber,W15000001,North,1000\n"
    "W01000002,Aber 001B,W06000001,Aber,W15000001,North,1000\n"
    "W01000003,Bryn 001A,W06000002,Bryn,W15000001,North,1000\n"
    "W01000004,Coed 001A,W06000003,Coed,W15000002,South,1000\n";

/* Of every level, one of no lookup, and none. */
static const char words[][INCIDENT_AREA] = { "W01000001", "W01000002",
	"W01000003", "W01000004", "Aber 001", "W06000001", "W06000002",
	"W06000003", "W15000001", "W15000002", "E01035999", "" };

static const char rule_file[] =
    "rules,tests,1\n"
    "theme,violence,v\ntheme,asb,a\ntheme,knife,k\ntheme,vawg,w\n"
    "list,any,any.csv\n"
    "rule,police.crime;nhs.ed,any,v*,,,,violence\n"
    "rule,police.crime;nhs.ed,any,vk*,,,,knife\n"
    "rule,police.crime,any,vkw;w,,,,vawg\n"
    "rule,police.crime,any,k,,,,knife\n"
    "rule,police.asb,any,a,,,,asb\n"
    "rule,police.asb,any,av,,,,asb;violence\n";

#define KIND(source, code)                   \
	{                                    \
		source, "any", code, 0, 0, 0 \
	}
enum { V, VK, VKW, W, K, A, AV, ED_V, ED_VK, UNKNOWN, ED_A, KINDS };
#define MANY_KINDS 44 /* the same again: more than a set of kinds holds */
static struct kind kinds[MANY_KINDS] = {
	[V] = KIND(SOURCE_POLICE_CRIME, "v"),
	[VK] = KIND(SOURCE_POLICE_CRIME, "vk"),
	[VKW] = KIND(SOURCE_POLICE_CRIME, "vkw"),
	[W] = KIND(SOURCE_POLICE_CRIME, "w"),
	[K] = KIND(SOURCE_POLICE_CRIME, "k"),
	[A] = KIND(SOURCE_POLICE_ASB, "a"),
	[AV] = KIND(SOURCE_POLICE_ASB, "av"),
	[ED_V] = KIND(SOURCE_NHS_ED, "v"),
	[ED_VK] = KIND(SOURCE_NHS_ED, "vk"),
	[UNKNOWN] = KIND(SOURCE_POLICE_CRIME, "x"),
	[ED_A] = KIND(SOURCE_NHS_ED, "a"),
};
static const struct tally_words all_words = { kinds, MANY_KINDS, words,
	COUNT(words) };

static struct areas *areas;
static struct themes *rules;
static struct chunk_bytes parts[CHUNK_PARTS];
static struct row *months[MONTHS]; /* [ROWS] */
static size_t n_rows[MONTHS];
static uint32_t cells[CELLS], want[CELLS];

static inline int
set_up(void **state)
{
	size_t line;

	(void)state;
	for (unsigned i = KINDS; i < MANY_KINDS; i++)
		kinds[i] = kinds[i % KINDS];
	if (areas_parse(&areas, lookup, sizeof(lookup) - 1, &line) != E_OK ||
	    themes_parse(&rules, rule_file, sizeof(rule_file) - 1, &line) !=
		E_OK)
		return -1;
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		if ((parts[i].at = malloc(chunk_room())) == NULL)
			return -1;
	for (unsigned m = 0; m < MONTHS; m++)
		if ((months[m] = calloc(ROWS, sizeof(struct row))) == NULL)
			return -1;
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	areas_free(areas);
	themes_free(rules);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		free(parts[i].at);
	for (unsigned m = 0; m < MONTHS; m++)
		free(months[m]);
	return 0;
}

/* The plain reading ------------------------------------------------------- */

/* The place of a row, or -1. */
static inline int64_t
plain_place(
    const struct question *q, const struct placing *p, const struct row *r)
{
	if (q->geo != GEO_GRID)
		return placing_of(p, words[r->area]);
	return r->point ? grid_place(q, r->east, r->north) : q->n_places;
}

static inline bool
plain_asked(const struct question *q, uint32_t as_of, const struct row *r)
{
	uint32_t has = themes_of(rules, &kinds[r->kind]), asked = 0;

	for (unsigned t = 0; t < q->n_themes; t++)
		asked |= has >> q->themes[t] & 1;
	return r->born <= as_of && (r->died == 0 || r->died > as_of) &&
	       (kinds[r->kind].source & q->sources) != 0 && asked;
}

static inline void
plain_add(const struct question *q, unsigned month, const struct row *r,
    uint32_t place)
{
	uint32_t has = themes_of(rules, &kinds[r->kind]), left = q->k;
	uint32_t slice = q->slicing == SLICE_MONTH ? month : 0;

	for (uint32_t t = 0; t < q->n_themes && left > 0; t++)
		if ((has >> q->themes[t] & 1) != 0) {
			want[question_cell(q, t, slice, place)]++;
			left--;
		}
}

/* Into want: a row counts when fewer than c that match are before it in its
 * unit. */
static inline void
plain(const struct question *q, uint32_t as_of)
{
	struct placing *p = NULL;

	if (q->geo != GEO_GRID)
		assert_int_equal(
		    placing_new(&p, areas, q->geo, q->areas, q->n_areas), E_OK);
	memset(want, 0, sizeof(want));
	for (unsigned m = 0; m < q->n_months; m++)
		for (size_t i = 0, used = 0; i < n_rows[m]; i++) {
			const struct row *r = &months[m][i];
			int64_t place = plain_place(q, p, r);

			if (i == 0 || memcmp(r->unit, r[-1].unit, 16) != 0)
				used = 0;
			if (place < 0 || !plain_asked(q, as_of, r))
				continue;
			if (used < q->c) {
				plain_add(q, m, r, (uint32_t)place);
				used++;
			}
		}
	placing_free(p);
}

/* The tally --------------------------------------------------------------- */

/* A part in exactly its bytes: ASan sees overreads. */
static inline uint8_t *
exact(enum chunk_part part)
{
	size_t n = parts[part].n;
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	assert_non_null(copy);
	memcpy(copy, parts[part].at, n);
	return copy;
}

/* One chunk; true: it was passed by. */
static inline bool
feed(struct tally *t, const struct row *rows, size_t n, const struct row *last)
{
	enum chunk_part part = tally_part(t);
	struct chunk_about about;
	uint8_t *hot, *place;

	chunk_write(&about, parts, rows, n, last);
	if (tally_passes(t, &about))
		return true;
	hot = exact(CHUNK_HOT);
	place = exact(part);
	assert_int_equal(tally_chunk(t, &about, hot, parts[CHUNK_HOT].n, place,
			     parts[part].n),
	    E_OK);
	free(hot);
	free(place);
	return false;
}

/* All months of q, cut into chunks of 1 ... most rows; how many passed. */
static inline unsigned
count(const struct question *q, uint32_t as_of, uint32_t most, struct draw *d)
{
	unsigned passed = 0;
	struct tally *t;

	assert_in_range(question_cells(q), 1, CELLS);
	memset(cells, 0xee, sizeof(cells));
	assert_int_equal(
	    tally_new(&t, cells, q, as_of, areas, rules, &all_words), E_OK);
	for (unsigned m = 0; m < q->n_months; m++) {
		size_t n;

		tally_month(t, (uint16_t)(q->first_month + m));
		for (size_t i = 0; i < n_rows[m]; i += n) {
			n = 1 + draw_below(d, most);
			n = n < n_rows[m] - i ? n : n_rows[m] - i;
			passed += feed(t, months[m] + i, n,
			    i == 0 ? NULL : &months[m][i - 1]);
		}
	}
	tally_free(t);
	return passed;
}

static inline void
compare(const struct question *q)
{
	for (size_t i = 0; i < question_cells(q); i++)
		if (cells[i] != want[i])
			fail_msg("cell %zu: %u, not %u", i, cells[i], want[i]);
	assert_int_equal(cells[question_cells(q)], 0xeeeeeeee);
}

#endif
