/*
 * model/incident.h -- the incident, as every source is mapped to it.
 */
#ifndef MODEL_INCIDENT_H
#define MODEL_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define INCIDENT_KEY 16 /* bytes of record_id and person_key */
#define INCIDENT_CODE 64

enum precision {
	PRECISION_MINUTE = 1,
	PRECISION_HOUR,
	PRECISION_DAY,
	PRECISION_MONTH,
	PRECISION_UNKNOWN,
};

enum geo_method {
	GEO_NONE, /* no usable place: counts as "not placed" */
	GEO_GPS,
	GEO_STREET,
	GEO_SNAP,
	GEO_GAZETTEER,
	GEO_AREA, /* only an area is known */
};

struct incident {
	uint8_t record_id[INCIDENT_KEY]; /* keyed hash */
	bool has_person; /* otherwise the record is its own unit */
	uint8_t person_key[INCIDENT_KEY];
	uint64_t order;  /* keyed hash of record_id: "first" in bounding */
	uint32_t source; /* one bit of enum source */
	uint64_t occurred_from, occurred_to; /* UTC seconds, half-open */
	uint8_t time_precision;
	uint16_t month; /* of occurred_from */
	bool has_point;
	uint32_t east, north; /* metres, EPSG:27700, when has_point */
	uint16_t geo_precision_m;
	uint8_t geo_method;
	char area[10]; /* LSOA 2011 as published or looked up; "" if none */
	char code[INCIDENT_CODE]; /* as the source's code list has it */
	uint32_t themes;          /* bit i: enum theme i; by rules, from code */
};

#endif
