/* Promises of coordinator/db, queries and releases: what was committed is there
 * after a reopening, what is released never changes, and another program's
 * file is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "coordinator/queries.h"
#include "coordinator/releases.h"

struct store {
	char dir[32], path[48];
	struct db *db;
};

static int
setup(void **state)
{
	struct store *s = calloc(1, sizeof(*s));

	strcpy(s->dir, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/c.db", s->dir);
	assert_int_equal(db_open(&s->db, s->path, DB_WRITE), E_OK);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct store *s = *state;
	char command[64];

	db_close(s->db);
	(void)snprintf(command, sizeof(command), "rm -r %s", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

static void
reopen(struct store *s)
{
	db_close(s->db);
	assert_int_equal(db_open(&s->db, s->path, DB_WRITE), E_OK);
}

static const uint8_t *
id_of(uint8_t n)
{
	static uint8_t ids[256][QUERY_ID];

	ids[n][0] = n;
	return ids[n];
}

static struct party_id
party(const char *name)
{
	struct party_id p;

	assert_int_equal(party_id_parse(&p, name, strlen(name)), E_OK);
	return p;
}

static void
put(struct store *s, uint8_t n, const char *envelope)
{
	struct stored_query q = { .state = QUERY_WAITING,
		.submitted_at = 1000,
		.envelope = (const uint8_t *)envelope,
		.len = strlen(envelope) };
	struct party_id first = party("first"), other = party("other"), by;

	memcpy(q.id, id_of(n), QUERY_ID);
	assert_int_equal(queries_bringer(s->db, &by, q.id), E_NOTFOUND);
	assert_int_equal(queries_put(s->db, &q, &first), E_OK);
	assert_int_equal(queries_put(s->db, &q, &other), E_EXISTS);
	assert_int_equal(queries_bringer(s->db, &by, q.id), E_OK);
	assert_true(party_id_same(&by, &first));
}

struct seen { /* what queries_each handed out */
	size_t n;
	uint8_t order[8];
	struct stored_query last;
	char envelope[32];
	enum err says;
};

static enum err
see(void *ctx, const struct stored_query *q)
{
	struct seen *seen = ctx;

	seen->order[seen->n++] = q->id[0];
	seen->last = *q;
	(void)snprintf(seen->envelope, sizeof(seen->envelope), "%.*s",
	    (int)q->len, (const char *)q->envelope);
	return seen->says;
}

static void
test_queries_come_newest_first(void **state)
{
	struct store *s = *state;
	struct seen seen = { .n = 0 };

	put(s, 1, "one");
	put(s, 2, "two");
	put(s, 3, "three");
	assert_int_equal(queries_set(s->db, id_of(2), QUERY_OPEN), E_OK);
	assert_int_equal(queries_set_at_once(s->db, id_of(2)), E_OK);
	reopen(s);
	assert_int_equal(queries_each(s->db, NULL, 2, see, &seen), E_OK);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.order[0], 3);
	assert_int_equal(seen.order[1], 2);
	assert_int_equal(seen.last.state, QUERY_OPEN);
	assert_true(seen.last.at_once);
	assert_int_equal(seen.last.submitted_at, 1000);
	assert_string_equal(seen.envelope, "two");
	seen = (struct seen){ .says = E_AGAIN };
	assert_int_equal(queries_each(s->db, NULL, 9, see, &seen), E_AGAIN);
	assert_int_equal(seen.n, 1); /* its error ends it */
	assert_int_equal(
	    queries_each(s->db, id_of(9), 1, see, &seen), E_NOTFOUND);
}

