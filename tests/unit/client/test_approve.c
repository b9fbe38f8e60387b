/* Promises of query sign, approve and show, and of the enrolment that stands
 * before them: folders, keys and files are real, the commands are called as
 * people call them. */
#include <ftw.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/call.h"
#include "cli/file.h"
#include "client/approve.h"
#include "client/ask.h"
#include "client/party.h"
#include "client/rosters.h"
#include "client/seal.h"
#include "crypto/random.h"
#include "policies/enrol.h"
#include "protocol/bundle.h"

static const struct command *const commands[] = { &ask_new, &ask_check,
	&ask_explain, &ask_compile, &seal_sign, &seal_show, &approve_query,
	&party_init, &party_join, &rosters_new, &rosters_add, &rosters_remove,
	&rosters_sign, &rosters_admit, &rosters_show, NULL };

static char dir[] = "/tmp/ward-test-approve-XXXXXX";
static char *said;        /* by the last command, both streams */
static const char *typed; /* what its standard input holds */

static uint64_t
utc_s(void *ctx)
{
	(void)ctx;
	return (uint64_t)time(NULL);
}

static const struct clock test_clock = { .utc_s = utc_s };

static FILE *terminal_in; /* where somebody sits, or NULL */

/* Runs one line of words, "@" standing for the test's folder. */
static enum call_exit
ward(const char *line)
{
	char words[2000], *at = words, *word, *argv[40];
	char input[64] = "";
	struct call_world world = { .program = "ward", .clock = &test_clock };
	enum call_exit code;
	size_t len;
	int argc = 0;

	strcpy(words, line);
	strcpy(input, typed == NULL ? "" : typed);
	free(said);
	said = NULL;
	world.out = world.err = open_memstream(&said, &len);
	world.in = terminal_in != NULL
		       ? terminal_in
		       : fmemopen(input, strlen(input) + 1, "r");
	while ((word = strsep(&at, " ")) != NULL) {
		char full[FILE_PATH];

		snprintf(full, sizeof(full), "%s%s", word[0] == '@' ? dir : "",
		    word[0] == '@' ? word + 1 : word);
		argv[argc++] = strdup(full);
	}
	code = call_main(commands, &world, argc, argv);
	if (terminal_in == NULL)
		fclose(world.in);
	fclose(world.out);
	while (argc > 0)
		free(argv[--argc]);
	return code;
}

/* Runs it and holds its exit code and a part of what it says. */
static void
expect(enum call_exit want, const char *part, const char *line)
{
	enum call_exit code = ward(line);

	if (code != want || strstr(said, part) == NULL)
		print_message("%s\n=> %d: %s\n", line, (int)code, said);
	assert_int_equal(code, want);
	assert_non_null(strstr(said, part));
}

static char *
path_of(const char *name)
{
	static char path[FILE_PATH];

	assert_int_equal(file_path(path, dir, name), E_OK);
	return path;
}

static uint8_t *
bytes_of(const char *name, size_t *len)
{
	char *text;

	assert_int_equal(file_read(&text, len, path_of(name), 1 << 20), E_OK);
	return (uint8_t *)text;
}

#define WHERE                                                       \
	" --coordinator tls+tcp://127.0.0.1:1 --coordinator-party " \
	"coordinator --server-name localhost"

static void
make_person(const char *id, const char *organisation, const char *roles)
{
	char line[500];

	snprintf(line, sizeof(line),
	    "party init @/%s --party %s --name %s --organisation %s %s" WHERE,
	    id, id, id, organisation, roles);
	expect(CALL_DONE, "keys made", line);
	snprintf(
	    line, sizeof(line), "roster add @/gov @/%s/join-request.yaml", id);
	expect(CALL_DONE, "in the draft", line);
}

static void
make_node_folder(void)
{
	struct enrol_request *r = calloc(1, sizeof(*r));
	struct fault fault = { "" };
	struct member *m = &r->member;

	strcpy(m->id.s, "gwent");
	strcpy(m->name, "Gwent Police");
	strcpy(m->organisation, "Gwent Police");
	m->roles = ROLE_NODE;
	m->sector = SECTOR_POLICE;
	m->sources = SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB;
	m->first_month = 612;
	m->n_months = 12;
	m->n_covers = 1;
	strcpy(m->covers[0], "W15000002");
	assert_int_equal(enrol_init(path_of("gwent"), r, &fault), E_OK);
	free(r);
	expect(CALL_DONE, "in the draft",
	    "roster add @/gov @/gwent/join-request.yaml");
}

