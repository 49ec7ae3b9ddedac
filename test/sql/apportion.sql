-- apportion: what its users read.
SET search_path = ecosystem, public;
SELECT apportion(100, ARRAY[1, 1, 1]), apportion(-100.01, ARRAY[40, 20, 40]), apportion(1000, ARRAY[1, 2], 0);
SELECT apportion(100.005, ARRAY[1]);
SELECT apportion('NaN', ARRAY[1]);
SELECT apportion(100, ARRAY[0, 0]);
SELECT apportion(100, ARRAY[]::numeric[]);
SELECT apportion(100, ARRAY[1, -0.5]);
SELECT apportion(100, ARRAY[1, NULL]);
SELECT apportion(100, ARRAY[1, 'Infinity'::numeric]);
SELECT apportion(100, ARRAY[[1], [2]]);
SELECT apportion(100, ARRAY[1], 19);
SELECT apportion(amount, 1) OVER (PARTITION BY deal) FROM (VALUES (1, 10.01), (1, 10.02)) v(deal, amount);
