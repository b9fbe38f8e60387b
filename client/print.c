#include "client/print.h"

#include <jansson.h>

enum call_exit
print_json(const struct call *call, json_t *value)
{
	int bad =
	    value == NULL || json_dumpf(value, call->out, JSON_INDENT(2)) != 0;

	json_decref(value);
	if (bad)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	fputc('\n', call->out);
	return CALL_DONE;
}
