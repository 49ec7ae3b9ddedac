/*
 * company_id.c
 *		Ids of companies: scheme:value, checked and in one form.
 *
 * People write ids with blanks, dashes and dots, in small letters, without
 * the zeros a spreadsheet took away.  Here each scheme says how its ids are
 * brought to one form and what makes them wrong, in one table.  VAT numbers
 * are read in vat_number.c.
 *
 * What can be checked without asking a register is checked: lengths, kinds of
 * characters, and check digits where the algorithm is published.  A checked id
 * may still be nobody's.
 *
 * IDENTIFICATION
 *		src/identity/company_id.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "base/check_digits.h"
#include "identity/company_id.h"
#include "identity/company_name.h"
#include "base/compat.h"
#include "identity/id_value.h"
#include "identity/legal_form.h"
#include "identity/vat_number.h"

PG_FUNCTION_INFO_V1(company_id_problem);
PG_FUNCTION_INFO_V1(company_id_key);

/* ---- placeholders ---- */

/* One letter or digit over and over, of which so many say nothing. */
static bool
is_repeated(const char *letters, int n)
{
	for (int i = 1; i < n; i++)
		if (letters[i] != letters[0])
			return false;
	switch (letters[0])
	{
		case '0':
		case 'x':
			return true;
		case '9':
			return n >= 4;
		default:
			return n >= 6 && is_digit(letters[0]);
	}
}

/*
 * Whether a value is what people and programs write when they have no id: n/a,
 * pending, 0000, XXX, ---, #REF!, -1.
 */
static bool
is_placeholder_value(const char *value, Size length)
{
	char letters[32];
	int n = 0;
	bool high = false;

	for (Size i = 0; i < length; i++)
	{
		char c = small(value[i]);

		if (is_digit(c) || is_small(c) || IS_HIGHBIT_SET(c))
		{
			if (n == sizeof(letters))
				return false;
			high |= IS_HIGHBIT_SET(c);
			letters[n++] = c;
		}
	}
	if (n == 0 || is_repeated(letters, n) ||
		is_placeholder(letters, n, PLACEHOLDER_ID) ||
		(n >= 9 && n == length && is_dummy(letters, n)))
		return true;
	/* errors of a spreadsheet: #REF!, #NAME?; -1 is a program's NULL */
	if ((value[0] == '#' && strchr("!?", value[length - 1]) != NULL) ||
		(length == 2 && memcmp(value, "-1", 2) == 0))
		return true;
	if (high)
	{
		/* dashes of other kinds, full-width letters */
		CompanyName name;

		read_company_name(value, length, NULL, 0, &name);
		return name.problem != NULL &&
			   (strcmp(name.problem, "no_letters") == 0 ||
				strcmp(name.problem, "placeholder") == 0);
	}
	return false;
}

/* ---- readers: a value of a scheme to its one form ---- */

typedef IdProblem (*ValueReader)(const char *value, Size length, char *out,
								 int *n);

/* Reads exactly so many digits. */
static IdProblem
read_digits(const char *value, Size length, int wanted, char *out, int *n)
{
	*n = compact_digits(value, length, out, wanted);
	if (*n != wanted)
		return ID_BAD_FORMAT;
	return is_dummy(out, *n) ? ID_PLACEHOLDER : ID_FINE;
}

static IdProblem
read_lei(const char *value, Size length, char *out, int *n)
{
	*n = compact_id(value, length, "", out, 20, NULL);
	if (*n != 20 || !all_digits(out + 18, 2))
		return ID_BAD_FORMAT;
	if (is_one_digit(out, 18))
		return ID_PLACEHOLDER;
	return modulo(out, 20, 97) == 1 ? ID_FINE : ID_BAD_CHECKSUM;
}

/*
 * Seven or eight digits are most likely what a spreadsheet left of nine, but a
 * number without a check digit cannot prove it.
 */
static IdProblem
read_duns(const char *value, Size length, char *out, int *n)
{
	IdProblem problem = read_digits(value, length, 9, out, n);

	return problem == ID_BAD_FORMAT && (*n == 7 || *n == 8) &&
				   !is_dummy(out, *n)
			   ? ID_LOST_ZEROS
			   : problem;
}

