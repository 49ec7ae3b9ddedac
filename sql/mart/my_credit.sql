-- my_credit: the deals that you are credited for, a row for each line of credit.
-- kind: shared
-- tier: 1
-- key: deal_id, line
-- inputs: credit_line(*) deal_fact(*) partner(*) partner_share(*) setting(*)
-- columns:
--   deal_id text not null       The won deal.
--   line integer not null       Number of your line in the deal.
--   deal text                   Name of the deal; NULL: it has another partner's name in it.
--   account text                Name of the account.
--   role text                   Role that is credited.
--   occurred_on date            Day of the touch that is credited; NULL: credited by role.
--   share numeric(9,6)          Your share of the deal. NULL: the deal has no amount.
--   amount numeric(18,2)        The same as an amount.
--   currency text               Its currency.
--   reason text                 Why.
--   model text                  The rule that was applied.
--   program text                Program of the deal.
--   closed_on date              Day it was won.
--   closed_quarter date         First day of the fiscal quarter it was won in.
SELECT l.deal_id, row_number() OVER (PARTITION BY l.deal_id ORDER BY l.line) AS line,
       CASE WHEN NOT EXISTS (SELECT FROM partner o WHERE o.partner_id <> s.partner_id AND length(o.name) > 2 AND strpos(lower(l.deal), lower(o.name)) > 0)
            THEN l.deal END AS deal,
       f.account, l.role, l.occurred_on, l.share, l.amount, t.currency, l.reason, l.model, l.program, l.closed_on, l.closed_quarter
FROM   setting t, partner_share s
       JOIN credit_line l USING (partner_id)
       LEFT JOIN deal_fact f USING (deal_id)
