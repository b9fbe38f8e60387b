/*
 * What node/records.h promises of batches, on one of its stores (of counts:
 * test_records_count.c):
 *
 *	test_records_conform sqlite | postgresql
 */
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

#include "records_world.h"
#include "pgserver.h"

/* Batches ----------------------------------------------------------------- */

/* What is loaded comes back in every field, text beyond ASCII too. */
static void
test_every_field_is_kept(void **state)
{
	struct incident in[3] = { record(1), of_person(record(2), 7),
		record(3) };
	struct seen s;

	(void)state;
	in[1].kind.weapon = WEAPON_SHARP;
	in[1].kind.victim = VICTIM_GIRL;
	in[1].kind.setting = SETTING_SCHOOL;
	strcpy(in[1].kind.code, "assault: “glass” ' \\ \"");
	strcpy(in[1].feed, "Heddlu Gwent ŵ");
	strcpy(in[1].area, "Ynys Môn 001");
	strcpy(in[1].published, "W01001444");
	in[1].vintage = 2021;
	in[1].occurred_to = in[1].occurred_from + UINT32_MAX;
	in[1].time_precision = PRECISION_UNKNOWN;
	in[1].recorded_at = UINT32_MAX;
	in[1].geo_precision_m = UINT16_MAX;
	in[1].geo_method = GEO_POSTCODE;
	in[1].east = 655999;
	in[1].north = 1249999;
	in[2].has_point = false;
	in[2].east = in[2].north = 0;
	in[2].area[0] = in[2].published[0] = '\0';
	in[2].vintage = 0;
	in[2].recorded_at = 0;
	in[2].geo_method = GEO_NONE;
	EXPECT(load(RECORDS_ADD, 1, in, 3), .added = 3, .months = 1);
	s = look(MONTH, 1, UINT64_MAX);
	assert_int_equal(s.n, 3);
	for (size_t i = 0; i < 3; i++) {
		size_t found = 0;

		for (size_t n = 0; n < 3; n++)
			found += incident_same(&s.all[n], &in[i]);
		assert_int_equal(found, 1);
	}
	free(s.all);
}

static void
test_same_again_is_held(void **state)
{
	struct incident in[2] = { record(1), record(2) };

	(void)state;
	EXPECT(load(RECORDS_ADD, 1, in, 2), .added = 2, .months = 1);
	EXPECT(load(RECORDS_ADD, 2, in, 2), .held = 2);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 2);
}

/* Each field alone makes a record another; the old state stays known. */
static void
test_any_field_changes(void **state)
{
	struct incident i = record(1);
	unsigned n = 1;

	(void)state;
	EXPECT(load(RECORDS_ADD, n++, &i, 1), .added = 1, .months = 1);
#define CHANGE(what)                                                           \
	do {                                                                   \
		what;                                                          \
		EXPECT(                                                        \
		    load(RECORDS_ADD, n++, &i, 1), .changed = 1, .months = 1); \
		assert_int_equal(number(MONTH, 1, UINT64_MAX), 1);             \
	} while (0)
	CHANGE(strcpy(i.kind.code, "robbery"));
	CHANGE(strcpy(i.kind.codelist, "other"));
	CHANGE(i.kind.source = SOURCE_POLICE_ASB);
	CHANGE(i.kind.weapon = WEAPON_SHARP);
	CHANGE(i.kind.victim = VICTIM_MAN);
	CHANGE(i.kind.setting = SETTING_SHOP);
	CHANGE(strcpy(i.feed, "South Police"));
	CHANGE(i.occurred_from--);
	CHANGE(i.occurred_to++);
	CHANGE(i.recorded_at++);
	CHANGE(i.time_precision = PRECISION_DAY);
	CHANGE(i.east++);
	CHANGE(i.north++);
	CHANGE(i.geo_precision_m++);
	CHANGE(i.geo_method = GEO_UPRN);
	CHANGE(strcpy(i.area, "E01000002"));
	CHANGE(strcpy(i.published, "E01000009"));
	CHANGE(i.vintage = 2021);
	CHANGE(i = of_person(i, 1));
	CHANGE(i = of_person(i, 2));
	CHANGE(i.has_point = false; i.east = i.north = 0);
#undef CHANGE
	i.month++;
	EXPECT(load(RECORDS_ADD, n++, &i, 1), .changed = 1, .months = 2);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 0);
	assert_int_equal(number(MONTH + 1, 1, UINT64_MAX), 1);
	assert_int_equal(number(MONTH, 1, at(1)), 1);
}