/* Puts back the zeros that a spreadsheet took away; a check has to prove it. */
static void
put_zeros_in_front(char *digits, int *n, int wanted)
{
	int missing = wanted - *n;

	if (*n > 0 && missing > 0 && missing <= 3)
	{
		memmove(digits + missing, digits, *n);
		memset(digits, '0', missing);
		*n = wanted;
	}
}

static IdProblem
read_siren(const char *value, Size length, char *out, int *n)
{
	IdProblem problem = read_digits(value, length, 9, out, n);

	if (problem == ID_BAD_FORMAT)
	{
		put_zeros_in_front(out, n, 9);
		return *n == 9 && !is_one_digit(out, 9) && luhn(out, 9) == 0
				   ? ID_FINE
				   : ID_BAD_FORMAT;
	}
	if (problem == ID_FINE && luhn(out, 9) != 0)
		problem = ID_BAD_CHECKSUM;
	return problem;
}

static IdProblem
read_siret(const char *value, Size length, char *out, int *n)
{
	IdProblem problem = read_digits(value, length, 14, out, n);

	if (problem == ID_BAD_FORMAT)
	{
		put_zeros_in_front(out, n, 14);
		return *n == 14 && !is_one_digit(out, 14) && luhn(out, 9) == 0 &&
					   luhn(out, 14) == 0
				   ? ID_FINE
				   : ID_BAD_FORMAT;
	}
	if (problem != ID_FINE)
		return problem;
	if (luhn(out, 9) != 0)
		return ID_BAD_CHECKSUM;
	if (luhn(out, 14) == 0)
		return ID_FINE;
	/* The post offices of La Poste: the sum of the digits is a multiple of 5 */
	if (memcmp(out, "356000000", 9) == 0)
	{
		int sum = 0;

		for (int i = 0; i < 14; i++)
			sum += out[i] - '0';
		if (sum % 5 == 0)
			return ID_FINE;
	}
	return ID_BAD_CHECKSUM;
}

static IdProblem
read_cik(const char *value, Size length, char *out, int *n)
{
	char digits[10];
	int given;

	/* the register's own way to write it: CIK0000320193 */
	if (length > 3 && pg_strncasecmp(value, "CIK", 3) == 0)
	{
		value += 3;
		length -= 3;
	}
	given = compact_digits(value, length, digits, 10);
	if (given < 1)
		return ID_BAD_FORMAT;
	memset(out, '0', 10 - given);
	memcpy(out + 10 - given, digits, given);
	*n = 10;
	return is_dummy(out, 10) ? ID_PLACEHOLDER : ID_FINE;
}

/*
 * Salesforce's ids have 15 characters where the case of a letter matters; the
 * long form has three more, each of which tells which of five characters are
 * capital letters.  A short one whose letters are all of one case has most
 * likely lost it on the way.
 */
static const char salesforce_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

static void
salesforce_suffix(const char *id, char *suffix)
{
	for (int part = 0; part < 3; part++)
	{
		int bits = 0;

		for (int i = 0; i < 5; i++)
			if (is_capital(id[part * 5 + i]))
				bits |= 1 << i;
		suffix[part] = salesforce_letters[bits];
	}
}

static IdProblem
read_salesforce(const char *value, Size length, char *out, int *n)
{
	char suffix[3];
	bool small_seen = false;
	bool capital_seen = false;

	if (length != 15 && length != 18)
		return ID_BAD_FORMAT;
	for (Size i = 0; i < length; i++)
	{
		out[i] = value[i];
		if (!is_digit(out[i]) && !is_small(out[i]) && !is_capital(out[i]))
			return ID_BAD_FORMAT;
		if (i < 15)
		{
			small_seen |= is_small(out[i]);
			capital_seen |= is_capital(out[i]);
		}
		else
			out[i] = capital(out[i]);
	}
	*n = 18;
	if (is_one_digit(out, 15) || is_placeholder_value(value, length))
		return ID_PLACEHOLDER;
	/* Of two ids that differ in case only one would be left. */
	if (length == 15 && small_seen != capital_seen)
		return ID_LOST_CASE;
	if (length == 18 && !(small_seen && capital_seen))
	{
		/* Some program changed the case of all of it: the suffix knows */
		for (int i = 0; i < 15; i++)
		{
			const char *known = strchr(salesforce_letters, out[15 + i / 5]);

			if (known == NULL)
				return ID_BAD_CHECKSUM;
			out[i] = ((known - salesforce_letters) >> (i % 5)) & 1
						 ? capital(out[i])
						 : small(out[i]);
		}
	}
	salesforce_suffix(out, suffix);
	if (length == 18 && memcmp(out + 15, suffix, 3) != 0)
		return ID_BAD_CHECKSUM;
	memcpy(out + 15, suffix, 3);
	return ID_FINE;
}

