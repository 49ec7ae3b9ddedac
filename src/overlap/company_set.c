/*
 * company_set.c
 *		A compressed set of company ids: text and binary form, casts,
 *		comparison, and the ids one by one.
 *
 * IDENTIFICATION
 *		src/overlap/company_set.c
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/scansup.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "overlap/company_set_private.h"

PG_FUNCTION_INFO_V1(company_set_in);
PG_FUNCTION_INFO_V1(company_set_out);
PG_FUNCTION_INFO_V1(company_set_recv);
PG_FUNCTION_INFO_V1(company_set_send);
PG_FUNCTION_INFO_V1(company_set_from_array);
PG_FUNCTION_INFO_V1(company_set_to_array);
PG_FUNCTION_INFO_V1(company_set_from_bytea);
PG_FUNCTION_INFO_V1(company_set_eq);
PG_FUNCTION_INFO_V1(company_set_ne);
PG_FUNCTION_INFO_V1(company_set_lt);
PG_FUNCTION_INFO_V1(company_set_le);
PG_FUNCTION_INFO_V1(company_set_gt);
PG_FUNCTION_INFO_V1(company_set_ge);
PG_FUNCTION_INFO_V1(company_set_cmp);
PG_FUNCTION_INFO_V1(company_set_hash);
PG_FUNCTION_INFO_V1(company_set_hash_extended);
PG_FUNCTION_INFO_V1(company_set_cardinality);
PG_FUNCTION_INFO_V1(company_set_members);
PG_FUNCTION_INFO_V1(company_set_members_support);

/* What a set of members() is taken for whose value is not known in planning */
#define SUPPOSED_MEMBERS 1000

/* ---- text ---- */

/* A number of at most 32 bits. */
static bool
parse_id(const char **cursor, uint32 *id)
{
	const char *at = *cursor;
	uint64 value = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
	{
		value = value * 10 + (*at - '0');
		if (value > MAX_COMPANY_ID)
			return false;
	}
	*cursor = at;
	*id = (uint32) value;
	return true;
}

static void
skip_blanks(const char **cursor)
{
	while (scanner_isspace(**cursor))
		(*cursor)++;
}

/* Reads {1,2,5-9}; false, with the cursor at what cannot be read. */
static bool
parse_set(const char **cursor, roaring_bitmap_t *bitmap)
{
	skip_blanks(cursor);
	if (**cursor != '{')
		return false;
	(*cursor)++;
	skip_blanks(cursor);
	while (**cursor != '}')
	{
		uint32 first;
		uint32 last;

		CHECK_FOR_INTERRUPTS();
		if (!parse_id(cursor, &first))
			return false;
		last = first;
		if (**cursor == '-')
		{
			const char *range = (*cursor)++;

			if (!parse_id(cursor, &last))
				return false;
			if (last < first)
			{
				*cursor = range;
				return false;
			}
		}
		if (first == last)
			roaring_bitmap_add(bitmap, first);
		else
			roaring_bitmap_add_range_closed(bitmap, first, last);
		skip_blanks(cursor);
		if (**cursor == ',')
		{
			(*cursor)++;
			skip_blanks(cursor);
			if (**cursor == '}')
				return false;
		}
		else if (**cursor != '}')
			return false;
	}
	(*cursor)++;
	skip_blanks(cursor);
	return **cursor == '\0';
}

/* Ids and ranges of ids in any order, repeated or not. */
Datum
company_set_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *volatile cursor = input;
	CompanySet *volatile set = NULL;
	roaring_bitmap_t *bitmap = new_bitmap();

	/* The library's memory is not the query's. */
	PG_TRY();
	{
		const char *at = input;

		if (parse_set(&at, bitmap))
			set = copy_bitmap(bitmap);
		cursor = at;
	}
	PG_FINALLY();
	{
		roaring_bitmap_free(bitmap);
	}
	PG_END_TRY();
	if (set == NULL)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type company_set: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail("It cannot be read from character %d on.",
						   pg_mbstrlen_with_len(input, cursor - input) + 1),
				 errhint("A set is written as {1,2,5-9}, with ids from 0 to "
						 "%u.",
						 MAX_COMPANY_ID)));
	PG_RETURN_COMPANY_SET(set);
}

static void
append_run(StringInfo out, uint32 first, uint32 last)
{
	/* Large sets have millions, which appendStringInfo() would take long for. */
	char text[32];
	int length = 0;

	if (out->len > 1)
		text[length++] = ',';
	length += pg_ultoa_n(first, text + length);
	if (last != first)
	{
		text[length++] = last == first + 1 ? ',' : '-';
		length += pg_ultoa_n(last, text + length);
	}
	appendBinaryStringInfo(out, text, length);
}

