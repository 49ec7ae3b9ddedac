/*
 * company_resolution_heads.c
 *		Joins the records of one key.
 *
 * Each record joins the first cluster of the key that its own does not
 * contradict, and starts the key's next cluster if there is none.  A key has
 * few clusters, and these are asked one after the other.  But a common name
 * may have those of a thousand websites, all of which contradict each other,
 * and to ask all of them for every record would take the square of their
 * number.
 *
 * So from a number of clusters on they are kept by what they contradict by:
 * their registers and, at the level of names, whether they hold a domain.
 * Clusters of one such class are contradicted alike, so the first of each
 * class that is not contradicted is all that is asked for, and classes are
 * few: there are few registers.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_heads.c
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"

#include "base/bytes.h"
#include "base/memory.h"
#include "identity/company_resolution_private.h"

/* Clusters of a key that are asked one after the other. */
#define FEW_HEADS 16

#define NO_HEAD PG_UINT32_MAX

/*
 * The clusters of a key are known by their place among them.  Those of a class
 * are in a pairing heap, so that the first of them is found.
 */
typedef struct HeapLinks
{
	uint32 child;
	uint32 sibling;
} HeapLinks;

struct HeadIndex
{
	MemoryContext context; /* of the classes, for one key */
	uint32 *place;         /* by record that is a root; of it, or NO_HEAD */
	IdTable classes;
	StringInfoData class;
	uint32 *first; /* by class; the first cluster, or NO_HEAD */
	uint64 first_room;
	HeapLinks *links;
	uint64 links_room;
};

/* ---- two clusters ---- */

/* Makes one sorted list of two. */
static uint32
merge_registers(RegisterNode *nodes, uint32 a, uint32 b)
{
	uint32 first = NO_NODE;
	uint32 *link = &first;

	while (a != NO_NODE && b != NO_NODE)
	{
		uint32 *lesser = nodes[a].of <= nodes[b].of ? &a : &b;

		if (nodes[a].of == nodes[b].of)
			b = nodes[b].next;
		*link = *lesser;
		*lesser = nodes[*lesser].next;
		link = &nodes[*link].next;
	}
	*link = a != NO_NODE ? a : b;
	return first;
}

/* Makes one cluster of two; its root is the record that comes first. */
static uint32
unite(Clusters *clusters, uint32 a, uint32 b)
{
	uint32 root = Min(a, b);
	uint32 other = Max(a, b);

	clusters->parents[other] = root;
	clusters->has_domain[root] |= clusters->has_domain[other];
	if (clusters->first_registers != NULL)
		clusters->first_registers[root] =
			merge_registers(clusters->nodes, clusters->first_registers[root],
							clusters->first_registers[other]);
	return root;
}

/* Gives a key its number in the result. */
void
number_key(Clusters *clusters, SharedKey *group)
{
	if (group->result != NO_KEY)
		return;
	MAKE_ROOM(clusters->scratch, clusters->keys, clusters->keys_room,
			  clusters->nkeys + 1);
	clusters->keys[clusters->nkeys] = group->key;
	clusters->key_bytes += key_size(group->key);
	group->result = clusters->nkeys++;
}

static void
note_conflict(Clusters *clusters, SharedKey *group, uint32 record,
			  uint32 other, ConflictReason reason)
{
	Conflict *conflict;

	number_key(clusters, group);
	MAKE_ROOM(clusters->scratch, clusters->conflicts, clusters->conflicts_room,
			  clusters->nconflicts + 1);
	conflict = &clusters->conflicts[clusters->nconflicts++];
	conflict->key = group->result;
	conflict->record = record;
	conflict->other = other;
	conflict->reason = reason;
}

/* ---- heaps ---- */

static uint32
merge_heaps(HeapLinks *links, uint32 a, uint32 b)
{
	uint32 first = Min(a, b);
	uint32 other = Max(a, b);

	if (other == NO_HEAD)
		return first;
	links[other].sibling = links[first].child;
	links[first].child = other;
	return first;
}

