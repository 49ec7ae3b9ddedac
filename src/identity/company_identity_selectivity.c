/*
 * company_identity_selectivity.c
 *		What ANALYZE keeps of identities, and what the planner makes of it.
 *
 * Identities are sets of keys, so the usual statistics, most common values
 * and a histogram, say little about &&.  ANALYZE also keeps, in a slot of its
 * own: the most common keys with their frequencies, the registers of deciding
 * ids ("lei:", "vat:DE") with theirs, and of every level how many rows hold
 * it, how many different keys it has and how many a row has on average.
 *
 * The slot's kind is a private one.  The public kind for elements would be
 * shown by pg_stats, but core takes the elements of a column that is no array
 * for lexemes, and refuses to restore them with the statistics of a dump.
 *
 * Estimates follow the ladder.  Of each level: how probable is a shared key?
 * A shared domain counts where ids do not decide, a shared name where neither
 * ids nor domains do.  Levels are taken as independent.
 *
 * IDENTIFICATION
 *		src/identity/company_identity_selectivity.c
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "base/cancellable_sort.h"
#include "base/memory.h"
#include "identity/company_identity.h"

PG_FUNCTION_INFO_V1(company_identity_typanalyze);
PG_FUNCTION_INFO_V1(company_identity_sel);
PG_FUNCTION_INFO_V1(company_identity_joinsel);
PG_FUNCTION_INFO_V1(company_identity_support);

/* Core leaves kinds from 10000 on to extensions. */
#define STATISTIC_KIND_IDENTITY 12012

/*
 * What a value of the slot is about: a register, or a key of a level.  The
 * values are bytea, this byte and the text, in the order of their bytes.
 */
#define CLASS_REGISTER 0
#define CLASSES        (1 + MATCH_NAME)

/* The slot's numbers: the frequency of each value, then these of each level. */
#define NUMBER_HOLD 0 /* fraction of rows that hold the level */
#define NUMBER_DISTINCT \
	1 /* different keys; if negative, per row of the table */
#define NUMBER_KEYS       2 /* keys per row, of all rows */
#define NUMBERS_OF_LEVEL  3
#define NUMBERS_OF_LEVELS (NUMBERS_OF_LEVEL * (CLASSES - 1))

/* A sample may be larger than we want to sort. */
#define MAX_SAMPLED_KEYS  4000000
#define MAX_SAMPLED_BYTES ((Size) 128 * 1024 * 1024)
#define MAX_REGISTERS     100

/* ---- ANALYZE ---- */

/* What the standard analysis needs to be called as if it were alone. */
typedef struct AnalyzeExtra
{
	AnalyzeAttrComputeStatsFunc standard;
	void *standard_data;
} AnalyzeExtra;

typedef struct SampledKey
{
	uint8 class;
	uint8 length;
	const char *bytes;
} SampledKey;

typedef struct CountedKey
{
	SampledKey key;
	int count;
} CountedKey;

static int
compare_texts(uint8 a_class, const char *a, int a_length, uint8 b_class,
			  const char *b, int b_length)
{
	int order = (int) a_class - (int) b_class;

	if (order == 0)
		order = memcmp(a, b, Min(a_length, b_length));
	return order != 0 ? order : a_length - b_length;
}

static int
compare_sampled(const void *first, const void *second)
{
	const SampledKey *a = first;
	const SampledKey *b = second;

	return compare_texts(a->class, a->bytes, a->length, b->class, b->bytes,
						 b->length);
}

static int
compare_counted(const void *a, const void *b)
{
	return compare_sampled(&((const CountedKey *) a)->key,
						   &((const CountedKey *) b)->key);
}

/* The most frequent first, and a definite order among equals. */
static int
compare_counts(const void *first, const void *second)
{
	const CountedKey *a = first;
	const CountedKey *b = second;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return compare_counted(a, b);
}

/*
 * How many of a level's keys, the most frequent first, are common for certain
 * and not by the luck of the sample: those that were drawn more often than
 * their share of what the list does not hold explains, by two standard
 * deviations of drawing without replacement.
 */
