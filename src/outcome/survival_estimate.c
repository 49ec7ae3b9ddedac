/*
 * survival_estimate.c
 *		What a survival says: Kaplan and Meier's estimate, its limits and
 *		quantiles, and the log-rank test.
 *
 * A duration d is survived by the share that is the product, over all
 * durations up to d, of 1 - churned / at risk (Kaplan and Meier 1958).  Those
 * censored at a duration are at risk there, those who come under observation
 * at it are not.  The variance is Greenwood's.  Conventions are those of R's
 * package survival, whose numbers the tests repeat.
 *
 * IDENTIFICATION
 *		src/outcome/survival_estimate.c
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "base/decimal.h"
#include "base/distribution.h"
#include "base/result_rows.h"
#include "base/tally.h"
#include "outcome/survival_private.h"

PG_FUNCTION_INFO_V1(survival_subjects);
PG_FUNCTION_INFO_V1(survival_churned);
PG_FUNCTION_INFO_V1(survival_ignored);
PG_FUNCTION_INFO_V1(survival_time_at_risk);
PG_FUNCTION_INFO_V1(survival_hazard);
PG_FUNCTION_INFO_V1(survival_survival_at);
PG_FUNCTION_INFO_V1(survival_median);
PG_FUNCTION_INFO_V1(survival_mean);
PG_FUNCTION_INFO_V1(survival_quantile);
PG_FUNCTION_INFO_V1(survival_table);
PG_FUNCTION_INFO_V1(survival_log_rank);
PG_FUNCTION_INFO_V1(survival_log_rank_groups);
PG_FUNCTION_INFO_V1(survival_churn_reduction);

/*
 * Risk sets
 */

RiskSet
before_first(const Survival *state)
{
	RiskSet risk = {.remaining = subjects_of(state)};

	for (int32 i = 0; i < state->ntallies; i++)
	{
		if (CHANGE_OF(state->tallies[i].key) == ENTERED)
			risk.remaining -= state->tallies[i].count;
	}
	return risk;
}

/* Goes on to the next duration at which anything happens, if there is one. */
bool
next_risk_set(const Survival *state, RiskSet *risk)
{
	int64 entered = 0;

	if (risk->at == state->ntallies)
		return false;
	CHECK_FOR_INTERRUPTS();
	risk->duration = DURATION_OF(state->tallies[risk->at].key);
	risk->at_risk = risk->remaining;
	risk->churned = 0;
	risk->censored = 0;
	for (; risk->at < state->ntallies &&
		   DURATION_OF(state->tallies[risk->at].key) == risk->duration;
		 risk->at++)
	{
		Tally tally = state->tallies[risk->at];

		switch (CHANGE_OF(tally.key))
		{
			case CHURNED:
				risk->churned = tally.count;
				break;
			case CENSORED:
				risk->censored = tally.count;
				break;
			default:
				entered = tally.count;
		}
	}
	risk->remaining = risk->at_risk - risk->churned - risk->censored + entered;
	return true;
}

/* The estimate after some duration */
typedef struct Estimate
{
	double survival;
	double greenwood; /* the variance of the logarithm */
	double hazard;    /* cumulative, by Nelson and Aalen */
} Estimate;

static const Estimate at_start = {1, 0, 0};

static void
update_estimate(Estimate *estimate, const RiskSet *risk)
{
	double n = (double) risk->at_risk;
	double d = (double) risk->churned;

	if (risk->churned == 0)
		return;
	estimate->survival *= (n - d) / n;
	estimate->greenwood += d / (n * (n - d));
	estimate->hazard += d / n;
}

/*
 * The estimate at a duration.  False beyond the last at which anybody was
 * seen, unless nobody is left to be seen.
 */
static bool
estimate_at(const Survival *state, int32 duration, Estimate *estimate)
{
	RiskSet risk = before_first(state);

	*estimate = at_start;
	while (next_risk_set(state, &risk))
	{
		if (risk.duration > duration)
			return true;
		update_estimate(estimate, &risk);
	}
	return state->ntallies > 0 &&
		   (risk.duration == duration || estimate->survival == 0);
}

/*
 * Limits
 */

