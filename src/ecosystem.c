/*
 * ecosystem.c
 *		The loadable module.
 *
 * IDENTIFICATION
 *		src/ecosystem.c
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "base/aggregate/aggregate.h"
#include "base/collect/collect.h"
#include "base/collect/collect_grouped.h"
#include "base/collect/collect_window.h"
#include "base/compat.h"
#include "credit/apportion_window.h"
#include "credit/credit_ledger.h"
#include "credit/credit_window.h"
#include "network/partner_network.h"
#include "outcome/deal_lift.h"
#include "outcome/deal_stats_batch.h"
#include "overlap/overlap_join.h"
#include "overlap/overlap_matrix.h"

#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "ecosystem", .version = ECOSYSTEM_VERSION);
#else
PG_MODULE_MAGIC;
#endif

extern PGDLLEXPORT void _PG_init(void);

PG_FUNCTION_INFO_V1(ecosystem_version);

void
_PG_init(void)
{
	credit_ledger_define_settings();
	install_ledger_scan();
	install_ledger_collect();
	install_collect();
	install_collect_grouped();
	install_collect_window();
	install_aggregate();
	install_apportion_window();
	install_credit_window();
	install_overlap_join();
	install_deal_stats();
	install_deal_lift();
	install_overlap_matrix();
	install_partner_network();
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved("ecosystem");
#endif
}

/*
 * ecosystem_version() -> text: the version of the loaded library.  It differs
 * from pg_extension.extversion between the installation of new files and
 * ALTER EXTENSION ecosystem UPDATE.
 */
Datum
ecosystem_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(ECOSYSTEM_VERSION));
}
