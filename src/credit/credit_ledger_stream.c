/*
 * credit_ledger_stream.c
 *		The rows of a credit_ledger, made by workers.
 *
 * A plan that stores a ledger has one process that writes, and while it writes
 * workers credit the deals and form the rows.  Each takes one list of the
 * ledger after the other and sends its rows through a queue of its own, many
 * in one message.  The leader goes through the lists in their order, so the
 * rows come in the same order with any number of workers; a list that nobody
 * has taken when its turn comes it reads itself.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger_stream.c
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "utils/memutils.h"

#include "credit/credit_ledger_share.h"
#include "credit/credit_ledger_stream.h"

extern PGDLLEXPORT void credit_ledger_stream_worker(dsm_segment *segment,
													shm_toc *toc);

#define BATCH_SIZE ((Size) 32 * 1024)

/* Who has taken a list: 0 nobody, a worker's number + 1, or the leader. */
#define LEADER PG_UINT32_MAX

typedef struct StreamWork
{
	StreamedRows rows;
	pg_atomic_uint32 owners[LEDGER_PARTS];
} StreamWork;

/* A message: this, then minimal tuples, each aligned. */
typedef struct Batch
{
	int32 nrows;
	int32 last; /* of the list */
} Batch;

StaticAssertDecl(sizeof(Batch) == MAXALIGN(sizeof(Batch)),
				 "the rows behind it are aligned");

struct LedgerStream
{
	LedgerTeam team;
	StreamWork *work;
	TupleTableSlot *slot;

	int part;  /* whose rows come now */
	bool own;  /* read by ourselves */
	bool last; /* the batch at hand is the part's last one */
	int32 left;
	const char *at;

	LedgerRows *rows; /* for parts of our own; NULL: none so far */
	const CreditLedger *ledger;
	MemoryContext context;
};

/* Whether the part is now ours; if not, whose it is. */
static bool
take_part(StreamWork *work, int part, uint32 me, uint32 *owner)
{
	*owner = 0;
	return pg_atomic_compare_exchange_u32(&work->owners[part], owner, me);
}

/* The columns of the rows, as tuples have them. */
static TupleDesc
describe_rows(const StreamedRows *rows)
{
	TupleDesc desc = CreateTemplateTupleDesc(rows->ncolumns);

	for (int i = 0; i < rows->ncolumns; i++)
	{
		Oid type = TEXTOID;

		switch (rows->columns[i])
		{
			case ROW_OCCURRED_AT:
				type = TIMESTAMPTZOID;
				break;
			case ROW_SHARE: /* or COMPARISON_AMOUNTS */
				type = rows->compares ? NUMERICARRAYOID : NUMERICOID;
				break;
			case ROW_AMOUNT:
				type = NUMERICOID;
				break;
			default:
				break;
		}
		TupleDescInitEntry(desc, i + 1, NULL, type, -1, 0);
	}
	return desc;
}

/* The rows that are wanted, made here. */
LedgerRows *
make_wanted_rows(const StreamedRows *wanted, const CreditLedger *ledger)
{
	uint32 columns = 0;

	for (int i = 0; i < wanted->ncolumns; i++)
		columns |= LEDGER_COLUMN(wanted->columns[i]);
	return wanted->compares ? make_ledger_comparison(ledger, columns)
							: make_ledger_rows(ledger, columns);
}

/* ---- a worker ---- */

typedef struct Sender
{
	LedgerMember *member;
	TupleDesc desc;
	StringInfoData batch;
	Batch head;
} Sender;

static void
start_batch(Sender *sender)
{
	resetStringInfo(&sender->batch);
	sender->head.nrows = 0;
	sender->head.last = false;
	appendBinaryStringInfo(&sender->batch, (const char *) &sender->head,
						   sizeof(Batch));
}

/* False once the leader wants no more. */
static bool
send_batch(Sender *sender, bool last)
{
	sender->head.last = last;
	memcpy(sender->batch.data, &sender->head, sizeof(Batch));
	return send_to_leader(sender->member, sender->batch.data,
						  sender->batch.len);
}

/* As heap_form_minimal_tuple() would make it, but into the batch. */
static void
add_row(Sender *sender, Datum *values, bool *nulls)
{
	StringInfo batch = &sender->batch;
	TupleDesc desc = sender->desc;
	bool any_null = false;
	Size header = SizeofMinimalTupleHeader;
	MinimalTuple tuple;
	Size data;
	Size size;

	for (int i = 0; i < desc->natts; i++)
		any_null |= nulls[i];
	if (any_null)
		header += BITMAPLEN(desc->natts);
	header = MAXALIGN(header);
	data = heap_compute_data_size(desc, values, nulls);
	size = MAXALIGN(header + data);
	enlargeStringInfo(batch, size);
	tuple = (MinimalTuple) (batch->data + batch->len);
	memset(tuple, 0, size);
	tuple->t_len = header + data;
	HeapTupleHeaderSetNatts(tuple, desc->natts);
	tuple->t_hoff = header + MINIMAL_TUPLE_OFFSET;
	heap_fill_tuple(desc, values, nulls, (char *) tuple + header, data,
					&tuple->t_infomask, any_null ? tuple->t_bits : NULL);
	batch->len += size;
	sender->head.nrows++;
}

