#!/usr/bin/perl
# Usage: perl test/docs/private_match.t [--write]
#
# The walk of docs/private_match.md, in two databases: a block ```sql vendor is run
# in the vendor's, ```sql partner in the partner's, in the page's order and from one
# directory, where they leave the files that they send each other.  What follows as
# ```text is the output, to the letter, but for fingerprints, which are other ones
# each time.  Then what the walk found is compared with what an open join finds.
# --write puts the real output into the page instead of comparing.
use strict;
use warnings;
use Cwd 'getcwd';
use File::Temp 'tempdir';
use Test::More;

my $write = @ARGV && $ARGV[0] eq '--write';
my $page = 'docs/private_match.md';
my %database = (vendor => 'ecosystem_vendor', partner => 'ecosystem_partner');
my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
my $repository = getcwd;

sub psql {
	my ($database, $sql, @options) = @_;
	open my $out, '>', "$dir/script.sql" or die $!;
	print $out $sql;
	close $out;
	my $said = `cd $dir && psql -Xq @options -d $database -f script.sql 2>&1`;
	$said =~ s/^psql:script\.sql:\d+: //mg;
	$said =~ s/[ \t]+$//mg;
	$said =~ s/\A\n+//;
	$said =~ s/\n+\z/\n/;
	return $said;
}

sub must {
	my ($database, $sql) = @_;
	my $said = psql($database, $sql, '-v ON_ERROR_STOP=1');
	BAIL_OUT("$database: $said") if $said ne '';
}

# The vendor has the demo CRM without the lists that partners share, the partner
# its own list alone.
for my $database (values %database) {
	system('psql', '-Xq', '-d', 'postgres', '-c', 'SET client_min_messages = warning', '-c', "DROP DATABASE IF EXISTS $database", '-c', "CREATE DATABASE $database") == 0 or BAIL_OUT('no database');
	must($database, "CREATE EXTENSION ecosystem;\nALTER DATABASE $database SET search_path = public, ecosystem;\n");
}
my $list = "SELECT record_id, name, website, country, population FROM crm.partner_account WHERE partner_id = 'P01'";
must($database{vendor}, "\\i $repository/test/demo/crm.sql\n");
must($database{vendor}, "\\copy ($list) TO 'list'\nCREATE TABLE public.account AS SELECT account_id, name, website, country, segment FROM crm.account;\n");
must($database{partner}, "CREATE TABLE account (record_id text, name text, website text, country text, population text);\n\\copy account FROM 'list'\n");
unlink "$dir/list";

open my $in, '<', $page or die "$page: $!";
my $text = do { local $/; <$in> };
close $in;

# Fingerprints as the page has them, and as they are
my (%real, %shown);
my (@got, $blocks);
while ($text =~ /^```sql (vendor|partner)\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?/gms) {
	my ($side, $sql, $want) = ($1, $2, $3);
	my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
	$sql =~ s/\b([0-9a-f]{32})\b/$real{$1} || $1/ge;
	my $said = psql($database{$side}, $sql);
	if (defined $want) {
		my @theirs = $want =~ /\b([0-9a-f]{32})\b/g;
		my @found = $said =~ /\b([0-9a-f]{32})\b/g;
		for my $i (0 .. $#found) {
			next if $shown{ $found[$i] } || !defined $theirs[$i];
			$shown{ $found[$i] } = $theirs[$i];
			$real{ $theirs[$i] } = $found[$i];
		}
	}
	$said =~ s/\b([0-9a-f]{32})\b/$shown{$1} || $1/ge;
	push @got, $said;
	$blocks++;
	next if $write && defined $want;
	if (defined $want) { $want =~ s/[ \t]+$//mg; is($said, $want, "$page line $line, the $side") }
	else { unlike($said, qr/^(?:ERROR|FATAL|psql):/m, "$page line $line, the $side") }
}
cmp_ok($blocks, '>', 8, 'the page has a walk');
if ($write) {
	my $i = 0;
	$text =~ s{^(```sql (?:vendor|partner)\n.*?^```\n)(?:(\n*^```text\n).*?^```\n)?}{ my $o = $got[$i++]; defined $2 ? "$1$2$o```\n" : $1 }gmse;
	open my $out, '>', $page or die "$page: $!";
	print $out $text;
	close $out;
}

# ---- what was found ----

