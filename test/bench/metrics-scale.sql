-- Fills the tables of the demo CRM to the size of a large program, so that the
-- statements of docs/metrics.md and docs/partner_measures.md can be tried on it:
-- 200,000 accounts, 1,000,000 partner records, 200,000 deals, 2,000,000 touches,
-- 192 partners.  Each row is that of the demo again, under other ids, names and
-- hosts: copies of accounts, deals and partners differ in number, so that a copy
-- of a deal is with the copy of its account and of its partners.
SET search_path = crm, ecosystem, public;
SET client_min_messages = warning;

-- The id of a copy; the original is copy 0.
CREATE FUNCTION pg_temp.copied(id text, n integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
	$$ SELECT CASE WHEN n = 0 THEN id ELSE id || '-' || n END $$;
-- A host of its own for what has one: social pages and the like stay.
CREATE FUNCTION pg_temp.host(website text, n integer) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT CASE WHEN to_company_domain(website) IS NULL THEN website
	          ELSE regexp_replace(website, '^((?:https?://)?(?:[^/@]*@)?(?:www\.)?)', '\1c' || n, 'i') END $$;

-- Touches carry the most references.
ALTER TABLE touch DISABLE TRIGGER ALL;

CREATE TEMP TABLE n AS SELECT i AS deal, i % 100 AS account, i % 8 AS partner FROM generate_series(1, 166) i;
CREATE TEMP TABLE account_n AS SELECT i AS account, i % 8 AS partner FROM generate_series(1, 99) i;

INSERT INTO partner SELECT pg_temp.copied(partner_id, i), name || ' ' || i, type, region, signed_at FROM partner, generate_series(1, 7) i;
INSERT INTO account SELECT pg_temp.copied(account_id, account), 'K' || account || ' ' || name, pg_temp.host(website, account), country, industry, region, segment FROM account, account_n;
INSERT INTO partner_account
SELECT pg_temp.copied(partner_id, partner), pg_temp.copied(record_id, account), 'K' || account || ' ' || name, pg_temp.host(website, account), country, population
FROM   partner_account, account_n WHERE account < 84;
INSERT INTO deal
SELECT pg_temp.copied(deal_id, n.deal), pg_temp.copied(account_id, n.account), name, type, amount, opened_at, closed_at, outcome, co_sell, region, owner || ' ' || n.deal % 20,
       lead_source, program, arr, gross_margin, marketplace, pg_temp.copied(on_partner_paper, n.partner), first_value_at
FROM   deal, n;
INSERT INTO deal_history SELECT pg_temp.copied(deal_id, n.deal), valid_from, stage, amount, outcome FROM deal_history, n;
INSERT INTO deal_partner SELECT pg_temp.copied(deal_id, n.deal), pg_temp.copied(partner_id, n.partner), role, is_primary, added_at FROM deal_partner, n;
INSERT INTO touch
SELECT pg_temp.copied(touch_id, n.deal * 2 + again), pg_temp.copied(deal_id, n.deal), pg_temp.copied(partner_id, n.partner), kind, occurred_at + again * interval '1 hour', weight,
       campaign
FROM   touch, n, generate_series(0, 1) again;
INSERT INTO touch SELECT touch_id || '+', deal_id, partner_id, kind, occurred_at + interval '1 hour', weight, campaign FROM touch WHERE touch_id NOT LIKE '%-%';
INSERT INTO co_sell_plan SELECT pg_temp.copied(plan_id, n.deal), pg_temp.copied(deal_id, n.deal), pg_temp.copied(partner_id, n.partner), agreed_at, our_owner, partner_owner, split FROM co_sell_plan, n;
INSERT INTO plan_milestone SELECT pg_temp.copied(plan_id, n.deal), milestone, due_on, done_on FROM plan_milestone, n;
INSERT INTO deal_registration
SELECT pg_temp.copied(registration_id, n.deal), pg_temp.copied(partner_id, n.partner), pg_temp.copied(account_id, n.account), pg_temp.copied(deal_id, n.deal), registered_at, last_activity_at
FROM   deal_registration, n;
INSERT INTO play_run
SELECT pg_temp.copied(run_id, n.deal), play_id, trigger, pg_temp.copied(account_id, n.account), pg_temp.copied(partner_id, n.partner), our_owner, partner_owner, fired_at, acted_at,
       pg_temp.copied(deal_id, n.deal)
FROM   play_run, n;
INSERT INTO lead_exchange
SELECT pg_temp.copied(lead_id, n.deal), pg_temp.copied(from_partner_id, n.partner), pg_temp.copied(to_partner_id, n.partner), pg_temp.copied(account_id, n.account),
       pg_temp.copied(deal_id, n.deal), sent_at, brokered
FROM   lead_exchange, n;
INSERT INTO ecosystem_return SELECT period, kind, amount, pg_temp.copied(deal_id, n.deal) FROM ecosystem_return, n;
INSERT INTO contact SELECT pg_temp.copied(contact_id, account), pg_temp.copied(account_id, account), pg_temp.copied(partner_id, partner), role, since FROM contact, account_n;
INSERT INTO integration_use
SELECT pg_temp.copied(account_id, account), pg_temp.copied(partner_id, partner), started_on, ended_on, calls, errors, friction_events FROM integration_use, account_n;
INSERT INTO overlap_event SELECT pg_temp.copied(account_id, account), pg_temp.copied(partner_id, partner), event, population, occurred_on FROM overlap_event, account_n;
INSERT INTO subscription SELECT pg_temp.copied(account_id, account), period, opening, expansion, contraction, churned FROM subscription, account_n;
INSERT INTO survey SELECT pg_temp.copied(survey_id, account), kind, pg_temp.copied(account_id, account), pg_temp.copied(partner_id, partner), asked_on, score
FROM   survey, account_n WHERE account_id IS NOT NULL;
INSERT INTO survey SELECT survey_id || '.' || i, kind, account_id, pg_temp.copied(partner_id, i), asked_on, score
FROM   survey, generate_series(1, 7) i WHERE account_id IS NULL AND partner_id IS NOT NULL;
INSERT INTO investment SELECT period, kind, amount, pg_temp.copied(partner_id, i), campaign FROM investment, generate_series(1, 7) i WHERE partner_id IS NOT NULL;
INSERT INTO partner_activity SELECT pg_temp.copied(partner_id, i), kind, occurred_on, times FROM partner_activity, generate_series(1, 7) i;

ALTER TABLE touch ENABLE TRIGGER ALL;
VACUUM ANALYZE account, partner, partner_account, deal, deal_history, deal_partner, touch, co_sell_plan, plan_milestone, deal_registration, play_run, lead_exchange,
	ecosystem_return, contact, integration_use, overlap_event, subscription, survey, investment, partner_activity;
