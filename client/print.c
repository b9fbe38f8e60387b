#include "client/print.h"

#include <jansson.h>

static enum call_exit
print(const struct call *call, json_t *value, size_t digits)
{
	int bad = value == NULL ||
		  json_dumpf(value, call->out,
		      JSON_INDENT(2) | JSON_REAL_PRECISION(digits)) != 0;

	json_decref(value);
	if (bad)
		return call_refuse(call, "%s", err_text(E_NOMEM));
	fputc('\n', call->out);
	return CALL_DONE;
}

enum call_exit
print_json(const struct call *call, json_t *value)
{
	return print(call, value, 15);
}

enum call_exit
print_json_exact(const struct call *call, json_t *value)
{
	return print(call, value, 17);
}
