-- What people read: the ten rows, text forms, errors with their details.
SET search_path = ecosystem, public;

SELECT r.*
FROM  (SELECT involvement_summary_agg(motion, amount, won, open) AS s
       FROM (SELECT deal, amount, won, open, deal_motion_agg(kind, at, date '2026-01-05', CASE WHEN NOT open THEN date '2026-04-01' END, NULL, 'sourcing+intent') AS motion
             FROM (VALUES (1, 1000.50, true, false, 'referral', date '2026-01-02'),
                          (1, 1000.50, true, false, 'co_sell_plan', '2026-01-03'),
                          (2, 5000, true, false, 'reference', '2026-03-01'),
                          (3, 700, false, false, 'overlap_signal', '2025-12-20'),
                          (4, 2000, false, true, 'overlap', NULL),
                          (5, NULL, false, true, 'case_study', NULL),
                          (6, 3000, false, NULL, NULL, NULL)) v(deal, amount, won, open, kind, at)
             GROUP BY 1, 2, 3, 4) d) q,
       involvement_summary(q.s) AS r;

SELECT 'v1 scale=2 led/partner_sourced/won=1:0:1000.50 direct/unpartnered/open=1:1:0.00'::involvement_summary;
SELECT 'v1 scale=2 direct/unpartnered/open=1:1:0.00 led/partner_sourced/won=1:0:1000.50'::involvement_summary;
SELECT touched_share(s), led_share(s), involvement_gap(s, 'deals', 'all'), deals(s)
FROM  (SELECT 'v1 direct/unpartnered/won=1:0:40 involved/partner_influenced/won=1:0:60 led/partner_sourced/open=1:0:10'::involvement_summary AS s) q;

-- Is the claim true?
\x
SELECT claimed, touched_share, led_share, holds, deals, led_deals, round(led_low::numeric, 6) AS led_low,
       round(led_high::numeric, 6) AS led_high, confuses, verdict
FROM  (SELECT 'v1 direct/unpartnered/won=40:0:40 involved/partner_influenced/won=58:0:58 led/partner_sourced/won=2:0:2'::involvement_summary AS s) q,
       led_claim(q.s, 0.6) AS c;
\x

-- Errors
SELECT led_claim('v1', 60);
SELECT led_claim('v1', 600);
SELECT 'v1 led/partner_sourced/won=1:2:0'::involvement_summary;
SELECT touched_share('v1', 'revenue', 'won');
SELECT touched_share('v1', 'amount', 'closed');
SELECT involvement_summary_agg(NULL, 'NaN', true, false);
SELECT involvement_summary_agg(NULL, 1e40, true, false);
SELECT involvement_summary_agg(NULL, 1, true, true);