/* Lets everybody join. */
static void
admit(const char *id)
{
	char line[300];

	snprintf(
	    line, sizeof(line), "roster admit @/gov %s -o @/%s.slip", id, id);
	expect(CALL_DONE, "nothing in it is secret", line);
	snprintf(line, sizeof(line), "party join @/%s @/%s.slip", id, id);
	expect(CALL_DONE, "Governance fingerprint", line);
}

static int
found(void **state)
{
	static const char *const people[] = { "analyst", "ethics", "board",
		"both", "mate" };

	(void)state;
	assert_int_equal(random_start(), E_OK);
	assert_non_null(mkdtemp(dir));
	expect(CALL_DONE, "3 governance keys, 2 must sign",
	    "roster new @/gov --keys 3 --need 2 --demo --federation Test");
	make_person("analyst", "University", "--role researcher");
	make_person("ethics", "Ethics", "--role approver");
	make_person("board", "Board", "--role approver");
	make_person("both", "Both", "--role researcher --role approver");
	make_person("mate", "University", "--role approver");
	make_node_folder();
	expect(CALL_REFUSED, "", "roster sign @/gov --key g1");
	expect(CALL_DONE, "roster in force",
	    "roster sign @/gov --key g1 --key g2");
	for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++)
		admit(people[i]);
	return 0;
}

/* A fresh query of the analyst, signed: @/q.wq. */
static int
write_query(void **state)
{
	static const char yaml[] =
	    "title: Violence in Gwent\npurpose: prevention\nproject: Safer\n"
	    "sources: [police.crime]\nthemes: [violence]\nmonths: 2021-03\n"
	    "geography: {kind: lad, forces: Gwent}\n"
	    "privacy: {rho: \"0.02\"}\nnodes: [gwent]\n";

	(void)state;
	typed = NULL;
	assert_int_equal(
	    file_write(path_of("q.yaml"), yaml, strlen(yaml)), E_OK);
	expect(CALL_DONE, "charge rho 0.02",
	    "query compile @/q.yaml --party @/analyst -o @/q.query");
	expect(CALL_DONE, "signed",
	    "query sign @/q.query --party @/analyst -o @/q.wq");
	return 0;
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
leave(void **state)
{
	(void)state;
	free(said);
	return nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void
test_a_query_goes_from_file_to_two_approvals(void **state)
{
	struct bundle b;
	uint8_t *bytes;
	size_t len;

	(void)state;
	expect(CALL_DONE, "ok", "query check @/q.yaml --party @/analyst");
	expect(CALL_DONE, "rho 0.02 = (epsilon 1.1",
	    "query explain @/q.yaml --party @/analyst");
	expect(CALL_DONE, "none yet", "query show @/q.query --party @/analyst");
	expect(CALL_DONE, "Violence in Gwent",
	    "query approve @/q.wq --party @/ethics --yes --reason fine");
	expect(CALL_DONE, "approved by board",
	    "query approve @/q.wq --party @/board --yes --valid-for 1d");
	expect(CALL_DONE, "approved      ethics, Ethics, until",
	    "query show @/q.wq --party @/analyst");
	assert_non_null(strstr(said, ": fine"));
	assert_non_null(strstr(said, "approved      board, Board, until"));
	bytes = bytes_of("q.wq", &len);
	assert_int_equal(bundle_parse(&b, bytes, len), E_OK);
	assert_int_equal(b.n, 2);
	free(bytes);
}

static void
test_what_an_approver_sees_is_decoded_from_what_is_signed(void **state)
{
	static const char *const parts[] = { "Violence in Gwent", "prevention",
		"analyst, University", "police.crime", "(violence)",
		"2021-03, one month", "W15000002 Gwent",
		"rho 0.02 = (epsilon 1.1", "gwent", "19 of 20" };

	(void)state;
	expect(CALL_DONE, "", "query approve @/q.wq --party @/ethics --yes");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(said, parts[i]) == NULL)
			print_message("%s\nlacks %s\n", said, parts[i]);
		assert_non_null(strstr(said, parts[i]));
	}
}

