/*
 * ecosystem_roi_io.c
 *		Text and binary forms of an ecosystem_roi.
 *
 * IDENTIFICATION
 *		src/outcome/ecosystem_roi_io.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "base/cancellable_sort.h"
#include "base/compat.h"
#include "base/memory.h"
#include "outcome/ecosystem_roi.h"
#include "base/exact_sum.h"
#include "base/value_form.h"
#include "base/word.h"

PG_FUNCTION_INFO_V1(ecosystem_roi_in);
PG_FUNCTION_INFO_V1(ecosystem_roi_out);
PG_FUNCTION_INFO_V1(ecosystem_roi_recv);
PG_FUNCTION_INFO_V1(ecosystem_roi_send);

/*
 * What arrives from outside comes in any order: the order of the kinds is that
 * of their bytes, and a dump may have been made in another encoding.
 */
typedef struct DraftKind
{
	Kind kind;
	int draft; /* its number while drafting */
} DraftKind;

typedef struct DraftEntry
{
	RoiEntry entry; /* the kind is set when all are known */
	int draft;      /* the kind's number while drafting */
	int scale;
} DraftEntry;

typedef struct Draft
{
	DraftKind *kinds; /* one may occur several times */
	int nkinds;
	int max_kinds;
	DraftEntry *entries;
	int nentries;
	int max_entries;
	int scale; /* the largest of any entry */
} Draft;

static void
begin_draft(Draft *draft)
{
	memset(draft, 0, sizeof(Draft));
	draft->max_kinds = 8;
	draft->kinds = palloc(draft->max_kinds * sizeof(DraftKind));
	draft->max_entries = 8;
	draft->entries = palloc(draft->max_entries * sizeof(DraftEntry));
}

/*
 * Makes a kind that of the entries to come; its name must stay.  Returns what
 * is wrong with it, or NULL.
 */
static const char *
draft_kind(Draft *draft, Kind kind)
{
	char spelled[MAX_KIND];

	if (kind.length == 0 || kind.length > MAX_KIND)
		return "The length of a kind is out of range.";
	if (spell_word(spelled, kind.name, kind.length) != kind.length ||
		memcmp(spelled, kind.name, kind.length) != 0)
		return "A kind is not in its canonical spelling.";
	MAKE_ROOM(CurrentMemoryContext, draft->kinds, draft->max_kinds,
			  draft->nkinds + 1);
	draft->kinds[draft->nkinds].kind = kind;
	draft->kinds[draft->nkinds].draft = draft->nkinds;
	draft->nkinds++;
	return NULL;
}

/* Adds an amount of the last kind.  Returns what is wrong with it, or NULL. */
static const char *
draft_amount(Draft *draft, RoiFlow flow, DateADT period, const Decimal *amount)
{
	DraftEntry *next;

	if (period != UNDATED && !IS_VALID_DATE(period))
		return "A period is out of range.";
	if (!exact_in_range(amount->value) || amount->scale > DECIMAL_MAX_SCALE)
		return "A sum of amounts is out of range.";
	if (draft->nentries >= MaxAllocSize / sizeof(RoiEntry))
		return "There are too many amounts.";
	MAKE_ROOM(CurrentMemoryContext, draft->entries, draft->max_entries,
			  draft->nentries + 1);
	next = &draft->entries[draft->nentries++];
	memset(next, 0, sizeof(DraftEntry));
	next->entry.amount = amount->value;
	next->entry.period = period;
	next->entry.flow = flow;
	next->draft = draft->nkinds - 1;
	next->scale = amount->scale;
	draft->scale = Max(draft->scale, amount->scale);
	return NULL;
}

static int
compare_draft_kinds(const void *a, const void *b)
{
	return compare_kinds(((const DraftKind *) a)->kind,
						 ((const DraftKind *) b)->kind);
}

static int
compare_draft_entries(const void *a, const void *b)
{
	uint64 left = sort_key(&((const DraftEntry *) a)->entry);
	uint64 right = sort_key(&((const DraftEntry *) b)->entry);

	return left < right ? -1 : left > right;
}

/*
 * Sorts the kinds and gives each its number.  Returns how many there are; they
 * are the first of the draft's.
 */
static int
number_kinds(Draft *draft)
{
	uint16 *numbers = palloc_extended((draft->nkinds + 1) * sizeof(uint16),
									  MCXT_ALLOC_HUGE);
	int n = 0;

	sort_cancellably(draft->kinds, draft->nkinds, sizeof(DraftKind),
					 compare_draft_kinds);
	for (int i = 0; i < draft->nkinds && n <= MAX_KINDS; i++)
	{
		DraftKind next = draft->kinds[i];

		CHECK_FOR_INTERRUPTS();
		if (n == 0 || compare_kinds(draft->kinds[n - 1].kind, next.kind) != 0)
			draft->kinds[n++] = next;
		numbers[next.draft] = n - 1;
	}
	for (int i = 0; i < draft->nentries && n <= MAX_KINDS; i++)
		draft->entries[i].entry.kind = numbers[draft->entries[i].draft];
	pfree(numbers);
	return n;
}

