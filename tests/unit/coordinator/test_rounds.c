/* Promises of coordinator/rounds: four states per node, and nothing counts but
 * what the connection that was asked sent in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/wr.h"
#include "coordinator/rounds.h"

#define NODES 3
#define SEND_AT 1000
#define CLOSE_AT 2000
#define CHUNK FRAME_CHUNK_BYTES

struct fake { /* the host: it remembers, and says what it is told to */
	unsigned asks, pulls, drops, answers, refusals, lates;
	uint64_t last_dropped;
	uint32_t last_pull;
	enum err answer_says, refusal_says;
	uint8_t *got;
	size_t got_len;
	struct round_load load;
	struct round_host host;
};

static void
fake_ask(void *ctx, const struct round *r, uint64_t conn)
{
	struct fake *f = ctx;

	(void)r;
	assert_true(conn != 0);
	f->asks++;
}

static void
fake_pull(void *ctx, const struct round *r, uint64_t conn, uint32_t chunk)
{
	struct fake *f = ctx;

	(void)r;
	assert_true(conn != 0);
	f->pulls++;
	f->last_pull = chunk;
	assert_true(f->load.chunks <= ROUND_CHUNKS);
}

static void
fake_drop(void *ctx, uint64_t conn)
{
	struct fake *f = ctx;

	f->drops++;
	f->last_dropped = conn;
}

static enum err
fake_answer(void *ctx, const struct round *r, const struct node_row *row,
    const uint8_t *p, size_t n)
{
	struct fake *f = ctx;

	(void)r;
	assert_int_equal(row->state, NODE_ANSWERED);
	f->answers++;
	free(f->got);
	f->got = malloc(n);
	memcpy(f->got, p, n);
	f->got_len = n;
	return f->answer_says;
}

static enum err
fake_refusal(void *ctx, const struct round *r, struct node_row *row,
    const uint8_t *p, size_t n)
{
	struct fake *f = ctx;

	(void)r;
	(void)p;
	(void)n;
	f->refusals++;
	row->code = 12;
	return f->refusal_says;
}

static void
fake_late(void *ctx, const struct round *r, const struct node_row *row)
{
	struct fake *f = ctx;

	(void)r;
	assert_int_equal(row->state, NODE_LATE);
	f->lates++;
}

static struct round_time
at(uint64_t utc_s)
{
	return (struct round_time){ utc_s, utc_s * 1000 };
}

/* One histogram of n places and "not placed". */
static void
set_places(struct query *q, uint32_t n)
{
	q->q.n_places = q->q.level_places[0] = n;
	q->q.n_levels = 1;
	q->q.strategy = STRATEGY_NESTED;
	q->q.n_histograms = 1;
	q->q.histograms[0].by = BY_THEME | BY_TIME;
}

static void
make_query(struct query *q, uint16_t nodes)
{
	*q = (struct query){
		.send_at = SEND_AT, .close_at = CLOSE_AT, .quorum = 2
	};
	q->q.n_themes = 1;
	q->q.n_months = 12;
	q->q.slicing = SLICE_SUM;
	set_places(q, 9); /* 10 cells: 80 bytes and ROUND_OVERHEAD */
	q->q.n_nodes = nodes;
	for (uint16_t i = 0; i < nodes; i++) {
		q->q.nodes[i].s[0] = 'n';
		q->q.nodes[i].s[1] = (char)('0' + i / 10);
		q->q.nodes[i].s[2] = (char)('0' + i % 10);
	}
}

static struct round *
make_round(struct fake *f, const struct query *q)
{
	static const uint8_t id[QUERY_ID] = { 7 };
	struct round *r = NULL;

	f->host = (struct round_host){ f, &f->load, fake_ask, fake_pull,
		fake_drop, fake_answer, fake_refusal, fake_late };
	assert_int_equal(round_new(&r, id, q), E_OK);
	return r;
}

