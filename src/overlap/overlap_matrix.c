/*
 * overlap_matrix.c
 *		Which companies are in which populations, from one pass over rows.
 *
 * An overlap_matrix holds each company once and behind it the populations it
 * is in, so that the overlaps of all pairs of populations are counted by
 * reading it once.  overlap_matrix_private.h has its bytes.
 *
 * The state is the value, as for every aggregate here: the transition type is
 * the public type overlap_matrix, with no internal state beside it.  What
 * makes it fast is that inside an aggregate the value is an expanded object,
 * which a transition appends to in place and which turns into bytes when it
 * is final, sent to another process, or handed to something else:
 *
 * - A transition hashes the company's key, finds the population's number, and
 *	 copies both to the end of one of the streams of rows, chosen by the
 *	 hash.  It waits for no memory: what it writes to is in the cache, and what
 *	 was written is not read again.
 * - Compaction (overlap_matrix_rows.c) takes one stream after the other, small
 *	 enough for a table of its companies to be cached, too, and gives a matrix.
 * - A matrix that came from elsewhere (a parallel worker, a stored value) is
 *	 already in that order and is kept as it is, until there are enough to be
 *	 merged in one go.
 *
 * Rows are compacted on the way when they take more than work_mem and more
 * than the matrices they would be merged into; that changes when the work is
 * done, never the result.
 *
 * A value is limited to 1 GB, as any in PostgreSQL is; the rows of a running
 * aggregate are not.  An internal state could be larger but could not be
 * stored, nor leave a worker or a shard except as such a value; and since a
 * company's rows matter to that company alone, a larger matrix can always be
 * built as several, by GROUP BY a hash of the company, whose cells add up.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_matrix.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"
#include "utils/memutils.h"

#include "base/aggregate/aggregate_calls.h"
#include "base/aggregate_state.h"
#include "base/compat.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/state_transfer.h"
#include "overlap/overlap_matrix.h"
#include "overlap/overlap_matrix_builder.h"

/* Rows that take less are not made a matrix of, however little memory is. */
#define FEW_ROWS_SIZE (256 * 1024)

PG_FUNCTION_INFO_V1(overlap_matrix_accum_text);
PG_FUNCTION_INFO_V1(overlap_matrix_accum_integer);
PG_FUNCTION_INFO_V1(overlap_matrix_combine);
PG_FUNCTION_INFO_V1(overlap_matrix_final);

static Size get_flat_size(ExpandedObjectHeader *header);
static void flatten_into(ExpandedObjectHeader *header, void *result,
						 Size size);

static const ExpandedObjectMethods builder_methods = {get_flat_size,
													  flatten_into};

/*
 * Populations
 */

/* The number of a population */
static inline uint32
population_number(Builder *builder, const char *name, uint32 length)
{
	uint32 number;
	PopulationName *population;

	if (length > MAX_NAME_LENGTH)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("name of a population is too long"),
						errdetail("It has %u bytes; at most %d are allowed.",
								  length, MAX_NAME_LENGTH)));
	number = id_number(&builder->names, name, length);
	if (likely(number < builder->npopulations))
		return number;
	if (number == MAX_POPULATIONS)
		refuse_populations();
	MAKE_ROOM(builder->header.eoh_context, builder->populations,
			  builder->population_space, number + 1);
	population = &builder->populations[number];
	population->name = builder->names.ids[number].bytes;
	population->length = length;
	population->rows = population->without_company = 0;
	builder->npopulations++;
	return number;
}

/*
 * Rows
 */

static StreamRow
look_at_row(const char *row)
{
	RowHead head;

	memcpy(&head, row, sizeof(head));
	return (StreamRow){head.hash, row_size(&head)};
}

/* Forgets the rows, which are in a matrix now; populations keep numbers. */
static void
forget_rows(Builder *builder)
{
	for (int i = 0; i < stream_count(&builder->rows); i++)
	{
		RowStream stream = detach_stream(&builder->rows, i);

		free_rows(&stream);
	}
	for (uint32 i = 0; i < builder->npopulations; i++)
		builder->populations[i].rows =
			builder->populations[i].without_company = 0;
	builder->unnamed_rows = 0;
	builder->nrows = 0;
	builder->scale = 0;
	builder->detailed = false;
}

/*
 * Matrices
 */

static Size
matrix_size(const OverlapMatrix *matrix)
{
	return VARSIZE(matrix);
}

/* Replaces the matrices from first on by one. */
static void
merge_from(Builder *builder, int first)
{
	int n = builder->nmatrices - first;
	OverlapMatrix *merged = merge_matrices(builder->matrices + first, n);

	for (int i = first; i < builder->nmatrices; i++)
	{
		builder->matrices_size -= matrix_size(builder->matrices[i]);
		pfree(builder->matrices[i]);
	}
	builder->matrices[first] = merged;
	builder->matrices_size += matrix_size(merged);
	builder->nmatrices = first + 1;
}

