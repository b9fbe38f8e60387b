#include "client/rosters.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/hex.h"
#include "base/num.h"
#include "cli/file.h"
#include "client/newcomer.h"
#include "client/option.h"
#include "client/plain.h"
#include "client/print.h"
#include "crypto/note.h"
#include "model/month.h"
#include "policies/enrol.h"
#include "policies/govern.h"

#define REQUEST_MAX 65536 /* bytes of a join request */

static uint64_t
now_of(const struct call *call)
{
	return call->world->clock->utc_s(call->world->clock->ctx);
}

/* Tells what failed. */
static enum call_exit
refuse(const struct call *call, enum err e, const struct fault *fault)
{
	return call_refuse(
	    call, "%s", fault->text[0] != 0 ? fault->text : err_text(e));
}

/* The small number that an option gives, or fallback. */
static bool
take_number(unsigned *out, const struct call *call, const char *option,
    unsigned fallback)
{
	const char *text = call_value(call, option);
	uint64_t v = fallback;

	if (text != NULL &&
	    (num_parse(&v, text, strlen(text), GOVERNANCE_KEYS_MAX) != E_OK ||
		v == 0)) {
		call_misuse(call, "--%s is a number from 1 to %d", option,
		    GOVERNANCE_KEYS_MAX);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

static enum call_exit
run_new(struct call *call)
{
	const char *dir = call->operands[0];
	struct govern_new n = { .federation = call_value(call, "federation"),
		.demo = call_has(call, "demo") };
	struct fault fault = { "" };
	enum err e;

	if (n.federation == NULL)
		return call_misuse(
		    call, "--federation is missing: the federation's name");
	if (!take_number(&n.keys, call, "keys", 3) ||
	    !take_number(&n.need, call, "need", n.keys < 2 ? 1 : 2))
		return CALL_MISUSE;
	if (n.need > n.keys)
		return call_misuse(call,
		    "%u of %u keys cannot sign; --need is at most --keys",
		    n.need, n.keys);
	if ((e = govern_new(dir, &n, now_of(call), &fault)) != E_OK)
		return refuse(call, e, &fault);
	call_note(call,
	    "%s: %u governance keys, %u must sign.  Next: ward roster add %s "
	    "join-request.yaml ...",
	    dir, n.keys, n.need, dir);
	return CALL_DONE;
}

const struct command rosters_new = {
	.name = "roster new",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "make a federation's governance: keys and empty roster",
	.about = "Move all but one of the keys in DIR/governance to other "
		 "people's custody.\n",
	.run = run_new,
	.options = { { "federation", 0, "NAME", "the federation's name" },
	    { "keys", 0, "N", "governance keys to make (3)" },
	    { "need", 0, "M", "how many of them must sign (2)" },
	    { "demo", 0, NULL,
		"a demonstration: rosters are good for 7 days" } },
};

/* Asks, unless --yes or nobody is there to answer. */
static bool
agreed(const struct call *call)
{
	char line[16];
	int fd = fileno(call->world->in);

	if (call_has(call, "yes") || fd < 0 || isatty(fd) != 1)
		return true;
	fputs(
	    "Type yes to put this into the draft, anything else to leave it: ",
	    call->world->err);
	fflush(call->world->err);
	return fgets(line, sizeof(line), call->world->in) != NULL &&
	       strcmp(line, "yes\n") == 0;
}

/* Shows what a request would change; E_STATE, told, when it is not wanted. */
static enum err
show_request(const struct call *call, const char *text, size_t len,
    const char *path, struct fault *fault)
{
	struct enrol_request *r = calloc(1, sizeof(*r)); /* 17 KB */
	struct roster *draft = NULL;
	enum err e = E_NOMEM;

	if (r == NULL ||
	    (e = enrol_request_read(r, text, len, path, fault)) != E_OK ||
	    (e = govern_draft(&draft, call->operands[0], fault)) != E_OK)
		goto out;
	newcomer_tell(call->world->err, draft, r);
	if (!agreed(call)) {
		fault_set(fault, "%s: left out of the draft", path);
		e = E_STATE;
	}
out:
	free(draft);
	free(r);
	return e;
}

static enum call_exit
run_add(struct call *call)
{
	const char *dir = call->operands[0];
	struct fault fault = { "" };

	for (size_t i = 1; i < call->n_operands; i++) {
		const char *path = call->operands[i];
		char why[FILE_WHY], *text = NULL;
		size_t len;
		enum err e = file_read(&text, &len, path, REQUEST_MAX);

		if (e != E_OK)
			return call_refuse(call, "%s",
			    file_read_why(why, path, REQUEST_MAX, e));
		if ((e = show_request(call, text, len, path, &fault)) == E_OK)
			e = govern_add(
			    dir, text, len, path, now_of(call), &fault);
		free(text);
		if (e != E_OK)
			return refuse(call, e, &fault);
		call_note(call, "%s: in the draft", path);
	}
	call_note(call, "Next: ward roster sign %s --key NAME ...", dir);
	return CALL_DONE;
}

const struct command rosters_add = {
	.name = "roster add",
	.operands = "DIR REQUEST ...",
	.least = 2,
	.most = CALL_OPERANDS,
	.brief = "put parties into the draft by their join requests",
	.about = "Shows whom each request adds or replaces, and asks on a "
		 "terminal.  Ask the\npeople by another channel whether the "
		 "request is theirs: who they are, and the\nkey.\n",
	.run = run_add,
	.options = { { "yes", 'y', NULL, "do not ask" } },
};

/* The party that the second operand names. */
static bool
take_party(struct party_id *out, const struct call *call)
{
	const char *text = call->operands[1];

	if (party_id_parse(out, text, strlen(text)) == E_OK)
		return true;
	call_misuse(call, "\"%.40s\" is no party's name", text);
	return false;
}

static enum call_exit
run_remove(struct call *call)
{
	struct fault fault = { "" };
	struct party_id party;
	enum err e;

	if (!take_party(&party, call))
		return CALL_MISUSE;
	e = govern_remove(call->operands[0], &party, &fault);
	if (e != E_OK)
		return refuse(call, e, &fault);
	call_note(call,
	    "%s: out of the draft.  Next: ward roster sign %s "
	    "--key NAME ...",
	    party.s, call->operands[0]);
	return CALL_DONE;
}

const struct command rosters_remove = {
	.name = "roster remove",
	.operands = "DIR PARTY",
	.least = 2,
	.most = 2,
	.brief = "take a party out of the draft",
	.run = run_remove,
};

/* Writes bytes to the file of --output, or to out. */
static enum call_exit
write_out(const struct call *call, const char *text)
{
	const char *path = call_value(call, "output");
	char why[FILE_WHY];
	enum err e;

	if (path == NULL || strcmp(path, "-") == 0) {
		fputs(text, call->out);
		return CALL_DONE;
	}
	if ((e = file_write(path, text, strlen(text))) != E_OK)
		return call_refuse(call, "%s", file_write_why(why, path, e));
	call_note(call, "%s: nothing in it is secret", path);
	return CALL_DONE;
}

static enum call_exit
run_sign(struct call *call)
{
	const char *dir = call->operands[0];
	const char *keys[GOVERNANCE_KEYS_MAX];
	struct fault fault = { "" };
	size_t n = 0;
	enum err e;

	while (n < GOVERNANCE_KEYS_MAX &&
	       (keys[n] = call_value_at(call, "key", n)) != NULL)
		n++;
	if (n == 0)
		return call_misuse(call,
		    "with which keys?  --key NAME for each, as in "
		    "%s/governance",
		    dir);
	if ((e = govern_sign(dir, keys, n, now_of(call), &fault)) != E_OK)
		return refuse(call, e, &fault);
	call_note(call,
	    "%s/roster.note: the roster in force\nNext: copy it into the "
	    "coordinator's folder, ward-coordinator reload;\nnew parties: "
	    "ward roster admit",
	    dir);
	return CALL_DONE;
}

const struct command rosters_sign = {
	.name = "roster sign",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "sign the draft: it becomes the roster in force",
	.run = run_sign,
	.options = { { "key", 0, "NAME", "a governance key; repeatable" } },
};

static enum call_exit
run_admit(struct call *call)
{
	struct fault fault = { "" };
	struct party_id party;
	char *text = NULL;
	enum call_exit code;
	enum err e;

	if (!take_party(&party, call))
		return CALL_MISUSE;
	e = govern_admit(&text, call->operands[0], &party, &fault);
	if (e != E_OK)
		return refuse(call, e, &fault);
	code = write_out(call, text);
	free(text);
	return code;
}

const struct command rosters_admit = {
	.name = "roster admit",
	.operands = "DIR PARTY",
	.least = 2,
	.most = 2,
	.brief = "write the admission that a party joins with",
	.run = run_admit,
	.options = { { "output", 'o', "FILE",
	    "where to (usual: the terminal)" } },
};

/* Reads dir/name, told when it fails. */
static enum err
read_of(char **out, size_t *len, const struct call *call, const char *dir,
    const char *name)
{
	char path[FILE_PATH] = "", why[FILE_WHY];
	enum err e = file_path(path, dir, name);

	if (e == E_OK)
		e = file_read(out, len, path, NOTE_MAX);
	if (e != E_OK)
		call_refuse(call, "%s", file_read_why(why, path, NOTE_MAX, e));
	return e;
}

/* The governance and the roster in force of a folder, told when it fails. */
static enum err
read_roster(struct governance *g, struct roster **r, const struct call *call)
{
	const char *dir = call->operands[0];
	struct fault fault = { "" };
	char *keys = NULL, *note = NULL;
	size_t keys_len, note_len;
	enum err e;

	if ((e = read_of(&keys, &keys_len, call, dir, "governance.yaml")) !=
		E_OK ||
	    (e = read_of(&note, &note_len, call, dir, "roster.note")) != E_OK)
		goto out;
	if ((e = governance_read(
		 g, keys, keys_len, "governance.yaml", &fault)) != E_OK ||
	    (e = roster_read(r, g, note, note_len, &fault)) != E_OK)
		refuse(call, e, &fault);
out:
	free(keys);
	free(note);
	return e;
}

/* What a node has: "2021-01..2021-12: police.crime in W15000002, made up". */
static void
tell_records(const struct member *m, size_t width, FILE *out)
{
	char head[80], text[PLAIN_MONTHS + 200 + ROSTER_COVERS_MAX * GSS];
	char *end = text + sizeof(text), *at = text;

	plain_months(text, m->first_month, m->n_months);
	at = stpcpy(text + strlen(text), ":");
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((m->sources & bit) != 0)
			at += snprintf(
			    at, (size_t)(end - at), " %s", source_text(bit));
	for (unsigned i = 0; i < m->n_covers; i++)
		at += snprintf(at, (size_t)(end - at), "%s%s",
		    i == 0 ? " in " : " ", m->covers[i]);
	(void)snprintf(
	    at, (size_t)(end - at), "%s", m->synthetic ? ", made up" : "");
	(void)snprintf(head, sizeof(head), "  %*s  ", (int)width, "");
	plain_wrap(out, head, text);
}

static void
tell_member(const struct member *m, size_t width, FILE *out)
{
	char roles[NEWCOMER_ROLES], name[ROSTER_NAME];
	char head[PARTY_ID + NEWCOMER_ROLES + 8];

	newcomer_roles(roles, m->roles);
	plain_words(name, sizeof(name), m->name);
	(void)snprintf(
	    head, sizeof(head), "  %-*s  %-20s  ", (int)width, m->id.s, roles);
	plain_wrap(out, head, name);
	if (member_has(m, ROLE_NODE))
		tell_records(m, width, out);
}

static void
tell_roster(const struct governance *g, const struct roster *r, FILE *out)
{
	char print[HEX_LEN(sizeof(g->fingerprint))], until[TIME_TEXT];
	char name[ROSTER_NAME];
	size_t width = 4;

	hex_text(print, g->fingerprint, sizeof(g->fingerprint));
	time_text(until, r->valid_until);
	plain_words(name, sizeof(name), r->federation);
	fprintf(out,
	    "%s%s\n  epoch %u, valid until %s, signed by %u of %u governance "
	    "keys\n  governance fingerprint:\n  %s\n\n",
	    name, r->demo ? " (demonstration)" : "", (unsigned)r->epoch, until,
	    g->need, g->n, print);
	for (unsigned i = 0; i < r->n; i++)
		if (strlen(r->members[i].id.s) > width)
			width = strlen(r->members[i].id.s);
	for (unsigned i = 0; i < r->n; i++)
		tell_member(&r->members[i], width, out);
}

static json_t *
json_member(const struct member *m)
{
	char key[HEX_LEN(SIGN_PUBLIC)], until[TIME_TEXT], months[PLAIN_MONTHS];
	json_t *roles = json_array(), *sources = json_array();
	json_t *covers = json_array(), *o;

	for (unsigned bit = 1; bit <= ROLE_COORDINATOR; bit <<= 1)
		if ((m->roles & bit) != 0)
			json_array_append_new(
			    roles, json_string(role_text(bit)));
	hex_text(key, m->sign_public, SIGN_PUBLIC);
	time_text(until, m->valid_until);
	o = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s}", "id", m->id.s,
	    "name", m->name, "organisation", m->organisation, "roles", roles,
	    "sector", sector_text(m->sector), "key", key, "valid_until", until);
	for (uint32_t bit = 1; bit <= SOURCE_ALL; bit <<= 1)
		if ((m->sources & bit) != 0)
			json_array_append_new(
			    sources, json_string(source_text(bit)));
	for (unsigned i = 0; i < m->n_covers; i++)
		json_array_append_new(covers, json_string(m->covers[i]));
	plain_months(months, m->first_month, m->n_months);
	if (member_has(m, ROLE_NODE)) {
		json_object_set(o, "sources", sources);
		json_object_set(o, "covers", covers);
		json_object_set_new(o, "months", json_string(months));
		json_object_set_new(o, "synthetic", json_boolean(m->synthetic));
	}
	json_decref(sources);
	json_decref(covers);
	return o;
}

