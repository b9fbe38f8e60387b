/* Promises of coordinator/merge and docket: nobody is heard before the roster
 * has vouched for them, nothing is asked before two organisations approved,
 * and only what a node signed for this very question is summed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rd.h"
#include "coordinator/asked.h"
#include "coordinator/docket.h"
#include "coordinator/releases.h"
#include "made.h"
#include "policies/decide.h"
#include "protocol/bundle.h"
#include "protocol/talk.h"

static int
setup(void **state)
{
	*state = made_new();
	return 0;
}

static int
teardown(void **state)
{
	made_free(*state);
	return 0;
}

static const char *const nodes[] = { "gwent", "hospital", "south-wales" };

/* Submit, and say how it stands. */
static void
submit(struct made *m, uint64_t conn, const struct made_bundle *b, bool now,
    const char *state)
{
	enum err why;
	json_t *s = made_submit(m, conn, b, now, &why);

	assert_int_equal(why, E_OK);
	assert_string_equal(made_state(s), state);
	json_decref(s);
}

static void
expect_state(struct made *m, const uint8_t id[QUERY_ID], const char *state)
{
	uint64_t conn = made_connect(m, "inspector");
	json_t *s = made_status(m, conn, id);

	assert_string_equal(made_state(s), state);
	json_decref(s);
}

static void
expect_node(struct made *m, const uint8_t id[QUERY_ID], const char *node,
    const char *state, const char *code)
{
	uint64_t conn = made_connect(m, "inspector");
	json_t *s = made_status(m, conn, id);

	assert_string_equal(made_node(s, node, "state"), state);
	assert_string_equal(made_node(s, node, "code"), code);
	json_decref(s);
}

/* How many frames of that kind wait for the connection; they are taken. */
static unsigned
count(struct made *m, uint64_t conn, enum frame_kind kind)
{
	struct made_frame f;
	unsigned n = 0;

	while ((f = made_take(m, conn)).kind != 0) {
		n += f.kind == kind;
		free(f.body);
	}
	return n;
}

static void
expect_reject(struct made *m, uint64_t conn, enum err why)
{
	struct made_frame f = made_take(m, conn);
	struct talk_words words;

	assert_int_equal(f.kind, FRAME_REJECT);
	assert_int_equal(talk_words_parse(&words, f.body, f.len), E_OK);
	assert_int_equal(words.err, why);
	assert_true(made_dropped(m, conn));
	free(f.body);
}

/* Sessions -------------------------------------------------------------- */

static void
test_nothing_is_heard_before_hello(void **state)
{
	static const enum frame_kind kinds[] = { FRAME_SUBMIT, FRAME_STATUS,
		FRAME_FETCH, FRAME_READY, FRAME_WELCOME };
	struct made *m = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t conn = made_up(m, "analyst");

		made_say(m, conn, kinds[i], NULL, "x", 1);
		expect_reject(m, conn, E_FORMAT);
		made_say(m, conn, kinds[i], NULL, "x", 1); /* in the pipe */
		assert_int_equal(made_take(m, conn).kind, 0);
	}
}

static void
test_hello_must_fit_roster_and_session(void **state)
{
	struct made *m = *state;
	uint64_t a, b;

	a = made_up(m, "analyst"); /* signed by another party's key */
	made_hello(m, a, "gwent", 1);
	expect_reject(m, a, E_PEER);
	b = made_up(m, "gwent");
	made_say(m, b, FRAME_HELLO, NULL, "junk", 4);
	assert_true(made_dropped(m, b));
	made_drain(m);
	made_member(m, "gwent")->tls_fingerprint[0] ^= 1;
	made_seal(m, 2);
	assert_int_equal(m->core.hup(m->core.ctx), E_OK);
	b = made_up(m, "gwent"); /* with the certificate of before */
	made_hello(m, b, "gwent", 2);
	expect_reject(m, b, E_PEER);
}

static void
test_the_coordinator_itself_cannot_connect(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_up(m, "coordinator");

	made_hello(m, conn, "coordinator", 1);
	expect_reject(m, conn, E_PEER);
}

static void
test_a_newer_connection_replaces_the_older(void **state)
{
	struct made *m = *state;
	uint64_t old = made_connect(m, "gwent");
	uint64_t young = made_connect(m, "gwent");

	assert_true(made_dropped(m, old));
	assert_false(made_dropped(m, young));
	made_say(m, old, FRAME_TAKEN, NULL, NULL, 0); /* nothing happens */
	assert_false(made_dropped(m, young));
}

static void
test_hello_twice_is_a_breach(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "gwent");

	made_hello(m, conn, "gwent", 1);
	assert_true(made_dropped(m, conn));
}

static void
test_an_older_roster_is_brought_up_to_date(void **state)
{
	struct made *m = *state;
	uint64_t conn;
	struct made_frame f;

	conn = made_up(m, "gwent");
	made_hello(m, conn, "gwent", 0);
	f = made_take(m, conn);
	assert_int_equal(f.kind, FRAME_WELCOME);
	free(f.body);
	f = made_take(m, conn);
	assert_int_equal(f.kind, FRAME_ROSTER);
	assert_int_equal(f.len, m->note_len);
	assert_memory_equal(f.body, m->note, m->note_len);
	free(f.body);
}

