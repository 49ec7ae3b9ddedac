-- Networks of partners: against plain SQL on random rows, PageRank against a
-- published one and an iteration of its own, the removal test against taking
-- each partner away; the same bytes in any order; garbage.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(122);

-- A network by hand: A and B on d1, all three on d2, C alone on d3, nobody on d4
CREATE TEMP TABLE story (deal text, partner text, amount numeric);
INSERT INTO story VALUES ('d1', 'A', 100), ('d1', 'B', 100.00), ('d1', 'A', 100), ('d2', 'C', 10.5), ('d2', 'A', NULL), ('d2', 'B', 10.50), ('d3', 'C', NULL), ('d4', NULL, 7), (NULL, 'D', 3), (NULL, NULL, NULL);
CREATE TEMP VIEW told AS SELECT partner_network_agg(deal, partner, amount) AS net FROM story;
SELECT results_eq('SELECT t.* FROM told, network_totals(net) t', $$VALUES (4::bigint, 4::bigint, 1::bigint, 2::bigint, 117.50, 1::bigint, 2::bigint,
	1.5::float8, 2::float8, 3::bigint, 0.5::float8, 2::bigint, 1::bigint)$$, 'totals by hand');
SELECT results_eq('SELECT p.* FROM told, partner_pairs(net) p', $$VALUES ('A', 'B', 2::bigint, 110.50, 1::float8, 1::float8, 1::float8, 2::float8),
	('A', 'C', 1, 10.50, 1/3::float8, 0.5, 0.5, 1), ('B', 'C', 1, 10.50, 1/3::float8, 0.5, 0.5, 1)$$, 'pairs by hand');
SELECT results_eq('SELECT partner, nodes, amount, exclusive_nodes, exclusive_amount, connections, connection_share, strength FROM told, partner_centrality(net)', $$VALUES
	('A', 2::bigint, 110.50, 0::bigint, 0.00, 2::bigint, 2/3::float8, 3::bigint), ('B', 2, 110.50, 0, 0.00, 2, 2/3::float8, 3), ('C', 2, 10.50, 1, 0.00, 2, 2/3::float8, 2), ('D', 0, 0.00, 0, 0.00, 0, 0, 0)$$, 'centrality by hand');
SELECT results_eq('SELECT r.* FROM told, network_removal(net) r', $$VALUES
	('A', 2::bigint, 110.50, 2::bigint, 110.50, 1::bigint, 100.00, -3/4::float8, 2::bigint, 0::bigint, 2::bigint), ('B', 2, 110.50, 2, 110.50, 1, 100.00, -3/4::float8, 2, 0, 2),
	('C', 2, 10.50, 1, 10.50, 0, 0.00, -2/4::float8, 2, 0, 2), ('D', 0, 0.00, 0, 0.00, 0, 0.00, 0, 0, 0, 1)$$, 'removal by hand');
SELECT results_eq('SELECT p.* FROM told, partners_per_node(net) p', $$VALUES (0::bigint, 1::bigint, 7.00), (1, 1, 0.00), (2, 1, 100.00), (3, 1, 10.50)$$, 'partners per node by hand');
SELECT results_eq('SELECT connected_pairs, density, components, unconnected_partners FROM told, network_totals(net, 2)', $$VALUES (1::bigint, 1/6::float8, 3::bigint, 2::bigint)$$, 'connected from two nodes on');
SELECT results_eq('SELECT partner, other_partner FROM told, partner_pairs(net, 2)', $$VALUES ('A', 'B')$$, 'pairs of two nodes or more');
SELECT is((SELECT array_agg(partner || connections || strength) FROM told, partner_centrality(net, 2)), '{A12,B12,C00,D00}', 'centrality of those');
SELECT is((SELECT array_agg(concat(partner, connections_lost, partners_left_unconnected, components_after)) FROM told, network_removal(net, 2)), '{A113,B113,C002,D002}', 'removal of those');

-- Random rows, twice as many as there are links; some deals without partner
SELECT setseed(0.25);
CREATE TABLE public.network_row AS
SELECT i, i % 400 AS deal, CASE WHEN i % 17 > 0 THEN (random() ^ 2 * 40)::int END AS partner FROM generate_series(1, 1500) i;
INSERT INTO public.network_row SELECT i + 5000, deal, partner FROM public.network_row WHERE i % 2 = 0;
INSERT INTO public.network_row SELECT 20000 + i, 1000 + i, NULL FROM generate_series(1, 50) i;
ALTER TABLE public.network_row ADD amount numeric;
UPDATE public.network_row SET amount = (hashint4(deal::int) % 100000) / 100.0 WHERE deal % 9 > 0;
CREATE TEMP TABLE link AS SELECT DISTINCT deal, partner::text AS partner, amount FROM public.network_row WHERE partner IS NOT NULL;
CREATE TEMP TABLE built AS SELECT partner_network_agg(deal, partner, amount) AS net FROM public.network_row;
CREATE TEMP TABLE pair AS
SELECT a.partner AS partner, b.partner AS other, count(*) AS n, coalesce(sum(a.amount), 0) AS amount
FROM   link a JOIN link b ON a.deal = b.deal AND a.partner < b.partner GROUP BY 1, 2;
CREATE TEMP TABLE own AS SELECT partner AS partner, count(*) AS n, coalesce(sum(amount), 0) AS amount FROM link GROUP BY 1;

