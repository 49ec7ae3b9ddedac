/*
 * moment.c
 *		When something happened: at a time, or on a day.
 *
 * The type is what functions take that compare times of customer databases:
 * date, timestamp and timestamptz are cast to it without being asked, in any
 * mixture, and none of these casts reads the time zone of the session.
 *
 * IDENTIFICATION
 *		src/base/moment.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "base/compat.h"
#include "base/moment.h"
#include "base/value_form.h"

PG_FUNCTION_INFO_V1(moment_in);
PG_FUNCTION_INFO_V1(moment_out);
PG_FUNCTION_INFO_V1(moment_recv);
PG_FUNCTION_INFO_V1(moment_send);
PG_FUNCTION_INFO_V1(moment_from_date);
PG_FUNCTION_INFO_V1(moment_eq);
PG_FUNCTION_INFO_V1(moment_ne);
PG_FUNCTION_INFO_V1(moment_lt);
PG_FUNCTION_INFO_V1(moment_le);
PG_FUNCTION_INFO_V1(moment_gt);
PG_FUNCTION_INFO_V1(moment_ge);
PG_FUNCTION_INFO_V1(moment_cmp);
PG_FUNCTION_INFO_V1(moment_hash);
PG_FUNCTION_INFO_V1(moment_hash_extended);

/* The moment so many days later, of the same sort; days are not negative. */
Moment
moment_plus_days(Moment moment, int32 days)
{
	Moment then;

	if (!moment_is_finite(moment))
		return moment;
	if (moment_is_day(moment))
	{
		int64 day = (int64) moment_day(moment) + days;

		return day > PG_INT32_MAX ? MOMENT_AFTER_ALL : MOMENT_DAY_ZERO + day;
	}
	if (pg_add_s64_overflow(moment, days * USECS_PER_DAY, &then))
		return MOMENT_AFTER_ALL;
	return then;
}

/* The moment in argument argno; missing where it, or its value, is not there. */
Moment
moment_argument(FunctionCallInfo fcinfo, int argno, Moment missing)
{
	if (argno >= PG_NARGS() || PG_ARGISNULL(argno))
		return missing;
	return PG_GETARG_MOMENT(argno);
}

/*
 * Text: ISO 8601, times in UTC.
 */

/* The year before 0001 is 0000. */
void
append_day(StringInfo out, DateADT date)
{
	int year;
	int month;
	int day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(out, "%s%04d-%02d-%02d", year < 0 ? "-" : "", abs(year),
					 month, day);
}

/* "12:00:00", "00:00:00.5": microseconds of a day */
void
append_time(StringInfo out, int64 microseconds)
{
	int fraction = microseconds % USECS_PER_SEC;

	appendStringInfo(out, "%02d:%02d:%02d",
					 (int) (microseconds / USECS_PER_HOUR),
					 (int) (microseconds / USECS_PER_MINUTE % 60),
					 (int) (microseconds / USECS_PER_SEC % 60));
	if (fraction != 0)
	{
		appendStringInfo(out, ".%06d", fraction);
		while (out->data[out->len - 1] == '0')
			out->data[--out->len] = '\0';
	}
}

/* 2026-01-05, 2026-01-05T10:00:00Z, infinity or -infinity */
void
append_moment(StringInfo out, Moment moment)
{
	if (!moment_is_finite(moment))
	{
		appendStringInfoString(out, moment == MOMENT_AFTER_ALL ? "infinity"
															   : "-infinity");
		return;
	}
	append_day(out, moment_day(moment));
	if (moment_is_day(moment))
		return;
	appendStringInfoChar(out, 'T');
	append_time(out, moment - moment_day(moment) * USECS_PER_DAY);
	appendStringInfoChar(out, 'Z');
}

/* A day of the calendar, as its number from 2000-01-01 */
static bool
read_day(const char **at, int64 *day)
{
	bool negative = skip_word(at, "-");
	int64 parts[3];
	int back[3];

	if (!read_number(at, 4, &parts[0]) || !skip_word(at, "-") ||
		!read_number(at, 2, &parts[1]) || !skip_word(at, "-") ||
		!read_number(at, 2, &parts[2]))
		return false;
	if (negative)
		parts[0] = -parts[0];
	/* Checked before they become integers */
	if (parts[0] < -JULIAN_MAXYEAR || parts[0] > JULIAN_MAXYEAR ||
		parts[1] < 1 || parts[1] > MONTHS_PER_YEAR || parts[2] < 1 ||
		parts[2] > 31 ||
		!IS_VALID_JULIAN((int) parts[0], (int) parts[1], (int) parts[2]))
		return false;
	*day = date2j((int) parts[0], (int) parts[1], (int) parts[2]);
	j2date((int) *day, &back[0], &back[1], &back[2]);
	*day -= POSTGRES_EPOCH_JDATE;
	return back[1] == parts[1] && back[2] == parts[2] && IS_VALID_DATE(*day);
}

/* What append_day() writes */
void
text_day(TextForm *form, DateADT *day)
{
	const char *at = form->at;
	int64 number;

	if (form->out)
		append_day(form->out, *day);
	else if (form->failed || !read_day(&at, &number))
		text_fail(form);
	else
	{
		*day = (DateADT) number;
		form->at = at;
	}
}

