-- partner_network: which partners meet at which deals or accounts

-- partner_network type

CREATE TYPE partner_network;

CREATE FUNCTION partner_network_in(cstring) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_in(cstring) IS
	'text input of partner_network';

CREATE FUNCTION partner_network_out(partner_network) RETURNS cstring
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_out(partner_network) IS
	'text output of partner_network: the binary form in hexadecimal digits';

CREATE FUNCTION partner_network_recv(internal) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_recv(internal) IS
	'binary input of partner_network';

CREATE FUNCTION partner_network_send(partner_network) RETURNS bytea
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_send(partner_network) IS
	'binary output of partner_network';

CREATE TYPE partner_network (
	INPUT = partner_network_in, OUTPUT = partner_network_out,
	RECEIVE = partner_network_recv, SEND = partner_network_send,
	INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended
);
COMMENT ON TYPE partner_network IS
	'nodes (deals or accounts) with the partners at each; built by partner_network_agg, merged by rollup, read by partner_pairs, partner_centrality, network_removal and network_totals';

-- partner_network operators

CREATE FUNCTION partner_network_eq(partner_network, partner_network) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_eq(partner_network, partner_network) IS
	'implementation of = operator';

CREATE FUNCTION partner_network_ne(partner_network, partner_network) RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_ne(partner_network, partner_network) IS
	'implementation of <> operator';

CREATE FUNCTION partner_network_hash(partner_network) RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_hash(partner_network) IS
	'hash of a partner_network';

CREATE FUNCTION partner_network_hash_extended(partner_network, bigint) RETURNS bigint
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_hash_extended(partner_network, bigint) IS
	'hash of a partner_network with a seed';

