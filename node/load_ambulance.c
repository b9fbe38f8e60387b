#include "node/load_ambulance.h"

#include <string.h>

#include "model/query.h"
#include "node/columns.h"

#define STREET_M 50 /* to what its gazetteers place a call, metres */
#define PROTOCOLS 50

/* Plain words that services use for those of the list. */
static const struct word natures[] = {
	{ "assaulted", 0, "assault" },
	{ "gsw", 0, "gunshot" },
	{ "gunshot wound", 0, "gunshot" },
	{ "overdose", 0, "overdose or poisoning" },
	{ "poisoning", 0, "overdose or poisoning" },
	{ "rape", 0, "sexual assault" },
	{ "road traffic collision", 0, "traffic collision" },
	{ "rtc", 0, "traffic collision" },
	{ "shooting", 0, "gunshot" },
	{ "stab", 0, "stabbing" },
	{ "stab wound", 0, "stabbing" },
	{ "stabbed", 0, "stabbing" },
	{ "unknown", 0, "not known" },
};
static const struct words nature_words = { sizeof(natures) / sizeof(natures[0]),
	natures };

/* Protocols of the Medical Priority Dispatch System, and the letter behind the
 * determinant that tells one kind of them apart. */
static const struct {
	unsigned protocol;
	char letter;
	const char *code;
} protocols[] = {
	{ 3, 0, "animal bite" },
	{ 4, 's', "sexual assault" },
	{ 4, 0, "assault" },
	{ 7, 0, "burn" },
	{ 17, 0, "fall" },
	{ 23, 0, "overdose or poisoning" },
	{ 25, 0, "mental health" },
	{ 27, 'g', "gunshot" },
	{ 27, 's', "stabbing" },
	{ 27, 0, "penetrating trauma" },
	{ 29, 0, "traffic collision" },
	{ 30, 0, "accidental injury" },
};

static bool
is_digit(char b)
{
	return b >= '0' && b <= '9';
}

/* The level of a determinant, omega to echo. */
static bool
is_level(char b)
{
	return b == 'o' || (b >= 'a' && b <= 'e');
}

/* "04d02s", "4-d-2", "04": the protocol, and the letter at the end or 0; false:
 * it is no determinant. */
static bool
determinant(unsigned *protocol, char *letter, const char *s)
{
	unsigned v = 0;

	*letter = 0;
	if (!is_digit(*s))
		return false;
	for (; is_digit(*s) && v < PROTOCOLS; s++)
		v = v * 10 + (unsigned)(*s - '0');
	*protocol = v;
	if (v == 0 || v >= PROTOCOLS)
		return false;
	s += *s == '-';
	if (*s == '\0')
		return true;
	if (!is_level(*s++))
		return false;
	s += *s == '-';
	if (!is_digit(*s))
		return false;
	s += strspn(s, "0123456789");
	s += *s == '-';
	if (*s >= 'a' && *s <= 'z')
		*letter = *s++;
	return *s == '\0';
}

/* The code of a determinant; NULL: it is none. */
static const char *
code_of(const char *plain)
{
	unsigned protocol;
	char letter;

	if (!determinant(&protocol, &letter, plain))
		return NULL;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].protocol == protocol &&
		    (protocols[i].letter == 0 || protocols[i].letter == letter))
			return protocols[i].code;
	return "medical";
}

static const struct columns ambulance = {
	.source = SOURCE_NHS_AMBULANCE,
	.list = "ambulance",
	.domain = "nhs.patient",
	.code_of = code_of,
	.method = GEO_STREET,
	.precision_m = STREET_M,
	.column = {
	    [COLUMNS_ID] = { .must = true,
		.names = "call_reference|incident_number|cad_number" },
	    [COLUMNS_PERSON] = { .names = "patient_pseudonym" },
	    [COLUMNS_FROM] = { .must = true,
		.names = "call_time|call_start|time_of_call" },
	    [COLUMNS_CODE] = { .must = true,
		.names = "nature|chief_complaint|nature_code",
		.words = &nature_words },
	    [COLUMNS_WEAPON] = { .names = "weapon" },
	    [COLUMNS_SEX] = { .names = "patient_sex|sex" },
	    [COLUMNS_AGE] = { .names = "patient_age|age" },
	    [COLUMNS_SETTING] = { .names = "location_type" },
	    [COLUMNS_EAST] = { .names = "easting|grid_easting" },
	    [COLUMNS_NORTH] = { .names = "northing|grid_northing" },
	    [COLUMNS_LAT] = { .names = "latitude|lat" },
	    [COLUMNS_LON] = { .names = "longitude|lon" },
	    [COLUMNS_LSOA] = { .names = "lsoa|lsoa_code|lsoa11|lsoa21" },
	    [COLUMNS_AREA] = { .names = "area|local_authority|lad_code" },
	    [COLUMNS_WHERE] = { .names = "location|location_text" },
	},
};

const struct loader load_ambulance = {
	.name = "ambulance",
	.about = "calls of an ambulance service's dispatch system (CSV)",
	.own = &ambulance,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
