#!/usr/bin/perl
# docs/metrics.md is complete: every metric of the dictionary has a row in its
# index, every row leads to a section with a statement that shows its output,
# every target has its row, and no other target is named.
use strict;
use warnings;

# The dictionary, and what else is computed.
my @dictionary = split /\n/, <<'END';
Ecosystem-influenced pipeline
Ecosystem-influenced revenue
Influence revenue
Involved share; led share; gap
Ecosystem-led revenue
Predictability
Overlap-sourced pipeline share
Partner-sourced ARR; partner-influenced ARR
Sourced and influenced pipeline, conversion
Attribution lift on direct deals
Sourced-to-influenced ratio
Channel-attributed bookings
Forecast
Co-sell vs solo win rate
Velocity change; size lift
Pipeline created; net-new opportunities
Joint deal velocity; time-to-joint-deal
Sales cycle by pairing
Pipeline seasonality
Marketplace pipeline
Partner-to-partner pipeline
Network connections
Removal test
Reciprocal lead sharing
Partners per deal; touch counts by type
Overlap counts
Overlap density
Partner pipeline influence
Integration mentions in won deals
Integration adoption rate; density
Ecosystem depth
Integration health; customer friction events
Churn: single vs multi-product
Churn: integrated vs not
Retained revenue
Expansion revenue; expansion speed
NRR, partner-attached
NPS / satisfaction by depth
CLTV, partner-sourced
CAC
Time to value
Ecosystem ROI
ROPI
MDF ROI
New-logo share of value
Time to activation
Time to live motion
Time to first revenue
Time to effect
Flywheel rotation
Active partner count
Working set
Named partners, co-sell plans
Launch funnel
Leading indicators
Producing reps
Mutual-action-plan coverage
Producer ratio
Intro funnel
EQL conversion
Field completeness
Dashboard-time share
Maturity zone
PSAT
Engagement score
Training completion; deal count; registrations; co-sell adoption
Joint solution success
Predictive fit (IPP)
Scaling limits
Brokered introductions
Integrated partners without co-sell
Investment share minus credit share
Tiers
Partner risk
Registration conflicts
END

my ($tests, $failed) = (0, 0);

sub result {
	my ($ok, $name) = @_;
	$tests++;
	print $ok ? "ok $tests - $name\n" : "not ok $tests - $name\n";
	$failed++ unless $ok;
}

sub slurp {
	open my $in, '<:utf8', $_[0] or die "$_[0]: $!";
	local $/;
	return <$in>;
}

# Sections of a page by the anchor GitHub gives their heading.
sub sections {
	my %section;
	my $anchor = '';
	my $fenced = 0;
	for (split /^/m, $_[0]) {
		$fenced = !$fenced if /^```/;
		if (!$fenced && /^#+ (.*)$/) {
			$anchor = lc $1;
			$anchor =~ s/[^\w\- ]//g;
			$anchor =~ s/ /-/g;
		}
		$section{$anchor} .= $_;
	}
	return \%section;
}

my $metrics = slurp('docs/metrics.md');
my %page = ('' => sections($metrics), 'partner_measures.md' => sections(slurp('docs/partner_measures.md')));

my (%row, %target);
while ($metrics =~ /^\| ([^|*]+) \| ([^|]+) \| ([^|]+) \| \[[^\]]+\]\(([^)#]*)#([^)]+)\) \|$/mg) {
	my ($name, $file, $anchor) = ($1, $4, $5);
	$target{$_} = 1 for $3 =~ /`([a-z0-9_]+)`/g;
	$row{$name} = $page{$file}{$anchor} // '';
}

result(exists $row{$_}, "$_ is in the index") for @dictionary;
my %known = map { $_ => 1 } @dictionary;
result($known{$_}, "$_ is in the dictionary") for grep { !$known{$_} } sort keys %row;
for my $name (sort keys %row) {
	my $forwarded = $row{$name};
	# A section may say that another page has it.
	$forwarded = $page{$1}{$2} // '' if $forwarded !~ /^```sql/m && $forwarded =~ /\((partner_measures\.md)#([^)]+)\)/;
	result($forwarded =~ /^```sql\n.*^```\n+```text\n(?!```|ERROR)/ms, "$name has a statement and its output");
}

my @metrics = split /\n/, `psql -XAt -c 'SELECT DISTINCT metric FROM ecosystem.target ORDER BY 1'`;
result(@metrics > 60, 'the targets can be read');
my $text = $metrics . join '', values %{ $page{'partner_measures.md'} };
for my $metric (@metrics) {
	result($target{$metric}, "target $metric is in the index");
	# Some statements put the name together; deal_lift asks for its three itself.
	my $asked = $text =~ /'\Q$metric\E'/
		|| $metric =~ /^(sourcing|technical|influencing)_credit_share$/ && $text =~ /\|\| '_credit_share'/
		|| $metric =~ /^co_sell_(win_rate_ratio|cycle_reduction|amount_increase)$/ && $text =~ /\bdeal_lift\(/;
	result($asked, "and asked for in a statement");
	delete $target{$metric};
}
result(0, "$_ is a target") for sort keys %target;

print "1..$tests\n";
exit($failed ? 1 : 0);
