/*
 * website.c
 *		Fuzzes the reading of websites: src/identity/website.c, src/identity/public_suffix.c and
 *		the type company_domain.
 *
 * The input is a field, of any bytes: an SQL_ASCII database checks none.
 *
 * IDENTIFICATION
 *		test/fuzz/website.c
 */
#include "fuzz.h"

#include "utils/builtins.h"

#include "identity/website.h"

extern Datum company_domain_in(PG_FUNCTION_ARGS);
extern Datum company_domain_recv(PG_FUNCTION_ARGS);
extern Datum registrable_domain(PG_FUNCTION_ARGS);

static const FuzzedType company_domain = {"company_domain", company_domain_in,
										  textout, company_domain_recv,
										  textsend};

static void
claim_same(const Website *one, const Website *other, const char *what)
{
	CLAIM(one->problem == other->problem, "problem %d is that %s, %d",
		  one->problem, what, other->problem);
	if (one->problem == DOMAIN_FINE)
		CLAIM(one->length == other->length &&
				  memcmp(one->domain, other->domain, one->length) == 0,
			  "\"%.*s\" is the domain %s, \"%.*s\"", one->length, one->domain,
			  what, other->length, other->domain);
}

static void
claim_domain(const Website *site)
{
	Datum value;

	CLAIM(is_canonical_domain(site->domain, site->length),
		  "\"%.*s\" is canonical", site->length, site->domain);
	CLAIM(is_current_domain(site->domain, site->length),
		  "\"%.*s\" is its own domain", site->length, site->domain);
	CLAIM(read_text(&company_domain, site->domain, site->length, &value),
		  "\"%.*s\" can be restored", site->length, site->domain);
	claim_round_trips(&company_domain, value);
	CLAIM(VARSIZE(DatumGetPointer(value)) - VARHDRSZ == site->length &&
			  memcmp(VARDATA(DatumGetPointer(value)), site->domain,
					 site->length) == 0,
		  "\"%.*s\" is restored as it was", site->length, site->domain);
}

static void
read_field(const char *field, size_t length, WebsiteKind kind)
{
	Website first;
	Website other;
	WebsiteReader reader;
	DomainProblem problem;
	char *changed;

	website_first(field, length, kind, &first);
	if (first.problem == DOMAIN_FINE)
		claim_domain(&first);

	/* Every part; the first fine one is the field's domain. */
	website_open(&reader, field, length, kind);
	problem = reader.problem;
	while (website_next(&reader, &other))
	{
		if (other.problem == DOMAIN_FINE)
		{
			if (problem != DOMAIN_FINE)
				claim_same(&first, &other, "of its first part");
			claim_domain(&other);
			problem = DOMAIN_FINE;
		}
		else if (problem != DOMAIN_FINE)
			problem = Max(problem, other.problem);
	}
	CLAIM(problem == first.problem, "problem %d is the worst one, %d",
		  first.problem, problem);

	/* The case of ASCII letters and blanks around change nothing. */
	changed = palloc(length + 4);
	memcpy(changed, " \t", 2);
	for (size_t i = 0; i < length; i++)
		changed[i + 2] = pg_ascii_toupper((unsigned char) field[i]);
	memcpy(changed + length + 2, "\r\n", 2);
	website_first(changed + 2, length, kind, &other);
	claim_same(&first, &other, "in capitals");
	website_first(changed, length + 4, kind, &other);
	claim_same(&first, &other, "with blanks around");
}

static void
read_registrable(const char *field, size_t length)
{
	Datum domain;
	Datum again;

	if (!call(registrable_domain, PointerGetDatum(make_text(field, length)),
			  &domain))
		return;
	CLAIM(is_server_text(VARDATA(DatumGetPointer(domain)),
						 VARSIZE(DatumGetPointer(domain)) - VARHDRSZ),
		  "registrable_domain() gives text");
	CLAIM(call(registrable_domain, domain, &again),
		  "registrable_domain() of \"%.*s\" is there",
		  (int) VARSIZE(DatumGetPointer(domain)) - VARHDRSZ,
		  VARDATA(DatumGetPointer(domain)));
	CLAIM(same_value(domain, again),
		  "registrable_domain() of \"%.*s\" is the same",
		  (int) VARSIZE(DatumGetPointer(domain)) - VARHDRSZ,
		  VARDATA(DatumGetPointer(domain)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *field = copy_bytes(data, size);
	Datum value;

	read_field(field, size, WEBSITE);
	read_field(field, size, EMAIL);
	if (is_server_text(field, size))
	{
		read_registrable(field, size);
		if (read_text(&company_domain, field, size, &value))
			claim_round_trips(&company_domain, value);
	}
	if (read_binary(&company_domain, field, size, &value))
		claim_round_trips(&company_domain, value);
	next_input();
	return 0;
}
