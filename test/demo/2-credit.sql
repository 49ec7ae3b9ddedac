-- Credit
-- What share of the revenue we won is each partner's, by the role it held on each deal?  The share of
-- a role nobody held stays with the company, so the parts add up to the won amount, to the cent.

WITH share AS (
    SELECT deal_id, amount, partner_id,
           credit(amount, 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)',
                  role, partner_id) OVER (PARTITION BY deal_id) AS credit
    FROM   deal LEFT JOIN deal_partner USING (deal_id)
    WHERE  outcome = 'won'
), line AS (
    SELECT 'partners' AS side, name, deal_id, credit
    FROM   share JOIN partner USING (partner_id)
    UNION  ALL
    SELECT 'company', CASE count(partner_id) WHEN 0 THEN 'the company: deals without a partner'
                                             ELSE 'the company: roles nobody held' END,
           deal_id, amount - sum(credit)
    FROM   share
    GROUP  BY deal_id, amount
), total AS (
    SELECT coalesce(name, 'all ' || side, 'total') AS credited_to,
           count(DISTINCT deal_id) AS deals, sum(credit) AS won_amount,
           grouping(side, name) AS level, side,
           row_number() OVER (PARTITION BY side, grouping(name) ORDER BY sum(credit) DESC) AS place
    FROM   line
    GROUP  BY ROLLUP (side, name)
)
SELECT credited_to, deals, won_amount,
       round(100 * won_amount / (SELECT sum(amount) FROM deal WHERE outcome = 'won'), 2) AS percent
FROM   total
WHERE  place <= 8 AND credited_to <> 'all company'
ORDER  BY side DESC NULLS LAST, level, won_amount DESC;

-- What was to be divided.
SELECT count(*) AS won_deals, sum(amount) AS won_amount FROM deal WHERE outcome = 'won';
