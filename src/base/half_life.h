/*
 * half_life.h
 *		Powers of one half, the same on every machine.
 *
 * IDENTIFICATION
 *		src/base/half_life.h
 */
#ifndef ECOSYSTEM_HALF_LIFE_H
#define ECOSYSTEM_HALF_LIFE_H

#include "postgres.h"

/* What half_life_power() gives for age 0. */
#define HALF_LIFE_BITS 60
#define HALF_LIFE_ONE  (UINT64CONST(1) << HALF_LIFE_BITS)

extern uint64 half_life_power(uint64 age, int64 half_life);

#endif /* ECOSYSTEM_HALF_LIFE_H */
