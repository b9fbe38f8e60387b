#include "client/home.h"

#include <stdlib.h>
#include <string.h>

#include "client/plain.h"
#include "model/month.h"

#define HOME_YAML "party.yaml"
#define HOME_MAX 65536 /* bytes of party.yaml */

struct yaml_home {
	char *party, *coordinator, *coordinator_party, *server_name;
};

static const cyaml_schema_field_t fields[] = {
	CYAML_FIELD_STRING_PTR("party", CYAML_FLAG_POINTER, struct yaml_home,
	    party, 1, PARTY_ID - 1),
	CYAML_FIELD_STRING_PTR("coordinator", CYAML_FLAG_POINTER,
	    struct yaml_home, coordinator, 1, HOME_URL - 1),
	CYAML_FIELD_STRING_PTR("coordinator_party", CYAML_FLAG_POINTER,
	    struct yaml_home, coordinator_party, 1, PARTY_ID - 1),
	CYAML_FIELD_STRING_PTR("server_name", CYAML_FLAG_POINTER,
	    struct yaml_home, server_name, 1, HOME_NAME - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_home, fields),
};

enum err
home_file_read(struct home_file *out, const char *text, size_t len,
    const char *name, struct fault *fault)
{
	struct home_file f = { 0 };
	struct yaml_home *y;
	void *loaded;
	enum err e = yaml_load(&loaded, &schema, text, len, name, fault);

	if (e != E_OK)
		return e;
	y = loaded;
	if (party_id_parse(&f.party, y->party, strlen(y->party)) != E_OK ||
	    party_id_parse(&f.coordinator_party, y->coordinator_party,
		strlen(y->coordinator_party)) != E_OK) {
		fault_set(fault,
		    "%.200s: party and coordinator_party are names of a-z, "
		    "0-9 and -",
		    name);
		e = E_CONFIG;
	}
	strncpy(f.coordinator, y->coordinator, HOME_URL - 1);
	strncpy(f.server_name, y->server_name, HOME_NAME - 1);
	yaml_drop(&schema, loaded);
	if (e == E_OK)
		*out = f;
	return e;
}

enum err
home_file_write(const struct home_file *f, const char *dir, struct fault *fault)
{
	char path[FILE_PATH] = "", why[FILE_WHY], text[1024];
	int len = snprintf(text, sizeof(text),
	    "# Who this is, and where the federation's coordinator is.\n"
	    "party: %s\n"
	    "coordinator: \"%s\"\n"
	    "coordinator_party: %s\n"
	    "# The name that the coordinator's certificate must hold.\n"
	    "server_name: \"%s\"\n",
	    f->party.s, f->coordinator, f->coordinator_party.s, f->server_name);
	enum err e = file_path(path, dir, HOME_YAML);

	if (e == E_OK)
		e = file_write(path, text, (size_t)len);
	if (e != E_OK)
		fault_set(fault, "%s", file_write_why(why, path, e));
	return e;
}

static enum err
read_file(struct home_file *out, const char *dir, struct fault *fault)
{
	char path[FILE_PATH] = "", why[FILE_WHY], *text = NULL;
	size_t len;
	enum err e = file_path(path, dir, HOME_YAML);

	if (e == E_OK)
		e = file_read(&text, &len, path, HOME_MAX);
	if (e == E_NOTFOUND) {
		fault_set(fault,
		    "%.200s has no " HOME_YAML "; `ward party init` makes such "
		    "a folder",
		    dir);
		return e;
	}
	if (e != E_OK) {
		fault_set(fault, "%s", file_read_why(why, path, HOME_MAX, e));
		return e;
	}
	e = home_file_read(out, text, len, path, fault);
	free(text);
	return e;
}

enum err
home_load(struct home *out, const char *dir, struct fault *fault)
{
	struct home_file file;
	struct identity id;
	enum err e;

	if (strlen(dir) >= FILE_PATH) {
		fault_set(fault, "the folder's name is too long");
		return E_LIMIT;
	}
	if ((e = read_file(&file, dir, fault)) != E_OK ||
	    (e = identity_load(&id, dir, &file.party, 1, fault)) != E_OK)
		return e;
	strncpy(out->dir, dir, FILE_PATH - 1);
	out->dir[FILE_PATH - 1] = 0;
	out->file = file;
	out->id = id;
	return E_OK;
}

void
home_free(struct home *home)
{
	identity_free(&home->id);
}

enum err
home_reload(struct home *home, struct fault *fault)
{
	struct identity id;
	enum err e = identity_load(&id, home->dir, &home->file.party, 1, fault);

	if (e != E_OK)
		return e;
	identity_free(&home->id);
	home->id = id;
	return E_OK;
}

bool
home_current(const struct home *home, uint64_t utc_s, struct fault *fault)
{
	const struct roster *r = home->id.roster;
	char when[TIME_TEXT];

	if (!roster_current(r, utc_s)) {
		time_text(when,
		    utc_s < r->valid_from ? r->valid_from : r->valid_until);
		fault_set(fault,
		    "the roster (epoch %u) %s %s; `ward party update %.150s` "
		    "gets the newest",
		    (unsigned)r->epoch,
		    utc_s < r->valid_from ? "begins at" : "ended at", when,
		    home->dir);
		return false;
	}
	if (!member_current(home->id.me, utc_s)) {
		time_text(when, home->id.me->valid_until);
		fault_set(fault,
		    "the roster has you as a member until %s; governance must "
		    "add your join-request.yaml again",
		    when);
		return false;
	}
	return true;
}

const char *
home_where(const struct call *call)
{
	const char *dir = call_value(call, "party");

	if (dir == NULL)
		dir = getenv("WARD_PARTY");
	if (dir == NULL && file_there(HOME_YAML))
		dir = ".";
	return dir;
}

enum err
home_of(struct home *out, const struct call *call)
{
	const char *dir = home_where(call);
	struct fault fault = { "" };
	enum err e;

	if (dir == NULL) {
		call_misuse(
		    call, "whose folder?  Give --party DIR, or set WARD_PARTY");
		return E_ARG;
	}
	e = home_load(out, dir, &fault);
	if (e != E_OK)
		call_refuse(
		    call, "%s", fault.text[0] == 0 ? err_text(e) : fault.text);
	return e;
}

enum err
home_as(struct home *out, const struct call *call, unsigned role)
{
	const struct clock *clock = call->world->clock;
	struct fault fault = { "" };
	enum err e = home_of(out, call);

	if (e != E_OK)
		return e;
	if (!home_current(out, clock->utc_s(clock->ctx), &fault)) {
		call_refuse(call, "%s", fault.text);
	} else if (!member_has(out->id.me, role)) {
		call_refuse(call, "the roster does not have \"%s\" as %s %s",
		    out->file.party.s, role == ROLE_APPROVER ? "an" : "a",
		    role_text(role));
	} else {
		return E_OK;
	}
	home_free(out);
	return E_STATE;
}
