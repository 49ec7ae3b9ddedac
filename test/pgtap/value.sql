-- What holds for the values of every type, as the catalogs list them: text and
-- binary form are the value, a dump brings it back, and a value that another
-- version wrote is refused by whatever takes one.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL client_min_messages = warning;
SELECT no_plan();

CREATE TEMP VIEW own_type AS
SELECT t.oid::regtype AS type, t.typname AS name, t.typsend AS send, t.typlen = -1 AS is_varlena
FROM   pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
       JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'ecosystem'
WHERE  t.typtype = 'b' AND t.typelem = 0;

CREATE TEMP VIEW own_function AS
SELECT p.*
FROM   pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
       JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'ecosystem';

-- ---- samples: of a type to come, some are wanted here ----

CREATE TEMP TABLE r AS
SELECT i, 'D' || i % 5 AS deal, i % 5 AS number, 'P' || i % 7 AS partner, md5((i % 7)::text)::uuid AS id, i * 1000.5 AS amount,
       (ARRAY['won', 'lost', 'open'])[1 + i % 3] AS outcome, date '2026-01-01' + i AS opened, date '2026-03-01' + i AS closed,
       (ARRAY['sourcing', 'technical', NULL])[1 + i % 3] AS role
FROM   generate_series(1, 30) i;

