/*
 * node/load_asb.h -- anti-social behaviour out of a police incident log.
 *
 * CSV, UTF-8, header row, one row an incident, the last one ended by an end of
 * line; node/columns.h says how a row becomes a record.  Columns, in any order,
 * others passed over ('|': the first that is there; M: must be there):
 *
 *	incident_reference | incident_number | log_number | reference	M
 *	caller_reference	the same for the same caller, may be empty
 *	opened_at | date_opened | incident_date	M  and
 *	time_opened | incident_time
 *	nsir_heading | heading | closing_category | qualifier	M  a heading of
 *			the National Standard for Incident Recording, in any
 *			case, or the qualifier alone ("Personal"): codes of
 *			list asb
 *	location_type | premises_type	words of node/words.c
 *	easting, northing (and the other names of load_rms.h)
 *	latitude | lat, longitude | lon
 *	lsoa, area, location	likewise
 *
 * Times and points as in load_rms.h: an incident is logged at the address of
 * whoever called, so that without a location_type that anybody may enter only
 * the LSOA is kept.
 */
#ifndef NODE_LOAD_ASB_H
#define NODE_LOAD_ASB_H

#include "node/loader.h"

extern const struct loader load_asb;

#endif
