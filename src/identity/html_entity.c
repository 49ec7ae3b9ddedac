/*
 * html_entity.c
 *		Characters that a web page's text spells out: &amp; and &#8217;
 *
 * Names copied or scraped from pages carry them, some encoded twice.  Known
 * are the names of HTML 4 and all numbers; what only looks like one is text.
 *
 * IDENTIFICATION
 *		src/identity/html_entity.c
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "identity/html_entity.h"

typedef struct HtmlEntity
{
	char name[9];
	uint16 character;
} HtmlEntity;

/*
 * In the order of their bytes, names in small letters: names of letters that
 * differ in case only are of letters that do, and a program may have put all
 * of a text into capitals.
 */
static const HtmlEntity entities[] = {
	{"aacute", 225},  {"acirc", 226},    {"acute", 180},   {"aelig", 230},
	{"agrave", 224},  {"alefsym", 8501}, {"alpha", 945},   {"amp", 38},
	{"and", 8743},    {"ang", 8736},     {"apos", 39},     {"aring", 229},
	{"asymp", 8776},  {"atilde", 227},   {"auml", 228},    {"bdquo", 8222},
	{"beta", 946},    {"brvbar", 166},   {"bull", 8226},   {"cap", 8745},
	{"ccedil", 231},  {"cedil", 184},    {"cent", 162},    {"chi", 967},
	{"circ", 710},    {"clubs", 9827},   {"cong", 8773},   {"copy", 169},
	{"crarr", 8629},  {"cup", 8746},     {"curren", 164},  {"dagger", 8224},
	{"darr", 8595},   {"deg", 176},      {"delta", 948},   {"diams", 9830},
	{"divide", 247},  {"eacute", 233},   {"ecirc", 234},   {"egrave", 232},
	{"empty", 8709},  {"emsp", 8195},    {"ensp", 8194},   {"epsilon", 949},
	{"equiv", 8801},  {"eta", 951},      {"eth", 240},     {"euml", 235},
	{"euro", 8364},   {"exist", 8707},   {"fnof", 402},    {"forall", 8704},
	{"frac12", 189},  {"frac14", 188},   {"frac34", 190},  {"frasl", 8260},
	{"gamma", 947},   {"ge", 8805},      {"gt", 62},       {"harr", 8596},
	{"hearts", 9829}, {"hellip", 8230},  {"iacute", 237},  {"icirc", 238},
	{"iexcl", 161},   {"igrave", 236},   {"image", 8465},  {"infin", 8734},
	{"int", 8747},    {"iota", 953},     {"iquest", 191},  {"isin", 8712},
	{"iuml", 239},    {"kappa", 954},    {"lambda", 955},  {"lang", 9001},
	{"laquo", 171},   {"larr", 8592},    {"lceil", 8968},  {"ldquo", 8220},
	{"le", 8804},     {"lfloor", 8970},  {"lowast", 8727}, {"loz", 9674},
	{"lrm", 8206},    {"lsaquo", 8249},  {"lsquo", 8216},  {"lt", 60},
	{"macr", 175},    {"mdash", 8212},   {"micro", 181},   {"middot", 183},
	{"minus", 8722},  {"mu", 956},       {"nabla", 8711},  {"nbsp", 160},
	{"ndash", 8211},  {"ne", 8800},      {"ni", 8715},     {"not", 172},
	{"notin", 8713},  {"nsub", 8836},    {"ntilde", 241},  {"nu", 957},
	{"oacute", 243},  {"ocirc", 244},    {"oelig", 339},   {"ograve", 242},
	{"oline", 8254},  {"omega", 969},    {"omicron", 959}, {"oplus", 8853},
	{"or", 8744},     {"ordf", 170},     {"ordm", 186},    {"oslash", 248},
	{"otilde", 245},  {"otimes", 8855},  {"ouml", 246},    {"para", 182},
	{"part", 8706},   {"permil", 8240},  {"perp", 8869},   {"phi", 966},
	{"pi", 960},      {"piv", 982},      {"plusmn", 177},  {"pound", 163},
	{"prime", 8242},  {"prod", 8719},    {"prop", 8733},   {"psi", 968},
	{"quot", 34},     {"radic", 8730},   {"rang", 9002},   {"raquo", 187},
	{"rarr", 8594},   {"rceil", 8969},   {"rdquo", 8221},  {"real", 8476},
	{"reg", 174},     {"rfloor", 8971},  {"rho", 961},     {"rlm", 8207},
	{"rsaquo", 8250}, {"rsquo", 8217},   {"sbquo", 8218},  {"scaron", 353},
	{"sdot", 8901},   {"sect", 167},     {"shy", 173},     {"sigma", 963},
	{"sigmaf", 962},  {"sim", 8764},     {"spades", 9824}, {"sub", 8834},
	{"sube", 8838},   {"sum", 8721},     {"sup", 8835},    {"sup1", 185},
	{"sup2", 178},    {"sup3", 179},     {"supe", 8839},   {"szlig", 223},
	{"tau", 964},     {"there4", 8756},  {"theta", 952},   {"thetasym", 977},
	{"thinsp", 8201}, {"thorn", 254},    {"tilde", 732},   {"times", 215},
	{"trade", 8482},  {"uacute", 250},   {"uarr", 8593},   {"ucirc", 251},
	{"ugrave", 249},  {"uml", 168},      {"upsih", 978},   {"upsilon", 965},
	{"uuml", 252},    {"weierp", 8472},  {"xi", 958},      {"yacute", 253},
	{"yen", 165},     {"yuml", 255},     {"zeta", 950},    {"zwj", 8205},
	{"zwnj", 8204},
};

