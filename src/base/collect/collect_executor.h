/*
 * collect_executor.h
 *		What an Ecosystem Collect is executed by.
 *
 * IDENTIFICATION
 *		src/base/collect/collect_executor.h
 */
#ifndef ECOSYSTEM_COLLECT_EXECUTOR_H
#define ECOSYSTEM_COLLECT_EXECUTOR_H

#include "postgres.h"

#include "nodes/extensible.h"

extern Node *create_collect_state(CustomScan *scan);

#endif /* ECOSYSTEM_COLLECT_EXECUTOR_H */