CREATE TEMP TABLE sample_query (type regtype, query text);
INSERT INTO sample_query VALUES
('blinded_identity', $$SELECT '010d002040d835a7ccfeef1ecf499b9fbb0acc77a20744f380c26ada072d04776861102a0458a978021f1916107b4d3cdb11a0345be131bfd0ffa467bbe83a3a706082f147002040d835a7ccfeef1ecf499b9fbb0acc77a20744f380c26ada072d04776861102a046a22950c33cb22d15890a59a610f83a392cf5ea41d6e0282ab6c6c2cbb194d0602002078ddfdcc08c11328fe77fbc79ab167bc91c6fb100ede19a0b5c056aab7a8ef020300205420edb2f8444b2ba13cec5e2048b01e1589bb1fb74e2a1079eb94653738ab5b070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'::blinded_identity UNION ALL SELECT '0100070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'$$),
('blinded_identity', $$SELECT '010100204058853f50e7f95c100c5ed5218a8aa0b1ac475872f8f0be7ada19a596dd0c4642c8a078e37f894667886b7017c147047178022ddee4a41b1f42edb27d0d44fd22070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'::blinded_identity UNION ALL SELECT '0181002040e674a237831bdc3dbe1c0d962c879bd4772c8077ff1134051551566c1aa0d44da01e271d3b478eae8c5c87affa94c742955536af39c3a82b3fbc04030327b937070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa070010bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'$$),
('company_domain', $$SELECT company_domain(d) FROM unnest(ARRAY['acme.com', 'acme.co.uk', U&'b\00FCcher.de']) d$$),
('company_identity', $$SELECT identify(website => w, name => n) FROM (VALUES ('acme.com', 'Acme "A", Inc.'), (NULL, U&'\00C5bo Akademi'), ('alderrail.com', NULL)) v(w, n)$$),
('company_identity', $$SELECT identify(ids => '{lei:5493001KJTIIGC8Y1R12}', country => 'DE', name => 'SAP SE')$$),
('company_resolution', $$SELECT company_resolution_agg('s' || i % 3, 'id' || i, identify(website => 'a' || i % 10 || '.com')) FROM r$$),
('company_resolution', $$SELECT company_resolution_agg('crm', 'a', identify(website => 'acme.com'), 5)$$),
('company_set', $$SELECT company_set_agg(i) FROM r$$),
('company_set', $$SELECT company_set_agg(i * 70000) FROM r$$),
('company_set', $$SELECT company_set('{}'::bigint[])$$),
('credit_ledger', $$SELECT credit_ledger_agg(deal, CASE WHEN i % 4 = 0 THEN amount ELSE NULL END, 'linear', role, partner, opened::timestamptz, closed::timestamptz, i) FROM r$$),
('credit_ledger', $$SELECT credit_ledger_agg(number::bigint, amount * 1e25, 'role_split(sourcing=40, technical=20, unknown=ignore)', role, id) FROM r$$),
('credit_ledger', $$SELECT credit_ledger_agg(id, 'NaN'::numeric, 'linear', NULL, i::bigint) FROM r$$),
('credit_ledger', $$SELECT credit_ledger_agg(1::bigint, 10, 'linear', NULL, NULL::text)$$),
('credit_ledger', $$SELECT credit_comparison_agg('{linear,u_shaped}', deal, amount, role, partner, opened::timestamptz, closed::timestamptz) FROM r$$),
('credit_model', $$SELECT m::credit_model FROM unnest('{linear,"role_split(sourcing=40, technical=20, unknown=ignore)",time_decay,"u_shaped(first=50, middle=20, last=30)"}'::text[]) m$$),
('deal_credit', $$SELECT deal_credit_agg(amount, 'linear', role, partner) FROM r WHERE i = 7$$),
('deal_credit', $$SELECT deal_credit_agg(NULL, 'w_shaped', role, id, opened::timestamptz, closed::timestamptz) FROM r$$),
('deal_lift', $$SELECT deal_lift_agg(i % 2 = 0, amount, outcome, opened, closed) FROM r$$),
('deal_lift', $$SELECT deal_lift_agg(CASE WHEN i % 2 = 0 THEN opened + 3 END, amount, outcome, opened, closed, partner) FROM r$$),
('deal_motion', $$SELECT deal_motion_agg((ARRAY['referral', 'demo', 'webinar'])[1 + i % 3], opened, date '2026-01-15') FROM r$$),
('deal_motion', $$SELECT deal_motion_agg(NULL, NULL::date, date '2026-01-15')$$),
('deal_stats', $$SELECT deal_stats_agg(amount, outcome, opened, closed) FROM r$$),
('deal_stats', $$SELECT deal_stats_agg(NULL, NULL)$$),
('ecosystem_roi', $$SELECT ecosystem_roi_agg((ARRAY['return', 'investment'])[1 + i % 2], 'k "' || i % 4, amount, opened) FROM r$$),
('identity_quality', $$SELECT identity_quality_agg(CASE WHEN i % 3 = 0 THEN 'not a site' ELSE 'acme' || i || '.com' END, 'x@gmail.com', 'Acme') FROM r$$),
('involvement_summary', $$SELECT involvement_summary_agg(m, amount, i % 2 = 0, i % 2 = 1) FROM r, (SELECT deal_motion_agg('referral', opened, date '2026-01-15') m FROM r) q$$),
('lead_flow', $$SELECT lead_flow_agg(partner, 'P' || i % 3, amount) FROM r$$),
('moment', $$SELECT m::moment FROM unnest('{2026-01-05,2026-01-05 15:00:00.5+02,infinity,-infinity}'::text[]) m UNION ALL SELECT moment(d) FROM unnest('{0044-03-15 BC,4713-11-24 BC,12026-01-05}'::date[]) d UNION ALL SELECT t::moment FROM unnest('{0044-03-15 12:00+00 BC,294276-12-31 23:59:59+00}'::timestamptz[]) t$$),
('led_rule', $$SELECT led_rule() UNION ALL SELECT led_rule('sourcing+intent', '1 day', '30 days', '0', true)$$),
('overlap_matrix', $$SELECT overlap_matrix_agg(partner, deal) FROM r$$),
('overlap_matrix', $$SELECT overlap_matrix_agg(partner, number::bigint, role, amount) FROM r$$),
('partner_network', $$SELECT partner_network_agg(deal, partner) FROM r$$),
('partner_network', $$SELECT partner_network_agg(number::bigint, id, number * 10.25) FROM r$$),
('predictability', $$SELECT predictability_agg(opened, amount) FROM r$$),
('removal_effect', $$SELECT removal_effect_agg(p, outcome = 'won', amount) FROM r, (VALUES (ARRAY['a', 'b "c"']), ('{a}'), ('{}')) v(p)$$),
('revenue_stats', $$SELECT revenue_stats_agg(amount, 5, 3, 2, i) FROM r$$),
('shapley', $$SELECT shapley_agg(p, outcome = 'won', amount) FROM r, (VALUES (ARRAY['a', 'b "c"']), ('{a}')) v(p)$$),
('survival', $$SELECT survival_agg(i, i % 3 = 0) FROM r$$);

