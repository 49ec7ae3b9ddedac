/*
 * company_set_algebra.c
 *		Union, intersection and difference of company sets, and how many
 *		companies they share.
 *
 * A view of a set (company_set_bitmap.c) costs some nanoseconds a chunk and no
 * copy, so only a set that is stored out of line is worth remembering: such
 * sets are fetched once a query, kept in fn_extra, and known by the identity
 * of their TOAST value.
 *
 * IDENTIFICATION
 *		src/overlap/company_set_algebra.c
 */
#include "postgres.h"

#include "access/detoast.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "overlap/company_set_private.h"

PG_FUNCTION_INFO_V1(company_set_union);
PG_FUNCTION_INFO_V1(company_set_intersection);
PG_FUNCTION_INFO_V1(company_set_difference);
PG_FUNCTION_INFO_V1(company_set_entered);
PG_FUNCTION_INFO_V1(company_set_symmetric_difference);
PG_FUNCTION_INFO_V1(company_set_add);
PG_FUNCTION_INFO_V1(company_set_remove);
PG_FUNCTION_INFO_V1(company_set_contains);
PG_FUNCTION_INFO_V1(company_set_contained);
PG_FUNCTION_INFO_V1(company_set_shares);
PG_FUNCTION_INFO_V1(company_set_has_member);
PG_FUNCTION_INFO_V1(company_set_is_member);
PG_FUNCTION_INFO_V1(company_set_overlap);
PG_FUNCTION_INFO_V1(company_set_jaccard);
PG_FUNCTION_INFO_V1(company_set_whitespace);
PG_FUNCTION_INFO_V1(overlap_cardinalities);

/* ---- arguments ---- */

/* A set that was fetched from out of line */
typedef struct FetchedKey
{
	Oid table;
	Oid value;
} FetchedKey;

typedef struct FetchedSet
{
	FetchedKey key;
	int place; /* in FetchedSets */
	Size size;
	CompanySet *set;
	roaring_bitmap_t *view; /* NULL until asked for */
} FetchedSet;

/* What a function call site has fetched in this query, up to hash memory */
typedef struct FetchedSets
{
	LocalTransactionId transaction;
	MemoryContext context;
	HTAB *by_key;
	FetchedSet **sets;
	int nsets;
	int room;
	Size size;
	Size limit;
	uint32 dice;
	FetchedSet *latest; /* the other argument of this call, perhaps */
} FetchedSets;

