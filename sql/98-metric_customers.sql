-- metric: customers

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, reason, unit, needs) VALUES
	('customers', 'customer_fact', 'Customers', 'Customers', 'Customers of now, by their last quarters.', 'total',
		'network, region, segment, industry, integrations = depth', 'is_current', $$concat_ws(', ', 'since ' || since_on, depth || ' integrated')$$, 'count', 'subscription');

-- Integrations: how many customers use them, how many each, how well they work.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, denominator, numerator, reason, unit, needs) VALUES
	('integration_adoption', 'customer_fact', 'Customers', 'Integration adoption rate', 'Customers who use an integration with a partner''s product, over all.', 'share',
		'network, region, segment, industry', 'is_current', 'integrations > 0', $$depth || ' integrated'$$, 'share', 'subscription, integration_use'),
	('integration_density', 'customer_fact', 'Customers', 'Integration density', 'Customers who use integrations with several partners'' products, over all.', 'share',
		'network, region, segment, industry', 'is_current', 'integrations >= 2', $$depth || ' integrated'$$, 'share', 'subscription, integration_use');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, entity, id, label, reason, "over", unit, needs) VALUES
	('integration_adoption', 'integration_fact', 'Customers', 'Integration adoption rate', 'Customers who use an integration with the partner''s product, over all.', 'share',
		'partner = partner_id', 'is_in_use', 'account', 'account_id', 'account', $$'in use since ' || started_on$$, 'customers', 'share', 'subscription, integration_use');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, reason, unit, target, needs) VALUES
	('ecosystem_depth_month_6', 'customer_fact', 'Customers', 'Ecosystem depth after six months', 'Integrations per customer six months after the first purchase, of customers that are that old.', 'mean',
		'network, region, segment, industry', 'integrations_month_6 IS NOT NULL', 'integrations_month_6', $$'bought ' || bought_on$$, 'integrations per customer', 'ecosystem_depth_month_6', 'deal, integration_use'),
	('ecosystem_depth_month_12', 'customer_fact', 'Customers', 'Ecosystem depth after a year', 'Integrations per customer a year after the first purchase, of customers that are that old.', 'mean',
		'network, region, segment, industry', 'integrations_month_12 IS NOT NULL', 'integrations_month_12', $$'bought ' || bought_on$$, 'integrations per customer', 'ecosystem_depth_month_12', 'deal, integration_use'),
	('friction_events', 'integration_fact', 'Customers', 'Customer friction events', 'Events in the last 90 days that annoyed a customer, per integration in use.', 'mean',
		'network, partner = partner_id', 'is_in_use', 'friction_events', $$concat(partner, ' since ', started_on)$$, 'events per integration', NULL, 'integration_use');
UPDATE mart_metric SET entity = 'integration', id = $$account_id || '/' || partner_id || '/' || started_on$$, label = $$concat(account, ': ', partner)$$ WHERE metric OPERATOR(pg_catalog.=) 'friction_events'::pg_catalog.text;
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, denominator, amount, denominator_amount, entity, id, label, reason, unit, needs) VALUES
	('integration_failures', 'integration_fact', 'Customers', 'Integration health: calls that fail', 'Calls of the last 90 days that failed, over all calls of integrations in use.', 'ratio',
		'network, partner = partner_id', 'is_in_use', 'is_in_use', 'errors', 'calls', 'integration', $$account_id || '/' || partner_id || '/' || started_on$$, $$concat(account, ': ', partner)$$,
		$$concat(errors, ' of ', calls, ' calls')$$, 'share', 'integration_use'),
	('broken_integrations', 'integration_fact', 'Customers', 'Broken integrations', 'Integrations in use of which more than a twentieth of the calls fail, over those that are called.', 'share',
		'network, partner = partner_id', 'is_broken', 'is_in_use AND calls > 0', NULL, NULL, 'integration', $$account_id || '/' || partner_id || '/' || started_on$$, $$concat(account, ': ', partner)$$,
		$$concat(errors, ' of ', calls, ' calls')$$, 'share', 'integration_use');

