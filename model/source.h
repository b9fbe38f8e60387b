/*
 * model/source.h -- what is known of each source of records: facts of the
 * source, not of an agency.
 */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/query.h"

/* All of them, as an error says what may be written. */
#define SOURCE_WORDS                                        \
	"police.crime, police.asb, nhs.ed, nhs.ambulance, " \
	"edu.exclusion or platform.report"

struct source_facts {
	uint32_t bit;        /* of enum source */
	const char *name;    /* "nhs.ambulance" */
	const char *label;   /* as people read it: "Ambulance calls" */
	const char *people;  /* who its person_key may be ("patients"), or NULL:
			      * it never has one */
	const char *domain;  /* the usual key domain of those, or NULL */
	uint32_t finest_geo; /* no record of it is kept finer than this:
			      * GEO_LSOA11, GEO_MSOA11, GEO_LAD */
	bool points;         /* may it have points? */
	bool keyed; /* do its usual extracts have keys of people?  Published
		     * street-level crime has none */
};

/* source_of: the facts of one source bit; a bit that is none is a broken
 * caller (assert). */
const struct source_facts *source_of(uint32_t bit);

#endif
