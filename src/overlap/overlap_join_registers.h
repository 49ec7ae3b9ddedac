/*
 * overlap_join_registers.h
 *		The registers of the ids that rows of an Overlap Join hold.
 *
 * IDENTIFICATION
 *		src/overlap/overlap_join_registers.h
 */
#ifndef ECOSYSTEM_OVERLAP_JOIN_REGISTERS_H
#define ECOSYSTEM_OVERLAP_JOIN_REGISTERS_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/id_table.h"
#include "overlap/overlap_join_table.h"

/* Sets of registers of which rows hold deciding ids, by their numbers. */
typedef struct RegisterSets
{
	MemoryContext context;
	IdTable registers;
	IdTable sets;       /* a set's text is its registers' numbers, in order */
	StringInfoData set; /* the outer row's, while its rows are met */
} RegisterSets;

/* Rows of a key that are looked at one by one. */
#define FEW_MEMBERS 16

/* The rows of a key, while an outer row meets them. */
typedef struct MemberRuns
{
	const RegisterSets *sets;
	const uint32 *of; /* sets, of the rows */
	uint32 count;
	uint32 end; /* of the rows that are alike */
} MemberRuns;

extern void order_by_registers(KeyTable *table, const RowBuffer *rows);
extern bool begin_member_runs(MemberRuns *runs, const KeyTable *table,
							  uint32 first, uint32 count, IdentityReader outer,
							  KeyKind kind);
extern uint32 next_member_run(MemberRuns *runs, uint32 at);

#endif /* ECOSYSTEM_OVERLAP_JOIN_REGISTERS_H */
