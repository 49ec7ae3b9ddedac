/*
 * overlap_join_executor.c
 *		Executes an Overlap Join.
 *
 * The inner side is read into flat memory and a table of its keys is made.
 * Then blocks of outer rows are read, all their keys hashed, the slots of the
 * table fetched ahead, and what was found is decided pair by pair: a pair is
 * looked at for each key that both hold, and passed on at the first of them,
 * so that it is met once.  Then the ladder of && decides, then the join's
 * other conditions.
 *
 * When the inner side does not fit into hash memory, rows of both sides are
 * divided into batches by the hashes of their keys and written to files.  A
 * row with keys in several batches is written to each.  That is no trouble for
 * a pair, whose first common key is in one batch only; but whether a row has
 * found any match is known only when its last batch is through.  So rows are
 * numbered, matched rows are marked in a bitmap of one bit for each number,
 * and a row is taken for unmatched in the last of its batches.
 *
 * The alternative, to keep no batches but read the whole outer side again for
 * each piece of the inner side that fits, writes every row once, but its time
 * grows with the product of the sizes.  It is what is done with a batch that
 * is too large for memory nevertheless, because many rows share one key: no
 * division would help there, and memory stays bounded.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_executor.c
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "port/pg_bitutils.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "base/call_permission.h"
#include "base/compat.h"
#include "base/explain_node.h"
#include "base/join_columns.h"
#include "identity/private_match.h"
#include "overlap/overlap_join_executor.h"
#include "overlap/overlap_join_registers.h"
#include "overlap/overlap_join_table.h"

/* Outer rows that are looked up together, and the bytes they may have. */
#define BLOCK_ROWS  256
#define BLOCK_BYTES (128 * 1024)

#define MAX_BATCHES 65536
#define MIN_BATCHES 16 /* may be had however little memory there is */

typedef enum JoinPhase
{
	JOIN_BUILD, /* read the inner side */
	JOIN_READ,  /* read a block of outer rows */
	JOIN_PAIRS, /* of the block */
	JOIN_UNMATCHED_OUTER,
	JOIN_UNMATCHED_INNER,
	JOIN_NEXT, /* piece of the inner side */
	JOIN_DONE
} JoinPhase;

/* Of rows that were divided: the next batch is the first. */
#define NO_BATCH PG_UINT32_MAX

typedef struct JoinSide
{
	PlanState *plan;
	ExprState *identity;
	RowShape shape;
	TupleTableSlot *slot; /* the columns that are kept */
	TupleTableSlot *null_slot;
	uint64 nrows;
	bool keep_all; /* also rows that cannot match */
	bool mark;     /* remember which rows have matched */
	uint8 *marks;
	Size marks_size;
	BufFile **files; /* of the batches */
} JoinSide;

/* An outer row's key that was found. */
typedef struct Found
{
	Size outer; /* offset of the row */
	uint32 key; /* offset of the key from the row */
	bool apart;
	uint32 reference; /* of the row, or the first of members */
	uint32 count;     /* 0: it is the row */
} Found;

typedef struct ProbedKey
{
	uint64 hash;
	Size outer;
	uint32 key;
	bool apart;
} ProbedKey;

typedef struct OverlapJoinState
{
	CustomScanState css;
	JoinType jointype;
	bool inner_unique;
	bool null_inner; /* unmatched outer rows are passed on */
	bool null_outer; /* unmatched inner rows are */
	bool blinded;    /* the identities' keys are */
	ExprState *joinqual;
	Bitmapset *table_params; /* the inner side's keys are made of these, */
	bool table_varies;       /* or of what a subquery refers to */
	JoinSide outer;
	JoinSide inner;

	JoinPhase phase;
	MemoryContext context; /* of all that follows */
	Size limit;

	/* the inner side, or the piece of it that is in memory */
	RowBuffer inner_rows;
	KeyTable table;
	Size inner_offset;        /* of the next row to look at, unmatched */
	struct varlena *exchange; /* a blinded identity of the inner side */

	/* batches */
	uint32 nbatches;
	uint32 batch;
	bool batch_ended; /* all of the batch's inner rows have been read */

	/* the block of outer rows */
	RowBuffer block;
	bool outer_ended;
	ProbedKey *probed;
	int nprobed;
	int probed_room;
	Found *found;
	int nfound;
	int at_found;
	uint32 at_member;
	MemberRuns runs;   /* of the members, */
	bool in_runs;      /* if any may be passed over */
	StoredRow *loaded; /* the outer row in its slot */
	Size block_offset; /* of the next row to look at, unmatched */

	/* for EXPLAIN */
	uint64 max_keys;
	uint64 max_slots;
	uint32 max_batches;
	uint64 pieces;
	Size max_memory;
	uint64 candidates;
	uint64 refused;
} OverlapJoinState;

