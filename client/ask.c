#include "client/ask.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/file.h"
#include "client/blank.h"
#include "client/draft.h"
#include "client/option.h"
#include "client/print.h"
#include "client/sheet.h"
#include "client/tell.h"
#include "protocol/bundle.h"
#include "protocol/codec.h"

static void
write_faults(const struct doc *doc, FILE *out)
{
	for (size_t i = 0; i < doc_faults(doc); i++)
		fprintf(out, "%s\n", doc_fault(doc, i));
	if (doc_faults(doc) == DOC_FAULTS)
		fprintf(out, "... and perhaps more\n");
}

static enum call_exit
run_new(struct call *call)
{
	const char *path = call->operands[0], *text = blank_text();
	char why[FILE_WHY];
	enum err e;

	if (strcmp(path, "-") == 0) {
		fputs(text, call->out);
		return CALL_DONE;
	}
	if (file_there(path) && !call_has(call, "force"))
		return call_refuse(
		    call, "%s is there already; --force writes over it", path);
	if ((e = file_write(path, text, strlen(text))) != E_OK)
		return call_refuse(call, "%s", file_write_why(why, path, e));
	call_note(call, "%s: edit it, then: ward query explain %s", path, path);
	return CALL_DONE;
}

const struct command ask_new = {
	.name = "query new",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.brief = "write a commented query file to edit",
	.about = "FILE \"-\" writes to the terminal.\n",
	.run = run_new,
	.options = { { "force", 'f', NULL, "write over FILE" } },
};

static json_t *
json_faults(const struct doc *doc)
{
	json_t *list = json_array();

	for (size_t i = 0; i < doc_faults(doc); i++)
		json_array_append_new(list, json_string(doc_fault(doc, i)));
	return json_pack(
	    "{s:b, s:o}", "ok", doc_faults(doc) == 0, "faults", list);
}

/* Tells the faults, or that there are none. */
static enum call_exit
tell_check(struct call *call, const struct draft *d)
{
	bool good = doc_faults(d->doc) == 0;
	enum call_exit code = good ? CALL_DONE : CALL_REFUSED;

	if (call_has(call, "json")) {
		enum call_exit written = print_json(call, json_faults(d->doc));

		return written == CALL_DONE ? code : written;
	}
	if (!good)
		write_faults(d->doc, call->world->err);
	else
		fprintf(call->out, "ok\n");
	if (good && !d->compiled)
		call_note(call,
		    "the form only; with --party names and size are checked "
		    "too");
	if (d->compiled)
		tell_warnings(&d->explain, call->world->err);
	return code;
}

static enum call_exit
run_check(struct call *call)
{
	struct draft d;
	enum call_exit code;
	enum err e;

	if (draft_read(&d, call, call->operands[0]) != E_OK)
		return CALL_REFUSED;
	e = home_where(call) != NULL ? draft_compile(&d, call) : E_OK;
	code = e == E_OK || e == E_CONFIG ? tell_check(call, &d) : CALL_REFUSED;
	draft_free(&d);
	return code;
}

const struct command ask_check = {
	.name = "query check",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.brief = "say \"ok\", or every fault of a query file with its line",
	.run = run_check,
	.options = { OPTION_PARTY, OPTION_DATA, OPTION_JSON },
};

/* Reads and compiles the file of the call; what fails has been told. */
static enum call_exit
make_draft(struct draft *d, struct call *call)
{
	enum err e;

	if (draft_read(d, call, call->operands[0]) != E_OK)
		return CALL_REFUSED;
	e = draft_compile(d, call);
	if (e == E_OK)
		return CALL_DONE;
	write_faults(d->doc, call->world->err);
	draft_free(d);
	return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
}

static enum call_exit
run_explain(struct call *call)
{
	struct draft d;
	enum call_exit code = make_draft(&d, call);

	if (code != CALL_DONE)
		return code;
	if (call_has(call, "json"))
		code = print_json(call, sheet_json(&d.explain));
	else
		tell_query(&d.explain, call->out);
	draft_free(&d);
	return code;
}

const struct command ask_explain = {
	.name = "query explain",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.brief = "what a query file asks, of whom, at what charge",
	.about =
	    "Nothing is sent and nothing is charged.  Expected counts come "
	    "from public\nvolumes (data/rules/volumes.csv).\n",
	.run = run_explain,
	.options = { OPTION_PARTY, OPTION_DATA, OPTION_JSON },
};

static enum call_exit
write_query(struct call *call, const struct draft *d, const char *path)
{
	uint8_t *bytes = NULL, id[QUERY_ID], question[QUERY_ID];
	char id_text[HEX_LEN(QUERY_ID)], question_text[HEX_LEN(QUERY_ID)];
	char why[FILE_WHY];
	size_t len;
	enum err e = codec_query_write(&bytes, &len, &d->query, question);

	if (e == E_OK) {
		bundle_query_id(id, bytes, len);
		e = file_write(path, bytes, len);
	}
	free(bytes);
	if (e != E_OK)
		return call_refuse(call, "%s", file_write_why(why, path, e));
	hex_text(id_text, id, QUERY_ID);
	hex_text(question_text, question, QUERY_ID);
	if (call_has(call, "json"))
		return print_json(call,
		    json_pack("{s:s, s:s, s:o}", "id", id_text, "question_id",
			question_text, "query", sheet_json(&d->explain)));
	fprintf(call->world->err, "%s: query %.12s, ", path, id_text);
	tell_line(&d->explain, call->world->err);
	tell_warnings(&d->explain, call->world->err);
	return CALL_DONE;
}

static enum call_exit
run_compile(struct call *call)
{
	const char *path = call_value(call, "output");
	struct draft d;
	enum call_exit code;

	if (path == NULL)
		return call_misuse(call, "where to?  Give -o FILE.query");
	if ((code = make_draft(&d, call)) != CALL_DONE)
		return code;
	code = write_query(call, &d, path);
	draft_free(&d);
	return code;
}

const struct command ask_compile = {
	.name = "query compile",
	.operands = "FILE -o FILE.query",
	.least = 1,
	.most = 1,
	.brief = "turn a query file into the bytes that everybody signs",
	.run = run_compile,
	.options = { { "output", 'o', "FILE", "the compiled query" },
	    OPTION_PARTY, OPTION_DATA, OPTION_JSON },
};
