-- joint_sale: the customers who bought since a joint solution was launched, and what of it each has bought.
-- kind: report
-- tier: 3
-- key: product, partner_id, account_id
-- inputs: joint_solution(*) deal_fact(*) partner(*)
-- columns:
--   product text not null             The joint solution.
--   partner_id text not null          Partner it was built with.
--   account_id text not null          A customer who bought something since.
--   partner text                      Name of the partner.
--   account text                      Name of the customer.
--   segment text                      What the account is to us.
--   launched_on date                  Day it came to market.
--   bought_on date                    Day the customer first bought it; NULL: not yet.
--   deals integer                     Deals about it that were won: the deal's name has the product's, and the customer's name is not why.
--   amount numeric(18,2)              Their value.
--   arr numeric(18,2)                 Part of it that recurs every year.
SELECT s.product, s.partner_id, d.account_id, min(coalesce(p.name, s.partner_id)) AS partner, min(d.account) AS account, min(d.segment) AS segment, min(s.launched_on) AS launched_on,
       min(d.closed_on) FILTER (WHERE n.is_it) AS bought_on, count(*) FILTER (WHERE n.is_it) AS deals, sum(d.amount) FILTER (WHERE n.is_it) AS amount, sum(d.arr) FILTER (WHERE n.is_it) AS arr
FROM   joint_solution s
       JOIN deal_fact d ON d.outcome = 'won' AND d.closed_on >= s.launched_on
       LEFT JOIN partner p ON p.partner_id = s.partner_id,
       LATERAL (SELECT coalesce(strpos(lower(replace(d.deal, coalesce(d.account, ''), '')), lower(s.product)) > 0, false) AS is_it) n
WHERE  s.product <> '' AND d.account_id IS NOT NULL
GROUP  BY s.product, s.partner_id, d.account_id
