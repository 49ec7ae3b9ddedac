/*
 * state.c
 *		Fuzzes the text and binary input of the rules and aggregate states.
 *
 * The input's first byte is the letter of a type, small before the text form
 * and capital before the binary form.
 *
 * IDENTIFICATION
 *		test/fuzz/state.c
 */
#include "fuzz.h"

#define FUZZED(type)                                              \
	extern Datum type##_in(PG_FUNCTION_ARGS);                     \
	extern Datum type##_out(PG_FUNCTION_ARGS);                    \
	extern Datum type##_recv(PG_FUNCTION_ARGS);                   \
	extern Datum type##_send(PG_FUNCTION_ARGS);                   \
	static const FuzzedType type = {#type, type##_in, type##_out, \
									type##_recv, type##_send}

FUZZED(credit_model);
FUZZED(led_rule);
FUZZED(deal_motion);
FUZZED(deal_stats);
FUZZED(deal_lift);
FUZZED(involvement_summary);
FUZZED(ecosystem_roi);
FUZZED(identity_quality);
FUZZED(removal_effect);
FUZZED(shapley);
FUZZED(overlap_matrix);
FUZZED(survival);
FUZZED(revenue_stats);
FUZZED(predictability);

static const FuzzedType *const types[128] = {
	['c'] = &credit_model,
	['l'] = &led_rule,
	['m'] = &deal_motion,
	['s'] = &deal_stats,
	['w'] = &deal_lift,
	['i'] = &involvement_summary,
	['r'] = &ecosystem_roi,
	['q'] = &identity_quality,
	['e'] = &removal_effect,
	['h'] = &shapley,
	['o'] = &overlap_matrix,
	['v'] = &survival,
	['n'] = &revenue_stats,
	['p'] = &predictability,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const FuzzedType *type;
	char *bytes;
	Datum value;

	if (size == 0 || data[0] >= 128)
		return 0;
	type = types[pg_ascii_tolower(data[0])];
	if (type == NULL)
		return 0;
	bytes = copy_bytes(data + 1, size - 1);
	size--;
	if (data[0] >= 'a' ? is_server_text(bytes, size) &&
							 read_text(type, bytes, size, &value)
					   : read_binary(type, bytes, size, &value))
		claim_round_trips(type, value);
	next_input();
	return 0;
}
