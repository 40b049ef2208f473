/* Rounding, remainders, roots and powers in single precision, without libm. Like emk/math.h: only
 * float operations and integers, the same bits on host and chip; checked in
 * src/ops/arithmetic_math_test.cc. C99 and C++, freestanding. */
#ifndef EMK_ARITHMETIC_H
#define EMK_ARITHMETIC_H

#include "emk/math.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The sign of `from` on the size of `size`. */
static inline float emk_copysignf(float size, float from) {
    return emk_float_of((emk_bits_of(size) & 0x7FFFFFFFu) | (emk_bits_of(from) & 0x80000000u));
}

/* Towards zero; exact, keeps the sign of zero. */
static inline float emk_truncf(float x) {
    const uint32_t bits = emk_bits_of(x);
    const uint32_t exponent = (bits >> 23) & 0xFFu;
    if (exponent < 127u) return emk_float_of(bits & 0x80000000u);
    if (exponent >= 150u) return x; /* no fraction, infinite or NaN */
    return emk_float_of(bits & ~(0x007FFFFFu >> (exponent - 127u)));
}

static inline float emk_floorf(float x) {
    const float t = emk_truncf(x);
    return t > x ? t - 1.0f : t;
}

static inline float emk_ceilf(float x) {
    const float t = emk_truncf(x);
    return t < x ? t + 1.0f : t;
}

/* To the nearest integer, halves to the even one. */
static inline float emk_roundf(float x) {
    const float a = emk_absf(x);
    if (!(a < 8388608.0f)) return x;
    return emk_copysignf((a + 8388608.0f) - 8388608.0f, x);
}

/* The remainder of x / y with the sign of x; exact. NaN for y = 0 and infinite x. */
static inline float emk_fmodf(float x, float y) {
    const uint32_t a = emk_bits_of(x) & 0x7FFFFFFFu, b = emk_bits_of(y) & 0x7FFFFFFFu;
    uint32_t m = a & 0x007FFFFFu, n = b & 0x007FFFFFu;
    int32_t shift = (int32_t)(a >> 23), exponent = (int32_t)(b >> 23);
    if (b == 0 || b > 0x7F800000u || a >= 0x7F800000u) return (x * y) / (x * y);
    if (a < b) return x;
    if (shift == 0)
        shift = 1;
    else
        m |= 0x00800000u;
    if (exponent == 0)
        exponent = 1;
    else
        n |= 0x00800000u;
    m %= n;
    /* x = m * 2^(shift + exponent - 150), y = n * 2^(exponent - 150); 8 bits of x at a time. */
    for (shift -= exponent; shift > 0 && m != 0;) {
        const int32_t step = shift < 8 ? shift : 8;
        m = (m << step) % n;
        shift -= step;
    }
    /* 2^(exponent - 150) may be subnormal; the product is exact. */
    return emk_copysignf((float)m * (exponent < 24 ? emk_float_of(1u << (exponent - 1))
                                                   : emk_float_of((uint32_t)(exponent - 23) << 23)),
                         x);
}

/* The remainder with the sign of y, as Python's %. */
static inline float emk_floor_modf(float x, float y) {
    const float remainder = emk_fmodf(x, y);
    if (remainder == 0.0f) return emk_copysignf(0.0f, y);
    return (remainder < 0.0f) != (y < 0.0f) ? remainder + y : remainder;
}

/* Square root, rounded to nearest. Negative -> NaN; -0 -> -0. */
static inline float emk_sqrtf(float x) {
    int32_t exponent, offset = 0;
    uint32_t bits, root, odd;
    uint64_t square;
    float m, y;
    if (!(x > 0.0f)) {
        const float zero = 0.0f;
        return x == 0.0f ? x : (x - x) / zero;
    }
    if (x > 3.40282347e+38f) return x;
    if (x < 1.17549435e-38f) {
        x = x * 16777216.0f; /* 2^24 makes a subnormal normal */
        offset = -12;
    }
    bits = emk_bits_of(x);
    exponent = (int32_t)(bits >> 23) - 127;
    odd = (uint32_t)exponent & 1u;
    /* x = m * 4^k with m in [1, 4); 1 / sqrt(m) by Newton's method from a guess in the bits. */
    m = emk_float_of((bits & 0x007FFFFFu) | ((127u + odd) << 23));
    y = emk_float_of(0x5F3759DFu - (emk_bits_of(m) >> 1));
    y = y * (1.5f - (0.5f * m) * (y * y));
    y = y * (1.5f - (0.5f * m) * (y * y));
    y = y * (1.5f - (0.5f * m) * (y * y));
    /* The integer root of m * 2^46, from there to the nearest. */
    square = (uint64_t)((bits & 0x007FFFFFu) | 0x00800000u) << (23u + odd);
    root = (uint32_t)((m * y) * 8388608.0f);
    while ((uint64_t)root * root > square) --root;
    while ((uint64_t)(root + 1u) * (root + 1u) <= square) ++root;
    if (square - (uint64_t)root * root > root) ++root;
    /* The leading bit of root adds 1 to the exponent. */
    return emk_float_of(((uint32_t)((exponent - (int32_t)odd) / 2 + offset + 126) << 23) + root);
}

