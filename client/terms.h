/*
 * client/terms.h -- the privacy of a query file: how much may be charged, or
 * how exact the numbers must be.
 *
 *	privacy: {rho: "0.02"}                    # Gaussian noise
 *	privacy: {epsilon: "0.5", pure: true}     # Laplace noise
 *	privacy: {sd: "5"}                        # or s2: the noise itself
 *	privacy:
 *	  accuracy: {plus_minus: 10, confidence: 0.95, level: lsoa11}
 *
 * The last is a contract: the least charge with which the sum of all nodes
 * asked is, at that chance, within plus_minus of the truth at that level.
 */
#ifndef CLIENT_TERMS_H
#define CLIENT_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/noise.h"
#include "client/doc.h"
#include "client/where.h"

enum terms_per {       /* what a number adds up over time */
	TERMS_TOTAL,   /* all months */
	TERMS_MONTH,   /* one month */
	TERMS_RUNNING, /* the first month to each */
};

struct terms {
	uint32_t noise; /* enum noise */
	/* Exactly one of the following three is not 0. */
	uint64_t nano;           /* wanted charge: nrho for Gauss, else neps */
	uint32_t s2_num, s2_den; /* variance in lowest terms */
	uint64_t plus_minus;     /* thousandths */
	uint32_t confidence;     /* millionths, 500,000 ... 999,999 */
	unsigned level;          /* of the contract */
	enum terms_per per;      /* of the contract */
	int at;                  /* in the doc */
};

/* terms_read: complaints go to doc.  w is the geography, per what the file
 * asks for. */
void terms_read(struct terms *out, struct doc *doc, const struct where *w,
    enum terms_per per);

/* terms_per_word: "total", "month", "running". */
const char *terms_per_word(enum terms_per per);

#endif
