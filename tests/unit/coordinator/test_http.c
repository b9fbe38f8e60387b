/* Promises of coordinator/http and pages: over a real socket, every answer has
 * its headers, nothing but what is meant is served, and hostile clients do no
 * harm to others. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "coordinator/http.h"
#include "made.h"

struct server {
	struct made *made; /* with one release */
	struct db *db;     /* of the server: reads */
	struct pages *pages;
	struct http *http;
	uint16_t port;
	char id[HEX_LEN(QUERY_ID)];
	char base[128]; /* "/v1/releases/ID" */
};

#define NOBODY                                                        \
	"/v1/releases/00112233445566778899aabbccddeeff00112233445566" \
	"778899aabbccddeeff"

static struct server s;

static int
start(void **state)
{
	struct made_bundle b;
	struct query q;
	int fd;

	(void)state;
	s.made = made_new();
	made_query(s.made, &q);
	b = made_release(s.made, &q);
	hex_text(s.id, b.id, QUERY_ID);
	(void)snprintf(s.base, sizeof(s.base), "/v1/releases/%s", s.id);
	free(b.bytes);
	if (db_open(&s.db, s.made->db_path, DB_READ) != E_OK ||
	    pages_open(&s.pages, s.db, WARD_MAP, WARD_DATA) != E_OK ||
	    http_listen(&fd, "127.0.0.1", 0) != E_OK)
		return 1;
	s.port = http_port(fd);
	return s.port != 0 && http_start(&s.http, s.pages, fd) == E_OK ? 0 : 1;
}

static int
stop(void **state)
{
	(void)state;
	http_stop(s.http);
	pages_close(s.pages);
	db_close(s.db);
	made_free(s.made);
	return 0;
}

static int
dial(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(s.port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd != -1);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

struct got { /* an answer */
	unsigned status;
	char *all; /* head and body, with a NUL */
	size_t len;
	const char *body;
	size_t body_len;
};

/* Everything until the other side closes. */
static struct got
receive(int fd)
{
	struct got g = { .all = malloc(1) };
	size_t cap = 0;
	ssize_t n;

	do {
		if (g.len == cap)
			g.all = realloc(g.all, (cap = cap * 2 + 4096) + 1);
		n = recv(fd, g.all + g.len, cap - g.len, 0);
		g.len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	g.all[g.len] = '\0';
	close(fd);
	if (strncmp(g.all, "HTTP/1.1 ", 9) == 0)
		g.status = (unsigned)strtoul(g.all + 9, NULL, 10);
	g.body = strstr(g.all, "\r\n\r\n");
	if (g.body != NULL) {
		g.body += 4;
		g.body_len = g.len - (size_t)(g.body - g.all);
	}
	return g;
}

/* The answer to raw bytes. */
static struct got
send_raw(const char *bytes, size_t len)
{
	int fd = dial();

	(void)send(fd, bytes, len, MSG_NOSIGNAL);
	return receive(fd);
}

static struct got
request(const char *method, const char *uri, const char *headers)
{
	char bytes[4096];
	int n = snprintf(bytes, sizeof(bytes),
	    "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method,
	    uri, headers);

	assert_true(n > 0 && (size_t)n < sizeof(bytes));
	return send_raw(bytes, (size_t)n);
}

static struct got
get(const char *uri)
{
	return request("GET", uri, "");
}

/* The release's address and what follows. */
static struct got
get_release(const char *rest)
{
	char uri[256];

	(void)snprintf(uri, sizeof(uri), "%s%s", s.base, rest);
	return get(uri);
}

static bool
has(const struct got *g, const char *words)
{
	const char *at = strstr(g->all, words);

	return at != NULL && at < g->body;
}

static void
expect_headers(const struct got *g)
{
	static const char *const wanted[] = {
		"\r\nContent-Security-Policy: default-src 'self'; script-src "
		"'self'; style-src 'self'; img-src 'self'; worker-src 'self'; "
		"connect-src 'self'; object-src 'none'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'none'\r\n",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nX-Frame-Options: DENY\r\n",
		"\r\nReferrer-Policy: no-referrer\r\n",
		"\r\nCross-Origin-Opener-Policy: same-origin\r\n",
		"\r\nCross-Origin-Resource-Policy: same-origin\r\n",
		"\r\nContent-Type: ",
		"\r\nCache-Control: ",
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!has(g, wanted[i]))
			fail_msg("no %s in %s", wanted[i], g->all);
}

static void
test_every_answer_has_the_headers(void **state)
{
	static const char *const uris[] = { "/", "/map/main.mjs", "/v1/health",
		"/v1/releases", "/v1/areas/forces.geojson", "/nothing",
		"/v1/health?x=y" };

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct got g = get(uris[i]);

		expect_headers(&g);
		free(g.all);
	}
}

static void
test_types_fit_what_is_sent(void **state)
{
	static const struct {
		const char *uri, *type;
	} cases[] = {
		{ "/", "text/html; charset=utf-8" },
		{ "/map/main.mjs", "text/javascript; charset=utf-8" },
		{ "/map/ward.css", "text/css; charset=utf-8" },
		{ "/map/icon.svg", "image/svg+xml" },
		{ "/v1/releases", "application/json" },
		{ "/v1/areas/lads.geojson", "application/geo+json" },
		{ "/nothing", "application/problem+json" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct got g = get(cases[i].uri);
		char line[128];

		(void)snprintf(line, sizeof(line), "\r\nContent-Type: %s\r\n",
		    cases[i].type);
		assert_true(has(&g, line));
		free(g.all);
	}
}

static void
expect_json(struct got *g, size_t n, const char *list)
{
	json_t *json;

	assert_int_equal(g->status, 200);
	json = json_loadb(g->body, g->body_len, 0, NULL);
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, list)), n);
	json_decref(json);
	free(g->all);
}

