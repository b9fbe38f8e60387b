#include "records_file.h"

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
#include <sqlite3.h>

#include "records_world.h"

void
meddle(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(to_load, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

size_t
ask(int64_t *out, size_t room, const char *sql)
{
	sqlite3_stmt *q;
	sqlite3 *db;
	size_t n = 0;

	assert_int_equal(sqlite3_open(to_load, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW) {
		assert_true(n < room);
		out[n++] = sqlite3_column_int64(q, 0);
	}
	assert_int_equal(sqlite3_finalize(q), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

void
load_some(unsigned batch, enum records_act act, uint32_t n)
{
	struct incident *puts = malloc(n * sizeof(*puts));

	assert_non_null(puts);
	for (uint32_t i = 0; i < n; i++) {
		puts[i] = record(i);
		puts[i].month = (uint16_t)(MONTH + i % 3);
		if (i % 2 == 0)
			puts[i] = of_person(puts[i], (uint8_t)(1 + i % 20));
	}
	load(act, batch, puts, n);
	free(puts);
}
