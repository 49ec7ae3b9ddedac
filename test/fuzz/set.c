/*
 * set.c
 *		Fuzzes what is read of company_set, and what is made of it:
 *		src/overlap/company_set*.c and CRoaring.
 *
 * The input's first byte says what the rest is: 'b' one set in binary form,
 * 'p' two sets in binary form behind the length of the first in two bytes,
 * anything else the text form.
 *
 * IDENTIFICATION
 *		test/fuzz/set.c
 */
#include "fuzz.h"

#include "overlap/company_set_private.h"

extern Datum company_set_in(PG_FUNCTION_ARGS);
extern Datum company_set_out(PG_FUNCTION_ARGS);
extern Datum company_set_recv(PG_FUNCTION_ARGS);
extern Datum company_set_send(PG_FUNCTION_ARGS);

static const FuzzedType company_set = {"company_set", company_set_in,
									   company_set_out, company_set_recv,
									   company_set_send};

/* Ranges make sets whose text is long; longer ones say nothing new. */
#define MAX_RUNS 20000

static bool
is_small(const CompanySet *set)
{
	int64 runs = 0;

	for (uint32 i = 0; i < set->nchunks; i++)
	{
		RunReader reader = read_runs(set_chunk(set, i));
		uint32 first;
		uint32 last;

		while (next_run(&reader, &first, &last))
			runs++;
	}
	return runs <= MAX_RUNS;
}

/* A set from the library is in the one form, and has so many members. */
static CompanySet *
claim_result(roaring_bitmap_t *bitmap, int64 cardinality)
{
	CompanySet *set = set_of_bitmap(bitmap);

	CLAIM(set_cardinality(set) == cardinality, "%lld companies are %lld",
		  (long long) set_cardinality(set), (long long) cardinality);
	if (is_small(set))
		claim_round_trips(&company_set, PointerGetDatum(set));
	return set;
}

static void
claim_set(const CompanySet *set)
{
	for (uint32 i = 0; i < set->nchunks; i++)
	{
		RunReader reader = read_runs(set_chunk(set, i));
		uint32 first;
		uint32 last;
		int64 count = 0;

		while (next_run(&reader, &first, &last))
		{
			CLAIM(first <= last && first >> 16 == set->chunks[i].key &&
					  last >> 16 == set->chunks[i].key,
				  "%u to %u is a run of chunk %u", first, last, i);
			CLAIM(set_contains(set, first) && set_contains(set, last),
				  "%u and %u are members", first, last);
			CLAIM((uint16) first == 0 || !set_contains(set, first - 1),
				  "%u is none", first - 1);
			count += (int64) last - first + 1;
		}
		CLAIM(count == set_chunk(set, i).cardinality, "chunk %u has %d", i,
			  set_chunk(set, i).cardinality);
	}
	if (is_small(set))
		claim_round_trips(&company_set, PointerGetDatum(set));
}

static void
claim_pair(const CompanySet *one, const CompanySet *other)
{
	const roaring_bitmap_t *a = view_of_set(one);
	const roaring_bitmap_t *b = view_of_set(other);
	int64 shared = roaring_bitmap_and_cardinality(a, b);
	CompanySet *both = claim_result(roaring_bitmap_and(a, b), shared);
	CompanySet *left = claim_result(roaring_bitmap_andnot(a, b),
									set_cardinality(one) - shared);
	CompanySet *again;

	claim_result(roaring_bitmap_or(a, b),
				 set_cardinality(one) + set_cardinality(other) - shared);
	claim_result(roaring_bitmap_xor(a, b),
				 set_cardinality(one) + set_cardinality(other) - 2 * shared);
	again = claim_result(roaring_bitmap_or(view_of_set(both),
										   view_of_set(left)),
						 set_cardinality(one));
	CLAIM(same_value(PointerGetDatum(one), PointerGetDatum(again)),
		  "what is shared and what is not make the set");
	CLAIM(roaring_bitmap_is_subset(view_of_set(both), b), "both are in b");
	CLAIM(roaring_bitmap_intersect(a, b) == (shared > 0), "%lld are shared",
		  (long long) shared);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;
	Datum one;
	Datum other;

	if (size == 0)
		return 0;
	bytes = copy_bytes(data + 1, size - 1);
	size--;
	if (data[0] == 'b')
	{
		if (read_binary(&company_set, bytes, size, &one))
			claim_set((CompanySet *) DatumGetPointer(one));
	}
	else if (data[0] == 'p')
	{
		size_t length;

		if (size >= 2 &&
			(length = (uint8) bytes[0] | (uint8) bytes[1] << 8) <= size - 2 &&
			read_binary(&company_set, bytes + 2, length, &one) &&
			read_binary(&company_set, bytes + 2 + length, size - 2 - length,
						&other))
			claim_pair((CompanySet *) DatumGetPointer(one),
					   (CompanySet *) DatumGetPointer(other));
	}
	else if (is_server_text(bytes, size) &&
			 read_text(&company_set, bytes, size, &one))
		claim_set((CompanySet *) DatumGetPointer(one));
	next_input();
	return 0;
}
