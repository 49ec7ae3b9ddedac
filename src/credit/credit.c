/*
 * credit.c
 *		Who gets what share of one deal.
 *
 * credit_weigh() gives every touch of a deal a weight, as a fraction, by the
 * deal's model; credit_split() splits the amount by these weights in one step.
 * Roles that nobody holds take part in that split as one more row, so that
 * what the company retains is exact, too.
 *
 * The window function, the aggregate of one deal and the one of a whole table
 * all come here, so that they cannot disagree.  Nothing depends on the order
 * in which rows arrive: they are put in the order of credit_compare() before
 * anything is decided.
 *
 * IDENTIFICATION
 *		src/credit/credit.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/memory.h"
#include "credit/credit.h"
#include "base/decimal.h"
#include "base/half_life.h"

#define SCRATCH_TOUCHES 64
#define MAX_MODEL_ROLES 128 /* above what credit_model.c lets in */

/* Touches by partner, as numbers: a sort that can be cancelled. */
#define ST_SORT          sort_keys
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define PARTNER_KEY(partner, touch) ((uint64) (partner) << 32 | (touch))
#define KEY_PARTNER(key)            ((uint32) ((key) >> 32))
#define KEY_TOUCH(key)              ((uint32) (key))

/* ---- memory ---- */

static void
set_capacity(CreditScratch *scratch, int64 capacity)
{
	MemoryContext caller = MemoryContextSwitchTo(scratch->context);

	scratch->capacity = capacity;
	scratch->reasons = allocate_array(capacity, sizeof(CreditReason));
	scratch->weights = allocate_array(capacity, sizeof(Weight));
	scratch->keys = allocate_array(capacity, sizeof(uint64));
	scratch->integers = allocate_array(capacity, sizeof(uint64));
	scratch->remainders = allocate_array(capacity, sizeof(uint64));
	scratch->parts = allocate_array(capacity, sizeof(int64));
	scratch->shares = allocate_array(capacity, sizeof(int64));
	MemoryContextSwitchTo(caller);
}

/* In the current memory context. */
void
credit_start_scratch(CreditScratch *scratch)
{
	scratch->context = CurrentMemoryContext;
	scratch->large = AllocSetContextCreate(CurrentMemoryContext,
										   "large amounts",
										   ALLOCSET_DEFAULT_SIZES);
	scratch->role_partners = palloc(MAX_MODEL_ROLES * sizeof(int64));
	scratch->role_touches = palloc(MAX_MODEL_ROLES * sizeof(int64));
	scratch->role_weights = palloc(MAX_MODEL_ROLES * sizeof(int128));
	set_capacity(scratch, SCRATCH_TOUCHES);
}

/* One place more than there are touches, for what is retained. */
static void
reserve(CreditScratch *scratch, int64 touches)
{
	if (touches < scratch->capacity)
		return;
	pfree(scratch->reasons);
	pfree(scratch->weights);
	pfree(scratch->keys);
	pfree(scratch->integers);
	pfree(scratch->remainders);
	pfree(scratch->parts);
	pfree(scratch->shares);
	set_capacity(scratch, touches + touches / 2 + 1);
}

/* ---- names ---- */

/*
 * An id as text, in the id itself where it can be, else in what is allocated
 * for it.
 */
CreditName
credit_id_name(Datum id, IdType type, void **allocated)
{
	CreditName name;
	text *value;

	if (type == ID_TEXT)
	{
		value = DatumGetTextPP(id);
		name.bytes = VARDATA_ANY(value);
		name.length = VARSIZE_ANY_EXHDR(value);
		/* Detoasting may have copied it. */
		*allocated = (Pointer) value == DatumGetPointer(id) ? NULL : value;
		return name;
	}
	*allocated = DatumGetCString(
		DirectFunctionCall1(type == ID_UUID ? uuid_out : int8out, id));
	name.bytes = *allocated;
	name.length = strlen(name.bytes);
	return name;
}

