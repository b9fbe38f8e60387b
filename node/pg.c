#include "node/pg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libpq-fe.h>

#include "base/num.h"
#include "base/rd.h"
#include "base/wr.h"

#define SERVER_LEAST 140000 /* int4_minmax_multi_ops */
#define ARRAY_MAX (1U << 24)
#define COPY_BUFFER 65536
#define COPY_ROW                                                       \
	4096    /* a row of fields of at most PG_TEXT bytes is shorter \
		 */
#define WHY 400 /* bytes of a message that are logged */

/* Types by their numbers, which PostgreSQL never changes (pg_type.dat). */
enum {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_I64 = 20,
	TYPE_I16 = 21,
	TYPE_I32 = 23,
	TYPE_TEXT = 25,
	TYPE_I32_ARRAY = 1007,
	TYPE_UUID = 2950,
};

struct pg {
	PGconn *conn;
	bool copying;
	struct wr w; /* over buf: rows not sent yet */
	uint8_t buf[COPY_BUFFER];
};

/* Errors ----------------------------------------------------------------- */

/* A line of the log; what is not printable becomes '?', so does a quote. */
static void
complain(const char *key, const char *text)
{
	char line[WHY];
	size_t n = 0;

	for (; text[n] != '\0' && n < sizeof(line) - 1; n++)
		line[n] = text[n] < ' ' || text[n] > '~' || text[n] == '"'
			      ? '?'
			      : text[n];
	line[n] = '\0';
	(void)fprintf(
	    stderr, "level=error event=postgresql %s=\"%s\"\n", key, line);
}

static enum err
failure(const PGresult *r)
{
	static const struct {
		const char *state;
		enum err e;
	} known[] = {
		{ "42501", E_ACCESS }, /* insufficient privilege */
		{ "55P03", E_AGAIN },  /* lock not available */
	};
	const char *state =
	    r == NULL ? NULL : PQresultErrorField(r, PG_DIAG_SQLSTATE);

	complain("sqlstate", state == NULL ? "none" : state);
	for (size_t i = 0; state != NULL && i < 2; i++)
		if (strcmp(known[i].state, state) == 0)
			return known[i].e;
	return E_DB;
}

/* Ends r, which must have that status. */
static enum err
settle(PGresult *r, ExecStatusType want)
{
	enum err e = E_OK;

	if (r == NULL || PQresultStatus(r) != want)
		e = failure(r);
	PQclear(r);
	return e;
}

/* Notices may quote a value. */
static void
no_notice(void *ctx, const PGresult *r)
{
	(void)ctx;
	(void)r;
}

/* Opening ---------------------------------------------------------------- */

/* Nothing but the configuration says where we connect, and as whom. */
static enum err
forget_environment(void)
{
	PQconninfoOption *all = PQconndefaults();

	if (all == NULL)
		return E_NOMEM;
	for (const PQconninfoOption *o = all; o->keyword != NULL; o++)
		if (o->envvar != NULL)
			(void)unsetenv(o->envvar);
	PQconninfoFree(all);
	return E_OK;
}

static bool
keyword_good(const PQconninfoOption *o)
{
	static const char *const known[] = { "port", "dbname", "user",
		"passfile" };

	if (strcmp(o->keyword, "host") == 0)
		return o->val[0] == '/' && strchr(o->val, ',') == NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(o->keyword, known[i]) == 0)
			return true;
	return false;
}

#define KEYWORDS 16

/* Calls libpq with what where says and what we add. */
static enum err
connect_to(PGconn **out, const PQconninfoOption *all)
{
	const char *keys[KEYWORDS] = { "gssencmode", "sslmode",
		"client_encoding", "connect_timeout",
		"fallback_application_name", "options" };
	const char *values[KEYWORDS] = { "disable", "disable", "UTF8", "10",
		"ward", "-c client_min_messages=error" };
	size_t n = 6;
	bool host = false;

	for (; all->keyword != NULL; all++) {
		if (all->val == NULL)
			continue;
		if (!keyword_good(all))
			return E_CONFIG;
		host = host || strcmp(all->keyword, "host") == 0;
		assert(n < KEYWORDS - 1);
		keys[n] = all->keyword;
		values[n++] = all->val;
	}
	if (!host)
		return E_CONFIG;
	*out = PQconnectdbParams(keys, values, 0);
	return *out == NULL ? E_NOMEM : E_OK;
}

