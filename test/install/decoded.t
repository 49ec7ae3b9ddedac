#!/usr/bin/perl
# What others decode from the WAL (a publication of all tables, change data
# capture) has no secret of a matching key, however it was made and changed.
use strict;
use warnings;
use Test::More;

my $database = 'ecosystem_decoded';
my $slot = 'ecosystem_decoded';

sub psql {
	my (@commands) = @_;
	open my $in, '-|', 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $database, map { ('-c', $_) } 'SET client_min_messages = warning',
		# what is not on its way to the disk is not decoded yet
		'SET synchronous_commit = on', @commands or die $!;
	my $said = do { local $/; <$in> } // '';
	close $in or BAIL_OUT("psql: $said");
	chomp $said;
	return $said;
}

system("dropdb --if-exists $database 2>/dev/null; createdb $database") == 0 or BAIL_OUT('no database');
psql('CREATE EXTENSION ecosystem CASCADE', 'CREATE TABLE public.other (x int)');
plan skip_all => 'SKIPPED: nothing can be decoded: wal_level is not logical' if psql('SHOW wal_level') ne 'logical';
plan skip_all => 'SKIPPED: test_decoding is not installed'
	if system("psql -XqAt -d $database -c \"SELECT pg_create_logical_replication_slot('$slot', 'test_decoding')\" >/dev/null 2>&1") != 0;
END { system("psql -XqAt -d $database -c \"SELECT pg_drop_replication_slot('$slot')\" >/dev/null 2>&1") if $database }

psql('SET search_path = ecosystem', q{CALL create_matching_key('a', 'b')}, q{CALL create_matching_key('b', 'a')},
	q{DO $$BEGIN EXECUTE format('CALL pair_matching_key(%L, %L)', 'a', (SELECT fingerprint FROM matching_keys() WHERE name = 'b')); END$$},
	q{CALL grant_matching_key('a', 'pg_monitor')}, q{CALL drop_matching_key('b')}, 'INSERT INTO public.other VALUES (1)');
is(psql(q{SELECT name, their_fingerprint IS NOT NULL, users FROM ecosystem.matching_keys()}), 'a|t|{pg_monitor}', 'a key is there, paired and granted');
my $secret = psql(q{SELECT encode(secret, 'hex') FROM ecosystem._matching_key});
like($secret, qr/^[0-9a-f]{64}$/, 'with a secret');
my $decoded = psql(qq{SELECT data FROM pg_logical_slot_get_changes('$slot', NULL, NULL)});
like($decoded, qr/table public\.other: INSERT/, 'what is written to other tables is decoded');
unlike($decoded, qr/$secret/, 'the secret is not');
unlike($decoded, qr/_matching_key: (INSERT|UPDATE)/, 'nor is any row of the table');

psql("SELECT pg_drop_replication_slot('$slot')");
system("dropdb $database");
undef $database;
done_testing;
