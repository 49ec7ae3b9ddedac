-- mart report: one page for whoever decides about the program.  Pure SQL.
--
-- A block is two functions in a file of its own: the text of a query that returns
-- an object, and what makes HTML of that object.  All queries run as one, so that
-- the page shows one state of the mart, and as _mart_read() lets them: as the
-- owner for members of that role, else as whoever calls.

CREATE FUNCTION _mart_page_read(mart name, period date) RETURNS jsonb
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres' SET TimeZone = 'UTC' SET jit = off AS $$
DECLARE
	said text;
	-- A mart that an earlier version made lacks what came later.
	commands text;
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	SELECT string_agg(format('%L, %s', b.name, CASE WHEN EXISTS (SELECT FROM unnest(b.reads) r WHERE to_regclass(format('%I.%I', mart, r)) IS NULL) THEN 'NULL' ELSE b.query END), ', ')
	INTO   commands
	FROM  (VALUES ('basis', '{}'::text[], ecosystem._mart_page_basis_query(mart)),
		('led', '{program_period}', ecosystem._mart_page_led_query(mart, period)),
		('origin', '{}', ecosystem._mart_page_origin_query(mart, period)),
		('credit', '{}', ecosystem._mart_page_credit_query(mart, period)),
		('co_sell', '{co_sell_lift}', ecosystem._mart_page_co_sell_query(mart)),
		('overlap', '{}', ecosystem._mart_page_overlap_query(mart)),
		('monday', '{}', ecosystem._mart_page_monday_query(mart)),
		('worth', '{return_on_ecosystem}', ecosystem._mart_page_worth_query(mart)),
		('scorecard', '{metric,metric_definition,partner_scorecard,maturity}', ecosystem._mart_page_scorecard_query(mart))) AS b(name, reads, query);
	RETURN ecosystem._mart_read(mart, format('SELECT jsonb_build_object(%s) AS page', commands))->0->'page';
EXCEPTION
	WHEN undefined_table OR undefined_column THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s" is not as its report needs it: %s', mart, said),
			HINT = format('CALL ecosystem.upgrade_mart(%L), or reset_relation() where a text of your own has other columns.', mart);
	WHEN insufficient_privilege THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('mart "%s" cannot be read: %s', mart, said),
			HINT = format('Its owner lets you by CALL ecosystem.grant_mart(%L, %L).', mart, current_user);
END $$;
COMMENT ON FUNCTION _mart_page_read(name, date) IS 'what the page shows, an object a block';

