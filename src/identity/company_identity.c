/*
 * company_identity.c
 *		The match keys of one record, and when two records are one company.
 *
 * An identity is the set of everything about a record that can say which
 * company it is: ids, domains, names with their country.  It is made once, by
 * identify(), and compared often, by &&, so all work on dirty text is done in
 * the making.  What is stored is sorted keys, and comparing two identities is
 * merging two sorted lists in place.
 *
 * The ladder of && is in match_identities(): the strongest level that both
 * records hold decides.  So a wrong match needs a wrong id, or a wrong domain,
 * or two companies of one name in one country; what is weaker than that is
 * possible_match()'s to say, for people to look at.
 *
 * IDENTIFICATION
 *		src/identity/company_identity.c
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "lib/qunique.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/value_form.h"
#include "base/hex_text.h"
#include "identity/company_domain.h"
#include "identity/company_id.h"
#include "identity/company_identity.h"
#include "identity/company_name.h"

PG_FUNCTION_INFO_V1(identify);
PG_FUNCTION_INFO_V1(company_identity_matches);
PG_FUNCTION_INFO_V1(match_level);
PG_FUNCTION_INFO_V1(match_keys);
PG_FUNCTION_INFO_V1(shared_keys);
PG_FUNCTION_INFO_V1(possible_match);
PG_FUNCTION_INFO_V1(company_identity_eq);
PG_FUNCTION_INFO_V1(company_identity_ne);
PG_FUNCTION_INFO_V1(company_identity_lt);
PG_FUNCTION_INFO_V1(company_identity_le);
PG_FUNCTION_INFO_V1(company_identity_gt);
PG_FUNCTION_INFO_V1(company_identity_ge);
PG_FUNCTION_INFO_V1(company_identity_cmp);
PG_FUNCTION_INFO_V1(company_identity_hash);
PG_FUNCTION_INFO_V1(company_identity_hash_extended);

/* A key with its country is the longest name. */
#define COUNTRY_LENGTH  3 /* "@US" */
#define NAME_MAX_LENGTH (KEY_MAX_LENGTH - COUNTRY_LENGTH)

/* Letters a name needs to match by; a character of CJK counts two. */
#define NAME_MIN_LETTERS 4

static const char *const kind_schemes[] = {
	[KEY_DECIDING_ID] = "",     [KEY_OTHER_ID] = "",
	[KEY_DOMAIN] = "domain:",   [KEY_NAME] = "name:",
	[KEY_SHORT_NAME] = "name:", [KEY_NAME_ANYWHERE] = "name:",
	[KEY_ALIAS] = "alias:",
};

const char *const match_level_names[] = {
	[MATCH_ID] = "id", [MATCH_DOMAIN] = "domain", [MATCH_NAME] = "name"};

/* ---- names ---- */

static bool
is_cjk(uint32 letter)
{
	return (letter >= 0x1100 && letter <= 0x11FF) || /* Hangul Jamo */
		   (letter >= 0x2E80 && letter <= 0x9FFF) || /* kana, Han */
		   (letter >= 0xA960 && letter <= 0xA97F) ||
		   (letter >= 0xAC00 && letter <= 0xD7FF) || /* Hangul */
		   (letter >= 0xF900 && letter <= 0xFAFF) ||
		   (letter >= 0x20000 && letter <= 0x3FFFF);
}

/*
 * Whether a name has the letters to match by.  Digits are none: too many
 * companies are called 24 or 360.  Only the bytes and the encoding count, no
 * table of any library, so that a key never changes its kind.
 */
static bool
is_long_name(const char *bytes, int length)
{
	int letters = 0;
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;

	/* H&M, C++: the "and" is none of its letters */
	if (length <= 5 && length >= 4 && memcmp(bytes + 1, "and", 3) == 0)
		return false;

	for (int i = 0; i < length && letters < NAME_MIN_LETTERS;)
	{
		int size = 1;

		if (!IS_HIGHBIT_SET(bytes[i]))
			letters += !(bytes[i] >= '0' && bytes[i] <= '9') &&
					   bytes[i] != DIGIT_SEPARATOR;
		else
		{
			size = Min(pg_encoding_mblen(GetDatabaseEncoding(), bytes + i),
					   length - i);
			if (utf8)
			{
				uint32 letter = utf8_to_unicode((const unsigned char *) bytes +
												i);

				/* an accent that folding left alone is no letter */
				if (letter < 0x0300 || letter > 0x036F)
					letters += is_cjk(letter) ? 2 : 1;
			}
			else
				letters += size > 1 ? 2 : 1;
		}
		i += size;
	}
	return letters >= NAME_MIN_LETTERS;
}