/* ---- begin and end ---- */

static const CustomExecMethods overlap_join_exec_methods;

Node *
create_overlap_join_state(CustomScan *scan)
{
	OverlapJoinState *join = palloc0(sizeof(OverlapJoinState));

	NodeSetTag(join, T_CustomScanState);
	join->css.methods = &overlap_join_exec_methods;
	return (Node *) join;
}

static void
begin_side(JoinSide *side, List *columns, EState *estate)
{
	RowShape *shape = &side->shape;
	TupleDesc kept = kept_row(side->plan, columns);

	shape->ncolumns = kept->natts;
	shape->columns = palloc(kept->natts * sizeof(AttrNumber) + 1);
	shape->byval = palloc(kept->natts * sizeof(bool) + 1);
	shape->lengths = palloc(kept->natts * sizeof(int16) + 1);
	for (int i = 0; i < kept->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(kept, i);

		shape->columns[i] = list_nth_int(columns, i);
		shape->last = Max(shape->last, shape->columns[i]);
		shape->byval[i] = attribute->attbyval;
		shape->lengths[i] = attribute->attlen;
	}
	side->slot = ExecInitExtraTupleSlot(estate, kept, &TTSOpsVirtual);
	side->null_slot = ExecInitNullTupleSlot(estate, kept, &TTSOpsVirtual);
}

