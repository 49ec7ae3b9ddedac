/*
 * mart_text.c
 *		What a text that makes a relation of a mart is.
 *
 * IDENTIFICATION
 *		src/mart/mart_text.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"

#include "base/compat.h"

PG_FUNCTION_INFO_V1(mart_is_query);

/*
 * mart_is_query(query text) -> boolean: whether a text is one SELECT, and not
 * several commands or half of two.  It is parsed and no more, since planning may
 * run functions in it.
 */
Datum
mart_is_query(PG_FUNCTION_ARGS)
{
	List *commands = pg_parse_query(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	SelectStmt *query;

	if (list_length(commands) != 1 ||
		!IsA(linitial_node(RawStmt, commands)->stmt, SelectStmt))
		PG_RETURN_BOOL(false);
	query = (SelectStmt *) linitial_node(RawStmt, commands)->stmt;
	PG_RETURN_BOOL(query->intoClause == NULL);
}
