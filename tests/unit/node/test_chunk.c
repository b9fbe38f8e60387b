/*
 * Promises of node/chunk: what was written is read back, field by field, in few
 * bytes; what is not a chunk is refused or read as some rows, never beyond its
 * bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/chunk.h"
#include "node/column.h"
#include "tests/unit/abort_test.h"
#include "tests/unit/node/rows_test.h"

static struct row *rows, *back; /* [CHUNK_ROWS] */
static struct chunk_bytes parts[CHUNK_PARTS];
static struct chunk_about about;

static int
set_up(void **state)
{
	(void)state;
	rows = calloc(CHUNK_ROWS, sizeof(*rows));
	back = calloc(CHUNK_ROWS, sizeof(*back));
	if (rows == NULL || back == NULL)
		return -1;
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		if ((parts[i].at = malloc(chunk_room())) == NULL)
			return -1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(rows);
	free(back);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		free(parts[i].at);
	return 0;
}

static const struct rows_law usual = { .persons = 900,
	.percent = 50,
	.kinds = 14,
	.areas = 1900,
	.batches = 9,
	.dead = 10,
	.points = 90,
	.metres = 300000 };

/* Reads the parts from exactly their bytes. */
static enum err
read_back(void)
{
	struct chunk_bytes exact[CHUNK_PARTS];
	enum err e;

	for (unsigned i = 0; i < CHUNK_PARTS; i++) {
		size_t n = parts[i].n;

		exact[i].at = malloc(n == 0 ? 1 : n); /* ASan sees overreads */
		exact[i].n = n;
		assert_non_null(exact[i].at);
		memcpy(exact[i].at, parts[i].at, n);
	}
	memset(back, 0xee, about.n * sizeof(*back));
	e = chunk_rows(back, &about, exact);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		free(exact[i].at);
	return e;
}

static void
same_row(const struct row *a, const struct row *b)
{
	assert_memory_equal(a->unit, b->unit, INCIDENT_KEY);
	assert_memory_equal(a->id, b->id, INCIDENT_KEY);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->area, b->area);
	assert_int_equal(a->born, b->born);
	assert_int_equal(a->died, b->died);
	assert_int_equal(a->east, b->east);
	assert_int_equal(a->north, b->north);
	assert_int_equal(a->from, b->from);
	assert_int_equal(a->recorded, b->recorded);
	assert_int_equal(a->lasts, b->lasts);
	assert_int_equal(a->precision_m, b->precision_m);
	assert_int_equal(a->time_precision, b->time_precision);
	assert_int_equal(a->geo_method, b->geo_method);
	assert_int_equal(a->person, b->person);
	assert_int_equal(a->point, b->point);
}

/* Writes in[n], goes through the bytes of about, reads, compares. */
static void
round_trip_of(const struct row *in, size_t n, const struct row *before)
{
	uint8_t bytes[CHUNK_ABOUT];
	struct chunk_about copy;

	chunk_write(&about, parts, in, n, before);
	for (unsigned i = 0; i < CHUNK_PARTS; i++)
		assert_in_range(parts[i].n, 0, chunk_room());
	chunk_about_write(bytes, &about);
	assert_int_equal(chunk_about_read(&copy, bytes), E_OK);
	assert_int_equal(copy.n, n);
	about = copy;
	assert_int_equal(read_back(), E_OK);
	for (size_t i = 0; i < n; i++)
		same_row(&back[i], &in[i]);
}

static void
round_trip(size_t n)
{
	round_trip_of(rows, n, NULL);
}

static void
test_rows_come_back(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 255, 256, 257, 1000, 5000 };
	struct rows_law l = usual;
	struct draw d = { 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned turn = 0; turn < 4; turn++) {
			l.percent = 100 * (turn & 1);
			l.points = 50 * (turn & 2);
			l.dead = turn == 3 ? 0 : 10;
			rows_draw(rows, sizes[i], &l, &d);
			round_trip(sizes[i]);
		}
	rows_draw(rows, CHUNK_ROWS, &usual, &d);
	round_trip(CHUNK_ROWS);
}

