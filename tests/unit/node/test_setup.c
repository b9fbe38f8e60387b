/* The commands of ward-node on a real folder, with a real governance. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "cli/call.h"
#include "cli/file.h"
#include "crypto/keyfile.h"
#include "crypto/note.h"
#include "crypto/random.h"
#include "fixture.h"
#include "model/month.h"
#include "node/inspect.h"
#include "node/intake.h"
#include "node/journal.h"
#include "node/ledger.h"
#include "node/setup.h"
#include "node/records.h"
#include "node/site.h"
#include "policies/govern.h"

static const struct command *const commands[] = { &setup_init, &setup_join,
	&inspect_check, &inspect_ledger, &intake_load, NULL };

struct world {
	char dir[64], node[96], governance[96], admission[96];
	uint64_t utc_s;
	struct clock clock;
	char *out, *err; /* of the last call */
};

static uint64_t
now(void *ctx)
{
	return ((struct world *)ctx)->utc_s;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(random_start(), E_OK);
	strcpy(w->dir, "/tmp/ward-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->node, sizeof(w->node), "%s/gwent", w->dir);
	snprintf(w->governance, sizeof(w->governance), "%s/gov", w->dir);
	snprintf(w->admission, sizeof(w->admission), "%s/gwent.yaml", w->dir);
	w->utc_s = FIXTURE_NOW;
	w->clock = (struct clock){ now, now, w };
	*state = w;
	return 0;
}

static int
drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	assert_int_equal(nftw(w->dir, drop, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(w->out);
	free(w->err);
	free(w);
	return 0;
}

/* Runs a command; its words end at NULL. */
static enum call_exit
call(struct world *w, char *const *words)
{
	struct call_world world = {
		.program = "ward-node", .in = stdin, .clock = &w->clock
	};
	enum call_exit code;
	size_t out_len, err_len;
	int n = 0;

	free(w->out);
	free(w->err);
	while (words[n] != NULL)
		n++;
	world.out = open_memstream(&w->out, &out_len);
	world.err = open_memstream(&w->err, &err_len);
	assert_true(world.out != NULL && world.err != NULL);
	code = call_main(commands, &world, n, words);
	fclose(world.out);
	fclose(world.err);
	return code;
}

#define CALL(w, ...) call(w, (char *const[]){ __VA_ARGS__, NULL })

static enum call_exit
init(struct world *w)
{
	return CALL(w, "init", w->node, "--party", "gwent", "--demo", "--name",
	    "Gwent Police", "--organisation", "Gwent Police", "--sector",
	    "police", "--sources", "police", "--covers", "W15000003",
	    "--covers", "W15000002", "--months", "2021-01..2021-12",
	    "--coordinator", "tls+tcp://127.0.0.1:8443", "--coordinator-party",
	    "coordinator", "--server-name", "localhost");
}

static void
test_init_makes_a_folder_that_is_the_owners(void **state)
{
	static const char *const secrets[] = { "sign.key", "tls.key",
		"store.key" };
	struct world *w = *state;
	struct policy p;
	struct fault fault = { "" };
	struct stat st;
	char path[128], *text;
	size_t len;

	assert_int_equal(init(w), CALL_DONE);
	assert_int_equal(stat(w->node, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", w->node, secrets[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	snprintf(path, sizeof(path), "%s/policy.yaml", w->node);
	assert_int_equal(file_read(&text, &len, path, YAML_MAX), E_OK);
	assert_int_equal(policy_read(&p, text, len, path, &fault), E_OK);
	free(text);
	assert_string_equal(p.node.s, "gwent");
	assert_true(p.demo && !p.synthetic);
	assert_int_equal(p.n_sources, 2);
	assert_non_null(strstr(w->err, "join-request.yaml"));
}

static void
test_init_does_not_touch_a_folder_with_keys(void **state)
{
	struct world *w = *state;
	char path[128], *before, *after;
	size_t len;

	assert_int_equal(init(w), CALL_DONE);
	snprintf(path, sizeof(path), "%s/store.key", w->node);
	assert_int_equal(file_read(&before, &len, path, 1000), E_OK);
	assert_int_equal(init(w), CALL_REFUSED);
	assert_int_equal(file_read(&after, &len, path, 1000), E_OK);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void
test_what_is_wrong_is_said_with_what_is_right(void **state)
{
	static const struct {
		const char *option, *value, *words;
	} cases[] = {
		{ "--party", "Gwent!", "a-z" },
		{ "--sector", "army", "police, nhs or other" },
		{ "--sources", "police,drones", "police.crime" },
		{ "--months", "2021-12..2021-01", "2021-01..2021-12" },
		{ "--months", "2021", "2021-01..2021-12" },
		{ "--covers", "W99999999", "W15000002" },
		{ "--coordinator", "http://x", "tls+tcp://" },
		{ "--name", "two\nlines", "one line" },
		{ "--server-name", "", "--server-name" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char option[64], value[64];

		strcpy(option, cases[i].option);
		strcpy(value, cases[i].value);
		assert_int_equal(
		    CALL(w, "init", w->node, "--party", "gwent", "--name",
			"Gwent", "--organisation", "Gwent", "--sector",
			"police", "--sources", "police", "--covers",
			"W15000002", "--months", "2021-01..2021-12",
			"--coordinator", "tls+tcp://127.0.0.1:8443",
			"--coordinator-party", "coordinator", "--server-name",
			"localhost", option, value),
		    CALL_MISUSE);
		if (strstr(w->err, cases[i].words) == NULL)
			fail_msg("%s %s: %s", option, value, w->err);
		assert_false(file_there(w->node));
	}
}

/* Governance takes the request in and answers. */
static void
admit(struct world *w)
{
	const struct govern_new n = {
		.federation = "Test", .keys = 3, .need = 2, .demo = true
	};
	const char *const keys[] = { "g1", "g3" };
	struct party_id id = fixture_id("gwent");
	struct fault fault = { "" };
	char path[128], *text;
	size_t len;

	assert_int_equal(govern_new(w->governance, &n, w->utc_s, &fault), E_OK);
	snprintf(path, sizeof(path), "%s/join-request.yaml", w->node);
	assert_int_equal(file_read(&text, &len, path, YAML_MAX), E_OK);
	if (govern_add(w->governance, text, len, path, w->utc_s, &fault) !=
	    E_OK)
		fail_msg("%s", fault.text);
	free(text);
	if (govern_sign(w->governance, keys, 2, w->utc_s, &fault) != E_OK)
		fail_msg("%s", fault.text);
	assert_int_equal(govern_admit(&text, w->governance, &id, &fault), E_OK);
	assert_int_equal(file_write(w->admission, text, strlen(text)), E_OK);
	free(text);
}

/* People compare what is printed with what governance has. */
static void
test_join_prints_the_fingerprint_of_governance(void **state)
{
	struct world *w = *state;
	struct governance g;
	char path[128], print[HEX_LEN(32)], *text;
	size_t len;

	assert_int_equal(init(w), CALL_DONE);
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	snprintf(path, sizeof(path), "%s/governance.yaml", w->governance);
	assert_int_equal(file_read(&text, &len, path, YAML_MAX), E_OK);
	assert_int_equal(governance_read(&g, text, len, path, NULL), E_OK);
	free(text);
	hex_text(print, g.fingerprint, 32);
	assert_non_null(strstr(w->out, print));
	assert_non_null(strstr(w->out, "\"Test\""));
}

static void
test_check_says_what_is_missing_and_then_that_nothing_is(void **state)
{
	struct world *w = *state;

	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "ward-node init"));
	assert_int_equal(init(w), CALL_DONE);
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "join-request.yaml"));
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	/* the coordinator is no party of this roster */
	assert_non_null(strstr(w->out, "coordinator_party"));
	assert_non_null(strstr(w->out, "nothing is loaded yet"));
	assert_non_null(strstr(w->err, "1 thing to"));
}

static void
test_check_sees_the_time(void **state)
{
	struct world *w = *state;

	assert_int_equal(init(w), CALL_DONE);
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	w->utc_s += 8 * 86400; /* a demonstration ends after seven days */
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "bad  roster"));
	w->utc_s = FIXTURE_NOW - 86400;
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "is the clock right?"));
}

