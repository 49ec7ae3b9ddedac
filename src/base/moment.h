/*
 * moment.h
 *		When something happened: at a time, or on a day.
 *
 * Customer databases keep both, side by side: a close that is a date, touches
 * that have times.  A moment is either, and where one of two is a day both are
 * compared by their UTC day, so that a date is never turned into midnight of
 * some time zone.
 *
 * IDENTIFICATION
 *		src/base/moment.h
 */
#ifndef ECOSYSTEM_MOMENT_H
#define ECOSYSTEM_MOMENT_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"

#include "base/utc_day.h"
#include "base/value_form.h"

/*
 * A time is what a timestamptz is, so that casting one is free.  A day is its
 * number from 2000-01-01 below all times there are.  The infinities, which are
 * neither day nor time, are those of timestamptz.
 */
typedef int64 Moment;

#define MOMENT_DAY_ZERO   (-(INT64CONST(1) << 62))
#define MOMENT_BEFORE_ALL DT_NOBEGIN
#define MOMENT_AFTER_ALL  DT_NOEND

#define PG_GETARG_MOMENT(n)    ((Moment) PG_GETARG_INT64(n))
#define PG_RETURN_MOMENT(time) PG_RETURN_INT64(time)

StaticAssertDecl(MOMENT_DAY_ZERO + PG_INT32_MAX < MIN_TIMESTAMP,
				 "no day is a time");

static inline bool
moment_is_finite(Moment moment)
{
	return moment != MOMENT_BEFORE_ALL && moment != MOMENT_AFTER_ALL;
}

/* Of a finite one: is it a day? */
static inline bool
moment_is_day(Moment moment)
{
	return moment <= MOMENT_DAY_ZERO + PG_INT32_MAX;
}

/* The UTC day of a finite one, from 2000-01-01 */
static inline DateADT
moment_day(Moment moment)
{
	return moment_is_day(moment) ? (DateADT) (moment - MOMENT_DAY_ZERO)
								 : utc_day_of(moment);
}

static inline Moment
moment_of_date(DateADT date)
{
	if (DATE_IS_NOBEGIN(date))
		return MOMENT_BEFORE_ALL;
	if (DATE_IS_NOEND(date))
		return MOMENT_AFTER_ALL;
	return MOMENT_DAY_ZERO + date;
}

/*
 * Is it later?  By day where one of the two is a day, and then those of one
 * day are not.  (That is no order: a day is neither before nor after any of
 * its times.)
 */
static inline bool
moment_is_after(Moment moment, Moment other)
{
	if (!moment_is_finite(moment) || !moment_is_finite(other) ||
		(!moment_is_day(moment) && !moment_is_day(other)))
		return moment > other;
	return moment_day(moment) > moment_day(other);
}

/*
 * Days from one to the other, from -1 for any that is before it: calendar days
 * where one of the two is a day, else whole days of 24 hours.  Both must be
 * finite.
 */
static inline int64
moment_days_between(Moment from, Moment until)
{
	if (moment_is_after(from, until))
		return -1;
	if (moment_is_day(from) || moment_is_day(until))
		return (int64) moment_day(until) - moment_day(from);
	/* The difference of two times may need all 64 bits. */
	return ((uint64) until - (uint64) from) / USECS_PER_DAY;
}

/* moment.c */
extern Datum moment_from_date(PG_FUNCTION_ARGS);
extern Moment moment_plus_days(Moment moment, int32 days);
extern Moment moment_argument(FunctionCallInfo fcinfo, int argno,
							  Moment missing);
extern void append_day(StringInfo out, DateADT day);
extern void text_day(TextForm *form, DateADT *day);
extern void append_time(StringInfo out, int64 microseconds);
extern void append_moment(StringInfo out, Moment moment);
extern bool read_moment(const char **at, Moment *moment);

#endif /* ECOSYSTEM_MOMENT_H */
