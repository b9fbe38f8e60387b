#include "node/setup.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/file.h"
#include "crypto/keyfile.h"
#include "crypto/random.h"
#include "model/month.h"
#include "model/source.h"
#include "node/config.h"
#include "node/keys.h"
#include "node/show.h"
#include "node/site.h"
#include "policies/value.h"
#include "policies/enrol.h"
#include "policies/policy.h"

#define ADMISSION_MAX ((size_t)4 * 1024 * 1024) /* bytes */
#define SOURCES_TEXT 100

/* What the options of init say. */
struct wish {
	struct config config;
	struct policy policy;
	struct enrol_request request; /* 17 KB */
};

/* An option's text into out[cap]. */
static bool
take_text(char *out, size_t cap, const struct call *call, const char *option,
    const char *example)
{
	const char *value = call_value(call, option);

	if (value == NULL || value[0] == '\0') {
		call_misuse(call, "--%s is missing, e.g. --%s %s", option,
		    option, example);
		return false;
	}
	if (strlen(value) >= cap || !yaml_plain(value, strlen(value)) ||
	    strpbrk(value, "\"\\") != NULL) {
		call_misuse(call,
		    "--%s: one line of at most %zu bytes, without \" and \\",
		    option, cap - 1);
		return false;
	}
	memcpy(out, value, strlen(value) + 1);
	return true;
}

static bool
take_party(struct party_id *out, const struct call *call, const char *option,
    const char *example)
{
	char text[64];

	if (!take_text(text, sizeof(text), call, option, example))
		return false;
	if (party_id_parse(out, text, strlen(text)) == E_OK)
		return true;
	call_misuse(call,
	    "--%s '%s': a name has 1 to 31 of a-z, 0-9 and -, and does not "
	    "begin with -",
	    option, text);
	return false;
}

static bool
take_sector(enum sector *out, const struct call *call)
{
	const char *value = call_value(call, "sector");

	if (value != NULL && sector_parse(out, value) == E_OK)
		return true;
	call_misuse(call, "--sector is police, nhs or other");
	return false;
}

/* Sources, or words for those that agencies usually have, with commas between
 * them. */
static bool
take_sources(uint32_t *out, const struct call *call)
{
	static const struct {
		const char *word;
		uint32_t sources;
	} words[] = {
		{ "police", SOURCE_POLICE_CRIME | SOURCE_POLICE_ASB },
		{ "nhs", SOURCE_NHS_ED },
		{ "ambulance", SOURCE_NHS_AMBULANCE },
		{ "edu", SOURCE_EDU_EXCLUSION },
		{ "platform", SOURCE_PLATFORM_REPORT },
	};
	char text[SOURCES_TEXT], *rest = text, *word;
	uint32_t sources = 0, one;

	if (!take_text(text, sizeof(text), call, "sources", "police"))
		return false;
	while ((word = strsep(&rest, ",")) != NULL) {
		one = 0;
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strcmp(word, words[i].word) == 0)
				one = words[i].sources;
		if (one == 0 && source_parse(&one, word) != E_OK) {
			call_misuse(call,
			    "--sources '%s': police, nhs, ambulance, edu, "
			    "platform, or a list of " SOURCE_WORDS,
			    word);
			return false;
		}
		sources |= one;
	}
	*out = sources;
	return true;
}

static bool
take_months(uint16_t *first, uint16_t *n, const struct call *call)
{
	char text[32], *dots;
	uint16_t last;

	if (!take_text(text, sizeof(text), call, "months", "2021-01..2021-12"))
		return false;
	dots = strstr(text, "..");
	if (dots != NULL &&
	    month_parse(first, text, (size_t)(dots - text)) == E_OK &&
	    month_parse(&last, dots + 2, strlen(dots + 2)) == E_OK &&
	    last >= *first) {
		*n = (uint16_t)(last - *first + 1);
		return true;
	}
	call_misuse(call, "--months '%s': write 2021-01..2021-12", text);
	return false;
}

static int
compare_codes(const void *a, const void *b)
{
	return memcmp(a, b, GSS);
}

