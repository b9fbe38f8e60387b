/* Promises of protocol/transport and crypto/tls, on real sockets. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "crypto/cert.h"
#include "protocol/frame.h"
#include "protocol/transport.h"
#include "tests/unit/pki_test.h"

#define PATIENCE_MS 30000 /* nothing waits so long unless it is broken */
#define LOOPBACK "127.0.0.1"

static struct pki pki, other_pki;
static struct tls_material hub, spoke, rogue;

static int
setup(void **state)
{
	const char *names[] = { "hub.example", LOOPBACK };

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	pki_new(&pki);
	pki_new(&other_pki);
	pki_party(&pki, &hub, "hub", names, 2);
	pki_party(&pki, &spoke, "spoke", NULL, 0);
	pki_party(&other_pki, &rogue, "rogue", NULL, 0);
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

/* Deadlines that no busy machine reaches, and an end without a rest. */
static struct transport_limits
quick(void)
{
	struct transport_limits l = transport_limits_default;

	l.hello_ms = 20000;
	l.drain_ms = 20000;
	l.idle_ms = 20000;
	l.linger_ms = 10;
	l.tick_ms = 5;
	l.per_address = 100;
	return l;
}

/* A clock that jumps: no test waits for a deadline. */
static _Atomic uint64_t jumped_ms;

static uint64_t
jumping_mono_ms(void *ctx)
{
	return transport_clock.mono_ms(ctx) + jumped_ms;
}

static uint64_t
jumping_utc_s(void *ctx)
{
	return transport_clock.utc_s(ctx);
}

static const struct clock jumping = { jumping_utc_s, jumping_mono_ms, NULL };

static struct transport *
open_by(const struct tls_material *m, const struct transport_limits *l,
    const struct clock *clock)
{
	struct transport *t;

	assert_int_equal(transport_new(&t, m, l, clock, NULL), E_OK);
	return t;
}

static struct transport *
open_with(const struct tls_material *m, const struct transport_limits *l)
{
	return open_by(m, l, &transport_clock);
}

static struct transport *
listener(const struct transport_limits *l)
{
	struct transport *t = open_by(&hub, l, &jumping);

	assert_int_equal(transport_listen(t, "tls+tcp://127.0.0.1:0"), E_OK);
	assert_int_not_equal(transport_port(t), 0);
	return t;
}

static uint64_t
dial(struct transport *t, uint16_t port, const char *name)
{
	char url[64];
	uint64_t conn;

	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%u", port);
	assert_int_equal(transport_dial(t, url, name, &conn), E_OK);
	return conn;
}

static uint64_t
now_ms(void)
{
	return transport_clock.mono_ms(NULL);
}

/* Is there an event within wait_ms?  transport_fd must say the same. */
static bool
event_within(struct transport *t, struct transport_event *ev, int wait_ms)
{
	struct pollfd p = { .fd = transport_fd(t), .events = POLLIN };

	if (poll(&p, 1, wait_ms) != 1)
		return false;
	assert_int_equal(transport_next(t, ev), E_OK);
	return true;
}

static struct transport_event
event(struct transport *t)
{
	struct transport_event ev;

	assert_true(event_within(t, &ev, PATIENCE_MS));
	return ev;
}

/* The next event, which must be of that kind. */
static struct transport_event
expect(struct transport *t, enum transport_kind kind)
{
	struct transport_event ev = event(t);

	assert_int_equal(ev.kind, kind);
	return ev;
}

static void
expect_down(struct transport *t, uint64_t conn, enum err why)
{
	struct transport_event ev = expect(t, TRANSPORT_DOWN);

	assert_true(ev.conn == conn);
	assert_int_equal(ev.err, why);
}

struct two { /* both ends of one connection, admitted on both sides */
	struct transport *hub, *spoke;
	uint64_t at_hub, at_spoke;
};

/* One more connection from w->spoke to w->hub. */
static void
join_more(struct two *w)
{
	w->at_spoke = dial(w->spoke, transport_port(w->hub), "hub.example");
	assert_true(expect(w->spoke, TRANSPORT_UP).conn == w->at_spoke);
	w->at_hub = expect(w->hub, TRANSPORT_UP).conn;
	transport_admit(w->hub, w->at_hub);
	transport_admit(w->spoke, w->at_spoke);
}

static struct two
join(const struct transport_limits *l)
{
	struct two w = { .hub = listener(l), .spoke = open_with(&spoke, l) };

	join_more(&w);
	return w;
}

static void
part(struct two *w)
{
	transport_free(w->spoke);
	transport_free(w->hub);
}

/* A frame of kind CHUNK with len bytes that follow from seed. */
static uint8_t *
chunk(size_t len, uint32_t seed, size_t *whole)
{
	struct frame f = { .kind = FRAME_CHUNK, .attempt = seed, .len = len };
	uint8_t *body = malloc(len + 1), *out;

	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)((i * 2654435761u + seed) >> 13);
	f.body = body;
	assert_int_equal(frame_write(&out, whole, &f), E_OK);
	free(body);
	return out;
}

static void
send_chunk(struct transport *t, uint64_t conn, size_t len, uint32_t seed)
{
	size_t whole;
	uint8_t *bytes = chunk(len, seed, &whole);

	assert_int_equal(transport_send(t, conn, bytes, whole), E_OK);
	free(bytes);
}

static void
expect_chunk(struct transport *t, uint64_t conn, size_t len, uint32_t seed)
{
	struct transport_event ev = expect(t, TRANSPORT_FRAME);
	size_t whole;
	uint8_t *bytes = chunk(len, seed, &whole);

	assert_true(ev.conn == conn);
	assert_int_equal(ev.len, whole);
	assert_memory_equal(ev.bytes, bytes, whole);
	transport_event_free(&ev);
	free(bytes);
}

