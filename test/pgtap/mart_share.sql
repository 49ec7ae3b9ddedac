-- mart_share: what a partner is shown of a mart, and that nothing else can be seen from there

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(62);

CREATE ROLE ecosystem_test_p1;
CREATE ROLE ecosystem_test_p3;
CREATE ROLE ecosystem_test_other;
-- What the owner's defaults give others is not given here
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ecosystem_test_other;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ecosystem_test_other;

CALL create_mart('m');
\ir hand.psql
SELECT pg_temp.bind_hand('m');
UPDATE m.setting SET as_of = '2026-06-30';
REVOKE ALL ON SCHEMA m, m_cache, hand FROM ecosystem_test_other;

-- Every row of a partner carries a token of the partner's, in every text.
INSERT INTO hand.partner (partner_id, name, type, program, tier, region, owner, website)
SELECT p, 'canary' || p || ' Inc', 'services', 'canary' || p, 'canary' || p, 'canary' || p, 'canary' || p, 'canary' || p || '.com' FROM unnest('{P1,P2,P3}'::text[]) p;
INSERT INTO hand.account (account_id, name, website, country, segment, owner, owner_email)
SELECT 'A' || n, 'Account ' || n, 'account-' || n || '.com', 'US', (ARRAY['customer', 'open_opportunity', 'prospect'])[1 + n % 3], 'Ann', 'ann@us.com' FROM generate_series(1, 90) n;
-- a customer of ours who is a partner, too, and one that P1 knows by way of P2's list only
INSERT INTO hand.account (account_id, name, website, country, segment, is_partner) VALUES
	('A91', 'canaryP2 Inc', 'canaryP2.com', 'US', 'customer', true), ('A92', 'Bridge Holdings', 'bridge.com', 'US', 'customer', false);
-- P1 knows accounts 1 to 30, P2 20 to 60; each has others besides
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population, stage, owner, owner_email)
SELECT p, 'canary' || p || '-' || n, 'canary' || p || ' ' || n, CASE WHEN n <= 90 THEN 'https://account-' || n || '.com/canary' || p ELSE 'elsewhere-' || n || '.com' END, 'US',
       (ARRAY['customer', 'open_opportunity', 'prospect'])[1 + n / 10 % 3], 'canary' || p, 'canary' || p, 'canary' || p
FROM  (SELECT 'P1' AS p, n FROM generate_series(1, 30) n UNION ALL SELECT 'P2', n FROM generate_series(20, 60) n
       UNION ALL SELECT p, n FROM unnest('{P1,P2}'::text[]) p, generate_series(101, 130) n) r;
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES
	('P1', 'canaryP1-bridge', 'Zeppelin Works', NULL, 'DE', 'customer'), ('P2', 'canaryP2-bridge', 'Zeppelin Works', 'bridge.com', 'DE', 'customer');
-- P3, for its counts: of 12 customers 6 and 4 are ours, of 8 prospects 7, of 10 with a deal 5 and 5
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population)
SELECT 'P3', 'canaryP3-' || population || i, 'canaryP3 ' || population || i, CASE WHEN account > 0 THEN 'account-' || account || '.com' ELSE population || i || '-of-p3.com' END, 'US', population
FROM  (SELECT 'customer' AS population, i, CASE WHEN i <= 6 THEN 3 * i WHEN i <= 10 THEN 3 * i + 2 END AS account FROM generate_series(1, 12) i
       UNION ALL SELECT 'prospect', i, CASE WHEN i <= 7 THEN 18 + 3 * i END FROM generate_series(1, 8) i
       UNION ALL SELECT 'open_opportunity', i, CASE WHEN i <= 5 THEN 39 + 3 * i ELSE 41 + 3 * i END FROM generate_series(1, 10) i) r;
INSERT INTO hand.matched_account (account_id, partner_id, population) VALUES ('A80', 'P1', ''), ('A81', 'P2', 'customer');
INSERT INTO hand.deal (deal_id, account_id, name, type, outcome, amount, opened_at, closed_at, program) VALUES
	('D1', 'A1', 'Renewal', 'new', 'won', 1000, '2026-01-10', '2026-03-01', 'ecosystem'),
	('D2', 'A2', 'Upgrade with CANARYP2 Inc', 'new', 'won', 500, '2026-01-10', '2026-03-01', 'ecosystem'),
	('D3', 'A40', 'Of the other', 'new', 'won', 800, '2026-01-10', '2026-03-01', 'canaryP2'),
	('D4', 'A5', 'Open', 'new', 'open', 800, '2026-01-10', NULL, NULL);
