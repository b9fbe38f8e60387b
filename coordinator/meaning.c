#include "coordinator/meaning.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coordinator/files.h"

struct meaning {
	struct themes *rules;
	uint8_t hash[HASH_BYTES];
};

/* The file into *m; what is wrong with it is E_FORMAT. */
static enum err
load(struct meaning *m, int folder)
{
	char *text = NULL;
	size_t len, line;
	enum err e = files_read(&text, &len, folder, "rules/themes.csv");

	if (e != E_OK)
		return e == E_NOTFOUND ? E_IO : e;
	hash_bytes32(m->hash, text, len);
	e = themes_parse(&m->rules, text, len, &line);
	free(text);
	return e == E_OK || e == E_NOMEM ? e : E_FORMAT;
}

enum err
meaning_open(struct meaning **out, const char *data)
{
	struct meaning *m = calloc(1, sizeof(*m));
	int folder = -1;
	enum err e;

	if (m == NULL)
		return E_NOMEM;
	if ((e = files_folder(&folder, data)) == E_OK &&
	    (e = load(m, folder)) == E_OK) {
		*out = m;
		m = NULL;
	}
	if (folder != -1)
		close(folder);
	meaning_free(m);
	return e;
}

void
meaning_free(struct meaning *m)
{
	if (m == NULL)
		return;
	themes_free(m->rules);
	free(m);
}

const struct themes *
meaning_of(const struct meaning *m, const uint8_t hash[HASH_BYTES])
{
	return memcmp(m->hash, hash, HASH_BYTES) == 0 ? m->rules : NULL;
}
