/*
 * protocol/decoder.h -- decoding queries in a process that has nothing.
 *
 * decoder_start forks a zygote before any key, file or database is opened;
 * for each query the zygote forks a child that has one socket, no files, no
 * secrets, that decodes and dies.  What it says is not believed: the struct is
 * checked by query_check, encoded again, and must give the same bytes.
 */
#ifndef PROTOCOL_DECODER_H
#define PROTOCOL_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/query.h"

#define DECODER_WAIT_MS 5000

struct decoder; /* opaque */

/* decoder_zygote: the life of the zygote on its end of a socketpair; returns
 * when the other end is closed.  Enters the sandbox itself. */
void decoder_zygote(int fd);

/* decoder_zygote_with: the same with another reader than codec_query_read, so
 * that tests can have children that crash, hang and lie. */
void decoder_zygote_with(int fd,
    enum err (*read)(struct query *out, const uint8_t *buf, size_t len));

/* decoder_new: over the other end, which stays the caller's.  E_NOMEM,
 * E_SYSTEM. */
enum err decoder_new(struct decoder **out, int fd) MUST_USE;
void decoder_free(struct decoder *d); /* NULL does nothing */

/*
 * decoder_query: as codec_query_read.  Also:
 *
 * E_FORMAT	the child died over it or lied.
 * E_TIMEOUT	no reply within DECODER_WAIT_MS.
 * E_CLOSED	the zygote is gone: the process should end and be restarted.
 */
enum err decoder_query(struct decoder *d, struct query *out, const uint8_t *buf,
    size_t len) MUST_USE;

#endif
