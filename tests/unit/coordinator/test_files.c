/* Promises of coordinator/files: plain files inside the folder, and nothing
 * outside, however it is named. */
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

#include "coordinator/files.h"

struct tree { /* top/secret; top/in/{a.txt, empty, sub/b.txt} and links */
	char top[64];
	int folder; /* top/in */
};

static void
put(const struct tree *t, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", t->top, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
link_to(const struct tree *t, const char *target, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", t->top, name);
	assert_int_equal(symlink(target, path), 0);
}

static int
setup(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));
	char path[128];

	strcpy(t->top, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(t->top));
	(void)snprintf(path, sizeof(path), "%s/in/sub", t->top);
	path[strlen(t->top) + 3] = '\0';
	assert_int_equal(mkdir(path, 0700), 0);
	path[strlen(t->top) + 3] = '/';
	assert_int_equal(mkdir(path, 0700), 0);
	put(t, "secret", "secret");
	put(t, "in/a.txt", "hello");
	put(t, "in/empty", "");
	put(t, "in/sub/b.txt", "below");
	link_to(t, "a.txt", "in/inside");
	link_to(t, "../secret", "in/outside");
	link_to(t, "..", "in/up");
	(void)snprintf(path, sizeof(path), "%s/in/pipe", t->top);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/in", t->top);
	assert_int_equal(files_folder(&t->folder, path), E_OK);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct tree *t = *state;
	char command[128];

	close(t->folder);
	(void)snprintf(command, sizeof(command), "rm -r %s", t->top);
	assert_int_equal(system(command), 0);
	free(t);
	return 0;
}

static void
test_plain_files_are_read_whole(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a.txt", "hello" },
		{ "empty", "" },
		{ "sub/b.txt", "below" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < 3; i++) {
		char *text;
		size_t len;

		assert_int_equal(
		    files_read(&text, &len, t->folder, cases[i].name), E_OK);
		assert_int_equal(len, strlen(cases[i].want));
		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

static void
test_nothing_leaves_the_folder(void **state)
{
	struct tree *t = *state;
	char absolute[128];
	const char *const names[] = { "../secret", "sub/../../secret",
		"outside", "inside", "up/secret", "up/in/a.txt", "/etc/passwd",
		"/proc/self/root/etc/passwd", "", ".", "sub", "pipe", "missing",
		absolute };

	(void)snprintf(absolute, sizeof(absolute), "%s/in/a.txt", t->top);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = NULL;
		size_t len = 77;

		assert_int_equal(
		    files_read(&text, &len, t->folder, names[i]), E_NOTFOUND);
		assert_null(text);
		assert_int_equal(len, 77);
	}
}

static void
test_huge_files_are_refused_before_memory_is_taken(void **state)
{
	struct tree *t = *state;
	char path[128], *text = NULL;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/in/a.txt", t->top);
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_int_equal(files_read(&text, &len, t->folder, "a.txt"), E_LIMIT);
	assert_null(text);
}

static void
test_a_folder_must_be_one(void **state)
{
	int fd = -7;

	(void)state;
	assert_int_equal(files_folder(&fd, "/nowhere/at/all"), E_IO);
	assert_int_equal(files_folder(&fd, "/etc/passwd"), E_IO);
	assert_int_equal(fd, -7);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_plain_files_are_read_whole),
		WITH(test_nothing_leaves_the_folder),
		WITH(test_huge_files_are_refused_before_memory_is_taken),
		cmocka_unit_test(test_a_folder_must_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