/* "+01", "-02:30", "Z" or " UTC" as microseconds east; nothing is UTC. */
static bool
read_zone(const char **at, int64 *east)
{
	bool west = **at == '-';
	int64 hours;
	int64 minutes = 0;

	*east = 0;
	if (skip_word(at, "Z") || skip_word(at, " UTC") || (**at != '+' && !west))
		return true;
	(*at)++;
	if (!read_number(at, 2, &hours) || hours > MAX_TZDISP_HOUR)
		return false;
	if (skip_word(at, ":") && (!read_number(at, 2, &minutes) || minutes > 59))
		return false;
	*east = hours * USECS_PER_HOUR + minutes * USECS_PER_MINUTE;
	if (west)
		*east = -*east;
	return true;
}

/*
 * What append_moment() writes, and times with other offsets or none, which are
 * UTC then too, whatever the session says; a blank may stand for the T.
 */
bool
read_moment(const char **at, Moment *moment)
{
	int64 parts[3] = {0};
	int64 unit = USECS_PER_SEC;
	int64 day;
	int64 east;

	if (skip_word(at, "infinity"))
	{
		*moment = MOMENT_AFTER_ALL;
		return true;
	}
	if (skip_word(at, "-infinity"))
	{
		*moment = MOMENT_BEFORE_ALL;
		return true;
	}
	if (!read_day(at, &day))
		return false;
	if (skip_word(at, " UTC"))
	{
		*moment = day * USECS_PER_DAY;
		return day < TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE;
	}
	if (**at != 'T' && !(**at == ' ' && (*at)[1] >= '0' && (*at)[1] <= '9'))
	{
		*moment = MOMENT_DAY_ZERO + day;
		return true;
	}
	(*at)++;
	if (day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE ||
		!read_number(at, 2, &parts[0]) || !skip_word(at, ":") ||
		!read_number(at, 2, &parts[1]) ||
		(skip_word(at, ":") && !read_number(at, 2, &parts[2])) ||
		parts[0] > 23 || parts[1] > 59 || parts[2] > 59)
		return false;
	*moment = day * USECS_PER_DAY + parts[0] * USECS_PER_HOUR +
			  parts[1] * USECS_PER_MINUTE + parts[2] * USECS_PER_SEC;
	if (skip_word(at, "."))
		for (; **at >= '0' && **at <= '9'; (*at)++)
		{
			unit /= 10;
			*moment += (**at - '0') * unit;
		}
	if (unit == 0 || !read_zone(at, &east))
		return false;
	*moment -= east;
	return IS_VALID_TIMESTAMP(*moment);
}

/*
 * moment_in(cstring) -> moment
 */
Datum
moment_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *at = input;
	Moment moment;

	if (read_moment(&at, &moment) && *at == '\0')
		PG_RETURN_MOMENT(moment);
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("invalid input syntax for type %s: \"%.*s\"", "moment",
					pg_mbcliplen(input, strlen(input), 100), input),
			 errhint("Write a day as 2026-01-05 and a time as "
					 "2026-01-05 10:00:00+00.")));
}

/*
 * moment_out(moment) -> cstring
 */
Datum
moment_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	append_moment(&out, PG_GETARG_MOMENT(0));
	PG_RETURN_CSTRING(out.data);
}

/*
 * moment_recv(internal) -> moment
 */
Datum
moment_recv(PG_FUNCTION_ARGS)
{
	Moment moment = pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0));

	/* Days are tried as 64 bits: what is too far for a date is none. */
	if (moment_is_finite(moment) && !IS_VALID_TIMESTAMP(moment) &&
		!(moment_is_day(moment) && IS_VALID_DATE(moment - MOMENT_DAY_ZERO)))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("moment out of range")));
	PG_RETURN_MOMENT(moment);
}

/*
 * moment_send(moment) -> bytea
 */
Datum
moment_send(PG_FUNCTION_ARGS)
{
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint64(&message, PG_GETARG_MOMENT(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/*
 * moment(date) -> moment
 */
Datum
moment_from_date(PG_FUNCTION_ARGS)
{
	PG_RETURN_MOMENT(moment_of_date(PG_GETARG_DATEADT(0)));
}

/*
 * For sorting, grouping and DISTINCT, which need an order: a day comes before
 * all of its times.
 */
static int
compare(Moment a, Moment b)
{
	DateADT a_day;
	DateADT b_day;

	if (moment_is_finite(a) && moment_is_finite(b))
	{
		a_day = moment_day(a);
		b_day = moment_day(b);
		if (a_day != b_day)
			return a_day < b_day ? -1 : 1;
	}
	/* Of one day, the day has the lower number. */
	return a < b ? -1 : a > b ? 1 : 0;
}

Datum
moment_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_MOMENT(0) == PG_GETARG_MOMENT(1));
}

Datum
moment_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_MOMENT(0) != PG_GETARG_MOMENT(1));
}

Datum
moment_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(PG_GETARG_MOMENT(0), PG_GETARG_MOMENT(1)) < 0);
}

Datum
moment_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(PG_GETARG_MOMENT(0), PG_GETARG_MOMENT(1)) <= 0);
}

Datum
moment_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(PG_GETARG_MOMENT(0), PG_GETARG_MOMENT(1)) > 0);
}

Datum
moment_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(PG_GETARG_MOMENT(0), PG_GETARG_MOMENT(1)) >= 0);
}

Datum
moment_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(PG_GETARG_MOMENT(0), PG_GETARG_MOMENT(1)));
}

Datum
moment_hash(PG_FUNCTION_ARGS)
{
	Moment moment = PG_GETARG_MOMENT(0);

	return hash_any((const unsigned char *) &moment, sizeof(Moment));
}

Datum
moment_hash_extended(PG_FUNCTION_ARGS)
{
	Moment moment = PG_GETARG_MOMENT(0);

	return hash_any_extended((const unsigned char *) &moment, sizeof(Moment),
							 PG_GETARG_INT64(1));
}
