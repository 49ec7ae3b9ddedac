-- The demo CRM as replicators would have left it in a database, in four shapes:
--   replica_fivetran  Salesforce by Fivetran: snake_case, double precision, closes at midnight
--   replica_airbyte   Salesforce by Airbyte: quoted API names, amounts as text, old ids of 15 characters in lookups
--   replica_heroku    Salesforce by Heroku Connect: lower case, sfid, timestamps without a zone, one lookup a role
--   replica_hubspot   HubSpot by Fivetran: property_..., associations, engagements
-- with what real ones have besides: deleted rows, merged accounts and deals,
-- one fact in three objects, rows that fan out, picklists as people spell them.
-- Needs crm.sql before it, and a transaction around it: psql -1 -f.  Plain SQL
-- without any extension.

SELECT current_setting('search_path') AS path_before \gset
SET LOCAL client_encoding = 'UTF8';
SET LOCAL client_min_messages = warning;
SET LOCAL timezone = 'UTC';
SET LOCAL jit = off;

-- ---------------------------------------------------------------------------
-- Ids: what each row of the demo is called in the two CRMs
-- ---------------------------------------------------------------------------

CREATE SCHEMA replica;
COMMENT ON SCHEMA replica IS 'ids of the demo CRM''s rows in its replicas';

-- The last three of 18 stand for the capitals among five characters each.
CREATE FUNCTION replica.id18(id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT id || string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
	                               1 + coalesce((SELECT sum(1 << i)::integer FROM generate_series(0, 4) i WHERE substr(id, n + i, 1) ~ '[A-Z]'), 0), 1), '' ORDER BY n)
	FROM   unnest(ARRAY[1, 6, 11]) n $$;

CREATE TABLE replica.key (
	entity     text,
	demo_id    text,
	salesforce text NOT NULL,
	hubspot    bigint NOT NULL,
	PRIMARY KEY (entity, demo_id));
COMMENT ON TABLE replica.key IS 'what each row of the demo CRM is called in its replicas';
INSERT INTO replica.key
SELECT 'account', account_id, replica.id18('001Ac' || lpad(account_id, 10, '0')), 10000 + row_number() OVER (ORDER BY account_id) FROM crm.account
UNION ALL
SELECT 'partner', partner_id, replica.id18('001Pt' || lpad(partner_id, 10, '0')), 50000 + row_number() OVER (ORDER BY partner_id) FROM crm.partner
UNION ALL
SELECT 'deal', deal_id, replica.id18('006Op' || lpad(deal_id, 10, '0')), 700000 + row_number() OVER (ORDER BY deal_id) FROM crm.deal
UNION ALL
SELECT 'touch', touch_id, replica.id18(CASE WHEN occurred_at IS NULL THEN '00TTk' ELSE '00UEv' END || lpad(touch_id, 10, '0')),
       9000000 + row_number() OVER (ORDER BY touch_id) FROM crm.touch
UNION ALL
SELECT 'owner', owner, replica.id18('005Us' || lpad(row_number() OVER (ORDER BY owner)::text, 10, '0')), 300 + row_number() OVER (ORDER BY owner)
FROM  (SELECT DISTINCT owner FROM crm.deal) o;
ANALYZE replica.key;

-- What the shapes have in common, with Salesforce's ids.
CREATE TEMP TABLE sf_account AS
SELECT k.salesforce AS id, a.name, a.website, a.country, a.industry, a.region,
       CASE a.segment WHEN 'customer' THEN 'Customer' WHEN 'open_opportunity' THEN 'Open Opportunity' ELSE 'Prospect' END AS type,
       false AS is_partner, NULL::date AS signed_on, false AS is_deleted, NULL::text AS master_record_id
FROM   crm.account a JOIN replica.key k ON k.entity = 'account' AND k.demo_id = a.account_id
UNION ALL
SELECT k.salesforce, p.name, NULL, NULL, NULL, p.region,
       CASE p.type WHEN 'technology' THEN 'Technology Partner' WHEN 'services' THEN 'Consulting Partner' ELSE 'Channel Partner / Reseller' END,
       true, p.signed_at, false, NULL
FROM   crm.partner p JOIN replica.key k ON k.entity = 'partner' AND k.demo_id = p.partner_id;

-- Merged accounts: each fortieth once, each two hundredth twice, and two partners.
CREATE TEMP TABLE merged AS
SELECT k.entity, k.demo_id, k.salesforce, k.hubspot,
       replica.id18(overlay(left(k.salesforce, 15) PLACING 'Mg' FROM 4 FOR 2)) AS loser, k.hubspot + 80000 AS hubspot_loser,
       CASE WHEN n % 200 = 0 THEN replica.id18(overlay(left(k.salesforce, 15) PLACING 'Mh' FROM 4 FOR 2)) END AS first_loser
