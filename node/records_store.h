/*
 * node/records_store.h -- what a store of records must do; see records.h for
 * what each function means.  records.c calls through it and knows no more of
 * either store.
 */
#ifndef NODE_RECORDS_STORE_H
#define NODE_RECORDS_STORE_H

#include "node/records.h"

struct records_store {
	enum err (*open)(void **out, const char *where, enum records_mode mode,
	    const struct keys *keys);
	void (*close)(void *s);
	enum err (*begin)(
	    void *s, const struct records_batch *b, uint64_t *loaded_at);
	enum err (*put)(void *s, const struct incident *i);
	enum err (*replace)(void *s, uint32_t source, const char *feed,
	    uint16_t first, uint16_t n);
	enum err (*merge)(void *s, struct records_change *out,
	    void (*progress)(void *ctx, uint32_t done, uint32_t total),
	    void *ctx);
	enum err (*commit)(void *s, enum err (*when)(void *, uint64_t *),
	    void *ctx, const char *report);
	void (*rollback)(void *s);
	enum err (*count)(uint32_t *cells, void *s, const struct question *q,
	    uint64_t as_of_s, const struct areas *areas,
	    const struct themes *rules);
	enum err (*each)(void *s, uint16_t first, uint16_t n, uint64_t as_of_s,
	    enum err (*each)(void *, const struct incident *), void *ctx);
	enum err (*history)(void *s,
	    void (*each)(void *, const struct records_load *), void *ctx);
	enum err (*size)(void *s, struct records_size *out);
};

extern const struct records_store records_db; /* node/records_db.c */
extern const struct records_store records_pg; /* node/records_pg.c */

#endif
