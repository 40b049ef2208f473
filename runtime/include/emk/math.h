/* Elementary functions and activations in single precision, without libm.
 *
 * Only float additions, multiplications, divisions, comparisons and conversions are used, so with
 * -ffp-contract=off, without -ffast-math and with subnormals on, host and chip give the same bits.
 * embark's reference arithmetic calls the same functions: a kernel that includes this header
 * equals the reference bit for bit. C99 and C++, freestanding.
 *
 * Methods: reduction of exp to |r| <= ln(2)/2 and of log to [sqrt(1/2), sqrt(2)) in the manner of
 * Cody & Waite, "Software Manual for the Elementary Functions" (1980); all polynomials are
 * weighted minimax fits made for this file. Errors are in units in the last place (ulp) of the
 * exact result and are checked in src/ops/math_test.cc over all the exponents. */
#ifndef EMK_MATH_H
#define EMK_MATH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The bits of a float as an integer, and back. */
static inline uint32_t emk_bits_of(float x) {
    union {
        float value;
        uint32_t bits;
    } u;
    u.value = x;
    return u.bits;
}

static inline float emk_float_of(uint32_t bits) {
    union {
        float value;
        uint32_t bits;
    } u;
    u.bits = bits;
    return u.value;
}

static inline float emk_absf(float x) {
    return emk_float_of(emk_bits_of(x) & 0x7FFFFFFFu);
}

/* (exp(r) - 1 - r) / r^2 for |r| <= 0.3476; relative to exp(r) the fit is exact to 5e-11. */
static inline float emk_exp_tail(float r) {
    float p = 1.991881611e-4f;
    p = p * r + 1.394639277e-3f;
    p = p * r + 8.333263583e-3f;
    p = p * r + 4.16662655e-2f;
    p = p * r + 1.666666686e-1f;
    p = p * r + 5.000000079e-1f;
    return p;
}

/* e to the x; within 1 ulp. NaN -> NaN; above 88.72284 -> inf; below -103.9721 -> 0; subnormal
 * results are exact to 1 ulp of the subnormal grid. */
static inline float emk_expf(float x) {
    int32_t n, half;
    float k, r, p;
    if (!(x <= 88.7228394f)) return x + emk_float_of(0x7F800000u); /* inf, or NaN stays NaN */
    if (x < -103.972084f) return 0.0f;
    n = (int32_t)(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));
    k = (float)n;
    /* ln(2) in two parts; the first has 9 significant bits, so k times it is exact. */
    r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
    p = (r * r) * emk_exp_tail(r) + r + 1.0f;
    /* 2^n in two steps, since n from -150 to 128 leaves the range of normal exponents. */
    half = n / 2;
    p = p * emk_float_of((uint32_t)(half + 127) << 23);
    return p * emk_float_of((uint32_t)(n - half + 127) << 23);
}

/* e to the x, less 1; within 3.5 ulp. */
static inline float emk_expm1f(float x) {
    if (x < 0.34f && x > -0.34f) return (x * x) * emk_exp_tail(x) + x;
    return emk_expf(x) - 1.0f;
}

