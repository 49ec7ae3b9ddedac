-- worklist: the Monday list: what happened at which account, whom to call about it, and what to do.
-- kind: report
-- tier: 1
-- key: trigger, account_id, partner_id, deal_id
-- inputs: account_overlap(*) deal_fact(*) partner_deal(*) account(*) partner(*) contact(*) play_run(*) worklist_trigger(*)
--   worklist_action(*) score_weight(*) setting(*)
-- columns:
--   trigger text not null             What happened, see worklist_trigger.
--   account_id text not null          The account.
--   partner_id text not null          The partner who can help; empty: none knows the account.
--   deal_id text not null             Our deal; empty: it is not about a deal.
--   rank integer                      Place in the list; NULL: acted on; such lines stay as long as their trigger is recent.
--   owner_rank integer                Place among the lines of the same owner.
--   account text                      Name of the account.
--   parent_account_id text            Topmost account it belongs to; itself where it belongs to none.
--   parent_account text               Name of that.
--   partner text                      Name of the partner.
--   deal text                         Name of the deal.
--   amount numeric(18,2)              Value of the deal, or of all open deals at the account.
--   owner text                        Who is to act on our side.
--   partner_owner text                Whom to call at the partner.
--   happened_on date                  Day it happened; of stalled deals the last sign of life.
--   days_waiting integer              Days since, or until somebody acted.
--   what text                         What happened, in words.
--   play text                         What to do.
--   acted_on date                     Day somebody acted on it; NULL: nobody yet.
--   acted_by text                     Who.
WITH RECURSIVE today AS (
	-- a trigger that is off has no days, and nothing happened within them
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day, time_zone, t.*
	FROM   setting,
	      (SELECT max(days) FILTER (WHERE trigger = 'overlap_entered') AS entered_days, max(days) FILTER (WHERE trigger = 'partner_won_deal') AS won_days,
	              max(days) FILTER (WHERE trigger = 'deal_opened') AS opened_days, max(days) FILTER (WHERE trigger = 'deal_stalled') AS silent_days,
	              max(days) FILTER (WHERE trigger = 'champion_moved') AS moved_days
	       FROM   worklist_trigger WHERE is_on) t
), engagement AS (
	SELECT partner_id, count(*) AS deals FROM today, partner_deal WHERE partner_id <> '' AND last_touch_on > day - 180 GROUP BY partner_id
), overlap AS (
	-- partners of an account, the one to call first
	SELECT o.account_id, o.partner_id, o.population, o.partner_owner, coalesce(w.weight, 0) AS strength, coalesce(e.deals, 0) AS deals
	FROM   today CROSS JOIN account_overlap o
	       LEFT JOIN partner p ON p.partner_id = o.partner_id
	       LEFT JOIN score_weight w ON w.part = 'population' AND w.value = o.population
	       LEFT JOIN engagement e ON e.partner_id = o.partner_id
	WHERE  p.ended_on > day OR p.ended_on IS NULL
), moved AS (
	SELECT deal_id, max(valid_from) AS moved_at
	FROM  (SELECT h.deal_id, h.valid_from, h.stage, lag(h.stage) OVER (PARTITION BY h.deal_id ORDER BY h.valid_from) AS stage_before
	       FROM   today t, deal_history h JOIN deal_fact d USING (deal_id)
	       WHERE  d.outcome = 'open' AND (h.valid_from AT TIME ZONE t.time_zone)::date <= t.day) h
	WHERE  stage <> stage_before
	GROUP  BY deal_id
), open_deal AS (
	SELECT d.deal_id, d.account_id, d.deal, d.amount, d.owner, d.opened_on,
	       greatest(d.opened_on, d.last_touch_on, (m.moved_at AT TIME ZONE t.time_zone)::date) AS last_sign_on
	FROM   today t, deal_fact d LEFT JOIN moved m USING (deal_id)
	WHERE  d.outcome = 'open' AND d.account_id IS NOT NULL
), signal AS (
	SELECT 'overlap_entered' AS trigger, e.account_id, e.partner_id, '' AS deal_id, e.occurred_on AS happened_on, NULL AS owner
	FROM   today t, overlap_event e JOIN overlap o USING (account_id, partner_id)
	WHERE  e.event = 'entered' AND e.occurred_on BETWEEN t.day - t.entered_days AND t.day
	UNION  ALL
	SELECT 'partner_won_deal', e.account_id, e.partner_id, '', e.occurred_on, NULL
	FROM   today t, overlap_event e JOIN overlap o USING (account_id, partner_id)
	WHERE  e.event = 'population changed' AND e.population = 'customer' AND e.occurred_on BETWEEN t.day - t.won_days AND t.day
	UNION  ALL
	-- fired elsewhere, such as by an account mapping platform
	SELECT r.trigger, r.account_id, coalesce(r.partner_id, ''), '', (r.fired_at AT TIME ZONE t.time_zone)::date, r.our_owner
	FROM   today t, play_run r JOIN worklist_trigger c USING (trigger)
	WHERE  c.is_on AND r.account_id IS NOT NULL AND (r.fired_at AT TIME ZONE t.time_zone)::date BETWEEN t.day - c.days AND t.day
	UNION  ALL
	(SELECT DISTINCT ON (d.deal_id) 'deal_opened', d.account_id, o.partner_id, d.deal_id, d.opened_on, d.owner
	 FROM   today t, open_deal d
	        JOIN overlap o ON o.account_id = d.account_id
	        LEFT JOIN partner_deal b ON b.deal_id = d.deal_id AND b.partner_id = o.partner_id
	 WHERE  d.opened_on BETWEEN t.day - t.opened_days AND t.day AND o.population IN ('customer', 'open_opportunity') AND b.deal_id IS NULL
	 ORDER  BY d.deal_id, o.strength DESC, o.deals DESC, o.partner_id)
	UNION  ALL
	(SELECT DISTINCT ON (d.deal_id) 'deal_stalled', d.account_id, o.partner_id, d.deal_id, d.last_sign_on, d.owner
	 FROM   today t, open_deal d
	        JOIN overlap o ON o.account_id = d.account_id
	 WHERE  d.last_sign_on < t.day - t.silent_days
	 ORDER  BY d.deal_id, o.strength DESC, o.deals DESC, o.partner_id)
	UNION  ALL
	(SELECT DISTINCT ON (p.contact_id) 'champion_moved', p.account_id, coalesce(o.partner_id, ''), '', p.since, NULL
	 FROM   today t, contact p
	        JOIN account a USING (account_id)
	        LEFT JOIN overlap o USING (account_id)
	 WHERE  p.role = 'champion' AND p.since BETWEEN t.day - t.moved_days AND t.day AND (p.left_on > t.day OR p.left_on IS NULL)
	 ORDER  BY p.contact_id, o.strength DESC NULLS LAST, o.deals DESC, o.partner_id)
), line AS (
	SELECT trigger, account_id, partner_id, deal_id, max(happened_on) AS happened_on, max(owner) AS owner
	FROM   signal
	GROUP  BY trigger, account_id, partner_id, deal_id
), up AS (
	SELECT account_id, account_id AS parent_account_id, parent_id, ARRAY[account_id] AS path
	FROM   account
	WHERE  account_id IN (SELECT account_id FROM line)
	UNION  ALL
	SELECT u.account_id, a.account_id, a.parent_id, u.path || a.account_id
	FROM   up u JOIN account a ON a.account_id = u.parent_id
	WHERE  a.account_id <> ALL (u.path)
), parent AS (
	SELECT DISTINCT ON (u.account_id) u.account_id, u.parent_account_id, a.name
	FROM   up u JOIN account a ON a.account_id = u.parent_account_id
	ORDER  BY u.account_id, cardinality(u.path) DESC
), others AS (
	SELECT account_id, count(*) AS partners FROM overlap GROUP BY account_id
), pipeline AS (
	SELECT account_id, sum(amount) AS amount, (array_agg(owner ORDER BY opened_on DESC, deal_id))[1] AS owner FROM open_deal GROUP BY account_id
), acted AS (
	SELECT trigger, account_id, partner_id, acted_on, acted_by FROM worklist_action
	UNION  ALL
	SELECT trigger, account_id, coalesce(partner_id, ''), (acted_at AT TIME ZONE time_zone)::date, our_owner FROM today, play_run WHERE acted_at IS NOT NULL
), done AS (
	SELECT DISTINCT ON (l.trigger, l.account_id, l.partner_id, l.deal_id) l.trigger, l.account_id, l.partner_id, l.deal_id, x.acted_on, x.acted_by
	FROM   line l JOIN acted x USING (trigger, account_id, partner_id)
	WHERE  x.acted_on >= l.happened_on
	ORDER  BY l.trigger, l.account_id, l.partner_id, l.deal_id, x.acted_on, x.acted_by
), described AS (
	SELECT l.trigger, l.account_id, l.partner_id, l.deal_id, l.happened_on, a.name AS account, coalesce(p.name, l.partner_id) AS partner,
	       coalesce(u.parent_account_id, l.account_id) AS parent_account_id, u.name AS parent_account,
	       d.deal, coalesce(d.amount, i.amount) AS amount, coalesce(l.owner, d.owner, a.owner, i.owner) AS our_owner,
	       o.partner_owner, o.population, o.strength, n.partners, c.weight, c.play, t.day, h.acted_on, h.acted_by
	FROM   today t, line l
	       JOIN worklist_trigger c USING (trigger)
	       LEFT JOIN account a USING (account_id)
	       LEFT JOIN partner p USING (partner_id)
	       LEFT JOIN parent u USING (account_id)
	       LEFT JOIN pipeline i USING (account_id)
	       LEFT JOIN others n USING (account_id)
	       LEFT JOIN (SELECT account_id, partner_id, partner_owner, population, strength FROM overlap) o USING (account_id, partner_id)
	       LEFT JOIN (SELECT deal_id, deal, amount, owner FROM open_deal) d USING (deal_id)
	       LEFT JOIN done h USING (trigger, account_id, partner_id, deal_id)
), scored AS (
	SELECT *, weight * (1 + coalesce(strength, 0)) * (1 + ln(1 + coalesce(greatest(amount, 0) / nullif(avg(greatest(amount, 0)) OVER (), 0), 0))) AS score
	FROM   described
)
SELECT trigger, account_id, partner_id, deal_id,
       CASE WHEN acted_on IS NULL
            THEN row_number() OVER (PARTITION BY acted_on IS NULL ORDER BY score DESC NULLS LAST, happened_on DESC, account_id, partner_id, trigger, deal_id) END AS rank,
       CASE WHEN acted_on IS NULL
            THEN row_number() OVER (PARTITION BY acted_on IS NULL, our_owner
                                    ORDER BY score DESC NULLS LAST, happened_on DESC, account_id, partner_id, trigger, deal_id) END AS owner_rank,
       account, parent_account_id, coalesce(parent_account, account) AS parent_account, CASE WHEN partner_id = '' THEN '(none)' ELSE partner END AS partner,
       deal, amount, our_owner AS owner, partner_owner, happened_on, coalesce(acted_on, day) - happened_on AS days_waiting,
       CASE trigger
            WHEN 'partner_won_deal' THEN format('%s won a deal at %s', partner, account)
            WHEN 'overlap_entered' THEN format('%s came into the list of %s', account, partner)
            WHEN 'champion_moved' THEN format('A champion has come to %s', account)
            WHEN 'deal_opened' THEN format('%s was opened%s', deal, ' (' || to_char(amount, 'FM999,999,999,999,990') || ')')
            WHEN 'deal_stalled' THEN format('%s has been silent for %s days%s', deal, day - happened_on, ' (' || to_char(amount, 'FM999,999,999,999,990') || ')')
            ELSE format('%s at %s', trigger, account) END
       || CASE WHEN population IS NULL THEN ''
               ELSE format('; %s of %s%s', CASE population WHEN 'customer' THEN 'a customer' WHEN 'open_opportunity' THEN 'an open opportunity'
                                                           WHEN 'prospect' THEN 'a prospect' ELSE population END,
                           CASE WHEN trigger IN ('partner_won_deal', 'overlap_entered') THEN 'theirs' ELSE partner END,
                           CASE WHEN partners = 2 THEN ' and known to another' WHEN partners > 2 THEN format(' and known to %s others', partners - 1) ELSE '' END) END
           AS what,
       play, acted_on, acted_by
FROM   scored
