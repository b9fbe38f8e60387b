/* Promises of protocol/codec: one value, one encoding, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/hash.h"
#include "protocol/codec.h"
#include "protocol/ward.pb-c.h"
#include "sample.h"

#define WANT_QUERY                         \
	"3d20b5849e82d0ca9523e091b25b24ac" \
	"eaaf491aef9ad77e7667bc27b1854dbd"
#define WANT_QUESTION                      \
	"a663d5ce4d79b65c9ab9b4e3db262269" \
	"499fe1b03147d4bb595c8a8d84e4930f"

/* The smallest query that the lengths of its fields allow. */
static void
smallest(struct query *q)
{
	sample_query(q);
	memset(q->title, 0, sizeof(q->title));
	memset(q->purpose, 0, sizeof(q->purpose));
	memset(q->project, 0, sizeof(q->project));
	sample_party(&q->researcher, "r");
	q->q.n_themes = 1;
	q->q.themes[1] = 0;
	q->q.k = 1;
	sample_party(&q->q.nodes[0], "n");
}

static void
assert_round_trip(const struct query *q)
{
	uint8_t *bytes, question_id[QUERY_ID];
	struct query back, want = *q;
	size_t len;

	assert_int_equal(codec_query_write(&bytes, &len, q, question_id), E_OK);
	assert_true(len <= CODEC_QUERY_MAX);
	memset(&back, 0xaa, sizeof(back));
	assert_int_equal(codec_query_read(&back, bytes, len), E_OK);
	memcpy(want.question_id, question_id, QUERY_ID);
	assert_memory_equal(&back, &want, sizeof(want)); /* padding too */
	free(bytes);
}

static void
test_a_query_survives_the_wire(void **state)
{
	struct query q;

	(void)state;
	sample_query(&q);
	assert_round_trip(&q);
	smallest(&q);
	assert_round_trip(&q);
	sample_large(&q);
	assert_round_trip(&q);
	q.q.histograms[0].num = q.q.histograms[0].den = UINT32_MAX;
	q.q.charge_nrho = q.q.charge_tv = UINT64_MAX;
	q.roster_epoch = UINT32_MAX;
	assert_round_trip(&q);
}

/* Many of the shortest names: the budget of the decoder must hold them. */
static void
test_short_names_fit_the_budget(void **state)
{
	struct query q;

	(void)state;
	smallest(&q);
	for (unsigned i = 0; i < 36; i++) {
		char name[2] = { "0123456789abcdefghijklmnopqrstuvwxyz"[i] };

		sample_party(&q.q.nodes[i], name);
	}
	q.q.n_nodes = 36;
	assert_round_trip(&q);
}

/* Encoded by hand, by another program, from the comments of ward.proto. */
static void
test_known_answer(void **state)
{
	struct query q;
	uint8_t *bytes, id[QUERY_ID], want[QUERY_ID], question_id[QUERY_ID];
	size_t len;

	(void)state;
	sample_query(&q);
	assert_int_equal(
	    codec_query_write(&bytes, &len, &q, question_id), E_OK);
	hash_label(id, "ward/query/1", bytes, len);
	assert_int_equal(hex_bytes(want, 32, WANT_QUERY, 64), E_OK);
	assert_memory_equal(id, want, QUERY_ID);
	assert_int_equal(hex_bytes(want, 32, WANT_QUESTION, 64), E_OK);
	assert_memory_equal(question_id, want, QUERY_ID);
	free(bytes);
}

/* What the answer does not depend on is not in the question id; what it does
 * depend on is. */
static void
test_question_id_is_of_the_question_alone(void **state)
{
	struct query q;
	uint8_t *bytes, first[QUERY_ID], other[QUERY_ID];
	size_t len;

	(void)state;
	sample_query(&q);
	assert_int_equal(codec_query_write(&bytes, &len, &q, first), E_OK);
	free(bytes);
	memset(q.title, 'x', 3);
	memset(q.purpose, 'y', 3);
	sample_party(&q.researcher, "rita");
	q.send_at++;
	q.roster_epoch++;
	q.roster_hash[0] ^= 1;
	memset(q.question_id, 0x55, QUERY_ID); /* not read */
	assert_int_equal(codec_query_write(&bytes, &len, &q, other), E_OK);
	free(bytes);
	assert_memory_equal(first, other, QUERY_ID);
	q.q.charge_nrho++;
	assert_int_equal(codec_query_write(&bytes, &len, &q, other), E_OK);
	free(bytes);
	assert_memory_not_equal(first, other, QUERY_ID);
}

