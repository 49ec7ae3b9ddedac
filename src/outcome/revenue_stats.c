/*
 * revenue_stats.c
 *		What became of the revenue of a group of customers over a period, as
 *		a value that can be merged.
 *
 * A revenue_stats holds exact sums of recurring revenue (at the beginning,
 * gained, lost, both by one customer, and of new customers) and counts of customers by what became
 * of them and by how many integrations they use.  Its size is fixed.  All
 * rates are of the customers and the revenue at the beginning.
 *
 * IDENTIFICATION
 *		src/outcome/revenue_stats.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/aggregate_state.h"
#include "base/result_rows.h"
#include "base/value.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "base/value_form.h"

#define REVENUE_STATS_VERSION 2

static const ValueType revenue_stats_type;

/* How many integrations a customer uses */
typedef enum Depth
{
	UNKNOWN_DEPTH,
	NO_INTEGRATION,
	ONE_INTEGRATION,
	MORE_INTEGRATIONS
} Depth;
#define DEPTHS 4

/* Counts; CUSTOMERS and CHURNED are the first of one for each depth. */
typedef enum Count
{
	IGNORED,
	CUSTOMERS,
	CHURNED = CUSTOMERS + DEPTHS,
	INTEGRATIONS = CHURNED + DEPTHS,
	EXPANDED,
	CONTRACTED,
	NEW_CUSTOMERS,
	COUNTS
} Count;

static const char *const count_names[COUNTS] = {"ignored",
												"customers",
												"customers_without",
												"customers_with_one",
												"customers_with_more",
												"churned",
												"churned_without",
												"churned_with_one",
												"churned_with_more",
												"integrations",
												"expanded",
												"contracted",
												"new"};

typedef enum Amount
{
	OPENING,
	EXPANSION,
	CONTRACTION,
	CHURN,
	NEW_AMOUNT,
	OFFSET, /* what the same customer gained and lost again, or regained */
	AMOUNTS
} Amount;

static const char *const amount_names[AMOUNTS] = {
	"opening_amount", "expansion_amount", "contraction_amount",
	"churned_amount", "new_amount",       "offset_amount"};

/* Far above any count and low enough that their sums need no care */
#define MAX_COUNT (PG_INT64_MAX / 16)

typedef struct RevenueStats
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 scale;   /* of the amounts */
	uint16 unused; /* zero */
	int64 counts[COUNTS];
	int128 amounts[AMOUNTS]; /* times 10^scale */
} RevenueStats;

StaticAssertDecl(sizeof(RevenueStats) == 8 + 8 * COUNTS + 16 * AMOUNTS,
				 "there is no padding");

PG_FUNCTION_INFO_V1(revenue_stats_accum_closing);
PG_FUNCTION_INFO_V1(revenue_stats_accum_changes);
PG_FUNCTION_INFO_V1(revenue_stats_combine);
PG_FUNCTION_INFO_V1(revenue_stats_customers);
PG_FUNCTION_INFO_V1(revenue_stats_churned);
PG_FUNCTION_INFO_V1(revenue_stats_expanded);
PG_FUNCTION_INFO_V1(revenue_stats_contracted);
PG_FUNCTION_INFO_V1(revenue_stats_new_customers);
PG_FUNCTION_INFO_V1(revenue_stats_ignored);
PG_FUNCTION_INFO_V1(revenue_stats_opening_amount);
PG_FUNCTION_INFO_V1(revenue_stats_expansion_amount);
PG_FUNCTION_INFO_V1(revenue_stats_contraction_amount);
PG_FUNCTION_INFO_V1(revenue_stats_churned_amount);
PG_FUNCTION_INFO_V1(revenue_stats_new_amount);
PG_FUNCTION_INFO_V1(revenue_stats_closing_amount);
PG_FUNCTION_INFO_V1(revenue_stats_nrr);
PG_FUNCTION_INFO_V1(revenue_stats_grr);
PG_FUNCTION_INFO_V1(revenue_stats_expansion_rate);
PG_FUNCTION_INFO_V1(revenue_stats_revenue_churn);
PG_FUNCTION_INFO_V1(revenue_stats_logo_churn);
PG_FUNCTION_INFO_V1(revenue_stats_integration_depth);
PG_FUNCTION_INFO_V1(revenue_stats_integration_adoption);
PG_FUNCTION_INFO_V1(revenue_stats_integration_density);
PG_FUNCTION_INFO_V1(revenue_stats_by_depth);

