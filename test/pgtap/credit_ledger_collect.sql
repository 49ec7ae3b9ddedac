-- credit_ledger: rows that a Credit Ledger Collect takes from the scans make
-- the ledger that the aggregate makes of them.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(162);

CREATE TABLE c_deal AS
SELECT d AS number, d::int2 AS small, d::bigint AS id, ('D' || md5(d::text))::varchar(40) AS name, md5('u' || d)::uuid AS uid,
       CASE WHEN d % 29 = 0 THEN NULL WHEN d % 31 = 0 THEN d * 1e25 ELSE d * 13.37 END::numeric AS amount,
       CASE WHEN d % 7 <> 0 THEN timestamptz '2026-02-01' END AS closed_at, (timestamptz '2026-02-01')::date AS closed_on,
       CASE d % 4 WHEN 0 THEN 'u_shaped' WHEN 1 THEN 'time_decay' WHEN 2 THEN 'role_split(sourcing=40, technical=20, unknown=ignore)' END AS rule
FROM   generate_series(1, 3000) d;
CREATE TABLE c_touch AS
SELECT d AS deal, md5('u' || d)::uuid AS deal_uid, ('D' || md5(d::text))::varchar(40) AS deal_name, i, (ARRAY['sourcing', 'Technical', 'first', NULL])[1 + h % 4]::varchar AS role,
       CASE WHEN h % 13 <> 0 THEN 'P' || h % 300 END AS partner, md5('p' || h % 300)::uuid AS partner_uid, (h % 300)::int4 AS partner_number, (h % 300)::int2 AS partner_small,
       CASE WHEN h % 11 <> 0 THEN timestamptz '2026-01-01' + (h % 40) * interval '17 hours' END AS occurred_at,
       CASE WHEN h % 3 > 0 THEN h % 5 + 0.001 * (h % 4) END AS weight
FROM   generate_series(1, 3000) d, generate_series(1, d % 7) i, LATERAL (SELECT hashint4(d * 16 + i) & 1048575 AS h) r;
CREATE TABLE c_parted (LIKE c_touch) PARTITION BY RANGE (deal);
CREATE TABLE c_parted_1 (extra text, LIKE c_touch);
ALTER TABLE c_parted_1 DROP COLUMN extra;
ALTER TABLE c_parted ATTACH PARTITION c_parted_1 FOR VALUES FROM (0) TO (1000);
CREATE TABLE c_parted_2 PARTITION OF c_parted FOR VALUES FROM (1000) TO (100000);
INSERT INTO c_parted SELECT * FROM c_touch;
CREATE INDEX ON c_touch (deal);
CREATE TABLE c_empty (LIKE c_touch);
ANALYZE c_deal, c_touch, c_parted, c_empty;

