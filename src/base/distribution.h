/*
 * distribution.h
 *		Tails and quantiles of the distributions that tests are based on.
 *
 * IDENTIFICATION
 *		src/base/distribution.h
 */
#ifndef ECOSYSTEM_DISTRIBUTION_H
#define ECOSYSTEM_DISTRIBUTION_H

extern double chi_square_tail(double chi_square, int df);
extern double student_t_tail(double t, double df);
extern double student_t_quantile_of_tail(double tail, double df);
extern double confidence_to_z(double confidence);
extern void wilson_limits(double successes, double trials, double z,
						  double *low, double *high);

#endif /* ECOSYSTEM_DISTRIBUTION_H */
