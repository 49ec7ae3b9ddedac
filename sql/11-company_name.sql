-- company_name: the key by which a company's name is compared

-- company_name functions

CREATE FUNCTION company_name_key(name text, country text DEFAULT NULL) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_key(text, text) IS
	'what of a company''s name counts: lower-case letters and digits without accents, punctuation and legal form (L''Oréal S.A. becomes loreal); country, a code or a name, adds that country''s legal forms; NULL where the name is NULL or unusable, company_name_problem says why';

CREATE FUNCTION company_name_parts(
	name text, country text DEFAULT NULL,
	OUT key text, OUT country text, OUT legal_form text, OUT aliases text[])
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_parts(text, text) IS
	'the parts of a company''s name: its key; the country given or else named in parentheses, as a two-letter code; the legal forms taken off; the keys of other names (dba, formerly, aka ...), an empty array where there are none; key, legal_form and aliases are NULL where the name is unusable';

CREATE FUNCTION company_name_problem(name text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_name_problem(text) IS
	'why a name has no key: empty, too_long (over 2,048 bytes of UTF-8), no_letters, placeholder (n/a, test, unknown ...), not_ascii (in a database of encoding SQL_ASCII), not_convertible (to or from UTF-8); NULL where it has one';