/*
 * Exchanges as people write them, and their market identifier codes (ISO
 * 10383).  Names that mean several exchanges (TSE, SSE) are not here.
 */
static const char *const exchanges[][2] = {
	{"AMEX", "XASE"},         {"AMS", "XAMS"},   {"ASX", "XASX"},
	{"B3", "BVMF"},           {"BIT", "XMIL"},   {"BME", "XMAD"},
	{"BSE", "XBOM"},          {"CPH", "XCSE"},   {"EBR", "XBRU"},
	{"EPA", "XPAR"},          {"ETR", "XETR"},   {"FRA", "XFRA"},
	{"FWB", "XFRA"},          {"HEL", "XHEL"},   {"HKEX", "XHKG"},
	{"HKG", "XHKG"},          {"JSE", "XJSE"},   {"KRX", "XKRX"},
	{"LON", "XLON"},          {"LSE", "XLON"},   {"NASDAQ", "XNAS"},
	{"NASDAQGS", "XNAS"},     {"NSE", "XNSE"},   {"NYSE", "XNYS"},
	{"NYSEAMERICAN", "XASE"}, {"OSL", "XOSL"},   {"SGX", "XSES"},
	{"SHA", "XSHG"},          {"SHE", "XSHE"},   {"SIX", "XSWX"},
	{"STO", "XSTO"},          {"SWX", "XSWX"},   {"SZSE", "XSHE"},
	{"TPE", "XTAI"},          {"TSX", "XTSE"},   {"TWSE", "XTAI"},
	{"TYO", "XTKS"},          {"XETRA", "XETR"},
};

/* The market identifier code of an exchange in capital letters, or NULL. */
static const char *
exchange_code(const char *name, Size length)
{
	if (length == 0 || !is_capital(name[0]))
		return NULL;
	for (int i = 0; i < lengthof(exchanges); i++)
		if (is_word(exchanges[i][0], name, length))
			return exchanges[i][1];
	return NULL;
}

#define SYMBOL_MAX_LENGTH 15

/* Some symbols are words that say nothing elsewhere, or few digits. */
static bool
is_placeholder_symbol(const char *value, Size length)
{
	static const char *const symbols[] = {"NAN",  "NEW",  "NO",
										  "SELF", "TRUE", "X"};
	char symbol[SYMBOL_MAX_LENGTH];

	for (Size i = 0; i < length; i++)
		symbol[i] = capital(value[i]);
	for (int i = 0; i < lengthof(symbols); i++)
		if (is_word(symbols[i], symbol, length))
			return false;
	/* 9999 and 888 trade in Hong Kong */
	if (length < 6 && all_digits(value, length) && value[0] != '0')
		return false;
	return is_placeholder_value(value, length);
}

static IdProblem
read_ticker(const char *value, Size length, char *out, int *n)
{
	const char *colon = memchr(value, ':', length);
	Size exchange_length;
	char exchange[12] = {0};
	const char *code;

	if (colon == NULL || (exchange_length = colon - value) > sizeof(exchange))
		return ID_BAD_FORMAT;
	for (Size i = 0; i < exchange_length; i++)
		exchange[i] = capital(value[i]);
	code = exchange_code(exchange, exchange_length);
	if (code != NULL)
		memcpy(out, code, 4);
	else if (exchange_length == 4 && has_format(exchange, 4, "XXXX"))
		memcpy(out, exchange, 4);
	else
		return ID_BAD_FORMAT;
	out[4] = ':';
	*n = 5;
	length -= exchange_length + 1;
	value += exchange_length + 1;
	trim_id(&value, &length);
	if (length < 1 || length > SYMBOL_MAX_LENGTH)
		return ID_BAD_FORMAT;
	if (is_placeholder_symbol(value, length))
		return ID_PLACEHOLDER;
	for (Size i = 0; i < length; i++)
	{
		char c = capital(value[i]);

		/* classes of shares: BRK.B, BRK-B, BRK/B */
		if (c == '-' || c == '/')
			c = '.';
		if (!is_digit(c) && !is_capital(c) && c != '.')
			return ID_BAD_FORMAT;
		out[(*n)++] = c;
	}
	return out[5] == '.' ? ID_BAD_FORMAT : ID_FINE;
}

