/*
 * led_rule.c
 *		What a deal must show to count as led.
 *
 * A rule names the axes that must be on time and how long before or after the
 * opening of the deal their evidence still is.  Intent cannot be left out: it
 * is what tells a designed deal from one that a partner happened to be in.
 *
 * Durations are fixed lengths of time, so that a rule means the same in every
 * time zone and every month.  The text form has its own reader of durations,
 * because interval's depends on the setting IntervalStyle.
 *
 * IDENTIFICATION
 *		src/motion/led_rule.c
 */
#include "postgres.h"

#include "common/int.h"
#include "datatype/timestamp.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/moment.h"
#include "base/value.h"
#include "base/word.h"
#include "motion/led_rule.h"

PG_FUNCTION_INFO_V1(led_rule_make);

const char *const axis_names[AXIS_COUNT] = {"sourcing", "selection", "motion",
											"intent"};

const RuleTerms default_rule_terms = {
	.motion_within = 14 * USECS_PER_DAY,
	.sourced_within = 90 * USECS_PER_DAY,
	.recorded_within = 14 * USECS_PER_DAY,
	.axes = ALL_AXES,
	.flags = 0,
};

/* The parameters that are durations, in the order in which they are shown. */
static const struct
{
	const char *name;
	size_t offset;
} durations[] = {
	{"motion_within", offsetof(RuleTerms, motion_within)},
	{"sourced_within", offsetof(RuleTerms, sourced_within)},
	{"recorded_within", offsetof(RuleTerms, recorded_within)},
};

/* A stretch of the text being read. */
typedef struct Span
{
	const char *start;
	int length;
} Span;

static int64 *
duration_of(RuleTerms *terms, int i)
{
	return (int64 *) ((char *) terms + durations[i].offset);
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static Span
trimmed(const char *start, const char *end)
{
	Span span;

	while (start < end && is_blank(*start))
		start++;
	while (end > start && is_blank(end[-1]))
		end--;
	span.start = start;
	span.length = end - start;
	return span;
}

static bool
span_is(Span span, const char *word)
{
	return same_word(word, strlen(word), span.start, span.length);
}

/* The one check of what arrives, from whichever side: NULL when it is sound. */
const char *
rule_terms_problem(const RuleTerms *terms)
{
	static const uint8 zero[sizeof(terms->spare)];

	if ((terms->axes & ~ALL_AXES) != 0 ||
		(terms->flags & ~RULE_KNOWN_FLAGS) != 0 ||
		memcmp(terms->spare, zero, sizeof(zero)) != 0)
		return "It has bits that mean nothing.";
	if ((terms->axes & AXIS_BIT(AXIS_INTENT)) == 0)
		return "It leaves out intent.";
	if (terms->motion_within < 0 || terms->sourced_within < 0 ||
		terms->recorded_within < 0)
		return "It has a negative duration.";
	return NULL;
}

LedRule *
make_led_rule(const RuleTerms *terms)
{
	LedRule *rule = palloc0(sizeof(LedRule));

	SET_VARSIZE(rule, sizeof(LedRule));
	rule->version = LED_RULE_VERSION;
	rule->terms = *terms;
	return rule;
}

/* Lists axes: "sourcing+intent", or with other separators for people. */
void
append_axes(StringInfo out, int axes, const char *separator,
			const char *last_separator)
{
	bool first = true;

	for (int axis = 0; axis < AXIS_COUNT; axis++)
	{
		if ((axes & AXIS_BIT(axis)) == 0)
			continue;
		axes &= ~AXIS_BIT(axis);
		if (!first)
			appendStringInfoString(out, axes ? separator : last_separator);
		appendStringInfoString(out, axis_names[axis]);
		first = false;
	}
}

/* "14 days", "1 day 12:00:00", "00:00:00.5". */
void
append_duration(StringInfo out, int64 duration)
{
	int64 days = duration / USECS_PER_DAY;
	int64 rest = duration % USECS_PER_DAY;

	if (days != 0 || rest == 0)
		appendStringInfo(out, INT64_FORMAT " day%s%s", days,
						 days == 1 ? "" : "s", rest ? " " : "");
	if (rest != 0)
		append_time(out, rest);
}

void
append_rule_terms(StringInfo out, const RuleTerms *terms)
{
	append_axes(out, terms->axes, "+", "+");
	for (int i = 0; i < lengthof(durations); i++)
	{
		appendStringInfo(out, ", %s=", durations[i].name);
		append_duration(out, *duration_of((RuleTerms *) terms, i));
	}
	appendStringInfo(out, ", passive_counts=%s",
					 terms->flags & RULE_PASSIVE_COUNTS ? "true" : "false");
}

/* Reads "sourcing+selection+intent" into bits. */
static bool
read_axes(Span list, uint8 *axes, Node *escontext)
{
	const char *end = list.start + list.length;
	const char *at = list.start;

	*axes = 0;
	for (;;)
	{
		const char *plus = memchr(at, '+', end - at);
		Span word = trimmed(at, plus ? plus : end);
		int axis = 0;

		while (axis < AXIS_COUNT && !span_is(word, axis_names[axis]))
			axis++;
		if (axis == AXIS_COUNT)
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("unknown axis \"%.*s\" in led rule",
							pg_mbcliplen(word.start, word.length, 64),
							word.start),
					 errhint("The axes are sourcing, selection, motion and "
							 "intent, joined by \"+\". A whole rule is read "
							 "from text by a cast: "
							 "'sourcing+intent, motion_within=7 days'"
							 "::led_rule.")));
		if (*axes & AXIS_BIT(axis))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("axis \"%s\" is named twice in led rule",
							axis_names[axis])));
		*axes |= AXIS_BIT(axis);
		if (plus == NULL)
			break;
		at = plus + 1;
	}
	if ((*axes & AXIS_BIT(AXIS_INTENT)) == 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("led rule must include intent"),
				 errdetail("The rule names only \"%.*s\".",
						   pg_mbcliplen(list.start, list.length, 64),
						   list.start),
				 errhint("Intent decides whether a deal was led; without it "
						 "partners were merely involved. Write for example "
						 "'sourcing+intent'.")));
	return true;
}

