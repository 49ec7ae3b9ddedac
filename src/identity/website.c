/*
 * website.c
 *		From what people write into website and email fields to domains.
 *
 * A field is cut into parts, a part into an authority and the rest, and the
 * authority's host is looked up.  Nothing here raises an error because of what
 * is in a field; a problem is a result.  Plain ASCII, which is nearly all
 * there is, takes two passes over the host and no allocation.  Other hosts go
 * through libunistring (NFKC) and libidn2 (UTS-46, IDNA 2008), not through the
 * server, whose tables change with its major version; what these libraries
 * allocate is freed here, and nothing between can throw.  A field can be
 * cancelled while it is opened; from then on there are 2 kB left to read.
 *
 * The fields are UTF-8, and may be invalid.
 *
 * IDENTIFICATION
 *		src/identity/website.c
 */
#include "postgres.h"

#include <errno.h>
#include <idn2.h>
#include <uninorm.h>

#include "miscadmin.h"

#include "base/hex_text.h"
#include "identity/website.h"

/* Classes of bytes in a field. */
#define BLANK     0x01
#define SEPARATOR 0x02 /* of parts: ; | and , */
#define REST      0x04 /* ends an authority */
#define WRAPPER   0x08 /* dropped around a part */
#define SLASH     0x10
#define AT_SIGN   0x20
#define COLON     0x40 /* and the brackets of an IPv6 address */
#define ENCODED   0x80 /* not ASCII, or a percent sign */

#define PART_END (BLANK | SEPARATOR)

static const uint8 byte_class[256] = {
	[0 ... ' '] = BLANK,   [0x7f] = BLANK,
	[';'] = SEPARATOR,     ['|'] = SEPARATOR,
	[','] = SEPARATOR,     ['/'] = REST | SLASH,
	['\\'] = REST | SLASH, ['?'] = REST,
	['#'] = REST,          ['<'] = WRAPPER,
	['>'] = WRAPPER,       ['"'] = WRAPPER,
	['\''] = WRAPPER,      ['('] = WRAPPER,
	[')'] = WRAPPER,       ['@'] = AT_SIGN,
	[':'] = COLON,         ['['] = COLON,
	['%'] = ENCODED,       [0x80 ... 0xff] = ENCODED,
};

#define CLASS(byte) (byte_class[(unsigned char) (byte)])

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
	c = lower(c);
	return c >= 'a' && c <= 'z';
}

