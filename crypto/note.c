#include "crypto/note.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/hash.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a space */
#define DASH_LEN 4
#define BLOB_MAX 256 /* bytes of a signature of another kind */
#define ED25519 0x01

/* How many bytes the UTF-8 sequence at p[0, n), n > 0, has; 0: none. */
static size_t
utf8_step(const uint8_t *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = p[0] < 0x80             ? 1
		     : (p[0] & 0xe0) == 0xc0 ? 2
		     : (p[0] & 0xf0) == 0xe0 ? 3
		     : (p[0] & 0xf8) == 0xf0 ? 4
					     : 0;
	uint32_t v = p[0] & (len == 1 ? 0x7fu : 0x7fu >> len);

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3fu);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	return len;
}

/* UTF-8 without a control byte other than newline? */
static bool
text_good(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t step;

	for (size_t i = 0; i < len; i += step) {
		if (p[i] < 0x20 && p[i] != '\n')
			return false;
		if ((step = utf8_step(p + i, len - i)) == 0)
			return false;
	}
	return true;
}

static bool
name_good(const char *name, size_t len)
{
	return len >= 1 && len <= NOTE_NAME_MAX && text_good(name, len) &&
	       memchr(name, ' ', len) == NULL &&
	       memchr(name, '+', len) == NULL &&
	       memchr(name, '\n', len) == NULL;
}

/* The id of the key public under name. */
static void
key_id(uint8_t out[NOTE_KEY_ID], const char *name, size_t name_len,
    const uint8_t public[SIGN_PUBLIC])
{
	uint8_t in[NOTE_NAME_MAX + 2 + SIGN_PUBLIC];
	uint8_t hash[32];

	memcpy(in, name, name_len);
	in[name_len] = '\n';
	in[name_len + 1] = ED25519;
	memcpy(in + name_len + 2, public, SIGN_PUBLIC);
	hash_sha256(hash, in, name_len + 2 + SIGN_PUBLIC);
	memcpy(out, hash, NOTE_KEY_ID);
}

/* One signature line[0, len), without its newline. */
static enum err
line_parse(struct note_signature *out, const char *line, size_t len)
{
	struct note_signature s = { .name = line + DASH_LEN };
	uint8_t blob[BLOB_MAX];
	const char *space;
	size_t got;

	if (len < DASH_LEN || memcmp(line, DASH, DASH_LEN) != 0)
		return E_FORMAT;
	len -= DASH_LEN;
	if ((space = memchr(s.name, ' ', len)) == NULL)
		return E_FORMAT;
	s.name_len = (size_t)(space - s.name);
	if (!name_good(s.name, s.name_len) ||
	    base64_bytes(blob, sizeof(blob), &got, space + 1,
		len - s.name_len - 1) != E_OK ||
	    got <= NOTE_KEY_ID)
		return E_FORMAT;
	if (got == NOTE_KEY_ID + SIGN_BYTES) {
		s.ed25519 = true;
		memcpy(s.key_id, blob, NOTE_KEY_ID);
		memcpy(s.sig, blob + NOTE_KEY_ID, SIGN_BYTES);
	}
	*out = s;
	return E_OK;
}

/* Where the last blank line of buf[0, len) is: the offset of the newline that
 * ends the text; len when there is none. */
static size_t
split(const char *buf, size_t len)
{
	for (size_t i = len; i >= 2; i--)
		if (buf[i - 2] == '\n' && buf[i - 1] == '\n')
			return i - 2;
	return len;
}

/* The signature lines p[0, len), each ended by a newline. */
static enum err
lines_parse(struct note *note, const char *p, size_t len)
{
	const char *end;
	size_t line;
	enum err e;

	while (len > 0) {
		if ((end = memchr(p, '\n', len)) == NULL)
			return E_FORMAT;
		if (note->n == NOTE_SIGNATURES)
			return E_LIMIT;
		line = (size_t)(end - p);
		e = line_parse(&note->signatures[note->n], p, line);
		if (e != E_OK)
			return e;
		note->n++;
		p = end + 1;
		len -= line + 1;
	}
	return note->n > 0 ? E_OK : E_FORMAT;
}

enum err
note_parse(struct note *out, const char *buf, size_t len)
{
	struct note note = { .text = buf };
	size_t at;
	enum err e;

	if (len > NOTE_MAX)
		return E_LIMIT;
	if (!text_good(buf, len) || (at = split(buf, len)) == len || at == 0)
		return E_FORMAT;
	note.len = at + 1;
	if ((e = lines_parse(&note, buf + at + 2, len - at - 2)) != E_OK)
		return e;
	*out = note;
	return E_OK;
}

bool
note_signed_by(const struct note *note, const char *name,
    const uint8_t public[SIGN_PUBLIC])
{
	size_t name_len = strlen(name);
	const struct note_signature *s;
	uint8_t id[NOTE_KEY_ID];

	if (!name_good(name, name_len))
		return false;
	key_id(id, name, name_len, public);
	for (size_t i = 0; i < note->n; i++) {
		s = &note->signatures[i];
		if (s->ed25519 && s->name_len == name_len &&
		    memcmp(s->name, name, name_len) == 0 &&
		    memcmp(s->key_id, id, NOTE_KEY_ID) == 0 &&
		    sign_raw_good(s->sig, public, note->text, note->len))
			return true;
	}
	return false;
}

/* head[0, head_len), a newline if blank, and a line that signs the text. */
static enum err
with_line(char **out, size_t *len, const char *head, size_t head_len,
    bool blank, size_t text_len, const char *name, const struct sign_key *key)
{
	uint8_t blob[NOTE_KEY_ID + SIGN_BYTES];
	char base64[BASE64_LEN(sizeof(blob))];
	size_t name_len = strlen(name);
	size_t whole = head_len + (blank ? 1 : 0) + DASH_LEN + name_len + 1 +
		       sizeof(base64) - 1 + 1;
	char *note;
	char *p;

	if (whole > NOTE_MAX)
		return E_LIMIT;
	if ((note = malloc(whole + 1)) == NULL)
		return E_NOMEM;
	key_id(blob, name, name_len, key->public);
	sign_raw(blob + NOTE_KEY_ID, key, head, text_len);
	base64_text(base64, blob, sizeof(blob));
	p = mempcpy(note, head, head_len);
	p = mempcpy(p, "\n", blank ? 1 : 0);
	p = mempcpy(p, DASH, DASH_LEN);
	p = mempcpy(p, name, name_len);
	p = stpcpy(stpcpy(p, " "), base64);
	strcpy(p, "\n");
	*out = note;
	*len = whole;
	return E_OK;
}

enum err
note_make(char **out, size_t *len, const char *text, size_t text_len,
    const char *name, const struct sign_key *key)
{
	if (!name_good(name, strlen(name)))
		return E_ARG;
	if (text_len > NOTE_MAX)
		return E_LIMIT;
	if (text_len < 2 || text[text_len - 1] != '\n' ||
	    !text_good(text, text_len))
		return E_FORMAT;
	return with_line(out, len, text, text_len, true, text_len, name, key);
}

enum err
note_append(char **out, size_t *len, const char *buf, size_t buf_len,
    const char *name, const struct sign_key *key)
{
	struct note note;
	enum err e;

	if (!name_good(name, strlen(name)))
		return E_ARG;
	if ((e = note_parse(&note, buf, buf_len)) != E_OK)
		return e;
	if (note_signed_by(&note, name, key->public))
		return E_EXISTS;
	if (note.n == NOTE_SIGNATURES)
		return E_LIMIT;
	return with_line(out, len, buf, buf_len, false, note.len, name, key);
}
