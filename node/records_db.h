/*
 * node/records_db.h -- the store of records in one SQLite file; see records.h
 * and records_store.h.
 */
#ifndef NODE_RECORDS_DB_H
#define NODE_RECORDS_DB_H

#include <stddef.h>

/* Bytes of a batch that are held in memory before they are sorted and written;
 * tests make it small. */
extern size_t records_db_memory;

#endif
