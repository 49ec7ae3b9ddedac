/*
 * identity_quality.c
 *		How much of a customer list can be matched, and why the rest cannot.
 *
 * Every record counts once in each field that was given, as usable or by what
 * is wrong with it, and once by the levels it can be matched on; so all
 * totals reconcile.  Beside each count stands an example: the bytewise first
 * value, cut to a length, so that neither the order of the rows nor the number
 * of workers shows.
 *
 * The readers are those that make identities: what is called usable here gives
 * a key there.
 *
 * IDENTIFICATION
 *		src/identity/identity_quality.c
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/aggregate_state.h"
#include "base/hex_text.h"
#include "base/result_rows.h"
#include "identity/company_domain.h"
#include "identity/company_id.h"
#include "identity/company_identity.h"
#include "identity/company_name.h"
#include "base/compat.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(identity_quality_accum);
PG_FUNCTION_INFO_V1(identity_quality_accum_field);
PG_FUNCTION_INFO_V1(identity_quality_combine);
PG_FUNCTION_INFO_V1(identity_quality_problems);
PG_FUNCTION_INFO_V1(identity_quality_matchable);
PG_FUNCTION_INFO_V1(identity_quality_records);

/* The fields of a record; "id" counts single ids, all others records. */
typedef enum Field
{
	FIELD_WEBSITE,
	FIELD_EMAIL,
	FIELD_NAME,
	FIELD_COUNTRY,
	FIELD_IDS,
	FIELD_ID
} Field;

#define FIELDS 6

static const char *const field_names[FIELDS] = {"website", "email", "name",
												"country", "ids",   "id"};

/*
 * What a value can be: all that the readers can say.  It is what is stored, so
 * another one is another version.
 */
static const struct
{
	Field field;
	const char *problem;
} cells[] = {
	{FIELD_WEBSITE, "usable"},
	{FIELD_WEBSITE, "empty"},
	{FIELD_WEBSITE, "too_long"},
	{FIELD_WEBSITE, "not_a_host"},
	{FIELD_WEBSITE, "ip_address"},
	{FIELD_WEBSITE, "special_use"},
	{FIELD_WEBSITE, "unknown_suffix"},
	{FIELD_WEBSITE, "public_suffix"},
	{FIELD_WEBSITE, "shared_host"},
	{FIELD_WEBSITE, "freemail"},
	{FIELD_WEBSITE, "disposable"},
	{FIELD_WEBSITE, "placeholder"},
	{FIELD_EMAIL, "usable"},
	{FIELD_EMAIL, "empty"},
	{FIELD_EMAIL, "too_long"},
	{FIELD_EMAIL, "not_a_host"},
	{FIELD_EMAIL, "ip_address"},
	{FIELD_EMAIL, "special_use"},
	{FIELD_EMAIL, "unknown_suffix"},
	{FIELD_EMAIL, "public_suffix"},
	{FIELD_EMAIL, "shared_host"},
	{FIELD_EMAIL, "freemail"},
	{FIELD_EMAIL, "disposable"},
	{FIELD_EMAIL, "placeholder"},
	{FIELD_NAME, "usable"},
	{FIELD_NAME, "empty"},
	{FIELD_NAME, "too_long"},
	{FIELD_NAME, "no_letters"},
	{FIELD_NAME, "placeholder"},
	{FIELD_NAME, "not_ascii"},
	{FIELD_NAME, "not_convertible"},
	{FIELD_COUNTRY, "usable"},
	{FIELD_COUNTRY, "empty"},
	{FIELD_COUNTRY, "unknown_country"},
	{FIELD_IDS, "usable"},
	{FIELD_IDS, "empty"},
	{FIELD_IDS, "unusable"},
	{FIELD_ID, "usable"},
	{FIELD_ID, "empty"},
	{FIELD_ID, "no_scheme"},
	{FIELD_ID, "bad_scheme"},
	{FIELD_ID, "bad_format"},
	{FIELD_ID, "bad_checksum"},
	{FIELD_ID, "bad_country"},
	{FIELD_ID, "lost_zeros"},
	{FIELD_ID, "lost_case"},
	{FIELD_ID, "placeholder"},
	{FIELD_ID, "too_long"},
};

#define CELLS lengthof(cells)

/* By what a record can match: the bits of its levels, or more keys than go. */
static const char *const level_names[] = {"nothing",      "id",
										  "domain",       "id, domain",
										  "name",         "id, name",
										  "domain, name", "id, domain, name",
										  "too many keys"};