/* Every part of the bundle is covered: header, query, signature. */
static void
test_a_bundle_altered_by_one_byte_is_refused(void **state)
{
	size_t len, now_len, n = 0;
	uint8_t *bytes = bytes_of("q.wq", &len), *now;

	(void)state;
	for (size_t at = 0; at < len; at += 1 + len / 60, n++) {
		bytes[at] ^= 1;
		assert_int_equal(file_write(path_of("q.wq"), bytes, len), E_OK);
		expect(CALL_REFUSED, "q.wq",
		    "query approve @/q.wq --party @/ethics --yes");
		now = bytes_of("q.wq", &now_len);
		assert_int_equal(now_len, len); /* nothing was added */
		assert_memory_equal(now, bytes, len);
		free(now);
		bytes[at] ^= 1;
	}
	assert_true(n > 40);
	assert_int_equal(file_write(path_of("q.wq"), bytes, len - 1), E_OK);
	expect(CALL_REFUSED, "", "query approve @/q.wq --party @/ethics --yes");
	free(bytes);
}

static void
test_nobody_approves_twice(void **state)
{
	(void)state;
	expect(CALL_DONE, "", "query approve @/q.wq --party @/ethics --yes");
	expect(CALL_REFUSED, "holds your word already",
	    "query approve @/q.wq --party @/ethics --yes");
	expect(CALL_REFUSED, "holds your word already",
	    "query approve @/q.wq --party @/ethics --yes --veto");
}

static void
test_only_others_approve(void **state)
{
	(void)state;
	expect(CALL_REFUSED, "does not have \"analyst\" as an approver",
	    "query approve @/q.wq --party @/analyst --yes");
	expect(CALL_REFUSED, "of the author's organisation",
	    "query approve @/q.wq --party @/mate --yes");
	/* who may ask and approve does not approve what he asks */
	expect(CALL_DONE, "",
	    "query compile @/q.yaml --party @/both -o @/b.query");
	expect(CALL_DONE, "", "query sign @/b.query --party @/both -o @/b.wq");
	expect(CALL_REFUSED, "you are the author",
	    "query approve @/b.wq --party @/both --yes");
	expect(CALL_DONE, "nodes will refuse",
	    "query approve @/b.wq --party @/both --yes --anyway");
	/* nor is a query signed by another than its researcher */
	expect(CALL_REFUSED, "compiled for \"analyst\"",
	    "query sign @/q.query --party @/both -o @/c.wq");
	expect(CALL_REFUSED, "as a researcher",
	    "query sign @/q.query --party @/ethics -o @/c.wq");
}

static void
test_only_a_yes_signs(void **state)
{
	static const char *const no[] = { "", "no\n", "y\n", "yes", "yess\n",
		"YES\n", "\nyes\n", " yes\n" };
	size_t len, now_len;
	uint8_t *bytes = bytes_of("q.wq", &len), *now;

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		typed = no[i];
		expect(CALL_REFUSED, "not signed; the file is as it was",
		    "query approve @/q.wq --party @/ethics");
		now = bytes_of("q.wq", &now_len);
		assert_int_equal(now_len, len);
		assert_memory_equal(now, bytes, len);
		free(now);
	}
	free(bytes);
	typed = "yes\n";
	expect(CALL_DONE, "Type yes to sign this approval",
	    "query approve @/q.wq --party @/ethics");
}

static void
test_a_veto_is_a_veto(void **state)
{
	struct approval a;
	struct bundle b;
	uint8_t *bytes;
	size_t len;

	(void)state;
	expect(CALL_DONE, "vetoed by ethics",
	    "query approve @/q.wq --party @/ethics --yes --veto --reason no");
	bytes = bytes_of("q.wq", &len);
	assert_int_equal(bundle_parse(&b, bytes, len), E_OK);
	assert_int_equal(
	    approval_parse(&a, b.approvals[0].bytes, b.approvals[0].len), E_OK);
	assert_true(a.veto);
	assert_string_equal(a.reason, "no");
	free(bytes);
	expect(CALL_DONE, "VETOED        ethics",
	    "query show @/q.wq --party @/board");
}