/* Sorts that can be cancelled: a deal may have millions of rows. */
#define ST_SORT          sort_by_partner
#define ST_ELEMENT_TYPE  NamedTouch
#define ST_COMPARE(a, b) credit_compare_names(&(a)->partner, &(b)->partner)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_by_role
#define ST_ELEMENT_TYPE  NamedTouch
#define ST_COMPARE(a, b) credit_compare_names(&(a)->role, &(b)->role)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_touches
#define ST_ELEMENT_TYPE  NamedTouch
#define ST_COMPARE(a, b) credit_compare(&(a)->touch, &(b)->touch)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Numbers the partners and roles of a deal in the order of their bytes, brings
 * the rows into the order of credit_compare() and gives them to the deal, with
 * its model known, in the current memory context.
 */
void
credit_arrange(CreditDeal *deal, NamedTouch *rows, int64 n)
{
	CreditTouch *touches = allocate_array(n, sizeof(CreditTouch));
	CreditName *roles;
	int32 *codes;
	int64 number = 0;

	sort_by_partner(rows, n);
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		number += i > 0 && credit_compare_names(&rows[i].partner,
												&rows[i - 1].partner) != 0;
		rows[i].touch.partner = rows[i].partner.bytes == NULL ? CREDIT_NOBODY
															  : number;
	}
	sort_by_role(rows, n);
	number = 0;
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		number += i > 0 &&
				  credit_compare_names(&rows[i].role, &rows[i - 1].role) != 0;
		rows[i].touch.role = number;
	}
	roles = allocate_array(number + 1, sizeof(CreditName));
	codes = allocate_array(number + 1, sizeof(int32));
	for (int64 i = 0; i < n; i++)
	{
		const CreditName *role = &rows[i].role;

		check_for_interrupts_at(i);
		if (i > 0 && rows[i].touch.role == rows[i - 1].touch.role)
			continue;
		number = rows[i].touch.role;
		roles[number] = *role;
		codes[number] = role->bytes == NULL
							? -1
							: credit_model_role_code(deal->model, role->bytes,
													 role->length);
	}
	sort_touches(rows, n);
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		touches[i] = rows[i].touch;
	}
	deal->roles = roles;
	deal->role_codes = codes;
	deal->touches = touches;
	deal->ntouches = n;
}

/* ---- which touches count ---- */

static void
unknown_role(const CreditDeal *deal, const CreditTouch *touch)
{
	const CreditName *role = &deal->roles[touch->role];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("role \"%.*s\" is not a role of the credit model",
					pg_mbcliplen(role->bytes, role->length, 200), role->bytes),
			 errdetail("The roles of the model are %s.",
					   credit_model_role_list(deal->model)),
			 errhint("Name the role in the model (=0 if it earns nothing), "
					 "map it to one of these, or add unknown=ignore.")));
}

/* Whether undated touches carry no weight. */
static bool
needs_dates(const CreditModel *model)
{
	switch ((CreditMethod) model->method)
	{
		case CREDIT_FIRST_TOUCH:
		case CREDIT_LAST_TOUCH:
		case CREDIT_U_SHAPED:
		case CREDIT_TIME_DECAY:
			return true;
		case CREDIT_ENGAGEMENT:
			return model->half_life != 0 || model->lookback != 0;
		default:
			return model->lookback != 0;
	}
}

/* What the touch's role is to the model; -1 where that is nothing. */
static inline int32
role_code(const CreditDeal *deal, const CreditTouch *touch)
{
	return deal->role_codes[touch->role];
}

/* A touch that gives no weight counts as one. */
static inline int64
own_weight(const CreditTouch *touch)
{
	return touch->weight == CREDIT_UNWEIGHTED ? 1000000 : touch->weight;
}

