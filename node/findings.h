/*
 * node/findings.h -- what in a survey of records is worth a person's look: a
 * list of sentences, by rules that are stated.
 */
#ifndef NODE_FINDINGS_H
#define NODE_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "node/breaks.h"
#include "node/quality.h"
#include "node/survey.h"

#define FINDINGS_TEXT 240 /* bytes of a sentence with NUL */
#define FINDINGS_ALIKE                                         \
	50 /* per mille of the records, and more: worth a look \
	    */
#define FINDINGS_OUTSIDE 50
#define FINDINGS_UNPLACED 100

enum finding_what {
	FINDING_GAP,        /* no record between the first and the last month */
	FINDING_EMPTY,      /* declared, no record of any feed, and no gap */
	FINDING_UNDECLARED, /* records of months that are not declared */
	FINDING_BREAK,      /* see node/breaks */
	FINDING_FIELD,      /* likewise, of the share that has a field */
	FINDING_ALIKE, /* where most are timed to the minute: elsewhere many
			* are alike by chance */
	FINDING_OUTSIDE_AREA,
	FINDING_NOT_PLACED,
	FINDING_EARLY, /* recorded before it occurred */
	FINDING_KINDS
};

struct finding {
	enum finding_what what;
	uint32_t source;
	const char *feed; /* a view into the survey; NULL: of the source */
	uint16_t month, n_months; /* 0, 0: of all */
	enum break_rule rule;
	enum survey_field field;
	uint64_t is, usual; /* records; FIELD and the last four: per mille, but
			     * EARLY: records */
};

/* findings_of: *out[*n] is the caller's to free.  E_NOMEM. */
enum err findings_of(struct finding **out, size_t *n, const struct survey *s,
    const struct quality_cover *declared, size_t n_declared) MUST_USE;

/* findings_text: the sentence; findings_word: "gap", "empty", ... for
 * programs; findings_field: "person", "point", "lsoa", ... */
void findings_text(char out[FINDINGS_TEXT], const struct finding *f);
const char *findings_word(enum finding_what what);
const char *findings_field(enum survey_field field);

#endif
