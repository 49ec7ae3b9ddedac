/*
 * deal_lift_rates.c
 *		Win rates of co-sold deals against those of solo ones.
 *
 * In the formulas a and b are the won deals of the two sides, n1 and n0 all
 * closed ones, m1 and m0 the won and the lost ones of both, N all; a sum is
 * over segments, of which those with deals on both sides count.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_rates.c
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"

#include "outcome/deal_lift_private.h"
#include "base/distribution.h"

/*
 * The normal approximation of a test holds where the number of won deals of a
 * side can be that much more or less than expected (Mantel and Fleiss 1980);
 * for one segment it is Cochran's rule that all four expected counts be 5.
 */
#define ENOUGH_EXPECTED 5

typedef struct Table
{
	double a;
	double b;
	double n1;
	double n0;
	double m1;
	double m0;
	double n;
} Table;

static Table
table_of(const Pair *pair)
{
	Table t = {0};

	if (pair->side[0])
	{
		t.a = (double) pair->side[0]->deals[WON];
		t.n1 = t.a + (double) pair->side[0]->deals[LOST];
	}
	if (pair->side[1])
	{
		t.b = (double) pair->side[1]->deals[WON];
		t.n0 = t.b + (double) pair->side[1]->deals[LOST];
	}
	t.m1 = t.a + t.b;
	t.n = t.n1 + t.n0;
	t.m0 = t.n - t.m1;
	return t;
}

/* How far the won deals of a side can be from their expectation */
typedef struct Room
{
	double expected;
	double least;
	double most;
} Room;

static void
add_room(Room *room, const Table *t)
{
	room->expected += t->n1 * t->m1 / t->n;
	room->least += Max(0, t->n1 - t->m0);
	room->most += Min(t->n1, t->m1);
}

static bool
too_little_room(const Room *room)
{
	return room->expected - room->least < ENOUGH_EXPECTED ||
		   room->most - room->expected < ENOUGH_EXPECTED;
}

/*
 * Whether both sides won everything, or nothing.  There is nothing to test
 * then, but many such deals are not too few to see that they do not differ.
 */
static bool
all_ended_alike(const Comparison *c, double won, double lost)
{
	return (won == 0 || lost == 0) && Min(c->n[0], c->n[1]) >= ENOUGH_DEALS;
}

/*
 * One segment: Wilson's interval of each rate, Newcombe's (1998, method 10) of
 * their difference, Pearson's chi-square test without continuity correction.
 */
static Comparison
compare_two_rates(const Pair *pair, double confidence)
{
	Comparison c = no_comparison();
	double z = confidence_to_z(confidence);
	Table t = table_of(pair);
	Room room = {0};
	double limits[2][2];

	c.n[0] = (int64) t.n1;
	c.n[1] = (int64) t.n0;
	for (int side = 0; side < 2; side++)
	{
		int64 won = c.n[side] > 0 ? pair->side[side]->deals[WON] : 0;

		if (c.n[side] > 0)
			c.value[side] = (double) won / (double) c.n[side];
		rate_limits(won, c.n[side], z, limits[side]);
	}
	if (c.n[0] == 0 || c.n[1] == 0)
		return c;
	compare_values(&c, limits);
	if (t.m1 > 0 && t.m0 > 0)
	{
		double deviation = t.a - t.n1 * t.m1 / t.n;
		double variance = (t.n1 / t.n) * (t.n0 / t.n) * t.m1 * (t.m0 / t.n);

		c.p_value = erfc(fabs(deviation) / sqrt(2 * variance));
	}
	add_room(&room, &t);
	judge(&c, too_little_room(&room) && !all_ended_alike(&c, t.m1, t.m0),
		  confidence);
	return c;
}

/*
 * Cochran, Mantel and Haenszel's test of all segments, without continuity
 * correction: sum(a - n1 m1 / N)^2 / sum(n1 n0 m1 m0 / (N^2 (N - 1))).
 */
typedef struct Test
{
	double deviation;
	double variance;
	Room room;
} Test;

static void
add_to_test(Test *test, const Table *t)
{
	test->deviation += t->a - t->n1 * t->m1 / t->n;
	test->variance += (t->n1 / t->n) * (t->n0 / t->n) * t->m1 *
					  (t->m0 / (t->n - 1));
	add_room(&test->room, t);
}

/*
 * Several segments.  With the weights w = n1 n0 / N the values are sum(w a/n1)
 * / sum(w) and sum(w b/n0) / sum(w); their ratio is the risk ratio of Mantel
 * and Haenszel, with the limits of Greenland and Robins (1985), and their
 * difference is the risk difference, with those of Sato (1989).
 */
