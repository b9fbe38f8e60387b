#include "records_world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wr.h"
#include "pgserver.h"

const char *server;
char to_load[RECORDS_WHERE], to_count[RECORDS_WHERE];
struct keys keys;
struct areas *areas;
struct themes *rules;
struct records *store;

static char dir[] = "/tmp/ward-conform-XXXXXX";
static int (*cases)(void);

/* The world --------------------------------------------------------------- */

static const char area_text[] =
    "code,name,lad,lad_name,force,force_name,population\n"
    "E01000001,Ash 001A,E07000001,Ash,E23000001,North,1000\n"
    "E01000002,Ash 001B,E07000001,Ash,E23000001,North,1100\n"
    "E01000003,Ash 002A,E07000001,Ash,E23000001,North,1200\n"
    "E01000004,Beech 001A,E07000002,Beech,E23000001,North,1300\n"
    "E01000005,Beech 001B,E07000002,Beech,E23000001,North,1400\n"
    "E01000006,Cedar 001A,E07000003,Cedar,E23000002,South,1500\n"
    "E01000007,Cedar 001B,E07000003,Cedar,E23000002,South,1600\n"
    "E01000008,Cedar 002A,E07000003,Cedar,E23000002,South,1700\n";

static const char rule_text[] =
    "rules,Conform,1\n"
    "theme,violence,Violence\n"
    "theme,theft,Theft\n"
    "theme,robbery,Robbery\n"
    "theme,knife,Knife\n"
    "theme,vawg,Against women and girls\n"
    "list,test,test.csv\n"
    "rule,police.crime;police.asb;nhs.ed,test,assault,,,,violence\n"
    "rule,police.crime;nhs.ed,test,assault,sharp,,,knife\n"
    "rule,police.crime,test,assault,,woman;girl,,vawg\n"
    "rule,police.crime,test,theft,,,,theft\n"
    "rule,police.crime,test,robbery,,,,robbery;theft\n"
    "rule,police.crime,test,robbery,sharp,,,knife\n";

const uint8_t all_themes[WORLD_THEMES] = { THEME_VIOLENCE, THEME_THEFT,
	THEME_ROBBERY, THEME_KNIFE, THEME_VAWG };
const char *const area_words[WORLD_AREAS] = { "E01000001", "E01000002",
	"E01000003", "E01000004", "E01000005", "E01000006", "E01000007",
	"E01000008", "Ash 001", "Cedar 001", "E07000001", "E07000003",
	"E23000001", "E23000002", "E01999999", "Bâle", "" };

uint64_t
at(unsigned batch)
{
	return NOW + 100 * batch;
}

enum err
say_time(void *ctx, uint64_t *utc_s)
{
	*utc_s = *(uint64_t *)ctx;
	return E_OK;
}

/* Record n: a theft at a point in Ash 001A, by nobody. */
struct incident
record(uint32_t n)
{
	struct incident i = { .kind = { .source = SOURCE_POLICE_CRIME,
				  .codelist = "test",
				  .code = "theft" },
		.feed = "North Police",
		.occurred_from = 1609459200 + n,
		.occurred_to = 1609459260 + n,
		.time_precision = PRECISION_MINUTE,
		.month = MONTH,
		.recorded_at = 1609545600,
		.has_point = true,
		.east = 300100 + n % 1000,
		.north = 200100,
		.geo_precision_m = 50,
		.geo_method = GEO_STREET,
		.area = "E01000001",
		.published = "E01000001",
		.vintage = 2011 };
	struct wr w = wr_over(i.record_id, INCIDENT_KEY);

	wr_be32(&w, n * UINT32_C(2654435761));
	wr_be32(&w, n);
	return i;
}

struct incident
of_person(struct incident i, uint8_t person)
{
	i.has_person = true;
	memset(i.person_key, person, INCIDENT_KEY);
	return i;
}

static void
digest_of(uint8_t out[32], unsigned number)
{
	memset(out, 0, 32);
	out[0] = (uint8_t)number;
	out[31] = (uint8_t)(number >> 8);
}

/* Starts a batch; its digest is number's. */
enum err
begin(struct records *r, enum records_act act, unsigned number,
    uint64_t *loaded_at)
{
	struct records_batch b = {
		.act = act, .loader = "conform", .name = "été.csv"
	};

	digest_of(b.digest, number);
	return records_begin(r, &b, loaded_at);
}

/* A whole batch, loaded at that second. */
struct records_change
load_at(uint64_t utc_s, unsigned number, const struct model_batch *b)
{
	struct records_change c;
	uint64_t loaded_at;

	assert_int_equal(begin(store, b->act, number, &loaded_at), E_OK);
	for (size_t i = 0; i < b->n; i++)
		assert_int_equal(records_put(store, &b->puts[i]), E_OK);
	for (size_t i = 0; i < b->n_wholes; i++)
		assert_int_equal(
		    records_replace(store, b->wholes[i].source,
			b->wholes[i].feed, b->wholes[i].first, b->wholes[i].n),
		    E_OK);
	assert_int_equal(records_merge(store, &c, NULL, NULL), E_OK);
	assert_int_equal(
	    records_commit(store, say_time, &utc_s, "{\"read\": 1}"), E_OK);
	return c;
}

/* A batch of n records, which is the number-th and loaded at at(number). */
struct records_change
load(enum records_act act, unsigned number, const struct incident *puts,
    size_t n)
{
	return load_at(at(number), number,
	    &(struct model_batch){ .act = act, .puts = puts, .n = n });
}

