/*
 * analysis/mixture.h -- how often each of a few known kinds occurs.
 *
 * Empirical Bayes: the shares of the kinds are learnt from all cases together
 * (expectation-maximisation, a fixed number of rounds from equal shares, with
 * MIXTURE_PRIOR cases of every kind seen in advance), then each case is judged
 * by them.  Sources: Dempster, Laird, Rubin, "Maximum likelihood from
 * incomplete data via the EM algorithm", J. R. Stat. Soc. B 39 (1977); Efron,
 * "Empirical Bayes deconvolution estimates", Biometrika 103 (2016).
 */
#ifndef ANALYSIS_MIXTURE_H
#define ANALYSIS_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MIXTURE_KINDS 9
#define MIXTURE_TEACHERS 65536 /* cases that are learnt from, at most */
#define MIXTURE_PRIOR 0.1

struct mixture {
	unsigned kinds; /* 2 ... MIXTURE_KINDS */
	double share[MIXTURE_KINDS];
	size_t stride, turn, n;
	double *likelihood; /* [n][kinds], the largest of a case 1 */
};

/* mixture_init: of up to `cases` cases, of which every so-manieth teaches.
 * mixture_finish: frees what it holds; of {0} it does nothing.  E_NOMEM */
enum err mixture_init(struct mixture *m, unsigned kinds, size_t cases) MUST_USE;
void mixture_finish(struct mixture *m);

/* mixture_turn: is it the next case's turn to teach?  If so, say so with
 * mixture_teach and its log-likelihoods under each kind. */
bool mixture_turn(struct mixture *m);
void mixture_teach(struct mixture *m, const double *log_likelihood);

/* mixture_learn: sets the shares. */
void mixture_learn(struct mixture *m);

/* mixture_judge: chance[kinds] that a case is of each kind; returns its
 * log-likelihood under the mixture. */
double mixture_judge(
    double *chance, const struct mixture *m, const double *log_likelihood);

#endif
