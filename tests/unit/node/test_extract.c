/* Promises of node/extract: the bytes of a file, packed or not, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "cli/file.h"
#include "node/extract.h"

#define TEXT_LEN 300000

static char dir[] = "/tmp/ward-extract-XXXXXX";
static char plain[64], packed[64];
static uint8_t text[TEXT_LEN], frame[1 << 20];

static int
set_up(void **state)
{
	uint32_t x = 1;

	(void)state;
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(plain, sizeof(plain), "%s/a.csv", dir);
	snprintf(packed, sizeof(packed), "%s/a.csv.zst", dir);
	for (size_t i = 0; i < TEXT_LEN; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (uint8_t)('a' + (x >> 24) % 16);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(plain);
	unlink(packed);
	return rmdir(dir);
}

/* The text in one frame with that window. */
static size_t
pack(uint8_t *out, size_t cap, const void *p, size_t n, int window_log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_outBuffer o = { out, cap, 0 };
	ZSTD_inBuffer in = { p, n, 0 };

	assert_non_null(c);
	assert_false(ZSTD_isError(
	    ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log)));
	assert_int_equal(
	    ZSTD_compressStream2(c, &o, &in, ZSTD_e_continue) > SIZE_MAX / 2,
	    0);
	assert_int_equal(ZSTD_compressStream2(c, &o, &in, ZSTD_e_end), 0);
	ZSTD_freeCCtx(c);
	return o.pos;
}

/* All of a file, cap bytes at a time; what ended it. */
static enum err
read_all(
    const char *path, size_t cap, uint8_t *out, size_t *len, const char **why)
{
	uint8_t *buf = malloc(cap); /* exact: ASan sees overreads */
	struct extract *x;
	size_t n = 0;
	enum err e;

	*len = 0;
	assert_int_equal(extract_open(&x, path), E_OK);
	while ((e = extract_read(x, buf, cap, &n)) == E_OK && n > 0) {
		if (*len + n <= TEXT_LEN)
			memcpy(out + *len, buf, n);
		*len += n;
	}
	*why = extract_why(x);
	extract_close(x);
	free(buf);
	return e;
}

static void
expect_text(const char *path, size_t cap)
{
	static uint8_t got[TEXT_LEN];
	const char *why;
	size_t len;

	assert_int_equal(read_all(path, cap, got, &len, &why), E_OK);
	assert_int_equal(len, TEXT_LEN);
	assert_memory_equal(got, text, TEXT_LEN);
	assert_null(why);
}

static void
test_bytes_are_those_of_the_file(void **state)
{
	static const size_t caps[] = { 1 << 18, 4096, 777 };
	size_t n = pack(frame, sizeof(frame), text, TEXT_LEN / 2, 17);

	(void)state;
	/* a file may hold several frames, and the first end anywhere */
	n += pack(frame + n, sizeof(frame) - n, text + TEXT_LEN / 2,
	    TEXT_LEN - TEXT_LEN / 2, EXTRACT_WINDOW_LOG);
	assert_int_equal(file_write(plain, text, TEXT_LEN), E_OK);
	assert_int_equal(file_write(packed, frame, n), E_OK);
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		expect_text(plain, caps[i]);
		expect_text(packed, caps[i]);
	}
}

static void
expect_refused(const void *p, size_t n, enum err want, const char *words)
{
	static uint8_t got[TEXT_LEN];
	const char *why;
	size_t len;

	assert_int_equal(file_write(packed, p, n), E_OK);
	assert_int_equal(read_all(packed, 4096, got, &len, &why), want);
	assert_non_null(why);
	if (strstr(why, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, why);
}

static void
test_damage_is_told(void **state)
{
	size_t n = pack(frame, sizeof(frame), text, TEXT_LEN, 17);

	(void)state;
	expect_refused("", 0, E_FORMAT, "cut");
	expect_refused(text, 1000, E_FORMAT, "no Zstandard file");
	for (size_t cut = 1; cut < n; cut += n / 23)
		expect_refused(frame, cut, E_FORMAT, "cut");
	frame[n] = 'x'; /* not the start of another frame */
	memset(frame + n, 'x', 16);
	expect_refused(frame, n + 16, E_FORMAT, "damaged");
}

/* Peak resident bytes of this process so far. */
static size_t
peak(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_maxrss * 1024;
}

/* A frame that asks for a gigabyte of window, and one that unpacks to more
 * than anybody wrote: refused, in bounded memory. */
static void
test_bombs_are_refused(void **state)
{
	static const uint8_t window[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 0 };
	uint8_t *bomb = calloc(1, 1 << 20);
	size_t n = 6, before;

	(void)state;
	expect_refused(window, sizeof(window), E_LIMIT, "window");
	before = peak();
	/* window 128 KiB, then blocks of one byte 128 Ki times */
	memcpy(bomb, "\x28\xb5\x2f\xfd\x00\x38", 6);
	while (n + 4 <= 1 << 20) {
		uint32_t head = (128 << 10) << 3 | 1 << 1;

		bomb[n++] = (uint8_t)head;
		bomb[n++] = (uint8_t)(head >> 8);
		bomb[n++] = (uint8_t)(head >> 16);
		bomb[n++] = '\n';
	}
	expect_refused(bomb, n, E_LIMIT, "times its size");
	assert_true(peak() - before < 16 << 20);
	free(bomb);
}

static void
test_only_plain_files_are_read(void **state)
{
	struct extract *x;

	(void)state;
	assert_int_equal(extract_open(&x, "/nowhere/a.csv"), E_NOTFOUND);
	assert_int_equal(extract_open(&x, dir), E_IO);
	assert_int_equal(mkfifo(plain, 0600), 0); /* nobody writes to it */
	assert_int_equal(extract_open(&x, plain), E_IO);
	extract_close(NULL);
}

static void
test_digest_and_mark_tell_files_apart(void **state)
{
	uint8_t one[HASH_BYTES], two[HASH_BYTES];
	struct extract_mark before, after;
	struct extract *x;

	(void)state;
	assert_int_equal(file_write(packed, text, TEXT_LEN), E_OK);
	assert_int_equal(hash_file(one, packed), E_OK);
	assert_int_equal(extract_open(&x, packed), E_OK);
	before = extract_mark(x);
	assert_int_equal(extract_digest(x, two), E_OK);
	assert_memory_equal(one, two, HASH_BYTES);
	assert_int_equal(extract_done(x), TEXT_LEN);
	after = extract_mark(x);
	assert_true(extract_same(&before, &after));
	assert_int_equal(truncate(packed, TEXT_LEN - 1), 0);
	after = extract_mark(x);
	assert_false(extract_same(&before, &after));
	extract_close(x);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes_are_those_of_the_file),
		TEST(test_damage_is_told),
		TEST(test_bombs_are_refused),
		TEST(test_only_plain_files_are_read),
		TEST(test_digest_and_mark_tell_files_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
