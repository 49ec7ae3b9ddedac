-- metric: credit

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, reason, unit, basis, needs) VALUES
	('credited_revenue', 'credit_line', 'Credit', 'Credited revenue', 'Won amount that is credited to partners, each deal by the rule in force when it closed.', 'total',
		'network, partner = partner_id, role, program', 'closed_on', 'partner_id <> ''''', 'amount', 'reason', 'money', 'credit_model', 'deal, deal_partner/touch'),
	('channel_bookings', 'deal_fact', 'Credit', 'Channel-attributed bookings', 'Won on a partner''s paper.', 'total',
		'network, partner = on_partner_paper, region, deal_type = type', 'closed_on', 'outcome = ''won'' AND on_partner_paper <> ''''', 'amount', 'concat(''on the paper of '', on_partner_paper)', 'money', NULL, 'deal');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, denominator, numerator, amount, reason, unit, target, basis, needs) VALUES
	('sourced_to_influenced_ratio', 'deal_fact', 'Credit', 'Sourced-to-influenced ratio', 'Won amount that partners sourced over what they touched and did not source; low is a strong influence.', 'ratio',
		'network, region, deal_type = type, segment, program', 'closed_on', 'outcome = ''won'' AND origin NOT IN (''partner_sourced'', ''unpartnered'')', 'outcome = ''won'' AND origin = ''partner_sourced''', 'amount', 'explanation', 'ratio', NULL, 'led_rule', 'deal, touch/deal_partner'),
	('sourced_to_influenced_ratio', 'partner_deal', 'Credit', 'Sourced-to-influenced ratio', 'Won amount that the partner sourced over what it touched and did not source.', 'ratio',
		'partner = partner_id', 'closed_on', 'outcome = ''won'' AND involvement IN (''involved'', ''led'') AND origin <> ''partner_sourced''', 'outcome = ''won'' AND involvement IN (''involved'', ''led'') AND origin = ''partner_sourced''', 'amount',
		'concat(touches, '' touches by '', partner, '' from '', first_touch_on)', 'ratio', NULL, 'led_rule', 'deal, touch/deal_partner'),
	('channel_share_of_new_business', 'deal_fact', 'Credit', 'Channel''s share of new business', 'Part of the won amount of new business that was won on partners'' paper.', 'share',
		'network, region, segment', 'closed_on', 'outcome = ''won'' AND type = ''new''', 'on_partner_paper <> ''''', 'amount', 'coalesce(''on the paper of '' || on_partner_paper, ''on our own paper'')', 'share', 'channel_share_of_new_business', NULL, 'deal');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, reason, unit, basis, needs) VALUES
	('influence_revenue', 'partner_deal', 'Credit', 'Influence revenue', 'Won amount that is credited to partners who did not transact the deal.', 'total',
		'network, partner = partner_id, partner_type', 'closed_on', 'partner_id <> '''' AND credit IS NOT NULL AND NOT is_on_paper', 'credit', 'concat(''credited by '', credit_model)', 'money', 'credit_model', 'deal, deal_partner/touch');

-- Credit of a role over the amount of the deals where it was credited; now is the last four quarters.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, denominator, numerator, amount, denominator_amount, amount_once, reason, unit, target, basis, needs)
SELECT v.role OPERATOR(pg_catalog.||) '_credit_share'::pg_catalog.text, 'credit_line', 'Credit', v.title, 'Credit of partners in that role, over the amount of the deals where the role was credited, but for deals on a partner''s paper.', 'ratio', 'network, program',
       'closed_on', 'closed_on > today - interval ''1 year''', v.condition, v.condition, 'amount', 'deal_amount', true, 'reason', 'share',
       CASE WHEN v.role OPERATOR(pg_catalog.<>) 'co_sell'::pg_catalog.text THEN v.role OPERATOR(pg_catalog.||) '_credit_share'::pg_catalog.text END, 'credit_model', 'deal, deal_partner/touch'
FROM  (SELECT r.*, pg_catalog.format('role = %L AND amount > 0 AND coalesce(on_partner_paper, %L) = %2$L', r.role, '') AS condition
       FROM (VALUES ('sourcing', 'Credit share of sourcing'), ('technical', 'Credit share of technical partners'), ('influencing', 'Credit share of influencing'), ('co_sell', 'Credit share of co-selling')) AS r(role, title)) v;
