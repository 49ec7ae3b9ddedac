-- Blinded identities: what is written, and what is said of what cannot be blinded
-- or compared.  The secrets are fixed here, as only a superuser can fix them.
SET search_path = ecosystem, public;
INSERT INTO _matching_key (name, for_partner, owner, users, secret, fingerprint, their_fingerprint, created_at)
SELECT v.name, v.partner, 'pg_database_owner'::regrole, '{}', decode(v.secret, 'hex'), decode(v.print, 'hex'), decode(v.theirs, 'hex'), '2026-01-01'
FROM  (VALUES
	('vendor', 'the partner', '64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706', repeat('aa', 16), repeat('bb', 16)),
	('partner', 'the vendor', '5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e', repeat('bb', 16), repeat('aa', 16)),
	('unpaired', 'somebody', '5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e', repeat('cc', 16), NULL),
	('zero', 'nobody', repeat('00', 32), repeat('dd', 16), NULL),
	('wide', 'nobody', repeat('ff', 32), repeat('ee', 16), NULL)) v(name, partner, secret, print, theirs);

-- The points that a text becomes are part of what partners exchange: they never change.
CREATE TEMP TABLE sample (n int, identity company_identity);
INSERT INTO sample VALUES
	(1, 'domain:acme.com'), (2, 'name:acme@US'), (3, 'lei:5493001KJTIIGC8Y1R12'), (4, 'duns:804735132'), (5, 'name:acme'), (6, ''),
	(7, 'vat:DE136695976 vat:DE129274202 domain:acme.de name:bücher@DE');
\pset format unaligned
SELECT n, blind(identity, 'vendor') AS once FROM sample ORDER BY n;
SELECT n, blind(blind(identity, 'vendor'), 'partner') AS twice FROM sample WHERE n < 4 ORDER BY n;
\pset format aligned
SELECT n FROM sample WHERE blind(blind(identity, 'vendor'), 'partner') <> blind(blind(identity, 'partner'), 'vendor');
SELECT key_fingerprints(blind(identity, 'vendor')), key_fingerprints(blind(blind(identity, 'partner'), 'vendor')) FROM sample WHERE n = 1;
SELECT * FROM (SELECT (blinded_profile(blind(identity, 'vendor'))).* FROM sample) p;

-- What is no key
SELECT blind(identity, 'nobody') FROM sample WHERE n = 1;
SELECT blind(identity, 'zero') FROM sample WHERE n = 1;
SELECT blind(identity, 'wide') FROM sample WHERE n = 1;
SELECT blind(identity, NULL) FROM sample WHERE n = 1;

-- What is not blinded
SELECT blind(blind(identity, 'vendor'), 'vendor') FROM sample WHERE n = 1;
SELECT blind(blind(identity, 'vendor'), 'unpaired') FROM sample WHERE n = 1;
SELECT blind(blind(identity, 'unpaired'), 'vendor') FROM sample WHERE n = 1;
SELECT blind(blind(blind(identity, 'vendor'), 'partner'), 'vendor') FROM sample WHERE n = 1;

-- What is not compared
SELECT blind(identity, 'vendor') && blind(identity, 'partner') FROM sample WHERE n = 1;
UPDATE _matching_key SET their_fingerprint = decode(repeat('cc', 16), 'hex') WHERE name = 'partner';
UPDATE _matching_key SET their_fingerprint = decode(repeat('bb', 16), 'hex') WHERE name = 'unpaired';
SELECT match_level(blind(blind(identity, 'unpaired'), 'partner'), blind(blind(identity, 'partner'), 'vendor')) FROM sample WHERE n = 1;

-- What is no value
CREATE TEMP TABLE received (blinded blinded_identity);
SELECT blind(identity, 'vendor')::text AS once FROM sample WHERE n = 1 \gset
INSERT INTO received VALUES ('acme.com');
INSERT INTO received VALUES ('');
INSERT INTO received VALUES ('01');
INSERT INTO received VALUES ('0100');
SELECT left(:'once', -2) AS cut, :'once' || :'once' AS doubled, overlay(:'once' placing '02' from 1) AS newer,
       overlay(:'once' placing repeat('00', 32) from 11) AS neutral, overlay(:'once' placing repeat('ff', 32) from 11) AS none, overlay(:'once' placing 'be' from 73) AS high_bit, overlay(:'once' placing repeat('00', 31) || '80' from 11) AS neutral_high_bit,
       overlay(:'once' placing '03' from 5) AS other_kind, overlay(:'once' placing '01' from 3) AS other_kinds, overlay(:'once' placing '84' from 3) AS twice \gset
INSERT INTO received VALUES (:'cut');
INSERT INTO received VALUES (:'doubled');
INSERT INTO received VALUES (:'newer');
INSERT INTO received VALUES (:'neutral');
INSERT INTO received VALUES (:'none');
INSERT INTO received VALUES (:'high_bit');
INSERT INTO received VALUES (:'neutral_high_bit');
INSERT INTO received VALUES (:'other_kind');
INSERT INTO received VALUES (:'other_kinds');
INSERT INTO received VALUES (:'twice');
SELECT count(*) FROM received;

-- Calls that make no sense
CALL create_matching_key(NULL, 'a');
CALL create_matching_key('', 'a');
CALL create_matching_key('a', NULL);
CALL create_matching_key('vendor', 'again');
CALL pair_matching_key('vendor', 'acme');
CALL pair_matching_key('nobody', repeat('1', 32));
CALL pair_matching_key('vendor', repeat('a', 32));
CALL pair_matching_key('vendor', repeat('c', 32));
CALL grant_matching_key('vendor', 'nobody_at_all');
CALL drop_matching_key('nobody');
SELECT _matching_key_changed();
SELECT _blinded_profile_add('{1}', blinded) FROM (SELECT :'once'::blinded_identity AS blinded) b;
DELETE FROM _matching_key;
SELECT * FROM matching_keys();
