/* Elementary functions in double precision, without libm, for networks that carry float64 through a
 * chip: straightforward series, within about 1e-14 relative of the exact result, the same bits on
 * host and chip. Chips without a double-precision unit take thousands of cycles per call. C99 and
 * C++, freestanding. */
#ifndef EMK_MATH_F64_H
#define EMK_MATH_F64_H

#include "emk/arithmetic.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline uint64_t emk_bits_of_f64(double x) {
    union {
        double value;
        uint64_t bits;
    } u;
    u.value = x;
    return u.bits;
}

static inline double emk_f64_of(uint64_t bits) {
    union {
        double value;
        uint64_t bits;
    } u;
    u.bits = bits;
    return u.value;
}

#define EMK_SIGN_F64 0x8000000000000000u
#define EMK_INFINITY_BITS_F64 0x7FF0000000000000u

static inline double emk_abs(double x) {
    return emk_f64_of(emk_bits_of_f64(x) & ~EMK_SIGN_F64);
}

static inline double emk_copysign(double size, double from) {
    return emk_f64_of((emk_bits_of_f64(size) & ~EMK_SIGN_F64) |
                      (emk_bits_of_f64(from) & EMK_SIGN_F64));
}

/* NaN for what has no value. */
static inline double emk_nan(double x) {
    const double zero = 0.0;
    return (x - x) / zero;
}

/* Roundings are exact: towards zero, down, up, to the nearest (halves to the even integer). */
static inline double emk_trunc(double x) {
    const uint64_t bits = emk_bits_of_f64(x);
    const uint64_t exponent = (bits >> 52) & 0x7FFu;
    if (exponent < 1023u) return emk_f64_of(bits & EMK_SIGN_F64);
    if (exponent >= 1075u) return x;
    return emk_f64_of(bits & ~(0x000FFFFFFFFFFFFFu >> (exponent - 1023u)));
}

static inline double emk_floor(double x) {
    const double t = emk_trunc(x);
    return t > x ? t - 1.0 : t;
}

static inline double emk_ceil(double x) {
    const double t = emk_trunc(x);
    return t < x ? t + 1.0 : t;
}

static inline double emk_round(double x) {
    const double a = emk_abs(x);
    if (!(a < 4503599627370496.0)) return x;
    return emk_copysign((a + 4503599627370496.0) - 4503599627370496.0, x);
}

/* The remainder of x / y with the sign of x, exact; as emk_fmodf. */
static inline double emk_fmod(double x, double y) {
    const uint64_t a = emk_bits_of_f64(x) & ~EMK_SIGN_F64, b = emk_bits_of_f64(y) & ~EMK_SIGN_F64;
    uint64_t m = a & 0x000FFFFFFFFFFFFFu, n = b & 0x000FFFFFFFFFFFFFu;
    int32_t shift = (int32_t)(a >> 52), exponent = (int32_t)(b >> 52);
    if (b == 0 || b > EMK_INFINITY_BITS_F64 || a >= EMK_INFINITY_BITS_F64) {
        return (x * y) / (x * y);
    }
    if (a < b) return x;
    if (shift == 0)
        shift = 1;
    else
        m |= 0x0010000000000000u;
    if (exponent == 0)
        exponent = 1;
    else
        n |= 0x0010000000000000u;
    m %= n;
    for (shift -= exponent; shift > 0 && m != 0;) {
        const int32_t step = shift < 11 ? shift : 11;
        m = (m << step) % n;
        shift -= step;
    }
    return emk_copysign(
        (double)m * (exponent < 53 ? emk_f64_of((uint64_t)1 << (exponent - 1))
                                   : emk_f64_of((uint64_t)(uint32_t)(exponent - 52) << 52)),
        x);
}

static inline double emk_floor_mod(double x, double y) {
    const double remainder = emk_fmod(x, y);
    if (remainder == 0.0) return emk_copysign(0.0, y);
    return (remainder < 0.0) != (y < 0.0) ? remainder + y : remainder;
}