static bool
all_digits(const char *start, const char *end)
{
	for (; start < end; start++)
	{
		if (!is_digit(*start))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------------
 * hosts
 */

/* How the standards of the web read a number in a host: 10, 0xa, 0x. */
static bool
is_number(const char *start, const char *end)
{
	if (end - start >= 2 && start[0] == '0' && start[1] == 'x')
	{
		for (start += 2; start < end; start++)
		{
			if (hex_digit(*start) < 0)
				return false;
		}
		return true;
	}
	return start < end && all_digits(start, end);
}

/* For a host whose last label starts with a digit. */
static DomainProblem
number_problem(const HostName *host)
{
	int numbers = 0;

	for (int i = host->nlabels - 1; i >= 0; i--)
	{
		if (!is_number(host->bytes + host->label[i],
					   host->bytes + host->label[i + 1] - 1))
			break;
		numbers++;
	}
	if (numbers == 0)
		return DOMAIN_FINE;
	/* A lone number is nobody's way to write an address. */
	return numbers == host->nlabels && numbers >= 2 && numbers <= 4
			   ? DOMAIN_IP_ADDRESS
			   : DOMAIN_NOT_A_HOST;
}

/*
 * What a byte of a host is in lower case; zero where it cannot be in one.  All
 * letters and digits are greater than the dot, all else is not.
 */
#define UNDERSCORE 1

static const char host_byte[256] = {
	['-'] = '-', ['.'] = '.', ['_'] = UNDERSCORE, ['0'] = '0', ['1'] = '1',
	['2'] = '2', ['3'] = '3', ['4'] = '4',        ['5'] = '5', ['6'] = '6',
	['7'] = '7', ['8'] = '8', ['9'] = '9',        ['a'] = 'a', ['b'] = 'b',
	['c'] = 'c', ['d'] = 'd', ['e'] = 'e',        ['f'] = 'f', ['g'] = 'g',
	['h'] = 'h', ['i'] = 'i', ['j'] = 'j',        ['k'] = 'k', ['l'] = 'l',
	['m'] = 'm', ['n'] = 'n', ['o'] = 'o',        ['p'] = 'p', ['q'] = 'q',
	['r'] = 'r', ['s'] = 's', ['t'] = 't',        ['u'] = 'u', ['v'] = 'v',
	['w'] = 'w', ['x'] = 'x', ['y'] = 'y',        ['z'] = 'z', ['A'] = 'a',
	['B'] = 'b', ['C'] = 'c', ['D'] = 'd',        ['E'] = 'e', ['F'] = 'f',
	['G'] = 'g', ['H'] = 'h', ['I'] = 'i',        ['J'] = 'j', ['K'] = 'k',
	['L'] = 'l', ['M'] = 'm', ['N'] = 'n',        ['O'] = 'o', ['P'] = 'p',
	['Q'] = 'q', ['R'] = 'r', ['S'] = 's',        ['T'] = 't', ['U'] = 'u',
	['V'] = 'v', ['W'] = 'w', ['X'] = 'x',        ['Y'] = 'y', ['Z'] = 'z',
};

/*
 * Reads an ASCII host in any case, with or without the dot of the root, up to
 * the first byte that is not of a host: *stop.  Underscores are let pass, as
 * hosts have them; domains have not.
 */
static DomainProblem
scan_host(const char *bytes, const char *end, HostName *host,
		  const char **stop)
{
	/* One more for the dot of the root. */
	int limit = Min(end - bytes, HOST_MAX_LENGTH + 1);
	int label = 0; /* where the current one starts */
	int nlabels = 0;
	int odd_to = 0;
	bool last;
	int i;

	for (i = 0;; i++)
	{
		char c = i < limit ? host_byte[(unsigned char) bytes[i]] : '\0';

		host->bytes[i] = c;
		if (likely(c > '.'))
			continue;
		if (c == '-' || c == UNDERSCORE)
		{
			host->bytes[i] = bytes[i];
			if (c == UNDERSCORE || i == label)
				odd_to = i + 1;
			continue;
		}
		/* A dot or the end. */
		last = c == '\0';
		if (i - label > LABEL_MAX_LENGTH)
			return DOMAIN_TOO_LONG;
		if (i > label)
		{
			if (host->bytes[i - 1] == '-')
				odd_to = i;
			host->label[nlabels++] = label;
			label = i + 1;
		}
		else if (!last || nlabels == 0)
			return DOMAIN_NOT_A_HOST;
		else
			i--; /* the dot of the root */
		if (last)
			break;
	}
	if (i > HOST_MAX_LENGTH)
		return DOMAIN_TOO_LONG;
	*stop = bytes + i;
	if (*stop < end && **stop == '.')
		++*stop;
	host->label[nlabels] = i + 1;
	host->nlabels = nlabels;
	host->length = i;
	host->odd_to = odd_to;
	if (unlikely(is_digit(host->bytes[host->label[nlabels - 1]])))
		return number_problem(host);
	return DOMAIN_FINE;
}

/* Reads an ASCII host that must be nothing but that. */
static DomainProblem
read_ascii_host(const char *bytes, size_t length, HostName *host)
{
	const char *stop;
	DomainProblem problem;

	/* More than a host can have may be what is no host. */
	problem = scan_host(bytes, bytes + length, host, &stop);
	if (problem == DOMAIN_FINE && stop < bytes + length)
		return stop - bytes >= HOST_MAX_LENGTH &&
					   host_byte[(unsigned char) *stop]
				   ? DOMAIN_TOO_LONG
				   : DOMAIN_NOT_A_HOST;
	return problem;
}

/* Reads a UTF-8 host that is not ASCII. */
static DomainProblem
read_unicode_host(const char *bytes, size_t length, HostName *host)
{
	char *input;
	char *ascii = NULL;
	uint8_t *normal;
	size_t nnormal = 0;
	int status;
	DomainProblem problem;

	normal = u8_normalize(UNINORM_NFKC, (const uint8_t *) bytes, length, NULL,
						  &nnormal);
	if (normal == NULL)
	{
		if (errno == ENOMEM)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
		return DOMAIN_NOT_A_HOST; /* invalid UTF-8 */
	}
	/* libidn2's time grows with the square of a label's length. */
	if (nnormal > 4 * (HOST_MAX_LENGTH + 1))
	{
		free(normal);
		return DOMAIN_TOO_LONG;
	}
	input = realloc(normal, nnormal + 1);
	if (input == NULL)
	{
		free(normal);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	}
	input[nnormal] = '\0';
	status = idn2_to_ascii_8z(input, &ascii, IDN2_NONTRANSITIONAL);
	free(input);
	switch (status)
	{
		case IDN2_OK:
			problem = read_ascii_host(ascii, strlen(ascii), host);
			break;
		case IDN2_TOO_BIG_DOMAIN:
		case IDN2_TOO_BIG_LABEL:
		case IDN2_PUNYCODE_BIG_OUTPUT:
			problem = DOMAIN_TOO_LONG;
			break;
		case IDN2_MALLOC:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
			break;
		default:
			problem = DOMAIN_NOT_A_HOST;
			break;
	}
	idn2_free(ascii);
	return problem;
}

/* Reads a host that has percent escapes or is not ASCII. */
static DomainProblem
read_encoded_host(const char *bytes, size_t length, HostName *host)
{
	char decoded[WEBSITE_MAX_LENGTH];
	char *start = decoded;
	size_t n = 0;
	bool ascii = true;

	if (length > sizeof(decoded))
		return DOMAIN_TOO_LONG;
	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = bytes[i];

		if (c == '%')
		{
			int high = i + 2 < length ? hex_digit(bytes[i + 1]) : -1;
			int low = i + 2 < length ? hex_digit(bytes[i + 2]) : -1;

			if (high < 0 || low < 0)
				return DOMAIN_NOT_A_HOST;
			c = high << 4 | low;
			/* libidn2 takes a string that ends at a zero byte. */
			if (c == '\0')
				return DOMAIN_NOT_A_HOST;
			i += 2;
		}
		ascii &= c < 0x80;
		decoded[n++] = c;
	}
	/* "acme.com%20" */
	while (n > 0 && (CLASS(start[0]) & BLANK))
	{
		start++;
		n--;
	}
	while (n > 0 && (CLASS(start[n - 1]) & BLANK))
		n--;
	if (ascii)
		return read_ascii_host(start, n, host);
	return read_unicode_host(start, n, host);
}

/* Reads a host that is nothing but that. */
DomainProblem
read_host(const char *bytes, size_t length, HostName *host)
{
	for (size_t i = 0; i < length; i++)
	{
		if (CLASS(bytes[i]) & ENCODED)
			return read_encoded_host(bytes, length, host);
	}
	return read_ascii_host(bytes, length, host);
}

/* ------------------------------------------------------------------------
 * domains
 */

/*
 * Is it in the form that domains are stored in: at least two labels, each of
 * lower-case letters, digits and inner hyphens, the last one starting with a
 * letter?  Says nothing about any list.
 */
bool
is_canonical_domain(const char *bytes, size_t length)
{
	size_t label = 0;
	int nlabels = 0;

	if (length == 0 || length > HOST_MAX_LENGTH)
		return false;
	for (size_t i = 0; i <= length; i++)
	{
		char c = i < length ? bytes[i] : '.';

		if (c == '.')
		{
			if (i == label || i - label > LABEL_MAX_LENGTH ||
				bytes[label] == '-' || bytes[i - 1] == '-')
				return false;
			nlabels++;
			if (i < length)
				label = i + 1;
		}
		else if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '-')
			return false;
	}
	return nlabels >= 2 && !is_digit(bytes[label]);
}

