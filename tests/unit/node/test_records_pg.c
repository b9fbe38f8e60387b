/*
 * What node/records.h does not say, but PostgreSQL must: who may do what, that
 * the server does the counting, that what it sends is checked.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/pg.h"
#include "node/pg_schema.h"
#include "protocol/sandbox.h"
#include "pgserver.h"
#include "records_world.h"

/* A count of two records, one of a person. */
static enum err
count(uint64_t *total, const struct question *q)
{
	uint32_t cells[64], n = question_cells(q);
	struct records *r;
	enum err e;

	assert_true(n <= 64);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	memset(cells, 0xee, sizeof(cells));
	e = records_count(cells, r, q, UINT64_MAX, areas, rules);
	*total = 0;
	for (uint32_t i = 0; i < n; i++)
		*total += cells[i];
	records_close(r);
	return e;
}

static void
load_two(void)
{
	struct incident in[2] = { record(1), of_person(record(2), 1) };

	(void)load(RECORDS_ADD, 1, in, 2);
}

/* Connections ------------------------------------------------------------- */

static void
test_sockets_alone(void **state)
{
	static const char *const refused[] = {
		"",
		"dbname=ward",
		"host=localhost dbname=ward",
		"host=127.0.0.1 dbname=ward",
		"host=@abstract dbname=ward",
		"host=/tmp,localhost dbname=ward",
		"host=/tmp hostaddr=127.0.0.1 dbname=ward",
		"host=/tmp service=other",
		"host=/tmp options='-c search_path=public'",
		"host=/tmp password=secret",
		"postgresql://localhost/ward",
		"host=",
		"no connection string",
	};
	struct pg *p = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_int_equal(pg_open(&p, refused[i]), E_CONFIG);
		assert_null(p);
	}
	assert_int_equal(pg_open(&p, "host=/nowhere dbname=ward"), E_DB);
}

/* The environment does not say where to connect. */
static void
test_environment_is_ignored(void **state)
{
	uint64_t n;
	struct question q = question();

	(void)state;
	setenv("PGHOSTADDR", "127.0.0.1", 1);
	setenv("PGSERVICE", "nowhere", 1);
	setenv("PGOPTIONS", "-c search_path=nowhere", 1);
	setenv("PGPORT", "1", 1);
	load_two();
	assert_int_equal(count(&n, &q), E_OK);
	assert_int_equal(n, 2);
	assert_null(getenv("PGHOSTADDR"));
}

/* Rights ------------------------------------------------------------------ */

static enum err
none(void *ctx, const struct incident *i)
{
	(void)ctx;
	(void)i;
	return E_OK;
}

static void
test_role_that_counts(void **state)
{
	static const char *const refused[] = {
		"SELECT count(*) FROM ward.record",
		"SELECT count(*) FROM ward.stage",
		"SELECT count(id) FROM ward.counting",
		"SELECT count(occurred_from) FROM ward.counting",
	};
	static const char *const writes[] = {
		"UPDATE ward.batch SET loaded_at = 0",
		"DELETE FROM ward.counting",
		"TRUNCATE ward.record",
		"CREATE TABLE mine (n integer)",
	};
	struct records_size size;
	struct records *r;
	struct pg *p;
	int64_t n;

	(void)state;
	load_two();
	assert_int_equal(pg_open(&p, to_count + strlen(RECORDS_PG)), E_OK);
	assert_int_equal(
	    pg_ask_number(p, "SELECT count(turn) FROM ward.counting", NULL, &n),
	    E_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		assert_int_not_equal(
		    pg_ask_number(p, refused[i], NULL, &n), E_OK);
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		assert_int_not_equal(pg_run(p, writes[i]), E_OK);
	pg_close(p);

	/* it knows how many, not which */
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(records_size(r, &size), E_OK);
	assert_int_equal(size.records, 2);
	assert_int_equal(
	    records_each(r, MONTH, 1, UINT64_MAX, none, NULL), E_ACCESS);
	records_close(r);

	/* and who may write does not, to count */
	assert_int_equal(records_open(&r, to_load, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(
	    records_each(r, MONTH, 1, UINT64_MAX, none, NULL), E_OK);
	records_close(r);
}

static void
test_role_without_rights(void **state)
{
	struct records *r = NULL;

	(void)state;
	assert_true(
	    pgserver_do(server, "REVOKE ALL ON SCHEMA ward FROM ward_count"));
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_ACCESS);
	assert_true(pgserver_do(server, "DROP SCHEMA ward CASCADE"));
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_LOAD, &keys), E_ACCESS);
	assert_null(r);
}

