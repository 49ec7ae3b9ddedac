-- credit: each deal by the rule of its program that was in force when it
-- closed, or by an override that was agreed before.  Nothing of this is in the
-- extension; the tables and the view are what its documentation tells to write.
BEGIN;
SET search_path = ecosystem, public;
SET timezone = 'UTC';
SELECT plan(27);

SELECT count(*) > 0 AS btree_gist FROM pg_available_extensions WHERE name = 'btree_gist' \gset
CREATE TEMP TABLE split_policy (program text NOT NULL, validity daterange NOT NULL, model credit_model NOT NULL);
\if :btree_gist
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
RESET client_min_messages;
ALTER TABLE split_policy ADD EXCLUDE USING gist (program WITH =, validity WITH &&);
\endif
CREATE TEMP TABLE split_override (deal_id text, agreed_at timestamptz, model credit_model NOT NULL, PRIMARY KEY (deal_id, agreed_at));
CREATE TEMP TABLE deal (deal_id text PRIMARY KEY, program text, amount numeric, won boolean DEFAULT true, closed_at timestamptz);
CREATE TEMP TABLE touch (deal_id text, partner_id text, role text, occurred_at timestamptz);
CREATE TEMP VIEW credited_deal AS
SELECT d.deal_id, d.program, d.amount, d.closed_at, coalesce(o.model, p.model) AS model
FROM   deal d
       LEFT JOIN split_policy p ON p.program = d.program AND p.validity @> (d.closed_at AT TIME ZONE 'UTC')::date
       LEFT JOIN LATERAL (SELECT model FROM split_override o WHERE o.deal_id = d.deal_id AND o.agreed_at < d.closed_at ORDER BY agreed_at DESC LIMIT 1) o ON true
WHERE  d.won;
CREATE TEMP VIEW credited AS
SELECT l.*
FROM  (SELECT credit_ledger_agg(deal_id, amount, model, role, partner_id, occurred_at, closed_at) AS l
       FROM  (SELECT deal_id, amount, closed_at, model, NULL AS role, NULL AS partner_id, NULL::timestamptz AS occurred_at FROM credited_deal
              UNION ALL
              SELECT deal_id, NULL, NULL, NULL, role, partner_id, occurred_at FROM touch JOIN credited_deal USING (deal_id)) rows) q, ledger(q.l) l;

INSERT INTO split_policy VALUES
	('resell', '(,2025-01-01)', 'first_touch'), ('resell', '[2025-01-01,2025-07-01)', 'last_touch'), ('resell', '[2025-07-01,)', 'role_split(sourcing=60, technical=40)'),
	('refer', '[2025-01-01,2025-04-01)', 'linear');

-- A program has one rule at a time.
\if :btree_gist
SELECT throws_ok($$INSERT INTO split_policy VALUES ('resell', '[2025-06-30,2025-07-01)', 'linear')$$, '23P01', NULL, 'two rules on one day');
SELECT lives_ok($$INSERT INTO split_policy VALUES ('refer', '[2024-12-31,2025-01-01)', 'u_shaped')$$, 'a rule that ends where the next begins');
\else
SELECT skip('btree_gist is not there', 2);
INSERT INTO split_policy VALUES ('refer', '[2024-12-31,2025-01-01)', 'u_shaped');
\endif
SELECT throws_ok($$INSERT INTO split_policy VALUES ('resell', 'empty', 'every_touch')$$, '22P02', NULL, 'a rule that is none is no policy');

-- Two partners touch each deal: ada first, sourcing; bob last, technical.
INSERT INTO deal VALUES
	('last day', 'resell', 100.01, true, '2024-12-31 23:59:59.999999'), ('first day', 'resell', 100.01, true, '2025-01-01 00:00'),
	('last day of June', 'resell', 100.01, true, '2025-06-30 23:59:59.999999'), ('first day of July', 'resell', 100.01, true, '2025-07-01 00:00'),
	('later', 'resell', 100.01, true, '2026-02-28 12:00'), ('refund', 'resell', -100.01, true, '2026-02-28 12:00'),
	('one day', 'refer', 100.01, true, '2024-12-31 12:00'), ('before any', 'refer', 100.01, true, '2024-12-30 12:00'), ('after all', 'refer', 100.01, true, '2025-04-01 00:00'),
	('no policy', 'distribution', 100.01, true, '2025-02-01 00:00'), ('no program', NULL, 100.01, true, '2025-02-01 00:00'),
	('untouched', 'distribution', 100.01, true, '2025-02-01 00:00'),
	('before', 'resell', 100.01, true, '2025-02-01 00:00'), ('at', 'resell', 100.01, true, '2025-02-01 00:00'), ('after', 'resell', 100.01, true, '2025-02-01 00:00'),
	('twice', 'resell', 100.01, true, '2025-02-01 00:00'), ('thrice', 'distribution', 100.01, true, '2025-02-01 00:00'),
	('open', 'resell', 100.01, true, NULL), ('open, agreed', 'resell', 100.01, true, NULL), ('lost', 'resell', 100.01, false, '2025-02-01 00:00');
INSERT INTO touch SELECT deal_id, p, r, coalesce(closed_at, '2025-02-01') - a FROM deal,
	(VALUES ('ada', 'sourcing', interval '9 days'), ('bob', 'technical', '1 day')) v(p, r, a) WHERE deal_id <> 'untouched';
INSERT INTO split_override VALUES
	('before', '2025-01-31 23:59:59.999999', 'linear'), ('at', '2025-02-01 00:00', 'linear'), ('after', '2025-02-01 00:00:00.000001', 'linear'),
	('twice', '2024-11-01', 'last_touch'), ('twice', '2025-01-15', 'first_touch'), ('twice', '2025-02-02', 'linear'),
	('thrice', '2025-01-15', 'first_touch'), ('open, agreed', '2020-01-01', 'linear');