/* ---- peers that are not ours ---- */

static int
raw_connect(uint16_t port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

/* Wait until the other side has ended the connection. */
static void
raw_expect_end(int fd)
{
	uint8_t buf[4096];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		;
	assert_true(n == 0 || errno == ECONNRESET || errno == EPIPE);
	close(fd);
}

struct raw { /* a TLS client by OpenSSL alone */
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

static void
raw_use(SSL_CTX *ctx, const struct tls_material *m)
{
	BIO *cert_bio = BIO_new_mem_buf(m->cert_pem, -1);
	BIO *key_bio = BIO_new_mem_buf(m->key_pem, -1);
	X509 *cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);

	assert_int_equal(SSL_CTX_use_certificate(ctx, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(cert_bio);
	BIO_free(key_bio);
}

/* Connect, with m as certificate or none; did SSL_connect succeed? */
static bool
raw_open(struct raw *r, uint16_t port, const struct tls_material *m, int max)
{
	r->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_max_proto_version(r->ctx, max);
	if (m != NULL)
		raw_use(r->ctx, m);
	r->ssl = SSL_new(r->ctx);
	r->fd = raw_connect(port);
	SSL_set_fd(r->ssl, r->fd);
	return SSL_connect(r->ssl) == 1;
}

static void
raw_close(struct raw *r)
{
	SSL_free(r->ssl);
	SSL_CTX_free(r->ctx);
	close(r->fd);
}

/* Read until the end; the whole frames that came, by kind. */
static unsigned
raw_read_to_end(struct raw *r, enum frame_kind kind)
{
	uint8_t buf[FRAME_HEADER];
	unsigned n = 0;

	while (SSL_read(r->ssl, buf, sizeof(buf)) == sizeof(buf))
		n += buf[5] == kind;
	return n;
}

static void
raw_write(struct raw *r, const void *buf, size_t len)
{
	assert_int_equal(SSL_write(r->ssl, buf, (int)len), (int)len);
}

/* The header of a frame without a body. */
static void
header(uint8_t buf[FRAME_HEADER], enum frame_kind kind)
{
	memset(buf, 0, FRAME_HEADER);
	buf[4] = FRAME_VERSION;
	buf[5] = (uint8_t)kind;
}

/* ---- who is who ---- */

static void
test_both_sides_know_each_other(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&spoke, &l);
	uint64_t conn = dial(s, transport_port(h), "hub.example");
	struct transport_event at_s = expect(s, TRANSPORT_UP);
	struct transport_event at_h = expect(h, TRANSPORT_UP);
	uint8_t fingerprint[32], zero[32] = { 0 };
	char path[PKI_PATH];

	(void)state;
	assert_true(at_s.conn == conn);
	assert_string_equal(at_s.peer.party.s, "hub");
	assert_string_equal(at_h.peer.party.s, "spoke");
	assert_memory_equal(at_s.peer.exporter, at_h.peer.exporter, 32);
	assert_memory_not_equal(at_s.peer.exporter, zero, 32);
	pki_path(path, &pki, "hub", "pem");
	assert_int_equal(cert_fingerprint(fingerprint, path), E_OK);
	assert_memory_equal(at_s.peer.fingerprint, fingerprint, 32);
	pki_path(path, &pki, "spoke", "pem");
	assert_int_equal(cert_fingerprint(fingerprint, path), E_OK);
	assert_memory_equal(at_h.peer.fingerprint, fingerprint, 32);
	assert_memory_equal(at_h.peer.address, "127.0.0.1:", 10);
	transport_free(s);
	expect_down(h, at_h.conn, E_CLOSED);
	transport_free(h);
}

/* The exporter binds a signed hello to one connection. */
static void
test_no_two_connections_export_the_same(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&spoke, &l);
	struct transport_event a, b;

	(void)state;
	dial(s, transport_port(h), "hub.example");
	a = expect(s, TRANSPORT_UP);
	dial(s, transport_port(h), "hub.example");
	b = expect(s, TRANSPORT_UP);
	assert_memory_not_equal(a.peer.exporter, b.peer.exporter, 32);
	transport_free(s);
	transport_free(h);
}

static void
test_the_dialler_checks_the_name(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {
		{ "hub.example", true }, { "HUB.example", true },
		{ "127.0.0.1", true }, { "127.0.0.2", false }, { "::1", false },
		{ "example", false }, { "hub.example.org", false },
		{ "x.hub.example", false },
		{ "hub", false }, /* its common name is for display */
	};
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&spoke, &l);
	struct transport_event ev;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t conn = dial(s, transport_port(h), cases[i].name);

		if (!cases[i].good) {
			expect_down(s, conn, E_PEER);
			continue;
		}
		assert_true(expect(s, TRANSPORT_UP).conn == conn);
		ev = expect(h, TRANSPORT_UP);
		transport_drop(s, conn);
		expect_down(h, ev.conn, E_CLOSED);
	}
	assert_false(event_within(h, &ev, 0));
	transport_free(s);
	transport_free(h);
}

