/*
 * company_resolution_texts.c
 *		Sorts ids and keys by their bytes.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_texts.c
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bswap.h"

#include "identity/company_resolution_private.h"

/* The eight bytes at depth as a number that compares as they do. */
static uint64
prefix_at(const uint8 *bytes, uint32 length, uint32 depth)
{
	uint64 prefix = 0;

	if (length >= depth + 8)
	{
		memcpy(&prefix, bytes + depth, 8);
		return pg_ntoh64(prefix);
	}
	for (uint32 i = depth; i < length; i++)
		prefix |= (uint64) bytes[i] << (56 - 8 * (i - depth));
	return prefix;
}

int
compare_texts(const SortedText *a, const SortedText *b)
{
	int order = memcmp(a->bytes, b->bytes, Min(a->length, b->length));

	return order != 0 ? order
					  : (a->length > b->length) - (a->length < b->length);
}

#define ST_SORT         sort_by_prefix
#define ST_ELEMENT_TYPE SortedText
#define ST_COMPARE(a, b) \
	((a)->prefix < (b)->prefix ? -1 : (a)->prefix > (b)->prefix)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_by_text
#define ST_ELEMENT_TYPE  SortedText
#define ST_COMPARE(a, b) compare_texts(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define ST_SORT          sort_numbers
#define ST_ELEMENT_TYPE  uint32
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Sorts texts that agree in their first depth bytes.  Ids of one source and
 * keys of one kind often share their beginning, so that is skipped, and the
 * eight bytes behind it, read once, tell most texts apart.  No text holds a
 * zero byte, so the end of a text may count as one.
 */
void
sort_texts(SortedText *texts, uint64 n, uint32 depth, int level)
{
	uint32 common;

	if (n < 2)
		return;
	if (n < 16 || level > 20)
	{
		sort_by_text(texts, n);
		return;
	}
	common = texts[0].length;
	for (uint64 i = 1; i < n; i++)
	{
		uint32 limit = Min(common, texts[i].length);
		uint32 same = depth;

		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes + depth);
		while (same < limit && texts[i].bytes[same] == texts[0].bytes[same])
			same++;
		common = same;
		if (common <= depth)
			break;
		CHECK_FOR_INTERRUPTS();
	}
	depth = common;
	for (uint64 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < n)
			prefetch(texts[i + PREFETCH_DISTANCE].bytes + depth);
		texts[i].prefix = prefix_at(texts[i].bytes, texts[i].length, depth);
	}
	sort_by_prefix(texts, n);
	for (uint64 start = 0, end; start < n; start = end)
	{
		/* equal prefixes that end in a zero are of equal texts */
		for (end = start + 1;
			 end < n && texts[end].prefix == texts[start].prefix; end++)
			CHECK_FOR_INTERRUPTS();
		if (end - start > 1 && (texts[start].prefix & 0xFF) != 0)
			sort_texts(texts + start, end - start, depth + 8, level + 1);
	}
}
