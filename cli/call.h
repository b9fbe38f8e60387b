/*
 * cli/call.h -- a command of one of the programs, and one call of it.
 *
 * A command states its operands and options as data; the same table checks a
 * call and writes --help.  Results go to out, everything else to err.
 */
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"

#define CALL_OPTIONS 14     /* of one command, --help not counted */
#define CALL_OPERANDS 10240 /* of one call */
#define CALL_GIVEN 64       /* options of one call */

enum call_exit { /* what a command returns: the exit code */
	CALL_DONE = 0,
	CALL_REFUSED = 1, /* refused, or failed */
	CALL_MISUSE = 2,
};

struct call_option {
	const char *name;  /* without "--" */
	char letter;       /* "-x", or 0 */
	const char *value; /* what stands for its value in help; NULL: a flag */
	const char *help;
};

struct call;

struct command {
	const char *name;     /* "query explain" */
	const char *operands; /* "FILE", "" */
	unsigned least, most; /* operands */
	const char *brief;    /* one line, no full stop */
	const char *about;    /* paragraphs of --help, each line ended */
	enum call_exit (*run)(struct call *call);
	struct call_option options[CALL_OPTIONS + 1]; /* ends at name NULL */
};

struct call_world {          /* what a call may touch besides files */
	const char *program; /* "ward", "ward-node" */
	FILE *in, *out, *err;
	const struct clock *clock;
};

struct call {
	const struct command *command;
	const struct call_world *world;
	FILE *out;
	size_t n_operands;
	const char *operands[CALL_OPERANDS];
	size_t n_given;
	struct {
		const struct call_option *option;
		const char *value;
	} given[CALL_GIVEN];
};

/*
 * call_parse: read argv[argc] (what follows the command's name).  *help says
 * that --help was asked for.  On failure the reason has been written to err.
 *
 * E_ARG	an unknown option, a value missing or not wanted, too few or
 *		too many operands.
 */
enum err call_parse(struct call *out, bool *help, const struct command *command,
    const struct call_world *world, int argc, char *const *argv) MUST_USE;

/* call_help: the whole help text of a command. */
void call_help(const struct command *command, const char *program, FILE *out);

/*
 * call_main: run the command that argv[argc] (what follows the program's name)
 * names; commands ends at NULL, names are one or two words.  --help and
 * --version are answered here.  Returns the exit code.
 */
enum call_exit call_main(const struct command *const *commands,
    const struct call_world *world, int argc, char *const *argv);

/* call_has: was the option given?  call_value: its (last) value, or NULL;
 * call_value_at: the i-th, or NULL. */
bool call_has(const struct call *call, const char *option);
const char *call_value(const struct call *call, const char *option);
const char *call_value_at(
    const struct call *call, const char *option, size_t i);

/* call_refuse: write "PROGRAM COMMAND: ..." to err and return CALL_REFUSED;
 * call_misuse: likewise CALL_MISUSE, with a hint at --help. */
enum call_exit call_refuse(const struct call *call, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
enum call_exit call_misuse(const struct call *call, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* call_note: write one line to err, nothing else. */
void call_note(const struct call *call, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
