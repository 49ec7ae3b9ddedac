-- partner_place: a partner's place in the network: whom it is connected with, what the others lose without it, and leads both ways.
-- kind: report
-- tier: 1
-- key: partner_id
-- inputs: partner(*) partner_pair(*) involved_partner(*) lead_exchange(*) integration_use(*) setting(*)
-- columns:
--   partner_id text not null          The partner.
--   partner text                      Its name.
--   partner_type text                 technology, services or channel.
--   region text                       Region it works in.
--   deals integer                     Deals it is involved in.
--   deals_with_others integer         Those with other partners, too.
--   deal_connections integer          Partners it shares a deal with.
--   account_connections integer       Partners it shares an account with.
--   connection_share numeric(9,6)     The former as a share of all other partners.
--   pairs_above_chance integer        Partners it is on more deals with than chance would have it.
--   won_deals integer                 Won deals it is involved in.
--   won_amount numeric(18,2)          Their amount.
--   won_with_others integer           Won deals on which other partners are, too.
--   amount_with_others numeric(18,2)  Their amount: what the others would lose at most, were it not there.
--   won_with_one_other integer        Those with exactly one other partner, which would be left alone.
--   others_amount numeric(18,2)       Amount of all won deals that other partners are involved in.
--   others_change numeric(9,6)        The removal test: minus amount_with_others over others_amount; 0 for everybody means no ecosystem.
--   leads_given integer               Leads and introductions it gave us.
--   leads_received integer            Those we gave it.
--   given_share numeric(9,6)          Given over both: 0.5 is balanced.
--   lead_balance numeric(9,6)         The smaller of the two over the larger.
--   leads_to_partners integer         Leads it gave other partners.
--   leads_from_partners integer       Leads other partners gave it.
--   amount_to_partners numeric(18,2)  Amount of the deals it gave other partners.
--   integrated_customers integer      Customers who use its integration.
--   co_sold_in_a_year integer         Co-sold deals opened within a year that it is involved in.
--   is_features_only boolean          Whether customers use its integration and it was on no co-sold deal in a year: features, not growth.
WITH today AS (
	SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day FROM setting
), won AS (
	SELECT coalesce(sum(amount), 0) AS amount FROM (SELECT DISTINCT deal_id, amount FROM involved_partner WHERE outcome = 'won') d
), on_deals AS (
	SELECT partner_id, max(partner) AS partner, max(partner_type) AS partner_type, count(*) AS deals, count(*) FILTER (WHERE partners > 1) AS deals_with_others,
	       count(*) FILTER (WHERE outcome = 'won') AS won_deals, coalesce(sum(amount) FILTER (WHERE outcome = 'won'), 0) AS won_amount,
	       count(*) FILTER (WHERE outcome = 'won' AND partners > 1) AS won_with_others,
	       count(*) FILTER (WHERE outcome = 'won' AND partners = 2) AS won_with_one_other,
	       coalesce(sum(amount) FILTER (WHERE outcome = 'won' AND partners > 1), 0) AS amount_with_others,
	       coalesce(sum(amount) FILTER (WHERE outcome = 'won' AND partners = 1), 0) AS amount_alone,
	       count(*) FILTER (WHERE co_sell AND opened_on > day - 365) AS co_sold_in_a_year
	FROM   today, involved_partner
	GROUP  BY partner_id
), connected AS (
	SELECT partner_id, count(*) FILTER (WHERE shared_deals > 0) AS by_deals, count(*) FILTER (WHERE shared_accounts > 0) AS by_accounts,
	       count(*) FILTER (WHERE chance_verdict = 'more than chance') AS above_chance
	FROM  (SELECT partner_id, shared_deals, shared_accounts, chance_verdict FROM partner_pair
	       UNION ALL
	       SELECT other_partner_id, shared_deals, shared_accounts, chance_verdict FROM partner_pair) p
	GROUP  BY partner_id
), leads AS (
	SELECT partner_id, count(*) FILTER (WHERE other = '' AND gave) AS given, count(*) FILTER (WHERE other = '' AND NOT gave) AS received,
	       count(*) FILTER (WHERE other <> '' AND gave) AS to_partners, count(*) FILTER (WHERE other <> '' AND NOT gave) AS from_partners
	FROM  (SELECT coalesce(from_partner_id, '') AS partner_id, coalesce(to_partner_id, '') AS other, true AS gave FROM lead_exchange
	       UNION ALL
	       SELECT coalesce(to_partner_id, ''), coalesce(from_partner_id, ''), false FROM lead_exchange) l
	WHERE  partner_id <> other
	GROUP  BY partner_id
), passed_on AS (
	SELECT partner_id, sum(amount) AS amount
	FROM  (SELECT partner_id, amount_given AS amount FROM partner_pair UNION ALL SELECT other_partner_id, amount_received FROM partner_pair) p
	GROUP  BY partner_id
), used AS (
	SELECT partner_id, count(DISTINCT account_id) AS customers FROM integration_use, today WHERE ended_on IS NULL OR ended_on > day GROUP BY partner_id
)
SELECT partner_id, coalesce(p.name, d.partner, partner_id) AS partner, coalesce(p.type, d.partner_type) AS partner_type, p.region,
       coalesce(d.deals, 0) AS deals, coalesce(d.deals_with_others, 0) AS deals_with_others,
       coalesce(c.by_deals, 0) AS deal_connections, coalesce(c.by_accounts, 0) AS account_connections,
       coalesce(c.by_deals, 0)::numeric / nullif(count(*) OVER () - 1, 0) AS connection_share, coalesce(c.above_chance, 0) AS pairs_above_chance,
       coalesce(d.won_deals, 0) AS won_deals, coalesce(d.won_amount, 0) AS won_amount, coalesce(d.won_with_others, 0) AS won_with_others,
       coalesce(d.amount_with_others, 0) AS amount_with_others, coalesce(d.won_with_one_other, 0) AS won_with_one_other,
       w.amount - coalesce(d.amount_alone, 0) AS others_amount,
       -d.amount_with_others / nullif(w.amount - d.amount_alone, 0) AS others_change,
       coalesce(l.given, 0) AS leads_given, coalesce(l.received, 0) AS leads_received,
       l.given::numeric / nullif(l.given + l.received, 0) AS given_share, least(l.given, l.received)::numeric / nullif(greatest(l.given, l.received), 0) AS lead_balance,
       coalesce(l.to_partners, 0) AS leads_to_partners, coalesce(l.from_partners, 0) AS leads_from_partners, coalesce(o.amount, 0) AS amount_to_partners,
       coalesce(u.customers, 0) AS integrated_customers, coalesce(d.co_sold_in_a_year, 0) AS co_sold_in_a_year,
       coalesce(u.customers, 0) > 0 AND coalesce(d.co_sold_in_a_year, 0) = 0 AS is_features_only
FROM   (SELECT partner_id, name, type, region FROM partner) p
       FULL JOIN on_deals d USING (partner_id)
       LEFT JOIN connected c USING (partner_id)
       LEFT JOIN leads l USING (partner_id)
       LEFT JOIN passed_on o USING (partner_id)
       LEFT JOIN used u USING (partner_id)
       CROSS JOIN won w
