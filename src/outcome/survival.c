/*
 * survival.c
 *		How long customers stay, as a value that can be merged.
 *
 * A survival counts, for each duration, how many were lost at it, how many
 * were still there when last seen (censored), and how many came under
 * observation only then.  That is all that Kaplan and Meier's estimate and the
 * log-rank test need.  The counts are a sorted array of (duration and what
 * happened, how many).
 *
 * While an aggregate runs, what happened to its last rows stands unsorted
 * behind the sorted ones, each counted once, and behind these there is free
 * memory.  When that is full, they are sorted and merged.  A value has
 * neither.
 *
 * IDENTIFICATION
 *		src/outcome/survival.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/aggregate_state.h"
#include "base/tally.h"
#include "base/value_form.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "base/moment.h"
#include "outcome/survival_private.h"

PG_FUNCTION_INFO_V1(survival_accum);
PG_FUNCTION_INFO_V1(survival_accum_entry);
PG_FUNCTION_INFO_V1(survival_accum_moments);
PG_FUNCTION_INFO_V1(survival_accum_moments_entry);
PG_FUNCTION_INFO_V1(survival_combine);
PG_FUNCTION_INFO_V1(survival_final);

/*
 * Memory
 */

static Survival *
allocate(Size tallies)
{
	Size size = SURVIVAL_HEADER_SIZE + tallies * sizeof(Tally);
	Survival *state;

	if (tallies > (MaxAllocSize - SURVIVAL_HEADER_SIZE) / sizeof(Tally))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("survival would exceed %zu bytes",
							   (Size) MaxAllocSize),
						errhint("Give durations in months.")));
	state = palloc0(size);
	SET_VARSIZE(state, size);
	state->version = SURVIVAL_VERSION;
	return state;
}

/* Of a state without notes, which has at most as many tallies */
static Survival *
copy_with_capacity(const Survival *state, Size tallies)
{
	Survival *copy = allocate(tallies);
	Size size = VARSIZE(copy);

	memcpy(copy, state,
		   SURVIVAL_HEADER_SIZE + state->ntallies * sizeof(Tally));
	SET_VARSIZE(copy, size);
	copy->nnotes = 0;
	return copy;
}

static Size
capacity(const Survival *state)
{
	return (VARSIZE(state) - SURVIVAL_HEADER_SIZE) / sizeof(Tally);
}

static void
refuse_count(void)
{
	ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many customers in one group"),
					errdetail("At most %u customers can share a duration.",
							  PG_UINT32_MAX)));
}

static void
add_ignored(Survival *state, int64 rows)
{
	state->ignored += rows;
	if (state->ignored > MAX_SURVIVAL_ROWS)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many rows in one group")));
}

/*
 * Tallies
 */

/* Merges sorted tallies into those of a state, which may move. */
static Survival *
merge(Survival *state, const Tally *tallies, int32 n)
{
	Size total = (Size) state->ntallies +
				 missing_tallies(state->tallies, state->ntallies, tallies, n);

	Assert(state->nnotes == 0);
	if (total > capacity(state))
		state = copy_with_capacity(state, roomy_tallies(SURVIVAL_HEADER_SIZE,
														total + total / 2));
	merge_tallies(state->tallies, (int) total, state->tallies, state->ntallies,
				  tallies, n, refuse_count);
	state->ntallies = (int32) total;
	return state;
}

/* Moves the notes to the tallies. */
static Survival *
settle(Survival *state)
{
	int32 n = state->nnotes;
	Tally *notes;

	if (n == 0)
		return state;
	notes = palloc(n * sizeof(Tally));
	memcpy(notes, state->tallies + state->ntallies, n * sizeof(Tally));
	state->nnotes = 0;
	state = merge(state, notes, tally_notes(notes, n, refuse_count));
	pfree(notes);
	return state;
}

static Survival *
note(Survival *state, int32 duration, SurvivalChange change)
{
	Tally *tally;

	if (state->ntallies + state->nnotes == capacity(state))
	{
		state = settle(state);
		/* A third stays free, so that settling stays rare. */
		if ((Size) state->ntallies * 3 >= capacity(state) * 2)
			state = copy_with_capacity(
				state, roomy_tallies(SURVIVAL_HEADER_SIZE,
									 (Size) state->ntallies * 2 + 4));
	}
	tally = &state->tallies[state->ntallies + state->nnotes++];
	tally->key = SURVIVAL_KEY(duration, change);
	tally->count = 1;
	return state;
}

/*
 * States as arguments and results
 */