typedef enum Transformation
{
	LOG_LIMITS,
	LOG_LOG_LIMITS
} Transformation;

static Transformation
transformation_argument(FunctionCallInfo fcinfo, int argno)
{
	char *word = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	if (strcmp(word, "log") == 0)
		return LOG_LIMITS;
	if (strcmp(word, "log-log") == 0)
		return LOG_LOG_LIMITS;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("limits cannot be of kind \"%s\"", word),
					errhint("They are log or log-log.")));
	return LOG_LIMITS; /* for the compiler */
}

/*
 * The limit of the estimate that many standard errors away, upwards if z is
 * positive.  False if there is none: at 0, and with log-log also at 1.
 */
static bool
limit_of(const Estimate *estimate, double z, Transformation transformation,
		 double *limit)
{
	double s = estimate->survival;
	double error = z * sqrt(estimate->greenwood);

	if (s <= 0 || (s >= 1 && transformation == LOG_LOG_LIMITS))
		return false;
	if (transformation == LOG_LIMITS)
		*limit = Min(exp(log(s) + error), 1);
	else
		*limit = exp(-exp(log(-log(s)) + error / log(s)));
	return true;
}

/*
 * Accessors
 */

static Survival *
survival_argument(FunctionCallInfo fcinfo, int argno)
{
	return survival_of_datum(PG_GETARG_DATUM(argno));
}

Datum
survival_subjects(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(subjects_of(survival_argument(fcinfo, 0)));
}

static int64
churned_of(const Survival *state)
{
	int64 churned = 0;

	for (int32 i = 0; i < state->ntallies; i++)
	{
		if (CHANGE_OF(state->tallies[i].key) == CHURNED)
			churned += state->tallies[i].count;
	}
	return churned;
}

Datum
survival_churned(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(churned_of(survival_argument(fcinfo, 0)));
}

Datum
survival_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(survival_argument(fcinfo, 0)->ignored);
}

static int128
time_at_risk(const Survival *state)
{
	int128 sum = 0;

	for (int32 i = 0; i < state->ntallies; i++)
	{
		Tally tally = state->tallies[i];
		int128 part = (int128) DURATION_OF(tally.key) * tally.count;

		sum += CHANGE_OF(tally.key) == ENTERED ? -part : part;
	}
	return sum;
}

Datum
survival_time_at_risk(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(
		numeric_from_decimal(time_at_risk(survival_argument(fcinfo, 0)), 0));
}

Datum
survival_hazard(PG_FUNCTION_ARGS)
{
	Survival *state = survival_argument(fcinfo, 0);
	int128 time = time_at_risk(state);

	if (time == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) churned_of(state) / (double) time);
}

static int32
duration_argument(FunctionCallInfo fcinfo, int argno)
{
	int32 duration = PG_GETARG_INT32(argno);

	if (duration < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("duration %d is negative", duration)));
	return duration;
}

Datum
survival_survival_at(PG_FUNCTION_ARGS)
{
	Estimate estimate;

	if (!estimate_at(survival_argument(fcinfo, 0),
					 duration_argument(fcinfo, 1), &estimate))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(estimate.survival);
}

/* The area under the estimate up to a duration */
Datum
survival_mean(PG_FUNCTION_ARGS)
{
	Survival *state = survival_argument(fcinfo, 0);
	int32 until = duration_argument(fcinfo, 1);
	RiskSet risk = before_first(state);
	Estimate estimate;
	double area = 0;
	int32 from = 0;

	if (!estimate_at(state, until, &estimate))
		PG_RETURN_NULL();
	estimate = at_start;
	while (next_risk_set(state, &risk) && risk.duration <= until)
	{
		area += estimate.survival * (risk.duration - from);
		from = risk.duration;
		update_estimate(&estimate, &risk);
	}
	PG_RETURN_FLOAT8(area + estimate.survival * ((double) until - from));
}

/*
 * The duration by which a share q is lost, by the estimate or, if z is not 0,
 * by that limit of it.  Where the curve is flat at just that share, it is the
 * middle of the flat part.  False if the curve does not get there.
 */
