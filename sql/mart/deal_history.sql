-- deal_history: what was known of each deal from when on: written when a refresh finds a deal changed, and kept.
-- kind: history
-- tier: 2
-- key: deal_id, valid_from
-- inputs: deal(*)
-- columns:
--   deal_id text not null             The deal.
--   valid_from timestamptz not null   Since when, until the next row of the deal.
--   stage text                        Stage then.
--   outcome text                      won, lost or open, then.
--   amount numeric(18,2)              Value then, in the mart's currency.
--   expected_close_on date            Day it was expected to close, then.
--   owner text                        Who owned it then.
SELECT new_deal_id AS deal_id, changed_at AS valid_from, new_stage AS stage, new_outcome AS outcome, new_amount AS amount,
       new_expected_close_on AS expected_close_on, new_owner AS owner
FROM   change
WHERE  change = 'added'
OR     change = 'changed'
       AND (old_stage, old_outcome, old_amount, old_expected_close_on, old_owner)
           IS DISTINCT FROM (new_stage, new_outcome, new_amount, new_expected_close_on, new_owner)
