/*
 * tests/unit/node/records_file.h -- the file of the SQLite store, behind its
 * back.
 */
#ifndef RECORDS_FILE_H
#define RECORDS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "node/records.h"

/* meddle: runs SQL on it.  ask: the integers of one column into out[room]; how
 * many. */
void meddle(const char *sql);
size_t ask(int64_t *out, size_t room, const char *sql);

/* load_some: three months of records 0 ... n - 1, of ten people and nobody. */
void load_some(unsigned batch, enum records_act act, uint32_t n);

#endif
