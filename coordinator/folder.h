/*
 * coordinator/folder.h -- the coordinator's folder: made, joined, checked.
 */
#ifndef COORDINATOR_FOLDER_H
#define COORDINATOR_FOLDER_H

#include "base/clock.h"
#include "base/err.h"
#include "cli/call.h"
#include "coordinator/config.h"
#include "policies/enrol.h"

#define FOLDER_DB "coordinator.db"
#define FOLDER_ROSTER "roster.note"

extern const struct command folder_init;
extern const struct command folder_join;
extern const struct command folder_check;

/*
 * folder_config: read DIR/coordinator.yaml.
 *
 * E_NOTFOUND, E_IO	with fault.
 * and those of config_read
 */
enum err folder_config(
    struct config *out, const char *dir, struct fault *fault) MUST_USE;

/*
 * folder_usable: can a coordinator run from this folder: configuration,
 * membership, database (made if it is not there), shipped files?
 *
 * E_CONFIG ...	with fault: what is wrong and what to do.
 */
enum err folder_usable(struct config *out, const char *dir,
    const struct clock *clock, struct fault *fault) MUST_USE;

#endif