INSERT INTO hand.deal_partner (deal_id, partner_id, role, added_at) VALUES
	('D1', 'P1', 'sourcing', '2026-01-05'), ('D1', 'P2', 'technical', '2026-01-05'), ('D1', 'P2', 'canaryP2', '2026-01-05'), ('D1', 'P1', 'influencing', '2026-01-05'),
	('D2', 'P1', 'technical', '2026-01-05'), ('D2', 'P2', 'sourcing', '2026-01-05'), ('D3', 'P2', 'sourcing', '2026-01-05'), ('D4', 'P2', 'sourcing', '2026-01-05');
INSERT INTO hand.touch (touch_id, deal_id, partner_id, kind, occurred_at, subject, found_in)
SELECT 'canary' || p || d, d, p, 'canary' || p, '2026-02-01', 'canary' || p, 'canary' || p FROM unnest('{P1,P2}'::text[]) p, unnest('{D1,D2,D3,D4}'::text[]) d;
INSERT INTO hand.deal_registration (registration_id, partner_id, account_id, deal_id, status, registered_at, expires_on) VALUES
	('G1', 'P1', 'A7', NULL, 'approved', '2026-06-02', NULL), ('G2', 'P2', 'A7', NULL, 'canaryP2', '2026-06-01', NULL), ('G3', 'P1', 'A8', NULL, 'approved', '2026-06-01', NULL),
	('G4', 'P1', 'A9', NULL, 'approved', '2026-06-01', '2026-06-15'), ('G5', 'P1', 'A10', NULL, 'approved', '2026-01-01', NULL),
	('G6', 'P1', 'A1', 'D1', 'approved', '2026-01-01', NULL), ('canaryP2-G', 'P2', 'A12', NULL, 'canaryP2', '2026-06-02', NULL);
INSERT INTO hand.co_sell_plan (plan_id, deal_id, partner_id, our_owner, partner_owner, split) VALUES ('canaryP2', 'D1', 'P2', 'canaryP2', 'canaryP2', 'canaryP2');

-- ---------------------------------------------------------------------------
-- What is asked for
-- ---------------------------------------------------------------------------

SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1')$$, 'P0002', 'mart "m" knows no partner "P1"', 'before the first refresh nobody is known');
CALL refresh_mart('m');
SELECT throws_ok($$CALL share_mart('none', 'P1', 'ecosystem_test_p1')$$, '3F000', NULL, 'there has to be a mart');
SELECT throws_ok($$CALL share_mart('m', 'P9', 'ecosystem_test_p1')$$, 'P0002', NULL, 'and a partner');
SELECT throws_ok($$CALL share_mart('m', NULL, 'ecosystem_test_p1')$$, 'P0002', NULL, 'one at all');
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_nobody')$$, '42704', NULL, 'and a role');
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1', minimum => 0)$$, '22023', NULL, 'a minimum is 1 or more');
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1', '{"custmer": "hidden", "*": "all"}')$$, '22023', 'mart "m": "custmer" is no population', 'a population that is mistyped is none');
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1', '{"customer": {"*": "everything"}}')$$, '22023', 'mart "m": "everything" is no level', 'nor is a level');
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1', '["all"]')$$, '22023', NULL, 'levels are an object');
SELECT throws_ok($$CALL share_mart('m', 'P1', current_user)$$, '0LP01', NULL, 'who owns the mart is no partner');
GRANT USAGE ON SCHEMA m TO ecosystem_test_other;
GRANT ecosystem_test_other TO ecosystem_test_p1;
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1')$$, '0LP01', 'role "ecosystem_test_p1" can read mart "m" itself', 'nor who could become one that reads all of it');
REVOKE ecosystem_test_other FROM ecosystem_test_p1;
REVOKE USAGE ON SCHEMA m FROM ecosystem_test_other;
CREATE SCHEMA m_share_1;
SELECT throws_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1')$$, '42P06', 'schema "m_share_1" exists', 'a schema that is there is not taken');
DROP SCHEMA m_share_1;
SELECT results_eq($$SELECT our_population, their_population, level FROM _mart_share_levels('{"customer": {"prospect": "all", "*": "overlapping"}, "prospect": "counts_only", "*": {"customer": "counts_only"}}')
	WHERE level <> 'hidden' ORDER BY 1, 2$$,
	$$VALUES ('', 'customer', 'counts_only'), ('customer', '', 'overlapping'), ('customer', 'customer', 'overlapping'), ('customer', 'open_opportunity', 'overlapping'), ('customer', 'prospect', 'all'),
	         ('open_opportunity', 'customer', 'counts_only'), ('prospect', '', 'counts_only'), ('prospect', 'customer', 'counts_only'), ('prospect', 'open_opportunity', 'counts_only'), ('prospect', 'prospect', 'counts_only')$$,
	'what is named more closely comes first, what is not named is hidden');