static void
begin_overlap_join(CustomScanState *node, EState *estate, int eflags)
{
	OverlapJoinState *join = (OverlapJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState *state = &node->ss.ps;
	List *facts = list_nth(plan->custom_private, OVERLAP_JOIN_FACTS);
	OpExpr *clause = linitial_node(OpExpr, plan->custom_exprs);
	List *joinquals = list_copy_tail(plan->custom_exprs, 1);
	KeptColumns kept = {list_nth(plan->custom_private, OVERLAP_JOIN_SOURCES)};
	FmgrInfo function;

	/* We decide what matches, and the operator's function is not called. */
	check_call_allowed(get_opcode(clause->opno));
	fmgr_info(get_opcode(clause->opno), &function);
	join->blinded = function.fn_addr == blinded_identity_matches;
	join->jointype = (JoinType) linitial_int(facts);
	join->inner_unique = lsecond_int(facts) != 0;
	join->null_inner = join->jointype == JOIN_LEFT ||
					   join->jointype == JOIN_ANTI ||
					   join->jointype == JOIN_FULL;
	join->null_outer = join->jointype == JOIN_RIGHT ||
					   join->jointype == JOIN_FULL;
	join->outer.keep_all = join->null_inner;
	join->inner.keep_all = join->null_outer;
	join->outer.mark = join->null_inner || join->jointype == JOIN_SEMI;
	join->inner.mark = join->null_outer;

	/* Neither side need be read backwards or from a mark. */
	eflags &= ~(EXEC_FLAG_BACKWARD | EXEC_FLAG_MARK);
	outerPlanState(state) = ExecInitNode(outerPlan(plan), estate, eflags);
	innerPlanState(state) = ExecInitNode(innerPlan(plan), estate, eflags);
	join->outer.plan = outerPlanState(state);
	join->inner.plan = innerPlanState(state);

	keep_columns((Node *) plan->scan.plan.targetlist, &kept);
	keep_columns((Node *) plan->scan.plan.qual, &kept);
	keep_columns((Node *) joinquals, &kept);
	begin_side(&join->outer, kept.outer, estate);
	begin_side(&join->inner, kept.inner, estate);

	/* The identities are computed from whatever slots the plans return, */
	state->outeropsset = state->inneropsset = true;
	state->outeropsfixed = state->inneropsfixed = false;
	state->outerops = state->innerops = NULL;
	join->outer.identity = ExecInitExpr(
		(Expr *) over_plan_columns(linitial(clause->args), &kept), state);
	join->inner.identity = ExecInitExpr(
		(Expr *) over_plan_columns(lsecond(clause->args), &kept), state);
	join->table_params = pull_paramids(lsecond(clause->args));
	join->table_varies = contain_subplans(lsecond(clause->args));

	/* all else from the columns that were kept, in our own. */
	join->joinqual = begin_join_expressions(node, &kept, joinquals);

	join->context = AllocSetContextCreate(estate->es_query_cxt, "Overlap Join",
										  ALLOCSET_DEFAULT_SIZES);
	join->inner_rows.context = join->block.context = join->context;
	join->phase = JOIN_BUILD;
}

static void
close_file(JoinSide *side, uint32 batch)
{
	if (side->files[batch] != NULL)
		BufFileClose(side->files[batch]);
	side->files[batch] = NULL;
}

static void
close_files(JoinSide *side, uint32 nbatches)
{
	if (side->files == NULL)
		return;
	for (uint32 i = 0; i < nbatches; i++)
		close_file(side, i);
	side->files = NULL;
}

/* Forgets all rows of both sides. */
static void
reset_join(OverlapJoinState *join)
{
	ExecClearTuple(join->outer.slot);
	ExecClearTuple(join->inner.slot);
	close_files(&join->outer, join->nbatches);
	close_files(&join->inner, join->nbatches);
	join->outer.marks = join->inner.marks = NULL;
	join->outer.marks_size = join->inner.marks_size = 0;
	join->inner_rows = join->block = (RowBuffer){join->context};
	memset(&join->table, 0, sizeof(KeyTable));
	join->probed = NULL;
	join->found = NULL;
	join->probed_room = 0;
	join->loaded = NULL;
	join->exchange = NULL;
	MemoryContextReset(join->context);
	join->phase = JOIN_BUILD;
}

static void
end_overlap_join(CustomScanState *node)
{
	OverlapJoinState *join = (OverlapJoinState *) node;

	if (join->context != NULL)
	{
		reset_join(join);
		MemoryContextDelete(join->context);
	}
	ExecEndNode(outerPlanState(node));
	ExecEndNode(innerPlanState(node));
}

static void
rescan_overlap_join(CustomScanState *node)
{
	OverlapJoinState *join = (OverlapJoinState *) node;
	PlanState *outer = outerPlanState(node);
	PlanState *inner = innerPlanState(node);

	/* core has handed what changed down to both */
	if (join->phase != JOIN_BUILD)
	{
		if (join->nbatches == 1 && inner->chgParam == NULL &&
			!(join->table_varies && node->ss.ps.chgParam != NULL) &&
			!bms_overlap(node->ss.ps.chgParam, join->table_params))
		{
			/* The table stays, without its marks. */
			if (join->inner.mark)
				for (Size offset = ROW_BUFFER_START;
					 offset < join->inner_rows.used;)
				{
					StoredRow *row = BUFFERED_ROW(&join->inner_rows, offset);

					CHECK_FOR_INTERRUPTS();
					row->matched = false;
					offset += row->size;
				}
			ExecClearTuple(join->outer.slot);
			join->loaded = NULL;
			join->outer.nrows = 0;
			join->outer_ended = false;
			join->phase = JOIN_READ;
		}
		else
		{
			reset_join(join);
			if (inner->chgParam == NULL)
				ExecReScan(inner);
		}
	}
	else if (inner->chgParam == NULL)
		ExecReScan(inner);
	if (outer->chgParam == NULL)
		ExecReScan(outer);
}

/* ---- rows of both sides ---- */

/*
 * Reads an identity whose keys are blinded, which are laid out as others are.
 * The operator refuses a pair of which one side alone has blinded one, or that
 * is of two exchanges, so we do that: such rows would never be met.
 */
static const struct varlena *
read_blinded(OverlapJoinState *join, JoinSide *side, Datum value)
{
	struct varlena *identity = DatumGetBlindedIdentity(value);

	check_blinded_twice(identity);
	if (join->exchange != NULL)
		check_same_exchange(join->exchange, identity);
	else if (side == &join->inner)
	{
		join->exchange = MemoryContextAlloc(join->context,
											VARSIZE_ANY(identity));
		memcpy(join->exchange, identity, VARSIZE_ANY(identity));
	}
	return identity;
}

/*
 * Reads the next row of a plan that is wanted, into a buffer; gives its offset,
 * or 0 at the end.
 */
static Size
next_row(OverlapJoinState *join, JoinSide *side, RowBuffer *buffer)
{
	ExprContext *econtext = join->css.ss.ps.ps_ExprContext;

	for (;;)
	{
		TupleTableSlot *slot = ExecProcNode(side->plan);
		const struct varlena *identity = NULL;
		Datum value;
		bool null;
		Size offset;

		if (TupIsNull(slot))
			return 0;
		ResetExprContext(econtext);
		econtext->ecxt_outertuple = econtext->ecxt_innertuple = slot;
		value = ExecEvalExprSwitchContext(side->identity, econtext, &null);
		if (!null)
		{
			MemoryContext caller = MemoryContextSwitchTo(
				econtext->ecxt_per_tuple_memory);

			identity = join->blinded ? read_blinded(join, side, value)
									 : DatumGetCompanyIdentity(value);
			MemoryContextSwitchTo(caller);
			if (!(read_identity(identity).kinds & MATCHING_KINDS))
				identity = NULL;
		}
		side->nrows++;
		if (identity == NULL && !side->keep_all)
			continue;
		offset = append_row(buffer, &side->shape, slot, identity);
		BUFFERED_ROW(buffer, offset)->number = side->nrows - 1;
		return offset;
	}
}

static int
count_keys(const StoredRow *row)
{
	return row->identity == 0
			   ? 0
			   : count_matching_keys(read_identity(stored_identity(row)));
}

static bool
is_marked(const JoinSide *side, uint64 number)
{
	return number / 8 < side->marks_size &&
		   (side->marks[number / 8] >> number % 8 & 1);
}

/* The row has found a match. */
static void
mark_row(OverlapJoinState *join, JoinSide *side, StoredRow *row)
{
	Size byte = row->number / 8;

	if (row->matched)
		return;
	row->matched = true;
	if (!side->mark || join->nbatches == 1)
		return;
	if (byte >= side->marks_size)
	{
		Size size = Max(Max(side->marks_size * 2, byte + 1), 1024);

		side->marks = side->marks == NULL
						  ? MemoryContextAllocHuge(join->context, size)
						  : repalloc_huge(side->marks, size);
		memset(side->marks + side->marks_size, 0, size - side->marks_size);
		side->marks_size = size;
	}
	side->marks[byte] |= 1 << row->number % 8;
}

/* ---- batches ---- */

static BufFile *
create_file(OverlapJoinState *join)
{
	MemoryContext caller = MemoryContextSwitchTo(join->context);
	BufFile *file;

	PrepareTempTablespaces();
	file = BufFileCreateTemp(false);
	MemoryContextSwitchTo(caller);
	return file;
}

static void
rewind_file(BufFile *file)
{
	if (file != NULL && BufFileSeek(file, 0, 0L, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not rewind temporary file")));
}

static void
write_to_batch(OverlapJoinState *join, JoinSide *side, uint32 batch,
			   const StoredRow *row)
{
	if (side->files[batch] == NULL)
		side->files[batch] = create_file(join);
	write_row(side->files[batch], row);
}

/*
 * Writes a row to each of its batches.  written[] has, of each batch, the
 * number of the row last written to it, plus 1.
 */
static void
divide_row(OverlapJoinState *join, JoinSide *side, StoredRow *row,
		   uint64 *written)
{
	IdentityReader reader;
	bool outer = side == &join->outer;
	uint32 batches[4];
	int nbatches = 0;

	row->last_batch = 0;
	if (row->identity == 0)
	{
		write_to_batch(join, side, 0, row);
		return;
	}
	/* first which is the last, since that is written with the row */
	for (int pass = 0; pass < 2; pass++)
	{
		IdentityKey key;

		reader = read_identity(stored_identity(row));
		while (next_matching_key(&reader, &key))
		{
			uint64 hash = outer ? hash_key(&key)
								: inner_key_hash(&reader, &key);
			int nhashes = outer && key.kind == KEY_NAME &&
								  !(reader.kinds & KEY_BIT(KEY_DOMAIN))
							  ? 2
							  : 1;

			for (int i = 0; i < nhashes; i++)
			{
				uint32 batch = hash_batch(i == 0 ? hash : hash ^ APART,
										  join->nbatches);

				if (pass == 0)
				{
					row->last_batch = Max(row->last_batch, batch);
					if (nbatches < lengthof(batches))
						batches[nbatches] = batch;
					nbatches++;
				}
				else if (written[batch] != row->number + 1)
				{
					written[batch] = row->number + 1;
					write_to_batch(join, side, batch, row);
				}
			}
		}
		/* most rows have few keys, which need not be hashed again */
		if (pass == 0 && nbatches <= lengthof(batches))
		{
			for (int i = 0; i < nbatches; i++)
				if (written[batches[i]] != row->number + 1)
				{
					written[batches[i]] = row->number + 1;
					write_to_batch(join, side, batches[i], row);
				}
			break;
		}
	}
}

static uint64 *
begin_batches(OverlapJoinState *join, JoinSide *side)
{
	side->files = MemoryContextAllocZero(join->context,
										 join->nbatches * sizeof(BufFile *));
	return MemoryContextAllocZero(join->context,
								  join->nbatches * sizeof(uint64));
}

static void
note_memory(OverlapJoinState *join)
{
	join->max_memory = Max(join->max_memory,
						   MemoryContextMemAllocated(join->context, true));
}

/* What the inner rows in memory will have taken once their table is made. */
static Size
projected_memory(const RowBuffer *rows, uint64 nkeys)
{
	return rows->used + KEY_TABLE_MEMORY(nkeys);
}

static void
build_table(OverlapJoinState *join, uint64 nkeys)
{
	MemoryContext caller = MemoryContextSwitchTo(join->context);

	build_key_table(&join->table, &join->inner_rows, nkeys, join->batch,
					join->nbatches);
	order_by_registers(&join->table, &join->inner_rows);
	MemoryContextSwitchTo(caller);
	join->max_keys = Max(join->max_keys, join->table.nkeys);
	join->max_slots = Max(join->max_slots, join->table.nslots);
	join->pieces++;
	note_memory(join);
}

static void
free_table(OverlapJoinState *join)
{
	if (join->table.slots != NULL)
		pfree(join->table.slots);
	if (join->table.groups != NULL)
		pfree(join->table.groups);
	if (join->table.members != NULL)
		pfree(join->table.members);
	if (join->table.member_sets != NULL)
		pfree(join->table.member_sets);
	if (join->table.sets != NULL)
		MemoryContextDelete(join->table.sets->context);
	memset(&join->table, 0, sizeof(KeyTable));
}

/* The inner side is too large: all rows of both sides go into files. */
static void
divide_sides(OverlapJoinState *join, uint64 nkeys)
{
	RowBuffer *rows = &join->inner_rows;
	BufFile *all;
	double memory = projected_memory(rows, nkeys);
	uint32 most = Min(Max(join->limit / (2 * BLCKSZ), MIN_BATCHES),
					  MAX_BATCHES);
	uint64 *written;

	/* First as it comes, to know how much it is. */
	all = create_file(join);
	write_rows(all, rows);
	for (;;)
	{
		Size offset;
		StoredRow *row;

		CHECK_FOR_INTERRUPTS();
		rows->used = 0;
		offset = next_row(join, &join->inner, rows);
		if (offset == 0)
			break;
		row = BUFFERED_ROW(rows, offset);
		write_row(all, row);
		memory += row->size + KEY_TABLE_MEMORY(count_keys(row));
	}
	join->nbatches = 2;
	while (join->nbatches < most &&
		   memory * 1.25 / join->nbatches > (double) join->limit)
		join->nbatches *= 2;
	join->max_batches = Max(join->max_batches, join->nbatches);

	rewind_file(all);
	written = begin_batches(join, &join->inner);
	for (;;)
	{
		Size offset;

		CHECK_FOR_INTERRUPTS();
		rows->used = 0;
		offset = read_row(all, rows);
		if (offset == 0)
			break;
		divide_row(join, &join->inner, BUFFERED_ROW(rows, offset), written);
	}
	BufFileClose(all);
	pfree(written);

	written = begin_batches(join, &join->outer);
	for (;;)
	{
		Size offset;

		CHECK_FOR_INTERRUPTS();
		join->block.used = 0;
		offset = next_row(join, &join->outer, &join->block);
		if (offset == 0)
			break;
		divide_row(join, &join->outer, BUFFERED_ROW(&join->block, offset),
				   written);
	}
	pfree(written);
	note_memory(join);
	join->batch = NO_BATCH;
	join->batch_ended = true;
}

/* Reads the next piece of the inner side that fits; false: there is none. */
static bool
next_piece(OverlapJoinState *join)
{
	RowBuffer *rows = &join->inner_rows;
	uint64 nkeys = 0;
	BufFile *file;

	if (join->nbatches == 1)
		return false;
	for (;;)
	{
		if (join->batch_ended)
		{
			if (join->batch != NO_BATCH)
			{
				/* neither their buffers nor the disk are needed any more */
				close_file(&join->outer, join->batch);
				close_file(&join->inner, join->batch);
			}
			if (join->batch + 1 == join->nbatches)
				return false;
			join->batch++;
			join->batch_ended = false;
			rewind_file(join->inner.files[join->batch]);
		}
		if (join->outer.files[join->batch] == NULL && !join->null_outer)
		{
			join->batch_ended = true;
			continue;
		}
		break;
	}
	rewind_file(join->outer.files[join->batch]);
	join->outer_ended = join->outer.files[join->batch] == NULL;
	file = join->inner.files[join->batch];
	free_table(join);
	rows->used = ROW_BUFFER_START;
	for (;;)
	{
		Size offset;
		StoredRow *row;

		CHECK_FOR_INTERRUPTS();
		offset = file == NULL ? 0 : read_row(file, rows);
		if (offset == 0)
		{
			join->batch_ended = true;
			break;
		}
		row = BUFFERED_ROW(rows, offset);
		row->matched = is_marked(&join->inner, row->number);
		nkeys += count_keys(row);
		if (projected_memory(rows, nkeys) > join->limit)
			break;
	}
	build_table(join, nkeys);
	return true;
}

/* What the inner side's rows take if they are as many as planned. */
static Size
expected_bytes(const OverlapJoinState *join)
{
	const Plan *plan = join->inner.plan->plan;
	double bytes = plan->plan_rows *
				   (sizeof(StoredRow) + plan->plan_width +
					join->inner.shape.ncolumns * sizeof(Datum));

	return (Size) Min(bytes, (double) join->limit);
}

/* Reads the inner side, and if it is too large, divides both. */
static void
build_inner(OverlapJoinState *join)
{
	RowBuffer *rows = &join->inner_rows;
	uint64 nkeys = 0;

	join->limit = Min(hash_memory_limit(), ROW_BUFFER_MAX / 2);
	join->nbatches = 1;
	join->batch = 0;
	join->max_batches = Max(join->max_batches, 1);
	join->inner.nrows = join->outer.nrows = 0;
	join->outer_ended = false;
	join->batch_ended = true;
	rows->used = 0;
	expect_rows(rows, expected_bytes(join));
	for (;;)
	{
		Size offset = next_row(join, &join->inner, rows);

		if (offset == 0)
			break;
		nkeys += count_keys(BUFFERED_ROW(rows, offset));
		if (projected_memory(rows, nkeys) > join->limit)
		{
			divide_sides(join, nkeys);
			join->phase = JOIN_NEXT;
			return;
		}
	}
	trim_rows(rows);
	build_table(join, nkeys);
	/* without inner rows there is nothing to look for */
	if (rows->used == 0 && !join->null_inner)
		join->phase = JOIN_DONE;
	else
		join->phase = JOIN_READ;
}

/* ---- pairs ---- */

static void
add_probed(OverlapJoinState *join, Size outer, const StoredRow *row,
		   const IdentityKey *key, uint64 hash, bool apart)
{
	ProbedKey *probed;

	if (hash_batch(hash, join->nbatches) != join->batch)
		return;
	if (join->nprobed == join->probed_room)
	{
		join->probed_room = Max(join->probed_room * 2, 4 * BLOCK_ROWS);
		join->probed =
			join->probed == NULL
				? MemoryContextAlloc(join->context,
									 join->probed_room * sizeof(ProbedKey))
				: repalloc_huge(join->probed,
								join->probed_room * sizeof(ProbedKey));
		if (join->found != NULL)
			pfree(join->found);
		join->found = MemoryContextAllocHuge(join->context, join->probed_room *
																sizeof(Found));
	}
	__builtin_prefetch(&join->table.slots[first_slot(&join->table, hash)]);
	probed = &join->probed[join->nprobed++];
	probed->hash = hash;
	probed->outer = outer;
	probed->key = (uint32) (key->bytes - KEY_HEADER - (const char *) row);
	probed->apart = apart;
}

static void
probe_row(OverlapJoinState *join, Size offset)
{
	const StoredRow *row = BUFFERED_ROW(&join->block, offset);
	IdentityReader reader;
	IdentityKey key;

	if (row->identity == 0)
		return;
	reader = read_identity(stored_identity(row));
	while (next_matching_key(&reader, &key))
	{
		uint64 hash = hash_key(&key);

		add_probed(join, offset, row, &key, hash, false);
		if (key.kind == KEY_NAME && !(reader.kinds & KEY_BIT(KEY_DOMAIN)))
			add_probed(join, offset, row, &key, hash ^ APART, true);
	}
}

/* Looks the block's keys up, all of them before any is decided. */
static void
look_up_block(OverlapJoinState *join)
{
	const KeyTable *table = &join->table;

	join->nfound = 0;
	for (int i = 0; i < join->nprobed; i++)
	{
		const ProbedKey *probed = &join->probed[i];
		uint32 tag = (uint32) probed->hash;
		uint64 at = first_slot(table, probed->hash);
		const KeySlot *slot;

		while (slot = &table->slots[at],
			   slot->reference != 0 && slot->tag != tag)
			if (++at == table->nslots)
				at = 0;
		if (slot->reference == 0)
			continue;
		if (slot->reference & IN_GROUP)
			__builtin_prefetch(&table->groups[slot->reference & ~IN_GROUP]);
		else
		{
			const char *row = join->inner_rows.data +
							  ROW_OFFSET(slot->reference);

			__builtin_prefetch(row);
			__builtin_prefetch(row + PG_CACHE_LINE_SIZE / 2);
		}
		join->found[join->nfound++] = (Found){probed->outer, probed->key,
											  probed->apart, slot->reference,
											  0};
	}
	for (int i = 0; i < join->nfound; i++)
	{
		Found *found = &join->found[i];

		if (found->reference & IN_GROUP)
		{
			const KeyGroup *group =
				&table->groups[found->reference & ~IN_GROUP];

			found->reference = group->first;
			found->count = group->count;
			__builtin_prefetch(&table->members[group->first]);
		}
	}
	join->at_found = 0;
	join->at_member = 0;
}

/* Reads a block of outer rows and looks them up; false: there are no more. */
static bool
read_block(OverlapJoinState *join)
{
	RowBuffer *block = &join->block;
	int nrows = 0;

	block->used = 0;
	join->nprobed = 0;
	join->loaded = NULL;
	join->block_offset = ROW_BUFFER_START;
	while (!join->outer_ended && nrows < BLOCK_ROWS &&
		   block->used < BLOCK_BYTES)
	{
		Size offset;

		CHECK_FOR_INTERRUPTS();
		if (join->nbatches == 1)
			offset = next_row(join, &join->outer, block);
		else
			offset = read_row(join->outer.files[join->batch], block);
		if (offset == 0)
		{
			join->outer_ended = true;
			break;
		}
		if (join->nbatches > 1)
		{
			StoredRow *row = BUFFERED_ROW(block, offset);

			row->matched = is_marked(&join->outer, row->number);
			/* one match was enough */
			if (row->matched &&
				(join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI))
			{
				block->used = offset;
				continue;
			}
		}
		probe_row(join, offset);
		nrows++;
	}
	if (nrows == 0)
		return false;
	look_up_block(join);
	return true;
}

static TupleTableSlot *
pass_on(OverlapJoinState *join)
{
	return ExecProject(join->css.ss.ps.ps_ProjInfo);
}

/* The next pair of the block to be passed on, or NULL. */
static TupleTableSlot *
next_pair(OverlapJoinState *join)
{
	PlanState *state = &join->css.ss.ps;
	ExprContext *econtext = state->ps_ExprContext;

	econtext->ecxt_outertuple = join->outer.slot;
	econtext->ecxt_innertuple = join->inner.slot;
	while (join->at_found < join->nfound)
	{
		Found *found = &join->found[join->at_found];
		StoredRow *outer = BUFFERED_ROW(&join->block, found->outer);
		IdentityReader outer_reader = read_identity(stored_identity(outer));

		if (join->at_member == 0)
			join->in_runs = begin_member_runs(
				&join->runs, &join->table, found->reference, found->count,
				outer_reader, *((const uint8 *) outer + found->key));
		while (join->at_member < Max(found->count, 1))
		{
			uint32 reference;
			StoredRow *inner;
			IdentityReader inner_reader;

			CHECK_FOR_INTERRUPTS();
			if (join->in_runs)
			{
				join->at_member = next_member_run(&join->runs,
												  join->at_member);
				if (join->at_member == found->count)
					break;
			}
			reference =
				found->count == 0
					? found->reference
					: join->table.members[found->reference + join->at_member];
			inner = BUFFERED_ROW(&join->inner_rows, ROW_OFFSET(reference));
			join->at_member++;
			inner_reader = read_identity(stored_identity(inner));
			/* met by this key, and not by the chance of a hash? */
			if (!is_first_common_key(outer_reader,
									 (const uint8 *) outer + found->key,
									 inner_reader))
				continue;
			if (*((const uint8 *) outer + found->key) == KEY_NAME &&
				((inner_reader.kinds & KEY_BIT(KEY_DOMAIN)) != 0) !=
					found->apart)
				continue;
			join->candidates++;
			if (match_identities(outer_reader, inner_reader) == MATCH_NONE)
			{
				join->refused++;
				continue;
			}
			if (join->loaded != outer)
			{
				load_row(outer, &join->outer.shape, join->outer.slot);
				join->loaded = outer;
			}
			load_row(inner, &join->inner.shape, join->inner.slot);
			ResetExprContext(econtext);
			if (join->joinqual != NULL && !ExecQual(join->joinqual, econtext))
			{
				InstrCountFiltered2(state, 1);
				continue;
			}
			if (join->outer.mark)
				mark_row(join, &join->outer, outer);
			if (join->inner.mark)
				mark_row(join, &join->inner, inner);
			/* Is more to be known of this row? */
			if (join->jointype == JOIN_ANTI || join->jointype == JOIN_SEMI ||
				join->inner_unique)
			{
				while (join->at_found < join->nfound &&
					   join->found[join->at_found].outer == found->outer)
					join->at_found++;
				join->at_member = 0;
				if (join->jointype == JOIN_ANTI)
					break;
			}
			if (state->qual == NULL || ExecQual(state->qual, econtext))
				return pass_on(join);
			InstrCountFiltered1(state, 1);
			if (join->at_member == 0)
				break;
		}
		if (join->at_found < join->nfound &&
			found == &join->found[join->at_found])
		{
			join->at_found++;
			join->at_member = 0;
		}
	}
	return NULL;
}

/* The next outer row of the block that has found no match, or NULL. */
static TupleTableSlot *
next_unmatched_outer(OverlapJoinState *join)
{
	PlanState *state = &join->css.ss.ps;
	ExprContext *econtext = state->ps_ExprContext;

	econtext->ecxt_outertuple = join->outer.slot;
	econtext->ecxt_innertuple = join->inner.null_slot;
	while (join->block_offset < join->block.used)
	{
		StoredRow *row = BUFFERED_ROW(&join->block, join->block_offset);

		join->block_offset += row->size;
		/* It may find one in another piece of the inner side. */
		if (row->matched ||
			(join->nbatches > 1 &&
			 (row->last_batch != join->batch || !join->batch_ended)))
			continue;
		load_row(row, &join->outer.shape, join->outer.slot);
		ResetExprContext(econtext);
		if (state->qual == NULL || ExecQual(state->qual, econtext))
			return pass_on(join);
		InstrCountFiltered1(state, 1);
	}
	return NULL;
}

/* The next inner row in memory that has found no match, or NULL. */
static TupleTableSlot *
next_unmatched_inner(OverlapJoinState *join)
{
	PlanState *state = &join->css.ss.ps;
	ExprContext *econtext = state->ps_ExprContext;

	econtext->ecxt_outertuple = join->outer.null_slot;
	econtext->ecxt_innertuple = join->inner.slot;
	while (join->inner_offset < join->inner_rows.used)
	{
		StoredRow *row = BUFFERED_ROW(&join->inner_rows, join->inner_offset);

		CHECK_FOR_INTERRUPTS();
		join->inner_offset += row->size;
		if (row->matched ||
			(join->nbatches > 1 && row->last_batch != join->batch))
			continue;
		load_row(row, &join->inner.shape, join->inner.slot);
		ResetExprContext(econtext);
		if (state->qual == NULL || ExecQual(state->qual, econtext))
			return pass_on(join);
		InstrCountFiltered1(state, 1);
	}
	return NULL;
}

static TupleTableSlot *
execute_overlap_join(CustomScanState *node)
{
	OverlapJoinState *join = (OverlapJoinState *) node;
	TupleTableSlot *slot;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		switch (join->phase)
		{
			case JOIN_BUILD:
				build_inner(join);
				break;
			case JOIN_READ:
				if (read_block(join))
					join->phase = JOIN_PAIRS;
				else
				{
					join->inner_offset = ROW_BUFFER_START;
					join->phase = join->null_outer ? JOIN_UNMATCHED_INNER
												   : JOIN_NEXT;
				}
				break;
			case JOIN_PAIRS:
				slot = next_pair(join);
				if (slot != NULL)
					return slot;
				join->phase = join->null_inner ? JOIN_UNMATCHED_OUTER
											   : JOIN_READ;
				break;
			case JOIN_UNMATCHED_OUTER:
				slot = next_unmatched_outer(join);
				if (slot != NULL)
					return slot;
				join->phase = JOIN_READ;
				break;
			case JOIN_UNMATCHED_INNER:
				slot = next_unmatched_inner(join);
				if (slot != NULL)
					return slot;
				join->phase = JOIN_NEXT;
				break;
			case JOIN_NEXT:
				join->phase = next_piece(join) ? JOIN_READ : JOIN_DONE;
				break;
			case JOIN_DONE:
				return ExecClearTuple(node->ss.ps.ps_ResultTupleSlot);
		}
	}
}

/* ---- EXPLAIN ---- */

static const char *
join_type_name(JoinType jointype)
{
	switch (jointype)
	{
		case JOIN_INNER:
			return "Inner";
		case JOIN_LEFT:
			return "Left";
		case JOIN_RIGHT:
			return "Right";
		case JOIN_FULL:
			return "Full";
		case JOIN_SEMI:
			return "Semi";
		case JOIN_ANTI:
			return "Anti";
		default:
			return "???";
	}
}

static void
explain_overlap_join(CustomScanState *node, List *ancestors, ExplainState *es)
{
	OverlapJoinState *join = (OverlapJoinState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Instrumentation *instrument = node->ss.ps.instrument;
	List *joinquals = list_copy_tail(plan->custom_exprs, 1);

	if (join->jointype != JOIN_INNER || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyText("Join Type", join_type_name(join->jointype), es);
	explain_condition("Overlap Cond", list_make1(linitial(plan->custom_exprs)),
					  &node->ss.ps, ancestors, es);
	if (joinquals != NIL)
		explain_condition("Join Filter", joinquals, &node->ss.ps, ancestors,
						  es);
	if (!es->analyze || instrument == NULL)
		return;
	if (joinquals != NIL)
		explain_removed("Rows Removed by Join Filter", instrument->nfiltered2,
						instrument->nloops, es);
	explain_numbers((ExplainNumber[]){{"Keys", NULL, join->max_keys},
									  {"Buckets", NULL, join->max_slots},
									  {"Batches", NULL, join->max_batches},
									  {"Memory Usage", "kB",
									   explain_kilobytes(join->max_memory)}},
					4, es);
	explain_numbers((ExplainNumber[]){{"Candidates", NULL, join->candidates},
									  {"Removed by Ladder", NULL,
									   join->refused}},
					2, es);
}

static const CustomExecMethods overlap_join_exec_methods = {
	.CustomName = "Overlap Join",
	.BeginCustomScan = begin_overlap_join,
	.ExecCustomScan = execute_overlap_join,
	.EndCustomScan = end_overlap_join,
	.ReScanCustomScan = rescan_overlap_join,
	.ExplainCustomScan = explain_overlap_join,
};
