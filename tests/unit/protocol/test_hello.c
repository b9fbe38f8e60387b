/* Promises of protocol/hello: a party is who its certificate, its key and the
 * roster say together, in this TLS session and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "protocol/hello.h"
#include "sample.h"

static struct sign_key node_key, coord_key, other_key;
static struct roster *roster;
static struct party_id node, coord;
static struct ipc_up up; /* the node's, as the coordinator sees it */

static void
member(struct member *m, const char *name, unsigned roles,
    const struct sign_key *key, uint8_t tls)
{
	sample_party(&m->id, name);
	m->roles = roles;
	memcpy(m->sign_public, key->public, SIGN_PUBLIC);
	memset(m->tls_fingerprint, tls, 32);
	m->valid_from = SAMPLE_NOW - 1000;
	m->valid_until = SAMPLE_NOW + 1000;
}

static int
before(void **state)
{
	(void)state;
	if ((roster = calloc(1, sizeof(*roster))) == NULL)
		return -1;
	roster->epoch = 4;
	roster->valid_from = SAMPLE_NOW - 1000;
	roster->valid_until = SAMPLE_NOW + 1000;
	member(&roster->members[0], "coord", ROLE_COORDINATOR, &coord_key, 1);
	member(&roster->members[1], "gwent", ROLE_NODE, &node_key, 2);
	roster->n = 2;
	sample_party(&node, "gwent");
	sample_party(&coord, "coord");
	memset(&up, 0, sizeof(up));
	up.party = node;
	memset(up.fingerprint, 2, sizeof(up.fingerprint));
	memset(up.exporter, 0x77, sizeof(up.exporter));
	return 0;
}

static int
after(void **state)
{
	(void)state;
	free(roster);
	return 0;
}

static const struct hello said = {
	.roster_epoch = 4, .roster_hash = { 9, 9 }, .utc_s = SAMPLE_NOW
};

/* What the coordinator says to the node's hello. */
static enum err
check(unsigned role, uint64_t now_s)
{
	struct hello h;
	uint8_t *buf, exporter[32];
	size_t len;
	enum err e;

	memset(exporter, 0x77, sizeof(exporter));
	assert_int_equal(
	    hello_make(&buf, &len, &node, &coord, exporter, &said, &node_key),
	    E_OK);
	e = hello_check(&h, buf, len, &coord, &up, roster, role, now_s);
	if (e == E_OK) {
		assert_int_equal(h.roster_epoch, said.roster_epoch);
		assert_memory_equal(h.roster_hash, said.roster_hash, 32);
		assert_true(h.utc_s == said.utc_s);
	}
	free(buf);
	return e;
}

static void
test_a_member_is_welcome(void **state)
{
	(void)state;
	assert_int_equal(check(0, SAMPLE_NOW), E_OK);
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_OK);
}

static void
test_whoever_is_not_current_is_refused(void **state)
{
	struct member *m = &roster->members[1];

	(void)state;
	assert_int_equal(check(ROLE_RESEARCHER, SAMPLE_NOW), E_PEER);
	m->valid_until = SAMPLE_NOW;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_PEER);
	m->valid_until = SAMPLE_NOW + 1;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_OK);
	m->valid_from = SAMPLE_NOW + 1;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_PEER);
	roster->n = 1;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_PEER);
}

static void
test_certificate_and_key_are_both_the_member_s(void **state)
{
	struct member *m = &roster->members[1];

	(void)state;
	up.fingerprint[31] ^= 1;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_PEER);
	up.fingerprint[31] ^= 1;
	up.party = coord; /* the certificate is another's */
	assert_int_equal(check(0, SAMPLE_NOW), E_PEER);
	up.party = node;
	memcpy(m->sign_public, other_key.public, SIGN_PUBLIC);
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_SIGNATURE);
}

/* A hello that was recorded is worth nothing on another connection. */
static void
test_a_hello_is_for_one_session(void **state)
{
	(void)state;
	up.exporter[0] ^= 1;
	assert_int_equal(check(ROLE_NODE, SAMPLE_NOW), E_PEER);
}

static void
test_clocks_agree_within_five_minutes(void **state)
{
	static const struct {
		uint64_t now;
		enum err want;
	} cases[] = { { SAMPLE_NOW + 300, E_OK }, { SAMPLE_NOW - 300, E_OK },
		{ SAMPLE_NOW + 301, E_CLOCK }, { SAMPLE_NOW - 301, E_CLOCK } };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(check(ROLE_NODE, cases[i].now), cases[i].want);
}

