#!/usr/bin/perl
# src/data/compile_suffixes must take nothing it does not understand: a list
# that was cut off would join the companies of a whole country into one.
use strict;
use warnings;
use File::Copy;
use File::Temp qw(tempdir);
use Test::More;

my $program = 'src/data/compile_suffixes';
my $list = `cat src/data/list.path`;
chomp $list;
my $dir = tempdir(CLEANUP => 1);
open my $in, '<', $list or die "$list: $!";
my $whole = do { local $/; <$in> };

# The program's exit status and complaint on a changed list, or one of ours.
sub compile {
	my ($psl, %ours) = @_;
	copy($_, $dir) for glob 'src/data/*.txt';
	for my $name (keys %ours) {
		open my $out, '>>', "$dir/$name" or die;
		print $out $ours{$name};
		close $out;
	}
	open my $out, '>', "$dir/list.dat" or die;
	print $out $psl;
	close $out;
	my $output = `$program $dir/list.dat $dir 2>&1 >$dir/suffixes.h`;
	return ($? >> 8, $output);
}

sub refused {
	my ($complaint, $what, @arguments) = @_;
	my ($status, $output) = compile(@arguments);
	is($status, 1, "$what stops the build");
	like($output, $complaint, "$what is complained about");
}

sub with_rule {
	my ($rule) = @_;
	(my $psl = $whole) =~ s/^(com)$/$1\n$rule/m or die;
	return $psl;
}

is((compile($whole))[0], 0, 'the list as it is compiles');
(my $versioned = $whole) =~ s{^}{// VERSION: 2031-01-02_03-04-05_UTC\n};
is((compile($versioned))[0], 0, 'a list with a version compiles');
like(`cat $dir/suffixes.h`, qr/SUFFIX_LIST_VERSION "2031-01-02_03-04-05_UTC"/, 'and says so');
is((compile($whole, 'shared_hosts.txt' => "*.shared.example.net\n"))[0], 0, 'our lists may have wildcards');

refused(qr/section is missing/, 'an empty list', '');
refused(qr/section is missing/, 'a list cut off at a line', substr($whole, 0, index($whole, "\n", length($whole) / 2) + 1));
refused(qr/cut off/, 'a list cut off in a line', substr($whole, 0, -20));
refused(qr/outside of the sections/, 'an error page', "<html>\n<body>404</body>\n</html>\n");
refused(qr/unexpected section mark/, 'a list without its first section', substr($whole, index($whole, '// ===END ICANN')));
refused(qr/too few/, 'a list almost without rules',
	"// ===BEGIN ICANN DOMAINS===\ncom\n// ===END ICANN DOMAINS===\n"
	. "// ===BEGIN PRIVATE DOMAINS===\ngithub.io\n// ===END PRIVATE DOMAINS===\n");
refused(qr/bad character/, 'a wildcard inside a rule', with_rule('a.*.com'));
refused(qr/bad character/, 'a wildcard in a label', with_rule('a*.com'));
refused(qr/bad label|empty/i, 'an empty label', with_rule('a..com'));
refused(qr/hyphen/, 'a hyphen at the end', with_rule('a-.com'));
refused(qr/bad character/, 'an underscore', with_rule('a_b.com'));
refused(qr/one label/, 'an exception of one label', with_rule('!com'));
refused(qr/./, 'a label of 64 letters', with_rule('a' x 64 . '.com'));
refused(qr/./, 'bytes that are not UTF-8', with_rule("\xff\xfe.com"));
refused(qr/zero byte/, 'a zero byte', with_rule("a\0b.com"));
refused(qr/bad version/, 'a version that would not compile', qq{// VERSION: "\\\n$whole});
refused(qr/shared_hosts.txt:\d+: .*twice/, 'a name twice', $whole, 'shared_hosts.txt' => "wordpress.com\n");
is((compile($whole, 'shared_pages.txt' => "listing.example.net\nexample.org/a/b\nexample.org/a\n", 'second_levels.txt' => "xyz\n!xyz.be\n"))[0], 0, 'pages, and labels of second levels');
like(`cat $dir/suffixes.h`, qr/^\{"example.org","a"\},\n\{"example.org","a\/b"\},$/m, 'pages are sorted');
like(`cat $dir/suffixes.h`, qr/^"xyz.de"$/m, 'a label is one below every country');
unlike(`cat $dir/suffixes.h`, qr/^"xyz.be"$/m, 'but where it is a company');
refused(qr/shared_pages.txt:\d+: .*appears twice/, 'a page twice', $whole, 'shared_pages.txt' => "a.com/b\na.com/b\n");
refused(qr/shared_pages.txt:\d+: .*appears twice/, 'a site twice', $whole, 'shared_pages.txt' => "facebook.com\n");
refused(qr/bad character/, 'a path in capitals', $whole, 'shared_pages.txt' => "a.com/B\n");
refused(qr/bad character/, 'a path with a query', $whole, 'shared_pages.txt' => "a.com/b?c\n");
refused(qr/bad character/, 'a path with a quotation mark', $whole, 'shared_pages.txt' => "a.com/b\"c\n");
refused(qr/slashes/, 'a path that ends in a slash', $whole, 'shared_pages.txt' => "a.com/b/\n");
refused(qr/slashes/, 'a path with two slashes', $whole, 'shared_pages.txt' => "a.com/b//c\n");
refused(qr/no length/, 'an empty path', $whole, 'shared_pages.txt' => "a.com/\n");
refused(qr/no length/, 'a path that is too long', $whole, 'shared_pages.txt' => 'a.com/' . 'b' x 40 . "\n");
refused(qr/no length/, 'a name that is too long', $whole, 'shared_pages.txt' => 'a' x 36 . ".com/b\n");
refused(qr/bad/, 'a name of pages that is none', $whole, 'shared_pages.txt' => "a_b.com/c\n");
refused(qr/bad character/, 'a wildcard of pages', $whole, 'shared_pages.txt' => "*.a.com\n");
refused(qr/not a label/, 'a second level of two labels', $whole, 'second_levels.txt' => "a.b\n");
refused(qr/no label below a country/, 'a company of no second level', $whole, 'second_levels.txt' => "!acme.be\n");
refused(qr/bad character/, 'a second level in capitals', $whole, 'second_levels.txt' => "COM\n");
refused(qr/unexpected "own-sites"/, 'an unknown word', $whole, 'shared_hosts.txt' => "a.com own-sites\n");
refused(qr/unexpected "own-site"/, 'a word in another list', $whole, 'freemail.txt' => "a.com own-site\n");
refused(qr/no wildcards/, 'a wildcard in another list', $whole, 'freemail.txt' => "*.a.com\n");
refused(qr/exceptions are/, 'an exception of ours', $whole, 'shared_hosts.txt' => "!a.a.com\n");
refused(qr/cut off/, 'a list of ours without its last newline', $whole, 'freemail.txt' => 'a.com');
unlink "$dir/webmail.txt";
is(system("$program $list $dir >/dev/null 2>&1") >> 8, 1, 'a list of ours must be there');
is(system("$program >/dev/null 2>&1") >> 8, 2, 'it says how it is called');
done_testing;
