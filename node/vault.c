/*
 * Tables, version 3: meta, where "key" is the check value of the keys that all
 * is sealed under, and one table of blobs for each of enum vault_table.
 *
 * Pages are the largest that SQLite has: a blob of half a megabyte is read in
 * ten steps.  Nothing is overwritten with zeros when it is freed: it is sealed.
 */
#include "node/vault.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/wr.h"
#include "crypto/seal.h"

#define APPLICATION 0x57726431 /* "Wrd1" */
#define VERSION 3
#define BUSY_MS                                                        \
	2000   /* a batch under way lasts longer than this, or shorter \
		*/
#define WHAT 9 /* bytes that bind a blob to its place */

/* clang-format off */
static const char *const names[VAULT_TABLES] = {
	[VAULT_ROOT] = "root",   [VAULT_BATCH] = "batch",
	[VAULT_REPORT] = "report", [VAULT_WORDS] = "words",
	[VAULT_HOT] = "hot",     [VAULT_AREA] = "area",
	[VAULT_POINT] = "point", [VAULT_COLD] = "cold",
	[VAULT_IDS] = "ids",    
};
/* clang-format on */

struct vault {
	sqlite3 *db;
	struct seal *seal;
	uint8_t check[KEYS_CHECK];
	bool open, writes; /* a transaction is open; and writes */
	bool taken;        /* the file is under keys, as of the transaction */
	sqlite3_stmt *put[VAULT_TABLES], *drop[VAULT_TABLES];
	sqlite3_blob *blob[VAULT_TABLES]; /* of a transaction that reads */
	struct vault_bytes sealed;
};

void
vault_bytes_free(struct vault_bytes *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->room);
	free(b->at);
	*b = (struct vault_bytes){ 0 };
}

enum err
vault_bytes_room(struct vault_bytes *b, size_t n)
{
	size_t room = n + n / 8 + 64; /* the next one is a little larger */

	b->n = 0;
	if (b->room >= n && b->at != NULL)
		return E_OK;
	vault_bytes_free(b);
	if ((b->at = malloc(room)) == NULL)
		return E_NOMEM;
	b->room = room;
	return E_OK;
}

/* What a call of SQLite says as an error of ours. */
static enum err
as_err(int rc)
{
	switch (rc) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return E_OK;
	case SQLITE_NOMEM:
		return E_NOMEM;
	case SQLITE_BUSY:
		return E_AGAIN;
	case SQLITE_NOTADB:
		return E_CONFIG;
	default:
		return E_DB;
	}
}

static enum err
run(struct vault *v, const char *sql)
{
	return as_err(sqlite3_exec(v->db, sql, NULL, NULL, NULL));
}

static enum err
prepare(struct vault *v, sqlite3_stmt **out, const char *sql)
{
	return as_err(sqlite3_prepare_v2(v->db, sql, -1, out, NULL));
}

/* The integer that a statement gives; *out is untouched when it gives none. */
static enum err
integer_of(struct vault *v, int64_t *out, const char *sql)
{
	sqlite3_stmt *q = NULL;
	enum err e;
	int rc;

	if ((e = prepare(v, &q, sql)) != E_OK)
		return e;
	if ((rc = sqlite3_step(q)) == SQLITE_ROW)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return as_err(rc);
}

/* Is the file ours, or still empty (*fresh)?  E_CONFIG. */
static enum err
check_owner(struct vault *v, bool *fresh)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err e;

	if ((e = integer_of(
		 v, &tables, "SELECT count(*) FROM sqlite_schema")) != E_OK ||
	    (e = integer_of(v, &application, "PRAGMA application_id")) !=
		E_OK ||
	    (e = integer_of(v, &version, "PRAGMA user_version")) != E_OK)
		return e;
	*fresh = tables == 0 && application == 0;
	if (!*fresh && (application != APPLICATION || version != VERSION))
		return E_CONFIG;
	return E_OK;
}

/* Is the file under the keys that v has?  One that is under none yet is, and
 * takes them if v writes. */
static enum err
check_keys(struct vault *v)
{
	sqlite3_stmt *q = NULL;
	enum err e;
	int rc;

	if ((e = prepare(v, &q, "SELECT value FROM meta WHERE name = 'key'")) !=
	    E_OK)
		return e;
	rc = sqlite3_step(q);
	e = as_err(rc);
	v->taken = rc == SQLITE_ROW;
	if (v->taken &&
	    (sqlite3_column_bytes(q, 0) != KEYS_CHECK ||
		memcmp(sqlite3_column_blob(q, 0), v->check, KEYS_CHECK) != 0))
		e = E_CONFIG;
	sqlite3_finalize(q);
	if (rc != SQLITE_DONE || !v->writes)
		return e;
	if ((e = prepare(v, &q, "INSERT INTO meta VALUES ('key', ?)")) != E_OK)
		return e;
	sqlite3_bind_blob(q, 1, v->check, KEYS_CHECK, SQLITE_STATIC);
	e = as_err(sqlite3_step(q));
	sqlite3_finalize(q);
	return e;
}