CREATE FUNCTION _mart_page_worth_query(mart name) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format($q$(SELECT jsonb_object_agg(numerator, jsonb_build_object('investment', investment, 'roi', roi, 'payback_months', payback_months)) FROM %1$I.return_on_ecosystem WHERE period = 'now')$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_page_worth_query(name) IS 'the query for what the program has cost, and what came back by each of three numerators';

CREATE FUNCTION _mart_page_worth(worth jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	cost constant numeric := (worth->'influenced'->>'investment')::numeric;
BEGIN
	IF coalesce(cost, 0) <= 0 OR worth->'influenced'->>'roi' IS NULL THEN
		RETURN 'Not known: the mart has no row of what the program costs (its input <code>investment</code>).';
	END IF;
	RETURN format('It has cost %s so far. For 1 spent, %s came back on all that partners touched%s%s. The smallest is the one to defend; what would have come without partners is in all of them.', ecosystem._mart_page_amount(cost),
		ecosystem._mart_page_number((worth->'influenced'->>'roi')::numeric, 1),
		CASE WHEN worth->'credited'->>'roi' IS NOT NULL THEN format(', %s on their credit', ecosystem._mart_page_number((worth->'credited'->>'roi')::numeric, 1)) ELSE '' END,
		CASE WHEN worth->'credited_margin'->>'roi' IS NOT NULL THEN format(', %s as margin of that', ecosystem._mart_page_number((worth->'credited_margin'->>'roi')::numeric, 1)) ELSE '' END);
END $$;
COMMENT ON FUNCTION _mart_page_worth(jsonb) IS 'whether the program is worth its cost, in two sentences';

-- The five answers that a reader in a hurry takes along.
CREATE FUNCTION _mart_page_brief(page jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant jsonb := page->'led'->'total';
	credit constant jsonb := page->'credit';
	top text;
	line constant jsonb := ecosystem._mart_page_rows(page->'monday'->'lines')->0;
	whole constant numeric := (t->>'amount')::numeric;
	touched constant numeric := ecosystem._mart_page_part((t->>'touched')::numeric, whole);
	led constant numeric := ecosystem._mart_page_part((t->>'led')::numeric, whole);
BEGIN
	SELECT string_agg(format('%s %s', ecosystem._mart_page_text(r->>'partner', 40), ecosystem._mart_page_amount((r->>'credit')::numeric)), ', ' ORDER BY n) INTO top
	FROM   jsonb_array_elements(ecosystem._mart_page_rows(credit->'rows')) WITH ORDINALITY AS x(r, n) WHERE n <= 3;
	RETURN format(E'<ul class="brief">\n<li><strong>How much is led</strong>%s</li>\n<li><strong>By what rule</strong>A deal is led if %s</li>\n<li><strong>Who earned what</strong>%s</li>\n<li><strong>Is it worth its cost</strong>%s</li>\n<li><strong>What to do on Monday</strong>%s</li>\n</ul>\n',
		CASE WHEN touched IS NOT NULL AND led IS NOT NULL THEN format('Of %s won, partners touched %s (%s) and led %s (%s): the gap is %s.', ecosystem._mart_page_amount(whole), ecosystem._mart_page_amount((t->>'touched')::numeric),
				ecosystem._mart_page_share(touched, 1), ecosystem._mart_page_amount((t->>'led')::numeric), ecosystem._mart_page_share(led, 1), ecosystem._mart_page_amount((t->>'touched')::numeric - (t->>'led')::numeric))
			WHEN (t->>'won')::numeric > 0 THEN format('%s of %s won (%s). Touched: %s.', ecosystem._mart_page_amount((t->>'led')::numeric), ecosystem._mart_page_amount(whole),
			ecosystem._mart_page_share(ecosystem._mart_page_part((t->>'led')::numeric, whole), 1), ecosystem._mart_page_share(ecosystem._mart_page_part((t->>'touched')::numeric, whole), 1)) ELSE 'Nothing was won in these eight quarters, as far as the mart knows.' END,
		basis->>'led_rule_words',
		CASE WHEN top IS NULL THEN 'No partner is credited with anything.' ELSE format('%s%s. The company keeps %s.', top, CASE WHEN jsonb_array_length(credit->'rows') > 3 THEN format('; %s',
			ecosystem._mart_page_count(jsonb_array_length(credit->'rows') - 3, 'other'::text, 'others'::text)) ELSE '' END, ecosystem._mart_page_amount((credit->'company'->>'credit')::numeric)) END,
		ecosystem._mart_page_worth(page->'worth'),
		CASE WHEN line IS NULL THEN 'There is nothing on the list.' ELSE format('%s calls %s. %s. %s%s.', ecosystem._mart_page_text(coalesce(line->>'owner', 'Whoever owns it'), 60), CASE WHEN line->>'partner_id' = '' THEN 'the account' ELSE ecosystem._mart_page_text(line->>'partner', 60) END,
			ecosystem._mart_page_text(split_part(line->>'what', ';', 1), 120), CASE WHEN line->>'play' <> '' THEN ecosystem._mart_page_text(line->>'play', 160) || '. ' ELSE '' END, CASE WHEN (page->'monday'->>'open')::numeric = 1 THEN 'That is all there is' ELSE format('%s behind it', ecosystem._mart_page_count((page->'monday'->>'open')::numeric - 1, 'line waits'::text, 'lines wait'::text)) END) END);
END $$;
COMMENT ON FUNCTION _mart_page_brief(jsonb, jsonb) IS 'the page in five answers';

CREATE FUNCTION _mart_page_head(mart name, page jsonb, basis jsonb) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant jsonb := page->'led'->'total';
	whole constant numeric := (t->>'amount')::numeric;
	touched constant numeric := ecosystem._mart_page_part((t->>'touched')::numeric, whole);
	led constant numeric := ecosystem._mart_page_part((t->>'led')::numeric, whole);
BEGIN
	RETURN format(E'<header>\n<p>Partner report of mart %s, as of %s. Won deals of %s to %s, %s to %s. Amounts in %s.</p>\n<h1>%s</h1>\n</header>\n', ecosystem._mart_page_text(mart::text, 60), ecosystem._mart_page_day((basis->>'day')::date),
			ecosystem._mart_page_text(t->>'first_label', 20), ecosystem._mart_page_text(t->>'last_label', 20), ecosystem._mart_page_day((t->>'starts')::date), ecosystem._mart_page_day((t->>'ends')::date), basis->>'currency',
			CASE WHEN touched IS NULL OR led IS NULL OR touched = 0 AND NOT basis->'bound' ?| '{touch,deal_partner}' THEN 'What partners touch and what they lead cannot be said yet'
				ELSE format('Partners touch %s of the money won, and lead %s', ecosystem._mart_page_share(touched, 0), ecosystem._mart_page_share(led, 0)) END);
END $$;
COMMENT ON FUNCTION _mart_page_head(name, jsonb, jsonb) IS 'the top of the page';

CREATE FUNCTION _mart_page_outdated(mart name, id text, name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ecosystem._mart_page_section(id, name, 'This mart is of an earlier version'::text, '<p>It lacks the tables that this block is made from.</p>'::text, NULL::text,
		format(E'<p class="missing">This brings them: <code>%s</code></p>\n', ecosystem._mart_page_text(format('CALL ecosystem.upgrade_mart(%L); CALL ecosystem.refresh_mart(%L);', mart, mart), 200)));
END $$;
COMMENT ON FUNCTION _mart_page_outdated(name, text, text) IS 'a block whose tables a mart of an earlier version does not have';

CREATE FUNCTION mart_report(mart name, period date DEFAULT NULL) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	page jsonb;
	basis jsonb;
	html text;
	n_rows integer;
BEGIN
	IF period IS NOT NULL AND period NOT BETWEEN date '0010-01-01' AND date '9990-12-31' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('mart "%s": there is no report for %s', mart, period),
			HINT = 'The period is any day of the fiscal quarter that the report ends with; NULL is the present one.';
	END IF;
	page := ecosystem._mart_page_read(mart, period);
	basis := page->'basis';
	IF basis->'setting' = 'null' THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('mart "%s": setting has 0 rows', mart), HINT = 'It has one row, which is edited in place.';
	END IF;
	basis := basis || jsonb_build_object('currency', ecosystem._mart_page_text(basis->'setting'->>'currency', 10), 'led_rule_words', ecosystem._mart_page_led_rule_words(basis->>'led_rule'));
	-- Long names, or names that take much room in ASCII, have shorter tables.
	FOREACH n_rows IN ARRAY '{25,12,5,3}'::integer[] LOOP
		basis := basis || jsonb_build_object('rows', n_rows);
		html := ecosystem._mart_page_frame(format('Partner report %s, %s', ecosystem._mart_page_text(mart::text, 60), ecosystem._mart_page_day((basis->>'day')::date)), concat(
			ecosystem._mart_page_head(mart, page, basis),
			'<main>', E'\n', CASE WHEN page->'led' = 'null' THEN ecosystem._mart_page_outdated(mart, 'led'::text, 'Touched and led'::text) ELSE ecosystem._mart_page_led(mart, page->'led', basis) END, ecosystem._mart_page_brief(page, basis),
			'<nav aria-label="Blocks"><a href="#origin">Where it came from</a> <a href="#credit">Who earned what</a> <a href="#co-sell">Selling together</a> <a href="#overlap">Whom partners know</a> <a href="#monday">What to do on Monday</a> <a href="#scorecard">Scorecard</a> <a href="#basis">What this rests on</a></nav>', E'\n',
			ecosystem._mart_page_paths(page->'led', basis),
			ecosystem._mart_page_origin(mart, page->'origin', basis),
			ecosystem._mart_page_credit(mart, page->'credit', basis),
			CASE WHEN page->'co_sell' = 'null' THEN ecosystem._mart_page_outdated(mart, 'co-sell'::text, 'Selling together'::text) ELSE ecosystem._mart_page_co_sell(mart, page->'co_sell', basis) END,
			ecosystem._mart_page_overlap(mart, page->'overlap', basis),
			ecosystem._mart_page_monday(mart, page->'monday', basis),
			CASE WHEN page->'scorecard' = 'null' THEN ecosystem._mart_page_outdated(mart, 'scorecard'::text, 'Scorecard'::text) ELSE ecosystem._mart_page_scorecard(mart, page->'scorecard', basis) END,
			ecosystem._mart_page_basis(mart, basis),
			'</main>', E'\n', format(E'<footer>Made by <code>%s</code> of the extension ecosystem, version %s.</footer>\n',
				ecosystem._mart_page_text(format('SELECT ecosystem.mart_report(%L%s)', mart, CASE WHEN period IS NULL THEN '' ELSE format(', %L', period) END), 120), ecosystem.ecosystem_version())));
		EXIT WHEN octet_length(html) < 100000;
	END LOOP;
	RETURN html;
END $$;
COMMENT ON FUNCTION mart_report(name, date) IS
	'one self-contained HTML page about the partner program, for whoever decides about its budget: the eight fiscal quarters up to the one that a day is in, by default the present one; psql -XAtc "SELECT ecosystem.mart_report(''elg'')" > report.html';
