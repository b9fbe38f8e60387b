#include "node/load_istv.h"

#include "model/query.h"
#include "node/columns.h"

static const struct columns istv = {
	.source = SOURCE_NHS_ED,
	.list = "istv",
	.domain = "nhs.patient",
	.column = {
	    [COLUMNS_ID] = { .names = "attendance_identifier" },
	    [COLUMNS_PERSON] = { .must = true, .names = "patient_pseudonym" },
	    [COLUMNS_SITE] = { .names = "site_code_of_treatment" },
	    [COLUMNS_FROM] = { .must = true,
		.names = "assault_date_and_time" },
	    [COLUMNS_RECORDED] = {
		.names = "arrival_date_and_time_at_accident_and_emergency_"
			 "department" },
	    [COLUMNS_CODE] = { .must = true, .names = "assault_method" },
	    [COLUMNS_SETTING] = { .must = true,
		.names = "assault_location_type" },
	    [COLUMNS_WHERE] = { .must = true,
		.names = "assault_location_description" },
	},
};

const struct loader load_istv = {
	.name = "istv",
	.about = "assaults of an emergency department, NHS ISTV (CSV)",
	.own = &istv,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
