/*
 * Tables, version 2:
 *
 *	batch	one row a file: digest of its bytes, when it was loaded, report
 *	meta	"key": the check value of the store.key of all records
 *	code	the words of the source's code list, by number; themes are
 *		found from them when records are read
 *	record	the records, clustered by (month, unit, ord, id); unit is the
 *		person key or, without one, the record id; ord is the order,
 *		its top bit turned, because SQLite's integers have a sign
 *
 * A batch is one transaction: a reader, and a restart after a crash, see it
 * whole or not at all.
 */
#include "node/store.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "model/query.h"

#define APPLICATION 0x57726431 /* "Wrd1" */
#define VERSION 2
#define BUSY_MS                                                           \
	2000      /* a batch under way lasts longer than this, or shorter \
		   */
#define CODES 256 /* remembered of a batch, or while records are read */

struct code {
	uint32_t source;
	char text[INCIDENT_CODE];
	int64_t id;
};

struct store {
	sqlite3 *db;
	bool batch; /* one is open */
	int64_t batch_id;
	sqlite3_stmt *put;
	size_t n_codes;
	struct code codes[CODES];
};

static const char schema[] =
    "CREATE TABLE batch ("
    " id INTEGER PRIMARY KEY,"
    " digest BLOB NOT NULL UNIQUE,"
    " loader TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " loaded_at INTEGER,"
    " report TEXT);"
    "CREATE TABLE meta ("
    " name TEXT PRIMARY KEY,"
    " value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE code ("
    " id INTEGER PRIMARY KEY,"
    " source INTEGER NOT NULL,"
    " text TEXT NOT NULL,"
    " UNIQUE (source, text));"
    "CREATE TABLE record ("
    " month INTEGER NOT NULL,"
    " unit BLOB NOT NULL,"
    " ord INTEGER NOT NULL,"
    " id BLOB NOT NULL,"
    " person INTEGER NOT NULL,"
    " source INTEGER NOT NULL,"
    " code INTEGER NOT NULL,"
    " occurred_from INTEGER NOT NULL,"
    " occurred_to INTEGER NOT NULL,"
    " time_precision INTEGER NOT NULL,"
    " area TEXT NOT NULL,"
    " east INTEGER,"
    " north INTEGER,"
    " geo_precision_m INTEGER NOT NULL,"
    " geo_method INTEGER NOT NULL,"
    " batch INTEGER NOT NULL,"
    " PRIMARY KEY (month, unit, ord, id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX record_id ON record (id);"
    "PRAGMA application_id = 1467114545;" /* APPLICATION */
    "PRAGMA user_version = 2;";

static_assert(APPLICATION == 1467114545, "as the schema says");

/* What a call of SQLite says as an error of ours; SQLITE_OK is E_OK. */
static enum err
as_err(int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
		return E_OK;
	return rc == SQLITE_NOMEM ? E_NOMEM : E_DB;
}

