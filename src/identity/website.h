/*
 * website.h
 *		From what people write into website and email fields to domains.
 *
 * IDENTIFICATION
 *		src/identity/website.h
 */
#ifndef ECOSYSTEM_WEBSITE_H
#define ECOSYSTEM_WEBSITE_H

#include "identity/public_suffix.h"

/* Longest field that is looked at, in bytes without blanks around. */
#define WEBSITE_MAX_LENGTH 2048

/*
 * A field may be of any size, as long as what it says is short.  This much is
 * read unfelt.
 */
#define BYTES_BETWEEN_INTERRUPTS 65536

/*
 * Why there is no domain, the further on the later: where a field has several
 * parts and none is usable, the part that came closest tells the reason.
 */
typedef enum DomainProblem
{
	DOMAIN_FINE,
	DOMAIN_EMPTY,
	DOMAIN_TOO_LONG,
	DOMAIN_NOT_A_HOST,
	DOMAIN_IP_ADDRESS,
	DOMAIN_SPECIAL_USE,
	DOMAIN_UNKNOWN_SUFFIX,
	DOMAIN_PUBLIC_SUFFIX,
	DOMAIN_SHARED_HOST,
	DOMAIN_FREEMAIL,
	DOMAIN_DISPOSABLE,
	DOMAIN_PLACEHOLDER
} DomainProblem;

/* What a part of a field is; of a field, what its parts are unless they say. */
typedef enum WebsiteKind
{
	WEBSITE,
	EMAIL
} WebsiteKind;

/* One part of a field. */
typedef struct Website
{
	DomainProblem problem;
	WebsiteKind kind;
	const char *domain; /* if DOMAIN_FINE: its bytes, in host */
	int length;
	HostName host;
} Website;

/* A reader of a field with any number of parts. */
typedef struct WebsiteReader
{
	const char *next;
	const char *end;
	WebsiteKind kind;
	bool in_part;          /* next stands in the rest of the last part */
	bool in_path;          /* the last part had a path, or belonged to one */
	DomainProblem problem; /* of the field: empty, or too long */
	char plain[WEBSITE_MAX_LENGTH]; /* the field, if it needed plain_text() */
} WebsiteReader;

extern void website_open(WebsiteReader *reader, const char *field,
						 size_t length, WebsiteKind kind);
extern bool website_next(WebsiteReader *reader, Website *site);
extern void website_first(const char *field, size_t length, WebsiteKind kind,
						  Website *site);
extern DomainProblem read_host(const char *bytes, size_t length,
							   HostName *host);
extern bool is_canonical_domain(const char *bytes, size_t length);
extern bool is_storable_domain(const char *bytes, size_t length);
extern bool is_current_domain(const char *bytes, size_t length);

#endif /* ECOSYSTEM_WEBSITE_H */