/* A state to read: it has no notes. */
static Survival *
settled(Survival *state)
{
	/* Only the engine sees one that has: to combine, finish or ship it. */
	if (state->nnotes > 0)
	{
		Survival *copy = palloc(VARSIZE(state));

		memcpy(copy, state, VARSIZE(state));
		state = settle(copy);
	}
	return state;
}

Survival *
survival_of_datum(Datum datum)
{
	return settled(value_of_datum(datum, &survival_type));
}

/* The state in argument argno, ours to change; a new one for NULL. */
static Survival *
survival_for_update(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return allocate(0);
	return state_for_update(fcinfo, argno, &survival_type);
}

/* Who calls a transition function directly gets a value. */
static Datum
changed_survival(FunctionCallInfo fcinfo, Survival *state)
{
	if (!AggCheckCallContext(fcinfo, NULL))
	{
		state = settle(state);
		state = copy_with_capacity(state, state->ntallies);
	}
	PG_RETURN_POINTER(state);
}

/*
 * Transition functions
 */

#define UNKNOWN PG_INT64_MIN

/*
 * One customer more: under observation after entry (0 or less: from the
 * beginning), lost or last seen at exit.  One that is not observed for any
 * time cannot be used.
 */
static Datum
accumulate(FunctionCallInfo fcinfo, int64 entry, int64 exit, bool churned)
{
	Survival *state = survival_for_update(fcinfo, 0);

	if (entry == UNKNOWN || exit < 0 || exit > MAX_DURATION ||
		(entry > 0 && entry >= exit))
	{
		add_ignored(state, 1);
		return changed_survival(fcinfo, state);
	}
	if (entry > 0)
		state = note(state, (int32) entry, ENTERED);
	state = note(state, (int32) exit, churned ? CHURNED : CENSORED);
	return changed_survival(fcinfo, state);
}

/* survival_accum(survival, exit integer, churned boolean) */
Datum
survival_accum(PG_FUNCTION_ARGS)
{
	bool known = !PG_ARGISNULL(1) && !PG_ARGISNULL(2);

	return accumulate(fcinfo, 0, known ? PG_GETARG_INT32(1) : UNKNOWN,
					  known && PG_GETARG_BOOL(2));
}

/* survival_accum(survival, entry integer, exit integer, churned boolean) */
Datum
survival_accum_entry(PG_FUNCTION_ARGS)
{
	bool known = !PG_ARGISNULL(2) && !PG_ARGISNULL(3);

	return accumulate(fcinfo, PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1),
					  known ? PG_GETARG_INT32(2) : UNKNOWN,
					  known && PG_GETARG_BOOL(3));
}

/* Days from the start; the entry is argument entry, or none if that is 0. */
static Datum
accumulate_moments(FunctionCallInfo fcinfo, int entry, int churned, int as_of)
{
	Moment start = moment_argument(fcinfo, 1, MOMENT_BEFORE_ALL);
	Moment first = MOMENT_BEFORE_ALL;
	Moment end = moment_argument(fcinfo, churned, MOMENT_AFTER_ALL);
	Moment last = moment_argument(fcinfo, as_of, MOMENT_AFTER_ALL);
	bool lost = moment_is_finite(end);
	bool watched = moment_is_finite(last);

	if (entry != 0)
		first = moment_argument(fcinfo, entry, MOMENT_BEFORE_ALL);
	/* Who will be lost later is there on the day of the look. */
	if (lost && watched && moment_is_after(end, last))
		lost = false;
	if (!moment_is_finite(start) || (!lost && !watched))
		return accumulate(fcinfo, 0, UNKNOWN, false);
	if (!lost)
		end = last;
	if (!moment_is_finite(first))
		return accumulate(fcinfo, 0, moment_days_between(start, end), lost);
	/* Days of one sort, or a customer could leave before it came. */
	if (moment_is_day(first) || moment_is_day(end))
		start = moment_of_date(moment_day(start));
	return accumulate(fcinfo, moment_days_between(start, first),
					  moment_days_between(start, end), lost);
}

/* survival_accum(survival, started, churned, as_of), all moment */
Datum
survival_accum_moments(PG_FUNCTION_ARGS)
{
	return accumulate_moments(fcinfo, 0, 2, 3);
}

/* survival_accum(survival, started, entry, churned, as_of), all moment */
Datum
survival_accum_moments_entry(PG_FUNCTION_ARGS)
{
	return accumulate_moments(fcinfo, 2, 3, 4);
}

/*
 * survival_combine(a, b): both together; NULL is nothing.  Combine function,
 * transition function of rollup() and a function for ON CONFLICT DO UPDATE at
 * once.
 */
