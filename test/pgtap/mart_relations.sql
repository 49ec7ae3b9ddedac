-- mart_relations: the reports of a mart over the demo CRM add up, and agree with what the building blocks answer there

BEGIN;
SET client_min_messages = warning;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(54);

CALL create_mart('nothing');
CALL create_mart('elg');
CALL bind_demo('elg');
-- Which roles have dates is the demo's own question; the building blocks are asked about touches alone.
UPDATE elg.setting SET role_evidence = false;
-- and one rule credits all deals.
DELETE FROM elg.split_policy;
SET client_min_messages = error;
CALL refresh_mart('elg');
CALL refresh_mart('nothing');

SET search_path = elg, ecosystem, public;

-- Nothing is counted twice, nothing is lost.
SELECT results_eq('SELECT deal_id FROM deal_fact ORDER BY 1', 'SELECT deal_id FROM crm.deal ORDER BY 1', 'every deal is in deal_fact once');
SELECT results_eq('SELECT account_id FROM account_fact ORDER BY 1', 'SELECT account_id FROM crm.account ORDER BY 1', 'every account is in account_fact once');
SELECT is(sum(amount), (SELECT sum(amount) FROM crm.deal WHERE outcome = 'won'), 'what partners and the company are credited is what was won')
FROM   credit_line;
SELECT is_empty($$SELECT deal_id FROM deal LEFT JOIN credit_line c USING (deal_id) WHERE outcome = 'won'
                  GROUP BY deal_id HAVING sum(c.amount) IS DISTINCT FROM min(deal.amount)$$, 'the lines of a deal add up to its amount');
SELECT is_empty('SELECT deal_id FROM credit_line GROUP BY deal_id HAVING sum(share) <> 1', 'the shares of a deal add up to one exactly');
SELECT is_empty($$SELECT deal_id FROM credit_line WHERE deal_id NOT IN (SELECT deal_id FROM deal WHERE outcome = 'won')$$, 'won deals alone are credited');
SELECT is_empty($$SELECT deal_id FROM credit_line GROUP BY deal_id HAVING min(line) <> 1 OR max(line) <> count(*)$$, 'lines are numbered from one');
SELECT is_empty($$SELECT deal_id FROM deal_fact WHERE outcome = 'won' AND credited_amount + company_amount IS DISTINCT FROM amount$$,
                'a won deal is what partners and the company are credited');
SELECT results_eq('SELECT deal_id, partner_id, sum(amount), sum(share) FROM credit_line GROUP BY 1, 2 ORDER BY 1, 2',
                  'SELECT deal_id, partner_id, credit, share FROM partner_deal WHERE credit IS NOT NULL ORDER BY 1, 2', 'partner_deal has the credit of the ledger');
SELECT is_empty($$(SELECT deal_id, partner_id FROM crm.deal_partner UNION SELECT deal_id, partner_id FROM crm.touch)
                  EXCEPT SELECT deal_id, partner_id FROM partner_deal$$, 'partner_deal has every partner of every deal');
SELECT is_empty($$SELECT deal_id, partner_id FROM partner_deal WHERE partner_id <> ''
                  EXCEPT (SELECT deal_id, partner_id FROM crm.deal_partner UNION SELECT deal_id, partner_id FROM crm.touch)$$, 'and no other');
SELECT is((SELECT count(DISTINCT account_id) FROM account_overlap) + (SELECT count(*) FROM account_fact WHERE partners_who_know = 0),
          (SELECT count(*) FROM crm.account), 'accounts that partners know and the rest are all accounts');
SELECT is(sum(partners_who_know), (SELECT count(*) FROM account_overlap), 'overlaps are counted alike by account') FROM account_fact;
SELECT is(count(*), (SELECT count(*) FROM crm.account) + (SELECT count(*) FROM crm.partner_account), 'every record is a company''s') FROM company;
SELECT is((SELECT sum(records) FROM account_overlap o WHERE (account_id, partner_id) IN
                 (SELECT DISTINCT ON (company_id, partner_id) account_id, partner_id FROM account_overlap ORDER BY company_id, partner_id, account_id))
          + (SELECT sum(records) FROM whitespace), (SELECT count(*) FROM crm.partner_account), 'every record of a partner is overlap or whitespace');
SELECT is_empty('SELECT company_id FROM whitespace INTERSECT SELECT company_id FROM account_overlap', 'whitespace is no overlap');
SELECT is_empty('SELECT company_id FROM whitespace GROUP BY company_id HAVING min(partners_who_know) <> count(*) OR max(partners_who_know) <> count(*)',
                'partners_who_know are the rows of the company');
