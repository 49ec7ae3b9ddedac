-- What adapters share: what is written as text, names, tables that no adapter
-- knows, Crossbeam's lists, what is here to bind, and input that nobody wants.
BEGIN;
SET client_min_messages = error;
SET search_path = ecosystem, public;
SET jit = off;
SELECT plan(156);

-- What is written as text.
SELECT is(written_day(t), d, format('the day of "%s"', t)) FROM (VALUES ('2026-01-05', date '2026-01-05'), (' 2024-02-29T10:00:00Z', '2024-02-29'), ('2026-02-29', NULL), ('2026-13-01', NULL),
	('2026-1-5', NULL), ('05/01/2026', NULL), ('0000-01-01', NULL), ('2026-01-055', NULL), ('', NULL), ('soon', NULL)) v(t, d);
SELECT is(written_time(t), d, format('the time of "%s"', t)) FROM (VALUES ('2026-01-05T10:00:00.000+0000', timestamptz '2026-01-05 10:00+00'), ('2026-01-05 6:49:18', '2026-01-05 06:49:18+00'),
	('2023-11-11 08:18:16.519000 UTC', '2023-11-11 08:18:16.519+00'), ('2026-01-05T10:00:00-08:00', '2026-01-05 18:00+00'), ('1767607200000', '2026-01-05 10:00+00'), ('2026-01-05', '2026-01-05 00:00+00'),
	('2026-02-30 10:00', NULL), ('2026-01-05 25:00', NULL), ('2026-01-05T10:00:00+99', NULL), ('now', NULL), ('infinity', NULL)) v(t, d);
SELECT is(written_number(t), d, format('the number of "%s"', t)) FROM (VALUES (' 12.50 ', 12.50), ('-1e3', -1000), ('1,234', NULL), ('12 k', NULL), ('NaN', NULL), ('1e999', NULL)) v(t, d);
SELECT is(written_flag(t), d, format('"%s"', t)) FROM (VALUES ('TRUE', true), ('1', true), ('no', false), ('maybe', NULL), ('', NULL)) v(t, d);
SELECT is(salesforce_id('001Ec00000FzlUd'), '001Ec00000FzlUdIAJ', 'the checksum of an id');
SELECT is(salesforce_id(t), t, 'no id of 15 characters') FROM (VALUES ('001Ec00000FzlUdIAJ'), ('wIXkC/s93lDAT+H'), (NULL)) v(t);
SELECT is(salesforce_id(t), t || sum, 'three digits of 32: ' || t) FROM (VALUES ('aaaaaaaaaaaaaaa', 'AAA'), ('AAAAAAAAAAAAAAA', '555'), ('aaaaAaaaAaaaAaa', 'QIE'), ('aAaaaAaaaaZ9Z9Z', 'CBV'), ('00000000000000z', 'AAA'), ('00000é000000000', ''), ('00000000000000', ''), ('', '')) v(t, sum);
SELECT set_eq($$SELECT word, _mart_guess_word(relation, column_name, word) FROM (VALUES ('deal', 'type', 'Existing Customer - Upgrade'), ('deal', 'outcome', 'Closed Won'), ('deal', 'outcome', 'Closed Lost'),
		('deal', 'outcome', 'Won''t say'), ('deal_partner', 'role', 'System Integrator'), ('deal_partner', 'role', 'VAR/Reseller'), ('touch', 'kind', 'Joint Pitch'), ('touch', 'kind', 'Email'),
		('partner_account', 'population', 'open_opportunities'), ('partner', 'type', 'ISV')) v(relation, column_name, word)$$,
	$$VALUES ('Existing Customer - Upgrade', 'expansion'), ('Closed Won', 'won'), ('Closed Lost', 'lost'), ('Won''t say', 'won'), ('System Integrator', 'technical'), ('VAR/Reseller', NULL),
		('Joint Pitch', 'joint_pitch'), ('Email', NULL), ('open_opportunities', 'open_opportunity'), ('ISV', 'technology')$$, 'what words mean, and which are not guessed');

-- A table of anybody's.
CREATE SCHEMA "a ""list""";
CREATE TABLE "a ""list"""."of 'theirs'" ("Company Name" text, "URL" text, "what; DROP" text, "E-mail" text, "Last Activity On" text);
INSERT INTO "a ""list"""."of 'theirs'" VALUES ('Acme', 'acme.com', 'customer', 'a@acme.com', '2026-05-01'), ('Beta', 'beta.io', 'lead', NULL, 'yesterday'), ('Beta', 'beta.io', 'lead', NULL, NULL);
CALL create_mart('mart "odd"');
CALL bind_table('mart "odd"', 'partner_account', '"a ""list"""."of ''theirs''"', partner_id => 'P''1', columns => '{"population": "what; DROP"}');
CALL refresh_mart('mart "odd"', '{partner_account}');
SELECT results_eq('SELECT partner_id, name, website, email, population, last_activity_on FROM "mart ""odd""".partner_account ORDER BY name',
	$$VALUES ('P''1', 'Acme', 'acme.com', 'a@acme.com', 'customer', date '2026-05-01'), ('P''1', 'Beta', 'beta.io', NULL, 'prospect', NULL)$$, 'columns by name, whatever they are called');
