/*
 * company_domain.c
 *		The type company_domain: a company's registrable domain.
 *
 * Stored as text is, in lower-case ASCII, so that it can be shown as text
 * without being touched.  Equality is that of bytes; so is the order, which
 * depends on no locale.
 *
 * Which domain a website has depends on lists that change.  A stored value
 * does not: the input functions take what is in canonical form as it is,
 * whatever the compiled list would make of it, or a dump could not be restored
 * where another list is installed.  That holds for top-level domains too:
 * dozens were withdrawn in the last years, and others are to come.
 *
 * IDENTIFICATION
 *		src/identity/company_domain.c
 */
#include "postgres.h"

#include <idn2.h>

#include "access/detoast.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/sortsupport.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/memory.h"
#include "identity/company_domain.h"

PG_FUNCTION_INFO_V1(company_domain_in);
PG_FUNCTION_INFO_V1(company_domain_recv);
PG_FUNCTION_INFO_V1(company_domain_from_text);
PG_FUNCTION_INFO_V1(to_company_domain);
PG_FUNCTION_INFO_V1(company_domain_problem);
PG_FUNCTION_INFO_V1(company_domains);
PG_FUNCTION_INFO_V1(company_domain_is_current);
PG_FUNCTION_INFO_V1(registrable_domain);
PG_FUNCTION_INFO_V1(public_suffix_list_version);
PG_FUNCTION_INFO_V1(company_domain_eq);
PG_FUNCTION_INFO_V1(company_domain_ne);
PG_FUNCTION_INFO_V1(company_domain_lt);
PG_FUNCTION_INFO_V1(company_domain_le);
PG_FUNCTION_INFO_V1(company_domain_gt);
PG_FUNCTION_INFO_V1(company_domain_ge);
PG_FUNCTION_INFO_V1(company_domain_cmp);
PG_FUNCTION_INFO_V1(company_domain_sortsupport);
PG_FUNCTION_INFO_V1(company_domain_hash);
PG_FUNCTION_INFO_V1(company_domain_hash_extended);
PG_FUNCTION_INFO_V1(company_domain_smaller);
PG_FUNCTION_INFO_V1(company_domain_larger);

/* ------------------------------------------------------------------------
 * problems
 */

static const struct
{
	const char *name;
	const char *detail; /* %s: what was read */
} problems[] = {
	[DOMAIN_FINE] = {NULL, NULL},
	[DOMAIN_EMPTY] = {"empty", "\"%s\" is empty or blank."},
	[DOMAIN_TOO_LONG] = {"too_long", "\"%s\" is longer than a website, a host "
									 "or a label of a host can be."},
	[DOMAIN_NOT_A_HOST] = {"not_a_host", "\"%s\" names no host."},
	[DOMAIN_IP_ADDRESS] = {"ip_address", "\"%s\" is an IP address."},
	[DOMAIN_SPECIAL_USE] = {"special_use", "\"%s\" lies in a domain that is "
										   "never a company's."},
	[DOMAIN_UNKNOWN_SUFFIX] = {"unknown_suffix",
							   "\"%s\" lies below no suffix that exists."},
	[DOMAIN_PUBLIC_SUFFIX] = {"public_suffix",
							  "\"%s\" is a suffix under which anybody may "
							  "register a domain."},
	[DOMAIN_SHARED_HOST] = {"shared_host",
							"\"%s\" is on a host that many companies share."},
	[DOMAIN_FREEMAIL] =
		{"freemail", "\"%s\" belongs to a provider of mail to the public."},
	[DOMAIN_DISPOSABLE] =
		{"disposable",
		 "\"%s\" belongs to a provider of disposable addresses."},
	[DOMAIN_PLACEHOLDER] = {"placeholder",
							"\"%s\" stands for a website that was not given."},
};

/* The SQL name of a problem; NULL for none. */
const char *
domain_problem_name(DomainProblem problem)
{
	return problems[problem].name;
}

/* For messages: a field's first bytes, without half characters. */
static char *
excerpt(const char *bytes, size_t length)
{
	const int longest = 80;
	int shown = pg_mbcliplen(bytes, Min(length, longest + 1), longest);

	if (shown == length)
		return pnstrdup(bytes, length);
	return psprintf("%.*s...", shown, bytes);
}

/* ------------------------------------------------------------------------
 * fields
 */

/*
 * A copy of bytes in another encoding; NULL when they have no equivalent or
 * are invalid.  As pg_do_encoding_conversion(), which raises an error instead.
 */
