-- led_path: what keeps deals that partners touched from being led, by the one axis that is missing: what to design next.
-- kind: report
-- tier: 1
-- key: missing_axis, reason, type
-- inputs: deal_fact(*)
-- columns:
--   missing_axis text not null        The only axis without evidence on time: sourcing, selection, motion or intent; several: more than one.
--   reason text not null              Why the evidence that came nearest does not count; of several how many axes are missing.
--   type text not null                Type of the deals; empty: not known.
--   deals integer                     Involved deals.
--   open_deals integer                Those still open.
--   open_amount numeric(18,2)         Their amount.
--   won_deals integer                 Those won.
--   won_amount numeric(18,2)          Their amount: what would have counted as led.
--   example_deal_id text              The largest of them.
--   example text                      Why that one is not led, in a sentence.
--   next_step text                    What to design.
SELECT missing_axis, reason, coalesce(type, '') AS type, count(*) AS deals,
       count(*) FILTER (WHERE outcome = 'open') AS open_deals, coalesce(sum(amount) FILTER (WHERE outcome = 'open'), 0) AS open_amount,
       count(*) FILTER (WHERE outcome = 'won') AS won_deals, coalesce(sum(amount) FILTER (WHERE outcome = 'won'), 0) AS won_amount,
       (array_agg(deal_id ORDER BY amount DESC NULLS LAST, deal_id))[1] AS example_deal_id,
       (array_agg(explanation ORDER BY amount DESC NULLS LAST, deal_id))[1] AS example,
       CASE missing_axis WHEN 'sourcing' THEN 'Ask partners for referrals and act on overlaps before a deal is opened'
                         WHEN 'selection' THEN 'Agree on target accounts with partners before opening deals there'
                         WHEN 'motion' THEN 'Have the first joint call or review within the first days of the deal'
                         WHEN 'intent' THEN 'Agree on a co-sell plan before the deal is opened, and write it down that day'
                         ELSE 'Begin with the deals that miss one axis only' END AS next_step
FROM  (SELECT *, CASE WHEN missing_axes LIKE '%,%' THEN 'several' ELSE missing_axes END AS missing_axis,
              CASE WHEN missing_axes LIKE '%,%' THEN cardinality(string_to_array(missing_axes, ',')) || ' axes' ELSE missing_reasons END AS reason
       FROM   deal_fact
       WHERE  involvement = 'involved') d
GROUP  BY missing_axis, reason, coalesce(type, '')