/* Digits at *at, at most up to end; false when there are none or too many. */
static bool
read_digits(const char **at, const char *end, int64 *number)
{
	const char *start = *at;

	*number = 0;
	while (*at < end && **at >= '0' && **at <= '9')
	{
		if (pg_mul_s64_overflow(*number, 10, number) ||
			pg_add_s64_overflow(*number, **at - '0', number))
			return false;
		(*at)++;
	}
	return *at > start;
}

static bool
add_units(int64 *duration, int64 number, int64 unit)
{
	return !pg_mul_s64_overflow(number, unit, &number) &&
		   !pg_add_s64_overflow(*duration, number, duration);
}

/* ":MM:SS.ffffff" after the hours. */
static bool
read_clock(const char **at, const char *end, int64 *duration)
{
	int64 number;

	for (int unit = 0; unit < 2; unit++)
	{
		if (*at >= end || **at != ':')
			return false;
		(*at)++;
		if (!read_digits(at, end, &number) || number > 59 ||
			!add_units(duration, number,
					   unit == 0 ? USECS_PER_MINUTE : USECS_PER_SEC))
			return false;
	}
	if (*at < end && **at == '.')
	{
		int64 unit = USECS_PER_SEC / 10;

		for ((*at)++; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		{
			if (unit == 0 || !add_units(duration, **at - '0', unit))
				return false;
			unit /= 10;
		}
	}
	return true;
}

/* Reads "14 days", "2 weeks", "1 day 12:00:00", "36 hours". */
static bool
read_duration(Span value, int64 *duration, Node *escontext)
{
	static const struct
	{
		const char *name;
		int64 length;
	} units[] = {
		{"week", 7 * USECS_PER_DAY}, {"day", USECS_PER_DAY},
		{"hour", USECS_PER_HOUR},    {"minute", USECS_PER_MINUTE},
		{"second", USECS_PER_SEC},
	};
	const char *at = value.start;
	const char *end = value.start + value.length;
	int64 number;

	*duration = 0;
	do
	{
		int unit = 0;
		const char *word;
		Span name;

		if (!read_digits(&at, end, &number))
			goto wrong;
		if (at < end && *at == ':')
		{
			if (!add_units(duration, number, USECS_PER_HOUR) ||
				!read_clock(&at, end, duration) || at != end)
				goto wrong;
			break;
		}
		while (at < end && is_blank(*at))
			at++;
		word = at;
		while (at < end && !is_blank(*at))
			at++;
		name = trimmed(word, at);
		if (name.length > 0 && pg_tolower(name.start[name.length - 1]) == 's')
			name.length--;
		while (unit < lengthof(units) && !span_is(name, units[unit].name))
			unit++;
		if (unit == lengthof(units) ||
			!add_units(duration, number, units[unit].length))
			goto wrong;
		while (at < end && is_blank(*at))
			at++;
	} while (at < end);
	return true;

wrong:
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid duration \"%.*s\" in led rule",
					pg_mbcliplen(value.start, value.length, 64), value.start),
			 errhint("Write weeks, days, hours, minutes or seconds, such as "
					 "\"14 days\" or \"1 day 12:00:00\". Months and years "
					 "have no fixed length.")));
}

