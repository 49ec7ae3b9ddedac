-- metrics: the views that the statements of docs/metrics.md share, on a few hand-made rows

BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(6);

-- Tables like those of the demo CRM, empty and without its constraints.
DO $$
DECLARE
	name text;
	col  record;
BEGIN
	FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('CREATE TEMP TABLE %I (LIKE crm.%I)', name, name);
		FOR col IN SELECT attname FROM pg_attribute WHERE attrelid = ('pg_temp.' || name)::regclass AND attnum > 0 LOOP
			EXECUTE format('ALTER TABLE pg_temp.%I ALTER %I DROP NOT NULL', name, col.attname);
		END LOOP;
	END LOOP;
END $$;
INSERT INTO touch_kind SELECT * FROM crm.touch_kind;

-- The page's own statements, its tables as views, so that they show the rows below.
\set views `awk '/^\140\140\140sql$/ { on = 1; block = ""; next } /^\140\140\140$/ { if (on && block ~ /CREATE TEMP (VIEW|TABLE)/ && block !~ /TABLE summary|VIEW summary/) printf "%s", block; on = 0 } on { sub(/^CREATE TEMP TABLE/, "CREATE TEMP VIEW"); if ($0 !~ /^(CREATE INDEX|ANALYZE)/) block = block $0 "\n" }' docs/metrics.md`
\o /dev/null
:views
\o
-- What the forecast of predictability was documented by.
CREATE TEMP VIEW forecast_line AS
WITH stood AS (
	-- what each deal stood at, and until when
	SELECT deal_id, stage, amount, valid_from AT TIME ZONE 'UTC' AS since,
	       lead(valid_from AT TIME ZONE 'UTC', 1, 'infinity') OVER (PARTITION BY deal_id ORDER BY valid_from) AS until
	FROM   deal_history
), snapshot AS (
	SELECT q::date AS quarter, h.deal_id, h.stage, h.amount, d.class,
	       CASE WHEN d.outcome = 'won'
	       AND    d.closed_at AT TIME ZONE 'UTC' < q + interval '3 months' THEN d.amount ELSE 0 END AS came
	FROM   today, generate_series(quarter - interval '27 months', quarter, '3 months') q
	       JOIN stood h ON h.since < q AND h.until >= q
	       JOIN driven d ON d.deal_id = h.deal_id AND d.opened_at AT TIME ZONE 'UTC' < q
	            AND coalesce(d.closed_at AT TIME ZONE 'UTC', 'infinity') >= q
)
SELECT class, quarter, amount * sum(came) OVER w / nullif(sum(amount) OVER w, 0) AS forecast, NULL::numeric AS amount
FROM   snapshot WINDOW w AS (PARTITION BY class, stage)
UNION ALL
SELECT class, (closed_at AT TIME ZONE 'UTC')::date, NULL, amount
FROM   today, driven WHERE outcome = 'won' AND (closed_at AT TIME ZONE 'UTC')::date >= quarter - interval '27 months';
SELECT results_eq('SELECT day, quarter, until FROM today', $$VALUES (date '2026-09-30', date '2026-07-01', timestamptz '2026-10-01')$$, 'the views of the page are there, and the day is the demo''s');

-- Deals: touched in time by a and passively by b, by b too late; sourced by a
INSERT INTO deal (deal_id, account_id, program, amount, gross_margin, opened_at, closed_at, outcome, co_sell) VALUES
	('1', 'A1', 'p', 1000, 700, '2025-02-01', '2025-04-11', 'won', true), ('2', 'A2', 'p', 500, 400, '2026-02-01', '2026-04-11', 'won', false), ('3', 'A3', NULL, 50, 40, '2026-02-01', NULL, 'open', false);
INSERT INTO touch (touch_id, deal_id, partner_id, kind, occurred_at) VALUES ('1', '1', 'a', 'referral', '2025-01-20'), ('2', '1', 'b', 'overlap', '2025-01-20'), ('3', '2', 'b', 'reference', '2026-04-12'),
	('4', '1', 'c', 'joint_call', '2025-02-03'), ('5', '1', 'a', 'co_sell_plan', '2025-02-02');
SELECT results_eq('SELECT deal_id, partner_id, origin FROM involved_partner ORDER BY 1, 2', $$VALUES ('1', 'a', 'partner_sourced'), ('1', 'c', 'partner_influenced')$$, 'partners who are there, or come late, are not involved');
SELECT results_eq('SELECT deal_id, class, origin FROM driven ORDER BY 1', $$VALUES ('1', 'involved', 'partner_sourced'), ('2', 'unproven', 'unpartnered'), ('3', 'direct', 'unpartnered')$$, 'every deal has its class');

-- Credit by the rule in force at the close
INSERT INTO deal_partner (deal_id, partner_id, role) VALUES ('1', 'a', 'sourcing'), ('1', 'c', 'technical'), ('2', 'b', 'technical'), ('3', 'a', 'sourcing');
INSERT INTO split_policy VALUES ('p', '(,2026-01-01)', 'role_split(sourcing=60, technical=40)'), ('p', '[2026-01-01,)', 'linear');
SELECT results_eq('SELECT deal_id, partner_id, credit, margin_credit FROM credited ORDER BY 1, 2', $$VALUES ('1', 'a', 600::numeric, 420::numeric), ('1', 'c', 400, 280), ('2', 'b', 500, 400)$$, 'won deals alone, each by its rule');

-- Customers
INSERT INTO subscription VALUES ('A1', '2024-07-01', 100, 10, 0, 0), ('A1', '2024-10-01', 110, 0, 5, 0), ('A1', '2025-07-01', 105, 20, 0, 0), ('A1', '2025-10-01', 125, 0, 0, 0), ('A1', '2026-07-01', 125, 0, 0, 125),
	('A2', '2025-10-01', 0, 40, 0, 0), ('A2', '2026-01-01', 40, 8, 0, 0);
INSERT INTO integration_use (account_id, partner_id, started_on, ended_on) VALUES ('A1', 'b', '2025-03-01', NULL), ('A1', 'a', '2024-01-01', '2025-01-01');
SELECT results_eq('SELECT account_id, since, lost_on, first_integration, second_integration, arr FROM customer ORDER BY 1',
	$$VALUES ('A1', date '2024-07-01', date '2026-08-16', date '2024-01-01', date '2025-03-01', 125::numeric), ('A2', '2025-11-15', NULL, NULL, NULL, 48)$$, 'customers, from where they are known, and in the middle of the quarter in which they come and go');
SELECT results_eq('SELECT account_id, year, opening, expansion, contraction, churned, integrations FROM customer_year ORDER BY 1, 2',
	$$VALUES ('A1', date '2023-10-01', NULL::numeric, 10::numeric, 0::numeric, 0::numeric, 0), ('A1', '2024-10-01', 110, 20, 5, 0, 1), ('A1', '2025-10-01', 125, 0, 0, 125, 1), ('A2', '2025-10-01', 0, 48, 0, 0, 0)$$,
	'years of four quarters, the last one ending with this quarter; the integrations of its beginning');

SELECT * FROM finish();
ROLLBACK;
