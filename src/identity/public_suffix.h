/*
 * public_suffix.h
 *		What is known about names of hosts: suffixes, and hosts of note.
 *
 * The Public Suffix List and the lists of src/data are compiled into one hash
 * table of constant data: no start-up cost, shared by all backends.  This
 * header is common to the matcher (public_suffix.c) and to the program that
 * writes the table (data/compile_suffixes.c), so it needs no PostgreSQL.
 *
 * IDENTIFICATION
 *		src/identity/public_suffix.h
 */
#ifndef ECOSYSTEM_PUBLIC_SUFFIX_H
#define ECOSYSTEM_PUBLIC_SUFFIX_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Limits of the DNS; the name's without the dot of the root. */
#define HOST_MAX_LENGTH  253
#define HOST_MAX_LABELS  127
#define LABEL_MAX_LENGTH 63

/* Facts about a name.  CHILD_x: the list has "*.name". */
#define NAME_ICANN       0x0001 /* a suffix: ICANN section of the list */
#define NAME_PRIVATE     0x0002 /* a suffix: private section of the list */
#define NAME_OURS        0x0004 /* a suffix: shared_hosts.txt */
#define CHILD_ICANN      0x0008
#define CHILD_PRIVATE    0x0010
#define CHILD_OURS       0x0020
#define NAME_EXCEPTION   0x0040 /* the list has "!name" */
#define NAME_OWN_SITE    0x0080 /* a suffix that is a company's site as well */
#define NAME_SPECIAL_USE 0x0100
#define NAME_PAGES       0x0200 /* its pages are others': shared_pages.txt */
#define NAME_WEBMAIL     0x0400
#define NAME_FREEMAIL    0x0800
#define NAME_DISPOSABLE  0x1000
#define NAME_PLACEHOLDER 0x2000
#define NAME_HAS_LONGER  0x4000  /* some longer name in the table ends in it */
#define NAME_SOME_PAGES  0x8000  /* as NAME_PAGES, below some paths only */
#define NAME_MISTYPED    0x10000 /* no suffix, but one mistyped */

/*
 * The table: slots by open addressing, each the number of an entry plus one in
 * the low half and a part of the hash in the high half, zero when free; so a
 * name that is not there costs one access to a small array.
 */
typedef struct NameEntry
{
	uint32_t offset; /* of its bytes, in the string of all names */
	uint32_t facts : 24;
	uint32_t length : 8;
} NameEntry;

/* Pages below a path: the table has room for no longer ones. */
#define PAGE_NAME_MAX_LENGTH 39
#define PAGE_PATH_MAX_LENGTH 39

#define SLOT_ENTRY(slot) ((int) ((slot) &0xffff) - 1)
#define SLOT_TAG(slot)   ((slot) >> 16)
#define HASH_TAG(hash)   ((uint32_t) (hash) &0xffff)
#define HASH_SLOT(hash, bits) \
	((uint32_t) (((hash) *UINT64_C(0x9E3779B97F4A7C15)) >> (64 - (bits))))

#define NAME_HASH_START UINT64_C(0x243F6A8885A308D3)

/* Up to eight bytes as a little-endian number, whatever the machine. */
static inline uint64_t
eight_bytes(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * The hash of a name, given that of the name without its first label, so that
 * a walk from the right hashes every byte once.  Reads whole words: eight
 * bytes from any byte of the label on must be readable, and count for nothing
 * beyond the label's end.
 */
static inline uint64_t
name_hash_add(uint64_t hash, const char *label, int length)
{
	hash ^= (uint64_t) length << 56;
	for (; length > 8; label += 8, length -= 8)
	{
		hash = (hash ^ eight_bytes(label)) * UINT64_C(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
	}
	hash ^= eight_bytes(label) & (UINT64_MAX >> (64 - 8 * length));
	hash *= UINT64_C(0xD6E8FEB86659FD93);
	return hash ^ (hash >> 32);
}

/* A host: lower-case ASCII, no dot at its end, every label of legal length. */
typedef struct HostName
{
	int length;
	int nlabels;
	/* behind the last underscore, or hyphen at an end of a label; 0 for none */
	int odd_to;
	/* where each label starts; one more, as if a label followed the last */
	uint8_t label[HOST_MAX_LABELS + 1];
	/* and room for name_hash_add to read on */
	char bytes[HOST_MAX_LENGTH + 8];
} HostName;

/* Which lists' suffixes a search minds. */
typedef enum SuffixLists
{
	PUBLIC_SUFFIX_LIST_ALONE,
	ALL_SUFFIXES
} SuffixLists;

/* What the table says about a host. */
typedef struct SuffixMatch
{
	int nlabels; /* labels of its suffix; 0 when no rule knows it */
	bool shared; /* the suffix is private or ours, not a registry's */
	/* facts about its suffix itself */
	uint32_t suffix_facts;
	/*
	 * facts about the host and the names it lies below, down to the one a
	 * label longer than its suffix; with NAME_OWN_SITE down to the suffix
	 */
	uint32_t facts;
	bool special_use;
} SuffixMatch;

extern void match_suffix(const HostName *host, SuffixLists lists,
						 SuffixMatch *match);
extern bool is_shared_page(const HostName *host, const char *path,
						   size_t length);
extern bool is_front_page(const char *path, size_t length);
extern const char *suffix_list_version(void);

#endif /* ECOSYSTEM_PUBLIC_SUFFIX_H */
