-- metric: overlap

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, denominator, numerator, reason, unit, target, needs) VALUES
	('known_account_share', 'account_fact', 'Overlap', 'Accounts known to a partner, share',
		'Part of our accounts that stand in the list of a partner.', 'share', 'network, segment, region, industry, owner',
		NULL, 'partners_who_know > 0', 'coalesce(''known to '' || partners, ''known to nobody'')', 'share', NULL, 'account, partner_account/matched_account'),
	('shared_accounts', 'account_overlap', 'Overlap', 'Shared accounts',
		'Accounts of ours that the partner knows, whatever they are to it.', 'total', 'partner = partner_id',
		NULL, NULL, 'concat_ws('', '', partner || '': '' || replace(population, ''_'', '' ''), ''by '' || matched_by)', 'count', NULL, 'partner_account/matched_account'),
	('shared_customers', 'account_overlap', 'Overlap', 'Shared customers',
		'Customers of ours that the partner knows.', 'total', 'partner = partner_id',
		NULL, 'segment = ''customer''', 'concat_ws('', '', partner || '': '' || replace(population, ''_'', '' ''), ''by '' || matched_by)', 'count', 'shared_customers', 'partner_account/matched_account'),
	('shared_open_opportunities', 'account_overlap', 'Overlap', 'Shared open opportunities',
		'Accounts where we have an open opportunity and that the partner knows.', 'total', 'partner = partner_id',
		NULL, 'segment = ''open_opportunity''', 'concat_ws('', '', partner || '': '' || replace(population, ''_'', '' ''), ''by '' || matched_by)', 'count', NULL, 'partner_account/matched_account'),
	('shared_prospects', 'account_overlap', 'Overlap', 'Shared prospects',
		'Prospects of ours that the partner knows.', 'total', 'partner = partner_id',
		NULL, 'segment = ''prospect''', 'concat_ws('', '', partner || '': '' || replace(population, ''_'', '' ''), ''by '' || matched_by)', 'count', NULL, 'partner_account/matched_account'),
	('whitespace_customers', 'whitespace', 'Overlap', 'Whitespace',
		'Companies that are customers of a partner and no account of ours; one that several have counts once in the network.', 'total', 'network, partner = partner_id',
		NULL, 'population = ''customer''', 'concat(''a customer of '', partner)', 'count', NULL, 'partner_account');

UPDATE mart_metric SET id = 'company_id', entity = 'company' WHERE metric OPERATOR(pg_catalog.=) 'whitespace_customers'::pg_catalog.text;

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, unit, needs) VALUES
	('overlap_density', 'account_fact', 'Overlap', 'Overlap density',
		'Partners who know an account with an open deal, on average.', 'mean', 'network, segment, region, industry, owner',
		'open_deals > 0', 'partners_who_know', 'coalesce(''known to '' || partners, ''known to nobody'')', 'count', 'account, deal, partner_account/matched_account');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, denominator, numerator, amount, reason, unit, basis, needs) VALUES
	('overlap_sourced_pipeline_share', 'deal_fact', 'Overlap', 'Overlap-sourced pipeline, share',
		'Part of the open amount that began with an overlap signal. "A defined share" is all that the source asks for: define it in target.', 'share',
		'network, region, deal_type = type, segment, program, owner', 'outcome = ''open''', 'is_overlap_sourced', 'amount', 'explanation', 'share', 'led_rule', 'deal, touch/deal_partner');
