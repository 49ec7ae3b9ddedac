-- mart report page: the frame and the style of the page.  Pure SQL.
--
-- One file that lives by itself: no script, no font, no picture from elsewhere,
-- and a policy in it that forbids them, whatever somebody should get into it.

-- Colours are named once and given twice, for paper and light, and for the dark.
CREATE FUNCTION _mart_page_style() RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	RETURN $css$
:root{color-scheme:light dark;--bg:#fbfaf7;--ink:#1f2328;--dim:#595e66;--line:#dcd8cf;--led:#0e6b64;--on-led:#ffffff;--gap:#e39a2d;--on-gap:#2a1a00;
--none:#dbd7cd;--on-none:#3b3f45;--good:#0c625b;--warn:#8f5200;--soft:#f3f0e9;
--h1:#e8f2f0;--h2:#cfe5e1;--h3:#abd3cc;--h4:#82beb5;--h5:#5aa79d;--h6:#0e6b64;--on-h:#10231f;--on-h6:#ffffff}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e9e7e2;--dim:#a7acb3;--line:#363c42;--led:#4db6ab;--on-led:#06201d;--gap:#e8a33d;--on-gap:#2a1a00;
--none:#3b4147;--on-none:#d5d8db;--good:#63c7bc;--warn:#f0b24f;--soft:#1c2024;
--h1:#1b2928;--h2:#1d3736;--h3:#204a47;--h4:#235c58;--h5:#2a706b;--h6:#6cc9bf;--on-h:#f1f4f3;--on-h6:#06201d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;background:var(--bg)}
body{margin:0 auto;max-width:72rem;padding:2.5rem 2rem 4rem;color:var(--ink);background:var(--bg);font:400 1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
h1,h2,h3{line-height:1.2;font-weight:650;margin:0;text-wrap:balance}
h1{font-size:clamp(1.6rem,1.2rem + 2vw,2.5rem);letter-spacing:-.02em;max-width:24em}
h2{font-size:1.35rem;letter-spacing:-.01em}
h2 small{display:block;font-size:.8125rem;font-weight:600;letter-spacing:.02em;color:var(--dim);margin-bottom:.5rem}
h3{font-size:1rem;margin:1.75rem 0 .5rem}h3+p{margin:0;font-size:.8125rem;color:var(--dim)}
p{margin:.75rem 0 0;max-width:42em}
a{color:inherit}
code{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--soft);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
.dim,.legend,dd,caption,figcaption{color:var(--dim)}
header>p:first-child{margin:0 0 .75rem;color:var(--dim);font-size:.875rem;max-width:none}
.big{display:block;font-size:6.5rem;font-weight:700;line-height:.9;letter-spacing:-.05em;color:var(--warn);margin:.25rem 0 .6rem -.04em;font-variant-numeric:lining-nums}
.brief{margin:2.5rem 0 0;padding:0;list-style:none;display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:1.5rem 1.5rem;border-top:2px solid var(--ink)}
.brief li{padding-top:.9rem}
.brief strong{display:block;font-size:.8125rem;color:var(--dim);font-weight:600;margin-bottom:.25rem}
nav{margin-top:2rem;font-size:.875rem;color:var(--dim)}
nav a{display:inline-block;padding:.25rem 0;margin-right:1.25rem}
section{display:grid;grid-template:auto 1fr/18rem minmax(0,1fr);gap:1.25rem 2.5rem;margin-top:3rem;padding-top:1.5rem;border-top:1px solid var(--line)}
#led{margin-top:1.5rem;row-gap:1rem}
section>*{min-width:0}
.head,.terms{grid-column:1}.drawing{grid-column:2;grid-row:1/3}
.drawing>:first-child{margin-top:0}
#led .head{grid-row:1/3}#led .head p{font-size:.9375rem}#led .drawing{grid-row:1}#led .terms{grid-column:2;columns:2;column-gap:2.5rem}.terms>dd{break-before:avoid;break-inside:avoid}.terms>dt:first-child{margin-top:0}
dl{margin:0;font-size:.875rem}
dt{font-weight:600;margin-top:.6rem}
dd{margin:0}
svg{display:block;overflow:visible;width:100%}
svg text{font:500 .8125rem/1 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink);text-anchor:middle;font-variant-numeric:tabular-nums}
svg text.dim{fill:var(--dim)}
.led{fill:var(--led)}.gap-part{fill:var(--gap)}.none{fill:var(--none)}
svg text.led-label{fill:var(--on-led)}svg text.gap-part-label{fill:var(--on-gap);font-weight:650;font-size:.9375rem}svg text.none-label{fill:var(--on-none)}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;font-size:.875rem;margin:0 0 .75rem;max-width:none}
.legend span{display:inline-flex;align-items:center;gap:.4rem}
.legend svg{width:12px;flex:none}
.bars{display:grid;grid-template-columns:minmax(6rem,max-content) minmax(0,1fr) auto auto;gap:.5rem 1rem;align-items:center}
.row{display:contents}
.note,.more{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.more{color:var(--dim);font-size:.875rem}
.bars .label{max-width:15rem}
.bar{height:1rem}
.intervals{row-gap:0}.intervals .label{padding:.4rem 0;max-width:18rem}.interval{height:3.5rem}
.label small{display:block;color:var(--dim);font-size:.8125rem}
th small{display:block;color:var(--dim);font-size:.8125rem;max-width:34em}
.same{stroke:var(--dim);stroke-width:1;stroke-dasharray:3 3}
.range{stroke-width:3;stroke-linecap:round}.sure{stroke:var(--led)}.unsure{stroke:var(--dim)}
.dot.sure{fill:var(--led);stroke:none}.dot.unsure{fill:var(--bg);stroke:var(--dim);stroke-width:2.5}
.table{overflow-x:auto;margin-top:1rem}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.35}
caption{text-align:left;padding:0 0 .5rem;font-size:.8125rem}
th,td{padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;vertical-align:bottom;border-bottom-color:var(--dim)}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .n{white-space:normal}
.total>*{font-weight:650;border-top:1px solid var(--dim)}
.rest>*{color:var(--dim)}
.heat td.n{border:2px solid var(--bg);padding:.4rem .6rem;border-radius:4px}
.heat th.n{padding:.4rem .6rem}
.h1,.h2,.h3,.h4,.h5{color:var(--on-h)}.h6{color:var(--on-h6)}
.h1{background:var(--h1)}.h2{background:var(--h2)}.h3{background:var(--h3)}.h4{background:var(--h4)}.h5{background:var(--h5)}.h6{background:var(--h6)}
details{margin-top:1rem}
summary{cursor:pointer;font-size:.875rem;color:var(--dim);padding:.25rem 0;text-decoration:underline;text-underline-offset:.2em;text-decoration-thickness:1px}
.list{list-style:none;margin:0;padding:0}p+.list{margin-top:1rem}
.list>li{display:grid;grid-template-columns:1.75rem minmax(0,1fr) auto;gap:0 .5rem;padding:.75rem 0;border-bottom:1px solid var(--line)}
.list>li:first-child{padding-top:0}
.list b{font-weight:650}
.list .place{color:var(--dim);font-variant-numeric:tabular-nums}
.list .sum{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.list p{margin:.15rem 0 0;font-size:.875rem;color:var(--dim);grid-column:2/-1;max-width:none}
.list p b{color:var(--ink);font-weight:600}
.good{color:var(--good);font-weight:600}.warn{color:var(--warn);font-weight:600}
.missing{padding:1rem 1.25rem;border:1px dashed var(--dim);border-radius:6px;max-width:none}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.8125rem;color:var(--dim)}
@media (max-width:60rem){body{padding:1.5rem 1rem 3rem}section{display:block}section>*{margin-top:1.25rem}section>.head{margin-top:0}#led .terms{columns:auto}.brief{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (max-width:40rem){.brief{grid-template-columns:minmax(0,1fr);gap:.25rem}.bars{display:block}.row{display:grid;grid-template:"label note more" "mark mark mark"/minmax(0,1fr) auto auto;gap:.1rem .75rem;padding:.4rem 0;align-items:center}
.row>.label{grid-area:label}.row>.note{grid-area:note}.row>.more{grid-area:more}.row>svg{grid-area:mark}.intervals>.row{grid-template:"label note" "label more" "mark mark"/minmax(0,1fr) auto}.axis .label,.axis .note,.axis .more{display:none}
nav a{padding:.45rem 0}.heat table{font-size:.75rem}.heat td.n,.heat th.n{padding:.35rem .25rem;border-width:1px}.heat th:first-child{padding-right:.4rem}.interval{height:2rem}.intervals .label{padding:0}}
@media print{@page{margin:14mm}body{max-width:none;padding:0;font-size:10pt}section{display:block;margin-top:1.5rem;padding-top:1rem}section>*{margin-top:.75rem}section>.head{margin-top:0}
dl.terms{columns:2}.big{font-size:56pt}nav,summary{display:none}.table{overflow:visible}h1{font-size:20pt}h2{font-size:13pt}dl,.legend,.bars{font-size:8.5pt}th small,.label small,.more{font-size:7pt}table{font-size:7.5pt}th,td{padding:.15rem .4rem .15rem 0}details::details-content{content-visibility:visible;display:block;height:auto}
h2,h3,caption,thead{break-after:avoid}tr,li,.row,.columns{break-inside:avoid}svg,td,rect{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
$css$;
END $function$;
COMMENT ON FUNCTION _mart_page_style() IS 'the style sheet of the page';

CREATE FUNCTION _mart_page_frame(title text, body text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN concat(
		E'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n',
		E'<meta http-equiv="Content-Security-Policy" content="default-src ''none''; style-src ''unsafe-inline''; img-src data:"/>\n',
		E'<meta name="viewport" content="width=device-width, initial-scale=1"/>\n<meta name="color-scheme" content="light dark"/>\n',
		E'<meta name="referrer" content="no-referrer"/>\n<meta name="generator" content="ecosystem ', ecosystem.ecosystem_version(), E'"/>\n<link rel="icon" href="data:,"/>\n',
		'<title>', title, E'</title>\n<style>', ecosystem._mart_page_style(), E'</style>\n</head>\n<body>\n', body, E'</body>\n</html>');
END $$;
COMMENT ON FUNCTION _mart_page_frame(text, text) IS 'the page around its content: no script, nothing from elsewhere';

-- A block: what it shows in a sentence, words about it, and the drawing.
CREATE FUNCTION _mart_page_section(id text, name text, finding text, words text, terms text, drawing text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format(E'<section id="%s">\n<div class="head"><h2><small>%s</small> %s</h2>\n%s</div>\n<div class="drawing">%s</div>\n%s</section>\n', id, name, finding, words, drawing, terms);
END $$;
COMMENT ON FUNCTION _mart_page_section(text, text, text, text, text, text) IS 'one block of the page';

-- Terms, where they are used: name, meaning, name, meaning ...
CREATE FUNCTION _mart_page_terms(terms text[]) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN (SELECT '<dl class="terms">' || string_agg(format('<dt>%s</dt><dd>%s</dd>', terms[n], terms[n + 1]), '' ORDER BY n) || E'</dl>\n'
		FROM generate_series(1, cardinality(terms), 2) n WHERE terms[n + 1] IS NOT NULL);
END $$;
COMMENT ON FUNCTION _mart_page_terms(text[]) IS 'words and what they mean';

-- What stands where there is nothing to draw: why, and which call brings it.
CREATE FUNCTION _mart_page_missing(mart name, relation text, basis jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_bound constant boolean := basis->'bound' ? relation;
	call text := CASE WHEN is_bound THEN format('CALL ecosystem.refresh_mart(%L);', mart)
		WHEN relation IN ('account', 'deal', 'deal_partner', 'touch', 'partner') THEN format('CALL ecosystem.bind_salesforce(%L, ''salesforce''); CALL ecosystem.refresh_mart(%L);', mart, mart)
		WHEN relation = 'partner_account' THEN format('CALL ecosystem.bind_crossbeam(%L, ''crossbeam''); CALL ecosystem.refresh_mart(%L);', mart, mart)
		ELSE format('CALL ecosystem.bind_table(%L, %L, ''public.%s''); CALL ecosystem.refresh_mart(%L);', mart, relation, relation, mart) END;
BEGIN
	RETURN format(E'<p class="missing">%s %s</p>\n',
		CASE WHEN NOT is_bound THEN format('Nothing fills <code>%s</code> yet.', relation)
			WHEN basis->>'refreshed_at' IS NULL THEN format('<code>%s</code> is bound, and the mart has not been refreshed yet.', relation)
			ELSE format('<code>%s</code> is bound, and has nothing to show here.', relation) END,
		CASE WHEN is_bound AND basis->>'refreshed_at' IS NOT NULL THEN 'Later refreshes may bring it: ' ELSE 'This brings it: ' END
			|| format('<code>%s</code>', ecosystem._mart_page_text(call, 400))
			|| CASE WHEN NOT is_bound AND relation IN ('account', 'deal', 'deal_partner', 'touch', 'partner') THEN ', or <code>bind_hubspot</code>, or <code>bind_table</code> for a table of your own.'
				WHEN NOT is_bound AND relation = 'partner_account' THEN ', or <code>bind_table</code> for a list of your own.' ELSE '' END);
END $$;
COMMENT ON FUNCTION _mart_page_missing(name, text, jsonb) IS 'why a block is empty, and which call brings what it lacks';
