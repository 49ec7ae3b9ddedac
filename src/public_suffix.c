/*
 * public_suffix.c
 *		Finds the public suffix of a host in the compiled table.
 *
 * The walk goes from the top-level domain to the left and ends at the first
 * name that is neither in the table nor below a wildcard: the compiler enters
 * every name that a longer one ends in.  So it takes two accesses for most
 * hosts, "com" and "acme.com", and the second also tells whether the domain
 * is of note.
 *
 * IDENTIFICATION
 *		src/public_suffix.c
 */
#include "postgres.h"

#include "public_suffix.h"

#include "data/suffixes.h"

static const NameEntry *
find_name(uint64_t hash, const char *name, int length)
{
	uint32_t i = HASH_SLOT(hash, SUFFIX_SLOT_BITS);
	uint32_t slot;

	for (; (slot = name_slots[i]) != 0; i = (i + 1) % lengthof(name_slots))
	{
		const NameEntry *entry;

		if (SLOT_TAG(slot) != HASH_TAG(hash))
			continue;
		entry = &name_entries[SLOT_ENTRY(slot)];
		/* Only the bytes decide. */
		if (entry->length == length &&
			memcmp(name_bytes + entry->offset, name, length) == 0)
			return entry;
	}
	return NULL;
}

/*
 * The formal algorithm of publicsuffix.org, but for the rule "*" that makes an
 * unknown top-level domain a suffix: match->nlabels stays 0 then.
 */
void
match_suffix(const HostName *host, SuffixLists lists, SuffixMatch *match)
{
	const uint16_t ours = lists == ALL_SUFFIXES ? NAME_OURS : 0;
	const uint16_t our_children = lists == ALL_SUFFIXES ? CHILD_OURS : 0;
	uint64_t hash = NAME_HASH_START;
	uint16_t above = 0; /* facts about the name one label shorter */

	memset(match, 0, sizeof(*match));
	for (int i = host->nlabels - 1; i >= 0; i--)
	{
		const char *label = host->bytes + host->label[i];
		const NameEntry *entry;
		uint16_t facts;
		uint16_t rules;

		hash = name_hash_add(hash, label,
							 host->label[i + 1] - 1 - host->label[i]);
		entry = find_name(hash, label, host->length - host->label[i]);
		facts = entry != NULL ? entry->facts : 0;
		if (facts & NAME_SPECIAL_USE)
			match->special_use = true;

		/* An exception wins over all other rules: its parent is the suffix. */
		if (facts & NAME_EXCEPTION)
		{
			match->nlabels = host->nlabels - i - 1;
			match->shared = false;
			match->suffix_facts = above;
			match->facts = facts;
			return;
		}
		rules = (facts & (NAME_ICANN | NAME_PRIVATE | ours)) |
				(above & (CHILD_ICANN | CHILD_PRIVATE | our_children));
		if (rules != 0)
		{
			/* The longest rule so far. */
			match->nlabels = host->nlabels - i;
			match->shared = (rules & (NAME_ICANN | CHILD_ICANN)) == 0;
			match->suffix_facts = facts;
			match->facts = 0;
		}
		else
			match->facts |= facts;

		if ((facts & (NAME_HAS_LONGER | CHILD_ICANN | CHILD_PRIVATE |
					  our_children)) == 0)
			return;
		above = facts;
	}
}

/*
 * The version of the compiled Public Suffix List: what its VERSION line says,
 * or the number of its rules and a checksum of its text.
 */
const char *
suffix_list_version(void)
{
	return SUFFIX_LIST_VERSION;
}
