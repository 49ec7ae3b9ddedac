/*
 * predictability.c
 *		How well revenue by period can be foretold.
 *
 * "Involved deals cannot be predicted because the partner touch was
 * incidental, while led deals can, because the ecosystem path was built"
 * (Forecastable, "Ecosystem-Involved vs Ecosystem-Led Explained", May 2026).
 * Two numbers test that: by how much a forecast was off, and, where there was
 * none, how much the totals of periods vary.
 *
 * A period in which nothing came is a total of 0, and GROUP BY has no row for
 * it; leaving it out makes what is least predictable look steady.  That is why
 * this is a value and not a query: it knows its calendar.  It keeps sums by
 * month, and quarters and years are made of them when it is read.
 *
 * Amounts are added as 128-bit integers at the largest scale that any of them
 * has, so the value and its bytes do not depend on the order.
 *
 * IDENTIFICATION
 *		src/motion/predictability.c
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/aggregate_state.h"
#include "base/month.h"
#include "base/result_rows.h"
#include "base/value.h"
#include "base/compat.h"
#include "base/exact_squares.h"
#include "base/exact_sum.h"
#include "base/moment.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(predictability_accum);
PG_FUNCTION_INFO_V1(predictability_combine);
PG_FUNCTION_INFO_V1(predictability_final);
PG_FUNCTION_INFO_V1(predictability_variation);
PG_FUNCTION_INFO_V1(predictability_forecast_error);
PG_FUNCTION_INFO_V1(predictability_ignored);
PG_FUNCTION_INFO_V1(predictability_row);
PG_FUNCTION_INFO_V1(predictability_periods);

#define PREDICTABILITY_VERSION 1

static const ValueType predictability_type;

/* A thousand years; more are not months but the numbers of something else. */
#define MAX_MONTHS 12000

/* Of amounts in a month, so that those of all months can be added up */
#define MAX_AMOUNTS (PG_INT64_MAX / (2 * MAX_MONTHS))

/* Fewer periods give no number that could be relied on. */
#define MIN_PERIODS 4

#define FIRST_YEAR (-4713)
#define LAST_YEAR  5874897

typedef enum Side
{
	ACTUAL,
	FORECAST
} Side;
#define SIDES 2

/* What came and what was forecast in one month. */
typedef struct Month
{
	int128 amount[SIDES]; /* times 10^scale */
	SquareSum squares;    /* of the amounts that came, times 10^(2 * scale) */
	int64 rows[SIDES];    /* how many amounts that is */
	int32 month;          /* 12 * year + month - 1, astronomers' years */
	int32 unused;         /* zero */
} Month;

StaticAssertDecl(sizeof(Month) == 88, "Month has no padding");

typedef struct Months
{
	int32 vl_len_;
	uint8 version;
	uint8 scale; /* the largest of any amount */
	uint16 nmonths;
	int64 ignored;
	Month months[FLEXIBLE_ARRAY_MEMBER]; /* in order, each once */
} Months;

#define HEADER_SIZE offsetof(Months, months)
#define SIZE_OF(n)  (HEADER_SIZE + (n) * sizeof(Month))
#define CAPACITY(m) ((VARSIZE(m) - HEADER_SIZE) / sizeof(Month))


/* Periods by name, and of how many months */
static const struct
{
	const char *name;
	int months;
} periods[] = {{"month", 1}, {"quarter", 3}, {"year", 12}};

static Months *
months_argument(FunctionCallInfo fcinfo, int argno)
{
	return value_argument(fcinfo, argno, &predictability_type);
}

/* The state in argument argno, ours to change */
static Months *
months_for_update(FunctionCallInfo fcinfo, int argno)
{
	return state_for_update(fcinfo, argno, &predictability_type);
}

static Months *
allocate_months(int capacity)
{
	Months *months = palloc0(SIZE_OF(capacity));

	SET_VARSIZE(months, SIZE_OF(capacity));
	months->version = PREDICTABILITY_VERSION;
	return months;
}

static Months *
copy_months(const Months *months, int capacity)
{
	Months *copy = palloc0(SIZE_OF(capacity));

	memcpy(copy, months, SIZE_OF(months->nmonths));
	SET_VARSIZE(copy, SIZE_OF(capacity));
	return copy;
}

