/*
 * tests/unit/node/loaders_test.h -- rows through a loader, one at a time.
 */
#ifndef TESTS_UNIT_NODE_LOADERS_TEST_H
#define TESTS_UNIT_NODE_LOADERS_TEST_H

#include "fuzz/rows.h"

struct mapped { /* what came of a row */
	enum report_reason why;
	struct loader_record rec;
	struct report report;
};

/* mapped_rows: the first row after the header of a text, by a loader; E_FORMAT:
 * the header is refused. */
static inline enum err
mapped_row(struct mapped *m, const struct loader *l, const char *header,
    const char *row_text, const struct loader_world *world)
{
	char text[8192];
	int n = snprintf(text, sizeof(text), "%s\n%s\n", header, row_text);
	struct rows_bytes b = { (const uint8_t *)text, (size_t)n };
	struct csv_source s = { rows_read, &b };
	struct loader_columns columns;
	struct csv_row row;
	struct csv *c;
	enum err e;

	report_start(&m->report, l->name, "test");
	if (csv_new(&c, &s, l->one_line) != E_OK || csv_next(c, &row) != E_OK)
		abort();
	e = l->header(l, &columns, &row, &m->report);
	if (e == E_OK && csv_next(c, &row) != E_OK)
		abort();
	memset(&m->rec, 0, sizeof(m->rec));
	if (e == E_OK)
		m->why = row.n == columns.n ? l->map(l, &m->rec, &columns, &row,
						  world, &m->report)
					    : REPORT_FIELDS;
	csv_free(c);
	return e;
}

#endif
