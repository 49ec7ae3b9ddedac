#!/usr/bin/perl
# A mart leaves its database: dumped and restored, with the extension and without;
# upgraded to what a fresh one is; its schedule with the real pg_cron; and after a
# server that was killed in the middle of a refresh.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $directory = tempdir(CLEANUP => 1);
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

sub run {
	my ($command) = @_;
	my $output = `{ $command; } 2>&1`;
	return ($output, $? == 0);
}

sub psql {
	my ($database, $sql, @more) = @_;
	open my $out, '>', "$directory/sql" or die;
	print $out $sql;
	close $out;
	return run("psql -XqAt -v ON_ERROR_STOP=1 @more -d $database -f $directory/sql");
}

sub databases { run("dropdb --if-exists $_; createdb $_") for @_ }

# Of two long texts that differ, only the lines that do.
sub same {
	my ($got, $want, $name) = @_;
	my %got = map { $_ => 1 } split /\n/, $got;
	my %want = map { $_ => 1 } split /\n/, $want;
	ok($got eq $want, $name)
		or diag(map { "$_\n" } 'got:', (grep { !$want{$_} } keys %got), 'wanted:', (grep { !$got{$_} } keys %want));
}

# What a mart is, but for when it was made.
my $contents = <<'SQL';
SELECT c.relname, a.attnum > 0, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')
FROM   pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = 'elg'::regnamespace AND c.relkind = 'r' ORDER BY 1, a.attname;
SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'elg' ORDER BY 1, 2;
SELECT name, kind, tier, purpose, key, grain, inputs, columns, query, origin FROM elg.relation ORDER BY 1;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.deal_fact t;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.account_overlap t;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.worklist t;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.frozen_metric t;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.frozen_row t;
SELECT count(*), sum(hashtextextended(to_jsonb(t)::text, 0)) FROM elg.frozen_credit_line t;
SQL

databases('ecosystem_mart');
my ($message, $ok) = psql('ecosystem_mart', <<'SQL', '-f test/demo/crm.sql');
SELECT 1;
SQL
($message, $ok) = psql('ecosystem_mart', <<'SQL');
CREATE EXTENSION ecosystem;
CALL ecosystem.create_mart('elg');
CALL ecosystem.bind_demo('elg');
CALL ecosystem.refresh_mart('elg');
CREATE ROLE ecosystem_mart_reader;
CALL ecosystem.share_mart('elg', 'P06', 'ecosystem_mart_reader', '{"*": "overlapping"}');
CALL ecosystem.freeze_mart('elg', 'closed', '2026-06-30');
CALL ecosystem.refresh_mart('elg');
SQL
ok($ok, 'a mart is made') or BAIL_OUT($message);
my ($fresh) = psql('ecosystem_mart', $contents);

# ---------------------------------------------------------------------------
# Dumped and restored
# ---------------------------------------------------------------------------

databases('ecosystem_mart_copy', 'ecosystem_mart_without');
($message, $ok) = run("pg_dump ecosystem_mart >$directory/whole && psql -Xq -v ON_ERROR_STOP=1 -d ecosystem_mart_copy -f $directory/whole");
ok($ok, 'a dump of the database restores') or diag($message);
same((psql('ecosystem_mart_copy', $contents))[0], $fresh, 'with the mart');
($message, $ok) = psql('ecosystem_mart_copy', <<'SQL');
CALL ecosystem.refresh_mart('elg');
SELECT added + changed + removed, how FROM elg.refresh_log WHERE relation = '(all)' ORDER BY refresh DESC LIMIT 1;
SQL
is($message, "0|complete\n", 'whose refresh finds nothing to do');
my $shared = <<'SQL';
SELECT (SELECT count(*) FROM elg_share_1.my_overlap) > 100, (SELECT sum(amount) FROM elg_share_1.my_credit) = (SELECT sum(amount) FROM elg.credit_line WHERE partner_id = 'P06'),
	has_table_privilege('ecosystem_mart_reader', 'elg_share_1.my_credit', 'SELECT'), (SELECT count(*) FROM ecosystem.metric_diff('elg', 'won_revenue', 'closed')),
	(SELECT string_agg(state, ',') FROM ecosystem.mart_status('elg') WHERE kind = 'shared'), (SELECT count(*) FROM elg.problem WHERE source = 'share');
SQL
is((psql('ecosystem_mart_copy', $shared))[0], "t|t|t|0|fresh|0\n", 'nor does a closed quarter differ, and a partner reads what it read');

