-- integration_fact: one row a customer and partner whose product it has integrated, with what it is worth and how well it works.
-- kind: report
-- tier: 2
-- key: account_id, partner_id, started_on
-- inputs: integration_use(*) subscription(*) customer_fact(*) partner(*) retention(*) setting(*)
-- columns:
--   account_id text not null          The customer.
--   partner_id text not null          The partner.
--   started_on date not null          Day of first use.
--   ended_on date                     Day of last use; NULL: in use.
--   is_in_use boolean                 Whether it is in use now by a customer of now.
--   account text                      Name of the customer.
--   partner text                      Name of the partner.
--   partner_type text                 technology, services or channel.
--   segment text                      What the account is to us.
--   region text                       Sales region.
--   arr numeric(18,2)                 Annual recurring revenue of the customer, the most it had: count it once a customer when adding up.
--   calls bigint                      Calls in the last 90 days.
--   errors bigint                     Those of them that failed.
--   is_broken boolean                 Whether more than a twentieth of them did.
--   friction_events bigint            Events in the last 90 days that annoyed the customer.
--   expansion numeric(18,2)           What the customer bought in addition in the last four quarters while it was in use.
--   retained_revenue numeric(18,2)    Recurring revenue that the customer is expected to keep for it in two years: what integrated customers have been lost less often than the others, times arr. An observation.
WITH today AS (
	SELECT d.day, (date_trunc('quarter', d.day - f.later) + f.later)::date AS quarter
	FROM   setting s, LATERAL (SELECT coalesce(s.as_of, (current_timestamp AT TIME ZONE s.time_zone)::date) AS day) d,
	       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f
), saved AS (
	SELECT - difference AS churn FROM retention WHERE measure = 'churn_in_two_years' AND customers = 'integrated'
), bought AS (
	SELECT i.account_id, i.partner_id, i.started_on, sum(s.expansion) AS expansion
	FROM   today, integration_use i JOIN subscription s USING (account_id)
	WHERE  s.opening > 0 AND s.period > quarter - interval '1 year' AND s.period <= day AND i.started_on < s.period AND (i.ended_on > s.period OR i.ended_on IS NULL)
	GROUP  BY i.account_id, i.partner_id, i.started_on
)
SELECT account_id, partner_id, started_on, i.ended_on, w.is_in_use, c.account, coalesce(p.name, partner_id) AS partner, p.type AS partner_type, c.segment, c.region, c.highest_arr AS arr,
       i.calls, i.errors, i.errors > 0.05 * i.calls AS is_broken, i.friction_events, b.expansion,
       CASE WHEN w.is_in_use THEN round(c.highest_arr * saved.churn, 2) END AS retained_revenue
FROM   today CROSS JOIN integration_use i
       LEFT JOIN customer_fact c USING (account_id)
       LEFT JOIN partner p USING (partner_id)
       LEFT JOIN bought b USING (account_id, partner_id, started_on)
       LEFT JOIN saved ON true,
       LATERAL (SELECT (i.ended_on > day OR i.ended_on IS NULL) AND i.started_on <= day AND coalesce(c.is_current, false) AS is_in_use) w
