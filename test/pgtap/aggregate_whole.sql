-- Ecosystem Aggregate without GROUP BY, and results that stay what they are in memory:
-- wherever such a result goes, it is the value that core's nodes give.
\if :{?queries} \else \set queries 60 \endif
\if :{?seed} \else \set seed 0.21 \endif
-- a cursor that outlives its transaction
SET search_path = ecosystem, public;
SET max_parallel_workers_per_gather = 0;
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT partner_network_agg(i % 90, i % 7) AS net FROM generate_series(1::bigint, 20000) i;
COMMIT;
FETCH ALL FROM held \gset held_
CLOSE held;
BEGIN;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT plan(69);

CREATE TABLE a_link AS
SELECT d AS row, (hashint4(d) & 1023)::bigint AS deal, CASE WHEN d % 19 > 0 THEN 'P' || (hashint4(d + 7) & 1048575) % 40 END AS partner, (hashint4(d) & 1023) * 1.25 AS amount, d % 5 AS region, CASE WHEN d % 3 > 0 THEN 'won' ELSE 'lost' END AS outcome, 'c' || d % 700 || '.com' AS site
FROM   generate_series(1, 9000) d;
ANALYZE a_link;

\ir plan.psql
\ir contents.psql
CREATE FUNCTION pg_temp.core(query text) RETURNS text LANGUAGE plpgsql SET ecosystem.enable_aggregate = off AS $$
BEGIN
	RETURN pg_temp.contents(query);
END
$$;
CREATE FUNCTION pg_temp.takes(query text) RETURNS boolean LANGUAGE sql AS $$ SELECT pg_temp.plan_of(query) LIKE '%Ecosystem Aggregate%' $$ SET cpu_operator_cost = 1;
CREATE FUNCTION pg_temp.same(query text) RETURNS boolean LANGUAGE sql SET cpu_operator_cost = 1 AS $$ SELECT pg_temp.takes(query) AND pg_temp.contents(query) = pg_temp.core(query) $$;

-- which queries

\set net 'partner_network_agg(deal, partner, amount)'
SELECT is(pg_temp.plan_of(format('SELECT %s FROM a_link', :'net')), E'Custom Scan (Ecosystem Aggregate)\n  ->  Seq Scan on a_link\n', 'all rows');
SELECT matches(pg_temp.plan_of(format('SELECT %s FROM a_link', :'net'), 'ANALYZE, COSTS OFF, TIMING OFF'), E'Ecosystem Aggregate\\) \\(actual rows=1[0.]* loops=1\\)\n +Groups: 1  Batches: 1  Memory Usage: \\d+kB\n', 'with numbers');
SELECT ok(pg_temp.same(format('SELECT %s, deal_stats_agg(amount, outcome) FILTER (WHERE region = 2) FROM a_link', :'net')), 'several aggregates, a filter');
SELECT ok(pg_temp.same(format('SELECT (t.t).*, ecosystem_verdict(net) || 1 FROM (SELECT %s AS net FROM a_link) n, LATERAL (SELECT network_totals(net) AS t) t', :'net')), 'below a subquery');
SELECT ok(pg_temp.same(format('SELECT %s FROM a_link HAVING deals(deal_stats_agg(amount, outcome)) > 100', :'net')), 'HAVING that lets it pass');
SELECT ok(pg_temp.same(format('SELECT %s FROM a_link HAVING deals(deal_stats_agg(amount, outcome)) < 100', :'net')), 'and one that does not');
SELECT is(pg_temp.contents(format('SELECT %s FROM a_link HAVING false', :'net')), '0 rows 0', 'or never');
SELECT ok(pg_temp.same(format('SELECT %s, max(site::company_domain), deals(deal_stats_agg(amount, outcome)) FROM a_link WHERE row %% 3 = 4', :'net')), 'no rows are a group');
SELECT is((SELECT max(site::company_domain) || 'some' FROM a_link WHERE amount < 0 OR row < 0), NULL, 'of a strict aggregate a NULL');
SELECT is((SELECT deals(deal_stats_agg(amount, outcome)) FROM a_link WHERE amount < 0 OR row < 0), 0::bigint, 'and of others a value');
SELECT is(pg_temp.contents(format('SELECT %s FROM a_link WHERE region = 77 GROUP BY region', :'net')), '0 rows 0', 'of a key that is a constant there is a group where there are rows');
SELECT ok(pg_temp.same(format('SELECT %s FROM (SELECT * FROM a_link UNION ALL SELECT * FROM a_link WHERE region = 1) u', :'net')), 'a union');
SELECT ok(pg_temp.same(format('SELECT r, q.* FROM generate_series(0, 6) r, LATERAL (SELECT %s AS net FROM a_link WHERE region < r) q', :'net')), 'once for each row outside');
SELECT ok(pg_temp.same(format('SELECT %s, count(*), sum(amount) FROM a_link', :'net')), 'with PostgreSQL''s own beside it');
SELECT ok(NOT pg_temp.takes('SELECT deal_stats_agg(amount, outcome ORDER BY row) FROM a_link'), 'not in an order');
SELECT ok(NOT pg_temp.takes(format('SELECT %s FROM a_link GROUP BY ()', :'net')), 'nor by a set of grouping sets');
SELECT unalike(pg_temp.plan_of('SELECT deal_stats_agg(amount, outcome) FROM (SELECT * FROM a_link LIMIT 30) few'), '%Ecosystem%', 'nor of a few rows');

