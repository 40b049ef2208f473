/* Quantised matrix products. */
#include "../matmul.h"
#include "emk/fixed.h"
#include "emk/quantized.h"

#define EMK_MATMUL(suffix, type, sum_type, signed_type, scale)                                   \
    static sum_type dot_##suffix(const emk_matmul_q_args *op, const type *a, const type *b) {    \
        sum_type sum = 0;                                                                        \
        for (int32_t k = 0; k < op->matmul.depth; ++k) {                                         \
            const int32_t left = a[k * op->matmul.a_depth] - op->a_zero;                         \
            const int32_t right = b[k * op->matmul.b_depth] - op->b_zero;                        \
            sum += (sum_type)((signed_type)left * right);                                        \
        }                                                                                        \
        return sum;                                                                              \
    }                                                                                            \
    void emk_matmul_##suffix(const emk_matmul_q_args *op, const type *a, const type *b,          \
                             type *out) {                                                        \
        const emk_matmul_args *matmul = &op->matmul;                                             \
        const int32_t batches = emk_matmul_batches(matmul);                                      \
        for (int32_t batch = 0; batch < batches; ++batch) {                                      \
            int32_t a_at, b_at;                                                                  \
            emk_matmul_locate(matmul, batch, &a_at, &b_at);                                      \
            for (int32_t m = 0; m < matmul->rows; ++m) {                                         \
                const type *row = a + a_at + m * matmul->a_row;                                  \
                for (int32_t n = 0; n < matmul->columns; ++n) {                                  \
                    const sum_type sum = dot_##suffix(op, row, b + b_at + n * matmul->b_column); \
                    const int32_t value = scale((signed_type)sum, op->multiplier, op->shift);    \
                    *out++ = (type)emk_clamp_i32(value + op->out_zero, op->low, op->high);       \
                }                                                                                \
            }                                                                                    \
        }                                                                                        \
    }

EMK_MATMUL(q8, int8_t, uint32_t, int32_t, emk_scale)
EMK_MATMUL(qu8, uint8_t, uint32_t, int32_t, emk_scale)
EMK_MATMUL(q16, int16_t, uint64_t, int64_t, emk_scale_wide)
