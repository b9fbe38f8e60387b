/*
 * node/load_platform.h -- what people report to an online platform.
 *
 * CSV, UTF-8, header row, one row a report, the last one ended by an end of
 * line; node/columns.h says how a row becomes a record.  Columns, in any order,
 * others passed over ('|': the first that is there; M: must be there):
 *
 *	report_reference	may be empty
 *	date | month		M  "2021-07-01" or "2021-07"; of a time the
 *				platform gives, too
 *	category		M  a word of list platform
 *	reported_sex, reported_age	of whom the report says it happened to,
 *				where the platform knows
 *	area | local_authority | lad_code	M  a local authority by code or
 *				name, a police force area, or nothing
 *	platform		who reports, one file may hold several
 *
 * No person and no point is ever kept, and nothing finer than a local
 * authority: each report is its own unit.
 */
#ifndef NODE_LOAD_PLATFORM_H
#define NODE_LOAD_PLATFORM_H

#include "node/loader.h"

extern const struct loader load_platform;

#endif
