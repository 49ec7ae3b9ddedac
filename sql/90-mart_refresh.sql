-- mart refresh: each relation's text is run and what differs is applied, in one
-- transaction, a subtransaction a relation
--
-- While it runs, MART_cache holds: step (what became of each relation), found
-- (problems), stage (the rows a text returned) and change_RELATION (the key, the
-- kind of change and the old row of all that differed, from which later relations
-- know their keys and histories are written).

-- ---------------------------------------------------------------------------
-- Order
-- ---------------------------------------------------------------------------

-- What is made, each with what it waits for.  identity is made here, of accounts
-- and partner accounts; histories hold what earlier refreshes wrote, and nobody
-- waits for them.
CREATE FUNCTION _mart_steps(mart name) RETURNS TABLE (name text, kind text, waits_for text[])
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN QUERY EXECUTE format(
		$q$WITH made AS (
			SELECT r.name, CASE WHEN r.kind = 'report' THEN 'report' ELSE 'loaded' END AS kind, r.kind AS declared, r.inputs FROM %1$I.relation r
			WHERE  r.kind = 'report' OR r.kind = 'standard' AND r.query IS NOT NULL OR r.name IN (SELECT relation FROM %1$I.relation_part)
			-- what is no longer bound is emptied
			OR     r.kind = 'standard' AND r.name IN (SELECT relation FROM %1$I.relation_state WHERE rows > 0)
			UNION  ALL
			SELECT 'identity', 'identity', 'report', 'account(*) partner_account(*)')
		SELECT m.name, m.kind, coalesce((SELECT array_agg(i.input) FROM ecosystem._mart_input(m.inputs) i JOIN made o ON o.name = i.input
				WHERE o.declared NOT IN ('history', 'settings') AND m.declared <> 'history'), '{}')
			-- settings are there before all that reads them, and what is loaded before what reads it in a way that is not known
			-- a history that is loaded, before what it is also written from
			|| ARRAY(SELECT o.name FROM made o WHERE o.declared = 'history' AND (SELECT i.input FROM ecosystem._mart_input(o.inputs) i LIMIT 1) = m.name)
			|| CASE WHEN m.kind = 'loaded' AND m.declared <> 'settings' THEN ARRAY(SELECT o.name FROM made o WHERE o.declared = 'settings')
				WHEN m.inputs ~ '\moutside\M' THEN ARRAY(SELECT o.name FROM made o WHERE o.kind = 'loaded') ELSE '{}' END
		FROM made m$q$, mart);
END $$;
COMMENT ON FUNCTION _mart_steps(name) IS 'the relations that a refresh makes, and what each waits for';

CREATE FUNCTION _mart_order(mart name) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	steps constant jsonb := (SELECT jsonb_object_agg(s.name, to_jsonb(s.waits_for)) FROM ecosystem._mart_steps(mart) s);
	loads constant text[] := ARRAY(SELECT s.name FROM ecosystem._mart_steps(mart) s WHERE s.kind = 'loaded');
	done text[] := '{}';
	ready text[];
BEGIN
	WHILE cardinality(done) < (SELECT count(*) FROM jsonb_object_keys(steps)) LOOP
		ready := ARRAY(SELECT e.key FROM jsonb_each(steps) e
			WHERE e.key <> ALL (done) AND ARRAY(SELECT jsonb_array_elements_text(e.value)) <@ done
			ORDER BY e.key <> ALL (loads), e.key COLLATE "C");
		IF cardinality(ready) = 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_recursion', MESSAGE = format('mart "%s": relations wait for each other', mart),
				DETAIL = (SELECT string_agg(e.key, ', ' ORDER BY e.key COLLATE "C") FROM jsonb_each(steps) e WHERE e.key <> ALL (done));
		END IF;
		done := done || ready;
	END LOOP;
	RETURN done;
END $$;
COMMENT ON FUNCTION _mart_order(name) IS 'the relations that a refresh makes, each after what it reads';

-- ---------------------------------------------------------------------------
-- What a relation was made with
-- ---------------------------------------------------------------------------

