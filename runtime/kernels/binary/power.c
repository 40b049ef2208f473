/* Powers and atan2; see emk/binary.h. */
#include "../binary/loop.h"
#include "../saturate.h"
#include "emk/math_f64.h"
#include "emk/trigonometry.h"

/* x^n modulo 2^64 by repeated squaring. */
static uint64_t emk_power_u64(uint64_t x, uint64_t n) {
    uint64_t power = 1;
    for (; n != 0; n >>= 1) {
        if ((n & 1u) != 0) power *= x;
        x *= x;
    }
    return power;
}

/* 1 / x^n truncated, for n > 0. */
static inline int32_t emk_inverse_power(int64_t x, uint64_t n) {
    if (x == 1) return 1;
    if (x == -1) return (n & 1u) != 0 ? -1 : 1;
    return 0;
}

static int64_t emk_power_signed(int64_t x, int64_t n) {
    if (n < 0) return emk_inverse_power(x, (uint64_t)0 - (uint64_t)n);
    return (int64_t)emk_power_u64((uint64_t)x, (uint64_t)n);
}

static inline int64_t emk_power_unsigned(int64_t x, uint64_t n) {
    return (int64_t)emk_power_u64((uint64_t)x, n);
}

#define EMK_POWER(base, base_type, exponent, exponent_type, OF)                         \
    EMK_BINARY_LOOP(emk_power_##base##_##exponent, base_type, base_type, exponent_type, \
                    exponent_type, base_type, base_type, OF)

#define EMK_POWER_F32(x, y) emk_powf(x, (float)(y))
#define EMK_POWER_F64(x, y) emk_pow(x, (double)(y))
#define EMK_POWER_F32_F64(x, y) emk_pow((double)(x), y)
#define EMK_POWER_OF_F32(argument, suffix, type) EMK_POWER(f32, float, suffix, type, EMK_POWER_F32)
#define EMK_POWER_OF_F64(argument, suffix, type) EMK_POWER(f64, double, suffix, type, EMK_POWER_F64)
EMK_POWER_OF_F32(0, f32, float)
EMK_POWER(f32, float, f64, double, EMK_POWER_F32_F64)
EMK_POWER_OF_F32(0, i32, int32_t)
EMK_POWER_OF_F32(0, i64, int64_t)
EMK_POWER_OF_F32(0, u32, uint32_t)
EMK_POWER_OF_F32(0, u64, uint64_t)
EMK_EXPONENT_TYPES(EMK_POWER_OF_F64, 0)

#define EMK_POWER_I32_FLOAT(x, y) emk_i32_of_f64(emk_pow((double)(x), (double)(y)))
#define EMK_POWER_I64_FLOAT(x, y) emk_i64_of_f64(emk_pow((double)(x), (double)(y)))
#define EMK_INTEGER_POWERS(base, type, FLOAT)                \
    EMK_POWER(base, type, f32, float, FLOAT)                 \
    EMK_POWER(base, type, f64, double, FLOAT)                \
    EMK_POWER(base, type, i32, int32_t, emk_power_signed)    \
    EMK_POWER(base, type, i64, int64_t, emk_power_signed)    \
    EMK_POWER(base, type, u32, uint32_t, emk_power_unsigned) \
    EMK_POWER(base, type, u64, uint64_t, emk_power_unsigned)
EMK_INTEGER_POWERS(i32, int32_t, EMK_POWER_I32_FLOAT)
EMK_INTEGER_POWERS(i64, int64_t, EMK_POWER_I64_FLOAT)

EMK_BINARY_TYPED(atan2, emk_atan2f, f32, float)
EMK_BINARY_TYPED(atan2, emk_atan2, f64, double)
