-- partner_scorecard: one row a partner: what it does, what it brings, what it costs, how that is judged, and what to do next with it.
-- kind: report
-- tier: 1
-- key: partner_id
-- inputs: partner(*) partner_day(*) partner_deal(*) deal_fact(*) joint_account(*) account_overlap(*) whitespace(*) co_sell_list(*)
--   deal_registration(*) registration_conflict(*) investment(*) setting(*)
-- columns:
--   partner_id text not null          The partner.
--   partner text                      Its name, or its id where it has none.
--   partner_type text                 technology, services or channel.
--   program text                      Program it is in.
--   program_tier text                 Tier in the program, as the CRM has it.
--   region text                       Region it works in.
--   owner text                        Our partner manager.
--   signed_on date                    Day the agreement was signed.
--   ended_on date                     Day it ended; NULL: it holds.
--   last_act_on date                  Day of the last touch or registration.
--   days_since_act integer            Days since.
--   activity_verdict text             active or inactive, by the target days_since_partner_activity; never: it has done nothing yet.
--   joint_accounts integer            Accounts at which it did something with us in this fiscal quarter: its working set.
--   joint_accounts_verdict text       The same judged, by the target joint_accounts_of_partner.
--   has_working_set boolean           Whether that target is met.
--   days_to_mapping integer           Days from signing to the first account list mapped; NULL: not yet.
--   days_to_target_list integer       Days from signing to the first target list; NULL: not yet.
--   days_to_introduction integer      Days from signing to the first introduction or referral; NULL: not yet.
--   activated_on date                 Day of the first act of selling together; NULL: not yet.
--   days_to_activation integer        Days from signing to that; NULL: not yet.
--   days_waiting integer              Where it has not got there: days since signing, so that the slow are not left out.
--   activation_verdict text           Judged by the target time_to_activation_days.
--   first_won_on date                 Day the first deal with it was won.
--   days_to_first_revenue integer     Days from signing to that; NULL: none yet.
--   credit_rank integer               Place by what it was credited in the last year; ties by id.
--   credit_tier text                  The same judged, by the bands of partner_rank, such as strategic or growth.
--   logins integer                    Logins to the portal in the last three months.
--   logins_before integer             In the three months before.
--   trainings integer                 Trainings completed in the last three months.
--   acts integer                      What it did in the last three months, see partner_day.
--   acts_before integer               In the three months before; account mappings do not count.
--   engagement_score integer          From 0 to 100: mean of its percentiles by logins, trainings and acts, among partners whose agreement holds.
--   risk text                         gone, high, logins fall, activity falls, none seen, or new: it signed less than six months ago; NULL: no partner's activity is known.
--   is_producer boolean               Whether it is active and sourced a deal in the last year that was not lost.
--   credited_amount numeric(18,2)     What it is credited in all.
--   credited_year numeric(18,2)       The same of deals won in the last year.
--   credited_share numeric(9,6)       Its part of what all partners are credited in that year.
--   sourced_amount numeric(18,2)      Won deals that it sourced.
--   sourced_year numeric(18,2)        The same of the last year.
--   influenced_amount numeric(18,2)   Won deals that it touched and did not source.
--   influenced_year numeric(18,2)     The same of the last year.
--   deals integer                     Deals it touched.
--   won_deals integer                 Won ones.
--   lost_deals integer                Lost ones.
--   win_rate numeric(9,6)             Won of won and lost.
--   led_deals integer                 Deals that it led alone by its own touches.
--   open_deals integer                Open ones.
--   open_amount numeric(18,2)         Their amount.
--   open_sourced_amount numeric(18,2)  Amount of those it sourced.
--   co_sell_deals integer             Deals it touched that are co-sold.
--   co_sell_won integer               Won ones.
--   co_sell_lost integer              Lost ones.
--   co_sell_win_rate numeric(9,6)     Won of won and lost.
--   co_sell_year integer              Co-sold deals it touched that were opened in the last year.
--   deals_year integer                Deals it touched that were opened in the last year.
--   overlap_accounts integer          Accounts of ours that it knows.
--   overlap_rank integer              Place by that among partners; ties by id.
--   is_launch_partner boolean         Whether it is among those to launch with, as many as the target launch_mapped_partners wants.
--   shared_customers integer          Those of them that are customers of both.
--   shared_customers_verdict text     The same judged, by the target shared_customers.
--   reachable_accounts integer        Its customers that are not yet ours.
--   whitespace_companies integer      Companies it knows that we do not have.
--   registrations integer             Deals it registered in the last year.
--   registration_conflicts integer    Registrations that meet another partner's, or a deal of ours.
--   trainings_assigned integer        Trainings assigned in the last year.
--   trainings_completed integer       Trainings completed in the last year.
--   investment numeric(18,2)          What was spent on it alone.
--   investment_year numeric(18,2)     The same of the last year.
--   return_on_investment numeric(12,4)  What it is credited for each unit spent on it alone.
--   next_step text                    The most valuable thing to do next with it, and why.
--   next_step_rule text               Which rule says so: ended, part ways, win back, activate, map, bring in, working set, source or keep on.
--   next_step_for text                Who is to do it.
--   next_step_amount numeric(18,2)    What is at stake.
WITH today AS (
	SELECT day, time_zone, (day - interval '1 year')::date AS year_ago, (day - interval '3 months')::date AS months_ago,
	       (day - interval '6 months')::date AS half_year_ago,
	       (date_trunc('quarter', day - later) + later)::date AS quarter
	FROM   setting, LATERAL (SELECT coalesce(as_of, (current_timestamp AT TIME ZONE time_zone)::date) AS day) d,
	       LATERAL (SELECT make_interval(months => fiscal_year_starts - 1) AS later) f
), acted AS (
	SELECT partner_id, max(acted_on) FILTER (WHERE touches + registrations > 0) AS last_act_on, max(acted_on) FILTER (WHERE acts > 0) AS last_seen_on,
	       min(acted_on) FILTER (WHERE co_sell_acts > 0) AS activated_on, min(acted_on) FILTER (WHERE account_mappings > 0) AS mapped_on,
	       min(acted_on) FILTER (WHERE target_lists > 0) AS listed_on, min(acted_on) FILTER (WHERE introductions > 0) AS introduced_on,
	       sum(logins) FILTER (WHERE acted_on > months_ago) AS logins, sum(trainings_completed) FILTER (WHERE acted_on > months_ago) AS trainings,
	       sum(acts) FILTER (WHERE acted_on > months_ago) AS acts,
	       sum(acts - account_mappings) FILTER (WHERE acted_on > months_ago) AS risk_acts,
	       sum(logins) FILTER (WHERE acted_on > half_year_ago AND acted_on <= months_ago) AS logins_before,
	       sum(acts - account_mappings) FILTER (WHERE acted_on > half_year_ago AND acted_on <= months_ago) AS acts_before,
	       sum(trainings_assigned) FILTER (WHERE acted_on > year_ago) AS trainings_assigned,
	       sum(trainings_completed) FILTER (WHERE acted_on > year_ago) AS trainings_completed,
	       sum(registrations) FILTER (WHERE acted_on > year_ago) AS registrations
	FROM   today, partner_day
	WHERE  acted_on <= day
	GROUP  BY partner_id
), pursued AS (
	SELECT partner_id, count(*) AS accounts FROM today, joint_account WHERE last_act_on >= quarter GROUP BY partner_id
), sold AS (
	SELECT b.partner_id, min(b.closed_on) FILTER (WHERE b.outcome = 'won' AND b.roles IS NOT NULL) AS first_won_on,
	       sum(b.credit) AS credited_amount, sum(b.credit) FILTER (WHERE i.in_year) AS credited_year,
	       sum(b.amount) FILTER (WHERE b.outcome = 'won' AND i.is_sourced) AS sourced_amount,
	       sum(b.amount) FILTER (WHERE b.outcome = 'won' AND i.is_sourced AND i.in_year) AS sourced_year,
	       sum(b.amount) FILTER (WHERE b.outcome = 'won' AND i.is_touched AND NOT i.is_sourced) AS influenced_amount,
	       sum(b.amount) FILTER (WHERE b.outcome = 'won' AND i.is_touched AND NOT i.is_sourced AND i.in_year) AS influenced_year,
	       count(*) FILTER (WHERE i.is_touched) AS deals, count(*) FILTER (WHERE i.is_touched AND b.outcome = 'won') AS won_deals,
	       count(*) FILTER (WHERE i.is_touched AND b.outcome = 'lost') AS lost_deals, count(*) FILTER (WHERE b.involvement = 'led') AS led_deals,
	       count(*) FILTER (WHERE i.is_touched AND b.outcome = 'open') AS open_deals,
	       sum(b.amount) FILTER (WHERE i.is_touched AND b.outcome = 'open') AS open_amount,
	       sum(b.amount) FILTER (WHERE i.is_sourced AND b.outcome = 'open') AS open_sourced_amount,
	       count(*) FILTER (WHERE i.is_sourced AND b.outcome <> 'lost' AND i.opened_in_year AND d.sourcing_partner_id = b.partner_id) AS produced,
	       count(*) FILTER (WHERE i.is_touched AND d.co_sell) AS co_sell_deals,
	       count(*) FILTER (WHERE i.is_touched AND d.co_sell AND b.outcome = 'won') AS co_sell_won,
	       count(*) FILTER (WHERE i.is_touched AND d.co_sell AND b.outcome = 'lost') AS co_sell_lost,
	       count(*) FILTER (WHERE i.is_touched AND d.co_sell AND i.opened_in_year) AS co_sell_year,
	       count(*) FILTER (WHERE i.is_touched AND i.opened_in_year) AS deals_year
	FROM   today, partner_deal b
	       JOIN deal_fact d USING (deal_id),
	       LATERAL (SELECT b.involvement IN ('involved', 'led') AS is_touched, b.origin = 'partner_sourced' AS is_sourced,
	                       b.closed_on > year_ago AND b.closed_on <= day AS in_year, b.opened_on > year_ago AND b.opened_on <= day AS opened_in_year) i
	WHERE  b.partner_id <> ''
	GROUP  BY b.partner_id
), known AS (
	SELECT partner_id, count(*) AS accounts, count(*) FILTER (WHERE population = 'customer' AND segment = 'customer') AS shared_customers,
	       count(*) FILTER (WHERE population = 'customer' AND segment IS DISTINCT FROM 'customer') AS reachable
	FROM   account_overlap
	GROUP  BY partner_id
), unknown AS (
	SELECT partner_id, count(*) AS companies FROM whitespace GROUP BY partner_id
), conflict AS (
	SELECT partner_id, count(*) AS conflicts FROM registration_conflict GROUP BY partner_id
), spent AS (
	SELECT partner_id, sum(amount) AS investment, sum(amount) FILTER (WHERE period > year_ago AND period <= day) AS investment_year
	FROM   today, investment
	WHERE  partner_id <> ''
	GROUP  BY partner_id
), chance AS (
	-- open deals at its customers, or where it is selling, too, without it: the best one, and all
	SELECT DISTINCT ON (partner_id) partner_id, deal, account, owner, amount, population,
	       count(*) OVER w AS deals, sum(amount) OVER w AS total
	FROM   co_sell_list
	WHERE  NOT on_deal AND population IN ('customer', 'open_opportunity')
	WINDOW w AS (PARTITION BY partner_id)
	ORDER  BY partner_id, rank
), measured AS (
	SELECT p.*, coalesce(p.name, p.partner_id) AS partner, t.day, t.half_year_ago, a.last_act_on, a.last_seen_on,
	       t.day - a.last_act_on AS days_since_act, coalesce(w.accounts, 0) AS joint_accounts, a.activated_on,
	       -- what was done before the day of the signature took no days
	       CASE WHEN a.mapped_on < p.signed_on THEN 0 ELSE a.mapped_on - p.signed_on END AS days_to_mapping,
	       CASE WHEN a.listed_on < p.signed_on THEN 0 ELSE a.listed_on - p.signed_on END AS days_to_target_list,
	       CASE WHEN a.introduced_on < p.signed_on THEN 0 ELSE a.introduced_on - p.signed_on END AS days_to_introduction,
	       CASE WHEN a.activated_on < p.signed_on THEN 0 ELSE a.activated_on - p.signed_on END AS days_to_activation,
	       CASE WHEN a.activated_on IS NULL AND p.signed_on <= t.day THEN coalesce(p.ended_on, t.day) - p.signed_on END AS days_waiting,
	       s.first_won_on, CASE WHEN s.first_won_on < p.signed_on THEN 0 ELSE s.first_won_on - p.signed_on END AS days_to_first_revenue,
	       coalesce(a.logins, 0) AS logins, coalesce(a.logins_before, 0) AS logins_before, coalesce(a.trainings, 0) AS trainings,
	       coalesce(a.acts, 0) AS acts, coalesce(a.risk_acts, 0) AS risk_acts, coalesce(a.acts_before, 0) AS acts_before,
	       coalesce(a.trainings_assigned, 0) AS trainings_assigned, coalesce(a.trainings_completed, 0) AS trainings_completed,
	       coalesce(a.registrations, 0) AS registrations,
	       coalesce(s.credited_amount, 0) AS credited_amount, coalesce(s.credited_year, 0) AS credited_year,
	       coalesce(s.sourced_amount, 0) AS sourced_amount, coalesce(s.sourced_year, 0) AS sourced_year,
	       coalesce(s.influenced_amount, 0) AS influenced_amount, coalesce(s.influenced_year, 0) AS influenced_year,
	       coalesce(s.deals, 0) AS deals, coalesce(s.won_deals, 0) AS won_deals, coalesce(s.lost_deals, 0) AS lost_deals, coalesce(s.led_deals, 0) AS led_deals,
	       coalesce(s.open_deals, 0) AS open_deals, coalesce(s.open_amount, 0) AS open_amount, coalesce(s.open_sourced_amount, 0) AS open_sourced_amount,
	       coalesce(s.produced, 0) AS produced, coalesce(s.co_sell_deals, 0) AS co_sell_deals, coalesce(s.co_sell_won, 0) AS co_sell_won,
	       coalesce(s.co_sell_lost, 0) AS co_sell_lost, coalesce(s.co_sell_year, 0) AS co_sell_year, coalesce(s.deals_year, 0) AS deals_year,
	       coalesce(k.accounts, 0) AS overlap_accounts, coalesce(k.shared_customers, 0) AS shared_customers, coalesce(k.reachable, 0) AS reachable_accounts,
	       coalesce(u.companies, 0) AS whitespace_companies, coalesce(x.conflicts, 0) AS registration_conflicts,
	       coalesce(i.investment, 0) AS investment, coalesce(i.investment_year, 0) AS investment_year,
	       c.deal AS chance, c.account AS chance_account, c.owner AS chance_owner, c.amount AS chance_amount, c.population AS chance_population,
	       c.deals AS chances, c.total AS chances_amount
	FROM   today t CROSS JOIN partner p
	       LEFT JOIN acted a USING (partner_id)
	       LEFT JOIN pursued w USING (partner_id)
	       LEFT JOIN sold s USING (partner_id)
	       LEFT JOIN known k USING (partner_id)
	       LEFT JOIN unknown u USING (partner_id)
	       LEFT JOIN conflict x USING (partner_id)
	       LEFT JOIN spent i USING (partner_id)
	       LEFT JOIN chance c USING (partner_id)
), ranked AS (
	SELECT *, row_number() OVER (ORDER BY credited_year DESC, partner_id COLLATE "C") AS credit_rank,
	       row_number() OVER (ORDER BY overlap_accounts DESC, partner_id COLLATE "C") AS overlap_rank,
	       credited_year / nullif(sum(credited_year) OVER (), 0) AS credited_share,
	       CASE WHEN o.is_on
	            THEN round((100 * (percent_rank() OVER (PARTITION BY o.is_on ORDER BY logins) + percent_rank() OVER (PARTITION BY o.is_on ORDER BY trainings)
	                               + percent_rank() OVER (PARTITION BY o.is_on ORDER BY acts)) / 3)::numeric) END AS engagement,
	       -- where nobody does anything, nobody wrote it down
	       sum(acts + acts_before + logins + logins_before) OVER () = 0 AS is_unwatched,
	       logins_before - logins > 2 * sqrt(logins_before + logins) AS logins_fall,
	       acts_before - risk_acts > 2 * sqrt(acts_before + risk_acts) AS acts_fall
	FROM   measured, LATERAL (SELECT (signed_on <= day OR signed_on IS NULL) AND (ended_on > day OR ended_on IS NULL) AS is_on) o
), value AS (
	-- a target is looked up once for each value
	SELECT metric, value, verdict(metric, value) AS verdict, meets_target(metric, value) AS met
	FROM  (SELECT 'days_since_partner_activity' AS metric, days_since_act AS value FROM ranked WHERE days_since_act IS NOT NULL
	       UNION
	       SELECT 'joint_accounts_of_partner', joint_accounts FROM ranked
	       UNION
	       SELECT 'time_to_activation_days', coalesce(days_to_activation, days_waiting) FROM ranked WHERE coalesce(days_to_activation, days_waiting) >= 0
	       UNION
	       SELECT 'shared_customers', shared_customers FROM ranked
	       UNION
	       SELECT 'partner_rank', credit_rank FROM ranked) v
), judged AS (
	SELECT r.*, coalesce(a.verdict, 'never') AS activity_verdict, j.verdict AS joint_accounts_verdict, j.met AS has_working_set,
	       CASE WHEN activated_on IS NOT NULL OR NOT v.met THEN v.verdict || CASE WHEN activated_on IS NULL THEN ', and not there yet' ELSE '' END
	            WHEN v.met THEN 'not yet, and in time' END AS activation_verdict,
	       v.met AS activation_in_time, k.verdict AS credit_tier, h.verdict AS shared_customers_verdict,
	       CASE WHEN is_unwatched THEN NULL WHEN signed_on > half_year_ago THEN 'new' WHEN risk_acts = 0 AND logins = 0 THEN 'gone' WHEN logins_fall AND acts_fall THEN 'high'
	            WHEN logins_fall THEN 'logins fall' WHEN acts_fall THEN 'activity falls' ELSE 'none seen' END AS risk
	FROM   ranked r
	       LEFT JOIN value a ON a.metric = 'days_since_partner_activity' AND a.value = r.days_since_act
	       LEFT JOIN value j ON j.metric = 'joint_accounts_of_partner' AND j.value = r.joint_accounts
	       LEFT JOIN value v ON v.metric = 'time_to_activation_days' AND v.value = coalesce(r.days_to_activation, r.days_waiting)
	       LEFT JOIN value h ON h.metric = 'shared_customers' AND h.value = r.shared_customers
	       LEFT JOIN value k ON k.metric = 'partner_rank' AND k.value = r.credit_rank
), ruled AS (
	SELECT *, CASE WHEN ended_on <= day THEN 'ended'
	               WHEN risk = 'gone' AND credited_year = 0 AND open_deals = 0 AND coalesce(last_seen_on, signed_on) IS NOT NULL THEN 'part ways'
	               WHEN risk = 'high' OR risk = 'gone' AND (credited_year > 0 OR open_deals > 0) THEN 'win back'
	               WHEN activated_on IS NULL AND first_won_on IS NULL AND deals = 0 THEN 'activate'
	               WHEN overlap_accounts + whitespace_companies = 0 THEN 'map'
	               WHEN chance IS NOT NULL THEN 'bring in'
	               WHEN has_working_set IS NOT TRUE THEN 'working set'
	               WHEN produced = 0 THEN 'source'
	               ELSE 'keep on' END AS rule,
	       to_char(open_amount, money) AS open_money, to_char(credited_year, money) AS credited_money,
	       to_char(chance_amount, money) AS chance_money, to_char(chances_amount, money) AS chances_money
	FROM   judged, (VALUES ('FM999,999,999,999,990')) AS m(money)
)
SELECT partner_id, partner, type AS partner_type, program, tier AS program_tier, region, owner, signed_on, ended_on,
       last_act_on, days_since_act, activity_verdict, joint_accounts, joint_accounts_verdict, has_working_set,
       days_to_mapping, days_to_target_list, days_to_introduction, activated_on, days_to_activation, days_waiting, activation_verdict, first_won_on, days_to_first_revenue, credit_rank, credit_tier,
       logins, logins_before, trainings, acts, acts_before, engagement AS engagement_score, risk,
       produced > 0 AND activity_verdict = 'active' AS is_producer,
       credited_amount, credited_year, credited_share, sourced_amount, sourced_year, influenced_amount, influenced_year,
       deals, won_deals, lost_deals, won_deals::numeric / nullif(won_deals + lost_deals, 0) AS win_rate, led_deals, open_deals, open_amount, open_sourced_amount,
       co_sell_deals, co_sell_won, co_sell_lost, co_sell_won::numeric / nullif(co_sell_won + co_sell_lost, 0) AS co_sell_win_rate, co_sell_year, deals_year,
       overlap_accounts, overlap_rank,
       overlap_accounts > 0 AND overlap_rank <= (SELECT max(upper(range)) FROM targets_of('launch_mapped_partners') WHERE kind = 'target') AS is_launch_partner,
       shared_customers, shared_customers_verdict, reachable_accounts, whitespace_companies,
       registrations, registration_conflicts, trainings_assigned, trainings_completed,
       investment, investment_year, credited_amount / nullif(investment, 0) AS return_on_investment,
       CASE rule
            WHEN 'ended' THEN CASE WHEN open_deals = 0 THEN format('Nothing: the agreement ended on %s.', ended_on)
                                   ELSE format('Agree who takes over its open deals (%s, %s): the agreement ended on %s.', open_deals, open_money, ended_on) END
            WHEN 'part ways' THEN format('Decide whether to go on: nothing was done in three months, %s, nothing credited in a year, and nothing is open.',
                                         CASE WHEN last_seen_on IS NULL THEN 'nothing ever before' ELSE format('the last time was on %s', last_seen_on) END)
            WHEN 'win back' THEN format('Call it before it is lost: acts in the last three months %s, in the three before %s; credited in the last year %s%s.',
                                        risk_acts, acts_before, credited_money, CASE WHEN open_deals > 0 THEN format('; on open deals worth %s', open_money) ELSE '' END)
            WHEN 'activate' THEN format('Sell the first deal together: it signed %s and has not sold with us yet; %s.',
                                        CASE WHEN days_waiting IS NULL THEN 'on a day that is not known' ELSE format('%s days ago', days_waiting) END,
                                        CASE WHEN chance IS NULL THEN 'none of its customers has an open deal with us, so begin with an introduction'
                                             ELSE format('begin with %s (%s) at %s', chance, chance_money, chance_account) END)
            WHEN 'map' THEN format('Ask for its account list: none is shared, so that nobody sees where it could help%s.',
                                   CASE WHEN deals > 0 THEN format(', though it was on %s deals', deals) ELSE '' END)
            WHEN 'bring in' THEN format('Bring it into %s%s: %s is %s and the deal goes on without it%s.', chance, ' (' || chance_money || ')', coalesce(chance_account, 'the account'),
                                        CASE chance_population WHEN 'customer' THEN 'its customer' ELSE 'where it is selling, too,' END,
                                        CASE WHEN chances > 1 THEN format('; %s such deals are worth %s', chances, coalesce(chances_money, 'an unknown amount')) ELSE '' END
                                        || CASE risk WHEN 'logins fall' THEN format('. Its logins fell from %s to %s in a quarter', logins_before, logins)
                                                     WHEN 'activity falls' THEN format('. It did %s in three months, %s in the three before', risk_acts, acts_before) ELSE '' END)
            WHEN 'working set' THEN format('Agree on named accounts for the quarter: it works with us at %s, out of %s that it knows.', joint_accounts, overlap_accounts)
            WHEN 'source' THEN format('Ask for referrals: it touched %s deals in the last year and sourced none that is open or won.', deals_year)
            ELSE format('Keep on: %s accounts in work, credited %s in the last year.', joint_accounts, credited_money) END AS next_step,
       rule AS next_step_rule,
       CASE rule WHEN 'bring in' THEN coalesce(chance_owner, owner) ELSE owner END AS next_step_for,
       CASE rule WHEN 'ended' THEN open_amount WHEN 'win back' THEN credited_year + open_amount WHEN 'activate' THEN chance_amount WHEN 'bring in' THEN chance_amount END
           AS next_step_amount
FROM   ruled
