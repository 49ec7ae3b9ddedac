/*
 * distribution.c
 *		Tails and quantiles of the distributions that tests are based on.
 *
 * The C library has the error function, and with it the normal and chi-square
 * distributions in closed form, to the last digits of a double; Student's is a
 * continued fraction.  A library of statistics would be a dependency for a
 * handful of functions.
 *
 * IDENTIFICATION
 *		src/base/distribution.c
 */
#include "postgres.h"

#include <math.h>

#include "base/distribution.h"

/*
 * The value that a standard normal variable exceeds with that probability,
 * which is above 0 and at most 1/2.
 *
 * Newton's method on the logarithm of the tail, which is concave: the first
 * step from 0 leads beyond the solution, and from there every step comes
 * nearer to it.
 */
static double
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

/*
 * The logarithm of the beta function of a and 1/2.  The quotient of two gamma
 * functions so near each other is taken from its series where their logarithms
 * would cancel (Abramowitz and Stegun, 6.1.47).
 */
static double
log_beta_half(double a)
{
	double r = 1 / a;
	double series;

	if (a < 50)
		return lgamma(a) + log(M_PI) / 2 - lgamma(a + 0.5);
	series = r * (-1.0 / 8 +
				  r * (1.0 / 128 +
					   r * (5.0 / 1024 +
							r * (-21.0 / 32768 + r * (-399.0 / 262144 +
													  r * 869.0 / 4194304)))));
	return log(M_PI) / 2 - log(a) / 2 - log1p(series);
}

/*
 * The continued fraction of the incomplete beta function of a, b and x
 * (Abramowitz and Stegun, 26.5.8), evaluated forwards by Lentz's method; x is
 * below (a + 1) / (a + b + 2), where it converges fast.
 */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1;
	double d = 1 - (a + b) * x / (a + 1);
	double result;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	result = d;
	for (int m = 1; m < 10000; m++)
	{
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
					 ((a + 2 * m) * (a + 2 * m + 1));
		double factor;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		result *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		factor = d * c;
		result *= factor;
		if (fabs(factor - 1) < 1e-16)
			break;
	}
	return result;
}

/* Beyond so many degrees of freedom Student's distribution is nearly normal. */
#define NEARLY_NORMAL 1e7

/*
 * The probability that Student's t of that many degrees of freedom, above 0
 * and not always whole, exceeds a value t, which is 0 or more.
 */
double
student_t_tail(double t, double df)
{
	double a = df / 2;
	double x = df / (df + t * t);
	double y = t * t / (df + t * t);
	double front;

	if (t == 0)
		return 0.5;
	if (isinf(t))
		return 0;
	/* Abramowitz and Stegun, 26.7.8 */
	if (df > NEARLY_NORMAL)
		return erfc(t * (1 - 1 / (4 * df)) / sqrt(1 + t * t / (2 * df)) /
					M_SQRT2) /
			   2;
	front = exp(-a * log1p(t * t / df) + log(y) / 2 - log_beta_half(a));
	if (x < (a + 1) / (a + 2.5))
		return front * beta_fraction(a, 0.5, x) / a / 2;
	return 0.5 - front * beta_fraction(0.5, a, y);
}

/*
 * The value that Student's t of that many degrees of freedom exceeds with that
 * probability, which is above 0 and at most 1/2: Newton's method on the
 * logarithm of the tail, between limits that close in.
 */
double
student_t_quantile_of_tail(double tail, double df)
{
	double low = 0;
	double high = Max(normal_quantile_of_tail(tail), 1);
	double t = high;

	if (tail >= 0.5)
		return 0;
	while (student_t_tail(high, df) > tail && high < 1e300)
	{
		low = high;
		high *= 2;
	}
	for (int i = 0; i < 200; i++)
	{
		double here = student_t_tail(t, df);
		double density = exp(-(df + 1) / 2 * log1p(t * t / df) -
							 log_beta_half(df / 2)) /
						 sqrt(df);
		double next = t + (log(here) - log(tail)) * here / density;

		if (here > tail)
			low = t;
		else
			high = t;
		if (!(next > low && next < high))
			next = low + (high - low) / 2;
		if (fabs(next - t) <= 2e-16 * t)
			break;
		t = next;
	}
	return t;
}
