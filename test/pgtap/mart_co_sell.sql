-- mart_co_sell: co-selling compared, and what is expected of a partner, on the demo CRM and on deals whose truth is known

BEGIN;
SET client_min_messages = error;
SET timezone = 'UTC';
SET search_path = ecosystem, public;
SELECT plan(46);

CALL create_mart('nothing');
CALL refresh_mart('nothing');
CALL create_mart('elg');
CALL bind_demo('elg');
-- The building blocks are asked about touches alone.
UPDATE elg.setting SET role_evidence = false;
CALL refresh_mart('elg');
SET search_path = elg, ecosystem, public;

-- ---------------------------------------------------------------------------
-- co_sell_lift
-- ---------------------------------------------------------------------------

SELECT is_empty('SELECT * FROM nothing.co_sell_lift', 'without deals there is no comparison');

-- as somebody would ask the blocks over the CRM's own tables
CREATE TEMP TABLE compared AS
SELECT deal_id, d.type, d.amount, d.outcome, d.opened_at, d.closed_at, d.region, CASE WHEN d.co_sell THEN coalesce(first_act, d.opened_at) END AS co_sell_since
FROM   crm.deal d
       JOIN (SELECT deal_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
             FROM crm.deal LEFT JOIN crm.touch USING (deal_id) GROUP BY deal_id) m USING (deal_id)
       LEFT JOIN (SELECT deal_id, min(occurred_at) AS first_act FROM crm.touch JOIN crm.touch_kind USING (kind) WHERE role = 'co_sell' GROUP BY 1) a USING (deal_id)
WHERE  d.co_sell OR involvement(motion) IN ('direct', 'covered');
CREATE TEMP TABLE by_hand AS
SELECT replace(l.basis, ' 30 days', '') AS basis, comparison, coalesce(segment, '') AS segment, measure, co_sell_deals, solo_deals,
       co_sell_value::numeric(24,6), solo_value::numeric(24,6), ratio::numeric(12,4), ratio_lower::numeric(12,4), ratio_upper::numeric(12,4),
       difference::numeric(24,6), p_value::numeric(9,6), verdict
FROM  (SELECT deal_lift_agg(co_sell_since, amount, outcome, opened_at, closed_at, type, '2026-10-01 00:00+00'::timestamptz) AS s FROM compared) c, deal_lift(s) l;
SELECT results_eq($$SELECT basis, comparison, segment, measure, co_sell_deals, solo_deals, co_sell_value, solo_value, ratio, ratio_lower, ratio_upper, difference, p_value, verdict
                    FROM co_sell_lift WHERE scope = 'network' AND period = 'now' ORDER BY 1, 2, 3, 4$$,
                  'TABLE by_hand ORDER BY 1, 2, 3, 4', 'all comparisons, as recorded and at the landmark, are what deal_lift says of the CRM''s tables');
SELECT results_eq($$SELECT scope_id, co_sell_deals, co_sell_value, ratio, ratio_lower, verdict FROM co_sell_lift
                    WHERE (scope, basis, comparison, measure) = ('partner', 'as recorded', 'pooled', 'win_rate') ORDER BY 1$$,
                  $$SELECT partner_id, l.co_sell_deals, l.co_sell_value::numeric(24,6), l.ratio::numeric(12,4), l.ratio_lower::numeric(12,4), l.verdict
                    FROM  (SELECT partner_id, deal_stats_agg(amount, outcome, opened_at, closed_at) AS s
                           FROM   compared
                                  JOIN (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
                                        FROM crm.touch JOIN crm.deal USING (deal_id) GROUP BY 1, 2) m USING (deal_id)
                           WHERE  co_sell_since IS NOT NULL AND involvement(motion) IN ('involved', 'led')
                           GROUP  BY 1) c,
                          (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) AS s FROM compared WHERE co_sell_since IS NULL) solo, win_rate_lift(c.s, solo.s) l
                    ORDER  BY 1$$, 'and by partner');
