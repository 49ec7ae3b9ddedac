-- partner_day: what each partner did on each day, on deals and beside them: whatever counts or dates activity reads this.
-- kind: report
-- tier: 1
-- key: partner_id, acted_on
-- inputs: touch(*) deal_partner(*) deal(*) deal_registration(*) play_run(*) partner_activity(*) partner(*) touch_kind(*) setting(*)
-- columns:
--   partner_id text not null          The partner.
--   acted_on date not null            Day, in the mart's time zone; of what is counted by month its first day.
--   partner text                      Name of the partner, or its id where partner has none.
--   acts integer                      All that counts as doing something: touches, registrations, plays acted on, lists mapped or made, introductions.
--   touches integer                   Touches on deals, by the close, and at accounts; those that only record that a partner is there do not count.
--   co_sell_acts integer              Acts of selling together: touches that are evidence for an axis, plays acted on, introductions.
--   introductions integer             Introductions and referrals, on deals and beside them.
--   target_lists integer              Target lists agreed on, on deals and beside them.
--   account_mappings integer          Account lists that were mapped.
--   registrations integer             Deals registered.
--   plays integer                     Plays acted on.
--   logins integer                    Logins to the partner portal.
--   trainings_assigned integer        Trainings assigned.
--   trainings_completed integer       Trainings completed.
WITH touched AS (
	SELECT partner_id, deal_id, kind, occurred_at FROM touch WHERE partner_id <> '' AND occurred_at IS NOT NULL
	UNION  ALL
	SELECT partner_id, deal_id, role, added_at FROM deal_partner, setting WHERE role_evidence AND partner_id <> '' AND added_at IS NOT NULL
), act (partner_id, acted_on, acts, touches, co_sell_acts, introductions, target_lists, account_mappings, registrations, plays,
        logins, trainings_assigned, trainings_completed) AS (
	SELECT t.partner_id, (t.occurred_at AT TIME ZONE s.time_zone)::date, count(*), count(*), count(k.axis),
	       count(*) FILTER (WHERE t.kind IN ('partner_introduction', 'referral')), count(*) FILTER (WHERE t.kind = 'joint_target_list'),
	       0, 0, 0, 0, 0, 0
	FROM   setting s, touched t
	       LEFT JOIN deal d ON d.deal_id = t.deal_id AND d.outcome <> 'open'
	       LEFT JOIN touch_kind k ON k.kind = t.kind
	WHERE  k.passive IS NOT TRUE AND (t.occurred_at <= d.closed_at OR d.closed_at IS NULL)
	GROUP  BY 1, 2
	UNION  ALL
	SELECT partner_id, (registered_at AT TIME ZONE time_zone)::date, count(*), 0, 0, 0, 0, 0, count(*), 0, 0, 0, 0
	FROM   setting, deal_registration
	WHERE  partner_id <> '' AND registered_at IS NOT NULL
	GROUP  BY 1, 2
	UNION  ALL
	SELECT partner_id, (acted_at AT TIME ZONE time_zone)::date, count(*), 0, count(*), 0, 0, 0, 0, count(*), 0, 0, 0
	FROM   setting, play_run
	WHERE  partner_id <> '' AND acted_at IS NOT NULL
	GROUP  BY 1, 2
	UNION  ALL
	SELECT partner_id, occurred_on, sum(n) FILTER (WHERE kind IN ('account_mapping', 'target_list', 'introduction')), 0,
	       sum(n) FILTER (WHERE kind = 'introduction'), sum(n) FILTER (WHERE kind = 'introduction'), sum(n) FILTER (WHERE kind = 'target_list'),
	       sum(n) FILTER (WHERE kind = 'account_mapping'), 0, 0, sum(n) FILTER (WHERE kind = 'login'),
	       sum(n) FILTER (WHERE kind = 'training_assigned'), sum(n) FILTER (WHERE kind = 'training_completed')
	FROM   partner_activity, LATERAL (SELECT coalesce(times, 1) AS n) c
	GROUP  BY 1, 2
)
SELECT partner_id, acted_on, coalesce(min(p.name), partner_id) AS partner, coalesce(sum(acts), 0) AS acts, coalesce(sum(touches), 0) AS touches, coalesce(sum(co_sell_acts), 0) AS co_sell_acts,
       coalesce(sum(introductions), 0) AS introductions, coalesce(sum(target_lists), 0) AS target_lists,
       coalesce(sum(account_mappings), 0) AS account_mappings, coalesce(sum(registrations), 0) AS registrations, coalesce(sum(plays), 0) AS plays,
       coalesce(sum(logins), 0) AS logins, coalesce(sum(trainings_assigned), 0) AS trainings_assigned,
       coalesce(sum(trainings_completed), 0) AS trainings_completed
FROM   act LEFT JOIN partner p USING (partner_id)
GROUP  BY partner_id, acted_on
