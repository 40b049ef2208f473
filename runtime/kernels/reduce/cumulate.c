/* Running sums and products; see emk/reduce.h. */
#include "emk/reduce.h"

#define EMK_CUMULATE(name, p_type, type, START, OPERATOR)                          \
    void name(const emk_cumulate_args *op, const p_type *in, p_type *out) {        \
        const int32_t step = op->reverse != 0 ? -op->inner : op->inner;            \
        const int32_t start = op->reverse != 0 ? (op->extent - 1) * op->inner : 0; \
        for (int32_t o = 0; o < op->outer; ++o) {                                  \
            for (int32_t i = 0; i < op->inner; ++i) {                              \
                int32_t at = o * op->extent * op->inner + i + start;               \
                type sum = START;                                                  \
                for (int32_t n = 0; n < op->extent; ++n, at += step) {             \
                    const type before = sum;                                       \
                    sum = sum OPERATOR((const type *)in)[at];                      \
                    ((type *)out)[at] = op->exclusive != 0 ? before : sum;         \
                }                                                                  \
            }                                                                      \
        }                                                                          \
    }
EMK_CUMULATE(emk_cumsum_f32, float, float, 0.0f, +)
EMK_CUMULATE(emk_cumsum_f64, double, double, 0.0, +)
EMK_CUMULATE(emk_cumsum_u32, void, uint32_t, 0, +)
EMK_CUMULATE(emk_cumsum_u64, void, uint64_t, 0, +)
EMK_CUMULATE(emk_cumprod_f32, float, float, 1.0f, *)
EMK_CUMULATE(emk_cumprod_f64, double, double, 1.0, *)
EMK_CUMULATE(emk_cumprod_u32, void, uint32_t, 1, *)
EMK_CUMULATE(emk_cumprod_u64, void, uint64_t, 1, *)
