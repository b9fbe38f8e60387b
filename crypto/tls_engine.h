/*
 * crypto/tls_engine.h -- OpenSSL behind nng's interface for a TLS engine.
 *
 * Every connection has a BIO of ours that moves its bytes through nng.  nng
 * calls the engine on its own threads and under its own locks, which the
 * engine never takes itself.
 */
#ifndef CRYPTO_TLS_ENGINE_H
#define CRYPTO_TLS_ENGINE_H

#include <stdbool.h>

#include "base/err.h"
#include "crypto/tls.h"

/* tls_engine_start, tls_engine_peer: see tls_start and tls_peer. */
enum err tls_engine_start(void) MUST_USE;
enum err tls_engine_peer(struct tls_peer *out, struct nng_stream *s) MUST_USE;

/* tls_engine_ours: does nng use it?  nng_fini would silently bring nng's own
 * engine back. */
bool tls_engine_ours(void);

#endif
