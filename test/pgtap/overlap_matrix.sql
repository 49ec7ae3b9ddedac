-- overlap_matrix: that it says what plain SQL says, whatever the way it was built
BEGIN;
SET search_path = ecosystem, public;
SELECT plan(74);

-- 20,000 rows of 7 populations with everything lists have: duplicates, gaps,
-- rows of nobody, records at several companies.
CREATE TABLE public.overlap_row AS
SELECT i AS id, (ARRAY['own/customer', 'own/prospect', 'partner/Acme', 'partner/Globex', 'partner/Initech', 'other', '', NULL])[1 + p] AS population,
       CASE WHEN p < 7 THEN 'C' || r END AS record_id, c AS n,
       CASE WHEN c IS NOT NULL THEN (ARRAY['', 'a-rather-long-name-of-a-company-', 'x'])[1 + c % 3] || c || '.com' END AS company,
       CASE WHEN r % 5 > 0 THEN round(((hashint4(r + p * 7919)::bigint & 1048575) - 1000) / 100.0, r % 3) END AS value
FROM  (SELECT i, (hashint4(i) & 65535) % 8 AS p, (hashint4(i + 1) & 1048575) % 4000 AS r,
              CASE WHEN i % 11 > 0 THEN ((hashint4((hashint4(i + 1) & 1048575) % 4000) & 1048575) + (i % 13) / 12) % 1500 END AS c
       FROM   generate_series(1, 20000) i) g;
ANALYZE public.overlap_row;
CREATE TEMP VIEW located AS SELECT * FROM public.overlap_row WHERE population IS NOT NULL AND company IS NOT NULL;
CREATE TEMP TABLE built AS
SELECT overlap_matrix_agg(population, company) AS plain, overlap_matrix_agg(population, company, record_id) AS with_records,
       overlap_matrix_agg(population, company, record_id, value) AS whole, overlap_matrix_agg(population, n::bigint, record_id, value) AS whole_bigint,
       overlap_matrix_agg(population, n::bigint) AS plain_bigint
FROM   public.overlap_row;
SELECT cmp_ok((SELECT count(*) FROM (SELECT FROM located GROUP BY population, record_id HAVING count(DISTINCT company) > 1) s), '>', 100::bigint,
	'the rows have records at several companies');

