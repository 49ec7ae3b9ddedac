-- credit: who gets what share of one deal

-- credit window functions

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner text,
		occurred_at timestamptz DEFAULT NULL, closed_at timestamptz DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_text';
COMMENT ON FUNCTION credit(numeric, credit_model, text, text, timestamptz, timestamptz, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner bigint,
		occurred_at timestamptz DEFAULT NULL, closed_at timestamptz DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_bigint';
COMMENT ON FUNCTION credit(numeric, credit_model, text, bigint, timestamptz, timestamptz, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';

CREATE FUNCTION credit(amount numeric, model credit_model, role text, partner uuid,
		occurred_at timestamptz DEFAULT NULL, closed_at timestamptz DEFAULT NULL, weight numeric DEFAULT NULL)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 20
	AS 'MODULE_PATHNAME', 'credit_window_uuid';
COMMENT ON FUNCTION credit(numeric, credit_model, text, uuid, timestamptz, timestamptz, numeric) IS
	'window function, PARTITION BY the deal: this row''s share of the deal''s amount by the credit model; the rows of a deal sum to the amount exactly, less what the model retains for roles that nobody holds; 0 for a row that earns nothing, NULL where the amount is NULL';