/*
 * States as arguments and results
 */

static RevenueStats *
new_stats(void)
{
	RevenueStats *stats = palloc0(sizeof(RevenueStats));

	SET_VARSIZE(stats, sizeof(RevenueStats));
	stats->version = REVENUE_STATS_VERSION;
	return stats;
}

static RevenueStats *
stats_argument(FunctionCallInfo fcinfo, int argno)
{
	return value_argument(fcinfo, argno, &revenue_stats_type);
}

/* The state in argument argno, ours to change; a new one for NULL. */
static RevenueStats *
stats_for_update(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return new_stats();
	return state_for_update(fcinfo, argno, &revenue_stats_type);
}

static void
add_count(RevenueStats *stats, int count, int64 addend)
{
	stats->counts[count] += addend;
	if (unlikely(stats->counts[count] > MAX_COUNT))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many customers in one group")));
}

/* Gives all amounts a scale that is at least the present one. */
static void
raise_scale(RevenueStats *stats, int scale)
{
	if (scale <= stats->scale)
		return;
	raise_sums(stats->amounts, sizeof(int128), AMOUNTS, stats->scale, scale);
	stats->scale = scale;
}

/*
 * Transition functions
 */

static const Decimal nothing = {0, 0};

/* The amount in argument argno, 0 for NULL, which must not be negative. */
static Decimal
positive_argument(FunctionCallInfo fcinfo, int argno, const char *hint)
{
	Decimal amount;

	if (PG_ARGISNULL(argno))
		return nothing;
	amount = amount_argument(fcinfo, argno);
	if (amount.value < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("recurring revenue cannot be negative: %s",
						DatumGetCString(DirectFunctionCall1(
							numeric_out, NumericGetDatum(numeric_from_decimal(
											 amount.value, amount.scale))))),
				 errhint("%s", hint)));
	return amount;
}

/* The integrations in argument argno, if the function has it; -1: unknown */
static int32
integrations_argument(FunctionCallInfo fcinfo, int argno)
{
	int32 integrations;

	if (PG_NARGS() <= argno || PG_ARGISNULL(argno))
		return -1;
	integrations = PG_GETARG_INT32(argno);
	if (integrations < 0)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("number of integrations cannot be negative: %d",
							   integrations),
						errhint("NULL is for an unknown one.")));
	return integrations;
}

static Depth
depth_of(int32 integrations)
{
	return integrations < 0 ? UNKNOWN_DEPTH
							: NO_INTEGRATION + Min(integrations, 2);
}

/*
 * Adds a customer that has revenue at the beginning or the end: the former, and
 * what it gained and lost, of which none can be negative, all at one scale.
 */
static void
add_customer(RevenueStats *stats, const int128 *amounts, int32 integrations)
{
	int128 closing = amounts[OPENING] + amounts[EXPANSION] -
					 amounts[CONTRACTION] - amounts[CHURN];
	Depth depth = depth_of(integrations);

	if (amounts[OPENING] == 0)
	{
		/* What is gained from nothing is new. */
		add_count(stats, NEW_CUSTOMERS, 1);
		stats->amounts[NEW_AMOUNT] = exact_add(stats->amounts[NEW_AMOUNT],
											   closing);
		return;
	}
	add_count(stats, CUSTOMERS + depth, 1);
	if (integrations > 0)
		add_count(stats, INTEGRATIONS, integrations);
	if (closing == 0)
		add_count(stats, CHURNED + depth, 1);
	else
	{
		add_count(stats, EXPANDED, amounts[EXPANSION] > 0 ? 1 : 0);
		add_count(stats, CONTRACTED,
				  amounts[CONTRACTION] + amounts[CHURN] > 0 ? 1 : 0);
	}
	for (int i = OPENING; i <= CHURN; i++)
		stats->amounts[i] = exact_add(stats->amounts[i], amounts[i]);
	/* Without it the smaller of both ends is the opening less the losses. */
	stats->amounts[OFFSET] = exact_add(
		stats->amounts[OFFSET],
		Min(amounts[EXPANSION], amounts[CONTRACTION] + amounts[CHURN]));
}

/*
 * revenue_stats_accum(revenue_stats, opening_mrr numeric, closing_mrr numeric
 * [, integrations integer]); no revenue, or NULL, is that of a customer who
 * is not there.
 */
