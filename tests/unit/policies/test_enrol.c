/* Promises of policies/enrol, identity and govern, on a real federation in a
 * temporary folder: only what enough governance keys have signed takes a party
 * in, and only the party that asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "cli/file.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "policies/enrol.h"
#include "policies/folder.h"
#include "policies/govern.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* gcc 12 takes what an inlined function hands out for its dead local. */
#define NOINLINE __attribute__((noinline))

struct world {
	char root[32], gov[64], node[64], person[64];
	uint64_t now;
	struct fault fault;
};

static const char *const two[] = { "g1", "g3" };
static const struct party_id gwent = { "gwent" }, analyst = { "analyst" };

/* The call must end so, with a fault that holds words. */
#define REFUSED(w, want, words, call)                                       \
	do {                                                                \
		(w)->fault.text[0] = '\0';                                  \
		assert_int_equal(call, want);                               \
		if (strstr((w)->fault.text, words) == NULL)                 \
			fail_msg("no '%s' in: %s", words, (w)->fault.text); \
	} while (0)

#define DONE(w, call)                                               \
	do {                                                        \
		if ((call) != E_OK)                                 \
			fail_msg("%s: %s", #call, (w)->fault.text); \
	} while (0)

static NOINLINE char *
slurp(const char *dir, const char *name)
{
	char *text;

	assert_int_equal(folder_read(&text, dir, name, 1 << 20, NULL), E_OK);
	return text;
}

static unsigned
mode(const char *dir, const char *name)
{
	char path[FILE_PATH];
	struct stat st;

	assert_int_equal(file_path(path, dir, name), E_OK);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static struct enrol_request *
request(const struct party_id *id, unsigned roles)
{
	struct enrol_request *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->member.id = *id;
	strcpy(r->member.name, "Gwent \"Police\" \u2014 demo");
	strcpy(r->member.organisation, id->s);
	r->member.roles = roles;
	if ((roles & ROLE_NODE) != 0) {
		r->member.sector = SECTOR_POLICE;
		r->member.sources = 3;
		r->member.first_month = 612;
		r->member.n_months = 12;
		r->member.n_covers = 2;
		strcpy(r->member.covers[0], "W15000003");
		strcpy(r->member.covers[1], "W15000002");
	}
	r->n_names = 2;
	strcpy(r->names[0], "localhost");
	strcpy(r->names[1], "127.0.0.1");
	return r;
}

static void
init(
    struct world *w, const char *dir, const struct party_id *id, unsigned roles)
{
	struct enrol_request *r = request(id, roles);

	DONE(w, enrol_init(dir, r, &w->fault));
	free(r);
}

static enum err
add(struct world *w, const char *dir)
{
	char *text = slurp(dir, "join-request.yaml");
	enum err e = govern_add(
	    w->gov, text, strlen(text), "join-request.yaml", w->now, &w->fault);

	free(text);
	return e;
}

static enum err
sign(struct world *w)
{
	return govern_sign(w->gov, two, 2, w->now, &w->fault);
}

static NOINLINE char *
admission(struct world *w, const struct party_id *id)
{
	char *text;

	DONE(w, govern_admit(&text, w->gov, id, &w->fault));
	return text;
}

static enum err
join(struct world *w, const char *dir, const char *text)
{
	struct governance g;

	return enrol_join(&g, dir, text, strlen(text), &w->fault);
}

/* Governance, and a node and a person that have asked. */
static int
setup(void **state)
{
	const struct govern_new n = { "Ward demonstration", 3, 2, true };
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(random_start(), E_OK);
	strcpy(w->root, "/tmp/ward-enrol.XXXXXX");
	assert_non_null(mkdtemp(w->root));
	(void)snprintf(w->gov, sizeof(w->gov), "%s/gov", w->root);
	(void)snprintf(w->node, sizeof(w->node), "%s/gwent", w->root);
	(void)snprintf(w->person, sizeof(w->person), "%s/analyst", w->root);
	w->now = (uint64_t)time(NULL);
	DONE(w, govern_new(w->gov, &n, w->now, &w->fault));
	init(w, w->node, &gwent, ROLE_NODE);
	init(w, w->person, &analyst, ROLE_RESEARCHER);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", w->root);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static void
test_a_party_comes_in(void **state)
{
	struct world *w = *state;
	struct identity id;
	char *text;

	REFUSED(w, E_NOTFOUND, "not joined yet",
	    identity_load(&id, w->node, &gwent, 1, &w->fault));
	DONE(w, add(w, w->node));
	DONE(w, add(w, w->person));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	DONE(w, join(w, w->node, text)); /* again is harmless */
	free(text);
	DONE(w, identity_load(&id, w->node, &gwent, 1, &w->fault));
	assert_int_equal(id.roster->epoch, 1);
	assert_int_equal(id.roster->n, 2);
	assert_true(id.roster->demo);
	assert_true(roster_current(id.roster, w->now));
	assert_true(roster_current(id.roster, w->now + 7 * 86400 - 1));
	assert_false(roster_current(id.roster, w->now + 7 * 86400));
	assert_true(member_current(id.me, w->now));
	assert_string_equal(id.me->covers[0], "W15000002");
	assert_memory_equal(id.key.public, id.me->sign_public, SIGN_PUBLIC);
	assert_non_null(strstr(id.key_pem, "PRIVATE KEY"));
	identity_free(&id);
	DONE(w, identity_load(&id, w->node, &gwent, 0, &w->fault));
	assert_null(id.key_pem);
	identity_free(&id);
	REFUSED(w, E_CONFIG, "not the certificate of 'analyst'",
	    identity_load(&id, w->node, &analyst, 1, &w->fault));
}

static void
test_secrets_are_their_owners_alone(void **state)
{
	struct world *w = *state;
	char keys[FILE_PATH];

	assert_int_equal(mode(w->root, "gov"), 0700);
	assert_int_equal(mode(w->gov, "governance"), 0700);
	assert_int_equal(file_path(keys, w->gov, "governance"), E_OK);
	assert_int_equal(mode(keys, "g1.key"), 0600);
	assert_int_equal(mode(w->gov, "ca.key"), 0600);
	assert_int_equal(mode(w->root, "gwent"), 0700);
	assert_int_equal(mode(w->node, "sign.key"), 0600);
	assert_int_equal(mode(w->node, "tls.key"), 0600);
}

static void
test_what_is_sent_holds_no_secret(void **state)
{
	static const char *const files[] = { "sign.key", "tls.key" };
	struct world *w = *state;
	char *sent[2];

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	sent[0] = slurp(w->node, "join-request.yaml");
	sent[1] = admission(w, &gwent);
	for (size_t i = 0; i < COUNT(files); i++) {
		char *key = slurp(w->node, files[i]), *save = NULL;

		for (char *word = strtok_r(key, " \n", &save); word != NULL;
		     word = strtok_r(NULL, " \n", &save))
			if (strlen(word) > 30) {
				assert_null(strstr(sent[0], word));
				assert_null(strstr(sent[1], word));
			}
		free(key);
	}
	assert_null(strstr(sent[0], "PRIVATE"));
	assert_null(strstr(sent[1], "PRIVATE"));
	free(sent[0]);
	free(sent[1]);
}

static void
test_keys_are_never_overwritten(void **state)
{
	const struct govern_new n = { "Other", 3, 2, true };
	struct world *w = *state;
	struct enrol_request *r = request(&gwent, ROLE_NODE);
	char *before = slurp(w->node, "sign.key"), *after;

	REFUSED(w, E_EXISTS, "never overwritten",
	    enrol_init(w->node, r, &w->fault));
	after = slurp(w->node, "sign.key");
	assert_string_equal(before, after);
	free(before);
	free(after);
	free(r);
	before = slurp(w->gov, "governance/g1.key");
	REFUSED(
	    w, E_EXISTS, "never", govern_new(w->gov, &n, w->now, &w->fault));
	after = slurp(w->gov, "governance/g1.key");
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
test_a_bad_member_makes_no_keys(void **state)
{
	struct world *w = *state;
	struct enrol_request *r = request(&gwent, ROLE_NODE);
	char dir[64];

	(void)snprintf(dir, sizeof(dir), "%s/new", w->root);
	strcpy(r->member.name, "two\nlines");
	REFUSED(w, E_ARG, "control", enrol_init(dir, r, &w->fault));
	strcpy(r->member.name, "fine");
	strcpy(r->names[1], "a b");
	REFUSED(w, E_ARG, "host name", enrol_init(dir, r, &w->fault));
	r->n_names = 1;
	r->member.sources = 0;
	REFUSED(w, E_ARG, "sources", enrol_init(dir, r, &w->fault));
	r->member.sources = 1;
	strcpy(r->member.covers[0], "W15000002"); /* twice */
	strcpy(r->member.covers[1], "W15000002");
	REFUSED(w, E_ARG, "covers", enrol_init(dir, r, &w->fault));
	assert_false(file_there(dir));
	r->member.n_covers = 1;
	DONE(w, enrol_init(dir, r, &w->fault));
	free(r);
}

static void
test_a_roster_needs_two_of_three(void **state)
{
	static const char *const one[] = { "g2" };
	static const char *const twice[] = { "g1", "g1" };
	static const char *const unknown[] = { "g1", "g4" };
	static const char *const path[] = { "g1", "../ca" };
	static const char *const all[] = { "g1", "g2", "g3" };
	struct world *w = *state;
	char *before, *after;

	DONE(w, add(w, w->node));
	before = slurp(w->gov, "roster.yaml");
	REFUSED(w, E_SIGNATURE, "2 governance keys must sign, 1",
	    govern_sign(w->gov, one, 1, w->now, &w->fault));
	REFUSED(w, E_SIGNATURE, "2 governance keys must sign, 0",
	    govern_sign(w->gov, NULL, 0, w->now, &w->fault));
	REFUSED(w, E_EXISTS, "'g1'",
	    govern_sign(w->gov, twice, 2, w->now, &w->fault));
	REFUSED(w, E_NOTFOUND, "g4.key",
	    govern_sign(w->gov, unknown, 2, w->now, &w->fault));
	REFUSED(w, E_CONFIG, "'../ca'",
	    govern_sign(w->gov, path, 2, w->now, &w->fault));
	assert_false(folder_has(w->gov, "roster.note"));
	after = slurp(w->gov, "roster.yaml");
	assert_string_equal(before, after);
	free(before);
	free(after);
	DONE(w, sign(w));
	DONE(w, govern_sign(w->gov, all, 3, w->now, &w->fault));
}

/* A key that governance.yaml does not name signs for nobody. */
static void
test_a_strangers_key_is_no_governance_key(void **state)
{
	static const char *const keys[] = { "g1", "g9" };
	struct world *w = *state;
	struct sign_key key;
	char dir[FILE_PATH];

	assert_int_equal(file_path(dir, w->gov, "governance"), E_OK);
	DONE(w, folder_key_new(&key, dir, "g9.key", "governance", &w->fault));
	sign_wipe(&key);
	REFUSED(w, E_CONFIG, "'g9'",
	    govern_sign(w->gov, keys, 2, w->now, &w->fault));
}

static void
test_every_signing_is_the_next_epoch(void **state)
{
	struct world *w = *state;
	struct identity id;
	char *text, *note;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	free(text);
	w->now += 3600;
	DONE(w, sign(w));
	note = slurp(w->gov, "roster.note");
	assert_int_equal(
	    identity_store_roster(w->node, note, strlen(note)), E_OK);
	free(note);
	DONE(w, identity_load(&id, w->node, &gwent, 1, &w->fault));
	assert_int_equal(id.roster->epoch, 2);
	assert_true(id.roster->valid_until == w->now + 7 * 86400);
	identity_free(&id);
}

/* Moves one roster back: refused by a folder that has seen a newer one. */
static void
test_an_older_roster_is_not_taken_again(void **state)
{
	struct world *w = *state;
	char *old, *newer;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	old = admission(w, &gwent);
	DONE(w, sign(w));
	newer = admission(w, &gwent);
	DONE(w, join(w, w->node, newer));
	REFUSED(w, E_CONFIG, "older than the one held", join(w, w->node, old));
	free(old);
	free(newer);
}

static void
test_a_party_is_added_again_with_new_keys(void **state)
{
	struct world *w = *state;
	struct identity id;
	char *text;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	free(text);
	(void)snprintf(w->node, sizeof(w->node), "%s/again", w->root);
	init(w, w->node, &gwent, ROLE_NODE);
	DONE(w, add(w, w->node));
	REFUSED(w, E_NOTFOUND, "sign the draft first",
	    govern_admit(&text, w->gov, &gwent, &w->fault));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	DONE(w, identity_load(&id, w->node, &gwent, 1, &w->fault));
	assert_int_equal(id.roster->n, 1);
	identity_free(&id);
	/* The old folder's keys are not those of the roster now. */
	(void)snprintf(w->node, sizeof(w->node), "%s/gwent", w->root);
	REFUSED(w, E_CONFIG, "another signing key", join(w, w->node, text));
	free(text);
}

static void
test_a_removed_party_is_not_admitted(void **state)
{
	struct world *w = *state;
	struct party_id nobody = { "nobody" };
	char *text;

	REFUSED(w, E_NOTFOUND, "no roster is in force",
	    govern_admit(&text, w->gov, &gwent, &w->fault));
	DONE(w, add(w, w->node));
	DONE(w, add(w, w->person));
	DONE(w, sign(w));
	REFUSED(w, E_NOTFOUND, "'nobody'",
	    govern_remove(w->gov, &nobody, &w->fault));
	DONE(w, govern_remove(w->gov, &gwent, &w->fault));
	text = admission(w, &gwent); /* the roster in force still has it */
	free(text);
	DONE(w, sign(w));
	REFUSED(w, E_NOTFOUND, "does not name 'gwent'",
	    govern_admit(&text, w->gov, &gwent, &w->fault));
	text = admission(w, &analyst);
	DONE(w, join(w, w->person, text));
	free(text);
}

/* text with the first `from` replaced by `to`, of the same length. */
static char *
changed(const char *text, const char *from, const char *to)
{
	char *out = strdup(text), *at = strstr(out, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	return out;
}

static void
test_a_changed_request_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
		enum err want;
	} cases[] = {
		{ "id: \"gwent\"", "id: \"power\"", E_SIGNATURE },
		{ "proof: ", "prooof:", E_CONFIG },
		{ "names: [", "naems: [", E_CONFIG },
		{ "[node]", "[nod]]", E_CONFIG },
		{ "-----BEGIN", "+----BEGIN", E_SIGNATURE },
	};
	struct world *w = *state;
	char *text = slurp(w->node, "join-request.yaml");
	char *other = slurp(w->person, "join-request.yaml"), *bad;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bad = changed(text, cases[i].from, cases[i].to);
		assert_int_equal(govern_add(w->gov, bad, strlen(bad), "r",
				     w->now, &w->fault),
		    cases[i].want);
		free(bad);
	}
	/* The key of another's request under this name. */
	bad = strdup(text);
	memcpy(strstr(bad, "sign_key: ") + 10, strstr(other, "sign_key: ") + 10,
	    44);
	REFUSED(w, E_SIGNATURE, "proof does not fit",
	    govern_add(w->gov, bad, strlen(bad), "r", w->now, &w->fault));
	free(bad);
	free(text);
	free(other);
}

/* The request in dir, made over for another signing key, with its proof. */
static char *
request_by(struct world *w, const char *dir, const struct sign_key *key)
{
	char *text = slurp(dir, "join-request.yaml");
	struct enrol_request *r = calloc(1, sizeof(*r));
	uint8_t proof[SIGN_BYTES], bytes[PARTY_ID + SIGN_PUBLIC + HASH_BYTES];
	char base64[BASE64_LEN(SIGN_BYTES)], public[BASE64_LEN(SIGN_PUBLIC)];

	assert_non_null(r);
	DONE(w, enrol_request_read(r, text, strlen(text), "r", &w->fault));
	memcpy(bytes, r->member.id.s, PARTY_ID);
	memcpy(bytes + PARTY_ID, key->public, SIGN_PUBLIC);
	hash_label(bytes + PARTY_ID + SIGN_PUBLIC, "ward/csr/1", r->csr_pem,
	    strlen(r->csr_pem));
	assert_int_equal(
	    sign_make(proof, key, "ward/join/1", bytes, sizeof(bytes)), E_OK);
	base64_text(public, key->public, SIGN_PUBLIC);
	base64_text(base64, proof, SIGN_BYTES);
	memcpy(strstr(text, "sign_key: ") + 10, public, strlen(public));
	memcpy(strstr(text, "proof: ") + 7, base64, strlen(base64));
	free(r);
	return text;
}

/* Whoever holds one key asks under two names: refused, the draft unchanged. */
static void
test_one_key_is_not_two_parties(void **state)
{
	struct world *w = *state;
	struct party_id other = { "other" };
	struct sign_key key;
	char *text, *before, *after, dir[64];

	DONE(w, add(w, w->node));
	before = slurp(w->gov, "roster.yaml");
	DONE(w, folder_key(&key, w->node, "sign.key", "sign", &w->fault));
	(void)snprintf(dir, sizeof(dir), "%s/other", w->root);
	init(w, dir, &other, ROLE_NODE);
	text = request_by(w, dir, &key);
	sign_wipe(&key);
	REFUSED(w, E_CONFIG, "the key of 'gwent'",
	    govern_add(w->gov, text, strlen(text), "r", w->now, &w->fault));
	after = slurp(w->gov, "roster.yaml");
	assert_string_equal(before, after);
	assert_false(folder_has(w->gov, "issued/other.pem"));
	free(text);
	free(before);
	free(after);
}

/* A second governance of the same name, which takes in the same node. */
static char *
impostor(struct world *w, const struct party_id *id, const char *dir)
{
	const struct govern_new n = { "Ward demonstration", 3, 2, true };
	char kept[sizeof(w->gov)], *text;

	memcpy(kept, w->gov, sizeof(kept));
	(void)snprintf(w->gov, sizeof(w->gov), "%s/impostor", w->root);
	DONE(w, govern_new(w->gov, &n, w->now, &w->fault));
	DONE(w, add(w, dir));
	DONE(w, sign(w));
	text = admission(w, id);
	memcpy(w->gov, kept, sizeof(kept));
	return text;
}

/* The value of a key at the start of a line, up to the next such key. */
static const char *
part(const char *text, const char *key, size_t *len)
{
	const char *at = strstr(text, key), *end;

	assert_non_null(at);
	end = at + strlen(key);
	do
		end = strchr(end, '\n') + 1;
	while (*end == ' ' || *end == '\n');
	*len = (size_t)(end - at);
	return at;
}

/* a, with the part of that key taken from b. */
static char *
mixed(const char *a, const char *b, const char *key)
{
	size_t a_len, b_len;
	const char *old = part(a, key, &a_len), *new = part(b, key, &b_len);
	char *out;

	assert_true(asprintf(&out, "%.*s%.*s%s", (int)(old - a), a, (int)b_len,
			new, old + a_len) > 0);
	return out;
}

static void
test_a_mixed_admission_is_refused(void **state)
{
	static const struct {
		const char *key;
		enum err want;
		const char *words;
	} cases[] = {
		{ "governance:", E_SIGNATURE, "not signed by 2" },
		{ "roster:", E_SIGNATURE, "not signed by 2" },
		{ "ca:", E_CONFIG, "not signed by its authority" },
		{ "certificate:", E_CONFIG, "not the one in its roster" },
	};
	struct world *w = *state;
	char *good, *other;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	good = admission(w, &gwent);
	other = impostor(w, &gwent, w->node);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *bad = mixed(good, other, cases[i].key);

		REFUSED(
		    w, cases[i].want, cases[i].words, join(w, w->node, bad));
		free(bad);
		assert_false(folder_has(w->node, "governance.yaml"));
		assert_false(folder_has(w->node, "tls.pem"));
		assert_false(folder_has(w->node, "roster.note"));
	}
	DONE(w, join(w, w->node, good));
	REFUSED(w, E_PEER, "another governance", join(w, w->node, other));
	free(good);
	free(other);
}

/* An authority beside the right one, which signs the certificate in the roster,
 * could show this party any other. */
static void
test_an_admission_brings_one_authority(void **state)
{
	struct world *w = *state;
	char *good, *other, *bad;
	size_t n, more;
	const char *ca, *alien;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	good = admission(w, &gwent);
	other = impostor(w, &gwent, w->node);
	ca = part(good, "ca:", &n);
	alien = part(other, "ca:", &more);
	alien = strstr(alien, "  -----BEGIN");
	more = (size_t)(strstr(alien, "\ncertificate:") + 1 - alien);
	assert_true(asprintf(&bad, "%.*s%.*s%s", (int)(ca + n - good), good,
			(int)more, alien, ca + n) > 0);
	REFUSED(w, E_CONFIG, "one authority", join(w, w->node, bad));
	free(bad);
	/* Nor one that vouches for the right one. */
	assert_true(asprintf(&bad, "%s%.*s", good, (int)more, alien) > 0);
	REFUSED(w, E_CONFIG, "one authority", join(w, w->node, bad));
	free(bad);
	assert_false(folder_has(w->node, "ca.pem"));
	free(good);
	free(other);
}

static void
test_an_admission_is_for_one_party(void **state)
{
	struct world *w = *state;
	char *ours, *theirs, *bad;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	ours = admission(w, &gwent);
	DONE(w, add(w, w->person));
	DONE(w, sign(w));
	theirs = admission(w, &analyst);
	REFUSED(w, E_CONFIG, "'analyst' with another signing key",
	    join(w, w->node, theirs));
	/* Certificate of a party that the roster beside it does not name. */
	bad = mixed(ours, theirs, "certificate:");
	REFUSED(
	    w, E_NOTFOUND, "does not name 'analyst'", join(w, w->node, bad));
	free(bad);
	free(ours);
	free(theirs);
}

/* The signing key is ours, the certificate is for another TLS key. */
static void
test_a_certificate_for_another_key_is_refused(void **state)
{
	struct world *w = *state;
	char path[FILE_PATH], *text, *csr;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	assert_int_equal(file_path(path, w->node, "tls.key"), E_OK);
	assert_int_equal(unlink(path), 0);
	REFUSED(w, E_NOTFOUND, "tls.key", join(w, w->node, text));
	assert_int_equal(cert_request_new(&csr, path, &gwent), E_OK);
	free(csr);
	REFUSED(w, E_CONFIG, "not for the key in this folder",
	    join(w, w->node, text));
	assert_false(folder_has(w->node, "governance.yaml"));
	free(text);
}

/* No single changed byte of an admission changes what is taken in silently:
 * it is refused, or (comments, spaces) takes in the very same. */
static void
test_no_changed_admission_is_taken(void **state)
{
	struct world *w = *state;
	struct identity a, b;
	char *text;
	size_t len, taken = 0;

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	DONE(w, identity_load(&a, w->node, &gwent, 1, &w->fault));
	len = strlen(text);
	for (size_t i = 0; i < len; i += 7) {
		char kept = text[i];
		struct governance g;

		text[i] = kept == 'x' ? 'y' : 'x';
		if (enrol_join(&g, w->node, text, len, &w->fault) == E_OK) {
			taken++;
			assert_memory_equal(g.fingerprint,
			    a.governance.fingerprint, sizeof(g.fingerprint));
			DONE(w,
			    identity_load(&b, w->node, &gwent, 1, &w->fault));
			assert_memory_equal(a.roster->hash, b.roster->hash, 32);
			identity_free(&b);
		}
		text[i] = kept;
	}
	assert_true(taken < len / 7 / 4);
	identity_free(&a);
	free(text);
}

static void
test_a_damaged_folder_is_named(void **state)
{
	static const struct {
		const char *name;
		enum err want;
	} cases[] = {
		{ "governance.yaml", E_CONFIG },
		{ "roster.note", E_FORMAT },
		{ "ca.pem", E_OK }, /* found when TLS starts */
		{ "tls.pem", E_CONFIG },
	};
	struct world *w = *state;
	struct identity id;
	char *text, path[FILE_PATH];

	DONE(w, add(w, w->node));
	DONE(w, sign(w));
	text = admission(w, &gwent);
	DONE(w, join(w, w->node, text));
	free(text);
	for (size_t i = 0; i < COUNT(cases); i++) {
		text = slurp(w->node, cases[i].name);
		assert_int_equal(
		    folder_write(w->node, cases[i].name, "nothing\n", 8, NULL),
		    E_OK);
		w->fault.text[0] = '\0';
		assert_int_equal(
		    identity_load(&id, w->node, &gwent, 1, &w->fault),
		    cases[i].want);
		if (cases[i].want == E_OK)
			identity_free(&id);
		else
			assert_non_null(strstr(w->fault.text, cases[i].name));
		assert_int_equal(folder_write(w->node, cases[i].name, text,
				     strlen(text), NULL),
		    E_OK);
		free(text);
	}
	assert_int_equal(file_path(path, w->node, "sign.key"), E_OK);
	assert_int_equal(chmod(path, 0644), 0);
	REFUSED(w, E_CONFIG, "sign.key",
	    identity_load(&id, w->node, &gwent, 1, &w->fault));
	assert_int_equal(unlink(path), 0);
	text = slurp(w->person, "sign.key");
	assert_int_equal(keyfile_save_text(path, text), E_OK);
	free(text);
	REFUSED(w, E_CONFIG, "not the key of 'gwent'",
	    identity_load(&id, w->node, &gwent, 1, &w->fault));
}

static void
test_governance_states_what_it_needs(void **state)
{
	static const struct govern_new bad[] = {
		{ "F", 0, 0, true },
		{ "F", 10, 2, true },
		{ "F", 3, 4, true },
		{ "F", 3, 0, true },
		{ "", 3, 2, true },
		{ "two\nlines", 3, 2, true },
		{ " F", 3, 2, true },
	};
	const struct govern_new real = { "F\u00e9d\u00e9ration", 9, 9, false };
	struct world *w = *state;
	struct governance g;
	char dir[64], *text;

	(void)snprintf(dir, sizeof(dir), "%s/other", w->root);
	for (size_t i = 0; i < COUNT(bad); i++) {
		REFUSED(
		    w, E_ARG, "", govern_new(dir, &bad[i], w->now, &w->fault));
		assert_true(w->fault.text[0] != '\0');
		assert_false(file_there(dir));
	}
	DONE(w, govern_new(dir, &real, w->now, &w->fault));
	text = slurp(dir, "governance.yaml");
	DONE(w, governance_read(&g, text, strlen(text), "g", &w->fault));
	free(text);
	assert_int_equal(g.n, 9);
	assert_int_equal(g.need, 9);
	assert_string_equal(g.federation, real.federation);
	text = slurp(dir, "roster.yaml");
	assert_non_null(strstr(text, "demo: false\nepoch: 0\n"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_party_comes_in),
		TEST(test_secrets_are_their_owners_alone),
		TEST(test_what_is_sent_holds_no_secret),
		TEST(test_keys_are_never_overwritten),
		TEST(test_a_bad_member_makes_no_keys),
		TEST(test_a_roster_needs_two_of_three),
		TEST(test_a_strangers_key_is_no_governance_key),
		TEST(test_every_signing_is_the_next_epoch),
		TEST(test_an_older_roster_is_not_taken_again),
		TEST(test_a_party_is_added_again_with_new_keys),
		TEST(test_a_removed_party_is_not_admitted),
		TEST(test_a_changed_request_is_refused),
		TEST(test_one_key_is_not_two_parties),
		TEST(test_a_mixed_admission_is_refused),
		TEST(test_an_admission_brings_one_authority),
		TEST(test_an_admission_is_for_one_party),
		TEST(test_a_certificate_for_another_key_is_refused),
		TEST(test_no_changed_admission_is_taken),
		TEST(test_a_damaged_folder_is_named),
		TEST(test_governance_states_what_it_needs),
	};

	return cmocka_run_group_tests_name("enrol", tests, NULL, NULL);
}
