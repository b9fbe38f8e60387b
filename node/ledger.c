#include "node/ledger.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "node/sql.h"

#define APPLICATION 0x57617231 /* "War1" */
#define VERSION 2
#define BUSY_MS 5000
#define ANSWER_LABEL "ward/ledger-answer/1"

struct ledger {
	sqlite3 *sqlite;
	int lock; /* -1: opened to read */
};

#define KEPT(table)                                                 \
	"CREATE TRIGGER " table "_update BEFORE UPDATE ON " table   \
	" BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;" \
	"CREATE TRIGGER " table "_delete BEFORE DELETE ON " table   \
	" BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;"

/* What an answer costs, in nano-rho, nano-epsilon and units of 2^-100. */
#define COST                                        \
	" nrho INTEGER NOT NULL CHECK (nrho >= 0)," \
	" neps INTEGER NOT NULL CHECK (neps >= 0)," \
	" tv INTEGER NOT NULL CHECK (tv >= 0),"

#define CHARGES(name)                                            \
	"CREATE TABLE " name " ("                                \
	" n INTEGER PRIMARY KEY,"                                \
	" question BLOB NOT NULL CHECK (length(question) = 32)," \
	" epoch INTEGER NOT NULL,"                               \
	" query BLOB NOT NULL CHECK (length(query) = 32),"       \
	" months INTEGER NOT NULL CHECK (months > 0)," COST      \
	" at INTEGER NOT NULL,"                                  \
	" CHECK (nrho + neps > 0),"                              \
	" UNIQUE (question, epoch));"

#define SPENT(name)                                                 \
	"CREATE TABLE " name " ("                                   \
	" charge INTEGER NOT NULL REFERENCES charges (n),"          \
	" month INTEGER NOT NULL," COST " CHECK (nrho + neps > 0)," \
	" PRIMARY KEY (charge, month)) WITHOUT ROWID;"

#define SPENT_INDEX \
	"CREATE INDEX spent_by_month ON spent (month, nrho, neps, tv);"

/* Times are UTC seconds; sum: a hash of cells, so that a damaged answer is not
 * sent. */
static const char schema[] =
    /* clang-format off */
    CHARGES("charges") SPENT("spent") SPENT_INDEX
    /* clang-format on */
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
    "PRAGMA application_id = 1466004017;"
    "PRAGMA user_version = 2;";

static_assert(APPLICATION == 1466004017, "the schema's application_id");

/* Version 1 knew nano-rho alone.  SQLite cannot change the CHECK of a column,
 * so both tables are made anew (sqlite.org/lang_altertable.html section 7).
 * Dropping a table takes its triggers and index with it, and fires none. */
static const char from_version_1[] =
    /* clang-format off */
    CHARGES("charges_2") SPENT("spent_2")
    /* clang-format on */
    "INSERT INTO charges_2 SELECT"
    " n, question, epoch, query, months, nrho, 0, 0, at FROM charges;"
    "INSERT INTO spent_2 SELECT charge, month, nrho, 0, 0 FROM spent;"
    "DROP TABLE spent; DROP TABLE charges;"
    "ALTER TABLE charges_2 RENAME TO charges;"
    "ALTER TABLE spent_2 RENAME TO spent;"
    /* clang-format off */
    SPENT_INDEX KEPT("charges") KEPT("spent")
    /* clang-format on */
    "PRAGMA user_version = 2;";

/* Who may only read sees a file of version 1 through these. */
static const char view_version_1[] =
    "CREATE TEMP VIEW charges AS SELECT"
    " n, question, epoch, query, months, nrho, 0 AS neps, 0 AS tv, at"
    " FROM main.charges;"
    "CREATE TEMP VIEW spent AS SELECT"
    " charge, month, nrho, 0 AS neps, 0 AS tv FROM main.spent;";

/* Does a check of the whole file by SQLite give its good answer? */
static enum err
check_pages(sqlite3 *db)
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(db, &s, "PRAGMA quick_check(1)");

	if (e == E_OK && (e = sql_step(s)) == E_OK &&
	    strcmp((const char *)sqlite3_column_text(s, 0), "ok") != 0)
		e = E_CONFIG;
	(void)sqlite3_finalize(s);
	return e;
}

/* Does every charge stand under each of its months, and every month and answer
 * under a charge?  also: what to compare beside nrho. */
