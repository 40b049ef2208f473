/* The loop of all kernels of this folder: FUNCTION(x, y) on every pair of elements. Pointers are
 * declared as p_a, p_b, p_out and read as a_type, b_type, out_type. */
#ifndef EMK_BINARY_LOOP_H
#define EMK_BINARY_LOOP_H

#include "../broadcast.h"
#include "emk/binary.h"

#define EMK_BINARY_LOOP(name, p_a, a_type, p_b, b_type, p_out, out_type, FUNCTION)        \
    void name(const emk_binary_args *op, const p_a *a, const p_b *b, p_out *out) {        \
        emk_walk walk = {op->shape, {op->a_stride, op->b_stride, 0}, {0, 0, 0}, {0}};     \
        const int32_t count = op->shape[EMK_INNER];                                       \
        const int32_t a_step = op->a_stride[EMK_INNER], b_step = op->b_stride[EMK_INNER]; \
        out_type *to = (out_type *)out;                                                   \
        do {                                                                              \
            const a_type *x = (const a_type *)a + walk.at[0];                             \
            const b_type *y = (const b_type *)b + walk.at[1];                             \
            for (int32_t i = 0; i < count; ++i) {                                         \
                *to++ = (out_type)FUNCTION(*x, *y);                                       \
                x += a_step;                                                              \
                y += b_step;                                                              \
            }                                                                             \
        } while (emk_next_row(&walk, 2));                                                 \
    }

/* emk_<operation>_<suffix> of macros or functions FUNCTION(x, y): typed, and by bits alone. The
 * argument of the type lists is a pair (operation, FUNCTION). */
#define EMK_BINARY_TYPED(operation, FUNCTION, suffix, type) \
    EMK_BINARY_LOOP(emk_##operation##_##suffix, type, type, type, type, type, type, FUNCTION)
#define EMK_BINARY_BITS(operation, FUNCTION, suffix, type) \
    EMK_BINARY_LOOP(emk_##operation##_##suffix, void, type, void, type, void, type, FUNCTION)
#define EMK_BINARY_TEST(operation, FUNCTION, suffix, type) \
    EMK_BINARY_LOOP(emk_##operation##_##suffix, type, type, type, type, uint8_t, uint8_t, FUNCTION)
#define EMK_BINARY_BITS_TEST(operation, FUNCTION, suffix, type) \
    EMK_BINARY_LOOP(emk_##operation##_##suffix, void, type, void, type, uint8_t, uint8_t, FUNCTION)

#endif /* EMK_BINARY_LOOP_H */
