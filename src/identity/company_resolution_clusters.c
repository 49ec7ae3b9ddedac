/*
 * company_resolution_clusters.c
 *		Which records are one company, and what its id is.
 *
 * Keys are taken by level, within a level in the order of their bytes, and the
 * records of a key in the order of source and id.  Each joins the first
 * cluster of the key that it does not contradict.  Because every union that
 * the stronger keys allow has been made by then, contradictions are simple:
 *
 * - Clusters that hold a deciding id in common are one, always.  So two
 *	 clusters contradict each other by ids if both hold an id of one register.
 * - Clusters that hold a domain in common are one, or contradict each other by
 *	 ids.  So at the level of names, two clusters contradict each other by
 *	 domains if both hold any.
 *
 * Both only grow: what contradicts once does so to the end, and a conflict
 * that was noted stays true.
 *
 * IDENTIFICATION
 *		src/identity/company_resolution_clusters.c
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/cancellable_sort.h"
#include "base/memory.h"
#include "identity/company_resolution_private.h"

#define ST_SORT         sort_known
#define ST_ELEMENT_TYPE KnownRecord
#define ST_COMPARE(a, b)                                              \
	((a)->known != (b)->known    ? ((a)->known < (b)->known ? -1 : 1) \
	 : (a)->record < (b)->record ? -1                                 \
								 : (a)->record > (b)->record)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/* ---- clusters ---- */

/* The keys of one kind in the order of their bytes, as their texts. */
static SortedText *
sort_groups(Clusters *clusters, KeyKind kind)
{
	uint64 n = clusters->ngroups[kind];
	SortedText *texts = allocate_array_in(clusters->scratch, n,
										  sizeof(SortedText));
	SortedText *text = texts;

	for (Block *block = clusters->groups[kind].first; block != NULL;
		 block = block->next)
		for (Size at = 0; at < block->used;)
		{
			const SharedKey *group = (SharedKey *) (block->bytes + at);

			CHECK_FOR_INTERRUPTS();
			text->bytes = group->key + KEY_HEADER;
			text->length = group->key[2];
			text->item = 0;
			text++;
			at += shared_key_size(group->key[2], group->count);
		}
	sort_texts(texts, n, 0, 0);
	return texts;
}

static SharedKey *
group_of_text(const SortedText *text)
{
	return (SharedKey *) (text->bytes - KEY_HEADER - offsetof(SharedKey, key));
}

/* Asks for what will be read of a key, and of its first records. */
static void
prefetch_group(const Clusters *clusters, const SortedText *texts, uint64 left)
{
	SharedKey *ahead;
	const uint32 *members;

	if (left > 2 * PREFETCH_DISTANCE)
	{
		ahead = group_of_text(&texts[2 * PREFETCH_DISTANCE]);
		prefetch(ahead);
		prefetch((char *) ahead + 64);
	}
	if (left <= PREFETCH_DISTANCE)
		return;
	ahead = group_of_text(&texts[PREFETCH_DISTANCE]);
	members = key_members(ahead);
	for (uint32 i = 0; i < Min(ahead->count, 4); i++)
	{
		prefetch(&clusters->parents[members[i]]);
		prefetch(&clusters->joined_by[members[i]]);
		prefetch(&clusters->has_domain[members[i]]);
	}
}

static void
join_records(Clusters *clusters)
{
	uint32 n = clusters->nrecords;

	clusters->parents = allocate_array_in(clusters->scratch, n,
										  sizeof(uint32));
	clusters->joined_by = allocate_array_in(clusters->scratch, n,
											sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->parents[i] = i;
		clusters->joined_by[i] = NOT_JOINED;
	}
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
	{
		uint64 ngroups = clusters->ngroups[kind];
		SortedText *texts = sort_groups(clusters, kind);

		for (uint64 i = 0; i < ngroups; i++)
		{
			if (clusters->njoining >= NOT_JOINED)
				ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
								errmsg("too many records to resolve")));
			prefetch_group(clusters, texts + i, ngroups - i);
			join_by_key(clusters, kind, group_of_text(&texts[i]));
		}
		pfree(texts);
	}
}

/* ---- companies ---- */

