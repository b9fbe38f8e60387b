/*
 * tests/unit/node/loading.h -- what the tests of `ward-node load` share: a
 * folder with a key, extracts written to it, and the records that came of them.
 */
#ifndef TESTS_LOADING_H
#define TESTS_LOADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/theme.h"
#include "node/load.h"

#define NOW 1700000000
#define SAMPLE WARD_DATA "/../tests/data/street-sample.csv"
#define HEADER                                                           \
	"Crime ID,Month,Reported by,Falls within,Longitude,Latitude,"    \
	"Location,LSOA code,LSOA name,Crime type,Last outcome category," \
	"Context\n"
#define ROW_OF(feed, id, month, lon, lat, lsoa, type)                        \
	id "," month "," feed "," feed "," lon "," lat ",On or near Y," lsoa \
	   ",Z 001A," type ",,\n"
#define ROW(id, month, lon, lat, lsoa, type) \
	ROW_OF("X Police", id, month, lon, lat, lsoa, type)
#define GOOD(id) \
	ROW(id, "2021-01", "-3.658828", "51.634723", "W01000991", "Robbery")

struct loading { /* the folder of the test under way */
	char dir[32];
	char db[64], key[64], extract[64], packed[64], places[64];
	/* When it is; usual_now after set_up. */
	enum err (*now)(void *ctx, uint64_t *utc_s);
	struct themes *rules; /* that are shipped */
};
extern struct loading loading;
extern char loading_data[32]; /* the folder of public files */

/* Before all tests: public files, of Wales and the areas of SAMPLE alone, which
 * are read sixty times; outlines only of W01000991 and W01001842. */
int loading_start(void **state);
int loading_stop(void **state);

int loading_set_up(void **state);
int loading_tear_down(void **state);

/* NOW, always. */
enum err loading_now(void *ctx, uint64_t *utc_s);

/* The records go, but not the key. */
void loading_forget(void);

void loading_write(const char *path, const void *p, size_t n);

/* One load of c, whose empty fields are filled in.  The report's files are
 * freed at once: names of files say nothing after it. */
enum err load_as(struct load_config c, struct report *r);
/* One file, "police"; bytes or a text as one. */
enum err load_path(const char *path, struct report *r);
enum err load_bytes(const void *p, size_t n, struct report *r);
enum err load_text(const char *text, struct report *r);

/* Records there are now. */
uint64_t held(void);

struct list {
	size_t n;
	struct incident i[400];
};
/* All records of 2021. */
void read_all(struct list *l);
/* The record of that month and area, with a point or without. */
const struct incident *by_month_and_area(
    const struct list *l, uint16_t month, const char *area, bool point);

uint32_t themes(const struct incident *i);

/* The report for people; and it says those words. */
char *text_of(const struct report *r);
void expect_text(const struct report *r, const char *words);

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, loading_set_up, loading_tear_down)

#endif
