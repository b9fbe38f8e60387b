/*
 * coordinator/words.h -- what a release says about itself in plain sentences.
 *
 * For people who have never heard of differential privacy: no Greek letter,
 * no jargon, every number with its meaning.
 */
#ifndef COORDINATOR_WORDS_H
#define COORDINATOR_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coordinator/text.h"
#include "model/query.h"

struct words_facts {
	const struct query *query;
	unsigned answered; /* nodes in the sums */
	int64_t one_half;  /* 95 %, of one node's noise in a cell of its first
			    * histogram */
	double all_least, all_most; /* 95 %, of the estimates of the places of
				     * the finest level, one slice */
	size_t n_missing;
	const char *const
	    *missing; /* names of nodes that are not in the sums */
	size_t n_synthetic;
	const char *const *synthetic; /* names of answering nodes with made-up
					 records */
};

/* words_noise: what was added, and what that does to a number. */
void words_noise(struct text *out, const struct words_facts *f);

/* words_strategy: what was counted, and why so. */
void words_strategy(struct text *out, const struct question *q);

/* words_display: what the numbers called display are. */
void words_display(struct text *out);

/* words_law: the name of a law of noise. */
const char *words_law(uint32_t noise);

/* words_unit: whom the noise protects. */
void words_unit(struct text *out, const struct words_facts *f);

/* words_caveat: what the numbers do not say. */
void words_caveat(struct text *out, const struct words_facts *f);

/* words_source: how people call a source of numbers: "all", "police", "nhs",
 * "other"; synthetic: are all its nodes' records made up? */
const char *words_source(const char *source, bool synthetic);

#endif
