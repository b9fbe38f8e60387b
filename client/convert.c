#include "client/convert.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include <jansson.h>

#include "analysis/account.h"
#include "client/option.h"
#include "client/print.h"

/*
 * The finite decimal number that an option gives, moved by the last bit, which
 * reading may have cost, away from 0 or (up false) to it.
 */
static bool
take_number(
    long double *out, const struct call *call, const char *option, bool up)
{
	const char *text = call_value(call, option);
	char *end;
	long double v;

	/* strtold would also take spaces, "nan" and hexadecimal */
	if (!isdigit((unsigned char)text[0]) ||
	    (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) ||
	    (v = strtold(text, &end), *end != 0 || !isfinite(v))) {
		call_misuse(call,
		    "--%s \"%.40s\" is no number; write e.g. 0.02 or 1e-9",
		    option, text);
		return false;
	}
	/* 0 and a whole number are what they are: 1 is no delta, moved or not
	 */
	if (v != floorl(v))
		v = nextafterl(v, up ? INFINITY : 0);
	*out = v;
	return true;
}

/* Writes the result as 17 digits, which are the double itself. */
static enum call_exit
write_result(const struct call *call, const char *name, double value)
{
	if (call_has(call, "json"))
		return print_json_exact(call, json_pack("{s:f}", name, value));
	fprintf(call->out, "%.17g\n", value);
	return CALL_DONE;
}

static enum call_exit
run(struct call *call)
{
	bool rho = call_has(call, "rho");
	long double from, delta = 1e-9L; /* ACCOUNT_DELTA */
	double to;
	enum err e;

	if (rho == call_has(call, "epsilon"))
		return call_misuse(call, "give one of --rho and --epsilon");
	if (!take_number(&from, call, rho ? "rho" : "epsilon", rho) ||
	    (call_has(call, "delta") &&
		!take_number(&delta, call, "delta", false)))
		return CALL_MISUSE;
	e = rho ? account_epsilon(&to, from, delta)
		: account_rho(&to, from, delta);
	if (e != E_OK)
		return call_misuse(call,
		    "a delta is between 0 and 1, a rho or epsilon not above a "
		    "million");
	return write_result(call, rho ? "epsilon" : "rho", to);
}

const struct command convert_account = {
	.name = "account convert",
	.operands = "",
	.least = 0,
	.most = 0,
	.brief = "a charge (rho) as epsilon and delta, and back",
	.about = "Epsilon is rounded up, rho down.\n",
	.run = run,
	.options = { { "rho", 0, "R", "what is charged" },
	    { "epsilon", 0, "E", "what may be lost" },
	    { "delta", 0, "D", "but for this chance (1e-9)" }, OPTION_JSON },
};
