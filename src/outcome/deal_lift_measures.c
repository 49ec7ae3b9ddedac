/*
 * deal_lift_measures.c
 *		Amounts and cycles of co-sold deals against those of solo ones.
 *
 * Each side has a value with an interval of its own; the intervals of the
 * difference and of the ratio follow from these (MOVER, the method of variance
 * estimates recovery: Zou and Donner 2008 for the difference, Donner and Zou
 * 2012 for the ratio).  With Wilson's intervals of two rates the difference is
 * Newcombe's method 10; with those of two means by Student's t it is Welch's,
 * and the ratio is Fieller's.
 *
 * Several segments are compared as if both sides were spread over them alike:
 * a segment with n1 and n0 deals has the weight n1 n0 / (n1 + n0) on both
 * sides, which is Mantel and Haenszel's.  One segment alone has the weight 1.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_measures.c
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/tally.h"
#include "outcome/deal_lift_private.h"
#include "base/distribution.h"

Comparison
no_comparison(void)
{
	Comparison c = {.value = {NAN, NAN},
					.ratio = NAN,
					.ratio_limit = {NAN, NAN},
					.difference = NAN,
					.difference_limit = {NAN, NAN},
					.p_value = NAN,
					.finding = TOO_FEW};

	return c;
}

/* Wilson's limits of a rate; NAN where there is none */
void
rate_limits(int64 successes, int64 n, double z, double limits[2])
{
	limits[0] = limits[1] = NAN;
	if (n > 0)
		wilson_limits((double) successes, (double) n, z, &limits[0],
					  &limits[1]);
}

/*
 * The limits of a ratio of two values, of which each has limits (Donner and
 * Zou 2012, equation 9).  NAN where there are none: the ratio may be as large
 * as you like if the denominator may be 0.
 */
static void
ratio_limits(const double value[2], double limits[2][2], double *lower,
			 double *upper)
{
	double product = value[0] * value[1];

	*lower = NAN;
	*upper = NAN;
	if (limits[1][1] > 0)
	{
		double b = limits[0][0] * (2 * value[0] - limits[0][0]);
		double d = limits[1][1] * (2 * value[1] - limits[1][1]);

		*lower = b == 0 ? 0 : b / (product + sqrt(product * product - b * d));
	}
	if (limits[1][0] > 0)
	{
		double b = limits[0][1] * (2 * value[0] - limits[0][1]);
		double d = limits[1][0] * (2 * value[1] - limits[1][0]);

		*upper = (product + sqrt(product * product - b * d)) / d;
	}
}

/*
 * Fills in the ratio and the difference of the values, with limits from those
 * of each side: limits[side][0] is the lower one.
 */
void
compare_values(Comparison *c, double limits[2][2])
{
	double below[2];
	double above[2];

	for (int side = 0; side < 2; side++)
	{
		below[side] = c->value[side] - limits[side][0];
		above[side] = limits[side][1] - c->value[side];
	}
	c->difference = c->value[0] - c->value[1];
	c->difference_limit[0] = c->difference - hypot(below[0], above[1]);
	c->difference_limit[1] = c->difference + hypot(above[0], below[1]);
	if (c->value[1] > 0)
	{
		c->ratio = c->value[0] / c->value[1];
		ratio_limits(c->value, limits, &c->ratio_limit[0], &c->ratio_limit[1]);
	}
}

/*
 * What the comparison says: that there is a difference only if the test does,
 * and if the interval agrees, which need not be as they ask different things.
 */
void
judge(Comparison *c, bool too_few, double confidence)
{
	if (too_few || isnan(c->difference))
	{
		c->p_value = NAN;
		c->finding = TOO_FEW;
	}
	else if (!(c->p_value < 1 - confidence))
		c->finding = NOT_CLEAR;
	else if (c->difference_limit[0] > 0)
		c->finding = CO_SELL_HIGHER;
	else if (c->difference_limit[1] < 0)
		c->finding = CO_SELL_LOWER;
	else
		c->finding = NOT_CLEAR;
}

/*
 * Amounts
 */

typedef struct Moments
{
	int64 n;
	double mean;
	double variance; /* NAN if there is none */
} Moments;

static Moments
moments_of(const DealStats *stats)
{
	Moments m = {0, NAN, NAN};
	double unit;
	SquareSum spread;

	if (stats)
		m.n = priced_deals(stats);
	if (m.n == 0)
		return m;
	unit = pow(10, stats->scale);
	m.mean = (double) stats->amount[WON] / (double) m.n / unit;
	if (m.n > 1 &&
		squares_spread(&stats->won_squares, stats->amount[WON], m.n,
					   &spread) &&
		squares_known(&spread))
		m.variance = squares_to_double(&spread) / (double) m.n /
					 (double) (m.n - 1) / unit / unit;
	return m;
}