static void
test_a_release_is_served_in_all_forms(void **state)
{
	size_t places = 10; /* of the three forces: authorities */
	struct got g;

	(void)state;
	g = get("/v1/releases");
	assert_null(strstr(g.body, "\"totals\""));
	expect_json(&g, 1, "releases");
	g = get_release("");
	assert_non_null(strstr(g.body, s.id));
	expect_json(&g, 6, "totals");
	g = get_release("/cells.json?theme=asb&slice=sum&source=nhs");
	assert_true(has(&g, "immutable"));
	places = 0;
	for (const char *p = g.body; (p = strstr(p, "\"code\"")) != NULL; p++)
		places++;
	assert_true(places > 5);
	expect_json(&g, places, "cells");
	g = get_release("/cells.geojson?theme=asb&slice=sum&source=nhs");
	expect_json(&g, places, "features");
	g = get_release("/cells.csv");
	assert_int_equal(g.status, 200);
	assert_true(has(&g, "text/csv; charset=utf-8"));
	assert_int_equal(strncmp(g.body, "theme,slice,source,level,", 25), 0);
	free(g.all);
	g = get_release("/sums.json?source=nhs");
	assert_true(has(&g, "immutable"));
	expect_json(&g, 1, "histograms");
}

static void
test_what_is_not_there_is_404(void **state)
{
	static const char *const uris[] = { NOBODY, "/../../etc/passwd",
		"/map/../../../../etc/passwd", "/map/%2e%2e/secret.mjs", "/%41",
		"//etc/passwd", "/etc/passwd", "/map/package.json",
		"/map/node_modules/minimist/index.js", "/v1/releases/zz",
		"http://127.0.0.1/v1/health", "/coordinator.db", "/v1" };
	struct got g;

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		g = get(uris[i]);
		assert_int_equal(g.status, 404);
		assert_null(strstr(g.body, "root:"));
		expect_headers(&g);
		free(g.all);
	}
	g = get_release("/cells.json?theme=drugs");
	assert_int_equal(g.status, 404);
	free(g.all);
	g = get_release("/cells.json?colour=red");
	assert_int_equal(g.status, 400);
	free(g.all);
}

