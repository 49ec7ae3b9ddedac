-- mart_hubspot_program: what a replica of HubSpot keeps of the partner program
-- and of customers, beside deals and touches.  Pure SQL and PL/pgSQL.

-- The first of some properties that is filled: which of them a json column has
-- is not known.
CREATE FUNCTION _mart_hubspot_first(columns jsonb, alias text, properties text[], wanted text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT CASE WHEN count(*) > 1 THEN 'coalesce(' || string_agg(e, ', ' ORDER BY n) || ')' ELSE min(e) END
	        FROM   unnest(properties) WITH ORDINALITY p(name, n), LATERAL (SELECT @extschema@._mart_field(columns, alias, @extschema@._mart_hubspot_keys(p.name), wanted) AS e) f
	        WHERE  e IS NOT NULL);
END $$;
COMMENT ON FUNCTION _mart_hubspot_first(jsonb, text, text[], text) IS 'SQL of the first filled of some properties of a replica of HubSpot; NULL where there is none';

CREATE FUNCTION _mart_hubspot_program(mart text, r jsonb, source text) RETURNS void
	LANGUAGE plpgsql
	SET search_path = pg_catalog, pg_temp
	SET jit = off
AS $$
DECLARE
	part constant text := 'hubspot';
	d jsonb := r #> '{tables,deal,columns}';
	deal_sql text := r #>> '{tables,deal,sql}';
	deal_id text := @extschema@._mart_field(d, 'd', '{dealid,id}', 'id');
	t jsonb := r #> '{tables,lineitem,columns}';
	j jsonb := r #> '{tables,lineitemdeal,columns}';
	with_accounts text := r ->> 'with_accounts';
	status text := @extschema@._mart_hubspot_first(d, 'd', ARRAY['deal_registration_status', 'registration_status'], 'text');
	registered text := @extschema@._mart_hubspot_first(d, 'd', ARRAY['deal_registration_date', 'registration_date', 'registered_on'], 'time');
	is_registered text := @extschema@._mart_hubspot_first(d, 'd', ARRAY['deal_registration', 'is_registered', 'deal_registered'], 'flag');
	starts_on text;
	ends_on text;
	yearly text;
	lines text;
	query text;
	rows bigint;
	found record;
