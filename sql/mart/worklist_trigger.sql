-- worklist_trigger: what puts a line on the worklist, for how long, and what is to be done then.
-- kind: settings
-- tier: 1
-- key: trigger
-- columns:
--   trigger text not null             partner_won_deal, deal_opened, overlap_entered, champion_moved or deal_stalled.
--   is_on boolean                     Whether it counts.
--   days integer                      For how many days after it happened it stays on the list; of deal_stalled: after how many silent days a deal stalls.
--   weight numeric(9,6)               How urgent it is, from 0 to 1: lines are ranked by this, how well the partner knows the account, and the amount.
--   play text                         What is to be done.
SELECT trigger, is_on, days, weight, play
FROM  (VALUES ('partner_won_deal', true, 30, 1.0, 'Ask the partner who sold there for an introduction while the purchase is fresh'),
              ('deal_opened', true, 30, 0.8, 'Bring the partner in now, before the deal goes on without them'),
              ('overlap_entered', true, 14, 0.6, 'Compare notes with the partner: who do they talk to there?'),
              ('champion_moved', true, 60, 0.85, 'Congratulate the champion, with the partner who already sells there'),
              ('deal_stalled', true, 45, 0.75, 'Ask the partner what has changed at the account, and for a joint call'))
       AS t(trigger, is_on, days, weight, play)
