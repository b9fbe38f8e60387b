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

#include "base/hex.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "node/journal.h"
#include "node/ledger.h"

#define CAP UINT64_C(100)
#define MONTH 612
#define NOW UINT64_C(1700000000)

static const struct cost cap = { CAP, 10 * CAP, 5 };
static const struct cost one = { .nrho = 1 };

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
	const struct cost cost = { .nrho = nrho };

	return ledger_charge(
	    w->l, &k, k.question, MONTH, months, &cost, &cap, NOW + n);
}

static struct cost
cost_of(struct world *w, uint16_t month)
{
	struct cost out;

	assert_int_equal(ledger_spent(w->l, &out, month, 1), E_OK);
	return out;
}

static uint64_t
spent(struct world *w, uint16_t month)
{
	return cost_of(w, month).nrho;
}

static void
assert_cost(struct cost got, uint64_t nrho, uint64_t neps, uint64_t tv)
{
	if (got.nrho != nrho || got.neps != neps || got.tv != tv)
		fail_msg("%ju %ju %ju, not %ju %ju %ju", (uintmax_t)got.nrho,
		    (uintmax_t)got.neps, (uintmax_t)got.tv, (uintmax_t)nrho,
		    (uintmax_t)neps, (uintmax_t)tv);
}

static void
test_charges_add_up_by_month_each_in_its_unit(void **state)
{
	static const struct {
		uint16_t months;
		struct cost cost;
	} charges[] = {
		{ 3, { 10, 0, 1 } },
		{ 1, { 7, 0, 0 } },
		{ 2, { 0, 500, 2 } },
	};
	struct world *w = *state;
	struct cost got[5];

	for (unsigned i = 0; i < 3; i++) {
		struct ledger_key k = key(i);

		assert_int_equal(
		    ledger_charge(w->l, &k, k.question, MONTH,
			charges[i].months, &charges[i].cost, &cap, NOW),
		    E_OK);
	}
	reopen(w);
	assert_int_equal(ledger_spent(w->l, got, MONTH - 1, 5), E_OK);
	assert_cost(got[0], 0, 0, 0);
	assert_cost(got[1], 17, 500, 3);
	assert_cost(got[2], 10, 500, 3);
	assert_cost(got[3], 10, 0, 1);
	assert_cost(got[4], 0, 0, 0);
}

/* Each of the three has room for one more of itself alone. */
static void
test_every_unit_has_its_cap(void **state)
{
	struct world *w = *state;
	const struct cost most = { CAP - 1, 10 * CAP - 1, 4 };
	const struct cost over[] = { { 2, 1, 1 }, { 1, 2, 1 }, { 1, 1, 2 } };
	const struct cost last = { 1, 1, 1 };
	struct ledger_key a = key(1), b = key(2);

	assert_int_equal(
	    ledger_charge(w->l, &a, a.question, MONTH, 1, &most, &cap, NOW),
	    E_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ledger_charge(w->l, &b, b.question, MONTH, 1,
				     &over[i], &cap, NOW),
		    E_BUDGET);
		assert_cost(cost_of(w, MONTH), CAP - 1, 10 * CAP - 1, 4);
	}
	assert_int_equal(
	    ledger_charge(w->l, &b, b.question, MONTH, 1, &last, &cap, NOW),
	    E_OK);
	assert_cost(cost_of(w, MONTH), CAP, 10 * CAP, 5);
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
	const struct cost all = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	const struct cost full = { INT64_MAX, INT64_MAX, INT64_MAX };
	const struct cost more[] = { { 1, 0, 0 }, { 0, 1, 0 },
		{ UINT64_MAX, 0, 0 }, { 0, UINT64_MAX, 0 },
		{ 1, 0, UINT64_MAX } };
	struct ledger_key a = key(1);

	assert_int_equal(
	    ledger_charge(w->l, &a, a.question, MONTH, 1, &full, &all, NOW),
	    E_OK);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		for (uint16_t m = 0; m < 2; m++) {
			struct ledger_key b = key(2 + (unsigned)i);

			assert_int_equal(
			    ledger_charge(w->l, &b, b.question,
				(uint16_t)(MONTH + m), 1, &more[i], &all, NOW),
			    m == 1 && i < 2 ? E_OK : E_BUDGET);
		}
	assert_cost(cost_of(w, MONTH), INT64_MAX, INT64_MAX, INT64_MAX);
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
	    ledger_charge(w->l, &k, k.question, MONTH, 1, &one, &cap, NOW),
	    E_OK);
	assert_int_equal(spent(w, MONTH), 11);
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
	    ledger_charge(w->l, &k, k.question, MONTH, 1, &one, &cap, NOW - 10),
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
		struct cost got = { 0 };
		bool good = ledger_open(&l, w->path) == E_EXISTS &&
			    ledger_peek(&l, w->path) == E_OK &&
			    ledger_spent(l, &got, MONTH, 1) == E_OK &&
			    got.nrho == 10;

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
	    ledger_charge(l, &k, k.question, MONTH, 1, &one, &cap, NOW), E_DB);
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
		"UPDATE charges SET neps = 0",
		"UPDATE spent SET tv = 0",
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
			      "PRAGMA user_version = 3"));
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
	const struct cost all = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	const struct cost three = { .nrho = 3 };
	struct ledger *l;

	if (ledger_open(&l, path) != E_OK)
		_exit(1);
	for (unsigned i = 0; i < 10000; i++) {
		struct ledger_key k = key(i);
		int64_t cell = (int64_t)(seed * 100000 + i);
		enum err e = ledger_charge(l, &k, k.question,
		    (uint16_t)(MONTH + i % 7), 2, &three, &all, NOW);

		if (e != E_OK && e != E_EXISTS)
			_exit(2);
		e = ledger_answer(l, &k, &cell, 1);
		if (e != E_OK && e != E_EXISTS)
			_exit(3);
	}
	_exit(0);
}

