-- credit_model: rules are read, refused with reasons, and written back.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(62);

CREATE TEMP TABLE model (input text, canonical text);
INSERT INTO model VALUES
	('role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)'),
	('  ROLE_SPLIT ( Sourcing = 40.0 ,TECHNICAL=020)  ', 'role_split(sourcing=40, technical=20)'),
	('role_split(a=22.5,b=0.000001,c=0)', 'role_split(a=22.5, b=0.000001, c=0)'),
	('role_split(a=.5, b=5.)', 'role_split(a=0.5, b=5)'),
	('role_split(a=1, within=partners, unfilled=retain, unknown=error, after_close=exclude, minor_digits=2)', 'role_split(a=1)'),
	('role_split(minor_digits=0, a=1, unknown=Ignore, within=TOUCHES, unfilled=redistribute)',
	 'role_split(a=1, within=touches, unfilled=redistribute, unknown=ignore, minor_digits=0)'),
	('role_split("Solution Partner"=1, "say ""hi"""=2)', 'role_split(solution_partner=1, "say_""hi"""=2)'),
	('role_split( Solution-Partner =1, Co - sell=2, " -_Sourcing_ "=3)', 'role_split(solution_partner=1, co_sell=2, sourcing=3)'),
	('role_split(a=1, Minor-Digits=0, "minor digits"=3, After Close=include)', 'role_split(a=1, "minor_digits"=3, after_close=include, minor_digits=0)'),
	('role_split("within"=3, été=1, 2nd=1)', 'role_split("within"=3, été=1, 2nd=1)'),
	('role_split("plain"=3)', 'role_split(plain=3)'),
	('role_split(a=999999999, b=0.999999)', 'role_split(a=999999999, b=0.999999)'),
	('linear', 'linear'), ('linear()', 'linear'), ('linear(per=partner)', 'linear'), ('linear(per=touch)', 'linear(per=touch)'),
	('first_touch(lookback=90d)', 'first_touch(lookback=90d)'),
	('last_touch( lookback = 48h, after_close=include )', 'last_touch(lookback=2d, after_close=include)'),
	('last_touch(lookback=36h)', 'last_touch(lookback=36h)'),
	('linear(lookback=36500d)', 'linear(lookback=36500d)');
SELECT is(input::credit_model::text, canonical, input) FROM model;
SELECT is(count(*), 0::bigint, 'the canonical form is read back as itself') FROM model
WHERE  canonical::credit_model::text <> canonical OR canonical::credit_model <> input::credit_model;

-- Equality, order, hash.
SELECT is(count(DISTINCT input::credit_model), 13::bigint + 5, 'equal rules are one value') FROM model;
SELECT is(count(*), 0::bigint, 'equal rules hash alike')
FROM   model a JOIN model b ON a.canonical = b.canonical
WHERE  credit_model_hash(a.input::credit_model) <> credit_model_hash(b.input::credit_model)
OR     credit_model_hash_extended(a.input::credit_model, 7) <> credit_model_hash_extended(b.input::credit_model, 7);
SELECT results_eq(
	$$SELECT canonical FROM (SELECT DISTINCT canonical FROM model) m ORDER BY canonical::credit_model$$,
	$$SELECT canonical FROM (SELECT DISTINCT canonical FROM model) m ORDER BY canonical COLLATE "C"$$, 'ordered by the canonical text');
SELECT ok('linear'::credit_model < 'linear(per=touch)' AND 'linear'::credit_model <= 'linear' AND 'linear'::credit_model >= 'linear'
	AND 'linear(per=touch)'::credit_model > 'linear' AND 'linear'::credit_model <> 'first_touch', 'operators');
CREATE TEMP TABLE policy (model credit_model PRIMARY KEY);
INSERT INTO policy SELECT DISTINCT input::credit_model FROM model;
SET LOCAL enable_seqscan = off;
SELECT is((SELECT count(*) FROM policy WHERE model = 'linear(per=partner)'), 1::bigint, 'a unique index finds it');
RESET enable_seqscan;

