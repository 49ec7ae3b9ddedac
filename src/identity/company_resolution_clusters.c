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

/* Lists the registers of every record's deciding ids. */
static void
collect_registers(Clusters *clusters)
{
	IdTable registers;
	uint64 n = 0;
	uint64 room = 0;

	begin_id_table(&registers, clusters->scratch);
	for (uint32 i = 0; i < clusters->nrecords; i++)
	{
		ResolutionRow *row = clusters->rows[i];
		uint8 *keys = row_keys(row);
		uint32 *link;

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < clusters->nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		for (uint32 at = 0; at < row->keys_length; at += key_size(keys + at))
		{
			uint32 number;

			if (keys[at] != KEY_DECIDING_ID)
			{
				if (keys[at] & DEAD_KEY)
					continue;
				break;
			}
			number = id_number(&registers, (char *) keys + at + KEY_HEADER,
							   keys[at + 1]);
			if (clusters->first_registers == NULL)
			{
				clusters->first_registers = allocate_array_in(
					clusters->scratch, clusters->nrecords, sizeof(uint32));
				memset(clusters->first_registers, 0xFF,
					   clusters->nrecords * sizeof(uint32));
			}
			for (link = &clusters->first_registers[i];
				 *link != NO_NODE && clusters->nodes[*link].of < number;
				 link = &clusters->nodes[*link].next)
				;
			if (*link != NO_NODE && clusters->nodes[*link].of == number)
				continue;
			if (n == room)
			{
				/* the link may lie in what is moved */
				RegisterNode *old = clusters->nodes;

				MAKE_ROOM(clusters->scratch, clusters->nodes, room, n + 1);
				if (link != &clusters->first_registers[i])
					link = (uint32 *) ((char *) clusters->nodes +
									   ((char *) link - (char *) old));
			}
			if (n >= NO_NODE)
				ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
								errmsg("too many records to resolve")));
			clusters->nodes[n].of = number;
			clusters->nodes[n].next = *link;
			*link = n++;
		}
	}
}

static void
join_records(Clusters *clusters)
{
	uint32 n = clusters->nrecords;
	uint64 ngroups = 0;

	clusters->parents = allocate_array_in(clusters->scratch, n,
										  sizeof(uint32));
	clusters->has_domain = allocate_array_in(clusters->scratch, n,
											 sizeof(uint8));
	clusters->joined_by = allocate_array_in(clusters->scratch, n,
											sizeof(uint32));
	for (uint32 i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		clusters->parents[i] = i;
		clusters->has_domain[i] = clusters->domains[i] > 0;
		clusters->joined_by[i] = NOT_JOINED;
	}
	pfree(clusters->domains);
	collect_registers(clusters);
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
	{
		clusters->first_group[kind] = ngroups;
		ngroups += clusters->ngroups[kind];
		if (ngroups >= NOT_JOINED)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("too many records to resolve")));
	}
	for (KeyKind kind = KEY_DECIDING_ID; kind <= KEY_NAME; kind++)
	{
		sort_groups(clusters, kind);
		for (uint64 i = 0; i < clusters->ngroups[kind]; i++)
		{
			if (i + PREFETCH_DISTANCE < clusters->ngroups[kind])
			{
				const uint32 *ahead =
					clusters->members +
					clusters->groups[kind][i + PREFETCH_DISTANCE].first;

				prefetch(ahead);
			}
			if (i + PREFETCH_DISTANCE / 2 < clusters->ngroups[kind])
			{
				const SharedKey *ahead =
					&clusters->groups[kind][i + PREFETCH_DISTANCE / 2];
				const uint32 *members = clusters->members + ahead->first;

				for (uint32 j = 0; j < Min(ahead->count, 4); j++)
				{
					prefetch(&clusters->parents[members[j]]);
					prefetch(&clusters->joined_by[members[j]]);
					prefetch(&clusters->has_domain[members[j]]);
				}
			}
			join_by_key(clusters, kind, i);
		}
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
	int order = (int) (x[0] & ~DEAD_KEY) - (int) (y[0] & ~DEAD_KEY);

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
	pfree(clusters->members);
	pfree(clusters->has_domain);
	if (clusters->first_registers != NULL)
		pfree(clusters->first_registers);
	if (clusters->nodes != NULL)
		pfree(clusters->nodes);
}

