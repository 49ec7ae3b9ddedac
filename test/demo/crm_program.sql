-- The demo CRM, second part: what a partner program keeps beyond accounts, deals
-- and touches.  crm.sql reads this file before its end, in the same transaction;
-- chance is dice() here too.  No row of the first part changes, some get columns.
--
-- The story in the data: integrated customers stay longer and buy more.  Plans
-- are kept better every year, the partner field of deals worse.  A few partners
-- have stopped logging in, two never got started.  Some registrations collide.

-- ---------------------------------------------------------------------------
-- More of what is known of deals, roles, touches, plans and costs
-- ---------------------------------------------------------------------------

ALTER TABLE deal
	ADD owner            text,
	ADD lead_source      text CHECK (lead_source IN ('partner', 'marketing', 'outbound')),
	ADD program          text CHECK (program IN ('ecosystem', 'resale')),
	ADD arr              numeric CHECK (arr >= 0),
	ADD gross_margin     numeric,
	ADD marketplace      text,
	ADD on_partner_paper text REFERENCES partner,
	ADD first_value_at   timestamptz;
COMMENT ON COLUMN deal.owner IS 'account executive who owns the deal, of the region of the account';
COMMENT ON COLUMN deal.lead_source IS 'where the owner says the deal came from: partner, marketing or outbound';
COMMENT ON COLUMN deal.program IS 'program by whose rule partners are credited: resale (on a partner''s paper), ecosystem; NULL: no partner';
COMMENT ON COLUMN deal.arr IS 'part of the amount that recurs every year, in US dollars';
COMMENT ON COLUMN deal.gross_margin IS 'part of the amount that is left after the cost of serving it, in US dollars';
COMMENT ON COLUMN deal.marketplace IS 'cloud marketplace the deal is transacted through; NULL: none';
COMMENT ON COLUMN deal.on_partner_paper IS 'reseller whose paper the customer signs; NULL: ours';
COMMENT ON COLUMN deal.first_value_at IS 'of a won first purchase: when the customer first used it in earnest; NULL: not yet, or another type';

UPDATE deal d
SET    owner = s.names[1 + dice('owner ' || d.account_id, cardinality(s.names))],
       arr = round(d.amount * (80 + dice('arr ' || d.deal_id, 18)) / 100, 2),
       gross_margin = round(d.amount * (68 + dice('margin ' || d.deal_id, 17)) / 100, 2)
FROM  (VALUES
	('North America', '{Dana Whitlock,Marcus Oyelaran,Priya Raman,Tom Brandvold,Elise Carver}'::text[]),
	('Europe', '{Ingrid Solheim,Matteo Ricci,Hannah Vogel,Owen Pritchard}'),
	('Asia Pacific', '{Kenji Morita,Alice Nguyen}'),
	('Latin America', '{Lucia Ferraz}')) AS s(region, names)
WHERE  d.region = s.region;
ALTER TABLE deal ALTER owner SET NOT NULL, ALTER arr SET NOT NULL, ALTER gross_margin SET NOT NULL;

UPDATE deal d
SET    lead_source = CASE WHEN EXISTS (SELECT FROM deal_partner r WHERE r.deal_id = d.deal_id AND r.role = 'sourcing')
                               AND dice('tagged partner ' || d.deal_id, 10) > 0 THEN 'partner'
                          WHEN dice('lead ' || d.deal_id, 100) < 46 THEN 'marketing' ELSE 'outbound' END,
       marketplace = CASE WHEN dice('market ' || d.deal_id, 100)
                               < CASE WHEN EXISTS (SELECT FROM deal_partner r WHERE r.deal_id = d.deal_id AND r.partner_id IN ('P01', 'P02'))
                                      THEN 26 WHEN d.opened_at >= '2025-07-01' THEN 7 ELSE 3 END
                          THEN (ARRAY['Stratum Marketplace', 'Stratum Marketplace', 'Ledgerline Exchange'])[1 + dice('which ' || d.deal_id, 3)] END,
       on_partner_paper = (SELECT min(p.partner_id) FROM deal_partner r JOIN partner p USING (partner_id)
                           WHERE  r.deal_id = d.deal_id AND p.type = 'channel' AND dice('paper ' || d.deal_id, 100) < 55),
       first_value_at = (SELECT v FROM (SELECT office_time(d.closed_at::date + 34 + dice('value ' || d.deal_id, 75)
                                                - CASE WHEN EXISTS (SELECT FROM deal_partner r JOIN partner p USING (partner_id)
                                                                    WHERE  r.deal_id = d.deal_id AND p.type = 'services')
                                                       THEN 24 ELSE 0 END, 'value ' || d.deal_id) AS v) f
                         WHERE  d.type = 'new' AND d.outcome = 'won' AND v < '2026-10-01 00:00+00');
UPDATE deal d SET program = CASE WHEN on_partner_paper IS NOT NULL THEN 'resale' ELSE 'ecosystem' END
WHERE  EXISTS (SELECT FROM deal_partner r WHERE r.deal_id = d.deal_id);
-- Rows in the order they were in.
CLUSTER deal USING deal_pkey;

-- Roles that are written down after the close are the rot: three owners do so
-- ever more often.
ALTER TABLE deal_partner ADD added_at timestamptz;
COMMENT ON COLUMN deal_partner.added_at IS 'when the owner of the deal recorded the partner; some only after the close';
UPDATE deal_partner r
SET    added_at = (SELECT CASE WHEN d.closed_at IS NOT NULL
                                    AND dice('late ' || d.deal_id, 100)
                                        < CASE WHEN d.owner IN ('Tom Brandvold', 'Owen Pritchard', 'Alice Nguyen') THEN 14 ELSE 5 END
                                          * (extract(year FROM d.closed_at)::integer - 2022)
                               THEN least(d.closed_at + make_interval(days => 4 + dice('noted ' || d.deal_id, 40)), '2026-09-30 17:00+00')
                               ELSE least(d.opened_at + make_interval(hours => 20 + dice('added ' || d.deal_id || r.partner_id || r.role, 700)),
                                          coalesce(d.closed_at, '2026-09-30 17:00+00') - interval '1 hour') END
                   FROM   deal d WHERE d.deal_id = r.deal_id);
ALTER TABLE deal_partner ALTER added_at SET NOT NULL;

