/* Promises of client/line against a coordinator that may lie: real TLS, real
 * keys and rosters; only what the other side says is made up. */
#include <ftw.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/wr.h"
#include "cli/file.h"
#include "client/line.h"
#include "crypto/random.h"
#include "policies/govern.h"
#include "protocol/hello.h"
#include "protocol/talk.h"
#include "protocol/transport.h"

static char dir[] = "/tmp/ward-test-line-XXXXXX";
static const struct party_id me = { "analyst" }, them = { "coordinator" };
static const uint8_t query_id[QUERY_ID] = { 1, 2, 3 };

enum lie { /* what the coordinator does instead of its duty */
	HONEST,
	REJECTS,
	WRONG_KEY,   /* signs its welcome with another key */
	OLD_SESSION, /* binds its welcome to another session */
	WRONG_CLOCK,
	NO_WELCOME,
	FALSE_ROSTER, /* signed by one key of its own */
	NO_ROSTER,
	FAILS,       /* answers with FAIL */
	OTHER_QUERY, /* answers about another query */
	PARTS_MIXED,
	HANGS_UP,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum lie lie; /* under the lock, as the roster below */
static struct transport *server;
static struct identity coordinator;
static char *newest; /* the roster note it has */
static uint32_t newest_epoch;
static pthread_t thread;
static int stop; /* atomic */

static void
set_lie(enum lie new_lie)
{
	pthread_mutex_lock(&lock);
	lie = new_lie;
	pthread_mutex_unlock(&lock);
}

static uint64_t
now_s(void)
{
	return (uint64_t)time(NULL);
}

static char *
path_of(const char *name)
{
	static char path[FILE_PATH];

	assert_int_equal(file_path(path, dir, name), E_OK);
	return path;
}

static char *
text_of(const char *name)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(file_read(&text, &len, path_of(name), 1 << 20), E_OK);
	return text;
}

static void
send_frame(uint64_t conn, enum frame_kind kind, const uint8_t *id,
    const void *body, size_t len)
{
	struct frame f = { .kind = kind, .body = body, .len = len };
	uint8_t *bytes;
	size_t n;

	if (id != NULL)
		memcpy(f.id, id, FRAME_ID);
	if (frame_write(&bytes, &n, &f) != E_OK)
		abort();
	if (transport_send(server, conn, bytes, n) != E_OK)
		fprintf(stderr, "the test's coordinator could not send\n");
	free(bytes);
}

static void
send_words(uint64_t conn, enum frame_kind kind, enum err err, const char *s)
{
	uint8_t body[1 + TALK_WORDS];

	send_frame(conn, kind, query_id, body, talk_words_write(body, err, s));
}

static void
welcome(const struct transport_peer *peer, uint64_t conn)
{
	struct hello h = { .roster_epoch = newest_epoch, .utc_s = now_s() };
	uint8_t exporter[TLS_EXPORTER], *body;
	struct sign_key key = coordinator.key;
	size_t len;

	memcpy(exporter, peer->exporter, sizeof(exporter));
	if (lie == WRONG_CLOCK)
		h.utc_s -= 2 * HELLO_SKEW_S;
	if (lie == OLD_SESSION)
		exporter[0] ^= 1;
	if (lie == WRONG_KEY && sign_new(&key) != E_OK)
		abort();
	if (hello_make(&body, &len, &them, &me, exporter, &h, &key) != E_OK)
		abort();
	transport_admit(server, conn);
	send_frame(conn, FRAME_WELCOME, NULL, body, len);
	free(body);
	if (lie == FALSE_ROSTER)
		send_frame(conn, FRAME_ROSTER, NULL, "federation: F\n\n", 15);
	else if (lie == NO_ROSTER)
		send_words(conn, FRAME_FAIL, E_STATE, "no");
	else if (newest_epoch > 1)
		send_frame(conn, FRAME_ROSTER, NULL, newest, strlen(newest));
}

static void
reply_part(uint64_t conn, const uint8_t *id, uint32_t part, uint32_t parts,
    const char *text)
{
	uint8_t body[100];
	struct wr w = wr_over(body, sizeof(body));

	wr_be32(&w, part);
	wr_be32(&w, parts);
	wr_bytes(&w, text, strlen(text));
	send_frame(conn, FRAME_REPLY, id, body, w.len);
}

static void
answer(uint64_t conn)
{
	static const uint8_t other[QUERY_ID] = { 9 };

	switch (lie) {
	case FAILS:
		send_words(conn, FRAME_FAIL, E_NOTFOUND, "no\x1b such query");
		break;
	case OTHER_QUERY:
		reply_part(conn, other, 0, 1, "{}");
		break;
	case PARTS_MIXED:
		reply_part(conn, query_id, 0, 3, "one ");
		reply_part(conn, query_id, 2, 3, "three");
		break;
	case HANGS_UP:
		reply_part(conn, query_id, 0, 2, "one ");
		transport_drop(server, conn);
		break;
	default:
		reply_part(conn, query_id, 0, 3, "one ");
		reply_part(conn, query_id, 1, 3, "");
		reply_part(conn, query_id, 2, 3, "three");
		break;
	}
}

