/*
 * base/log.h -- log lines as key=value, to a sink handed in by the caller.
 *
 * A line never holds anything about a record: codes, ids of queries, names of
 * parties and sizes fixed by a query only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_ };

struct log {
	/* line: no newline inside; owned by the caller of the sink. */
	void (*sink)(void *ctx, enum log_level level, const char *line);
	void *ctx;
};

/* log_event: "event=NAME " and the formatted rest, cut at 1,000 bytes; control
 * bytes become '?'.  log may be NULL: then nothing happens. */
void log_event(const struct log *log, enum log_level level, const char *name,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