/* By Newton's method from the float root. */
static inline double emk_sqrt(double x) {
    double m, y, scale = 1.0;
    uint64_t bits, exponent;
    if (!(x > 0.0)) return x == 0.0 ? x : emk_nan(x);
    if (x > 1.7976931348623157e308) return x;
    if (x < 2.2250738585072014e-308) {
        x = x * 18014398509481984.0;   /* 2^54 */
        scale = 7.4505805969238281e-9; /* 2^-27 */
    }
    /* x = m * 4^k with m in [1, 4) */
    bits = emk_bits_of_f64(x);
    exponent = (bits >> 52) - 1u; /* 1023 is odd: an odd exponent field is an even exponent */
    m = emk_f64_of((bits & 0x000FFFFFFFFFFFFFu) | ((1023u + (exponent & 1u)) << 52));
    y = (double)emk_sqrtf((float)m);
    y = 0.5 * (y + m / y);
    y = 0.5 * (y + m / y);
    return y * emk_f64_of((exponent / 2u + 512u) << 52) * scale;
}

/* (e^r - 1 - r) / r^2 for |r| <= 0.35, by Taylor's series. */
static inline double emk_exp_tail_f64(double r) {
    double p = 1.0 / 87178291200.0;
    p = p * r + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    return p * r + 0.5;
}

static inline double emk_exp(double x) {
    int32_t n, half;
    double r, p;
    if (!(x <= 709.78271289338397)) return x + emk_f64_of(EMK_INFINITY_BITS_F64);
    if (x < -745.13321910194122) return 0.0;
    n = (int32_t)(x * 1.4426950408889634 + (x < 0.0 ? -0.5 : 0.5));
    r = (x - n * 0.69314718036912382) - n * 1.9082149292705877e-10;
    p = (r * r) * emk_exp_tail_f64(r) + r + 1.0;
    half = n / 2;
    p = p * emk_f64_of((uint64_t)(uint32_t)(half + 1023) << 52);
    return p * emk_f64_of((uint64_t)(uint32_t)(n - half + 1023) << 52);
}

static inline double emk_expm1(double x) {
    if (x < 0.35 && x > -0.35) return (x * x) * emk_exp_tail_f64(x) + x;
    return emk_exp(x) - 1.0;
}

static inline double emk_log(double x) {
    int32_t e = 0;
    uint64_t bits;
    double f, s, z, p = 0.0;
    if (!(x > 0.0)) {
        const double zero = 0.0;
        return x == 0.0 ? -1.0 / zero : emk_nan(x);
    }
    if (x > 1.7976931348623157e308) return x;
    if (x < 2.2250738585072014e-308) {
        x = x * 4503599627370496.0;
        e = -52;
    }
    /* x = 2^e * m with m in [sqrt(1/2), sqrt(2)), by the bits of sqrt(1/2). */
    bits = emk_bits_of_f64(x) - 0x3FE6A09E667F3BCDu;
    e += (int32_t)(bits >> 52) - (int32_t)((bits >> 63) << 12);
    f = emk_f64_of((bits & 0x000FFFFFFFFFFFFFu) + 0x3FE6A09E667F3BCDu) - 1.0;
    s = f / (2.0 + f);
    z = s * s;
    for (int32_t k = 23; k >= 3; k -= 2) p = z * (p + 1.0 / k);
    /* log(1 + f) = f - s * (f - 2 p), which loses less than 2 s (1 + p). */
    return e * 0.69314718036912382 + (f - (s * (f - 2.0 * p) - e * 1.9082149292705877e-10));
}

static inline double emk_log1p(double x) {
    const double u = 1.0 + x;
    if (u == 1.0) return x;
    if (!(u > 0.0) || u > 1e300) return emk_log(u);
    return emk_log(u) * (x / (u - 1.0));
}

static inline double emk_tanh(double x) {
    const double a = emk_abs(x);
    double t = 1.0;
    if (!(a > 20.0)) {
        t = emk_expm1(a + a);
        t = t / (t + 2.0);
    }
    return x != x ? x : emk_copysign(t, x);
}