/* The largest and smallest values there are, side by side. */
static void
test_extremes_come_back(void **state)
{
	(void)state;
	memset(rows, 0, 2 * sizeof(*rows));
	rows[0].born = 1;
	rows[1] = (struct row){ .kind = CHUNK_NUMBER_MAX - 1,
		.area = CHUNK_NUMBER_MAX - 1,
		.born = CHUNK_NUMBER_MAX - 2,
		.died = CHUNK_NUMBER_MAX - 1,
		.east = CHUNK_METRES_MAX - 1,
		.north = CHUNK_METRES_MAX - 1,
		.from = UINT64_MAX,
		.recorded = UINT64_MAX,
		.lasts = UINT32_MAX,
		.precision_m = UINT16_MAX,
		.time_precision = UINT8_MAX,
		.geo_method = UINT8_MAX,
		.person = true,
		.point = true };
	memset(rows[1].unit, 0xff, INCIDENT_KEY);
	memset(rows[1].id, 0xff, INCIDENT_KEY);
	round_trip(2);
	rows[0].point = true; /* at 0, 0, which is not "no point" */
	round_trip(2);
}

/* More lives than any dictionary of bytes holds, up to one for each row. */
static void
test_many_lives_come_back(void **state)
{
	struct draw d = { 3 };

	(void)state;
	rows_draw(rows, CHUNK_ROWS, &usual, &d);
	for (uint32_t i = 0; i < CHUNK_ROWS; i++) {
		rows[i].born = 1 + i;
		rows[i].died = i % 3 == 0 ? CHUNK_ALIVE : 100000 + i;
	}
	round_trip(CHUNK_ROWS);
	for (uint32_t i = 0; i < CHUNK_ROWS; i++)
		rows[i].born = 1 + i % 300;
	round_trip(CHUNK_ROWS);
}

/* What is known without the columns. */
static void
test_about_says_what_there_is(void **state)
{
	struct draw d = { 4 };
	struct rows_law l = usual;

	(void)state;
	l.points = 50;
	rows_draw(rows, 1000, &l, &d);
	chunk_write(&about, parts, rows, 1000, NULL);
	for (unsigned i = 0; i < 1000; i++) {
		const struct row *r = &rows[i];

		assert_in_range(r->kind, about.kind.least, about.kind.most);
		assert_in_range(r->area, about.area.least, about.area.most);
		assert_in_range(r->born, about.born.least, about.born.most);
		assert_true(r->died <= about.last_died);
		if (!r->point)
			continue;
		assert_in_range(r->east, about.east.least, about.east.most);
		assert_in_range(r->north, about.north.least, about.north.most);
	}
	assert_true(about.any_point && about.any_start && !about.all_alive);
	assert_int_equal(about.kind.most - about.kind.least, 13);
	l.points = l.dead = 0;
	rows_draw(rows, 1000, &l, &d);
	chunk_write(&about, parts, rows, 1000, NULL);
	assert_true(!about.any_point && about.all_alive);
	assert_int_equal(about.last_died, CHUNK_ALIVE);
	assert_int_equal(parts[CHUNK_POINT].n, 0);
}

/* The first row starts a unit unless the row before the chunk is of it. */
static void
test_a_unit_starts_once(void **state)
{
	struct draw d = { 5 };
	struct rows_law l = usual;
	uint32_t start[COLUMN_BLOCK];
	struct chunk_hot hot;

	(void)state;
	l.persons = 3;
	l.percent = 100;
	rows_draw(rows, 200, &l, &d);
	for (unsigned first = 0; first < 200; first++) {
		const struct row *before = first == 0 ? NULL : &rows[first - 1];
		bool any = false;

		round_trip_of(rows + first, 200 - first, before);
		assert_int_equal(chunk_hot(&hot, &about, parts[CHUNK_HOT].at,
				     parts[CHUNK_HOT].n),
		    E_OK);
		chunk_unpack(start, &hot.start, 0, 200 - first);
		for (unsigned i = first; i < 200; i++) {
			bool want = i == 0 || memcmp(rows[i].unit,
						  rows[i - 1].unit, 16) != 0;

			assert_int_equal(start[i - first], want);
			any |= want;
		}
		assert_int_equal(about.any_start, any);
	}
	assert_false(about.any_start);
}

