-- Leads between partners and the vendor: by hand, against plain SQL on random
-- rows, the same bytes in any order, garbage.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(60);

CREATE TEMP TABLE story (giver text, receiver text, amount numeric);
INSERT INTO story VALUES ('A', 'B', 10), ('A', 'B', 5.25), ('B', 'A', 1), ('A', NULL, 100), (NULL, 'A', NULL), (NULL, 'A', 7), ('C', '', 3), ('C', 'C', 8), (NULL, NULL, 50);
CREATE TEMP VIEW told AS SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM story;
SELECT is(flow::text, 'v1 scale=2 "">""=1:50.00 "">"A"=2:7.00 "A">""=1:100.00 "A">"B"=2:15.25 "B">"A"=1:1.00 "C">""=1:3.00 "C">"C"=1:8.00', 'the text form') FROM told;
SELECT results_eq('SELECT f.* FROM told, lead_flows(flow) f', $$VALUES (NULL, NULL, 1::bigint, 50.00), (NULL, 'A', 2, 7.00), ('A', NULL, 1, 100.00), ('A', 'B', 2, 15.25), ('B', 'A', 1, 1.00), ('C', NULL, 1, 3.00), ('C', 'C', 1, 8.00)$$, 'flows by hand');
SELECT results_eq('SELECT r.* FROM told, lead_reciprocity(flow) r', $$VALUES ('A', NULL, 1::bigint, 2::bigint, 100.00, 7.00, 1/3::float8, 2/3::float8), ('C', NULL, 1, 0, 3.00, 0.00, 1, 0), ('A', 'B', 2, 1, 15.25, 1.00, 2/3::float8, 2/3::float8)$$, 'reciprocity by hand');
SELECT results_eq('SELECT k.* FROM told, leads_by_kind(flow) k', $$VALUES ('partner to partner', 3::bigint, 3/9::float8, 16.25), ('partner to vendor', 2, 2/9::float8, 103.00), ('vendor to partner', 2, 2/9::float8, 7.00), ('within a partner', 1, 1/9::float8, 8.00), ('without a partner', 1, 1/9::float8, 50.00)$$, 'kinds by hand');
SELECT is(partner_to_partner_pipeline(flow), 16.25, 'partner-to-partner pipeline') FROM told;
SELECT is(brokered_introduction_share(flow), 2/5::float8, 'brokered introductions') FROM told;
SELECT is(verdict('partner_to_partner_pipeline', partner_to_partner_pipeline(flow)), 'network effects', 'what is to be said of it') FROM told;
SELECT is(verdict('brokered_introduction_share', brokered_introduction_share(lead_flow_agg(NULL, 'A'::text))), 'a hub-and-spoke program, not an ecosystem', 'and of a hub');

-- Random rows
SELECT setseed(0.75);
CREATE TABLE public.lead_row AS SELECT i, nullif((random() ^ 2 * 12)::int, 3) AS giver, nullif((random() * 12)::int, 3) AS receiver, CASE WHEN i % 5 > 0 THEN round((random() * 900 - 100)::numeric, i % 3) END AS amount FROM generate_series(1, 900) i;
CREATE TEMP TABLE built AS SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM public.lead_row;
SELECT results_eq('SELECT f.* FROM built, lead_flows(flow) f', 'SELECT giver::text, receiver::text, count(*), coalesce(sum(amount), 0)::numeric FROM public.lead_row GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2 NULLS FIRST', 'flows are those of GROUP BY');
SELECT bag_eq('SELECT partner, other_partner, leads_given, leads_received, amount_given, amount_received, round(given_share::numeric, 12) AS given, round(reciprocity::numeric, 12) AS returned FROM built, lead_reciprocity(flow)',
	$$WITH f AS (SELECT coalesce(giver::text, '~') AS g, coalesce(receiver::text, '~') AS r, count(*) AS n, coalesce(sum(amount), 0) AS a FROM public.lead_row GROUP BY 1, 2)
	SELECT least(x.g, x.r) AS partner, nullif(greatest(x.g, x.r), '~') AS other, coalesce(g.n, 0) AS gn, coalesce(r.n, 0) AS rn, coalesce(g.a, 0) AS ga, coalesce(r.a, 0) AS ra, round(coalesce(g.n, 0)::numeric / (coalesce(g.n, 0) + coalesce(r.n, 0)), 12) AS given,
		round(2 * least(coalesce(g.n, 0), coalesce(r.n, 0))::numeric / (coalesce(g.n, 0) + coalesce(r.n, 0)), 12) AS returned
	FROM (SELECT DISTINCT least(g, r) AS g, greatest(g, r) AS r FROM f WHERE g <> r) x LEFT JOIN f g ON g.g = x.g AND g.r = x.r LEFT JOIN f r ON r.g = x.r AND r.r = x.g$$, 'reciprocity is that of a self-join');
