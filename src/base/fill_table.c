/*
 * fill_table.c
 *		Puts the rows of a query into a table.
 *
 * INSERT ... SELECT plans no workers and writes row by row, and CREATE TABLE AS
 * makes another table.  The rows go from the query, in whatever processes it
 * runs, into pages of the table, a thousand at a time.  An index is built three
 * times as fast over rows that are there, so where the table was empty and they
 * are more than that thousand, the indexes are built at the end; to make them
 * anew for a few rows takes longer than to put those in.
 *
 * Where there is more to do for a row than to write it and to index it, it is
 * an INSERT all the same.
 *
 * IDENTIFICATION
 *		src/base/fill_table.c
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_namespace.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/memory.h"

PG_FUNCTION_INFO_V1(fill_table);

#define ROWS_AT_ONCE  1000
#define BYTES_AT_ONCE 65536

typedef struct Filling
{
	DestReceiver receiver;
	Relation table;
	TupleDesc columns; /* of the query */
	int *column_of;    /* of each of them, the table's, from 0 */
	int options;       /* of table_multi_insert() */
	CommandId command;
	BulkInsertState state;
	bool defers; /* indexes are built at the end, where rows are many */
	ResultRelInfo *target; /* of rows that are put into indexes as they come */
	EState *estate;
	MemoryContext batch;
	TupleTableSlot *rows[ROWS_AT_ONCE];
	int filled;
	Size bytes;
	uint64 written;
	uint64 indexed;
} Filling;

/* ---- columns ---- */

/* The table's column, from 0, that one of the query is named like */
static int
column_of_name(Relation table, const char *name)
{
	AttrNumber column = get_attnum(RelationGetRelid(table), name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						name, RelationGetRelationName(table)),
				 errhint("Columns are matched by name, wherever they are.")));
	return column - 1;
}

static int *
columns_of_query(Relation table, TupleDesc query)
{
	int *columns = allocate_array(query->natts, sizeof(int));

	if (query->natts == 0)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("the query yields no columns")));
	for (int i = 0; i < query->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(query, i)->attname);

		columns[i] = column_of_name(table, name);
		for (int j = 0; j < i; j++)
			if (columns[j] == columns[i])
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" specified more than once",
								name)));
	}
	return columns;
}

/*
 * Whether all there is to do for a row is to write it and to index it.  Nobody
 * but the owner may have indexes built, which locks them.
 */
static bool
only_writes(Relation table)
{
	TupleConstr *constraints = RelationGetDescr(table)->constr;

	return table->rd_rel->relkind == RELKIND_RELATION &&
		   table->rd_rel->relam == HEAP_TABLE_AM_OID &&
		   !table->rd_rel->relispartition && table->trigdesc == NULL &&
		   !IsSystemRelation(table) &&
		   object_aclcheck(NamespaceRelationId, RelationGetNamespace(table),
						   GetUserId(), ACL_USAGE) == ACLCHECK_OK &&
		   pg_class_aclcheck(RelationGetRelid(table), GetUserId(),
							 ACL_INSERT) == ACLCHECK_OK &&
		   has_privs_of_role(GetUserId(), table->rd_rel->relowner) &&
		   table->rd_rules == NULL &&
		   (constraints == NULL || (constraints->num_check == 0 &&
									!constraints->has_generated_stored)) &&
		   check_enable_rls(RelationGetRelid(table), InvalidOid, true) !=
			   RLS_ENABLED;
}

/*
 * Whether the query yields what the columns hold, and those that it does not
 * yield hold nothing.
 */
static bool
yields_columns(Relation table, TupleDesc query, const int *columns)
{
	TupleDesc held = RelationGetDescr(table);
	bool *yielded = allocate_zeros(held->natts, sizeof(bool));
	bool same = true;

	for (int i = 0; i < query->natts; i++)
	{
		Form_pg_attribute from = TupleDescAttr(query, i);
		Form_pg_attribute to = TupleDescAttr(held, columns[i]);

		yielded[columns[i]] = true;
		same = same && from->atttypid == to->atttypid &&
			   (to->atttypmod < 0 || from->atttypmod == to->atttypmod) &&
			   to->attidentity == '\0' && to->attgenerated == '\0';
	}
	for (int i = 0; i < held->natts; i++)
	{
		Form_pg_attribute to = TupleDescAttr(held, i);

		if (!yielded[i] && !to->attisdropped)
			same = same && !to->atthasdef && to->attidentity == '\0' &&
				   get_typtype(to->atttypid) != TYPTYPE_DOMAIN;
	}
	pfree(yielded);
	return same;
}

/* ---- rows ---- */