#define LEVEL_ID       1
#define LEVEL_DOMAIN   2
#define LEVEL_NAME     4
#define LEVEL_TOO_MANY 8
#define LEVELS         lengthof(level_names)

/* An example is cut to this, between characters. */
#define EXAMPLE_LENGTH 71

typedef struct QualityCell
{
	int64 count;
	uint8 length; /* of the example; 0 for none */
	char example[EXAMPLE_LENGTH];
} QualityCell;

#define QUALITY_VERSION 2

static const ValueType identity_quality_type;

/* Unused bytes are zero: one meaning has one string of bytes. */
typedef struct Quality
{
	int32 vl_len_;
	uint8 version;
	uint8 spare[3];
	int64 levels[LEVELS];
	QualityCell cells[CELLS];
} Quality;

StaticAssertDecl(sizeof(Quality) == 8 + LEVELS * 8 + CELLS * 80,
				 "Quality has no padding");

#define PG_GETARG_QUALITY(n) \
	((Quality *) value_argument(fcinfo, n, &identity_quality_type))

static Quality *
make_quality(void)
{
	Quality *quality = palloc0(sizeof(Quality));

	SET_VARSIZE(quality, sizeof(Quality));
	quality->version = QUALITY_VERSION;
	return quality;
}

/* ---- counting ---- */

static void
add_count(int64 *count, int64 more)
{
	if (pg_add_s64_overflow(*count, more, count))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("too many records in one identity_quality")));
}

/* Keeps the bytewise lesser of a cell's example and another one. */
static void
offer_example(QualityCell *cell, const char *bytes, int length)
{
	int order;

	if (length == 0)
		return;
	if (cell->length > 0)
	{
		order = memcmp(bytes, cell->example, Min(length, cell->length));
		if (order > 0 || (order == 0 && length >= cell->length))
			return;
	}
	memset(cell->example, 0, EXAMPLE_LENGTH);
	memcpy(cell->example, bytes, length);
	cell->length = length;
}

static int
find_cell(Field field, const char *problem, int length)
{
	for (int i = 0; i < CELLS; i++)
		if (cells[i].field == field && strlen(cells[i].problem) == length &&
			memcmp(cells[i].problem, problem, length) == 0)
			return i;
	return -1;
}

/* Counts a value; problem NULL: usable. */
static void
count_value(Quality *quality, Field field, const char *problem,
			const char *bytes, int length)
{
	int i = problem == NULL ? find_cell(field, "usable", strlen("usable"))
							: find_cell(field, problem, strlen(problem));
	QualityCell *cell;

	if (i < 0)
		elog(ERROR, "unknown problem \"%s\" of field %s", problem,
			 field_names[field]);
	cell = &quality->cells[i];
	add_count(&cell->count, 1);
	/* nothing to see in what is empty */
	if (problem != NULL && strcmp(problem, "empty") == 0)
		return;
	if (length > EXAMPLE_LENGTH)
		length = pg_mbcliplen(bytes, EXAMPLE_LENGTH + 1, EXAMPLE_LENGTH);
	offer_example(cell, bytes, length);
}

static void
count_text(Quality *quality, Field field, const char *problem,
		   const text *value)
{
	count_value(quality, field, problem,
				value == NULL ? "" : VARDATA_ANY(value),
				value == NULL ? 0 : VARSIZE_ANY_EXHDR(value));
}

static void
count_domain(Quality *quality, Field field, const text *value)
{
	DomainProblem problem = DOMAIN_EMPTY;

	if (value != NULL)
	{
		Website site;
		size_t length;
		const char *bytes = website_field(value, &length);

		website_first(bytes, length, field == FIELD_EMAIL ? EMAIL : WEBSITE,
					  &site);
		problem = site.problem;
	}
	count_text(quality, field, domain_problem_name(problem), value);
}

/* Apart, since a CompanyName takes many kilobytes of stack. */
static void
count_name(Quality *quality, const text *value, const text *country)
{
	CompanyName name;

	name.problem = "empty";
	if (value != NULL)
		read_company_name(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						  country == NULL ? NULL : VARDATA_ANY(country),
						  country == NULL ? 0 : VARSIZE_ANY_EXHDR(country),
						  &name);
	count_text(quality, FIELD_NAME, name.problem, value);
}

