#include "node/load_asb.h"

#include "model/query.h"
#include "node/columns.h"

#define STREET_M 50 /* to what its gazetteers place an event, metres */

/* The log's words for a heading, where it writes it out. */
static const struct word headings[] = {
	{ "abandoned vehicle", 0, "vehicle abandoned (not stolen)" },
	{ "animals", 0, "animal problems" },
	{ "asb - environmental", 0, "environmental" },
	{ "asb - nuisance", 0, "nuisance" },
	{ "asb - personal", 0, "personal" },
	{ "asb environmental", 0, "environmental" },
	{ "asb nuisance", 0, "nuisance" },
	{ "asb personal", 0, "personal" },
	{ "asb: environmental", 0, "environmental" },
	{ "asb: nuisance", 0, "nuisance" },
	{ "asb: personal", 0, "personal" },
	{ "begging", 0, "begging/vagrancy" },
	{ "malicious communications", 0, "malicious/nuisance communications" },
	{ "nuisance neighbours", 0, "rowdy/nuisance neighbours" },
	{ "rowdy behaviour", 0, "rowdy or inconsiderate behaviour" },
	{ "vehicle nuisance", 0, "vehicle nuisance/inappropriate use" },
};
static const struct words heading_words = {
	sizeof(headings) / sizeof(headings[0]), headings
};

static const struct columns asb = {
	.source = SOURCE_POLICE_ASB,
	.list = "asb",
	.domain = "police.person",
	.method = GEO_STREET,
	.precision_m = STREET_M,
	.column = {
	    [COLUMNS_ID] = { .must = true,
		.names = "incident_reference|incident_number|log_number|"
			 "reference" },
	    [COLUMNS_PERSON] = { .names = "caller_reference" },
	    [COLUMNS_FROM] = { .must = true,
		.names = "opened_at|date_opened|incident_date" },
	    [COLUMNS_FROM_CLOCK] = { .names = "time_opened|incident_time" },
	    [COLUMNS_CODE] = { .must = true,
		.names = "nsir_heading|heading|closing_category|qualifier",
		.words = &heading_words },
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

const struct loader load_asb = {
	.name = "asb",
	.about = "anti-social behaviour of an incident log (CSV)",
	.own = &asb,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
