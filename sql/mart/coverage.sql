-- coverage: what this mart is fed with: each relation that can be bound, how much of it there is, and what reads it.
-- kind: report
-- tier: 1
-- key: relation
-- inputs: setting(*) account(*) partner(*) partner_account(*) matched_account(*) deal(*) deal_partner(*) touch(*)
--   subscription(*) integration_use(*) investment(*) deal_registration(*) co_sell_plan(*) plan_milestone(*) play(*)
--   play_run(*) partner_activity(*) survey(*) lead_exchange(*) contact(*) team_hours(*) channel_spend(*)
--   joint_solution(*)
-- columns:
--   relation text not null            Relation that a CRM, a file or a table of your own can fill.
--   purpose text                      What a row of it is.
--   is_bound boolean                  Whether anything fills it.
--   parts text                        The parts that do, such as a CRM or a partner's list.
--   rows bigint                       Rows.
--   newest date                       Newest day in it, where it has days: long ago may mean that nothing feeds it any more.
--   read_by text                      Reports that read it, and so lack something where it is empty.
WITH RECURSIVE held AS (
	SELECT 'account' AS relation, count(*) AS rows, max(updated_at) AS newest_at, NULL::date AS newest_on FROM account
	UNION  ALL
	SELECT 'partner', count(*), max(updated_at), NULL FROM partner
	UNION  ALL
	SELECT 'partner_account', count(*), max(updated_at), NULL FROM partner_account
	UNION  ALL
	SELECT 'matched_account', count(*), NULL, max(found_on) FROM matched_account
	UNION  ALL
	SELECT 'deal', count(*), max(greatest(updated_at, opened_at, closed_at)), NULL FROM deal
	UNION  ALL
	SELECT 'deal_partner', count(*), max(added_at), NULL FROM deal_partner
	UNION  ALL
	SELECT 'touch', count(*), max(occurred_at), NULL FROM touch
	UNION  ALL
	SELECT 'subscription', count(*), NULL, max(period) FROM subscription
	UNION  ALL
	SELECT 'integration_use', count(*), NULL, max(greatest(started_on, ended_on)) FROM integration_use
	UNION  ALL
	SELECT 'investment', count(*), NULL, max(period) FROM investment
	UNION  ALL
	SELECT 'deal_registration', count(*), max(greatest(registered_at, last_activity_at)), NULL FROM deal_registration
	UNION  ALL
	SELECT 'co_sell_plan', count(*), max(agreed_at), NULL FROM co_sell_plan
	UNION  ALL
	SELECT 'plan_milestone', count(*), NULL, max(greatest(due_on, done_on)) FROM plan_milestone
	UNION  ALL
	SELECT 'play', count(*), NULL, max(live_on) FROM play
	UNION  ALL
	SELECT 'play_run', count(*), max(greatest(fired_at, acted_at)), NULL FROM play_run
	UNION  ALL
	SELECT 'partner_activity', count(*), NULL, max(occurred_on) FROM partner_activity
	UNION  ALL
	SELECT 'survey', count(*), NULL, max(asked_on) FROM survey
	UNION  ALL
	SELECT 'lead_exchange', count(*), max(sent_at), NULL FROM lead_exchange
	UNION  ALL
	SELECT 'contact', count(*), NULL, max(since) FROM contact
	UNION  ALL
	SELECT 'team_hours', count(*), NULL, max(week) FROM team_hours
	UNION  ALL
	SELECT 'channel_spend', count(*), NULL, max(period) FROM channel_spend
	UNION  ALL
	SELECT 'joint_solution', count(*), NULL, max(launched_on) FROM joint_solution
), reads AS (
	SELECT name AS report, i.word[1] AS relation FROM relation, regexp_matches(inputs, '(\w+)\(', 'g') AS i(word) WHERE kind = 'report'
), reaches (relation, report) AS (
	-- identity is what accounts and partner accounts are recognised by
	SELECT relation, report FROM reads WHERE relation <> 'identity'
	UNION
	SELECT a.relation, r.report FROM reads r, (VALUES ('account'), ('partner_account')) AS a(relation) WHERE r.relation = 'identity'
	UNION
	SELECT c.relation, r.report FROM reaches c JOIN reads r ON r.relation = c.report
)
SELECT h.relation, r.purpose, p.parts IS NOT NULL AS is_bound, p.parts, h.rows,
       coalesce(h.newest_on, (h.newest_at AT TIME ZONE s.time_zone)::date) AS newest, c.read_by
FROM   setting s, held h
       LEFT JOIN relation r ON r.name = h.relation
       LEFT JOIN (SELECT relation, string_agg(part, ', ' ORDER BY part) AS parts FROM relation_part GROUP BY relation) p ON p.relation = h.relation
       LEFT JOIN (SELECT relation, string_agg(report, ', ' ORDER BY report) AS read_by FROM reaches WHERE report <> 'coverage' GROUP BY relation) c
              ON c.relation = h.relation
