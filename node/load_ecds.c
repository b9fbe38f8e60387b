#include "node/load_ecds.h"

#include "model/query.h"
#include "node/columns.h"

#define STREET_M 50 /* to what its place of injury is known, metres */

/* clang-format off */
static const struct word intents[] = {
	{ "276853009", 0, "self-harm" },
	{ "accidental", 0, "accident" },
	{ "accidental event", 0, "accident" },
	{ "accidental injury", 0, "accident" },
	{ "alleged assault", 0, "assault" },
	{ "assault (event)", 0, "assault" },
	{ "assaulted", 0, "assault" },
	{ "deliberate self-harm", 0, "self-harm" },
	{ "injury - accidental", 0, "accident" },
	{ "injury due to assault", 0, "assault" },
	{ "intent undetermined", 0, "undetermined" },
	{ "intentional assault", 0, "assault" },
	{ "legal intervention or war", 0, "legal intervention" },
	{ "non-intentional injury", 0, "accident" },
	{ "not recorded", 0, "not known" },
	{ "not stated", 0, "not known" },
	{ "police intervention", 0, "legal intervention" },
	{ "self harm", 0, "self-harm" },
	{ "self inflicted", 0, "self-harm" },
	{ "self inflicted injury", 0, "self-harm" },
	{ "self-inflicted injury", 0, "self-harm" },
	{ "undetermined intent", 0, "undetermined" },
	{ "unintentional", 0, "accident" },
	{ "unknown", 0, "not known" },
	{ "violence", 0, "assault" },
	{ "war", 0, "legal intervention" },
};

static const struct word mechanisms[] = {
	{ "acid", 0, "burn or corrosive substance" },
	{ "asphyxiation", 0, "strangulation" },
	{ "bitten", 0, "bite" },
	{ "blunt force", 0, "blunt object" },
	{ "blunt force from person", 0, "body part" },
	{ "blunt injury", 0, "blunt object" },
	{ "blunt weapon", 0, "blunt object" },
	{ "bottle", 0, "bottle or glass" },
	{ "broken glass", 0, "bottle or glass" },
	{ "burn", 0, "burn or corrosive substance" },
	{ "car", 0, "vehicle" },
	{ "chemical", 0, "burn or corrosive substance" },
	{ "chemical burn", 0, "burn or corrosive substance" },
	{ "corrosive substance", 0, "burn or corrosive substance" },
	{ "cut", 0, "sharp object" },
	{ "cut by knife", 0, "knife" },
	{ "cut by sharp object", 0, "sharp object" },
	{ "drink spiking", 0, "poison" },
	{ "drug", 0, "poison" },
	{ "fall", 0, "pushed" },
	{ "fire", 0, "burn or corrosive substance" },
	{ "fist", 0, "body part" },
	{ "foot", 0, "body part" },
	{ "glass", 0, "bottle or glass" },
	{ "glassing", 0, "bottle or glass" },
	{ "gun", 0, "firearm" },
	{ "gunshot", 0, "firearm" },
	{ "gunshot wound", 0, "firearm" },
	{ "hanging, strangulation or suffocation", 0, "strangulation" },
	{ "head", 0, "body part" },
	{ "hit by vehicle", 0, "vehicle" },
	{ "human bite", 0, "bite" },
	{ "human body", 0, "body part" },
	{ "kick", 0, "body part" },
	{ "knife injury", 0, "knife" },
	{ "knife wound", 0, "knife" },
	{ "motor vehicle", 0, "vehicle" },
	{ "not recorded", 0, "not known" },
	{ "not stated", 0, "not known" },
	{ "other body part", 0, "body part" },
	{ "other mechanism", 0, "other" },
	{ "other sharp object", 0, "sharp object" },
	{ "other specified", 0, "other" },
	{ "penetrating injury by sharp object", 0, "sharp object" },
	{ "poison or drug", 0, "poison" },
	{ "poisoning", 0, "poison" },
	{ "punch", 0, "body part" },
	{ "push", 0, "pushed" },
	{ "pushed or thrown", 0, "pushed" },
	{ "rape", 0, "sexual" },
	{ "scald", 0, "burn or corrosive substance" },
	{ "sexual assault", 0, "sexual" },
	{ "sharp", 0, "sharp object" },
	{ "sharp force", 0, "sharp object" },
	{ "sharp instrument", 0, "sharp object" },
	{ "shooting", 0, "firearm" },
	{ "shot", 0, "firearm" },
	{ "spiked", 0, "poison" },
	{ "stab", 0, "knife" },
	{ "stab wound", 0, "knife" },
	{ "stabbed", 0, "knife" },
	{ "stabbing", 0, "knife" },
	{ "strangled", 0, "strangulation" },
	{ "struck by blunt object", 0, "blunt object" },
	{ "struck by object", 0, "blunt object" },
	{ "struck by person", 0, "body part" },
	{ "suffocation", 0, "strangulation" },
	{ "thrown", 0, "pushed" },
	{ "unarmed fight or brawl", 0, "body part" },
	{ "unknown", 0, "not known" },
};
/* clang-format on */

