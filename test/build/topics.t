#!/usr/bin/perl
# A topic uses itself and those before it, and no files need one another in a
# circle: by the includes, and by the symbols that the built objects take.
use strict;
use warnings;
use Cwd;
use File::Temp qw(tempdir);
use Test::More;

plan skip_all => 'no object files; make check has them' unless glob 'src/*/*.o';
open my $makefile, '<', 'Makefile' or die "Makefile: $!\n";
my ($topics) = map { /^TOPICS = (.*)/ } <$makefile>;
ok($topics, 'the Makefile names the topics');

my $output = `tools/topics $topics 2>&1`;
is($?, 0, 'lower topics know nothing of higher ones, and there is no circle') or diag($output);
like($output, qr/^\d{3,} files in \d+ topics, nothing against the rule$/, 'all files were looked at');

# It would notice.
$output = `tools/topics @{[reverse split ' ', $topics]} 2>&1`;
isnt($?, 0, 'the other way round they do');
like($output, qr/: takes an include from /, 'includes are seen');
like($output, qr/: takes \w+\(\) from /, 'and symbols');

# What the files of one concept share is no other's.
my $tree = tempdir(CLEANUP => 1);
mkdir "$tree/$_" for qw(src src/base);
for (['deal_private.h', ''], ['deal_io.c', "#include \"base/deal_private.h\"\nint deal_io = 1;\n"],
	['dealer.c', "#include \"base/deal_private.h\"\nint dealer = 1;\n"])
{
	open my $file, '>', "$tree/src/base/$_->[0]" or die "$!\n";
	print $file $_->[1];
}
my $here = getcwd();
$output = `cd '$tree' && cc -Isrc -c -o src/base/deal_io.o src/base/deal_io.c && '$here/tools/topics' base 2>&1`;
isnt($?, 0, 'a private header is for the files of its concept');
is($output, <<END, 'and it is said whose it is not');
src/base/dealer.c: includes src/base/deal_private.h, which only files of that concept may
2 files in 1 topics, 1 against the rule
END
done_testing;
