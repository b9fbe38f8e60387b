#include "cli/call.h"

#include <stdarg.h>
#include <string.h>

#include "cli/near.h"

/* Writes "PROGRAM COMMAND: " and the message as one line. */
static void __attribute__((format(printf, 2, 0)))
say(const struct call *call, const char *fmt, va_list args)
{
	FILE *err = call->world->err;

	fprintf(err, "%s %s: ", call->world->program, call->command->name);
	vfprintf(err, fmt, args);
	fputc('\n', err);
}

enum call_exit
call_refuse(const struct call *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(call, fmt, args);
	va_end(args);
	return CALL_REFUSED;
}

enum call_exit
call_misuse(const struct call *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(call, fmt, args);
	va_end(args);
	fprintf(call->world->err, "Try: %s %s --help\n", call->world->program,
	    call->command->name);
	return CALL_MISUSE;
}

void
call_note(const struct call *call, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(call->world->err, fmt, args);
	va_end(args);
	fputc('\n', call->world->err);
}

/* The option that the word names, "--name", "--name=value" or "-x"; *inner is
 * the value inside the word, or NULL. */
static const struct call_option *
option_named(
    const struct command *command, const char *word, const char **inner)
{
	const char *equals = strchr(word, '=');
	size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);

	*inner = NULL;
	for (const struct call_option *o = command->options; o->name; o++) {
		if (word[1] != '-') {
			if (o->letter != 0 && word[1] == o->letter &&
			    word[2] == 0)
				return o;
			continue;
		}
		if (strlen(o->name) + 2 != len ||
		    memcmp(word + 2, o->name, len - 2) != 0)
			continue;
		*inner = equals == NULL ? NULL : equals + 1;
		return o;
	}
	return NULL;
}

/* Takes the option word argv[*i], and its value when it has one. */
static enum err
take_option(struct call *c, int *i, int argc, char *const *argv)
{
	const char *word = argv[*i], *inner;
	const struct call_option *o = option_named(c->command, word, &inner);

	if (o == NULL) {
		call_misuse(c, "there is no option %s", word);
		return E_ARG;
	}
	if (o->value == NULL && inner != NULL) {
		call_misuse(c, "--%s takes no value", o->name);
		return E_ARG;
	}
	if (o->value != NULL && inner == NULL && ++*i == argc) {
		call_misuse(c, "--%s needs a value: %s", o->name, o->value);
		return E_ARG;
	}
	if (c->n_given == CALL_GIVEN) {
		call_misuse(c, "more than %d options", CALL_GIVEN);
		return E_ARG;
	}
	if (o->value != NULL && inner == NULL)
		inner = argv[*i];
	c->given[c->n_given].option = o;
	c->given[c->n_given++].value = inner;
	return E_OK;
}

/* Takes one operand. */
static enum err
take_operand(struct call *c, const char *word)
{
	if (c->n_operands == c->command->most ||
	    c->n_operands == CALL_OPERANDS) {
		call_misuse(c, "what is \"%s\" for?  Operands are: %s", word,
		    c->command->operands[0] == 0 ? "none"
						 : c->command->operands);
		return E_ARG;
	}
	c->operands[c->n_operands++] = word;
	return E_OK;
}

enum err
call_parse(struct call *out, bool *help, const struct command *command,
    const struct call_world *world, int argc, char *const *argv)
{
	struct call c = {
		.command = command, .world = world, .out = world->out
	};
	bool options = true;
	enum err e = E_OK;

	*help = false;
	for (int i = 0; i < argc && e == E_OK; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && strcmp(argv[i], "--help") == 0) {
			*help = true;
			return E_OK;
		} else if (options && argv[i][0] == '-' && argv[i][1] != 0) {
			e = take_option(&c, &i, argc, argv);
		} else {
			e = take_operand(&c, argv[i]);
		}
	}
	if (e != E_OK)
		return e;
	if (c.n_operands < command->least) {
		call_misuse(&c, "operands are missing: %s", command->operands);
		return E_ARG;
	}
	*out = c;
	return E_OK;
}

void
call_help(const struct command *command, const char *program, FILE *out)
{
	bool any = command->options[0].name != NULL;
	bool asks = command->brief[strlen(command->brief) - 1] == '?';

	fprintf(out, "Usage: %s %s%s%s%s\n\n%s%s\n", program, command->name,
	    any ? " [OPTIONS]" : "", command->operands[0] == 0 ? "" : " ",
	    command->operands, command->brief, asks ? "" : ".");
	if (command->about != NULL)
		fprintf(out, "\n%s", command->about);
	fprintf(out, "\nOptions:\n");
	for (const struct call_option *o = command->options; o->name; o++) {
		char left[64], letter[] = { '-', o->letter, ',', ' ', 0 };

		snprintf(left, sizeof(left), "%s--%s%s%s",
		    o->letter == 0 ? "" : letter, o->name,
		    o->value == NULL ? "" : " ",
		    o->value == NULL ? "" : o->value);
		fprintf(out, "  %-26s %s\n", left, o->help);
	}
	fprintf(out, "  %-26s this text\n", "--help");
}