SELECT is((SELECT count(*) FROM "mart ""odd""".problem WHERE problem LIKE '%has no ids: a row is told by its website and name'), 1::bigint, 'a list without ids');
CALL bind_table('mart "odd"', 'partner_account', '"a ""list"""."of ''theirs''"', partner_id => 'P2', columns => '{"record_id": "\"URL\" || ''!''", "population": "''prospect''", "name": null}');
CALL refresh_mart('mart "odd"', '{partner_account}');
SELECT results_eq('SELECT record_id, name, population FROM "mart ""odd""".partner_account WHERE partner_id = ''P2'' ORDER BY 1', $$VALUES ('acme.com!', NULL::text, 'prospect'), ('beta.io!', NULL, 'prospect')$$, 'expressions, and none');
SELECT is((SELECT count(*) FROM "mart ""odd""".relation_part), 2::bigint, 'a partner''s list is a part');
SELECT throws_ok($$CALL bind_table('mart "odd"', 'nothing', 'crm.deal')$$, '42P01', 'a mart has no standard relation "nothing"', 'no such relation');
SELECT throws_ok($$CALL bind_table('mart "odd"', 'deal_fact', 'crm.deal')$$, '42P01', 'a mart has no standard relation "deal_fact"', 'a report is not bound');
SELECT throws_ok($$CALL bind_table('mart "odd"', 'partner_account', 'crm.deal')$$, '42703', 'crm.deal has no column for partner_id of "partner_account"', 'whose list it is');
SELECT throws_ok($$CALL bind_table('mart "odd"', 'deal', 'crm.deal', columns => '{"price": "amount"}')$$, '42703', 'relation "deal" of a mart has no column "price"', 'no such column');
SELECT throws_ok($$CALL bind_table('mart "odd"', 'deal', 'crm.deal', columns => '{"opened_at": "co_sell"}')$$, '42804', 'column "co_sell" of crm.deal cannot be read as timestamptz', 'a column of another type');
SELECT throws_ok($$CALL bind_table('nowhere', 'deal', 'crm.deal')$$, NULL, NULL, 'no such mart');
CALL bind_table('mart "odd"', 'deal', 'crm.deal');
CALL bind_table('mart "odd"', 'touch', 'crm.touch');
CALL refresh_mart('mart "odd"', '{deal,touch}');
SELECT set_eq('SELECT deal_id, account_id, type, outcome, amount, opened_at, closed_at, co_sell FROM "mart ""odd""".deal',
	'SELECT deal_id, account_id, type, outcome, amount::numeric(18,2), opened_at, closed_at, co_sell FROM crm.deal', 'deals by name');
SELECT set_eq('SELECT touch_id, deal_id, partner_id, kind, occurred_at FROM "mart ""odd""".touch', 'SELECT touch_id, deal_id, partner_id, kind, occurred_at FROM crm.touch', 'touches by name');
-- closes that are midnight in every row are days
CREATE TABLE public.midnight AS SELECT deal_id, account_id, outcome, amount, date_trunc('day', closed_at, 'UTC') AS close_date FROM crm.deal;
UPDATE "mart ""odd""".setting SET time_zone = 'America/Los_Angeles';
CALL bind_table('mart "odd"', 'deal', 'public.midnight', part => 'deal');
CALL refresh_mart('mart "odd"', '{deal}');
SELECT is_empty('SELECT * FROM "mart ""odd""".deal JOIN crm.deal d USING (deal_id) WHERE closed_on <> (d.closed_at AT TIME ZONE ''UTC'')::date', 'midnight in every row is a day');

-- Crossbeam, as Fivetran and as Stitch deliver it.
CREATE SCHEMA xb_fivetran;
CREATE TABLE xb_fivetran.partner (id text, organization_uuid text, domain text, name text);
CREATE TABLE xb_fivetran.partner_population (id text, organization_uuid text, name text, standard_type text);
CREATE TABLE xb_fivetran.overlap_account (crossbeam_record_id text, organization_uuid text, partner_crossbeam_record_id text, partner_id text, is_deleted text, partner_name text, partner_owner_name text,
	partner_owner_email text, partner_record_name text, partner_record_website text, record_id text, record_name text, record_website text);
CREATE TABLE xb_fivetran.overlap_account_partner_population (id text, organization_uuid text, overlap_account_crossbeam_record_id text, overlap_account_partner_crossbeam_record_id text, name text);
INSERT INTO xb_fivetran.partner VALUES ('11', 'u', 'northwind.example', (SELECT upper(name) FROM crm.partner WHERE partner_id = 'P01')), ('12', 'u', NULL, 'Unheard Of');
INSERT INTO xb_fivetran.partner_population VALUES ('1', 'u', 'Our clients', 'customers'), ('2', 'u', 'Hot', 'open_opportunities'), ('3', 'u', 'Everybody', NULL);
INSERT INTO xb_fivetran.overlap_account VALUES ('o1', 'u', 't1', '11', 'false', 'N', 'Ann', 'ann@n.example', 'Acme Inc', 'acme.com', 'A1', 'Acme', 'acme.com'), ('o2', 'u', 't1', '11', 'false', 'N', 'Ann', NULL, 'Acme Inc', 'acme.com', 'A2', 'Acme', 'acme.com'),
	('o1', 'u', 't2', '12', 'false', 'U', NULL, NULL, 'Beta', NULL, 'A1', 'Acme', NULL), ('o3', 'u', 't3', '11', 'true', 'N', NULL, NULL, 'Gone', NULL, 'A3', 'Gone', NULL);
INSERT INTO xb_fivetran.overlap_account_partner_population VALUES ('2', 'u', 'o1', 't1', 'Hot'), ('1', 'u', 'o1', 't1', 'Our clients'), ('3', 'u', 'o1', 't2', 'Everybody');
CREATE SCHEMA xb_stitch;
CREATE TABLE xb_stitch.partner_account (_crossbeam_id text, _partner_crossbeam_id text, _partner_name text, _partner_organization_id bigint, _population_names jsonb, _partner_population_names jsonb, _record_id text,
	account_name text, account_website text, _sdc_batched_at timestamptz);
INSERT INTO xb_stitch.partner_account VALUES ('o1', 's1', 'Unheard Of', 12, '["Customers"]', '["Prospects", "Customers"]', 'A1', 'Gamma', 'gamma.com', now());
CALL create_mart('mart_xb');
CALL bind_table('mart_xb', 'partner', 'crm.partner');
CALL refresh_mart('mart_xb', '{partner}');
CALL bind_crossbeam('mart_xb', 'xb_fivetran');
CALL refresh_mart('mart_xb', '{partner,partner_account}');
SELECT results_eq('SELECT partner_id, record_id, name, website, population, populations, owner FROM mart_xb.partner_account ORDER BY record_id',
	$$VALUES ('P01', 't1', 'Acme Inc', 'acme.com', 'customer', 'customers, open_opportunities', 'Ann'), ('crossbeam:12', 't2', 'Beta', NULL, NULL, 'Everybody', NULL)$$,
	'overlaps: the CRM''s partners, the strongest population, a record that overlaps twice once');
