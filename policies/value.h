/*
 * policies/value.h -- the text of a YAML value as what it means.
 *
 * libcyaml checks the shape of a file and hands out strings; these functions
 * read the strings, strictly, and name the place of one that is wrong.
 */
#ifndef POLICIES_VALUE_H
#define POLICIES_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/party.h"
#include "policies/yaml.h"

struct value_file { /* the text that is being read */
	const char *text;
	size_t len;
	const char *name;
	struct fault *fault; /* may be NULL */
	char in[64];         /* path of the map under way: "", "members[2]" */
};

/* value_in: set the path of the map under way. */
void value_in(struct value_file *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* value_bad: the fault "name:line:column: KEY: words" at a key (NULL: the map)
 * of the map under way; always E_CONFIG. */
enum err value_bad(const struct value_file *f, const char *key, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/*
 * Each reads s, the value of key in the map under way, into *out.  E_CONFIG
 * with the fault when it has another form or is out of range.
 *
 * number	decimal digits, low ... high
 * yes		true or false
 * rho		decimal such as 0.02, above 0, at most 1,000,000, to 9 places,
 *		in nano-rho
 * seconds	a number and s, m, h or d; 1 ... 3660d
 * time		2026-11-24T00:00:00Z
 * months	2021-01..2021-12, both included, or one month
 * party	a party's id
 * words	what people read: 1 ... cap - 1 bytes, yaml_plain, single spaces
 *		inside only; out[cap]
 * base64, hex	exactly n bytes
 */
enum err value_number(uint64_t *out, const struct value_file *f,
    const char *key, const char *s, uint64_t low, uint64_t high) MUST_USE;
enum err value_yes(bool *out, const struct value_file *f, const char *key,
    const char *s) MUST_USE;
enum err value_rho(uint64_t *nrho, const struct value_file *f, const char *key,
    const char *s) MUST_USE;
enum err value_seconds(uint64_t *out, const struct value_file *f,
    const char *key, const char *s) MUST_USE;
enum err value_time(uint64_t *out, const struct value_file *f, const char *key,
    const char *s) MUST_USE;
enum err value_months(uint16_t *first, uint16_t *n, const struct value_file *f,
    const char *key, const char *s) MUST_USE;
enum err value_party(struct party_id *out, const struct value_file *f,
    const char *key, const char *s) MUST_USE;
enum err value_words(char *out, size_t cap, const struct value_file *f,
    const char *key, const char *s) MUST_USE;
enum err value_base64(uint8_t *out, size_t n, const struct value_file *f,
    const char *key, const char *s) MUST_USE;
enum err value_hex(uint8_t *out, size_t n, const struct value_file *f,
    const char *key, const char *s) MUST_USE;

/* value_put_rho: "0.02"; value_put_seconds: "30d"; value_put_months:
 * "2021-01..2021-12": as the functions above take them. */
void value_put_rho(FILE *out, uint64_t nrho);
void value_put_seconds(FILE *out, uint64_t seconds);
void value_put_months(FILE *out, uint16_t first, uint16_t n);

#define VALUE_URL_HEAD "tls+tcp://"

/* value_url_good: is it tls+tcp://HOST:PORT, port 1 ... 65535, and nothing that
 * YAML would read otherwise? */
bool value_url_good(const char *s);

#endif