static inline bool
label_is_www(const HostName *host, int label)
{
	int start = host->label[label];

	return host->label[label + 1] - start == 4 &&
		   memcmp(host->bytes + start, "www", 3) == 0;
}

/* For a host some of whose pages are others': is this one of them? */
static bool
path_is_shared(const HostName *host, uint32_t facts, const char *path,
			   const char *end)
{
	const char *p = path;

	while (p < end && !(CLASS(*p) & PART_END))
		p++;
	while (p > path && (CLASS(p[-1]) & WRAPPER))
		p--;
	if (facts & NAME_PAGES)
		return !is_front_page(path, p - path);
	return is_shared_page(host, path, p - path);
}

/*
 * Finds the company's domain in site->host, and says if it is one.  path: what
 * follows the host, up to the end of its part or further; NULL where there is
 * nothing but slashes.
 */
static void
judge(Website *site, const char *path, const char *end)
{
	const HostName *host = &site->host;
	SuffixMatch match;
	int first; /* label of the domain */
	uint32_t facts;

	match_suffix(host, ALL_SUFFIXES, &match);
	if (match.special_use)
	{
		site->problem = DOMAIN_SPECIAL_USE;
		return;
	}
	/* "Acme Inc.": a word is no host, be it a top-level domain. */
	if (host->nlabels == 1)
	{
		site->problem = DOMAIN_NOT_A_HOST;
		return;
	}
	if (match.nlabels == 0)
	{
		site->problem = DOMAIN_UNKNOWN_SUFFIX;
		return;
	}
	first = host->nlabels - match.nlabels - 1;
	facts = match.facts;
	/* On a host that many share, www is not one of them. */
	if (match.shared && first >= 0 && label_is_www(host, first))
		first = -1;
	if (first < 0)
	{
		if (!match.shared || !(match.suffix_facts & NAME_OWN_SITE))
		{
			site->problem = match.shared ? DOMAIN_SHARED_HOST
										 : DOMAIN_PUBLIC_SUFFIX;
			return;
		}
		first = host->nlabels - match.nlabels;
		facts = match.suffix_facts;
	}
	site->domain = host->bytes + host->label[first];
	site->length = host->length - host->label[first];

	if (unlikely(host->odd_to > host->label[first]))
		site->problem = DOMAIN_NOT_A_HOST;
	else if (likely(facts == 0))
		site->problem = DOMAIN_FINE;
	else if (facts & NAME_PLACEHOLDER)
		site->problem = DOMAIN_PLACEHOLDER;
	else if (facts & NAME_MISTYPED)
		site->problem = DOMAIN_UNKNOWN_SUFFIX;
	else if (path != NULL && (facts & (NAME_PAGES | NAME_SOME_PAGES)) &&
			 path_is_shared(host, facts, path, end))
		site->problem = DOMAIN_SHARED_HOST;
	else if (facts & NAME_WEBMAIL)
		site->problem = DOMAIN_FREEMAIL;
	else if ((facts & NAME_FREEMAIL) && site->kind == EMAIL)
		site->problem = DOMAIN_FREEMAIL;
	else if ((facts & NAME_DISPOSABLE) && site->kind == EMAIL)
		site->problem = DOMAIN_DISPOSABLE;
	else
		site->problem = DOMAIN_FINE;
}