-- Binary form: what is sent is received; garbage is refused.
CREATE FUNCTION pg_temp.receive(value bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/receive.bin';
	object oid := lo_from_bytea(0, '\x5047434f50590aff0d0a0000000000000000000001' || int4send(length(value)) || value || '\xffff');
BEGIN
	PERFORM lo_export(object, file);
	PERFORM lo_unlink(object);
	TRUNCATE received;
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	RETURN (SELECT v::text FROM received);
END $$;
CREATE TEMP TABLE received (v credit_model);
SELECT is(count(*), 0::bigint, 'what is sent is received') FROM model
WHERE  pg_temp.receive(credit_model_send(input::credit_model)) <> canonical;
SELECT throws_ok($$SELECT pg_temp.receive('\x')$$, '08P01', NULL, 'receive: nothing');
SELECT throws_ok($$SELECT pg_temp.receive('\x02' || 'linear'::bytea)$$, '22P03', 'invalid binary value for type credit_model', 'receive: a later version');
SELECT throws_ok($$SELECT pg_temp.receive('\x01')$$, '22P02', NULL, 'receive: no text');
SELECT throws_ok($$SELECT pg_temp.receive('\x01' || 'role_split(a=1'::bytea)$$, '22P02', NULL, 'receive: half a rule');
SELECT throws_ok($$SELECT pg_temp.receive('\x01c328')$$, '22021', NULL, 'receive: invalid encoding');
SELECT throws_ok($$SELECT pg_temp.receive('\x016c00')$$, '22021', NULL, 'receive: a zero byte');

-- Every prefix, every deletion and every doubling of a valid rule is read or
-- refused, never anything else; what is read is read back.
CREATE FUNCTION pg_temp.reading(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN input::credit_model::text;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN NULL;
END $$;
CREATE TEMP TABLE mangled AS
SELECT DISTINCT m, pg_temp.reading(m) AS canonical
FROM   model,
       LATERAL generate_series(0, length(input)) i,
       LATERAL (VALUES (left(input, i)), (left(input, i) || substr(input, i + 2)), (left(input, i) || '(' || substr(input, i + 1)),
                       (left(input, i) || ',=' || substr(input, i + 1)), (left(input, i) || '"' || substr(input, i + 1)),
                       (left(input, i) || repeat('9', 40) || substr(input, i + 1))) v(m);
SELECT cmp_ok(count(*), '>', 1500::bigint, 'thousands of mangled rules') FROM mangled;
SELECT cmp_ok(count(canonical), '>', 50::bigint, 'some of them are rules') FROM mangled;
SELECT is(count(*), 0::bigint, 'and those are read back as themselves') FROM mangled
WHERE  canonical <> pg_temp.reading(canonical) OR (canonical IS NOT NULL AND pg_temp.reading(canonical) IS NULL);

-- Roles are read as people write them, in rules as in rows.
SELECT throws_ok(format('SELECT %L::credit_model', rule), '22P02', NULL, rule) FROM unnest(ARRAY['role_split(co_sell=1, Co-Sell=2)', 'role_split(cosell=1, "co sell"=2)', 'role_split("-_ "=1)']) rule;
SELECT is('role_split("Solution Partner"=1)'::credit_model, 'role_split(SOLUTION-PARTNER=1)', 'a rule however it is spelled');
CREATE FUNCTION pg_temp.shares(rule text, roles text[]) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(credit, ' ' ORDER BY i)
	FROM  (SELECT i, credit(90, rule::credit_model, role, format('p%s', i), date '2026-01-01' + i::int) OVER ()::text AS credit FROM unnest(roles) WITH ORDINALITY u(role, i)) q
$$;
SELECT is(pg_temp.shares(rule, roles), CASE WHEN pg_temp.shares(rule, plain) <> pg_temp.shares(rule, '{x,x,x}') THEN pg_temp.shares(rule, plain) END, rule || ' ' || roles::text)
FROM (VALUES ('w_shaped', '{first,x,lead_created}'::text[], '{"First ",x,"Lead Created"}'::text[]), ('w_shaped', '{x,lead_created,opportunity_created}', '{x," lead-created",Opportunity-Created}'),
	('full_path', '{first,closed,x}', '{FIRST,"  Closed",x}'), ('full_path', '{lead_created+closed,x,x}', '{LeadCreated;Closed,x,x}'), ('full_path', '{"first, lead_created",x,x}', '{"First  +Lead-Created ",x,x}'),
	('source_wins', '{x,sourcing,sourcing}', '{x,"Sourcing ",sourcing}'), ('source_wins', '{x,y,sourcing}', '{x,y,SOURCING_}'),
	('role_split(co_sell=1, "Solution Partner"=2, x=0)', '{co_sell,solution_partner,x}', '{"Co Sell",SolutionPartner," X"}'),
	('role_split("co-sell"=1, technical=2, x=0)', '{co_sell,technical,x}', '{Co-Sell,"Technical ",x}'),
	('w_shaped', '{first,x,lead_created}', E'{\u2003First\u00a0,x,Lead\u00a0Created}'), ('full_path', '{lead_created+closed,x,x}', E'{Lead\u2011created; closed\ufeff,x,x}'), ('source_wins', '{x,sourcing,sourcing}', E'{x,Sourcing\u00a0,sourcing}'),
	(E'role_split("co\u2013sell"=1, technical=2, x=0)', '{co_sell,technical,x}', E'{Co\u202fSell,\u3000Technical\u200b,x}'),
	('role_split(cosell=1, technical=2, x=0)', '{cosell,technical,x}', '{Co_Sell,Tech-nical,x}')) v(rule, plain, roles);

SELECT is(E'role_split("Co\u00a0\u2011 Sell\u00a0"=1)'::credit_model, 'role_split(co_sell=1)', 'blanks that may not break, and hyphens');

-- Limits.
SELECT lives_ok($$SELECT ('role_split(' || string_agg('r' || g || '=1', ',') || ')')::credit_model FROM generate_series(1, 100) g$$, 'a hundred roles');
SELECT throws_ok($$SELECT ('role_split(' || string_agg('r' || g || '=1', ',') || ')')::credit_model FROM generate_series(1, 101) g$$, '22P02', NULL, 'not more');
SELECT lives_ok($$SELECT ('role_split(' || repeat('r', 200) || '=1)')::credit_model$$, 'a name of 200 bytes');
SELECT throws_ok($$SELECT ('role_split(' || repeat('r', 201) || '=1)')::credit_model$$, '22P02', NULL, 'not more');
SELECT throws_ok($$SELECT (repeat('(', 1000000))::credit_model$$, '22P02', NULL, 'a million parentheses');
SELECT throws_ok($$SELECT ('linear(lookback=' || repeat('9', 100000) || 'd)')::credit_model$$, '22P02', NULL, 'a duration of 100,000 digits');
SELECT is(NULL::credit_model::text, NULL, 'NULL is NULL');

SELECT * FROM finish();
ROLLBACK;