($message, $ok) = run("pg_dump -n elg ecosystem_mart >$directory/alone && psql -Xq -v ON_ERROR_STOP=1 -d ecosystem_mart_without -f $directory/alone");
ok($ok, 'a dump of the mart alone restores without the extension') or diag($message);
same((psql('ecosystem_mart_without', $contents))[0], $fresh, 'as it was');

# ---------------------------------------------------------------------------
# Upgraded
# ---------------------------------------------------------------------------

# As an older version would have made it: without a relation, a column and rows of
# settings, with a column and a relation more, other types, keys and texts.
($message, $ok) = psql('ecosystem_mart_copy', <<'SQL');
DROP TABLE elg.whitespace;
DELETE FROM elg.relation WHERE name = 'whitespace';
ALTER TABLE elg.setting DROP COLUMN shrink_limit, ADD COLUMN was text;
UPDATE elg.setting SET minimum_shared = 7;
ALTER TABLE elg.deal_fact ALTER COLUMN amount TYPE numeric(12,1), DROP COLUMN account CASCADE, ADD COLUMN gone text;
ALTER TABLE elg.account_fact DROP CONSTRAINT account_fact_pkey, ADD PRIMARY KEY (account_id, account), ALTER COLUMN account SET NOT NULL;
UPDATE elg.relation SET query = 'SELECT 1', key = 'account_id, account' WHERE name = 'account_fact';
DELETE FROM elg.meaning WHERE relation = 'deal' AND written = 'won';
UPDATE elg.relation SET query = 'SELECT 2', version = '0.0.1' WHERE name = 'led_path';
CREATE TABLE elg.older (a text PRIMARY KEY);
INSERT INTO elg.relation (name, kind, tier, purpose, key, columns, query, origin) VALUES ('older', 'report', 1, 'Older.', 'a', E'a\ttext not null\tA.\n', 'SELECT ''a'' AS a', 'builtin');
CALL ecosystem.set_relation('elg', 'mine', 'SELECT deal_id, amount FROM deal_fact', '{deal_id}');
CREATE VIEW public.over AS SELECT amount FROM elg.deal_fact;
SQL
ok($ok, 'a mart as another version might have made it') or diag($message);
($message, $ok) = psql('ecosystem_mart_copy', "CALL ecosystem.upgrade_mart('elg');\n");
like($message, qr/mart "elg": view public\.over reads "deal_fact", whose columns change/, 'a view that stands in the way is named');
($message, $ok) = psql('ecosystem_mart_copy', <<'SQL');
DROP VIEW public.over;
CALL ecosystem.upgrade_mart('elg');
CALL ecosystem.refresh_mart('elg');
SQL
ok($ok, 'without it the mart is upgraded') or diag($message);
is((psql('ecosystem_mart_copy', "SELECT count(*), count(amount) FROM elg.mine; SELECT minimum_shared, shrink_limit FROM elg.setting; SELECT standard FROM elg.meaning WHERE relation = 'deal' AND written = 'won'"))[0],
	"1200|1200\n7|0.500000\nwon\n", 'what is people\'s stays');
psql('ecosystem_mart_copy', "CALL ecosystem.reset_relation('elg', 'mine');\n");
my ($upgraded) = psql('ecosystem_mart_copy', $contents);
same($upgraded, $fresh, 'and the rest is as a fresh one is');
is((psql('ecosystem_mart_copy', $shared))[0], "t|t|t|0|fresh|0\n", 'what is frozen and shared is, too');

# ---------------------------------------------------------------------------
# Clusters of their own
# ---------------------------------------------------------------------------

my $demo = 'psql -XqAt -v ON_ERROR_STOP=1';
my $make = q{
CREATE SCHEMA replica;
CREATE TABLE replica.account AS SELECT 'A' || g AS id, 'Company ' || g AS name FROM generate_series(1, 5000) g;
CREATE EXTENSION ecosystem;
CALL ecosystem.create_mart('elg');
SELECT ecosystem._mart_set_part('elg', 'account', 'crm', 'SELECT id AS account_id, name FROM replica.account', 'test') \\g /dev/null
CALL ecosystem.set_relation('elg', 'slow', 'SELECT account_id, pg_sleep(0.001) IS NULL AS slept FROM account', '{account_id}');
};

