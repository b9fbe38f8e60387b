#include "node/pg_schema.h"

#include <string.h>

#define VERSION "1"

/* Row and stage share these columns; wide ones first, so that none is padded.
 * Columns of keys are of type uuid: 16 bytes that compare as memcmp does, which
 * is the order of bounding. */
#define COLUMNS                              \
	" occurred_from bigint NOT NULL,"    \
	" occurred_to bigint NOT NULL,"      \
	" recorded_at bigint NOT NULL,"      \
	" month integer NOT NULL,"           \
	" kind integer NOT NULL,"            \
	" area integer NOT NULL,"            \
	" east integer NOT NULL,"            \
	" north integer NOT NULL,"           \
	" precision_m integer NOT NULL,"     \
	" time_precision smallint NOT NULL," \
	" geo_method smallint NOT NULL,"     \
	" has_person boolean NOT NULL,"      \
	" has_point boolean NOT NULL,"       \
	" unit uuid NOT NULL,"               \
	" id uuid NOT NULL"
#define TEXT " text COLLATE \"C\" NOT NULL"

static const char schema[] =
    "CREATE SCHEMA ward;"
    "CREATE TABLE ward.meta ("
    " name" TEXT " PRIMARY KEY,"
    " value bytea NOT NULL);"
    "CREATE TABLE ward.batch ("
    " number integer PRIMARY KEY,"
    " loaded_at bigint NOT NULL,"
    " digest bytea NOT NULL,"
    " act integer NOT NULL,"
    " loader" TEXT ","
    " name" TEXT ","
    " added bigint NOT NULL,"
    " changed bigint NOT NULL,"
    " withdrawn bigint NOT NULL,"
    " held bigint NOT NULL,"
    " unknown bigint NOT NULL,"
    " months integer NOT NULL,"
    " report" TEXT ");"
    "CREATE TABLE ward.kind ("
    " number integer PRIMARY KEY,"
    " source integer NOT NULL,"
    " codelist" TEXT ","
    " code" TEXT ","
    " weapon smallint NOT NULL,"
    " victim smallint NOT NULL,"
    " setting smallint NOT NULL,"
    " feed" TEXT ");"
    "CREATE TABLE ward.area ("
    " number integer PRIMARY KEY,"
    " code" TEXT ","
    " published" TEXT ","
    " vintage integer NOT NULL);"
    "CREATE TABLE ward.record (" COLUMNS ","
    " born integer NOT NULL,"
    " died integer NOT NULL);"
    /* batches add rows by month: ranges of pages are of few months */
    "CREATE INDEX record_month ON ward.record"
    " USING brin (month int4_minmax_multi_ops)"
    " WITH (pages_per_range = 32);"
    "CREATE INDEX record_alive ON ward.record (id) WHERE died = 0;"
    "CREATE UNLOGGED TABLE ward.stage (" COLUMNS ","
    " seq bigint NOT NULL) WITH (autovacuum_enabled = off);"
    "CREATE UNLOGGED TABLE ward.whole ("
    " source integer NOT NULL,"
    " feed" TEXT ","
    " month integer NOT NULL) WITH (autovacuum_enabled = off);"
    "CREATE UNLOGGED TABLE ward.fate ("
    " month integer NOT NULL,"
    " now integer NOT NULL,"
    " fate integer NOT NULL,"
    " id uuid NOT NULL) WITH (autovacuum_enabled = off);"
    "CREATE VIEW ward.counting AS SELECT month, unit, id AS turn, has_person,"
    " kind, area, has_point, east, north, born, died FROM ward.record;"
    /* the role may have another name, or not be there yet */
    "DO $$BEGIN"
    " IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ward_count') THEN"
    "  GRANT USAGE ON SCHEMA ward TO ward_count;"
    "  GRANT SELECT ON ward.counting, ward.kind, ward.area, ward.batch,"
    "   ward.meta TO ward_count;"
    " END IF;"
    "END$$;";

/* No name is found but by its schema; a count that takes longer than ten
 * minutes has lost the question it was for.  Compiling a plan costs more than
 * it saves. */
static const char for_all[] = "SET search_path = pg_catalog;"
			      "SET jit = off;"
			      "SET work_mem = '64MB';";
static const char for_count[] = "SET default_transaction_read_only = on;"
				"SET statement_timeout = '600s';"
				"SET idle_in_transaction_session_timeout = "
				"'600s';";
static const char for_load[] = "SET lock_timeout = '10s';";

/* What there is of our name. */
enum { NOTHING, SCHEMA, SCHEMA_AND_META };

static enum err
look(struct pg *p, int64_t *found)
{
	return pg_ask_number(p,
	    "SELECT count(n.oid) + count(c.oid) FROM pg_namespace n"
	    " LEFT JOIN pg_class c"
	    "  ON c.relnamespace = n.oid AND c.relname = 'meta'"
	    " WHERE n.nspname = 'ward'",
	    NULL, found);
}

static enum err
set_meta(struct pg *p, const char *name, const void *value, size_t n)
{
	struct pg_args a = { 0 };

	pg_arg_text(&a, name);
	pg_arg_bytes(&a, value, n);
	return pg_do(p, "INSERT INTO ward.meta VALUES ($1, $2)", &a, NULL);
}