SELECT cmp_ok(count(*), '>', 300::bigint, 'many pairs') FROM pair;
SELECT results_eq('SELECT p.partner, p.other_partner, shared_nodes, shared_amount, round(jaccard::numeric, 12), round(share_of_partner::numeric, 12), round(share_of_other::numeric, 12), round(lift::numeric, 10) FROM built, partner_pairs(net) p',
	$$SELECT p.partner, other, p.n, p.amount, round(p.n / (a.n + b.n - p.n)::numeric, 12), round(p.n / a.n::numeric, 12), round(p.n / b.n::numeric, 12),
		round((p.n * (SELECT count(DISTINCT deal) FROM public.network_row))::numeric / (a.n * b.n), 10)
	  FROM pair p JOIN own a USING (partner) JOIN own b ON b.partner = other ORDER BY 1, 2$$, 'pairs are those of a self-join, in order');
SELECT bag_eq('SELECT partner, other_partner, shared_nodes FROM built, partner_pairs(net, 4)', 'SELECT partner, other, n FROM pair WHERE n >= 4', 'and those with four shared nodes');
SELECT results_eq('SELECT partner, nodes, amount, exclusive_nodes, exclusive_amount, connections, strength FROM built, partner_centrality(net)',
	$$SELECT partner, n, amount, (SELECT count(*) FROM link l WHERE l.partner = o.partner AND NOT EXISTS (SELECT FROM link x WHERE x.deal = l.deal AND x.partner <> l.partner)),
		(SELECT coalesce(sum(l.amount), 0) FROM link l WHERE l.partner = o.partner AND NOT EXISTS (SELECT FROM link x WHERE x.deal = l.deal AND x.partner <> l.partner)),
		(SELECT count(*) FROM pair p WHERE o.partner IN (p.partner, p.other)), (SELECT sum(p.n)::bigint FROM pair p WHERE o.partner IN (p.partner, p.other)) FROM own o ORDER BY 1$$, 'centrality, counted');
SELECT is_empty($$SELECT c.* FROM built, partner_centrality(net) c WHERE connection_share <> connections / ((SELECT count(*) FROM own) - 1)::float8$$, 'share of those that could be connected');
CREATE TEMP TABLE fan AS SELECT deal, count(*) AS k, max(amount) AS amount FROM link GROUP BY 1;
SELECT results_eq('SELECT partner, nodes, amount, shared_nodes, shared_amount, ended_nodes, ended_amount, round(others_change::numeric, 12) FROM built, network_removal(net)',
	$$SELECT l.partner, count(*), coalesce(sum(l.amount), 0), count(*) FILTER (WHERE k > 1), coalesce(sum(l.amount) FILTER (WHERE k > 1), 0), count(*) FILTER (WHERE k = 2), coalesce(sum(l.amount) FILTER (WHERE k = 2), 0),
		round(-sum(k - 1) / ((SELECT count(*) FROM link) - count(*)), 12) FROM link l JOIN fan USING (deal) GROUP BY 1 ORDER BY 1$$, 'removal, counted');
SELECT results_eq('SELECT t.* FROM built, network_totals(net) t', $$SELECT (SELECT count(*) FROM own), count(DISTINCT deal), count(DISTINCT deal) - (SELECT count(*) FROM fan),
	(SELECT count(*) FROM fan WHERE k > 1), (SELECT sum(a) FROM (SELECT max(amount) AS a FROM public.network_row GROUP BY deal) d), (SELECT count(*) FROM (SELECT max(amount) AS a FROM public.network_row GROUP BY deal) d WHERE a IS NULL), 0::bigint,
	(SELECT count(*) FROM link)::float8 / count(DISTINCT deal), (SELECT avg(k)::float8 FROM fan), (SELECT count(*) FROM pair), (SELECT count(*) FROM pair)::float8 / ((SELECT count(*) FROM own) * ((SELECT count(*) FROM own) - 1) / 2), 1::bigint, 0::bigint
	FROM public.network_row$$, 'totals, counted');
