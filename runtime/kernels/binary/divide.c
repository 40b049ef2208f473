/* Quotients and remainders; see emk/binary.h. */
#include "../binary/loop.h"
#include "emk/arithmetic.h"
#include "emk/math_f64.h"

/* Whether x / y has no value of the type. */
#define EMK_NO_QUOTIENT(x, y, least) ((y) == 0 || ((x) == (least) && (y) == -1))

#define EMK_SIGNED_DIVISION(least, suffix, type)                                         \
    static inline type emk_quotient_##suffix(type x, type y) {                           \
        if (EMK_NO_QUOTIENT(x, y, least)) return y == 0 ? (type)0 : x;                   \
        return (type)(x / y);                                                            \
    }                                                                                    \
    static inline type emk_remainder_##suffix(type x, type y) {                          \
        return EMK_NO_QUOTIENT(x, y, least) ? (type)0 : (type)(x % y);                   \
    }                                                                                    \
    static inline type emk_floor_##suffix(type x, type y) {                              \
        const type quotient = emk_quotient_##suffix(x, y);                               \
        const int below = emk_remainder_##suffix(x, y) != 0 && (x < 0) != (y < 0);       \
        return (type)(quotient - below);                                                 \
    }                                                                                    \
    static inline type emk_modulo_##suffix(type x, type y) {                             \
        const type remainder = emk_remainder_##suffix(x, y);                             \
        return remainder != 0 && (x < 0) != (y < 0) ? (type)(remainder + y) : remainder; \
    }
EMK_SIGNED_DIVISION(INT8_MIN, i8, int8_t)
EMK_SIGNED_DIVISION(INT16_MIN, i16, int16_t)
EMK_SIGNED_DIVISION(INT32_MIN, i32, int32_t)
EMK_SIGNED_DIVISION(INT64_MIN, i64, int64_t)

#define EMK_UNSIGNED_DIVISION(argument, suffix, type)           \
    static inline type emk_quotient_##suffix(type x, type y) {  \
        return y == 0 ? (type)0 : (type)(x / y);                \
    }                                                           \
    static inline type emk_remainder_##suffix(type x, type y) { \
        return y == 0 ? (type)0 : (type)(x % y);                \
    }
EMK_UNSIGNED_TYPES(EMK_UNSIGNED_DIVISION, 0)

#define EMK_DIVIDE_OF(x, y) ((x) / (y))
EMK_BINARY_TYPED(divide, EMK_DIVIDE_OF, f32, float)
EMK_BINARY_TYPED(divide, EMK_DIVIDE_OF, f64, double)
EMK_BINARY_TYPED(fmod, emk_fmodf, f32, float)
EMK_BINARY_TYPED(fmod, emk_fmod, f64, double)
EMK_BINARY_TYPED(floor_mod, emk_floor_modf, f32, float)
EMK_BINARY_TYPED(floor_mod, emk_floor_mod, f64, double)
#define EMK_FLOOR_F32(x, y) emk_floorf((x) / (y))
#define EMK_FLOOR_F64(x, y) emk_floor((x) / (y))
EMK_BINARY_TYPED(floor_divide, EMK_FLOOR_F32, f32, float)
EMK_BINARY_TYPED(floor_divide, EMK_FLOOR_F64, f64, double)

#define EMK_SIGNED_KERNELS(argument, suffix, type)                   \
    EMK_BINARY_TYPED(divide, emk_quotient_##suffix, suffix, type)    \
    EMK_BINARY_TYPED(floor_divide, emk_floor_##suffix, suffix, type) \
    EMK_BINARY_TYPED(fmod, emk_remainder_##suffix, suffix, type)     \
    EMK_BINARY_TYPED(floor_mod, emk_modulo_##suffix, suffix, type)
EMK_SIGNED_TYPES(EMK_SIGNED_KERNELS, 0)

#define EMK_UNSIGNED_KERNELS(argument, suffix, type)                    \
    EMK_BINARY_TYPED(divide, emk_quotient_##suffix, suffix, type)       \
    EMK_BINARY_TYPED(floor_divide, emk_quotient_##suffix, suffix, type) \
    EMK_BINARY_TYPED(fmod, emk_remainder_##suffix, suffix, type)        \
    EMK_BINARY_TYPED(floor_mod, emk_remainder_##suffix, suffix, type)
EMK_UNSIGNED_TYPES(EMK_UNSIGNED_KERNELS, 0)
