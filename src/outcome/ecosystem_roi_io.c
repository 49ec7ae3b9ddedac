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
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "base/cancellable_sort.h"
#include "base/compat.h"
#include "base/memory.h"
#include "outcome/ecosystem_roi_private.h"
#include "base/exact_sum.h"
#include "base/moment.h"
#include "base/value_form.h"
#include "base/word.h"


const char *const flow_names[FLOWS] = {"return", "investment"};

/* ---- the value ---- */

/*
 * Memory
 */

Roi *
allocate_roi(Size entries, Size kinds_size)
{
	Size size = HEADER_SIZE + entries * sizeof(RoiEntry) + kinds_size;
	Roi *roi;

	if (entries > MaxAllocSize / sizeof(RoiEntry) || size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("ecosystem_roi would exceed %zu bytes",
						(Size) MaxAllocSize),
				 errhint("Give months as periods, and categories as kinds.")));
	roi = palloc0(size);
	SET_VARSIZE(roi, size);
	roi->version = ROI_VERSION;
	roi->kinds_size = (int32) kinds_size;
	return roi;
}

/* One without entries yet, with kinds that have as many bytes of names. */
Roi *
allocate_ecosystem_roi(Size entries, int nkinds, Size names)
{
	Roi *roi = allocate_roi(entries,
							MAXALIGN(nkinds * sizeof(uint32) + names));

	roi->nkinds = nkinds;
	return roi;
}

/* Writes the name of a kind behind those of lower numbers. */
void
write_kind(Roi *roi, int number, Kind kind)
{
	uint32 start = number == 0 ? 0 : KIND_ENDS(roi)[number - 1];

	memcpy(KIND_NAMES(roi) + start, kind.name, kind.length);
	KIND_ENDS(roi)[number] = start + kind.length;
}

/* ---- what arrives ---- */

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

/* A flow and a kind, which are those of the amounts that follow */
static void
kind_text(TextForm *form, int *flow, Kind *kind)
{
	text_word(form, " ");
	text_choice(form, flow, flow_names, FLOWS);
	text_word(form, " ");
	text_quoted(form, &kind->name, &kind->length, MAX_KIND, '"');
}

/* Does a kind come next?  Else it is an amount of the last one. */
static bool
kind_is_next(const TextForm *form)
{
	for (int i = 0; i < FLOWS; i++)
	{
		const char *at = form->at;

		if (skip_word(&at, " ") && skip_word(&at, flow_names[i]))
			return true;
	}
	return false;
}

/* " period=amount", the period a day or undated */
static void
amount_text(TextForm *form, DateADT *period, Decimal *amount)
{
	text_word(form, " ");
	if (!text_option(form, *period == UNDATED, "undated"))
		text_day(form, period);
	else if (text_reads(form))
		*period = UNDATED;
	text_word(form, "=");
	text_decimal(form, amount);
}

/*
 * ignored=N, then for each flow and kind its name and period=amount for each
 * period, in any order
 */
static void *
roi_text(TextForm *form, void *value)
{
	Roi *roi = value;
	int64 ignored = roi ? roi->ignored : 0;
	int flow = 0;
	Kind kind = {NULL, 0};
	DateADT period = 0;
	Decimal amount = {0, 0};
	Draft draft;

	text_word(form, "ignored=");
	text_number(form, &ignored, MAX_IGNORED);
	for (int i = 0; roi && i < roi->nentries; i++)
	{
		RoiEntry *entry = &roi->entries[i];

		CHECK_FOR_INTERRUPTS();
		if (begins_kind(roi, i))
		{
			flow = entry->flow;
			kind = kind_of(roi, entry->kind);
			kind_text(form, &flow, &kind);
		}
		amount = (Decimal){entry->amount, roi->scale};
		amount_text(form, &entry->period, &amount);
	}
	if (roi)
		return roi;

	begin_draft(&draft);
	while (text_more(form))
	{
		const char *problem = NULL;

		kind_text(form, &flow, &kind);
		if (!form->failed)
			problem = draft_kind(&draft, kind);
		do
		{
			amount_text(form, &period, &amount);
			if (!form->failed && problem == NULL)
				problem = draft_amount(&draft, flow, period, &amount);
			if (problem)
				text_problem(form, problem);
		} while (text_more(form) && !kind_is_next(form));
	}
	if (!form->failed)
		form->problem = finish_draft(&draft, ignored, &roi);
	return roi;
}

/* The flow, the kind, the period and the amount of every entry */
static void *
roi_binary(BinaryForm *form, void *value)
{
	Roi *roi = value;
	uint8 scale = roi ? roi->scale : 0;
	uint16 unused = 0;
	int64 ignored = roi ? roi->ignored : 0;
	int32 nentries = roi ? roi->nentries : 0;
	Kind last = {NULL, 0};
	Draft draft;

	if (form->reads)
		begin_draft(&draft);
	binary_uint8(form, &scale);
	binary_numbers(form, &unused, sizeof(unused), 1);
	binary_int64(form, &ignored);
	binary_int32(form, &nentries);
	if (unused != 0 || ignored < 0 || ignored > MAX_IGNORED || nentries < 0 ||
		(nentries == 0 && scale != 0))
		binary_problem(form, "A number is out of range.");
	for (int i = 0; i < nentries && form->problem == NULL; i++)
	{
		RoiEntry *entry = roi ? &roi->entries[i] : NULL;
		uint8 flow = entry ? entry->flow : 0;
		Kind kind = entry ? kind_of(roi, entry->kind) : last;
		DateADT period = entry ? entry->period : 0;
		Decimal amount = {entry ? entry->amount : 0, scale};

		CHECK_FOR_INTERRUPTS();
		binary_uint8(form, &flow);
		binary_text(form, &kind.name, &kind.length);
		binary_int32(form, &period);
		binary_numbers(form, &amount.value, sizeof(int128), 1);
		if (roi || form->problem)
			continue;
		if (flow >= FLOWS)
			form->problem = "A flow is unknown.";
		else if (strlen(kind.name) != kind.length)
			form->problem = "A kind has a zero byte.";
		else if (last.name == NULL || compare_kinds(last, kind) != 0)
		{
			form->problem = draft_kind(&draft, kind);
			last = kind;
		}
		if (form->problem == NULL)
			form->problem = draft_amount(&draft, flow, period, &amount);
		if (kind.name != last.name)
			pfree((char *) kind.name);
	}
	if (form->reads && form->problem == NULL)
		form->problem = finish_draft(&draft, ignored, &roi);
	return roi;
}

const ValueType ecosystem_roi_type = {"ecosystem_roi", ROI_VERSION, roi_text,
									  roi_binary};

VALUE_FORMS(ecosystem_roi, &ecosystem_roi_type);
CANONICAL_OPERATORS(ecosystem_roi, &ecosystem_roi_type);