my $open = <<'SQL';
SELECT a.account_id, r.record_id, match_level(identify(website => a.website, name => a.name, country => a.country), identify(website => r.website, name => r.name, country => r.country))
FROM   crm.account a JOIN crm.partner_account r ON identify(website => a.website, name => a.name, country => a.country)
                                               && identify(website => r.website, name => r.name, country => r.country)
WHERE  r.partner_id = 'P01' ORDER BY 1, 2;
SQL
my $private = 'SELECT ours.id, theirs.id, match_level(ours.blinded, theirs.blinded) FROM ours JOIN theirs_twice theirs ON ours.blinded && theirs.blinded ORDER BY %s;';
my $pairs = psql($database{vendor}, $open, '-At');
cmp_ok(() = $pairs =~ /\n/g, '>', 500, 'an open join finds pairs');
is(psql($database{vendor}, sprintf($private, '1, 2'), '-At'), $pairs, 'the private one finds the same at the vendor\'s');
is(psql($database{partner}, sprintf($private, '2, 1') =~ s/ours\.id, theirs\.id/theirs.id, ours.id/r =~ s/ORDER BY 2, 1/ORDER BY 1, 2/r, '-At'), $pairs, 'and at the partner\'s');

# A mart has them without names.
my $known = $pairs =~ s/\|.*//gr;
my %account = map { $_ => 1 } split /\n/, $known;
is(psql($database{vendor}, "SELECT count(*), bool_and(matched_by = 'private' AND partner_calls_it IS NULL) FROM elg.account_overlap WHERE partner_id = 'P01';\n", '-At'),
	keys(%account) . "|t\n", 'and a mart\'s overlaps are these, without names');
is(psql($database{vendor}, "SELECT string_agg(DISTINCT account_id, ' ' ORDER BY account_id) FROM elg.account_overlap;\n", '-At'), join(' ', sort keys %account) . "\n", 'all of them');

# What went over is blinded: no name, no website, no country.
my $sent = join '', map { `cat $dir/$_` } qw(vendor.once partner.once vendor.twice partner.twice);
cmp_ok(length $sent, '>', 500_000, 'files were exchanged');
is(scalar psql($database{vendor}, <<'SQL', '-At'), '', 'with nothing in them but ids, segments and points');
\copy (SELECT name FROM account UNION SELECT website FROM account WHERE website ~ '[.]' UNION SELECT to_company_domain(website)::text FROM account) TO 'names'
SQL
my %known = map { chomp; ($_ => 1) } grep { length > 6 } split /\n/, `cat $dir/names`;
is(scalar(grep { $known{$_} } map { split /[\t\n]/ } split /^/m, $sent), 0, 'no name and no website');

# ---- a file that was changed on the way ----

sub refused {
	my ($side, $change, $pattern, $name) = @_;
	my @lines = split /^/, `cat $dir/partner.once`;
	$change->(\@lines);
	open my $out, '>', "$dir/changed" or die $!;
	print $out @lines;
	close $out;
	my $said = psql($database{$side}, "CREATE TEMP TABLE came (LIKE theirs);\n\\copy came FROM 'changed'\n");
	like($said, $pattern, $name);
}

refused('vendor', sub { $_[0][6] =~ s/(\t01..(?:02|03)0020)../$1ff/ }, qr/Its key 1 is no element of the group ristretto255\.\nCONTEXT:  COPY came, line 7, column blinded/, 'a point that is none: an error with its row')
	if `sed -n 7p $dir/partner.once` =~ /\t01..(?:02|03)0020/;
refused('vendor', sub { $_[0][16] =~ s/..\n$/\n/ }, qr/CONTEXT:  COPY came, line 17, column blinded/, 'a row that was cut off');
refused('vendor', sub { $_[0][16] =~ s/\t01([0-9a-f]+)$/\t01${1}01$1/m }, qr/CONTEXT:  COPY came, line 17, column blinded/, 'a row that was doubled within itself');
refused('vendor', sub { s/\t01([0-9a-f]+)$/\t02$1/ for @{ $_[0] } }, qr/It is of an unknown version\.\nCONTEXT:  COPY came, line 1, column blinded/, 'a list of another version');
refused('vendor', sub { push @{ $_[0] }, @{ $_[0] } }, qr/^$/, 'the same records twice are a list');
is(psql($database{vendor}, "CREATE TEMP TABLE came (LIKE theirs);\n\\copy came FROM 'changed'\n"
	. "SELECT (SELECT count(*) FROM ours a JOIN (SELECT blind(blinded, 'stratum') AS blinded FROM came) b ON a.blinded && b.blinded) = 2 * count(*) FROM ours a JOIN theirs_twice b ON a.blinded && b.blinded;\n", '-At'), "t\n", 'each of which matches');
