/* Promises of policies/roster and policies/governance: a roster is what enough
 * governance keys have signed, and says one thing only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "policies/roster.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* gcc 12 takes what an inlined function hands out for its dead local. */
#define NOINLINE __attribute__((noinline))
#define KEYS 3

struct world {
	struct governance g;
	struct sign_key keys[KEYS + 1]; /* the last is nobody's */
	struct roster roster;
};

static void
member(struct roster *r, const char *id, unsigned roles, enum sector sector)
{
	struct member *m = &r->members[r->n];

	memset(m, 0, sizeof(*m));
	strcpy(m->id.s, id);
	(void)snprintf(m->name, sizeof(m->name), "Name \"%s\" \u2014 \\", id);
	strcpy(m->organisation, "Heddlu # De: Cymru");
	m->roles = roles;
	m->sector = sector;
	memset(m->sign_public, (int)r->n + 1, sizeof(m->sign_public));
	memset(m->tls_fingerprint, (int)r->n + 1, sizeof(m->tls_fingerprint));
	m->valid_from = 1700000000 + r->n;
	m->valid_until = 1800000000;
	if ((roles & ROLE_NODE) != 0) {
		m->synthetic = sector == SECTOR_NHS;
		m->sources = sector == SECTOR_NHS ? SOURCE_NHS_ED : 3;
		m->first_month = 612;
		m->n_months = 12;
		m->n_covers = 2;
		strcpy(m->covers[0], "W15000002");
		strcpy(m->covers[1], "W15000003");
	}
	r->n++;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(random_start(), E_OK);
	strcpy(w->g.federation, "Ward demonstration");
	w->g.need = 2;
	w->g.n = KEYS;
	for (unsigned i = 0; i <= KEYS; i++) {
		assert_int_equal(sign_new(&w->keys[i]), E_OK);
		if (i == KEYS)
			break;
		(void)snprintf(
		    w->g.keys[i].name, sizeof(w->g.keys[i].name), "g%u", i + 1);
		memcpy(w->g.keys[i].public, w->keys[i].public, SIGN_PUBLIC);
	}
	governance_seal(&w->g);
	strcpy(w->roster.federation, "Ward demonstration");
	w->roster.epoch = 7;
	w->roster.demo = true;
	w->roster.valid_from = 1700000000;
	w->roster.valid_until = 1700604800;
	member(&w->roster, "1st", ROLE_RESEARCHER, SECTOR_NONE);
	member(&w->roster, "analyst", ROLE_RESEARCHER | ROLE_AUDITOR,
	    SECTOR_OTHER);
	member(&w->roster, "gwent", ROLE_NODE, SECTOR_POLICE);
	member(&w->roster, "gwent-2", ROLE_NODE | ROLE_APPROVER, SECTOR_NHS);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	free(*state);
	return 0;
}

static NOINLINE char *
text_of(const struct roster *r)
{
	char *text;

	assert_int_equal(roster_text(&text, r), E_OK);
	return text;
}

/* The text as a note signed by the keys whose bit is set, under the names of
 * the governance keys (the stranger as g1). */
static char *
signed_by(struct world *w, const char *text, unsigned keys, size_t *len)
{
	char *note = NULL;

	for (unsigned i = 0; i <= KEYS; i++) {
		const char *name = w->g.keys[i % KEYS].name;
		char *more;

		if ((keys >> i & 1) == 0)
			continue;
		if (note == NULL)
			assert_int_equal(note_make(&more, len, text,
					     strlen(text), name, &w->keys[i]),
			    E_OK);
		else
			assert_int_equal(note_append(&more, len, note, *len,
					     name, &w->keys[i]),
			    E_OK);
		free(note);
		note = more;
	}
	return note;
}

static void
same(const struct roster *a, const struct roster *b)
{
	assert_string_equal(a->federation, b->federation);
	assert_int_equal(a->demo, b->demo);
	assert_int_equal(a->epoch, b->epoch);
	assert_true(a->valid_from == b->valid_from);
	assert_true(a->valid_until == b->valid_until);
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		assert_true(member_same(&a->members[i], &b->members[i]));
}

static void
test_a_written_roster_is_read_back(void **state)
{
	struct world *w = *state;
	char *text = text_of(&w->roster), *again;
	struct fault fault;
	struct roster *r;
	uint8_t hash[32];

	if (roster_parse(&r, text, strlen(text), "r", &fault) != E_OK)
		fail_msg("%s", fault.text);
	same(&w->roster, r);
	hash_label(hash, "ward/roster/1", text, strlen(text));
	assert_memory_equal(r->hash, hash, 32);
	again = text_of(r);
	assert_string_equal(text, again);
	free(again);
	free(r);
	free(text);
}

