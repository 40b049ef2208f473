/* Floating point to integer: truncated towards zero, the nearest integer of the type where the
 * value does not fit, 0 for NaN. */
#ifndef EMK_SATURATE_H
#define EMK_SATURATE_H

#include "emk/types.h"

/* `end` is a power of two, one above the greatest integer; `begin` is minus it or 0. */
#define EMK_SATURATE(suffix, type, from_suffix, from, begin, end, least, most) \
    static inline type emk_##suffix##_of_##from_suffix(from x) {               \
        if (x != x) return 0;                                                  \
        if (x >= (from)(end)) return most;                                     \
        return x <= (from)(begin) ? (type)(least) : (type)x;                   \
    }
#define EMK_SATURATE_ALL(from_suffix, from)                                                        \
    EMK_SATURATE(i8, int8_t, from_suffix, from, -128.0f, 128.0f, INT8_MIN, INT8_MAX)               \
    EMK_SATURATE(i16, int16_t, from_suffix, from, -32768.0f, 32768.0f, INT16_MIN, INT16_MAX)       \
    EMK_SATURATE(i32, int32_t, from_suffix, from, -2147483648.0f, 2147483648.0f, INT32_MIN,        \
                 INT32_MAX)                                                                        \
    EMK_SATURATE(i64, int64_t, from_suffix, from, -9223372036854775808.0f, 9223372036854775808.0f, \
                 INT64_MIN, INT64_MAX)                                                             \
    EMK_SATURATE(u8, uint8_t, from_suffix, from, 0.0f, 256.0f, 0, UINT8_MAX)                       \
    EMK_SATURATE(u16, uint16_t, from_suffix, from, 0.0f, 65536.0f, 0, UINT16_MAX)                  \
    EMK_SATURATE(u32, uint32_t, from_suffix, from, 0.0f, 4294967296.0f, 0, UINT32_MAX)             \
    EMK_SATURATE(u64, uint64_t, from_suffix, from, 0.0f, 18446744073709551616.0f, 0, UINT64_MAX)
EMK_SATURATE_ALL(f32, float)
EMK_SATURATE_ALL(f64, double)

#undef EMK_SATURATE
#undef EMK_SATURATE_ALL

#endif /* EMK_SATURATE_H */