static void
test_prefixes_and_trailing_bytes_are_refused(void **state)
{
	struct query q, out;
	uint8_t *bytes;
	size_t len;

	(void)state;
	sample_query(&q);
	assert_int_equal(codec_query_write(&bytes, &len, &q, NULL), E_OK);
	memset(&out, 7, sizeof(out));
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n == 0 ? 1 : n);

		assert_non_null(exact);
		memcpy(exact, bytes, n);
		assert_int_not_equal(codec_query_read(&out, exact, n), E_OK);
		free(exact);
	}
	bytes = realloc(bytes, len + 8);
	assert_non_null(bytes);
	memset(bytes + len, 0, 8);
	for (size_t n = 1; n <= 8; n++)
		assert_int_not_equal(
		    codec_query_read(&out, bytes, len + n), E_OK);
	assert_int_equal(out.version, 0x07070707);
	free(bytes);
}

/* One bit turned gives another query or none, never the same one. */
static void
test_every_flipped_bit_is_another_query(void **state)
{
	struct query q, out;
	uint8_t *bytes;
	size_t len, accepted = 0;

	(void)state;
	sample_query(&q);
	assert_int_equal(codec_query_write(&bytes, &len, &q, NULL), E_OK);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (codec_query_read(&out, bytes, len) == E_OK) {
			memset(out.question_id, 0, QUERY_ID);
			assert_memory_not_equal(&out, &q, sizeof(q));
			accepted++;
		}
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(accepted > 0); /* hashes and texts may be anything */
	free(bytes);
}

/* Bytes with cut[n] at `at` replaced by with[m]. */
static enum err
read_spliced(const uint8_t *bytes, size_t len, size_t at, size_t n,
    const void *with, size_t m)
{
	uint8_t *buf = malloc(len - n + m);
	struct query out;
	enum err e;

	assert_non_null(buf);
	memcpy(buf, bytes, at);
	memcpy(buf + at, with, m);
	memcpy(buf + at + m, bytes + at + n, len - at - n);
	e = codec_query_read(&out, buf, len - n + m);
	free(buf);
	return e;
}

static void
test_other_encodings_of_the_same_value_are_refused(void **state)
{
	struct query q;
	uint8_t *b;
	size_t len;

	(void)state;
	sample_query(&q);
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_OK);
	assert_memory_equal(b, "\x08\x02\x12", 3); /* version 2, title */
	assert_int_equal(read_spliced(b, len, 0, 0, "", 0), E_OK);
	/* a longer varint of the same number */
	assert_int_equal(
	    read_spliced(b, len, 0, 2, "\x08\x82\x00", 3), E_FORMAT);
	/* the field twice, and first wrong */
	assert_int_equal(read_spliced(b, len, 0, 0, "\x08\x02", 2), E_FORMAT);
	assert_int_equal(read_spliced(b, len, 0, 0, "\x08\x07", 2), E_FORMAT);
	/* the field at the end */
	{
		uint8_t *moved = malloc(len);
		struct query out;

		assert_non_null(moved);
		memcpy(moved, b + 2, len - 2);
		memcpy(moved + len - 2, b, 2);
		assert_int_equal(codec_query_read(&out, moved, len), E_FORMAT);
		free(moved);
	}
	/* fields that nobody knows: number 14, and in the middle */
	assert_int_equal(read_spliced(b, len, len, 0, "\x70\x01", 2), E_FORMAT);
	assert_int_equal(read_spliced(b, len, 2, 0, "\x70\x01", 2), E_FORMAT);
	/* a group, which protobuf has given up */
	assert_int_equal(read_spliced(b, len, 2, 0, "\x73\x74", 2), E_FORMAT);
	/* the required field is missing */
	assert_int_equal(read_spliced(b, len, 0, 2, "", 0), E_FORMAT);
	free(b);
}

static void
test_texts_are_clean(void **state)
{
	static const struct {
		const char *title;
		size_t len;
		enum err want;
	} cases[] = {
		{ "ok", 2, E_OK },
		{ "", 0, E_OK },
		{ "\xc3\xa9", 2, E_OK },
		{ "a\0b", 3, E_FORMAT },
		{ "\x1b[2J", 4, E_FORMAT },
		{ "a\n", 2, E_FORMAT },
		{ "\x7f", 1, E_FORMAT },
		{ "\xc2\x85", 2, E_FORMAT }, /* U+0085 */
		{ "\xe2\x80\xae"
		  "evil",
		    7, E_FORMAT }, /* right to left */
		{ "\xc3", 1, E_FORMAT },
		{ "\xff", 1, E_FORMAT },
	};
	struct query q;
	uint8_t *b;
	size_t len, title_len;

	(void)state;
	sample_query(&q);
	title_len = strlen(q.title);
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t with[16] = { 0x12, (uint8_t)cases[i].len };

		memcpy(with + 2, cases[i].title, cases[i].len);
		assert_int_equal(read_spliced(b, len, 2, 2 + title_len, with,
				     2 + cases[i].len),
		    cases[i].want);
	}
	free(b);
	strcpy(q.title, "\xe2\x80\xae"
			"evil"); /* and is not written either */
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_RANGE);
}

