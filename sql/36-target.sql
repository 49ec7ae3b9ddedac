-- target: every target and threshold the field states, with its source, and verdicts
--
-- The targets are rows of a table, so that users add their own, and each function
-- is one query on a few of these rows.  Rates are compared, not computed here.
-- A value that its metric cannot have is refused, since a percentage would else be
-- the best of all shares.
--
-- The table is configuration: rows of users are dumped with the database,
-- those that come with the extension are not, and are replaced by its updates.

CREATE FUNCTION possible_values(unit text, lowest numeric, highest numeric) RETURNS numrange
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN pg_catalog.numrange(
		COALESCE(lowest, CASE WHEN unit OPERATOR(pg_catalog.=) ANY (ARRAY['share', 'ratio', 'variation', 'count', 'integrations per customer',
			'minutes', 'hours', 'days', 'weeks', 'months', 'quarters', 'years']::pg_catalog.text[]) THEN 0::pg_catalog.numeric END),
		COALESCE(highest, CASE WHEN unit OPERATOR(pg_catalog.=) 'share'::pg_catalog.text THEN 1::pg_catalog.numeric END),
		'[]'::pg_catalog.text);
COMMENT ON FUNCTION possible_values(text, numeric, numeric) IS
	'values that a metric can have: from lowest to highest, which are where NULL those of its unit: 0 to 1 for shares, from 0 for ratios, counts and durations; a unit of your own has no limits but those given';

CREATE TABLE target (
	metric   text NOT NULL CHECK (metric OPERATOR(pg_catalog.<>) ''::pg_catalog.text),
	kind     text NOT NULL DEFAULT 'target',
	range    numrange NOT NULL CHECK (NOT pg_catalog.isempty(range)),
	unit     text NOT NULL CHECK (unit OPERATOR(pg_catalog.<>) ''::pg_catalog.text),
	lowest   numeric CHECK (lowest OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric),
	highest  numeric CHECK (highest OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric),
	better   text,
	verdict  text,
	source   text NOT NULL,
	sentence text,
	builtin  boolean NOT NULL DEFAULT false,
	PRIMARY KEY (metric, kind, range, builtin),
	CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['target', 'band', 'benchmark']::pg_catalog.text[])),
	CHECK (better OPERATOR(pg_catalog.=) ANY (ARRAY['higher', 'lower', 'inside']::pg_catalog.text[])),
	CHECK ((kind OPERATOR(pg_catalog.=) 'target'::pg_catalog.text) OPERATOR(pg_catalog.=) (better IS NOT NULL)),
	CHECK ((kind OPERATOR(pg_catalog.=) 'band'::pg_catalog.text) OPERATOR(pg_catalog.=) (verdict IS NOT NULL)),
	CONSTRAINT target_lowest_is_below_highest CHECK (lowest OPERATOR(pg_catalog.<=) highest),
	CONSTRAINT target_limits_are_possible_values CHECK (
		COALESCE(pg_catalog.lower(range) OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric
			AND @extschema@.possible_values(unit, lowest, highest) OPERATOR(pg_catalog.@>) pg_catalog.lower(range), true)
		AND COALESCE(pg_catalog.upper(range) OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric
			AND @extschema@.possible_values(unit, lowest, highest) OPERATOR(pg_catalog.@>) pg_catalog.upper(range), true))
);
COMMENT ON TABLE target IS
	'targets and thresholds of metrics with their sources; insert rows of your own to replace the built-in ones of a metric';
COMMENT ON COLUMN target.metric IS 'metric the row is about, such as influenced_pipeline_share';
COMMENT ON COLUMN target.kind IS
	'target: what is to be reached; band: a range of values and the words for it; benchmark: a figure that a source reports';
COMMENT ON COLUMN target.range IS 'range of values, shares from 0 to 1; [ and ] include the limit, ( and ) do not';
COMMENT ON COLUMN target.unit IS 'unit of the values: share, ratio, days, count ...; possible_values() says which limits the unit has';
COMMENT ON COLUMN target.lowest IS
	'lowest value that the metric can have, -Infinity for none; NULL: as its unit says, 0 for shares, ratios, counts and durations';
COMMENT ON COLUMN target.highest IS
	'highest value that the metric can have, Infinity for none; NULL: as its unit says, 1 for shares';
COMMENT ON COLUMN target.better IS
	'of a target: higher or lower values are better, so that beyond the range it is met as well, or only those inside are';
