/*
 * mart_fill.c
 *		Puts the rows of a query into a table that has none.
 *
 * INSERT ... SELECT plans no workers, and CREATE TABLE AS makes another table.
 * The rows go from the query, in whatever processes it runs, into pages of the
 * table, a thousand at a time, and are written nowhere else.  An index is built
 * three times as fast over rows that are there, so where they are more than that
 * thousand, the indexes are built at the end; to make them anew for a few rows
 * takes longer than to put those in.
 *
 * IDENTIFICATION
 *		src/mart/mart_fill.c
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "base/compat.h"

PG_FUNCTION_INFO_V1(mart_fill);

#define ROWS_AT_ONCE  1000
#define BYTES_AT_ONCE 65536

typedef struct
{
	DestReceiver receiver;
	Relation table;
	int *
		column_of; /* of each column of the query, that of the table, from 0 */
	CommandId command;
	BulkInsertState state;
	TupleTableSlot *rows[ROWS_AT_ONCE];
	int filled;
	bool ended;
	Size bytes;
	uint64 written;
	uint64 indexed;
} Filling;

static bool may_be_filled(Relation table);
static void begin(DestReceiver *receiver, int operation, TupleDesc query);
static bool take(TupleTableSlot *row, DestReceiver *receiver);
static void write_rows(Filling *filling);
static void index_rows(Filling *filling);
static void end(DestReceiver *receiver);
static void nothing(DestReceiver *receiver);

/*
 * mart_fill("table" regclass, query text) -> bigint: how many rows it was; NULL
 * where an INSERT has more to do there than to write them.
 */
Datum
mart_fill(PG_FUNCTION_ARGS)
{
	Oid oid = PG_GETARG_OID(0);
	char *query = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Filling filling = {{0}};
	SPIExecuteOptions options = {0};
	AclResult granted;

	/* Any number passes for a table. */
	if (get_rel_name(oid) == NULL)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("relation with OID %u does not exist", oid)));
	filling.table = table_open(oid, RowExclusiveLock);
	granted = pg_class_aclcheck(oid, GetUserId(), ACL_INSERT);
	if (granted != ACLCHECK_OK)
		aclcheck_error(granted, OBJECT_TABLE,
					   RelationGetRelationName(filling.table));
	if (!may_be_filled(filling.table))
	{
		table_close(filling.table, NoLock);
		PG_RETURN_NULL();
	}

	filling.receiver.receiveSlot = take;
	filling.receiver.rStartup = begin;
	filling.receiver.rShutdown = end;
	filling.receiver.rDestroy = nothing;
	filling.receiver.mydest = DestTransientRel;
	options.dest = &filling.receiver;
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_extended(query, &options) != SPI_OK_SELECT)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("a table can be filled by one query only")));
	SPI_finish();
	table_close(filling.table, NoLock);
	/* What was not put into them as it came */
	if (filling.written > filling.indexed)
		reindex_table(oid);
	PG_RETURN_INT64((int64) filling.written);
}

/*
 * Whether all there is to do for a row is to write it and to index it.  Nobody
 * but the owner may have indexes built, which locks them.
 */
static bool
may_be_filled(Relation table)
{
	TupleConstr *constraints = RelationGetDescr(table)->constr;

	return table->rd_rel->relkind == RELKIND_RELATION &&
		   table->rd_rel->relam == HEAP_TABLE_AM_OID &&
		   !table->rd_rel->relispartition && table->trigdesc == NULL &&
		   has_privs_of_role(GetUserId(), table->rd_rel->relowner) &&
		   table->rd_rules == NULL &&
		   (constraints == NULL || (constraints->num_check == 0 &&
									!constraints->has_generated_stored)) &&
		   check_enable_rls(RelationGetRelid(table), InvalidOid, true) !=
			   RLS_ENABLED;
}

/*
 * Columns are matched by name.  The transaction gets its number here, since none
 * is given once workers run.
 */