static void
test_last_put_wins(void **state)
{
	struct incident in[4] = { record(1), record(2), record(1), record(1) };
	struct seen s;

	(void)state;
	in[0].east = 1;
	in[2].month = MONTH + 3;
	in[3].east = 300777;
	EXPECT(load(RECORDS_ADD, 1, in, 4), .added = 2, .months = 1);
	s = look(MONTH, 12, UINT64_MAX);
	assert_int_equal(s.n, 2);
	assert_true(s.all[0].east == 300777 || s.all[1].east == 300777);
	free(s.all);
}

static void
test_replace_withdraws_the_rest(void **state)
{
	struct incident in[4] = { record(1), record(2), record(3), record(4) };
	struct incident again[2];

	(void)state;
	in[2].month = MONTH + 1;
	strcpy(in[3].feed, "South Police");
	EXPECT(load(RECORDS_ADD, 1, in, 4), .added = 4, .months = 2);
	again[0] = in[0];
	again[1] = record(5);
	EXPECT(load(RECORDS_REPLACE, 2, again, 2), .added = 1, .held = 1,
	    .withdrawn = 1, .months = 1);
	assert_int_equal(number(MONTH, 2, UINT64_MAX), 4);
	assert_int_equal(number(MONTH + 1, 1, UINT64_MAX), 1);
	assert_int_equal(number(MONTH, 2, at(1)), 4);
}

/* A month that is said to be complete, and has nothing: all of it goes, of that
 * source and feed. */
static void
test_replace_with_nothing(void **state)
{
	struct incident in[4] = { record(1), record(2), record(3), record(4) };
	static const struct model_whole wholes[] = {
		{ SOURCE_POLICE_CRIME, "North Police", MONTH, 2 },
		{ SOURCE_NHS_ED, "North Police", MONTH, 12 },
	};
	struct model_batch b = {
		.act = RECORDS_REPLACE, .wholes = wholes, .n_wholes = 2
	};

	(void)state;
	in[1].month = MONTH + 1;
	in[2].month = MONTH + 2;
	strcpy(in[3].feed, "South Police");
	EXPECT(load(RECORDS_ADD, 1, in, 4), .added = 4, .months = 3);
	EXPECT(load_at(at(2), 2, &b), .withdrawn = 2, .months = 2);
	assert_int_equal(number(MONTH, 12, UINT64_MAX), 2);
	EXPECT(load_at(at(3), 3, &b), .months = 0);
}

/* Of a record that moves out of a complete month, the old state is changed, not
 * withdrawn. */
static void
test_replace_moves(void **state)
{
	struct incident i = record(1);
	static const struct model_whole wholes[] = {
		{ SOURCE_POLICE_CRIME, "North Police", MONTH, 2 },
	};
	struct model_batch b = { .act = RECORDS_REPLACE,
		.puts = &i,
		.n = 1,
		.wholes = wholes,
		.n_wholes = 1 };

	(void)state;
	EXPECT(load(RECORDS_ADD, 1, &i, 1), .added = 1, .months = 1);
	i.month = MONTH + 1;
	EXPECT(load_at(at(2), 2, &b), .changed = 1, .months = 2);
	assert_int_equal(number(MONTH, 2, UINT64_MAX), 1);
}

static void
test_withdraw_and_born_again(void **state)
{
	struct incident in[3] = { record(1), record(2), record(3) };

	(void)state;
	EXPECT(load(RECORDS_ADD, 1, in, 2), .added = 2, .months = 1);
	EXPECT(load(RECORDS_WITHDRAW, 2, in + 1, 2), .withdrawn = 1,
	    .unknown = 1, .months = 1);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 1);
	EXPECT(load(RECORDS_WITHDRAW, 3, in + 1, 1), .unknown = 1);
	EXPECT(load(RECORDS_ADD, 4, in, 3), .added = 2, .held = 1, .months = 1);
	assert_int_equal(number(MONTH, 1, at(1)), 2);
	assert_int_equal(number(MONTH, 1, at(2)), 1);
	assert_int_equal(number(MONTH, 1, at(3)), 1);
	assert_int_equal(number(MONTH, 1, at(4)), 3);
	assert_int_equal(number(MONTH, 1, at(4) - 1), 1);
	assert_int_equal(number(MONTH, 1, at(1) - 1), 0);
}