static void
test_strangers_are_refused_in_the_handshake(void **state)
{
	static const struct {
		const char *what;
		const struct tls_material *m;
		int max;
		bool connects; /* as far as the client can see at first */
	} cases[] = {
		{ "no certificate", NULL, TLS1_3_VERSION, true },
		{ "of another authority", &rogue, TLS1_3_VERSION, true },
		{ "TLS 1.2", &spoke, TLS1_2_VERSION, false },
	};
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	struct transport_event ev;
	uint8_t hello[FRAME_HEADER];
	struct raw r;

	(void)state;
	header(hello, FRAME_HELLO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    raw_open(&r, transport_port(h), cases[i].m, cases[i].max),
		    cases[i].connects);
		if (cases[i].connects)
			raw_write(&r, hello, sizeof(hello));
		assert_int_equal(raw_read_to_end(&r, FRAME_PING), 0);
		raw_close(&r);
	}
	/* The same with a good certificate is heard: the test can fail. */
	assert_true(raw_open(&r, transport_port(h), &spoke, TLS1_3_VERSION));
	raw_write(&r, hello, sizeof(hello));
	assert_string_equal(expect(h, TRANSPORT_UP).peer.party.s, "spoke");
	ev = expect(h, TRANSPORT_FRAME);
	transport_event_free(&ev);
	raw_close(&r);
	transport_free(h);
}

/* It trusts both authorities, and has its certificate from the other one. */
static void
test_a_refused_dialler_learns_why(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s;
	char *both = pki_join(hub.ca_pem, rogue.ca_pem);
	struct tls_material m = { both, rogue.cert_pem, rogue.key_pem };
	struct transport_event ev;

	(void)state;
	s = open_with(&m, &l);
	for (int i = 0; i < 50; i++)
		expect_down(
		    s, dial(s, transport_port(h), "hub.example"), E_PEER);
	assert_false(event_within(h, &ev, 0));
	transport_free(s);
	transport_free(h);
	free(both);
}

/* It does not know the authority of the listener. */
static void
test_a_dialler_refuses_another_authority(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&rogue, &l);

	(void)state;
	expect_down(s, dial(s, transport_port(h), "hub.example"), E_PEER);
	transport_free(s);
	transport_free(h);
}

static void
test_wrong_urls_and_material_are_refused(void **state)
{
	static const char *const wrong[] = { "", "tcp://127.0.0.1:1",
		"tls+tcp://127.0.0.1", "tls+tcp://127.0.0.1:x",
		"tls+tcp://127.0.0.1:65536", "tls+tcp://127.0.0.1:1/a",
		"tls+tcp://127.0.0.1:1?a", "tls+tcp://127.0.0.1:-1",
		"tls+tcp://", "ws://127.0.0.1:1", "ipc:///tmp/x" };
	struct tls_material swapped = { spoke.ca_pem, spoke.cert_pem,
		hub.key_pem };
	struct tls_material alien = { spoke.ca_pem, rogue.cert_pem,
		rogue.key_pem };
	struct tls_material none = { "", spoke.cert_pem, spoke.key_pem };
	struct transport_limits l = quick();
	struct transport *t = open_with(&spoke, &l), *u;
	uint64_t conn;
	char url[64];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(transport_listen(t, wrong[i]), E_ARG);
		assert_int_equal(
		    transport_dial(t, wrong[i], "x.example", &conn), E_ARG);
	}
	assert_int_equal(
	    transport_dial(t, "tls+tcp://127.0.0.1:0", "x", &conn), E_ARG);
	assert_int_equal(transport_listen(t, "tls+tcp://127.0.0.1:0"), E_OK);
	assert_int_equal(transport_listen(t, "tls+tcp://127.0.0.1:0"), E_STATE);
	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%u", transport_port(t));
	u = open_with(&hub, &l);
	assert_int_equal(transport_listen(u, url), E_EXISTS);
	transport_free(u);
	transport_free(t);
	assert_int_equal(
	    transport_new(&t, &swapped, &l, &transport_clock, NULL), E_CONFIG);
	assert_int_equal(
	    transport_new(&t, &alien, &l, &transport_clock, NULL), E_CONFIG);
	assert_int_equal(
	    transport_new(&t, &none, &l, &transport_clock, NULL), E_CONFIG);
}

/* ---- frames ---- */

static void
test_frames_of_all_sizes_travel_both_ways(void **state)
{
	static const size_t sizes[] = { 0, 1, FRAME_BODY_EARLY,
		FRAME_BODY_EARLY + 1, 16383, 16384, 65536,
		FRAME_CHUNK_BYTES + 4, FRAME_BODY_MAX, 7 };
	struct transport_limits l = quick();
	struct two w = join(&l);

	(void)state;
	for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		send_chunk(w.spoke, w.at_spoke, sizes[i], i);
		send_chunk(w.hub, w.at_hub, sizes[i], ~i);
	}
	for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		expect_chunk(w.hub, w.at_hub, sizes[i], i);
		expect_chunk(w.spoke, w.at_spoke, sizes[i], ~i);
	}
	part(&w);
}

static void
test_only_whole_frames_can_be_sent(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);
	uint8_t buf[FRAME_HEADER + 1] = { 0 };

	(void)state;
	header(buf, FRAME_ASK);
	assert_int_equal(transport_send(w.hub, w.at_hub, buf, 10), E_FORMAT);
	assert_int_equal(
	    transport_send(w.hub, w.at_hub, buf, sizeof(buf)), E_FORMAT);
	header(buf, FRAME_PING);
	assert_int_equal(
	    transport_send(w.hub, w.at_hub, buf, FRAME_HEADER), E_FORMAT);
	header(buf, FRAME_ASK);
	assert_int_equal(
	    transport_send(w.hub, w.at_hub + 1, buf, FRAME_HEADER), E_NOTFOUND);
	assert_int_equal(
	    transport_send(w.hub, w.at_hub, buf, FRAME_HEADER), E_OK);
	part(&w);
}

/* The owner of one side does not take: the other side's queue fills to its
 * limit, and nothing is lost when the owner comes back. */
