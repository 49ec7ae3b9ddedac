/*
 * mart_is_single.c
 *		Tells one query from several, and from what is none.
 *
 * The mart puts texts of people into commands of its own, in parentheses that a
 * text might close.  A text is parsed here and neither planned nor run, which of
 * the text of all numbers takes a hundredth of the time.
 *
 * IDENTIFICATION
 *		src/mart/mart_is_single.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(mart_is_single);

/*
 * mart_is_single(query text) -> boolean: whether that is one SELECT and nothing
 * else; an error where it cannot be parsed.
 */
Datum
mart_is_single(PG_FUNCTION_ARGS)
{
	List *statements = raw_parser(text_to_cstring(PG_GETARG_TEXT_PP(0)),
								  RAW_PARSE_DEFAULT);
	SelectStmt *query;

	if (list_length(statements) != 1)
		PG_RETURN_BOOL(false);
	query = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	PG_RETURN_BOOL(IsA(query, SelectStmt) && query->intoClause == NULL);
}