/* Who calls a transition function directly gets a value without spare room. */
static Datum
changed_months(FunctionCallInfo fcinfo, Months *months)
{
	if (!AggCheckCallContext(fcinfo, NULL) &&
		CAPACITY(months) != months->nmonths)
		months = copy_months(months, months->nmonths);
	PG_RETURN_POINTER(months);
}

/* Gives all amounts a scale that is at least the present one. */
static void
raise_scale(Months *months, int scale)
{
	if (scale <= months->scale)
		return;
	for (int i = 0; i < months->nmonths; i++)
	{
		Month *month = &months->months[i];

		raise_sums(month->amount, sizeof(int128), SIDES, months->scale, scale);
		squares_rescale(&month->squares, scale - months->scale);
	}
	months->scale = scale;
}

/* The place of the first month that is not before this one. */
static int
find_month(const Months *months, int32 month)
{
	int low = 0;
	int high = months->nmonths;

	/* Usually the rows come roughly by date. */
	if (high > 0 && months->months[high - 1].month < month)
		return high;
	while (low < high)
	{
		int middle = (low + high) / 2;

		if (months->months[middle].month < month)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The month, inserted where it is not there yet; *months may move. */
static Month *
get_month(Months **months, int32 month)
{
	int at = find_month(*months, month);
	Months *all = *months;

	if (at < all->nmonths && all->months[at].month == month)
		return &all->months[at];
	if (all->nmonths == MAX_MONTHS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many months in one predictability"),
						errdetail("There can be %d.", MAX_MONTHS)));
	if (CAPACITY(all) == all->nmonths)
		*months = all = copy_months(all,
									Min(MAX_MONTHS, all->nmonths * 2 + 6));
	memmove(&all->months[at + 1], &all->months[at],
			(all->nmonths - at) * sizeof(Month));
	memset(&all->months[at], 0, sizeof(Month));
	all->months[at].month = month;
	all->nmonths++;
	return &all->months[at];
}

/* Adds rows to one side of a month, their amount in the scale of the value. */
static void
add_to_month(Month *month, Side side, int64 rows, int128 amount)
{
	month->rows[side] += rows;
	if (month->rows[side] > MAX_AMOUNTS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many amounts in one predictability")));
	month->amount[side] = exact_add(month->amount[side], amount);
}

static void
add_ignored(Months *months, int64 more)
{
	if (pg_add_s64_overflow(months->ignored, more, &months->ignored))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many rows in one predictability")));
}

/* Rounds down, also before the year 0. */
static int32
floor_divide(int32 number, int32 by)
{
	return number / by - (number % by < 0);
}

/* The first day of a month */
static DateADT
day_of(int32 month)
{
	int year = floor_divide(month, 12);

	return date2j(year, month - year * 12 + 1, 1) - POSTGRES_EPOCH_JDATE;
}

/*
 * The transition function of every overload: state, date, amount [, forecast].
 * A row without a date, or without an amount and a forecast, is ignored, and
 * counted.
 */
static Datum
accumulate(FunctionCallInfo fcinfo, bool dated, DateADT date)
{
	Months *months = PG_ARGISNULL(0) ? allocate_months(0)
									 : months_for_update(fcinfo, 0);
	Month *month;
	bool any = false;

	for (int side = 0; side < SIDES; side++)
		any |= 2 + side < PG_NARGS() && !PG_ARGISNULL(2 + side);
	if (!dated || !any)
	{
		add_ignored(months, 1);
		return changed_months(fcinfo, months);
	}
	month = get_month(&months, month_of(date));
	for (int side = 0; side < SIDES; side++)
	{
		Decimal amount;

		if (2 + side >= PG_NARGS() || PG_ARGISNULL(2 + side))
			continue;
		amount = amount_argument(fcinfo, 2 + side);
		raise_scale(months, amount.scale);
		amount.value = exact_rescale(amount.value, amount.scale,
									 months->scale);
		add_to_month(month, side, 1, amount.value);
		if (side == ACTUAL)
			squares_add(&month->squares, amount.value);
	}
	return changed_months(fcinfo, months);
}

/*
 * predictability_accum(predictability, moment, numeric [, numeric])
 *		-> predictability; days are UTC.
 */
Datum
predictability_accum(PG_FUNCTION_ARGS)
{
	Moment closed = moment_argument(fcinfo, 1, MOMENT_AFTER_ALL);
	bool dated = moment_is_finite(closed);

	return accumulate(fcinfo, dated, dated ? moment_day(closed) : 0);
}

/*
 * predictability_combine(predictability, predictability) -> predictability
 */
Datum
predictability_combine(PG_FUNCTION_ARGS)
{
	Months *months;
	const Months *other;

	if (lacks_a_state(fcinfo))
		return only_state(fcinfo, &predictability_type);

	months = months_for_update(fcinfo, 0);
	other = months_argument(fcinfo, 1);
	add_ignored(months, other->ignored);
	raise_scale(months, other->scale);
	for (int i = 0; i < other->nmonths; i++)
	{
		const Month *from = &other->months[i];
		Month *to = get_month(&months, from->month);
		SquareSum squares = from->squares;

		CHECK_FOR_INTERRUPTS();
		for (int side = 0; side < SIDES; side++)
			add_to_month(to, side, from->rows[side],
						 exact_rescale(from->amount[side], other->scale,
									   months->scale));
		squares_rescale(&squares, months->scale - other->scale);
		squares_merge(&to->squares, &squares);
	}
	return changed_months(fcinfo, months);
}

/*
 * predictability_final(predictability) -> predictability: without spare room
 */
Datum
predictability_final(PG_FUNCTION_ARGS)
{
	Months *months = months_argument(fcinfo, 0);

	PG_RETURN_POINTER(copy_months(months, months->nmonths));
}

/* Reading a value */

/* One period: what came, what was forecast, and how many amounts that is */
typedef struct Period
{
	int32 number; /* of its first month, divided by its months */
	int128 amount[SIDES];
	SquareSum squares;
	int64 rows[SIDES];
} Period;

/* The periods that have something, and the window that is asked for. */
typedef struct Series
{
	int scale;
	int months; /* of a period */
	const char *name;
	int count;
	Period *periods;
	bool bounded[2];
	int32 first[SIDES]; /* the periods that count, first and last */
	int32 last[SIDES];
} Series;

/* The bound in argument argno as a period; false when there is none. */
static bool
bound_argument(FunctionCallInfo fcinfo, int argno, const char *name,
			   const Series *series, int32 *number)
{
	DateADT date = PG_GETARG_DATEADT(argno);
	int32 month;

	if (DATE_NOT_FINITE(date))
		return false;
	month = month_of(date);
	*number = floor_divide(month, series->months);
	if (day_of(*number * series->months) != date)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not the first day of a %s", name,
						series->name),
				 errdetail("It is %s.", DatumGetCString(DirectFunctionCall1(
											date_out, DateADTGetDatum(date)))),
				 errhint("Periods are of the calendar and are taken whole.")));
	return true;
}

