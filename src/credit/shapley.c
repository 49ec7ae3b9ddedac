/*
 * shapley.c
 *		What each partner adds, on average over all orders of joining.
 *
 * A game says what every coalition of partners is worth, by the deals that
 * its members closed without anybody else.  The Shapley value of a partner is
 * what joining adds to the coalition of those that came before, on average
 * over all orders in which the partners could have come (Shapley, 1953).  The
 * values add up to what all together are worth.
 *
 * revenue: a coalition is worth the amount it won.  Then each deal's amount is
 * divided equally among its partners (the game is a sum of unanimity games), so
 * the value is computed like that, for any number of partners.
 *
 * win_rate: a coalition is worth its win rate less that of deals without any
 * partner.  Up to EXACT_PARTNERS partners all coalitions are looked at; beyond,
 * random orders, each with its reverse, which makes the average more certain.
 *
 * IDENTIFICATION
 *		src/credit/shapley.c
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/memory.h"
#include "base/result_rows.h"
#include "credit/apportion.h"
#include "base/value.h"
#include "base/compat.h"
#include "credit/journey.h"

PG_FUNCTION_INFO_V1(shapley_undecided);
PG_FUNCTION_INFO_V1(shapley_values);

static const JourneyKind sets = {JOURNEYS_TYPE("shapley"), false};

/* With so many, 2^20 coalitions take 16 megabytes and a fraction of a second. */
#define EXACT_PARTNERS 20

#define MIN_SAMPLES 2 /* one has no standard error */
#define MAX_SAMPLES 1000000

/*
 * Values become weights in units of 10^-12, of the win rate or of the largest
 * value of revenue, so that what is the same but for rounding is the same.
 */
#define WEIGHT_UNITS 1e12

/* shapley_undecided(shapley) -> bigint: rows that were neither won nor lost */
Datum
shapley_undecided(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(journeys_argument(fcinfo, 0, &sets)->undecided);
}

/* ---- what is played for ---- */

/* The deals of one set of partners, by number. */
typedef struct PartnerSet
{
	int n;
	const int *partners;
	int64 wins;
	int64 losses;
	int128 amount;
} PartnerSet;

typedef struct Game
{
	PartnerList partners;
	int scale;   /* of all amounts */
	int64 nsets; /* of one partner or more */
	PartnerSet *sets;
	PartnerSet nobody; /* deals without a partner */
	int128 amount;     /* won with partners */
} Game;

static Game
make_game(const Journeys *journeys)
{
	Game game = {.partners = list_partners(journeys),
				 .scale = journeys->scale};
	int *numbers = game.partners.numbers;

	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		CHECK_FOR_INTERRUPTS();
		game.nsets++;
	}
	game.sets = allocate_array(game.nsets, sizeof(PartnerSet));
	game.nsets = 0;
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		PartnerSet set = {count_partners(e), numbers, e->counts.wins,
						  e->counts.losses, journey_amount(e)};

		CHECK_FOR_INTERRUPTS();
		numbers += set.n;
		if (set.n == 0)
			game.nobody = set; /* sets are unlike each other */
		else
		{
			game.sets[game.nsets++] = set;
			game.amount += set.amount;
		}
	}
	return game;
}

/* Sums over deals, of one partner or of a coalition. */
typedef struct Deals
{
	int64 wins;
	int64 deals;
} Deals;

/* What a coalition that closed these deals is worth. */
static double
worth(const Deals *deals, double baseline)
{
	return deals->deals == 0
			   ? 0
			   : (double) deals->wins / (double) deals->deals - baseline;
}

static double
baseline_of(const Game *game)
{
	Deals nobody = {game->nobody.wins,
					game->nobody.wins + game->nobody.losses};

	return worth(&nobody, 0);
}

/* ---- win rates: all coalitions ---- */

