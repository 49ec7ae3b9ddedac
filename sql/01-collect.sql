-- collect: what is grouped by the key of a join, joined and grouped at once

-- collect private functions

CREATE FUNCTION _collect_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'collect_support';
COMMENT ON FUNCTION _collect_support(internal) IS
	'planner support function: brings the Ecosystem Collect and the Ecosystem Aggregate with it, so that what is grouped is planned with them from the first query on';
