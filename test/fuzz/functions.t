#!/usr/bin/perl
# Calls every function, aggregate, window function, operator and type of the
# extension, as the catalogs list them, with what nobody would: nulls, empty
# values, extremes, each other's values and bytes, states of no row, of one and
# of nulls alone.  No call may take the server down, end in an internal error
# (XX000), or run away.
#
# FUZZ_SECONDS is how long it goes on (one round of some seconds without it),
# FUZZ_SEED where it starts; the same seed makes the same calls.  A call that
# fails is shown with the statement and the seed.  Runs inside
# tools/private-cluster; skipped where there is no server.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'no server: run it with tools/private-cluster' unless $ENV{PGHOST};

my $seed = $ENV{FUZZ_SEED} || 1;
my $seconds = $ENV{FUZZ_SECONDS} || 0;
my $database = 'ecosystem_hostile';
my $dir = tempdir(CLEANUP => 1);
my $findings = 0;
my $most_findings = $seconds ? 200 : 20;
# Far above what any call needs, even on a busy machine.
my $timeout = '20s';

sub rows {
	my ($sql) = @_;
	open my $psql, '-|', 'psql', '-XAtq', '-F', "\t", '-d', $database, '-c', $sql or die;
	chomp(my @rows = <$psql>);
	close $psql or die "psql: $sql";
	return map { [ split /\t/, $_, -1 ] } @rows;
}

# ---- values ----

my @texts = (
	"''", "' '", "'a'", "'A''b'", "'acme.com'", "'Acme, Inc.'", "'https://www.acme.co.uk/x?y=1#z'", "'max\@acme.com'",
	"'won'", "'lost'", "'open'", "'Closed Won'", "'sourced'", "'sourcing'", "'influencing'", "'intent'", "'motion'",
	"'selection'", "'partner_sourced'", "'referral'", "'cost'", "'revenue'", "'linear'", "'first_touch'", "'u_shaped'",
	"'time_decay(half_life=7)'", "'time_decay(half_life=0)'", "'role_split(sourcing=40, closing=60)'",
	"'role_split(sourcing=40'", "'role_split()'", "'engagement'", "'w_shaped(first=1e9)'", "'linear(within=-1 days)'",
	"'source_wins'", "'primary_only'", "'full_path'", "'last_touch, linear'", "'linear(minor_digits=30)'",
	"'domain:acme.com'", "'{domain:acme.com}'", "'duns:150483782'", "'vat:DE136695976'", "'name:acme'", "'erp!:1'",
	"'lei:5493001KJTIIGC8Y1R12'", "'0104020020d61ee23c7041776762f4b6523dbe5b6de8ac1b2d639cf8c6afae837af78a613e070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "'0181002040e674a237831bdc3dbe1c0d962c879bd4772c8077ff1134051551566c1aa0d44da01e271d3b478eae8c5c87affa94c742955536af39c3a82b3fbc04030327b937070010aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa070010bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'", "'DE'", "'XX'", "'Germany'", "'month'", "'quarter'", "'year'", "'day'", "'week'",
	"'solo'", "'partner'", "'median'", "'mean'", "'0'", "'1'", "'-1'", "'1e1000'", "'NaN'", "'Infinity'", "'null'",
	"'2026-01-05'", "'2026-13-45'", "'infinity'", "'UTC'", "'Europe/Berlin'", "'%s%n%d'", "'\\x'", "'\\x01'", "'{}'",
	"'{NULL}'", "'{1,2}'", "'[]'", "'v1'", "'v99'", "E'\\x01\\x02'", "E'\\t\\n'", "U&'\\FEFF'", "U&'\\+01F600'",
	"U&'a\\0301\\0301'", "'\"'", "'\"a\">\"b\"=1:0:5'", "'ticker:NASDAQ:N/A'", "repeat('x', 70000)",
	"repeat(U&'\\00E9', 3000)", "repeat('a.', 500)", "repeat('f', 4096)", "repeat('{', 3000)", "repeat('\"', 999)",
	"repeat('9', 300)", "repeat('1,', 3000)");
my @dates = ("'2026-01-05'", "'2026-01-06'", "'2026-03-31'", "'2025-12-31'", "'2024-02-29'", "'1999-12-31'", "'infinity'",
	"'-infinity'");
my @integers = (0, 1, 2, 3, -1, 7, 12, 14, 30, 90, 100, 365, 1000, 65536);

