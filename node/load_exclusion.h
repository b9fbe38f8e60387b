/*
 * node/load_exclusion.h -- suspensions and permanent exclusions from school.
 *
 * CSV, UTF-8, header row, one row an exclusion of a pupil for one reason, the
 * last one ended by an end of line; node/columns.h says how a row becomes a
 * record.  Columns, in any order, others passed over ('|': the first that is
 * there; M: must be there):
 *
 *	exclusion_reference	may be empty
 *	pupil_pseudonym		M  the same for the same pupil; may be empty in
 *				a row
 *	start_date | exclusion_date | date	M  the day
 *	reason_code | reason	M  of the school census: PP, PA, OW, DA, ...
 *				(codes of list exclusion, in any case)
 *	exclusion_type | type	passed over: suspensions and permanent
 *				exclusions count alike
 *	weapon			words of node/words.c, where the reason is OW
 *	area | msoa | msoa_name	an MSOA 2011 by code or name, a local authority
 *				or a police force area, ...
 *	lsoa | lsoa_code	... or an LSOA, of which the MSOA is kept
 *
 * Where: that of the school or of the pupil's home, as the extract has it; one
 * file has one of them.  Nothing finer than an MSOA and no point is ever kept.
 * A pupil excluded for several reasons at once has a row for each.
 */
#ifndef NODE_LOAD_EXCLUSION_H
#define NODE_LOAD_EXCLUSION_H

#include "node/loader.h"

extern const struct loader load_exclusion;

#endif