static enum err
check_server(PGconn *conn)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);
	const char *encoding;

	if (PQstatus(conn) != CONNECTION_OK) {
		complain("text", PQerrorMessage(conn));
		return PQconnectionNeedsPassword(conn) ? E_ACCESS : E_DB;
	}
	if (getpeername(PQsocket(conn), (struct sockaddr *)&peer, &len) != 0 ||
	    peer.ss_family != AF_UNIX)
		return E_CONFIG;
	encoding = PQparameterStatus(conn, "server_encoding");
	if (PQserverVersion(conn) < SERVER_LEAST || encoding == NULL ||
	    strcmp(encoding, "UTF8") != 0)
		return E_CONFIG;
	return E_OK;
}

enum err
pg_open(struct pg **out, const char *where)
{
	PQconninfoOption *all = NULL;
	struct pg *p = NULL;
	enum err e;

	if ((e = forget_environment()) != E_OK)
		return e;
	if ((all = PQconninfoParse(where, NULL)) == NULL)
		return E_CONFIG;
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		e = E_NOMEM;
		goto out;
	}
	if ((e = connect_to(&p->conn, all)) != E_OK ||
	    (e = check_server(p->conn)) != E_OK)
		goto out;
	(void)PQsetNoticeReceiver(p->conn, no_notice, NULL);
	*out = p;
	p = NULL;
out:
	PQconninfoFree(all);
	pg_close(p);
	return e;
}

bool
pg_lost(const struct pg *p)
{
	return PQstatus(p->conn) != CONNECTION_OK;
}

void
pg_close(struct pg *p)
{
	if (p == NULL)
		return;
	PQfinish(p->conn);
	explicit_bzero(p, sizeof(*p));
	free(p);
}

/* Values of a statement -------------------------------------------------- */

static void
add_arg(struct pg_args *a, unsigned type, const void *p, size_t n)
{
	assert(a->n < PG_ARGS && n <= INT32_MAX);
	a->types[a->n] = type;
	a->values[a->n] = p;
	a->lengths[a->n++] = (int)n;
}

void
pg_arg_bool(struct pg_args *a, bool v)
{
	assert(a->n < PG_ARGS);
	a->numbers[a->n][0] = v;
	add_arg(a, TYPE_BOOL, a->numbers[a->n], 1);
}

void
pg_arg_i32(struct pg_args *a, int32_t v)
{
	struct wr w;

	assert(a->n < PG_ARGS);
	w = wr_over(a->numbers[a->n], 4);
	wr_be32(&w, (uint32_t)v);
	add_arg(a, TYPE_I32, a->numbers[a->n], 4);
}

void
pg_arg_i64(struct pg_args *a, int64_t v)
{
	struct wr w;

	assert(a->n < PG_ARGS);
	w = wr_over(a->numbers[a->n], 8);
	wr_be64(&w, (uint64_t)v);
	add_arg(a, TYPE_I64, a->numbers[a->n], 8);
}

void
pg_arg_text(struct pg_args *a, const char *s)
{
	add_arg(a, TYPE_TEXT, s, strlen(s));
}

void
pg_arg_bytes(struct pg_args *a, const void *p, size_t n)
{
	add_arg(a, TYPE_BYTEA, p, n);
}

/* The binary form of an array: dimensions, "has NULLs", type of the elements,
 * then of each dimension its size and first index; then each element. */