static CreditReason
judge_role(const CreditDeal *deal, const CreditTouch *touch)
{
	if (deal->model->method == CREDIT_ROLE_SPLIT)
	{
		if (deal->roles[touch->role].bytes == NULL)
			return CREDIT_NO_ROLE;
		if (role_code(deal, touch) < 0)
		{
			if (deal->model->unknown == CREDIT_UNKNOWN_ERROR)
				unknown_role(deal, touch);
			return CREDIT_UNKNOWN_ROLE;
		}
	}
	else if (deal->model->method == CREDIT_SOURCE_WINS)
	{
		if (deal->roles[touch->role].bytes == NULL)
			return CREDIT_NO_ROLE;
		if (role_code(deal, touch) < 0)
			return CREDIT_NOT_SOURCING;
	}
	return CREDIT_COUNTS;
}

static CreditReason
judge_weight(const CreditDeal *deal, const CreditTouch *touch)
{
	const CreditModel *model = deal->model;

	switch ((CreditMethod) model->method)
	{
		case CREDIT_ROLE_SPLIT:
			if (model->roles[role_code(deal, touch)].weight == 0)
				return CREDIT_ZERO_ROLE;
			if (model->within == CREDIT_WITHIN_WEIGHT && touch->weight == 0)
				return CREDIT_ZERO_WEIGHT;
			break;
		case CREDIT_ENGAGEMENT:
			if (touch->weight == 0)
				return CREDIT_ZERO_WEIGHT;
			break;
		case CREDIT_PRIMARY_ONLY:
			/* A mark that is not there is no mark. */
			if (touch->weight == CREDIT_UNWEIGHTED || touch->weight == 0)
				return CREDIT_NOT_PRIMARY;
			break;
		default:
			break;
	}
	return CREDIT_COUNTS;
}

/* Whether the touch takes part. */
static CreditReason
judge(const CreditDeal *deal, const CreditTouch *touch, bool dated_model)
{
	CreditReason reason;

	if (touch->partner == CREDIT_NOBODY)
		return CREDIT_NO_PARTNER;
	reason = judge_role(deal, touch);
	if (reason != CREDIT_COUNTS)
		return reason;
	if (touch->occurred_at == CREDIT_UNDATED_AT)
	{
		if (dated_model)
			return CREDIT_UNDATED;
	}
	else if (touch->occurred_at > deal->latest)
		return CREDIT_AFTER_CLOSE;
	else if (unlikely(touch->occurred_at < deal->earliest))
	{
		/* Or a day, which is a number below all times. */
		TimestampTz start = credit_start(touch->occurred_at);

		if (!moment_is_day(touch->occurred_at) || start < deal->earliest_day)
			return CREDIT_BEFORE_LOOKBACK;
		if (start > deal->latest)
			return CREDIT_AFTER_CLOSE;
	}
	return judge_weight(deal, touch);
}

/*
 * When touches count.  Where the close or the touch is a day, their UTC days
 * are compared: a close is then its whole day, and a lookback goes back from
 * the beginning of that day to the first day that begins within it.
 */
static void
set_limits(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	bool by_day = moment_is_day(deal->closed_at);
	TimestampTz close_day;

	deal->earliest = deal->earliest_day = MIN_TIMESTAMP;
	deal->latest = PG_INT64_MAX;
	if (!deal->closed)
		return;
	close_day = moment_day(deal->closed_at) * USECS_PER_DAY;
	if (model->after_close == CREDIT_AFTER_CLOSE_EXCLUDE)
		deal->latest = by_day ? close_day + USECS_PER_DAY - 1
							  : deal->closed_at;
	if (model->lookback == 0)
		return;
	deal->earliest_day = utc_day_of(close_day - model->lookback - 1) *
							 USECS_PER_DAY +
						 USECS_PER_DAY;
	deal->earliest = by_day ? deal->earliest_day
							: deal->closed_at - model->lookback;
}

/* ---- what they weigh ---- */

static inline void
set_weight(CreditDeal *deal, int64 touch, int128 numerator, int128 denominator)
{
	deal->scratch->weights[touch].numerator = numerator;
	deal->scratch->weights[touch].denominator = denominator;
}