static void
compute_exactly(const Game *game, double *values)
{
	int n = game->partners.n;
	uint32 ncoalitions = (uint32) 1 << n;
	Deals *deals = allocate_array(ncoalitions, sizeof(Deals));
	double baseline = baseline_of(game);
	double shares[EXACT_PARTNERS];

	/* Deals of exactly these partners, then of these or fewer. */
	memset(deals, 0, ncoalitions * sizeof(Deals));
	for (int64 i = 0; i < game->nsets; i++)
	{
		const PartnerSet *set = &game->sets[i];
		uint32 coalition = 0;

		for (int j = 0; j < set->n; j++)
			coalition |= (uint32) 1 << set->partners[j];
		deals[coalition].wins += set->wins;
		deals[coalition].deals += set->wins + set->losses;
	}
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 c = 0; c < ncoalitions; c++)
			if (c & (uint32) 1 << i)
			{
				deals[c].wins += deals[c ^ (uint32) 1 << i].wins;
				deals[c].deals += deals[c ^ (uint32) 1 << i].deals;
			}
	}

	/* The share of orders in which just these came before: s!(n-s-1)!/n!. */
	shares[0] = 1.0 / n;
	for (int s = 1; s < n; s++)
		shares[s] = shares[s - 1] * s / (n - s);
	for (int i = 0; i < n; i++)
	{
		double sum = 0;

		CHECK_FOR_INTERRUPTS();
		for (uint32 c = 0; c < ncoalitions; c++)
			if (!(c & (uint32) 1 << i))
				sum += shares[__builtin_popcount(c)] *
					   (worth(&deals[c | (uint32) 1 << i], baseline) -
						worth(&deals[c], baseline));
		values[i] = sum;
	}
	pfree(deals);
}

/* ---- win rates: random orders ---- */

/* Steele, Lea and Flood's SplitMix64, which is the same on every server. */
static uint64
next_random(uint64 *state)
{
	uint64 z = (*state += UINT64CONST(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static void
shuffle(int *order, int n, uint64 *random)
{
	for (int i = n - 1; i > 0; i--)
	{
		int j = (int) (((uint128) next_random(random) * (i + 1)) >> 64);
		int other = order[j];

		order[j] = order[i];
		order[i] = other;
	}
}

/* Adds to gains what each partner adds who joins in this order. */
static void
join_in_order(const Game *game, const int *order, double baseline, int *places,
			  Deals *joining, double *gains)
{
	int n = game->partners.n;
	Deals deals = {0, 0};
	double before = 0;

	for (int place = 0; place < n; place++)
		places[order[place]] = place;
	memset(joining, 0, n * sizeof(Deals));
	for (int64 i = 0; i < game->nsets; i++)
	{
		const PartnerSet *set = &game->sets[i];
		int last = 0; /* a deal is won when its last partner has joined */

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < set->n; j++)
			last = Max(last, places[set->partners[j]]);
		joining[last].wins += set->wins;
		joining[last].deals += set->wins + set->losses;
	}
	for (int place = 0; place < n; place++)
	{
		double now;

		deals.wins += joining[place].wins;
		deals.deals += joining[place].deals;
		now = worth(&deals, baseline);
		gains[order[place]] += now - before;
		before = now;
	}
}

static void
sample(const Game *game, int samples, uint64 seed, double *values,
	   double *errors)
{
	int n = game->partners.n;
	int *order = allocate_array(n, sizeof(int));
	int *places = allocate_array(n, sizeof(int));
	Deals *joining = allocate_array(n, sizeof(Deals));
	double *gains = allocate_array(n, sizeof(double));
	double baseline = baseline_of(game);

	for (int i = 0; i < n; i++)
	{
		order[i] = i;
		values[i] = 0;
		errors[i] = 0;
	}
	for (int s = 1; s <= samples; s++)
	{
		CHECK_FOR_INTERRUPTS();
		memset(gains, 0, n * sizeof(double));
		shuffle(order, n, &seed);
		join_in_order(game, order, baseline, places, joining, gains);
		for (int i = 0; i < n / 2; i++)
		{
			int other = order[i];

			order[i] = order[n - 1 - i];
			order[n - 1 - i] = other;
		}
		join_in_order(game, order, baseline, places, joining, gains);
		/* mean, and sum of squared deviations from it (Welford, 1962) */
		for (int i = 0; i < n; i++)
		{
			double gain = gains[i] / 2;
			double deviation = gain - values[i];

			values[i] += deviation / s;
			errors[i] += deviation * (gain - values[i]);
		}
	}
	for (int i = 0; i < n; i++)
		errors[i] = sqrt(errors[i] / (samples - 1) / samples);
	pfree(order);
	pfree(places);
	pfree(joining);
	pfree(gains);
}

/* ---- revenue ---- */

/*
 * The sums as integers of a common denominator, which is the exact value;
 * false where it does not fit.
 */
static bool
exact_weights(const int128 *sums, int n, int largest, Weight *weights)
{
	int128 denominator = 1;

	for (int size = 2; size <= largest; size++)
	{
		int128 a = denominator;
		int128 b = size;

		while (b != 0)
		{
			int128 rest = a % b;

			a = b;
			b = rest;
		}
		if (__builtin_mul_overflow(denominator, size / a, &denominator))
			return false;
	}
	for (int i = 0; i < n; i++)
	{
		int128 sum = 0;

		for (int size = 1; size <= largest; size++)
		{
			int128 part;

			if (__builtin_mul_overflow(sums[(int64) i * largest + size - 1],
									   denominator / size, &part) ||
				__builtin_add_overflow(sum, part, &sum))
				return false;
		}
		weights[i] = (Weight){Max(sum, 0), 1};
	}
	return true;
}

/* Every set's amount in equal parts; false: the weights are not exact. */
static bool
divide_equally(const Game *game, double *values, Weight *weights)
{
	int n = game->partners.n;
	double unit = pow(10, -game->scale);
	int largest = 0;
	int128 *sums; /* of each partner: what was won by so many together */
	bool exact;

	for (int64 i = 0; i < game->nsets; i++)
		largest = Max(largest, game->sets[i].n);
	sums = allocate_array((Size) n * largest, sizeof(int128));
	memset(sums, 0, (Size) n * largest * sizeof(int128));
	for (int64 i = 0; i < game->nsets; i++)
	{
		const PartnerSet *set = &game->sets[i];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < set->n; j++)
			sums[(int64) set->partners[j] * largest + set->n - 1] +=
				set->amount;
	}
	for (int i = 0; i < n; i++)
	{
		values[i] = 0;
		for (int size = 1; size <= largest; size++)
			values[i] += (double) sums[(int64) i * largest + size - 1] / size;
		values[i] *= unit;
	}
	exact = exact_weights(sums, n, largest, weights);
	pfree(sums);
	return exact;
}

/* ---- results ---- */

typedef enum GameName
{
	GAME_REVENUE,
	GAME_WIN_RATE
} GameName;

static GameName
game_argument(FunctionCallInfo fcinfo, int argno)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(argno));

	if (strcmp(name, "revenue") == 0)
		return GAME_REVENUE;
	if (strcmp(name, "win_rate") == 0)
		return GAME_WIN_RATE;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown game \"%.*s\"",
						   pg_mbcliplen(name, strlen(name), 60), name),
					errhint("The games are revenue and win_rate.")));
	return GAME_REVENUE; /* for the compiler */
}