static bool
duration_of_quantile(const Survival *state, double q, double z,
					 Transformation transformation, double *duration)
{
	/* What R takes for equal, as the products are rounded */
	const double tolerance = 1.4901161193847656e-8;
	RiskSet risk = before_first(state);
	Estimate estimate = at_start;
	bool reached = false;
	bool known = false;
	double lost = 0;

	*duration = 0;
	if (q == 0)
		return state->ntallies > 0;
	while (next_risk_set(state, &risk))
	{
		double share = estimate.survival;

		update_estimate(&estimate, &risk);
		if (z != 0)
			known = limit_of(&estimate, z, transformation, &share);
		else
		{
			share = estimate.survival;
			known = true;
		}
		if (!known)
			continue;
		lost = 1 - share;
		if (!reached && lost + tolerance >= q)
		{
			reached = true;
			*duration = risk.duration;
		}
		if (reached && lost - tolerance >= q)
		{
			*duration = (*duration + risk.duration) / 2;
			return true;
		}
	}
	/* Flat to the end */
	*duration = (*duration + risk.duration) / 2;
	return reached && known && fabs(lost - q) < tolerance;
}

/* median_survival(survival) */
Datum
survival_median(PG_FUNCTION_ARGS)
{
	double duration;

	if (!duration_of_quantile(survival_argument(fcinfo, 0), 0.5, 0, LOG_LIMITS,
							  &duration))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(duration);
}

/*
 * survival_quantile(survival, q, confidence, limits) -> row (duration, lower,
 * upper), all float8
 */
Datum
survival_quantile(PG_FUNCTION_ARGS)
{
	Survival *state = survival_argument(fcinfo, 0);
	double q = PG_GETARG_FLOAT8(1);
	double z = confidence_to_z(PG_GETARG_FLOAT8(2));
	Transformation transformation = transformation_argument(fcinfo, 3);
	/* The lower limit of the share is crossed first. */
	double errors[3] = {0, -z, z};
	Datum values[3];
	bool nulls[3];

	if (isnan(q) || q < 0 || q > 1)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("quantile %g is not between 0 and 1", q),
						errhint("The median is 0.5.")));
	for (int i = 0; i < 3; i++)
	{
		double duration;

		nulls[i] = !duration_of_quantile(state, q, errors[i], transformation,
										 &duration);
		values[i] = Float8GetDatum(duration);
	}
	return row_result(fcinfo, values, nulls);
}

/*
 * survival_table(survival, confidence, limits) -> rows (duration integer,
 * at_risk, churned, censored bigint, survival, standard_error, lower_limit,
 * upper_limit, cumulative_hazard float8)
 */