/*
 * Adds a matrix, which is in the builder's context and its from now on.
 *
 * When there are too many, or they take too much memory for what they may be
 * together, the last ones are merged, back to one that is larger than all
 * behind it: so each company is merged again only when what it is in has
 * doubled.
 */
static void
push_matrix(Builder *builder, OverlapMatrix *matrix)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->header.eoh_context);
	Size largest = 0;

	builder->matrices[builder->nmatrices++] = matrix;
	builder->matrices_size += matrix_size(matrix);
	for (int i = 0; i < builder->nmatrices; i++)
		largest = Max(largest, matrix_size(builder->matrices[i]));
	if (builder->nmatrices == MERGE_WAYS ||
		builder->matrices_size > Max((Size) work_mem * 1024, 4 * largest))
	{
		int first = builder->nmatrices - 2;
		Size behind = matrix_size(matrix);

		for (; first > 0 && matrix_size(builder->matrices[first - 1]) <=
								behind + matrix_size(builder->matrices[first]);
			 first--)
			behind += matrix_size(builder->matrices[first]);
		merge_from(builder, first);
	}
	MemoryContextSwitchTo(caller);
}

static bool
has_rows(const Builder *builder)
{
	return builder->nrows > 0 || builder->unnamed_rows > 0;
}

/* Turns the rows into a matrix. */
static void
compact_rows(Builder *builder)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->header.eoh_context);
	OverlapMatrix *matrix = matrix_of_rows(builder);

	forget_rows(builder);
	push_matrix(builder, matrix);
	MemoryContextSwitchTo(caller);
}

/* Turns them into one where they take too much. */
static inline void
bound_rows(Builder *builder)
{
	if (unlikely(builder->rows.size > FEW_ROWS_SIZE) &&
		builder->rows.size >
			Max((Size) work_mem * 1024, builder->matrices_size))
		compact_rows(builder);
}

static OverlapMatrix *
copy_matrix(const OverlapMatrix *matrix)
{
	OverlapMatrix *copy = palloc(VARSIZE(matrix));

	memcpy(copy, matrix, VARSIZE(matrix));
	return copy;
}

/*
 * The builder's value, in the current context.  The builder stays as it is:
 * a window aggregate goes on with it.
 */
static OverlapMatrix *
matrix_of_builder(const Builder *builder)
{
	OverlapMatrix *matrices[MERGE_WAYS];
	OverlapMatrix *rows = NULL;
	OverlapMatrix *result;
	int n = builder->nmatrices;

	if (has_rows(builder) || n == 0)
		rows = matrix_of_rows(builder);
	if (n == 0)
		return rows;
	if (n == 1 && rows == NULL)
		return copy_matrix(builder->matrices[0]);
	memcpy(matrices, builder->matrices, n * sizeof(OverlapMatrix *));
	if (rows)
		matrices[n++] = rows;
	result = merge_matrices(matrices, n);
	if (rows)
		pfree(rows);
	return result;
}

/*
 * The expanded object
 */

/* The builder is the same with its rows in a matrix. */
const OverlapMatrix *
matrix_in_builder(Builder *builder)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->header.eoh_context);

	if (has_rows(builder) || builder->nmatrices == 0)
		compact_rows(builder);
	if (builder->nmatrices > 1)
		merge_from(builder, 0);
	MemoryContextSwitchTo(caller);
	return builder->matrices[0];
}

static Size
get_flat_size(ExpandedObjectHeader *header)
{
	return VARSIZE(matrix_in_builder((Builder *) header));
}

/* Follows get_flat_size(). */
static void
flatten_into(ExpandedObjectHeader *header, void *result, Size size)
{
	Builder *builder = (Builder *) header;

	Assert(!has_rows(builder) && builder->nmatrices == 1 &&
		   size == VARSIZE(builder->matrices[0]));
	memcpy(result, builder->matrices[0], size);
}

/* The first matrix in an aggregate's or a function's state */
static Builder *
new_builder(FunctionCallInfo fcinfo)
{
	MemoryContext context = context_for_state(fcinfo, "overlap_matrix states");
	Builder *builder = MemoryContextAllocZero(context, sizeof(Builder));

	EOH_init_header(&builder->header, &builder_methods, context);
	begin_id_table(&builder->names, context);
	begin_row_streams(&builder->rows, context, look_at_row);
	return builder;
}

Builder *
matrix_builder_of_datum(Datum datum)
{
	if (!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)) ||
		DatumGetEOHP(datum)->eoh_methods != &builder_methods)
		return NULL;
	return (Builder *) DatumGetEOHP(datum);
}

static void
set_keys(Builder *builder, MatrixKeyKind keys)
{
	if (builder->keys != NO_KEYS && builder->keys != keys)
		refuse_keys();
	builder->keys = keys;
}

