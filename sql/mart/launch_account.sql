-- launch_account: the accounts to begin co-selling with: ours to win, customers of the partners with most overlap, the most promising first.
-- kind: report
-- tier: 1
-- key: account_id
-- inputs: partner_scorecard(*) account_overlap(*) account_fact(*) joint_account(*) deal_fact(*)
-- columns:
--   account_id text not null          The account.
--   account text                      Its name.
--   rank integer                      Place: by partners whose customer it is, then by potential.
--   owner text                        Who looks after it on our side.
--   partners integer                  Of the partners to launch with, those whose customer it is.
--   partner_names text                Their names.
--   potential numeric(18,2)           Amount of the largest deal that is open there.
--   is_activated boolean              Whether one of them did something with us there.
--   last_act_on date                  Day of the last of that.
WITH core AS (
	SELECT partner_id FROM partner_scorecard WHERE is_launch_partner
), open_deal AS (
	SELECT account_id, max(amount) AS amount FROM deal_fact WHERE outcome = 'open' GROUP BY account_id
), scored AS (
	SELECT o.account_id, count(*) AS partners, string_agg(o.partner, ', ' ORDER BY o.partner COLLATE "C", o.partner_id COLLATE "C") AS partner_names,
	       max(d.amount) AS amount,
	       row_number() OVER (ORDER BY count(*) DESC, coalesce(max(d.amount), 0) DESC, o.account_id COLLATE "C") AS place
	FROM   core
	       JOIN account_overlap o USING (partner_id)
	       LEFT JOIN open_deal d USING (account_id)
	WHERE  o.population = 'customer' AND o.segment IS DISTINCT FROM 'customer'
	GROUP  BY o.account_id
), together AS (
	SELECT account_id, max(greatest(last_touch_on, last_play_on)) AS last_act_on FROM joint_account JOIN core USING (partner_id) GROUP BY account_id
)
SELECT account_id, a.account, s.place AS rank, a.owner, s.partners, s.partner_names, coalesce(s.amount, 0) AS potential,
       t.last_act_on IS NOT NULL AS is_activated, t.last_act_on
FROM   scored s
       LEFT JOIN account_fact a USING (account_id)
       LEFT JOIN together t USING (account_id)
WHERE  s.place <= (SELECT max(upper(range)) FROM targets_of('launch_scored_accounts') WHERE kind = 'target')
