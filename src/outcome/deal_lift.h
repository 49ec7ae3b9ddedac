/*
 * deal_lift.h
 *		Co-sold deals against solo ones.
 *
 * IDENTIFICATION
 *		src/outcome/deal_lift.h
 */
#ifndef ECOSYSTEM_DEAL_LIFT_H
#define ECOSYSTEM_DEAL_LIFT_H

extern void install_deal_lift(void);

#endif /* ECOSYSTEM_DEAL_LIFT_H */
