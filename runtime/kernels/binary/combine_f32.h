/* The operations of emk_binary_f32 and emk_pair_f32. */
#ifndef EMK_COMBINE_F32_H
#define EMK_COMBINE_F32_H

#include "emk/f32.h"

static inline float emk_combine(int32_t operation, float a, float b) {
    switch (operation) {
        case EMK_ADD:
            return a + b;
        case EMK_SUBTRACT:
            return a - b;
        case EMK_MULTIPLY:
            return a * b;
        case EMK_MAXIMUM: /* NaN when either is */
            return a > b || a != a ? a : b;
        default:
            return a < b || a != a ? a : b;
    }
}

#endif /* EMK_COMBINE_F32_H */