static char *
convert(const char *bytes, size_t length, int from, int to, size_t *nresult)
{
	Oid procedure = FindDefaultConversionProc(from, to);
	size_t size = length * MAX_CONVERSION_GROWTH + 1;
	char *result;

	if (!OidIsValid(procedure))
		return NULL;
	result = palloc(size);
	if (pg_do_encoding_conversion_buf(
			procedure, from, to, (unsigned char *) unconstify(char *, bytes),
			length, (unsigned char *) result, size, true) != length)
		return NULL;
	*nresult = strlen(result);
	return result;
}

/* A head that field_bytes() treats like any longer field. */
#define MAX_CONVERTED (8 * WEBSITE_MAX_LENGTH)
#define HEAD_LENGTH   (2 * MAX_CONVERTED)

static const char *
field_bytes(const char *bytes, size_t length, size_t *nresult)
{
	int encoding = GetDatabaseEncoding();
	bool ascii = true;
	char *result = NULL;

	*nresult = length;
	/* Nobody knows what bytes of SQL_ASCII mean: they are tried as UTF-8. */
	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return bytes;
	for (size_t i = 0; i < length && ascii; i++)
	{
		ascii = !IS_HIGHBIT_SET(bytes[i]);
		if (unlikely(i % BYTES_BETWEEN_INTERRUPTS == 0))
			CHECK_FOR_INTERRUPTS();
	}
	if (ascii)
		return bytes;
	/* What is much too long need not be converted to be seen as that. */
	if (length <= MAX_CONVERTED)
		result = convert(bytes, length, encoding, PG_UTF8, nresult);
	if (result == NULL)
	{
		/* The other bytes are made what is never valid in UTF-8. */
		*nresult = length;
		result = pnstrdup(bytes, length);
		for (size_t i = 0; i < length; i++)
		{
			if (IS_HIGHBIT_SET(result[i]))
				result[i] = '\xff';
			if (unlikely(i % BYTES_BETWEEN_INTERRUPTS == 0))
				CHECK_FOR_INTERRUPTS();
		}
	}
	return result;
}

/*
 * The bytes of a field for website_open(): in UTF-8, those of the value itself
 * where no conversion is needed.
 */
const char *
website_field(const text *value, size_t *length)
{
	return field_bytes(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), length);
}

/*
 * A value that holds websites or emails, detoasted: no more of it than it
 * takes to see that it is too long.
 */
text *
website_value(Datum value)
{
	struct varlena *toasted = (struct varlena *) DatumGetPointer(value);

	if (unlikely(VARATT_IS_EXTERNAL(toasted) ||
				 VARATT_IS_COMPRESSED(toasted)) &&
		toast_raw_datum_size(value) > 2 * HEAD_LENGTH)
	{
		text *head = DatumGetTextPSlice(value, 0, HEAD_LENGTH);
		WebsiteReader reader;
		size_t length;
		const char *field = website_field(head, &length);

		website_open(&reader, field, length, WEBSITE);
		if (reader.problem == DOMAIN_TOO_LONG)
			return head;
		pfree(head);
	}
	return DatumGetTextPP(value);
}

static text *
domain_datum(const Website *site)
{
	return cstring_to_text_with_len(site->domain, site->length);
}

/* The domain of a field, or an error to escontext (PostgreSQL 16) or at large. */
static Datum
domain_or_error(const char *bytes, size_t length, Node *escontext)
{
	Website site;
	size_t nfield;
	const char *field = field_bytes(bytes, length, &nfield);
	char *shown;

	website_first(field, nfield, WEBSITE, &site);
	if (site.problem == DOMAIN_FINE)
		return PointerGetDatum(domain_datum(&site));
	shown = excerpt(bytes, length);
	ereturn(escontext, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("no company domain in \"%s\" (%s)", shown,
					domain_problem_name(site.problem)),
			 errdetail(problems[site.problem].detail, shown),
			 errhint("to_company_domain() gives null instead of an error, "
					 "company_domain_problem() the reason.")));
}

