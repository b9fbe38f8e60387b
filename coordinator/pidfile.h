/*
 * coordinator/pidfile.h -- one coordinator a folder, and who it is.
 *
 * DIR/coordinator.pid is locked (fcntl(2)) by the running one for its life: a
 * number that a crash left behind misleads nobody.
 */
#ifndef COORDINATOR_PIDFILE_H
#define COORDINATOR_PIDFILE_H

#include <sys/types.h>

#include "base/err.h"

#define PIDFILE_NAME "coordinator.pid"

/*
 * pidfile_claim: lock the file for this process; *fd keeps it until closed.
 *
 * E_EXISTS	another process has it: a coordinator runs in this folder.
 * E_IO, E_LIMIT
 */
enum err pidfile_claim(int *fd, const char *dir) MUST_USE;

/* pidfile_holder: the process that has it.  E_NOTFOUND: none; E_LIMIT;
 * E_IO: not ours to look at. */
enum err pidfile_holder(pid_t *pid, const char *dir) MUST_USE;

#endif
