#include "coordinator/folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cli/file.h"
#include "coordinator/db.h"
#include "coordinator/http.h"
#include "coordinator/pages.h"
#include "crypto/tls.h"

#define ADMISSION_MAX ((size_t)4 * 1024 * 1024) /* bytes */
#define HTTP_PORT 8080

enum err
folder_config(struct config *out, const char *dir, struct fault *fault)
{
	char path[FILE_PATH] = "", reason[FILE_WHY], *text = NULL;
	size_t len;
	enum err e;

	if ((e = file_path(path, dir, CONFIG_NAME)) == E_OK)
		e = file_read(&text, &len, path, YAML_MAX);
	if (e == E_NOTFOUND)
		fault_set(fault,
		    "%.300s/%s is not there; make the folder with "
		    "'ward-coordinator init'",
		    dir, CONFIG_NAME);
	else if (e != E_OK)
		fault_set(
		    fault, "%s", file_read_why(reason, path, YAML_MAX, e));
	if (e != E_OK)
		return e;
	e = config_read(out, text, len, path, fault);
	free(text);
	return e;
}

/* Options ----------------------------------------------------------------- */

/* The value of an option that must be there and be shorter than cap, into
 * out[cap]; false, and told, when it is not. */
static bool
take(char *out, size_t cap, const struct call *call, const char *option)
{
	const char *v = call_value(call, option);

	if (v == NULL || v[0] == '\0') {
		(void)call_misuse(call, "--%s is missing", option);
		return false;
	}
	if (strlen(v) >= cap || !yaml_plain(v, strlen(v))) {
		(void)call_misuse(
		    call, "--%s: at most %zu bytes of text", option, cap - 1);
		return false;
	}
	memcpy(out, v, strlen(v) + 1);
	return true;
}

static bool
take_party(struct party_id *out, const struct call *call)
{
	const char *v = call_value(call, "party");

	if (v != NULL && party_id_parse(out, v, strlen(v)) == E_OK)
		return true;
	(void)call_misuse(call,
	    "--party: a name of 1 to 31 of a-z, 0-9 and -, such as "
	    "coordinator");
	return false;
}

static bool
take_port(uint16_t *out, const struct call *call)
{
	const char *v = call_value(call, "http-port");
	char *end;
	long n;

	*out = HTTP_PORT;
	if (v == NULL)
		return true;
	n = strtol(v, &end, 10);
	if (*v >= '0' && *v <= '9' && *end == '\0' && n <= 65535) {
		*out = (uint16_t)n;
		return true;
	}
	(void)call_misuse(call, "--http-port: a number from 0 to 65535");
	return false;
}

/* "a,b,c" into the names of a request. */
static bool
take_names(struct enrol_request *r, const struct call *call)
{
	const char *v = call_value(call, "server-names");

	if (v == NULL || v[0] == '\0') {
		(void)call_misuse(call,
		    "--server-names is missing: the names and addresses by "
		    "which nodes dial this machine, such as "
		    "ward.example.org,192.0.2.1");
		return false;
	}
	while (*v != '\0') {
		size_t n = strcspn(v, ",");

		if (n == 0 || n >= sizeof(r->names[0]) ||
		    r->n_names == CERT_NAMES_MAX) {
			(void)call_misuse(call,
			    "--server-names: at most %d names of at most %zu "
			    "bytes",
			    CERT_NAMES_MAX, sizeof(r->names[0]) - 1);
			return false;
		}
		memcpy(r->names[r->n_names], v, n);
		r->names[r->n_names++][n] = '\0';
		v += n + (v[n] == ',');
	}
	return true;
}

/* All options of init. */
static bool
take_all(struct config *c, struct enrol_request *r, const struct call *call)
{
	struct member *m = &r->member;

	if (!take_party(&c->party, call) ||
	    !take(m->name, sizeof(m->name), call, "name") ||
	    !take(m->organisation, sizeof(m->organisation), call,
		"organisation") ||
	    !take(c->listen, sizeof(c->listen), call, "listen") ||
	    !take_port(&c->http_port, call) || !take_names(r, call))
		return false;
	m->id = c->party;
	m->roles = ROLE_COORDINATOR;
	memcpy(c->http_address, "127.0.0.1", sizeof("127.0.0.1"));
	if (config_listen_good(c->listen))
		return true;
	(void)call_misuse(
	    call, "--listen: an address such as tls+tcp://0.0.0.0:8443");
	return false;
}

