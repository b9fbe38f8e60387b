/*
 * ward-node -- a data holder's daemon: counts, never records, leave it.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli/call.h"
#include "crypto/random.h"
#include "node/holdings.h"
#include "node/inspect.h"
#include "node/intake.h"
#include "node/look.h"
#include "node/service.h"
#include "node/setup.h"
#include "protocol/transport.h"

static const struct command *const commands[] = {
	&setup_init,
	&setup_join,
	&intake_load,
	&holdings_records,
	&inspect_check,
	&service_run,
	&inspect_ledger,
	&look_quality,
	NULL,
};

int
main(int argc, char **argv)
{
	const struct call_world world = { .program = "ward-node",
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.clock = &transport_clock };
	enum call_exit code;
	enum err e;

	signal(SIGPIPE, SIG_IGN);
	/* no memory of a process that sees records goes to a disk */
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	if ((e = random_start()) != E_OK) {
		fprintf(stderr, "ward-node: %s\n", err_text(e));
		return CALL_REFUSED;
	}
	code = call_main(commands, &world, argc - 1, argv + 1);
	if (fflush(stdout) != 0 && code == CALL_DONE) {
		fprintf(stderr, "ward-node: the output could not be written\n");
		return CALL_REFUSED;
	}
	return (int)code;
}
