#!/usr/bin/perl
# A dump restores: the extension installed by somebody who is no superuser, a
# column of each of its types, what is built on its operators and functions,
# targets of one's own; restored by a superuser, by another owner, as text and as
# an archive, whole and in parts.  Restored means that a dump of the copy is the
# dump of the original, to the byte.
use strict;
use warnings;
use File::Temp qw(tempfile tempdir);
use Test::More;

my $original = 'ecosystem_dump';
my $copy = 'ecosystem_dump_copy';
my $directory = tempdir(CLEANUP => 1);
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

sub run {
	my ($command) = @_;
	my $output = `{ $command; } 2>&1`;
	return ($output, $? == 0);
}

sub psql {
	my ($database, $sql, $role) = @_;
	my ($out, $file) = tempfile(DIR => $directory);
	print $out $role ? "SET SESSION AUTHORIZATION $role;\n$sql" : $sql;
	close $out;
	return run("psql -XqAt -v ON_ERROR_STOP=1 -d $database -f $file");
}

my %value = do './test/install/values.pl';

psql('postgres', "CREATE ROLE ecosystem_installer LOGIN; CREATE ROLE ecosystem_other LOGIN; CREATE ROLE ecosystem_analyst; CREATE DATABASE $original OWNER ecosystem_installer");
my ($message, $ok) = psql($original, 'CREATE EXTENSION ecosystem', 'ecosystem_installer');
ok($ok, 'installed by somebody who is no superuser') or BAIL_OUT($message);
my ($types) = psql($original, "SELECT typname FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' WHERE typtype = 'b' AND typelem = 0 ORDER BY 1");
is($types, join('', map { "$_\n" } sort keys %value), 'there is a value of each type');

my $columns = join ', ', map { "$_ ecosystem.$_" } sort keys %value;
my $values = join ', ', map { "$value{$_}" } sort keys %value;
my $nulls = join ', ', ('NULL') x keys %value;
($message, $ok) = psql($original, <<SQL, 'ecosystem_installer');
CREATE SCHEMA app;
CREATE TABLE app.kept (id int PRIMARY KEY, $columns);
SET search_path = ecosystem;
INSERT INTO app.kept SELECT 1, $values;
INSERT INTO app.kept SELECT 2, $nulls;
CREATE TABLE app.account (
	id      int PRIMARY KEY,
	website text,
	name    text,
	model   credit_model DEFAULT 'linear',
	domain  company_domain GENERATED ALWAYS AS (to_company_domain(website)) STORED,
	who     company_identity GENERATED ALWAYS AS (identify(website => website, name => name, country => 'US')) STORED,
	CHECK  (domain <> 'example.com'),
	CHECK  (NOT model = 'first_touch')
);
INSERT INTO app.account (id, website, name) SELECT i, 'https://company' || i % 70 || '.com', 'Company ' || i FROM generate_series(1, 100) i;
CREATE INDEX ON app.account (domain);
CREATE INDEX ON app.account USING hash (domain);
CREATE INDEX ON app.account USING gin (who);
CREATE INDEX ON app.account (to_company_domain(name)) WHERE domain > 'company5.com';
CREATE TABLE app.by_domain (domain company_domain) PARTITION BY HASH (domain);
CREATE TABLE app.by_domain_0 PARTITION OF app.by_domain FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.by_domain_1 PARTITION OF app.by_domain FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO app.by_domain SELECT domain FROM app.account;
CREATE MATERIALIZED VIEW app.stats AS SELECT deal_stats_agg(id, 'won') AS stats, model FROM app.account GROUP BY model;
CREATE MATERIALIZED VIEW app.judged AS SELECT verdict('our_metric', id) FROM app.account WHERE id < 7 WITH NO DATA;
CREATE VIEW app.met AS SELECT t.*, verdict('our_metric', 5) AS said FROM target_in_force t WHERE NOT builtin;
CREATE VIEW app.overlap AS SELECT a.id, b.id AS other FROM app.account a JOIN app.account b ON a.who && b.who;
CREATE VIEW app.joined AS
SELECT a.id, CASE WHEN a.domain = b.domain THEN NULL ELSE a.domain END AS other, CASE WHEN a.who = b.who THEN 1 END AS same
FROM   app.account a JOIN app.account b ON a.domain = b.domain AND a.id < b.id
WHERE  a.domain::text IS DISTINCT FROM b.who::text AND EXISTS (SELECT FROM app.by_domain d WHERE d.domain = a.domain)
AND    (a.domain < b.domain OR a.domain = b.domain) AND a.domain IN (SELECT domain FROM app.by_domain) AND b.model IN ('linear', 'last_touch');
CREATE TABLE app.company (domain company_domain PRIMARY KEY);
INSERT INTO app.company SELECT DISTINCT domain FROM app.account;
ALTER TABLE app.account ADD FOREIGN KEY (domain) REFERENCES app.company;
CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER moved AFTER UPDATE ON app.account FOR EACH ROW WHEN (OLD.domain::text IS DISTINCT FROM NEW.domain::text OR OLD.who <> NEW.who)
	EXECUTE FUNCTION app.nothing();
