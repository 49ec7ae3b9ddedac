#!/usr/bin/perl
# The statements of docs/metrics.md and docs/partner_measures.md are there to be
# copied to other data, so none may fail on it: on tables that are empty, that
# lack amounts or have zeros, that are without keys and constraints, on a
# program where nothing was won yet or nothing was lost.  What they say of the
# demo's data is examples.t's.
use strict;
use warnings;
use File::Temp 'tempfile';
use Test::More;

my @pages = qw(docs/metrics.md docs/partner_measures.md);
my @amounts = qw(deal.amount deal.arr deal.gross_margin deal_history.amount ecosystem_return.amount channel_spend.amount investment.amount
	integration_use.calls partner_activity.times team_hours.hours);
my $others = "partner_id <> (SELECT min(partner_id) FROM partner)";

sub set_all { my ($value) = @_; return join '', map { "UPDATE $_->[0] SET $_->[1] = $value;\n" } map { [split /\./] } @amounts; }

# Views are without keys; so a view is what these statements may be copied to.
my $freed = <<'SQL';
DO $$ DECLARE command text; BEGIN
	FOR command IN
		SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
		FROM   pg_constraint WHERE connamespace = 'crm'::regnamespace ORDER BY contype <> 'f'
	LOOP EXECUTE command; END LOOP;
	FOR command IN
		SELECT format('ALTER TABLE %s ALTER %I DROP NOT NULL', attrelid::regclass, attname)
		FROM   pg_attribute JOIN pg_class ON pg_class.oid = attrelid
		WHERE  relnamespace = 'crm'::regnamespace AND relkind = 'r' AND attnotnull AND attnum > 0
	LOOP EXECUTE command; END LOOP;
END $$;
-- A part of it has what all of it has.
DELETE FROM partner_account WHERE hashtext(record_id) % 4 <> 0;
DELETE FROM deal WHERE hashtext(deal_id) % 3 <> 0;
DELETE FROM touch WHERE deal_id NOT IN (SELECT deal_id FROM deal);
DELETE FROM deal_partner WHERE deal_id NOT IN (SELECT deal_id FROM deal);
DELETE FROM deal_history WHERE deal_id NOT IN (SELECT deal_id FROM deal);
SQL

my @variants = (
	['empty tables', "DO \$\$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') FROM pg_class
		WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'); END \$\$;"],
	['no amounts', $freed . set_all('NULL')],
	['amounts of zero', $freed . set_all('0')],
	['nothing won, nobody lost', $freed . "UPDATE deal SET outcome = 'lost' WHERE outcome = 'won'; DELETE FROM subscription WHERE churned > 0; DELETE FROM split_policy;"],
	['nothing closed, no co-sell', $freed . "UPDATE deal SET outcome = 'open', closed_at = NULL, co_sell = false;"],
	['nothing open, credit notes, no customers', $freed . "DELETE FROM deal WHERE outcome = 'open'; UPDATE deal SET amount = -amount, arr = -arr; DELETE FROM subscription;"],
	['one partner', $freed . join '', map { "DELETE FROM $_ WHERE $others;\n" } qw(touch deal_partner partner_account overlap_event integration_use partner_activity investment partner)]);

# The mart that the pages make is made once for all of them.
my $mart = "CALL create_mart('elg');\nCALL bind_demo('elg');\nCALL refresh_mart('elg');\n";
my %script;
for my $page (@pages) {
	open my $in, '<', $page or die "$page: $!";
	my $text = do { local $/; <$in> };
	like($text, qr/^\Q$mart\E/m, "$page makes a mart");
	my $section = '';
	while ($text =~ /^#+ ([^\n]*)|^```sql\n(.*?)^```/msg) {
		if (defined $1) { ($section = $1) =~ s/'//g; next }
		(my $sql = $2) =~ s/^\Q$mart\E//m;
		$script{$page} .= "\\echo '=-= $section'\n$sql\n;\n";
	}
}

for my $variant (@variants) {
	my ($name, $change) = @$variant;
	my ($out, $file) = tempfile(UNLINK => 1);
	print $out "\\set ON_ERROR_ROLLBACK on\nSET client_min_messages = warning;\nBEGIN;\nSET search_path = crm, ecosystem, public;\n$change\n$mart";
	print $out "SAVEPOINT page;\n\\echo '=-= page $_'\n$script{$_}\\echo '=-= end'\nROLLBACK TO page;\n" for @pages;
	print $out "ROLLBACK;\n";
	close $out;
	my ($page, $section, %failed, %ended) = ('before', 'before');
	for (split /\n/, `psql -Xq -f $file 2>&1`) {
		if (/^=-= page (.*)/) { $page = $1 }
		elsif (/^=-= end/) { $ended{$page} = 1 }
		elsif (/^=-= (.*)/) { $section = $1 }
		push @{ $failed{$page} }, "$section: $1" if /((?:ERROR|FATAL|PANIC):.*)/;
	}
	for ('before', @pages) {
		is(join("\n", @{ $failed{$_} || [] }), '', "$_: $name");
		ok($ended{$_}, "$_: $name, to the end") unless $_ eq 'before';
	}
}
done_testing();