/*
 * Mean amounts of won deals.  The test is Welch's, with Satterthwaite's
 * degrees of freedom; of several segments, those with at least two deals on
 * each side.
 */
Comparison
compare_amounts(const Pair *pairs, int n, double confidence)
{
	Comparison c = no_comparison();
	double limits[2][2];
	double weights = 0;
	double sum[2] = {0, 0};
	double variance[2] = {0, 0}; /* of the sum */
	double satterthwaite = 0;
	double error;
	double df;

	for (int i = 0; i < n; i++)
	{
		Moments m[2] = {moments_of(pairs[i].side[0]),
						moments_of(pairs[i].side[1])};
		double weight = 1;

		CHECK_FOR_INTERRUPTS();
		if (n > 1)
		{
			if (m[0].n < 2 || m[1].n < 2)
				continue;
			weight = (double) m[0].n / (1 + (double) m[0].n / (double) m[1].n);
		}
		weights += weight;
		for (int side = 0; side < 2; side++)
		{
			double part = weight * weight * m[side].variance /
						  (double) m[side].n;

			c.n[side] += m[side].n;
			sum[side] += weight * m[side].mean;
			variance[side] += part;
			satterthwaite += part * part / (double) (m[side].n - 1);
		}
	}
	if (weights == 0)
		return c;
	error = sqrt(variance[0] + variance[1]);
	df = pow(variance[0] + variance[1], 2) / satterthwaite;
	for (int side = 0; side < 2; side++)
	{
		double reach = 0;

		c.value[side] = sum[side] / weights;
		if (error > 0)
			reach = student_t_quantile_of_tail((1 - confidence) / 2, df) *
					sqrt(variance[side]) / weights;
		limits[side][0] = c.value[side] - reach;
		limits[side][1] = c.value[side] + reach;
		if (isnan(error))
			limits[side][0] = limits[side][1] = NAN;
	}
	compare_values(&c, limits);
	if (error > 0)
		c.p_value = Min(2 * student_t_tail(fabs(sum[0] - sum[1]) / error, df),
						1);
	/* All amounts of a side are the same: a list price against another. */
	else if (error == 0)
		c.p_value = fabs(c.difference) > 1e-12 * fabs(c.value[0]) ? 0 : 1;
	judge(&c, Min(c.n[0], c.n[1]) < ENOUGH_DEALS, confidence);
	if (isnan(error) && c.finding != TOO_FEW)
		c.finding = SPREAD_UNKNOWN;
	return c;
}

/*
 * Cycles
 */

/* The won deals of a state that have days, in order */
typedef struct Days
{
	const Tally *tallies;
	int ntallies;
	int64 n;
} Days;

static Days
won_days(const DealStats *stats)
{
	Days days = {NULL, 0, 0};

	if (stats)
	{
		days.tallies = DAYS(stats);
		days.ntallies = first_days(stats, LOST);
		days.n = dated_deals(stats, WON, NULL);
	}
	return days;
}

/* A day with its share of a distribution */
typedef struct Share
{
	int32 day;
	double share;
} Share;

typedef struct Distribution
{
	Share *shares; /* by day; a day may occur once a segment */
	int nshares;
	double total;
	double size; /* how many deals it is as good as */
} Distribution;

#define ST_SORT          sort_shares
#define ST_ELEMENT_TYPE  Share
#define ST_COMPARE(a, b) ((a)->day < (b)->day ? -1 : (a)->day > (b)->day)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * The first day by which a share q has come, or more than it; where nothing
 * is rounded, this is percentile_disc().
 */
static double
day_of_share(const Distribution *d, double q, bool more)
{
	double goal = q * d->total;
	double counted = 0;

	for (int i = 0; i < d->nshares; i++)
	{
		counted += d->shares[i].share;
		if (i + 1 < d->nshares && d->shares[i + 1].day == d->shares[i].day)
			continue;
		if (more ? counted > goal * (1 + 1e-12)
				 : counted >= goal * (1 - 1e-12))
			return d->shares[i].day;
	}
	return d->nshares > 0 ? d->shares[d->nshares - 1].day : NAN;
}

/*
 * The limits of the median: the order statistics n/2 -+ z sqrt(n)/2, rounded,
 * counted from both ends (Campbell and Gardner 1988).  For a distribution of
 * several segments they are taken as shares, as Woodruff (1952) does, where n
 * is the number of deals that has the same variance.
 */