/*
 * Numbers the clusters in the order of their first records.  A record's number
 * takes the place of its parent, which is done with: roots come before what
 * they are roots of.
 */
static void
number_companies(Clusters *clusters)
{
	uint32 n = clusters->nrecords;

	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->parents[i] = root_of(clusters->parents, i);
	}
	clusters->company_of = clusters->parents;
	clusters->parents = NULL;
	for (uint32 i = 0; i < n; i++)
	{
		uint32 root = clusters->company_of[i];

		CHECK_FOR_INTERRUPTS();
		clusters->company_of[i] = root == i ? clusters->ncompanies++
											: clusters->company_of[root];
	}
	clusters->companies = allocate_array_in(clusters->scratch,
											clusters->ncompanies,
											sizeof(ResolvedCompany));
	memset(clusters->companies, 0,
		   clusters->ncompanies * sizeof(ResolvedCompany));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->companies[clusters->company_of[i]].records++;
	}
}

/*
 * Gives a known id to the first of the companies that hold its records and
 * have none yet, the ids in ascending order: so a company gets the smallest it
 * can, and of a company that fell apart the part with the first record keeps
 * the id.
 */
static void
keep_known_ids(Clusters *clusters)
{
	uint32 *part_of; /* by company, a move of the id at hand */
	uint32 *knowns;  /* by company, how many ids it has of */

	if (clusters->nknown == 0)
		return;
	sort_known(clusters->known, clusters->nknown);
	part_of = allocate_array_in(clusters->scratch, clusters->ncompanies,
								sizeof(uint32));
	memset(part_of, 0, clusters->ncompanies * sizeof(uint32));
	knowns = allocate_array_in(clusters->scratch, clusters->ncompanies,
							   sizeof(uint32));
	memset(knowns, 0, clusters->ncompanies * sizeof(uint32));
	for (uint64 start = 0, end; start < clusters->nknown; start = end)
	{
		uint32 known = clusters->known[start].known;
		uint64 first_move = clusters->nmoves;
		bool kept = false;

		for (end = start;
			 end < clusters->nknown && clusters->known[end].known == known;
			 end++)
		{
			uint32 record = clusters->known[end].record;
			uint32 company = clusters->company_of[record];
			uint64 move = first_move + part_of[company];

			CHECK_FOR_INTERRUPTS();
			/* two rows of one record */
			if (end > start && clusters->known[end - 1].record == record)
				continue;
			if (move >= clusters->nmoves ||
				clusters->moves[move].company != company)
			{
				move = clusters->nmoves++;
				MAKE_ROOM(clusters->scratch, clusters->moves,
						  clusters->moves_room, move + 1);
				clusters->moves[move].known = known;
				clusters->moves[move].company = company;
				clusters->moves[move].records = 0;
				clusters->moves[move].kinds = 0;
				part_of[company] = move - first_move;
				knowns[company]++;
				if (!kept && clusters->companies[company].id == 0)
				{
					clusters->companies[company].id = known;
					kept = true;
				}
			}
			clusters->moves[move].records++;
		}
		if (clusters->nmoves - first_move > 1)
			for (uint64 i = first_move; i < clusters->nmoves; i++)
				clusters->moves[i].kinds = MOVE_SPLIT;
	}

	/* what stayed is no move */
	{
		uint64 n = 0;

		for (uint64 i = 0; i < clusters->nmoves; i++)
		{
			CompanyMove *move = &clusters->moves[i];

			CHECK_FOR_INTERRUPTS();
			if (knowns[move->company] > 1 &&
				clusters->companies[move->company].id != move->known)
				move->kinds |= MOVE_MERGE;
			if (move->kinds != 0)
				clusters->moves[n++] = *move;
		}
		clusters->nmoves = n;
	}
	pfree(part_of);
	pfree(knowns);
}

/* Companies without a known id get new ones, above all that are known. */
static void
give_new_ids(Clusters *clusters)
{
	uint32 highest = clusters->state->highest_known;

	for (uint32 i = 0; i < clusters->ncompanies; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (clusters->companies[i].id != 0)
			continue;
		if (highest == PG_UINT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("no company id is left"),
					 errdetail("Ids are 1 to %u, and new ones are above the "
							   "highest known one, which is %u.",
							   PG_UINT32_MAX, clusters->state->highest_known),
					 errhint("Resolve once without known companies to number "
							 "all of them anew.")));
		clusters->companies[i].id = ++highest;
	}
}

