/*
 * utc_day.h
 *		The day that a time falls on.
 *
 * Days are UTC, so that no result depends on the time zone of a session.
 *
 * IDENTIFICATION
 *		src/base/utc_day.h
 */
#ifndef ECOSYSTEM_UTC_DAY_H
#define ECOSYSTEM_UTC_DAY_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/timestamp.h"

/* The UTC day of a time, which must be finite */
static inline DateADT
utc_day_of(TimestampTz time)
{
	return (DateADT) (time / USECS_PER_DAY - (time % USECS_PER_DAY < 0));
}

#endif /* ECOSYSTEM_UTC_DAY_H */