static void
test_check_sees_open_files(void **state)
{
	struct world *w = *state;
	char path[128];

	assert_int_equal(init(w), CALL_DONE);
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	snprintf(path, sizeof(path), "%s/store.key", w->node);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "bad  files"));
	assert_int_equal(chmod(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/ledger.db", w->node);
	assert_int_equal(file_write(path, "", 0), E_OK); /* mode 0644 */
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "chmod go-rwx"));
}

/* Loads one crime of 2021-01. */
static void
load_one(struct world *w)
{
	const char *row = "Crime ID,Month,Reported by,Falls within,Longitude,"
			  "Latitude,Location,LSOA code,LSOA name,Crime type,"
			  "Last outcome category,Context\n"
			  "a,2021-01,X,X,-3.658828,51.634723,Y,W01000991,Z,"
			  "Robbery,,\n";
	char extract[96];

	snprintf(extract, sizeof(extract), "%s/x.csv", w->dir);
	assert_int_equal(file_write(extract, row, strlen(row)), E_OK);
	assert_int_equal(
	    CALL(w, "load", w->node, extract, "--source", "police"), CALL_DONE);
}

static enum err
count_record(void *ctx, const struct incident *i)
{
	(void)i;
	(*(unsigned *)ctx)++;
	return E_OK;
}

