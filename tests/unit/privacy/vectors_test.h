/*
 * tests/unit/privacy/vectors_test.h -- the known draws from a known stream.
 */
#ifndef TESTS_UNIT_PRIVACY_VECTORS_TEST_H
#define TESTS_UNIT_PRIVACY_VECTORS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "privacy/words.h"
#include "tests/unit/rng_test.h"

/* The vectors of the file whose name starts with kind, one by one. */
static inline void
with_vectors(
    const char *kind, void (*check)(const char *name, const int64_t *want,
			  size_t n, uint64_t words))
{
	json_error_t error;
	json_t *file =
	    json_load_file(WARD_VECTORS "/dp_sampler_streams.json", 0, &error);
	json_t *list = json_object_get(file, "vectors"), *one;
	size_t at, used = 0;

	assert_non_null(file);
	json_array_foreach(list, at, one)
	{
		const char *name =
		    json_string_value(json_object_get(one, "name"));
		json_t *outputs = json_object_get(one, "outputs");
		int64_t want[64];
		size_t n = json_array_size(outputs);

		assert_in_range(n, 1, 64);
		if (strncmp(name, kind, strlen(kind)) != 0)
			continue;
		for (size_t i = 0; i < n; i++)
			want[i] =
			    json_integer_value(json_array_get(outputs, i));
		check(name, want, n,
		    (uint64_t)json_integer_value(
			json_object_get(one, "words_consumed")));
		used++;
	}
	assert_true(used > 0);
	json_decref(file);
}

/* Words of the pool that are used up. */
static inline uint64_t
words_read(const struct stream *st, const struct words *w)
{
	return (st->read - (WORDS_POOL - w->at)) / 8;
}

#endif
