#include "fuzz/rows.h"
#include "node/load_police.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Any bytes: every record that a street file yields is inside its ranges. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	rows_load(&load_police, buf, len);
	return 0;
}