#define TABLE(a)                              \
	{                                     \
		sizeof(a) / sizeof((a)[0]), a \
	}
static const struct words intent_words = TABLE(intents);
static const struct words mechanism_words = TABLE(mechanisms);

static const struct columns ecds = {
	.source = SOURCE_NHS_ED,
	.list = "ecds",
	.domain = "nhs.patient",
	.detailed = "assault",
	.late = true,
	.method = GEO_STREET,
	.precision_m = STREET_M,
	.column = {
	    [COLUMNS_ID] = {
		.names = "emergency_care_attendance_identifier|"
			 "attendance_identifier|ec_ident" },
	    [COLUMNS_PERSON] = { .must = true, .names = "patient_pseudonym" },
	    [COLUMNS_SITE] = {
		.names = "organisation_site_identifier_of_treatment|"
			 "site_code_of_treatment" },
	    [COLUMNS_FROM] = {
		.names = "injury_date|injury_date_time|ec_injury_date" },
	    [COLUMNS_FROM_CLOCK] = { .names = "injury_time|ec_injury_time" },
	    [COLUMNS_RECORDED] = { .must = true,
		.names = "emergency_care_arrival_date|arrival_date|"
			 "arrival_date_time" },
	    [COLUMNS_RECORDED_CLOCK] = {
		.names = "emergency_care_arrival_time|arrival_time" },
	    [COLUMNS_CODE] = { .must = true,
		.names = "emergency_care_injury_intent_snomed_ct|"
			 "injury_intent|ec_injury_intent_snomed_ct",
		.words = &intent_words },
	    [COLUMNS_DETAIL] = { .must = true,
		.names = "emergency_care_injury_mechanism_snomed_ct|"
			 "injury_mechanism|ec_injury_mechanism_snomed_ct",
		.words = &mechanism_words },
	    [COLUMNS_SEX] = {
		.names = "person_stated_gender_code|sex|gender" },
	    [COLUMNS_AGE] = { .names = "age_at_cds_activity_date|age" },
	    [COLUMNS_SETTING] = {
		.names = "emergency_care_place_of_injury_snomed_ct|"
			 "place_of_injury|ec_place_of_injury_snomed_ct" },
	    [COLUMNS_LAT] = {
		.names = "emergency_care_place_of_injury_latitude|"
			 "place_of_injury_latitude|"
			 "ec_place_of_injury_latitude" },
	    [COLUMNS_LON] = {
		.names = "emergency_care_place_of_injury_longitude|"
			 "place_of_injury_longitude|"
			 "ec_place_of_injury_longitude" },
	    [COLUMNS_LSOA] = { .names = "lsoa_of_injury" },
	    [COLUMNS_WHERE] = {
		.names = "emergency_care_assault_location_description|"
			 "assault_location_description" },
	},
};

const struct loader load_ecds = {
	.name = "ecds",
	.about = "injury attendances of an emergency department (CSV)",
	.own = &ecds,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