\ir plan.psql
-- All that can be read of a ledger, or the error.
CREATE FUNCTION pg_temp.contents(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || coalesce(sum(hashtextextended(l::text, 0)::numeric), 0) FROM (%s) q (made), ledger(q.made) l', query) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- The same through a cursor, which runs a parallel plan without workers.
CREATE FUNCTION pg_temp.fetched(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint = 0;
	sum numeric = 0;
	hash bigint;
BEGIN
	FOR hash IN EXECUTE format('SELECT hashtextextended(l::text, 0) FROM (%s) q (made), ledger(q.made) l', query) LOOP
		n = n + 1;
		sum = sum + hash;
	END LOOP;
	RETURN n || ' rows ' || sum;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE FUNCTION pg_temp.workers(n int) RETURNS void LANGUAGE sql AS $$
	SELECT set_config('max_parallel_workers_per_gather', n::text, true), set_config('parallel_setup_cost', CASE WHEN n > 0 THEN '0' ELSE '1000' END, true),
	       set_config('parallel_tuple_cost', '0.1', true), set_config('min_parallel_table_scan_size', '0', true)
$$;

CREATE TEMP TABLE shape AS SELECT * FROM (VALUES
	('UNION ALL of deals and touches', $q$SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)
		FROM (SELECT id, amount, rule, NULL, NULL::int, NULL, closed_at, NULL FROM c_deal
		      UNION ALL SELECT deal::bigint, NULL, NULL, role, partner_number, occurred_at, NULL, weight FROM c_touch) r (d, amount, rule, role, partner, occurred_at, closed_at, weight)$q$, true),
	('columns of different types', $q$SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)
		FROM (SELECT id, amount, rule, NULL, NULL::bigint, NULL, closed_at, NULL FROM c_deal
		      UNION ALL SELECT deal, NULL, NULL, role, partner_number, occurred_at, NULL, weight FROM c_touch) r (d, amount, rule, role, partner, occurred_at, closed_at, weight)$q$, true),
	('ids of text', $q$SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight)
		FROM (SELECT name, amount, rule, NULL, NULL, NULL, closed_at, NULL FROM c_deal
		      UNION ALL SELECT deal_name, NULL, NULL, role, partner, occurred_at, NULL, weight FROM c_touch) r (d, amount, rule, role, partner, occurred_at, closed_at, weight)$q$, true),
	('ids of uuid', $q$SELECT credit_ledger_agg(d, amount, rule::credit_model, role, partner, occurred_at, closed_at)
		FROM (SELECT uid, amount, rule, NULL, NULL::uuid, NULL, closed_at FROM c_deal
		      UNION ALL SELECT deal_uid, NULL, NULL, role, partner_uid, occurred_at, NULL FROM c_touch) r (d, amount, rule, role, partner, occurred_at, closed_at)$q$, true),
	('smallint and integer', $q$SELECT credit_ledger_agg(d, amount, 'role_split(sourcing=40, technical=20, unknown=ignore)', role, partner)
		FROM (SELECT small::int, amount, NULL, NULL::int2 FROM c_deal UNION ALL SELECT deal, NULL, role, partner_small FROM c_touch) r (d, amount, role, partner)$q$, true),
	('three of them', $q$SELECT credit_ledger_agg(d, amount, 'linear', role, partner)
		FROM (SELECT id, amount, NULL, NULL FROM c_deal UNION ALL SELECT deal, NULL, role, partner FROM c_touch WHERE i < 3 UNION ALL SELECT deal, NULL, 'late', 'Q' || i FROM c_touch WHERE i >= 3) r (d, amount, role, partner)$q$, true),
	('conditions, expressions', $q$SELECT credit_ledger_agg(d, amount * 2, 'time_decay', lower(role), partner || '!', occurred_at + interval '1 hour', closed_at + interval '1 day', weight + 1)
		FROM (SELECT id, amount + 1, NULL, NULL, NULL, closed_on::timestamptz, NULL FROM c_deal WHERE id % 2 = 0
		      UNION ALL SELECT deal, NULL, coalesce(role, 'none'), partner, occurred_at, NULL, weight FROM c_touch WHERE deal % 2 = 0 AND i <> 2) r (d, amount, role, partner, occurred_at, closed_at, weight)$q$, true),
	('constants', $q$SELECT credit_ledger_agg(d, 100, 'linear', 'sourcing', 'one') FROM (SELECT id FROM c_deal UNION ALL SELECT id + 5000 FROM c_deal) r (d)$q$, true),
	('one table', $q$SELECT credit_ledger_agg(deal_name::text, 10 * deal, 'u_shaped', role, partner, occurred_at, timestamptz '2026-02-01') FROM c_touch$q$, true),
	('a join', $q$SELECT credit_ledger_agg(id, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) FROM c_deal JOIN c_touch ON deal = number$q$, true),
	('an outer join', $q$SELECT credit_ledger_agg(id, amount, rule::credit_model, role, partner, occurred_at, closed_at, weight) FROM c_deal LEFT JOIN c_touch ON deal = number$q$, true),
	('members that are joins, groups and limits', $q$SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner)
		FROM (SELECT id, max(amount), NULL FROM c_deal GROUP BY id UNION ALL SELECT id, NULL, partner FROM c_deal JOIN c_touch ON deal = number
		      UNION ALL (SELECT id, NULL::numeric, 'limit' FROM c_deal ORDER BY id LIMIT 10) UNION ALL VALUES (1::bigint, NULL::numeric, 'values')) r (d, amount, partner)$q$, NULL),
	('partitions', $q$SELECT credit_ledger_agg(d, amount, 'u_shaped', role, partner, occurred_at, NULL)
		FROM (SELECT id, amount, NULL, NULL, NULL FROM c_deal UNION ALL SELECT deal, NULL, role, partner, occurred_at FROM c_parted) r (d, amount, role, partner, occurred_at)$q$, true),
	('partitions alone', $q$SELECT credit_ledger_agg(deal::bigint, 10, 'u_shaped', role, partner, occurred_at, NULL) FROM c_parted$q$, true),
	('a whole row, a system column', $q$SELECT credit_ledger_agg(tableoid::bigint, 10, 'linear', NULL, c_touch::text) FROM c_touch WHERE deal < 50$q$, false),
	('a filter', $q$SELECT credit_ledger_agg(id, amount, 'linear', NULL, name::text) FILTER (WHERE id > 10) FROM c_deal$q$, false),
	('distinct', $q$SELECT credit_ledger_agg(DISTINCT id, amount, 'linear', NULL, 'x') FROM c_deal$q$, false),
	('ordered', $q$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 'x' ORDER BY id) FROM c_deal$q$, false),
	('two aggregates', $q$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 'x') FROM c_deal HAVING count(*) > 1$q$, false),
	('a subquery in an argument', $q$SELECT credit_ledger_agg(id, (SELECT sum(weight) FROM c_touch WHERE deal = number), 'linear', NULL, 'x') FROM c_deal WHERE id < 100$q$, false),
	('a condition on the whole', $q$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 'x') FROM c_deal HAVING true$q$, NULL),
	('groups', $q$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 'x') FROM c_deal GROUP BY id % 3$q$, false),
	('no rows', $q$SELECT credit_ledger_agg(deal::bigint, 10, 'linear', role, partner) FROM c_empty$q$, true),
	('no table', $q$SELECT credit_ledger_agg(7::bigint, 10, 'linear', 'sourcing', 'P')$q$, true),
	('models compared', $q$SELECT credit_comparison_agg('{linear,u_shaped,time_decay}', d, amount, role, partner, occurred_at, closed_at, weight)
		FROM (SELECT id, amount, NULL, NULL::int, NULL, closed_at, NULL FROM c_deal UNION ALL SELECT deal::bigint, NULL, role, partner_number, occurred_at, NULL, weight FROM c_touch)
		r (d, amount, role, partner, occurred_at, closed_at, weight)$q$, true),
	('an unknown deal', $q$SELECT credit_ledger_agg(d, amount, 'linear', NULL, 'x') FROM (SELECT id, amount FROM c_deal UNION ALL SELECT NULL, 1 FROM c_touch) r (d, amount)$q$, true),
	('a model that is none', $q$SELECT credit_ledger_agg(id, amount, (rule || '?')::credit_model, NULL, 'x') FROM c_deal$q$, true),
	('models that differ', $q$SELECT credit_comparison_agg(ARRAY['linear', rule], id, amount, 'r', 'x') FROM c_deal WHERE rule IS NOT NULL AND id < 50$q$, true)) s (what, query, collected);

