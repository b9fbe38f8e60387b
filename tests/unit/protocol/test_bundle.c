/* Promises of protocol/bundle: a query and its approvals, and the whole way
 * from the researcher's key to a node that verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "protocol/bundle.h"
#include "protocol/codec.h"
#include "sample.h"

static struct sign_key ruth, anna, bert;

static void
append(uint8_t **buf, size_t *len, const struct envelope *e,
    const struct sign_key *key)
{
	uint8_t *one;
	size_t n;

	assert_int_equal(envelope_make(&one, &n, e, key), E_OK);
	*buf = realloc(*buf, *len + n);
	assert_non_null(*buf);
	memcpy(*buf + *len, one, n);
	*len += n;
	free(one);
}

static void
append_query(uint8_t **buf, size_t *len)
{
	struct envelope e = { .purpose = PURPOSE_QUERY };
	struct query q;
	uint8_t *bytes;

	sample_query(&q);
	assert_int_equal(codec_query_write(&bytes, &e.len, &q, NULL), E_OK);
	e.bytes = bytes;
	e.sender = q.researcher;
	bundle_query_id(e.id, e.bytes, e.len);
	append(buf, len, &e, &ruth);
	free(bytes);
}

static void
append_approval(uint8_t **buf, size_t *len, const char *who,
    const struct sign_key *key, const uint8_t id[QUERY_ID])
{
	struct approval a = { .not_before = SAMPLE_NOW,
		.not_after = SAMPLE_NOW + 86400,
		.reason = "proportionate" };
	uint8_t body[APPROVAL_MAX];
	struct envelope e = { .purpose = PURPOSE_APPROVAL, .bytes = body };

	e.len = approval_write(body, &a);
	sample_party(&e.sender, who);
	memcpy(e.id, id, QUERY_ID);
	append(buf, len, &e, key);
}

/* The bundle of a query with two approvals; the caller frees it. */
static uint8_t *
signed_bundle(size_t *len)
{
	uint8_t *buf = NULL;
	struct bundle b;

	*len = 0;
	append_query(&buf, len);
	assert_int_equal(bundle_parse(&b, buf, *len), E_OK);
	append_approval(&buf, len, "anna", &anna, b.id);
	append_approval(&buf, len, "bert", &bert, b.id);
	return buf;
}

/* What a node makes of it: the query and the number of good approvals. */
static enum err
verify(struct query *q, size_t *approvals, const uint8_t *buf, size_t len)
{
	struct bundle b;
	struct approval a;
	enum err e = bundle_parse(&b, buf, len);

	if (e != E_OK)
		return e;
	if (strcmp(b.query.sender.s, "ruth") != 0 ||
	    !envelope_good(&b.query, ruth.public))
		return E_SIGNATURE;
	if ((e = codec_query_read(q, b.query.bytes, b.query.len)) != E_OK)
		return e;
	*approvals = 0;
	for (size_t i = 0; i < b.n; i++) {
		const struct envelope *v = &b.approvals[i];
		const struct sign_key *key =
		    strcmp(v->sender.s, "anna") == 0   ? &anna
		    : strcmp(v->sender.s, "bert") == 0 ? &bert
						       : NULL;

		if (key != NULL && memcmp(v->id, b.id, QUERY_ID) == 0 &&
		    envelope_good(v, key->public) &&
		    approval_parse(&a, v->bytes, v->len) == E_OK && !a.veto)
			(*approvals)++;
	}
	return E_OK;
}

static void
test_the_whole_way(void **state)
{
	size_t len, approvals = 0;
	uint8_t *buf = signed_bundle(&len);
	struct query q, want;

	(void)state;
	assert_int_equal(verify(&q, &approvals, buf, len), E_OK);
	assert_int_equal(approvals, 2);
	sample_query(&want);
	memcpy(want.question_id, q.question_id, QUERY_ID);
	assert_memory_equal(&q, &want, sizeof(q));
	free(buf);
}

/* No single bit of a bundle can be turned without the query or an approval
 * losing its force. */
static void
test_every_flipped_bit_is_found(void **state)
{
	size_t len, approvals;
	uint8_t *buf = signed_bundle(&len);
	struct query q;

	(void)state;
	for (size_t bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		approvals = 0;
		if (verify(&q, &approvals, buf, len) == E_OK)
			assert_true(approvals < 2);
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free(buf);
}

static void
test_an_approval_of_other_bytes_does_not_count(void **state)
{
	size_t len = 0, approvals;
	uint8_t *buf = NULL, other[QUERY_ID] = { 1 };
	struct bundle b;
	struct query q;

	(void)state;
	append_query(&buf, &len);
	assert_int_equal(bundle_parse(&b, buf, len), E_OK);
	append_approval(&buf, &len, "anna", &anna, b.id);
	append_approval(&buf, &len, "bert", &bert, other);
	append_approval(&buf, &len, "bert", &anna, b.id); /* in his name */
	assert_int_equal(verify(&q, &approvals, buf, len), E_OK);
	assert_int_equal(approvals, 1);
	free(buf);
}

static void
test_prefixes(void **state)
{
	size_t len, query_len, approval_len;
	uint8_t *buf = signed_bundle(&len);
	struct bundle b;

	(void)state;
	assert_int_equal(bundle_parse(&b, buf, len), E_OK);
	query_len = b.query.whole_len;
	approval_len = b.approvals[0].whole_len;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n == 0 ? 1 : n);
		bool whole = n == query_len || n == query_len + approval_len;

		assert_non_null(exact);
		memcpy(exact, buf, n);
		assert_int_equal(
		    bundle_parse(&b, exact, n), whole ? E_OK : E_SHORT);
		free(exact);
	}
	free(buf);
}