/* ---- the result ---- */

static int
compare_hubs(const void *a, const void *b)
{
	const uint8 *x = ((const FoundHub *) a)->key;
	const uint8 *y = ((const FoundHub *) b)->key;
	int order = (int) x[0] - (int) y[0];

	if (order == 0)
		order = memcmp(x + KEY_HEADER, y + KEY_HEADER, Min(x[2], y[2]));
	return order != 0 ? order : (int) x[2] - (int) y[2];
}

/* The hubs in order, which they were not found in, and their keys' numbers. */
static HubKey *
number_hubs(Clusters *clusters)
{
	HubKey *hubs = allocate_array_in(clusters->scratch, clusters->nhubs,
									 sizeof(HubKey));

	sort_cancellably(clusters->hubs, clusters->nhubs, sizeof(FoundHub),
					 compare_hubs);
	for (uint64 i = 0; i < clusters->nhubs; i++)
	{
		const FoundHub *hub = &clusters->hubs[i];

		CHECK_FOR_INTERRUPTS();
		MAKE_ROOM(clusters->scratch, clusters->keys, clusters->keys_room,
				  clusters->nkeys + 1);
		hubs[i] = hub->counts;
		hubs[i].key = clusters->nkeys;
		clusters->keys[clusters->nkeys++] = hub->key;
		clusters->key_bytes += key_size(hub->key);
	}
	return hubs;
}

/* What is not needed any more when companies have their ids. */
static void
forget_clusters(Clusters *clusters)
{
	pfree(clusters->has_domain);
	if (clusters->first_registers != NULL)
		pfree(clusters->first_registers);
	if (clusters->nodes != NULL)
		pfree(clusters->nodes);
	pfree(clusters->known);
}

/* The keys' numbers in the result take the place of what joined records. */
static void
number_joining_keys(Clusters *clusters)
{
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		uint32 *joined = &clusters->joined_by[i];

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < clusters->nrecords &&
			joined[PREFETCH_DISTANCE] != NOT_JOINED)
			prefetch(clusters->joining[joined[PREFETCH_DISTANCE]]);
		if (*joined == NOT_JOINED)
			*joined = NO_KEY;
		else
		{
			SharedKey *group = clusters->joining[*joined];

			number_key(clusters, group);
			*joined = group->result;
		}
	}
	if (clusters->joining != NULL)
		pfree(clusters->joining);
}

static void
put_keys(Clusters *clusters, Resolution *resolution)
{
	ResolvedKey *keys = resolution_keys(resolution);
	char *text = resolution_texts(resolution) + resolution->source_bytes +
				 resolution->id_bytes;
	uint64 at = 0;

	for (uint32 i = 0; i < resolution->nkeys; i++)
	{
		const uint8 *key = clusters->keys[i];
		Size size = key_size(key);

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < resolution->nkeys)
			prefetch(clusters->keys[i + PREFETCH_DISTANCE]);
		keys[i].at = at;
		memcpy(text + at, key, size);
		at += size;
	}
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
		leave_blocks(clusters->pool, &clusters->groups[kind]);
	forget_left_blocks(clusters->pool);
	if (clusters->keys != NULL)
		pfree(clusters->keys);
}

/* Their ids are left as they are written, many blocks at a time. */
#define BLOCKS_LEFT_AT_ONCE 64

