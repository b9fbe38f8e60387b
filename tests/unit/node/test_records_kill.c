/*
 * A load into the SQLite store that is killed, at any moment, leaves all of its
 * batch or nothing.
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

#include "../rng_test.h"
#include "node/records_db.h"
#include "records_world.h"

#define SPREAD 5 /* months */

static struct quick chance;

static uint32_t
draw(uint32_t n) /* below n */
{
	uint64_t x;

	(void)quick_fill(&chance, &x, sizeof(x));
	return (uint32_t)(x % n);
}

#define BATCH 600

static void
die_at(void *ctx, uint32_t done, uint32_t total)
{
	(void)total;
	if (done == *(uint32_t *)ctx)
		raise(SIGKILL);
}

static enum err
die_now(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	*utc_s = NOW;
	raise(SIGKILL);
	return E_OK;
}

/* In a child: replaces the first batch by a second, and is killed: before put
 * number put, before month number month is merged, when the time is asked, or
 * when all is done. */
static void
load_and_die(uint32_t put, uint32_t month, bool when)
{
	struct records *r;
	struct records_change c;
	uint64_t t = at(2), loaded_at;

	records_db_memory = 1 << 14;
	if (records_open(&r, to_load, RECORDS_LOAD, &keys) != E_OK ||
	    begin(r, RECORDS_REPLACE, 2, &loaded_at) != E_OK)
		_exit(1);
	for (uint32_t n = 0; n < BATCH; n++) {
		struct incident i = record(BATCH / 2 + n);

		i.month = (uint16_t)(MONTH + n % SPREAD);
		if (n == put)
			raise(SIGKILL);
		if (records_put(r, &i) != E_OK)
			_exit(2);
	}
	if (records_merge(r, &c, die_at, &month) != E_OK ||
	    records_commit(r, when ? die_now : say_time, &t, "{}") != E_OK)
		_exit(3);
	raise(SIGKILL);
}

/* All of the second batch is there, or nothing of it. */
static bool
check_whole(void)
{
	struct question q = question();
	struct records *r;
	struct records_size size;
	bool second;

	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(records_size(r, &size), E_OK);
	second = size.past != 0;
	assert_int_equal(size.records, BATCH);
	assert_int_equal(size.past, second ? BATCH : 0);
	records_close(r);
	assert_int_equal(counted(&q, UINT64_MAX, true), BATCH);
	assert_int_equal(counted(&q, at(1), true), BATCH);
	return second;
}

/* Waits for a child that dies by that signal. */
static void
reap(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* The first batch, of other records in the same months. */
static void
load_first(void)
{
	struct incident *puts = malloc(BATCH * sizeof(*puts));

	assert_non_null(puts);
	for (uint32_t n = 0; n < BATCH; n++) {
		puts[n] = record(n);
		puts[n].month = (uint16_t)(MONTH + n % SPREAD);
		puts[n].vintage = 2021;
	}
	load(RECORDS_ADD, 1, puts, BATCH);
	free(puts);
	records_close(store);
	store = NULL;
}

static void
test_killed_load_leaves_all_or_nothing(void **state)
{
	(void)state;
	chance.at = 3;
	load_first();
	for (int i = 0; i < 50; i++) {
		uint32_t put = draw(BATCH * 3 / 2), month = draw(SPREAD * 2);
		pid_t child = fork();

		if (child == 0)
			load_and_die(put, month, true);
		reap(child);
		assert_false(check_whole());
	}
	for (int all = 0; all < 2; all++) {
		pid_t child = fork();

		if (child == 0)
			load_and_die(UINT32_MAX, UINT32_MAX, all == 0);
		reap(child);
		assert_int_equal(check_whole(), all == 1);
	}
}

/* The same with the blow at any moment, the commit included. */
static void
test_load_killed_at_any_moment(void **state)
{
	bool second = false;

	(void)state;
	load_first();
	for (useconds_t wait = 500; !second; wait += wait / 4) {
		pid_t child = fork();

		if (child == 0)
			load_and_die(UINT32_MAX, UINT32_MAX, false);
		usleep(wait);
		kill(child, SIGKILL);
		reap(child);
		second = check_whole();
	}
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_killed_load_leaves_all_or_nothing),
		CASE(test_load_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(void)
{
	char *argv[] = { "test_records_kill", "sqlite", NULL };

	return world_main(2, argv, cases);
}