static void
count_country(Quality *quality, const text *value)
{
	const char *problem = "empty";

	if (value != NULL)
	{
		const char *bytes = VARDATA_ANY(value);
		int length = VARSIZE_ANY_EXHDR(value);
		char code[2];

		read_country(bytes, length, code);
		if (code[0] != '\0')
			problem = NULL;
		else
			for (int i = 0; i < length && problem != NULL; i++)
				if (bytes[i] != ' ')
				{
					count_text(quality, FIELD_COUNTRY, "unknown_country",
							   value);
					return;
				}
	}
	count_text(quality, FIELD_COUNTRY, problem, value);
}

static IdProblem
count_id(Quality *quality, const text *value)
{
	IdProblem problem = ID_EMPTY;

	if (value != NULL)
	{
		CompanyId id;

		problem = read_company_id(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
								  &id);
	}
	count_text(quality, FIELD_ID, id_problem_name(problem), value);
	return problem;
}

static void
count_ids(Quality *quality, ArrayType *ids)
{
	bool usable = false;
	bool empty = true;
	const text *example = NULL;

	if (ids != NULL)
	{
		const char *at = ARR_DATA_PTR(ids);
		const bits8 *bitmap = ARR_NULLBITMAP(ids);
		int n = ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));

		for (int i = 0; i < n; i++)
		{
			const text *value = NULL;
			IdProblem problem;

			CHECK_FOR_INTERRUPTS();
			if (bitmap == NULL || (bitmap[i / 8] & (1 << (i % 8))) != 0)
			{
				at = (const char *) att_align_pointer(at, TYPALIGN_INT, -1,
													  at);
				value = DatumGetTextPP(PointerGetDatum(at));
				at = att_addlength_pointer(at, -1, at);
			}
			problem = count_id(quality, value);
			if (problem == ID_FINE ? !usable : example == NULL)
				example = value;
			usable |= problem == ID_FINE;
			empty &= problem == ID_EMPTY;
		}
	}
	count_text(quality, FIELD_IDS,
			   usable  ? NULL
			   : empty ? "empty"
					   : "unusable",
			   empty ? NULL : example);
}

static void
count_levels(Quality *quality, const struct varlena *identity)
{
	int levels = LEVEL_TOO_MANY;

	if (identity != NULL)
	{
		uint8 kinds = read_identity(identity).kinds;

		levels = 0;
		if (kinds & (KEY_BIT(KEY_DECIDING_ID) | KEY_BIT(KEY_OTHER_ID)))
			levels |= LEVEL_ID;
		if (kinds & KEY_BIT(KEY_DOMAIN))
			levels |= LEVEL_DOMAIN;
		if (kinds & KEY_BIT(KEY_NAME))
			levels |= LEVEL_NAME;
	}
	add_count(&quality->levels[levels], 1);
}

static Quality *
quality_for_update(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(0)
			   ? make_quality()
			   : state_for_update(fcinfo, 0, &identity_quality_type);
}

static text *
text_argument(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : PG_GETARG_TEXT_PP(argno);
}

static text *
website_argument(FunctionCallInfo fcinfo, int argno)
{
	return PG_ARGISNULL(argno) ? NULL : website_value(PG_GETARG_DATUM(argno));
}

/*
 * identity_quality_accum(identity_quality, website text, email text, name
 *		text, country text, ids text[]) -> identity_quality
 *
 * Also with (identity_quality, website, name, country).
 */
Datum
identity_quality_accum(PG_FUNCTION_ARGS)
{
	Quality *quality = quality_for_update(fcinfo);
	bool all = PG_NARGS() > 4;
	text *website = website_argument(fcinfo, 1);
	text *email = all ? website_argument(fcinfo, 2) : NULL;
	text *name = text_argument(fcinfo, all ? 3 : 2);
	text *country = text_argument(fcinfo, all ? 4 : 3);
	ArrayType *ids = all && !PG_ARGISNULL(5) ? PG_GETARG_ARRAYTYPE_P(5) : NULL;

	count_domain(quality, FIELD_WEBSITE, website);
	if (all)
		count_domain(quality, FIELD_EMAIL, email);
	count_name(quality, name, country);
	count_country(quality, country);
	if (all)
		count_ids(quality, ids);
	count_levels(quality, make_identity(website, email, name, country, ids));
	PG_RETURN_POINTER(quality);
}

/*
 * identity_quality_accum(identity_quality, field text, value text)
 *		-> identity_quality
 */
