-- deal_lift: what it prints and what it refuses
SET search_path = ecosystem, public;
SET extra_float_digits = -9;

CREATE TEMP TABLE deal (id int, segment text, co_sell boolean, since date, amount numeric, outcome text, opened date, closed date);
INSERT INTO deal
SELECT i, CASE WHEN i % 3 = 0 THEN 'large' ELSE 'small' END, i % 3 = 0 OR i % 5 = 0, CASE WHEN i % 3 = 0 OR i % 5 = 0 THEN date '2026-01-10' + i % 50 END,
       CASE WHEN i % 3 = 0 THEN 9000 ELSE 1000 END + i % 17 * 100, CASE WHEN i % 4 < 2 + (i % 3 = 0)::int + (i % 5 = 0)::int - i % 2 THEN 'won' ELSE 'lost' END,
       date '2026-01-01', date '2026-01-21' + i % 60
FROM   generate_series(1, 240) i;

-- the value
SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM deal WHERE id <= 4;
SELECT deal_lift_agg(since, amount, outcome, opened, closed) FROM deal WHERE id <= 4;
SELECT deal_lift_agg(NULL::boolean, amount, outcome, opened, closed, 'a "quoted" name') FROM deal WHERE id <= 4;
SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed) FROM deal WHERE false;

-- the rows
SELECT l.* FROM (SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment) FROM deal) d(lift), deal_lift(d.lift) l;
SELECT o.* FROM (SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment) FROM deal) d(lift), win_odds_lift(d.lift) o;
SELECT s.basis, s.segment, s.co_sell, deals(s.stats), won(s.stats), i.*
FROM  (SELECT deal_lift_agg(since, amount, outcome, opened, closed, segment) FROM deal) d(lift), deal_lift_sides(d.lift) s, win_rate_interval(s.stats) i;
SELECT win_rate_lift(s.co_sell, s.solo), amount_lift(s.co_sell, s.solo), cycle_lift(s.co_sell, s.solo), win_incidence_lift(s.co_sell, s.solo)
FROM  (SELECT deal_stats_agg(amount, outcome, opened, closed) FILTER (WHERE co_sell), deal_stats_agg(amount, outcome, opened, closed) FILTER (WHERE NOT co_sell)
       FROM deal) s(co_sell, solo);
SELECT i.* FROM (SELECT deal_stats_agg(amount, outcome, opened, closed) FROM deal WHERE id < 10) s(s), win_incidence(s.s) i;

-- it is stable for the targets alone: what is read from the deals is planned as one
EXPLAIN (COSTS OFF) SELECT l.* FROM (SELECT deal_lift_agg(co_sell, amount, outcome, opened, closed, segment) FROM deal) d(lift), deal_lift(d.lift) l;

-- refused rows
SELECT deal_lift_agg(true, 1, 'Closed Won', date '2026-01-01', date '2026-01-02');
SELECT deal_lift_agg(true, 'NaN', 'won', date '2026-01-01', date '2026-01-02');
SELECT deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-01-02', repeat('x', 256));
SELECT deal_lift_agg(true, 1, 'won', date '2026-01-01', date '2026-01-02', i::text) FROM generate_series(1, 10001) i;
SELECT deal_lift_agg(opened, 1, 'won', opened, closed, segment, NULL, 36501) FROM deal;
SELECT deal_lift_agg(opened, 1, 'won', opened, closed, segment, NULL, id) FROM deal;
SELECT rollup(l) FROM (SELECT deal_lift_agg(opened, 1, 'won', opened, closed, segment, NULL, id) AS l FROM deal WHERE id < 3 GROUP BY id) d;
SELECT rollup(l) FROM (SELECT deal_lift_agg(opened, 1, 'won', opened, closed) FROM deal UNION ALL SELECT deal_lift_agg(co_sell, 1, 'won', opened, closed) FROM deal) d(l);
SELECT l.* FROM deal_lift('ignored=0'::deal_lift, 1.5) l;
SELECT _deal_stats_comparison('size', 'deals=0', 'deals=0', 0.95);
SELECT win_incidence_at('deals=0', -1);

-- refused values
SELECT ''::deal_lift;
SELECT 'ignored='::deal_lift;
SELECT 'ignored=1'::deal_lift;
SELECT 'ignored=9223372036854775807 landmark=none'::deal_lift;
SELECT 'ignored=1 landmark=30'::deal_lift;
SELECT 'ignored=0 landmark=-1'::deal_lift;
SELECT 'ignored=0 landmark=36501'::deal_lift;
SELECT 'ignored=0 landmark=none "a"'::deal_lift;
SELECT 'ignored=0 "a" solo=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "" solo=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=1 lost=1 lost_amount=5'::deal_lift;
SELECT 'ignored=0 landmark=none "a solo=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=2 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=0)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=1 lost=1 lost_amount=5) co_sell=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=1 lost=1 lost_amount=5) "a" solo=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=none "a" solo=(deals=1 lost=1 lost_amount=5) landmark_solo=(deals=1 lost=1 lost_amount=5)'::deal_lift;
SELECT 'ignored=0 landmark=30 "a" solo=(deals=1 lost=1 lost_amount=5) landmark_solo=(deals=1 won=1 won_without_amount=1)'::deal_lift;
SELECT 'ignored=0 landmark=30 "a" solo=(deals=1 lost=1 lost_amount=5) and more'::deal_lift;
