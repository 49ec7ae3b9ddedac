-- involved_partner: one row a deal and partner that is involved in it, with the deal's facts; what is counted by partner is counted here.
-- kind: report
-- tier: 1
-- key: deal_id, partner_id
-- grain: deal_id
-- inputs: deal_fact(deal_id) partner_deal(deal_id) touch(deal_id) setting(*)
-- columns:
--   deal_id text not null             The deal.
--   partner_id text not null          A partner whose touches alone make it involved or led.
--   deal text                         Name of the deal.
--   partner text                      Name of the partner.
--   partner_type text                 technology, services or channel.
--   account_id text                   Account of the deal.
--   account text                      Name of the account.
--   type text                         new, expansion or renewal.
--   outcome text                      won, lost or open.
--   amount numeric(18,2)              Value of the whole deal: count it once a deal when adding up.
--   arr numeric(18,2)                 Part of it that recurs every year.
--   region text                       Sales region.
--   program text                      Partner program.
--   owner text                        Who owns the deal on our side.
--   pairing text                      Owner and type of partner, such as Ann with services.
--   opened_on date                    Day it was opened, in the mart's time zone.
--   closed_on date                    Day it was won or lost.
--   opened_quarter date               First day of the fiscal quarter it was opened in.
--   closed_quarter date               First day of the fiscal quarter it was won or lost in.
--   closed_fiscal text                The same as people say it.
--   cycle_days integer                Days from opening to close.
--   origin text                       Whether this partner sourced it: partner_sourced, ecosystem_sourced or partner_influenced.
--   is_sourced boolean                Whether it is partner_sourced.
--   co_sell boolean                   Whether the deal is co-sold, as setting.co_sell_is says.
--   landmark_co_sell boolean          Whether it was when setting.landmark had passed since opening, and the partner there by then; NULL: closed before.
--   partners integer                  Partners involved in the deal, this one among them.
--   has_mention boolean               Whether the partner's integration was mentioned before the close.
--   first_touch_on date               Day of the partner's first touch.
--   credit numeric(18,2)              What the partner is credited, of won deals.
SELECT deal_id, b.partner_id, d.deal, b.partner, b.partner_type, d.account_id, d.account, d.type, d.outcome, d.amount, d.arr, d.region, d.program, d.owner,
       d.owner || ' with ' || b.partner_type AS pairing,
       d.opened_on, d.closed_on, d.opened_quarter, d.closed_quarter, d.closed_fiscal, d.cycle_days, b.origin, b.origin = 'partner_sourced' AS is_sourced,
       d.co_sell, d.landmark_co_sell AND coalesce(b.first_touch_on <= ((d.opened_at + s.landmark) AT TIME ZONE s.time_zone)::date, false) AS landmark_co_sell,
       count(*) OVER (PARTITION BY deal_id) AS partners,
       m.first_at IS NOT NULL AND coalesce(m.first_at <= d.closed_at, d.closed_at IS NULL) AS has_mention, b.first_touch_on, b.credit
FROM   setting s, deal_fact d
       JOIN partner_deal b USING (deal_id)
       LEFT JOIN (SELECT deal_id, partner_id, min(occurred_at) AS first_at FROM touch WHERE kind = 'integration_mention' GROUP BY deal_id, partner_id) m
              USING (deal_id, partner_id)
WHERE  b.partner_id <> '' AND b.involvement IN ('involved', 'led')
