/*
 * client/option.h -- options that many commands have.
 */
#ifndef CLIENT_OPTION_H
#define CLIENT_OPTION_H

/* clang-format off */
#define OPTION_PARTY { "party", 0, "DIR", "your folder (or $WARD_PARTY, or .)" }
#define OPTION_DATA { "data", 0, "DIR", "the public files (lookups, rules)" }
#define OPTION_JSON { "json", 0, NULL, "write JSON" }
/* clang-format on */

#endif
