/* float16 (IEEE 754 binary16) as its bits. */
#ifndef EMK_HALF_H
#define EMK_HALF_H

#include "emk/math_f64.h"

/* Exact. */
static inline float emk_f32_of_half(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 31u, fraction = half & 0x3FFu;
    if (exponent == 31u) return emk_float_of(sign | 0x7F800000u | (fraction << 13));
    if (exponent == 0u) { /* fraction * 2^-24 */
        const float size = (float)fraction * 5.96046448e-8f;
        return sign != 0u ? -size : size;
    }
    return emk_float_of(sign | ((exponent + 112u) << 23) | (fraction << 13));
}

/* To the nearest, halves to even; too large values become infinite. */
static inline uint16_t emk_half_of_f32(float x) {
    const uint32_t bits = emk_bits_of(x), size = bits & 0x7FFFFFFFu;
    const uint32_t sign = (bits >> 16) & 0x8000u;
    uint32_t shift, kept, lost, middle;
    if (size > 0x7F800000u) return (uint16_t)(sign | 0x7E00u);
    if (size >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u); /* 65520 */
    if (size < 0x33000000u) return (uint16_t)sign;              /* below 2^-25 */
    if (size >= 0x38800000u) {                                  /* 2^-14: a normal result */
        shift = 13u;
        kept = size - 0x38000000u;
    } else {
        shift = 126u - (size >> 23);
        kept = (size & 0x007FFFFFu) | 0x00800000u;
    }
    lost = kept & ((1u << shift) - 1u);
    middle = 1u << (shift - 1u);
    kept >>= shift;
    if (lost > middle || (lost == middle && (kept & 1u) != 0u)) ++kept;
    return (uint16_t)(sign | kept);
}

/* By a float that is rounded to odd, which a second rounding cannot mislead. */
static inline uint16_t emk_half_of_f64(double x) {
    float rounded = (float)x;
    const double back = (double)rounded;
    if (back != x && x == x && emk_abs(x) < 1e38 && (emk_bits_of(rounded) & 1u) == 0u) {
        /* The odd neighbour on the side of x. */
        const int outwards = emk_abs(x) > emk_abs(back);
        rounded = emk_float_of(emk_bits_of(rounded) + (outwards ? 1u : 0u) - (outwards ? 0u : 1u));
    }
    return emk_half_of_f32(rounded);
}

#endif /* EMK_HALF_H */