static void
add_matrix(Builder *builder, OverlapMatrix *matrix)
{
	MemoryContext caller;

	if (matrix->npopulations == 0 && matrix->unnamed_rows == 0)
		return;
	if (matrix->keys != NO_KEYS)
		set_keys(builder, matrix->keys);
	caller = MemoryContextSwitchTo(builder->header.eoh_context);
	push_matrix(builder, copy_matrix(matrix));
	MemoryContextSwitchTo(caller);
}

/* The state in argument 0, to add to */
static Builder *
builder_argument(FunctionCallInfo fcinfo)
{
	Builder *builder;

	if (!PG_ARGISNULL(0))
	{
		struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

		if (likely(VARATT_IS_EXTERNAL_EXPANDED_RW(state)))
			return (Builder *) DatumGetEOHP(PointerGetDatum(state));
	}
	builder = new_builder(fcinfo);
	if (!PG_ARGISNULL(0))
		add_matrix(builder, MATRIX_ARGUMENT(0));
	return builder;
}

static void
refuse_length(const char *what, uint32 length)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("%s is too long", what),
					errdetail("It has %u bytes; at most %d are allowed.",
							  length, MAX_NAME_LENGTH)));
}

/*
 * Adds the row of arguments 1 to 4: population, company, and if there are so
 * many, record_id and value.
 */
static inline Datum
accumulate(FunctionCallInfo fcinfo, MatrixKeyKind keys)
{
	Builder *builder = builder_argument(fcinfo);
	PopulationName *population;
	RowHead head = {0};
	const char *key = NULL;
	text *id = NULL;
	Decimal value;
	char *row;
	text *name;
	uint32 length;

	if (PG_ARGISNULL(1))
	{
		builder->unnamed_rows++;
		return EOHPGetRWDatum(&builder->header);
	}
	name = PG_GETARG_TEXT_PP(1);
	head.population = population_number(builder, VARDATA_ANY(name),
										VARSIZE_ANY_EXHDR(name));
	population = &builder->populations[head.population];

	if (!PG_ARGISNULL(2))
	{
		if (keys == INTEGER_KEYS)
		{
			head.hash = mix_integer(PG_GETARG_INT64(2));
			key = "";
		}
		else
		{
			text *company = PG_GETARG_TEXT_PP(2);

			length = VARSIZE_ANY_EXHDR(company);
			if (unlikely(length > MAX_NAME_LENGTH))
				refuse_length("key of a company", length);
			if (length > 0)
			{
				key = VARDATA_ANY(company);
				head.hash = stable_hash(key, length);
				head.key_length = length;
			}
		}
	}
	if (PG_NARGS() > 3 && !PG_ARGISNULL(3))
	{
		id = PG_GETARG_TEXT_PP(3);
		length = VARSIZE_ANY_EXHDR(id);
		if (unlikely(length > MAX_NAME_LENGTH))
			refuse_length("id of a record", length);
		head.detail = length | ROW_HAS_ID;
	}
	if (PG_NARGS() > 4 && !PG_ARGISNULL(4))
	{
		value = amount_argument(fcinfo, 4);
		builder->scale = Max(builder->scale, value.scale);
		value = shortest_decimal(value);
		head.detail |= ROW_HAS_VALUE;
	}
	builder->nrows++;
	population->rows++;
	if (key == NULL)
	{
		population->without_company++;
		return EOHPGetRWDatum(&builder->header);
	}
	if (unlikely(builder->keys != keys))
		set_keys(builder, keys);
	if (head.detail != 0)
		builder->detailed = true;

	row = add_stream_row(&builder->rows, head.hash, row_size(&head));
	memcpy(row, &head, sizeof(head));
	row += sizeof(head);
	if (keys == TEXT_KEYS)
	{
		memcpy(row, key, head.key_length);
		row += head.key_length;
	}
	if (id)
	{
		memcpy(row, VARDATA_ANY(id), head.detail & ROW_ID_LENGTH);
		row += head.detail & ROW_ID_LENGTH;
	}
	if (head.detail & ROW_HAS_VALUE)
		memcpy(row, &value, sizeof(value));

	bound_rows(builder);
	return EOHPGetRWDatum(&builder->header);
}

/* (overlap_matrix, text, text or company_domain[, text[, numeric]]) */
Datum
overlap_matrix_accum_text(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, TEXT_KEYS);
}

/* (overlap_matrix, text, bigint[, text[, numeric]]) */
Datum
overlap_matrix_accum_integer(PG_FUNCTION_ARGS)
{
	return accumulate(fcinfo, INTEGER_KEYS);
}

