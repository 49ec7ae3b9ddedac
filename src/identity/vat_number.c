/*
 * vat_number.c
 *		Numbers under which companies pay value added tax.
 *
 * A number starts with its country.  People write the name of the tax before
 * it, before or behind the country, put dots and dashes where they like, and
 * lose zeros to spreadsheets; what is read here is brought to the one form in
 * which the European Union's register has it.  Countries whose algorithm is
 * published have a line in a table, with their formats and the check.
 *
 * IDENTIFICATION
 *		src/identity/vat_number.c
 */
#include "postgres.h"

#include "base/check_digits.h"
#include "identity/vat_number.h"

/* ---- check digits, by country ---- */

static bool
check_at(const char *d, int n)
{
	/* d[0] is the U */
	return last_digit_is(d, n, (16 - luhn(d + 1, 7)) % 10);
}

static bool
check_au(const char *d, int n)
{
	/* check digits in front from 11 on; the first counts one less */
	return memcmp(d, "11", 2) >= 0 &&
		   (WEIGHTED(d, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19) - 10) % 89 == 0;
}

static bool
check_be(const char *d, int n)
{
	return 97 - modulo(d, 8, 97) == modulo(d + 8, 2, 100);
}

/* Whether six digits are year, month and day, whatever the century. */
static bool
is_date(const char *d, int month)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int day = modulo(d + 4, 2, 100);

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static bool
check_bg(const char *d, int n)
{
	int check;

	if (n == 9)
	{
		check = WEIGHTED(d, 1, 2, 3, 4, 5, 6, 7, 8) % 11;
		if (check == 10)
			check = WEIGHTED(d, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10;
		return last_digit_is(d, n, check);
	}
	/* people's numbers, made of the birth date, foreigners' and others' */
	if (last_digit_is(d, n,
					  WEIGHTED(d, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10) &&
		modulo(d + 2, 2, 100) <= 52 && is_date(d, modulo(d + 2, 2, 20)))
		return true;
	return last_digit_is(d, n,
						 WEIGHTED(d, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10) ||
		   last_digit_is(d, n,
						 (11 - WEIGHTED(d, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11) %
							 11);
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
	return memcmp(d, "12", 2) != 0 && d[8] == 'A' + sum % 26;
}

/*
 * The birth numbers by which people in both successors of Czechoslovakia pay:
 * women's months are 50 higher, an overflowing day's 20; before 1954 without a
 * check digit, up to 1984 with a 0 where the rest is 10.
 */
static bool
is_birth_number(const char *d, int n)
{
	int year = modulo(d, 2, 100);
	int rest = modulo(d, 9, 11);

	if (!is_date(d, modulo(d + 2, 2, 100) % 50 % 20))
		return false;
	if (n == 9)
		return year < 54 || year >= 80;
	return last_digit_is(d, n,
						 rest == 10 && year >= 54 && year < 85 ? 0 : rest);
}

static bool
check_cz(const char *d, int n)
{
	int check;

	if (n == 9 && d[0] == '6')
	{
		/* people without a birth number */
		check = 10 - WEIGHTED(d + 1, 8, 7, 6, 5, 4, 3, 2) % 11;
		return last_digit_is(d, n, (8 - (check + 11) % 11 + 10) % 10);
	}
	if (n != 8)
		return is_birth_number(d, n);
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

/* 0 to 33 of a digit or a letter but I and O. */
static int
key_value(char c)
{
	return is_digit(c) ? c - '0' : c - 'A' + 10 - (c > 'I') - (c > 'O');
}

static bool
check_fr(const char *d, int n)
{
	int key;

	/* Monaco's numbers are made otherwise behind 000 */
	if (strncmp(d + 2, "000", 3) != 0 && luhn(d + 2, 9) != 0)
		return false;
	if (all_digits(d, 2))
		return modulo(d, 2, 100) == (modulo(d + 2, 9, 97) * 100 + 12) % 97;
	/* keys with a letter are of a later series, in which I and O have none */
	key = is_digit(d[0]) ? key_value(d[0]) * 24 + key_value(d[1]) - 10
						 : key_value(d[0]) * 34 + key_value(d[1]) - 100;
	return (modulo(d + 2, 9, 11) + 1 + key / 11) % 11 == key % 11;
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

	if (memcmp(d + 10, "00", 2) == 0)
		return false;
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
	int last = modulo(d + 10, 2, 100);

	return luhn(d, 10) == 0 && last >= 1 && last <= 94;
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
	return (d[0] != '0' && strchr("234789", d[2]) != NULL &&
			modulo(d, 10, 11) == 0) ||
		   is_birth_number(d, n);
}

/*
 * Formats: 9 a digit, A a letter, X either, K either but I and O, * a letter
 * or one of the signs + and *; any other character is itself.  Several are
 * separated by a bar.
 *
 * padded: the length to which zeros that a spreadsheet took away are put back,
 * behind Austria's U; the check then has to prove it.  0 where no number starts
 * with zeros, or the check knows nothing of those that do.
 */
typedef struct VatCountry
{
	char code[3];
	const char *formats;
	bool (*check)(const char *number, int length);
	int padded;
} VatCountry;

static const VatCountry vat_countries[] = {
	{"AT", "U99999999", check_at, 9},
	{"AU", "99999999999", check_au, 0},
	{"BE", "0999999999|1999999999", check_be, 10},
	{"BG", "999999999|9999999999", check_bg, 9},
	{"CH", "E999999999", check_ch, 0},
	{"CY", "99999999A", check_cy, 9},
	{"CZ", "99999999|999999999|9999999999", check_cz, 8},
	{"DE", "999999999", check_de, 0},
	{"DK", "99999999", check_dk, 0},
	{"EE", "999999999", check_ee, 0},
	{"EL", "999999999", check_el, 9},
	{"ES", "X9999999X", check_es, 9},
	{"FI", "99999999", check_fi, 8},
	{"FR", "KK999999999", check_fr, 11},
	{"GB", "999999999|GD999|HA999", check_gb, 9},
	{"HR", "99999999999", mod_11_10, 11},
	{"HU", "99999999", check_hu, 8},
	{"IE", "9*99999A|9999999A|9*99999AA|9999999AA", check_ie, 8},
	{"IT", "99999999999", check_it, 11},
	{"LT", "999999999|999999999999", check_lt, 0},
	{"LU", "99999999", check_lu, 8},
	{"LV", "99999999999", check_lv, 0},
	{"MT", "99999999", check_mt, 0},
	{"NL", "999999999B99", check_nl, 12},
	{"NO", "999999999", check_no, 0},
	{"PL", "9999999999", check_pl, 0},
	{"PT", "999999999", check_pt, 0},
	{"RO", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999",
	 check_ro, 0},
	{"SE", "999999999999", check_se, 12},
	{"SI", "99999999", check_si, 0},
	{"SK", "9999999999", check_sk, 0},
};

/*
 * Other countries that have a value added tax or a tax on goods and services,
 * by ISO 3166; XK is Kosovo.  Monaco's numbers are French ones, those of the
 * Isle of Man British ones.
 */
static const char vat_elsewhere[] =
	"AD AE AG AI AL AM AO AR AZ BA BB BD BF BH BI BJ BO BR BS BT BW BY BZ CA "
	"CD CF CG CI CK CL CM CN CO CR CV DJ DM DO DZ EC EG ET FJ FO GA GD GE GH "
	"GM GN GQ GT GW GY HN HT ID IL IN IR IS JE JM JO JP KE KG KH KI KN KR KZ "
	"LA LB LC LI LK LR LS MA MD ME MG MK ML MN MR MU MV MW MX MZ NA NC NE NG "
	"NI NP NU NZ OM PA PE PF PG PH PK PS PW PY RS RU RW SA SC SD SG SL SN SR "
	"ST SV SZ TD TG TH TJ TM TN TO TR TT TW TZ UA UG UY UZ VC VE VN VU WS XK "
	"YE ZA ZM ZW";

static const VatCountry *
find_vat_country(const char *code)
{
	for (int i = 0; i < lengthof(vat_countries); i++)
		if (memcmp(vat_countries[i].code, code, 2) == 0)
			return &vat_countries[i];
	return NULL;
}

static bool
has_vat_elsewhere(const char *code)
{
	for (int at = 0; at < (int) sizeof(vat_elsewhere); at += 3)
		if (memcmp(vat_elsewhere + at, code, 2) == 0)
			return true;
	return false;
}

/* ---- labels ---- */

/*
 * What the tax, or its number, is called.  None starts like a number of a
 * country above that is checked.
 */
static const char *const labels[] = {
	"ABN",  "ADOSZAM", "AFA", "AFM",          "ALV",  "BTW",  "CIF",
	"CUI",  "CVR",     "DDS", "DDV",          "DIC",  "DPH",  "FPA",
	"GST",  "GSTIN",   "HST", "IVA",          "KMKR", "MOMS", "MVA",
	"MWST", "NIF",     "NIP", "NIPC",         "OIB",  "PDV",  "PARTITAIVA",
	"PIVA", "PTU",     "PVM", "PVN",          "TAX",  "TIN",  "TPV",
	"TRN",  "TVA",     "UID", "UMSATZSTEUER", "UST",  "VAT",  "VATIN",
	"VKN",  "VSK",
};

/* What may stand behind them.  "DE" is none of them: it is a country. */
static const char *const number_words[] = {
	"CODE",
	"EU",
	"ID",
	"IDENT",
	"IDENTIFICATION",
	"IDENTIFIKATIONSNUMMER",
	"INTRA",
	"INTRACOM",
	"INTRACOMMUNAUTAIRE",
	"INTRACOMUNITARIO",
	"N",
	"NO",
	"NR",
	"NUM",
	"NUMBER",
	"NUMERO",
	"NUMMER",
	"REG",
	"REGISTRATION",
};

/* An id as it is read, and where something was left out of it. */
typedef struct Compact
{
	int at; /* what is before has been read */
	int length;
	char text[80];
	bool gap[80];
} Compact;

static bool
skip_word(Compact *id, const char *const *words, int nwords)
{
	int longest = 0;

	for (int i = 0; i < nwords; i++)
	{
		int length = strlen(words[i]);

		if (length > longest && length < id->length - id->at &&
			memcmp(words[i], id->text + id->at, length) == 0)
			longest = length;
	}
	id->at += longest;
	return longest > 0;
}

/*
 * Skips labels: VAT, USt-IdNr., P.IVA, No. VAT.  "NO" and "ID" are countries
 * as well, and "N" starts others: they are words only behind a label and with
 * a blank or sign after them, or before a letter that cannot be theirs.
 */
static void
skip_labels(Compact *id)
{
	bool label = false;
	int start;

	do
	{
		start = id->at;
		if (skip_word(id, labels, lengthof(labels)))
			label = true;
		else if (skip_word(id, number_words, lengthof(number_words)) &&
				 (is_digit(id->text[id->at])
					  ? !label || !id->gap[id->at]
					  : id->at - start == 1 && !id->gap[id->at]))
			id->at = start;
	} while (id->at > start);
}

/* ---- reading ---- */

static bool
has_vat_format(const VatCountry *country, const char *number, int length)
{
	return has_format(number, length, country->formats);
}

/* Puts zeros back in front, up to three; true if the check proves them. */
static bool
put_zeros_back(const VatCountry *country, char *number, int *length)
{
	int front = country->formats[0] == 'U' ? 1 : 0;
	int missing = country->padded - *length;
	char padded[VAT_MAX_LENGTH];

	if (missing < 1 || missing > 3 || *length <= front ||
		!is_digit(number[front]))
		return false;
	memcpy(padded, number, front);
	memset(padded + front, '0', missing);
	memcpy(padded + front + missing, number + front, *length - front);
	if (!has_vat_format(country, padded, country->padded) ||
		!country->check(padded, country->padded))
		return false;
	memcpy(number, padded, country->padded);
	*length = country->padded;
	return true;
}

/* The forms of a number that its country writes otherwise in the register. */
static void
shorten(const char *code, char *number, int *length)
{
	static const char *const taxes[] = {"MWST", "TVA", "IVA", "TPV"};

	/* a branch's number is its company's and three digits */
	if (memcmp(code, "GB", 2) == 0 && *length == 12 && all_digits(number, 12))
		*length = 9;
	/* at home, kind of tax and county stand behind: 10773381-2-44 */
	else if (memcmp(code, "HU", 2) == 0 && *length == 11 &&
			 all_digits(number, 11) && number[8] >= '1' && number[8] <= '5')
		*length = 8;
	/* the name of the tax stands behind */
	else if (memcmp(code, "CH", 2) == 0 && *length > 10)
	{
		for (int i = 0; i < lengthof(taxes); i++)
			if (is_word(taxes[i], number + 10, *length - 10))
				*length = 10;
	}
	else if (memcmp(code, "NO", 2) == 0 && *length == 12 &&
			 memcmp(number + 9, "MVA", 3) == 0)
		*length = 9;
	/* no zeros in front, spreadsheets give it some */
	else if (memcmp(code, "RO", 2) == 0)
		while (*length > 2 && number[0] == '0')
			memmove(number, number + 1, --*length);
}

/* The number is brought to its one form in place. */
static IdProblem
check_number(const char *code, char *number, int *length)
{
	const VatCountry *country = find_vat_country(code);
	int digits = 0;
	int first;

	shorten(code, number, length);
	if (*length > VAT_MAX_LENGTH || *length < 1)
		return ID_BAD_FORMAT;
	first = is_digit(number[0]) ? 0 : 1;
	if (is_dummy(number + first, *length - first))
		return ID_PLACEHOLDER;
	if (country != NULL)
	{
		if (has_vat_format(country, number, *length))
			return country->check(number, *length) ? ID_FINE : ID_BAD_CHECKSUM;
		return put_zeros_back(country, number, length) ? ID_FINE
													   : ID_BAD_FORMAT;
	}
	if (!has_vat_elsewhere(code))
		return ID_BAD_COUNTRY;
	for (int i = 0; i < *length; i++)
	{
		if (number[i] == '+' || number[i] == '*')
			return ID_BAD_FORMAT;
		digits += is_digit(number[i]);
	}
	return digits < VAT_MIN_LENGTH ? ID_BAD_FORMAT : ID_FINE;
}

/* Reads a number, with its country in front, into its one form. */
IdProblem
read_vat(const char *value, Size length, char *out, int *n)
{
	Compact id;
	char *number = out + 2;
	int left;
	IdProblem problem;

	id.at = 0;
	id.length = compact_id(value, length, "+*", id.text, lengthof(id.text) - 1,
						   id.gap);
	if (id.length < 0)
		return ID_BAD_FORMAT;
	id.text[id.length] = '\0';
	skip_labels(&id);
	left = id.length - id.at;
	/* the way Norway's companies write their number, without the country */
	if (left == 12 && all_digits(id.text + id.at, 9) &&
		memcmp(id.text + id.at + 9, "MVA", 3) == 0)
		memcpy(out, "NO", 2);
	else
	{
		if (left < 2 + 2 || !is_capital(id.text[id.at]) ||
			!is_capital(id.text[id.at + 1]))
			return ID_BAD_FORMAT;
		memcpy(out, id.text + id.at, 2);
		id.at += 2;
		skip_labels(&id);
		left = id.length - id.at;
	}
	/* Greece is EL on its VAT numbers; XI is GB on trade with the EU */
	if (memcmp(out, "GR", 2) == 0)
		memcpy(out, "EL", 2);
	else if (memcmp(out, "XI", 2) == 0 || memcmp(out, "UK", 2) == 0)
		memcpy(out, "GB", 2);

	*n = left;
	if (left > VAT_MAX_LENGTH + 2)
		return ID_BAD_FORMAT;
	memcpy(number, id.text + id.at, left);
	problem = check_number(out, number, n);
	/* the country of one column before the number of another: DE DE136695976 */
	if (problem == ID_BAD_FORMAT && left > 4 &&
		(memcmp(id.text + id.at, out, 2) == 0 ||
		 (memcmp(out, "EL", 2) == 0 && memcmp(id.text + id.at, "GR", 2) == 0)))
	{
		*n = left - 2;
		memcpy(number, id.text + id.at + 2, *n);
		problem = check_number(out, number, n);
	}
	*n += 2;
	return problem;
}
