/* Functions of one quantised value by tables. */
#include "emk/fixed.h"
#include "emk/quantized.h"

#include "../activation/sigmoid_q16.h"

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

void emk_sigmoid_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t i = 0; i < op->count; ++i) {
        out[i] = emk_sigmoid_by_table(op->table, argument(op, in[i]));
    }
}

void emk_tanh_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t i = 0; i < op->count; ++i) {
        out[i] = emk_tanh_by_table(op->table, argument(op, in[i]));
    }
}
