#include "base/err.h"

#include <stddef.h>

static const char *const texts[] = {
#define X(name, text) [name] = text,
	ERR_LIST(X)
#undef X
};

const char *
err_text(enum err e)
{
	if ((size_t)e >= sizeof(texts) / sizeof(texts[0]))
		return "unknown error";
	return texts[e];
}