static KeyKind
name_kind(const char *bytes, int prefix, int length)
{
	if (prefix == length)
		return KEY_NAME_ANYWHERE;
	return is_long_name(bytes, prefix) ? KEY_NAME : KEY_SHORT_NAME;
}

/* ---- building ---- */

/* Keys in any order and any number of times, as they will be stored. */
typedef struct IdentityBuilder
{
	uint8 *buffer;
	Size used;
	Size room;
	int *keys; /* where in buffer each starts */
	int nkeys;
	int keys_room;
	uint8 first_buffer[1024];
	int first_keys[16];
} IdentityBuilder;

static void
begin_identity(IdentityBuilder *builder)
{
	builder->buffer = builder->first_buffer;
	builder->used = 0;
	builder->room = sizeof(builder->first_buffer);
	builder->keys = builder->first_keys;
	builder->nkeys = 0;
	builder->keys_room = lengthof(builder->first_keys);
}

static int
compare_keys(const uint8 *a, const uint8 *b)
{
	int order = (int) a[0] - (int) b[0];

	if (order == 0)
		order = memcmp(a + KEY_HEADER, b + KEY_HEADER, Min(a[2], b[2]));
	if (order == 0)
		order = (int) a[2] - (int) b[2];
	/* a name's "@" may be part of it */
	return order != 0 ? order : (int) a[1] - (int) b[1];
}

/* Sorted already, or nearly: the readers are called in the keys' order. */
#define FEW_KEYS 16

static int
compare_offsets(const void *a, const void *b, void *buffer)
{
	return compare_keys((uint8 *) buffer + *(const int *) a,
						(uint8 *) buffer + *(const int *) b);
}

/*
 * A repeated value must not count against the limit, so duplicates go when
 * there is no more room for keys.
 */
static void
sort_keys(IdentityBuilder *builder)
{
	if (builder->nkeys < 2)
		return;
	if (builder->nkeys <= FEW_KEYS)
	{
		int nkeys = 1;

		for (int i = 1; i < builder->nkeys; i++)
		{
			int offset = builder->keys[i];
			const uint8 *key = builder->buffer + offset;
			int at = nkeys;
			int order = 1;

			while (at > 0 &&
				   (order = compare_keys(key, builder->buffer +
												  builder->keys[at - 1])) < 0)
				at--;
			if (order == 0)
				continue;
			memmove(builder->keys + at + 1, builder->keys + at,
					(nkeys - at) * sizeof(int));
			builder->keys[at] = offset;
			nkeys++;
		}
		builder->nkeys = nkeys;
		return;
	}
	qsort_arg(builder->keys, builder->nkeys, sizeof(int), compare_offsets,
			  builder->buffer);
	builder->nkeys = qunique_arg(builder->keys, builder->nkeys, sizeof(int),
								 compare_offsets, builder->buffer);
}

/* False: there are too many keys. */
static bool
add_key(IdentityBuilder *builder, KeyKind kind, int prefix, const char *bytes,
		int length)
{
	uint8 *key;

	Assert(length > 0 && length <= KEY_MAX_LENGTH);
	if (builder->nkeys == builder->keys_room)
	{
		int *grown;

		sort_keys(builder);
		if (builder->nkeys > IDENTITY_MAX_KEYS)
			return false;
		builder->keys_room *= 2;
		grown = palloc(builder->keys_room * sizeof(int));
		memcpy(grown, builder->keys, builder->nkeys * sizeof(int));
		if (builder->keys != builder->first_keys)
			pfree(builder->keys);
		builder->keys = grown;
	}
	if (builder->room - builder->used < KEY_HEADER + KEY_MAX_LENGTH)
	{
		uint8 *grown;

		builder->room *= 2;
		grown = palloc(builder->room);
		memcpy(grown, builder->buffer, builder->used);
		if (builder->buffer != builder->first_buffer)
			pfree(builder->buffer);
		builder->buffer = grown;
	}
	key = builder->buffer + builder->used;
	key[0] = kind;
	key[1] = prefix;
	key[2] = length;
	memcpy(key + KEY_HEADER, bytes, length);
	builder->keys[builder->nkeys++] = builder->used;
	builder->used += KEY_HEADER + length;
	return true;
}

