#include "node/load_exclusion.h"

#include "model/query.h"
#include "node/columns.h"

static const struct columns exclusion = {
	.source = SOURCE_EDU_EXCLUSION,
	.list = "exclusion",
	.domain = "edu.pupil",
	.setting = SETTING_SCHOOL,
	.column = {
	    [COLUMNS_ID] = { .names = "exclusion_reference" },
	    [COLUMNS_PERSON] = { .must = true, .names = "pupil_pseudonym" },
	    [COLUMNS_FROM] = { .must = true,
		.names = "start_date|exclusion_date|date" },
	    [COLUMNS_CODE] = { .must = true, .names = "reason_code|reason" },
	    [COLUMNS_WEAPON] = { .names = "weapon" },
	    [COLUMNS_LSOA] = { .names = "lsoa|lsoa_code|lsoa11|lsoa21" },
	    [COLUMNS_AREA] = { .names = "area|msoa|msoa_name" },
	},
};

const struct loader load_exclusion = {
	.name = "exclusion",
	.about = "suspensions and exclusions from school (CSV)",
	.own = &exclusion,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