static int128
multiply(int128 a, int128 b)
{
	int128 product;

	if (__builtin_mul_overflow(a, b, &product))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal has too many touches for its model")));
	return product;
}

/* The touches that count, grouped by partner. */
static void
group_by_partner(CreditDeal *deal)
{
	uint64 *keys = deal->scratch->keys;
	int64 n = 0;

	for (int64 i = 0; i < deal->ntouches; i++)
	{
		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] == CREDIT_COUNTS)
			keys[n++] = PARTNER_KEY(deal->touches[i].partner, i);
	}
	Assert(n == deal->counting);
	sort_keys(keys, n);
	for (int64 i = 0; i < n; i++)
	{
		check_for_interrupts_at(i);
		deal->partners += i == 0 ||
						  KEY_PARTNER(keys[i]) != KEY_PARTNER(keys[i - 1]);
	}
}

/* The end of the run of touches of one partner. */
static int64
partner_run(const CreditDeal *deal, int64 start)
{
	const uint64 *keys = deal->scratch->keys;
	int64 end = start + 1;

	while (end < deal->counting &&
		   KEY_PARTNER(keys[end]) == KEY_PARTNER(keys[start]))
		check_for_interrupts_at(end++);
	return end;
}

/* Equal shares per partner, each spread over its touches, or per touch. */
static void
weigh_linear(CreditDeal *deal)
{
	group_by_partner(deal);
	for (int64 start = 0, end; start < deal->counting; start = end)
	{
		end = partner_run(deal, start);
		for (int64 i = start; i < end; i++)
		{
			check_for_interrupts_at(i);
			set_weight(deal, KEY_TOUCH(deal->scratch->keys[i]), 1,
					   deal->model->per == CREDIT_PER_PARTNER ? end - start
															  : 1);
		}
	}
}

/* The better of two roles: more weight, or named first in the model. */
static int
better_role(const CreditModel *model, int a, int b)
{
	if (a < 0 || model->roles[b].weight > model->roles[a].weight)
		return b;
	return model->roles[b].weight == model->roles[a].weight ? Min(a, b) : a;
}

/*
 * Every partner keeps its role of highest weight; the role's weight is shared
 * within the role.  What nobody holds is the weight behind the touches'.
 */
