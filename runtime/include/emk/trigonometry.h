/* Circular and hyperbolic functions in single precision, without libm. Like emk/math.h: only float
 * operations and integers, the same bits on host and chip; checked in
 * src/ops/arithmetic_math_test.cc. Polynomials are weighted minimax fits made for this file. C99
 * and C++, freestanding. */
#ifndef EMK_TRIGONOMETRY_H
#define EMK_TRIGONOMETRY_H

#include "emk/arithmetic.h"
#include "emk/math.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NaN for what has no value. */
static inline float emk_nanf(float x) {
    const float zero = 0.0f;
    return (x - x) / zero;
}

/* x = quadrant * pi/2 + r with |r| <= pi/4 for any finite x: the product of its significand with
 * the 96 bits of 2/pi that matter (Payne & Hanek, "Radian reduction for trigonometric functions",
 * 1983), all in integers. The quadrant is modulo 4. */
static inline float emk_reduce_anglef(float x, int32_t *quadrant) {
    static const uint32_t two_over_pi[8] = {0,           0xA2F9836Eu, 0x4E441529u, 0xFC2757D1u,
                                            0xF534DDC0u, 0xDB629599u, 0x3C439041u, 0xFE5163ABu};
    const uint32_t bits = emk_bits_of(x) & 0x7FFFFFFFu;
    const uint32_t m = (bits & 0x007FFFFFu) | 0x00800000u;
    uint32_t w[3], start, shift;
    const uint32_t *word;
    uint64_t turns;
    float r;
    *quadrant = 0;
    if (bits <= 0x3F490FDAu) return x; /* pi/4 */
    start = (bits >> 23) - 120u;       /* of the first bit that counts 2 quadrants */
    word = two_over_pi + start / 32u;
    shift = start % 32u;
    for (int32_t i = 0; i < 3; ++i) {
        w[i] = shift == 0 ? word[i] : (word[i] << shift) | (word[i + 1] >> (32u - shift));
    }
    turns = ((uint64_t)(m * w[0]) << 32) + (uint64_t)m * w[1] + (((uint64_t)m * w[2]) >> 32);
    *quadrant = (int32_t)(turns >> 62);
    turns <<= 2;
    if ((turns >> 63) != 0) { /* nearer to the next quadrant: r is negative */
        *quadrant = (*quadrant + 1) & 3;
        r = -(float)(~turns + 1u);
    } else {
        r = (float)turns;
    }
    r = r * 8.51530419e-20f; /* pi/2 * 2^-64 */
    if ((emk_bits_of(x) >> 31) != 0) {
        *quadrant = (4 - *quadrant) & 3;
        r = -r;
    }
    return r;
}

/* For |x| <= pi/4. */
static inline float emk_sin_kernelf(float x) {
    const float z = x * x;
    float p = 2.718046358e-6f;
    p = p * z - 1.98393044e-4f;
    p = p * z + 8.33332928e-3f;
    p = p * z - 1.666666664e-1f;
    return (x * z) * p + x;
}

static inline float emk_cos_kernelf(float x) {
    const float z = x * x;
    float p = -2.720504584e-7f;
    p = p * z + 2.479945154e-5f;
    p = p * z - 1.388888347e-3f;
    p = p * z + 4.166666662e-2f;
    return ((z * z) * p - 0.5f * z) + 1.0f;
}

/* Sine and cosine; within 3 ulp for every finite x. Infinite or NaN -> NaN. */
static inline float emk_sinf(float x) {
    int32_t quadrant;
    float r;
    if (!(emk_absf(x) <= 3.40282347e+38f)) return emk_nanf(x);
    r = emk_reduce_anglef(x, &quadrant);
    r = (quadrant & 1) != 0 ? emk_cos_kernelf(r) : emk_sin_kernelf(r);
    return (quadrant & 2) != 0 ? -r : r;
}

static inline float emk_cosf(float x) {
    int32_t quadrant;
    float r;
    if (!(emk_absf(x) <= 3.40282347e+38f)) return emk_nanf(x);
    r = emk_reduce_anglef(x, &quadrant);
    r = (quadrant & 1) != 0 ? emk_sin_kernelf(r) : emk_cos_kernelf(r);
    return quadrant == 1 || quadrant == 2 ? -r : r;
}

/* Tangent; within 3.5 ulp. */
static inline float emk_tanf(float x) {
    int32_t quadrant;
    float r, z, p;
    if (!(emk_absf(x) <= 3.40282347e+38f)) return emk_nanf(x);
    r = emk_reduce_anglef(x, &quadrant);
    z = r * r;
    p = 4.387057396e-3f;
    p = p * z + 6.824160146e-5f;
    p = p * z + 1.085215019e-2f;
    p = p * z + 2.12760691e-2f;
    p = p * z + 5.40610642e-2f;
    p = p * z + 1.333265355e-1f;
    p = p * z + 3.333335003e-1f;
    p = (r * z) * p + r;
    return (quadrant & 1) != 0 ? -1.0f / p : p;
}

/* For |x| <= 1/2. */
static inline float emk_asin_kernelf(float x) {
    const float z = x * x;
    float p = 3.752901999e-2f;
    p = p * z + 1.443009346e-2f;
    p = p * z + 3.180984582e-2f;
    p = p * z + 4.45167161e-2f;
    p = p * z + 7.500505343e-2f;
    p = p * z + 1.666665997e-1f;
    return (x * z) * p + x;
}

