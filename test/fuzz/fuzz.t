#!/usr/bin/perl
# Fuzzes the functions that read what people and files say, all targets at
# once, from the seeds in corpus/: with 3000 inputs each, which are always the
# same, or for FUZZ_SECONDS (`make fuzz`: 120).  An input that refutes a claim or a sanitizer complains about is kept
# in test/fuzz/found, and so are, from `make fuzz`, the inputs that reached
# something new.  Skipped where clang has no libFuzzer.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my $clang = $ENV{CLANG} || 'clang';
my $seconds = $ENV{FUZZ_SECONDS};
my $keep = $ENV{FUZZ_KEEP};
my $here = 'test/fuzz';
my $dir = tempdir(CLEANUP => 1);
my $found = getcwd() . "/$here/found";
my @targets = map { m{([^/]+)$} } glob "$here/corpus/*";

$ENV{FUZZ_OPTIMIZE} //= '-O0' if !$seconds || $seconds < 30;
my $built = system("$here/build $dir >$dir/build.log 2>&1") >> 8;
if ($built == 77) {
	chomp(my $package = `tools/dependencies fuzzer`);
	plan skip_all => "NOTHING WAS FUZZED: no libFuzzer with $clang, or no libpgcommon.a; optional (Debian: $package)";
}
if ($built != 0) {
	fail('the fuzzers build');
	diag(`cat $dir/build.log`);
	done_testing;
	exit 1;
}

my %pid;
for my $target (@targets) {
	my $corpus = $keep ? "$found/corpus/$target" : "$dir/corpus/$target";
	make_path($corpus, "$dir/finding/$target");
	my @command = ("$dir/$target", $seconds ? "-max_total_time=$seconds" : '-runs=3000', '-timeout=25', '-max_len=4096', '-print_final_stats=1',
		'-verbosity=' . ($keep ? 1 : 0), "-artifact_prefix=$dir/finding/$target/", $keep ? () : '-seed=1',
		$corpus, "$here/corpus/$target");
	my $pid = fork // die;
	if ($pid == 0) {
		open STDOUT, '>', "$dir/$target.log" or die;
		open STDERR, '>&STDOUT' or die;
		exec @command or die;
	}
	$pid{$target} = $pid;
}
for my $target (@targets) {
	waitpid $pid{$target}, 0;
	my $status = $?;
	my $log = do { local (@ARGV, $/) = ("$dir/$target.log"); <> };
	my ($runs) = $log =~ /number_of_executed_units:\s*(\d+)/;
	is($status, 0, "$target: " . ($runs ? "$runs inputs" : 'no end'));
	cmp_ok($runs || 0, '>', 100, "$target: more than the seeds");
	note("$target: ", join ', ', $log =~ /stat::(\S+\s+\d+)/g) if $keep;
	next if $status == 0;
	make_path("$found/$target");
	system('cp', '-r', "$dir/finding/$target/.", "$found/$target/");
	diag($log);
	diag("The input is kept in $here/found/$target.");
}
done_testing;
