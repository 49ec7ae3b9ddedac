/*
 * company_id.c
 *		Ids of companies: scheme:value, checked and in one form.
 *
 * People write ids with blanks, dashes and dots, in small letters, without
 * the zeros a spreadsheet took away.  Here each scheme says how its ids are
 * brought to one form and what makes them wrong, in one table.  VAT numbers
 * have a table of their own, a line a country.
 *
 * What can be checked without asking a register is checked: lengths, kinds of
 * characters, and check digits where the algorithm is published.  A checked id
 * may still be nobody's.
 *
 * IDENTIFICATION
 *		src/company_id.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "company_id.h"
#include "compat.h"
#include "legal_form.h"

PG_FUNCTION_INFO_V1(company_id_problem);
PG_FUNCTION_INFO_V1(company_id_key);

static const char *const problem_names[] = {
	[ID_FINE] = NULL,
	[ID_EMPTY] = "empty",
	[ID_NO_SCHEME] = "no_scheme",
	[ID_BAD_SCHEME] = "bad_scheme",
	[ID_BAD_FORMAT] = "bad_format",
	[ID_BAD_CHECKSUM] = "bad_checksum",
	[ID_PLACEHOLDER] = "placeholder",
	[ID_TOO_LONG] = "too_long",
};

/* The SQL name of a problem; NULL for none. */
const char *
id_problem_name(IdProblem problem)
{
	return problem_names[problem];
}

/* ---- characters: ASCII only, whatever the locale ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

static char
capital(char c)
{
	return is_small(c) ? c - ('a' - 'A') : c;
}

static char
small(char c)
{
	return is_capital(c) ? c + ('a' - 'A') : c;
}

static bool
all_digits(const char *text, int length)
{
	for (int i = 0; i < length; i++)
		if (!is_digit(text[i]))
			return false;
	return length > 0;
}

/* Are these bytes the word?  Of those in a list, most differ at once. */
static inline bool
is_word(const char *word, const char *bytes, Size length)
{
	return length > 0 && word[0] == bytes[0] && strlen(word) == length &&
		   memcmp(word, bytes, length) == 0;
}

/*
 * Bytes of a blank at the start of a text, 0 for none.  Fields copied from
 * web pages and spreadsheets have no-break, zero-width and ideographic blanks.
 * Their bytes are letters in other encodings, of which those of ISO and
 * Windows have the no-break one.
 */
static inline int
blank_at(const char *text, Size length)
{
	static const char *const wide_blanks[] = {"\xC2\xA0", "\xE2\x80\x8B",
											  "\xE3\x80\x80", "\xEF\xBB\xBF",
											  "\xE2\x80\xAF"};

	if (length == 0)
		return 0;
	if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r'))
		return 1;
	if (!IS_HIGHBIT_SET(text[0]))
		return 0;
	switch (GetDatabaseEncoding())
	{
		case PG_UTF8:
		case PG_SQL_ASCII:
			break;
		case PG_LATIN1:
		case PG_LATIN2:
		case PG_LATIN3:
		case PG_LATIN4:
		case PG_LATIN5:
		case PG_LATIN6:
		case PG_LATIN7:
		case PG_LATIN8:
		case PG_LATIN9:
		case PG_LATIN10:
		case PG_ISO_8859_5:
		case PG_ISO_8859_6:
		case PG_ISO_8859_7:
		case PG_ISO_8859_8:
		case PG_WIN1250:
		case PG_WIN1251:
		case PG_WIN1252:
		case PG_WIN1253:
		case PG_WIN1254:
		case PG_WIN1255:
		case PG_WIN1256:
		case PG_WIN1257:
		case PG_WIN1258:
			return text[0] == '\xA0';
		default:
			return 0;
	}
	for (int i = 0; i < lengthof(wide_blanks); i++)
	{
		Size size = strlen(wide_blanks[i]);

		if (length >= size && memcmp(text, wide_blanks[i], size) == 0)
			return size;
	}
	return 0;
}

static void
trim(const char **text, Size *length)
{
	int size;

	while ((size = blank_at(*text, *length)) > 0)
	{
		*text += size;
		*length -= size;
	}
	/* Nearly always there is none: any blank ends in a blank or high byte. */
	if (*length == 0 || (!IS_HIGHBIT_SET((*text)[*length - 1]) &&
						 blank_at(*text + *length - 1, 1) == 0))
		return;
	for (size = 1; size <= 3 && size <= *length;)
	{
		if (blank_at(*text + *length - size, size) == size)
		{
			*length -= size;
			size = 1;
		}
		else
			size++;
	}
}