SET LOCAL ecosystem.enable_ledger_collect = off;
SELECT pg_temp.workers(0);
CREATE TEMP TABLE expected AS SELECT what, pg_temp.contents(query) FROM shape;
SELECT doesnt_match(string_agg(pg_temp.plan_of(query), ''), 'Collect', 'core alone, where that is wanted') FROM shape;
SET LOCAL ecosystem.enable_ledger_collect = on;
SELECT is(pg_temp.plan_of(query) ~ 'Credit Ledger Collect', collected, 'who collects: ' || what) FROM shape WHERE collected IS NOT NULL;
SELECT is(pg_temp.contents(query), contents, 'alone: ' || what) FROM shape JOIN expected USING (what);
SELECT pg_temp.workers(2);
SELECT is(pg_temp.contents(query), contents, 'two workers: ' || what) FROM shape JOIN expected USING (what);
SELECT is(pg_temp.fetched(query), contents, 'by a cursor: ' || what) FROM shape JOIN expected USING (what);
SELECT matches(pg_temp.plan_of(query), 'Gather\n *Workers Planned: \d\n *-> *Parallel Custom Scan \(Credit Ledger Collect\)', 'by workers: ' || what)
FROM   shape WHERE what IN ('UNION ALL of deals and touches', 'ids of text', 'a join', 'models compared');