Datum
survival_table(PG_FUNCTION_ARGS)
{
	Survival *state = survival_argument(fcinfo, 0);
	double z = confidence_to_z(PG_GETARG_FLOAT8(1));
	Transformation transformation = transformation_argument(fcinfo, 2);
	RiskSet risk = before_first(state);
	Estimate estimate = at_start;

	begin_rows(fcinfo);
	while (next_risk_set(state, &risk))
	{
		Datum values[9];
		bool nulls[9] = {false};
		double lower = 0;
		double upper = 0;

		if (risk.churned + risk.censored == 0)
			continue;
		update_estimate(&estimate, &risk);
		nulls[5] = estimate.survival == 0;
		nulls[6] = !limit_of(&estimate, -z, transformation, &lower);
		nulls[7] = !limit_of(&estimate, z, transformation, &upper);
		values[0] = Int32GetDatum(risk.duration);
		values[1] = Int64GetDatum(risk.at_risk);
		values[2] = Int64GetDatum(risk.churned);
		values[3] = Int64GetDatum(risk.censored);
		values[4] = Float8GetDatum(estimate.survival);
		values[5] = Float8GetDatum(estimate.survival *
								   sqrt(estimate.greenwood));
		values[6] = Float8GetDatum(lower);
		values[7] = Float8GetDatum(upper);
		values[8] = Float8GetDatum(estimate.hazard);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * The log-rank test
 */

/* Each step takes the square of that many operations. */
#define MAX_GROUPS 1000

typedef struct LogRank
{
	int ngroups;
	int64 *subjects;
	int64 *observed;
	double *expected;
	double *covariance; /* of observed - expected, ngroups by ngroups */
} LogRank;

/*
 * At each duration at which anybody is lost, so many are expected to be of a
 * group as its share of those at risk says; the counts are hypergeometric.
 */
static void
compare_groups(LogRank *test, Survival **states)
{
	int k = test->ngroups;
	RiskSet *risk = palloc(k * sizeof(RiskSet));
	bool *more = palloc(k * sizeof(bool));

	test->subjects = palloc0(k * sizeof(int64));
	test->observed = palloc0(k * sizeof(int64));
	test->expected = palloc0(k * sizeof(double));
	test->covariance = palloc0((Size) k * k * sizeof(double));
	for (int j = 0; j < k; j++)
	{
		test->subjects[j] = subjects_of(states[j]);
		risk[j] = before_first(states[j]);
		more[j] = next_risk_set(states[j], &risk[j]);
	}
	for (;;)
	{
		int32 duration = PG_INT32_MAX;
		double n = 0;
		double d = 0;

		/* Nothing happens before, so who is at risk then is so now. */
		for (int j = 0; j < k; j++)
		{
			if (more[j])
				duration = Min(duration, risk[j].duration);
		}
		if (duration == PG_INT32_MAX)
			break;
		for (int j = 0; j < k; j++)
		{
			if (!more[j])
				risk[j].at_risk = 0;
			n += (double) risk[j].at_risk;
			if (more[j] && risk[j].duration == duration)
				d += (double) risk[j].churned;
		}
		for (int j = 0; j < k && d > 0; j++)
		{
			double nj = (double) risk[j].at_risk;
			double variance = n > 1 ? d * (n - d) / (n - 1) : 0;

			test->expected[j] += d * nj / n;
			if (more[j] && risk[j].duration == duration)
				test->observed[j] += risk[j].churned;
			if (nj == 0)
				continue;
			for (int i = 0; i < k; i++)
				test->covariance[j * k + i] += variance * (nj / n) *
											   ((i == j ? 1 : 0) -
												(double) risk[i].at_risk / n);
		}
		for (int j = 0; j < k; j++)
		{
			if (more[j] && risk[j].duration == duration)
				more[j] = next_risk_set(states[j], &risk[j]);
		}
	}
	pfree(risk);
	pfree(more);
}

/*
 * The quadratic form of observed - expected and the inverse of their
 * covariance, by Cholesky's decomposition.  The deviations sum to 0, so the
 * first group is left out; a group that the others determine takes no degree
 * of freedom.
 */
static double
chi_square_of(const LogRank *test, int *df)
{
	int k = test->ngroups;
	double *v = test->covariance;
	double *deviation = palloc(k * sizeof(double));
	double chi_square = 0;

	*df = 0;
	for (int i = 0; i < k; i++)
		deviation[i] = (double) test->observed[i] - test->expected[i];
	for (int i = 1; i < k; i++)
	{
		double variance = v[i * k + i];
		double pivot = variance;

		CHECK_FOR_INTERRUPTS();
		for (int j = 1; j < i; j++)
		{
			if (v[j * k + j] > 0)
				pivot -= v[i * k + j] * v[i * k + j] / v[j * k + j];
		}
		/* What is left of a variance by rounding alone is none. */
		if (pivot <= variance * 1e-10)
		{
			v[i * k + i] = 0;
			continue;
		}
		for (int j = 1; j < i; j++)
		{
			if (v[j * k + j] > 0)
				deviation[i] -= v[i * k + j] * deviation[j] / v[j * k + j];
		}
		v[i * k + i] = pivot;
		chi_square += deviation[i] * deviation[i] / pivot;
		(*df)++;
		/* What the groups to come share with this one and not those before */
		for (int l = i + 1; l < k; l++)
		{
			for (int j = 1; j < i; j++)
			{
				if (v[j * k + j] > 0)
					v[l * k + i] -= v[l * k + j] * v[i * k + j] / v[j * k + j];
			}
		}
	}
	pfree(deviation);
	return chi_square;
}

/* Compares the groups in argument 0, an array, of which NULL ones are empty. */
static LogRank
log_rank_argument(FunctionCallInfo fcinfo)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	static const Survival empty = {0};
	LogRank test = {0};
	Survival **states;
	Datum *elements;
	bool *nulls;

	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE,
					  &elements, &nulls, &test.ngroups);
	if (test.ngroups > MAX_GROUPS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many groups to compare"),
						errdetail("They are %d, and at most %d are allowed.",
								  test.ngroups, MAX_GROUPS)));
	states = palloc(Max(test.ngroups, 1) * sizeof(Survival *));
	for (int j = 0; j < test.ngroups; j++)
		states[j] = nulls[j] ? unconstify(Survival *, &empty)
							 : survival_of_datum(elements[j]);
	compare_groups(&test, states);
	return test;
}