COMMENT ON COLUMN target.verdict IS 'of a band: what verdict() says of a value in it';
COMMENT ON COLUMN target.source IS 'who says so: author, title, date';
COMMENT ON COLUMN target.sentence IS 'the sentence of the source; NULL where it leaves the range open and this extension filled it';
COMMENT ON COLUMN target.builtin IS 'the row came with the extension; leave it false in rows of your own, others are not dumped';

SELECT pg_catalog.pg_extension_config_dump('target', 'WHERE NOT builtin');

-- The table belongs to whoever the script runs as.  The installer sets targets,
-- and so does the owner of the schema: that is who installed it before a dump,
-- which a superuser restores.
GRANT SELECT ON target TO PUBLIC;
GRANT INSERT, UPDATE, DELETE ON target TO @extowner@ WITH GRANT OPTION;
DO LANGUAGE plpgsql $grant$
BEGIN
	EXECUTE (SELECT pg_catalog.format('GRANT INSERT, UPDATE, DELETE ON @extschema@.target TO %I WITH GRANT OPTION'::pg_catalog.text,
	                                  pg_catalog.pg_get_userbyid(n.nspowner))
	         FROM   pg_catalog.pg_namespace n
	         WHERE  n.nspname OPERATOR(pg_catalog.=) 'ecosystem'::pg_catalog.name);