Datum
revenue_stats_accum_closing(PG_FUNCTION_ARGS)
{
	const char *hint = "Credits and refunds are no recurring revenue.";
	RevenueStats *stats = stats_for_update(fcinfo, 0);
	Decimal opening = positive_argument(fcinfo, 1, hint);
	Decimal closing = positive_argument(fcinfo, 2, hint);
	int32 integrations = integrations_argument(fcinfo, 3);
	int128 amounts[AMOUNTS] = {0};
	int128 change;

	if (opening.value == 0 && closing.value == 0)
	{
		add_count(stats, IGNORED, 1);
		PG_RETURN_POINTER(stats);
	}
	raise_scale(stats, Max(opening.scale, closing.scale));
	amounts[OPENING] = exact_rescale(opening.value, opening.scale,
									 stats->scale);
	change = exact_rescale(closing.value, closing.scale, stats->scale) -
			 amounts[OPENING];
	if (change > 0)
		amounts[EXPANSION] = change;
	else if (closing.value == 0)
		amounts[CHURN] = -change;
	else
		amounts[CONTRACTION] = -change;
	add_customer(stats, amounts, integrations);
	PG_RETURN_POINTER(stats);
}

/*
 * revenue_stats_accum(revenue_stats, opening, expansion, contraction, churned
 * numeric [, integrations integer]); NULL is 0.
 */
Datum
revenue_stats_accum_changes(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_for_update(fcinfo, 0);
	int32 integrations = integrations_argument(fcinfo, 5);
	Decimal given[4];
	int128 amounts[AMOUNTS] = {0};
	int scale = 0;

	for (int i = OPENING; i <= CHURN; i++)
	{
		given[i] = positive_argument(fcinfo, 1 + i,
									 "What is lost is given as a positive "
									 "amount.");
		scale = Max(scale, given[i].scale);
	}
	for (int i = OPENING; i <= CHURN; i++)
		amounts[i] = exact_rescale(given[i].value, given[i].scale, scale);
	/* Each is below 10^36, so the sums of two do not overflow. */
	if (amounts[CONTRACTION] + amounts[CHURN] >
		amounts[OPENING] + amounts[EXPANSION])
		ereport(
			ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("a customer loses more revenue than it has"),
			 errdetail(
				 "Contraction and churn are %s, opening revenue "
				 "and expansion %s.",
				 DatumGetCString(DirectFunctionCall1(
					 numeric_out,
					 NumericGetDatum(numeric_from_decimal(
						 amounts[CONTRACTION] + amounts[CHURN], scale)))),
				 DatumGetCString(DirectFunctionCall1(
					 numeric_out,
					 NumericGetDatum(numeric_from_decimal(
						 amounts[OPENING] + amounts[EXPANSION], scale)))))));
	/* Never there, or come and gone: of no scale, since nothing is summed */
	if (amounts[OPENING] == 0 &&
		amounts[EXPANSION] == amounts[CONTRACTION] + amounts[CHURN])
	{
		add_count(stats, IGNORED, 1);
		PG_RETURN_POINTER(stats);
	}
	raise_scale(stats, scale);
	for (int i = OPENING; i <= CHURN; i++)
		amounts[i] = exact_rescale(amounts[i], scale, stats->scale);
	add_customer(stats, amounts, integrations);
	PG_RETURN_POINTER(stats);
}

/*
 * revenue_stats_combine(a, b): both together; NULL is nothing.  Combine
 * function, transition function of rollup() and a function for ON CONFLICT DO
 * UPDATE at once.
 */
