/*
 * base/err.h -- the one list of errors.
 *
 * Values travel between processes: new ones stand at the end.
 *
 * Every function that can fail returns enum err and is MUST_USE.  Outputs are
 * untouched on failure unless the header says otherwise.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

/* clang-format off */
#define ERR_LIST(X)                                                     \
	X(E_OK, "success")                                              \
	X(E_NOMEM, "out of memory")                                     \
	X(E_ARG, "argument outside its documented range")               \
	X(E_SHORT, "input ends too early")                              \
	X(E_TRAILING, "bytes left over after the end")                  \
	X(E_FORMAT, "input does not have the documented form")          \
	X(E_RANGE, "value outside its documented range")                \
	X(E_LIMIT, "input is larger than the stated limit")             \
	X(E_RNG, "the random source failed")                            \
	X(E_IO, "reading or writing failed")                            \
	X(E_DB, "the database refused or failed")                       \
	X(E_NOTFOUND, "no such thing")                                  \
	X(E_EXISTS, "it exists already")                                \
	X(E_STATE, "not allowed in this state")                         \
	X(E_BUDGET, "privacy budget exhausted")                         \
	X(E_SPENT, "a right that can be used once was used before")     \
	X(E_SIGNATURE, "signature does not verify")                     \
	X(E_PEER, "the other side is not who it must be")               \
	X(E_CLOSED, "the connection is closed")                         \
	X(E_TIMEOUT, "no answer in time")                               \
	X(E_AGAIN, "nothing to do yet")                                 \
	X(E_CONFIG, "configuration is wrong")                           \
	X(E_CLOCK, "the clock cannot be trusted")                       \
	X(E_SYSTEM, "the operating system refused")                     \
	X(E_ACCESS, "permission denied")
/* clang-format on */

enum err {
#define X(name, text) name,
	ERR_LIST(X)
#undef X
};

/* err_text: one lower-case sentence for e; never NULL, never holds data. */
const char *err_text(enum err e);

#endif
