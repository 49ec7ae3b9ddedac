#!/usr/bin/perl
# What an expression in the extension's script means is looked up when the script
# runs, as a superuser, in a schema whose owner may add to it at any moment.  So
# nothing in it may be of a name or of types that something in that schema could
# match better than what is meant:
# - the script's text qualifies functions and operators,
# - what SQL looks up by itself (NULLIF, CASE x WHEN, IS DISTINCT FROM) and calls
#   of our own functions have arguments of exactly the types that are meant,
# - and a hostile owner, played by an event trigger that plants operators and
#   functions while the script runs, captures nothing.
use strict;
use warnings;
use File::Temp 'tempfile';
use Test::More;

my $database = "ecosystem_capture";
$ENV{PGOPTIONS} = '-c search_path=';

sub psql {
	my ($sql) = @_;
	my ($out, $file) = tempfile(UNLINK => 1);
	print $out $sql;
	close $out;
	my $result = `psql -XqAt -v ON_ERROR_STOP=1 -F '\t' -d $database -f $file 2>&1`;
	return wantarray ? ($result, $? == 0) : $result;
}

sub rows { return map { [ split /\t/, $_, -1 ] } split /\n/, scalar psql(@_); }

# The text of the script

# Words that stand before a parenthesis and are no functions.
my %keyword = map { $_ => 1 } qw(nullif coalesce case when then else and or not any exists array
	values over by select from where as on end return if limit lateral filter execute);