Datum
revenue_stats_combine(PG_FUNCTION_ARGS)
{
	RevenueStats *a;
	RevenueStats *b;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = stats_for_update(fcinfo, 0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(a);
	b = stats_argument(fcinfo, 1);
	raise_scale(a, b->scale);
	for (int i = 0; i < COUNTS; i++)
		add_count(a, i, b->counts[i]);
	for (int i = 0; i < AMOUNTS; i++)
		a->amounts[i] = exact_add(a->amounts[i],
								  exact_rescale(b->amounts[i], b->scale,
												a->scale));
	PG_RETURN_POINTER(a);
}

/*
 * Input and output
 */

/* Of the customers at the beginning, or of those of them who were lost */
static int64
of_all_depths(const RevenueStats *stats, Count first)
{
	int64 sum = 0;

	for (int i = 0; i < DEPTHS; i++)
		sum += stats->counts[first + i];
	return sum;
}

/* Of the opening revenue, what is left: each customer's smaller end */
static int128
kept(const RevenueStats *stats)
{
	return stats->amounts[OPENING] + stats->amounts[OFFSET] -
		   stats->amounts[CONTRACTION] - stats->amounts[CHURN];
}

/* What is wrong with a state from outside; NULL when nothing is. */
static const char *
problem_of(const void *value)
{
	const RevenueStats *stats = value;
	const int64 *count = stats->counts;
	const int128 *amount = stats->amounts;
	int64 customers;
	int64 churned;
	int64 one;
	int64 more;

	for (int i = 0; i < COUNTS; i++)
	{
		if (count[i] < 0 || count[i] > MAX_COUNT)
			return "A count is out of range.";
	}
	for (int i = 0; i < AMOUNTS; i++)
	{
		if (amount[i] < 0 || !exact_in_range(amount[i]))
			return "A sum of amounts is out of range.";
	}
	customers = of_all_depths(stats, CUSTOMERS);
	churned = of_all_depths(stats, CHURNED);
	one = count[CUSTOMERS + ONE_INTEGRATION];
	more = count[CUSTOMERS + MORE_INTEGRATIONS];
	for (int i = 0; i < DEPTHS; i++)
	{
		if (count[CHURNED + i] > count[CUSTOMERS + i])
			return "More customers are lost than there were.";
	}
	if (count[EXPANDED] > customers - churned ||
		count[CONTRACTED] > customers - churned)
		return "More customers grow or shrink than are left.";
	if (count[INTEGRATIONS] < one + 2 * more ||
		(more == 0 && count[INTEGRATIONS] != one))
		return "The integrations are not those of the customers with any.";
	if ((customers > 0) != (amount[OPENING] > 0) ||
		(count[NEW_CUSTOMERS] > 0) != (amount[NEW_AMOUNT] > 0))
		return "There is revenue without customers, or the other way round.";
	if (amount[CONTRACTION] + amount[CHURN] >
		amount[OPENING] + amount[EXPANSION])
		return "More revenue is lost than there was.";
	if (amount[OFFSET] > amount[EXPANSION] ||
		amount[OFFSET] > amount[CONTRACTION] + amount[CHURN])
		return "More revenue is lost again than was gained.";
	if ((customers > churned) != (kept(stats) > 0) || kept(stats) < 0)
		return "The customers that are left are not those with revenue.";
	if ((count[EXPANDED] > 0 && amount[EXPANSION] == 0) ||
		(count[CONTRACTED] + churned > 0 &&
		 amount[CONTRACTION] + amount[CHURN] == 0) ||
		(customers == 0 && amount[EXPANSION] > 0))
		return "Revenue changes without customers who do, or the other way "
			   "round.";
	if (stats->scale > DECIMAL_MAX_SCALE ||
		(customers + count[NEW_CUSTOMERS] == 0 && stats->scale != 0))
		return "The scale of the amounts is out of range.";
	return NULL;
}

/* ignored=N, then the counts and the amounts that are not 0, each name=N */
static void *
stats_text(TextForm *form, void *value)
{
	RevenueStats *stats = value ? value : new_stats();
	Decimal amounts[AMOUNTS];

	text_word(form, "ignored=");
	text_count(form, &stats->counts[IGNORED]);
	for (int i = IGNORED + 1; i < COUNTS; i++)
	{
		if (text_field(form, stats->counts[i] != 0, count_names[i]))
			text_count(form, &stats->counts[i]);
	}
	for (int i = 0; i < AMOUNTS; i++)
	{
		amounts[i].value = stats->amounts[i];
		amounts[i].scale = stats->scale;
		if (text_field(form, stats->amounts[i] != 0, amount_names[i]))
			text_decimal(form, &amounts[i]);
	}
	text_level(form, stats->amounts, amounts, AMOUNTS, &stats->scale);
	return stats;
}

static void *
stats_binary(BinaryForm *form, void *value)
{
	RevenueStats *stats = value ? value : new_stats();

	binary_uint8(form, &stats->scale);
	binary_numbers(form, stats->counts, sizeof(int64), COUNTS);
	binary_numbers(form, stats->amounts, sizeof(int128), AMOUNTS);
	return stats;
}

static const ValueType revenue_stats_type = {"revenue_stats",
											 REVENUE_STATS_VERSION, stats_text,
											 stats_binary, problem_of};

VALUE_FORMS(revenue_stats, &revenue_stats_type);

/*
 * Accessors
 */

Datum
revenue_stats_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(of_all_depths(stats_argument(fcinfo, 0), CUSTOMERS));
}

