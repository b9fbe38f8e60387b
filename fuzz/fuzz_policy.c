/* Any bytes: policy_read must return; what it takes is inside the limits that
 * no policy may leave, and is written as a text that it takes again. */
#include <stdlib.h>
#include <string.h>

#include "policies/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct policy p, again;
	struct fault fault = { "" };
	char *text;

	if (policy_read(&p, (const char *)buf, len, "p", &fault) != E_OK) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	if (p.approvals < 2 || p.c_max < 1 || p.c_max > QUERY_C_MAX ||
	    p.query_cap.nrho == 0 || p.query_cap.neps == 0 ||
	    !cost_within(&p.query_cap, &p.month_cap) ||
	    p.max_life_s > QUERY_LIFE_S || p.n_sources == 0 ||
	    policy_domains(&p, SOURCE_ALL) < 1)
		abort();
	if (policy_text(&text, &p) != E_OK ||
	    policy_read(&again, text, strlen(text), "p", NULL) != E_OK)
		abort();
	memcpy(again.hash, p.hash, sizeof(p.hash)); /* of another text */
	if (memcmp(&p, &again, sizeof(p)) != 0)
		abort();
	free(text);
	return 0;
}