static struct round *
small_round(struct fake *f)
{
	struct query q;

	*f = (struct fake){ .answer_says = E_OK };
	make_query(&q, NODES);
	return make_round(f, &q);
}

static void
end(struct round *r, struct fake *f)
{
	round_free(r, &f->host);
	assert_int_equal(f->load.chunks, 0);
	assert_int_equal(f->load.bytes, 0);
	free(f->got);
}

static void
say(struct round *r, struct fake *f, int i, uint64_t conn, enum frame_kind kind,
    const void *body, size_t len, uint64_t when)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len); /* ASan sees overreads */
	struct frame frame = { .kind = kind, .body = exact, .len = len };

	if (len > 0)
		memcpy(exact, body, len);
	round_frame(r, &f->host, i, conn, &frame, at(when));
	free(exact);
}

static void
say_ready(struct round *r, struct fake *f, int i, uint64_t conn, uint64_t total,
    uint64_t when)
{
	uint8_t body[12];
	struct wr w = wr_over(body, sizeof(body));

	wr_be64(&w, total);
	wr_be32(&w, CHUNK);
	say(r, f, i, conn, FRAME_READY, body, sizeof(body), when);
}

static void
say_chunk(struct round *r, struct fake *f, int i, uint64_t conn, uint32_t index,
    size_t len, uint64_t when)
{
	uint8_t *body = malloc(len + 4);
	struct wr w = wr_over(body, 4);

	wr_be32(&w, index);
	memset(body + 4, (int)('a' + index), len);
	say(r, f, i, conn, FRAME_CHUNK, body, len + 4, when);
	free(body);
}

/* Node i answers all it is asked, from its connection. */
static void
full_answer(struct round *r, struct fake *f, int i, uint64_t when)
{
	uint64_t conn = r->nodes[i].conn;

	say(r, f, i, conn, FRAME_TAKEN, NULL, 0, when);
	say_ready(r, f, i, conn, 100, when);
	say_chunk(r, f, i, conn, 0, 100, when);
}

static void
everyone_up(struct round *r, struct fake *f)
{
	for (int i = 0; i < NODES; i++)
		round_up(r, &f->host, i, (uint64_t)(10 + i), at(500));
}

static void
test_all_answer_releases_before_close(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	assert_int_equal(f.asks, 3);
	for (int i = 0; i < NODES; i++) {
		assert_int_equal(round_verdict(r, 1001), ROUND_WAIT);
		full_answer(r, &f, i, 1001);
		assert_int_equal(r->nodes[i].row.state, NODE_ANSWERED);
		assert_int_equal(r->nodes[i].row.at, 1001);
	}
	assert_int_equal(f.answers, 3);
	assert_int_equal(f.got_len, 100);
	assert_int_equal(round_verdict(r, 1001), ROUND_RELEASE);
	end(r, &f);
}

static void
test_answered_refused_absent_late_are_told_apart(void **state)
{
	struct fake f;
	struct query q;
	struct round *r;

	(void)state;
	f = (struct fake){ .answer_says = E_OK };
	make_query(&q, 5);
	q.quorum = 1;
	r = make_round(&f, &q);
	for (int i = 0; i < 4; i++) /* the fifth never connects */
		round_up(r, &f.host, i, (uint64_t)(10 + i), at(500));
	full_answer(r, &f, 0, 1500);
	say(r, &f, 1, 11, FRAME_REFUSED, "x", 1, 600);
	say(r, &f, 2, 12, FRAME_TAKEN, NULL, 0, 600);
	say_ready(r, &f, 2, 12, 100, 1999);
	say(r, &f, 3, 13, FRAME_TAKEN, NULL, 0, 600); /* then silence */
	assert_int_equal(round_verdict(r, 1999), ROUND_WAIT);
	assert_int_equal(round_verdict(r, 2000), ROUND_RELEASE);
	round_close(r, &f.host);
	assert_int_equal(r->nodes[0].row.state, NODE_ANSWERED);
	assert_int_equal(r->nodes[1].row.state, NODE_REFUSED);
	assert_int_equal(r->nodes[1].row.code, 12);
	assert_int_equal(r->nodes[2].row.state, NODE_LATE);
	assert_int_equal(r->nodes[3].row.state, NODE_ABSENT);
	assert_int_equal(r->nodes[4].row.state, NODE_ABSENT);
	assert_int_equal(f.lates, 1);
	say_chunk(r, &f, 2, 12, 0, 100, 2001); /* counts for nothing now */
	say_ready(r, &f, 3, 13, 100, 2001);    /* the silent one, too late */
	assert_int_equal(r->nodes[3].row.state, NODE_LATE);
	assert_int_equal(f.lates, 2);
	assert_int_equal(f.answers, 1);
	end(r, &f);
}