SELECT is((SELECT name FROM mart_xb.partner WHERE partner_id = 'crossbeam:12'), 'Unheard Of', 'a partner that the CRM does not know');
SELECT is((SELECT count(*) FROM mart_xb.problem WHERE source = 'bind_crossbeam' AND problem LIKE 'partners of Crossbeam that the mart does not know%'), 1::bigint, 'is said');
SELECT is((SELECT example FROM mart_xb.problem WHERE source = 'bind_crossbeam' AND problem LIKE 'population: a word of unknown meaning'), 'Everybody', 'and a population without a meaning');
CALL bind_crossbeam('mart_xb', 'xb_stitch');
CALL refresh_mart('mart_xb', '{partner,partner_account}', full_refresh => true);
SELECT results_eq('SELECT partner_id, record_id, name, website, population, populations FROM mart_xb.partner_account', $$VALUES ('crossbeam:12', 's1', 'Gamma', 'gamma.com', 'customer', 'Customers, Prospects')$$, 'bound again, the part is replaced');
SELECT throws_ok($$CALL bind_crossbeam('mart_xb', 'crm')$$, '42P01', 'no lists of Crossbeam in schema "crm"', 'what is none is refused');

-- A replica that nobody wants.
SELECT throws_ok($$CALL bind_salesforce('mart_xb', 'crm')$$, '42P01', 'no replica of Salesforce in schema "crm"', 'what is no replica is refused');
SELECT throws_ok($$CALL bind_salesforce('mart_xb', 'not "there"')$$, '42P01', 'no replica of Salesforce in schema "not "there""', 'and a schema that is not there');
CREATE SCHEMA "odd; 100%s 'replica'";
CREATE TABLE "odd; 100%s 'replica'"."Account" ("Id" text, "Name" text, "Type" text, "Is Deleted" boolean, "ParentId" text);
CREATE TABLE "odd; 100%s 'replica'"."Opportunity" ("Id" text, "AccountId" text, account_id text, "Amount" boolean, "CloseDate" jsonb, "StageName" text, "Co_Sell__c" int[], "Partner's ""Account""__c" text, "Type" bigint, type text);
CREATE TABLE "odd; 100%s 'replica'"."Task" ("Id" text, "WhatId" text, "Partner__c" text, partner__c text, "Co-Sell Partner__c" text, "Type, or so" text, "Type" text, "ActivityDate" text);
CREATE TABLE "odd; 100%s 'replica'"."Users" ("Id" text, "Name" text);
CREATE TABLE "odd; 100%s 'replica'"."USER" ("Id" text, "Name" text);
ALTER TABLE "odd; 100%s 'replica'"."Opportunity" ADD "OwnerId" text;
CALL create_mart('mart_odd');
SELECT lives_ok($$CALL bind_salesforce('mart_odd', 'odd; 100%s ''replica''')$$, 'an empty replica with odd names and types is bound');
SELECT set_eq($$SELECT problem FROM mart_odd.problem WHERE severity <> 'notice'$$,
	$$VALUES ('there is no IsWon: whether a deal is won or lost is read from its stage'), ('nothing tells which accounts are partners'), ('nothing names partners on deals'), ('nothing says what partners did: no touches'),
		('column type of Opportunity is read; Type is the same name but for spelling, of another type, and is not')$$, 'and says what it lacks');
SELECT is((SELECT problem FROM mart_odd.problem WHERE problem LIKE 'columns AccountId%'), 'columns AccountId, account_id of Opportunity are one: the first that is filled is read', 'two spellings of one column');
SELECT is((SELECT count(*) FROM mart_odd.problem WHERE problem LIKE 'Partner''s "Account"__c of opportunity%is empty'), 1::bigint, 'a lookup by its name');
INSERT INTO "odd; 100%s 'replica'"."Account" VALUES ('001000000000001AAA', 'Ours', 'Customer', false, ''), ('001000000000002AAA', 'Theirs', 'Reseller', NULL, NULL), ('001000000000003AAA', 'Gone', 'Customer', true, NULL), (NULL, 'No id', NULL, NULL, NULL);
INSERT INTO "odd; 100%s 'replica'"."Opportunity" VALUES ('006000000000001AAA', NULL, '001000000000001AAA', true, '{}', 'Closed Won', NULL, '001000000000002AAA', 1, 'New Business'),
	('006000000000002AAA', '001000000000001AAA', '001000000000002AAA', NULL, NULL, 'Who knows', NULL, NULL, NULL, NULL);
INSERT INTO "odd; 100%s 'replica'"."Task" VALUES ('00T1', '006000000000001AAA', NULL, '001000000000002AAA', '001000000000002AAA', 'x', 'Call', '2026-02-01'),
	('00T2', '001000000000001AAA', '001000000000002AAA', NULL, NULL, 'x', 'Meeting', 'soon');
INSERT INTO "odd; 100%s 'replica'"."USER" VALUES ('005', 'Ann');
UPDATE "odd; 100%s 'replica'"."Opportunity" SET "OwnerId" = '005';
CALL bind_salesforce('mart_odd', 'odd; 100%s ''replica''');
CALL refresh_mart('mart_odd');
SELECT results_eq('SELECT touch_id, deal_id, account_id, partner_id, kind, occurred_at FROM mart_odd.touch ORDER BY 1', $$VALUES ('00T1', '006000000000001AAA', NULL, '001000000000002AAA', 'joint_call', timestamptz '2026-02-01 00:00+00'),
	('00T2:Partner__c', NULL, '001000000000001AAA', '001000000000002AAA', 'joint_call', NULL)$$, 'a partner in two columns is there once');
SELECT is((SELECT string_agg(DISTINCT owner, ', ') FROM mart_odd.deal), 'Ann', 'an owner, whatever the schema is called');
SELECT results_eq('SELECT deal_id, account_id, type, outcome, amount FROM mart_odd.deal ORDER BY 1', $$VALUES ('006000000000001AAA', '001000000000001AAA', 'new', 'won', NULL::numeric), ('006000000000002AAA', '001000000000001AAA', NULL, 'open', NULL)$$, 'what can be read is');
SELECT results_eq('SELECT deal_id, partner_id FROM mart_odd.deal_partner', $$VALUES ('006000000000001AAA', '001000000000002AAA')$$, 'its partner by a lookup');
SELECT is((SELECT rows FROM mart_odd.problem WHERE problem LIKE 'columns AccountId%they differ'), 1::bigint, 'spellings that differ are counted');
-- a partner who is an account of ours, too
INSERT INTO "odd; 100%s 'replica'"."Opportunity" VALUES ('006000000000003AAA', '001000000000002AAA', NULL, NULL, NULL, 'Closed Won', NULL, NULL, NULL, NULL);
CALL refresh_mart('mart_odd');
SELECT results_eq('SELECT account_id, is_partner, segment FROM mart_odd.account ORDER BY 1', $$VALUES ('001000000000001AAA', false, 'customer'), ('001000000000002AAA', true, NULL)$$, 'a partner with a deal of its own stays, flagged');

