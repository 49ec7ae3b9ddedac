/*
 * lead_flow.c
 *		Who gives leads to whom: partners among each other, and the vendor.
 *
 * The state is that of journey.h, with the giver and the receiver of a lead as
 * a list of two.  The vendor, whose CRM this is, is the NULL of the rows, and
 * the empty name here.
 *
 * IDENTIFICATION
 *		src/network/lead_flow.c
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/uuid.h"

#include "base/memory.h"
#include "base/result_rows.h"
#include "base/value.h"
#include "base/compat.h"
#include "base/exact_sum.h"
#include "credit/journey.h"

PG_FUNCTION_INFO_V1(lead_flow_accum_text);
PG_FUNCTION_INFO_V1(lead_flow_accum_bigint);
PG_FUNCTION_INFO_V1(lead_flow_accum_uuid);
PG_FUNCTION_INFO_V1(lead_flows);
PG_FUNCTION_INFO_V1(lead_reciprocity);
PG_FUNCTION_INFO_V1(leads_by_kind);
PG_FUNCTION_INFO_V1(partner_to_partner_pipeline);
PG_FUNCTION_INFO_V1(brokered_introduction_share);

static const JourneyKind leads = {JOURNEYS_TYPE("lead_flow"), true, true};

/* ---- rows ---- */

static const PartnerName vendor = {"", 0};

static PartnerName
name_of_text(FunctionCallInfo fcinfo, int argno)
{
	text *name = PG_GETARG_TEXT_PP(argno);

	return (PartnerName){VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)};
}

static PartnerName
name_of_bigint(FunctionCallInfo fcinfo, int argno)
{
	char *digits = palloc(24);
	int length = pg_lltoa(PG_GETARG_INT64(argno), digits);

	return (PartnerName){digits, length};
}

static PartnerName
name_of_uuid(FunctionCallInfo fcinfo, int argno)
{
	char *name = DatumGetCString(
		DirectFunctionCall1(uuid_out, PG_GETARG_DATUM(argno)));

	return (PartnerName){name, (int) strlen(name)};
}

/* (state, giver, receiver[, amount numeric]) -> state */
Datum
lead_flow_accum_text(PG_FUNCTION_ARGS)
{
	return journeys_accum_pair(
		fcinfo, PG_ARGISNULL(1) ? vendor : name_of_text(fcinfo, 1),
		PG_ARGISNULL(2) ? vendor : name_of_text(fcinfo, 2), 3, &leads);
}

Datum
lead_flow_accum_bigint(PG_FUNCTION_ARGS)
{
	return journeys_accum_pair(
		fcinfo, PG_ARGISNULL(1) ? vendor : name_of_bigint(fcinfo, 1),
		PG_ARGISNULL(2) ? vendor : name_of_bigint(fcinfo, 2), 3, &leads);
}

Datum
lead_flow_accum_uuid(PG_FUNCTION_ARGS)
{
	return journeys_accum_pair(
		fcinfo, PG_ARGISNULL(1) ? vendor : name_of_uuid(fcinfo, 1),
		PG_ARGISNULL(2) ? vendor : name_of_uuid(fcinfo, 2), 3, &leads);
}

/* ---- flows ---- */

/* What went from one to another; parties are numbered by their names. */
typedef struct LeadFlow
{
	int giver;
	int receiver;
	int64 leads;
	int128 amount;
} LeadFlow;

typedef struct Flows
{
	int n;
	LeadFlow *flows;
	PartnerList parties; /* the vendor, if it is one, is the first */
	int scale;
} Flows;

static int
compare_numbers(int a, int b)
{
	return (a > b) - (a < b);
}

#define ST_SORT         sort_flows
#define ST_ELEMENT_TYPE LeadFlow
#define ST_COMPARE(a, b)                           \
	((a)->giver != (b)->giver                      \
		 ? compare_numbers((a)->giver, (b)->giver) \
		 : compare_numbers((a)->receiver, (b)->receiver))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static int
compare_pairs(const LeadFlow *a, const LeadFlow *b)
{
	int order = compare_numbers(Min(a->giver, a->receiver),
								Min(b->giver, b->receiver));

	if (order == 0)
		order = compare_numbers(Max(a->giver, a->receiver),
								Max(b->giver, b->receiver));
	return order != 0 ? order : compare_numbers(a->giver, b->giver);
}

