/*
 * roaring_compat.h
 *		CRoaring, and what differs between the versions we build on, 0.2.66
 *		(Debian 12) to 4.
 *
 * Views of stored sets are made of the library's own structures, which it
 * installs with its headers; what it calls them changed once, with 0.3.
 *
 * IDENTIFICATION
 *		src/overlap/roaring_compat.h
 */
#ifndef ECOSYSTEM_ROARING_COMPAT_H
#define ECOSYSTEM_ROARING_COMPAT_H

#include "postgres.h"

#include <roaring/containers/containers.h>
#include <roaring/roaring.h>

#ifdef BITSET_CONTAINER_TYPE_CODE
#define BITSET_CONTAINER_TYPE BITSET_CONTAINER_TYPE_CODE
#define ARRAY_CONTAINER_TYPE  ARRAY_CONTAINER_TYPE_CODE
#define RUN_CONTAINER_TYPE    RUN_CONTAINER_TYPE_CODE
#define BITSET_WORDS_FIELD    array
#else
#define BITSET_WORDS_FIELD words
#endif

#endif /* ECOSYSTEM_ROARING_COMPAT_H */