static int
period_argument(FunctionCallInfo fcinfo, int argno)
{
	text *word = PG_GETARG_TEXT_PP(argno);
	const char *start = VARDATA_ANY(word);
	int length = VARSIZE_ANY_EXHDR(word);

	for (int i = 0; i < lengthof(periods); i++)
		if (strlen(periods[i].name) == length &&
			memcmp(periods[i].name, start, length) == 0)
			return i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown period \"%.*s\"",
						   pg_mbcliplen(start, length, 64), start),
					errhint("It is one of month, quarter, year.")));
}

/* Sums by period, and the windows, which the bounds narrow or widen. */
static void
read_series(FunctionCallInfo fcinfo, Series *series)
{
	const Months *months = months_argument(fcinfo, 0);
	int period = period_argument(fcinfo, 1);
	int32 since = PG_INT32_MIN;
	int32 before = PG_INT32_MAX;
	bool any[SIDES] = {false, false};

	memset(series, 0, sizeof(Series));
	series->name = periods[period].name;
	series->months = periods[period].months;
	series->scale = months->scale;
	series->bounded[0] = bound_argument(fcinfo, 2, "since", series, &since);
	series->bounded[1] = bound_argument(fcinfo, 3, "before", series, &before);
	series->periods = palloc(Max(months->nmonths, 1) * sizeof(Period));
	for (int i = 0; i < months->nmonths; i++)
	{
		const Month *month = &months->months[i];
		int32 number = floor_divide(month->month, series->months);
		Period *last;

		if (number < since || number >= before)
			continue;
		if (series->count == 0 ||
			series->periods[series->count - 1].number != number)
		{
			last = &series->periods[series->count++];
			memset(last, 0, sizeof(Period));
			last->number = number;
		}
		last = &series->periods[series->count - 1];
		squares_merge(&last->squares, &month->squares);
		for (int side = 0; side < SIDES; side++)
		{
			last->amount[side] = exact_add(last->amount[side],
										   month->amount[side]);
			last->rows[side] += month->rows[side];
			if (month->rows[side] == 0)
				continue;
			if (!any[side])
				series->first[side] = number;
			any[side] = true;
			series->last[side] = number;
		}
	}

	/* A forecast of what is still to come cannot be wrong yet. */
	if (any[FORECAST] && !series->bounded[1] &&
		series->last[FORECAST] > series->last[ACTUAL])
	{
		series->last[FORECAST] = series->last[ACTUAL];
		any[FORECAST] = any[ACTUAL];
	}
	if (series->bounded[0] && (any[ACTUAL] || series->bounded[1]))
		series->first[ACTUAL] = since;
	if (series->bounded[1] && (any[ACTUAL] || series->bounded[0]))
		series->last[ACTUAL] = before - 1;
	if (!any[ACTUAL] && !(series->bounded[0] && series->bounded[1]))
		series->last[ACTUAL] = series->first[ACTUAL] - 1;
	if (!any[FORECAST])
		series->last[FORECAST] = series->first[FORECAST] - 1;
}