static int
count_common(const CountedKey *keys, int n, double sampled, double total,
			 double distinct)
{
	double drawn = 0;

	if (sampled >= total)
		return n;
	for (int i = 0; i < n; i++)
		drawn += keys[i].count;
	for (; n > 0; n--)
	{
		/* what a key would have if it were one of those not listed */
		double others = Max(distinct - n + 1, 1);
		double expected;
		double deviation;

		drawn -= keys[n - 1].count;
		expected = Max(sampled - drawn, 0) / others;
		deviation = sqrt(expected * Max(1 - expected / sampled, 0) *
						 (total - sampled) / Max(total - 1, 1));
		if (keys[n - 1].count > expected + 2 * deviation + 0.5)
			break;
	}
	return n;
}

/*
 * Different keys in the whole table, by the estimator of Haas and Stokes that
 * core uses for values.
 */
static double
estimate_distinct(double sampled, double distinct, double once, double total)
{
	double estimate;

	if (sampled <= 0)
		return 0;
	if (sampled >= total || once == 0)
		return distinct;
	estimate = sampled * distinct / (sampled - once + once * sampled / total);
	return Min(Max(estimate, distinct), total);
}

static Datum
key_datum(const SampledKey *key)
{
	bytea *value = palloc(VARHDRSZ + 1 + key->length);

	SET_VARSIZE(value, VARHDRSZ + 1 + key->length);
	VARDATA(value)[0] = (char) key->class;
	memcpy(VARDATA(value) + 1, key->bytes, key->length);
	return PointerGetDatum(value);
}

/* The keys of the sample; *nrows are the rows that were looked at. */
static SampledKey *
sample_keys(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch, int samplerows,
			int *nkeys, int *nrows, int *hold)
{
	Size room = 1024;
	SampledKey *keys = palloc(room * sizeof(SampledKey));
	Size bytes = 0;
	int n = 0;

	*nrows = 0;
	for (int row = 0; row < samplerows; row++)
	{
		bool null;
		Datum value;
		struct varlena *identity;
		IdentityReader reader;
		IdentityKey key;
		const char *register_bytes = "";
		int register_length = 0;

#if PG_VERSION_NUM >= 180000
		vacuum_delay_point(true);
#else
		vacuum_delay_point();
#endif
		value = fetch(stats, row, &null);
		if (null)
			continue;
		if (n > MAX_SAMPLED_KEYS || bytes > MAX_SAMPLED_BYTES)
			break;
		(*nrows)++;
		/* kept: the keys point into it */
		identity = DatumGetCompanyIdentity(value);
		bytes += VARSIZE_ANY(identity);
		reader = read_identity(identity);
		for (int level = MATCH_ID; level <= MATCH_NAME; level++)
		{
			uint8 kinds = level == MATCH_ID ? KEY_BIT(KEY_DECIDING_ID) |
												  KEY_BIT(KEY_OTHER_ID)
						  : level == MATCH_DOMAIN ? KEY_BIT(KEY_DOMAIN)
												  : KEY_BIT(KEY_NAME);

			hold[level] += (reader.kinds & kinds) != 0;
		}
		while (next_matching_key(&reader, &key))
		{
			MAKE_ROOM(CurrentMemoryContext, keys, room, n + 2);
			keys[n++] = (SampledKey){key_level(key.kind), key.length,
									 key.bytes};
			/* once a row, however many ids of a register it holds */
			if (key.kind == KEY_DECIDING_ID &&
				(register_length != key.prefix ||
				 memcmp(register_bytes, key.bytes, key.prefix) != 0))
			{
				register_bytes = key.bytes;
				register_length = key.prefix;
				keys[n++] = (SampledKey){CLASS_REGISTER, key.prefix,
										 key.bytes};
			}
		}
	}
	*nkeys = n;
	return keys;
}

