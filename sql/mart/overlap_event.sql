-- overlap_event: overlaps as they came, changed and went, so that it can be asked what was known on a day.
-- kind: history
-- tier: 1
-- key: account_id, partner_id, occurred_on, event
-- inputs: account_overlap(*)
-- columns:
--   account_id text not null          Our account.
--   partner_id text not null          The partner.
--   occurred_on date not null         Day the refresh found it.
--   event text not null               initial (in the partner's first list), entered, left, or population changed.
--   population text                   What the account is to the partner from then on; of left: what it was.
--   population_before text            What it was before, where the population changed.
WITH last_event AS (
	SELECT DISTINCT ON (account_id, partner_id) account_id, partner_id, event FROM overlap_event ORDER BY account_id, partner_id, occurred_on DESC, event = 'left'
)
SELECT coalesce(c.new_account_id, c.old_account_id) AS account_id, coalesce(c.new_partner_id, c.old_partner_id) AS partner_id, c.changed_on AS occurred_on,
       CASE WHEN c.change = 'removed' THEN 'left' WHEN c.change = 'changed' THEN 'population changed'
            -- a partner's first list is what was there, not what came
            WHEN 'partner/' || c.new_partner_id IN (SELECT source FROM company_record WHERE first_seen_on < (SELECT min(changed_on) FROM change))
            OR   c.new_matched_by = 'private' AND c.new_partner_id IN (SELECT partner_id FROM last_event) THEN 'entered'
            ELSE 'initial' END AS event,
       CASE c.change WHEN 'removed' THEN c.old_population ELSE c.new_population END AS population,
       CASE c.change WHEN 'changed' THEN c.old_population END AS population_before
FROM   change c
       LEFT JOIN last_event e ON e.account_id = c.new_account_id AND e.partner_id = c.new_partner_id
-- what a bound history has entered already does not enter again
WHERE  CASE c.change WHEN 'added' THEN coalesce(e.event, 'left') = 'left' WHEN 'changed' THEN c.old_population IS DISTINCT FROM c.new_population ELSE true END