-- Market development funds: incentives that paid for a campaign with a partner.
ALTER TABLE investment ADD campaign text;
COMMENT ON COLUMN investment.campaign IS 'co-marketing campaign the money was for (market development funds); NULL: none';
UPDATE investment SET campaign = partner_id || ' ' || extract(year FROM period) || 'Q' || extract(quarter FROM period)
WHERE  kind = 'incentives' AND dice('campaign ' || partner_id || period, 100) < 60;

ALTER TABLE touch ADD campaign text;
COMMENT ON COLUMN touch.campaign IS 'co-marketing campaign that reached the buyer; NULL: none';
UPDATE touch t SET campaign = i.campaign
FROM   investment i
WHERE  t.kind = 'co_marketing_event' AND i.partner_id = t.partner_id
AND    i.period = date_trunc('quarter', t.occurred_at, 'UTC')::date + interval '2 months';
CLUSTER touch USING touch_pkey;

ALTER TABLE co_sell_plan
	ADD our_owner     text,
	ADD partner_owner text,
	ADD split         text;
COMMENT ON COLUMN co_sell_plan.our_owner IS 'who is to keep the plan on our side; NULL: nobody was named';
COMMENT ON COLUMN co_sell_plan.partner_owner IS 'who is to keep it on the partner''s side; NULL: nobody was named';
COMMENT ON COLUMN co_sell_plan.split IS 'how credit is to be divided, as a credit_model; NULL: not agreed upfront';
UPDATE co_sell_plan c
SET    our_owner = CASE WHEN dice('ours ' || plan_id, 100) < 93 THEN d.owner END,
       partner_owner = CASE WHEN dice('theirs ' || plan_id, 100) < 84
                            THEN (ARRAY['A. Lindqvist', 'B. Okafor', 'C. Moreau', 'D. Tanaka', 'E. Hughes', 'F. Silva', 'G. Novak', 'H. Brandt'])
                                 [1 + dice('partner owner ' || c.partner_id, 8)] END,
       split = CASE WHEN dice('split ' || plan_id, 100) < 70 THEN 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)'
                    WHEN dice('split ' || plan_id, 100) < 80 THEN 'linear' END
FROM   deal d WHERE d.deal_id = c.deal_id;
CLUSTER co_sell_plan USING co_sell_plan_pkey;

CREATE TABLE plan_milestone (
	plan_id   text NOT NULL REFERENCES co_sell_plan,
	milestone text NOT NULL CHECK (milestone IN ('account brief', 'joint meeting', 'joint proposal', 'decision')),
	due_on    date NOT NULL,
	done_on   date,
	PRIMARY KEY (plan_id, milestone));
COMMENT ON TABLE plan_milestone IS 'milestones of the co-sell plans (mutual action plans)';
COMMENT ON COLUMN plan_milestone.plan_id IS 'co-sell plan';
COMMENT ON COLUMN plan_milestone.milestone IS 'account brief, joint meeting, joint proposal or decision';
COMMENT ON COLUMN plan_milestone.due_on IS 'day it is due';
COMMENT ON COLUMN plan_milestone.done_on IS 'day it was done; NULL: not yet, or never';
INSERT INTO plan_milestone
SELECT plan_id, milestone, due_on, CASE WHEN done_on <= '2026-09-30' THEN done_on END
FROM  (SELECT c.plan_id, m.milestone, m.n, due_on,
              CASE WHEN dice('done ' || c.plan_id || m.n, 100) < 66 + 9 * (extract(year FROM c.agreed_at)::integer - 2023) - 4 * m.n
                   THEN due_on - 4 + dice('done on ' || c.plan_id || m.n, 12) END AS done_on
       FROM   co_sell_plan c, (VALUES (1, 'account brief'), (2, 'joint meeting'), (3, 'joint proposal'), (4, 'decision')) m(n, milestone),
              LATERAL (SELECT c.agreed_at::date + 14 * m.n + dice('due ' || c.plan_id || m.n, 10) AS due_on) u
       WHERE  m.n <= 3 OR dice('decision ' || c.plan_id, 100) < 80) p
ORDER  BY plan_id, n;

-- ---------------------------------------------------------------------------
-- Rules and what partners built with us
-- ---------------------------------------------------------------------------

CREATE TABLE split_policy (
	program text NOT NULL,
	valid   daterange NOT NULL,
	model   text NOT NULL,
	PRIMARY KEY (program, valid));
COMMENT ON TABLE split_policy IS 'rules by which the partners of a deal are credited, by program and the day the deal was closed';
COMMENT ON COLUMN split_policy.program IS 'program, see deal.program';
COMMENT ON COLUMN split_policy.valid IS 'days the rule was in force; no two of a program overlap';
COMMENT ON COLUMN split_policy.model IS 'the rule as a credit_model';
INSERT INTO split_policy VALUES
	('ecosystem', '(,2025-01-01)', 'role_split(sourcing=50, technical=20, influencing=20, co_sell=10)'),
	('ecosystem', '[2025-01-01,)', 'role_split(sourcing=40, technical=20, influencing=20, co_sell=20)'),
	('resale', '(,)', 'linear');

CREATE TABLE touch_kind (
	kind    text PRIMARY KEY,
	axis    text CHECK (axis IN ('sourcing', 'selection', 'motion', 'intent')),
	role    text CHECK (role IN ('sourcing', 'technical', 'influencing', 'co_sell')),
	weight  numeric NOT NULL,
	passive boolean NOT NULL);
COMMENT ON TABLE touch_kind IS 'what the kinds of touch mean';
COMMENT ON COLUMN touch_kind.kind IS 'kind, as in touch.kind';
COMMENT ON COLUMN touch_kind.axis IS 'axis it is evidence for: sourcing, selection, motion, intent; NULL: none';
COMMENT ON COLUMN touch_kind.role IS 'role a partner plays with it; NULL: none';
COMMENT ON COLUMN touch_kind.weight IS 'how much it counts under the engagement model, 1 being ordinary';
COMMENT ON COLUMN touch_kind.passive IS 'whether it only records that a partner is there';
INSERT INTO touch_kind VALUES
	('referral', 'sourcing', 'sourcing', 3.0, false), ('partner_introduction', 'sourcing', 'sourcing', 3.0, false),
	('deal_registration', 'sourcing', 'sourcing', 3.0, false), ('overlap_signal', 'sourcing', 'sourcing', 1.0, false),
	('joint_target_list', 'selection', 'co_sell', 2.0, false), ('account_selection', 'selection', 'co_sell', 2.0, false),
	('joint_pitch', 'motion', 'co_sell', 2.0, false), ('joint_demo', 'motion', 'co_sell', 2.0, false),
	('joint_call', 'motion', 'co_sell', 1.0, false), ('shared_deal_review', 'motion', 'co_sell', 1.0, false),
	('co_sell_plan', 'intent', 'co_sell', 3.0, false), ('ecosystem_designation', 'intent', 'co_sell', 1.0, false),
	('reference', NULL, 'influencing', 1.0, false), ('case_study', NULL, 'influencing', 1.0, false),
	('co_marketing_event', NULL, 'influencing', 1.0, false), ('pricing_call', NULL, 'influencing', 1.0, false),
	('integration_mention', NULL, 'technical', 0.5, false), ('integration_demo', NULL, 'technical', 1.0, false),
	('integration_present', NULL, NULL, 0.5, true), ('overlap', NULL, NULL, 0.5, true);