/* Makes a value of a draft.  Returns what is wrong with it, or NULL. */
static const char *
finish_draft(Draft *draft, int64 ignored, Roi **result)
{
	int nkinds = number_kinds(draft);
	Size names = 0;
	Roi *roi;

	if (nkinds > MAX_KINDS)
		return "There are too many kinds.";
	for (int i = 0; i < nkinds; i++)
		names += draft->kinds[i].kind.length;
	roi = allocate_ecosystem_roi(draft->nentries, nkinds, names);
	roi->scale = draft->scale;
	roi->ignored = ignored;
	roi->nentries = draft->nentries;
	for (int i = 0; i < nkinds; i++)
		write_kind(roi, i, draft->kinds[i].kind);

	sort_cancellably(draft->entries, draft->nentries, sizeof(DraftEntry),
					 compare_draft_entries);
	for (int i = 0; i < draft->nentries; i++)
	{
		DraftEntry *next = &draft->entries[i];
		Decimal amount = {.value = next->entry.amount, .scale = next->scale};

		CHECK_FOR_INTERRUPTS();
		if (i > 0 && compare_draft_entries(next - 1, next) == 0)
			return "A kind has two amounts for one flow and period.";
		if (!decimal_rescale(&amount, draft->scale) ||
			!exact_in_range(amount.value))
			return "A sum of amounts is out of range.";
		roi->entries[i] = next->entry;
		roi->entries[i].amount = amount.value;
	}
	pfree(draft->kinds);
	pfree(draft->entries);
	*result = roi;
	return NULL;
}

/* Reads "kind" into a buffer, which has room for one byte too many. */
static bool
parse_kind(const char **cursor, char *buffer, Kind *kind)
{
	const char *at = *cursor;

	kind->name = buffer;
	if (!read_quoted(&at, buffer, MAX_KIND + 1, &kind->length) ||
		kind->length > MAX_KIND)
		return false;
	*cursor = at;
	return true;
}

/* Reads [-]year-month-day, the year as astronomers count, or undated. */
static bool
parse_period(const char **cursor, DateADT *period)
{
	const char *at = *cursor;
	bool negative = *at == '-';
	uint64 part[3];
	int year;
	int day[3];

	if (skip_word(cursor, "undated"))
	{
		*period = UNDATED;
		return true;
	}
	at += negative ? 1 : 0;
	for (int i = 0; i < 3; i++)
	{
		if (i > 0 && *at++ != '-')
			return false;
		if (!parse_count(&at, &part[i]) || part[i] > 9999999)
			return false;
	}
	year = negative ? -(int) part[0] : (int) part[0];
	if (!IS_VALID_JULIAN(year, (int) part[1], (int) part[2]))
		return false;
	*period = date2j(year, (int) part[1], (int) part[2]) -
			  POSTGRES_EPOCH_JDATE;
	/* The 31st of February is another day. */
	j2date(*period + POSTGRES_EPOCH_JDATE, &day[0], &day[1], &day[2]);
	if (day[0] != year || day[1] != part[1] || day[2] != part[2])
		return false;
	*cursor = at;
	return true;
}

/*
 * ignored=N, then for each flow and kind its name and period=amount for each
 * period, in any order.
 */
Datum
ecosystem_roi_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *cursor = input;
	Draft draft;
	Roi *roi = NULL;
	uint64 ignored = 0;
	const char *problem = NULL;
	bool ok;

	begin_draft(&draft);
	ok = skip_word(&cursor, "ignored=") && parse_count(&cursor, &ignored) &&
		 ignored <= MAX_IGNORED;
	while (ok && problem == NULL && *cursor != '\0')
	{
		RoiFlow flow = RETURN_FLOW;
		char buffer[MAX_KIND + 1];
		Kind kind = {buffer, 0};
		DateADT period;
		Decimal amount;
		bool any = false;

		ok = false;
		for (int i = 0; i < FLOWS && !ok; i++)
		{
			const char *at = cursor;

			ok = skip_word(&at, " ") && skip_word(&at, flow_names[i]) &&
				 skip_word(&at, " ");
			flow = i;
			if (ok)
				cursor = at;
		}
		ok = ok && parse_kind(&cursor, buffer, &kind);
		if (ok)
		{
			kind.name = pnstrdup(buffer, kind.length);
			problem = draft_kind(&draft, kind);
		}
		while (ok && problem == NULL)
		{
			const char *at = cursor;

			CHECK_FOR_INTERRUPTS();
			if (!skip_word(&at, " ") || !parse_period(&at, &period))
				break;
			cursor = at;
			ok = skip_word(&cursor, "=") && parse_decimal(&cursor, &amount);
			if (ok)
				problem = draft_amount(&draft, flow, period, &amount);
			any = true;
		}
		ok = ok && (any || problem != NULL);
	}
	if (!ok)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type ecosystem_roi: "
						"\"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail("It cannot be read from character %d on.",
						   pg_mbstrlen_with_len(input, cursor - input) + 1)));
	if (problem == NULL)
		problem = finish_draft(&draft, (int64) ignored, &roi);
	if (problem)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value for type ecosystem_roi: \"%.*s\"",
						pg_mbcliplen(input, strlen(input), 60), input),
				 errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(roi);
}

