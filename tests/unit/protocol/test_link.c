/* Promises of protocol/link, against a real net process. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/link.h"
#include "tests/unit/pki_test.h"
#include "tests/unit/protocol/net_test.h"

static struct pki pki, other_pki;
static struct tls_material hub, spoke, rogue;
static struct net net;
static char url[64];

/* The net process is forked here, before nng has threads in this one. */
static int
setup(void **state)
{
	struct bridge_config config = {
		.listen_url = "tls+tcp://127.0.0.1:0",
	};
	const char *name = "hub.example";

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_new(&pki);
	pki_new(&other_pki);
	pki_party(&pki, &hub, "hub", &name, 1);
	pki_party(&pki, &spoke, "spoke", NULL, 0);
	pki_party(&other_pki, &rogue, "rogue", NULL, 0);
	config.tls = hub;
	net_start(&net, &config, true);
	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%u", net_port(&net));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tls_material_free(&hub);
	tls_material_free(&spoke);
	tls_material_free(&rogue);
	pki_end(&pki);
	pki_end(&other_pki);
	return 0;
}

static struct link *
open_link(uint64_t *conn)
{
	struct link *l;
	struct ipc_message m;
	struct ipc_up up;

	assert_int_equal(
	    link_open(&l, url, "hub.example", &spoke, NET_PATIENCE_MS), E_OK);
	m = net_expect(&net, IPC_UP);
	*conn = m.conn;
	assert_int_equal(ipc_up_parse(&up, m.body, m.len), E_OK);
	assert_string_equal(up.party.s, "spoke");
	assert_string_equal(link_peer(l)->party.s, "hub");
	assert_memory_equal(link_peer(l)->exporter, up.exporter, 32);
	return l;
}

static void
test_a_question_is_answered(void **state)
{
	struct frame ask = { .kind = FRAME_SUBMIT,
		.body = (const uint8_t *)"question",
		.len = 8 };
	struct frame large = { .kind = FRAME_REPLY, .len = FRAME_BODY_MAX };
	struct frame got;
	struct ipc_message m;
	uint64_t conn;
	struct link *l = open_link(&conn);

	(void)state;
	large.body = calloc(1, large.len);
	link_admit(l);
	net_tell(&net, IPC_ADMIT, conn);
	assert_int_equal(link_receive(l, &got, 0), E_TIMEOUT);
	assert_int_equal(link_send(l, &ask), E_OK);
	m = net_expect(&net, IPC_FRAME);
	assert_true(m.conn == conn);
	assert_int_equal(frame_parse(&got, m.body, m.len), E_OK);
	assert_int_equal(got.kind, FRAME_SUBMIT);
	assert_memory_equal(got.body, "question", 8);
	for (int i = 0; i < 3; i++) {
		net_send(&net, conn, &large);
		assert_int_equal(link_receive(l, &got, NET_PATIENCE_MS), E_OK);
		assert_int_equal(got.kind, FRAME_REPLY);
		assert_int_equal(got.len, large.len);
	}
	link_close(l);
	assert_true(net_expect(&net, IPC_DOWN).conn == conn);
	free((void *)(uintptr_t)large.body);
}

/* WELCOME, and at its heels a roster that is larger than strangers may send. */
static void
test_a_large_frame_waits_for_the_admission(void **state)
{
	struct frame welcome = { .kind = FRAME_WELCOME };
	struct frame roster = { .kind = FRAME_ROSTER, .len = 100000 };
	struct frame got;
	uint64_t conn;
	struct link *l = open_link(&conn);

	(void)state;
	roster.body = calloc(1, roster.len);
	net_send(&net, conn, &welcome);
	net_send(&net, conn, &roster);
	assert_int_equal(link_receive(l, &got, NET_PATIENCE_MS), E_OK);
	assert_int_equal(got.kind, FRAME_WELCOME);
	assert_int_equal(link_receive(l, &got, 100), E_TIMEOUT);
	link_admit(l);
	assert_int_equal(link_receive(l, &got, NET_PATIENCE_MS), E_OK);
	assert_int_equal(got.kind, FRAME_ROSTER);
	assert_int_equal(got.len, roster.len);
	link_close(l);
	net_expect(&net, IPC_DOWN);
	free((void *)(uintptr_t)roster.body);
}