/* Bits beyond the least value, nothing for what is always the same: a month of
 * street crime, one batch, no persons, is 4 + 11 bits hot. */
static void
test_columns_take_few_bytes(void **state)
{
	struct draw d = { 6 };
	struct rows_law l = { .kinds = 14,
		.areas = 1900,
		.batches = 1,
		.points = 100,
		.metres = 100000 };

	(void)state;
	rows_draw(rows, CHUNK_ROWS, &l, &d);
	for (unsigned i = 0; i < CHUNK_ROWS; i++) {
		rows[i].from = 1600000000;
		rows[i].recorded = 0;
		rows[i].lasts = 2678400;
		rows[i].precision_m = 50;
		rows[i].time_precision = PRECISION_MONTH;
		rows[i].geo_method = GEO_STREET;
	}
	chunk_write(&about, parts, rows, CHUNK_ROWS, NULL);
	assert_int_equal(parts[CHUNK_HOT].n, 4 * CHUNK_ROWS / 8 + 13);
	assert_int_equal(parts[CHUNK_AREA].n, 11 * CHUNK_ROWS / 8);
	assert_int_equal(parts[CHUNK_POINT].n, 2 * 17 * CHUNK_ROWS / 8);
	assert_in_range(
	    parts[CHUNK_COLD].n, 16 * CHUNK_ROWS, 16 * CHUNK_ROWS + 100);
}

/* Any part cut, lengthened or of another chunk is refused. */
static void
test_other_lengths_are_refused(void **state)
{
	struct draw d = { 7 };

	(void)state;
	rows_draw(rows, 300, &usual, &d);
	chunk_write(&about, parts, rows, 300, NULL);
	for (unsigned i = 0; i < CHUNK_PARTS; i++) {
		size_t n = parts[i].n;

		for (size_t cut = 0; cut < n; cut += cut < 80 ? 1 : 97) {
			parts[i].n = cut;
			assert_int_equal(read_back(), E_FORMAT);
		}
		parts[i].at[n] = 0;
		parts[i].n = n + 1;
		assert_int_equal(read_back(), E_FORMAT);
		parts[i].n = n;
	}
	assert_int_equal(read_back(), E_OK);
	about.n--;
	assert_int_equal(read_back(), E_FORMAT);
}

/* What the lengths do not tell: starts of another kind, and a unit more than
 * the rows ask for. */
static void
test_other_starts_and_units_are_refused(void **state)
{
	const size_t at_starts = 4, at_units = 64;
	struct rows_law l = usual;
	struct draw d = { 9 };

	(void)state;
	l.percent = l.dead = 0;
	rows_draw(rows, 300, &l, &d); /* each a unit */
	chunk_write(&about, parts, rows, 300, NULL);
	assert_int_equal(read_back(), E_OK);
	parts[CHUNK_HOT].at[at_starts] = 0;
	assert_int_equal(read_back(), E_FORMAT);
	parts[CHUNK_HOT].at[at_starts] = 3;
	assert_int_equal(read_back(), E_FORMAT);
	rows_draw(rows, 300, &usual, &d);
	chunk_write(&about, parts, rows, 300, NULL);
	memset(parts[CHUNK_COLD].at + parts[CHUNK_COLD].n, 0, INCIDENT_KEY);
	parts[CHUNK_COLD].n += INCIDENT_KEY;
	parts[CHUNK_COLD].at[at_units]++;
	assert_int_equal(read_back(), E_FORMAT);
}

