-- deal_stats: what it prints and what it refuses
SET search_path = ecosystem, public;

CREATE TEMP TABLE deal (id int, amount numeric, outcome text, opened date, closed date);
INSERT INTO deal VALUES
	(1, 1200.50, 'won',    '2026-01-05', '2026-02-04'),
	(2,  800,    'WON ',   '2026-01-10', '2026-03-11'),
	(3,  950,    'Lost',   '2026-01-12', '2026-02-11'),
	(4, 4000,    'open',   '2026-02-01', '2026-12-31'),  -- a date to close is no closing
	(5, NULL,    'won',    '2026-02-03', NULL),          -- no amount, no closing date
	(6,  -50.25, 'won',    '2026-03-01', '2026-02-01'),  -- a credit note, closed before it opened
	(7, 1000,    NULL,     '2026-03-02', NULL);          -- HubSpot's open deal

SELECT deal_stats_agg(amount, outcome) FROM deal;
SELECT deal_stats_agg(amount, outcome, opened, closed) FROM deal;
SELECT deal_stats_agg(amount, outcome, opened, closed, '2026-04-01') FROM deal;
SELECT deal_stats_agg(amount, outcome) FROM deal WHERE false;
SELECT deals(s), won(s), lost(s), open(s), win_rate(s), without_amount(s), without_cycle(s)
FROM  (SELECT deal_stats_agg(amount, outcome, opened, closed) FROM deal) d(s);
SELECT won_amount(s), lost_amount(s), open_amount(s), mean_amount(s), mean_cycle(s),
       cycle_quantile(s, 0.5) AS median_cycle, amount_quantile(s, 0.5) AS median_amount
FROM  (SELECT deal_stats_agg(amount, outcome, opened, closed) FROM deal) d(s);
SELECT c.* FROM (SELECT deal_stats_agg(amount, outcome, opened, closed, '2026-04-01') FROM deal) d(s), cycle_days(d.s) c;
-- no deals: counts of 0, no rates
SELECT deals(s), won(s), won_amount(s), win_rate(s), mean_amount(s), mean_cycle(s),
       cycle_quantile(s, 0.5), amount_quantile(s, 0.5)
FROM  (SELECT deal_stats_agg(NULL, NULL) FROM deal WHERE false) d(s);

-- refused rows
SELECT deal_stats_agg(1, 'Closed Won');
SELECT deal_stats_agg(1, '');
SELECT deal_stats_agg('NaN', 'won');
SELECT deal_stats_agg('-Infinity', 'open');
SELECT deal_stats_agg(1e36, 'won');
SELECT deal_stats_agg(a, 'won') FROM (VALUES (9e35), (9e35)) v(a);
SELECT deal_stats_agg(a, 'won') FROM (VALUES (1e30), (1e-10)) v(a);
SELECT cycle_quantile('deals=0', 1.01);
SELECT amount_quantile('deals=0', 'NaN');

-- refused values
SELECT ''::deal_stats;
SELECT 'deals=1'::deal_stats;
SELECT 'deals=1 won=1'::deal_stats;
SELECT 'deals=1 won=1 won_without_amount=1 won_days=1:1,2:1'::deal_stats;
SELECT 'deals=2 won=2 won_without_amount=2 won_days=5:1,5:1'::deal_stats;
SELECT 'deals=2 won=2 won_without_amount=2 won_days=5:1,4:1'::deal_stats;
SELECT 'deals=1 won=1 won_without_amount=1 won_days=134217728:1'::deal_stats;
SELECT 'deals=1 won=1 won_without_amount=2'::deal_stats;
SELECT 'deals=1 won=1 won_amount=5 won_sizes=9999:1'::deal_stats;
SELECT 'deals=1 lost=1 lost_amount=1e5'::deal_stats;
SELECT 'deals=1 lost=1 lost_amount=1000000000000000000000000000000000000'::deal_stats;
SELECT 'deals=99999999999999999999 lost=1'::deal_stats;
SELECT 'deals=9223372036854775807 open=9223372036854775807'::deal_stats;
SELECT 'deals=1 open=1 won=0'::deal_stats;
SELECT 'deals=0 -- and more'::deal_stats;
SELECT 'deals=1 won=1 won_amount=5 won_sizes=4699:1'::deal_stats;
SELECT 'deals=1 won=1 won_amount=5 won_sizes=4699:1 won_squares=24'::deal_stats;
SELECT 'deals=2 won=2 won_amount=6 won_sizes=4670:2 won_squares=17'::deal_stats;
SELECT 'deals=1 won=1 won_amount=5.0 won_sizes=4699:1 won_squares=25'::deal_stats;
SELECT 'deals=1 won=1 won_without_amount=1 won_squares=1'::deal_stats;
SELECT 'deals=1 won=1 won_amount=5.0 won_sizes=4699:1 won_squares=25.00'::deal_stats;