FROM  (SELECT *, row_number() OVER (PARTITION BY entity ORDER BY demo_id) AS n FROM replica.key WHERE entity IN ('account', 'partner')) k
WHERE  CASE entity WHEN 'account' THEN n % 40 = 0 ELSE n IN (3, 11) END;
INSERT INTO sf_account
SELECT m.loser, a.name || ' (old)', NULL, NULL, NULL, NULL, a.type, a.is_partner, NULL::date, true, m.salesforce
FROM   merged m JOIN sf_account a ON a.id = m.salesforce
UNION ALL
SELECT m.first_loser, 'entered twice', NULL, NULL, NULL, NULL, 'Prospect', false, NULL, true, m.loser FROM merged m WHERE first_loser IS NOT NULL
UNION ALL
-- and some that are simply gone
SELECT replica.id18('001De' || lpad(n::text, 10, '0')), 'Deleted ' || n, 'deleted' || n || '.example', 'US', 'Media', 'Europe', 'Customer', false, NULL, true, NULL
FROM   generate_series(1, 25) n;

CREATE TEMP TABLE sf_deal AS
SELECT k.salesforce AS id, d.deal_id,
       -- what was in a merged account still says so here and there
       coalesce(m.loser, a.salesforce) AS account_id, d.name,
       CASE d.type WHEN 'new' THEN 'New Business' WHEN 'expansion' THEN 'Existing Business - Upgrade' ELSE 'Renewal' END AS type,
       CASE d.outcome WHEN 'won' THEN 'Closed Won' WHEN 'lost' THEN 'Closed Lost' ELSE 'Negotiation' END AS stage,
       d.outcome = 'won' AS is_won, d.outcome <> 'open' AS is_closed, d.amount, d.opened_at,
       coalesce((d.closed_at AT TIME ZONE 'UTC')::date, '2026-12-15') AS close_date, d.closed_at,
       o.salesforce AS owner_id, o.hubspot AS hubspot_owner, d.lead_source, d.program, d.region, d.co_sell, d.arr, d.gross_margin, d.marketplace,
       p.salesforce AS paper, p.hubspot AS hubspot_paper, d.first_value_at, false AS is_deleted
FROM   crm.deal d JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = d.deal_id
       JOIN replica.key a ON a.entity = 'account' AND a.demo_id = d.account_id
       JOIN replica.key o ON o.entity = 'owner' AND o.demo_id = d.owner
       LEFT JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = d.on_partner_paper
       LEFT JOIN merged m ON m.salesforce = a.salesforce;
INSERT INTO sf_deal
SELECT replica.id18(overlay(left(id, 15) PLACING 'De' FROM 4 FOR 2)), deal_id, account_id, name || ' (deleted)', type, stage, is_won, is_closed, amount, opened_at,
       close_date, closed_at, owner_id, hubspot_owner, lead_source, program, region, co_sell, arr, gross_margin, marketplace, paper, hubspot_paper, first_value_at, true
FROM   sf_deal WHERE deal_id LIKE '%7';

CREATE TEMP TABLE sf_partner AS
SELECT k.salesforce AS deal, r.deal_id, coalesce(m.loser, p.salesforce) AS partner, p.salesforce AS partner_now, p.hubspot AS hubspot_partner, kd.hubspot AS hubspot_deal, r.role,
       CASE r.role WHEN 'sourcing' THEN 'Sourcing Partner' WHEN 'technical' THEN 'Implementation' WHEN 'influencing' THEN 'Influencer' ELSE 'Co-Sell' END AS written,
       r.is_primary, r.added_at, row_number() OVER (ORDER BY r.deal_id, r.partner_id, r.role) AS n,
       row_number() OVER (PARTITION BY r.deal_id, r.role ORDER BY r.is_primary, r.partner_id) AS place
FROM   crm.deal_partner r JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = r.deal_id JOIN replica.key kd ON kd.entity = 'deal' AND kd.demo_id = r.deal_id
       JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = r.partner_id LEFT JOIN merged m ON m.salesforce = p.salesforce;

CREATE TEMP TABLE sf_touch AS
SELECT k.salesforce AS id, t.touch_id, d.salesforce AS deal, coalesce(m.loser, p.salesforce) AS partner, d.hubspot AS hubspot_deal, p.hubspot AS hubspot_partner,
       k.hubspot, initcap(replace(t.kind, '_', ' ')) AS kind, t.kind AS demo_kind, t.occurred_at, t.weight, a.salesforce AS account
FROM   crm.touch t JOIN replica.key k ON k.entity = 'touch' AND k.demo_id = t.touch_id JOIN replica.key d ON d.entity = 'deal' AND d.demo_id = t.deal_id
       JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = t.partner_id LEFT JOIN merged m ON m.salesforce = p.salesforce
       JOIN crm.deal x ON x.deal_id = t.deal_id JOIN replica.key a ON a.entity = 'account' AND a.demo_id = x.account_id;

-- ---------------------------------------------------------------------------
-- Salesforce by Fivetran
-- ---------------------------------------------------------------------------

CREATE SCHEMA replica_fivetran;
SET LOCAL search_path = replica_fivetran, pg_temp;

CREATE TABLE account AS
SELECT id, name, website, country AS billing_country_code, CASE country WHEN 'US' THEN 'United States' ELSE country END AS billing_country, industry, region AS region_c,
       type, NULL::text AS parent_id, master_record_id, signed_on::timestamp AS partner_since_c, is_deleted, NULL::text AS owner_id,
       '2026-09-30 06:00+00'::timestamptz AS _fivetran_synced, true AS _fivetran_active