static void
test_head_is_get_without_the_body(void **state)
{
	struct got a = get("/v1/releases");
	struct got b = request("HEAD", "/v1/releases", "");
	char length[64];

	(void)state;
	assert_int_equal(b.status, 200);
	assert_int_equal(b.body_len, 0);
	(void)snprintf(
	    length, sizeof(length), "\r\nContent-Length: %zu\r\n", a.body_len);
	assert_true(has(&b, length));
	expect_headers(&b);
	free(a.all);
	free(b.all);
}

static void
expect_alive(void)
{
	struct got g = get("/v1/health");

	assert_int_equal(g.status, 200);
	assert_string_equal(g.body, "{\"status\":\"ok\"}\n");
	free(g.all);
}

/* A browser asks for all files of the map over one connection. */
static void
test_a_connection_lives_on(void **state)
{
	static const char two[] = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
				  "HEAD /v1/releases HTTP/1.1\r\nHost: x\r\n"
				  "Connection: close\r\n\r\n";
	struct got g = send_raw(two, sizeof(two) - 1);
	const char *second;

	(void)state;
	assert_int_equal(g.status, 200);
	assert_false(has(&g, "\r\nConnection: close"));
	second = strstr(g.body, "HTTP/1.1 200 OK\r\n");
	assert_non_null(second);
	assert_non_null(strstr(second, "\r\nConnection: close"));
	free(g.all);
}

static void
test_a_body_is_not_read(void **state)
{
	static const char *const methods[] = { "GET", "POST" };
	static const unsigned want[] = { 0, 405 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct got g = request(
		    methods[i], "/v1/health", "Content-Length: 4\r\n\r\nbody");

		assert_int_equal(g.status, want[i]);
		free(g.all);
	}
	expect_alive();
}

static void
test_other_methods_are_405(void **state)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE",
		"OPTIONS", "PATCH", "TRACE", "PROPFIND", "XYZZY" };

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct got g =
		    request(methods[i], "/v1/health", "Content-Length: 0\r\n");

		assert_int_equal(g.status, 405);
		assert_true(has(&g, "\r\nAllow: GET, HEAD\r\n"));
		expect_headers(&g);
		free(g.all);
	}
}

static void
test_long_addresses_are_refused(void **state)
{
	char *uri = malloc(40000);
	char *bytes = malloc(50000);
	struct got g;
	int n;

	(void)state;
	memset(uri, 'a', 40000);
	uri[0] = '/';
	uri[2000] = '\0';
	n = snprintf(bytes, 50000,
	    "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", uri);
	g = send_raw(bytes, (size_t)n);
	assert_int_equal(g.status, 414);
	expect_headers(&g);
	free(g.all);
	uri[2000] = 'a';
	uri[39999] = '\0';
	n = snprintf(bytes, 50000, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", uri);
	g = send_raw(bytes, (size_t)n); /* more than its memory */
	assert_true(g.status == 414 || g.status == 431 || g.len == 0);
	free(g.all);
	free(uri);
	free(bytes);
}

static void
test_junk_does_no_harm(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n"
				   "Connection: close\r\n";
	static const char *const junk[] = { "\r\n\r\n", "GET\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
		"\x16\x03\x01\x02\xfc\x03\x03", "Host: b\r\n\r\n",
		"Content-Length: 99999999999999\r\n\r\n",
		"Content-Length: -1\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\nzz\r\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		int fd = dial();

		if (i >= 5)
			(void)send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
		(void)send(fd, junk[i], strlen(junk[i]), MSG_NOSIGNAL);
		expect_alive(); /* while it hangs on */
		close(fd);
	}
	expect_alive();
}

static void
test_slow_clients_do_not_hold_others_up(void **state)
{
	int slow[64];

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		slow[i] = dial();
		assert_int_equal(send(slow[i], "GET / HT", 8, 0), 8);
	}
	expect_alive();
	for (size_t i = 0; i < 64; i++)
		close(slow[i]);
}