/* A name, or an alias, of a country: two letters, or none. */
static bool
add_name(IdentityBuilder *builder, bool alias, const char *name, int length,
		 const char *country)
{
	char bytes[KEY_MAX_LENGTH];
	int total = length;

	memcpy(bytes, name, length);
	if (country[0] != '\0')
	{
		bytes[length] = '@';
		memcpy(bytes + length + 1, country, 2);
		total += COUNTRY_LENGTH;
	}
	return add_key(builder,
				   alias ? KEY_ALIAS : name_kind(bytes, length, total), length,
				   bytes, total);
}

/* NULL: there are too many keys. */
static struct varlena *
finish_identity(IdentityBuilder *builder)
{
	Size size = VARHDRSZ + IDENTITY_HEADER;
	uint8 kinds = 0;
	struct varlena *identity;
	uint8 *to;

	sort_keys(builder);
	if (builder->nkeys > IDENTITY_MAX_KEYS)
		return NULL;
	for (int i = 0; i < builder->nkeys; i++)
	{
		const uint8 *key = builder->buffer + builder->keys[i];

		kinds |= KEY_BIT(key[0]);
		size += KEY_HEADER + key[2];
	}
	identity = palloc(size);
	SET_VARSIZE(identity, size);
	to = (uint8 *) VARDATA(identity);
	to[0] = COMPANY_IDENTITY_VERSION;
	to[1] = kinds;
	to += IDENTITY_HEADER;
	for (int i = 0; i < builder->nkeys; i++)
	{
		const uint8 *key = builder->buffer + builder->keys[i];

		memcpy(to, key, KEY_HEADER + key[2]);
		to += KEY_HEADER + key[2];
	}
	return identity;
}

#define TOO_MANY_KEYS                        \
	errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), \
		errmsg("a company identity has at most %d keys", IDENTITY_MAX_KEYS)

/* ---- text ---- */

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
append_encoded(StringInfo out, const char *bytes, int length, bool name)
{
	static const char digits[] = "0123456789ABCDEF";

	for (int i = 0; i < length; i++)
	{
		unsigned char c = bytes[i];

		if (c <= ' ' || c == 0x7F || c == '%' || (name && c == '@'))
		{
			appendStringInfoChar(out, '%');
			appendStringInfoChar(out, digits[c >> 4]);
			appendStringInfoChar(out, digits[c & 0xF]);
		}
		else
			appendStringInfoCharMacro(out, c);
	}
}

/* A key as match_keys() shows it. */
void
append_key(StringInfo out, const IdentityKey *key)
{
	bool name = key->kind >= KEY_NAME;
	int plain = name ? key->prefix : key->length;

	appendStringInfoString(out, kind_schemes[key->kind]);
	append_encoded(out, key->bytes, plain, name);
	appendBinaryStringInfo(out, key->bytes + plain, key->length - plain);
}

static char *
identity_to_text(const struct varlena *identity)
{
	IdentityReader reader = read_identity(identity);
	IdentityKey key;
	StringInfoData out;

	initStringInfo(&out);
	while (next_key(&reader, &key))
	{
		if (out.len > 0)
			appendStringInfoChar(&out, ' ');
		append_key(&out, &key);
	}
	return out.data;
}

/* Takes the percent signs out of a key; false if one is none of ours. */
static bool
decode(const char *text, int length, StringInfo out)
{
	resetStringInfo(out);
	for (int i = 0; i < length; i++)
	{
		int high;
		int low;

		if (text[i] != '%')
		{
			appendStringInfoCharMacro(out, text[i]);
			continue;
		}
		if (length - i < 3 || (high = hex_digit(text[i + 1])) < 0 ||
			(low = hex_digit(text[i + 2])) < 0 || high + low == 0)
			return false;
		appendStringInfoCharMacro(out, (char) (high << 4 | low));
		i += 2;
	}
	/* what was hidden behind percent signs must be text as well */
	return pg_verifymbstr(out->data, out->len, true);
}

