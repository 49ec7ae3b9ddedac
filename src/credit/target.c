/*
 * target.c
 *		Whether a value can be one of its metric.
 *
 * Targets are rows of a table, and verdicts queries on them (sql/36-target.sql).
 * What SQL cannot do is to refuse: a percentage where a share is meant would
 * else be the best of all shares, and a mistyped metric one without a verdict.
 *
 * IDENTIFICATION
 *		src/credit/target.c
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/varlena.h"

/* What is compared of a name; the limit of varstr_levenshtein(). */
#define LONGEST_NAME 255

PG_FUNCTION_INFO_V1(target_nearest_name);
PG_FUNCTION_INFO_V1(target_checked_value);

/* The known name nearest to name, the first of several; NULL if none is near. */
static char *
nearest_name(text *name, ArrayType *known)
{
	Datum *names;
	bool *nulls;
	int n;
	char *nearest = NULL;
	int length = VARSIZE_ANY_EXHDR(name);
	/* Half of it may be wrong. */
	int most = length / 2;

	if (length > LONGEST_NAME)
		return NULL;
	deconstruct_array(known, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
	{
		char *candidate;
		int distance;

		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			continue;
		candidate = TextDatumGetCString(names[i]);
		if (strlen(candidate) > LONGEST_NAME)
			continue;
		distance = varstr_levenshtein_less_equal(candidate,
												 (int) strlen(candidate),
												 VARDATA_ANY(name), length, 1,
												 1, 1, most, false);
		if (distance < most ||
			(distance == most &&
			 (nearest == NULL || strcmp(candidate, nearest) < 0)))
		{
			most = distance;
			nearest = candidate;
		}
	}
	return nearest;
}

/*
 * nearest_name(name text, known text[]) -> text: the known name nearest to name,
 * NULL where none is near
 */
Datum
target_nearest_name(PG_FUNCTION_ARGS)
{
	char *nearest = nearest_name(PG_GETARG_TEXT_PP(0),
								 PG_GETARG_ARRAYTYPE_P(1));

	if (nearest == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(nearest));
}

static int
compare(Datum a, Datum b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
}

static char *
number_text(Datum number)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, number));
}

/* Value, beyond a share: as the share of a percentage, if it can be one. */
static int
hint_at_share(Datum value)
{
	Datum zero = NumericGetDatum(int64_to_numeric(0));
	Datum hundred = NumericGetDatum(int64_to_numeric(100));
	Datum share;

	if (compare(value, zero) < 0 || compare(value, hundred) > 0)
		return 0;
	share = DirectFunctionCall1(numeric_trim_scale,
								DirectFunctionCall2(numeric_div, value,
													hundred));
	return errhint("Write a share, not a percentage: %.60s for %.60s %%.",
				   number_text(share), number_text(value));
}

/*
 * checked_value(name text, value numeric, unit text, lowest numeric,
 * highest numeric, known text[]) -> numeric: the value, if it is one that
 * name can have; NULL for NULL.  An error for NaN, for a value below lowest or
 * above highest (NULL: no limit), and where unit is NULL, since then nobody has
 * defined the name, whatever the value; known are names to hint at.
 */
Datum
target_checked_value(PG_FUNCTION_ARGS)
{
	text *name;
	char *called;
	Datum value;
	Numeric number;
	bool below;
	bool above;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	name = PG_GETARG_TEXT_PP(0);
	called = text_to_cstring(name);
	if (PG_ARGISNULL(2))
	{
		char *nearest = PG_ARGISNULL(5)
							? NULL
							: nearest_name(name, PG_GETARG_ARRAYTYPE_P(5));

		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("metric \"%s\" is not defined", called),
				 nearest != NULL
					 ? errhint("Perhaps you meant \"%s\".", nearest)
					 : errhint("The table target has the metrics; insert rows "
							   "of your own to define others.")));
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	number = PG_GETARG_NUMERIC(1);
	value = NumericGetDatum(number);
	if (numeric_is_nan(number))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("%s cannot be NaN", called),
						errhint("NULL is for a value that is not known.")));
	below = !PG_ARGISNULL(3) && compare(value, PG_GETARG_DATUM(3)) < 0;
	above = !PG_ARGISNULL(4) && compare(value, PG_GETARG_DATUM(4)) > 0;
	if (below || above)
	{
		char *unit = text_to_cstring(PG_GETARG_TEXT_PP(2));

		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s cannot be %.60s", called, number_text(value)),
				 below ? errdetail("It is at least %.60s; its unit is %s.",
								   number_text(PG_GETARG_DATUM(3)), unit)
					   : errdetail("It is at most %.60s; its unit is %s.",
								   number_text(PG_GETARG_DATUM(4)), unit),
				 above && strcmp(unit, "share") == 0 ? hint_at_share(value)
													 : 0));
	}
	PG_RETURN_DATUM(value);
}