static void
add_month(void *ctx, uint16_t month, const struct cost *spent)
{
	(void)month;
	*(uint64_t *)ctx += spent->nrho;
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

/* Files of version 1 -------------------------------------------------- */

#define KEPT(table)                                                 \
	"CREATE TRIGGER " table "_update BEFORE UPDATE ON " table   \
	" BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;" \
	"CREATE TRIGGER " table "_delete BEFORE DELETE ON " table   \
	" BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;"

/* As nodes of that version made them. */
static const char version_1[] =
    "PRAGMA journal_mode = WAL; BEGIN;"
    "CREATE TABLE charges ("
    " n INTEGER PRIMARY KEY,"
    " question BLOB NOT NULL CHECK (length(question) = 32),"
    " epoch INTEGER NOT NULL,"
    " query BLOB NOT NULL CHECK (length(query) = 32),"
    " months INTEGER NOT NULL CHECK (months > 0),"
    " nrho INTEGER NOT NULL CHECK (nrho > 0),"
    " at INTEGER NOT NULL,"
    " UNIQUE (question, epoch));"
    "CREATE TABLE spent ("
    " charge INTEGER NOT NULL REFERENCES charges (n),"
    " month INTEGER NOT NULL,"
    " nrho INTEGER NOT NULL CHECK (nrho > 0),"
    " PRIMARY KEY (charge, month)) WITHOUT ROWID;"
    "CREATE INDEX spent_by_month ON spent (month, nrho);"
    "CREATE TABLE answers ("
    " n INTEGER PRIMARY KEY REFERENCES charges (n),"
    " cells BLOB NOT NULL,"
    " sum BLOB NOT NULL);"
    "CREATE TABLE taken ("
    " query BLOB PRIMARY KEY CHECK (length(query) = 32),"
    " question BLOB NOT NULL,"
    " epoch INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE rosters ("
    " hash BLOB PRIMARY KEY CHECK (length(hash) = 32),"
    " epoch INTEGER NOT NULL,"
    " note BLOB NOT NULL);"
    "CREATE TABLE seen (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " at INTEGER NOT NULL);"
    "CREATE TABLE log ("
    " n INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " what TEXT NOT NULL,"
    " query BLOB NOT NULL,"
    " code INTEGER NOT NULL,"
    " UNIQUE (query, what, code));"
    /* clang-format off */
    KEPT("charges") KEPT("spent") KEPT("answers") KEPT("taken") KEPT("log")
    /* clang-format on */
    "PRAGMA application_id = 1466004017; PRAGMA user_version = 1;"
    "COMMIT;";

/* 40 charges of 1 to 3 months from 612 on, 30 of them answered; ids are
 * numbers as key() makes them. */
static const char rows_1[] =
    "CREATE TEMP TABLE i AS WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL"
    "  SELECT n + 1 FROM s WHERE n < 40)"
    " SELECT n, CAST (char(n) || zeroblob(31) AS BLOB) AS id FROM s;"
    "INSERT INTO charges SELECT n, id, 1700000000, id, 1 + n % 3, n,"
    " 1700000000 + n FROM i;"
    "INSERT INTO spent SELECT c.n, 611 + m.n, c.nrho FROM charges c, i m"
    " WHERE m.n <= c.months;"
    "INSERT INTO taken SELECT id, id, 1700000000 FROM i;"
    "INSERT INTO log SELECT n, 1700000000 + n, 'refused',"
    " CAST (char(5) || zeroblob(31) AS BLOB), n FROM i;"
    "INSERT INTO rosters VALUES (zeroblob(32), 7, 'seven');"
    "INSERT INTO seen VALUES (1, 1700000099);";

