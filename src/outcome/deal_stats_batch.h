/*
 * deal_stats_batch.h
 *		Many deals that are added to a deal_stats at once.
 *
 * IDENTIFICATION
 *		src/outcome/deal_stats_batch.h
 */
#ifndef ECOSYSTEM_DEAL_STATS_BATCH_H
#define ECOSYSTEM_DEAL_STATS_BATCH_H

#include "postgres.h"

#include "outcome/deal_stats.h"

/* What a deal_stats has of a deal */
typedef struct PackedDeal
{
	int64 amount; /* times 10^scale */
	int32 days;   /* NO_DAYS: not known */
	int16 size;   /* the key of its size; NO_SIZE: it is not asked for */
	uint8 scale;
	uint8 outcome; /* and maybe HAS_AMOUNT */
} PackedDeal;

#define NO_SIZE    PG_INT16_MIN
#define HAS_AMOUNT 0x80

StaticAssertDecl(sizeof(PackedDeal) == 16, "there is no padding");
StaticAssertDecl(MAX_SIZE_KEY <= PG_INT16_MAX, "sizes fit");

typedef struct DealCounts DealCounts;

extern DealCounts *make_deal_counts(void);

/* False for an amount that does not fit. */
extern bool pack_deal(PackedDeal *deal, DealOutcome outcome,
					  const Decimal *amount, int64 days);

/*
 * Adds deals to a state that is ours.  A state that had to grow is returned in
 * its stead, which is not freed.
 */
extern DealStats *add_packed_deals(DealStats *state, DealCounts *counts,
								   const PackedDeal *deals, int n);

extern void install_deal_stats(void);

#endif /* ECOSYSTEM_DEAL_STATS_BATCH_H */
