#!/usr/bin/perl
# The page that mart_report() makes, looked at in a browser: on screens and a
# phone, light, dark and on paper; of a mart that is full, one whose names are
# marks, and one that is empty.  Chromium is driven through its pipe, which takes
# nothing but Perl.  SCREENSHOTS=directory keeps what was seen.
use strict;
use warnings;
use Fcntl qw(F_DUPFD);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64;
use POSIX ();
use Test::More;

my ($browser) = grep { -x } map { my $name = $_; map { "$_/$name" } split /:/, $ENV{PATH} } qw(chromium chromium-browser google-chrome chrome);
if (!$browser) {
	print STDERR "# There is no chromium here: the page of mart_report() was not looked at; tools/dependencies browser names the package.\n";
	plan skip_all => 'no chromium, the page was not looked at';
}

# ---------------------------------------------------------------------------
# The pages
# ---------------------------------------------------------------------------

my $directory = tempdir(CLEANUP => 1);
open my $sql, '>', "$directory/sql" or die;
print $sql <<"SQL";
SET client_min_messages = error;
SET search_path = ecosystem, public;
BEGIN;
CALL create_mart('elg');
CALL bind_demo('elg');
-- All but what the page does not show and takes longest.
SELECT array_agg(name) AS shown FROM (SELECT name FROM elg.relation WHERE kind = 'report' AND name NOT IN ('forecast', 'forecast_deal', 'forecast_part') UNION SELECT relation FROM elg.relation_part) r \\gset
CALL refresh_mart('elg', :'shown');
CALL create_mart('void');
\\o $directory/full.html
SELECT mart_report('elg');
\\o $directory/empty.html
SELECT mart_report('void');
\\o
UPDATE elg.credit_line SET partner = repeat('<b onclick="x">"Very" ''long'' & ', 9) || partner WHERE partner_id <> '';
UPDATE elg.account_overlap SET partner = '</td></table><script>document.title = "lost"</script>' || partner;
UPDATE elg.worklist SET what = repeat('Unbroken', 30) || what, owner = U&'\\202E<i>\\0634\\0631\\0643\\0629', partner = '<img src=x onerror="document.title = 1">' || partner;
\\o $directory/hostile.html
SELECT mart_report('elg');
\\o
ROLLBACK;
SQL
close $sql;
my $said = `psql -XqAt -v ON_ERROR_STOP=1 -f $directory/sql 2>&1`;
is($?, 0, 'the pages are made') or BAIL_OUT($said);

# ---------------------------------------------------------------------------
# The browser
# ---------------------------------------------------------------------------

pipe(my $its_input, my $to_it) or die;
pipe(my $from_it, my $its_output) or die;
my $process = fork // die;
if (!$process) {
	# It reads from 3 and writes to 4, which may be others' now.
	my $in = fcntl($its_input, F_DUPFD, 10);
	my $out = fcntl($its_output, F_DUPFD, 10);
	POSIX::dup2($in, 3);
	POSIX::dup2($out, 4);
	open STDERR, '>', '/dev/null';
	open STDOUT, '>', '/dev/null';
	exec $browser, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-extensions',
		'--hide-scrollbars', "--user-data-dir=$directory/profile", '--remote-debugging-pipe', 'about:blank' or POSIX::_exit(1);
}
close $its_input;
close $its_output;
$to_it->autoflush;
# Whatever happens here, no browser is left behind.
END { my $status = $?; if ($process) { kill 'TERM', $process; waitpid $process, 0; } $? = $status }

