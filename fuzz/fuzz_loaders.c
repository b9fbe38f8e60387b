#include "fuzz/rows.h"
#include "node/load_ambulance.h"
#include "node/load_asb.h"
#include "node/load_ecds.h"
#include "node/load_exclusion.h"
#include "node/load_platform.h"
#include "node/load_rms.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

static const struct loader *const loaders[] = { &load_rms, &load_asb,
	&load_ecds, &load_ambulance, &load_exclusion, &load_platform };

/* A byte that picks a loader, then any bytes: every record that they yield is
 * inside its ranges, and no finer than its source may have it. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	if (len > 0)
		rows_load(
		    loaders[buf[0] % (sizeof(loaders) / sizeof(loaders[0]))],
		    buf + 1, len - 1);
	return 0;
}