Datum
identity_quality_accum_field(PG_FUNCTION_ARGS)
{
	Quality *quality = quality_for_update(fcinfo);
	text *value = text_argument(fcinfo, 2);
	text *websites = NULL;
	text *email = NULL;
	text *word;
	int field = FIELDS;

	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the field must not be null")));
	word = PG_GETARG_TEXT_PP(1);
	for (int i = 0; i < FIELDS; i++)
		if (i != FIELD_IDS &&
			strlen(field_names[i]) == VARSIZE_ANY_EXHDR(word) &&
			memcmp(field_names[i], VARDATA_ANY(word),
				   VARSIZE_ANY_EXHDR(word)) == 0)
			field = i;
	switch (field)
	{
		case FIELD_WEBSITE:
			count_domain(quality, FIELD_WEBSITE, value);
			websites = value;
			break;
		case FIELD_EMAIL:
			count_domain(quality, FIELD_EMAIL, value);
			email = value;
			break;
		case FIELD_NAME:
			count_name(quality, value, NULL);
			break;
		case FIELD_COUNTRY:
			count_country(quality, value);
			break;
		case FIELD_ID:
		{
			bool fine = count_id(quality, value) == ID_FINE;

			add_count(&quality->levels[fine ? LEVEL_ID : 0], 1);
			PG_RETURN_POINTER(quality);
		}
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown field \"%.*s\"",
							pg_mbcliplen(VARDATA_ANY(word),
										 VARSIZE_ANY_EXHDR(word), 64),
							VARDATA_ANY(word)),
					 errhint("It is one of website, email, name, country, "
							 "id.")));
	}
	count_levels(quality, make_identity(websites, email,
										field == FIELD_NAME ? value : NULL,
										NULL, NULL));
	PG_RETURN_POINTER(quality);
}

/*
 * identity_quality_combine(identity_quality, identity_quality)
 *		-> identity_quality
 */
Datum
identity_quality_combine(PG_FUNCTION_ARGS)
{
	Quality *quality;
	const Quality *other;

	if (lacks_a_state(fcinfo))
		return only_state(fcinfo, &identity_quality_type);
	quality = state_for_update(fcinfo, 0, &identity_quality_type);
	other = PG_GETARG_QUALITY(1);
	for (int i = 0; i < LEVELS; i++)
		add_count(&quality->levels[i], other->levels[i]);
	for (int i = 0; i < CELLS; i++)
	{
		add_count(&quality->cells[i].count, other->cells[i].count);
		offer_example(&quality->cells[i], other->cells[i].example,
					  other->cells[i].length);
	}
	PG_RETURN_POINTER(quality);
}

/* ---- reading ---- */

static int64
total_of(const Quality *quality, Field field)
{
	int64 total = 0;

	for (int i = 0; i < CELLS; i++)
		if (cells[i].field == field)
			add_count(&total, quality->cells[i].count);
	return total;
}

static int64
total_records(const Quality *quality)
{
	int64 total = 0;

	for (int i = 0; i < LEVELS; i++)
		add_count(&total, quality->levels[i]);
	return total;
}

/*
 * problems(identity_quality) -> setof (field text, problem text, records
 *		bigint, share double precision, example text)
 */
