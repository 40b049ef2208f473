/* The caches of a Cortex-M7 (DDI 0489, Arm DDI 0403 B3.2). They are empty of valid lines after
 * reset only once they have been invalidated. */
#ifndef CACHE_M7_H
#define CACHE_M7_H

#include "registers.h"

#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_CCSIDR REGISTER(0xE000ED80u)
#define SCB_CSSELR REGISTER(0xE000ED84u)
#define SCB_ICIALLU REGISTER(0xE000EF50u)
#define SCB_DCISW REGISTER(0xE000EF60u)
#define CCR_DATA_CACHE BIT(16)
#define CCR_INSTRUCTION_CACHE BIT(17)

static void caches_init(void) {
    uint32_t geometry, set, way;
    SCB_CSSELR = 0; /* the data cache, level 1 */
    __asm__ volatile("dsb" ::: "memory");
    geometry = SCB_CCSIDR;
    /* Four ways of lines of 32 bytes. */
    for (set = 0; set <= (geometry >> 13 & 0x7FFFu); set++)
        for (way = 0; way < 4u; way++) SCB_DCISW = way << 30 | set << 5;
    SCB_ICIALLU = 0;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    SCB_CCR |= CCR_INSTRUCTION_CACHE | CCR_DATA_CACHE;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif /* CACHE_M7_H */
