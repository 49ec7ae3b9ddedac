-- bind_salesforce: the demo CRM exported into three shapes of a replica and
-- bound again is the demo CRM, row by row, in either time zone.
BEGIN;
\ir ../demo/replicas.sql
SET client_min_messages = warning;
SET search_path = ecosystem, public;
SET jit = off;
SELECT plan(62);

-- The rows of one query that are not those of the other.
CREATE FUNCTION pg_temp.differ(wanted text, is_there text) RETURNS TABLE (side text, differs text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT ''missing'', a::text FROM (SELECT * FROM (%1$s) w EXCEPT ALL SELECT * FROM (%2$s) i) a
		UNION ALL SELECT ''more'', a::text FROM (SELECT * FROM (%2$s) i EXCEPT ALL SELECT * FROM (%1$s) w) a LIMIT 5', wanted, is_there);
END $$;
CREATE FUNCTION pg_temp.same(mart text, zone text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT account_id, name, website, country, segment, industry, region, false FROM crm.account',
		'SELECT coalesce(k.demo_id, account_id), name, website, country, segment, industry, region, is_partner FROM %s.account LEFT JOIN replica.key k ON k.salesforce = account_id')$q$, mart), mart || ': accounts, ' || zone);
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT partner_id, name, type, region, signed_at FROM crm.partner',
		'SELECT coalesce(k.demo_id, partner_id), name, type, region, signed_on FROM %s.partner LEFT JOIN replica.key k ON k.salesforce = partner_id')$q$, mart), mart || ': partners, ' || zone);
	-- Salesforce keeps the day of a close: it ends with that day in the mart's zone
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT deal_id, account_id, name, type, outcome, amount, arr, gross_margin, opened_at, closed_at::date,
			(closed_at::date + 1)::timestamp AT TIME ZONE ''%2$s'' - interval ''1 microsecond'', CASE WHEN closed_at IS NULL THEN date ''2026-12-15'' END,
			owner, lead_source, program, region, co_sell, marketplace, on_partner_paper, first_value_at FROM crm.deal',
		'SELECT coalesce(k.demo_id, deal_id), coalesce(a.demo_id, account_id), name, type, outcome, amount, arr, gross_margin, opened_at, closed_on, closed_at, expected_close_on,
			owner, lead_source, program, region, co_sell, marketplace, coalesce(p.demo_id, on_partner_paper), first_value_at
		FROM %1$s.deal LEFT JOIN replica.key k ON k.salesforce = deal_id LEFT JOIN replica.key a ON a.salesforce = account_id LEFT JOIN replica.key p ON p.salesforce = on_partner_paper')$q$, mart, zone),
		mart || ': deals, ' || zone);
	-- a lookup has no date
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT deal_id, partner_id, role, is_primary, %2$s FROM crm.deal_partner',
		'SELECT coalesce(k.demo_id, deal_id), coalesce(p.demo_id, partner_id), role, coalesce(is_primary, false), added_at
		FROM %1$s.deal_partner LEFT JOIN replica.key k ON k.salesforce = deal_id LEFT JOIN replica.key p ON p.salesforce = partner_id')$q$, mart, CASE WHEN mart = 'mart_heroku' THEN 'NULL::timestamptz' ELSE 'added_at' END),
		mart || ': partners on deals, ' || zone);
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT touch_id, deal_id, NULL, partner_id, kind, occurred_at, weight FROM crm.touch',
		'SELECT x.touch_id, coalesce(k.demo_id, deal_id), account_id, coalesce(p.demo_id, partner_id), kind, occurred_at, coalesce(weight, (SELECT weight FROM %1$s.touch_kind w WHERE w.kind = t.kind))
		FROM %1$s.touch t CROSS JOIN LATERAL (SELECT substring(t.touch_id FROM ''T[0-9]{5}'') AS touch_id) x LEFT JOIN replica.key k ON k.salesforce = deal_id LEFT JOIN replica.key p ON p.salesforce = partner_id')$q$, mart),
		mart || ': touches, ' || zone);
END $$;