/*
 * Numbers from 128 to 159 are control characters; whoever writes them means
 * those of Windows, and browsers show them so.
 */
static const uint16 windows_characters[32] = {
	0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
	0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

/* "&#x" and seven digits and ";", or "&" and a name and ";" */
#define LONGEST_ENTITY 12

static int
digit_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
		   : c >= 'a' && c <= 'f' ? c - 'a' + 10
		   : c >= 'A' && c <= 'F' ? c - 'A' + 10
								  : 16;
}

/* The character of the number between "&#" and ";", 0 if it is none. */
static uint32
numbered_character(const char *text, int length)
{
	int base = 10;
	uint32 character = 0;

	if (length > 0 && (*text == 'x' || *text == 'X'))
	{
		base = 16;
		text++;
		length--;
	}
	if (length == 0 || length > 7)
		return 0;
	for (int i = 0; i < length; i++)
	{
		int value = digit_value(text[i]);

		if (value >= base)
			return 0;
		character = character * base + value;
	}
	if (character >= 0x80 && character < 0xA0)
		return windows_characters[character - 0x80];
	return character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)
			   ? 0
			   : character;
}

static uint32
named_character(const char *text, int length)
{
	char name[9] = {0};
	int low = 0;
	int high = lengthof(entities);

	for (int i = 0; i < length; i++)
		name[i] = pg_ascii_tolower((unsigned char) text[i]);
	while (low < high)
	{
		int middle = (low + high) / 2;
		int order = strcmp(name, entities[middle].name);

		if (order == 0)
			return entities[middle].character;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

/* The character that the text starts with spelt out, 0 if none; its length. */
static uint32
entity_at(const char *text, int length, int *size)
{
	const char *end;

	if (length < 4 || text[0] != '&')
		return 0;
	end = memchr(text, ';', Min(length, LONGEST_ENTITY));
	if (end == NULL)
		return 0;
	*size = end - text + 1;
	if (text[1] == '#')
		return numbered_character(text + 2, *size - 3);
	return *size - 2 <= 8 ? named_character(text + 1, *size - 2) : 0;
}

/* Most texts have neither sign, and most of the others have no entity. */
bool
has_html_entity(const char *text, int length)
{
	const char *end = text + length;
	int size;

	while ((text = memchr(text, '&', end - text)) != NULL)
	{
		if (entity_at(text, end - text, &size) != 0)
			return true;
		text++;
	}
	return false;
}

/*
 * Decodes a text in ASCII or UTF-8 into UTF-8; decoded has room for as many
 * bytes, since no character takes more than what spells it out.  Text that was
 * encoded several times is decoded as often.  Returns the length.
 */
int
decode_html_entities(const char *text, int length, char *decoded)
{
	char *to;

	memmove(decoded, text, length);
	do
	{
		const char *at = decoded;
		const char *end = decoded + length;

		to = decoded;
		while (at < end)
		{
			int size;
			uint32 character = *at == '&' ? entity_at(at, end - at, &size) : 0;

			if (character == 0)
				*to++ = *at++;
			else
			{
				unsigned char bytes[4];

				unicode_to_utf8(character, bytes);
				at += size;
				size = pg_utf_mblen(bytes);
				memcpy(to, bytes, size);
				to += size;
			}
		}
		length = to - decoded;
	} while (has_html_entity(decoded, length));
	return length;
}
