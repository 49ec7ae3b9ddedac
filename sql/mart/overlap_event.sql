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
SELECT coalesce(c.new_account_id, c.old_account_id) AS account_id, coalesce(c.new_partner_id, c.old_partner_id) AS partner_id, c.changed_on AS occurred_on,
       CASE WHEN c.change = 'removed' THEN 'left' WHEN c.change = 'changed' THEN 'population changed'
            -- the first list of a partner is what was there, not what came
            WHEN c.new_partner_id IN (SELECT partner_id FROM overlap_event) THEN 'entered' ELSE 'initial' END AS event,
       CASE c.change WHEN 'removed' THEN c.old_population ELSE c.new_population END AS population,
       CASE c.change WHEN 'changed' THEN c.old_population END AS population_before
FROM   change c
WHERE  c.change <> 'changed' OR c.old_population IS DISTINCT FROM c.new_population
