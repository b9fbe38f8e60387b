/* Promises of protocol/bridge: real net processes, confined as in a daemon. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pki_test.h"
#include "tests/unit/protocol/net_test.h"

static struct pki pki;
static struct tls_material hub, spoke;

static int
setup(void **state)
{
	const char *name = "hub.example";

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_new(&pki);
	pki_party(&pki, &hub, "hub", &name, 1);
	pki_party(&pki, &spoke, "spoke", NULL, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tls_material_free(&hub);
	tls_material_free(&spoke);
	pki_end(&pki);
	return 0;
}

/* Of every wait, about a fiftieth. */
static enum err
impatient_fill(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 5, len);
	return E_OK;
}

static const struct rng impatient = { impatient_fill, NULL };

static void
hub_start(struct net *n, uint16_t port, bool confined)
{
	struct bridge_config config = { .tls = hub };
	char url[64];

	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%u", port);
	config.listen_url = url;
	net_start(n, &config, confined);
}

static void
spoke_start(struct net *n, uint16_t port, const char *name, bool confined)
{
	struct bridge_config config = { .tls = spoke, .rng = &impatient };
	char url[64];

	snprintf(url, sizeof(url), "tls+tcp://localhost:%u", port);
	config.dial_url = url;
	config.server_name = name;
	net_start(n, &config, confined);
}

/* An UP of that party; the number of the connection. */
static uint64_t
expect_up(struct net *n, const char *party, struct ipc_up *up)
{
	struct ipc_message m = net_expect(n, IPC_UP);

	assert_int_equal(ipc_up_parse(up, m.body, m.len), E_OK);
	assert_string_equal(up->party.s, party);
	return m.conn;
}

struct joined {
	struct net hub, spoke;
	uint64_t at_hub, at_spoke;
};

static void
join(struct joined *j)
{
	struct ipc_up at_hub, at_spoke;

	j->at_hub = expect_up(&j->hub, "spoke", &at_hub);
	j->at_spoke = expect_up(&j->spoke, "hub", &at_spoke);
	assert_memory_equal(at_hub.exporter, at_spoke.exporter, 32);
	net_tell(&j->hub, IPC_ADMIT, j->at_hub);
	net_tell(&j->spoke, IPC_ADMIT, j->at_spoke);
}

static void
test_waits_double_up_to_a_minute(void **state)
{
	static const struct {
		unsigned failures, bound_ms;
	} cases[] = {
		{ 1, 1000 },
		{ 2, 2000 },
		{ 3, 4000 },
		{ 6, 32000 },
		{ 7, 60000 },
		{ 8, 60000 },
		{ 40, 60000 },
		{ UINT_MAX, 60000 },
	};

	(void)state;
	assert_int_equal(bridge_wait_ms(0, UINT32_MAX), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned bound = cases[i].bound_ms;

		assert_int_equal(bridge_wait_ms(cases[i].failures, 0), 0);
		assert_int_equal(
		    bridge_wait_ms(cases[i].failures, UINT32_MAX), bound - 1);
		assert_int_equal(
		    bridge_wait_ms(cases[i].failures, UINT32_C(1) << 31),
		    bound / 2);
	}
}

/* Both directions, the largest frame too. */
static void
carry(struct joined *j)
{
	static const size_t lens[] = { 0, 4000, FRAME_BODY_MAX, 1 };
	uint8_t *body = calloc(1, FRAME_BODY_MAX);
	struct ipc_message m;
	struct frame f;

	for (uint32_t i = 0; i < 2 * sizeof(lens) / sizeof(lens[0]); i++) {
		struct net *from = i % 2 == 0 ? &j->hub : &j->spoke;
		struct net *to = i % 2 == 0 ? &j->spoke : &j->hub;

		f = (struct frame){ .kind = FRAME_CHUNK,
			.attempt = i,
			.body = body,
			.len = lens[i / 2] };
		net_send(from, i % 2 == 0 ? j->at_hub : j->at_spoke, &f);
		m = net_expect(to, IPC_FRAME);
		assert_true(m.conn == (i % 2 == 0 ? j->at_spoke : j->at_hub));
		assert_int_equal(frame_parse(&f, m.body, m.len), E_OK);
		assert_int_equal(f.attempt, i);
		assert_int_equal(f.len, lens[i / 2]);
	}
	free(body);
}