static void
test_only_a_good_query_is_written(void **state)
{
	struct query q;
	uint8_t *b = NULL;
	size_t len = 7;

	(void)state;
	sample_query(&q);
	q.quorum = 2;
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_RANGE);
	sample_query(&q);
	q.q.n_themes = 17;
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_RANGE);
	sample_query(&q);
	memset(q.title, 'x', sizeof(q.title)); /* no NUL */
	assert_int_equal(codec_query_write(&b, &len, &q, NULL), E_RANGE);
	assert_null(b);
	assert_int_equal(len, 7);
}

static void
test_size_is_looked_at_first(void **state)
{
	uint8_t *zeros = calloc(1, CODEC_QUERY_MAX + 1);
	struct query q;
	struct answer a;

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(
	    codec_query_read(&q, zeros, CODEC_QUERY_MAX + 1), E_LIMIT);
	assert_int_equal(
	    codec_query_read(&q, zeros, CODEC_QUERY_MAX), E_FORMAT);
	assert_int_equal(codec_answer_read(&a, zeros,
			     codec_answer_size(QUERY_ANSWER_MAX) + 1),
	    E_LIMIT); /* not read: zeros is shorter */
	free(zeros);
}

/* A list of empty strings: two bytes each become many times as much. */
static void
test_amplification_is_stopped(void **state)
{
	uint8_t *b = malloc(CODEC_QUERY_MAX);
	struct query q;

	(void)state;
	assert_non_null(b);
	for (size_t i = 0; i < CODEC_QUERY_MAX; i += 2)
		memcpy(b + i, "\x12", 2); /* title, of no bytes */
	assert_int_equal(codec_query_read(&q, b, CODEC_QUERY_MAX), E_FORMAT);
	free(b);
}

static struct answer
sample_answer(uint32_t n)
{
	struct answer a = { .epoch = SAMPLE_NOW, .n_cells = n };

	memset(a.query_id, 1, QUERY_ID);
	memset(a.question_id, 2, QUERY_ID);
	sample_party(&a.node, "gwent");
	a.cells = malloc(n * sizeof(*a.cells));
	assert_non_null(a.cells);
	for (uint32_t i = 0; i < n; i++)
		a.cells[i] = i % 3 == 0 ? -(int64_t)i : (int64_t)i << 40;
	return a;
}

static void
test_an_answer_survives_the_wire(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 15, 16, 2047, 2048, 262143,
		262144, QUERY_ANSWER_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct answer a = sample_answer(sizes[i]), back;
		uint8_t *b;
		size_t len;

		assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
		assert_int_equal(len, codec_answer_size(sizes[i]));
		assert_true(len <= 8 * (size_t)sizes[i] + 400);
		assert_int_equal(codec_answer_read(&back, b, len), E_OK);
		assert_int_equal(back.n_cells, sizes[i]);
		assert_memory_equal(
		    back.cells, a.cells, sizes[i] * sizeof(*a.cells));
		assert_memory_equal(back.query_id, a.query_id, QUERY_ID);
		assert_memory_equal(back.question_id, a.question_id, QUERY_ID);
		assert_true(party_id_same(&back.node, &a.node));
		assert_true(back.epoch == a.epoch);
		free(back.cells);
		free(a.cells);
		free(b);
	}
}

