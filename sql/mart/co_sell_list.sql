-- co_sell_list: whom to sell each open deal with: the partners who know the account, ranked, and why.
-- kind: report
-- tier: 1
-- key: deal_id, partner_id
-- inputs: deal_fact(*) account_overlap(*) partner_deal(*) partner(*) score_weight(*) stage_weight(*)
--   base_rate(*) partner_lift(*) setting(*)
-- columns:
--   deal_id text not null             The open deal.
--   partner_id text not null          A partner who knows the account.
--   rank integer                      Place in the whole list.
--   owner_rank integer                Place among the deals of the same owner.
--   score numeric(9,2)                From 0 to 100: the parts below, weighted as score_weight says.
--   deal text                         Name of the deal.
--   partner text                      Name of the partner.
--   account_id text                   The account.
--   account text                      Name of the account.
--   amount numeric(18,2)              Value of the deal.
--   stage text                        Its stage.
--   expected_close_on date            Day it is expected to close.
--   owner text                        Who owns it on our side.
--   owner_email text                  Their e-mail address.
--   partner_owner text                Who looks after the account at the partner.
--   partner_owner_email text          Their e-mail address.
--   population text                   What the account is to the partner.
--   partner_amount numeric(18,2)      Amount of the partner's deals there.
--   on_deal boolean                   Whether the partner is on the deal already.
--   amount_score numeric(9,6)         Place of the deal among the open ones by amount, 0 to 1.
--   stage_score numeric(9,6)          How much a partner can still change, by stage_weight.
--   population_score numeric(9,6)     How well the partner knows the account, by score_weight.
--   engagement_score numeric(9,6)     How much the partner does with us: half for the last 180 days against other partners, half for having been on a deal at the account.
--   lift_score numeric(9,6)           How much more often such deals are won with the partner: expected_lift from 1 to 2, as 0 to 1; NULL: not known, and then without weight.
--   base_win_rate numeric(9,6)        How often such deals are won without partners, by type and stage: base_rate.
--   expected_win_rate numeric(9,6)    How often they are won when the partner sells along: base_win_rate, at the odds of partner_lift. NULL: too few deals to say.
--   expected_lift numeric(12,4)       The one over the other.
--   expected_from integer             Closed deals of the partner that this rests on, setting.minimum_deals at least.
--   why text                          The same in words.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), open_deal AS (
	SELECT *, percent_rank() OVER (ORDER BY coalesce(amount, 0)) AS amount_score FROM deal_fact WHERE outcome = 'open'
), engagement AS (
	SELECT partner_id, deals, percent_rank() OVER (ORDER BY deals) AS place
	FROM  (SELECT p.partner_id, count(d.deal_id) AS deals
	       FROM   today CROSS JOIN partner p
	              LEFT JOIN partner_deal d ON d.partner_id = p.partner_id AND d.last_touch_on > day - 180
	       GROUP  BY p.partner_id) n
), together AS (
	SELECT account_id, partner_id, count(*) AS deals, count(*) FILTER (WHERE outcome = 'won') AS won
	FROM   partner_deal
	WHERE  partner_id <> ''
	GROUP  BY account_id, partner_id
), weight AS (
	SELECT max(weight) FILTER (WHERE part = 'amount') AS amount, max(weight) FILTER (WHERE part = 'stage') AS stage,
	       max(weight) FILTER (WHERE part = 'population') AS population, max(weight) FILTER (WHERE part = 'engagement') AS engagement,
	       coalesce(max(weight) FILTER (WHERE part = 'lift'), 0) AS lift, sum(weight) AS total
	FROM   score_weight
	WHERE  value = ''
), scored AS MATERIALIZED (
	-- once: what follows uses each part several times
	SELECT d.*, o.partner_id, o.partner, o.partner_owner, o.partner_owner_email, o.population, o.partner_amount,
	       b.partner_id IS NOT NULL AS on_deal, t.deals AS deals_together, t.won AS won_together, e.deals AS partner_deals,
	       coalesce(s.weight, 0.5) AS stage_score, coalesce(w.weight, 0) AS population_score,
	       (coalesce(e.place, 0) + CASE WHEN t.deals > (b.partner_id IS NOT NULL)::integer THEN 1 ELSE 0 END) / 2 AS engagement_score,
	       r.base AS base_win_rate, x.rate AS expected_win_rate, x.rate / nullif(r.base, 0) AS expected_lift,
	       round(least(greatest(x.rate / nullif(r.base, 0) - 1, 0), 1), 4) AS lift_score, CASE WHEN x.rate IS NOT NULL THEN l.deals_of_partner END AS expected_from
	FROM   today CROSS JOIN open_deal d
	       JOIN account_overlap o USING (account_id)
	       LEFT JOIN partner p ON p.partner_id = o.partner_id
	       LEFT JOIN partner_deal b ON b.deal_id = d.deal_id AND b.partner_id = o.partner_id
	       LEFT JOIN engagement e ON e.partner_id = o.partner_id
	       LEFT JOIN together t ON t.account_id = d.account_id AND t.partner_id = o.partner_id
	       LEFT JOIN stage_weight s ON s.stage = lower(d.stage)
	       LEFT JOIN score_weight w ON w.part = 'population' AND w.value = o.population
	       LEFT JOIN base_rate v ON v.type = coalesce(d.type, '') AND v.stage = ''
	       LEFT JOIN base_rate u ON u.type = v.type AND u.stage = lower(d.stage) AND u.stage <> ''
	       LEFT JOIN partner_lift l ON l.partner_id = o.partner_id AND l.type = coalesce(d.type, ''),
	       LATERAL (SELECT coalesce(u.base_win_rate, v.base_win_rate) AS base, round(l.win_rate * (1 - l.solo_rate) / nullif(l.solo_rate * (1 - l.win_rate), 0), 9) AS odds) r,
	       LATERAL (SELECT round(r.odds * r.base / nullif(1 - r.base + r.odds * r.base, 0), 9) AS rate) x
	WHERE  p.ended_on > day OR p.ended_on IS NULL
), totalled AS (
	SELECT s.*, round(coalesce((100 * (coalesce(w.amount, 0) * amount_score::numeric + coalesce(w.stage, 0) * stage_score + coalesce(w.population, 0) * population_score
	                                   + coalesce(w.engagement, 0) * engagement_score::numeric + w.lift * coalesce(lift_score, 0)))
	                            / nullif(w.total - CASE WHEN lift_score IS NULL THEN w.lift ELSE 0 END, 0), 0), 2) AS score
	FROM   scored s, weight w
)
SELECT deal_id, partner_id,
       row_number() OVER (ORDER BY score DESC, amount DESC NULLS LAST, deal_id, partner_id) AS rank,
       row_number() OVER (PARTITION BY owner ORDER BY score DESC, amount DESC NULLS LAST, deal_id, partner_id) AS owner_rank,
       score, deal, partner, account_id, account, amount, stage, expected_close_on, owner, owner_email, partner_owner, partner_owner_email,
       population, partner_amount, on_deal, amount_score, stage_score, population_score, engagement_score,
       lift_score, base_win_rate, expected_win_rate, expected_lift, expected_from,
       concat_ws('; ',
           CASE population WHEN 'customer' THEN 'its customer' WHEN 'open_opportunity' THEN 'it is selling there, too' WHEN 'prospect' THEN 'its prospect'
                           ELSE 'in its list' END,
           CASE WHEN deals_together > 0
                THEN format('%s there together%s', CASE deals_together WHEN 1 THEN 'a deal' ELSE deals_together || ' deals' END,
                            CASE WHEN won_together > 0 THEN ', ' || won_together || ' won' ELSE '' END) END,
           CASE WHEN partner_deals > 0 THEN format('on %s of our deals in 180 days', partner_deals) ELSE 'on none of our deals in 180 days' END,
           CASE WHEN expected_lift IS NOT NULL THEN format('such deals are won %s times as often with it', round(expected_lift, 1)) END,
           CASE WHEN on_deal THEN 'on this deal already' ELSE 'not on this deal yet' END) AS why
FROM   totalled
