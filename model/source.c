#include "model/source.h"

#include <assert.h>
#include <stddef.h>

static const struct source_facts sources[] = {
	{ SOURCE_POLICE_CRIME, "police.crime", "Recorded crime", "victims",
	    "police.person", GEO_LSOA11, true, false },
	{ SOURCE_POLICE_ASB, "police.asb", "Anti-social behaviour", "callers",
	    "police.person", GEO_LSOA11, true, false },
	{ SOURCE_NHS_ED, "nhs.ed", "Emergency department attendances",
	    "patients", "nhs.patient", GEO_LSOA11, true, true },
	{ SOURCE_NHS_AMBULANCE, "nhs.ambulance", "Ambulance calls", "patients",
	    "nhs.patient", GEO_LSOA11, true, true },
	{ SOURCE_EDU_EXCLUSION, "edu.exclusion", "School exclusions", "pupils",
	    "edu.pupil", GEO_MSOA11, false, true },
	{ SOURCE_PLATFORM_REPORT, "platform.report", "Online platform reports",
	    NULL, NULL, GEO_LAD, false, false },
};
#define COUNT (sizeof(sources) / sizeof(sources[0]))

const struct source_facts *
source_of(uint32_t bit)
{
	size_t i = 0;

	while (i < COUNT && sources[i].bit != bit)
		i++;
	assert(i < COUNT);
	return &sources[i];
}
