/*
 * credit.h
 *		Who gets what share of one deal.
 *
 * IDENTIFICATION
 *		src/credit.h
 */
#ifndef ECOSYSTEM_CREDIT_H
#define ECOSYSTEM_CREDIT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/numeric.h"

#include "apportion.h"
#include "credit_model.h"

/* Why a row has the credit it has. */
typedef enum CreditReason
{
	CREDIT_COUNTS,         /* it carries weight */
	CREDIT_NO_PARTNER,     /* no partner in the row */
	CREDIT_NO_ROLE,        /* no role, under a model that needs one */
	CREDIT_UNKNOWN_ROLE,   /* a role that the model ignores */
	CREDIT_ZERO_ROLE,      /* involved, with zero credit on purpose */
	CREDIT_LOWER_ROLE,     /* the partner holds a role of higher weight */
	CREDIT_ZERO_WEIGHT,    /* its own weight is zero */
	CREDIT_UNDATED,        /* no date, under a dated model */
	CREDIT_AFTER_CLOSE,    /* later than the close */
	CREDIT_BEFORE_LOOKBACK /* too long before the close */
} CreditReason;

/* One row of a deal: a partner in a role, perhaps at a time. */
typedef struct CreditTouch
{
	const char *partner; /* NULL: none */
	int partner_length;
	const char *role; /* NULL: none */
	int role_length;
	bool dated;
	TimestampTz occurred_at;
	int128 weight; /* in units of 10^-CREDIT_WEIGHT_SCALE */

	/* filled in by credit_deal() */
	CreditReason reason;
	int role_index; /* of the model, or -1 */
	Numeric credit;
} CreditTouch;

#define CREDIT_WEIGHT_SCALE  6
#define CREDIT_WEIGHT_DIGITS 12 /* before the point */

typedef struct CreditDeal
{
	Numeric amount;
	const CreditModel *model;
	bool closed;
	TimestampTz closed_at;
	int64 ntouches;
	CreditTouch *touches;

	/* filled in by credit_deal() */
	bool attributed;  /* some row carries weight */
	Numeric retained; /* what stays with the company for unfilled roles */
} CreditDeal;

extern void credit_deal(CreditDeal *deal);
extern int128 credit_touch_weight(Numeric weight);

#endif /* ECOSYSTEM_CREDIT_H */
