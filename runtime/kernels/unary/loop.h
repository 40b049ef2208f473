/* The loop of all kernels of this folder: FUNCTION(x) on every element; it may use op->a and
 * op->b. Pointers are declared as p_in and p_out and read as in_type, out_type. */
#ifndef EMK_UNARY_LOOP_H
#define EMK_UNARY_LOOP_H

#include "emk/unary.h"

#define EMK_UNARY_LOOP(name, p_in, in_type, p_out, out_type, FUNCTION)           \
    void name(const emk_unary_args *op, const p_in *in, p_out *out) {            \
        const in_type *x = (const in_type *)in;                                  \
        out_type *y = (out_type *)out;                                           \
        for (int32_t i = 0; i < op->count; ++i) y[i] = (out_type)FUNCTION(x[i]); \
    }

#define EMK_UNARY_TYPED(operation, FUNCTION, suffix, type) \
    EMK_UNARY_LOOP(emk_##operation##_##suffix, type, type, type, type, FUNCTION)
#define EMK_UNARY_BITS(operation, FUNCTION, suffix, type) \
    EMK_UNARY_LOOP(emk_##operation##_##suffix, void, type, void, type, FUNCTION)
#define EMK_UNARY_TEST(operation, FUNCTION, suffix, type) \
    EMK_UNARY_LOOP(emk_##operation##_##suffix, type, type, uint8_t, uint8_t, FUNCTION)
/* The same function in both precisions. */
#define EMK_UNARY_FLOATS(operation, FUNCTION_F32, FUNCTION_F64) \
    EMK_UNARY_TYPED(operation, FUNCTION_F32, f32, float)        \
    EMK_UNARY_TYPED(operation, FUNCTION_F64, f64, double)

#endif /* EMK_UNARY_LOOP_H */