/*
 * The rows are given back as their records are written.  Keys are written
 * before, for they lie in rows.
 */
static Resolution *
make_resolution(Clusters *clusters, MemoryContext context)
{
	const ResolutionState *state = clusters->state;
	Resolution header;
	Resolution *resolution;
	ResolvedRecord *records;
	ResolvedKey *keys;
	HubKey *hubs;
	char *text;
	char *key_text;
	uint64 at = 0;
	RowBlock *block = clusters->sorted.first;

	memset(&header, 0, sizeof(header));
	header.version = RESOLUTION_VERSION;
	header.nsources = state->sources.n;
	header.nrecords = clusters->nrecords;
	header.ncompanies = clusters->ncompanies;
	header.nmoves = clusters->nmoves;
	header.nconflicts = clusters->nconflicts;
	for (uint32 i = 0; i < header.nsources; i++)
		header.source_bytes += state->sources.ids[i].length;
	for (uint32 i = 0; i < header.nrecords; i++)
	{
		uint32 joined = clusters->joined_by[i];

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		header.id_bytes += clusters->rows[i]->id_length;
		if (joined != NOT_JOINED)
			number_key(clusters, joining_key(clusters, joined));
	}
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
	records = resolution_records(resolution);
	if (header.ncompanies > 0)
		memcpy(resolution_companies(resolution), clusters->companies,
			   header.ncompanies * sizeof(ResolvedCompany));
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
	key_text = text + header.source_bytes + header.id_bytes;
	keys = resolution_keys(resolution);
	for (uint32 i = 0; i < header.nkeys; i++)
	{
		const uint8 *key = clusters->keys[i];
		Size size = key_size(key);

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nkeys)
			prefetch(clusters->keys[i + PREFETCH_DISTANCE]);
		keys[i].at = at;
		memcpy(key_text + at, key, size);
		key_text[at] &= ~DEAD_KEY;
		at += size;
	}
	for (uint32 i = 0; i < header.nsources; i++)
	{
		const TableId *source = &state->sources.ids[clusters->source_order[i]];

		resolution_source_lengths(resolution)[i] = source->length;
		memcpy(text, source->bytes, source->length);
		text += source->length;
	}
	for (uint32 i = 0; i < header.nrecords; i++)
	{
		const ResolutionRow *row = clusters->rows[i];
		uint32 joined = clusters->joined_by[i];

		CHECK_FOR_INTERRUPTS();
		if (i + PREFETCH_DISTANCE < header.nrecords)
			prefetch(clusters->rows[i + PREFETCH_DISTANCE]);
		records[i].source = row->source;
		records[i].id_length = row->id_length;
		records[i].company = clusters->company_of[i];
		records[i].key = joined == NOT_JOINED
							 ? NO_KEY
							 : joining_key(clusters, joined)->result;
		memcpy(text, row->bytes, row->id_length);
		text += row->id_length;
		if (i + 1 == block->end)
		{
			RowBlock *next = block->next;

			pfree(block);
			block = next;
		}
	}
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
	clusters.scratch = AllocSetContextCreate(CurrentMemoryContext,
											 "company resolution",
											 ALLOCSET_DEFAULT_SIZES);
	sort_records(&clusters);
	group_keys(&clusters);
	join_records(&clusters);
	number_companies(&clusters);
	keep_known_ids(&clusters);
	give_new_ids(&clusters);
	forget_clusters(&clusters);
	resolution = make_resolution(&clusters, context);
	MemoryContextDelete(clusters.scratch);
	return resolution;
}
