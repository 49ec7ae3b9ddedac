-- score_weight: how co_sell_list ranks: the weight of each part of the score, and what a population counts in its part.
-- kind: settings
-- tier: 1
-- key: part, value
-- columns:
--   part text not null                Part of the score: amount, stage, population, engagement or lift.
--   value text not null               Of the part population: customer, open_opportunity, prospect, or another; empty: the part itself.
--   weight numeric(9,6)               Weight of the part in the score, or what the population counts, from 0 to 1.
SELECT part, value, weight
FROM  (VALUES ('amount', '', 25), ('stage', '', 15), ('population', '', 35), ('engagement', '', 25), ('lift', '', 25),
              ('population', 'customer', 1.0), ('population', 'open_opportunity', 0.6), ('population', 'prospect', 0.2))
       AS s(part, value, weight)
