/*
 * company_identity.h
 *		The match keys of one record, and when two records are one company.
 *
 * IDENTIFICATION
 *		src/identity/company_identity.h
 */
#ifndef ECOSYSTEM_COMPANY_IDENTITY_H
#define ECOSYSTEM_COMPANY_IDENTITY_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"

#include "base/compat.h"
#include "base/value.h"

/*
 * Kinds of keys, the strongest first, in the order they are stored and
 * written.  Stored: never renumber.
 */
typedef enum KeyKind
{
	KEY_DECIDING_ID = 0, /* of a register where different is different */
	KEY_OTHER_ID = 1,    /* confirms only */
	KEY_DOMAIN = 2,
	KEY_NAME = 3,          /* with a country, and long enough to match by */
	KEY_SHORT_NAME = 4,    /* with a country */
	KEY_NAME_ANYWHERE = 5, /* the country is unknown */
	KEY_ALIAS = 6          /* another name, with or without a country */
} KeyKind;

#define KEY_KINDS     7
#define KEY_BIT(kind) (1 << (kind))

/* Kinds by which && may match. */
#define MATCHING_KINDS                                                        \
	(KEY_BIT(KEY_DECIDING_ID) | KEY_BIT(KEY_OTHER_ID) | KEY_BIT(KEY_DOMAIN) | \
	 KEY_BIT(KEY_NAME))

/* The levels of the ladder. */
typedef enum MatchLevel
{
	MATCH_NONE,
	MATCH_ID,
	MATCH_DOMAIN,
	MATCH_NAME
} MatchLevel;

extern const char *const match_level_names[];

/*
 * The value is a string of bytes without any alignment, so that it is read in
 * place, on the page, with a short header: version, the kinds held as bits,
 * then the keys in order.  A key is three bytes (kind, prefix, length) and its
 * text.  The prefix of an id is the part that its register's ids share ("lei:",
 * "vat:DE"), that of a name the part before "@US"; it is 0 for a domain.
 *
 * One set of keys has one string of bytes.
 */
#define COMPANY_IDENTITY_VERSION 1
#define IDENTITY_HEADER          2
#define KEY_HEADER               3
#define KEY_MAX_LENGTH           255
#define IDENTITY_MAX_KEYS        1000

/* A reader of the keys that are left. */
typedef struct IdentityReader
{
	const uint8 *at;
	const uint8 *end;
	uint8 kinds; /* of the whole identity */
} IdentityReader;

typedef struct IdentityKey
{
	KeyKind kind;
	int prefix;
	int length;
	const char *bytes;
} IdentityKey;

extern const ValueType company_identity_type;

#define DatumGetCompanyIdentity(datum) \
	((struct varlena *) packed_value_of_datum(datum, &company_identity_type))
#define PG_GETARG_COMPANY_IDENTITY(n) \
	DatumGetCompanyIdentity(PG_GETARG_DATUM(n))

/* Starts to read a value whose header may be short. */
static inline IdentityReader
read_identity(const struct varlena *identity)
{
	IdentityReader reader;

	reader.at = (const uint8 *) VARDATA_ANY(identity);
	reader.end = reader.at + VARSIZE_ANY_EXHDR(identity);
	reader.kinds = reader.at[1];
	reader.at += IDENTITY_HEADER;
	return reader;
}

static inline bool
next_key(IdentityReader *reader, IdentityKey *key)
{
	if (reader->at >= reader->end)
		return false;
	key->kind = (KeyKind) reader->at[0];
	key->prefix = reader->at[1];
	key->length = reader->at[2];
	key->bytes = (const char *) reader->at + KEY_HEADER;
	reader->at += KEY_HEADER + key->length;
	return true;
}

/* Reads the keys that && can match by, which come first. */
static inline bool
next_matching_key(IdentityReader *reader, IdentityKey *key)
{
	return next_key(reader, key) && (KEY_BIT(key->kind) & MATCHING_KINDS);
}

static inline int
count_matching_keys(IdentityReader reader)
{
	IdentityKey key;
	int n = 0;

	while (next_matching_key(&reader, &key))
		n++;
	return n;
}

/* The level a key of MATCHING_KINDS matches on. */
static inline MatchLevel
key_level(KeyKind kind)
{
	return kind <= KEY_OTHER_ID ? MATCH_ID
		   : kind == KEY_DOMAIN ? MATCH_DOMAIN
								: MATCH_NAME;
}

/* What implements &&, to know the operator by. */
extern PGDLLEXPORT Datum company_identity_matches(PG_FUNCTION_ARGS);

extern struct varlena *make_identity(const text *website, const text *email,
									 const text *name, const text *country,
									 ArrayType *ids);
extern MatchLevel match_identities(IdentityReader a, IdentityReader b);
extern bool is_first_common_key(IdentityReader a, const uint8 *key,
								IdentityReader b);
extern void append_key(StringInfo out, const IdentityKey *key);

#endif /* ECOSYSTEM_COMPANY_IDENTITY_H */