like(psql($database{vendor}, "SELECT blind(blinded, 'stratum') FROM ours LIMIT 1;\n"), qr/an identity that both sides have blinded is not blinded again/, 'what came back is not sent once more');
like(psql($database{vendor}, "SELECT count(*) FROM ours JOIN theirs ON ours.blinded && theirs.blinded;\n"), qr/an identity that one side alone has blinded matches nothing/, 'what was not blinded in return is not compared');

# ---- what nobody sees ----

# Every secret, from the table that only a superuser reads, in all of its spellings
sub secrets { return map { my ($database) = $_; split /\n/, psql($database, "SELECT encode(secret, 'hex') FROM _matching_key;\n", '-At') } values %database }
my @secrets = secrets();
is(scalar @secrets, 3, 'there are secrets');
is(scalar(grep { !/^[0-9a-f]{64}$/ } @secrets), 0, 'of 32 bytes');
# A session that says and logs all there is, in the course of everything that uses a key
my $loud = "SET log_min_messages = debug5; SET client_min_messages = debug5; SET log_statement = 'all'; SET log_min_duration_statement = 0; SET log_error_verbosity = verbose;\n"
	. "SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on; SET log_executor_stats = on;\n\\set VERBOSITY verbose\n";
my $said = psql($database{vendor}, $loud . <<'SQL', '-v ON_ERROR_STOP=0');
CALL create_matching_key('loud', 'nobody');
CALL pair_matching_key('loud', repeat('1', 32));
CALL grant_matching_key('loud', 'pg_monitor');
SELECT * FROM matching_keys();
SELECT blind(identify(website => 'acme.com', ids => '{vat:DE136695976}'), 'loud');
EXPLAIN (ANALYZE, VERBOSE) SELECT blind(identify(website => website), 'loud') FROM account LIMIT 3;
SELECT blind(blind(identify('acme.com'), 'stratum'), 'loud');
SELECT blind(blind(identify('acme.com'), 'loud'), 'loud');
CALL create_matching_key('loud', 'again');
CALL pair_matching_key('loud', repeat('2', 32));
ANALYZE _matching_key;
SELECT * FROM pg_stats WHERE tablename = '_matching_key' AND attname = 'secret';
UPDATE _matching_key SET secret = secret WHERE name = 'loud';
SQL
push @secrets, secrets();
$said .= psql($database{vendor}, "${loud}CALL drop_matching_key('loud');\n");
my $log = `cat "\$PGHOST/server.log" 2>/dev/null`;
cmp_ok(length $said, '>', 10_000, 'much is said');
cmp_ok(length $log, '>', 10_000, 'and logged');
my $everything = lc "$said$log";
my $kept = 0;
for my $secret (@secrets) {
	# in hexadecimal, in octal escapes, and as the numbers that debug_print_plan writes
	my @bytes = map { hex } $secret =~ /../g;
	my $numbers = join ' ', map { $_ > 127 ? $_ - 256 : $_ } @bytes;
	for my $form ($secret, join('', map { sprintf '\\%03o', $_ } @bytes), $numbers, pack('C*', @bytes)) {
		$kept++ if index($everything, lc $form) >= 0 || index($sent, $form) >= 0;
	}
}
is($kept, 0, 'nothing of a secret');
my $dump = `pg_dump -d $database{vendor} 2>&1; pg_dump --data-only -t 'ecosystem.*' -d $database{vendor} 2>&1; pg_dumpall --globals-only 2>&1`;
cmp_ok(length $dump, '>', 100_000, 'there is a dump');
is(scalar(grep { index($dump, $_) >= 0 } @secrets), 0, 'without a secret');
unlike($dump, qr/stratum/, 'nor the name of a key');

unless ($ENV{PRIVATE_MATCH_KEEP}) {
	system('psql', '-Xq', '-d', 'postgres', '-c', "DROP DATABASE $_") for values %database;
}
done_testing();