-- How long they stay.  A customer is integrated from its first integration on.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, denominator, reason, report, report_when, value, low, high, value_numerator, value_denominator, unit, target, needs) VALUES
	('single_to_multi_product_churn_ratio', 'customer_fact', 'Customers', 'Churn: single vs multi-product', 'Churn within two years with one integration, over that with two and more, each from when a customer had them.', 'given', 'network',
		'is_subscribed AND first_integration_on IS NOT NULL', 'is_subscribed AND second_integration_on IS NOT NULL', $$concat_ws(', ', 'from ' || since_on, 'integrated ' || first_integration_on, 'lost ' || lost_on)$$,
		'retention', $$measure = 'single_to_multi_product_churn_ratio'$$, 'value', 'low', 'high', NULL, NULL, 'ratio', 'single_to_multi_product_churn_ratio', 'subscription, integration_use'),
	('integrated_churn_reduction', 'customer_fact', 'Customers', 'Churn: integrated vs not', 'One less the ratio of churn within two years, integrated to not. Customers choose to integrate: an observation.', 'given', 'network',
		'is_subscribed AND first_integration_on IS NOT NULL', 'is_subscribed AND (first_integration_on > since_on OR first_integration_on IS NULL)', $$concat_ws(', ', 'from ' || since_on, 'integrated ' || first_integration_on, 'lost ' || lost_on)$$,
		'retention', $$measure = 'integrated_churn_reduction'$$, 'value', 'low', 'high', NULL, NULL, 'change', 'integrated_churn_reduction', 'subscription, integration_use'),
	('churn_in_two_years', 'customer_fact', 'Customers', 'Churn in two years', 'Share of customers who are lost within two years; who is not that old counts as long as it was followed.', 'given', 'network',
		'is_subscribed', NULL, $$concat_ws(', ', 'from ' || since_on, 'lost ' || lost_on)$$, 'retention', $$measure = 'churn_in_two_years' AND customers = 'all'$$, 'value', 'low', 'high', NULL, NULL, 'share', NULL, 'subscription'),
	('churn_in_a_year', 'customer_fact', 'Customers', 'Churn in the first year', 'Share of customers who are lost within a year.', 'given', 'network',
		'is_subscribed', NULL, $$concat_ws(', ', 'from ' || since_on, 'lost ' || lost_on)$$, 'retention', $$measure = 'churn_in_a_year' AND customers = 'all'$$, 'value', 'low', 'high', NULL, NULL, 'share', NULL, 'subscription'),
	('retained_revenue', 'customer_fact', 'Customers', 'Retained revenue', 'Recurring revenue of integrated customers times the churn that they were spared in two years. An observation, not an experiment.', 'given', 'network',
		'is_current AND integrations > 0', NULL, $$depth || ' integrated'$$, 'retention', $$measure = 'retained_revenue'$$, 'value', NULL, NULL, NULL, NULL, 'money', NULL, 'subscription, integration_use');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, amount, entity, id, label, reason, unit, needs) VALUES
	('retained_revenue', 'integration_fact', 'Customers', 'Retained revenue', 'The same of the customers who have integrated the partner''s product; one who has integrated several counts for each.', 'total', 'partner = partner_id',
		'is_in_use', 'retained_revenue', 'account', 'account_id', 'account', $$'in use since ' || started_on$$, 'money', 'subscription, integration_use'),
	('expansion_revenue', 'integration_fact', 'Customers', 'Expansion revenue', 'What customers bought in addition in the last four quarters while they had the partner''s product integrated.', 'total', 'partner = partner_id',
		'expansion IS NOT NULL', 'expansion', 'account', 'account_id', 'account', $$'in use since ' || started_on$$, 'money', 'subscription, integration_use');

