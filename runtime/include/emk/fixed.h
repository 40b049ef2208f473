/* Fixed-point arithmetic of quantised kernels; results equal those of TensorFlow Lite Micro's
 * reference kernels (and of gemmlowp's fixed point, which these use) bit for bit. C99 and C++,
 * freestanding.
 *
 * Right shifts of negative numbers are arithmetic, as all supported compilers do them. "Qi" is a
 * format of 32 bits with i integer bits: raw / 2^(31 - i). */
#ifndef EMK_FIXED_H
#define EMK_FIXED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EMK_INT32_MAX ((int32_t)0x7FFFFFFF)
#define EMK_INT32_MIN (-EMK_INT32_MAX - 1)

static inline int32_t emk_clamp_i32(int32_t x, int32_t low, int32_t high) {
    const int32_t raised = x < low ? low : x;
    return raised > high ? high : raised;
}

/* a * b / 2^31, rounded to nearest, halves up; -1 * -1 saturates. The product of Qi and Qj is
 * Q(i + j). */
static inline int32_t emk_multiply_q31(int32_t a, int32_t b) {
    if (a == EMK_INT32_MIN && b == EMK_INT32_MIN) return EMK_INT32_MAX;
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent, rounded to nearest, halves away from zero; exponent from 0 to 31. */
static inline int32_t emk_divide_by_power(int32_t x, int32_t exponent) {
    const int32_t mask = (int32_t)((1u << exponent) - 1u);
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/* x * 2^exponent, saturating; exponent from 0 to 30. */
static inline int32_t emk_multiply_by_power(int32_t x, int32_t exponent) {
    const int32_t most = EMK_INT32_MAX >> exponent;
    if (x > most) return EMK_INT32_MAX;
    if (x < -most - 1) return EMK_INT32_MIN;
    return x * (1 << exponent);
}

/* x * multiplier / 2^31 * 2^shift with two roundings; shift from -31 to 30. What x * 2^shift loses
 * for positive shifts wraps. */
static inline int32_t emk_scale(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t shifted = (int32_t)((uint32_t)x << left);
    return emk_divide_by_power(emk_multiply_q31(shifted, multiplier), left - shift);
}

/* The same for sums of 64 bits: the multiplier is cut to 15 bits and the result rounded once;
 * |x| < 2^47, shift from -31 to 14. */
static inline int32_t emk_scale_wide(int64_t x, int32_t multiplier, int32_t shift) {
    const int32_t reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
    const int32_t total = 15 - shift;
    const uint64_t product = (uint64_t)x * (uint64_t)reduced + (1ull << (total - 1));
    return (int32_t)((int64_t)product >> total);
}

/* Leading zero bits; x > 0. */
static inline int32_t emk_leading_zeros(uint32_t x) {
    return __builtin_clz(x);
}

/* exp(a) in Q0 for a in [-1/4, 0) in Q0: Taylor's series around -1/8. */
static inline int32_t emk_exp_quarter_q0(int32_t a) {
    const int32_t exp_minus_eighth = 1895147668, third = 715827883;
    const int32_t x = a + (1 << 28);
    const int32_t x2 = emk_multiply_q31(x, x);
    const int32_t x3 = emk_multiply_q31(x2, x);
    const int32_t x4 = emk_multiply_q31(x2, x2);
    const int32_t tail = emk_multiply_q31(emk_divide_by_power(x4, 2) + x3, third) + x2;
    return exp_minus_eighth + emk_multiply_q31(exp_minus_eighth, x + emk_divide_by_power(tail, 1));
}

/* exp(a) in Q0 for a <= 0 in Q(integer_bits), integer_bits from 1 to 5: the remainder modulo 1/4 by
 * the series, then one factor for each bit of the rest. */
static inline int32_t emk_exp_q0(int32_t a, int32_t integer_bits) {
    static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308,
                                       39332535,   720401,     242};
    const int32_t fraction_bits = 31 - integer_bits;
    const int32_t quarter = 1 << (fraction_bits - 2);
    const int32_t remainder = (a & (quarter - 1)) - quarter;
    const int32_t rest = remainder - a;
    int32_t result = emk_exp_quarter_q0(emk_multiply_by_power(remainder, integer_bits));
    if (a == 0) return EMK_INT32_MAX;
    for (int32_t i = 0; i < 7 && i - 2 < integer_bits; ++i) {
        if ((rest & (1 << (fraction_bits - 2 + i))) != 0) {
            result = emk_multiply_q31(result, factors[i]);
        }
    }
    return result;
}

/* 2 / (1 + a) in Q2 for a in [0, 1] in Q0: three steps of Newton and Raphson's division. */
static inline int32_t emk_twice_reciprocal_q2(int32_t a) {
    const int32_t half = (int32_t)(((int64_t)a + EMK_INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + emk_multiply_q31(half, -1010580540); /* 48/17 - 32/17 * half */
    for (int32_t i = 0; i < 3; ++i) {
        const int32_t error = (1 << 29) - emk_multiply_q31(half, x);
        x += emk_multiply_by_power(emk_multiply_q31(x, error), 2);
    }
    return x;
}

/* 1 / (1 + a) in Q0 for a in [0, 1] in Q0. */
static inline int32_t emk_reciprocal_q0(int32_t a) {
    return emk_multiply_by_power(emk_twice_reciprocal_q2(a), 1);
}

/* A number and a power of two: value = raw / 2^31 * 2^exponent. */
typedef struct emk_scaled {
    int32_t raw, exponent;
} emk_scaled;

/* 1 / x for x > 0 in Q(integer_bits). */
static inline emk_scaled emk_reciprocal(int32_t x, int32_t integer_bits) {
    const int32_t zeros = emk_leading_zeros((uint32_t)x);
    emk_scaled result;
    result.exponent = zeros - integer_bits;
    result.raw = emk_reciprocal_q0((int32_t)(((uint32_t)x << zeros) - (1u << 31)));
    return result;
}

/* 1 / sqrt(x) for an integer x >= 0 as a multiplier and shift of emk_scale; 0 counts as 1. Five
 * steps of Newton's iteration in Q3. */
static inline emk_scaled emk_reciprocal_root(int32_t x) {
    emk_scaled result = {EMK_INT32_MAX, 0};
    int32_t right = 11, pairs, root = 1 << 28, q3;
    if (x <= 1) return result;
    for (; x >= (1 << 29); ++right) x /= 4;
    pairs = (emk_leading_zeros((uint32_t)x) - 1) / 2 - 1;
    right -= pairs;
    q3 = (x * (1 << (2 * pairs))) >> 1;
    for (int32_t i = 0; i < 5; ++i) {
        const int32_t square = emk_multiply_q31(root, root); /* Q6 */
        const int32_t cube = emk_multiply_by_power(emk_multiply_q31(square, root), 6);
        const int32_t three_halves = emk_multiply_q31((1 << 28) + (1 << 27), root);
        const int32_t slope = emk_multiply_q31(emk_divide_by_power(q3, 1), cube);
        root = emk_multiply_by_power(three_halves - slope, 3);
    }
    result.raw = emk_multiply_q31(root, 1518500250); /* sqrt(1/2) */
    if (right < 0) {
        result.raw *= 1 << -right;
        right = 0;
    }
    result.exponent = -right;
    return result;
}

/* x + y, saturating. */
static inline int32_t emk_add_saturating(int32_t x, int32_t y) {
    const int64_t sum = (int64_t)x + y;
    if (sum > EMK_INT32_MAX) return EMK_INT32_MAX;
    return sum < EMK_INT32_MIN ? EMK_INT32_MIN : (int32_t)sum;
}

/* log(x) in Q5 for x >= 1 in Q12: x = 2^e * r with r around sqrt(sqrt(1/2)), of the two choices the
 * smaller r, and a rational approximation of log(r). */
static inline int32_t emk_log_q5(int32_t x) {
    const int32_t log_2 = 1488522236, root_half = 1518500250, fourth_root_half = 1805811301;
    const int32_t quarter_q6 = 1 << 23;
    const int32_t zeros = emk_leading_zeros((uint32_t)x);
    const int32_t r_a =
        emk_multiply_by_power(emk_multiply_q31(emk_multiply_by_power(x, zeros - 1), root_half), 1);
    const int32_t e_a = emk_add_saturating(emk_multiply_by_power(12 - zeros, 25), quarter_q6);
    const int32_t zeros_b = emk_leading_zeros((uint32_t)emk_multiply_q31(x, root_half)) - 1;
    const int32_t r_b = emk_multiply_by_power(x, zeros_b);
    const int32_t e_b = emk_add_saturating(emk_multiply_by_power(12 - zeros_b, 25), -quarter_q6);
    const int32_t r = r_a < r_b ? r_a : r_b, e = e_a > e_b ? e_a : e_b;
    const int32_t half_sum = (int32_t)(((int64_t)r + fourth_root_half + 1) / 2);
    const int32_t q = (r - fourth_root_half) * 2;
    const int32_t square = emk_multiply_q31(q, q);
    const int32_t numerator =
        emk_multiply_q31(q, r) + emk_multiply_q31(emk_multiply_q31(q, square), 117049297);
    const int32_t denominator =
        emk_multiply_q31(half_sum, 1057819769 + q + emk_multiply_q31(127690142, square)) +
        emk_multiply_q31(638450708, q);
    const int32_t log_r =
        emk_multiply_q31(emk_divide_by_power(numerator, 6), emk_reciprocal_q0(denominator));
    return emk_multiply_by_power(emk_multiply_q31(e, log_2) + log_r, 1);
}

/* Linear interpolation in a table of 513 values at -32768, -32640, … 32768. */
static inline int16_t emk_interpolate_q16(const int16_t *table, int32_t x) {
    const int32_t index = 256 + (x >> 7), offset = x & 127;
    const int32_t base = table[index], slope = table[index + 1] - base;
    return (int16_t)(base + ((slope * offset + 64) >> 7));
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_FIXED_H */
