#include "client/party.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "base/num.h"
#include "cli/file.h"
#include "client/home.h"
#include "client/line.h"
#include "client/option.h"
#include "client/plain.h"
#include "client/print.h"
#include "policies/value.h"
#include "policies/enrol.h"

#define ADMISSION_MAX ((size_t)4 * 1024 * 1024) /* bytes */

/* The value of an option that must be given; NULL, told, when it is not. */
static const char *
needed(const struct call *call, const char *option, const char *example)
{
	const char *value = call_value(call, option);

	if (value == NULL || value[0] == 0) {
		call_misuse(call, "--%s is missing, e.g. --%s %s", option,
		    option, example);
		return NULL;
	}
	return value;
}

/* A party's name from an option. */
static bool
take_id(struct party_id *out, const struct call *call, const char *option)
{
	const char *value = needed(call, option, "analyst");

	if (value == NULL)
		return false;
	if (party_id_parse(out, value, strlen(value)) == E_OK)
		return true;
	call_misuse(call,
	    "--%s \"%.40s\": a name has 1 to 31 of a-z, 0-9 and -, and does "
	    "not begin with -",
	    option, value);
	return false;
}

/* A text from an option, into out[cap]. */
static bool
take_text(char *out, size_t cap, const struct call *call, const char *option,
    const char *example)
{
	const char *value = needed(call, option, example);

	if (value == NULL)
		return false;
	if (strlen(value) >= cap || !yaml_plain(value, strlen(value))) {
		call_misuse(call, "--%s: one line of at most %zu bytes of text",
		    option, cap - 1);
		return false;
	}
	memcpy(out, value, strlen(value) + 1);
	return true;
}

static bool
take_roles(unsigned *out, const struct call *call)
{
	const unsigned people = ROLE_APPROVER | ROLE_RESEARCHER | ROLE_AUDITOR;
	const char *text;
	unsigned roles = 0, role;

	for (size_t i = 0; (text = call_value_at(call, "role", i)) != NULL;
	     i++) {
		if (role_parse(&role, text) != E_OK || (role & people) == 0) {
			call_misuse(call,
			    "--role is researcher, approver or auditor; nodes "
			    "are made by ward-node init");
			return false;
		}
		roles |= role;
	}
	if (roles == 0) {
		call_misuse(call, "--role is missing, e.g. --role researcher");
		return false;
	}
	*out = roles;
	return true;
}

static bool
take_where(struct home_file *f, const struct call *call)
{
	if (!take_text(f->coordinator, sizeof(f->coordinator), call,
		"coordinator", VALUE_URL_HEAD "coordinator.example:443") ||
	    !take_id(&f->coordinator_party, call, "coordinator-party") ||
	    !take_text(f->server_name, sizeof(f->server_name), call,
		"server-name", "coordinator.example"))
		return false;
	if (!value_url_good(f->coordinator) ||
	    strpbrk(f->server_name, "\"\\ ") != NULL) {
		call_misuse(call, "--coordinator is " VALUE_URL_HEAD
				  "HOST:PORT, --server-name the "
				  "name in its certificate");
		return false;
	}
	return true;
}

