/* STM32G4 at 170 MHz, after RM0440. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"

#if BOARD_CLOCK_HZ != 170000000u
#error "expected a clock of 170 MHz"
#endif
/* VCO input 16 MHz / 4, VCO 4 MHz x 85 = 340 MHz, output R 340 MHz / 2 = 170 MHz. */
#define PLL_VALUES (3u << 4 | 85u << 8 | BIT(24))

#include "stm32_range1.h"

#endif /* FAMILY_H */