/* Would a canonical domain, as a website, still be read as itself? */
bool
is_current_domain(const char *bytes, size_t length)
{
	Website site;

	site.kind = WEBSITE;
	site.problem = read_ascii_host(bytes, length, &site.host);
	if (site.problem == DOMAIN_FINE)
		judge(&site, NULL, NULL);
	return site.problem == DOMAIN_FINE && site.length == length;
}

/*
 * May it be a stored domain, whatever lists it was made with?  Lists come and
 * go, and with them top-level domains, so any canonical form may.  But no list
 * cut a domain that begins with www, unless it is one of that name, "www.com",
 * "www.co.uk", nor one of a special-use name; and these are what people take
 * for domains.
 */
bool
is_storable_domain(const char *bytes, size_t length)
{
	HostName host;
	SuffixMatch match;

	if (!is_canonical_domain(bytes, length) ||
		read_ascii_host(bytes, length, &host) != DOMAIN_FINE)
		return false;
	match_suffix(&host, ALL_SUFFIXES, &match);
	if (match.special_use)
		return false;
	return host.nlabels == 2 || !label_is_www(&host, 0) ||
		   is_current_domain(bytes, length);
}

/* ------------------------------------------------------------------------
 * fields
 */

/*
 * What stands in a field beside ASCII and letters, as what it looks like: a
 * blank, a quotation mark, the ASCII of a full-width form; or nothing, zero,
 * for what cannot be seen and comes along when copying.  -1 for all else.
 */
