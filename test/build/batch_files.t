#!/usr/bin/perl
# What an Overlap Join writes to its temporary files is what it was given:
# valgrind sees no byte go to a file that nothing was written to.
use strict;
use warnings;
use Test::More;

plan skip_all => 'no server; make check has one' unless $ENV{PGHOST};
plan skip_all => 'valgrind is not installed' if system('valgrind --version >/dev/null 2>&1');
my $settings = `psql -XAt -c "SELECT format('%s = %L', name, setting) FROM pg_settings WHERE name IN ('extension_destdir', 'extension_control_path', 'dynamic_library_path') AND setting <> ''"`;
my $bindir = `\${PG_CONFIG:-pg_config} --bindir`;
chomp $bindir;

my $script = <<"SH";
set -eu
dir=\$(mktemp -d "\${TMPDIR:-/tmp}/ecosystem.XXXXXX")
trap 'rm -rf "\$dir"' EXIT
owner=\$(id -un)
[ "\$(id -u)" != 0 ] || { owner=postgres; chown postgres "\$dir"; }
run() { if [ "\$(id -u)" = 0 ]; then (cd "\$dir" && su -s /bin/sh "\$owner" -c "\$*"); else (cd "\$dir" && sh -c "\$*"); fi; }
run "$bindir/initdb -D \$dir/data -A trust -E UTF8 --no-locale -N" >/dev/null 2>&1
# A server without postmaster would give objects numbers that are the system's.
run "$bindir/pg_resetwal -o 20000 \$dir/data" >/dev/null
cat >>"\$dir/data/postgresql.conf" <<'CONF'
$settings
fsync = off
shared_buffers = 16MB
CONF
cat >"\$dir/queries" <<'SQL'
CREATE EXTENSION ecosystem
CREATE TABLE t AS SELECT i AS id, repeat('x', i % 9) AS pad, i % 3 = 0 AS flag, '{1,2}'::int2[] AS numbers, ecosystem.identify(website => 'site' || i || '.com', ids => ARRAY['crm:' || i % 700]) AS identity FROM generate_series(1, 1000) i
ANALYZE t
SQL
cat >"\$dir/query" <<'SQL'
SET work_mem = '64kB'
EXPLAIN ANALYZE SELECT a.*, b.* FROM t a FULL JOIN t b ON a.identity OPERATOR(ecosystem.&&) b.identity AND a.pad < b.pad
SQL
chmod 644 "\$dir/queries" "\$dir/query"
run "$bindir/postgres --single -D \$dir/data postgres <\$dir/queries" >/dev/null 2>&1
run "valgrind --log-file=\$dir/found --undef-value-errors=yes --leak-check=no $bindir/postgres --single -D \$dir/data postgres <\$dir/query" 2>&1
cat "\$dir/found"
SH
open my $sh, '>', 'results.batch_files' or die;
print $sh $script;
close $sh;
my $output = `sh results.batch_files 2>&1`;
unlink 'results.batch_files';
like($output, qr/Batches: (?!1 )\d+/, 'batches were written') or diag($output);
my @of_ours = grep { /ecosystem\.so|overlap_join|write_row/ } split /\n==\d+== \n/, $output;
is_deeply(\@of_ours, [], 'nothing of ours has bytes that nobody wrote');
done_testing;
