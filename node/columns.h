/*
 * node/columns.h -- a format as a table of columns, and the loader of it.
 *
 * Most extracts are a header row and one record a row; they differ in what they
 * call a column and how they write what stands in it.  Such a format is a
 * struct columns; every loader but that of street files, and every mapping
 * file, is one.
 *
 * Header: a name is compared in lower case, with '_' for everything between
 * letters and digits ("Crime Ref." is crime_ref), in any order.  Columns that
 * mean nothing here are passed over, unread.
 *
 * A row becomes a record so:
 *
 * time		from FROM (and FROM_CLOCK) to TO (and TO_CLOCK), or, without a
 *		TO, what FROM spans; one that ends before it begins, or a
 *		century after, is dropped.
 *		Its precision is what it spans.  Without a FROM, where the
 *		format says so, the day of RECORDED.
 * code		CODE by the format's words, and then its form; DETAIL is
 *		appended where the format says so.  Unknown to the theme rules:
 *		dropped.
 * facts	WEAPON or KNIFE, SEX and AGE, SETTING, by the words of
 *		node/words; a word that is in no table is noted and taken as
 *		not said.
 * person	PERSON, unless it is nobody or KIND says it is a body such as a
 *		business.
 * place	by node/place.  A point is kept only where SETTING is known to
 *		be a kind of place that anybody may enter: none for a home, a
 *		school, or a word that is in no table, or is not said.
 * identity	source, month, feed and SITE, ID, and the person, so that what
 *		is kept of two people of one ID does not depend on the other;
 *		without an ID, all columns that have a meaning, as written.
 *
 * Nothing else is kept: of a text only the place it names, of a pseudonym only
 * its keyed hash.
 */
#ifndef NODE_COLUMNS_H
#define NODE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/loader.h"
#include "node/stamp.h"
#include "node/words.h"

#define COLUMNS_FIELD 128 /* bytes of a field that has a meaning, with NUL */
#define COLUMNS_TEXT 1024 /* likewise of WHERE */
#define COLUMNS_NAME 64   /* bytes of a column's name, likewise */

enum columns_means {
	COLUMNS_ID,
	COLUMNS_SITE,
	COLUMNS_FROM,
	COLUMNS_FROM_CLOCK,
	COLUMNS_TO,
	COLUMNS_TO_CLOCK,
	COLUMNS_RECORDED,
	COLUMNS_RECORDED_CLOCK,
	COLUMNS_CODE,
	COLUMNS_DETAIL,
	COLUMNS_WEAPON,
	COLUMNS_KNIFE, /* flag: a knife or sharp instrument */
	COLUMNS_SEX,
	COLUMNS_AGE,
	COLUMNS_SETTING,
	COLUMNS_EAST,
	COLUMNS_NORTH,
	COLUMNS_LAT,
	COLUMNS_LON,
	COLUMNS_LSOA,
	COLUMNS_AREA,
	COLUMNS_WHERE, /* free text */
	COLUMNS_PERSON,
	COLUMNS_KIND, /* whether PERSON is one */
	COLUMNS_MEANINGS
};

struct column {
	/* In the form above, '|' between them, the first that a header has
	 * counts; NULL: the format has no such column. */
	const char *names;
	bool must; /* the header must have it; a row may leave it empty */
	/* What its words mean, before those of node/words; NULL: nothing. */
	const struct words *words;
	const struct stamp *stamp; /* form of times; NULL: field_wall's */
	uint8_t unit;              /* of metres, 10^-unit */
};

enum columns_form {      /* of codes */
	COLUMNS_PLAIN,   /* lower case, as field_plain */
	COLUMNS_WRITTEN, /* as written, without blanks at its ends, or, where
			  * the list has no such code, as COLUMNS_PLAIN */
	COLUMNS_HO, /* Home Office: upper case, no blanks, no leading zeros;
		     * 8N of list "ho", or 8/6 of "ho-notifiable" */
};

struct columns {
	uint32_t source;    /* one bit */
	const char *list;   /* of codes; that of HO by the code */
	const char *domain; /* of its people's keys; NULL: it has none */
	const char *feed;   /* NULL: that of SITE */
	enum columns_form form;
	/* The code of a text in plain form, asked where CODE's words lack it;
	 * NULL, or NULL from it: that text. */
	const char *(*code_of)(const char *plain);
	const char *detailed;   /* the code that DETAIL is appended to, with
				 * ": "; NULL: none */
	bool late;              /* RECORDED stands in for FROM */
	bool utc;               /* times without a zone are UTC */
	enum geo_method method; /* of its points ... */
	uint16_t precision_m;   /* ... and their precision */
	/* What an empty field, or none, means: */
	const char *code; /* NULL: unknown */
	uint8_t weapon, setting;
	struct column column[COLUMNS_MEANINGS];
};

/* columns_name: a header's name in the form above, in out[COLUMNS_NAME]; "" if
 * it does not fit. */
void columns_name(char out[COLUMNS_NAME], const char *s);

/* columns_people: the domain of the people that a loader tells apart, and their
 * source; NULL: it tells none. */
const char *columns_people(uint32_t *source, const struct loader *l);

/* columns_header, columns_map: of struct loader, whose own is a struct columns.
 * A header that lacks a column that must be there, or has one twice, is
 * refused. */
enum err columns_header(const struct loader *l, struct loader_columns *out,
    const struct csv_row *row, struct report *r) MUST_USE;
enum report_reason columns_map(const struct loader *l,
    struct loader_record *out, const struct loader_columns *columns,
    const struct csv_row *row, const struct loader_world *world,
    struct report *r);

#endif
