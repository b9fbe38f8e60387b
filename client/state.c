#include "client/state.h"

#include <string.h>

#include <jansson.h>

#include "client/plain.h"

#define SHOWN 240 /* bytes of a foreign text that are shown */

/* A text of an object, made safe; "" when it has none. */
static const char *
text_of(char out[SHOWN], const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	plain_words(out, SHOWN, s == NULL ? "" : s);
	return out;
}

/* Is value not there, or a list of objects? */
static bool
list_good(const json_t *value)
{
	const json_t *item;
	size_t i;

	if (value == NULL)
		return true;
	json_array_foreach(
	    value, i, item) if (!json_is_object(item)) return false;
	return json_is_array(value);
}

enum err
state_parse(json_t **out, const char *text, size_t len)
{
	json_t *state = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_string(json_object_get(state, "state")) ||
	    !list_good(json_object_get(state, "approvals")) ||
	    !list_good(json_object_get(state, "nodes"))) {
		json_decref(state);
		return E_FORMAT;
	}
	*out = state;
	return E_OK;
}

const char *
state_name(const json_t *state)
{
	return json_string_value(json_object_get(state, "state"));
}

bool
state_over(const json_t *state)
{
	static const char *const over[] = { "released", "not-released",
		"expired", "vetoed" };

	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++)
		if (strcmp(state_name(state), over[i]) == 0)
			return true;
	return false;
}

void
state_pending(const json_t *state, char *out, size_t cap)
{
	const json_t *node;
	size_t i;

	out[0] = 0;
	json_array_foreach(json_object_get(state, "nodes"), i, node)
	{
		char id[SHOWN], what[SHOWN];

		if (strcmp(text_of(what, node, "state"), "pending") != 0)
			continue;
		if (out[0] != 0)
			strncat(out, ", ", cap - strlen(out) - 1);
		strncat(out, text_of(id, node, "id"), cap - strlen(out) - 1);
	}
}

/* What an approver did, from "approve" and "veto". */
static const char *
done(const char *decision)
{
	return strcmp(decision, "approve") == 0 ? "approved"
	       : strcmp(decision, "veto") == 0  ? "VETOED"
						: decision;
}

static const char *
meaning(const char *state)
{
	static const struct {
		const char *state, *words;
	} all[] = {
		{ "waiting", "waits for approvals" },
		{ "open", "the nodes are asked" },
		{ "released", "the numbers are published" },
		{ "not-released", "too few nodes answered" },
		{ "expired", "its time was over before it was approved" },
		{ "vetoed", "an approver forbade it" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(state, all[i].state) == 0)
			return all[i].words;
	return "";
}

void
state_tell(const json_t *state, FILE *out)
{
	const json_t *item;
	char a[SHOWN], b[SHOWN], c[SHOWN];
	size_t i;

	fprintf(out, "%s\n", text_of(a, state, "title"));
	fprintf(out, "  %-10s  %.12s\n", "Query", text_of(a, state, "id"));
	text_of(a, state, "state");
	fprintf(out, "  %-10s  %s: %s\n", "State", a, meaning(a));
	fprintf(out, "  %-10s  from %s, until %s\n", "Answers",
	    text_of(a, state, "send_at"), text_of(b, state, "close_at"));
	json_array_foreach(json_object_get(state, "approvals"), i, item)
	{
		text_of(c, item, "reason");
		fprintf(out, "  %-10s  %s by %s%s%s\n",
		    i == 0 ? "Approvals" : "",
		    done(text_of(a, item, "decision")), text_of(b, item, "id"),
		    c[0] == 0 ? "" : ": ", c);
	}
	json_array_foreach(json_object_get(state, "nodes"), i, item)
	{
		fprintf(out, "  %-10s  ", i == 0 ? "Nodes" : "");
		plain_cell(out, text_of(a, item, "id"), 24);
		text_of(c, item, "reason");
		fprintf(out, "%s%s%s\n", text_of(b, item, "state"),
		    c[0] == 0 ? "" : ": ", c);
	}
}
