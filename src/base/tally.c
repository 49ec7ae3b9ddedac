/*
 * tally.c
 *		Histograms: how often each key has come, in the order of the keys.
 *
 * IDENTIFICATION
 *		src/base/tally.c
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/tally.h"

#define ST_SORT          sort_by_key
#define ST_ELEMENT_TYPE  Tally
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * For how many tallies behind a header there is room, when at least that many
 * are wanted, in a chunk of memory that palloc wastes nothing of
 */
Size
roomy_tallies(Size header, Size n)
{
	Size size = pg_nextpower2_size_t(header + TALLIES_SIZE(n));

	return size > MaxAllocSize ? n : (size - header) / sizeof(Tally);
}

/* Where a key is, or belongs */
int
tally_position(const Tally *tallies, int n, int32 key)
{
	int low = 0;

	while (low < n)
	{
		int middle = low + (n - low) / 2;

		if (tallies[middle].key < key)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static inline uint32
add_counts(uint32 a, uint32 b, TallyOverflow overflow)
{
	uint32 sum = 0;

	if (unlikely(pg_add_u32_overflow(a, b, &sum)))
		overflow();
	return sum;
}

void
sort_tallies(Tally *tallies, int n)
{
	if (n > 1)
		sort_by_key(tallies, n);
}

/* Places of the array to count in that a note pays for */
#define KEYS_A_NOTE 8

/* Counts up to which an array on the stack holds them */
#define STACK_KEYS 1024

/*
 * Counts notes whose keys, from smallest on, are one of so many, each by its
 * place in an array, and writes the tallies over them.
 */
static int
count_notes(Tally *notes, int n, int32 smallest, int nkeys,
			TallyOverflow overflow)
{
	uint32 some_counts[STACK_KEYS];
	uint32 *counts = nkeys > STACK_KEYS ? palloc(nkeys * sizeof(uint32))
										: some_counts;
	int ntallies = 0;

	memset(counts, 0, nkeys * sizeof(uint32));
	for (int i = 0; i < n; i++)
	{
		uint32 *count = &counts[notes[i].key - smallest];

		*count = add_counts(*count, notes[i].count, overflow);
	}
	for (int i = 0; i < nkeys; i++)
	{
		if (counts[i] != 0)
			notes[ntallies++] = (Tally){smallest + i, counts[i]};
	}
	if (counts != some_counts)
		pfree(counts);
	return ntallies;
}

/* Adds up the notes of one key, in the order of keys; how many tallies it is. */
int
tally_notes(Tally *notes, int n, TallyOverflow overflow)
{
	int last = 0;
	int32 smallest;
	int32 largest;

	if (n < 2)
		return n;
	smallest = largest = notes[0].key;
	for (int i = 1; i < n; i++)
	{
		smallest = Min(smallest, notes[i].key);
		largest = Max(largest, notes[i].key);
	}
	/* Keys that lie close to each other are counted faster than sorted. */
	if ((int64) largest - smallest < (int64) n * KEYS_A_NOTE)
		return count_notes(notes, n, smallest, largest - smallest + 1,
						   overflow);
	sort_by_key(notes, n);
	for (int i = 1; i < n; i++)
	{
		if (notes[last].key != notes[i].key)
			notes[++last] = notes[i];
		else
			notes[last].count = add_counts(notes[last].count, notes[i].count,
										   overflow);
	}
	return last + 1;
}

/*
 * How many keys of b are not among those of a.  Which of two keys is the
 * smaller is never guessed: every other guess would be wrong.
 */
int
missing_tallies(const Tally *a, int na, const Tally *b, int nb)
{
	int shared = 0;

	for (int i = 0, j = 0; i < na && j < nb;)
	{
		int32 of_a = a[i].key;
		int32 of_b = b[j].key;

		shared += of_a == of_b;
		i += of_a <= of_b;
		j += of_b <= of_a;
	}
	return nb - shared;
}

/*
 * Merges b into a, giving n tallies in out.  Runs backwards, so that out may
 * begin where a does.
 */
void
merge_tallies(Tally *out, int n, const Tally *a, int na, const Tally *b,
			  int nb, TallyOverflow overflow)
{
	while (na > 0 && nb > 0)
	{
		Tally of_a = a[na - 1];
		Tally of_b = b[nb - 1];
		bool from_a = of_a.key >= of_b.key;
		bool from_b = of_b.key >= of_a.key;
		uint64 count = (from_a ? (uint64) of_a.count : 0) +
					   (from_b ? (uint64) of_b.count : 0);

		if (unlikely(count > PG_UINT32_MAX))
			overflow();
		out[--n] = (Tally){from_a ? of_a.key : of_b.key, (uint32) count};
		na -= from_a;
		nb -= from_b;
	}
	Assert(n == na + nb);
	if (na > 0 && out != a)
		memmove(out, a, TALLIES_SIZE(na));
	if (nb > 0)
		memcpy(out, b, TALLIES_SIZE(nb));
}
