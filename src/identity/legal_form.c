/*
 * legal_form.c
 *		Which words of a company's name are its legal form.
 *
 * What is known is in src/data and comes as const tables, shared by all
 * backends and ready without a start: legal forms by country, countries,
 * placeholders, and how characters fold.
 *
 * A form is found by its letters, whatever parts them: S.A., S A and SA are
 * one.  The hash of a name's last letters is computed from the end, letter by
 * letter, and looked up wherever a word starts; so all forms that could end a
 * name cost one pass over its last words.
 *
 * IDENTIFICATION
 *		src/identity/legal_form.c
 */
#include "postgres.h"

#include "identity/legal_form.h"

struct LegalForm
{
	uint32 text;  /* in form_texts */
	uint8 length; /* with blanks between words */
	bool suffix_anywhere;
	bool prefix_anywhere;
	uint8 nsuffix_countries;
	uint8 nprefix_countries;
	uint16 suffix_countries; /* in form_countries */
	uint16 prefix_countries;
	uint8 nkept_countries; /* where it is a form only with its dots */
	uint16 kept_countries;
};

typedef struct FormSlot
{
	uint32 hash;
	uint16 form; /* its index plus one, 0 where the slot is free */
} FormSlot;

typedef struct CountryName
{
	uint16 text; /* in country_texts */
	uint8 length;
	char code[2];
	bool ambiguous;
} CountryName;

typedef struct Placeholder
{
	uint8 kind; /* PLACEHOLDER_ bits */
	uint8 length;
	char text[32];
} Placeholder;

#define FOLDED_ELSEWHERE 255

typedef struct FoldedCharacter
{
	uint8 length;
	char bytes[7];
} FoldedCharacter;

typedef struct FoldedRange
{
	uint32 first;
	uint32 end;
	uint32 at; /* in folded_characters */
} FoldedRange;

#include "data/legal_forms.h"

/* ---- legal forms ---- */

static bool
agrees(bool anywhere, const char *country, int list, int count)
{
	if (anywhere)
		return true;
	if (country == NULL)
		return false;
	for (int i = 0; i < count; i++)
		if (memcmp(form_countries + list + 2 * i, country, 2) == 0)
			return true;
	return false;
}

/*
 * Whether a word, or two, of the country's language that only look like the
 * form: Valley Ag, Serenity Spa.  With dots, or a slash, it is the form.
 */
static bool
is_kept(const LegalForm *form, const NameWords *words, int word, int end,
		const char *country)
{
	if (form->nkept_countries == 0 ||
		(word + 1 < end && words->joined[word + 1]))
		return false;
	return agrees(false, country, form->kept_countries, form->nkept_countries);
}

static bool
starts_initial(const NameWords *words, int word)
{
	int start = words->start[word];

	return words->start[word + 1] - start ==
		   utf8_length((unsigned char) words->letters[start]);
}

/*
 * Whether the letters from..to are the form's, and no word of the name ends
 * where none of the form's does, but for initials: "S. A.", never "cor p".
 */
static bool
is_form(const LegalForm *form, const NameWords *words, int word, int from,
		int to)
{
	const char *text = form_texts + form->text;
	const char *end = text + form->length;

	for (int at = from; at < to; at++)
	{
		bool blank = false;

		if (text < end && *text == ' ')
		{
			blank = true;
			text++;
		}
		while (word < words->nwords && words->start[word] < at)
			word++;
		if (at > from && !blank && word < words->nwords &&
			words->start[word] == at && !starts_initial(words, word) &&
			!starts_initial(words, word - 1))
			return false;
		if (text == end || *text != words->letters[at])
			return false;
		text++;
	}
	return text == end;
}

void
remember_form(const LegalForm **list, int *count, const LegalForm *form)
{
	if (*count < MAX_STRIPPED_FORMS)
		list[(*count)++] = form;
}

static inline const LegalForm *
look_up(const FormSlot *slots, int bits, uint32 hash, uint32 *slot)
{
	while (slots[*slot].form != 0)
	{
		const FormSlot *found = &slots[*slot];

		*slot = (*slot + 1) & ((1U << bits) - 1);
		if (found->hash == hash)
			return &legal_forms[found->form - 1];
	}
	return NULL;
}

/*
 * The longest form at the end that leaves a word before it.  A part that is
 * nothing but a form keeps itself: GmbH & Co. KG.
 */
