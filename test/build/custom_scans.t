#!/usr/bin/perl
# Other extensions look at the plans of ours: whether the first cell of what a
# custom scan holds in private is a node that they know.  So it is a node, and
# the plan can be written, read and copied.
use strict;
use warnings;
use Test::More;

plan skip_all => 'no server; make check has one' unless $ENV{PGHOST} && $ENV{PGDATABASE};

my $script = <<'SQL';
BEGIN;
SET LOCAL search_path = ecosystem, public;
CREATE TABLE public.custom_scan AS SELECT d::bigint AS id, identify(website => 'site' || d || '.com') AS identity FROM generate_series(1, 2000) d;
ANALYZE public.custom_scan;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0.1;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL debug_print_plan = on;
SET LOCAL debug_pretty_print = on;
SET LOCAL client_min_messages = log;
CREATE FUNCTION pg_temp.asked(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
\echo serial
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT count(*) FROM custom_scan a JOIN custom_scan b ON a.identity && b.identity;
SELECT length(credit_ledger_agg(id, 10, 'linear', NULL, id)::text) > 4000 FROM custom_scan;
SELECT count(*) FROM (SELECT credit_ledger_agg(id, 10, 'linear', NULL, id) AS l FROM custom_scan) q, ledger(l);
SELECT count(*) FROM (SELECT credit_comparison_agg('{linear}', id, 10, NULL, id) AS l FROM custom_scan) q, ledger_comparison(l);
\echo parallel
SET LOCAL max_parallel_workers_per_gather = 2;
SELECT count(*) FROM custom_scan a JOIN custom_scan b ON a.identity && b.identity;
SELECT length(credit_ledger_agg(id, 10, 'linear', NULL, id)::text) > 4000 FROM custom_scan;
ROLLBACK;
SQL
my $file = "results.custom_scans";
open my $run, '|-', "psql -XqAt -v ON_ERROR_STOP=1 -f - >$file 2>&1" or die;
print $run $script;
ok(close($run), 'the queries run');
open my $in, '<', $file or die;
my $output = do { local $/; <$in> };
unlink $file;

my ($serial, $parallel) = $output =~ /^serial\n(.*)^parallel\n(.*)/ms or BAIL_OUT($output);
is(() = $serial =~ /\{CUSTOMSCAN/g, 6, 'nodes of ours, alone');
is(() = $parallel =~ /\{CUSTOMSCAN/g, 2, 'and of workers');
like($serial . $parallel, qr/^2000\n.*^t\n.*^2000\n.*^2000\n.*^2000\n.*^t\n/ms, 'with their rows');
my @private = $output =~ /:custom_private (<>|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))/g;
is(@private, 8, 'what each holds in private');
unlike($_, qr/^\([iob] /, "no list of numbers: $_") for @private;
done_testing;
