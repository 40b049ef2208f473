/* The greatest and the least element; see emk/reduce.h. */
#include "../reduce/loop.h"

#define EMK_GREATER_F(sum, x) ((sum) > (x) || (sum) != (sum) ? (sum) : (x))
#define EMK_LESSER_F(sum, x) ((sum) < (x) || (sum) != (sum) ? (sum) : (x))
#define EMK_GREATER_I(sum, x) ((sum) > (x) ? (sum) : (x))
#define EMK_LESSER_I(sum, x) ((sum) < (x) ? (sum) : (x))
#define EMK_MAX(STEP, suffix, type) EMK_REDUCE_TYPED(max, suffix, type, *first, STEP, EMK_ITSELF)
#define EMK_MIN(STEP, suffix, type) EMK_REDUCE_TYPED(min, suffix, type, *first, STEP, EMK_ITSELF)
EMK_FLOAT_TYPES(EMK_MAX, EMK_GREATER_F)
EMK_INTEGER_TYPES(EMK_MAX, EMK_GREATER_I)
EMK_FLOAT_TYPES(EMK_MIN, EMK_LESSER_F)
EMK_INTEGER_TYPES(EMK_MIN, EMK_LESSER_I)