/* The same batch again is told, until another took something back. */
static void
test_same_batch_is_told(void **state)
{
	struct incident in[3] = { record(1), record(2), record(3) };
	uint64_t loaded_at = 0;

	(void)state;
	(void)load(RECORDS_ADD, 1, in, 1);
	assert_int_equal(begin(store, RECORDS_ADD, 1, &loaded_at), E_EXISTS);
	assert_int_equal(loaded_at, at(1));
	(void)load(RECORDS_ADD, 2, in + 1, 1);
	assert_int_equal(begin(store, RECORDS_ADD, 1, &loaded_at), E_EXISTS);
	assert_int_equal(loaded_at, at(1));
	assert_int_equal(begin(store, RECORDS_ADD, 2, &loaded_at), E_EXISTS);
	assert_int_equal(loaded_at, at(2));
	(void)load(RECORDS_WITHDRAW, 3, in, 1);
	assert_int_equal(
	    begin(store, RECORDS_WITHDRAW, 3, &loaded_at), E_EXISTS);
	assert_int_equal(loaded_at, at(3));
	EXPECT(load_at(at(4), 1,
		   &(struct model_batch){
		       .act = RECORDS_ADD, .puts = in, .n = 1 }),
	    .added = 1, .months = 1);
	/* what was taken away, and came back, is taken away again */
	EXPECT(load_at(at(5), 3,
		   &(struct model_batch){
		       .act = RECORDS_WITHDRAW, .puts = in, .n = 1 }),
	    .withdrawn = 1, .months = 1);
	(void)load(RECORDS_REPLACE, 6, in, 1);
	assert_int_equal(
	    begin(store, RECORDS_REPLACE, 6, &loaded_at), E_EXISTS);
	(void)load(RECORDS_ADD, 7, in + 2, 1);
	EXPECT(load_at(at(8), 6,
		   &(struct model_batch){
		       .act = RECORDS_REPLACE, .puts = in, .n = 1 }),
	    .held = 1, .withdrawn = 1, .months = 1);
}

static enum err
fail_time(void *ctx, uint64_t *utc_s)
{
	(void)ctx;
	(void)utc_s;
	return E_CLOCK;
}

static void
test_time_does_not_go_back(void **state)
{
	struct incident in[2] = { record(1), record(2) };
	struct records_change c;
	uint64_t early = at(5) - 1, loaded_at;

	(void)state;
	(void)load(RECORDS_ADD, 5, in, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    begin(store, RECORDS_ADD, 6, &loaded_at), E_OK);
		assert_int_equal(records_put(store, &in[1]), E_OK);
		assert_int_equal(records_merge(store, &c, NULL, NULL), E_OK);
		assert_int_equal(
		    records_commit(
			store, i == 0 ? say_time : fail_time, &early, "{}"),
		    E_CLOCK);
		assert_int_equal(number(MONTH, 1, UINT64_MAX), 1);
	}
	EXPECT(load_at(at(5), 6,
		   &(struct model_batch){
		       .act = RECORDS_ADD, .puts = in + 1, .n = 1 }),
	    .added = 1, .months = 1);
}

/* A batch that is dropped at any stage leaves nothing, words included. */
static void
test_rollback(void **state)
{
	struct incident in[2] = { record(1), record(2) };
	struct records_change c;
	uint64_t loaded_at;

	(void)state;
	(void)load(RECORDS_ADD, 1, in, 1);
	strcpy(in[1].feed, "Another");
	strcpy(in[1].area, "E01000008");
	for (int stage = 0; stage < 3; stage++) {
		assert_int_equal(
		    begin(store, RECORDS_REPLACE, 2, &loaded_at), E_OK);
		if (stage > 0)
			assert_int_equal(records_put(store, &in[1]), E_OK);
		if (stage > 1)
			assert_int_equal(
			    records_merge(store, &c, NULL, NULL), E_OK);
		records_rollback(store);
		assert_int_equal(number(MONTH, 1, UINT64_MAX), 1);
	}
	strcpy(in[1].feed, "A third");
	EXPECT(load(RECORDS_ADD, 2, in, 2), .added = 1, .held = 1, .months = 1);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 2);
}

/* Words of a batch that was dropped are forgotten: another loader may have
 * given their numbers to other words. */
