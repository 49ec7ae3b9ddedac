-- mart_demo: the demo CRM as a source of a mart

CREATE PROCEDURE bind_demo(mart name, source_schema name DEFAULT 'crm')
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	part record;
BEGIN
	PERFORM ecosystem._mart_check_bind(mart::text, 'source_schema', source_schema::text);
	FOR part IN
		SELECT * FROM (VALUES
			('account', 'SELECT account_id, name, website, country, segment, industry, region FROM %I.account'),
			('partner', 'SELECT partner_id, name, type, region, signed_at AS signed_on FROM %I.partner'),
			('partner_account', 'SELECT partner_id, record_id, name, website, country, population, population AS populations FROM %I.partner_account'),
			('deal', 'SELECT deal_id, account_id, name, type, outcome, amount::text AS amount_written, arr, gross_margin, opened_at, closed_at, owner,
			                 lead_source, program, region, co_sell, marketplace, on_partner_paper, first_value_at
			          FROM   %I.deal'),
			('deal_partner', 'SELECT deal_id, partner_id, role, is_primary, added_at FROM %I.deal_partner'),
			('touch', 'SELECT touch_id, deal_id, partner_id, kind, occurred_at, weight, campaign FROM %I.touch'),
			('deal_history', 'SELECT deal_id, valid_from, stage, outcome, amount FROM %I.deal_history'),
			('overlap_event', 'SELECT account_id, partner_id, occurred_on, event, population FROM %I.overlap_event'),
			('subscription', 'SELECT account_id, period, opening, expansion, contraction, churned FROM %I.subscription'),
			('integration_use', 'SELECT account_id, partner_id, started_on, ended_on, calls, errors, friction_events FROM %I.integration_use'),
			('investment', 'SELECT period, kind, coalesce(partner_id, '''') AS partner_id, coalesce(campaign, '''') AS campaign, amount::text AS amount_written
			                FROM   %I.investment'),
			('deal_registration', 'SELECT registration_id, partner_id, account_id, deal_id, registered_at, last_activity_at FROM %I.deal_registration'),
			('co_sell_plan', 'SELECT plan_id, deal_id, partner_id, agreed_at, our_owner, partner_owner, split FROM %I.co_sell_plan'),
			('plan_milestone', 'SELECT plan_id, milestone, due_on, done_on FROM %I.plan_milestone'),
			('play', 'SELECT play_id, name, kicked_off_on, live_on FROM %I.play'),
			('play_run', 'SELECT run_id, play_id, trigger, account_id, partner_id, our_owner, partner_owner, fired_at, acted_at, deal_id FROM %I.play_run'),
			('partner_activity', 'SELECT partner_id, kind, occurred_on, times FROM %I.partner_activity'),
			('survey', 'SELECT survey_id, kind, account_id, partner_id, asked_on, score FROM %I.survey'),
			('lead_exchange', 'SELECT lead_id, from_partner_id, to_partner_id, account_id, deal_id, sent_at, brokered FROM %I.lead_exchange'),
			('contact', 'SELECT contact_id, account_id, partner_id, role, since FROM %I.contact'),
			('team_hours', 'SELECT week, activity, hours FROM %I.team_hours'),
			('channel_spend', 'SELECT period, channel, amount::text AS amount_written FROM %I.channel_spend'),
			('joint_solution', 'SELECT product, partner_id, launched_on FROM %I.joint_solution'))
			AS p(relation, query)
	LOOP
		PERFORM ecosystem._mart_set_part(mart, part.relation, 'demo', format(part.query, source_schema),
		                                    format('%I.%I', source_schema, part.relation));
	END LOOP;

	-- Settings that its numbers rest on, where there are none: the day that it
	-- is of, its own estimate of renewals, its rules of credit.
	PERFORM ecosystem._mart_as_owner(mart, format('UPDATE %I.setting SET as_of = coalesce(as_of, date ''2026-09-30''), churn_avoided = coalesce(churn_avoided, 0.2)', mart));
	PERFORM ecosystem._mart_as_owner(mart, format('INSERT INTO %1$I.split_policy (program, valid_from, valid_to, model)
		SELECT program, coalesce(lower(valid), date ''0001-01-01''), upper(valid) - 1, model FROM %2$I.split_policy WHERE NOT EXISTS (SELECT FROM %1$I.split_policy)', mart, source_schema));
END;
$$;
COMMENT ON PROCEDURE bind_demo(name, name) IS
	'binds the demo CRM (test/demo/crm.sql) to a mart, and sets the day it is counted on (2026-09-30), churn_avoided and split_policy to the demo''s, where none are set';