/* Values as weights: what is below zero earns nothing. */
static void
measured_weights(const double *values, int n, double unit, Weight *weights)
{
	for (int i = 0; i < n; i++)
		weights[i] = (Weight){(int128) rint(Max(values[i], 0) / unit *
											WEIGHT_UNITS),
							  1};
}

/* What every partner's deals won, whoever else was there. */
static Deals *
count_deals(const Game *game)
{
	Deals *deals = allocate_array(game->partners.n, sizeof(Deals));

	memset(deals, 0, game->partners.n * sizeof(Deals));
	for (int64 i = 0; i < game->nsets; i++)
	{
		const PartnerSet *set = &game->sets[i];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < set->n; j++)
		{
			deals[set->partners[j]].wins += set->wins;
			deals[set->partners[j]].deals += set->wins + set->losses;
		}
	}
	return deals;
}

#define COLUMNS 7

/* A row of nobody: deals without a partner, or an amount nobody earned. */
static void
put_nobody(FunctionCallInfo fcinfo, const double *value, Datum amount,
		   const Deals *deals, const char *reason)
{
	Datum values[COLUMNS] = {0};
	bool nulls[COLUMNS] = {true,  value == NULL, true, false,
						   false, false,         false};

	if (value != NULL)
		values[1] = Float8GetDatum(*value);
	values[3] = amount;
	values[4] = Int64GetDatum(deals->deals);
	values[5] = Int64GetDatum(deals->wins);
	values[6] = CStringGetTextDatum(reason);
	put_row(fcinfo, values, nulls);
}

