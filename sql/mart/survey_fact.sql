-- survey_fact: one row an answer to a survey, with the integrations the customer had when it was asked.
-- kind: report
-- tier: 3
-- key: survey_id
-- inputs: survey(*) integration_use(*) account(*) partner(*)
-- columns:
--   survey_id text not null           Id of the answer.
--   kind text                         What was asked: nps, psat, confidence, or another.
--   account_id text                   Customer who answered.
--   account text                      Its name.
--   segment text                      What the account is to us.
--   region text                       Sales region.
--   partner_id text                   Partner who answered, or whom it is about.
--   partner text                      Its name.
--   asked_on date                     Day it was asked.
--   score numeric(12,4)               The answer.
--   points integer                    Of a net promoter score: 100 for 9 and 10, -100 for 0 to 6, else 0; their mean is the score.
--   integrations integer              Partners whose products the customer had integrated that day; NULL: no customer.
--   depth text                        The same in words: none, one, or two and more.
WITH used AS (
	SELECT s.survey_id, count(DISTINCT i.partner_id) AS integrations
	FROM   survey s JOIN integration_use i ON i.account_id = s.account_id AND i.started_on < s.asked_on AND (i.ended_on > s.asked_on OR i.ended_on IS NULL)
	GROUP  BY s.survey_id
)
SELECT survey_id, s.kind, s.account_id, a.name AS account, a.segment, a.region, s.partner_id, coalesce(p.name, s.partner_id) AS partner, s.asked_on, s.score,
       CASE WHEN s.kind = 'nps' THEN CASE WHEN s.score >= 9 THEN 100 WHEN s.score <= 6 THEN -100 WHEN s.score IS NOT NULL THEN 0 END END AS points,
       n.integrations, CASE WHEN n.integrations = 0 THEN 'none' WHEN n.integrations = 1 THEN 'one' WHEN n.integrations > 1 THEN 'two and more' END AS depth
FROM   survey s
       LEFT JOIN account a USING (account_id)
       LEFT JOIN partner p USING (partner_id)
       LEFT JOIN used u USING (survey_id),
       LATERAL (SELECT CASE WHEN s.account_id <> '' THEN coalesce(u.integrations, 0) END AS integrations) n