static void
weigh_roles(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	CreditScratch *scratch = deal->scratch;
	int64 counting = deal->counting;
	Weight *unfilled = &scratch->weights[deal->ntouches];

	memset(scratch->role_partners, 0, model->nroles * sizeof(int64));
	memset(scratch->role_touches, 0, model->nroles * sizeof(int64));
	memset(scratch->role_weights, 0, model->nroles * sizeof(int128));
	group_by_partner(deal);
	for (int64 start = 0, end; start < counting; start = end)
	{
		int best = -1;
		int64 rows = 0;

		end = partner_run(deal, start);
		for (int64 i = start; i < end; i++)
		{
			check_for_interrupts_at(i);
			best = better_role(
				model, best,
				role_code(deal, &deal->touches[KEY_TOUCH(scratch->keys[i])]));
		}
		for (int64 i = start; i < end; i++)
		{
			uint32 touch = KEY_TOUCH(scratch->keys[i]);

			check_for_interrupts_at(i);
			if (role_code(deal, &deal->touches[touch]) != best)
			{
				scratch->reasons[touch] = CREDIT_LOWER_ROLE;
				continue;
			}
			rows++;
			scratch->role_weights[best] += own_weight(&deal->touches[touch]);
		}
		scratch->role_partners[best]++;
		scratch->role_touches[best] += rows;
		/* For now the denominator alone; the rest needs the whole deal. */
		for (int64 i = start; i < end; i++)
		{
			check_for_interrupts_at(i);
			scratch->weights[KEY_TOUCH(scratch->keys[i])].denominator = rows;
		}
	}
	deal->counting = 0;
	for (int role = 0; role < model->nroles; role++)
		deal->counting += scratch->role_touches[role];

	for (int64 i = 0; i < deal->ntouches; i++)
	{
		Weight *weight = &scratch->weights[i];
		int role;

		check_for_interrupts_at(i);
		if (scratch->reasons[i] == CREDIT_LOWER_ROLE)
			weight->denominator = 1;
		if (scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		role = role_code(deal, &deal->touches[i]);
		weight->numerator = model->roles[role].weight;
		switch ((CreditWithin) model->within)
		{
			case CREDIT_WITHIN_PARTNERS:
				weight->denominator *= scratch->role_partners[role];
				break;
			case CREDIT_WITHIN_TOUCHES:
				weight->denominator = scratch->role_touches[role];
				break;
			case CREDIT_WITHIN_WEIGHT:
				weight->numerator *= own_weight(&deal->touches[i]);
				weight->denominator = scratch->role_weights[role];
				break;
		}
	}
	if (model->unfilled == CREDIT_UNFILLED_RETAIN)
		for (int role = 0; role < model->nroles; role++)
			if (scratch->role_touches[role] == 0)
				unfilled->numerator += model->roles[role].weight;
}

/*
 * Touches at one moment have no order among themselves: those at positions i
 * to j each get the mean of the weights that these positions have, so that
 * nobody is first by its name.
 */

static inline bool
at_moment_of(const CreditDeal *deal, int64 touch, int64 other)
{
	return deal->touches[touch].occurred_at ==
		   deal->touches[other].occurred_at;
}

/* How many touches that count are at the moment of this one, which does. */
static inline int64
count_moment(const CreditDeal *deal, int64 touch)
{
	int64 n = 1;

	for (int64 i = touch - 1; i >= 0 && at_moment_of(deal, i, touch); i--)
	{
		check_for_interrupts_at(i);
		n += deal->scratch->reasons[i] == CREDIT_COUNTS;
	}
	for (int64 i = touch + 1;
		 i < deal->ntouches && at_moment_of(deal, i, touch); i++)
	{
		check_for_interrupts_at(i);
		n += deal->scratch->reasons[i] == CREDIT_COUNTS;
	}
	return n;
}

/* All to the touches at one moment. */
static void
weigh_moment(CreditDeal *deal, int64 chosen)
{
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		if (at_moment_of(deal, i, chosen))
		{
			set_weight(deal, i, 1, 1);
			deal->heads++;
		}
		else
			deal->scratch->reasons[i] = CREDIT_NOT_CHOSEN;
	}
}

/* The same to every touch that counts. */
static void
weigh_equally(CreditDeal *deal)
{
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] == CREDIT_COUNTS)
			set_weight(deal, i, 1, 1);
	}
	deal->heads = deal->counting;
}

/*
 * An end of the shape with so many touches at its moment, which has the end's
 * own place and some of the middle's: the mean of these.
 */
static Weight
end_weight(int64 end, int64 middle, int64 touches, int64 middle_places)
{
	Weight weight = {end, 1};

	if (touches > 1)
	{
		weight.numerator = (int128) end * middle_places +
						   (int128) middle * (touches - 1);
		weight.denominator = (int128) touches * middle_places;
	}
	return weight;
}