/* An approval cut out of one bundle and put behind another query. */
static void
test_an_approval_of_another_query_does_not_count(void **state)
{
	size_t first_len, signed_len, second_len;
	uint8_t *first, *second, *all;

	(void)state;
	free(bytes_of("q.wq", &signed_len));
	expect(CALL_DONE, "", "query approve @/q.wq --party @/ethics --yes");
	first = bytes_of("q.wq", &first_len);
	expect(CALL_DONE, "",
	    "query compile @/q.yaml --party @/both -o @/b.query");
	expect(CALL_DONE, "", "query sign @/b.query --party @/both -o @/b.wq");
	second = bytes_of("b.wq", &second_len);
	all = malloc(second_len + first_len - signed_len);
	memcpy(all, second, second_len);
	memcpy(all + second_len, first + signed_len, first_len - signed_len);
	assert_int_equal(file_write(path_of("b.wq"), all,
			     second_len + first_len - signed_len),
	    E_OK);
	expect(CALL_DONE, "ethics: not signed by that approver for this query",
	    "query show @/b.wq --party @/board");
	free(first);
	free(second);
	free(all);
}

static void
test_faults_of_a_file_are_told_with_their_place(void **state)
{
	static const char bad[] = "title: x\nper: week\n";

	(void)state;
	assert_int_equal(
	    file_write(path_of("bad.yaml"), bad, strlen(bad)), E_OK);
	expect(CALL_REFUSED, "bad.yaml:2:6: per must be total",
	    "query check @/bad.yaml");
	expect(CALL_REFUSED, "bad.yaml:1:1: \"purpose\" is missing",
	    "query compile @/bad.yaml --party @/analyst -o @/x");
	expect(CALL_REFUSED, "no such file", "query check @/none.yaml");
	expect(CALL_MISUSE, "Give -o", "query compile @/bad.yaml");
	expect(CALL_DONE, "edit it", "query new @/new.yaml");
	expect(CALL_REFUSED, "there already", "query new @/new.yaml");
	expect(CALL_DONE, "ok\n", "query check @/new.yaml");
	expect(CALL_REFUSED, "as a researcher",
	    "query check @/new.yaml --party @/ethics");
}

static void
test_the_roster_is_shown_to_everybody(void **state)
{
	(void)state;
	expect(CALL_DONE, "epoch 1, valid until", "roster show @/gov");
	expect(CALL_DONE, "police.crime police.asb in W15000002",
	    "roster show @/ethics");
	expect(CALL_DONE, "\"id\": \"gwent\"", "roster show @/gov --json");
	expect(CALL_REFUSED, "", "roster show @/none");
}

/* The other end of a terminal at which `answer` is typed; for close(). */
static int
terminal(FILE **in, const char *answer)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	assert_true(
	    master != -1 && grantpt(master) == 0 && unlockpt(master) == 0);
	*in = fdopen(open(ptsname(master), O_RDONLY | O_NOCTTY), "r");
	assert_non_null(*in);
	assert_int_equal(write(master, answer, strlen(answer)), strlen(answer));
	return master;
}

/* What governance is about to do is shown, loudly when keys change; nobody
 * who answers other than yes has done it. */
static void
test_adding_shows_whom_and_whose_keys_change(void **state)
{
	static const char add[] = "roster add @/gov @/%s/join-request.yaml";
	static const char init[] =
	    "party init @/%s --party %s --name %s --organisation uni --role "
	    "approver" WHERE;
	char line[500], *before, *after;
	size_t len;
	FILE *in;
	int master;

	(void)state;
	snprintf(line, sizeof(line), init, "newbie", "newbie", "Newbie");
	expect(CALL_DONE, "keys made", line);
	before = (char *)bytes_of("gov/roster.yaml", &len);
	snprintf(line, sizeof(line), add, "newbie");
	master = terminal(&in, "no\n");
	terminal_in = in;
	expect(CALL_REFUSED, "left out of the draft", line);
	assert_non_null(strstr(said, "Adds newbie"));
	assert_non_null(strstr(said, "Type yes"));
	after = (char *)bytes_of("gov/roster.yaml", &len);
	assert_string_equal(after, before);
	free(after);
	free(before);
	fclose(in);
	close(master);
	master = terminal(&in, "yes\n");
	terminal_in = in;
	expect(CALL_DONE, "in the draft", line);
	fclose(in);
	close(master);
	terminal_in = NULL;
	expect(CALL_DONE, "REPLACES newbie", line);
	assert_null(strstr(said, "Type yes")); /* nobody to ask */
	assert_null(strstr(said, "CHANGE"));

	snprintf(line, sizeof(line), init, "taker", "newbie", "Taker");
	expect(CALL_DONE, "keys made", line);
	snprintf(line, sizeof(line), add, "taker");
	expect(CALL_DONE, "!!! THE KEYS OF newbie CHANGE !!!", line);
	assert_non_null(strstr(said, "was         Newbie"));
	expect(CALL_DONE, "out of the draft", "roster remove @/gov newbie");
}

