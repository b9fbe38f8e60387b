#include "protocol/transport_place.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <nng/nng.h>

void
transport_place_of(
    struct transport_place *out, char address[TRANSPORT_ADDRESS], nng_stream *s)
{
	char text[INET6_ADDRSTRLEN] = "?";
	nng_sockaddr sa;

	*out = (struct transport_place){ 0 };
	strcpy(address, "?");
	if (nng_stream_get_addr(s, NNG_OPT_REMADDR, &sa) != 0)
		return;
	if (sa.s_family == NNG_AF_INET) {
		out->family = 4;
		memcpy(out->net, &sa.s_in.sa_addr, 4);
		inet_ntop(AF_INET, &sa.s_in.sa_addr, text, sizeof(text));
		snprintf(address, TRANSPORT_ADDRESS, "%s:%u", text,
		    (unsigned)ntohs(sa.s_in.sa_port));
	} else if (sa.s_family == NNG_AF_INET6) {
		const uint8_t *a = (const uint8_t *)sa.s_in6.sa_addr;
		bool mapped = IN6_IS_ADDR_V4MAPPED(
		    (const struct in6_addr *)(const void *)a);

		out->family = mapped ? 4 : 6;
		memcpy(out->net, mapped ? a + 12 : a, mapped ? 4 : 8);
		inet_ntop(AF_INET6, a, text, sizeof(text));
		snprintf(address, TRANSPORT_ADDRESS, "[%s]:%u", text,
		    (unsigned)ntohs(sa.s_in6.sa_port));
	}
}

bool
transport_place_same(
    const struct transport_place *a, const struct transport_place *b)
{
	return a->family == b->family &&
	       memcmp(a->net, b->net, sizeof(a->net)) == 0;
}