/* Sends the rows of a list.  False once the leader wants no more. */
static bool
send_part(Sender *sender, const StreamedRows *wanted, LedgerRows *rows,
		  int part)
{
	Datum values[ROW_COLUMNS] = {0};
	bool nulls[ROW_COLUMNS] = {false};

	read_ledger_part(&rows->reader, part);
	start_batch(sender);
	while (rows->next(rows))
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < wanted->ncolumns; i++)
		{
			values[i] = rows->values[wanted->columns[i]];
			nulls[i] = rows->nulls[wanted->columns[i]];
		}
		add_row(sender, values, nulls);
		if (sender->batch.len >= (int) BATCH_SIZE)
		{
			if (!send_batch(sender, false))
				return false;
			start_batch(sender);
		}
	}
	return send_batch(sender, true);
}

void
credit_ledger_stream_worker(dsm_segment *segment, shm_toc *toc)
{
	LedgerMember member;
	StreamWork *work;
	LedgerRows *rows;
	Sender sender;

	join_ledger_team(&member, segment, toc);
	work = member.work;
	sender.member = &member;
	sender.desc = describe_rows(&work->rows);
	initStringInfo(&sender.batch);
	rows = make_wanted_rows(&work->rows,
							join_shared_ledgers(member.area, member.pieces,
												member.npieces));
	for (int part = 0; part < LEDGER_PARTS; part++)
	{
		uint32 owner;

		if (take_part(work, part, ParallelWorkerNumber + 1, &owner) &&
			!send_part(&sender, &work->rows, rows, part))
			break;
	}
	shm_mq_detach(member.queue);
}

/* ---- the leader ---- */

/*
 * In the current memory context, which must live as long as the stream, and in
 * parallel mode, as which the stream must be stopped.
 */
LedgerStream *
start_ledger_stream(const CreditLedger *ledger, const StreamedRows *rows,
					int nworkers)
{
	LedgerStream *stream = palloc0(sizeof(LedgerStream));

	stream->context = CurrentMemoryContext;
	stream->ledger = ledger;
	stream->slot = MakeSingleTupleTableSlot(describe_rows(rows),
											&TTSOpsMinimalTuple);
	prepare_ledger_team(&stream->team, ledger, "credit_ledger_stream_worker",
						nworkers, sizeof(StreamWork), LEDGER_QUEUE_SIZE);
	stream->work = stream->team.work;
	stream->work->rows = *rows;
	for (int part = 0; part < LEDGER_PARTS; part++)
		pg_atomic_init_u32(&stream->work->owners[part], 0);
	launch_ledger_team(&stream->team);
	return stream;
}

/* The next batch of a part that a worker has taken. */
static void
receive_batch(LedgerStream *stream, uint32 worker)
{
	const Batch *batch = receive_from_team(&stream->team, worker);

	stream->at = (const char *) (batch + 1);
	stream->left = batch->nrows;
	stream->last = batch->last;
}

static void
take_streamed_row(LedgerStream *stream, Datum *values, bool *nulls)
{
	TupleTableSlot *slot = stream->slot;
	MinimalTuple tuple = (MinimalTuple) stream->at;

	stream->at += MAXALIGN(tuple->t_len);
	stream->left--;
	ExecStoreMinimalTuple(tuple, slot, false);
	slot_getallattrs(slot);
	memcpy(values, slot->tts_values, slot->tts_nvalid * sizeof(Datum));
	memcpy(nulls, slot->tts_isnull, slot->tts_nvalid * sizeof(bool));
}

/* A row of a part that we read ourselves. */
static bool
next_own_row(LedgerStream *stream, Datum *values, bool *nulls)
{
	const StreamedRows *wanted = &stream->work->rows;
	LedgerRows *rows = stream->rows;

	if (!rows->next(rows))
		return false;
	for (int i = 0; i < wanted->ncolumns; i++)
	{
		values[i] = rows->values[wanted->columns[i]];
		nulls[i] = rows->nulls[wanted->columns[i]];
	}
	return true;
}

static void
start_own_part(LedgerStream *stream)
{
	if (stream->rows == NULL)
		stream->rows = make_wanted_rows(&stream->work->rows, stream->ledger);
	read_ledger_part(&stream->rows->reader, stream->part);
	stream->own = true;
}

/* The next row's columns, good until the one after it.  False at the end. */
bool
next_streamed_row(LedgerStream *stream, Datum *values, bool *nulls)
{
	for (;;)
	{
		uint32 owner;

		if (stream->left > 0)
		{
			take_streamed_row(stream, values, nulls);
			return true;
		}
		if (stream->own)
		{
			if (next_own_row(stream, values, nulls))
				return true;
			stream->own = false;
			stream->part++;
		}
		else if (stream->last)
		{
			stream->last = false;
			stream->part++;
		}
		if (stream->part == LEDGER_PARTS)
			return false;
		if (take_part(stream->work, stream->part, LEADER, &owner))
			start_own_part(stream);
		else
			receive_batch(stream, owner - 1);
	}
}

int
ledger_stream_workers(const LedgerStream *stream)
{
	return stream->team.workers->nworkers_launched;
}

/* Ends it, at the end of its rows or before. */
void
stop_ledger_stream(LedgerStream *stream)
{
	ExecDropSingleTupleTableSlot(stream->slot);
	end_ledger_team(&stream->team);
}
