/*
 * deal_lift_flat.c
 *		A deal_lift in one piece.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift_flat.c
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "outcome/deal_lift_private.h"

const char *const side_names[SIDES] = {"co_sell", "solo", "landmark_co_sell",
									   "landmark_solo"};

/* A flat value; behind it, for each segment, a FlatSegment with its contents */
typedef struct FlatLift
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 unused[3]; /* zero */
	int32 landmark;
	int32 nsegments;
	int64 ignored;
} FlatLift;

/* Behind it the name and the statistics, each up to the next eighth byte */
typedef struct FlatSegment
{
	uint32 length;
	uint32 sizes[SIDES]; /* 0 for no deals */
	uint32 unused;       /* zero */
} FlatSegment;

StaticAssertDecl(sizeof(FlatLift) == 24 && sizeof(FlatSegment) == 24,
				 "there is no padding");

/* Checked against the largest size there is */
Size
flat_lift_size(const Lift *lift)
{
	uint64 size = sizeof(FlatLift);

	for (int32 i = 0; i < lift->nsegments; i++)
	{
		const LiftSegment *segment = lift->segments[i];

		size += sizeof(FlatSegment) + MAXALIGN(segment->length);
		for (int side = 0; side < SIDES; side++)
		{
			const DealStats *stats = segment->sides[side];

			if (stats)
				size += DEAL_STATS_HEADER_SIZE + TALLIES_SIZE(TALLIES(stats));
		}
	}
	if (size > MaxAllocSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("deal_lift would exceed %zu bytes",
							   (Size) MaxAllocSize),
						errhint("Group the deals more finely.")));
	return size;
}

/* Writes a value to that many zeroed bytes; no statistics have notes. */
void
flatten_lift(const Lift *lift, void *result, Size size)
{
	FlatLift *flat = result;
	char *at = (char *) (flat + 1);

	SET_VARSIZE(flat, size);
	flat->version = DEAL_LIFT_VERSION;
	flat->landmark = lift->landmark;
	flat->nsegments = lift->nsegments;
	flat->ignored = lift->ignored;
	for (int32 i = 0; i < lift->nsegments; i++)
	{
		const LiftSegment *segment = lift->segments[i];
		FlatSegment *head = (FlatSegment *) at;

		at = (char *) (head + 1);
		head->length = (uint32) segment->length;
		memcpy(at, segment->name, segment->length);
		at += MAXALIGN(segment->length);
		for (int side = 0; side < SIDES; side++)
		{
			const DealStats *stats = segment->sides[side];
			DealStats *copy = (DealStats *) at;

			if (stats == NULL)
				continue;
			head->sizes[side] = (uint32) (DEAL_STATS_HEADER_SIZE +
										  TALLIES_SIZE(TALLIES(stats)));
			memcpy(copy, stats,
				   DEAL_STATS_HEADER_SIZE + TALLIES_SIZE(stats->ndays));
			SET_VARSIZE(copy, head->sizes[side]);
			memcpy(SIZES(copy), SIZES(stats), TALLIES_SIZE(stats->nsizes));
			at += head->sizes[side];
		}
	}
	Assert(at == (char *) result + size);
}

struct varlena *
flat_lift(const Lift *lift)
{
	Size size = flat_lift_size(lift);
	struct varlena *flat = palloc0(size);

	flatten_lift(lift, flat, size);
	return flat;
}

/* The contents of a flat value, in place */
void
read_flat_lift(const void *value, Lift *lift)
{
	const FlatLift *flat = value;
	char *at = (char *) (flat + 1);
	LiftSegment *segments = palloc(Max(flat->nsegments, 1) *
								   sizeof(LiftSegment));

	lift->landmark = flat->landmark;
	lift->ignored = flat->ignored;
	lift->nsegments = flat->nsegments;
	lift->segments = palloc(Max(flat->nsegments, 1) * sizeof(LiftSegment *));
	for (int32 i = 0; i < flat->nsegments; i++)
	{
		const FlatSegment *head = (const FlatSegment *) at;

		at += sizeof(FlatSegment);
		lift->segments[i] = &segments[i];
		segments[i].name = at;
		segments[i].length = (int) head->length;
		at += MAXALIGN(head->length);
		for (int side = 0; side < SIDES; side++)
		{
			segments[i].sides[side] = head->sizes[side] > 0 ? (DealStats *) at
															: NULL;
			at += head->sizes[side];
		}
	}
}

/* The contents of a value, to read */
Lift *
lift_of_value(const void *value)
{
	Lift *lift = palloc(sizeof(Lift));

	read_flat_lift(value, lift);
	return lift;
}
