-- partner_lift: how much more often deals are won that a partner sells along, by type of deal, shrunk to what the numbers bear.
-- kind: report
-- tier: 1
-- key: partner_id, type
-- inputs: base_rate(*) deal_fact(*) involved_partner(*) setting(*)
-- columns:
--   partner_id text not null          A partner with deals that were co-sold with it by the landmark and are closed.
--   type text not null                Type of the deals; empty: not known.
--   partner text                      Name of the partner.
--   partner_type text                 technology, services or channel.
--   deals integer                     Closed deals of the type that were co-sold with the partner when setting.landmark had passed since opening.
--   won integer                       Those won.
--   solo_rate numeric(9,6)            How often deals of the type are won without partners, from base_rate.
--   naive_ratio numeric(12,4)         Won over what solo_rate would have won: of few deals mostly chance.
--   program_ratio numeric(12,4)       The same of all co-sold deals together.
--   type_ratio numeric(12,4)          That of partners of this partner's type, drawn to the program's.
--   partner_ratio numeric(12,4)       That of all deals of the partner, drawn to its type's.
--   ratio numeric(12,4)               That of its deals of this type, drawn to all of its deals': the ratio that is expected. NULL: too few deals.
--   win_rate numeric(9,6)             solo_rate times ratio, at most 0.99: how often such deals are won with the partner.
--   deals_of_partner integer          Closed deals of any type that it rests on, co-sold with the partner by the landmark.
--   weight numeric(9,6)               Part that these deals have in partner_ratio, 0 to 1; the rest is the partner's type's.
--   type_weight numeric(9,6)          Part that the deals of this type have in ratio beyond that.
WITH solo AS (
	SELECT type, deals, won, base_win_rate AS rate FROM base_rate WHERE stage = '' AND base_win_rate > 0 AND base_win_rate < 1
), program AS (
	SELECT round(c.won / c.expected, 9) AS ratio, c.deals, c.won, s.deals AS solo_deals, s.won AS solo_won
	FROM  (SELECT count(*) AS deals, count(*) FILTER (WHERE d.outcome = 'won') AS won, nullif(sum(s.rate), 0) AS expected
	       FROM   deal_fact d JOIN solo s ON s.type = coalesce(d.type, '')
	       WHERE  d.landmark_co_sell AND d.outcome IN ('won', 'lost')) c,
	      (SELECT sum(deals) AS deals, sum(won) AS won FROM solo) s
), cell AS (
	SELECT p.partner_id, s.type, max(p.partner) AS partner, coalesce(max(p.partner_type), '') AS partner_type, count(*) AS deals,
	       count(*) FILTER (WHERE outcome = 'won') AS won, s.rate
	FROM   involved_partner p JOIN solo s ON s.type = coalesce(p.type, '')
	WHERE  p.landmark_co_sell AND p.outcome IN ('won', 'lost')
	GROUP  BY p.partner_id, s.type, s.rate
), by_type AS (
	-- wins that the level above expects, and the variance of their number
	SELECT partner_type, sum(c.won) AS won, sum(c.deals * e.rate) AS expected, sum(c.deals * e.rate * (1 - e.rate)) AS variance
	FROM   cell c, program g, LATERAL (SELECT least(c.rate * g.ratio, 0.99) AS rate) e
	WHERE  g.ratio > 0
	GROUP  BY partner_type
), type_ratio AS (
	SELECT partner_type, round(1 + spread * expected ^ 2 / (spread * expected ^ 2 + variance) * (won / expected - 1), 9) AS ratio
	FROM   by_type, (SELECT greatest(0, (sum((won - expected) ^ 2 / variance) - count(*)) / sum(expected ^ 2 / variance)) AS spread FROM by_type) s
), by_partner AS (
	SELECT partner_id, partner_type, max(c.partner) AS partner, sum(c.deals) AS deals, sum(c.won) AS won, min(t.ratio) AS type_ratio,
	       sum(c.deals * e.rate) AS expected, sum(c.deals * e.rate * (1 - e.rate)) AS variance
	FROM   program g, cell c JOIN type_ratio t USING (partner_type), LATERAL (SELECT least(c.rate * g.ratio * t.ratio, 0.99) AS rate) e
	GROUP  BY partner_id, partner_type
), partner_ratio AS (
	SELECT p.*, w.weight, round(1 + w.weight * (won / expected - 1), 9) AS ratio
	FROM   by_partner p, (SELECT greatest(0, (sum((won - expected) ^ 2 / variance) - count(*)) / sum(expected ^ 2 / variance)) AS spread FROM by_partner) s,
	       LATERAL (SELECT spread * expected ^ 2 / (spread * expected ^ 2 + variance) AS weight) w
), by_cell AS (
	SELECT p.partner_id, s.type, p.partner, p.partner_type, coalesce(c.deals, 0) AS deals, coalesce(c.won, 0) AS won, s.rate, g.ratio AS program_ratio,
	       g.ratio * p.type_ratio AS type_ratio, g.ratio * p.type_ratio * p.ratio AS partner_ratio, p.deals AS deals_of_partner, p.weight,
	       coalesce(c.deals, 0) * e.rate AS expected, coalesce(c.deals, 0) * e.rate * (1 - e.rate) AS variance,
	       least(g.won, g.deals - g.won, g.solo_won, g.solo_deals - g.solo_won) AS fewest
	FROM   program g, partner_ratio p CROSS JOIN solo s LEFT JOIN cell c USING (partner_id, type),
	       LATERAL (SELECT least(s.rate * g.ratio * p.type_ratio * p.ratio, 0.99) AS rate) e
), shrunk AS (
	SELECT c.*, w.weight AS type_weight, partner_ratio * (1 + w.weight * coalesce(won / nullif(expected, 0) - 1, 0)) AS ratio
	FROM   by_cell c,
	      (SELECT greatest(0, (sum((won - expected) ^ 2 / variance) - count(*)) / sum(expected ^ 2 / variance)) AS spread FROM by_cell WHERE deals > 0) s,
	       LATERAL (SELECT coalesce(spread * expected ^ 2 / nullif(spread * expected ^ 2 + variance, 0), 0) AS weight) w
)
SELECT partner_id, s.type, partner, nullif(partner_type, '') AS partner_type, deals, won, s.rate AS solo_rate, won / nullif(deals * s.rate, 0) AS naive_ratio,
       program_ratio, type_ratio, partner_ratio, CASE WHEN e.is_enough THEN ratio END AS ratio, CASE WHEN e.is_enough THEN least(s.rate * ratio, 0.99) END AS win_rate,
       deals_of_partner, weight, type_weight
FROM   setting, shrunk s, LATERAL (SELECT deals_of_partner >= minimum_deals AND fewest >= minimum_deals AS is_enough) e
