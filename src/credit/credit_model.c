/*
 * credit_model.c
 *		A parsed, validated attribution rule.
 *
 * A rule is written as text,
 *
 *		method
 *		method(key=value, ...)
 *
 * where a key is an option of the method or, for role_split, a role.  Which
 * options a method takes and which values they take is one table below; the
 * parser, the canonical text and the hints are all made from it.  Stored is
 * the compiled rule, so that crediting a deal parses nothing.
 *
 * IDENTIFICATION
 *		src/credit/credit_model.c
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "credit/apportion.h"
#include "base/compat.h"
#include "credit/credit_model.h"
#include "base/value_form.h"
#include "base/word.h"

PG_FUNCTION_INFO_V1(credit_model_eq);
PG_FUNCTION_INFO_V1(credit_model_ne);
PG_FUNCTION_INFO_V1(credit_model_lt);
PG_FUNCTION_INFO_V1(credit_model_le);
PG_FUNCTION_INFO_V1(credit_model_gt);
PG_FUNCTION_INFO_V1(credit_model_ge);
PG_FUNCTION_INFO_V1(credit_model_cmp);
PG_FUNCTION_INFO_V1(credit_model_hash);
PG_FUNCTION_INFO_V1(credit_model_hash_extended);

#define MAX_ROLES            100
#define MAX_ROLE_BYTES       200
#define MAX_WEIGHT_DIGITS    9 /* before the point */
#define MAX_WEIGHT_SCALE     6 /* after the point */
#define EXCERPT_BYTES        300
#define MAX_LOOKBACK_DAYS    36500
#define HOURS_PER_DAY_LENGTH 24

typedef enum OptionKind
{
	OPTION_WORD,     /* one of words, stored as its index; the first is the
					  * default */
	OPTION_DURATION, /* 90d, 36h; stored in microseconds, 0 for none */
	OPTION_NUMBER    /* minor digits */
} OptionKind;

typedef struct ModelOption
{
	const char *name;
	OptionKind kind;
	Size offset; /* of the field in CreditModel */
	const char *words[4];
	uint32 methods; /* bits: which methods take it */
} ModelOption;

#define METHOD(name) (1U << (name))
#define ALL_METHODS  (~0U)

static const char *const method_names[] = {
	[CREDIT_ROLE_SPLIT] = "role_split",
	[CREDIT_LINEAR] = "linear",
	[CREDIT_FIRST_TOUCH] = "first_touch",
	[CREDIT_LAST_TOUCH] = "last_touch",
	[CREDIT_U_SHAPED] = "u_shaped",
	[CREDIT_W_SHAPED] = "w_shaped",
	[CREDIT_FULL_PATH] = "full_path",
	[CREDIT_TIME_DECAY] = "time_decay",
	[CREDIT_ENGAGEMENT] = "engagement",
	[CREDIT_SOURCE_WINS] = "source_wins",
	[CREDIT_PRIMARY_ONLY] = "primary_only",
};

/* The places of a shape and their weights unless given, in thousandths. */
typedef struct ShapePlace
{
	const char *name;
	int weight;
} ShapePlace;

#define MAX_PLACES 5

static const ShapePlace shapes[lengthof(method_names)][MAX_PLACES] = {
	[CREDIT_U_SHAPED] = {{"first", 40000}, {"middle", 20000}, {"last", 40000}},
	/* The milestones come first, in the order of their numbers. */
	[CREDIT_W_SHAPED] = {{"first", 30000},
						 {"lead", 30000},
						 {"opportunity", 30000},
						 {"middle", 10000}},
	[CREDIT_FULL_PATH] = {{"first", 22500},
						  {"lead", 22500},
						  {"opportunity", 22500},
						  {"close", 22500},
						  {"middle", 10000}},
};

/* The roles that mark a touch as a milestone. */
static const char *const milestone_names[MILESTONES] = {
	[MILESTONE_FIRST] = "first",
	[MILESTONE_LEAD] = "lead_created",
	[MILESTONE_OPPORTUNITY] = "opportunity_created",
	[MILESTONE_CLOSE] = "closed",
};