/* What is wrong with a key, or NULL when it was added. */
static const char *
parse_key(const char *text, int length, IdentityBuilder *builder,
		  StringInfo decoded, bool *too_many)
{
	const char *colon = memchr(text, ':', length);
	const char *bytes;
	int scheme = colon == NULL ? 0 : colon - text + 1;
	bool alias;
	bool added;

	/* as if every byte of the longest were written as three */
	if (length > 3 * KEY_MAX_LENGTH + SCHEME_MAX_LENGTH)
		return "It is too long.";
	if (scheme <= 1)
		return "It has no scheme.";
	alias = scheme == strlen("alias:") && memcmp(text, "alias:", scheme) == 0;
	if (alias ||
		(scheme == strlen("name:") && memcmp(text, "name:", scheme) == 0))
	{
		const char *at = memchr(text + scheme, '@', length - scheme);
		int plain = at == NULL ? length - scheme : at - text - scheme;

		if (at != NULL &&
			(text + length - at != COUNTRY_LENGTH || at[1] < 'A' ||
			 at[1] > 'Z' || at[2] < 'A' || at[2] > 'Z'))
			return "Behind \"@\" stands a country as two capital letters.";
		if (!decode(text + scheme, plain, decoded))
			return "A percent sign needs two hexadecimal digits that make "
				   "text.";
		if (decoded->len == 0)
			return "The name is empty.";
		if (decoded->len > NAME_MAX_LENGTH)
			return "The name is too long.";
		/* Keys are in lower case, whatever table folded them. */
		for (int i = 0; i < decoded->len; i++)
			if (decoded->data[i] >= 'A' && decoded->data[i] <= 'Z')
				return "The name is not a key, which has no capital letters.";
		added = add_name(builder, alias, decoded->data, decoded->len,
						 at == NULL ? "" : at + 1);
	}
	else if (scheme == strlen("domain:") &&
			 memcmp(text, "domain:", scheme) == 0)
	{
		bytes = text + scheme;
		if (!is_storable_domain(bytes, length - scheme))
			return "The domain is not in its canonical form, such as "
				   "acme.co.uk.";
		added = add_key(builder, KEY_DOMAIN, 0, bytes, length - scheme);
	}
	else
	{
		int prefix;
		bool deciding;

		if (!decode(text, length, decoded))
			return "A percent sign needs two hexadecimal digits that make "
				   "text.";
		if (decoded->len > ID_MAX_LENGTH)
			return "The id is too long.";
		if (!is_canonical_id(decoded->data, decoded->len, &prefix, &deciding))
			return "The id is not in its canonical form.";
		added = add_key(builder, deciding ? KEY_DECIDING_ID : KEY_OTHER_ID,
						prefix, decoded->data, decoded->len);
	}
	*too_many = !added;
	return NULL;
}

/* As much of a text as a message bears. */
static char *
excerpt(const char *text, int length)
{
	int shown = pg_mbcliplen(text, length, 100);

	return psprintf("%.*s%s", shown, text, shown < length ? "..." : "");
}

/*
 * A hint for what is no key: how to write it, if it is a website or an email,
 * as people often take these for identities.
 */
static const char *
key_hint(const char *key, int length)
{
	const char *website = key;
	int nwebsite = length;
	size_t nfield;
	const char *field;
	Website site;

	nwebsite = Min(nwebsite, 2 * WEBSITE_MAX_LENGTH); /* too long */
	if (length > strlen("domain:") &&
		memcmp(key, "domain:", strlen("domain:")) == 0)
	{
		website += strlen("domain:");
		nwebsite -= strlen("domain:");
	}
	field = website_field(cstring_to_text_with_len(website, nwebsite),
						  &nfield);
	website_first(field, nfield, WEBSITE, &site);
	if (site.problem != DOMAIN_FINE)
		return "Keys are written scheme:value, domain:acme.com, name:acme@US "
			   "or name:acme; identify() makes them from what people write.";
	return psprintf("identify(%s => '%s') makes an identity of what people "
					"write.",
					site.kind == EMAIL ? "email" : "website",
					excerpt(website, nwebsite));
}

/*
 * Reads the text form, keys in any order.  NULL after a soft error.  The texts
 * of keys are taken as they are, without asking the lists and tables that made
 * them: what was dumped must be restored after these have changed.
 */
static struct varlena *
parse_identity(const char *text, Node *escontext)
{
	IdentityBuilder builder;
	StringInfoData decoded;
	struct varlena *identity = NULL;
	bool too_many = false;

	initStringInfo(&decoded);
	begin_identity(&builder);
	for (const char *at = text;;)
	{
		const char *end;
		const char *problem;

		CHECK_FOR_INTERRUPTS();
		while (is_blank(*at))
		{
			at++;
			if (unlikely((at - text) % BYTES_BETWEEN_INTERRUPTS == 0))
				CHECK_FOR_INTERRUPTS();
		}
		if (*at == '\0')
			break;
		for (end = at; *end != '\0' && !is_blank(*end);)
		{
			end++;
			if (unlikely((end - at) % BYTES_BETWEEN_INTERRUPTS == 0))
				CHECK_FOR_INTERRUPTS();
		}
		problem = parse_key(at, end - at, &builder, &decoded, &too_many);
		if (problem != NULL)
			ereturn(escontext, NULL,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid company identity: \"%s\"",
							excerpt(text, strlen(text))),
					 errdetail("Key \"%s\": %s", excerpt(at, end - at),
							   problem),
					 errhint("%s", key_hint(at, end - at))));
		if (too_many)
			ereturn(escontext, NULL, (TOO_MANY_KEYS));
		at = end;
	}
	identity = finish_identity(&builder);
	if (identity == NULL)
		ereturn(escontext, NULL, (TOO_MANY_KEYS));
	return identity;
}