static void
begin(DestReceiver *receiver, int operation, TupleDesc query)
{
	Filling *filling = (Filling *) receiver;
	TupleDesc table = RelationGetDescr(filling->table);
	int i;

	filling->column_of = palloc(sizeof(int) * query->natts);
	for (i = 0; i < query->natts; i++)
	{
		Form_pg_attribute delivered = TupleDescAttr(query, i);
		AttrNumber column = get_attnum(RelationGetRelid(filling->table),
									   NameStr(delivered->attname));

		if (column <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							NameStr(delivered->attname),
							RelationGetRelationName(filling->table))));
		if (TupleDescAttr(table, column - 1)->atttypid != delivered->atttypid)
			ereport(
				ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg(
					 "column \"%s\" is of type %s but expression is of type %s",
					 NameStr(delivered->attname),
					 format_type_be(
						 TupleDescAttr(table, column - 1)->atttypid),
					 format_type_be(delivered->atttypid))));
		filling->column_of[i] = column - 1;
	}
	(void) GetCurrentTransactionId();
	filling->command = GetCurrentCommandId(true);
	filling->state = GetBulkInsertState();
}

static bool
take(TupleTableSlot *row, DestReceiver *receiver)
{
	Filling *filling = (Filling *) receiver;
	TupleDesc table = RelationGetDescr(filling->table);
	TupleTableSlot *to = filling->rows[filling->filled];
	int i;

	if (to == NULL)
		to = filling->rows[filling->filled] = table_slot_create(filling->table,
																NULL);
	slot_getallattrs(row);
	ExecClearTuple(to);
	memset(to->tts_isnull, true, sizeof(bool) * table->natts);
	for (i = 0; i < row->tts_tupleDescriptor->natts; i++)
	{
		to->tts_values[filling->column_of[i]] = row->tts_values[i];
		to->tts_isnull[filling->column_of[i]] = row->tts_isnull[i];
	}
	for (i = 0; i < table->natts; i++)
		if (to->tts_isnull[i] && TupleDescAttr(table, i)->attnotnull)
			ereport(
				ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg(
					 "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
					 NameStr(TupleDescAttr(table, i)->attname),
					 RelationGetRelationName(filling->table))));
	ExecStoreVirtualTuple(to);
	/* The row's own values are gone with the next one. */
	ExecMaterializeSlot(to);
	to->tts_tableOid = RelationGetRelid(filling->table);
	filling->bytes += ((HeapTupleTableSlot *) to)->tuple->t_len;
	filling->filled++;
	if (filling->filled == ROWS_AT_ONCE || filling->bytes >= BYTES_AT_ONCE)
		write_rows(filling);
	return true;
}

static void
write_rows(Filling *filling)
{
	int i;

	if (filling->filled == 0)
		return;
	table_multi_insert(filling->table, filling->rows, filling->filled,
					   filling->command, TABLE_INSERT_SKIP_FSM,
					   filling->state);
	if (filling->ended && filling->written == 0)
		index_rows(filling);
	for (i = 0; i < filling->filled; i++)
		ExecClearTuple(filling->rows[i]);
	filling->written += filling->filled;
	filling->filled = 0;
	filling->bytes = 0;
}

/* The rows have their places in the table now. */
static void
index_rows(Filling *filling)
{
	ResultRelInfo *target = makeNode(ResultRelInfo);
	EState *state;
	int i;

	InitResultRelInfo(target, filling->table, 1, NULL, 0);
	ExecOpenIndices(target, false);
	state = CreateExecutorState();
	for (i = 0; i < filling->filled && target->ri_NumIndices > 0; i++)
	{
		CHECK_FOR_INTERRUPTS();
		insert_index_entries(target, filling->rows[i], state);
		ResetPerTupleExprContext(state);
	}
	ExecCloseIndices(target);
	FreeExecutorState(state);
	filling->indexed = filling->filled;
}

static void
end(DestReceiver *receiver)
{
	Filling *filling = (Filling *) receiver;
	int i;

	filling->ended = true;
	write_rows(filling);
	for (i = 0; i < ROWS_AT_ONCE && filling->rows[i] != NULL; i++)
		ExecDropSingleTupleTableSlot(filling->rows[i]);
	FreeBulkInsertState(filling->state);
	table_finish_bulk_insert(filling->table, TABLE_INSERT_SKIP_FSM);
}

static void
nothing(DestReceiver *receiver)
{
}