/* Ascending, three or more ids in a row as a range. */
Datum
company_set_out(PG_FUNCTION_ARGS)
{
	const CompanySet *set = set_argument(fcinfo, 0);
	StringInfoData out;
	uint32 first = 0;
	uint32 last = 0;
	bool any = false;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (uint32 i = 0; i < set->nchunks; i++)
	{
		RunReader reader = read_runs(set_chunk(set, i));
		uint32 from;
		uint32 until;

		CHECK_FOR_INTERRUPTS();
		while (next_run(&reader, &from, &until))
		{
			/* Runs of two chunks may touch. */
			if (any && from == last + 1)
			{
				last = until;
				continue;
			}
			if (any)
				append_run(&out, first, last);
			first = from;
			last = until;
			any = true;
		}
	}
	if (any)
		append_run(&out, first, last);
	appendStringInfoChar(&out, '}');
	PG_RETURN_CSTRING(out.data);
}

/* ---- binary: the portable form of Roaring bitmaps ---- */

Datum
company_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	int length = in->len - in->cursor;
	CompanySet *set = NULL;
	const char *problem = read_portable(pq_getmsgbytes(in, length), length,
										&set);

	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type company_set"),
						errdetail_internal("%s", problem)));
	PG_RETURN_COMPANY_SET(set);
}

/* Also the cast to bytea */
Datum
company_set_send(PG_FUNCTION_ARGS)
{
	const CompanySet *set = set_argument(fcinfo, 0);
	Size size = VARHDRSZ + portable_size(set);
	bytea *result = palloc(size);

	SET_VARSIZE(result, size);
	write_portable(set, VARDATA(result));
	PG_RETURN_BYTEA_P(result);
}

Datum
company_set_from_bytea(PG_FUNCTION_ARGS)
{
	bytea *bytes = PG_GETARG_BYTEA_PP(0);
	CompanySet *set = NULL;
	const char *problem = read_portable(VARDATA_ANY(bytes),
										VARSIZE_ANY_EXHDR(bytes), &set);

	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("these bytes are no company_set"),
						errdetail_internal("%s", problem),
						errhint("They must be a 32-bit Roaring bitmap in the "
								"portable format.")));
	PG_RETURN_COMPANY_SET(set);
}

/* ---- arrays ---- */

/* company_set(bigint[]): in any order, repeated or not, without NULLs. */
Datum
company_set_from_array(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	int n = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	const int64 *values = (const int64 *) ARR_DATA_PTR(array);
	uint32 *ids;
	uint32 *scratch;
	CompanySet *set;

	if (ARR_HASNULL(array) && array_contains_nulls(array))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("company ids must not be null"),
						errhint("array_remove(ids, NULL) leaves them out.")));
	ids = palloc(Max(n, 1) * sizeof(uint32));
	scratch = palloc(Max(n, 1) * sizeof(uint32));
	for (int i = 0; i < n; i++)
		ids[i] = company_id_argument(values[i]);
	set = set_of_ids(ids, sort_ids(ids, scratch, n));
	pfree(ids);
	pfree(scratch);
	PG_RETURN_COMPANY_SET(set);
}

Datum
company_set_to_array(PG_FUNCTION_ARGS)
{
	const CompanySet *set = set_argument(fcinfo, 0);
	int64 n = set_cardinality(set);
	Size header = ARR_OVERHEAD_NONULLS(1);
	ArrayType *array;
	int64 *value;

	if (n == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(INT8OID));
	if (n > (MaxAllocSize - header) / sizeof(int64))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a set of " INT64_FORMAT
							   " companies is too large for an array",
							   n),
						errhint("members() gives them as rows.")));
	array = palloc0(header + n * sizeof(int64));
	SET_VARSIZE(array, header + n * sizeof(int64));
	array->ndim = 1;
	array->elemtype = INT8OID;
	ARR_DIMS(array)[0] = (int) n;
	ARR_LBOUND(array)[0] = 1;
	value = (int64 *) ARR_DATA_PTR(array);
	for (uint32 i = 0; i < set->nchunks; i++)
	{
		RunReader reader = read_runs(set_chunk(set, i));
		uint32 first;
		uint32 last;

		CHECK_FOR_INTERRUPTS();
		while (next_run(&reader, &first, &last))
		{
			for (int64 id = first; id <= last; id++)
				*value++ = id;
		}
	}
	PG_RETURN_ARRAYTYPE_P(array);
}

/* ---- comparison ---- */

/* Equal sets are equal bytes, so those of another length are not read. */
static bool
same_set(FunctionCallInfo fcinfo)
{
	const CompanySet *a;
	const CompanySet *b;

	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) !=
		toast_raw_datum_size(PG_GETARG_DATUM(1)))
	{
		for (int i = 0; i < 2; i++)
			check_version_alone(PG_GETARG_DATUM(i), &company_set_type);
		return false;
	}
	a = value_argument(fcinfo, 0, &company_set_type);
	b = value_argument(fcinfo, 1, &company_set_type);
	return memcmp(a, b, VARSIZE(a)) == 0;
}