static int
plain_character(const unsigned char *p, size_t length, int *nbytes)
{
	if (length >= 2 && p[0] == 0xC2)
	{
		*nbytes = 2;
		switch (p[1])
		{
			case 0x85: /* next line */
			case 0xA0: /* no-break space */
				return ' ';
			case 0xAD: /* soft hyphen */
				return 0;
			case 0xAB: /* angle quotation marks */
			case 0xBB:
				return '"';
			default:
				return -1;
		}
	}
	if (length < 3)
		return -1;
	*nbytes = 3;
	if (p[0] == 0xE2 && p[1] == 0x80)
	{
		/* U+2000 to 203F */
		if (p[2] <= 0x8A || p[2] == 0xA8 || p[2] == 0xA9 || p[2] == 0xAF)
			return ' ';
		if (p[2] >= 0x98 && p[2] <= 0x9F)
			return '"';
		/* zero-width space; direction marks; not the two joiners */
		if (p[2] == 0x8B || p[2] == 0x8E || p[2] == 0x8F ||
			(p[2] >= 0xAA && p[2] <= 0xAE))
			return 0;
		return -1;
	}
	if (p[0] == 0xE2 && p[1] == 0x81)
	{
		/* U+205F; word joiner; isolates of direction */
		if (p[2] == 0x9F)
			return ' ';
		return p[2] == 0xA0 || (p[2] >= 0xA6 && p[2] <= 0xA9) ? 0 : -1;
	}
	if (p[0] == 0xE1 && p[1] == 0x9A && p[2] == 0x80)
		return ' ';
	if (p[0] == 0xE3 && p[1] == 0x80)
	{
		if (p[2] == 0x80) /* ideographic space */
			return ' ';
		if (p[2] == 0x81) /* ideographic comma */
			return ',';
		return p[2] == 0x82 ? '.' : -1; /* ideographic full stop */
	}
	if (p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) /* byte order mark */
		return 0;
	if (p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x81 && p[2] <= 0xBF)
		return p[2] - 0x81 + '!';
	if (p[0] == 0xEF && p[1] == 0xBD && p[2] >= 0x80 && p[2] <= 0x9E)
		return p[2] - 0x80 + '`';
	if (p[0] == 0xEF && p[1] == 0xBD && p[2] == 0xA1) /* half-width stop */
		return '.';
	return -1;
}

/* Copies a field that is not ASCII to reader->plain; false if too long. */
static bool
plain_text(WebsiteReader *reader, const char *field, size_t length)
{
	size_t n = 0;
	bool blank = false;

	for (size_t i = 0, next_check = 0; i < length;)
	{
		const char *copy = field + i;
		char plain;
		int nbytes = 1;
		int ncopy = 1;
		int c;

		if (unlikely(i >= next_check))
		{
			CHECK_FOR_INTERRUPTS();
			next_check = i + BYTES_BETWEEN_INTERRUPTS;
		}
		c = plain_character((const unsigned char *) copy, length - i, &nbytes);

		if (c >= 0)
		{
			plain = c;
			copy = &plain;
			i += nbytes;
		}
		else
			i++;
		if (c == 0)
			continue;
		/* Runs of blanks become one, and none at the ends. */
		if (CLASS(*copy) & BLANK)
		{
			blank = n > 0;
			continue;
		}
		if (n + blank + ncopy > sizeof(reader->plain))
			return false;
		if (blank)
			reader->plain[n++] = ' ';
		blank = false;
		reader->plain[n++] = *copy;
	}
	reader->next = reader->plain;
	reader->end = reader->plain + n;
	return true;
}

static bool
is_ascii(const char *bytes, size_t length)
{
	uint64_t high = 0;
	uint64_t word;

	if (length >= sizeof(word))
	{
		/* The last word may hold bytes that were seen. */
		memcpy(&high, bytes + length - sizeof(word), sizeof(word));
		for (; length > sizeof(word);
			 bytes += sizeof(word), length -= sizeof(word))
		{
			memcpy(&word, bytes, sizeof(word));
			high |= word;
		}
		length = 0;
	}
	for (; length > 0; bytes++, length--)
		high |= (unsigned char) *bytes;
	return (high & UINT64_C(0x8080808080808080)) == 0;
}

/*
 * Starts to read a field, whose bytes must stay.  kind EMAIL: every part is
 * the address of a person, or its host, whether it has an at sign or not.
 */
