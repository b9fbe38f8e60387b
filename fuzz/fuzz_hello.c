#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/random.h"
#include "protocol/hello.h"

#define NOW 1700000000u

static struct roster roster;
static struct sign_key key;
static struct ipc_up up;
static struct party_id me = { "coord" };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* A roster of one node, whose key is no secret here. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t seed[SIGN_SEED] = { 1 };
	struct member *m = &roster.members[0];

	(void)argc;
	(void)argv;
	if (random_start() != E_OK)
		abort();
	sign_from_seed(&key, seed);
	roster.n = 1;
	strcpy(m->id.s, "gwent");
	m->roles = ROLE_NODE;
	m->valid_until = UINT64_MAX;
	memcpy(m->sign_public, key.public, SIGN_PUBLIC);
	up.party = m->id;
	return 0;
}

/* Any bytes, and any bytes signed by the node itself: hello_check lets in only
 * a whole hello for this session and this time. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct envelope e = { .purpose = PURPOSE_HELLO,
		.sender = up.party,
		.recipient = me,
		.bytes = buf,
		.len = len };
	uint8_t *whole;
	size_t whole_len;
	struct hello h;

	if (hello_check(&h, buf, len, &me, &up, &roster, 0, NOW) == E_OK &&
	    len != HELLO_BODY + ENVELOPE_OVERHEAD)
		abort();
	if (envelope_make(&whole, &whole_len, &e, &key) != E_OK)
		return 0;
	if (hello_check(&h, whole, whole_len, &me, &up, &roster, 0, NOW) ==
		E_OK &&
	    (len != HELLO_BODY || memcmp(buf + 4, up.exporter, 32) != 0 ||
		h.utc_s + HELLO_SKEW_S < NOW || h.utc_s > NOW + HELLO_SKEW_S))
		abort();
	free(whole);
	return 0;
}