static void *
identity_text(TextForm *form, void *value)
{
	if (form->out)
		appendStringInfoString(form->out, identity_to_text(value));
	else
	{
		value = parse_identity(form->at, form->escontext);
		form->at += strlen(form->at);
		if (value == NULL)
			text_reported(form);
	}
	return value;
}

const ValueType company_identity_type = {"company_identity",
										 COMPANY_IDENTITY_VERSION,
										 identity_text, text_as_binary};

VALUE_FORMS(company_identity, &company_identity_type);

/* ---- identify ---- */

/*
 * Adds the domains of a field: of its websites, or if it has none that is
 * usable, of the emails in it.  *found: there were some.
 */
static bool
add_domains(IdentityBuilder *builder, const text *field, WebsiteKind kind,
			bool *found)
{
	size_t length;
	const char *bytes = website_field(field, &length);

	for (;;)
	{
		WebsiteReader reader;
		Website site;
		int nothers = 0;
		bool other = false; /* the last part is one */

		website_open(&reader, bytes, length, kind);
		while (website_next(&reader, &site))
		{
			other = false;
			if (site.problem != DOMAIN_FINE)
				continue;
			if (unlikely(site.kind != kind))
			{
				other = true;
				nothers++;
				continue;
			}
			*found = true;
			if (!add_key(builder, KEY_DOMAIN, 0, site.domain, site.length))
				return false;
		}
		if (*found || nothers == 0)
			return true;
		/* Most fields have one part: it need not be read again. */
		if (nothers == 1 && other)
		{
			*found = true;
			return add_key(builder, KEY_DOMAIN, 0, site.domain, site.length);
		}
		kind = EMAIL;
	}
}

/* Apart, since a CompanyName takes many kilobytes of stack. */
static bool
add_names(IdentityBuilder *builder, const text *name, const text *country)
{
	CompanyName found;

	read_company_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name),
					  country == NULL ? NULL : VARDATA_ANY(country),
					  country == NULL ? 0 : VARSIZE_ANY_EXHDR(country),
					  &found);
	if (found.problem != NULL)
		return true;
	/* A name of 250 letters is a sentence, and nobody else's. */
	if (found.key.length > 0 && found.key.length <= NAME_MAX_LENGTH &&
		!add_name(builder, false, found.key.bytes, found.key.length,
				  found.country))
		return false;
	for (int i = 0; i < found.naliases; i++)
		if (found.aliases[i].length > 0 &&
			found.aliases[i].length <= NAME_MAX_LENGTH &&
			!add_name(builder, true, found.aliases[i].bytes,
					  found.aliases[i].length, found.country))
			return false;
	return true;
}

static bool
add_ids(IdentityBuilder *builder, ArrayType *ids)
{
	const char *at = ARR_DATA_PTR(ids);
	const bits8 *bitmap = ARR_NULLBITMAP(ids);
	int n = ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));

	/* In place: most records have few, and arrays of pointers cost more. */
	for (int i = 0; i < n; i++)
	{
		CompanyId id;
		text *value;

		CHECK_FOR_INTERRUPTS();
		if (bitmap != NULL && (bitmap[i / 8] & (1 << (i % 8))) == 0)
			continue;
		at = (const char *) att_align_pointer(at, TYPALIGN_INT, -1, at);
		value = DatumGetTextPP(PointerGetDatum(at));
		at = att_addlength_pointer(at, -1, at);
		if (read_company_id(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
							&id) == ID_FINE &&
			!add_key(builder, id.deciding ? KEY_DECIDING_ID : KEY_OTHER_ID,
					 id.prefix, id.bytes, id.length))
			return false;
	}
	return true;
}

/*
 * The identity of a record, whose fields may be NULL.  NULL: it has too many
 * keys.
 *
 * An email gives a domain only where no website does: the contact of a record
 * is often an agency's or a partner's, and would join all of its clients.
 */