static Comparison
compare_stratified_rates(const Pair *pairs, int n, double confidence)
{
	Comparison c = no_comparison();
	double z = confidence_to_z(confidence);
	Test test = {0};
	double weights = 0;
	double sum[2] = {0, 0};
	double ratio_part = 0;
	double sato_p = 0;
	double sato_q = 0;
	double won = 0;
	double lost = 0;

	for (int i = 0; i < n; i++)
	{
		Table t = table_of(&pairs[i]);

		CHECK_FOR_INTERRUPTS();
		if (t.n1 == 0 || t.n0 == 0)
			continue;
		won += t.m1;
		lost += t.m0;
		c.n[0] += (int64) t.n1;
		c.n[1] += (int64) t.n0;
		weights += t.n1 * t.n0 / t.n;
		sum[0] += t.a * t.n0 / t.n;
		sum[1] += t.b * t.n1 / t.n;
		ratio_part += (t.n1 * t.n0 * t.m1 / t.n - t.a * t.b) / t.n;
		sato_p += (t.n1 * t.n1 * t.b - t.n0 * t.n0 * t.a +
				   t.n1 * t.n0 * (t.n0 - t.n1) / 2) /
				  t.n / t.n;
		sato_q += (t.a * (t.n0 - t.b) + t.b * (t.n1 - t.a)) / t.n / 2;
		add_to_test(&test, &t);
	}
	if (weights == 0)
		return c;
	for (int side = 0; side < 2; side++)
		c.value[side] = sum[side] / weights;
	c.difference = c.value[0] - c.value[1];
	{
		double reach = z * sqrt(c.difference * sato_p + sato_q) / weights;

		c.difference_limit[0] = Max(c.difference - reach, -1);
		c.difference_limit[1] = Min(c.difference + reach, 1);
	}
	if (sum[1] > 0)
		c.ratio = sum[0] / sum[1];
	if (sum[0] > 0 && sum[1] > 0)
	{
		double reach = z * sqrt(ratio_part / sum[0] / sum[1]);

		c.ratio_limit[0] = c.ratio * exp(-reach);
		c.ratio_limit[1] = c.ratio * exp(reach);
	}
	if (test.variance > 0)
		c.p_value = erfc(fabs(test.deviation) / sqrt(2 * test.variance));
	judge(&c, too_little_room(&test.room) && !all_ended_alike(&c, won, lost),
		  confidence);
	return c;
}

Comparison
compare_rates(const Pair *pairs, int n, double confidence)
{
	return n == 1 ? compare_two_rates(pairs, confidence)
				  : compare_stratified_rates(pairs, n, confidence);
}

/*
 * The won deals of the first side that a segment would have with that odds
 * ratio: the root of a quadratic equation that is between its limits, in the
 * form that does not cancel.
 */
static double
won_with_odds(const Table *t, double odds)
{
	/* (1 - odds) x^2 + (m0 - n1 + odds (n1 + m1)) x - odds n1 m1 = 0 */
	double a = 1 - odds;
	double b = t->m0 - t->n1 + odds * (t->n1 + t->m1);
	double c = -odds * t->n1 * t->m1;
	double root = sqrt(b * b - 4 * a * c);

	if (b >= 0)
		return -2 * c / (b + root);
	return (root - b) / (2 * a);
}

/*
 * Breslow and Day's test that the odds ratio is the same in all segments, with
 * Tarone's correction (1985), which takes off what the Mantel-Haenszel odds
 * ratio is not the most likely one.
 */
static void
test_homogeneity(const Pair *pairs, int n, CommonOdds *odds)
{
	double chi_square = 0;
	double deviations = 0;
	double variances = 0;

	for (int i = 0; i < n; i++)
	{
		Table t = table_of(&pairs[i]);
		double won;
		double variance;

		CHECK_FOR_INTERRUPTS();
		if (t.n1 == 0 || t.n0 == 0 || t.m1 == 0 || t.m0 == 0)
			continue;
		won = won_with_odds(&t, odds->odds_ratio);
		variance = 1 / (1 / won + 1 / (t.n1 - won) + 1 / (t.m1 - won) +
						1 / (t.m0 - t.n1 + won));
		chi_square += (t.a - won) * (t.a - won) / variance;
		deviations += t.a - won;
		variances += variance;
	}
	odds->homogeneity_df = odds->strata - 1;
	if (odds->homogeneity_df < 1)
		return;
	odds->homogeneity = Max(chi_square - deviations * deviations / variances,
							0);
	odds->homogeneity_p = chi_square_tail(odds->homogeneity,
										  odds->homogeneity_df);
}

/*
 * The common odds ratio of Mantel and Haenszel (1959), sum(a d / N) / sum(b c
 * / N), where c and d are the lost deals of both sides, with the limits of
 * Robins, Breslow and Greenland (1986).
 */
CommonOdds
common_odds(const Pair *pairs, int n, double confidence)
{
	CommonOdds odds = {.odds_ratio = NAN,
					   .limit = {NAN, NAN},
					   .chi_square = NAN,
					   .p_value = NAN,
					   .homogeneity = NAN,
					   .homogeneity_p = NAN};
	double z = confidence_to_z(confidence);
	Test test = {0};
	double r = 0;
	double s = 0;
	double pr = 0;
	double ps_qr = 0;
	double qs = 0;

	for (int i = 0; i < n; i++)
	{
		Table t = table_of(&pairs[i]);
		double tr;
		double ts;
		double p;
		double q;

		CHECK_FOR_INTERRUPTS();
		if (t.n1 == 0 || t.n0 == 0 || t.m1 == 0 || t.m0 == 0)
			continue;
		odds.strata++;
		tr = t.a * (t.n0 - t.b) / t.n;
		ts = t.b * (t.n1 - t.a) / t.n;
		p = (t.a + t.n0 - t.b) / t.n;
		q = (t.b + t.n1 - t.a) / t.n;
		r += tr;
		s += ts;
		pr += p * tr;
		ps_qr += p * ts + q * tr;
		qs += q * ts;
		add_to_test(&test, &t);
	}
	if (test.variance > 0)
	{
		odds.chi_square = test.deviation * test.deviation / test.variance;
		odds.p_value = erfc(sqrt(odds.chi_square / 2));
	}
	if (s > 0)
		odds.odds_ratio = r / s;
	if (r > 0 && s > 0)
	{
		double reach = z * sqrt(pr / (2 * r * r) + ps_qr / (2 * r * s) +
								qs / (2 * s * s));

		odds.limit[0] = odds.odds_ratio * exp(-reach);
		odds.limit[1] = odds.odds_ratio * exp(reach);
		test_homogeneity(pairs, n, &odds);
	}
	if (too_little_room(&test.room))
		odds.p_value = NAN;
	return odds;
}
