-- mart: from a CRM replica to tables that answer, and stay fresh.  Pure SQL and
-- PL/pgSQL: it moves sets, and no C would make that faster.

-- The relations that a mart is made with; rows come from sql/mart by tools/pack-mart.
CREATE TABLE mart_relation (
	name    text PRIMARY KEY,
	kind    text NOT NULL CHECK (kind IN ('settings', 'standard', 'report', 'history')),
	tier    integer NOT NULL CHECK (tier BETWEEN 1 AND 3),
	purpose text NOT NULL,
	key     text[] NOT NULL,
	grain   text,
	inputs  text,
	columns text NOT NULL,
	query   text);
COMMENT ON TABLE mart_relation IS 'relations that a mart is made with, each with its key, its columns and the query that makes it';
COMMENT ON COLUMN mart_relation.name IS 'name of the relation';
COMMENT ON COLUMN mart_relation.kind IS 'settings (edited by people), standard (loaded from a replica), report (made from others) or history (kept, never made anew)';
COMMENT ON COLUMN mart_relation.tier IS '1: accounts, partners, deals and touches; 2: money and customers; 3: the partner program';
COMMENT ON COLUMN mart_relation.purpose IS 'what a row is, and what the relation is for';
COMMENT ON COLUMN mart_relation.key IS 'columns of the primary key';
COMMENT ON COLUMN mart_relation.grain IS 'column by whose values a refresh makes only what changed; NULL where it is always made in full';
COMMENT ON COLUMN mart_relation.inputs IS 'relations that the query reads, each with the column that is the grain there, or * where a change makes it in full';
COMMENT ON COLUMN mart_relation.columns IS 'a line each: name, type and comment, parted by tabs';
COMMENT ON COLUMN mart_relation.query IS 'the query that makes it; NULL where people or a replica fill it';
GRANT SELECT ON mart_relation TO PUBLIC;