/* log_rank(VARIADIC survival[]) -> row (chi_square, df, p_value) */
Datum
survival_log_rank(PG_FUNCTION_ARGS)
{
	LogRank test = log_rank_argument(fcinfo);
	int df;
	double chi_square = chi_square_of(&test, &df);
	Datum values[3];
	bool nulls[3] = {df == 0, false, df == 0};

	values[0] = Float8GetDatum(chi_square);
	values[1] = Int32GetDatum(df);
	values[2] = Float8GetDatum(df == 0 ? 0 : chi_square_tail(chi_square, df));
	return row_result(fcinfo, values, nulls);
}

/*
 * log_rank_groups(VARIADIC survival[]) -> rows (group_number integer, subjects
 * bigint, observed bigint, expected float8)
 */
Datum
survival_log_rank_groups(PG_FUNCTION_ARGS)
{
	LogRank test = log_rank_argument(fcinfo);

	begin_rows(fcinfo);
	for (int j = 0; j < test.ngroups; j++)
	{
		Datum values[4];
		bool nulls[4] = {false};

		values[0] = Int32GetDatum(j + 1);
		values[1] = Int64GetDatum(test.subjects[j]);
		values[2] = Int64GetDatum(test.observed[j]);
		values[3] = Float8GetDatum(test.expected[j]);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * churn_reduction(a survival, b survival, duration, confidence) -> row
 * (churn, other_churn, reduction, lower, upper, p_value), all float8
 *
 * The limits are those of the logarithm of the ratio of both churns, whose
 * variance is, by the delta method, the sum of (S / (1 - S))^2 times
 * Greenwood's; p is the log-rank test's, of all durations.
 */
Datum
survival_churn_reduction(PG_FUNCTION_ARGS)
{
	Survival *states[2] = {survival_argument(fcinfo, 0),
						   survival_argument(fcinfo, 1)};
	int32 duration = duration_argument(fcinfo, 2);
	double z = confidence_to_z(PG_GETARG_FLOAT8(3));
	LogRank test = {.ngroups = 2};
	Datum values[6] = {0};
	bool nulls[6];
	double lost[2] = {0, 0};
	double variance = 0;
	double chi_square;
	bool all_lost = false;
	int df;

	for (int i = 0; i < 2; i++)
	{
		Estimate estimate;

		nulls[i] = !estimate_at(states[i], duration, &estimate);
		lost[i] = 1 - estimate.survival;
		values[i] = Float8GetDatum(lost[i]);
		if (estimate.survival == 0)
			all_lost = true;
		else if (lost[i] > 0)
			variance += estimate.greenwood *
						pow(estimate.survival / lost[i], 2);
	}
	nulls[2] = nulls[0] || nulls[1] || lost[1] == 0;
	nulls[3] = nulls[4] = nulls[2] || lost[0] == 0 || all_lost;
	if (!nulls[2])
		values[2] = Float8GetDatum(1 - lost[0] / lost[1]);
	if (!nulls[3])
	{
		double ratio = log(lost[0] / lost[1]);
		double error = z * sqrt(variance);

		values[3] = Float8GetDatum(1 - exp(ratio + error));
		values[4] = Float8GetDatum(1 - exp(ratio - error));
	}
	compare_groups(&test, states);
	chi_square = chi_square_of(&test, &df);
	nulls[5] = df == 0;
	if (df > 0)
		values[5] = Float8GetDatum(chi_square_tail(chi_square, df));
	return row_result(fcinfo, values, nulls);
}
