#!/usr/bin/perl
# src/data/compile_legal_forms must take nothing it does not understand: a form
# taken for another would make one key of two companies' names.
use strict;
use warnings;
use File::Copy;
use File::Temp qw(tempdir);
use Test::More;

my $program = 'src/data/compile_legal_forms';
my $dir = tempdir(CLEANUP => 1);

# The program's exit status and complaint on lists with something added.
sub compile {
	my (%added) = @_;
	copy($_, $dir) for glob 'src/data/*.txt';
	for my $name (keys %added) {
		open my $out, '>>', "$dir/$name" or die;
		print $out $added{$name};
		close $out;
	}
	my $output = `$program $dir 2>&1 >$dir/legal_forms.h`;
	return ($? >> 8, $output);
}

sub refused {
	my ($complaint, $what, @arguments) = @_;
	my ($status, $output) = compile(@arguments);
	is($status, 1, "$what stops the build");
	like($output, $complaint, "$what is complained about");
}

is((compile())[0], 0, 'the lists as they are compile');
is((compile('legal_forms.txt' => "# a remark\n\nsuffix SE,NO Förening u.p.a.\nsuffix * Acmeform\n"))[0], 0, 'and with more forms');
like(`cat $dir/legal_forms.h`, qr/"acmeform"/, 'which are there');

my $forms = 'legal_forms.txt';
refused(qr/legal_forms.txt:\d+: not a kind/, 'an unknown kind', $forms => "infix * Inc\n");
refused(qr/not of the form/, 'a line without a form', $forms => "suffix *\n");
refused(qr/not a country/, 'a country of three letters', $forms => "suffix DEU GmbH\n");
refused(qr/not a country/, 'a country in lower case', $forms => "suffix de GmbH\n");
refused(qr/no country/, 'a country that is none', $forms => "suffix ZZ GmbH\n");
refused(qr/no letters/, 'a form without letters', $forms => "suffix * --\n");
refused(qr/cannot be folded/, 'bytes that are not UTF-8', $forms => "suffix * \xff\xfe\n");
refused(qr/cut off/, 'a line cut off', $forms => 'suffix * Inc');
refused(qr/cut off/, 'a zero byte', $forms => "suffix * I\0nc\n");
refused(qr/cut off/, 'a line too long', $forms => 'suffix * ' . 'a' x 5000 . "\n");
refused(qr/too long/, 'a form too long', $forms => 'suffix * ' . 'a' x 300 . "\n");
refused(qr/cannot be attached/, 'an attached form that words are parted from', $forms => "attached * Limited\n");
refused(qr/countries.txt:\d+: not of the form/, 'a country without names', 'countries.txt' => "XX\n");
refused(qr/already the name of DE/, 'a name of two countries', 'countries.txt' => "XX XXX Germany\n");
refused(qr/longer than 31/, 'a placeholder too long', 'placeholder_names.txt' => 'a' x 40 . "\n");
copy($_, $dir) for glob 'src/data/*.txt';
open my $out, '>', "$dir/legal_forms_elf.txt" or die;
print $out "suffix * Inc\n";
close $out;
is(system("$program $dir >/dev/null 2>$dir/complaint") >> 8, 1, 'a list almost without forms stops the build');
unlink "$dir/legal_forms_elf.txt";
is(system("$program $dir >/dev/null 2>&1") >> 8, 1, 'all lists must be there');
is(system("$program >/dev/null 2>&1") >> 8, 2, 'it says how it is called');
done_testing;