Datum
ecosystem_roi_out(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "ignored=" INT64_FORMAT, roi->ignored);
	for (int i = 0; i < roi->nentries; i++)
	{
		RoiEntry *entry = &roi->entries[i];

		CHECK_FOR_INTERRUPTS();
		if (begins_kind(roi, i))
		{
			Kind kind = kind_of(roi, entry->kind);

			appendStringInfo(&out, " %s ", flow_names[entry->flow]);
			append_quoted(&out, kind.name, kind.length);
		}
		if (entry->period == UNDATED)
			appendStringInfoString(&out, " undated=");
		else
		{
			int year;
			int month;
			int day;

			j2date(entry->period + POSTGRES_EPOCH_JDATE, &year, &month, &day);
			appendStringInfo(&out, " %s%04d-%02d-%02d=", year < 0 ? "-" : "",
							 abs(year), month, day);
		}
		append_decimal(&out, entry->amount, roi->scale);
	}
	PG_RETURN_CSTRING(out.data);
}

Datum
ecosystem_roi_send(PG_FUNCTION_ARGS)
{
	Roi *roi = ecosystem_roi_argument(fcinfo, 0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendint8(&out, roi->version);
	pq_sendint8(&out, roi->scale);
	pq_sendint16(&out, 0);
	pq_sendint64(&out, roi->ignored);
	pq_sendint32(&out, roi->nentries);
	for (int i = 0; i < roi->nentries; i++)
	{
		RoiEntry *entry = &roi->entries[i];
		Kind kind = kind_of(roi, entry->kind);

		CHECK_FOR_INTERRUPTS();
		pq_sendint8(&out, entry->flow);
		send_counted_text(&out, kind.name, kind.length);
		pq_sendint32(&out, entry->period);
		send_int128(&out, entry->amount);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
ecosystem_roi_recv(PG_FUNCTION_ARGS)
{
	StringInfo in = (StringInfo) PG_GETARG_POINTER(0);
	int version = pq_getmsgbyte(in);
	int scale = pq_getmsgbyte(in);
	int unused = pq_getmsgint(in, 2);
	int64 ignored = pq_getmsgint64(in);
	int32 nentries = pq_getmsgint(in, 4);
	Draft draft;
	Kind last = {NULL, 0};
	Roi *roi = NULL;
	const char *problem = NULL;

	begin_draft(&draft);
	if (version != ROI_VERSION || unused != 0)
		problem = "It is of an unknown version.";
	else if (ignored < 0 || ignored > MAX_IGNORED || nentries < 0 ||
			 (nentries == 0 && scale != 0))
		problem = "A number is out of range.";
	for (int i = 0; i < nentries && problem == NULL; i++)
	{
		int flow = pq_getmsgbyte(in);
		Kind kind;
		DateADT period;
		Decimal amount;

		CHECK_FOR_INTERRUPTS();
		kind.length = pq_getmsgint(in, 4);
		kind.name = pq_getmsgtext(in, kind.length, &kind.length);
		period = pq_getmsgint(in, 4);
		amount.value = receive_int128(in);
		amount.scale = scale;
		if (flow >= FLOWS)
			problem = "A flow is unknown.";
		else if (strlen(kind.name) != kind.length)
			problem = "A kind has a zero byte.";
		else if (last.name == NULL || compare_kinds(last, kind) != 0)
		{
			problem = draft_kind(&draft, kind);
			last = kind;
		}
		if (problem == NULL)
			problem = draft_amount(&draft, flow, period, &amount);
		if (kind.name != last.name)
			pfree((char *) kind.name);
	}
	if (problem == NULL)
		problem = finish_draft(&draft, ignored, &roi);
	if (problem)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary value for type ecosystem_roi"),
						errdetail_internal("%s", problem)));
	PG_RETURN_POINTER(roi);
}