static inline double emk_sinh(double x) {
    const double a = emk_abs(x);
    double t;
    if (a > 709.0) {
        t = emk_exp(0.5 * a);
        t = (0.5 * t) * t;
    } else {
        t = emk_expm1(a);
        t = 0.5 * (t + t / (t + 1.0));
    }
    return x != x ? x : emk_copysign(t, x);
}

static inline double emk_cosh(double x) {
    const double a = emk_abs(x), t = emk_exp(a > 709.0 ? 0.5 * a : a);
    return a > 709.0 ? (0.5 * t) * t : 0.5 * t + 0.5 / t;
}

static inline double emk_asinh(double x) {
    const double a = emk_abs(x);
    double t;
    if (a > 1e8) {
        t = emk_log(a) + 0.69314718055994531;
    } else {
        t = emk_log1p(a + a * a / (1.0 + emk_sqrt(1.0 + a * a)));
    }
    return x != x ? x : emk_copysign(t, x);
}

static inline double emk_acosh(double x) {
    const double t = x - 1.0;
    if (!(x >= 1.0)) return emk_nan(x);
    if (x > 1e8) return emk_log(x) + 0.69314718055994531;
    return emk_log1p(t + emk_sqrt(2.0 * t + t * t));
}

static inline double emk_atanh(double x) {
    const double a = emk_abs(x);
    if (!(a <= 1.0)) return emk_nan(x);
    return emk_copysign(0.5 * emk_log1p(2.0 * a / (1.0 - a)), x);
}

/* x = quadrant * pi/2 + r by a pi/2 of three parts (Cody & Waite); beyond 1e6 the result is that of
 * x modulo the double nearest to 2 pi. */
static inline double emk_reduce_angle(double x, int32_t *quadrant) {
    double n;
    if (emk_abs(x) > 1e6) x = emk_fmod(x, 6.2831853071795862);
    n = emk_round(x * 0.63661977236758134);
    *quadrant = (int32_t)n & 3;
    return ((x - n * 1.5707963267341256) - n * 6.077100506303966e-11) - n * 2.0222662487959506e-21;
}

static inline double emk_sin_kernel(double r) {
    const double z = r * r;
    double p = 0.0;
    for (int32_t k = 18; k >= 2; k -= 2) p = (1.0 - p) * z / (k * (k + 1));
    return r - r * p;
}

static inline double emk_cos_kernel(double r) {
    const double z = r * r;
    double p = 0.0;
    for (int32_t k = 19; k >= 1; k -= 2) p = (1.0 - p) * z / (k * (k + 1));
    return 1.0 - p;
}

static inline double emk_sin(double x) {
    int32_t quadrant;
    double r;
    if (!(emk_abs(x) <= 1.7976931348623157e308)) return emk_nan(x);
    r = emk_reduce_angle(x, &quadrant);
    r = (quadrant & 1) != 0 ? emk_cos_kernel(r) : emk_sin_kernel(r);
    return (quadrant & 2) != 0 ? -r : r;
}

static inline double emk_cos(double x) {
    int32_t quadrant;
    double r;
    if (!(emk_abs(x) <= 1.7976931348623157e308)) return emk_nan(x);
    r = emk_reduce_angle(x, &quadrant);
    r = (quadrant & 1) != 0 ? emk_sin_kernel(r) : emk_cos_kernel(r);
    return quadrant == 1 || quadrant == 2 ? -r : r;
}

static inline double emk_tan(double x) {
    return emk_sin(x) / emk_cos(x);
}

/* Halves the angle three times, then Taylor's series. */
static inline double emk_atan(double x) {
    double a = emk_abs(x), p = 0.0, z;
    const int large = a > 1.0;
    if (x != x) return x;
    if (large) a = 1.0 / a;
    for (int32_t i = 0; i < 3; ++i) a = a / (1.0 + emk_sqrt(1.0 + a * a));
    z = a * a;
    for (int32_t k = 23; k >= 3; k -= 2) p = z * (1.0 / k - p);
    a = 8.0 * (a - a * p);
    return emk_copysign(large ? 1.5707963267948966 - (a - 6.123233995736766e-17) : a, x);
}

