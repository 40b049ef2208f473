/* Reductions over any axes, extremes, running sums and the largest elements along one axis. C99,
 * freestanding. */
#ifndef EMK_REDUCE_H
#define EMK_REDUCE_H

#include "emk/move.h"
#include "emk/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The output is dense over the kept axes; each of its elements reduces, in the order of the input,
 * what the reduced axes walk over. Both lists have the outermost axis first and are padded with
 * ones in front; strides are in elements. */
typedef struct emk_reduce_args {
    int32_t shape[EMK_MAX_AXES];
    int32_t stride[EMK_MAX_AXES];
    int32_t reduced[EMK_MAX_AXES];
    int32_t reduced_stride[EMK_MAX_AXES];
    int32_t count; /* elements that are reduced to one */
} emk_reduce_args;
#define EMK_DECLARE(name, suffix, type) \
    void emk_reduce_##name##_##suffix(const emk_reduce_args *op, const type *in, type *out);
#define EMK_DECLARE_BITS(name, suffix, type) \
    void emk_reduce_##name##_##suffix(const emk_reduce_args *op, const void *in, void *out);
/* Integers of 32 and 64 bits: modulo 2^width. */
#define EMK_DECLARE_SUM(name)          \
    EMK_FLOAT_TYPES(EMK_DECLARE, name) \
    EMK_DECLARE_BITS(name, u32, void)  \
    EMK_DECLARE_BITS(name, u64, void)
EMK_DECLARE_SUM(sum)
EMK_DECLARE_SUM(prod)
EMK_DECLARE_SUM(sum_square)
/* NaN when an element is NaN. */
EMK_NUMBER_TYPES(EMK_DECLARE, max)
EMK_NUMBER_TYPES(EMK_DECLARE, min)
/* Integers: truncated. */
EMK_FLOAT_TYPES(EMK_DECLARE, mean)
EMK_DECLARE(mean, i32, int32_t)
EMK_DECLARE(mean, i64, int64_t)
EMK_DECLARE(mean, u32, uint32_t)
EMK_DECLARE(mean, u64, uint64_t)
/* Sum of the sizes; root of the sum of squares (integers: computed in double, truncated). */
EMK_FLOAT_TYPES(EMK_DECLARE, l1)
EMK_DECLARE(l1, i32, int32_t)
EMK_DECLARE(l1, i64, int64_t)
EMK_FLOAT_TYPES(EMK_DECLARE, l2)
EMK_DECLARE(l2, i32, int32_t)
EMK_DECLARE(l2, i64, int64_t)
EMK_FLOAT_TYPES(EMK_DECLARE, log_sum)
/* log(sum(exp(x - m))) + m with m = max(x) */
EMK_FLOAT_TYPES(EMK_DECLARE, log_sum_exp)
/* Truth values: whether any, all are not 0. */
EMK_DECLARE(any, bool, uint8_t)
EMK_DECLARE(all, bool, uint8_t)
#undef EMK_DECLARE
#undef EMK_DECLARE_BITS
#undef EMK_DECLARE_SUM

/* The kernels below see their tensors as [outer][extent][inner]. */

/* The index of the greatest or least element; NaN is the most extreme. */
typedef struct emk_arg_args {
    int32_t outer, extent, inner;
    int32_t least;       /* 1: arg_min */
    int32_t select_last; /* among equal elements */
    int32_t wide;        /* indices are 1: int64_t, 0: int32_t */
} emk_arg_args;
#define EMK_DECLARE_ARG(argument, suffix, type) \
    void emk_arg_##suffix(const emk_arg_args *op, const type *in, void *out);
EMK_NUMBER_TYPES(EMK_DECLARE_ARG, 0)
#undef EMK_DECLARE_ARG

/* The k greatest or least elements in order, equal ones by index, and their indices; NaN counts as
 * the greatest. values and indices are [outer][k][inner]. */
typedef struct emk_top_k_args {
    int32_t outer, extent, inner;
    int32_t k;     /* at most extent */
    int32_t least; /* 1: the least elements */
    int32_t wide;  /* as above */
} emk_top_k_args;
#define EMK_DECLARE_TOP_K(argument, suffix, type) \
    void emk_top_k_##suffix(const emk_top_k_args *op, const type *in, type *values, void *indices);
EMK_NUMBER_TYPES(EMK_DECLARE_TOP_K, 0)
#undef EMK_DECLARE_TOP_K

/* Running sums and products, by width for integers; out may be in. */
typedef struct emk_cumulate_args {
    int32_t outer, extent, inner;
    int32_t exclusive; /* 1: without the element itself; the first is 0, or 1 for products */
    int32_t reverse;   /* 1: from the end */
} emk_cumulate_args;
#define EMK_DECLARE_CUMULATE(name)                                                     \
    void emk_##name##_f32(const emk_cumulate_args *op, const float *in, float *out);   \
    void emk_##name##_f64(const emk_cumulate_args *op, const double *in, double *out); \
    void emk_##name##_u32(const emk_cumulate_args *op, const void *in, void *out);     \
    void emk_##name##_u64(const emk_cumulate_args *op, const void *in, void *out);
EMK_DECLARE_CUMULATE(cumsum)
EMK_DECLARE_CUMULATE(cumprod)
#undef EMK_DECLARE_CUMULATE

#ifdef __cplusplus
}
#endif

#endif /* EMK_REDUCE_H */