static enum err
check_rows(sqlite3 *db, const char *also)
{
	char sql[512];
	uint64_t odd = 1;
	int n = snprintf(sql, sizeof(sql),
	    "SELECT (SELECT count(*) FROM charges c WHERE c.months <>"
	    " (SELECT count(*) FROM spent m"
	    "  WHERE m.charge = c.n AND m.nrho = c.nrho%s))"
	    " + (SELECT count(*) FROM pragma_foreign_key_check)",
	    also);

	assert(n > 0 && (size_t)n < sizeof(sql));
	if (sql_number(db, &odd, sql) != E_OK)
		return E_CONFIG;
	return odd == 0 ? E_OK : E_CONFIG;
}

static enum err
check_whole(sqlite3 *db)
{
	enum err e = check_pages(db);

	return e == E_OK
		   ? check_rows(db, " AND m.neps = c.neps AND m.tv = c.tv")
		   : e;
}

/* Inside a transaction, so all of it or nothing. */
static enum err
migrate_inside(sqlite3 *db)
{
	enum err e;

	if ((e = sql_run(db, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = sql_run(db, from_version_1)) == E_OK &&
	    (e = check_whole(db)) == E_OK)
		e = sql_run(db, "COMMIT");
	if (e != E_OK)
		(void)!sql_run(db, "ROLLBACK");
	return e;
}

/* A file of version 1 becomes one of ours; damaged, it stays as it is. */
static enum err
migrate(sqlite3 *db)
{
	enum err e;

	if ((e = check_pages(db)) != E_OK || (e = check_rows(db, "")) != E_OK)
		return e;
	/* Or dropping charges would look for what refers to it. */
	if ((e = sql_run(db, "PRAGMA foreign_keys = OFF")) != E_OK)
		return e;
	e = migrate_inside(db);
	if (sql_run(db, "PRAGMA foreign_keys = ON") != E_OK)
		return E_DB;
	return e;
}

static enum err
check_version(const struct ledger *l, uint64_t version)
{
	enum err e = E_OK;

	if (version == 1 && l->lock != -1)
		return migrate(l->sqlite);
	if (version == 1)
		e = sql_run(l->sqlite, view_version_1);
	else if (version != VERSION)
		e = E_CONFIG;
	return e == E_OK ? check_whole(l->sqlite) : e;
}

/* A new file gets its tables; any other must be ours. */
static enum err
check_file(struct ledger *l)
{
	uint64_t application, version, tables;
	enum err e;

	if (sql_number(l->sqlite, &application, "PRAGMA application_id") !=
		E_OK ||
	    sql_number(l->sqlite, &version, "PRAGMA user_version") != E_OK ||
	    sql_number(l->sqlite, &tables,
		"SELECT count(*) FROM sqlite_schema") != E_OK)
		return E_CONFIG;
	if (application == APPLICATION)
		return check_version(l, version);
	if (application != 0 || tables != 0 || l->lock == -1)
		return E_CONFIG;
	if ((e = sql_run(l->sqlite, "PRAGMA journal_mode = WAL")) != E_OK ||
	    (e = sql_run(l->sqlite, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = sql_run(l->sqlite, schema)) == E_OK)
		e = sql_run(l->sqlite, "COMMIT");
	return e;
}

/* Takes path.lock for this process. */
static enum err
take_lock(int *out, const char *path)
{
	char name[4096];
	int n = snprintf(name, sizeof(name), "%s.lock", path);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(name))
		return E_CONFIG;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return E_DB;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		enum err e = errno == EWOULDBLOCK ? E_EXISTS : E_DB;

		close(fd);
		return e;
	}
	*out = fd;
	return E_OK;
}

/* SQLite would make the file with the mode that the umask gives. */
static enum err
make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno == EEXIST ? E_OK : E_DB;
	close(fd);
	return E_OK;
}

static enum err
attach(struct ledger *l, const char *path, int flags)
{
	if (sqlite3_open_v2(path, &l->sqlite, flags | SQLITE_OPEN_NOFOLLOW,
		NULL) != SQLITE_OK)
		return E_DB;
	(void)sqlite3_busy_timeout(l->sqlite, BUSY_MS);
	(void)sqlite3_extended_result_codes(l->sqlite, 0);
	if (sql_run(l->sqlite,
		"PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		"PRAGMA recursive_triggers = ON;"
		"PRAGMA trusted_schema = OFF;") == E_OK)
		return E_OK;
	return sqlite3_errcode(l->sqlite) == SQLITE_NOTADB ? E_CONFIG : E_DB;
}

enum err
ledger_open(struct ledger **out, const char *path)
{
	struct ledger *l = calloc(1, sizeof(*l));
	enum err e;

	if (l == NULL)
		return E_NOMEM;
	l->lock = -1;
	if ((e = take_lock(&l->lock, path)) != E_OK ||
	    (e = make_private(path)) != E_OK ||
	    (e = attach(l, path, SQLITE_OPEN_READWRITE)) != E_OK ||
	    (e = check_file(l)) != E_OK)
		goto out;

	*out = l;
	l = NULL;
out:
	ledger_close(l);
	return e;
}