static enum err
run(struct store *s, const char *sql)
{
	return as_err(sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* Runs a statement that yields at most one integer; *out is untouched when it
 * yields none.  The statement is ended. */
static enum err
one_integer(int64_t *out, sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	if (rc == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return as_err(rc);
}

static enum err
prepare(struct store *s, sqlite3_stmt **out, const char *sql)
{
	return as_err(sqlite3_prepare_v2(s->db, sql, -1, out, NULL));
}

static enum err
integer_of(struct store *s, int64_t *out, const char *sql)
{
	sqlite3_stmt *q = NULL;
	enum err e = prepare(s, &q, sql);

	return e != E_OK ? e : one_integer(out, q);
}

/* Is the file ours, or still empty (*fresh)?  E_CONFIG. */
static enum err
check_owner(struct store *s, bool *fresh)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err e;

	if ((e = integer_of(
		 s, &tables, "SELECT count(*) FROM sqlite_schema")) != E_OK ||
	    (e = integer_of(s, &application, "PRAGMA application_id")) !=
		E_OK ||
	    (e = integer_of(s, &version, "PRAGMA user_version")) != E_OK)
		return e;
	*fresh = tables == 0 && application == 0;
	if (!*fresh && (application != APPLICATION || version != VERSION))
		return E_CONFIG;
	return E_OK;
}

/* Makes the tables unless another process was faster. */
static enum err
make_tables(struct store *s)
{
	bool fresh;
	enum err e;

	if ((e = run(s, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = check_owner(s, &fresh)) == E_OK && fresh)
		e = run(s, schema);
	if (e == E_OK)
		e = run(s, "COMMIT");
	if (e != E_OK)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

static enum err
set_up(struct store *s, enum store_mode mode)
{
	bool fresh;
	enum err e;

	sqlite3_busy_timeout(s->db, BUSY_MS);
	if ((e = run(s, "PRAGMA trusted_schema = OFF;"
			"PRAGMA temp_store = MEMORY;"
			"PRAGMA cache_size = -65536;")) != E_OK ||
	    (e = check_owner(s, &fresh)) != E_OK)
		return e;
	if (mode == STORE_COUNT)
		return fresh ? E_NOTFOUND : run(s, "PRAGMA query_only = ON");
	if ((e = run(s, "PRAGMA journal_mode = WAL;"
			"PRAGMA synchronous = FULL;")) != E_OK)
		return e;
	return fresh ? make_tables(s) : E_OK;
}

/* e, or what SQLite's last error says better. */
static enum err
explain(struct store *s, enum err e)
{
	switch (sqlite3_errcode(s->db)) {
	case SQLITE_NOTADB:
		return E_CONFIG;
	case SQLITE_BUSY:
		return E_AGAIN;
	default:
		return e;
	}
}

/* Makes an empty file that only its owner can read, if there is none. */
static enum err
make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		return E_DB;
	close(fd);
	return E_OK;
}

enum err
store_open(struct store **out, const char *path, enum store_mode mode)
{
	struct store *s = NULL;
	enum err e;

	if (mode == STORE_COUNT && access(path, F_OK) != 0)
		return E_NOTFOUND;
	if (mode == STORE_LOAD && (e = make_file(path)) != E_OK)
		return e;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return E_NOMEM;
	if ((e = as_err(sqlite3_open_v2(path, &s->db,
		 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))) == E_OK)
		e = set_up(s, mode);
	if (e != E_OK) {
		e = s->db == NULL ? e : explain(s, e);
		store_close(s);
		return e;
	}
	*out = s;
	return E_OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	sqlite3_close(s->db);
	free(s);
}

void
store_rollback(struct store *s)
{
	sqlite3_finalize(s->put);
	s->put = NULL;
	if (s->batch)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	s->batch = false;
	s->n_codes = 0;
}

/* When the file was loaded: E_EXISTS and *loaded_at; E_OK: never. */
static enum err
known_file(struct store *s, const uint8_t digest[32], uint64_t *loaded_at)
{
	sqlite3_stmt *q = NULL;
	int64_t at = -1;
	enum err e;

	if ((e = prepare(s, &q,
		 "SELECT loaded_at FROM batch WHERE digest = ?")) != E_OK)
		return e;
	sqlite3_bind_blob(q, 1, digest, 32, SQLITE_STATIC);
	if ((e = one_integer(&at, q)) != E_OK)
		return e;
	if (at < 0)
		return E_OK;
	*loaded_at = (uint64_t)at;
	return E_EXISTS;
}

/* The row of the batch, and the statement for its records. */
static enum err
start_batch(struct store *s, const uint8_t digest[32], const char *loader,
    const char *name)
{
	sqlite3_stmt *q = NULL;
	enum err e;

	if ((e = prepare(s, &q,
		 "INSERT INTO batch (digest, loader, name) VALUES (?,?,?)")) !=
	    E_OK)
		return e;
	sqlite3_bind_blob(q, 1, digest, 32, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, loader, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, name, -1, SQLITE_STATIC);
	e = as_err(sqlite3_step(q));
	sqlite3_finalize(q);
	if (e != E_OK)
		return e;
	s->batch_id = sqlite3_last_insert_rowid(s->db);
	return prepare(s, &s->put,
	    "INSERT OR IGNORE INTO record VALUES"
	    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
}

enum err
store_begin(struct store *s, const uint8_t digest[32], const char *loader,
    const char *name, uint64_t *loaded_at)
{
	int rc;
	enum err e;

	assert(!s->batch);
	rc = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (rc == SQLITE_BUSY)
		return E_AGAIN;
	if (rc != SQLITE_OK)
		return as_err(rc);
	s->batch = true;
	if ((e = known_file(s, digest, loaded_at)) != E_OK ||
	    (e = start_batch(s, digest, loader, name)) != E_OK)
		store_rollback(s);
	return e;
}

/* Remembers the check value unless there is one. */
static enum err
settle_key(struct store *s, const uint8_t check[STORE_CHECK])
{
	sqlite3_stmt *q = NULL;
	enum err e =
	    prepare(s, &q, "INSERT OR IGNORE INTO meta VALUES ('key', ?)");

	if (e != E_OK)
		return e;
	sqlite3_bind_blob(q, 1, check, STORE_CHECK, SQLITE_STATIC);
	e = as_err(sqlite3_step(q));
	sqlite3_finalize(q);
	return e;
}

enum err
store_key(struct store *s, const uint8_t check[STORE_CHECK])
{
	sqlite3_stmt *q = NULL;
	int rc;
	enum err e;

	if ((s->batch && (e = settle_key(s, check)) != E_OK) ||
	    (e = prepare(s, &q, "SELECT value FROM meta WHERE name = 'key'")) !=
		E_OK)
		return e;
	rc = sqlite3_step(q);
	e = as_err(rc);
	if (rc == SQLITE_ROW &&
	    (sqlite3_column_bytes(q, 0) != STORE_CHECK ||
		memcmp(sqlite3_column_blob(q, 0), check, STORE_CHECK) != 0))
		e = E_CONFIG;
	sqlite3_finalize(q);
	return e;
}

/* The number of a code, found or made in the database. */
static enum err
code_id(struct store *s, int64_t *id, const struct incident *i)
{
	sqlite3_stmt *q = NULL;
	enum err e;

	/* the update changes nothing; it makes RETURNING say the number */
	if ((e = prepare(s, &q,
		 "INSERT INTO code (source, text) VALUES (?,?)"
		 " ON CONFLICT DO UPDATE SET source = source RETURNING id")) !=
	    E_OK)
		return e;
	sqlite3_bind_int64(q, 1, i->kind.source);
	sqlite3_bind_text(q, 2, i->kind.code, -1, SQLITE_STATIC);
	return one_integer(id, q);
}

/* code_id, remembered for the batch. */
static enum err
find_code(struct store *s, int64_t *id, const struct incident *i)
{
	struct code *c = s->codes;
	enum err e;

	for (; c < s->codes + s->n_codes; c++)
		if (c->source == i->kind.source &&
		    strcmp(c->text, i->kind.code) == 0) {
			*id = c->id;
			return E_OK;
		}
	if ((e = code_id(s, id, i)) != E_OK)
		return e;
	if (s->n_codes < CODES) {
		*c = (struct code){ .source = i->kind.source, .id = *id };
		memcpy(c->text, i->kind.code, sizeof(c->text));
		s->n_codes++;
	}
	return E_OK;
}

/* The order as an integer with a sign, and back; small stays small. */
static int64_t
turn(uint64_t order)
{
	uint64_t turned = order ^ UINT64_C(1) << 63;
	int64_t out;

	memcpy(&out, &turned, sizeof(out));
	return out;
}

static uint64_t
turn_back(int64_t ord)
{
	uint64_t order;

	memcpy(&order, &ord, sizeof(order));
	return order ^ UINT64_C(1) << 63;
}

static void
bind_record(sqlite3_stmt *q, const struct incident *i)
{
	sqlite3_bind_int(q, 1, i->month);
	sqlite3_bind_blob(q, 2, i->has_person ? i->person_key : i->record_id,
	    INCIDENT_KEY, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, turn(i->order));
	sqlite3_bind_blob(q, 4, i->record_id, INCIDENT_KEY, SQLITE_STATIC);
	sqlite3_bind_int(q, 5, i->has_person);
	sqlite3_bind_int64(q, 6, i->kind.source);
	sqlite3_bind_int64(q, 8, (int64_t)i->occurred_from);
	sqlite3_bind_int64(q, 9, (int64_t)i->occurred_to);
	sqlite3_bind_int(q, 10, i->time_precision);
	sqlite3_bind_text(q, 11, i->area, -1, SQLITE_STATIC);
	if (i->has_point) {
		sqlite3_bind_int64(q, 12, i->east);
		sqlite3_bind_int64(q, 13, i->north);
	} else {
		sqlite3_bind_null(q, 12);
		sqlite3_bind_null(q, 13);
	}
	sqlite3_bind_int(q, 14, i->geo_precision_m);
	sqlite3_bind_int(q, 15, i->geo_method);
}

enum err
store_put(struct store *s, const struct incident *i, bool *fresh)
{
	int64_t code = 0;
	int rc;
	enum err e;

	assert(s->batch);
	if ((e = find_code(s, &code, i)) != E_OK)
		return e;
	bind_record(s->put, i);
	sqlite3_bind_int64(s->put, 7, code);
	sqlite3_bind_int64(s->put, 16, s->batch_id);
	rc = sqlite3_step(s->put);
	sqlite3_reset(s->put);
	if (rc != SQLITE_DONE)
		return as_err(rc);
	*fresh = sqlite3_changes(s->db) == 1;
	return E_OK;
}

static enum err
put_report(struct store *s, const char *report)
{
	sqlite3_stmt *q = NULL;
	enum err e = prepare(s, &q, "UPDATE batch SET report = ? WHERE id = ?");

	if (e != E_OK)
		return e;
	sqlite3_bind_text(q, 1, report, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, s->batch_id);
	e = as_err(sqlite3_step(q));
	sqlite3_finalize(q);
	return e;
}

static enum err
put_time(struct store *s, uint64_t utc_s)
{
	sqlite3_stmt *q = NULL;
	enum err e =
	    prepare(s, &q, "UPDATE batch SET loaded_at = ? WHERE id = ?");

	if (e != E_OK)
		return e;
	sqlite3_bind_int64(q, 1, (int64_t)utc_s);
	sqlite3_bind_int64(q, 2, s->batch_id);
	e = as_err(sqlite3_step(q));
	sqlite3_finalize(q);
	return e;
}

enum err
store_commit(struct store *s, enum err (*when)(void *ctx, uint64_t *utc_s),
    void *ctx, const char *report)
{
	uint64_t utc_s = 0;
	enum err e;

	assert(s->batch);
	/* all pages but the last are on their way before the time is asked */
	if ((e = put_report(s, report)) == E_OK &&
	    (e = as_err(sqlite3_db_cacheflush(s->db))) == E_OK &&
	    (e = when(ctx, &utc_s)) == E_OK &&
	    (e = put_time(s, utc_s)) == E_OK && (e = run(s, "COMMIT")) == E_OK)
		s->batch = false;
	store_rollback(s);
	return e;
}

struct reading { /* of records, by store_each */
	const struct themes *rules;
	sqlite3_stmt *code; /* a code by its number */
	struct {
		bool known;
		uint32_t themes;
	} codes[CODES]; /* by number */
};

/* *out: what the rules know of a code of one source; false: no such kind. */
static bool
kind_of(struct kind *out, uint32_t source, const char *text)
{
	bool nhs = source == SOURCE_NHS_ED;

	*out = (struct kind){ .source = source };
	if (strlen(text) >= sizeof(out->code))
		return false;
	strcpy(out->codelist, nhs ? "istv" : "police.uk");
	strcpy(out->code, text);
	return true;
}

/* The themes that the rules give the code of that number. */
static enum err
look_up(uint32_t *out, struct reading *r, int64_t number)
{
	const char *text = NULL;
	struct kind kind;

	sqlite3_reset(r->code);
	sqlite3_bind_int64(r->code, 1, number);
	if (sqlite3_step(r->code) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(r->code, 1);
	if (text == NULL ||
	    !kind_of(&kind, (uint32_t)sqlite3_column_int64(r->code, 0), text))
		return E_DB;
	*out = themes_of(r->rules, &kind);
	return E_OK;
}

/* look_up, once for each code. */
static enum err
find_themes(uint32_t *out, struct reading *r, int64_t number)
{
	enum err e;

	if (number < 0 || number >= CODES)
		return look_up(out, r, number);
	if (!r->codes[number].known) {
		e = look_up(&r->codes[number].themes, r, number);
		if (e != E_OK)
			return e;
		r->codes[number].known = true;
	}
	*out = r->codes[number].themes;
	return E_OK;
}

/* A row of store_each's query as an incident; false: it cannot be ours. */
static bool
take_row(struct incident *out, sqlite3_stmt *q)
{
	struct incident i = { 0 };
	const void *unit = sqlite3_column_blob(q, 1);
	const unsigned char *area = sqlite3_column_text(q, 6);

	if (unit == NULL || sqlite3_column_bytes(q, 1) != INCIDENT_KEY ||
	    area == NULL || sqlite3_column_bytes(q, 6) >= (int)sizeof(i.area))
		return false;
	i.month = (uint16_t)sqlite3_column_int(q, 0);
	i.has_person = sqlite3_column_int(q, 2) != 0;
	if (i.has_person)
		memcpy(i.person_key, unit, INCIDENT_KEY);
	i.order = turn_back(sqlite3_column_int64(q, 3));
	i.kind.source = (uint32_t)sqlite3_column_int64(q, 4);
	memcpy(i.area, area, (size_t)sqlite3_column_bytes(q, 6));
	i.has_point = sqlite3_column_type(q, 7) == SQLITE_INTEGER;
	i.east = (uint32_t)sqlite3_column_int64(q, 7);
	i.north = (uint32_t)sqlite3_column_int64(q, 8);
	*out = i;
	return true;
}

enum err
store_each(struct store *s, uint16_t first, uint16_t n, uint32_t sources,
    uint64_t as_of_s, const struct themes *rules,
    void (*each)(void *ctx, const struct incident *i), void *ctx)
{
	struct reading r = { .rules = rules };
	sqlite3_stmt *q = NULL;
	struct incident i;
	int rc = SQLITE_ROW;
	enum err e;

	if ((e = prepare(s, &r.code,
		 "SELECT source, text FROM code WHERE id = ?")) != E_OK ||
	    (e = prepare(s, &q,
		 "SELECT month, unit, person, ord, source, code, area, east,"
		 " north FROM record"
		 " WHERE month >= ? AND month < ? AND source & ?"
		 " AND batch IN (SELECT id FROM batch WHERE loaded_at <= ?)"
		 " ORDER BY month, unit, ord, id")) != E_OK)
		goto out;
	sqlite3_bind_int(q, 1, first);
	sqlite3_bind_int(q, 2, first + n);
	sqlite3_bind_int64(q, 3, sources);
	sqlite3_bind_int64(
	    q, 4, as_of_s > INT64_MAX ? INT64_MAX : (int64_t)as_of_s);
	while (e == E_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (!take_row(&i, q))
			e = E_DB;
		else if ((e = find_themes(&i.themes, &r,
			      sqlite3_column_int64(q, 5))) == E_OK)
			each(ctx, &i);
	}
	if (e == E_OK)
		e = as_err(rc);
	explicit_bzero(&i, sizeof(i));
out:
	sqlite3_finalize(r.code);
	sqlite3_finalize(q);
	return e;
}

enum err
store_size(struct store *s, uint64_t *records)
{
	int64_t n = 0;
	enum err e = integer_of(s, &n, "SELECT count(*) FROM record");

	if (e == E_OK)
		*records = (uint64_t)n;
	return e;
}
