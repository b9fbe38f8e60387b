#include "fuzz/rows.h"
#include "node/load_istv.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: every record that an ISTV file yields is inside its ranges. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	rows_load(&load_istv, buf, len);
	return 0;
}