/* By place among the touches: first, last, and what is between them. */
static void
weigh_u_shape(CreditDeal *deal)
{
	const CreditRole *places = deal->model->roles;
	int64 middle = places[U_MIDDLE].weight;
	int64 middle_places = deal->counting - 2;
	Weight first;
	Weight last;

	if (deal->counting == 0)
		return;
	if (deal->counting == 1)
	{
		set_weight(deal, deal->first, 1, 1);
		return;
	}
	deal->heads = count_moment(deal, deal->first);
	deal->tails = count_moment(deal, deal->last);
	if (deal->heads == deal->counting)
	{
		/* The mean of all places, were it only of zeros. */
		first.numerator = places[U_FIRST].weight + places[U_LAST].weight +
						  (middle_places > 0 ? middle : 0);
		first.denominator = 1;
		last = first;
	}
	else
	{
		first = end_weight(places[U_FIRST].weight, middle, deal->heads,
						   middle_places);
		last = end_weight(places[U_LAST].weight, middle, deal->tails,
						  middle_places);
	}
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		if (at_moment_of(deal, i, deal->first))
			deal->scratch->weights[i] = first;
		else if (at_moment_of(deal, i, deal->last))
			deal->scratch->weights[i] = last;
		else
			set_weight(deal, i, middle, middle_places);
	}
}

/*
 * By milestones: each shares its weight among the touches that hold it, and a
 * touch sums those it holds; the other touches share the middle's.
 */
static void
weigh_milestones(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	int milestones = credit_model_milestones(model);
	int64 *holders = deal->scratch->role_touches;
	int64 middle = 0;

	memset(holders, 0, milestones * sizeof(int64));
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		int set = Max(role_code(deal, &deal->touches[i]), 0);

		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		middle += set == 0;
		for (int m = 0; m < milestones; m++)
			holders[m] += set >> m & 1;
	}
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		int set = Max(role_code(deal, &deal->touches[i]), 0);
		int128 numerator = 0;
		int128 denominator = 1;

		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		if (set == 0)
		{
			set_weight(deal, i, model->roles[milestones].weight, middle);
			continue;
		}
		for (int m = 0; m < milestones; m++)
			if (set >> m & 1)
			{
				numerator = multiply(numerator, holders[m]) +
							multiply(denominator, model->roles[m].weight);
				denominator = multiply(denominator, holders[m]);
			}
		set_weight(deal, i, numerator, denominator);
	}
}

/* By age, back from the last touch, and by the touches' own weights. */
static void
weigh_decay(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	bool weighted = model->method == CREDIT_ENGAGEMENT;
	TimestampTz last = 0;
	int64 unit = 1;

	if (deal->last >= 0)
		last = credit_start(deal->touches[deal->last].occurred_at);
	if (weighted)
	{
		/* Weights are whole numbers more often than not. */
		unit = 1000000;
		for (int64 i = 0; i < deal->ntouches && unit > 1; i++)
		{
			check_for_interrupts_at(i);
			while (deal->scratch->reasons[i] == CREDIT_COUNTS &&
				   own_weight(&deal->touches[i]) % unit != 0)
				unit /= 10;
		}
	}
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		const CreditTouch *touch = &deal->touches[i];
		int128 weight = 1;

		check_for_interrupts_at(i);
		if (deal->scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		if (weighted)
			weight = own_weight(touch) / unit;
		if (model->half_life != 0)
			/* two timestamps may be further apart than an int64 */
			weight *= half_life_power((uint64) last - (uint64) credit_start(
														  touch->occurred_at),
									  model->half_life);
		set_weight(deal, i, weight, 1);
	}
}

/*
 * Judges and weighs every touch of the deal.  An unknown role is an error
 * where the model says so.
 */