enum err
pg_arg_array(struct pg_args *a, const int32_t *v, size_t n)
{
	size_t bytes = 20 + 8 * n;
	uint8_t *p;
	struct wr w;

	assert(n <= ARRAY_MAX && a->n < PG_ARGS);
	if ((p = malloc(bytes)) == NULL)
		return E_NOMEM;
	w = wr_over(p, bytes);
	wr_be32(&w, n == 0 ? 0 : 1);
	wr_be32(&w, 0);
	wr_be32(&w, TYPE_I32);
	if (n > 0) {
		wr_be32(&w, (uint32_t)n);
		wr_be32(&w, 1);
	}
	for (size_t i = 0; i < n; i++) {
		wr_be32(&w, 4);
		wr_be32(&w, (uint32_t)v[i]);
	}
	assert(w.err == E_OK);
	a->owned[a->n] = p;
	add_arg(a, TYPE_I32_ARRAY, p, w.len);
	return E_OK;
}

void
pg_args_free(struct pg_args *a)
{
	for (int i = 0; i < a->n; i++)
		if (a->owned[i] != NULL) {
			explicit_bzero(a->owned[i], (size_t)a->lengths[i]);
			free(a->owned[i]);
		}
	*a = (struct pg_args){ 0 };
}

/* Fields of a row -------------------------------------------------------- */

/* The bytes of a field that is not NULL; *n of them. */
static const uint8_t *
field(struct pg_row *r, int column, size_t *n)
{
	const PGresult *res = r->result;

	if (r->err != E_OK || column < 0 || column >= PQnfields(res) ||
	    PQfformat(res, column) != 1 || PQgetisnull(res, r->at, column)) {
		r->err = E_DB;
		return NULL;
	}
	*n = (size_t)PQgetlength(res, r->at, column);
	return (const uint8_t *)PQgetvalue(res, r->at, column);
}

/* A field of that type and, unless it is 0, length. */
static const uint8_t *
typed(struct pg_row *r, int column, unsigned type, size_t want, size_t *n)
{
	const uint8_t *p = field(r, column, n);

	if (p != NULL &&
	    (PQftype(r->result, column) != type || (want != 0 && *n != want))) {
		r->err = E_DB;
		return NULL;
	}
	return p;
}

/* An integer of n bytes by its type; false: it is none. */
static bool
integer(int64_t *out, unsigned type, const uint8_t *p, size_t n)
{
	struct rd r = rd_over(p, n);

	switch (type) {
	case TYPE_BOOL:
		*out = rd_u8(&r);
		return rd_end(&r) == E_OK && *out <= 1;
	case TYPE_I16:
		*out = (int16_t)rd_be16(&r);
		break;
	case TYPE_I32:
		*out = (int32_t)rd_be32(&r);
		break;
	case TYPE_I64:
		*out = (int64_t)rd_be64(&r);
		break;
	default:
		return false;
	}
	return rd_end(&r) == E_OK;
}

int64_t
pg_number(struct pg_row *r, int column, int64_t least, int64_t most)
{
	size_t n;
	const uint8_t *p = field(r, column, &n);
	int64_t v;

	if (p == NULL)
		return 0;
	if (!integer(&v, PQftype(r->result, column), p, n) || v < least ||
	    v > most) {
		r->err = E_DB;
		return 0;
	}
	return v;
}

void
pg_key(struct pg_row *r, int column, uint8_t out[PG_KEY])
{
	size_t n;
	const uint8_t *p = typed(r, column, TYPE_UUID, PG_KEY, &n);

	if (p == NULL)
		memset(out, 0, PG_KEY);
	else
		memcpy(out, p, PG_KEY);
}

void
pg_bytes(struct pg_row *r, int column, void *out, size_t n)
{
	size_t len;
	const uint8_t *p = typed(r, column, TYPE_BYTEA, n, &len);

	if (p == NULL)
		memset(out, 0, n);
	else
		memcpy(out, p, n);
}