SELECT results_eq($$SELECT scope_id, co_sell_deals, solo_deals, ratio FROM co_sell_lift WHERE scope = 'region' AND basis = 'as recorded' AND comparison = 'pooled' AND measure = 'win_rate' ORDER BY 1$$,
                  $$SELECT region, co_sell_deals, solo_deals, ratio::numeric(12,4)
                    FROM (SELECT region, deal_lift_agg(co_sell_since IS NOT NULL, amount, outcome, opened_at, closed_at) AS s FROM compared GROUP BY 1) c, deal_lift(s) l
                    WHERE measure = 'win_rate' AND comparison = 'pooled' ORDER BY 1$$, 'a region is compared with itself');
SELECT results_eq($$SELECT period, period_starts, co_sell_deals, solo_deals, ratio FROM co_sell_lift
                    WHERE scope = 'network' AND period <> 'now' AND basis = 'as recorded' AND comparison = 'pooled' AND measure = 'win_rate' ORDER BY 2$$,
                  $$SELECT 'FY' || to_char(q, 'YYYY "Q"Q'), q::date, co_sell_deals, solo_deals, ratio::numeric(12,4)
                    FROM (SELECT date_trunc('quarter', closed_at, 'UTC') AS q, deal_lift_agg(co_sell_since IS NOT NULL, amount, outcome, opened_at, closed_at) AS s
                          FROM compared WHERE outcome <> 'open' GROUP BY 1) c, deal_lift(s) l
                    WHERE measure = 'win_rate' AND comparison = 'pooled' ORDER BY 2$$, 'a fiscal quarter has what was closed in it');
SELECT is(sum(co_sell_deals) FILTER (WHERE period <> 'now'), sum(co_sell_deals) FILTER (WHERE period = 'now'), 'quarters add up')
FROM   co_sell_lift WHERE (scope, basis, comparison, measure) = ('network', 'as recorded', 'pooled', 'win_rate');
SELECT is(sum(co_sell_deals) FILTER (WHERE comparison = 'segment'), sum(co_sell_deals) FILTER (WHERE comparison = 'pooled'), 'types of deal add up')
FROM   co_sell_lift WHERE scope = 'network' AND period = 'now' AND basis = 'landmark' AND measure = 'mean_amount';
SELECT is_empty($$SELECT * FROM co_sell_lift WHERE verdict IS NULL OR verdict = ''$$, 'each row has a verdict');
SELECT is_empty($$SELECT * FROM co_sell_lift WHERE least(co_sell_deals, solo_deals) < 5 AND verdict NOT LIKE 'too few deals%'$$, 'which is too few deals where a side has hardly any');
SELECT is_empty($$SELECT scope_id FROM co_sell_lift WHERE scope = 'partner' AND comparison = 'segment' OR scope <> 'network' AND period <> 'now'$$,
                'no partner is cut into pieces that say nothing');
SELECT is(co_sell_deals, (SELECT count(*) FROM deal_fact WHERE outcome IN ('won', 'lost') AND landmark_co_sell), 'the sides at the landmark are deal_fact''s: co-sold')
FROM   co_sell_lift WHERE (scope, period, basis, comparison, measure) = ('network', 'now', 'landmark', 'pooled', 'win_rate');
SELECT is(solo_deals, (SELECT count(*) FROM deal_fact WHERE outcome IN ('won', 'lost') AND NOT landmark_co_sell AND (is_solo OR co_sell)), 'and not')
FROM   co_sell_lift WHERE (scope, period, basis, comparison, measure) = ('network', 'now', 'landmark', 'pooled', 'win_rate');

-- involved_partner
SELECT results_eq('SELECT deal_id, partner_id, origin FROM involved_partner ORDER BY 1, 2',
                  $$SELECT deal_id, partner_id, origin(motion)
                    FROM  (SELECT deal_id, partner_id, deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
                           FROM crm.touch JOIN crm.deal USING (deal_id) GROUP BY 1, 2) m
                    WHERE  involvement(motion) IN ('involved', 'led') ORDER BY 1, 2$$, 'who is involved in what');
