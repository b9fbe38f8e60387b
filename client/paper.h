/*
 * client/paper.h -- a query file: the signed bundle NAME.wq, or the unsigned
 * NAME.query, and what the signatures in it are worth.
 *
 * Nothing is decoded before the researcher's signature was found good; what is
 * shown and signed are the values that these very bytes decode to.
 */
#ifndef CLIENT_PAPER_H
#define CLIENT_PAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policies/roster.h"
#include "policies/yaml.h"
#include "protocol/bundle.h"

struct paper {
	char path[200]; /* for messages; cut */
	uint8_t *bytes;
	size_t len;
	struct bundle bundle; /* views into bytes */
};

struct vote { /* one APPROVAL of a paper */
	struct party_id by;
	const struct member *who; /* in the roster; NULL: counts for nothing */
	struct approval said;
	const char *fault; /* why it counts for nothing, or NULL */
};

struct reading { /* what a paper says */
	struct query query;
	const struct member *author; /* in the roster */
	size_t n;
	struct vote votes[BUNDLE_APPROVALS];
};

/*
 * paper_load: the bundle in the file, its form only; paper_free ends it.
 *
 * E_NOTFOUND, E_IO, E_LIMIT, E_FORMAT, E_SHORT, E_NOMEM	with fault.
 */
enum err paper_load(
    struct paper *out, const char *path, struct fault *fault) MUST_USE;
void paper_free(struct paper *p);

/*
 * paper_read: verify the researcher's signature by the roster, then decode.
 * Views into the roster.
 *
 * E_PEER	the sender is no current researcher of the roster.
 * E_SIGNATURE	the bytes are not what the sender signed.
 * E_FORMAT, E_RANGE, E_LIMIT, E_NOMEM	they are no query.
 * With fault.
 */
enum err paper_read(struct reading *out, const struct paper *p,
    const struct roster *r, uint64_t now_s, struct fault *fault) MUST_USE;

/*
 * paper_sign: the encoded query bytes[0, len) as a bundle, signed by sender;
 * *out is the caller's.  E_NOMEM, E_LIMIT.
 */
enum err paper_sign(uint8_t **out, size_t *out_len, const uint8_t *bytes,
    size_t len, const struct party_id *sender,
    const struct sign_key *key) MUST_USE;

/*
 * paper_add: the paper's bytes with one more approval by approver; *out is
 * the caller's.
 *
 * E_EXISTS	that approver's word is there already.
 * E_LIMIT	BUNDLE_APPROVALS are there.
 * E_NOMEM
 */
enum err paper_add(uint8_t **out, size_t *out_len, const struct paper *p,
    const struct approval *a, const struct party_id *approver,
    const struct sign_key *key) MUST_USE;

#endif
