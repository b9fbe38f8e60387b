#include <stdint.h>
#include <stdlib.h>

#include "crypto/cert.h"
#include "crypto/random.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return random_start() == E_OK ? 0 : -1;
}

/* Any bytes: cert_party names a party by a good name or nobody, and what it
 * reads has a fingerprint. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	uint8_t fingerprint[CERT_FINGERPRINT];
	struct party_id id;
	uint64_t end;

	if (cert_party(&id, &end, (const char *)buf, len) == E_OK &&
	    (!party_id_good(&id) || cert_fingerprint_pem(fingerprint,
					(const char *)buf, len) != E_OK))
		abort();
	return 0;
}
