-- metric: involved or led

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, denominator, numerator, amount, reason, unit, target, basis, needs)
SELECT v.*, 'share', CASE v.metric WHEN 'influenced_revenue_share' THEN v.metric WHEN 'led_revenue_share' THEN v.metric END, 'led_rule', 'deal, touch/deal_partner'
FROM  (VALUES
	('involved_deal_share', 'deal_fact', 'Involvement', 'Involved share, by deals', 'Part of the won deals that partners touched.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'is_touched', NULL, 'explanation'),
	('led_deal_share', 'deal_fact', 'Involvement', 'Led share, by deals', 'Part of the won deals that partners led.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'is_led', NULL, 'explanation'),
	('influenced_revenue_share', 'deal_fact', 'Involvement', 'Ecosystem-influenced revenue, share', 'Part of the won amount that partners touched.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'is_touched', 'amount', 'explanation'),
	('led_revenue_share', 'deal_fact', 'Involvement', 'Ecosystem-led revenue, share', 'Part of the won amount that partners led.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'is_led', 'amount', 'explanation'),
	('touched_not_led_share', 'deal_fact', 'Involvement', 'Gap', 'Part of the won amount that partners touched and did not lead: what could be led.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'is_touched AND NOT is_led', 'amount', 'explanation'))
	AS v(metric, fact, chapter, title, meaning, kind, scopes, period, denominator, numerator, amount, reason);

-- What is open has no quarter: it is open now.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, denominator, numerator, amount, reason, unit, target, basis, needs) VALUES
	('influenced_pipeline_share', 'deal_fact', 'Involvement', 'Ecosystem-influenced pipeline, share', 'Part of the open amount with at least one involved partner.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'outcome = ''open''', 'is_touched', 'amount', 'explanation', 'share', 'influenced_pipeline_share', 'led_rule', 'deal, touch/deal_partner'),
	('led_pipeline_share', 'deal_fact', 'Involvement', 'Ecosystem-led pipeline, share', 'Part of the open amount that partners lead so far.', 'share',
		'network, region, deal_type = type, segment, industry, program, owner', 'outcome = ''open''', 'is_led', 'amount', 'explanation', 'share', NULL, 'led_rule', 'deal, touch/deal_partner');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, reason, unit, basis, needs) VALUES
	('won_revenue', 'deal_fact', 'Involvement', 'Won revenue', 'Amount of the won deals: what the shares are of.', 'total',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won''', 'amount', 'explanation', 'money', NULL, 'deal'),
	('influenced_revenue', 'deal_fact', 'Involvement', 'Ecosystem-influenced revenue', 'Amount of the won deals that partners touched.', 'total',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won'' AND is_touched', 'amount', 'explanation', 'money', 'led_rule', 'deal, touch/deal_partner'),
	('influenced_revenue', 'partner_deal', 'Involvement', 'Ecosystem-influenced revenue', 'Amount of the won deals that the partner touched. Partners'' amounts overlap and must not be added.', 'total',
		'partner = partner_id, partner_type', 'closed_on', 'outcome = ''won'' AND involvement IN (''involved'', ''led'')', 'amount', 'concat(touches, '' touches by '', partner, '' from '', first_touch_on)', 'money', 'led_rule', 'deal, touch/deal_partner'),
	('led_revenue', 'deal_fact', 'Involvement', 'Ecosystem-led revenue', 'Amount of the won deals that partners led.', 'total',
		'network, region, deal_type = type, segment, industry, program, owner', 'closed_on', 'outcome = ''won'' AND is_led', 'amount', 'explanation', 'money', 'led_rule', 'deal, touch/deal_partner');
UPDATE mart_metric SET amount_once = true WHERE metric OPERATOR(pg_catalog.=) 'influenced_revenue'::pg_catalog.text AND fact OPERATOR(pg_catalog.=) 'partner_deal'::pg_catalog.text;

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, numerator, amount, reason, report, value, unit, basis, needs)
SELECT v.metric, 'deal_fact', 'Involvement', v.title, v.meaning, 'given', 'involvement', 'closed_on', 'closed_on >= date_trunc(''quarter'', today) - interval ''27 months''', 'outcome = ''won''', 'amount', 'explanation',
       'revenue_predictability', v.value, 'variation', 'led_rule', v.needs
FROM  (VALUES
	('won_revenue_variation', 'Predictability: variation', 'How much the won amount varies by quarter: standard deviation over mean, of the last ten quarters.', 'variation', 'deal, touch/deal_partner'),
	('won_revenue_chance_variation', 'Predictability: variation by chance', 'How much the won amount would vary if as many deals of these amounts were won on any day.', 'chance_variation', 'deal, touch/deal_partner'),
	('won_revenue_forecast_error', 'Predictability: forecast error', 'By how much a forecast from the deals open when a quarter began was off, over what came.', 'forecast_error', 'deal, deal_history, touch/deal_partner'),
	('won_revenue_forecast_bias', 'Predictability: forecast bias', 'The same with its sign: below 0 too little was forecast.', 'forecast_bias', 'deal, deal_history, touch/deal_partner'))
	AS v(metric, title, meaning, value, needs);
