-- mart_bind: what the adapters share: words, what they say, arguments, columns
-- that are passed through.  Pure SQL and PL/pgSQL.

-- Words.  A picklist says "Closed Won" or "Co Sell"; what it means is guessed
-- here, stands in the mart's table `meaning`, and is changed there.

CREATE FUNCTION _mart_guess_word(relation text, column_name text, written text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (
	WITH word AS (
		SELECT btrim(regexp_replace(lower(written), '[^a-z0-9]+', ' ', 'g')) AS word,
		       CASE WHEN relation = 'partner_account' THEN 'account.segment' ELSE relation || '.' || column_name END AS place
	), rule(place, n, standard, pattern) AS (VALUES
		('deal.type', 1, 'renewal', 'renew'),
		('deal.type', 2, 'expansion', 'expan|upsell|up sell|cross ?sell|add ?on|exist|upgrade|downgrade|growth|replacement|amend'),
		('deal.type', 3, 'new', 'new|logo|land|first|prospect'),
		('deal.outcome', 1, 'lost', 'lost|\mlose|dead|disqualif|abandon|cancel|no decision|unqualified'),
		('deal.outcome', 2, 'won', '\mwon\M|closedwon|contract signed|\mwin\M'),
		('deal.outcome', 3, 'open', '.'),
		('deal_partner.role', 1, 'sourcing', 'sourc|referr|referral|introduc|registr|originat|finder|\mdr\M'),
		('deal_partner.role', 2, 'co_sell', 'co ?sell|cosold|co sold|joint|alliance'),
		('deal_partner.role', 3, 'technical', 'technic|technolog|integrat|implement|solution|deliver|deploy|consult|service|platform|developer|contractor'),
		('deal_partner.role', 4, 'influencing', 'influenc|advis|recommend|support|assist|agency|broker'),
		('touch.kind', 1, 'deal_registration', 'registr|\mdr\M'),
		('touch.kind', 2, 'partner_introduction', 'introduc|\mintro\M'),
		('touch.kind', 3, 'referral', 'referr|referral|lead shar|sourc'),
		('touch.kind', 4, 'overlap_signal', 'overlap signal|account mapping|mapping'),
		('touch.kind', 5, 'joint_target_list', 'target'),
		('touch.kind', 6, 'account_selection', 'selection'),
		('touch.kind', 7, 'co_sell_plan', 'plan'),
		('touch.kind', 8, 'case_study', 'case study|success story'),
		('touch.kind', 9, 'pricing_call', 'pric|quote'),
		('touch.kind', 10, 'integration_demo', 'integration demo'),
		('touch.kind', 11, 'joint_demo', 'demo'),
		('touch.kind', 12, 'joint_pitch', 'pitch|present|proposal'),
		('touch.kind', 13, 'shared_deal_review', 'review|qbr|co ?sell'),
		('touch.kind', 14, 'reference', 'reference'),
		('touch.kind', 15, 'co_marketing_event', 'event|webinar|conference|trade ?show|campaign|marketing|workshop|seminar'),
		('touch.kind', 16, 'integration_mention', 'integration'),
		('touch.kind', 17, 'joint_call', 'call|meet|discovery|conversation'),
		('account.segment', 1, 'customer', 'customer|client|\mwon\M'),
		('account.segment', 2, 'open_opportunity', 'open|opportunit|pipeline|sqo'),
		('account.segment', 3, 'prospect', 'prospect|target|lead|suspect|marketing|sales qualified|subscriber'),
		('partner.type', 1, 'technology', 'techn|isv|software|platform|product|integration partner'),
		('partner.type', 2, 'services', 'service|consult|integrator|implement|agenc|solution|\msi\M|deliver'),
		('partner.type', 3, 'channel', 'channel|resell|distribut|\mvar\M|msp|dealer|referral|affiliate'),
		('contact.role', 1, 'partner manager', 'partner manager|partner account manager|channel manager|alliance manager'),
		('contact.role', 2, 'partner seller', 'partner seller|partner sales'),
		('contact.role', 3, 'champion', 'champion|evangelist|\msponsor\M|advocate'),
		('contact.role', 4, 'buyer', 'buyer|decision maker|economic|budget holder|procurement|purchasing')
	), standard(place, words) AS (VALUES
		('deal.type', '{new,expansion,renewal}'::text[]), ('deal.outcome', '{won,lost,open}'),
		('deal_partner.role', '{sourcing,technical,influencing,co_sell}'), ('account.segment', '{customer,open_opportunity,prospect}'),
		('partner.type', '{technology,services,channel}'),
		('touch.kind', '{referral,partner_introduction,deal_registration,overlap_signal,joint_target_list,account_selection,joint_pitch,joint_demo,joint_call,shared_deal_review,co_sell_plan,ecosystem_designation,reference,case_study,co_marketing_event,pricing_call,integration_mention,integration_demo,integration_present,overlap}')
	)
	SELECT coalesce((SELECT replace(w.word, ' ', '_') FROM standard s WHERE s.place = w.place AND replace(w.word, ' ', '_') = ANY (s.words)),
	                (SELECT r.standard FROM rule r WHERE r.place = w.place AND w.word ~ r.pattern ORDER BY r.n LIMIT 1))
	FROM   word w);
END $$;
COMMENT ON FUNCTION _mart_guess_word(text, text, text) IS
	'what a word of a picklist means in the column of a mart''s relation, guessed from the word; NULL where there is no guess';

-- What an adapter takes for granted is printed, and stands in the mart.
CREATE FUNCTION _mart_say(mart text, severity text, relation text, problem text, rows bigint, example text, advice text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	-- what needs somebody says what can be done
	IF severity <> 'notice' AND advice IS NOT NULL THEN
		RAISE NOTICE USING MESSAGE = problem || coalesce(' (' || nullif(concat_ws(', as ', rows::text, example), '') || ')', ''), HINT = advice;
	ELSE
		RAISE NOTICE USING MESSAGE = problem || coalesce(' (' || nullif(concat_ws(', as ', rows::text, example), '') || ')', '');
	END IF;
	PERFORM @extschema@._mart_note_problem(mart, severity, coalesce(relation, ''), problem, rows, example, advice, source);
END $$;
COMMENT ON FUNCTION _mart_say(text, text, text, text, bigint, text, text, text) IS
	'says what an adapter takes for granted or misses, and keeps it in the mart''s table problem';

-- The words that a query gives, the most frequent first, without those that
-- somebody said the meaning of: [[word, rows], ...].  Run as the mart's owner,
-- as the texts are, since whatever is in the mart's path is the owner's.
CREATE FUNCTION _mart_words(mart text, relation text, column_name text, words_query text) RETURNS text
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	words text;
BEGIN
	PERFORM set_config('search_path', @extschema@._mart_search_path(mart), true);
	EXECUTE format('SELECT jsonb_agg(jsonb_build_array(x.written, x.rows) ORDER BY x.rows DESC, x.written)::text
		FROM (SELECT written::text AS written, count(*) AS rows FROM (%s) w(written) WHERE written::text <> ''''
			AND NOT EXISTS (SELECT FROM meaning m WHERE m.relation = $1 AND m.column_name = $2 AND m.how <> ''guessed'' AND lower(btrim(m.written)) = lower(btrim(w.written::text)))
			GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 500) x', words_query) INTO words USING relation, column_name;
	RETURN coalesce(words, '[]');
END $$;
COMMENT ON FUNCTION _mart_words(text, text, text, text) IS 'words of a picklist that nobody said the meaning of, with their rows, as the mart''s owner';

-- Reads the words that a column of a replica holds and keeps a guess of each.
CREATE FUNCTION _mart_guess_words(mart text, relation text, column_name text, words_query text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	word record;
	guess text;
	unknown text[] := '{}';
	unknown_rows bigint := 0;
	guessed text[] := '{}';
BEGIN
	FOR word IN SELECT w ->> 0 AS written, (w ->> 1)::bigint AS rows
	            FROM   jsonb_array_elements(@extschema@._mart_as_owner(mart, format('SELECT @extschema@._mart_words(%L, %L, %L, %L)',
	                       mart, relation, column_name, words_query))::jsonb) WITH ORDINALITY x(w, n) ORDER BY x.n LOOP
		guess := @extschema@._mart_guess_word(relation, column_name, word.written);
		IF guess IS NULL THEN
			unknown := unknown || word.written;
			unknown_rows := unknown_rows + word.rows;
		ELSIF guess <> word.written THEN
			PERFORM @extschema@._mart_guess_meaning(mart, relation, column_name, word.written, guess);
			guessed := guessed || format('%s is %s', word.written, guess);
		END IF;
	END LOOP;
	IF guessed <> '{}' THEN
		RAISE NOTICE '%.%: %', relation, column_name,
			array_to_string(guessed[1:12], ', ') || CASE WHEN cardinality(guessed) > 12 THEN format(' and %s more', cardinality(guessed) - 12) ELSE '' END;
	END IF;
	IF unknown <> '{}' THEN
		PERFORM @extschema@._mart_say(mart, 'warning', relation, format('%s: %s of unknown meaning', column_name,
				CASE WHEN cardinality(unknown) = 1 THEN 'a word' ELSE cardinality(unknown) || ' words' END),
			unknown_rows, array_to_string(unknown[1:5], ', '),
			format('INSERT INTO %I.meaning (relation, column_name, written, standard, how) VALUES (%L, %L, %L, ''...'', ''confirmed'')',
				mart, relation, column_name, unknown[1]), source);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_guess_words(text, text, text, text, text) IS
	'keeps a guess of what each word of a picklist means in the mart''s table meaning, and says which have none';

-- Roles of people stand for what anybody is, and titles for more: only those
-- that mean something here are words.
CREATE FUNCTION _mart_known_roles(query text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN format('SELECT d.role FROM (SELECT DISTINCT q.role::text AS role FROM (%s) q) d WHERE @extschema@._mart_guess_word(''contact'', ''role'', d.role) IS NOT NULL', query);
END $$;
COMMENT ON FUNCTION _mart_known_roles(text) IS 'a query of the roles of people that mean champion, buyer or somebody at a partner''s';

-- The columns of a table that point to partners, by what they hold: all values
-- are ids of partners; or, of a column whose name says so, ids of accounts.
-- partners and accounts are queries of one column of ids.
CREATE FUNCTION _mart_partner_lookups(relation text, columns jsonb, partners text, accounts text, id_function text DEFAULT NULL,
	OUT key text, OUT column_name text, OUT filled bigint, OUT distinct_ids bigint, OUT partner_ids bigint, OUT account_ids bigint, OUT verdict text)
	RETURNS SETOF record LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[];
	fills bigint[];
	shortest integer[];
	longest integer[];
	i integer;
	expression text;
	speaks boolean;
BEGIN
	SELECT array_agg(f.key ORDER BY f.key) INTO keys
	FROM   jsonb_each(columns) f(key, field)
	WHERE  f.field ->> 'type' = 'text' AND (f.field #>> '{names,0}' ~* '_c$' OR f.key = 'partneraccountid');
	IF keys IS NULL THEN
		RETURN;
	END IF;
	EXECUTE (SELECT format('SELECT ARRAY[%s], ARRAY[%s], ARRAY[%s] FROM %s r%s',
	                string_agg(format('count(nullif(%s, ''''))', e), ', ' ORDER BY n),
	                string_agg(format('min(length(nullif(%s, '''')))', e), ', ' ORDER BY n),
	                string_agg(format('max(length(%s))', e), ', ' ORDER BY n),
	                relation, coalesce(' WHERE ' || @extschema@._mart_alive(columns, 'r'), ''))
	         FROM   unnest(keys) WITH ORDINALITY k(key, n), LATERAL (SELECT @extschema@._mart_field(columns, 'r', ARRAY[k.key], 'text') AS e) x)
		INTO fills, shortest, longest;
	FOR i IN 1 .. cardinality(keys) LOOP
		key := keys[i];
		column_name := columns -> key -> 'names' ->> 0;
		filled := fills[i];
		distinct_ids := NULL;
		partner_ids := NULL;
		account_ids := NULL;
		speaks := key ~ 'partner|resell|distribut|referralaccount|alliance|integrator';
		IF filled > 0 AND shortest[i] >= 15 AND longest[i] <= 18 THEN
			expression := @extschema@._mart_field(columns, 'r', ARRAY[key], 'id', id_function);
			EXECUTE format('SELECT count(*), count(p.id), count(a.id)
				FROM (SELECT DISTINCT %s FROM %s r WHERE %s <> ''''%s) v(id)
				LEFT JOIN (SELECT DISTINCT id FROM (%s) q(id)) p ON p.id = v.id LEFT JOIN (SELECT DISTINCT id FROM (%s) q(id)) a ON a.id = v.id',
				expression, relation, expression, coalesce(' AND ' || @extschema@._mart_alive(columns, 'r'), ''), partners, accounts)
				INTO distinct_ids, partner_ids, account_ids;
			-- who is a competitor, or was a partner once, plays no part
			verdict := CASE WHEN key ~ 'compet|lostto|former|previous' AND account_ids > 0 THEN 'against' WHEN partner_ids = distinct_ids THEN 'partners'
			                WHEN speaks AND account_ids = distinct_ids THEN 'accounts' WHEN speaks THEN 'others' END;
		ELSE
			-- what is the name of a lookup, and not of something about partners
			speaks := key ~ '(partners?|partners?account|reseller|distributor|referralaccount|integrator)c?$';
			verdict := CASE WHEN speaks AND filled = 0 THEN 'empty' WHEN speaks THEN 'others' END;
		END IF;
		IF verdict IS NOT NULL THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_partner_lookups(text, jsonb, text, text, text) IS
	'columns of a replica''s table that point to partners, by what they hold: verdict partners (all values are partners), accounts (the name speaks of partners, and all are accounts), others or empty (the name speaks of partners, but nothing shows it), against (it names who plays no part)';

-- Tables and columns that are not there, and what they would enable:
-- [[table, null | [columns], relation, what for], ...].
CREATE FUNCTION _mart_say_missing(mart text, replica jsonb, source text, wanted jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	c record;
	rows bigint;
BEGIN
	FOR w IN SELECT x.value ->> 0 AS name, nullif(x.value -> 1, 'null') AS keys, x.value ->> 2 AS relation, x.value ->> 3 AS enables
	         FROM jsonb_array_elements(wanted) WITH ORDINALITY x(value, n) ORDER BY x.n LOOP
		IF w.keys IS NULL AND replica -> 'tables' -> w.name IS NULL THEN
			CONTINUE WHEN EXISTS (SELECT FROM jsonb_array_elements_text(replica -> 'unreadable') u WHERE @extschema@._mart_fold(u) = (replica ->> 'prefix') || w.name);
			PERFORM @extschema@._mart_say(mart, 'notice', w.relation, format('there is no table %s, for %s', w.name, w.enables), NULL, NULL, NULL, source);
		ELSIF w.keys IS NOT NULL AND replica -> 'tables' -> w.name IS NOT NULL
		      AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(w.keys) k WHERE replica #> ARRAY['tables', w.name, 'columns'] ? split_part(k, '.', 1)) THEN
			PERFORM @extschema@._mart_say(mart, 'notice', w.relation, format('%s has no column %s, for %s', w.name, (SELECT string_agg(k, ' or ') FROM (SELECT jsonb_array_elements_text(w.keys) k LIMIT 3) k), w.enables),
				NULL, NULL, NULL, source);
		END IF;
	END LOOP;
	FOR w IN SELECT u.name FROM jsonb_array_elements_text(replica -> 'unreadable') u(name) LOOP
		PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('%s is there and may not be read', w.name), NULL, NULL,
			CASE WHEN has_table_privilege(format('%I.%I', replica ->> 'schema', w.name), 'SELECT') THEN 'a superuser reads no views of others, whose functions would run as one: bind as another role'
				ELSE format('GRANT SELECT ON %I.%I TO %I', replica ->> 'schema', w.name, current_user) END, source);
	END LOOP;
	FOR w IN SELECT t.value ->> 'name' AS name, t.value ->> 'sql' AS sql, t.value ->> 'doubles' AS doubles, t.value -> 'columns' AS columns
	         FROM jsonb_each(replica -> 'tables') t ORDER BY t.key LOOP
		IF w.doubles IS NOT NULL THEN
			PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('%s is read; %s has the same name but for spelling and is not', w.name, w.doubles), NULL, NULL, NULL, source);
		END IF;
		FOR c IN SELECT f.value -> 'names' AS names, f.value -> 'others' AS others FROM jsonb_each(w.columns) f
		         WHERE jsonb_array_length(f.value -> 'names') > 1 OR f.value ? 'others' ORDER BY f.key LOOP
			IF c.others IS NOT NULL THEN
				PERFORM @extschema@._mart_say(mart, 'warning', NULL, format('column %s of %s is read; %s is the same name but for spelling, of another type, and is not', c.names ->> 0, w.name,
					(SELECT string_agg(o, ', ') FROM jsonb_array_elements_text(c.others) o)), NULL, NULL, NULL, source);
			ELSE
				rows := @extschema@._mart_count(format('SELECT count(*) FROM %s r WHERE r.%I <> r.%I', w.sql, c.names ->> 0, c.names ->> 1));
				PERFORM @extschema@._mart_say(mart, CASE WHEN rows > 0 THEN 'warning' ELSE 'notice' END, NULL,
					format('columns %s of %s are one: the first that is filled is read', (SELECT string_agg(o, ', ') FROM jsonb_array_elements_text(c.names) o), w.name)
						|| CASE WHEN rows > 0 THEN '; they differ' ELSE '' END, nullif(rows, 0), NULL, NULL, source);
			END IF;
		END LOOP;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_say_missing(text, jsonb, text, jsonb) IS
	'says which tables and columns of a replica are missing and what they would enable, which may not be read, and which have one name but for spelling';

-- A part has one source: bound to another, it is said that the first is left.
CREATE FUNCTION _mart_say_replaced(mart text, part text, source_schema text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	before text := @extschema@._mart_as_owner(mart, format('SELECT string_agg(DISTINCT bound_from, '', '') FROM %I.relation_part WHERE part = %L AND NOT starts_with(bound_from, %L)',
		mart, part, quote_ident(source_schema) || '.'));
BEGIN
	IF before IS NOT NULL THEN
		PERFORM @extschema@._mart_say(mart, 'notice', NULL, format('what was bound as %s from %s is replaced by what is in %s', part, before, source_schema), NULL, NULL,
			'a second one of its kind is bound table by table: bind_table(mart, relation, table, part => ''a name of its own'')', source);
	END IF;
END $$;
COMMENT ON FUNCTION _mart_say_replaced(text, text, text, text) IS 'says that what an adapter bound before from another schema is replaced';

-- An argument that says nothing to anybody is an error, not silence.
CREATE FUNCTION _mart_check_argument(argument text, given jsonb, keys text[]) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	wrong text;
	wanted constant text := CASE WHEN argument = 'pass_through' THEN 'A list of columns, or an object of names and columns.' WHEN keys IS NOT NULL THEN 'An object of columns, each with a role or kind, or null.'
		WHEN argument = 'columns' THEN 'A column or an expression as a string, or null.' ELSE 'A role as a string, or null.' END;
BEGIN
	IF given IS NULL THEN
		RETURN;
	END IF;
	IF jsonb_typeof(given) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s is no JSON object', argument),
			HINT = format('As in ''{"%s": ...}''.', coalesce(keys[1], CASE argument WHEN 'columns' THEN 'website' ELSE '37' END));
	END IF;
	SELECT k INTO wrong FROM jsonb_object_keys(given) k WHERE keys IS NOT NULL AND k <> ALL (keys) ORDER BY k LIMIT 1;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s has no place "%s"', argument, wrong), HINT = format('There are %s.', array_to_string(keys, ', '));
	END IF;
	SELECT k.key INTO wrong FROM jsonb_each(given) k
	WHERE  keys IS NOT NULL AND jsonb_typeof(k.value) NOT IN ('object', CASE argument WHEN 'pass_through' THEN 'array' ELSE 'object' END)
	OR     keys IS NULL AND (jsonb_typeof(k.value) NOT IN ('string', 'null') OR btrim(k.key) = '' OR btrim(k.value #>> '{}') = '') ORDER BY k.key LIMIT 1;
	IF wrong IS NULL THEN
		-- what is within
		SELECT k.key INTO wrong FROM jsonb_each(given) k, LATERAL (
			SELECT e.key, e.value FROM jsonb_each(CASE jsonb_typeof(k.value) WHEN 'object' THEN k.value END) e
			UNION ALL SELECT 'column', a.value FROM jsonb_array_elements(CASE jsonb_typeof(k.value) WHEN 'array' THEN k.value END) a(value)) e
		WHERE  keys IS NOT NULL AND (btrim(e.key) = '' OR btrim(e.value #>> '{}') = '' OR jsonb_typeof(e.value) NOT IN ('string', CASE argument WHEN 'pass_through' THEN 'string' ELSE 'null' END)) ORDER BY k.key LIMIT 1;
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s of "%s" is not what is wanted', argument, wrong), HINT = wanted;
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_argument(text, jsonb, text[]) IS 'an error unless an argument of an adapter is an object with the keys and values that it may have';

CREATE FUNCTION _mart_check_bind(mart text, argument text, given text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM @extschema@._mart_must_exist(mart::name);
	IF given IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('mart "%s": %s cannot be NULL', mart, argument),
			HINT = 'SELECT * FROM ecosystem.detect_sources() lists the replicas that are here.';
	END IF;
END $$;
COMMENT ON FUNCTION _mart_check_bind(text, text, text) IS 'an error unless there is a mart to bind, and something to bind it to';

-- A condition is looked at alone, where an error can say whose it is.
CREATE FUNCTION _mart_check_condition(argument text, condition text, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF condition IS NULL THEN
		RETURN;
	END IF;
	EXECUTE format('SELECT FROM %s WHERE (%s) AND false', source, condition);
EXCEPTION WHEN syntax_error_or_access_rule_violation THEN
	RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = format('%s is no condition on rows of %s: %s', argument, split_part(source, ' ', 1), SQLERRM), DETAIL = format('It is %s.', quote_literal(condition));
END $$;
COMMENT ON FUNCTION _mart_check_condition(text, text, text) IS 'an error that names an argument of an adapter, unless it is a condition on the rows of a table';

-- Columns that are passed through: ["competitor__c"] or {"competitor": "competitor__c"}.
CREATE FUNCTION _mart_extra(columns jsonb, alias text, wanted jsonb) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	w record;
	items text[] := '{}';
BEGIN
	FOR w IN SELECT a.value #>> '{}' AS label, a.value #>> '{}' AS name FROM jsonb_array_elements(CASE jsonb_typeof(wanted) WHEN 'array' THEN wanted END) a(value)
	         UNION ALL SELECT o.key, o.value #>> '{}' FROM jsonb_each(CASE jsonb_typeof(wanted) WHEN 'object' THEN wanted END) o LOOP
		IF NOT columns ? @extschema@._mart_fold(w.name) THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('pass_through names the column "%s", which is not there', w.name);
		END IF;
		items := items || format('%L, %s', w.label, @extschema@._mart_field(columns, alias, ARRAY[@extschema@._mart_fold(w.name)], 'raw'));
	END LOOP;
	RETURN 'jsonb_build_object(' || nullif(array_to_string(items, ', '), '') || ') AS extra';
END $$;
COMMENT ON FUNCTION _mart_extra(jsonb, text, jsonb) IS 'SQL of the column extra: columns of a replica that are passed through as they are';

CREATE FUNCTION _mart_pass_columns(mart text, relation text, wanted jsonb) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	label text;
BEGIN
	FOR label IN SELECT a.value #>> '{}' FROM jsonb_array_elements(CASE jsonb_typeof(wanted) WHEN 'array' THEN wanted END) a
	             UNION SELECT o FROM jsonb_object_keys(CASE jsonb_typeof(wanted) WHEN 'object' THEN wanted END) o ORDER BY 1 LOOP
		-- what would need quotes stays in extra
		IF label ~ '^[a-z_][a-z_0-9]{0,62}$' THEN
			IF EXISTS (SELECT FROM @extschema@.mart_relation m, @extschema@._mart_column(m.columns) c WHERE m.name = relation AND c.name = label) THEN
				RAISE EXCEPTION USING ERRCODE = 'duplicate_column', MESSAGE = format('pass_through: "%s" has a column "%s" of its own', relation, label),
					HINT = format('Another name, as in ''{"deal": {"crm_%s": "a column"}}''.', label);
			END IF;
			PERFORM @extschema@._mart_pass_through(mart, relation, label);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION _mart_pass_columns(text, text, jsonb) IS 'gives a report a column for each that is passed through';
