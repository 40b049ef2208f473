/* Clamping of finished int8 outputs, for kernels whose inner loops only saturate. */
#ifndef EMK_KERNELS_CLAMP_Q8_H
#define EMK_KERNELS_CLAMP_Q8_H

#include <stdint.h>

/* Clamps to [low, high] what is in [-128, 127] already. */
static inline void emk_clamp_q8(int8_t *values, int32_t count, int32_t low, int32_t high) {
    if (low <= -128 && high >= 127) return;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t raised = values[i] < low ? low : values[i];
        values[i] = (int8_t)(raised > high ? high : raised);
    }
}

#endif /* EMK_KERNELS_CLAMP_Q8_H */
