-- Refresh algebra: twice is no change, and by key is as in full, after random changes
-- of a part of the demo CRM.  22 here, of each kind one, two at a time where both are of
-- rows; for 300, one at a time, all in one transaction with the locks of all that each
-- refresh makes and drops:
--   PRIVATE_CLUSTER_SETTINGS='max_locks_per_transaction = 4000' tools/private-cluster sh -c \
--     "PGOPTIONS='-c ecosystem_test.changes=300' test/run pgtap mart_refresh"
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT coalesce(nullif(current_setting('ecosystem_test.changes', true), ''), '22')::int AS changes \gset
SELECT :changes = 22 AS in_pairs \gset
SELECT plan(CASE WHEN :'in_pairs' THEN 14 ELSE :changes END + 14 + (SELECT count(*)::int FROM ecosystem.mart_relation WHERE grain IS NOT NULL));

CREATE SCHEMA small;
CREATE TABLE small.account AS SELECT * FROM crm.account WHERE account_id IN (SELECT account_id FROM crm.deal ORDER BY md5(account_id) LIMIT 90);
CREATE TABLE small.partner AS SELECT * FROM crm.partner WHERE partner_id < 'P13';
CREATE TABLE small.partner_account AS SELECT * FROM crm.partner_account WHERE partner_id < 'P13' AND md5(record_id) < '1'
	OR EXISTS (SELECT FROM small.account a WHERE a.name = partner_account.name);
CREATE TABLE small.deal AS SELECT * FROM crm.deal WHERE account_id IN (SELECT account_id FROM small.account);
CREATE TABLE small.deal_partner AS SELECT * FROM crm.deal_partner WHERE deal_id IN (SELECT deal_id FROM small.deal);
CREATE TABLE small.touch AS SELECT *, NULL::text AS account_id FROM crm.touch WHERE deal_id IN (SELECT deal_id FROM small.deal);
CREATE TABLE small.co_sell_plan AS SELECT * FROM crm.co_sell_plan WHERE deal_id IN (SELECT deal_id FROM small.deal);
CREATE TABLE small.deal_registration AS SELECT * FROM crm.deal_registration WHERE account_id IN (SELECT account_id FROM small.account);

