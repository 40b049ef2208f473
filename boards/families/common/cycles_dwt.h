/* The cycle counter of Armv7-M and Armv8-M cores: data watchpoint and trace unit (DDI 0403, C1.8).
 */
#ifndef CYCLES_DWT_H
#define CYCLES_DWT_H

#include "registers.h"

#define DEMCR REGISTER(0xE000EDFCu)
#define DWT_CTRL REGISTER(0xE0001000u)
#define DWT_CYCCNT REGISTER(0xE0001004u)
#define DEMCR_TRCENA BIT(24)
#define DWT_CTRL_CYCCNTENA BIT(0)

static void cycle_counter_init(void) {
    DEMCR |= DEMCR_TRCENA;
#ifdef DWT_NEEDS_UNLOCKING
    REGISTER(0xE0001FB0u) = 0xC5ACCE55u; /* lock access register */
#endif
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

static uint32_t cycle_count(void) {
    return DWT_CYCCNT;
}

#endif /* CYCLES_DWT_H */
