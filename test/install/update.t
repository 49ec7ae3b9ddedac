#!/usr/bin/perl
# Every release is updated: values of every type that it had stay what they are,
# and what the database then knows of the extension is what an installation of the
# current version knows, to the last comment, right and dependency.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $directory = tempdir(CLEANUP => 1);
my ($updated, $fresh) = qw(ecosystem_updated ecosystem_fresh);
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

my @releases = map { /--([\d.]+)\.sql$/ ? $1 : () } glob 'sql/releases/ecosystem--*.sql';
plan skip_all => 'nothing has been released' unless @releases;

sub psql
{
	my ($database, $sql) = @_;
	open my $out, '>', "$directory/sql" or die $!;
	print $out $sql;
	close $out;
	my $said = `psql -XqAt -v ON_ERROR_STOP=1 -d $database -f $directory/sql 2>&1`;
	return wantarray ? ($said, $? == 0) : $said;
}

# What a dump for pg_upgrade says of the members, which it has in full; and what
# it does not say.
sub known_of
{
	my ($database) = @_;
	my $dump = `pg_dump --binary-upgrade --schema-only -d $database 2>&1`;
	$dump =~ s/^--.*\n|^\\(?:un)?restrict .*\n//mg;
	# Numbers that differ between any two databases.
	$dump =~ s/'\d+'::pg_catalog.oid/an oid/g;
	$dump =~ s/^SET relfrozenxid = '\d+', relminmxid = '\d+'\nWHERE oid = '\d+'|^SET relfrozenxid = '\d+', relminmxid = '\d+'|^.*::pg_catalog.pg_lsn\[\].*\n//mg;
	# Which tables are configuration is told by their oids; below it is by name.
	$dump =~ s/^SELECT pg_catalog.binary_upgrade_create_empty_extension.*?;\n//msg;
	my @statements = sort grep { /\S/ } split /\n{2,}/, $dump;
	my $catalog = psql($database, <<'SQL') =~ s/pg_toast_\d+/pg_toast/gr;
SELECT extversion, extrelocatable, extnamespace::regnamespace, (SELECT array_agg(c::regclass ORDER BY 1) FROM unnest(extconfig) c), extcondition FROM pg_extension WHERE extname = 'ecosystem';
WITH RECURSIVE member AS (
	SELECT classid, objid, 0 AS objsubid FROM pg_depend WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ecosystem') AND refclassid = 'pg_extension'::regclass AND deptype = 'e'
	UNION
	SELECT d.classid, d.objid, d.objsubid FROM pg_depend d JOIN member m ON d.refclassid = m.classid AND d.refobjid = m.objid WHERE d.deptype IN ('i', 'a', 'P', 'S')
), extension AS (
	SELECT 'pg_extension'::regclass::oid AS classid, oid AS objid FROM pg_extension WHERE extname = 'ecosystem'
)
SELECT DISTINCT regexp_replace(concat_ws(' | ', pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype), 'pg_toast_\d+', 'pg_toast', 'g')
FROM   pg_depend d
WHERE  EXISTS (SELECT FROM member m WHERE m.classid = d.classid AND m.objid = d.objid) OR EXISTS (SELECT FROM extension e WHERE e.classid = d.classid AND e.objid = d.objid)
ORDER  BY 1;
SELECT format('%s %s', p.oid::regprocedure, p.prosrc) FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' ORDER BY 1;
SELECT format('%s %s', a.aggfnoid, row_to_json(a)::jsonb - 'aggfnoid' - 'aggtranstype' - 'aggmtranstype' - 'aggsortop') FROM pg_aggregate a JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = a.aggfnoid AND d.deptype = 'e' ORDER BY 1;
SELECT format('%s %s', pg_describe_object(classoid, objoid, objsubid), privtype), initprivs FROM pg_init_privs WHERE privtype = 'e' AND pg_describe_object(classoid, objoid, objsubid) ~ 'ecosystem' ORDER BY 1;
SELECT format('SELECT %L, %s', c.oid::regclass, format('coalesce(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C"), '''') FROM %s t', c.oid::regclass))
FROM   pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e' WHERE relkind IN ('r', 'v', 'm') ORDER BY 1
\gexec
SQL
	return join "\n\n", @statements, $catalog;
}

my %value = do './test/install/values.pl';

system("createdb $fresh") == 0 or BAIL_OUT('no database');
my ($said, $ok) = psql($fresh, 'CREATE EXTENSION ecosystem');
ok($ok, 'the current version can be installed') or BAIL_OUT($said);
my $wanted = known_of($fresh);
cmp_ok(() = $wanted =~ /^CREATE FUNCTION/mg, '>', 400, 'what it makes is known');

for my $release (@releases)
{
	system("createdb $updated") == 0 or BAIL_OUT('no database');
	($said, $ok) = psql($updated, "CREATE EXTENSION ecosystem VERSION '$release'");
	ok($ok, "$release: can be installed") or BAIL_OUT($said);

	# Values, as text and in binary form where it has one, and what is built on them.
	my %type = map { $_ => 1 } split /\n/, scalar psql($updated, "SELECT typname FROM pg_type t JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' WHERE typtype = 'b' AND typelem = 0");
	my @types = grep { $type{$_} } sort keys %value;
	is(join(' ', sort keys %type), "@types", "$release: there is a value of each type");
	my $columns = join ', ', map { "$_ $_" } @types;
	my $values = join ', ', @value{@types};
	my $md5 = join ' || ', map { $_ eq 'credit_ledger' ? "md5($_\::text)" : "md5($_\::text) || md5(${_}_send($_))" } @types;
	($said, $ok) = psql($updated, <<SQL);
SET search_path = ecosystem, public;
CREATE TABLE public.kept ($columns);
INSERT INTO public.kept SELECT $values;
CREATE TABLE public.site (domain company_domain PRIMARY KEY, who company_identity);
INSERT INTO public.site SELECT to_company_domain('company' || i || '.com'), identify(website => 'company' || i || '.com') FROM generate_series(1, 200) i;
CREATE INDEX ON public.site USING gin (who);
CREATE VIEW public.read AS SELECT $md5 AS md5, (SELECT count(*) FROM site a JOIN site b ON a.who && b.who WHERE a.domain < 'company2.com') AS joined FROM kept;
INSERT INTO target (metric, kind, range, unit, better, source) VALUES ('our_metric', 'target', '[3,4]', 'ratio', 'higher', 'our board');
SQL
	ok($ok, "$release: values are stored") or BAIL_OUT($said);
	my $before = psql($updated, 'SELECT * FROM public.read');
	like($before, qr/^[0-9a-f]{64,}\|111$/m, "$release: and read");

	($said, $ok) = psql($updated, 'ALTER EXTENSION ecosystem UPDATE');
	ok($ok && $said eq '', "$release: is updated") or BAIL_OUT($said);
	is(psql($updated, 'SELECT * FROM public.read'), $before, "$release: the values are the same");
	is(psql($updated, "SELECT metric FROM ecosystem.target WHERE NOT builtin"), "our_metric\n", "$release: so are targets of one's own");

	psql($updated, "DROP VIEW public.read; DROP TABLE public.kept, public.site; DELETE FROM ecosystem.target WHERE NOT builtin");
	my $known = known_of($updated);
	$known =~ s/\b$updated\b/$fresh/g;
	ok($known eq $wanted, "$release: what is known is what a new installation knows") or do {
		for (['wanted', $wanted], ['known', $known])
		{
			open my $out, '>', "$directory/$_->[0]" or die $!;
			print $out $_->[1];
		}
		diag(substr(`diff $directory/wanted $directory/known`, 0, 4000));
	};
	system("dropdb $updated");
}
system("dropdb $fresh");
done_testing;
