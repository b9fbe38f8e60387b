/*
 * protocol/envelope.h -- signed bytes, end to end.
 *
 *	  0     1         2        4           36              68     100
 *	+-----+---------+--------+-----------+---------------+------+
 *	|  1  | purpose |   0    | sender[32]| recipient[32] |id[32]|
 *	+-----+---------+--------+-----------+---------------+------+
 *	 100      108       112
 *	+--------+---------+------ ~ ------+---------------+
 *	| seq    | len     | bytes[len]    | signature[64] |
 *	+--------+---------+------ ~ ------+---------------+
 *
 * Big-endian; 1 = suite.  The signature is Ed25519 under the label
 * "ward/envelope/1" over all before it.  Read by base/rd alone: it is
 * verified before any decoder sees the bytes.
 */
#ifndef PROTOCOL_ENVELOPE_H
#define PROTOCOL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/sign.h"
#include "model/party.h"
#include "model/query.h"

#define ENVELOPE_SUITE 1
#define ENVELOPE_HEADER 112
#define ENVELOPE_OVERHEAD (ENVELOPE_HEADER + SIGN_BYTES)
/* Bytes of a whole one: the largest answer, QUERY_ANSWER_MAX cells of 8 bytes,
 * fits. */
#define ENVELOPE_MAX (17u * 1024 * 1024)
#define ENVELOPE_LABEL "ward/envelope/1"

enum purpose {                /* values travel: never change one */
	PURPOSE_QUERY = 1,    /* recipient: all (zeros); id: the query's */
	PURPOSE_APPROVAL = 2, /* recipient: all; id: the query's */
	PURPOSE_ANSWER = 3,   /* recipient: the coordinator; id: the query's */
	PURPOSE_REFUSAL = 4,  /* as an answer */
	PURPOSE_HELLO = 5,    /* recipient: the other side; id: zeros */
};

struct envelope { /* views into the buffer that was parsed */
	enum purpose purpose;
	struct party_id sender, recipient; /* recipient may be all zeros */
	uint8_t id[QUERY_ID];
	uint64_t seq; /* QUERY, APPROVAL: 0; ANSWER, REFUSAL: UTC second */
	const uint8_t *bytes;
	size_t len;
	const uint8_t *whole; /* the envelope itself */
	size_t whole_len;
};

/*
 * envelope_next: the envelope at the start of buf[0, len); what follows it is
 * not looked at.  Nothing is verified.
 *
 * E_SHORT, E_FORMAT (suite, purpose, reserved bits, a bad name), E_LIMIT
 */
enum err envelope_next(
    struct envelope *out, const uint8_t *buf, size_t len) MUST_USE;

/* envelope_parse: buf[0, len) is one envelope; also E_TRAILING. */
enum err envelope_parse(
    struct envelope *out, const uint8_t *buf, size_t len) MUST_USE;

/* envelope_good: is its signature one by public? */
bool envelope_good(
    const struct envelope *e, const uint8_t public[SIGN_PUBLIC]) MUST_USE;

/* envelope_make: sign what e says (whole is not read); *out is the caller's.
 * E_LIMIT, E_NOMEM. */
enum err envelope_make(uint8_t **out, size_t *len, const struct envelope *e,
    const struct sign_key *key) MUST_USE;

#endif