static void
test_complete_at_close_is_late(void **state)
{
	static const struct {
		uint64_t ready, chunk;
		enum node_state want;
	} cases[] = {
		{ 1998, 1999, NODE_ANSWERED },
		{ 1999, 2000, NODE_LATE },
		{ 2000, 2000, NODE_LATE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake f;
		struct round *r = small_round(&f);

		everyone_up(r, &f);
		say_ready(r, &f, 0, 10, 100, cases[i].ready);
		say_chunk(r, &f, 0, 10, 0, 100, cases[i].chunk);
		assert_int_equal(r->nodes[0].row.state, cases[i].want);
		end(r, &f);
	}
}

/* Who is heard out after close_at may refuse, but not answer. */
static void
test_refusals_may_come_until_the_round_is_closed(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	r->until_s = CLOSE_AT + 15;
	everyone_up(r, &f);
	assert_int_equal(round_verdict(r, CLOSE_AT + 14), ROUND_WAIT);
	say(r, &f, 0, 10, FRAME_REFUSED, "x", 1, CLOSE_AT + 14);
	assert_int_equal(r->nodes[0].row.state, NODE_REFUSED);
	say_ready(r, &f, 1, 11, 100, CLOSE_AT);
	assert_int_equal(r->nodes[1].row.state, NODE_LATE);
	assert_int_equal(f.pulls, 0);
	assert_int_equal(round_verdict(r, CLOSE_AT + 15), ROUND_FAIL);
	end(r, &f);
}

static void
test_quorum_decides(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	full_answer(r, &f, 1, 1001);
	assert_int_equal(round_verdict(r, 2000), ROUND_FAIL);
	full_answer(r, &f, 2, 1002);
	assert_int_equal(round_verdict(r, 2000), ROUND_RELEASE);
	end(r, &f);
}

static void
test_all_refused_waits_for_send_at(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	for (int i = 0; i < NODES; i++)
		say(r, &f, i, (uint64_t)(10 + i), FRAME_REFUSED, "x", 1, 600);
	assert_int_equal(f.refusals, 3);
	assert_int_equal(round_verdict(r, 999), ROUND_WAIT);
	assert_int_equal(round_verdict(r, 1000), ROUND_FAIL);
	end(r, &f);
}

static void
test_only_the_connection_that_was_asked_counts(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	say(r, &f, 0, 11, FRAME_REFUSED, "x", 1, 600); /* of node 1 */
	say_ready(r, &f, 0, 99, 100, 1001);            /* of nobody */
	say_ready(r, &f, 0, 0, 100, 1001);
	assert_int_equal(f.refusals + f.pulls + f.drops, 0);
	assert_int_equal(r->nodes[0].step, STEP_ASKED);
	say_ready(r, &f, 0, 10, 100, 1001);
	say_chunk(r, &f, 0, 11, 0, 100, 1001);
	assert_int_equal(f.answers, 0);
	end(r, &f);
}

static void
test_chunks_nobody_asked_for_are_a_breach(void **state)
{
	static const struct {
		const char *what;
		uint64_t total;
		uint32_t index;
		size_t len;
	} cases[] = {
		{ "one byte less", 100, 0, 99 },
		{ "one byte more", 100, 0, 101 },
		{ "empty", 100, 0, 0 },
		{ "past the end", 100, 1, 100 },
		{ "far past the end", 100, UINT32_MAX, 100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake f;
		struct round *r = small_round(&f);

		everyone_up(r, &f);
		say_ready(r, &f, 0, 10, cases[i].total, 1001);
		say_chunk(r, &f, 0, 10, cases[i].index, cases[i].len, 1001);
		assert_int_equal(f.drops, 1);
		assert_int_equal(f.last_dropped, 10);
		assert_int_equal(f.answers, 0);
		end(r, &f);
	}
}

static void
test_sizes_are_bounded_by_the_question(void **state)
{
	static const struct {
		uint64_t total;
		unsigned drops;
	} cases[] = {
		{ 0, 1 },
		{ 1, 0 },
		{ 80 + ROUND_OVERHEAD, 0 },
		{ 80 + ROUND_OVERHEAD + 1, 1 },
		{ UINT64_MAX, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake f;
		struct round *r = small_round(&f);

		everyone_up(r, &f);
		say_ready(r, &f, 0, 10, cases[i].total, 1001);
		assert_int_equal(f.drops, cases[i].drops);
		end(r, &f);
	}
}

static void
test_three_breaches_and_a_node_is_left_out(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	f.answer_says = E_SIGNATURE;
	for (uint64_t c = 10; c < 13; c++) {
		round_up(r, &f.host, 0, c, at(900 + c));
		full_answer(r, &f, 0, 1001);
		assert_int_equal(f.last_dropped, c);
	}
	assert_int_equal(f.asks, 3);
	round_up(r, &f.host, 0, 13, at(1002));
	assert_int_equal(f.asks, 3); /* not again */
	assert_int_equal(r->nodes[0].step, STEP_DONE);
	assert_int_equal(r->nodes[0].row.state, NODE_ABSENT);
	end(r, &f);
}

static void
test_reconnect_asks_again_and_starts_over(void **state)
{
	struct query q;
	struct fake f = { .answer_says = E_OK };
	struct round *r;
	size_t total = 2 * CHUNK + 5;

	(void)state;
	make_query(&q, NODES);
	set_places(&q, 400000);
	r = make_round(&f, &q);
	round_up(r, &f.host, 0, 10, at(500));
	say_ready(r, &f, 0, 10, total, 1001);
	assert_int_equal(f.pulls, 3);
	say_chunk(r, &f, 0, 10, 2, 5, 1001);
	round_down(r, &f.host, 10);
	assert_int_equal(f.load.chunks, 0);
	assert_int_equal(f.load.bytes, 0);
	round_up(r, &f.host, 0, 20, at(1100));
	assert_int_equal(f.asks, 2);
	say_ready(r, &f, 0, 20, total, 1101);
	say_chunk(r, &f, 0, 20, 1, CHUNK, 1101);
	say_chunk(r, &f, 0, 20, 1, CHUNK, 1101); /* twice */
	say_chunk(r, &f, 0, 20, 2, 5, 1101);
	assert_int_equal(f.answers, 0);
	say_chunk(r, &f, 0, 20, 0, CHUNK, 1101);
	assert_int_equal(f.answers, 1);
	assert_int_equal(f.got_len, total);
	assert_int_equal(f.got[0], 'a');
	assert_int_equal(f.got[CHUNK], 'b');
	assert_int_equal(f.got[total - 1], 'c');
	assert_int_equal(f.drops, 0);
	end(r, &f);
}

static void
test_chunks_and_bytes_in_flight_are_capped(void **state)
{
	struct query q;
	struct fake f = { .answer_says = E_OK };
	struct round *r;
	size_t total = 8 * CHUNK;
	uint16_t nodes = 20;

	(void)state;
	make_query(&q, nodes);
	set_places(&q, QUERY_CELLS_MAX - 2);
	r = make_round(&f, &q);
	for (int i = 0; i < nodes; i++) {
		round_up(r, &f.host, i, (uint64_t)(100 + i), at(500));
		say_ready(r, &f, i, (uint64_t)(100 + i), total, 1001);
		assert_true(f.load.chunks <= ROUND_CHUNKS);
		assert_true(f.load.bytes <= ROUND_BYTES);
	}
	assert_int_equal(f.load.chunks, ROUND_CHUNKS);
	for (int i = 0; i < nodes; i++)
		for (uint32_t c = 0; c < 8; c++)
			say_chunk(
			    r, &f, i, (uint64_t)(100 + i), c, CHUNK, 1002);
	assert_int_equal(f.answers, nodes);
	assert_int_equal(f.pulls, (unsigned)nodes * 8);
	end(r, &f);
}

static void
test_a_pull_that_stands_still_makes_way(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	say_ready(r, &f, 0, 10, 100, 1001);
	assert_int_equal(r->nodes[0].step, STEP_PULLING);
	round_pump(r, &f.host, at(1001 + ROUND_STALL_MS / 1000 + 1));
	assert_int_equal(r->nodes[0].step, STEP_READY);
	assert_int_equal(f.load.bytes, 0);
	round_pump(r, &f.host, at(1001 + ROUND_STALL_MS / 1000 + 1));
	assert_int_equal(f.pulls, 2);
	say_chunk(r, &f, 0, 10, 0, 100, 1020);
	assert_int_equal(f.answers, 1);
	end(r, &f);
}

/* What was asked for before the pull was given up may still be under way: it
 * is no breach, and the answer becomes whole all the same. */
static void
test_a_late_chunk_of_a_pull_given_up_is_no_breach(void **state)
{
	struct query q;
	struct fake f = { .answer_says = E_OK };
	struct round *r;
	size_t total = 2 * CHUNK + 5;
	uint64_t later = 1001 + ROUND_STALL_MS / 1000 + 1;

	(void)state;
	make_query(&q, NODES);
	set_places(&q, 400000);
	r = make_round(&f, &q);
	round_up(r, &f.host, 0, 10, at(500));
	say_ready(r, &f, 0, 10, total, 1001);
	assert_int_equal(f.pulls, 3);
	round_pump(r, &f.host, at(later));
	say_chunk(r, &f, 0, 10, 1, CHUNK, later); /* nothing is pulled */
	f.load.chunks = ROUND_CHUNKS - 1;         /* room for one */
	round_pump(r, &f.host, at(later));
	assert_int_equal(f.pulls, 4);
	say_chunk(r, &f, 0, 10, 2, 5, later);
	assert_int_equal(f.drops, 0);
	assert_int_equal(r->nodes[0].strikes, 0);
	f.load.chunks = 1; /* the others are done */
	say_chunk(r, &f, 0, 10, 0, CHUNK, later);
	say_chunk(r, &f, 0, 10, 1, CHUNK, later);
	say_chunk(r, &f, 0, 10, 2, 5, later);
	assert_int_equal(f.answers, 1);
	assert_int_equal(f.got_len, total);
	assert_int_equal(f.got[CHUNK], 'b');
	assert_int_equal(f.got[total - 1], 'c');
	end(r, &f);
}

/* That a pull was given up excuses no chunk of another size, none that was
 * never asked for, and nothing on another connection. */
static void
test_a_pull_given_up_excuses_nothing_else(void **state)
{
	struct query q;
	size_t total = 2 * CHUNK + 5;
	uint64_t later = 1001 + ROUND_STALL_MS / 1000 + 1;

	(void)state;
	make_query(&q, NODES);
	set_places(&q, 400000);
	for (unsigned way = 0; way < 3; way++) {
		struct fake f = { .answer_says = E_OK };
		struct round *r = make_round(&f, &q);
		uint64_t conn = 10;

		round_up(r, &f.host, 0, conn, at(500));
		say_ready(r, &f, 0, conn, total, 1001);
		round_pump(r, &f.host, at(later));
		f.load.chunks = ROUND_CHUNKS - 1;
		if (way == 2) {
			round_down(r, &f.host, conn);
			round_up(r, &f.host, 0, conn = 20, at(later));
			say_ready(r, &f, 0, conn, total, later);
		} else {
			round_pump(r, &f.host, at(later));
		}
		assert_int_equal(r->nodes[0].step, STEP_PULLING);
		say_chunk(
		    r, &f, 0, conn, way == 1 ? 3 : 2, way == 0 ? 6 : 5, later);
		assert_int_equal(f.drops, 1);
		f.load.chunks = 0;
		end(r, &f);
	}
}

static void
test_a_restart_keeps_what_was_said(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);
	struct node_row answered = { .node = r->nodes[0].row.node,
		.state = NODE_ANSWERED };
	struct node_row refused = { .node = r->nodes[1].row.node,
		.state = NODE_REFUSED };
	struct node_row stranger = { .node = { "stranger" },
		.state = NODE_ANSWERED };

	(void)state;
	round_restore(r, &answered);
	round_restore(r, &refused);
	round_restore(r, &stranger);
	everyone_up(r, &f);
	assert_int_equal(f.asks, 1);
	full_answer(r, &f, 2, 1001);
	assert_int_equal(round_verdict(r, 1001), ROUND_RELEASE);
	end(r, &f);
}

static void
test_new_approvals_ask_those_that_refused(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	everyone_up(r, &f);
	say(r, &f, 0, 10, FRAME_REFUSED, "x", 1, 600);
	full_answer(r, &f, 1, 1001);
	round_again(r, &f.host, at(1002));
	assert_int_equal(f.asks, 4);
	full_answer(r, &f, 0, 1003);
	assert_int_equal(r->nodes[0].row.state, NODE_ANSWERED);
	round_close(r, &f.host);
	round_again(r, &f.host, at(2001));
	assert_int_equal(f.asks, 4);
	end(r, &f);
}

static void
test_a_database_error_is_not_the_nodes_fault(void **state)
{
	struct fake f;
	struct round *r = small_round(&f);

	(void)state;
	f.answer_says = E_DB;
	everyone_up(r, &f);
	full_answer(r, &f, 0, 1001);
	assert_int_equal(f.drops, 0);
	assert_int_equal(r->nodes[0].row.state, NODE_ABSENT);
	f.answer_says = E_OK;
	round_pump(r, &f.host, at(1002));
	say_chunk(r, &f, 0, 10, 0, 100, 1002);
	assert_int_equal(r->nodes[0].row.state, NODE_ANSWERED);
	end(r, &f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_answer_releases_before_close),
		cmocka_unit_test(
		    test_answered_refused_absent_late_are_told_apart),
		cmocka_unit_test(test_complete_at_close_is_late),
		cmocka_unit_test(
		    test_refusals_may_come_until_the_round_is_closed),
		cmocka_unit_test(test_quorum_decides),
		cmocka_unit_test(test_all_refused_waits_for_send_at),
		cmocka_unit_test(
		    test_only_the_connection_that_was_asked_counts),
		cmocka_unit_test(test_chunks_nobody_asked_for_are_a_breach),
		cmocka_unit_test(test_sizes_are_bounded_by_the_question),
		cmocka_unit_test(test_three_breaches_and_a_node_is_left_out),
		cmocka_unit_test(test_reconnect_asks_again_and_starts_over),
		cmocka_unit_test(test_chunks_and_bytes_in_flight_are_capped),
		cmocka_unit_test(test_a_pull_that_stands_still_makes_way),
		cmocka_unit_test(
		    test_a_late_chunk_of_a_pull_given_up_is_no_breach),
		cmocka_unit_test(test_a_pull_given_up_excuses_nothing_else),
		cmocka_unit_test(test_a_restart_keeps_what_was_said),
		cmocka_unit_test(test_new_approvals_ask_those_that_refused),
		cmocka_unit_test(test_a_database_error_is_not_the_nodes_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