BEGIN
	-- What is counted reads settings of the mart, days and words of stages, so it runs as its texts do.
	-- registered deals: by the partner who sourced it, else the first who is on it
	IF coalesce(status, registered, is_registered) IS NOT NULL AND r ->> 'with_partners' IS NOT NULL AND r ->> 'association' IS NOT NULL THEN
		query := 'WITH RECURSIVE ' || with_accounts || E', registrant AS (
    SELECT DISTINCT ON (a.deal_id) a.deal_id, a.company_id
    FROM   association a JOIN partners p ON p.company_id = a.company_id
    ORDER  BY a.deal_id, ' || coalesce((SELECT 'a.type_id IN (' || string_agg(quote_literal(l ->> 'type_id'), ', ' ORDER BY l ->> 'type_id') || ') DESC, ' FROM jsonb_array_elements(r -> 'labels') l
				WHERE (l -> 'partner')::boolean AND coalesce(l ->> 'role', @extschema@._mart_guess_word('deal_partner', 'role', l ->> 'label')) = 'sourcing'), '') || E'a.company_id
)
' || @extschema@._mart_query(ARRAY[deal_id || ' AS registration_id', 'g.company_id AS partner_id', 'x.company_id AS account_id', deal_id || ' AS deal_id', coalesce(status, 'NULL::text') || ' AS status', coalesce(registered, 'NULL::timestamptz') || ' AS registered_at',
				coalesce(@extschema@._mart_hubspot_first(d, 'd', ARRAY['registration_expiration_date', 'deal_registration_expiration_date', 'registration_expires_on'], 'day'), 'NULL::date') || ' AS expires_on'],
			format(E'%s d\nJOIN   registrant g ON g.deal_id = %s\nLEFT   JOIN deal_account x ON x.deal_id = %2$s', deal_sql, deal_id),
			ARRAY['(' || concat_ws(' OR ', status || ' <> ''''', registered || ' IS NOT NULL', is_registered) || ')', @extschema@._mart_alive(d, 'd')]);
		rows := @extschema@._mart_run(mart::name, 'SELECT FROM (' || query || ') q');
	END IF;
	IF rows > 0 OR rows = 0 AND NOT d ? 'properties' THEN
		PERFORM @extschema@._mart_set_part(mart, 'deal_registration', part, query, deal_sql, 'the partner who sourced the deal, else the first who is on it');
	ELSE
		PERFORM @extschema@._mart_drop_part(mart, 'deal_registration', part);
	END IF;

	-- recurring revenue: of line items that are billed from when to when, else of won deals
	PERFORM @extschema@._mart_drop_part(mart, 'subscription', part);
	FOR found IN SELECT * FROM (VALUES
			('line_item', 't', t, '{hs_recurring_billing_start_date}'::text[], '{hs_recurring_billing_end_date}'::text[],
			 format(E'%s t\nJOIN   %s j ON %s = %s\nJOIN   %s d ON %s = %s', r #>> '{tables,lineitem,sql}', r #>> '{tables,lineitemdeal,sql}', @extschema@._mart_field(j, 'j', '{lineitemid}', 'id'), @extschema@._mart_field(t, 't', '{id,lineitemid}', 'id'),
			        deal_sql, deal_id, @extschema@._mart_field(j, 'j', '{dealid}', 'id')), j ?& '{lineitemid,dealid}'),
			('deal', 'd', d, '{contract_start_date,subscription_start_date,contract_starts_on}', '{contract_end_date,subscription_end_date,contract_ends_on}', deal_sql || ' d', true)) v(name, alias, c, starts, ends, sources, is_there) LOOP
		starts_on := @extschema@._mart_hubspot_first(found.c, found.alias, found.starts, 'day');
		ends_on := @extschema@._mart_hubspot_first(found.c, found.alias, found.ends, 'day');
		yearly := coalesce(@extschema@._mart_hubspot_first(found.c, found.alias, ARRAY['hs_arr', 'arr', 'hs_acv'], 'number'), @extschema@._mart_hubspot_first(found.c, found.alias, ARRAY['hs_mrr'], 'number') || ' * 12');
		CONTINUE WHEN found.is_there IS NOT TRUE OR starts_on IS NULL OR ends_on IS NULL OR yearly IS NULL OR r ->> 'is_won' IS NULL OR r ->> 'association' IS NULL;
		lines := @extschema@._mart_query(ARRAY['x.company_id AS account_id', starts_on || ' AS starts_on', ends_on || ' AS ends_on', yearly || ' AS yearly',
				coalesce(@extschema@._mart_field(d, 'd', @extschema@._mart_hubspot_keys('deal_currency_code')), 'NULL::text') || ' AS currency'],
			found.sources || E'\nJOIN   deal_account x ON x.deal_id = ' || deal_id || coalesce(r ->> 'stage_join', ''),
			ARRAY['(' || (r ->> 'is_won') || ')', starts_on || ' <= ' || ends_on, yearly || ' > 0', @extschema@._mart_alive(found.c, found.alias), CASE WHEN found.alias <> 'd' THEN @extschema@._mart_alive(d, 'd') END]);
		rows := @extschema@._mart_run(mart::name, 'WITH RECURSIVE ' || with_accounts || ' SELECT FROM (' || lines || ') q');
		CONTINUE WHEN rows = 0;
		PERFORM @extschema@._mart_set_part(mart, 'subscription', part, @extschema@._mart_subscription_text(with_accounts, lines), CASE found.name WHEN 'deal' THEN deal_sql ELSE r #>> '{tables,lineitem,sql}' END,
			'what stood on the last day of each quarter; what is not renewed by then is lost');
		PERFORM @extschema@._mart_say(mart, 'notice', 'subscription', format('recurring revenue is read from %s, of won deals', found.name), rows, NULL, 'write your own by set_relation(mart, ''subscription'', ...) where it is counted otherwise', source);
		EXIT;
	END LOOP;

	PERFORM @extschema@._mart_say_unbound(mart, part, source, $j$[
		["subscription", "line_item with days of billing and ARR, or won deals with contract_start_date, contract_end_date and ARR", "retention, churn and what partners' customers are worth"],
		["integration_use", "nothing: a CRM does not know who uses what", "integrations in use, and whether customers who use them stay"],
		["investment", "nothing: HubSpot keeps no costs", "returns on what the program cost"],
		["deal_registration", "deals with deal_registration_status, registration_status or a date of registration", "registrations that collide"],
		["co_sell_plan", "nothing: plans are objects or documents of one's own", "which joint deals have a plan"],
		["plan_milestone", "nothing: as plans", "whether plans are kept"],
		["play_run", "nothing: what fired which play is known where it fires", "introductions asked for and made"],
		["partner_activity", "nothing: logins and trainings stand in the partner portal", "engagement of partners, and who falls asleep"],
		["survey", "nothing: answers stand in the survey tool", "what customers and partners think"],
		["lead_exchange", "nothing: HubSpot does not say who gave a lead; a label of a sourcing partner is a role on the deal", "who gives and who takes leads"],
		["contact", "contact with its company", "champions who moved, and whom to call at partners"],
		["team_hours", "nothing: hours stand in a time sheet", "what the partner team spends its time on"],
		["channel_spend", "nothing: HubSpot keeps no costs", "what a customer costs that no partner brought"],
		["joint_solution", "nothing: products name no partner", "products built together"]]$j$);
END $$;
COMMENT ON FUNCTION _mart_hubspot_program(text, jsonb, text) IS 'writes the texts of registered deals and recurring revenue over a replica of HubSpot, and says what it lacks; a part of bind_hubspot';