static FetchedSets *
fetched_sets(FmgrInfo *flinfo)
{
	FetchedSets *fetched = flinfo->fn_extra;
	HASHCTL ctl;

	if (fetched != NULL)
	{
		/*
		 * The number of a value may be given again when it is gone, but not
		 * while a snapshot that saw it lives.  A call site can outlive its
		 * transaction, as that of a partition key does.
		 */
		if (fetched->transaction == local_transaction_id())
			return fetched;
		MemoryContextDelete(fetched->context);
	}
	else
		fetched = MemoryContextAlloc(flinfo->fn_mcxt, sizeof(FetchedSets));
	flinfo->fn_extra = NULL;
	memset(fetched, 0, sizeof(*fetched));
	fetched->context = AllocSetContextCreate(flinfo->fn_mcxt,
											 "fetched company sets",
											 ALLOCSET_DEFAULT_SIZES);
	fetched->transaction = local_transaction_id();
	fetched->limit = hash_memory_limit();
	fetched->room = 64;
	fetched->sets = MemoryContextAlloc(fetched->context,
									   fetched->room * sizeof(FetchedSet *));
	ctl.keysize = sizeof(FetchedKey);
	ctl.entrysize = sizeof(FetchedSet);
	ctl.hcxt = fetched->context;
	fetched->by_key = hash_create("fetched company sets", 64, &ctl,
								  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	flinfo->fn_extra = fetched;
	return fetched;
}

static void
forget(FetchedSets *fetched, FetchedSet *set)
{
	FetchedSet *last = fetched->sets[--fetched->nsets];

	fetched->sets[set->place] = last;
	last->place = set->place;
	fetched->size -= set->size;
	if (set->view != NULL)
		pfree(set->view);
	pfree(set->set);
	hash_search(fetched->by_key, &set->key, HASH_REMOVE, NULL);
}

/*
 * Makes room.  Which sets go is drawn by lot: a join reads the same sets over
 * and over in the same order, and then the least recently used is the one
 * wanted next.
 */
static void
forget_some(FetchedSets *fetched)
{
	while (fetched->size > fetched->limit && fetched->nsets > 1)
	{
		FetchedSet *victim;

		fetched->dice = fetched->dice * 1664525 + 1013904223;
		victim = fetched->sets[(fetched->dice >> 8) % fetched->nsets];
		if (victim == fetched->latest)
			continue;
		forget(fetched, victim);
	}
}

static FetchedSet *
fetch_set(FunctionCallInfo fcinfo, struct varlena *datum)
{
	FetchedSets *fetched = fetched_sets(fcinfo->flinfo);
	struct varatt_external pointer;
	FetchedKey key = {0};
	FetchedSet *set;
	CompanySet *value;
	MemoryContext caller;
	bool found;

	VARATT_EXTERNAL_GET_POINTER(pointer, datum);
	key.table = pointer.va_toastrelid;
	key.value = pointer.va_valueid;
	set = hash_search(fetched->by_key, &key, HASH_FIND, NULL);
	if (set != NULL)
	{
		fetched->latest = set;
		return set;
	}

	forget_some(fetched);
	caller = MemoryContextSwitchTo(fetched->context);
	MAKE_ROOM(fetched->context, fetched->sets, fetched->room,
			  fetched->nsets + 1);
	value = (CompanySet *) detoast_attr(datum);
	MemoryContextSwitchTo(caller);
	known_value(value, &company_set_type);
	set = hash_search(fetched->by_key, &key, HASH_ENTER, &found);
	set->set = value;
	set->view = NULL;
	set->size = VARSIZE(value);
	set->place = fetched->nsets;
	fetched->sets[fetched->nsets++] = set;
	fetched->size += set->size;
	fetched->latest = set;
	return set;
}

static bool
is_worth_keeping(FunctionCallInfo fcinfo, struct varlena *datum)
{
	return VARATT_IS_EXTERNAL_ONDISK(datum) && fcinfo->flinfo != NULL;
}

/* The set in argument argno, not ours, to read. */
const CompanySet *
set_argument(FunctionCallInfo fcinfo, int argno)
{
	struct varlena *datum = (struct varlena *) DatumGetPointer(
		PG_GETARG_DATUM(argno));

	if (is_worth_keeping(fcinfo, datum))
		return fetch_set(fcinfo, datum)->set;
	return plain_set(datum);
}

/* The same, and a view of it */
static const roaring_bitmap_t *
bitmap_argument(FunctionCallInfo fcinfo, int argno, const CompanySet **set)
{
	struct varlena *datum = (struct varlena *) DatumGetPointer(
		PG_GETARG_DATUM(argno));
	const CompanySet *plain;

	if (is_worth_keeping(fcinfo, datum))
	{
		FetchedSet *fetched = fetch_set(fcinfo, datum);

		if (fetched->view == NULL)
		{
			FetchedSets *all = fcinfo->flinfo->fn_extra;
			MemoryContext caller = MemoryContextSwitchTo(all->context);

			fetched->view = view_of_set(fetched->set);
			fetched->size += GetMemoryChunkSpace(fetched->view);
			all->size += GetMemoryChunkSpace(fetched->view);
			MemoryContextSwitchTo(caller);
		}
		if (set)
			*set = fetched->set;
		return fetched->view;
	}
	plain = plain_set(datum);
	if (set)
		*set = plain;
	return view_of_set(plain);
}

/* ---- sets from sets ---- */

typedef roaring_bitmap_t *(*Operation)(const roaring_bitmap_t *,
									   const roaring_bitmap_t *);

static Datum
combine(FunctionCallInfo fcinfo, Operation operation, int a, int b)
{
	const roaring_bitmap_t *one = bitmap_argument(fcinfo, a, NULL);
	const roaring_bitmap_t *other = bitmap_argument(fcinfo, b, NULL);

	PG_RETURN_COMPANY_SET(set_of_bitmap(operation(one, other)));
}

Datum
company_set_union(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, roaring_bitmap_or, 0, 1);
}

Datum
company_set_intersection(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, roaring_bitmap_and, 0, 1);
}

Datum
company_set_difference(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, roaring_bitmap_andnot, 0, 1);
}

/* entered(old, new): what is new */
Datum
company_set_entered(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, roaring_bitmap_andnot, 1, 0);
}

Datum
company_set_symmetric_difference(PG_FUNCTION_ARGS)
{
	return combine(fcinfo, roaring_bitmap_xor, 0, 1);
}

static Datum
combine_with_id(FunctionCallInfo fcinfo, Operation operation, uint32 id)
{
	const roaring_bitmap_t *set = bitmap_argument(fcinfo, 0, NULL);
	const roaring_bitmap_t *other = view_of_set(set_of_ids(&id, 1));

	PG_RETURN_COMPANY_SET(set_of_bitmap(operation(set, other)));
}

Datum
company_set_add(PG_FUNCTION_ARGS)
{
	return combine_with_id(fcinfo, roaring_bitmap_or,
						   company_id_argument(PG_GETARG_INT64(1)));
}

