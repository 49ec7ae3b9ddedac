-- base_rate: how often deals of a type are won without a partner's part, also from a stage on: what an expectation starts from.
-- kind: report
-- tier: 1
-- key: type, stage
-- inputs: deal_fact(*) deal_history(*)
-- columns:
--   type text not null                Type of the deals; empty: not known.
--   stage text not null               Stage, in lower case, that the deals were in when still open; empty: all deals of the type.
--   deals integer                     Closed deals that were not co-sold when setting.landmark had passed since opening.
--   won integer                       Those won.
--   observed numeric(9,6)             Won over closed.
--   parent_rate numeric(9,6)          What it is drawn to: of a type the rate of all deals, of a stage that of its type.
--   weight numeric(9,6)               Part that the deals themselves have in the rate, 0 to 1.
--   base_win_rate numeric(9,6)        The rate that is expected: between observed and parent_rate, by weight.
WITH solo AS (
	SELECT deal_id, coalesce(type, '') AS type, (outcome = 'won')::integer AS won
	FROM   deal_fact
	WHERE  outcome IN ('won', 'lost') AND NOT landmark_co_sell AND (is_solo OR co_sell AND co_sold_on IS NOT NULL)
), by_type AS (
	SELECT type, count(*) AS deals, sum(won) AS won, sum(sum(won)) OVER () / sum(count(*)) OVER ()::numeric AS parent_rate
	FROM   solo
	GROUP  BY type
), type_spread AS (
	-- how much the rates of types differ beyond chance, as the variance of their ratios to the rate of all
	SELECT greatest(0, (sum((won - deals * parent_rate) ^ 2 / nullif(deals * parent_rate * (1 - parent_rate), 0)) - count(*))
	                   / nullif(sum(deals * parent_rate / nullif(1 - parent_rate, 0)), 0)) AS spread
	FROM   by_type
), type_rate AS (
	SELECT t.*, round(parent_rate + w.weight * (won::numeric / deals - parent_rate), 9) AS rate, w.weight
	FROM   by_type t, type_spread s,
	       LATERAL (SELECT coalesce(spread * deals * parent_rate / nullif(spread * deals * parent_rate + 1 - parent_rate, 0), 0) AS weight) w
), by_stage AS (
	SELECT type, r.stage, count(*) AS deals, sum(r.won) AS won, min(t.rate) AS parent_rate
	FROM  (SELECT DISTINCT s.deal_id, s.type, s.won, lower(h.stage) AS stage
	       FROM   solo s JOIN deal_history h USING (deal_id)
	       WHERE  h.outcome = 'open' AND h.stage <> '') r
	       JOIN type_rate t USING (type)
	GROUP  BY type, r.stage
), stage_spread AS (
	SELECT greatest(0, (sum((won - deals * parent_rate) ^ 2 / nullif(deals * parent_rate * (1 - parent_rate), 0)) - count(*))
	                   / nullif(sum(deals * parent_rate / nullif(1 - parent_rate, 0)), 0)) AS spread
	FROM   by_stage
)
SELECT type, '' AS stage, deals, won, won::numeric / deals AS observed, parent_rate, weight, rate AS base_win_rate FROM type_rate
UNION  ALL
SELECT type, stage, deals, won, won::numeric / deals, parent_rate, w.weight, round(parent_rate + w.weight * (won::numeric / deals - parent_rate), 9)
FROM   by_stage, stage_spread,
       LATERAL (SELECT coalesce(spread * deals * parent_rate / nullif(spread * deals * parent_rate + 1 - parent_rate, 0), 0) AS weight) w
