/*
 * credit.h
 *		Who gets what share of one deal.
 *
 * IDENTIFICATION
 *		src/credit/credit.h
 */
#ifndef ECOSYSTEM_CREDIT_H
#define ECOSYSTEM_CREDIT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/numeric.h"

#include "credit/apportion.h"
#include "credit/credit_model.h"
#include "base/moment.h"

/* Why a touch has the credit it has. */
typedef enum CreditReason
{
	CREDIT_COUNTS,          /* it carries weight */
	CREDIT_NO_PARTNER,      /* no partner in the row */
	CREDIT_NO_ROLE,         /* no role, under a model that needs one */
	CREDIT_UNKNOWN_ROLE,    /* a role that the model ignores */
	CREDIT_ZERO_ROLE,       /* involved, with zero credit on purpose */
	CREDIT_LOWER_ROLE,      /* the partner holds a role of higher weight */
	CREDIT_ZERO_WEIGHT,     /* its own weight is zero */
	CREDIT_UNDATED,         /* no date, under a dated model */
	CREDIT_AFTER_CLOSE,     /* later than the close */
	CREDIT_BEFORE_LOOKBACK, /* too long before the close */
	CREDIT_NOT_CHOSEN,      /* touches at another moment take all */
	CREDIT_NOT_SOURCING,    /* under source_wins */
	CREDIT_NOT_PRIMARY,     /* under primary_only */
	CREDIT_ZERO_PLACE       /* its place in the shape has weight zero */
} CreditReason;

/*
 * One touch of a deal: a partner in a role, perhaps at a time.  Partners and
 * roles are numbers in the order of their bytes, so that comparing numbers is
 * comparing bytes.
 */
typedef struct CreditTouch
{
	uint64 deal; /* whatever the caller groups by */
	Moment occurred_at;
	int64 weight; /* in units of 10^-CREDIT_WEIGHT_SCALE, or none */
	uint32 partner;
	uint32 role;
} CreditTouch;

#define CREDIT_UNDATED_AT MOMENT_AFTER_ALL /* comes last */
#define CREDIT_NOBODY     PG_UINT32_MAX
#define CREDIT_UNWEIGHTED (-1)

#define CREDIT_WEIGHT_SCALE  6
#define CREDIT_WEIGHT_DIGITS 12 /* before the point */

/* The amount of a deal, and whether it can be split. */
typedef enum CreditProblem
{
	CREDIT_NO_PROBLEM,
	CREDIT_NO_AMOUNT,
	CREDIT_NOT_FINITE,
	CREDIT_TOO_MANY_DIGITS,
	CREDIT_NO_MODEL
} CreditProblem;

typedef struct CreditAmount
{
	Numeric numeric; /* NULL: value * 10^-scale */
	int64 value;
	int scale;
} CreditAmount;

/* Memory that serves one deal after the other. */
typedef struct CreditScratch
{
	MemoryContext context;
	MemoryContext large; /* reset for every split */
	int64 capacity;
	CreditReason *reasons;
	Weight *weights;
	uint64 *keys;
	uint64 *integers;
	uint64 *remainders;
	int64 *parts;
	int64 *shares;
	/*
	 * By role of the model, or by milestone: partners and touches that hold
	 * it, their weight.
	 */
	int64 *role_partners;
	int64 *role_touches;
	int128 *role_weights;
} CreditScratch;

/* What a role or a partner is called, if at all; no terminator. */
typedef struct CreditName
{
	const char *bytes;
	int length;
} CreditName;

/* How an id is given; ties are decided by its text in any case. */
typedef enum IdType
{
	ID_TEXT,
	ID_BIGINT,
	ID_UUID
} IdType;

typedef struct CreditDeal
{
	const CreditModel *model;
	const CreditName *roles; /* by number; no role has one as well */
	const int32 *role_codes; /* credit_model_role_code(), -1 for no role */
	bool closed;
	Moment closed_at;
	int64 ntouches;
	const CreditTouch *touches; /* in the order of credit_compare() */
	CreditScratch *scratch;

	/* filled in by credit_weigh() */
	TimestampTz earliest; /* of those that count: a time, */
	TimestampTz earliest_day;
	TimestampTz latest;
	int64 counting; /* touches that take part, and their partners */
	int64 partners;
	int64 first; /* the first and last of these touches, or -1 */
	int64 last;
	int64 heads;  /* how many share the first place, or all there is, */
	int64 tails;  /* and the last place of u_shaped */
	bool weighty; /* some weight is above zero */

	/* filled in by credit_split() */
	int64 *parts;         /* minor units; NULL if they do not fit */
	Numeric *large_parts; /* then these */
} CreditDeal;

