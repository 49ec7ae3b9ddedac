/*
 * company_resolution.c
 *		Reads what company_resolution_agg() found out.
 *
 * A value is one piece of memory without pointers, so it can be stored, sent
 * and validated.  A large one is handed around as an expanded object: what is
 * read at once is never copied, and may have more than the gigabyte that it
 * could have on disk.
 *
 * Numbers have the machine's byte order; a value from another kind of machine
 * is refused by its version.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/expandeddatum.h"

#include "base/compat.h"
#include "base/memory.h"
#include "base/result_rows.h"
#include "identity/company_resolution.h"
#include "base/hex_text.h"

PG_FUNCTION_INFO_V1(company_resolution_records);
PG_FUNCTION_INFO_V1(company_resolution_companies);
PG_FUNCTION_INFO_V1(resolved);
PG_FUNCTION_INFO_V1(resolution_merges);
PG_FUNCTION_INFO_V1(resolution_splits);
PG_FUNCTION_INFO_V1(resolution_conflicts);
PG_FUNCTION_INFO_V1(resolution_hub_keys);

/* ---- the value ---- */

/*
 * Above this size a value is an expanded object.  Far below what would demand
 * it, so that there is one way for all that is large.
 */
#define LARGEST_PLAIN_SIZE 65536

typedef struct ExpandedResolution
{
	ExpandedObjectHeader header;
	Resolution *resolution;
	Size size;
} ExpandedResolution;

static Size
flat_size(ExpandedObjectHeader *header)
{
	const ExpandedResolution *expanded = (ExpandedResolution *) header;

	/* What is stored has a text form, which a dump has. */
	if (expanded->size > MAX_HEX_VALUE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("company_resolution is too large to be stored"),
				 errdetail("Its %u records are %zu bytes, a value has at most "
						   "%zu.",
						   expanded->resolution->nrecords, expanded->size,
						   (Size) MAX_HEX_VALUE),
				 errhint("Read it where it is made: SELECT r.* FROM (SELECT "
						 "company_resolution_agg(...) AS s FROM ...) q, "
						 "resolved(q.s) r.")));
	return expanded->size;
}

static void
flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	const ExpandedResolution *expanded = (ExpandedResolution *) header;

	Assert(size == expanded->size);
	memcpy(result, expanded->resolution, size);
	SET_VARSIZE(result, size);
}

static const ExpandedObjectMethods methods = {flat_size, flatten};

/*
 * The value of a resolution that was made in a context of its own.  Its
 * pointer lies in the current context: there the executor expects a result,
 * or, before 16, copies it.
 */
Datum
resolution_datum(Resolution *resolution, MemoryContext context)
{
	uint64 size = resolution_size(resolution);
	ExpandedResolution *expanded;
	char *pointer;

	if (size <= LARGEST_PLAIN_SIZE)
	{
		Resolution *plain = palloc(size);

		memcpy(plain, resolution, size);
		SET_VARSIZE(plain, size);
		MemoryContextDelete(context);
		return PointerGetDatum(plain);
	}
	expanded = MemoryContextAlloc(context, sizeof(ExpandedResolution));
	EOH_init_header(&expanded->header, &methods, context);
	expanded->resolution = resolution;
	expanded->size = size;
	pointer = palloc(EXPANDED_POINTER_SIZE);
	memcpy(pointer, expanded->header.eoh_ro_ptr, EXPANDED_POINTER_SIZE);
	return PointerGetDatum(pointer);
}

/* An argument, wherever it is. */
static const Resolution *
resolution_argument(FunctionCallInfo fcinfo)
{
	Datum datum = PG_GETARG_DATUM(0);

	if (VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(datum)))
	{
		ExpandedResolution *expanded = (ExpandedResolution *) DatumGetEOHP(
			datum);

		if (expanded->header.eoh_methods == &methods)
			return expanded->resolution;
	}
	return value_of_datum(datum, &company_resolution_type);
}

/* ---- input and output ---- */

static bool
are_whole_texts(const char *bytes, uint64 length)
{
	return length <= PG_INT32_MAX && pg_verifymbstr(bytes, length, true);
}

/*
 * What is wrong with bytes that claim to be a value, or NULL.  All that is
 * read later without being checked is checked here.
 */