/* Reads one "name=value" (or "name => value") of a rule. */
static bool
read_parameter(const char *start, const char *equals, const char *end,
			   RuleTerms *terms, int *seen, Node *escontext)
{
	Span name = trimmed(start, equals);
	Span value;
	int i = 0;

	equals++;
	if (equals < end && *equals == '>')
		equals++;
	value = trimmed(equals, end);

	while (i < lengthof(durations) && !span_is(name, durations[i].name))
		i++;
	if (i == lengthof(durations) && !span_is(name, "passive_counts"))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("unknown parameter \"%.*s\" in led rule",
						pg_mbcliplen(name.start, name.length, 64), name.start),
				 errhint("The parameters are motion_within, sourced_within, "
						 "recorded_within and passive_counts.")));
	if (*seen & (1 << i))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("parameter \"%.*s\" is given twice in led rule",
						name.length, name.start)));
	*seen |= 1 << i;
	if (i < lengthof(durations))
		return read_duration(value, duration_of(terms, i), escontext);

	if (span_is(value, "true"))
		terms->flags |= RULE_PASSIVE_COUNTS;
	else if (!span_is(value, "false"))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid value \"%.*s\" for passive_counts in led "
						"rule",
						pg_mbcliplen(value.start, value.length, 64),
						value.start),
				 errhint("Write true or false.")));
	return true;
}

/*
 * Reads "sourcing+intent, motion_within=14 days, ...": the axes, then what
 * differs from the defaults.  The text need not end in a zero byte.
 */
static bool
read_rule_terms(const char *input, int length, RuleTerms *terms,
				Node *escontext)
{
	const char *end = input + length;
	const char *at = input;
	int seen = 0;

	*terms = default_rule_terms;
	for (;;)
	{
		const char *comma = memchr(at, ',', end - at);
		const char *stop = comma ? comma : end;
		const char *equals = memchr(at, '=', stop - at);

		if (equals != NULL)
		{
			if (!read_parameter(at, equals, stop, terms, &seen, escontext))
				return false;
		}
		else if (at != input)
		{
			Span stray = trimmed(at, stop);

			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid led rule: \"%.*s\" is not name=value",
							pg_mbcliplen(stray.start, stray.length, 64),
							stray.start)));
		}
		else if (!read_axes(trimmed(at, stop), &terms->axes, escontext))
			return false;
		if (comma == NULL)
			return true;
		at = comma + 1;
	}
}