SELECT is((SELECT string_agg(coalesce(partner || ' ' || amount, coalesce(amount::text, 'null') || ' ' || reason), ', ' ORDER BY partner) FROM credited WHERE deal = d), want, d)
FROM (VALUES
	('last day', 'ada 100.01, bob 0.00'),
	('first day', 'ada 0.00, bob 100.01'),
	('last day of June', 'ada 0.00, bob 100.01'),
	('first day of July', 'ada 60.01, bob 40.00'),
	('refund', 'ada -60.01, bob -40.00'),
	('one day', 'ada 50.01, bob 50.00'),
	('before any', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('after all', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('no policy', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('no program', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('untouched', '100.01 no partner'),
	('before', 'ada 50.01, bob 50.00'),
	('at', 'ada 0.00, bob 100.01'),
	('after', 'ada 0.00, bob 100.01'),
	('twice', 'ada 100.01, bob 0.00'),
	('thrice', 'ada 100.01, bob 0.00'),
	('open', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('open, agreed', 'null not split: no credit model, null not split: no credit model, 100.01 not split: no credit model'),
	('lost', NULL)) v(d, want);

-- At random, against the same words said another way: the rule whose first day
-- is the last one not after the close, unless it had ended by then.
TRUNCATE deal, touch, split_override;
INSERT INTO deal
SELECT 'D' || d, (ARRAY['resell', 'refer', 'distribution', NULL])[1 + h % 4], (h % 1000003 - 200000) / 100.0, h % 9 > 0,
       CASE WHEN h % 8 > 0 THEN timestamptz '2024-12-15' + (h % 300) * interval '1 day' - (h % 2) * interval '1 microsecond' END
FROM   generate_series(1, 2000) d, LATERAL (SELECT ('x' || substr(md5('policy' || d), 1, 7))::bit(28)::int AS h) r;
INSERT INTO touch
SELECT deal_id, 'P' || h % 7, (ARRAY['sourcing', 'technical'])[1 + h % 2], timestamptz '2024-12-01' + (h % 250) * interval '1 day'
FROM   deal, generate_series(1, 4) i, LATERAL (SELECT ('x' || substr(md5(deal_id || '/' || i), 1, 7))::bit(28)::int AS h) r WHERE h % 5 >= i;
INSERT INTO split_override
SELECT deal_id, closed_at + (h % 5 - 2) * interval '1 microsecond', (ARRAY['linear', 'time_decay', 'u_shaped'])[1 + h / 3 % 3]::credit_model
FROM   deal, LATERAL (SELECT ('x' || substr(md5('o' || deal_id), 1, 7))::bit(28)::int AS h) r WHERE h % 3 = 0 AND closed_at IS NOT NULL;
CREATE TEMP TABLE ruled AS
SELECT deal_id, amount, coalesce(
	(SELECT model FROM split_override o WHERE o.deal_id = d.deal_id AND closed_at - o.agreed_at > interval '0'),
	(SELECT CASE WHEN NOT upper(validity) <= date_trunc('day', closed_at) IS TRUE THEN model END FROM split_policy p
	 WHERE  p.program = d.program AND coalesce(lower(validity), '-infinity') <= date_trunc('day', closed_at) ORDER BY lower(validity) DESC NULLS LAST LIMIT 1))::text AS model
FROM deal d WHERE won;
SELECT is(count(*), 0::bigint, 'every deal by its rule: the one in the ledger''s rows, each deal in full')
FROM  (SELECT deal AS deal_id, max(model) AS model, count(DISTINCT coalesce(model, '')) AS models, sum(amount) AS amount FROM credited GROUP BY 1) c FULL JOIN ruled r USING (deal_id)
WHERE  c.model IS DISTINCT FROM r.model OR c.amount IS DISTINCT FROM r.amount OR models <> 1;
SELECT results_eq($$SELECT sum(amount) FROM credited$$, $$SELECT sum(amount) FROM deal WHERE won$$, 'partners and what goes to none sum to the won amount');
SELECT cmp_ok(count(DISTINCT model), '>=', 6::bigint, 'by six rules and more') FROM credited;
SELECT results_eq($$SELECT c.partner, sum(c.amount) FROM (SELECT deal_credit_agg(amount, model, role, partner_id, occurred_at, closed_at) AS s
		FROM credited_deal LEFT JOIN touch USING (deal_id) GROUP BY deal_id) q, credits(q.s) c WHERE partner IS NOT NULL GROUP BY 1 ORDER BY 1$$,
	$$SELECT partner_id, sum(credit) FROM (SELECT partner_id, credit(amount, model, role, partner_id, occurred_at, closed_at) OVER (PARTITION BY deal_id)
		FROM credited_deal JOIN touch USING (deal_id)) w WHERE credit IS NOT NULL GROUP BY 1 ORDER BY 1$$, 'the aggregate of one deal and the window function agree');
SELECT results_eq($$SELECT partner, sum(amount) FROM credited WHERE partner IS NOT NULL GROUP BY 1 ORDER BY 1$$,
	$$SELECT partner_id, sum(credit) FROM (SELECT partner_id, credit(amount, model, role, partner_id, occurred_at, closed_at) OVER (PARTITION BY deal_id)
		FROM credited_deal JOIN touch USING (deal_id)) w WHERE credit IS NOT NULL GROUP BY 1 ORDER BY 1$$, 'and so does the ledger');
SELECT * FROM finish();
ROLLBACK;