struct varlena *
make_identity(const text *website, const text *email, const text *name,
			  const text *country, ArrayType *ids)
{
	IdentityBuilder builder;
	bool has_domain = false;

	begin_identity(&builder);
	if ((ids != NULL && !add_ids(&builder, ids)) ||
		(website != NULL &&
		 !add_domains(&builder, website, WEBSITE, &has_domain)) ||
		(email != NULL && !has_domain &&
		 !add_domains(&builder, email, EMAIL, &has_domain)) ||
		(name != NULL && !add_names(&builder, name, country)))
		return NULL;
	return finish_identity(&builder);
}

/*
 * identify(website text, email text, name text, country text, ids text[])
 *		-> company_identity
 *
 * Never NULL, and never an error for what a field contains.
 */
Datum
identify(PG_FUNCTION_ARGS)
{
	bool named = !PG_ARGISNULL(2);
	struct varlena *identity = make_identity(
		PG_ARGISNULL(0) ? NULL : website_value(PG_GETARG_DATUM(0)),
		PG_ARGISNULL(1) ? NULL : website_value(PG_GETARG_DATUM(1)),
		named ? PG_GETARG_TEXT_PP(2) : NULL,
		!named || PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3),
		PG_ARGISNULL(4) ? NULL : PG_GETARG_ARRAYTYPE_P(4));

	if (identity == NULL)
		ereport(ERROR, (TOO_MANY_KEYS));
	PG_RETURN_POINTER(identity);
}

/* ---- matching ---- */

static void
skip_to(IdentityReader *reader, KeyKind kind)
{
	while (reader->at < reader->end && reader->at[0] < kind)
		reader->at += KEY_HEADER + reader->at[2];
}

static bool
at_kind(const IdentityReader *reader, KeyKind kind)
{
	return reader->at < reader->end && reader->at[0] == kind;
}

/* Steps over the lesser of two keys; 0, and over both, if they are one. */
static int
merge_step(IdentityReader *a, IdentityReader *b)
{
	int order = compare_keys(a->at, b->at);

	if (order <= 0)
		a->at += KEY_HEADER + a->at[2];
	if (order >= 0)
		b->at += KEY_HEADER + b->at[2];
	return order;
}

static bool
have_common_key(IdentityReader a, IdentityReader b, KeyKind kind)
{
	skip_to(&a, kind);
	skip_to(&b, kind);
	while (at_kind(&a, kind) && at_kind(&b, kind))
		if (merge_step(&a, &b) == 0)
			return true;
	return false;
}

/*
 * Whether some deciding id is common.  *differ: none is, though both hold ids
 * of one register.  Ids of a register lie side by side in both lists, so the
 * first of each are compared with each other at some step of the merge.
 */
static bool
have_common_deciding_id(IdentityReader a, IdentityReader b, bool *differ)
{
	*differ = false;
	while (at_kind(&a, KEY_DECIDING_ID) && at_kind(&b, KEY_DECIDING_ID))
	{
		if (a.at[1] == b.at[1] &&
			memcmp(a.at + KEY_HEADER, b.at + KEY_HEADER, a.at[1]) == 0)
			*differ = true;
		if (merge_step(&a, &b) == 0)
		{
			*differ = false;
			return true;
		}
	}
	return false;
}

/*
 * The level at which two identities match: that of the strongest keys that
 * both hold, or none.
 */
MatchLevel
match_identities(IdentityReader a, IdentityReader b)
{
	uint8 both = a.kinds & b.kinds;

	if (both & KEY_BIT(KEY_DECIDING_ID))
	{
		bool differ;

		if (have_common_deciding_id(a, b, &differ))
			return MATCH_ID;
		if (differ)
			return MATCH_NONE;
	}
	if ((both & KEY_BIT(KEY_OTHER_ID)) && have_common_key(a, b, KEY_OTHER_ID))
		return MATCH_ID;
	if (both & KEY_BIT(KEY_DOMAIN))
		return have_common_key(a, b, KEY_DOMAIN) ? MATCH_DOMAIN : MATCH_NONE;
	if ((both & KEY_BIT(KEY_NAME)) && have_common_key(a, b, KEY_NAME))
		return MATCH_NAME;
	return MATCH_NONE;
}

/*
 * Whether a key of the first identity is also the second's, and the first that
 * they have in common.
 */
bool
is_first_common_key(IdentityReader a, const uint8 *key, IdentityReader b)
{
	while (a.at <= key && b.at < b.end)
	{
		const uint8 *at = a.at;

		if (merge_step(&a, &b) == 0)
			return at == key;
	}
	return false;
}

