/* Any bytes, as a join request or (first byte odd) as an admission: refused
 * with a fault.  An admission writes nothing where no party has been made. */
#include <stdlib.h>
#include <sys/stat.h>

#include "policies/enrol.h"

#define NOWHERE "/nonexistent-ward-folder"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static struct enrol_request r;
	struct fault fault = { "" };
	struct governance g;
	struct stat st;

	if (len == 0)
		return 0;
	if ((buf[0] & 1) == 0) {
		if (enrol_request_read(&r, (const char *)buf + 1, len - 1, "r",
			&fault) != E_OK &&
		    fault.text[0] == '\0')
			abort();
	} else if (enrol_join(&g, NOWHERE, (const char *)buf + 1, len - 1,
		       &fault) == E_OK ||
		   fault.text[0] == '\0' || stat(NOWHERE, &st) == 0) {
		abort();
	}
	return 0;
}