/*
 * Capital letters and digits of a value, without blanks, dots, dashes and
 * slashes; -1 if it has other characters or is longer than room.  extra: more
 * characters to keep.
 */
static int
compact(const char *value, Size length, const char *extra, char *out, int room)
{
	int n = 0;

	for (Size i = 0; i < length;)
	{
		int blank = blank_at(value + i, length - i);
		char c = capital(value[i]);

		if (blank > 0)
			i += blank;
		else if (c == '.' || c == '-' || c == '/')
			i++;
		else if ((is_digit(c) || is_capital(c) ||
				  (c != '\0' && *extra != '\0' && strchr(extra, c) != NULL)) &&
				 n < room)
		{
			out[n++] = c;
			i++;
		}
		else
			return -1;
	}
	return n;
}

/* ---- check digits ---- */

static int
weighted_sum(const char *digits, const int *weights, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += (digits[i] - '0') * weights[i];
	return sum;
}

#define WEIGHTED(digits, ...)                        \
	weighted_sum(digits, (const int[]){__VA_ARGS__}, \
				 lengthof(((const int[]){__VA_ARGS__})))

/* The number modulo something; letters count 10 to 35, as ISO 7064 has it. */
static int
modulo(const char *text, int n, int modulus)
{
	int64 rest = 0;

	for (int i = 0; i < n; i++)
		rest = is_digit(text[i])
				   ? (rest * 10 + (text[i] - '0')) % modulus
				   : (rest * 100 + (text[i] - 'A' + 10)) % modulus;
	return rest;
}

/* Sum of digits, every second from the right doubled, as Luhn has it. */
static int
luhn(const char *digits, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
	{
		int digit = digits[n - 1 - i] - '0';

		sum += i % 2 == 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0);
	}
	return sum % 10;
}