SELECT results_eq('SELECT p.* FROM built, partners_per_node(net) p', $$SELECT k, count(*), coalesce(sum(a), 0) FROM (SELECT deal, count(DISTINCT partner) AS k, max(amount) AS a FROM public.network_row GROUP BY 1) d GROUP BY 1 ORDER BY 1$$, 'partners per node, counted');
SELECT is((SELECT sum(nodes)::bigint FROM built, partners_per_node(net)), (SELECT nodes FROM built, network_totals(net)), 'which adds up to all nodes');
SELECT is((SELECT sum(amount) FROM built, partners_per_node(net)), (SELECT amount FROM built, network_totals(net)), 'and to their amount');

-- Fifty thousand rows: fifty regions of forty partners each, some of them alone
CREATE TABLE public.region_row AS
SELECT d AS deal, d % 50 * 40 + (random() ^ 3 * 39)::int AS partner, CASE WHEN d % 9 > 0 THEN abs(hashint4(d) % 100000) / 100.0 END AS amount
FROM   generate_series(1, 20000) d, generate_series(1, 1 + d % 4) k;
CREATE TEMP TABLE region AS SELECT partner_network_agg(deal, partner, amount) AS net FROM public.region_row;
CREATE TEMP TABLE region_link AS SELECT DISTINCT deal, partner::text AS partner, amount FROM public.region_row;
CREATE TEMP TABLE region_deal AS SELECT deal, count(*) AS k, max(amount) AS amount FROM region_link GROUP BY 1;
CREATE TEMP TABLE region_pair AS SELECT a.partner, b.partner AS other, count(*) AS n, coalesce(sum(a.amount), 0) AS amount
FROM   region_link a JOIN region_link b ON a.deal = b.deal AND a.partner < b.partner GROUP BY 1, 2;
CREATE TEMP TABLE region_edge AS SELECT partner AS a, other AS b, n FROM region_pair UNION ALL SELECT other, partner, n FROM region_pair;
ANALYZE public.region_row, region_link, region_deal, region_pair, region_edge;
SELECT cmp_ok((SELECT count(*) FROM public.region_row), '=', 50000::bigint, 'fifty thousand rows');
SELECT results_eq('SELECT partner, other_partner, shared_nodes, shared_amount FROM region, partner_pairs(net)', 'SELECT partner, other, n, amount FROM region_pair ORDER BY 1, 2', 'pairs at size');
SELECT results_eq('SELECT partner, nodes, amount, exclusive_nodes, exclusive_amount, connections, strength FROM region, partner_centrality(net)',
	$$SELECT partner, count(*), coalesce(sum(amount), 0), count(*) FILTER (WHERE k = 1), coalesce(sum(amount) FILTER (WHERE k = 1), 0), coalesce(max(e.connections), 0), coalesce(max(e.strength), 0)
	  FROM region_link JOIN (SELECT deal, k FROM region_deal) d USING (deal) LEFT JOIN (SELECT a, count(*) AS connections, sum(n)::bigint AS strength FROM region_edge GROUP BY 1) e ON a = partner GROUP BY 1 ORDER BY 1$$,
	'centrality at size');
SELECT results_eq('SELECT partner, shared_nodes, ended_nodes, ended_amount, connections_lost, partners_left_unconnected FROM region, network_removal(net)',
	$$WITH degree AS (SELECT a, count(*) AS n FROM region_edge GROUP BY 1)
	  SELECT partner, count(*) FILTER (WHERE k > 1), count(*) FILTER (WHERE k = 2), coalesce(sum(amount) FILTER (WHERE k = 2), 0), coalesce(max(e.n), 0), coalesce(max(e.leaves), 0)
	  FROM region_link JOIN (SELECT deal, k FROM region_deal) d USING (deal)
	  LEFT JOIN (SELECT r.a, count(*) AS n, count(*) FILTER (WHERE degree.n = 1) AS leaves FROM region_edge r JOIN degree ON degree.a = r.b GROUP BY 1) e ON e.a = partner GROUP BY 1 ORDER BY 1$$,
	'removal at size');
SELECT results_eq('SELECT p.* FROM region, partners_per_node(net) p', 'SELECT k, count(*), coalesce(sum(amount), 0) FROM region_deal GROUP BY 1 ORDER BY 1', 'partners per node at size');
SELECT results_eq('SELECT partners, nodes, joint_nodes, amount, nodes_without_amount, connected_pairs, components, unconnected_partners FROM region, network_totals(net)',
	$$WITH RECURSIVE own AS (SELECT DISTINCT partner FROM region_link), reach AS (SELECT partner AS root, partner AS v FROM own UNION SELECT root, b FROM reach JOIN region_edge ON a = v)
	  SELECT (SELECT count(*) FROM own), count(*), count(*) FILTER (WHERE k > 1), sum(amount), count(*) FILTER (WHERE amount IS NULL), (SELECT count(*) FROM region_pair),
		(SELECT count(DISTINCT first) FROM (SELECT min(root) AS first FROM reach GROUP BY v) r), (SELECT count(*) FROM own WHERE partner NOT IN (SELECT a FROM region_edge)) FROM region_deal$$,
	'totals at size');

