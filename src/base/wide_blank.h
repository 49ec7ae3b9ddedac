/*
 * wide_blank.h
 *		How a database writes the blanks that ASCII does not have.
 *
 * Fields copied from web pages and spreadsheets have no-break, zero-width and
 * ideographic blanks.  Their bytes are letters in other encodings, of which
 * those of ISO and Windows have the no-break one.
 *
 * IDENTIFICATION
 *		src/base/wide_blank.h
 */
#ifndef ECOSYSTEM_WIDE_BLANK_H
#define ECOSYSTEM_WIDE_BLANK_H

#include "postgres.h"

#define NO_BREAK_BLANK 0xA0 /* where it is one byte */

typedef enum BlankEncoding
{
	BLANKS_OF_UTF8, /* and of a database whose encoding is not known */
	BLANKS_OF_ISO,
	BLANKS_OF_WINDOWS, /* which has dashes, too, where ISO has controls */
	NO_WIDE_BLANKS
} BlankEncoding;

extern BlankEncoding blank_encoding(void);

#endif /* ECOSYSTEM_WIDE_BLANK_H */