static void
test_a_full_roster_is_read_back(void **state)
{
	struct world *w = *state;
	struct fault fault;
	struct roster *r;
	char *text, id[PARTY_ID];

	w->roster.n = 0;
	for (unsigned i = 0; i < ROSTER_PARTIES_MAX; i++) {
		(void)snprintf(id, sizeof(id), "p%03u", i);
		member(&w->roster, id, ROLE_NODE, SECTOR_POLICE);
		memset(w->roster.members[i].name, 'n', ROSTER_NAME - 1);
		w->roster.members[i].sign_public[0] = (uint8_t)i;
		w->roster.members[i].sign_public[1] = (uint8_t)(i + 1);
		w->roster.members[i].tls_fingerprint[0] = (uint8_t)i;
		w->roster.members[i].tls_fingerprint[1] = (uint8_t)(i + 1);
	}
	text = text_of(&w->roster);
	if (roster_parse(&r, text, strlen(text), "r", &fault) != E_OK)
		fail_msg("%s", fault.text);
	same(&w->roster, r);
	free(r);
	free(text);
}

static void
test_a_roster_needs_enough_different_keys(void **state)
{
	struct world *w = *state;
	char *text = text_of(&w->roster);

	for (unsigned keys = 1; keys < 1U << (KEYS + 1); keys++) {
		unsigned good = 0;
		struct roster *r = NULL;
		struct fault fault = { "" };
		size_t len;
		char *note = signed_by(w, text, keys, &len);
		enum err e = roster_read(&r, &w->g, note, len, &fault);

		for (unsigned i = 0; i < KEYS; i++)
			good += keys >> i & 1;
		assert_int_equal(e, good >= 2 ? E_OK : E_SIGNATURE);
		assert_true((r != NULL) == (e == E_OK));
		assert_true((fault.text[0] == '\0') == (e == E_OK));
		free(r);
		free(note);
	}
	free(text);
}

/* One key's line twice is one signature. */
static void
test_a_key_signs_once(void **state)
{
	struct world *w = *state;
	char *text = text_of(&w->roster), *twice = NULL;
	struct roster *r = NULL;
	size_t len;
	char *note = signed_by(w, text, 1, &len);
	const char *line = strstr(note, "\n\n") + 2;

	assert_true(asprintf(&twice, "%s%s", note, line) > 0);
	assert_int_equal(
	    roster_read(&r, &w->g, twice, strlen(twice), NULL), E_SIGNATURE);
	assert_null(r);
	free(twice);
	free(note);
	free(text);
}

static void
test_no_changed_byte_is_believed(void **state)
{
	struct world *w = *state;
	char *text = text_of(&w->roster);
	size_t len;
	char *note = signed_by(w, text, 3, &len);

	for (size_t i = 0; i < strlen(text); i += 3) {
		struct roster *r = NULL;

		note[i] ^= 1;
		assert_int_not_equal(
		    roster_read(&r, &w->g, note, len, NULL), E_OK);
		assert_null(r);
		note[i] ^= 1;
	}
	free(note);
	free(text);
}

static void
test_another_federation_is_not_ours(void **state)
{
	struct world *w = *state;
	struct fault fault = { "" };
	struct roster *r = NULL;
	size_t len;
	char *text, *note;

	strcpy(w->roster.federation, "Ward elsewhere");
	text = text_of(&w->roster);
	note = signed_by(w, text, 3, &len);
	assert_int_equal(roster_read(&r, &w->g, note, len, &fault), E_CONFIG);
	assert_non_null(strstr(fault.text, "Ward elsewhere"));
	free(note);
	free(text);
}

