-- account_fact: one row an account, with the partners who know it, what was sold there, and the plans.
-- kind: report
-- tier: 1
-- key: account_id
-- grain: account_id
-- inputs: account(account_id) account_overlap(account_id) deal_fact(account_id) partner_deal(account_id) integration_use(account_id)
--   co_sell_plan(*) company(*)
-- columns:
--   account_id text not null          The account.
--   account text                      Its name.
--   website text                      Website, as typed in.
--   country text                      Country.
--   segment text                      What it is to us: customer, open_opportunity or prospect.
--   industry text                     Industry.
--   region text                       Sales region.
--   owner text                        Who looks after it on our side.
--   owner_email text                  Their e-mail address.
--   parent_account_id text            Account it belongs to.
--   is_partner boolean                Whether it is also a partner.
--   company_id bigint                 Company it is; two accounts of one company were entered twice.
--   accounts_of_company integer       Accounts of ours that are this company.
--   partners_who_know integer         Partners who have it in their lists: its density.
--   partners text                     Their names.
--   customer_of text                  Names of the partners whose customer it is.
--   sold_to_by text                   Names of the partners who have an open opportunity there.
--   partners_on_deals integer         Partners who were on deals there.
--   deals integer                     Deals, whatever became of them.
--   open_deals integer                Open ones.
--   open_amount numeric(18,2)         Their amount.
--   won_deals integer                 Won ones.
--   won_amount numeric(18,2)          Their amount.
--   lost_deals integer                Lost ones.
--   last_won_on date                  Day of the last one won.
--   touched_deals integer             Deals that partners touched.
--   led_deals integer                 Deals that partners led.
--   last_touch_on date                Day of the last touch by a partner.
--   plans integer                     Co-sell plans for it or its deals.
--   integrations integer              Partners' integrations in use there.
WITH overlap AS (
	SELECT account_id, count(*) AS partners_who_know, string_agg(coalesce(partner, partner_id), ', ' ORDER BY partner, partner_id) AS partners,
	       string_agg(coalesce(partner, partner_id), ', ' ORDER BY partner, partner_id) FILTER (WHERE population = 'customer') AS customer_of,
	       string_agg(coalesce(partner, partner_id), ', ' ORDER BY partner, partner_id) FILTER (WHERE population = 'open_opportunity') AS sold_to_by
	FROM   account_overlap
	GROUP  BY account_id
), sold AS (
	SELECT account_id, count(*) AS deals, count(*) FILTER (WHERE outcome = 'open') AS open_deals, sum(amount) FILTER (WHERE outcome = 'open') AS open_amount,
	       count(*) FILTER (WHERE outcome = 'won') AS won_deals, sum(amount) FILTER (WHERE outcome = 'won') AS won_amount,
	       count(*) FILTER (WHERE outcome = 'lost') AS lost_deals, max(closed_on) FILTER (WHERE outcome = 'won') AS last_won_on,
	       count(*) FILTER (WHERE is_touched) AS touched_deals, count(*) FILTER (WHERE is_led) AS led_deals, max(last_touch_on) AS last_touch_on
	FROM   deal_fact
	GROUP  BY account_id
), together AS (
	SELECT account_id, count(DISTINCT partner_id) AS partners FROM partner_deal WHERE partner_id <> '' GROUP BY account_id
), plan AS (
	SELECT coalesce(c.account_id, d.account_id) AS account_id, count(*) AS plans
	FROM   co_sell_plan c LEFT JOIN deal_fact d USING (deal_id)
	GROUP  BY 1
), used AS (
	SELECT account_id, count(*) AS integrations FROM integration_use WHERE ended_on IS NULL GROUP BY account_id
), twice AS (
	SELECT a.account_id, c.company_id, count(*) AS accounts
	FROM   account a
	       JOIN company c ON c.source = 'own' AND c.record_id = a.account_id
	       JOIN company o ON o.company_id = c.company_id AND o.source = 'own'
	GROUP  BY a.account_id, c.company_id
)
SELECT account_id, a.name AS account, a.website, a.country, a.segment, a.industry, a.region, a.owner, a.owner_email, a.parent_id AS parent_account_id,
       coalesce(a.is_partner, false) AS is_partner, c.company_id, c.accounts AS accounts_of_company,
       coalesce(o.partners_who_know, 0) AS partners_who_know, o.partners, o.customer_of, o.sold_to_by, coalesce(t.partners, 0) AS partners_on_deals,
       coalesce(s.deals, 0) AS deals, coalesce(s.open_deals, 0) AS open_deals, coalesce(s.open_amount, 0) AS open_amount,
       coalesce(s.won_deals, 0) AS won_deals, coalesce(s.won_amount, 0) AS won_amount, coalesce(s.lost_deals, 0) AS lost_deals, s.last_won_on,
       coalesce(s.touched_deals, 0) AS touched_deals, coalesce(s.led_deals, 0) AS led_deals, s.last_touch_on,
       coalesce(p.plans, 0) AS plans, coalesce(u.integrations, 0) AS integrations
FROM   account a
       LEFT JOIN overlap o USING (account_id)
       LEFT JOIN sold s USING (account_id)
       LEFT JOIN together t USING (account_id)
       LEFT JOIN plan p USING (account_id)
       LEFT JOIN used u USING (account_id)
       LEFT JOIN twice c USING (account_id)