static void
test_a_slow_owner_is_waited_for(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);
	uint64_t end = now_ms() + PATIENCE_MS;
	uint32_t sent = 0, full = 0;
	size_t whole;

	(void)state;
	while (full < 20 && now_ms() < end) {
		uint8_t *bytes = chunk(FRAME_CHUNK_BYTES, sent, &whole);
		enum err e = transport_send(w.spoke, w.at_spoke, bytes, whole);

		free(bytes);
		if (e == E_OK) {
			sent++;
			full = 0;
		} else {
			assert_int_equal(e, E_LIMIT);
			full++;
			poll(NULL, 0, 10);
		}
	}
	assert_int_equal(full, 20);
	assert_true(sent <= 2 + (TRANSPORT_OUTBOX + TRANSPORT_INBOX +
				    16u * 1024 * 1024) /
				    FRAME_CHUNK_BYTES);
	for (uint32_t i = 0; i < sent; i++)
		expect_chunk(w.hub, w.at_hub, FRAME_CHUNK_BYTES, i);
	part(&w);
}

static void
test_what_is_queued_arrives_before_the_end(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);

	(void)state;
	send_chunk(w.hub, w.at_hub, FRAME_BODY_MAX, 1);
	send_chunk(w.hub, w.at_hub, 100, 2);
	transport_drop(w.hub, w.at_hub);
	assert_int_equal(transport_send(w.hub, w.at_hub, "", 0), E_FORMAT);
	expect_chunk(w.spoke, w.at_spoke, FRAME_BODY_MAX, 1);
	expect_chunk(w.spoke, w.at_spoke, 100, 2);
	expect_down(w.spoke, w.at_spoke, E_CLOSED);

	/* and also when the whole transport is ended right after */
	join_more(&w);
	send_chunk(w.spoke, w.at_spoke, FRAME_BODY_MAX, 3);
	transport_drop(w.spoke, w.at_spoke);
	transport_free(w.spoke);
	expect_chunk(w.hub, w.at_hub, FRAME_BODY_MAX, 3);
	expect_down(w.hub, w.at_hub, E_CLOSED);
	transport_free(w.hub);
}

static void
test_a_dropped_connection_says_no_more(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);
	struct transport_event ev;
	uint64_t dropped = w.at_hub;

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		send_chunk(w.spoke, w.at_spoke, 1000, i);
	expect_chunk(w.hub, w.at_hub, 1000, 0);
	transport_drop(w.hub, w.at_hub);
	expect_down(w.spoke, w.at_spoke, E_CLOSED);
	join_more(&w); /* the next event of the hub was this UP */
	assert_true(w.at_hub != dropped);
	assert_false(event_within(w.hub, &ev, 0));
	part(&w);
}

/* Also when it was gone before, and the owner had not heard of that yet. */
static void
test_a_connection_that_was_gone_says_no_more(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);
	uint8_t status[FRAME_HEADER];
	struct transport_event ev;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		send_chunk(w.spoke, w.at_spoke, 1000, i);
	transport_drop(w.spoke, w.at_spoke);
	transport_free(w.spoke); /* when it has all arrived */
	expect_chunk(w.hub, w.at_hub, 1000, 0);
	header(status, FRAME_STATUS);
	while (transport_send(w.hub, w.at_hub, status, sizeof(status)) !=
	       E_NOTFOUND)
		poll(NULL, 0, 5);
	transport_drop(w.hub, w.at_hub);
	assert_false(event_within(w.hub, &ev, 100));
	transport_free(w.hub);
}

/* ---- hostile peers ---- */

static void
test_a_too_long_frame_ends_the_connection(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		enum err want;
	} cases[] = {
		{ 0, 255, E_LIMIT }, /* 4 GiB */
		{ 1, 64, E_LIMIT },  /* 4 MiB of body */
		{ 4, 2, E_FORMAT },  /* version */
		{ 5, 99, E_FORMAT }, /* kind */
		{ 7, 1, E_FORMAT },  /* reserved */
	};
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	uint8_t hello[FRAME_HEADER], buf[FRAME_HEADER];
	struct transport_event up, ev;
	struct raw r;

	(void)state;
	header(hello, FRAME_HELLO);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(
		    raw_open(&r, transport_port(h), &spoke, TLS1_3_VERSION));
		raw_write(&r, hello, sizeof(hello));
		up = expect(h, TRANSPORT_UP);
		ev = expect(h, TRANSPORT_FRAME);
		transport_event_free(&ev);
		transport_admit(h, up.conn);
		header(buf, FRAME_CHUNK);
		buf[cases[i].at] = cases[i].value;
		raw_write(&r, buf, sizeof(buf));
		expect_down(h, up.conn, cases[i].want);
		raw_read_to_end(&r, FRAME_PING);
		raw_close(&r);
	}
	transport_free(h);
}

/* A large frame before admission waits, and is read after it. */
static void
test_before_admission_frames_are_small(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&spoke, &l);
	struct transport_event ev;
	uint64_t at_s = dial(s, transport_port(h), "hub.example"), at_h;

	(void)state;
	expect(s, TRANSPORT_UP);
	at_h = expect(h, TRANSPORT_UP).conn;
	send_chunk(s, at_s, FRAME_BODY_EARLY, 1);
	send_chunk(s, at_s, FRAME_BODY_EARLY + 1, 2);
	expect_chunk(h, at_h, FRAME_BODY_EARLY, 1);
	assert_false(event_within(h, &ev, 200));
	transport_admit(h, at_h);
	expect_chunk(h, at_h, FRAME_BODY_EARLY + 1, 2);
	transport_free(s);
	transport_free(h);
}

