-- collect: what is grouped by the key of a join, joined and grouped at once

-- collect private functions

CREATE FUNCTION _collect_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'collect_support';
COMMENT ON FUNCTION _collect_support(internal) IS
	'planner support function: brings the Ecosystem Collect with it, so that deals and touches are joined and grouped by deal at once';