/* Inverse sine and cosine; within 2.5 ulp. |x| > 1 -> NaN. */
static inline float emk_asinf(float x) {
    const float a = emk_absf(x);
    float t;
    if (!(a <= 1.0f)) return emk_nanf(x);
    if (a <= 0.5f) return emk_asin_kernelf(x);
    t = 2.0f * emk_asin_kernelf(emk_sqrtf(0.5f * (1.0f - a)));
    t = 1.57079637f - (t + 4.37113883e-8f);
    return x < 0.0f ? -t : t;
}

static inline float emk_acosf(float x) {
    const float a = emk_absf(x);
    float t;
    if (!(a <= 1.0f)) return emk_nanf(x);
    if (a <= 0.5f) return 1.57079637f - (emk_asin_kernelf(x) + 4.37113883e-8f);
    t = 2.0f * emk_asin_kernelf(emk_sqrtf(0.5f * (1.0f - a)));
    return x < 0.0f ? 3.14159274f - (t + 8.74227766e-8f) : t;
}

/* Inverse tangent; within 2.5 ulp. */
static inline float emk_atanf(float x) {
    float a = emk_absf(x), base = 0.0f, rest = 0.0f, z, p;
    if (a > 2.41421356f) {
        base = 1.57079637f;
        rest = -4.37113883e-8f;
        a = -1.0f / a;
    } else if (a > 0.414213562f) {
        base = 0.785398185f;
        rest = -2.18556941e-8f;
        a = (a - 1.0f) / (a + 1.0f);
    }
    z = a * a;
    p = -6.073614405e-2f;
    p = p * z + 1.059208043e-1f;
    p = p * z - 1.424331141e-1f;
    p = p * z + 1.99984605e-1f;
    p = p * z - 3.333331502e-1f;
    a = base + (((a * z) * p + rest) + a);
    return (emk_bits_of(x) >> 31) != 0 ? -a : a;
}

/* The angle of the point (x, y); within 3 ulp; signed zeros and infinities as C99's atan2. */
static inline float emk_atan2f(float y, float x) {
    const float ax = emk_absf(x), ay = emk_absf(y), infinity = emk_float_of(0x7F800000u);
    const int left = (emk_bits_of(x) >> 31) != 0;
    float t;
    if (x != x || y != y) return x + y;
    if (ay == 0.0f) {
        t = left ? 3.14159274f : 0.0f;
    } else if (ax == infinity && ay == infinity) {
        t = left ? 2.3561945f : 0.785398185f;
    } else if (ax == 0.0f || ay == infinity) {
        t = 1.57079637f;
    } else {
        t = emk_atanf(ay / ax);
        if (left) t = 3.14159274f - (t + 8.74227766e-8f);
    }
    return emk_copysignf(t, y);
}

/* Hyperbolic sine and cosine; within 3 ulp. */
static inline float emk_sinhf(float x) {
    const float a = emk_absf(x);
    float t;
    if (a < 1.0f) {
        const float z = x * x;
        float p = 2.817565245e-6f;
        p = p * z + 1.983605723e-4f;
        p = p * z + 8.333350562e-3f;
        p = p * z + 1.666666649e-1f;
        return (x * z) * p + x;
    }
    if (a > 88.0f) { /* exp(a) may be infinite where its half is not */
        t = emk_expf(0.5f * a);
        t = (0.5f * t) * t;
    } else {
        t = emk_expf(a);
        t = 0.5f * t - 0.5f / t;
    }
    return x < 0.0f ? -t : t;
}

static inline float emk_coshf(float x) {
    const float a = emk_absf(x);
    float t;
    if (a > 88.0f) {
        t = emk_expf(0.5f * a);
        return (0.5f * t) * t;
    }
    t = emk_expf(a);
    return 0.5f * t + 0.5f / t;
}

/* Inverse hyperbolic functions; within 4 ulp. Outside of their domain NaN. */
static inline float emk_asinhf(float x) {
    const float a = emk_absf(x);
    float t;
    if (a > 4096.0f) {
        t = emk_logf(a) + 0.693147182f;
    } else {
        const float square = a * a;
        t = emk_log1pf(a + square / (1.0f + emk_sqrtf(1.0f + square)));
    }
    return x != x ? x : emk_copysignf(t, x);
}

static inline float emk_acoshf(float x) {
    const float t = x - 1.0f;
    if (!(x >= 1.0f)) return emk_nanf(x);
    if (x > 4096.0f) return emk_logf(x) + 0.693147182f;
    return emk_log1pf(t + emk_sqrtf(2.0f * t + t * t));
}

static inline float emk_atanhf(float x) {
    const float a = emk_absf(x);
    float t;
    if (!(a <= 1.0f)) return emk_nanf(x);
    t = a < 0.5f ? 0.5f * emk_log1pf(2.0f * a + (2.0f * a) * a / (1.0f - a))
                 : 0.5f * emk_log1pf(2.0f * a / (1.0f - a));
    return emk_copysignf(t, x);
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_TRIGONOMETRY_H */