-- What a query makes of the ledger the node makes, too: an expression on it, a
-- constant or a subquery beside it.  PostgreSQL 14 lets no other node do it.
CREATE FUNCTION pg_temp.all_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT string_agg(q::text, E''\n'') FROM (%s OFFSET 0) q', query) INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
-- What a ledger says; its own text has its rows as they came.
CREATE FUNCTION pg_temp.shown(credit_ledger) RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED AS $$
	SELECT count(*) || ' rows ' || sum(hashtextextended(t::text, 0)) FROM ledger($1) t
$$;
CREATE TEMP TABLE projected AS SELECT what, format(query, 'credit_ledger_agg(id, amount, ''linear'', NULL, name::text)') AS query FROM (VALUES
	('an expression', 'SELECT pg_temp.shown(%1$s) FROM c_deal'),
	('a constant beside it', 'SELECT pg_temp.shown(%1$s), 5 AS five, ''x'' FROM c_deal'),
	('the same twice', 'SELECT pg_temp.shown(%1$s), length(pg_temp.shown(%1$s)) FROM c_deal'),
	('a subquery beside it', 'SELECT pg_temp.shown(%1$s), (SELECT count(*) FROM c_touch) FROM c_deal'),
	('a subquery about it', 'SELECT (SELECT pg_temp.shown(%1$s) || max(deal) FROM c_touch) FROM c_deal WHERE id > 0'),
	('sorted by it', 'SELECT pg_temp.shown(%1$s) AS t FROM c_deal ORDER BY length(pg_temp.shown(%1$s)), 1 LIMIT 1'),
	('its totals', 'SELECT (SELECT sum(t.amount) FROM partner_totals(l) t) FROM (SELECT %1$s AS l, 1 FROM c_deal WHERE amount < 1e20) q'),
	('more rows of it', 'SELECT pg_temp.shown(%1$s), generate_series(1, 3) FROM c_deal'),
	('read again', 'SELECT n, s FROM generate_series(1, 3) n, LATERAL (SELECT pg_temp.shown(%1$s) || n AS s FROM c_deal WHERE id %% 5 <> n) q')) p (what, query);
SELECT pg_temp.workers(0);
SET LOCAL ecosystem.enable_ledger_collect = off;
CREATE TEMP TABLE projected_by_core AS SELECT what, pg_temp.all_of(query) AS result FROM projected;
SET LOCAL ecosystem.enable_ledger_collect = on;
SELECT matches(result, '^\(', 'core: ' || what) FROM projected_by_core;
SELECT is(pg_temp.all_of(query), result, 'made of a ledger, alone: ' || what) FROM projected JOIN projected_by_core USING (what);
SELECT pg_temp.workers(2);
SELECT is(pg_temp.all_of(query), result, 'by workers: ' || what) FROM projected JOIN projected_by_core USING (what);
SELECT pg_temp.workers(0);
SELECT matches(pg_temp.plan_of(query), '^Custom Scan \(Credit Ledger Collect\)', 'no node above it: ' || what) FROM projected WHERE what ~ 'beside|twice|expression';
SELECT pg_temp.workers(2);

-- Read again, with what differs from row to row of another table.
SELECT is((SELECT string_agg(n || ':' || amount, ' ' ORDER BY n) FROM generate_series(1, 3) n,
           LATERAL (SELECT sum(t.amount) AS amount FROM (SELECT credit_ledger_agg(d, a, 'linear', NULL, partner) AS made
                    FROM (SELECT id, amount, NULL FROM c_deal WHERE id % 29 <> 0 AND id % 31 <> 0 UNION ALL SELECT deal, NULL, partner FROM c_touch) r (d, a, partner) WHERE d % 4 = n) m, partner_totals(made) t) t),
          (SELECT string_agg(n || ':' || amount, ' ' ORDER BY n) FROM (SELECT id % 4 AS n, sum(round(amount, 2)) AS amount FROM c_deal WHERE id % 29 <> 0 AND id % 31 <> 0 AND id % 4 > 0 GROUP BY 1) q), 'read again for every row of another table');
PREPARE below(int) AS SELECT sum(t.amount) FROM (SELECT credit_ledger_agg(id, amount, 'linear', NULL, 'x') AS made FROM c_deal WHERE id % 29 <> 0 AND id % 31 <> 0 AND id < $1) m, partner_totals(made) t;
CREATE FUNCTION pg_temp.executed(n int) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	result numeric;
BEGIN
	EXECUTE format('EXECUTE below(%s)', n) INTO result;
	RETURN result;