#define SOURCING_ROLE             "sourcing"
#define DEFAULT_DECAY_HALF_LIFE   (7 * USECS_PER_DAY)
#define MAX_WEIGHT_PER_THOUSANDTH 1000 /* scale MAX_WEIGHT_SCALE */

/* In the order of the canonical text. */
static const ModelOption options[] = {
	{"per",
	 OPTION_WORD,
	 offsetof(CreditModel, per),
	 {"partner", "touch"},
	 METHOD(CREDIT_LINEAR)},
	{"within",
	 OPTION_WORD,
	 offsetof(CreditModel, within),
	 {"partners", "touches", "weight"},
	 METHOD(CREDIT_ROLE_SPLIT)},
	{"unfilled",
	 OPTION_WORD,
	 offsetof(CreditModel, unfilled),
	 {"retain", "redistribute"},
	 METHOD(CREDIT_ROLE_SPLIT)},
	{"unknown",
	 OPTION_WORD,
	 offsetof(CreditModel, unknown),
	 {"error", "ignore"},
	 METHOD(CREDIT_ROLE_SPLIT)},
	{"half_life",
	 OPTION_DURATION,
	 offsetof(CreditModel, half_life),
	 {NULL},
	 METHOD(CREDIT_TIME_DECAY) | METHOD(CREDIT_ENGAGEMENT)},
	{"lookback",
	 OPTION_DURATION,
	 offsetof(CreditModel, lookback),
	 {NULL},
	 ALL_METHODS},
	{"after_close",
	 OPTION_WORD,
	 offsetof(CreditModel, after_close),
	 {"exclude", "include"},
	 ALL_METHODS},
	{"minor_digits",
	 OPTION_NUMBER,
	 offsetof(CreditModel, minor_digits),
	 {NULL},
	 ALL_METHODS},
};