# Killed in the middle: the server comes back with the mart as it was.
open my $script, '>', "$directory/killed" or die;
print $script <<"SH";
export PGOPTIONS='-c client_min_messages=warning'
$demo <<'SQL'
$make
CALL ecosystem.refresh_mart('elg');
SELECT state, added FROM ecosystem.mart_status('elg') WHERE relation = 'slow';
INSERT INTO replica.account SELECT 'B' || g, 'Company ' || g FROM generate_series(1, 1000) g;
SQL
$demo -c "CALL ecosystem.refresh_mart('elg')" >/dev/null 2>&1 &
for i in \$(seq 100); do sleep 0.1; [ "\$($demo -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^CALL' AND wait_event = 'PgSleep'")" = 1 ] && break; done
kill -9 \$($demo -c "SELECT pid FROM pg_stat_activity WHERE query ~ '^CALL'")
wait
for i in \$(seq 100); do sleep 0.2; $demo -c 'SELECT 1' >/dev/null 2>&1 && break; done
$demo <<'SQL'
SELECT count(*), max(refresh) FROM elg.account, elg.refresh_log WHERE relation = 'account';
SELECT count(*) FROM elg.slow;
CALL ecosystem.refresh_mart('elg');
SELECT count(*) FROM elg.slow;
SELECT count(*) FROM pg_class WHERE relnamespace = 'elg_cache'::regnamespace AND relkind = 'r' AND relname NOT IN ('identity', 'turn');
SQL
SH
close $script;
($message, $ok) = run("PRIVATE_CLUSTER_SETTINGS='fsync = on' tools/private-cluster sh $directory/killed");
is($message, "fresh|5000\n5000|1\n5000\n6000\n0\n", 'a server that is killed in a refresh comes back as it was before it');

SKIP: {
	my $control = `\${PG_CONFIG:-pg_config} --sharedir`;
	chomp $control;
	skip 'pg_cron is not installed (Debian: postgresql-NN-cron): its schedule was NOT tested', 3 unless -f "$control/extension/pg_cron.control";
	open my $cron, '>', "$directory/cron" or die;
	print $cron <<"SH";
export PGOPTIONS='-c client_min_messages=warning'
$demo <<'SQL'
CREATE EXTENSION pg_cron;
$make
SELECT ecosystem.schedule_mart('elg', '0 5 * * *') ~ '^job [0-9]+ of pg_cron';
SELECT ecosystem.schedule_mart('elg', '* * * * *') ~ '^job [0-9]+ of pg_cron';
SELECT schedule, command, active FROM cron.job;
SQL
for i in \$(seq 80); do sleep 1; [ "\$($demo -c "SELECT count(*) FROM elg.refresh_log WHERE relation = '(all)'")" -ge 1 ] && break; done
sleep 1
$demo <<'SQL'
SELECT count(*) FROM elg.slow;
SELECT DISTINCT concat(status, CASE WHEN status <> 'succeeded' THEN return_message END) FROM cron.job_run_details WHERE status <> 'running';
CALL ecosystem.drop_mart('elg');
SELECT count(*) FROM cron.job;
CREATE DATABASE elsewhere;
\\c elsewhere
CREATE EXTENSION ecosystem;
CALL ecosystem.create_mart('elg');
SELECT ecosystem.schedule_mart('elg', '0 5 * * *');
SQL
SH
	close $cron;
	($message, $ok) = run("PRIVATE_CLUSTER_SETTINGS=\"shared_preload_libraries = 'pg_cron'
cron.host = ''
cron.use_background_workers = on\" tools/private-cluster sh $directory/cron");
	my @lines = split /\n/, $message;
	is(join("\n", @lines[0 .. 2]), "t\nt\n* * * * *|SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; CALL ecosystem.refresh_mart('elg')|t", 'pg_cron has one job, the last one asked for') or diag($message);
	is(join("\n", @lines[3 .. 5]), "5000\nsucceeded\n0", 'which refreshes the mart, and goes with it') or diag($message);
	is(join("\n", @lines[6 .. $#lines]), "-- pg_cron is in database postgres; there run:\n"
		. "SELECT cron.schedule_in_database('refresh_mart elsewhere.elg', '0 5 * * *', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; CALL ecosystem.refresh_mart(''elg'')', 'elsewhere');",
		'in another database it says what to run');
}

run("dropdb --if-exists $_") for qw(ecosystem_mart ecosystem_mart_copy ecosystem_mart_without);
done_testing;
