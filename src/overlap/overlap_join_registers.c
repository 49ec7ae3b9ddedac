/*
 * overlap_join_registers.c
 *		Which rows of a key the ladder must refuse, without looking at them.
 *
 * Two records that share a domain are none of a company if both hold ids of
 * one register, of which none is common; and if one is, they have met by it,
 * since deciding ids come first.  So at any other key, rows that hold ids of
 * one register are never a pair.  Thousands of subsidiaries below one domain
 * would be millions of candidates otherwise, all of them refused.
 *
 * Rows of a key that many hold are therefore kept by the registers they hold,
 * and where these meet the outer row's, all that are alike are passed over in
 * one step.  Of a few rows each is looked at: that takes less than to know.
 *
 * The steps for an outer row are as many as there are different sets of
 * registers among a key's rows: few, for there are few registers.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_registers.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/bytes.h"
#include "base/memory.h"
#include "overlap/overlap_join_registers.h"

/* A member and, above it, the number of its set of registers. */
#define ST_SORT          sort_members
#define ST_ELEMENT_TYPE  uint64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* Appends the number of a register, in order. */
static void
add_register(StringInfo set, uint32 number)
{
	uint32 *numbers;
	int n = set->len / sizeof(uint32);

	enlargeStringInfo(set, sizeof(uint32));
	numbers = (uint32 *) set->data;
	for (; n > 0 && numbers[n - 1] > number; n--)
		numbers[n] = numbers[n - 1];
	numbers[n] = number;
	set->len += sizeof(uint32);
}

/*
 * Reads the registers of which an identity holds deciding ids.  Those that are
 * new are numbered if add is true, and left out if not.
 */
static void
read_registers(RegisterSets *sets, IdentityReader reader, bool add,
			   StringInfo set)
{
	IdentityKey last = {.bytes = ""};
	IdentityKey key;

	resetStringInfo(set);
	while (next_key(&reader, &key) && key.kind == KEY_DECIDING_ID)
	{
		uint32 number;

		/* ids of a register lie side by side */
		if (key.prefix == last.prefix &&
			memcmp(key.bytes, last.bytes, key.prefix) == 0)
			continue;
		last = key;
		if (add)
			number = id_number(&sets->registers, key.bytes, key.prefix);
		else if (!find_id(&sets->registers, key.bytes, key.prefix, &number))
			continue;
		add_register(set, number);
	}
}

/* Makes ready to number the rows' sets of registers; 0 is the empty one. */
static RegisterSets *
begin_sets(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "Overlap Join registers",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	RegisterSets *sets = palloc(sizeof(RegisterSets));

	sets->context = context;
	begin_id_table(&sets->registers, context);
	begin_id_table(&sets->sets, context);
	id_number(&sets->sets, "", 0);
	initStringInfo(&sets->set);
	MemoryContextSwitchTo(caller);
	return sets;
}

/*
 * Puts the rows of every key that many hold in the order of their sets of
 * registers, if any of them holds a deciding id.
 */
void
order_by_registers(KeyTable *table, const RowBuffer *rows)
{
	uint64 *sorted = NULL;
	uint32 room = 0;

	for (uint32 i = 0; i < table->ngroups; i++)
	{
		const KeyGroup *group = &table->groups[i];
		uint32 *members = table->members + group->first;
		bool any = false;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (group->count <= FEW_MEMBERS)
			continue;
		if (group->count > room)
		{
			if (sorted != NULL)
				pfree(sorted);
			room = group->count;
			sorted = MemoryContextAllocHuge(CurrentMemoryContext,
											(Size) room * sizeof(uint64));
		}
		for (uint32 j = 0; j < group->count; j++)
		{
			const StoredRow *row = BUFFERED_ROW(rows, ROW_OFFSET(members[j]));
			IdentityReader reader = read_identity(stored_identity(row));
			uint32 set = 0;

			CHECK_FOR_INTERRUPTS();
			if (reader.kinds & KEY_BIT(KEY_DECIDING_ID))
			{
				RegisterSets *sets = table->sets;

				if (sets == NULL)
					sets = table->sets = begin_sets();
				read_registers(sets, reader, true, &sets->set);
				set = id_number(&sets->sets, sets->set.data, sets->set.len);
				any = true;
			}
			sorted[j] = (uint64) set << 32 | members[j];
		}
		if (!any)
			continue;
		if (table->member_sets == NULL)
		{
			Size bytes = array_size(table->nmembers, sizeof(uint32));

			table->member_sets =
				MemoryContextAllocExtended(CurrentMemoryContext, bytes,
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		}
		sort_members(sorted, group->count);
		for (uint32 j = 0; j < group->count; j++)
		{
			members[j] = (uint32) sorted[j];
			table->member_sets[group->first + j] = sorted[j] >> 32;
		}
	}
	if (sorted != NULL)
		pfree(sorted);
}

/*
 * Whether some of a key's rows, from first on, may be passed over for an outer
 * row that holds the key.  If so, next_member_run() must be asked before they are.
 */
bool
begin_member_runs(MemberRuns *runs, const KeyTable *table, uint32 first,
				  uint32 count, IdentityReader outer, KeyKind kind)
{
	if (count <= FEW_MEMBERS || table->member_sets == NULL ||
		kind == KEY_DECIDING_ID || !(outer.kinds & KEY_BIT(KEY_DECIDING_ID)))
		return false;
	read_registers(table->sets, outer, false, &table->sets->set);
	if (table->sets->set.len == 0)
		return false;
	runs->sets = table->sets;
	runs->of = table->member_sets + first;
	runs->count = count;
	runs->end = 0;
	return true;
}

/* Whether the rows of a set hold any register of the outer row. */
static bool
meet(const StringInfoData *outer, const TableId *set)
{
	const uint32 *a = (const uint32 *) outer->data;
	const uint32 *b = (const uint32 *) set->bytes;
	const uint32 *a_end = a + outer->len / sizeof(uint32);
	const uint32 *b_end = b + set->length / sizeof(uint32);

	return ascending_meet(a, a_end, b, b_end);
}

/* Where the rows end that hold the same registers as one. */
static uint32
end_of_run(const MemberRuns *runs, uint32 at)
{
	uint32 set = runs->of[at];
	uint32 low = at;
	uint32 high = runs->count;

	/* in growing steps, for most runs are short beside the others */
	for (uint32 step = 1; step < runs->count - low; step *= 2)
	{
		if (runs->of[low + step] != set)
		{
			high = low + step;
			break;
		}
		low += step;
	}
	while (high - low > 1)
	{
		uint32 middle = low + (high - low) / 2;

		if (runs->of[middle] == set)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The next row that may be a pair, at the earliest; count if there is none. */
uint32
next_member_run(MemberRuns *runs, uint32 at)
{
	while (at >= runs->end && at < runs->count)
	{
		CHECK_FOR_INTERRUPTS();
		runs->end = end_of_run(runs, at);
		if (meet(&runs->sets->set, &runs->sets->sets.ids[runs->of[at]]))
			at = runs->end;
	}
	return at;
}
