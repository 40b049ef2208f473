/* One operand, element by element; out may be in when both have one type. C99, freestanding.
 *
 * emk_<operation>_<type>; where only the bits matter one function serves signed and unsigned
 * integers of a width and takes untyped pointers. */
#ifndef EMK_UNARY_H
#define EMK_UNARY_H

#include "emk/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct emk_unary_args {
    int32_t count; /* elements */
    float a, b;    /* parameters of the functions that have some */
} emk_unary_args;

/* min(max(x, limits[0]), limits[1]); keeps NaN. */
typedef struct emk_clip_args {
    int32_t count;
    const void *limits; /* two values of the operand's type */
} emk_clip_args;

#define EMK_DECLARE(name, suffix, type) \
    void emk_##name##_##suffix(const emk_unary_args *op, const type *in, type *out);
#define EMK_DECLARE_BITS(name, suffix, type) \
    void emk_##name##_##suffix(const emk_unary_args *op, const void *in, void *out);
#define EMK_DECLARE_TEST(name, suffix, type) \
    void emk_##name##_##suffix(const emk_unary_args *op, const type *in, uint8_t *out);
#define EMK_DECLARE_CLIP(name, suffix, type) \
    void emk_##name##_##suffix(const emk_clip_args *op, const type *in, type *out);

/* Integers modulo 2^width: abs of the least one is itself. */
EMK_FLOAT_TYPES(EMK_DECLARE, abs)
EMK_SIGNED_TYPES(EMK_DECLARE, abs)
EMK_FLOAT_TYPES(EMK_DECLARE, neg)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, neg)
EMK_FLOAT_TYPES(EMK_DECLARE, square)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, square)
/* -1, 0 or 1; NaN for NaN. */
EMK_NUMBER_TYPES(EMK_DECLARE, sign)
EMK_UNSIGNED_TYPES(EMK_DECLARE_BITS, bitwise_not)
void emk_not_bool(const emk_unary_args *op, const uint8_t *in, uint8_t *out);
EMK_NUMBER_TYPES(EMK_DECLARE_CLIP, clip)

/* Exact; round: halves to the even integer. */
EMK_FLOAT_TYPES(EMK_DECLARE, ceil)
EMK_FLOAT_TYPES(EMK_DECLARE, floor)
EMK_FLOAT_TYPES(EMK_DECLARE, round)
EMK_FLOAT_TYPES(EMK_DECLARE_TEST, is_nan)
/* a: whether -infinity counts, b: whether infinity does. */
EMK_FLOAT_TYPES(EMK_DECLARE_TEST, is_inf)

/* Accuracy: emk/math.h, emk/arithmetic.h, emk/trigonometry.h, emk/math_f64.h. */
EMK_FLOAT_TYPES(EMK_DECLARE, sqrt)
EMK_FLOAT_TYPES(EMK_DECLARE, rsqrt)
EMK_FLOAT_TYPES(EMK_DECLARE, reciprocal)
EMK_FLOAT_TYPES(EMK_DECLARE, log)
EMK_FLOAT_TYPES(EMK_DECLARE, erf)
EMK_FLOAT_TYPES(EMK_DECLARE, sin)
EMK_FLOAT_TYPES(EMK_DECLARE, cos)
EMK_FLOAT_TYPES(EMK_DECLARE, tan)
EMK_FLOAT_TYPES(EMK_DECLARE, asin)
EMK_FLOAT_TYPES(EMK_DECLARE, acos)
EMK_FLOAT_TYPES(EMK_DECLARE, atan)
EMK_FLOAT_TYPES(EMK_DECLARE, sinh)
EMK_FLOAT_TYPES(EMK_DECLARE, cosh)
EMK_FLOAT_TYPES(EMK_DECLARE, asinh)
EMK_FLOAT_TYPES(EMK_DECLARE, acosh)
EMK_FLOAT_TYPES(EMK_DECLARE, atanh)

/* x tanh(log(1 + e^x)) */
EMK_FLOAT_TYPES(EMK_DECLARE, mish)
/* x > a ? x : 0 */
EMK_FLOAT_TYPES(EMK_DECLARE, thresholded_relu)
/* x < -b ? x + a : x > b ? x - a : 0 */
EMK_FLOAT_TYPES(EMK_DECLARE, shrink)
/* x > 0 ? x : a (e^(x/a) - 1) */
EMK_FLOAT_TYPES(EMK_DECLARE, celu)

/* The activations of emk/f32.h in double precision; a is alpha. */
EMK_DECLARE(elu, f64, double)
EMK_DECLARE(exp, f64, double)
EMK_DECLARE(gelu, f64, double)
EMK_DECLARE(gelu_tanh, f64, double)
EMK_DECLARE(hard_sigmoid, f64, double)
EMK_DECLARE(hard_swish, f64, double)
EMK_DECLARE(leaky_relu, f64, double)
EMK_DECLARE(selu, f64, double)
EMK_DECLARE(sigmoid, f64, double)
EMK_DECLARE(softplus, f64, double)
EMK_DECLARE(softsign, f64, double)
EMK_DECLARE(swish, f64, double)
EMK_DECLARE(tanh, f64, double)

#undef EMK_DECLARE
#undef EMK_DECLARE_BITS
#undef EMK_DECLARE_TEST
#undef EMK_DECLARE_CLIP

#ifdef __cplusplus
}
#endif

#endif /* EMK_UNARY_H */