static void
handle(struct transport_event *ev)
{
	static struct transport_peer peer;
	struct frame f;

	if (ev->kind == TRANSPORT_UP)
		peer = ev->peer;
	if (ev->kind != TRANSPORT_FRAME ||
	    frame_parse(&f, ev->bytes, ev->len) != E_OK)
		return;
	if (f.kind != FRAME_HELLO)
		answer(ev->conn);
	else if (lie == REJECTS)
		send_words(ev->conn, FRAME_REJECT, E_PEER, "nobody");
	else if (lie == NO_WELCOME)
		send_words(ev->conn, FRAME_FAIL, E_PEER, "");
	else
		welcome(&peer, ev->conn);
}

static void *
serve(void *arg)
{
	struct pollfd fd = { .fd = transport_fd(server), .events = POLLIN };

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		struct transport_event ev;

		poll(&fd, 1, 50);
		while (transport_next(server, &ev) == E_OK) {
			pthread_mutex_lock(&lock);
			handle(&ev);
			pthread_mutex_unlock(&lock);
			transport_event_free(&ev);
		}
	}
	return NULL;
}

/* Makes the folder of a party and puts it into the draft. */
static void
enrol(const struct party_id *id, unsigned role)
{
	struct enrol_request *r = calloc(1, sizeof(*r));
	struct fault fault = { "" };
	char name[100], *text;
	enum err e;

	r->member.id = *id;
	strcpy(r->member.name, id->s);
	strcpy(r->member.organisation, id->s);
	r->member.roles = role;
	if (role == ROLE_COORDINATOR) {
		r->n_names = 2;
		strcpy(r->names[0], "localhost");
		strcpy(r->names[1], "127.0.0.1");
	}
	e = enrol_init(path_of(id->s), r, &fault);
	if (e != E_OK)
		print_message("%s\n", fault.text);
	assert_int_equal(e, E_OK);
	snprintf(name, sizeof(name), "%s/join-request.yaml", id->s);
	text = text_of(name);
	assert_int_equal(govern_add(path_of("gov"), text, strlen(text), "j",
			     now_s(), &fault),
	    E_OK);
	free(text);
	free(r);
}

static void
sign_roster(void)
{
	static const char *const keys[] = { "g1" };
	struct fault fault = { "" };

	assert_int_equal(
	    govern_sign(path_of("gov"), keys, 1, now_s(), &fault), E_OK);
	pthread_mutex_lock(&lock);
	free(newest);
	newest = text_of("gov/roster.note");
	newest_epoch++;
	pthread_mutex_unlock(&lock);
}

static void
join(const struct party_id *id)
{
	struct fault fault = { "" };
	struct governance g;
	char *text;

	assert_int_equal(govern_admit(&text, path_of("gov"), id, &fault), E_OK);
	assert_int_equal(
	    enrol_join(&g, path_of(id->s), text, strlen(text), &fault), E_OK);
	free(text);
}

static int
start(void **state)
{
	const struct govern_new n = { "F", 1, 1, true };
	struct home_file file = { .party = me, .coordinator_party = them };
	struct fault fault = { "" };
	struct tls_material m;

	(void)state;
	assert_int_equal(random_start(), E_OK);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(govern_new(path_of("gov"), &n, now_s(), &fault), E_OK);
	enrol(&me, ROLE_RESEARCHER);
	enrol(&them, ROLE_COORDINATOR);
	sign_roster();
	join(&me);
	join(&them);
	assert_int_equal(identity_load(&coordinator, path_of("coordinator"),
			     &them, 1, &fault),
	    E_OK);
	m = (struct tls_material){ coordinator.ca_pem, coordinator.cert_pem,
		coordinator.key_pem };
	assert_int_equal(
	    transport_new(&server, &m, NULL, &transport_clock, NULL), E_OK);
	assert_int_equal(
	    transport_listen(server, "tls+tcp://127.0.0.1:0"), E_OK);
	snprintf(file.coordinator, sizeof(file.coordinator),
	    "tls+tcp://127.0.0.1:%u", (unsigned)transport_port(server));
	strcpy(file.server_name, "localhost");
	assert_int_equal(
	    home_file_write(&file, path_of("analyst"), &fault), E_OK);
	return pthread_create(&thread, NULL, serve, NULL);
}