CREATE TABLE joint_solution (
	product     text PRIMARY KEY,
	partner_id  text NOT NULL REFERENCES partner,
	launched_on date NOT NULL);
COMMENT ON TABLE joint_solution IS 'products of ours that were built together with a partner';
COMMENT ON COLUMN joint_solution.product IS 'product; deals are named company: product';
COMMENT ON COLUMN joint_solution.partner_id IS 'partner it was built with';
COMMENT ON COLUMN joint_solution.launched_on IS 'day it came to market';
INSERT INTO joint_solution VALUES ('Connect', 'P01', '2023-11-01'), ('Guard', 'P05', '2024-09-01');

-- ---------------------------------------------------------------------------
-- Overlaps as they came and went
-- ---------------------------------------------------------------------------

CREATE TABLE overlap_event (
	account_id  text NOT NULL REFERENCES account,
	partner_id  text NOT NULL REFERENCES partner,
	event       text NOT NULL CHECK (event IN ('entered', 'left')),
	population  text NOT NULL CHECK (population IN ('customer', 'open_opportunity', 'prospect')),
	occurred_on date NOT NULL,
	PRIMARY KEY (account_id, partner_id, event));
COMMENT ON TABLE overlap_event IS 'overlaps as daily comparisons of the lists found them: an account of ours came into a partner''s list, or left it';
COMMENT ON COLUMN overlap_event.account_id IS 'our account';
COMMENT ON COLUMN overlap_event.partner_id IS 'partner';
COMMENT ON COLUMN overlap_event.event IS 'entered or left';
COMMENT ON COLUMN overlap_event.population IS 'what the company was to the partner then: customer, open_opportunity, prospect';
COMMENT ON COLUMN overlap_event.occurred_on IS 'day';
INSERT INTO overlap_event
SELECT o.account_id, s.partner_id, 'entered',
       CASE WHEN population < CASE WHEN s.together THEN 75 ELSE 52 END THEN 'customer'
            WHEN population < CASE WHEN s.together THEN 90 ELSE 66 END THEN 'open_opportunity' ELSE 'prospect' END,
       CASE WHEN s.together OR dice('early ' || s.n || ' ' || s.company, 100) < 45
            THEN m.signed_at + dice('entered ' || s.n || ' ' || s.company, least(110, '2026-09-30' - m.signed_at))
            ELSE m.signed_at + 1 + dice('entered ' || s.n || ' ' || s.company, '2026-09-30' - m.signed_at - 1) END
FROM  (SELECT *, dice('population ' || n || ' ' || company, 100) AS population FROM shared WHERE copy = 1) s
       JOIN ours o ON o.company = s.company AND o.record <= 1970 JOIN member m ON m.n = s.n
ORDER  BY 1, 2;
-- Those that left are in no list any more.
INSERT INTO overlap_event
SELECT account_id, partner_id, v.event, 'prospect', v.occurred_on
FROM  (SELECT o.account_id, m.partner_id, m.n, m.signed_at + 5 + dice('was in ' || m.n || ' ' || o.record, '2026-09-30' - m.signed_at - 100) AS day
       FROM   ours o, member m
       WHERE  o.record <= 1970 AND m.n <= 20 AND dice('was there ' || m.n || ' ' || o.record, 250) = 0
       AND    NOT EXISTS (SELECT FROM shared s WHERE s.n = m.n AND s.company = o.company)) w,
       LATERAL (VALUES ('entered', w.day), ('left', w.day + 20 + dice('gone ' || account_id || n, 75))) v(event, occurred_on)
ORDER  BY 1, 2, 3;

-- ---------------------------------------------------------------------------
-- Plays, leads, registrations
-- ---------------------------------------------------------------------------

CREATE TABLE play (
	play_id       text PRIMARY KEY,
	name          text NOT NULL,
	kicked_off_on date NOT NULL,
	live_on       date);
COMMENT ON TABLE play IS 'plays: what is done when a trigger fires';
COMMENT ON COLUMN play.play_id IS 'our id of the play';
COMMENT ON COLUMN play.name IS 'name of the play';
COMMENT ON COLUMN play.kicked_off_on IS 'day its first team met';
COMMENT ON COLUMN play.live_on IS 'day it was first run at an account; NULL: not yet';
INSERT INTO play VALUES
	('warm_introduction', 'Warm introduction', '2022-03-21', '2022-04-08'), ('joint_demo', 'Joint demo', '2022-09-05', '2022-10-03'),
	('account_expansion', 'Account expansion', '2023-02-06', '2023-03-20'), ('displacement', 'Competitive displacement', '2024-05-13', '2024-06-10'),
	('marketplace', 'Marketplace co-sell', '2026-09-07', NULL);

CREATE TABLE play_run (
	run_id        text PRIMARY KEY,
	play_id       text NOT NULL REFERENCES play,
	trigger       text NOT NULL CHECK (trigger IN ('overlap_entered', 'partner_won_deal', 'partner_project', 'champion_moved')),
	account_id    text NOT NULL REFERENCES account,
	partner_id    text NOT NULL REFERENCES partner,
	our_owner     text,
	partner_owner text,
	fired_at      timestamptz NOT NULL,
	acted_at      timestamptz,
	deal_id       text REFERENCES deal);
