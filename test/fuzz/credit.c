/*
 * credit.c
 *		Fuzzes how one deal is credited: src/credit/credit.c and what it calls.
 *
 * The input is a model's text, a newline, the amount in eight bytes, the close
 * in one, and four bytes for each touch.
 *
 * IDENTIFICATION
 *		test/fuzz/credit.c
 */
#include "fuzz.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

#include "credit/credit.h"

#define MAX_TOUCHES 300

/* What roles of models, milestones and of nothing at all look like. */
static const char *const role_names[] = {
	NULL,
	"",
	"sourcing",
	"Technical",
	"co_sell",
	"first",
	"lead_created",
	"opportunity_created , First",
	"closed+lead_created",
	" Co-Sell",
	"Lead Created;first",
	" - ",
	"+,+",
	"\xc3\xa9t\xc3\xa9",
};

static CreditName
name_of(const char *bytes)
{
	CreditName name = {bytes, bytes == NULL ? 0 : strlen(bytes)};

	return name;
}

/*
 * Times an hour apart, days among them, and some at the ends of what a
 * timestamp can be.
 */
static Moment
time_of(uint8 byte)
{
	switch (byte)
	{
		case 0:
			return CREDIT_UNDATED_AT;
		case 1:
			return MIN_TIMESTAMP;
		case 254:
			return MOMENT_DAY_ZERO + TIMESTAMP_END_JULIAN -
				   POSTGRES_EPOCH_JDATE - 1;
		case 255:
			return END_TIMESTAMP - 1;
		default:
			return byte % 5 == 0 ? MOMENT_DAY_ZERO + byte / 24
								 : byte * USECS_PER_HOUR;
	}
}

typedef struct Credited
{
	CreditDeal deal;
	CreditScratch scratch;
	const uint8 *bytes; /* of the touches */
	int n;
	bool backwards;
	uint64 amount;
	bool split;
} Credited;

/* Credits the deal, in the manner of credit_split(). */
static Datum
credit_deal(PG_FUNCTION_ARGS)
{
	Credited *credited = (Credited *) PG_GETARG_POINTER(0);
	CreditDeal *deal = &credited->deal;
	NamedTouch *rows = palloc0(Max(credited->n, 1) * sizeof(NamedTouch));

	for (int i = 0; i < credited->n; i++)
	{
		const uint8 *touch = credited->bytes + 4 * (credited->backwards
														? credited->n - 1 - i
														: i);
		const CreditModel *model = deal->model;
		int role = touch[2] % (lengthof(role_names) + model->nroles);

		rows[i].row = i;
		rows[i].touch.occurred_at = time_of(touch[0]);
		rows[i].touch.weight = touch[3] == 0 ? CREDIT_UNWEIGHTED
							   : touch[3] == 255
								   ? INT64CONST(999999999999999999)
								   : (touch[3] - 1) * 250000;
		rows[i].partner = name_of(psprintf("p%d", touch[1] % 64));
		if (role < lengthof(role_names))
			rows[i].role = name_of(role_names[role]);
		else
			rows[i].role = name_of(pnstrdup(
				credit_role_name(model, role - lengthof(role_names)),
				model->roles[role - lengthof(role_names)].name_length));
	}
	credit_arrange(deal, rows, credited->n);
	credit_start_scratch(&credited->scratch);
	deal->scratch = &credited->scratch;
	credit_weigh(deal);
	credited->split = deal->weighty &&
					  apportion_in_words(credited->amount,
										 credited->scratch.weights,
										 deal->ntouches + 1,
										 credited->scratch.integers,
										 credited->scratch.remainders,
										 credited->scratch.parts);
	return (Datum) 0;
}

/* Touches at one moment share a place. */
static void
claim_sharing(const CreditDeal *deal, int64 i)
{
	const Weight *one = &deal->scratch->weights[i];
	const Weight *other = &deal->scratch->weights[i + 1];
	CreditMethod method = deal->model->method;

	if (deal->touches[i].occurred_at != deal->touches[i + 1].occurred_at ||
		deal->scratch->reasons[i] != CREDIT_COUNTS ||
		deal->scratch->reasons[i + 1] != CREDIT_COUNTS)
		return;
	if (method == CREDIT_FIRST_TOUCH || method == CREDIT_LAST_TOUCH ||
		method == CREDIT_U_SHAPED || method == CREDIT_SOURCE_WINS ||
		method == CREDIT_PRIMARY_ONLY || method == CREDIT_TIME_DECAY)
		CLAIM(one->numerator * other->denominator ==
				  other->numerator * one->denominator,
			  "touches %lld and %lld share", (long long) i, (long long) i + 1);
}

