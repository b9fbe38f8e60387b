/*
 * node/load_ecds.h -- injury attendances of an emergency department, as the
 * NHS Emergency Care Data Set has them.
 *
 * Source: NHS Data Dictionary, CDS Type 011 Emergency Care Commissioning Data
 * Set, injury characteristics.  The standard is XML; this is the CSV that
 * departments and their commissioners make of it: UTF-8, header row, one row an
 * attendance, the last one ended by an end of line; node/columns.h says how a
 * row becomes a record.  A column has the name of its data element, in any case
 * and order, or a short one ('|': the first that is there; M: must be there):
 *
 *	emergency_care_attendance_identifier | attendance_identifier | ec_ident
 *	organisation_site_identifier_of_treatment | site_code_of_treatment
 *	patient_pseudonym	M  the same for the same patient of the NHS; no
 *			element of the set; may be empty in a row
 *	emergency_care_arrival_date | arrival_date | arrival_date_time	M
 *	emergency_care_arrival_time | arrival_time
 *	injury_date | injury_date_time | ec_injury_date
 *	injury_time | ec_injury_time
 *	emergency_care_injury_intent_snomed_ct | injury_intent |
 *			ec_injury_intent_snomed_ct		M  see below
 *	emergency_care_injury_mechanism_snomed_ct | injury_mechanism |
 *			ec_injury_mechanism_snomed_ct		M
 *	emergency_care_place_of_injury_snomed_ct | place_of_injury |
 *			ec_place_of_injury_snomed_ct	a word of node/words.c
 *	emergency_care_place_of_injury_latitude | place_of_injury_latitude |
 *			ec_place_of_injury_latitude; likewise longitude
 *	lsoa_of_injury	of the place of injury, never of the patient's home
 *	emergency_care_assault_location_description |
 *			assault_location_description	free text
 *	person_stated_gender_code | sex | gender
 *	age_at_cds_activity_date | age
 *
 * Without an injury date the day of arrival stands in for it.  The intent is a
 * word such as "assault", "accident", "self-harm" or "not known"; of an assault
 * the mechanism is appended: list ecds has "assault: knife".  SNOMED CT is
 * licensed and its codes for this set change: only the descriptions are read
 * here, and self-inflicted injury (276853009).  A department that exports codes
 * joins their descriptions first, or says what they mean in a mapping file
 * (node/mapping.h).
 *
 * The point of a place of injury is kept only if anybody may enter it, see
 * node/columns.h.
 */
#ifndef NODE_LOAD_ECDS_H
#define NODE_LOAD_ECDS_H

#include "node/loader.h"

extern const struct loader load_ecds;

#endif