my %values = (
	text => \@texts,
	name => \@texts,
	'character varying' => \@texts,
	cstring => \@texts,
	numeric => [
		@integers, '0.005', '-0.005', '0.5', '75', '12345.67', "'NaN'", "'Infinity'", "'-Infinity'", "'1e1000'", "'-1e1000'",
		"'1e-1000'", '9223372036854775807', '-9223372036854775808', '9223372036854775808', "'1e37'", "'1e38'", "'1e39'",
		'170141183460469231731687303715884105727', "'99999999999999999999999999999.9999999999'", "'1e131071'" ],
	bigint => [ @integers, '9223372036854775807', '(-9223372036854775808)', '4294967295', '4294967296', '42' ],
	integer => [ @integers, '2147483647', '(-2147483648)' ],
	smallint => [ 0, 1, -1, 2, 32767, '(-32768)' ],
	'double precision' => [
		0, "'-0'", 1, '0.5', -1, 2, 100, "'NaN'", "'Infinity'", "'-Infinity'", "'1.7e308'", "'5e-324'", "'1e19'" ],
	real => [ 0, 1, "'NaN'", "'Infinity'", "'1e38'" ],
	boolean => [ 'true', 'false' ],
	date => [ @dates, "'4713-01-01 BC'", "'5874897-12-31'", "'0001-01-01'" ],
	'timestamp with time zone' =>
	  [ @dates, "'2026-01-05 15:00:00.000001+13'", "'4713-11-24 00:00:00+00 BC'", "'294276-12-31 23:59:59.999999+00'" ],
	'timestamp without time zone' =>
	  [ @dates, "'2026-01-05 15:00:00.000001'", "'4713-11-24 00:00:00 BC'", "'294276-12-31 23:59:59.999999'" ],
	interval => [
		"'0'", "'14 days'", "'-1 day'", "'1 mon -3 days'", "'178000000 years'", "'-178000000 years'", "'1 microsecond'",
		"'2147483647 days'", "'-2147483648 months'", "'9223372036854.775807 seconds'" ],
	uuid => [
		"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
		"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ],
	bytea => [ "''", "'\\x00'", "'\\x01'", "'\\xffffffff'", "decode(repeat('00', 5000), 'hex')", "decode(repeat('ff', 5000), 'hex')" ],
	oid => [ 0, "'text'::regtype", "'pg_class'::regclass", '4294967295' ],
	regtype => [ 0, "'text'::regtype", "'bigint'::regtype", '4294967295' ],
	regclass => [ 0, "'pg_class'::regclass", '4294967295' ],
	'"char"' => [ "'a'", "''" ],
);

# Such as people have, so that calls do not all end at the door
my %plausible = (
	text => [ "'won'", "'lost'", "'open'", "'a'", "'b'", "'acme.com'", "'Acme, Inc.'", "'sourcing'", "'cost'", "'revenue'" ],
	numeric => [ 0, 1, 100, '12345.67', '-5' ],
	bigint => [ 1, 2, 3 ],
	integer => [ 0, 1, 30 ],
	boolean => [ 'true', 'false' ],
	date => [ "'2026-01-05'", "'2026-01-06'", "'2026-03-31'" ],
	'timestamp with time zone' => [ "'2026-01-05'", "'2026-01-06'", "'2026-03-31'" ],
	'timestamp without time zone' => [ "'2026-01-05'", "'2026-01-06'", "'2026-03-31'" ],
	'text[]' => [ "'{a,b}'", "'{linear,first_touch}'" ],
	'ecosystem.credit_model' => [ "'linear'", "'role_split(sourcing=40, unfilled=retain)'", "'w_shaped'" ],
	'ecosystem.company_identity' => [ "'domain:acme.com'", "'lei:5493001KJTIIGC8Y1R12'" ],
	'ecosystem.company_domain' => [ "'acme.com'" ],
	'ecosystem.moment' => [ "'2026-01-05'", "'2026-01-06'", "'2026-03-31 12:00+00'" ],
);

# Types of ours, with their samples in a table of the same name.
my @types;
my %is_ours;

sub pick {
	return $_[ int rand @_ ];
}

sub plausible {
	my ($type) = @_;
	my $pool = $plausible{$type} or return value($type, 0);
	return pick(@$pool) . "::$type";
}

# An expression of a type; null now and then.
sub value {
	my ($type, $nulls) = @_;
	$nulls = 0.12 unless defined $nulls;
	return "NULL::$type" if $type ne 'internal' && rand() < $nulls;
	return 'NULL' if $type eq 'internal';
	return 'NULL::int' if $type =~ /^"?any/ && rand() < 0.2;
	return value(pick('text', 'bigint', 'uuid', @types)) if $type =~ /^"?any(element|nonarray|compatible|"?$)/;
	return value(pick('text[]', 'bigint[]')) if $type =~ /^any.*array/;
	if ($type =~ /^(.*)\[\]$/) {
		my $element = $1;
		my $kind = int rand 9;
		return "'{}'::$type" if $kind == 0;
		return "ARRAY[NULL]::${element}[]" if $kind == 1;
		return "array_fill(" . value($element) . ", ARRAY[2,2])" if $kind == 2;
		return "array_fill(" . value($element) . ", ARRAY[3], ARRAY[-5])" if $kind == 3;
		return "array_fill(" . plausible($element) . ", ARRAY[700])" if $kind == 4;
		return 'ARRAY[' . join(', ', map { value($element) } 1 .. 1 + int rand 4) . ']';
	}
	if ($is_ours{$type}) {
		return sample($type);
	}
	my $pool = $values{$type};
	return "NULL::$type" unless $pool;
	my $expression = pick(@$pool);
	return $type eq 'cstring' ? ($expression =~ /^'/ ? $expression : "textout($expression)") : "$expression\::$type";
}

sub sample {
	my ($type) = @_;
	return "hostile.pick(" . int(rand 100000) . ", NULL::$type)";
}

sub table {
	my ($type) = @_;
	$type =~ s/.*\.//;
	$type =~ s/"//g;
	return "hostile.\"$type\"";
}

# ---- functions ----

# Those of the extension, and of what it makes: name, kind, result, arguments.
my @functions;
my @aggregates;
my %makers; # aggregates of each type of ours
my @operators;

sub prepare {
	system('psql', '-Xq', '-d', 'postgres', '-c', "DROP DATABASE IF EXISTS $database", '-c', "CREATE DATABASE $database") == 0
	  or die;
	rows('CREATE EXTENSION ecosystem');
	rows(q{CREATE SCHEMA hostile});
	# A key, paired with that of a value above
	rows(q{CALL ecosystem.create_matching_key('a', 'b')});
	rows(q{CALL ecosystem.pair_matching_key('a', repeat('a', 32))});
	# A piece is doubled, dropped or overwritten.
	rows(q{
CREATE FUNCTION hostile.mutate(b bytea, r int) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n int := length(b);
	at int := CASE WHEN n = 0 THEN 0 WHEN r % 3 = 0 THEN r / 3 % least(n, 24) ELSE r / 3 % n END;
	size int := 1 + r / 7 % 9;
BEGIN
	RETURN CASE r % 8
		WHEN 0 THEN substr(b, 1, at)
		WHEN 1 THEN substr(b, 1, at) || substr(b, at + size)
		WHEN 2 THEN substr(b, 1, at + size) || substr(b, at + 1)
		WHEN 3 THEN b || '\x00'
		WHEN 4 THEN overlay(b placing '\xffffffff' from at + 1)
		WHEN 5 THEN overlay(b placing '\x00000000' from at + 1)
		WHEN 6 THEN overlay(b placing '\x7fffffff' from at + 1)
		ELSE CASE WHEN n = 0 THEN '\x01' ELSE set_byte(b, at, (get_byte(b, at) + 1 + r / 11 % 255) % 256) END END;
END $$});
	rows(q~
CREATE FUNCTION hostile.mutate(t text, r int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN length(t) = 0 THEN '0' ELSE overlay(t placing
		(ARRAY['', '0', '9', 'f', '-', '"', ',', ':', '=', '99999999999999999999', 'NaN', chr(92), '>', '+', ' ', 'ff', '{', ')'])[1 + r % 18]
		from 1 + r / 18 % length(t) for r / 5 % 3) END $$~);
	my @tables;
	for (rows(q{SELECT t.oid::regtype, o.proname, s.proname FROM pg_type t JOIN pg_depend d ON d.objid = t.oid AND d.deptype = 'e'
			AND d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_extension'::regclass
			JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'ecosystem'
			LEFT JOIN pg_proc s ON s.oid = t.typsend LEFT JOIN pg_proc o ON o.oid = t.typoutput
			WHERE t.typtype = 'b' AND t.typelem = 0 ORDER BY 1::text})) {
		my ($type, $out, $send) = @$_;
		push @types, $type;
		$is_ours{$type} = $send || 1;
		push @tables, "CREATE TABLE " . table($type) . " (v $type); CREATE FUNCTION hostile.pick(k int, of $type) RETURNS $type"
		  . " LANGUAGE sql STABLE AS 'SELECT v FROM " . table($type) . " OFFSET k % greatest((SELECT count(*) FROM "
		  . table($type) . "), 1) LIMIT 1';";
	}
	rows(join ' ', @tables);
	for (rows(q{SELECT p.oid::regproc, p.prokind, p.proretset, p.prorettype::regtype, p.pronargs, p.provariadic <> 0,
			(SELECT string_agg(format_type(a, NULL), '|' ORDER BY i) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(a, i)),
			p.proname
			FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
			JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'ecosystem'
			WHERE p.prorettype <> 'event_trigger'::regtype
			ORDER BY p.proname COLLATE "C", p.oid::regprocedure::text COLLATE "C"})) {
		my ($name, $kind, $set, $result, $n, $variadic, $arguments, $bare) = @$_;
		my $function = {
			name => "ecosystem.\"$bare\"", kind => $kind, set => $set eq 't', result => $result,
			variadic => $variadic eq 't', arguments => [ split /\|/, $arguments ] };
		next if $arguments =~ /\binternal\b/; # which SQL cannot call
		# Arguments of any type, as some of them.
		my @variants = $arguments =~ /\bany/ ? ([ 'text', 'bigint' ], [ 'bigint', 'uuid' ], [ 'uuid', 'integer' ], [ 'integer', 'text' ], [ 'date', 'text' ]) : [];
		for (@variants) {
			my ($one, $other) = @$_;
			my $variant = { %$function, arguments => [ map { $_ eq 'anyelement' ? $one : $_ eq 'anycompatible' ? $other : $_ } @{ $function->{arguments} } ] };
			push @functions, $variant;
			next if $kind ne 'a';
			push @aggregates, $variant;
			push @{ $makers{$result} }, $variant if $is_ours{$result};
		}
	}
	@operators = rows(q{SELECT o.oprname, format_type(o.oprleft, NULL), format_type(o.oprright, NULL), o.oprresult::regtype
			FROM pg_operator o JOIN pg_depend d ON d.objid = o.oid AND d.deptype = 'e' AND d.classid = 'pg_operator'::regclass
			JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass AND e.extname = 'ecosystem'
			WHERE o.oprleft <> 0 AND o.oprright <> 0 ORDER BY o.oid::regoperator::text COLLATE "C"});
}

sub arguments {
	my ($function, @given) = @_;
	my @list = map { defined $given[$_] ? $given[$_] : value($function->{arguments}[$_]) } 0 .. $#{ $function->{arguments} };
	$list[-1] = "VARIADIC $list[-1]" if $function->{variadic};
	return join ', ', @list;
}

# An aggregate over so many rows, each column of its own type.
sub aggregate {
	my ($function, $rows) = @_;
	my @arguments = @{ $function->{arguments} };
	my $alone = $rows == 1 && rand() < 0.3;
	# Columns that are never null, always null or the same in every row
	my @nulls = map { pick(0, 0, 0, 0.1, 0.5, 1) } @arguments;
	@nulls = map { 1 } @arguments if $alone;
	my @fixed = map { rand() < 0.4 ? value($_, 0.05) : undef } @arguments;
	my @values;
	for (1 .. $rows || 1) {
		push @values, '(' . join(', ', map { defined $fixed[$_] && !$alone ? $fixed[$_] : value($arguments[$_], $nulls[$_]) }
			  0 .. $#arguments) . ')';
	}
	my @columns = map { "c$_" } 0 .. $#arguments;
	return "SELECT $function->{name}(*)" unless @arguments;
	return "SELECT $function->{name}(" . join(', ', @columns) . ') AS a FROM (VALUES ' . join(', ', @values) . ') v('
	  . join(', ', @columns) . ')' . ($rows ? '' : ' WHERE false');
}

# States of no row, of nulls, of one row, and of one that lacks a column, given
# to every function that takes one.
sub with_states {
	my ($function) = @_;
	my ($place) = grep { $makers{ $function->{arguments}[$_] } } 0 .. $#{ $function->{arguments} };
	return () unless defined $place;
	my @makers = @{ $makers{ $function->{arguments}[$place] } };
	my @statements;
	for my $lacking (-3 .. 8) {
		my $maker = pick(@makers);
		my @arguments = @{ $maker->{arguments} };
		$lacking %= @arguments if $lacking >= @arguments;
		my @row = map { $lacking == -2 || $lacking == $_ ? "NULL::$arguments[$_]" : plausible($arguments[$_]) } 0 .. $#arguments;
		my $state = "(SELECT $maker->{name}(" . join(', ', @row) . ') AS a' . ($lacking == -3 ? ' WHERE false' : '') . ') q';
		if ($function->{kind} eq 'a') {
			push @statements, "SELECT $function->{name}("
			  . join(', ', map { $_ == $place ? 'q.a' : plausible($function->{arguments}[$_]) } 0 .. $#{ $function->{arguments} })
			  . ") FROM $state";
			next;
		}
		my @given = map { rand() < 0.7 ? plausible($_) : value($_) } @{ $function->{arguments} };
		$given[$place] = 'q.a';
		my $call = "$function->{name}(" . arguments($function, @given) . ')';
		push @statements, $function->{set} && rand() < 0.8 ? "SELECT * FROM $state, $call" : "SELECT $call FROM $state";
	}
	return @statements;
}

sub statement {
	my ($function) = @_;
	my $kept = $is_ours{ $function->{result} } ? 'INSERT INTO ' . table($function->{result}) . ' ' : '';
	if ($function->{kind} eq 'a') {
		return $kept . aggregate($function, pick(0, 1, 1, 2, 5, 20));
	}
	if ($function->{kind} eq 'w') {
		my $columns = join ', ', map { "c$_" } 0 .. $#{ $function->{arguments} };
		my $window = pick('()', '(ORDER BY n)', '(PARTITION BY n % 2 ORDER BY n)', '(ORDER BY n ROWS 1 PRECEDING)',
			'(ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)', '(PARTITION BY NULL::text)');
		return "SELECT $function->{name}($columns) OVER $window FROM (VALUES "
		  . join(', ', map { "($_, " . join(', ', map { value($_) } @{ $function->{arguments} }) . ')' } 1 .. 1 + int rand 6)
		  . ") v(n, $columns)";
	}
	# A state as the aggregate hands it on, which a stored one need not be
	my ($place) = grep { $makers{ $function->{arguments}[$_] } } 0 .. $#{ $function->{arguments} };
	if (defined $place && rand() < 0.4) {
		my @given;
		$given[$place] = 'q.a';
		my $inner = aggregate(pick(@{ $makers{ $function->{arguments}[$place] } }), pick(0, 1, 1, 3, 20));
		my $call = "$function->{name}(" . arguments($function, @given) . ')';
		return $function->{set} && rand() < 0.8
		  ? "SELECT * FROM ($inner) q, $call"
		  : "SELECT $call FROM ($inner) q";
	}
	my $call = "$function->{name}(" . arguments($function) . ')';
	return "SELECT * FROM $call LIMIT 2000" if $function->{set} && rand() < 0.7;
	return "$kept" . "SELECT $call" . ($function->{set} ? ' LIMIT 2000' : '');
}

# ---- scripts ----

# Runs statements, a line each; says what was wrong with which.
my $started = 0;

sub run {
	my ($what, @statements) = @_;
	my $first = 0;
	$started = time;
	while ($first < @statements && $findings < $most_findings) {
		my $script = "$dir/script.sql";
		open my $file, '>:raw', $script or die;
		# One line comes before, so that statement i is on line i + 2.
		print $file "\\i $dir/before.sql\n";
		print $file "$_\n" for @statements[ $first .. $#statements ];
		close $file;
		system("psql -XAtq -d $database -f $script >/dev/null 2>$dir/errors");
		my $ended = $first + @statements;
		open my $errors, '<', "$dir/errors" or die;
		my $lost;
		while (<$errors>) {
			my ($line, $message) = /^psql:\Q$script\E:(\d+): (.*)/ or next;
			my $statement = $statements[ $first + $line - 2 ];
			if ($message =~ /server closed the connection|connection to server was lost|terminating connection/) {
				$lost = $first + $line - 2 unless defined $lost;
				next;
			}
			if ($message =~ /^(ERROR|FATAL|PANIC):  (XX000|57014|53200|58030)/) {
				found("$what: $message", $statement);
			}
		}
		note(sprintf '%s: %d statements, %.1f s', $what, scalar @statements, time - $started) unless defined $lost;
		last unless defined $lost;
		found("$what: THE SERVER WENT DOWN", $statements[$lost]);
		$first = $lost + 1;
		for (1 .. 100) {
			last if system("psql -XAtq -d $database -c 'SELECT 1' >/dev/null 2>&1") == 0;
			select undef, undef, undef, 0.2;
		}
	}
}

my %known;

sub found {
	my ($message, $statement) = @_;
	my ($function) = $statement =~ /ecosystem\."(\w+)"/;
	my $key = $message . ($message =~ /XX000/ ? '' : $function || '');
	return if $known{$key}++;
	$findings++;
	fail("$message (seed $seed)");
	diag($statement =~ s/(.{3000}).*/$1 .../r);
}

sub before {
	open my $file, '>', "$dir/before.sql" or die;
	print $file <<"SQL";
\\set VERBOSITY verbose
SET statement_timeout = '$timeout';
SET synchronize_seqscans = off;
SET client_min_messages = error;
SET search_path = ecosystem, pg_catalog, hostile;
SQL
	close $file;
}

# ---- rounds ----

# States of no row, of one, of nulls and of some; and what is read as text.
sub make_samples {
	my ($each) = @_;
	my @statements;
	for my $type (@types) {
		my $table = table($type);
		push @statements, "INSERT INTO $table VALUES (NULL)";
		push @statements, map { "INSERT INTO $table SELECT ($_)::$type" } @texts;
		for my $aggregate (@{ $makers{$type} || [] }) {
			push @statements, map { "INSERT INTO $table " . aggregate($aggregate, $_) } (0, 1, (5) x $each);
		}
	}
	return @statements;
}

# What a file says is a value: bytes of its own, changed, and of another type.
sub received {
	my ($each) = @_;
	my @statements;
	my @sending = grep { $is_ours{$_} ne '1' } @types;
	for my $type (@sending) {
		my $table = table($type);
		for (1 .. $each) {
			my $from = rand() < 0.85 ? $type : pick(@sending);
			my $bytes = "ecosystem.\"$is_ours{$from}\"(" . sample($from) . ')';
			$bytes = "hostile.mutate($bytes, " . int(rand 1e6) . ')' for 1 .. 1 + int rand 2;
			$bytes = "hostile.mutate($bytes, " . int(rand 1e6) . ')' if rand() < 0.5;
			push @statements, "\\copy (SELECT coalesce($bytes, '')) TO '$dir/bytes' (FORMAT binary)";
			push @statements, "\\copy $table FROM '$dir/bytes' (FORMAT binary)";
		}
	}
	return @statements;
}

sub texts_changed {
	my ($each) = @_;
	my @statements;
	for my $type (@types) {
		for (1 .. $each) {
			my $text = (rand() < 0.9 ? sample($type) : sample(pick(@types))) . '::text';
			$text = "hostile.mutate($text, " . int(rand 1e6) . ')';
			$text = "hostile.mutate($text, " . int(rand 1e6) . ')' if rand() < 0.3;
			push @statements, 'INSERT INTO ' . table($type) . " SELECT ($text)::$type";
		}
	}
	return @statements;
}

# Operators as planner and executor use them, with their statistics.
sub operations {
	my @statements = map { 'ANALYZE ' . table($_) } @types;
	for (@operators) {
		my ($operator, $left, $right, $result) = @$_;
		my $name = "OPERATOR(ecosystem.$operator)";
		push @statements, map { "SELECT $_ $name " . value($right) } value($left), value($left);
		next unless $is_ours{$left};
		my $table = table($left);
		my $restricted = $result eq 'boolean' ? 'count(*) FROM' : "count(v $name " . value($right) . ') FROM';
		push @statements, "SELECT $restricted $table" . ($result eq 'boolean' ? " WHERE v $name " . value($right) : '');
		next unless $is_ours{$right} && $result eq 'boolean';
		push @statements, "SELECT count(*) FROM (SELECT * FROM $table LIMIT 60) a JOIN (SELECT * FROM " . table($right)
		  . " LIMIT 60) b ON a.v $name b.v";
		push @statements, "EXPLAIN SELECT count(*) FROM $table a JOIN " . table($right) . " b ON a.v $name b.v";
	}
	for my $type (@types) {
		my $table = table($type);
		push @statements, map { "SELECT count(*) FROM ($_) q" } "SELECT DISTINCT v FROM $table", "SELECT v FROM $table ORDER BY v",
		  "SELECT v FROM $table GROUP BY v", "SELECT v FROM $table UNION SELECT v FROM $table", "SELECT v::text::$type FROM $table",
		  "SELECT DISTINCT ARRAY[v, NULL, v] FROM $table", "SELECT row(v) FROM $table ORDER BY row(v)";
		push @statements, "\\copy $table TO '$dir/values' (FORMAT binary)", "TRUNCATE $table", "\\copy $table FROM '$dir/values' (FORMAT binary)"
		  if $is_ours{$type} ne '1';
	}
	return @statements;
}

# The same in workers: combining, serializing.
sub in_parallel {
	my ($each) = @_;
	my @statements = map { "SET $_" } 'parallel_setup_cost = 0', 'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
	  'parallel_leader_participation = off', 'max_parallel_workers_per_gather = 1';
	for my $aggregate (@aggregates) {
		my @ours = grep { $is_ours{$_} } @{ $aggregate->{arguments} } or next;
		my $table = table($ours[0]);
		for (1 .. $each) {
			my $done = 0;
			my @list = map { $_ eq $ours[0] && !$done++ ? 'v' : value($_) } @{ $aggregate->{arguments} };
			push @statements, "SELECT $aggregate->{name}(" . join(', ', @list) . ") FROM $table";
		}
	}
	return @statements;
}

# 16 can ask whether a text is a value: no text may end that with an error.
sub asked_softly {
	my ($version) = map { $_->[0] } rows('SHOW server_version_num');
	return () if $version < 160000;
	my @statements;
	for my $type (@types) {
		my $name = $type =~ s/'/''/gr;
		push @statements, map {
			my $text = $_;
			"DO \$do\$ BEGIN PERFORM pg_input_is_valid($text, '$name'); EXCEPTION WHEN OTHERS THEN RAISE 'hard: %', SQLERRM USING ERRCODE = 'XX000'; END \$do\$"
		} @texts;
		push @statements, map {
			    "DO \$do\$ BEGIN PERFORM pg_input_is_valid(hostile.mutate(hostile.pick($_, NULL::$type)::text, "
			  . int(rand 1e6)
			  . "), '$name'); EXCEPTION WHEN OTHERS THEN RAISE 'hard: %', SQLERRM USING ERRCODE = 'XX000'; END \$do\$"
		} 1 .. 20;
	}
	return map { "$_;" } @statements;
}

sub finished {
	my (@statements) = @_;
	return map { /^\\/ ? $_ : /;$/ ? $_ : "$_;" } @statements;
}

sub round {
	my ($each) = @_;
	srand $seed;
	run('making values', finished(make_samples($each)));
	run('text input', finished(texts_changed(10 * $each)));
	run('binary input', finished(received(10 * $each)));
	run('calls', finished(map { my $function = $_; map { statement($function) } 1 .. 5 * $each } @functions));
	run('calls with states', finished(map { my $function = $_; map { with_states($function) } 1 .. $each } @functions));
	run('operators', finished(operations()));
	run('calls in parallel', finished(in_parallel($each)));
	run('soft input', finished(asked_softly()));
}

my $start = time;
prepare();
before();
cmp_ok(scalar @types, '>', 20, 'types');
cmp_ok(scalar @functions, '>', 600, 'functions');
my $rounds = 0;
do {
	if ($rounds) {
		$seed++;
		rows('TRUNCATE ' . join ', ', map { table($_) } @types);
	}
	round($seconds ? 4 : 1);
	$rounds++;
} while (time - $start < $seconds && $findings < $most_findings);
my @without = map { $_->[0] } map { rows("SELECT '$_' WHERE NOT EXISTS (SELECT FROM " . table($_) . ' WHERE v IS NOT NULL)') } @types;
is("@without", '', 'every type has values');
is($findings, 0, "no crash, no internal error and no runaway: seed $seed, $rounds rounds");
note(sprintf '%.1f s', time - $start);
system('psql', '-Xq', '-d', 'postgres', '-c', "DROP DATABASE $database") unless $ENV{FUZZ_KEEP_DATABASE};
done_testing;