#define ST_SORT          sort_pairs
#define ST_ELEMENT_TYPE  LeadFlow
#define ST_COMPARE(a, b) compare_pairs(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * The flows by giver and receiver.  A value may have come from outside, where
 * nobody saw the sum of its amounts; so that is taken once, without the signs,
 * and all other sums are in range.
 */
static Flows
read_flows(FunctionCallInfo fcinfo)
{
	const Journeys *journeys = journeys_argument(fcinfo, 0, &leads);
	Flows flows = {0};
	int128 sum = 0;
	Size n = 0;

	flows.parties = list_partners(journeys);
	flows.scale = journeys->scale;
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		CHECK_FOR_INTERRUPTS();
		flows.n++;
	}
	flows.flows = allocate_array(flows.n, sizeof(LeadFlow));
	for (const JourneyEntry *e = first_journey(journeys);
		 is_journey(journeys, e); e = next_journey(e))
	{
		LeadFlow *flow = &flows.flows[n];

		CHECK_FOR_INTERRUPTS();
		/* every list is of two */
		flow->giver = flows.parties.numbers[n * 2];
		flow->receiver = flows.parties.numbers[n * 2 + 1];
		n++;
		flow->leads = e->counts.wins;
		flow->amount = journey_amount(e);
		sum = exact_add(sum, flow->amount < 0 ? -flow->amount : flow->amount);
	}
	sort_flows(flows.flows, flows.n);
	return flows;
}

static bool
is_vendor(const Flows *flows, int party)
{
	return flows->parties.names[party].length == 0;
}

static Datum
amount_datum(const Flows *flows, int128 amount)
{
	return NumericGetDatum(numeric_from_decimal(amount, flows->scale));
}

/* The vendor is NULL again. */
static void
set_party(const Flows *flows, int party, Datum *value, bool *null)
{
	PartnerName name = flows->parties.names[party];

	*null = name.length == 0;
	if (!*null)
		*value = PointerGetDatum(
			cstring_to_text_with_len(name.bytes, name.length));
}

