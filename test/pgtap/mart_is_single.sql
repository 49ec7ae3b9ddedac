-- What a mart is made of has to be a query and nothing else.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(2);
SELECT is(array_agg(_mart_is_single(q) ORDER BY n), '{t,f,f,f,f}', 'one query is one, and no command')
FROM   unnest(ARRAY['WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM a) b -- ;', 'SELECT 1) q; DROP TABLE a; SELECT (1', 'SELECT 1; SELECT 2', 'SELECT 1 INTO a', '']) WITH ORDINALITY AS u(query, n),
       LATERAL (SELECT CASE WHEN query LIKE '%) q;%' THEN format('SELECT * FROM (%s) q', query) ELSE query END) l(q);
SELECT throws_ok($$SELECT _mart_is_single('SELECT (')$$, '42601', NULL, 'and what does not parse is an error');
SELECT * FROM finish();
ROLLBACK;