static unsigned
seen_at(struct world *w, uint64_t as_of_s)
{
	struct records *r;
	struct keys keys;
	char path[128];
	unsigned n = 0;

	snprintf(path, sizeof(path), "%s/records.db", w->node);
	assert_int_equal(site_keys(&keys, w->node, NULL), E_OK);
	assert_int_equal(records_open(&r, path, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(
	    records_each(r, 612, 12, as_of_s, count_record, &n), E_OK);
	records_close(r);
	return n;
}

/* Neither a clock set back nor a second that is not over puts records behind
 * what was answered. */
static void
test_a_load_is_never_as_of_what_was_answered(void **state)
{
	struct world *w = *state;
	const struct cost cost = { .nrho = 40000000 };
	struct ledger_key key = { .epoch_s = FIXTURE_NOW + 100 };
	struct ledger *l;
	uint64_t before;
	char path[128];

	assert_int_equal(init(w), CALL_DONE);
	snprintf(path, sizeof(path), "%s/ledger.db", w->node);
	assert_int_equal(ledger_open(&l, path), E_OK);
	assert_int_equal(ledger_charge(l, &key, key.question, 613, 1, &cost,
			     &cost, FIXTURE_NOW + 100),
	    E_OK);
	load_one(w);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 100), 0);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 101), 1);
	snprintf(path, sizeof(path), "%s/records.db", w->node);
	assert_int_equal(remove(path), 0);
	assert_int_equal(journal_time(l, &before, FIXTURE_NOW + 200), E_OK);
	ledger_close(l);
	load_one(w);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 199), 0);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 200), 1);
	assert_int_equal(remove(path), 0);
	w->utc_s = FIXTURE_NOW + 300; /* the usual case: the clock is ahead */
	load_one(w);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 299), 0);
	assert_int_equal(seen_at(w, FIXTURE_NOW + 300), 1);
}

/* The ledger's time lags behind the gate's; what was charged does not. */
static void
test_a_load_is_never_as_of_a_cut_that_was_answered(void **state)
{
	struct world *w = *state;
	const struct cost cost = { .nrho = 40000000 };
	const uint64_t cut = month_start(month_of(FIXTURE_NOW) + 1);
	struct ledger_key key = { .epoch_s = FIXTURE_NOW };
	struct ledger *l;
	uint64_t before;
	char path[128];

	assert_int_equal(init(w), CALL_DONE);
	snprintf(path, sizeof(path), "%s/ledger.db", w->node);
	assert_int_equal(ledger_open(&l, path), E_OK);
	assert_int_equal(ledger_charge(l, &key, key.question, 613, 1, &cost,
			     &cost, FIXTURE_NOW),
	    E_OK);
	key = (struct ledger_key){ .question = { 1 }, .epoch_s = cut };
	assert_int_equal(ledger_charge(l, &key, key.question, 614, 1, &cost,
			     &cost, cut + 10),
	    E_OK);
	assert_int_equal(journal_time(l, &before, cut - 30), E_OK);
	ledger_close(l);
	w->utc_s = cut - 5; /* set back */
	load_one(w);
	assert_int_equal(seen_at(w, cut), 0);
	assert_int_equal(seen_at(w, cut + 1), 1);
}

/* What is loaded right before a cut is durable a little after it, when answers
 * as of the cut may have been given. */
static void
test_a_load_close_to_a_cut_shows_at_the_one_after(void **state)
{
	struct world *w = *state;
	const uint64_t cut = month_start(month_of(FIXTURE_NOW) + 1);

	assert_int_equal(init(w), CALL_DONE);
	w->utc_s = cut - 60;
	load_one(w);
	assert_int_equal(seen_at(w, cut), 0);
	assert_int_equal(seen_at(w, cut + 1), 1);
}