/* to_company_domain(text) -> company_domain, null where there is none */
Datum
to_company_domain(PG_FUNCTION_ARGS)
{
	text *value = website_value(PG_GETARG_DATUM(0));
	Website site;
	size_t length;
	const char *field = website_field(value, &length);

	website_first(field, length, WEBSITE, &site);
	PG_FREE_IF_COPY(value, 0);
	if (site.problem != DOMAIN_FINE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(domain_datum(&site));
}

/*
 * company_domain_problem(text) -> text: why to_company_domain() gives null.
 * Not strict: no website is an empty one, and a count by problem shows it.
 */
Datum
company_domain_problem(PG_FUNCTION_ARGS)
{
	text *value;
	Website site;
	size_t length;
	const char *field;

	if (PG_ARGISNULL(0))
		PG_RETURN_TEXT_P(cstring_to_text(domain_problem_name(DOMAIN_EMPTY)));
	value = website_value(PG_GETARG_DATUM(0));
	field = website_field(value, &length);
	website_first(field, length, WEBSITE, &site);
	if (site.problem == DOMAIN_FINE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(domain_problem_name(site.problem)));
}

/* company_domain(text) -> company_domain: the cast, an error for none */
Datum
company_domain_from_text(PG_FUNCTION_ARGS)
{
	text *value = website_value(PG_GETARG_DATUM(0));

	return domain_or_error(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						   fcinfo->context);
}

/*
 * company_domains(text) -> company_domain[]: those of all parts of a field, in
 * order, each once.
 */
Datum
company_domains(PG_FUNCTION_ARGS)
{
	text *value = website_value(PG_GETARG_DATUM(0));
	Oid element = (Oid) (uintptr_t) fcinfo->flinfo->fn_extra;
	WebsiteReader reader;
	Website site;
	size_t length;
	const char *field = website_field(value, &length);
	Datum *domains = NULL;
	int ndomains = 0;
	int allocated = 0;

	if (!OidIsValid(element))
	{
		/* What the function is declared to return. */
		element = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
		if (!OidIsValid(element))
			elog(ERROR, "company_domains() must return an array");
		fcinfo->flinfo->fn_extra = (void *) (uintptr_t) element;
	}

	website_open(&reader, field, length, WEBSITE);
	while (website_next(&reader, &site))
	{
		bool known = false;

		if (site.problem != DOMAIN_FINE)
			continue;
		for (int i = 0; i < ndomains && !known; i++)
		{
			text *other = DatumGetTextPP(domains[i]);

			known = VARSIZE_ANY_EXHDR(other) == site.length &&
					memcmp(VARDATA_ANY(other), site.domain, site.length) == 0;
		}
		if (known)
			continue;
		MAKE_ROOM(CurrentMemoryContext, domains, allocated, ndomains + 1);
		domains[ndomains++] = PointerGetDatum(domain_datum(&site));
	}
	if (ndomains == 0)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(element));
	PG_RETURN_ARRAYTYPE_P(
		construct_array(domains, ndomains, element, -1, false, TYPALIGN_INT));
}

/*
 * company_domain_is_current(company_domain) -> boolean: would the compiled
 * lists still read it as itself?
 */
Datum
company_domain_is_current(PG_FUNCTION_ARGS)
{
	text *domain = PG_GETARG_TEXT_PP(0);

	PG_RETURN_BOOL(
		is_current_domain(VARDATA_ANY(domain), VARSIZE_ANY_EXHDR(domain)));
}

/*
 * registrable_domain(host text) -> text: the algorithm of publicsuffix.org
 * alone, over both sections of the list, with the rule "*"; null for a suffix
 * and for what is no host.  Unicode in, Unicode out.
 */
Datum
registrable_domain(PG_FUNCTION_ARGS)
{
	text *value = website_value(PG_GETARG_DATUM(0));
	HostName host;
	SuffixMatch match;
	size_t length;
	const char *bytes = website_field(value, &length);
	const char *domain;
	bool unicode = false;
	int first;
	text *result = NULL;

	if (length > WEBSITE_MAX_LENGTH || memchr(bytes, '%', length) != NULL ||
		read_host(bytes, length, &host) != DOMAIN_FINE)
		PG_RETURN_NULL();
	match_suffix(&host, PUBLIC_SUFFIX_LIST_ALONE, &match);
	first = host.nlabels - Max(match.nlabels, 1) - 1;
	if (first < 0)
		PG_RETURN_NULL();
	domain = host.bytes + host.label[first];
	length = host.length - host.label[first];

	for (size_t i = 0; i < VARSIZE_ANY_EXHDR(value) && !unicode; i++)
		unicode = IS_HIGHBIT_SET(VARDATA_ANY(value)[i]);
	if (unicode)
	{
		char ascii[HOST_MAX_LENGTH + 1];
		char *utf8;
		char *converted;
		size_t nconverted;

		memcpy(ascii, domain, length);
		ascii[length] = '\0';
		if (idn2_to_unicode_8z8z(ascii, &utf8, 0) == IDN2_OK)
		{
			char copy[4 * HOST_MAX_LENGTH + 1];

			strlcpy(copy, utf8, sizeof(copy));
			idn2_free(utf8);
			if (GetDatabaseEncoding() == PG_UTF8 ||
				GetDatabaseEncoding() == PG_SQL_ASCII)
				result = cstring_to_text(copy);
			else if ((converted = convert(copy, strlen(copy), PG_UTF8,
										  GetDatabaseEncoding(),
										  &nconverted)) != NULL)
				result = cstring_to_text_with_len(converted, nconverted);
		}
	}
	if (result == NULL)
		result = cstring_to_text_with_len(domain, length);
	PG_RETURN_TEXT_P(result);
}

