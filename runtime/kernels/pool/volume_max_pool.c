#include "../pool/volume_pool.h"

#include "emk/literals.h"

#define EMK_VOLUME_MAX_POOL(suffix, type, least)                                                   \
    static void max_of_##suffix(const emk_volume_pool_args *op, const type *in,                    \
                                const int32_t at[3], const emk_taps taps[3], type *out) {          \
        int32_t seen = 0;                                                                          \
        (void)at;                                                                                  \
        for (int32_t c = 0; c < op->channels; ++c) out[c] = least;                                 \
        EMK_EACH_TAP(op, type, in, taps, {                                                         \
            for (int32_t c = 0; c < op->channels; ++c) {                                           \
                out[c] = seen == 0 || pixel[c] > out[c] ? pixel[c] : out[c];                       \
            }                                                                                      \
            seen = 1;                                                                              \
        })                                                                                         \
    }                                                                                              \
    void emk_volume_max_pool_##suffix(const emk_volume_pool_args *op, const type *in, type *out) { \
        EMK_EACH_WINDOW(op, in, out, max_of_##suffix)                                              \
    }

EMK_VOLUME_MAX_POOL(f32, float, -EMK_INFINITY_F32)
EMK_VOLUME_MAX_POOL(f64, double, -(double)EMK_INFINITY_F32)
EMK_VOLUME_MAX_POOL(i8, int8_t, INT8_MIN)
EMK_VOLUME_MAX_POOL(u8, uint8_t, 0)