static void
median_limits(const Distribution *d, double z, double limits[2])
{
	double n = d->size;
	double rank = rint(n / 2 - z * sqrt(n) / 2);

	limits[0] = NAN;
	limits[1] = NAN;
	if (!(rank >= 1))
		return;
	limits[0] = day_of_share(d, rank / n, false);
	limits[1] = day_of_share(d, 1 - rank / n, true);
}

/*
 * Rank sum of the first group less its expectation, and its variance with the
 * correction for ties (Lehmann 1975).
 */
static void
rank_sum(const Days *a, const Days *b, double *deviation, double *variance)
{
	double na = (double) a->n;
	double nb = (double) b->n;
	double n = na + nb;
	double before = 0;
	double ties = 0;
	double sum = 0;
	int i = 0;
	int j = 0;

	while (i < a->ntallies || j < b->ntallies)
	{
		bool of_a = i < a->ntallies &&
					(j == b->ntallies ||
					 a->tallies[i].key <= b->tallies[j].key);
		bool of_b = j < b->ntallies &&
					(i == a->ntallies ||
					 b->tallies[j].key <= a->tallies[i].key);
		double tied_a = of_a ? a->tallies[i++].count : 0;
		double tied_b = of_b ? b->tallies[j++].count : 0;
		double tied = tied_a + tied_b;

		/* Their mean rank, from the middle of all ranks */
		sum += tied_a * (before + tied / 2 - n / 2);
		ties += tied * (tied - 1) * (tied + 1);
		before += tied;
	}
	*deviation = sum;
	*variance = n > 1 ? na * nb / 12 * (n + 1 - ties / (n * (n - 1))) : 0;
}

/*
 * Median days of won deals.  The test is Mann and Whitney's, of several
 * segments van Elteren's (1960).
 */
Comparison
compare_cycles(const Pair *pairs, int n, double confidence)
{
	double z = confidence_to_z(confidence);
	Comparison c = no_comparison();
	Distribution sides[2] = {{0}, {0}};
	double limits[2][2];
	double weights = 0;
	double uncertainty[2] = {0, 0};
	double deviation = 0;
	double variance = 0;

	for (int side = 0; side < 2; side++)
	{
		Size shares = 0;

		for (int i = 0; i < n; i++)
			shares += won_days(pairs[i].side[side]).ntallies;
		sides[side].shares = palloc_extended((shares + 1) * sizeof(Share),
											 MCXT_ALLOC_HUGE);
	}
	for (int i = 0; i < n; i++)
	{
		Days days[2] = {won_days(pairs[i].side[0]),
						won_days(pairs[i].side[1])};
		double weight = 1;
		double d;
		double v;

		CHECK_FOR_INTERRUPTS();
		if (n > 1)
		{
			if (days[0].n == 0 || days[1].n == 0)
				continue;
			weight = (double) days[0].n /
					 (1 + (double) days[0].n / (double) days[1].n);
		}
		weights += weight;
		for (int side = 0; side < 2; side++)
		{
			Distribution *to = &sides[side];

			c.n[side] += days[side].n;
			uncertainty[side] += weight * weight / (double) days[side].n;
			for (int j = 0; j < days[side].ntallies; j++)
			{
				Tally tally = days[side].tallies[j];
				Share *share = &to->shares[to->nshares++];

				share->day = DAYS_OF(tally.key);
				/* Whole numbers, where there is but one segment */
				share->share = n == 1 ? tally.count
									  : weight * tally.count /
											(double) days[side].n;
				to->total += share->share;
			}
		}
		if (days[0].n == 0 || days[1].n == 0)
			continue;
		rank_sum(&days[0], &days[1], &d, &v);
		if (n > 1)
		{
			double all = (double) days[0].n + (double) days[1].n;

			d /= all + 1;
			v /= (all + 1) * (all + 1);
		}
		deviation += d;
		variance += v;
	}
	for (int side = 0; side < 2; side++)
	{
		if (n > 1)
			sort_shares(sides[side].shares, sides[side].nshares);
		sides[side].size = n == 1 ? (double) c.n[side]
								  : weights * weights / uncertainty[side];
		c.value[side] = day_of_share(&sides[side], 0.5, false);
		median_limits(&sides[side], z, limits[side]);
		pfree(sides[side].shares);
	}
	compare_values(&c, limits);
	if (variance > 0)
		c.p_value = erfc(fabs(deviation) / sqrt(2 * variance));
	judge(&c, Min(c.n[0], c.n[1]) < ENOUGH_DEALS, confidence);
	/* The test and the medians may even point in different directions. */
	if (c.difference * deviation < 0 && c.finding != TOO_FEW)
		c.finding = NOT_CLEAR;
	return c;
}
