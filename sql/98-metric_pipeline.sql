-- metric: pipeline

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, unit, basis, needs) VALUES
	('open_pipeline', 'deal_fact', 'Pipeline', 'Open pipeline', 'Amount of the open deals.', 'total',
		'network, region, deal_type = type, segment, industry, program, owner', 'outcome = ''open''', 'amount', 'explanation', 'money', NULL, 'deal'),
	('marketplace_pipeline', 'deal_fact', 'Pipeline', 'Marketplace pipeline', 'Open amount of deals that go through a marketplace.', 'total',
		'network, marketplace', 'outcome = ''open'' AND marketplace <> ''''', 'amount', 'marketplace', 'money', NULL, 'deal');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, "over", unit, target, basis, needs) VALUES
	('partner_pipeline_influence', 'partner_deal', 'Pipeline', 'Partner pipeline influence', 'Open amount that the partner is involved in, over all open amount.', 'share',
		'partner = partner_id', 'outcome = ''open'' AND involvement IN (''involved'', ''led'')', 'amount', 'concat(touches, '' touches by '', partner, '' from '', first_touch_on)', 'open_pipeline', 'share', 'partner_pipeline_influence', 'led_rule', 'deal, touch/deal_partner');

-- Now is the last four quarters.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, numerator, amount, reason, unit, target, basis, needs) VALUES
	('sourced_arr', 'deal_fact', 'Pipeline', 'Partner-sourced ARR', 'Recurring revenue won in the last four quarters that partners sourced.', 'total', 'network, region, deal_type = type, segment, owner',
		'closed_on', 'closed_on > today - interval ''1 year''', 'outcome = ''won'' AND is_touched AND origin = ''partner_sourced''', 'arr', 'explanation', 'money', NULL, 'led_rule', 'deal, touch/deal_partner'),
	('influenced_arr', 'deal_fact', 'Pipeline', 'Partner-influenced ARR', 'Recurring revenue won in the last four quarters that partners touched and did not source.', 'total', 'network, region, deal_type = type, segment, owner',
		'closed_on', 'closed_on > today - interval ''1 year''', 'outcome = ''won'' AND is_touched AND origin <> ''partner_sourced''', 'arr', 'explanation', 'money', NULL, 'led_rule', 'deal, touch/deal_partner'),
	('attributed_arr', 'deal_fact', 'Pipeline', 'Attributed ARR', 'Both together.', 'total', 'network, region, deal_type = type, segment, owner',
		'closed_on', 'closed_on > today - interval ''1 year''', 'outcome = ''won'' AND is_touched', 'arr', 'explanation', 'money', 'attributed_arr', 'led_rule', 'deal, touch/deal_partner');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, numerator, amount, amount_once, reason, unit, basis, needs) VALUES
	('sourced_arr', 'partner_deal', 'Pipeline', 'Partner-sourced ARR', 'Recurring revenue won in the last four quarters that the partner sourced.', 'total', 'partner = partner_id, partner_type',
		'closed_on', 'closed_on > today - interval ''1 year''', 'outcome = ''won'' AND involvement IN (''involved'', ''led'') AND origin = ''partner_sourced''', 'arr', true, 'concat(touches, '' touches by '', partner, '' from '', first_touch_on)', 'money', 'led_rule', 'deal, touch/deal_partner'),
	('influenced_arr', 'partner_deal', 'Pipeline', 'Partner-influenced ARR', 'Recurring revenue won in the last four quarters that the partner touched and did not source. Partners'' amounts overlap.', 'total', 'partner = partner_id, partner_type',
		'closed_on', 'closed_on > today - interval ''1 year''', 'outcome = ''won'' AND involvement IN (''involved'', ''led'') AND origin <> ''partner_sourced''', 'arr', true, 'concat(touches, '' touches by '', partner, '' from '', first_touch_on)', 'money', 'led_rule', 'deal, touch/deal_partner');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, report, report_when, value, unit, target, basis, needs)
SELECT v.metric, 'deal_fact', 'Pipeline', v.title, v.meaning, 'given', 'network', v.numerator, 'amount', 'explanation', 'pipeline_seasonality', v.report_when, 'variation', 'variation', 'pipeline_seasonality', 'led_rule', 'deal, touch/deal_partner'
FROM  (VALUES
	('sourced_pipeline_seasonality', 'Pipeline seasonality, partner-sourced', 'Variation of the pipeline that partners sourced by quarter, around its trend: standard deviation over mean.', 'opened_on IS NOT NULL AND origin = ''partner_sourced''', 'source = ''partner-sourced'''),
	('other_pipeline_seasonality', 'Pipeline seasonality, other', 'Variation of the rest of the pipeline by quarter, around its trend: standard deviation over mean.', 'opened_on IS NOT NULL AND origin IS DISTINCT FROM ''partner_sourced''', 'source = ''other'''))
	AS v(metric, title, meaning, numerator, report_when);