/* Somebody else's schema, or a later version of ours, is left alone. */
static void
test_other_schema(void **state)
{
	struct records *r = NULL;

	(void)state;
	assert_true(pgserver_do(
	    server, "UPDATE ward.meta SET value = '9' WHERE name = 'version'"));
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_LOAD, &keys), E_CONFIG);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_CONFIG);
	assert_true(
	    pgserver_do(server, "DROP SCHEMA ward CASCADE;"
				"CREATE SCHEMA ward AUTHORIZATION ward_load"));
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_LOAD, &keys), E_CONFIG);
	assert_null(r);
}

/* The count --------------------------------------------------------------- */

/* The part of a log from the last statement on that holds text. */
static const char *
last_with(const char *log, const char *text)
{
	const char *found = NULL;

	for (const char *at = log; (at = strstr(at, text)) != NULL; at++)
		found = at;
	return found;
}

/* The plans that the server made of a count, as it logs them, aggregate there;
 * what it hands over are groups. */
static void
test_server_aggregates(void **state)
{
	static const char *const counts[] = { "AND NOT has_person",
		"AND has_person" };
	struct question q = question();
	char *log;
	uint64_t n;

	(void)state;
	load_two();
	assert_int_equal(count(&n, &q), E_OK);
	assert_int_equal(n, 2);
	log = pgserver_log(server);
	assert_non_null(log);
	for (size_t i = 0; i < 2; i++) {
		const char *plan = last_with(log, counts[i]);

		assert_non_null(plan);
		assert_true(strstr(plan, "HashAggregate") != NULL ||
			    strstr(plan, "GroupAggregate") != NULL);
		if (i == 1)
			assert_non_null(strstr(plan, "WindowAgg"));
	}
	/* and no value of a person was ever in a statement's text */
	assert_null(strstr(log, "01010101-0101-0101-0101-010101010101"));
	free(log);
}

/* What the server says is outside bytes: what cannot be is E_DB. */
static void
test_changed_by_others(void **state)
{
	static const struct {
		const char *what, *sql;
	} cases[] = {
		{ "kind without words", "UPDATE ward.record SET kind = 77" },
		{ "kind below 0", "UPDATE ward.record SET kind = -1" },
		{ "word of another number",
		    "UPDATE ward.kind SET number = number + 1" },
		{ "word too long",
		    "UPDATE ward.area SET code = repeat('x', 64)" },
		{ "word twice",
		    "INSERT INTO ward.area SELECT number + 1, code, published,"
		    " vintage FROM ward.area" },
		{ "weapon that there is none of",
		    "UPDATE ward.kind SET weapon = 99" },
		{ "batch number", "UPDATE ward.batch SET number = 1 << 20" },
		{ "column of another type",
		    "DROP VIEW ward.counting CASCADE;"
		    "CREATE VIEW ward.counting AS SELECT month::text, unit,"
		    " id AS turn, has_person, kind, area, has_point, east,"
		    " north, born, died FROM ward.record;"
		    "GRANT SELECT ON ward.counting TO ward_count" },
		{ "view gone", "DROP VIEW ward.counting" },
	};
	struct question q = question();
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(drop_store(NULL), 0);
		assert_int_equal(new_store(NULL), 0);
		load_two();
		assert_int_equal(count(&n, &q), E_OK);
		assert_true(pgserver_do(server, cases[i].sql));
		print_message("%s\n", cases[i].what);
		assert_int_equal(count(&n, &q), E_DB);
		assert_int_equal(n, 0); /* wiped */
	}
}