static void
test_a_new_roster_is_spread_and_drops_who_is_out(void **state)
{
	struct made *m = *state;
	uint64_t gwent = made_connect(m, "gwent");
	uint64_t hospital = made_connect(m, "hospital");
	uint64_t south = made_connect(m, "south-wales");

	made_member(m, "hospital")->valid_until = m->utc_s;
	made_member(m, "south-wales")->sign_public[0] ^= 1;
	made_seal(m, 2);
	assert_int_equal(m->core.hup(m->core.ctx), E_OK);
	made_tick(m, 0);
	assert_int_equal(count(m, gwent, FRAME_ROSTER), 1);
	assert_false(made_dropped(m, gwent));
	expect_reject(m, hospital, E_PEER);
	expect_reject(m, south, E_PEER);
	made_seal(m, 2); /* not higher: nothing */
	assert_int_equal(m->core.hup(m->core.ctx), E_OK);
	made_tick(m, 0);
	assert_int_equal(made_take(m, gwent).kind, 0);
	made_seal(m, 1); /* lower: nothing */
	assert_int_equal(m->core.hup(m->core.ctx), E_OK);
	made_tick(m, 0);
	assert_int_equal(made_take(m, gwent).kind, 0);
}

static void
test_a_forged_roster_changes_nothing(void **state)
{
	struct made *m = *state;
	uint64_t gwent = made_connect(m, "gwent");

	made_seal(m, 2);
	m->note[m->note_len / 4] ^= 1;
	assert_int_equal(m->core.hup(m->core.ctx), E_OK);
	made_tick(m, 0);
	assert_int_equal(made_take(m, gwent).kind, 0);
	assert_false(made_dropped(m, gwent));
}

static void
test_roles_bound_what_may_be_asked(void **state)
{
	static const struct {
		const char *party;
		enum frame_kind kind;
		enum frame_kind want; /* 0: dropped */
	} cases[] = {
		{ "gwent", FRAME_SUBMIT, FRAME_FAIL },
		{ "gwent", FRAME_STATUS, FRAME_FAIL },
		{ "gwent", FRAME_FETCH, FRAME_FAIL },
		{ "inspector", FRAME_SUBMIT, FRAME_FAIL },
		{ "analyst", FRAME_READY, 0 },
		{ "analyst", FRAME_ASK, 0 },
		{ "alpha", FRAME_REPLY, 0 },
	};
	struct made *m = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t conn = made_connect(m, cases[i].party);
		struct made_frame f;

		made_say(m, conn, cases[i].kind, NULL, "\0", 1);
		f = made_take(m, conn);
		assert_int_equal(f.kind, cases[i].want);
		if (f.kind == FRAME_FAIL)
			assert_int_equal(f.body[0], E_PEER);
		assert_int_equal(made_dropped(m, conn), f.kind == 0);
		free(f.body);
	}
}

/* Submitting ------------------------------------------------------------ */

static void
test_two_organisations_open_a_query(void **state)
{
	static const struct {
		const char *approvers, *state;
	} cases[] = {
		{ "", "waiting" },
		{ "alpha", "waiting" },
		{ "alpha gamma", "waiting" }, /* one organisation */
		{ "alpha delta", "waiting" }, /* the author's organisation */
		{ "alpha ~beta", "waiting" }, /* signature broken */
		{ "alpha analyst", "waiting" },
		{ "alpha -beta gamma", "vetoed" },
		{ "alpha beta", "open" },
		{ "alpha gamma beta", "open" },
	};
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made_bundle b;
		struct query q;

		made_query(m, &q);
		q.title[0] = (char)('a' + i);
		b = made_bundle(m, &q, "analyst", cases[i].approvers);
		submit(m, conn, &b, false, cases[i].state);
		assert_int_equal(count(m, gwent, FRAME_ASK),
		    strcmp(cases[i].state, "open") == 0);
		free(b.bytes);
	}
}

static void
test_approvals_may_come_later(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	uint64_t alpha = made_connect(m, "alpha");
	uint64_t gwent = made_connect(m, "gwent");
	struct made_bundle one, two;
	struct query q;

	made_query(m, &q);
	one = made_bundle(m, &q, "analyst", "alpha");
	two = made_bundle(m, &q, "analyst", "beta");
	submit(m, analyst, &one, false, "waiting");
	submit(m, analyst, &one, false, "waiting"); /* twice is not two */
	assert_int_equal(count(m, gwent, FRAME_ASK), 0);
	submit(m, alpha, &two, false, "open"); /* brought by an approver */
	assert_int_equal(count(m, gwent, FRAME_ASK), 1);
	assert_int_equal(m->decoded, 1);
	free(one.bytes);
	free(two.bytes);
}

static void
test_a_veto_stands(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	struct made_bundle veto, good;
	struct query q;

	made_query(m, &q);
	good = made_bundle(m, &q, "analyst", "alpha beta");
	veto = made_bundle(m, &q, "analyst", "-alpha");
	submit(m, analyst, &good, false, "open");
	submit(m, analyst, &veto, false, "vetoed");
	submit(m, analyst, &good, false, "vetoed");
	made_drain(m);
	made_tick(m, 20);
	made_tick(m, 200);
	expect_state(m, good.id, "vetoed");
	assert_int_equal(count(m, gwent, FRAME_ASK), 0);
	free(good.bytes);
	free(veto.bytes);
}

