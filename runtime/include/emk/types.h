/* Lists of element types, for kernels that exist once per type. A list calls X(argument, suffix,
 * C type) for every type; kernels that only see bits are named after the unsigned types. C99. */
#ifndef EMK_TYPES_H
#define EMK_TYPES_H

#include <stdint.h>

#define EMK_FLOAT_TYPES(X, argument) X(argument, f32, float) X(argument, f64, double)
#define EMK_SIGNED_TYPES(X, argument) \
    X(argument, i8, int8_t)           \
    X(argument, i16, int16_t)         \
    X(argument, i32, int32_t)         \
    X(argument, i64, int64_t)
#define EMK_UNSIGNED_TYPES(X, argument) \
    X(argument, u8, uint8_t)            \
    X(argument, u16, uint16_t)          \
    X(argument, u32, uint32_t)          \
    X(argument, u64, uint64_t)
#define EMK_INTEGER_TYPES(X, argument) \
    EMK_SIGNED_TYPES(X, argument)      \
    EMK_UNSIGNED_TYPES(X, argument)
#define EMK_NUMBER_TYPES(X, argument) \
    EMK_FLOAT_TYPES(X, argument)      \
    EMK_INTEGER_TYPES(X, argument)

#endif /* EMK_TYPES_H */
