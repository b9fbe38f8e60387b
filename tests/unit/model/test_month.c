/* Promises of model/month and model/party. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/month.h"
#include "model/party.h"

static void
test_every_month_and_day_is_counted_once(void **state)
{
	uint64_t next = 0;

	(void)state;
	for (uint16_t m = 0; m <= MONTH_MAX; m++) {
		char text[MONTH_TEXT];
		uint16_t back;
		uint64_t days;

		assert_true(month_start(m) == next);
		assert_int_equal(month_of(next), m);
		if (m > 0)
			assert_int_equal(month_of(next - 1), m - 1);
		month_text(text, m);
		assert_int_equal(month_parse(&back, text, 7), E_OK);
		assert_int_equal(back, m);
		for (days = 28; days <= 31; days++)
			if (m < MONTH_MAX && month_start((uint16_t)(m + 1)) ==
						 next + days * 86400)
				break;
		assert_true(m == MONTH_MAX || days <= 31);
		next += days * 86400;
	}
}

static void
test_times_have_one_form(void **state)
{
	static const struct {
		const char *in;
		enum err want;
		uint64_t out;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", E_OK, 0 },
		{ "2000-02-29", E_OK, 951782400 },
		{ "2021-12-31T23:59:59Z", E_OK, 1640995199 },
		{ "2038-01-19T03:14:08Z", E_OK, UINT64_C(2147483648) },
		{ "2100-03-01", E_OK, UINT64_C(4107542400) },
		{ "2100-02-29", E_RANGE, 77 },
		{ "2021-02-29", E_RANGE, 77 },
		{ "2021-04-31", E_RANGE, 77 },
		{ "2021-00-01", E_RANGE, 77 },
		{ "2021-01-00", E_RANGE, 77 },
		{ "2021-01-01T24:00:00Z", E_RANGE, 77 },
		{ "2021-01-01T23:60:00Z", E_RANGE, 77 },
		{ "2021-01-01 23:00:00Z", E_FORMAT, 77 },
		{ "2021-01-01T23:00:00+", E_FORMAT, 77 },
		{ "2021-1-01", E_FORMAT, 77 },
		{ "1969-12-31", E_RANGE, 77 },
		{ "2170-01-01", E_RANGE, 77 },
		{ "", E_FORMAT, 77 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t out = 77;
		char text[TIME_TEXT];

		assert_int_equal(
		    time_parse(&out, cases[i].in, strlen(cases[i].in)),
		    cases[i].want);
		assert_true(out == cases[i].out);
		if (cases[i].want != E_OK)
			continue;
		time_text(text, out);
		assert_memory_equal(
		    text, cases[i].in, strlen(cases[i].in) == 10 ? 10 : 20);
	}
}

static void
test_party_names_are_plain_and_padded(void **state)
{
	static const char *const bad[] = { "", "-a", "A", "a_b", "a b", "a.b",
		"a\n", "abcdefghijabcdefghijabcdefghijab" };
	struct party_id id, dirty;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    party_id_parse(&id, bad[i], strlen(bad[i])), E_FORMAT);
	assert_int_equal(party_id_parse(&id, "south-wales", 11), E_OK);
	assert_true(party_id_good(&id));
	dirty = id;
	dirty.s[PARTY_ID - 2] = 'x';
	assert_false(party_id_good(&dirty));
	assert_false(party_id_same(&id, &dirty));
	memset(dirty.s, 'a', PARTY_ID);
	assert_false(party_id_good(&dirty));
}

static void
test_roles_and_sectors_have_words(void **state)
{
	enum sector sector;
	unsigned role;

	(void)state;
	for (unsigned bit = ROLE_NODE; bit <= ROLE_COORDINATOR; bit <<= 1) {
		assert_int_equal(role_parse(&role, role_text(bit)), E_OK);
		assert_int_equal(role, bit);
	}
	assert_int_equal(role_parse(&role, "admin"), E_NOTFOUND);
	assert_string_equal(role_text(3), "?");
	assert_int_equal(sector_parse(&sector, "nhs"), E_OK);
	assert_int_equal(sector, SECTOR_NHS);
	assert_int_equal(sector_parse(&sector, "army"), E_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_month_and_day_is_counted_once),
		cmocka_unit_test(test_times_have_one_form),
		cmocka_unit_test(test_party_names_are_plain_and_padded),
		cmocka_unit_test(test_roles_and_sectors_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