static void
claim_credit(Credited *credited)
{
	CreditDeal *deal = &credited->deal;
	uint64 sum = 0;
	bool weighty = false;

	for (int64 i = 0; i <= deal->ntouches; i++)
	{
		const Weight *weight = &credited->scratch.weights[i];

		CLAIM(weight->numerator >= 0 && weight->denominator > 0,
			  "touch %lld has a weight", (long long) i);
		weighty |= weight->numerator > 0;
		if (i + 1 < deal->ntouches)
			claim_sharing(deal, i);
		if (i < deal->ntouches)
		{
			StringInfoData reason;

			CLAIM(weight->numerator == 0 ||
					  credited->scratch.reasons[i] == CREDIT_COUNTS,
				  "touch %lld carries no weight", (long long) i);
			initStringInfo(&reason);
			credit_append_reason(&reason, deal, i);
			CLAIM(reason.len > 0 &&
					  (deal->model->method == CREDIT_ROLE_SPLIT ||
					   (reason.data[0] != '-' &&
						strstr(reason.data, " -") == NULL)) &&
					  is_server_text(reason.data, reason.len),
				  "\"%s\" is a reason", reason.data);
		}
		if (!credited->split)
			continue;
		CLAIM(credited->scratch.parts[i] >= 0, "part %lld is not negative",
			  (long long) i);
		CLAIM(weight->numerator > 0 || credited->scratch.parts[i] == 0,
			  "touch %lld gets nothing", (long long) i);
		sum += (uint64) credited->scratch.parts[i];
	}
	CLAIM(weighty == deal->weighty, "some weight is above zero");
	CLAIM(!credited->split || sum == credited->amount, "%llu are %llu",
		  (unsigned long long) sum, (unsigned long long) credited->amount);
	if (!deal->weighty ||
		credited->scratch.weights[deal->ntouches].numerator > 0)
	{
		StringInfoData reason;

		initStringInfo(&reason);
		credit_append_remainder_reason(&reason, deal);
		CLAIM(reason.len > 0 && is_server_text(reason.data, reason.len),
			  "\"%s\" is a reason", reason.data);
	}
}

static Datum
parse_model(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(credit_model_parse(PG_GETARG_CSTRING(0)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	Credited credited[2];
	char *model;
	Datum parsed;
	int n;

	if (end == NULL || (size -= end + 1 - data) < 9 ||
		!is_server_text((const char *) data, end - data))
		return 0;
	model = pnstrdup((const char *) data, end - data);
	end++;
	n = Min((size - 9) / 4, MAX_TOUCHES);
	if (call(parse_model, CStringGetDatum(model), &parsed))
	{
		bool done = true;

		for (int i = 0; i < 2; i++)
		{
			Datum ignored;

			memset(&credited[i], 0, sizeof(Credited));
			credited[i].deal.model = (const CreditModel *) DatumGetPointer(
				parsed);
			for (int byte = 0; byte < 8; byte++)
				credited[i].amount = credited[i].amount << 8 | end[byte];
			credited[i].amount &= PG_INT64_MAX;
			credited[i].deal.closed_at = time_of(end[8]);
			credited[i].deal.closed = end[8] != 0;
			credited[i].bytes = (const uint8 *) copy_bytes(end + 9, 4 * n);
			credited[i].n = n;
			credited[i].backwards = i == 1;
			done &= call(credit_deal, PointerGetDatum(&credited[i]), &ignored);
			if (done)
				claim_credit(&credited[i]);
		}
		for (int i = 0; done && i <= n; i++)
		{
			const CreditDeal *deal = &credited[0].deal;
			const CreditDeal *other = &credited[1].deal;

			CLAIM(i == n || credit_compare(&deal->touches[i],
										   &other->touches[i]) == 0,
				  "touch %d is the same in any order of the rows", i);
			CLAIM(credited[0].split == credited[1].split &&
					  (!credited[0].split ||
					   deal->scratch->parts[i] == other->scratch->parts[i]),
				  "part %d is the same in any order of the rows", i);
		}
	}
	next_input();
	return 0;
}