-- where a result goes that stays in memory

\set grouped 'SELECT region, partner_network_agg(deal, partner, amount) AS net FROM a_link GROUP BY region'
CREATE TABLE by_core (region int, net partner_network);
CREATE TABLE by_node (LIKE by_core);
SET LOCAL ecosystem.enable_aggregate = off;
INSERT INTO by_core SELECT partner_id, net FROM (:grouped) q (partner_id, net);
RESET ecosystem.enable_aggregate;
SELECT ok(pg_temp.takes(:'grouped'), 'groups are the node''s');
INSERT INTO by_node :grouped;
SELECT bag_eq('TABLE by_node', 'TABLE by_core', 'stored');
\set same_as 'net = (SELECT c.net FROM by_core c WHERE c.region = q.region)'
SELECT ok(bool_and(:same_as), 'compared') FROM (:grouped) q;
SELECT ok(bool_and(:same_as), 'sorted by another column') FROM (SELECT * FROM (:grouped) g ORDER BY -region OFFSET 0) q;
SELECT ok(bool_and(:same_as), 'materialised') FROM (WITH w AS MATERIALIZED (:grouped) SELECT * FROM w UNION ALL SELECT * FROM w) q;
SELECT ok(bool_and(:same_as), 'joined by a hash') FROM (SELECT g.* FROM generate_series(0, 4) r JOIN (:grouped) g ON g.region = r) q;
SELECT is(count(*), 5::bigint, 'grouped by it') FROM (SELECT net FROM (:grouped) g GROUP BY net) q;
SELECT is(count(*), 5::bigint, 'each once') FROM (SELECT DISTINCT net FROM (SELECT * FROM (:grouped) g UNION ALL SELECT * FROM by_core) u) q;
SELECT ok(bool_and(:same_as), 'in a window') FROM (SELECT region, first_value(net) OVER (PARTITION BY region) AS net FROM (:grouped) g) q;
SELECT ok(bool_and(net = (SELECT net FROM by_core WHERE region = 4)), 'seen from another row') FROM (SELECT last_value(net) OVER (ORDER BY region ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS net FROM (:grouped) g) q;
SELECT is((SELECT rollup(net) FROM (:grouped) g), (SELECT rollup(net) FROM by_core), 'aggregated once more');
SELECT is((SELECT rollup(net) FROM (SELECT rollup(net) AS net FROM (:grouped) g GROUP BY region % 2) h), (SELECT rollup(net) FROM by_core), 'and again');
SELECT is((SELECT array_agg(net ORDER BY region) FROM (:grouped) g), (SELECT array_agg(net ORDER BY region) FROM by_core), 'in an array');
SELECT is(ARRAY(SELECT net FROM (:grouped) g ORDER BY region), ARRAY(SELECT net FROM by_core ORDER BY region), 'of a subquery');
SELECT is((SELECT array_agg(g::text ORDER BY region) FROM (:grouped) g), (SELECT array_agg(c::text ORDER BY region) FROM by_core c), 'in a row, as text');
SELECT is((SELECT array_agg(CASE WHEN region > 2 THEN net END ORDER BY region) FROM (:grouped) g), (SELECT array_agg(CASE WHEN region > 2 THEN net END ORDER BY region) FROM by_core), 'by an expression');
SELECT is((SELECT partner_network_agg(deal, partner, amount) FROM a_link WHERE region = 1), (SELECT net FROM by_core WHERE region = 1), 'as a scalar');
SELECT is((SELECT count(*) FROM generate_series(1, 3) i, LATERAL (SELECT partner_network_agg(deal, partner, amount) AS net FROM a_link WHERE region = i) q WHERE q.net = (SELECT net FROM by_core WHERE region = i)), 3::bigint, 'or laterally');
SELECT results_eq('SELECT region, p.* FROM (' || :'grouped' || ') q, partner_pairs(net, 2) p ORDER BY 1, 2, 3', 'SELECT region, p.* FROM by_core, partner_pairs(net, 2) p ORDER BY 1, 2, 3', 'by a function in FROM');
SELECT results_eq('SELECT region, c.* FROM (' || :'grouped' || ') q, partner_centrality(net) c ORDER BY 1, 2', 'SELECT region, c.* FROM by_core, partner_centrality(net) c ORDER BY 1, 2', 'by another');
SELECT results_eq('SELECT region, network_totals(net), partners_per_node(net) FROM (' || :'grouped' || ') q ORDER BY 1, 3', 'SELECT region, network_totals(net), partners_per_node(net) FROM by_core ORDER BY 1, 3', 'in the target list');
SELECT results_eq('SELECT region, r.*, p.partners FROM (' || :'grouped' || ') q, network_removal(net) r, partners_per_node(net) p ORDER BY 1, 2, p.partners', 'SELECT region, r.*, p.partners FROM by_core, network_removal(net) r, partners_per_node(net) p ORDER BY 1, 2, p.partners', 'read twice');
DO $$
DECLARE
	net partner_network;
	other partner_network;
	r record;
	nets partner_network[];
BEGIN
	net := (SELECT partner_network_agg(deal, partner, amount) FROM a_link WHERE region = 3);
	SELECT partner_network_agg(deal, partner, amount) INTO other FROM a_link WHERE region = 3;
	FOR r IN SELECT region, partner_network_agg(deal, partner, amount) AS net FROM a_link GROUP BY region LOOP
		nets[r.region + 1] := r.net;
		IF r.region = 3 AND r.net IS DISTINCT FROM net THEN
			RAISE 'a row differs';
		END IF;
	END LOOP;
	PERFORM set_config('test.held', (SELECT string_agg(concat(n = (SELECT c.net FROM by_core c WHERE c.region = i - 1)), ',') FROM unnest(nets || net || other) WITH ORDINALITY u (n, i) WHERE i < 6) || (net = other), true);
END
$$;
SELECT is(current_setting('test.held'), 't,t,t,t,ttrue', 'kept by a function');
CREATE FUNCTION pg_temp.network_of(int) RETURNS partner_network LANGUAGE sql AS 'SELECT partner_network_agg(deal, partner, amount) FROM a_link WHERE region = $1';
SELECT ok(bool_and(pg_temp.network_of(c.region) = c.net), 'returned by one') FROM by_core c;
DECLARE scrolled SCROLL CURSOR FOR SELECT region, partner_network_agg(deal, partner, amount) AS net FROM a_link GROUP BY region;
MOVE FORWARD ALL IN scrolled;
FETCH BACKWARD 1 FROM scrolled \gset last_
CREATE FUNCTION pg_temp.fetched(c refcursor, steps int) RETURNS partner_network LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN MOVE RELATIVE steps IN c; FETCH RELATIVE 0 FROM c INTO r; RETURN r.net; END $$;
SELECT ok(:'last_net' = (SELECT net FROM by_core WHERE region = :last_region), 'fetched backward');
SELECT is(pg_temp.fetched('scrolled', -2), pg_temp.fetched('scrolled', 0), 'to and fro');
CLOSE scrolled;
SAVEPOINT before;
SELECT throws_ok('SELECT partner_network_agg(deal, partner, row::numeric) FROM a_link', '21000', NULL, 'what is wrong is found');
SELECT throws_ok('SELECT count(net) FROM (SELECT partner_network_agg(deal, partner, row::numeric) AS net FROM a_link OFFSET 0) q', '21000', NULL, 'though nobody reads it');
ROLLBACK TO before;

SET LOCAL work_mem = '64kB';
SELECT cmp_ok((regexp_match(pg_temp.plan_of('SELECT partner_network_agg(i % 1000, i % 7) FROM generate_series(1, 200000) i', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Ecosystem Aggregate.*Memory Usage: (\d+)kB'))[1]::int, '<', 1500, 'rows that come twice are not kept');
SELECT ok((SELECT partner_network_agg(i % 1000, i % 7, i % 1000) FROM generate_series(1, 200000) i) = (SELECT partner_network_agg(i % 1000, i % 7, i % 1000) FROM generate_series(1, 7000) i), 'and change nothing');
RESET work_mem;
SET LOCAL ecosystem.enable_aggregate = off;
SELECT ok(:'held_net' = (SELECT partner_network_agg(i % 90, i % 7) FROM generate_series(1::bigint, 20000) i), 'held by a cursor');
RESET ecosystem.enable_aggregate;

-- by several processes

CREATE FUNCTION pg_temp.parallel(workers text) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('max_parallel_workers_per_gather', workers, true), set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true), set_config('min_parallel_table_scan_size', '0', true)
$$;
\set all_rows 'SELECT partner_network_agg(deal, partner, amount) AS net FROM a_link'
SET LOCAL ecosystem.enable_aggregate = off;
CREATE TABLE by_one AS :all_rows;
RESET ecosystem.enable_aggregate;
SELECT pg_temp.parallel('2');
SET LOCAL cpu_operator_cost = 0.1;
SELECT is(pg_temp.plan_of(:'all_rows'), E'Gather\n  Workers Planned: 2\n  ->  Parallel Custom Scan (Ecosystem Aggregate)\n        ->  Parallel Seq Scan on a_link\n', 'workers and leader');
SELECT matches(pg_temp.plan_of(:'all_rows', 'ANALYZE, COSTS OFF, TIMING OFF'), 'Groups: 1  Batches: 1  Memory Usage: \d+kB', 'with numbers');
SELECT is((:all_rows), (TABLE by_one), 'the same bytes');
SELECT results_eq('SELECT p.* FROM (' || :'all_rows' || ') n, partner_pairs(net) p', 'SELECT p.* FROM by_one, partner_pairs(net) p', 'read from memory');
SELECT is((SELECT partner_network_agg(deal, partner, amount) FROM a_link WHERE row % 2 > 5), (SELECT partner_network_agg(1, 1) FILTER (WHERE false)), 'of no rows');
SELECT ok(pg_temp.same('SELECT partner_network_agg(deal, partner), rollup(net), partner_network_agg(row, partner, amount) FILTER (WHERE a_link.region = 1) FROM a_link LEFT JOIN by_node ON by_node.region = a_link.row HAVING ecosystem_verdict(partner_network_agg(deal, partner)) <> ''no ecosystem'''), 'of a join, several, HAVING');
SELECT is((SELECT count(*) FROM (SELECT partner_network_agg(deal, partner, amount) FROM a_link HAVING ecosystem_verdict(partner_network_agg(deal, partner, amount)) IS NULL) q), 0::bigint, 'HAVING that lets nothing pass');
SELECT matches(pg_temp.plan_of('SELECT partner_network_agg(deal, partner), deal_stats_agg(amount, outcome) FROM a_link'), 'Finalize Aggregate', 'not where other states are combined');
SELECT is((SELECT count(*) FROM (SELECT * FROM (:all_rows) q LIMIT 0) q), 0::bigint, 'not asked for at all');
SELECT ok(bool_and(q.net = (TABLE by_one)) AND count(*) = 3, 'in each of three branches') FROM ((:all_rows) UNION ALL (:all_rows) UNION ALL (:all_rows)) q;
SET LOCAL enable_material = off;
SET LOCAL enable_hashjoin = off;
SELECT matches(pg_temp.plan_of('SELECT * FROM generate_series(1, 3) o LEFT JOIN (' || :'all_rows' || ') q ON length(q.net::text) > o'), 'Nested Loop.*Function Scan.*Gather.*Parallel Custom Scan', 'read again');
SELECT ok(bool_and(q.net = (TABLE by_one)) AND count(*) = 3, 'is the same') FROM generate_series(1, 3) o LEFT JOIN (:all_rows) q ON length(q.net::text) > o;
SELECT is((SELECT count(*) FROM generate_series(0, 2) o, LATERAL (SELECT partner_network_agg(deal, partner, amount) AS net FROM a_link WHERE region = o) q WHERE q.net = (SELECT net FROM by_core WHERE region = o)), 3::bigint, 'with other parameters');
RESET enable_material;
RESET enable_hashjoin;
SET LOCAL parallel_leader_participation = off;
SELECT is((:all_rows), (TABLE by_one), 'without the leader the last has all');
SET LOCAL max_parallel_workers = 1;
SELECT is((:all_rows), (TABLE by_one), 'one worker alone');
SET LOCAL max_parallel_workers = 0;
SELECT is((:all_rows), (TABLE by_one), 'and none');
RESET parallel_leader_participation;
SELECT is((:all_rows), (TABLE by_one), 'the leader alone');
RESET max_parallel_workers;
SAVEPOINT before;
SELECT throws_ok('SELECT partner_network_agg(deal, partner, CASE WHEN row = 8990 THEN 1 ELSE amount END) FROM a_link', '21000', NULL, 'what is wrong between two of them is found');
SELECT throws_ok('SELECT partner_network_agg(deal, partner, 1 / (8995 - row)::numeric) FROM a_link', '22012', NULL, 'an error of one is that of all');
ROLLBACK TO before;
RESET cpu_operator_cost;
SET LOCAL max_parallel_workers_per_gather = 0;

-- queries put together at random

CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT choices[1 + floor(random() * array_length(choices, 1))::int]';
CREATE FUNCTION pg_temp.query() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	output text = '';
	node text = pg_temp.one_of('deal', 'deal::text', 'md5(deal::text)::uuid', 'nullif(deal, 7)', '(deal % 3)::text', 'CASE WHEN region > 0 THEN deal END');
	partner text = pg_temp.one_of('partner', 'row % 30::bigint', 'md5((row % 8)::text)::uuid', 'nullif(partner, ''P3'')', '(row * 7919 % 1200)::bigint', 'repeat(partner, region)');
	built text;
BEGIN
	FOR n IN 1 .. 1 + floor(random() * 2)::int LOOP
		output = output || ', ' || pg_temp.one_of(format('partner_network_agg(%s, %s)', node, partner), format('partner_network_agg(%s, %s, (deal * 1.5)::numeric)', replace(node, '% 3', '% 3000'), partner), 'deal_stats_agg(amount, outcome)', 'company_set_agg(deal)', 'max(site::company_domain)', 'rollup(part)', 'partner_network_agg(deal, partner, CASE WHEN row % 4 > 0 THEN amount END)')
			|| pg_temp.one_of('', '', ' FILTER (WHERE region > 1)', ' FILTER (WHERE row < 0)');
	END LOOP;
	built = format('SELECT %s%s FROM (SELECT *, NULL::partner_network AS part FROM a_link) l WHERE row <= %s%s', substr(output, 3), pg_temp.one_of('', '', ', 1'), pg_temp.one_of('9000', '9000', '9000', '9000', '700', '1', '0'), pg_temp.one_of('', '', ' HAVING deals(deal_stats_agg(amount, outcome)) > 40'));
	built = replace(built, 'rollup(part)', pg_temp.one_of('rollup(part)', 'rollup((SELECT net FROM by_core WHERE region = 1))', 'partner_network_agg(row, partner)'));
	IF random() < 0.3 THEN
		built = format('SELECT o, q.* FROM generate_series(1, 3) o, LATERAL (%s) q', replace(built, 'row <=', 'row <= o * 5 AND row <='));
	END IF;
	RETURN built;
END
$$;
CREATE FUNCTION pg_temp.reads(query text) RETURNS text LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN query LIKE 'SELECT partner_network_agg%' THEN format(pg_temp.one_of('%s', 'SELECT p.* FROM (%s) q (net), partner_pairs(net) p', 'SELECT p.* FROM (%s) q (net), partner_pairs(net, 3) p', 'SELECT p.* FROM (%s) q (net), partner_centrality(net, 2) p', 'SELECT p.*, t.* FROM (%s) q (net), partners_per_node(net) p, network_totals(net) t', 'SELECT p.*, net FROM (%s) q (net), network_removal(net) p'), query) ELSE query END
$$;
CREATE TABLE a_tried (query text, memory text, workers text, ours boolean, core text, node text);
CREATE FUNCTION pg_temp.answer(query text, memory text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('work_mem', memory, true);
	RETURN pg_temp.contents(query);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.try(query text, memory text, workers text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	tried a_tried;
BEGIN
	tried.query = query;
	tried.memory = memory;
	tried.workers = workers;
	PERFORM pg_temp.parallel('0');
	PERFORM set_config('ecosystem.enable_aggregate', 'off', true);
	tried.core = pg_temp.answer(query, memory);
	PERFORM set_config('ecosystem.enable_aggregate', 'on', true), set_config('cpu_operator_cost', '1', true), pg_temp.parallel(workers);
	tried.ours = pg_temp.takes(query);
	tried.node = pg_temp.answer(query, memory);
	PERFORM set_config('cpu_operator_cost', '0.0025', true);
	INSERT INTO a_tried VALUES (tried.*);
END
$$;
SELECT setseed(:seed);
SELECT count(pg_temp.try(pg_temp.reads(pg_temp.query()), pg_temp.one_of('64kB', '64MB'), pg_temp.one_of('0', '2'))) FROM generate_series(1, :queries);
SELECT is((SELECT string_agg(format(E'%s, with the node %s\n(work_mem %s, %s workers) %s', core, node, memory, workers, query), E'\n') FROM a_tried WHERE core <> node), NULL, 'the rows are the same');
SELECT cmp_ok((SELECT count(*) FROM a_tried WHERE ours AND core LIKE '% rows %' AND core NOT LIKE '0 rows%'), '>', :queries * 3 / 10::bigint, 'many of the queries are ours, and have rows');
\if :{?show}
SELECT core LIKE '%rows%' AS answered, ours, count(*), min(core), min(query), max(query) FROM a_tried GROUP BY 1, 2;
\endif
SELECT * FROM finish();
ROLLBACK;
