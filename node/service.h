/*
 * node/service.h -- ward-node run: the processes of a node.
 *
 *	main ---- net      TLS to the coordinator, dialled out; no files
 *	     |     | ipc
 *	     ---- gate     keys, ledger, records; no network
 *	     |     | opaque bytes
 *	     ---- decoder  nothing
 */
#ifndef NODE_SERVICE_H
#define NODE_SERVICE_H

#include "cli/call.h"

extern const struct command service_run;

#endif
