-- What resolving companies costs: all levels at once, against the simplest plain
-- SQL that groups by one level, and against plain SQL that follows all keys.
--
-- Usage: psql -X [-v rows=6000000] [-v rounds=3] -f test/bench/resolution-speed.sql
--
-- -v components=1 adds the latter, which is slow; -v keep=1 keeps the table, and
-- -v made=1 takes the one that was kept.
--
-- Rounds are interleaved; the table shows medians.  One sixth of the records is
-- ours, the others are from 100 partners whose lists differ in size.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 6000000 \endif
\if :{?rounds} \else \set rounds 3 \endif
CREATE EXTENSION IF NOT EXISTS ecosystem;
SET search_path = ecosystem, public;
SET jit = off;

\if :{?made}
\else
\echo Making :rows records.
CREATE FUNCTION pg_temp.h(x bigint, seed bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
AS 'SELECT hashint8extended(x, seed) & 9223372036854775807';
CREATE UNLOGGED TABLE record AS
SELECT source, record_id, identify(website => CASE WHEN r % 20 > 0 THEN domain END, name => name, country => country,
           ids => CASE WHEN r / 20 % 10 < 4 THEN ARRAY['crm:' || c] WHEN r / 20 % 10 < 5 THEN ARRAY['register!:' || c] END) AS identity,
       CASE WHEN r % 20 > 0 THEN domain END AS domain
FROM  (SELECT i, r, c, CASE WHEN i <= :rows / 6 THEN 'own' ELSE 'P' || lpad((power(pg_temp.h(i, 1) % 1000000 / 1000000.0, 3) * 100)::int::text, 3, '0') END AS source,
              '0015g00000' || lpad(to_hex(pg_temp.h(i, 2)), 16, '0') AS record_id,
              w || '-' || to_hex(c) || (ARRAY['.com', '.com', '.com', '.de', '.co.uk', '.io', '.fr', '.com.au'])[1 + pg_temp.h(c, 3) % 8] AS domain,
              initcap(w) || ' ' || (ARRAY['Tech', 'Labs', 'Works', 'Cloud', 'Media', 'Health', 'Energy', 'Systems'])[1 + pg_temp.h(c, 4) % 8] || ' ' || to_hex(c / 3) AS name,
              (ARRAY['US', 'US', 'DE', 'GB', 'FR', 'NL', 'SE', 'CA'])[1 + pg_temp.h(c, 5) % 8] AS country
       FROM  (SELECT i, r, c, (ARRAY['acme', 'tervo', 'nord', 'blue', 'quant', 'pixel', 'solar', 'iron'])[1 + pg_temp.h(c, 6) % 8] AS w
              FROM  (SELECT i, pg_temp.h(i, 7) AS r,
                            CASE WHEN i <= :rows * 19 / 120 THEN i WHEN i <= :rows / 6 OR pg_temp.h(i, 8) % 100 < 25 THEN 1 + pg_temp.h(i, 9) % (:rows * 19 / 120)
                                 ELSE :rows * 19 / 120 + 1 + pg_temp.h(i, 10) % (:rows / 2) END AS c
                     FROM generate_series(1::bigint, :rows) i) k OFFSET 0) n OFFSET 0) m;
VACUUM ANALYZE record;
\endif
SELECT count(*) AS records, count(DISTINCT source) AS sources, pg_size_pretty(pg_relation_size('record')) AS size FROM record;

CREATE TEMP TABLE contender (place int, what text, query text);
INSERT INTO contender VALUES
	(1, 'scan', 'SELECT count(identity) FROM record'),
	(2, 'resolve', 'SELECT companies(company_resolution_agg(source, record_id, identity)) FROM record'),
	(3, 'resolve, read all rows', 'SELECT count(DISTINCT company_id) FROM (SELECT company_resolution_agg(source, record_id, identity) AS s FROM record) q, resolved(q.s)'),
	(4, 'SQL: by domain alone', 'SELECT count(DISTINCT company) FROM (SELECT source, record_id, first_value(ctid) OVER (PARTITION BY coalesce(domain, record_id)) AS company FROM record) q');
-- Connected components over all keys, without contradictions, hubs or reasons:
-- every record takes the smallest label of a key it holds, until nothing changes.
CREATE FUNCTION pg_temp.components() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	CREATE TEMP TABLE node AS SELECT row_number() OVER (ORDER BY source, record_id) AS label, row_number() OVER (ORDER BY source, record_id) AS id, identity FROM record;
	CREATE TEMP TABLE edge AS SELECT id, key FROM node, unnest(match_keys(identity)) key;
	ANALYZE node; ANALYZE edge;
	LOOP
		CREATE TEMP TABLE next_node AS
		SELECT e.id, min(k.label) AS label, NULL::company_identity AS identity
		FROM   edge e JOIN (SELECT key, min(label) AS label FROM edge JOIN node USING (id) GROUP BY key) k USING (key)
		GROUP  BY e.id;
		SELECT count(*) INTO n FROM next_node JOIN node USING (id) WHERE next_node.label < node.label;
		EXIT WHEN n = 0;
		DROP TABLE node;
		ALTER TABLE next_node RENAME TO node;
		ANALYZE node;
	END LOOP;
	SELECT count(DISTINCT label) INTO n FROM node;
	DROP TABLE node, edge, next_node;
	RETURN n;
END $$;
\if :{?components}
INSERT INTO contender VALUES (5, 'SQL: connected components', 'SELECT pg_temp.components()');
\endif
CREATE TEMP TABLE timing (workers int, place int, seconds numeric, result bigint);
CREATE PROCEDURE pg_temp.measure(rounds int) LANGUAGE plpgsql AS $$
DECLARE
	c record;
	start timestamptz;
	n bigint;
BEGIN
	FOR round IN 0..rounds LOOP
		FOR workers IN 0..2 BY 2 LOOP
			PERFORM set_config('max_parallel_workers_per_gather', workers::text, false);
			FOR c IN SELECT * FROM contender ORDER BY place LOOP
				start := clock_timestamp();
				EXECUTE c.query INTO n;
				-- The first round warms the caches.
				IF round > 0 OR rounds = 0 THEN
					INSERT INTO timing VALUES (workers, c.place, extract(epoch FROM clock_timestamp() - start), n);
				END IF;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
CALL pg_temp.measure(:rounds);
WITH median AS (
	SELECT workers, place, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS s, min(result) AS result FROM timing GROUP BY 1, 2
)
SELECT workers, what, result, round(s::numeric, 2) AS seconds, round((s * 1e6 / :rows)::numeric, 2) AS "s a million",
       round((s / first_value(s) OVER w)::numeric, 2) AS "x scan", round((s / nth_value(s, 2) OVER w)::numeric, 2) AS "x resolve"
FROM   median JOIN contender USING (place)
WINDOW w AS (PARTITION BY workers ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER  BY workers, place;
\if :{?keep}
\else
DROP TABLE record;
\endif
