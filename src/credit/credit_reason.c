/*
 * credit_reason.c
 *		Why a touch has the credit it has, in words.
 *
 * The words are for whoever is asked by a partner why it got what it got: they
 * name what was looked at, not how it was computed.
 *
 * IDENTIFICATION
 *		src/credit/credit_reason.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/memory.h"
#include "credit/credit.h"
#include "base/half_life.h"

#define MAX_SHOWN_BYTES 200 /* of a role */

static void
append_number(StringInfo text, int64 number)
{
	char digits[24];

	digits[pg_lltoa(number, digits)] = '\0';
	appendStringInfoString(text, digits);
}

static void
append_count(StringInfo text, int64 number, const char *one, const char *many)
{
	append_number(text, number);
	appendStringInfoChar(text, ' ');
	appendStringInfoString(text, number == 1 ? one : many);
}

static int64
sum_of_weights(const CreditModel *model)
{
	int64 sum = 0;

	for (int i = 0; i < model->nroles; i++)
		sum += model->roles[i].weight;
	return sum;
}

/* "40 of 100" */
static void
append_fraction(StringInfo text, const CreditModel *model, int64 weight)
{
	credit_model_append_weight(text, model, weight);
	appendStringInfoString(text, " of ");
	credit_model_append_weight(text, model, sum_of_weights(model));
}

/* A role of the model by its place there. */
static void
append_model_role(StringInfo text, const CreditModel *model, int role)
{
	appendBinaryStringInfo(text, credit_role_name(model, role),
						   model->roles[role].name_length);
}

/* A touch's role as it was written; the long ones are cut. */
static void
append_role(StringInfo text, const CreditDeal *deal, const CreditTouch *touch)
{
	const CreditName *role = &deal->roles[touch->role];

	appendBinaryStringInfo(text, role->bytes,
						   pg_mbcliplen(role->bytes, role->length,
										MAX_SHOWN_BYTES));
}

static void
append_duration(StringInfo text, int64 microseconds)
{
	int64 hours = microseconds / USECS_PER_HOUR;

	if (hours >= 48 || hours == 24)
		append_count(text, hours / 24, "day", "days");
	else
		append_count(text, hours, "hour", "hours");
}

static void
append_age(StringInfo text, const CreditDeal *deal, const CreditTouch *touch)
{
	TimestampTz last = credit_start(deal->touches[deal->last].occurred_at);

	if (credit_start(touch->occurred_at) == last)
	{
		appendStringInfoString(text, "last touch");
		return;
	}
	append_duration(text, last - credit_start(touch->occurred_at));
	appendStringInfoString(text, " before the last touch");
}

static void
append_own_weight(StringInfo text, const CreditTouch *touch)
{
	int64 weight = touch->weight;
	int scale = CREDIT_WEIGHT_SCALE;

	appendStringInfoString(text, "engagement weight ");
	if (weight == CREDIT_UNWEIGHTED)
	{
		appendStringInfoString(text, "1");
		return;
	}
	append_number(text, weight / 1000000);
	weight %= 1000000;
	if (weight == 0)
		return;
	for (; weight % 10 == 0; weight /= 10)
		scale--;
	appendStringInfo(text, ".%0*lld", scale, (long long) weight);
}

static void
append_milestones(StringInfo text, const CreditDeal *deal,
				  const CreditTouch *touch)
{
	int set = Max(deal->role_codes[touch->role], 0);
	int n = 0;

	if (set == 0)
	{
		appendStringInfoString(text, "touch between milestones");
		return;
	}
	appendStringInfoString(text, "milestone ");
	for (int m = 0; m < credit_model_milestones(deal->model); m++)
		if (set >> m & 1)
		{
			if (n++ > 0)
				appendStringInfoString(text, " and ");
			appendStringInfoString(text, credit_milestone_name(m));
		}
	/* Each milestone has holders of its own. */
	for (int m = 0; m < credit_model_milestones(deal->model); m++)
		if (set >> m & 1 && deal->scratch->role_touches[m] > 1)
		{
			appendStringInfoString(text, ", ");
			if (n > 1)
			{
				appendStringInfoString(text, credit_milestone_name(m));
				appendStringInfoChar(text, ' ');
			}
			appendStringInfoString(text, "shared by ");
			append_number(text, deal->scratch->role_touches[m]);
		}
}

/* Where touches at one moment are one place. */
static void
append_sharing(StringInfo text, int64 touches)
{
	if (touches > 1)
	{
		appendStringInfoString(text, ", shared by ");
		append_number(text, touches);
	}
}