FROM   sf_account;
CREATE TABLE "user" AS
SELECT salesforce AS id, demo_id AS name, lower(replace(demo_id, ' ', '.')) || '@vendor.example' AS email, true AS is_active, false AS _fivetran_deleted
FROM   replica.key WHERE entity = 'owner';
CREATE TABLE opportunity AS
SELECT id, account_id, name, type, stage AS stage_name, is_won, is_closed, amount::double precision AS amount, arr::double precision AS arr_c,
       gross_margin::double precision AS gross_margin_c, close_date::timestamp AS close_date, opened_at AS created_date, owner_id, lead_source, program AS partner_program_c,
       region AS region_c, co_sell AS co_sell_c, marketplace AS marketplace_c, paper AS reseller_c, first_value_at AS first_value_at_c, is_deleted,
       NULL::text AS competing_partner_c, opened_at AS system_modstamp, '2026-09-30 06:00+00'::timestamptz AS _fivetran_synced, true AS _fivetran_active
FROM   sf_deal;
-- The object that is made for it, and its echoes in the two others, in both directions.
CREATE TABLE opportunity_partner AS
SELECT replica.id18('00ITx' || lpad(n::text, 10, '0')) AS id, deal AS opportunity_id, partner AS account_to_id, written AS role, is_primary, added_at AS created_date, false AS is_deleted
FROM   sf_partner
UNION ALL
SELECT replica.id18('00IDe' || lpad(n::text, 10, '0')), deal, (SELECT salesforce FROM replica.key WHERE entity = 'partner' AND demo_id = 'P24'), 'Influencer', false, added_at, true
FROM   sf_partner WHERE n % 50 = 0;
CREATE TABLE account_partner AS
SELECT replica.id18('00IAp' || lpad(n::text, 10, '0')) AS id, o.account_id AS account_from_id, p.partner AS account_to_id, p.deal AS opportunity_id, p.written AS role,
       p.is_primary, p.added_at + interval '1 second' AS created_date, false AS is_deleted
FROM   sf_partner p JOIN sf_deal o ON o.id = p.deal WHERE n % 2 = 0
UNION ALL
SELECT replica.id18('00IAr' || lpad(n::text, 10, '0')), p.partner, o.account_id, p.deal, 'Customer', false, p.added_at, false
FROM   sf_partner p JOIN sf_deal o ON o.id = p.deal WHERE n % 2 = 0;
CREATE TABLE partner AS
SELECT replica.id18('00IPa' || lpad(n::text, 10, '0')) AS id, NULL::text AS account_from_id, partner AS account_to_id, deal AS opportunity_id, written AS role, is_primary,
       added_at + interval '2 seconds' AS created_date, false AS is_deleted
FROM   sf_partner WHERE n % 3 = 0
UNION ALL
SELECT replica.id18('00IPb' || lpad(n::text, 10, '0')), a.id, p.id, NULL, 'Consultant', false, '2025-01-01 00:00+00', false
FROM   generate_series(1, 10) n, LATERAL (SELECT id FROM sf_account WHERE NOT is_partner AND NOT is_deleted ORDER BY id OFFSET n LIMIT 1) a,
       LATERAL (SELECT id FROM sf_account WHERE is_partner AND NOT is_deleted ORDER BY id OFFSET n LIMIT 1) p;

-- Referrals came as leads, events as campaigns; the rest are events, and tasks where nobody wrote down when.
CREATE TABLE lead AS
SELECT replica.id18('00QLe' || lpad(touch_id, 10, '0')) AS id, 'Acme' AS company, occurred_at AS created_date, partner AS referral_account_c, deal AS converted_opportunity_id,
       account AS converted_account_id, true AS is_converted, false AS is_deleted, NULL::text AS partner_rep_name_c
FROM   sf_touch WHERE demo_kind = 'referral' AND occurred_at IS NOT NULL
UNION ALL
SELECT replica.id18('00QNo' || lpad(n::text, 10, '0')), 'Nobody', '2026-01-01 00:00+00', NULL, NULL, NULL, false, false, 'Jo Public' FROM generate_series(1, 20) n;
CREATE TABLE campaign AS
SELECT replica.id18('701Ca' || lpad(row_number() OVER (ORDER BY partner)::text, 10, '0')) AS id, 'Roadshow' AS name, 'Webinar' AS type, '2023-01-01'::date AS start_date,
       partner AS partner_account_c, false AS is_deleted
FROM  (SELECT DISTINCT partner FROM sf_touch WHERE demo_kind = 'co_marketing_event') p;
CREATE TABLE campaign_member AS
SELECT replica.id18('00vCm' || lpad(t.touch_id, 10, '0')) AS id, c.id AS campaign_id, replica.id18('003Ct' || lpad(t.touch_id, 10, '0')) AS contact_id, true AS has_responded,
       t.occurred_at AS first_responded_date, false AS is_deleted
FROM   sf_touch t JOIN campaign c ON c.partner_account_c = t.partner WHERE t.demo_kind = 'co_marketing_event' AND t.occurred_at IS NOT NULL;
CREATE TABLE campaign_influence AS
SELECT replica.id18(m.prefix || lpad(t.touch_id, 10, '0')) AS id, c.id AS campaign_id, t.deal AS opportunity_id, replica.id18('003Ct' || lpad(t.touch_id, 10, '0')) AS contact_id,
       m.model_id, 100.0::double precision AS influence, t.occurred_at AS created_date, false AS is_deleted