/* An approval that an approver took back is not brought in again by somebody
 * who has kept it. */
static void
test_a_veto_outlasts_an_older_approval(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	struct made_bundle veto, old;
	struct query q;

	made_query(m, &q);
	veto = made_bundle(m, &q, "analyst", "-alpha");
	old = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &veto, true, "open"); /* the nodes see it */
	submit(m, analyst, &old, false, "vetoed");
	free(veto.bytes);
	free(old.bytes);
}

static void
test_only_a_researchers_signature_opens(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	struct made_bundle b;
	struct query q;
	enum err why;

	made_query(m, &q);
	b = made_bundle(m, &q, "alpha", "alpha beta"); /* no researcher */
	assert_null(made_submit(m, conn, &b, false, &why));
	assert_int_equal(why, E_PEER);
	free(b.bytes);
	b = made_bundle(m, &q, "author", "alpha beta"); /* names another */
	assert_null(made_submit(m, conn, &b, false, &why));
	assert_int_equal(why, E_PEER);
	free(b.bytes);
	b = made_bundle(m, &q, "analyst", "");
	b.bytes[b.len - 1] ^= 1;
	assert_null(made_submit(m, conn, &b, false, &why));
	assert_int_equal(why, E_SIGNATURE);
	free(b.bytes);
	assert_int_equal(m->decoded, 1); /* verified before decoded */
}

static void
test_what_does_not_decode_is_refused(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	struct made_bundle b;
	struct query q;
	enum err why;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	m->decoder_says = E_FORMAT;
	assert_null(made_submit(m, conn, &b, false, &why));
	assert_int_equal(why, E_FORMAT);
	assert_null(made_submit(m, conn, &b, true, &why));
	assert_int_equal(why, E_FORMAT);
	assert_int_equal(asked_query(m->db, b.id, &q), E_NOTFOUND);
	b.len = 20; /* no bundle at all */
	assert_null(made_submit(m, conn, &b, true, &why));
	assert_int_equal(m->decoded, 2);
	free(b.bytes);
}

static void
test_a_dead_decoder_ends_the_process(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	struct frame f = { .kind = FRAME_SUBMIT };
	struct made_bundle b;
	struct query q;
	uint8_t *body;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	body = calloc(1, b.len + 1);
	memcpy(body + 1, b.bytes, b.len);
	f.body = body;
	f.len = b.len + 1;
	m->decoder_says = E_CLOSED;
	assert_int_equal(m->core.frame(m->core.ctx, conn, &f), E_CLOSED);
	free(body);
	free(b.bytes);
}

/* An approval that ends sooner is not brought in the place of a longer one by
 * somebody who has kept it. */
static void
test_a_shorter_approval_does_not_end_a_longer_one(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "gamma");
	struct made_bundle brief, long_, both;
	struct query q;

	made_query(m, &q);
	brief = made_bundle(m, &q, "analyst", "<alpha");
	long_ = made_bundle(m, &q, "analyst", "alpha");
	both = made_bundle(m, &q, "analyst", "beta");
	submit(m, conn, &brief, false, "waiting");
	submit(m, conn, &long_, false, "waiting");
	submit(m, conn, &brief, false, "waiting");
	made_tick(m, MADE_BRIEF + 1);
	submit(m, conn, &both, false, "open");
	free(brief.bytes);
	free(long_.bytes);
	free(both.bytes);
}

/* A stranger's envelope around the researcher's bytes, brought first, does not
 * cost the approvals that come with the true one. */
static void
test_a_false_author_costs_no_approval(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t gamma = made_connect(m, "gamma");
	struct made_bundle bad, good;
	json_t *s, *votes;
	struct query q;
	enum err why;

	made_query(m, &q);
	bad = made_bundle(m, &q, "alpha", "");
	good = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, gamma, &bad, true, "open");
	s = made_submit(m, conn, &good, false, &why);
	votes = json_object_get(s, "approvals");
	assert_int_equal(json_array_size(votes), 2);
	json_decref(s);
	free(bad.bytes);
	free(good.bytes);
}

/* The three nodes answer, whatever they ought to have said. */
static void
all_answer(struct made *m, const struct query *q, const uint8_t *id)
{
	for (size_t i = 0; i < 3; i++) {
		uint64_t conn = made_connect(m, nodes[i]);
		struct made_answer a = made_honest(m, nodes[i], q, id, 7);

		made_send(m, conn, id, &a);
		expect_node(m, id, nodes[i], "answered", "");
	}
}

/* Nodes that answer what they should refuse make no release. */
static void
test_now_releases_nothing_that_is_not_approved(void **state)
{
	static const struct {
		const char *signer, *approvers, *end;
	} cases[] = {
		{ "analyst", "", "not-released" },
		{ "analyst", "alpha", "not-released" },
		{ "analyst", "alpha gamma", "not-released" },
		{ "analyst", "alpha ~beta", "not-released" },
		{ "alpha", "beta gamma", "not-released" },
		{ "analyst", "alpha beta -gamma", "vetoed" },
		{ "analyst", "alpha beta", "released" },
	};
	struct made *m = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t conn = made_connect(m, "analyst");
		struct made_bundle b;
		struct query q;

		made_query(m, &q);
		q.title[0] = (char)('A' + i);
		b = made_bundle(m, &q, cases[i].signer, cases[i].approvers);
		submit(m, conn, &b, true, "open");
		all_answer(m, &q, b.id);
		made_tick(m, 10);
		expect_state(m, b.id, cases[i].end);
		free(b.bytes);
	}
}