/* How many periods are in a side's window */
static int32
count_periods(const Series *series, Side side)
{
	return Max(series->last[side] - series->first[side] + 1, 0);
}

static bool
in_window(const Series *series, Side side, const Period *period)
{
	return period->number >= series->first[side] &&
		   period->number <= series->last[side];
}

/* The sum of one side over the window of another, and how often it is empty. */
static int128
sum_of(const Series *series, Side side, Side window, int32 *empty)
{
	int128 sum = 0;

	*empty = count_periods(series, window);
	for (int i = 0; i < series->count; i++)
	{
		const Period *period = &series->periods[i];

		if (!in_window(series, window, period))
			continue;
		sum = exact_add(sum, period->amount[side]);
		*empty -= period->rows[side] > 0 ? 1 : 0;
	}
	return sum;
}

/*
 * The coefficient of variation of the periods' totals: the standard deviation
 * of a sample over the mean.  False for fewer periods than say anything and
 * without a mean above 0.
 */
static bool
variation_of(const Series *series, double *variation)
{
	int32 empty;
	int32 n = count_periods(series, ACTUAL);
	int128 total = sum_of(series, ACTUAL, ACTUAL, &empty);
	double mean;
	double squares = 0;
	int32 seen = 0;

	if (n < MIN_PERIODS || total <= 0)
		return false;
	mean = (double) total / n;
	for (int i = 0; i < series->count; i++)
	{
		const Period *period = &series->periods[i];
		double apart = (double) period->amount[ACTUAL] - mean;

		if (!in_window(series, ACTUAL, period))
			continue;
		squares += apart * apart;
		seen++;
	}
	squares += (double) (n - seen) * mean * mean;
	*variation = sqrt(squares / (n - 1)) / mean;
	return true;
}

/*
 * The coefficient of variation that these amounts would have if they came at
 * random, so that their number is a Poisson variable and the total a compound
 * one: its variance is the expected sum of squares.  Few deals vary much,
 * however they are made, so the other number means little without this one.
 */
static bool
chance_of(const Series *series, int64 *amounts, double *chance)
{
	SquareSum squares = {0, 0};
	int32 empty;
	int128 total = sum_of(series, ACTUAL, ACTUAL, &empty);

	*amounts = 0;
	for (int i = 0; i < series->count; i++)
	{
		if (!in_window(series, ACTUAL, &series->periods[i]))
			continue;
		*amounts += series->periods[i].rows[ACTUAL];
		squares_merge(&squares, &series->periods[i].squares);
	}
	if (*amounts == 0 || total <= 0 || !squares_known(&squares))
		return false;
	*chance = sqrt(count_periods(series, ACTUAL) *
				   squares_to_double(&squares)) /
			  (double) total;
	return true;
}

/*
 * The weighted absolute percentage error of the forecast, and its bias: what
 * was forecast beyond what came, by what came.
 */
