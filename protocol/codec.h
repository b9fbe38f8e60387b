/*
 * protocol/codec.h -- queries and answers as protobuf (protocol/ward.proto).
 *
 * Canonical: one value has one encoding, and reading refuses every other.
 *
 * A query is decoded by protobuf-c under a budget of memory and of allocations,
 * and encoded again to compare; strings, enums and ranges are checked on the
 * way into model/.  An answer has one layout, every byte of which has its
 * place: no decoder touches it, base/rd reads it.
 */
#ifndef PROTOCOL_CODEC_H
#define PROTOCOL_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/answer.h"
#include "model/query.h"

#define CODEC_QUERY_MAX (128u * 1024) /* bytes of an encoded query */

/*
 * codec_query_write: q (query_check holds) as bytes, the caller's to free.
 * question_id, if not NULL, is set: crypto/hash "ward/question/1" of the
 * bytes of the submessage that the answer depends on.  q->question_id is not
 * read.
 *
 * E_RANGE (query_check), E_NOMEM
 */
enum err codec_query_write(uint8_t **out, size_t *len, const struct query *q,
    uint8_t question_id[QUERY_ID]) MUST_USE;

/*
 * codec_query_read: checked by query_check; question_id is set.
 *
 * E_FORMAT	not canonical, unknown fields, bad strings.
 * E_RANGE, E_LIMIT, E_NOMEM
 */
enum err codec_query_read(
    struct query *out, const uint8_t *buf, size_t len) MUST_USE;

/* codec_answer_size: the length of the bytes of an answer of n cells: depends
 * on n alone; at most 8 n + 400. */
size_t codec_answer_size(uint32_t n_cells);

/* codec_answer_write: E_NOMEM, E_RANGE. */
enum err codec_answer_write(
    uint8_t **out, size_t *len, const struct answer *a) MUST_USE;

/*
 * codec_answer_read: out->cells is the caller's to free; no more memory is
 * taken than the cells that are there need.
 *
 * E_SHORT, E_TRAILING	less or more bytes than the length of the cells says.
 * E_FORMAT	not canonical.
 * E_RANGE	no cells, or no party's name.
 * E_LIMIT	more than QUERY_ANSWER_MAX.
 * E_NOMEM
 */
enum err codec_answer_read(
    struct answer *out, const uint8_t *buf, size_t len) MUST_USE;

#endif
