/*
 * client/loss.h -- what one person may lose by a question, at most.
 *
 * docs/privacy.md, "What that means for one person", computed.  A person with
 * records in m of the months asked pays, of a histogram that charges rho:
 *
 *	m rho		months are cells of their own
 *	m^2 rho		months are added up
 *	m 2^j rho	blocks of 2^j months (2^j at most m)
 *
 * and m epsilon in every case.  One record more or less is twice the charge; in
 * rho of differences of halves (HAAR) four times.
 */
#ifndef CLIENT_LOSS_H
#define CLIENT_LOSS_H

#include "base/err.h"
#include "model/query.h"

#define LOSS_DELTA 1e-9 /* at which a rho is told as epsilon */

struct loss {
	double rho;     /* of Gaussian noise, else 0 */
	double epsilon; /* that of Laplace noise and that of rho at LOSS_DELTA,
			 * added; INFINITY: no bound worth stating */
	double delta;   /* LOSS_DELTA with Gaussian noise; and (1 + e^epsilon)
			 * times how far noise from tables is from its law, at
			 * most 1 */
};

struct losses {
	struct loss month;    /* one month at one node */
	struct loss all;      /* every month asked, one node */
	struct loss agencies; /* the same at g nodes */
	struct loss record;   /* one record above the bound, a month */
};

/* loss_make: E_ARG, E_RANGE as price_make. */
enum err loss_make(struct losses *out, const struct question *q) MUST_USE;

#endif
