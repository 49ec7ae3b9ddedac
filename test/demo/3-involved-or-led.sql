-- Involved or led
-- How much of what we sell do partners touch, and how much do they lead: sourced, selected and sold
-- together from the start, by a plan made before the deal was opened?

-- How each deal was driven; deals without any touch count too.
CREATE TEMP VIEW driven AS
SELECT deal_id, amount, outcome, opened_at, closed_at,
       deal_motion_agg(kind, occurred_at, opened_at, closed_at) AS motion
FROM   deal LEFT JOIN touch USING (deal_id)
GROUP  BY deal_id;
-- By class.
SELECT involvement(motion) AS class,
       count(*) AS deals,
       round(100 * count(*) / sum(count(*)) OVER (), 1) AS "% of deals",
       sum(amount) FILTER (WHERE outcome = 'won') AS won_amount,
       round(100 * sum(amount) FILTER (WHERE outcome = 'won')
                 / sum(sum(amount) FILTER (WHERE outcome = 'won')) OVER (), 1) AS "% of won",
       round(100.0 * count(*) FILTER (WHERE outcome = 'won')
                   / count(*) FILTER (WHERE outcome <> 'open'), 1) AS "win rate, %"
FROM   driven
GROUP  BY involvement(motion)
ORDER  BY array_position('{led,involved,unproven,covered,direct}', involvement(motion));

-- The headline and what it hides, as shares of the won amount.
SELECT round(100 * sum(amount) FILTER (WHERE involvement(motion) IN ('involved', 'led'))
                 / sum(amount), 1) AS "touched, %",
       round(100 * sum(amount) FILTER (WHERE involvement(motion) = 'led')
                 / sum(amount), 1) AS "led, %"
FROM   driven
WHERE  outcome = 'won';

-- Why?  The largest deals we won of either kind, with the evidence.
SELECT DISTINCT ON (involvement(motion)) deal_id, amount,
       regexp_replace(explanation(motion), '(.{60,70}) ', E'\\1\n', 'g') AS explanation
FROM   driven
WHERE  outcome = 'won' AND involvement(motion) IN ('involved', 'led')
ORDER  BY involvement(motion), amount DESC;