static void
test_a_hello_to_another_is_refused(void **state)
{
	struct hello h;
	uint8_t *buf;
	size_t len;

	(void)state;
	/* the coordinator's own hello, thrown back at it */
	assert_int_equal(hello_make(&buf, &len, &coord, &node, up.exporter,
			     &said, &coord_key),
	    E_OK);
	assert_int_equal(
	    hello_check(&h, buf, len, &coord, &up, roster, 0, SAMPLE_NOW),
	    E_PEER);
	free(buf);
	/* the node's, to a third party */
	assert_int_equal(
	    hello_make(&buf, &len, &node, &node, up.exporter, &said, &node_key),
	    E_OK);
	assert_int_equal(
	    hello_check(&h, buf, len, &coord, &up, roster, 0, SAMPLE_NOW),
	    E_PEER);
	free(buf);
}

static void
test_every_flipped_bit_and_every_prefix_is_refused(void **state)
{
	struct hello h;
	uint8_t *buf;
	size_t len;

	(void)state;
	assert_int_equal(hello_make(&buf, &len, &node, &coord, up.exporter,
			     &said, &node_key),
	    E_OK);
	assert_int_equal(len, HELLO_BODY + ENVELOPE_OVERHEAD);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(hello_check(&h, buf, len, &coord, &up,
					 roster, 0, SAMPLE_NOW),
		    E_OK);
		buf[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < len; n++)
		assert_int_equal(
		    hello_check(&h, buf, n, &coord, &up, roster, 0, SAMPLE_NOW),
		    E_SHORT);
	free(buf);
}

/* An envelope of the node over other bytes than a hello's. */
static enum err
check_body(enum purpose purpose, const uint8_t *body, size_t n, uint64_t seq)
{
	struct envelope e = { .purpose = purpose,
		.sender = node,
		.recipient = coord,
		.seq = seq,
		.bytes = body,
		.len = n };
	struct hello h;
	uint8_t *buf;
	size_t len;
	enum err err;

	assert_int_equal(envelope_make(&buf, &len, &e, &node_key), E_OK);
	err = hello_check(&h, buf, len, &coord, &up, roster, 0, SAMPLE_NOW);
	free(buf);
	return err;
}

static void
test_only_a_hello_is_a_hello(void **state)
{
	uint8_t body[HELLO_BODY + 1] = { 0, 1 };

	(void)state;
	memset(body + 4, 0x77, 32);
	memcpy(body + 72, "\0\0\0\0\x65\x53\xf1\0", 8); /* SAMPLE_NOW */
	assert_int_equal(check_body(PURPOSE_HELLO, body, HELLO_BODY, 0), E_OK);
	assert_int_equal(
	    check_body(PURPOSE_ANSWER, body, HELLO_BODY, 0), E_FORMAT);
	assert_int_equal(
	    check_body(PURPOSE_HELLO, body, HELLO_BODY, 1), E_FORMAT);
	assert_int_equal(
	    check_body(PURPOSE_HELLO, body, HELLO_BODY + 1, 0), E_TRAILING);
	assert_int_equal(
	    check_body(PURPOSE_HELLO, body, HELLO_BODY - 1, 0), E_SHORT);
	body[1] = 2;
	assert_int_equal(
	    check_body(PURPOSE_HELLO, body, HELLO_BODY, 0), E_FORMAT);
	body[1] = 1;
	body[3] = 1;
	assert_int_equal(
	    check_body(PURPOSE_HELLO, body, HELLO_BODY, 0), E_FORMAT);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_a_member_is_welcome),
		T(test_whoever_is_not_current_is_refused),
		T(test_certificate_and_key_are_both_the_member_s),
		T(test_a_hello_is_for_one_session),
		T(test_clocks_agree_within_five_minutes),
		T(test_a_hello_to_another_is_refused),
		T(test_every_flipped_bit_and_every_prefix_is_refused),
		T(test_only_a_hello_is_a_hello),
	};
#undef T

	if (random_start() != E_OK || sign_new(&node_key) != E_OK ||
	    sign_new(&coord_key) != E_OK || sign_new(&other_key) != E_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