/* lead_flows(lead_flow) -> setof (giver, receiver, leads, amount) */
Datum
lead_flows(PG_FUNCTION_ARGS)
{
	Flows flows = read_flows(fcinfo);

	begin_rows(fcinfo);
	for (int i = 0; i < flows.n; i++)
	{
		const LeadFlow *flow = &flows.flows[i];
		Datum values[4] = {0};
		bool nulls[4] = {false};

		CHECK_FOR_INTERRUPTS();
		set_party(&flows, flow->giver, &values[0], &nulls[0]);
		set_party(&flows, flow->receiver, &values[1], &nulls[1]);
		values[2] = Int64GetDatum(flow->leads);
		values[3] = amount_datum(&flows, flow->amount);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/*
 * lead_reciprocity(lead_flow) -> setof (partner, other_partner, leads_given,
 *		leads_received, amount_given, amount_received, given_share, reciprocity)
 *
 * A row for each two parties, first those with the vendor, who is always the
 * other.  Reciprocity is
 * the share of the leads that is returned, 2 * min(given, received) /
 * (given + received) (Squartini, Picciolo, Ruzzenenti and Garlaschelli, 2013).
 */
Datum
lead_reciprocity(PG_FUNCTION_ARGS)
{
	Flows flows = read_flows(fcinfo);
	int next;

	sort_pairs(flows.flows, flows.n);
	begin_rows(fcinfo);
	for (int i = 0; i < flows.n; i = next)
	{
		const LeadFlow *flow = &flows.flows[i];
		LeadFlow given = *flow;
		LeadFlow received = {flow->receiver, flow->giver, 0, 0};
		Datum values[8] = {0};
		bool nulls[8] = {false};
		double total;

		CHECK_FOR_INTERRUPTS();
		next = i + 1;
		if (flow->giver == flow->receiver)
			continue;
		if (next < flows.n && flows.flows[next].giver == flow->receiver &&
			flows.flows[next].receiver == flow->giver)
			received = flows.flows[next++];
		/* in the order of names, but the vendor behind */
		if (is_vendor(&flows, given.giver) ||
			(given.giver > given.receiver &&
			 !is_vendor(&flows, given.receiver)))
		{
			LeadFlow swapped = given;

			given = received;
			received = swapped;
		}
		total = (double) given.leads + (double) received.leads;
		set_party(&flows, given.giver, &values[0], &nulls[0]);
		set_party(&flows, given.receiver, &values[1], &nulls[1]);
		values[2] = Int64GetDatum(given.leads);
		values[3] = Int64GetDatum(received.leads);
		values[4] = amount_datum(&flows, given.amount);
		values[5] = amount_datum(&flows, received.amount);
		values[6] = Float8GetDatum((double) given.leads / total);
		values[7] = Float8GetDatum(
			2.0 * (double) Min(given.leads, received.leads) / total);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* ---- kinds ---- */

typedef enum LeadKind
{
	PARTNER_TO_PARTNER,
	PARTNER_TO_VENDOR,
	VENDOR_TO_PARTNER,
	WITHIN_PARTNER,
	WITHOUT_PARTNER,
	LEAD_KINDS
} LeadKind;

static const char *const kind_names[LEAD_KINDS] = {"partner to partner",
												   "partner to vendor",
												   "vendor to partner",
												   "within a partner",
												   "without a partner"};

typedef struct KindCounts
{
	int64 leads[LEAD_KINDS];
	int128 amounts[LEAD_KINDS];
	int64 all_leads;
} KindCounts;

static LeadKind
kind_of(const Flows *flows, const LeadFlow *flow)
{
	if (is_vendor(flows, flow->giver))
		return is_vendor(flows, flow->receiver) ? WITHOUT_PARTNER
												: VENDOR_TO_PARTNER;
	if (is_vendor(flows, flow->receiver))
		return PARTNER_TO_VENDOR;
	return flow->giver == flow->receiver ? WITHIN_PARTNER : PARTNER_TO_PARTNER;
}

static KindCounts
count_kinds(const Flows *flows)
{
	KindCounts counts;

	memset(&counts, 0, sizeof(counts));
	for (int i = 0; i < flows->n; i++)
	{
		LeadKind kind = kind_of(flows, &flows->flows[i]);

		CHECK_FOR_INTERRUPTS();
		counts.leads[kind] += flows->flows[i].leads;
		counts.amounts[kind] += flows->flows[i].amount;
		counts.all_leads += flows->flows[i].leads;
	}
	return counts;
}

/* leads_by_kind(lead_flow) -> setof (kind, leads, lead_share, amount) */
Datum
leads_by_kind(PG_FUNCTION_ARGS)
{
	Flows flows = read_flows(fcinfo);
	KindCounts counts = count_kinds(&flows);

	begin_rows(fcinfo);
	for (int kind = 0; kind < LEAD_KINDS; kind++)
	{
		Datum values[4] = {0};
		bool nulls[4] = {false, false, counts.all_leads == 0, false};

		values[0] = CStringGetTextDatum(kind_names[kind]);
		values[1] = Int64GetDatum(counts.leads[kind]);
		if (counts.all_leads > 0)
			values[2] = Float8GetDatum((double) counts.leads[kind] /
									   (double) counts.all_leads);
		values[3] = amount_datum(&flows, counts.amounts[kind]);
		put_row(fcinfo, values, nulls);
	}
	return (Datum) 0;
}

/* partner_to_partner_pipeline(lead_flow) -> numeric */
Datum
partner_to_partner_pipeline(PG_FUNCTION_ARGS)
{
	Flows flows = read_flows(fcinfo);
	KindCounts counts = count_kinds(&flows);

	PG_RETURN_DATUM(amount_datum(&flows, counts.amounts[PARTNER_TO_PARTNER]));
}

/*
 * brokered_introduction_share(lead_flow) -> double precision
 *
 * Of the leads that partners received from others, those that the vendor gave
 */
Datum
brokered_introduction_share(PG_FUNCTION_ARGS)
{
	Flows flows = read_flows(fcinfo);
	KindCounts counts = count_kinds(&flows);
	double brokered = (double) counts.leads[VENDOR_TO_PARTNER];
	double received = brokered + (double) counts.leads[PARTNER_TO_PARTNER];

	if (received == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(brokered / received);
}

JOURNEYS_FUNCTIONS(lead_flow, &leads);