-- Of the settings only those that the text names, so that a target does not
-- make everything anew; the as-of day counts where the text asks for a day.
CREATE FUNCTION _mart_setting_hash(mart name, query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	hash text;
BEGIN
	EXECUTE format($q$SELECT md5(string_agg(e.key || '=' || coalesce(e.value, ''), ',' ORDER BY e.key COLLATE "C"))
		FROM %1$I.setting s, LATERAL jsonb_each_text(to_jsonb(s) || jsonb_build_object('as_of', coalesce(s.as_of, (now() AT TIME ZONE s.time_zone)::date))) e
		WHERE $1 ~ ('\m' || e.key || '\M') OR e.key = 'as_of' AND $1 ~* '\m(current_date|current_timestamp|now|today)\M'$q$, mart)
		INTO hash USING query;
	RETURN hash;
END $$;
COMMENT ON FUNCTION _mart_setting_hash(name, text) IS 'a hash of the settings that a text names';

-- The tables that people edit, as far as a text names them.
CREATE FUNCTION _mart_settings_hash(mart name, query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	name text;
	hash text;
	hashes text := '';
BEGIN
	FOR name IN EXECUTE format($q$SELECT name FROM %I.relation WHERE kind = 'settings' AND $1 ~ ('\m' || name || '\M') ORDER BY name COLLATE "C"$q$, mart) USING query LOOP
		IF name = 'setting' THEN
			hash := ecosystem._mart_setting_hash(mart, query);
		ELSE
			EXECUTE format('SELECT concat(count(*), ''/'', sum(hashtextextended(t::text, 0))) FROM %I.%I t', mart, name) INTO hash;
		END IF;
		hashes := concat(hashes, name, ' ', hash, ' ');
	END LOOP;
	RETURN hashes;
END $$;
COMMENT ON FUNCTION _mart_settings_hash(name, text) IS 'a hash of the tables of settings that a text names';

-- Somebody may have altered the table.
CREATE FUNCTION _mart_table_hash(mart name, relation text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t constant oid := to_regclass(format('%I.%I', mart, relation));
BEGIN
	RETURN concat((SELECT string_agg(concat(a.attname, ' ', a.atttypid, ' ', a.atttypmod), ',' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped),
		(SELECT string_agg(pg_get_constraintdef(k.oid), ',') FROM pg_constraint k WHERE k.conrelid = t AND k.contype = 'p'));
END $$;
COMMENT ON FUNCTION _mart_table_hash(name, text) IS 'the columns and the key that the table of a relation really has';

-- A verdict is of the targets in force, which anybody may change who may.
CREATE FUNCTION _mart_target_hash(query text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN query ~ '\m(verdict|meets_target|targets_of|target_in_force|ecosystem_verdict|deal_lift|win_rate_lift|amount_lift|cycle_lift|win_incidence_lift)\M'
		THEN (SELECT concat(count(*), '/', sum(hashtextextended(t::text, 0))) FROM ecosystem.target t) END;
END $$;
COMMENT ON FUNCTION _mart_target_hash(text) IS 'a hash of the targets, if a text asks for any';

CREATE FUNCTION _mart_made_from(mart name, r jsonb) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
	query constant text := CASE WHEN r->>'kind' = 'report' THEN r->>'query'
		ELSE concat('meaning currency_rate currency minor_digits time_zone ', (SELECT string_agg(concat(part->>'query', ' ', part->>'changed_since'), ' ' ORDER BY part->>'part') FROM ecosystem._mart_parts(mart, r) part)) END;
BEGIN
	RETURN md5(concat_ws('|', query, r->>'columns', r->>'key', ecosystem._mart_table_hash(mart, r->>'name'), ecosystem.ecosystem_version(), ecosystem.public_suffix_list_version(), ecosystem._mart_target_hash(query),
		ecosystem._mart_settings_hash(mart, query || ' setting ' || coalesce(r->>'inputs', ''))));
END $$;
COMMENT ON FUNCTION _mart_made_from(name, jsonb) IS 'a hash of all that makes a relation what it is, but for the rows it reads';

-- ---------------------------------------------------------------------------
-- What is to be done
-- ---------------------------------------------------------------------------

-- The grain's values in all rows of an input that changed, before and after.
CREATE FUNCTION _mart_changed_keys(mart name, input text, grain_column text) RETURNS text[]
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r constant jsonb := ecosystem._mart_relation_row(mart, input);
	keys text[];
BEGIN
	EXECUTE format('SELECT array_agg(k) FROM (SELECT c.%2$I::text AS k FROM %1$I.%3$I c UNION SELECT t.%4$I::text FROM %1$I.%3$I c JOIN %5$I.%6$I t ON %7$s) u WHERE k IS NOT NULL',
		ecosystem._mart_cache(mart), 'old_' || grain_column, 'change_' || input, grain_column, mart, input,
		ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 'c', 't')) INTO keys;
	RETURN keys;
END $$;
COMMENT ON FUNCTION _mart_changed_keys(name, text, text) IS 'the values of a column in the rows of an input that changed';

CREATE FUNCTION _mart_state(mart name, relation text) RETURNS jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	state jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(s) FROM %I.relation_state s WHERE relation = $1', mart) INTO state USING relation;
	RETURN state;
END $$;
COMMENT ON FUNCTION _mart_state(name, text) IS 'what the last refresh made of a relation; NULL: none did';

-- how: skipped (what it needs failed), full, by key or nothing; why is for people.
CREATE FUNCTION _mart_decide(mart name, r jsonb, step jsonb, full_refresh boolean, OUT how text, OUT why text, OUT keys text[])
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	state jsonb;
	i record;
BEGIN
	how := 'full';
	EXECUTE format('SELECT string_agg(s.relation, '', '' ORDER BY s.relation) FROM %I.step s WHERE s.relation = ANY ($1) AND s.outcome = ''failed''', ecosystem._mart_cache(mart))
		INTO why USING ARRAY(SELECT needed.input FROM ecosystem._mart_input(r->>'inputs') needed);
	IF why IS NOT NULL THEN
		how := 'skipped'; why := format('needs %s', why);
		RETURN;
	END IF;
	state := ecosystem._mart_state(mart, r->>'name');
	CASE
		WHEN full_refresh THEN why := 'asked for'; RETURN;
		WHEN state->>'refreshed_at' IS NULL THEN why := 'the first time'; RETURN;
		WHEN (state->>'stale')::boolean THEN why := 'it was stale'; RETURN;
		WHEN state->>'made_from' IS DISTINCT FROM step->>'made_from' THEN why := 'its text, settings or day changed'; RETURN;
		WHEN step->>'kind' = 'loaded' THEN
			-- Newer rows only, where every part says when its rows changed
			IF NOT EXISTS (SELECT FROM ecosystem._mart_parts(mart, r) part WHERE part->>'read_until' IS NULL OR part->>'changed_since' IS NULL) THEN
				how := 'by key';
			END IF;
			RETURN;
		ELSE NULL;
	END CASE;
	how := 'nothing';
	-- A history is no input, but one that was loaded counts where a text names it.
	FOR i IN EXECUTE format($q$SELECT i.input, i.grain_column, s.outcome FROM ecosystem._mart_input($1) i LEFT JOIN %1$I.step s ON s.relation = i.input
		UNION ALL SELECT s.relation, NULL, s.outcome FROM %1$I.step s JOIN %2$I.relation h ON h.name = s.relation
		WHERE h.kind = 'history' AND $2 ~ ('\m' || s.relation || '\M')$q$, ecosystem._mart_cache(mart), mart) USING r->>'inputs', r->>'query' LOOP
		IF i.input IN ('outside', 'problem', 'refresh_log', 'relation_state') OR i.outcome = 'all' OR i.outcome = 'some' AND (i.grain_column IS NULL OR r->>'grain' IS NULL) THEN
			how := 'full'; why := format('%s changed', i.input); keys := NULL;
			RETURN;
		ELSIF i.outcome = 'some' THEN
			how := 'by key';
			keys := ARRAY(SELECT unnest(keys) UNION SELECT unnest(ecosystem._mart_changed_keys(mart, i.input, i.grain_column)));
		END IF;
	END LOOP;
	-- Of a fifth, everything is sooner made than chosen
	IF cardinality(keys) > 1000 AND cardinality(keys) > 0.2 * (state->>'rows')::bigint THEN
		how := 'full'; why := 'much changed'; keys := NULL;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_decide(name, jsonb, jsonb, boolean) IS 'whether a relation is made in full, by key or not at all, and why';

-- ---------------------------------------------------------------------------
-- The stage
-- ---------------------------------------------------------------------------

-- Columns passed through from extra stand behind those of the text.
CREATE FUNCTION _mart_report_column(name text, type text, comment text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	value constant text := format('(q.extra->>%L)', name);
	number constant text := '(' || ecosystem._mart_load_number(value, 'text') || ')';
	digits constant integer := CASE WHEN type ~ '^numeric' THEN (regexp_match(type, '([0-9]+),'))[1]::integer - (regexp_match(type, ',([0-9]+)'))[1]::integer
		WHEN type = 'integer' THEN 9 WHEN type = 'bigint' THEN 18 WHEN type = 'double precision' THEN 100 END;
BEGIN
	RETURN CASE
		-- One amount too large in the CRM, or a return on a cost of a cent, is no
		-- reason to have no report.
		WHEN type = 'integer' AND comment !~ '^Passed through' THEN format('(CASE WHEN q.%I BETWEEN -2147483647 AND 2147483647 THEN q.%1$I END)', name)
		WHEN type ~ '^numeric' AND digits IS NOT NULL AND comment !~ '^Passed through' THEN format('(CASE WHEN abs(q.%I) < 1e%s - 1 THEN q.%1$I END)', name, digits)
		WHEN comment !~ '^Passed through' THEN 'q.' || quote_ident(name)
		-- What is no number, or too large a one, is left out.
		WHEN digits IS NOT NULL THEN format('(CASE WHEN abs(%s) < 1e%s - 1 THEN %1$s END)', number, digits)
		WHEN type = 'boolean' THEN format('(CASE lower(%s) WHEN ''true'' THEN true WHEN ''false'' THEN false END)', value)
		ELSE value END;
END $$;
COMMENT ON FUNCTION _mart_report_column(text, text, text) IS 'the expression of a column of a report';

-- One text serves both: by key, its inputs are shadowed by those of their rows
-- that have one of the keys.
CREATE FUNCTION _mart_report_query(mart name, r jsonb, by_key boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shadows text;
	list text;
	grain_type text;
BEGIN
	SELECT string_agg(format('%s::%s AS %I', ecosystem._mart_report_column(c.name, c.type, c.comment), c.type, c.name), ', ' ORDER BY c.n), max(c.type) FILTER (WHERE c.name = r->>'grain')
	INTO   list, grain_type FROM ecosystem._mart_column(r->>'columns') c;
	IF NOT by_key THEN
		RETURN format(E'SELECT %s FROM (%s\n) AS q', list, ecosystem._mart_guarded(mart, r->>'query'));
	END IF;
	EXECUTE format('SELECT string_agg(format(''%%1$I AS (SELECT * FROM %%2$I.%%1$I WHERE %%3$I = ANY ($1::%%4$s[]))'', i.input, $2, i.grain_column,
			coalesce((SELECT c.type FROM ecosystem._mart_column(o.columns) c WHERE c.name = i.grain_column), ''text'')), '', '')
		FROM ecosystem._mart_input($1) i LEFT JOIN %I.relation o ON o.name = i.input WHERE i.grain_column IS NOT NULL', mart)
		INTO shadows USING r->>'inputs', mart;
	RETURN format(E'WITH %s SELECT %s FROM (%s\n) AS q WHERE q.%I = ANY ($1::%s[])', shadows, list, ecosystem._mart_guarded(mart, r->>'query'), r->>'grain', grain_type);
END $$;
COMMENT ON FUNCTION _mart_report_query(name, jsonb, boolean) IS 'the query that stages a report, of everything or of the keys $1';

CREATE FUNCTION _mart_stage(mart name, query text, keys text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- Not INSERT, which plans no workers, and not a temporary table, which workers
	-- cannot read and an operation as somebody else may not make.
	PERFORM ecosystem._mart_execute(mart, format('CREATE UNLOGGED TABLE %I.stage AS %s', ecosystem._mart_cache(mart), query), keys);
END $$;
COMMENT ON FUNCTION _mart_stage(name, text, text[]) IS 'runs the query that makes a relation, into a table beside it';

CREATE FUNCTION _mart_leave_out_null_keys(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	has_amount constant boolean := EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'amount');
	n bigint;
	amount numeric;
	example text;
BEGIN
	EXECUTE format('WITH gone AS (DELETE FROM %I.stage s WHERE %s RETURNING s.*) SELECT count(*), %s, min(left(to_jsonb(g)::text, 300)) FROM gone g',
		ecosystem._mart_cache(mart), ecosystem._mart_missing_key(r, 's'::text), CASE WHEN has_amount THEN 'sum(amount)' ELSE 'NULL::numeric' END)
		INTO n, amount, example;
	IF n > 0 THEN
		PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('rows without %s, or with one of more than 500 bytes', array_to_string(keys, ' or ')), n,
			concat_ws(', ', 'amount ' || amount, example), 'They are left out, since nothing tells them apart.');
	END IF;
END $$;
COMMENT ON FUNCTION _mart_leave_out_null_keys(name, jsonb) IS 'takes rows without a key from the stage, and notes how many and what they are worth';

CREATE FUNCTION _mart_has_doubles(mart name, r jsonb) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	has_doubles boolean;
BEGIN
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.stage GROUP BY %s HAVING count(*) > 1)', ecosystem._mart_cache(mart),
		ecosystem._mart_names(ARRAY(SELECT jsonb_array_elements_text(r->'keys')))) INTO has_doubles;
	RETURN has_doubles;
END $$;
COMMENT ON FUNCTION _mart_has_doubles(name, jsonb) IS 'whether rows on the stage have one key';

-- Of the rows with one key the latest stays, by updated_at and then by bytes.
CREATE FUNCTION _mart_leave_out_doubles(mart name, r jsonb) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	keys constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	stage constant text := format('%I.stage', ecosystem._mart_cache(mart));
	latest constant text := CASE WHEN EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'updated_at') THEN 'updated_at DESC NULLS LAST, ' ELSE '' END;
	n bigint;
	example text;
BEGIN
	IF NOT ecosystem._mart_has_doubles(mart, r) THEN
		RETURN false;
	END IF;
	EXECUTE format('WITH ranked AS (SELECT ctid AS row, row_number() OVER (PARTITION BY %1$s ORDER BY %2$s s::text COLLATE "C" DESC) AS place FROM %3$s s),
			gone AS (DELETE FROM %3$s s USING ranked WHERE s.ctid = ranked.row AND ranked.place > 1 RETURNING s.*)
		SELECT count(*), min(concat_ws(''/'', %4$s) COLLATE "C") FROM gone', ecosystem._mart_names(keys), latest, stage, array_to_string(keys, ', '))
		INTO n, example;
	PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('rows with the %s of another row', array_to_string(keys, ', ')), n, example,
		'The latest of each is taken; the others are left out.');
	RETURN true;
END $$;
COMMENT ON FUNCTION _mart_leave_out_doubles(name, jsonb) IS 'leaves one row of each key on the stage, and notes how many there were more; whether there were any';

-- Rows of the stage that have a partner in the relation are as many as those of
-- the relation that have one on the stage, unless some share theirs, and what is
-- added has a key each.  To count is sooner done than to look at all keys.
CREATE FUNCTION _mart_may_have_doubles(mart name, r jsonb, rows bigint) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	may_have boolean;
BEGIN
	EXECUTE format('SELECT c.added <> c.keys OR (SELECT count(*) FROM %1$I.stage) - c.added <> $1 - c.removed
		FROM (SELECT count(*) FILTER (WHERE "~change" = ''added'') AS added, count(*) FILTER (WHERE "~change" = ''removed'') AS removed,
			count(DISTINCT (%3$s)) FILTER (WHERE "~change" = ''added'') AS keys FROM %1$I.%2$I) c',
		ecosystem._mart_cache(mart), 'change_' || (r->>'name'), ecosystem._mart_names(ARRAY(SELECT jsonb_array_elements_text(r->'keys')))) INTO may_have USING rows;
	RETURN may_have;
END $$;
COMMENT ON FUNCTION _mart_may_have_doubles(name, jsonb, bigint) IS 'whether rows on the stage may have one key, by their numbers';

-- ---------------------------------------------------------------------------
-- The difference
-- ---------------------------------------------------------------------------

-- How rows are kept that the stage has not: by a relation that is made by key or
-- read since a day, by settings that people edit, by history.
CREATE FUNCTION _mart_find_changes(mart name, r jsonb, keys text[], newer boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	others constant text[] := ARRAY(SELECT n FROM unnest(names) n WHERE n <> ALL (key));
	grain_type constant text := (SELECT c.type FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = r->>'grain');
	target text := format('%I.%I', mart, r->>'name');
	stage text := format('%I.stage', ecosystem._mart_cache(mart));
	gone text := 's.' || quote_ident(key[1]) || ' IS NULL';
	differs text := 'false';
BEGIN
	IF keys IS NOT NULL THEN
		target := format('(SELECT * FROM %s WHERE %I = ANY ($1::%s[]))', target, r->>'grain', grain_type);
	ELSIF r->>'kind' <> 'report' THEN
		gone := CASE WHEN newer OR r->>'kind' <> 'standard' THEN 's."~deleted"' ELSE gone || ' OR s."~deleted"' END;
	END IF;
	IF cardinality(others) > 0 AND r->>'kind' <> 'settings' THEN
		differs := format('(%s) IS DISTINCT FROM (%s)', ecosystem._mart_names_of('s', others), ecosystem._mart_names_of('t', others));
		IF cardinality(others) = 1 THEN
			differs := format('s.%1$I IS DISTINCT FROM t.%1$I', others[1]);
		END IF;
	END IF;
	EXECUTE format('CREATE UNLOGGED TABLE %I.%I AS
		SELECT %s, CASE WHEN t.%5$I IS NULL THEN ''added'' WHEN %6$s THEN ''removed'' ELSE ''changed'' END AS "~change", %4$s
		FROM   %7$s s FULL JOIN %8$s t ON %9$s
		WHERE  t.%5$I IS NULL AND NOT (%6$s) OR t.%5$I IS NOT NULL AND (%6$s OR s.%5$I IS NOT NULL AND %10$s)',
		ecosystem._mart_cache(mart), 'change_' || (r->>'name'),
		(SELECT string_agg(format('coalesce(s.%1$I, t.%1$I) AS %1$I', k), ', ') FROM unnest(key) k),
		(SELECT string_agg(format('t.%I AS %I', n, 'old_' || n), ', ') FROM unnest(names) n),
		key[1], gone, stage, target, ecosystem._mart_same_key(key, 's', 't'), differs) USING keys;
END $$;
COMMENT ON FUNCTION _mart_find_changes(name, jsonb, text[], boolean) IS 'writes the keys and old rows of all that differs between stage and relation';

CREATE FUNCTION _mart_apply_changes(mart name, r jsonb, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key constant text[] := ARRAY(SELECT jsonb_array_elements_text(r->'keys'));
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	others constant text[] := ARRAY(SELECT n FROM unnest(names) n WHERE n <> ALL (key));
	target constant text := format('%I.%I', mart, r->>'name');
	stage constant text := format('%I.stage', ecosystem._mart_cache(mart));
	change constant text := format('%I.%I', ecosystem._mart_cache(mart), 'change_' || (r->>'name'));
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE "~change" = ''added''), count(*) FILTER (WHERE "~change" = ''changed''), count(*) FILTER (WHERE "~change" = ''removed'') FROM %s', change)
		INTO added, changed, removed;
	IF removed > 0 THEN
		EXECUTE format('DELETE FROM %s t USING %s c WHERE c."~change" = ''removed'' AND %s', target, change, ecosystem._mart_same_key(key, 'c', 't'));
	END IF;
	IF changed > 0 THEN
		EXECUTE format('UPDATE %s t SET %s FROM %s s JOIN %s c ON %s WHERE c."~change" = ''changed'' AND %s', target,
			(SELECT string_agg(format('%1$I = s.%1$I', n), ', ') FROM unnest(others) n),
			stage, change, ecosystem._mart_same_key(key, 's', 'c'), ecosystem._mart_same_key(key, 's', 't'));
	END IF;
	IF added > 0 THEN
		EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s s JOIN %s c ON %s WHERE c."~change" = ''added''', target,
			ecosystem._mart_names(names), ecosystem._mart_names_of('s', names), stage, change, ecosystem._mart_same_key(key, 's', 'c'));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_apply_changes(name, jsonb) IS 'applies what differs to a relation: DELETE, UPDATE, INSERT';

-- An index is built three times as fast over rows that are there.  Only the first
-- time, when nobody reads the relation yet: who does would wait for the commit.
CREATE FUNCTION _mart_indexes(mart name, relation text, OUT without text[], OUT again text[])
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	SELECT array_agg(CASE WHEN k.oid IS NULL THEN format('DROP INDEX %I.%I', mart, c.relname) ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I', mart, relation, k.conname) END ORDER BY c.relname),
		array_agg(CASE WHEN k.oid IS NULL THEN pg_get_indexdef(c.oid) ELSE format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', mart, relation, k.conname, pg_get_constraintdef(k.oid)) END ORDER BY c.relname)
	INTO   without, again
	FROM   pg_index x JOIN pg_class c ON c.oid = x.indexrelid LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = x.indrelid
	WHERE  x.indrelid = to_regclass(format('%I.%I', mart, relation))
	-- what somebody's view or foreign key stands on stays
	AND    NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_constraint'::regclass AND d.refobjid = k.oid AND d.deptype = 'n')
	AND    NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = c.oid AND f.conrelid <> x.indrelid);
END $$;
COMMENT ON FUNCTION _mart_indexes(name, text) IS 'the commands that drop the indexes of a relation, and those that make them again';

-- Into an empty relation everything goes as it is.
CREATE FUNCTION _mart_apply_all(mart name, r jsonb, first_time boolean) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	names constant text[] := ARRAY(SELECT c.name FROM ecosystem._mart_column(r->>'columns') c ORDER BY c.n);
	indexes record;
	command text;
	n bigint;
BEGIN
	SELECT * INTO indexes FROM ecosystem._mart_indexes(mart, r->>'name') WHERE first_time;
	FOREACH command IN ARRAY coalesce(indexes.without, '{}') LOOP
		EXECUTE command;
	END LOOP;
	EXECUTE format('INSERT INTO %I.%I (%s) SELECT %3$s FROM %4$I.stage %5$s', mart, r->>'name', ecosystem._mart_names(names), ecosystem._mart_cache(mart),
		CASE WHEN r->>'kind' <> 'report' THEN 'WHERE NOT "~deleted"' END);
	GET DIAGNOSTICS n = ROW_COUNT;
	FOREACH command IN ARRAY coalesce(indexes.again, '{}') LOOP
		EXECUTE command;
	END LOOP;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_apply_all(name, jsonb, boolean) IS 'fills a relation that is empty';

-- The first time, straight from the query.  NULL: that cannot be, or there are rows
-- with the key of another or without one, for which they go over the stage.
CREATE FUNCTION _mart_fill_relation(mart name, r jsonb, query text) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', mart, r->>'name');
	indexes record;
	command text;
	n bigint;
	keyless boolean;
BEGIN
	SELECT * INTO indexes FROM ecosystem._mart_indexes(mart, r->>'name');
	BEGIN
		FOREACH command IN ARRAY coalesce(indexes.without, '{}') LOOP
			EXECUTE command;
		END LOOP;
		n := (ecosystem._mart_ask(mart, format('SELECT ecosystem._mart_fill(%L::regclass, %L) AS n', target, query))->>'n')::bigint;
		EXECUTE format('SELECT EXISTS (SELECT FROM %s t WHERE %s)', target, ecosystem._mart_missing_key(r, 't'::text)) INTO keyless;
		IF n IS NULL OR keyless THEN
			RAISE unique_violation;
		END IF;
		FOREACH command IN ARRAY coalesce(indexes.again, '{}') LOOP
			EXECUTE command;
		END LOOP;
	EXCEPTION WHEN unique_violation OR not_null_violation THEN
		RETURN NULL;
	END;
	RETURN n;
END $$;
COMMENT ON FUNCTION _mart_fill_relation(name, jsonb, text) IS 'fills a relation that was never made from a query; NULL: it is to be staged';

-- ---------------------------------------------------------------------------
-- History: written from what changed
-- ---------------------------------------------------------------------------

-- The rows that a history's text knows as `change`.
CREATE FUNCTION _mart_change_rows(mart name, r jsonb, first_time boolean) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day constant text := format('(SELECT coalesce(as_of, (now() AT TIME ZONE time_zone)::date) FROM %I.setting)', mart);
	old_columns text;
	new_columns text;
BEGIN
	SELECT string_agg(CASE WHEN first_time THEN format('NULL::%s AS %I', c.type, 'old_' || c.name) ELSE format('c.%I', 'old_' || c.name) END, ', ' ORDER BY c.n),
		string_agg(format('t.%I AS %I', c.name, 'new_' || c.name), ', ' ORDER BY c.n)
	INTO   old_columns, new_columns FROM ecosystem._mart_column(r->>'columns') c;
	RETURN format('SELECT %s AS change, %s AS changed_on, now() AS changed_at, %s, %s FROM ', CASE WHEN first_time THEN '''added''::text' ELSE 'c."~change"' END, day, old_columns, new_columns)
		|| CASE WHEN first_time THEN format('%I.%I t', mart, r->>'name')
			ELSE format('%I.%I c LEFT JOIN %I.%I t ON %s', ecosystem._mart_cache(mart), 'change_' || (r->>'name'), mart, r->>'name',
				ecosystem._mart_same_key(ARRAY(SELECT jsonb_array_elements_text(r->'keys')), 'c', 't')) END;
END $$;
COMMENT ON FUNCTION _mart_change_rows(name, jsonb, boolean) IS 'the query of what changed, with old and new columns';

CREATE FUNCTION _mart_write_history(mart name, r jsonb, first_time boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	h jsonb;
	key text[];
	others text[];
BEGIN
	FOR h IN EXECUTE format('SELECT to_jsonb(h) FROM %I.relation h WHERE h.kind = ''history'' AND h.query IS NOT NULL
		AND (SELECT i.input FROM ecosystem._mart_input(h.inputs) i LIMIT 1) = $1 ORDER BY h.name', mart) USING r->>'name'
	LOOP
		key := string_to_array(replace(h->>'key', ' ', ''), ',');
		IF first_time AND ecosystem._mart_is_empty(mart, h->>'name') AND ecosystem._mart_fill_relation(mart, h || jsonb_build_object('keys', key),
			(SELECT format(E'WITH change AS (%s) SELECT %s FROM (%s\n) AS q', ecosystem._mart_change_rows(mart, r, true), string_agg(format('q.%1$I::%2$s AS %1$I', c.name, c.type), ', ' ORDER BY c.n), h->>'query')
				FROM ecosystem._mart_column(h->>'columns') c)) IS NOT NULL
		THEN
			PERFORM ecosystem._mart_analyze(mart, h->>'name');
			CONTINUE;
		END IF;
		others := ARRAY(SELECT c.name FROM ecosystem._mart_column(h->>'columns') c WHERE c.name <> ALL (key) ORDER BY c.n);
		PERFORM ecosystem._mart_run(mart, (SELECT format(E'INSERT INTO %I.%I (%s) WITH change AS (%s) SELECT %s FROM (%s\n) AS q ON CONFLICT (%s) DO %s',
				mart, h->>'name', string_agg(quote_ident(c.name), ', ' ORDER BY c.n), ecosystem._mart_change_rows(mart, r, first_time),
				string_agg(format('q.%I::%s', c.name, c.type), ', ' ORDER BY c.n), h->>'query', ecosystem._mart_names(key),
				coalesce('UPDATE SET ' || (SELECT string_agg(format('%1$I = excluded.%1$I', n), ', ') FROM unnest(others) n), 'NOTHING'))
			FROM ecosystem._mart_column(h->>'columns') c));
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_write_history(name, jsonb, boolean) IS 'writes the histories of a relation from what changed in it';

-- ---------------------------------------------------------------------------
-- One step
-- ---------------------------------------------------------------------------

-- What a step made of its relation: same, some or all of its rows changed (all:
-- there is no list of them), or failed.
CREATE FUNCTION _mart_end_step(mart name, refresh bigint, r jsonb, step jsonb, outcome text, how text, why text, started_at timestamptz, error_code text,
		rows bigint, added bigint, changed bigint, removed bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	took constant numeric := round(extract(epoch FROM clock_timestamp() - started_at)::numeric, 4);
	fine constant boolean := outcome IN ('same', 'some', 'all') AND how <> 'held back';
BEGIN
	EXECUTE format('UPDATE %I.step SET outcome = $2 WHERE relation = $1', ecosystem._mart_cache(mart)) USING r->>'name', outcome;
	EXECUTE format('INSERT INTO %I.relation_state AS s (relation, state, stale, made_from, rows, refreshed_at, seconds, added, changed, removed, problem)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (relation) DO UPDATE SET state = excluded.state, stale = excluded.stale, made_from = coalesce(excluded.made_from, s.made_from),
			rows = coalesce(excluded.rows, s.rows), refreshed_at = coalesce(excluded.refreshed_at, s.refreshed_at), seconds = excluded.seconds,
			added = excluded.added, changed = excluded.changed, removed = excluded.removed, problem = excluded.problem', mart)
		USING r->>'name', CASE WHEN fine THEN 'fresh' ELSE how END, NOT fine, CASE WHEN fine THEN step->>'made_from' END, rows,
			CASE WHEN fine THEN now() END, took, coalesce(added, 0), coalesce(changed, 0), coalesce(removed, 0), CASE WHEN NOT fine THEN why END;
	IF how <> 'nothing' THEN
		EXECUTE format('INSERT INTO %I.refresh_log VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', mart)
			USING refresh, r->>'name', started_at, took, how, rows, added, changed, removed, error_code, why;
	END IF;
	IF fine AND how <> 'nothing' THEN
		RAISE NOTICE '%: % rows, % added, % changed, % removed, % s', r->>'name', rows, added, changed, removed, round(took, 2);
	ELSIF NOT fine THEN
		RAISE NOTICE '%: %, %', r->>'name', how, why;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_end_step(name, bigint, jsonb, jsonb, text, text, text, timestamptz, text, bigint, bigint, bigint, bigint) IS
	'writes down what a step of a refresh has made of its relation';

-- Compares the stage with the relation and makes them equal.  news: the stage has
-- not all rows, and what it has not stays; where it is made of a survey, that is
-- whether it suffices, and the outcome is NULL where it does not.
CREATE FUNCTION _mart_apply(mart name, r jsonb, keys text[], news boolean, first_time boolean, survey jsonb, weight jsonb,
		OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	target constant text := format('%I.%I', mart, r->>'name');
	change constant text := format('%I.%I', ecosystem._mart_cache(mart), 'change_' || (r->>'name'));
	filled boolean;
	suffices boolean := true;
BEGIN
	PERFORM ecosystem._mart_leave_out_null_keys(mart, r);
	rows := (weight->>'rows')::bigint;
	IF rows IS NULL THEN
		EXECUTE format('SELECT count(*) FROM %s', target) INTO rows;
	END IF;
	filled := rows > 0;
	IF survey IS NOT NULL AND ecosystem._mart_has_doubles(mart, r) THEN
		EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
		RETURN;
	ELSIF NOT filled OR keys IS NOT NULL OR news THEN
		PERFORM ecosystem._mart_leave_out_doubles(mart, r);
	END IF;
	IF filled THEN
		PERFORM ecosystem._mart_find_changes(mart, r, keys, news);
		IF survey IS NOT NULL AND r->>'kind' = 'history' THEN
			EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s)', change) INTO suffices;
		ELSIF survey IS NOT NULL THEN
			suffices := ecosystem._mart_adds_up(mart, r, survey, weight);
		ELSIF keys IS NULL AND NOT news AND ecosystem._mart_may_have_doubles(mart, r, rows) AND ecosystem._mart_leave_out_doubles(mart, r) THEN
			EXECUTE format('DROP TABLE %s', change);
			PERFORM ecosystem._mart_find_changes(mart, r, keys, news);
		END IF;
		IF NOT suffices THEN
			EXECUTE format('DROP TABLE %s, %I.stage', change, ecosystem._mart_cache(mart));
			RETURN;
		END IF;
		SELECT a.added, a.changed, a.removed INTO added, changed, removed FROM ecosystem._mart_apply_changes(mart, r) a;
	ELSE
		added := ecosystem._mart_apply_all(mart, r, first_time); changed := 0; removed := 0;
	END IF;
	rows := rows + added - removed;
	outcome := CASE WHEN added + changed + removed = 0 THEN 'same' WHEN filled THEN 'some' ELSE 'all' END;
END $$;
COMMENT ON FUNCTION _mart_apply(name, jsonb, text[], boolean, boolean, jsonb, jsonb) IS 'makes a relation equal to the stage';

-- Only columns that texts join, group or choose by: to look at all of a wide table
-- takes as long as to make it, and autovacuum does so soon after.
CREATE FUNCTION _mart_analyze(mart name, relation text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text;
BEGIN
	EXECUTE format($q$SELECT string_agg(quote_ident(c.name), ', ' ORDER BY c.n) FROM %I.relation r, ecosystem._mart_column(r.columns) c
		WHERE r.name = $1 AND (c.name = ANY (string_to_array(replace(r.key, ' ', ''), ',')) OR c.name ~ '(_id|_on|_at|period|_starts|_quarter)$' OR c.type = 'boolean'
			OR c.name IN ('outcome', 'event', 'origin', 'population', 'source', 'role', 'kind', 'type', 'stage', 'owner', 'region', 'program', 'segment', 'partner_type', 'involvement', 'scope'))$q$, mart)
		INTO columns USING relation;
	EXECUTE format('ANALYZE %I.%I (%s)', mart, relation, columns);
END $$;
COMMENT ON FUNCTION _mart_analyze(name, text) IS 'gives the planner the sizes of a relation and what it needs of its columns';

-- What follows from changed rows.
CREATE FUNCTION _mart_settle(mart name, r jsonb, outcome text, rows bigint, moved bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF outcome <> 'same' THEN
		IF moved > rows / 10 THEN
			PERFORM ecosystem._mart_analyze(mart, r->>'name');
		END IF;
		PERFORM ecosystem._mart_write_history(mart, r, outcome = 'all');
	END IF;
	-- The first fill has none; IF EXISTS would say so to whoever refreshes.
	IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
		EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
	END IF;
END $$;
COMMENT ON FUNCTION _mart_settle(name, jsonb, text, bigint, bigint) IS 'writes the histories of a relation that has changed, and clears the stage';

CREATE FUNCTION _mart_make_report(mart name, r jsonb, how text, keys text[], first_time boolean, OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	query constant text := ecosystem._mart_report_query(mart, r, how = 'by key');
BEGIN
	IF first_time AND how = 'full' AND ecosystem._mart_is_empty(mart, r->>'name') THEN
		rows := ecosystem._mart_fill_relation(mart, r, query);
	END IF;
	IF rows IS NOT NULL THEN
		outcome := CASE WHEN rows = 0 THEN 'same' ELSE 'all' END; added := rows; changed := 0; removed := 0;
	ELSE
		PERFORM ecosystem._mart_stage(mart, query, keys);
		SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, keys, false, first_time, NULL::jsonb, NULL::jsonb) a;
	END IF;
	PERFORM ecosystem._mart_settle(mart, r, outcome, rows, added + changed + removed);
END $$;
COMMENT ON FUNCTION _mart_make_report(name, jsonb, text, text[], boolean) IS 'makes a report, in full or by key';

CREATE FUNCTION _mart_is_empty(mart name, relation text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	is_empty boolean;
BEGIN
	EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I.%I)', mart, relation) INTO is_empty;
	RETURN is_empty;
END $$;
COMMENT ON FUNCTION _mart_is_empty(name, text) IS 'whether a relation has no row';

-- Loads are surveyed before they are staged, and staged as far as they differ.
CREATE FUNCTION _mart_load(mart name, r jsonb, made_from text, full_refresh boolean, newer boolean, first_time boolean,
		OUT outcome text, OUT rows bigint, OUT added bigint, OUT changed bigint, OUT removed bigint, OUT held_back text)
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- a text of one's own in the place of the parts
	own constant boolean := r->>'kind' = 'standard' AND r->>'query' IS NOT NULL;
	parts constant text[] := ARRAY(SELECT part->>'part' FROM ecosystem._mart_parts(mart, r) part);
	notes_parts constant boolean := cardinality(parts) > 1 AND r->>'kind' = 'standard';
	query constant text := ecosystem._mart_load_query(mart, r, newer, '{}'::text[]);
	survey constant jsonb := ecosystem._mart_survey(mart, r, query);
	weight jsonb;
	held text[] := '{}';
	news boolean := newer;
BEGIN
	IF NOT newer AND NOT full_refresh AND NOT own THEN
		SELECT coalesce(array_agg(s.part), '{}'), string_agg(s.said, ', ') INTO held, held_back FROM ecosystem._mart_shrunk_parts(mart, r, survey->'parts') s;
	END IF;
	outcome := 'same'; added := 0; changed := 0; removed := 0;
	IF held <> '{}' THEN
		-- The others load, where it is known which rows are whose.
		IF parts <@ held OR NOT (notes_parts AND ecosystem._mart_knows_parts(mart, r, made_from)) THEN
			IF NOT parts <@ held THEN
				held_back := concat(held_back, '; the other parts wait, since it is not known which rows are theirs');
			END IF;
			RETURN;
		END IF;
		PERFORM ecosystem._mart_stage(mart, ecosystem._mart_load_query(mart, r, false, held), NULL::text[]);
		PERFORM ecosystem._mart_keep_parts(mart, r, held);
	ELSIF newer OR r->>'kind' = 'settings' THEN
		PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
	ELSE
		-- A history has rows that no source has any more.
		weight := CASE WHEN r->>'kind' = 'history' AND NOT ecosystem._mart_is_empty(mart, r->>'name') THEN '{"rows": null}' ELSE ecosystem._mart_weight(mart, r) END;
		IF weight = jsonb_build_object('rows', survey->'rows', 'sum', survey->'sum') OR (weight->>'rows')::bigint = 0 THEN
			IF (survey->>'remarks')::bigint > 0 THEN
				PERFORM ecosystem._mart_stage(mart, format('SELECT * FROM (%s) s WHERE %s', query, ecosystem._mart_remarkable(mart, r)), NULL::text[]);
			END IF;
			rows := (weight->>'rows')::bigint;
		ELSE
			news := true;
			PERFORM ecosystem._mart_stage_news(mart, r, query);
		END IF;
	END IF;
	IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
		PERFORM ecosystem._mart_find_words(mart, r);
		PERFORM ecosystem._mart_find_amounts(mart, r);
		PERFORM ecosystem._mart_find_lost(mart, r);
	END IF;
	IF NOT own THEN
		PERFORM ecosystem._mart_remember_parts(mart, r, survey->'parts', newer, held);
	END IF;
	IF rows IS NOT NULL THEN
		IF to_regclass(format('%I.stage', ecosystem._mart_cache(mart))) IS NOT NULL THEN
			PERFORM ecosystem._mart_leave_out_null_keys(mart, r);
			EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
		END IF;
		IF (survey->>'rows')::bigint > 0 AND rows = 0 THEN
			IF first_time THEN
				rows := ecosystem._mart_fill_relation(mart, r, (SELECT format('SELECT %s FROM (%s) s WHERE NOT "~deleted" AND NOT (%s)', string_agg(format('s.%I', c.name), ', ' ORDER BY c.n), query,
					ecosystem._mart_missing_key(r, 's'::text)) FROM ecosystem._mart_column(r->>'columns') c));
			END IF;
			IF rows > 0 THEN
				outcome := 'all'; added := rows;
			ELSE
				PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
				SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, NULL::text[], false, first_time, NULL::jsonb, NULL::jsonb) a;
			END IF;
		END IF;
	ELSE
		SELECT a.* INTO outcome, rows, added, changed, removed
		FROM   ecosystem._mart_apply(mart, r, NULL::text[], news, first_time, CASE WHEN weight IS NOT NULL THEN survey END, weight) a;
		IF outcome IS NULL THEN
			news := false;
			PERFORM ecosystem._mart_stage(mart, query, NULL::text[]);
			SELECT a.* INTO outcome, rows, added, changed, removed FROM ecosystem._mart_apply(mart, r, NULL::text[], false, first_time, NULL::jsonb, NULL::jsonb) a;
		END IF;
	END IF;
	IF notes_parts AND held = '{}' AND (outcome <> 'same' OR NOT ecosystem._mart_knows_parts(mart, r, made_from)) THEN
		PERFORM ecosystem._mart_note_parts(mart, r, made_from, CASE WHEN newer THEN ecosystem._mart_load_query(mart, r, false, '{}'::text[]) ELSE query END, news AND outcome = 'some');
	END IF;
	PERFORM ecosystem._mart_settle(mart, r, outcome, rows, added + changed + removed);
END $$;
COMMENT ON FUNCTION _mart_load(name, jsonb, text, boolean, boolean, boolean) IS 'makes a relation that is loaded from its parts';

CREATE FUNCTION _mart_run_step(mart name, refresh bigint, r jsonb, step jsonb, full_refresh boolean, how text, why text, keys text[], started_at timestamptz) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	first_time constant boolean := (step->>'first_time')::boolean;
	done record;
	held_back text;
BEGIN
	IF step->>'kind' = 'loaded' THEN
		SELECT * INTO done FROM ecosystem._mart_load(mart, r, step->>'made_from', full_refresh, how = 'by key', first_time);
		held_back := done.held_back;
	ELSE
		SELECT * INTO done FROM ecosystem._mart_make_report(mart, r, how, keys, first_time);
	END IF;
	IF held_back IS NOT NULL THEN
		PERFORM ecosystem._mart_found(mart, 'error', r->>'name', 'held back: it has lost most of its rows', NULL::bigint, held_back,
			format('Where that is right: CALL ecosystem.refresh_mart(%L, full_refresh => true).', mart));
		how := 'held back'; why := held_back;
	END IF;
	PERFORM ecosystem._mart_end_step(mart, refresh, r, step, done.outcome, how, why, started_at, NULL::text, done.rows, done.added, done.changed, done.removed);
END $$;
COMMENT ON FUNCTION _mart_run_step(name, bigint, jsonb, jsonb, boolean, text, text, text[], timestamptz) IS 'makes one relation: stage, compare, apply';

CREATE FUNCTION _mart_step(mart name, refresh bigint, r jsonb, step jsonb, asked boolean, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	todo record;
	said text;
	detail text;
	code text;
BEGIN
	SELECT * INTO todo FROM ecosystem._mart_decide(mart, r, step, full_refresh AND asked);
	IF todo.how = 'nothing' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'same', 'nothing', NULL::text, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSIF NOT asked THEN
		-- What is read is there to be made later, in full
		IF step->>'kind' <> 'loaded' THEN
			EXECUTE format('UPDATE %I.relation_state SET stale = true, state = ''stale'', problem = $2 WHERE relation = $1', mart) USING r->>'name', todo.why;
		END IF;
	ELSIF todo.how = 'skipped' THEN
		PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'failed', 'skipped', todo.why, started_at, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
	ELSE
		BEGIN
			PERFORM ecosystem._mart_run_step(mart, refresh, r, step, full_refresh, todo.how, todo.why, todo.keys, started_at);
		EXCEPTION
			WHEN serialization_failure OR deadlock_detected THEN
				RAISE;
			WHEN OTHERS THEN
				GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
				said := concat_ws(' ', said, nullif(detail, ''));
				IF r->>'name' = 'metric' AND ecosystem._mart_metric_mend(mart) THEN
					-- without the definitions that fail
					r := ecosystem._mart_relation_row(mart, 'metric'::text);
					PERFORM ecosystem._mart_step(mart, refresh, r, step || jsonb_build_object('made_from', ecosystem._mart_made_from(mart, r)), asked, full_refresh);
					RETURN;
				END IF;
				PERFORM ecosystem._mart_found(mart, 'error', r->>'name', 'it could not be made, and has its previous rows', NULL::bigint, said,
					'Mend the text or what it reads, then refresh again.');
				PERFORM ecosystem._mart_end_step(mart, refresh, r, step, 'failed', 'failed', said, started_at, code, NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint);
		END;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_step(name, bigint, jsonb, jsonb, boolean, boolean) IS 'one step of a refresh: an error in it leaves its relation as it was, and hinders nobody else';

-- ---------------------------------------------------------------------------
-- The match keys of accounts and partner accounts
-- ---------------------------------------------------------------------------

-- The only place of the extension's types.  Its rows say in a comment with which
-- version they were made, and are made anew with another one.
CREATE FUNCTION _mart_identity_maker() RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('ecosystem %s, list %s', ecosystem.ecosystem_version(), ecosystem.public_suffix_list_version());
END $$;
COMMENT ON FUNCTION _mart_identity_maker() IS 'the version and the list that match keys are made with';

CREATE FUNCTION _mart_identity_exists(mart name) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	identity constant regclass := to_regclass(format('%I.identity', ecosystem._mart_cache(mart)));
BEGIN
	RETURN coalesce(obj_description(identity, 'pg_class') = ecosystem._mart_identity_maker(), false)
		AND (SELECT count(*) FROM pg_attribute WHERE attrelid = identity AND attname IN ('source', 'record_id', 'identity', 'made_of') AND NOT attisdropped) = 4;
END $$;
COMMENT ON FUNCTION _mart_identity_exists(name) IS 'whether the match keys of a mart are there, made by this version';

-- Its state stands beside those of relations: what it missed when it failed is
-- made up for by comparing everything.
CREATE FUNCTION _mart_identity_is_fresh(mart name) RETURNS boolean
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	changed boolean;
BEGIN
	IF ecosystem._mart_state(mart, 'identity'::text)->>'state' IS DISTINCT FROM 'fresh' THEN
		RETURN false;
	END IF;
	EXECUTE format('SELECT bool_or(outcome IN (''some'', ''all'')) FROM %I.step WHERE relation IN (''account'', ''partner_account'')', ecosystem._mart_cache(mart)) INTO changed;
	RETURN NOT coalesce(changed, false) AND ecosystem._mart_identity_exists(mart);
END $$;
COMMENT ON FUNCTION _mart_identity_is_fresh(name) IS 'whether a refresh may leave the match keys as they are';

CREATE FUNCTION _mart_identity_table(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name constant text := format('%I.identity', ecosystem._mart_cache(mart));
BEGIN
	IF ecosystem._mart_identity_exists(mart) THEN
		RETURN;
	END IF;
	IF to_regclass(name) IS NOT NULL THEN
		EXECUTE format('DROP TABLE %s', name);
	END IF;
	EXECUTE format('CREATE TABLE %s (source text NOT NULL, record_id text NOT NULL, identity ecosystem.company_identity NOT NULL, made_of text NOT NULL, PRIMARY KEY (source, record_id))', name);
	EXECUTE format('COMMENT ON TABLE %s IS %L', name, ecosystem._mart_identity_maker());
END $$;
COMMENT ON FUNCTION _mart_identity_table(name) IS 'makes the table of match keys where it is missing or was made by another version';

CREATE FUNCTION _mart_identity(mart name) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n bigint;
	m bigint;
BEGIN
	PERFORM ecosystem._mart_identity_table(mart);
	EXECUTE format($q$CREATE UNLOGGED TABLE %2$I.stage AS
		SELECT *, md5(concat_ws(chr(1), coalesce(website, chr(2)), coalesce(email, chr(2)), coalesce(name, chr(2)), coalesce(country, chr(2)), external_ids)) AS made_of
		FROM  (SELECT 'own' AS source, account_id AS record_id, website, email, name, country, external_ids FROM %1$I.account
			UNION ALL SELECT 'partner/' || partner_id, record_id, website, email, name, country, external_ids FROM %1$I.partner_account) r$q$, mart, ecosystem._mart_cache(mart));
	EXECUTE format('DELETE FROM %1$I.identity i WHERE NOT EXISTS (SELECT FROM %1$I.stage s WHERE (s.source, s.record_id, s.made_of) = (i.source, i.record_id, i.made_of))', ecosystem._mart_cache(mart));
	GET DIAGNOSTICS n = ROW_COUNT;
	EXECUTE format($q$INSERT INTO %1$I.identity (source, record_id, identity, made_of)
		-- a record has at most a thousand keys
		SELECT source, record_id, ecosystem.identify(website => left(website, 4000), email => left(email, 4000), name => left(name, 4000), country => country,
			ids => CASE WHEN external_ids <> '' THEN (regexp_split_to_array(btrim(external_ids), '[\s,;]+'))[1:500] END), made_of
		FROM   %1$I.stage s WHERE NOT EXISTS (SELECT FROM %1$I.identity i WHERE (s.source, s.record_id) = (i.source, i.record_id))$q$, ecosystem._mart_cache(mart));
	GET DIAGNOSTICS m = ROW_COUNT;
	EXECUTE format('DROP TABLE %I.stage', ecosystem._mart_cache(mart));
	IF n + m > 0 THEN
		EXECUTE format('ANALYZE %I.identity', ecosystem._mart_cache(mart));
		RETURN 'all';
	END IF;
	RETURN 'same';
END $$;
COMMENT ON FUNCTION _mart_identity(name) IS 'makes the match keys of accounts and partner accounts that are new or changed';

CREATE FUNCTION _mart_identity_step(mart name, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	outcome text;
	said text;
BEGIN
	BEGIN
		outcome := CASE WHEN NOT full_refresh AND ecosystem._mart_identity_is_fresh(mart) THEN 'same' ELSE ecosystem._mart_identity(mart) END;
	EXCEPTION
		WHEN serialization_failure OR deadlock_detected THEN
			RAISE;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
			outcome := 'failed';
			PERFORM ecosystem._mart_found(mart, 'error', 'account', 'its match keys could not be made', NULL::bigint, said, NULL::text);
	END;
	EXECUTE format('UPDATE %I.step SET outcome = $1 WHERE relation = ''identity''', ecosystem._mart_cache(mart)) USING outcome;
	EXECUTE format('INSERT INTO %I.relation_state AS s (relation, state, stale, problem) VALUES (''identity'', $1, $2, $3)
		ON CONFLICT (relation) DO UPDATE SET state = excluded.state, stale = excluded.stale, problem = excluded.problem WHERE (s.state, s.problem) IS DISTINCT FROM (excluded.state, excluded.problem)', mart)
		USING CASE outcome WHEN 'failed' THEN 'failed' ELSE 'fresh' END, outcome = 'failed', said;
END $$;
COMMENT ON FUNCTION _mart_identity_step(name, boolean) IS 'the step of a refresh that makes match keys';

-- ---------------------------------------------------------------------------
-- The whole
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_check_asked(mart name, relations text[]) RETURNS void
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	unknown text;
BEGIN
	SELECT string_agg(quote_ident(a), ', ') INTO unknown FROM unnest(relations) a
	WHERE  a IS NULL OR a NOT IN (SELECT s.name FROM ecosystem._mart_steps(mart) s);
	IF unknown IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('mart "%s" makes no relation %s', mart, unknown),
			HINT = format('SELECT relation FROM ecosystem.mart_status(%L) lists them; settings are edited, not made.', mart);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_asked(name, text[]) IS 'raises an error unless all of these are made by a refresh';

-- A table that was never looked at passes for one of hundreds of rows, and what is
-- joined with it for as many times its own.
CREATE FUNCTION _mart_analyze_settings(mart name) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	name text;
BEGIN
	FOR name IN EXECUTE format('SELECT r.name FROM %I.relation r JOIN pg_class c ON c.relname = r.name AND c.relnamespace = to_regnamespace($1)
		WHERE r.kind = ''settings'' AND c.reltuples < 0 ORDER BY r.name', mart) USING quote_ident(mart)
	LOOP
		EXECUTE format('ANALYZE %I.%I', mart, name);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_analyze_settings(name) IS 'gives the planner the sizes of settings that nobody has looked at';

CREATE FUNCTION _mart_begin_refresh(mart name) RETURNS bigint
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	refresh bigint;
BEGIN
	EXECUTE format('CREATE UNLOGGED TABLE %I.step AS
		SELECT o.place, s.name AS relation, s.kind, to_jsonb(s.waits_for) AS waits_for, NULL::text AS outcome
		FROM   ecosystem._mart_steps($1) s JOIN unnest(ecosystem._mart_order($1)) WITH ORDINALITY AS o(name, place) USING (name)', ecosystem._mart_cache(mart)) USING mart;
	EXECUTE format('CREATE UNLOGGED TABLE %I.found (relation text, problem text, severity text, rows bigint, example text, advice text, PRIMARY KEY (relation, problem))', ecosystem._mart_cache(mart));
	PERFORM ecosystem._mart_analyze_settings(mart);
	EXECUTE format('SELECT coalesce(max(refresh), 0) + 1 FROM %I.refresh_log', mart) INTO refresh;
	RETURN refresh;
END $$;
COMMENT ON FUNCTION _mart_begin_refresh(name) IS 'makes the tables that a refresh works with; returns its number';

-- Problems of what was made or failed now are those found now; the others stay.
CREATE FUNCTION _mart_write_problems(mart name, refresh bigint) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format($q$DELETE FROM %1$I.problem p WHERE p.source = 'refresh'
		AND p.relation IN (SELECT l.relation FROM %1$I.refresh_log l WHERE l.refresh = $1)
		AND NOT EXISTS (SELECT FROM %2$I.found f WHERE (f.relation, f.problem) = (p.relation, p.problem))$q$, mart, ecosystem._mart_cache(mart)) USING refresh;
	EXECUTE format($q$INSERT INTO %1$I.problem AS p (source, relation, problem, severity, rows, example, advice)
		SELECT 'refresh', relation, problem, severity, rows, example, advice FROM %2$I.found
		ON CONFLICT (source, relation, problem) DO UPDATE SET severity = excluded.severity, rows = excluded.rows, example = excluded.example, advice = excluded.advice
		WHERE (p.severity, p.rows, p.example, p.advice) IS DISTINCT FROM (excluded.severity, excluded.rows, excluded.example, excluded.advice)$q$, mart, ecosystem._mart_cache(mart));
END $$;
COMMENT ON FUNCTION _mart_write_problems(name, bigint) IS 'writes the problems that a refresh found';

CREATE FUNCTION _mart_end_refresh(mart name, refresh bigint, started_at timestamptz, full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t text;
BEGIN
	PERFORM ecosystem._mart_write_problems(mart, refresh);
	PERFORM ecosystem._mart_check_step(mart, full_refresh);
	EXECUTE format('INSERT INTO %1$I.refresh_log SELECT $1, ''(all)'', $2, round(extract(epoch FROM clock_timestamp() - $2)::numeric, 4),
			CASE WHEN bool_or(how IN (''failed'', ''skipped'', ''held back'')) THEN ''with failures'' ELSE ''complete'' END,
			NULL, coalesce(sum(added), 0), coalesce(sum(changed), 0), coalesce(sum(removed), 0) FROM %1$I.refresh_log WHERE refresh = $1', mart)
		USING refresh, started_at;
	FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace(quote_ident(ecosystem._mart_cache(mart)))
		AND c.relkind = 'r' AND (c.relname IN ('step', 'found') OR c.relname ~ '^change_')
	LOOP
		EXECUTE format('DROP TABLE %I.%I', ecosystem._mart_cache(mart), t);
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_end_refresh(name, bigint, timestamptz, boolean) IS 'writes down what a refresh did, and drops what it worked with';

CREATE FUNCTION _mart_refresh(mart name, relations text[], full_refresh boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	started_at constant timestamptz := clock_timestamp();
	refresh bigint;
	step jsonb;
	r jsonb;
	code text;
	said text;
	place text;
	book text;
BEGIN
	PERFORM ecosystem._mart_lock(mart);
	PERFORM ecosystem._mart_check_asked(mart, relations);
	PERFORM ecosystem._mart_check_setting(mart);
	PERFORM ecosystem._mart_metric_step(mart);
	refresh := ecosystem._mart_begin_refresh(mart);
	FOR step IN EXECUTE format('SELECT to_jsonb(s) FROM %I.step s ORDER BY place', ecosystem._mart_cache(mart)) LOOP
		IF step->>'kind' = 'identity' THEN
			PERFORM ecosystem._mart_identity_step(mart, full_refresh);
		ELSE
			r := ecosystem._mart_relation_row(mart, step->>'relation');
			step := step || jsonb_build_object('made_from', ecosystem._mart_made_from(mart, r),
				'first_time', ecosystem._mart_state(mart, step->>'relation')->>'refreshed_at' IS NULL);
			PERFORM ecosystem._mart_step(mart, refresh, r, step, coalesce(step->>'relation' = ANY (relations), true), full_refresh);
		END IF;
	END LOOP;
	PERFORM ecosystem._mart_refresh_shares(mart, refresh, relations IS NULL, full_refresh);
	PERFORM ecosystem._mart_end_refresh(mart, refresh, started_at, full_refresh);
	PERFORM ecosystem._mart_closing_words(mart);
EXCEPTION WHEN OTHERS THEN
	-- Where the mart keeps its books a step's fault cannot be written down.
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, place = PG_EXCEPTION_CONTEXT;
	book := (regexp_match(place, format('SQL statement "(?:INSERT INTO|UPDATE|DELETE FROM) %s\.(relation_state|refresh_log|problem|relation_part)\M', regexp_replace(quote_ident(mart), '(\W)', '\\\1', 'g'))))[1];
	IF code ~ '^40' OR book IS NULL THEN
		RAISE;
	END IF;
	RAISE EXCEPTION USING ERRCODE = code, MESSAGE = format('mart "%s": its table "%s" cannot be written', mart, book), DETAIL = said,
		HINT = format('Look at the triggers and constraints that somebody gave %I.%I; nothing was refreshed.', mart, book);
END $$;
COMMENT ON FUNCTION _mart_refresh(name, text[], boolean) IS 'what refresh_mart() does, as the owner';

CREATE PROCEDURE refresh_mart(mart name, relations text[] DEFAULT NULL, full_refresh boolean DEFAULT false)
	LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ecosystem._mart_must_exist(mart);
	PERFORM ecosystem._mart_make_cache(mart);
	PERFORM ecosystem._mart_as_owner(mart, format('SELECT ecosystem._mart_refresh(%L::name, %L::text[], %L::boolean)', mart, relations, coalesce(full_refresh, false)));
END $$;
COMMENT ON PROCEDURE refresh_mart(name, text[], boolean) IS
	'makes what changed in a mart, in one transaction: all relations, or those named, of what changed or in full; what fails keeps its rows and says why';