static MatchLevel
match_arguments(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_COMPANY_IDENTITY(0);
	struct varlena *b = PG_GETARG_COMPANY_IDENTITY(1);
	MatchLevel level = match_identities(read_identity(a), read_identity(b));

	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return level;
}

/* a && b */
Datum
company_identity_matches(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(match_arguments(fcinfo) != MATCH_NONE);
}

/* match_level(company_identity, company_identity) -> text */
Datum
match_level(PG_FUNCTION_ARGS)
{
	MatchLevel level = match_arguments(fcinfo);

	if (level == MATCH_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(match_level_names[level]));
}

/* An array of the keys' texts being made. */
static void
put_key(ArrayBuildState **keys, const IdentityKey *key)
{
	StringInfoData out;

	initStringInfo(&out);
	append_key(&out, key);
	*keys = accumArrayResult(*keys,
							 PointerGetDatum(
								 cstring_to_text_with_len(out.data, out.len)),
							 false, TEXTOID, CurrentMemoryContext);
	pfree(out.data);
}

static Datum
keys_array(ArrayBuildState *keys)
{
	if (keys == NULL)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	return makeArrayResult(keys, CurrentMemoryContext);
}

/* match_keys(company_identity) -> text[] */
Datum
match_keys(PG_FUNCTION_ARGS)
{
	IdentityReader reader = read_identity(PG_GETARG_COMPANY_IDENTITY(0));
	ArrayBuildState *keys = NULL;
	IdentityKey key;

	while (next_key(&reader, &key))
		put_key(&keys, &key);
	return keys_array(keys);
}

/* shared_keys(company_identity, company_identity) -> text[] */
Datum
shared_keys(PG_FUNCTION_ARGS)
{
	IdentityReader a = read_identity(PG_GETARG_COMPANY_IDENTITY(0));
	IdentityReader b = read_identity(PG_GETARG_COMPANY_IDENTITY(1));
	ArrayBuildState *keys = NULL;

	while (a.at < a.end && b.at < b.end)
	{
		IdentityReader common = a;
		IdentityKey key;

		if (merge_step(&a, &b) == 0 && next_key(&common, &key))
			put_key(&keys, &key);
	}
	return keys_array(keys);
}

/* ---- possible matches ---- */

typedef enum NameLikeness
{
	NAMES_DIFFER,
	NAMES_BY_ALIAS,     /* one of them another name of its company */
	NAMES_ANYWHERE,     /* equal, a country unknown */
	NAMES_AND_COUNTRIES /* equal, with the country */
} NameLikeness;

static NameLikeness
compare_names(const IdentityKey *a, const IdentityKey *b)
{
	bool known = a->length > a->prefix && b->length > b->prefix;

	if (a->prefix != b->prefix || memcmp(a->bytes, b->bytes, a->prefix) != 0)
		return NAMES_DIFFER;
	if (known && memcmp(a->bytes + a->prefix, b->bytes + b->prefix,
						COUNTRY_LENGTH) != 0)
		return NAMES_DIFFER;
	if (a->kind == KEY_ALIAS || b->kind == KEY_ALIAS)
		return NAMES_BY_ALIAS;
	return known ? NAMES_AND_COUNTRIES : NAMES_ANYWHERE;
}

static NameLikeness
most_alike_names(IdentityReader a, IdentityReader b)
{
	NameLikeness most = NAMES_DIFFER;
	IdentityKey key;

	skip_to(&a, KEY_NAME);
	skip_to(&b, KEY_NAME);
	while (next_key(&a, &key))
	{
		IdentityReader others = b;
		IdentityKey other;

		CHECK_FOR_INTERRUPTS();
		while (next_key(&others, &other))
			most = Max(most, compare_names(&key, &other));
	}
	return most;
}

/*
 * Why two identities deserve a look that do not match.  The cases are those of
 * the table in docs/company_identity.md, in its order: the first that holds.
 */
