-- bind_hubspot: the demo CRM exported into a replica of HubSpot and bound again
-- is the demo CRM, row by row, in either time zone; and exported lists.
BEGIN;
\ir ../demo/replicas.sql
SET client_min_messages = warning;
SET search_path = ecosystem, public;
SET jit = off;
SELECT plan(38);

CREATE FUNCTION pg_temp.differ(wanted text, is_there text) RETURNS TABLE (side text, differs text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT ''missing'', a::text FROM (SELECT * FROM (%1$s) w EXCEPT ALL SELECT * FROM (%2$s) i) a
		UNION ALL SELECT ''more'', a::text FROM (SELECT * FROM (%2$s) i EXCEPT ALL SELECT * FROM (%1$s) w) a LIMIT 5', wanted, is_there);
END $$;
CREATE TEMP TABLE k AS SELECT entity, demo_id, hubspot::text AS id FROM replica.key;
CREATE UNIQUE INDEX ON k (id);
CREATE FUNCTION pg_temp.same(zone text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEXT is_empty($q$SELECT * FROM pg_temp.differ('SELECT account_id, name, website, country, segment, industry, region, false FROM crm.account',
		'SELECT coalesce(k.demo_id, account_id), name, website, country, segment, industry, region, is_partner FROM mart_hubspot.account LEFT JOIN k ON k.id = account_id')$q$, 'accounts, ' || zone);
	RETURN NEXT is_empty($q$SELECT * FROM pg_temp.differ('SELECT partner_id, name, type, region, signed_at FROM crm.partner',
		'SELECT coalesce(k.demo_id, partner_id), name, type, region, signed_on FROM mart_hubspot.partner LEFT JOIN k ON k.id = partner_id')$q$, 'partners, ' || zone);
	-- HubSpot keeps the time of a close: its day is the day in the mart's zone
	RETURN NEXT is_empty(format($q$SELECT * FROM pg_temp.differ('SELECT deal_id, account_id, name, type, outcome, amount, arr, gross_margin, opened_at, closed_at, (closed_at AT TIME ZONE ''%1$s'')::date,
			CASE WHEN closed_at IS NULL THEN (timestamptz ''2026-12-15 00:00+00'' AT TIME ZONE ''%1$s'')::date END,
			owner, lead_source, program, region, co_sell, marketplace, on_partner_paper, first_value_at FROM crm.deal',
		'SELECT coalesce(k.demo_id, deal_id), coalesce(a.demo_id, account_id), name, type, outcome, amount, arr, gross_margin, opened_at, closed_at, closed_on, expected_close_on,
			owner, lead_source, program, region, co_sell, marketplace, coalesce(p.demo_id, on_partner_paper), first_value_at
		FROM mart_hubspot.deal LEFT JOIN k ON k.id = deal_id LEFT JOIN k a ON a.id = account_id LEFT JOIN k p ON p.id = on_partner_paper')$q$, zone), 'deals, ' || zone);
	-- associations have neither a date nor a primary one
	RETURN NEXT is_empty($q$SELECT * FROM pg_temp.differ('SELECT deal_id, partner_id, role FROM crm.deal_partner',
		'SELECT coalesce(k.demo_id, deal_id), coalesce(p.demo_id, partner_id), role FROM mart_hubspot.deal_partner LEFT JOIN k ON k.id = deal_id LEFT JOIN k p ON p.id = partner_id')$q$, 'partners on deals, ' || zone);
	RETURN NEXT is_empty($q$SELECT * FROM pg_temp.differ('SELECT touch_id, deal_id, NULL, partner_id, kind, occurred_at, weight FROM crm.touch',
		'SELECT coalesce(t.demo_id, touch_id), coalesce(k.demo_id, deal_id), account_id, coalesce(p.demo_id, partner_id), kind, occurred_at, weight
		FROM mart_hubspot.touch LEFT JOIN k t ON t.id = split_part(touch_id, '':'', 1) LEFT JOIN k ON k.id = deal_id LEFT JOIN k p ON p.id = partner_id')$q$, 'touches, ' || zone);
END $$;

CALL create_mart('mart_hubspot');
CALL bind_hubspot('mart_hubspot', 'replica_hubspot');
CALL refresh_mart('mart_hubspot', '{account,partner,deal,deal_partner,touch,deal_history}');
SELECT pg_temp.same('UTC');
UPDATE mart_hubspot.setting SET time_zone = 'America/Los_Angeles';
CALL refresh_mart('mart_hubspot', '{account,partner,deal,deal_partner,touch}');
SELECT pg_temp.same('America/Los_Angeles');

-- What was taken for granted.
SELECT is((SELECT rows FROM mart_hubspot.problem WHERE problem = 'engagements without a partner are no touches'), 200::bigint, 'an engagement of ours alone is no touch');
SELECT is((SELECT rows FROM mart_hubspot.problem WHERE problem LIKE 'companies are partners by property_type PARTNER; labels of associations: Sourcing partner,%'), 24::bigint, 'who is a partner, and by what');
SELECT is((SELECT rows FROM mart_hubspot.problem WHERE problem = 'merged deals are read as the one that is left'), 40::bigint, 'merged deals');
SELECT is((SELECT count(*) FROM mart_hubspot.problem WHERE problem LIKE 'association % is a partner''s, by its label'), 4::bigint, 'associations, by their labels');
SELECT set_eq($$SELECT stage, outcome, count(*) FROM mart_hubspot.deal GROUP BY 1, 2$$,
	$$SELECT CASE outcome WHEN 'won' THEN 'Closed won' WHEN 'lost' THEN 'Closed lost' ELSE 'Contract sent' END, outcome, count(*) FROM crm.deal GROUP BY 1, 2$$, 'stages by name');
SELECT set_eq($$SELECT outcome, count(*) FROM mart_hubspot.deal_history WHERE valid_from < now() GROUP BY 1$$, 'SELECT outcome, count(*) FROM crm.deal_history GROUP BY 1', 'stage history');
CALL refresh_mart('mart_hubspot', '{contact}');
SELECT is((SELECT count(DISTINCT partner_id) FROM mart_hubspot.contact WHERE account_id IS NULL), 24::bigint, 'partners'' people');
-- told otherwise
CALL bind_hubspot('mart_hubspot', 'replica_hubspot', partner_labels => '{"37": "co_sell", "39": null, "4711": "sourcing"}', pass_through => '{"deal": ["property_hs_arr"]}');
CALL refresh_mart('mart_hubspot', '{deal,deal_partner}', full_refresh => true);
SELECT set_eq('SELECT role, count(*) FROM mart_hubspot.deal_partner GROUP BY 1',
	$$SELECT role, count(*) FROM (SELECT DISTINCT deal_id, partner_id, CASE role WHEN 'sourcing' THEN 'co_sell' WHEN 'technical' THEN '' ELSE role END AS role FROM crm.deal_partner r
		WHERE role <> 'technical' OR NOT EXISTS (SELECT FROM crm.deal_partner o WHERE o.deal_id = r.deal_id AND o.partner_id = r.partner_id AND o.role <> 'technical')) r GROUP BY 1$$,
	'labels as told; a partner without a label has no role');
SELECT is((SELECT problem FROM mart_hubspot.problem WHERE problem LIKE '%was named%'), 'association 4711 was named and is on no deal', 'a label that is not there');
SELECT is((SELECT count(*) FROM mart_hubspot.deal WHERE (extra ->> 'property_hs_arr')::numeric = arr), 1200::bigint, 'columns passed through');
CALL bind_hubspot('mart_hubspot', 'replica_hubspot', partner_companies => 'property_partner_type = ''Technology''');
CALL refresh_mart('mart_hubspot', '{partner,touch}', full_refresh => true);
SELECT is((SELECT count(*) FROM mart_hubspot.partner), (SELECT count(*) FROM crm.partner WHERE type = 'technology'), 'partners as told');
SELECT is((SELECT count(*) FROM mart_hubspot.touch), (SELECT count(*) FROM crm.touch JOIN crm.partner USING (partner_id) WHERE type = 'technology'), 'and their touches');

-- Airbyte's HubSpot: properties in a json column, companies as an array without labels.
CREATE SCHEMA airbyte_hubspot;
CREATE TABLE airbyte_hubspot.companies (id varchar, properties jsonb, archived boolean, "updatedAt" timestamptz, _airbyte_extracted_at timestamptz);
CREATE TABLE airbyte_hubspot.deals (id varchar, properties jsonb, companies jsonb, archived boolean, "createdAt" timestamptz, _airbyte_extracted_at timestamptz);
INSERT INTO airbyte_hubspot.companies VALUES ('1', '{"name": "Acme", "domain": "acme.com", "lifecyclestage": "customer"}', false), ('2', '{"name": "Helper", "domain": "helper.io", "type": "PARTNER"}', false),
	('3', '{"name": "Gone", "type": "PARTNER"}', true);
INSERT INTO airbyte_hubspot.deals VALUES ('10', '{"dealname": "Acme 1", "amount": "1200.50", "dealstage": "closedwon", "hs_is_closed_won": "true", "hs_is_closed": "true", "closedate": "2026-03-01T17:00:00.000Z", "createdate": "2026-01-01T00:00:00Z"}', '["2", "1"]', false),
	('11', '{"dealname": "Acme 2", "amount": "about 5", "dealstage": "qualified", "closedate": "soon", "createdate": "2026-02-30"}', '["1"]', false), ('12', '{"dealname": "Gone"}', '[]', true);
CALL create_mart('mart_airbyte_hubspot');
CALL bind_hubspot('mart_airbyte_hubspot', 'airbyte_hubspot');
CALL refresh_mart('mart_airbyte_hubspot', '{account,partner,deal,deal_partner}');
SELECT results_eq('SELECT deal_id, account_id, outcome, amount, closed_at, opened_at FROM mart_airbyte_hubspot.deal ORDER BY 1',
	$$VALUES ('10', '1', 'won', 1200.50, timestamptz '2026-03-01 17:00+00', timestamptz '2026-01-01 00:00+00'), ('11', '1', 'open', NULL, NULL, NULL)$$, 'strings that are numbers and times, and some that are not');
SELECT results_eq('SELECT deal_id, partner_id, role FROM mart_airbyte_hubspot.deal_partner', $$VALUES ('10', '2', '')$$, 'companies without labels');
SELECT is((SELECT string_agg(account_id || ' ' || website || ' ' || segment, ', ') FROM mart_airbyte_hubspot.account), '1 acme.com customer', 'companies');
SELECT is((SELECT count(*) FROM mart_airbyte_hubspot.problem WHERE problem LIKE 'no engagement is read%'), 1::bigint, 'no touches, and said');

-- The lists of an export, where there is a copy of some beside the repository.
\set present `test -r ../shared/data/hubspot_dummy/hubspot_deals.csv && echo true || echo false`
\if :present
CREATE SCHEMA hubspot_export;
CREATE TABLE hubspot_export.hubspot_companies ("Company ID" text, "Company Name" text, "Company Domain Name" text, "Industry" text, "Number of Employees" text, "Annual Revenue" text, "Phone Number" text,
	"Website" text, "Street Address" text, "City" text, "State/Region" text, "Postal Code" text, "Country" text, "Create Date" text, "Last Modified Date" text, "Company Owner" text);
CREATE TABLE hubspot_export.hubspot_deals ("Deal ID" text, "Deal Name" text, "Deal Stage" text, "Pipeline" text, "Amount" text, "Close Date" text, "Create Date" text, "Deal Owner" text, "Deal Type" text,
	"Closed Lost Reason" text, "Associated Company Domain" text, "Associated Contact Email" text);
CREATE TABLE hubspot_export.hubspot_activities ("Activity ID" text, "Activity Type" text, "Activity Date" text, "Activity Owner" text, "Notes/Description" text, "Call/Meeting Title/Subject" text,
	"Call Outcome" text, "Meeting Outcome" text, "Task Status" text, "Task Due Date" text, "Associated Contact Email" text);
\copy hubspot_export.hubspot_companies FROM '../shared/data/hubspot_dummy/hubspot_companies.csv' WITH (FORMAT csv, HEADER)
\copy hubspot_export.hubspot_deals FROM '../shared/data/hubspot_dummy/hubspot_deals.csv' WITH (FORMAT csv, HEADER)
\copy hubspot_export.hubspot_activities FROM '../shared/data/hubspot_dummy/hubspot_activities.csv' WITH (FORMAT csv, HEADER)
CALL create_mart('mart_export');
SELECT lives_ok($$CALL bind_hubspot('mart_export', 'hubspot_export')$$, 'exported lists are bound');
CALL refresh_mart('mart_export', '{account,deal}');
SELECT results_eq('SELECT outcome, count(*), sum(amount) FROM mart_export.deal GROUP BY 1 ORDER BY 1',
	$$SELECT CASE "Deal Stage" WHEN 'Closed Won' THEN 'won' WHEN 'Closed Lost' THEN 'lost' ELSE 'open' END, count(*), sum("Amount"::numeric)::numeric(18,2) FROM hubspot_export.hubspot_deals GROUP BY 1 ORDER BY 1$$,
	'outcomes by the stage''s words');
SELECT is((SELECT count(*) FROM mart_export.deal JOIN mart_export.account USING (account_id)), (SELECT count(*) FROM hubspot_export.hubspot_deals WHERE "Associated Company Domain" IN (SELECT "Company Domain Name" FROM hubspot_export.hubspot_companies)),
	'deals find their companies by domain');
SELECT is((SELECT count(*) FROM mart_export.touch), 0::bigint, 'activities that no partner is on are no touches');
SELECT is((SELECT count(*) FROM mart_export.problem WHERE severity = 'error' AND problem = 'nothing tells which companies are partners'), 1::bigint, 'nobody is a partner, and that is said');
\else
\warn '# SKIP: ../shared/data/hubspot_dummy is not there: no exported lists were bound'
SELECT skip('../shared/data/hubspot_dummy is not there: no exported lists were bound', 5);
\endif
-- Headers of Fivetran's replica.
\set present `test -r ../shared/data/replica_headers/fivetran_hubspot/deal_data.csv && echo true || echo false`
\if :present
CREATE SCHEMA headers;
CREATE FUNCTION pg_temp.make(name text, header text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE headers.%I (%s)', name, (SELECT string_agg(format('%I text', replace(c, '"', '')), ', ' ORDER BY n) FROM regexp_split_to_table(rtrim(header, E'\r\n'), ',') WITH ORDINALITY x(c, n)));
END $$;
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/company_data.csv`
SELECT pg_temp.make('company', :'h');
\copy headers.company FROM '../shared/data/replica_headers/fivetran_hubspot/company_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/deal_data.csv`
SELECT pg_temp.make('deal', :'h');
\copy headers.deal FROM '../shared/data/replica_headers/fivetran_hubspot/deal_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/deal_company_data.csv`
SELECT pg_temp.make('deal_company', :'h');
\copy headers.deal_company FROM '../shared/data/replica_headers/fivetran_hubspot/deal_company_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/deal_pipeline_stage_data.csv`
SELECT pg_temp.make('deal_pipeline_stage', :'h');
\copy headers.deal_pipeline_stage FROM '../shared/data/replica_headers/fivetran_hubspot/deal_pipeline_stage_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/deal_stage_data.csv`
SELECT pg_temp.make('deal_stage', :'h');
\copy headers.deal_stage FROM '../shared/data/replica_headers/fivetran_hubspot/deal_stage_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/merged_deal_data.csv`
SELECT pg_temp.make('merged_deal', :'h');
\copy headers.merged_deal FROM '../shared/data/replica_headers/fivetran_hubspot/merged_deal_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/owner_data.csv`
SELECT pg_temp.make('owner', :'h');
\copy headers.owner FROM '../shared/data/replica_headers/fivetran_hubspot/owner_data.csv' WITH (FORMAT csv, HEADER)
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/engagement_data.csv`
SELECT pg_temp.make('engagement', :'h');
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/engagement_company_data.csv`
SELECT pg_temp.make('engagement_company', :'h');
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/engagement_deal_data.csv`
SELECT pg_temp.make('engagement_deal', :'h');
\set h `head -1 ../shared/data/replica_headers/fivetran_hubspot/engagement_meeting_data.csv`
SELECT pg_temp.make('engagement_meeting', :'h');
CALL create_mart('mart_headers');
SELECT lives_ok($$CALL bind_hubspot('mart_headers', 'headers', partner_labels => '{"101112": "sourcing"}')$$, 'headers of a replica are bound');
CALL refresh_mart('mart_headers', '{account,deal,deal_partner}');
SELECT is((SELECT count(*) FROM mart_headers.deal), (SELECT count(*) FROM headers.deal d WHERE is_deleted = 'false' AND NOT EXISTS (SELECT FROM headers.merged_deal m WHERE m.merged_deal_id = d.deal_id)), 'deals');
SELECT is((SELECT string_agg(problem, '; ' ORDER BY problem) FROM mart_headers.problem WHERE source = 'bind_hubspot' AND relation IN ('account', 'touch') AND problem ~ 'no (table|column)'),
	'company has no column propertylifecyclestage or lifecyclestage or properties, for what an account is to us; '
	'company has no column propertywebsite or propertydomain or website, for websites, by which companies are matched best', 'what is missing is said');
\else
\warn '# SKIP: ../shared/data/replica_headers is not there: no headers were bound'
SELECT skip('../shared/data/replica_headers is not there: no headers were bound', 3);
\endif

-- Arguments that say nothing.
SELECT throws_ok($$CALL bind_hubspot('mart_hubspot', 'replica_hubspot', partner_labels => '["37"]')$$, '22023', 'partner_labels is no JSON object', 'labels as a list');
SELECT throws_ok($$CALL bind_hubspot('mart_hubspot', 'replica_hubspot', partner_labels => '{"37": ["sourcing"]}')$$, '22023', 'partner_labels of "37" is not what is wanted', 'a role that is none');
SELECT throws_ok($$CALL bind_hubspot('mart_hubspot', 'replica_hubspot', pass_through => '{"deals": ["x"]}')$$, '22023', 'pass_through has no place "deals"', 'a place that is none');
-- Nothing to bind.
SELECT throws_ok($$CALL bind_hubspot('mart_hubspot', 'crm')$$, '42P01', 'no replica of HubSpot in schema "crm"', 'what is no replica is refused');

SELECT * FROM finish();
ROLLBACK;