FROM   sf_touch t JOIN campaign c ON c.partner_account_c = t.partner
       CROSS JOIN (VALUES ('4cmIn', '03VMd000000even0AA'), ('4cmJn', '03VMd000000last0AA')) m(prefix, model_id)
WHERE  t.demo_kind = 'co_marketing_event' AND t.occurred_at IS NOT NULL AND (m.prefix = '4cmIn' OR t.touch_id < 'T04000');
CREATE TABLE event AS
SELECT id, deal AS what_id, NULL::text AS who_id, account AS account_id, 'Meeting' AS type, kind AS partner_activity_type_c, partner AS partner_account_c, weight::double precision AS engagement_weight_c,
       occurred_at AS activity_date_time, occurred_at::date AS activity_date, 'about ' || kind AS subject, occurred_at AS created_date, false AS is_deleted
FROM   sf_touch WHERE occurred_at IS NOT NULL AND demo_kind NOT IN ('referral', 'co_marketing_event')
UNION ALL
SELECT replica.id18('00UDe' || lpad(touch_id, 10, '0')), deal, NULL, account, 'Meeting', kind, partner, weight, occurred_at, NULL, 'deleted', occurred_at, true
FROM   sf_touch WHERE touch_id LIKE '%33'
UNION ALL
-- a meeting without a partner, and one on a deal that is gone
SELECT replica.id18('00UNo' || lpad(n::text, 10, '0')), (SELECT id FROM sf_deal ORDER BY id OFFSET n LIMIT 1), NULL, NULL, 'Meeting', NULL, NULL, NULL,
       '2026-02-03 10:00+00', '2026-02-03', 'ours', '2026-02-03 10:00+00', false FROM generate_series(1, 40) n
UNION ALL
SELECT replica.id18('00UGo' || lpad(n::text, 10, '0')), (SELECT id FROM sf_deal WHERE is_deleted ORDER BY id OFFSET n LIMIT 1), NULL,
       (SELECT id FROM sf_account ORDER BY id LIMIT 1), 'Meeting', 'Joint Pitch', (SELECT min(partner) FROM sf_touch), NULL, '2026-02-03 10:00+00', NULL, 'gone', NULL, false
FROM   generate_series(1, 5) n;
CREATE TABLE task AS
SELECT id, deal AS what_id, NULL::text AS who_id, account AS account_id, 'Call' AS type, kind AS partner_activity_type_c, partner AS partner_account_c,
       partner AS co_sell_partner_account_c, weight::double precision AS engagement_weight_c, NULL::timestamp AS activity_date, 'about ' || kind AS subject, NULL::timestamptz AS created_date, true AS is_closed,
       false AS is_deleted
FROM   sf_touch WHERE occurred_at IS NULL
UNION ALL
SELECT replica.id18('00TPl' || lpad(n::text, 10, '0')), (SELECT id FROM sf_deal ORDER BY id OFFSET n LIMIT 1), NULL, NULL, 'Call', 'Joint Call',
       (SELECT min(partner) FROM sf_touch), NULL, NULL, '2026-10-20', 'planned', '2026-09-01 00:00+00', false, false FROM generate_series(1, 15) n;
-- What the partner program keeps in objects of its own.
CREATE TABLE deal_registration_c AS
SELECT replica.id18('a0GRe' || lpad(g.registration_id, 10, '0')) AS id, coalesce(m.loser, p.salesforce) AS partner_account_c, a.salesforce AS account_c, coalesce(d.salesforce, '') AS opportunity_c,
       'Approved' AS status_c, g.registered_at AS created_date, g.last_activity_at AS last_partner_activity_c, false AS is_deleted, true AS _fivetran_active
FROM   crm.deal_registration g JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = g.partner_id JOIN replica.key a ON a.entity = 'account' AND a.demo_id = g.account_id
       LEFT JOIN replica.key d ON d.entity = 'deal' AND d.demo_id = g.deal_id LEFT JOIN merged m ON m.salesforce = p.salesforce;
CREATE TABLE co_sell_plan_c AS
SELECT replica.id18('a0GPl' || lpad(c.plan_id, 10, '0')) AS id, d.salesforce AS opportunity_c, coalesce(m.loser, p.salesforce) AS partner_account_c, c.agreed_at AS agreed_on_c, o.salesforce AS owner_id,
       c.partner_owner AS partner_owner_c, coalesce(c.split, '') AS split_c, false AS is_deleted
FROM   crm.co_sell_plan c JOIN replica.key d ON d.entity = 'deal' AND d.demo_id = c.deal_id JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = c.partner_id
       LEFT JOIN replica.key o ON o.entity = 'owner' AND o.demo_id = c.our_owner LEFT JOIN merged m ON m.salesforce = p.salesforce;
CREATE TABLE co_sell_milestone_c AS
SELECT replica.id18('a0GMs' || lpad(row_number() OVER (ORDER BY plan_id, milestone)::text, 10, '0')) AS id, replica.id18('a0GPl' || lpad(plan_id, 10, '0')) AS co_sell_plan_c, milestone AS name,
       due_on AS due_date_c, done_on AS completed_on_c, false AS is_deleted
FROM   crm.plan_milestone;
CREATE TABLE product_2 AS
SELECT replica.id18('01tPr' || lpad(row_number() OVER (ORDER BY s.product)::text, 10, '0')) AS id, s.product AS name, p.salesforce AS built_with_partner_c, s.launched_on AS launch_date_c, false AS is_deleted
FROM   crm.joint_solution s JOIN replica.key p ON p.entity = 'partner' AND p.demo_id = s.partner_id
UNION ALL SELECT replica.id18('01tPr0000000009'), 'Ours alone', NULL, '2020-01-01', false;