enum err
ledger_peek(struct ledger **out, const char *path)
{
	struct ledger *l;
	enum err e;

	if (access(path, F_OK) != 0)
		return E_NOTFOUND;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return E_NOMEM;
	l->lock = -1;
	if ((e = attach(l, path, SQLITE_OPEN_READONLY)) != E_OK ||
	    (e = check_file(l)) != E_OK)
		goto out;

	*out = l;
	l = NULL;
out:
	ledger_close(l);
	return e;
}

void
ledger_close(struct ledger *l)
{
	if (l == NULL)
		return;
	(void)sqlite3_close(l->sqlite);
	if (l->lock != -1)
		close(l->lock);
	free(l);
}

struct sqlite3 *
ledger_db(struct ledger *l)
{
	return l->sqlite;
}

enum err
ledger_opened(struct ledger *l, uint64_t *utc_s)
{
	return sql_number(l->sqlite, utc_s,
	    "SELECT coalesce((SELECT at FROM charges ORDER BY n LIMIT 1), 0)");
}

enum err
ledger_cut(struct ledger *l, uint64_t *utc_s)
{
	return sql_number(
	    l->sqlite, utc_s, "SELECT coalesce(max(epoch), 0) FROM charges");
}

/* Three columns of a row, from the i-th. */
static struct cost
cost_of(sqlite3_stmt *s, int i)
{
	return (struct cost){ .nrho = (uint64_t)sqlite3_column_int64(s, i),
		.neps = (uint64_t)sqlite3_column_int64(s, i + 1),
		.tv = (uint64_t)sqlite3_column_int64(s, i + 2) };
}

enum err
ledger_spent(struct ledger *l, struct cost *spent, uint16_t first, uint16_t n)
{
	sqlite3_stmt *s = NULL;
	struct cost got[QUERY_MONTHS_MAX] = { 0 };
	enum err e;

	assert(n <= QUERY_MONTHS_MAX);
	if ((e = sql_prepare(l->sqlite, &s,
		 "SELECT month, sum(nrho), sum(neps), sum(tv) FROM spent"
		 " WHERE month >= ? AND month < ? GROUP BY month")) != E_OK)
		return e;
	sql_bind_number(s, 1, first);
	sql_bind_number(s, 2, (uint64_t)first + n);
	while ((e = sql_step(s)) == E_OK)
		got[sqlite3_column_int(s, 0) - first] = cost_of(s, 1);
	(void)sqlite3_finalize(s);
	if (e != E_NOTFOUND)
		return E_DB;
	memcpy(spent, got, n * sizeof(*spent));
	return E_OK;
}

/* The number of a charge, and whether it is answered; E_NOTFOUND. */
static enum err
charge_of(
    struct ledger *l, uint64_t *n, bool *answered, const struct ledger_key *key)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if (key->epoch_s > INT64_MAX)
		return E_NOTFOUND;
	if ((e = sql_prepare(l->sqlite, &s,
		 "SELECT c.n, a.n IS NOT NULL FROM charges c"
		 " LEFT JOIN answers a ON a.n = c.n"
		 " WHERE c.question = ? AND c.epoch = ?")) != E_OK)
		return e;
	sql_bind_id(s, 1, key->question);
	sql_bind_number(s, 2, key->epoch_s);
	if ((e = sql_step(s)) == E_OK) {
		*n = (uint64_t)sqlite3_column_int64(s, 0);
		*answered = sqlite3_column_int(s, 1) != 0;
	}
	(void)sqlite3_finalize(s);
	return e;
}

enum err
ledger_state_of(
    struct ledger *l, enum ledger_state *out, const struct ledger_key *key)
{
	uint64_t n;
	bool answered;
	enum err e = charge_of(l, &n, &answered, key);

	if (e == E_NOTFOUND)
		*out = LEDGER_NEW;
	else if (e == E_OK)
		*out = answered ? LEDGER_ANSWERED : LEDGER_CHARGED;
	return e == E_NOTFOUND ? E_OK : e;
}

struct charge { /* a row of charges and its months */
	const struct ledger_key *key;
	const uint8_t *query_id;
	uint16_t first, n;
	struct cost cost;
	uint64_t utc_s;
};

