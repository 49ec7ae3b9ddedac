/*
 * aggregate_value_memo.c
 *		An expression, remembered for the values of its columns.
 *
 * 'partner/' || partner_id || '/' || segment is put together from four texts
 * for each of millions of rows, and there are some hundred of them.  To find
 * the text that was put together before takes a fifth of the time.
 *
 * Values are compared by their bytes: what is the same to the byte gives the
 * same.  An entry has one of two places, and the older of the two makes room.
 * What does not pay is given up: half of all tries have to be hits.  Nothing
 * more is remembered once a part of the memory is taken.
 *
 * IDENTIFICATION
 *		src/base/aggregate/aggregate_value_memo.c
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_value_memo.h"
#include "base/compat.h"
#include "base/hash.h"

/* So many entries at most, in pairs */
#define MOST_ENTRIES   8192
#define FEWEST_ENTRIES 16

/* A part of the memory, for what is remembered; but so much there is. */
#define REMEMBERED_PART  8
#define LEAST_REMEMBERED ((Size) 8 * 1024)

/* Longer values are not remembered. */
#define MAX_VALUE_BYTES 128

/* Half of so many tries have to be hits. */
#define TRIES 16384

/* Notes the columns; true where there are too many, or others. */
static bool
find_columns(Node *node, ValueMemo *memo)
{
	Var *column = (Var *) node;
	MemoColumn *place = &memo->columns[memo->ncolumns];

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, find_columns, memo);
	if (column->varno != OUTER_VAR || column->varattno <= 0)
		return true;
	for (int i = 0; i < memo->ncolumns; i++)
		if (memo->columns[i].column == column->varattno - 1)
			return false;
	if (memo->ncolumns == MEMO_COLUMNS)
		return true;
	place->column = column->varattno - 1;
	get_typlenbyval(column->vartype, &place->length, &place->byval);
	memo->ncolumns++;
	return place->length == -2;
}

/* What is by value is mostly made of values in a few instructions. */
bool
is_worth_remembering(Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return !IsA(expr, Var) && !get_typbyval(exprType((Node *) expr));
}

/* NULL for an expression that cannot be remembered. */
ValueMemo *
make_value_memo(Expr *expr, PlanState *parent, MemoryContext context)
{
	ValueMemo *memo = palloc0(sizeof(ValueMemo));

	if (find_columns((Node *) expr, memo) || memo->ncolumns == 0)
	{
		pfree(memo);
		return NULL;
	}
	memo->expression = ExecInitExpr(expr, parent);
	memo->context = context;
	get_typlenbyval(exprType((Node *) expr), &memo->length, &memo->byval);
	return memo;
}

/* ---- entries ---- */

static inline Size
remembered_limit(void)
{
	return Max(hash_memory_limit() / REMEMBERED_PART, LEAST_REMEMBERED);
}

static void
make_entries(ValueMemo *memo)
{
	Size most = remembered_limit() / 4 / sizeof(MemoEntry);

	memo->nentries = FEWEST_ENTRIES;
	while (memo->nentries < MOST_ENTRIES && memo->nentries * 2 <= most)
		memo->nentries *= 2;
	memo->entries = MemoryContextAllocZero(memo->context,
										   memo->nentries * sizeof(MemoEntry));
}

static void
forget_entry(ValueMemo *memo, MemoEntry *entry)
{
	if (!entry->used)
		return;
	if (!memo->byval && !entry->isnull)
		pfree(DatumGetPointer(entry->result));
	for (int i = 0; i < memo->ncolumns; i++)
		if (!memo->columns[i].byval && (entry->nulls >> i & 1) == 0)
			pfree(DatumGetPointer(entry->values[i]));
	entry->used = false;
}

static void
forget_all(ValueMemo *memo)
{
	if (memo->entries == NULL)
		return;
	for (uint32 i = 0; i < memo->nentries; i++)
		forget_entry(memo, &memo->entries[i]);
	pfree(memo->entries);
	memo->entries = NULL;
}

/* For other parameters */
void
reset_value_memo(ValueMemo *memo)
{
	forget_all(memo);
	memo->off = false;
	memo->misses = memo->tries = 0;
}

static inline Size
bytes_of(const MemoColumn *column, Datum value, const char **bytes)
{
	*bytes = DatumGetPointer(value);
	if (column->length >= 0)
		return column->length;
	*bytes = VARDATA_ANY(DatumGetPointer(value));
	return VARSIZE_ANY_EXHDR(DatumGetPointer(value));
}

