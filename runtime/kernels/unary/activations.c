/* Activations that no tuned kernel applies; see emk/unary.h. */
#include "../unary/loop.h"
#include "emk/math.h"
#include "emk/math_f64.h"

static inline double emk_softplus(double x) {
    const double tail = emk_log1p(emk_exp(-emk_abs(x)));
    return x > 0.0 ? x + tail : tail;
}

static inline double emk_sigmoid(double x) {
    return 1.0 / (1.0 + emk_exp(-x));
}

static inline double emk_relu6_shifted(double x) {
    const double raised = x + 3.0 < 0.0 ? 0.0 : x + 3.0;
    return (raised > 6.0 ? 6.0 : raised) / 6.0;
}

#define EMK_MISH_F32(x) ((x)*emk_tanhf(emk_softplusf(x)))
#define EMK_MISH_F64(x) ((x)*emk_tanh(emk_softplus(x)))
EMK_UNARY_FLOATS(mish, EMK_MISH_F32, EMK_MISH_F64)

#define EMK_THRESHOLD_F32(x) ((x) <= op->a ? 0.0f : (x))
#define EMK_THRESHOLD_F64(x) ((x) <= (double)op->a ? 0.0 : (x))
EMK_UNARY_FLOATS(thresholded_relu, EMK_THRESHOLD_F32, EMK_THRESHOLD_F64)

#define EMK_SHRINK_OF(x, bias, lambd, zero) \
    ((x) < -(lambd) ? (x) + (bias) : (x) > (lambd) ? (x) - (bias) : (x) != (x) ? (x) : (zero))
#define EMK_SHRINK_F32(x) EMK_SHRINK_OF(x, op->a, op->b, 0.0f)
#define EMK_SHRINK_F64(x) EMK_SHRINK_OF(x, (double)op->a, (double)op->b, 0.0)
EMK_UNARY_FLOATS(shrink, EMK_SHRINK_F32, EMK_SHRINK_F64)

#define EMK_CELU_F32(x) ((x) > 0.0f ? (x) : op->a * emk_expm1f((x) / op->a))
#define EMK_CELU_F64(x) ((x) > 0.0 ? (x) : (double)op->a * emk_expm1((x) / (double)op->a))
EMK_UNARY_FLOATS(celu, EMK_CELU_F32, EMK_CELU_F64)

#define EMK_ELU_OF(x) ((x) > 0.0 ? (x) : (double)op->a * emk_expm1(x))
#define EMK_GELU_OF(x) ((0.5 * (x)) * (1.0 + emk_erf((x)*0.70710678118654752)))
#define EMK_GELU_TANH_OF(x) \
    ((0.5 * (x)) * (1.0 + emk_tanh(0.79788456080286536 * ((x) + 0.044715 * (x) * (x) * (x)))))
#define EMK_HARD_SWISH_OF(x) ((x)*emk_relu6_shifted(x))
#define EMK_LEAKY_RELU_OF(x) ((x) < 0.0 ? (double)op->a * (x) : (x))
#define EMK_SELU_OF(x) ((x) > 0.0 ? 1.0507009873554805 * (x) : 1.7580993408473766 * emk_expm1(x))
#define EMK_SOFTSIGN_OF(x) ((x) / (1.0 + emk_abs(x)))
#define EMK_SWISH_OF(x) ((x)*emk_sigmoid(x))
EMK_UNARY_TYPED(elu, EMK_ELU_OF, f64, double)
EMK_UNARY_TYPED(exp, emk_exp, f64, double)
EMK_UNARY_TYPED(gelu, EMK_GELU_OF, f64, double)
EMK_UNARY_TYPED(gelu_tanh, EMK_GELU_TANH_OF, f64, double)
EMK_UNARY_TYPED(hard_sigmoid, emk_relu6_shifted, f64, double)
EMK_UNARY_TYPED(hard_swish, EMK_HARD_SWISH_OF, f64, double)
EMK_UNARY_TYPED(leaky_relu, EMK_LEAKY_RELU_OF, f64, double)
EMK_UNARY_TYPED(selu, EMK_SELU_OF, f64, double)
EMK_UNARY_TYPED(sigmoid, emk_sigmoid, f64, double)
EMK_UNARY_TYPED(softplus, emk_softplus, f64, double)
EMK_UNARY_TYPED(softsign, EMK_SOFTSIGN_OF, f64, double)
EMK_UNARY_TYPED(swish, EMK_SWISH_OF, f64, double)
EMK_UNARY_TYPED(tanh, emk_tanh, f64, double)