/* Has every month of c room for it?  Sums stay what SQLite can hold. */
static enum err
check_room(struct ledger *l, const struct charge *c, const struct cost *cap)
{
	static const struct cost most = { INT64_MAX, INT64_MAX, INT64_MAX };
	struct cost spent[QUERY_MONTHS_MAX], sum;
	enum err e = ledger_spent(l, spent, c->first, c->n);

	if (e != E_OK)
		return e;
	for (uint16_t i = 0; i < c->n; i++)
		if (cost_sum(&sum, &spent[i], &c->cost) != E_OK ||
		    !cost_within(&sum, cap) || !cost_within(&sum, &most))
			return E_BUDGET;
	return E_OK;
}

/* Binds three parameters, from the i-th; check_room holds. */
static void
bind_cost(sqlite3_stmt *s, int i, const struct cost *cost)
{
	sql_bind_number(s, i, cost->nrho);
	sql_bind_number(s, i + 1, cost->neps);
	sql_bind_number(s, i + 2, cost->tv);
}

static enum err
insert_charge(struct ledger *l, const struct charge *c)
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(l->sqlite, &s,
	    "INSERT INTO charges (question, epoch, query, months, nrho,"
	    " neps, tv, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	if (e != E_OK)
		return e;
	sql_bind_id(s, 1, c->key->question);
	sql_bind_number(s, 2, c->key->epoch_s);
	sql_bind_id(s, 3, c->query_id);
	sql_bind_number(s, 4, c->n);
	bind_cost(s, 5, &c->cost);
	sql_bind_number(s, 8, c->utc_s);
	return sql_done(s);
}

static enum err
insert_months(struct ledger *l, const struct charge *c)
{
	sqlite3_int64 row = sqlite3_last_insert_rowid(l->sqlite);

	for (uint16_t i = 0; i < c->n; i++) {
		sqlite3_stmt *s = NULL;
		enum err e = sql_prepare(
		    l->sqlite, &s, "INSERT INTO spent VALUES (?, ?, ?, ?, ?)");

		if (e != E_OK)
			return e;
		(void)sqlite3_bind_int64(s, 1, row);
		sql_bind_number(s, 2, (uint64_t)c->first + i);
		bind_cost(s, 3, &c->cost);
		if ((e = sql_done(s)) != E_OK)
			return e;
	}
	return E_OK;
}

/* Inside a transaction that the caller ends. */
static enum err
charge_inside(struct ledger *l, const struct charge *c, const struct cost *cap)
{
	uint64_t n;
	bool answered;
	enum err e = charge_of(l, &n, &answered, c->key);

	if (e == E_OK)
		return E_EXISTS;
	if (e != E_NOTFOUND)
		return e;
	if ((e = check_room(l, c, cap)) != E_OK)
		return e;
	if ((e = insert_charge(l, c)) != E_OK ||
	    (e = insert_months(l, c)) != E_OK)
		return E_DB;
	return ledger_take(l, c->query_id, c->key);
}

enum err
ledger_charge(struct ledger *l, const struct ledger_key *key,
    const uint8_t query_id[QUERY_ID], uint16_t first, uint16_t n,
    const struct cost *cost, const struct cost *cap, uint64_t utc_s)
{
	struct charge c = { key, query_id, first, n, *cost, utc_s };
	enum err e;

	assert(n > 0 && n <= QUERY_MONTHS_MAX &&
	       (cost->nrho > 0 || cost->neps > 0));
	if (utc_s > INT64_MAX || key->epoch_s > INT64_MAX)
		return E_DB;
	if ((e = sql_run(l->sqlite, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = charge_inside(l, &c, cap)) == E_OK)
		e = sql_run(l->sqlite, "COMMIT");
	if (e != E_OK && sql_run(l->sqlite, "ROLLBACK") != E_OK &&
	    sqlite3_get_autocommit(l->sqlite) == 0)
		return E_DB;
	return e;
}

enum err
ledger_take(struct ledger *l, const uint8_t query_id[QUERY_ID],
    const struct ledger_key *key)
{
	sqlite3_stmt *s = NULL;

	if (key->epoch_s > INT64_MAX ||
	    sql_prepare(l->sqlite, &s,
		"INSERT INTO taken VALUES (?, ?, ?) ON CONFLICT DO NOTHING") !=
		E_OK)
		return E_DB;
	sql_bind_id(s, 1, query_id);
	sql_bind_id(s, 2, key->question);
	sql_bind_number(s, 3, key->epoch_s);
	return sql_done(s) == E_OK ? E_OK : E_DB;
}

enum err
ledger_taken(
    struct ledger *l, uint64_t *epoch_s, const uint8_t query_id[QUERY_ID])
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(
	    l->sqlite, &s, "SELECT epoch FROM taken WHERE query = ?");

	if (e != E_OK)
		return e;
	sql_bind_id(s, 1, query_id);
	if ((e = sql_step(s)) == E_OK)
		*epoch_s = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s);
	return e;
}