/* Everything that a file of either version says, in the order of its keys. */
static char *
everything(struct world *w)
{
	static const char *const queries[] = {
		"SELECT n, hex(question), epoch, hex(query) FROM charges",
		"SELECT n, months, nrho, at FROM charges ORDER BY n",
		"SELECT charge, month, nrho FROM spent ORDER BY 1, 2",
		"SELECT n, hex(cells), hex(sum) FROM answers ORDER BY n",
		"SELECT hex(query), hex(question), epoch FROM taken ORDER BY 1",
		"SELECT hex(hash), epoch, hex(note) FROM rosters ORDER BY 1",
		"SELECT at FROM seen",
		"SELECT n, at, what, hex(query), code FROM log ORDER BY n",
	};
	sqlite3 *db;
	sqlite3_stmt *s;
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		assert_int_equal(
		    sqlite3_prepare_v2(db, queries[i], -1, &s, NULL),
		    SQLITE_OK);
		while (sqlite3_step(s) == SQLITE_ROW) {
			for (int j = 0; j < sqlite3_column_count(s); j++)
				fprintf(f, "%s ", sqlite3_column_text(s, j));
			fputc('\n', f);
		}
		assert_int_equal(sqlite3_finalize(s), SQLITE_OK);
	}
	sqlite3_close(db);
	fclose(f);
	return out;
}

/* Answer n as nodes of that version stored it: three big-endian numbers, n, -n
 * and the least, and their hash. */
static void
put_answer(FILE *sql, unsigned n)
{
	const uint64_t cells[3] = { n, UINT64_MAX - n + 1, UINT64_C(1) << 63 };
	uint8_t bytes[24], sum[HASH_BYTES];
	struct wr to = wr_over(bytes, sizeof(bytes));
	char blob[HEX_LEN(24)], hash[HEX_LEN(HASH_BYTES)];

	for (size_t i = 0; i < 3; i++)
		wr_be64(&to, cells[i]);
	hash_label(sum, "ward/ledger-answer/1", bytes, sizeof(bytes));
	hex_text(blob, bytes, sizeof(bytes));
	hex_text(hash, sum, sizeof(sum));
	fprintf(sql, "INSERT INTO answers VALUES (%u, x'%s', x'%s');", n, blob,
	    hash);
}

/* The world's ledger is one of version 1, and closed. */
static void
make_version_1(struct world *w)
{
	char *sql = NULL;
	size_t len;
	FILE *f = open_memstream(&sql, &len);

	assert_non_null(f);
	fprintf(f, "%s BEGIN; %s", version_1, rows_1);
	for (unsigned n = 1; n <= 30; n++)
		put_answer(f, n);
	fprintf(f, "COMMIT;");
	fclose(f);
	ledger_close(w->l);
	w->l = NULL;
	assert_int_equal(unlink(w->path), 0);
	assert_true(tamper(w, sql));
	free(sql);
}

static unsigned
version_of(struct world *w)
{
	sqlite3 *db;
	sqlite3_stmt *s;
	int v;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	v = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return (unsigned)v;
}

/* Charges of n = 1 ... 40 nano-rho over 1 + n mod 3 months. */
static void
assert_spent_1(struct world *w)
{
	uint64_t want[3] = { 0 };

	for (unsigned n = 1; n <= 40; n++)
		for (unsigned m = 0; m < 1 + n % 3; m++)
			want[m] += n;
	for (unsigned m = 0; m < 3; m++)
		assert_cost(cost_of(w, (uint16_t)(MONTH + m)), want[m], 0, 0);
}

/* Does it work as one that was made now? */
static void
assert_works(struct world *w)
{
	const struct cost cost = { 0, 7, 2 };
	const struct cost all = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
	const int64_t cells[] = { 4, 5 };
	struct ledger_key known = key(3), k = key(77);
	enum ledger_state s;
	int64_t *got;
	uint32_t n;

	assert_int_equal(ledger_state_of(w->l, &s, &known), E_OK);
	assert_int_equal(s, LEDGER_ANSWERED);
	assert_int_equal(ledger_charge(w->l, &known, known.question, MONTH, 1,
			     &cost, &all, NOW),
	    E_EXISTS);
	assert_int_equal(ledger_cells(w->l, &known, &got, &n), E_OK);
	assert_true(n == 3 && got[0] == 3 && got[1] == -3);
	free(got);
	known = key(35); /* a crash left it without an answer */
	assert_int_equal(ledger_answer(w->l, &known, cells, 2), E_OK);
	assert_int_equal(
	    ledger_charge(w->l, &k, k.question, MONTH, 2, &cost, &all, NOW),
	    E_OK);
	assert_int_equal(ledger_answer(w->l, &k, cells, 2), E_OK);
	reopen(w);
	assert_int_equal(cost_of(w, MONTH).neps, 7);
	assert_int_equal(cost_of(w, MONTH + 1).tv, 2);
}