-- Sparse networks that fall apart: each partner taken away, and what is left
-- counted anew
CREATE TEMP TABLE sparse AS
SELECT trial, (random() * 25)::int AS a, (random() * 25)::int AS b FROM generate_series(1, 12) trial, generate_series(1, 12 + trial * 2);
CREATE TEMP TABLE sparse_net AS SELECT trial, partner_network_agg(deal, p) AS net FROM (SELECT trial, row_number() OVER () AS deal, a, b FROM sparse) s, LATERAL (VALUES (a), (b)) v(p) GROUP BY 1;
CREATE FUNCTION pg_temp.components(t int, gone int) RETURNS bigint LANGUAGE sql AS $$
	WITH RECURSIVE e AS (SELECT a, b FROM sparse WHERE trial = t AND gone NOT IN (a, b) UNION SELECT b, a FROM sparse WHERE trial = t AND gone NOT IN (a, b)),
	p AS (SELECT DISTINCT v FROM sparse, LATERAL (VALUES (a), (b)) x(v) WHERE trial = t AND v <> gone),
	reach AS (SELECT v AS root, v FROM p UNION SELECT root, e.b FROM reach JOIN e ON e.a = v)
	SELECT count(DISTINCT least) FROM (SELECT v, min(root) AS least FROM reach GROUP BY v) r $$;
SELECT is_empty(format('SELECT partner, components_after, pg_temp.components(trial, partner::int) FROM sparse_net, network_removal(net) WHERE trial = %s AND components_after <> pg_temp.components(trial, partner::int)', trial),
	'components after each removal, trial ' || trial) FROM sparse_net ORDER BY trial;
SELECT is_empty('SELECT trial, components, pg_temp.components(trial, -1) FROM sparse_net, network_totals(net) WHERE components <> pg_temp.components(trial, -1)', 'and before');
SELECT cmp_ok((SELECT count(DISTINCT components) FROM sparse_net, network_totals(net)), '>', 3::bigint, 'of different numbers');
SELECT results_eq('SELECT trial, partner, connections_lost, partners_left_unconnected FROM sparse_net, network_removal(net) ORDER BY 1, 2',
	$$WITH e AS (SELECT trial, a, b FROM sparse WHERE a <> b UNION SELECT trial, b, a FROM sparse WHERE a <> b), d AS (SELECT trial, a, count(*) AS n FROM e GROUP BY 1, 2),
	p AS (SELECT DISTINCT trial, v FROM sparse, LATERAL (VALUES (a), (b)) x(v))
	SELECT trial, v::text, (SELECT count(*) FROM e WHERE e.trial = p.trial AND e.a = v), (SELECT count(*) FROM e JOIN d ON d.trial = e.trial AND d.a = e.b WHERE e.trial = p.trial AND e.a = v AND d.n = 1) FROM p ORDER BY 1, 2$$,
	'connections lost, and partners left with none');

-- PageRank: Zachary's karate club (1977), 78 friendships; ranks as published with several graph libraries
CREATE TEMP TABLE friendship AS
SELECT i AS deal, e AS club FROM unnest('{1-2,1-3,1-4,1-5,1-6,1-7,1-8,1-9,1-11,1-12,1-13,1-14,1-18,1-20,1-22,1-32,2-3,2-4,2-8,2-14,2-18,2-20,2-22,2-31,3-4,3-8,3-28,3-29,3-33,3-10,3-9,3-14,4-8,4-13,4-14,5-7,5-11,6-7,6-11,6-17,7-17,9-31,9-33,9-34,10-34,14-34,15-33,15-34,16-33,16-34,19-33,19-34,20-34,21-33,21-34,23-33,23-34,24-26,24-28,24-33,24-34,24-30,25-26,25-28,25-32,26-32,27-30,27-34,28-34,29-32,29-34,30-33,30-34,31-33,31-34,32-33,32-34,33-34}'::text[]) WITH ORDINALITY u(e, i);
CREATE TEMP TABLE club AS SELECT partner_network_agg(deal, member) AS net FROM friendship, string_to_table(club, '-') member;
SELECT results_eq($$SELECT partner::int, round(pagerank::numeric, 8) FROM club, partner_centrality(net) WHERE partner::int IN (1, 2, 3, 4, 5, 6, 8, 12, 33, 34) ORDER BY 1$$,
	$$VALUES (1, 0.09699729), (2, 0.05287692), (3, 0.05707851), (4, 0.03585986), (5, 0.02197795), (6, 0.02911115), (8, 0.02449050), (12, 0.00956475), (33, 0.07169323), (34, 0.10091918)$$, 'PageRank of the karate club');