static enum call_exit
run_init(struct call *call)
{
	struct enrol_request *r = calloc(1, sizeof(*r)); /* 17 KB */
	const char *dir = call->operands[0];
	struct fault fault = { "" };
	struct home_file f = { 0 };
	char key[HEX_LEN(SIGN_PUBLIC)];
	enum call_exit code = CALL_MISUSE;
	enum err e;

	if (r == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	if (!take_id(&f.party, call, "party") || !take_where(&f, call) ||
	    !take_text(r->member.name, sizeof(r->member.name), call, "name",
		"\"Violence prevention analyst\"") ||
	    !take_text(r->member.organisation, sizeof(r->member.organisation),
		call, "organisation", "\"The University\"") ||
	    !take_roles(&r->member.roles, call))
		goto out;
	r->member.id = f.party;
	code = CALL_REFUSED;
	e = enrol_init(dir, r, &fault);
	if (e == E_OK)
		e = home_file_write(&f, dir, &fault);
	if (e != E_OK) {
		call_refuse(call, "%s",
		    fault.text[0] != 0 ? fault.text
		    : e == E_EXISTS    ? "this folder holds keys already"
				       : err_text(e));
		goto out;
	}
	hex_text(key, r->member.sign_public, SIGN_PUBLIC);
	code = CALL_DONE;
	if (call_has(call, "json"))
		code = print_json(call,
		    json_pack("{s:s, s:s}", "party", f.party.s, "key", key));
	call_note(call,
	    "%s: keys made; public key %.16s...\n"
	    "Send %s/join-request.yaml to the federation's governance (nothing "
	    "in it is\nsecret), then: ward party join %s ADMISSION.yaml",
	    dir, key, dir, dir);
out:
	free(r);
	return code;
}

const struct command party_init = {
	.name = "party init",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "make a person's folder: keys and a request to join",
	.run = run_init,
	.options = { { "party", 0, "ID", "the short name: a-z, 0-9, -" },
	    { "name", 0, "TEXT", "as people read it" },
	    { "organisation", 0, "TEXT", "who answers for them" },
	    { "role", 0, "ROLE", "researcher, approver, auditor; repeatable" },
	    { "coordinator", 0, "URL", "tls+tcp://HOST:PORT" },
	    { "coordinator-party", 0, "ID", "its name in the roster" },
	    { "server-name", 0, "NAME", "what its certificate must hold" },
	    OPTION_JSON },
};

static enum call_exit
run_join(struct call *call)
{
	const char *dir = call->operands[0], *path = call->operands[1];
	struct fault fault = { "" };
	struct governance g;
	char print[HEX_LEN(sizeof(g.fingerprint))], name[ROSTER_NAME];
	char why[FILE_WHY], *text = NULL;
	size_t len;
	enum err e = file_read(&text, &len, path, ADMISSION_MAX);

	if (e != E_OK)
		return call_refuse(
		    call, "%s", file_read_why(why, path, ADMISSION_MAX, e));
	e = enrol_join(&g, dir, text, len, &fault);
	free(text);
	if (e != E_OK)
		return call_refuse(
		    call, "%s", fault.text[0] != 0 ? fault.text : err_text(e));
	hex_text(print, g.fingerprint, sizeof(g.fingerprint));
	plain_words(name, sizeof(name), g.federation);
	if (call_has(call, "json"))
		return print_json(
		    call, json_pack("{s:s, s:s, s:i, s:i}", "federation",
			      g.federation, "fingerprint", print, "keys",
			      (int)g.n, "need", (int)g.need));
	fprintf(call->out,
	    "Joined \"%s\".\nGovernance fingerprint %s\n(%u of %u keys sign "
	    "the roster).  Compare it with theirs by another channel.\n",
	    name, print, g.need, g.n);
	return CALL_DONE;
}

const struct command party_join = {
	.name = "party join",
	.operands = "DIR ADMISSION",
	.least = 2,
	.most = 2,
	.brief = "take in what governance answered; prints its fingerprint",
	.run = run_join,
	.options = { OPTION_JSON },
};

static enum call_exit
run_update(struct call *call)
{
	struct fault fault = { "" };
	struct line *line = NULL;
	struct home home;
	bool news = false;
	enum call_exit code = CALL_DONE;

	if (home_load(&home, call->operands[0], &fault) != E_OK)
		return call_refuse(call, "%s", fault.text);
	if (line_open(&line, &news, &home, call->world->clock, &fault) != E_OK)
		code = call_refuse(call, "%s", fault.text);
	else if (call_has(call, "json"))
		code = print_json(
		    call, json_pack("{s:i, s:b}", "epoch",
			      (int)home.id.roster->epoch, "new", news));
	else
		fprintf(call->out, "roster of epoch %u, %s\n",
		    (unsigned)home.id.roster->epoch,
		    news ? "new" : "the newest there is");
	line_close(line);
	home_free(&home);
	return code;
}

const struct command party_update = {
	.name = "party update",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "get the newest roster from the coordinator",
	.run = run_update,
	.options = { OPTION_JSON },
};
