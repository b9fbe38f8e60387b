#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/progress.h"

static void
test_bar_by_share(void **state)
{
	static const struct {
		uint64_t done, total;
		const char *per_cent;
		unsigned full;
	} cases[] = {
		{ 0, 10, "  0 %", 0 },
		{ 5, 10, " 50 %", 20 },
		{ 10, 10, "100 %", 40 },
		{ 11, 10, "100 %", 40 },
		{ 0, 0, "100 %", 40 },
		{ UINT64_MAX - 1, UINT64_MAX, "100 %", 40 },
	};
	char line[80];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned full = 0;

		progress_line(line, "reading", cases[i].done, cases[i].total);
		for (const char *p = line; *p != '\0'; p++)
			full += *p == '#';
		assert_int_equal(full, cases[i].full);
		assert_string_equal(line + strlen(line) - 5, cases[i].per_cent);
	}
	progress_line(
	    line, "a name that is longer than any line can hold", 0, 1);
	assert_true(strlen(line) < 80);
}

/* Into a file or a pipe nothing is drawn. */
static void
test_quiet_when_nobody_watches(void **state)
{
	struct progress p;
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	progress_init(&p, f);
	progress_start(&p, "reading", 10);
	progress_at(&p, 5);
	progress_end(&p);
	assert_int_equal(ftell(f), 0);
	fclose(f);
}

/* On a terminal it is drawn once per cent, and taken away. */
static void
test_drawn_on_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct progress p;
	char got[8192];
	size_t n = 0;
	FILE *f;

	(void)state;
	assert_true(
	    master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	f = fopen(ptsname(master), "w");
	assert_non_null(f);
	progress_init(&p, f);
	progress_start(&p, "reading", 100000);
	for (uint64_t i = 0; i < 2000; i++)
		progress_at(&p, i);
	progress_end(&p);
	do { /* until the bar is taken away */
		ssize_t more = read(master, got + n, sizeof(got) - 1 - n);

		assert_true(more > 0);
		n += (size_t)more;
		got[n] = '\0';
	} while (strstr(got, "\r\033[K") == NULL);
	assert_true(n < 400);
	assert_non_null(strstr(got, "reading ["));
	assert_non_null(strstr(got, "  1 %"));
	assert_string_equal(got + n - 4, "\r\033[K");
	fclose(f);
	close(master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bar_by_share),
		cmocka_unit_test(test_quiet_when_nobody_watches),
		cmocka_unit_test(test_drawn_on_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