SELECT is_empty('SELECT type FROM own_type WHERE type NOT IN (SELECT type FROM sample_query)', 'every type has samples');
SELECT cmp_ok((SELECT count(*) FROM own_type), '>', 20::bigint, 'and there are many types');

-- In a table of each type, as anybody stores them; bytes are read and made by
-- who may take them as they are, a superuser.
DO $$
DECLARE
	t record;
	q record;
BEGIN
	FOR t IN SELECT * FROM own_type LOOP
		EXECUTE format('CREATE TEMP TABLE %I (v %s)', 'sample_' || t.name, t.type);
		EXECUTE format('CREATE FUNCTION pg_temp.bytes(%s) RETURNS bytea LANGUAGE internal STRICT AS %L', t.type, CASE WHEN t.is_varlena THEN 'byteasend' ELSE 'int8send' END);
		IF t.is_varlena THEN
			EXECUTE format('CREATE FUNCTION pg_temp.%I(bytea) RETURNS %s LANGUAGE internal STRICT AS ''byteasend''', 'stored_' || t.name, t.type);
		END IF;
	END LOOP;
	FOR q IN SELECT name, query FROM sample_query JOIN own_type USING (type) LOOP
		EXECUTE format('INSERT INTO %I %s', 'sample_' || q.name, q.query);
	END LOOP;
	-- What a parallel query would ship is settled; merged values are values.
	FOR t IN SELECT * FROM own_type o WHERE EXISTS (SELECT FROM own_function p WHERE p.proname = 'rollup' AND p.prokind = 'a' AND p.proargtypes[0] = o.type) LOOP
		EXECUTE format('INSERT INTO %1$I SELECT rollup(w) FROM (SELECT v AS w FROM %1$I LIMIT 1) q', 'sample_' || t.name);
	END LOOP;
END $$;

CREATE FUNCTION pg_temp.count_of(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE query INTO n;
	RETURN n;
END $$;

SELECT cmp_ok(pg_temp.count_of(format('SELECT count(v) FROM %I', 'sample_' || name)), '>', 0::bigint, name || ' has values') FROM own_type ORDER BY name;

-- ---- forms ----

SELECT is(pg_temp.count_of(format('SELECT count(*) FROM %I WHERE pg_temp.bytes(v::text::%s) IS DISTINCT FROM pg_temp.bytes(v)', 'sample_' || name, type)),
	0::bigint, name || ': text and back') FROM own_type ORDER BY name;
SELECT is_empty('SELECT type FROM own_type WHERE send = 0', 'every type has a binary form');

-- Through a file in either format, as a dump does
CREATE FUNCTION pg_temp.copied(name text, format text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/ecosystem_value.copy';
	different bigint;
BEGIN
	EXECUTE format('CREATE TEMP TABLE kept AS SELECT row_number() OVER () AS n, v FROM %I', 'sample_' || name);
	CREATE TEMP TABLE back (LIKE kept);
	EXECUTE format('COPY kept TO %L (FORMAT %s)', file, format);
	EXECUTE format('COPY back FROM %L (FORMAT %s)', file, format);
	EXECUTE format('COPY (SELECT) TO %L', file);
	EXECUTE 'SELECT count(*) FROM kept k FULL JOIN back b USING (n) WHERE pg_temp.bytes(k.v) IS DISTINCT FROM pg_temp.bytes(b.v)' INTO different;
	DROP TABLE kept, back;
	RETURN different;
END $$;
SELECT is(pg_temp.copied(name, format), 0::bigint, format('%s: COPY (FORMAT %s) and back', name, format))
FROM   own_type, unnest('{text,csv,binary}'::text[]) format ORDER BY name, format;

-- ---- values of another version ----

-- Its first byte is the version; a domain is text, a moment a number: these have
-- none.
CREATE TEMP VIEW versioned AS SELECT * FROM own_type WHERE is_varlena AND name <> 'company_domain';
CREATE TEMP TABLE plain (type regtype, value text);
INSERT INTO plain VALUES
('text', $$'won'::text$$), ('numeric', '1::numeric'), ('bigint', '1::bigint'), ('integer', '1'), ('boolean', 'true'),
('double precision', '0.5::float8'), ('date', $$date '2026-01-01'$$), ('timestamptz', $$timestamptz '2026-01-01'$$),
('timestamp', $$timestamp '2026-01-01'$$), ('uuid', $$'00000000-0000-0000-0000-000000000000'::uuid$$),
('interval', $$interval '1 day'$$), ('text[]', $$'{a}'::text[]$$), ('bigint[]', $$'{1}'::bigint[]$$), ('bytea', $$''::bytea$$),
('smallint', '1::smallint');

CREATE FUNCTION pg_temp.a_value(of regtype) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT format('(SELECT v FROM %I WHERE v IS NOT NULL LIMIT 1)', 'sample_' || name) FROM own_type WHERE type = $1),
		(SELECT format('ARRAY[(SELECT v FROM %I WHERE v IS NOT NULL LIMIT 1)]', 'sample_' || o.name) FROM own_type o JOIN pg_type t ON t.typelem = o.type AND t.oid = $1),
		(SELECT value FROM plain WHERE type = $1), 'NULL::' || $1)