my $json = JSON::PP->new->utf8;
my ($number, $session, @seen) = (0);
sub receive {
	local $/ = "\0";
	my $line = <$from_it> // die "the browser has gone";
	chomp $line;
	return $json->decode($line);
}
sub ask {
	my ($method, %parameters) = @_;
	my $id = ++$number;
	print $to_it $json->encode({ id => $id, method => $method, params => \%parameters, $session ? (sessionId => $session) : () }), "\0";
	while (1) {
		my $message = receive();
		if (($message->{id} // 0) == $id) {
			die "$method: $message->{error}{message}" if $message->{error};
			return $message->{result};
		}
		push @seen, $message;
	}
}
sub evaluate {
	my ($script) = @_;
	my $result = ask('Runtime.evaluate', expression => $script, returnByValue => JSON::PP::true);
	die $result->{exceptionDetails}{exception}{description} // 'failed' if $result->{exceptionDetails};
	return $result->{result}{value};
}
# Four minutes are enough for all of it on any machine, however much else it does.
$SIG{ALRM} = sub { die "the browser does not answer" };
alarm 240;

my $target = ask('Target.createTarget', url => 'about:blank')->{targetId};
$session = ask('Target.attachToTarget', targetId => $target, flatten => JSON::PP::true)->{sessionId};
ask("$_.enable") for qw(Page Runtime Log);

sub go {
	my ($file) = @_;
	@seen = ();
	ask('Page.navigate', url => "file://$file");
	while (!grep { $_->{method} eq 'Page.loadEventFired' } @seen) { push @seen, receive() }
}

# Text whose contrast to what is under it is below 4.5, or 3 where it is large.
my $contrast = <<'JS';
(() => {
	const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m };
	const light = c => { const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]) };
	const under = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c) return c } return [255, 255, 255] };
	const bad = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let n = 0;
	while (walker.nextNode()) {
		const e = walker.currentNode.parentElement, box = e.getBoundingClientRect();
		if (!walker.currentNode.data.trim() || !box.width || e.closest('title')) continue;
		n++;
		const style = getComputedStyle(e), svg = e instanceof SVGElement;
		let ground = under(svg ? e.closest('svg').parentElement : e);
		if (svg) for (const r of document.querySelectorAll('svg.columns rect')) {
			const b = r.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
			if (b.left <= x && x <= b.right && b.top <= y && y <= b.bottom) ground = parse(getComputedStyle(r).fill);
		}
		const a = light(parse(svg ? style.fill : style.color)), b = light(ground), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) bad.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2) + ': ' + e.textContent.slice(0, 30));
	}
	return n < 50 ? ['only ' + n + ' texts'] : [...new Set(bad)];
})()
JS
# What HTML's parser puts right is not where the source has it: as XML, which
# puts nothing right, the page is the same tree.
my $tree = <<'JS';
(() => {
	const names = d => [...d.querySelectorAll('*')].map(e => e.localName + ' in ' + (e.parentElement ? e.parentElement.localName : '') + ' ' + [...e.attributes].map(a => a.name).join());
	const xml = new DOMParser().parseFromString(SOURCE, 'application/xml');
	if (xml.querySelector('parsererror')) return [xml.querySelector('parsererror').textContent.slice(0, 200)];
	const a = names(document), b = names(xml), i = a.findIndex((x, i) => x !== b[i]);
	return a.length === b.length && i < 0 ? [] : [a.length + ' elements, written ' + b.length + ': ' + a[i] + ', written ' + b[i]];
})()
JS
my $sound = <<'JS';
(() => {
	const bad = [], ids = [...document.querySelectorAll('[id]')].map(e => e.id);
	if (document.scripts.length) bad.push('a script');
	for (const e of document.querySelectorAll('*')) for (const a of e.attributes) if (/^on/.test(a.name) || /^(src|action)$/.test(a.name) || a.name === 'href' && !/^(#|data:,$)/.test(a.value)) bad.push(e.tagName + ' ' + a.name);
	if (new Set(ids).size !== ids.length) bad.push('ids that are not unique');
	if (document.documentElement.lang !== 'en' || document.compatMode !== 'CSS1Compat') bad.push('language or mode');
	let level = 0;
	for (const h of document.querySelectorAll('h1,h2,h3,h4')) { const l = +h.tagName[1]; if (l > level + 1) bad.push('heading ' + h.textContent); level = l }
	for (const s of document.querySelectorAll('svg[role=img]')) { if (s.firstElementChild.tagName !== 'title' || !s.firstElementChild.textContent) bad.push('a drawing without a title'); if (!s.closest('section').querySelector('table')) bad.push('a drawing without a table') }
	for (const t of document.querySelectorAll('table')) if (!t.caption || !t.querySelector('th[scope=col]') || !t.querySelector('th[scope=row]')) bad.push('a table without headings');
	return bad;
})()
JS
my $wide = "(() => { const r = document.documentElement, w = r.clientWidth; return r.scrollWidth <= w ? [] : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest('.table')).slice(0, 3).map(e => e.tagName + '.' + e.getAttribute('class') + ' ' + e.textContent.slice(0, 40)).concat(r.scrollWidth + ' of ' + w) })()";
my $apart = "(() => { const bad = []; for (const s of document.querySelectorAll('svg')) { const t = [...s.querySelectorAll('text')].map(e => [e.getBoundingClientRect(), e.textContent]); for (let i = 0; i < t.length; i++) for (let j = 0; j < i; j++) { const a = t[i][0], b = t[j][0]; if (a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1) bad.push(t[i][1] + ' over ' + t[j][1]) } } return bad })()";

sub none { my ($found, $name) = @_; ok(!@$found, $name) or diag(join "\n", @$found) }

for my $page (qw(full hostile empty)) {
	my $file = "$directory/$page.html";
	open my $in, '<', $file or die;
	my $source = do { local $/; <$in> };
	close $in;
	go($file);
	none([map { $json->encode($_->{params}) } grep { $_->{method} =~ /^(Log\.entryAdded|Runtime\.(consoleAPICalled|exceptionThrown))$/ } @seen], "$page: nothing on the console");
	(my $script = $tree) =~ s/SOURCE/JSON::PP->new->allow_nonref->encode($source)/e;
	none(evaluate($script), "$page: what is written is what is read");
	none(evaluate($sound), "$page: sound");
	like(evaluate('document.title'), qr/^Partner report/, "$page: its own title");
	for my $view ([1440, 'screen', 'light'], [1440, 'screen', 'dark'], [360, 'screen', 'light'], [360, 'screen', 'dark'], [688, 'print', 'dark']) {
		my ($width, $media, $scheme) = @$view;
		my $name = "$page, $media of $width, $scheme";
		ask('Emulation.setDeviceMetricsOverride', width => $width, height => 900, deviceScaleFactor => 1, mobile => $width < 500 ? JSON::PP::true : JSON::PP::false);
		ask('Emulation.setEmulatedMedia', media => $media, features => [{ name => 'prefers-color-scheme', value => $scheme }]);
		evaluate("document.querySelectorAll('details').forEach(d => d.open = false)");
		none(evaluate($wide), "$name: no wider than the screen");
		if ($ENV{SCREENSHOTS}) {
			my $shot = ask('Page.captureScreenshot', format => 'png', captureBeyondViewport => JSON::PP::true);
			open my $out, '>:raw', "$ENV{SCREENSHOTS}/$page-$media-$width-$scheme.png" or die "$ENV{SCREENSHOTS}: $!";
			print $out decode_base64($shot->{data});
		}
		if ($media eq 'print') {
			none(evaluate("[...document.querySelectorAll('table')].filter(t => !t.getBoundingClientRect().height || !t.checkVisibility({ contentVisibilityAuto: true })).map(t => t.caption.textContent)"), "$name: paper shows every table");
		} else {
			evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");
			none(evaluate($wide), "$name: nor with all that a click opens");
		}
		none(evaluate($contrast), "$name: all text can be read");
		none(evaluate($apart), "$name: no label is over another");
	}
}
ok(evaluate("document.querySelectorAll('.missing').length >= 8"), 'an empty mart says in each block what is missing');
my $pdf = decode_base64(ask('Page.printToPDF', printBackground => JSON::PP::true)->{data});
like($pdf, qr/^%PDF/, 'and prints');
ask('Browser.close');
waitpid $process, 0;
$process = 0;
done_testing();
