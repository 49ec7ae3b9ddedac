-- A website of 100 MB can be cancelled at any moment, whatever fills it.
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(6);
CREATE TEMP TABLE filling (what text, start text, fill text, times int, milliseconds int);
INSERT INTO filling VALUES ('blanks', '', ' ', 100000000), ('blanks at its end', 'acme.com', ' ', 100000000), ('what cannot be seen', '', U&'\200B', 33000000);
CREATE FUNCTION pg_temp.field(start text, fill text, times int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	-- In big pieces, since repeat() itself cannot be cancelled.
	RETURN start || repeat(repeat(fill, 100000), times / 100000);
END $$;
-- Once, or ten times by one expression, in which nobody but the reading asks whether
-- it is cancelled.  An expression, since a plan would copy the field.
CREATE TEMP TABLE call (call text, once text, often text);
INSERT INTO call VALUES ('company_domain_problem(field)', 'problem_once', 'problem_often'), ('identify(website => field)', 'identify_once', 'identify_often');
SELECT format('CREATE FUNCTION pg_temp.%I(field text) RETURNS boolean LANGUAGE plpgsql AS ''BEGIN RETURN num_nulls(%s) > 20; END''', name, trim(repeat(call || ', ', times), ', '))
FROM   call, LATERAL (VALUES (once, 1), (often, 10)) v (name, times)
\gexec
-- How much of ten readings is still to come when they are cancelled in their first
-- quarter, and yet goes on: about 0, or 0.75 where nobody asks.  As a part of ten
-- times what one takes a moment before, whatever the machine.  NULL: they were not
-- cancelled while they read.
CREATE FUNCTION pg_temp.goes_on(start text, fill text, times int, once text, often text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
	cancelled constant timestamptz := statement_timestamp() + current_setting('statement_timeout')::interval;
	field constant text := pg_temp.field(start, fill, times);
	begun timestamptz := clock_timestamp();
	take interval;
	read boolean;
BEGIN
	IF once = 'problem_once' THEN
		read := pg_temp.problem_once(field);
	ELSE
		read := pg_temp.identify_once(field);
	END IF;
	take := 10 * (clock_timestamp() - begun);
	begun := NULL;
	PERFORM pg_sleep(extract(epoch FROM cancelled - clock_timestamp() - take / 4));
	begun := clock_timestamp();
	IF often = 'problem_often' THEN
		read := pg_temp.problem_often(field);
	ELSE
		read := pg_temp.identify_often(field);
	END IF;
	RETURN NULL;
EXCEPTION WHEN query_canceled THEN
	RETURN CASE WHEN begun < cancelled THEN extract(epoch FROM clock_timestamp() - cancelled) / extract(epoch FROM take) END;
END $$;
\ir delay.psql
-- To make a field, read it once, and as often as comes before the cancelling
UPDATE filling SET milliseconds = 300 + 2 * pg_temp.took(format('SELECT octet_length(pg_temp.field(%L, %L, %s))', start, fill, times))
	+ 5 * pg_temp.took(format('SELECT pg_temp.identify_once(pg_temp.field(%L, %L, %s))', start, fill, times));
-- A machine may have more to do than this: the least counts.
CREATE TEMP TABLE tried (what text, call text, going_on double precision);
SELECT format('SET statement_timeout = %s', milliseconds), try, try, try
FROM   filling, call,
       format('INSERT INTO tried SELECT %1$L, %2$L, pg_temp.goes_on(%3$L, %4$L, %5$s, %6$L, %7$L) WHERE (SELECT coalesce(min(going_on) > 0.3, true) FROM tried WHERE what = %1$L AND call = %2$L)',
              what, call, start, fill, times, once, often) try
\gexec
RESET statement_timeout;
SELECT cmp_ok((SELECT min(going_on) FROM tried t WHERE t.what = f.what AND t.call = c.call), '<', 0.3::double precision, f.what || ': ' || c.call) FROM filling f, call c;
SELECT * FROM finish();
ROLLBACK;
