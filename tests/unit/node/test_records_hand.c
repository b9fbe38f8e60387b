/*
 * Bytes of the SQLite store that another hand changed, moved or took away are
 * never taken for what was stored.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "records_file.h"
#include "records_world.h"

static enum err
pass_by(void *ctx, const struct incident *i)
{
	(void)ctx;
	(void)i;
	return E_OK;
}

static void
pass_load(void *ctx, const struct records_load *l)
{
	(void)ctx;
	(void)l;
}

/* Which of the ways to use the store says E_DB: bits; the others work. */
static unsigned
refused(void)
{
	struct question q = question(), lsoa = question();
	uint32_t *cells = calloc(1000, sizeof(*cells));
	uint64_t loaded_at;
	struct incident i = record(7);
	struct records_change c;
	struct records *r;
	unsigned bits = 0;
	enum err e[5];

	lsoa.geo = GEO_LSOA11;
	lsoa.cell_m = lsoa.west = lsoa.south = lsoa.cols = lsoa.rows = 0;
	lsoa.n_areas = 1;
	strcpy(lsoa.areas[0], "E23000001");
	lsoa.n_places = lsoa.level_places[0] = 5;
	assert_non_null(cells);
	assert_int_equal(records_open(&r, to_load, RECORDS_LOAD, &keys), E_OK);
	cells[3] = 77;
	e[0] = records_count(cells, r, &q, UINT64_MAX, areas, rules);
	for (size_t n = 0; e[0] != E_OK && n < question_cells(&q); n++)
		assert_int_equal(cells[n], 0);
	e[1] = records_count(cells, r, &lsoa, UINT64_MAX, areas, rules);
	e[2] = records_each(r, MONTH, 12, UINT64_MAX, pass_by, NULL);
	e[3] = records_history(r, pass_load, NULL);
	i.month = MONTH + 2; /* rows of two months are read */
	if ((e[4] = begin(r, RECORDS_ADD, 77, &loaded_at)) == E_OK &&
	    (e[4] = records_put(r, &i)) == E_OK)
		e[4] = records_merge(r, &c, NULL, NULL);
	records_close(r);
	free(cells);
	for (unsigned n = 0; n < 5; n++) {
		assert_true(e[n] == E_OK || e[n] == E_DB);
		bits |= e[n] == E_DB ? 1U << n : 0;
	}
	return bits;
}

/* What was changed, cut, put in the place of another or taken away is never
 * taken for what was stored. */
static void
test_changed_bytes_are_refused(void **state)
{
	enum { GRID = 1, LSOA = 2, EACH = 4, HISTORY = 8, LOAD = 16, ALL = 31 };
	static const struct {
		const char *table;
		unsigned uses; /* that must refuse it; each reads it */
	} cases[] = {
		{ "hot", GRID | LSOA | EACH | LOAD },
		{ "area", LSOA | EACH | LOAD },
		{ "point", GRID | EACH | LOAD },
		{ "cold", EACH | LOAD },
		{ "ids", LOAD },
		{ "words", ALL },
		{ "batch", HISTORY | LOAD },
		{ "root", ALL },
	};
	static const char *const ways[] = {
		/* a byte less, the last one another, the first one another,
		 * all but one gone, those of another blob, text; gone */
		"substr(bytes, 1, length(bytes) - 1)",
		"substr(bytes, 1, length(bytes) - 1) || iif("
		"substr(bytes, -1) = x'00', x'01', x'00')",
		"iif(substr(bytes, 1, 1) = x'00', x'01', x'00') ||"
		" substr(bytes, 2)",
		"x'00'",
		"(SELECT bytes FROM spare)",
		"'text'",
		NULL,
	};
	char sql[256];

	(void)state;
	load_some(1, RECORDS_ADD, 300);
	records_close(store);
	store = NULL;
	assert_int_equal(refused(), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(sql, sizeof(sql),
		    "CREATE TABLE saved AS SELECT * FROM %s;"
		    "CREATE TABLE spare AS SELECT bytes FROM %s LIMIT 1",
		    cases[i].table,
		    strcmp(cases[i].table, "hot") == 0 ? "area" : "hot");
		meddle(sql);
		for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
			unsigned want = cases[i].uses;

			if (ways[w] != NULL)
				snprintf(sql, sizeof(sql),
				    "UPDATE %s SET bytes = CAST(%s AS BLOB)",
				    cases[i].table, ways[w]);
			else
				snprintf(sql, sizeof(sql), "DELETE FROM %s",
				    cases[i].table);
			meddle(sql);
			assert_int_equal(refused(), want);
			snprintf(sql, sizeof(sql),
			    "DELETE FROM %s; INSERT INTO %s SELECT * FROM"
			    " saved",
			    cases[i].table, cases[i].table);
			meddle(sql);
		}
		assert_int_equal(refused(), 0); /* all is well again */
		meddle("DROP TABLE saved; DROP TABLE spare");
	}
}

/* Two chunks that change places, and an older catalog, are no store. */
static void
test_blobs_have_their_place(void **state)
{
	struct incident i = record(50000);

	(void)state;
	load_some(1, RECORDS_ADD, 300);
	meddle("CREATE TABLE saved AS SELECT * FROM root;"
	       "UPDATE hot SET id = -id; UPDATE hot SET id ="
	       " (SELECT max(-id) + min(-id) FROM hot) + id WHERE id < 0");
	records_close(store);
	store = NULL;
	assert_int_equal(refused(), 1 | 2 | 4 | 16);
	meddle("UPDATE hot SET id = -id; UPDATE hot SET id ="
	       " (SELECT max(-id) + min(-id) FROM hot) + id WHERE id < 0");
	assert_int_equal(refused(), 0);
	assert_int_equal(
	    records_open(&store, to_load, RECORDS_LOAD, &keys), E_OK);
	EXPECT(load(RECORDS_ADD, 2, &i, 1), .added = 1, .months = 1);
	meddle("DELETE FROM root; INSERT INTO root SELECT * FROM saved");
	assert_int_equal(refused() & (1 | 2 | 4), 1 | 2 | 4);
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_changed_bytes_are_refused),
		CASE(test_blobs_have_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	char *argv[] = { "test_records_hand", "sqlite", NULL };

	return world_main(2, argv, cases);
}