/*
 * shapley_values(shapley, game text, samples integer, seed bigint)
 *		-> setof (partner, value, standard_error, credited_value, deals, wins,
 *		reason)
 *
 * A row for each partner, in the order of the bytes of their names; rows
 * without a partner for what partners did not win, or none earned.
 */
Datum
shapley_values(PG_FUNCTION_ARGS)
{
	Game game = make_game(journeys_argument(fcinfo, 0, &sets));
	GameName name = game_argument(fcinfo, 1);
	int samples = PG_GETARG_INT32(2);
	uint64 seed = (uint64) PG_GETARG_INT64(3);
	int n = game.partners.n;
	double *values = allocate_array(n, sizeof(double));
	double *errors = allocate_array(n, sizeof(double));
	Weight *weights = allocate_array(n, sizeof(Weight));
	Numeric *credits = allocate_array(n, sizeof(Numeric));
	Deals *deals = count_deals(&game);
	int digits = Min(Max(game.scale, DEFAULT_MINOR_DIGITS), MAX_MINOR_DIGITS);
	Numeric amount = numeric_from_decimal(game.amount, game.scale);
	Deals nobody = {game.nobody.wins, game.nobody.wins + game.nobody.losses};

	if (samples < MIN_SAMPLES || samples > MAX_SAMPLES)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("samples must be between %d and %d",
							   MIN_SAMPLES, MAX_SAMPLES),
						errdetail("There are %d.", samples)));
	begin_rows(fcinfo);
	memset(errors, 0, n * sizeof(double));
	if (name == GAME_REVENUE)
	{
		if (!divide_equally(&game, values, weights))
		{
			double largest = 0;

			for (int i = 0; i < n; i++)
				largest = Max(largest, fabs(values[i]));
			measured_weights(values, n, largest > 0 ? largest : 1, weights);
		}
	}
	else
	{
		if (n > 0 && n <= EXACT_PARTNERS)
			compute_exactly(&game, values);
		else if (n > 0)
			sample(&game, samples, seed, values, errors);
		measured_weights(values, n, 1, weights);
	}
	if (n > 0 && !apportion_by_fractions(amount, digits, weights, n, credits))
	{
		for (int i = 0; i < n; i++)
			credits[i] = int64_to_numeric(0);
		if (game.amount != 0)
			put_nobody(fcinfo, NULL, NumericGetDatum(amount), &(Deals){0, 0},
					   "no partner's value is above zero");
	}
	for (int i = 0; i < n; i++)
	{
		Datum row[COLUMNS] = {0};
		bool nulls[COLUMNS] = {false};
		const char *reason = "share of the values above zero";

		CHECK_FOR_INTERRUPTS();
		if (weights[i].numerator == 0)
			reason = values[i] < 0 ? "no credit for a value below zero"
								   : "no credit for a value of zero";
		row[0] = PointerGetDatum(
			cstring_to_text_with_len(game.partners.names[i].bytes,
									 game.partners.names[i].length));
		row[1] = Float8GetDatum(values[i]);
		row[2] = Float8GetDatum(errors[i]);
		row[3] = NumericGetDatum(credits[i]);
		row[4] = Int64GetDatum(deals[i].deals);
		row[5] = Int64GetDatum(deals[i].wins);
		row[6] = CStringGetTextDatum(reason);
		put_row(fcinfo, row, nulls);
	}
	if (nobody.deals > 0)
	{
		double value = name == GAME_WIN_RATE ? worth(&nobody, 0)
											 : (double) game.nobody.amount *
												   pow(10, -game.scale);

		put_nobody(fcinfo, &value,
				   NumericGetDatum(
					   numeric_from_decimal(game.nobody.amount, game.scale)),
				   &nobody, "no partner");
	}
	return (Datum) 0;
}

JOURNEYS_FUNCTIONS(shapley, &sets);
VALUE_FUNCTION(shapley_accum, journeys_accum(fcinfo, &sets));
VALUE_FUNCTION(shapley_accum_counts, journeys_accum_counts(fcinfo, &sets));
