/*
 * same_bytes.h
 *		Whether values that are equal are the same bytes.
 *
 * IDENTIFICATION
 *		src/base/same_bytes.h
 */
#ifndef ECOSYSTEM_SAME_BYTES_H
#define ECOSYSTEM_SAME_BYTES_H

#include "postgres.h"

#include "nodes/nodes.h"

/* Of the type and collation of an expression */
extern bool same_bytes_where_equal(Node *expr);

#endif /* ECOSYSTEM_SAME_BYTES_H */
