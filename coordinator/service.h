/*
 * coordinator/service.h -- the coordinator at work: its processes.
 *
 *	decode	nothing but two pipes (protocol/decoder)
 *	net	TLS; no database, no signing key
 *	merge	database and signing key; no network
 *	http	read-only database, no keys, a loopback socket
 */
#ifndef COORDINATOR_SERVICE_H
#define COORDINATOR_SERVICE_H

#include "cli/call.h"

extern const struct command service_run;
extern const struct command service_reload;

#endif
