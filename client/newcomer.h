/*
 * client/newcomer.h -- what a join request would change in a roster, as the
 * people of governance read it before they let it.
 */
#ifndef CLIENT_NEWCOMER_H
#define CLIENT_NEWCOMER_H

#include <stdio.h>

#include "policies/enrol.h"
#include "policies/roster.h"

#define NEWCOMER_ROLES 100 /* bytes of the names of roles with NUL */

/* newcomer_roles: "researcher, approver". */
void newcomer_roles(char out[NEWCOMER_ROLES], unsigned roles);

/*
 * newcomer_tell: who would be added, or whom they would replace and what of
 * them would change; loudly when it is the signing key.  In an order for
 * reading aloud: id, name, organisation, roles, names of the host, key.
 */
void newcomer_tell(
    FILE *out, const struct roster *draft, const struct enrol_request *r);

#endif
