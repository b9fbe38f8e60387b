#include "client/reader.h"

#include <string.h>

#include "base/num.h"
#include "cli/near.h"
#include "model/query.h"

void
reader_missing(struct doc *doc, int map, const char *key, const char *example)
{
	doc_complain(
	    doc, map, "\"%s\" is missing; write e.g.  %s", key, example);
}

const char *
reader_words(struct doc *doc, const char *key, const char *example)
{
	int at = doc_get(doc, doc_root(doc), key);
	const char *text = doc_text(doc, at);

	if (at == 0) {
		reader_missing(doc, doc_root(doc), key, example);
		return "";
	}
	if (text == NULL || text[0] == 0) {
		doc_complain(doc, at, "%s must be some words", key);
		return "";
	}
	if (strlen(text) >= QUERY_TITLE) {
		doc_complain(doc, at,
		    "%s has %zu bytes; at most %d are allowed", key,
		    strlen(text), QUERY_TITLE - 1);
		return "";
	}
	for (const char *p = text; *p != 0; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f) {
			doc_complain(
			    doc, at, "%s must be one line of text", key);
			return "";
		}
	return text;
}

uint32_t
reader_number(struct doc *doc, int map, const char *key, uint32_t least,
    uint32_t most, uint32_t fallback)
{
	int at = doc_get(doc, map, key);
	const char *text = doc_text(doc, at);
	uint64_t v;

	if (at == 0)
		return fallback;
	if (text == NULL || num_parse(&v, text, strlen(text), most) != E_OK ||
	    v < least) {
		doc_complain(doc, at, "%s must be a whole number from %u to %u",
		    key, (unsigned)least, (unsigned)most);
		return least;
	}
	return (uint32_t)v;
}

uint64_t
reader_decimal(struct doc *doc, int at, const char *what, unsigned places)
{
	const char *text = doc_text(doc, at);
	int64_t v;

	if (text != NULL &&
	    num_parse_fixed(&v, text, strlen(text), places) == E_OK && v > 0)
		return (uint64_t)v;
	doc_complain(doc, at,
	    "%s must be a decimal number above 0 with at most %u digits after "
	    "the point",
	    what, places);
	return 0;
}

size_t
reader_choice(struct doc *doc, int map, const char *key,
    const char *const *words, size_t n, size_t fallback)
{
	int at = doc_get(doc, map, key);
	const char *text = doc_text(doc, at);

	if (at == 0)
		return fallback;
	for (size_t i = 0; i < n && text != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	reader_unknown(doc, at, key, words, n);
	return fallback;
}

bool
reader_flag(struct doc *doc, int map, const char *key)
{
	static const char *const words[] = { "false", "true" };

	return reader_choice(doc, map, key, words, 2, 0) == 1;
}

void
reader_unknown(struct doc *doc, int at, const char *what,
    const char *const *words, size_t n)
{
	const char *text = doc_text(doc, at), *meant;
	char list[300] = "";

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strncat(list, ", ", sizeof(list) - strlen(list) - 1);
		strncat(list, words[i], sizeof(list) - strlen(list) - 1);
	}
	meant = text == NULL ? NULL : near_word(text, words, n);
	if (meant != NULL)
		doc_complain(doc, at,
		    "%s \"%.40s\" does not exist; did you mean \"%s\"?", what,
		    text, meant);
	else
		doc_complain(doc, at, "%s must be of: %s", what, list);
}

uint16_t
reader_names(struct reader_name *names, size_t most, struct doc *doc, int list,
    const char *what)
{
	size_t n = doc_count(doc, list);
	const char *only = n == 1 ? doc_text(doc, doc_item(doc, list, 0)) : "";

	if (only != NULL && strcmp(only, "all") == 0)
		return 0;
	if (list != 0 && (n == 0 || n > most)) {
		doc_complain(doc, list,
		    "%s must be a list of 1 to %zu names, or all", what, most);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		names[i].at = doc_item(doc, list, i);
		names[i].text = doc_text(doc, names[i].at);
		if (names[i].text == NULL) {
			doc_complain(
			    doc, names[i].at, "%s: a name is expected", what);
			names[i].text = "";
		}
	}
	return (uint16_t)n;
}