void
website_open(WebsiteReader *reader, const char *field, size_t length,
			 WebsiteKind kind)
{
	while (length > 0 && (CLASS(field[0]) & BLANK))
	{
		field++;
		length--;
		if (unlikely(length % BYTES_BETWEEN_INTERRUPTS == 0))
			CHECK_FOR_INTERRUPTS();
	}
	while (length > 0 && (CLASS(field[length - 1]) & BLANK))
	{
		length--;
		if (unlikely(length % BYTES_BETWEEN_INTERRUPTS == 0))
			CHECK_FOR_INTERRUPTS();
	}
	reader->kind = kind;
	reader->in_part = false;
	reader->in_path = false;
	reader->problem = DOMAIN_EMPTY;
	reader->next = field;
	reader->end = field + length;
	if (length > WEBSITE_MAX_LENGTH || !is_ascii(field, length))
	{
		/* What is too long may be full of characters that do not count. */
		if (!plain_text(reader, field, length))
		{
			reader->problem = DOMAIN_TOO_LONG;
			reader->next = reader->end;
		}
	}
}

static bool
starts_with(const char *p, const char *end, const char *word)
{
	for (; *word != '\0'; word++, p++)
	{
		if (p == end || lower(*p) != *word)
			return false;
	}
	return true;
}

/*
 * Skips schemes and what is left of them: "https://", "http:/", "http//",
 * "https:", "//", "http://https://".  Returns where the authority starts.
 */
static const char *
skip_scheme(const char *p, const char *end, bool *scheme, bool *mailto)
{
	for (;;)
	{
		const char *after;

		for (; p < end && (CLASS(*p) & SLASH); p++)
			*scheme = true;
		if (p == end || !is_letter(*p))
			return p;
		/* host_byte knows letters, digits and the hyphen; not "h2+ssh". */
		for (after = p + 1; after < end; after++)
		{
			if (host_byte[(unsigned char) *after] <= '.' && *after != '-')
				break;
		}
		if (after == end)
			return p;
		if (*after == ':')
		{
			if (starts_with(p, end, "mailto:"))
				*mailto = true;
			else if ((after + 1 < end && (CLASS(after[1]) & SLASH)) ||
					 starts_with(p, end, "http:") ||
					 starts_with(p, end, "https:"))
				*scheme = true;
			else
				return p;
			p = after + 1;
		}
		else if (starts_with(p, end, "http//") ||
				 starts_with(p, end, "https//"))
			p = after; /* its slashes make the scheme */
		else
			return p;
	}
}

/* For a host that has a colon or a bracket; cuts off a port. */
static DomainProblem
cut_port(const char *host, const char **end)
{
	const char *colon = host;
	int ncolons = 0;

	if (host < *end && *host == '[')
		return DOMAIN_IP_ADDRESS;
	while (colon < *end && *colon != ':')
		colon++;
	if (colon == *end)
		return DOMAIN_FINE; /* a bracket inside, which read_host refuses */
	if (all_digits(colon + 1, *end))
	{
		*end = colon;
		return DOMAIN_FINE;
	}
	/* 2001:db8::1 */
	for (const char *p = host; p < *end; p++)
	{
		if (*p == ':')
			ncolons++;
		else if (hex_digit(*p) < 0)
			return DOMAIN_NOT_A_HOST;
	}
	return ncolons >= 2 ? DOMAIN_IP_ADDRESS : DOMAIN_NOT_A_HOST;
}

/*
 * Reads the host of an authority, after the last at sign in it, with any port
 * or wrapper.  Returns where the authority ends.
 */
static const char *
read_authority(const char *p, const char *end, bool scheme, Website *site)
{
	const char *host = p;
	const char *host_end;
	uint8 seen = 0;

	for (; p < end; p++)
	{
		uint8 class = CLASS(*p);

		if (class & (PART_END | REST))
			break;
		if (class & AT_SIGN)
		{
			host = p + 1;
			seen = AT_SIGN;
		}
		else
			seen |= class;
	}
	if ((seen & AT_SIGN) && !scheme)
		site->kind = EMAIL;

	host_end = p;
	while (host_end > host && (CLASS(host_end[-1]) & WRAPPER))
		host_end--;
	site->problem = DOMAIN_FINE;
	if (seen & COLON)
		site->problem = cut_port(host, &host_end);
	if (site->problem != DOMAIN_FINE)
		return p;
	if (seen & ENCODED)
		site->problem = read_encoded_host(host, host_end - host, &site->host);
	else
		site->problem = read_ascii_host(host, host_end - host, &site->host);
	return p;
}

