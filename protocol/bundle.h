/*
 * protocol/bundle.h -- a query and its approvals: envelope after envelope.
 *
 * The file NAME.wq, and the body of FRAME_ASK.
 */
#ifndef PROTOCOL_BUNDLE_H
#define PROTOCOL_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/envelope.h"

#define BUNDLE_MAX (256u * 1024)
#define BUNDLE_APPROVALS 16

struct bundle {               /* views into the buffer that was parsed */
	uint8_t id[QUERY_ID]; /* of the query, from its bytes */
	struct envelope query;
	size_t n;
	struct envelope approvals[BUNDLE_APPROVALS];
};

/* bundle_query_id: crypto/hash "ward/query/1" of a query's bytes. */
void bundle_query_id(uint8_t id[QUERY_ID], const uint8_t *bytes, size_t len);

/*
 * bundle_parse: nothing is verified but the form: one QUERY, then APPROVALs.
 * The ids in the headers are NOT compared: that a query was altered is for its
 * signature to find, and an approval of other bytes just does not count.
 *
 * E_LIMIT	longer than BUNDLE_MAX, or more than BUNDLE_APPROVALS.
 * E_SHORT, E_FORMAT
 */
enum err bundle_parse(
    struct bundle *out, const uint8_t *buf, size_t len) MUST_USE;

struct approval {                       /* the bytes of an APPROVAL envelope:
					 * u8 decision | be64 | be64 | u8 len | reason[len] */
	bool veto;                      /* decision 2; approve is 1 */
	uint64_t not_before, not_after; /* UTC seconds */
	char reason[201];               /* UTF-8, no controls, with NUL */
};

/* approval_parse: E_SHORT, E_TRAILING, E_FORMAT.  approval_write: into
 * buf[APPROVAL_MAX]; the length; controls in the reason become '?'. */
#define APPROVAL_MAX (1 + 8 + 8 + 1 + 200)
enum err approval_parse(
    struct approval *out, const uint8_t *buf, size_t len) MUST_USE;
size_t approval_write(uint8_t buf[APPROVAL_MAX], const struct approval *a);

struct refused {          /* the bytes of a REFUSAL envelope:
			   * be16 code | u8 len | reason[len] */
	uint16_t code;    /* enum refusal */
	char reason[201]; /* more than the code's sentence, or "" */
};

/* refused_parse, refused_write: as approval_parse and approval_write. */
#define REFUSED_MAX (2 + 1 + 200)
enum err refused_parse(
    struct refused *out, const uint8_t *buf, size_t len) MUST_USE;
size_t refused_write(uint8_t buf[REFUSED_MAX], const struct refused *r);

#endif