SELECT is(round(sum(pagerank)::numeric, 12), 1.000000000000, 'ranks add up to one') FROM club, partner_centrality(net);
-- A star with five leaves, c = 0.15/6 + 0.85 * 5 l and l = 0.15/6 + 0.85 c/5
SELECT results_eq($$SELECT partner, round(pagerank::numeric, 12) FROM (SELECT partner_network_agg(i, p) AS net FROM generate_series(1, 5) i, unnest(ARRAY['center', 'leaf ' || i]) p) s, partner_centrality(net) WHERE partner <= 'leaf 1'$$,
	$$VALUES ('center', round((0.025 + 0.85 * 5 * 0.025) / (1 - 0.85 ^ 2), 12)), ('leaf 1', round(0.025 + 0.85 / 5 * (0.025 + 0.85 * 5 * 0.025) / (1 - 0.85 ^ 2), 12))$$, 'PageRank of a star, solved');
SELECT results_eq($$SELECT pagerank FROM (SELECT partner_network_agg(i, i) AS net FROM generate_series(1, 4) i) s, partner_centrality(net)$$, 'SELECT 0.25::float8 FROM generate_series(1, 4)', 'without connections all are equal');
-- With weights and partners without connections: a power iteration in numeric
CREATE FUNCTION pg_temp.ranks(n partner_network) RETURNS TABLE (partner text, rank numeric) LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE edge AS SELECT p.partner AS a, p.other_partner AS b, shared_nodes::numeric AS w FROM partner_pairs(n) p UNION ALL SELECT p.other_partner, p.partner, shared_nodes FROM partner_pairs(n) p;
	CREATE TEMP TABLE step AS SELECT c.partner AS p, 1 / count(*) OVER ()::numeric AS r, (SELECT sum(w) FROM edge WHERE a = c.partner) AS out FROM partner_centrality(n) c;
	FOR i IN 1 .. 150 LOOP
		CREATE TEMP TABLE next AS
		SELECT s.p, round(0.85 * coalesce((SELECT sum(f.r * e.w / f.out) FROM edge e JOIN step f ON f.p = e.a WHERE e.b = s.p), 0)
			+ (0.15 + 0.85 * coalesce((SELECT sum(r) FROM step WHERE out IS NULL), 0)) / (SELECT count(*) FROM step), 20) AS r, s.out FROM step s;
		DROP TABLE step;
		ALTER TABLE next RENAME TO step;
	END LOOP;
	RETURN QUERY SELECT s.p, s.r FROM step s;
	DROP TABLE edge, step;
END $$;
SELECT is_empty('SELECT c.partner, pagerank, rank FROM built, partner_centrality(net) c FULL JOIN (SELECT r.* FROM built, pg_temp.ranks(net) r) r USING (partner) WHERE abs(pagerank::numeric - rank) < 1e-9 IS NOT TRUE', 'PageRank, computed otherwise');
SELECT is_empty('SELECT c.partner, pagerank, rank FROM sparse_net, partner_centrality(net) c FULL JOIN (SELECT r.* FROM sparse_net, pg_temp.ranks(net) r WHERE trial = 3) r USING (partner) WHERE trial = 3 AND abs(pagerank::numeric - rank) < 1e-9 IS NOT TRUE', 'also of a network that falls apart');

-- No ecosystem
SELECT is(ecosystem_verdict(partner_network_agg(i, i % 5)), 'no ecosystem', 'partners that never meet') FROM generate_series(1, 20) i;
SELECT is(ecosystem_verdict(partner_network_agg(i / 2, i % 5)), 'partners work together', 'partners that do') FROM generate_series(1, 20) i;
SELECT is(ecosystem_verdict(partner_network_agg(i, 1)), NULL, 'one partner has no others') FROM generate_series(1, 20) i;
SELECT is((SELECT others_change FROM (SELECT partner_network_agg(i, 1) AS net FROM generate_series(1, 20) i) s, network_removal(net)), NULL, 'so that nothing of theirs changes');

