/*
 * ecosystem_roi_private.h
 *		The bytes of an ecosystem_roi.
 *
 * IDENTIFICATION
 *		src/outcome/ecosystem_roi_private.h
 */
#ifndef ECOSYSTEM_ECOSYSTEM_ROI_PRIVATE_H
#define ECOSYSTEM_ECOSYSTEM_ROI_PRIVATE_H

#include "postgres.h"

#include "utils/date.h"

#include "base/compat.h"
#include "base/value.h"

#define ROI_VERSION 1

extern const ValueType ecosystem_roi_type;

typedef enum RoiFlow
{
	RETURN_FLOW,
	INVESTMENT_FLOW
} RoiFlow;
#define FLOWS 2

extern const char *const flow_names[FLOWS];

/* The period of amounts without one; it sorts first. */
#define UNDATED DATEVAL_NOBEGIN

#define NO_KIND     "unspecified"
#define MAX_KIND    255 /* bytes */
#define MAX_KINDS   10000
#define MAX_IGNORED (PG_INT64_MAX / 4)

typedef struct RoiEntry
{
	int128 amount; /* times 10^scale */
	DateADT period;
	uint16 kind; /* number of the kind */
	uint8 flow;
	uint8 unused; /* zero */
} RoiEntry;

typedef struct Roi
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 scale;
	uint16 nkinds;
	int32 nentries;
	int32 kinds_size; /* of the kinds at the end, a multiple of 8 */
	int64 ignored;    /* rows without a flow or an amount */
	RoiEntry entries[FLEXIBLE_ARRAY_MEMBER];

	/*
	 * At the end: for each kind the end of its name among the names (uint32),
	 * then the names, then zeros.
	 */
} Roi;

#define HEADER_SIZE offsetof(Roi, entries)
#define CAPACITY(roi) \
	((VARSIZE(roi) - HEADER_SIZE - (roi)->kinds_size) / sizeof(RoiEntry))
#define KIND_ENDS(roi) \
	((uint32 *) ((char *) (roi) + VARSIZE(roi) - (roi)->kinds_size))
#define KIND_NAMES(roi) ((char *) (KIND_ENDS(roi) + (roi)->nkinds))

/* A name, not terminated */
typedef struct Kind
{
	const char *name;
	int length;
} Kind;

extern Roi *ecosystem_roi_argument(FunctionCallInfo fcinfo, int argno);
extern Roi *allocate_roi(Size entries, Size kinds_size);
extern Roi *allocate_ecosystem_roi(Size entries, int nkinds, Size names);
extern void write_kind(Roi *roi, int number, Kind kind);

static inline Kind
kind_of(const Roi *roi, int number)
{
	uint32 start = number == 0 ? 0 : KIND_ENDS(roi)[number - 1];
	Kind kind = {KIND_NAMES(roi) + start,
				 (int) (KIND_ENDS(roi)[number] - start)};

	return kind;
}

/* By bytes, so that no locale has a part in it */
static inline int
compare_kinds(Kind a, Kind b)
{
	int order = memcmp(a.name, b.name, Min(a.length, b.length));

	return order != 0 ? order : a.length - b.length;
}

/* By flow, kind, period */
static inline uint64
sort_key(const RoiEntry *entry)
{
	return (uint64) entry->flow << 48 | (uint64) entry->kind << 32 |
		   ((uint32) entry->period ^ 0x80000000);
}

/* Whether an entry is the first of its flow and kind */
static inline bool
begins_kind(const Roi *roi, int at)
{
	return at == 0 || roi->entries[at].flow != roi->entries[at - 1].flow ||
		   roi->entries[at].kind != roi->entries[at - 1].kind;
}

#endif /* ECOSYSTEM_ECOSYSTEM_ROI_PRIVATE_H */