/* The rows have their places in the table. */
static void
index_rows(Filling *filling)
{
	if (filling->target == NULL)
	{
		filling->target = makeNode(ResultRelInfo);
		InitResultRelInfo(filling->target, filling->table, 1, NULL, 0);
		ExecOpenIndices(filling->target, false);
		filling->estate = CreateExecutorState();
	}
	for (int i = 0; i < filling->filled && filling->target->ri_NumIndices > 0;
		 i++)
	{
		CHECK_FOR_INTERRUPTS();
		insert_index_entries(filling->target, filling->rows[i],
							 filling->estate);
		ResetPerTupleExprContext(filling->estate);
	}
	filling->indexed += filling->filled;
}

static void
write_rows(Filling *filling, bool last)
{
	MemoryContext caller = CurrentMemoryContext;

	if (filling->filled == 0)
		return;
	/* It leaves the tuples that it makes of long rows. */
	MemoryContextSwitchTo(filling->batch);
	table_multi_insert(filling->table, filling->rows, filling->filled,
					   filling->command, filling->options, filling->state);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(filling->batch);
	if (!filling->defers || (last && filling->written == 0))
		index_rows(filling);
	for (int i = 0; i < filling->filled; i++)
		ExecClearTuple(filling->rows[i]);
	filling->written += filling->filled;
	filling->filled = 0;
	filling->bytes = 0;
}

static void
refuse_null(Relation table, int column)
{
	const char *name = NameStr(
		TupleDescAttr(RelationGetDescr(table), column)->attname);

	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("null value in column \"%s\" of relation \"%s\" violates "
					"not-null constraint",
					name, RelationGetRelationName(table)),
			 errtablecol(table, column + 1)));
}

static bool
take_row(TupleTableSlot *row, DestReceiver *receiver)
{
	Filling *filling = (Filling *) receiver;
	TupleDesc table = RelationGetDescr(filling->table);
	TupleTableSlot *to = filling->rows[filling->filled];

	if (to == NULL)
		to = filling->rows[filling->filled] = table_slot_create(filling->table,
																NULL);
	slot_getallattrs(row);
	ExecClearTuple(to);
	memset(to->tts_isnull, true, sizeof(bool) * table->natts);
	for (int i = 0; i < row->tts_tupleDescriptor->natts; i++)
	{
		to->tts_values[filling->column_of[i]] = row->tts_values[i];
		to->tts_isnull[filling->column_of[i]] = row->tts_isnull[i];
	}
	for (int i = 0; i < table->natts; i++)
		if (to->tts_isnull[i] && TupleDescAttr(table, i)->attnotnull &&
			!TupleDescAttr(table, i)->attisdropped)
			refuse_null(filling->table, i);
	ExecStoreVirtualTuple(to);
	/* The row's own values are gone with the next one. */
	ExecMaterializeSlot(to);
	to->tts_tableOid = RelationGetRelid(filling->table);
	filling->bytes += ((HeapTupleTableSlot *) to)->tuple->t_len;
	filling->filled++;
	if (filling->filled == ROWS_AT_ONCE || filling->bytes >= BYTES_AT_ONCE)
		write_rows(filling, false);
	return true;
}

static bool
same_columns(TupleDesc a, TupleDesc b)
{
	if (a->natts != b->natts)
		return false;
	for (int i = 0; i < a->natts; i++)
		if (TupleDescAttr(a, i)->atttypid != TupleDescAttr(b, i)->atttypid ||
			TupleDescAttr(a, i)->atttypmod != TupleDescAttr(b, i)->atttypmod)
			return false;
	return true;
}

/* The transaction gets its number here, since none is given once workers run. */
static void
begin_rows(DestReceiver *receiver, int operation, TupleDesc query)
{
	Filling *filling = (Filling *) receiver;

	/* What it reads may have been altered by what it calls. */
	if (!same_columns(query, filling->columns))
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the columns of the query have changed")));
	(void) GetCurrentTransactionId();
	filling->command = GetCurrentCommandId(true);
	filling->state = GetBulkInsertState();
}

static void
end_rows(DestReceiver *receiver)
{
	Filling *filling = (Filling *) receiver;

	write_rows(filling, true);
	for (int i = 0; i < ROWS_AT_ONCE && filling->rows[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(filling->rows[i]);
	FreeBulkInsertState(filling->state);
	table_finish_bulk_insert(filling->table, filling->options);
	if (filling->target != NULL)
	{
		ExecCloseIndices(filling->target);
		FreeExecutorState(filling->estate);
	}
}

static void
destroy_receiver(DestReceiver *receiver)
{
}

/* ---- the query ---- */

/* The query, planned for as many processes as there may be */
static SPIPlanPtr
prepare_rows(const char *query, TupleDesc *columns)
{
	SPIPlanPtr plan = SPI_prepare_cursor(query, 0, NULL,
										 CURSOR_OPT_PARALLEL_OK);
	List *sources;
	CachedPlanSource *source;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s",
			 SPI_result_code_string(SPI_result));
	sources = SPI_plan_get_plan_sources(plan);
	source = list_length(sources) == 1 ? linitial(sources) : NULL;
	if (source == NULL || source->resultDesc == NULL ||
		!SPI_is_cursor_plan(plan) || source->commandTag != CMDTAG_SELECT ||
		linitial_node(Query, source->query_list)->hasModifyingCTE)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("a table is filled by one query"),
				 errdetail("The text is none, several, or a command.")));
	*columns = CreateTupleDescCopy(source->resultDesc);
	return plan;
}

