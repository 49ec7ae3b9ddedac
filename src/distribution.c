/*
 * distribution.c
 *		Tails and quantiles of the distributions that tests are based on.
 *
 * The C library has the error function, and with it both distributions in
 * closed form, to the last digits of a double; a library of statistics would
 * be a dependency for two functions.
 *
 * IDENTIFICATION
 *		src/distribution.c
 */
#include "postgres.h"

#include <math.h>

#include "distribution.h"

/*
 * The value that a standard normal variable exceeds with that probability,
 * which is above 0 and at most 1/2.
 *
 * Newton's method on the logarithm of the tail, which is concave: the first
 * step from 0 leads beyond the solution, and from there every step comes
 * nearer to it.
 */
double
normal_quantile_of_tail(double tail)
{
	double x = 0;

	for (int i = 0; i < 50; i++)
	{
		double here = erfc(x / M_SQRT2) / 2;
		double density = exp(-x * x / 2) / sqrt(2 * M_PI);
		double step = (log(here) - log(tail)) * here / density;

		x += step;
		if (fabs(step) <= 1e-15 * x)
			break;
	}
	return x;
}

/*
 * How many standard errors a two-sided interval of that confidence reaches to
 * each side.  Refuses a confidence that is not between 0 and 1.
 */
double
confidence_to_z(double confidence)
{
	if (isnan(confidence) || confidence <= 0 || confidence >= 1)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("confidence %g is not between 0 and 1", confidence),
				 errhint("The usual one is 0.95.")));
	return normal_quantile_of_tail((1 - confidence) / 2);
}

/*
 * Wilson's interval of a rate, given at least one trial: all rates that are at
 * most z standard errors, each by its own standard error, from the one seen
 * (Wilson, 1927).  At either end of the scale it stays within 0 and 1.
 */
void
wilson_limits(double successes, double trials, double z, double *low,
			  double *high)
{
	double failures = trials - successes;
	double center = (successes + z * z / 2) / (trials + z * z);
	double reach = z / (trials + z * z) *
				   sqrt(successes * failures / trials + z * z / 4);

	/* Exact where rounding would leave a rest of the difference. */
	*low = successes == 0 ? 0 : Max(center - reach, 0);
	*high = failures == 0 ? 1 : Min(center + reach, 1);
}

/*
 * The probability that a chi-square variable of that many degrees of freedom,
 * 1 or more, exceeds a value: for even degrees a sum of Poisson terms, for odd
 * ones that of the half-integers and twice the normal tail (Abramowitz and
 * Stegun, 26.4.4 and 26.4.5).  All terms are positive; they are taken from
 * their logarithms, so that none of them overflows.
 */
double
chi_square_tail(double chi_square, int df)
{
	double half = chi_square / 2;
	bool odd = df % 2 != 0;
	double sum = odd ? erfc(sqrt(half)) : 0;

	if (half <= 0)
		return 1;
	for (int i = 0; i < df / 2; i++)
	{
		double power = odd ? i + 0.5 : i;

		sum += exp(power * log(half) - half - lgamma(power + 1));
	}
	return Min(sum, 1);
}