static json_t *
json_roster(const struct governance *g, const struct roster *r)
{
	char print[HEX_LEN(sizeof(g->fingerprint))], until[TIME_TEXT];
	json_t *parties = json_array();

	hex_text(print, g->fingerprint, sizeof(g->fingerprint));
	time_text(until, r->valid_until);
	for (unsigned i = 0; i < r->n; i++)
		json_array_append_new(parties, json_member(&r->members[i]));
	return json_pack("{s:s, s:b, s:i, s:s, s:s, s:i, s:i, s:o}",
	    "federation", r->federation, "demo", r->demo, "epoch",
	    (int)r->epoch, "valid_until", until, "fingerprint", print, "keys",
	    (int)g->n, "need", (int)g->need, "parties", parties);
}

static enum call_exit
run_show(struct call *call)
{
	enum call_exit code = CALL_DONE;
	struct roster *r = NULL;
	struct governance g;

	if (read_roster(&g, &r, call) != E_OK)
		return CALL_REFUSED;
	if (call_has(call, "json"))
		code = print_json(call, json_roster(&g, r));
	else
		tell_roster(&g, r, call->out);
	if (!roster_current(r, now_of(call)))
		call_note(call, "this roster is not in force any more");
	free(r);
	return code;
}

const struct command rosters_show = {
	.name = "roster show",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "who is in the federation, by anybody's folder",
	.run = run_show,
	.options = { OPTION_JSON },
};
