-- touch_kind: what the kinds of touch, and the roles on deals, are evidence of.
-- kind: settings
-- tier: 1
-- key: kind
-- columns:
--   kind text not null                Kind of touch, or role on a deal: a role with a date is evidence of the kind of the same name.
--   axis text                         Axis it is evidence for: sourcing, selection, motion or intent; NULL: a touch like any other.
--   role text                         Role that a partner plays with it, for models that credit touches by role.
--   weight numeric(12,4)              How much it counts under the engagement model, where the touch has no weight of its own.
--   passive boolean                   Whether it only records that a partner is there, such as an installed integration: no touch.
SELECT kind, axis, role, weight, passive
FROM  (VALUES ('referral', 'sourcing', 'sourcing', 3.0, false),
              ('partner_introduction', 'sourcing', 'sourcing', 3.0, false),
              ('deal_registration', 'sourcing', 'sourcing', 3.0, false),
              ('overlap_signal', 'sourcing', 'sourcing', 1.0, false),
              ('joint_target_list', 'selection', 'co_sell', 2.0, false),
              ('account_selection', 'selection', 'co_sell', 2.0, false),
              ('joint_pitch', 'motion', 'co_sell', 2.0, false),
              ('joint_demo', 'motion', 'co_sell', 2.0, false),
              ('joint_call', 'motion', 'co_sell', 1.0, false),
              ('shared_deal_review', 'motion', 'co_sell', 1.0, false),
              ('co_sell_plan', 'intent', 'co_sell', 3.0, false),
              ('ecosystem_designation', 'intent', 'co_sell', 1.0, false),
              ('reference', NULL, 'influencing', 1.0, false),
              ('case_study', NULL, 'influencing', 1.0, false),
              ('co_marketing_event', NULL, 'influencing', 1.0, false),
              ('pricing_call', NULL, 'influencing', 1.0, false),
              ('integration_mention', NULL, 'technical', 0.5, false),
              ('integration_demo', NULL, 'technical', 1.0, false),
              ('implementation', NULL, 'technical', 1.0, false),
              ('integration_present', NULL, NULL, 0.5, true),
              ('overlap', NULL, NULL, 0.5, true),
              ('sourcing', 'sourcing', 'sourcing', 1.0, false),
              ('technical', NULL, 'technical', 1.0, false),
              ('influencing', NULL, 'influencing', 1.0, false),
              ('co_sell', NULL, 'co_sell', 1.0, false),
              ('selection', 'selection', 'co_sell', 1.0, false),
              ('motion', 'motion', 'co_sell', 1.0, false),
              ('intent', 'intent', 'co_sell', 1.0, false)) AS k(kind, axis, role, weight, passive)