SELECT is(sum(leads)::bigint, 900::bigint, 'kinds add up to all leads') FROM built, leads_by_kind(flow);
SELECT is(sum(k.amount), (SELECT sum(amount) FROM public.lead_row), 'and to their amount') FROM built, leads_by_kind(flow) k;
SELECT is(sum(lead_share)::numeric(20, 12), 1.0, 'and shares to one') FROM built, leads_by_kind(flow) k;
SELECT is(partner_to_partner_pipeline(flow), (SELECT sum(amount) FROM public.lead_row WHERE giver <> receiver), 'the pipeline of two different partners') FROM built;
SELECT is(brokered_introduction_share(flow)::numeric(20, 12), (SELECT (count(*) FILTER (WHERE giver IS NULL))::numeric / count(*) FROM public.lead_row WHERE receiver IS NOT NULL AND giver IS DISTINCT FROM receiver)::numeric(20, 12), 'brokered, counted') FROM built;

-- Fifty thousand rows
CREATE TABLE public.many_leads AS SELECT nullif((random() ^ 2 * 300)::int, 3) AS giver, nullif((random() * 300)::int, 3) AS receiver, CASE WHEN i % 5 > 0 THEN round((random() * 900 - 100)::numeric, 2) END AS amount FROM generate_series(1, 50000) i;
CREATE TEMP TABLE many AS SELECT lead_flow_agg(giver, receiver, amount) AS flow FROM public.many_leads;
CREATE TEMP TABLE many_flows AS SELECT giver::text AS giver, receiver::text AS receiver, count(*) AS leads, coalesce(sum(amount), 0) AS amount FROM public.many_leads GROUP BY 1, 2;
SELECT cmp_ok((SELECT count(*) FROM many_flows), '>', 30000::bigint, 'more than thirty thousand flows');
SELECT results_eq('SELECT f.* FROM many, lead_flows(flow) f', 'SELECT * FROM many_flows ORDER BY giver NULLS FIRST, receiver NULLS FIRST', 'flows at size');
SELECT results_eq('SELECT partner, other_partner, leads_given, leads_received, amount_given, amount_received FROM many, lead_reciprocity(flow) ORDER BY 1, 2',
	$$SELECT partner, other, sum(leads) FILTER (WHERE gave)::bigint, sum(leads) FILTER (WHERE NOT gave)::bigint, sum(amount) FILTER (WHERE gave), sum(amount) FILTER (WHERE NOT gave)
	  FROM (SELECT CASE WHEN first THEN giver ELSE receiver END AS partner, CASE WHEN first THEN receiver ELSE giver END AS other, v.gave, CASE WHEN v.gave = first THEN leads ELSE 0 END AS leads, CASE WHEN v.gave = first THEN amount ELSE 0 END AS amount
	        FROM (SELECT *, coalesce(giver < receiver, giver IS NOT NULL) AS first FROM many_flows WHERE giver IS DISTINCT FROM receiver) f, (VALUES (true), (false)) v(gave)) s
	  GROUP BY 1, 2 ORDER BY 1, 2$$, 'reciprocity at size');
SELECT results_eq('SELECT leads, amount FROM many, leads_by_kind(flow)', $$SELECT count(*) FILTER (WHERE x), coalesce(sum(amount) FILTER (WHERE x), 0) FROM (SELECT o, amount, o = CASE WHEN giver IS NULL THEN CASE WHEN receiver IS NULL THEN 5 ELSE 3 END
	WHEN receiver IS NULL THEN 2 WHEN giver = receiver THEN 4 ELSE 1 END AS x FROM public.many_leads, generate_series(1, 5) o) s GROUP BY o ORDER BY o$$, 'kinds at size');

-- Whatever the order and the split
SELECT is(lead_flow_agg(giver, receiver, amount ORDER BY md5(i::text))::text, (SELECT flow::text FROM built), 'in any order') FROM public.lead_row;
SELECT ok(rollup(f) = (SELECT flow FROM built), 'in parts') FROM (SELECT lead_flow_agg(giver, receiver, amount) AS f FROM public.lead_row GROUP BY i % 11) s;
SELECT ok(lead_flow_combine(a, b) = flow AND lead_flow_combine(NULL, flow) = flow AND lead_flow_combine(NULL, NULL) IS NULL, 'combined')
FROM   built, (SELECT lead_flow_agg(giver, receiver, amount) FILTER (WHERE i % 3 = 0) AS a, lead_flow_agg(giver, receiver, amount) FILTER (WHERE i % 3 > 0) AS b FROM public.lead_row) s;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT ok((SELECT lead_flow_agg(giver, receiver, amount) FROM public.lead_row) = flow, 'by workers') FROM built;
RESET max_parallel_workers_per_gather;
SELECT results_eq('SELECT i, (SELECT sum(leads)::int FROM lead_flows(f)) FROM (SELECT i, lead_flow_agg(giver, receiver) OVER (ORDER BY i) AS f FROM public.lead_row WHERE i <= 30) s ORDER BY i', 'SELECT i, i FROM generate_series(1, 30) i', 'window aggregate');

