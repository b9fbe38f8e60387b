/*
 * node/load_ambulance.h -- calls out of an ambulance service's computer aided
 * dispatch.
 *
 * CSV, UTF-8, header row, one row a patient of a call, the last one ended by an
 * end of line; node/columns.h says how a row becomes a record.  Columns, in any
 * order, others passed over ('|': the first that is there; M: must be there):
 *
 *	call_reference | incident_number | cad_number	M
 *	call_time | call_start | time_of_call		M
 *	nature | chief_complaint | nature_code		M  see below
 *	patient_pseudonym	the same for the same patient of the NHS (the
 *			keys of emergency departments are of the same domain);
 *			may be empty
 *	weapon			words of node/words.c
 *	patient_sex | sex, patient_age | age
 *	location_type		words of node/words.c
 *	easting, northing, latitude, longitude, lsoa, area	as in load_rms.h
 *	location | location_text	free text without a postcode, for the
 *			gazetteer
 *
 * The nature is a word of list ambulance ("stabbing", "assault", "fall"), or a
 * determinant of the Medical Priority Dispatch System, of which the number of
 * the protocol counts: "04D02A" is protocol 4, assault.  Only 4 (assault, with
 * S behind the determinant a sexual one), 27 (stab, gunshot or penetrating
 * trauma: G behind it a gunshot, S a stabbing), 17 (falls), 23 (overdose), 25
 * (mental health), 29 (traffic), 3 (animal bites), 7 (burns) and 30 (injuries)
 * are told apart; every other protocol is "medical".
 *
 * Times and points as in load_rms.h: most calls are to homes, so that without a
 * location_type that anybody may enter only the LSOA is kept.
 */
#ifndef NODE_LOAD_AMBULANCE_H
#define NODE_LOAD_AMBULANCE_H

#include "node/loader.h"

extern const struct loader load_ambulance;

#endif
