-- my_counts: how many of your records are accounts of ours, by what they are to you and to us.
-- kind: shared
-- tier: 1
-- key: our_population, their_population
-- inputs: shared_match(*) account(*) partner_account(*) partner_share(*) share_level(*)
-- columns:
--   our_population text not null     What they are to us: customer, open_opportunity or prospect; empty: not known.
--   their_population text not null   What they are to you: the same words.
--   their_records bigint             All your records in that population, shared with us.
--   records bigint                   Those of them that are accounts of ours; NULL: too few, or others could be told from it.
WITH list AS (
	SELECT s.partner_id, s.minimum, p.population AS their_population, count(*) AS their_records
	FROM   partner_share s
	       JOIN partner_account r USING (partner_id),
	       LATERAL (SELECT CASE WHEN r.population IN ('customer', 'open_opportunity', 'prospect') THEN r.population ELSE '' END AS population) p
	GROUP  BY s.partner_id, s.minimum, p.population
), cell AS (
	SELECT l.our_population, l.their_population, l.level, t.minimum, t.their_records, t.partner_id,
	      (SELECT count(*) FROM shared_match m
	       WHERE  m.partner_id = t.partner_id AND m.our_population = l.our_population AND m.their_population = l.their_population AND m.is_counted) AS records
	FROM   share_level l JOIN list t USING (their_population)
	WHERE  l.level IN ('all', 'overlapping', 'counts_only')
	AND   (l.our_population <> '' OR EXISTS (SELECT FROM account WHERE segment IS NULL))
), steady AS (
	-- One record more between two refreshes would tell what that record is to us
	SELECT c.*, c.level = 'counts_only' AND c.records >= c.minimum AS may_show,
	       CASE WHEN c.level = 'counts_only' AND abs(c.records - b.records) < c.minimum THEN b.records ELSE c.records END AS shown
	FROM   cell c LEFT JOIN share_count b USING (partner_id, our_population, their_population)
), rest AS (
	-- The partner knows its own list, so what is left of it is a count, too: the
	-- smallest counts are withheld until enough is left
	SELECT s.*, their_records - coalesce(sum(records) FILTER (WHERE level <> 'counts_only') OVER all_of_it, 0)
	       - coalesce(sum(shown) FILTER (WHERE may_show) OVER all_of_it, 0)
	       + coalesce(sum(shown) FILTER (WHERE may_show) OVER smaller, 0) AS remaining
	FROM   steady s
	WINDOW all_of_it AS (PARTITION BY their_population),
	       smaller AS (PARTITION BY their_population ORDER BY shown, our_population ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT our_population, their_population, their_records,
       CASE WHEN records >= minimum AND (level <> 'counts_only' OR remaining >= minimum) THEN shown END AS records
FROM   rest
