/*
 * rows_disagree.c
 *		The error about rows that should all say the same.
 *
 * IDENTIFICATION
 *		src/base/rows_disagree.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"

#include "base/exact_sum.h"
#include "base/rows_disagree.h"

/* Numbers by their value, before all that is none; that by its bytes. */
static int
compare_stated(const Stated *a, const Stated *b)
{
	if (a->number != NULL && b->number != NULL)
		return DatumGetInt32(DirectFunctionCall2(numeric_cmp,
												 NumericGetDatum(a->number),
												 NumericGetDatum(b->number)));
	if (a->number != NULL || b->number != NULL)
		return a->number != NULL ? -1 : 1;
	return strcmp(a->text, b->text);
}

static void
keep_stated(const StatedRange *range, Stated *kept, const Stated *stated)
{
	MemoryContext caller = MemoryContextSwitchTo(range->context);

	/* They share what they keep only where there is but one value yet. */
	if (stated->number != NULL)
		kept->number = DatumGetNumericCopy(NumericGetDatum(stated->number));
	else
		kept->text = pstrdup(stated->text);
	MemoryContextSwitchTo(caller);
}

static void
forget_stated(Stated *kept)
{
	if (kept->number != NULL)
		pfree(kept->number);
	if (kept->text != NULL)
		pfree((char *) kept->text);
	memset(kept, 0, sizeof(Stated));
}

/* What one more row says: a number, or else a text; it is copied. */
void
note_stated(StatedRange *range, Numeric number, const char *text)
{
	Stated stated = {number, number == NULL ? text : NULL};

	if (!range->any)
	{
		keep_stated(range, &range->smallest, &stated);
		keep_stated(range, &range->largest, &stated);
		range->any = true;
	}
	else if (compare_stated(&stated, &range->smallest) < 0)
	{
		forget_stated(&range->smallest);
		keep_stated(range, &range->smallest, &stated);
	}
	else if (compare_stated(&stated, &range->largest) > 0)
	{
		forget_stated(&range->largest);
		keep_stated(range, &range->largest, &stated);
	}
}

static const char *
show_stated(const Stated *stated)
{
	return stated->number != NULL ? numeric_normalize(stated->number)
								  : stated->text;
}

void
rows_disagree(const StatedRange *range, const Disagreement *disagreement)
{
	const char *smallest;
	const char *largest;

	if (!range->any || compare_stated(&range->smallest, &range->largest) == 0)
		return;
	smallest = show_stated(&range->smallest);
	largest = show_stated(&range->largest);
	ereport(
		ERROR,
		(errcode(disagreement->sqlstate),
		 errmsg("rows of %s disagree on %s", disagreement->rows,
				disagreement->on),
		 disagreement->which == NULL
			 ? errdetail("One row has %s, another has %s.", smallest, largest)
			 : errdetail("Of %s one row has %s, another has %s.",
						 disagreement->which, smallest, largest),
		 disagreement->hint == NULL ? 0 : errhint("%s", disagreement->hint)));
}

static const char *
show_decimal(Decimal number)
{
	StringInfoData out;

	initStringInfo(&out);
	append_decimal(&out, number.value, number.scale);
	return out.data;
}

ShownPair
show_pair(Decimal one, Decimal other)
{
	int scale = Max(one.scale, other.scale);
	bool in_order = exact_rescale(one.value, one.scale, scale) <=
					exact_rescale(other.value, other.scale, scale);

	return (ShownPair){show_decimal(in_order ? one : other),
					   show_decimal(in_order ? other : one)};
}