CREATE TABLE opportunity_history AS
SELECT replica.id18('008Hi' || lpad(row_number() OVER (ORDER BY h.deal_id, h.valid_from)::text, 10, '0')) AS id, k.salesforce AS opportunity_id, h.valid_from AS created_date,
       initcap(h.stage) AS stage_name, h.amount::double precision AS amount, '2026-12-31'::timestamp AS close_date, false AS is_deleted
FROM   crm.deal_history h JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = h.deal_id;

-- ---------------------------------------------------------------------------
-- Salesforce by Airbyte
-- ---------------------------------------------------------------------------

CREATE SCHEMA replica_airbyte;
SET LOCAL search_path = replica_airbyte, pg_temp;

CREATE TABLE "Account" AS
SELECT id AS "Id", name AS "Name", website AS "Website", country AS "BillingCountry", industry AS "Industry", region AS "Region__c", type AS "Type", is_partner AS "IsPartner",
       master_record_id AS "MasterRecordId", is_deleted AS "IsDeleted", signed_on AS "Partner_Since__c", '2026-09-30 06:00+00'::timestamptz AS "_airbyte_extracted_at",
       '{}'::jsonb AS "_airbyte_meta"
FROM   sf_account;
CREATE TABLE "User" AS
SELECT salesforce AS "Id", demo_id AS "Name", lower(replace(demo_id, ' ', '.')) || '@vendor.example' AS "Email", '2026-09-30 06:00+00'::timestamptz AS "_airbyte_extracted_at"
FROM   replica.key WHERE entity = 'owner';
CREATE TABLE "Opportunity" AS
SELECT id AS "Id", account_id AS "AccountId", name AS "Name", type AS "Type", stage AS "StageName", is_won AS "IsWon", is_closed AS "IsClosed", amount::text AS "Amount",
       arr AS "ARR__c", gross_margin::text AS "Gross_Margin__c", close_date AS "CloseDate", opened_at AS "CreatedDate", owner_id AS "OwnerId", lead_source AS "LeadSource",
       program AS "Partner_Program__c", region AS "Region__c", CASE WHEN co_sell THEN 'true' ELSE 'false' END AS "Co_Sell__c", marketplace AS "Marketplace__c",
       left(paper, 15) AS "On_Partner_Paper__c", first_value_at AS "First_Value_At__c", is_deleted AS "IsDeleted", '2026-09-30 06:00+00'::timestamptz AS "_airbyte_extracted_at"
FROM   sf_deal;
CREATE TABLE "Partner" AS
SELECT replica.id18('00IPa' || lpad(n::text, 10, '0')) AS "Id", NULL::text AS "AccountFromId", partner AS "AccountToId", deal AS "OpportunityId", written AS "Role",
       is_primary AS "IsPrimary", added_at AS "CreatedDate", false AS "IsDeleted", NULL::timestamptz AS "_ab_cdc_deleted_at"
FROM   sf_partner
UNION ALL
SELECT replica.id18('00IDe' || lpad(n::text, 10, '0')), NULL, (SELECT salesforce FROM replica.key WHERE entity = 'partner' AND demo_id = 'P24'), deal, 'Influencer', false,
       added_at, false, '2026-09-01 00:00+00'
FROM   sf_partner WHERE n % 50 = 0;
CREATE TABLE "AccountPartner" AS
SELECT replica.id18('00IAp' || lpad(n::text, 10, '0')) AS "Id", o.account_id AS "AccountFromId", p.partner AS "AccountToId", p.deal AS "OpportunityId", p.written AS "Role",
       p.is_primary AS "IsPrimary", p.added_at AS "CreatedDate", false AS "IsDeleted"
FROM   sf_partner p JOIN sf_deal o ON o.id = p.deal
UNION ALL
SELECT replica.id18('00IAr' || lpad(n::text, 10, '0')), p.partner, o.account_id, p.deal, 'Customer', false, p.added_at, false
FROM   sf_partner p JOIN sf_deal o ON o.id = p.deal;
CREATE TABLE "Event" AS
SELECT id AS "Id", deal AS "WhatId", account AS "AccountId", kind AS "Type", left(partner, 15) AS "Partner_Account__c", weight AS "Engagement_Weight__c",
       occurred_at AS "ActivityDateTime", occurred_at AS "CreatedDate", false AS "IsDeleted"
FROM   sf_touch WHERE occurred_at IS NOT NULL;
CREATE TABLE "Task" AS
SELECT id AS "Id", deal AS "WhatId", account AS "AccountId", kind AS "Type", left(partner, 15) AS "Partner_Account__c", weight AS "Engagement_Weight__c",
       NULL::date AS "ActivityDate", 'Completed' AS "Status", false AS "IsDeleted"
FROM   sf_touch WHERE occurred_at IS NULL;

-- ---------------------------------------------------------------------------
-- Salesforce by Heroku Connect
-- ---------------------------------------------------------------------------

CREATE SCHEMA replica_heroku;
SET LOCAL search_path = replica_heroku, pg_temp;