/* Police force areas that the public lookup knows, rising; or "none". */
static bool
take_covers(struct member *m, const struct call *call, const struct areas *a)
{
	const char *text = call_value(call, "covers"), *code;

	if (text != NULL && strcmp(text, "none") == 0)
		return true;
	for (size_t i = 0; (text = call_value_at(call, "covers", i)) != NULL;
	     i++) {
		if ((code = areas_force_code(a, text)) == NULL) {
			call_misuse(call,
			    "--covers '%.40s' is no police force area of "
			    "England and Wales; give its name or code, e.g. "
			    "Gwent or W15000002, or none",
			    text);
			return false;
		}
		if (i == ROSTER_COVERS_MAX) {
			call_misuse(call, "--covers: at most %d areas",
			    ROSTER_COVERS_MAX);
			return false;
		}
		strcpy(m->covers[m->n_covers++], code);
	}
	qsort(m->covers, m->n_covers, GSS, compare_codes);
	for (unsigned i = 1; i < m->n_covers; i++)
		if (compare_codes(m->covers[i - 1], m->covers[i]) == 0) {
			call_misuse(
			    call, "--covers %s is given twice", m->covers[i]);
			return false;
		}
	if (m->n_covers == 0)
		call_misuse(call, "--covers is missing, e.g. --covers Gwent");
	return m->n_covers > 0;
}

static bool
take_config(struct config *c, const struct call *call)
{
	if (!take_party(&c->party, call, "party", "gwent") ||
	    !take_text(c->coordinator, sizeof(c->coordinator), call,
		"coordinator", VALUE_URL_HEAD "coordinator.example:443") ||
	    !take_party(&c->coordinator_party, call, "coordinator-party",
		"coordinator") ||
	    !take_text(c->server_name, sizeof(c->server_name), call,
		"server-name", "coordinator.example"))
		return false;
	if (!value_url_good(c->coordinator)) {
		call_misuse(
		    call, "--coordinator is " VALUE_URL_HEAD "HOST:PORT");
		return false;
	}
	if (!call_has(call, "data")) {
		strcpy(c->data, WARD_DATA);
		return true;
	}
	return take_text(c->data, sizeof(c->data), call, "data", "/srv/data");
}

static bool
take_wish(struct wish *w, const struct call *call)
{
	struct member *m = &w->request.member;
	struct fault fault = { "" };
	struct site site = { .areas = NULL };
	bool good;

	if (!take_config(&w->config, call) ||
	    !take_text(
		m->name, sizeof(m->name), call, "name", "\"Gwent Police\"") ||
	    !take_text(m->organisation, sizeof(m->organisation), call,
		"organisation", "\"Gwent Police\"") ||
	    !take_sector(&m->sector, call) ||
	    !take_sources(&m->sources, call) ||
	    !take_months(&m->first_month, &m->n_months, call))
		return false;
	if (site_public(&site, w->config.data, &fault) != E_OK) {
		call_misuse(call, "%s", fault.text);
		return false;
	}
	good = take_covers(m, call, site.areas);
	areas_free(site.areas);
	themes_free(site.themes);
	m->id = w->config.party;
	m->roles = ROLE_NODE;
	m->synthetic = call_has(call, "synthetic");
	policy_default(
	    &w->policy, &m->id, m->sources, m->first_month, m->n_months);
	w->policy.demo = call_has(call, "demo");
	w->policy.synthetic = m->synthetic;
	return good;
}

/* A text, which is freed, into a file of dir. */
static enum err
write_text(const char *dir, const char *name, char *text, struct fault *fault)
{
	char path[FILE_PATH];
	enum err e = file_path(path, dir, name);

	if (e == E_OK)
		e = file_write(path, text, strlen(text));
	if (e != E_OK)
		fault_set(fault, "%.200s/%s: %s", dir, name, err_text(e));
	free(text);
	return e;
}

/* The secret behind keys of people and records. */
static enum err
make_store_key(const char *dir, struct fault *fault)
{
	uint8_t secret[KEYS_STORE];
	char path[FILE_PATH];
	enum err e = file_path(path, dir, SITE_STORE_KEY);

	if (e == E_OK)
		e = random_bytes(secret, sizeof(secret));
	if (e == E_OK)
		e = keyfile_save(path, "store", secret, sizeof(secret));
	random_wipe(secret, sizeof(secret));
	if (e != E_OK)
		fault_set(
		    fault, "%.200s/" SITE_STORE_KEY ": %s", dir, err_text(e));
	return e;
}

static enum err
make_folder(struct wish *w, const char *dir, struct fault *fault)
{
	char *text;
	enum err e;

	if ((e = enrol_init(dir, &w->request, fault)) != E_OK ||
	    (e = make_store_key(dir, fault)) != E_OK)
		return e;
	if ((e = policy_text(&text, &w->policy)) != E_OK ||
	    (e = write_text(dir, SITE_POLICY, text, fault)) != E_OK)
		return e;
	if ((e = config_text(&text, &w->config)) != E_OK)
		return e;
	return write_text(dir, CONFIG_FILE, text, fault);
}

