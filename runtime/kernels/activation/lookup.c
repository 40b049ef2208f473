/* Functions of one quantised value by tables. */
#include "emk/fixed.h"
#include "emk/quantized.h"

void emk_lookup_8(const emk_lookup_args *op, const void *in, void *out) {
    const uint8_t *x = (const uint8_t *)in;
    uint8_t *y = (uint8_t *)out;
    for (int32_t i = 0; i < op->count; ++i) y[i] = op->table[x[i]];
}

void emk_lookup_q16(const emk_lookup_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t i = 0; i < op->count; ++i) out[i] = emk_interpolate_q16(op->table, in[i]);
}

/* x in steps of 1/12288, rounded. */
static int32_t argument(const emk_sigmoid_q16_args *op, int32_t x) {
    const int32_t half = op->shift > 0 ? 1 << (op->shift - 1) : 0;
    return (x * op->multiplier + half) >> op->shift;
}

/* sigmoid is 1 - sigmoid(-x) below 0; the table has 9 more bits than the output after
 * interpolation, one of which is the sign's. */
void emk_sigmoid_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t i = 0; i < op->count; ++i) {
        const int32_t x = argument(op, in[i]);
        const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x), index = magnitude >> 9;
        uint32_t result = 0x7FFFu << 10;
        if (index < 255) {
            const uint32_t base = op->table[index], slope = op->table[index + 1] - base;
            result = (base << 9) + (magnitude & 0x1FFu) * slope;
        }
        result = x >= 0 ? result + (1u << 9) : (1u << 25) - result + (1u << 9) - 1u;
        out[i] = (int16_t)(result >> 10);
    }
}

/* tanh(x) = 2 * sigmoid(2 * x) - 1. */
void emk_tanh_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t i = 0; i < op->count; ++i) {
        const int32_t x = argument(op, in[i]);
        const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x), index = magnitude >> 8;
        int32_t result = 0xFFFF << 8;
        if (index < 255) {
            const uint32_t base = op->table[index], slope = op->table[index + 1] - base;
            result = (int32_t)((base << 8) + (magnitude & 0xFFu) * slope);
        }
        result = x >= 0 ? result - (1 << 23) + (1 << 7) : (1 << 23) - result + (1 << 7) - 1;
        out[i] = (int16_t)(result >> 8);
    }
}
