/* sigmoid and tanh of one number by a table of 65536 * sigmoid(i / 24), i from 0 to 255; x is in
 * steps of 1/12288, the result in steps of 2^-15. */
#ifndef EMK_KERNELS_SIGMOID_Q16_H
#define EMK_KERNELS_SIGMOID_Q16_H

#include <stdint.h>

/* sigmoid is 1 - sigmoid(-x) below 0; the table has 9 more bits than the output after
 * interpolation, one of which is the sign's. */
static inline int16_t emk_sigmoid_by_table(const uint16_t *table, int32_t x) {
    const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x), index = magnitude >> 9;
    uint32_t result = 0x7FFFu << 10;
    if (index < 255) {
        const uint32_t base = table[index], slope = table[index + 1] - base;
        result = (base << 9) + (magnitude & 0x1FFu) * slope;
    }
    result = x >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1u;
    return (int16_t)(result >> 10);
}

/* tanh(x) = 2 * sigmoid(2 * x) - 1. */
static inline int16_t emk_tanh_by_table(const uint16_t *table, int32_t x) {
    const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x), index = magnitude >> 8;
    int32_t result = 0xFFFF << 8;
    if (index < 255) {
        const uint32_t base = table[index], slope = table[index + 1] - base;
        result = (int32_t)((base << 8) + (magnitude & 0xFFu) * slope);
    }
    result = x >= 0 ? result - (1 << 23) + (1 << 7) : (1 << 23) - result + (1 << 7) - 1;
    return (int16_t)(result >> 8);
}

#endif /* EMK_KERNELS_SIGMOID_Q16_H */
