/* How kernels for cores with DSP instructions bring sums to int8: emk_scale (emk/fixed.h), the zero
 * point and saturation in five instructions. C99 and C++, freestanding. */
#ifndef EMK_FACTOR_H
#define EMK_FACTOR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A factor is three words: emk_scale's multiplier; what is added for rounding, half of 2^right plus
 * the output's zero point times 2^right; and right, emk_scale's shift with the other sign, from 1
 * to 22. */
#define EMK_FACTOR_WORDS 3

/* Zero point plus scaled sum, not saturated; \p twice is 2 * sum, |sum| < 2^30.
 *
 * emk_scale rounds twice: the product of 2 * sum and multiplier to 32 bits as SMMLAR does, then
 * halves away from zero. What it takes from negative products before the second rounding, one, may
 * as well be taken by the sum's sign: they differ where the product is 0, and then all rounds to 0.
 */
static inline int32_t emk_rescale_twice(int32_t twice, const int32_t *factor) {
#if defined(__ARM_FEATURE_DSP)
    int32_t scaled = factor[1] + (twice >> 31);
    __asm__("smmlar %0, %1, %2, %0" : "+r"(scaled) : "r"(twice), "r"(factor[0]));
#else
    const int64_t product = (int64_t)twice * factor[0] + ((int64_t)1 << 31);
    const int32_t scaled = factor[1] + (twice >> 31) + (int32_t)(product >> 32);
#endif
    return scaled >> factor[2];
}

/* Clamps x to int8. */
static inline int8_t emk_saturate_i8(int32_t x) {
    return (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x);
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_FACTOR_H */
