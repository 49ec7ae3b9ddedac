-- company_resolution: records of many sources, and the companies they are records of

-- company_resolution type

CREATE TYPE company_resolution;

CREATE FUNCTION company_resolution_in(cstring) RETURNS company_resolution
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_in(cstring) IS 'reads the text form of a company_resolution';

CREATE FUNCTION company_resolution_out(company_resolution) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_out(company_resolution) IS 'writes a company_resolution as hexadecimal digits';

CREATE FUNCTION company_resolution_recv(internal) RETURNS company_resolution
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_recv(internal) IS 'receives a company_resolution in binary';

CREATE FUNCTION company_resolution_send(company_resolution) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION company_resolution_send(company_resolution) IS 'sends a company_resolution in binary';

-- Not compressed: it is large, read as a whole, and mostly once.
CREATE TYPE company_resolution (
	INPUT = company_resolution_in,
	OUTPUT = company_resolution_out,
	RECEIVE = company_resolution_recv,
	SEND = company_resolution_send,
	ALIGNMENT = double,
	STORAGE = external
);
COMMENT ON TYPE company_resolution IS
	'which records are one company, by what, and what became of known companies; company_resolution_agg() makes it, resolved() reads it';

-- company_resolution aggregates

-- The state is internal, and no public type, since the records of a large
-- resolution may pass the gigabyte that a value can have.  There is no combine
-- function: all work is done at the end, when all records are there, and partial
-- states would be these records, handed over for as much as was saved.

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint, integer) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_accum';
COMMENT ON FUNCTION _company_resolution_accum(internal, text, text, company_identity, bigint, integer) IS
	'transition function of company_resolution_agg()';

CREATE FUNCTION _company_resolution_final(internal) RETURNS company_resolution
	LANGUAGE c IMMUTABLE PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'company_resolution_final';
COMMENT ON FUNCTION _company_resolution_final(internal) IS
	'final function of company_resolution_agg()';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity) IS
	'which records are one company: the table or partner a record is from, its id there, its keys (NULL: none); rows of one record count as one with the keys of all; a NULL source or record_id is an error';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity, known_company bigint) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity, bigint) IS
	'which records are one company, which had the id known_company before (NULL: a new record), so that companies keep their ids; a row with nothing but known_company keeps new ids above it';

CREATE AGGREGATE company_resolution_agg(source text, record_id text, identity company_identity, known_company bigint, hub_limit integer) (
	SFUNC = _company_resolution_accum, STYPE = internal, SSPACE = 8192,
	FINALFUNC = _company_resolution_final, FINALFUNC_MODIFY = READ_WRITE, PARALLEL = SAFE
);
COMMENT ON AGGREGATE company_resolution_agg(text, text, company_identity, bigint, integer) IS
	'which records are one company; a key is not used whose records have more than hub_limit different names, or deciding ids of a register, or, for a name, domains, none of them that of half of them; NULL is 50; one value for all rows';

-- company_resolution functions

CREATE FUNCTION records(resolution company_resolution) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_records';
COMMENT ON FUNCTION records(company_resolution) IS 'number of records that were resolved';

CREATE FUNCTION companies(resolution company_resolution) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'company_resolution_companies';
COMMENT ON FUNCTION companies(company_resolution) IS 'number of companies the records are of';

CREATE FUNCTION resolved(resolution company_resolution, OUT source text, OUT record_id text, OUT company_id bigint,
		OUT match_level text, OUT matched_key text, OUT cluster_size bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 100000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolved(company_resolution) IS
	'every record once, with its company''s id and number of records, and the strongest key it shares with another record of its company (NULL: it is the only one); in the order of source and record_id by bytes';

CREATE FUNCTION resolution_merges(resolution company_resolution, OUT company_id bigint, OUT merged_into bigint, OUT records bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_merges(company_resolution) IS
	'known companies whose records are now together with those of another known company, under its id, and how many of their records are';

CREATE FUNCTION resolution_splits(resolution company_resolution, OUT company_id bigint, OUT split_into bigint, OUT records bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_splits(company_resolution) IS
	'known companies whose records are now in several companies: a row for each of these, also for the one that keeps the id, and how many of their records it has';

CREATE FUNCTION resolution_hub_keys(resolution company_resolution, OUT level text, OUT key text, OUT records bigint, OUT sources bigint,
		OUT names bigint, OUT ids bigint, OUT domains bigint) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_hub_keys(company_resolution) IS
	'keys that were not used because they stand for several companies: their records and sources, and how many different names, deciding ids (of the register with most) and domains these records have';

CREATE FUNCTION resolution_conflicts(resolution company_resolution, OUT level text, OUT key text,
		OUT source text, OUT record_id text, OUT company_id bigint,
		OUT other_source text, OUT other_record_id text, OUT other_company_id bigint, OUT reason text) RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION resolution_conflicts(company_resolution) IS
	'records that hold a common key and are different companies all the same, because their companies'' ids or domains differ';
