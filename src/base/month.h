/*
 * month.h
 *		Months, counted from the beginning of our calendar.
 *
 * IDENTIFICATION
 *		src/base/month.h
 */
#ifndef ECOSYSTEM_MONTH_H
#define ECOSYSTEM_MONTH_H

#include "postgres.h"

#include "utils/date.h"
#include "utils/datetime.h"

/* The month of a finite date */
static inline int32
month_of(DateADT date)
{
	int year;
	int month;
	int day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return year * 12 + month - 1;
}

#endif /* ECOSYSTEM_MONTH_H */