CALL create_mart('mart_fivetran');
CALL create_mart('mart_airbyte', time_zone => 'America/Los_Angeles');
CALL create_mart('mart_heroku');
CALL bind_salesforce('mart_fivetran', 'replica_fivetran');
CALL bind_salesforce('mart_airbyte', 'replica_airbyte');
CALL bind_salesforce('mart_heroku', 'replica_heroku');
CALL bind_table('mart_fivetran', 'partner_account', 'replica.partner_list');
CALL refresh_mart('mart_fivetran', '{account,partner,deal,deal_partner,touch,partner_account,deal_history}');
CALL refresh_mart('mart_airbyte', '{account,partner,deal,deal_partner,touch}');
CALL refresh_mart('mart_heroku', '{account,partner,deal,deal_partner,touch}');
SELECT pg_temp.same('mart_fivetran', 'UTC');
SELECT pg_temp.same('mart_airbyte', 'America/Los_Angeles');
SELECT pg_temp.same('mart_heroku', 'UTC');

-- The other zone.
UPDATE mart_fivetran.setting SET time_zone = 'America/Los_Angeles';
UPDATE mart_airbyte.setting SET time_zone = 'UTC';
UPDATE mart_heroku.setting SET time_zone = 'America/Los_Angeles';
CALL refresh_mart('mart_fivetran', '{account,partner,deal,deal_partner,touch,partner_account}');
CALL refresh_mart('mart_airbyte', '{account,partner,deal,deal_partner,touch}');
CALL refresh_mart('mart_heroku', '{account,partner,deal,deal_partner,touch}');
SELECT pg_temp.same('mart_fivetran', 'America/Los_Angeles');
SELECT pg_temp.same('mart_airbyte', 'UTC');
SELECT pg_temp.same('mart_heroku', 'America/Los_Angeles');

SELECT is_empty($q$SELECT * FROM pg_temp.differ('SELECT partner_id, record_id, name, website, country, population FROM crm.partner_account',
	'SELECT coalesce(k.demo_id, partner_id), record_id, name, website, country, population FROM mart_fivetran.partner_account LEFT JOIN replica.key k ON k.salesforce = partner_id')$q$, 'lists of partners');