END
$grant$;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Forecastable: Ecosystem-Involved vs Ecosystem-Led Explained (2026)', true
FROM  (VALUES
	('influenced_revenue_share'::pg_catalog.text, 'benchmark'::pg_catalog.text, '[0.6,0.6]'::pg_catalog.numrange, 'share'::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.text, 'A company reports that sixty percent of its closed revenue is partner-influenced and calls itself ecosystem-led.'::pg_catalog.text),
	('time_to_live_motion_days', 'target', '[0,30]', 'days', 'lower', NULL, 'Whether starting with a single sales team or a single partner, any co-sell motion can be live within 30 days.'),
	('led_revenue_share', 'band', '[0,0]', 'share', NULL, 'ecosystem-involved, not led', 'The company is ecosystem-involved at scale, which is good, and it is not ecosystem-led.'),
	('led_revenue_share', 'band', '(0,)', 'share', NULL, 'a led segment', 'The contrast is a company with a smaller influenced number and a clear ecosystem-led segment: a defined slice of pipeline that is sourced, selected, and run through partners on purpose.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Covant: Ecosystem-Led Growth: How to Build a Partner Ecosystem That Drives Compounding Revenue (2026-03-09)', true
FROM  (VALUES
	('influenced_pipeline_share'::pg_catalog.text, 'target'::pg_catalog.text, '[0.4,0.6]'::pg_catalog.numrange, 'share'::pg_catalog.text, 'higher'::pg_catalog.text, NULL::pg_catalog.text, 'Target: 40-60% of total pipeline.'::pg_catalog.text),
	('influenced_pipeline_share', 'band', '(,0.2)', 'share', NULL, 'a partner program, not an ecosystem', 'If ecosystem influence is below 20%, you have a partner program, not an ecosystem.'),
	('influenced_pipeline_share', 'band', '[0.4,0.5]', 'share', NULL, 'on target', 'Target: 40-60% of total pipeline.'),
	('influenced_pipeline_share', 'band', '(0.5,)', 'share', NULL, 'primary growth engine', 'If it''s above 50%, your ecosystem is working as a primary growth engine.'),
	('influenced_revenue_share', 'target', '[0.4,0.6]', 'share', 'higher', NULL, 'When your ecosystem touches every lifecycle stage, partner-influenced revenue isn''t 20% of new business - it''s 40-60% of total revenue.'),
	('channel_share_of_new_business', 'benchmark', '[0.2,0.2]', 'share', NULL, NULL, 'When your ecosystem touches every lifecycle stage, partner-influenced revenue isn''t 20% of new business - it''s 40-60% of total revenue.'),
	('co_sell_win_rate_ratio', 'target', '[1.5,2]', 'ratio', 'higher', NULL, 'Healthy ecosystems show 1.5-2x higher win rates on co-sell deals.'),
	('co_sell_win_rate_ratio', 'band', '(,1]', 'ratio', NULL, 'co-sell motions need better targeting or execution', 'If co-sell deals don''t win at a higher rate, your co-sell motions need better targeting or execution - the partnerships aren''t adding enough value to the buyer.'),
	('co_sell_win_rate_ratio', 'band', '[1.5,)', 'ratio', NULL, 'healthy', 'Healthy ecosystems show 1.5-2x higher win rates on co-sell deals.'),
	('co_sell_cycle_reduction', 'target', '[0.3,)', 'share', 'higher', NULL, 'One good data point: ''co-sell deals closed 30% faster and 25% larger than solo deals'' is enough to justify scaling.'),
	('co_sell_amount_increase', 'target', '[0.25,)', 'share', 'higher', NULL, 'One good data point: ''co-sell deals closed 30% faster and 25% larger than solo deals'' is enough to justify scaling.'),
	('partners_per_deal', 'target', '[2,4]', 'count', 'inside', NULL, 'Ecosystem deals regularly involve 2-4 partners.'),
	('sourcing_credit_share', 'target', '[0.4,0.5]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('technical_credit_share', 'target', '[0.15,0.25]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('influencing_credit_share', 'target', '[0.2,0.3]', 'share', 'inside', NULL, 'Covant''s Role Split model assigns credit by partner role - the sourcing partner gets 40-50%, the technical partner gets 15-25%, the influencing partner gets 20-30%.'),
	('ecosystem_depth_month_6', 'benchmark', '[1.2,1.2]', 'integrations per customer', NULL, NULL, 'Track integration adoption: if your average customer uses 1.2 ecosystem integrations at Month 6, you want that at 2.5+ by Month 12.'),
	('ecosystem_depth_month_12', 'target', '[2.5,)', 'integrations per customer', 'higher', NULL, 'Track integration adoption: if your average customer uses 1.2 ecosystem integrations at Month 6, you want that at 2.5+ by Month 12.'),
	('single_to_multi_product_churn_ratio', 'benchmark', '[2,3]', 'ratio', NULL, NULL, 'Single-product customers churn at 2-3x the rate of multi-product customers.'),
	('integrated_churn_reduction', 'target', '[0.3,0.5]', 'share', 'higher', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('integrated_churn_reduction', 'benchmark', '[0.15,0.15]', 'share', NULL, NULL, 'If a partner''s integration reduces churn by 15% across shared customers, that''s attributable value.'),
	('multi_to_single_product_expansion_ratio', 'target', '[2,)', 'ratio', 'higher', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('co_sell_to_other_cac_ratio', 'target', '(,1)', 'ratio', 'lower', NULL, 'Ecosystem partners impact expansion (multi-product customers expand 2x faster), retention (integrated customers churn 30-50% less), and efficiency (co-sell deals have lower CAC).'),
	('time_to_value_days_saved', 'benchmark', '[30,30]', 'days', NULL, NULL, 'If a consulting partner''s implementation accelerates time-to-value by 30 days, reducing first-year churn from 12% to 4%, that partner contributed real retention revenue.'),
	('first_year_churn_points_saved', 'benchmark', '[0.08,0.08]', 'share', NULL, NULL, 'If a consulting partner''s implementation accelerates time-to-value by 30 days, reducing first-year churn from 12% to 4%, that partner contributed real retention revenue.'),
	('new_logo_share_of_value', 'benchmark', '[0.4,0.4]', 'share', NULL, NULL, 'If your ELG metrics are all about new logos, you''re missing 60% of the value.'),
	('time_to_activation_days', 'target', '[14,21]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('time_to_activation_days', 'band', '(,21]', 'days', NULL, 'healthy', 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('time_to_activation_days', 'band', '[90,)', 'days', NULL, 'onboarding too slow', 'If activation takes 90 days, your onboarding is too slow and you''re losing the enthusiasm window.'),
	('account_mapping_days', 'target', '[0,1]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('first_target_list_days', 'target', '[0,7]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('first_introduction_days', 'target', '[0,14]', 'days', 'lower', NULL, 'Healthy ecosystems activate new partners in 14-21 days - account mapping on Day 1, first co-sell target list by Day 7, first introduction made by Day 14.'),
	('ecosystem_roi', 'target', '[5,10]', 'ratio', 'higher', NULL, 'Mature ELG programs target 5-10x ROI on ecosystem investment.'),
	('time_to_effect_months', 'benchmark', '[6,12]', 'months', NULL, NULL, 'Ecosystem effects take 6-12 months to materialize.'),
	('launch_mapped_partners', 'target', '[5,5]', 'count', 'inside', NULL, 'Run account mapping with your top 5 partners.'),
	('launch_scored_accounts', 'target', '[50,50]', 'count', 'inside', NULL, 'Identify the top 50 accounts with the highest overlap and deal potential.'),
	('launch_activated_accounts', 'target', '[10,15]', 'count', 'inside', NULL, 'Pick 10-15 for initial co-sell activation.'),
	('scaled_partners', 'target', '[15,25]', 'count', 'inside', NULL, 'Expand from 5 partners to 15-25.'),
	('removal_effect', 'band', '[0,0]', 'change', NULL, 'no ecosystem', 'If removing one partner doesn''t affect any other partner''s performance, there''s no ecosystem.'),
	('partner_to_partner_pipeline', 'band', '(0,)', 'amount', NULL, 'network effects', 'If Partner A is referring deals to Partner B because they share customers, your ecosystem has network effects.'),
	('brokered_introduction_share', 'band', '[1,1]', 'share', NULL, 'a hub-and-spoke program, not an ecosystem', 'If every deal requires your partnership team to broker introductions, you have a hub-and-spoke program, not an ecosystem.'),
	('partner_rank', 'band', '[1,5]', 'rank', NULL, 'strategic', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_rank', 'band', '(5,20]', 'rank', NULL, 'growth', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_rank', 'band', '(20,)', 'rank', NULL, 'long tail', 'Tier your ecosystem investment: strategic partners (top 5) get dedicated co-sell resources, growth partners (5-20) get self-serve account mapping, and long-tail partners get marketplace presence and automated attribution.'),
	('partner_pipeline_influence', 'benchmark', '[0.15,0.15]', 'share', NULL, NULL, 'A tech partner whose integration is used by 200 of your customers and influences 15% of pipeline deserves different investment than a partner with 3 shared customers and zero pipeline influence.'),
	('shared_customers', 'benchmark', '[200,200]', 'count', NULL, NULL, 'A tech partner whose integration is used by 200 of your customers and influences 15% of pipeline deserves different investment than a partner with 3 shared customers and zero pipeline influence.'),
	('network_connections_of_50th_partner', 'benchmark', '[49,49]', 'count', NULL, NULL, 'The 50th partner in an ecosystem is exponentially more valuable than the 50th partner in a channel program because they connect to 49 existing nodes.'),
	('manually_coordinated_partners', 'band', '[10,15]', 'count', NULL, 'where companies stall', 'The companies that stall at 10-15 ecosystem partners almost always stall because the manual coordination overhead exceeds the partnership team''s capacity.'),
	('manually_coordinated_partners', 'band', '[25,30)', 'count', NULL, 'requires automation', 'ELG with 25 partners requires automated account mapping, real-time attribution, self-serve partner portals, and programmatic co-sell workflows.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Buckles, Forecastable: Ecosystem Partnerships: What They Are, How They Work (2026)', true
FROM  (VALUES
	('manually_coordinated_partners'::pg_catalog.text, 'band'::pg_catalog.text, '(,10)'::pg_catalog.numrange, 'count'::pg_catalog.text, NULL::pg_catalog.text, 'manual exchanges work'::pg_catalog.text, 'Crossbeam, and equivalent platforms produce the layer at scale; manual exchanges work below 10 partners and break above.'::pg_catalog.text),
	('working_set_partners', 'target', '[5,10]', 'count', 'inside', NULL, 'Working set of 5 to 10 partners running the deal-layer cadence cleanly.'),
	('ecosystem_partners', 'target', '[30,100]', 'count', 'inside', NULL, 'The broader ecosystem can include 30 to 100 partners, but most of that breadth runs on the relationship layer only.'),
	('joint_accounts_of_partner', 'target', '[8,15]', 'count', 'higher', NULL, 'Audit the partner list against the working-set test: for each partner, can you name 8 to 15 specific accounts you are pursuing jointly this quarter?'),
	('joint_accounts_of_partner', 'band', '(,8)', 'count', NULL, 'rolodex', 'The partners who fail are your rolodex.'),
	('joint_accounts_of_partner', 'band', '[8,15]', 'count', NULL, 'working set', 'The partners who pass are your real ecosystem.'),
	('bilateral_partners', 'benchmark', '[30,30]', 'count', NULL, NULL, 'Five partners running cleanly in a network model produce more revenue than 30 partners running bilaterally.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Richards: Ecosystem-Led Growth Models for Digital Maturity', true
FROM  (VALUES
	('integrations_of_dense_customer'::pg_catalog.text, 'target'::pg_catalog.text, '[2,)'::pg_catalog.numrange, 'count'::pg_catalog.text, 'higher'::pg_catalog.text, NULL::pg_catalog.text, 'Higher ecosystem density means a customer is using multiple partner integrations.'::pg_catalog.text),
	('leads_given_share', 'band', '[0,0]', 'share', NULL, 'one way', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.'),
	('leads_given_share', 'band', '(0,1)', 'share', NULL, 'both ways', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.'),
	('leads_given_share', 'band', '[1,1]', 'share', NULL, 'one way', 'A balanced flow shows a true strategic alliance, whereas a one-way flow suggests a transactional relationship that may not be sustainable long-term.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'Alex Buckles, Forecastable: Ecosystem-Led Growth (ELG): Why 70% of the Revenue Comes from Execution, Not Tooling (2026)', true
FROM  (VALUES
	('manually_coordinated_partners'::pg_catalog.text, 'band'::pg_catalog.text, '[30,)'::pg_catalog.numrange, 'count'::pg_catalog.text, NULL::pg_catalog.text, 'leaky without a PRM'::pg_catalog.text, 'By partner number 30, a PRM becomes the difference between a manageable program and a leaky one.'::pg_catalog.text),
	('partners_without_prm', 'target', '[0,20]', 'count', 'lower', NULL, 'You can run ELG on a CRM customization and a shared drive for the first 10 to 20 partners.'),
	('maturity_zone', 'band', '[1,1]', 'zone', NULL, 'Spectators', 'Zone 1, Spectators (Red)'),
	('maturity_zone', 'band', '[2,2]', 'zone', NULL, 'Partnering', 'Zone 2, Partnering (Yellow)'),
	('maturity_zone', 'band', '[3,3]', 'zone', NULL, 'Competing', 'Zone 3, Competing (Light Green)'),
	('maturity_zone', 'band', '[4,4]', 'zone', NULL, 'Winning', 'Zone 4, Winning (Dark Green)'),
	('confidence_in_market_position', 'band', '[3,4]', 'of ten', NULL, 'Spectators or Partnering', 'Confidence stays in the three to four range because the team can''t yet defend the partner-sourced number to a CFO.'),
	('confidence_in_market_position', 'band', '[8,10]', 'of ten', NULL, 'Winning', 'Confidence runs eight to ten.'),
	('arr_to_unlock_zone_2', 'target', '[5000000,10000000]', 'US dollars', 'higher', NULL, 'What unlocks Zone 2: a defensible direct-sales motion at $5M to $10M ARR, plus a partnerships hire who owns a number from day one.'),
	('named_partners', 'target', '[5,)', 'count', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('co_sell_plans', 'target', '[5,)', 'count', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('reps_reached_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('resellers_activated_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('plan_progress', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('pipeline_change', 'target', '(0,)', 'a week', 'higher', NULL, 'What unlocks Zone 3: five named partners, five named co-sell plans, and a weekly cadence on the four leading indicators (more reps reached, more resellers activated, plan progress, pipeline growth).'),
	('mutual_action_plan_coverage', 'target', '[1,1]', 'share', 'higher', NULL, 'Mutual action plans cover every joint deal.'),
	('archetypes_to_unlock_zone_4', 'target', '[2,)', 'count', 'higher', NULL, 'What unlocks Zone 4: ecosystem orchestration across multiple partner archetypes simultaneously, plus the operational confidence to design joint motions where everyone in the ecosystem benefits, not just the named pair.'),
	('net_new_opportunities_in_six_months', 'benchmark', '[15,15]', 'count', NULL, NULL, 'Six months of dedicated co-sell work produced 15 net-new opportunities, all in the $300K to $400K ARR range, including one Fortune 500 insurance close.'),
	('net_new_opportunity_amount', 'benchmark', '[300000,400000]', 'US dollars', NULL, NULL, 'Six months of dedicated co-sell work produced 15 net-new opportunities, all in the $300K to $400K ARR range, including one Fortune 500 insurance close.'),
	('pipeline_seasonality', 'target', '[0,0]', 'variation', 'lower', NULL, 'The motion eliminated the seasonality that had defined their pipeline for three years.'),
	('producing_reps_in_six_weeks', 'benchmark', '[3,3]', 'count', NULL, NULL, 'Six weeks from the first kickoff to three named reps generating partner-sourced deals on a weekly cadence.'),
	('attributed_arr', 'benchmark', '[4000000,4000000]', 'US dollars', NULL, NULL, 'We have customers running half-broken Crossbeam instances who produce four million dollars in ELG-attributed ARR.'),
	('active_producer_share', 'benchmark', '[0.2,0.2]', 'share', NULL, NULL, 'Five active producers get crowded out by twenty inactive logos.'),
	('months_to_defensible_forecast', 'benchmark', '[12,18]', 'months', NULL, NULL, 'Typically at the 12 to 18 month mark, once five to ten partners have run real joint cycles end to end.'),
	('full_cycle_partners', 'target', '[5,10]', 'count', 'higher', NULL, 'Typically at the 12 to 18 month mark, once five to ten partners have run real joint cycles end to end.'),
	('dashboard_time_share', 'band', '[0.8,)', 'share', NULL, 'produces a dashboard, not pipeline', 'A partnerships team that spends 80% of its week in dashboards and 20% running joint cycles with partners and AEs is going to produce a dashboard, not pipeline.'),
	('sourced_to_influenced_conversion_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'Partner-sourced converts higher and faster.'),
	('influenced_to_direct_win_rate_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'Partner-influenced lifts win rate and velocity on existing direct deals.'),
	('eql_to_cold_conversion_ratio', 'target', '(1,)', 'ratio', 'higher', NULL, 'EQLs convert higher and faster than cold-sourced leads when the ecosystem motion is operational.')) v;

INSERT INTO target (metric, kind, range, unit, better, verdict, sentence, source, builtin)
SELECT v.*, 'ecosystem: where the sources name no words or no number', true
FROM  (VALUES
	('influenced_pipeline_share'::pg_catalog.text, 'band'::pg_catalog.text, '[0.2,0.4)'::pg_catalog.numrange, 'share'::pg_catalog.text, NULL::pg_catalog.text, 'developing'::pg_catalog.text, NULL::pg_catalog.text),
	('co_sell_win_rate_ratio', 'band', '(1,1.5)', 'ratio', NULL, 'higher, but below healthy', NULL),
	('time_to_activation_days', 'band', '(21,90)', 'days', NULL, 'slower than healthy', NULL),
	('partner_to_partner_pipeline', 'band', '[0,0]', 'amount', NULL, 'no network effects', NULL),
	('removal_effect', 'band', '(,0)', 'change', NULL, 'partners work together', NULL),
	('brokered_introduction_share', 'band', '[0,1)', 'share', NULL, 'partners introduce each other', NULL),
	('manually_coordinated_partners', 'band', '(15,25)', 'count', NULL, 'beyond manual coordination', NULL),
	('joint_accounts_of_partner', 'band', '(15,)', 'count', NULL, 'working set, with more accounts than can be pursued', NULL),
	('dashboard_time_share', 'band', '[0,0.8)', 'share', NULL, 'below the warning', NULL),
	('days_since_partner_activity', 'band', '[0,90]', 'days', NULL, 'active', NULL),
	('days_since_partner_activity', 'band', '(90,)', 'days', NULL, 'inactive', NULL),
	('registration_idle_days', 'band', '[0,90]', 'days', NULL, 'protected', NULL),
	('registration_idle_days', 'band', '(90,)', 'days', NULL, 'lapsed', NULL)) v;

-- Metrics whose values are not those of their unit: changes may be below 0, those
-- of means, which may be of credit notes, any number.
UPDATE target
SET    lowest = v.lowest, highest = v.highest
FROM  (VALUES
	('co_sell_amount_increase'::pg_catalog.text, '-Infinity'::pg_catalog.numeric, 'Infinity'::pg_catalog.numeric),
	('co_sell_cycle_reduction', '-Infinity', 1),
	('integrated_churn_reduction', '-Infinity', 1),
	('first_year_churn_points_saved', '-1', 1),
	('time_to_value_days_saved', '-Infinity', NULL),
	('ecosystem_roi', '-Infinity', NULL),
	('removal_effect', '-1', 0),
	('partner_rank', 1, NULL),
	('maturity_zone', 1, 4),
	('confidence_in_market_position', 0, 10)) v(metric, lowest, highest)
WHERE  target.metric OPERATOR(pg_catalog.=) v.metric;

-- target functions

-- Not STRICT, and metric_value() a set of one row, since only such functions become
-- part of the plan of those that call them.

CREATE FUNCTION targets_of(metric text) RETURNS SETOF target
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
	SELECT t.*
	FROM   @extschema@.target t
	WHERE  t.metric OPERATOR(pg_catalog.=) targets_of.metric
	AND    (NOT t.builtin OR NOT EXISTS (
		SELECT FROM @extschema@.target own
		WHERE  own.metric OPERATOR(pg_catalog.=) t.metric AND NOT own.builtin));
END;
COMMENT ON FUNCTION targets_of(text) IS
	'the rows of target that are in force for a metric: those of users, where there are any, else the built-in ones; no rows where nobody has defined it';

CREATE FUNCTION _checked_value(name text, value numeric, unit text, lowest numeric, highest numeric, known text[]) RETURNS numeric
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'target_checked_value';
COMMENT ON FUNCTION _checked_value(text, numeric, text, numeric, numeric, text[]) IS
	'the value, if it is from lowest to highest (NULL: no limit); an error if it is not, if it is NaN, and if there is no unit, which an undefined metric has not; the hint is the nearest of the known names';

CREATE FUNCTION _nearest_name(name text, known text[]) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'target_nearest_name';
COMMENT ON FUNCTION _nearest_name(text, text[]) IS 'the known name that is nearest to one that is mistyped, of several the first; NULL where less than half of it is right';

-- Rows of users that leave open what the values can be have the limits of the
-- built-in ones of the same unit, if there are any.
CREATE FUNCTION _target_limits(metric text, OUT unit text, OUT allowed numrange) RETURNS SETOF record
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT d.unit, CASE WHEN d.unit IS NOT NULL THEN @extschema@.possible_values(d.unit, d.lowest, d.highest) END
	FROM  (SELECT COALESCE(f.unit, f.builtin_unit) AS unit,
			COALESCE(f.lowest, CASE WHEN f.unit OPERATOR(pg_catalog.<>) f.builtin_unit THEN NULL::pg_catalog.numeric ELSE f.builtin_lowest END) AS lowest,
			COALESCE(f.highest, CASE WHEN f.unit OPERATOR(pg_catalog.<>) f.builtin_unit THEN NULL::pg_catalog.numeric ELSE f.builtin_highest END) AS highest
		FROM  (SELECT pg_catalog.min(t.unit) FILTER (WHERE NOT t.builtin) AS unit, pg_catalog.min(t.unit) FILTER (WHERE t.builtin) AS builtin_unit,
				pg_catalog.min(t.lowest) FILTER (WHERE NOT t.builtin) AS lowest, pg_catalog.min(t.lowest) FILTER (WHERE t.builtin) AS builtin_lowest,
				pg_catalog.max(t.highest) FILTER (WHERE NOT t.builtin) AS highest, pg_catalog.max(t.highest) FILTER (WHERE t.builtin) AS builtin_highest
			FROM   @extschema@.target t
			WHERE  t.metric OPERATOR(pg_catalog.=) _target_limits.metric) f) d;
END;
COMMENT ON FUNCTION _target_limits(text) IS 'unit of a metric, and the values that it can have; both NULL where nobody has defined it';

CREATE FUNCTION possible_values_of(metric text) RETURNS numrange
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT l.allowed FROM @extschema@._target_limits(possible_values_of.metric) l);
COMMENT ON FUNCTION possible_values_of(text) IS 'values that a metric can have, as the rows of target in force say; NULL where nobody has defined it';

CREATE FUNCTION metric_value(metric text, value numeric) RETURNS SETOF numeric
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
	SELECT @extschema@._checked_value(metric_value.metric, metric_value.value, l.unit, pg_catalog.lower(l.allowed), pg_catalog.upper(l.allowed),
		CASE WHEN l.unit IS NULL THEN ARRAY(SELECT DISTINCT t.metric FROM @extschema@.target t) END)
	FROM   @extschema@._target_limits(metric_value.metric) l;
END;
COMMENT ON FUNCTION metric_value(text, numeric) IS
	'the value, if the metric can have it; an error for NaN, for one outside of its possible values, such as a percentage in place of a share or a negative duration, and for a metric that nobody has defined, also where the value is NULL';

CREATE FUNCTION _verdict_of(targets target[], value numeric) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN t.kind OPERATOR(pg_catalog.=) 'band'::pg_catalog.text THEN t.verdict
			ELSE pg_catalog.concat(
				CASE WHEN t.range OPERATOR(pg_catalog.@>) _verdict_of.value
						THEN CASE t.kind WHEN 'target'::pg_catalog.text THEN 'on '::pg_catalog.text ELSE 'at '::pg_catalog.text END
					WHEN t.range OPERATOR(pg_catalog.>>) pg_catalog.numrange(_verdict_of.value, _verdict_of.value, '[]'::pg_catalog.text)
						THEN 'below '::pg_catalog.text
					ELSE 'above '::pg_catalog.text END,
				t.kind) END
		FROM   pg_catalog.unnest(_verdict_of.targets) t
		WHERE  t.kind OPERATOR(pg_catalog.<>) 'band'::pg_catalog.text OR t.range OPERATOR(pg_catalog.@>) _verdict_of.value
		ORDER  BY pg_catalog.array_position(ARRAY['band', 'target', 'benchmark']::pg_catalog.text[], t.kind),
		          pg_catalog.lower(t.range) DESC NULLS LAST, t.range DESC
		LIMIT  1);
COMMENT ON FUNCTION _verdict_of(target[], numeric) IS 'what verdict() says of a value by these rows of target, which are looked up once for many values';

CREATE FUNCTION _meets_targets(targets target[], value numeric) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT pg_catalog.bool_and(t.range OPERATOR(pg_catalog.@>) _meets_targets.value
			OR (t.better OPERATOR(pg_catalog.=) 'higher'::pg_catalog.text
				AND t.range OPERATOR(pg_catalog.<<) pg_catalog.numrange(_meets_targets.value, _meets_targets.value, '[]'::pg_catalog.text))
			OR (t.better OPERATOR(pg_catalog.=) 'lower'::pg_catalog.text
				AND t.range OPERATOR(pg_catalog.>>) pg_catalog.numrange(_meets_targets.value, _meets_targets.value, '[]'::pg_catalog.text)))
		FROM   pg_catalog.unnest(_meets_targets.targets) t
		WHERE  t.kind OPERATOR(pg_catalog.=) 'target'::pg_catalog.text);
COMMENT ON FUNCTION _meets_targets(target[], numeric) IS 'what meets_target() says of a value by these rows of target, which are looked up once for many values';

CREATE FUNCTION verdict(metric text, value numeric) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN v.value IS NOT NULL
			THEN @extschema@._verdict_of(ARRAY(SELECT t FROM @extschema@.targets_of(verdict.metric) t), v.value) END
		FROM @extschema@.metric_value(verdict.metric, verdict.value) v(value));
COMMENT ON FUNCTION verdict(text, numeric) IS
	'what is to be said of a value of a metric: the words of the band it is in, else on, below or above target, else at, below or above benchmark; NULL for a NULL value, and in none of the bands of a metric that has nothing else; an error for what metric_value() refuses';

CREATE FUNCTION verdict(metric text, value double precision) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN @extschema@.verdict(verdict.metric, verdict.value::pg_catalog.numeric);
COMMENT ON FUNCTION verdict(text, double precision) IS
	'the same of a rate, to 15 digits';

CREATE FUNCTION meets_target(metric text, value numeric) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (SELECT CASE WHEN v.value IS NOT NULL
			THEN @extschema@._meets_targets(ARRAY(SELECT t FROM @extschema@.targets_of(meets_target.metric) t), v.value) END
		FROM @extschema@.metric_value(meets_target.metric, meets_target.value) v(value));
COMMENT ON FUNCTION meets_target(text, numeric) IS
	'whether a value of a metric meets its target, or is beyond it to the better side; NULL for a NULL value, and where there are only bands and benchmarks; an error for what metric_value() refuses';

CREATE FUNCTION meets_target(metric text, value double precision) RETURNS boolean
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN @extschema@.meets_target(meets_target.metric, meets_target.value::pg_catalog.numeric);
COMMENT ON FUNCTION meets_target(text, double precision) IS
	'the same of a rate, to 15 digits';

CREATE VIEW target_in_force AS
SELECT t.metric, t.kind, pg_catalog.lower(t.range) AS low, pg_catalog.upper(t.range) AS high,
       pg_catalog.lower_inc(t.range) AS low_included, pg_catalog.upper_inc(t.range) AS high_included,
       t.unit, t.better, t.verdict, t.source, t.sentence, t.builtin,
       pg_catalog.lower(@extschema@.possible_values(t.unit, t.lowest, t.highest)) AS lowest,
       pg_catalog.upper(@extschema@.possible_values(t.unit, t.lowest, t.highest)) AS highest
FROM  (SELECT DISTINCT a.metric FROM @extschema@.target a) m, @extschema@.targets_of(m.metric) t;
COMMENT ON VIEW target_in_force IS
	'the targets, bands and benchmarks in force, a row each: those of users for a metric that has any, else the built-in ones';
COMMENT ON COLUMN target_in_force.metric IS 'metric the row is about';
COMMENT ON COLUMN target_in_force.kind IS 'target, band or benchmark';
COMMENT ON COLUMN target_in_force.low IS 'lower limit of the range; NULL: none';
COMMENT ON COLUMN target_in_force.high IS 'upper limit of the range; NULL: none';
COMMENT ON COLUMN target_in_force.low_included IS 'whether the lower limit belongs to the range';
COMMENT ON COLUMN target_in_force.high_included IS 'whether the upper limit belongs to the range';
COMMENT ON COLUMN target_in_force.unit IS 'unit of the limits';
COMMENT ON COLUMN target_in_force.better IS 'of a target: whether higher or lower values are better, or those inside';
COMMENT ON COLUMN target_in_force.verdict IS 'of a band: the words for it';
COMMENT ON COLUMN target_in_force.source IS 'who says so';
COMMENT ON COLUMN target_in_force.sentence IS 'the sentence that says so; NULL where the source leaves the range open';
COMMENT ON COLUMN target_in_force.builtin IS 'whether it came with the extension';
COMMENT ON COLUMN target_in_force.lowest IS 'lowest value that the metric can have by this row; NULL: none';
COMMENT ON COLUMN target_in_force.highest IS 'highest value that the metric can have by this row; NULL: none';
GRANT SELECT ON target_in_force TO PUBLIC;
