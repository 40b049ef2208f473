/* Two operands, element by element, each broadcast as numpy does. C99, freestanding.
 *
 * emk_<operation>_<type>; where only the bits matter (add, bitwise_and …) one function serves
 * signed and unsigned integers of a width and takes untyped pointers. out may be a or b when that
 * operand is not repeated. */
#ifndef EMK_BINARY_H
#define EMK_BINARY_H

#include "emk/move.h"
#include "emk/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct emk_binary_args {
    int32_t shape[EMK_MAX_AXES];    /* of the output, outermost first, padded with ones in front */
    int32_t a_stride[EMK_MAX_AXES]; /* in elements; 0 where the operand is repeated */
    int32_t b_stride[EMK_MAX_AXES];
} emk_binary_args;

#define EMK_DECLARE(name, suffix, type) \
    void emk_##name##_##suffix(const emk_binary_args *op, const type *a, const type *b, type *out);
#define EMK_DECLARE_BITS(name, suffix, type) \
    void emk_##name##_##suffix(const emk_binary_args *op, const void *a, const void *b, void *out);
#define EMK_DECLARE_TEST(name, suffix, type)                                            \
    void emk_##name##_##suffix(const emk_binary_args *op, const type *a, const type *b, \
                               uint8_t *out);
#define EMK_DECLARE_BITS_TEST(name, suffix, type)                                       \
    void emk_##name##_##suffix(const emk_binary_args *op, const void *a, const void *b, \
                               uint8_t *out);

/* Integers modulo 2^width. */
EMK_FLOAT_TYPES(EMK_DECLARE, add)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, add)
EMK_FLOAT_TYPES(EMK_DECLARE, subtract)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, subtract)
EMK_FLOAT_TYPES(EMK_DECLARE, multiply)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, multiply)
/* (a - b)^2 */
EMK_FLOAT_TYPES(EMK_DECLARE, squared_difference)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, squared_difference)

/* Integers: towards zero; x / 0 is 0, and the least integer / -1 is itself. */
EMK_NUMBER_TYPES(EMK_DECLARE, divide)
/* floor(a / b); integers as divide where b is 0 or the result does not fit. */
EMK_NUMBER_TYPES(EMK_DECLARE, floor_divide)
/* The remainder with the sign of b (Python's %); integers: 0 when b is 0. */
EMK_NUMBER_TYPES(EMK_DECLARE, floor_mod)
/* The remainder with the sign of a (C's %); integers: 0 when b is 0. */
EMK_NUMBER_TYPES(EMK_DECLARE, fmod)

/* NaN when either operand is NaN. */
EMK_NUMBER_TYPES(EMK_DECLARE, maximum)
EMK_NUMBER_TYPES(EMK_DECLARE, minimum)

/* x < 0 ? slope * x : x */
EMK_FLOAT_TYPES(EMK_DECLARE, prelu)
EMK_SIGNED_TYPES(EMK_DECLARE, prelu)
EMK_FLOAT_TYPES(EMK_DECLARE, atan2)

/* Shifts by the width or more, or by less than 0, give 0 (-1 for negative a to the right). */
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, bitwise_and)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, bitwise_or)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, bitwise_xor)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, shift_left)
EMK_INTEGER_TYPES(EMK_DECLARE, shift_right)

/* Tests give 1 or 0; every comparison with NaN is false but not_equal. */
EMK_NUMBER_TYPES(EMK_DECLARE_TEST, less)
EMK_NUMBER_TYPES(EMK_DECLARE_TEST, less_equal)
EMK_FLOAT_TYPES(EMK_DECLARE_TEST, equal)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS_TEST, equal)
EMK_FLOAT_TYPES(EMK_DECLARE_TEST, not_equal)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS_TEST, not_equal)

/* Truth values: anything but 0 is true. */
void emk_and_bool(const emk_binary_args *op, const uint8_t *a, const uint8_t *b, uint8_t *out);
void emk_or_bool(const emk_binary_args *op, const uint8_t *a, const uint8_t *b, uint8_t *out);
void emk_xor_bool(const emk_binary_args *op, const uint8_t *a, const uint8_t *b, uint8_t *out);

/* a to the power of b, which may be of another type: emk_power_<base>_<exponent>. Floating point as
 * C99's pow. Integer results are modulo 2^width, or truncated and saturated when the exponent is
 * floating point; a negative integer exponent gives 1 / a^-b, truncated (0 for a = 0). */
#define EMK_EXPONENT_TYPES(X, base) \
    EMK_FLOAT_TYPES(X, base)        \
    X(base, i32, int32_t)           \
    X(base, i64, int64_t)           \
    X(base, u32, uint32_t)          \
    X(base, u64, uint64_t)
#define EMK_DECLARE_POWER(base, suffix, type)                                               \
    void emk_##base##_##suffix(const emk_binary_args *op, const EMK_BASE *a, const type *b, \
                               EMK_BASE *out);
#define EMK_BASE float
EMK_EXPONENT_TYPES(EMK_DECLARE_POWER, power_f32)
#undef EMK_BASE
#define EMK_BASE double
EMK_EXPONENT_TYPES(EMK_DECLARE_POWER, power_f64)
#undef EMK_BASE
#define EMK_BASE int32_t
EMK_EXPONENT_TYPES(EMK_DECLARE_POWER, power_i32)
#undef EMK_BASE
#define EMK_BASE int64_t
EMK_EXPONENT_TYPES(EMK_DECLARE_POWER, power_i64)
#undef EMK_BASE

#undef EMK_DECLARE
#undef EMK_DECLARE_BITS
#undef EMK_DECLARE_TEST
#undef EMK_DECLARE_BITS_TEST
#undef EMK_DECLARE_POWER

#ifdef __cplusplus
}
#endif

#endif /* EMK_BINARY_H */