static void
test_dropped_words(void **state)
{
	struct incident in[2] = { record(1), record(2) };
	struct records_change c;
	uint64_t loaded_at, when = at(1);
	struct records *other;
	struct seen s;

	(void)state;
	strcpy(in[0].feed, "Dropped");
	strcpy(in[0].area, "E01000007");
	assert_int_equal(begin(store, RECORDS_ADD, 1, &loaded_at), E_OK);
	assert_int_equal(records_put(store, &in[0]), E_OK);
	assert_int_equal(records_merge(store, &c, NULL, NULL), E_OK);
	records_rollback(store);
	assert_int_equal(
	    records_open(&other, to_load, RECORDS_LOAD, &keys), E_OK);
	assert_int_equal(begin(other, RECORDS_ADD, 2, &loaded_at), E_OK);
	assert_int_equal(records_put(other, &in[1]), E_OK);
	assert_int_equal(records_merge(other, &c, NULL, NULL), E_OK);
	assert_int_equal(records_commit(other, say_time, &when, "{}"), E_OK);
	records_close(other);
	s = look(MONTH, 1, UINT64_MAX);
	assert_int_equal(s.n, 1);
	assert_true(incident_same(&s.all[0], &in[1]));
	free(s.all);
}

/* Bytes that say nothing make no difference: a point or a person that there is
 * not, what follows the end of a word. */
static void
test_unsaid_bytes(void **state)
{
	struct incident i = record(1);

	(void)state;
	i.has_point = false;
	EXPECT(load(RECORDS_ADD, 1, &i, 1), .added = 1, .months = 1);
	i.east++;
	i.north = 7;
	memset(i.person_key, 0xee, INCIDENT_KEY);
	memset(i.feed + strlen(i.feed) + 1, 'x', 3);
	memset(i.area + strlen(i.area) + 1, 'x', 3);
	memset(i.kind.code + strlen(i.kind.code) + 1, 'x', 3);
	memset(i.kind.codelist + strlen(i.kind.codelist) + 1, 'x', 3);
	EXPECT(load(RECORDS_ADD, 2, &i, 1), .held = 1);
}

/* Two at a time ------------------------------------------------------------ */

static void
test_second_loader_waits(void **state)
{
	struct incident i = record(1);
	struct records *other;
	uint64_t loaded_at;

	(void)state;
	assert_int_equal(
	    records_open(&other, to_load, RECORDS_LOAD, &keys), E_OK);
	assert_int_equal(begin(store, RECORDS_ADD, 1, &loaded_at), E_OK);
	assert_int_equal(records_put(store, &i), E_OK);
	assert_int_equal(begin(other, RECORDS_ADD, 2, &loaded_at), E_AGAIN);
	records_rollback(store);
	assert_int_equal(begin(other, RECORDS_ADD, 2, &loaded_at), E_OK);
	records_close(other);
	EXPECT(load(RECORDS_ADD, 3, &i, 1), .added = 1, .months = 1);
}

/* A reader, open all the while, sees a batch once it is committed. */
static void
test_reader_beside_a_batch(void **state)
{
	struct incident in[2] = { record(1), record(2) };
	struct question q = question();
	uint32_t cells[5 * 7], n = question_cells(&q);
	struct records_change c;
	uint64_t loaded_at, when = at(2);
	struct records *reader;

	(void)state;
	assert_int_equal(n, 5 * 7);
	(void)load(RECORDS_ADD, 1, in, 1);
	assert_int_equal(
	    records_open(&reader, to_count, RECORDS_COUNT, &keys), E_OK);
	q.c = 16;
	strcpy(in[1].feed, "Another"); /* words that the reader lacks */
	strcpy(in[1].area, "E01000002");
	assert_int_equal(begin(store, RECORDS_ADD, 2, &loaded_at), E_OK);
	for (int stage = 0; stage < 4; stage++) {
		if (stage == 1)
			assert_int_equal(records_put(store, &in[1]), E_OK);
		if (stage == 2)
			assert_int_equal(
			    records_merge(store, &c, NULL, NULL), E_OK);
		if (stage == 3)
			assert_int_equal(
			    records_commit(store, say_time, &when, "{}"), E_OK);
		assert_int_equal(
		    records_count(cells, reader, &q, UINT64_MAX, areas, rules),
		    E_OK);
		assert_int_equal(cells[1 * 7], stage < 3 ? 1 : 2);
	}
	records_close(reader);
}