static inline bool
is_blank(char letter)
{
	return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

/* ---- reading ---- */

typedef struct Token
{
	const char *start; /* in the input */
	int length;
	bool quoted;
	char *text; /* case-folded; quotes taken off */
} Token;

typedef struct Parser
{
	const char *input;
	const char *at;
	Node *escontext; /* where a soft error goes */
	bool failed;
} Parser;

/* What was read so far; becomes a CreditModel. */
typedef struct Draft
{
	CreditModel *model; /* without roles */
	uint32 given;       /* bits: options seen */
	int nroles;
	Token roles[MAX_ROLES];
	int64 weights[MAX_ROLES]; /* in units of 10^-MAX_WEIGHT_SCALE */
	uint32 places_given;      /* bits: places of a shape seen */
} Draft;

/* Characters, not bytes, from the start: what a user counts. */
static int
position(Parser *parser, const char *at)
{
	return pg_mbstrlen_with_len(parser->input, at - parser->input) + 1;
}

/* Bytes of a text that an error shows. */
static int
excerpt_length(const char *words)
{
	return pg_mbcliplen(words, strlen(words), EXCERPT_BYTES);
}

/*
 * Reports the first mistake.  detail is a format that takes the position and
 * one string.
 */
static void
fail(Parser *parser, const char *at, const char *what, const char *word,
	 char *hint)
{
	if (parser->failed)
		return;
	parser->failed = true;
	errsave(
		parser->escontext,
		(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
		 errmsg("invalid credit model: \"%.*s\"",
				excerpt_length(parser->input), parser->input),
		 word ? errdetail("At position %d: %s \"%.*s\".", position(parser, at),
						  what, excerpt_length(word), word)
			  : errdetail("At position %d: %s.", position(parser, at), what),
		 hint ? errhint("%s", hint) : 0));
}

static void
skip_blanks(Parser *parser)
{
	while (is_blank(*parser->at))
		parser->at++;
}

static bool
is_word_letter(char letter)
{
	return (letter >= 'a' && letter <= 'z') ||
		   (letter >= 'A' && letter <= 'Z') ||
		   (letter >= '0' && letter <= '9') || letter == '_' ||
		   IS_HIGHBIT_SET(letter);
}

/*
 * A word, or a name in double quotes where a quote is written twice; where a
 * role may stand, several words with blanks or hyphens between them.
 */
static bool
read_words(Parser *parser, Token *token, bool several)
{
	const char *at;
	char *to;

	skip_blanks(parser);
	at = token->start = parser->at;
	token->quoted = *at == '"';
	if (token->quoted)
	{
		at++;
		while (*at != '\0' && (*at != '"' || at[1] == '"'))
			at += *at == '"' ? 2 : 1;
		if (*at == '\0')
		{
			fail(parser, token->start, "this quote is never closed", NULL,
				 NULL);
			return false;
		}
		at++;
	}
	else
	{
		while (is_word_letter(*at))
		{
			at++;
			if (several)
			{
				const char *next = at;

				while (is_blank(*next) || *next == '-')
					next++;
				if (is_word_letter(*next))
					at = next;
			}
		}
	}
	token->length = at - token->start;
	if (token->length == 0)
		return false;

	to = token->text = palloc(token->length + 1);
	for (const char *from = token->start; from < at; from++)
	{
		if (token->quoted && *from == '"')
		{
			/* The first and last quote, and one of each doubled pair. */
			if (from == token->start || from == at - 1)
				continue;
			from++;
		}
		*to++ = fold_letter(*from);
	}
	*to = '\0';
	parser->at = at;
	return true;
}

static bool
read_word(Parser *parser, Token *token)
{
	return read_words(parser, token, false);
}

static bool
read_character(Parser *parser, char character)
{
	skip_blanks(parser);
	if (*parser->at != character)
		return false;
	parser->at++;
	return true;
}

/* Everything up to the next comma, parenthesis or blank, for an error. */
static char *
rest_of_value(Parser *parser)
{
	int length = strcspn(parser->at, ",() \t\n");

	return pnstrdup(parser->at, length);
}

/* A plain decimal number as an integer of scale MAX_WEIGHT_SCALE. */
static bool
read_weight(Parser *parser, int64 *weight)
{
	const char *at;
	int64 value = 0;
	int digits = 0;
	int decimals = -1;

	skip_blanks(parser);
	for (at = parser->at; (*at >= '0' && *at <= '9') || *at == '.'; at++)
	{
		if (*at == '.')
		{
			if (decimals >= 0)
				break;
			decimals = 0;
			continue;
		}
		if (decimals < 0 ? ++digits > MAX_WEIGHT_DIGITS
						 : ++decimals > MAX_WEIGHT_SCALE)
		{
			fail(parser, parser->at, "too many digits in weight",
				 rest_of_value(parser),
				 psprintf("A weight has at most %d digits before the point "
						  "and %d after it.",
						  MAX_WEIGHT_DIGITS, MAX_WEIGHT_SCALE));
			return false;
		}
		value = value * 10 + (*at - '0');
	}
	if (digits + Max(decimals, 0) == 0 || is_word_letter(*at) || *at == '.')
	{
		fail(parser, parser->at,
			 "a weight is a number such as 40 or 22.5, not",
			 rest_of_value(parser), NULL);
		return false;
	}
	for (int i = Max(decimals, 0); i < MAX_WEIGHT_SCALE; i++)
		value *= 10;
	*weight = value;
	parser->at = at;
	return true;
}

static char *
join_words(const char *const *words, int n)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < n && words[i] != NULL; i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", words[i]);
	return list.data;
}

