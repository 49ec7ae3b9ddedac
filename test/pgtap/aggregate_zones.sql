-- Ecosystem Aggregate: what is remembered of a key made of a moment is what the
-- key's functions return, in zones that changed their offset, and how they did.
BEGIN;
SET search_path = ecosystem, public;
SET LOCAL jit = off;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT plan(8);

\ir plan.psql
-- Around changes of offset: of Newfoundland, which put its clocks back a minute after
-- midnight, once on the first of a month; Samoa and Kwajalein, which left out a day; Lord
-- Howe, whose summer is half an hour; Apia, Cairo, Sao Paulo, at midnight; local mean time;
-- zones that no place has; and without order.
CREATE TABLE a_moment AS
SELECT random() AS r, around + step * step * step * interval '19 seconds' AS at
FROM   unnest(ARRAY['2009-11-01 02:31+00', '2011-12-30 10:00+00', '1993-08-21 12:00+00', '2021-04-03 15:00+00', '2010-09-30 21:00+00', '2018-11-04 03:00+00', '1883-11-18 17:00+00', '1844-12-31 00:00+00',
              '2023-03-26 01:00+00', '2023-10-29 01:00+00', '2022-12-31 23:30+00', '1600-01-01 00:00+00', '1900-01-01 00:00+00', '2037-11-01 00:00+00', '2300-03-28 01:00+00', '6000-01-01 00:00+00', '0001-01-01 00:00+00 BC', '2999-01-01 00:00+00 BC']::timestamptz[]) around,
       generate_series(-30, 30) step
UNION ALL SELECT random(), 'infinity' UNION ALL SELECT random(), '-infinity' UNION ALL SELECT random(), NULL
UNION ALL SELECT random(), timestamptz '2000-01-01 00:00+00' + i * interval '261 hours 13 minutes 11 seconds' FROM generate_series(1, 1000) i;
ANALYZE a_moment;

CREATE FUNCTION pg_temp.differ(zone text, key text, sorted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	ours text;
	core text;
	query text = format('SELECT count(*) || '' '' || coalesce(sum(hashtextextended(q::text, 0)::numeric), 0) FROM (SELECT %s AS key, deal_stats_agg(1, ''won'') FROM (SELECT *, at AT TIME ZONE ''UTC'' AS plain, (at AT TIME ZONE ''UTC'')::date AS day FROM a_moment ORDER BY %s OFFSET 0) m GROUP BY 1) q', key, sorted);
BEGIN
	PERFORM set_config('timezone', zone, true), set_config('ecosystem.enable_aggregate', 'off', true);
	EXECUTE query INTO core;
	PERFORM set_config('ecosystem.enable_aggregate', 'on', true), set_config('enable_hashagg', 'off', true), set_config('enable_sort', 'off', true);
	IF pg_temp.plan_of(query) NOT LIKE '%Ecosystem Aggregate%' THEN
		RETURN 'not ours: ' || query;
	END IF;
	EXECUTE query INTO ours;
	PERFORM set_config('enable_hashagg', 'on', true), set_config('enable_sort', 'on', true);
	RETURN CASE WHEN core <> ours THEN format('%s by %s: %s in %s, not %s', key, sorted, ours, zone, core) END;
END
$$;
CREATE TABLE a_zone AS SELECT unnest(ARRAY['UTC', 'America/St_Johns', 'Pacific/Apia', 'Pacific/Kwajalein', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Sao_Paulo', 'America/New_York', 'Asia/Manila',
	'Europe/Berlin', 'Asia/Kathmandu', 'Antarctica/Troll', 'FOO+3BAR+2', 'FOO-100BAR-160', '<-05>+05:30']) AS zone;
\set truncated 'unnest(ARRAY[''millennium'', ''century'', ''decade'', ''year'', ''quarter'', ''month'', ''week'', ''day'', ''hour'', ''minute''])'
SELECT is((SELECT string_agg(d, E'\n') FROM a_zone, :truncated unit, unnest(ARRAY['at', 'r']) sorted, pg_temp.differ(zone, format('date_trunc(%L, at)', unit), sorted) d), NULL, 'moments truncated in the zone of the session');
SELECT is((SELECT string_agg(d, E'\n') FROM a_zone, :truncated unit, pg_temp.differ('UTC', format('date_trunc(%L, at, %L)', unit, zone), 'r') d WHERE unit NOT IN ('hour', 'minute')), NULL, 'in another');
SELECT is((SELECT string_agg(d, E'\n') FROM a_zone, :truncated unit, pg_temp.differ('UTC', format('date_trunc(%L, at AT TIME ZONE %L)', unit, zone), 'r') d WHERE unit NOT IN ('hour', 'minute')), NULL, 'as local time');
SELECT is((SELECT string_agg(d, E'\n') FROM :truncated unit, unnest(ARRAY['at', 'r']) sorted, pg_temp.differ('UTC', format('date_trunc(%L, plain)', unit), sorted) d), NULL, 'without a zone');
SELECT is((SELECT string_agg(d, E'\n') FROM a_zone, unnest(ARRAY['at::date', 'date_trunc(''quarter'', at)::date', 'to_char(date_trunc(''month'', at), ''YYYY-MM'')', 'date_trunc(''month'', day)', 'date_trunc(''quarter'', day)::date', 'extract(year FROM at)', 'day',
	'plain::date', 'date_trunc(''day'', at)::timestamp', 'at::date - 3', 'date_trunc(''month'', at) AT TIME ZONE ''Asia/Tokyo''', 'date_trunc(''quarter'', plain - interval ''1 month'')']) key, pg_temp.differ(zone, key, 'r') d WHERE key NOT LIKE 'extract%'), NULL, 'and what is made of it');
SELECT is((SELECT string_agg(d, E'\n') FROM unnest(ARRAY['EST', 'MSK', 'utc', '+03', '-05:30', 'FOO+3BAR+2']) zone, unnest(ARRAY['month', 'day']) unit, pg_temp.differ('UTC', format('date_trunc(%L, at, %L)', unit, zone), 'r') d), NULL, 'abbreviations and offsets');
SELECT throws_ok('SELECT date_trunc(''month'', at, ''Nowhere''), deal_stats_agg(1, ''won'') FROM a_moment GROUP BY 1', '22023', NULL, 'a zone that there is none of');
SELECT lives_ok('SELECT date_trunc(''month'', at, ''Nowhere''), deal_stats_agg(1, ''won'') FROM a_moment WHERE r < 0 GROUP BY 1', 'as in core, if it is asked for');
SELECT * FROM finish();
ROLLBACK;
