#include "node/load_platform.h"

#include "model/query.h"
#include "node/columns.h"

static const struct columns platform = {
	.source = SOURCE_PLATFORM_REPORT,
	.list = "platform",
	.column = {
	    [COLUMNS_ID] = { .names = "report_reference" },
	    [COLUMNS_SITE] = { .names = "platform" },
	    [COLUMNS_FROM] = { .must = true, .names = "date|month" },
	    [COLUMNS_CODE] = { .must = true, .names = "category" },
	    [COLUMNS_SEX] = { .names = "reported_sex" },
	    [COLUMNS_AGE] = { .names = "reported_age" },
	    [COLUMNS_AREA] = { .must = true,
		.names = "area|local_authority|lad_code" },
	},
};

const struct loader load_platform = {
	.name = "platform",
	.about = "reports to an online platform (CSV)",
	.own = &platform,
	.needs_end = true,
	.header = columns_header,
	.map = columns_map,
};