/* The options a method takes, for a hint. */
static char *
option_hint(int method)
{
	StringInfoData hint;
	int n = 0;

	initStringInfo(&hint);
	appendStringInfo(&hint, "The options of %s are ", method_names[method]);
	for (int i = 0; i < MAX_PLACES && shapes[method][i].name != NULL; i++)
		appendStringInfo(&hint, "%s%s", n++ > 0 ? ", " : "",
						 shapes[method][i].name);
	for (int i = 0; i < lengthof(options); i++)
		if (options[i].methods & METHOD(method))
			appendStringInfo(&hint, "%s%s", n++ > 0 ? ", " : "",
							 options[i].name);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

static void
read_duration(Parser *parser, const ModelOption *option, Token *value,
			  int64 *microseconds)
{
	int64 count = 0;
	const char *at = value->text;

	while (*at >= '0' && *at <= '9' && count < PG_INT32_MAX)
		count = count * 10 + (*at++ - '0');
	if (at > value->text && (*at == 'd' || *at == 'h') && at[1] == '\0')
	{
		int64 hours = *at == 'd' ? count * HOURS_PER_DAY_LENGTH : count;

		if (hours > 0 && hours <= MAX_LOOKBACK_DAYS * HOURS_PER_DAY_LENGTH)
		{
			*microseconds = hours * USECS_PER_HOUR;
			return;
		}
	}
	fail(parser, value->start,
		 psprintf("%s is a duration such as 90d or 36h, not", option->name),
		 value->text,
		 psprintf("Days have 24 hours; at least 1h, at most %dd.",
				  MAX_LOOKBACK_DAYS));
}

static void
read_option(Parser *parser, const ModelOption *option, Draft *draft)
{
	char *field = (char *) draft->model + option->offset;
	uint32 bit = 1U << (option - options);
	Token value;

	if (!read_word(parser, &value) || value.quoted)
	{
		fail(parser, parser->at,
			 psprintf("a value of %s is missing", option->name), NULL, NULL);
		return;
	}
	if (draft->given & bit)
	{
		fail(parser, value.start, psprintf("%s is given twice", option->name),
			 NULL, NULL);
		return;
	}
	draft->given |= bit;

	switch (option->kind)
	{
		case OPTION_WORD:
			for (int i = 0; i < lengthof(option->words); i++)
				if (option->words[i] != NULL &&
					strcmp(option->words[i], value.text) == 0)
				{
					*(uint8 *) field = i;
					return;
				}
			fail(parser, value.start,
				 psprintf("%s does not take", option->name), value.text,
				 psprintf("It takes one of: %s.",
						  join_words(option->words, lengthof(option->words))));
			break;
		case OPTION_DURATION:
			read_duration(parser, option, &value, (int64 *) field);
			break;
		case OPTION_NUMBER:
		{
			int number = 0;
			const char *at = value.text;

			while (*at >= '0' && *at <= '9' && number <= MAX_MINOR_DIGITS)
				number = number * 10 + (*at++ - '0');
			if (*at != '\0' || number > MAX_MINOR_DIGITS)
				fail(parser, value.start,
					 psprintf("%s is a number from 0 to %d, not", option->name,
							  MAX_MINOR_DIGITS),
					 value.text, NULL);
			else
				*(uint8 *) field = number;
		}
		break;
	}
}

static void
read_role(Parser *parser, const Token *name, Draft *draft)
{
	int length;

	name->text[spell_word(name->text, name->text, strlen(name->text))] = '\0';
	length = strlen(name->text);
	for (int i = 0; i < draft->nroles; i++)
		if (same_word(draft->roles[i].text, strlen(draft->roles[i].text),
					  name->text, length))
		{
			fail(parser, name->start, "this role is given twice:", name->text,
				 NULL);
			return;
		}
	if (length == 0 || length > MAX_ROLE_BYTES)
		fail(parser, name->start,
			 psprintf("a role's name has from 1 to %d bytes", MAX_ROLE_BYTES),
			 NULL, NULL);
	else if (draft->nroles == MAX_ROLES)
		fail(parser, name->start,
			 psprintf("a model has at most %d roles", MAX_ROLES), NULL, NULL);
	else if (read_weight(parser, &draft->weights[draft->nroles]))
		draft->roles[draft->nroles++] = *name;
}

/* A shape starts out with its usual weights. */
static void
start_shape(Draft *draft)
{
	const ShapePlace *places = shapes[draft->model->method];

	for (int i = 0; i < MAX_PLACES && places[i].name != NULL; i++)
	{
		draft->roles[i].text = pstrdup(places[i].name);
		draft->weights[i] = (int64) places[i].weight *
							MAX_WEIGHT_PER_THOUSANDTH;
		draft->nroles++;
	}
}

/* A place of the shape and its weight; false: there is no such place. */
static bool
read_place(Parser *parser, const Token *name, Draft *draft)
{
	for (int i = 0; i < draft->nroles; i++)
	{
		if (strcmp(draft->roles[i].text, name->text) != 0)
			continue;
		if (draft->places_given & (1U << i))
			fail(parser, name->start,
				 psprintf("%s is given twice", name->text), NULL, NULL);
		else
			(void) read_weight(parser, &draft->weights[i]);
		draft->places_given |= 1U << i;
		return true;
	}
	return false;
}

/* As roles are read, so that no role is taken for an option or the other way. */
static bool
is_option(const ModelOption *option, const char *name, int length)
{
	return same_word(option->name, strlen(option->name), name, length);
}

/* One key=value of the list in parentheses. */
static void
read_argument(Parser *parser, Draft *draft)
{
	int method = draft->model->method;
	Token key;

	if (!read_words(parser, &key, true))
	{
		fail(parser, parser->at,
			 method == CREDIT_ROLE_SPLIT ? "a role or an option is missing"
										 : "an option is missing",
			 NULL, option_hint(method));
		return;
	}
	if (!read_character(parser, '='))
	{
		fail(parser, parser->at, "\"=\" is missing after", key.text, NULL);
		return;
	}
	for (int i = 0; !key.quoted && i < lengthof(options); i++)
		if (is_option(&options[i], key.text, strlen(key.text)))
		{
			if (options[i].methods & METHOD(method))
				read_option(parser, &options[i], draft);
			else
				fail(parser, key.start,
					 psprintf("%s has no option", method_names[method]),
					 key.text, option_hint(method));
			return;
		}
	if (method == CREDIT_ROLE_SPLIT)
		read_role(parser, &key, draft);
	else if (key.quoted || !read_place(parser, &key, draft))
		fail(parser, key.start,
			 psprintf("%s has no option", method_names[method]), key.text,
			 option_hint(method));
}

/* The draft as it is stored, weights at the smallest scale that holds them. */
static CreditModel *
compile(Draft *draft)
{
	Size names = 0;
	Size size;
	CreditModel *model;
	char *name;
	int64 unit = 1;
	int scale = MAX_WEIGHT_SCALE;

	while (scale > 0)
	{
		for (int i = 0; i < draft->nroles; i++)
			if (draft->weights[i] % (unit * 10) != 0)
				goto smallest;
		unit *= 10;
		scale--;
	}
smallest:
	for (int i = 0; i < draft->nroles; i++)
		names += strlen(draft->roles[i].text);
	size = offsetof(CreditModel, roles) + draft->nroles * sizeof(CreditRole) +
		   names;
	model = palloc0(size);
	memcpy(model, draft->model, offsetof(CreditModel, roles));
	SET_VARSIZE(model, size);
	model->weight_scale = draft->nroles > 0 ? scale : 0;
	model->nroles = draft->nroles;
	name = (char *) &model->roles[model->nroles];
	for (int i = 0; i < draft->nroles; i++)
	{
		CreditRole *role = &model->roles[i];

		role->weight = draft->weights[i] / unit;
		role->name_offset = name - (char *) &model->roles[model->nroles];
		role->name_length = strlen(draft->roles[i].text);
		memcpy(name, draft->roles[i].text, role->name_length);
		name += role->name_length;
	}
	return model;
}

/* NULL after a soft error. */
static CreditModel *
parse(const char *input, Node *escontext)
{
	Parser parser = {.input = input, .at = input, .escontext = escontext};
	Draft *draft = palloc0(sizeof(Draft));
	Token method;
	int i;

	draft->model = palloc0(offsetof(CreditModel, roles));
	draft->model->version = CREDIT_MODEL_VERSION;
	draft->model->minor_digits = DEFAULT_MINOR_DIGITS;
	if (!read_word(&parser, &method))
	{
		fail(&parser, parser.at, "the name of a model is missing", NULL,
			 psprintf("The models are %s.",
					  join_words(method_names, lengthof(method_names))));
		return NULL;
	}
	for (i = 0; i < lengthof(method_names); i++)
		if (strcmp(method_names[i], method.text) == 0)
			break;
	if (i == lengthof(method_names))
	{
		fail(&parser, method.start, "there is no model", method.text,
			 psprintf("The models are %s.",
					  join_words(method_names, lengthof(method_names))));
		return NULL;
	}
	draft->model->method = i;
	if (i == CREDIT_TIME_DECAY)
		draft->model->half_life = DEFAULT_DECAY_HALF_LIFE;
	start_shape(draft);

	if (read_character(&parser, '(') && !read_character(&parser, ')'))
	{
		do
		{
			read_argument(&parser, draft);
		} while (!parser.failed && read_character(&parser, ','));
		if (!parser.failed && !read_character(&parser, ')'))
			fail(&parser, parser.at, "\",\" or \")\" is missing", NULL, NULL);
	}
	skip_blanks(&parser);
	if (*parser.at != '\0')
		fail(&parser, parser.at, "nothing may follow the model, but there is",
			 psprintf("%s", parser.at), NULL);

	if (i == CREDIT_ROLE_SPLIT || draft->nroles > 0)
	{
		bool any = false;

		for (int role = 0; role < draft->nroles; role++)
			any |= draft->weights[role] > 0;
		if (!any)
			fail(&parser, parser.at,
				 draft->nroles == 0       ? "role_split names no role"
				 : i == CREDIT_ROLE_SPLIT ? "no role has a weight above zero"
										  : "no weight is above zero",
				 NULL,
				 i == CREDIT_ROLE_SPLIT
					 ? "Write for example role_split(sourcing=40, "
					   "technical=20, influencing=20, co_sell=20)."
					 : option_hint(i));
	}
	return parser.failed ? NULL : compile(draft);
}

/* A rule from text, in the current memory context. */
CreditModel *
credit_model_parse(const char *text)
{
	return parse(text, NULL);
}

/* The same; NULL after a soft error. */
CreditModel *
credit_model_parse_safe(const char *text, Node *escontext)
{
	return parse(text, escontext);
}

/* ---- writing ---- */

static void
append_duration(StringInfo text, int64 microseconds)
{
	int64 hours = microseconds / USECS_PER_HOUR;

	if (hours % HOURS_PER_DAY_LENGTH == 0)
		appendStringInfo(text, "%lldd",
						 (long long) (hours / HOURS_PER_DAY_LENGTH));
	else
		appendStringInfo(text, "%lldh", (long long) hours);
}

/* Quoted where it would not be read back as itself. */
static void
append_role_name(StringInfo text, const char *name, int length)
{
	bool plain = true;

	for (int i = 0; i < length; i++)
		plain &= is_word_letter(name[i]);
	for (int i = 0; i < lengthof(options); i++)
		plain &= !is_option(&options[i], name, length);
	if (plain)
	{
		appendBinaryStringInfo(text, name, length);
		return;
	}
	append_quoted(text, name, length, '"');
}

static void
append_weight(StringInfo text, int64 weight, int scale)
{
	int64 unit = 1;

	for (int i = 0; i < scale; i++)
		unit *= 10;
	appendStringInfo(text, "%lld", (long long) (weight / unit));
	weight %= unit;
	if (weight == 0)
		return;
	while (weight % 10 == 0)
	{
		weight /= 10;
		scale--;
	}
	appendStringInfo(text, ".%0*lld", scale, (long long) weight);
}

/* Whether a shape has the weights it has unless others are given. */
static bool
has_usual_weights(const CreditModel *model)
{
	int64 unit = 1;

	for (int i = model->weight_scale; i < MAX_WEIGHT_SCALE; i++)
		unit *= 10;
	if (model->method == CREDIT_ROLE_SPLIT)
		return false;
	for (int i = 0; i < model->nroles; i++)
		if (model->roles[i].weight * unit !=
			(int64) shapes[model->method][i].weight *
				MAX_WEIGHT_PER_THOUSANDTH)
			return false;
	return true;
}

static int64
default_duration(const CreditModel *model, const ModelOption *option)
{
	if (option->offset == offsetof(CreditModel, half_life) &&
		model->method == CREDIT_TIME_DECAY)
		return DEFAULT_DECAY_HALF_LIFE;
	return 0;
}

/* A weight of the model, for people. */
void
credit_model_append_weight(StringInfo text, const CreditModel *model,
						   int64 weight)
{
	append_weight(text, weight, model->weight_scale);
}

/* The canonical text: roles in their order, then what is not a default. */
char *
credit_model_to_text(const CreditModel *model)
{
	StringInfoData text;
	const char *separator = "(";

	initStringInfo(&text);
	appendStringInfoString(&text, method_names[model->method]);
	for (int i = 0; i < model->nroles && !has_usual_weights(model); i++)
	{
		appendStringInfoString(&text, separator);
		append_role_name(&text, credit_role_name(model, i),
						 model->roles[i].name_length);
		appendStringInfoChar(&text, '=');
		append_weight(&text, model->roles[i].weight, model->weight_scale);
		separator = ", ";
	}
	for (int i = 0; i < lengthof(options); i++)
	{
		const ModelOption *option = &options[i];
		const char *field = (const char *) model + option->offset;
		int value = option->kind == OPTION_DURATION ? 0
													: *(const uint8 *) field;

		if (option->kind == OPTION_WORD && value == 0)
			continue;
		if (option->kind == OPTION_NUMBER && value == DEFAULT_MINOR_DIGITS)
			continue;
		if (option->kind == OPTION_DURATION &&
			*(const int64 *) field == default_duration(model, option))
			continue;
		appendStringInfo(&text, "%s%s=", separator, option->name);
		separator = ", ";
		if (option->kind == OPTION_WORD)
			appendStringInfoString(&text, option->words[value]);
		else if (option->kind == OPTION_NUMBER)
			appendStringInfo(&text, "%d", value);
		else
			append_duration(&text, *(const int64 *) field);
	}
	if (separator[0] == ',')
		appendStringInfoChar(&text, ')');
	return text.data;
}

/* ---- asking ---- */

/* The role's index, or -1; name in any spelling. */
int
credit_model_find_role(const CreditModel *model, const char *name, int length)
{
	for (int i = 0; i < model->nroles; i++)
		if (same_word(credit_role_name(model, i), model->roles[i].name_length,
					  name, length))
			return i;
	return -1;
}

/* How many of the model's weights are milestones'. */
int
credit_model_milestones(const CreditModel *model)
{
	return model->nroles - 1;
}

const char *
credit_milestone_name(int milestone)
{
	return milestone_names[milestone];
}

/*
 * The milestones that a role names, as a set.  A touch that is several at once
 * has them all in its role: "first, lead_created", "first+lead_created", or
 * with a semicolon, as lists of choices are exported.
 */
static int
find_milestones(const CreditModel *model, const char *name, int length)
{
	int set = 0;
	int start = 0;

	for (int at = 0; at <= length; at++)
	{
		if (at < length && name[at] != ',' && name[at] != '+' &&
			name[at] != ';')
			continue;
		for (int i = 0; i < credit_model_milestones(model); i++)
			if (same_word(milestone_names[i], strlen(milestone_names[i]),
						  name + start, at - start))
				set |= 1 << i;
		start = at + 1;
	}
	return set;
}

/*
 * What a role means to the model: for role_split its index, for shapes of
 * milestones the set of them, for source_wins 0 if it is the sourcing role;
 * -1 if it means nothing.  Models without roles give 0.
 */
int
credit_model_role_code(const CreditModel *model, const char *name, int length)
{
	switch ((CreditMethod) model->method)
	{
		case CREDIT_ROLE_SPLIT:
			return credit_model_find_role(model, name, length);
		case CREDIT_W_SHAPED:
		case CREDIT_FULL_PATH:
			return find_milestones(model, name, length);
		case CREDIT_SOURCE_WINS:
			return same_word(SOURCING_ROLE, strlen(SOURCING_ROLE), name,
							 length)
					   ? 0
					   : -1;
		default:
			return 0;
	}
}

/* The roles as a list for people. */
char *
credit_model_role_list(const CreditModel *model)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < model->nroles; i++)
	{
		if (i > 0)
			appendStringInfoString(&list, ", ");
		append_role_name(&list, credit_role_name(model, i),
						 model->roles[i].name_length);
	}
	return list.data;
}

