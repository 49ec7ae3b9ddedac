-- What reading a record costs: messy websites as domains, whole records as
-- identities, against trivial C functions over the same column.
--
-- Usage: make bench WORKLOADS=identity
--
-- Rounds are interleaved, so that a busy moment of the machine hits all
-- contenders alike; the table shows medians, and ratios to octet_length().
\set ON_ERROR_STOP on
\set QUIET on
\if :{?rows} \else \set rows 6000000 \endif
\if :{?rounds} \else \set rounds 5 \endif
CREATE EXTENSION IF NOT EXISTS ecosystem;
SET search_path = ecosystem, public;

-- Deterministic: every value is a function of the row's number.
\echo Making :rows records.
CREATE UNLOGGED TABLE record AS
SELECT CASE h % 20 WHEN 0 THEN upper(d) WHEN 1 THEN 'https://www.' || initcap(d) || '/path?x=1' WHEN 2 THEN 'https://www.' || d || '/about-us'
                   WHEN 3 THEN 'http://' || d WHEN 4 THEN 'https://' || d || '/' WHEN 5 THEN 'info@' || d WHEN 6 THEN 'Sales.Team@' || upper(d)
                   WHEN 7 THEN 'https://shop.' || d || '/en/' WHEN 8 THEN 'eu.portal.' || d WHEN 9 THEN 'www.' || d WHEN 10 THEN 'WWW.' || upper(d)
                   WHEN 11 THEN '  HTTPS://WWW.' || upper(d) || ':443/  ' WHEN 12 THEN NULL WHEN 13 THEN d || '.' WHEN 14 THEN 'http//' || d
                   ELSE d END AS website,
       initcap(w) || ' ' || (ARRAY['Tech', 'Labs', 'Works', 'Cloud', 'Media', 'Health', 'Energy', 'Systems'])[1 + h % 8] || ' ' || to_hex(i / 3)
         || (ARRAY[' Inc', ', Inc.', ' GmbH', ' Ltd.', ' S.A.', ' LLC', ', LTD', ''])[1 + h / 8 % 8] AS name,
       (ARRAY['US', 'US', 'DE', 'GB', 'FR', 'NL', 'SE', 'CA'])[1 + h / 64 % 8] AS country,
       ARRAY['duns:' || lpad((i % 1000000000)::text, 9, '0'), 'crm:' || to_hex(i)] AS ids
FROM  (SELECT i, h, w, w || '-' || to_hex(i) || (ARRAY['.com', '.com', '.com', '.de', '.co.uk', '.io', '.fr', '.com.au'])[1 + h / 512 % 8] AS d
       FROM  (SELECT i, hashint8(i) & 2147483647 AS h,
                     (ARRAY['acme', 'tervo', 'nord', 'blue', 'quant', 'pixel', 'solar', 'iron'])[1 + (hashint8(i + 1) & 7)] AS w
              FROM   generate_series(1::bigint, :rows) i) n) m;
VACUUM ANALYZE record;
SELECT count(*) AS records, count(to_company_domain(website)) AS with_domain, round(avg(octet_length(website)), 1) AS bytes_a_website FROM record;

CREATE TEMP TABLE contender (place int, what text, query text);
INSERT INTO contender VALUES
	(1, 'octet_length(website)', 'SELECT count(octet_length(website)) FROM record'),
	(2, 'textsend(website)', 'SELECT count(textsend(website)) FROM record'),
	(3, 'to_company_domain(website)', 'SELECT count(to_company_domain(website)) FROM record'),
	(4, 'company_name_key(name, country)', 'SELECT count(company_name_key(name, country)) FROM record'),
	(5, 'identify(website, name, country)', 'SELECT count(identify(website => website, name => name, country => country)) FROM record'),
	(6, 'identify(website, name, country, ids)', 'SELECT count(identify(website => website, name => name, country => country, ids => ids)) FROM record');
CREATE TEMP TABLE timing (workers int, place int, seconds numeric);
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
				IF round > 0 THEN
					INSERT INTO timing VALUES (workers, c.place, extract(epoch FROM clock_timestamp() - start));
				END IF;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
SET jit = off;
CALL pg_temp.measure(:rounds);

WITH median AS (
	SELECT workers, place, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS s FROM timing GROUP BY 1, 2
)
SELECT workers, what, round(s::numeric, 2) AS seconds, round((s * 1e9 / (SELECT count(*) FROM record))::numeric) AS "ns a row",
       round((s / first_value(s) OVER w)::numeric, 2) AS "x octet_length", round((s / nth_value(s, 2) OVER w)::numeric, 2) AS "x textsend",
       round((s / nth_value(s, 3) OVER w)::numeric, 2) AS "x to_company_domain"
FROM   median JOIN contender USING (place)
WINDOW w AS (PARTITION BY workers ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER  BY workers, place;