COMMENT ON TABLE play_run IS 'plays as they were run: a trigger fired at an account, somebody acted on it or nobody did';
COMMENT ON COLUMN play_run.run_id IS 'our id of the run, in order of firing';
COMMENT ON COLUMN play_run.play_id IS 'play; of a warm introduction, fired is asked for and acted is introduced';
COMMENT ON COLUMN play_run.trigger IS 'what fired it: overlap_entered, partner_won_deal, partner_project, champion_moved';
COMMENT ON COLUMN play_run.account_id IS 'account';
COMMENT ON COLUMN play_run.partner_id IS 'partner';
COMMENT ON COLUMN play_run.our_owner IS 'who is to act on our side; NULL: nobody was named';
COMMENT ON COLUMN play_run.partner_owner IS 'who is to act on the partner''s side; NULL: nobody was named';
COMMENT ON COLUMN play_run.fired_at IS 'when the trigger fired';
COMMENT ON COLUMN play_run.acted_at IS 'when somebody acted on it; NULL: not yet, or never';
COMMENT ON COLUMN play_run.deal_id IS 'opportunity that came of it; NULL: none';
INSERT INTO play_run
SELECT 'R' || lpad(row_number() OVER (ORDER BY fired_at, account_id, partner_id)::text, 4, '0'), play_id,
       (ARRAY['overlap_entered', 'partner_won_deal', 'partner_won_deal', 'partner_project', 'champion_moved'])[1 + dice('trigger ' || key, 5)],
       account_id, partner_id, CASE WHEN dice('run owner ' || key, 10) > 0 THEN owner END,
       CASE WHEN dice('their owner ' || key, 10) > 2
            THEN (ARRAY['A. Lindqvist', 'B. Okafor', 'C. Moreau', 'D. Tanaka', 'E. Hughes', 'F. Silva', 'G. Novak', 'H. Brandt'])
                 [1 + dice('partner owner ' || partner_id, 8)] END,
       fired_at, acted_at, deal_id
FROM  (-- those that became deals
       SELECT t.touch_id AS key, CASE WHEN t.kind IN ('referral', 'partner_introduction') THEN 'warm_introduction'
                                      WHEN d.type <> 'new' THEN 'account_expansion' ELSE 'joint_demo' END AS play_id,
              d.account_id, t.partner_id, d.owner, t.occurred_at - make_interval(days => 1 + dice('asked ' || t.touch_id, 16)) AS fired_at,
              t.occurred_at AS acted_at, t.deal_id
       FROM   touch t JOIN deal d USING (deal_id)
       WHERE  t.kind IN ('referral', 'partner_introduction', 'overlap_signal') AND t.occurred_at < d.opened_at
       UNION ALL
       -- those that did not, some of them only not yet
       SELECT key, play_id, account_id, partner_id, owner, fired_at,
              CASE WHEN acted_at < '2026-10-01 00:00+00' AND dice('acts ' || key, 100) < 62 THEN acted_at END, NULL
       FROM  (SELECT k.key, CASE dice('play ' || k.key, 4) WHEN 0 THEN 'joint_demo' WHEN 1 THEN 'account_expansion' ELSE 'warm_introduction' END AS play_id,
                     e.account_id, e.partner_id, (SELECT min(d.owner) FROM deal d WHERE d.region = a.region) AS owner, f.fired_at,
                     f.fired_at + make_interval(days => 1 + dice('reacts ' || k.key, 20)) AS acted_at
              FROM   overlap_event e JOIN account a USING (account_id) JOIN member m USING (partner_id),
                     LATERAL (SELECT 'run ' || e.account_id || e.partner_id AS key) k,
                     LATERAL (SELECT office_time(e.occurred_on + 2 + dice('fires ' || k.key, 20), 'fires ' || k.key) AS fired_at) f
              WHERE  e.event = 'entered' AND m.n NOT IN (22, 24) AND dice(k.key, 100) < 8 AND f.fired_at < '2026-10-01 00:00+00') r) r
ORDER  BY 1;

CREATE TABLE lead_exchange (
	lead_id         text PRIMARY KEY,
	from_partner_id text REFERENCES partner,
	to_partner_id   text REFERENCES partner,
	account_id      text NOT NULL REFERENCES account,
	deal_id         text REFERENCES deal,
	sent_at         timestamptz NOT NULL,
	brokered        boolean NOT NULL,
	CHECK (from_partner_id IS DISTINCT FROM to_partner_id));
COMMENT ON TABLE lead_exchange IS 'leads and introductions that partners and we gave each other';
COMMENT ON COLUMN lead_exchange.lead_id IS 'our id of the lead, in order of sending';
COMMENT ON COLUMN lead_exchange.from_partner_id IS 'partner who gave it; NULL: we did';
COMMENT ON COLUMN lead_exchange.to_partner_id IS 'partner who received it; NULL: we did';
COMMENT ON COLUMN lead_exchange.account_id IS 'account it is about';
COMMENT ON COLUMN lead_exchange.deal_id IS 'deal of ours that came of it, or that the receiving partner was brought into; NULL: none';
COMMENT ON COLUMN lead_exchange.sent_at IS 'when';
COMMENT ON COLUMN lead_exchange.brokered IS 'whether our partner team brought the two sides together';
INSERT INTO lead_exchange
SELECT 'L' || lpad(row_number() OVER (ORDER BY sent_at, account_id, from_partner_id, to_partner_id)::text, 4, '0'), l.*
FROM  (-- to us
       SELECT t.partner_id AS from_partner_id, NULL AS to_partner_id, d.account_id, t.deal_id, t.occurred_at AS sent_at,
              dice('brokered in ' || t.touch_id, 100) < 35 AS brokered
       FROM   touch t JOIN deal d USING (deal_id)
       WHERE  t.kind IN ('referral', 'partner_introduction') AND t.occurred_at < d.opened_at
       UNION ALL
       -- from us: services and channel partners get most
       SELECT NULL, e.partner_id, e.account_id, NULL, f.sent_at, false
       FROM   overlap_event e JOIN account a USING (account_id) JOIN member m USING (partner_id),
              LATERAL (SELECT office_time(e.occurred_on + 10 + dice('give ' || e.account_id || m.n, 90), 'give ' || e.account_id) AS sent_at) f
       WHERE  e.event = 'entered' AND a.segment = 'customer' AND f.sent_at < '2026-10-01 00:00+00'
       AND    dice('given ' || e.account_id || m.n, 100) < CASE m.type WHEN 'services' THEN 17 WHEN 'channel' THEN 9 ELSE 4 END
       UNION ALL
       -- from partner to partner, who then are on the deal together
       SELECT p.partner_id, q.partner_id, d.account_id, d.deal_id,
              d.opened_at + make_interval(days => dice('brought ' || d.deal_id, greatest(p.days, 1))), dice('brokered ' || d.deal_id, 100) < 45
       FROM   present p JOIN present q ON q.deal = p.deal AND q.place = 2 JOIN deal d ON d.deal_id = 'D' || lpad(p.deal::text, 4, '0')
       WHERE  p.place = 1 AND p.class IN ('led', 'involved') AND d.opened_at < '2026-09-01 00:00+00'
       AND    dice('bring ' || d.deal_id, 100) < CASE p.class WHEN 'led' THEN 45 ELSE 14 END) l