/* A veto that the coordinator has counts, however it came. */
static void
test_a_veto_that_came_with_now_stops_a_release(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	struct made_bundle good, veto;
	struct query q;

	made_query(m, &q);
	good = made_bundle(m, &q, "analyst", "alpha beta");
	veto = made_bundle(m, &q, "analyst", "-alpha");
	submit(m, conn, &good, false, "open");
	submit(m, conn, &veto, true, "open");
	submit(m, conn, &veto, false, "vetoed");
	free(good.bytes);
	free(veto.bytes);
}

static void
test_now_asks_whatever_the_approvals(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	struct made_bundle b, sent;
	struct bundle got;
	struct made_frame f;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "~alpha analyst");
	submit(m, conn, &b, true, "open");
	f = made_take(m, gwent);
	assert_int_equal(f.kind, FRAME_ASK);
	assert_int_equal(bundle_parse(&got, f.body, f.len), E_OK);
	assert_int_equal(got.n, 2); /* the nodes see what does not count */
	free(f.body);
	made_refuse(m, gwent, "gwent", b.id, REFUSAL_APPROVALS, "");
	expect_node(m, b.id, "gwent", "refused", "approvals");
	expect_node(m, b.id, "hospital", "pending", "");
	made_drain(m);
	conn = made_connect(m, "analyst");
	sent = made_bundle(m, &q, "analyst", "alpha beta"); /* good ones */
	submit(m, conn, &sent, false, "open");
	f = made_take(m, gwent); /* which refused: asked again */
	assert_int_equal(f.kind, FRAME_ASK);
	assert_int_equal(bundle_parse(&got, f.body, f.len), E_OK);
	assert_int_equal(got.n, 3); /* alpha's broken one is replaced */
	free(f.body);
	free(b.bytes);
	free(sent.bytes);
}

static void
test_now_with_a_bad_signature_reaches_nodes_and_can_be_mended(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	struct made_bundle bad, good;
	struct query q;
	json_t *s;

	made_query(m, &q);
	bad = made_bundle(m, &q, "analyst", "");
	good = made_bundle(m, &q, "analyst", "alpha beta");
	bad.bytes[bad.len - 1] ^= 1;
	submit(m, conn, &bad, true, "open");
	assert_int_equal(count(m, gwent, FRAME_ASK), 1);
	made_refuse(m, gwent, "gwent", bad.id, REFUSAL_SIGNATURE, "");
	s = made_status(m, conn, bad.id);
	assert_string_equal(made_node(s, "gwent", "code"), "signature");
	assert_string_equal(made_node(s, "gwent", "reason"),
	    "signature: the researcher's signature does not fit these bytes");
	json_decref(s);
	submit(m, conn, &good, false, "open"); /* the same id, signed well */
	assert_int_equal(count(m, gwent, FRAME_ASK), 1);
	expect_node(m, bad.id, "gwent", "pending", "");
	free(bad.bytes);
	free(good.bytes);
}

static void
test_now_is_for_the_researcher(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t beta = made_connect(m, "beta");
	struct made_bundle b;
	struct query q;
	enum err why;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha");
	submit(m, conn, &b, false, "waiting");
	assert_null(made_submit(m, beta, &b, true, &why));
	assert_int_equal(why, E_PEER);
	expect_state(m, b.id, "waiting");
	submit(m, conn, &b, true, "open");
	free(b.bytes);
}

static void
test_what_waits_too_long_expires(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	struct made_bundle b, late;
	struct query q;
	enum err why;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha");
	submit(m, conn, &b, false, "waiting");
	made_tick(m, 99);
	expect_state(m, b.id, "waiting");
	made_tick(m, 1);
	expect_state(m, b.id, "expired");
	free(b.bytes);
	q.title[0] = 'x';
	late = made_bundle(m, &q, "analyst", "alpha beta");
	assert_null(made_submit(m, conn, &late, false, &why));
	assert_int_equal(why, E_TIMEOUT);
	free(late.bytes);
}

/* That its time is over is for every node to say, too. */
static void
test_now_brings_what_is_over_before_the_nodes(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	struct made_bundle b;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	made_tick(m, 1000);
	submit(m, conn, &b, true, "open");
	made_tick(m, 0);
	assert_int_equal(count(m, gwent, FRAME_ASK), 1);
	made_refuse(m, gwent, "gwent", b.id, REFUSAL_EXPIRED, "");
	expect_node(m, b.id, "gwent", "refused", "expired");
	made_tick(m, DOCKET_HEAR_S);
	expect_state(m, b.id, "not-released");
	free(b.bytes);
}

static void
test_one_party_cannot_fill_the_docket(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");
	uint64_t author = made_connect(m, "author");
	struct made_bundle b;
	struct query q;
	enum err why;

	made_query(m, &q);
	for (unsigned i = 0; i < DOCKET_EACH; i++) {
		q.title[0] = (char)('A' + i % 26);
		q.title[1] = (char)('A' + i / 26);
		b = made_bundle(m, &q, "analyst", "");
		submit(m, conn, &b, false, "waiting");
		free(b.bytes);
	}
	q.title[2] = '!';
	b = made_bundle(m, &q, "analyst", "");
	assert_null(made_submit(m, conn, &b, false, &why));
	assert_int_equal(why, E_LIMIT);
	free(b.bytes);
	q.researcher = made_id("author");
	b = made_bundle(m, &q, "author", "");
	submit(m, author, &b, false, "waiting");
	free(b.bytes);
}

