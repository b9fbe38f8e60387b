#include "node/load_rms.h"

#include "model/query.h"
#include "node/columns.h"

#define STREET_M 50 /* to what its gazetteers place an event, metres */

static const struct columns rms = {
	.source = SOURCE_POLICE_CRIME,
	.domain = "police.person",
	.form = COLUMNS_HO,
	.method = GEO_STREET,
	.precision_m = STREET_M,
	.column = {
	    [COLUMNS_ID] = { .must = true,
		.names = "crime_reference|crime_ref|crime_number" },
	    [COLUMNS_PERSON] = {
		.names = "victim_reference|person_reference|victim_urn" },
	    [COLUMNS_KIND] = { .names = "victim_type" },
	    [COLUMNS_FROM] = { .must = true,
		.names = "date_from|occurred_from|committed_from" },
	    [COLUMNS_FROM_CLOCK] = { .names = "time_from" },
	    [COLUMNS_TO] = { .names = "date_to|occurred_to|committed_to" },
	    [COLUMNS_TO_CLOCK] = { .names = "time_to" },
	    [COLUMNS_RECORDED] = {
		.names = "recorded_date|date_recorded|created_date" },
	    [COLUMNS_RECORDED_CLOCK] = { .names = "recorded_time" },
	    [COLUMNS_CODE] = { .must = true,
		.names = "ho_code|home_office_code|offence_code" },
	    [COLUMNS_WEAPON] = { .names = "weapon|weapon_used" },
	    [COLUMNS_KNIFE] = {
		.names = "knife_flag|knife_crime_flag|weapon_flag" },
	    [COLUMNS_SEX] = { .names = "victim_sex|victim_gender" },
	    [COLUMNS_AGE] = { .names = "victim_age" },
	    [COLUMNS_SETTING] = { .names = "location_type|premises_type" },
	    [COLUMNS_EAST] = { .names = "easting|grid_easting" },
	    [COLUMNS_NORTH] = { .names = "northing|grid_northing" },
	    [COLUMNS_LAT] = { .names = "latitude|lat" },
	    [COLUMNS_LON] = { .names = "longitude|lon" },
	    [COLUMNS_LSOA] = { .names = "lsoa|lsoa_code|lsoa11|lsoa21" },
	    [COLUMNS_AREA] = { .names = "area|local_authority|lad_code" },
	    [COLUMNS_WHERE] = { .names = "location|location_text|address" },
	},
};

const struct loader load_rms = {
	.name = "rms",
	.about = "recorded crime of a records management system (CSV)",
	.own = &rms,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
