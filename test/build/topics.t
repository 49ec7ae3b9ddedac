#!/usr/bin/perl
# A topic uses itself and those before it, and no files need one another in a
# circle: by the includes, and by the symbols that the built objects take.
use strict;
use warnings;
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
done_testing;