/* A query counts against who brought it, whoever it names, and that outlives
 * a restart. */
static void
test_a_restart_knows_who_brought_what(void **state)
{
	struct made *m = *state;
	uint64_t author = made_connect(m, "author");
	struct made_bundle b;
	struct query q;
	enum err why;

	made_query(m, &q);
	for (unsigned i = 0; i < DOCKET_EACH; i++) {
		q.title[0] = (char)('A' + i % 26);
		q.title[1] = (char)('A' + i / 26);
		b = made_bundle(m, &q, "analyst", "");
		submit(m, author, &b, false, "waiting");
		free(b.bytes);
	}
	made_stop(m);
	made_start(m);
	q.title[2] = '!';
	b = made_bundle(m, &q, "analyst", "");
	assert_null(made_submit(m, made_connect(m, "author"), &b, false, &why));
	assert_int_equal(why, E_LIMIT);
	submit(m, made_connect(m, "analyst"), &b, false, "waiting");
	free(b.bytes);
}

/* By more than the five minutes that nodes allow; at once, they are heard. */
static void
test_a_query_of_the_future_is_refused(void **state)
{
	static const struct {
		uint64_t ahead_s;
		bool now;
		enum err want;
	} cases[] = {
		{ 300, false, E_OK },
		{ 301, false, E_CLOCK },
		{ 301, true, E_OK },
	};
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made_bundle b;
		struct query q;
		enum err why;
		json_t *s;

		made_query(m, &q);
		q.created_at = m->utc_s + cases[i].ahead_s;
		q.send_at = q.created_at + 10;
		q.close_at = q.created_at + 100;
		q.title[0] = (char)('A' + i);
		b = made_bundle(m, &q, "analyst", "");
		s = made_submit(m, conn, &b, cases[i].now, &why);
		assert_int_equal(why, cases[i].want);
		assert_int_equal(s == NULL, cases[i].want != E_OK);
		json_decref(s);
		free(b.bytes);
	}
}

/* What could not be released is not asked: places of another lookup, a force
 * that it lacks. */
static void
test_what_cannot_be_estimated_is_refused(void **state)
{
	struct made *m = *state;
	uint64_t conn = made_connect(m, "analyst");

	for (unsigned i = 0; i < 3; i++) {
		static const enum err want[] = { E_OK, E_STATE, E_STATE };
		struct made_bundle b;
		struct query q;
		enum err why;
		json_t *s;

		made_levels(m, &q);
		if (i == 1)
			q.q.level_places[1]--;
		if (i == 2)
			memcpy(q.q.areas[2], "W15000099", GSS);
		b = made_bundle(m, &q, "analyst", "");
		s = made_submit(m, conn, &b, false, &why);
		assert_int_equal(why, want[i]);
		json_decref(s);
		free(b.bytes);
	}
}

/* Rounds ---------------------------------------------------------------- */

static void
expect_sum(struct made *m, const uint8_t *id, const char *source,
    unsigned n_nodes, int64_t first)
{
	struct release_sum sum;
	struct query q;
	uint32_t n;

	assert_int_equal(asked_query(m->db, id, &q), E_OK);
	n = question_answer(&q.q);
	sum.cells = calloc(n, sizeof(*sum.cells));
	assert_int_equal(releases_sum(m->db, id, source, n, &sum), E_OK);
	assert_int_equal(sum.nodes, n_nodes);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(sum.cells[i], first + n_nodes * i);
	free(sum.cells);
}

static void
test_a_good_round_sums_exactly(void **state)
{
	struct made *m = *state;
	struct release_sum sums[8];
	struct made_bundle b;
	struct query q;
	size_t n;

	made_query(m, &q);
	b = made_release(m, &q);
	expect_state(m, b.id, "released");
	for (size_t i = 0; i < 3; i++)
		expect_node(m, b.id, nodes[i], "answered", "");
	expect_sum(m, b.id, "all", 3, 1110);
	expect_sum(m, b.id, "police", 2, 1010);
	expect_sum(m, b.id, "nhs", 1, 100);
	assert_int_equal(releases_sources(m->db, b.id, sums, 8, &n), E_OK);
	assert_int_equal(n, 3);
	free(b.bytes);
}

