-- What an expert without the extension would write for the tables of a mart:
-- the same loads, overlaps by host and by name, deals with what drove them, roles
-- credited to the cent.  No explanations, no identities beyond host and name, no
-- problems, no time zones: less than the mart says.
CREATE SCHEMA plain;
SET search_path = plain, public;
SET client_min_messages = warning;

CREATE TABLE account AS SELECT * FROM crm.account;
ALTER TABLE account ADD PRIMARY KEY (account_id);
CREATE TABLE partner AS SELECT * FROM crm.partner;
ALTER TABLE partner ADD PRIMARY KEY (partner_id);
CREATE TABLE partner_account AS SELECT * FROM crm.partner_account;
ALTER TABLE partner_account ADD PRIMARY KEY (partner_id, record_id);
CREATE TABLE deal AS SELECT * FROM crm.deal;
ALTER TABLE deal ADD PRIMARY KEY (deal_id);
CREATE INDEX ON deal (account_id);
CREATE TABLE deal_partner AS SELECT DISTINCT ON (deal_id, partner_id, role) * FROM crm.deal_partner ORDER BY deal_id, partner_id, role;
ALTER TABLE deal_partner ADD PRIMARY KEY (deal_id, partner_id, role);
CREATE TABLE touch AS SELECT * FROM crm.touch;
ALTER TABLE touch ADD PRIMARY KEY (touch_id);
CREATE INDEX ON touch (deal_id);
CREATE TABLE deal_history AS SELECT * FROM crm.deal_history;
CREATE TABLE subscription AS SELECT * FROM crm.subscription;
CREATE TABLE overlap_event AS SELECT * FROM crm.overlap_event;
CREATE TABLE co_sell_plan AS SELECT * FROM crm.co_sell_plan;
CREATE TABLE plan_milestone AS SELECT * FROM crm.plan_milestone;
CREATE TABLE integration_use AS SELECT * FROM crm.integration_use;
CREATE TABLE play_run AS SELECT * FROM crm.play_run;
ANALYZE;

