#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

void
log_event(const struct log *log, enum log_level level, const char *name,
    const char *fmt, ...)
{
	char line[1000];
	va_list ap;
	int n;

	if (log == NULL || log->sink == NULL)
		return;
	n = snprintf(line, sizeof(line), "event=%s ", name);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
	va_end(ap);
	for (char *c = line; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	log->sink(log->ctx, level, line);
}
