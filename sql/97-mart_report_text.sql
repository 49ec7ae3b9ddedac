-- mart report text: what a value looks like on the page.  Pure SQL.
--
-- Names come from a CRM, where anybody writes anything.  All of them pass the one
-- function below, and what it returns is ASCII: so the page reads the same in
-- whatever encoding a client, a shell or a mail program writes it.

CREATE FUNCTION _mart_page_text(value text, longest integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	-- of what is long, what can be seen of it
	written text := btrim(regexp_replace(left(value, 4 * longest), '[\x01-\x20\x7f]+', ' ', 'g'));
	is_cut boolean := char_length(value) > 4 * longest;
	is_isolated boolean := false;
	bytes bytea;
	part text;
	result text := '';
	point integer;
	more integer;
	i integer := 0;
BEGIN
	IF char_length(written) > longest OR is_cut THEN
		written := left(written, longest - 1);
		is_cut := true;
	END IF;
	IF written IS NULL OR written = '' THEN
		RETURN '&#8212;';
	END IF;
	written := replace(replace(replace(replace(replace(written, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;');
	IF written !~ '[^\x01-\x7f]' THEN
		RETURN written || CASE WHEN is_cut THEN '&#8230;' ELSE '' END;
	END IF;
	BEGIN
		bytes := convert_to(written, 'UTF8');
	EXCEPTION WHEN OTHERS THEN	-- a database without an encoding holds bytes that are no characters
		RETURN regexp_replace(written, '[^\x01-\x7f]+', '&#65533;', 'g') || CASE WHEN is_cut THEN '&#8230;' ELSE '' END;
	END;
	WHILE i < octet_length(bytes) LOOP
		point := get_byte(bytes, i);
		more := CASE WHEN point < 128 THEN 0 WHEN point < 224 THEN 1 WHEN point < 240 THEN 2 ELSE 3 END;
		point := CASE more WHEN 0 THEN point WHEN 1 THEN point & 31 WHEN 2 THEN point & 15 ELSE point & 7 END;
		FOR j IN 1 .. more LOOP
			point := (point << 6) | (get_byte(bytes, i + j) & 63);
		END LOOP;
		i := i + more + 1;
		part := CASE
			WHEN point < 128 THEN chr(point)
			WHEN point < 160 THEN CASE WHEN result LIKE '% ' THEN '' ELSE ' ' END
			-- what turns the direction of writing would turn that of the page
			WHEN point IN (1564, 8206, 8207) OR point BETWEEN 8234 AND 8238 OR point BETWEEN 8294 AND 8297 OR point IN (8203, 8232, 8233, 65279) THEN ''
			WHEN point BETWEEN 64976 AND 65007 OR point & 65534 = 65534 THEN '&#65533;'
			ELSE '&#' || point || ';' END;
		is_isolated := is_isolated OR point BETWEEN 1424 AND 2303 OR point BETWEEN 64285 AND 65023 OR point BETWEEN 65136 AND 65278
			OR point BETWEEN 67584 AND 69631 OR point BETWEEN 124928 AND 126975;
		result := result || part;
	END LOOP;
	result := result || CASE WHEN is_cut THEN '&#8230;' ELSE '' END;
	-- A name written from right to left stays among itself, in attributes, too.
	RETURN CASE WHEN btrim(result) = '' THEN '&#8212;' WHEN is_isolated THEN '&#8296;' || result || '&#8297;' ELSE result END;
END $$;
COMMENT ON FUNCTION _mart_page_text(text, integer) IS
	'any text as it may stand in HTML, its attributes and SVG, in ASCII: escaped, without control characters, of at most so many characters; a dash where there is none';

-- 1234567 as people say it, in three figures at most and two words.
CREATE FUNCTION _mart_page_amount(amount numeric) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	size constant numeric := abs(amount);
	sign constant text := CASE WHEN amount < 0 THEN '&#8722;' ELSE '' END;
BEGIN
	RETURN CASE
		WHEN amount IS NULL OR amount = 'NaN' THEN '&#8212;'
		WHEN round(size) < 10000 THEN CASE WHEN round(size) = 0 THEN '' ELSE sign END || to_char(size, 'FM9,990')
		WHEN round(size, -3) < 1e6 THEN sign || to_char(size / 1e3, 'FM990') || '&#160;k'
		WHEN round(size, -5) < 1e8 THEN sign || to_char(size / 1e6, 'FM90.0') || '&#160;M'
		WHEN round(size, -6) < 1e9 THEN sign || to_char(size / 1e6, 'FM990') || '&#160;M'
		WHEN round(size, -8) < 1e11 THEN sign || to_char(size / 1e9, 'FM90.0') || '&#160;bn'
		ELSE sign || to_char(size / 1e9, 'FM999,999,999,999,990') || '&#160;bn' END;
END $$;
COMMENT ON FUNCTION _mart_page_amount(numeric) IS 'an amount as people read it: 440 k, 1.2 M';

CREATE FUNCTION _mart_page_number(value numeric, digits integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	written text;
BEGIN
	IF value IS NULL OR value = 'NaN' THEN
		RETURN '&#8212;';
	ELSIF abs(value) >= 1e18 THEN
		RETURN CASE WHEN value < 0 THEN '&#8722;' ELSE '' END || '&#8734;';
	END IF;
	written := to_char(abs(round(value, digits)), 'FM999,999,999,999,999,990' || CASE WHEN digits > 0 THEN '.' || repeat('0', digits) ELSE '' END);
	RETURN CASE WHEN round(value, digits) < 0 THEN '&#8722;' ELSE '' END || written;
END $$;
COMMENT ON FUNCTION _mart_page_number(numeric, integer) IS 'a number with its thousands set apart, rounded to so many places';

CREATE FUNCTION _mart_page_share(share numeric, digits integer) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN share IS NULL OR share = 'NaN' THEN '&#8212;' ELSE ecosystem._mart_page_number(100 * share, digits) || '&#160;%' END;
END $$;
COMMENT ON FUNCTION _mart_page_share(numeric, integer) IS 'a share in per cent';

CREATE FUNCTION _mart_page_day(day date) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE WHEN day IS NULL OR NOT isfinite(day) THEN '&#8212;' ELSE to_char(day, 'FMDD FMMonth YYYY') END;
END $$;
COMMENT ON FUNCTION _mart_page_day(date) IS 'a day, its month in words';

-- "1 deal", "2 deals"
CREATE FUNCTION _mart_page_count(n numeric, one text, many text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN ecosystem._mart_page_number(coalesce(n, 0), 0) || ' ' || CASE WHEN n = 1 THEN one ELSE many END;
END $$;
COMMENT ON FUNCTION _mart_page_count(numeric, text, text) IS 'a number and what it counts';

-- Values of a table or a drawing, each by what it is.
CREATE FUNCTION _mart_page_value(value text, kind text, digits integer) RETURNS text
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN CASE kind
		WHEN 'money' THEN ecosystem._mart_page_number(value::numeric, digits)
		WHEN 'amount' THEN ecosystem._mart_page_amount(value::numeric)
		WHEN 'count' THEN ecosystem._mart_page_number(value::numeric, 0)
		WHEN 'share' THEN ecosystem._mart_page_share(value::numeric, 1)
		WHEN 'ratio' THEN ecosystem._mart_page_number(value::numeric, 2)
		WHEN 'day' THEN ecosystem._mart_page_day(value::date)
		WHEN 'html' THEN value
		WHEN 'words' THEN ecosystem._mart_page_text(value, 240)
		ELSE ecosystem._mart_page_text(value, 60) END;
END $$;
COMMENT ON FUNCTION _mart_page_value(text, text, integer) IS
	'a value as the page shows it: money (to so many places), amount, count, share, ratio, day, words, text, or html made by the other functions of the report';
