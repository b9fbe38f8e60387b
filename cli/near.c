#include "cli/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define LONGEST 64

static bool
letters_same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t
least(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Insertions, deletions and replacements that make b of a; both are at most
 * LONGEST long. */
static size_t
distance(const char *a, const char *b)
{
	size_t len = strlen(b), row[LONGEST + 1];

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != 0; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t same = letters_same(a[i - 1], b[j - 1]) ? 0 : 1;
			size_t next =
			    least(row[j] + 1, row[j - 1] + 1, corner + same);

			corner = row[j];
			row[j] = next;
		}
	}
	return row[len];
}

const char *
near_word(const char *word, const char *const *words, size_t n)
{
	const char *found = NULL;
	size_t best = LONGEST;

	if (strlen(word) > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t d;

		if (strlen(words[i]) > LONGEST)
			continue;
		d = distance(word, words[i]);
		if (d < best && d <= 1 + strlen(words[i]) / 3) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
