-- metric: the numbers: each metric of the network, of a partner, a region ..., as of now and by fiscal quarter.
-- kind: report
-- tier: 1
-- key: metric, scope, scope_id, period
-- grain: metric
-- inputs: setting(*) partner(*)
-- columns:
--   metric text not null              Name of the number.
--   scope text not null               What it is of: network (everything), or partner, region, segment ...
--   scope_id text not null            Which one; empty for the network.
--   period text not null              now: of all that is known; else the fiscal quarter, such as FY2026 Q3.
--   scope_name text                   Name of the partner, else scope_id.
--   period_starts date                First day of the quarter; NULL: now.
--   value numeric(24,6)               The number; NULL: there is none, and wanted says why.
--   low numeric(24,6)                 Lower limit of its interval, 95 %: of a single rate by Wilson, of two sides the ratio's.
--   high numeric(24,6)                Upper limit.
--   numerator numeric(24,6)           What is divided; of a comparison the first side's value.
--   denominator numeric(24,6)         By what it is divided; of a mean or median the number of things; of a comparison the other side's value.
--   unit text                         share (0 to 1), ratio, change (0.4: 40 % more), points (of shares: 0.08 is 8), money, count, days ...
--   target text                       What is to be reached, by the extension's table of targets.
--   verdict text                      What is to be said of the number, by the same table; of two sides compared first whether they differ.
--   meets_target boolean              Whether the target is met; NULL: there is none, no number, or no clear difference between the two sides compared.
--   basis text                        What the number rests on: the day, the rule, the model.
--   wanted text                       Why there is no number: an input that it lacks, too few rows, nothing to divide by, or amounts below zero.
SELECT metric, scope, scope_id,
       CASE WHEN period_starts IS NULL THEN 'now'
            ELSE _fiscal_quarter(period_starts, s.fiscal_year_starts) END AS period,
       CASE WHEN scope = 'partner' THEN coalesce(p.name, scope_id) ELSE nullif(scope_id, '') END AS scope_name,
       period_starts, value, low, high, numerator, denominator, unit, g.target,
       coalesce(undecided, CASE WHEN value <@ g.possible THEN _verdict_of(g.targets, value) END) AS verdict,
       CASE WHEN undecided IS NULL AND value <@ g.possible THEN _meets_targets(g.targets, value) END AS meets_target,
       concat_ws('; ', CASE WHEN period_starts IS NULL THEN 'as of ' || coalesce(s.as_of, (now() AT TIME ZONE s.time_zone)::date) END, basis) AS basis,
       CASE WHEN greatest(abs(value), abs(numerator), abs(denominator)) >= 1e18 THEN 'too large for its column' ELSE wanted END AS wanted
FROM   setting s
       -- above it stand the numbers, as metric_definition says
       CROSS JOIN metric_number n
       LEFT JOIN partner p ON n.scope = 'partner' AND p.partner_id = n.scope_id
       -- targets are looked up once for all values
       LEFT JOIN (SELECT goal, possible_values_of(goal) AS possible, ARRAY(SELECT t FROM targets_of(goal) t) AS targets,
                        (SELECT string_agg(concat_ws(' ', CASE WHEN lower(t.range) IS NULL THEN CASE WHEN upper_inc(t.range) THEN 'up to' ELSE 'below' END
                                                               WHEN upper(t.range) IS NULL THEN CASE WHEN lower_inc(t.range) THEN 'from' ELSE 'above' END END,
                                                     lower(t.range), CASE WHEN lower(t.range) < upper(t.range) THEN 'to' END,
                                                     CASE WHEN lower(t.range) IS DISTINCT FROM upper(t.range) THEN upper(t.range) END), ', ' ORDER BY t.range)
                         FROM   targets_of(goal) t WHERE t.kind = 'target') AS target
                  FROM  (SELECT DISTINCT goal FROM metric_number WHERE goal IS NOT NULL OFFSET 0) d OFFSET 0) g USING (goal),
       LATERAL (SELECT make_interval(months => s.fiscal_year_starts - 1) AS later) f