-- Whatever the order, the split and the workers
SELECT is((SELECT md5(partner_network_send(partner_network_agg(deal, partner, amount ORDER BY md5(i::text)))) FROM public.network_row), (SELECT md5(partner_network_send(net)) FROM built), 'the same bytes in another order');
SELECT ok((SELECT partner_network_agg(deal, partner, amount ORDER BY i DESC) FROM public.network_row) = net, 'and equal values') FROM built;
SELECT ok((SELECT partner_network_agg(deal, partner, amount) FROM (SELECT DISTINCT deal, partner, amount FROM public.network_row) d) = net, 'rows that come twice change nothing') FROM built;
SELECT ok((SELECT rollup(n) FROM (SELECT partner_network_agg(deal, partner, amount) AS n FROM public.network_row GROUP BY i % 7) s) = net, 'parts that share deals make the same') FROM built;
SELECT ok((SELECT rollup(n) FROM (SELECT partner_network_agg(deal, partner, amount) AS n FROM public.network_row GROUP BY deal) s) = net, 'parts of a deal each, too') FROM built;
SELECT ok((SELECT rollup(n) FROM (SELECT net AS n FROM built UNION ALL SELECT net FROM built UNION ALL SELECT NULL) s) = net, 'a network merged with itself is itself') FROM built;
SELECT ok(partner_network_combine(a, b) = net, 'combined') FROM built, (SELECT partner_network_agg(deal, partner, amount) FILTER (WHERE i % 3 = 0) AS a, partner_network_agg(deal, partner, amount) FILTER (WHERE i % 3 > 0) AS b FROM public.network_row) s;
SELECT ok(partner_network_combine(NULL, net) = net AND partner_network_combine(net, NULL) = net, 'NULL adds nothing') FROM built;
SELECT is(partner_network_combine(NULL, NULL), NULL, 'and NULL to NULL is NULL');
SELECT ok(net <> (SELECT partner_network_agg(deal, partner, amount) FROM public.network_row WHERE deal <> 1), 'one deal less is another network') FROM built;
SELECT is((SELECT count(*) FROM (SELECT net FROM built UNION SELECT net FROM built) s), 1::bigint, 'UNION');
CREATE TABLE public.network_many AS SELECT hashint8(i) & 65535 AS deal, 'partner ' || (hashint8(i + 1) & 255) AS partner FROM generate_series(1::bigint, 200000) i;
ANALYZE public.network_many;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE many AS SELECT partner_network_agg(deal, partner) AS net FROM public.network_many;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
\ir plan.psql
SELECT matches(pg_temp.plan_of('SELECT partner_network_agg(deal, partner) FROM public.network_many'), 'Gather.*Parallel Custom Scan .Ecosystem Aggregate', 'workers build parts');
SELECT ok((SELECT partner_network_agg(deal, partner) FROM public.network_many) = net, 'which make the same') FROM many;
SELECT is((SELECT connected_pairs FROM many, network_totals(net)), (SELECT count(*) FROM (SELECT DISTINCT a.partner, b.partner FROM public.network_many a JOIN public.network_many b ON a.deal = b.deal AND a.partner < b.partner) p), 'and are right');
SELECT is((SELECT sum(shared_nodes)::bigint FROM many, partner_pairs(net)), (SELECT sum(k * (k - 1) / 2)::bigint FROM (SELECT count(DISTINCT partner) AS k FROM public.network_many GROUP BY deal) s), 'pair by pair');
RESET max_parallel_workers_per_gather;

-- The state goes on after it was read
SELECT results_eq('SELECT i, (SELECT nodes FROM network_totals(n)) FROM (SELECT i, partner_network_agg(deal, partner) OVER (ORDER BY i) AS n FROM public.network_row WHERE i <= 40) s ORDER BY i',
	'SELECT i, (SELECT count(DISTINCT deal) FROM public.network_row b WHERE b.i <= a.i) FROM public.network_row a WHERE i <= 40 ORDER BY i', 'window aggregate');
SELECT is((SELECT array_agg(nodes) FROM (SELECT rollup(n) OVER (ORDER BY d) AS r FROM (SELECT deal AS d, partner_network_agg(deal, partner) AS n FROM public.network_row WHERE deal < 4 GROUP BY 1) s) w, network_totals(r)), '{1,2,3,4}', 'rollup as a window aggregate');

-- Ids of other types
SELECT is_empty(format($$SELECT %1$L, p.* FROM (SELECT partner_network_agg(%2$s, %3$s) AS net FROM public.network_row) s, partner_pairs(net) p EXCEPT SELECT %1$L, p.* FROM (SELECT partner_network_agg(deal, %4$s) AS net FROM public.network_row) s, partner_pairs(net) p$$,
	node || ' with ' || partner, nodes, partners, CASE partner WHEN 'uuid' THEN '(md5(partner::text)::uuid)::text' ELSE 'partner' END), 'ids: ' || node || ' with ' || partner)
FROM  (VALUES ('text', $$'D' || deal$$), ('bigint', 'deal::bigint'), ('uuid', 'md5(deal::text)::uuid')) n(node, nodes), (VALUES ('text', 'partner::text'), ('bigint', 'partner::bigint'), ('uuid', 'md5(partner::text)::uuid')) p(partner, partners);
SELECT is((SELECT amount FROM network_totals((SELECT partner_network_agg(md5(deal::text)::uuid, md5(partner::text)::uuid, amount) FROM public.network_row))), (SELECT amount FROM built, network_totals(net)), 'amounts of uuids');
SELECT throws_ok($$SELECT partner_network_combine((SELECT partner_network_agg(1, 2)), (SELECT partner_network_agg('1'::text, 2)))$$, '42804', 'nodes of a partner_network must have ids of one type', 'nodes of two types');
SELECT is((SELECT array_agg(partner) FROM partner_centrality((SELECT partner_network_agg(p, p) FROM (VALUES (-9223372036854775808), (9223372036854775807), (0)) v(p)))), '{-9223372036854775808,0,9223372036854775807}', 'the largest numbers');

