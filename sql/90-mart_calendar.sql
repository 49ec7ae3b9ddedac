-- mart calendar: how fiscal quarters are called

-- A year is called by the one it ends in.  PostgreSQL puts this in its caller's place.
CREATE FUNCTION _fiscal_quarter(day date, fiscal_year_starts integer) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 'FY'::pg_catalog.text
		OPERATOR(pg_catalog.||) (EXTRACT(year FROM day OPERATOR(pg_catalog.-) pg_catalog.make_interval(months => fiscal_year_starts OPERATOR(pg_catalog.-) 1))
			OPERATOR(pg_catalog.+) (fiscal_year_starts OPERATOR(pg_catalog.>) 1)::pg_catalog.int4)::pg_catalog.text
		OPERATOR(pg_catalog.||) ' Q'::pg_catalog.text
		OPERATOR(pg_catalog.||) EXTRACT(quarter FROM day OPERATOR(pg_catalog.-) pg_catalog.make_interval(months => fiscal_year_starts OPERATOR(pg_catalog.-) 1))::pg_catalog.text;
COMMENT ON FUNCTION _fiscal_quarter(date, integer) IS 'the fiscal quarter of a day, such as FY2026 Q3, where fiscal years start with this month';
