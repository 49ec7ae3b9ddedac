#!/usr/bin/perl
# Every function, operator and aggregate gives the same whatever the search_path
# is: with the extension in it, with nothing in it, and with a schema in front of
# everything that has tables, functions, operators and types of the names that
# the extension's functions use.
use strict;
use warnings;
use File::Temp 'tempfile';
use Test::More;

my $database = 'ecosystem_search_path';
my %value = do './test/install/values.pl';

my ($out, $file) = tempfile(UNLINK => 1);
print $out <<'SQL';
CREATE EXTENSION ecosystem;
SET search_path = ecosystem;
CREATE TABLE public.sample (type regtype, n int, value text);
INSERT INTO public.sample VALUES
	('text', 1, 'ecosystem_roi'), ('text', 2, 'win_rate'), ('text', 3, 'https://www.acme.co.uk'), ('text', 4, 'month'),
	('numeric', 1, '0.5'), ('double precision', 1, '0.5'), ('integer', 1, '1'), ('bigint', 1, '2'), ('boolean', 1, 'true'),
	('date', 1, '2026-01-05'), ('timestamp', 1, '2026-01-05'), ('timestamptz', 1, '2026-01-05Z'), ('interval', 1, '14 days'),
	('jsonb', 1, '{"a": 1}'), ('uuid', 1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('bytea', 1, '\x01'), ('text[]', 1, '{A,B}'), ('text[]', 2, '{linear,u_shaped}'),
	('bigint[]', 1, '{1,2}'), ('numeric[]', 1, '{1,2}'), ('company_set[]', 1, '{"{1,2}","{2,3}"}');
SQL
print $out "INSERT INTO public.sample SELECT '$_', 1, (SELECT ($value{$_})::text);\n" for sort keys %value;
print $out <<'SQL';

-- What may be found first
CREATE SCHEMA hostile;
CREATE TABLE hostile.target (metric text, kind text, range numrange, verdict text, builtin boolean);
CREATE TYPE hostile.text AS ENUM ('captured');
DO $$
DECLARE
	command text;
BEGIN
	FOR command IN
		-- functions that are called in expressions, and what the extension calls itself
		SELECT DISTINCT format('CREATE FUNCTION hostile.%I(%s) RETURNS %s%s LANGUAGE plpgsql AS $f$ BEGIN RAISE ''captured''; END $f$',
			p.proname, (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY n) FROM unnest(p.proargtypes) WITH ORDINALITY a(t, n)),
			CASE WHEN p.proretset THEN 'SETOF ' END, format_type(p.prorettype, NULL))
		FROM   pg_catalog.pg_proc p
		WHERE  p.prokind = 'f' AND p.prorettype NOT IN ('internal'::regtype, 'record'::regtype, 'trigger'::regtype, 'event_trigger'::regtype) AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
		AND    (p.pronamespace = 'ecosystem'::regnamespace AND NOT 'cstring'::regtype = ANY (p.proargtypes::oid[]) AND p.prorettype <> 'cstring'::regtype
			OR p.proname IN ('round', 'concat', 'concat_ws', 'lower', 'upper', 'isempty', 'numrange', 'array_position', 'float8', 'lower_inc', 'upper_inc')
			AND p.pronamespace = 'pg_catalog'::regnamespace AND NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[]) t JOIN pg_type ON pg_type.oid = t WHERE typtype = 'p'))
	LOOP
		EXECUTE command;
	END LOOP;
	FOR command IN
		SELECT format('CREATE FUNCTION hostile.trap_%1$s(%3$s, %4$s) RETURNS %5$s LANGUAGE plpgsql AS $f$ BEGIN RAISE ''captured''; END $f$;
			CREATE OPERATOR hostile.%2$s (LEFTARG = %3$s, RIGHTARG = %4$s, FUNCTION = hostile.trap_%1$s)',
			o.oid, oprname, format_type(oprleft, NULL), format_type(oprright, NULL), format_type(oprresult, NULL))
		FROM   pg_operator o
		WHERE  oprkind = 'b' AND (oprnamespace = 'ecosystem'::regnamespace OR oprnamespace = 'pg_catalog'::regnamespace
			AND oprleft = ANY ('{text,int4,int8,float8,numeric,numrange,bool}'::regtype[]) AND oprright = ANY ('{text,int4,int8,float8,numeric,numrange,bool}'::regtype[])
			AND oprname IN ('=', '<>', '<', '>', '<=', '>=', '+', '-', '*', '/', '||', '@>', '<<', '>>'))
	LOOP
		EXECUTE command;
	END LOOP;
END $$;

-- Calls of all there is, with samples for arguments.  Text has several, and as
-- many calls are made of a function that takes any.
CREATE TABLE public.call (what text, query text);
INSERT INTO public.call
SELECT p.oid::regprocedure::text, CASE p.prokind
		WHEN 'w' THEN format('SELECT %s OVER ()::pg_catalog.text', expression)
		WHEN 'a' THEN format('SELECT (%s)::pg_catalog.text', expression)
		ELSE format('SELECT pg_catalog.string_agg(x::pg_catalog.text, ''; '') FROM %s x', expression) END