/* The place in the shape, or those that touches at one moment share. */
static void
append_place(StringInfo text, const CreditDeal *deal, const CreditTouch *touch)
{
	const CreditModel *model = deal->model;
	bool head = touch->occurred_at == deal->touches[deal->first].occurred_at;
	bool tail = touch->occurred_at == deal->touches[deal->last].occurred_at;
	int place = head ? U_FIRST : tail ? U_LAST : U_MIDDLE;

	if (head && tail)
	{
		appendStringInfoString(text, deal->counting == 1 ? "only touch"
									 : deal->counting == 2
										 ? "first and last touch"
										 : "first, middle and last touch");
		append_sharing(text, deal->counting);
		return;
	}
	if ((head && deal->heads > 1) || (tail && deal->tails > 1))
	{
		appendStringInfoString(text, head ? "first and middle touch"
										  : "middle and last touch");
		append_sharing(text, head ? deal->heads : deal->tails);
		return;
	}
	append_model_role(text, model, place);
	appendStringInfoString(text, " touch, ");
	append_fraction(text, model, model->roles[place].weight);
	if (place == U_MIDDLE && deal->counting > 3)
	{
		appendStringInfoString(text, ", shared by ");
		append_count(text, deal->counting - 2, "touch", "touches");
	}
}

/* Why a touch that takes part has its credit. */
static void
append_share(StringInfo text, const CreditDeal *deal, int64 touch)
{
	const CreditModel *model = deal->model;
	const CreditTouch *row = &deal->touches[touch];
	int role;

	switch ((CreditMethod) model->method)
	{
		case CREDIT_ROLE_SPLIT:
			role = deal->role_codes[row->role];
			appendStringInfoString(text, "role ");
			append_model_role(text, model, role);
			appendStringInfoString(text, ", ");
			append_fraction(text, model, model->roles[role].weight);
			if (deal->scratch->role_touches[role] == 1)
				break;
			appendStringInfoString(text, ", shared by ");
			if (deal->scratch->role_partners[role] > 1)
				append_count(text, deal->scratch->role_partners[role],
							 "partner", "partners");
			else
				append_count(text, deal->scratch->role_touches[role], "touch",
							 "touches");
			if (model->within == CREDIT_WITHIN_WEIGHT)
				appendStringInfoString(text, " by weight");
			else if (model->within == CREDIT_WITHIN_TOUCHES &&
					 deal->scratch->role_partners[role] > 1)
				appendStringInfoString(text, " by touches");
			break;
		case CREDIT_LINEAR:
			appendStringInfoString(text, "equal share of ");
			if (model->per == CREDIT_PER_PARTNER)
				append_count(text, deal->partners, "partner", "partners");
			else
				append_count(text, deal->counting, "touch", "touches");
			break;
		case CREDIT_FIRST_TOUCH:
			appendStringInfoString(text, "first touch");
			append_sharing(text, deal->heads);
			break;
		case CREDIT_LAST_TOUCH:
			appendStringInfoString(text, "last touch");
			append_sharing(text, deal->heads);
			break;
		case CREDIT_U_SHAPED:
			append_place(text, deal, row);
			break;
		case CREDIT_W_SHAPED:
		case CREDIT_FULL_PATH:
			append_milestones(text, deal, row);
			break;
		case CREDIT_TIME_DECAY:
			append_age(text, deal, row);
			break;
		case CREDIT_ENGAGEMENT:
			append_own_weight(text, row);
			if (model->half_life != 0)
			{
				appendStringInfoString(text, ", ");
				append_age(text, deal, row);
			}
			break;
		case CREDIT_SOURCE_WINS:
			appendStringInfoString(text, "first sourcing touch");
			append_sharing(text, deal->heads);
			break;
		case CREDIT_PRIMARY_ONLY:
			appendStringInfoString(text, "primary partner");
			append_sharing(text, deal->heads);
			break;
	}
}

static void
append_not_chosen(StringInfo text, const CreditModel *model)
{
	switch ((CreditMethod) model->method)
	{
		case CREDIT_LAST_TOUCH:
			appendStringInfoString(text, "not the last touch");
			break;
		case CREDIT_SOURCE_WINS:
			appendStringInfoString(text, "not the first sourcing touch");
			break;
		default:
			appendStringInfoString(text, "not the first touch");
			break;
	}
}

