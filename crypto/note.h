/*
 * crypto/note.h -- signed notes: a text, a blank line, signature lines.
 *
 * Source: C2SP signed-note.  A signature line is
 *
 *	U+2014 SPACE name SPACE base64(key id[4] || signature[64]) NEWLINE
 *
 * with key id = the first 4 bytes of SHA-256(name || 0x0a || 0x01 || public)
 * and an Ed25519 signature over the text, its last newline included and the
 * blank line not.  Lines of other kinds or lengths are allowed and count for
 * nothing.
 */
#ifndef CRYPTO_NOTE_H
#define CRYPTO_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/sign.h"

#define NOTE_MAX (1024 * 1024) /* bytes of a whole note */
#define NOTE_SIGNATURES 16
#define NOTE_NAME_MAX 64 /* bytes: UTF-8 without space, '+' and controls */
#define NOTE_KEY_ID 4

struct note_signature {
	const char *name; /* a view into the note, not terminated */
	size_t name_len;
	bool ed25519; /* of the length of ours: the next two are set */
	uint8_t key_id[NOTE_KEY_ID];
	uint8_t sig[SIGN_BYTES];
};

struct note {
	const char *text; /* a view: ends with a newline, not terminated */
	size_t len;
	size_t n; /* 1 ... NOTE_SIGNATURES */
	struct note_signature signatures[NOTE_SIGNATURES];
};

/*
 * note_parse: the parts of buf[0, len), which must outlive out.  Nothing is
 * verified.
 *
 * E_LIMIT	longer than NOTE_MAX, or more than NOTE_SIGNATURES lines.
 * E_FORMAT	not a note: no text, no blank line, no signature, a bad line,
 *		a control byte other than newline, or not UTF-8.
 */
enum err note_parse(struct note *out, const char *buf, size_t len) MUST_USE;

/* note_signed_by: does a line of that name hold a good signature by public? */
bool note_signed_by(const struct note *note, const char *name,
    const uint8_t public[SIGN_PUBLIC]) MUST_USE;

/*
 * note_make: the text as a note with one signature; *out is the caller's, to
 * be freed, *len bytes and a NUL after them.
 *
 * E_ARG	name is none that a line can hold.
 * E_FORMAT	text is none that a note can hold: it must be UTF-8, not empty,
 *		end with a newline and hold no other control byte.
 * E_LIMIT	the note would be longer than NOTE_MAX.
 * E_NOMEM	out of memory.
 */
enum err note_make(char **out, size_t *len, const char *text, size_t text_len,
    const char *name, const struct sign_key *key) MUST_USE;

/*
 * note_append: the note buf[0, buf_len) with one more signature, as note_make
 * gives it.
 *
 * E_EXISTS	it holds a good signature of that name and key already.
 * E_LIMIT	it holds NOTE_SIGNATURES, or would be too long.
 * and those of note_parse and note_make.
 */
enum err note_append(char **out, size_t *len, const char *buf, size_t buf_len,
    const char *name, const struct sign_key *key) MUST_USE;

#endif
