/* Promises of coordinator/config and pidfile: what is written can be read, the
 * numbers are never opened to the network, and a fault says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "coordinator/config.h"
#include "coordinator/pidfile.h"

static enum err
read_text(struct config *out, const char *text, struct fault *fault)
{
	return config_read(out, text, strlen(text), "c.yaml", fault);
}

static void
test_what_init_writes_can_be_read(void **state)
{
	struct config c = { .party = { "coordinator" },
		.listen = "tls+tcp://[::1]:8443",
		.http_address = "127.0.0.1",
		.http_port = 8081 };
	struct config got;
	char *text;

	(void)state;
	assert_int_equal(config_text(&text, &c), E_OK);
	assert_int_equal(read_text(&got, text, NULL), E_OK);
	free(text);
	assert_string_equal(got.party.s, c.party.s);
	assert_string_equal(got.listen, c.listen);
	assert_string_equal(got.http_address, c.http_address);
	assert_int_equal(got.http_port, 8081);
	assert_string_equal(got.data, WARD_DATA);
	assert_string_equal(got.map, WARD_MAP);
}

static void
test_http_stays_on_this_machine(void **state)
{
	static const struct {
		const char *address;
		enum err want;
	} cases[] = {
		{ "127.0.0.1", E_OK },
		{ "127.8.9.10", E_OK },
		{ "::1", E_OK },
		{ "/run/ward/http.sock", E_OK },
		{ "0.0.0.0", E_CONFIG },
		{ "::", E_CONFIG },
		{ "192.0.2.1", E_CONFIG },
		{ "::ffff:192.0.2.1", E_CONFIG },
		{ "128.0.0.1", E_CONFIG },
		{ "localhost", E_CONFIG },
		{ "relative.sock", E_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault fault = { "" };
		struct config c;
		char text[256];

		(void)snprintf(text, sizeof(text),
		    "party: c\nlisten: \"tls+tcp://0.0.0.0:1\"\nhttp:\n"
		    "  address: \"%s\"\n  port: 0\n",
		    cases[i].address);
		assert_int_equal(read_text(&c, text, &fault), cases[i].want);
		if (cases[i].want != E_OK)
			assert_non_null(strstr(fault.text, "c.yaml:4:"));
	}
}

static void
test_faults_say_where(void **state)
{
	static const struct {
		const char *text, *where;
	} cases[] = {
		{ "party: C\nlisten: \"tls+tcp://h:1\"\nhttp:\n"
		  "  address: ::1\n",
		    "c.yaml:1:8" },
		{ "party: c\nlisten: \"tcp://h:1\"\nhttp:\n"
		  "  address: \"::1\"\n",
		    "c.yaml:2:9" },
		{ "party: c\nlisten: \"tls+tcp://h:99999\"\nhttp:\n"
		  "  address: \"::1\"\n",
		    "c.yaml:2:9" },
		{ "party: c\nlisten: \"tls+tcp://h:1\"\nhttp:\n"
		  "  address: \"::1\"\n  port: 65536\n",
		    "c.yaml:5:9" },
		{ "party: c\nlisten: \"tls+tcp://h:1\"\nhttp:\n"
		  "  address: \"::1\"\ncolour: red\n",
		    "unknown key 'colour'" },
		{ "party: c\n", "c.yaml:" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fault fault = { "" };
		struct config c;

		assert_int_equal(
		    read_text(&c, cases[i].text, &fault), E_CONFIG);
		if (strstr(fault.text, cases[i].where) == NULL)
			fail_msg(
			    "%s is not in: %s", cases[i].where, fault.text);
	}
}

static void
test_one_coordinator_a_folder(void **state)
{
	char dir[] = "/tmp/ward-test-XXXXXX", path[64];
	pid_t holder = 0, child;
	int fd, second, status;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(pidfile_holder(&holder, dir), E_NOTFOUND);
	assert_int_equal(pidfile_claim(&fd, dir), E_OK);
	if ((child = fork()) == 0) {
		bool good = pidfile_claim(&second, dir) == E_EXISTS &&
			    pidfile_holder(&holder, dir) == E_OK &&
			    holder == getppid();

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(fd); /* as when it ends: the file stays, the lock does not */
	assert_int_equal(pidfile_holder(&holder, dir), E_NOTFOUND);
	assert_int_equal(pidfile_claim(&fd, dir), E_OK);
	close(fd);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, PIDFILE_NAME);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_init_writes_can_be_read),
		cmocka_unit_test(test_http_stays_on_this_machine),
		cmocka_unit_test(test_faults_say_where),
		cmocka_unit_test(test_one_coordinator_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
