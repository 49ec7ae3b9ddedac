/*
 * credit_ledger.h
 *		What loading the library sets up for credit ledgers.
 *
 * IDENTIFICATION
 *		src/credit/credit_ledger.h
 */
#ifndef ECOSYSTEM_CREDIT_LEDGER_H
#define ECOSYSTEM_CREDIT_LEDGER_H

#include "postgres.h"

extern void credit_ledger_define_settings(void);
extern void install_ledger_scan(void);
extern void install_ledger_collect(void);

#endif /* ECOSYSTEM_CREDIT_LEDGER_H */