-- Ids of other types
SELECT ok(lead_flow_agg(giver::text, receiver::text, amount) = (SELECT flow FROM built), 'text') FROM public.lead_row;
SELECT is((SELECT count(*) FROM lead_flows((SELECT lead_flow_agg(md5(giver::text)::uuid, md5(receiver::text)::uuid) FROM public.lead_row))), (SELECT count(*) FROM built, lead_flows(flow)), 'uuid');
SELECT results_eq($$SELECT giver, receiver FROM lead_flows((SELECT lead_flow_agg(md5('x')::uuid, NULL::uuid, 1)))$$, $$VALUES ((md5('x')::uuid)::text, NULL)$$, 'as it is written');

-- Nothing
SELECT is(lead_flow_agg(giver, receiver)::text, 'v1', 'no rows') FROM public.lead_row WHERE false;
SELECT is_empty($$SELECT * FROM lead_flows('v1')$$, 'no flows');
SELECT is_empty($$SELECT * FROM lead_reciprocity('v1')$$, 'no pairs');
SELECT results_eq($$SELECT leads, lead_share, amount FROM leads_by_kind('v1')$$, 'SELECT 0::bigint, NULL::float8, 0::numeric FROM generate_series(1, 5)', 'kinds of nothing');
SELECT is(brokered_introduction_share('v1'), NULL, 'no introductions');
SELECT is(partner_to_partner_pipeline('v1'), 0::numeric, 'no pipeline');

-- Garbage
SELECT throws_ok(format('SELECT %L::lead_flow', t), '22P02', NULL, 'refused: ' || t) FROM unnest('{"", v2, "v1 ", "v1 -=1:0", "v1 \"A\"=1:0", "v1 \"A\">\"B\">\"C\"=1:0", "v1 \"A\"+\"B\"=1:0", "v1 \"A\">\"B\"=1:0:0", "v1 \"A\">\"B\"=0:0", "v1 \"A\">\"B\"=-1:0", "v1 \"A\">\"B\"=1:0.5", "v1 \"A\">\"B\"=1:x", "v1 undecided=1", "v1 \"A\">\"B=1:0", "v1 scale=99"}'::text[]) t;
SELECT is('v1 "B">"A"=1:2 "A">"B"=1:0 "B">"A"=1:1'::lead_flow::text, 'v1 "A">"B"=1:0 "B">"A"=2:3', 'what is read becomes canonical');
SELECT is('v1 "A\"\\">"A\"\\"=1:0'::lead_flow::text, 'v1 "A\"\\">"A\"\\"=1:0', 'quotes in names, and a giver that is its receiver');
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/lead_flow_check.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0) || int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	result bytea;
BEGIN
	PERFORM lo_export(lo, file);
	PERFORM lo_unlink(lo);
	CREATE TEMP TABLE received (v lead_flow);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	SELECT lead_flow_send(v) INTO result FROM received;
	PERFORM * FROM received, lead_reciprocity(v);
	DROP TABLE received;
	RETURN CASE WHEN result = bytes THEN 'kept' ELSE 'changed' END;
EXCEPTION
	WHEN invalid_binary_representation OR numeric_value_out_of_range OR protocol_violation OR character_not_in_repertoire OR program_limit_exceeded THEN RETURN 'refused';
END $$;
SELECT is(pg_temp.receive(lead_flow_send(flow)), 'kept', 'received as sent') FROM built;
SELECT is(pg_temp.receive(bytes), 'refused', 'refused: ' || what) FROM (SELECT lead_flow_send('v1 "A">"B"=2:5') AS b) s, LATERAL (VALUES
	(set_byte(b, 0, 2), 'a later version'), (set_byte(b, 1, 99), 'a scale out of range'), (set_byte(b, 9, 1), 'undecided leads'), (set_byte(b, 13, 9), 'more entries than there are'),
	(set_byte(b, 29, 1), 'a lost lead'), (set_byte(b, 47, 1), 'a list of one'), (set_byte(b, 47, 3), 'a list of three'), (b || '\x00', 'a byte too many')) v(bytes, what);

SELECT throws_ok($$SELECT lead_flow_agg(repeat('x', 1001), NULL)$$, '54000', 'a partner''s name is too long', 'a long name');

SELECT * FROM finish();
ROLLBACK;
