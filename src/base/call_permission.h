/*
 * call_permission.h
 *		Whether a role may call a function.
 *
 * For plan nodes that make a call in core's place: they refuse it as core
 * does before it makes one.
 *
 * IDENTIFICATION
 *		src/base/call_permission.h
 */
#ifndef ECOSYSTEM_CALL_PERMISSION_H
#define ECOSYSTEM_CALL_PERMISSION_H

#include "postgres.h"

/* Of a function or an aggregate, by a role or by the user whose query it is */
extern void check_call_allowed_to(Oid function, Oid role);
extern void check_call_allowed(Oid function);

/* What an aggregate is made of is called by its owner; partial: for another
 * process */
extern void check_aggregate_allowed(Oid aggregate, bool partial);
extern void check_combining_allowed(Oid aggregate);

#endif /* ECOSYSTEM_CALL_PERMISSION_H */