bool
credit_model_equal(const CreditModel *a, const CreditModel *b)
{
	return a == b ||
		   (VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0);
}

/* ---- the type ---- */

static void *
model_text(TextForm *form, void *value)
{
	if (form->out)
		appendStringInfoString(form->out, credit_model_to_text(value));
	else
	{
		value = parse(form->at, form->escontext);
		form->at += strlen(form->at);
		if (value == NULL)
			text_reported(form);
	}
	return value;
}

const ValueType credit_model_type = {"credit_model", CREDIT_MODEL_VERSION,
									 model_text, text_as_binary};

VALUE_FORMS(credit_model, &credit_model_type);

/* ---- validating ---- */

/* Whether all that a model's bytes refer to is in them. */
static bool
is_whole(const CreditModel *model, Size size)
{
	Size names;

	if (size < offsetof(CreditModel, roles) || !VARATT_IS_4B_U(model) ||
		VARSIZE(model) != size || model->version != CREDIT_MODEL_VERSION ||
		model->method >= lengthof(method_names) ||
		model->per > CREDIT_PER_TOUCH ||
		model->within > CREDIT_WITHIN_WEIGHT ||
		model->unfilled > CREDIT_UNFILLED_REDISTRIBUTE ||
		model->unknown > CREDIT_UNKNOWN_IGNORE ||
		model->after_close > CREDIT_AFTER_CLOSE_INCLUDE ||
		model->weight_scale > MAX_WEIGHT_SCALE || model->nroles < 0 ||
		(model->method != CREDIT_ROLE_SPLIT &&
		 model->nroles > (int) lengthof(shapes[0])) ||
		model->nroles >
			(size - offsetof(CreditModel, roles)) / sizeof(CreditRole))
		return false;
	names = size - offsetof(CreditModel, roles) -
			model->nroles * sizeof(CreditRole);
	for (int i = 0; i < model->nroles; i++)
	{
		const CreditRole *role = &model->roles[i];

		if (role->name_offset < 0 || role->name_length < 0 ||
			(Size) role->name_offset + role->name_length > names)
			return false;
	}
	return true;
}