SELECT is((SELECT sum(deals) FROM led_path), (SELECT count(*) FROM deal_fact WHERE involvement = 'involved'), 'led_path has every involved deal once');
SELECT is((SELECT sum(won_amount) FROM led_path), (SELECT sum(amount) FROM deal_fact WHERE involvement = 'involved' AND outcome = 'won'), 'and its amount');

-- What a bound history knows has not come today.
SELECT is_empty($$SELECT account_id, partner_id FROM account_overlap JOIN crm.overlap_event e USING (account_id, partner_id)
                  WHERE  e.event = 'entered' AND e.occurred_on <> first_seen_on$$, 'an overlap is known since the history that was bound says so');
SELECT results_eq($$SELECT event, count(*) FROM overlap_event WHERE (account_id, partner_id) NOT IN (SELECT account_id, partner_id FROM crm.overlap_event) GROUP BY 1$$,
                  $$SELECT 'initial', count(*) FROM account_overlap WHERE (account_id, partner_id) NOT IN (SELECT account_id, partner_id FROM crm.overlap_event)$$,
                  'and what it does not know was there');

-- The four questions of the building blocks.
SELECT results_eq($$SELECT segment, count(DISTINCT account_id) FROM account_overlap GROUP BY 1 ORDER BY 1$$,
                  $$SELECT a.segment, count(DISTINCT account_id)
                    FROM   crm.partner_account r JOIN crm.account a ON identify(website => a.website, name => a.name, country => a.country)
                                                                       && identify(website => r.website, name => r.name, country => r.country)
                    GROUP  BY 1 ORDER BY 1$$, 'the accounts that partners know are those that && finds');
SELECT results_eq($$SELECT matched_by, count(*) FROM account_overlap GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('company', 31::bigint), ('domain', 3450), ('name', 615)$$, 'overlaps by what they are matched by');
SELECT results_eq($$SELECT DISTINCT a.account_id, r.partner_id, match_level(a.identity, r.identity)
                    FROM  (SELECT account_id, identify(website => website, name => name, country => country) AS identity FROM crm.account) a
                           JOIN (SELECT partner_id, record_id, identify(website => website, name => name, country => country) AS identity FROM crm.partner_account) r
                           ON a.identity && r.identity
                    WHERE  (a.account_id, r.partner_id) NOT IN (SELECT account_id, partner_id FROM account_overlap)
                    ORDER  BY 1, 2$$,
                  $$VALUES ('A0576', 'P02', 'name'), ('A0576', 'P07', 'name'), ('A0628', 'P03', 'name')$$,
                'pairs that && finds beyond them have a name alone, which another company has, too');
SELECT results_eq($$SELECT partner_id, sum(amount) FROM credit_line WHERE partner_id <> '' GROUP BY 1 ORDER BY 1$$,
                  $$SELECT partner_id, sum(credit)
                    FROM  (SELECT partner_id, credit(amount, 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)', role, partner_id)
                                              OVER (PARTITION BY deal_id) AS credit
                           FROM crm.deal JOIN crm.deal_partner USING (deal_id) WHERE outcome = 'won') c
                    GROUP  BY 1 ORDER BY 1$$, 'the credit of each partner is that of credit()');
SELECT results_eq($$SELECT deal_id, involvement, origin, motion_score, touches::bigint, explanation FROM deal_fact ORDER BY 1$$,
                  $$SELECT deal_id, involvement(m), origin(m), motion_score(m), touches(m), explanation(m)
                    FROM  (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS m
                           FROM crm.deal LEFT JOIN crm.touch USING (deal_id) GROUP BY deal_id) q
                    ORDER  BY 1$$, 'deals are driven as deal_motion_agg says');
SELECT results_eq($$SELECT involvement, count(*), sum(amount) FILTER (WHERE outcome = 'won') FROM deal_fact GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('covered', 104::bigint, 1436666.66), ('direct', 468, 5210917.91), ('involved', 486, 8314912.80), ('led', 88, 2768564.47),
                           ('unproven', 54, 495676.32)$$, 'as many of each class as the readme has');
SELECT results_eq($$SELECT comparison, measure, co_sell_deals, solo_deals, ratio
                    FROM (SELECT deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at, type) AS l FROM deal_fact) d, deal_lift(d.l)$$,
                  $$SELECT comparison, measure, co_sell_deals, solo_deals, ratio
                    FROM (SELECT deal_lift_agg(co_sell, amount, outcome, opened_at, closed_at, type) AS l FROM crm.deal) d, deal_lift(d.l)$$,
                  'co-selling compares as with the deals themselves');
