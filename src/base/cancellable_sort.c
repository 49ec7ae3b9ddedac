/*
 * cancellable_sort.c
 *		A sort of what may be many that a user can cancel.
 *
 * The server's qsort() looks at no interrupts, and one that does came with 16
 * only.  Where time matters more than a few words of code, make one for the
 * type at hand of the server's template, with ST_CHECK_FOR_INTERRUPTS.
 *
 * IDENTIFICATION
 *		src/base/cancellable_sort.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/cancellable_sort.h"

#define ST_SORT sort_bytes
#define ST_ELEMENT_TYPE_VOID
#define ST_COMPARE_RUNTIME_POINTER
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

void
sort_cancellably(void *base, size_t n, size_t size,
				 int (*compare)(const void *, const void *))
{
	if (n > 1)
		sort_bytes(base, n, size, compare);
}