static int
drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
finish(void **state)
{
	(void)state;
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	transport_free(server);
	identity_free(&coordinator);
	free(newest);
	return nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* Opens a line and asks a thing; what fails is said in fault. */
static enum err
converse(char **reply, bool *news, uint32_t *epoch, struct fault *fault)
{
	struct line *line = NULL;
	struct home home;
	size_t len;
	enum err e;

	assert_int_equal(home_load(&home, path_of("analyst"), fault), E_OK);
	e = line_open(&line, news, &home, &transport_clock, fault);
	if (e == E_OK)
		e = line_ask(
		    line, reply, &len, FRAME_STATUS, query_id, NULL, 0, fault);
	*epoch = home.id.roster->epoch;
	line_close(line);
	home_free(&home);
	return e;
}

static const struct {
	const char *what;
	enum lie lie;
	enum err want;
	const char *says;
} lies[] = {
	{ "rejects", REJECTS, E_PEER, "nobody" },
	{ "signs with another key", WRONG_KEY, E_SIGNATURE, "is not the" },
	{ "replays another session", OLD_SESSION, E_PEER, "is not the" },
	{ "clock", WRONG_CLOCK, E_CLOCK, "differ by more" },
	{ "no welcome", NO_WELCOME, E_FORMAT, "is not the" },
	{ "fails", FAILS, E_STATE, "no? such query" },
	{ "another query", OTHER_QUERY, E_FORMAT, "reply" },
	{ "parts mixed", PARTS_MIXED, E_FORMAT, "reply" },
	{ "hangs up", HANGS_UP, E_CLOSED, "coordinator" },
};

static void
test_a_lying_coordinator_is_not_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct fault fault = { "" };
		char *reply = NULL;
		uint32_t epoch;
		bool news = false;
		enum err e;

		print_message("%s\n", lies[i].what);
		set_lie(lies[i].lie);
		e = converse(&reply, &news, &epoch, &fault);
		print_message("  %s\n", fault.text);
		assert_int_equal(e, lies[i].want);
		assert_null(reply);
		assert_non_null(strstr(fault.text, lies[i].says));
		assert_false(news);
	}
}

static void
test_the_parts_of_a_reply_come_together(void **state)
{
	struct fault fault = { "" };
	char *reply = NULL;
	uint32_t epoch;
	bool news;

	(void)state;
	set_lie(HONEST);
	assert_int_equal(converse(&reply, &news, &epoch, &fault), E_OK);
	assert_string_equal(reply, "one three");
	free(reply);
}

static void
test_a_newer_roster_counts_when_governance_signed_it(void **state)
{
	static const struct party_id other = { "other" };
	struct fault fault = { "" };
	char *reply = NULL;
	uint32_t epoch;
	bool news;

	(void)state;
	enrol(&other, ROLE_APPROVER);
	sign_roster();
	set_lie(FALSE_ROSTER);
	assert_int_not_equal(converse(&reply, &news, &epoch, &fault), E_OK);
	assert_int_equal(epoch, 1);
	assert_non_null(strstr(fault.text, "not signed"));
	set_lie(NO_ROSTER);
	assert_int_equal(converse(&reply, &news, &epoch, &fault), E_FORMAT);

	set_lie(HONEST);
	assert_int_equal(converse(&reply, &news, &epoch, &fault), E_OK);
	assert_true(news);
	assert_int_equal(epoch, 2);
	free(reply);
	/* it was stored: the next time it is nothing new */
	assert_int_equal(converse(&reply, &news, &epoch, &fault), E_OK);
	assert_false(news);
	assert_int_equal(epoch, 2);
	free(reply);
}

static void
test_nobody_there_is_told(void **state)
{
	struct fault fault = { "" };
	struct line *line = NULL;
	struct home home;

	(void)state;
	assert_int_equal(home_load(&home, path_of("analyst"), &fault), E_OK);
	strcpy(home.file.coordinator, "tls+tcp://127.0.0.1:1");
	assert_int_not_equal(
	    line_open(&line, NULL, &home, &transport_clock, &fault), E_OK);
	assert_non_null(strstr(fault.text, "is it running?"));
	/* another name than the certificate's */
	home_free(&home);
	assert_int_equal(home_load(&home, path_of("analyst"), &fault), E_OK);
	strcpy(home.file.server_name, "elsewhere.example");
	assert_int_not_equal(
	    line_open(&line, NULL, &home, &transport_clock, &fault), E_OK);
	assert_null(line);
	home_free(&home);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lying_coordinator_is_not_believed),
		cmocka_unit_test(test_the_parts_of_a_reply_come_together),
		cmocka_unit_test(
		    test_a_newer_roster_counts_when_governance_signed_it),
		cmocka_unit_test(test_nobody_there_is_told),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