-- The partner program.
CREATE FUNCTION pg_temp.demo(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ltrim(substr(id, 6, 10), '0') $$;
CALL refresh_mart('mart_fivetran', '{deal_registration,co_sell_plan,plan_milestone,joint_solution,lead_exchange}');
SELECT is_empty($q$SELECT * FROM pg_temp.differ('SELECT registration_id, partner_id, account_id, deal_id, registered_at, last_activity_at FROM crm.deal_registration',
	'SELECT pg_temp.demo(registration_id), pg_temp.demo(partner_id), pg_temp.demo(account_id), pg_temp.demo(deal_id), registered_at, last_activity_at FROM mart_fivetran.deal_registration')$q$, 'registrations');
SELECT is_empty($q$SELECT * FROM pg_temp.differ('SELECT plan_id, deal_id, partner_id, agreed_at, our_owner, partner_owner, split FROM crm.co_sell_plan',
	'SELECT pg_temp.demo(plan_id), pg_temp.demo(deal_id), pg_temp.demo(partner_id), agreed_at, our_owner, partner_owner, split FROM mart_fivetran.co_sell_plan')$q$, 'plans');
SELECT is_empty($q$SELECT * FROM pg_temp.differ('SELECT plan_id, milestone, due_on, done_on FROM crm.plan_milestone', 'SELECT pg_temp.demo(plan_id), milestone, due_on, done_on FROM mart_fivetran.plan_milestone')$q$, 'their milestones');
SELECT is_empty($q$SELECT * FROM pg_temp.differ('SELECT product, partner_id, launched_on FROM crm.joint_solution', 'SELECT product, pg_temp.demo(partner_id), launched_on FROM mart_fivetran.joint_solution')$q$, 'products built together');
SELECT is((SELECT count(*) FROM mart_fivetran.lead_exchange WHERE from_partner_id IS NOT NULL AND to_partner_id IS NULL AND deal_id IS NOT NULL), (SELECT count(*) FROM crm.touch WHERE kind = 'referral' AND occurred_at IS NOT NULL), 'leads that partners gave');

-- What was taken for granted stands in the mart.
SELECT is((SELECT rows FROM mart_fivetran.problem WHERE source = 'bind_salesforce' AND problem LIKE 'accounts are partners by OpportunityPartner;%Type Channel Partner / Reseller, Consulting Partner%'), 24::bigint, 'who is a partner, and by what');
SELECT is((SELECT rows FROM mart_fivetran.problem WHERE problem = 'campaign influence is read by one model, 03VMd000000even0AA'), (SELECT count(*) FROM crm.touch WHERE kind = 'co_marketing_event' AND occurred_at IS NOT NULL),
	'campaigns by one model');
SELECT is((SELECT rows FROM mart_fivetran.problem WHERE problem = 'rows of task that are not done yet are no touches'), 15::bigint, 'what is only planned');
SELECT is((SELECT rows FROM mart_fivetran.problem WHERE problem = 'merged accounts are read as the one that is left'), 62::bigint, 'merged accounts');
SELECT is((SELECT rows FROM mart_fivetran.problem WHERE problem LIKE 'rows of opportunity that are deleted%'), (SELECT count(*) FROM replica_fivetran.opportunity WHERE is_deleted), 'deleted deals');
SELECT is((SELECT string_agg(problem, '; ' ORDER BY problem) FROM mart_fivetran.problem WHERE problem LIKE '%points to partners%'),
	'built_with_partner_c of product points to partners: all of its 2 ids are; co_sell_partner_account_c of task points to partners: all of its 22 ids are; partner_account_c of campaign points to partners: all of its 19 ids are; '
	'partner_account_c of event points to partners: all of its 23 ids are; partner_account_c of plan points to partners: all of its 20 ids are; '
	'partner_account_c of registration points to partners: all of its 18 ids are; partner_account_c of task points to partners: all of its 22 ids are; '
	'referral_account_c of lead points to partners: all of its 17 ids are; reseller_c of opportunity points to partners: all of its 6 ids are; it is whose paper is signed, and no role', 'lookups, by their evidence');
SELECT is((SELECT problem FROM mart_fivetran.problem WHERE problem LIKE 'competing_partner_c%'), 'competing_partner_c of opportunity would point to partners by its name, and is empty', 'and one that is empty');
SELECT is((SELECT example FROM mart_airbyte.problem WHERE problem = 'ids of 15 characters are read with their 18'), 'Event.Partner_Account__c, Opportunity.On_Partner_Paper__c, Task.Partner_Account__c', 'short ids');
SELECT is((SELECT problem FROM mart_fivetran.problem WHERE relation = 'currency_rate'), 'there is no table currencytype, for amounts in other currencies', 'what is missing, and what for');
SELECT set_eq($$SELECT written, standard, how FROM mart_heroku.meaning WHERE relation = 'deal_partner' AND written LIKE '%partner__c'$$,
	$$VALUES ('implementation_partner__c', 'technical', 'guessed'), ('influence_partner__c', 'influencing', 'guessed'), ('co_sell_partner__c', 'co_sell', 'guessed')$$, 'lookups are roles');
SELECT set_eq('SELECT deal_id, valid_from, stage, amount FROM mart_fivetran.deal_history WHERE valid_from < now()',
	$$SELECT k.salesforce, h.valid_from, initcap(h.stage), h.amount::numeric(18,2) FROM crm.deal_history h JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = h.deal_id$$, 'history');
SELECT matches(relation_sql('mart_heroku', 'deal'), 'FROM   replica_heroku.opportunity o\n', 'the text is there to be read');

CALL refresh_mart('mart_heroku', '{contact}');
SELECT results_eq('SELECT k.demo_id, c.account_id FROM mart_heroku.contact c JOIN replica.key k ON k.salesforce = c.partner_id ORDER BY 1', 'SELECT partner_id, NULL::text FROM crm.partner ORDER BY 1', 'partners'' people');

-- Bound again: settings, confirmed meanings and other parts stay; what was said is said once.
SELECT count(*) AS problems FROM mart_heroku.problem WHERE source = 'bind_salesforce' \gset
UPDATE mart_heroku.meaning SET standard = 'sourcing', how = 'confirmed' WHERE written = 'influence_partner__c';
SELECT _mart_set_part('mart_heroku', 'partner', 'by hand', 'SELECT ''X1'' AS partner_id', 'nowhere');
CALL bind_salesforce('mart_heroku', 'replica_heroku', pass_through => '{"opportunity": {"owner_id": "ownerid"}}',
	partner_lookups => '{"opportunity": {"Implementation_Partner__c": null, "co_sell_partner__c": "sourcing"}, "task": {"nothing__c": "joint_call"}}');
SELECT is(count(*) - 1, :problems::bigint - 1, 'what is said is said once') FROM mart_heroku.problem WHERE source = 'bind_salesforce';
SELECT is((SELECT standard FROM mart_heroku.meaning WHERE written = 'influence_partner__c'), 'sourcing', 'a confirmed meaning stays');
SELECT is((SELECT problem FROM mart_heroku.problem WHERE problem LIKE 'nothing__c%'), 'nothing__c of task was named as a lookup and is not there', 'a lookup that is not there is said');
SELECT is((SELECT count(*) FROM mart_heroku.relation_part WHERE relation = 'partner' AND part = 'by hand'), 1::bigint, 'other parts stay');
CALL refresh_mart('mart_heroku', '{deal,deal_partner}');
SELECT is((SELECT count(*) FROM mart_heroku.deal_partner WHERE found_in LIKE '%implementation_partner__c%'), 0::bigint, 'a lookup left out');
SELECT is((SELECT count(DISTINCT role) FROM mart_heroku.deal_partner WHERE found_in ~ '(co_sell|influence)_partner__c'), 1::bigint, 'roles as told');
SELECT is((SELECT count(*) FROM mart_heroku.deal WHERE extra ->> 'owner_id' LIKE '005Us%'), 1200::bigint, 'columns passed through');
SELECT throws_ok($$SELECT _mart_set_part('mart_heroku', 'partner', 'by hand', 'SELECT ''X1'' AS partner_id', 'nowhere');
CALL bind_salesforce('mart_heroku', 'replica_heroku', pass_through => '{"opportunity": ["nothing"]}')$$, '42703', 'pass_through names the column "nothing", which is not there', 'columns passed through that are not there');
SELECT throws_ok($$CALL bind_salesforce('mart_heroku', 'replica_heroku', partner_lookups => '{"opportunities": {"x__c": "sourcing"}}')$$, '22023', 'partner_lookups has no place "opportunities"', 'a place that is none');
SELECT throws_ok($$CALL bind_salesforce('mart_heroku', 'replica_heroku', partner_lookups => '{"task": ["x__c"]}')$$, '22023', 'partner_lookups of "task" is not what is wanted', 'lookups as a list');
-- who competes plays no part
UPDATE replica_fivetran.opportunity SET competing_partner_c = reseller_c;
CALL bind_salesforce('mart_fivetran', 'replica_fivetran');
SELECT is((SELECT problem FROM mart_fivetran.problem WHERE problem LIKE 'competing%'), 'competing_partner_c of opportunity is not read: its name says that who it names plays no part', 'a competitor is no partner of the deal');
-- another replica in its place
CALL bind_salesforce('mart_airbyte', 'replica_heroku');
SELECT matches((SELECT problem FROM mart_airbyte.problem WHERE problem LIKE '%is replaced%'), '^what was bound as salesforce from replica_airbyte."Account", .* is replaced by what is in replica_heroku$', 'what is replaced is said');
-- who is a partner, as told
CALL bind_salesforce('mart_heroku', 'replica_heroku', partner_accounts => $$type = 'Technology Partner'$$);
CALL refresh_mart('mart_heroku', '{partner}', full_refresh => true);
SELECT is((SELECT count(*) FROM mart_heroku.partner WHERE partner_id <> 'X1'), (SELECT count(*) FROM crm.partner WHERE type = 'technology'), 'partners as told');

SELECT * FROM finish();
ROLLBACK;