/* touch >= 0 names its role. */
static void
append_exclusion(StringInfo text, const CreditDeal *deal, CreditReason reason,
				 int64 touch)
{
	switch (reason)
	{
		case CREDIT_COUNTS:
		case CREDIT_ZERO_PLACE:
			appendStringInfoString(text, "its place has weight 0");
			break;
		case CREDIT_NO_PARTNER:
			appendStringInfoString(text, "no partner");
			break;
		case CREDIT_NO_ROLE:
			appendStringInfoString(text, "no role given");
			break;
		case CREDIT_UNKNOWN_ROLE:
			appendStringInfoString(text, "role ");
			if (touch >= 0)
			{
				append_role(text, deal, &deal->touches[touch]);
				appendStringInfoChar(text, ' ');
			}
			appendStringInfoString(text, "is not in the rule");
			break;
		case CREDIT_ZERO_ROLE:
			appendStringInfoString(text, "role ");
			if (touch >= 0)
			{
				append_role(text, deal, &deal->touches[touch]);
				appendStringInfoChar(text, ' ');
			}
			appendStringInfoString(text, "earns no credit by the rule");
			break;
		case CREDIT_LOWER_ROLE:
			appendStringInfoString(text,
								   "partner is credited for a higher role");
			break;
		case CREDIT_ZERO_WEIGHT:
			appendStringInfoString(text, "weight is 0");
			break;
		case CREDIT_UNDATED:
			appendStringInfoString(text, "no date");
			break;
		case CREDIT_AFTER_CLOSE:
			appendStringInfoString(text, "after the close");
			break;
		case CREDIT_BEFORE_LOOKBACK:
			appendStringInfoString(text, "more than ");
			append_duration(text, deal->model->lookback);
			appendStringInfoString(text, " before the close");
			break;
		case CREDIT_NOT_CHOSEN:
			append_not_chosen(text, deal->model);
			break;
		case CREDIT_NOT_SOURCING:
			appendStringInfoString(text, "not a sourcing role");
			break;
		case CREDIT_NOT_PRIMARY:
			appendStringInfoString(text, "not marked primary");
			break;
	}
}

/* Why the touch has its credit, after credit_weigh(). */
void
credit_append_reason(StringInfo text, const CreditDeal *deal, int64 touch)
{
	CreditReason reason = deal->scratch->reasons[touch];

	if (reason == CREDIT_COUNTS && deal->scratch->weights[touch].numerator > 0)
		append_share(text, deal, touch);
	else if (reason == CREDIT_COUNTS && deal->model->half_life != 0)
		appendStringInfo(text, "more than %d half-lives before the last touch",
						 HALF_LIFE_BITS);
	else
		append_exclusion(text, deal, reason, touch);
}

/* Why something of the deal, or all of it, goes to no partner. */
void
credit_append_remainder_reason(StringInfo text, const CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	bool same = true;
	bool any = false;
	int64 touch;
	int n = 0;

	for (touch = 0; touch < deal->ntouches && !any; touch++)
	{
		check_for_interrupts_at(touch);
		any = deal->touches[touch].partner != CREDIT_NOBODY;
	}
	if (!any)
	{
		appendStringInfoString(text, "no partner");
		return;
	}
	if (deal->weighty)
	{
		appendStringInfoString(text, "retained: no partner in role ");
		for (int role = 0; role < model->nroles; role++)
			if (deal->scratch->role_touches[role] == 0 &&
				model->roles[role].weight > 0)
			{
				if (n++ > 0)
					appendStringInfoString(text, ", ");
				append_model_role(text, model, role);
			}
		return;
	}

	appendStringInfoString(text, "unattributed: ");
	for (touch = 1; touch < deal->ntouches && same; touch++)
	{
		check_for_interrupts_at(touch);
		same = deal->scratch->reasons[touch] == deal->scratch->reasons[0];
	}
	if (same)
	{
		if (deal->ntouches > 1)
			appendStringInfoString(text, "all touches: ");
		append_exclusion(text, deal, deal->scratch->reasons[0], -1);
	}
	else if (model->method == CREDIT_SOURCE_WINS)
		appendStringInfoString(text, "no sourcing touch counts");
	else if (model->method == CREDIT_PRIMARY_ONLY)
		appendStringInfoString(text, "no touch marked primary counts");
	else
		appendStringInfoString(text, "no touch counts");
}

/* Why the deal's amount was not split. */
void
credit_append_problem(StringInfo text, CreditProblem problem,
					  const CreditModel *model)
{
	switch (problem)
	{
		case CREDIT_NO_PROBLEM:
			break;
		case CREDIT_NO_AMOUNT:
			appendStringInfoString(text, "not split: the deal has no amount");
			break;
		case CREDIT_NOT_FINITE:
			appendStringInfoString(text, "not split: amount is not finite");
			break;
		case CREDIT_TOO_MANY_DIGITS:
			appendStringInfo(text,
							 "not split: amount has more than %d digits after "
							 "the decimal point",
							 model->minor_digits);
			break;
		case CREDIT_NO_MODEL:
			appendStringInfoString(text, "not split: no credit model");
			break;
	}
}
