-- What test/bench/memory asks, an aggregate a statement: `rows` is SQL for how
-- many rows it is given, `aggregate` says its name and over what; the table to
-- `prepare`, in a session of its own, is no part of what is `asked`, and is
-- dropped again.
-- rows (SELECT count(*) FROM partner_account)
-- aggregate identity_quality_agg: websites and names of all records
SELECT identity_quality_agg(website, name, NULL) IS NOT NULL FROM partner_account;
-- rows (SELECT count(*) FROM partner_account_key)
-- aggregate company_set_agg: the company of each record, one set
SELECT company_set_agg(company) IS NOT NULL FROM partner_account_key;
-- rows (SELECT count(*) FROM own_key) + (SELECT count(*) FROM partner_account_key)
-- aggregate overlap_matrix_agg: by company
SELECT overlap_matrix_agg(population, company) IS NOT NULL
FROM  (SELECT 'own/' || segment, company FROM own_key
       UNION ALL
       SELECT 'partner/' || partner_id || '/' || segment, company FROM partner_account_key) r (population, company);
-- rows (SELECT count(*) FROM own_identity) + (SELECT count(*) FROM partner_account_identity)
-- aggregate overlap_matrix_agg: by domain, with record ids
SELECT overlap_matrix_agg(population, domain, record) IS NOT NULL
FROM  (SELECT 'own/' || segment, domain, id::text FROM own_identity
       UNION ALL
       SELECT 'partner/' || partner_id || '/' || segment, domain, id::text FROM partner_account_identity) r (population, domain, record);
-- rows (SELECT count(*) FROM own_identity) + (SELECT count(*) FROM partner_account_identity)
-- aggregate company_resolution_agg: own and partner records
SELECT company_resolution_agg(source, record, identity) IS NOT NULL
FROM  (SELECT 'own', id::text, identity FROM own_identity
       UNION ALL
       SELECT 'partner' || partner_id, id::text, identity FROM partner_account_identity) r (source, record, identity);
-- rows (SELECT count(*) FROM deal) + (SELECT count(*) FROM touch)
-- aggregate credit_ledger_agg: time decay over deals and touches
SELECT credit_ledger_agg(deal_id, amount, 'time_decay(half_life=30d)', NULL, partner_id, touched_at, closed_at) IS NOT NULL
FROM  (SELECT deal_id, amount, NULL, NULL, closed_at FROM deal
       UNION ALL
       SELECT deal_id, NULL, partner_id, touched_at, NULL FROM touch) r (deal_id, amount, partner_id, touched_at, closed_at);
-- rows (SELECT count(*) FROM deal) + (SELECT count(*) FROM touch)
-- aggregate credit_comparison_agg: time decay and u-shape over deals and touches
SELECT credit_comparison_agg(ARRAY['time_decay(half_life=30d)', 'u_shaped'], deal_id, amount, NULL, partner_id, touched_at, closed_at) IS NOT NULL
FROM  (SELECT deal_id, amount, NULL, NULL, closed_at FROM deal
       UNION ALL
       SELECT deal_id, NULL, partner_id, touched_at, NULL FROM touch) r (deal_id, amount, partner_id, touched_at, closed_at);
-- rows (SELECT count(*) FROM touch)
-- aggregate deal_credit_agg: by deal, over the join with touches
SELECT count(credit)
FROM  (SELECT deal_credit_agg(amount, 'time_decay(half_life=30d)', NULL, t.partner_id, touched_at, closed_at) AS credit
       FROM   deal JOIN touch t USING (deal_id)
       GROUP  BY deal_id) d;
-- rows (SELECT count(*) FROM touch)
-- aggregate deal_motion_agg: by deal, over the join with touches
SELECT count(motion)
FROM  (SELECT deal_motion_agg(kind, touched_at, opened_at, closed_at) AS motion
       FROM   deal LEFT JOIN touch USING (deal_id)
       GROUP  BY deal_id) d;
-- rows (SELECT count(*) FROM deal)
-- aggregate involvement_summary_agg: the motion of each deal
-- prepare deal_moved
CREATE UNLOGGED TABLE deal_moved AS
SELECT deal_id, deal_motion_agg(kind, touched_at, opened_at, closed_at) AS motion, amount, outcome FROM deal LEFT JOIN touch USING (deal_id)
GROUP  BY deal_id, amount, outcome;
-- asked
SELECT involvement_summary_agg(motion, amount, outcome = 'won', outcome = 'open') IS NOT NULL FROM deal_moved;
-- rows (SELECT count(*) FROM deal)
-- aggregate deal_stats_agg: by quarter and partner
SELECT count(stats)
FROM  (SELECT deal_stats_agg(amount, outcome, opened_at, closed_at) AS stats FROM deal GROUP BY date_trunc('quarter', closed_at), partner_id) d;
-- rows (SELECT count(*) FROM deal)
-- aggregate deal_lift_agg: by quarter
SELECT count(lift)
FROM  (SELECT deal_lift_agg(partner_id % 3 = 0, amount, outcome, opened_at, closed_at, (partner_id % 10)::text) AS lift FROM deal GROUP BY date_trunc('quarter', closed_at)) d;
-- rows (SELECT count(*) FROM deal)
-- aggregate predictability_agg: deals
SELECT predictability_agg(closed_at, amount) IS NOT NULL FROM deal;
-- rows (SELECT count(*) FROM deal)
-- aggregate survival_agg: from opened to closed
SELECT survival_agg(opened_at, closed_at, timestamptz '2026-01-01') IS NOT NULL FROM deal;
-- rows (SELECT count(*) FROM deal)
-- aggregate revenue_stats_agg: of made openings and closings
SELECT revenue_stats_agg(amount, amount * (deal_id % 3)) IS NOT NULL FROM deal;
-- rows (SELECT count(*) FROM deal)
-- aggregate ecosystem_roi_agg: by month
SELECT ecosystem_roi_agg('return', 'sourced', amount, closed_at::date) IS NOT NULL FROM deal;
-- rows (SELECT count(*) FROM deal_partner)
-- aggregate partner_network_agg: partners of deals
SELECT partner_network_agg(deal_id, partner_id) IS NOT NULL FROM deal_partner;
-- rows (SELECT count(*) FROM deal)
-- aggregate lead_flow_agg: of 200 partners
SELECT lead_flow_agg(partner_id, 101 + deal_id % 200, amount) IS NOT NULL FROM deal;
-- rows (SELECT count(*) FROM deal)
-- aggregate shapley_agg: coalitions of up to five partners
-- prepare deal_path
CREATE UNLOGGED TABLE deal_path AS SELECT array_agg(DISTINCT 'p' || deal_partner.partner_id % 8) AS partners, amount, outcome FROM deal_partner JOIN deal USING (deal_id) GROUP BY deal_id, amount, outcome;
-- asked
SELECT shapley_agg(partners, outcome = 'won', amount) IS NOT NULL FROM deal_path;
-- rows (SELECT count(*) FROM deal)
-- aggregate removal_effect_agg: paths of up to five partners
-- prepare deal_path
CREATE UNLOGGED TABLE deal_path AS SELECT array_agg('p' || deal_partner.partner_id) AS partners, amount, outcome FROM deal_partner JOIN deal USING (deal_id) GROUP BY deal_id, amount, outcome;
-- asked
SELECT removal_effect_agg(partners, outcome = 'won', amount) IS NOT NULL FROM deal_path;