/* Natural logarithm; within 1 ulp. Negative -> NaN, +-0 -> -inf, inf -> inf, NaN -> NaN. */
static inline float emk_logf(float x) {
    int32_t e = 0;
    uint32_t bits;
    float k, f, s, z, half_square, r;
    if (!(x > 0.0f)) {
        const float zero = 0.0f;
        return x == 0.0f ? -1.0f / zero : (x - x) / zero;
    }
    if (x > 3.40282347e+38f) return x;
    if (x < 1.17549435e-38f) {
        x = x * 8388608.0f; /* 2^23 makes a subnormal normal */
        e = -23;
    }
    bits = emk_bits_of(x);
    /* x = 2^e * m with m in [sqrt(1/2), sqrt(2)); 0x3F3504F3 are the bits of sqrt(1/2). */
    bits -= 0x3F3504F3u;
    e += (int32_t)(bits >> 23) - (int32_t)((bits >> 31) << 9);
    f = emk_float_of((bits & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    k = (float)e;
    /* log(1+f) = f - f^2/2 + s * (f^2/2 + R(s^2)) with s = f / (2+f). */
    s = f / (2.0f + f);
    z = s * s;
    r = 0.2359329106f;
    r = r * z + 0.2853678901f;
    r = r * z + 0.4000034203f;
    r = r * z + 0.6666666562f;
    r = r * z;
    half_square = 0.5f * f * f;
    return k * 0.693359375f - ((half_square - (s * (half_square + r) - k * 2.12194440e-4f)) - f);
}

/* log(1 + x) without the loss of small x; within 1.5 ulp. */
static inline float emk_log1pf(float x) {
    const float u = 1.0f + x;
    if (u == 1.0f) return x;
    if (!(u > 0.0f) || u > 3.0e38f) return emk_logf(u);
    /* What 1 + x lost in rounding, to first order. */
    if (x < 1.0f) return emk_logf(u) + (x - (u - 1.0f)) / u;
    return emk_logf(u) + ((1.0f - (u - x)) / u);
}

/* Hyperbolic tangent; within 1.5 ulp. NaN -> NaN. */
static inline float emk_tanhf(float x) {
    const float a = emk_absf(x);
    float t;
    if (a < 0.625f) {
        const float z = x * x;
        float p = 2.147753433e-3f;
        p = p * z - 8.182937023e-3f;
        p = p * z + 2.170308791e-2f;
        p = p * z - 5.394723004e-2f;
        p = p * z + 1.333321001e-1f;
        p = p * z - 3.333333092e-1f;
        return (x * z) * p + x;
    }
    if (a > 9.1f) {
        t = 1.0f; /* the exact result is nearer to 1 than to the float below it */
    } else {
        t = 1.0f - 2.0f / (emk_expf(a + a) + 1.0f);
    }
    return x < 0.0f ? -t : t;
}

/* Error function; within 1.5 ulp. NaN -> NaN. */
static inline float emk_erff(float x) {
    const float a = emk_absf(x);
    float t, p;
    if (a < 1.0f) {
        const float z = x * x;
        p = 7.888122833e-5f;
        p = p * z - 8.020842268e-4f;
        p = p * z + 5.18953545e-3f;
        p = p * z - 2.685444465e-2f;
        p = p * z + 1.128360018e-1f;
        p = p * z - 3.761262714e-1f;
        p = p * z + 1.283791659e-1f;
        return x * p + x;
    }
    if (a > 4.0f) {
        t = 1.0f;
    } else {
        /* erfc(a) = exp(-a^2) * P(1 / (1 + a/2)) */
        t = 1.0f / (1.0f + 0.5f * a);
        p = -2.308016075e-1f;
        p = p * t + 6.366798378e-1f;
        p = p * t - 6.44604082e-2f;
        p = p * t + 3.968019459e-1f;
        p = p * t + 2.597006507e-1f;
        p = p * t + 1.822477481e-3f;
        t = 1.0f - emk_expf(-(a * a)) * p;
    }
    if (x != x) return x;
    return x < 0.0f ? -t : t;
}

/* The activations, one element each; definitions are those of Keras 3. All keep NaN. */

/* max(x, 0); -0 stays -0. */
static inline float emk_reluf(float x) {
    return x < 0.0f ? 0.0f : x;
}

/* min(max(x, low), high). */
static inline float emk_clipf(float x, float low, float high) {
    const float raised = x < low ? low : x;
    return raised > high ? high : raised;
}

static inline float emk_relu6f(float x) {
    return emk_clipf(x, 0.0f, 6.0f);
}

static inline float emk_leaky_reluf(float x, float alpha) {
    return x < 0.0f ? alpha * x : x;
}

/* 1 / (1 + exp(-x)); within 2.5 ulp where the result is above 1e-38, else 0. */
static inline float emk_sigmoidf(float x) {
    return 1.0f / (1.0f + emk_expf(-x));
}

/* log(1 + exp(x)); within 2 ulp. */
static inline float emk_softplusf(float x) {
    const float tail = emk_log1pf(emk_expf(-emk_absf(x)));
    return x > 0.0f ? x + tail : tail;
}

static inline float emk_softsignf(float x) {
    return x / (1.0f + emk_absf(x));
}

/* x * sigmoid(x), also called SiLU; -inf -> NaN as in the definition. */
static inline float emk_swishf(float x) {
    return x * emk_sigmoidf(x);
}

static inline float emk_eluf(float x, float alpha) {
    return x > 0.0f ? x : alpha * emk_expm1f(x);
}

/* Klambauer et al. 2017, arXiv:1706.02515. */
static inline float emk_seluf(float x) {
    return x > 0.0f ? 1.05070099f * x : 1.75809934f * emk_expm1f(x);
}

/* x * Phi(x) by the error function; absolute error below 5e-7. Hendrycks & Gimpel 2016,
 * arXiv:1606.08415. */
static inline float emk_geluf(float x) {
    return (0.5f * x) * (1.0f + emk_erff(x * 0.707106781f));
}

/* The same paper's approximation by tanh. */
static inline float emk_gelu_tanhf(float x) {
    const float inner = 0.797884561f * (x + 0.044715f * ((x * x) * x));
    return (0.5f * x) * (1.0f + emk_tanhf(inner));
}

/* relu6(x + 3) / 6, as Keras 3 and TensorFlow Lite define it (Keras 2's slope of 0.2 differs). */
static inline float emk_hard_sigmoidf(float x) {
    return emk_relu6f(x + 3.0f) * 0.166666667f;
}

/* x * relu6(x + 3) / 6: Howard et al. 2019, arXiv:1905.02244. */
static inline float emk_hard_swishf(float x) {
    return x * (emk_relu6f(x + 3.0f) * 0.166666667f);
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_MATH_H */
