/* emk_where_<width>; see emk/select.h. */
#include "../broadcast.h"
#include "emk/select.h"

#define EMK_WHERE(argument, suffix, type)                                                      \
    void emk_where_##suffix(const emk_where_args *op, const uint8_t *condition, const void *a, \
                            const void *b, void *out) {                                        \
        emk_walk walk = {                                                                      \
            op->shape, {op->condition_stride, op->a_stride, op->b_stride}, {0, 0, 0}, {0}};    \
        type *to = (type *)out;                                                                \
        do {                                                                                   \
            const uint8_t *test = condition + walk.at[0];                                      \
            const type *x = (const type *)a + walk.at[1];                                      \
            const type *y = (const type *)b + walk.at[2];                                      \
            for (int32_t i = 0; i < op->shape[EMK_INNER]; ++i) {                               \
                const int32_t at = i * op->condition_stride[EMK_INNER];                        \
                *to++ = test[at] != 0 ? x[i * op->a_stride[EMK_INNER]]                         \
                                      : y[i * op->b_stride[EMK_INNER]];                        \
            }                                                                                  \
        } while (emk_next_row(&walk, 3));                                                      \
    }
EMK_UNSIGNED_TYPES(EMK_WHERE, 0)
