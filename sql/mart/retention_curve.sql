-- retention_curve: the share of customers who stay longer, day by day: a curve for each kind of customer, to be drawn as steps.
-- kind: report
-- tier: 2
-- key: customers, day
-- inputs: customer_fact(*)
-- columns:
--   customers text not null           Which customers: all; not integrated and integrated; one integration and several.
--   day integer not null              Days as a customer; the share holds from this day until the next row's.
--   at_risk integer                   Customers followed at that age.
--   lost integer                      Those of them lost on it.
--   last_seen integer                 Those followed up to it and no longer.
--   share numeric(9,6)                Share that stays longer.
--   low numeric(9,6)                  Lower limit of that share, of a 95 % interval.
--   high numeric(9,6)                 Upper limit.
WITH curve AS (
	-- a customer is integrated from its first integration on, and before that one of those who are not
	SELECT v.customers, v.s
	FROM  (SELECT survival_agg(since_on, lost_on, seen_until) AS everybody,
	              survival_agg(since_on, lost_on, coalesce(first_integration_on, seen_until)) AS not_integrated,
	              survival_agg(since_on, first_integration_on, lost_on, seen_until) FILTER (WHERE first_integration_on IS NOT NULL) AS integrated,
	              survival_agg(since_on, first_integration_on, lost_on, coalesce(second_integration_on, seen_until))
	                  FILTER (WHERE first_integration_on IS NOT NULL) AS single,
	              survival_agg(since_on, second_integration_on, lost_on, seen_until) FILTER (WHERE second_integration_on IS NOT NULL) AS several
	       FROM   customer_fact
	       WHERE  is_subscribed) q,
	       LATERAL (VALUES ('all', everybody), ('not integrated', not_integrated), ('integrated', integrated), ('one integration', single),
	                       ('several integrations', several)) AS v(customers, s)
)
SELECT customers, 0 AS day, subjects(s) AS at_risk, 0 AS lost, 0 AS last_seen, 1 AS share, NULL AS low, NULL AS high
FROM   curve
WHERE  subjects(s) > 0 AND NOT EXISTS (SELECT FROM survival_table(s) t WHERE t.duration = 0)
UNION  ALL
SELECT customers, t.duration, t.at_risk, t.churned, t.censored, t.survival, t.lower_limit, t.upper_limit
FROM   curve, survival_table(s, 0.95, 'log-log') t