static inline double emk_atan2(double y, double x) {
    const double ax = emk_abs(x), ay = emk_abs(y), most = 1.7976931348623157e308;
    const int left = (emk_bits_of_f64(x) & EMK_SIGN_F64) != 0;
    double t;
    if (x != x || y != y) return x + y;
    if (ay == 0.0) {
        t = left ? 3.1415926535897931 : 0.0;
    } else if (ax > most && ay > most) {
        t = left ? 2.3561944901923448 : 0.78539816339744828;
    } else if (ax == 0.0 || ay > most) {
        t = 1.5707963267948966;
    } else {
        t = emk_atan(ay / ax);
        if (left) t = 3.1415926535897931 - (t - 1.2246467991473532e-16);
    }
    return emk_copysign(t, y);
}

static inline double emk_asin(double x) {
    if (!(emk_abs(x) <= 1.0)) return emk_nan(x);
    return emk_atan2(x, emk_sqrt((1.0 - x) * (1.0 + x)));
}

static inline double emk_acos(double x) {
    if (!(emk_abs(x) <= 1.0)) return emk_nan(x);
    return emk_atan2(emk_sqrt((1.0 - x) * (1.0 + x)), x);
}

/* By erf(x) = 2/sqrt(pi) exp(-x^2) (x + 2x^3/3 + 4x^5/15 + …) up to 3, from there by the continued
 * fraction of its complement. */
static inline double emk_erf(double x) {
    const double a = emk_abs(x), square = a * a;
    double t = a, sum = a;
    if (x != x) return x;
    if (a > 6.0) return emk_copysign(1.0, x);
    if (a <= 3.0) {
        for (int32_t k = 1; t > sum * 1e-17; ++k) {
            t = t * (2.0 * square) / (2 * k + 1);
            sum += t;
        }
        return emk_copysign(1.1283791670955126 * emk_exp(-square) * sum, x);
    }
    for (int32_t k = 60; k >= 1; --k) t = a + 0.5 * k / t;
    return emk_copysign(1.0 - emk_exp(-square) * 0.56418958354775629 / t, x);
}

/* x^y for x > 0: by squaring when y is a small integer, else by exp and log. */
static inline double emk_pow_positive(double x, double y) {
    if (emk_trunc(y) == y && emk_abs(y) <= 1024.0) {
        double power = 1.0;
        for (uint32_t n = (uint32_t)emk_abs(y); n != 0; n >>= 1) {
            if ((n & 1u) != 0) power *= x;
            x *= x;
        }
        return y < 0.0 ? 1.0 / power : power;
    }
    return emk_exp(y * emk_log(x));
}

/* As emk_powf at the ends; relative error about |y log x| * 2e-16 for y that is no small integer.
 */
static inline double emk_pow(double x, double y) {
    const double a = emk_abs(x), infinity = emk_f64_of(EMK_INFINITY_BITS_F64);
    const int whole = emk_trunc(y) == y;
    const int odd = whole && emk_trunc(0.5 * y) != 0.5 * y;
    double size;
    if (y == 0.0 || x == 1.0) return 1.0;
    if (x != x || y != y) return x + y;
    if (emk_abs(y) == infinity) {
        if (a == 1.0) return 1.0;
        return (a > 1.0) == (y > 0.0) ? infinity : 0.0;
    }
    if (a == 0.0 || a == infinity) {
        size = (a == 0.0) == (y > 0.0) ? 0.0 : infinity;
    } else if (x < 0.0 && !whole) {
        return emk_nan(x);
    } else {
        size = emk_pow_positive(a, y);
    }
    return odd && (emk_bits_of_f64(x) & EMK_SIGN_F64) != 0 ? -size : size;
}

#undef EMK_SIGN_F64
#undef EMK_INFINITY_BITS_F64

#ifdef __cplusplus
}
#endif

#endif /* EMK_MATH_F64_H */
