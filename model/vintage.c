#include "model/vintage.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CODE 9             /* bytes of a code */
#define ROW (2 * CODE + 2) /* of a row: two codes, a comma, its end */
#define ROWS_MAX 65536
#define HEADER "code,lsoa11\n"

struct pair {
	char code[CODE + 1], lsoa11[CODE + 1];
};

struct vintage {
	size_t n;
	struct pair pairs[]; /* [n], strictly rising by code */
};

/* Is s[0, CODE) a letter and eight digits? */
static bool
code_good(const char *s)
{
	if (s[0] < 'A' || s[0] > 'Z')
		return false;
	for (size_t i = 1; i < CODE; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* The row s[0, ROW). */
static bool
parse_row(struct pair *out, const char *s)
{
	if (!code_good(s) || s[CODE] != ',' || !code_good(s + CODE + 1) ||
	    s[ROW - 1] != '\n')
		return false;
	memcpy(out->code, s, CODE);
	memcpy(out->lsoa11, s + CODE + 1, CODE);
	return true;
}

static int
pair_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct pair *)a)->code, ((const struct pair *)b)->code);
}

enum err
vintage_parse(struct vintage **out, const char *text, size_t len, size_t *line)
{
	const size_t head = strlen(HEADER);
	struct vintage *v;
	size_t rows;

	*line = 1;
	if (len < head || memcmp(text, HEADER, head) != 0)
		return E_FORMAT;
	rows = (len - head) / ROW;
	if (rows > ROWS_MAX)
		return E_LIMIT;
	if ((v = calloc(1, sizeof(*v) + rows * sizeof(v->pairs[0]))) == NULL)
		return E_NOMEM;
	for (; v->n < rows; v->n++) {
		struct pair *p = &v->pairs[v->n];

		if (!parse_row(p, text + head + v->n * ROW) ||
		    (v->n > 0 && pair_compare(p - 1, p) >= 0))
			break;
	}
	*line = v->n + 2;
	if (v->n < rows || head + rows * ROW != len) {
		vintage_free(v);
		return E_FORMAT;
	}
	*out = v;
	return E_OK;
}

void
vintage_free(struct vintage *v)
{
	free(v);
}

const char *
vintage_2011(const struct vintage *v, const char *lsoa21)
{
	struct pair key;
	const struct pair *hit;

	if (strlen(lsoa21) != CODE)
		return NULL;
	memcpy(key.code, lsoa21, CODE + 1);
	hit = bsearch(&key, v->pairs, v->n, sizeof(key), pair_compare);
	return hit == NULL ? NULL : hit->lsoa11;
}
