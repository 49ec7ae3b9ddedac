/*
 * value_type.h
 *		How a type of ours is described.
 *
 * IDENTIFICATION
 *		src/base/value_type.h
 */
#ifndef ECOSYSTEM_VALUE_TYPE_H
#define ECOSYSTEM_VALUE_TYPE_H

#include "postgres.h"

struct TextForm;
struct BinaryForm;

typedef struct ValueType
{
	const char *name;
	uint8 version;

	/*
	 * Goes through a form step by step, see value_form.h: it writes the value,
	 * or, where that is NULL, reads one and returns it.  The binary form is
	 * without its version, which comes first.  A type without a text form is
	 * one that nobody reads: its text is the binary form in hexadecimal.  One
	 * without a binary form has there the bytes that it has in memory.
	 */
	void *(*text)(struct TextForm *form, void *value);
	void *(*binary)(struct BinaryForm *form, void *value);

	/*
	 * The one check of what arrives, from whichever side: NULL when it is
	 * sound.  NULL where both forms look at every part while they read it.
	 */
	const char *(*problem)(const void *value);
} ValueType;

#endif /* ECOSYSTEM_VALUE_TYPE_H */