static void
test_what_was_sent_arrives_before_the_close(void **state)
{
	struct frame f = { .kind = FRAME_SUBMIT, .len = FRAME_BODY_MAX };
	uint64_t conn;
	struct link *l = open_link(&conn);

	(void)state;
	f.body = calloc(1, f.len);
	net_tell(&net, IPC_ADMIT, conn);
	assert_int_equal(ipc_flush(net.ipc, NET_PATIENCE_MS), E_OK);
	assert_int_equal(link_send(l, &f), E_OK);
	link_close(l);
	assert_int_equal(net_expect(&net, IPC_FRAME).len, FRAME_MAX);
	assert_true(net_expect(&net, IPC_DOWN).conn == conn);
	free((void *)(uintptr_t)f.body);
}

static void
test_the_end_is_told_after_the_last_frame(void **state)
{
	struct frame reject = { .kind = FRAME_REJECT };
	struct frame got;
	uint64_t conn;
	struct link *l = open_link(&conn);

	(void)state;
	net_send(&net, conn, &reject);
	net_tell(&net, IPC_DROP, conn);
	assert_int_equal(link_receive(l, &got, NET_PATIENCE_MS), E_OK);
	assert_int_equal(got.kind, FRAME_REJECT);
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    link_receive(l, &got, NET_PATIENCE_MS), E_CLOSED);
	assert_int_equal(link_send(l, &reject), E_CLOSED);
	link_close(l);
}

static void
test_opening_tells_why_it_failed(void **state)
{
	int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);
	char silent[64], closed[64];
	char *both = pki_join(hub.ca_pem, rogue.ca_pem);
	struct tls_material unknown = { both, rogue.cert_pem, rogue.key_pem };
	struct tls_material swapped = { hub.ca_pem, hub.cert_pem,
		spoke.key_pem };
	const struct {
		const char *url, *name;
		const struct tls_material *m;
		int wait_ms;
		enum err want;
	} cases[] = {
		{ "http://x", "hub.example", &spoke, 1000, E_ARG },
		{ url, "hub.example", &swapped, 1000, E_CONFIG },
		{ url, "x.example", &spoke, NET_PATIENCE_MS, E_PEER },
		{ url, "hub.example", &rogue, NET_PATIENCE_MS, E_PEER },
		{ url, "hub.example", &unknown, NET_PATIENCE_MS, E_PEER },
		{ silent, "hub.example", &spoke, 200, E_TIMEOUT },
		{ closed, "hub.example", &spoke, NET_PATIENCE_MS, E_CLOSED },
	};

	(void)state;
	assert_int_equal(bind(deaf, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(deaf, (struct sockaddr *)&sa, &n), 0);
	assert_int_equal(listen(deaf, 5), 0);
	snprintf(silent, sizeof(silent), "tls+tcp://127.0.0.1:%u",
	    ntohs(sa.sin_port));
	strcpy(closed, "tls+tcp://127.0.0.1:1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link *l = NULL;

		assert_int_equal(link_open(&l, cases[i].url, cases[i].name,
				     cases[i].m, cases[i].wait_ms),
		    cases[i].want);
		assert_null(l);
	}
	close(deaf);
	free(both);
}

/* The last test: it ends the process at the other end. */
static void
test_a_killed_coordinator_is_noticed(void **state)
{
	struct frame got;
	uint64_t conn;
	struct link *l = open_link(&conn);

	(void)state;
	assert_int_equal(net_kill(&net), -1);
	assert_int_equal(link_receive(l, &got, NET_PATIENCE_MS), E_CLOSED);
	link_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_question_is_answered),
		cmocka_unit_test(test_a_large_frame_waits_for_the_admission),
		cmocka_unit_test(test_what_was_sent_arrives_before_the_close),
		cmocka_unit_test(test_the_end_is_told_after_the_last_frame),
		cmocka_unit_test(test_opening_tells_why_it_failed),
		cmocka_unit_test(test_a_killed_coordinator_is_noticed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