static const struct {
	const char *from, *to, *fault;
} bad[] = {
	{ "epoch: 7", "epoch: 4294967296", "r:3:8: epoch" },
	{ "epoch: 7", "epoch: -1", "r:3:8: epoch" },
	{ "demo: true", "demo: yes", "r:2:7: demo" },
	{ "2023-11-21T22:13:20Z", "2023-11-14T22:13:20Z", "valid_until: not" },
	{ "2023-11-21T22:13:20Z", "2023-11-31T00:00:00Z", "valid_until: '" },
	{ "id: \"1st\"", "id: \"gwent\"", "id: 'analyst' after 'gwent'" },
	{ "id: \"1st\"", "id: \"analyst\"", "id: 'analyst' after 'analyst'" },
	{ "id: \"1st\"", "id: \"-st\"", "id: '-st'" },
	{ "id: \"1st\"", "id: \"\"", "r:7:9: " },
	{ "[researcher]", "[researcher, researcher]", "'researcher' twice" },
	{ "[researcher]", "[]", "roles: empty" },
	{ "[researcher]", "[king]", "roles: 'king'" },
	{ "sector: none", "sector: army", "sector: 'army'" },
	{ "sector: police", "sector: none", "sector: none, for a node" },
	{ "AQE=\n", "AQF=\n", "sign_key: not 32 bytes" }, /* tail bits */
	{ "AQE=\n", "AQ==\n", "sign_key: not 32 bytes" },
	{ "0101010101", "010101010", "tls_fingerprint: not 64" },
	{ "    valid_until: 2027-01-15T08:00:00Z\n", "", "is missing" },
	{ "sources: [police.crime, police.asb]",
	    "sources: [police.crime, "
	    "police.crime]",
	    "sources: 'police.crime' twice" },
	{ "sources: [police.crime, police.asb]", "sources: []",
	    "without sources" },
	{ "[W15000002, W15000003]", "[W15000003, W15000002]",
	    "covers: W15000002 after" },
	{ "[W15000002, W15000003]", "[W15000002, W15000002]", "covers: W150" },
	{ "[W15000002, W15000003]", "[W1500000]", "covers: 'W1500000'" },
	{ "    sector: other\n", "    sector: other\n    months: 2021-01\n",
	    "of nodes" },
	{ "members:\n", "members:\n  - id: x\n", "r:7:" },
};

static void
test_a_doubtful_roster_is_refused_with_its_place(void **state)
{
	struct world *w = *state;
	char *text = text_of(&w->roster);

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fault fault = { "" };
		struct roster *r = NULL;
		const char *at = strstr(text, bad[i].from);
		char *changed;

		if (at == NULL)
			fail_msg("no '%s' in\n%s", bad[i].from, text);
		assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text),
				text, bad[i].to, at + strlen(bad[i].from)) > 0);
		if (roster_parse(&r, changed, strlen(changed), "r", &fault) !=
			E_CONFIG ||
		    strstr(fault.text, bad[i].fault) == NULL ||
		    strncmp(fault.text, "r:", 2) != 0)
			fail_msg("%s: %s", bad[i].to, fault.text);
		assert_null(r);
		free(changed);
	}
	free(text);
}

static void
test_a_key_is_of_one_party(void **state)
{
	struct world *w = *state;
	struct fault fault = { "" };
	struct roster *r = NULL;
	char *text;

	memcpy(w->roster.members[3].sign_public,
	    w->roster.members[0].sign_public, SIGN_PUBLIC);
	text = text_of(&w->roster);
	assert_int_equal(
	    roster_parse(&r, text, strlen(text), "r", &fault), E_CONFIG);
	assert_non_null(strstr(fault.text, "sign_key: the key of '1st'"));
	free(text);
	w->roster.members[3].sign_public[0] ^= 1;
	memcpy(w->roster.members[3].tls_fingerprint,
	    w->roster.members[1].tls_fingerprint, 32);
	text = text_of(&w->roster);
	assert_int_equal(
	    roster_parse(&r, text, strlen(text), "r", &fault), E_CONFIG);
	assert_non_null(strstr(fault.text, "that of 'analyst'"));
	free(text);
	assert_null(r);
}

static void
test_members_are_found_and_valid_half_open(void **state)
{
	struct world *w = *state;
	struct party_id id = { "gwent" };
	const struct member *m = roster_find(&w->roster, &id);

	assert_ptr_equal(m, &w->roster.members[2]);
	assert_false(member_current(m, m->valid_from - 1));
	assert_true(member_current(m, m->valid_from));
	assert_true(member_current(m, m->valid_until - 1));
	assert_false(member_current(m, m->valid_until));
	assert_true(roster_current(&w->roster, w->roster.valid_from));
	assert_false(roster_current(&w->roster, w->roster.valid_until));
	assert_false(roster_current(&w->roster, w->roster.valid_from - 1));
	for (unsigned i = 0; i < w->roster.n; i++)
		assert_ptr_equal(
		    roster_find(&w->roster, &w->roster.members[i].id),
		    &w->roster.members[i]);
	strcpy(id.s, "gwen");
	memset(id.s + 4, 0, PARTY_ID - 4);
	assert_null(roster_find(&w->roster, &id));
	w->roster.n = 0;
	assert_null(roster_find(&w->roster, &id));
}

