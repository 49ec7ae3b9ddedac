-- Removal effects of long journeys, which take seconds, can be cancelled at any
-- moment.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(1);

\ir delay.psql
CREATE TEMP TABLE many_long AS
SELECT removal_effect_agg(path, won, 0) AS s
FROM  (SELECT p, array_agg('L' || (hashint4(p * 128 + i) & 2147483647) % 900 ORDER BY i) AS path, p % 3 = 0 AS won FROM generate_series(1, 5000) p, generate_series(1, 60 + p % 40) i GROUP BY p) q;
-- A machine may have more to do than this: the shortest of some delays counts.
CREATE TEMP TABLE delay (moment int, delay interval);
SELECT format('SET LOCAL statement_timeout = %s', moment), try, again, again, again
FROM   unnest('{40,120,250,500,900}'::int[]) moment, format('INSERT INTO delay SELECT %s, pg_temp.delay(''SELECT count(*) FROM many_long, removal_effects(s, 2)'')', moment) try,
       concat(try, format(' WHERE (SELECT min(delay) > ''0.1 s'' FROM delay WHERE moment = %s)', moment)) again
\gexec
RESET statement_timeout;
SELECT cmp_ok(max(shortest), '<', interval '0.2 s', 'cancelled at any moment') FROM (SELECT min(delay) AS shortest FROM delay GROUP BY moment) d;
SELECT * FROM finish();
ROLLBACK;