Datum
identity_quality_problems(PG_FUNCTION_ARGS)
{
	const Quality *quality = PG_GETARG_QUALITY(0);

	begin_rows(fcinfo);
	for (int i = 0; i < CELLS; i++)
	{
		const QualityCell *cell = &quality->cells[i];
		int64 total = total_of(quality, cells[i].field);
		bool usable = strcmp(cells[i].problem, "usable") == 0;
		Datum values[5] = {0};
		bool nulls[5] = {false};

		/* a field that was given says how much of it is usable, even none */
		if (total == 0 || (cell->count == 0 && !usable))
			continue;
		values[0] = CStringGetTextDatum(field_names[cells[i].field]);
		values[1] = CStringGetTextDatum(cells[i].problem);
		values[2] = Int64GetDatum(cell->count);
		values[3] = Float8GetDatum((double) cell->count / total);
		nulls[4] = cell->length == 0;
		if (!nulls[4])
			values[4] = PointerGetDatum(
				cstring_to_text_with_len(cell->example, cell->length));
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * matchable(identity_quality) -> setof (levels text, records bigint, share
 *		double precision)
 */
Datum
identity_quality_matchable(PG_FUNCTION_ARGS)
{
	static const int order[LEVELS] = {7, 3, 5, 1, 6, 2, 4, 0, 8};
	const Quality *quality = PG_GETARG_QUALITY(0);
	int64 total = total_records(quality);

	begin_rows(fcinfo);
	for (int i = 0; i < LEVELS; i++)
	{
		int64 count = quality->levels[order[i]];
		Datum values[3];
		bool nulls[3] = {false};

		if (count == 0)
			continue;
		values[0] = CStringGetTextDatum(level_names[order[i]]);
		values[1] = Int64GetDatum(count);
		values[2] = Float8GetDatum((double) count / total);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* records(identity_quality) -> bigint */
Datum
identity_quality_records(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(total_records(PG_GETARG_QUALITY(0)));
}

/* ---- input and output ---- */

/* An example up to a blank or the end; false if it is none of ours. */
static bool
read_example(const char **at, QualityCell *cell)
{
	char bytes[EXAMPLE_LENGTH];
	int length = 0;

	for (; **at != '\0' && **at != ' '; (*at)++)
	{
		char c = **at;

		if (length == EXAMPLE_LENGTH)
			return false;
		if (c == '%')
		{
			int high = hex_digit((*at)[1]);
			int low = high < 0 ? -1 : hex_digit((*at)[2]);

			if (low < 0)
				return false;
			c = (char) (high << 4 | low);
			*at += 2;
		}
		bytes[length++] = c;
	}
	if (length == 0 || !pg_verifymbstr(bytes, length, true))
		return false;
	offer_example(cell, bytes, length);
	return true;
}

/* Blanks, control characters and percent signs are percent-encoded. */
static void
example_text(TextForm *form, QualityCell *cell)
{
	if (text_reads(form))
	{
		if (!form->failed && !read_example(&form->at, cell))
			text_fail(form);
		return;
	}
	for (int at = 0; at < cell->length; at++)
	{
		unsigned char c = cell->example[at];

		if (c <= ' ' || c == 0x7F || c == '%')
			appendStringInfo(form->out, "%%%02X", c);
		else
			appendStringInfoChar(form->out, c);
	}
}

/* A count that is there at all is not 0. */
static bool
count_form(TextForm *form, const char *name, int64 *count)
{
	if (!text_field(form, *count != 0, name) || !text_count(form, count))
		return false;
	if (*count == 0)
		text_fail(form);
	return true;
}

/*
 * "v2 by:id,domain=3 website:empty=1 website:usable=2:acme.com", without what
 * is 0; the name of a level is one word.
 */
static void *
quality_text(TextForm *form, void *value)
{
	Quality *quality = value ? value : make_quality();

	text_version(form);
	for (int i = 0; i < LEVELS; i++)
	{
		char name[64] = "by:";
		int length = strlen(name);

		for (const char *at = level_names[i]; *at != '\0'; at++)
			if (*at != ' ')
				name[length++] = *at;
			else if (at[-1] != ',')
				name[length++] = '_';
		name[length] = '\0';
		count_form(form, name, &quality->levels[i]);
	}
	for (int i = 0; i < CELLS; i++)
	{
		QualityCell *cell = &quality->cells[i];
		char name[64];

		snprintf(name, sizeof(name), "%s:%s", field_names[cells[i].field],
				 cells[i].problem);
		if (count_form(form, name, &cell->count) &&
			text_option(form, cell->length > 0, ":"))
			example_text(form, cell);
	}
	return quality;
}

/* Whether the sums that will be asked for can be told */
static const char *
quality_problem(const void *value)
{
	const Quality *quality = value;
	int64 total = 0;

	for (int i = 0; i < LEVELS; i++)
		if (pg_add_s64_overflow(total, quality->levels[i], &total))
			return "It has a count out of range.";
	for (int field = 0; field < FIELDS; field++)
	{
		total = 0;
		for (int i = 0; i < CELLS; i++)
			if (cells[i].field == field &&
				pg_add_s64_overflow(total, quality->cells[i].count, &total))
				return "It has a count out of range.";
	}
	return NULL;
}

static const ValueType identity_quality_type = {"identity_quality",
												QUALITY_VERSION, quality_text,
												text_as_binary,
												quality_problem};

VALUE_FORMS(identity_quality, &identity_quality_type);
CANONICAL_OPERATORS(identity_quality, &identity_quality_type);
