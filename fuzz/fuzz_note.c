#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: note_parse returns, and what it describes lies in the bytes in
 * order: text, blank line, names. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	const char *s = (const char *)buf;
	struct note note;

	if (note_parse(&note, s, len) != E_OK)
		return 0;
	if (note.text != s || note.len == 0 || note.len >= len ||
	    s[note.len - 1] != '\n' || s[note.len] != '\n' || note.n == 0 ||
	    note.n > NOTE_SIGNATURES)
		abort();
	for (size_t i = 0; i < note.n; i++) {
		const struct note_signature *g = &note.signatures[i];

		if (g->name <= s + note.len ||
		    g->name + g->name_len >= s + len || g->name_len == 0 ||
		    memchr(g->name, '\n', g->name_len) != NULL)
			abort();
	}
	return 0;
}
