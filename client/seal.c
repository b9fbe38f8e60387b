#include "client/seal.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/hex.h"
#include "cli/file.h"
#include "client/desk.h"
#include "client/draft.h"
#include "client/option.h"
#include "client/print.h"
#include "client/sheet.h"
#include "client/tell.h"
#include "protocol/codec.h"

/* The compiled query of a file, which must be ours. */
static enum err
read_own(uint8_t **bytes, size_t *len, const struct call *call,
    const struct home *home)
{
	const char *path = call->operands[0];
	struct query q;
	char why[FILE_WHY], *text = NULL;
	enum err e = file_read(&text, len, path, CODEC_QUERY_MAX);

	if (e != E_OK) {
		call_refuse(
		    call, "%s", file_read_why(why, path, CODEC_QUERY_MAX, e));
		return e;
	}
	e = codec_query_read(&q, (uint8_t *)text, *len);
	if (e != E_OK)
		call_refuse(call,
		    "%s is no compiled query (%s); `ward query compile` makes "
		    "one",
		    path, err_text(e));
	else if (!party_id_same(&q.researcher, &home->file.party)) {
		e = E_PEER;
		call_refuse(call,
		    "%s was compiled for \"%s\", you are \"%s\"; compile it "
		    "again",
		    path, q.researcher.s, home->file.party.s);
	}
	if (e != E_OK) {
		free(text);
		return e;
	}
	*bytes = (uint8_t *)text;
	return E_OK;
}

/* Writes the bundle and tells its id. */
static enum call_exit
write_bundle(const struct call *call, const char *path, const uint8_t *bytes,
    size_t len, const uint8_t id[QUERY_ID], const char *what)
{
	char id_text[HEX_LEN(QUERY_ID)], why[FILE_WHY];
	enum err e = file_write(path, bytes, len);

	if (e != E_OK)
		return call_refuse(call, "%s", file_write_why(why, path, e));
	hex_text(id_text, id, QUERY_ID);
	if (call_has(call, "json"))
		return print_json(call,
		    json_pack("{s:s, s:s}", "id", id_text, "decision", what));
	call_note(call, "%s: query %.12s %s", path, id_text, what);
	return CALL_DONE;
}

static enum call_exit
run_sign(struct call *call)
{
	const char *path = call_value(call, "output");
	uint8_t *bytes = NULL, *all = NULL, id[QUERY_ID];
	enum call_exit code = CALL_REFUSED;
	struct home home;
	size_t len, all_len;
	enum err e;

	if (path == NULL)
		return call_misuse(call, "where to?  Give -o FILE.wq");
	if ((e = home_as(&home, call, ROLE_RESEARCHER)) != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	if (read_own(&bytes, &len, call, &home) != E_OK)
		goto out;
	e = paper_sign(
	    &all, &all_len, bytes, len, &home.file.party, &home.id.key);
	if (e != E_OK) {
		call_refuse(call, "%s", err_text(e));
		goto out;
	}
	bundle_query_id(id, bytes, len);
	code = write_bundle(call, path, all, all_len, id, "signed");
out:
	free(bytes);
	free(all);
	home_free(&home);
	return code;
}

const struct command seal_sign = {
	.name = "query sign",
	.operands = "FILE.query -o FILE.wq",
	.least = 1,
	.most = 1,
	.brief = "sign a compiled query as its researcher",
	.run = run_sign,
	.options = { { "output", 'o', "FILE", "the signed query" },
	    OPTION_PARTY, OPTION_JSON },
};

/* Shows an unsigned, compiled query. */
static enum call_exit
show_query(
    struct call *call, const struct home *home, const struct ground *ground)
{
	const char *path = call->operands[0];
	struct explain x;
	struct query q;
	char *text = NULL;
	size_t len;
	enum err e = file_read(&text, &len, path, CODEC_QUERY_MAX);

	if (e == E_OK)
		e = codec_query_read(&q, (uint8_t *)text, len);
	free(text);
	if (e == E_OK)
		e = explain_make(&x, &q, home->id.roster, ground);
	if (e != E_OK)
		return call_refuse(call,
		    "%s is neither a signed nor a compiled query: %s", path,
		    err_text(e));
	if (call_has(call, "json"))
		return print_json(
		    call, json_pack("{s:o}", "query", sheet_json(&x)));
	tell_query(&x, call->out);
	fputs("\nSignatures\n  none yet\n", call->out);
	return CALL_DONE;
}

static enum call_exit
run_show(struct call *call)
{
	enum call_exit code = CALL_REFUSED;
	struct fault fault = { "" };
	struct desk d = { .loaded = false };
	enum err e = home_of(&d.home, call);

	if (e != E_OK)
		return e == E_ARG ? CALL_MISUSE : CALL_REFUSED;
	if (draft_ground(&d.ground, call) == E_OK) {
		e = desk_read(&d, call, &fault);
		if (e == E_OK)
			code = desk_tell(&d, call);
		else if (!d.loaded && (e == E_FORMAT || e == E_SHORT))
			code = show_query(call, &d.home, d.ground);
		else if (fault.text[0] != 0)
			call_refuse(call, "%s", fault.text);
	}
	desk_free(&d);
	return code;
}

const struct command seal_show = {
	.name = "query show",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.brief = "what a compiled or signed query asks, and who has signed it",
	.run = run_show,
	.options = { OPTION_PARTY, OPTION_DATA, OPTION_JSON },
};