static bool
strip_suffix(const NameWords *words, const char *country, NamePart *part)
{
	const LegalForm *longest = NULL;
	int cut = 0;
	uint32 hash = FORM_HASH_START;
	int at = part->to;
	uint64 lengths;

	if (part->to - part->from < 2)
		return false;
	lengths = suffix_lengths[form_end_place(words->letters[part->to - 1],
											words->letters[part->to - 2])];
	for (int word = part->end_word - 1; word >= part->first_word; word--)
	{
		int start = Max(words->start[word], part->from);
		const LegalForm *form;
		uint32 slot;
		uint64 bit = form_length_bit(part->to - start);

		if (lengths < bit || part->to - start > LONGEST_SUFFIX)
			break;
		if ((lengths & bit) == 0 || words->joined[word])
			continue;
		while (at > start)
			hash = hash_form_letter(hash, words->letters[--at]);
		slot = form_slot(hash, SUFFIX_BITS);
		while ((form = look_up(suffix_slots, SUFFIX_BITS, hash, &slot)) !=
			   NULL)
			if (agrees(form->suffix_anywhere, country, form->suffix_countries,
					   form->nsuffix_countries) &&
				!is_kept(form, words, word, part->end_word, country) &&
				is_form(form, words, word, start, part->to))
			{
				longest = form;
				cut = word;
			}
	}
	if (longest == NULL || cut == part->first_word)
		return false;
	remember_form(part->suffixes, &part->nsuffixes, longest);
	part->end_word = cut;
	part->to = words->start[cut];
	return true;
}

/* The longest form at the start that leaves a word behind it. */
static bool
strip_prefix(const NameWords *words, const char *country, NamePart *part)
{
	const LegalForm *longest = NULL;
	int cut = 0;
	uint32 hash = FORM_HASH_START;
	int at = part->from;
	uint64 lengths;

	if (part->to - part->from < 2)
		return false;
	lengths = prefix_lengths[form_end_place(words->letters[part->from],
											words->letters[part->from + 1])];
	for (int word = part->first_word; word < part->end_word - 1; word++)
	{
		int end = words->start[word + 1];
		const LegalForm *form;
		uint32 slot;
		uint64 bit = form_length_bit(end - part->from);

		if (lengths < bit || end - part->from > LONGEST_PREFIX)
			break;
		if ((lengths & bit) == 0 || words->joined[word + 1])
			continue;
		while (at < end)
			hash = hash_form_letter(hash, words->letters[at++]);
		slot = form_slot(hash, PREFIX_BITS);
		while ((form = look_up(prefix_slots, PREFIX_BITS, hash, &slot)) !=
			   NULL)
			if (agrees(form->prefix_anywhere, country, form->prefix_countries,
					   form->nprefix_countries) &&
				is_form(form, words, part->first_word, part->from, end))
			{
				longest = form;
				cut = word + 1;
			}
	}
	if (longest == NULL)
		return false;
	remember_form(part->prefixes, &part->nprefixes, longest);
	part->first_word = cut;
	part->from = words->start[cut];
	return true;
}

/*
 * A form of a script that writes no blanks, at either end, the longest first.
 * At least one letter is left.
 */
static bool
strip_attached(const NameWords *words, NamePart *part)
{
	int length = part->to - part->from;
	unsigned char first = words->letters[part->from];

	/* All end in a character of three bytes and start in one, or "npo". */
	if (length <= 3 || (first < 0xe0 && first != 'n' &&
						(unsigned char) words->letters[part->to - 3] < 0xe0))
		return false;
	for (int i = 0; i < lengthof(attached_forms); i++)
	{
		const LegalForm *form = &legal_forms[attached_forms[i]];
		const char *text = form_texts + form->text;

		if (form->length >= length)
			continue;
		if (words->letters[part->to - 1] == text[form->length - 1] &&
			memcmp(words->letters + part->to - form->length, text,
				   form->length) == 0)
		{
			part->to -= form->length;
			while (words->start[part->end_word - 1] >= part->to)
				part->end_word--;
			remember_form(part->suffixes, &part->nsuffixes, form);
			return true;
		}
		if (words->letters[part->from + 2] == text[2] &&
			memcmp(words->letters + part->from, text, form->length) == 0)
		{
			part->from += form->length;
			while (words->start[part->first_word + 1] <= part->from)
				part->first_word++;
			remember_form(part->prefixes, &part->nprefixes, form);
			return true;
		}
	}
	return false;
}

/* country is two letters or NULL. */
void
strip_legal_forms(const NameWords *words, bool ascii, const char *country,
				  NamePart *part)
{
	bool found;

	do
	{
		do
		{
			found = !ascii && strip_attached(words, part);
			found |= strip_suffix(words, country, part);
		} while (found);
		found = strip_prefix(words, country, part);
	} while (found);
}