/* What a spreadsheet left of a number with more digits: 1.23457E+11 */
static bool
is_rounded(const char *value, Size length)
{
	Size i = 0;

	while (i < length &&
		   (is_digit(value[i]) || value[i] == '.' || value[i] == ','))
		i++;
	return i > 0 && i + 3 <= length && capital(value[i]) == 'E' &&
		   value[i + 1] == '+' && all_digits(value + i + 2, length - i - 2);
}

/* Values of schemes of somebody's own: any text, its case kept. */
static IdProblem
read_custom(const char *value, Size length, char *out, int *n)
{
	if (memchr(value, '\0', length) != NULL)
		return ID_BAD_FORMAT;
	if (is_placeholder_value(value, length))
		return ID_PLACEHOLDER;
	if (is_digit(value[0]) && is_rounded(value, length))
		return ID_BAD_FORMAT;
	memcpy(out, value, length);
	*n = length;
	return ID_FINE;
}

/* ---- schemes ---- */

typedef struct Scheme
{
	const char *name;
	bool deciding;
	int extra_prefix; /* bytes of the value that belong to the prefix */
	ValueReader read;
	const char *format; /* of the one form; NULL where it is not fixed */
} Scheme;

static const Scheme schemes[] = {
	{"cik", true, 0, read_cik, "9999999999"},
	{"duns", false, 0, read_duns, "999999999"},
	{"lei", true, 0, read_lei, "XXXXXXXXXXXXXXXXXX99"},
	{"sf", false, 0, read_salesforce, NULL},
	{"siren", true, 0, read_siren, "999999999"},
	{"siret", false, 0, read_siret, "99999999999999"},
	{"ticker", false, 0, read_ticker, NULL},
	/* a company has a number in every country where it pays the tax */
	{"vat", true, 2, read_vat, NULL},
};

/* Levels of their own in an identity, and what identify() reads elsewhere. */
static const char *const reserved_schemes[] = {"domain", "name",  "alias",
											   "http",   "https", "ftp",
											   "mailto", "url",   "website",
											   "email"};

static const Scheme *
find_scheme(const char *name, int length)
{
	for (int i = 0; i < lengthof(schemes); i++)
		if (is_word(schemes[i].name, name, length))
			return &schemes[i];
	return NULL;
}

static bool
is_scheme_name(const char *name, int length)
{
	if (length < 1 || length > SCHEME_MAX_LENGTH)
		return false;
	for (int i = 0; i < length; i++)
		if (!is_small(name[i]) && !is_digit(name[i]) && name[i] != '_')
			return false;
	for (int i = 0; i < lengthof(reserved_schemes); i++)
		if (is_word(reserved_schemes[i], name, length))
			return false;
	return true;
}

/*
 * Reads an id as people write it.  *id is set only when the result is
 * ID_FINE.
 */
