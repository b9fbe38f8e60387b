/*
 * node/load_rms.h -- recorded crime out of a police records management system.
 *
 * CSV, UTF-8, header row, one row a victim of an offence (or an offence that
 * has none), the last one ended by an end of line; node/columns.h says how a
 * row becomes a record.  Columns, in any order, others passed over ('|': the
 * first that is there; M: must be there):
 *
 *	crime_reference | crime_ref | crime_number	M  of the offence
 *	victim_reference | person_reference | victim_urn	the same for the
 *				same victim in every row; may be empty
 *	victim_type		person, or business, state, ...: no person
 *	date_from | occurred_from | committed_from	M  and
 *	time_from		see below
 *	date_to | occurred_to | committed_to
 *	time_to
 *	recorded_date | date_recorded | created_date	and
 *	recorded_time
 *	ho_code | home_office_code | offence_code	M  a class ("8N",
 *				"34B") or a notifiable offence ("8/6", "008/06")
 *	weapon | weapon_used	words of node/words.c: "knife", "firearm", ...
 *	knife_flag | knife_crime_flag | weapon_flag	Y: a knife or another
 *				sharp instrument
 *	victim_sex | victim_gender	F, M, female, male, ...
 *	victim_age		whole years
 *	location_type | premises_type	words of node/words.c: "street",
 *				"dwelling", ...
 *	easting | grid_easting	metres, EPSG:27700
 *	northing | grid_northing
 *	latitude | lat, longitude | lon		WGS 84, used without a grid
 *	lsoa | lsoa_code | lsoa11 | lsoa21
 *	area | local_authority | lad_code	coarser, by code or name
 *	location | location_text | address	free text, for the gazetteer
 *
 * Times are "2021-07-01 00:30", "2021-07-01T00:30:00", "01/07/2021 00:30" and
 * the like by the clock on the wall, or end in Z; a time of day may stand in a
 * column of its own.  Years have four digits.
 *
 * No point is kept where location_type is a home, a school, not said or not in
 * the table, or the file has no such column: the LSOA only.
 */
#ifndef NODE_LOAD_RMS_H
#define NODE_LOAD_RMS_H

#include "node/loader.h"

extern const struct loader load_rms;

#endif