/* The heap without its first. */
static uint32
remove_first(HeapLinks *links, uint32 heap)
{
	uint32 next = links[heap].child;
	uint32 pairs = NO_HEAD;
	uint32 rest = NO_HEAD;

	while (next != NO_HEAD)
	{
		uint32 a = next;
		uint32 b = links[a].sibling;
		uint32 merged;

		CHECK_FOR_INTERRUPTS();
		next = b == NO_HEAD ? NO_HEAD : links[b].sibling;
		merged = merge_heaps(links, a, b);
		links[merged].sibling = pairs;
		pairs = merged;
	}
	while (pairs != NO_HEAD)
	{
		uint32 heap_of_pair = pairs;

		CHECK_FOR_INTERRUPTS();
		pairs = links[pairs].sibling;
		rest = merge_heaps(links, rest, heap_of_pair);
	}
	return rest;
}

/* ---- classes ---- */

/* What a cluster contradicts by: a flag and its registers, in order. */
static void
read_class(const Clusters *clusters, KeyKind kind, uint32 root,
		   StringInfo class)
{
	uint32 flag = kind == KEY_NAME && clusters->has_domain[root];

	resetStringInfo(class);
	appendBinaryStringInfo(class, (char *) &flag, sizeof(flag));
	if (clusters->first_registers == NULL)
		return;
	for (uint32 node = clusters->first_registers[root]; node != NO_NODE;
		 node = clusters->nodes[node].next)
		appendBinaryStringInfo(class, (char *) &clusters->nodes[node].of,
							   sizeof(uint32));
}

static bool
contradict(const uint32 *a, Size a_bytes, const uint32 *b, Size b_bytes)
{
	const uint32 *a_end = a + a_bytes / sizeof(uint32);
	const uint32 *b_end = b + b_bytes / sizeof(uint32);

	if (a[0] != 0 && b[0] != 0)
		return true;
	return ascending_meet(a + 1, a_end, b + 1, b_end);
}

/* Puts a cluster of the key, by its place and root, into its class. */
static void
index_head(Clusters *clusters, KeyKind kind, uint32 head, uint32 root)
{
	struct HeadIndex *index = clusters->head_index;
	uint32 class;

	read_class(clusters, kind, root, &index->class);
	class = id_number(&index->classes, index->class.data, index->class.len);
	if (class + 1 == index->classes.n)
	{
		uint64 room = index->first_room;

		MAKE_ROOM(clusters->scratch, index->first, index->first_room,
				  class + 1);
		for (uint64 i = room; i < index->first_room; i++)
			index->first[i] = NO_HEAD;
	}
	MAKE_ROOM(clusters->scratch, index->links, index->links_room, head + 1);
	index->links[head] = (HeapLinks){NO_HEAD, NO_HEAD};
	index->first[class] = merge_heaps(index->links, index->first[class], head);
	index->place[root] = head;
}

static void
begin_index(Clusters *clusters, KeyKind kind, uint32 nheads)
{
	struct HeadIndex *index = clusters->head_index;

	if (index == NULL)
	{
		index = clusters->head_index =
			MemoryContextAllocZero(clusters->scratch, sizeof(*index));
		index->place = allocate_array_in(clusters->scratch, clusters->nrecords,
										 sizeof(uint32));
		memset(index->place, 0xFF, clusters->nrecords * sizeof(uint32));
		index->context = AllocSetContextCreate(clusters->scratch,
											   "company resolution classes",
											   ALLOCSET_SMALL_SIZES);
	}
	else
		MemoryContextReset(index->context);
	begin_id_table(&index->classes, index->context);
	{
		MemoryContext caller = MemoryContextSwitchTo(index->context);

		initStringInfo(&index->class);
		MemoryContextSwitchTo(caller);
	}
	for (uint64 i = 0; i < index->first_room; i++)
		index->first[i] = NO_HEAD;
	for (uint32 head = 0; head < nheads; head++)
		index_head(clusters, kind, head, clusters->heads[head]);
}

static void
end_index(Clusters *clusters, uint32 nheads)
{
	struct HeadIndex *index = clusters->head_index;

	/* what else was a root is none any more */
	for (uint32 head = 0; head < nheads; head++)
	{
		CHECK_FOR_INTERRUPTS();
		index->place[clusters->heads[head]] = NO_HEAD;
	}
}

/* ---- the clusters of a key ---- */

/* Unites a cluster of the key with another, and keeps its place. */
static void
join_head(Clusters *clusters, uint32 head, uint32 root)
{
	clusters->heads[head] = unite(clusters, clusters->heads[head], root);
}