/*
 * Reads a part that is a host, or a plain "http://" or "https://" with one, or
 * an address, and nothing odd: most parts are.  Returns where the host ends;
 * NULL, whatever is in site, when it takes a closer look.
 */
static inline const char *
read_plain_part(const char *p, const char *end, Website *site, bool *scheme)
{
	const char *stop;

	if (end - p > 8 && (p[0] | 0x20) == 'h' && (p[1] | 0x20) == 't' &&
		(p[2] | 0x20) == 't' && (p[3] | 0x20) == 'p')
	{
		const char *after = p + 4 + ((p[4] | 0x20) == 's');

		if (after[0] == ':' && after[1] == '/' && after[2] == '/')
		{
			p = after + 3;
			*scheme = true;
		}
	}
	site->problem = scan_host(p, end, &site->host, &stop);
	if (site->problem != DOMAIN_FINE)
		return NULL;
	if (stop < end && *stop == '@' && !*scheme)
	{
		site->kind = EMAIL;
		site->problem = scan_host(stop + 1, end, &site->host, &stop);
		if (site->problem != DOMAIN_FINE)
			return NULL;
	}
	/* One label may be what is left of a scheme: "http//acme.com". */
	if (site->host.nlabels < 2 ||
		(stop < end && !(CLASS(*stop) & (PART_END | REST))))
		return NULL;
	return stop;
}

/*
 * The next part of a field: true with site filled in, false at the end.
 */
bool
website_next(WebsiteReader *reader, Website *site)
{
	const char *p = reader->next;
	const char *end = reader->end;
	const char *stop;
	bool scheme;
	bool mailto;
	bool has_path;
	bool mere_comma;

	for (;;)
	{
		if (reader->in_part)
		{
			while (p < end && !(CLASS(*p) & PART_END))
				p++;
		}
		/* Between two parts: do commas alone part them? */
		mere_comma = true;
		for (; p < end && (CLASS(*p) & (PART_END | WRAPPER)); p++)
		{
			if (*p != ',' && !(CLASS(*p) & WRAPPER))
				mere_comma = false;
		}
		if (p == end)
		{
			reader->next = end;
			reader->in_part = false;
			return false;
		}
		reader->in_part = true;

		scheme = mailto = false;
		site->kind = reader->kind;
		if (!reader->in_path &&
			(stop = read_plain_part(p, end, site, &scheme)) != NULL)
		{
			p = stop;
			goto found;
		}
		scheme = false;
		p = skip_scheme(p, end, &scheme, &mailto);
		/* "https://acme.com/a,b.com": a comma in a path. */
		if (reader->in_path && mere_comma && !scheme && !mailto)
			continue;
		break;
	}

	site->kind = mailto ? EMAIL : reader->kind;
	/* Most parts have a host here and nothing else before the path. */
	site->problem = scan_host(p, end, &site->host, &stop);
	if (likely(site->problem == DOMAIN_FINE &&
			   (stop == end || (CLASS(*stop) & (PART_END | REST)))))
		p = stop;
	else
		p = read_authority(p, end, scheme, site);

found:
	/* Slashes are no path: "https://www.facebook.com/". */
	stop = p;
	has_path = false;
	for (; p < end && !(CLASS(*p) & PART_END); p++)
	{
		if (!(CLASS(*p) & (SLASH | WRAPPER)))
		{
			has_path = true;
			break;
		}
	}
	reader->in_path = has_path;
	reader->next = p;

	if (site->problem == DOMAIN_FINE)
		judge(site, has_path ? stop : NULL, end);
	return true;
}

/*
 * The first usable part of a field.  Where none is, site->problem is that of
 * the part that came closest, and the rest of site means nothing.
 */
void
website_first(const char *field, size_t length, WebsiteKind kind,
			  Website *site)
{
	WebsiteReader reader;
	DomainProblem problem;

	website_open(&reader, field, length, kind);
	problem = reader.problem;
	while (website_next(&reader, site))
	{
		if (site->problem == DOMAIN_FINE)
			return;
		problem = Max(problem, site->problem);
	}
	site->problem = problem;
}
