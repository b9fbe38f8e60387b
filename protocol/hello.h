/*
 * protocol/hello.h -- who speaks on a connection, bound to its TLS session.
 *
 * After the handshake the dialler sends FRAME_HELLO, whose body is an
 * envelope signed by its Ed25519 key over the session's exporter (RFC 8446
 * 7.5); the listener checks it against the roster and answers FRAME_WELCOME,
 * made the same way, or FRAME_REJECT.  Bytes of the envelope:
 *
 *	be16 protocol (1) | be16 0 | exporter[32] | be32 roster epoch
 *	| roster hash[32] | be64 UTC second
 */
#ifndef PROTOCOL_HELLO_H
#define PROTOCOL_HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policies/roster.h"
#include "protocol/envelope.h"
#include "protocol/ipc.h"

#define HELLO_BODY (2 + 2 + 32 + 4 + 32 + 8)
#define HELLO_SKEW_S 300 /* clocks may differ by as much */

struct hello {
	uint32_t roster_epoch;
	uint8_t roster_hash[32];
	uint64_t utc_s;
};

/* hello_make: the envelope that me, with key, says to peer in the session;
 * *out is the caller's.  E_NOMEM. */
enum err hello_make(uint8_t **out, size_t *len, const struct party_id *me,
    const struct party_id *peer, const uint8_t exporter[32],
    const struct hello *h, const struct sign_key *key) MUST_USE;

/*
 * hello_check: is it from the party that the certificate names, a current
 * member of the roster with that certificate and with role (0: any), to me,
 * for this session?
 *
 * E_FORMAT, E_SHORT, E_TRAILING	no hello.
 * E_PEER	not in the roster, not current, another certificate, role,
 *		recipient or session.
 * E_SIGNATURE	not signed by the member's key.
 * E_CLOCK	its time and now_s differ by more than HELLO_SKEW_S.
 */
enum err hello_check(struct hello *out, const uint8_t *buf, size_t len,
    const struct party_id *me, const struct ipc_up *up, const struct roster *r,
    unsigned role, uint64_t now_s) MUST_USE;

/* FRAME_REJECT's body: u8 enum err, then words for the log, ASCII, <= 200. */

#endif
