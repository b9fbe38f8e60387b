/*
 * node/load_istv.h -- assault attendances of an emergency department, as the
 * NHS "Information Sharing to Tackle Violence" minimum data set has them.
 *
 * Source: NHS Data Dictionary, Information Sharing to Tackle Violence Minimum
 * Data Set.  The standard gives no file form and no person; this is a CSV file,
 * UTF-8, every row one attendance, ended by an end of line; node/columns.h says
 * how a row becomes a record.  A column's name is the data element's, in any
 * case, with spaces or underscores ("ASSAULT DATE AND TIME" or
 * assault_date_and_time), in any order:
 *
 *	assault_date_and_time		M  see field_wall
 *	assault_method			M  a word of list istv
 *	assault_location_type		M  see below
 *	assault_location_description	M  free text, may be empty in a row
 *	patient_pseudonym		M  the same for the same patient, see
 *					below; not part of the minimum data
 *					set; may be empty
 *	attendance_identifier		-  of the attendance; not part of it
 *					either
 *	site_code_of_treatment		-  "SITE CODE (OF TREATMENT)"
 *	reporting_period_start_date, reporting_period_end_date	-
 *	arrival_date_and_time_at_accident_and_emergency_department	-
 *	assault_method_other_description	-
 *
 * (M: the column must be there.)  The submission header is columns, with the
 * same values in each row, or left out.  Other columns are passed over.
 *
 * A pseudonym names its patient byte by byte: case and signs count, because
 * base64 and the like use them; only blanks at its ends do not.  Of one that
 * is digits, blanks and '-' alone, such as an NHS number, the digits count.
 * The source must write a patient the same way each time.  Words such as
 * "unknown" or "n/a", 9999999999, zeros alone and signs alone name nobody.
 *
 * The description is looked up in the gazetteer.  Where the location type is a
 * place that anybody may enter (node/words.c: street, pub, ...) the record gets
 * the point and the LSOA; for a home, and for every word that is not in the
 * table, the LSOA only.
 */
#ifndef NODE_LOAD_ISTV_H
#define NODE_LOAD_ISTV_H

#include "node/loader.h"

extern const struct loader load_istv;

#endif
