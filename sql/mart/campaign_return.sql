-- campaign_return: what each campaign paid from market development funds brought: credit of the touches it made.
-- kind: report
-- tier: 2
-- key: campaign
-- inputs: investment(*) touch(*) touch_kind(*) deal_fact(*) partner(*)
-- columns:
--   campaign text not null            The campaign.
--   partners text                     Partners the money was spent on.
--   first_spent_on date               First month money was spent on it.
--   spent numeric(18,2)               What it cost.
--   touches integer                   Touches it made on won deals.
--   deals integer                     Won deals that these are on.
--   attributed numeric(18,2)          Part of those deals that its touches have, each touch of a deal having the same.
--   roi numeric(12,4)                 The same over what it cost; NULL: it cost nothing.
WITH spent AS (
	SELECT campaign, string_agg(DISTINCT coalesce(p.name, partner_id), ', ') FILTER (WHERE partner_id <> '') AS partners, min(period) AS first_spent_on, sum(amount) AS spent
	FROM   investment LEFT JOIN partner p USING (partner_id)
	WHERE  campaign <> ''
	GROUP  BY campaign
), won AS (
	SELECT deal_id, amount, closed_at
	FROM   deal_fact
	WHERE  outcome = 'won' AND amount IS NOT NULL AND deal_id IN (SELECT deal_id FROM touch WHERE campaign <> '')
), credited AS (
	SELECT campaign, deal_id, credit(amount, 'linear(per=touch)', t.kind, partner_id, occurred_at, closed_at) OVER (PARTITION BY deal_id) AS credit
	FROM   won JOIN touch t USING (deal_id) LEFT JOIN touch_kind k ON k.kind = t.kind
	WHERE  partner_id <> '' AND k.passive IS NOT TRUE
), attributed AS (
	SELECT campaign, count(*) AS touches, count(DISTINCT deal_id) AS deals, sum(credit) AS attributed
	FROM   credited
	WHERE  campaign <> '' AND credit IS NOT NULL
	GROUP  BY campaign
)
SELECT campaign, s.partners, s.first_spent_on, s.spent, coalesce(a.touches, 0) AS touches, coalesce(a.deals, 0) AS deals, coalesce(a.attributed, 0) AS attributed,
       round(coalesce(a.attributed, 0) / nullif(greatest(s.spent, 0), 0), 4) AS roi
FROM   spent s FULL JOIN attributed a USING (campaign)
