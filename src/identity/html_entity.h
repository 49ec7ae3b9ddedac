/*
 * html_entity.h
 *		Characters that a web page's text spells out: &amp; and &#8217;
 *
 * IDENTIFICATION
 *		src/identity/html_entity.h
 */
#ifndef ECOSYSTEM_HTML_ENTITY_H
#define ECOSYSTEM_HTML_ENTITY_H

#include "postgres.h"

extern bool has_html_entity(const char *text, int length);
extern int decode_html_entities(const char *text, int length, char *decoded);

#endif /* ECOSYSTEM_HTML_ENTITY_H */