/* The status of nodes that stayed away, refused and were late. */
static void
test_absent_refused_and_late_are_told_apart(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	uint64_t hospital = made_connect(m, "hospital");
	struct made_answer a;
	struct made_bundle b;
	struct text detail = text_new(TEXT_MAX);
	struct query q;
	json_t *json, *node;

	made_query(m, &q);
	q.quorum = 1;
	b = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &b, false, "open");
	made_refuse(
	    m, hospital, "hospital", b.id, REFUSAL_BUDGET, "of 2021-04");
	made_tick(m, 10);
	a = made_honest(m, "gwent", &q, b.id, 7);
	made_send(m, gwent, b.id, &a);
	expect_state(m, b.id, "open"); /* south-wales may still come */
	made_tick(m, 89);
	expect_state(m, b.id, "open");
	uint64_t south = made_connect(m, "south-wales");
	made_tick(m, 1);
	expect_state(m, b.id, "released");
	expect_sum(m, b.id, "all", 1, 7);
	expect_sum(m, b.id, "police", 1, 7);
	expect_node(m, b.id, "hospital", "refused", "budget");
	expect_node(m, b.id, "south-wales", "absent", "");
	a = made_honest(m, "south-wales", &q, b.id, 7);
	made_send(m, south, b.id, &a); /* too late */
	expect_node(m, b.id, "south-wales", "late", "");
	expect_sum(m, b.id, "all", 1, 7);
	assert_int_equal(releases_detail(m->db, b.id, &detail), E_OK);
	json = json_loadb(detail.p, detail.len, 0, NULL);
	assert_non_null(json);
	node = json_array_get(json_object_get(json, "nodes"), 2);
	assert_string_equal(
	    json_string_value(json_object_get(node, "state")), "late");
	node = json_array_get(json_object_get(json, "nodes"), 1);
	assert_string_equal(json_string_value(json_object_get(node, "reason")),
	    "budget: the budget of a month is exhausted (of 2021-04)");
	json_decref(json);
	text_free(&detail);
	free(b.bytes);
}

static void
test_a_missed_quorum_releases_nothing(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	struct text detail = text_new(TEXT_MAX);
	struct made_answer a;
	struct made_bundle b;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &b, false, "open");
	made_tick(m, 10);
	a = made_honest(m, "gwent", &q, b.id, 7);
	made_send(m, gwent, b.id, &a);
	made_tick(m, 90);
	expect_state(m, b.id, "not-released");
	expect_node(m, b.id, "gwent", "answered", "");
	expect_node(m, b.id, "hospital", "absent", "");
	assert_int_equal(releases_detail(m->db, b.id, &detail), E_NOTFOUND);
	free(b.bytes);
}

/* Each answer but the honest one is a breach, and is not summed. */
static void
test_only_what_was_signed_for_this_question_counts(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	struct made_answer honest, a;
	struct made_bundle b;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &b, false, "open");
	made_tick(m, 10);
	honest = made_honest(m, "gwent", &q, b.id, 7);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t gwent;

		made_stop(m); /* a breach is forgiven by a restart */
		made_start(m);
		gwent = made_connect(m, "gwent");
		a = honest;
		switch (i) {
		case 0:
			a.signer = "south-wales";
			break;
		case 1:
			a.sender = a.signer = "south-wales";
			break;
		case 2:
			a.recipient = "hospital";
			break;
		case 3:
			a.envelope_id[0] ^= 1;
			break;
		case 4:
			a.query_id[0] ^= 1;
			break;
		case 5:
			a.question_id[0] ^= 1;
			break;
		case 6:
			a.node = made_id("south-wales");
			break;
		case 7:
			a.n_cells--;
			break;
		case 8:
			a.sender = "south-wales";
			break;
		default:
			a.first = INT64_C(1) << 42;
		}
		made_send(m, gwent, b.id, &a);
		assert_true(made_dropped(m, gwent));
		expect_node(m, b.id, "gwent", "pending", "");
	}
	uint64_t gwent = made_connect(m, "gwent");
	made_send(m, gwent, b.id, &honest);
	assert_false(made_dropped(m, gwent));
	expect_node(m, b.id, "gwent", "answered", "");
	free(b.bytes);
}

static void
test_an_answer_counts_from_its_own_connection_only(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst");
	uint64_t gwent = made_connect(m, "gwent");
	uint64_t south = made_connect(m, "south-wales");
	struct made_answer a;
	struct made_bundle b;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &b, false, "open");
	made_tick(m, 10);
	a = made_honest(m, "gwent", &q, b.id, 7);
	made_send(m, south, b.id, &a); /* gwent's, by another */
	expect_node(m, b.id, "gwent", "pending", "");
	expect_node(m, b.id, "south-wales", "pending", "");
	assert_true(made_dropped(m, south));
	made_refuse(m, gwent, "south-wales", b.id, REFUSAL_BUDGET, "");
	expect_node(m, b.id, "south-wales", "pending", "");
	expect_node(m, b.id, "gwent", "pending", "");
	assert_true(made_dropped(m, gwent));
	free(b.bytes);
}

