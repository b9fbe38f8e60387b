#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/ipc.h"

#define BODY_MAX 5000u
#define PIECE 1000u

int LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len);

/* Messages that were read lie one behind the other in buf[*from, len). */
static void
take(struct ipc *ipc, const uint8_t *buf, size_t len, size_t *from)
{
	struct ipc_message m;
	struct ipc_up up;

	while (ipc_next(ipc, &m) == E_OK) {
		if (m.len > BODY_MAX || IPC_HEADER + m.len > len - *from ||
		    memcmp(m.body, buf + *from + IPC_HEADER, m.len) != 0)
			abort();
		*from += IPC_HEADER + m.len;
		if (ipc_up_parse(&up, m.body, m.len) == E_OK &&
		    (!party_id_good(&up.party) ||
			up.address[IPC_ADDRESS - 1] != '\0'))
			abort();
	}
}

/* Any bytes in the socket, in pieces: ipc_next must return, and hand out only
 * what came, as it came. */
int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	struct ipc *ipc;
	size_t from = 0;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0 ||
	    ipc_new(&ipc, fd[1], BODY_MAX) != E_OK)
		abort();
	for (size_t at = 0; at < len; at += PIECE) {
		size_t n = len - at < PIECE ? len - at : PIECE;

		if (send(fd[0], buf + at, n, MSG_DONTWAIT) != (ssize_t)n ||
		    ipc_pump(ipc, POLLIN) != E_OK)
			break;
		take(ipc, buf, len, &from);
	}
	close(fd[0]);
	if (ipc_pump(ipc, POLLIN | POLLHUP) == E_CLOSED)
		take(ipc, buf, len, &from);
	ipc_free(ipc);
	close(fd[1]);
	return 0;
}
