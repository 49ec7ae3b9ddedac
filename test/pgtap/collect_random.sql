-- Ecosystem Collect: queries put together at random, with the node and with core's
-- own, have the same rows.  More of them: psql -v queries=5000 -v seed=0.3
\if :{?queries} \else \set queries 120 \endif
\if :{?seed} \else \set seed 0.16 \endif
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(6);

-- Deals that are there twice, have no key, no touch; touches of no deal.
CREATE TABLE c_deal AS
SELECT d % 380 AS key, CASE WHEN d % 37 > 0 THEN d % 380 END::int AS k_int, CASE WHEN d % 41 > 0 THEN d % 380 END::bigint AS k_big,
       CASE WHEN d % 43 > 0 THEN 'D' || md5((d % 380)::text) END AS k_text, CASE WHEN d % 43 > 0 THEN repeat('d', d % 160) || d % 380 END::varchar(300) AS k_char,
       CASE WHEN d % 47 > 0 THEN md5((d % 380)::text)::uuid END AS k_uuid, (d % 380 * 0.5)::numeric AS k_num, date '2025-01-01' + d % 380 AS k_date,
       'tenant ' || d % 3 AS tenant, CASE WHEN d % 29 > 0 THEN d % 380 * 13.37 END::numeric(12, 2) AS amount, d % 380 % 7 AS region, CASE WHEN d % 5 > 0 THEN d / 100 END AS batch,
       (ARRAY['won', 'lost', 'open'])[1 + d % 380 % 3] AS outcome, CASE WHEN d % 380 % 11 > 0 THEN date '2025-02-01' + d % 380 % 60 END AS opened_at, CASE WHEN d % 380 % 13 > 0 THEN date '2025-03-01' + d % 380 % 90 END AS closed_at
FROM   generate_series(1, 420) d;
CREATE TABLE c_one (LIKE c_deal, id bigint PRIMARY KEY);
INSERT INTO c_one SELECT DISTINCT ON (key) *, key FROM c_deal ORDER BY key, batch;
CREATE TABLE c_touch AS
SELECT CASE WHEN h % 31 > 0 THEN h % 400 END::int AS k_int, CASE WHEN h % 31 > 0 THEN h % 400 END::bigint AS k_big, CASE WHEN h % 31 > 0 THEN 'D' || md5((h % 400)::text) END AS k_text,
       CASE WHEN h % 31 > 0 THEN repeat('d', h % 400 % 160) || h % 400 END::varchar(300) AS k_char, CASE WHEN h % 31 > 0 THEN md5((h % 400)::text)::uuid END AS k_uuid,
       CASE WHEN h % 31 > 0 THEN round(h % 400 * 0.5, 1 + t % 3) END AS k_num, date '2025-01-01' + h % 400 AS k_date, 'tenant ' || h % 3 AS tenant,
       (ARRAY['email', 'partner_introduction', 'co_sell_plan', 'demo', 'meeting', NULL])[1 + h / 400 % 6] AS kind, (ARRAY['sourcing', 'technical', NULL])[1 + h / 2400 % 3]::varchar AS role,
       CASE WHEN h % 17 > 0 THEN 'P' || h / 400 % 40 END AS partner, h / 400 % 40 AS partner_id, CASE WHEN h % 19 > 0 THEN date '2025-01-15' + h / 400 % 120 END AS occurred_at,
       CASE WHEN h % 3 > 0 THEN h % 5 + 0.25 END AS weight, repeat('note ', h / 400 % 30) AS note
FROM   generate_series(1, 1800) t, LATERAL (SELECT hashint4(t) & 1048575 AS h) r;
CREATE TABLE c_none (LIKE c_touch);
ANALYZE c_deal, c_one, c_touch;

CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * array_length(choices, 1))::int]';