-- Stitch's names behind a prefix, money of several currencies, versions of one row, merges in a circle.
CREATE SCHEMA stitch;
CREATE TABLE stitch.salesforce_account (id text, name text, website text, recordtypeid text, masterrecordid text, isdeleted boolean, billingcountry text, billingcountrycode text, _sdc_batched_at timestamptz);
CREATE TABLE stitch.salesforce_recordtype (id text, name text, developername text, sobjecttype text);
CREATE TABLE stitch.salesforce_opportunity (id text, accountid text, name text, stagename text, iswon boolean, isclosed boolean, amount text, currencyisocode text, closedate text, createddate text,
	partneraccountid text, "alliance_partner__c" text, isdeleted boolean, _fivetran_active boolean, _fivetran_start timestamptz);
CREATE TABLE stitch.salesforce_partner (id text, opportunityid text, accounttoid text, accountfromid text, role text, isprimary boolean, createddate timestamp);
CREATE TABLE stitch.salesforce_currencytype (isocode text, conversionrate double precision, isactive boolean);
CREATE TABLE stitch.salesforce_datedconversionrate (isocode text, startdate date, conversionrate double precision);
INSERT INTO stitch.salesforce_recordtype VALUES ('012000000000001AAA', 'Partner Account', 'Partner', 'Account'), ('012000000000002AAA', 'Partner Deal', 'PartnerDeal', 'Opportunity');
INSERT INTO stitch.salesforce_account VALUES ('001000000000001AAA', 'Ours', 'ours.com', NULL, NULL, false, 'Germany', NULL), ('001000000000002AAA', 'Theirs', NULL, '012000000000001AAA', '', false, 'France', 'FR'),
	('001000000000003AAA', 'Old', NULL, NULL, '001000000000004AAA', true, NULL, NULL), ('001000000000004AAA', 'Older', NULL, NULL, '001000000000001AAA', true, NULL, NULL),
	('001000000000005AAA', 'Round', NULL, NULL, '001000000000006AAA', true, NULL, NULL), ('001000000000006AAA', 'Round', NULL, NULL, '001000000000005AAA', true, NULL, NULL);
INSERT INTO stitch.salesforce_opportunity VALUES
	('006000000000001AAA', '001000000000003AAA', 'Old owner', 'Closed Won', true, true, '110.00', 'EUR', '2026-02-10', '2026-01-01T00:00:00Z', '001000000000002AAA', NULL, false, true, '2026-02-10 00:00+00'),
	('006000000000001AAA', '001000000000003AAA', 'Old owner', 'Proposal', false, false, '90.00', 'EUR', '2026-02-28', '2026-01-01T00:00:00Z', '001000000000002AAA', NULL, false, false, '2026-01-01 00:00+00'),
	('006000000000002AAA', '001000000000001AAA', 'In yen', 'Proposal', NULL, NULL, '1000', 'JPY', '2026-12-10', '2026-01-01 10:00', NULL, '001000000000002AAA', false, true, '2026-01-01 00:00+00'),
	('006000000000003AAA', '001000000000005AAA', 'Round', 'Closed Lost', false, true, 'n/a', 'XXX', 'soon', 'never', NULL, NULL, false, true, '2026-01-01 00:00+00');
-- both directions of one fact
INSERT INTO stitch.salesforce_partner VALUES ('00I1', '006000000000001AAA', '001000000000002AAA', NULL, 'System Integrator', true, '2026-01-05'), ('00I2', '006000000000001AAA', '001000000000001AAA', '001000000000002AAA', 'Client', false, '2026-01-05'),
	('00I3', NULL, '001000000000001AAA', '001000000000002AAA', 'Client', false, '2026-01-05');
INSERT INTO stitch.salesforce_currencytype VALUES ('USD', 1.25, true), ('EUR', 1, true), ('JPY', 160, true);
INSERT INTO stitch.salesforce_datedconversionrate VALUES ('USD', '2026-01-01', 1.20), ('USD', '2026-02-01', 1.10), ('EUR', '2026-01-01', 1), ('EUR', '2026-02-01', 1);
CREATE TABLE stitch.salesforce_contact (id text, accountid text, firstname text, lastname text, title text, createddate text);
CREATE TABLE stitch.salesforce_opportunitycontactrole (id text, contactid text, opportunityid text, role text, createddate timestamptz);
INSERT INTO stitch.salesforce_contact VALUES ('003000000000001AAA', '001000000000003AAA', 'Jo', 'Bloggs', 'CTO', '2026-01-01'), ('003000000000002AAA', '001000000000002AAA', NULL, 'Ng', 'Seller', NULL), ('003000000000003AAA', NULL, NULL, NULL, NULL, NULL);
INSERT INTO stitch.salesforce_opportunitycontactrole VALUES ('1', '003000000000001AAA', NULL, 'Evaluator', '2026-01-01'), ('2', '003000000000001AAA', NULL, 'Decision Maker', '2026-02-01');
CALL create_mart('mart_stitch');
CALL bind_salesforce('mart_stitch', 'stitch');
CALL refresh_mart('mart_stitch');
SELECT results_eq('SELECT deal_id, account_id, outcome, amount, closed_on, opened_at FROM mart_stitch.deal ORDER BY 1',
	$$VALUES ('006000000000001AAA', '001000000000001AAA', 'won', 121.00, date '2026-02-10', timestamptz '2026-01-01 00:00+00'), ('006000000000002AAA', '001000000000001AAA', 'open', 7.81, NULL, '2026-01-01 10:00+00'),
		('006000000000003AAA', '001000000000005AAA', 'lost', NULL, NULL, NULL)$$, 'the last version; the account that is left; the rate of the day and of the plan');
