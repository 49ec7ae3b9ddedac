-- @workload Websites normalised, partner records
-- @data accounts
-- @contender scan: count(website)
SELECT count(website) FROM partner_account;

-- @contender plain: split_part and a list of second levels
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(domain), sum(length(domain)), min(domain), max(domain)
FROM  (SELECT CASE WHEN second IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(top) = 2
                   THEN split_part(host, '.', -3) || '.' || second || '.' || top ELSE second || '.' || top END AS domain
       FROM  (SELECT host, split_part(host, '.', -1) AS top, split_part(host, '.', -2) AS second
              FROM  (SELECT split_part(split_part(split_part(CASE WHEN strpos(site, '@') > 0 THEN split_part(site, '@', 2)
                                                                  WHEN strpos(site, '://') > 0 THEN split_part(site, '://', 2)
                                                                  ELSE site END, '/', 1), ':', 1), '?', 1) AS host
                     FROM  (SELECT lower(trim(website)) AS site FROM partner_account OFFSET 0) a OFFSET 0) b OFFSET 0) c) d;

-- @contender plain: regular expressions, as most write it
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(domain), sum(length(domain)), min(domain), max(domain)
FROM  (SELECT substring(split_part(split_part(regexp_replace(lower(trim(website)), '^.*(://|@)', ''), '/', 1), ':', 1)
                        FROM '[^.]+\.(?:(?:co|com|org|net|gov|ac|edu)\.[a-z]{2}|[a-z]{2,})$') AS domain
       FROM   partner_account OFFSET 0) d;

-- @contender duckdb: string_split and a list of second levels
-- @reads partner_account(website)
SELECT count(domain), sum(length(domain)), min(domain), max(domain)
FROM  (SELECT CASE WHEN l[-2] IN ('co', 'com', 'org', 'net', 'gov', 'ac', 'edu') AND length(l[-1]) = 2
                   THEN l[-3] || '.' || l[-2] || '.' || l[-1] ELSE l[-2] || '.' || l[-1] END AS domain
       FROM  (SELECT string_split(split_part(split_part(split_part(CASE WHEN contains(site, '@') THEN split_part(site, '@', 2)
                                                                        WHEN contains(site, '://') THEN split_part(site, '://', 2)
                                                                        ELSE site END, '/', 1), ':', 1), '?', 1), '.') AS l
              FROM  (SELECT lower(trim(website)) AS site FROM partner_account WHERE website IS NOT NULL)));

-- @contender ours: to_company_domain
SELECT count(domain), sum(length(domain::text)), min(domain), max(domain)
FROM  (SELECT to_company_domain(website) AS domain FROM partner_account OFFSET 0) d;
