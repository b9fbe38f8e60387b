/*
 * node/load_police.h -- street-level crime as data.police.uk publishes it.
 *
 * Header: exactly
 *
 *	Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,
 *	LSOA code,LSOA name,Crime type,Last outcome category,Context
 *
 * (one line).  "Crime type" is the code of list police.uk; Anti-social
 *behaviour is source police.asb, everything else police.crime.  "Reported by"
 *is the feed, unless the operator names another.  Coordinates are anonymised
 *points, WGS 84, or both empty.  The LSOA code is kept as published, and
 *counts.  Where there is none, as for British Transport Police, the point's
 *outline counts; Northern Ireland has neither and is "not placed".  Nobody is
 *named, so a record is its own privacy unit.  Location, LSOA name, outcome and
 *context are not kept.
 *
 * A record is identified by source, month, "Reported by" and Crime ID, or,
 * without an id, by source, month, "Reported by", coordinates, LSOA code and
 * crime type as they are written.
 */
#ifndef NODE_LOAD_POLICE_H
#define NODE_LOAD_POLICE_H

#include "node/loader.h"

#define LOAD_POLICE_FIELD 128 /* bytes of any field that is used, with NUL */

extern const struct loader load_police;

#endif