FROM   pg_proc p, generate_series(1, 4) round,
	LATERAL (SELECT format('ecosystem.%I(%s)', p.proname, string_agg(format('%s%L::%I.%I', CASE WHEN p.provariadic <> 0 AND n = p.pronargs THEN 'VARIADIC ' END,
			value, nspname, typname), ', ' ORDER BY n)) AS expression,
			count(*) FILTER (WHERE value IS NULL) AS unknown, bool_or(a.t = 'text'::regtype) AS texts
		FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a(t, n) JOIN pg_type t ON t.oid = a.t JOIN pg_namespace s ON s.oid = t.typnamespace
		LEFT JOIN LATERAL (SELECT value FROM public.sample WHERE type = a.t ORDER BY n >= round DESC, n LIMIT 1) v ON true) e
-- but procedures, and what only says something
WHERE  p.pronamespace = 'ecosystem'::regnamespace AND coalesce(unknown, 0) = 0 AND (round = 1 OR texts) AND p.prokind <> 'p' AND p.prorettype <> 'void'::regtype;
INSERT INTO public.call
SELECT o.oid::regoperator::text, format('SELECT (%L::ecosystem.%s OPERATOR(ecosystem.%s) %L::%s)::pg_catalog.text', l.value, format_type(oprleft, NULL), oprname, r.value,
	CASE WHEN oprright = 'bigint'::regtype THEN 'pg_catalog.int8' ELSE format('ecosystem.%s', format_type(oprright, NULL)) END)
FROM   pg_operator o JOIN public.sample l ON l.type = oprleft JOIN public.sample r ON r.type = oprright
WHERE  oprnamespace = 'ecosystem'::regnamespace AND oprleft <> 'bigint'::regtype;
-- Of a ledger
INSERT INTO public.call
SELECT f, format('SELECT pg_catalog.string_agg(x::pg_catalog.text, ''; '') FROM (SELECT ecosystem.credit_ledger_agg(d::pg_catalog.int8, 10.5::pg_catalog.numeric,
	%L::ecosystem.credit_model, NULL::pg_catalog.text, %L::pg_catalog.text) AS l FROM pg_catalog.generate_series(1, 3) d) q, LATERAL ecosystem.%I(q.l) x', 'linear', 'A', f)
FROM   unnest(ARRAY['ledger', 'ledger_comparison', 'partner_totals', 'model_comparison']) f;
-- Of targets
INSERT INTO public.call
SELECT f, format('SELECT ecosystem.%I(ARRAY(SELECT t FROM ecosystem.targets_of(%L) t), 0.5::pg_catalog.numeric)::pg_catalog.text', f, 'led_revenue_share')
FROM   unnest(ARRAY['_verdict_of', '_meets_targets']) f;

CREATE FUNCTION public.answer(query text, path text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	state text;
	message text;
BEGIN
	PERFORM pg_catalog.set_config('search_path', path, false);
	BEGIN
		EXECUTE query INTO result;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
	END;
	PERFORM pg_catalog.set_config('search_path', 'ecosystem', false);
	RETURN coalesce(state || ': ' || message, result, 'NULL');
END $$;
CREATE TABLE public.answer AS
SELECT what, query, public.answer(query, 'ecosystem') AS usual, public.answer(query, '') AS empty, public.answer(query, 'hostile, pg_catalog, ecosystem') AS hostile
FROM   public.call;
SQL
close $out;

system("createdb $database") == 0 or BAIL_OUT('no database');
my $output = `psql -XqAt -v ON_ERROR_STOP=1 -d $database -f $file 2>&1`;
is($output, '', 'everything is called');

sub psql { my ($sql) = @_; return `psql -XqAt -d $database -c "$sql" 2>&1`; }
cmp_ok(psql("SELECT count(DISTINCT what) FROM answer"), '>', 450, 'nearly all there is');
cmp_ok(psql("SELECT count(DISTINCT what) FROM answer WHERE usual !~ '^[0-9A-Z]{5}: '"), '>', 400, 'most of it with an answer');
is(psql("SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE lanname = 'sql' AND pronamespace = 'ecosystem'::regnamespace
	AND NOT EXISTS (SELECT FROM answer WHERE query LIKE '%ecosystem.' || quote_ident(proname) || '(%' AND usual !~ '^[0-9A-Z]{5}: ')"), '', 'all SQL functions among them');
is(psql("SELECT query, usual, empty FROM answer WHERE usual <> empty"), '', 'the same where nothing is in the search_path');
is(psql("SELECT query, usual, hostile FROM answer WHERE usual <> hostile"), '', 'the same where all names mean something else');

system("dropdb $database");
done_testing();
