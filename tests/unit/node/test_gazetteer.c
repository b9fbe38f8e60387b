#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/gazetteer.h"

static enum err
hand_out(void *ctx, void *buf, size_t cap, size_t *n)
{
	const char **p = ctx;

	*n = strlen(*p) < cap ? strlen(*p) : cap;
	memcpy(buf, *p, *n);
	*p += *n;
	return E_OK;
}

static enum err
read_text(struct gazetteer **g, const char *text, uint64_t *line)
{
	struct csv_source s = { hand_out, &text };

	return gazetteer_read(g, &s, line);
}

static const char places[] =
    "place,east,north,lsoa\n"
    "Queen Street,318500,176400,W01001842\n"
    "St Mary Street,318200,176200,W01001939\n"
    "\"Black Lion, Llandaff\",315500,177900,W01001800\n"
    "Black Lion,314000,170000,W01001700\n"
    "High Street,318300,176300,W01001939\n"
    "high st.,311500,168500,W01001200\n"
    "Saint David's Hall,318400,176350,W01001842\n"
    "Roath,,,W01001850\n"
    "Commercial Road,318900,175000,W01001943\n";

static const struct {
	const char *text;
	const char *area; /* NULL: not found */
	unsigned confidence;
} texts[] = {
	{ "Queen Street", "W01001842", 100 },
	{ "  QUEEN   st. ", "W01001842", 100 },
	{ "outside the Queen Street", "W01001842", 100 },
	{ "queen street, cardiff", "W01001842", 66 },
	{ "st. mary st", "W01001939", 100 },
	{ "saint marys street", NULL, 0 },
	{ "St Davids Hall", "W01001842", 100 },
	{ "St David\xe2\x80\x99s Hall", "W01001842", 100 },
	{ "Black Lion", "W01001700", 100 },
	{ "Black Lion Llandaff", "W01001800", 100 },
	{ "Black Lion Pub", "W01001700", 66 },
	/* two places that are named alike: which one is meant? */
	{ "Black Lion pub on Commercial Road", NULL, 0 },
	{ "High Street", NULL, 0 },
	{ "High Street, Cardiff", NULL, 0 },
	/* a word alone is too little inside a text */
	{ "Roath", "W01001850", 100 },
	{ "Roath Park", NULL, 0 },
	/* fewer than half of the words */
	{ "hit by a man we met walking home along queen street", NULL, 0 },
	{ "patient's home", NULL, 0 },
	{ "", NULL, 0 },
	{ "the", NULL, 0 },
	{ ",;:'", NULL, 0 },
};

static void
test_texts_find_their_place_or_none(void **state)
{
	struct gazetteer *g;
	struct gazetteer_place p;
	uint64_t line, names, unclear;

	(void)state;
	assert_int_equal(read_text(&g, places, &line), E_OK);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool found = gazetteer_find(g, &p, texts[i].text);

		if (found != (texts[i].area != NULL) ||
		    (found && (strcmp(p.area, texts[i].area) != 0 ||
				  p.confidence != texts[i].confidence)))
			fail_msg("\"%s\": %s %u", texts[i].text,
			    found ? p.area : "none", p.confidence);
	}
	assert_true(gazetteer_find(g, &p, "Roath"));
	assert_false(p.has_point);
	assert_true(gazetteer_find(g, &p, "Queen St"));
	assert_true(p.has_point);
	assert_int_equal(p.east, 318500);
	assert_int_equal(p.north, 176400);
	gazetteer_size(g, &names, &unclear);
	assert_int_equal(names, 8);
	assert_int_equal(unclear, 1);
	gazetteer_free(g);
}

/* A long text is looked up in bounded time and memory. */
static void
test_long_texts_are_not_found(void **state)
{
	char text[4 * GAZETTEER_TEXT];
	struct gazetteer *g;
	struct gazetteer_place p;
	uint64_t line;

	(void)state;
	assert_int_equal(read_text(&g, places, &line), E_OK);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(gazetteer_find(g, &p, text));
	for (size_t i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = ' ';
	memcpy(text, "b b", 3);
	for (size_t i = 0; i < sizeof(text) - 1; i += 2)
		text[i] = 'b';
	assert_false(gazetteer_find(g, &p, text));
	gazetteer_free(g);
}

static const struct {
	const char *what, *text;
	enum err want;
	unsigned line;
} faults[] = {
	{ "nothing", "", E_FORMAT, 1 },
	{ "another header", "name,east,north,lsoa\n", E_FORMAT, 1 },
	{ "a field less", "place,east,north,lsoa\nA B,1,2\n", E_FORMAT, 2 },
	{ "no place", "place,east,north,lsoa\nA B,,,\n", E_FORMAT, 2 },
	{ "no name", "place,east,north,lsoa\nthe,1,2,W01001842\n", E_FORMAT,
	    2 },
	{ "half a point", "place,east,north,lsoa\nAber,1,,W01001842\n", E_RANGE,
	    2 },
	{ "off the grid", "place,east,north,lsoa\nAber,700000,2,\n", E_RANGE,
	    2 },
	{ "degrees", "place,east,north,lsoa\nAber,-3.1,51.2,\n", E_RANGE, 2 },
	{ "no LSOA code", "place,east,north,lsoa\nAber,,,Cardiff\n", E_RANGE,
	    2 },
	{ "cut", "place,east,north,lsoa\nAber,1,2,\n\"B", E_SHORT, 3 },
};

static void
test_faults_are_named_by_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct gazetteer *g = NULL;
		uint64_t line = 0;
		enum err e = read_text(&g, faults[i].text, &line);

		if (e != faults[i].want || line != faults[i].line || g != NULL)
			fail_msg(
			    "%s: %d at %u", faults[i].what, e, (unsigned)line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_find_their_place_or_none),
		cmocka_unit_test(test_long_texts_are_not_found),
		cmocka_unit_test(test_faults_are_named_by_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