static void
compute_identity_stats(VacAttrStats *stats, AnalyzeAttrFetchFunc fetch,
					   int samplerows, double totalrows)
{
	AnalyzeExtra *extra = stats->extra_data;
	int target;
	int hold[CLASSES] = {0};
	int nkeys;
	int nrows;
	int slot;
	SampledKey *keys;
	CountedKey *counted;
	CountedKey *common;
	int ncommon = 0;
	int ncounted = 0;
	double scale;
	float4 numbers[NUMBERS_OF_LEVELS];
	MemoryContext work;

	/* First the usual ones, for =, < and sorting. */
	stats->extra_data = extra->standard_data;
	extra->standard(stats, fetch, samplerows, totalrows);
	stats->extra_data = extra;
	if (!stats->stats_valid)
		return;
	for (slot = 0; slot < STATISTIC_NUM_SLOTS; slot++)
		if (stats->stakind[slot] == 0)
			break;
	if (slot == STATISTIC_NUM_SLOTS)
		return;

#if PG_VERSION_NUM >= 170000
	target = stats->attstattarget;
#else
	target = stats->attr->attstattarget;
#endif
	if (target < 0)
		target = default_statistics_target;

	work = AllocSetContextCreate(CurrentMemoryContext, "identity statistics",
								 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	keys = sample_keys(stats, fetch, samplerows, &nkeys, &nrows, hold);
	if (nrows == 0)
	{
		MemoryContextSwitchTo(MemoryContextGetParent(work));
		MemoryContextDelete(work);
		return;
	}
	sort_cancellably(keys, nkeys, sizeof(SampledKey), compare_sampled);
	scale = totalrows * (1 - stats->stanullfrac) / nrows;

	common = palloc(sizeof(CountedKey) *
					(MAX_REGISTERS + (Size) target * (CLASSES - 1)));
	counted = palloc_extended(sizeof(CountedKey) * Max(nkeys, 1),
							  MCXT_ALLOC_HUGE);
	for (int at = 0, class = 0; class < CLASSES; class ++)
	{
		int sampled = 0;
		int distinct = 0;
		int once = 0;
		double estimate;
		int n;

		ncounted = 0;
		while (at < nkeys && keys[at].class == class)
		{
			int first = at++;

			CHECK_FOR_INTERRUPTS();
			while (at < nkeys && compare_sampled(&keys[first], &keys[at]) == 0)
				at++;
			sampled += at - first;
			distinct++;
			if (at - first == 1)
				once++;
			if (at - first > 1 || class == CLASS_REGISTER || scale <= 1)
				counted[ncounted++] = (CountedKey){keys[first], at - first};
		}
		sort_cancellably(counted, ncounted, sizeof(CountedKey),
						 compare_counts);
		estimate = estimate_distinct(sampled, distinct, once,
									 sampled * Max(scale, 1));
		if (class == CLASS_REGISTER)
			n = Min(ncounted, MAX_REGISTERS);
		else
		{
			float4 *of_level = numbers + (class - 1) * NUMBERS_OF_LEVEL;

			n = count_common(counted, Min(ncounted, target), sampled,
							 sampled * Max(scale, 1), estimate);
			of_level[NUMBER_HOLD] = (double) hold[class] / nrows;
			of_level[NUMBER_KEYS] = (double) sampled / nrows;
			/* as core does: a tenth of the rows, and it grows with them */
			of_level[NUMBER_DISTINCT] = estimate > 0.1 * totalrows
											? -(estimate / totalrows)
											: estimate;
		}
		memcpy(common + ncommon, counted, n * sizeof(CountedKey));
		ncommon += n;
	}
	/* core cannot read a slot without values: a register that nobody has */
	if (ncommon == 0)
		common[ncommon++] = (CountedKey){{CLASS_REGISTER, 0, ""}, 0};
	sort_cancellably(common, ncommon, sizeof(CountedKey), compare_counted);

	MemoryContextSwitchTo(stats->anl_context);
	stats->stakind[slot] = STATISTIC_KIND_IDENTITY;
	stats->staop[slot] = InvalidOid;
	stats->stacoll[slot] = InvalidOid;
	stats->statypid[slot] = BYTEAOID;
	stats->statyplen[slot] = -1;
	stats->statypbyval[slot] = false;
	stats->statypalign[slot] = TYPALIGN_INT;
	stats->numvalues[slot] = ncommon;
	stats->stavalues[slot] = palloc(Max(ncommon, 1) * sizeof(Datum));
	stats->numnumbers[slot] = ncommon + NUMBERS_OF_LEVELS;
	stats->stanumbers[slot] = palloc(stats->numnumbers[slot] * sizeof(float4));
	for (int i = 0; i < ncommon; i++)
	{
		stats->stavalues[slot][i] = key_datum(&common[i].key);
		stats->stanumbers[slot][i] = (double) common[i].count / nrows;
	}
	memcpy(stats->stanumbers[slot] + ncommon, numbers, sizeof(numbers));
	MemoryContextSwitchTo(MemoryContextGetParent(work));
	MemoryContextDelete(work);
}

/* company_identity_typanalyze(internal) -> boolean */
Datum
company_identity_typanalyze(PG_FUNCTION_ARGS)
{
	VacAttrStats *stats = (VacAttrStats *) PG_GETARG_POINTER(0);
	AnalyzeExtra *extra;

	if (!std_typanalyze(stats))
		PG_RETURN_BOOL(false);
	extra = palloc(sizeof(AnalyzeExtra));
	extra->standard = stats->compute_stats;
	extra->standard_data = stats->extra_data;
	stats->compute_stats = compute_identity_stats;
	stats->extra_data = extra;
	PG_RETURN_BOOL(true);
}

/* ---- reading statistics ---- */

typedef struct LevelStats
{
	double hold;     /* fraction of rows that hold it */
	double distinct; /* different keys */
	double keys;     /* keys per row */
	int first;       /* of the common keys, in values */
	int end;
	double common; /* keys per row that are common ones */
	double least;  /* the frequency of the least common of these */
} LevelStats;

/* All fractions are of rows that are not NULL. */
typedef struct IdentityStats
{
	AttStatsSlot slot;
	bool loaded; /* free the slot */
	int nvalues; /* that may be looked at */
	double nullfrac;
	double rows; /* of the table */
	LevelStats levels[CLASSES];
} IdentityStats;

static SampledKey
stats_value(const IdentityStats *stats, int i)
{
	/* array elements are not toasted, but may be short */
	bytea *value = DatumGetByteaPP(stats->slot.values[i]);

	return (SampledKey){(uint8) VARDATA_ANY(value)[0],
						VARSIZE_ANY_EXHDR(value) - 1, VARDATA_ANY(value) + 1};
}

/*
 * What is known of a column or an expression.  Of one that was never analyzed
 * we assume what makes people use the operator: every row has a domain, and
 * few have the same.
 */
static void
load_stats(VariableStatData *vardata, Oid function, IdentityStats *stats)
{
	memset(stats, 0, sizeof(IdentityStats));
	stats->rows = DEFAULT_NUM_DISTINCT;
	if (vardata->rel != NULL)
		stats->rows = Max(vardata->rel->tuples > 0 ? vardata->rel->tuples
												   : vardata->rel->rows,
						  1);
	if (HeapTupleIsValid(vardata->statsTuple))
	{
		stats->nullfrac =
			((Form_pg_statistic) GETSTRUCT(vardata->statsTuple))->stanullfrac;
		stats->loaded = get_attstatsslot(&stats->slot, vardata->statsTuple,
										 STATISTIC_KIND_IDENTITY, InvalidOid,
										 ATTSTATSSLOT_VALUES |
											 ATTSTATSSLOT_NUMBERS);
	}
	if (stats->loaded && stats->slot.valuetype == BYTEAOID &&
		stats->slot.nnumbers == stats->slot.nvalues + NUMBERS_OF_LEVELS)
	{
		const float4 *numbers = stats->slot.numbers + stats->slot.nvalues;

		for (int level = MATCH_ID; level < CLASSES; level++)
		{
			LevelStats *of_level = &stats->levels[level];

			of_level->hold = numbers[NUMBER_HOLD];
			of_level->keys = numbers[NUMBER_KEYS];
			of_level->distinct = numbers[NUMBER_DISTINCT];
			if (of_level->distinct < 0)
				of_level->distinct *= -stats->rows;
			if (of_level->keys > 0)
				of_level->distinct = Max(of_level->distinct, 1);
			numbers += NUMBERS_OF_LEVEL;
		}
		/* What is common may be a secret of rows the user may not read. */
		if (statistic_proc_security_check(vardata, function))
			stats->nvalues = stats->slot.nvalues;
		for (int i = 0; i < stats->nvalues; i++)
		{
			uint8 class = stats_value(stats, i).class;
			LevelStats *of_level = &stats->levels[class];

			if (class >= CLASSES)
			{
				stats->nvalues = i;
				break;
			}
			if (of_level->end == 0)
				of_level->first = i;
			of_level->end = i + 1;
			of_level->least = of_level->common == 0
								  ? stats->slot.numbers[i]
								  : Min(of_level->least,
										stats->slot.numbers[i]);
			of_level->common += stats->slot.numbers[i];
		}
		return;
	}
	stats->levels[MATCH_DOMAIN].hold = 1;
	stats->levels[MATCH_DOMAIN].keys = 1;
	stats->levels[MATCH_DOMAIN].distinct = stats->rows;
}

static void
free_stats(IdentityStats *stats)
{
	if (stats->loaded)
		free_attstatsslot(&stats->slot);
}

/* The frequency of a common key, or -1. */
static double
common_frequency(const IdentityStats *stats, uint8 class, const char *bytes,
				 int length)
{
	int low = stats->levels[class].first;
	int high = stats->levels[class].end;

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		SampledKey value = stats_value(stats, middle);
		int order = compare_texts(value.class, value.bytes, value.length,
								  class, bytes, length);

		if (order == 0)
			return stats->slot.numbers[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* The frequency of a key that is not a common one. */
static double
other_frequency(const LevelStats *level)
{
	int ncommon = level->end - level->first;
	double frequency;

	if (level->keys <= level->common || level->distinct <= 0)
		return 0;
	frequency = (level->keys - level->common) /
				Max(level->distinct - ncommon, 1);
	return ncommon > 0 ? Min(frequency, level->least) : Min(frequency, 1);
}

/* Probability that a match by a level, and not by a stronger one, is made. */
static double
climb_ladder(const double *levels, double decided, double both_have_domains)
{
	double selectivity = levels[MATCH_ID];

	selectivity += (1 - decided) * levels[MATCH_DOMAIN];
	selectivity += (1 - decided) * (1 - both_have_domains) *
				   levels[MATCH_NAME];
	CLAMP_PROBABILITY(selectivity);
	return selectivity;
}

/* ---- identity && constant ---- */

static double
select_constant(const IdentityStats *stats, Datum constant)
{
	struct varlena *identity = DatumGetCompanyIdentity(constant);
	IdentityReader reader = read_identity(identity);
	double misses[CLASSES];
	double levels[CLASSES] = {0};
	bool has_domain = (reader.kinds & KEY_BIT(KEY_DOMAIN)) != 0;
	IdentityKey key;
	IdentityKey last = {.bytes = ""};

	for (int class = 0; class < CLASSES; class ++)
		misses[class] = 1;
	while (next_matching_key(&reader, &key))
	{
		MatchLevel level = key_level(key.kind);
		double frequency;

		frequency = common_frequency(stats, level, key.bytes, key.length);
		if (frequency < 0)
			frequency = other_frequency(&stats->levels[level]);
		misses[level] *= 1 - frequency;
		if (key.kind == KEY_DECIDING_ID &&
			(last.prefix != key.prefix ||
			 memcmp(last.bytes, key.bytes, key.prefix) != 0))
		{
			frequency = common_frequency(stats, CLASS_REGISTER, key.bytes,
										 key.prefix);
			misses[CLASS_REGISTER] *= 1 - Max(frequency, 0);
			last = key;
		}
	}
	for (int class = 0; class < CLASSES; class ++)
		levels[class] = 1 - misses[class];
	return climb_ladder(levels, levels[CLASS_REGISTER],
						has_domain ? stats->levels[MATCH_DOMAIN].hold : 0);
}

/* Some identity like those of the column itself. */
static double
select_unknown(const IdentityStats *stats)
{
	double levels[CLASSES] = {0};
	double both_have_domains = stats->levels[MATCH_DOMAIN].hold *
							   stats->levels[MATCH_DOMAIN].hold;

	for (int level = MATCH_ID; level < CLASSES; level++)
		if (stats->levels[level].distinct > 0)
			levels[level] = Min(stats->levels[level].hold *
									stats->levels[level].keys /
									stats->levels[level].distinct,
								1);
	return climb_ladder(levels, 0, both_have_domains);
}

static double
restriction_selectivity(PlannerInfo *root, List *args, int varRelid, Oid type,
						Oid function)
{
	VariableStatData vardata;
	Node *other;
	bool var_on_left;
	IdentityStats stats;
	double selectivity;

	if (!get_restriction_variable(root, args, varRelid, &vardata, &other,
								  &var_on_left))
		return DEFAULT_EQ_SEL;
	/* Somebody may have given the estimator to an operator of theirs. */
	if (!OidIsValid(type) || getBaseType(vardata.vartype) != type ||
		(IsA(other, Const) && !((Const *) other)->constisnull &&
		 getBaseType(((Const *) other)->consttype) != type))
	{
		ReleaseVariableStats(vardata);
		return DEFAULT_EQ_SEL;
	}
	if (IsA(other, Const) && ((Const *) other)->constisnull)
	{
		ReleaseVariableStats(vardata);
		return 0;
	}
	load_stats(&vardata, function, &stats);
	selectivity = IsA(other, Const)
					  ? select_constant(&stats, ((Const *) other)->constvalue)
					  : select_unknown(&stats);
	selectivity *= 1 - stats.nullfrac;
	CLAMP_PROBABILITY(selectivity);
	free_stats(&stats);
	ReleaseVariableStats(vardata);
	return selectivity;
}

/* ---- a && b ---- */

/* What the common keys of a level on both sides have to do with each other. */
typedef struct CommonKeys
{
	double product; /* pairs of rows that share one */
	double matched1;
	double matched2; /* keys per row that are common on both sides */
	int nmatched;
} CommonKeys;

static void
merge_common_keys(const IdentityStats *stats1, const IdentityStats *stats2,
				  int level, CommonKeys *common)
{
	int i = stats1->levels[level].first;
	int j = stats2->levels[level].first;

	memset(common, 0, sizeof(CommonKeys));
	while (i < stats1->levels[level].end && j < stats2->levels[level].end)
	{
		SampledKey a = stats_value(stats1, i);
		SampledKey b = stats_value(stats2, j);
		int order = compare_sampled(&a, &b);

		if (order == 0)
		{
			common->product += (double) stats1->slot.numbers[i] *
							   stats2->slot.numbers[j];
			common->matched1 += stats1->slot.numbers[i];
			common->matched2 += stats2->slot.numbers[j];
			common->nmatched++;
		}
		if (order <= 0)
			i++;
		if (order >= 0)
			j++;
	}
}

/* Pairs of rows that share a key that is not common on both sides. */
static double
share_other_keys(const LevelStats *a, const LevelStats *b,
				 const CommonKeys *common, double a_matched, double b_matched)
{
	double a_unmatched = Max(a->common - a_matched, 0);
	double b_unmatched = Max(b->common - b_matched, 0);
	double a_other = Max(a->keys - a->common, 0);
	double b_other = Max(b->keys - b->common, 0);
	double b_others = b->distinct - (b->end - b->first);
	double b_not_matched = b->distinct - common->nmatched;
	double pairs = 0;

	if (b_others > 0)
		pairs += a_unmatched * b_other / Max(b_others, 1);
	if (b_not_matched > 0)
		pairs += a_other * (b_other + b_unmatched) / Max(b_not_matched, 1);
	return pairs;
}

/* Probability that a pair of rows shares a key of a level. */
static double
share_key(const IdentityStats *stats1, const IdentityStats *stats2, int level)
{
	const LevelStats *a = &stats1->levels[level];
	const LevelStats *b = &stats2->levels[level];
	CommonKeys common;
	double from_a;
	double from_b;

	if (a->distinct <= 0 || b->distinct <= 0)
		return 0;
	merge_common_keys(stats1, stats2, level, &common);
	from_a = share_other_keys(a, b, &common, common.matched1, common.matched2);
	from_b = share_other_keys(b, a, &common, common.matched2, common.matched1);
	/* the side with fewer keys has all of its in the other */
	return Min(common.product + Min(from_a, from_b), 1);
}

/* Probability that a row of the first side shares a key with any of the second. */
static double
share_key_with_any(const IdentityStats *stats1, const IdentityStats *stats2,
				   double inner_rows, int level)
{
	const LevelStats *a = &stats1->levels[level];
	const LevelStats *b = &stats2->levels[level];
	double b_distinct = Min(b->distinct, inner_rows * b->keys);
	CommonKeys common;
	double others;
	double contained;

	if (a->distinct <= 0 || b_distinct <= 0)
		return 0;
	merge_common_keys(stats1, stats2, level, &common);
	others = Max(a->distinct - common.nmatched, 1);
	/*
	 * Core takes the larger list to hold all of the smaller one's values.  Of
	 * companies it hardly ever does, and an anti join is about those it lacks.
	 * So we take the outer's keys to be found as often as a key of either list
	 * is one of the inner's, were there none in common.
	 */
	b_distinct = Max(b_distinct - common.nmatched, 0);
	contained = b_distinct / (b_distinct + others);
	return Min(common.matched1 + contained * (a->keys - common.matched1),
			   a->hold);
}

/*
 * Probability that a row of the outer side matches any of the inner one.  Its
 * levels are about one company, so they do not add up: a row whose domain is
 * found needs no name, and one whose domain is not has only the inner rows
 * without a domain left to match by name.
 */
static double
match_any(const IdentityStats *outer, const IdentityStats *inner,
		  double inner_rows, const double *levels, double undecided)
{
	double have_domain = outer->levels[MATCH_DOMAIN].hold;
	double lack_domain = 1 - inner->levels[MATCH_DOMAIN].hold;
	double by_domain = Min(levels[MATCH_DOMAIN], have_domain);
	double by_name = Min(levels[MATCH_NAME], 1);
	double by_name_alone = Min(share_key_with_any(outer, inner,
												  inner_rows * lack_domain,
												  MATCH_NAME),
							   by_name);
	double by_id = Min(levels[MATCH_ID], 1);

	return by_id + (1 - by_id) * undecided *
					   (by_domain + (have_domain - by_domain) * by_name_alone +
						(1 - have_domain) * by_name);
}

static double
join_selectivity_of(PlannerInfo *root, List *args, SpecialJoinInfo *sjinfo,
					Oid type, Oid function)
{
	VariableStatData vardata1;
	VariableStatData vardata2;
	bool reversed;
	IdentityStats stats1;
	IdentityStats stats2;
	double levels[CLASSES] = {0};
	double undecided = 1;
	double both_have_domains;
	double selectivity;
	JoinType jointype = sjinfo == NULL ? JOIN_INNER : sjinfo->jointype;

	get_join_variables(root, args, sjinfo, &vardata1, &vardata2, &reversed);
	if (!OidIsValid(type) || getBaseType(vardata1.vartype) != type ||
		getBaseType(vardata2.vartype) != type)
	{
		ReleaseVariableStats(vardata1);
		ReleaseVariableStats(vardata2);
		return DEFAULT_EQ_SEL;
	}
	load_stats(&vardata1, function, &stats1);
	load_stats(&vardata2, function, &stats2);

	/* Pairs that ids decide: both hold one of the same register. */
	for (int i = stats1.levels[CLASS_REGISTER].first;
		 i < stats1.levels[CLASS_REGISTER].end; i++)
	{
		SampledKey key = stats_value(&stats1, i);
		double other = common_frequency(&stats2, CLASS_REGISTER, key.bytes,
										key.length);

		if (other > 0)
			undecided *= 1 - Min(stats1.slot.numbers[i] * other, 1);
	}
	both_have_domains = stats1.levels[MATCH_DOMAIN].hold *
						stats2.levels[MATCH_DOMAIN].hold;
	if (jointype == JOIN_SEMI || jointype == JOIN_ANTI)
	{
		IdentityStats *outer = reversed ? &stats2 : &stats1;
		IdentityStats *inner = reversed ? &stats1 : &stats2;
		VariableStatData *inner_data = reversed ? &vardata1 : &vardata2;
		double inner_rows = inner_data->rel != NULL ? inner_data->rel->rows
													: inner->rows;

		inner_rows *= 1 - inner->nullfrac;
		for (int level = MATCH_ID; level < CLASSES; level++)
			levels[level] = share_key_with_any(outer, inner, inner_rows,
											   level);
		selectivity = match_any(outer, inner, inner_rows, levels, undecided) *
					  (1 - outer->nullfrac);
	}
	else
	{
		for (int level = MATCH_ID; level < CLASSES; level++)
			levels[level] = share_key(&stats1, &stats2, level);
		selectivity = climb_ladder(levels, 1 - undecided, both_have_domains) *
					  (1 - stats1.nullfrac) * (1 - stats2.nullfrac);
	}
	CLAMP_PROBABILITY(selectivity);
	free_stats(&stats1);
	free_stats(&stats2);
	ReleaseVariableStats(vardata1);
	ReleaseVariableStats(vardata2);
	return selectivity;
}

/* ---- for the planner ---- */

/*
 * The type of identities that a function compares, if it is one of ours, which
 * are found beside a function of the extension: those with blinded keys are
 * laid out as the others are.
 */
static Oid
identity_type(Oid sibling, Oid function)
{
	static const char *const names[] = {"company_identity",
										"blinded_identity"};
	Oid schema = get_func_namespace(sibling);
	Oid *arguments;
	int narguments;

	if (!OidIsValid(schema) || !OidIsValid(function))
		return InvalidOid;
	get_func_signature(function, &arguments, &narguments);
	for (int i = 0; i < lengthof(names) && narguments > 0; i++)
	{
		Oid type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
								   CStringGetDatum(names[i]),
								   ObjectIdGetDatum(schema));

		if (type == arguments[0])
			return type;
	}
	return InvalidOid;
}

/* company_identity_sel(internal, oid, internal, integer) -> double precision */
Datum
company_identity_sel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid operator= PG_GETARG_OID(1);
	List *args = (List *) PG_GETARG_POINTER(2);
	int varRelid = PG_GETARG_INT32(3);

	PG_RETURN_FLOAT8(
		restriction_selectivity(root, args, varRelid,
								identity_type(fcinfo->flinfo->fn_oid,
											  get_opcode(operator)),
								get_opcode(operator)));
}

/*
 * company_identity_joinsel(internal, oid, internal, smallint, internal)
 *		-> double precision
 */
Datum
company_identity_joinsel(PG_FUNCTION_ARGS)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	Oid operator= PG_GETARG_OID(1);
	List *args = (List *) PG_GETARG_POINTER(2);
	SpecialJoinInfo *sjinfo = (SpecialJoinInfo *) PG_GETARG_POINTER(4);

	PG_RETURN_FLOAT8(join_selectivity_of(root, args, sjinfo,
										 identity_type(fcinfo->flinfo->fn_oid,
													   get_opcode(operator)),
										 get_opcode(operator)));
}

/*
 * company_identity_support(internal) -> internal
 *
 * The function behind && estimates as the operator does, where somebody calls
 * it by its name.  For the operator core asks the estimators above alone.
 */
Datum
company_identity_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *wanted = (SupportRequestSelectivity *)
			request;
		Oid type = identity_type(fcinfo->flinfo->fn_oid, wanted->funcid);

		wanted->selectivity =
			wanted->is_join
				? join_selectivity_of(wanted->root, wanted->args,
									  wanted->sjinfo, type, wanted->funcid)
				: restriction_selectivity(wanted->root, wanted->args,
										  wanted->varRelid, type,
										  wanted->funcid);
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(NULL);
}