/* Puts the policy's first "unit: record" in other words. */
static void
set_unit(struct world *w, const char *words)
{
	static const char unit[] = "unit: record";
	char path[128], *text, *at, *changed;
	size_t len;

	snprintf(path, sizeof(path), "%s/policy.yaml", w->node);
	assert_int_equal(file_read(&text, &len, path, 1 << 16), E_OK);
	at = strstr(strstr(text, "sources:"), unit);
	assert_non_null(at);
	assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text,
			words, at + strlen(unit)) > 0);
	assert_int_equal(remove(path), 0);
	assert_int_equal(file_write(path, changed, strlen(changed)), E_OK);
	free(changed);
	free(text);
}

/* Two crimes against one person. */
static enum call_exit
load_two(struct world *w)
{
	static const char rows[] =
	    "crime_ref,victim_reference,date_from,ho_code,lsoa\n"
	    "a,p1,2021-03-01 10:00,8N,W01000991\n"
	    "b,p1,2021-03-02 10:00,8N,W01000991\n";
	char extract[96];

	snprintf(extract, sizeof(extract), "%s/rms.csv", w->dir);
	(void)remove(extract);
	assert_int_equal(file_write(extract, rows, strlen(rows)), E_OK);
	return CALL(w, "load", w->node, extract, "--source", "rms");
}

static enum err
count_person(void *ctx, const struct incident *i)
{
	(*(unsigned *)ctx) += i->has_person;
	return E_OK;
}

static unsigned
persons(struct world *w)
{
	struct records *r;
	struct keys keys;
	char path[128];
	unsigned n = 0;

	snprintf(path, sizeof(path), "%s/records.db", w->node);
	assert_int_equal(site_keys(&keys, w->node, NULL), E_OK);
	assert_int_equal(records_open(&r, path, RECORDS_COUNT, &keys), E_OK);
	assert_int_equal(
	    records_each(r, 612, 12, UINT64_MAX, count_person, &n), E_OK);
	records_close(r);
	return n;
}

/* A question is charged for whom the policy protects: no key is kept of a
 * person where that is a record, and none of another domain. */
static void
test_keys_of_people_are_kept_as_the_policy_protects_them(void **state)
{
	struct world *w = *state;

	assert_int_equal(init(w), CALL_DONE);
	assert_int_equal(load_two(w), CALL_DONE);
	assert_int_equal(persons(w), 0);
	assert_non_null(strstr(w->out, "key is not kept"));
	set_unit(w, "unit: person\n    domain: somebody.else");
	assert_int_equal(load_two(w), CALL_REFUSED);
	assert_non_null(strstr(w->err, "two keys"));
	assert_int_equal(persons(w), 0);
}

/* Ids do not depend on the policy: once it says so, keys come by loading
 * again. */
static void
test_people_get_keys_once_the_policy_protects_them(void **state)
{
	struct world *w = *state;

	assert_int_equal(init(w), CALL_DONE);
	assert_int_equal(load_two(w), CALL_DONE);
	set_unit(w, "unit: person\n    domain: police.person");
	assert_int_equal(load_two(w), CALL_DONE);
	assert_non_null(strstr(w->out, "2  changed"));
	assert_int_equal(persons(w), 2);
	assert_int_equal(seen_at(w, UINT64_MAX), 2);
}

static void
test_check_sees_another_store_key(void **state)
{
	static const uint8_t other[32] = { 1 };
	struct world *w = *state;
	char path[128];

	assert_int_equal(init(w), CALL_DONE);
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	load_one(w);
	(void)CALL(w, "check", w->node);
	assert_null(strstr(w->out, "another store.key"));
	snprintf(path, sizeof(path), "%s/store.key", w->node);
	assert_int_equal(remove(path), 0);
	assert_int_equal(keyfile_save(path, "store", other, 32), E_OK);
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "bad  records"));
	assert_non_null(strstr(w->out, "loaded with another store.key"));
}

/* Governance takes the node out; its gate has seen that roster. */
static void
leave_out(struct world *w)
{
	const char *const keys[] = { "g1", "g3" };
	const struct party_id id = fixture_id("gwent");
	struct governance g;
	struct roster *r;
	struct ledger *l;
	char path[128], *text, *note;
	size_t len;

	assert_int_equal(govern_remove(w->governance, &id, NULL), E_OK);
	assert_int_equal(
	    govern_sign(w->governance, keys, 2, w->utc_s, NULL), E_OK);
	snprintf(path, sizeof(path), "%s/governance.yaml", w->node);
	assert_int_equal(file_read(&text, &len, path, YAML_MAX), E_OK);
	assert_int_equal(governance_read(&g, text, len, path, NULL), E_OK);
	free(text);
	snprintf(path, sizeof(path), "%s/roster.note", w->governance);
	assert_int_equal(file_read(&note, &len, path, NOTE_MAX), E_OK);
	assert_int_equal(roster_read(&r, &g, note, len, NULL), E_OK);
	snprintf(path, sizeof(path), "%s/ledger.db", w->node);
	assert_int_equal(ledger_open(&l, path), E_OK);
	assert_int_equal(
	    journal_keep_roster(l, r->hash, r->epoch, note, len), E_OK);
	ledger_close(l);
	free(note);
	free(r);
}

