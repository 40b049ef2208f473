/* Truth values, bits and shifts; see emk/binary.h. */
#include "../binary/loop.h"

#define EMK_AND_OF(x, y) ((x) != 0 && (y) != 0)
#define EMK_OR_OF(x, y) ((x) != 0 || (y) != 0)
#define EMK_XOR_OF(x, y) (((x) != 0) != ((y) != 0))
EMK_BINARY_TEST(and, EMK_AND_OF, bool, uint8_t)
EMK_BINARY_TEST(or, EMK_OR_OF, bool, uint8_t)
EMK_BINARY_TEST(xor, EMK_XOR_OF, bool, uint8_t)

#define EMK_BITWISE_AND_OF(x, y) ((x) & (y))
#define EMK_BITWISE_OR_OF(x, y) ((x) | (y))
#define EMK_BITWISE_XOR_OF(x, y) ((x) ^ (y))
#define EMK_BITWISE_AND(OF, suffix, type) EMK_BINARY_BITS(bitwise_and, OF, suffix, type)
#define EMK_BITWISE_OR(OF, suffix, type) EMK_BINARY_BITS(bitwise_or, OF, suffix, type)
#define EMK_BITWISE_XOR(OF, suffix, type) EMK_BINARY_BITS(bitwise_xor, OF, suffix, type)
EMK_UNSIGNED_TYPES(EMK_BITWISE_AND, EMK_BITWISE_AND_OF)
EMK_UNSIGNED_TYPES(EMK_BITWISE_OR, EMK_BITWISE_OR_OF)
EMK_UNSIGNED_TYPES(EMK_BITWISE_XOR, EMK_BITWISE_XOR_OF)

/* Counts below 0 are large as unsigned numbers. */
#define EMK_SHIFT_LEFT_OF(x, y) ((y) < 8 * sizeof(x) ? (uint64_t)(x) << (y) : 0)
#define EMK_SHIFT_LEFT(OF, suffix, type) EMK_BINARY_BITS(shift_left, OF, suffix, type)
EMK_UNSIGNED_TYPES(EMK_SHIFT_LEFT, EMK_SHIFT_LEFT_OF)

#define EMK_SHIFT_RIGHT_OF(x, y) ((y) < 8 * sizeof(x) ? (x) >> (y) : 0)
#define EMK_SHIFT_RIGHT(OF, suffix, type) EMK_BINARY_TYPED(shift_right, OF, suffix, type)
EMK_UNSIGNED_TYPES(EMK_SHIFT_RIGHT, EMK_SHIFT_RIGHT_OF)

/* C leaves >> of negative numbers to the compiler: ~(~x >> y) is the shift that keeps the sign. */
#define EMK_KEEP_SIGN_OF(x, y) \
    ((uint64_t)(y) >= 8 * sizeof(x) ? ((x) < 0 ? -1 : 0) : ((x) < 0 ? ~(~(x) >> (y)) : (x) >> (y)))
EMK_SIGNED_TYPES(EMK_SHIFT_RIGHT, EMK_KEEP_SIGN_OF)