/* Inside a transaction: makes it unless another process was faster. */
static enum err
make(struct pg *p, const uint8_t check[KEYS_CHECK])
{
	int64_t found;
	enum err e;

	if ((e = pg_ask_number(p,
		 "SELECT count(*) FROM pg_advisory_xact_lock(" PG_SCHEMA_LOCK
		 ")",
		 NULL, &(int64_t){ 0 })) != E_OK ||
	    (e = look(p, &found)) != E_OK || found != NOTHING)
		return e;
	if ((e = pg_run(p, schema)) != E_OK ||
	    (e = set_meta(p, "version", VERSION, strlen(VERSION))) != E_OK)
		return e;
	return set_meta(p, "key", check, KEYS_CHECK);
}

static enum err
make_schema(struct pg *p, const uint8_t check[KEYS_CHECK])
{
	enum err e = pg_run(p, "BEGIN");

	if (e == E_OK)
		e = make(p, check);
	if (e == E_OK)
		return pg_commit(p);
	pg_rollback(p);
	return e;
}

/* Is it ours? */
static enum err
check_meta(struct pg *p, const uint8_t check[KEYS_CHECK])
{
	struct pg_args a = { 0 };
	int64_t good;
	enum err e;

	pg_arg_bytes(&a, VERSION, strlen(VERSION));
	pg_arg_bytes(&a, check, KEYS_CHECK);
	e = pg_ask_number(p,
	    "SELECT count(*) FROM ward.meta WHERE"
	    " (name = 'version' AND value = $1) OR"
	    " (name = 'key' AND value = $2)",
	    &a, &good);
	if (e != E_OK)
		return e;
	return good == 2 ? E_OK : E_CONFIG;
}

enum err
pg_schema_open(
    struct pg *p, enum records_mode mode, const uint8_t check[KEYS_CHECK])
{
	int64_t found;
	enum err e;

	if ((e = pg_run(p, for_all)) != E_OK ||
	    (e = pg_run(p, mode == RECORDS_COUNT ? for_count : for_load)) !=
		E_OK ||
	    (e = look(p, &found)) != E_OK)
		return e;
	if (found == NOTHING && mode == RECORDS_COUNT)
		return E_NOTFOUND;
	if (found == NOTHING && (e = make_schema(p, check)) != E_OK)
		return e;
	return found == SCHEMA ? E_CONFIG : check_meta(p, check);
}

/* A row of kind: the next number. */
static enum err
take_kind(void *ctx, struct pg_row *r)
{
	struct lexicon *w = ctx;
	struct incident i = { 0 };
	int64_t wanted = (int64_t)w->n_kinds;
	uint32_t number;
	enum err e;

	(void)pg_number(r, 0, wanted, wanted);
	i.kind.source = (uint32_t)pg_number(r, 1, 0, INT32_MAX);
	pg_text(r, 2, i.kind.codelist, sizeof(i.kind.codelist));
	pg_text(r, 3, i.kind.code, sizeof(i.kind.code));
	i.kind.weapon = (uint8_t)pg_number(r, 4, 0, WEAPONS - 1);
	i.kind.victim = (uint8_t)pg_number(r, 5, 0, VICTIMS - 1);
	i.kind.setting = (uint8_t)pg_number(r, 6, 0, SETTINGS - 1);
	pg_text(r, 7, i.feed, sizeof(i.feed));
	if (r->err != E_OK)
		return r->err;
	if ((e = lexicon_kind(w, &number, &i)) != E_OK)
		return e;
	return number == wanted ? E_OK : E_DB; /* the same words twice */
}

static enum err
take_area(void *ctx, struct pg_row *r)
{
	struct lexicon *w = ctx;
	struct incident i = { 0 };
	int64_t wanted = (int64_t)w->n_areas;
	uint32_t number;
	enum err e;

	(void)pg_number(r, 0, wanted, wanted);
	pg_text(r, 1, i.area, sizeof(i.area));
	pg_text(r, 2, i.published, sizeof(i.published));
	i.vintage = (uint16_t)pg_number(r, 3, 0, UINT16_MAX);
	if (r->err != E_OK)
		return r->err;
	if ((e = lexicon_area(w, &number, &i)) != E_OK)
		return e;
	return number == wanted ? E_OK : E_DB;
}

enum err
pg_schema_words(struct pg *p, struct lexicon *w)
{
	struct pg_args kinds = { 0 }, areas = { 0 };
	enum err e;

	pg_arg_i32(&kinds, (int32_t)w->n_kinds);
	pg_arg_i32(&areas, (int32_t)w->n_areas);
	if ((e = pg_ask(p,
		 "SELECT number, source, codelist, code, weapon, victim,"
		 " setting, feed FROM ward.kind WHERE number >= $1"
		 " ORDER BY number",
		 &kinds, 8, take_kind, w)) != E_OK)
		return e;
	return pg_ask(p,
	    "SELECT number, code, published, vintage FROM ward.area"
	    " WHERE number >= $1 ORDER BY number",
	    &areas, 4, take_area, w);
}