SELECT results_eq('SELECT deal_id, partner_id, role, is_primary FROM mart_stitch.deal_partner ORDER BY 1, 3',
	$$VALUES ('006000000000001AAA', '001000000000002AAA', 'partneraccountid', NULL::boolean), ('006000000000001AAA', '001000000000002AAA', 'technical', true), ('006000000000002AAA', '001000000000002AAA', 'co_sell', NULL)$$, 'one direction, and lookups');
SELECT is((SELECT string_agg(partner_id || ' ' || name, ', ') FROM mart_stitch.partner), '001000000000002AAA Theirs', 'a partner by its record type');
SELECT is((SELECT string_agg(name || ' ' || country, ', ') FROM mart_stitch.account), 'Ours Germany', 'and accounts');
SELECT results_eq('SELECT stage, outcome, amount FROM mart_stitch.deal_history WHERE deal_id = ''006000000000001AAA'' AND valid_from < ''2026-03-01'' ORDER BY valid_from', $$VALUES ('Proposal', 'open', 90.00), ('Closed Won', 'won', 110.00)$$, 'versions are history');
SELECT results_eq('SELECT contact_id, account_id, partner_id, name, role, since FROM mart_stitch.contact ORDER BY 1', $$VALUES ('003000000000001AAA', '001000000000001AAA', NULL, 'Jo Bloggs', 'buyer', date '2026-01-01'),
	('003000000000002AAA', NULL, '001000000000002AAA', 'Ng', 'Seller', NULL), ('003000000000003AAA', NULL, NULL, NULL, NULL, NULL)$$, 'people, with their last role');
SELECT is((SELECT rows FROM mart_stitch.problem WHERE problem LIKE 'closedate of opportunity is text, and some of it no date'), 1::bigint, 'a day that is none');
SELECT matches((SELECT found FROM detect_sources() WHERE schema_name = 'stitch'), '^salesforce_account, salesforce_contact, ', 'tables behind a prefix are found');

-- A schema that cannot be read hinders no other.
CREATE SCHEMA broken;
CREATE TABLE broken.account AS SELECT '001000000000001AAA' AS "Id", 'Partner' AS "Type";
CREATE VIEW broken."Opportunity" AS SELECT '006000000000001AAA' AS "Id", (1 / (SELECT count(*) FROM stitch.salesforce_account WHERE name = 'nobody'))::text AS "Partner__c", 'x'::text AS "StageName";
SELECT is((SELECT missing FROM detect_sources() WHERE schema_name = 'broken'), 'cannot be read: division by zero', 'a replica that fails says why');
DROP SCHEMA broken CASCADE;

-- Without a right to read.
CREATE ROLE mart_test_reader;
GRANT USAGE ON SCHEMA "odd; 100%s 'replica'" TO mart_test_reader;
GRANT SELECT ON "odd; 100%s 'replica'"."Account" TO mart_test_reader;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO mart_test_reader', current_database()); END $$;
SET LOCAL ROLE mart_test_reader;
SELECT is((SELECT missing FROM detect_sources() WHERE schema_name = 'odd; 100%s ''replica'''), 'opportunitypartner, event, lead, contact, campaigninfluence, opportunityhistory; unreadable: Opportunity, Task, USER', 'what may not be read is not missing');
CALL create_mart('mart_reader');
SELECT throws_ok($$CALL bind_salesforce('mart_reader', 'odd; 100%s ''replica''')$$, '42501', 'cannot read the replica of Salesforce in schema "odd; 100%s ''replica''"', 'a table that may not be read');
SELECT throws_ok($$CALL bind_table('mart_reader', 'deal', 'crm.deal')$$, '42501', NULL, 'nor any other');
RESET ROLE;
GRANT SELECT ON "odd; 100%s 'replica'"."Opportunity" TO mart_test_reader;
SET LOCAL ROLE mart_test_reader;
CALL bind_salesforce('mart_reader', 'odd; 100%s ''replica''');
SELECT is((SELECT advice FROM mart_reader.problem WHERE problem = 'USER is there and may not be read'), 'GRANT SELECT ON "odd; 100%s ''replica''"."USER" TO mart_test_reader', 'what would help is said');
RESET ROLE;