/* a * b as the sum of a float and what it lost (Dekker 1971), for factors below 2^100. */
static inline float emk_product(float a, float b, float *rest) {
    const float product = a * b, ca = 4097.0f * a, cb = 4097.0f * b;
    const float a1 = ca - (ca - a), a2 = a - a1, b1 = cb - (cb - b), b2 = b - b1;
    *rest = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
    return product;
}

/* log2 of a finite x > 0 as a sum of two floats, to about 40 bits. */
static inline float emk_log2_parts(float x, float *rest) {
    int32_t e = 0;
    uint32_t bits;
    float m, f, d, d_rest, s, s_rest, p, z, z_rest, q, t, w, v, high, low, k;
    if (x < 1.17549435e-38f) {
        x = x * 8388608.0f;
        e = -23;
    }
    /* As in emk_logf: x = 2^e * m with m in [sqrt(1/2), sqrt(2)). */
    bits = emk_bits_of(x) - 0x3F3504F3u;
    e += (int32_t)(bits >> 23) - (int32_t)((bits >> 31) << 9);
    m = emk_float_of((bits & 0x007FFFFFu) + 0x3F3504F3u);
    /* s = (m - 1) / (m + 1) in two parts. */
    f = m - 1.0f;
    d = m + 1.0f;
    d_rest = (m - (d - (d - m))) + (1.0f - (d - m));
    s = f / d;
    p = emk_product(s, d, &t);
    s_rest = (((f - p) - t) - s * d_rest) / d;
    /* atanh(s) = s + s * w, w = z * (1/3 + z * (1/5 + …)), z = s * s; 1/3 in two parts. */
    z = emk_product(s, s, &z_rest);
    z_rest += 2.0f * s * s_rest;
    q = z * ((1.171009998e-1f * z + 1.427353426e-1f) * z + 2.000007639e-1f);
    t = 0.333333343f + q;
    low = ((0.333333343f - t) + q) - 9.93410776e-9f;
    w = emk_product(z, t, &p);
    p += z * low + z_rest * t;
    v = emk_product(s, w, &q);
    q += s * p + s_rest * w;
    high = s + v;
    low = ((s - high) + v) + (s_rest + q);
    /* times 2 / ln(2), in two parts too, plus e. */
    p = emk_product(high, 2.88539004f, &t);
    t += high * 3.85192853e-8f + low * 2.88539004f;
    k = (float)e;
    high = k + p;
    *rest = ((k - high) + p) + t;
    return high;
}

/* x to the y for x > 0, both finite. */
static inline float emk_pow_positivef(float x, float y) {
    float log_rest, p, p_rest, f, r;
    const float log_x = emk_log2_parts(x, &log_rest);
    int32_t n;
    p = y * log_x;
    if (p > 129.0f) return emk_float_of(0x7F800000u);
    if (p < -151.0f) return 0.0f;
    if (log_x == 0.0f) return 1.0f;
    p = emk_product(y, log_x, &p_rest);
    p_rest += y * log_rest;
    n = (int32_t)(p + (p < 0.0f ? -0.5f : 0.5f));
    f = (p - (float)n) + p_rest;
    r = 1.55947604e-4f; /* (2^f - 1) / f for |f| <= 1/2 */
    r = r * f + 1.340667501e-3f;
    r = r * f + 9.617692606e-3f;
    r = r * f + 5.550310465e-2f;
    r = r * f + 2.402265279e-1f;
    r = r * f + 6.93147215e-1f;
    r = r * f + 1.0f;
    r = r * emk_float_of((uint32_t)(n / 2 + 127) << 23);
    return r * emk_float_of((uint32_t)(n - n / 2 + 127) << 23);
}

/* x to the y; within 1.5 ulp; at the ends as C99's pow: x^0 and 1^y are 1 even for NaN, a negative
 * x to a y that is no integer is NaN. */
static inline float emk_powf(float x, float y) {
    const float a = emk_absf(x), infinity = emk_float_of(0x7F800000u);
    const int whole = emk_truncf(y) == y;
    const int odd = whole && emk_absf(y) < 16777216.0f && ((int32_t)y & 1) != 0;
    float size;
    if (y == 0.0f || x == 1.0f) return 1.0f;
    if (x != x || y != y) return x + y;
    if (emk_absf(y) == infinity) {
        if (a == 1.0f) return 1.0f;
        return (a > 1.0f) == (y > 0.0f) ? infinity : 0.0f;
    }
    if (a == 0.0f || a == infinity) {
        size = (a == 0.0f) == (y > 0.0f) ? 0.0f : infinity;
    } else if (x < 0.0f && !whole) {
        const float zero = x - x;
        return zero / zero;
    } else {
        size = emk_pow_positivef(a, y);
    }
    return odd && (emk_bits_of(x) >> 31) != 0 ? -size : size;
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_ARITHMETIC_H */
