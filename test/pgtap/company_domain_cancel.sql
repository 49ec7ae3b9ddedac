-- A website of 100 MB can be cancelled at any moment, whatever fills it.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(4);
CREATE TEMP TABLE filling (what text, fill text, times int, made int);
INSERT INTO filling VALUES ('blanks', ' ', 100000000), ('what cannot be seen', U&'\200B', 33000000);
\ir delay.psql
-- In milliseconds, how long it takes to make the field
UPDATE filling SET made = pg_temp.took(format('SELECT octet_length(repeat(repeat(%L, 100000), %s))', fill, times / 100000));
-- How long the reading went on after it was cancelled; NULL: it had ended, or had
-- not begun.  The field is there before, and read several times, so that it is read
-- just then; by expressions, since plans of it would copy it.
CREATE FUNCTION pg_temp.delay(fill text, times int, call text) RETURNS interval LANGUAGE plpgsql AS $$
DECLARE
	field text;
	answer text;
	begun timestamptz;
BEGIN
	-- In big pieces, since repeat() itself cannot be cancelled.
	field := repeat(repeat(fill, 100000), times / 100000);
	begun := clock_timestamp();
	FOR i IN 1..100 LOOP
		IF call ~ 'identify' THEN
			answer := identify(website => field);
		ELSE
			answer := company_domain_problem(field);
		END IF;
	END LOOP;
	RETURN NULL;
EXCEPTION WHEN query_canceled THEN
	RETURN pg_temp.delay_since(greatest(begun, CASE WHEN begun IS NOT NULL THEN statement_timestamp() + current_setting('statement_timeout')::interval END));
END $$;
-- A machine may have more to do than this: the shortest of the delays at a moment counts.
CREATE TEMP TABLE delay (what text, call text, moment int, delay interval);
SELECT format('SET statement_timeout = %s', moment), try, again, again
FROM   filling, unnest(ARRAY['company_domain_problem()', 'identify()']) call, LATERAL (SELECT 3 * made + 630 AS moment) m,
       format('INSERT INTO delay SELECT %L, %L, %s, pg_temp.delay(%L, %s, %L)', what, call, moment, fill, times, call) try,
       format('INSERT INTO delay SELECT %1$L, %2$L, %3$s, pg_temp.delay(%4$L, %5$s, %2$L) WHERE (SELECT coalesce(min(delay) > ''0.1 s'', true) FROM delay WHERE what = %1$L AND call = %2$L AND moment = %3$s)', what, call, moment, fill, times) again
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT max(shortest) FROM (SELECT min(delay) AS shortest FROM delay d WHERE d.what = f.what AND d.call = c GROUP BY moment) m), '<', interval '0.2 s', what || ': ' || c)
FROM   filling f, unnest(ARRAY['company_domain_problem()', 'identify()']) c;
SELECT * FROM finish();
ROLLBACK;