ORDER  BY 1;

CREATE TABLE deal_registration (
	registration_id  text PRIMARY KEY,
	partner_id       text NOT NULL REFERENCES partner,
	account_id       text NOT NULL REFERENCES account,
	deal_id          text REFERENCES deal,
	registered_at    timestamptz NOT NULL,
	last_activity_at timestamptz NOT NULL,
	CHECK (last_activity_at >= registered_at));
COMMENT ON TABLE deal_registration IS 'accounts that partners registered as theirs to sell to';
COMMENT ON COLUMN deal_registration.registration_id IS 'our id of the registration, in order of registering';
COMMENT ON COLUMN deal_registration.partner_id IS 'partner who registered';
COMMENT ON COLUMN deal_registration.account_id IS 'account';
COMMENT ON COLUMN deal_registration.deal_id IS 'deal that came of it; NULL: none so far';
COMMENT ON COLUMN deal_registration.registered_at IS 'when';
COMMENT ON COLUMN deal_registration.last_activity_at IS 'when the partner last did something about it';
INSERT INTO deal_registration
SELECT 'G' || lpad(row_number() OVER (ORDER BY registered_at, account_id, partner_id)::text, 3, '0'), r.*
FROM  (SELECT t.partner_id, d.account_id, t.deal_id, t.occurred_at AS registered_at,
              greatest(t.occurred_at, (SELECT max(o.occurred_at) FROM touch o WHERE o.deal_id = t.deal_id AND o.partner_id = t.partner_id))
              AS last_activity_at
       FROM   touch t JOIN deal d USING (deal_id)
       WHERE  t.kind = 'deal_registration'
       UNION ALL
       -- at prospects, without a deal so far
       SELECT e.partner_id, e.account_id, NULL, f.registered_at,
              least(f.registered_at + make_interval(days => dice('active ' || e.account_id || m.n, 120)), '2026-09-30 17:00+00')
       FROM   overlap_event e JOIN account a USING (account_id) JOIN member m USING (partner_id),
              LATERAL (SELECT office_time(greatest(e.occurred_on, '2024-01-01') + 15
                                          + dice('registers ' || e.account_id || m.n,
                                                 greatest(1, '2026-09-15' - greatest(e.occurred_on, '2024-01-01') - 15)),
                                          'registers ' || e.account_id) AS registered_at) f
       WHERE  e.event = 'entered' AND a.segment <> 'customer' AND m.type <> 'technology' AND e.occurred_on < '2026-08-01'
       AND    dice('registered ' || e.account_id || m.n, 1000) < CASE WHEN m.n IN (19, 21) THEN 15 WHEN a.segment = 'prospect' THEN 45 ELSE 90 END
       UNION ALL
       -- collisions: another partner registers the same prospect, and one an account that has an open direct deal
       SELECT v.partner_id, e.account_id, NULL, v.registered_at, v.last_activity_at
       FROM  (VALUES ('P04', 'P03', 1, '2026-07-06 09:30+00'::timestamptz, '2026-09-21 14:00+00'::timestamptz),
                     ('P03', 'P04', 1, '2026-08-03 15:10+00', '2026-09-17 10:20+00'),
                     ('P06', 'P13', 2, '2026-02-11 08:45+00', '2026-03-20 16:30+00'),
                     ('P13', 'P06', 2, '2026-07-22 11:05+00', '2026-09-24 09:00+00')) v(partner_id, other, n, registered_at, last_activity_at),
              LATERAL (SELECT e.account_id
                       FROM   overlap_event e JOIN account a USING (account_id) JOIN overlap_event o USING (account_id)
                       WHERE  e.event = 'entered' AND o.event = 'entered' AND a.segment = 'prospect'
                       AND    e.partner_id = least(v.partner_id, v.other) AND o.partner_id = greatest(v.partner_id, v.other)
                       ORDER  BY dice('collide ' || e.account_id, 1000000), e.account_id LIMIT 1) e
       UNION ALL
       SELECT 'P08', (SELECT d.account_id FROM deal d
                      WHERE  d.outcome = 'open' AND d.region = 'Europe' AND d.opened_at < '2026-08-01'
                      AND    NOT EXISTS (SELECT FROM deal_partner r WHERE r.deal_id = d.deal_id)
                      ORDER  BY dice('direct ' || d.deal_id, 1000000), d.deal_id LIMIT 1),
              NULL, '2026-08-19 13:40+00', '2026-09-25 09:15+00') r
ORDER  BY 1;

-- ---------------------------------------------------------------------------
-- What partners do beside deals, and what they think
-- ---------------------------------------------------------------------------

CREATE TABLE partner_activity (
	partner_id  text NOT NULL REFERENCES partner,
	kind        text NOT NULL CHECK (kind IN ('login', 'training_assigned', 'training_completed', 'account_mapping',
	                                          'target_list', 'introduction')),
	occurred_on date NOT NULL,
	times       integer NOT NULL CHECK (times > 0),
	PRIMARY KEY (partner_id, kind, occurred_on));
COMMENT ON TABLE partner_activity IS 'what partners did in the partner portal and while they were brought on board';
COMMENT ON COLUMN partner_activity.partner_id IS 'partner';
COMMENT ON COLUMN partner_activity.kind IS
	'login, training_assigned, training_completed: by month; account_mapping, target_list, introduction: the first of each after signing';
