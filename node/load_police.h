/*
 * node/load_police.h -- street-level crime as data.police.uk publishes it.
 *
 * Header: exactly
 *
 *	Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,
 *	LSOA code,LSOA name,Crime type,Last outcome category,Context
 *
 * (one line).  "Crime type" is the code; Anti-social behaviour is source
 * police.asb, everything else police.crime.  Coordinates are anonymised points,
 * WGS 84, or both empty.  The LSOA code is kept as published.  Nobody is named,
 * so a record is its own privacy unit.  Location, LSOA name, outcome and
 * context are not kept.
 *
 * A record is identified by source, month and Crime ID, or, without an id, by
 * source, month, coordinates, LSOA code and crime type as they are written.
 */
#ifndef NODE_LOAD_POLICE_H
#define NODE_LOAD_POLICE_H

#include "node/loader.h"

#define LOAD_POLICE_FIELD 128 /* bytes of any field that is used, with NUL */

extern const struct loader load_police;

#endif