void
pg_text(struct pg_row *r, int column, char *out, size_t cap)
{
	size_t n;
	const uint8_t *p = typed(r, column, TYPE_TEXT, 0, &n);

	memset(out, 0, cap);
	if (p == NULL)
		return;
	if (n >= cap || memchr(p, '\0', n) != NULL)
		r->err = E_DB;
	else
		memcpy(out, p, n);
}

/* Statements ------------------------------------------------------------- */

static const struct pg_args none;
static const int binary[PG_ARGS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

enum err
pg_run(struct pg *p, const char *sql)
{
	assert(!p->copying);
	return settle(PQexec(p->conn, sql), PGRES_COMMAND_OK);
}

enum err
pg_do(struct pg *p, const char *sql, const struct pg_args *a, uint64_t *rows)
{
	const struct pg_args *with = a == NULL ? &none : a;
	PGresult *r;
	const char *n;
	enum err e = E_OK;

	assert(!p->copying);
	r = PQexecParams(p->conn, sql, with->n, with->types, with->values,
	    with->lengths, binary, 1);
	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		e = failure(r);
	} else if (rows != NULL) {
		n = PQcmdTuples(r);
		e = num_parse(rows, n, strlen(n), INT64_MAX) == E_OK ? E_OK
								     : E_DB;
	}
	PQclear(r);
	return e;
}

/* Hands the rows of one result on. */
static enum err
hand_on(const PGresult *r, int columns,
    enum err (*each)(void *ctx, struct pg_row *r), void *ctx)
{
	enum err e = E_OK;

	if (PQnfields(r) != columns)
		return E_DB;
	for (int i = 0; i < PQntuples(r) && e == E_OK; i++) {
		struct pg_row row = { .result = r, .at = i };

		e = each(ctx, &row);
		if (e == E_OK)
			e = row.err;
	}
	return e;
}

enum err
pg_ask(struct pg *p, const char *sql, const struct pg_args *a, int columns,
    enum err (*each)(void *ctx, struct pg_row *r), void *ctx)
{
	const struct pg_args *with = a == NULL ? &none : a;
	enum err e = E_OK, done = E_DB;
	PGresult *r;

	assert(!p->copying);
	if (PQsendQueryParams(p->conn, sql, with->n, with->types, with->values,
		with->lengths, binary, 1) != 1 ||
	    PQsetSingleRowMode(p->conn) != 1)
		return failure(NULL);
	while ((r = PQgetResult(p->conn)) != NULL) {
		ExecStatusType status = PQresultStatus(r);

		if (status == PGRES_SINGLE_TUPLE && e == E_OK)
			e = hand_on(r, columns, each, ctx);
		else if (status == PGRES_TUPLES_OK)
			done = PQnfields(r) == columns ? E_OK : E_DB;
		else if (status != PGRES_SINGLE_TUPLE && e == E_OK)
			e = failure(r);
		PQclear(r);
	}
	return e != E_OK ? e : done;
}

struct one {
	int64_t value;
	unsigned rows;
};

static enum err
take_one(void *ctx, struct pg_row *r)
{
	struct one *o = ctx;

	o->value = pg_number(r, 0, 0, INT64_MAX);
	o->rows++;
	return E_OK;
}

enum err
pg_ask_number(
    struct pg *p, const char *sql, const struct pg_args *a, int64_t *out)
{
	struct one o = { 0 };
	enum err e = pg_ask(p, sql, a, 1, take_one, &o);

	if (e == E_OK && o.rows != 1)
		e = E_DB;
	if (e == E_OK)
		*out = o.value;
	return e;
}

/* A transaction that failed is undone by COMMIT, which then says so. */
enum err
pg_commit(struct pg *p)
{
	PGresult *r = PQexec(p->conn, "COMMIT");
	enum err e = E_OK;

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		e = failure(r);
	else if (strcmp(PQcmdStatus(r), "COMMIT") != 0)
		e = E_DB;
	PQclear(r);
	return e;
}

void
pg_rollback(struct pg *p)
{
	pg_copy_stop(p);
	if (PQtransactionStatus(p->conn) != PQTRANS_IDLE)
		PQclear(PQexec(p->conn, "ROLLBACK"));
}

