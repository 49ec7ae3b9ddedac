-- shared_match: which records of a partner are which accounts of ours by these two alone, for partners with whom something is shared.
-- kind: report
-- tier: 1
-- key: partner_id, record_id, account_id
-- inputs: company(*) identity(*) account(*) partner_account(*) matched_account(*) partner_share(*) share_level(*)
-- columns:
--   partner_id text not null          The partner.
--   record_id text not null           Record of the partner; empty: matched privately, without the partner's list.
--   account_id text not null          Our account.
--   our_population text not null      What the account is to us: customer, open_opportunity or prospect; empty: not known.
--   their_population text not null    What it is to the partner: the same words.
--   matched_by text                   id, domain or name; private: without the partner's list.
--   level text not null               What the partner sees of it: all, overlapping, counts_only or hidden, as share_level says.
--   is_counted boolean not null       Whether the record is counted here: at one account, of several that which is most to us.
WITH strength (population, strength) AS (
	VALUES ('customer', 1), ('open_opportunity', 2), ('prospect', 3)
), listed AS (
	-- What holds only through a record of somebody else would tell of that one's list
	SELECT s.share_id, c.partner_id, c.record_id, o.record_id AS account_id, r.population, match_level(mine.identity, theirs.identity) AS matched_by
	FROM   partner_share s
	       JOIN company c ON c.source = 'partner/' || s.partner_id
	       JOIN company o ON o.company_id = c.company_id AND o.source = 'own'
	       JOIN partner_account r ON r.partner_id = c.partner_id AND r.record_id = c.record_id
	       JOIN identity mine ON mine.source = o.source AND mine.record_id = o.record_id
	       JOIN identity theirs ON theirs.source = c.source AND theirs.record_id = c.record_id
	WHERE  s.ended_on IS NULL
), matched AS (
	SELECT * FROM listed WHERE matched_by IS NOT NULL
	UNION  ALL
	(SELECT DISTINCT ON (s.share_id, m.account_id) s.share_id, m.partner_id, '', m.account_id, m.population, 'private'
	FROM   partner_share s
	       JOIN matched_account m USING (partner_id)
	       LEFT JOIN strength w USING (population)
	WHERE  s.ended_on IS NULL
	AND    NOT EXISTS (SELECT FROM listed l WHERE l.partner_id = m.partner_id AND l.account_id = m.account_id AND l.matched_by IS NOT NULL)
	ORDER  BY s.share_id, m.account_id, w.strength)
), pair AS (
	SELECT m.*, ours.strength, coalesce(ours.population, '') AS our_population, coalesce(theirs.population, '') AS their_population
	FROM   matched m
	       JOIN account a USING (account_id)
	       LEFT JOIN strength ours ON ours.population = a.segment
	       LEFT JOIN strength theirs ON theirs.population = m.population
)
SELECT p.partner_id, p.record_id, p.account_id, p.our_population, p.their_population, p.matched_by,
       CASE WHEN l.level IN ('all', 'overlapping', 'counts_only') THEN l.level ELSE 'hidden' END AS level,
       p.record_id <> '' AND row_number() OVER (PARTITION BY p.partner_id, p.record_id ORDER BY p.strength, p.account_id) = 1 AS is_counted
FROM   pair p
       LEFT JOIN share_level l USING (share_id, our_population, their_population)