-- The overlaps by plain SQL: a record of one side that is at a company of the other
CREATE FUNCTION pg_temp.side(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT split_part($1, '/', 1)$$;
CREATE TEMP TABLE shared AS
SELECT DISTINCT a.population AS a, b.population AS b, a.company, a.record_id, a.value
FROM   located a JOIN (SELECT DISTINCT population, company FROM located) b ON b.company = a.company AND b.population <> a.population;
CREATE TEMP VIEW half AS
SELECT a, b, count(DISTINCT company) AS companies, count(DISTINCT record_id) AS records,
       (SELECT sum(value) FROM (SELECT DISTINCT record_id, value FROM shared t WHERE t.a = s.a AND t.b = s.b) d) AS value
FROM   shared s GROUP BY 1, 2;
CREATE TEMP TABLE expected_cell AS
SELECT x.a AS population_a, x.b AS population_b, x.companies, x.records AS records_a, y.records AS records_b, x.value AS value_a, y.value AS value_b
FROM   half x JOIN half y ON x.a = y.b AND x.b = y.a WHERE x.a COLLATE "C" < x.b COLLATE "C";
CREATE TEMP TABLE expected_margin AS
SELECT population, count(DISTINCT s.company) AS companies, count(DISTINCT s.record_id) AS records,
       (SELECT sum(value) FROM (SELECT DISTINCT record_id, value FROM shared t WHERE t.a = p.population) d) AS value
FROM  (SELECT DISTINCT population FROM located) p LEFT JOIN shared s ON s.a = p.population GROUP BY 1;

-- Cells
SELECT set_eq('SELECT c.* FROM built, cells(whole) c', 'SELECT * FROM expected_cell', 'cells are those of a join');
SELECT is((SELECT count(*) FROM built, cells(whole) c), 21::bigint, 'of all pairs of populations, the one named with nothing too');
SELECT set_eq('SELECT c.* FROM built, cells(whole_bigint) c', 'SELECT * FROM expected_cell', 'also with bigint companies');
SELECT set_eq('SELECT c.* FROM built, cells(with_records) c',
	'SELECT population_a, population_b, companies, records_a, records_b, NULL::numeric AS value_a, NULL::numeric AS value_b FROM expected_cell', 'without values, values are NULL');
SELECT set_eq('SELECT population_a, population_b, companies, records_a, records_b, value_a FROM built, cells(plain) c',
	$$SELECT a.population AS population_a, b.population AS population_b, count(*), sum(a.n)::bigint AS na, sum(b.n)::bigint AS nb, NULL::numeric
	  FROM (SELECT population, company, count(*) AS n FROM located GROUP BY 1, 2) a
	  JOIN (SELECT population, company, count(*) AS n FROM located GROUP BY 1, 2) b
	    ON a.company = b.company AND a.population COLLATE "C" < b.population COLLATE "C" GROUP BY 1, 2$$, 'without record_id each row is a record');
SELECT set_eq('SELECT c.* FROM built, cells(plain_bigint) c', 'SELECT c.* FROM built, cells(plain) c', 'bigint companies count like text');
SELECT set_eq($$SELECT c.* FROM built, cells(whole, ARRAY['own', 'partner']) c$$,
	$$SELECT * FROM expected_cell WHERE pg_temp.side(population_a) = 'own' AND pg_temp.side(population_b) = 'partner'$$, 'sides leave cross-side cells');
SELECT set_eq($$SELECT c.* FROM built, cells(whole, ARRAY['partner', 'own']) c$$,
	$$SELECT population_b, population_a, companies, records_b, records_a, value_b, value_a FROM expected_cell
	  WHERE pg_temp.side(population_a) = 'own' AND pg_temp.side(population_b) = 'partner'$$, 'population_a is of the side named first');
SELECT set_eq($$SELECT population_a, population_b FROM built, cells(whole, ARRAY['own/customer', 'other', 'partner/Acme']) c$$,
	$$VALUES ('own/customer', 'other'), ('own/customer', 'partner/Acme'), ('other', 'partner/Acme')$$, 'a whole name is a side, too');

-- Margins
SELECT set_eq('SELECT m.* FROM built, margins(whole) m', 'SELECT * FROM expected_margin', 'margins are distinct companies, records and values');
SELECT cmp_ok((SELECT sum(value_a) FROM built, cells(whole) WHERE population_a = 'own/customer'), '>',
	(SELECT value FROM built, margin(whole, 'own/customer')), 'not the sums of cells');
SELECT set_eq($$SELECT m.* FROM built, margins(whole, ARRAY['own', 'partner']) m$$,
	$$SELECT a, count(DISTINCT company) AS companies, count(DISTINCT record_id) AS records,
	         (SELECT sum(value) FROM (SELECT DISTINCT record_id, value FROM shared t WHERE t.a = s.a AND pg_temp.side(t.b) <> pg_temp.side(t.a)
	                                  AND pg_temp.side(t.b) IN ('own', 'partner')) d)
	  FROM shared s WHERE pg_temp.side(a) IN ('own', 'partner') AND pg_temp.side(b) IN ('own', 'partner') AND pg_temp.side(a) <> pg_temp.side(b)
	  GROUP BY 1$$, 'margins of sides');
SELECT results_eq($$SELECT p.population, m.* FROM built, (SELECT population FROM expected_margin ORDER BY 1) p, margin(whole, p.population) m$$,
	'SELECT * FROM expected_margin ORDER BY 1', 'margin is a row of margins');
SELECT results_eq($$SELECT m.* FROM built, margin(whole, 'own/customer', ARRAY['own', 'partner']) m$$,
	$$SELECT companies, records, value FROM built, margins(whole, ARRAY['own', 'partner']) WHERE population = 'own/customer'$$, 'of sides as well');

-- Populations: every row is accounted for
SELECT set_eq('SELECT p.* FROM built, populations(whole) p',
	$$SELECT population, count(DISTINCT company) AS companies, count(DISTINCT record_id) FILTER (WHERE company IS NOT NULL) AS records,
	         (SELECT sum(value) FROM (SELECT DISTINCT record_id, value FROM located l WHERE l.population = r.population) d),
	         count(*) AS rows, count(*) FILTER (WHERE company IS NULL) AS without_company
	  FROM public.overlap_row r WHERE population IS NOT NULL GROUP BY 1
	  UNION ALL SELECT NULL, NULL, NULL, NULL::numeric, count(*), NULL FROM public.overlap_row WHERE population IS NULL$$, 'populations');
SELECT is((SELECT sum(rows) FROM built, populations(whole)), 20000::numeric, 'its rows are all rows');
SELECT is((SELECT companies(whole) FROM built), (SELECT count(DISTINCT company) FROM located), 'companies');

-- Density
CREATE TEMP VIEW expected_density AS SELECT company, count(DISTINCT population) AS populations FROM located GROUP BY 1;
SELECT set_eq('SELECT d.* FROM built, density(whole) d', 'SELECT * FROM expected_density', 'density');
SELECT set_eq('SELECT d.* FROM built, density(plain_bigint) d', 'SELECT n::text, count(DISTINCT population) FROM located GROUP BY 1', 'density of bigint companies');
SELECT results_eq('SELECT d.* FROM built, density_histogram(whole) d', 'SELECT populations, count(*) FROM expected_density GROUP BY 1 ORDER BY 1', 'density_histogram');
SELECT set_eq($$SELECT d.* FROM built, density(whole, 'partner') d$$,
	$$SELECT company, count(DISTINCT population) FROM located WHERE pg_temp.side(population) = 'partner' GROUP BY 1$$, 'density on a side');
SELECT results_eq($$SELECT d.* FROM built, density_histogram(whole, 'partner') d$$,
	$$SELECT populations, count(*) FROM density((SELECT whole FROM built), 'partner') GROUP BY 1 ORDER BY 1$$, 'and its histogram');

-- The same bytes in any order, by any way
SELECT is(overlap_matrix_agg(population, company, record_id, value ORDER BY hashint4(id))::text, (SELECT whole::text FROM built), 'rows in another order') FROM public.overlap_row;
SELECT is((SELECT rollup(m)::text FROM (SELECT overlap_matrix_agg(population, company, record_id, value) AS m FROM public.overlap_row GROUP BY id % 17) s),
	(SELECT whole::text FROM built), 'rollup of a split is the whole');
SELECT is((SELECT rollup(m ORDER BY k DESC)::text FROM (SELECT population AS k, overlap_matrix_agg(population, company, record_id, value) AS m FROM public.overlap_row GROUP BY 1) s),
	(SELECT whole::text FROM built), 'also by population, where numbers change');
SELECT is((SELECT rollup(m)::text FROM (SELECT overlap_matrix_agg(population, n::bigint, record_id, value) AS m FROM public.overlap_row GROUP BY n % 40) s),
	(SELECT whole_bigint::text FROM built), 'also with bigint companies');
SELECT is((SELECT overlap_matrix_combine(a, b)::text FROM (SELECT overlap_matrix_agg(population, company) FILTER (WHERE id % 3 = 0) AS a,
	overlap_matrix_agg(population, company) FILTER (WHERE id % 3 > 0) AS b FROM public.overlap_row) s), (SELECT plain::text FROM built), 'overlap_matrix_combine');
SELECT is((SELECT rollup(whole) FROM (SELECT whole FROM built UNION ALL SELECT NULL) b), (SELECT whole FROM built), 'NULL is no rows');
SELECT is((SELECT max(records_a) FROM (SELECT rollup(m) AS m FROM built, LATERAL (VALUES (whole), (whole)) t(m)) r, cells(r.m)),
	(SELECT max(records_a) FROM expected_cell), 'records of a matrix merged with itself count once');
SELECT is((SELECT overlap_matrix_agg(population, (company)::company_domain) FROM located WHERE company LIKE 'x%')::text,
	(SELECT overlap_matrix_agg(population, company) FROM located WHERE company LIKE 'x%')::text, 'a company_domain is its text');

-- More rows than fit work_mem, so that compaction happens on the way
CREATE TABLE public.overlap_many AS
SELECT (ARRAY['own/a', 'own/b', 'partner/x', 'partner/y'])[1 + (hashint8(i) & 3)] AS population, hashint8(i + 1) & 65535 AS company, (hashint8(i + 2) & 65535)::text AS record_id
FROM   generate_series(1::bigint, 200000) i;
ANALYZE public.overlap_many;
SET LOCAL work_mem = '256MB';
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE many AS SELECT overlap_matrix_agg(population, company) AS m, overlap_matrix_agg(population, company::text || 'company.example', record_id) AS t FROM public.overlap_many;
SET LOCAL work_mem = '64kB';
SELECT is(md5(overlap_matrix_send(overlap_matrix_agg(population, company))), (SELECT md5(overlap_matrix_send(m)) FROM many), 'little memory, bigint companies') FROM public.overlap_many;
SELECT is(md5(overlap_matrix_send(overlap_matrix_agg(population, company::text || 'company.example', record_id))), (SELECT md5(overlap_matrix_send(t)) FROM many), 'little memory, records')
FROM   public.overlap_many;
-- What is held on the way: little more than is allowed and what a partition takes
CREATE TEMP TABLE held (work_mem text, bytes numeric);
CREATE FUNCTION pg_temp.look() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO held SELECT current_setting('work_mem'), sum(total_bytes) FROM pg_backend_memory_contexts WHERE name = 'overlap_matrix states';
	RETURN NULL;
END $$;
CREATE FUNCTION pg_temp.built_looking(memory text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('work_mem', memory, true);
	RETURN md5(overlap_matrix_send(overlap_matrix_agg('p' || i % 4, i % 1000, CASE WHEN i % 10000 = 0 THEN pg_temp.look() END))) FROM generate_series(1::bigint, 200000) i;
END $$;
SELECT is(pg_temp.built_looking('64kB'), pg_temp.built_looking('256MB'), 'rows are compacted or not');
SELECT results_eq($$SELECT work_mem, count(*), max(bytes) < 2000000 FROM held GROUP BY 1 ORDER BY 1$$, $$VALUES ('256MB', 20::bigint, false), ('64kB', 20, true)$$, 'in the memory there is');
SET LOCAL work_mem = '64kB';
-- Of large matrices that are put together, four and the next are held.
CREATE TEMP TABLE large AS SELECT overlap_matrix_agg('p' || i % 4, i) AS m FROM generate_series(1::bigint, 100000) i;
CREATE FUNCTION pg_temp.looked() RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_temp.look() IS NULL';
TRUNCATE held;
SELECT is((SELECT sum(companies) FROM (SELECT rollup(m) AS m FROM large, generate_series(1, 20) WHERE pg_temp.looked()) s, populations(s.m)), 100000::numeric, 'large matrices');
SELECT cmp_ok(max(bytes), '<', (SELECT 4.5 * length(overlap_matrix_send(m)) FROM large), 'are merged before they are eight') FROM held;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
\ir plan.psql
SET LOCAL ecosystem.enable_aggregate = off;
SELECT matches(pg_temp.plan_of('SELECT overlap_matrix_agg(population, company) FROM public.overlap_many'), 'Finalize Aggregate.*Gather.*Partial Aggregate', 'workers build parts');
SELECT is(md5(overlap_matrix_send(overlap_matrix_agg(population, company))), (SELECT md5(overlap_matrix_send(m)) FROM many), 'the parts make the same') FROM public.overlap_many;
SELECT is(md5(overlap_matrix_send(overlap_matrix_agg(population, company::text || 'company.example', record_id))), (SELECT md5(overlap_matrix_send(t)) FROM many), 'with records, too')
FROM   public.overlap_many;
RESET ecosystem.enable_aggregate;
SELECT results_eq('SELECT c.population_a, c.companies, c.records_a FROM many, cells(t) c WHERE population_b = ''partner/y'' ORDER BY 1',
	$$SELECT a.population, count(DISTINCT a.company), count(DISTINCT a.record_id) FROM public.overlap_many a
	  WHERE a.population <> 'partner/y' AND a.company IN (SELECT company FROM public.overlap_many WHERE population = 'partner/y') GROUP BY 1 ORDER BY 1$$, 'and are right');

-- As a window function the state goes on after it was read
SELECT results_eq($$SELECT id, companies(overlap_matrix_agg(population, company, record_id) OVER (ORDER BY id))::bigint FROM public.overlap_row WHERE id <= 60$$,
	$$SELECT r.id, (SELECT count(DISTINCT company) FROM located l WHERE l.id <= r.id) FROM public.overlap_row r WHERE id <= 60 ORDER BY 1$$, 'window aggregate');

-- Groups
SELECT results_eq($$SELECT g, companies(m) FROM (SELECT id % 700 AS g, overlap_matrix_agg(population, company) AS m FROM public.overlap_row GROUP BY 1) s ORDER BY 1$$,
	$$SELECT g, (SELECT count(DISTINCT company) FROM located WHERE id % 700 = g) FROM generate_series(0, 699) g$$, 'many small groups');

-- Nothing, and one population
SELECT is(overlap_matrix_agg(population, company)::text, '01' || repeat('00', 23), 'no rows give an empty matrix') FROM public.overlap_row WHERE false;
SELECT is(rollup(whole)::text, '01' || repeat('00', 23), 'no matrices, too') FROM built WHERE false;
SELECT is_empty($$SELECT FROM (SELECT overlap_matrix_agg('a', 'b') AS m WHERE false) s, cells(s.m)$$, 'without cells');
SELECT is_empty($$SELECT FROM (SELECT overlap_matrix_agg('a', c) AS m FROM (VALUES ('x'), ('y')) v(c)) s, cells(s.m)$$, 'one population has no cells');
SELECT results_eq($$SELECT * FROM margins((SELECT overlap_matrix_agg('a', c) FROM (VALUES ('x'), ('y')) v(c)))$$, $$VALUES ('a', 0::bigint, 0::bigint, NULL::numeric)$$, 'and an empty margin');
SELECT results_eq($$SELECT population, rows, rows_without_company FROM populations((SELECT overlap_matrix_agg('a', c) FROM (VALUES (''), (NULL), ('y')) v(c)))$$,
	$$VALUES ('a', 3::bigint, 2::bigint)$$, 'a company without a character is none');

-- NULL ids and values
SELECT results_eq($$SELECT records_a, value_a, records_b, value_b FROM cells((SELECT overlap_matrix_agg(p, 'c', r, v) FROM
	(VALUES ('a', NULL, 1.50), ('a', NULL, 1.50), ('a', 'r', NULL), ('a', 'r', 2), ('b', 's', NULL::numeric)) t(p, r, v)))$$,
	$$VALUES (3::bigint, 5.00, 1::bigint, NULL::numeric)$$, 'a NULL id is a record of its own, a NULL value is none, a known one wins');
SELECT is((SELECT value_a::text FROM cells((SELECT overlap_matrix_agg(p, 'c', r, v) FROM
	(VALUES ('a', '1', 99999999999999999999999999999999.99), ('a', '2', -0.01), ('b', '3', 0.5)) t(p, r, v)))), '99999999999999999999999999999999.98', 'money is exact');

CREATE FUNCTION pg_temp.failed_merge(OUT m overlap_matrix, OUT valid boolean) LANGUAGE plpgsql AS $$
BEGIN
	m := overlap_matrix_agg(p, c, r, v) FROM (VALUES ('a', 'c', 'r', 1), ('b', 'c', 's', 5), ('b', 'd', 't', 7)) t(p, c, r, v);
	FOR i IN 1..2 LOOP
		BEGIN
			m := overlap_matrix_combine(m, (SELECT overlap_matrix_agg('b', 'c', 's', 2 + i)));
		EXCEPTION WHEN cardinality_violation THEN valid := coalesce(valid, true) AND (SELECT count(*) FROM cells(m)) = 1;
		END;
	END LOOP;
END $$;

-- Errors
SELECT throws_ok($$SELECT overlap_matrix_agg('a', 'c', 'r', v) FROM (VALUES (1), (2.5)) t(v)$$, '21000', 'record "r" has two values');
SELECT throws_ok($$SELECT rollup(m) FROM (SELECT overlap_matrix_agg('a', 'c', 'r', v) AS m FROM (VALUES (1), (2.5)) t(v) GROUP BY v) s$$, '21000', 'record "r" has two values', 'also when merged');
SELECT throws_ok($$SELECT * FROM populations((SELECT overlap_matrix_agg('a', c, 'r', v) FROM (VALUES ('c', 1), ('d', 2.5)) t(c, v)))$$, '21000', 'record "r" has two values', 'also at two companies');
SELECT throws_ok($$SELECT rollup(m) FROM (SELECT plain AS m FROM built UNION ALL SELECT plain_bigint FROM built) s$$, '42804', NULL, 'bigint and text companies do not mix');
SELECT throws_ok($$SELECT overlap_matrix_agg(i::text, i::bigint) FROM generate_series(1, 10001) i$$, '54000', 'an overlap_matrix has at most 10000 populations');
SELECT is((SELECT count(*) FROM cells((SELECT overlap_matrix_agg(i::text, i / 2::bigint) FROM generate_series(1, 9999) i))), 4999::bigint, 'thousands of populations have their cells');
SELECT throws_ok($$SELECT margin(plain, 'nobody') FROM built$$, '22023', 'population "nobody" is not in the overlap_matrix');
SELECT throws_ok($$SELECT cells(plain, ARRAY['own']) FROM built$$, '22023', 'an overlap has at least two sides');
SELECT throws_ok($$SELECT cells(overlap_matrix_agg(p, 'c'), ARRAY['own', 'own/x']) FROM unnest('{own/x,partner}'::text[]) p$$, '22023', 'population "own/x" is on two sides');
SELECT throws_ok($$SELECT _overlap_matrix_accum(plain_bigint, 'p', 'c'::text) FROM built$$, '42804', NULL, 'a text company for bigint companies');
SELECT throws_ok($$SELECT _overlap_matrix_accum(plain, 'p', 1::bigint) FROM built$$, '42804', NULL, 'or the other way round');
SELECT lives_ok($$SELECT overlap_matrix_agg(repeat('p', 8000), repeat('c', 8000), repeat('r', 8000))$$, 'names of eight thousand bytes');
SELECT throws_ok(format('SELECT overlap_matrix_agg(repeat(''p'', %s), repeat(''c'', %s), repeat(''r'', %s))', p, c, r), '54000', what || ' is too long', what)
FROM (VALUES (8001, 1, 1, 'name of a population'), (1, 8001, 1, 'key of a company'), (1, 1, 8001, 'id of a record')) v(p, c, r, what);

-- A matrix is what it was after a merge that failed and was caught
SELECT results_eq($$SELECT m::text, valid FROM pg_temp.failed_merge()$$,
	$$SELECT m::text, true FROM (SELECT overlap_matrix_agg(p, c, r, v) AS m FROM (VALUES ('a', 'c', 'r', 1), ('b', 'c', 's', 5), ('b', 'd', 't', 7)) t(p, c, r, v)) q$$,
	'a caught error leaves the matrix as it was');

-- Records at two companies that both have very many: companies are read once
CREATE TEMP TABLE spread AS
SELECT overlap_matrix_agg(p, c, r::text, v) AS m
FROM  (SELECT 'own', c, r, 2 FROM (VALUES ('one'), ('two')) c(c), generate_series(1, 60000) r
       UNION ALL VALUES ('partner', 'one', 1, 10), ('partner', 'two', 2, 20), ('other', 'two', 3, 30), ('partner', 'three', 2, 20)) t(p, c, r, v);
SET LOCAL statement_timeout = '20s';
SELECT results_eq('SELECT c.* FROM spread, cells(m) c ORDER BY 1, 2',
	$$VALUES ('other', 'own', 1::bigint, 1::bigint, 60000::bigint, 30::numeric, 120000::numeric), ('other', 'partner', 1, 1, 1, 30, 20),
	         ('own', 'partner', 2, 60000, 2, 120000, 30)$$, 'sixty thousand records at both of two companies count once');
SELECT results_eq('SELECT c.* FROM spread, margins(m) c ORDER BY 1',
	$$VALUES ('other', 1::bigint, 1::bigint, 30::numeric), ('own', 2, 60000, 120000), ('partner', 2, 2, 30)$$, 'in margins, too');
SELECT results_eq('SELECT population, companies, records, value FROM spread, populations(m) c ORDER BY 1',
	$$VALUES ('other', 1::bigint, 1::bigint, 30::numeric), ('own', 2, 60000, 120000), ('partner', 3, 2, 30)$$, 'and in populations');
RESET statement_timeout;

-- Input trusts nobody: of 3,000 damaged matrices each is refused or is valid
CREATE TEMP TABLE small AS SELECT m::text AS hex FROM (
	SELECT overlap_matrix_agg(population, company, CASE WHEN id % 4 > 0 THEN record_id END, value) AS m FROM public.overlap_row WHERE id < 60
	UNION ALL SELECT overlap_matrix_agg(population, n::bigint) FROM public.overlap_row WHERE id < 60) s;
CREATE FUNCTION pg_temp.survives(hex text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE m overlap_matrix;
BEGIN
	m := hex;
	PERFORM count(*) FROM cells(m); PERFORM count(*) FROM populations(m); PERFORM count(*) FROM density(m);
	RETURN CASE WHEN m::text = lower(hex) AND companies(overlap_matrix_combine(m, m)) = companies(m) THEN 'same' ELSE 'changed' END;
EXCEPTION WHEN invalid_text_representation OR cardinality_violation OR numeric_value_out_of_range THEN RETURN 'refused';
END $$;
CREATE TEMP TABLE damaged AS
SELECT pg_temp.survives(CASE i % 3 WHEN 0 THEN left(hex, at * 2) WHEN 1 THEN overlay(hex PLACING lpad(to_hex(hashint4(i) & 255), 2, '0') FROM at * 2 + 1 FOR 2)
	ELSE overlay(hex PLACING '' FROM at * 2 + 1 FOR 2) END) AS outcome
FROM   small, generate_series(1, 1500) i, LATERAL (SELECT (hashint4(i + 7) & 1048575) % (length(hex) / 2) AS at) a;
SELECT is((SELECT count(*) FROM damaged WHERE outcome = 'changed'), 0::bigint, 'no damaged matrix is misread');
SELECT cmp_ok((SELECT count(*) FROM damaged WHERE outcome = 'refused'), '>', 2000::bigint, 'most are refused');
SELECT throws_ok($$SELECT 'zz'::overlap_matrix$$, '22P02', 'invalid input syntax for type overlap_matrix: "zz"');
SELECT throws_ok($$SELECT '02'::overlap_matrix$$, '22P02', 'invalid input syntax for type overlap_matrix: "02"');

SELECT * FROM finish();
ROLLBACK;
