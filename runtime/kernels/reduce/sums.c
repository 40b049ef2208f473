/* Sums, products, means and truth values; see emk/reduce.h. */
#include "../reduce/loop.h"

#define EMK_MULTIPLIED(sum, x) ((sum) * (x))
#define EMK_SQUARE_ADDED(sum, x) ((sum) + (x) * (x))
#define EMK_SUMS(operation, START, STEP)                               \
    EMK_REDUCE_TYPED(operation, f32, float, START, STEP, EMK_ITSELF)   \
    EMK_REDUCE_TYPED(operation, f64, double, START, STEP, EMK_ITSELF)  \
    EMK_REDUCE_BITS(operation, u32, uint32_t, START, STEP, EMK_ITSELF) \
    EMK_REDUCE_BITS(operation, u64, uint64_t, START, STEP, EMK_ITSELF)
EMK_SUMS(sum, 0, EMK_ADDED)
EMK_SUMS(prod, 1, EMK_MULTIPLIED)
EMK_SUMS(sum_square, 0, EMK_SQUARE_ADDED)

#define EMK_MEAN_F32(sum) ((sum) / (float)op->count)
#define EMK_MEAN_F64(sum) ((sum) / (double)op->count)
EMK_REDUCE_TYPED(mean, f32, float, 0, EMK_ADDED, EMK_MEAN_F32)
EMK_REDUCE_TYPED(mean, f64, double, 0, EMK_ADDED, EMK_MEAN_F64)
/* Sums of 64 bits as unsigned numbers, which do not overflow. */
#define EMK_BITS_ADDED(sum, x) ((sum) + (uint64_t)(x))
#define EMK_MEAN_SIGNED(sum) ((int64_t)(sum) / op->count)
#define EMK_MEAN_UNSIGNED(sum) ((sum) / (uint64_t)op->count)
#define EMK_MEAN(suffix, type, END) \
    EMK_REDUCE_LOOP(emk_reduce_mean_##suffix, type, type, uint64_t, 0, EMK_BITS_ADDED, END)
EMK_MEAN(i32, int32_t, EMK_MEAN_SIGNED)
EMK_MEAN(i64, int64_t, EMK_MEAN_SIGNED)
EMK_MEAN(u32, uint32_t, EMK_MEAN_UNSIGNED)
EMK_MEAN(u64, uint64_t, EMK_MEAN_UNSIGNED)

#define EMK_OR_ELSE(sum, x) ((uint8_t)((sum) | ((x) != 0)))
#define EMK_AND_ALSO(sum, x) ((uint8_t)((sum) & ((x) != 0)))
EMK_REDUCE_TYPED(any, bool, uint8_t, 0, EMK_OR_ELSE, EMK_ITSELF)
EMK_REDUCE_TYPED(all, bool, uint8_t, 1, EMK_AND_ALSO, EMK_ITSELF)
