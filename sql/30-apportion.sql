-- apportion: splits an amount by weights, exactly

-- apportion functions

CREATE FUNCTION apportion(amount numeric, weights numeric[], minor_digits int DEFAULT 2)
	RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
	AS 'MODULE_PATHNAME', 'apportion_array';
COMMENT ON FUNCTION apportion(numeric, numeric[], int) IS
	'splits an amount in proportion to the weights into whole minor units (cents by default) that sum to the amount exactly; largest remainders get the left-over units, earlier positions first';

CREATE FUNCTION apportion(amount numeric, weight numeric, minor_digits int DEFAULT 2)
	RETURNS numeric
	LANGUAGE c WINDOW IMMUTABLE PARALLEL SAFE COST 10 SUPPORT _collect_support
	AS 'MODULE_PATHNAME', 'apportion_window';
COMMENT ON FUNCTION apportion(numeric, numeric, int) IS
	'window function: this row''s part of the amount that all rows of the partition share by weight; the parts sum to the amount exactly; NULL amount gives NULL, a NULL weight counts as zero';
