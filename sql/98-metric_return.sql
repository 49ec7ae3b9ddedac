-- metric: return

-- Returns and costs stand in one ledger, program_flow.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, denominator, amount, denominator_amount, reason, unit, target, basis, needs) VALUES
	('ecosystem_roi', 'program_flow', 'Program', 'Ecosystem ROI', 'All that partners touched and was won, over what the program cost; of renewals the churn that setting.churn_avoided says they avoided.', 'ratio',
		'network', 'period', $$flow = 'return'$$, $$flow = 'investment'$$, 'influenced', 'invested', 'kind', 'ratio', 'ecosystem_roi', 'led_rule, churn_avoided', 'deal, investment'),
	('ecosystem_roi_credited', 'program_flow', 'Program', 'Ecosystem ROI, credited', 'The same of the part that partners are credited.', 'ratio',
		'network', 'period', $$flow = 'return'$$, $$flow = 'investment'$$, 'credited', 'invested', 'kind', 'ratio', 'ecosystem_roi', 'credit_model, churn_avoided', 'deal, investment'),
	('ecosystem_roi_margin', 'program_flow', 'Program', 'Ecosystem ROI, credited margin', 'The same of what is left of that after the cost of serving the deals: the one that finance asks for.', 'ratio',
		'network', 'period', $$flow = 'return'$$, $$flow = 'investment'$$, 'credited_margin', 'invested', 'kind', 'ratio', 'ecosystem_roi', 'credit_model, churn_avoided', 'deal, investment');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, denominator, numerator, amount, reason, unit, target, basis, needs) VALUES
	('new_logo_share_of_value', 'program_flow', 'Customers', 'New-logo share of value', 'Part of what partners touched that is of new customers: what a report on new logos alone would show.', 'share',
		'network', 'period', $$flow = 'return'$$, $$kind = 'acquired'$$, 'influenced', 'kind', 'share', 'new_logo_share_of_value', 'led_rule, churn_avoided', 'deal');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, reason, unit, basis, needs) VALUES
	('program_return', 'program_flow', 'Program', 'Return of the program', 'What partners touched and was won.', 'total', 'network, kind', 'period', $$flow = 'return'$$, 'influenced', 'kind', 'money', 'led_rule, churn_avoided', 'deal'),
	('observed_return', 'program_flow', 'Program', 'Return that was observed', 'The part of it that is churn avoided: an observation, and no booking.', 'total', 'network', 'period', $$flow = 'return' AND is_observed$$, 'influenced', 'kind', 'money', 'churn_avoided', 'deal'),
	('program_investment', 'program_flow', 'Program', 'Cost of the program', 'What the partner program cost.', 'total', 'network, kind, partner = partner_id', 'period', $$flow = 'investment'$$, 'invested', 'kind', 'money', NULL, 'investment');
UPDATE mart_metric SET entity = 'flow', id = 'flow_id', label = 'label' WHERE fact OPERATOR(pg_catalog.=) 'program_flow'::pg_catalog.text;
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, denominator, amount, reason, report, report_when, value, unit, basis, needs, entity, id, label) VALUES
	('payback_months', 'program_flow', 'Program', 'Payback', 'Months from the first cost until what partners touched had reached the costs.', 'given', 'network', NULL, $$flow = 'return'$$, $$flow = 'investment'$$,
		$$CASE flow WHEN 'return' THEN influenced ELSE invested END$$, $$concat(kind, ' ', period)$$, 'return_on_ecosystem', $$numerator = 'influenced' AND period = 'now'$$, 'payback_months', 'months', 'led_rule, churn_avoided', 'deal, investment',
		'flow', 'flow_id', 'label');

-- Partners, campaigns, channels.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, amount, denominator_amount, reason, unit, basis, needs) VALUES
	('ropi', 'partner_return', 'Program', 'ROPI', 'Credit of partners over what they cost: what was spent on each, and of the rest a part by its share of touches.', 'ratio', 'network, partner = partner_id, partner_type, region',
		'credit', 'cost', $$concat(deals, ' deals; ', verdict)$$, 'ratio', 'credit_model', 'deal, investment'),
	('ropi_margin', 'partner_return', 'Program', 'ROPI, margin', 'The same of what is left after the cost of serving the deals.', 'ratio', 'network, partner = partner_id, partner_type, region',
		'credited_margin', 'cost', $$concat(deals, ' deals; ', verdict)$$, 'ratio', 'credit_model', 'deal, investment'),
	('mdf_roi', 'campaign_return', 'Credit', 'MDF ROI', 'Credit of the touches that campaigns made, each touch of a won deal having the same, over what the campaigns cost.', 'ratio', 'network, campaign',
		'attributed', 'spent', $$concat(touches, ' touches on ', deals, ' won deals')$$, 'ratio', NULL, 'investment, touch');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, reason, report, value, value_numerator, value_denominator, unit, basis, needs) VALUES
	('investment_less_credit_share', 'partner_return', 'Credit', 'Investment share minus credit share', 'Whom the money feeds against who earns: above 0 a partner is fed more than it produces.', 'given', 'partner = partner_id',
		$$concat('spent ', spent, ', credited ', credit)$$, 'partner_return', 'difference', 'investment_share', 'credit_share', 'points', 'credit_model', 'deal, investment');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, denominator, amount, reason, report, report_when, value, value_numerator, value_denominator, unit, target, needs) VALUES
	('ecosystem_cac', 'deal_fact', 'Customers', 'CAC, partner program', 'Cost of the program for each new customer that its owner says came from partners; the program''s cost counts in full, although it also serves customers.', 'given', 'network',
		'closed_on', $$type = 'new' AND outcome = 'won' AND lower(lead_source) = 'partner'$$, NULL, NULL, 'lead_source', 'acquisition_cost', $$channel = 'partner'$$, 'cac', 'spent', 'won', 'money', NULL, 'deal, investment'),
	('other_cac', 'deal_fact', 'Customers', 'CAC, other channels', 'Cost of the other channels for each new customer won by them.', 'given', 'network',
		'closed_on', $$type = 'new' AND outcome = 'won' AND lower(lead_source) <> 'partner'$$, NULL, NULL, 'lead_source', 'acquisition_cost', $$channel = 'partner'$$, 'other_cac', NULL, NULL, 'money', NULL, 'deal, channel_spend'),
	('co_sell_to_other_cac_ratio', 'deal_fact', 'Customers', 'CAC, partner program to the rest', 'The first over the second.', 'given', 'network',
		'closed_on', $$type = 'new' AND outcome = 'won' AND lower(lead_source) = 'partner'$$, $$type = 'new' AND outcome = 'won' AND lower(lead_source) <> 'partner'$$, NULL, 'lead_source', 'acquisition_cost', $$channel = 'partner'$$,
		'cac_ratio', 'cac', 'other_cac', 'ratio', 'co_sell_to_other_cac_ratio', 'deal, investment, channel_spend');