COMMENT ON COLUMN partner_activity.occurred_on IS 'day; of what is counted by month its first day';
COMMENT ON COLUMN partner_activity.times IS 'how often';
INSERT INTO partner_activity
SELECT partner_id, kind, occurred_on, times
FROM  (SELECT m.n, m.partner_id, c.kind, month::date AS occurred_on,
              CASE c.kind WHEN 'login' THEN (m.pull / 22 + dice('login ' || m.n || month::date, 4 + m.pull / 40)) * fading / 100
                          WHEN 'training_assigned' THEN CASE WHEN dice('assigned ' || m.n || month::date, 3) = 0 THEN 1 + m.pull / 400 ELSE 0 END
                          ELSE CASE WHEN dice('assigned ' || m.n || month::date, 3) = 0
                                         AND dice('completed ' || m.n || month::date, 100) < 76 * fading / 100
                                    THEN 1 + dice('how many ' || m.n || month::date, 1 + m.pull / 400) ELSE 0 END END AS times
       FROM   member m, generate_series('2023-10-01'::timestamp, '2026-09-01', '1 month') month,
              (VALUES ('login'), ('training_assigned'), ('training_completed')) c(kind),
              -- some lose interest
              LATERAL (SELECT CASE WHEN m.n = 24 THEN 40 WHEN m.n IN (15, 19, 20) AND month >= '2026-07-01' THEN 25
                                   WHEN m.n = 21 AND month >= '2026-04-01' THEN 0 WHEN m.n = 9 AND month >= '2026-07-01' THEN 45
                                   ELSE 100 END AS fading) f
       WHERE  month > m.signed_at
       UNION ALL
       SELECT m.n, m.partner_id, s.kind, m.signed_at + s.day, 1
       FROM   member m, LATERAL (SELECT CASE WHEN m.n IN (15, 19) THEN 5 WHEN m.n % 4 = 1 THEN 2 ELSE 1 END AS slow) f,
              LATERAL (VALUES ('account_mapping', dice('mapped ' || m.n, 3) * slow),
                              ('target_list', 4 + (1 + dice('listed ' || m.n, 6)) * slow),
                              ('introduction', 6 + (5 + dice('introduced ' || m.n, 9)) * slow)) s(kind, day)
       WHERE  s.kind = 'account_mapping' OR m.n NOT IN (22, 24)) a
WHERE  times > 0
ORDER  BY n, kind, occurred_on;

CREATE TABLE contact (
	contact_id text PRIMARY KEY,
	account_id text REFERENCES account,
	partner_id text REFERENCES partner,
	role       text NOT NULL CHECK (role IN ('partner manager', 'partner seller', 'champion', 'buyer')),
	since      date NOT NULL,
	CHECK ((account_id IS NULL) <> (partner_id IS NULL)));
COMMENT ON TABLE contact IS 'people at partners and at accounts, without their names';
COMMENT ON COLUMN contact.contact_id IS 'our id of the person';
COMMENT ON COLUMN contact.account_id IS 'account the person works for; NULL: a partner';
COMMENT ON COLUMN contact.partner_id IS 'partner the person works for; NULL: an account';
COMMENT ON COLUMN contact.role IS 'partner manager or partner seller at partners; champion or buyer at accounts';
COMMENT ON COLUMN contact.since IS 'day since when the person has the role';
INSERT INTO contact
SELECT 'H' || lpad(row_number() OVER (ORDER BY partner_id, account_id, role)::text, 3, '0'), c.*
FROM  (SELECT NULL AS account_id, m.partner_id, r.role, m.signed_at + dice(r.role || m.n, 60) AS since
       FROM   member m, (VALUES ('partner manager'), ('partner seller')) r(role) WHERE r.role = 'partner manager' OR m.n <= 14
       UNION ALL
       SELECT DISTINCT d.account_id, NULL, CASE WHEN dice('contact ' || d.account_id, 3) = 0 THEN 'champion' ELSE 'buyer' END,
              '2024-01-01'::date + dice('contact since ' || d.account_id, 900)
       FROM   deal d WHERE d.outcome = 'open') c
ORDER  BY 1;

CREATE TABLE team_hours (
	week     date NOT NULL CHECK (extract(isodow FROM week) = 1),
	activity text NOT NULL CHECK (activity IN ('dashboards', 'joint cycles', 'enablement')),
	hours    numeric NOT NULL CHECK (hours >= 0),
	PRIMARY KEY (week, activity));
COMMENT ON TABLE team_hours IS 'what our partner team spends its time on';
COMMENT ON COLUMN team_hours.week IS 'Monday of the week';
COMMENT ON COLUMN team_hours.activity IS 'dashboards, joint cycles (with partners and account executives) or enablement';
COMMENT ON COLUMN team_hours.hours IS 'hours of all its people';
INSERT INTO team_hours
SELECT week::date, activity, base + dice(activity || week::date, 20)
FROM   generate_series('2025-10-06'::timestamp, '2026-09-21', '1 week') week,
       (VALUES ('dashboards', 62), ('joint cycles', 48), ('enablement', 22)) a(activity, base)
ORDER  BY 1, 2;

CREATE TABLE channel_spend (
	period  date NOT NULL CHECK (extract(day FROM period) = 1),
	channel text NOT NULL CHECK (channel IN ('outbound', 'marketing')),
	amount  numeric NOT NULL CHECK (amount >= 0),
	PRIMARY KEY (period, channel));
COMMENT ON TABLE channel_spend IS 'what the other ways to win customers cost, by month; the partner program is in investment';
COMMENT ON COLUMN channel_spend.period IS 'first day of the month';
COMMENT ON COLUMN channel_spend.channel IS 'outbound (direct sales) or marketing';
COMMENT ON COLUMN channel_spend.amount IS 'cost in US dollars';
INSERT INTO channel_spend
SELECT month::date, channel, base + (dice(channel || month::date, 900000) * 0.01)::numeric
FROM   generate_series('2023-10-01'::timestamp, '2026-09-01', '1 month') month, (VALUES ('marketing', 41000), ('outbound', 52000)) c(channel, base)
ORDER  BY 1, 2;

-- ---------------------------------------------------------------------------
-- Pipeline as it stood
-- ---------------------------------------------------------------------------

CREATE TABLE deal_history (
	deal_id    text NOT NULL REFERENCES deal,
	valid_from timestamptz NOT NULL,
	stage      text NOT NULL CHECK (stage IN ('discovery', 'evaluation', 'proposal', 'closed')),
	amount     numeric NOT NULL,
	outcome    text NOT NULL CHECK (outcome IN ('won', 'lost', 'open')),
	PRIMARY KEY (deal_id, valid_from));
