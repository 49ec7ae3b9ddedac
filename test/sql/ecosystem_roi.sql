-- ecosystem_roi: what it prints and what it refuses
SET search_path = ecosystem, public;

CREATE TEMP TABLE flow (flow text, kind text, amount numeric, period date);
INSERT INTO flow VALUES
	('investment', 'team',       40000,    '2026-01-01'),
	('Investment', ' Events ',   10000.50, '2026-01-01'),
	('investment', 'team',       40000,    '2026-02-01'),
	('return',     'acquired',   30000,    '2026-02-01'),
	('return',     'expanded',   90000.25, '2026-03-01'),
	('return',     'acquired',   200000,   '2026-04-01'),
	('return',     'acquired',   -5000,    '2026-05-01'),  -- a refund
	('return',     NULL,         100,      '2026-05-01'),
	(NULL,         'acquired',   1,        '2026-05-01'),
	('return',     'acquired',   NULL,     '2026-05-01');

SELECT ecosystem_roi_agg(flow, kind, amount) FROM flow;
SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM flow;
SELECT ecosystem_roi_agg(flow, kind, amount) FROM flow WHERE false;
SELECT returns(r), investment(r), roi(r), roi_net(r), payback_months(r), ignored(r)
FROM  (SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM flow) x(r);
SELECT k.* FROM (SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM flow) x(r), roi_by_kind(x.r) k;
SELECT p.* FROM (SELECT ecosystem_roi_agg(flow, kind, amount, period) FROM flow) x(r), roi_by_period(x.r) p;
SELECT p.* FROM (SELECT ecosystem_roi_agg(flow, kind, amount, CASE WHEN kind <> 'team' THEN period END) FROM flow) x(r), roi_by_period(x.r) p;
-- nothing spent
SELECT returns(r), investment(r), roi(r), roi_net(r), payback_months(r), ignored(r) FROM (VALUES ('ignored=0'::ecosystem_roi)) x(r);
SELECT cac(10000, 8), cac(10000, 0);

-- refused rows
SELECT ecosystem_roi_agg('revenue', 'team', 1);
SELECT ecosystem_roi_agg('return', 'team', 'NaN');
SELECT ecosystem_roi_agg('return', 'team', 1e36);
SELECT ecosystem_roi_agg('return', repeat('x', 256), 1);
SELECT ecosystem_roi_agg('return', 'kind ' || i, 1) FROM generate_series(1, 10001) i;

-- values in another order, as from a dump in another encoding
SELECT 'ignored=0 return "team" 2026-02-01=1.50 2026-01-01=1'::ecosystem_roi;
SELECT 'ignored=0 investment "team" undated=1 return "team" undated=1 return "events" undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" undated=1 return "events" undated=2 return "team" 2026-01-01=1'::ecosystem_roi;

-- refused values
SELECT ''::ecosystem_roi;
SELECT 'ignored=-1'::ecosystem_roi;
SELECT 'ignored=0 '::ecosystem_roi;
SELECT 'ignored=0 return "team"'::ecosystem_roi;
SELECT 'ignored=0 return team undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "team undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "Team" undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "" undated=1'::ecosystem_roi;
SELECT 'ignored=0 return " a" undated=1'::ecosystem_roi;
SELECT 'ignored=0 revenue "team" undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" 2026-02-31=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" 2026-02-01=1 2026-02-01=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" undated=1 return "events" undated=1 return "team" undated=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" 9999999-01-01=1'::ecosystem_roi;
SELECT 'ignored=0 return "team" undated=1000000000000000000000000000000000000'::ecosystem_roi;
SELECT 'ignored=0 return "team" undated=999999999999999999999999999999999999 2026-01-01=0.1'::ecosystem_roi;
SELECT 'ignored=0 return "team" undated=1e5'::ecosystem_roi;
SELECT ('ignored=0' || string_agg(' return "' || i || '" undated=1', ''))::ecosystem_roi FROM generate_series(1, 10001) i;
