/* Comparisons; see emk/binary.h. */
#include "../binary/loop.h"

#define EMK_LESS_OF(x, y) ((x) < (y))
#define EMK_LESS_EQUAL_OF(x, y) ((x) <= (y))
#define EMK_EQUAL_OF(x, y) ((x) == (y))
#define EMK_NOT_EQUAL_OF(x, y) ((x) != (y))

#define EMK_LESS(OF, suffix, type) EMK_BINARY_TEST(less, OF, suffix, type)
#define EMK_LESS_EQUAL(OF, suffix, type) EMK_BINARY_TEST(less_equal, OF, suffix, type)
EMK_NUMBER_TYPES(EMK_LESS, EMK_LESS_OF)
EMK_NUMBER_TYPES(EMK_LESS_EQUAL, EMK_LESS_EQUAL_OF)

#define EMK_EQUAL(OF, suffix, type) EMK_BINARY_TEST(equal, OF, suffix, type)
#define EMK_EQUAL_BITS(OF, suffix, type) EMK_BINARY_BITS_TEST(equal, OF, suffix, type)
#define EMK_NOT_EQUAL(OF, suffix, type) EMK_BINARY_TEST(not_equal, OF, suffix, type)
#define EMK_NOT_EQUAL_BITS(OF, suffix, type) EMK_BINARY_BITS_TEST(not_equal, OF, suffix, type)
EMK_FLOAT_TYPES(EMK_EQUAL, EMK_EQUAL_OF)
EMK_UNSIGNED_TYPES(EMK_EQUAL_BITS, EMK_EQUAL_OF)
EMK_FLOAT_TYPES(EMK_NOT_EQUAL, EMK_NOT_EQUAL_OF)
EMK_UNSIGNED_TYPES(EMK_NOT_EQUAL_BITS, EMK_NOT_EQUAL_OF)
