/*
 * identity.c
 *		Fuzzes what is read of company_identity: src/identity/company_identity.c and
 *		src/identity/company_id.c.
 *
 * The input's first byte says what the rest is: 'b' the binary form, 'i' an
 * id as people write it, anything else the text form.
 *
 * IDENTIFICATION
 *		test/fuzz/identity.c
 */
#include "fuzz.h"

#include "identity/company_id.h"
#include "identity/company_identity.h"

extern Datum company_identity_in(PG_FUNCTION_ARGS);
extern Datum company_identity_out(PG_FUNCTION_ARGS);
extern Datum company_identity_recv(PG_FUNCTION_ARGS);
extern Datum company_identity_send(PG_FUNCTION_ARGS);

static const FuzzedType company_identity = {"company_identity",
											company_identity_in,
											company_identity_out,
											company_identity_recv,
											company_identity_send};

static void
claim_identity(Datum value)
{
	const struct varlena *identity = (struct varlena *) DatumGetPointer(value);
	IdentityReader reader = read_identity(identity);
	IdentityKey key;
	int kinds = 0;
	Datum shown;
	Datum again;
	char *twice;

	while (next_key(&reader, &key))
	{
		CLAIM(key.kind < KEY_KINDS && key.length > 0 &&
				  key.prefix <= key.length && reader.at <= reader.end,
			  "a key of kind %d, %d of %d bytes, is one", key.kind, key.prefix,
			  key.length);
		kinds |= KEY_BIT(key.kind);
	}
	CLAIM(reader.at == reader.end && kinds == reader.kinds,
		  "the kinds %x are %x", reader.kinds, kinds);
	CLAIM(match_identities(read_identity(identity), read_identity(identity)) !=
				  MATCH_NONE ||
			  (kinds & MATCHING_KINDS) == 0,
		  "an identity matches itself");
	claim_round_trips(&company_identity, value);

	/* A set has every key once. */
	CLAIM(call(company_identity_out, value, &shown), "there is a text");
	twice = psprintf("%s\n%s", DatumGetCString(shown), DatumGetCString(shown));
	CLAIM(read_text(&company_identity, twice, strlen(twice), &again) &&
			  same_value(value, again),
		  "\"%s\" is the same twice", DatumGetCString(shown));
}

static void
claim_id(const char *text, size_t length)
{
	CompanyId id;
	CompanyId again;
	int prefix;
	bool deciding;

	if (read_company_id(text, length, &id) != ID_FINE)
		return;
	CLAIM(id.length > 0 && id.length <= ID_MAX_LENGTH,
		  "%d bytes are the length of an id", id.length);
	CLAIM(is_server_text(id.bytes, id.length) || !is_server_text(text, length),
		  "an id is text");
	CLAIM(is_canonical_id(id.bytes, id.length, &prefix, &deciding),
		  "\"%.*s\" is canonical", id.length, id.bytes);
	CLAIM(prefix == id.prefix && deciding == id.deciding,
		  "\"%.*s\" of prefix %d is of prefix %d", id.length, id.bytes,
		  id.prefix, prefix);
	CLAIM(read_company_id(id.bytes, id.length, &again) == ID_FINE,
		  "\"%.*s\" is an id", id.length, id.bytes);
	CLAIM(again.length == id.length && again.prefix == id.prefix &&
			  again.deciding == id.deciding &&
			  memcmp(again.bytes, id.bytes, id.length) == 0,
		  "\"%.*s\" is the same as \"%.*s\"", id.length, id.bytes,
		  again.length, again.bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;
	Datum value;

	if (size == 0)
		return 0;
	bytes = copy_bytes(data + 1, size - 1);
	size--;
	if (data[0] == 'b')
	{
		if (read_binary(&company_identity, bytes, size, &value))
			claim_identity(value);
	}
	else if (data[0] == 'i')
		claim_id(bytes, size);
	else if (is_server_text(bytes, size) &&
			 read_text(&company_identity, bytes, size, &value))
		claim_identity(value);
	next_input();
	return 0;
}
