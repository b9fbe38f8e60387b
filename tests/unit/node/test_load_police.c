/* Promises of node/load_police: what becomes of a published row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/query.h"
#include "tests/unit/node/loading.h"

/* Figures of tests/count_street.py for the same file. */
static void
test_real_rows_are_mapped(void **state)
{
	static struct list l;
	struct report r;
	unsigned asb = 0, violence = 0, point = 0;

	(void)state;
	assert_int_equal(load_path(SAMPLE, &r), E_OK);
	assert_int_equal(r.read, 259);
	assert_int_equal(r.change.added, 259);
	assert_int_equal(r.dropped, 0);
	assert_int_equal(r.placed, 161);
	assert_int_equal(r.reasons[REPORT_NO_POINT].n, 19);
	assert_int_equal(r.reasons[REPORT_OUTSIDE].n, 74);
	assert_int_equal(r.reasons[REPORT_NO_AREA].n, 98);
	assert_int_equal(r.reasons[REPORT_REPEATED].n, 8);
	assert_int_equal(r.reasons[REPORT_NO_POINT].lines[0], 122);
	read_all(&l);
	assert_int_equal(l.n, 259);
	for (size_t i = 0; i < l.n; i++) {
		asb += l.i[i].kind.source == SOURCE_POLICE_ASB;
		violence += themes(&l.i[i]) == UINT32_C(1) << THEME_VIOLENCE;
		point += l.i[i].has_point;
		assert_false(l.i[i].has_person);
	}
	assert_int_equal(asb, 100);
	assert_int_equal(violence, 69);
	assert_int_equal(point, 166);
}

/* A row of Bridgend: its point by OSTN15, its area as published. */
static void
test_one_row_in_full(void **state)
{
	static struct list l;
	struct report r;

	(void)state;
	assert_int_equal(load_text(HEADER GOOD("a"), &r), E_OK);
	read_all(&l);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.i[0].month, 612);
	assert_int_equal(l.i[0].kind.source, SOURCE_POLICE_CRIME);
	assert_int_equal(themes(&l.i[0]), UINT32_C(1) << THEME_ROBBERY);
	assert_string_equal(l.i[0].area, "W01000991");
	assert_int_equal(l.i[0].east, 285294);
	assert_int_equal(l.i[0].north, 194182);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_real_rows_are_mapped),
		TEST(test_one_row_in_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
