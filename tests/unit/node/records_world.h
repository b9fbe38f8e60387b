/*
 * tests/unit/node/records_world.h -- a store of records, either one, for its
 * tests: made anew for each case, with a small lookup of areas and rules.
 */
#ifndef RECORDS_WORLD_H
#define RECORDS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/area.h"
#include "model/query.h"
#include "model/theme.h"
#include "node/keys.h"
#include "node/records.h"
#include "records_model.h"

#define NOW UINT64_C(1700000000)
#define MONTH 612 /* 2021-01 */

extern const char *server; /* folder of PostgreSQL, or NULL: SQLite */
extern char to_load[RECORDS_WHERE], to_count[RECORDS_WHERE];
extern struct keys keys;
extern struct areas *areas;
extern struct themes *rules;
extern struct records *store; /* RECORDS_LOAD */

#define WORLD_THEMES 5
extern const uint8_t all_themes[WORLD_THEMES];
#define WORLD_AREAS 17
extern const char *const area_words[WORLD_AREAS]; /* of every level, and none */

/* world_main: main of a test on the store that argv names: cases() for each. */
int world_main(int argc, char **argv, int (*cases)(void));

/* new_store, drop_store: of a case. */
int new_store(void **state);
int drop_store(void **state);
#define CASE(f) cmocka_unit_test_setup_teardown(f, new_store, drop_store)

/* Record n: a theft at a point in Ash 001A, by nobody; of_person: by somebody.
 */
struct incident record(uint32_t n);
struct incident of_person(struct incident i, uint8_t person);

/* at: the second that batch n is loaded; say_time: *(uint64_t *)ctx. */
uint64_t at(unsigned batch);
enum err say_time(void *ctx, uint64_t *utc_s);

/* begin: a batch with number's digest.  load_at: a whole batch.  load:
 * likewise, of n records, loaded at at(number). */
enum err begin(struct records *r, enum records_act act, unsigned number,
    uint64_t *loaded_at);
struct records_change load_at(
    uint64_t utc_s, unsigned number, const struct model_batch *b);
struct records_change load(enum records_act act, unsigned number,
    const struct incident *puts, size_t n);

void expect(struct records_change got, struct records_change want);
#define EXPECT(got, ...) expect(got, (struct records_change){ __VA_ARGS__ })

/* look: records as of then, by model_sort; all is to be freed.  That they came
 * month by month, and the persons of each in the order of bounding, is held.
 * number: how many. */
struct seen {
	struct incident *all;
	size_t n, room;
};
struct seen look(uint16_t first, uint16_t n, uint64_t as_of_s);
size_t number(uint16_t first, uint16_t n, uint64_t as_of_s);

/* question: all themes and months of a year, by square kilometre.  counted: the
 * total of its cells, but for those of "not placed", or of those alone. */
struct question question(void);
uint64_t counted(const struct question *q, uint64_t as_of_s, bool placed);

#endif
