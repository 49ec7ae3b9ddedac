-- overlap_path: one row an account that came into a partner's list, and the first joint deal that came of it.
-- kind: report
-- tier: 1
-- key: account_id, partner_id
-- inputs: overlap_event(*) involved_partner(*) account(*) partner(*) setting(*)
-- columns:
--   account_id text not null          The account.
--   partner_id text not null          The partner into whose list it came; lists of the beginning are not followed, since nobody knows since when they were so.
--   account text                      Name of the account.
--   partner text                      Name of the partner.
--   entered_on date                   Day it came.
--   left_on date                      Day it left; NULL: it is there still.
--   joint_on date                     Day the first deal there was opened that was co-sold with the partner; NULL: none so far.
--   days_to_joint integer             Days until then; below 0: they sold there together before.
--   days_followed integer             Days from the entry to the joint deal, the leaving or today, whichever came first.
--   is_joint boolean                  Whether a joint deal came of it.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), entered AS (
	SELECT account_id, partner_id, min(occurred_on) AS entered_on FROM overlap_event WHERE event = 'entered' GROUP BY account_id, partner_id
), gone AS (
	SELECT account_id, partner_id, min(l.occurred_on) AS left_on
	FROM   entered JOIN overlap_event l USING (account_id, partner_id)
	WHERE  l.event = 'left' AND l.occurred_on >= entered_on
	GROUP  BY account_id, partner_id
), joint AS (
	SELECT account_id, partner_id, min(opened_on) AS joint_on FROM involved_partner WHERE co_sell AND opened_on IS NOT NULL GROUP BY account_id, partner_id
)
SELECT account_id, partner_id, coalesce(a.name, account_id) AS account, coalesce(p.name, partner_id) AS partner, entered_on, left_on, joint_on,
       joint_on - entered_on AS days_to_joint, greatest(least(joint_on, left_on, day) - entered_on, 0) AS days_followed,
       coalesce(joint_on >= entered_on AND joint_on <= least(left_on, day), false) AS is_joint
FROM   today CROSS JOIN entered e
       LEFT JOIN gone USING (account_id, partner_id)
       LEFT JOIN joint USING (account_id, partner_id)
       LEFT JOIN account a USING (account_id)
       LEFT JOIN partner p USING (partner_id)
