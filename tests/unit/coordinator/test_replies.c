/* Promises of coordinator/replies: whole, in order, at a pace, for bounded
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coordinator/replies.h"
#include "protocol/talk.h"

struct got { /* what one connection got */
	uint32_t parts, next;
	size_t len;
	unsigned sum;
};

static struct got got[1 + 2 * REPLIES_MAX];
static const uint8_t id[FRAME_ID] = { 9 };

static void
net_send(void *ctx, uint64_t conn, const struct frame *f)
{
	struct talk_part p;

	(void)ctx;
	assert_int_equal(f->kind, FRAME_REPLY);
	assert_memory_equal(f->id, id, FRAME_ID);
	assert_int_equal(talk_part_parse(&p, f->body, f->len), E_OK);
	assert_int_equal(p.part, got[conn].next++);
	got[conn].parts = p.parts;
	got[conn].len += p.len;
	for (size_t i = 0; i < p.len; i++)
		got[conn].sum += p.bytes[i];
}

static struct replies *
make(void)
{
	const struct core_net net = { .send = net_send };
	struct replies *r;

	memset(got, 0, sizeof(got));
	assert_int_equal(replies_new(&r, &net), E_OK);
	return r;
}

static struct text
body_of(size_t len)
{
	struct text t = text_new(TEXT_MAX);

	t.p = malloc(len + 1);
	assert_non_null(t.p);
	memset(t.p, 1, len);
	t.len = t.cap = len;
	return t;
}

static void
test_a_long_reply_comes_whole_at_a_pace(void **state)
{
	static const struct {
		size_t len;
		uint32_t parts;
	} cases[] = {
		{ 0, 1 },
		{ 1, 1 },
		{ REPLIES_PART, 1 },
		{ REPLIES_PART + 1, 2 },
		{ 5 * REPLIES_PART - 1, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct replies *r = make();
		struct text t = body_of(cases[i].len);
		uint64_t ms = 1000;

		assert_int_equal(replies_add(r, 1, id, &t, ms), E_OK);
		assert_null(t.p); /* taken over */
		assert_int_equal(got[1].next, 1);
		replies_pump(r, ms + REPLIES_PACE_MS - 1);
		assert_int_equal(got[1].next, 1);
		for (uint32_t k = 1; k < cases[i].parts; k++) {
			replies_pump(r, ms += REPLIES_PACE_MS);
			assert_int_equal(got[1].next, k + 1);
		}
		replies_pump(r, ms += REPLIES_PACE_MS);
		assert_int_equal(got[1].parts, cases[i].parts);
		assert_int_equal(got[1].next, cases[i].parts);
		assert_int_equal(got[1].len, cases[i].len);
		assert_int_equal(got[1].sum, cases[i].len);
		replies_free(r);
	}
}

static void
test_one_reply_a_connection(void **state)
{
	struct replies *r = make();
	struct text a = body_of(3 * REPLIES_PART), b = body_of(5);

	(void)state;
	assert_int_equal(replies_room(r, 1), E_OK);
	assert_int_equal(replies_add(r, 1, id, &a, 0), E_OK);
	assert_int_equal(replies_room(r, 1), E_STATE);
	assert_int_equal(replies_room(r, 2), E_OK);
	assert_int_equal(replies_add(r, 1, id, &b, 0), E_STATE);
	assert_non_null(b.p); /* still the caller's */
	replies_down(r, 1);
	replies_pump(r, 100000);
	assert_int_equal(got[1].next, 1); /* nothing more of the first */
	memset(got, 0, sizeof(got));
	assert_int_equal(replies_add(r, 1, id, &b, 0), E_OK);
	assert_int_equal(got[1].len, 5);
	replies_free(r);
}

static void
test_memory_is_bounded(void **state)
{
	struct replies *r = make();
	struct text t;

	(void)state;
	t = body_of((REPLIES_PARTS + 1) * REPLIES_PART);
	assert_int_equal(replies_add(r, 1, id, &t, 0), E_LIMIT);
	text_free(&t);
	for (uint64_t c = 1; c <= REPLIES_MAX; c++) {
		t = body_of(2 * REPLIES_PART);
		assert_int_equal(replies_add(r, c, id, &t, 0), E_OK);
	}
	assert_int_equal(replies_room(r, REPLIES_MAX + 1), E_AGAIN);
	t = body_of(2 * REPLIES_PART);
	assert_int_equal(replies_add(r, REPLIES_MAX + 1, id, &t, 0), E_AGAIN);
	text_free(&t);
	replies_free(r);
}

static void
test_nobody_is_left_behind(void **state)
{
	struct replies *r = make();
	uint64_t ms = 0;

	(void)state;
	for (uint64_t c = 1; c <= REPLIES_MAX; c++) {
		struct text t = body_of(3 * REPLIES_PART);

		assert_int_equal(replies_add(r, c, id, &t, ms), E_OK);
	}
	for (unsigned i = 0; i < 2 * REPLIES_MAX / REPLIES_PUMP; i++)
		replies_pump(r, ms += REPLIES_PACE_MS);
	for (uint64_t c = 1; c <= REPLIES_MAX; c++)
		assert_int_equal(got[c].next, 3);
	replies_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_long_reply_comes_whole_at_a_pace),
		cmocka_unit_test(test_one_reply_a_connection),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_nobody_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