sub unqualified {
	my ($body) = @_;
	my @found;
	$body =~ s/--.*$//mg;
	$body =~ s/'(?:[^']|'')*'/ literal /g;
	$body =~ s/\$\$.*?\$\$/ literal /gs unless $body =~ /^DO /;
	$body =~ s/OPERATOR\(pg_catalog\.[^)]+\)/ ; /g;
	$body =~ s/(?:\@extschema\@|pg_catalog)\.\w+/ pinned /g;
	$body =~ s/pinned +\(/( /g;
	$body =~ s/\.\*|\(\*\)|:=|RAISE EXCEPTION USING|(?:ERRCODE|MESSAGE|DETAIL|HINT)\s*=/ ; /g;
	$body =~ s/(?:\bSET|,)\s+\w+ = / ; /g;
	# Names of columns, as in "f(x) t(a, b)" and "INSERT INTO t (a, b)".
	$body =~ s/(\)|ORDINALITY|INTO)\s+(?:AS )?\w+ ?\([\w, "]+\)/$1 /g;
	push @found, $body =~ m{[-+*/<>=~!@#%^&|?]+}g;
	push @found, grep { !$keyword{ lc $_ } } $body =~ /(?<![.\w])(\w+)\s*\(/g;
	push @found, $body =~ /\b(?:LIKE|ILIKE|SIMILAR|BETWEEN|USING|NATURAL|IN)\b/g;
	return @found;
}

# PL/pgSQL says with which search_path it runs: what it does not qualify is looked
# up in pg_catalog when it runs, as whoever calls it.
for my $file (grep { !m{/9\d-mart|/9[56]-metric} } sort glob 'sql/*.sql') {
	open my $in, '<', $file or die "$file: $!";
	my $text = do { local $/; <$in> };
	my @bodies = $text =~ /^(?:\tRETURN\s.*?;$|BEGIN ATOMIC\n.*?^END;|CREATE VIEW.*?;$|UPDATE .*?;$|INSERT .*?;$|SELECT .*?;$|DO LANGUAGE.*?^\$\w*\$;)/gms;
	push @bodies, $text =~ /\bCHECK (\(.*\)),?$/gm;
	is(join(' ', map { unqualified($_) } @bodies), '', "$file: what is meant is said") if @bodies;
}

# The trees of what it made

# A node becomes [NAME, {field => value}], a list an array, all else its text.
sub node {
	my ($tokens) = @_;
	my $token = shift @$tokens;
	if ($token eq '{') {
		my ($name, %fields, $field) = (shift @$tokens);
		while ((my $next = $tokens->[0]) ne '}') {
			if ($next =~ /^:(\w+)$/) { $field = $1; shift @$tokens; }
			else { push @{ $fields{$field} }, node($tokens); }
		}
		shift @$tokens;
		return bless { name => $name, %fields }, 'Node';
	}
	if ($token eq '(') {
		my @list;
		push @list, node($tokens) while $tokens->[0] ne ')';
		shift @$tokens;
		return \@list;
	}
	return $token;
}

sub tree {
	my ($text) = @_;
	my @tokens = $text =~ /\G\s*((?:[{}()])|(?:"(?:[^"\\]|\\.)*")|(?:(?:[^\s{}()\\]|\\.)+))/g;
	return node(\@tokens);
}

sub walk {
	my ($tree, $visit) = @_;
	if (ref $tree eq 'ARRAY') { walk($_, $visit) for @$tree; return; }
	return unless ref $tree;
	$visit->($tree);
	for (sort keys %$tree) { walk($tree->{$_}, $visit) if $_ ne 'name'; }
}

sub implicit {
	my ($argument) = @_;
	return ref $argument eq 'Node' && grep { ($argument->{$_} // [''])->[0] eq '2' } qw(funcformat relabelformat coerceformat resultformat convertformat);
}

my $member = "EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'ecosystem' AND d.deptype = 'e' AND d.classid = '%s'::regclass AND d.objid = %s)";
sub member { return sprintf $member, @_; }

sub trees {
	return rows("SELECT 'function ' || p.oid::regprocedure, prosqlbody::text FROM pg_proc p WHERE prosqlbody IS NOT NULL AND " . member('pg_proc', 'p.oid') . "
		UNION ALL SELECT 'defaults of ' || p.oid::regprocedure, proargdefaults::text FROM pg_proc p WHERE proargdefaults IS NOT NULL AND " . member('pg_proc', 'p.oid') . "
		UNION ALL SELECT 'default of ' || adrelid::regclass, adbin::text FROM pg_attrdef WHERE " . member('pg_class', 'adrelid') . "
		UNION ALL SELECT 'constraint ' || conname, conbin::text FROM pg_constraint WHERE conbin IS NOT NULL AND " . member('pg_class', 'conrelid') . "
		UNION ALL SELECT 'index ' || indexrelid::regclass, concat('(', indexprs, indpred, ')') FROM pg_index WHERE coalesce(indexprs, indpred) IS NOT NULL AND " . member('pg_class', 'indrelid') . "
		UNION ALL SELECT 'view ' || ev_class::regclass, ev_action::text FROM pg_rewrite WHERE " . member('pg_class', 'ev_class'));
}

sub resolved_elsewhere {
	my %known = map { $_->[0] => 1 } rows("SELECT oid FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace OR (" . member('pg_proc', 'p.oid') . " AND prosrc !~ 'captured')
		UNION SELECT oid FROM pg_operator o WHERE oprnamespace = 'pg_catalog'::regnamespace OR (" . member('pg_operator', 'o.oid') . " AND NOT EXISTS (SELECT FROM pg_proc c WHERE c.oid = oprcode AND c.prosrc ~ 'captured'))
		UNION SELECT oid FROM pg_class c WHERE relnamespace = 'pg_catalog'::regnamespace OR " . member('pg_class', 'c.oid') . "
		UNION SELECT 0");
	my @found;
	for (trees()) {
		my ($what, $text) = @$_;
		walk(tree($text), sub {
			my ($node) = @_;
			for my $field (qw(funcid winfnoid aggfnoid opno opfuncid eqop sortop relid)) {
				my $oid = ($node->{$field} // [0])->[0];
				push @found, "$what: $field $oid" if $oid =~ /^\d+$/ && !$known{$oid};
			}
			for (map { ref $_ ? @$_ : $_ } @{ $node->{opnos} // [] }) {
				push @found, "$what: operator $_" if /^\d+$/ && !$known{$_};
			}
		});
	}
	return @found;
}

system("createdb $database") == 0 or BAIL_OUT('no database');
psql('CREATE EXTENSION ecosystem');

my @trees = trees();
cmp_ok(scalar @trees, '>', 30, 'there are expressions to read');
is(join("\n", resolved_elsewhere()), '', 'all of them mean what is in pg_catalog or ours');
is(scalar psql("SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE " . member('pg_proc', 'p.oid')
		. " AND (lanname NOT IN ('c', 'internal', 'sql') AND NOT (lanname = 'plpgsql' AND coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false))"
		. " OR lanname = 'sql' AND prosqlbody IS NULL)"), '', 'no body is looked up when it runs, but where its search_path is said');

my %ours = map { $_->[0] => [ split / /, $_->[2] ] } rows("SELECT p.oid, 0, proargtypes FROM pg_proc p WHERE " . member('pg_proc', 'p.oid'));
my %polymorphic = map { $_->[0] => 1 } rows("SELECT oid FROM pg_type WHERE typtype = 'p'");
my @inexact;
for (@trees) {
	my ($what, $text) = @$_;
	walk(tree($text), sub {
		my ($node) = @_;
		my @arguments = map { ref $_ eq 'ARRAY' ? @$_ : () } @{ $node->{args} // [] };
		my $function = ($node->{funcid} // $node->{winfnoid} // $node->{aggfnoid} // [0])->[0];
		if (my $types = $ours{$function}) {
			push @inexact, "$what: a call without its last arguments" if @arguments != @$types;
			push @inexact, "$what: a call with arguments of other types" if grep { implicit($_) } @arguments;
			push @inexact, "$what: a call of a polymorphic function" if grep { $polymorphic{$_} } @$types;
		}
		push @inexact, "$what: $node->{name} of two types" if $node->{name} =~ /^(?:NULLIFEXPR|DISTINCTEXPR)$/ && grep { implicit($_) } @arguments;
		push @inexact, "$what: comparison of rows" if $node->{name} eq 'ROWCOMPAREEXPR';
		# "CASE x WHEN y" compares the x that is kept in CASETESTEXPR.
		if ($node->{name} eq 'CASEEXPR' && ref $node->{arg}[0]) {
			for my $when (@{ $node->{args}[0] }) {
				my $comparison = $when->{expr}[0];
				push @inexact, "$what: CASE of two types" if grep { implicit($_) } @{ $comparison->{args}[0] };
			}
		}
	});
}
is(join("\n", @inexact), '', 'what is looked up by name is given exactly the types that are meant');

# A hostile owner of the schema

psql('DROP EXTENSION ecosystem CASCADE; DROP SCHEMA IF EXISTS ecosystem CASCADE');
my ($made, $ok) = psql(<<'SQL');
CREATE ROLE ecosystem_hostile;
CREATE SCHEMA ecosystem AUTHORIZATION ecosystem_hostile;

-- Operators of all signs of pg_catalog, for all pairs of types for which
-- pg_catalog has none of exactly these.
CREATE PROCEDURE public.plant(place text) LANGUAGE plpgsql AS $$
DECLARE
	types regtype[] := '{text,name,varchar,bool,int2,int4,int8,float8,numeric,numrange,text[],timestamptz,interval}';
	pair record;
BEGIN
	FOR pair IN
		SELECT l, r, array_agg(DISTINCT o.oprname) FILTER (WHERE o.oprname IN ('=', '<>', '<', '>', '<=', '>=', '@>', '<@', '&&', '<<', '>>', '~~', '!~~')) AS comparisons,
		       array_agg(DISTINCT o.oprname) FILTER (WHERE o.oprname IN ('+', '-', '*', '/', '%', '||')) AS sums
		FROM   unnest(types) l, unnest(types) r, pg_operator o
		WHERE  o.oprnamespace = 'pg_catalog'::regnamespace
		AND    NOT EXISTS (SELECT FROM pg_operator e WHERE e.oprnamespace = o.oprnamespace AND e.oprname = o.oprname AND e.oprleft = l AND e.oprright = r)
		GROUP  BY l, r
	LOOP
		EXECUTE format('CREATE FUNCTION %1$s.trap_comparison(%2$s, %3$s) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RAISE ''captured''; END $f$;
			CREATE FUNCTION %1$s.trap_sum(%2$s, %3$s) RETURNS %2$s LANGUAGE plpgsql IMMUTABLE AS $f$ BEGIN RAISE ''captured''; END $f$', place, pair.l, pair.r);
		EXECUTE (SELECT string_agg(format('CREATE OPERATOR %1$s.%2$s (LEFTARG = %3$s, RIGHTARG = %4$s, FUNCTION = %1$s.%5$s)', place, sign, pair.l, pair.r, function), ';')
			FROM (SELECT unnest(pair.comparisons) AS sign, 'trap_comparison' AS function UNION ALL SELECT unnest(pair.sums), 'trap_sum') s);
	END LOOP;
END $$;

-- And functions that need no defaults where the script's have them.
CREATE FUNCTION public.meanwhile() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
	made record;
BEGIN
	IF current_setting('trap.planting', true) = 'yes' OR NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE in_extension) THEN
		RETURN;
	END IF;
	PERFORM set_config('trap.planting', 'yes', true);
	IF to_regprocedure('ecosystem.trap_sum(text, text)') IS NULL THEN
		CALL public.plant('ecosystem');
	END IF;
	FOR made IN
		SELECT p.proname, string_to_array(oidvectortypes(p.proargtypes), ', ') AS types, p.pronargs, p.pronargdefaults
		FROM   pg_event_trigger_ddl_commands() d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
		WHERE  p.pronargdefaults > 0
	LOOP
		FOR n IN made.pronargs - made.pronargdefaults .. made.pronargs - 1 LOOP
			EXECUTE format('CREATE FUNCTION ecosystem.%I(%s) RETURNS text LANGUAGE plpgsql STABLE AS $f$ BEGIN RAISE ''captured''; END $f$',
				made.proname, array_to_string(made.types[1:n], ', '));
		END LOOP;
	END LOOP;
	PERFORM set_config('trap.planting', 'no', true);
END $$;
CREATE EVENT TRIGGER meanwhile ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION public.meanwhile();

CALL public.plant('public');
CREATE TEMP TABLE target (metric text);
CALL public.plant('pg_temp');
SET search_path = pg_temp, public, pg_catalog;
CREATE EXTENSION ecosystem;
SQL
ok($ok, 'it can be created while the owner of its schema adds to it') or diag($made);
cmp_ok(scalar psql("SELECT count(*) FROM pg_operator WHERE oprnamespace = 'ecosystem'::regnamespace AND oprcode::text ~ 'trap'"), '>', 500, 'who did');
is(join("\n", resolved_elsewhere()), '', 'and captures nothing');
is(scalar psql("SELECT ecosystem.verdict('ecosystem_roi', 7), ecosystem.cac(10, 4)"), "on target\t2.5000000000000000\n", 'what it is made of runs');

system("dropdb $database");
system('psql', '-Xqc', 'DROP ROLE ecosystem_hostile');
done_testing();
