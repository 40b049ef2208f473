/* Roots, logarithms, circular and hyperbolic functions; see emk/unary.h. */
#include "../unary/loop.h"
#include "emk/math_f64.h"
#include "emk/trigonometry.h"

#define EMK_RECIPROCAL_F32(x) (1.0f / (x))
#define EMK_RECIPROCAL_F64(x) (1.0 / (x))
#define EMK_RSQRT_F32(x) (1.0f / emk_sqrtf(x))
#define EMK_RSQRT_F64(x) (1.0 / emk_sqrt(x))
EMK_UNARY_FLOATS(sqrt, emk_sqrtf, emk_sqrt)
EMK_UNARY_FLOATS(rsqrt, EMK_RSQRT_F32, EMK_RSQRT_F64)
EMK_UNARY_FLOATS(reciprocal, EMK_RECIPROCAL_F32, EMK_RECIPROCAL_F64)
EMK_UNARY_FLOATS(log, emk_logf, emk_log)
EMK_UNARY_FLOATS(erf, emk_erff, emk_erf)
EMK_UNARY_FLOATS(sin, emk_sinf, emk_sin)
EMK_UNARY_FLOATS(cos, emk_cosf, emk_cos)
EMK_UNARY_FLOATS(tan, emk_tanf, emk_tan)
EMK_UNARY_FLOATS(asin, emk_asinf, emk_asin)
EMK_UNARY_FLOATS(acos, emk_acosf, emk_acos)
EMK_UNARY_FLOATS(atan, emk_atanf, emk_atan)
EMK_UNARY_FLOATS(sinh, emk_sinhf, emk_sinh)
EMK_UNARY_FLOATS(cosh, emk_coshf, emk_cosh)
EMK_UNARY_FLOATS(asinh, emk_asinhf, emk_asinh)
EMK_UNARY_FLOATS(acosh, emk_acoshf, emk_acosh)
EMK_UNARY_FLOATS(atanh, emk_atanhf, emk_atanh)
