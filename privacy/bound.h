/*
 * privacy/bound.h -- at most c records of one person in one month count.
 *
 * Source: privacy unit of docs/privacy.md.  Records come clustered: month by
 * month, within a month person by person, within a person in the order of a
 * keyed hash fixed when they were loaded.  So "the first c that match" is one
 * pass with one counter, and the same for every question.
 */
#ifndef PRIVACY_BOUND_H
#define PRIVACY_BOUND_H

#include <stdbool.h>
#include <stdint.h>

#define BOUND_KEY 16

struct bound { /* by bound_start; copy freely */
	uint32_t c, left;
	bool open; /* a keyed record has been seen */
	uint16_t month;
	uint8_t key[BOUND_KEY];
};

/* bound_start: c is 1 ... 65,535; anything else is a broken caller (assert). */
void bound_start(struct bound *b, uint32_t c);

/*
 * bound_keeps: does this record, which matches the question, count?  key NULL:
 * it names nobody and is its own unit: always true.  Keyed records must come
 * clustered as said above; a (month, key) that comes back after another one
 * would get a new allowance, so records in falling order are a broken caller
 * (assert).
 */
bool bound_keeps(struct bound *b, uint16_t month, const uint8_t *key);

#endif