/* Every field of a member counts when it is compared. */
static void
test_same_means_every_field(void **state)
{
	struct world *w = *state;
	const struct member *a = &w->roster.members[2];
	struct member b = *a;

	assert_true(member_same(a, &b));
#define DIFFERS(change)                           \
	do {                                      \
		b = *a;                           \
		change;                           \
		assert_false(member_same(a, &b)); \
	} while (0)
	DIFFERS(b.id.s[0] = 'x');
	DIFFERS(b.name[0] = 'x');
	DIFFERS(b.organisation[0] = 'x');
	DIFFERS(b.roles |= ROLE_HELPER);
	DIFFERS(b.sector = SECTOR_OTHER);
	DIFFERS(b.sign_public[31] ^= 1);
	DIFFERS(b.tls_fingerprint[31] ^= 1);
	DIFFERS(b.valid_from++);
	DIFFERS(b.valid_until++);
	DIFFERS(b.synthetic = true);
	DIFFERS(b.sources ^= 1);
	DIFFERS(b.first_month++);
	DIFFERS(b.n_months++);
	DIFFERS(b.n_covers--);
	DIFFERS(b.covers[1][8] = '9');
}

static void
test_governance_is_read_back(void **state)
{
	struct world *w = *state;
	struct governance g;
	struct fault fault;
	char *text;

	assert_int_equal(governance_text(&text, &w->g), E_OK);
	if (governance_read(&g, text, strlen(text), "g", &fault) != E_OK)
		fail_msg("%s", fault.text);
	assert_memory_equal(&g, &w->g, sizeof(g));
	free(text);
}

static void
test_the_fingerprint_is_of_all_that_is_believed(void **state)
{
	struct world *w = *state;
	struct governance g;

#define PRINTS(change)                                                        \
	do {                                                                  \
		g = w->g;                                                     \
		change;                                                       \
		governance_seal(&g);                                          \
		assert_memory_not_equal(g.fingerprint, w->g.fingerprint, 32); \
	} while (0)
	PRINTS(g.need = 1);
	PRINTS(g.n = 2);
	PRINTS(g.federation[0] = 'w');
	PRINTS(g.keys[2].public[31] ^= 1);
	PRINTS(g.keys[2].name[1] = '4');
	g = w->g;
	governance_seal(&g);
	assert_memory_equal(g.fingerprint, w->g.fingerprint, 32);
}

static void
test_governance_keys_differ_and_suffice(void **state)
{
	static const struct {
		const char *from, *to, *fault;
	} cases[] = {
		{ "need: 2", "need: 0", "g:4:7: need: '0'" },
		{ "need: 2", "need: 4", "g:4:7: need: '4'" },
		{ "name: \"g2\"", "name: \"g1\"", "name: 'g1' after 'g1'" },
		{ "name: \"g2\"", "name: \"g4\"", "name: 'g3' after 'g4'" },
		{ "name: \"g2\"", "name: \"g+\"", "name: 'g+'" },
		{ "federation", "fed", "unknown key 'fed'" },
	};
	struct world *w = *state;
	struct fault fault = { "" };
	struct governance g;
	char *text, *changed;

	assert_int_equal(governance_text(&text, &w->g), E_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *at =
		    strstr(strstr(text, "\nfederation"), cases[i].from);

		assert_non_null(at);
		assert_true(
		    asprintf(&changed, "%.*s%s%s", (int)(at - text), text,
			cases[i].to, at + strlen(cases[i].from)) > 0);
		if (governance_read(&g, changed, strlen(changed), "g",
			&fault) != E_CONFIG ||
		    strstr(fault.text, cases[i].fault) == NULL)
			fail_msg("%s: %s", cases[i].to, fault.text);
		free(changed);
	}
	free(text);
	w->g.keys[2] = w->g.keys[0]; /* one key under two names */
	strcpy(w->g.keys[2].name, "g3");
	assert_int_equal(governance_text(&text, &w->g), E_OK);
	assert_int_equal(
	    governance_read(&g, text, strlen(text), "g", &fault), E_CONFIG);
	assert_non_null(strstr(fault.text, "the key of 'g1'"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_written_roster_is_read_back),
		TEST(test_a_full_roster_is_read_back),
		TEST(test_a_roster_needs_enough_different_keys),
		TEST(test_a_key_signs_once),
		TEST(test_no_changed_byte_is_believed),
		TEST(test_another_federation_is_not_ours),
		TEST(test_a_doubtful_roster_is_refused_with_its_place),
		TEST(test_a_key_is_of_one_party),
		TEST(test_members_are_found_and_valid_half_open),
		TEST(test_same_means_every_field),
		TEST(test_governance_is_read_back),
		TEST(test_the_fingerprint_is_of_all_that_is_believed),
		TEST(test_governance_keys_differ_and_suffice),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
