/* Rows of length 1: each value times the reciprocal of the root of the sum of squares. */
#include "emk/fixed.h"
#include "emk/quantized.h"

#define EMK_L2_NORMALIZE(suffix, type, zero, least, most)                                          \
    void emk_l2_normalize_##suffix(const emk_l2_normalize_q_args *op, const type *in, type *out) { \
        for (int32_t row = 0; row < op->rows; ++row) {                                             \
            uint32_t sum = 0;                                                                      \
            emk_scaled inverse;                                                                    \
            for (int32_t i = 0; i < op->channels; ++i) {                                           \
                const int32_t x = in[i] - op->in_zero;                                             \
                sum += (uint32_t)(x * x);                                                          \
            }                                                                                      \
            inverse = emk_reciprocal_root((int32_t)sum);                                           \
            for (int32_t i = 0; i < op->channels; ++i) {                                           \
                const int32_t x = in[i] - op->in_zero;                                             \
                const int32_t value = emk_scale(x, inverse.raw, inverse.exponent + 7) + (zero);    \
                out[i] = (type)emk_clamp_i32(value, least, most);                                  \
            }                                                                                      \
            in += op->channels;                                                                    \
            out += op->channels;                                                                   \
        }                                                                                          \
    }

EMK_L2_NORMALIZE(q8, int8_t, 0, -128, 127)
EMK_L2_NORMALIZE(qu8, uint8_t, 128, 0, 255)
