/*
 * node/mapping.h -- any other CSV extract as a loader: a mapping file.
 *
 * YAML, errors with file:line:column.  It says of one source what its columns
 * are called and how they are written; node/columns.h says how a row becomes a
 * record then.  An example with every key stands in docs/examples/mapping.yaml.
 *
 *	source: police.crime		# one source
 *	feed: "Gwent Police"		# optional: of every record
 *	time_zone: Europe/London	# or UTC: of times without a zone
 *	person_domain: police.person	# if there is a person column
 *	points: street			# optional: gps, uprn, street, postcode
 *	precision_m: 50			# optional: of the points
 *	columns:
 *	  id: { name: "Crime Ref" }
 *	  occurred_from: { name: "Date From", format: "DD/MM/YYYY HH:MM" }
 *	  offence:
 *	    name: "Offence"
 *	    list: ho
 *	    map: [ { from: "KNIFE ROB", to: "34B" } ]
 *	  easting: { name: "E", unit: dm }
 *	  ...
 *	defaults: { offence: "46" }
 *
 * Columns, each with a name or a list of names, of which the first that a
 * header has counts; the header must have one of them unless the column says
 * optional: true.
 *
 *	id, site
 *	occurred_from, occurred_to, recorded	format: of node/stamp.h; without
 *		one, what field_wall reads
 *	occurred_from_clock, occurred_to_clock, recorded_clock	hh:mm[:ss][Z] of
 *		a date beside it
 *	offence		list: the code list, required; map: their words as its
 *			codes.  A word that no map has is taken as a code; one
 *			that the theme rules do not know drops the row
 *	detail		list ecds only: the mechanism of an assault; map
 *	weapon, place_type	map: their words as those of model/incident.h
 *	victim_sex	map: as male, female or unstated
 *	victim_age
 *	knife		map: as yes, no or unstated
 *	person		the key is of person_domain
 *	person_kind	map: as person, body or unstated
 *	easting, northing	unit: m, dm, cm or mm
 *	latitude, longitude
 *	lsoa, area, place_text
 *
 * A word of a map is compared in lower case.  One that no map and no table of
 * node/words.c has is noted and taken as not said.  Of defaults, what an empty
 * field or a column that is not there means: offence, weapon, place_type, and
 * occurred_from: recorded, the day of which stands in then.
 */
#ifndef NODE_MAPPING_H
#define NODE_MAPPING_H

#include <stddef.h>

#include "base/err.h"
#include "node/loader.h"
#include "policies/yaml.h"

#define MAPPING_MAX 262144 /* bytes of the file */

struct mapping; /* opaque */

/* mapping_read: a mapping from text[0, len).  E_CONFIG with fault, E_LIMIT,
 * E_NOMEM. */
enum err mapping_read(struct mapping **out, const char *text, size_t len,
    const char *name, struct fault *fault) MUST_USE;
void mapping_free(struct mapping *m); /* NULL does nothing */

/* mapping_loader: the loader of it, valid as long as it. */
const struct loader *mapping_loader(const struct mapping *m);

#endif
