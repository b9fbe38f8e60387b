/*
 * ward -- what researchers, approvers and a federation's governance do.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/call.h"
#include "client/approve.h"
#include "client/ask.h"
#include "client/convert.h"
#include "client/party.h"
#include "client/post.h"
#include "client/rosters.h"
#include "client/seal.h"
#include "crypto/random.h"
#include "protocol/transport.h"

static const struct command *const commands[] = {
	&ask_new,
	&ask_check,
	&ask_explain,
	&ask_compile,
	&seal_sign,
	&seal_show,
	&approve_query,
	&post_submit,
	&post_status,
	&post_fetch,
	&party_init,
	&party_join,
	&party_update,
	&rosters_new,
	&rosters_add,
	&rosters_remove,
	&rosters_sign,
	&rosters_admit,
	&rosters_show,
	&convert_account,
	NULL,
};

int
main(int argc, char **argv)
{
	const struct call_world world = { .program = "ward",
		.in = stdin,
		.out = stdout,
		.err = stderr,
		.clock = &transport_clock };
	enum call_exit code;
	enum err e;

	signal(SIGPIPE, SIG_IGN);
	if ((e = random_start()) != E_OK) {
		fprintf(stderr, "ward: %s\n", err_text(e));
		return CALL_REFUSED;
	}
	code = call_main(commands, &world, argc - 1, argv + 1);
	if (fflush(stdout) != 0 && code == CALL_DONE) {
		fprintf(stderr, "ward: the output could not be written\n");
		return CALL_REFUSED;
	}
	return (int)code;
}