/* A record that is there twice cannot be corrected: the batch fails whole. */
static void
test_there_twice(void **state)
{
	struct incident in[2] = { record(1), record(3) };
	struct records_change c;
	uint64_t loaded_at;

	(void)state;
	load_two();
	assert_true(pgserver_do(
	    server, "INSERT INTO ward.record SELECT * FROM ward.record"));
	for (int same = 0; same < 2; same++) {
		in[0].east += (uint32_t)same;
		assert_int_equal(
		    begin(store, RECORDS_ADD, 2, &loaded_at), E_OK);
		assert_int_equal(records_put(store, &in[0]), E_OK);
		assert_int_equal(records_merge(store, &c, NULL, NULL), E_DB);
		records_rollback(store);
	}
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 4);
}

/* The server goes in the middle of a batch: E_DB, and nothing of it is there.
 */
static void
test_connection_lost(void **state)
{
	struct incident i = record(9);
	struct records_change c;
	uint64_t loaded_at;
	enum err e = E_OK;

	(void)state;
	load_two();
	assert_int_equal(begin(store, RECORDS_ADD, 2, &loaded_at), E_OK);
	assert_true(pgserver_do(server,
	    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
	    " WHERE usename = 'ward_load'"));
	for (uint32_t n = 0; n < 10000 && e == E_OK; n++)
		e = records_put(store, &i);
	if (e == E_OK)
		e = records_merge(store, &c, NULL, NULL);
	assert_int_equal(e, E_DB);
	records_rollback(store);
	assert_int_equal(begin(store, RECORDS_ADD, 2, &loaded_at), E_DB);
	records_close(store);
	assert_int_equal(
	    records_open(&store, to_load, RECORDS_LOAD, &keys), E_OK);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 2);
}

/* In a child, confined as the node's process that counts: 0: all went well.  It
 * says on the pipe when it has counted, and waits for the server to go. */
static int
confined(struct records *r, const struct question *q, int out, int in)
{
	uint32_t cells[64] = { 0 };
	uint64_t sum = 0;
	char byte = 0;
	enum err e;

	if (sandbox_enter(SANDBOX_CORE) != E_OK)
		return 1;
	for (int i = 0; i < 2; i++)
		if (records_count(cells, r, q, UINT64_MAX, areas, rules) !=
		    E_OK)
			return 2;
	for (uint32_t i = 0; i < question_cells(q); i++)
		sum += cells[i];
	if (sum != 2 || write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
		return 3;
	e = records_count(cells, r, q, UINT64_MAX, areas, rules);
	records_close(r);
	return e == E_CLOSED && cells[0] == 0 ? 0 : 4;
}

/* Once connected, a count and its end need nothing that is forbidden where it
 * is done; and when the server goes, that is an error, not a crash. */
static void
test_confined(void **state)
{
	struct question q = question();
	struct records *r;
	int there[2], back[2], status;
	char byte = 0;
	pid_t pid;

	(void)state;
	load_two();
	assert_true(question_cells(&q) <= 64);
	assert_true(pipe(there) == 0 && pipe(back) == 0);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	if ((pid = fork()) == 0) {
		close(back[0]);
		_exit(confined(r, &q, back[1], there[0]));
	}
	close(back[1]);
	assert_int_equal(read(back[0], &byte, 1), 1);
	assert_true(pgserver_do(server,
	    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
	    " WHERE usename = 'ward_count'"));
	assert_int_equal(write(there[1], &byte, 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	records_close(r);
	close(back[0]);
	close(there[0]);
	close(there[1]);
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_sockets_alone),
		CASE(test_environment_is_ignored),
		CASE(test_role_that_counts),
		CASE(test_role_without_rights),
		CASE(test_other_schema),
		CASE(test_server_aggregates),
		CASE(test_changed_by_others),
		CASE(test_there_twice),
		CASE(test_connection_lost),
		CASE(test_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return world_main(argc, argv, cases);
}
