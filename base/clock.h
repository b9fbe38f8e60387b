/*
 * base/clock.h -- the shape of a clock, handed in by the caller.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
	uint64_t (*utc_s)(void *ctx);   /* seconds since 1970-01-01, UTC */
	uint64_t (*mono_ms)(void *ctx); /* milliseconds, never goes back */
	void *ctx;
};

#endif