SELECT lives_ok($$CALL share_mart('m', 'P1', 'ecosystem_test_p1', '{"customer": {"*": "overlapping"}, "prospect": {"customer": "all", "prospect": "hidden", "*": "counts_only"}}')$$, 'something is shared');
SELECT throws_ok($$CALL share_mart('m', 'P3', 'ecosystem_test_p1')$$, '0LP01', 'role "ecosystem_test_p1" also reads schema "m_share_1"', 'a role reads for one partner');
SELECT lives_ok($$CALL share_mart('m', 'P3', 'ecosystem_test_p3')$$, 'by default counts');
CALL refresh_mart('m');

-- ---------------------------------------------------------------------------
-- What is there
-- ---------------------------------------------------------------------------

SELECT results_eq($$SELECT relation, kind, state FROM mart_status('m') WHERE kind = 'shared'$$, $$VALUES ('m_share_1', 'shared', 'fresh'), ('m_share_2', 'shared', 'fresh')$$, 'mart_status tells of shares');
SELECT results_eq($$SELECT relation, state FROM mart_status('m') WHERE state IN ('failed', 'skipped')$$, $$SELECT ''::text, ''::text WHERE false$$, 'nothing failed');
SELECT results_eq($$SELECT deal_id, line, deal, account, role, amount, currency FROM m_share_1.my_credit ORDER BY 1, 2$$,
	$$VALUES ('D1', 1, 'Renewal', 'Account 1', 'influencing', 0.00::numeric(18,2), 'USD'), ('D1', 2, 'Renewal', 'Account 1', 'sourcing', 400.00, 'USD'), ('D2', 1, NULL, 'Account 2', 'technical', 100.00, 'USD')$$,
	'its own lines of credit, numbered by themselves, without the deal''s name where that names another partner');
SELECT results_eq($$SELECT sum(amount) FROM m_share_1.my_credit$$, $$SELECT sum(amount) FROM m.credit_line WHERE partner_id = 'P1'$$, 'all of them');
SELECT results_eq($$SELECT registration_id, stands, reason FROM m_share_1.my_registration ORDER BY 1$$,
	$$VALUES ('G1', false, 'another registration was there before'), ('G3', true, 'it protects'), ('G4', false, 'expired'), ('G5', false, 'nothing was done about it for too long'), ('G6', NULL, 'the deal was won')$$,
	'its registrations, and why');
SELECT results_eq($$SELECT DISTINCT our_population, their_population FROM m_share_1.my_overlap ORDER BY 1, 2$$,
	$$VALUES ('customer', 'customer'), ('customer', 'open_opportunity'), ('customer', 'prospect'), ('prospect', 'customer'), ('prospect', NULL)$$, 'overlaps as the levels say');
SELECT results_eq($$SELECT count(*) FROM m_share_1.my_overlap WHERE our_population = 'customer'$$, $$SELECT 10::bigint$$, 'customers that are on the list');
SELECT results_eq($$SELECT count(*) FROM m_share_1.my_overlap WHERE our_population = 'prospect' AND their_population IS NULL$$,
	$$SELECT count(*) FROM m.account WHERE segment = 'prospect' AND account_id NOT IN (SELECT account_id FROM m.shared_match WHERE partner_id = 'P1')$$, 'of what is shared whole those that are not, too');
SELECT is_empty($$SELECT account_id FROM m_share_1.my_overlap o WHERE EXISTS (SELECT FROM m.shared_match s WHERE s.partner_id = 'P1' AND s.account_id = o.account_id AND s.level IN ('hidden', 'counts_only'))$$,
	'and nothing of the others');