END
$$;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT is(pg_temp.executed(100), (SELECT sum(amount) FROM c_deal WHERE id % 29 <> 0 AND id % 31 <> 0 AND id < 100), 'a prepared statement');
SELECT is(pg_temp.executed(10), (SELECT sum(amount) FROM c_deal WHERE id < 10), 'and again');

-- Row security and privileges are the scans'.
CREATE ROLE collector;
GRANT USAGE ON SCHEMA ecosystem TO collector;
GRANT SELECT ON c_deal TO collector;
GRANT SELECT (deal, partner) ON c_touch TO collector;
CREATE POLICY odd ON c_deal FOR SELECT TO collector USING (id % 2 = 1);
ALTER TABLE c_deal ENABLE ROW LEVEL SECURITY;
SET LOCAL ROLE collector;
SELECT is((SELECT (SELECT count(DISTINCT l.deal) FROM ledger(made::text::credit_ledger) l) FROM (SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner) AS made
           FROM (SELECT id, amount, NULL FROM c_deal UNION ALL SELECT deal, NULL, partner FROM c_touch WHERE deal IN (SELECT id FROM c_deal)) r (d, amount, partner)) q),
          (SELECT count(*) FROM c_deal), 'rows that are not to be seen are not collected');
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', role, partner) FROM c_touch$$, '42501', NULL, 'nor are columns');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) FROM PUBLIC;
SET LOCAL ROLE collector;
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, '42501', NULL, 'nor is anything by who may not call the aggregate');
SELECT pg_temp.workers(0);
SELECT matches(pg_temp.plan_of($$SELECT credit_ledger_agg(deal::text, 1, 'linear', 'r', deal) FROM c_touch$$), '^Custom Scan \(Credit Ledger Collect\)', 'without workers nothing but the node calls it');
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, '42501', 'permission denied for aggregate credit_ledger_agg', 'and it refuses');
RESET ROLE;
GRANT EXECUTE ON FUNCTION credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) TO collector;
SET LOCAL ROLE collector;
PREPARE granted AS SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner)::text FROM c_touch;
SELECT lives_ok('EXECUTE granted', 'who may call it, prepared');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) FROM collector;
SET LOCAL ROLE collector;
SELECT throws_ok('EXECUTE granted', '42501', NULL, 'and may no more');
RESET ROLE;
-- The aggregate's owner must be able to call what it is made of.
GRANT EXECUTE ON FUNCTION credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) TO collector;
GRANT CREATE ON SCHEMA ecosystem TO collector;
ALTER AGGREGATE credit_ledger_agg(anyelement, numeric, credit_model, text, anycompatible) OWNER TO collector;
REVOKE EXECUTE ON FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible) FROM PUBLIC;
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, '42501', 'permission denied for function _credit_ledger_accum', 'nor what its owner could not make');
GRANT EXECUTE ON FUNCTION _credit_ledger_accum(internal, anyelement, numeric, credit_model, text, anycompatible) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION _credit_ledger_final(internal) FROM PUBLIC;
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, '42501', 'permission denied for function _credit_ledger_final', 'and not finish');
GRANT EXECUTE ON FUNCTION _credit_ledger_final(internal) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION _credit_ledger_serialize(internal) FROM PUBLIC;
SELECT lives_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, 'what it does not need it may lack');
SELECT pg_temp.workers(2);
SELECT throws_ok($$SELECT credit_ledger_agg(deal::bigint, 1, 'linear', NULL, partner) FROM c_touch$$, '42501', 'permission denied for function _credit_ledger_serialize', 'workers need it');
SELECT pg_temp.workers(0);
-- The node turns days into moments itself, for who may.
REVOKE EXECUTE ON FUNCTION moment(date) FROM PUBLIC;
SET LOCAL ROLE collector;
SELECT throws_ok($$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 1::bigint, closed_on, NULL) FROM c_deal$$, '42501', 'permission denied for function moment', 'nor a day without the right to its cast');
SELECT lives_ok($$SELECT credit_ledger_agg(id, amount, 'linear', NULL, 1::bigint, closed_at, NULL) FROM c_deal$$, 'but a time');
RESET ROLE;
RESET search_path;
SELECT * FROM public.finish();
ROLLBACK;