static void
test_who_is_not_admitted_in_time_is_dropped(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s = open_with(&spoke, &l);

	(void)state;
	for (int large = 0; large < 2; large++) {
		uint64_t at_s = dial(s, transport_port(h), "hub.example");
		uint64_t at_h;

		expect(s, TRANSPORT_UP);
		transport_admit(s, at_s);
		at_h = expect(h, TRANSPORT_UP).conn;
		if (large) {
			send_chunk(s, at_s, 1, 1);
			expect_chunk(h, at_h, 1, 1);
			send_chunk(s, at_s, FRAME_BODY_EARLY + 1, 2);
			poll(NULL, 0, 200); /* for the header to come */
		}
		jumped_ms += l.hello_ms;
		expect_down(h, at_h, large ? E_LIMIT : E_TIMEOUT);
		expect_down(s, at_s, E_CLOSED);
	}
	transport_free(s);
	transport_free(h);
}

/* A byte of a good ClientHello at a time, or of a frame. */
static void *
slow_run(void *arg)
{
	int fd = *(int *)arg;
	static const uint8_t record[] = { 22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3 };

	for (size_t i = 0;; i++) {
		uint8_t b = i < sizeof(record) ? record[i] : 0;

		if (send(fd, &b, 1, MSG_NOSIGNAL) != 1)
			return NULL;
		poll(NULL, 0, 10);
	}
}

/* Silence, junk, half a handshake, drops: each ends at its deadline, and a good
 * connection beside them goes on. */
static void
test_bad_peers_end_and_disturb_nobody(void **state)
{
	struct transport_limits l = quick();
	struct two w;
	struct raw mute, chatty;
	uint8_t junk[1000], ping[FRAME_HEADER];
	int silent, noisy, slow, gone;
	pthread_t slow_thread;

	(void)state;
	l.idle_ms = 10 * l.hello_ms;
	w = join(&l);
	memset(junk, 0x5a, sizeof(junk));
	header(ping, FRAME_PING);
	silent = raw_connect(transport_port(w.hub));
	noisy = raw_connect(transport_port(w.hub));
	assert_int_equal(send(noisy, junk, sizeof(junk), 0), sizeof(junk));
	gone = raw_connect(transport_port(w.hub));
	close(gone);
	slow = raw_connect(transport_port(w.hub));
	pthread_create(&slow_thread, NULL, slow_run, &slow);
	assert_true(
	    raw_open(&mute, transport_port(w.hub), &spoke, TLS1_3_VERSION));
	assert_true(
	    raw_open(&chatty, transport_port(w.hub), &spoke, TLS1_3_VERSION));
	for (size_t i = 0; i < 5; i++)
		raw_write(&chatty, ping, sizeof(ping));
	assert_string_equal(expect(w.hub, TRANSPORT_UP).peer.party.s, "spoke");
	for (uint32_t i = 0; i < 20; i++) {
		send_chunk(w.spoke, w.at_spoke, 50000, i);
		expect_chunk(w.hub, w.at_hub, 50000, i);
	}
	raw_expect_end(noisy);
	for (int i = 0; i < 6; i++) /* the PING of a listener, then PONGs */
		assert_int_equal(
		    SSL_read(chatty.ssl, junk, FRAME_HEADER), FRAME_HEADER);
	jumped_ms += l.hello_ms;
	raw_expect_end(silent);
	pthread_join(slow_thread, NULL);
	raw_expect_end(slow);
	assert_int_equal(raw_read_to_end(&mute, FRAME_PING), 1);
	assert_int_equal(raw_read_to_end(&chatty, FRAME_PONG), 0);
	raw_close(&mute);
	raw_close(&chatty);
	assert_int_equal(expect(w.hub, TRANSPORT_DOWN).err, E_TIMEOUT);
	send_chunk(w.hub, w.at_hub, 50000, 99);
	expect_chunk(w.spoke, w.at_spoke, 50000, 99);
	part(&w);
}

/* An admitted peer that says nothing, not even PONG. */
static void
test_silence_after_admission_ends_too(void **state)
{
	struct transport_limits l = quick();
	struct two w;
	uint8_t hello[FRAME_HEADER];
	struct transport_event up, ev;
	struct raw r;

	(void)state;
	w = join(&l);
	header(hello, FRAME_HELLO);
	assert_true(
	    raw_open(&r, transport_port(w.hub), &spoke, TLS1_3_VERSION));
	raw_write(&r, hello, sizeof(hello));
	up = expect(w.hub, TRANSPORT_UP);
	ev = expect(w.hub, TRANSPORT_FRAME);
	transport_event_free(&ev);
	transport_admit(w.hub, up.conn);
	/* Two that answer each other are still there after. */
	for (unsigned ms = 0; ms < l.idle_ms; ms += l.ping_ms) {
		uint8_t ping[FRAME_HEADER];

		assert_int_equal(
		    SSL_read(r.ssl, ping, sizeof(ping)), sizeof(ping));
		assert_int_equal(ping[5], FRAME_PING);
		send_chunk(w.spoke, w.at_spoke, 5, ms);
		expect_chunk(w.hub, w.at_hub, 5, ms);
		jumped_ms += l.ping_ms;
	}
	expect_down(w.hub, up.conn, E_TIMEOUT);
	raw_read_to_end(&r, FRAME_PING);
	raw_close(&r);
	send_chunk(w.hub, w.at_hub, 5, 5);
	expect_chunk(w.spoke, w.at_spoke, 5, 5);
	part(&w);
}

/* Pings without an end, and never a read. */
static void
test_a_flood_of_pings_is_cut(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	uint8_t pings[100 * FRAME_HEADER];
	struct transport_event up;
	struct raw r;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		header(pings + i * FRAME_HEADER, FRAME_PING);
	assert_true(raw_open(&r, transport_port(h), &spoke, TLS1_3_VERSION));
	while (SSL_write(r.ssl, pings, sizeof(pings)) == sizeof(pings))
		;
	up = expect(h, TRANSPORT_UP);
	expect_down(h, up.conn, E_LIMIT);
	raw_close(&r);
	transport_free(h);
}