Datum
survival_combine(PG_FUNCTION_ARGS)
{
	Survival *a;
	Survival *b;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	a = settle(survival_for_update(fcinfo, 0));
	if (!PG_ARGISNULL(1))
	{
		b = survival_of_datum(PG_GETARG_DATUM(1));
		a = merge(a, b->tallies, b->ntallies);
		add_ignored(a, b->ignored);
	}
	return changed_survival(fcinfo, a);
}

/* A value from a transition state, which stays as it is. */
Datum
survival_final(PG_FUNCTION_ARGS)
{
	Survival *state = survival_of_datum(PG_GETARG_DATUM(0));

	PG_RETURN_POINTER(copy_with_capacity(state, state->ntallies));
}

/*
 * Input and output
 */

/* What is wrong with a state from outside; NULL when nothing is. */
static const char *
problem_of(const void *value)
{
	const Survival *state = value;
	int64 at_risk = subjects_of(state);

	if (state->ignored < 0 || state->ignored > MAX_SURVIVAL_ROWS)
		return "The number of ignored rows is out of range.";
	for (int32 i = 0; i < state->ntallies; i++)
	{
		if (CHANGE_OF(state->tallies[i].key) == ENTERED)
			at_risk -= state->tallies[i].count;
	}
	if (at_risk < 0)
		return "More come under observation than leave.";
	for (int32 i = 0; i < state->ntallies; i++)
	{
		Tally tally = state->tallies[i];

		CHECK_FOR_INTERRUPTS();
		if (tally.key < 0 || DURATION_OF(tally.key) > MAX_DURATION ||
			CHANGE_OF(tally.key) > ENTERED ||
			tally.key == SURVIVAL_KEY(0, ENTERED))
			return "A duration is out of its range.";
		if (i > 0 && tally.key <= state->tallies[i - 1].key)
			return "The durations are not in order.";
		if (tally.count == 0)
			return "A duration has an empty count.";
		at_risk += CHANGE_OF(tally.key) == ENTERED ? (int64) tally.count
												   : -(int64) tally.count;
		if (at_risk < 0)
			return "More leave than have come under observation.";
	}
	return NULL;
}

static const char *const change_names[] = {"churned", "censored", "entered"};

/* The first tally of such a change from here on, or how many there are */
static int32
next_of_change(const Survival *state, SurvivalChange change, int32 at)
{
	while (at < state->ntallies && CHANGE_OF(state->tallies[at].key) != change)
		at++;
	return at;
}

/* ignored=N, then churned=, censored= and entered= with DURATION:COUNT,... */
static void *
survival_text(TextForm *form, void *value)
{
	/* The shortest tally, with what parts it from the next, has four bytes. */
	Survival *state = value ? settled(value)
							: allocate(strlen(form->at) / 4 + 1);

	text_word(form, "ignored=");
	text_count(form, &state->ignored);
	for (int change = CHURNED; change <= ENTERED; change++)
	{
		int32 at = value ? next_of_change(state, change, 0) : 0;
		bool more = text_field(form, at < state->ntallies,
							   change_names[change]);

		while (more)
		{
			Tally *tally = &state->tallies[value ? at : state->ntallies];
			int64 duration = DURATION_OF(tally->key);

			CHECK_FOR_INTERRUPTS();
			text_tally(form, &duration, MAX_DURATION, &tally->count);
			if (value)
				at = next_of_change(state, change, at + 1);
			else
			{
				tally->key = SURVIVAL_KEY((int32) duration, change);
				state->ntallies++;
			}
			more = text_next(form, at < state->ntallies, ',');
		}
	}
	if (value || form->failed)
		return value;
	if (state->ntallies > 1)
		sort_tallies(state->tallies, state->ntallies);
	return copy_with_capacity(state, state->ntallies);
}

static void *
survival_binary(BinaryForm *form, void *value)
{
	static const BinaryField fields[] = {BINARY_FIELD(Tally, key),
										 BINARY_FIELD(Tally, count)};
	Survival *state = value ? settled(value) : NULL;
	int64 ignored = state ? state->ignored : 0;
	int32 n = state ? state->ntallies : 0;

	binary_int64(form, &ignored);
	binary_int32(form, &n);
	if (form->reads)
	{
		if (!binary_has(form, (uint32) n, sizeof(Tally)))
			return NULL;
		state = allocate(n);
		state->ignored = ignored;
		state->ntallies = n;
	}
	binary_rows(form, state->tallies, sizeof(Tally), n, fields,
				lengthof(fields));
	return state;
}

const ValueType survival_type = {"survival", SURVIVAL_VERSION, survival_text,
								 survival_binary, problem_of};

VALUE_FORMS(survival, &survival_type);
CANONICAL_OPERATORS(survival, &survival_type);
