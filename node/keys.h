/*
 * node/keys.h -- keyed hashes of people and records, by keys that never leave
 * the node.
 *
 * Keys are derived from the 32 bytes of store.key: for people, for records, for
 * sealing what is stored.  Without it nobody can tell whose key a key is, or
 * test a guess.  Another value only tells one store.key from another.
 */
#ifndef NODE_KEYS_H
#define NODE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "model/incident.h"

#define KEYS_STORE 32 /* bytes of the secret in store.key */
#define KEYS_CHECK 16

struct keys { /* SECRET; keys_wipe at its end */
	uint8_t person[32], base[16], record[16], seal[32];
	uint8_t check[KEYS_CHECK]; /* no secret */
};

/* keys_derive: from store[KEYS_STORE] (SECRET). */
void keys_derive(struct keys *k, const uint8_t store[KEYS_STORE]);
void keys_wipe(struct keys *k);

/*
 * keys_plain: id[0, len) without the blanks at its ends into out[len]; how many
 * bytes.  Of what is digits, blanks and '-' alone, such as an NHS number, the
 * digits.  Nothing else is changed: in a pseudonym every byte may tell two
 * people apart.
 */
size_t keys_plain(char *out, const char *id, size_t len);

/* keys_person: the key of the person that id[0, len), of at most 128 bytes,
 * names in a domain, by its plain form: BLAKE2b, of which 128 bits are kept, of
 * the key for people, the domain and the id. */
void keys_person(uint8_t out[INCIDENT_KEY], const struct keys *k,
    const char *domain, const char *id, size_t len);

/* keys_base: of what identifies a record in its source, p[0, n). */
void keys_base(
    uint8_t out[INCIDENT_KEY], const struct keys *k, const void *p, size_t n);

/* keys_record: record id of the number-th (from 0) record of those with that
 * base. */
void keys_record(struct incident *i, const struct keys *k,
    const uint8_t base[INCIDENT_KEY], uint32_t number);

#endif