/* Rows in ---------------------------------------------------------------- */

enum err
pg_copy(struct pg *p, const char *sql)
{
	static const uint8_t signature[11] = "PGCOPY\n\377\r\n";
	enum err e;

	assert(!p->copying);
	if ((e = settle(PQexec(p->conn, sql), PGRES_COPY_IN)) != E_OK)
		return e;
	p->copying = true;
	p->w = wr_over(p->buf, sizeof(p->buf));
	wr_bytes(&p->w, signature, sizeof(signature));
	wr_be32(&p->w, 0); /* flags */
	wr_be32(&p->w, 0); /* length of what else the head has */
	return E_OK;
}

static enum err
flush(struct pg *p)
{
	int rc = PQputCopyData(p->conn, (const char *)p->buf, (int)p->w.len);

	assert(p->w.err == E_OK);
	p->w = wr_over(p->buf, sizeof(p->buf));
	return rc == 1 ? E_OK : failure(NULL);
}

enum err
pg_copy_row(struct pg *p, uint16_t fields)
{
	enum err e;

	assert(p->copying);
	if (p->w.len + COPY_ROW > sizeof(p->buf) && (e = flush(p)) != E_OK)
		return e;
	wr_be16(&p->w, fields);
	return E_OK;
}

void
pg_copy_bool(struct pg *p, bool v)
{
	wr_be32(&p->w, 1);
	wr_u8(&p->w, v);
}

void
pg_copy_i16(struct pg *p, int16_t v)
{
	wr_be32(&p->w, 2);
	wr_be16(&p->w, (uint16_t)v);
}

void
pg_copy_i32(struct pg *p, int32_t v)
{
	wr_be32(&p->w, 4);
	wr_be32(&p->w, (uint32_t)v);
}

void
pg_copy_i64(struct pg *p, int64_t v)
{
	wr_be32(&p->w, 8);
	wr_be64(&p->w, (uint64_t)v);
}

void
pg_copy_key(struct pg *p, const uint8_t key[PG_KEY])
{
	wr_be32(&p->w, PG_KEY);
	wr_bytes(&p->w, key, PG_KEY);
}

void
pg_copy_text(struct pg *p, const char *s)
{
	size_t n = strlen(s);

	assert(n < PG_TEXT);
	wr_be32(&p->w, (uint32_t)n);
	wr_bytes(&p->w, s, n);
}

/* Reads what the server says at the end of a COPY; *rows unless NULL. */
static enum err
copy_result(struct pg *p, uint64_t *rows)
{
	enum err e = E_OK;
	PGresult *r;

	while ((r = PQgetResult(p->conn)) != NULL) {
		const char *n = PQcmdTuples(r);

		if (rows == NULL) /* it was to be dropped */
			;
		else if (PQresultStatus(r) != PGRES_COMMAND_OK)
			e = failure(r);
		else if (num_parse(rows, n, strlen(n), INT64_MAX) != E_OK)
			e = E_DB;
		PQclear(r);
		if (PQstatus(p->conn) != CONNECTION_OK)
			return E_DB;
	}
	return e;
}

enum err
pg_copy_end(struct pg *p, uint64_t *rows)
{
	enum err e;

	assert(p->copying);
	wr_be16(&p->w, UINT16_MAX); /* the end */
	if ((e = flush(p)) != E_OK)
		return e;
	p->copying = false;
	explicit_bzero(p->buf, sizeof(p->buf));
	if (PQputCopyEnd(p->conn, NULL) != 1)
		return failure(NULL);
	return copy_result(p, rows);
}

void
pg_copy_stop(struct pg *p)
{
	if (!p->copying)
		return;
	p->copying = false;
	explicit_bzero(p->buf, sizeof(p->buf));
	if (PQputCopyEnd(p->conn, "dropped") == 1)
		(void)copy_result(p, NULL);
}