-- Revenue: of a fiscal quarter the four quarters up to it, now the last four that are over.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, numerator, denominator, amount, denominator_amount, reason, unit, needs) VALUES
	('nrr', 'customer_year', 'Customers', 'Net revenue retention', 'Recurring revenue that the customers of a year ago have left, what they bought in addition included, over what they had.', 'ratio',
		'network, region, segment, industry, integrations = depth, partner_attached = attached', 'quarter', 'is_latest', NULL, NULL, 'closing', 'opening', $$concat(attached, ', ', depth, ' integrated')$$, 'ratio', 'subscription'),
	('grr', 'customer_year', 'Customers', 'Gross revenue retention', 'The same without what was gained.', 'ratio',
		'network, region, segment, industry, integrations = depth, partner_attached = attached', 'quarter', 'is_latest', NULL, NULL, 'kept', 'opening', $$concat(attached, ', ', depth, ' integrated')$$, 'ratio', 'subscription'),
	('expansion_rate', 'customer_year', 'Customers', 'Expansion rate', 'What the customers of a year ago bought in addition, over what they had.', 'ratio',
		'network, region, segment, industry, integrations = depth, partner_attached = attached', 'quarter', 'is_latest', NULL, NULL, 'expansion', 'opening', $$concat(attached, ', ', depth, ' integrated')$$, 'ratio', 'subscription'),
	('logo_churn', 'customer_year', 'Customers', 'Logo churn', 'Customers of a year ago who were lost, over all of them.', 'share',
		'network, region, segment, industry, integrations = depth, partner_attached = attached', 'quarter', 'is_latest', 'is_lost', NULL, NULL, NULL, $$concat(attached, ', ', depth, ' integrated')$$, 'share', 'subscription'),
	('expansion_revenue', 'customer_year', 'Customers', 'Expansion revenue', 'What integrated customers of a year ago bought in addition.', 'total',
		'network, region, segment, industry', 'quarter', 'is_latest', 'integrations > 0', NULL, 'expansion', NULL, $$concat(depth, ' integrated')$$, 'money', 'subscription, integration_use');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, now_when, numerator, denominator, amount, reason, report, report_when, value, low, high, value_numerator, value_denominator, unit, target, needs) VALUES
	('partner_attached_nrr_gain', 'customer_year', 'Customers', 'NRR, partner-attached', 'Net revenue retention of customers whom a partner had been involved with or who were integrated, less that of the others.', 'given', 'network',
		'quarter', 'is_latest', 'is_attached', 'NOT is_attached', 'closing', $$concat(attached, ', ', depth, ' integrated')$$, 'retention', $$measure = 'nrr' AND customers = 'partner-attached'$$,
		'difference', 'difference_low', 'difference_high', 'value', 'value_compared', 'points', NULL, 'subscription, deal'),
	('multi_to_single_product_expansion_ratio', 'customer_year', 'Customers', 'Expansion speed', 'Expansion rate of customers with two and more integrations, over that of customers with one; years that do not overlap.', 'given', 'network',
		NULL, 'is_yearly', $$depth = 'two and more'$$, $$depth = 'one'$$, 'expansion', $$concat(fiscal, ', ', depth, ' integrated')$$, 'retention', $$measure = 'multi_to_single_product_expansion_ratio'$$,
		'value', 'low', 'high', NULL, NULL, 'ratio', 'multi_to_single_product_expansion_ratio', 'subscription, integration_use');