/* What cannot be in a set is not in it: no error here and in the next two. */
Datum
company_set_remove(PG_FUNCTION_ARGS)
{
	int64 id = PG_GETARG_INT64(1);

	if (id < 0 || id > MAX_COMPANY_ID)
	{
		check_version_alone(PG_GETARG_DATUM(0), &company_set_type);
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	return combine_with_id(fcinfo, roaring_bitmap_andnot, (uint32) id);
}

/*
 * whitespace(theirs, VARIADIC mine company_set[]): what is in theirs and in
 * none of mine.  NULL where one of mine is: it is not known what is missing.
 */
Datum
company_set_whitespace(PG_FUNCTION_ARGS)
{
	const roaring_bitmap_t *theirs = bitmap_argument(fcinfo, 0, NULL);
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
	Oid element = ARR_ELEMTYPE(array);
	int16 length;
	bool byval;
	char align;
	Datum *mine;
	bool *nulls;
	int n;
	const roaring_bitmap_t **views;
	roaring_bitmap_t *result;

	get_typlenbyvalalign(element, &length, &byval, &align);
	deconstruct_array(array, element, length, byval, align, &mine, &nulls, &n);
	views = palloc(Max(n, 1) * sizeof(roaring_bitmap_t *));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			PG_RETURN_NULL();
		views[i] = view_of_set(
			plain_set((struct varlena *) DatumGetPointer(mine[i])));
	}
	result = n == 0 ? roaring_bitmap_copy(theirs)
					: roaring_bitmap_andnot(theirs, views[0]);
	for (int i = 1; i < n && result != NULL; i++)
		roaring_bitmap_andnot_inplace(result, views[i]);
	PG_RETURN_COMPANY_SET(set_of_bitmap(result));
}

/* ---- questions ---- */

Datum
company_set_contains(PG_FUNCTION_ARGS)
{
	const roaring_bitmap_t *a = bitmap_argument(fcinfo, 0, NULL);
	const roaring_bitmap_t *b = bitmap_argument(fcinfo, 1, NULL);

	PG_RETURN_BOOL(roaring_bitmap_is_subset(b, a));
}

Datum
company_set_contained(PG_FUNCTION_ARGS)
{
	const roaring_bitmap_t *a = bitmap_argument(fcinfo, 0, NULL);
	const roaring_bitmap_t *b = bitmap_argument(fcinfo, 1, NULL);

	PG_RETURN_BOOL(roaring_bitmap_is_subset(a, b));
}

Datum
company_set_shares(PG_FUNCTION_ARGS)
{
	const roaring_bitmap_t *a = bitmap_argument(fcinfo, 0, NULL);
	const roaring_bitmap_t *b = bitmap_argument(fcinfo, 1, NULL);

	PG_RETURN_BOOL(roaring_bitmap_intersect(a, b));
}

static Datum
is_member(FunctionCallInfo fcinfo, int set, int64 id)
{
	if (id < 0 || id > MAX_COMPANY_ID)
	{
		check_version_alone(PG_GETARG_DATUM(set), &company_set_type);
		PG_RETURN_BOOL(false);
	}
	PG_RETURN_BOOL(set_contains(set_argument(fcinfo, set), (uint32) id));
}

Datum
company_set_has_member(PG_FUNCTION_ARGS)
{
	return is_member(fcinfo, 0, PG_GETARG_INT64(1));
}

Datum
company_set_is_member(PG_FUNCTION_ARGS)
{
	return is_member(fcinfo, 1, PG_GETARG_INT64(0));
}

Datum
company_set_overlap(PG_FUNCTION_ARGS)
{
	const roaring_bitmap_t *a = bitmap_argument(fcinfo, 0, NULL);
	const roaring_bitmap_t *b = bitmap_argument(fcinfo, 1, NULL);

	PG_RETURN_INT64((int64) roaring_bitmap_and_cardinality(a, b));
}

/* Shared companies by companies of either; NULL where there are none. */
Datum
company_set_jaccard(PG_FUNCTION_ARGS)
{
	const CompanySet *one;
	const CompanySet *other;
	const roaring_bitmap_t *a = bitmap_argument(fcinfo, 0, &one);
	const roaring_bitmap_t *b = bitmap_argument(fcinfo, 1, &other);
	int64 shared = (int64) roaring_bitmap_and_cardinality(a, b);
	int64 either = set_cardinality(one) + set_cardinality(other) - shared;

	if (either == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) shared / (double) either);
}

/*
 * overlap_cardinalities(company_set[]) -> rows (i, j, n), i <= j: how many
 * companies the i-th and the j-th set share, counting from 1.
 */
Datum
overlap_cardinalities(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	Oid element = ARR_ELEMTYPE(array);
	int16 length;
	bool byval;
	char align;
	Datum *sets;
	bool *nulls;
	int n;
	const roaring_bitmap_t **views;

	begin_rows(fcinfo);
	get_typlenbyvalalign(element, &length, &byval, &align);
	deconstruct_array(array, element, length, byval, align, &sets, &nulls, &n);
	views = palloc(Max(n, 1) * sizeof(roaring_bitmap_t *));
	for (int i = 0; i < n; i++)
		views[i] = nulls[i] ? NULL
							: view_of_set(plain_set((
								  struct varlena *) DatumGetPointer(sets[i])));
	for (int i = 0; i < n; i++)
	{
		for (int j = i; j < n; j++)
		{
			Datum values[3] = {Int32GetDatum(i + 1), Int32GetDatum(j + 1)};
			bool unknown[3] = {false, false, nulls[i] || nulls[j]};

			CHECK_FOR_INTERRUPTS();
			if (!unknown[2])
				values[2] = Int64GetDatum((
					int64) roaring_bitmap_and_cardinality(views[i], views[j]));
			put_row(fcinfo, values, unknown);
		}
	}
	return (Datum) 0;
}