CREATE TABLE account AS
SELECT row_number() OVER (ORDER BY id)::integer AS id, id::varchar(18) AS sfid, name::varchar(255) AS name, website::varchar(255) AS website, country::varchar(80) AS billingcountrycode,
       industry::varchar(255) AS industry, region::varchar(255) AS region__c, type::varchar(255) AS type, is_partner AS ispartner, master_record_id::varchar(18) AS masterrecordid,
       is_deleted AS isdeleted, signed_on AS partner_since__c, '2026-09-30 06:00'::timestamp AS systemmodstamp, NULL::varchar(32) AS _hc_lastop
FROM   sf_account;
CREATE TABLE "user" AS
SELECT row_number() OVER (ORDER BY salesforce)::integer AS id, salesforce::varchar(18) AS sfid, demo_id::varchar(121) AS name,
       (lower(replace(demo_id, ' ', '.')) || '@vendor.example')::varchar(80) AS email
FROM   replica.key WHERE entity = 'owner';
CREATE TABLE opportunity AS
SELECT row_number() OVER (ORDER BY d.id)::integer AS id, d.id::varchar(18) AS sfid, account_id::varchar(18) AS accountid, name::varchar(120) AS name, type::varchar(255) AS type,
       stage::varchar(255) AS stagename, is_won AS iswon, is_closed AS isclosed, amount::double precision AS amount, arr::double precision AS arr__c,
       gross_margin::double precision AS gross_margin__c, close_date AS closedate, opened_at AT TIME ZONE 'UTC' AS createddate, owner_id::varchar(18) AS ownerid,
       lead_source::varchar(255) AS leadsource, program::varchar(255) AS partner_program__c, region::varchar(255) AS region__c, co_sell AS co_sell__c,
       marketplace::varchar(255) AS marketplace__c, paper::varchar(18) AS on_partner_paper__c, first_value_at AT TIME ZONE 'UTC' AS first_value_at__c,
       l.sourcing::varchar(18) AS sourcing_partner__c, l.technical::varchar(18) AS implementation_partner__c, l.influencing::varchar(18) AS influence_partner__c,
       l.co_sell_partner::varchar(18) AS co_sell_partner__c, is_deleted AS isdeleted
FROM   sf_deal d LEFT JOIN (
	SELECT deal, max(partner) FILTER (WHERE role = 'sourcing') AS sourcing, max(partner) FILTER (WHERE role = 'technical') AS technical,
	       max(partner) FILTER (WHERE role = 'influencing') AS influencing, max(partner) FILTER (WHERE role = 'co_sell') AS co_sell_partner
	FROM   sf_partner WHERE place = 1 AND NOT is_primary GROUP BY deal) l ON l.deal = d.id;
CREATE TABLE opportunitypartner AS
SELECT n::integer AS id, replica.id18('00ITx' || lpad(n::text, 10, '0'))::varchar(18) AS sfid, deal::varchar(18) AS opportunityid, partner::varchar(18) AS accounttoid,
       written::varchar(255) AS role, is_primary AS isprimary, false AS isdeleted
FROM   sf_partner WHERE place > 1 OR is_primary;
CREATE TABLE contact AS
SELECT row_number() OVER (ORDER BY salesforce)::integer AS id, replica.id18('003Ct' || lpad(demo_id, 10, '0'))::varchar(18) AS sfid, salesforce::varchar(18) AS accountid,
       'Contact'::varchar(80) AS lastname, false AS isdeleted
FROM   replica.key WHERE entity = 'partner';
CREATE TABLE event AS
SELECT row_number() OVER (ORDER BY t.id)::integer AS id, t.id::varchar(18) AS sfid, left(t.deal, 15)::varchar(18) AS whatid,
       CASE WHEN t.touch_id LIKE '%5' THEN c.sfid END AS whoid, t.account::varchar(18) AS accountid,
       t.kind::varchar(255) AS type, CASE WHEN t.touch_id NOT LIKE '%5' THEN t.partner::varchar(18) END AS partner__c, t.weight::double precision AS engagement_weight__c,
       t.occurred_at AT TIME ZONE 'UTC' AS activitydatetime, false AS isdeleted
FROM   sf_touch t JOIN crm.touch x ON x.touch_id = t.touch_id JOIN contact c ON c.sfid = replica.id18('003Ct' || lpad(x.partner_id, 10, '0'))
WHERE  t.occurred_at IS NOT NULL;
CREATE TABLE task AS
SELECT row_number() OVER (ORDER BY id)::integer AS id, id::varchar(18) AS sfid, left(deal, 15)::varchar(18) AS whatid, account::varchar(18) AS accountid, kind::varchar(255) AS type,
       partner::varchar(18) AS partner__c, weight::double precision AS engagement_weight__c, NULL::date AS activitydate, true AS isclosed, false AS isdeleted
FROM   sf_touch WHERE occurred_at IS NULL;

-- ---------------------------------------------------------------------------
-- HubSpot by Fivetran
-- ---------------------------------------------------------------------------

CREATE SCHEMA replica_hubspot;
SET LOCAL search_path = replica_hubspot, pg_temp;

