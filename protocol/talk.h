/*
 * protocol/talk.h -- what the bodies of frames are, by kind.
 *
 * C = coordinator, N = node, W = `ward`.  id: the query's, where there is one.
 *
 *	HELLO    N,W->C  an envelope (protocol/hello)
 *	WELCOME  C->N,W  an envelope (protocol/hello)
 *	REJECT   C->N,W  u8 enum err, words
 *	ROSTER   C->N,W  the roster note, when the other's epoch is older
 *	ASK      C->N    a bundle
 *	TAKEN    N->C    empty: charged (or known), will come at send_at
 *	REFUSED  N->C    a REFUSAL envelope
 *	READY    N->C    be64 bytes of the ANSWER envelope, be32 1 MiB
 *	PULL     C->N    be32 chunk
 *	CHUNK    N->C    be32 chunk, bytes
 *	SUBMIT   W->C    u8 flags (TALK_NOW), a bundle
 *	STATUS   W->C    empty
 *	FETCH    W->C    u8 enum fetch, ASCII "theme=..&slice=..&source=.."
 *	REPLY    C->W    be32 part, be32 parts, bytes (JSON, CSV ...)
 *	FAIL     C->W    u8 enum err, words for people, UTF-8, <= 400 bytes
 *
 * SUBMIT of a query that is there already adds its approvals.  A reply to
 * SUBMIT and STATUS is JSON: {"id","title","state","at_once","send_at",
 * "close_at","approvals":[{"id","decision","reason"}],"nodes":[{"id","name",
 * "state","code","reason"}]}; times as "2021-01-31T23:59:59Z"; state: waiting,
 * open, released, not-released, expired, vetoed; of a node: pending (while
 * open), answered, refused, absent, late.
 */
#ifndef PROTOCOL_TALK_H
#define PROTOCOL_TALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* SUBMIT: ask the nodes now, whatever the approvals; the coordinator checks
 * nothing that nodes check, each node decides for itself. */
#define TALK_NOW 1u
#define TALK_FLAGS 1u
#define TALK_WORDS 400

enum fetch { FETCH_JSON = 0, FETCH_CSV = 1, FETCH_GEOJSON = 2 };
/* JSON: the description of the release, as /v1/releases/ID; CSV: all cells of
 * all sources, themes and slices; GEOJSON: one view, as cells.geojson. */

struct talk_part { /* the body of a REPLY */
	uint32_t part, parts;
	const uint8_t *bytes;
	size_t len;
};

/* talk_part_parse: part < parts, parts <= 256.  E_SHORT, E_FORMAT. */
enum err talk_part_parse(
    struct talk_part *out, const uint8_t *buf, size_t len) MUST_USE;

struct talk_words { /* the body of a FAIL or a REJECT */
	enum err err;
	char words[TALK_WORDS + 1];
};

/* talk_words_parse: controls become '?'.  E_SHORT, E_FORMAT, E_LIMIT. */
enum err talk_words_parse(
    struct talk_words *out, const uint8_t *buf, size_t len) MUST_USE;
/* talk_words_write: into buf[1 + TALK_WORDS]; the length; cut if longer. */
size_t talk_words_write(uint8_t *buf, enum err err, const char *words);

#endif