/* Opening ------------------------------------------------------------------ */

static void
test_another_key(void **state)
{
	static const uint8_t secret[KEYS_STORE] = { 9 };
	struct incident i = record(1);
	struct records *r = NULL;
	struct keys others;

	(void)state;
	keys_derive(&others, secret);
	(void)load(RECORDS_ADD, 1, &i, 1);
	assert_int_equal(
	    records_open(&r, to_load, RECORDS_LOAD, &others), E_CONFIG);
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &others), E_CONFIG);
	assert_null(r);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 1);
}

static void
test_nothing_there(void **state)
{
	struct records *r = NULL;

	(void)state;
	records_close(store);
	store = NULL;
	if (server != NULL) {
		assert_true(pgserver_do(server, "DROP SCHEMA ward CASCADE"));
	} else {
		unlink(to_load);
	}
	assert_int_equal(
	    records_open(&r, to_count, RECORDS_COUNT, &keys), E_NOTFOUND);
	assert_null(r);
	assert_int_equal(
	    records_open(&store, to_load, RECORDS_LOAD, &keys), E_OK);
}

struct told {
	size_t n;
	struct records_load loads[8];
};

static void
take_told(void *ctx, const struct records_load *l)
{
	struct told *t = ctx;

	assert_true(t->n < 8);
	t->loads[t->n++] = *l;
}

static void
test_history_and_size(void **state)
{
	struct incident in[3] = { record(1), record(2), record(3) };
	struct records_size s;
	struct told t = { 0 };

	(void)state;
	assert_int_equal(records_size(store, &s), E_OK);
	assert_int_equal(s.records, 0);
	assert_false(s.months);
	in[2].month = MONTH + 5;
	(void)load(RECORDS_ADD, 1, in, 3);
	(void)load(RECORDS_WITHDRAW, 2, in, 1);
	in[1].east++;
	(void)load(RECORDS_ADD, 3, in + 1, 2);
	assert_int_equal(records_history(store, take_told, &t), E_OK);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.loads[0].loaded_at, at(3));
	assert_int_equal(t.loads[0].act, RECORDS_ADD);
	EXPECT(t.loads[0].change, .changed = 1, .held = 1, .months = 1);
	assert_int_equal(t.loads[1].act, RECORDS_WITHDRAW);
	assert_string_equal(t.loads[2].loader, "conform");
	assert_string_equal(t.loads[2].name, "été.csv");
	EXPECT(t.loads[2].change, .added = 3, .months = 2);
	assert_int_equal(records_size(store, &s), E_OK);
	assert_int_equal(s.records, 2);
	assert_int_equal(s.past, 2);
	assert_true(s.bytes > 0 && s.months);
	assert_int_equal(s.first_month, MONTH);
	assert_int_equal(s.last_month, MONTH + 5);
}

static enum err
stop(void *ctx, const struct incident *i)
{
	(void)i;
	return --*(int *)ctx == 0 ? E_STATE : E_OK;
}

/* What each returns ends it, and the store is of use again. */
static void
test_each_can_stop(void **state)
{
	struct incident in[10];
	int left = 3;

	(void)state;
	for (uint32_t n = 0; n < 10; n++)
		in[n] = record(n);
	(void)load(RECORDS_ADD, 1, in, 10);
	assert_int_equal(
	    records_each(store, MONTH, 1, UINT64_MAX, stop, &left), E_STATE);
	assert_int_equal(left, 0);
	assert_int_equal(number(MONTH, 1, UINT64_MAX), 10);
}

static int
cases(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_every_field_is_kept),
		CASE(test_same_again_is_held),
		CASE(test_any_field_changes),
		CASE(test_last_put_wins),
		CASE(test_replace_withdraws_the_rest),
		CASE(test_replace_with_nothing),
		CASE(test_replace_moves),
		CASE(test_withdraw_and_born_again),
		CASE(test_same_batch_is_told),
		CASE(test_time_does_not_go_back),
		CASE(test_rollback),
		CASE(test_dropped_words),
		CASE(test_unsaid_bytes),
		CASE(test_second_loader_waits),
		CASE(test_reader_beside_a_batch),
		CASE(test_another_key),
		CASE(test_nothing_there),
		CASE(test_history_and_size),
		CASE(test_each_can_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int
main(int argc, char **argv)
{
	return world_main(argc, argv, cases);
}
