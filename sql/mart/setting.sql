-- setting: how this mart counts: one row, edited in place; a refresh makes new what a changed setting matters to.
-- kind: settings
-- tier: 1
-- key: setting_id
-- columns:
--   setting_id integer not null       Always 1: there is one row.
--   as_of date                        The day everything is counted on; NULL: today, in the mart's time zone.
--   currency text                     Currency of all amounts, an ISO 4217 code; others are converted by currency_rate.
--   minor_digits integer              Decimal places of that currency: 2 for most, 0 for JPY.
--   time_zone text                    Time zone whose days count: a deal closed late in the evening is closed on that zone's day.
--   fiscal_year_starts integer        Month the fiscal year starts in, 1 to 12; a fiscal year is named after the year it ends in.
--   led_rule text                     What a deal must show to count as led: axes, and how much earlier or later evidence still counts.
--   sourced_within interval           How long before a deal was opened a touch on its account still counts for the deal.
--   account_touches boolean           Whether touches on an account without a deal count for the account's deals.
--   role_evidence boolean             Whether a role on a deal that has a date is a touch of its partner; without, roles are for credit only.
--   co_sell_is text                   What makes a deal co-sold: flag (as ticked), role (a partner in the role co_sell) or touch (a touch with that role); NULL: the flag, where a deal has none the role.
--   solo_is text                      What co-sold deals are compared with: no_touch (untouched by partners) or no_co_sell (all others).
--   landmark interval                 Age of a deal at which its co-sell status is fixed for fair comparisons, since long-lived deals collect partners.
--   minimum_shared integer            Fewest companies that a cell shared with a partner may count.
--   shrink_limit numeric(9,6)         Part of its rows that a relation may lose at once; more is held back until a full refresh.
--   credit_model text                 The rule that credits won deals where split_policy has none for the program.
--   registration_idle_days integer    Days without activity after which a registration no longer protects.
--   churn_avoided numeric(9,6)        Part of a won renewal that is a return of the program, as you estimate the churn that partners avoid; NULL: renewals are none.
--   minimum_deals integer             Fewest closed deals that what is expected of a partner rests on; and fewest won, and fewest lost, of co-sold and of solo deals together.
SELECT 1, NULL::date, 'USD', 2, 'UTC', 1,
       'sourcing+selection+motion+intent, motion_within=14 days, sourced_within=90 days, recorded_within=14 days', interval '90 days', true, true,
       NULL::text, 'no_touch', interval '30 days', 5, 0.5,
       'role_split(sourcing=40, technical=20, influencing=20, co_sell=20, unknown=ignore)', 90, NULL::numeric, 5
