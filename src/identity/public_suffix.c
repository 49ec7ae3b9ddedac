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
 *		src/identity/public_suffix.c
 */
#include "postgres.h"

#include "identity/public_suffix.h"

/* A path below which the pages of a name are others'; sorted by name. */
typedef struct SharedPage
{
	char name[PAGE_NAME_MAX_LENGTH + 1];
	char path[PAGE_PATH_MAX_LENGTH + 1];
} SharedPage;

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
	const uint32_t ours = lists == ALL_SUFFIXES ? NAME_OURS : 0;
	const uint32_t our_children = lists == ALL_SUFFIXES ? CHILD_OURS : 0;
	uint64_t hash = NAME_HASH_START;
	uint32_t above = 0; /* facts about the name one label shorter */

	memset(match, 0, sizeof(*match));
	for (int i = host->nlabels - 1; i >= 0; i--)
	{
		const char *label = host->bytes + host->label[i];
		const NameEntry *entry;
		uint32_t facts;
		uint32_t rules;

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

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static inline bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static inline bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/*
 * Does the text start with a path, in whatever case and with whatever number
 * of slashes, and does a part of its own end there?  "@" is always an end.
 */
static bool
starts_with_path(const char *text, const char *end, const char *path)
{
	for (; *path != '\0'; path++, text++)
	{
		if (text == end)
			return false;
		if (*path == '/' ? !is_slash(*text) : lower(*text) != *path)
			return false;
		if (*path == '@' && path[1] == '\0')
			return true;
		while (*path == '/' && text + 1 < end && is_slash(text[1]))
			text++;
	}
	return text == end || is_slash(*text) || *text == '?' || *text == '#';
}

/* Behind a first part that is a language: "en/", "de-CH/", "pt_br/". */
static const char *
skip_language(const char *text, const char *end)
{
	const char *p = text;
	int nletters[2] = {0, 0};

	for (int i = 0; i < 2; i++)
	{
		for (; p < end && is_letter(*p); p++)
			nletters[i]++;
		if (i == 0 && p < end && (*p == '-' || *p == '_'))
			p++;
		else
			break;
	}
	if (nletters[0] != 2 || (nletters[1] != 0 && nletters[1] != 2) ||
		p == end || !is_slash(*p))
		return text;
	while (p < end && is_slash(*p))
		p++;
	return p;
}

static bool
is_one_of(const char *text, const char *end, const char *const *words,
		  int nwords)
{
	for (int i = 0; i < nwords; i++)
	{
		int length = strlen(words[i]);
		int same = 0;

		if (end - text != length)
			continue;
		while (same < length && lower(text[same]) == words[i][same])
			same++;
		if (same == length)
			return true;
	}
	return false;
}

/*
 * Is the path nothing but another address of the front page of its host:
 * "/en-us/", "/index.html", "/#"?  Only languages that many sites have are
 * known, for a name of two letters may be somebody's as well: "/hp".
 */
bool
is_front_page(const char *path, size_t length)
{
	static const char *const languages[] = {
		"ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he",
		"hr", "hu", "it", "ja", "ko", "lt", "lv", "nb", "nl", "no", "pl", "pt",
		"ro", "ru", "sk", "sl", "sv", "th", "tr", "uk", "vi", "zh",
	};
	static const char *const pages[] = {
		"default.asp", "default.aspx", "default.htm", "default.html",
		"index.asp",   "index.aspx",   "index.htm",   "index.html",
		"index.jsp",   "index.php",
	};
	const char *end = path + length;
	const char *part;

	if (path < end && (end[-1] == '?' || end[-1] == '#'))
		end--;
	while (path < end && is_slash(*path))
		path++;
	for (part = path; part < end && !is_slash(*part);)
		part++;
	/* "en", "en-us", "pt_BR" */
	if ((part - path == 2 ||
		 (part - path == 5 && (path[2] == '-' || path[2] == '_') &&
		  is_letter(path[3]) && is_letter(path[4]))) &&
		is_one_of(path, path + 2, languages, lengthof(languages)))
	{
		path = part;
		while (path < end && is_slash(*path))
			path++;
	}
	return path == end || is_one_of(path, end, pages, lengthof(pages));
}

/*
 * For a host with NAME_SOME_PAGES: is its page at a path, which starts with a
 * slash, one of somebody else?
 */
bool
is_shared_page(const HostName *host, const char *path, size_t length)
{
	const char *end = path + length;
	const char *behind_language;

	while (path < end && is_slash(*path))
		path++;
	behind_language = skip_language(path, end);
	for (int i = 0; i < host->nlabels - 1; i++)
	{
		const char *name = host->bytes + host->label[i];
		int nname = host->length - host->label[i];
		int low = 0;
		int high = lengthof(shared_pages);

		/* The first page of this name, or of one behind it. */
		while (low < high)
		{
			int middle = (low + high) / 2;
			const SharedPage *page = &shared_pages[middle];
			int npage = strlen(page->name);
			int order = memcmp(page->name, name, Min(npage, nname));

			if (order < 0 || (order == 0 && npage < nname))
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < lengthof(shared_pages); low++)
		{
			const SharedPage *page = &shared_pages[low];

			if (strlen(page->name) != nname ||
				memcmp(page->name, name, nname) != 0)
				break;
			if (starts_with_path(path, end, page->path) ||
				(behind_language > path &&
				 starts_with_path(behind_language, end, page->path)))
				return true;
		}
	}
	return false;
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
