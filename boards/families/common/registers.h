/* Access to memory-mapped registers. `unused_…` fields of register structures are not touched. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define BIT(n) (1u << (n))
#define REGISTER(address) (*(volatile uint32_t *)(address))

static inline void wait_set(volatile uint32_t *reg, uint32_t mask, uint32_t value) {
    while ((*reg & mask) != value) {
    }
}

/* Replaces the bits of `mask`. */
static inline void set_field(volatile uint32_t *reg, uint32_t mask, uint32_t value) {
    *reg = (*reg & ~mask) | value;
}

#endif /* REGISTERS_H */
