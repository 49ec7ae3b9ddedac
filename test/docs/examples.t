#!/usr/bin/perl
# Usage: perl test/docs/examples.t [--write] [FILE.md ...]
#
# Every ```sql block of README.md and docs/*.md is executed; where a ```text
# block follows it, that is its output, to the letter (blanks at line ends
# aside).  A page is one psql session on the demo CRM, rolled back at its end;
# the mart with which many begin is made once, in a copy of the database.
# --write puts the real output into the page instead of comparing.
use strict;
use warnings;

my $write = @ARGV && $ARGV[0] eq '--write' ? shift : 0;
my @pages = @ARGV ? @ARGV : ('README.md', sort glob 'docs/*.md');
my ($tests, $failed) = (0, 0);
my $mark = '=-=-= end of example =-=-=';
my $mart = "CALL create_mart('elg');\nCALL bind_demo('elg');\nCALL refresh_mart('elg');\n";
my $search_path = 'SET search_path = crm, ecosystem, public;';
my $copy;

sub result {
	my ($ok, $name, $why) = @_;
	$tests++;
	print $ok ? "ok $tests - $name\n" : "not ok $tests - $name\n";
	return if $ok;
	$failed++;
	print map { "# $_\n" } split /\n/, $why;
}

# The database in which that mart is.
sub with_mart {
	return $copy if $copy;
	my $name = `psql -XAt -c 'SELECT current_database()'`;
	chomp $name;
	$copy = "${name}_examples";
	system('createdb', '-T', $name, $copy) == 0
		&& system('psql', '-Xq1', '-v', 'ON_ERROR_STOP=1', '-d', $copy, '-c', "SET client_min_messages = warning; $search_path", map { ('-c', $_) } split /\n/, $mart) == 0
		or die "no copy of $name with a mart\n";
	return $copy;
}
END { local $?; system('dropdb', '--if-exists', $copy) if $copy }

sub run_page {
	my @sql = @_;
	my $database = '';
	for (@sql) {
		next unless s/^\Q$mart\E//m;
		$database = '-d ' . with_mart();
		last;
	}
	my $script = "\\set QUIET on\n\\pset pager off\n\\set ON_ERROR_ROLLBACK on\n"
		. "\\set VERBOSITY default\nBEGIN;\n$search_path\n";
	$script .= "$_\n;\n\\echo $mark\n" for @sql;
	$script .= "ROLLBACK;\n";
	my $file = "/tmp/ecosystem-examples.$$.sql";
	open my $out, '>', $file or die "$file: $!";
	print $out $script;
	close $out;
	my $output = `psql -X $database -f $file 2>&1`;
	unlink $file;
	$output =~ s/^psql:\Q$file\E:\d+: //mg;
	$output =~ s/[ \t]+$//mg;
	my @outputs = split /^\Q$mark\E\n/m, $output, -1;
	pop @outputs;
	for (@outputs) { s/\A\n+//; s/\n+\z/\n/; }
	return @outputs;
}

for my $page (@pages) {
	open my $in, '<', $page or die "$page: $!";
	my $text = do { local $/; <$in> };
	close $in;

	my (@sql, @want, @start);
	while ($text =~ /^```sql\n(.*?)^```\n(?:\n*^```text\n(.*?)^```\n)?/gms) {
		push @sql, $1;
		push @want, $2;
		push @start, 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
	}
	next unless @sql;
	my @got = run_page(@sql);

	if ($write) {
		my $i = 0;
		$text =~ s{^(```sql\n.*?^```\n)(?:(\n*^```text\n).*?^```\n)?}
			{ my $o = $got[$i++] // "";
			  defined $2 ? "$1$2$o```\n" : $1 }gmse;
		open my $out, '>', $page or die "$page: $!";
		print $out $text;
		close $out;
	}
	for my $i (0 .. $#sql) {
		my $name = "$page line $start[$i]";
		my $got = $got[$i] // "nothing: the session ended before\n";
		if ($write || !defined $want[$i]) {
			result($got !~ /^(ERROR|FATAL):/m || ($write && defined $want[$i]), $name, $got);
		} else {
			(my $want = $want[$i]) =~ s/[ \t]+$//mg;
			result($got eq $want, $name, "got:\n$got\nshown:\n$want");
		}
	}
}
result(0, 'examples', 'no page has any') unless $tests;
print "1..$tests\n";
exit($failed ? 1 : 0);