static void
test_one_address_gets_so_many_strangers(void **state)
{
	struct transport_limits l = quick();
	struct two w;
	int fd[4];

	(void)state;
	l.per_address = 3;
	w = join(&l); /* admitted: not counted */
	for (size_t i = 0; i < 3; i++)
		fd[i] = raw_connect(transport_port(w.hub));
	fd[3] = raw_connect(transport_port(w.hub));
	raw_expect_end(fd[3]);
	for (size_t i = 0; i < 3; i++) {
		uint8_t b;

		assert_int_equal(recv(fd[i], &b, 1, MSG_DONTWAIT), -1);
		assert_int_equal(errno, EAGAIN);
		close(fd[i]);
	}
	send_chunk(w.hub, w.at_hub, 5, 5);
	expect_chunk(w.spoke, w.at_spoke, 5, 5);
	part(&w);
}

static void
test_connections_are_limited_in_all(void **state)
{
	struct transport_limits l = quick();
	struct transport *h, *s, *third;
	uint64_t conn;

	(void)state;
	l.total = 2;
	h = listener(&l);
	s = open_with(&spoke, &l);
	for (int i = 0; i < 2; i++) {
		dial(s, transport_port(h), "hub.example");
		expect(s, TRANSPORT_UP);
		transport_admit(h, expect(h, TRANSPORT_UP).conn);
	}
	assert_int_equal(
	    transport_dial(s, "tls+tcp://127.0.0.1:1", "x", &conn), E_LIMIT);
	third = open_with(&spoke, &l);
	expect_down(
	    third, dial(third, transport_port(h), "hub.example"), E_CLOSED);
	transport_free(third);
	transport_free(s);
	transport_free(h);
}

/* ---- a peer that is admitted, and means no good ---- */

/* A client by OpenSSL alone, admitted at h; its number there. */
static uint64_t
raw_join(struct raw *r, struct transport *h)
{
	uint8_t hello[FRAME_HEADER];
	struct transport_event up, ev;

	header(hello, FRAME_HELLO);
	assert_true(raw_open(r, transport_port(h), &spoke, TLS1_3_VERSION));
	raw_write(r, hello, sizeof(hello));
	up = expect(h, TRANSPORT_UP);
	ev = expect(h, TRANSPORT_FRAME);
	transport_event_free(&ev);
	transport_admit(h, up.conn);
	return up.conn;
}

/* Send pings, and then wait until h has seen them. */
static void
raw_ping(struct raw *r, struct transport *h, size_t n)
{
	uint8_t buf[FRAME_HEADER];
	struct transport_event ev;

	header(buf, FRAME_PING);
	for (size_t i = 0; i < n; i++)
		raw_write(r, buf, sizeof(buf));
	header(buf, FRAME_STATUS);
	raw_write(r, buf, sizeof(buf));
	ev = expect(h, TRANSPORT_FRAME);
	transport_event_free(&ev);
}

/* Send chunks of len bytes until no more of them may be queued. */
static void
send_until_full(struct transport *t, uint64_t conn, size_t len)
{
	size_t whole;
	uint8_t *bytes = chunk(len, 0, &whole);

	for (unsigned full = 0; full < 20;) {
		enum err e = transport_send(t, conn, bytes, whole);

		if (e == E_OK) {
			full = 0;
			continue;
		}
		assert_int_equal(e, E_LIMIT);
		full++;
		poll(NULL, 0, 5);
	}
	free(bytes);
}

/* It takes nothing, and has our PONGs queued beyond what the owner may. */
static void
test_pongs_do_not_lift_the_limit_of_a_queue(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	struct raw r;
	uint64_t conn = raw_join(&r, h);
	uint8_t status[FRAME_HEADER];

	(void)state;
	header(status, FRAME_STATUS);
	for (size_t len = FRAME_CHUNK_BYTES; len > 0; len /= 8)
		send_until_full(h, conn, len);
	send_until_full(h, conn, 0);
	raw_ping(&r, h, 3);
	assert_int_equal(
	    transport_send(h, conn, status, sizeof(status)), E_LIMIT);
	raw_close(&r);
	transport_free(h);
}

/* Read one frame; its kind, and *len of its body, which is not looked at. */
static enum frame_kind
raw_read(struct raw *r, size_t *len)
{
	uint8_t head[FRAME_HEADER], some[4096];
	size_t whole = FRAME_HEADER;

	for (size_t at = 0; at < whole;) {
		bool early = at < FRAME_HEADER;
		size_t left = early ? FRAME_HEADER - at : whole - at;
		int n = SSL_read(r->ssl, early ? head + at : some,
		    (int)(early || left < sizeof(some) ? left : sizeof(some)));

		assert_true(n > 0);
		at += (size_t)n;
		if (early && at == FRAME_HEADER)
			assert_int_equal(
			    frame_need(&whole, head, FRAME_BODY_MAX), E_OK);
	}
	*len = whole - FRAME_HEADER;
	return (enum frame_kind)head[5];
}

/* Who reads slowly hears soon that we are there, and may ask often. */
static void
test_a_pong_overtakes_what_is_queued(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	struct raw r;
	uint64_t conn = raw_join(&r, h);
	size_t len;

	(void)state;
	send_until_full(h, conn, FRAME_CHUNK_BYTES / 8);
	raw_ping(&r, h, 1);
	while (raw_read(&r, &len) != FRAME_PONG)
		;
	/* what was queued before the PING came */
	assert_int_equal(raw_read(&r, &len), FRAME_CHUNK);
	raw_close(&r);
	transport_free(h);
}

