-- partner_pair: two partners, the accounts that both know, the deals they are on together, and the leads between them.
-- kind: report
-- tier: 1
-- key: partner_id, other_partner_id
-- inputs: account(*) account_overlap(*) involved_partner(*) deal_fact(*) lead_exchange(*) partner(*)
-- columns:
--   partner_id text not null          A partner.
--   other_partner_id text not null    Another; a pair comes once, in the order of the ids' bytes.
--   partner text                      Name of the first.
--   other_partner text                Name of the second.
--   partner_type text                 technology, services or channel.
--   other_partner_type text           The same of the second.
--   shared_accounts integer           Accounts of ours that both know.
--   account_share numeric(9,6)        As a share of those that either knows.
--   account_lift numeric(12,4)        As a multiple of what chance would give, were accounts known at random.
--   deals integer                     Deals that the first is involved in.
--   other_deals integer               Deals that the second is involved in.
--   shared_deals integer              Deals that both are involved in.
--   shared_amount numeric(18,2)       Their amount.
--   open_deals integer                Those still open.
--   open_amount numeric(18,2)         Their amount.
--   won_deals integer                 Those won.
--   won_amount numeric(18,2)          Their amount.
--   lost_deals integer                Those lost.
--   co_sold_deals integer             Those co-sold.
--   expected_deals numeric(12,4)      Shared deals that chance would give, with each deal's number of partners and each partner's number of deals as they are.
--   chance_ratio numeric(12,4)        Shared deals over expected ones.
--   chance_score numeric(12,4)        How far they differ, in standard deviations.
--   chance_verdict text               more than chance, less than chance, no clear difference, or too few deals.
--   leads_given integer               Leads and introductions that the first gave the second.
--   leads_received integer            Those that the second gave the first.
--   amount_given numeric(18,2)        Amount of the deals of the first.
--   amount_received numeric(18,2)     Amount of the deals of the second.
--   brokered_leads integer            Leads between the two that our team brokered.
--   lead_balance numeric(9,6)         The smaller of given and received over the larger: 1 is balanced, 0 one way.
WITH known AS (
	SELECT partner AS partner_id, other_partner AS other_partner_id, p.shared_nodes, p.jaccard, p.lift
	FROM  (SELECT partner_network_agg(a.account_id, o.partner_id) AS net FROM account a LEFT JOIN account_overlap o USING (account_id)) n, partner_pairs(net) p
), load AS (
	SELECT partner_id, count(*) AS deals FROM involved_partner GROUP BY partner_id
), meeting AS (
	-- pairs of partners on deals, over pairs of places on different partners' lists of deals: the chance that two such places are one deal's
	SELECT (SELECT sum(partners - 1) FROM involved_partner)::numeric / nullif(sum(deals) * sum(deals) - sum(deals * deals), 0) AS chance FROM load
), together AS (
	SELECT a.partner_id, b.partner_id AS other_partner_id, count(*) AS shared_deals, coalesce(sum(a.amount), 0) AS shared_amount,
	       count(*) FILTER (WHERE a.outcome = 'open') AS open_deals, coalesce(sum(a.amount) FILTER (WHERE a.outcome = 'open'), 0) AS open_amount,
	       count(*) FILTER (WHERE a.outcome = 'won') AS won_deals, coalesce(sum(a.amount) FILTER (WHERE a.outcome = 'won'), 0) AS won_amount,
	       count(*) FILTER (WHERE a.outcome = 'lost') AS lost_deals, count(*) FILTER (WHERE a.co_sell) AS co_sold_deals
	FROM   involved_partner a JOIN involved_partner b ON b.deal_id = a.deal_id AND a.partner_id COLLATE "C" < b.partner_id COLLATE "C"
	GROUP  BY a.partner_id, b.partner_id
), passed AS (
	SELECT least(l.from_partner_id COLLATE "C", l.to_partner_id COLLATE "C") AS partner_id, greatest(l.from_partner_id COLLATE "C", l.to_partner_id COLLATE "C") AS other_partner_id,
	       l.from_partner_id COLLATE "C" < l.to_partner_id COLLATE "C" AS is_given, l.brokered, d.amount
	FROM   lead_exchange l LEFT JOIN deal_fact d USING (deal_id)
	WHERE  l.from_partner_id <> '' AND l.to_partner_id <> '' AND l.from_partner_id <> l.to_partner_id
), leads AS (
	SELECT partner_id, other_partner_id, count(*) FILTER (WHERE is_given) AS leads_given, count(*) FILTER (WHERE NOT is_given) AS leads_received,
	       coalesce(sum(amount) FILTER (WHERE is_given), 0) AS amount_given, coalesce(sum(amount) FILTER (WHERE NOT is_given), 0) AS amount_received,
	       count(*) FILTER (WHERE brokered) AS brokered_leads
	FROM   passed
	GROUP  BY partner_id, other_partner_id
), pair AS (
	SELECT partner_id, other_partner_id, k.shared_nodes, k.jaccard, k.lift, coalesce(f.deals, 0) AS deals, coalesce(g.other_deals, 0) AS other_deals,
	       coalesce(t.shared_deals, 0) AS shared_deals, t.shared_amount, t.open_deals, t.open_amount, t.won_deals, t.won_amount, t.lost_deals, t.co_sold_deals,
	       coalesce(m.chance * f.deals * g.other_deals, 0) AS expected, l.leads_given, l.leads_received, l.amount_given, l.amount_received, l.brokered_leads
	FROM   known k
	       FULL JOIN together t USING (partner_id, other_partner_id)
	       FULL JOIN leads l USING (partner_id, other_partner_id)
	       LEFT JOIN load f USING (partner_id)
	       LEFT JOIN (SELECT partner_id AS other_partner_id, deals AS other_deals FROM load) g USING (other_partner_id)
	       CROSS JOIN meeting m
)
SELECT p.partner_id, p.other_partner_id, coalesce(a.name, p.partner_id) AS partner, coalesce(b.name, p.other_partner_id) AS other_partner,
       a.type AS partner_type, b.type AS other_partner_type,
       coalesce(p.shared_nodes, 0) AS shared_accounts, p.jaccard AS account_share, p.lift AS account_lift,
       p.deals, p.other_deals, p.shared_deals, coalesce(p.shared_amount, 0) AS shared_amount, coalesce(p.open_deals, 0) AS open_deals, coalesce(p.open_amount, 0) AS open_amount,
       coalesce(p.won_deals, 0) AS won_deals, coalesce(p.won_amount, 0) AS won_amount, coalesce(p.lost_deals, 0) AS lost_deals, coalesce(p.co_sold_deals, 0) AS co_sold_deals,
       p.expected AS expected_deals, p.shared_deals / nullif(round(p.expected, 4), 0) AS chance_ratio, z.score AS chance_score,
       CASE WHEN p.expected < 5 AND p.shared_deals < 5 THEN 'too few deals' WHEN z.score >= 3 THEN 'more than chance' WHEN z.score <= -3 THEN 'less than chance'
            ELSE 'no clear difference' END AS chance_verdict,
       coalesce(p.leads_given, 0) AS leads_given, coalesce(p.leads_received, 0) AS leads_received,
       coalesce(p.amount_given, 0) AS amount_given, coalesce(p.amount_received, 0) AS amount_received, coalesce(p.brokered_leads, 0) AS brokered_leads,
       least(p.leads_given, p.leads_received)::numeric / nullif(greatest(p.leads_given, p.leads_received), 0) AS lead_balance
FROM   pair p
       LEFT JOIN partner a ON a.partner_id = p.partner_id
       LEFT JOIN partner b ON b.partner_id = p.other_partner_id,
       -- Freeman and Tukey's deviate of a count that is Poisson's: nearly normal from 1 on
       LATERAL (SELECT sqrt(p.shared_deals) + sqrt(p.shared_deals + 1) - sqrt(4 * p.expected::double precision + 1) AS score) z