SELECT is_empty('SELECT deal_id FROM involved_partner GROUP BY deal_id HAVING min(partners) <> count(*) OR max(partners) <> count(*)', 'partners are the rows of the deal');
SELECT is_empty($$SELECT deal_id FROM deal_fact WHERE is_touched AND deal_id NOT IN (SELECT deal_id FROM involved_partner)
                  UNION SELECT deal_id FROM involved_partner JOIN deal_fact USING (deal_id) WHERE NOT is_touched$$, 'a touched deal has involved partners, no other has');
SELECT is_empty($$SELECT deal_id FROM involved_partner WHERE landmark_co_sell AND NOT co_sell$$, 'co-sold by the landmark is co-sold');

-- partner_pair, partner_place
SELECT results_eq('SELECT partner_id, other_partner_id, shared_deals::bigint, shared_amount FROM partner_pair WHERE shared_deals > 0 ORDER BY 1, 2',
                  $$SELECT p.partner, p.other_partner, p.shared_nodes, p.shared_amount::numeric(18,2)
                    FROM (SELECT partner_network_agg(deal_id, partner_id, amount) AS net FROM involved_partner) n, partner_pairs(net) p ORDER BY 1, 2$$,
                  'pairs on deals are those of the network');
SELECT results_eq('SELECT partner_id, other_partner_id, shared_accounts::bigint FROM partner_pair WHERE shared_accounts > 0 ORDER BY 1, 2',
                  $$SELECT o.partner_id, p.partner_id, count(*) FROM account_overlap o JOIN account_overlap p ON p.account_id = o.account_id AND o.partner_id < p.partner_id
                    GROUP BY 1, 2 ORDER BY 1, 2$$, 'and at accounts');
SELECT is_empty('SELECT * FROM partner_pair WHERE partner_id COLLATE "C" >= other_partner_id COLLATE "C" OR won_deals + lost_deals + open_deals <> shared_deals', 'a pair comes once, and its deals add up');
SELECT is(round((SELECT sum(a.deals * b.deals) FROM (SELECT partner_id, count(*) AS deals FROM involved_partner GROUP BY 1) a
                 JOIN (SELECT partner_id, count(*) AS deals FROM involved_partner GROUP BY 1) b ON a.partner_id < b.partner_id)
                * (SELECT max(expected_deals / (deals * other_deals)) FROM partner_pair WHERE deals > 50 AND other_deals > 50)),
          (SELECT sum(shared_deals)::numeric FROM partner_pair), 'chance would have as many pairs meet as do');
SELECT results_eq('SELECT partner_id, other_partner_id, leads_given::bigint, leads_received::bigint FROM partner_pair WHERE leads_given + leads_received > 0 ORDER BY 1, 2',
                  $$SELECT partner, other_partner, leads_given, leads_received FROM (SELECT lead_flow_agg(from_partner_id, to_partner_id) AS f FROM crm.lead_exchange) l, lead_reciprocity(f)
                    WHERE other_partner IS NOT NULL AND partner IS NOT NULL ORDER BY 1, 2$$, 'leads between partners');
SELECT results_eq('SELECT partner_id, leads_given::bigint, leads_received::bigint FROM partner_place WHERE leads_given + leads_received > 0 ORDER BY 1',
                  $$SELECT partner, leads_given, leads_received FROM (SELECT lead_flow_agg(from_partner_id, to_partner_id) AS f FROM crm.lead_exchange) l, lead_reciprocity(f)
                    WHERE other_partner IS NULL ORDER BY 1$$, 'and with us');
SELECT results_eq('SELECT partner_id, deal_connections::bigint FROM partner_place WHERE deals > 0 ORDER BY 1',
                  'SELECT partner, connections FROM (SELECT partner_network_agg(deal_id, partner_id) AS net FROM involved_partner) n, partner_centrality(net) ORDER BY 1',
                  'connections are the network''s');