static void
test_a_restart_goes_on_where_it_was(void **state)
{
	struct made *m = *state;
	uint64_t analyst = made_connect(m, "analyst"), conn;
	struct made_answer a;
	struct made_bundle b, w;
	struct query q;

	made_query(m, &q);
	b = made_bundle(m, &q, "analyst", "alpha beta");
	submit(m, analyst, &b, false, "open");
	q.title[0] = 'W';
	w = made_bundle(m, &q, "analyst", "alpha");
	submit(m, analyst, &w, false, "waiting");
	conn = made_connect(m, "hospital");
	made_refuse(m, conn, "hospital", b.id, REFUSAL_COST, "");
	made_tick(m, 10);
	conn = made_connect(m, "gwent");
	made_query(m, &q);
	q.send_at = q.close_at = 0;
	assert_int_equal(asked_query(m->db, b.id, &q), E_OK);
	a = made_honest(m, "gwent", &q, b.id, 5);
	made_send(m, conn, b.id, &a);

	made_stop(m);
	made_start(m);
	expect_state(m, b.id, "open");
	expect_state(m, w.id, "waiting");
	expect_node(m, b.id, "gwent", "answered", "");
	expect_node(m, b.id, "hospital", "refused", "cost");
	conn = made_connect(m, "gwent"); /* said it: not asked again */
	assert_int_equal(count(m, conn, FRAME_ASK), 0);
	conn = made_connect(m, "south-wales");
	assert_int_equal(count(m, conn, FRAME_ASK), 1);
	a = made_honest(m, "south-wales", &q, b.id, 6);
	made_send(m, conn, b.id, &a);
	made_tick(m, 0);
	expect_state(m, b.id, "released");
	expect_sum(m, b.id, "all", 2, 11);
	made_stop(m);
	made_start(m);
	expect_state(m, b.id, "released");
	expect_node(m, b.id, "hospital", "refused", "cost");
	free(b.bytes);
	free(w.bytes);
}

static void
test_a_query_answers_once_it_is_settled_the_same_way(void **state)
{
	struct made *m = *state;
	uint64_t analyst;
	struct made_bundle b;
	struct query q;

	made_query(m, &q);
	b = made_release(m, &q);
	analyst = made_connect(m, "analyst");
	submit(m, analyst, &b, false, "released");
	submit(m, analyst, &b, true, "released");
	made_tick(m, DOCKET_GRACE_S + 1); /* forgotten, but for the database */
	submit(m, analyst, &b, true, "released");
	expect_sum(m, b.id, "all", 3, 1110);
	free(b.bytes);
}

/* Fetching -------------------------------------------------------------- */

/* What a FETCH gives, with a NUL; NULL and the error of a FAIL. */
static char *
fetch(struct made *m, const uint8_t *id, enum fetch form, const char *words,
    enum err *why)
{
	uint64_t conn = made_connect(m, "analyst");
	char body[200] = { (char)form };
	struct made_frame f;
	struct talk_part part;
	char *text;

	memcpy(body + 1, words, strlen(words));
	made_say(m, conn, FRAME_FETCH, id, body, 1 + strlen(words));
	f = made_take(m, conn);
	*why = E_OK;
	if (f.kind == FRAME_FAIL) {
		*why = (enum err)f.body[0];
		free(f.body);
		return NULL;
	}
	assert_int_equal(f.kind, FRAME_REPLY);
	assert_int_equal(talk_part_parse(&part, f.body, f.len), E_OK);
	text = calloc(1, part.len + 1);
	memcpy(text, part.bytes, part.len);
	free(f.body);
	return text;
}

static unsigned
lines_with(const char *text, const char *words)
{
	unsigned n = 0;

	while ((text = strstr(text, words)) != NULL) {
		n++;
		text += strlen(words);
	}
	return n;
}

static void
test_one_table_holds_all(void **state)
{
	struct made *m = *state;
	struct made_bundle b;
	struct query q;
	enum err why;
	char *csv;

	made_query(m, &q);
	b = made_release(m, &q);
	csv = fetch(m, b.id, FETCH_CSV, "", &why);
	assert_non_null(csv);
	assert_int_equal(strncmp(csv, "# query: ", 9), 0);
	assert_int_equal(
	    lines_with(csv, "\r\ntheme,slice,source,level,code,name,value,"),
	    1);
	assert_int_equal(
	    lines_with(csv, "\r\nviolence,sum,police,"), q.q.n_places + 1);
	assert_int_equal(lines_with(csv, "\r\nasb,sum,nhs,"), q.q.n_places + 1);
	assert_int_equal(
	    lines_with(csv, "\r\nasb,sum,all,lad,,not placed,"), 1);
	assert_int_equal(
	    lines_with(csv, "\r\nviolence,sum,nhs,lad,W06000001,"), 0);
	assert_int_equal(lines_with(csv, ",W06000015,Cardiff,"), 2 * 3);
	free(csv);
	free(b.bytes);
}

static void
test_fetch_gives_json_and_geojson(void **state)
{
	struct made *m = *state;
	struct made_bundle b;
	struct query q;
	json_t *json;
	enum err why;
	char *text;

	made_query(m, &q);
	b = made_release(m, &q);
	text = fetch(m, b.id, FETCH_JSON, "", &why);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_string_equal(
	    json_string_value(json_object_get(json, "title")), q.title);
	json_decref(json);
	free(text);
	text = fetch(m, b.id, FETCH_GEOJSON, "theme=asb&source=nhs", &why);
	json = json_loads(text, 0, NULL);
	assert_non_null(json);
	assert_int_equal(
	    json_array_size(json_object_get(json, "features")), q.q.n_places);
	json_decref(json);
	free(text);
	assert_null(fetch(m, b.id, FETCH_GEOJSON, "theme=drugs", &why));
	assert_int_equal(why, E_NOTFOUND);
	assert_null(fetch(m, b.id, FETCH_GEOJSON, "theme=../x", &why));
	assert_int_equal(why, E_FORMAT);
	assert_null(fetch(m, b.id, FETCH_GEOJSON, "colour=red", &why));
	assert_int_equal(why, E_FORMAT);
	assert_null(fetch(m, b.id, 3, "", &why));
	assert_int_equal(why, E_FORMAT);
	b.id[0] ^= 1;
	assert_null(fetch(m, b.id, FETCH_CSV, "", &why));
	assert_int_equal(why, E_NOTFOUND);
	free(b.bytes);
}

