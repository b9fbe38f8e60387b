/* Promises of cli/file: bounded reads; a file is the old or the new one. */
#include <dirent.h>
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

#include "cli/file.h"

static char dir[] = "/tmp/ward-test-file-XXXXXX";

static char *
path_of(const char *name)
{
	static char path[FILE_PATH];

	assert_int_equal(file_path(path, dir, name), E_OK);
	return path;
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

/* How many names the folder has; removes them. */
static int
empty_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.') {
			n++;
			if (unlink(path_of(entry->d_name)) == -1)
				rmdir(path_of(entry->d_name));
		}
	closedir(d);
	return n;
}

static int
remove_dir(void **state)
{
	(void)state;
	empty_dir();
	return rmdir(dir);
}

static void
test_what_is_written_is_read(void **state)
{
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(file_write(path_of("a"), "x\0y", 3), E_OK);
	assert_int_equal(file_read(&text, &len, path_of("a"), 3), E_OK);
	assert_int_equal(len, 3);
	assert_memory_equal(text, "x\0y", 4); /* with the NUL after it */
	free(text);
	assert_true(file_there(path_of("a")));
	assert_false(file_there(path_of("b")));
	assert_int_equal(empty_dir(), 1); /* nothing else was left behind */
}

static void
test_a_read_is_bounded_and_of_plain_files(void **state)
{
	char *text = NULL;
	size_t len = 7;

	(void)state;
	assert_int_equal(file_write(path_of("a"), "1234", 4), E_OK);
	assert_int_equal(file_read(&text, &len, path_of("a"), 3), E_LIMIT);
	assert_int_equal(file_read(&text, &len, path_of("b"), 9), E_NOTFOUND);
	assert_int_equal(file_read(&text, &len, dir, 9), E_IO);
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_int_equal(file_read(&text, &len, path_of("pipe"), 9), E_IO);
	assert_null(text); /* untouched on failure */
	assert_int_equal(len, 7);
	empty_dir();
}

static void
test_a_file_is_replaced_as_a_whole(void **state)
{
	struct stat before, after;
	char *text = NULL;
	FILE *reader;
	size_t len;
	char old[8] = "";

	(void)state;
	assert_int_equal(file_write(path_of("a"), "old", 3), E_OK);
	assert_int_equal(stat(path_of("a"), &before), 0);
	reader = fopen(path_of("a"), "r");
	assert_int_equal(file_write(path_of("a"), "newer", 5), E_OK);
	assert_int_equal(stat(path_of("a"), &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assert_int_equal(after.st_mode & 0777, 0644);
	/* whoever had it open still has the whole old one */
	assert_int_equal(fread(old, 1, sizeof(old), reader), 3);
	assert_string_equal(old, "old");
	fclose(reader);
	assert_int_equal(file_read(&text, &len, path_of("a"), 9), E_OK);
	assert_string_equal(text, "newer");
	free(text);
	empty_dir();
}

static void
test_a_write_that_fails_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("sub"), 0700), 0);
	assert_int_equal(file_write(path_of("sub"), "x", 1), E_IO);
	assert_int_equal(file_write(path_of("no/such"), "x", 1), E_NOTFOUND);
	assert_int_equal(file_write("/dev/null", "x", 1), E_OK);
	assert_int_equal(empty_dir(), 1);
}

/* As somebody who is not root: root may read and write everything. */
static void
test_what_is_not_ours_is_told_so(void **state)
{
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(file_write(path_of("a"), "x", 1), E_OK);
	assert_int_equal(chmod(path_of("a"), 0), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	else
		assert_int_equal(chmod(dir, 0555), 0);
	assert_int_equal(file_read(&text, &len, path_of("a"), 9), E_ACCESS);
	assert_int_equal(file_write(path_of("b"), "x", 1), E_ACCESS);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(empty_dir(), 1);
}

static void
test_reasons_say_what_to_do(void **state)
{
	static const struct {
		bool write;
		const char *name;
		enum err e;
		const char *want;
	} cases[] = {
		{ false, "a", E_LIMIT, "larger than the 65536 bytes" },
		{ false, "a", E_ACCESS, "permission denied; become" },
		{ false, "no", E_NOTFOUND, "no such file; check the name" },
		{ false, ".", E_IO, "that is a folder; name a file" },
		{ false, "a", E_IO, "reading or writing failed; check" },
		{ true, "no/a", E_NOTFOUND, "its folder is not there; make" },
		{ true, "a", E_ACCESS, "permission denied; write to" },
		{ true, ".", E_IO, "that is a folder; name a file" },
		{ true, "a", E_NOMEM, "out of memory; nothing was written" },
	};
	char why[FILE_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = path_of(cases[i].name);

		if (cases[i].write)
			file_write_why(why, path, cases[i].e);
		else
			file_read_why(why, path, 65536, cases[i].e);
		assert_int_equal(strncmp(why, path, strlen(path)), 0);
		if (strstr(why, cases[i].want) == NULL)
			fail_msg("%s: want \"%s\"", why, cases[i].want);
	}
}

static void
test_a_path_that_is_too_long_is_refused(void **state)
{
	char out[FILE_PATH] = "kept", name[FILE_PATH];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(file_path(out, dir, name), E_LIMIT);
	assert_string_equal(out, "kept");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_a_read_is_bounded_and_of_plain_files),
		cmocka_unit_test(test_a_file_is_replaced_as_a_whole),
		cmocka_unit_test(test_a_write_that_fails_leaves_nothing),
		cmocka_unit_test(test_what_is_not_ours_is_told_so),
		cmocka_unit_test(test_reasons_say_what_to_do),
		cmocka_unit_test(test_a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