static void
test_a_newer_word_of_an_approver_replaces_the_older(void **state)
{
	static const struct {
		const char *who, *says;
		bool fresh;
	} steps[] = {
		{ "beta", "B", true },
		{ "alpha", "A", true },
		{ "alpha", "A", false },
		{ "alpha", "a", true },
	};
	struct store *s = *state;
	uint8_t *bundle;
	size_t len;

	put(s, 1, "Q");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct party_id who = party(steps[i].who);
		bool fresh = !steps[i].fresh;

		assert_int_equal(queries_put_approval(s->db, &fresh, id_of(1),
				     &who, (const uint8_t *)steps[i].says, 1),
		    E_OK);
		assert_int_equal(fresh, steps[i].fresh);
	}
	reopen(s);
	assert_int_equal(queries_bundle(s->db, id_of(1), &bundle, &len), E_OK);
	assert_int_equal(len, 3);
	assert_memory_equal(bundle, "QaB", 3); /* the query, then by name */
	free(bundle);
	assert_int_equal(
	    queries_set_envelope(s->db, id_of(1), (const uint8_t *)"q", 1),
	    E_OK);
	assert_int_equal(queries_bundle(s->db, id_of(1), &bundle, &len), E_OK);
	assert_memory_equal(bundle, "qaB", 3);
	free(bundle);
	assert_int_equal(
	    queries_bundle(s->db, id_of(2), &bundle, &len), E_NOTFOUND);
}

static void
test_approvals_are_bounded(void **state)
{
	struct store *s = *state;
	char name[8];
	bool fresh;

	put(s, 1, "Q");
	for (unsigned i = 0; i < QUERIES_APPROVALS + 1; i++) {
		struct party_id who;

		(void)snprintf(name, sizeof(name), "p%u", i);
		who = party(name);
		assert_int_equal(queries_put_approval(s->db, &fresh, id_of(1),
				     &who, (const uint8_t *)"x", 1),
		    i < QUERIES_APPROVALS ? E_OK : E_LIMIT);
	}
}

static void
test_what_nodes_said_is_kept(void **state)
{
	struct store *s = *state;
	struct node_row rows[4], row = { .node = party("south"),
		.state = NODE_REFUSED,
		.code = 21,
		.reason = "budget",
		.at = 5 };
	uint8_t *answer;
	size_t n, len;

	put(s, 1, "Q");
	assert_int_equal(
	    queries_put_node(s->db, id_of(1), &row, NULL, 0), E_OK);
	row = (struct node_row){
		.node = party("north"), .state = NODE_ANSWERED, .at = 6
	};
	assert_int_equal(queries_put_node(s->db, id_of(1), &row,
			     (const uint8_t *)"ANSWER", 6),
	    E_OK);
	reopen(s);
	assert_int_equal(queries_nodes(s->db, id_of(1), rows, 4, &n), E_OK);
	assert_int_equal(n, 2);
	assert_string_equal(rows[0].node.s, "north");
	assert_int_equal(rows[1].state, NODE_REFUSED);
	assert_int_equal(rows[1].code, 21);
	assert_string_equal(rows[1].reason, "budget");
	assert_int_equal(queries_nodes(s->db, id_of(1), rows, 1, &n), E_OK);
	assert_int_equal(n, 1);
	assert_int_equal(
	    queries_answer(s->db, id_of(1), &rows[0].node, &answer, &len),
	    E_OK);
	assert_int_equal(len, 6);
	assert_memory_equal(answer, "ANSWER", 6);
	free(answer);
	row.node = party("south");
	assert_int_equal(
	    queries_answer(s->db, id_of(1), &row.node, &answer, &len),
	    E_NOTFOUND);
}

/* Two themes, one time, two nodes on one level; and a coarser one. */
static struct product
made_product(double *values, int64_t *display, double *widths)
{
	struct product_level fine = { .n = 2,
		.values = values,
		.half_90 = widths,
		.half_95 = widths + 2,
		.display = display };
	struct product_level coarse = { .n = 1,
		.values = values + 4,
		.half_90 = widths + 4,
		.half_95 = widths + 5,
		.display = display + 4 };

	return (struct product){ .themes = 2,
		.times = 1,
		.kinds = 1,
		.levels = 2,
		.level = { fine, coarse } };
}

static void
release(struct store *s, uint8_t n, const char *json, enum err want)
{
	int64_t all[] = { -1, INT64_MAX, INT64_MIN }, nhs[] = { 7, 8, 9 };
	double values[] = { -0.5, 1e15, 3.25, 0.1, 7, 8 };
	int64_t display[] = { 0, INT64_MAX, 3, 0, 7, 8 };
	double widths[] = { 1, 2, 3, 4, 5, 6 };
	struct product p = made_product(values, display, widths);
	struct release_sum sums[] = {
		{ "all", 2, all, p },
		{ "nhs", 1, nhs, p },
	};
	struct text detail = text_new(TEXT_MAX);

	text_add(&detail, json);
	assert_int_equal(
	    releases_put(s->db, id_of(n), 99, &detail, sums, 2, 3), want);
	text_free(&detail);
}