/*
 * The text up to one of these characters: every parameter, so that a rule once
 * written down keeps its meaning whatever becomes of the defaults.
 */
void
rule_terms_text(TextForm *form, RuleTerms *terms, const char *stop)
{
	int length;

	if (form->out)
	{
		append_rule_terms(form->out, terms);
		return;
	}
	if (form->failed)
		return;
	length = (int) strcspn(form->at, stop);
	if (read_rule_terms(form->at, length, terms, form->escontext))
		form->at += length;
	else
		text_reported(form);
}

void
rule_terms_binary(BinaryForm *form, RuleTerms *terms)
{
	static const BinaryField fields[] = {
		BINARY_FIELD(RuleTerms, axes),
		BINARY_FIELD(RuleTerms, flags),
		BINARY_FIELD(RuleTerms, motion_within),
		BINARY_FIELD(RuleTerms, sourced_within),
		BINARY_FIELD(RuleTerms, recorded_within),
	};

	binary_fields(form, terms, fields, lengthof(fields));
}

static void *
rule_text(TextForm *form, void *value)
{
	LedRule *rule = value ? value : make_led_rule(&default_rule_terms);

	rule_terms_text(form, &rule->terms, "");
	return rule;
}

static void *
rule_binary(BinaryForm *form, void *value)
{
	LedRule *rule = value ? value : make_led_rule(&default_rule_terms);

	rule_terms_binary(form, &rule->terms);
	return rule;
}

static const char *
rule_problem(const void *value)
{
	return rule_terms_problem(&((const LedRule *) value)->terms);
}

const ValueType led_rule_type = {"led_rule", LED_RULE_VERSION, rule_text,
								 rule_binary, rule_problem};

VALUE_FORMS(led_rule, &led_rule_type);

/* A duration given as interval, in microseconds. */
static int64
duration_from_interval(const Interval *interval, const char *name)
{
	int64 days;
	int64 duration;

#ifdef INTERVAL_NOT_FINITE
	if (INTERVAL_NOT_FINITE(interval))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("%s must be finite", name)));
#endif
	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not have months or years", name),
				 errdetail("The interval is %s.",
						   DatumGetCString(DirectFunctionCall1(
							   interval_out, IntervalPGetDatum(interval)))),
				 errhint("A month has no fixed length; write days.")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
		pg_add_s64_overflow(days, interval->time, &duration))
		ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
						errmsg("%s is out of range", name)));
	if (duration < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name),
				 errdetail("The interval is %s.",
						   DatumGetCString(DirectFunctionCall1(
							   interval_out, IntervalPGetDatum(interval))))));
	return duration;
}

/*
 * led_rule(axes text, motion_within interval, sourced_within interval,
 *			recorded_within interval, passive_counts boolean) -> led_rule
 */
Datum
led_rule_make(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {"axes", "motion_within",
										"sourced_within", "recorded_within",
										"passive_counts"};
	RuleTerms terms = default_rule_terms;
	text *axes;

	/* A NULL rule would stand for the default rule: never make one by slip. */
	for (int i = 0; i < lengthof(names); i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s of a led rule must not be null", names[i]),
					 errhint("Leave it out for its default.")));

	axes = PG_GETARG_TEXT_PP(0);
	read_axes(trimmed(VARDATA_ANY(axes),
					  VARDATA_ANY(axes) + VARSIZE_ANY_EXHDR(axes)),
			  &terms.axes, NULL);
	for (int i = 0; i < lengthof(durations); i++)
		*duration_of(&terms,
					 i) = duration_from_interval(PG_GETARG_INTERVAL_P(i + 1),
												 durations[i].name);
	if (PG_GETARG_BOOL(4))
		terms.flags |= RULE_PASSIVE_COUNTS;
	PG_RETURN_POINTER(make_led_rule(&terms));
}

CANONICAL_OPERATORS(led_rule, &led_rule_type);