CREATE FUNCTION pg_temp.aggregate(keyed text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	call text = pg_temp.one_of('deal_motion_agg(t.kind, t.occurred_at, d.opened_at, d.closed_at)', 'deal_motion_agg(t.kind, t.occurred_at, date ''2025-01-01'')',
		'deal_credit_agg(CASE WHEN t.partner IS NULL THEN d.amount END, ''linear'', t.role, t.partner)', 'deal_credit_agg(d.amount, ''linear'', t.role, t.partner)',
		'deal_stats_agg(d.amount, d.outcome, d.opened_at, d.closed_at)', 'deal_stats_agg(t.weight, d.outcome)', 'partner_network_agg(d.k_text, t.partner)',
		'partner_network_agg(d.k_big, t.partner_id::bigint, d.amount)', 'company_set_agg(t.partner_id::bigint)', 'lead_flow_agg(d.outcome, t.partner)',
		'predictability_agg(t.occurred_at, d.amount)', 'revenue_stats_agg(d.amount, t.weight)', 'deal_lift_agg(t.kind = ''demo'', d.amount, d.outcome, d.opened_at, d.closed_at)',
		'survival_agg(d.region, t.kind = ''demo'')', 'overlap_matrix_agg(d.outcome, t.partner)',
		'deal_motion_agg(lower(t.kind), t.occurred_at + d.region, d.opened_at - 1, d.closed_at, t.occurred_at)', 'deal_motion_agg(t.kind || d.outcome, t.occurred_at, d.opened_at + 10 / (d.region + 1))');
BEGIN
	IF random() < 0.3 THEN
		call = call || pg_temp.one_of(' FILTER (WHERE t.kind <> ''email'')', ' FILTER (WHERE d.amount > 1000)', ' FILTER (WHERE t.occurred_at > d.opened_at)');
	END IF;
	RETURN call;
END
$$;
CREATE FUNCTION pg_temp.plain() RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT pg_temp.one_of('count(*)', 'sum(d.amount)', 'min(t.note)', 'count(DISTINCT t.partner)', 'array_agg(t.partner ORDER BY t.partner, t.kind)', 'string_agg(t.kind, '','' ORDER BY t.kind DESC)',
	                      'max(t.occurred_at - d.opened_at)', 'sum(t.weight) FILTER (WHERE t.kind = ''demo'')', 'bool_or(t.k_int IS NULL)')
$$;
CREATE FUNCTION pg_temp.windowed(part text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN pg_temp.one_of('credit(d.amount, ''linear'', t.role, t.partner)', 'credit(d.amount, ''time_decay(half_life=30d)'', NULL, t.partner, t.occurred_at, d.closed_at)',
		'credit(d.amount, ''role_split(sourcing=40, technical=20, unknown=ignore)'', t.role, t.partner_id)', 'credit(d.amount, ''u_shaped'', NULL, t.partner_id::bigint, t.occurred_at)',
		'credit(d.amount, ''engagement'', t.role, t.partner, t.occurred_at, d.closed_at, t.weight)', 'apportion(d.amount, t.weight)', 'apportion(d.amount, 1, d.region % 3 + 2)', 'credit(d.amount * 2, ''linear'', lower(t.role), t.partner || d.region, t.occurred_at + 1, d.closed_at, abs(t.weight - 1))', 'deal_motion_agg(t.kind, t.occurred_at, d.opened_at, d.closed_at)',
		'credit(d.amount, CASE WHEN d.region = 3 THEN ''linear'' ELSE ''last_touch'' END::credit_model, t.role, t.partner, t.occurred_at, d.closed_at)')
		|| ' OVER (PARTITION BY ' || part || ')';
END
$$;

-- A query, of a seed of its own.
CREATE FUNCTION pg_temp.query() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	deal text = pg_temp.one_of('c_deal', 'c_deal', 'c_one');
	touch text = pg_temp.one_of('c_touch', 'c_touch', 'c_touch', 'c_touch', 'c_touch', 'c_none', '(SELECT * FROM c_touch WHERE partner_id < 30 OFFSET 0)', '(SELECT * FROM c_touch UNION ALL SELECT * FROM c_touch WHERE partner_id = 3)');
	one text = pg_temp.one_of('k_int', 'k_big', 'k_text', 'k_char', 'k_uuid', 'k_num', 'k_date');
	other text = CASE WHEN one IN ('k_int', 'k_big') THEN pg_temp.one_of('k_int', 'k_big') ELSE one END;
	jointype text = pg_temp.one_of('JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN');
	condition text;
	tables text;
	keys text[];
	list text;
	wanted text = '';
	chosen text = '';
	outputs text = '';
BEGIN
	condition = CASE WHEN random() < 0.5 THEN format('d.%s = t.%s', one, other) ELSE format('t.%s = d.%s', other, one) END;
	keys = ARRAY['d.' || one];
	IF random() < 0.2 THEN
		condition = condition || ' AND d.tenant = t.tenant';
		IF random() < 0.5 THEN
			keys = keys || 'd.tenant'::text;
		END IF;
	END IF;
	IF random() < 0.3 THEN
		condition = condition || pg_temp.one_of(' AND t.kind <> ''demo''', ' AND t.occurred_at < d.closed_at', ' AND d.amount > 500', ' AND (t.partner_id > d.region OR d.batch IS NULL)');
	END IF;
	IF jointype = 'JOIN' AND random() < 0.3 THEN
		keys[1] = 't.' || other;
	END IF;
	IF random() < 0.4 THEN
		keys = keys || pg_temp.one_of('d.amount', 'd.region', 'd.outcome', 'd.batch', 'd.closed_at', 'd.k_text');
	END IF;
	IF random() < 0.1 THEN
		keys = keys || pg_temp.one_of('t.kind', 'date_trunc(''month'', d.closed_at)', 't.tenant');
	END IF;
	IF deal = 'c_one' AND one IN ('k_int', 'k_big') AND random() < 0.5 THEN
		condition = replace(condition, 'd.' || one, 'd.id');
		keys = ARRAY['d.id'];
	END IF;
	tables = CASE WHEN jointype = 'RIGHT JOIN' THEN format('%s t RIGHT JOIN %s d ON %s', touch, deal, condition) ELSE format('%s d %s %s t ON %s', deal, jointype, touch, condition) END;
	IF random() < 0.3 THEN
		wanted = ' WHERE ' || pg_temp.one_of('d.outcome <> ''lost''', 't.kind IS NULL OR t.weight > 1', 'd.amount > 300', 't.partner_id IS DISTINCT FROM 5', 't.k_int IS NULL', 'd.region < 4', '(SELECT count(*) FROM c_none) = 0');
	END IF;
	list = array_to_string(keys, ', ');
	IF random() < 0.55 THEN
		FOR i IN 1 .. 1 + floor(random() * 2)::int LOOP
			outputs = outputs || ', ' || pg_temp.aggregate(keys[1]);
		END LOOP;
		IF random() < 0.3 THEN
			outputs = outputs || ', ' || pg_temp.plain();
		END IF;
		IF random() < 0.2 THEN
			chosen = ' HAVING ' || pg_temp.one_of('touches(deal_motion_agg(t.kind, t.occurred_at)) > 2', 'd.region < 5 OR touches(deal_motion_agg(t.kind, t.occurred_at)) > 1', 'count(*) > 3', 'sum(d.amount) IS NOT NULL', 'count(t.kind) FILTER (WHERE t.kind = ''demo'') < 2');
		END IF;
		RETURN format('SELECT %s%s FROM %s%s GROUP BY %s%s', CASE WHEN random() < 0.2 THEN '1' ELSE list END, outputs, tables, wanted, list, chosen)
			|| CASE WHEN random() < 0.2 THEN ' ORDER BY 1' ELSE '' END;
	END IF;
	IF random() < 0.2 THEN
		list = pg_temp.one_of(list || ' ORDER BY t.occurred_at, t.partner, t.kind', 'd.region');
	END IF;
	outputs = outputs || ', ' || pg_temp.windowed(list);
	IF random() < 0.2 AND outputs NOT LIKE '%deal_motion_agg%' THEN
		outputs = outputs || ' * 2' || outputs;
	END IF;
	IF random() < 0.3 THEN
		outputs = outputs || ', ' || pg_temp.one_of('count(*)', 'sum(d.amount)', 'max(t.note)') || ' OVER ' || pg_temp.one_of('(PARTITION BY ' || list || ')', '(PARTITION BY d.region)', '()');
	END IF;
	-- Which of two like rows gets a cent more is left to their order.
	RETURN format('SELECT %s%s%s FROM %s%s', array_to_string(keys, ', '), CASE WHEN outputs LIKE '%deal_motion_agg%' THEN pg_temp.one_of('', ', t.partner, t.note', ', d.*', ', t.kind || d.outcome') END, outputs, tables, wanted)
		|| CASE WHEN random() < 0.2 THEN ' ORDER BY 1' ELSE '' END;
END
$$;

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
CREATE FUNCTION pg_temp.has_node(query text, node text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found boolean = false;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
		found = found OR line LIKE '%' || node || '%';
	END LOOP;
	RETURN found;
END
$$;
CREATE FUNCTION pg_temp.setting(name text, value text) RETURNS void LANGUAGE sql AS 'SELECT set_config(name, value, true)';

CREATE TABLE c_tried (number int, query text, memory text, workers text, leader text, available text, collected boolean, shared boolean, answered boolean, core text, ours text, core_time interval, our_time interval);
CREATE FUNCTION pg_temp.try(n int, seed float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	tried c_tried;
	started timestamptz;
BEGIN
	PERFORM setseed(seed), pg_temp.setting('jit', 'off'), pg_temp.setting('parallel_setup_cost', '0'), pg_temp.setting('parallel_tuple_cost', '0'), pg_temp.setting('min_parallel_table_scan_size', '0');
	FOR i IN 1 .. n LOOP
		tried.number = i;
		tried.query = pg_temp.query();
		tried.memory = pg_temp.one_of('64kB', '1MB', '64MB');
		tried.workers = pg_temp.one_of('0', '2', '2');
		tried.leader = pg_temp.one_of('on', 'on', 'off');
		tried.available = pg_temp.one_of('0', '1', '8', '8', '8');
		PERFORM pg_temp.setting('parallel_leader_participation', tried.leader), pg_temp.setting('max_parallel_workers', tried.available), pg_temp.setting('work_mem', tried.memory), pg_temp.setting('hash_mem_multiplier', '1'), pg_temp.setting('max_parallel_workers_per_gather', tried.workers),
		        pg_temp.setting('enable_mergejoin', CASE WHEN random() < 0.8 THEN 'on' ELSE 'off' END);
		-- A query within a query, once for each row outside.
		IF random() < 0.1 THEN
			tried.query = replace(format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (%s) q', tried.query), 'd.amount > 300', 'd.amount > o * 100');
		END IF;
		PERFORM pg_temp.setting('ecosystem.enable_collect', 'off');
		started = clock_timestamp();
		tried.core = pg_temp.answer(tried.query);
		tried.core_time = clock_timestamp() - started;
		-- Core's ways are dearer, so that ours is taken wherever it is offered.
		PERFORM pg_temp.setting('ecosystem.enable_collect', 'on'), pg_temp.setting('enable_hashagg', 'off'), pg_temp.setting('enable_sort', 'off');
		BEGIN
			tried.collected = pg_temp.has_node(tried.query, 'Ecosystem Collect');
			tried.shared = pg_temp.has_node(tried.query, 'Parallel Custom Scan (Ecosystem Collect)');
			tried.answered = tried.collected AND tried.query LIKE '%GROUP BY%' AND NOT pg_temp.has_node(tried.query, 'GroupAggregate');
		EXCEPTION WHEN OTHERS THEN
			tried.collected = false;
			tried.ours = SQLSTATE || SQLERRM;
		END;
		started = clock_timestamp();
		tried.ours = pg_temp.answer(tried.query);
		tried.our_time = clock_timestamp() - started;
		PERFORM pg_temp.setting('enable_hashagg', 'on'), pg_temp.setting('enable_sort', 'on');
		INSERT INTO c_tried VALUES (tried.*);
	END LOOP;
END
$$;
SELECT pg_temp.try(:queries, :seed);

SELECT is((SELECT string_agg(format(E'%s: %s, with the node %s\n(work_mem %s, %s workers, leader %s, %s available) %s', number, core, ours, memory, workers, leader, available, query), E'\n') FROM c_tried WHERE collected AND split_part(core, ':', 1) IS DISTINCT FROM split_part(ours, ':', 1)), NULL, 'the rows are the same');
SELECT cmp_ok((SELECT count(*) FROM c_tried WHERE collected), '>', :queries * 3 / 10::bigint, 'many of the queries are collected');
SELECT cmp_ok((SELECT count(*) FROM c_tried WHERE collected AND core LIKE '% rows %' AND core NOT LIKE '0 rows%'), '>', :queries * 2 / 10::bigint, 'and have rows');
SELECT cmp_ok((SELECT count(*) FROM c_tried WHERE shared), '>', :queries / 10::bigint, 'some by several processes together');
SELECT cmp_ok((SELECT count(*) FROM c_tried WHERE answered AND core LIKE '% rows %' AND core NOT LIKE '0 rows%'), '>', :queries / 15::bigint, 'and some groups made by the node itself');
SELECT cmp_ok((SELECT count(*) FROM c_tried WHERE NOT collected), '>', :queries / 10::bigint, 'others are left to core');
\if :{?show}
SELECT CASE WHEN core LIKE '%rows%' THEN CASE WHEN core LIKE '0 rows%' THEN 'none' ELSE 'rows' END ELSE core END AS answer, collected, count(*), min(query) FROM c_tried GROUP BY 1, 2 ORDER BY 2, 3;
SELECT core_time, our_time, collected, query FROM c_tried ORDER BY core_time + our_time DESC LIMIT 8;
SELECT sum(core_time), sum(our_time) FROM c_tried WHERE collected;
\endif
SELECT * FROM finish();
ROLLBACK;