-- What they are worth, how soon they use what they bought, how content they are.
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, denominator, amount, reason, report, report_when, value, low, high, unit, target, needs) VALUES
	('cltv_partner_sourced', 'customer_fact', 'Customers', 'CLTV, partner-sourced', 'Margin over the first two years of a customer that partners sourced, by the retention so far.', 'given', 'network',
		$$is_subscribed AND origin = 'partner_sourced'$$, NULL, 'bought_arr', $$concat_ws(', ', 'bought ' || bought_on, 'lost ' || lost_on)$$,
		'retention', $$measure = 'cltv_in_two_years' AND customers = 'partner-sourced'$$, 'value', NULL, NULL, 'money', NULL, 'subscription, deal'),
	('cltv_direct', 'customer_fact', 'Customers', 'CLTV, direct', 'The same of a customer whose purchase no partner had a part in.', 'given', 'network',
		$$is_subscribed AND origin = 'unpartnered'$$, NULL, 'bought_arr', $$concat_ws(', ', 'bought ' || bought_on, 'lost ' || lost_on)$$,
		'retention', $$measure = 'cltv_in_two_years' AND customers = 'direct'$$, 'value', NULL, NULL, 'money', NULL, 'subscription, deal'),
	('days_to_value', 'customer_fact', 'Customers', 'Time to value, without services partner', 'Days from purchase to first use in earnest by which half of the customers are there; who is not yet counts as waiting.', 'given', 'network',
		'is_subscribed AND NOT is_served', NULL, 'days_to_value', $$'bought ' || bought_on$$, 'retention', $$measure = 'days_to_value' AND customers = 'without services partner'$$, 'value', 'low', 'high', 'days', NULL, 'subscription, deal'),
	('days_to_value_served', 'customer_fact', 'Customers', 'Time to value, with services partner', 'The same where a services partner was involved in the purchase.', 'given', 'network',
		'is_subscribed AND is_served', NULL, 'days_to_value', $$'bought ' || bought_on$$, 'retention', $$measure = 'days_to_value' AND customers = 'with services partner'$$, 'value', 'low', 'high', 'days', NULL, 'subscription, deal'),
	('time_to_value_days_saved', 'customer_fact', 'Customers', 'Time to value saved', 'The second less the first.', 'given', 'network',
		'is_subscribed AND is_served', 'is_subscribed AND NOT is_served', 'days_to_value', $$'bought ' || bought_on$$, 'retention', $$measure = 'time_to_value_days_saved'$$, 'value', NULL, NULL, 'days', 'time_to_value_days_saved', 'subscription, deal'),
	('first_year_churn_points_saved', 'customer_fact', 'Customers', 'First-year churn saved', 'Churn in the first year without a services partner, less that with one.', 'given', 'network',
		'is_subscribed AND is_served', 'is_subscribed AND NOT is_served', NULL, $$concat_ws(', ', 'from ' || since_on, 'lost ' || lost_on)$$, 'retention', $$measure = 'first_year_churn_points_saved'$$, 'value', NULL, NULL, 'points',
		'first_year_churn_points_saved', 'subscription, deal');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, label, reason, unit, needs) VALUES
	('nps', 'survey_fact', 'Customers', 'Net promoter score', 'Share of customers who would recommend us (9 and 10) less that of those who would not (0 to 6), in points.', 'mean',
		'network, region, segment, integrations = depth', 'asked_on', $$kind = 'nps' AND points IS NOT NULL$$, 'points', 'account', $$concat('answered ', round(score, 1), ', ', depth, ' integrated')$$, 'score', 'survey');

INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, period, numerator, amount, entity, id, label, reason, unit, needs) VALUES
	('joint_solution_revenue', 'joint_sale', 'Customers', 'Joint solution revenue', 'Won amount of deals about products that were built with a partner.', 'total', 'product, partner = partner_id',
		'bought_on', 'deals > 0', 'amount', 'account', 'account_id', 'account', $$concat(product, ' since ', bought_on)$$, 'money', 'joint_solution, deal');
INSERT INTO mart_metric (metric, fact, chapter, title, meaning, kind, scopes, numerator, entity, id, label, reason, unit, needs) VALUES
	('joint_solution_adoption', 'joint_sale', 'Customers', 'Joint solution adoption', 'Customers who bought it, over those who bought anything since it came to market.', 'share', 'product, partner = partner_id',
		'deals > 0', 'account', 'account_id', 'account', $$coalesce(product || ' since ' || bought_on, 'no ' || product)$$, 'share', 'joint_solution, deal');