/* It takes what is queued, and never says that it has. */
static void
test_a_drop_waits_so_long_and_no_longer(void **state)
{
	struct transport_limits l = quick();
	struct transport *h;
	struct raw r;
	uint64_t conn, start;

	(void)state;
	l.hello_ms = PATIENCE_MS;
	l.drain_ms = 5000;
	h = listener(&l);
	conn = raw_join(&r, h);
	start = now_ms();
	send_chunk(h, conn, 0, 1);
	transport_drop(h, conn);
	jumped_ms += l.drain_ms;
	raw_read_to_end(&r, FRAME_PING);
	assert_true(now_ms() - start < l.drain_ms + 15000);
	raw_close(&r);
	transport_free(h);
}

/* Thousands of small frames that the owner has not taken yet. */
static void
test_frames_that_wait_keep_no_other_out(void **state)
{
	struct transport_limits l = quick();
	struct two w;
	struct transport *third;

	(void)state;
	l.total = 4;
	w = join(&l);
	for (uint32_t i = 0; i < 1000; i++)
		send_chunk(w.spoke, w.at_spoke, 0, i);
	expect_chunk(w.hub, w.at_hub, 0, 0);
	poll(NULL, 0, 100); /* for the others to come */
	third = open_with(&spoke, &l);
	dial(third, transport_port(w.hub), "hub.example");
	expect(third, TRANSPORT_UP);
	transport_free(third);
	part(&w);
}

/* A frame without a body costs the memory of an event. */
static void
test_small_frames_that_wait_are_few(void **state)
{
	const struct timeval patience = { .tv_sec = 1 };
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	struct raw r;
	uint8_t frames[100 * FRAME_HEADER];
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		header(frames + i * FRAME_HEADER, FRAME_STATUS);
	raw_join(&r, h);
	assert_int_equal(setsockopt(r.fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			     sizeof(patience)),
	    0);
	while (SSL_write(r.ssl, frames, sizeof(frames)) == sizeof(frames))
		written += sizeof(frames);
	/* the rest is the kernel's */
	assert_true(written < TRANSPORT_INBOX);
	raw_close(&r);
	transport_free(h);
}

/* ---- coming and going ---- */

/* How many sockets this process has open. */
static size_t
open_sockets(void)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(d)) != NULL) {
		char target[8] = "";

		n += readlinkat(
			 dirfd(d), entry->d_name, target, sizeof(target)) > 7 &&
		     memcmp(target, "socket:", 7) == 0;
	}
	closedir(d);
	return n;
}

/* What is left behind, memory included, is the leak checker's to find. */
static void
test_many_come_and_go_and_leave_nothing(void **state)
{
	struct transport_limits l = quick();
	struct two w = join(&l);
	struct two more = w;
	uint64_t end = now_ms() + PATIENCE_MS;
	size_t before = open_sockets();

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		join_more(&more);
		send_chunk(more.spoke, more.at_spoke, 5000, i);
		expect_chunk(more.hub, more.at_hub, 5000, i);
		if (i % 2 == 0) {
			transport_drop(more.spoke, more.at_spoke);
			expect_down(more.hub, more.at_hub, E_CLOSED);
		} else {
			transport_drop(more.hub, more.at_hub);
			expect_down(more.spoke, more.at_spoke, E_CLOSED);
		}
	}
	while (open_sockets() > before && now_ms() < end)
		poll(NULL, 0, 10);
	assert_true(open_sockets() <= before);
	part(&w);
}