$$;

-- What a call says of its argument in that place from another version
CREATE FUNCTION pg_temp.says(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
	message text;
	state text;
BEGIN
	EXECUTE 'SELECT count(*) FROM (SELECT ' || call || ') q(x) WHERE x::text IS NOT NULL' INTO message;
	RETURN 'read it: ' || coalesce(message, 'NULL');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, message = MESSAGE_TEXT, state = RETURNED_SQLSTATE;
	RETURN state || ' ' || message || CASE WHEN hint <> '' THEN ' (hint)' ELSE '' END;
END $$;

CREATE TEMP TABLE call AS
SELECT v.name AS type, p.oid::regprocedure AS function, place, format('%s.%I(%s)%s', p.pronamespace::regnamespace, p.proname,
	   string_agg(CASE WHEN p.provariadic <> 0 AND i = cardinality(p.proargtypes::oid[]) THEN 'VARIADIC ' ELSE '' END ||
	   	CASE WHEN i <> place THEN pg_temp.a_value(a) WHEN a = v.type THEN format('old_%s.v', v.name) ELSE format('ARRAY[old_%s.v]', v.name) END, ', ' ORDER BY i),
	   CASE WHEN p.prokind = 'w' THEN ' OVER ()' ELSE '' END) AS call
FROM   versioned v JOIN pg_type array_of ON array_of.typelem = v.type AND array_of.typcategory = 'A'
       JOIN own_function p ON p.proargtypes::oid[] && ARRAY[v.type::oid, array_of.oid] AND NOT p.proargtypes::oid[] && ARRAY['internal'::regtype::oid],
       LATERAL (SELECT i AS place FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(a, i) WHERE a IN (v.type, array_of.oid)) places,
       LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY u(a, i)
GROUP  BY v.name, p.oid, place, p.pronamespace, p.proname, p.prokind;

SELECT cmp_ok((SELECT count(*) FROM call), '>', 300::bigint, 'calls');
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT * FROM versioned LOOP
		EXECUTE format('CREATE TEMP TABLE %I AS SELECT pg_temp.%I(set_byte(pg_temp.bytes(v), 0, 99)) AS v FROM %I WHERE v IS NOT NULL LIMIT 1',
			'old_' || t.name, 'stored_' || t.name, 'sample_' || t.name);
	END LOOP;
END $$;

CREATE TEMP TABLE answer AS
SELECT type, function, place, call, pg_temp.says(call || format(' FROM old_%s', type)) AS answer FROM call;
SELECT is_empty($$SELECT type, function, place, answer FROM answer WHERE answer <> format('XX001 %s of unknown version 99 (hint)', type) ORDER BY 1, 2$$,
	'no function reads a value of another version, and each says what to do');
SELECT is_empty('SELECT name FROM versioned WHERE name NOT IN (SELECT type FROM answer)', 'of no type');
-- Nor does a set whose ids need not be looked at.
SELECT is(pg_temp.says(call || ' FROM old_company_set'), 'XX001 company_set of unknown version 99 (hint)', call)
FROM   unnest('{"v = ''{7}''","''{7}'' <> v","v - (-1)::bigint","v - 99999999999","v @> (-1)::bigint","99999999999 <@ v"}'::text[]) call;

SELECT * FROM finish();
ROLLBACK;
