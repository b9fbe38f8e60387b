/* Promises of crypto/keyfile: only the owner reads it, nothing replaces it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"

static char dir[] = "/tmp/ward-test-keyfile-XXXXXX";
static char path[64], other[64];

static int
before(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/key", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int
after(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(dir);
}

static void
put(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
test_what_is_saved_is_loaded(void **state)
{
	uint8_t secret[KEYFILE_SECRET_MAX], got[KEYFILE_SECRET_MAX];
	struct stat st;

	(void)state;
	for (size_t n = 1; n <= sizeof(secret); n += 7) {
		assert_int_equal(random_bytes(secret, n), E_OK);
		assert_int_equal(keyfile_save(path, "sign", secret, n), E_OK);
		assert_int_equal(keyfile_load(path, "sign", got, n), E_OK);
		assert_memory_equal(got, secret, n);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		unlink(path);
	}
}

static void
test_a_key_is_never_replaced(void **state)
{
	uint8_t got[2];

	(void)state;
	assert_int_equal(
	    keyfile_save(path, "sign", (const uint8_t *)"ab", 2), E_OK);
	assert_int_equal(
	    keyfile_save(path, "sign", (const uint8_t *)"cd", 2), E_EXISTS);
	assert_int_equal(symlink("key", other), 0);
	assert_int_equal(
	    keyfile_save(other, "sign", (const uint8_t *)"cd", 2), E_EXISTS);
	assert_int_equal(keyfile_load(path, "sign", got, 2), E_OK);
	assert_memory_equal(got, "ab", 2);
}

static void
test_a_key_serves_one_purpose(void **state)
{
	uint8_t got[3] = { 7, 7, 7 };

	(void)state;
	assert_int_equal(
	    keyfile_save(path, "sign", (const uint8_t *)"ab", 2), E_OK);
	assert_int_equal(keyfile_load(path, "store", got, 2), E_FORMAT);
	assert_int_equal(keyfile_load(path, "sig", got, 2), E_FORMAT);
	assert_int_equal(keyfile_load(path, "signs", got, 2), E_FORMAT);
	assert_int_equal(keyfile_load(path, "sign", got, 1), E_FORMAT);
	assert_int_equal(keyfile_load(path, "sign", got, 3), E_FORMAT);
	assert_memory_equal(got, "\7\7\7", 3);
}

static void
test_a_key_that_others_could_read_is_refused(void **state)
{
	static const mode_t open_to[] = { 0640, 0604, 0660, 0602, 0610 };
	uint8_t got[2];

	(void)state;
	for (size_t i = 0; i < sizeof(open_to) / sizeof(open_to[0]); i++) {
		put("ward-key/1 sign YWI=\n", open_to[i]);
		assert_int_equal(keyfile_load(path, "sign", got, 2), E_CONFIG);
	}
	put("ward-key/1 sign YWI=\n", 0600);
	assert_int_equal(keyfile_load(path, "sign", got, 2), E_OK);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(keyfile_load(path, "sign", got, 2), E_OK);
	if (geteuid() != 0) {
		print_message("SKIPPED: a key of another owner needs root\n");
		return;
	}
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(keyfile_load(path, "sign", got, 2), E_CONFIG);
}

static void
test_what_is_no_plain_file_is_refused(void **state)
{
	uint8_t got[2];

	(void)state;
	assert_int_equal(keyfile_load(path, "sign", got, 2), E_NOTFOUND);
	assert_int_equal(keyfile_load(dir, "sign", got, 2), E_IO);
	put("ward-key/1 sign YWI=\n", 0600);
	assert_int_equal(symlink("key", other), 0);
	assert_int_equal(keyfile_load(other, "sign", got, 2), E_IO);
	unlink(other);
	assert_int_equal(mkfifo(other, 0600), 0); /* and does not hang */
	assert_int_equal(keyfile_load(other, "sign", got, 2), E_IO);
}

static void
test_other_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"ward-key/1 sign YWI=",
		"ward-key/1 sign YWI=\n\n",
		"ward-key/1 sign YWI= \n",
		" ward-key/1 sign YWI=\n",
		"ward-key/1  sign YWI=\n",
		"ward-key/2 sign YWI=\n",
		"ward-key/1 sign YWJ=\n",
		"ward-key/1 sign \n",
		"ward-key/1 sign",
		"ward-key/1 sign "
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"\n",
	};
	uint8_t got[2] = { 7, 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(bad[i], 0600);
		assert_int_equal(keyfile_load(path, "sign", got, 2), E_FORMAT);
	}
	assert_memory_equal(got, "\7\7", 2);
}

static void
test_secret_texts_are_bounded(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(keyfile_save_text(path, "12345"), E_OK);
	assert_int_equal(keyfile_save_text(path, "12345"), E_EXISTS);
	assert_int_equal(keyfile_load_text(&text, path, 4), E_LIMIT);
	assert_int_equal(keyfile_load_text(&text, path, 5), E_OK);
	assert_string_equal(text, "12345");
	keyfile_free_text(text);
	keyfile_free_text(NULL);
	assert_int_equal(keyfile_save_text("/nowhere/key", "1"), E_NOTFOUND);
	unlink(path);
	put("", 0600);
	assert_int_equal(truncate(path, 3), 0); /* three NULs */
	assert_int_equal(keyfile_load_text(&text, path, 9), E_FORMAT);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, before, after)
	const struct CMUnitTest tests[] = {
		T(test_what_is_saved_is_loaded),
		T(test_a_key_is_never_replaced),
		T(test_a_key_serves_one_purpose),
		T(test_a_key_that_others_could_read_is_refused),
		T(test_what_is_no_plain_file_is_refused),
		T(test_other_texts_are_refused),
		T(test_secret_texts_are_bounded),
	};
#undef T

	if (random_start() != E_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