/* init -------------------------------------------------------------------- */

/* Write coordinator.yaml. */
static enum err
write_config(const struct config *c, const char *dir)
{
	char path[FILE_PATH], *text = NULL;
	enum err e;

	if ((e = file_path(path, dir, CONFIG_NAME)) != E_OK ||
	    (e = config_text(&text, c)) != E_OK)
		return e;
	e = file_write(path, text, strlen(text));
	free(text);
	return e;
}

/* The reason of a failure: what the fault says, or the error's sentence. */
static const char *
why(const struct fault *fault, enum err e)
{
	return fault->text[0] != '\0' ? fault->text : err_text(e);
}

static enum call_exit
run_init(struct call *call)
{
	struct enrol_request *r = calloc(1, sizeof(*r)); /* 17 KB */
	const char *dir = call->operands[0];
	struct fault fault = { "" };
	struct config c = { .http_port = 0 };
	enum call_exit code = CALL_MISUSE;
	enum err e;

	if (r == NULL)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	if (!take_all(&c, r, call))
		goto out;
	e = enrol_init(dir, r, &fault);
	if (e == E_OK)
		e = write_config(&c, dir);
	if (e != E_OK) {
		code = call_refuse(call, "%s: %s", dir, why(&fault, e));
		goto out;
	}
	fprintf(call->out,
	    "%s is ready: keys, %s and join-request.yaml.\n"
	    "Send %s/join-request.yaml (nothing in it is secret) to the\n"
	    "governance of the federation; with what comes back:\n"
	    "  ward-coordinator join %s ADMISSION\n",
	    dir, CONFIG_NAME, dir, dir);
	code = CALL_DONE;
out:
	free(r);
	return code;
}

const struct command folder_init = {
	.name = "init",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "make the coordinator's folder: keys, configuration",
	.about = "Makes DIR with new keys, coordinator.yaml and the join "
		 "request\nthat governance puts into the roster.\n",
	.run = run_init,
	.options = {
	    { "party", 0, "ID", "its name in the roster" },
	    { "name", 0, "TEXT", "what people call it" },
	    { "organisation", 0, "TEXT", "who runs it" },
	    { "listen", 0, "URL",
		"where nodes and people dial: tls+tcp://0.0.0.0:8443" },
	    { "server-names", 0, "A,B",
		"names and addresses in its certificate" },
	    { "http-port", 0, "N",
		"port of map and numbers, on 127.0.0.1 (8080)" },
	    { NULL, 0, NULL, NULL },
	},
};

/* join -------------------------------------------------------------------- */

static enum call_exit
run_join(struct call *call)
{
	const char *dir = call->operands[0], *path = call->operands[1];
	char hex[HEX_LEN(sizeof(((struct governance *)0)->fingerprint))];
	struct fault fault = { "" };
	struct governance g;
	char reason[FILE_WHY], *text = NULL;
	size_t len;
	enum err e;

	if ((e = file_read(&text, &len, path, ADMISSION_MAX)) != E_OK)
		return call_refuse(
		    call, "%s", file_read_why(reason, path, ADMISSION_MAX, e));
	e = enrol_join(&g, dir, text, len, &fault);
	free(text);
	if (e != E_OK)
		return call_refuse(call, "%s", why(&fault, e));
	hex_text(hex, g.fingerprint, sizeof(g.fingerprint));
	fprintf(call->out,
	    "%s has joined: %s\n"
	    "governance fingerprint: %s\n"
	    "Compare it with the governance's by another channel.\n",
	    dir, g.federation, hex);
	return CALL_DONE;
}

