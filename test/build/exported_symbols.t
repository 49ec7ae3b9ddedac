#!/usr/bin/perl
# The library shows what the server looks up and nothing else: another library
# in the same process may have any name.
use strict;
use warnings;
use Test::More;

my $library = (grep { -f } 'ecosystem.so', 'ecosystem.dylib')[0] or plan skip_all => 'there is no library; run make';
my @listed = `nm -D --defined-only $library 2>/dev/null`;
@listed = map { s/ _/ /r } `nm -gU $library` if $library =~ /dylib/;
plan skip_all => 'nm is not installed' unless @listed;
my %exported = map { (split)[-1] => 1 } @listed;

# What the SQL scripts name, released ones as well.
my $sql = '';
for my $script (glob 'ecosystem--*.sql sql/releases/ecosystem--*.sql') {
	open my $in, '<', $script or die "$script: $!";
	$sql .= do { local $/; <$in> };
}
my %named;
while ($sql =~ /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\s+(\w+)\s*\([^;]*?\bLANGUAGE c\b[^;]*?\bAS 'MODULE_PATHNAME'(?:,\s*'(\w+)')?/mg) {
	$named{ $2 // $1 } = 1;
}
is(scalar(() = $sql =~ /AS 'MODULE_PATHNAME'/g), scalar(() = $sql =~ /\bLANGUAGE c\b/g), 'every C function is in the library');
cmp_ok(keys %named, '>', 300, 'the script names functions');

my %wanted = map { $_ => 1 } qw(Pg_magic_func _PG_init), map { ($_, "pg_finfo_$_") } keys %named;
# Workers of ours start with these, which no SQL names.
$wanted{$_} = 1 for qw(credit_ledger_totals_worker credit_ledger_stream_worker);
is_deeply([sort grep { !$exported{$_} } keys %wanted], [], 'all that the server looks up is exported');
is_deeply([sort grep { !$wanted{$_} } keys %exported], [], 'nothing else is');


# What a database that has not been updated would look for.
SKIP: {
	skip 'not an ELF library', 3 unless $library =~ /so$/;
	my @releases = glob 'sql/releases/ecosystem--*.sql';
	my $told = `tools/exported-symbols --check $library @releases`;
	ok($? == 0, 'functions of releases stay') or diag($told);
	open my $out, '>', 'results.release.sql' or die;
	print $out "CREATE FUNCTION gone() RETURNS int\n\tLANGUAGE c AS 'MODULE_PATHNAME', 'nowhere_to_be_found';\n";
	close $out;
	$told = `tools/exported-symbols --check $library results.release.sql`;
	isnt($?, 0, 'one that is gone is told');
	like($told, qr/^A release names nowhere_to_be_found pg_finfo_nowhere_to_be_found, /, 'by its name');
	unlink 'results.release.sql';
}

# Where names are looked up while the process runs, ours come first.
SKIP: {
	my $dynamic = `readelf -d $library 2>/dev/null`;
	skip 'not an ELF library, or no readelf', 1 unless $dynamic;
	like($dynamic, qr/SYMBOLIC/, 'its own calls stay within it');
}
my $make = $ENV{MAKE} // 'make';
unlike(`$make -n install 2>/dev/null`, qr{llvm-lto|^\S*install .*\.bc}m, 'no bitcode is installed, which would look for what is hidden');
done_testing;
