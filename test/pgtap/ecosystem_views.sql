-- Views over the types: which forms a dump can write so that they restore.  A dump
-- writes a view as pg_get_viewdef() does where nothing is in the search_path, and
-- runs it there.
BEGIN;
SELECT plan(23);

CREATE SCHEMA views;
CREATE TABLE views.a (id int, domain ecosystem.company_domain UNIQUE, who ecosystem.company_identity, rule ecosystem.led_rule);
CREATE TABLE views.b (LIKE views.a);
INSERT INTO views.a VALUES (1, 'acme.com', ecosystem.identify('acme.com')), (2, 'onyx.com', ecosystem.identify('onyx.com')), (3, NULL, NULL);
INSERT INTO views.b VALUES (1, 'acme.com', ecosystem.identify('acme.com')), (2, 'birch.com', ecosystem.identify('birch.com')), (3, NULL, NULL);

-- The view of a query, dumped, dropped and restored; its rows before and after.
CREATE FUNCTION views.restored(query text) RETURNS text LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
	definition text;
	before text;
	after text;
BEGIN
	PERFORM set_config('search_path', 'views, ecosystem', true);
	EXECUTE 'CREATE VIEW views.v AS ' || query;
	EXECUTE 'SELECT string_agg(v::text, E''\n'' ORDER BY v::text) FROM views.v' INTO before;
	PERFORM set_config('search_path', '', true);
	definition := pg_get_viewdef('views.v'::regclass);
	DROP VIEW views.v;
	EXECUTE 'CREATE VIEW views.v AS ' || definition;
	EXECUTE 'SELECT string_agg(v::text, E''\n'' ORDER BY v::text) FROM views.v' INTO after;
	DROP VIEW views.v;
	RETURN CASE WHEN after IS DISTINCT FROM before THEN 'other rows' ELSE coalesce(after, 'no rows') END;
END $$;

-- PostgreSQL writes these without the schema of the operator they use
SELECT throws_ok(format('SELECT views.restored(%L)', query), '42883', NULL, 'does not restore: ' || query)
FROM (VALUES ('SELECT a.id FROM a JOIN b USING (domain)'),
	('SELECT domain FROM (SELECT domain FROM a) x NATURAL JOIN (SELECT domain FROM b) y'),
	('SELECT a.id FROM a JOIN b USING (id) WHERE a.domain IS DISTINCT FROM b.domain'),
	('SELECT a.id FROM a JOIN b USING (id) WHERE a.who IS NOT DISTINCT FROM b.who'),
	('SELECT nullif(a.domain, b.domain) FROM a JOIN b USING (id)'),
	($q$SELECT CASE domain WHEN 'acme.com' THEN 1 END FROM a$q$),
	('SELECT id FROM a WHERE (id, domain) IN (SELECT id, domain FROM b)'),
	('SELECT a.id FROM a JOIN b ON (a.domain, a.id) < (b.domain, b.id)')) v(query);

-- And these with it: the pairs of docs/ecosystem.md
SELECT is(views.restored(query), rows, 'restores: ' || query)
FROM (VALUES ('SELECT a.id FROM a JOIN b ON a.domain = b.domain', '(1)'),
	('SELECT a.id FROM a JOIN b ON a.domain OPERATOR(ecosystem.=) b.domain', '(1)'),
	('SELECT a.id FROM a JOIN b ON a.who && b.who', '(1)'),
	('SELECT a.id FROM a JOIN b USING (id) WHERE a.domain::text IS DISTINCT FROM b.domain::text', '(2)'),
	('SELECT a.id FROM a JOIN b USING (id) WHERE a.who::text IS NOT DISTINCT FROM b.who::text', E'(1)\n(3)'),
	('SELECT a.id, CASE WHEN a.domain = b.domain THEN NULL ELSE a.domain END FROM a JOIN b USING (id)', E'(1,)\n(2,onyx.com)\n(3,)'),
	($q$SELECT CASE WHEN domain = 'acme.com' THEN 1 END FROM a WHERE id < 3$q$, E'()\n(1)'),
	('SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.id = a.id AND b.domain = a.domain)', '(1)'),
	('SELECT a.id FROM a JOIN b ON a.domain < b.domain OR a.domain = b.domain AND a.id < b.id', '(1)'),
	-- nothing has to be said of these
	($q$SELECT id FROM a WHERE domain IN ('acme.com', 'birch.com')$q$, '(1)'),
	('SELECT id FROM a WHERE domain IN (SELECT domain FROM b)', '(1)'),
	($q$SELECT id FROM a WHERE domain BETWEEN 'a.com' AND 'b.com'$q$, '(1)'),
	('SELECT DISTINCT ON (domain) domain, greatest(domain, domain), rule, count(*) FROM a WHERE id = 1 GROUP BY domain, rule ORDER BY domain USING >', '(acme.com,acme.com,,1)'),
	('SELECT domain FROM a INTERSECT SELECT domain FROM b', E'()\n(acme.com)')) v(query, rows);

-- The same holds for what a trigger or a constraint asks.
SET LOCAL search_path = views, ecosystem, public;
CREATE FUNCTION views.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER moved BEFORE UPDATE ON a FOR EACH ROW WHEN (OLD.domain::text IS DISTINCT FROM NEW.domain::text) EXECUTE FUNCTION views.nothing();
ALTER TABLE b ADD CHECK (domain <> 'example.com'), ADD FOREIGN KEY (domain) REFERENCES a (domain) NOT VALID, ADD EXCLUDE USING hash (domain WITH =);
CREATE TEMP TABLE told AS SELECT format('DROP TRIGGER moved ON views.a; %s', pg_get_triggerdef(oid)) AS sql FROM pg_trigger WHERE tgname = 'moved';
SET LOCAL search_path = '';
UPDATE told SET sql = (SELECT format('DROP TRIGGER moved ON views.a; %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE tgname = 'moved');
INSERT INTO told SELECT format('ALTER TABLE views.b DROP CONSTRAINT %I; ALTER TABLE views.b ADD %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = 'views.b'::regclass;
DO $$ DECLARE statement text; BEGIN FOR statement IN SELECT sql FROM told LOOP EXECUTE statement; END LOOP; END $$;
SET LOCAL search_path = views, ecosystem, public;
SELECT is((SELECT count(*) FROM told), 4::bigint, 'triggers and constraints of these forms restore');

SELECT * FROM finish();
ROLLBACK;