void
expect(struct records_change got, struct records_change want)
{
	assert_int_equal(got.added, want.added);
	assert_int_equal(got.changed, want.changed);
	assert_int_equal(got.withdrawn, want.withdrawn);
	assert_int_equal(got.held, want.held);
	assert_int_equal(got.unknown, want.unknown);
	assert_int_equal(got.months, want.months);
}

static enum err
see(void *ctx, const struct incident *i)
{
	struct seen *s = ctx;

	if (s->n == s->room) {
		s->room = s->room == 0 ? 256 : 2 * s->room;
		s->all = realloc(s->all, s->room * sizeof(*s->all));
		assert_non_null(s->all);
	}
	s->all[s->n++] = *i;
	return E_OK;
}

/* A unit that came back after another one would have a new allowance. */
static void
check_clustered(const struct seen *s)
{
	const struct incident *last = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct incident *x = &s->all[i];
		int order;

		assert_true(i == 0 || x->month >= x[-1].month);
		if (!x->has_person)
			continue;
		if (last != NULL && last->month == x->month) {
			order = memcmp(
			    last->person_key, x->person_key, INCIDENT_KEY);
			assert_true(
			    order < 0 ||
			    (order == 0 && memcmp(last->record_id, x->record_id,
					       INCIDENT_KEY) <= 0));
		}
		last = x;
	}
}

struct seen
look(uint16_t first, uint16_t n, uint64_t as_of_s)
{
	struct seen s = { 0 };

	assert_int_equal(records_each(store, first, n, as_of_s, see, &s), E_OK);
	check_clustered(&s);
	model_sort(s.all, s.n);
	return s;
}

/* How many records there are in months [first, first + n) as of then. */
size_t
number(uint16_t first, uint16_t n, uint64_t as_of_s)
{
	struct seen s = look(first, n, as_of_s);

	free(s.all);
	return s.n;
}

/* All themes and months of a year, by square kilometre. */
struct question
question(void)
{
	struct question q = { .measure = MEASURE_COUNT,
		.sources = SOURCE_ALL,
		.n_themes = sizeof(all_themes),
		.first_month = MONTH,
		.n_months = 12,
		.slicing = SLICE_SUM,
		.geo = GEO_GRID,
		.cell_m = 1000,
		.west = 300000,
		.south = 200000,
		.cols = 3,
		.rows = 2,
		.n_places = 6,
		.n_levels = 1,
		.level_places = { 6 },
		.c = 1,
		.k = sizeof(all_themes),
		.d = 1,
		.g = 1 };

	memcpy(q.themes, all_themes, sizeof(all_themes));
	return q;
}

/* The total of all cells but those of "not placed", or of those alone. */
uint64_t
counted(const struct question *q, uint64_t as_of_s, bool placed)
{
	uint32_t n = question_cells(q);
	uint32_t *cells = malloc(n * sizeof(*cells));
	struct records *r;
	uint64_t sum = 0;

	assert_non_null(cells);
	memset(cells, 0xee, n * sizeof(*cells));
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(
	    records_count(cells, r, q, as_of_s, areas, rules), E_OK);
	records_close(r);
	for (uint32_t i = 0; i < n; i++)
		if ((i % (q->n_places + 1) != q->n_places) == placed)
			sum += cells[i];
	free(cells);
	return sum;
}

int
new_store(void **state)
{
	(void)state;
	if (server != NULL) {
		pgserver_where(to_load, RECORDS_WHERE, server, "ward_load");
		pgserver_where(to_count, RECORDS_WHERE, server, "ward_count");
		if (!pgserver_do(server, "DROP SCHEMA IF EXISTS ward CASCADE"))
			return -1;
	} else {
		strcpy(dir + sizeof(dir) - 7, "XXXXXX");
		if (mkdtemp(dir) == NULL)
			return -1;
		snprintf(to_load, RECORDS_WHERE, "%s/records.db", dir);
		strcpy(to_count, to_load);
	}
	return records_open(&store, to_load, RECORDS_LOAD, &keys) == E_OK ? 0
									  : -1;
}

int
drop_store(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[RECORDS_WHERE + 16];

	(void)state;
	records_close(store);
	store = NULL;
	if (server != NULL)
		return 0;
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/records.db%s", dir, ends[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static int
run(const char *of)
{
	static const uint8_t secret[KEYS_STORE] = { 1, 2, 3 };
	size_t line;
	int failed;

	server = of;
	keys_derive(&keys, secret);
	if (areas_parse(&areas, area_text, sizeof(area_text) - 1, &line) !=
		E_OK ||
	    themes_parse(&rules, rule_text, sizeof(rule_text) - 1, &line) !=
		E_OK) {
		fprintf(stderr, "line %zu\n", line);
		return 1;
	}
	failed = cases();
	areas_free(areas);
	themes_free(rules);
	return failed != 0;
}

int
world_main(int argc, char **argv, int (*of)(void))
{
	cases = of;
	if (argc == 2 && strcmp(argv[1], "sqlite") == 0)
		return run(NULL);
	if (argc == 2 && strcmp(argv[1], "postgresql") == 0)
		return pgserver_run(run);
	fprintf(stderr, "usage: %s sqlite | postgresql\n", argv[0]);
	return 2;
}
