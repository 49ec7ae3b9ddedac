-- eql: new deals by who knew of them first: ecosystem-qualified where partner data surfaced them, cold where outbound sales opened them.
-- kind: report
-- tier: 1
-- key: deal_id
-- grain: deal_id
-- inputs: deal_fact(deal_id) play_run(*) setting(*)
-- columns:
--   deal_id text not null             The deal, of the type new.
--   deal text                         Its name.
--   account_id text                   Account it is with.
--   account text                      Name of the account.
--   owner text                        Who owns it on our side.
--   region text                       Sales region.
--   lead text                         eql: a partner's signal before it was opened; cold: none, and outbound sales opened it; other.
--   signal text                       What came first: a play acted on at the account, or evidence of sourcing on the deal.
--   signal_on date                    Day of that.
--   outcome text                      won, lost or open.
--   amount numeric(18,2)              Value in the mart's currency.
--   opened_on date                    Day it was opened.
--   closed_on date                    Day it was won or lost.
--   opened_quarter date               First day of the fiscal quarter it was opened in.
--   closed_quarter date               First day of the fiscal quarter it was won or lost in.
--   closed_fiscal text                The same as people say it.
--   cycle_days integer                Days from opening to close.
--   opened_at timestamptz             When it was opened.
--   closed_at timestamptz             When it was won or lost.
WITH played AS (
	SELECT account_id, min((acted_at AT TIME ZONE time_zone)::date) AS played_on
	FROM   setting, play_run
	WHERE  acted_at IS NOT NULL AND account_id IS NOT NULL
	GROUP  BY account_id
)
SELECT d.deal_id, d.deal, d.account_id, d.account, d.owner, d.region,
       CASE WHEN e.signal_on IS NOT NULL THEN 'eql' WHEN lower(d.lead_source) = 'outbound' THEN 'cold' ELSE 'other' END AS lead,
       CASE WHEN e.signal_on IS NULL THEN NULL WHEN p.played_on = e.signal_on THEN 'a play at the account' ELSE 'sourcing on the deal' END AS signal,
       e.signal_on, d.outcome, d.amount, d.opened_on, d.closed_on, d.opened_quarter, d.closed_quarter, d.closed_fiscal, d.cycle_days, d.opened_at, d.closed_at
FROM   deal_fact d
       LEFT JOIN played p USING (account_id),
       LATERAL (SELECT CASE WHEN least(p.played_on, d.first_sourcing_on) <= d.opened_on THEN least(p.played_on, d.first_sourcing_on) END AS signal_on) e
WHERE  d.type = 'new'
