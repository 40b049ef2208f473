/* STM32L4+ at 120 MHz, after RM0432. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"

#if BOARD_CLOCK_HZ != 120000000u
#error "expected a clock of 120 MHz"
#endif
/* VCO input 16 MHz / 2, VCO 8 MHz x 30 = 240 MHz, output R 240 MHz / 2 = 120 MHz. */
#define PLL_VALUES (1u << 4 | 30u << 8 | BIT(24))

#include "stm32_range1.h"

#endif /* FAMILY_H */
