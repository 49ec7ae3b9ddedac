/*
 * survival_private.h
 *		The state behind the type survival.
 *
 * IDENTIFICATION
 *		src/outcome/survival_private.h
 */
#ifndef ECOSYSTEM_SURVIVAL_PRIVATE_H
#define ECOSYSTEM_SURVIVAL_PRIVATE_H

#include "postgres.h"

#include "base/tally.h"
#include "base/value.h"

#define SURVIVAL_VERSION 1

extern const ValueType survival_type;

/*
 * What happens at a duration, in that order: those who are lost at it and
 * those last seen at it were there until then, who comes is there from then.
 */
typedef enum SurvivalChange
{
	CHURNED,
	CENSORED,
	ENTERED
} SurvivalChange;

typedef struct Survival
{
	int32 vl_len_; /* varlena header (do not touch directly!) */
	uint8 version;
	uint8 unused[3]; /* zero */
	int32 ntallies;  /* in order, each with a key of its own */
	int32 nnotes;    /* behind them, in any order, while an aggregate runs */
	int64 ignored;   /* rows that could not be used */
	Tally tallies[FLEXIBLE_ARRAY_MEMBER];
} Survival;

#define SURVIVAL_HEADER_SIZE offsetof(Survival, tallies)

/* Days of all the timestamps there are need 27 bits. */
#define MAX_DURATION ((1 << 27) - 1)
/* A key is the duration times four, and the change. */
#define SURVIVAL_KEY(duration, change) ((int32) (duration) *4 + (change))
#define DURATION_OF(key)               ((key) >> 2)
#define CHANGE_OF(key)                 ((key) &3)

#define MAX_SURVIVAL_ROWS (PG_INT64_MAX / 4)

extern Survival *survival_of_datum(Datum datum);

/* How many customers there are: each leaves once. */
static inline int64
subjects_of(const Survival *state)
{
	int64 subjects = 0;

	for (int32 i = 0; i < state->ntallies; i++)
	{
		if (CHANGE_OF(state->tallies[i].key) != ENTERED)
			subjects += state->tallies[i].count;
	}
	return subjects;
}

/* Who was under observation at a duration, and what happened then */
typedef struct RiskSet
{
	int32 at; /* of the tally to come */
	int32 duration;
	int64 at_risk; /* until the duration, which those who come then are not */
	int64 churned;
	int64 censored;
	int64 remaining; /* after it, with those who came */
} RiskSet;

extern RiskSet before_first(const Survival *state);
extern bool next_risk_set(const Survival *state, RiskSet *risk);

#endif /* ECOSYSTEM_SURVIVAL_PRIVATE_H */