static bool
forecast_error_of(const Series *series, double *error, double *bias)
{
	int32 empty;
	int128 came = sum_of(series, ACTUAL, FORECAST, &empty);
	int128 forecast = sum_of(series, FORECAST, FORECAST, &empty);
	int128 off = 0;

	if (count_periods(series, FORECAST) < MIN_PERIODS || came <= 0)
		return false;
	for (int i = 0; i < series->count; i++)
	{
		const Period *period = &series->periods[i];
		int128 apart = period->amount[ACTUAL] - period->amount[FORECAST];

		if (in_window(series, FORECAST, period))
			off = exact_add(off, apart < 0 ? -apart : apart);
	}
	*error = (double) off / (double) came;
	*bias = (double) (forecast - came) / (double) came;
	return true;
}

/*
 * variation(predictability, period text, since date, before date) -> float8
 */
Datum
predictability_variation(PG_FUNCTION_ARGS)
{
	Series series;
	double variation;

	read_series(fcinfo, &series);
	if (!variation_of(&series, &variation))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(variation);
}

/*
 * forecast_error(predictability, period text, since date, before date)
 *		-> float8
 */
Datum
predictability_forecast_error(PG_FUNCTION_ARGS)
{
	Series series;
	double error;
	double bias;

	read_series(fcinfo, &series);
	if (!forecast_error_of(&series, &error, &bias))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(error);
}

/*
 * ignored(predictability) -> bigint
 */
Datum
predictability_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(months_argument(fcinfo, 0)->ignored);
}

/* What the numbers say, in one sentence. */
static void
append_verdict(StringInfo out, const Series *series, bool varies,
			   double variation, bool by_chance, int64 amounts, double chance,
			   bool forecast, double error, double bias, int32 empty)
{
	int32 n = count_periods(series, forecast ? FORECAST : ACTUAL);

	if (forecast)
	{
		appendStringInfo(
			out, "forecasts of %d %ss were off by %.0f %% of what came", n,
			series->name, error * 100);
		if (fabs(bias) >= 0.005)
			appendStringInfo(out, ", and %.0f %% too %s on the whole",
							 fabs(bias) * 100, bias > 0 ? "high" : "low");
	}
	else if (varies)
	{
		appendStringInfo(out, "%d %ss vary by %.0f %% of their mean", n,
						 series->name, variation * 100);
		if (empty > 0)
			appendStringInfo(out, ", %d of them empty", empty);
		/* Where there is one amount a period, it is a total and no deal. */
		if (by_chance && amounts > n)
			appendStringInfo(out,
							 "; " INT64_FORMAT
							 " such deals coming at random vary by %.0f %%",
							 amounts, chance * 100);
	}
	else if (n < MIN_PERIODS)
		appendStringInfo(out,
						 "too few periods: %d %s%s, and it takes %d to say "
						 "anything",
						 n, series->name, n == 1 ? "" : "s", MIN_PERIODS);
	else
		appendStringInfoString(out,
							   "nothing to judge: the amounts do not add up "
							   "to more than 0");
}

/*
 * predictability(predictability, period text, since date, before date)
 *		-> record
 */
Datum
predictability_row(PG_FUNCTION_ARGS)
{
	enum
	{
		PERIODS,
		EMPTY_PERIODS,
		TOTAL,
		AMOUNTS,
		VARIATION,
		CHANCE_VARIATION,
		FORECAST_PERIODS,
		FORECAST_ERROR,
		FORECAST_BIAS,
		VERDICT,
		COLUMNS
	};
	Series series;
	int32 empty;
	int128 total;
	int64 amounts;
	double variation = 0;
	double chance = 0;
	double error = 0;
	double bias = 0;
	bool varies;
	bool by_chance;
	bool forecast;
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {false};
	StringInfoData out;

	read_series(fcinfo, &series);
	total = sum_of(&series, ACTUAL, ACTUAL, &empty);
	varies = variation_of(&series, &variation);
	by_chance = chance_of(&series, &amounts, &chance);
	forecast = forecast_error_of(&series, &error, &bias);

	values[PERIODS] = Int32GetDatum(count_periods(&series, ACTUAL));
	values[EMPTY_PERIODS] = Int32GetDatum(empty);
	values[TOTAL] = NumericGetDatum(numeric_from_decimal(total, series.scale));
	values[VARIATION] = Float8GetDatum(variation);
	nulls[VARIATION] = !varies;
	nulls[CHANCE_VARIATION] = !by_chance || !varies;
	values[AMOUNTS] = Int64GetDatum(amounts);
	values[CHANCE_VARIATION] = Float8GetDatum(chance);
	values[FORECAST_PERIODS] = Int32GetDatum(count_periods(&series, FORECAST));
	values[FORECAST_ERROR] = Float8GetDatum(error);
	values[FORECAST_BIAS] = Float8GetDatum(bias);
	nulls[FORECAST_ERROR] = nulls[FORECAST_BIAS] = !forecast;
	initStringInfo(&out);
	append_verdict(&out, &series, varies, variation, by_chance, amounts,
				   chance, forecast, error, bias, empty);
	values[VERDICT] = PointerGetDatum(
		cstring_to_text_with_len(out.data, out.len));
	return row_result(fcinfo, values, nulls);
}