/* public_suffix_list_version() -> text */
Datum
public_suffix_list_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(suffix_list_version()));
}

/* ------------------------------------------------------------------------
 * input and output; output is that of text
 */

Datum
company_domain_in(PG_FUNCTION_ARGS)
{
	char *input = PG_GETARG_CSTRING(0);
	size_t length = strlen(input);

	/* As it is, see above; anything else is read. */
	if (is_storable_domain(input, length))
		PG_RETURN_TEXT_P(cstring_to_text_with_len(input, length));
	return domain_or_error(input, length, fcinfo->context);
}

Datum
company_domain_recv(PG_FUNCTION_ARGS)
{
	StringInfo message = (StringInfo) PG_GETARG_POINTER(0);
	int length;
	char *bytes = pq_getmsgtext(message, message->len - message->cursor,
								&length);

	/*
	 * What is sent is a stored value; there is nothing to read out of it.  Nor
	 * may anything come in that the text of a dump could not bring back.
	 */
	if (!is_storable_domain(bytes, length))
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid company_domain in binary format"),
						errdetail("\"%s\" is not what is stored of a domain.",
								  excerpt(bytes, length))));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(bytes, length));
}

/* ------------------------------------------------------------------------
 * comparison
 */

static inline int
compare(text *a, text *b)
{
	int na = VARSIZE_ANY_EXHDR(a);
	int nb = VARSIZE_ANY_EXHDR(b);
	int result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(na, nb));

	return result != 0 ? result : (na > nb) - (na < nb);
}

/* Index support must not leak what it detoasts. */
static int
compare_arguments(FunctionCallInfo fcinfo)
{
	text *a = PG_GETARG_TEXT_PP(0);
	text *b = PG_GETARG_TEXT_PP(1);
	int result = compare(a, b);

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

static bool
arguments_are_equal(FunctionCallInfo fcinfo)
{
	text *a = PG_GETARG_TEXT_PP(0);
	text *b = PG_GETARG_TEXT_PP(1);
	bool result = VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
				  memcmp(VARDATA_ANY(a), VARDATA_ANY(b),
						 VARSIZE_ANY_EXHDR(a)) == 0;

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

Datum
company_domain_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(arguments_are_equal(fcinfo));
}

Datum
company_domain_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!arguments_are_equal(fcinfo));
}

Datum
company_domain_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
company_domain_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
company_domain_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
company_domain_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
company_domain_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

/* The same order, with the server's abbreviated keys for text in "C". */
Datum
company_domain_sortsupport(PG_FUNCTION_ARGS)
{
	SortSupport sort = (SortSupport) PG_GETARG_POINTER(0);
	MemoryContext caller = MemoryContextSwitchTo(sort->ssup_cxt);

	varstr_sortsupport(sort, TEXTOID, C_COLLATION_OID);
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}

Datum
company_domain_hash(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);
	Datum hash = hash_any((unsigned char *) VARDATA_ANY(value),
						  VARSIZE_ANY_EXHDR(value));

	PG_FREE_IF_COPY(value, 0);
	return hash;
}

Datum
company_domain_hash_extended(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);
	Datum hash = hash_any_extended((unsigned char *) VARDATA_ANY(value),
								   VARSIZE_ANY_EXHDR(value),
								   PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(value, 0);
	return hash;
}

/* For min() and max(). */
Datum
company_domain_smaller(PG_FUNCTION_ARGS)
{
	text *a = PG_GETARG_TEXT_PP(0);
	text *b = PG_GETARG_TEXT_PP(1);

	PG_RETURN_TEXT_P(compare(a, b) <= 0 ? a : b);
}

Datum
company_domain_larger(PG_FUNCTION_ARGS)
{
	text *a = PG_GETARG_TEXT_PP(0);
	text *b = PG_GETARG_TEXT_PP(1);

	PG_RETURN_TEXT_P(compare(a, b) >= 0 ? a : b);
}
