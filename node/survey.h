/*
 * node/survey.h -- what was seen of records, by source and feed and month:
 * sums of what node/quality tells people.
 */
#ifndef NODE_SURVEY_H
#define NODE_SURVEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/area.h"
#include "model/incident.h"

enum survey_field { /* that a record may have */
	SURVEY_PERSON,
	SURVEY_POINT,
	SURVEY_LSOA, /* an LSOA that the lookup knows */
	SURVEY_RECORDED,
	SURVEY_MINUTE, /* the time, to the minute */
	SURVEY_WEAPON, /* stated, also as "none" */
	SURVEY_VICTIM,
	SURVEY_FIELDS
};

enum survey_reach {    /* how exactly a point is known, in metres */
	SURVEY_EXACT,  /* 0 */
	SURVEY_STREET, /* 50 or less */
	SURVEY_SECTOR, /* 500 or less */
	SURVEY_WIDER,
	SURVEY_REACHES
};

/* Delays from occurred_from to recorded_at: [0, 1) minute, then four steps to
 * a doubling, up to 2^21 minutes (four years) and above. */
#define SURVEY_DELAYS 86

struct survey_month {
	uint64_t n;
	uint64_t fields[SURVEY_FIELDS];
	uint64_t methods[GEO_METHODS];
	uint64_t reaches[SURVEY_REACHES]; /* of those with a point */
	uint64_t outside; /* in an area outside what the agency serves */
	uint64_t alike;   /* like another of the month in all but its id: how
			   * many more there are than different ones */
	uint64_t early;   /* recorded before it occurred */
	uint32_t delays[SURVEY_DELAYS];
};

struct survey_series { /* a (source, feed) */
	uint32_t source;
	char feed[INCIDENT_FEED];
	struct survey_month *months; /* [n_months of the survey] */
};

struct survey { /* by survey_new; read its fields after survey_end */
	uint16_t first, n_months;
	size_t n; /* series, in the order of (source, feed) */
	struct survey_series *series; /* [n] */
	struct survey_own *own;
};

/* survey_new: of months [first, first + n_months), n_months >= 1; covers[n]:
 * force areas that are served, n 0: all.  areas outlives it.
 * E_NOTFOUND: a force that the lookup lacks.  E_NOMEM. */
enum err survey_new(struct survey **out, uint16_t first, uint16_t n_months,
    const struct areas *areas, const char (*covers)[GSS],
    size_t n_covers) MUST_USE;
void survey_free(struct survey *s); /* wipes; NULL does nothing */

/* survey_take: one more record, months never falling; of a month that is not
 * asked, nothing.  survey_end: after the last.  Memory: that of one month's
 * records, 16 bytes each, besides the sums.  E_NOMEM. */
enum err survey_take(struct survey *s, const struct incident *i) MUST_USE;
void survey_end(struct survey *s);

/* survey_delay: seconds that the i-th of SURVEY_DELAYS lies below. */
uint64_t survey_delay(unsigned i);

#endif