bool
call_has(const struct call *call, const char *option)
{
	for (size_t i = 0; i < call->n_given; i++)
		if (strcmp(call->given[i].option->name, option) == 0)
			return true;
	return false;
}

const char *
call_value(const struct call *call, const char *option)
{
	for (size_t i = call->n_given; i > 0; i--)
		if (strcmp(call->given[i - 1].option->name, option) == 0)
			return call->given[i - 1].value;
	return NULL;
}

const char *
call_value_at(const struct call *call, const char *option, size_t i)
{
	for (size_t j = 0; j < call->n_given; j++)
		if (strcmp(call->given[j].option->name, option) == 0 &&
		    i-- == 0)
			return call->given[j].value;
	return NULL;
}

/* Does argv[argc] begin with the words of the command's name?  How many. */
static int
words_of(const char *name, int argc, char *const *argv)
{
	int n = 0;

	while (*name != '\0') {
		size_t len = strcspn(name, " ");

		if (n == argc || strlen(argv[n]) != len ||
		    strncmp(argv[n], name, len) != 0)
			return 0;
		n++;
		name += len;
		name += *name == ' ';
	}
	return n;
}

/* The command list: of all, or of those whose name begins with the word. */
static void
list(const struct command *const *commands, const char *word,
    const struct call_world *world, FILE *out)
{
	size_t len = word == NULL ? 0 : strlen(word);

	fprintf(out, "Usage: %s COMMAND [OPTIONS] ...\n\n", world->program);
	for (; *commands != NULL; commands++)
		if (strncmp((*commands)->name, word == NULL ? "" : word, len) ==
		    0)
			fprintf(out, "  %-18s %s\n", (*commands)->name,
			    (*commands)->brief);
	fprintf(
	    out, "\n%s COMMAND --help says more; --version.\n", world->program);
}

/* There is no command that argv[0] begins: say what there is. */
static enum call_exit
no_command(const struct command *const *commands,
    const struct call_world *world, int argc, char *const *argv)
{
	const char *names[64];
	const char *meant;
	char said[80];
	bool two = false, more = argc > 1 && argv[1][0] != '-';
	size_t n = 0, len = strlen(argv[0]);

	for (size_t i = 0; commands[i] != NULL && n < 64; i++) {
		names[n++] = commands[i]->name;
		if (strncmp(commands[i]->name, argv[0], len) == 0 &&
		    commands[i]->name[len] == ' ')
			two = true;
	}
	if (two && !more) {
		list(commands, argv[0], world, world->err);
		return CALL_MISUSE;
	}
	(void)snprintf(said, sizeof(said), "%s%s%s", argv[0], two ? " " : "",
	    two ? argv[1] : "");
	meant = near_word(said, names, n);
	fprintf(world->err, "%s: there is no command \"%s\"; %s%s%s --help\n",
	    world->program, said, meant == NULL ? "" : "did you mean ",
	    meant == NULL ? "" : meant, meant == NULL ? "see" : "?  See");
	return CALL_MISUSE;
}

enum call_exit
call_main(const struct command *const *commands, const struct call_world *world,
    int argc, char *const *argv)
{
	const struct command *best = NULL;
	struct call call;
	int words = 0;
	bool help;

	if (argc == 0 || strcmp(argv[0], "--help") == 0 ||
	    strcmp(argv[0], "help") == 0) {
		list(
		    commands, NULL, world, argc == 0 ? world->err : world->out);
		return argc == 0 ? CALL_MISUSE : CALL_DONE;
	}
	if (strcmp(argv[0], "--version") == 0) {
		fprintf(world->out, "%s %s\n", world->program, WARD_VERSION);
		return CALL_DONE;
	}
	for (size_t i = 0; commands[i] != NULL; i++) {
		int n = words_of(commands[i]->name, argc, argv);

		if (n > words) {
			words = n;
			best = commands[i];
		}
	}
	if (best == NULL)
		return no_command(commands, world, argc, argv);
	if (call_parse(&call, &help, best, world, argc - words, argv + words) !=
	    E_OK)
		return CALL_MISUSE;
	if (help) {
		call_help(best, world->program, world->out);
		return CALL_DONE;
	}
	return best->run(&call);
}
