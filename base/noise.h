/*
 * base/noise.h -- the laws of noise, as queries, the kernel and the analysis
 * of answers name them.
 */
#ifndef BASE_NOISE_H
#define BASE_NOISE_H

#include <stdint.h>

enum noise {                /* values travel in queries */
	NOISE_GAUSS = 1,    /* P[X = x] ~ exp(-x^2 den / (2 num)): num / den is
			     * the variance parameter s2 */
	NOISE_LAPLACE,      /* P[X = x] ~ exp(-|x| den / num): num / den is the
			     * scale t */
	NOISE_LAPLACE_PURE, /* the same law, from an exact sampler */
};

struct noise_law {
	uint32_t noise;    /* enum noise */
	uint32_t num, den; /* each >= 1 */
};

#endif