static void
test_etags_save_the_body(void **state)
{
	struct got a = get("/v1/releases"), b;
	char *etag = strstr(a.all, "\r\nETag: "), header[128];

	(void)state;
	assert_non_null(etag);
	etag += 8;
	etag[strcspn(etag, "\r")] = '\0';
	(void)snprintf(header, sizeof(header), "If-None-Match: %s\r\n", etag);
	b = request("GET", "/v1/releases", header);
	assert_int_equal(b.status, 304);
	assert_int_equal(b.body_len, 0);
	free(a.all);
	free(b.all);
}

/* One of many clients: the same bytes each time. */
static void *
client(void *want)
{
	const struct got *w = want;
	size_t wrong = 0;

	for (unsigned i = 0; i < 10; i++) {
		struct got g = get_release(
		    i % 2 == 0 ? "/cells.json" : "/cells.json?theme=violence");

		if (g.status != 200 || g.body_len != w->body_len ||
		    memcmp(g.body, w->body, g.body_len) != 0)
			wrong++;
		free(g.all);
	}
	return (void *)wrong;
}

static void
test_parallel_requests_get_the_same(void **state)
{
	struct got want = get_release("/cells.json");
	pthread_t threads[8];
	void *wrong;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, client, &want), 0);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	free(want.all);
}

static void
test_only_this_machine_is_listened_to(void **state)
{
	static const char *const open[] = { "0.0.0.0", "::", "192.0.2.1", "",
		"localhost", "127.0.0.1:80" };
	int fd = -7;

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		assert_false(http_address_good(open[i]));
		assert_int_equal(http_listen(&fd, open[i], 0), E_ARG);
	}
	assert_int_equal(http_listen(&fd, "127.0.0.1", s.port), E_EXISTS);
	assert_int_equal(fd, -7);
}

static void
test_a_path_can_be_listened_to(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	static const char ask[] = "GET /v1/health HTTP/1.1\r\nHost: x\r\n"
				  "Connection: close\r\n\r\n";
	struct http *http;
	struct got g;
	int fd, client;

	(void)state;
	(void)snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s/http.sock", s.made->dir);
	for (int i = 0; i < 2; i++) { /* again over what is left behind */
		assert_int_equal(http_listen(&fd, at.sun_path, 0), E_OK);
		assert_int_equal(http_start(&http, s.pages, fd), E_OK);
		client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(
		    connect(client, (const struct sockaddr *)&at, sizeof(at)),
		    0);
		assert_int_equal(
		    send(client, ask, sizeof(ask) - 1, 0), sizeof(ask) - 1);
		g = receive(client);
		assert_int_equal(g.status, 200);
		free(g.all);
		http_stop(http);
	}
	assert_int_equal(unlink(at.sun_path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_answer_has_the_headers),
		cmocka_unit_test(test_types_fit_what_is_sent),
		cmocka_unit_test(test_a_release_is_served_in_all_forms),
		cmocka_unit_test(test_what_is_not_there_is_404),
		cmocka_unit_test(test_head_is_get_without_the_body),
		cmocka_unit_test(test_a_connection_lives_on),
		cmocka_unit_test(test_a_body_is_not_read),
		cmocka_unit_test(test_other_methods_are_405),
		cmocka_unit_test(test_long_addresses_are_refused),
		cmocka_unit_test(test_junk_does_no_harm),
		cmocka_unit_test(test_slow_clients_do_not_hold_others_up),
		cmocka_unit_test(test_etags_save_the_body),
		cmocka_unit_test(test_parallel_requests_get_the_same),
		cmocka_unit_test(test_only_this_machine_is_listened_to),
		cmocka_unit_test(test_a_path_can_be_listened_to),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
