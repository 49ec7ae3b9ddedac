/*
 * deal_motion.h
 *		What partners did about one deal, and when.
 *
 * IDENTIFICATION
 *		src/motion/deal_motion.h
 */
#ifndef ECOSYSTEM_DEAL_MOTION_H
#define ECOSYSTEM_DEAL_MOTION_H

#include "postgres.h"

#include "fmgr.h"

#include "motion/led_rule.h"
#include "base/moment.h"
#include "base/value.h"

/* Kinds are stored by number: append to the list, never reorder it. */
typedef struct TouchKind
{
	const char *name;
	uint8 length;         /* of the name */
	Axis axis;            /* which it is evidence of, or AXIS_NONE */
	bool passive;         /* present, but nobody did anything */
	bool partner_act;     /* a partner's own act of sourcing */
	const char *in_words; /* for a sentence */
} TouchKind;

#define KIND_UNKNOWN 0
#define KIND_COUNT   19 /* with the unknown one */

extern const TouchKind touch_kinds[KIND_COUNT];

/*
 * Why evidence does not count.  Of several reasons the first in this order is
 * kept, the one that comes nearest to having counted.  Stored: never renumber.
 */
typedef enum Miss
{
	MISS_NONE = 0,
	MISS_LATE = 1,        /* dated too long after the opening */
	MISS_AFTER_CLOSE = 2, /* dated after the close */
	MISS_RECORDED = 3,    /* dated in time, but written down too late */
	MISS_EARLY = 4,       /* sourcing, too long before the opening */
	MISS_UNPLACED = 5,    /* the deal has no opening date */
	MISS_UNDATED = 6      /* the evidence has no date */
} Miss;

#define MISS_COUNT 7

/* DealMotion.flags */
#define MOTION_HAS_DEAL 0x01 /* some row was seen: opened and so on are set */
#define MOTION_OPENED   0x02 /* the deal has an opening date */
#define MOTION_CLOSED   0x04 /* the deal has a close date */
/* What is known by its day alone, and stored as midnight, UTC */
#define MOTION_TOUCH_DAYS  0x08 /* the touches, of which some is dated */
#define MOTION_OPENED_DAY  0x10
#define MOTION_CLOSED_DAY  0x20
#define MOTION_TOUCH_TIMES 0x40 /* the dated touches have times */

#define DEAL_MOTION_VERSION 2

extern const ValueType deal_motion_type;

/* Beside the four axes, the partner's own act of sourcing has a slot. */
#define PARTNER_SLOT AXIS_COUNT
#define SLOT_COUNT   (AXIS_COUNT + 1)

/*
 * The value and the aggregate's state.  Of fixed size, and the same rows give
 * the same bytes whatever their order: each field is a count, a minimum or a
 * maximum.  Times are timestamptz; those that are not there are zero.
 */
typedef struct DealMotion
{
	int32 vl_len_;
	uint8 version;
	uint8 flags;
	uint8 spare[2];
	RuleTerms rule;
	int64 opened;
	int64 closed;
	int64 first; /* of the dated touches, before or after the close */
	int64 last;
	int64 before_close; /* touches dated at or before the close */
	int64 after_close;
	int64 undated;
	int64 passive; /* records that are no touches, dated or not */
	/* The earliest evidence on time, by axis, and of partners' own acts. */
	int64 proof_at[SLOT_COUNT];
	/* The evidence that came nearest, and when it was dated or recorded. */
	int64 miss_at[AXIS_COUNT];
	uint8 proof_kind[SLOT_COUNT];
	uint8 miss_kind[AXIS_COUNT];
	uint8 miss_reason[AXIS_COUNT];
	uint8 spare2[3];
} DealMotion;

StaticAssertDecl(sizeof(DealMotion) == 192, "DealMotion has no padding");

/* From the least to the most. */
typedef enum Involvement
{
	INVOLVEMENT_DIRECT,
	INVOLVEMENT_COVERED,
	INVOLVEMENT_UNPROVEN,
	INVOLVEMENT_INVOLVED,
	INVOLVEMENT_LED
} Involvement;

typedef enum Origin
{
	ORIGIN_UNPARTNERED,
	ORIGIN_INFLUENCED,
	ORIGIN_ECOSYSTEM,
	ORIGIN_PARTNER
} Origin;

#define DatumGetDealMotion(datum) \
	((DealMotion *) value_of_datum(datum, &deal_motion_type))
#define PG_GETARG_DEAL_MOTION(n) DatumGetDealMotion(PG_GETARG_DATUM(n))

/* deal_motion.c */
extern const char *const involvement_names[];
extern const char *const origin_names[];

extern int motion_axes(const DealMotion *motion);
extern Involvement motion_involvement(const DealMotion *motion);
extern Origin motion_origin(const DealMotion *motion);
extern DealMotion *make_deal_motion(void);
extern Miss judge_evidence(const DealMotion *motion, Axis axis, int64 at);
extern bool recorded_late(const DealMotion *motion, int64 recorded,
						  bool by_day);

/* Are touches compared with the opening by day? */
static inline bool
opening_by_day(const DealMotion *motion)
{
	return (motion->flags & (MOTION_TOUCH_DAYS | MOTION_OPENED_DAY)) != 0;
}

/* Is a touch after the close?  One of its very moment, or day, is not. */
static inline bool
is_after_close(const DealMotion *motion, int64 at)
{
	if ((motion->flags & MOTION_CLOSED) == 0)
		return false;
	if ((motion->flags & (MOTION_TOUCH_DAYS | MOTION_CLOSED_DAY)) != 0)
		return utc_day_of(at) > utc_day_of(motion->closed);
	return at > motion->closed;
}

#endif /* ECOSYSTEM_DEAL_MOTION_H */
