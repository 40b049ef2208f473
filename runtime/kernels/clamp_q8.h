/* Clamping of finished int8 outputs, for kernels whose inner loops only saturate. */
#ifndef EMK_KERNELS_CLAMP_Q8_H
#define EMK_KERNELS_CLAMP_Q8_H

#include "emk/dsp.h"

/* Clamps to [low, high] what is in [-128, 127] already. */
static inline void emk_clamp_q8(int8_t *values, int32_t count, int32_t low, int32_t high) {
    const uint32_t lows = ((uint32_t)low & 0xFFu) * 0x01010101u;
    const uint32_t highs = ((uint32_t)high & 0xFFu) * 0x01010101u;
    int32_t i = 0;
    if (low <= -128 && high >= 127) return;
    for (; i + 4 <= count; i += 4) {
        const uint32_t raised = emk_max_s8(emk_load_u32(values + i), lows);
        emk_store_u32(values + i, emk_min_s8(raised, highs));
    }
    for (; i < count; ++i) {
        const int32_t raised = values[i] < low ? low : values[i];
        values[i] = (int8_t)(raised > high ? high : raised);
    }
}

#endif /* EMK_KERNELS_CLAMP_Q8_H */
