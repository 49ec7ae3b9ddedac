-- metric: forecast

-- Of a fiscal quarter to come that quarter, now the next four.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, entity, id, label, reason, report, report_when, value, low, high, unit, basis, needs)
SELECT pg_catalog.format('forecast_%s_%s', l.name, m.measure), 'forecast_part', 'Pipeline', pg_catalog.format('Forecast, %s %s', l.words, m.words),
       pg_catalog.format('%s that %s in the next four fiscal quarters: what was won in the first, the open deals by their chances, and those not yet opened at the pace of the last year. The rows are these three, each open deal by itself.', m.title, l.brings), 'given',
       'network, partner = partner_id', 'period_starts', pg_catalog.format('line = %L', l.line), m.measure, 'deal', 'part_id', 'label',
       'concat_ws('', '', part, account, stage, period || '' '' || round(100 * chance) || '' %'')', 'forecast', pg_catalog.format('made = ''now'' AND measure = %L AND line = %L', m.measure, l.line), 'expected', 'low', 'high', 'money', 'led_rule', 'deal, touch/deal_partner'
FROM  (VALUES ('sourced'::pg_catalog.text, 'partner_sourced'::pg_catalog.text, 'partner-sourced'::pg_catalog.text, 'partners source'::pg_catalog.text), ('influenced', 'partner_influenced', 'partner-influenced', 'partners touch and do not source')) l(name, line, words, brings),
      (VALUES ('amount'::pg_catalog.text, 'amount'::pg_catalog.text, 'Amount'::pg_catalog.text), ('arr', 'ARR', 'Recurring revenue')) m(measure, words, title);

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, report, report_when, value, low, high, value_numerator, value_denominator, unit, target, basis, needs) VALUES
	('forecast_a_year_ago', 'deal_fact', 'Pipeline', 'Forecast, a year ago', 'What the same would have said a year ago of the amount that partners source in the four quarters from then on, knowing nothing of what came since; numerator is what came. The rows are what came.', 'given', 'network',
		$$outcome = 'won' AND is_touched AND sourcing_partner_id IS NOT NULL AND closed_on > today - interval '1 year'$$, 'amount', 'explanation', 'forecast',
		$$made = 'a year ago' AND measure = 'amount' AND line = 'partner_sourced' AND partner_id = '' AND period = 'all four'$$, 'expected', 'low', 'high', 'came', NULL, 'money', NULL, 'led_rule', 'deal, touch/deal_partner'),
	('months_to_defensible_forecast', 'deal_fact', 'Pipeline', 'Months of record', 'Months since the first deal that partners sourced: a forecast can be defended after a year or more.', 'given', 'network',
		$$is_touched AND sourcing_partner_id IS NOT NULL$$, NULL, $$'opened ' || opened_on$$, 'forecast', $$made = 'now' AND measure = 'amount' AND line = 'partner_sourced' AND partner_id = '' AND period = 'all four'$$,
		'months_of_record', NULL, NULL, NULL, NULL, 'months', 'months_to_defensible_forecast', 'led_rule', 'deal, touch/deal_partner');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, entity, id, label, reason, unit, target, basis, needs) VALUES
	('full_cycle_partners', 'deal_fact', 'Pipeline', 'Partners with full cycles', 'Partners who sourced a deal that was won.', 'total', 'network',
		$$outcome = 'won' AND is_touched AND sourcing_partner_id IS NOT NULL$$, 'partner', 'sourcing_partner_id', 'sourcing_partner', $$concat('sourced ', deal)$$, 'count', 'full_cycle_partners', 'led_rule', 'deal, touch/deal_partner');