CREATE TABLE company AS
SELECT k.hubspot AS id, a.name AS property_name, a.website AS property_website, a.country AS property_country, a.industry AS property_industry, a.region AS property_region,
       CASE a.segment WHEN 'customer' THEN 'customer' WHEN 'open_opportunity' THEN 'opportunity' ELSE 'lead' END AS property_lifecyclestage,
       'PROSPECT' AS property_type, NULL::text AS property_partner_type, NULL::date AS property_partner_since, false AS is_deleted, '2026-09-30 06:00+00'::timestamptz AS _fivetran_synced
FROM   crm.account a JOIN replica.key k ON k.entity = 'account' AND k.demo_id = a.account_id
UNION ALL
SELECT k.hubspot, p.name, NULL, NULL, NULL, p.region, NULL, 'PARTNER', CASE p.type WHEN 'technology' THEN 'Technology' WHEN 'services' THEN 'Services' ELSE 'Reseller' END,
       p.signed_at, false, '2026-09-30 06:00+00'
FROM   crm.partner p JOIN replica.key k ON k.entity = 'partner' AND k.demo_id = p.partner_id
UNION ALL
SELECT 99000 + n, 'Deleted ' || n, NULL, NULL, NULL, NULL, 'customer', 'PARTNER', NULL, NULL, true, '2026-09-30 06:00+00' FROM generate_series(1, 10) n;
CREATE TABLE owner AS
SELECT hubspot AS owner_id, lower(replace(demo_id, ' ', '.')) || '@vendor.example' AS email, split_part(demo_id, ' ', 1) AS first_name,
       substr(demo_id, strpos(demo_id, ' ') + 1) AS last_name
FROM   replica.key WHERE entity = 'owner';
CREATE TABLE deal_pipeline AS SELECT 'default' AS pipeline_id, 'Sales' AS label, false AS _fivetran_deleted;
CREATE TABLE deal_pipeline_stage (stage_id text, pipeline_id text, label text, probability double precision, is_closed boolean, closed_won boolean, _fivetran_deleted boolean);
INSERT INTO deal_pipeline_stage VALUES ('contractsent', 'default', 'Contract sent', 0.9, false, false, false), ('closedwon', 'default', 'Closed won', 1, true, true, false),
	('closedlost', 'default', 'Closed lost', 0, true, false, false);
CREATE TABLE deal AS
SELECT k.hubspot AS deal_id, 'default' AS deal_pipeline_id, CASE WHEN d.is_won THEN 'closedwon' WHEN d.is_closed THEN 'closedlost' ELSE 'contractsent' END AS deal_pipeline_stage_id,
       d.hubspot_owner AS owner_id, d.name AS property_dealname, d.amount::double precision AS property_amount, d.opened_at AS property_createdate,
       coalesce(d.closed_at, '2026-12-15 00:00+00') AS property_closedate,
       CASE d.type WHEN 'New Business' THEN 'newbusiness' WHEN 'Renewal' THEN 'renewal' ELSE 'existingbusiness' END AS property_dealtype,
       d.lead_source AS property_lead_source, d.program AS property_partner_program, d.region AS property_region, CASE WHEN d.co_sell THEN 'true' ELSE 'false' END AS property_co_sell,
       d.arr::double precision AS property_hs_arr, d.gross_margin::double precision AS property_gross_margin, d.marketplace AS property_marketplace, d.hubspot_paper AS property_on_partner_paper,
       d.first_value_at AS property_first_value_at, false AS is_deleted, '2026-09-30 06:00+00'::timestamptz AS _fivetran_synced
FROM   sf_deal d JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = d.deal_id WHERE NOT d.is_deleted;
-- merged into another, and deleted
INSERT INTO deal SELECT deal_id + 100000, deal_pipeline_id, deal_pipeline_stage_id, owner_id, property_dealname, property_amount, property_createdate, property_closedate, property_dealtype,
	property_lead_source, property_partner_program, property_region, property_co_sell, property_hs_arr, property_gross_margin, property_marketplace, property_on_partner_paper,
	property_first_value_at, deal_id % 60 = 0, _fivetran_synced FROM deal WHERE deal_id % 30 = 0;
INSERT INTO deal SELECT deal_id + 200000, deal_pipeline_id, deal_pipeline_stage_id, owner_id, property_dealname, property_amount, property_createdate, property_closedate, property_dealtype,
	property_lead_source, property_partner_program, property_region, property_co_sell, property_hs_arr, property_gross_margin, property_marketplace, property_on_partner_paper,
	property_first_value_at, true, _fivetran_synced FROM deal WHERE deal_id % 41 = 0 AND deal_id < 800000;
CREATE TABLE merged_deal AS
SELECT deal_id - 100000 AS deal_id, deal_id AS merged_deal_id FROM deal WHERE deal_id BETWEEN 800000 AND 899999;
CREATE TABLE association_type (id bigint, category text, label text, name text, from_object_type text, to_object_type text, _fivetran_deleted boolean);
INSERT INTO association_type VALUES (5, 'HUBSPOT_DEFINED', 'Primary', 'deal_to_primary_company', 'deal', 'company', false), (341, 'HUBSPOT_DEFINED', NULL, 'deal_to_company', 'deal', 'company', false),
	(37, 'USER_DEFINED', 'Sourcing partner', 'sourcing_partner', 'deal', 'company', false), (39, 'USER_DEFINED', 'Technical partner', 'technical_partner', 'deal', 'company', false),
	(41, 'USER_DEFINED', 'Influencing partner', 'influencing_partner', 'deal', 'company', false), (43, 'USER_DEFINED', 'Co-sell partner', 'co_sell_partner', 'deal', 'company', false);