static void
put_records(Clusters *clusters, Resolution *resolution)
{
	ResolvedRecord *records = resolution_records(resolution);
	char *text = resolution_texts(resolution) + resolution->source_bytes;
	Block *block = clusters->ids.first;
	const char *at = block == NULL ? NULL : block->bytes;
	FrontId id = {0};
	uint32 source = 0;
	uint32 source_end = 0; /* its last record + 1 */
	uint32 left = 0;

	for (uint32 i = 0; i < resolution->nrecords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (at == block->bytes + block->used)
		{
			Block *next = block->next;

			leave_block(clusters->pool, block);
			if (++left % BLOCKS_LEFT_AT_ONCE == 0)
				forget_left_blocks(clusters->pool);
			block = next;
			at = block->bytes;
		}
		while (i >= source_end)
			source_end += clusters->source_records[source++];
		read_front_id(&at, clusters->scratch, &id);
		records[i].source = source - 1;
		records[i].id_length = id.length;
		records[i].company = clusters->company_of[i];
		records[i].key = clusters->joined_by[i];
		memcpy(text, id.bytes, id.length);
		text += id.length;
	}
	if (block != NULL)
		leave_block(clusters->pool, block);
}

/*
 * What is large is written in the order in which what it is made of can be
 * given back.
 */
static Resolution *
make_resolution(Clusters *clusters, MemoryContext context)
{
	const ResolutionState *state = clusters->state;
	Resolution header;
	Resolution *resolution;
	HubKey *hubs;
	char *text;

	memset(&header, 0, sizeof(header));
	header.version = RESOLUTION_VERSION;
	header.nsources = state->sources.n;
	header.nrecords = clusters->nrecords;
	header.ncompanies = clusters->ncompanies;
	header.nmoves = clusters->nmoves;
	header.nconflicts = clusters->nconflicts;
	header.id_bytes = clusters->id_bytes;
	for (uint32 i = 0; i < header.nsources; i++)
		header.source_bytes += state->sources.ids[i].length;
	number_joining_keys(clusters);
	hubs = number_hubs(clusters);
	if (clusters->nkeys >= NO_KEY || clusters->nhubs > PG_UINT32_MAX ||
		clusters->nmoves > PG_UINT32_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many records to resolve")));
	header.nhubs = clusters->nhubs;
	header.nkeys = clusters->nkeys;
	header.key_bytes = clusters->key_bytes;

	resolution = allocate_array_in(context, resolution_size(&header), 1);
	*resolution = header;
	put_keys(clusters, resolution);
	if (header.ncompanies > 0)
		memcpy(resolution_companies(resolution), clusters->companies,
			   header.ncompanies * sizeof(ResolvedCompany));
	pfree(clusters->companies);
	if (header.nconflicts > 0)
		memcpy(resolution_conflict_array(resolution), clusters->conflicts,
			   header.nconflicts * sizeof(Conflict));
	if (header.nmoves > 0)
		memcpy(resolution_moves(resolution), clusters->moves,
			   header.nmoves * sizeof(CompanyMove));
	if (header.nhubs > 0)
		memcpy(resolution_hubs(resolution), hubs,
			   header.nhubs * sizeof(HubKey));
	text = resolution_texts(resolution);
	for (uint32 i = 0; i < header.nsources; i++)
	{
		const TableId *source = &state->sources.ids[clusters->source_order[i]];

		resolution_source_lengths(resolution)[i] = source->length;
		memcpy(text, source->bytes, source->length);
		text += source->length;
	}
	put_records(clusters, resolution);
	return resolution;
}

/* Resolves all records of a state, and uses its rows up. */
Resolution *
resolve_companies(ResolutionState *state, MemoryContext context)
{
	Clusters clusters;
	Resolution *resolution;

	memset(&clusters, 0, sizeof(clusters));
	clusters.state = state;
	clusters.pool = &state->pool;
	clusters.scratch = AllocSetContextCreate(CurrentMemoryContext,
											 "company resolution",
											 ALLOCSET_DEFAULT_SIZES);
	if (state->nrows >= PG_UINT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many records to resolve"),
				 errdetail("There are " UINT64_FORMAT ", the limit is %u.",
						   state->nrows, PG_UINT32_MAX - 1)));
	part_rows(&clusters);
	sort_records(&clusters);
	forget_left_blocks(clusters.pool);
	group_keys(&clusters);
	forget_left_blocks(clusters.pool);
	join_records(&clusters);
	number_companies(&clusters);
	keep_known_ids(&clusters);
	give_new_ids(&clusters);
	forget_clusters(&clusters);
	resolution = make_resolution(&clusters, context);
	end_block_pool(clusters.pool);
	MemoryContextDelete(clusters.scratch);
	return resolution;
}
