-- Ecosystem Aggregate: every aggregate, and queries put together at random, with the node
-- and with core's own, have the same rows.  More of them: psql -v queries=5000 -v seed=0.3
\if :{?queries} \else \set queries 80 \endif
\if :{?seed} \else \set seed 0.16 \endif
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(6);

-- A column for every argument of an aggregate, by its name and type.
CREATE TABLE a_row AS
SELECT i, CASE WHEN i % 23 > 0 THEN h % 30 END AS k_int, (h % 7)::smallint AS k_small, h % 3 = 0 AS k_bool, CASE WHEN i % 29 > 0 THEN repeat('k', h % 140) || h % 140 END AS k_text, md5((h % 40)::text)::uuid AS k_uuid, (h % 50 * 0.25)::numeric(8, 2) AS k_num,
       ('name ' || h % 20)::name AS k_name, CASE WHEN h % 2 > 0 THEN 'a' ELSE 'b' END::"char" AS k_char, (h % 500)::bigint AS k_big, 'c' || h % 9 AS k_same,
       CASE WHEN i % 31 > 0 THEN timestamptz '2022-11-11' + h % 900 * interval '13 hours 13 minutes' END AS at, timestamp '2022-11-11' + h % 900 * interval '17 hours' AS plain, CASE WHEN i % 37 > 0 THEN date '2024-01-01' + h % 400 END AS day,
       CASE WHEN h % 97 % 13 > 0 THEN (h % 97 * 123.45)::numeric(12, 2) END AS amount, (ARRAY['won', 'lost', 'open', NULL])[1 + h % 4] AS outcome, timestamptz '2024-02-01' + h % 300 * interval '1 day' AS opened_at, timestamptz '2024-03-01' + h % 500 * interval '1 day' AS closed_at,
       date '2025-06-01' AS as_of, (ARRAY['email', 'partner_introduction', 'co_sell_plan', 'demo'])[1 + h % 4] AS kind, date '2024-02-10' + h % 300 AS occurred_at, date '2024-02-20' + h % 300 AS recorded_at, (ARRAY['sourcing', 'technical', NULL])[1 + h % 3] AS role,
       CASE WHEN h % 17 > 0 THEN 'P' || h % 25 END AS partner, (h % 25)::bigint AS partner_bigint, md5((h % 25)::text)::uuid AS partner_uuid, CASE WHEN h % 5 > 0 THEN h % 5 + 0.25 END AS weight, 'D' || h % 97 AS deal, 'N' || h % 97 AS node, (h % 97)::bigint AS node_bigint, md5((h % 97)::text)::uuid AS node_uuid,
       (ARRAY['us', 'them'])[1 + h % 2] AS population, 'c' || h % 90 AS company, (h % 90)::bigint AS company_bigint, ('c' || h % 90 || '.com')::company_domain AS domain, 'r' || i AS record_id, h % 1000 * 1.5 AS value, h % 3 = 0 AS won, ARRAY['a' || h % 3, 'b' || h % 2] AS names,
       (h % 5)::bigint AS wins, (h % 3)::bigint AS losses, h % 30 + 1 AS exit, h % 2 AS entry, h % 4 = 0 AS churned, h % 3 = 1 AS co_sell, CASE WHEN h % 3 = 1 THEN date '2024-02-15' + h % 60 END AS co_sell_since, (ARRAY['small', 'large', NULL])[1 + h % 3] AS segment,
       'www.c' || h % 300 || '.com' AS website, 'Company ' || h % 300 || ' Inc' AS called, 'US'::text AS country, 'a@c' || h % 300 || '.com' AS email, (h % 6) AS integrations, (h % 500)::numeric AS mrr
FROM   generate_series(1, 1500) i, LATERAL (SELECT hashint4(i) & 1048575 AS h) r;
ANALYZE a_row;
CREATE TABLE a_state AS
SELECT k_small, k_int, deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats, company_set_agg(company_bigint) AS companies, partner_network_agg(node, partner, amount) AS network, survival_agg(exit, churned) AS customers, revenue_stats_agg(mrr, value) AS revenue
FROM   a_row GROUP BY 1, 2;
ANALYZE a_state;

CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * array_length(choices, 1))::int]';
CREATE FUNCTION pg_temp.argument(name text, type text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN name = 'model' THEN '''linear''' WHEN name = 'models' THEN '''{linear,last_touch}''::text[]' WHEN name = 'rule' THEN 'led_rule()' WHEN name = 'flow' THEN '''investment''' WHEN name = 'source' THEN '''crm''' WHEN name = 'field' THEN '''website'''
		WHEN name = 'landmark' THEN '30' WHEN name = 'ids' THEN 'names' WHEN name = 'path' OR name = 'partners' THEN 'names' WHEN name IN ('opening_mrr', 'opening') THEN 'mrr + 100' WHEN name IN ('closing_mrr', 'expansion', 'forecast') THEN 'mrr' WHEN name = 'contraction' THEN 'mrr / 10' WHEN name = 'churned' AND type = 'numeric' THEN '0'
		WHEN name = 'started' THEN 'opened_at' WHEN name IN ('churned', 'entry') AND type = 'moment' THEN 'closed_at' WHEN name = 'period' THEN 'day' WHEN name IN ('giver', 'node') AND type IN ('bigint', 'uuid') THEN 'node_' || type WHEN name = 'giver' THEN 'node'
		WHEN name = 'receiver' AND type = 'text' THEN 'partner' WHEN name = 'receiver' THEN 'partner_' || type WHEN name IN ('partner', 'company') AND type IN ('bigint', 'uuid') THEN name || '_' || type WHEN type = 'company_domain' THEN 'domain' WHEN name = 'deal' AND type = 'anyelement' THEN 'node_bigint'
		WHEN name = 'known_company' THEN 'NULL::bigint' WHEN name = 'name' THEN 'called' WHEN name = 'hub_limit' THEN '50' WHEN type = 'company_identity' THEN 'identify(website, NULL, called)' WHEN name = 'value' AND type = 'text' THEN 'website' ELSE name END
$$;
-- Calls of all aggregates but those of values that other aggregates make.
CREATE TABLE a_call AS
SELECT format('%s(%s)', p.proname, (SELECT string_agg(pg_temp.argument(p.proargnames[n], (SELECT typname FROM pg_type WHERE oid = p.proargtypes[n - 1])::regtype::text), ', ' ORDER BY n) FROM generate_series(1, p.pronargs) n)) AS call
FROM   pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE  d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ecosystem') AND p.proname NOT IN ('rollup', 'involvement_summary_agg', 'blinded_profile', 'company_set_union_agg', 'company_set_intersect_agg');

CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) FROM (%s) q', query) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.is_ours(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found boolean = false;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		found = found OR line LIKE '%Ecosystem Aggregate%';
	END LOOP;
	RETURN found;
END
$$;
CREATE FUNCTION pg_temp.setting(name text, value text) RETURNS void LANGUAGE sql AS 'SELECT set_config(name, value, true)';
CREATE TABLE a_tried (query text, memory text, workers text, ours boolean, core text, node text);
CREATE FUNCTION pg_temp.try(query text, memory text, workers text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	tried a_tried;
BEGIN
	PERFORM pg_temp.setting('jit', 'off'), pg_temp.setting('parallel_setup_cost', '0'), pg_temp.setting('parallel_tuple_cost', '0'), pg_temp.setting('min_parallel_table_scan_size', '0'), pg_temp.setting('cpu_operator_cost', '0.025'), pg_temp.setting('random_page_cost', '0'),
	        pg_temp.setting('hash_mem_multiplier', '1'), pg_temp.setting('work_mem', memory), pg_temp.setting('max_parallel_workers_per_gather', workers), pg_temp.setting('ecosystem.enable_aggregate', 'off'),
	        -- A ledger has its rows in the order in which they came.
	        pg_temp.setting('enable_sort', 'off');
	tried.query = query;
	tried.memory = memory;
	tried.workers = workers;
	tried.core = pg_temp.answer(query);
	-- Core's ways are dearer, and files cost nothing, so that ours is taken wherever it is offered.
	PERFORM pg_temp.setting('ecosystem.enable_aggregate', 'on'), pg_temp.setting('enable_hashagg', 'off'), pg_temp.setting('enable_sort', 'off'), pg_temp.setting('seq_page_cost', '0');
	BEGIN
		tried.ours = pg_temp.is_ours(query);
	EXCEPTION WHEN OTHERS THEN
		tried.ours = false;
	END;
	tried.node = pg_temp.answer(query);
	PERFORM pg_temp.setting('enable_hashagg', 'on'), pg_temp.setting('enable_sort', 'on'), pg_temp.setting('seq_page_cost', '1');
	INSERT INTO a_tried VALUES (tried.*);
END
$$;
\set differ '(SELECT string_agg(format(E''%s, with the node %s\n(work_mem %s, %s workers) %s'', core, node, memory, workers, query), E''\\n'') FROM a_tried WHERE split_part(core, '':'', 1) <> split_part(node, '':'', 1))'

-- every aggregate, in memory, in files, by workers

SELECT count(pg_temp.try(format('SELECT %s AS key, %s FROM a_row GROUP BY 1', key, call), memory, workers)) FROM a_call, (VALUES ('k_text', '64kB', '0'), ('k_int', '64MB', '2')) t (key, memory, workers) WHERE workers = '0' OR call NOT LIKE 'credit\_%';
SELECT count(pg_temp.try(format('SELECT k_small, %s FROM a_state GROUP BY 1', call), '64MB', '0')) FROM unnest(ARRAY['rollup(stats), rollup(companies)', 'rollup(network)', 'company_set_union_agg(companies)', 'company_set_intersect_agg(companies) FILTER (WHERE k_int > 3)', 'rollup(customers), rollup(revenue)']) call;
SELECT is(:differ, NULL, 'every aggregate gives the same');
SELECT is((SELECT string_agg(query, E'\n') FROM a_tried WHERE core NOT LIKE '% rows %' OR NOT ours), NULL, 'a value, in a node of ours');
TRUNCATE a_tried;

-- queries put together at random

CREATE FUNCTION pg_temp.key() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT pg_temp.one_of('k_int', 'k_small', 'k_bool', 'k_text', 'k_uuid', 'k_num', 'k_name', 'k_char', 'k_big', 'day', 'domain', 'k_int % 3', 'k_text || k_int', 'lower(k_text)', 'coalesce(day, ''2000-01-01'')', 'date_trunc(''quarter'', at)', 'date_trunc(''week'', plain)', 'date_trunc(''month'', day)',
	                      'date_trunc(''month'', at)::date', 'date_trunc(''day'', at, ''America/New_York'')', 'to_char(at, ''YYYY'')', 'extract(year FROM at)', 'k_int + (SELECT 1)', 'k_same', '(k_int % 10)::text', 'amount', 'at::date', 'plain', 'outcome')
$$;
CREATE FUNCTION pg_temp.query() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	keys text[];
	outputs text[];
	input text = pg_temp.one_of('a_row', 'a_row', 'a_row', 'a_row', '(SELECT * FROM a_row WHERE k_small < 5 OFFSET 0) s', '(SELECT * FROM a_row UNION ALL SELECT * FROM a_row WHERE k_int < 5) s', 'a_row JOIN (SELECT DISTINCT k_small AS other FROM a_row) o ON other = k_small', '(SELECT * FROM a_row ORDER BY at) s', 'a_row LEFT JOIN (SELECT n AS other FROM generate_series(1, 5) n) o ON other = k_small');
	text_of_keys text;
	built text;
BEGIN
	FOR n IN 1 .. 1 + floor(random() * 3)::int LOOP
		keys = keys || pg_temp.key();
	END LOOP;
	FOR n IN 1 .. 1 + floor(random() * 2.5)::int LOOP
		outputs = outputs || ((SELECT call FROM a_call WHERE call NOT LIKE '%resolution%' AND call NOT LIKE 'credit\_%' ORDER BY random() LIMIT 1) || CASE WHEN random() < 0.3 THEN pg_temp.one_of(' FILTER (WHERE k_small > 2)', ' FILTER (WHERE at > ''2023-06-01'')', ' FILTER (WHERE k_text IS NULL)') ELSE '' END);
	END LOOP;
	IF random() < 0.4 THEN
		outputs = pg_temp.one_of('count(*)', 'count(k_int)', 'sum(amount), avg(mrr)', 'sum(k_int)', 'avg(k_small), bit_or(k_big)', 'min(k_text), max(at)', 'bool_and(won)', 'stddev(amount) FILTER (WHERE k_small > 2)', 'sum(at - plain)') || outputs;
	END IF;
	IF random() < 0.1 THEN
		outputs = outputs || pg_temp.one_of('string_agg(k_same, '','' ORDER BY k_same)', 'count(DISTINCT k_same)', 'deal_stats_agg(DISTINCT amount, outcome)');
	END IF;
	text_of_keys = (SELECT string_agg(DISTINCT key, ', ') FROM unnest(keys) key);
	built = format('SELECT %s, %s FROM %s%s GROUP BY %s%s', CASE WHEN random() < 0.2 THEN '1' ELSE text_of_keys END, array_to_string(outputs, ', '), input, pg_temp.one_of('', '', ' WHERE k_int < 20', ' WHERE amount IS NOT NULL', ' WHERE false', ' WHERE k_same = ''c3'''),
		CASE WHEN random() < 0.05 THEN 'ROLLUP (' || text_of_keys || ')' ELSE text_of_keys END, pg_temp.one_of('', '', '', ' HAVING deals(deal_stats_agg(amount, outcome)) > 3', ' HAVING won(deal_stats_agg(amount, outcome)) > (SELECT 2)'));
	IF random() < 0.1 THEN
		built = format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (%s) q', replace(built, 'k_int < 20', 'k_int < o * 8'));
	END IF;
	IF random() < 0.1 THEN
		built = built || ' ORDER BY 1';
	END IF;
	RETURN built;
END
$$;
SELECT setseed(:seed);
SELECT count(pg_temp.try(pg_temp.query(), pg_temp.one_of('64kB', '64kB', '1MB', '64MB'), pg_temp.one_of('0', '0', '2'))) FROM generate_series(1, :queries);
SELECT is(:differ, NULL, 'the rows are the same');
SELECT cmp_ok((SELECT count(*) FROM a_tried WHERE ours AND core LIKE '% rows %' AND core NOT LIKE '0 rows%'), '>', :queries * 5 / 10::bigint, 'many of the queries are ours, and have rows');
SELECT cmp_ok((SELECT count(*) FROM a_tried WHERE ours AND workers <> '0'), '>', :queries / 10::bigint, 'some with workers');
SELECT cmp_ok((SELECT count(*) FROM a_tried WHERE NOT ours), '>', :queries / 50::bigint, 'others are left to core');
\if :{?show}
SELECT CASE WHEN core LIKE '%rows%' THEN CASE WHEN core LIKE '0 rows%' THEN 'none' ELSE 'rows' END ELSE core END AS answer, ours, count(*), min(query) FROM a_tried GROUP BY 1, 2 ORDER BY 2, 3;
\endif
SELECT * FROM finish();
ROLLBACK;