CREATE TABLE deal_company AS
SELECT k.hubspot AS deal_id, a.hubspot AS company_id, t.type_id, 'HUBSPOT_DEFINED' AS category
FROM   crm.deal d JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = d.deal_id JOIN replica.key a ON a.entity = 'account' AND a.demo_id = d.account_id
       CROSS JOIN (VALUES (5), (341)) t(type_id)
UNION ALL
-- some of a merged deal's associations still name it
SELECT CASE WHEN p.hubspot_deal % 30 = 0 AND p.n % 2 = 0 THEN p.hubspot_deal + 100000 ELSE p.hubspot_deal END, p.hubspot_partner,
       CASE p.role WHEN 'sourcing' THEN 37 WHEN 'technical' THEN 39 WHEN 'influencing' THEN 41 ELSE 43 END, 'USER_DEFINED' FROM sf_partner p
UNION ALL
SELECT DISTINCT p.hubspot_deal, p.hubspot_partner, 341, 'HUBSPOT_DEFINED' FROM sf_partner p;
CREATE TABLE contact AS
SELECT k.hubspot + 1000000 AS id, 'someone@partner.example' AS property_email, k.hubspot AS property_associatedcompanyid, false AS _fivetran_deleted
FROM   replica.key k WHERE k.entity = 'partner';
CREATE TABLE engagement AS
SELECT hubspot AS id, CASE WHEN occurred_at IS NULL THEN 'NOTE' ELSE 'MEETING' END AS type FROM sf_touch
UNION ALL SELECT 9500000 + n, 'MEETING' FROM generate_series(1, 200) n;
CREATE TABLE engagement_meeting AS
SELECT hubspot AS engagement_id, occurred_at AS property_hs_timestamp, kind AS property_hs_activity_type, 'about ' || kind AS property_hs_meeting_title,
       weight::double precision AS property_engagement_weight, false AS _fivetran_deleted
FROM   sf_touch WHERE occurred_at IS NOT NULL
UNION ALL SELECT 9500000 + n, '2026-01-01 10:00+00', 'Joint Pitch', 'ours', NULL, false FROM generate_series(1, 200) n;
CREATE TABLE engagement_note AS
SELECT hubspot AS engagement_id, NULL::timestamptz AS property_hs_timestamp, kind AS property_hs_activity_type, weight::double precision AS property_engagement_weight, false AS _fivetran_deleted
FROM   sf_touch WHERE occurred_at IS NULL;
CREATE TABLE engagement_deal AS
SELECT hubspot AS engagement_id, hubspot_deal AS deal_id, 206 AS type_id, 'HUBSPOT_DEFINED' AS category FROM sf_touch
UNION ALL SELECT 9500000 + n, 700001 + n, 206, 'HUBSPOT_DEFINED' FROM generate_series(1, 200) n;
CREATE TABLE engagement_company AS
SELECT hubspot AS engagement_id, hubspot_partner AS company_id, t.type_id, 'HUBSPOT_DEFINED' AS category FROM sf_touch CROSS JOIN (VALUES (182), (190)) t(type_id) WHERE touch_id NOT LIKE '%5'
UNION ALL SELECT t.hubspot, a.hubspot, 182, 'HUBSPOT_DEFINED' FROM sf_touch t JOIN replica.key a ON a.salesforce = t.account
UNION ALL SELECT 9500000 + n, 10000 + n, 182, 'HUBSPOT_DEFINED' FROM generate_series(1, 200) n;
CREATE TABLE engagement_contact AS
SELECT hubspot AS engagement_id, hubspot_partner + 1000000 AS contact_id, 200 AS type_id, 'HUBSPOT_DEFINED' AS category FROM sf_touch WHERE touch_id LIKE '%5';
CREATE TABLE deal_stage AS
SELECT k.hubspot AS deal_id, h.valid_from AS date_entered, CASE h.outcome WHEN 'won' THEN 'closedwon' WHEN 'lost' THEN 'closedlost' ELSE 'contractsent' END AS value,
       h.valid_from AS _fivetran_start, '9999-12-31 00:00+00'::timestamptz AS _fivetran_end, true AS _fivetran_active
FROM   crm.deal_history h JOIN replica.key k ON k.entity = 'deal' AND k.demo_id = h.deal_id;

-- The lists that partners share come beside any of them.
SET LOCAL search_path = replica, pg_temp;
CREATE TABLE partner_list AS
SELECT k.salesforce AS partner_account, k.hubspot AS partner_company, a.record_id AS "Record ID", a.name AS "Company Name", a.website AS "Website", a.country AS "Country",
       CASE a.population WHEN 'customer' THEN 'Customers' WHEN 'open_opportunity' THEN 'Open Opportunities' ELSE 'Prospects' END AS "Population"
FROM   crm.partner_account a JOIN replica.key k ON k.entity = 'partner' AND k.demo_id = a.partner_id;

DROP FUNCTION replica.id18;
DROP TABLE pg_temp.sf_account, pg_temp.sf_deal, pg_temp.sf_partner, pg_temp.sf_touch, pg_temp.merged;
SET LOCAL search_path = :path_before;
RESET timezone;
RESET jit;
RESET client_min_messages;
ANALYZE;
