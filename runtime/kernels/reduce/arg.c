/* emk_arg_<type>; see emk/reduce.h. */
#include "../index.h"
#include "emk/reduce.h"

/* Whether x replaces `best`; for integers x != x is never true. */
#define EMK_ARG(argument, suffix, type)                                                         \
    static inline int emk_replaces_##suffix(type x, type best, int32_t least, int32_t last) {   \
        if (x != x) return best == best || last != 0;                                           \
        if (x == best) return last != 0;                                                        \
        return least != 0 ? x < best : x > best;                                                \
    }                                                                                           \
    void emk_arg_##suffix(const emk_arg_args *op, const type *in, void *out) {                  \
        int32_t at = 0;                                                                         \
        for (int32_t o = 0; o < op->outer; ++o) {                                               \
            for (int32_t i = 0; i < op->inner; ++i) {                                           \
                const type *x = in + o * op->extent * op->inner + i;                            \
                type best = *x;                                                                 \
                int32_t index = 0;                                                              \
                for (int32_t n = 1; n < op->extent; ++n) {                                      \
                    x += op->inner;                                                             \
                    if (!emk_replaces_##suffix(*x, best, op->least, op->select_last)) continue; \
                    best = *x;                                                                  \
                    index = n;                                                                  \
                }                                                                               \
                emk_put_integer(out, at++, op->wide, index);                                    \
            }                                                                                   \
        }                                                                                       \
    }
EMK_NUMBER_TYPES(EMK_ARG, 0)