-- Nothing, and next to nothing
SELECT is(partner_network_agg(deal, partner)::text, '01' || repeat('00', 19), 'no rows') FROM public.network_row WHERE false;
SELECT is(rollup(net)::text, '01' || repeat('00', 19), 'no networks') FROM built WHERE false;
CREATE TEMP TABLE nothing AS SELECT partner_network_agg(deal, partner) AS net FROM public.network_row WHERE false;
SELECT is_empty('SELECT p.* FROM nothing, partner_pairs(net) p', 'no pairs');
SELECT is_empty('SELECT p.* FROM nothing, partner_centrality(net) p', 'no partners');
SELECT is_empty('SELECT p.* FROM nothing, network_removal(net) p', 'nobody to remove');
SELECT is_empty('SELECT p.* FROM nothing, partners_per_node(net) p', 'no nodes');
SELECT results_eq('SELECT t.* FROM nothing, network_totals(net) t', $$VALUES (0::bigint, 0::bigint, 0::bigint, 0::bigint, NULL::numeric, 0::bigint, 0::bigint, NULL::float8, NULL::float8, 0::bigint, NULL::float8, 0::bigint, 0::bigint)$$, 'totals of nothing');
SELECT is(ecosystem_verdict(net), NULL, 'and nothing to say') FROM nothing;
SELECT is_empty('SELECT * FROM partner_pairs(NULL)', 'no network at all');
SELECT results_eq($$SELECT partners, nodes, nodes_without_partner, rows_without_node FROM network_totals((SELECT partner_network_agg(d, p) FROM (VALUES ('', 'A'), ('d', ''), ('e', NULL), (NULL, '')) v(d, p)))$$, 'VALUES (1::bigint, 2::bigint, 2::bigint, 2::bigint)', 'an empty id is none');
SELECT is((SELECT array_agg(shared_amount) FROM partner_pairs((SELECT partner_network_agg(1, p) FROM generate_series(1, 3) p))), '{NULL,NULL,NULL}', 'no amounts without any');
SELECT is((SELECT shared_amount FROM partner_pairs((SELECT partner_network_agg(1, p, a) FROM (VALUES (1, NULL), (2, -5.250)) v(p, a)))), -5.250, 'one row of a deal may know its amount, even below zero');

-- Errors
SELECT throws_ok($$SELECT partner_network_agg(d, p, a) FROM (VALUES (7, 1, 5.5), (7, 2, 6)) v(d, p, a)$$, '21000', 'node "7" has two amounts', 'two amounts');
SELECT throws_ok($$SELECT rollup(n) FROM (SELECT partner_network_agg('x'::text, p, a) AS n FROM (VALUES (1, 5.5), (2, 6)) v(p, a) GROUP BY p) s$$, '21000', 'node "x" has two amounts', 'also in two networks');
SELECT throws_ok($$SELECT partner_network_agg('8a0fe9a4-3d20-4be1-8bd9-0ed1c6c5a2f7'::uuid, p, p) FROM generate_series(1, 2) p$$, '21000', 'node "8a0fe9a4-3d20-4be1-8bd9-0ed1c6c5a2f7" has two amounts', 'named as it is written');
SELECT throws_ok($$SELECT partner_network_agg(d, p, a) FROM (VALUES (7, 1, 5), (7, 2, 0.5)) v(d, p, a)$$, '21000', 'node "7" has two amounts', 'the same digits are not the same amount');
SELECT lives_ok($$SELECT partner_network_agg(7, p, a) FROM (VALUES (1, 5.5), (2, 5.500)) v(p, a)$$, 'the same amount in two ways');
SELECT throws_ok($$SELECT partner_network_agg(1, 2, 'NaN')$$, '22003', 'amount NaN is not a finite number', 'no number');
SELECT throws_ok($$SELECT partner_network_agg(1, repeat('x', 1001))$$, '54000', 'id of a node or partner is too long', 'a long name');
SELECT throws_ok($$SELECT * FROM partner_pairs((SELECT net FROM built), 0)$$, '22023', 'min_shared must be at least 1', 'min_shared');
SELECT throws_ok($$SELECT * FROM network_totals((SELECT partner_network_agg(i, 1, 6e35) FROM generate_series(1, 2) i))$$, '22003', 'sum of amounts has too many digits', 'a sum out of range');