CREATE FUNCTION app.won(deal_stats) RETURNS bigint LANGUAGE sql RETURN ecosystem.won(\$1);
INSERT INTO target (metric, kind, range, unit, better, verdict, source) VALUES
	('ecosystem_roi', 'target', '[3,4]', 'ratio', 'higher', NULL, 'our board'),
	('our_metric', 'band', '(,7)', 'count', NULL, 'fine', 'our board');
REFRESH MATERIALIZED VIEW app.judged;
GRANT INSERT ON target TO ecosystem_analyst;
GRANT CREATE ON SCHEMA ecosystem TO ecosystem_analyst;
SQL
ok($ok, 'used') or BAIL_OUT($message);

# What a dump says, but for who owns what and the order of rights.
my %known;

sub dump_of {
	my ($database, @options) = @_;
	return $known{"@options"} if $database eq $original && $known{"@options"};
	my ($text, $ok) = run("pg_dump @options -d $database");
	BAIL_OUT($text) unless $ok;
	$text =~ s/^--.*\n|^\n//mg;
	$text =~ s/^(COPY ecosystem\.target .*\n)((?:[^\\].*\n)*)/$1 . join('', sort split m{^}m, $2)/me;
	$text =~ s/^\\(?:un)?restrict .*\n//mg;
	$known{"@options"} = $text if $database eq $original;
	return $text;
}

# The owner of the extension is who restored it; targets are set by the owner, by
# that of the schema, which the dump knows, and by whom these granted it to.
sub restored {
	my ($name, $owner, $setters, $command, $options) = @_;
	$options //= '--no-owner';
	my ($output, $ok) = run("PGDATABASE=$copy; export PGDATABASE; $command");
	ok($ok, "$name: restores") or diag($output);
	is($output, '', "$name: without a word");
	my %dump = map { $_ => dump_of($_, $options) } $original, $copy;
	ok($dump{$copy} eq $dump{$original}, "$name: it is the same database") or do {
		for my $database ($original, $copy) {
			open my $out, '>', "$directory/$database" or die $!;
			print $out $dump{$database};
		}
		diag(substr((run("diff $directory/$original $directory/$copy"))[0], 0, 2000));
	};
	is((psql($copy, "SELECT extowner::regrole FROM pg_extension WHERE extname = 'ecosystem';
		SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolname ~ '^ecosystem' AND has_table_privilege(rolname, 'ecosystem.target', 'INSERT');
		SELECT ecosystem.verdict('ecosystem_roi', 3.5), ecosystem.verdict('our_metric', 5)"))[0],
		"$owner\n$setters\non target|fine\n", "$name: owned by who restored, set by who may");
}

sub fresh {
	my ($owner) = @_;
	psql('postgres', "DROP DATABASE IF EXISTS $copy");
	psql('postgres', "CREATE DATABASE $copy OWNER $owner");
}

my $superuser = $ENV{PGUSER} // (psql('postgres', 'SELECT current_user'))[0];
my $psql = 'psql -Xq -v ON_ERROR_STOP=1 -o /dev/null';
my $all = 'ecosystem_analyst ecosystem_installer';

fresh('ecosystem_other');
restored('by a superuser, for another owner', $superuser, $all, "pg_dump $original | $psql -1");
restored('over itself, with --clean', $superuser, $all, "pg_dump --clean --if-exists $original | $psql");

fresh('ecosystem_other');
restored('by another owner', 'ecosystem_other', 'ecosystem_other', "pg_dump --no-owner --no-privileges $original | $psql -U ecosystem_other", '--no-owner --no-privileges');

fresh($superuser);
restored('archive in one transaction', $superuser, $all, "pg_dump -Fc -f $directory/archive $original && pg_restore -1 -d $copy $directory/archive");
restored('archive over itself', $superuser, $all, "pg_restore -1 --clean --if-exists -d $copy $directory/archive");

fresh($superuser);
restored('structure, then data', $superuser, $all, "pg_dump --schema-only $original | $psql && pg_dump --data-only $original | $psql && $psql -c 'REFRESH MATERIALIZED VIEW app.stats' -c 'REFRESH MATERIALIZED VIEW app.judged'");

# A dump of some schemas leaves the extension out, as it does all extensions; one of
# the table of targets has those of one's own.
fresh($superuser);
psql($copy, 'CREATE EXTENSION ecosystem');
($message, $ok) = run("PGDATABASE=$copy; export PGDATABASE; pg_dump --data-only -t ecosystem.target $original | $psql && pg_dump --schema=app $original | $psql");
ok($ok, 'one schema: restores where the extension is') or diag($message);
is(dump_of($copy, '-O --schema=app'), dump_of($original, '-O --schema=app'), 'one schema: it is the same');

psql('postgres', "DROP DATABASE IF EXISTS $copy");
psql('postgres', "DROP DATABASE $original");
psql('postgres', 'DROP ROLE ecosystem_installer; DROP ROLE ecosystem_other; DROP ROLE ecosystem_analyst');
done_testing();