extern Moment credit_day(Moment moment);

/*
 * A moment as it is kept: an infinite one is none, and days go no further than
 * times.
 */
static inline Moment
credit_moment(Moment moment)
{
	if (unlikely(!moment_is_finite(moment)))
		return CREDIT_UNDATED_AT;
	return unlikely(moment_is_day(moment)) ? credit_day(moment) : moment;
}

/* Whether a value from outside is as credit_moment() keeps it. */
static inline bool
credit_moment_is_valid(Moment moment)
{
	if (moment == CREDIT_UNDATED_AT || IS_VALID_TIMESTAMP(moment))
		return true;
	return moment_is_day(moment) && IS_VALID_DATE(moment - MOMENT_DAY_ZERO) &&
		   moment - MOMENT_DAY_ZERO <
			   TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE;
}

/* When it began: a day at midnight of UTC. */
static inline TimestampTz
credit_start(Moment at)
{
	return unlikely(moment_is_day(at)) ? moment_day(at) * USECS_PER_DAY : at;
}

/* A day comes before the times of that day. */
static inline int
credit_compare_moments(Moment x, Moment y)
{
	bool before = x < y;

	/* Days are numbers below all times. */
	if (unlikely(moment_is_day(before ? x : y)) &&
		moment_is_day(x) != moment_is_day(y))
		before = credit_start(x) < credit_start(y) ||
				 (credit_start(x) == credit_start(y) && moment_is_day(x));
	return before ? -1 : 1;
}

/*
 * By date, partner, role and weight; what has no date, partner or role comes
 * last.  Rows equal in all of these differ in nothing that could be asked for.
 */
static inline int
credit_compare(const CreditTouch *x, const CreditTouch *y)
{
	if (x->occurred_at != y->occurred_at)
		return credit_compare_moments(x->occurred_at, y->occurred_at);
	if (x->partner != y->partner)
		return x->partner < y->partner ? -1 : 1;
	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	return (x->weight > y->weight) - (x->weight < y->weight);
}

/* Bytes in order; nothing comes after everything. */
static inline int
credit_compare_names(const CreditName *a, const CreditName *b)
{
	int order;

	if (a->bytes == NULL || b->bytes == NULL)
		return (a->bytes == NULL) - (b->bytes == NULL);
	order = memcmp(a->bytes, b->bytes, Min(a->length, b->length));
	return order != 0 ? order
					  : (a->length > b->length) - (a->length < b->length);
}

/* A touch whose partner and role have no numbers yet. */
typedef struct NamedTouch
{
	CreditTouch touch;
	CreditName partner; /* bytes NULL: none */
	CreditName role;
	int row;
} NamedTouch;

extern CreditName credit_id_name(Datum id, IdType type, void **allocated);
extern void credit_arrange(CreditDeal *deal, NamedTouch *rows, int64 n);
extern void credit_start_scratch(CreditScratch *scratch);
extern void credit_weigh(CreditDeal *deal);
extern void credit_split(CreditDeal *deal, const CreditAmount *amount);
extern const int64 *credit_shares(CreditDeal *deal);

extern const char *credit_show_moment(Moment moment);
extern Numeric credit_part(const CreditDeal *deal, int64 touch);
extern int64 credit_touch_weight(Numeric weight);
extern void credit_read_amount(Numeric amount, CreditAmount *result);
extern CreditProblem credit_amount_problem(const CreditAmount *amount,
										   const CreditModel *model);
extern Numeric credit_numeric(const CreditAmount *amount);

/* credit_reason.c */
extern void credit_append_reason(StringInfo text, const CreditDeal *deal,
								 int64 touch);
extern void credit_append_remainder_reason(StringInfo text,
										   const CreditDeal *deal);
extern void credit_append_problem(StringInfo text, CreditProblem problem,
								  const CreditModel *model);

#define CREDIT_SHARE_DIGITS 6
#define CREDIT_SHARE_ONE    INT64CONST(1000000)

#endif /* ECOSYSTEM_CREDIT_H */
