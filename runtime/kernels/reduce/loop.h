/* The loop of emk_reduce_…: `sum`, of type sum_type, starts as START and becomes STEP(sum, x) for
 * every element; the result is END(sum). START may use first[0], END op->count. */
#ifndef EMK_REDUCE_LOOP_H
#define EMK_REDUCE_LOOP_H

#include "../broadcast.h"
#include "emk/reduce.h"

#define EMK_REDUCE_LOOP(name, p_type, type, sum_type, START, STEP, END)                     \
    void name(const emk_reduce_args *op, const p_type *in, p_type *out) {                   \
        emk_walk outer = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};                   \
        const int32_t count = op->reduced[EMK_INNER], step = op->reduced_stride[EMK_INNER]; \
        type *to = (type *)out;                                                             \
        do {                                                                                \
            const type *first = (const type *)in + outer.at[0];                             \
            for (int32_t j = 0; j < op->shape[EMK_INNER]; ++j) {                            \
                emk_walk inner = {op->reduced, {op->reduced_stride, 0, 0}, {0, 0, 0}, {0}}; \
                sum_type sum = (sum_type)(START);                                           \
                do {                                                                        \
                    const type *x = first + inner.at[0];                                    \
                    for (int32_t i = 0; i < count; ++i, x += step) sum = STEP(sum, *x);     \
                } while (emk_next_row(&inner, 1));                                          \
                *to++ = (type)END(sum);                                                     \
                first += op->stride[EMK_INNER];                                             \
            }                                                                               \
        } while (emk_next_row(&outer, 1));                                                  \
    }
#define EMK_REDUCE_TYPED(operation, suffix, type, START, STEP, END) \
    EMK_REDUCE_LOOP(emk_reduce_##operation##_##suffix, type, type, type, START, STEP, END)
#define EMK_REDUCE_BITS(operation, suffix, type, START, STEP, END) \
    EMK_REDUCE_LOOP(emk_reduce_##operation##_##suffix, void, type, type, START, STEP, END)

#define EMK_ITSELF(sum) (sum)
#define EMK_ADDED(sum, x) ((sum) + (x))

#endif /* EMK_REDUCE_LOOP_H */
