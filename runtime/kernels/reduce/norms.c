/* Norms and logarithms of sums; see emk/reduce.h. */
#include "../reduce/loop.h"
#include "../saturate.h"
#include "emk/arithmetic.h"
#include "emk/math_f64.h"

#define EMK_SIZE_ADDED_F32(sum, x) ((sum) + emk_absf(x))
#define EMK_SIZE_ADDED_F64(sum, x) ((sum) + emk_abs(x))
#define EMK_SIZE_ADDED(sum, x) ((x) < 0 ? (sum) - (uint64_t)(x) : (sum) + (uint64_t)(x))
EMK_REDUCE_TYPED(l1, f32, float, 0, EMK_SIZE_ADDED_F32, EMK_ITSELF)
EMK_REDUCE_TYPED(l1, f64, double, 0, EMK_SIZE_ADDED_F64, EMK_ITSELF)
EMK_REDUCE_LOOP(emk_reduce_l1_i32, int32_t, int32_t, uint64_t, 0, EMK_SIZE_ADDED, EMK_ITSELF)
EMK_REDUCE_LOOP(emk_reduce_l1_i64, int64_t, int64_t, uint64_t, 0, EMK_SIZE_ADDED, EMK_ITSELF)

#define EMK_SQUARE_ADDED(sum, x) ((sum) + (x) * (x))
#define EMK_DOUBLE_SQUARE_ADDED(sum, x) ((sum) + (double)(x) * (double)(x))
#define EMK_ROOT_I32(sum) emk_i32_of_f64(emk_sqrt(sum))
#define EMK_ROOT_I64(sum) emk_i64_of_f64(emk_sqrt(sum))
EMK_REDUCE_TYPED(l2, f32, float, 0, EMK_SQUARE_ADDED, emk_sqrtf)
EMK_REDUCE_TYPED(l2, f64, double, 0, EMK_SQUARE_ADDED, emk_sqrt)
EMK_REDUCE_LOOP(emk_reduce_l2_i32, int32_t, int32_t, double, 0, EMK_DOUBLE_SQUARE_ADDED,
                EMK_ROOT_I32)
EMK_REDUCE_LOOP(emk_reduce_l2_i64, int64_t, int64_t, double, 0, EMK_DOUBLE_SQUARE_ADDED,
                EMK_ROOT_I64)

EMK_REDUCE_TYPED(log_sum, f32, float, 0, EMK_ADDED, emk_logf)
EMK_REDUCE_TYPED(log_sum, f64, double, 0, EMK_ADDED, emk_log)

/* A running sum of exp(x - m) with the greatest element m so far. */
#define EMK_LOG_SUM_EXP(suffix, type, EXP, LOG, MOST)                                            \
    typedef struct emk_log_sum_##suffix {                                                        \
        type greatest, sum;                                                                      \
    } emk_log_sum_##suffix;                                                                      \
    static inline emk_log_sum_##suffix emk_start_##suffix(type x) {                              \
        const emk_log_sum_##suffix start = {x, 0};                                               \
        return start;                                                                            \
    }                                                                                            \
    static inline type emk_larger_##suffix(type m, type x) {                                     \
        return m > x || m != m ? m : x;                                                          \
    }                                                                                            \
    void emk_reduce_log_sum_exp_##suffix(const emk_reduce_args *op, const type *in, type *out) { \
        emk_walk outer = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};                        \
        const int32_t count = op->reduced[EMK_INNER], step = op->reduced_stride[EMK_INNER];      \
        do {                                                                                     \
            const type *first = in + outer.at[0];                                                \
            for (int32_t j = 0; j < op->shape[EMK_INNER]; ++j, first += op->stride[EMK_INNER]) { \
                emk_log_sum_##suffix state = emk_start_##suffix(*first);                         \
                emk_walk inner = {op->reduced, {op->reduced_stride, 0, 0}, {0, 0, 0}, {0}};      \
                do {                                                                             \
                    const type *x = first + inner.at[0];                                         \
                    for (int32_t i = 0; i < count; ++i, x += step)                               \
                        state.greatest = emk_larger_##suffix(state.greatest, *x);                \
                } while (emk_next_row(&inner, 1));                                               \
                do { /* the walk is at its start again */                                        \
                    const type *x = first + inner.at[0];                                         \
                    for (int32_t i = 0; i < count; ++i, x += step)                               \
                        state.sum += EXP(*x - state.greatest);                                   \
                } while (emk_next_row(&inner, 1));                                               \
                /* An infinite or NaN greatest element is the result. */                         \
                *out++ = state.greatest <= (MOST) && state.greatest >= -(MOST)                   \
                             ? LOG(state.sum) + state.greatest                                   \
                             : state.greatest;                                                   \
            }                                                                                    \
        } while (emk_next_row(&outer, 1));                                                       \
    }
EMK_LOG_SUM_EXP(f32, float, emk_expf, emk_logf, 3.40282347e+38f)
EMK_LOG_SUM_EXP(f64, double, emk_exp, emk_log, 1.7976931348623157e308)
