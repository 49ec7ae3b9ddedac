#!/usr/bin/perl
# What an update script is made of, and what tools/update-script refuses to make.
use strict;
use warnings;
use File::Temp 'tempdir';
use Test::More;

my $directory = tempdir(CLEANUP => 1);

sub file
{
	my ($name, $text) = @_;
	open my $out, '>', "$directory/$name" or die "$name: $!";
	print $out $text;
	close $out;
	return "$directory/$name";
}

my $released = <<'SQL';
-- complain
\echo Use "CREATE EXTENSION x" to load this file. \quit
CREATE FUNCTION one(a int, b text DEFAULT 'a, b(') RETURNS int
	LANGUAGE c IMMUTABLE AS 'MODULE_PATHNAME'; -- first
COMMENT ON FUNCTION one(int, text) IS 'the first; of two';
CREATE FUNCTION body(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN $1 OPERATOR(pg_catalog.>) 0 THEN 1 END; SELECT 2; END;
CREATE FUNCTION rows(a int, OUT b int, OUT c double precision) RETURNS SETOF record LANGUAGE c AS 'MODULE_PATHNAME';
CREATE AGGREGATE total(a int) (STYPE = int, SFUNC = one);
COMMENT ON AGGREGATE total(integer) IS 'all';
CREATE TABLE target (a int);
GRANT SELECT ON target TO PUBLIC;
INSERT INTO target VALUES (1), (2);
CREATE TYPE thing;
CREATE TYPE thing (INPUT = thing_in);
CREATE OPERATOR = (LEFTARG = thing, RIGHTARG = thing, FUNCTION = eq);
CREATE CAST (int AS thing) WITHOUT FUNCTION;
SQL

# What the update says after its first lines, and what is complained of.
sub update
{
	my ($change, $by_hand) = @_;
	my $old = file('x--1.sql', $released);
	local $_ = $released;
	$change->();
	my $new = file('new.sql', $_);
	unlink "$directory/hand.sql";
	file('hand.sql', $by_hand) if defined $by_hand;
	my $said = `tools/update-script $old $directory/hand.sql $new 2>$directory/errors`;
	my $ok = $? == 0;
	$said =~ s/\A(?:--.*\n|\\echo.*\n|\n)*//;
	$said =~ s/\s+/ /g;
	$said =~ s/ $//;
	open my $in, '<', "$directory/errors" or die;
	my $errors = join '', grep { !/^These differences/ } <$in>;
	return $ok ? $said : "refused: $errors" =~ s/\n$//r =~ s/\n/; /gr;
}

is(update(sub { }), '', 'nothing is different');
is(update(sub { s/-- first/-- one/; s/\n\tLANGUAGE/ LANGUAGE/ }), '', 'comments and white space are no difference');
is(update(sub { s/IMMUTABLE/STABLE/ }), "CREATE OR REPLACE FUNCTION one(a int, b text DEFAULT 'a, b(') RETURNS int LANGUAGE c STABLE AS 'MODULE_PATHNAME';", 'a function that changed');
is(update(sub { s/SELECT 2/SELECT 3/ }),
	'CREATE OR REPLACE FUNCTION body(int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN $1 OPERATOR(pg_catalog.>) 0 THEN 1 END; SELECT 3; END;', 'with a body of statements');
is(update(sub { s/first; of/first;  of/ }), "COMMENT ON FUNCTION one(int, text) IS 'the first; of two';", 'a comment that changed, if only in white space');
is(update(sub { s/SELECT ON target TO PUBLIC/SELECT, INSERT ON target TO PUBLIC/ }), 'refused: gone: GRANT SELECT ON target TO PUBLIC;', 'a right that is gone is taken by hand');
is(update(sub { $_ .= "GRANT INSERT ON target TO PUBLIC;\n" }), 'GRANT INSERT ON target TO PUBLIC;', 'one that is new is not');
my $more = "CREATE TABLE more (a text); CREATE INDEX ON more (a); INSERT INTO more VALUES (\$q\$it's; -- so\n\\no\$q\$); SELECT pg_catalog.pg_extension_config_dump('more', ''); "
	. "CREATE PROCEDURE fill(a text) LANGUAGE plpgsql AS \$\$ BEGIN NULL; END \$\$;";
is(update(sub { $_ .= "\n$more\n" }), $more =~ s/\s+/ /gr, 'what is new, in its order');
is(update(sub { $_ .= "CREATE FUNCTION one(a int) RETURNS int LANGUAGE c AS 'MODULE_PATHNAME', 'one_int';\n" }),
	"CREATE FUNCTION one(a int) RETURNS int LANGUAGE c AS 'MODULE_PATHNAME', 'one_int';", 'another function of the same name');

is(update(sub { s/one\(a int, b/one(first int, b/ }), 'refused: FUNCTION one(integer, text) changed', 'names of arguments cannot be replaced');
is(update(sub { s/ DEFAULT 'a, b\('// }), 'refused: FUNCTION one(integer, text) changed', 'nor can defaults be taken away');
is(update(sub { s/OUT c double precision/OUT c numeric/ }), 'refused: FUNCTION rows(integer) changed', 'nor what is returned');
is(update(sub { s/RETURNS int\n/RETURNS bigint\n/ }), 'refused: FUNCTION one(integer, text) changed', 'nor its type');
is(update(sub { s/STYPE = int/STYPE = bigint/ }), 'refused: AGGREGATE total(integer) changed', 'an aggregate');
is(update(sub { s/FUNCTION = eq/FUNCTION = equal/ }), 'refused: OPERATOR =(thing, thing) changed', 'an operator');
is(update(sub { s/WITHOUT FUNCTION/WITH FUNCTION f(int)/ }), 'refused: CAST int AS thing changed', 'a cast');
is(update(sub { s/INPUT = thing_in/INPUT = thing_input/ }), 'refused: TYPE thing; changed' =~ s/;//r, 'a type');
is(update(sub { s/CREATE TABLE target \(a int\)/CREATE TABLE target (a int, b int)/ }), 'refused: TABLE target changed', 'a table');
is(update(sub { s/\(1\), \(2\)/(1), (3)/ }), 'refused: changed: INSERT INTO target VALUES (1),(3);; gone: INSERT INTO target VALUES (1),(2);', 'rows of one');
is(update(sub { s/^COMMENT ON AGG.*\n//m }), "refused: gone: COMMENT ON AGGREGATE total(integer) IS 'all';", 'a comment that is gone');
is(update(sub { s/^CREATE FUNCTION rows.*\n//m }), 'refused: FUNCTION rows(integer) is gone', 'a function that is');

is(update(sub { s/^CREATE FUNCTION rows.*\n//m }, "DROP FUNCTION rows(int);\n"), 'DROP FUNCTION rows(int);', 'dropped by hand');
is(update(sub { s/STYPE = int/STYPE = bigint/ }, "DROP AGGREGATE total(int);\n"),
	"DROP AGGREGATE total(int); CREATE AGGREGATE total(a int) (STYPE = bigint, SFUNC = one); COMMENT ON AGGREGATE total(integer) IS 'all';", 'what is dropped is made anew, with its comment');
is(update(sub { s/CREATE TABLE target \(a int\)/CREATE TABLE target (a int, b int)/ }, "ALTER TABLE target ADD b int;\n"), 'ALTER TABLE target ADD b int;', 'what is altered is not');
is(update(sub { s/\(1\), \(2\)/(1), (3)/ }, "DELETE FROM target;\n-- rows of target\n"), 'DELETE FROM target; INSERT INTO target VALUES (1), (3);', 'rows anew');
is(update(sub { s/IMMUTABLE/STABLE/ }, "SELECT 1;\n-- after the script\nSELECT 2;\n") =~ s/ DEFAULT.*?PATHNAME'//r, 'SELECT 1; CREATE OR REPLACE FUNCTION one(a int, b text; SELECT 2;', 'before and after');
is(update(sub { }, "DROP FUNCTION body(int);\n") =~ s/ LANGUAGE.*//r, 'DROP FUNCTION body(int); CREATE FUNCTION body(int) RETURNS int', 'what is dropped for the sake of others, too');
is(update(sub { }, "ALTER TABLE target ADD b int;\n"), 'refused: TABLE target is altered, but no different', 'an ALTER of what is the same');
done_testing;