IdProblem
read_company_id(const char *text, Size length, CompanyId *id)
{
	const char *colon;
	const char *code;
	const char *value;
	char name[SCHEME_MAX_LENGTH];
	const Scheme *scheme;
	Size name_length;
	Size value_length;
	bool deciding;
	IdProblem problem;
	int n;

	trim_id(&text, &length);
	if (length == 0)
		return ID_EMPTY;
	colon = memchr(text, ':', length);
	if (colon == NULL)
		return ID_NO_SCHEME;
	name_length = colon - text;
	value = colon + 1;
	value_length = length - name_length - 1;
	trim_id(&text, &name_length);
	if (name_length == 0)
		return ID_NO_SCHEME;

	/* NASDAQ:MSFT */
	code = exchange_code(text, name_length);
	if (code != NULL)
	{
		scheme = find_scheme("ticker", strlen("ticker"));
		deciding = false;
		value = text;
		value_length = length;
		name_length = strlen(scheme->name);
		memcpy(name, scheme->name, name_length);
	}
	else
	{
		deciding = text[name_length - 1] == '!';
		if (deciding)
			name_length--;
		if (name_length > SCHEME_MAX_LENGTH)
			return ID_BAD_SCHEME;
		for (Size i = 0; i < name_length; i++)
			name[i] = small(text[i]);
		if (!is_scheme_name(name, name_length))
			return ID_BAD_SCHEME;
		scheme = find_scheme(name, name_length);
		trim_id(&value, &value_length);
	}
	if (value_length == 0)
		return ID_EMPTY;
	if (value_length > ID_MAX_LENGTH - SCHEME_MAX_LENGTH - 2)
		return ID_TOO_LONG;

	memcpy(id->bytes, name, name_length);
	n = name_length;
	/* schemes that decide anyway have no ! in their one form */
	if (deciding && !(scheme != NULL && scheme->deciding))
		id->bytes[n++] = '!';
	id->bytes[n++] = ':';
	id->deciding = deciding || (scheme != NULL && scheme->deciding);
	id->length = 0;
	id->prefix = n + (scheme != NULL ? scheme->extra_prefix : 0);
	problem = (scheme != NULL ? scheme->read
							  : read_custom)(value, value_length,
											 id->bytes + n, &id->length);
	if ((problem == ID_BAD_FORMAT || problem == ID_LOST_CASE ||
		 problem == ID_BAD_CHECKSUM || problem == ID_BAD_COUNTRY) &&
		scheme != NULL && is_placeholder_value(value, value_length))
		problem = ID_PLACEHOLDER;
	id->length += n;
	return problem;
}

/*
 * Whether bytes could be an id in its one form, and what follows from its
 * scheme.  Check digits are not looked at: what was once stored must always be
 * read back, even if a later version knows better.
 */
bool
is_canonical_id(const char *bytes, Size length, int *prefix, bool *deciding)
{
	const char *colon = memchr(bytes, ':', length);
	const Scheme *scheme;
	const char *value;
	int name_length;
	int n;

	if (colon == NULL || length > ID_MAX_LENGTH)
		return false;
	name_length = colon - bytes;
	value = colon + 1;
	n = length - name_length - 1;
	*deciding = name_length > 0 && bytes[name_length - 1] == '!';
	if (!is_scheme_name(bytes, name_length - *deciding) || n == 0 ||
		memchr(value, '\0', n) != NULL)
		return false;
	*prefix = name_length + 1;
	scheme = find_scheme(bytes, name_length - *deciding);
	if (scheme == NULL)
		return true;
	if (scheme->deciding)
	{
		if (*deciding)
			return false;
		*deciding = true;
	}
	*prefix += scheme->extra_prefix;
	if (scheme->format != NULL)
		return has_format(value, n, scheme->format);
	if (scheme->read == read_salesforce)
	{
		for (int i = 0; i < n; i++)
			if (!is_digit(value[i]) && !is_small(value[i]) &&
				!is_capital(value[i]))
				return false;
		return n == 18;
	}
	if (scheme->read == read_ticker)
	{
		for (int i = 5; i < n; i++)
			if (!is_digit(value[i]) && !is_capital(value[i]) &&
				value[i] != '.')
				return false;
		return n > 5 && n <= 5 + SYMBOL_MAX_LENGTH &&
			   has_format(value, 5, "XXXX:");
	}
	/* vat */
	for (int i = 0; i < n; i++)
		if (!is_digit(value[i]) && !is_capital(value[i]) &&
			(i < 2 || strchr("+*", value[i]) == NULL))
			return false;
	return n >= 4 && n <= 2 + VAT_MAX_LENGTH && is_capital(value[0]) &&
		   is_capital(value[1]);
}

/* company_id_problem(text) -> text */
Datum
company_id_problem(PG_FUNCTION_ARGS)
{
	IdProblem problem = ID_EMPTY;

	if (!PG_ARGISNULL(0))
	{
		text *value = PG_GETARG_TEXT_PP(0);
		CompanyId id;

		problem = read_company_id(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
								  &id);
	}
	if (problem == ID_FINE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(id_problem_name(problem)));
}

/* company_id_key(text) -> text: the id in its one form */
Datum
company_id_key(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);
	CompanyId id;

	if (read_company_id(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &id) !=
		ID_FINE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(id.bytes, id.length));
}
