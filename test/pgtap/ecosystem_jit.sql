-- Compiled expressions call the library as interpreted ones do: its functions
-- are found, though most of its names are hidden, and give the same results.
BEGIN;
SET search_path = crm, ecosystem, public;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT no_plan();
SET LOCAL jit = on;
SELECT diag('JIT is not available here: nothing is compiled') WHERE NOT pg_jit_available();

-- The C functions that can be called from an expression, some in one query.
CREATE TEMP TABLE callable AS
SELECT p.oid, format('ecosystem.%I(%s)', p.proname,
                     (SELECT string_agg('a' || t, ', ' ORDER BY n) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY a (t, n))) AS call,
       p.proargtypes::oid[] AS types
FROM   pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
       JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'ecosystem'
WHERE  p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c') AND p.prokind = 'f' AND NOT p.proretset AND p.pronargs > 0
AND    NOT EXISTS (SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) t JOIN pg_type y ON y.oid = t WHERE y.typtype = 'p');
CREATE TEMP TABLE compiled AS
SELECT 'functions, group ' || g AS what,
       'SELECT ' || string_agg(call, ', ' ORDER BY oid) || ' FROM (SELECT ' ||
       (SELECT string_agg(format('NULL::%s AS a%s', t::regtype, t), ', ') FROM (SELECT DISTINCT unnest(types) AS t FROM callable) u) ||
       ' FROM generate_series(1, 2) OFFSET 0) q' AS query
FROM  (SELECT *, (row_number() OVER (ORDER BY oid)) / 25 AS g FROM callable) c
GROUP  BY g;
INSERT INTO compiled VALUES
	('an overlap join', $$SELECT count(*), sum(length(a.name)) FROM account a JOIN partner_account p ON identify(website => a.website, name => a.name, country => a.country)
	  && identify(website => p.website, name => p.name, country => p.country) AND a.name <= p.name || 'z'$$),
	('a ledger', $$SELECT t.* FROM (SELECT credit_ledger_agg(deal_id || '', amount, 'linear', lower(role), partner_id) AS l FROM (SELECT deal_id, amount, NULL, NULL FROM deal
	  UNION ALL SELECT deal_id, NULL, role, partner_id FROM deal_partner) r (deal_id, amount, role, partner_id)) q, partner_totals(q.l) t ORDER BY t$$),
	('rows of a ledger', $$SELECT sum(l.amount), count(l.reason || l.deal) FROM (SELECT credit_ledger_agg(deal_id, amount, 'linear', role, partner_id) AS l FROM deal LEFT JOIN deal_partner USING (deal_id)) q, ledger(q.l) l
	  WHERE l.share > 0.1$$),
	('a window', $$SELECT sum(c) FROM (SELECT credit(amount, 'linear', role, partner_id) OVER (PARTITION BY deal_id) c FROM deal_partner JOIN deal USING (deal_id)) q$$),
	('aggregates', $$SELECT win_rate(s), s FROM (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) s FROM deal) q$$),
	('values compared', $$SELECT count(*) FROM (SELECT to_company_domain(website) d FROM account OFFSET 0) q WHERE d = d AND d < 'm.com'$$);

CREATE FUNCTION pg_temp.result(query text, compiled boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('jit', CASE WHEN compiled THEN 'on' ELSE 'off' END, true), set_config('jit_above_cost', '0', true),
	        set_config('jit_inline_above_cost', '0', true), set_config('jit_optimize_above_cost', '-1', true);
	EXECUTE 'SELECT string_agg(q::text, E''\n'') FROM (' || query || ') q' INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT cmp_ok(count(*), '>', 200::bigint, 'functions to call') FROM callable;
SELECT is(pg_temp.result(query, true), pg_temp.result(query, false), 'compiled: ' || what) FROM compiled ORDER BY what;

SELECT * FROM finish();
ROLLBACK;