/* The rows of both; NULL is none, and NULL only if both are. */
Datum
overlap_matrix_combine(PG_FUNCTION_ARGS)
{
	Builder *builder;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	builder = builder_argument(fcinfo);
	if (!PG_ARGISNULL(1))
		add_matrix(builder, MATRIX_ARGUMENT(1));
	return EOHPGetRWDatum(&builder->header);
}

/*
 * The state as the bytes of a value, or as it is where it is read at once.  It
 * is looked at by then whether records have two values.
 */
Datum
overlap_matrix_final(PG_FUNCTION_ARGS)
{
	Builder *builder = matrix_builder_of_datum(PG_GETARG_DATUM(0));

	if (builder == NULL)
		PG_RETURN_POINTER(MATRIX_ARGUMENT(0));
	if (!result_may_stay(fcinfo))
		PG_RETURN_POINTER(matrix_of_builder(builder));
	if (builder->detailed || builder->nmatrices > 0)
		(void) matrix_in_builder(builder);
	PG_RETURN_DATUM(EOHPGetRODatum(&builder->header));
}

/*
 * From process to process
 */

/* What comes before the populations, the matrices and the rows */
typedef struct WrittenBuilder
{
	int64 unnamed_rows;
	int64 nrows;
	MatrixKeyKind keys;
	int scale;
	uint32 npopulations;
	int nmatrices;
	bool detailed;
} WrittenBuilder;

typedef struct WrittenPopulation
{
	int64 rows;
	int64 without_company;
	uint32 length; /* of its name, which follows */
} WrittenPopulation;

static void
write_builder(Datum state, BufFile *file)
{
	Builder *builder = (Builder *) DatumGetEOHP(state);
	WrittenBuilder written;

	memset(&written, 0, sizeof(written));
	written.unnamed_rows = builder->unnamed_rows;
	written.nrows = builder->nrows;
	written.keys = builder->keys;
	written.scale = builder->scale;
	written.npopulations = builder->npopulations;
	written.nmatrices = builder->nmatrices;
	written.detailed = builder->detailed;
	BufFileWrite(file, &written, sizeof(written));
	for (uint32 i = 0; i < builder->npopulations; i++)
	{
		const PopulationName *population = &builder->populations[i];
		WrittenPopulation head;

		memset(&head, 0, sizeof(head));
		head.rows = population->rows;
		head.without_company = population->without_company;
		head.length = population->length;
		BufFileWrite(file, &head, sizeof(head));
		BufFileWrite(file, unconstify(char *, population->name), head.length);
	}
	for (int i = 0; i < builder->nmatrices; i++)
	{
		Size size = matrix_size(builder->matrices[i]);

		CHECK_FOR_INTERRUPTS();
		BufFileWrite(file, &size, sizeof(size));
		BufFileWrite(file, builder->matrices[i], size);
	}
	write_row_streams(&builder->rows, file);
}

/* The number of a row's population is another here. */
static void
renumber_population(char *row, void *numbers)
{
	RowHead head;

	memcpy(&head, row, sizeof(head));
	head.population = ((uint32 *) numbers)[head.population];
	memcpy(row, &head, sizeof(head));
}

static Datum
add_builder(FunctionCallInfo fcinfo, BufFile *file)
{
	Builder *builder = builder_argument(fcinfo);
	WrittenBuilder written;
	uint32 *numbers;
	char *name = palloc(MAX_NAME_LENGTH);

	read_temporary(file, &written, sizeof(written), false);
	if (written.keys != NO_KEYS)
		set_keys(builder, written.keys);
	builder->unnamed_rows += written.unnamed_rows;
	builder->nrows += written.nrows;
	builder->scale = Max(builder->scale, written.scale);
	builder->detailed |= written.detailed;
	numbers = allocate_array(written.npopulations, sizeof(uint32));
	for (uint32 i = 0; i < written.npopulations; i++)
	{
		WrittenPopulation head;
		PopulationName *population;

		read_temporary(file, &head, sizeof(head), false);
		read_temporary(file, name, head.length, false);
		numbers[i] = population_number(builder, name, head.length);
		population = &builder->populations[numbers[i]];
		population->rows += head.rows;
		population->without_company += head.without_company;
	}
	for (int i = 0; i < written.nmatrices; i++)
	{
		Size size;
		OverlapMatrix *matrix;

		read_temporary(file, &size, sizeof(size), false);
		matrix = MemoryContextAllocHuge(builder->header.eoh_context, size);
		read_temporary(file, matrix, size, false);
		push_matrix(builder, matrix);
	}
	add_row_streams(&builder->rows, file, renumber_population, numbers);
	pfree(numbers);
	pfree(name);
	bound_rows(builder);
	return EOHPGetRWDatum(&builder->header);
}

static const StateTransfer builder_transfer = {overlap_matrix_final,
											   write_builder, add_builder};

void
install_overlap_matrix(void)
{
	register_state_transfer(&builder_transfer);
}