static const char *
possible_reason(IdentityReader a, IdentityReader b)
{
	uint8 both = a.kinds & b.kinds;
	NameLikeness names = most_alike_names(a, b);
	bool ids_differ;

	/* As they do not match, a deciding id or a domain of both differs. */
	have_common_deciding_id(a, b, &ids_differ);
	if (ids_differ)
	{
		if (have_common_key(a, b, KEY_OTHER_ID))
			return "confirming id equal, ids differ";
		if (have_common_key(a, b, KEY_DOMAIN))
			return "domain equal, ids differ";
		if (names == NAMES_AND_COUNTRIES)
			return "name and country equal, ids differ";
		return NULL;
	}
	if ((both & KEY_BIT(KEY_DOMAIN)) != 0)
		switch (names)
		{
			case NAMES_AND_COUNTRIES:
				return "name and country equal, domains differ";
			case NAMES_ANYWHERE:
				return "name equal, country unknown, domains differ";
			case NAMES_BY_ALIAS:
				return "alias only, domains differ";
			case NAMES_DIFFER:
				return NULL;
		}
	switch (names)
	{
		case NAMES_AND_COUNTRIES:
			/* a longer one would match */
			return "name and country equal, name short";
		case NAMES_ANYWHERE:
			return "name equal, country unknown";
		case NAMES_BY_ALIAS:
			return "alias only";
		case NAMES_DIFFER:
			break;
	}
	return NULL;
}

/* possible_match(company_identity, company_identity) -> text */
Datum
possible_match(PG_FUNCTION_ARGS)
{
	IdentityReader a = read_identity(PG_GETARG_COMPANY_IDENTITY(0));
	IdentityReader b = read_identity(PG_GETARG_COMPANY_IDENTITY(1));
	const char *reason = NULL;

	if (match_identities(a, b) == MATCH_NONE)
		reason = possible_reason(a, b);
	if (reason == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}

/* ---- equality, order, hash ---- */

static bool
are_equal(FunctionCallInfo fcinfo)
{
	bool equal = false;

	/* without detoasting what is of another size */
	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) ==
		toast_raw_datum_size(PG_GETARG_DATUM(1)))
	{
		struct varlena *a = PG_GETARG_COMPANY_IDENTITY(0);
		struct varlena *b = PG_GETARG_COMPANY_IDENTITY(1);

		equal = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) ==
				0;
		PG_FREE_IF_COPY(a, 0);
		PG_FREE_IF_COPY(b, 1);
	}
	return equal;
}

/* By the keys in their order; fewer keys first. */
static int
compare(FunctionCallInfo fcinfo)
{
	struct varlena *first = PG_GETARG_COMPANY_IDENTITY(0);
	struct varlena *second = PG_GETARG_COMPANY_IDENTITY(1);
	IdentityReader a = read_identity(first);
	IdentityReader b = read_identity(second);
	int order = 0;

	while (order == 0 && a.at < a.end && b.at < b.end)
		order = merge_step(&a, &b);
	if (order == 0)
		order = (a.at < a.end) - (b.at < b.end);
	PG_FREE_IF_COPY(first, 0);
	PG_FREE_IF_COPY(second, 1);
	return order < 0 ? -1 : order > 0;
}

Datum
company_identity_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(are_equal(fcinfo));
}

Datum
company_identity_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!are_equal(fcinfo));
}

Datum
company_identity_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

Datum
company_identity_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

Datum
company_identity_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

Datum
company_identity_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

Datum
company_identity_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/*
 * A hash of our own: the server's reads words in the machine's byte order, and
 * identities may be distributed over machines.  Words are read as little
 * endian, each is multiplied in, and the end is mixed until every bit depends
 * on every other.
 */
static uint64
hash_identity(const struct varlena *identity, uint64 seed)
{
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(identity);
	Size left = VARSIZE_ANY_EXHDR(identity);
	uint64 hash = (seed ^ left) * UINT64CONST(0x9E3779B97F4A7C15);

	while (left > 0)
	{
		int size = Min(left, 8);
		uint64 word = 0;

		for (int i = 0; i < size; i++)
			word |= (uint64) bytes[i] << (8 * i);
		hash = (hash ^ word) * UINT64CONST(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
		bytes += size;
		left -= size;
	}
	hash ^= hash >> 29;
	hash *= UINT64CONST(0xBF58476D1CE4E5B9);
	hash ^= hash >> 32;
	hash *= UINT64CONST(0x94D049BB133111EB);
	return hash ^ (hash >> 29);
}

Datum
company_identity_hash(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_COMPANY_IDENTITY(0);
	uint64 hash = hash_identity(identity, 0);

	PG_FREE_IF_COPY(identity, 0);
	PG_RETURN_UINT32((uint32) hash);
}

/* With seed 0 its lower half is company_identity_hash(), as core demands. */
Datum
company_identity_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *identity = PG_GETARG_COMPANY_IDENTITY(0);
	uint64 hash = hash_identity(identity, PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(identity, 0);
	PG_RETURN_UINT64(hash);
}