/*
 * Finds the cluster of the key that a cluster is, or the first it does not
 * contradict, which it is joined with.  Gives its place, or NO_HEAD.
 */
static uint32
find_by_index(Clusters *clusters, KeyKind kind, uint32 root)
{
	struct HeadIndex *index = clusters->head_index;
	uint32 best = NO_HEAD;
	uint32 best_class = 0;

	if (index->place[root] != NO_HEAD)
		return index->place[root];
	read_class(clusters, kind, root, &index->class);
	for (uint32 class = 0; class < index->classes.n; class ++)
	{
		const TableId *text = &index->classes.ids[class];

		CHECK_FOR_INTERRUPTS();
		if (index->first[class] < best &&
			!contradict((const uint32 *) index->class.data, index->class.len,
						(const uint32 *) text->bytes, text->length))
		{
			best = index->first[class];
			best_class = class;
		}
	}
	if (best == NO_HEAD)
		return NO_HEAD;
	index->first[best_class] = remove_first(index->links, best);
	join_head(clusters, best, root);
	index_head(clusters, kind, best, clusters->heads[best]);
	return best;
}

/* The same among few clusters. */
static uint32
find_among_few(Clusters *clusters, KeyKind kind, uint32 root, uint32 nheads)
{
	uint32 compatible = NO_HEAD;

	/* its own cluster, wherever it stands, before any other */
	for (uint32 head = 0; head < nheads; head++)
	{
		if (clusters->heads[head] == root)
			return head;
		if (compatible == NO_HEAD &&
			(kind == KEY_DECIDING_ID ||
			 (!share_register(clusters, clusters->heads[head], root) &&
			  !(kind == KEY_NAME &&
				clusters->has_domain[clusters->heads[head]] &&
				clusters->has_domain[root]))))
			compatible = head;
	}
	if (compatible != NO_HEAD)
		join_head(clusters, compatible, root);
	return compatible;
}

void
join_by_key(Clusters *clusters, KeyKind kind, SharedKey *group)
{
	const uint32 *members = key_members(group);
	uint32 nheads = 0;
	bool indexed = false;
	bool joins = false;

	if (group->count > clusters->head_of_room)
	{
		if (clusters->head_of != NULL)
			pfree(clusters->head_of);
		clusters->head_of_room = Max(group->count, 1024);
		clusters->head_of = allocate_array_in(clusters->scratch,
											  clusters->head_of_room,
											  sizeof(uint32));
	}
	for (uint32 i = 0; i < group->count; i++)
	{
		uint32 root = root_of(clusters->parents, members[i]);
		uint32 head;

		CHECK_FOR_INTERRUPTS();
		if (nheads > FEW_HEADS && !indexed)
		{
			begin_index(clusters, kind, nheads);
			indexed = true;
		}
		head = indexed ? find_by_index(clusters, kind, root)
					   : find_among_few(clusters, kind, root, nheads);
		if (head == NO_HEAD)
		{
			if (nheads > 0)
				note_conflict(clusters, group, members[i], members[0],
							  share_register(clusters, clusters->heads[0],
											 root)
								  ? CONFLICT_IDS
								  : CONFLICT_DOMAINS);
			MAKE_ROOM(clusters->scratch, clusters->heads, clusters->heads_room,
					  nheads + 1);
			MAKE_ROOM(clusters->scratch, clusters->head_sizes,
					  clusters->head_sizes_room, nheads + 1);
			head = nheads++;
			clusters->heads[head] = root;
			clusters->head_sizes[head] = 0;
			if (indexed)
				index_head(clusters, kind, head, root);
		}
		clusters->head_sizes[head]++;
		clusters->head_of[i] = head;
	}
	if (indexed)
		end_index(clusters, nheads);
	MAKE_ROOM(clusters->scratch, clusters->joining, clusters->joining_room,
			  clusters->njoining + 1);
	for (uint32 i = 0; i < group->count; i++)
	{
		uint32 *joined = &clusters->joined_by[members[i]];

		CHECK_FOR_INTERRUPTS();
		if (clusters->head_sizes[clusters->head_of[i]] < 2 ||
			*joined != NOT_JOINED)
			continue;
		if (!joins)
			clusters->joining[clusters->njoining++] = group;
		joins = true;
		*joined = clusters->njoining - 1;
	}
}