-- Garbage: each byte of the text form changed, and the binary form, too
SELECT ok((SELECT net FROM built)::text::partner_network = net, 'text reads back') FROM built;
CREATE FUNCTION pg_temp.fate(input text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text; read partner_network;
BEGIN
	read := input::partner_network;
	PERFORM * FROM partner_pairs(read); PERFORM * FROM partner_centrality(read); PERFORM * FROM network_removal(read); PERFORM * FROM network_totals(read); PERFORM * FROM partners_per_node(read);
	result := rollup(n)::text FROM (SELECT read AS n) s;
	RETURN CASE WHEN result = lower(input) THEN 'kept' ELSE 'changed to ' || result END;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN RETURN 'refused';
END $$;
CREATE TEMP TABLE small AS SELECT partner_network_agg(d, p, a) AS net FROM (VALUES ('d1', 'A', 100.5), ('d1', 'Beta', 100.5), ('d2', 'C', NULL), ('d2', 'A', NULL), ('d3', 'C', 1e20), ('d4', NULL, -3), (NULL, NULL, NULL)) v(d, p, a);
SELECT is(pg_temp.fate(net::text), 'kept', 'what was written is read') FROM small;
CREATE TEMP TABLE mutated AS SELECT i, x, pg_temp.fate(encode(set_byte(b, i, (get_byte(b, i) # x)), 'hex')) AS fate
FROM (SELECT partner_network_send(net) AS b FROM small UNION ALL SELECT partner_network_send(partner_network_agg(d, p)) FROM (VALUES (1, 2), (1, 3), (2, 3)) v(d, p)) s, generate_series(0, length(b) - 1) i, unnest('{1,2,4,8,16,32,64,128,255}'::int[]) x;
SELECT is_empty($$SELECT * FROM mutated WHERE fate NOT IN ('kept', 'refused')$$, 'no changed byte is taken for another value');
SELECT cmp_ok(count(*) FILTER (WHERE fate = 'refused'), '>', count(*) / 2, 'most are refused') FROM mutated;
SELECT is_empty($$SELECT n FROM (SELECT net::text AS t FROM small) s, generate_series(0, length(t) - 1) n WHERE pg_temp.fate(left(t, n)) <> 'refused'$$, 'nothing cut off is taken');
SELECT throws_ok('SELECT ''01zz''::partner_network', '22P02', 'invalid input syntax for type partner_network: "01zz"', 'no digits');
SELECT throws_ok('SELECT ''0''::partner_network', '22P02', NULL, 'half a byte');
SELECT throws_ok('SELECT ('''' || net::text || ''00'')::partner_network FROM small', '22P02', NULL, 'a byte too many');
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/partner_network_check.bin';
	lo oid := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0) || int2send(1::int2) || int4send(length(bytes)) || bytes || int2send((-1)::int2));
	result bytea;
BEGIN
	PERFORM lo_export(lo, file);
	PERFORM lo_unlink(lo);
	CREATE TEMP TABLE received (v partner_network);
	EXECUTE format('COPY received FROM %L (FORMAT binary)', file);
	SELECT partner_network_send(v) INTO result FROM received;
	DROP TABLE received;
	RETURN CASE WHEN result = bytes THEN 'kept' ELSE 'changed' END;
EXCEPTION WHEN invalid_binary_representation OR protocol_violation THEN RETURN 'refused';
END $$;
SELECT is(pg_temp.receive(partner_network_send(net)), 'kept', 'received as sent') FROM built;
SELECT is(pg_temp.receive(bytes), 'refused', 'refused: ' || what) FROM (SELECT partner_network_send(net) AS b FROM small) s, LATERAL (VALUES
	(set_byte(b, 0, 2), 'a later version'), (set_byte(b, 1, 4), 'an unknown type of ids'), (set_byte(b, 2, 99), 'a scale out of range'), (set_byte(b, 4, 127), 'too many partners'), (set_byte(b, 8, 127), 'more nodes than there are'),
	(set_byte(b, 12, 255), 'a negative count'), (b || '\x00', 'a byte too many'), (substr(b, 1, 19), 'not even a header'), ('\x', 'nothing')) v(bytes, what);

-- A value that another version stored: bytes that are taken as they are
CREATE FUNCTION pg_temp.as_stored(bytea) RETURNS partner_network LANGUAGE internal STRICT AS 'byteasend';
CREATE TEMP TABLE old AS SELECT pg_temp.as_stored('\x63'::bytea || decode(repeat('00', 200), 'hex')) AS v;
SELECT throws_ok($$SELECT network_totals(v) FROM old$$, 'XX001', 'partner_network of unknown version 99', 'a stored value of another version: network_totals(v)');
SELECT throws_ok($$SELECT v::text FROM old$$, 'XX001', 'partner_network of unknown version 99', 'a stored value of another version: v::text');
SELECT throws_ok($$SELECT rollup(v) FROM old$$, 'XX001', 'partner_network of unknown version 99', 'a stored value of another version: rollup(v)');
SELECT throws_ok($$SELECT partner_network_send(v) FROM old$$, 'XX001', 'partner_network of unknown version 99', 'a stored value of another version: partner_network_send(v)');

SELECT * FROM finish();
ROLLBACK;
