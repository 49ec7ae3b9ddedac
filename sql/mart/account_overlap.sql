-- account_overlap: accounts of ours that a partner knows, one row an account and partner whatever the partner's records.
-- kind: report
-- tier: 1
-- key: account_id, partner_id
-- grain: account_id
-- inputs: company(*) partner_account(*) matched_account(account_id) account(account_id) deal(account_id) partner(*) setting(*)
-- columns:
--   account_id text not null          Our account.
--   partner_id text not null          The partner who knows it.
--   account text                      Name of the account.
--   partner text                      Name of the partner, or its id where partner has none.
--   company_id bigint                 Company of the account; NULL: only matched privately.
--   segment text                      What the account is to us: customer, open_opportunity or prospect.
--   population text                   What it is to the partner: the strongest of customer, open_opportunity, prospect, others.
--   populations text                  All that it is to the partner, the strongest first.
--   records integer                   Records of the partner that are this company.
--   matched_by text                   id, domain or name; company: through other records of the company; private: without the partner's list.
--   partner_calls_it text             Name of the company in the partner's list.
--   partner_stage text                Stage of the partner's deal there.
--   partner_amount numeric(18,2)      Amount of the partner's deals there.
--   partner_owner text                Who looks after it at the partner.
--   partner_owner_email text          Their e-mail address.
--   partner_last_activity_on date     Day the partner last did something there.
--   owner text                        Who looks after it on our side.
--   region text                       Sales region.
--   open_deals integer                Our open deals at the account.
--   open_amount numeric(18,2)         Their amount.
--   first_seen_on date                Day a refresh first found the overlap.
WITH listed AS (
	SELECT a.account_id, c.partner_id, o.company_id, r.population, r.populations, r.name, r.stage, r.amount, r.owner, r.owner_email,
	       r.last_activity_on, r.record_id, match_level(mine.identity, theirs.identity) AS matched_by
	FROM   account a
	       JOIN company o ON o.source = 'own' AND o.record_id = a.account_id
	       JOIN company c ON c.company_id = o.company_id AND c.source <> 'own'
	       -- there is one: so joined, the planner knows that it loses none
	       LEFT JOIN partner_account r ON r.partner_id = c.partner_id AND r.record_id = c.record_id
	       LEFT JOIN identity mine ON mine.source = o.source AND mine.record_id = o.record_id
	       LEFT JOIN identity theirs ON theirs.source = c.source AND theirs.record_id = c.record_id
	UNION  ALL
	SELECT account_id, partner_id, NULL, nullif(m.population, ''), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'private'
	FROM   matched_account m JOIN account USING (account_id)
), strength (population, strength) AS (
	VALUES ('customer', 1), ('open_opportunity', 2), ('prospect', 3)
), ranked AS (
	SELECT l.*, s.strength, array_position('{id,domain,name}', matched_by) AS level,
	       row_number() OVER (PARTITION BY account_id, partner_id ORDER BY s.strength, record_id) AS place,
	       row_number() OVER (PARTITION BY account_id, partner_id ORDER BY matched_by = 'private', s.strength, record_id) AS listed_place
	FROM   listed l LEFT JOIN strength s USING (population)
), overlap AS (
	SELECT account_id, partner_id, max(company_id) AS company_id, min(population) FILTER (WHERE place = 1) AS population, count(record_id) AS records,
	       CASE WHEN min(level) IS NOT NULL THEN (ARRAY['id', 'domain', 'name'])[min(level)]
	            WHEN bool_or(matched_by IS NULL) THEN 'company' ELSE 'private' END AS matched_by,
	       min(name) FILTER (WHERE listed_place = 1) AS partner_calls_it,
	       coalesce(min(stage) FILTER (WHERE listed_place = 1), min(stage)) AS partner_stage, sum(amount) AS partner_amount,
	       coalesce(min(owner) FILTER (WHERE listed_place = 1), min(owner)) AS partner_owner,
	       coalesce(min(owner_email) FILTER (WHERE listed_place = 1), min(owner_email)) AS partner_owner_email,
	       max(last_activity_on) AS partner_last_activity_on
	FROM   ranked
	GROUP  BY account_id, partner_id
	HAVING count(record_id) > 0 OR bool_or(matched_by = 'private')
), all_populations AS (
	SELECT account_id, partner_id, string_agg(population, ', ' ORDER BY strength, population) AS populations
	FROM  (SELECT account_id, partner_id, population, strength FROM ranked WHERE population <> ''
	       UNION
	       SELECT account_id, partner_id, p.population, s.strength
	       FROM   ranked, string_to_table(populations, ',') AS w(word), LATERAL (SELECT btrim(word) AS population) p
	              LEFT JOIN strength s USING (population)
	       WHERE  populations LIKE '%,%' AND p.population <> '') p
	GROUP  BY account_id, partner_id
), pipeline AS (
	SELECT account_id, count(*) AS open_deals, sum(amount) AS open_amount FROM deal WHERE outcome = 'open' GROUP BY account_id
)
SELECT account_id, partner_id, a.name AS account, coalesce(p.name, partner_id) AS partner, o.company_id, a.segment,
       o.population, l.populations, o.records, o.matched_by, o.partner_calls_it, o.partner_stage, o.partner_amount,
       o.partner_owner, o.partner_owner_email, o.partner_last_activity_on, a.owner, a.region,
       coalesce(d.open_deals, 0) AS open_deals, coalesce(d.open_amount, 0) AS open_amount,
       coalesce(e.first_seen_on, as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS first_seen_on
FROM   setting, overlap o
       JOIN account a USING (account_id)
       LEFT JOIN all_populations l USING (account_id, partner_id)
       LEFT JOIN partner p USING (partner_id)
       LEFT JOIN pipeline d USING (account_id)
       LEFT JOIN (SELECT account_id, partner_id, min(occurred_on) AS first_seen_on FROM account JOIN overlap_event USING (account_id)
                  WHERE  event IN ('initial', 'entered') GROUP BY account_id, partner_id) e USING (account_id, partner_id)
