#include "fuzz/rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: csv_next returns, lines never go back, and every field is text
 * inside the row's bound. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct rows_bytes b = { buf, len };
	struct csv_source s = { rows_read, &b };
	struct csv_row row = { 0 };
	uint64_t line = 0;
	struct csv *c;

	if (csv_new(&c, &s, len % 2 == 0) != E_OK)
		abort();
	while (csv_next(c, &row) == E_OK && row.n > 0) {
		size_t bytes = 0;

		for (size_t i = 0; i < row.n && i < CSV_FIELDS; i++)
			bytes += strlen(row.fields[i]) + 1;
		if (row.line <= line || bytes > CSV_ROW || bytes > len + 1)
			abort();
		line = row.line;
	}
	csv_free(c);
	return 0;
}