static void
test_order_and_number_are_fixed(void **state)
{
	size_t len = 0, query_len;
	uint8_t *buf = NULL, *twice;
	struct bundle b;

	(void)state;
	append_query(&buf, &len);
	query_len = len;
	assert_int_equal(bundle_parse(&b, buf, len), E_OK);
	for (size_t i = 0; i < BUNDLE_APPROVALS; i++)
		append_approval(&buf, &len, "anna", &anna, b.id);
	assert_int_equal(bundle_parse(&b, buf, len), E_OK);
	assert_int_equal(b.n, BUNDLE_APPROVALS);
	/* an approval first */
	assert_int_equal(
	    bundle_parse(&b, buf + query_len, len - query_len), E_FORMAT);
	append_approval(&buf, &len, "anna", &anna, b.id);
	assert_int_equal(bundle_parse(&b, buf, len), E_LIMIT);
	/* two queries */
	twice = malloc(2 * query_len);
	assert_non_null(twice);
	memcpy(twice, buf, query_len);
	memcpy(twice + query_len, buf, query_len);
	assert_int_equal(bundle_parse(&b, twice, 2 * query_len), E_FORMAT);
	free(twice);
	free(buf);
}

static void
test_a_bundle_has_an_end(void **state)
{
	uint8_t *zeros = calloc(1, BUNDLE_MAX + 1);
	struct bundle b;

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(bundle_parse(&b, zeros, BUNDLE_MAX + 1), E_LIMIT);
	assert_int_equal(bundle_parse(&b, zeros, BUNDLE_MAX), E_FORMAT);
	free(zeros);
}

static void
test_approvals_have_one_form(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		enum err want;
	} cases[] = {
#define T "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2"
		{ "approve", "\1" T "\2ok", 20, E_OK },
		{ "veto", "\2" T "\0", 18, E_OK },
		{ "decision 0", "\0" T "\0", 18, E_FORMAT },
		{ "decision 3", "\3" T "\0", 18, E_FORMAT },
		{ "reason cut", "\1" T "\2o", 19, E_SHORT },
		{ "no reason", "\1" T, 17, E_SHORT },
		{ "one byte more", "\1" T "\2ok!", 21, E_TRAILING },
		{ "escape", "\1" T "\2\x1b[", 20, E_FORMAT },
		{ "NUL", "\1" T "\2a\0", 20, E_FORMAT },
		{ "not UTF-8", "\1" T "\2\xc3\x28", 20, E_FORMAT },
		{ "cut UTF-8", "\1" T "\1\xc3", 19, E_FORMAT },
#undef T
	};
	struct approval a;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&a, 7, sizeof(a));
		if (approval_parse(&a, (const uint8_t *)cases[i].bytes,
			cases[i].len) != cases[i].want)
			fail_msg("%s", cases[i].what);
		if (cases[i].want != E_OK)
			assert_int_equal(a.reason[0], 7);
	}
	assert_int_equal(approval_parse(&a,
			     (const uint8_t *)"\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0"
					      "\0\2\2no",
			     20),
	    E_OK);
	assert_true(a.veto);
	assert_true(a.not_before == 1 && a.not_after == 2);
	assert_string_equal(a.reason, "no");
}

static void
test_reasons_of_any_text_come_back(void **state)
{
	struct approval a = { .veto = true, .not_after = UINT64_MAX }, b;
	struct refused r = { .code = 21 }, s;
	uint8_t buf[APPROVAL_MAX];
	size_t n;

	(void)state;
	memset(a.reason, 'x', 200);
	memset(r.reason, 'y', 200);
	n = approval_write(buf, &a);
	assert_int_equal(n, APPROVAL_MAX);
	assert_int_equal(approval_parse(&b, buf, n), E_OK);
	assert_string_equal(a.reason, b.reason);
	assert_true(b.veto && b.not_before == 0 && b.not_after == UINT64_MAX);
	buf[17] = 201; /* a byte more than there may be */
	assert_int_equal(approval_parse(&b, buf, n), E_SHORT);
	n = refused_write(buf, &r);
	assert_int_equal(n, REFUSED_MAX);
	assert_int_equal(refused_parse(&s, buf, n), E_OK);
	assert_string_equal(r.reason, s.reason);
	assert_int_equal(s.code, 21);
	assert_int_equal(refused_parse(&s, buf, n - 1), E_SHORT);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(refused_parse(&s, buf, i), E_SHORT);
	/* what was typed is cleaned, not refused by those who read it */
	strcpy(a.reason, "no\x1b[2J\xff");
	n = approval_write(buf, &a);
	assert_int_equal(approval_parse(&b, buf, n), E_OK);
	assert_string_equal(b.reason, "no?[2J?");
}

static int
start(void **state)
{
	(void)state;
	return random_start() == E_OK && sign_new(&ruth) == E_OK &&
		       sign_new(&anna) == E_OK && sign_new(&bert) == E_OK
		   ? 0
		   : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_whole_way),
		cmocka_unit_test(test_every_flipped_bit_is_found),
		cmocka_unit_test(
		    test_an_approval_of_other_bytes_does_not_count),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_order_and_number_are_fixed),
		cmocka_unit_test(test_a_bundle_has_an_end),
		cmocka_unit_test(test_approvals_have_one_form),
		cmocka_unit_test(test_reasons_of_any_text_come_back),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