-- The same number whenever the same change is asked for one.
CREATE FUNCTION small.dice(change int, what text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$SELECT (('x' || left(md5(change || what), 7))::bit(28)::int % sides)$$;
CREATE FUNCTION small.some(change int, what text, relation text, col text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	value text;
BEGIN
	EXECUTE format('SELECT %1$I FROM small.%2$I ORDER BY md5(%1$I || $1), %1$I LIMIT 1', col, relation) INTO value USING change || what;
	RETURN value;
END $$;

CREATE FUNCTION small.change(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	a_deal constant text := small.some(n, 'deal', 'deal', 'deal_id');
	an_other constant text := small.some(n, 'other', 'deal', 'deal_id');
	a_partner constant text := small.some(n, 'partner', 'partner', 'partner_id');
	a_account constant text := small.some(n, 'account', 'account', 'account_id');
	a_touch constant text := small.some(n, 'touch', 'touch', 'touch_id');
	failing constant text := (SELECT format('SELECT %s FROM deal WHERE 1 / (length(deal_id) - length(deal_id)) = 0',
			string_agg(CASE WHEN c.name = 'deal_id' THEN 'deal_id' ELSE format('NULL::%s AS %I', c.type, c.name) END, ', '))
		FROM m.relation r, ecosystem._mart_column(r.columns) c WHERE r.name = 'partner_deal');
	a_kind constant int := CASE WHEN n <= 22 THEN n ELSE 1 + small.dice(n, 'kind', 22) END;
BEGIN
	CASE a_kind
		WHEN 1 THEN INSERT INTO small.deal (deal_id, account_id, name, type, amount, opened_at, outcome, co_sell, region) VALUES ('N' || n, a_account, 'New', 'new', 1000 + n, '2026-08-01Z', 'open', false, 'Europe');
		WHEN 2 THEN UPDATE small.deal SET amount = amount * 2 + 1 WHERE deal_id = a_deal;
		WHEN 3 THEN DELETE FROM small.deal WHERE deal_id = a_deal;
		WHEN 4 THEN UPDATE small.deal SET outcome = 'won', closed_at = '2026-09-01Z' WHERE deal_id = (SELECT deal_id FROM small.deal WHERE outcome = 'open' ORDER BY md5(deal_id || n) LIMIT 1);
		WHEN 5 THEN UPDATE small.deal SET closed_at = closed_at + interval '92 days' WHERE deal_id = (SELECT deal_id FROM small.deal WHERE outcome = 'won' ORDER BY md5(deal_id || n) LIMIT 1);
		WHEN 6 THEN UPDATE small.touch SET deal_id = an_other WHERE touch_id = a_touch;
		WHEN 7 THEN DELETE FROM small.touch WHERE touch_id = a_touch;
		WHEN 8 THEN INSERT INTO small.touch (touch_id, deal_id, partner_id, kind, occurred_at, weight) SELECT 'N' || n, d.deal_id, a_partner, 'referral', d.opened_at - interval '3 days', 3 FROM small.deal d WHERE d.deal_id = a_deal;
		WHEN 9 THEN UPDATE small.deal_partner SET partner_id = a_partner WHERE deal_id = a_deal AND role = 'sourcing' AND NOT EXISTS (SELECT FROM small.deal_partner p WHERE (p.deal_id, p.partner_id, p.role) = (a_deal, a_partner, 'sourcing'));
		WHEN 10 THEN INSERT INTO small.deal_partner (deal_id, partner_id, role, is_primary) SELECT a_deal, a_partner, 'co_sell', false WHERE NOT EXISTS (SELECT FROM small.deal_partner p WHERE (p.deal_id, p.partner_id, p.role) = (a_deal, a_partner, 'co_sell'));
		WHEN 11 THEN UPDATE small.partner SET name = name || ' ' || n WHERE partner_id = a_partner;
		WHEN 12 THEN DELETE FROM small.partner_account WHERE partner_id = a_partner; INSERT INTO small.partner_account SELECT * FROM crm.partner_account WHERE partner_id = a_partner AND small.dice(n, record_id, 12) = 0;
		WHEN 13 THEN UPDATE small.partner_account SET population = CASE population WHEN 'customer' THEN 'prospect' ELSE 'customer' END WHERE partner_id = a_partner AND small.dice(n, record_id, 2) = 0;
		-- a merge: all of one account's is another's
		WHEN 14 THEN UPDATE small.deal SET account_id = a_account WHERE account_id = (SELECT d.account_id FROM small.deal d WHERE d.deal_id = a_deal);
			DELETE FROM small.account a WHERE a.account_id <> a_account AND NOT EXISTS (SELECT FROM small.deal d WHERE d.account_id = a.account_id);
		WHEN 15 THEN UPDATE small.account SET website = 'www.moved' || n || '.com' WHERE account_id = a_account;
		WHEN 16 THEN UPDATE m.setting SET as_of = as_of + 1;
		WHEN 17 THEN UPDATE m.touch_kind SET axis = CASE axis WHEN 'motion' THEN NULL ELSE 'motion' END WHERE touch_kind.kind = (SELECT t.kind FROM small.touch t WHERE touch_id = a_touch);
		WHEN 18 THEN UPDATE m.setting SET time_zone = CASE time_zone WHEN 'UTC' THEN 'America/Los_Angeles' ELSE 'UTC' END, fiscal_year_starts = 1 + (fiscal_year_starts + 1) % 12;
		WHEN 19 THEN INSERT INTO m.deal_model VALUES (a_deal, 'linear', '2020-01-01') ON CONFLICT (deal_id) DO UPDATE SET model = 'first_touch';
		WHEN 20 THEN UPDATE small.deal SET deal_id = 'R' || n WHERE deal_id = a_deal; UPDATE small.touch SET deal_id = 'R' || n WHERE deal_id = a_deal;
		-- a step fails in between, and what it should have seen is made up for
		WHEN 21 THEN
			CALL ecosystem.set_relation('m', 'partner_deal', failing);
			UPDATE small.deal SET amount = amount + 7 WHERE deal_id = a_deal;
			CALL ecosystem.refresh_mart('m');
			UPDATE small.deal SET amount = amount + 7 WHERE deal_id = an_other;
			CALL ecosystem.reset_relation('m', 'partner_deal');
		-- only some are asked for
		WHEN 22 THEN
			UPDATE small.touch SET kind = 'joint_pitch' WHERE touch_id = a_touch;
			CALL ecosystem.refresh_mart('m', ARRAY['touch', 'deal_fact']);
	END CASE;
	RETURN (ARRAY['a deal comes', 'an amount changes', 'a deal goes', 'a deal is won', 'a close moves to another quarter', 'a touch moves to another deal', 'a touch goes', 'a touch comes',
		'a role moves to another partner', 'a role comes', 'a partner is renamed', 'a list is replaced', 'populations change', 'accounts are merged', 'a website changes', 'a day passes',
		'a kind of touch means something else', 'the calendar changes', 'a deal gets a model of its own', 'a deal gets another id', 'a step fails in between', 'some relations are refreshed before'])[a_kind];
END $$;

CALL ecosystem.create_mart('m');
CALL ecosystem.bind_demo('m', 'crm');
UPDATE m.relation_part SET query = replace(query, 'crm.', 'small.') WHERE relation IN ('account', 'partner', 'partner_account', 'deal', 'deal_partner', 'touch', 'co_sell_plan', 'deal_registration');
UPDATE m.relation_part SET query = 'SELECT touch_id, deal_id, account_id, partner_id, kind, occurred_at, weight FROM small.touch' WHERE relation = 'touch';
DELETE FROM m.relation_part WHERE query !~ 'small\.';
UPDATE m.setting SET shrink_limit = 1;
CALL ecosystem.refresh_mart('m');
SELECT is_empty($$SELECT relation, problem FROM m.relation_state WHERE state <> 'fresh'$$, 'everything is made');
SELECT isnt_empty('SELECT FROM m.' || quote_ident(r), r || ' has rows') FROM unnest('{deal_fact,partner_deal,credit_line,account_overlap,whitespace,account_fact,co_sell_list,worklist}'::text[]) r;

-- Twice
CREATE TEMP TABLE written AS SELECT relname, n_tup_ins + n_tup_upd + n_tup_del AS n FROM pg_stat_xact_user_tables WHERE schemaname = 'm';
CALL ecosystem.refresh_mart('m');
SELECT is_empty($$SELECT relname FROM pg_stat_xact_user_tables s JOIN written w USING (relname) WHERE schemaname = 'm' AND n_tup_ins + n_tup_upd + n_tup_del > w.n
	AND relname NOT IN ('relation_state', 'refresh_log')$$, 'twice: no row is written');
SELECT is((SELECT (added, changed, removed)::text FROM ecosystem.mart_status('m') WHERE relation = '(all)'), '(0,0,0)', 'and it says so');
SELECT is_empty($$SELECT relation FROM m.refresh_log WHERE refresh = 2 AND relation IN (SELECT name FROM m.relation WHERE kind = 'report' AND name <> 'coverage')$$, 'no report is made again');

-- By key: what is made in full afterwards is the same
-- (those that are never made by key only now and then)
CREATE FUNCTION small.differences(n int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	reports constant text[] := ARRAY(SELECT name FROM m.relation WHERE kind = 'report' AND (grain IS NOT NULL OR n % 5 = 0 OR n BETWEEN 21 AND 22) ORDER BY name);
BEGIN
	CALL ecosystem.refresh_mart('m', reports, full_refresh => true);
	RETURN coalesce((SELECT string_agg(format('%s: %s added, %s changed, %s removed%s', relation, added, changed, removed, ', ' || sqlstate || ' ' || message), '; ') FROM m.refresh_log
		WHERE refresh = (SELECT max(refresh) FROM m.refresh_log) AND relation <> '(all)' AND (added + changed + removed <> 0 OR how <> 'full')), 'none');
END $$;
CREATE TABLE small.how AS SELECT relation, how FROM m.refresh_log WHERE false;
CREATE FUNCTION small.test(VARIADIC changes int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	what text := '';
	n int;
BEGIN
	FOREACH n IN ARRAY changes LOOP
		what := concat_ws(', ', nullif(what, ''), n || ': ' || small.change(n));
	END LOOP;
	CALL ecosystem.refresh_mart('m');
	INSERT INTO small.how SELECT relation, how FROM m.refresh_log WHERE refresh = (SELECT max(refresh) FROM m.refresh_log);
	RETURN is(small.differences(n), 'none', what);
END $$;
\if :in_pairs
SELECT small.test(n, n + 7) FROM generate_series(1, 7) n;
SELECT small.test(n) FROM generate_series(16, 18) n;
SELECT small.test(19, 15);
SELECT small.test(n) FROM generate_series(20, 22) n;
\else
SELECT small.test(n) FROM generate_series(1, :changes) n;
\endif

-- By key no input is read whole that has one: of each node that reads such an
-- input, where it finds its rows.
CREATE FUNCTION small.reads(relation text) RETURNS TABLE (input text, node text) LANGUAGE plpgsql SET search_path = public SET enable_seqscan = off SET jit = off AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row('m', relation);
	keys text[];
	plan json;
BEGIN
	EXECUTE format('SELECT array_agg(k) FROM (SELECT %I::text AS k FROM m.%I ORDER BY 1 LIMIT 3) q', r->>'grain', relation) INTO keys;
	PERFORM set_config('search_path', ecosystem._mart_search_path('m'), true);
	EXECUTE 'EXPLAIN (FORMAT JSON) ' || ecosystem._mart_report_query('m', r, true) INTO plan USING coalesce(keys, '{none}');
	RETURN QUERY
	SELECT i.input, coalesce(n->>'Index Cond', n->>'Recheck Cond', n->>'Node Type')
	FROM   ecosystem._mart_input(r->>'inputs') i, LATERAL jsonb_path_query(plan::jsonb, 'strict $.** ? (exists (@."Relation Name"))') n
	WHERE  i.grain_column IS NOT NULL AND n->>'Relation Name' = i.input;
END $$;
SELECT is_empty(format('SELECT * FROM small.reads(%L) WHERE node !~ ''=|IS NULL''', name), name || ' by key reads no input whole')
FROM   m.relation WHERE grain IS NOT NULL AND kind = 'report' ORDER BY name;

-- and the test means something
SELECT isnt_empty($$SELECT FROM small.how WHERE how = 'by key' AND relation = 'deal_fact'$$, 'facts were made by key');
SELECT is_empty($$SELECT name FROM m.relation WHERE grain IS NOT NULL AND name NOT IN (SELECT relation FROM small.how WHERE how = 'by key')$$, 'and so was every relation with a grain');

SELECT * FROM finish();
ROLLBACK;
