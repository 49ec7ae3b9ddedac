/*
 * deal_lift_incidence.c
 *		How many of all deals are won by a day: Aalen and Johansen's estimate.
 *
 * A lost deal will not be won any more, so losing is a competing risk.  To
 * treat it as censoring would answer what would happen if no deal were lost.
 * Deals that are open are censored at the day they were last watched.  Those
 * censored at a day are at risk on it.
 *
 * The share won by day t is the sum, over days up to t, of S(before) won / at
 * risk, where S is the share that was still open (Aalen and Johansen 1978).
 * Its variance is by the delta method (Marubini and Valsecchi 1995, equation
 * 10.12), which without censoring is the binomial one.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_incidence.c
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/result_rows.h"
#include "base/tally.h"
#include "outcome/deal_lift_private.h"
#include "base/distribution.h"

/* Fewer deals won by the day on a side are too few to compare. */
#define ENOUGH_WON 5

PG_FUNCTION_INFO_V1(deal_stats_win_incidence);
PG_FUNCTION_INFO_V1(deal_stats_win_incidence_at);

/* The estimate after some day, and what happened on it */
typedef struct Incidence
{
	const DealStats *stats;
	int at[OUTCOMES];  /* of the tally to come */
	int end[OUTCOMES]; /* of the tallies of an outcome */
	int32 day;
	int64 count[OUTCOMES]; /* on the day */
	int64 at_risk;         /* until the day */
	int64 remaining;       /* after it */
	int64 lost;            /* so far */
	double open_before; /* share that is neither won nor lost until the day */
	double open;        /* and after it */
	double won;         /* share that is won */

	/*
	 * Sums over days j so far, of g = closed / (at risk (at risk - closed))
	 * and e = S won / at risk^2, by how much won has grown since then.  They
	 * are carried along, as differences of sums would cancel.
	 */
	double sum_g;
	double sum_g1; /* g (won - won_j) */
	double sum_g2; /* g (won - won_j)^2 */
	double sum_e;
	double sum_e1; /* e (won - won_j) */
	double own;    /* S^2 won (at risk - won) / at risk^3 */
} Incidence;

static Incidence
begin_incidence(const DealStats *stats)
{
	Incidence i = {.stats = stats, .open_before = 1, .open = 1};

	for (int outcome = 0; outcome < OUTCOMES; outcome++)
	{
		i.at[outcome] = first_days(stats, outcome);
		i.end[outcome] = outcome + 1 < OUTCOMES
							 ? first_days(stats, outcome + 1)
							 : stats->ndays;
		i.remaining += dated_deals(stats, outcome, NULL);
	}
	return i;
}

/* The next day on which anything happens; MAX_DAYS + 1 if there is none */
static int32
next_day(const Incidence *i)
{
	int32 day = MAX_DAYS;

	if (i->remaining == 0)
		return MAX_DAYS + 1;
	for (int outcome = 0; outcome < OUTCOMES; outcome++)
	{
		if (i->at[outcome] < i->end[outcome])
			day = Min(day, DAYS_OF(DAYS(i->stats)[i->at[outcome]].key));
	}
	return day;
}

/* Goes on to the next day, which there is. */
static void
advance(Incidence *i)
{
	double n = (double) i->remaining;
	double won;
	double closed;
	double grown;

	CHECK_FOR_INTERRUPTS();
	i->day = next_day(i);
	i->at_risk = i->remaining;
	for (int outcome = 0; outcome < OUTCOMES; outcome++)
	{
		const Tally *tally = &DAYS(i->stats)[i->at[outcome]];

		i->count[outcome] = 0;
		if (i->at[outcome] < i->end[outcome] && DAYS_OF(tally->key) == i->day)
		{
			i->count[outcome] = tally->count;
			i->at[outcome]++;
		}
		i->remaining -= i->count[outcome];
	}
	won = (double) i->count[WON];
	closed = won + (double) i->count[LOST];

	grown = i->open * won / n;
	i->won += grown;
	i->sum_g2 += grown * (2 * i->sum_g1 + grown * i->sum_g);
	i->sum_g1 += grown * i->sum_g;
	i->sum_e1 += grown * i->sum_e;
	i->own += i->open * i->open * (won / n) * ((n - won) / n) / n;
	i->sum_e += i->open * won / n / n;
	/* When all are closed nothing grows any more. */
	if (closed < n)
		i->sum_g += closed / n / (n - closed);
	i->open_before = i->open;
	i->open *= (n - closed) / n;
	/* Every deal is won, which the sum may miss by its rounding. */
	i->lost += i->count[LOST];
	if (i->open == 0 && i->lost == 0)
		i->won = 1;
}

static double
variance_of(const Incidence *i)
{
	return Max(i->sum_g2 + i->own - 2 * i->sum_e1, 0);
}

/*
 * Limits on the scale of log(-log), which stay within 0 and 1.  There are none
 * at 0 and at 1.
 */
static void
incidence_limits(double share, double error, double z, double *lower,
				 double *upper)
{
	double reach = z * error / (share * log(share));

	*lower = NAN;
	*upper = NAN;
	if (share <= 0 || share >= 1)
		return;
	*lower = pow(share, exp(-reach));
	*upper = pow(share, exp(reach));
}

/*
 * How many deals, all of them seen up to the day, an estimate of 0 or 1 is as
 * good as: those at risk at last divided by the share that was open then (Peto
 * and others 1977), which is all of them where none was censored.  Of the
 * incidences that would show no win with a given probability, the largest is
 * the one with all its wins at last, and it is as large as with that many
 * deals; for 1 it is the same with what is still open.
 */
static double
effective_deals(const Incidence *i, int32 day)
{
	if (i->remaining > 0 && i->day < day)
		return (double) i->remaining / i->open;
	return (double) i->at_risk / i->open_before;
}

