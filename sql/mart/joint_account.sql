-- joint_account: accounts at which a partner did something with us, one row a partner and account.
-- kind: report
-- tier: 1
-- key: partner_id, account_id
-- grain: account_id
-- inputs: partner_deal(account_id) touch(account_id) deal_registration(account_id) play_run(account_id) account(account_id) partner(*)
--   touch_kind(*) setting(*)
-- columns:
--   partner_id text not null          The partner.
--   account_id text not null          The account.
--   partner text                      Name of the partner, or its id where partner has none.
--   account text                      Name of the account.
--   segment text                      What the account is to us: customer, open_opportunity or prospect.
--   owner text                        Who looks after it on our side.
--   deals integer                     Deals there that the partner was on.
--   open_deals integer                Open ones.
--   open_amount numeric(18,2)         Their amount.
--   won_deals integer                 Won ones.
--   won_amount numeric(18,2)          Their amount.
--   credit numeric(18,2)              What the partner is credited of them.
--   last_touch_on date                Day of the partner's last touch, on a deal there by its close or at the account itself.
--   last_registered_on date           Day it last registered a deal there.
--   last_play_on date                 Day a play with it was last acted on there.
--   last_act_on date                  The latest of these: pursued together since.
WITH deal_there AS (
	SELECT partner_id, account_id, count(*) AS deals, count(*) FILTER (WHERE outcome = 'open') AS open_deals,
	       sum(amount) FILTER (WHERE outcome = 'open') AS open_amount, count(*) FILTER (WHERE outcome = 'won') AS won_deals,
	       sum(amount) FILTER (WHERE outcome = 'won') AS won_amount, sum(credit) AS credit, max(last_act_on) AS last_touch_on
	FROM   partner_deal
	WHERE  partner_id <> '' AND account_id IS NOT NULL
	GROUP  BY partner_id, account_id
), touched AS (
	SELECT partner_id, account_id, max((occurred_at AT TIME ZONE time_zone)::date) AS last_touch_on
	FROM   setting, touch LEFT JOIN touch_kind USING (kind)
	WHERE  partner_id <> '' AND deal_id IS NULL AND account_id IS NOT NULL AND occurred_at IS NOT NULL AND passive IS NOT TRUE
	GROUP  BY partner_id, account_id
), registered AS (
	SELECT partner_id, account_id, max((registered_at AT TIME ZONE time_zone)::date) AS last_registered_on
	FROM   setting, deal_registration
	WHERE  partner_id <> '' AND account_id IS NOT NULL AND registered_at IS NOT NULL
	GROUP  BY partner_id, account_id
), played AS (
	SELECT partner_id, account_id, max((acted_at AT TIME ZONE time_zone)::date) AS last_play_on
	FROM   setting, play_run
	WHERE  partner_id <> '' AND account_id IS NOT NULL AND acted_at IS NOT NULL
	GROUP  BY partner_id, account_id
)
SELECT partner_id, account_id, coalesce(p.name, partner_id) AS partner, a.name AS account, a.segment, a.owner,
       coalesce(d.deals, 0) AS deals, coalesce(d.open_deals, 0) AS open_deals, coalesce(d.open_amount, 0) AS open_amount,
       coalesce(d.won_deals, 0) AS won_deals, coalesce(d.won_amount, 0) AS won_amount, coalesce(d.credit, 0) AS credit,
       greatest(d.last_touch_on, t.last_touch_on) AS last_touch_on, r.last_registered_on, l.last_play_on,
       greatest(d.last_touch_on, t.last_touch_on, r.last_registered_on, l.last_play_on) AS last_act_on
FROM   deal_there d
       FULL JOIN touched t USING (partner_id, account_id)
       FULL JOIN registered r USING (partner_id, account_id)
       FULL JOIN played l USING (partner_id, account_id)
       LEFT JOIN account a USING (account_id)
       LEFT JOIN partner p USING (partner_id)