static void
test_check_sees_that_the_node_was_left_out(void **state)
{
	struct world *w = *state;

	assert_int_equal(init(w), CALL_DONE);
	admit(w);
	assert_int_equal(CALL(w, "join", w->node, w->admission), CALL_DONE);
	(void)CALL(w, "check", w->node);
	assert_null(strstr(w->out, "every query is refused"));
	leave_out(w);
	assert_int_equal(CALL(w, "check", w->node), CALL_REFUSED);
	assert_non_null(strstr(w->out, "bad  membership"));
	assert_non_null(strstr(w->out, "epoch 2, does not name this node"));
}

/* The ledger as JSON: every month that is covered, and what is left. */
static void
test_ledger_shows_what_is_left(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *key;
		json_int_t value;
	} want[] = {
		{ "spent_nrho", 40000000 },
		{ "left_nrho", 60000000 },
		{ "spent_neps", 500000001 },
		{ "left_neps", 1499999999 },
		{ "spent_tv", 3 },
		{ "left_tv", (json_int_t)POLICY_TV - 3 },
	};
	const struct cost cost = { 40000000, 500000001, 3 };
	const struct cost cap = { 100000000, 2000000000, 100 };
	struct ledger_key key = { .epoch_s = FIXTURE_NOW };
	struct ledger *l;
	char path[128];
	json_t *all, *months, *month;

	assert_int_equal(init(w), CALL_DONE);
	assert_int_equal(CALL(w, "ledger", w->node, "--json"), CALL_DONE);
	snprintf(path, sizeof(path), "%s/ledger.db", w->node);
	assert_int_equal(ledger_open(&l, path), E_OK);
	assert_int_equal(ledger_charge(l, &key, key.question, 613, 1, &cost,
			     &cap, FIXTURE_NOW),
	    E_OK);
	assert_int_equal(
	    journal_log(l, FIXTURE_NOW, "refused", key.question, 21), E_OK);
	assert_int_equal(CALL(w, "ledger", w->node, "--json"), CALL_DONE);
	ledger_close(l); /* it was read beside the one that has it */
	all = json_loads(w->out, 0, NULL);
	assert_non_null(all);
	months = json_object_get(all, "months");
	assert_int_equal(json_array_size(months), 12);
	month = json_array_get(months, 1);
	assert_string_equal(
	    json_string_value(json_object_get(month, "month")), "2021-02");
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(json_integer_value(json_object_get(
				month, want[i].key)) == want[i].value);
	assert_int_equal(
	    json_integer_value(json_object_get(all, "month_nrho")), 100000000);
	assert_int_equal(
	    json_integer_value(json_object_get(all, "month_neps")), 2000000000);
	assert_string_equal(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(all, "log"), 0), "code")),
	    "budget");
	json_decref(all);
	assert_int_equal(CALL(w, "ledger", w->node), CALL_DONE);
	assert_non_null(strstr(w->out,
	    "2021-02      0.040000000   0.060000000     0.500000001     "
	    "1.499999999\n"));
	assert_non_null(strstr(w->out, "refused: budget"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_init_makes_a_folder_that_is_the_owners),
		TEST(test_init_does_not_touch_a_folder_with_keys),
		TEST(test_what_is_wrong_is_said_with_what_is_right),
		TEST(test_join_prints_the_fingerprint_of_governance),
		TEST(test_check_says_what_is_missing_and_then_that_nothing_is),
		TEST(test_check_sees_the_time),
		TEST(test_check_sees_open_files),
		TEST(test_a_load_is_never_as_of_what_was_answered),
		TEST(test_a_load_is_never_as_of_a_cut_that_was_answered),
		TEST(test_a_load_close_to_a_cut_shows_at_the_one_after),
		TEST(test_keys_of_people_are_kept_as_the_policy_protects_them),
		TEST(test_people_get_keys_once_the_policy_protects_them),
		TEST(test_check_sees_another_store_key),
		TEST(test_check_sees_that_the_node_was_left_out),
		TEST(test_ledger_shows_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