Datum
company_set_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(same_set(fcinfo));
}

Datum
company_set_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!same_set(fcinfo));
}

/* Some order, which grouping and sorting need; it means nothing. */
static int
compare_sets(FunctionCallInfo fcinfo)
{
	struct varlena *a = value_argument(fcinfo, 0, &company_set_type);
	struct varlena *b = value_argument(fcinfo, 1, &company_set_type);
	int order = memcmp(VARDATA(a), VARDATA(b),
					   Min(VARSIZE(a), VARSIZE(b)) - VARHDRSZ);

	if (order == 0 && VARSIZE(a) != VARSIZE(b))
		order = VARSIZE(a) < VARSIZE(b) ? -1 : 1;
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

Datum
company_set_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) < 0);
}

Datum
company_set_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) <= 0);
}

Datum
company_set_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) > 0);
}

Datum
company_set_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) >= 0);
}

Datum
company_set_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_sets(fcinfo));
}

Datum
company_set_hash(PG_FUNCTION_ARGS)
{
	struct varlena *set = value_argument(fcinfo, 0, &company_set_type);
	uint32 hash = hash_bytes((const unsigned char *) VARDATA(set),
							 VARSIZE(set) - VARHDRSZ);

	PG_FREE_IF_COPY(set, 0);
	PG_RETURN_UINT32(hash);
}

Datum
company_set_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *set = value_argument(fcinfo, 0, &company_set_type);
	uint64 hash = hash_bytes_extended((const unsigned char *) VARDATA(set),
									  VARSIZE(set) - VARHDRSZ,
									  (uint64) PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(set, 0);
	PG_RETURN_UINT64(hash);
}

/* ---- ids ---- */

/*
 * cardinality(company_set) -> bigint.  The directory has it, so of a large set
 * that is stored out of line only the beginning is fetched.
 */
Datum
company_set_cardinality(PG_FUNCTION_ARGS)
{
	struct varlena *datum = (struct varlena *) DatumGetPointer(
		PG_GETARG_DATUM(0));
	int32 wanted = 2000; /* much of a chunk of TOAST */

	while (VARATT_IS_EXTERNAL_ONDISK(datum))
	{
		CompanySet *set = known_value(
			PG_DETOAST_DATUM_SLICE(PointerGetDatum(datum), 0, wanted),
			&company_set_type);
		int32 size = SET_HEADER_SIZE + set->nchunks * sizeof(ChunkEntry);

		if (size <= VARSIZE(set))
			PG_RETURN_INT64(set_cardinality(set));
		pfree(set);
		wanted = size;
	}
	PG_RETURN_INT64(set_cardinality(set_argument(fcinfo, 0)));
}

typedef struct MemberScan
{
	const CompanySet *set;
	uint32 chunk; /* the next one */
	RunReader reader;
	int64 next;
	int64 last; /* of the run that next is in */
} MemberScan;

/* members(company_set) -> setof bigint, ascending */
Datum
company_set_members(PG_FUNCTION_ARGS)
{
	FuncCallContext *funcctx;
	MemberScan *scan;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext caller;

		funcctx = SRF_FIRSTCALL_INIT();
		caller = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
		scan = palloc0(sizeof(MemberScan));
		scan->set = known_value(PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)),
								&company_set_type);
		scan->last = -1;
		funcctx->user_fctx = scan;
		MemoryContextSwitchTo(caller);
	}
	funcctx = SRF_PERCALL_SETUP();
	scan = funcctx->user_fctx;
	if (scan->next > scan->last)
	{
		uint32 first;
		uint32 last;

		CHECK_FOR_INTERRUPTS();
		while (scan->reader.chunk.data == NULL ||
			   !next_run(&scan->reader, &first, &last))
		{
			if (scan->chunk == scan->set->nchunks)
				SRF_RETURN_DONE(funcctx);
			scan->reader = read_runs(set_chunk(scan->set, scan->chunk++));
		}
		scan->next = first;
		scan->last = last;
	}
	SRF_RETURN_NEXT(funcctx, Int64GetDatum(scan->next++));
}

/* How many rows members() gives, where its argument is known. */
Datum
company_set_members_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);
	SupportRequestRows *rows;
	Node *argument;

	if (!IsA(request, SupportRequestRows))
		PG_RETURN_POINTER(NULL);
	rows = (SupportRequestRows *) request;
	if (!is_funcclause(rows->node))
		PG_RETURN_POINTER(NULL);
	argument = estimate_expression_value(rows->root,
										 linitial(
											 ((FuncExpr *) rows->node)->args));
	rows->rows = SUPPOSED_MEMBERS;
	if (IsA(argument, Const))
	{
		Const *constant = (Const *) argument;

		rows->rows = constant->constisnull
						 ? 0
						 : set_cardinality(value_of_datum(constant->constvalue,
														  &company_set_type));
	}
	PG_RETURN_POINTER(rows);
}
