-- The mart
-- Nothing was staged so far: the questions were asked of tidy tables.  Here is the same company as
-- Fivetran leaves it when it replicates Salesforce, and a list that the partners shared.  What does
-- it come to, and whom do we call on Monday?

CALL create_mart('elg');
CALL bind_salesforce('elg', 'replica_fivetran');
CALL bind_table('elg', 'partner_account', 'replica.partner_list');
-- The day the demo is of; yours is today.
UPDATE elg.setting SET as_of = '2026-09-30';
SET client_min_messages = notice;
CALL refresh_mart('elg');
SET client_min_messages = warning;

-- The Monday list: what happened where, who is to act, and how long it has waited.
SELECT rank, regexp_replace(what, '(.{48,60}) ', E'\\1\n', 'g') AS what, owner, days_waiting AS days
FROM   elg.worklist
ORDER  BY rank
LIMIT  10;
-- Of the first, what to do, and with whom.
SELECT trigger, partner, play FROM elg.worklist WHERE rank = 1;
-- What keeps deals that partners touched from being led, where it is one thing.
SELECT missing_axis AS missing, sum(deals) AS deals, sum(won_amount) AS won_amount, next_step
FROM   elg.led_path
WHERE  missing_axis <> 'several'
GROUP  BY missing_axis, next_step
ORDER  BY won_amount DESC;
-- What was assumed, and can be changed.
SELECT severity, relation, problem, rows FROM check_mart('elg') ORDER BY rows DESC NULLS LAST LIMIT 5;
-- All of it on one page, for who decides: psql -XAtc "SELECT ecosystem.mart_report('elg')" > report.html
SELECT regexp_replace(replace(h[1], '&#160;', ' '), '<[^>]*>', ' ', 'g') AS "what it says"
FROM   regexp_matches(mart_report('elg'), '</small> (.*?)</h2>', 'g') AS h;
