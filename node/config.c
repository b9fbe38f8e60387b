#include "node/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/value.h"

struct raw {
	char *party, *coordinator, *coordinator_party, *server_name, *data;
	char *records, *records_load;
};

#define FIELD(member, most, more) \
	CYAML_FIELD_STRING_PTR(   \
	    #member, CYAML_FLAG_POINTER | (more), struct raw, member, 1, most)

static const cyaml_schema_field_t fields[] = {
	FIELD(party, PARTY_ID - 1, 0),
	FIELD(coordinator, CONFIG_URL - 1, 0),
	FIELD(coordinator_party, PARTY_ID - 1, 0),
	FIELD(server_name, CONFIG_NAME - 1, 0),
	FIELD(data, FILE_PATH - 1, CYAML_FLAG_OPTIONAL),
	FIELD(records, RECORDS_WHERE - 1, CYAML_FLAG_OPTIONAL),
	FIELD(records_load, RECORDS_WHERE - 1, CYAML_FLAG_OPTIONAL),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw, fields),
};

/* An optional place of records: a database server, nothing else. */
static enum err
take_where(char out[RECORDS_WHERE], const struct value_file *f,
    const char *name, const char *text)
{
	if (text == NULL)
		return E_OK;
	if (strncmp(text, RECORDS_PG, strlen(RECORDS_PG)) != 0)
		return value_bad(f, name,
		    "it is \"" RECORDS_PG " host=FOLDER dbname=NAME "
		    "user=NAME\"; leave it out for " CONFIG_RECORDS
		    " in the node's folder");
	return value_words(out, RECORDS_WHERE, f, name, text);
}

static enum err
take(struct config *c, const struct value_file *f, const struct raw *raw)
{
	enum err e;

	if ((e = value_party(&c->party, f, "party", raw->party)) != E_OK ||
	    (e = value_party(&c->coordinator_party, f, "coordinator_party",
		 raw->coordinator_party)) != E_OK ||
	    (e = value_words(c->coordinator, sizeof(c->coordinator), f,
		 "coordinator", raw->coordinator)) != E_OK ||
	    (e = value_words(c->server_name, sizeof(c->server_name), f,
		 "server_name", raw->server_name)) != E_OK)
		return e;
	if (!value_url_good(c->coordinator))
		return value_bad(f, "coordinator",
		    "not an address; write " VALUE_URL_HEAD "HOST:PORT");
	if ((e = take_where(c->records, f, "records", raw->records)) != E_OK ||
	    (e = take_where(c->records_load, f, "records_load",
		 raw->records_load)) != E_OK)
		return e;
	return value_words(c->data, sizeof(c->data), f, "data",
	    raw->data == NULL ? WARD_DATA : raw->data);
}

enum err
config_read(struct config *out, const char *text, size_t len, const char *name,
    struct fault *fault)
{
	struct value_file f = {
		.text = text, .len = len, .name = name, .fault = fault
	};
	struct config *c = calloc(1, sizeof(*c));
	void *raw = NULL;
	enum err e;

	if (c == NULL)
		return E_NOMEM;
	e = yaml_load(&raw, &schema, text, len, name, fault);
	if (e == E_OK) {
		e = take(c, &f, raw);
		yaml_drop(&schema, raw);
	}
	if (e == E_OK)
		*out = *c;
	free(c);
	return e;
}

enum err
config_text(char **out, const struct config *c)
{
	bool usual = strcmp(c->data, WARD_DATA) == 0;
	bool served = c->records[0] != '\0', apart = c->records_load[0] != '\0';
	int n = asprintf(out,
	    "# Who this node is, and where it dials.  It listens nowhere.\n"
	    "party: %s\n"
	    "coordinator: \"%s\"\n"
	    "coordinator_party: %s\n"
	    "# The name that the coordinator's certificate must hold.\n"
	    "server_name: \"%s\"\n"
	    "%s%s%s%s%s%s%s%s%s",
	    c->party.s, c->coordinator, c->coordinator_party.s, c->server_name,
	    usual ? "" : "data: \"", usual ? "" : c->data, usual ? "" : "\"\n",
	    served ? "records: \"" : "", c->records, served ? "\"\n" : "",
	    apart ? "records_load: \"" : "", c->records_load,
	    apart ? "\"\n" : "");

	return n < 0 ? E_NOMEM : E_OK;
}

enum err
config_load(struct config *out, const char *dir, struct fault *fault)
{
	char path[FILE_PATH], *text = NULL;
	size_t len;
	enum err e = file_path(path, dir, CONFIG_FILE);

	if (e == E_OK)
		e = file_read(&text, &len, path, CONFIG_MAX);
	if (e == E_NOTFOUND)
		fault_set(fault,
		    "%.200s has no " CONFIG_FILE "; `ward-node init` makes a "
		    "node's folder",
		    dir);
	else if (e != E_OK)
		fault_set(
		    fault, "%.200s/" CONFIG_FILE ": %s", dir, err_text(e));
	else
		e = config_read(out, text, len, path, fault);
	free(text);
	return e;
}

enum err
config_where(char out[RECORDS_WHERE], const struct config *c, const char *dir,
    enum records_mode mode)
{
	const char *where = c->records;
	int n;

	if (mode == RECORDS_LOAD && c->records_load[0] != '\0')
		where = c->records_load;
	n = where[0] != '\0'
		? snprintf(out, RECORDS_WHERE, "%s", where)
		: snprintf(out, RECORDS_WHERE, "%s/%s", dir, CONFIG_RECORDS);
	return n < 0 || n >= RECORDS_WHERE ? E_LIMIT : E_OK;
}
