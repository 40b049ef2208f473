/* Sums, differences, products and extremes; see emk/binary.h. */
#include "../binary/loop.h"

/* Integers are computed as unsigned 64-bit numbers or, up to 32 bits, as uint32_t: what a width
 * keeps of them does not depend on the sign, and nothing overflows. */
#define EMK_ADD_OF(x, y) ((x) + (y))
#define EMK_SUBTRACT_OF(x, y) ((x) - (y))
#define EMK_MULTIPLY_OF(x, y) ((x) * (y))
#define EMK_SQUARED_DIFFERENCE_OF(x, y) (((x) - (y)) * ((x) - (y)))
#define EMK_ADD_U32(x, y) ((uint32_t)(x) + (uint32_t)(y))
#define EMK_SUBTRACT_U32(x, y) ((uint32_t)(x) - (uint32_t)(y))
#define EMK_MULTIPLY_U32(x, y) ((uint32_t)(x) * (uint32_t)(y))
#define EMK_SQUARED_DIFFERENCE_U32(x, y) (EMK_SUBTRACT_U32(x, y) * EMK_SUBTRACT_U32(x, y))
/* The first operand also when it is NaN; a NaN in the second is not less, so it is taken too. */
#define EMK_MAXIMUM_OF(x, y) ((x) > (y) || (x) != (x) ? (x) : (y))
#define EMK_MINIMUM_OF(x, y) ((x) < (y) || (x) != (x) ? (x) : (y))
#define EMK_MAXIMUM_INT(x, y) ((x) > (y) ? (x) : (y))
#define EMK_MINIMUM_INT(x, y) ((x) < (y) ? (x) : (y))

#define EMK_ARITHMETIC(operation, OF, U32)         \
    EMK_BINARY_TYPED(operation, OF, f32, float)    \
    EMK_BINARY_TYPED(operation, OF, f64, double)   \
    EMK_BINARY_BITS(operation, U32, u8, uint8_t)   \
    EMK_BINARY_BITS(operation, U32, u16, uint16_t) \
    EMK_BINARY_BITS(operation, U32, u32, uint32_t) \
    EMK_BINARY_BITS(operation, OF, u64, uint64_t)
EMK_ARITHMETIC(add, EMK_ADD_OF, EMK_ADD_U32)
EMK_ARITHMETIC(subtract, EMK_SUBTRACT_OF, EMK_SUBTRACT_U32)
EMK_ARITHMETIC(multiply, EMK_MULTIPLY_OF, EMK_MULTIPLY_U32)
EMK_ARITHMETIC(squared_difference, EMK_SQUARED_DIFFERENCE_OF, EMK_SQUARED_DIFFERENCE_U32)

#define EMK_MAXIMUM_OF_TYPE(OF, suffix, type) EMK_BINARY_TYPED(maximum, OF, suffix, type)
#define EMK_MINIMUM_OF_TYPE(OF, suffix, type) EMK_BINARY_TYPED(minimum, OF, suffix, type)
EMK_FLOAT_TYPES(EMK_MAXIMUM_OF_TYPE, EMK_MAXIMUM_OF)
EMK_INTEGER_TYPES(EMK_MAXIMUM_OF_TYPE, EMK_MAXIMUM_INT)
EMK_FLOAT_TYPES(EMK_MINIMUM_OF_TYPE, EMK_MINIMUM_OF)
EMK_INTEGER_TYPES(EMK_MINIMUM_OF_TYPE, EMK_MINIMUM_INT)

#define EMK_PRELU_OF(x, slope) ((x) < 0 ? (slope) * (x) : (x))
#define EMK_PRELU_32(x, slope) ((x) < 0 ? (int32_t)((uint32_t)(slope) * (uint32_t)(x)) : (x))
#define EMK_PRELU_64(x, slope) ((x) < 0 ? (int64_t)((uint64_t)(slope) * (uint64_t)(x)) : (x))
EMK_BINARY_TYPED(prelu, EMK_PRELU_OF, f32, float)
EMK_BINARY_TYPED(prelu, EMK_PRELU_OF, f64, double)
EMK_BINARY_TYPED(prelu, EMK_PRELU_32, i8, int8_t)
EMK_BINARY_TYPED(prelu, EMK_PRELU_32, i16, int16_t)
EMK_BINARY_TYPED(prelu, EMK_PRELU_32, i32, int32_t)
EMK_BINARY_TYPED(prelu, EMK_PRELU_64, i64, int64_t)
