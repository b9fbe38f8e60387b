/*
 * ward-coordinator -- asks the nodes of a federation and releases their sums.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/call.h"
#include "coordinator/folder.h"
#include "coordinator/service.h"
#include "crypto/random.h"
#include "protocol/transport.h"

static const struct command *const commands[] = {
	&folder_init,
	&folder_join,
	&folder_check,
	&service_run,
	&service_reload,
	NULL,
};

int
main(int argc, char **argv)
{
	const struct call_world world = { .program = "ward-coordinator",
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.clock = &transport_clock };
	enum call_exit code;
	enum err e;

	signal(SIGPIPE, SIG_IGN);
	if ((e = random_start()) != E_OK) {
		fprintf(stderr, "ward-coordinator: %s\n", err_text(e));
		return CALL_REFUSED;
	}
	code = call_main(commands, &world, argc - 1, argv + 1);
	if (fflush(stdout) != 0 && code == CALL_DONE) {
		fprintf(stderr,
		    "ward-coordinator: the output could not be written\n");
		return CALL_REFUSED;
	}
	return (int)code;
}
