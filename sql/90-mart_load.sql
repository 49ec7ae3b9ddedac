-- mart load: standard relations from their parts: columns by name, days in the
-- mart's zone, money in its currency, words with their meanings
--
-- Columns that only the load knows begin with ~: the part a row is from, a word
-- without a meaning, and for parts that say when rows changed, that and whether
-- they are deleted.

-- A number written as text, NULL where it is none.
CREATE FUNCTION _mart_load_number(expression text, type text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF type ~ '^(smallint|integer|bigint|numeric|real|double)' THEN
		RETURN expression || '::numeric';
	END IF;
	RETURN format('CASE WHEN btrim(%1$s::text) ~ ''^[-+]?[0-9]{1,30}([.][0-9]{0,30})?([eE][-+]?[0-9]{1,2})?$'' THEN btrim(%1$s::text)::numeric END', expression);
END $$;
COMMENT ON FUNCTION _mart_load_number(text, text) IS 'the expression that reads a number, whatever it is written as';

-- In the mart's currency and digits; NULL where there is no rate or no room.  The
-- number itself is worked out once a row, by the join that _mart_load_numbers() makes.
CREATE FUNCTION _mart_load_money(name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('CASE WHEN abs(money.%1$I) < 9999999999999999 THEN round(money.%1$I, s.minor_digits)::numeric(18,2) END', name);
END $$;
COMMENT ON FUNCTION _mart_load_money(text) IS 'the expression that converts an amount into the mart''s currency';

-- A moment that is stored without a zone is in UTC, as replicators write it.
CREATE FUNCTION _mart_load_moment(expression text, type text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN type ~ '^timestamp.*without' THEN format('(%s AT TIME ZONE ''UTC'')', expression) ELSE expression || '::timestamptz' END;
END $$;
COMMENT ON FUNCTION _mart_load_moment(text, text) IS 'the expression that reads a moment';

-- A day as a moment: the last of it where something ends, else its first.
CREATE FUNCTION _mart_load_day_as_moment(expression text, name text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF name IN ('closed_at', 'ended_at') THEN
		RETURN format('(((%s::date + 1)::timestamp AT TIME ZONE s.time_zone) - interval ''1 microsecond'')', expression);
	END IF;
	RETURN format('(%s::date::timestamp AT TIME ZONE s.time_zone)', expression);
END $$;
COMMENT ON FUNCTION _mart_load_day_as_moment(text, text) IS 'the expression that makes a moment of a day, in the mart''s zone';

-- Whether a value has room where it goes.  No row stops a load: what has none is
-- left out, and a problem.  Ids are looked up by an index, which has its limits.
CREATE FUNCTION _mart_load_fits(name text, type text, expression text, delivered_type text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	digits constant text[] := regexp_match(type, '^numeric\(([0-9]+),([0-9]+)\)');
	number constant text := '(' || ecosystem._mart_load_number(expression, delivered_type) || ')';
BEGIN
	RETURN CASE
		WHEN digits IS NOT NULL THEN format('abs(%s) < %s%s', number, '1' || repeat('0', digits[1]::integer - digits[2]::integer) || ' - 1', CASE WHEN name IN ('weight', 'share') THEN format(' AND %s >= 0', number) END)
		WHEN type = 'integer' THEN format('abs(%s) < 2147483647', number)
		WHEN type = 'bigint' THEN format('abs(%s) < 9223372036854775807', number)
		WHEN type = 'double precision' THEN format('abs(%s::double precision) < ''Infinity''', expression)
		WHEN type IN ('date', 'timestamptz') AND delivered_type ~ '^(date|timestamp)' THEN format('%s >= ''0001-01-01'' AND %1$s < ''9999-12-30''', expression)
		WHEN type = 'text' AND name ~ '_id$' THEN format('octet_length(%s::text) <= 500', expression)
		ELSE 'true' END;
END $$;
COMMENT ON FUNCTION _mart_load_fits(text, text, text, text) IS 'the condition that a value fits its column';

-- Names of the columns of a row whose values did not fit.
CREATE FUNCTION _mart_load_lost(columns text, delivered jsonb, keys jsonb, money boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	list text;
BEGIN
	SELECT string_agg(format('CASE WHEN NOT coalesce(%s, false) AND q.%I IS NOT NULL THEN %L END', f.fits, c.name, c.name), ', ' ORDER BY c.n) INTO list
	FROM   ecosystem._mart_column(columns) c, LATERAL (SELECT ecosystem._mart_load_fits(c.name, c.type, format('q.%I', c.name), delivered->>c.name) AS fits) f
	WHERE  delivered ? c.name AND f.fits <> 'true' AND NOT keys ? c.name AND NOT (money AND c.type = 'numeric(18,2)');
	RETURN CASE WHEN list IS NULL THEN 'NULL::text' ELSE format('nullif(concat_ws('', '', %s), '''')', list) END;
END $$;
COMMENT ON FUNCTION _mart_load_lost(text, jsonb, jsonb, boolean) IS 'the expression that names the columns of a row whose values are left out';

-- The expression of one column, of what a part delivers (name: type).  What is
-- not delivered is made from what is: days from moments, moments from days.
CREATE FUNCTION _mart_load_expression(name text, type text, delivered jsonb, money boolean) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	own constant text := format('q.%I', name);
	own_type constant text := delivered->>name;
	twin constant text := CASE WHEN name ~ '_at$' THEN regexp_replace(name, '_at$', '_on') WHEN name ~ '_on$' THEN regexp_replace(name, '_on$', '_at')
		WHEN name = 'amount' THEN 'amount_written' WHEN name = 'amount_written' THEN 'amount' END;
	twin_type constant text := delivered->>twin;
BEGIN
	IF money AND type = 'numeric(18,2)' AND (own_type IS NOT NULL OR twin_type IS NOT NULL) THEN
		RETURN ecosystem._mart_load_money(name);
	ELSIF own_type IS NOT NULL THEN
		RETURN format('CASE WHEN %s THEN %s END', ecosystem._mart_load_fits(name, type, own, own_type), CASE
			WHEN type = 'timestamptz' AND own_type = 'date' THEN ecosystem._mart_load_day_as_moment(own, name)
			WHEN type = 'timestamptz' THEN ecosystem._mart_load_moment(own, own_type)
			WHEN type ~ '^(numeric|integer|bigint)' THEN format('(%s)::%s', ecosystem._mart_load_number(own, own_type), type)
			ELSE format('%s::%s', own, type) END);
	ELSIF twin_type IS NOT NULL THEN
		RETURN format('CASE WHEN %s THEN %s END', ecosystem._mart_load_fits(twin, CASE WHEN twin ~ '_at$' AND twin_type <> 'date' THEN 'timestamptz' WHEN twin ~ '_(at|on)$' THEN 'date' ELSE type END, format('q.%I', twin), twin_type), CASE
			WHEN type = 'timestamptz' THEN ecosystem._mart_load_day_as_moment(format('q.%I', twin), name)
			WHEN type = 'date' AND twin_type = 'date' THEN format('q.%I', twin)
			WHEN type = 'date' THEN format('(%s AT TIME ZONE s.time_zone)::date', ecosystem._mart_load_moment(format('q.%I', twin), twin_type))
			ELSE format('q.%I::%s', twin, type) END);
	END IF;
	RETURN format('NULL::%s', type);
END $$;
COMMENT ON FUNCTION _mart_load_expression(text, text, jsonb, boolean) IS 'the expression that loads a column from what a part delivers';

-- The rate of the day that an amount counts on: the close's where it is closed,
-- its period's, else today's plan.
CREATE FUNCTION _mart_load_rate(mart name, delivered jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	day constant text := CASE WHEN delivered ?| ARRAY['closed_on', 'closed_at'] THEN ecosystem._mart_load_expression('closed_on', 'date', delivered, false)
		WHEN delivered ? 'period' THEN 'q.period::date' ELSE 'NULL::date' END;
BEGIN
	IF NOT delivered ? 'currency' THEN
		RETURN 'CROSS JOIN (SELECT 1 AS rate) AS rate';
	END IF;
	RETURN format('CROSS JOIN LATERAL (SELECT CASE WHEN coalesce(upper(btrim(q.currency::text)), '''') IN ('''', s.currency) THEN 1 ELSE
		(SELECT r.rate FROM (SELECT * FROM %1$I.currency_rate t WHERE %3$s) r
			WHERE r.currency = upper(btrim(q.currency::text)) AND r.use = CASE WHEN %2$s IS NULL THEN ''plan'' ELSE ''closed'' END
			AND   r.valid_from <= coalesce(%2$s, s.as_of, (now() AT TIME ZONE s.time_zone)::date)
			ORDER BY r.valid_from DESC LIMIT 1) END AS rate) AS rate', mart, day, ecosystem._mart_usable(mart, 'currency_rate'::text));
END $$;
COMMENT ON FUNCTION _mart_load_rate(name, jsonb) IS 'the join that finds the rate of an amount''s currency';

-- amount_written says more than amount, where a part delivers both.
CREATE FUNCTION _mart_load_numbers(columns text, delivered jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	list text;
BEGIN
	SELECT string_agg(format('(%s) * rate.rate AS %I', ecosystem._mart_load_number(format('q.%I', d.name), delivered->>d.name), c.name), ', ' ORDER BY c.n) INTO list
	FROM   ecosystem._mart_column(columns) c,
	       LATERAL (SELECT CASE WHEN c.name = 'amount' AND delivered ? 'amount_written' THEN 'amount_written' ELSE c.name END AS name) d
	WHERE  c.type = 'numeric(18,2)' AND delivered ? d.name;
	RETURN format('CROSS JOIN LATERAL (SELECT %s OFFSET 0) AS money', list);
END $$;
COMMENT ON FUNCTION _mart_load_numbers(text, jsonb) IS 'the join that works out the amounts of a row in the mart''s currency';

-- Columns whose words have meanings; in a closed vocabulary a word without one
-- is left out, unless the key needs it.
CREATE FUNCTION _mart_load_words(mart name, r jsonb) RETURNS TABLE (name text, stays boolean)
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	has_any boolean;
BEGIN
	-- Most have none, and that is soon seen.
	EXECUTE format('SELECT EXISTS (SELECT FROM %I.meaning WHERE relation = $1)', mart) INTO has_any USING r->>'name';
	IF NOT has_any THEN
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format(
		'SELECT m.column_name, $2 ? m.column_name OR NOT bool_or(m.how = ''standard'')
		FROM  (SELECT * FROM %1$I.meaning t WHERE %2$s) m
		WHERE  m.relation = $1 AND m.column_name IN (SELECT c.name FROM ecosystem._mart_column($3) c)
		GROUP  BY m.column_name ORDER BY m.column_name', mart, ecosystem._mart_usable(mart, 'meaning'::text)) USING r->>'name', r->'keys', r->>'columns';
END $$;
COMMENT ON FUNCTION _mart_load_words(name, jsonb) IS 'the columns of a relation whose words have meanings, and whether a word without one stays';

CREATE FUNCTION _mart_load_meaning(mart name, relation text, name text) RETURNS text
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN format('LEFT JOIN (SELECT lower(btrim(written)) AS written,
			(array_agg(standard ORDER BY array_position(ARRAY[''confirmed'', ''guessed''], how), written COLLATE "C"))[1] AS standard
		FROM %I.meaning t WHERE relation = %L AND column_name = %L AND %5$s GROUP BY 1) AS %4$I ON %4$I.written = lower(btrim(q.%3$I::text))',
		mart, relation, name, 'word_' || name, ecosystem._mart_usable(mart, 'meaning'::text));
END $$;
COMMENT ON FUNCTION _mart_load_meaning(name, text, text) IS 'the join that finds what the words of a column mean';

-- The query that stages one part.  newer: only what changed since it was read.
CREATE FUNCTION _mart_load_part(mart name, r jsonb, part jsonb, newer boolean) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	delivered jsonb;
	money boolean;
	list text;
	joins text := '';
	word record;
BEGIN
	PERFORM ecosystem._mart_make_probe(mart, part->>'query', format('part "%s" of "%s"', part->>'part', r->>'name'));
	delivered := (SELECT coalesce(jsonb_object_agg(p.name, p.type), '{}') FROM ecosystem._mart_probe_columns(mart) p);
	PERFORM ecosystem._mart_drop_probe(mart);
	money := EXISTS (SELECT FROM ecosystem._mart_column(r->>'columns') c WHERE c.name = 'currency');

	SELECT string_agg(format('%s AS %I', CASE
			WHEN w.name IS NOT NULL AND delivered ? c.name THEN
				format(CASE WHEN c.required THEN 'coalesce(%s, '''')' ELSE '%s' END,
					format('CASE WHEN %1$I.written IS NOT NULL THEN %1$I.standard %2$s END', 'word_' || c.name, CASE WHEN w.stays THEN format('ELSE q.%I::text', c.name) END))
			-- Keys whose description says what empty means are never NULL
			WHEN c.required AND c.comment ~ '\mempty: ' THEN format('coalesce(%s, '''')', ecosystem._mart_load_expression(c.name, c.type, delivered, money))
			ELSE ecosystem._mart_load_expression(c.name, c.type, delivered, money) END, c.name), ', ' ORDER BY c.n) INTO list
	FROM   ecosystem._mart_column(r->>'columns') c LEFT JOIN ecosystem._mart_load_words(mart, r) w ON w.name = c.name;

	FOR word IN SELECT w.name FROM ecosystem._mart_load_words(mart, r) w LOOP
		list := list || ', ' || CASE WHEN delivered ? word.name
			THEN format('CASE WHEN %I.written IS NULL THEN q.%I::text END', 'word_' || word.name, word.name) ELSE 'NULL::text' END
			|| format(' AS %I', '~' || word.name);
		IF delivered ? word.name THEN
			joins := joins || E'\n' || ecosystem._mart_load_meaning(mart, r->>'name', word.name);
		END IF;
	END LOOP;
	IF money THEN
		joins := concat_ws(E'\n', joins, ecosystem._mart_load_rate(mart, delivered), ecosystem._mart_load_numbers(r->>'columns', delivered));
	END IF;
	list := list || format(', %L::text AS "~part", %s AS "~lost", %s AS "~deleted", %s AS "~changed_at"', part->>'part',
		ecosystem._mart_load_lost(r->>'columns', delivered, r->'keys', money),
		CASE WHEN delivered ? 'is_deleted' THEN 'coalesce(q.is_deleted::boolean, false)' ELSE 'false' END,
		coalesce('q.' || quote_ident(part->>'changed_since'), 'NULL') || '::text');
	RETURN format(E'SELECT %s\nFROM (%s\n) AS q CROSS JOIN %I.setting AS s %s%s', list, part->>'query', mart, joins,
		CASE WHEN newer AND part->>'read_until' IS NOT NULL THEN format(E'\nWHERE q.%1$I >= %2$L OR q.%1$I IS NULL', part->>'changed_since', part->>'read_until') END);
END $$;
COMMENT ON FUNCTION _mart_load_part(name, jsonb, jsonb, boolean) IS 'the query that stages a part of a relation';

-- A text of one's own in the place of the parts is the only part.
CREATE FUNCTION _mart_parts(mart name, r jsonb) RETURNS SETOF jsonb
	LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF r->>'kind' = 'standard' AND r->>'query' IS NOT NULL THEN
		RETURN NEXT jsonb_build_object('part', 'own', 'query', r->>'query');
		RETURN;
	END IF;
	RETURN QUERY EXECUTE format('SELECT to_jsonb(p) FROM %I.relation_part p WHERE relation = $1 ORDER BY part', mart) USING r->>'name';
END $$;
COMMENT ON FUNCTION _mart_parts(name, jsonb) IS 'the parts that load a relation';

CREATE FUNCTION _mart_load_query(mart name, r jsonb, newer boolean, but text[]) RETURNS text
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(
		(SELECT string_agg(ecosystem._mart_load_part(mart, r, part, newer), E'\nUNION ALL\n' ORDER BY part->>'part') FROM ecosystem._mart_parts(mart, r) AS part WHERE part->>'part' <> ALL (but)),
		-- no part any more, no row
		(SELECT format('SELECT %s%s, NULL::text AS "~part", NULL::text AS "~lost", false AS "~deleted", NULL::text AS "~changed_at" WHERE false', string_agg(format('NULL::%s AS %I', c.type, c.name), ', ' ORDER BY c.n),
			(SELECT string_agg(format(', NULL::text AS %I', '~' || w.name), '') FROM ecosystem._mart_load_words(mart, r) w)) FROM ecosystem._mart_column(r->>'columns') c));
END $$;
COMMENT ON FUNCTION _mart_load_query(name, jsonb, boolean, text[]) IS 'the query that stages a relation that is loaded, but for some parts';

-- ---------------------------------------------------------------------------
-- What is wrong with what was staged
-- ---------------------------------------------------------------------------

CREATE FUNCTION _mart_found(mart name, severity text, relation text, problem text, rows bigint, example text, advice text) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('INSERT INTO %I.found VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (relation, problem) DO NOTHING', ecosystem._mart_cache(mart))
		USING relation, problem, severity, rows, example, advice;
END $$;
COMMENT ON FUNCTION _mart_found(name, text, text, text, bigint, text, text) IS 'notes a problem that a refresh has found';

CREATE FUNCTION _mart_find_words(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	word record;
	n bigint;
	words text;
BEGIN
	FOR word IN SELECT w.name, w.stays FROM ecosystem._mart_load_words(mart, r) w LOOP
		EXECUTE format('SELECT sum(n), string_agg(format(''%%s (%%s)'', word, n), '', '' ORDER BY n DESC, word COLLATE "C") FILTER (WHERE place <= 10)
			FROM (SELECT %1$I AS word, count(*) AS n, row_number() OVER (ORDER BY count(*) DESC, %1$I COLLATE "C") AS place
				FROM %2$I.stage WHERE btrim(%1$I) <> '''' GROUP BY 1) w', '~' || word.name, ecosystem._mart_cache(mart)) INTO n, words;
		IF n > 0 THEN
			PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('words of %s without a meaning', word.name), n, words,
				format('INSERT INTO %I.meaning VALUES (%L, %L, word, what it means, ''confirmed''); NULL says that it means nothing. %s', mart, r->>'name', word.name,
					CASE WHEN word.stays THEN 'Until then it stands as it is.' ELSE 'Until then the column is empty.' END));
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_find_words(name, jsonb) IS 'notes the words of picklists that nobody gave a meaning';

CREATE FUNCTION _mart_find_lost(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lost record;
BEGIN
	FOR lost IN EXECUTE format('SELECT "~name" AS name, count(*) AS n, min(concat_ws(''/'', %s) COLLATE "C") AS example FROM %I.stage, unnest(string_to_array("~lost", '', '')) AS "~name" WHERE "~lost" IS NOT NULL GROUP BY "~name"',
		array_to_string(ARRAY(SELECT quote_ident(k) || '::text' FROM jsonb_array_elements_text(r->'keys') k), ', '), ecosystem._mart_cache(mart))
	LOOP
		PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('values of %s that cannot be', lost.name), lost.n, lost.example,
			'They are left out: no number, no day from year 1 to 9999, an id of more than 500 bytes, or no room. Mend them in the CRM.');
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_find_lost(name, jsonb) IS 'notes the values that had no room in their columns';

CREATE FUNCTION _mart_find_amounts(mart name, r jsonb) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	found record;
	id text;
BEGIN
	IF NOT ecosystem._mart_has_amounts(r) THEN
		RETURN;
	END IF;
	id := (SELECT string_agg(format('%I::text', k), ' || ''/'' || ' ORDER BY n) FROM jsonb_array_elements_text(r->'keys') WITH ORDINALITY AS e(k, n));
	FOR found IN EXECUTE format(
		'SELECT why, currency, count(*) AS n, min(concat(%s, '': '', amount_written, '' '', currency) COLLATE "C") AS example
		FROM (SELECT *, CASE WHEN %s IS NULL THEN ''no number'' WHEN currency IS NULL OR upper(btrim(currency)) = (SELECT s.currency FROM %I.setting s) THEN ''too wide'' ELSE ''no rate'' END AS why
			FROM %I.stage WHERE amount IS NULL AND btrim(amount_written::text) <> '''') w
		GROUP BY why, CASE WHEN why = ''no rate'' THEN upper(btrim(currency)) END, currency',
		id, ecosystem._mart_load_number('amount_written', 'text'), mart, ecosystem._mart_cache(mart))
	LOOP
		IF found.why = 'no rate' THEN
			PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', format('amounts without a rate for %s', found.currency), found.n, found.example,
				format('INSERT INTO %I.currency_rate: what one %s is worth in the mart''s currency, for use closed (at the day of the close) and plan.', mart, found.currency));
		ELSE
			PERFORM ecosystem._mart_found(mart, 'warning', r->>'name', CASE found.why WHEN 'no number' THEN 'amounts that are no numbers' ELSE 'amounts of more than 16 digits' END,
				found.n, found.example, 'Mend them in the CRM; the rows are here without an amount.');
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_find_amounts(name, jsonb) IS 'notes the amounts that could not be converted, and why';

CREATE FUNCTION _mart_remember_parts(mart name, r jsonb, parts jsonb, newer boolean, held text[]) RETURNS void
	LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	EXECUTE format('UPDATE %I.relation_part p SET rows = n, read_until = newest
		FROM  (SELECT o.part, CASE WHEN $3 THEN o.rows ELSE coalesce(($2 #>> ARRAY[o.part, ''rows''])::bigint, 0) END AS n, coalesce($2 #>> ARRAY[o.part, ''newest''], o.read_until) AS newest
			FROM %1$I.relation_part o WHERE o.relation = $1 AND o.part <> ALL ($4)) now
		WHERE  p.relation = $1 AND p.part = now.part AND (p.rows, p.read_until) IS DISTINCT FROM (n, newest)', mart)
		USING r->>'name', parts, newer, held;
END $$;
COMMENT ON FUNCTION _mart_remember_parts(name, jsonb, jsonb, boolean, text[]) IS 'keeps how many rows each part had and until when it was read, but for those that are held back';