COMMENT ON TABLE deal_history IS 'what was known of each deal from when on: the pipeline as it stood on any day';
COMMENT ON COLUMN deal_history.deal_id IS 'deal';
COMMENT ON COLUMN deal_history.valid_from IS 'since when, until the next row of the deal';
COMMENT ON COLUMN deal_history.stage IS 'discovery, evaluation, proposal or closed';
COMMENT ON COLUMN deal_history.amount IS 'value of the deal as then expected, in US dollars';
COMMENT ON COLUMN deal_history.outcome IS 'won, lost or open, then';
INSERT INTO deal_history
SELECT deal_id, valid_from, stage, amount, outcome
FROM  (SELECT d.deal_id, s.n, d.opened_at + (p.end_at - d.opened_at) * s.share / 100 AS valid_from, s.stage,
              -- guesses get better
              CASE WHEN s.n = 3 THEN d.amount ELSE round(d.amount * (100 + (dice('guess ' || d.deal_id || s.n, 61) - 24) / s.n) / 100, 2) END AS amount,
              'open' AS outcome
       FROM   deal d, (VALUES (1, 0, 'discovery'), (2, 35, 'evaluation'), (3, 70, 'proposal')) s(n, share, stage),
              -- an open deal is somewhere on its way
              LATERAL (SELECT coalesce(d.closed_at, d.opened_at + make_interval(days => 60 + dice('way ' || d.deal_id, 200))) AS end_at) p
       UNION ALL
       SELECT deal_id, 4, closed_at, 'closed', amount, outcome FROM deal WHERE outcome <> 'open') h
WHERE  valid_from < '2026-10-01 00:00+00'
ORDER  BY deal_id, n;

-- ---------------------------------------------------------------------------
-- Customers: subscriptions, integrations, surveys
-- ---------------------------------------------------------------------------

-- Quarters are counted from 2023-10-01; customers from before are those of -1.
CREATE TEMP TABLE customer ON COMMIT DROP AS
SELECT o.account_id, c.company, coalesce(w.quarter, -1) AS since, coalesce(w.closed_on, '2023-09-30'::date - dice('since ' || c.company, 700)) AS since_on,
       coalesce(w.arr, 0.01 * (400000 + dice('base ' || c.company, 2600000) + dice('more ' || c.company, 2000000))) AS arr,
       greatest(coalesce(w.quarter, -1), coalesce(l.quarter, -1)) AS last_won, l.open
FROM   company c JOIN ours o ON o.record = c.company
       LEFT JOIN LATERAL (SELECT d.arr, d.closed_at::date AS closed_on, (extract(year FROM d.closed_at) * 4 + extract(quarter FROM d.closed_at) - 8096)::integer AS quarter
                          FROM   deal d WHERE d.account_id = o.account_id AND d.type = 'new' AND d.outcome = 'won') w ON true
       LEFT JOIN LATERAL (SELECT max(extract(year FROM d.closed_at) * 4 + extract(quarter FROM d.closed_at) - 8096)
                                     FILTER (WHERE d.outcome = 'won')::integer AS quarter,
                                 bool_or(d.outcome = 'open') AS open
                          FROM   deal d WHERE d.account_id = o.account_id) l ON true
WHERE  c.company <= 330 OR w.arr IS NOT NULL;

CREATE TABLE integration_use (
	account_id      text NOT NULL REFERENCES account,
	partner_id      text NOT NULL REFERENCES partner,
	started_on      date NOT NULL,
	ended_on        date CHECK (ended_on > started_on),
	calls           integer NOT NULL,
	errors          integer NOT NULL,
	friction_events integer NOT NULL,
	PRIMARY KEY (account_id, partner_id));
COMMENT ON TABLE integration_use IS 'integrations with technology partners'' products that customers use';
COMMENT ON COLUMN integration_use.account_id IS 'customer';
COMMENT ON COLUMN integration_use.partner_id IS 'technology partner';
COMMENT ON COLUMN integration_use.started_on IS 'day of first use';
COMMENT ON COLUMN integration_use.ended_on IS 'day of last use; NULL: still in use';
COMMENT ON COLUMN integration_use.calls IS 'calls in the 90 days before the snapshot date';
COMMENT ON COLUMN integration_use.errors IS 'of those, failed ones';
COMMENT ON COLUMN integration_use.friction_events IS 'times a user met an error, a delay or a dead end in the product, in the same days';
CREATE TEMP TABLE integration ON COMMIT DROP AS
SELECT account_id, partner_id, place, started_on
FROM  (SELECT c.account_id, m.partner_id, m.signed_at, c.wanted, f.started_on,
              row_number() OVER (PARTITION BY c.company ORDER BY m.pull * 1000000::bigint / (1 + dice('integrates ' || c.company || ' ' || m.n, 1000000)) DESC, m.n)
              AS place
       FROM  (SELECT *, (ARRAY[0,0,0,1,1,1,1,2,2,2,2,3,3,3,4,4])[1 + dice('integrations ' || company, 16)] AS wanted FROM customer) c
              CROSS JOIN member m,
              LATERAL (SELECT c.since_on + 12 + dice('starts ' || c.company || ' ' || m.n, 330) AS started_on) f
       WHERE  m.type = 'technology' AND f.started_on > m.signed_at + 30 AND f.started_on < '2026-09-25') i
WHERE  place <= wanted;

-- Who leaves, and when: those with more integrations less often, nobody before
-- the last purchase or with a deal open.
CREATE TEMP TABLE departure ON COMMIT DROP AS
SELECT c.account_id, min(q) AS quarter
FROM   customer c, generate_series(0, 11) q,
       LATERAL (SELECT count(*) AS used FROM integration i
                WHERE  i.account_id = c.account_id AND i.started_on < '2023-10-01'::date + make_interval(months => 3 * q)) u
WHERE  q > c.last_won + 1 AND NOT coalesce(c.open, false)
AND    dice('leaves ' || c.company || ' ' || q, 1000) < CASE u.used WHEN 0 THEN 52 WHEN 1 THEN 40 ELSE 15 END
GROUP  BY c.account_id;

INSERT INTO integration_use
SELECT account_id, partner_id, started_on, ended_on,
       CASE WHEN ended_on IS NULL THEN calls ELSE 0 END,
       CASE WHEN ended_on IS NULL THEN calls * (2 + dice('errors ' || partner_id, 9) + 60 * (dice('broken ' || account_id || partner_id, 25) = 0)::integer) / 1000 ELSE 0 END,
       CASE WHEN ended_on IS NULL THEN dice('friction ' || account_id || partner_id, 6) + dice('friction ' || partner_id, 4) ELSE 0 END
FROM  (SELECT i.*, 200 + dice('calls ' || i.account_id || i.partner_id, 9000) AS calls,
              CASE WHEN d.quarter IS NOT NULL
                   THEN greatest(i.started_on + 1, ('2023-10-01'::date + make_interval(months => 3 * d.quarter + 1))::date)
                   WHEN dice('dropped ' || i.account_id || i.partner_id, 100) < 5 THEN i.started_on + 60 + dice('drops ' || i.account_id, 200) END AS ended_on
       FROM   integration i LEFT JOIN departure d USING (account_id)) i