static enum call_exit
run_init(struct call *call)
{
	const char *dir = call->operands[0];
	struct wish *w = calloc(1, sizeof(*w));
	struct fault fault = { "" };
	char key[HEX_LEN(SIGN_PUBLIC)];
	enum call_exit code = CALL_MISUSE;
	enum err e;

	if (w == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	if (!take_wish(w, call))
		goto out;
	if ((e = make_folder(w, dir, &fault)) != E_OK) {
		code = show_fault(call, e, &fault);
		goto out;
	}
	hex_text(key, w->request.member.sign_public, SIGN_PUBLIC);
	code = CALL_DONE;
	if (call_has(call, "json"))
		code = show_json(call, json_pack("{s:s, s:s}", "party",
					   w->config.party.s, "key", key));
	call_note(call,
	    "%s: keys made; public key %.16s...\n"
	    "Read %s/" SITE_POLICY ": it says what may be asked here.\n"
	    "Send %s/join-request.yaml to the federation's governance "
	    "(nothing in it is\nsecret), then: ward-node join %s "
	    "ADMISSION.yaml",
	    dir, key, dir, dir, dir);
out:
	free(w);
	return code;
}

const struct command setup_init = {
	.name = "init",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "make a node's folder: keys, configuration, policy",
	.about = "Makes DIR with the node's keys, node.yaml, a policy.yaml to "
		 "read and change,\nand join-request.yaml, which governance "
		 "needs to admit the node.\n",
	.run = run_init,
	.options = { { "party", 0, "ID", "the short name: a-z, 0-9, -" },
	    { "name", 0, "TEXT", "as people read it" },
	    { "organisation", 0, "TEXT", "who answers for the records" },
	    { "sector", 0, "SECTOR", "police, nhs or other" },
	    { "sources", 0, "LIST", "police, nhs, or police.crime,..." },
	    { "months", 0, "A..B", "that the records cover" },
	    { "covers", 0, "AREA",
		"police force area, by name or code; "
		"repeatable; or none" },
	    { "coordinator", 0, "URL", VALUE_URL_HEAD "HOST:PORT" },
	    { "coordinator-party", 0, "ID", "its name in the roster" },
	    { "server-name", 0, "NAME", "what its certificate must hold" },
	    { "demo", 0, NULL, "accept a demonstration's roster" },
	    { "synthetic", 0, NULL, "the records are made up" },
	    { "data", 0, "DIR", "the public files (lookups, rules)" },
	    { "json", 0, NULL, "write JSON" } },
};

static enum call_exit
run_join(struct call *call)
{
	const char *dir = call->operands[0], *path = call->operands[1];
	struct fault fault = { "" };
	struct governance g;
	char print[HEX_LEN(sizeof(g.fingerprint))], *text = NULL;
	struct config config;
	size_t len;
	enum err e;

	if ((e = config_load(&config, dir, &fault)) != E_OK)
		return show_fault(call, e, &fault);
	if ((e = file_read(&text, &len, path, ADMISSION_MAX)) != E_OK)
		return call_refuse(call,
		    "%s: %s; give the file that governance sent back", path,
		    err_text(e));
	e = enrol_join(&g, dir, text, len, &fault);
	free(text);
	if (e != E_OK)
		return show_fault(call, e, &fault);
	hex_text(print, g.fingerprint, sizeof(g.fingerprint));
	if (call_has(call, "json"))
		return show_json(
		    call, json_pack("{s:s, s:s, s:i, s:i}", "federation",
			      g.federation, "fingerprint", print, "keys",
			      (int)g.n, "need", (int)g.need));
	fprintf(call->out,
	    "Joined \"%s\".\nGovernance fingerprint %s\n(%u of %u keys sign "
	    "the roster).  Compare it with theirs by another channel.\n",
	    g.federation, print, g.need, g.n);
	return CALL_DONE;
}

const struct command setup_join = {
	.name = "join",
	.operands = "DIR ADMISSION",
	.least = 2,
	.most = 2,
	.brief = "take in what governance answered; prints its fingerprint",
	.about = "Checks the roster's signatures and that it names this node "
		 "with its own key.\nThe fingerprint printed is that of the "
		 "keys this node will believe: compare it\nwith governance by "
		 "another channel, such as the telephone.\n",
	.run = run_join,
	.options = { { "json", 0, NULL, "write JSON" } },
};
