-- What replicas keep of the partner program and of customers: leads, costs of
-- campaigns, registered deals, plans, products, logins, people who moved, and
-- recurring revenue; what they do not keep is said.
BEGIN;
SET client_min_messages = error;
SET search_path = ecosystem, public;
SET jit = off;
SELECT plan(38);

-- Salesforce by Airbyte.  001…1, 2: accounts; P, Q: partners; O: merged into 1.
CREATE SCHEMA sf;
SET search_path = sf, ecosystem, public;
CREATE FUNCTION sf.id(prefix text, written text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT prefix || lpad(written, 12, '0') || 'AAA' $$;
CREATE TABLE "Account" AS SELECT id('001', n) AS "Id", name AS "Name", type AS "Type", CASE n WHEN 'O' THEN id('001', '1') END AS "MasterRecordId", n = 'O' AS "IsDeleted"
FROM  (VALUES ('1', 'Ours', 'Customer'), ('2', 'Other', 'Customer'), ('O', 'Old', 'Customer'), ('P', 'Partner', 'Technology Partner'), ('Q', 'Quay', 'Reseller')) v(n, name, type);
CREATE TABLE "Opportunity" ("Id" text, "AccountId" text, "Name" text, "StageName" text, "IsWon" boolean, "IsClosed" boolean, "Amount" numeric, "CloseDate" date, "CreatedDate" timestamptz, "Referring_Partner__c" text,
	"Influence_Partner__c" text, "DR_Status__c" text, "Registration_From_Portal__c" boolean, "Registration_Date__c" date, "Registration_Expiration_Date__c" date, "LastActivityDate" date);
INSERT INTO "Opportunity" VALUES
	(id('006', '1'), id('001', '1'), 'one', 'Closed Won', true, true, 1000, '2026-03-05', '2026-01-01', id('001', 'P'), id('001', 'Q'), 'Approved', false, '2025-12-20', '2026-06-20', '2026-02-01'),
	(id('006', '2'), id('001', 'O'), 'two', 'Open', false, false, 500, '2026-09-05', '2026-02-01', id('001', 'Q'), NULL, '', true, NULL, NULL, NULL),
	(id('006', '3'), id('001', '2'), 'three', 'Open', false, false, 500, '2026-09-05', '2026-02-01', NULL, NULL, 'Rejected', NULL, NULL, NULL, NULL),
	(id('006', '4'), id('001', '2'), 'four', 'Open', false, false, 500, '2026-09-05', '2026-02-01', id('001', 'Q'), NULL, NULL, NULL, NULL, NULL, '2026-02-01');
CREATE TABLE "User" AS SELECT id('005', n) AS "Id", name AS "Name", CASE WHEN n = 'p' THEN id('001', 'P') END AS "AccountId" FROM (VALUES ('a', 'Ann'), ('p', 'Pat')) v(n, name);
CREATE TABLE "Lead" ("Id" text, "Company" text, "CreatedDate" timestamptz, "CreatedById" text, "PartnerAccountId" text, "Referral_Partner__c" text, "ConvertedAccountId" text, "ConvertedOpportunityId" text, "IsDeleted" boolean);
INSERT INTO "Lead" VALUES (id('00Q', '1'), 'x', '2026-01-01', id('005', 'a'), NULL, id('001', 'P'), id('001', 'O'), id('006', '2'), false),
	(id('00Q', '2'), 'x', '2026-01-02', id('005', 'a'), id('001', 'Q'), '', NULL, NULL, false), (id('00Q', '3'), 'x', '2026-01-03', id('005', 'p'), id('001', 'P'), NULL, NULL, NULL, false),
	(id('00Q', '4'), 'x', '2026-01-04', id('005', 'a'), id('001', 'Q'), id('001', 'P'), id('001', '2'), NULL, false), (id('00Q', '5'), 'x', '2026-01-05', id('005', 'a'), id('001', 'P'), id('001', 'P'), NULL, NULL, false),
	(id('00Q', '6'), 'x', '2026-01-06', id('005', 'a'), NULL, NULL, NULL, NULL, false), (id('00Q', '7'), 'x', '2026-01-06', id('005', 'a'), NULL, id('001', 'P'), NULL, NULL, true);
CREATE TABLE "Campaign" ("Id" text, "Name" text, "Type" text, "StartDate" date, "CreatedDate" timestamptz, "ActualCost" text, "Partner__c" text, "Co_Host_Partner__c" text);
INSERT INTO "Campaign" VALUES (id('701', '1'), 'Roadshow', 'Webinar', '2026-02-10', '2026-01-01', '100.50', id('001', 'P'), id('001', 'Q')), (id('701', '2'), 'Roadshow', 'Webinar', '2026-02-20', '2026-01-01', '50', id('001', 'P'), NULL),
	(id('701', '3'), 'Fund', 'MDF', NULL, '2026-03-01', '30', NULL, id('001', 'Q')), (id('701', '4'), 'Ads', 'Advertising', '2026-02-01', '2026-01-01', '70', NULL, ''), (id('701', '5'), 'More ads', NULL, '2026-02-28', '2026-01-01', '5', '', NULL),
	(id('701', '6'), 'Free', NULL, '2026-02-28', '2026-01-01', NULL, id('001', 'P'), NULL), (id('701', '7'), 'Dear', NULL, '2026-02-28', '2026-01-01', 'much', id('001', 'P'), NULL);
CREATE TABLE "CampaignInfluence" AS SELECT id('4cm', '1') AS "Id", id('701', '2') AS "CampaignId", id('006', '1') AS "OpportunityId";
CREATE TABLE "PartnerFundRequest" AS SELECT id('0Qr', n) AS "Id", CASE WHEN campaign <> '' THEN id('701', campaign) END AS "CampaignId" FROM (VALUES ('1', '2'), ('2', '6'), ('3', '')) v(n, campaign);
CREATE TABLE "PartnerFundClaim" AS SELECT id('0Qc', n) AS "Id", id('0Qr', request) AS "RequestId", id('001', 'P') AS "ChannelPartnerId", amount AS "Amount", status AS "Status", timestamptz '2026-04-10 12:00+00' AS "CreatedDate"
FROM  (VALUES ('1', '1', 50, 'Paid'), ('2', '2', 20, 'Approved'), ('3', '3', 7, 'Paid'), ('4', '3', 8, 'Paid'), ('5', '3', 900, 'Rejected'), ('6', '3', 900, NULL)) v(n, request, amount, status);
CREATE TABLE "Co_Sell_Plan__c" AS SELECT id('a01', '1') AS "Id", id('006', '1') AS "Opportunity__c", id('001', 'P') AS "Partner_Account__c", '2025-12-30T10:00:00Z' AS "Agreed_On__c", id('005', 'a') AS "OwnerId", 'T. Heir' AS "Partner_Owner__c", 'linear' AS "Split__c", 'Active' AS "Status__c";
CREATE TABLE "Co_Sell_Milestone__c" AS SELECT id('a02', '1') AS "Id", id('a01', '1') AS "Co_Sell_Plan__c", 'joint meeting' AS "Name", '2026-01-15' AS "Due_Date__c", '2026-01-14' AS "Completed_On__c";
CREATE TABLE "Product2" AS SELECT id('01t', n) AS "Id", name AS "Name", CASE WHEN n = '1' THEN id('001', 'Q') END AS "Built_With_Partner__c", date '2025-05-01' AS "Launch_Date__c" FROM (VALUES ('1', 'Connect'), ('2', 'Alone')) v(n, name);
CREATE TABLE "LoginHistory" AS SELECT id('005', who) AS "UserId", at AS "LoginTime", status AS "Status" FROM (VALUES ('p', timestamptz '2026-05-01 10:00+00', 'Success'), ('p', '2026-05-01 12:00+00', 'Success'), ('p', '2026-05-02 12:00+00', 'Invalid Password'), ('a', '2026-05-01 12:00+00', 'Success')) v(who, at, status);
CREATE TABLE "Contact" AS SELECT id('003', n) AS "Id", id('001', account) AS "AccountId", 'Jo' AS "LastName", title AS "Title", timestamptz '2024-01-01 12:00+00' AS "CreatedDate" FROM (VALUES ('1', '1', 'CTO'), ('2', '2', 'Partner Manager'), ('3', 'P', 'Clerk')) v(n, account, title);
CREATE TABLE "OpportunityContactRole" AS SELECT id('00K', '1') AS "Id", id('003', '1') AS "ContactId", 'Executive Sponsor' AS "Role", timestamptz '2026-01-01' AS "CreatedDate";
CREATE TABLE "AccountContactRelation" AS SELECT id('07k', n) AS "Id", id('003', '1') AS "ContactId", id('001', account) AS "AccountId", start_on AS "StartDate", end_on AS "EndDate" FROM (VALUES ('1', '2', date '2022-01-01', date '2025-11-30'), ('2', '1', '2025-12-01', NULL), ('3', 'P', '2020-01-01', '2021-12-31')) v(n, account, start_on, end_on);
-- renewed without a gap, grown, shrunk, lost; one that is not signed, one without an end, one of another currency
CREATE TABLE "Contract" ("Id" text, "AccountId" text, "Status" text, "StartDate" date, "EndDate" date, "ARR__c" numeric, "CurrencyIsoCode" text);
INSERT INTO "Contract" VALUES ('1', id('001', '1'), 'Activated', '2025-01-01', '2025-12-31', 100, 'USD'), ('2', id('001', 'O'), 'Activated', '2026-01-01', '2026-12-31', 130, 'USD'), ('3', id('001', '2'), 'Activated', '2025-05-15', '2026-05-14', 80, 'EUR'),
	('4', id('001', '2'), 'Activated', '2025-05-15', '2025-08-14', 20, 'EUR'), ('5', id('001', '1'), 'Draft', '2026-01-01', '2026-12-31', 999, 'USD'), ('6', id('001', '1'), 'Activated', '2026-01-01', NULL, 999, 'USD');
SET search_path = ecosystem, public;
CALL create_mart('m');
UPDATE m.setting SET as_of = '2026-08-10';
INSERT INTO m.currency_rate SELECT 'EUR', '2020-01-01', u, 2 FROM unnest(ARRAY['closed', 'plan']) u;
CALL bind_salesforce('m', 'sf');
CALL refresh_mart('m');

SELECT results_eq('SELECT right(lead_id, 4), substr(from_partner_id, 15, 1), substr(to_partner_id, 15, 1), substr(account_id, 15, 1), substr(deal_id, 15, 1), sent_at::date FROM m.lead_exchange ORDER BY 1',
	$$VALUES ('1AAA', 'P', NULL::text, '1', '2', date '2026-01-01'), ('2AAA', NULL, 'Q', NULL, NULL, '2026-01-02'), ('3AAA', 'P', NULL, NULL, NULL, '2026-01-03'), ('4AAA', 'P', 'Q', '2', NULL, '2026-01-04'), ('5AAA', 'P', NULL, NULL, NULL, '2026-01-05')$$,
	'leads: given to us, by us, and from one to the other; what a partner''s people wrote is theirs');
SELECT results_eq('SELECT period, kind, substr(partner_id, 15, 1), campaign, amount FROM m.investment ORDER BY 1, 4, 5',
	$$VALUES (date '2026-02-01', 'events', 'Q', 'Roadshow 701000000000001AAA', 100.50), ('2026-02-01', 'events', 'P', 'Roadshow 701000000000002AAA', 50), ('2026-03-01', 'incentives', 'Q', 'Fund 701000000000003AAA', 30),
		('2026-04-01', 'incentives', 'P', '', 15), ('2026-04-01', 'incentives', 'P', 'Free 701000000000006AAA', 20)$$, 'what campaigns and claims cost, each once');
SELECT results_eq('SELECT period, channel, amount FROM m.channel_spend', $$VALUES (date '2026-02-01', 'marketing', 75.00)$$, 'campaigns without a partner are marketing');
SELECT is((SELECT campaign FROM m.touch WHERE found_in = 'CampaignInfluence'), 'Roadshow 701000000000002AAA', 'a touch and its cost are one campaign');
SELECT results_eq('SELECT right(registration_id, 4), substr(partner_id, 15, 1), substr(account_id, 15, 1), right(deal_id, 4), status, registered_at, last_activity_at::date, expires_on FROM m.deal_registration ORDER BY 1',
	$$VALUES ('1AAA', 'P', '1', '1AAA', 'Approved', timestamptz '2025-12-20 00:00+00', date '2026-02-01', date '2026-06-20'), ('2AAA', 'Q', '1', '2AAA', '', NULL, NULL, NULL)$$, 'deals that columns say are registered');
SELECT results_eq('SELECT right(plan_id, 4), right(deal_id, 4), substr(partner_id, 15, 1), agreed_at, our_owner, partner_owner, split, status FROM m.co_sell_plan',
	$$VALUES ('1AAA', '1AAA', 'P', timestamptz '2025-12-30 10:00+00', 'Ann', 'T. Heir', 'linear', 'Active')$$, 'plans');
SELECT results_eq('SELECT right(plan_id, 4), milestone, due_on, done_on FROM m.plan_milestone', $$VALUES ('1AAA', 'joint meeting', date '2026-01-15', date '2026-01-14')$$, 'and their milestones');
SELECT results_eq('SELECT product, substr(partner_id, 15, 1), launched_on FROM m.joint_solution', $$VALUES ('Connect', 'Q', date '2025-05-01')$$, 'products built together');
SELECT results_eq('SELECT substr(partner_id, 15, 1), kind, occurred_on, times FROM m.partner_activity', $$VALUES ('P', 'login', date '2026-05-01', 2)$$, 'logins of partners'' people that came through');
SELECT results_eq('SELECT right(contact_id, 4), substr(account_id, 15, 1), substr(partner_id, 15, 1), role, since, substr(previous_account_id, 15, 1) FROM m.contact ORDER BY 1',
	$$VALUES ('1AAA', '1', NULL::text, 'champion', date '2025-12-01', '2'), ('2AAA', '2', NULL, 'partner manager', '2024-01-01', NULL), ('3AAA', NULL, 'P', 'Clerk', '2024-01-01', NULL)$$, 'people: what they are, since when, and where they were');
SELECT is((SELECT count(*) FROM m.problem WHERE relation = 'contact' AND problem LIKE '%unknown meaning%'), 0::bigint, 'nobody has to say what a clerk is');
SELECT results_eq('SELECT substr(account_id, 15, 1), period, opening, expansion, contraction, churned FROM m.subscription ORDER BY 1, 2',
	$$VALUES ('1', date '2025-01-01', 0.00, 100.00, 0.00, 0.00), ('1', '2025-04-01', 100, 0, 0, 0), ('1', '2025-07-01', 100, 0, 0, 0), ('1', '2025-10-01', 100, 0, 0, 0), ('1', '2026-01-01', 100, 30, 0, 0), ('1', '2026-04-01', 130, 0, 0, 0), ('1', '2026-07-01', 130, 0, 0, 0),
		('2', '2025-04-01', 0, 200, 0, 0), ('2', '2025-07-01', 200, 0, 40, 0), ('2', '2025-10-01', 160, 0, 0, 0), ('2', '2026-01-01', 160, 0, 0, 0), ('2', '2026-04-01', 160, 0, 0, 160)$$, 'recurring revenue by quarter, of contracts');
SELECT is_empty($$SELECT * FROM (SELECT *, lead(opening) OVER w AS next FROM m.subscription WINDOW w AS (PARTITION BY account_id ORDER BY period)) s WHERE next <> opening + expansion - contraction - churned$$, 'a quarter begins with what the one before ended with');
SELECT matches((SELECT problem FROM m.problem WHERE relation = 'subscription' AND source = 'bind_salesforce'), '^recurring revenue is read from Contract, a year''s as it says; 2 of its rows', 'and that is said');
SELECT results_eq($$SELECT relation FROM m.problem WHERE source = 'bind_salesforce' AND problem LIKE 'nothing in the replica is%' ORDER BY 1$$, $$VALUES ('integration_use'), ('play_run'), ('survey'), ('team_hours')$$, 'what no replica holds is said');
SELECT is_empty($$SELECT relation, problem FROM m.relation_state WHERE state = 'failed'$$, 'every report is made of it');
SELECT is((SELECT count(*) FROM m.problem WHERE severity = 'error'), 0::bigint, 'without an error');

-- An object of registrations is read instead of columns; an amount over a term is a year's.
CREATE TABLE sf."Deal_Registration__c" AS SELECT sf.id('a05', '1') AS "Id", sf.id('001', 'Q') AS "Partner_Account__c", sf.id('001', 'O') AS "Customer_Account__c", ''::text AS "Opportunity__c", 'Submitted' AS "Status__c", timestamptz '2026-05-05 09:00+00' AS "CreatedDate", date '2026-08-03' AS "Expiration_Date__c";
ALTER TABLE sf."Contract" DROP "ARR__c";
CREATE TABLE sf."Order" AS SELECT '801' AS "Id", sf.id('001', '2') AS "AccountId", 'Activated' AS "Status", date '2025-01-01' AS "EffectiveDate", date '2026-12-31' AS "EndDate", 1460.00 AS "TotalAmount";
CALL bind_salesforce('m', 'sf');
CALL refresh_mart('m', full_refresh => true);
SELECT results_eq('SELECT right(registration_id, 4), substr(partner_id, 15, 1), substr(account_id, 15, 1), deal_id, status, registered_at, expires_on FROM m.deal_registration', $$VALUES ('1AAA', 'Q', '1', NULL::text, 'Submitted', timestamptz '2026-05-05 09:00+00', date '2026-08-03')$$, 'registrations of their own object');
SELECT results_eq('SELECT DISTINCT opening + expansion FROM m.subscription', $$VALUES (730.00)$$, 'an order of two years is twice a year''s');
CREATE TABLE sf."SBQQ__Subscription__c" AS SELECT 'a' AS "Id", sf.id('001', '1') AS "SBQQ__Account__c", date '2026-01-01' AS "SBQQ__StartDate__c", date '2026-12-31' AS "SBQQ__EndDate__c", date '2026-04-15' AS "SBQQ__TerminatedDate__c", 100.0::double precision AS "SBQQ__NetPrice__c", 3 AS "SBQQ__Quantity__c";
CALL bind_salesforce('m', 'sf');
CALL refresh_mart('m', full_refresh => true);
SELECT results_eq('SELECT period, opening, expansion, churned FROM m.subscription ORDER BY 1', $$VALUES (date '2026-01-01', 0.00, 300.00, 0.00), ('2026-04-01', 300, 0, 300)$$, 'what ended early was worth what was agreed');
DROP TABLE sf."SBQQ__Subscription__c";
-- and what is not there any more is unbound
DROP TABLE sf."Lead", sf."Campaign", sf."PartnerFundClaim", sf."Deal_Registration__c", sf."Co_Sell_Plan__c", sf."Product2", sf."LoginHistory", sf."Order", sf."Contract", sf."CampaignInfluence";
ALTER TABLE sf."Opportunity" DROP "DR_Status__c", DROP "Registration_From_Portal__c", DROP "Registration_Date__c";
CALL bind_salesforce('m', 'sf');
SELECT results_eq($$SELECT relation FROM m.relation_part WHERE part = 'salesforce' ORDER BY 1$$, $$VALUES ('account'), ('contact'), ('deal'), ('deal_partner'), ('partner')$$, 'what the replica has no more is bound no more');

-- Partners that nothing names but lookups, one in text of 15 characters.
CREATE SCHEMA hk;
CREATE TABLE hk.account AS SELECT 1 AS id, '001000000000001'::varchar(18) AS sfid, 'a' AS name UNION ALL SELECT 2, '001000000000002AAA', 'p';
CREATE TABLE hk.opportunity AS SELECT '006000000000001AAA'::varchar(18) AS sfid, '001000000000001AAA' AS accountid, 'o' AS name, true AS iswon, true AS isclosed, 'yes' AS registration_from_portal__c, '001000000000002' AS channel_partner__c;
CREATE TABLE hk.lead AS SELECT '00Q000000000001AAA'::varchar(18) AS sfid, '001000000000002AAA' AS assigned_partner__c, timestamp '2026-01-01' AS createddate;
CALL create_mart('k');
CALL bind_salesforce('k', 'hk');
CALL refresh_mart('k');
SELECT is((SELECT concat_ws(' ', p.partner_id, l.from_partner_id, l.to_partner_id, g.partner_id, g.account_id) FROM k.partner p, k.lead_exchange l, k.deal_registration g),
	'001000000000002AAA 001000000000002AAA 001000000000002AAA 001000000000001AAA', 'lookups alone tell who is a partner');

-- HubSpot by Airbyte: engagements with arrays, registrations and contracts as properties.
CREATE SCHEMA hs;
CREATE TABLE hs.companies AS SELECT n AS id, jsonb_build_object('name', name, 'type', type, 'lifecyclestage', 'customer') AS properties, false AS archived, now() AS _airbyte_extracted_at
FROM  (VALUES ('1', 'Ours', 'PROSPECT'), ('8', 'Partner', 'PARTNER'), ('9', 'Quay', 'PARTNER')) v(n, name, type);
CREATE TABLE hs.contacts AS SELECT n AS id, jsonb_build_object('email', n || '@x.example', 'associatedcompanyid', company, 'hs_buying_role', role) AS properties, false AS archived FROM (VALUES ('70', '9', ''), ('71', '1', 'CHAMPION;INFLUENCER')) v(n, company, role);
CREATE TABLE hs.deals (id text, properties jsonb, companies jsonb, archived boolean);
INSERT INTO hs.deals VALUES ('50', '{"dealname": "one", "hs_is_closed_won": "true", "hs_is_closed": "true", "deal_registration_status": "Approved", "registration_date": "2025-12-01T00:00:00Z", "contract_start_date": "2026-01-01", "contract_end_date": "2026-12-31", "hs_arr": "1200"}', '["1", "8"]', false),
	('51', '{"dealname": "two", "hs_is_closed_won": "false", "contract_start_date": "2026-01-01", "contract_end_date": "2026-12-31", "hs_arr": "999"}', '["1"]', false);
CREATE TABLE hs.engagements_meetings AS SELECT id, jsonb_build_object('hs_timestamp', at, 'hs_meeting_title', 'Talk', 'hs_activity_type', kind) AS properties, companies::jsonb, deals::jsonb, contacts::jsonb, archived
FROM  (VALUES ('900', '2026-01-05T10:00:00Z', 'Joint Pitch', '["1", "8"]', '["50"]', '[]', false), ('901', '2026-01-06T10:00:00Z', '', '["1"]', '["50"]', '["70", "71"]', false), ('902', '2026-01-07T10:00:00Z', 'Call', '["1"]', '["50"]', NULL, false),
	('903', 'soon', '', '["1", "8"]', '[]', 'null', false), ('904', '2026-01-07T10:00:00Z', '', '["8"]', '["50"]', NULL, true)) v(id, at, kind, companies, deals, contacts, archived);
CREATE TABLE hs.engagements_calls AS SELECT '910' AS id, '{"hs_timestamp": "2026-02-05T10:00:00Z", "hs_call_title": "Ring"}'::jsonb AS properties, '["9"]'::jsonb AS companies, '["51"]'::jsonb AS deals, false AS archived;
CALL create_mart('h');
UPDATE h.setting SET as_of = '2026-08-10';
CALL bind_hubspot('h', 'hs');
CALL refresh_mart('h');
SELECT results_eq('SELECT touch_id, deal_id, account_id, partner_id, kind, occurred_at, subject FROM h.touch ORDER BY 1',
	$$VALUES ('900:50:8', '50', NULL::text, '8', 'joint_pitch', timestamptz '2026-01-05 10:00+00', 'Talk'), ('901:50:9', '50', NULL, '9', 'joint_call', '2026-01-06 10:00+00', 'Talk'), ('903:1:8', NULL, '1', '8', 'joint_call', NULL, 'Talk'),
		('910:51:9', '51', NULL, '9', 'joint_call', '2026-02-05 10:00+00', 'Ring')$$, 'engagements with a partner, or one of its people');
SELECT is((SELECT rows FROM h.problem WHERE problem = 'engagements without a partner are no touches'), 1::bigint, 'others are counted');
SELECT results_eq('SELECT registration_id, partner_id, account_id, deal_id, status, registered_at::date FROM h.deal_registration', $$VALUES ('50', '8', '1', '50', 'Approved', date '2025-12-01')$$, 'registered deals');
SELECT results_eq('SELECT account_id, period, opening, expansion FROM h.subscription ORDER BY 2', $$VALUES ('1', date '2026-01-01', 0.00, 1200.00), ('1', '2026-04-01', 1200, 0), ('1', '2026-07-01', 1200, 0)$$, 'contracts of won deals');
SELECT results_eq('SELECT contact_id, account_id, partner_id, role FROM h.contact ORDER BY 1', $$VALUES ('70', NULL::text, '9', ''), ('71', '1', NULL, 'champion')$$, 'people');
-- and as older versions delivered them
DROP TABLE hs.engagements_meetings, hs.engagements_calls;
CREATE TABLE hs.engagements AS SELECT 900::bigint AS id, 'MEETING' AS type, 1767607200000::bigint AS timestamp, '{"companyIds": [1, 8], "dealIds": [50], "contactIds": [70]}'::jsonb AS associations, '{"title": "Talk"}'::jsonb AS metadata;
CALL bind_hubspot('h', 'hs');
CALL refresh_mart('h', full_refresh => true);
SELECT results_eq('SELECT touch_id, deal_id, partner_id, occurred_at, subject FROM h.touch ORDER BY 1', $$VALUES ('900:50:8', '50', '8', timestamptz '2026-01-05 10:00+00', 'Talk'), ('900:50:9', '50', '9', '2026-01-05 10:00+00', 'Talk')$$, 'engagements of one table');

-- HubSpot by Fivetran: line items that recur, of won deals; who registered is who sourced.
CREATE SCHEMA hf;
CREATE TABLE hf.company AS SELECT n AS id, 'c' || n AS property_name, CASE WHEN n > 7 THEN 'PARTNER' END AS property_type FROM (VALUES (1::bigint), (8), (9)) v(n);
CREATE TABLE hf.deal_pipeline_stage AS SELECT s AS stage_id, 'p' AS pipeline_id, s AS label, s = 'won' AS closed_won, s = 'won' AS is_closed FROM (VALUES ('won'), ('open')) v(s);
CREATE TABLE hf.deal AS SELECT n AS deal_id, 'd' || n AS property_dealname, 'p' AS deal_pipeline_id, stage AS deal_pipeline_stage_id, registered AS property_registration_status, CASE WHEN n = 50 THEN date '2025-12-01' END AS property_registration_date FROM (VALUES (50::bigint, 'won', 'Approved'), (51, 'open', '')) v(n, stage, registered);
CREATE TABLE hf.deal_company AS SELECT * FROM (VALUES (50::bigint, 1::bigint, 5, 'HUBSPOT_DEFINED'), (51, 1, 5, 'HUBSPOT_DEFINED'), (50, 8, 39, 'USER_DEFINED'), (50, 9, 37, 'USER_DEFINED')) v(deal_id, company_id, type_id, category);
CREATE TABLE hf.association_type AS SELECT * FROM (VALUES (37, 'USER_DEFINED', 'Sourcing partner'), (39, 'USER_DEFINED', 'Technical partner')) v(id, category, label);
CREATE TABLE hf.line_item AS SELECT n AS id, arr AS property_hs_arr, date '2026-01-15' AS property_hs_recurring_billing_start_date, ends AS property_hs_recurring_billing_end_date
FROM   (VALUES (1::bigint, 100.0::double precision, date '2026-12-31'), (2, 50, '2026-05-31'), (3, 999, '2026-12-31'), (4, NULL, '2026-12-31')) v(n, arr, ends);
CREATE TABLE hf.line_item_deal AS SELECT * FROM (VALUES (1::bigint, 50::bigint), (2, 50), (3, 51), (4, 50)) v(line_item_id, deal_id);
CALL create_mart('f');
UPDATE f.setting SET as_of = '2026-08-10';
CALL bind_hubspot('f', 'hf');
CALL refresh_mart('f', '{subscription,deal_registration}');
SELECT results_eq('SELECT account_id, period, opening, expansion, contraction, churned FROM f.subscription ORDER BY 2', $$VALUES ('1', date '2026-01-01', 0.00, 150.00, 0.00, 0.00), ('1', '2026-04-01', 150, 0, 50, 0), ('1', '2026-07-01', 100, 0, 0, 0)$$, 'line items of won deals');
SELECT results_eq('SELECT registration_id, partner_id, account_id, status, registered_at FROM f.deal_registration', $$VALUES ('50', '9', '1', 'Approved', timestamptz '2025-12-01 00:00+00')$$, 'registered by who sourced it');

-- Only what was written since is read, where one asks for it: soft deletes with it, hard ones when all is read.
CREATE SCHEMA inc;
CREATE TABLE inc.account AS SELECT id, name, type, false AS is_deleted FROM (VALUES ('001000000000001AAA', 'Ours', 'Customer'), ('001000000000002AAA', 'Partner', 'Reseller')) v(id, name, type);
CREATE TABLE inc.opportunity (id text, account_id text, name text, stage_name text, is_won boolean, is_closed boolean, amount numeric, is_deleted boolean, _fivetran_synced timestamptz);
INSERT INTO inc.opportunity SELECT '00600000000000' || n || 'AAA', '001000000000001AAA', 'one', 'Open', false, false, 1, false, date '2026-01-02' - n % 2 FROM generate_series(1, 6) n;
CREATE TABLE inc.task AS SELECT '00T' || n AS id, '006000000000001AAA' AS what_id, '001000000000002AAA' AS partner_account_c, 'Call' AS type, date '2026-01-01' AS activity_date, false AS is_deleted, timestamptz '2026-01-01' AS _fivetran_synced FROM generate_series(1, 3) n;
CALL create_mart('i');
CALL bind_salesforce('i', 'inc', changed_since => true);
CALL refresh_mart('i');
SELECT results_eq('SELECT relation, part, changed_since, read_until FROM i.relation_part WHERE changed_since IS NOT NULL ORDER BY 1', $$VALUES ('deal', 'salesforce', 'read_at', '2026-01-02 00:00:00+00'), ('touch', 'salesforce', 'read_at', '2026-01-01 00:00:00+00')$$, 'deals and touches');
UPDATE inc.opportunity SET name = 'not seen' WHERE id = '006000000000001AAA';
UPDATE inc.opportunity SET _fivetran_synced = '2026-02-01', amount = 2 WHERE id = '006000000000002AAA';
UPDATE inc.opportunity SET _fivetran_synced = '2026-02-01', is_deleted = true WHERE id = '006000000000003AAA';
UPDATE inc.opportunity SET _fivetran_synced = 'infinity', amount = 4 WHERE id = '006000000000004AAA';
UPDATE inc.opportunity SET _fivetran_synced = NULL, amount = 5 WHERE id = '006000000000005AAA';
DELETE FROM inc.opportunity WHERE id = '006000000000006AAA';
UPDATE inc.task SET is_deleted = true, _fivetran_synced = '2026-02-01' WHERE id = '00T3';
CALL refresh_mart('i');
SELECT results_eq('SELECT substr(deal_id, 15, 1), name, amount FROM i.deal ORDER BY 1', $$VALUES ('1', 'one', 1.00), ('2', 'one', 2), ('4', 'one', 4), ('5', 'one', 5), ('6', 'one', 1)$$, 'what is new, what says no time and what says a time that never comes; not what is gone without a mark');
SELECT results_eq('SELECT touch_id FROM i.touch ORDER BY 1', $$VALUES ('00T1'), ('00T2')$$, 'touches, too');
SELECT is((SELECT read_until FROM i.relation_part WHERE relation = 'deal'), '2026-02-01 00:00:00+00', 'infinity is not read until');
UPDATE inc.opportunity SET _fivetran_synced = '2026-03-01', amount = 22 WHERE id = '006000000000002AAA';
CALL refresh_mart('i');
SELECT is((SELECT amount FROM i.deal WHERE deal_id = '006000000000002AAA'), 22.00, 'and does not hide what comes');
CALL refresh_mart('i', full_refresh => true);
SELECT results_eq('SELECT substr(deal_id, 15, 1), name FROM i.deal ORDER BY 1', $$VALUES ('1', 'not seen'), ('2', 'one'), ('4', 'one'), ('5', 'one')$$, 'all of it when all is read');
ALTER TABLE inc.opportunity ADD _fivetran_start timestamptz, ADD _fivetran_active boolean;
CALL bind_salesforce('i', 'inc', changed_since => true);
SELECT is((SELECT count(*) FROM i.problem WHERE problem LIKE 'deals are read whole%'), 1::bigint, 'where each version is a row it cannot be');
ALTER TABLE hs.deals ADD _airbyte_extracted_at timestamptz DEFAULT '2026-01-01';
CALL bind_hubspot('h', 'hs', changed_since => true);
SELECT is((SELECT changed_since FROM h.relation_part WHERE relation = 'deal'), 'read_at', 'deals of HubSpot, too');

SELECT * FROM finish();
ROLLBACK;
