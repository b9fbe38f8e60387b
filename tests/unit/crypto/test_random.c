/* Promises of crypto/random: no byte twice, not even in two processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/random.h"

#define BLOCK 16

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, BLOCK);
}

/* Are all blocks of buf[n * BLOCK] different?  Chance says so but for 2^-100.
 */
static bool
all_different(uint8_t *buf, size_t n)
{
	qsort(buf, n, BLOCK, compare);
	for (size_t i = 1; i < n; i++)
		if (memcmp(buf + (i - 1) * BLOCK, buf + i * BLOCK, BLOCK) == 0)
			return false;
	return true;
}

static void
test_no_block_comes_twice(void **state)
{
	static const size_t sizes[] = { 16, 4096, 8192, 16384, 16400, 65536,
		300000 };
	const size_t cap = 2u << 20;
	uint8_t *buf = malloc(cap);
	struct random *r;
	struct rng rng;
	size_t done = 0;

	(void)state;
	assert_non_null(buf);
	assert_int_equal(random_new(&r), E_OK);
	rng = random_rng(r);
	for (size_t i = 0; done + sizes[i % 7] <= cap; i++) {
		size_t n = sizes[i % 7];

		assert_int_equal(rng.fill(rng.ctx, buf + done, n), E_OK);
		done += n;
	}
	assert_true(all_different(buf, done / BLOCK));
	random_free(r);
	random_free(NULL);
	free(buf);
}

static void
test_bits_are_balanced(void **state)
{
	const size_t n = 1u << 20;
	uint8_t *buf = malloc(n);
	struct random *r;
	struct rng rng;
	int64_t ones = 0;

	(void)state;
	assert_non_null(buf);
	assert_int_equal(random_new(&r), E_OK);
	rng = random_rng(r);
	assert_int_equal(rng.fill(rng.ctx, buf, n), E_OK);
	for (size_t i = 0; i < n; i++)
		ones += __builtin_popcount(buf[i]);
	/* 2^23 fair bits: sigma is 1448; ten of them */
	assert_true(llabs(ones - (int64_t)(4 * n)) < 14480);
	random_free(r);
	free(buf);
}

/* Child and parent go on from the same state and must not say the same: from
 * the buffer (small requests) and from the key in use. */
static void
check_fork(size_t n)
{
	static uint8_t mine[1024 * BLOCK], both[2 * sizeof(mine)];
	struct random *r;
	struct rng rng;
	int fds[2], status;
	pid_t pid;

	assert_true(n <= sizeof(mine));
	assert_int_equal(random_new(&r), E_OK);
	rng = random_rng(r);
	assert_int_equal(rng.fill(rng.ctx, mine, 100), E_OK);
	assert_int_equal(rng.fill(rng.ctx, mine, n), E_OK);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (rng.fill(rng.ctx, mine, n) != E_OK ||
		    write(fds[1], mine, n) != (ssize_t)n)
			_exit(1);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(rng.fill(rng.ctx, both, n), E_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(fds[0], both + n, n), n);
	assert_true(all_different(both, 2 * n / BLOCK));
	close(fds[0]);
	close(fds[1]);
	random_free(r);
}

static void
test_a_fork_shares_no_output(void **state)
{
	(void)state;
	check_fork(64 * BLOCK);
	check_fork(1024 * BLOCK);
}

static void
test_two_sources_differ(void **state)
{
	uint8_t a[32], b[32], c[32];
	struct random *r, *s;
	struct rng rng;

	(void)state;
	assert_int_equal(random_new(&r), E_OK);
	assert_int_equal(random_new(&s), E_OK);
	rng = random_rng(r);
	assert_int_equal(rng.fill(rng.ctx, a, sizeof(a)), E_OK);
	rng = random_rng(s);
	assert_int_equal(rng.fill(rng.ctx, b, sizeof(b)), E_OK);
	assert_int_equal(random_bytes(c, sizeof(c)), E_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	random_wipe(a, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, sizeof(a));
	random_free(r);
	random_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_block_comes_twice),
		cmocka_unit_test(test_bits_are_balanced),
		cmocka_unit_test(test_a_fork_shares_no_output),
		cmocka_unit_test(test_two_sources_differ),
	};

	if (random_start() != E_OK || random_start() != E_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
