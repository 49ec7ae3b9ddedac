-- metric: network

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, denominator, amount, label, reason, unit, target, needs) VALUES
	('partner_to_partner_pipeline', 'lead_fact', 'Network', 'Partner-to-partner pipeline', 'Amount of the deals that one partner gave another.',
		'total', 'network, partner = partner_id, pair', 'sent_on', 'direction = ''passed''', NULL, 'amount', 'coalesce(deal, lead_id)', 'concat_ws('', '', pair, CASE WHEN brokered THEN ''brokered'' END, outcome)', 'money', 'partner_to_partner_pipeline', 'lead_exchange'),
	('leads_passed', 'lead_fact', 'Network', 'Leads between partners', 'Leads that one partner gave another.',
		'total', 'network, partner = partner_id, pair', 'sent_on', 'direction = ''passed''', NULL, NULL, 'coalesce(deal, lead_id)', 'concat_ws('', '', pair, CASE WHEN brokered THEN ''brokered'' END, outcome)', 'count', NULL, 'lead_exchange'),
	('brokered_introduction_share', 'lead_fact', 'Network', 'Brokered introductions', 'Part of the introductions between partners that our team had to broker.',
		'share', 'network, partner = partner_id', 'sent_on', 'direction = ''passed'' AND brokered', 'direction = ''passed''', NULL, 'coalesce(deal, lead_id)', 'concat_ws('', '', pair, CASE WHEN brokered THEN ''brokered'' END, outcome)', 'share', 'brokered_introduction_share', 'lead_exchange'),
	('leads_given_share', 'lead_fact', 'Network', 'Reciprocal lead sharing', 'Leads partners gave us over those given both ways: 0.5 is balanced.',
		'share', 'network, partner = partner_id', 'sent_on', 'direction = ''given''', 'direction IN (''given'', ''received'')', NULL, 'coalesce(deal, lead_id)', 'direction', 'share', 'leads_given_share', 'lead_exchange');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, entity, id, label, reason, unit, basis, needs) VALUES
	('connected_pairs', 'partner_pair', 'Network', 'Network connections: pairs on deals', 'Pairs of partners that are involved in a deal together.',
		'total', 'network', 'shared_deals > 0', NULL, 'pair', 'concat(partner_id, '' '', other_partner_id)', 'concat(partner, '' and '', other_partner)', 'concat(shared_deals, '' deals'')', 'count', 'led_rule', 'deal, touch/deal_partner'),
	('connected_pairs_at_accounts', 'partner_pair', 'Network', 'Network connections: pairs at accounts', 'Pairs of partners that know an account of ours in common.',
		'total', 'network', 'shared_accounts > 0', NULL, 'pair', 'concat(partner_id, '' '', other_partner_id)', 'concat(partner, '' and '', other_partner)', 'concat(shared_accounts, '' accounts'')', 'count', NULL, 'partner_account/matched_account'),
	('network_connections', 'partner_place', 'Network', 'Network connections', 'Partners that the partner is involved in deals with.',
		'total', 'partner = partner_id', 'deal_connections >= 0', 'deal_connections', 'partner', 'partner_id', 'partner', 'concat(deals_with_others, '' deals with others'')', 'count', 'led_rule', 'deal, touch/deal_partner'),
	('features_only_partners', 'partner_place', 'Network', 'Integrated partners without co-sell', 'Partners whose integration customers use and that were on no co-sold deal in a year: features, not growth.',
		'total', 'network, partner_type, region', 'is_features_only', NULL, 'partner', 'partner_id', 'partner', 'concat(integrated_customers, '' customers use its integration'')', 'count', 'co_sell_is', 'integration_use, deal');

-- Of the network the partner that stands out.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, amount_once, entity, id, label, reason, report, report_when, value, value_numerator, value_denominator, unit, target, basis, needs) VALUES
	('network_connections_of_50th_partner', 'partner_place', 'Network', 'Network connections, the most', 'Connections of the best connected partner; where each connects with each, the 50th to join makes 49.',
		'given', 'network', 'deal_connections = (SELECT max(o.deal_connections) FROM partner_place o)', 'deal_connections', NULL, 'partner', 'partner_id', 'partner', 'concat(deals_with_others, '' deals with others'')', 'partner_place', 'partner_id = (SELECT o.partner_id FROM partner_place o ORDER BY o.deal_connections DESC, o.partner_id LIMIT 1)', 'deal_connections', NULL, NULL, 'count', 'network_connections_of_50th_partner', 'led_rule', 'deal, touch/deal_partner'),
	('removal_effect', 'involved_partner', 'Network', 'Removal test', 'What the other partners would lose of what they win if the partner left, at most: won deals that others are involved in, too. 0 for everybody means no ecosystem.',
		'given', 'partner = partner_id', 'outcome = ''won'' AND partners > 1', 'amount', true, NULL, NULL, NULL, 'CASE partners WHEN 2 THEN ''with another'' ELSE concat(''with '', partners - 1, '' others'') END', 'partner_place', NULL, 'others_change', 'amount_with_others', 'others_amount', 'change', 'removal_effect', 'led_rule', 'deal, touch/deal_partner'),
	('removal_effect', 'partner_place', 'Network', 'Removal test', 'The largest of them: what the others would lose without the partner they need most.',
		'given', 'network', 'others_change = (SELECT min(o.others_change) FROM partner_place o)', 'amount_with_others', NULL, 'partner', 'partner_id', 'partner', 'concat(won_with_others, '' won deals with others'')', 'partner_place', 'partner_id = (SELECT o.partner_id FROM partner_place o ORDER BY o.others_change, o.partner_id LIMIT 1)', 'others_change', 'amount_with_others', 'others_amount', 'change', 'removal_effect', 'led_rule', 'deal, touch/deal_partner');