/*
 * predictability_periods(predictability, period text, since date, before date)
 *		-> setof (period date, amount numeric, amounts bigint,
 *				  forecast numeric)
 */
Datum
predictability_periods(PG_FUNCTION_ARGS)
{
	Series series;
	int at = 0;
	int32 first;
	int32 last;

	begin_rows(fcinfo);
	read_series(fcinfo, &series);
	first = series.first[ACTUAL];
	last = series.last[ACTUAL];
	if (series.count > 0)
	{
		bool empty = last < first;

		/* Forecasts outside the window of what came are shown, too. */
		if (empty || series.periods[0].number < first)
			first = series.periods[0].number;
		if (empty || series.periods[series.count - 1].number > last)
			last = series.periods[series.count - 1].number;
	}
	for (int32 number = first; number <= last; number++)
	{
		Period nothing = {number, {0, 0}, {0, 0}, {0, 0}};
		const Period *period = &nothing;
		Datum values[4];
		bool nulls[4] = {false, false, false, false};

		CHECK_FOR_INTERRUPTS();
		if (at < series.count && series.periods[at].number == number)
			period = &series.periods[at++];
		values[0] = DateADTGetDatum(day_of(number * series.months));
		values[1] = NumericGetDatum(
			numeric_from_decimal(period->amount[ACTUAL], series.scale));
		values[2] = Int64GetDatum(period->rows[ACTUAL]);
		values[3] = NumericGetDatum(
			numeric_from_decimal(period->amount[FORECAST], series.scale));
		nulls[3] = period->rows[FORECAST] == 0;
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* Reading and writing */

/* The one check of what arrives, from whichever side: NULL when it is sound. */
static const char *
months_problem(const void *value)
{
	const Months *months = value;
	SquareSum spread;

	if (months->scale > DECIMAL_MAX_SCALE)
		return "Its scale is out of range.";
	if (months->ignored < 0)
		return "It has a count out of range.";
	if (months->nmonths == 0 && months->scale != 0)
		return "It has a scale without an amount.";
	for (int i = 0; i < months->nmonths; i++)
	{
		const Month *month = &months->months[i];

		if (month->month < FIRST_YEAR * 12 ||
			month->month > LAST_YEAR * 12 + 11)
			return "It has a month out of range.";
		if (i > 0 && month->month <= month[-1].month)
			return "Its months are not in order.";
		if (month->rows[ACTUAL] == 0 && month->rows[FORECAST] == 0)
			return "It has a month without an amount.";
		for (int side = 0; side < SIDES; side++)
		{
			if (month->rows[side] < 0 || month->rows[side] > MAX_AMOUNTS)
				return "It has a count out of range.";
			if (!exact_in_range(month->amount[side]))
				return "It has an amount out of range.";
			if (month->rows[side] == 0 && month->amount[side] != 0)
				return "It has an amount of no row.";
		}
		/* Of one row they are its square, of n at least an nth of it. */
		if (!squares_spread(&month->squares, month->amount[ACTUAL],
							month->rows[ACTUAL], &spread) ||
			(month->rows[ACTUAL] == 1 &&
			 (spread.low != 0 || spread.high != 0)) ||
			(month->rows[ACTUAL] == 0 &&
			 (month->squares.low != 0 || month->squares.high != 0)))
			return "It has squares that no such amounts have.";
	}
	return NULL;
}

/* [-]year-month; a new month when there is another */
static bool
month_text(TextForm *form, int32 *month)
{
	bool negative = *month < 0;
	int year = floor_divide(*month, 12);
	int64 parts[2];

	if (form->out)
	{
		appendStringInfo(form->out, "%s%04d-%02d", negative ? "-" : "",
						 abs(year), *month - year * 12 + 1);
		return true;
	}
	negative = text_option(form, false, "-");
	if (!read_number(&form->at, 4, &parts[0]) || parts[0] > LAST_YEAR ||
		!skip_word(&form->at, "-") || !read_number(&form->at, 2, &parts[1]) ||
		parts[1] < 1 || parts[1] > 12)
	{
		text_fail(form);
		return false;
	}
	*month = (int32) ((negative ? -parts[0] : parts[0]) * 12 + parts[1] - 1);
	return true;
}

/* rows:amount, in the scale of the value, and the squares of several rows */
static void
side_text(TextForm *form, Month *month, Side side, int scale)
{
	int square_scale = 2 * scale;

	text_count(form, &month->rows[side]);
	text_word(form, ":");
	text_amount(form, &month->amount[side], scale);
	if (side == FORECAST)
		return;
	if (month->rows[side] > 1)
	{
		text_word(form, ":");
		text_squares(form, &month->squares, &square_scale);
		if (square_scale >= 0 && square_scale != 2 * scale)
			text_fail(form);
	}
	else if (form->out == NULL && !form->failed)
		squares_add(&month->squares, month->amount[side]);
}

/*
 * month=rows:amount:squares of what came, the squares only of several rows,
 * then, where there is one, /rows:amount of the forecast.
 */
static void *
months_text(TextForm *form, void *value)
{
	Months *months = value ? value : allocate_months(0);

	text_version(form);
	text_word(form, " ignored=");
	text_count(form, &months->ignored);
	text_scale(form, &months->scale);
	for (int i = 0; text_option(form, i < months->nmonths, " "); i++)
	{
		Month *month;

		CHECK_FOR_INTERRUPTS();
		if (i == MAX_MONTHS)
		{
			text_fail(form);
			break;
		}
		if (i == CAPACITY(months))
			months = copy_months(months, Min(MAX_MONTHS, i * 2 + 6));
		month = &months->months[i];
		month_text(form, &month->month);
		text_word(form, "=");
		side_text(form, month, ACTUAL, months->scale);
		if (text_option(form, month->rows[FORECAST] != 0, "/"))
			side_text(form, month, FORECAST, months->scale);
		if (text_reads(form))
			months->nmonths = i + 1;
	}
	return value ? value : copy_months(months, months->nmonths);
}

static void *
months_binary(BinaryForm *form, void *value)
{
	static const BinaryField header[] = {BINARY_FIELD(Months, scale),
										 BINARY_FIELD(Months, nmonths),
										 BINARY_FIELD(Months, ignored)};
	static const BinaryField fields[] = {
		BINARY_FIELD(Month, month),
		BINARY_FIELD(Month, rows[ACTUAL]),
		BINARY_FIELD(Month, amount[ACTUAL]),
		BINARY_FIELD(Month, rows[FORECAST]),
		BINARY_FIELD(Month, amount[FORECAST]),
		BINARY_FIELD(Month, squares.high),
		BINARY_FIELD(Month, squares.low),
	};
	Months *months = value ? value : allocate_months(0);

	binary_fields(form, months, header, lengthof(header));
	if (months->nmonths > MAX_MONTHS)
		binary_problem(form, "It has too many months.");
	else if (form->reads)
	{
		Months *header_alone = months;

		months = allocate_months(header_alone->nmonths);
		months->scale = header_alone->scale;
		months->nmonths = header_alone->nmonths;
		months->ignored = header_alone->ignored;
	}
	binary_rows(form, months->months, sizeof(Month), months->nmonths, fields,
				lengthof(fields));
	return months;
}

static const ValueType predictability_type = {"predictability",
											  PREDICTABILITY_VERSION,
											  months_text, months_binary,
											  months_problem};

VALUE_FORMS(predictability, &predictability_type);
CANONICAL_OPERATORS(predictability, &predictability_type);