SELECT results_eq($$SELECT matched_by FROM m.account_overlap WHERE account_id = 'A92' AND partner_id = 'P1'$$, $$VALUES ('company')$$, 'what P1 knows by way of P2''s list');
SELECT is_empty($$SELECT FROM m.shared_match WHERE account_id = 'A92' AND partner_id = 'P1'$$, 'is not shared with P1');
SELECT is_empty($$SELECT FROM m_share_1.my_overlap WHERE account_id = 'A91'$$, 'nor which of our accounts are partners');
SELECT is_empty('SELECT FROM m_share_2.my_overlap', 'where there are counts only, there is no list');
SELECT results_eq($$SELECT account_id, record_id, matched_by FROM m.shared_match WHERE partner_id = 'P1' AND record_id = ''$$, $$VALUES ('A80', '', 'private')$$, 'matched without a list');

-- ---------------------------------------------------------------------------
-- Counts
-- ---------------------------------------------------------------------------

SELECT results_eq($$SELECT our_population, their_population, their_records, records FROM m_share_2.my_counts ORDER BY 2, 1$$,
	$$VALUES ('customer', 'customer', 12::bigint, 6::bigint), ('open_opportunity', 'customer', 12, NULL), ('prospect', 'customer', 12, NULL),
	         ('customer', 'open_opportunity', 10, NULL), ('open_opportunity', 'open_opportunity', 10, NULL), ('prospect', 'open_opportunity', 10, 5),
	         ('customer', 'prospect', 8, NULL), ('open_opportunity', 'prospect', 8, NULL), ('prospect', 'prospect', 8, NULL)$$,
	'withheld are counts below the minimum, and those that leave too few of the list');
SELECT results_eq($$SELECT our_population, their_population, count(*) FROM m.shared_match WHERE partner_id = 'P3' AND is_counted GROUP BY 1, 2 ORDER BY 2, 1$$,
	$$VALUES ('customer', 'customer', 6::bigint), ('prospect', 'customer', 4), ('customer', 'open_opportunity', 5), ('prospect', 'open_opportunity', 5), ('customer', 'prospect', 7)$$, 'of what there is');
SELECT is_empty($$SELECT FROM m_share_1.my_counts WHERE our_population = 'prospect' AND their_population = 'prospect' OR our_population = 'open_opportunity'$$, 'what is hidden has no cell');
-- one record more, put into the list to try what it is to us
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population) VALUES ('P3', 'probe', 'Probe', 'account-60.com', 'US', 'customer');
CALL refresh_mart('m');
SELECT results_eq($$SELECT their_records, records FROM m_share_2.my_counts WHERE (our_population, their_population) = ('customer', 'customer')$$, $$VALUES (13::bigint, 6::bigint)$$,
	'one record more does not move a count');
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population)
SELECT 'P3', 'more' || n, 'More' || n, 'account-' || 3 * n || '.com', 'US', 'customer' FROM generate_series(21, 24) n;
CALL refresh_mart('m');
SELECT results_eq($$SELECT their_records, records FROM m_share_2.my_counts WHERE (our_population, their_population) = ('customer', 'customer')$$, $$VALUES (17::bigint, 11::bigint)$$, 'as many as the minimum do');
DELETE FROM hand.partner_account WHERE partner_id = 'P3' AND population = 'customer';
CALL refresh_mart('m', full_refresh => true);
SELECT is_empty($$SELECT FROM m_share_2.my_counts WHERE their_population = 'customer'$$, 'a population without a list has no cells');
INSERT INTO hand.partner_account (partner_id, record_id, name, website, country, population)
SELECT 'P3', 'again' || n, 'Again' || n, 'account-' || 3 * n || '.com', 'US', 'customer' FROM generate_series(1, 12) n
UNION ALL SELECT 'P3', 'rest' || n, 'Rest' || n, 'rest-' || n || '.com', 'US', 'customer' FROM generate_series(1, 6) n;
CALL refresh_mart('m');
SELECT results_eq($$SELECT their_records, records FROM m_share_2.my_counts WHERE (our_population, their_population) = ('customer', 'customer')$$, $$VALUES (18::bigint, 11::bigint)$$,
	'and what was shown before the list was taken away is not forgotten');
CALL refresh_mart('m');
SELECT results_eq($$SELECT sum(added + changed + removed) FROM m.refresh_log WHERE refresh = (SELECT max(refresh) FROM m.refresh_log)$$, 'SELECT 0::numeric', 'a refresh without changes writes nothing');