static const char *
resolution_problem(const void *bytes)
{
	const Resolution *value = bytes;
	Size size = VARSIZE(value);
	const ResolvedRecord *records;
	const ResolvedCompany *companies;
	const ResolvedKey *keys;
	const Conflict *conflicts;
	const CompanyMove *moves;
	const HubKey *hubs;
	const char *text;
	uint64 at = 0;
	uint32 *counts;

	if (size < sizeof(Resolution))
		return "It is too short.";
	if (value->version != RESOLUTION_VERSION || value->spare[0] != 0 ||
		value->spare[1] != 0 || value->spare[2] != 0)
		return "Its version is unknown.";
	/* each may be anything, so that their sum may overflow */
	if (value->nconflicts > size || value->source_bytes > size ||
		value->id_bytes > size || value->key_bytes > size ||
		resolution_size(value) != size)
		return "Its length is not what it says.";
	records = resolution_records(value);
	companies = resolution_companies(value);
	keys = resolution_keys(value);
	conflicts = resolution_conflict_array(value);
	moves = resolution_moves(value);
	hubs = resolution_hubs(value);
	text = resolution_texts(value);

	for (uint32 i = 0; i < value->nsources; i++)
	{
		uint32 length = resolution_source_lengths(value)[i];

		CHECK_FOR_INTERRUPTS();
		if (length > value->source_bytes - at ||
			!are_whole_texts(text + at, length))
			return "A source is no text.";
		at += length;
	}
	if (at != value->source_bytes)
		return "Its sources have another length.";
	text += at;
	at = 0;
	counts = palloc_extended(((Size) value->ncompanies + 1) * sizeof(uint32),
							 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (uint32 i = 0; i < value->nrecords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (records[i].source >= value->nsources ||
			records[i].company >= value->ncompanies ||
			(records[i].key != NO_KEY && records[i].key >= value->nkeys))
			return "A record refers to what is not there.";
		if (records[i].id_length > value->id_bytes - at ||
			!are_whole_texts(text + at, records[i].id_length))
			return "A record's id is no text.";
		at += records[i].id_length;
		counts[records[i].company]++;
	}
	if (at != value->id_bytes)
		return "Its records have another length.";
	for (uint32 i = 0; i < value->ncompanies; i++)
		if (companies[i].id == 0 || companies[i].records != counts[i] ||
			counts[i] == 0)
			return "A company has no id or another number of records.";
	pfree(counts);
	text += at;
	at = 0;
	for (uint32 i = 0; i < value->nkeys; i++)
	{
		const uint8 *key = (const uint8 *) text + at;

		CHECK_FOR_INTERRUPTS();
		if (keys[i].at != at || value->key_bytes - at < KEY_HEADER ||
			value->key_bytes - at < (uint64) KEY_HEADER + key[2] ||
			key[0] > KEY_NAME || key[1] > key[2] ||
			!are_whole_texts((const char *) key + KEY_HEADER, key[2]))
			return "A key is none.";
		at += KEY_HEADER + key[2];
	}
	if (at != value->key_bytes)
		return "Its keys have another length.";
	for (uint64 i = 0; i < value->nconflicts; i++)
		if (conflicts[i].key >= value->nkeys ||
			conflicts[i].record >= value->nrecords ||
			conflicts[i].other >= value->nrecords ||
			conflicts[i].reason > CONFLICT_DOMAINS)
			return "A conflict refers to what is not there.";
	for (uint32 i = 0; i < value->nmoves; i++)
		if (moves[i].known == 0 || moves[i].company >= value->ncompanies ||
			(moves[i].kinds & ~(MOVE_MERGE | MOVE_SPLIT)) != 0)
			return "A merge or split refers to what is not there.";
	for (uint32 i = 0; i < value->nhubs; i++)
		if (hubs[i].key >= value->nkeys)
			return "A hub refers to what is not there.";
	return NULL;
}

const ValueType company_resolution_type = {.name = "company_resolution",
										   .version = RESOLUTION_VERSION,
										   .problem = resolution_problem};

VALUE_FORMS(company_resolution, &company_resolution_type);

/* ---- what was found out ---- */

/* records(company_resolution) -> bigint */
Datum
company_resolution_records(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(resolution_argument(fcinfo)->nrecords);
}

/* companies(company_resolution) -> bigint */
Datum
company_resolution_companies(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(resolution_argument(fcinfo)->ncompanies);
}

static const char *
level_name(KeyKind kind)
{
	switch (key_level(kind))
	{
		case MATCH_ID:
			return "id";
		case MATCH_DOMAIN:
			return "domain";
		case MATCH_NAME:
		case MATCH_NONE:
			break;
	}
	return "name";
}

/* Texts for rows, made once a source and in one place for the others. */
typedef struct RowTexts
{
	const Resolution *resolution;
	Datum *sources;
	Datum levels[KEY_NAME + 1];
	StringInfoData key;
} RowTexts;

static void
begin_texts(RowTexts *texts, const Resolution *resolution)
{
	const char *text = resolution_texts(resolution);

	texts->resolution = resolution;
	texts->sources = allocate_array_in(CurrentMemoryContext,
									   resolution->nsources, sizeof(Datum));
	for (uint32 i = 0; i < resolution->nsources; i++)
	{
		uint32 length = resolution_source_lengths(resolution)[i];

		CHECK_FOR_INTERRUPTS();
		texts->sources[i] = PointerGetDatum(
			cstring_to_text_with_len(text, length));
		text += length;
	}
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
		texts->levels[kind] = CStringGetTextDatum(level_name(kind));
	initStringInfo(&texts->key);
}

/* The level and the text of a key; the text lasts until the next one. */
static void
put_key_texts(RowTexts *texts, uint32 number, Datum *level, Datum *key)
{
	const uint8 *at = resolution_key_bytes(texts->resolution) +
					  resolution_keys(texts->resolution)[number].at;
	IdentityKey parts;

	parts.kind = (KeyKind) at[0];
	parts.prefix = at[1];
	parts.length = at[2];
	parts.bytes = (const char *) at + KEY_HEADER;
	resetStringInfo(&texts->key);
	appendStringInfoSpaces(&texts->key, VARHDRSZ);
	append_key(&texts->key, &parts);
	SET_VARSIZE(texts->key.data, texts->key.len);
	*level = texts->levels[parts.kind];
	*key = PointerGetDatum(texts->key.data);
}

static Datum
make_text(const char *bytes, uint32 length)
{
	return PointerGetDatum(cstring_to_text_with_len(bytes, length));
}

/*
 * resolved(company_resolution) -> setof (source text, record_id text,
 * company_id bigint, match_level text, matched_key text, cluster_size bigint)
 */
Datum
resolved(PG_FUNCTION_ARGS)
{
	const Resolution *resolution = resolution_argument(fcinfo);
	const ResolvedRecord *records = resolution_records(resolution);
	const ResolvedCompany *companies = resolution_companies(resolution);
	const char *text = resolution_texts(resolution) + resolution->source_bytes;
	RowTexts texts;
	StringInfoData id;

	begin_rows(fcinfo);
	begin_texts(&texts, resolution);
	initStringInfo(&id);
	for (uint32 i = 0; i < resolution->nrecords; i++)
	{
		const ResolvedRecord *record = &records[i];
		Datum values[6];
		bool nulls[6] = {false};

		CHECK_FOR_INTERRUPTS();
		resetStringInfo(&id);
		appendStringInfoSpaces(&id, VARHDRSZ);
		appendBinaryStringInfo(&id, text, record->id_length);
		SET_VARSIZE(id.data, id.len);
		text += record->id_length;
		values[0] = texts.sources[record->source];
		values[1] = PointerGetDatum(id.data);
		values[2] = Int64GetDatum(companies[record->company].id);
		if (record->key == NO_KEY)
			nulls[3] = nulls[4] = true;
		else
			put_key_texts(&texts, record->key, &values[3], &values[4]);
		values[5] = Int64GetDatum(companies[record->company].records);
		put_row(fcinfo, values, nulls);
	}
	PG_RETURN_NULL();
}

static void
put_moves(FunctionCallInfo fcinfo, uint32 kind)
{
	const Resolution *resolution = resolution_argument(fcinfo);
	const CompanyMove *moves = resolution_moves(resolution);
	const ResolvedCompany *companies = resolution_companies(resolution);

	begin_rows(fcinfo);
	for (uint32 i = 0; i < resolution->nmoves; i++)
	{
		Datum values[3];
		bool nulls[3] = {false};

		CHECK_FOR_INTERRUPTS();
		if (!(moves[i].kinds & kind))
			continue;
		values[0] = Int64GetDatum(moves[i].known);
		values[1] = Int64GetDatum(companies[moves[i].company].id);
		values[2] = Int64GetDatum(moves[i].records);
		put_row(fcinfo, values, nulls);
	}
}

/*
 * resolution_merges(company_resolution) -> setof (company_id bigint,
 * merged_into bigint, records bigint)
 */
Datum
resolution_merges(PG_FUNCTION_ARGS)
{
	put_moves(fcinfo, MOVE_MERGE);
	PG_RETURN_NULL();
}

/*
 * resolution_splits(company_resolution) -> setof (company_id bigint,
 * split_into bigint, records bigint)
 */
Datum
resolution_splits(PG_FUNCTION_ARGS)
{
	put_moves(fcinfo, MOVE_SPLIT);
	PG_RETURN_NULL();
}

/*
 * resolution_hub_keys(company_resolution) -> setof (level text, key text,
 * records bigint, sources bigint, names bigint, ids bigint, domains bigint)
 */
Datum
resolution_hub_keys(PG_FUNCTION_ARGS)
{
	const Resolution *resolution = resolution_argument(fcinfo);
	const HubKey *hubs = resolution_hubs(resolution);
	RowTexts texts;

	begin_rows(fcinfo);
	begin_texts(&texts, resolution);
	for (uint32 i = 0; i < resolution->nhubs; i++)
	{
		Datum values[7];
		bool nulls[7] = {false};

		CHECK_FOR_INTERRUPTS();
		put_key_texts(&texts, hubs[i].key, &values[0], &values[1]);
		values[2] = Int64GetDatum(hubs[i].records);
		values[3] = Int64GetDatum(hubs[i].sources);
		values[4] = Int64GetDatum(hubs[i].names);
		values[5] = Int64GetDatum(hubs[i].ids);
		values[6] = Int64GetDatum(hubs[i].domains);
		put_row(fcinfo, values, nulls);
	}
	PG_RETURN_NULL();
}

/*
 * resolution_conflicts(company_resolution) -> setof (level text, key text,
 * source text, record_id text, company_id bigint, other_source text,
 * other_record_id text, other_company_id bigint, reason text)
 */
Datum
resolution_conflicts(PG_FUNCTION_ARGS)
{
	const Resolution *resolution = resolution_argument(fcinfo);
	const ResolvedRecord *records = resolution_records(resolution);
	const ResolvedCompany *companies = resolution_companies(resolution);
	const Conflict *conflicts = resolution_conflict_array(resolution);
	const char *text = resolution_texts(resolution) + resolution->source_bytes;
	RowTexts texts;
	Datum reasons[2];
	uint64 *starts;
	uint64 at = 0;
	MemoryContext row_context;

	begin_rows(fcinfo);
	if (resolution->nconflicts == 0)
		PG_RETURN_NULL();
	begin_texts(&texts, resolution);
	reasons[CONFLICT_IDS] = CStringGetTextDatum("ids differ");
	reasons[CONFLICT_DOMAINS] = CStringGetTextDatum("domains differ");
	starts = allocate_array_in(CurrentMemoryContext, resolution->nrecords,
							   sizeof(uint64));
	for (uint32 i = 0; i < resolution->nrecords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		starts[i] = at;
		at += records[i].id_length;
	}
	row_context = AllocSetContextCreate(CurrentMemoryContext,
										"resolution_conflicts",
										ALLOCSET_DEFAULT_SIZES);
	for (uint64 i = 0; i < resolution->nconflicts; i++)
	{
		const Conflict *conflict = &conflicts[i];
		const ResolvedRecord *one = &records[conflict->record];
		const ResolvedRecord *other = &records[conflict->other];
		Datum values[9];
		bool nulls[9] = {false};
		MemoryContext caller;

		CHECK_FOR_INTERRUPTS();
		put_key_texts(&texts, conflict->key, &values[0], &values[1]);
		caller = MemoryContextSwitchTo(row_context);
		values[2] = texts.sources[one->source];
		values[3] = make_text(text + starts[conflict->record], one->id_length);
		values[4] = Int64GetDatum(companies[one->company].id);
		values[5] = texts.sources[other->source];
		values[6] = make_text(text + starts[conflict->other],
							  other->id_length);
		values[7] = Int64GetDatum(companies[other->company].id);
		values[8] = reasons[conflict->reason];
		MemoryContextSwitchTo(caller);
		put_row(fcinfo, values, nulls);
		MemoryContextReset(row_context);
	}
	PG_RETURN_NULL();
}