/* Cells as big-endian 64-bit numbers; *out is the caller's. */
static enum err
pack(uint8_t **out, const int64_t *cells, uint32_t n)
{
	size_t len = (size_t)n * 8;
	uint8_t *p = malloc(len == 0 ? 1 : len);
	struct wr w;

	if (p == NULL)
		return E_NOMEM;
	w = wr_over(p, len);
	for (uint32_t i = 0; i < n; i++)
		wr_be64(&w, (uint64_t)cells[i]);
	*out = p;
	return E_OK;
}

/* Binds cells[len] to an answer; a row that is there already is E_EXISTS. */
static enum err
insert_answer(struct ledger *l, uint64_t n, const uint8_t *cells, size_t len)
{
	sqlite3_stmt *s = NULL;
	uint8_t sum[HASH_BYTES];
	enum err e =
	    sql_prepare(l->sqlite, &s, "INSERT INTO answers VALUES (?, ?, ?)");

	if (e != E_OK)
		return e;
	hash_label(sum, ANSWER_LABEL, cells, len);
	sql_bind_number(s, 1, n);
	(void)sqlite3_bind_blob64(s, 2, cells, len, SQLITE_STATIC);
	sql_bind_id(s, 3, sum);
	return sql_done(s);
}

enum err
ledger_answer(struct ledger *l, const struct ledger_key *key,
    const int64_t *cells, uint32_t n)
{
	uint8_t *packed = NULL;
	uint64_t charge;
	bool answered;
	enum err e = charge_of(l, &charge, &answered, key);

	if (e != E_OK)
		return e == E_NOTFOUND ? E_STATE : e;
	if (answered)
		return E_EXISTS;
	if ((e = pack(&packed, cells, n)) != E_OK)
		return e;
	e = insert_answer(l, charge, packed, (size_t)n * 8);
	free(packed);
	return e;
}

/* The cells of a row (cells, sum); E_DB when they are not what was stored. */
static enum err
unpack(int64_t **out, uint32_t *n, sqlite3_stmt *s)
{
	const void *p = sqlite3_column_blob(s, 0);
	size_t len = (size_t)sqlite3_column_bytes(s, 0);
	uint8_t sum[HASH_BYTES];
	struct rd r = rd_over(p, len);
	int64_t *cells;

	hash_label(sum, ANSWER_LABEL, p, len);
	if (len % 8 != 0 || len / 8 > QUERY_ANSWER_MAX ||
	    sqlite3_column_bytes(s, 1) != HASH_BYTES ||
	    memcmp(sum, sqlite3_column_blob(s, 1), HASH_BYTES) != 0)
		return E_DB;
	if ((cells = malloc(len == 0 ? 1 : len)) == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < len / 8; i++)
		cells[i] = (int64_t)rd_be64(&r);
	*out = cells;
	*n = (uint32_t)(len / 8);
	return E_OK;
}

enum err
ledger_cells(struct ledger *l, const struct ledger_key *key, int64_t **cells,
    uint32_t *n)
{
	sqlite3_stmt *s = NULL;
	enum err e;

	if (key->epoch_s > INT64_MAX)
		return E_NOTFOUND;
	if ((e = sql_prepare(l->sqlite, &s,
		 "SELECT a.cells, a.sum FROM answers a JOIN charges c USING (n)"
		 " WHERE c.question = ? AND c.epoch = ?")) != E_OK)
		return e;
	sql_bind_id(s, 1, key->question);
	sql_bind_number(s, 2, key->epoch_s);
	if ((e = sql_step(s)) == E_OK)
		e = unpack(cells, n, s);
	(void)sqlite3_finalize(s);
	return e;
}

enum err
ledger_months(struct ledger *l,
    void (*each)(void *ctx, uint16_t month, const struct cost *spent),
    void *ctx)
{
	sqlite3_stmt *s = NULL;
	enum err e = sql_prepare(l->sqlite, &s,
	    "SELECT month, sum(nrho), sum(neps), sum(tv) FROM spent"
	    " GROUP BY month ORDER BY month");

	if (e != E_OK)
		return e;
	while ((e = sql_step(s)) == E_OK) {
		struct cost spent = cost_of(s, 1);

		each(ctx, (uint16_t)sqlite3_column_int(s, 0), &spent);
	}
	(void)sqlite3_finalize(s);
	return e == E_NOTFOUND ? E_OK : E_DB;
}