static void
test_a_ledger_of_version_1_keeps_every_row(void **state)
{
	struct world *w = *state;
	char *before, *after;

	make_version_1(w);
	before = everything(w);
	assert_non_null(strstr(before, "refused"));
	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
	after = everything(w);
	assert_string_equal(before, after);
	assert_int_equal(version_of(w), 2);
	assert_spent_1(w);
	assert_works(w);
	assert_false(tamper(w, "DELETE FROM charges"));
	assert_false(tamper(w, "UPDATE spent SET neps = 1"));
	assert_false(tamper(w, "PRAGMA foreign_keys = ON;"
			       "INSERT INTO spent VALUES (999, 612, 1, 0, 0)"));
	free(before);
	free(after);
}

/* `ward-node ledger` beside a node of that version. */
static void
test_a_reader_leaves_version_1_as_it_is(void **state)
{
	struct world *w = *state;
	struct ledger *l;
	uint64_t total = 0;
	char *before, *after;
	unsigned n = 0;

	make_version_1(w);
	before = everything(w);
	assert_int_equal(ledger_peek(&w->l, w->path), E_OK);
	assert_spent_1(w);
	assert_int_equal(ledger_months(w->l, add_month, &total), E_OK);
	assert_int_equal(total, 820 + 547 + 260);
	assert_int_equal(journal_lines(w->l, count_line, &n), E_OK);
	assert_int_equal(n, 40);
	assert_int_equal(version_of(w), 1);
	after = everything(w);
	assert_string_equal(before, after);
	assert_int_equal(ledger_open(&l, w->path), E_OK); /* under it */
	ledger_close(l);
	free(before);
	free(after);
}

/* Budget that went missing is not carried over as if it had never been. */
static void
test_a_damaged_ledger_of_version_1_is_refused_as_it_is(void **state)
{
	static const struct {
		const char *first, *then;
	} damage[] = {
		{ "DROP TRIGGER spent_delete",
		    "DELETE FROM spent WHERE charge = 5 AND month = 613" },
		{ "DROP TRIGGER spent_update",
		    "UPDATE spent SET nrho = 1 WHERE charge = 40" },
		/* and its answer still stands */
		{ "DROP TRIGGER spent_delete; DROP TRIGGER charges_delete",
		    "DELETE FROM spent WHERE charge = 5;"
		    "DELETE FROM charges WHERE n = 5" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		char *before, *after;

		make_version_1(w);
		assert_true(tamper(w, damage[i].first));
		assert_true(tamper(w, damage[i].then));
		before = everything(w);
		assert_int_equal(ledger_open(&w->l, w->path), E_CONFIG);
		assert_int_equal(ledger_peek(&w->l, w->path), E_CONFIG);
		after = everything(w);
		assert_string_equal(before, after);
		assert_int_equal(version_of(w), 1);
		free(before);
		free(after);
	}
}

static int crash_after; /* calls of crash */

static int
crash(void *unused)
{
	(void)unused;
	if (crash_after-- == 0)
		_exit(9); /* nothing is closed, nothing is written */
	return 0;
}

/* Every connection from now on dies in the middle of its work. */
static int
arm(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
	(void)error;
	(void)api;
	sqlite3_progress_handler(db, 50, crash, NULL);
	return SQLITE_OK;
}

/* Opens it in a process that is gone after so many steps; was it? */
static bool
open_and_crash(struct world *w, int steps)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct ledger *l = NULL;

		crash_after = steps;
		if (sqlite3_auto_extension((void (*)(void))arm) != SQLITE_OK ||
		    ledger_open(&l, w->path) != E_OK)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == 9;
}

static void
test_a_crash_while_a_ledger_is_brought_up_loses_nothing(void **state)
{
	struct world *w = *state;
	unsigned crashes = 0, old = 0;
	char *before, *after;

	make_version_1(w);
	before = everything(w);
	for (int steps = 0; open_and_crash(w, steps); steps += 11) {
		crashes++;
		old += version_of(w) == 1;
		after = everything(w);
		assert_string_equal(before, after);
		free(after);
	}
	/* It died at many points, also of what follows the check. */
	assert_true(crashes > 20 && old > 20);
	assert_int_equal(version_of(w), 2);
	assert_int_equal(ledger_open(&w->l, w->path), E_OK);
	assert_spent_1(w);
	assert_works(w);
	free(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_charges_add_up_by_month_each_in_its_unit),
		TEST(test_every_unit_has_its_cap),
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
		TEST(test_a_ledger_of_version_1_keeps_every_row),
		TEST(test_a_reader_leaves_version_1_as_it_is),
		TEST(test_a_damaged_ledger_of_version_1_is_refused_as_it_is),
		TEST(test_a_crash_while_a_ledger_is_brought_up_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