static uint64
insert_rows(Relation table, const char *query, TupleDesc columns,
			const int *column_of)
{
	StringInfoData command;

	initStringInfo(&command);
	appendStringInfo(&command, "INSERT INTO %s (",
					 quote_qualified_identifier(
						 get_namespace_name(RelationGetNamespace(table)),
						 RelationGetRelationName(table)));
	for (int i = 0; i < columns->natts; i++)
		appendStringInfo(&command, "%s%s", i == 0 ? "" : ", ",
						 quote_identifier(
							 NameStr(TupleDescAttr(RelationGetDescr(table),
												   column_of[i])
										 ->attname)));
	appendStringInfo(&command, ") %s", query);
	if (SPI_execute(command.data, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "SPI_execute failed: %s",
			 SPI_result_code_string(SPI_result));
	return SPI_processed;
}

/*
 * Locks the table's indexes to be built at the end, unless somebody is at them,
 * another session or a query around this one.  To wait for another at the end
 * would be to wait for who may wait for us.
 */
static bool
lock_indexes(Relation table)
{
	List *indexes;
	ListCell *cell;

	if (!ConditionalLockRelationOid(RelationGetRelid(table),
									ShareRowExclusiveLock))
		return false;
	indexes = RelationGetIndexList(table);
	foreach (cell, indexes)
	{
		Relation index;
		bool used;

		if (!ConditionalLockRelationOid(lfirst_oid(cell), AccessExclusiveLock))
			return false;
		index = index_open(lfirst_oid(cell), NoLock);
		used = index->rd_refcnt > 1;
		index_close(index, NoLock);
		if (used)
			return false;
	}
	list_free(indexes);
	return true;
}

static uint64
write_query(Relation table, SPIPlanPtr plan, TupleDesc columns, int *column_of)
{
	Filling *filling = palloc0(sizeof(Filling));
	SPIExecuteOptions options = {0};

	filling->table = table;
	filling->columns = columns;
	filling->column_of = column_of;
	filling->defers = RelationGetNumberOfBlocks(table) == 0 &&
					  lock_indexes(table) &&
					  RelationGetNumberOfBlocks(table) == 0;
	filling->options = filling->defers ? TABLE_INSERT_SKIP_FSM : 0;
	filling->batch = AllocSetContextCreate(CurrentMemoryContext, "fill_table",
										   ALLOCSET_DEFAULT_SIZES);
	filling->receiver.receiveSlot = take_row;
	filling->receiver.rStartup = begin_rows;
	filling->receiver.rShutdown = end_rows;
	filling->receiver.rDestroy = destroy_receiver;
	filling->receiver.mydest = DestTransientRel;
	options.dest = &filling->receiver;
	if (SPI_execute_plan_extended(plan, &options) != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan_extended failed: %s",
			 SPI_result_code_string(SPI_result));
	/* What was not put into them as it came */
	if (filling->written > filling->indexed)
		reindex_table(RelationGetRelid(table));
	return filling->written;
}

/*
 * fill_table("table" regclass, query text) -> bigint: how many rows it was
 *
 * Columns are matched by name.  Of a table that is not there, columns that it
 * has not, or a text that is not one query, there is an error, and so of a row
 * that an INSERT would refuse.
 */
Datum
fill_table(PG_FUNCTION_ARGS)
{
	Oid oid = PG_GETARG_OID(0);
	char *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Relation table;
	SPIPlanPtr plan;
	TupleDesc columns;
	int *column_of;
	uint64 written;

	PreventCommandIfReadOnly("fill_table");
	/* Any number passes for a table. */
	if (get_rel_name(oid) == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", oid)));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	table = relation_open(oid, RowExclusiveLock);
	plan = prepare_rows(query, &columns);
	column_of = columns_of_query(table, columns);
	if (only_writes(table) && yields_columns(table, columns, column_of))
		written = write_query(table, plan, columns, column_of);
	else
		written = insert_rows(table, query, columns, column_of);
	relation_close(table, NoLock);
	SPI_finish();
	PG_RETURN_INT64((int64) written);
}