/* A file of another kind is told in plain words, whatever YAML makes of it. */
static void
test_a_wrong_file_is_told_what_it_should_be(void **state)
{
	static const char *const wrong[] = { "hello\n", "- a\n", "a: b\n", "",
		"\x01\x02" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
		    file_write(path_of("wrong"), wrong[i], strlen(wrong[i])),
		    E_OK);
		expect(CALL_REFUSED, "this is no admission; give the file",
		    "party join @/analyst @/wrong");
		expect(CALL_REFUSED, "this is no join request; give the",
		    "roster add @/gov @/wrong");
	}
}

/* No line that people read of rosters and signatures is wider than 80. */
static void
test_lines_fit_a_terminal(void **state)
{
	static const char *const lines[] = { "roster show @/gov",
		"roster add @/gov @/gwent/join-request.yaml" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(ward(lines[i]), CALL_DONE);
		for (const char *at = said; *at != 0;
		     at += strcspn(at, "\n") + (strchr(at, '\n') != NULL))
			if (strcspn(at, "\n") > 80 && strstr(at, dir) == NULL)
				fail_msg("%s", at);
	}
}

static void
test_mistakes_of_enrolment_are_answered(void **state)
{
	(void)state;
	expect(CALL_MISUSE, "--party is missing", "party init @/x" WHERE);
	expect(
	    CALL_MISUSE, "a name has", "party init @/x --party Analyst" WHERE);
	expect(CALL_MISUSE, "--role is",
	    "party init @/x --party x --name x --organisation x --role "
	    "node" WHERE);
	expect(CALL_MISUSE, "tls+tcp://",
	    "party init @/x --party x --coordinator http://x "
	    "--coordinator-party c --server-name s");
	expect(CALL_MISUSE, "HOST:PORT",
	    "party init @/x --party x --coordinator tls+tcp://h: "
	    "--coordinator-party c --server-name s");
	assert_false(file_there(path_of("x")));
	expect(CALL_REFUSED, "",
	    "party init @/analyst --party x --name x --organisation x --role "
	    "auditor" WHERE);
	expect(CALL_MISUSE, "cannot sign",
	    "roster new @/x --keys 2 --need 3 --federation F");
	expect(CALL_REFUSED, "", "roster admit @/gov nobody");
	expect(CALL_REFUSED, "", "party join @/ethics @/board.slip");
}

int
main(void)
{
#define QUERY(f) cmocka_unit_test_setup(f, write_query)
	const struct CMUnitTest tests[] = {
		QUERY(test_a_query_goes_from_file_to_two_approvals),
		QUERY(
		    test_what_an_approver_sees_is_decoded_from_what_is_signed),
		QUERY(test_a_bundle_altered_by_one_byte_is_refused),
		QUERY(test_nobody_approves_twice),
		QUERY(test_only_others_approve),
		QUERY(test_only_a_yes_signs),
		QUERY(test_a_veto_is_a_veto),
		QUERY(test_an_approval_of_another_query_does_not_count),
		QUERY(test_faults_of_a_file_are_told_with_their_place),
		QUERY(test_the_roster_is_shown_to_everybody),
		QUERY(test_mistakes_of_enrolment_are_answered),
		QUERY(test_adding_shows_whom_and_whose_keys_change),
		QUERY(test_a_wrong_file_is_told_what_it_should_be),
		QUERY(test_lines_fit_a_terminal),
	};

	return cmocka_run_group_tests(tests, found, leave);
}
