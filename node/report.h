/*
 * node/report.h -- data-quality report of a load: what was read, added, held
 * already, changed, withdrawn, dropped and why, with the first lines at fault.
 *
 * It holds counts, names of files and line numbers, never a field of a record.
 * It is for the agency alone.
 */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "node/records.h"

#define REPORT_LINES 5  /* first lines kept of each reason */
#define REPORT_NAME 128 /* bytes of a file's name with NUL */
#define REPORT_WHY 512  /* bytes of a refusal with NUL */

/* Why a row was dropped, then notes on rows that were kept: word for
 * programs, words for people. */
/* clang-format off */
#define REPORT_DROPS(X)                                                  \
	X(REPORT_FIELDS, "wrong-fields", "wrong number of fields")       \
	X(REPORT_QUOTE, "bad-quote", "a quote out of place")             \
	X(REPORT_TIME, "bad-time", "month or time missing or not of the" \
	    " documented form")                                          \
	X(REPORT_NUMBER, "bad-number", "a coordinate that is no number") \
	X(REPORT_CODE, "unknown-code", "type or method that the theme"   \
	    " rules do not know")                                        \
	X(REPORT_LONG, "too-long", "a field longer than its limit")
#define REPORT_NOTES(X)                                                  \
	X(REPORT_NO_POINT, "no-coordinates", "without coordinates")      \
	X(REPORT_OUTSIDE, "outside-ostn15", "with coordinates outside"   \
	    " Great Britain (OSTN15): no point")                         \
	X(REPORT_NO_AREA, "no-area", "without an LSOA 2011 that the"     \
	    " lookup knows")                                             \
	X(REPORT_NO_PERSON, "no-person", "that name no person:"  \
	    " each counts as a person of its own")                       \
	X(REPORT_NO_PLACE, "place-not-found", "with a place that the"    \
	    " gazetteer does not know")                                  \
	X(REPORT_HOME, "area-only", "in a home or an unlisted kind of"   \
	    " place: area only, no point")                               \
	X(REPORT_REPEATED, "repeated-id", "with an id seen before in"    \
	    " its month: kept as separate records")                      \
	X(REPORT_UNSURE, "place-unsure", "with a place whose text says"  \
	    " more than the gazetteer's name: its point to 500 m")       \
	X(REPORT_OUTLINE, "area-by-outline", "without a published code"  \
	    " that is known: the LSOA by its outline")                   \
	X(REPORT_VINTAGE, "lsoa-2021", "with an LSOA 2021 code, counted" \
	    " in that of 2011")                                          \
	X(REPORT_WORD, "unknown-word", "with a word, an age or a date"   \
	    " recorded that is not understood: taken as not said")     \
	X(REPORT_FORGOTTEN, "person-not-kept", "that name a person, whose" \
	    " key is not kept: policy.yaml does not say unit: person")
/* clang-format on */

enum report_reason {
#define X(name, word, words) name,
	REPORT_DROPS(X) REPORT_NOTES(X)
#undef X
	    REPORT_REASONS
};
#define REPORT_KEPT REPORT_REASONS /* of a row: nothing is wrong */

struct report_file { /* of a load of several */
	char name[REPORT_NAME];
	uint64_t read, dropped; /* rows */
};

struct report {
	char name[REPORT_NAME]; /* of the file, printable, or "14 files" */
	const char *loader;     /* "police", "istv" */
	enum records_act act;   /* RECORDS_ADD until somebody says otherwise */
	bool dry_run;
	bool known;             /* the very files were loaded before ... */
	uint64_t known_at;      /* ... at this time */
	uint64_t read, dropped; /* rows */
	struct records_change change;
	uint64_t placed, with_point; /* of those not dropped */
	bool months;                 /* the next two are set */
	uint16_t first_month, last_month;
	uint64_t gazetteer_names, gazetteer_unclear;
	struct {
		uint64_t n;
		/* the first min(n, LINES), and the files that they are in */
		uint64_t lines[REPORT_LINES];
		uint32_t files[REPORT_LINES];
	} reasons[REPORT_REASONS];
	char why[REPORT_WHY]; /* refused as a whole, and what to do; or "" */
	uint64_t why_line;    /* 0: no line in particular */
	uint32_t why_file;    /* where that line is */
	/* One or none: name says it all. */
	struct report_file *files; /* [n_files], owned */
	uint32_t n_files, file;    /* file: being read */
};

/* report_start: an empty report of one file; name may hold any bytes.  What
 * report_files allocates is freed by report_end. */
void report_start(struct report *r, const char *loader, const char *name);
void report_end(struct report *r);

/* report_files: it is of paths[n], n >= 1, the first being read; names are what
 * follows the last slash.  E_NOMEM. */
enum err report_files(
    struct report *r, const char *const *paths, size_t n) MUST_USE;

/* report_read, report_drop: one more row read, or dropped for a reason. */
void report_read(struct report *r);
void report_drop(struct report *r, enum report_reason reason, uint64_t line);

/* report_count: one more row with that reason or note, and no more than
 * that. */
void report_count(struct report *r, enum report_reason reason, uint64_t line);

/* report_refuse: set r->why, once: the first cause stays; a line, not 0, is of
 * the file being read. */
void report_refuse(struct report *r, uint64_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* report_text: for people, several lines, to out. */
void report_text(const struct report *r, FILE *out);

/* report_json: one JSON object, the caller's (free).  E_NOMEM. */
enum err report_json(char **out, const struct report *r) MUST_USE;

#endif