SELECT is_empty($$SELECT deal_id FROM deal_fact WHERE landmark_co_sell AND NOT co_sell$$, 'what was co-sold at the landmark is co-sold');
SELECT is_empty($$SELECT deal_id FROM deal_fact WHERE is_solo AND (co_sell OR is_touched)$$, 'solo deals are neither co-sold nor touched');

-- Lists.
SELECT results_eq('SELECT deal_id, partner_id FROM co_sell_list ORDER BY 1, 2',
                  $$SELECT deal_id, partner_id FROM deal JOIN account_overlap USING (account_id) WHERE outcome = 'open' ORDER BY 1, 2$$,
                  'co_sell_list has every open deal with every partner who knows the account');
SELECT results_eq('SELECT rank FROM co_sell_list ORDER BY 1', 'SELECT generate_series(1, (SELECT count(*) FROM co_sell_list)::integer)', 'ranked without gaps');
SELECT is_empty('SELECT a.rank FROM co_sell_list a JOIN co_sell_list b ON a.rank < b.rank AND a.score < b.score LIMIT 1', 'by score');
SELECT is_empty($$SELECT rank FROM co_sell_list
                  WHERE  abs(score - (25 * amount_score + 15 * stage_score + 35 * population_score + 25 * engagement_score + 25 * coalesce(lift_score, 0))
                                     * 100 / CASE WHEN lift_score IS NULL THEN 100 ELSE 125 END) > 0.011$$,
                'the score is the mean of the parts that are known, weighted');
SELECT results_eq($$SELECT registration_id, partner_id, registered_on, idle_days, is_protected, direct_deal_id, wins
                    FROM registration_conflict JOIN crm.deal_registration USING (registration_id, partner_id, account_id) ORDER BY account_id, registered_on$$,
                  $$WITH standing AS (
                        SELECT g.*, date '2026-09-30' - (last_activity_at AT TIME ZONE 'UTC')::date AS idle FROM crm.deal_registration g
                               LEFT JOIN crm.deal d USING (deal_id) WHERE d.closed_at IS NULL),
                    direct AS (
                        SELECT DISTINCT ON (account_id) account_id, deal_id, opened_at FROM crm.deal d
                        WHERE  outcome = 'open' AND NOT EXISTS (SELECT FROM crm.deal_partner r WHERE r.deal_id = d.deal_id) ORDER BY account_id, opened_at)
                    SELECT g.registration_id, g.partner_id, (g.registered_at AT TIME ZONE 'UTC')::date, g.idle, g.idle <= 90, d.deal_id,
                           g.idle <= 90 AND (d.opened_at::date < g.registered_at::date) IS NOT TRUE
                           AND NOT EXISTS (SELECT FROM standing e WHERE e.account_id = g.account_id AND e.partner_id <> g.partner_id AND e.idle <= 90
                                           AND e.registered_at < g.registered_at)
                    FROM   standing g LEFT JOIN direct d USING (account_id)
                    WHERE  d.deal_id IS NOT NULL OR EXISTS (SELECT FROM standing o WHERE o.account_id = g.account_id AND o.partner_id <> g.partner_id)
                    ORDER  BY g.account_id, 3$$, 'registrations conflict as they do by hand');
SELECT is(count(*), 10::bigint, 'ten of them') FROM registration_conflict;
SELECT results_eq($$SELECT trigger, count(*) FROM worklist GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('champion_moved', 2::bigint), ('deal_opened', 29), ('deal_stalled', 34), ('overlap_entered', 14)$$, 'the worklist has what happened lately');
SELECT is_empty($$SELECT deal_id FROM worklist w JOIN partner_deal USING (deal_id, partner_id) WHERE trigger = 'deal_opened'$$,
                'partners who are on a new deal already are not suggested for it');
SELECT is_empty($$SELECT deal_id FROM worklist WHERE deal_id <> '' GROUP BY trigger, deal_id HAVING count(*) > 1$$, 'a deal has one line a trigger');
SELECT is_empty($$SELECT 1 FROM worklist WHERE what IS NULL OR play IS NULL OR happened_on IS NULL OR days_waiting IS NULL$$, 'every line says what, when and what to do');
SELECT results_eq('SELECT rank FROM worklist WHERE acted_on IS NULL ORDER BY 1',
                  'SELECT generate_series(1, (SELECT count(*) FROM worklist WHERE acted_on IS NULL)::integer)', 'lines nobody acted on are ranked');