#define JSON                                                   \
	"{\"id\":\"x\",\"nodes\":[{\"state\":\"answered\"},"   \
	"{\"state\":\"absent\",\"reason\":\"\"}],\"sd\":7.07," \
	"\"totals\":[1,2]}"

static void
test_a_release_is_one_step_and_final(void **state)
{
	struct store *s = *state;
	struct release_sum sum;
	struct seen seen = { .n = 0 };
	int64_t cells[3];

	put(s, 1, "Q");
	release(s, 1, JSON, E_OK);
	release(s, 1, "{}", E_EXISTS);
	reopen(s);
	assert_int_equal(queries_each(s->db, id_of(1), 1, see, &seen), E_OK);
	assert_int_equal(seen.last.state, QUERY_RELEASED);
	sum.cells = cells;
	assert_int_equal(releases_sum(s->db, id_of(1), "all", 3, &sum), E_OK);
	assert_true(
	    cells[0] == -1 && cells[1] == INT64_MAX && cells[2] == INT64_MIN);
	assert_int_equal(sum.nodes, 2);
	assert_int_equal(
	    releases_sum(s->db, id_of(1), "nhs", 4, &sum), E_RANGE);
	assert_int_equal(
	    releases_sum(s->db, id_of(1), "fire", 3, &sum), E_NOTFOUND);
	assert_int_equal(
	    releases_sum(s->db, id_of(2), "all", 3, &sum), E_NOTFOUND);
}

/* Any piece of what is published, as it was put. */
static void
test_a_view_is_a_piece_of_a_product(void **state)
{
	static const struct {
		const char *source;
		uint8_t id;
		struct release_view view;
		enum err want;
		double value, half_95;
		int64_t display;
	} cases[] = {
		{ "all", 1, { 0, 1, 0, 0 }, E_OK, -0.5, 3, 0 },
		{ "nhs", 1, { 0, 1, 1, 1 }, E_OK, 1e15, 4, INT64_MAX },
		{ "all", 1, { 0, 1, 3, 1 }, E_OK, 0.1, 4, 0 },
		{ "all", 1, { 1, 1, 1, 0 }, E_OK, 8, 6, 8 },
		{ "all", 1, { 0, 1, 4, 0 }, E_RANGE, 0, 0, 0 },
		{ "all", 1, { 0, 1, 0, 2 }, E_RANGE, 0, 0, 0 },
		{ "all", 1, { 0, 5, 0, 0 }, E_RANGE, 0, 0, 0 },
		{ "all", 1, { 2, 1, 0, 0 }, E_NOTFOUND, 0, 0, 0 },
		{ "fire", 1, { 0, 1, 0, 0 }, E_NOTFOUND, 0, 0, 0 },
		{ "all", 2, { 0, 1, 0, 0 }, E_NOTFOUND, 0, 0, 0 },
	};
	struct store *s = *state;
	double values[8], half_90[8], half_95[8];
	int64_t display[8];
	struct release_cells got = { .values = values,
		.half_90 = half_90,
		.half_95 = half_95,
		.display = display };

	put(s, 1, "Q");
	release(s, 1, JSON, E_OK);
	reopen(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(releases_cells(s->db, id_of(cases[i].id),
				     cases[i].source, &cases[i].view, &got),
		    cases[i].want);
		if (cases[i].want != E_OK)
			continue;
		assert_string_equal(got.source, cases[i].source);
		assert_true(values[0] == cases[i].value);
		assert_true(half_95[0] == cases[i].half_95);
		assert_true(half_90[0] < half_95[0]);
		assert_true(display[0] == cases[i].display);
	}
}

static void
test_a_release_without_a_query_leaves_nothing(void **state)
{
	struct store *s = *state;
	struct text t = text_new(TEXT_MAX);

	release(s, 5, JSON, E_EXISTS); /* a constraint: no such query */
	assert_int_equal(releases_detail(s->db, id_of(5), &t), E_NOTFOUND);
	put(s, 5, "Q");
	release(s, 5, JSON, E_OK); /* the transaction had ended */
	text_free(&t);
}

