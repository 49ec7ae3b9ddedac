#!/usr/bin/perl
# Where the system has little shared memory, as containers often do, a ledger
# that workers fill goes another way: the same rows, and no query fails.
#
# /dev/shm is made small for a cluster of its own, which only root can do.
use strict;
use warnings;
use Test::More;

sub usable { system("unshare -m sh -c 'mount -t tmpfs -o size=8m,mode=1777 tmpfs /dev/shm' >/dev/null 2>&1") == 0 }
plan skip_all => 'only root on Linux can make /dev/shm small' unless $> == 0 && -d '/dev/shm' && usable();

my $script = <<'SQL';
CREATE EXTENSION ecosystem;
SET search_path = ecosystem, public;
CREATE TABLE deal AS SELECT d::bigint, 'D' || d AS name, 100 AS amount, 'P' || d % 50 AS partner FROM generate_series(1, 500000) d;
ANALYZE deal;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 100;
SET min_parallel_table_scan_size = 0;
CREATE VIEW asked AS
SELECT v.n, v.q FROM (VALUES
	(1, $$SELECT md5(string_agg(t::text, ' ' ORDER BY t.partner)) FROM (SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner) AS l FROM deal) q, partner_totals(l) t$$),
	(2, $$SELECT md5(string_agg(t::text, ' ' ORDER BY t.partner)) FROM (SELECT credit_ledger_agg(name, amount, 'linear', NULL, partner) AS l FROM deal) q, partner_totals(l) t$$),
	(3, $$SELECT count(*) || ' ' || sum(hashtext(l.deal || l.partner || l.reason)::bigint) || sum(l.amount) FROM (SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner) AS l FROM deal) q, ledger(l) l$$),
	-- of which few rows are expected
	(4, $$SELECT md5(string_agg(t::text, ' ' ORDER BY t.partner)) FROM (SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner) AS l FROM deal WHERE d + 0 = d - 0 AND amount + 0 = amount - 0) q, partner_totals(l) t$$)) v (n, q);
\set ON_ERROR_STOP 0
SET max_parallel_workers_per_gather = 0;
SELECT q FROM asked ORDER BY n \gexec
\echo next
SET max_parallel_workers_per_gather = 2;
SELECT q FROM asked ORDER BY n \gexec
\echo next
\! head -c $(( $(df --output=avail -B1 /dev/shm | tail -1) - 1500000 )) /dev/zero >/dev/shm/full
SELECT q FROM asked ORDER BY n \gexec
\echo next
\! rm /dev/shm/full
SELECT q FROM asked ORDER BY n \gexec
\echo next
EXPLAIN (COSTS OFF) SELECT credit_ledger_agg(d, amount, 'linear', NULL, partner) FROM deal WHERE d + 0 = d - 0;
\echo next
\! df --output=used -B1 /dev/shm | tail -1
SQL
open my $run, '|-', "unshare -m sh -c 'mount -t tmpfs -o size=8m,mode=1777 tmpfs /dev/shm && exec tools/private-cluster psql -XqAt -f -' >results.shared_memory 2>&1" or die;
print $run $script;
close $run;
open my $in, '<', 'results.shared_memory' or die;
my @parts = split /^next\n/m, do { local $/; <$in> };
unlink 'results.shared_memory';
is(@parts, 6, 'all of it ran') or diag(@parts);
like($parts[0], qr/\A\w{32}\n\w{32}\n500000 \S+\n\w{32}\n\z/, 'without workers');
is($parts[1], $parts[0], 'workers, and less shared memory than their ledgers need');
is($parts[2], $parts[0], 'workers, and next to none');
is($parts[3], $parts[0], 'and when it is there again');
like($parts[4], qr/Gather\n.*Parallel Custom Scan \(Credit Ledger Collect\)/s, 'there were workers');
cmp_ok($parts[5], '<', 3_000_000, 'nothing is left behind');
done_testing;
