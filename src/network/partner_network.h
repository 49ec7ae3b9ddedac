/*
 * partner_network.h
 *		Which partners meet at which deals or accounts.
 *
 * IDENTIFICATION
 *		src/network/partner_network.h
 */
#ifndef ECOSYSTEM_PARTNER_NETWORK_H
#define ECOSYSTEM_PARTNER_NETWORK_H

#include "postgres.h"

extern void install_partner_network(void);

#endif /* ECOSYSTEM_PARTNER_NETWORK_H */