/* What a listener on the line sees is fixed by the query. */
static void
test_the_length_tells_nothing_about_the_numbers(void **state)
{
	static const int64_t values[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
	struct answer a = sample_answer(50);
	uint8_t *b;
	size_t len;

	(void)state;
	for (size_t v = 0; v < 5; v++) {
		for (size_t i = 0; i < 50; i++)
			a.cells[i] = values[v];
		a.epoch = v;
		sample_party(&a.node, v % 2 == 0 ? "x" : "a-long-name-of-it");
		assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
		assert_int_equal(len, codec_answer_size(50));
		free(b);
	}
	free(a.cells);
}

static void
test_every_flipped_bit_of_an_answer_is_another_one(void **state)
{
	struct answer a = sample_answer(3), back;
	uint8_t *b;
	size_t len;

	(void)state;
	assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (codec_answer_read(&back, b, len) == E_OK) {
			assert_true(
			    back.n_cells == 3 &&
			    (memcmp(back.cells, a.cells, 24) != 0 ||
				memcmp(back.query_id, a.query_id, 32) != 0 ||
				memcmp(back.question_id, a.question_id, 32) !=
				    0 ||
				!party_id_same(&back.node, &a.node) ||
				back.epoch != a.epoch));
			free(back.cells);
		}
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < len; n++)
		assert_int_not_equal(codec_answer_read(&back, b, n), E_OK);
	free(b);
	free(a.cells);
}

static void
test_answers_without_cells_or_node_are_refused(void **state)
{
	struct answer a = sample_answer(1), back;
	uint8_t *b = NULL;
	size_t len;

	(void)state;
	a.n_cells = 0;
	assert_int_equal(codec_answer_write(&b, &len, &a), E_RANGE);
	a.n_cells = QUERY_ANSWER_MAX + 1; /* not read */
	assert_int_equal(codec_answer_write(&b, &len, &a), E_RANGE);
	a.n_cells = 1;
	a.node.s[0] = '-';
	assert_int_equal(codec_answer_write(&b, &len, &a), E_RANGE);
	assert_null(b);
	sample_party(&a.node, "gwent");
	assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
	/* without the cells: tag, length and 8 bytes */
	assert_int_equal(codec_answer_read(&back, b, len - 10), E_RANGE);
	/* unpacked cells: the same value, another encoding */
	b[len - 10] = 0x29;
	memmove(b + len - 9, b + len - 8, 8);
	assert_int_equal(codec_answer_read(&back, b, len - 1), E_FORMAT);
	free(b);
	free(a.cells);
}

static uint64_t
next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static struct answer
random_answer(uint64_t *s, uint32_t n)
{
	static const int64_t ends[] = { 0, -1, INT64_MIN, INT64_MAX };
	struct answer a = sample_answer(n);

	for (unsigned i = 0; i < QUERY_ID; i++) {
		a.query_id[i] = (uint8_t)next(s);
		a.question_id[i] = (uint8_t)next(s);
	}
	a.epoch = next(s);
	for (uint32_t i = 0; i < n; i++)
		a.cells[i] =
		    next(s) % 5 == 0 ? ends[next(s) % 4] : (int64_t)next(s);
	return a;
}

/* May these bytes be read as an answer?  By a decoder of all of protobuf, and
 * by encoding again what it found. */
static bool
decoder_takes(const uint8_t *b, size_t len)
{
	Ward__Answer *m = ward__answer__unpack(NULL, len, b);
	struct party_id node;
	uint8_t *again;
	bool good;

	if (m == NULL)
		return false;
	good = m->query_id.len == QUERY_ID && m->question_id.len == QUERY_ID &&
	       m->node.len == PARTY_ID && m->n_cells > 0 &&
	       m->base.n_unknown_fields == 0 &&
	       ward__answer__get_packed_size(m) == len;
	if (good) {
		memcpy(node.s, m->node.data, PARTY_ID);
		again = malloc(len);
		assert_non_null(again);
		ward__answer__pack(m, again);
		good = party_id_good(&node) && memcmp(again, b, len) == 0;
		free(again);
	}
	ward__answer__free_unpacked(m, NULL);
	return good;
}

/* Read exactly these bytes (of memory of their own): as the decoder would, and
 * as nothing but what is written as them. */
static void
assert_read_as_written(const uint8_t *b, size_t len)
{
	uint8_t *exact = malloc(len == 0 ? 1 : len), *again;
	struct answer a;
	size_t n;
	bool good;

	assert_non_null(exact);
	memcpy(exact, b, len);
	good = codec_answer_read(&a, exact, len) == E_OK;
	assert_int_equal(good, decoder_takes(exact, len));
	if (good) {
		assert_int_equal(codec_answer_write(&again, &n, &a), E_OK);
		assert_int_equal(n, len);
		assert_memory_equal(again, exact, len);
		free(again);
		free(a.cells);
	}
	free(exact);
}