const struct command folder_join = {
	.name = "join",
	.operands = "DIR ADMISSION",
	.least = 2,
	.most = 2,
	.brief = "take in what governance sent back",
	.about = "Checks the admission (roster, signatures, certificate) and "
		 "writes it\ninto DIR.  Compare the printed fingerprint with "
		 "the governance.\n",
	.run = run_join,
	.options = { { NULL, 0, NULL, NULL } },
};

/* check ------------------------------------------------------------------- */

/* Is the folder a member's, with keys that fit, now? */
static enum err
check_member(const struct config *c, const char *dir, const struct clock *clock,
    struct fault *fault)
{
	uint64_t now = clock->utc_s(clock->ctx);
	struct identity id;
	struct tls_material m;
	enum err e;

	if ((e = identity_load(&id, dir, &c->party, 1, fault)) != E_OK)
		return e;
	m = (struct tls_material){ id.ca_pem, id.cert_pem, id.key_pem };
	e = E_CONFIG;
	if (!member_has(id.me, ROLE_COORDINATOR))
		fault_set(fault, "the roster does not name %s as a coordinator",
		    c->party.s);
	else if (!roster_current(id.roster, now) || !member_current(id.me, now))
		fault_set(fault,
		    "the roster (epoch %u), or this party in it, is not valid "
		    "now; copy the newest roster.note into %.200s",
		    id.roster->epoch, dir);
	else if (tls_material_check(&m) != E_OK)
		fault_set(fault, "tls.key, tls.pem and ca.pem do not belong "
				 "together; join again");
	else
		e = E_OK;
	identity_free(&id);
	return e;
}

/* Can the database be opened (it is made if need be) and the shipped files be
 * read? */
static enum err
check_files(const struct config *c, const char *dir, struct fault *fault)
{
	struct pages *pages = NULL;
	struct db *db = NULL;
	char path[FILE_PATH];
	enum err e;

	if ((e = file_path(path, dir, FOLDER_DB)) != E_OK)
		return e;
	if ((e = db_open(&db, path, DB_WRITE)) != E_OK) {
		fault_set(fault, "%.300s: %s", path,
		    e == E_STATE
			? "made by an older version, whose queries and "
			  "releases this one cannot read; move it "
			  "away, and a new one is made"
		    : e == E_CONFIG ? "not a database of this version"
				    : err_text(e));
		return e;
	}
	e = pages_open(&pages, db, c->map, c->data);
	if (e != E_OK)
		fault_set(fault,
		    "the shipped files in %.150s or %.150s: %s; set data: and "
		    "map: in %s",
		    c->data, c->map, err_text(e), CONFIG_NAME);
	pages_close(pages);
	db_close(db);
	return e;
}

enum err
folder_usable(struct config *out, const char *dir, const struct clock *clock,
    struct fault *fault)
{
	struct config c;
	enum err e;

	if ((e = folder_config(&c, dir, fault)) != E_OK ||
	    (e = check_member(&c, dir, clock, fault)) != E_OK ||
	    (e = check_files(&c, dir, fault)) != E_OK)
		return e;
	*out = c;
	return E_OK;
}

static enum call_exit
run_check(struct call *call)
{
	const char *dir = call->operands[0];
	struct fault fault = { "" };
	struct config c;
	enum err e;

	e = folder_usable(&c, dir, call->world->clock, &fault);
	if (e != E_OK)
		return call_refuse(call, "%s", why(&fault, e));
	fprintf(call->out,
	    "%s: good.\n"
	    "  party     %s\n"
	    "  listen    %s\n"
	    "  http      %s port %u\n",
	    dir, c.party.s, c.listen, c.http_address, c.http_port);
	return CALL_DONE;
}

const struct command folder_check = {
	.name = "check",
	.operands = "DIR",
	.least = 1,
	.most = 1,
	.brief = "can a coordinator run from this folder?",
	.about = "Reads the configuration, keys, roster, database and shipped "
		 "files\nand says what is wrong with them.\n",
	.run = run_check,
	.options = { { NULL, 0, NULL, NULL } },
};