-- Nobody's functions are run for having been come across.
CREATE ROLE mart_test_mallory;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO mart_test_mallory', current_database()); END $$;
SET LOCAL ROLE mart_test_mallory;
CREATE SCHEMA sales;
CREATE FUNCTION sales.f(said text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('mart_test.ran_as', current_user, false); RETURN said; END $$;
CREATE TYPE sales.word AS ENUM ('Partner');
CREATE FUNCTION sales.g(said sales.word) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('mart_test.ran_as', current_user, false); RETURN 'Partner'; END $$;
CREATE CAST (sales.word AS text) WITH FUNCTION sales.g(sales.word);
CREATE VIEW sales.account AS SELECT sales.f('001') AS id, 'a' AS name, true AS is_partner, sales.f('Partner') AS type;
CREATE VIEW sales.opportunity AS SELECT sales.f('006') AS id, '001' AS account_id, sales.f('x') AS stage_name, sales.f('001') AS partner__c;
CREATE SCHEMA sales_too;
CREATE TABLE sales_too.account AS SELECT '001000000000001AAA' AS id, 'Partner'::sales.word AS type;
CREATE TABLE sales_too.opportunity AS SELECT '006000000000001AAA' AS id, '001000000000001AAA' AS account_id, 'Partner'::sales.word AS stage_name, true AS is_won;
-- a type of theirs that has the name of another, and a cast to it
CREATE TYPE sales_too.timestamptz AS ENUM ('2026-01-01');
CREATE FUNCTION sales_too.h(said sales_too.timestamptz) RETURNS pg_catalog.timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('mart_test.ran_as', current_user, false); RETURN said::text; END $$;
CREATE CAST (sales_too.timestamptz AS pg_catalog.timestamptz) WITH FUNCTION sales_too.h(sales_too.timestamptz) AS IMPLICIT;
CREATE TABLE sales_too.deal AS SELECT 'D1' AS deal_id, 'Partner'::sales.word AS name, '2026-01-01'::sales_too.timestamptz AS closed_at;
RESET ROLE;
SELECT set_eq($$SELECT schema_name, found, missing LIKE '%unreadable: account, opportunity' FROM detect_sources() WHERE schema_name LIKE 'sales%'$$,
	$$VALUES ('sales', NULL, true), ('sales_too', 'account, opportunity', false)$$, 'views of others are come across, and not read');
SELECT throws_ok($$CALL bind_salesforce('mart_odd', 'sales')$$, '42501', 'cannot read the replica of Salesforce in schema "sales"', 'nor are they by a superuser who names them');
SELECT throws_ok($$CALL bind_table('mart_odd', 'account', 'sales.account')$$, '42501', 'sales.account is not read by a superuser', 'one by one');
SELECT lives_ok($$CALL bind_table('mart_odd', 'deal', 'sales_too.deal')$$, 'a table with columns of their types is read without these');
SELECT is(nullif(current_setting('mart_test.ran_as', true), ''), NULL, 'no function of theirs was run');
DROP SCHEMA sales_too CASCADE;
-- who names one reads it as the mart's owner, who can become nobody else meanwhile
CREATE ROLE mart_test_rich;
CREATE ROLE mart_test_alice IN ROLE mart_test_rich;
CREATE ROLE mart_test_member IN ROLE mart_test_alice;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO mart_test_alice', current_database()); END $$;
CREATE TABLE sales.log (what text);
GRANT INSERT ON sales.log TO PUBLIC;
CREATE FUNCTION sales.spy(said text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
	BEGIN
		SET ROLE mart_test_rich;
		INSERT INTO sales.log VALUES ('became');
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO sales.log VALUES (current_user || ': ' || SQLERRM);
	END;
	RETURN said;
END $$;
CREATE OR REPLACE VIEW sales.account AS SELECT sales.spy('001') AS id, 'a' AS name, true AS is_partner, sales.spy('Partner') AS type;
CREATE OR REPLACE VIEW sales.opportunity AS SELECT sales.spy('006') AS id, '001' AS account_id, sales.spy('x') AS stage_name, sales.spy('001') AS partner__c;
CREATE VIEW sales.deal AS SELECT 'D1' AS deal_id, sales.spy('2026-01-01')::timestamptz AS closed_at, sales.spy('won') AS outcome;
ALTER VIEW sales.deal OWNER TO mart_test_mallory;
GRANT USAGE ON SCHEMA sales TO mart_test_alice;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO mart_test_alice;
SET LOCAL ROLE mart_test_alice;
CALL create_mart('mart_alice');
CALL bind_table('mart_alice', 'deal', 'sales.deal');
CALL bind_salesforce('mart_alice', 'sales');
SET LOCAL ROLE mart_test_member;
CALL bind_table('mart_alice', 'deal', 'sales.deal', part => 'member');
RESET ROLE;
CALL bind_table('mart_alice', 'deal', 'sales.deal', part => 'super');
SELECT results_eq('SELECT DISTINCT what FROM sales.log', $$VALUES ('mart_test_alice: cannot set parameter "role" within security-restricted operation')$$, 'what is read while binding runs as the owner, restricted');
SELECT ok(count(*) > 4, 'and is read by all that bind') FROM sales.log;
DROP SCHEMA sales CASCADE;

-- What nobody can mean is an error that says what.
CREATE SCHEMA no_ids;
CREATE TABLE no_ids.account (name text);
CREATE TABLE no_ids.opportunity (name text);
SELECT throws_ok(format(call, 'mart_odd'), state, message, call) FROM (VALUES
	($$CALL bind_salesforce(NULL, 'stitch')$$, '3F000', 'a mart cannot be NULL'), ($$CALL bind_salesforce('', 'stitch')$$, '3F000', 'there is no mart ""'), ($$CALL bind_salesforce(%L, NULL)$$, '22004', 'mart "mart_odd": source_schema cannot be NULL'),
	($$CALL bind_salesforce(%L, '')$$, '42P01', 'no replica of Salesforce in schema ""'), ($$CALL bind_salesforce(%L, 'no_ids')$$, '42703', 'cannot read the replica of Salesforce in schema "no_ids"'),
	($$CALL bind_salesforce(%L, 'stitch', '[]')$$, '22023', 'partner_lookups is no JSON object'), ($$CALL bind_salesforce(%L, 'stitch', 'null')$$, '22023', 'partner_lookups is no JSON object'),
	($$CALL bind_salesforce(%L, 'stitch', '{"opportunity": {"x": 1}}')$$, '22023', 'partner_lookups of "opportunity" is not what is wanted'), ($$CALL bind_salesforce(%L, 'stitch', '{"opportunity": {"": "sourcing"}}')$$, '22023', 'partner_lookups of "opportunity" is not what is wanted'),
	($$CALL bind_salesforce(%L, 'stitch', partner_accounts => '')$$, '42601', 'partner_accounts is no condition on rows of stitch.salesforce_account: syntax error at or near ")"'),
	($$CALL bind_salesforce(%L, 'stitch', partner_accounts => 'nonsense')$$, '42703', 'partner_accounts is no condition on rows of stitch.salesforce_account: column "nonsense" does not exist'),
	($$CALL bind_salesforce(%L, 'stitch', partner_accounts => 'true -- it is')$$, '42601', 'partner_accounts is no condition on rows of stitch.salesforce_account: syntax error at end of input'),
	($$CALL bind_salesforce(%L, 'stitch', pass_through => '{"opportunity": [null]}')$$, '22023', 'pass_through of "opportunity" is not what is wanted'), ($$CALL bind_salesforce(%L, 'stitch', pass_through => '{"opportunity": {"x": 1}}')$$, '22023', 'pass_through of "opportunity" is not what is wanted'),
	($$CALL bind_salesforce(%L, 'stitch', pass_through => '{"opportunity": ["amount"]}')$$, '42701', 'pass_through: "deal_fact" has a column "amount" of its own'),
	($$CALL bind_hubspot(NULL, 'stitch')$$, '3F000', 'a mart cannot be NULL'), ($$CALL bind_hubspot(%L, NULL)$$, '22004', 'mart "mart_odd": source_schema cannot be NULL'), ($$CALL bind_hubspot(%L, 'stitch', '{"": "x"}')$$, '22023', 'partner_labels of "" is not what is wanted'),
	($$CALL bind_crossbeam('nowhere', 'stitch')$$, '3F000', 'there is no mart "nowhere"'), ($$CALL bind_crossbeam(%L, NULL)$$, '22004', 'mart "mart_odd": source_schema cannot be NULL'), ($$CALL bind_demo(%L, NULL)$$, '22004', 'mart "mart_odd": source_schema cannot be NULL'),
	($$CALL bind_table(NULL, 'deal', 'crm.deal')$$, '3F000', 'a mart cannot be NULL'), ($$CALL bind_table(%L, NULL, 'crm.deal')$$, '42P01', 'a mart has no standard relation ""'), ($$CALL bind_table(%L, 'deal', NULL)$$, '22004', 'mart "mart_odd": source cannot be NULL'),
	($$CALL bind_table(%L, 'relation_part', 'crm.deal')$$, '42P01', 'a mart has no standard relation "relation_part"'), ($$CALL bind_table(%L, 'deal', 'crm.deal_pkey')$$, '42809', 'crm.deal_pkey is no table or view'),
	($$CALL bind_table(%L, 'deal', 'crm.deal', part => '')$$, '22023', 'part is no name'), ($$CALL bind_table(%L, 'deal', 'crm.deal', part => repeat('x', 300))$$, '22023', 'part is no name'),
	($$CALL bind_table(%L, 'partner_account', 'crm.partner_account', partner_id => '')$$, '22023', 'partner_id is empty'), ($$CALL bind_table(%L, 'deal', 'crm.deal', partner_id => 'P1')$$, '22023', 'relation "deal" of a mart has no partners'),
	($$CALL bind_table(%L, 'deal', 'crm.deal', columns => '[]')$$, '22023', 'columns is no JSON object'), ($$CALL bind_table(%L, 'deal', 'crm.deal', columns => '{"name": 1}')$$, '22023', 'columns of "name" is not what is wanted'),
	($$CALL bind_table(%L, 'deal', 'crm.deal', columns => '{"name": ""}')$$, '22023', 'columns of "name" is not what is wanted'), ($$CALL bind_table(%L, 'deal', 'crm.deal', columns => '{"name": "x) , ("}')$$, '42601', 'mart "mart_odd": part "deal" of "deal" does not run'),
	($$SELECT * FROM mart_status(NULL)$$, '3F000', 'a mart cannot be NULL'), ($$SELECT * FROM check_mart(NULL)$$, '3F000', 'a mart cannot be NULL'),
	($$CALL unbind(NULL, 'deal')$$, '3F000', 'a mart cannot be NULL'), ($$CALL unbind(%L)$$, '22004', 'mart "mart_odd": what to unbind is a relation, a part or both'), ($$CALL unbind(%L, 'deal', 'nobody')$$, '42704', 'mart "mart_odd" has no part "nobody" of relation "deal" that is bound'),
	($$CALL unbind(%L, 'survey')$$, '42704', 'mart "mart_odd" has no relation "survey" that is bound')) v(call, state, message);
-- An expression of another type is the load's to refuse, not a test of the days it has.
SELECT lives_ok($$CALL bind_table('mart_odd', 'deal', 'crm.deal', part => 'none', columns => '{"closed_at": "NULL::date", "name": "owner || ''''''s \"deal\"''"}')$$, 'an expression where days were looked for');
-- What is bound is unbound.
CALL unbind('mart_odd', 'deal', 'none');
SELECT is((SELECT string_agg(part, ', ' ORDER BY part) FROM mart_odd.relation_part WHERE relation = 'deal'), 'deal, salesforce', 'a part is unbound alone');
CALL unbind('mart_odd', part => 'salesforce');
SELECT is((SELECT string_agg(relation || ' ' || part, ', ') FROM mart_odd.relation_part), 'deal deal', 'or wherever it is');
SELECT is((SELECT count(*) FROM mart_odd.problem WHERE source = 'bind_salesforce'), 0::bigint, 'with what was said of it');
CALL unbind('mart_odd', 'deal');
CALL refresh_mart('mart_odd');
SELECT is((SELECT count(*) FROM mart_odd.deal), 0::bigint, 'its rows go with the next refresh');
SELECT is((SELECT origin || ' ' || state FROM mart_status('mart_odd') s JOIN mart_odd.relation r ON r.name = s.relation WHERE s.relation = 'deal'), 'builtin fresh', 'and nothing is held back');

-- What is here.
SELECT set_eq('SELECT schema_name, crm FROM detect_sources()', $$VALUES ('no_ids', 'Salesforce'), ('odd; 100%s ''replica''', 'Salesforce'), ('stitch', 'Salesforce'), ('xb_fivetran', 'Crossbeam'), ('xb_stitch', 'Crossbeam')$$, 'sources, and neither marts nor other schemas');

-- Tables of Salesforce's own names, and headers of Fivetran's replica, where there is a copy beside the repository.
\set present `test -r ../shared/data/sfdc_workshop/Opportunity.csv && echo true || echo false`
\if :present
CREATE SCHEMA workshop;
CREATE FUNCTION pg_temp.make(name text, header text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s (%s)', name, (SELECT string_agg(format('%I text', c), ', ' ORDER BY n) FROM regexp_split_to_table(regexp_replace(header, '^\uFEFF|[\r\n]+$', '', 'g'), ',') WITH ORDINALITY x(c, n)));
END $$;
\set h `head -1 ../shared/data/sfdc_workshop/Account.csv`
SELECT pg_temp.make('workshop."Account"', :'h');
\copy workshop."Account" FROM '../shared/data/sfdc_workshop/Account.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/sfdc_workshop/Opportunity.csv`
SELECT pg_temp.make('workshop."Opportunity"', :'h');
\copy workshop."Opportunity" FROM '../shared/data/sfdc_workshop/Opportunity.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/sfdc_workshop/Task.csv`
SELECT pg_temp.make('workshop."Task"', :'h');
\copy workshop."Task" FROM '../shared/data/sfdc_workshop/Task.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/sfdc_workshop/Lead.csv`
SELECT pg_temp.make('workshop."Lead"', :'h');
\copy workshop."Lead" FROM '../shared/data/sfdc_workshop/Lead.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/sfdc_workshop/Contact.csv`
SELECT pg_temp.make('workshop."Contact"', :'h');
\copy workshop."Contact" FROM '../shared/data/sfdc_workshop/Contact.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/sfdc_workshop/Campaign.csv`
SELECT pg_temp.make('workshop."Campaign"', :'h');
\copy workshop."Campaign" FROM '../shared/data/sfdc_workshop/Campaign.csv' WITH (FORMAT csv, HEADER)
CALL create_mart('mart_workshop');
SELECT lives_ok($$CALL bind_salesforce('mart_workshop', 'workshop')$$, 'a workshop''s files are bound');
CALL refresh_mart('mart_workshop');
SELECT results_eq('SELECT outcome, count(*), sum(amount) FROM mart_workshop.deal GROUP BY 1 ORDER BY 1',
	$$SELECT CASE WHEN "IsWon" = '1' THEN 'won' WHEN "IsClosed" = '1' THEN 'lost' ELSE 'open' END, count(*), sum("Amount"::numeric)::numeric FROM workshop."Opportunity" GROUP BY 1 ORDER BY 1$$, 'its deals');
SELECT is((SELECT count(*) FROM mart_workshop.deal WHERE closed_on IS NULL AND outcome <> 'open' OR opened_at IS NULL), 0::bigint, 'their days');
SELECT results_eq('SELECT segment, count(*) FROM mart_workshop.account GROUP BY 1 ORDER BY 1', $$SELECT lower("Classification__c"), count(*) FROM workshop."Account" GROUP BY 1 ORDER BY 1$$, 'its accounts');
SELECT is((SELECT count(*) FROM mart_workshop.problem WHERE severity = 'error' AND relation = 'partner'), 1::bigint, 'that nobody is a partner is said');
SELECT is((SELECT count(account_id) FROM mart_workshop.contact), (SELECT count("AccountId") FROM workshop."Contact"), 'people are where they are, whoever is a partner');
CREATE TABLE workshop.list AS SELECT upper("Name") AS "Company", 'Customer' AS "Status" FROM workshop."Account" WHERE "Website" <> '' LIMIT 5;
CALL bind_table('mart_workshop', 'partner_account', 'workshop.list', partner_id => 'P1');
SELECT is((SELECT count(*) FROM mart_workshop.problem WHERE severity = 'warning' AND problem LIKE '%by their name alone%'), 1::bigint, 'a list of names alone is said to meet nobody');
CALL bind_table('mart_workshop', 'partner_account', 'workshop.list', partner_id => 'P1', columns => '{"country": "''US''"}');
CALL refresh_mart('mart_workshop');
SELECT is((SELECT count(*) FROM mart_workshop.account_overlap), 5::bigint, 'and with a country meets all');
SELECT is((SELECT replicator || ': ' || found FROM detect_sources() WHERE schema_name = 'workshop'), 'unknown: Account, Campaign, Contact, Lead, Opportunity, Task', 'and it is found');
\else
\warn '# SKIP: ../shared/data/sfdc_workshop is not there: no files of a workshop were bound'
SELECT skip('../shared/data/sfdc_workshop is not there: no files of a workshop were bound', 9);
\endif
\set present `test -r ../shared/data/replica_headers/fivetran_salesforce/sf_opportunity_data.csv && echo true || echo false`
\if :present
CREATE SCHEMA headers;
CREATE FUNCTION pg_temp.header(name text, header text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE headers.%I (%s)', name, (SELECT string_agg(format('%I text', c), ', ' ORDER BY n) FROM regexp_split_to_table(rtrim(header, E'\r\n'), ',') WITH ORDINALITY x(c, n)));
END $$;
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_account_data.csv`
SELECT pg_temp.header('account', :'h');
\copy headers.account FROM '../shared/data/replica_headers/fivetran_salesforce/sf_account_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_opportunity_data.csv`
SELECT pg_temp.header('opportunity', :'h');
\copy headers.opportunity FROM '../shared/data/replica_headers/fivetran_salesforce/sf_opportunity_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_opportunity_history_data.csv`
SELECT pg_temp.header('opportunity_history', :'h');
\copy headers.opportunity_history FROM '../shared/data/replica_headers/fivetran_salesforce/sf_opportunity_history_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_task_data.csv`
SELECT pg_temp.header('task', :'h');
\copy headers.task FROM '../shared/data/replica_headers/fivetran_salesforce/sf_task_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_event_data.csv`
SELECT pg_temp.header('event', :'h');
\copy headers.event FROM '../shared/data/replica_headers/fivetran_salesforce/sf_event_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_lead_data.csv`
SELECT pg_temp.header('lead', :'h');
\copy headers.lead FROM '../shared/data/replica_headers/fivetran_salesforce/sf_lead_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_contact_data.csv`
SELECT pg_temp.header('contact', :'h');
\copy headers.contact FROM '../shared/data/replica_headers/fivetran_salesforce/sf_contact_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_salesforce/sf_user_data.csv`
SELECT pg_temp.header('user', :'h');
\copy headers."user" FROM '../shared/data/replica_headers/fivetran_salesforce/sf_user_data.csv' WITH (FORMAT csv, HEADER)
CALL create_mart('mart_headers');
SELECT lives_ok($$CALL bind_salesforce('mart_headers', 'headers')$$, 'headers of a replica are bound');
CALL refresh_mart('mart_headers', '{account,deal}');
SELECT is((SELECT count(*) FROM mart_headers.deal), (SELECT count(*) FROM headers.opportunity WHERE is_deleted = 'false' AND _fivetran_active = 'true'), 'deals that are there');
SELECT is((SELECT string_agg(problem, '; ' ORDER BY problem) FROM mart_headers.problem WHERE problem LIKE '%would point to partners%'),
	'co_sell_partner_account_c of task would point to partners by its name, and is empty; partner_account_c of event would point to partners by its name, and is empty; '
	'partner_account_c of task would point to partners by its name, and is empty; referral_account_c of event would point to partners by its name, and is empty; '
	'referral_account_c of lead would point to partners by its name, and is empty; referral_account_c of task would point to partners by its name, and is empty', 'lookups by their names');
SELECT matches((SELECT query FROM mart_headers.relation_part WHERE relation = 'deal_history'), '_fivetran_start', 'history mode of opportunities');
\else
\warn '# SKIP: ../shared/data/replica_headers is not there: no headers were bound'
SELECT skip('../shared/data/replica_headers is not there: no headers were bound', 4);
\endif

SELECT * FROM finish();
ROLLBACK;