/* Accepting fails for want of descriptors, and goes on when there are some. */
static void
test_a_want_of_descriptors_passes(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons(transport_port(h)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rlimit limit, low;
	struct transport_event ev;
	uint8_t hello[FRAME_HEADER];
	struct raw r;
	int taken[64], n = 0;

	(void)state;
	header(hello, FRAME_HELLO);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	r.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	low = limit;
	low.rlim_cur = (rlim_t)r.fd + 32;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (n < 64 && (taken[n] = dup(0)) != -1)
		n++;
	assert_true(n < 64);
	assert_int_equal(
	    connect(r.fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	poll(NULL, 0, 100); /* for it to fail a few times */
	while (n > 0)
		close(taken[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	r.ctx = SSL_CTX_new(TLS_client_method());
	raw_use(r.ctx, &spoke);
	r.ssl = SSL_new(r.ctx);
	SSL_set_fd(r.ssl, r.fd);
	assert_int_equal(SSL_connect(r.ssl), 1);
	raw_write(&r, hello, sizeof(hello));
	expect(h, TRANSPORT_UP);
	ev = expect(h, TRANSPORT_FRAME);
	transport_event_free(&ev);
	raw_close(&r);
	transport_free(h);
}

/* Its kernel says so (FIN, or RST), or nobody does. */
static void
test_a_killed_peer_is_noticed(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	uint8_t hello[FRAME_HEADER];

	(void)state;
	header(hello, FRAME_HELLO);
	for (int reset = 0; reset < 2; reset++) {
		struct transport_event up, ev;
		struct raw r;

		assert_true(
		    raw_open(&r, transport_port(h), &spoke, TLS1_3_VERSION));
		raw_write(&r, hello, sizeof(hello));
		up = expect(h, TRANSPORT_UP);
		ev = expect(h, TRANSPORT_FRAME);
		transport_event_free(&ev);
		transport_admit(h, up.conn);
		if (reset)
			assert_int_equal(setsockopt(r.fd, SOL_SOCKET, SO_LINGER,
					     &now, sizeof(now)),
			    0);
		raw_close(&r);
		expect_down(h, up.conn, E_CLOSED);
	}
	transport_free(h);
}

static void
test_nobody_there_is_told(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l), *s;
	uint16_t port = transport_port(h);
	uint64_t conn;
	int deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sa);

	(void)state;
	transport_free(h);
	s = open_by(&spoke, &l, &jumping);
	expect_down(s, dial(s, port, "hub.example"), E_CLOSED);

	/* one that accepts and never says a word */
	assert_int_equal(bind(deaf, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(deaf, 5), 0);
	assert_int_equal(getsockname(deaf, (struct sockaddr *)&sa, &n), 0);
	conn = dial(s, ntohs(sa.sin_port), "hub.example");
	poll(NULL, 0, 100); /* for it to be in the middle */
	jumped_ms += l.hello_ms;
	expect_down(s, conn, E_TIMEOUT);
	close(deaf);
	transport_free(s);
}

/* Ended in the middle of dialling, of a handshake, of a long frame. */
static void
test_the_end_may_come_at_any_time(void **state)
{
	struct transport_limits l = quick();
	struct transport *h = listener(&l);

	(void)state;
	for (int i = 0; i < 18; i++) {
		struct transport *s = open_with(&spoke, &l);
		uint64_t conn = dial(s, transport_port(h), "hub.example");

		poll(NULL, 0, i % 6);
		if (i % 2 == 0)
			transport_drop(s, conn);
		transport_free(s);
	}
	for (int i = 0; i < 6; i++) {
		struct two w = join(&l);

		send_chunk(w.spoke, w.at_spoke, FRAME_BODY_MAX, 1);
		send_chunk(w.hub, w.at_hub, FRAME_BODY_MAX, 1);
		poll(NULL, 0, i);
		part(&w);
	}
	transport_free(h);
}

/* ---- threads ---- */

#define THREADS 4
#define EACH 50u

struct talker {
	struct two *w;
	uint32_t number;
};

static void *
talker_run(void *arg)
{
	struct talker *me = arg;

	for (uint32_t i = 0; i < EACH; i++) {
		size_t whole;
		uint8_t *bytes = chunk(i * 200, me->number << 16 | i, &whole);

		while (transport_send(me->w->spoke, me->w->at_spoke, bytes,
			   whole) == E_LIMIT)
			poll(NULL, 0, 1);
		while (transport_send(
			   me->w->hub, me->w->at_hub, bytes, whole) == E_LIMIT)
			poll(NULL, 0, 1);
		free(bytes);
	}
	return NULL;
}

/* All of EACH from every thread, those of one thread in order. */
static void
expect_all(struct transport *t)
{
	uint32_t next[THREADS] = { 0 };

	for (uint32_t i = 0; i < THREADS * EACH; i++) {
		struct transport_event ev = expect(t, TRANSPORT_FRAME);
		struct frame f;

		assert_int_equal(frame_parse(&f, ev.bytes, ev.len), E_OK);
		assert_true(f.attempt >> 16 < THREADS);
		assert_int_equal(f.attempt & 0xffff, next[f.attempt >> 16]++);
		transport_event_free(&ev);
	}
}

static void
test_any_thread_may_call(void **state)
{
	struct transport_limits l = quick();
	struct two w;
	struct talker talkers[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	l.ping_ms = 1;
	w = join(&l);
	for (uint32_t i = 0; i < THREADS; i++) {
		talkers[i] = (struct talker){ &w, i };
		pthread_create(&threads[i], NULL, talker_run, &talkers[i]);
	}
	expect_all(w.hub);
	expect_all(w.spoke);
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	part(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_sides_know_each_other),
		cmocka_unit_test(test_no_two_connections_export_the_same),
		cmocka_unit_test(test_the_dialler_checks_the_name),
		cmocka_unit_test(test_strangers_are_refused_in_the_handshake),
		cmocka_unit_test(test_a_refused_dialler_learns_why),
		cmocka_unit_test(test_a_dialler_refuses_another_authority),
		cmocka_unit_test(test_wrong_urls_and_material_are_refused),
		cmocka_unit_test(test_frames_of_all_sizes_travel_both_ways),
		cmocka_unit_test(test_only_whole_frames_can_be_sent),
		cmocka_unit_test(test_a_slow_owner_is_waited_for),
		cmocka_unit_test(test_what_is_queued_arrives_before_the_end),
		cmocka_unit_test(test_a_dropped_connection_says_no_more),
		cmocka_unit_test(test_a_connection_that_was_gone_says_no_more),
		cmocka_unit_test(test_a_too_long_frame_ends_the_connection),
		cmocka_unit_test(test_before_admission_frames_are_small),
		cmocka_unit_test(test_who_is_not_admitted_in_time_is_dropped),
		cmocka_unit_test(test_bad_peers_end_and_disturb_nobody),
		cmocka_unit_test(test_silence_after_admission_ends_too),
		cmocka_unit_test(test_a_flood_of_pings_is_cut),
		cmocka_unit_test(test_one_address_gets_so_many_strangers),
		cmocka_unit_test(test_connections_are_limited_in_all),
		cmocka_unit_test(test_pongs_do_not_lift_the_limit_of_a_queue),
		cmocka_unit_test(test_a_pong_overtakes_what_is_queued),
		cmocka_unit_test(test_a_drop_waits_so_long_and_no_longer),
		cmocka_unit_test(test_frames_that_wait_keep_no_other_out),
		cmocka_unit_test(test_small_frames_that_wait_are_few),
		cmocka_unit_test(test_many_come_and_go_and_leave_nothing),
		cmocka_unit_test(test_a_want_of_descriptors_passes),
		cmocka_unit_test(test_a_killed_peer_is_noticed),
		cmocka_unit_test(test_nobody_there_is_told),
		cmocka_unit_test(test_the_end_may_come_at_any_time),
		cmocka_unit_test(test_any_thread_may_call),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
