/*
 * credit_model.h
 *		A parsed, validated attribution rule.
 *
 * IDENTIFICATION
 *		src/credit/credit_model.h
 */
#ifndef ECOSYSTEM_CREDIT_MODEL_H
#define ECOSYSTEM_CREDIT_MODEL_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "base/value.h"

typedef enum CreditMethod
{
	CREDIT_ROLE_SPLIT,
	CREDIT_LINEAR,
	CREDIT_FIRST_TOUCH,
	CREDIT_LAST_TOUCH,
	CREDIT_U_SHAPED,
	CREDIT_W_SHAPED,
	CREDIT_FULL_PATH,
	CREDIT_TIME_DECAY,
	CREDIT_ENGAGEMENT,
	CREDIT_SOURCE_WINS,
	CREDIT_PRIMARY_ONLY
} CreditMethod;

/* The places of a shape, in the order of its weights. */
enum
{
	U_FIRST,
	U_MIDDLE,
	U_LAST
};

/* Milestones; a role's code under a shape of milestones is a set of them. */
enum
{
	MILESTONE_FIRST,
	MILESTONE_LEAD,
	MILESTONE_OPPORTUNITY,
	MILESTONE_CLOSE
};
#define MILESTONES 4

typedef enum CreditPer
{
	CREDIT_PER_PARTNER,
	CREDIT_PER_TOUCH
} CreditPer;

typedef enum CreditWithin
{
	CREDIT_WITHIN_PARTNERS,
	CREDIT_WITHIN_TOUCHES,
	CREDIT_WITHIN_WEIGHT
} CreditWithin;

typedef enum CreditUnfilled
{
	CREDIT_UNFILLED_RETAIN,
	CREDIT_UNFILLED_REDISTRIBUTE
} CreditUnfilled;

typedef enum CreditUnknown
{
	CREDIT_UNKNOWN_ERROR,
	CREDIT_UNKNOWN_IGNORE
} CreditUnknown;

typedef enum CreditAfterClose
{
	CREDIT_AFTER_CLOSE_EXCLUDE,
	CREDIT_AFTER_CLOSE_INCLUDE
} CreditAfterClose;

/*
 * A role that the model knows, or a place of a shape, with its weight in units
 * of 10^-weight_scale.
 */
typedef struct CreditRole
{
	int64 weight;
	int32 name_offset; /* from the first byte behind the roles */
	int32 name_length; /* in its canonical spelling, no terminator */
} CreditRole;

/*
 * The rule, compiled: equal rules are equal bytes.  Options that a method does
 * not take hold their defaults.
 */
typedef struct CreditModel
{
	int32 vl_len_;
	uint8 version; /* CREDIT_MODEL_VERSION */
	uint8 method;
	uint8 per;
	uint8 within;
	uint8 unfilled;
	uint8 unknown;
	uint8 after_close;
	uint8 minor_digits;
	uint8 weight_scale;
	uint8 spare[3];  /* zero */
	int64 lookback;  /* microseconds, 0 for none */
	int64 half_life; /* microseconds, 0 for none */
	int32 nroles;
	int32 spare2; /* zero */
	CreditRole roles[FLEXIBLE_ARRAY_MEMBER];
	/* the roles' names follow */
} CreditModel;

#define CREDIT_MODEL_VERSION 1

extern const ValueType credit_model_type;

#define DatumGetCreditModel(datum) \
	((CreditModel *) value_of_datum(datum, &credit_model_type))
#define PG_GETARG_CREDIT_MODEL(n) DatumGetCreditModel(PG_GETARG_DATUM(n))

static inline const char *
credit_role_name(const CreditModel *model, int role)
{
	return (const char *) &model->roles[model->nroles] +
		   model->roles[role].name_offset;
}

extern int credit_model_find_role(const CreditModel *model, const char *name,
								  int length);
extern int credit_model_role_code(const CreditModel *model, const char *name,
								  int length);
extern int credit_model_milestones(const CreditModel *model);
extern const char *credit_milestone_name(int milestone);
extern void credit_model_append_weight(StringInfo text,
									   const CreditModel *model, int64 weight);
extern CreditModel *credit_model_parse(const char *text);
extern CreditModel *credit_model_parse_safe(const char *text, Node *escontext);
extern char *credit_model_role_list(const CreditModel *model);
extern char *credit_model_to_text(const CreditModel *model);
extern bool credit_model_is_valid(const CreditModel *model, Size size);
extern bool credit_model_equal(const CreditModel *a, const CreditModel *b);

#endif /* ECOSYSTEM_CREDIT_MODEL_H */