WHERE  ended_on IS NULL OR ended_on <= '2026-09-30'
ORDER  BY account_id, partner_id;

CREATE TABLE subscription (
	account_id  text NOT NULL REFERENCES account,
	period      date NOT NULL CHECK (extract(day FROM period) = 1 AND extract(month FROM period) IN (1, 4, 7, 10)),
	opening     numeric NOT NULL CHECK (opening >= 0),
	expansion   numeric NOT NULL CHECK (expansion >= 0),
	contraction numeric NOT NULL CHECK (contraction >= 0),
	churned     numeric NOT NULL CHECK (churned >= 0),
	PRIMARY KEY (account_id, period));
COMMENT ON TABLE subscription IS 'annual recurring revenue of each customer, by quarter';
COMMENT ON COLUMN subscription.account_id IS 'customer';
COMMENT ON COLUMN subscription.period IS 'first day of the quarter';
COMMENT ON COLUMN subscription.opening IS 'annual recurring revenue at its beginning, in US dollars; 0: the customer came in this quarter';
COMMENT ON COLUMN subscription.expansion IS 'what was bought in it, the first purchase included';
COMMENT ON COLUMN subscription.contraction IS 'what was given up in it, the customer staying';
COMMENT ON COLUMN subscription.churned IS 'what was lost in it with the customer';
INSERT INTO subscription
SELECT account_id, ('2023-10-01'::date + make_interval(months => 3 * q))::date, opening,
       CASE WHEN leaves THEN 0.00 ELSE expansion END, CASE WHEN leaves THEN 0.00 ELSE contraction END, CASE WHEN leaves THEN opening ELSE 0.00 END
FROM  (SELECT c.account_id, q, d.quarter IS NOT DISTINCT FROM q AND d.quarter IS NOT NULL AS leaves, g.expansion, g.contraction,
              CASE WHEN c.since < 0 THEN c.arr ELSE 0.00 END
              + coalesce(sum(g.expansion - g.contraction) OVER (PARTITION BY c.account_id ORDER BY q ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
              AS opening
       FROM   customer c LEFT JOIN departure d USING (account_id), generate_series(0, 11) q,
              LATERAL (SELECT count(*) AS used FROM integration i
                       WHERE  i.account_id = c.account_id AND i.started_on < '2023-10-01'::date + make_interval(months => 3 * q)) u,
              LATERAL (SELECT CASE WHEN q = c.since THEN c.arr ELSE 0.00 END
                              + coalesce((SELECT sum(e.arr) FROM deal e
                                          WHERE  e.account_id = c.account_id AND e.type = 'expansion' AND e.outcome = 'won'
                                          AND    extract(year FROM e.closed_at) * 4 + extract(quarter FROM e.closed_at) - 8096 = q), 0)
                              -- seats are added without a deal, more where more is connected
                              + CASE WHEN q > c.since AND dice('seats ' || c.company || ' ' || q, 1000) < 60 + 55 * least(u.used, 3)
                                     THEN round(c.arr * (3 + dice('how many seats ' || c.company || ' ' || q, 14)) / 100, 2) ELSE 0.00 END AS expansion,
                              CASE WHEN q > c.since + 1 AND q % 6 = c.company % 6 AND dice('fewer ' || c.company || ' ' || q, 100) < 17
                                   THEN round(c.arr * (5 + dice('how many fewer ' || c.company || ' ' || q, 16)) / 100, 2) ELSE 0.00 END AS contraction) g
       WHERE  q >= c.since AND (d.quarter IS NULL OR q <= d.quarter)) s
ORDER  BY account_id, q;

CREATE TABLE survey (
	survey_id  text PRIMARY KEY,
	kind       text NOT NULL CHECK (kind IN ('nps', 'psat', 'confidence')),
	account_id text REFERENCES account,
	partner_id text REFERENCES partner,
	asked_on   date NOT NULL,
	score      integer NOT NULL);
COMMENT ON TABLE survey IS 'answers to surveys of customers, of partners and of our own leaders';
COMMENT ON COLUMN survey.survey_id IS 'our id of the answer';
COMMENT ON COLUMN survey.kind IS
	'nps: a customer would recommend us, 0 to 10; psat: a partner finds us good to work with, 1 to 5; confidence: of our leaders in our market position, 1 to 10';
COMMENT ON COLUMN survey.account_id IS 'customer who answered; NULL: another';
COMMENT ON COLUMN survey.partner_id IS 'partner who answered; NULL: another';
COMMENT ON COLUMN survey.asked_on IS 'day';
COMMENT ON COLUMN survey.score IS 'answer, on the scale of its kind';
INSERT INTO survey
SELECT 'S' || lpad(row_number() OVER (ORDER BY asked_on, kind, account_id, partner_id, n)::text, 4, '0'), kind, account_id, partner_id, asked_on, score
FROM  (SELECT 'nps' AS kind, c.account_id, NULL AS partner_id, day::date AS asked_on, 0 AS n,
              least(10, 4 + dice('nps ' || c.company || day::date, 5) + dice('likes ' || c.company, 2) + least(3, u.used)::integer) AS score
       FROM   customer c LEFT JOIN departure d USING (account_id),
              (VALUES (6, '2025-05-15'::timestamp), (10, '2026-05-14')) y(quarter, day),
              LATERAL (SELECT count(*) AS used FROM integration i WHERE i.account_id = c.account_id AND i.started_on < y.day) u
       WHERE  c.since < y.quarter AND (d.quarter IS NULL OR d.quarter > y.quarter) AND dice('answers ' || c.company || day::date, 100) < 55
       UNION ALL
       SELECT 'psat', NULL, m.partner_id, day::date, 0,
              CASE WHEN m.n IN (15, 19, 21) THEN 2 ELSE 3 END + dice('psat ' || m.n || day::date, 3)
       FROM   member m, generate_series('2024-03-04'::timestamp, '2026-09-07', '6 months') day
       WHERE  m.signed_at < day - interval '60 days' AND dice('partner answers ' || m.n || day::date, 100) < 80
       UNION ALL
       SELECT 'confidence', NULL, NULL, day::date, n, 3 + (day >= '2025-09-01')::integer + dice('sure ' || n || day::date, 2) + (day >= '2026-09-01')::integer
       FROM   generate_series('2024-09-16'::timestamp, '2026-09-16', '6 months') day, generate_series(1, 5) n) s
ORDER  BY 1;
