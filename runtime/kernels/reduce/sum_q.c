/* Sums of quantised values over some axes; each output is finished before the next begins. */
#include "../broadcast.h"
#include "emk/fixed.h"
#include "emk/quantized.h"

static int32_t finish(const emk_sum_q_args *op, uint32_t sum) {
    const int32_t difference = (int32_t)(sum - (uint32_t)op->in_zeros);
    const int32_t value = emk_scale(difference, op->multiplier, op->shift) + op->out_zero;
    return emk_clamp_i32(value, op->low, op->high);
}

#define EMK_SUM(suffix, type)                                                            \
    static uint32_t sum_##suffix(const emk_sum_q_args *op, const type *in) {             \
        const int32_t count = op->reduced_shape[EMK_INNER];                              \
        const int32_t step = op->reduced_stride[EMK_INNER];                              \
        emk_walk walk = {op->reduced_shape, {op->reduced_stride, 0, 0}, {0, 0, 0}, {0}}; \
        uint32_t sum = 0;                                                                \
        do {                                                                             \
            const type *row = in + walk.at[0];                                           \
            for (int32_t i = 0; i < count; ++i) {                                        \
                const int32_t x = row[i * step];                                         \
                sum += (uint32_t)x;                                                      \
            }                                                                            \
        } while (emk_next_row(&walk, 1) != 0);                                           \
        return sum;                                                                      \
    }                                                                                    \
    void emk_sum_##suffix(const emk_sum_q_args *op, const type *in, type *out) {         \
        const int32_t count = op->shape[EMK_INNER], step = op->stride[EMK_INNER];        \
        emk_walk walk = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};                 \
        do {                                                                             \
            const type *row = in + walk.at[0];                                           \
            for (int32_t i = 0; i < count; ++i) {                                        \
                *out++ = (type)finish(op, sum_##suffix(op, row + i * step));             \
            }                                                                            \
        } while (emk_next_row(&walk, 1) != 0);                                           \
    }

EMK_SUM(q8, int8_t)
EMK_SUM(qu8, uint8_t)
EMK_SUM(q16, int16_t)
