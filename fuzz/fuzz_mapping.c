/* Any bytes: mapping_read must return, with a reason if it refuses; what it
 * takes is a loader that maps a header of its own names, and any row. */
#include "fuzz/rows.h"
#include "node/columns.h"
#include "node/mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* A header of the first names of all columns, and the rest as rows. */
static void
load(const struct mapping *m, const uint8_t *rows, size_t n_rows)
{
	const struct loader *l = mapping_loader(m);
	const struct columns *c = l->own;
	char text[16384];
	size_t n = 0;

	for (unsigned k = 0; k < COLUMNS_MEANINGS; k++)
		if (c->column[k].names != NULL)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s%.*s", n == 0 ? "" : ",",
			    (int)strcspn(c->column[k].names, "|"),
			    c->column[k].names);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
	if (n_rows > sizeof(text) - n)
		n_rows = sizeof(text) - n;
	if (n_rows > 0)
		memcpy(text + n, rows, n_rows);
	rows_load(l, (const uint8_t *)text, n + n_rows);
}

/* A mapping, and after a NUL rows. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	const uint8_t *end = len > 0 ? memchr(buf, 0, len) : NULL;
	size_t n = end == NULL ? len : (size_t)(end - buf);
	struct fault fault = { "" };
	struct mapping *m = NULL;
	enum err e = mapping_read(&m, (const char *)buf, n, "m", &fault);

	if ((e == E_OK) != (m != NULL) ||
	    (e != E_OK && e != E_NOMEM && fault.text[0] == '\0'))
		abort();
	if (m != NULL)
		load(m, buf + n + (n < len), len - n - (n < len));
	mapping_free(m);
	return 0;
}