/* The single characters that stand for a form in parentheses. */
const LegalForm *
find_bracketed_form(const char *letters, int length)
{
	for (int i = 0; i < lengthof(bracketed_forms); i++)
	{
		const LegalForm *form = &legal_forms[bracketed_forms[i]];

		if (form->length == length &&
			memcmp(form_texts + form->text, letters, length) == 0)
			return form;
	}
	return NULL;
}

/* The forms stripped of a part, as they stood; the length of the text. */
int
legal_form_text(const NamePart *part, char *text, int capacity)
{
	int length = 0;
	int count = part->nprefixes + part->nsuffixes;

	for (int i = 0; i < count; i++)
	{
		const LegalForm *form = i < part->nprefixes
									? part->prefixes[i]
									: part->suffixes[count - 1 - i];

		if (length + 1 + form->length > capacity)
			break;
		if (length > 0)
			text[length++] = ' ';
		memcpy(text + length, form_texts + form->text, form->length);
		length += form->length;
	}
	return length;
}

/* ---- countries and placeholders ---- */

static int
compare_letters(const char *one, int length, const char *other,
				int other_length)
{
	int difference = memcmp(one, other, Min(length, other_length));

	return difference != 0 ? difference : length - other_length;
}

/* The country of a name or code; false if it is none. */
bool
find_country(const char *letters, int length, char *code, bool *ambiguous)
{
	int low = 0;
	int high = lengthof(country_names);

	if (length == 0 || length > LONGEST_COUNTRY_NAME)
		return false;
	while (low < high)
	{
		int middle = (low + high) / 2;
		const CountryName *name = &country_names[middle];
		int difference = compare_letters(letters, length,
										 country_texts + name->text,
										 name->length);

		if (difference == 0)
		{
			memcpy(code, name->code, 2);
			*ambiguous = name->ambiguous;
			return true;
		}
		if (difference < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* code is two letters, in upper case. */
bool
is_country(const char *code)
{
	return is_country_code[(code[0] - 'A') * 26 + code[1] - 'A'];
}

/* Whether letters stand for nothing of this kind, a PLACEHOLDER_ bit. */
bool
is_placeholder(const char *letters, int length, int kind)
{
	int low = 0;
	int high = lengthof(placeholders);

	if (length == 0 || length > 31 ||
		!(placeholder_lengths[(unsigned char) letters[0]] & (1U << length)))
		return false;
	while (low < high)
	{
		int middle = (low + high) / 2;
		const Placeholder *placeholder = &placeholders[middle];
		int difference = compare_letters(letters, length, placeholder->text,
										 placeholder->length);

		if (difference == 0)
			return (placeholder->kind & kind) != 0;
		if (difference < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* ---- folding ---- */

/*
 * fold_name() for valid UTF-8 that is mostly of common characters: by table
 * where each character folds by itself, else by fold_name().
 */
int
fold_common_name(const char *text, int length, char *folded)
{
	char *to = folded;
	const char *at = text;

	if (length > MAX_NAME_BYTES)
		return FOLD_TOO_LONG;
	while (at < text + length)
	{
		unsigned char byte = *at;
		uint32 character;
		int width;
		int i;

		if (byte < 0x80)
		{
			*to++ = byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A')
					: byte < ' '               ? ' '
											   : byte;
			at++;
		}
		else
		{
			width = utf8_length(byte);
			if (width > 3 || at + width > text + length)
				return fold_name(text, length, folded);
			character = width == 2 ? (byte & 0x1f) << 6 | (at[1] & 0x3f)
								   : (byte & 0x0f) << 12 |
										 (at[1] & 0x3f) << 6 | (at[2] & 0x3f);

			/* Han and Hangul fold to themselves, compatibility ones aside. */
			if ((character >= 0x4e00 && character <= 0x9fff) ||
				(character >= 0xac00 && character <= 0xd7a3))
			{
				memcpy(to, at, 3);
				to += 3;
			}
			else
			{
				const FoldedCharacter *known;

				for (i = 0; i < lengthof(folded_ranges); i++)
					if (character < folded_ranges[i].end)
						break;
				if (i == lengthof(folded_ranges) ||
					character < folded_ranges[i].first)
					return fold_name(text, length, folded);
				known = &folded_characters[folded_ranges[i].at + character -
										   folded_ranges[i].first];
				if (known->length == FOLDED_ELSEWHERE)
					return fold_name(text, length, folded);
				memcpy(to, known->bytes, known->length);
				to += known->length;
			}
			at += width;
		}
		/* Nothing folds to more than seven bytes. */
		if (to - folded > MAX_NAME_BYTES - 7)
			return fold_name(text, length, folded);
	}
	return to - folded;
}