-- Hosts to domains, names to keys, as well as expressions can.
CREATE FUNCTION domain(website text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN domain !~ '^(facebook|linkedin|twitter|instagram|google|youtube|gmail)\.' AND domain ~ '\.' THEN domain END
	FROM  (SELECT substring(host FROM '([^.]+\.(?:(?:co|com|ac|org|net|gov)\.[a-z]{2}|[a-z]{2,}))$') AS domain
	       FROM  (SELECT lower(substring(website FROM '^\s*(?:[a-zA-Z]+://)?(?:[^/@]*@)?(?:www\.)?([^/:?#\s]+)')) AS host) h) d $$;
CREATE FUNCTION name_key(name text, country text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT nullif(regexp_replace(lower(name), '[^a-z0-9 ]|\y(inc|llc|ltd|limited|gmbh|ag|sa|sas|bv|corp|co|plc|srl|spa)\y|\s+', '', 'g'), '') || '|' || upper(country) $$;
CREATE TABLE company AS
SELECT 'own' AS source, account_id AS record_id, domain(website) AS domain, name_key(name, country) AS name_key FROM account
UNION  ALL
SELECT 'partner/' || partner_id, record_id, domain(website), name_key(name, country) FROM partner_account;
ALTER TABLE company ADD PRIMARY KEY (source, record_id);
ANALYZE company;

CREATE TABLE account_overlap AS
SELECT DISTINCT ON (m.account_id, m.partner_id) m.account_id, m.partner_id, a.name AS account, p.name AS partner, r.population, r.name AS partner_calls_it
FROM  (SELECT a.record_id AS account_id, substr(r.source, 9) AS partner_id, r.record_id
       FROM   company a JOIN company r ON r.domain = a.domain
       WHERE  a.source = 'own' AND r.source <> 'own'
       UNION
       SELECT a.record_id, substr(r.source, 9), r.record_id
       FROM   company a JOIN company r ON r.name_key = a.name_key
       WHERE  a.source = 'own' AND r.source <> 'own' AND (a.domain IS NULL OR r.domain IS NULL)) m
       JOIN partner_account r USING (partner_id, record_id)
       JOIN account a USING (account_id)
       JOIN partner p USING (partner_id)
ORDER  BY m.account_id, m.partner_id, array_position('{customer,open_opportunity,prospect}', r.population), m.record_id;
ALTER TABLE account_overlap ADD PRIMARY KEY (account_id, partner_id);
CREATE INDEX ON account_overlap (partner_id);

CREATE TABLE whitespace AS
SELECT DISTINCT ON (r.partner_id, coalesce(c.domain, c.name_key)) r.partner_id, p.name AS partner, coalesce(c.domain, c.name_key) AS company, r.name, r.population
FROM   partner_account r
       JOIN partner p USING (partner_id)
       JOIN company c ON c.source = 'partner/' || r.partner_id AND c.record_id = r.record_id
WHERE  coalesce(c.domain, c.name_key) IS NOT NULL
AND    NOT EXISTS (SELECT FROM company o WHERE o.source = 'own' AND o.domain = c.domain)
AND    NOT EXISTS (SELECT FROM company o WHERE o.source = 'own' AND o.name_key = c.name_key)
ORDER  BY r.partner_id, coalesce(c.domain, c.name_key), r.record_id;
ALTER TABLE whitespace ADD PRIMARY KEY (partner_id, company);

-- Roles to the cent, by the largest remainder.
CREATE TABLE credit_line AS
WITH weight (role, weight) AS (VALUES ('sourcing', 40), ('technical', 20), ('influencing', 20), ('co_sell', 20)),
part AS (
	SELECT d.deal_id, p.partner_id, p.role, (d.amount * 100)::bigint AS cents, w.weight::numeric / count(*) OVER (PARTITION BY d.deal_id, p.role) AS weight
	FROM   deal d JOIN deal_partner p USING (deal_id) JOIN weight w USING (role)
	WHERE  d.outcome = 'won'
), split AS (
	SELECT *, floor(cents * weight / 100) AS floor, cents * weight / 100 - floor(cents * weight / 100) AS remainder FROM part
), line AS (
	SELECT deal_id, partner_id, role,
	       (floor + (row_number() OVER (PARTITION BY deal_id ORDER BY remainder DESC, partner_id, role)
	                 <= round(sum(remainder) OVER (PARTITION BY deal_id)))::integer) / 100.0 AS amount
	FROM   split
)
SELECT deal_id, row_number() OVER (PARTITION BY deal_id ORDER BY partner_id, role) AS line, partner_id, role, amount::numeric(18, 2)
FROM  (SELECT * FROM line
       UNION ALL
       SELECT d.deal_id, '', NULL, d.amount - coalesce(sum(l.amount), 0)
       FROM   deal d LEFT JOIN line l USING (deal_id)
       WHERE  d.outcome = 'won'
       GROUP  BY d.deal_id) l;
ALTER TABLE credit_line ADD PRIMARY KEY (deal_id, line);

CREATE TABLE evidence AS
SELECT deal_id, partner_id, kind, occurred_at FROM touch WHERE partner_id IS NOT NULL
UNION  ALL
SELECT deal_id, partner_id, role, added_at FROM deal_partner WHERE added_at IS NOT NULL;
CREATE INDEX ON evidence (deal_id);
ANALYZE evidence;
CREATE TABLE partner_deal AS
SELECT deal_id, partner_id, p.name AS partner, d.name AS deal, d.outcome, d.amount, e.touches, e.first_touch, e.last_touch, r.roles, c.credited
FROM  (SELECT deal_id, partner_id, count(*) AS touches, min(occurred_at) AS first_touch, max(occurred_at) AS last_touch
       FROM   evidence JOIN deal USING (deal_id)
       WHERE  occurred_at <= coalesce(closed_at, 'infinity')
       GROUP  BY deal_id, partner_id) e
       FULL JOIN (SELECT deal_id, partner_id, string_agg(role, ', ' ORDER BY role) AS roles FROM deal_partner GROUP BY deal_id, partner_id) r USING (deal_id, partner_id)
       LEFT JOIN (SELECT deal_id, partner_id, sum(amount) AS credited FROM credit_line GROUP BY deal_id, partner_id) c USING (deal_id, partner_id)
       JOIN deal d USING (deal_id)
       JOIN partner p USING (partner_id);
ALTER TABLE partner_deal ADD PRIMARY KEY (deal_id, partner_id);
CREATE INDEX ON partner_deal (partner_id);

CREATE TABLE deal_fact AS
WITH motion AS (
	SELECT d.deal_id, count(e.occurred_at) FILTER (WHERE e.occurred_at <= coalesce(d.closed_at, 'infinity')) AS touches,
	       bool_or(e.kind IN ('referral', 'partner_introduction', 'deal_registration', 'overlap_signal', 'sourcing')
	               AND e.occurred_at BETWEEN d.opened_at - interval '90 days' AND d.opened_at) AS sourced,
	       bool_or(e.kind IN ('joint_target_list', 'account_selection', 'selection') AND e.occurred_at < d.opened_at) AS selected,
	       bool_or(e.kind IN ('joint_pitch', 'joint_demo', 'joint_call', 'shared_deal_review', 'motion')
	               AND e.occurred_at <= d.opened_at + interval '14 days' AND e.occurred_at <= coalesce(d.closed_at, 'infinity')) AS ran,
	       bool_or(e.kind IN ('co_sell_plan', 'ecosystem_designation', 'intent') AND e.occurred_at <= d.opened_at) AS planned,
	       count(*) FILTER (WHERE e.kind IN ('overlap', 'integration_present')) AS passive, count(e.kind) AS records,
	       min(e.occurred_at) AS first_touch, max(e.occurred_at) AS last_touch
	FROM   deal d LEFT JOIN evidence e USING (deal_id)
	GROUP  BY d.deal_id
)
SELECT d.*, a.name AS account, a.segment, a.industry, (d.opened_at)::date AS opened_on, (d.closed_at)::date AS closed_on,
       date_trunc('quarter', d.closed_at)::date AS closed_quarter, d.closed_at::date - d.opened_at::date AS cycle_days,
       CASE WHEN m.sourced AND m.selected AND m.ran AND m.planned THEN 'led' WHEN m.touches > 0 THEN 'involved' WHEN m.records > m.passive THEN 'unproven'
            WHEN m.passive > 0 THEN 'covered' ELSE 'direct' END AS involvement,
       m.touches, m.first_touch, m.last_touch, coalesce(p.partners, 0) AS partners, p.partner_names, c.credited_amount, c.company_amount
FROM   deal d
       JOIN motion m USING (deal_id)
       LEFT JOIN account a USING (account_id)
       LEFT JOIN (SELECT deal_id, count(*) AS partners, string_agg(partner, ', ' ORDER BY partner) AS partner_names FROM partner_deal GROUP BY deal_id) p USING (deal_id)
       LEFT JOIN (SELECT deal_id, sum(amount) FILTER (WHERE partner_id <> '') AS credited_amount, sum(amount) FILTER (WHERE partner_id = '') AS company_amount
                  FROM   credit_line GROUP BY deal_id) c USING (deal_id);
ALTER TABLE deal_fact ADD PRIMARY KEY (deal_id);
CREATE INDEX ON deal_fact (account_id);

CREATE TABLE account_fact AS
SELECT a.account_id, a.name, a.segment, coalesce(o.partners, 0) AS partners, o.partner_names, coalesce(d.deals, 0) AS deals, d.open_amount, d.won_amount
FROM   account a
       LEFT JOIN (SELECT account_id, count(*) AS partners, string_agg(partner, ', ' ORDER BY partner) AS partner_names FROM account_overlap GROUP BY account_id) o USING (account_id)
       LEFT JOIN (SELECT account_id, count(*) AS deals, sum(amount) FILTER (WHERE outcome = 'open') AS open_amount,
                         sum(amount) FILTER (WHERE outcome = 'won') AS won_amount
                  FROM   deal_fact GROUP BY account_id) d USING (account_id);
ALTER TABLE account_fact ADD PRIMARY KEY (account_id);

CREATE TABLE co_sell_list AS
SELECT d.deal_id, o.partner_id, d.name AS deal, o.partner, d.amount, o.population, k.deals_together,
       30 * percent_rank() OVER (ORDER BY d.amount) + CASE o.population WHEN 'customer' THEN 30 WHEN 'open_opportunity' THEN 20 ELSE 10 END
       + least(coalesce(k.deals_together, 0), 40) AS score
FROM   deal_fact d
       JOIN account_overlap o USING (account_id)
       LEFT JOIN (SELECT partner_id, count(*) AS deals_together FROM partner_deal GROUP BY partner_id) k USING (partner_id)
WHERE  d.outcome = 'open';
ALTER TABLE co_sell_list ADD PRIMARY KEY (deal_id, partner_id);
ANALYZE;