/*
 * Whether bytes are a model as it is made of its text.  Bytes that are whole
 * but say what no text does may be an error of the text instead.
 */
bool
credit_model_is_valid(const CreditModel *model, Size size)
{
	return is_whole(model, size) &&
		   credit_model_equal(model,
							  credit_model_parse(credit_model_to_text(model)));
}

/* Rules are ordered by their canonical text, byte by byte. */
static int
compare(FunctionCallInfo fcinfo)
{
	return strcmp(credit_model_to_text(PG_GETARG_CREDIT_MODEL(0)),
				  credit_model_to_text(PG_GETARG_CREDIT_MODEL(1)));
}

Datum
credit_model_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(credit_model_equal(PG_GETARG_CREDIT_MODEL(0),
									  PG_GETARG_CREDIT_MODEL(1)));
}

Datum
credit_model_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!credit_model_equal(PG_GETARG_CREDIT_MODEL(0),
									   PG_GETARG_CREDIT_MODEL(1)));
}

Datum
credit_model_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

Datum
credit_model_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

Datum
credit_model_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

Datum
credit_model_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

Datum
credit_model_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/* Of the text, so that it is the same on every architecture. */
Datum
credit_model_hash(PG_FUNCTION_ARGS)
{
	char *text = credit_model_to_text(PG_GETARG_CREDIT_MODEL(0));

	return hash_any((unsigned char *) text, strlen(text));
}

Datum
credit_model_hash_extended(PG_FUNCTION_ARGS)
{
	char *text = credit_model_to_text(PG_GETARG_CREDIT_MODEL(0));

	return hash_any_extended((unsigned char *) text, strlen(text),
							 PG_GETARG_INT64(1));
}
