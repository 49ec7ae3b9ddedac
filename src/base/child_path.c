/*
 * child_path.c
 *		A path below a custom node, for the columns that the node reads.
 *
 * A node that evaluates what it needs by itself wants no scan below to do it,
 * nor to form rows of its own of columns that are in the table's.
 *
 * IDENTIFICATION
 *		src/base/child_path.c
 */
#include "postgres.h"

#include "nodes/pathnodes.h"
#include "optimizer/cost.h"
#include "optimizer/plancat.h"
#include "optimizer/tlist.h"

#include "base/child_path.h"

/* A scan that yields the whole row, as it is: it need not form another. */
static List *
columns_of_table(PlannerInfo *root, RelOptInfo *rel)
{
	List *columns = NIL;
	ListCell *cell;

	foreach (cell, build_physical_tlist(root, rel))
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		columns = lappend(columns, entry->expr);
	}
	return columns;
}

PathTarget *
path_target_of(List *exprs)
{
	PathTarget *target = create_empty_pathtarget();
	ListCell *cell;

	foreach (cell, exprs)
		add_column_to_pathtarget(target, lfirst(cell), 0);
	return target;
}

static Path *
copy_path(PlannerInfo *root, const Path *path, Size size, List *exprs)
{
	Path *copy = palloc(size);

	memcpy(copy, path, size);
	copy->pathtarget = set_pathtarget_cost_width(root, path_target_of(exprs));
	return copy;
}

/*
 * A path as the node's child, which yields at least the columns needed; NULL
 * where it does not.  Only columns are matched with what it yields, so that an
 * expression is never taken from another child.
 */
Path *
child_path(PlannerInfo *root, Path *path, List *needed, bool alone)
{
	RelOptInfo *rel = path->parent;
	List *columns;
	ListCell *cell;

	if (IsA(path, Path) && path->pathtype == T_SeqScan)
	{
		columns = columns_of_table(root, rel);
		return copy_path(root, path, sizeof(Path),
						 columns == NIL ? needed : columns);
	}
	if (IsA(path, IndexPath))
		return copy_path(root, path, sizeof(IndexPath), needed);
	if (IsA(path, BitmapHeapPath))
		return copy_path(root, path, sizeof(BitmapHeapPath), needed);
	if (IsA(path, SubqueryScanPath))
		return copy_path(root, path, sizeof(SubqueryScanPath), needed);
	foreach (cell, path->pathtarget->exprs)
		if (!IsA(lfirst(cell), Var) && !alone)
			return NULL;
	foreach (cell, needed)
		if (!list_member(path->pathtarget->exprs, lfirst(cell)))
			return NULL;
	return path;
}
