/*
 * company_domain.h
 *		A company's registrable domain, for the concepts built on it.
 *
 * To read a field without SQL:
 *
 *		WebsiteReader reader;
 *		Website site;
 *		size_t length;
 *		const char *field = website_field(website_value(datum), &length);
 *
 *		website_open(&reader, field, length, WEBSITE);
 *		while (website_next(&reader, &site))
 *			if (site.problem == DOMAIN_FINE)
 *				... site.domain, site.length ...
 *
 * IDENTIFICATION
 *		src/identity/company_domain.h
 */
#ifndef ECOSYSTEM_COMPANY_DOMAIN_H
#define ECOSYSTEM_COMPANY_DOMAIN_H

#include "identity/website.h"

extern text *website_value(Datum value);
extern const char *website_field(const text *value, size_t *length);
extern const char *domain_problem_name(DomainProblem problem);

#endif /* ECOSYSTEM_COMPANY_DOMAIN_H */