void
credit_weigh(CreditDeal *deal)
{
	const CreditModel *model = deal->model;
	CreditScratch *scratch = deal->scratch;
	bool dated_model = needs_dates(model);

	if (deal->ntouches >= PG_INT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal has too many touches"),
						errdetail("It has %lld, the limit is %d.",
								  (long long) deal->ntouches, PG_INT32_MAX)));
	reserve(scratch, deal->ntouches);
	set_limits(deal);
	deal->counting = 0;
	deal->partners = 0;
	deal->first = deal->last = -1;
	deal->heads = deal->tails = 0;
	for (int64 i = 0; i < deal->ntouches; i++)
	{
		check_for_interrupts_at(i);
		set_weight(deal, i, 0, 1);
		scratch->reasons[i] = judge(deal, &deal->touches[i], dated_model);
		if (scratch->reasons[i] != CREDIT_COUNTS)
			continue;
		deal->counting++;
		if (deal->first < 0)
			deal->first = i;
		deal->last = i;
	}
	set_weight(deal, deal->ntouches, 0, 1);

	switch ((CreditMethod) model->method)
	{
		case CREDIT_ROLE_SPLIT:
			weigh_roles(deal);
			break;
		case CREDIT_LINEAR:
			weigh_linear(deal);
			break;
		case CREDIT_FIRST_TOUCH:
		case CREDIT_SOURCE_WINS:
			weigh_moment(deal, deal->first);
			break;
		case CREDIT_LAST_TOUCH:
			weigh_moment(deal, deal->last);
			break;
		case CREDIT_PRIMARY_ONLY:
			weigh_equally(deal);
			break;
		case CREDIT_U_SHAPED:
			weigh_u_shape(deal);
			break;
		case CREDIT_W_SHAPED:
		case CREDIT_FULL_PATH:
			weigh_milestones(deal);
			break;
		case CREDIT_TIME_DECAY:
		case CREDIT_ENGAGEMENT:
			weigh_decay(deal);
			break;
	}

	deal->weighty = false;
	for (int64 i = 0; i <= deal->ntouches && !deal->weighty; i++)
	{
		check_for_interrupts_at(i);
		deal->weighty = scratch->weights[i].numerator > 0;
	}
}

/* ---- the amount ---- */

/* The day, if times go as far. */
Moment
credit_day(Moment moment)
{
	if (moment_day(moment) >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("date out of range for timestamp")));
	return moment;
}

/* For an error, which depends on no setting. */
const char *
credit_show_moment(Moment moment)
{
	StringInfoData text;

	if (!moment_is_finite(moment))
		return "null";
	initStringInfo(&text);
	append_moment(&text, moment);
	return text.data;
}

/*
 * A touch's own weight as an integer of scale CREDIT_WEIGHT_SCALE; NULL is no
 * weight.
 */
int64
credit_touch_weight(Numeric weight)
{
	Decimal decimal;

	if (weight == NULL)
		return CREDIT_UNWEIGHTED;
	if (!decimal_from_numeric(weight, &decimal) || decimal.value < 0 ||
		!decimal_rescale(&decimal, CREDIT_WEIGHT_SCALE) ||
		decimal.value >=
			power_of_ten(CREDIT_WEIGHT_DIGITS + CREDIT_WEIGHT_SCALE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight of a touch is out of range"),
				 errdetail("It is %s.", numeric_normalize(weight)),
				 errhint("A weight is not negative and has at most %d digits "
						 "before the decimal point and %d after it.",
						 CREDIT_WEIGHT_DIGITS, CREDIT_WEIGHT_SCALE)));
	return (int64) decimal.value;
}

/* The numeric is kept where it does not fit a word. */
void
credit_read_amount(Numeric amount, CreditAmount *result)
{
	Decimal decimal;

	result->numeric = amount;
	result->value = 0;
	result->scale = 0;
	if (!decimal_from_numeric(amount, &decimal) ||
		decimal.value > PG_INT64_MAX || decimal.value <= PG_INT64_MIN ||
		decimal.scale > MAX_MINOR_DIGITS)
		return;
	result->numeric = NULL;
	result->value = (int64) decimal.value;
	result->scale = decimal.scale;
}

Numeric
credit_numeric(const CreditAmount *amount)
{
	if (amount->numeric != NULL)
		return amount->numeric;
	return numeric_from_decimal(amount->value, amount->scale);
}

