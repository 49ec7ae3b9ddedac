-- Every report of a mart over a replica of the demo CRM is that of a mart over
-- the demo CRM itself, but for ids.
BEGIN;
\ir ../demo/replicas.sql
SET client_min_messages = warning;
SET search_path = ecosystem, public;
SET jit = off;

CALL create_mart('mart_replica');
CALL bind_salesforce('mart_replica', 'replica_fivetran');
CALL bind_table('mart_replica', 'partner_account', 'replica.partner_list');
SELECT _mart_drop_part('mart_replica', r, 'salesforce') FROM unnest(ARRAY['deal_history', 'lead_exchange']) r;
-- campaigns there are others than the demo's
UPDATE mart_replica.relation_part SET query = replace(query, 'c.name || '' '' || c.id AS campaign', 'NULL::text AS campaign') WHERE relation = 'touch';

-- What Salesforce keeps of it: days of closes, stages, when touches were noted.
CALL create_mart('mart_demo');
SELECT _mart_set_part('mart_demo', 'account', 'demo', 'SELECT account_id, name, website, country, segment, industry, region, false AS is_partner FROM crm.account', 'crm.account');
SELECT _mart_set_part('mart_demo', 'partner', 'demo', 'SELECT partner_id, name, type, region, signed_at AS signed_on FROM crm.partner', 'crm.partner');
SELECT _mart_set_part('mart_demo', 'partner_account', 'demo', 'SELECT partner_id, record_id, name, website, country, population FROM crm.partner_account', 'crm.partner_account');
SELECT _mart_set_part('mart_demo', 'deal', 'demo', $$SELECT deal_id, account_id, name, type, CASE outcome WHEN 'won' THEN 'Closed Won' WHEN 'lost' THEN 'Closed Lost' ELSE 'Negotiation' END AS stage,
	outcome, amount AS amount_written, arr, gross_margin, opened_at, (closed_at AT TIME ZONE 'UTC')::date AS closed_on, CASE WHEN outcome = 'open' THEN date '2026-12-15' END AS expected_close_on,
	owner, lower(replace(owner, ' ', '.')) || '@vendor.example' AS owner_email, lead_source, program, region, co_sell, marketplace, on_partner_paper, first_value_at FROM crm.deal$$, 'crm.deal');
SELECT _mart_set_part('mart_demo', 'deal_partner', 'demo', 'SELECT deal_id, partner_id, role, is_primary, added_at FROM crm.deal_partner', 'crm.deal_partner');
SELECT _mart_set_part('mart_demo', 'touch', 'demo', 'SELECT touch_id, deal_id, partner_id, kind, occurred_at, weight FROM crm.touch', 'crm.touch');
SELECT _mart_set_part('mart_demo', 'deal_registration', 'demo', 'SELECT registration_id, partner_id, account_id, deal_id, ''Approved'' AS status, registered_at, last_activity_at FROM crm.deal_registration', 'crm.deal_registration');
SELECT _mart_set_part('mart_demo', 'co_sell_plan', 'demo', 'SELECT plan_id, deal_id, partner_id, agreed_at, our_owner, partner_owner, split FROM crm.co_sell_plan', 'crm.co_sell_plan');
SELECT _mart_set_part('mart_demo', 'plan_milestone', 'demo', 'SELECT plan_id, milestone, due_on, done_on FROM crm.plan_milestone', 'crm.plan_milestone');
SELECT _mart_set_part('mart_demo', 'joint_solution', 'demo', 'SELECT product, partner_id, launched_on FROM crm.joint_solution', 'crm.joint_solution');
UPDATE mart_replica.setting SET as_of = '2026-09-30';
UPDATE mart_demo.setting SET as_of = '2026-09-30';
CALL refresh_mart('mart_replica');
CALL refresh_mart('mart_demo');

CREATE TEMP TABLE report AS SELECT name FROM mart_relation WHERE kind = 'report';
SELECT plan(1 + count(*)::integer) FROM report;
SELECT is((SELECT count(*) FROM mart_replica.deal_fact), 1200::bigint, 'there is something to compare');

-- Rows as text, ids as the demo's: 006Op00000D0001IAJ is D0001.
CREATE FUNCTION pg_temp.rows_of(mart text, name text) RETURNS TABLE (report_row text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$SELECT regexp_replace((to_jsonb(r) - ARRAY['updated_at', 'amount_written', 'parts', 'newest'])::text,
		'(?:00[0-9A-Za-z]|a0G)(Ac|Pt|Op|Ev|Tk|Le|Re|Pl)0*([ACDGP][0-9]+|T[0-9]{5})[A-Z0-9]{3}', '\2', 'g') FROM %I.%I r$q$, mart, name);
END $$;
SELECT is_empty(format($q$(SELECT report_row FROM pg_temp.rows_of('mart_demo', %1$L) EXCEPT ALL SELECT report_row FROM pg_temp.rows_of('mart_replica', %1$L)) UNION ALL
	(SELECT report_row FROM pg_temp.rows_of('mart_replica', %1$L) EXCEPT ALL SELECT report_row FROM pg_temp.rows_of('mart_demo', %1$L)) ORDER BY 1 LIMIT 4$q$, name), name)
FROM   report ORDER BY name;

SELECT * FROM finish();
ROLLBACK;
