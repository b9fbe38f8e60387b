/*
 * model/incident.h -- the incident, as every source is mapped to it.
 *
 * What is not listed here is dropped when a record is loaded.
 */
#ifndef MODEL_INCIDENT_H
#define MODEL_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define INCIDENT_KEY 16  /* bytes of record_id and person_key */
#define INCIDENT_CODE 64 /* bytes with NUL */
#define INCIDENT_LIST 24 /* of a code list's name, likewise */
#define INCIDENT_FEED 48 /* likewise */
#define INCIDENT_AREA 64 /* likewise */
#define INCIDENT_GSS 10  /* of a published code, likewise */

enum precision {
	PRECISION_MINUTE = 1,
	PRECISION_HOUR,
	PRECISION_DAY,
	PRECISION_MONTH,
	PRECISION_UNKNOWN,
	PRECISIONS
};

enum geo_method {
	GEO_NONE, /* no usable place: counts as "not placed" */
	GEO_GPS,
	GEO_STREET,
	GEO_SNAP,
	GEO_GAZETTEER,
	GEO_AREA, /* only an area is known */
	GEO_UPRN,
	GEO_POSTCODE,
	GEO_METHODS
};

/* Coarse facts that theme rules may look at, never a free filter on people;
 * 0: the source does not say. */
enum weapon {
	WEAPON_UNSTATED,
	WEAPON_NONE,
	WEAPON_SHARP, /* a knife or another sharp instrument */
	WEAPON_FIREARM,
	WEAPON_OTHER,
	WEAPONS
};
enum victim {
	VICTIM_UNSTATED,
	VICTIM_WOMAN, /* 18 or older, or of no stated age */
	VICTIM_GIRL,  /* under 18 */
	VICTIM_MAN,
	VICTIM_BOY,
	VICTIM_OTHER, /* another or no stated sex, or no person */
	VICTIMS
};
enum setting {
	SETTING_UNSTATED,
	SETTING_DWELLING, /* private: never resolved below LSOA */
	SETTING_STREET,
	SETTING_TRANSPORT,
	SETTING_LICENSED, /* pubs, bars, clubs */
	SETTING_SHOP,
	SETTING_SCHOOL,
	SETTING_HEALTH,
	SETTING_OTHER,
	SETTINGS
};

/*
 * Their words, in the order of the enums, as rule files and mappings have them:
 * "unstated", then
 *	weapon	"none", "sharp", "firearm", "other"
 *	victim	"woman", "girl", "man", "boy", "other"
 *	setting	"dwelling", "street", "transport", "licensed", "shop",
 *		"school", "health", "other"
 * NUL-terminated, in lower case; E_NOTFOUND for any other.  "?" for a number
 * that is none.
 */
enum err weapon_parse(uint8_t *out, const char *s) MUST_USE;
enum err victim_parse(uint8_t *out, const char *s) MUST_USE;
enum err setting_parse(uint8_t *out, const char *s) MUST_USE;
const char *weapon_text(unsigned weapon);
const char *victim_text(unsigned victim);
const char *setting_text(unsigned setting);

struct kind {                         /* what it was, as theme rules see it */
	uint32_t source;              /* one bit of enum source */
	char codelist[INCIDENT_LIST]; /* of data/codes, such as "police.uk" */
	char code[INCIDENT_CODE];     /* as the code list has it */
	uint8_t weapon, victim, setting; /* enums above */
};

struct incident {
	/* Keyed hash of what identifies it in its source; its bytes are the
	 * order of "first" in bounding, too. */
	uint8_t record_id[INCIDENT_KEY];
	bool has_person; /* otherwise the record is its own unit */
	uint8_t person_key[INCIDENT_KEY];
	struct kind kind;
	/* Which of several suppliers of one source it came from ("Gwent
	 * Police"): what a replacement replaces is a (source, feed, month). */
	char feed[INCIDENT_FEED];
	uint64_t occurred_from, occurred_to; /* UTC seconds, half-open */
	uint8_t time_precision;
	uint16_t month; /* of occurred_from, by the calendar on the wall */
	uint64_t recorded_at; /* UTC second; 0: not said */
	bool has_point;
	uint32_t east, north; /* metres, EPSG:27700, when has_point */
	uint16_t geo_precision_m;
	uint8_t geo_method;
	/* The area it counts in: a code of LSOA 2011, MSOA 2011 (see
	 * model/area), local authority or police force area, the finest known
	 * and allowed; "" if none. */
	char area[INCIDENT_AREA];
	/* The area code as it was published, and the year of its vintage
	 * (2011, 2021); "" and 0 if none was.  Differs from area where that is
	 * of another vintage or was looked up. */
	char published[INCIDENT_GSS];
	uint16_t vintage;
};

#endif