/* Makes the tables unless another process was faster. */
static enum err
make_tables(struct vault *v)
{
	char sql[96];
	bool fresh;
	enum err e;

	if ((e = run(v, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	if ((e = check_owner(v, &fresh)) != E_OK || !fresh)
		goto out;
	snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;",
	    APPLICATION, VERSION);
	if ((e = run(v, sql)) != E_OK ||
	    (e = run(v, "CREATE TABLE meta (name TEXT PRIMARY KEY,"
			" value BLOB NOT NULL) WITHOUT ROWID")) != E_OK)
		goto out;
	for (size_t i = 0; i < VAULT_TABLES && e == E_OK; i++) {
		snprintf(sql, sizeof(sql),
		    "CREATE TABLE %s (id INTEGER PRIMARY KEY,"
		    " bytes BLOB NOT NULL)",
		    names[i]);
		e = run(v, sql);
	}
out:
	if (e == E_OK)
		e = run(v, "COMMIT");
	if (e != E_OK)
		sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

static enum err
set_up(struct vault *v, enum vault_mode mode)
{
	bool fresh;
	enum err e;

	sqlite3_busy_timeout(v->db, BUSY_MS);
	if ((e = run(v, "PRAGMA trusted_schema = OFF;"
			"PRAGMA temp_store = MEMORY;"
			"PRAGMA secure_delete = OFF;"
			"PRAGMA auto_vacuum = NONE;"
			"PRAGMA page_size = 65536;")) != E_OK ||
	    (e = check_owner(v, &fresh)) != E_OK)
		return e;
	if (mode == VAULT_READ)
		return fresh ? E_NOTFOUND
			     : run(v, "PRAGMA query_only = ON;"
				      "PRAGMA cache_size = -2048;");
	if ((e = run(v, "PRAGMA journal_mode = WAL;"
			"PRAGMA synchronous = FULL;"
			"PRAGMA wal_autocheckpoint = 0;"
			"PRAGMA cache_size = -16384;")) != E_OK)
		return e;
	return fresh ? make_tables(v) : E_OK;
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
vault_open(struct vault **out, const char *path, enum vault_mode mode,
    const struct keys *keys)
{
	struct vault *v = NULL;
	enum err e;

	if (mode == VAULT_READ && access(path, F_OK) != 0)
		return E_NOTFOUND;
	if (mode == VAULT_WRITE && (e = make_file(path)) != E_OK)
		return e;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return E_NOMEM;
	memcpy(v->check, keys->check, KEYS_CHECK);
	if ((e = seal_new(&v->seal, keys->seal)) == E_OK &&
	    (e = as_err(sqlite3_open_v2(path, &v->db,
		 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))) == E_OK &&
	    (e = set_up(v, mode)) == E_OK)
		e = check_keys(v);
	if (e != E_OK) {
		vault_close(v);
		return e;
	}
	*out = v;
	return E_OK;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	vault_rollback(v);
	for (size_t i = 0; i < VAULT_TABLES; i++) {
		sqlite3_finalize(v->put[i]);
		sqlite3_finalize(v->drop[i]);
	}
	sqlite3_close(v->db);
	seal_free(v->seal);
	vault_bytes_free(&v->sealed);
	free(v);
}

enum err
vault_begin(struct vault *v)
{
	enum err e;

	assert(!v->open);
	if ((e = run(v, "BEGIN IMMEDIATE")) != E_OK)
		return e;
	v->open = v->writes = true;
	if ((e = check_keys(v)) != E_OK)
		vault_rollback(v);
	return e;
}

enum err
vault_look(struct vault *v)
{
	int64_t keys = 0;
	enum err e;

	assert(!v->open);
	if ((e = run(v, "BEGIN")) != E_OK)
		return e;
	v->open = true;
	v->writes = false;
	/* it begins with the first read */
	e = integer_of(v, &keys, "SELECT count(*) FROM meta");
	v->taken = keys > 0;
	if (e != E_OK)
		vault_rollback(v);
	return e == E_AGAIN ? E_DB : e;
}

bool
vault_taken(const struct vault *v)
{
	assert(v->open);
	return v->taken;
}

static void
close_blobs(struct vault *v)
{
	for (size_t i = 0; i < VAULT_TABLES; i++) {
		sqlite3_blob_close(v->blob[i]);
		v->blob[i] = NULL;
	}
}

enum err
vault_commit(struct vault *v)
{
	enum err e;

	assert(v->writes);
	close_blobs(v);
	if ((e = run(v, "COMMIT")) != E_OK) {
		vault_rollback(v);
		return e == E_AGAIN ? E_DB : e;
	}
	v->open = v->writes = false;
	/* A reader may be in the way: then the next one does it. */
	sqlite3_wal_checkpoint_v2(
	    v->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return E_OK;
}

void
vault_rollback(struct vault *v)
{
	close_blobs(v);
	if (v->open)
		sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
	v->open = v->writes = false;
}

/* What a blob is, and where. */
static void
what_of(uint8_t out[WHAT], enum vault_table t, uint64_t id)
{
	struct wr w = wr_over(out, WHAT);

	wr_u8(&w, (uint8_t)t);
	wr_be64(&w, id);
}

/* A statement on one table, prepared once. */
static enum err
ready(struct vault *v, sqlite3_stmt **s, const char *before, enum vault_table t,
    const char *after)
{
	char sql[64];
	int n;

	if (*s != NULL)
		return E_OK;
	n = snprintf(sql, sizeof(sql), "%s %s %s", before, names[t], after);
	assert(n > 0 && n < (int)sizeof(sql));
	return prepare(v, s, sql);
}

enum err
vault_put(
    struct vault *v, enum vault_table t, uint64_t id, const void *in, size_t n)
{
	uint8_t what[WHAT];
	sqlite3_stmt *q;
	enum err e;
	int rc;

	assert(v->writes && n <= SEAL_MAX && id <= INT64_MAX);
	what_of(what, t, id);
	if ((e = vault_bytes_room(&v->sealed, n + SEAL_OVER)) != E_OK ||
	    (e = seal_close(v->seal, v->sealed.at, in, n, what, WHAT)) !=
		E_OK ||
	    (e = ready(v, &v->put[t], "INSERT OR REPLACE INTO", t,
		 "VALUES (?,?)")) != E_OK)
		return e;
	q = v->put[t];
	sqlite3_bind_int64(q, 1, (sqlite3_int64)id);
	sqlite3_bind_blob64(q, 2, v->sealed.at, n + SEAL_OVER, SQLITE_STATIC);
	rc = sqlite3_step(q);
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return as_err(rc);
}

enum err
vault_drop(struct vault *v, enum vault_table t, uint64_t id)
{
	enum err e;
	int rc;

	assert(v->writes);
	if ((e = ready(v, &v->drop[t], "DELETE FROM", t, "WHERE id = ?")) !=
	    E_OK)
		return e;
	sqlite3_bind_int64(v->drop[t], 1, (sqlite3_int64)id);
	rc = sqlite3_step(v->drop[t]);
	sqlite3_reset(v->drop[t]);
	return as_err(rc);
}

enum err
vault_flush(struct vault *v)
{
	return as_err(sqlite3_db_cacheflush(v->db));
}

/* The handle of a table on that row.  E_NOTFOUND. */
static enum err
open_blob(struct vault *v, enum vault_table t, uint64_t id)
{
	int rc;

	if (v->blob[t] != NULL)
		rc = sqlite3_blob_reopen(v->blob[t], (sqlite3_int64)id);
	else
		rc = sqlite3_blob_open(v->db, "main", names[t], "bytes",
		    (sqlite3_int64)id, 0, &v->blob[t]);
	if (rc == SQLITE_OK)
		return E_OK;
	sqlite3_blob_close(v->blob[t]);
	v->blob[t] = NULL;
	/* of a row that is not there, and of one that is no blob */
	return rc == SQLITE_ERROR ? E_NOTFOUND : as_err(rc);
}

enum err
vault_get(struct vault *v, struct vault_bytes *out, enum vault_table t,
    uint64_t id, size_t most)
{
	uint8_t what[WHAT];
	size_t n;
	enum err e;

	assert(v->open);
	if (id > INT64_MAX)
		return E_DB;
	what_of(what, t, id);
	if ((e = open_blob(v, t, id)) != E_OK)
		return e;
	n = (size_t)sqlite3_blob_bytes(v->blob[t]);
	if (n < SEAL_OVER || n - SEAL_OVER > most)
		return E_DB;
	if ((e = vault_bytes_room(&v->sealed, n)) != E_OK ||
	    (e = vault_bytes_room(out, n - SEAL_OVER)) != E_OK ||
	    (e = as_err(sqlite3_blob_read(
		 v->blob[t], v->sealed.at, (int)n, 0))) != E_OK ||
	    (e = seal_open(v->seal, out->at, v->sealed.at, n, what, WHAT)) !=
		E_OK)
		return e == E_NOMEM ? e : E_DB;
	out->n = n - SEAL_OVER;
	if (v->writes) /* rows may go while it is open */
		close_blobs(v);
	return E_OK;
}

enum err
vault_size(struct vault *v, uint64_t *bytes)
{
	int64_t pages = 0, size = 0;
	enum err e;

	if ((e = integer_of(v, &pages, "PRAGMA page_count")) != E_OK ||
	    (e = integer_of(v, &size, "PRAGMA page_size")) != E_OK)
		return e;
	*bytes = (uint64_t)pages * (uint64_t)size;
	return E_OK;
}
