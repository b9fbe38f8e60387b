#include <fcntl.h>
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

#include "node/journal.h"
#include "node/ledger.h"

#define CAP UINT64_C(100)
#define MONTH 612
#define NOW UINT64_C(1700000000)

struct world {
	char dir[64], path[96];
	struct ledger *l;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	strcpy(w->dir, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/ledger.db", w->dir);
	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
	struct world *w = *state;
	char path[128];

	ledger_close(w->l);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, ends[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

static void
reopen(struct world *w)
{
	ledger_close(w->l);
	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
}

static struct ledger_key
key(unsigned n)
{
	struct ledger_key k = { .epoch_s = NOW };

	memcpy(k.question, &n, sizeof(n));
	return k;
}

static enum err
charge(struct world *w, unsigned n, uint16_t months, uint64_t nrho)
{
	struct ledger_key k = key(n);

	return ledger_charge(
	    w->l, &k, k.question, MONTH, months, nrho, CAP, NOW + n);
}

static uint64_t
spent(struct world *w, uint16_t month)
{
	uint64_t out;

	assert_int_equal(ledger_spent(w->l, &out, month, 1), E_OK);
	return out;
}

static void
test_charges_add_up_by_month(void **state)
{
	struct world *w = *state;
	uint64_t got[5];

	assert_int_equal(charge(w, 1, 3, 10), E_OK);
	assert_int_equal(charge(w, 2, 1, 7), E_OK);
	reopen(w);
	assert_int_equal(ledger_spent(w->l, got, MONTH - 1, 5), E_OK);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], 17);
	assert_int_equal(got[2], 10);
	assert_int_equal(got[3], 10);
	assert_int_equal(got[4], 0);
}

static void
test_the_cap_can_be_reached_and_not_passed(void **state)
{
	struct world *w = *state;

	assert_int_equal(charge(w, 1, 1, CAP - 1), E_OK);
	assert_int_equal(charge(w, 2, 2, 2), E_BUDGET); /* one month is full */
	assert_int_equal(spent(w, MONTH), CAP - 1);
	assert_int_equal(spent(w, MONTH + 1), 0); /* and none is charged */
	assert_int_equal(charge(w, 2, 2, 1), E_OK);
	assert_int_equal(spent(w, MONTH), CAP);
	assert_int_equal(charge(w, 3, 1, 1), E_BUDGET);
}

static void
test_no_sum_wraps_around(void **state)
{
	struct world *w = *state;
	struct ledger_key a = key(1), b = key(2);

	assert_int_equal(ledger_charge(w->l, &a, a.question, MONTH, 1,
			     INT64_MAX, UINT64_MAX, NOW),
	    E_OK);
	assert_int_equal(
	    ledger_charge(w->l, &b, b.question, MONTH, 1, 1, UINT64_MAX, NOW),
	    E_BUDGET);
	assert_int_equal(ledger_charge(w->l, &b, b.question, MONTH, 1,
			     UINT64_MAX, UINT64_MAX, NOW),
	    E_BUDGET);
	assert_true(spent(w, MONTH) == INT64_MAX);
}

static void
test_a_key_is_charged_once(void **state)
{
	struct world *w = *state;
	enum ledger_state s;
	struct ledger_key k = key(1);

	assert_int_equal(ledger_state_of(w->l, &s, &k), E_OK);
	assert_int_equal(s, LEDGER_NEW);
	assert_int_equal(charge(w, 1, 1, 10), E_OK);
	assert_int_equal(charge(w, 1, 1, 10), E_EXISTS);
	reopen(w);
	assert_int_equal(charge(w, 1, 2, 20), E_EXISTS);
	assert_int_equal(spent(w, MONTH), 10);
	assert_int_equal(ledger_state_of(w->l, &s, &k), E_OK);
	assert_int_equal(s, LEDGER_CHARGED);
	k.epoch_s++; /* another cut is another charge */
	assert_int_equal(
	    ledger_charge(w->l, &k, k.question, MONTH, 1, 10, CAP, NOW), E_OK);
	assert_int_equal(spent(w, MONTH), 20);
}

static void
test_an_answer_is_stored_once_and_comes_back(void **state)
{
	struct world *w = *state;
	const int64_t cells[] = { 0, -1, INT64_MAX, INT64_MIN, 42 };
	const int64_t other[] = { 1, 2, 3, 4, 5 };
	struct ledger_key k = key(1);
	enum ledger_state s;
	int64_t *got;
	uint32_t n;

	assert_int_equal(ledger_answer(w->l, &k, cells, 5), E_STATE);
	assert_int_equal(charge(w, 1, 1, 10), E_OK);
	assert_int_equal(ledger_cells(w->l, &k, &got, &n), E_NOTFOUND);
	assert_int_equal(ledger_answer(w->l, &k, cells, 5), E_OK);
	assert_int_equal(ledger_answer(w->l, &k, other, 5), E_EXISTS);
	reopen(w);
	assert_int_equal(ledger_state_of(w->l, &s, &k), E_OK);
	assert_int_equal(s, LEDGER_ANSWERED);
	assert_int_equal(ledger_cells(w->l, &k, &got, &n), E_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(got, cells, sizeof(cells));
	free(got);
}

static void
test_a_query_keeps_its_cut(void **state)
{
	struct world *w = *state;
	struct ledger_key k = key(1), later = key(1);
	uint8_t other[QUERY_ID] = { 9 };
	uint64_t epoch = 1;

	assert_int_equal(charge(w, 1, 1, 10), E_OK); /* takes its query */
	later.epoch_s += 100;
	assert_int_equal(ledger_take(w->l, k.question, &later), E_OK);
	assert_int_equal(ledger_taken(w->l, &epoch, k.question), E_OK);
	assert_true(epoch == k.epoch_s);
	assert_int_equal(ledger_taken(w->l, &epoch, other), E_NOTFOUND);
	assert_int_equal(ledger_take(w->l, other, &later), E_OK);
	reopen(w);
	assert_int_equal(ledger_taken(w->l, &epoch, other), E_OK);
	assert_true(epoch == later.epoch_s);
}

static void
test_time_does_not_go_back(void **state)
{
	struct world *w = *state;
	uint64_t highest, opened;

	assert_int_equal(journal_time(w->l, &highest, NOW), E_OK);
	assert_int_equal(highest, 0);
	reopen(w);
	assert_int_equal(journal_time(w->l, &highest, NOW - 1000), E_OK);
	assert_true(highest == NOW);
	assert_int_equal(journal_time(w->l, &highest, NOW + 1), E_OK);
	assert_true(highest == NOW); /* a lower one changed nothing */
	assert_int_equal(journal_time(w->l, &highest, 0), E_OK);
	assert_true(highest == NOW + 1);

	assert_int_equal(ledger_opened(w->l, &opened), E_OK);
	assert_int_equal(opened, 0);
	assert_int_equal(charge(w, 1, 1, 1), E_OK);
	assert_int_equal(charge(w, 2, 1, 1), E_OK);
	assert_int_equal(ledger_opened(w->l, &opened), E_OK);
	assert_true(opened == NOW + 1);
}

/* The cut hangs on it: were it to move, one question would have two answers.
 * A crash lets the ledger forget some seconds, and a clock may be set back. */
static void
test_a_later_charge_does_not_move_the_opening(void **state)
{
	struct world *w = *state;
	struct ledger_key k = key(1);
	uint64_t opened;

	assert_int_equal(charge(w, 2, 1, 1), E_OK);
	assert_int_equal(
	    ledger_charge(w->l, &k, k.question, MONTH, 1, 1, CAP, NOW - 10),
	    E_OK);
	assert_int_equal(ledger_opened(w->l, &opened), E_OK);
	assert_true(opened == NOW + 2);
}

static void
test_rosters_are_remembered(void **state)
{
	struct world *w = *state;
	const uint8_t a[32] = { 1 }, b[32] = { 2 }, c[32] = { 3 };
	char *note;
	size_t len;

	assert_int_equal(journal_roster(w->l, &note, &len, NULL), E_NOTFOUND);
	assert_int_equal(journal_keep_roster(w->l, b, 7, "seven", 5), E_OK);
	assert_int_equal(journal_keep_roster(w->l, a, 6, "six", 3), E_OK);
	assert_int_equal(journal_keep_roster(w->l, a, 6, "six", 3), E_OK);
	assert_int_equal(journal_roster(w->l, &note, &len, a), E_OK);
	assert_string_equal(note, "six");
	free(note);
	assert_int_equal(journal_roster(w->l, &note, &len, NULL), E_OK);
	assert_string_equal(note, "seven");
	assert_int_equal(len, 5);
	free(note);
	assert_int_equal(journal_roster(w->l, &note, &len, c), E_NOTFOUND);
}

static void
count_line(void *ctx, const struct journal_line *line)
{
	assert_string_equal(line->what, "refused");
	assert_int_equal(line->query_id[0], 5);
	(*(unsigned *)ctx)++;
}

/* A hostile coordinator cannot fill the disk by asking again. */
static void
test_the_same_line_is_kept_once(void **state)
{
	struct world *w = *state;
	const uint8_t id[QUERY_ID] = { 5 };
	unsigned n = 0;

	for (int i = 0; i < 50; i++)
		assert_int_equal(
		    journal_log(w->l, NOW, "refused", id, 12), E_OK);
	assert_int_equal(journal_log(w->l, NOW, "refused", id, 13), E_OK);
	assert_int_equal(journal_lines(w->l, count_line, &n), E_OK);
	assert_int_equal(n, 2);
}

/* Another process may read, but not write, beside the one that has it. */
static void
test_two_processes_cannot_have_it(void **state)
{
	struct world *w = *state;
	struct ledger *l = NULL;
	struct stat st;
	int status;
	pid_t pid;

	assert_int_equal(charge(w, 1, 1, 10), E_OK);
	if ((pid = fork()) == 0) {
		uint64_t got = 0;
		bool good = ledger_open(&l, w->path) == E_EXISTS &&
			    ledger_peek(&l, w->path) == E_OK &&
			    ledger_spent(l, &got, MONTH, 1) == E_OK &&
			    got == 10;

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_a_reader_changes_nothing(void **state)
{
	struct world *w = *state;
	struct ledger_key k = key(1);
	struct ledger *l;
	char nowhere[128];

	snprintf(nowhere, sizeof(nowhere), "%s/none.db", w->dir);
	assert_int_equal(ledger_peek(&l, nowhere), E_NOTFOUND);
	assert_int_not_equal(access(nowhere, F_OK), 0);
	assert_int_equal(ledger_peek(&l, w->path), E_OK);
	assert_int_equal(
	    ledger_charge(l, &k, k.question, MONTH, 1, 1, CAP, NOW), E_DB);
	ledger_close(l);
	assert_int_equal(spent(w, MONTH), 0);
}

/* Runs SQL beside the ledger; true when SQLite took it. */
static bool
tamper(struct world *w, const char *sql)
{
	sqlite3 *db;
	int rc;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return rc == SQLITE_OK;
}

static void
test_rows_are_neither_changed_nor_taken_away(void **state)
{
	static const char *const attempts[] = {
		"UPDATE charges SET nrho = 1",
		"DELETE FROM charges",
		"UPDATE spent SET nrho = 1",
		"DELETE FROM spent",
		"UPDATE answers SET cells = x'00'",
		"DELETE FROM answers",
		"UPDATE taken SET epoch = 0",
		"DELETE FROM taken",
		"UPDATE log SET code = 0",
		"DELETE FROM log",
	};
	struct world *w = *state;
	struct ledger_key k = key(1);
	const int64_t cell = 3;

	assert_int_equal(charge(w, 1, 1, 10), E_OK);
	assert_int_equal(ledger_answer(w->l, &k, &cell, 1), E_OK);
	assert_int_equal(
	    journal_log(w->l, NOW, "answered", k.question, 0), E_OK);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		assert_false(tamper(w, attempts[i]));
	assert_int_equal(spent(w, MONTH), 10);
}

static void
test_a_file_that_is_not_a_ledger_is_refused(void **state)
{
	static const char text[] = "this is not a database, but long enough "
				   "for SQLite to look at its header\n";
	struct world *w = *state;
	char path[128];
	struct ledger *l;
	FILE *f;

	snprintf(path, sizeof(path), "%s/other.db", w->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 100; i++)
		fputs(text, f);
	fclose(f);
	assert_int_equal(ledger_open(&l, path), E_CONFIG);
	unlink(path);
	strcat(path, ".lock");
	unlink(path);

	ledger_close(w->l); /* another program's database */
	assert_true(tamper(w, "PRAGMA application_id = 77"));
	w->l = NULL;
	assert_int_equal(ledger_open(&w->l, w->path), E_CONFIG);
	assert_true(tamper(w, "PRAGMA application_id = 1466004017;"
			      "PRAGMA user_version = 2"));
	assert_int_equal(ledger_open(&w->l, w->path), E_CONFIG);
}

/* A charge whose months are gone would be budget back from nowhere. */
static void
test_a_damaged_ledger_is_refused(void **state)
{
	struct world *w = *state;
	struct stat st;
	int fd;

	assert_int_equal(charge(w, 1, 3, 10), E_OK);
	ledger_close(w->l);
	w->l = NULL;
	assert_true(tamper(w, "DROP TRIGGER spent_delete;"
			      "DELETE FROM spent WHERE month = 613"));
	assert_int_equal(ledger_open(&w->l, w->path), E_CONFIG);

	assert_int_equal(stat(w->path, &st), 0);
	fd = open(w->path, O_RDWR);
	for (off_t at = 4096; at < st.st_size; at += 4096)
		assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, at), 4);
	close(fd);
	assert_int_equal(ledger_open(&w->l, w->path), E_CONFIG);
}

static void
test_a_damaged_answer_is_not_given_out(void **state)
{
	struct world *w = *state;
	struct ledger_key k = key(1);
	const int64_t cells[] = { 1, 2 };
	int64_t *got;
	uint32_t n;

	assert_int_equal(charge(w, 1, 1, 10), E_OK);
	assert_int_equal(ledger_answer(w->l, &k, cells, 2), E_OK);
	assert_true(tamper(w,
	    "DROP TRIGGER answers_update;"
	    "UPDATE answers SET cells = x'00000000000000010000000000000003'"));
	assert_int_equal(ledger_cells(w->l, &k, &got, &n), E_DB);
}

/* One life of a gate: charge and answer keys one after another, whatever was
 * done before, until it is killed. */
static void
live(const char *path, unsigned seed)
{
	struct ledger *l;

	if (ledger_open(&l, path) != E_OK)
		_exit(1);
	for (unsigned i = 0; i < 10000; i++) {
		struct ledger_key k = key(i);
		int64_t cell = (int64_t)(seed * 100000 + i);
		enum err e = ledger_charge(l, &k, k.question,
		    (uint16_t)(MONTH + i % 7), 2, 3, UINT64_MAX, NOW);

		if (e != E_OK && e != E_EXISTS)
			_exit(2);
		e = ledger_answer(l, &k, &cell, 1);
		if (e != E_OK && e != E_EXISTS)
			_exit(3);
	}
	_exit(0);
}

static void
add_month(void *ctx, uint16_t month, uint64_t nrho)
{
	(void)month;
	*(uint64_t *)ctx += nrho;
}

/* Every key below the first that is new has one charge, every one but the last
 * an answer, and answers stay what they were. */
static unsigned
check_life(struct world *w, int64_t *answers, unsigned most)
{
	uint64_t total = 0;
	unsigned n = 0;

	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
	for (; n < most; n++) {
		struct ledger_key k = key(n);
		enum ledger_state s;
		int64_t *cells;
		uint32_t len;

		assert_int_equal(ledger_state_of(w->l, &s, &k), E_OK);
		if (s == LEDGER_NEW)
			break;
		if (s == LEDGER_CHARGED) {
			assert_int_equal(answers[n], -1);
			continue;
		}
		assert_int_equal(ledger_cells(w->l, &k, &cells, &len), E_OK);
		assert_int_equal(len, 1);
		if (answers[n] != -1)
			assert_true(answers[n] == cells[0]);
		answers[n] = cells[0];
		free(cells);
	}
	assert_int_equal(ledger_months(w->l, add_month, &total), E_OK);
	assert_int_equal(total, (uint64_t)n * 2 * 3);
	ledger_close(w->l);
	w->l = NULL;
	return n;
}

static void
test_kill_9_at_any_point_leaves_one_charge_and_one_answer_per_key(void **state)
{
	struct world *w = *state;
	static int64_t answers[10000];
	unsigned done = 0;

	memset(answers, 0xff, sizeof(answers));
	ledger_close(w->l);
	w->l = NULL;
	for (unsigned life = 1; life <= 12; life++) {
		unsigned before = done;
		int status;
		pid_t pid = fork();

		if (pid == 0)
			live(w->path, life);
		usleep(3000 + 2713 * life); /* anywhere in its work */
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || status == 0);
		done = check_life(w, answers, 10000);
		assert_true(done >= before);
	}
	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_charges_add_up_by_month),
		TEST(test_the_cap_can_be_reached_and_not_passed),
		TEST(test_no_sum_wraps_around),
		TEST(test_a_key_is_charged_once),
		TEST(test_an_answer_is_stored_once_and_comes_back),
		TEST(test_a_query_keeps_its_cut),
		TEST(test_time_does_not_go_back),
		TEST(test_a_later_charge_does_not_move_the_opening),
		TEST(test_rosters_are_remembered),
		TEST(test_the_same_line_is_kept_once),
		TEST(test_two_processes_cannot_have_it),
		TEST(test_a_reader_changes_nothing),
		TEST(test_rows_are_neither_changed_nor_taken_away),
		TEST(test_a_file_that_is_not_a_ledger_is_refused),
		TEST(test_a_damaged_ledger_is_refused),
		TEST(test_a_damaged_answer_is_not_given_out),
		TEST(
		    test_kill_9_at_any_point_leaves_one_charge_and_one_answer_per_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