SELECT results_eq('SELECT partner_id, won_with_others::bigint, amount_with_others, won_with_one_other::bigint FROM partner_place WHERE won_deals > 0 ORDER BY 1',
                  $$SELECT partner, shared_nodes, shared_amount::numeric(18,2), ended_nodes
                    FROM (SELECT partner_network_agg(deal_id, partner_id, amount) AS net FROM involved_partner WHERE outcome = 'won') n, network_removal(net) ORDER BY 1$$,
                  'the removal test is the network''s');
SELECT is(min(round(others_change, 3)), -0.272, 'and what the most needed partner takes along is a share of the others'' deals') FROM partner_place;
SELECT set_eq('SELECT partner FROM partner_place WHERE is_features_only', ARRAY['Formstack Nine', 'Orrery Labs'], 'features, not growth');

-- Settings count.
SAVEPOINT as_it_was;
UPDATE setting SET co_sell_is = 'touch', solo_is = 'no_co_sell', landmark = interval '60 days';
CALL refresh_mart('elg');
SELECT results_eq($$SELECT basis, co_sell_deals, solo_deals, ratio FROM co_sell_lift WHERE (scope, period, comparison, measure) = ('network', 'now', 'pooled', 'win_rate') ORDER BY 1$$,
                  $$SELECT replace(l.basis, ' 60 days', ''), co_sell_deals, solo_deals, ratio::numeric(12,4)
                    FROM  (SELECT deal_lift_agg(CASE WHEN first_act <= coalesce(closed_at, 'infinity') THEN first_act END, amount, outcome, opened_at, closed_at, type,
                                                '2026-10-01 00:00+00'::timestamptz, 60) AS s
                           FROM   crm.deal LEFT JOIN (SELECT deal_id, min(occurred_at) AS first_act FROM crm.touch JOIN crm.touch_kind USING (kind)
                                                      WHERE role = 'co_sell' GROUP BY 1) a USING (deal_id)) c, deal_lift(s) l
                    WHERE  measure = 'win_rate' AND comparison = 'pooled' ORDER BY 1$$, 'what co-sold and solo are, and the landmark, are settings');
ROLLBACK TO as_it_was;

-- ---------------------------------------------------------------------------
-- What is expected of a partner: on held-back quarters
-- ---------------------------------------------------------------------------

