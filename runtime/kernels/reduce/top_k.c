/* emk_top_k_<type>: insertion into the output's sorted list; see emk/reduce.h. */
#include "../index.h"
#include "emk/reduce.h"

/* Whether x comes before y. */
#define EMK_TOP_K(argument, suffix, type)                                                        \
    static inline int emk_precedes_##suffix(type x, type y, int32_t least) {                     \
        if (x != x) return least == 0 && y == y;                                                 \
        if (y != y) return least != 0;                                                           \
        return least != 0 ? x < y : x > y;                                                       \
    }                                                                                            \
    static void emk_insert_##suffix(const emk_top_k_args *op, int32_t filled, type x,            \
                                    int32_t index, type *values, void *indices, int32_t first) { \
        const int32_t bytes = op->wide != 0 ? 8 : 4;                                             \
        int32_t n = filled < op->k ? filled : op->k - 1;                                         \
        for (; n > 0; --n) {                                                                     \
            const int32_t before = first + (n - 1) * op->inner, at = before + op->inner;         \
            if (!emk_precedes_##suffix(x, values[before], op->least)) break;                     \
            values[at] = values[before];                                                         \
            emk_put_integer(indices, at, op->wide,                                               \
                            (int32_t)emk_integer_at(indices, before, bytes));                    \
        }                                                                                        \
        values[first + n * op->inner] = x;                                                       \
        emk_put_integer(indices, first + n * op->inner, op->wide, index);                        \
    }                                                                                            \
    void emk_top_k_##suffix(const emk_top_k_args *op, const type *in, type *values,              \
                            void *indices) {                                                     \
        for (int32_t o = 0; o < op->outer; ++o) {                                                \
            for (int32_t i = 0; i < op->inner; ++i) {                                            \
                const type *x = in + o * op->extent * op->inner + i;                             \
                const int32_t first = o * op->k * op->inner + i;                                 \
                const int32_t last = first + (op->k - 1) * op->inner;                            \
                for (int32_t n = 0; n < op->extent; ++n, x += op->inner) {                       \
                    if (n >= op->k && !emk_precedes_##suffix(*x, values[last], op->least)) {     \
                        continue;                                                                \
                    }                                                                            \
                    emk_insert_##suffix(op, n, *x, n, values, indices, first);                   \
                }                                                                                \
            }                                                                                    \
        }                                                                                        \
    }
EMK_NUMBER_TYPES(EMK_TOP_K, 0)