/* What the map reads (tests/browser/releases.mjs). */
static void
test_the_description_has_what_the_map_reads(void **state)
{
	struct made *m = *state;
	struct text t = text_new(TEXT_MAX);
	struct made_bundle b;
	struct query q;
	json_t *json, *node, *source, *noise, *total, *width;
	json_int_t want = 0, value, display, lost, lost_display;
	const char *id, *words, *level, *slice;
	double least, most;

	made_query(m, &q);
	b = made_release(m, &q);
	assert_int_equal(releases_detail(m->db, b.id, &t), E_OK);
	json = json_loadb(t.p, t.len, 0, NULL);
	assert_non_null(json);
	assert_int_equal(json_unpack(json, "{s:s, s:{s:s}}", "id", &id, "words",
			     "caveat", &words),
	    0);
	assert_int_equal(strlen(id), 64);
	assert_non_null(strstr(words, "The hospital"));
	assert_true(json_is_true(json_object_get(json, "demo")));
	assert_true(json_is_false(json_object_get(json, "partial")));
	node = json_array_get(json_object_get(json, "nodes"), 1);
	assert_true(json_is_true(json_object_get(node, "synthetic")));
	assert_string_equal(
	    json_string_value(json_object_get(node, "sector")), "nhs");
	assert_string_equal(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(node, "covers"), 0), "name")),
	    "South Wales");
	noise = json_object_get(json, "noise");
	assert_true(
	    json_number_value(json_object_get(noise, "variance")) == 50.0);
	assert_true(
	    json_number_value(json_object_get(noise, "charge_rho")) == 0.01);
	source = json_array_get(json_object_get(json, "sources"), 2);
	assert_string_equal(json_string_value(json_object_get(source, "label")),
	    "NHS (synthetic)");
	width = json_array_get(json_object_get(source, "half_widths"), 0);
	assert_int_equal(json_unpack(width, "{s:s, s:s, s:[F,F]}", "level",
			     &level, "slice", &slice, "95", &least, &most),
	    0);
	assert_string_equal(level, "lad");
	assert_string_equal(slice, "sum");
	assert_true(least == 14 && most == 14); /* 1.96 sqrt(50) */
	total = json_array_get(json_object_get(json, "totals"), 2);
	for (uint32_t i = 0; i < q.q.n_places; i++)
		want += 100 + i;
	assert_int_equal(json_unpack(total, "{s:I, s:I, s:{s:I, s:I}}", "value",
			     &value, "display", &display, "not_placed", "value",
			     &lost, "display", &lost_display),
	    0);
	assert_int_equal(value, want);
	assert_int_equal(display, want);
	assert_int_equal(lost, 100 + q.q.n_places);
	assert_int_equal(lost_display, 100 + q.q.n_places);
	json_decref(json);
	text_free(&t);
	free(b.bytes);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_nothing_is_heard_before_hello),
		WITH(test_hello_must_fit_roster_and_session),
		WITH(test_the_coordinator_itself_cannot_connect),
		WITH(test_a_newer_connection_replaces_the_older),
		WITH(test_hello_twice_is_a_breach),
		WITH(test_an_older_roster_is_brought_up_to_date),
		WITH(test_a_new_roster_is_spread_and_drops_who_is_out),
		WITH(test_a_forged_roster_changes_nothing),
		WITH(test_roles_bound_what_may_be_asked),
		WITH(test_two_organisations_open_a_query),
		WITH(test_approvals_may_come_later),
		WITH(test_a_veto_stands),
		WITH(test_a_veto_outlasts_an_older_approval),
		WITH(test_only_a_researchers_signature_opens),
		WITH(test_what_does_not_decode_is_refused),
		WITH(test_a_dead_decoder_ends_the_process),
		WITH(test_a_shorter_approval_does_not_end_a_longer_one),
		WITH(test_a_false_author_costs_no_approval),
		WITH(test_now_releases_nothing_that_is_not_approved),
		WITH(test_a_veto_that_came_with_now_stops_a_release),
		WITH(test_now_asks_whatever_the_approvals),
		WITH(
		    test_now_with_a_bad_signature_reaches_nodes_and_can_be_mended),
		WITH(test_now_is_for_the_researcher),
		WITH(test_what_waits_too_long_expires),
		WITH(test_now_brings_what_is_over_before_the_nodes),
		WITH(test_one_party_cannot_fill_the_docket),
		WITH(test_a_restart_knows_who_brought_what),
		WITH(test_a_query_of_the_future_is_refused),
		WITH(test_what_cannot_be_estimated_is_refused),
		WITH(test_a_good_round_sums_exactly),
		WITH(test_absent_refused_and_late_are_told_apart),
		WITH(test_a_missed_quorum_releases_nothing),
		WITH(test_only_what_was_signed_for_this_question_counts),
		WITH(test_an_answer_counts_from_its_own_connection_only),
		WITH(test_a_restart_goes_on_where_it_was),
		WITH(test_a_query_answers_once_it_is_settled_the_same_way),
		WITH(test_one_table_holds_all),
		WITH(test_fetch_gives_json_and_geojson),
		WITH(test_the_description_has_what_the_map_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