static void
test_two_cores_speak_through_their_net_processes(void **state)
{
	(void)state;
	for (int confined = 0; confined < 2; confined++) {
		struct joined j;

		hub_start(&j.hub, 0, confined);
		spoke_start(
		    &j.spoke, net_port(&j.hub), "hub.example", confined);
		join(&j);
		carry(&j);

		/* the hub drops it: the spoke comes again */
		net_tell(&j.hub, IPC_DROP, j.at_hub);
		assert_true(net_expect(&j.spoke, IPC_DOWN).conn == j.at_spoke);
		join(&j);
		/* the spoke drops it: it, too, comes again */
		net_tell(&j.spoke, IPC_DROP, j.at_spoke);
		assert_true(net_expect(&j.hub, IPC_DOWN).conn == j.at_hub);
		join(&j);
		carry(&j);
		assert_int_equal(net_wait(&j.spoke), E_OK);
		assert_true(net_expect(&j.hub, IPC_DOWN).conn == j.at_hub);
		assert_int_equal(net_wait(&j.hub), E_OK);
	}
}

static void
test_a_killed_listener_is_dialled_until_it_is_back(void **state)
{
	struct joined j;
	struct ipc_message m;
	uint16_t port;

	(void)state;
	hub_start(&j.hub, 0, true);
	port = net_port(&j.hub);
	spoke_start(&j.spoke, port, "hub.example", true);
	join(&j);
	assert_int_equal(net_kill(&j.hub), -1);
	assert_true(net_expect(&j.spoke, IPC_DOWN).conn == j.at_spoke);
	/* attempts that fail are nothing that the core could act on */
	assert_false(net_next(&j.spoke, &m, 300));
	hub_start(&j.hub, port, true);
	assert_int_equal(net_port(&j.hub), port);
	join(&j);
	carry(&j);
	assert_int_equal(net_wait(&j.spoke), E_OK);
	assert_int_equal(net_wait(&j.hub), E_OK);
}

static void
test_another_name_is_never_up(void **state)
{
	struct net h, s;
	struct ipc_message m;

	(void)state;
	hub_start(&h, 0, true);
	spoke_start(&s, net_port(&h), "other.example", true);
	assert_false(net_next(&s, &m, 300));
	assert_false(net_next(&h, &m, 0));
	assert_int_equal(net_wait(&s), E_OK);
	assert_int_equal(net_wait(&h), E_OK);
}

/* A core that is out of its mind ends the process; nothing is guessed. */
static void
test_a_core_that_breaks_the_rules_is_left(void **state)
{
	static const struct {
		enum ipc_kind kind;
		uint64_t conn;
		size_t len;
	} cases[] = {
		{ IPC_UP, 1, 0 },    /* not for us */
		{ IPC_DROP, 1, 1 },  /* has no body */
		{ IPC_ADMIT, 0, 0 }, /* no connection */
		{ IPC_SEND, 1, 0 },  /* no frame */
		{ IPC_SEND, 1, 50 }, /* no frame either */
	};
	static const uint8_t body[50];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net n;
		int status;

		hub_start(&n, 0, true);
		net_port(&n);
		assert_int_equal(ipc_send(n.ipc, cases[i].kind, cases[i].conn,
				     body, cases[i].len),
		    E_OK);
		assert_int_equal(waitpid(n.pid, &status, 0), n.pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), E_FORMAT);
		ipc_free(n.ipc);
		close(n.fd);
	}
}

static void
test_a_frame_for_nobody_is_nothing(void **state)
{
	struct frame f = { .kind = FRAME_ASK };
	struct net n;

	(void)state;
	hub_start(&n, 0, true);
	net_port(&n);
	net_send(&n, 12345, &f);
	net_tell(&n, IPC_DROP, 12345);
	net_tell(&n, IPC_ADMIT, 12345);
	assert_int_equal(net_wait(&n), E_OK);
}

static void
test_a_configuration_has_one_url(void **state)
{
	struct bridge_config none = { .tls = hub, .ipc_fd = -1 };
	struct bridge_config both = { .tls = hub,
		.ipc_fd = -1,
		.listen_url = "tls+tcp://127.0.0.1:0",
		.dial_url = "tls+tcp://127.0.0.1:1",
		.server_name = "x",
		.rng = &impatient };
	struct bridge_config nameless = { .tls = hub,
		.ipc_fd = -1,
		.dial_url = "tls+tcp://127.0.0.1:1",
		.rng = &impatient };

	(void)state;
	assert_int_equal(bridge_run(&none), E_CONFIG);
	assert_int_equal(bridge_run(&both), E_CONFIG);
	assert_int_equal(bridge_run(&nameless), E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_double_up_to_a_minute),
		cmocka_unit_test(
		    test_two_cores_speak_through_their_net_processes),
		cmocka_unit_test(
		    test_a_killed_listener_is_dialled_until_it_is_back),
		cmocka_unit_test(test_another_name_is_never_up),
		cmocka_unit_test(test_a_core_that_breaks_the_rules_is_left),
		cmocka_unit_test(test_a_frame_for_nobody_is_nothing),
		cmocka_unit_test(test_a_configuration_has_one_url),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
