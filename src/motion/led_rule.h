/*
 * led_rule.h
 *		What a deal must show to count as led.
 *
 * IDENTIFICATION
 *		src/motion/led_rule.h
 */
#ifndef ECOSYSTEM_LED_RULE_H
#define ECOSYSTEM_LED_RULE_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/value_form.h"

/* Stored in values of led_rule and deal_motion: never renumber. */
typedef enum Axis
{
	AXIS_SOURCING = 0,
	AXIS_SELECTION = 1,
	AXIS_MOTION = 2,
	AXIS_INTENT = 3,
	AXIS_NONE = 4
} Axis;

#define AXIS_COUNT  4
#define AXIS_BIT(a) (1 << (a))
#define ALL_AXES    ((1 << AXIS_COUNT) - 1)

/* RuleTerms.flags */
#define RULE_PASSIVE_COUNTS 0x01
#define RULE_KNOWN_FLAGS    0x01

/*
 * The terms themselves, as led_rule and deal_motion both hold them.  Durations
 * are microseconds, a day being 24 hours.  No padding: terms are compared
 * bytewise.
 */
typedef struct RuleTerms
{
	int64 motion_within;
	int64 sourced_within;
	int64 recorded_within;
	uint8 axes; /* bits of the axes that must be on time */
	uint8 flags;
	uint8 spare[6];
} RuleTerms;

StaticAssertDecl(sizeof(RuleTerms) == 32, "RuleTerms has no padding");

#define LED_RULE_VERSION 1

extern const ValueType led_rule_type;

typedef struct LedRule
{
	int32 vl_len_;
	uint8 version;
	uint8 spare[3];
	RuleTerms terms;
} LedRule;

#define DatumGetLedRule(datum) \
	((LedRule *) value_of_datum(datum, &led_rule_type))

extern const RuleTerms default_rule_terms;
extern const char *const axis_names[AXIS_COUNT];

extern const char *rule_terms_problem(const RuleTerms *terms);
extern LedRule *make_led_rule(const RuleTerms *terms);
extern void append_rule_terms(StringInfo out, const RuleTerms *terms);
extern void rule_terms_text(TextForm *form, RuleTerms *terms,
							const char *stop);
extern void rule_terms_binary(BinaryForm *form, RuleTerms *terms);
extern void append_duration(StringInfo out, int64 duration);
extern void append_axes(StringInfo out, int axes, const char *separator,
						const char *last_separator);

#endif /* ECOSYSTEM_LED_RULE_H */
