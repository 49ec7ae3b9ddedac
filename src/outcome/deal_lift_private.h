/*
 * deal_lift_private.h
 *		The state behind the type deal_lift, and comparisons of two groups.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_private.h
 */
#ifndef ECOSYSTEM_DEAL_LIFT_PRIVATE_H
#define ECOSYSTEM_DEAL_LIFT_PRIVATE_H

#include "postgres.h"

#include "utils/expandeddatum.h"

#include "base/value.h"
#include "outcome/deal_stats.h"

#define DEAL_LIFT_VERSION 1

extern const ValueType deal_lift_type;

/*
 * A deal is with the co-sold or the solo ones by what is on record, and again
 * by what was so at the landmark, if it was still open then.
 */
typedef enum Basis
{
	AS_RECORDED,
	AT_LANDMARK
} Basis;
#define BASES 2

#define SIDES                (2 * BASES)
#define SIDE(basis, co_sell) (2 * (basis) + ((co_sell) ? 0 : 1))

extern const char *const side_names[SIDES];

/* Days from opening to the landmark, or one of these */
#define DEFAULT_LANDMARK 30
#define NO_LANDMARK      (-1) /* it was not said since when deals are co-sold */
#define ANY_LANDMARK     (-2) /* there were no rows */
#define MAX_LANDMARK     36500

#define NO_SEGMENT   "unspecified"
#define MAX_SEGMENT  255 /* bytes */
#define MAX_SEGMENTS 10000
#define MAX_IGNORED  (PG_INT64_MAX / 4)

/* Below so many deals on a side there are too few for a mean or a median. */
#define ENOUGH_DEALS 10

typedef struct LiftSegment
{
	const char *name; /* not terminated */
	int length;
	DealStats *sides[SIDES]; /* NULL for no deals */
} LiftSegment;

/* The order of segments: by bytes, so that no locale has a part in it */
static inline int
compare_segment_names(const char *a, int a_length, const char *b, int b_length)
{
	int order = memcmp(a, b, Min(a_length, b_length));

	return order != 0 ? order : a_length - b_length;
}

/* A deal_lift in memory, its segments in the order of their bytes */
typedef struct Lift
{
	int32 landmark;
	int64 ignored; /* rows that do not say whether the deal was co-sold */
	int32 nsegments;
	LiftSegment **segments;
} Lift;

/* One that grows, while an aggregate runs */
typedef struct ExpandedLift
{
	ExpandedObjectHeader header;
	Lift lift;
	int32 capacity;    /* of lift.segments */
	LiftSegment *last; /* the segment of the last deal */
} ExpandedLift;

/* What a row says of a deal */
typedef struct LiftDeal
{
	int32 landmark;
	int sides[BASES];    /* NO_SIDE: on none, by what is on record: ignored, */
	DealOutcome outcome; /* and the rest is not set */
	int64 days;
	bool priced;
	Decimal amount;
	const char *segment; /* not terminated */
	int length;
} LiftDeal;

#define NO_SIDE (-1)

/* deal_lift_flat.c */
extern Size flat_lift_size(const Lift *lift);
extern void flatten_lift(const Lift *lift, void *result, Size size);
extern struct varlena *flat_lift(const Lift *lift);
extern void read_flat_lift(const void *value, Lift *lift);
extern Lift *lift_of_value(const void *value);

/* deal_lift.c */
extern Lift *lift_argument(FunctionCallInfo fcinfo, int argno);
extern ExpandedLift *lift_for_update(FunctionCallInfo fcinfo);
extern Datum changed_lift(FunctionCallInfo fcinfo, ExpandedLift *expanded);
extern LiftSegment *lift_segment(ExpandedLift *expanded, const char *name,
								 int length);
extern void set_lift_landmark(Lift *lift, int32 landmark);
extern void ignore_lift_deals(Lift *lift, int64 n);
extern void read_lift_deal(FunctionCallInfo fcinfo, bool with_since,
						   LiftDeal *deal);
extern Datum deal_lift_accum(PG_FUNCTION_ARGS);
extern Datum deal_lift_accum_since(PG_FUNCTION_ARGS);

/*
 * One measure of both groups.  NAN stands for what there is none of, which SQL
 * calls NULL.
 */
typedef enum Finding
{
	TOO_FEW,
	SPREAD_UNKNOWN, /* the squares of the amounts did not fit */
	NOT_CLEAR,
	CO_SELL_HIGHER,
	CO_SELL_LOWER
} Finding;

typedef struct Comparison
{
	int64 n[2]; /* co-sold, solo */
	double value[2];
	double ratio;
	double ratio_limit[2]; /* lower, upper */
	double difference;
	double difference_limit[2];
	double p_value;
	Finding finding;
} Comparison;

/* The two groups of a segment; NULL for no deals */
typedef struct Pair
{
	const DealStats *side[2]; /* co-sold, solo */
} Pair;

/* The odds ratio that the segments have in common */
typedef struct CommonOdds
{
	int strata; /* with deals on both sides, and of both outcomes */
	double odds_ratio;
	double limit[2];
	double chi_square; /* Cochran, Mantel and Haenszel's, of one degree */
	double p_value;
	double homogeneity; /* Breslow and Day's with Tarone's correction */
	int homogeneity_df;
	double homogeneity_p;
} CommonOdds;

/* deal_lift_measures.c */
extern void rate_limits(int64 successes, int64 n, double z, double limits[2]);
extern Comparison no_comparison(void);
extern void compare_values(Comparison *c, double limits[2][2]);
extern void judge(Comparison *c, bool too_few, double confidence);
extern Comparison compare_amounts(const Pair *pairs, int n, double confidence);
extern Comparison compare_cycles(const Pair *pairs, int n, double confidence);

/* deal_lift_rates.c */
extern Comparison compare_rates(const Pair *pairs, int n, double confidence);
extern CommonOdds common_odds(const Pair *pairs, int n, double confidence);

/* deal_lift_incidence.c */
#define INCIDENCE_DAYS 90
extern bool has_incidence(const Pair *pairs, int n);
extern Comparison compare_incidence(const Pair *pairs, int n,
									double confidence);

#endif /* ECOSYSTEM_DEAL_LIFT_PRIVATE_H */