SELECT is_empty('SELECT rank FROM worklist WHERE acted_on IS NOT NULL AND rank IS NOT NULL', 'the others are not');

-- A dated role is a touch, unless setting.role_evidence is off.
UPDATE elg.setting SET role_evidence = true;
CALL refresh_mart('elg');
SELECT results_eq($$SELECT involvement, count(*) FROM deal_fact GROUP BY 1 ORDER BY 1$$,
                  $$VALUES ('covered', 104::bigint), ('direct', 468), ('involved', 516), ('led', 88), ('unproven', 24)$$,
                  'with roles as touches, deals whose touches have no dates are involved');
SELECT is(sum(amount), (SELECT sum(amount) FROM crm.deal WHERE outcome = 'won'), 'credit does not depend on it') FROM credit_line;

-- By touches: as credit_ledger_agg says of those that are not passive, where a deal has any.
UPDATE elg.setting SET credit_model = 'u_shaped';
CALL refresh_mart('elg');
SELECT results_eq($$SELECT deal_id, partner_id, amount, share, reason FROM credit_line WHERE evidence = 'touch' ORDER BY 1, 2, 3, 4, 5$$,
                  $$SELECT l.deal, coalesce(l.partner, ''), l.amount, l.share, l.reason
                    FROM  (SELECT credit_ledger_agg(deal_id, amount, 'u_shaped', NULL, partner_id, occurred_at, closed_at) AS ledger
                           FROM   crm.deal JOIN crm.touch USING (deal_id)
                           WHERE  outcome = 'won' AND kind NOT IN ('integration_present', 'overlap')) q, ledger(q.ledger) l
                    ORDER  BY 1, 2, 3, 4, 5$$, 'a model of touches credits as the ledger does');
SELECT results_eq($$SELECT deal_id, partner_id FROM credit_line WHERE evidence = 'deal_partner' AND partner_id <> '' ORDER BY 1, 2$$,
                  $$SELECT DISTINCT deal_id, partner_id FROM crm.deal JOIN crm.deal_partner USING (deal_id)
                    WHERE  outcome = 'won' AND deal_id NOT IN (SELECT deal_id FROM crm.touch WHERE kind NOT IN ('integration_present', 'overlap'))
                    ORDER  BY 1, 2$$, 'and reads the roles of deals without touches');
SELECT is(sum(amount), (SELECT sum(amount) FROM crm.deal WHERE outcome = 'won'), 'which adds up as well') FROM credit_line;

-- A mart of nothing.
SELECT is_empty($$SELECT relation, problem FROM mart_status('nothing') WHERE kind = 'report' AND (refreshed_at IS NULL OR state IN ('failed', 'skipped'))$$, 'every report of an empty mart is made without error');
CREATE FUNCTION pg_temp.rows_of(schema_name text) RETURNS TABLE (relation text, n bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR relation IN SELECT name FROM ecosystem.mart_relation WHERE kind = 'report' LOOP
		EXECUTE format('SELECT count(*) FROM %I.%I', schema_name, relation) INTO n;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT is_empty($$SELECT * FROM pg_temp.rows_of('nothing') WHERE n > 0 AND relation NOT IN ('coverage', 'metric')$$, 'and has no rows');
SELECT is_empty($$SELECT * FROM pg_temp.rows_of('elg') WHERE n = 0 AND relation NOT IN ('account_touch', 'shared_match')$$, 'every report has rows over the demo');


-- What a mart is fed with.
SELECT results_eq($$SELECT relation FROM elg.coverage ORDER BY 1$$, $$SELECT name FROM ecosystem.mart_relation WHERE kind = 'standard' ORDER BY 1$$,
                  'coverage has every relation that can be bound');
SELECT results_eq($$SELECT is_bound, rows, newest FROM elg.coverage WHERE relation IN ('touch', 'matched_account') ORDER BY 1$$,
                  $$VALUES (false, 0::bigint, NULL::date), (true, 6000, '2026-09-30')$$, 'and how much of it there is');
SELECT ok('registration_conflict' = ANY (string_to_array(read_by, ', ')), 'and what reads it') FROM elg.coverage WHERE relation = 'deal_registration';
SELECT is_empty('SELECT relation FROM nothing.coverage WHERE is_bound OR rows > 0', 'a mart of nothing is fed with nothing');

SELECT * FROM finish();
ROLLBACK;