Datum
revenue_stats_churned(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(of_all_depths(stats_argument(fcinfo, 0), CHURNED));
}

Datum
revenue_stats_expanded(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->counts[EXPANDED]);
}

Datum
revenue_stats_contracted(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->counts[CONTRACTED]);
}

Datum
revenue_stats_new_customers(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->counts[NEW_CUSTOMERS]);
}

Datum
revenue_stats_ignored(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(stats_argument(fcinfo, 0)->counts[IGNORED]);
}

static Datum
amount_of(FunctionCallInfo fcinfo, Amount amount)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	PG_RETURN_NUMERIC(
		numeric_from_decimal(stats->amounts[amount], stats->scale));
}

Datum
revenue_stats_opening_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, OPENING);
}

Datum
revenue_stats_expansion_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, EXPANSION);
}

Datum
revenue_stats_contraction_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, CONTRACTION);
}

Datum
revenue_stats_churned_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, CHURN);
}

Datum
revenue_stats_new_amount(PG_FUNCTION_ARGS)
{
	return amount_of(fcinfo, NEW_AMOUNT);
}

/* Of the customers at the beginning, what they bring at the end */
static int128
retained(const RevenueStats *stats)
{
	return stats->amounts[OPENING] + stats->amounts[EXPANSION] -
		   stats->amounts[CONTRACTION] - stats->amounts[CHURN];
}

Datum
revenue_stats_closing_amount(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	/* The parts are in range, their sum need not be, and does not overflow. */
	PG_RETURN_NUMERIC(numeric_from_decimal(
		exact_add(retained(stats), stats->amounts[NEW_AMOUNT]), stats->scale));
}

static Datum
share(FunctionCallInfo fcinfo, int128 part, int128 whole)
{
	if (whole == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) part / (double) whole);
}

Datum
revenue_stats_nrr(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, retained(stats), stats->amounts[OPENING]);
}

Datum
revenue_stats_grr(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, kept(stats), stats->amounts[OPENING]);
}

Datum
revenue_stats_expansion_rate(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, stats->amounts[EXPANSION], stats->amounts[OPENING]);
}

Datum
revenue_stats_revenue_churn(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, stats->amounts[OPENING] - kept(stats),
				 stats->amounts[OPENING]);
}

Datum
revenue_stats_logo_churn(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, of_all_depths(stats, CHURNED),
				 of_all_depths(stats, CUSTOMERS));
}

/* Customers whose integrations are known */
static int64
of_known_depth(const RevenueStats *stats)
{
	return of_all_depths(stats, CUSTOMERS) -
		   stats->counts[CUSTOMERS + UNKNOWN_DEPTH];
}

Datum
revenue_stats_integration_depth(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, stats->counts[INTEGRATIONS], of_known_depth(stats));
}

Datum
revenue_stats_integration_adoption(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo,
				 stats->counts[CUSTOMERS + ONE_INTEGRATION] +
					 stats->counts[CUSTOMERS + MORE_INTEGRATIONS],
				 of_known_depth(stats));
}

Datum
revenue_stats_integration_density(PG_FUNCTION_ARGS)
{
	RevenueStats *stats = stats_argument(fcinfo, 0);

	return share(fcinfo, stats->counts[CUSTOMERS + MORE_INTEGRATIONS],
				 of_known_depth(stats));
}

/*
 * churn_by_depth(revenue_stats) -> rows (integrations text, customers bigint,
 * churned bigint, logo_churn float8), unknown ones last
 */
Datum
revenue_stats_by_depth(PG_FUNCTION_ARGS)
{
	static const char *const names[DEPTHS] = {"unknown", "none", "one",
											  "two or more"};
	RevenueStats *stats = stats_argument(fcinfo, 0);

	begin_rows(fcinfo);
	for (int i = 1; i <= DEPTHS; i++)
	{
		int depth = i % DEPTHS;
		int64 customers = stats->counts[CUSTOMERS + depth];
		int64 churned = stats->counts[CHURNED + depth];
		Datum values[4];
		bool nulls[4] = {false, false, false, false};

		if (customers == 0)
			continue;
		values[0] = CStringGetTextDatum(names[depth]);
		values[1] = Int64GetDatum(customers);
		values[2] = Int64GetDatum(churned);
		values[3] = Float8GetDatum((double) churned / (double) customers);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

CANONICAL_OPERATORS(revenue_stats, &revenue_stats_type);
