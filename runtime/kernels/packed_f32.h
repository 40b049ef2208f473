/* Levels and scales of weights stored as indices (emk_packed_f32). */
#ifndef EMK_PACKED_F32_H
#define EMK_PACKED_F32_H

#include <stddef.h>

#include "emk/f32.h"

/* Writes what each index stands for, without its scale. Reading it from RAM saves the flash's wait
 * states, which indices in no order cannot hide. */
static inline void emk_read_levels_f32(const emk_packed_f32 *weights, float *levels) {
    const int32_t count = 1 << weights->bits;
    for (int32_t i = 0; i < count; ++i) {
        levels[i] = weights->levels != NULL ? weights->levels[i] : (float)(int8_t)i;
    }
}

static inline float emk_weight_scale_f32(const emk_packed_f32 *weights, int32_t out) {
    return weights->scales != NULL ? weights->scales[out] : 1.0f;
}

/* Index number i of the whole stream. */
static inline uint32_t emk_weight_index(const emk_packed_f32 *weights, int32_t i) {
    if (weights->bits == 8) {
        return weights->indices[i];
    }
    return ((uint32_t)weights->indices[i >> 1] >> (i & 1 ? 4 : 0)) & 15u;
}

#endif /* EMK_PACKED_F32_H */