/* What is known of a side by a day */
typedef struct WonBy
{
	double share; /* NAN if nobody was seen for so long and some are open */
	double variance;
	double effective; /* of effective_deals() */
	int64 won;
} WonBy;

static WonBy
won_by(const DealStats *stats, int32 day)
{
	Incidence i = begin_incidence(stats);
	WonBy by = {NAN, NAN, NAN, 0};

	while (next_day(&i) <= day)
	{
		advance(&i);
		by.won += i.count[WON];
	}
	by.variance = variance_of(&i);
	/* Nobody is left: all are closed, or the last one was seen that day. */
	if (i.at_risk == 0 && i.remaining == 0)
		return by;
	if (i.remaining == 0 && i.open > 0 && i.day < day)
		return by;
	by.share = i.won;
	by.effective = effective_deals(&i, day);
	return by;
}

/*
 * win_incidence(deal_stats, confidence) -> rows (days integer, at_risk, won,
 * lost, open bigint, incidence, standard_error, lower_limit, upper_limit
 * float8)
 */
Datum
deal_stats_win_incidence(PG_FUNCTION_ARGS)
{
	Incidence i = begin_incidence(deal_stats_argument(fcinfo, 0));
	double z = confidence_to_z(PG_GETARG_FLOAT8(1));

	begin_rows(fcinfo);
	while (next_day(&i) <= MAX_DAYS)
	{
		Datum values[9];
		bool nulls[9] = {false};
		double error;
		double lower;
		double upper;

		advance(&i);
		error = sqrt(variance_of(&i));
		incidence_limits(i.won, error, z, &lower, &upper);
		values[0] = Int32GetDatum(i.day);
		values[1] = Int64GetDatum(i.at_risk);
		values[2] = Int64GetDatum(i.count[WON]);
		values[3] = Int64GetDatum(i.count[LOST]);
		values[4] = Int64GetDatum(i.count[OPEN]);
		values[5] = Float8GetDatum(i.won);
		values[6] = Float8GetDatum(error);
		values[7] = Float8GetDatum(lower);
		values[8] = Float8GetDatum(upper);
		nulls[7] = nulls[8] = isnan(lower);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* win_incidence_at(deal_stats, days) -> float8 */
Datum
deal_stats_win_incidence_at(PG_FUNCTION_ARGS)
{
	int32 day = PG_GETARG_INT32(1);
	double share;

	if (day < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("number of days %d is negative", day)));
	share = won_by(deal_stats_argument(fcinfo, 0), Min(day, MAX_DAYS)).share;
	if (isnan(share))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(share);
}

/*
 * Whether there is an incidence to compare: where there are open deals, it is
 * known of some how long they were watched.
 */
bool
has_incidence(const Pair *pairs, int n)
{
	int64 open = 0;
	int64 watched = 0;

	for (int i = 0; i < n; i++)
	{
		for (int side = 0; side < 2; side++)
		{
			const DealStats *stats = pairs[i].side[side];

			if (stats == NULL)
				continue;
			open += stats->deals[OPEN];
			watched += dated_deals(stats, OPEN, NULL);
		}
	}
	return open == 0 || watched > 0;
}

/*
 * Shares of the deals that are won within INCIDENCE_DAYS of their opening.
 * The test is that of the difference, which is nearly normal.
 */
Comparison
compare_incidence(const Pair *pairs, int n, double confidence)
{
	Comparison c = no_comparison();
	double z = confidence_to_z(confidence);
	double weights = 0;
	double sum[2] = {0, 0};
	double variance[2] = {0, 0};
	double uncertainty[2] = {0, 0};
	int64 won[2] = {0, 0};
	double limits[2][2];

	for (int i = 0; i < n; i++)
	{
		int64 deals[2] = {0, 0};
		WonBy by[2] = {{NAN, 0, NAN, 0}, {NAN, 0, NAN, 0}};
		double weight = 1;

		for (int side = 0; side < 2; side++)
		{
			const DealStats *stats = pairs[i].side[side];

			if (stats == NULL)
				continue;
			for (int outcome = 0; outcome < OUTCOMES; outcome++)
				deals[side] += dated_deals(stats, outcome, NULL);
			by[side] = won_by(stats, INCIDENCE_DAYS);
		}
		if (n > 1)
		{
			if (isnan(by[0].share) || isnan(by[1].share))
				continue;
			weight = (double) deals[0] /
					 (1 + (double) deals[0] / (double) deals[1]);
		}
		weights += weight;
		for (int side = 0; side < 2; side++)
		{
			c.n[side] += deals[side];
			won[side] += by[side].won;
			sum[side] += weight * by[side].share;
			variance[side] += weight * weight * by[side].variance;
			uncertainty[side] += weight * weight / by[side].effective;
		}
	}
	if (weights == 0)
		return c;
	for (int side = 0; side < 2; side++)
	{
		c.value[side] = sum[side] / weights;
		incidence_limits(c.value[side], sqrt(variance[side]) / weights, z,
						 &limits[side][0], &limits[side][1]);
		/* At 0 and 1, where these have none, it is a rate like another. */
		if (c.value[side] == 0 || c.value[side] == 1)
		{
			double size = weights * weights / uncertainty[side];

			wilson_limits(c.value[side] * size, size, z, &limits[side][0],
						  &limits[side][1]);
		}
	}
	compare_values(&c, limits);
	if (variance[0] + variance[1] > 0)
		c.p_value = erfc(fabs(sum[0] - sum[1]) /
						 sqrt(2 * (variance[0] + variance[1])));
	judge(&c, Min(won[0], won[1]) < ENOUGH_WON, confidence);
	return c;
}