CREATE OPERATOR = (
	LEFTARG = partner_network, RIGHTARG = partner_network, FUNCTION = partner_network_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR = (partner_network, partner_network) IS
	'the same nodes with the same partners and amounts';

CREATE OPERATOR <> (
	LEFTARG = partner_network, RIGHTARG = partner_network, FUNCTION = partner_network_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (partner_network, partner_network) IS
	'not: the same nodes with the same partners and amounts';

CREATE OPERATOR CLASS partner_network_hash_ops DEFAULT FOR TYPE partner_network USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 partner_network_hash(partner_network),
	FUNCTION 2 partner_network_hash_extended(partner_network, bigint);
COMMENT ON OPERATOR CLASS partner_network_hash_ops USING hash IS
	'lets partner_network be grouped by, as in DISTINCT and UNION';

-- partner_network functions

CREATE FUNCTION partner_pairs(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT other_partner text, OUT shared_nodes bigint, OUT shared_amount numeric,
		OUT jaccard double precision, OUT share_of_partner double precision, OUT share_of_other double precision,
		OUT lift double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1000 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_pairs(partner_network, bigint) IS
	'each pair of partners that shares nodes, at least so many: nodes and amount shared; as a share (0 to 1) of the nodes of either (jaccard), of those of the partner and of those of the other; lift is how many times as often as by chance among all nodes; a pair comes once, in the order of the bytes of the partners; amounts are NULL in a network without any';

CREATE FUNCTION partner_centrality(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT nodes bigint, OUT amount numeric, OUT exclusive_nodes bigint, OUT exclusive_amount numeric,
		OUT connections bigint, OUT connection_share double precision, OUT strength bigint, OUT pagerank double precision)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_centrality(partner_network, bigint) IS
	'by partner: nodes and amount, those without any other partner (exclusive), the partners it shares at least so many nodes with, as a share of all others (NULL: there are none), the nodes shared with each of these added up (strength), and its PageRank with these as weights and damping 0.85, 1 in total';

CREATE FUNCTION network_removal(network partner_network, min_shared bigint DEFAULT 1,
		OUT partner text, OUT nodes bigint, OUT amount numeric, OUT shared_nodes bigint, OUT shared_amount numeric,
		OUT ended_nodes bigint, OUT ended_amount numeric, OUT others_change double precision,
		OUT connections_lost bigint, OUT partners_left_unconnected bigint, OUT components_after bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 100 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION network_removal(partner_network, bigint) IS
	'by partner, what the others lose without it: at most what they do at its shared_nodes, where others are too; at least the partnership at its ended_nodes, where only one other is; others_change, 0 to -1, is the first as a share of all that the others do (0 for everybody: no ecosystem; NULL: the others do nothing); connections, partners left with none, and components of the network that is left';

CREATE FUNCTION network_totals(network partner_network, min_shared bigint DEFAULT 1,
		OUT partners bigint, OUT nodes bigint, OUT nodes_without_partner bigint, OUT joint_nodes bigint, OUT amount numeric,
		OUT nodes_without_amount bigint, OUT rows_without_node bigint, OUT partners_per_node double precision,
		OUT partners_per_partnered_node double precision, OUT connected_pairs bigint, OUT density double precision,
		OUT components bigint, OUT unconnected_partners bigint)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION network_totals(partner_network, bigint) IS
	'one row: partners, nodes, nodes of two partners or more (joint), their amount, what is missing in the rows, mean partners of all nodes and of those that have any, pairs that share at least so many nodes, as a share of all pairs (density; NULL below two partners), groups that are not connected with each other (components, a partner alone is one)';

CREATE FUNCTION partners_per_node(network partner_network,
		OUT partners bigint, OUT nodes bigint, OUT amount numeric)
	RETURNS SETOF record
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 10 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partners_per_node(partner_network) IS
	'how many nodes, of what amount, have no partner, one, two and so on';

CREATE FUNCTION ecosystem_verdict(network partner_network) RETURNS text
	LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100000
	RETURN (SELECT @extschema@.verdict('removal_effect'::pg_catalog.text, pg_catalog.min(r.others_change))
	        FROM   @extschema@.network_removal(ecosystem_verdict.network, 1::pg_catalog.int8) r);
COMMENT ON FUNCTION ecosystem_verdict(partner_network) IS
	'what target says of the removal test: the words for the largest change that taking one partner away makes to the others; NULL where there are no others';

-- partner_network aggregates

CREATE FUNCTION partner_network_combine(a partner_network, b partner_network) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION partner_network_combine(partner_network, partner_network) IS
	'the network of the rows of both, for ON CONFLICT DO UPDATE; NULL is no rows, and NULL only if both are';

CREATE FUNCTION _partner_network_final(partner_network) RETURNS partner_network
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'partner_network_final';
COMMENT ON FUNCTION _partner_network_final(partner_network) IS
	'the value an aggregate returns: its rows in order, each once';

CREATE FUNCTION _partner_network_accum(partner_network, text, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, text, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, text, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node text, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, text, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_text_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, text, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node text, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(text, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node bigint, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, bigint, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_bigint_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, bigint, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node bigint, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(bigint, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, text) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, text) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner text) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, text) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, text, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_text';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, text, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner text, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, text, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, bigint) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, bigint) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner bigint) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, bigint) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, bigint, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_bigint';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, bigint, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner bigint, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, bigint, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, uuid) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, uuid) IS
	'partner_network with one more row: node, partner';

CREATE AGGREGATE partner_network_agg(node uuid, partner uuid) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, uuid) IS
	'deals or accounts with their partners, a row each, in any order; a row that comes twice counts once; a node without a partner (NULL or empty) and a partner without a node count, rows without a node are counted in network_totals()';

CREATE FUNCTION _partner_network_accum(partner_network, uuid, uuid, numeric) RETURNS partner_network
	LANGUAGE c IMMUTABLE PARALLEL SAFE SUPPORT _collect_support AS 'MODULE_PATHNAME', 'partner_network_accum_uuid_uuid';
COMMENT ON FUNCTION _partner_network_accum(partner_network, uuid, uuid, numeric) IS
	'partner_network with one more row: node, partner, amount of the node';

CREATE AGGREGATE partner_network_agg(node uuid, partner uuid, amount numeric) (
	SFUNC = _partner_network_accum, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE partner_network_agg(uuid, uuid, numeric) IS
	'the same, with the amount of the deal or account: the same in all its rows, or NULL in some';

CREATE AGGREGATE rollup(network partner_network) (
	SFUNC = partner_network_combine, STYPE = partner_network, SSPACE = 8192, FINALFUNC = _partner_network_final,
	INITCOND = '0100000000000000000000000000000000000000', COMBINEFUNC = partner_network_combine, PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(partner_network) IS
	'networks (of quarters, regions, shards) as one; what is in several of them counts once; NULL adds nothing';
