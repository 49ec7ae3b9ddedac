/*
 * private_match_key_table.h
 *		The table of matching keys, for what uses and changes its rows.
 *
 * IDENTIFICATION
 *		src/identity/private_match_key_table.h
 */
#ifndef ECOSYSTEM_PRIVATE_MATCH_KEY_TABLE_H
#define ECOSYSTEM_PRIVATE_MATCH_KEY_TABLE_H

#include "postgres.h"

#include "access/genam.h"
#include "fmgr.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "identity/private_match.h"

/* Its columns */
#define KEY_NAME_COLUMN    1
#define KEY_PARTNER_COLUMN 2
#define KEY_OWNER_COLUMN   3
#define KEY_USERS_COLUMN   4
#define KEY_SECRET_COLUMN  5
#define KEY_PRINT_COLUMN   6
#define KEY_THEIRS_COLUMN  7
#define KEY_CREATED_COLUMN 8
#define KEY_COLUMNS        8

extern Relation open_matching_keys(FunctionCallInfo fcinfo, LOCKMODE lock);
extern SysScanDesc begin_matching_key(Relation table, const text *name);
extern void refuse_doubled_key(Relation table, const text *name);
extern Datum matching_key_column(HeapTuple row, Relation table, int column,
								 bool *null);
extern void copy_key_bytes(uint8 *to, Datum value, int length);
extern Oid *read_key_users(Datum value, int *n);
pg_noreturn extern void refuse_missing_key(const text *name);
extern bool is_key_user(Oid role, Oid owner, const Oid *users, int nusers);

#endif /* ECOSYSTEM_PRIVATE_MATCH_KEY_TABLE_H */