static void
test_a_late_node_changes_its_words_only(void **state)
{
	struct store *s = *state;
	struct text t = text_new(TEXT_MAX);

	put(s, 1, "Q");
	release(s, 1, JSON, E_OK);
	assert_int_equal(
	    releases_late(s->db, id_of(1), 1, "not \"complete\""), E_OK);
	assert_int_equal(releases_detail(s->db, id_of(1), &t), E_OK);
	text_bytes(&t, "", 1);
	assert_string_equal(t.p,
	    "{\"id\":\"x\",\"nodes\":[{\"state\":\"answered\"},"
	    "{\"state\":\"late\",\"reason\":\"not \\\"complete\\\"\"}],"
	    "\"sd\":7.07,\"totals\":[1,2]}");
	text_free(&t);
}

static void
test_the_list_is_newest_first_and_without_totals(void **state)
{
	struct store *s = *state;
	struct text t = text_new(TEXT_MAX);

	assert_int_equal(releases_list(s->db, &t), E_OK);
	text_bytes(&t, "", 1);
	assert_string_equal(t.p, "[]");
	text_free(&t);
	put(s, 1, "Q");
	put(s, 2, "Q");
	release(s, 1, "{\"id\":1,\"totals\":[1]}", E_OK);
	release(s, 2, "{\"id\":2,\"totals\":[1]}", E_OK);
	assert_int_equal(releases_list(s->db, &t), E_OK);
	text_bytes(&t, "", 1);
	assert_string_equal(t.p, "[{\"id\":2},{\"id\":1}]");
	text_free(&t);
}

static void
test_a_reader_sees_what_was_committed_and_changes_nothing(void **state)
{
	struct store *s = *state;
	struct seen seen = { .n = 0 };
	struct db *reader;

	put(s, 1, "Q");
	assert_int_equal(db_open(&reader, s->path, DB_READ), E_OK);
	assert_int_equal(queries_each(reader, id_of(1), 1, see, &seen), E_OK);
	assert_int_equal(queries_set(reader, id_of(1), QUERY_RELEASED), E_DB);
	put(s, 2, "Q");
	assert_int_equal(queries_each(reader, id_of(2), 1, see, &seen), E_OK);
	db_close(reader);
}

static void
test_other_programs_files_are_left_alone(void **state)
{
	static const struct {
		const char *sql;
		enum err want;
	} cases[] = {
		{ "PRAGMA application_id = 1; CREATE TABLE x (y)", E_CONFIG },
		{ "PRAGMA user_version = 9; CREATE TABLE x (y)", E_CONFIG },
		{ "PRAGMA application_id = 1466004068;"
		  "PRAGMA user_version = 3; CREATE TABLE x (y)",
		    E_CONFIG },
		{ "PRAGMA application_id = 1466004068;"
		  "PRAGMA user_version = 1; CREATE TABLE x (y)",
		    E_STATE }, /* an older one of ours */
	};
	struct store *s = *state;
	struct db *db = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/other.db", s->dir);
	assert_int_equal(db_open(&db, path, DB_READ), E_DB);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sqlite3 *other;

		(void)unlink(path);
		assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
		assert_int_equal(
		    sqlite3_exec(other, cases[i].sql, NULL, NULL, NULL),
		    SQLITE_OK);
		sqlite3_close(other);
		assert_int_equal(db_open(&db, path, DB_WRITE), cases[i].want);
		assert_int_equal(db_open(&db, path, DB_READ), cases[i].want);
	}
	assert_null(db);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_queries_come_newest_first),
		WITH(test_a_newer_word_of_an_approver_replaces_the_older),
		WITH(test_approvals_are_bounded),
		WITH(test_what_nodes_said_is_kept),
		WITH(test_a_release_is_one_step_and_final),
		WITH(test_a_view_is_a_piece_of_a_product),
		WITH(test_a_release_without_a_query_leaves_nothing),
		WITH(test_a_late_node_changes_its_words_only),
		WITH(test_the_list_is_newest_first_and_without_totals),
		WITH(test_a_reader_sees_what_was_committed_and_changes_nothing),
		WITH(test_other_programs_files_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