static bool
has_values(const ValueMemo *memo, const MemoEntry *entry,
		   const TupleTableSlot *row)
{
	for (int i = 0; i < memo->ncolumns; i++)
	{
		const MemoColumn *column = &memo->columns[i];
		Datum value = row->tts_values[column->column];
		const char *a;
		const char *b;
		Size length;

		if ((entry->nulls >> i & 1) != 0)
			continue; /* as in the row */
		if (column->byval)
		{
			if (value != entry->values[i])
				return false;
			continue;
		}
		length = bytes_of(column, value, &a);
		if (length != bytes_of(column, entry->values[i], &b) ||
			memcmp(a, b, length) != 0)
			return false;
	}
	return true;
}

static void
fill_entry(ValueMemo *memo, MemoEntry *entry, const TupleTableSlot *row,
		   uint64 hash, uint8 nulls, Datum result, bool isnull)
{
	MemoryContext caller = MemoryContextSwitchTo(memo->context);

	forget_entry(memo, entry);
	entry->hash = hash;
	entry->nulls = nulls;
	entry->isnull = isnull;
	entry->result = isnull ? (Datum) 0
						   : datumCopy(result, memo->byval, memo->length);
	for (int i = 0; i < memo->ncolumns; i++)
	{
		const MemoColumn *column = &memo->columns[i];

		if ((nulls >> i & 1) == 0)
			entry->values[i] = datumCopy(row->tts_values[column->column],
										 column->byval, column->length);
	}
	entry->used = true;
	MemoryContextSwitchTo(caller);
}

/* Whether a value by reference is one to hash and to keep. */
static inline bool
is_short(const MemoColumn *column, Datum value)
{
	if (column->length >= 0)
		return column->length <= MAX_VALUE_BYTES;
	return !VARATT_IS_EXTERNAL(DatumGetPointer(value)) &&
		   !VARATT_IS_COMPRESSED(DatumGetPointer(value)) &&
		   VARSIZE_ANY(DatumGetPointer(value)) <= MAX_VALUE_BYTES;
}

/* At a miss: gives up what does not pay. */
static bool
is_given_up(ValueMemo *memo)
{
	memo->misses++;
	if (likely(++memo->tries < TRIES))
		return false;
	memo->off = memo->misses > memo->tries / 2;
	memo->tries = memo->misses = 0;
	if (memo->off)
		forget_all(memo);
	return memo->off;
}

/* Whether a result is short enough, and there is memory for it */
static bool
may_keep(const ValueMemo *memo, Datum result, bool isnull)
{
	if (MemoryContextMemAllocated(memo->context, false) > remembered_limit())
		return false;
	if (memo->byval || isnull)
		return true;
	if (memo->length == -1)
		return !VARATT_IS_EXTERNAL(DatumGetPointer(result)) &&
			   VARSIZE_ANY(DatumGetPointer(result)) <= 4 * MAX_VALUE_BYTES;
	return memo->length != -2;
}

/*
 * What the expression is for a row.  By reference it is there until the next
 * row is asked for.
 */
Datum
remembered_value(ValueMemo *memo, const TupleTableSlot *row,
				 ExprContext *econtext, bool *isnull)
{
	uint64 hash = 0;
	uint8 nulls = 0;
	MemoEntry *pair;
	Datum result;

	if (memo->off)
		return ExecEvalExpr(memo->expression, econtext, isnull);
	for (int i = 0; i < memo->ncolumns; i++)
	{
		const MemoColumn *column = &memo->columns[i];
		Datum value = row->tts_values[column->column];

		if (row->tts_isnull[column->column])
			nulls |= 1 << i;
		else if (column->byval)
			hash = fold_product(hash ^ (uint64) value,
								UINT64CONST(0x9E3779B97F4A7C15)) +
				   UINT64CONST(0xD1B54A32D192ED03);
		else if (is_short(column, value))
		{
			const char *bytes;
			Size length = bytes_of(column, value, &bytes);

			hash = fast_hash(bytes, length, hash);
		}
		else
			return ExecEvalExpr(memo->expression, econtext, isnull);
	}
	if (unlikely(memo->entries == NULL))
		make_entries(memo);
	pair = &memo->entries[(hash ^ hash >> 32) & (memo->nentries - 2)];
	for (int i = 0; i < 2; i++)
		if (pair[i].used && pair[i].hash == hash && pair[i].nulls == nulls &&
			has_values(memo, &pair[i], row))
		{
			result = pair[i].result;
			*isnull = pair[i].isnull;
			memo->tries++;
			return result;
		}
	result = ExecEvalExpr(memo->expression, econtext, isnull);
	if (is_given_up(memo) || !may_keep(memo, result, *isnull))
		return result;
	/* The first is the one that was filled last. */
	if (pair[0].used)
	{
		MemoEntry older = pair[1];

		pair[1] = pair[0];
		pair[0] = older;
	}
	fill_entry(memo, &pair[0], row, hash, nulls, result, *isnull);
	return pair[0].result;
}