-- ---------------------------------------------------------------------------
-- Canaries
-- ---------------------------------------------------------------------------

-- As the partner's role: everything that can be selected, every error, every plan.
CREATE FUNCTION pg_temp.leaks(token text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	name text;
	line text;
	n bigint;
	detail text;
	hint text;
	context text;
BEGIN
	FOR name IN
		SELECT format('SELECT count(*) FROM %s t WHERE t::text ILIKE $1', c.oid::regclass) FROM pg_class c WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 't', 'S') AND has_table_privilege(c.oid, 'SELECT')
		UNION ALL SELECT format('SELECT count(*) FROM %I.%I t WHERE t::text ILIKE $1', s, r.name) FROM unnest('{m,m_cache,m_share_2,hand}'::text[]) s, mart_relation r
		UNION ALL SELECT format('SELECT count(*) FROM %s t WHERE t::text ILIKE $1', f) FROM unnest('{mart_status(''m''),check_mart(''m''),"relation_sql(''m'', ''partner_account'')",
			"pg_stat_get_activity(NULL)","pg_get_keywords()"}'::text[]) f
		UNION ALL SELECT format('SELECT 1 FROM m_share_1.%I t WHERE $1 IS NOT NULL AND t::text::integer > 0', r.name) FROM mart_relation r WHERE kind = 'shared'
		UNION ALL SELECT format('SELECT 1 FROM m_share_2.%I', r.name) FROM mart_relation r WHERE kind = 'shared'
		UNION ALL SELECT unnest('{"CALL ecosystem.refresh_mart(''m'')","CALL ecosystem.unshare_mart(''m'', ''P2'')","CALL ecosystem.share_mart(''m'', ''P2'', ''ecosystem_test_p1'')","INSERT INTO m_share_1.my_counts VALUES (''a'', ''b'', 1, 1)",
			"TRUNCATE m_share_1.my_credit","CREATE TABLE m_share_1.more (a integer)","LOCK TABLE m.partner","COMMENT ON TABLE m.partner IS ''''"}'::text[])
	LOOP
		BEGIN
			IF name LIKE 'SELECT count%' THEN
				EXECUTE name INTO n USING '%' || token || '%';
				IF n > 0 THEN RETURN NEXT name; END IF;
			ELSE
				EXECUTE name USING token;
			END IF;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS line = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
			IF concat(line, detail, hint, context) ILIKE '%' || token || '%' THEN
				RETURN NEXT name || ': ' || line;
			END IF;
		END;
	END LOOP;
	FOR name IN SELECT r.name FROM mart_relation r WHERE kind = 'shared' LOOP
		FOR line IN EXECUTE format('EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM m_share_1.%I t WHERE t::text > ''''', name) LOOP
			IF line ILIKE '%' || token || '%' OR line ~ 'Rows Removed' THEN RETURN NEXT line; END IF;
		END LOOP;
	END LOOP;
END $$;
ANALYZE m.partner; ANALYZE m.partner_account; ANALYZE m_share_1.my_overlap;
SET ROLE ecosystem_test_p1;
SELECT cmp_ok((SELECT count(*) FROM pg_temp.leaks('canary' || 'p1')), '>', 1::bigint, 'the search finds what there is');
SELECT is_empty($$SELECT * FROM pg_temp.leaks('canary' || 'p2') WHERE leaks !~ 'pg_stat_activity|pg_cursors|pg_prepared'$$, 'and nothing of another partner');
SELECT is_empty($$SELECT * FROM pg_temp.leaks('canary' || 'p3')$$, 'nor of one with whom something else is shared');
SELECT set_eq($$SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE (nspname ~ '^(m|hand)' OR nspname = 'crm') AND relkind IN ('r', 'v', 'm') AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')$$,
	$$SELECT 'm_share_1.' || name FROM mart_relation WHERE kind = 'shared'$$, 'the role may read the copies, and nothing else');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'm_share_1'::regnamespace AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')$$, 'and may only read them');
SELECT is(has_schema_privilege('m_share_1', 'CREATE'), false, 'nor make anything there');
SELECT throws_ok('SELECT FROM m_share_2.my_credit', '42501', NULL, 'nothing of another share');
RESET ROLE;
SELECT is_empty($$SELECT FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'm_share_1'::regnamespace AND a.grantee NOT IN (c.relowner, 'ecosystem_test_p1'::regrole)$$, 'whatever the owner''s defaults are, nobody else reads them');
SELECT is_empty($$SELECT FROM pg_namespace n, aclexplode(n.nspacl) a WHERE nspname = 'm_share_1' AND a.grantee NOT IN (n.nspowner, 'ecosystem_test_p1'::regrole)$$, 'nor uses the schema');
SELECT is_empty($$SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ecosystem')
	AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'm_share_1'::regnamespace)$$, 'nothing there depends on the extension');
SELECT is_empty($$SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = 'm_share_1'::regnamespace AND c.relkind = 'r'
	AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)$$, 'every column says what it is');

-- ---------------------------------------------------------------------------
-- What happens to shares
-- ---------------------------------------------------------------------------

-- others are let in by hand, and the reader goes
GRANT SELECT ON m_share_1.my_credit TO ecosystem_test_other;
DROP OWNED BY ecosystem_test_p3;
DROP ROLE ecosystem_test_p3;
CALL refresh_mart('m');
SELECT set_eq($$SELECT severity, relation, problem, example FROM m.problem WHERE source = 'share'$$,
	$$VALUES ('error', 'm_share_1', 'others can read it', 'ecosystem_test_other'), ('warning', 'm_share_2', 'its reader is no longer there', 'ecosystem_test_p3')$$, 'both are said');
CREATE ROLE ecosystem_test_p3;
CALL refresh_mart('m');
SELECT is(has_schema_privilege('ecosystem_test_p3', 'm_share_2', 'USAGE'), false, 'a role that comes back under the name is given nothing');
CALL share_mart('m', 'P1', 'ecosystem_test_p1', '{"*": "hidden"}');
CALL share_mart('m', 'P3', 'ecosystem_test_p3');
CALL refresh_mart('m');
SELECT is_empty($$SELECT FROM m.problem WHERE source = 'share'$$, 'until it is shared again');
SELECT is_empty('SELECT FROM m_share_1.my_overlap UNION ALL SELECT FROM m_share_1.my_counts', 'what is hidden from now on is gone');

-- what fails in one share hinders nobody
ALTER SCHEMA m_share_1 RENAME TO m_moved;
INSERT INTO hand.deal (deal_id, account_id, name, outcome, amount, opened_at, closed_at) VALUES ('D9', 'A1', 'More', 'won', 10, '2026-04-01', '2026-05-01');
INSERT INTO hand.deal_partner (deal_id, partner_id, role) VALUES ('D9', 'P3', 'sourcing');
CALL refresh_mart('m');
SELECT results_eq($$SELECT relation, state, problem FROM mart_status('m') WHERE kind = 'shared'$$,
	$$VALUES ('m_share_1', 'failed', 'schema "m_share_1" is not there It was dropped or renamed, or the mart was restored without it.'), ('m_share_2', 'fresh', NULL)$$, 'a share that cannot be made');
SELECT results_eq($$SELECT deal_id FROM m_share_2.my_credit$$, $$VALUES ('D9')$$, 'leaves the others and the mart as they are to be');
SELECT lives_ok($$CALL unshare_mart('m', 'P1')$$, 'it is forgotten');
SELECT throws_ok($$CALL unshare_mart('m', 'P1')$$, 'P0002', NULL, 'once');

-- a version that has other columns, a mart under another name
ALTER TABLE m_share_2.my_credit DROP COLUMN program;
CALL upgrade_mart('m');
CALL refresh_mart('m', full_refresh => true);
SELECT has_column('m_share_2', 'my_credit', 'program', 'tables of another version are made anew');
SELECT ok(has_table_privilege('ecosystem_test_p3', 'm_share_2.my_credit', 'SELECT'), 'and are read as before');
ALTER SCHEMA m RENAME TO n;
CALL refresh_mart('n');
SELECT results_eq($$SELECT relation, state FROM mart_status('n') WHERE kind = 'shared'$$, $$VALUES ('m_share_2', 'fresh')$$, 'a mart takes its shares along to another name');

CREATE VIEW public.over_share AS SELECT * FROM m_share_2.my_credit;
SELECT lives_ok($$CALL drop_mart('n')$$, 'it is dropped');
SELECT is_empty($$SELECT nspname FROM pg_namespace WHERE nspname ~ '_share_'$$, 'with what it shared, and what was made over that');

SELECT * FROM finish();
ROLLBACK;
