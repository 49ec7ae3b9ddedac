/*
 * company_resolution.h
 *		Records of many sources, and the companies they are records of.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution.h
 */
#ifndef ECOSYSTEM_COMPANY_RESOLUTION_H
#define ECOSYSTEM_COMPANY_RESOLUTION_H

#include "postgres.h"

#include "utils/memutils.h"

#include "identity/company_identity.h"

/* ---- the result ---- */

/*
 * What was found out, in one piece of memory: this header, then the arrays in
 * the order of their counts below, then the texts: of the sources, of the
 * records' ids, and of the keys, each behind the one before.
 *
 * A value of the type is this piece, or, when it is large, an expanded object
 * that holds it, so that it may have more bytes than a value on disk.
 */
typedef struct Resolution
{
	int32 vl_len_; /* of a value; never looked at in an expanded object */
	uint8 version;
	uint8 spare[3]; /* zero */
	uint32 nsources;
	uint32 nrecords;
	uint32 ncompanies;
	uint32 nkeys;
	uint32 nhubs;
	uint32 nmoves;
	uint64 nconflicts;
	uint64 source_bytes;
	uint64 id_bytes;
	uint64 key_bytes;
} Resolution;

#define RESOLUTION_VERSION 2

extern const ValueType company_resolution_type;

#define NO_KEY PG_UINT32_MAX

/* In the order of source and id. */
typedef struct ResolvedRecord
{
	uint32 source;
	uint32 id_length;
	uint32 company; /* its number in the array */
	uint32 key;     /* that joined it, or NO_KEY */
} ResolvedRecord;

/* In the order of their first records. */
typedef struct ResolvedCompany
{
	uint32 id;
	uint32 records;
} ResolvedCompany;

typedef struct ResolvedKey
{
	uint64 at; /* in the bytes of the keys: a key as an identity holds it */
} ResolvedKey;

/*
 * A key that stands for several companies: its records, and how many different
 * names, deciding ids of one register, and domains they hold.
 */
typedef struct HubKey
{
	uint32 key;
	uint32 records;
	uint32 sources;
	uint32 names;
	uint32 ids;
	uint32 domains;
} HubKey;

/* Records of a known company that are now with others, or apart. */
typedef struct CompanyMove
{
	uint32 known;
	uint32 company; /* its number in the array */
	uint32 records;
	uint32 kinds;
} CompanyMove;

#define MOVE_MERGE 1
#define MOVE_SPLIT 2

typedef enum ConflictReason
{
	CONFLICT_IDS = 0,
	CONFLICT_DOMAINS = 1
} ConflictReason;

/* A key that two records hold though their companies are different. */
typedef struct Conflict
{
	uint32 key;
	uint32 record;
	uint32 other;
	uint32 reason;
} Conflict;

/* The parts of a resolution. */
static inline ResolvedRecord *
resolution_records(const Resolution *resolution)
{
	return (ResolvedRecord *) (unconstify(Resolution *, resolution) + 1);
}

static inline ResolvedCompany *
resolution_companies(const Resolution *resolution)
{
	return (ResolvedCompany *) (resolution_records(resolution) +
								resolution->nrecords);
}

static inline ResolvedKey *
resolution_keys(const Resolution *resolution)
{
	return (ResolvedKey *) (resolution_companies(resolution) +
							resolution->ncompanies);
}

static inline Conflict *
resolution_conflict_array(const Resolution *resolution)
{
	return (Conflict *) (resolution_keys(resolution) + resolution->nkeys);
}

static inline CompanyMove *
resolution_moves(const Resolution *resolution)
{
	return (CompanyMove *) (resolution_conflict_array(resolution) +
							resolution->nconflicts);
}

static inline HubKey *
resolution_hubs(const Resolution *resolution)
{
	return (HubKey *) (resolution_moves(resolution) + resolution->nmoves);
}

static inline uint32 *
resolution_source_lengths(const Resolution *resolution)
{
	return (uint32 *) (resolution_hubs(resolution) + resolution->nhubs);
}

static inline char *
resolution_texts(const Resolution *resolution)
{
	return (char *) (resolution_source_lengths(resolution) +
					 resolution->nsources);
}

static inline const uint8 *
resolution_key_bytes(const Resolution *resolution)
{
	return (const uint8 *) resolution_texts(resolution) +
		   resolution->source_bytes + resolution->id_bytes;
}

static inline uint64
resolution_size(const Resolution *resolution)
{
	return sizeof(Resolution) +
		   (uint64) resolution->nrecords * sizeof(ResolvedRecord) +
		   (uint64) resolution->ncompanies * sizeof(ResolvedCompany) +
		   (uint64) resolution->nkeys * sizeof(ResolvedKey) +
		   resolution->nconflicts * sizeof(Conflict) +
		   (uint64) resolution->nmoves * sizeof(CompanyMove) +
		   (uint64) resolution->nhubs * sizeof(HubKey) +
		   (uint64) resolution->nsources * sizeof(uint32) +
		   resolution->source_bytes + resolution->id_bytes +
		   resolution->key_bytes;
}

/* company_resolution_agg.c */

/* company_resolution.c */
extern Datum resolution_datum(Resolution *resolution, MemoryContext context);

#endif /* ECOSYSTEM_COMPANY_RESOLUTION_H */