/* Any bytes: rows come back or they do not, under ASan. */
static void
test_wrong_bytes_do_no_harm(void **state)
{
	struct draw d = { 8 };
	unsigned refused = 0;

	(void)state;
	rows_draw(rows, 300, &usual, &d);
	chunk_write(&about, parts, rows, 300, NULL);
	for (unsigned turn = 0; turn < 4000; turn++) {
		struct chunk_bytes *p = &parts[draw_below(&d, CHUNK_PARTS)];
		size_t reach = turn % 2 == 0 && p->n > 80 ? 80 : p->n;
		uint8_t *at = p->at + draw_below(&d, (uint32_t)reach);
		uint8_t was = *at;

		*at ^= (uint8_t)(1 + draw_below(&d, 255));
		refused += read_back() != E_OK;
		*at = was;
	}
	assert_in_range(refused, 100, 3999);
	assert_int_equal(read_back(), E_OK);
}

static void
test_wrong_about_is_refused(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t to;
	} wrong[] = {
		{ "no rows", 3, 0 },
		{ "more than a chunk", 1, 2 },
		{ "a bool of 2", 4, 2 },
		{ "alive, with a death", 6, 1 },
		{ "a death of 2^24", 7, 1 },
		{ "least above most", 14, 0xf },
		{ "a kind of 2^24", 15, 1 },
		{ "an area of 2^20", 24, 0x10 },
		{ "a batch 0", 30, 0 },
		{ "a place of 2^24", 39, 1 },
		{ "reserved", CHUNK_ABOUT - 1, 1 },
	};
	const struct chunk_about good = { .n = 1,
		.any_point = true,
		.any_start = true,
		.last_died = 4,
		.kind = { 0, 1 },
		.area = { 0, 1 },
		.born = { 1, 1 },
		.east = { 0, 1 },
		.north = { 0, 1 } };
	struct chunk_about a = { .n = 77 };
	uint8_t bytes[CHUNK_ABOUT];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		chunk_about_write(bytes, &good);
		bytes[wrong[i].at] = wrong[i].to;
		if (chunk_about_read(&a, bytes) != E_FORMAT)
			fail_msg("%s", wrong[i].what);
		assert_int_equal(a.n, 77); /* untouched on failure */
	}
	chunk_about_write(bytes, &good);
	assert_int_equal(chunk_about_read(&a, bytes), E_OK);
}

static void
write_two(void *ctx)
{
	chunk_write(&about, parts, ctx, 2, NULL);
}

static void
test_broken_callers_end_the_process(void **state)
{
	struct row pair[2] = { { .born = 1, .id = { 1 }, .unit = { 1 } },
		{ .born = 1, .id = { 2 }, .unit = { 2 } } };
	struct row bad[2];

#define BAD(change)                                  \
	do {                                         \
		memcpy(bad, pair, sizeof(bad));      \
		bad[1].change;                       \
		assert_true(aborts(write_two, bad)); \
	} while (0)
	(void)state;
	assert_false(aborts(write_two, pair));
	BAD(unit[0] = 0); /* falls, and is not the id */
	BAD(born = 0);
	BAD(born = CHUNK_NUMBER_MAX);
	BAD(died = CHUNK_NUMBER_MAX);
	BAD(kind = CHUNK_NUMBER_MAX);
	BAD(area = CHUNK_NUMBER_MAX);
	BAD(east = 1); /* without a point */
	BAD(unit[1] = 1);
#undef BAD
	bad[0] = pair[1];
	bad[1] = pair[0];
	assert_true(aborts(write_two, bad));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_come_back),
		cmocka_unit_test(test_extremes_come_back),
		cmocka_unit_test(test_many_lives_come_back),
		cmocka_unit_test(test_about_says_what_there_is),
		cmocka_unit_test(test_a_unit_starts_once),
		cmocka_unit_test(test_columns_take_few_bytes),
		cmocka_unit_test(test_other_lengths_are_refused),
		cmocka_unit_test(test_other_starts_and_units_are_refused),
		cmocka_unit_test(test_wrong_bytes_do_no_harm),
		cmocka_unit_test(test_wrong_about_is_refused),
		cmocka_unit_test(test_broken_callers_end_the_process),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