/* Whether the amount can be split by the model. */
CreditProblem
credit_amount_problem(const CreditAmount *amount, const CreditModel *model)
{
	Numeric numeric = amount->numeric;
	Numeric truncated;
	bool same;

	if (numeric == NULL)
		return amount->scale > model->minor_digits ? CREDIT_TOO_MANY_DIGITS
												   : CREDIT_NO_PROBLEM;
	if (!numeric_is_finite(numeric))
		return CREDIT_NOT_FINITE;
	truncated = DatumGetNumeric(
		DirectFunctionCall2(numeric_trunc, NumericGetDatum(numeric),
							Int32GetDatum(model->minor_digits)));
	same = DatumGetBool(DirectFunctionCall2(numeric_eq,
											NumericGetDatum(numeric),
											NumericGetDatum(truncated)));
	pfree(truncated);
	return same ? CREDIT_NO_PROBLEM : CREDIT_TOO_MANY_DIGITS;
}

/*
 * Splits the amount by the weights of credit_weigh().  The parts, one more
 * than there are touches, are good until the scratch is used again.
 */
void
credit_split(CreditDeal *deal, const CreditAmount *amount)
{
	CreditScratch *scratch = deal->scratch;
	int64 n = deal->ntouches + 1;
	Decimal units = {amount->value, amount->scale};
	MemoryContext caller;

	deal->parts = scratch->parts;
	deal->large_parts = NULL;
	if (!deal->weighty)
	{
		/* An amount that could not be split is refused all the same. */
		if (credit_amount_problem(amount, deal->model) == CREDIT_NO_PROBLEM)
		{
			memset(scratch->parts, 0, n * sizeof(int64));
			return;
		}
	}
	else if (amount->numeric == NULL &&
			 decimal_rescale(&units, deal->model->minor_digits) &&
			 units.value <= PG_INT64_MAX && units.value > PG_INT64_MIN &&
			 apportion_in_words((uint64) (units.value < 0 ? -units.value
														  : units.value),
								scratch->weights, n, scratch->integers,
								scratch->remainders, scratch->parts))
	{
		for (int64 i = 0; units.value < 0 && i < n; i++)
		{
			check_for_interrupts_at(i);
			scratch->parts[i] = -scratch->parts[i];
		}
		return;
	}
	MemoryContextReset(scratch->large);
	caller = MemoryContextSwitchTo(scratch->large);
	deal->parts = NULL;
	deal->large_parts = allocate_array(n, sizeof(Numeric));
	apportion_by_fractions(credit_numeric(amount), deal->model->minor_digits,
						   scratch->weights, n, deal->large_parts);
	MemoryContextSwitchTo(caller);
}

/* A touch's credit; what is retained comes behind the last. */
Numeric
credit_part(const CreditDeal *deal, int64 touch)
{
	if (deal->parts != NULL)
		return numeric_from_decimal(deal->parts[touch],
									deal->model->minor_digits);
	return deal->large_parts[touch];
}

/*
 * Shares of one, in millionths, that sum to one as exactly as the parts sum to
 * the amount.
 */
const int64 *
credit_shares(CreditDeal *deal)
{
	CreditScratch *scratch = deal->scratch;
	int64 n = deal->ntouches + 1;
	MemoryContext caller;
	MemoryContext context;
	Numeric *shares;

	if (!deal->weighty)
	{
		memset(scratch->shares, 0, n * sizeof(int64));
		return scratch->shares;
	}
	if (apportion_in_words(CREDIT_SHARE_ONE, scratch->weights, n,
						   scratch->integers, scratch->remainders,
						   scratch->shares))
		return scratch->shares;

	context = AllocSetContextCreate(CurrentMemoryContext, "shares",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	shares = allocate_array(n, sizeof(Numeric));
	apportion_by_fractions(int64_to_numeric(1), CREDIT_SHARE_DIGITS,
						   scratch->weights, n, shares);
	for (int64 i = 0; i < n; i++)
	{
		Decimal share;

		CHECK_FOR_INTERRUPTS();
		if (!decimal_from_numeric(shares[i], &share) ||
			!decimal_rescale(&share, CREDIT_SHARE_DIGITS))
			elog(ERROR, "share is no number of millionths");
		scratch->shares[i] = (int64) share.value;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return scratch->shares;
}