SELECT is_empty('SELECT deal_id FROM co_sell_list WHERE (expected_win_rate IS NULL) <> (expected_from IS NULL) OR expected_from < 5 OR expected_win_rate NOT BETWEEN 0 AND 1
                                                        OR abs(expected_lift - expected_win_rate / base_win_rate) > 0.0002', 'an expectation says what it rests on');
SELECT is_empty($$SELECT deal_id FROM co_sell_list l JOIN partner_lift p USING (partner_id) JOIN deal_fact USING (deal_id)
                  WHERE p.type = deal_fact.type AND (p.ratio IS NULL) <> (l.expected_lift IS NULL)$$, 'partners with too few deals have none');
SELECT cmp_ok(count(*), '>', 100::bigint, 'most of the list has one') FROM co_sell_list WHERE expected_lift IS NOT NULL;

-- A relation's text, with other inputs.
CREATE FUNCTION pg_temp.text_of(relation text) RETURNS text LANGUAGE sql AS 'SELECT query FROM ecosystem.mart_relation WHERE name = relation';
CREATE TEMP TABLE foreseen (cut date, partner_id text, type text, solo_rate numeric, ratio numeric, naive_ratio numeric, of_all numeric);
DO $$
DECLARE
	cut date;
BEGIN
	FOR cut IN SELECT generate_series(date '2025-04-01', '2026-07-01', '3 months') LOOP
		EXECUTE format('INSERT INTO foreseen
			WITH deal_fact AS (SELECT * FROM elg.deal_fact WHERE closed_on < %1$L), involved_partner AS (SELECT * FROM elg.involved_partner WHERE closed_on < %1$L), base_rate AS (%2$s)
			SELECT %1$L::date, partner_id, type, solo_rate, ratio, naive_ratio, sum(won) OVER p / sum(deals * solo_rate) OVER p FROM (%3$s) l WINDOW p AS (PARTITION BY partner_id)',
			cut, pg_temp.text_of('base_rate'), pg_temp.text_of('partner_lift'));
	END LOOP;
END $$;
CREATE TEMP TABLE came AS
SELECT cut, (outcome = 'won')::integer AS won, least(greatest(solo_rate * ratio, 0.01), 0.99) AS shrunk, least(greatest(solo_rate * naive_ratio, 0.01), 0.99) AS naive,
       least(greatest(solo_rate * of_all, 0.01), 0.99) AS naive_of_all
FROM   foreseen JOIN involved_partner i USING (partner_id, type)
WHERE  i.landmark_co_sell AND i.outcome IN ('won', 'lost') AND i.closed_on >= cut AND i.closed_on < cut + interval '3 months' AND ratio IS NOT NULL AND naive_ratio IS NOT NULL;
SELECT cmp_ok(count(*), '>', 200::bigint, 'six quarters that were not looked at') FROM came;
SELECT cmp_ok(avg((won - shrunk) ^ 2), '<', avg((won - naive) ^ 2) * 0.9, 'are foreseen with less error than by the naive ratio (Brier score)') FROM came;
SELECT cmp_ok(avg(-ln(CASE won WHEN 1 THEN shrunk ELSE 1 - shrunk END)), '<', avg(-ln(CASE won WHEN 1 THEN naive ELSE 1 - naive END)) * 0.9, 'and less surprise (log loss)') FROM came;
SELECT cmp_ok(avg((won - shrunk) ^ 2), '<', avg((won - naive_of_all) ^ 2), 'also than by that of all deals of the partner') FROM came;
SELECT is_empty('SELECT cut FROM came GROUP BY cut HAVING avg((won - shrunk) ^ 2) >= avg((won - naive) ^ 2)', 'in each of the quarters');

-- ---------------------------------------------------------------------------
-- What is expected of a partner: where the truth is known
-- ---------------------------------------------------------------------------

CREATE SCHEMA truth;
SET search_path = truth, elg, ecosystem, public;
-- numbers between 0 and 1 that depend on the key alone
CREATE FUNCTION truth.chance(key text) RETURNS double precision LANGUAGE sql IMMUTABLE RETURN ('x' || left(md5(key), 8))::bit(32)::bigint / 4294967296.0;
CREATE TABLE truth.partner_truth AS
SELECT 'P' || i AS partner_id, (ARRAY['technology', 'services', 'channel'])[1 + i % 3] AS partner_type,
       1.6 * (ARRAY[0.85, 1.2, 1.0])[1 + i % 3] * exp(0.25 * (SELECT sum(truth.chance('partner ' || i || ' ' || n)) - 6 FROM generate_series(1, 12) n)) AS ratio,
       (3 + 150 * power(truth.chance('size ' || i), 3))::integer AS deals
FROM   generate_series(1, 150) AS i;
CREATE TABLE truth.rate (type, rate, upto, early, late) AS VALUES ('new', 0.2, 0.6, 0.15, 0.35), ('expansion', 0.28, 0.8, 0.2, 0.5), ('renewal', 0.42, 1.0, 0.3, 0.6);
CREATE TABLE truth.drawn AS
SELECT deal_id, partner_id, partner_type, r.type, least(r.rate * coalesce(ratio, 1), 0.95) AS rate
FROM  (SELECT 'S' || i AS deal_id, NULL AS partner_id, NULL AS partner_type, NULL::double precision AS ratio FROM generate_series(1, 8000) i
       UNION ALL
       SELECT partner_id || '-' || i, partner_id, partner_type, ratio FROM truth.partner_truth, generate_series(1, deals) i) d,
       LATERAL (SELECT * FROM truth.rate WHERE truth.chance('type ' || deal_id) < upto ORDER BY upto LIMIT 1) r;
CREATE TABLE truth.deal_fact (LIKE elg.deal_fact);
INSERT INTO deal_fact (deal_id, type, outcome, co_sell, is_solo, landmark_co_sell, co_sold_on)
SELECT deal_id, type, CASE WHEN truth.chance('won ' || deal_id) < rate THEN 'won' ELSE 'lost' END, partner_id IS NOT NULL, partner_id IS NULL, partner_id IS NOT NULL,
       CASE WHEN partner_id IS NOT NULL THEN date '2026-01-01' END
FROM   truth.drawn;
CREATE TABLE truth.involved_partner (LIKE elg.involved_partner);
INSERT INTO involved_partner (deal_id, partner_id, partner, partner_type, type, outcome, landmark_co_sell)
SELECT deal_id, partner_id, partner_id, partner_type, type, outcome, true FROM drawn JOIN deal_fact USING (deal_id, type) WHERE partner_id IS NOT NULL;
-- every deal is in the stage early; of ten won ones seven come to late, of ten lost ones three
CREATE TABLE truth.deal_history (LIKE elg.deal_history);
INSERT INTO deal_history (deal_id, valid_from, stage, outcome)
SELECT deal_id, '2025-01-01', s.stage, 'open'
FROM   deal_fact, (VALUES ('early'), ('late')) AS s(stage)
WHERE  s.stage = 'early' OR truth.chance('late ' || deal_id) < CASE outcome WHEN 'won' THEN 0.7 ELSE 0.3 END;
ANALYZE deal_fact, involved_partner, deal_history;
CREATE TABLE truth.base_rate (LIKE elg.base_rate);
CREATE TABLE truth.partner_lift (LIKE elg.partner_lift);
DO $$ BEGIN
	EXECUTE 'INSERT INTO base_rate ' || pg_temp.text_of('base_rate');
	EXECUTE 'INSERT INTO partner_lift ' || pg_temp.text_of('partner_lift');
END $$;
SELECT is_empty('SELECT type FROM base_rate WHERE base_win_rate NOT BETWEEN least(observed, parent_rate) AND greatest(observed, parent_rate)', 'a base rate lies between what was observed and what it is drawn to');
SELECT is_empty('SELECT type FROM base_rate b JOIN truth.rate r USING (type) WHERE stage = '''' AND abs(base_win_rate - r.rate) > 0.03', 'and near the truth');
CREATE TEMP TABLE tried AS SELECT l.*, t.ratio AS truth, coalesce(naive_ratio, program_ratio) AS naive FROM partner_lift l JOIN partner_truth t USING (partner_id);
SELECT is_empty('SELECT partner_id FROM tried WHERE (ratio IS NULL) <> (deals_of_partner < 5)', 'fewer than five deals are too few');
SELECT cmp_ok(sqrt(avg((ratio - truth) ^ 2)), '<', sqrt(avg((naive - truth) ^ 2)) * 0.5, 'shrunk ratios are half as far from the truth as naive ones')
FROM   tried WHERE ratio IS NOT NULL AND deals > 0;
SELECT cmp_ok(sqrt(avg((partner_ratio - truth) ^ 2)), '<', sqrt(avg((program_ratio - truth) ^ 2)), 'and nearer than the program''s, which has nothing of the partner')
FROM   tried WHERE type = 'new' AND deals_of_partner >= 5;
SELECT cmp_ok(corr(weight, deals_of_partner), '>', 0.8::double precision, 'more deals weigh more') FROM tried WHERE type = 'new';

-- The list itself: open deals of which it is known how often such are won with the partner.
CREATE TABLE truth.open_deal AS
SELECT t.partner_id || '+' || i AS deal_id, t.partner_id, r.type, least(r.rate * t.ratio, 0.95) AS rate
FROM   truth.partner_truth t, generate_series(1, 40) i, LATERAL (SELECT * FROM truth.rate WHERE truth.chance('type ' || t.partner_id || '+' || i) < upto ORDER BY upto LIMIT 1) r;
INSERT INTO deal_fact (deal_id, type, account_id, outcome) SELECT deal_id, type, deal_id, 'open' FROM open_deal;
CREATE TABLE truth.account_overlap (LIKE elg.account_overlap);
INSERT INTO account_overlap (account_id, partner_id, population) SELECT deal_id, partner_id, 'customer' FROM open_deal;
CREATE TABLE truth.partner_deal (LIKE elg.partner_deal);
CREATE TABLE truth.partner (LIKE elg.partner);
INSERT INTO partner (partner_id) SELECT partner_id FROM partner_truth;
CREATE TABLE truth.co_sell_list (LIKE elg.co_sell_list);
ANALYZE deal_fact, account_overlap, base_rate, partner_lift;
DO $$ BEGIN
	EXECUTE 'INSERT INTO co_sell_list ' || pg_temp.text_of('co_sell_list');
END $$;
CREATE TEMP TABLE calibrated AS
SELECT width_bucket(expected_win_rate, 0, 1, 10) AS bin, count(*) AS deals, avg(expected_win_rate) AS expected,
       avg((truth.chance('won ' || deal_id) < o.rate)::integer) AS won
FROM   co_sell_list JOIN open_deal o USING (deal_id, partner_id)
WHERE  expected_win_rate IS NOT NULL
GROUP  BY 1;
SELECT is_empty('SELECT bin, deals, expected, won FROM calibrated WHERE deals >= 500 AND abs(won - expected) > 0.04',
                'of deals with an expected win rate near 40 % about 40 % are won, and so in each bin with deals enough');
SELECT cmp_ok(count(*), '>=', 4::bigint, 'of which there are several') FROM calibrated WHERE deals >= 500;
SELECT cmp_ok(abs(sum(deals * (won - expected)) / sum(deals)), '<', 0.02, 'and of all deals as many as expected') FROM calibrated;

-- ---------------------------------------------------------------------------
-- Which pairs have deals enough for a verdict
-- ---------------------------------------------------------------------------

-- Four partners of 20 deals each, 30 of them shared by two: chance gives each of the six pairs just 5.
CREATE SCHEMA pairs;
SET search_path = pairs, elg, ecosystem, public;
CREATE TABLE account (LIKE elg.account);
CREATE TABLE account_overlap (LIKE elg.account_overlap);
CREATE TABLE lead_exchange (LIKE elg.lead_exchange);
CREATE TABLE involved_partner (LIKE elg.involved_partner);
INSERT INTO involved_partner (deal_id, partner_id, partners)
SELECT p.pair || n, partner_id, length(p.pair)
FROM  (VALUES ('AB', 4), ('CD', 4), ('AC', 5), ('BD', 5), ('AD', 6), ('BC', 6), ('A', 5), ('B', 5), ('C', 5), ('D', 5)) AS p(pair, deals),
       generate_series(1, p.deals) n, string_to_table(p.pair, NULL) AS partner_id;
CREATE TABLE partner_pair (LIKE elg.partner_pair);
CREATE FUNCTION pg_temp.verdicts() RETURNS TABLE (expected_deals numeric, shared_deals bigint, chance_verdict text) LANGUAGE plpgsql AS $$ BEGIN
	TRUNCATE partner_pair;
	EXECUTE 'INSERT INTO partner_pair ' || pg_temp.text_of('partner_pair');
	RETURN QUERY SELECT DISTINCT p.expected_deals, p.shared_deals::bigint, p.chance_verdict FROM partner_pair p ORDER BY 1, 2;
END $$;
SELECT results_eq('SELECT * FROM pg_temp.verdicts()', $$VALUES (5.0000, 4::bigint, 'no clear difference'), (5.0000, 5, 'no clear difference'), (5.0000, 6, 'no clear difference')$$, 'where chance gives five deals, fewer shared ones say something');
UPDATE involved_partner SET deal_id = deal_id || partner_id, partners = 1 WHERE deal_id = 'AB1';
SELECT results_eq('SELECT * FROM pg_temp.verdicts()', $$VALUES (4.8333, 3::bigint, 'too few deals'), (4.8333, 4, 'too few deals'), (4.8333, 5, 'no clear difference'), (4.8333, 6, 'no clear difference')$$,
                  'where it gives fewer, five are needed');

SELECT * FROM finish();
ROLLBACK;