/* ISO 7064 MOD 11,10. */
static bool
mod_11_10(const char *digits, int n)
{
	int product = 10;

	for (int i = 0; i < n - 1; i++)
	{
		int sum = (product + (digits[i] - '0')) % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (product + (digits[n - 1] - '0')) % 10 == 1;
}

static bool
last_digit_is(const char *digits, int n, int digit)
{
	return digits[n - 1] - '0' == digit;
}

/* ---- VAT numbers, by country ---- */

static bool
check_at(const char *d, int n)
{
	/* d[0] is the U */
	return last_digit_is(d, n, (16 - luhn(d + 1, 7)) % 10);
}

static bool
check_be(const char *d, int n)
{
	return 97 - modulo(d, 8, 97) == modulo(d + 8, 2, 100);
}

static bool
check_bg(const char *d, int n)
{
	int check;

	/* ten digits are people's numbers of several kinds */
	if (n != 9)
		return true;
	check = WEIGHTED(d, 1, 2, 3, 4, 5, 6, 7, 8) % 11;
	if (check == 10)
		check = WEIGHTED(d, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10;
	return last_digit_is(d, n, check);
}

/* Switzerland's and Liechtenstein's; d[0] is the E */
static bool
check_ch(const char *d, int n)
{
	int check = 11 - WEIGHTED(d + 1, 5, 4, 3, 2, 7, 6, 5, 4) % 11;

	return last_digit_is(d, n, check % 11);
}

static bool
check_cy(const char *d, int n)
{
	static const int odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
	int sum = 0;

	for (int i = 0; i < 8; i++)
		sum += i % 2 == 0 ? odd[d[i] - '0'] : d[i] - '0';
	return d[8] == 'A' + sum % 26;
}

static bool
check_cz(const char *d, int n)
{
	int check;

	/* nine and ten digits are people's birth numbers */
	if (n != 8)
		return true;
	if (d[0] == '9')
		return false;
	check = (11 - WEIGHTED(d, 8, 7, 6, 5, 4, 3, 2) % 11) % 11;
	return last_digit_is(d, n, (check == 0 ? 1 : check) % 10);
}

static bool
check_de(const char *d, int n)
{
	return d[0] != '0' && mod_11_10(d, n);
}

static bool
check_dk(const char *d, int n)
{
	return d[0] != '0' && WEIGHTED(d, 2, 7, 6, 5, 4, 3, 2, 1) % 11 == 0;
}

static bool
check_ee(const char *d, int n)
{
	return WEIGHTED(d, 3, 7, 1, 3, 7, 1, 3, 7, 1) % 10 == 0;
}

static bool
check_el(const char *d, int n)
{
	return last_digit_is(d, n,
						 WEIGHTED(d, 256, 128, 64, 32, 16, 8, 4, 2) % 11 % 10);
}

static bool
check_es(const char *d, int n)
{
	static const char people[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	static const char companies[] = "JABCDEFGHI";
	char first = d[0];
	char last = d[8];
	char digits[8];
	int check;

	if (!all_digits(d + 1, 7))
		return false;
	if (is_digit(first))
		return last == people[modulo(d, 8, 23)];
	if (first >= 'X' && first <= 'Z')
	{
		digits[0] = '0' + (first - 'X');
		memcpy(digits + 1, d + 1, 7);
		return last == people[modulo(digits, 8, 23)];
	}
	if (strchr("KLM", first) != NULL)
		return last == people[modulo(d + 1, 7, 23)];
	memcpy(digits, d + 1, 7);
	digits[7] = '0';
	check = (10 - luhn(digits, 8)) % 10;
	/* which kinds of companies have a letter is told differently */
	return strchr("ABCDEFGHJNPQRSUVW", first) != NULL &&
		   (last == '0' + check || last == companies[check]);
}

static bool
check_fi(const char *d, int n)
{
	return WEIGHTED(d, 7, 9, 10, 5, 8, 4, 2, 1) % 11 == 0;
}

static bool
check_fr(const char *d, int n)
{
	/* Monaco's numbers are made otherwise behind 000 */
	if (strncmp(d + 2, "000", 3) != 0 && luhn(d + 2, 9) != 0)
		return false;
	/* keys with letters: the law allows them, no algorithm is published */
	if (!all_digits(d, 2))
		return true;
	return modulo(d, 2, 100) == (modulo(d + 2, 9, 97) * 100 + 12) % 97;
}

static bool
check_gb(const char *d, int n)
{
	int sum;

	/* government departments and health authorities */
	if (!is_digit(d[0]))
		return (d[0] == 'G' || d[1] == 'A') &&
			   (d[0] == 'G') == (modulo(d + 2, 3, 1000) < 500);
	/* numbers from 100 on may be of either of two later series */
	sum = (WEIGHTED(d, 8, 7, 6, 5, 4, 3, 2) + modulo(d + 7, 2, 100)) % 97;
	return sum == 0 || (d[0] != '0' && (sum == 42 || sum == 55));
}

static bool
check_hu(const char *d, int n)
{
	return WEIGHTED(d, 9, 7, 3, 1, 9, 7, 3, 1) % 10 == 0;
}

static bool
check_ie(const char *d, int n)
{
	static const char letters[] = "WABCDEFGHIJKLMNOPQRSTUV";
	char digits[8];
	int sum;

	if (is_digit(d[1]))
		memcpy(digits, d, 7);
	else
	{
		/* the old style: its second character is not counted */
		digits[0] = '0';
		memcpy(digits + 1, d + 2, 5);
		digits[6] = d[0];
	}
	sum = WEIGHTED(digits, 8, 7, 6, 5, 4, 3, 2);
	if (n == 9)
	{
		if (d[8] != 'W' && d[8] > 'I')
			return false;
		sum += 9 * (d[8] == 'W' ? 0 : d[8] - 'A' + 1);
	}
	return d[7] == letters[sum % 23];
}

static bool
check_it(const char *d, int n)
{
	int office = modulo(d + 7, 3, 1000);

	return luhn(d, n) == 0 && modulo(d, 7, 10000000) != 0 &&
		   ((office >= 1 && office <= 100) || office == 120 || office == 121 ||
			office == 888 || office == 999);
}

static bool
check_lt(const char *d, int n)
{
	int sums[2] = {0, 0};
	int check;

	/* the last but one of a company's number is a one */
	if (d[n - 2] != '1')
		return false;
	for (int i = 0; i < n - 1; i++)
	{
		sums[0] += (d[i] - '0') * (1 + i % 9);
		sums[1] += (d[i] - '0') * (1 + (i + 2) % 9);
	}
	check = sums[0] % 11;
	if (check == 10)
		check = sums[1] % 11 % 10;
	return last_digit_is(d, n, check);
}

static bool
check_lu(const char *d, int n)
{
	return modulo(d, 6, 89) == modulo(d + 6, 2, 100);
}

static bool
check_lv(const char *d, int n)
{
	/* people's numbers, old ones made of the birth date */
	if (d[0] <= '3')
		return true;
	return WEIGHTED(d, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1) % 11 == 3;
}

static bool
check_mt(const char *d, int n)
{
	return d[0] != '0' && WEIGHTED(d, 3, 4, 6, 7, 8, 9, 10, 1) % 37 == 0;
}

static bool
check_nl(const char *d, int n)
{
	char whole[14] = "NL";

	/* since 2020 either of two algorithms */
	if (WEIGHTED(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11 == d[8] - '0')
		return true;
	memcpy(whole + 2, d, 12);
	return modulo(whole, 14, 97) == 1;
}

static bool
check_no(const char *d, int n)
{
	int check = 11 - WEIGHTED(d, 3, 2, 7, 6, 5, 4, 3, 2) % 11;

	return last_digit_is(d, n, check % 11);
}

static bool
check_pl(const char *d, int n)
{
	return WEIGHTED(d, 6, 5, 7, 2, 3, 4, 5, 6, 7) % 11 == d[9] - '0';
}

static bool
check_pt(const char *d, int n)
{
	int check = 11 - WEIGHTED(d, 9, 8, 7, 6, 5, 4, 3, 2) % 11;

	return d[0] != '0' && last_digit_is(d, n, check % 11 % 10);
}

static bool
check_ro(const char *d, int n)
{
	static const int weights[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};
	int sum = weighted_sum(d, weights + lengthof(weights) - (n - 1), n - 1);

	return last_digit_is(d, n, sum * 10 % 11 % 10);
}

static bool
check_se(const char *d, int n)
{
	return luhn(d, 10) == 0;
}

static bool
check_si(const char *d, int n)
{
	int check = 11 - WEIGHTED(d, 8, 7, 6, 5, 4, 3, 2) % 11;

	return d[0] != '0' && last_digit_is(d, n, check == 10 ? 0 : check);
}

static bool
check_sk(const char *d, int n)
{
	/* so are the birth numbers that people use */
	return modulo(d, 10, 11) == 0 || (modulo(d, 9, 11) == 10 && d[9] == '0');
}

/*
 * Formats: 9 a digit, A a letter, X either, * anything that may be there at
 * all; any other character is itself.  Several are separated by a bar.
 */
typedef struct VatCountry
{
	char code[3];
	const char *formats;
	bool (*check)(const char *number, int length);
} VatCountry;

static const VatCountry vat_countries[] = {
	{"AT", "U99999999", check_at},
	{"BE", "0999999999|1999999999", check_be},
	{"BG", "999999999|9999999999", check_bg},
	{"CH", "E999999999", check_ch},
	{"CY", "99999999A", check_cy},
	{"CZ", "99999999|999999999|9999999999", check_cz},
	{"DE", "999999999", check_de},
	{"DK", "99999999", check_dk},
	{"EE", "999999999", check_ee},
	{"EL", "999999999", check_el},
	{"ES", "X9999999X", check_es},
	{"FI", "99999999", check_fi},
	{"FR", "XX999999999", check_fr},
	{"GB", "999999999|GD999|HA999", check_gb},
	{"HR", "99999999999", mod_11_10},
	{"HU", "99999999", check_hu},
	{"IE", "9*99999A|9*99999AA", check_ie},
	{"IT", "99999999999", check_it},
	{"LT", "999999999|999999999999", check_lt},
	{"LU", "99999999", check_lu},
	{"LV", "99999999999", check_lv},
	{"MT", "99999999", check_mt},
	{"NL", "999999999B99", check_nl},
	{"NO", "999999999", check_no},
	{"PL", "9999999999", check_pl},
	{"PT", "999999999", check_pt},
	{"RO", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999",
	 check_ro},
	{"SE", "999999999999", check_se},
	{"SI", "99999999", check_si},
	{"SK", "9999999999", check_sk},
};

static bool
has_format(const char *number, int length, const char *formats)
{
	while (*formats != '\0')
	{
		int n = strcspn(formats, "|");
		bool fits = n == length;

		for (int i = 0; fits && i < n; i++)
			switch (formats[i])
			{
				case '9':
					fits = is_digit(number[i]);
					break;
				case 'A':
					fits = is_capital(number[i]);
					break;
				case 'X':
					fits = is_digit(number[i]) || is_capital(number[i]);
					break;
				case '*':
					break;
				default:
					fits = number[i] == formats[i];
			}
		if (fits)
			return true;
		formats += n + (formats[n] == '|');
	}
	return false;
}

/* One digit over and over: what people fill a mandatory field with. */
static bool
is_one_digit(const char *text, int length)
{
	for (int i = 0; i < length; i++)
		if (text[i] != text[0])
			return false;
	return length > 0 && is_digit(text[0]);
}

/* And the keys of a keyboard in a row. */
static bool
is_dummy(const char *text, int length)
{
	return is_one_digit(text, length) ||
		   (length == 9 && (memcmp(text, "123456789", 9) == 0 ||
							memcmp(text, "987654321", 9) == 0)) ||
		   (length == 10 && memcmp(text, "1234567890", 10) == 0);
}

/* ---- readers: a value of a scheme to its one form ---- */

typedef IdProblem (*ValueReader)(const char *value, Size length, char *out,
								 int *n);

/* Reads exactly so many digits. */
static IdProblem
read_digits(const char *value, Size length, int wanted, char *out, int *n)
{
	*n = compact(value, length, "", out, wanted);
	if (*n != wanted || !all_digits(out, *n))
		return ID_BAD_FORMAT;
	return is_dummy(out, *n) ? ID_PLACEHOLDER : ID_FINE;
}

static IdProblem
read_lei(const char *value, Size length, char *out, int *n)
{
	*n = compact(value, length, "", out, 20);
	if (*n != 20 || !all_digits(out + 18, 2))
		return ID_BAD_FORMAT;
	if (is_one_digit(out, 18))
		return ID_PLACEHOLDER;
	return modulo(out, 20, 97) == 1 ? ID_FINE : ID_BAD_CHECKSUM;
}

static IdProblem
read_duns(const char *value, Size length, char *out, int *n)
{
	return read_digits(value, length, 9, out, n);
}

static IdProblem
read_siren(const char *value, Size length, char *out, int *n)
{
	IdProblem problem = read_digits(value, length, 9, out, n);

	if (problem == ID_FINE && luhn(out, 9) != 0)
		problem = ID_BAD_CHECKSUM;
	return problem;
}

static IdProblem
read_siret(const char *value, Size length, char *out, int *n)
{
	IdProblem problem = read_digits(value, length, 14, out, n);

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
	given = compact(value, length, "", digits, 10);
	if (given < 1 || !all_digits(digits, given))
		return ID_BAD_FORMAT;
	memset(out, '0', 10 - given);
	memcpy(out + 10 - given, digits, given);
	*n = 10;
	return is_dummy(out, 10) ? ID_PLACEHOLDER : ID_FINE;
}

/* VAT numbers of countries without a line above have letters and digits. */
#define VAT_MIN_LENGTH 4
#define VAT_MAX_LENGTH 15

static IdProblem
read_vat(const char *value, Size length, char *out, int *n)
{
	char *number = out + 2;
	int digits = 0;

	*n = compact(value, length, "+*", out, 2 + VAT_MAX_LENGTH);
	if (*n < 2 + 2 || !is_capital(out[0]) || !is_capital(out[1]))
		return ID_BAD_FORMAT;
	/* Greece is EL on its VAT numbers; XI is GB on trade with the EU */
	if (memcmp(out, "GR", 2) == 0)
		memcpy(out, "EL", 2);
	else if (memcmp(out, "XI", 2) == 0)
		memcpy(out, "GB", 2);
	/* numbers of nine digits were given a zero, those of a branch are longer */
	if (memcmp(out, "BE", 2) == 0 && *n == 11)
	{
		memmove(number + 1, number, 9);
		number[0] = '0';
		*n = 12;
	}
	else if (memcmp(out, "GB", 2) == 0 && *n == 14 && all_digits(number, 12))
		*n = 11;
	/* the name of the tax stands behind: MWST, TVA, IVA, TPV; MVA */
	else if (memcmp(out, "CHE", 3) == 0 && *n >= 15)
	{
		static const char *const taxes[] = {"MWST", "TVA", "IVA", "TPV"};

		for (int i = 0; i < lengthof(taxes); i++)
			if (is_word(taxes[i], out + 12, *n - 12))
				*n = 12;
	}
	else if (memcmp(out, "NO", 2) == 0 && *n == 14 &&
			 memcmp(out + 11, "MVA", 3) == 0)
		*n = 11;
	/* numbers of Romania have no zeros in front, spreadsheets give them some */
	else if (memcmp(out, "RO", 2) == 0)
		while (*n > 4 && number[0] == '0')
		{
			(*n)--;
			memmove(number, number + 1, *n - 2);
		}

	for (int i = 0; i < *n - 2; i++)
		digits += is_digit(number[i]);
	for (int i = 0; i < lengthof(vat_countries); i++)
	{
		const VatCountry *country = &vat_countries[i];

		if (memcmp(out, country->code, 2) != 0)
			continue;
		if (!has_format(number, *n - 2, country->formats) ||
			(memcmp(out, "IE", 2) != 0 && memchr(number, '+', *n - 2)) ||
			(memcmp(out, "IE", 2) != 0 && memchr(number, '*', *n - 2)))
			return ID_BAD_FORMAT;
		if (is_one_digit(number + !is_digit(number[0]),
						 *n - 2 - !is_digit(number[0])))
			return ID_PLACEHOLDER;
		return country->check(number, *n - 2) ? ID_FINE : ID_BAD_CHECKSUM;
	}
	if (*n - 2 < VAT_MIN_LENGTH || digits < VAT_MIN_LENGTH ||
		memchr(number, '+', *n - 2) || memchr(number, '*', *n - 2))
		return ID_BAD_FORMAT;
	return is_dummy(number, *n - 2) ? ID_PLACEHOLDER : ID_FINE;
}

/*
 * Salesforce's ids have 15 characters where the case of a letter matters; the
 * long form has three more, each of which tells which of five characters are
 * capital letters.
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
	if (is_one_digit(out, 15))
		return ID_PLACEHOLDER;
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
	trim(&value, &length);
	if (length < 1 || length > SYMBOL_MAX_LENGTH)
		return ID_BAD_FORMAT;
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

/*
 * What people and programs write when they have no id, beyond what stands for
 * no name.
 */
static const char *const no_ids[] = {
	"notapplicable",
	"notavailable",
	"notgiven",
	"notprovided",
	"notset",
	"novalue",
	"null",
	"tba",
	"undefined",
	"x",
	"xx",
	"xxx",
};

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
	char letters[32];
	int nletters = 0;
	bool zeros = true;

	for (Size i = 0; i < length; i++)
	{
		char c = small(value[i]);

		if (c == '\0')
			return ID_BAD_FORMAT;
		if (is_digit(c) || is_small(c) || IS_HIGHBIT_SET(c))
		{
			zeros &= c == '0';
			if (nletters < sizeof(letters))
				letters[nletters++] = c;
		}
	}
	/* errors of a spreadsheet: #REF!, #NAME?; -1 is a program's NULL */
	if (zeros || is_placeholder_name(letters, nletters) ||
		(value[0] == '#' && strchr("!?", value[length - 1]) != NULL) ||
		(length == 2 && memcmp(value, "-1", 2) == 0) ||
		(nletters >= 6 && nletters < sizeof(letters) &&
		 is_one_digit(letters, nletters)))
		return ID_PLACEHOLDER;
	if ((letters[0] >= 'n' && letters[0] <= 'x'))
		for (int i = 0; i < lengthof(no_ids); i++)
			if (is_word(no_ids[i], letters, nletters))
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

	trim(&text, &length);
	if (length == 0)
		return ID_EMPTY;
	colon = memchr(text, ':', length);
	if (colon == NULL)
		return ID_NO_SCHEME;
	name_length = colon - text;
	value = colon + 1;
	value_length = length - name_length - 1;
	trim(&text, &name_length);
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
		trim(&value, &value_length);
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
	PG_RETURN_TEXT_P(cstring_to_text(problem_names[problem]));
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