static void
test_what_was_written_is_read_as_it_was(void **state)
{
	uint64_t s = 0x9e3779b97f4a7c15;

	(void)state;
	for (unsigned k = 0; k < 300; k++) {
		uint32_t n =
		    1 + (uint32_t)(next(&s) % (k % 10 == 0 ? 3000 : 40));
		struct answer a = random_answer(&s, n), back;
		uint8_t *b;
		size_t len;

		assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
		assert_int_equal(codec_answer_read(&back, b, len), E_OK);
		assert_int_equal(back.n_cells, n);
		assert_memory_equal(back.cells, a.cells, 8 * (size_t)n);
		assert_memory_equal(back.query_id, a.query_id, QUERY_ID);
		assert_memory_equal(back.question_id, a.question_id, QUERY_ID);
		assert_memory_equal(&back.node, &a.node, sizeof(a.node));
		assert_true(back.epoch == a.epoch);
		free(back.cells);
		free(a.cells);
		free(b);
	}
}

/* Every byte changed in every way; bytes put in, left out and exchanged. */
static void
test_changed_answers_read_as_themselves_or_not_at_all(void **state)
{
	uint64_t s = 0x2545f4914f6cdd1d;
	struct answer a = random_answer(&s, 17); /* two bytes of length */
	uint8_t *b, buf[512];
	size_t len;

	(void)state;
	assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
	assert_true(len + 8 < sizeof(buf));
	for (size_t at = 0; at < len; at++) {
		memcpy(buf, b, len);
		for (unsigned v = 0; v < 256; v++) {
			buf[at] = (uint8_t)v;
			assert_read_as_written(buf, len);
		}
		memcpy(buf + at, b + at + 1, len - at - 1); /* left out */
		assert_read_as_written(buf, len - 1);
	}
	for (unsigned k = 0; k < 20000; k++) {
		size_t at = next(&s) % len, from = next(&s) % len;
		size_t n = next(&s) % 9;

		n = n > len - from ? len - from : n;
		memcpy(buf, b, at);
		memcpy(buf + at, b + from, n); /* put in */
		memcpy(buf + at + n, b + at, len - at);
		buf[next(&s) % len] ^= (uint8_t)(next(&s) % 4);
		assert_read_as_written(buf, len + n);
	}
	free(b);
	free(a.cells);
}

static void
test_an_answers_length_is_the_shortest_varint(void **state)
{
	struct answer a = sample_answer(2), back;
	uint8_t *b, buf[512];
	size_t len, at;

	(void)state;
	assert_int_equal(codec_answer_write(&b, &len, &a), E_OK);
	at = len - 16 - 1;
	assert_int_equal(b[at], 16);
	memcpy(buf, b, len);
	memcpy(buf + at, "\x90\x00", 2); /* 16 in two bytes */
	memcpy(buf + at + 2, b + at + 1, 16);
	assert_int_equal(codec_answer_read(&back, buf, len + 1), E_FORMAT);
	memcpy(buf + at, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
	assert_int_equal(codec_answer_read(&back, buf, at + 10), E_FORMAT);
	memcpy(buf, b, len);
	buf[at] = 24; /* more than there is */
	assert_int_equal(codec_answer_read(&back, buf, len), E_SHORT);
	buf[at] = 8;
	assert_int_equal(codec_answer_read(&back, buf, len), E_TRAILING);
	buf[at] = 15;
	assert_int_equal(codec_answer_read(&back, buf, len - 1), E_FORMAT);
	free(b);
	free(a.cells);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_survives_the_wire),
		cmocka_unit_test(test_short_names_fit_the_budget),
		cmocka_unit_test(test_known_answer),
		cmocka_unit_test(test_question_id_is_of_the_question_alone),
		cmocka_unit_test(test_prefixes_and_trailing_bytes_are_refused),
		cmocka_unit_test(test_every_flipped_bit_is_another_query),
		cmocka_unit_test(
		    test_other_encodings_of_the_same_value_are_refused),
		cmocka_unit_test(test_texts_are_clean),
		cmocka_unit_test(test_only_a_good_query_is_written),
		cmocka_unit_test(test_size_is_looked_at_first),
		cmocka_unit_test(test_amplification_is_stopped),
		cmocka_unit_test(test_an_answer_survives_the_wire),
		cmocka_unit_test(
		    test_the_length_tells_nothing_about_the_numbers),
		cmocka_unit_test(
		    test_every_flipped_bit_of_an_answer_is_another_one),
		cmocka_unit_test(
		    test_answers_without_cells_or_node_are_refused),
		cmocka_unit_test(test_what_was_written_is_read_as_it_was),
		cmocka_unit_test(
		    test_changed_answers_read_as_themselves_or_not_at_all),
		cmocka_unit_test(test_an_answers_length_is_the_shortest_varint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
