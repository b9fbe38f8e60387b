#include "node/show.h"

#include <jansson.h>

#include "policies/yaml.h"

enum call_exit
show_json(const struct call *call, json_t *value)
{
	bool bad =
	    value == NULL || json_dumpf(value, call->out, JSON_INDENT(2)) != 0;

	json_decref(value);
	if (bad)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	fputc('\n', call->out);
	return CALL_DONE;
}

enum call_exit
show_fault(const struct call *call, enum err e, const struct fault *fault)
{
	return call_refuse(
	    call, "%s", fault->text[0] != '\0' ? fault->text : err_text(e));
}
