/* What takes no series: signs, bits, limits, rounding; see emk/unary.h. */
#include "../unary/loop.h"
#include "emk/arithmetic.h"
#include "emk/math_f64.h"

#define EMK_ABS_32(x) ((x) < 0 ? 0u - (uint32_t)(x) : (uint32_t)(x))
#define EMK_ABS_64(x) ((x) < 0 ? (uint64_t)0 - (uint64_t)(x) : (uint64_t)(x))
EMK_UNARY_FLOATS(abs, emk_absf, emk_abs)
EMK_UNARY_TYPED(abs, EMK_ABS_32, i8, int8_t)
EMK_UNARY_TYPED(abs, EMK_ABS_32, i16, int16_t)
EMK_UNARY_TYPED(abs, EMK_ABS_32, i32, int32_t)
EMK_UNARY_TYPED(abs, EMK_ABS_64, i64, int64_t)

#define EMK_NEG_OF(x) (-(x))
#define EMK_NEG_BITS(x) ((uint64_t)0 - (x))
#define EMK_NEG(OF, suffix, type) EMK_UNARY_BITS(neg, OF, suffix, type)
EMK_UNARY_FLOATS(neg, EMK_NEG_OF, EMK_NEG_OF)
EMK_UNSIGNED_TYPES(EMK_NEG, EMK_NEG_BITS)

#define EMK_SQUARE_OF(x) ((x) * (x))
#define EMK_SQUARE_32(x) ((uint32_t)(x) * (uint32_t)(x))
EMK_UNARY_FLOATS(square, EMK_SQUARE_OF, EMK_SQUARE_OF)
EMK_UNARY_BITS(square, EMK_SQUARE_32, u8, uint8_t)
EMK_UNARY_BITS(square, EMK_SQUARE_32, u16, uint16_t)
EMK_UNARY_BITS(square, EMK_SQUARE_32, u32, uint32_t)
EMK_UNARY_BITS(square, EMK_SQUARE_OF, u64, uint64_t)

#define EMK_SIGN_F32(x) ((x) > 0.0f ? 1.0f : (x) < 0.0f ? -1.0f : (x) == 0.0f ? 0.0f : (x))
#define EMK_SIGN_F64(x) ((x) > 0.0 ? 1.0 : (x) < 0.0 ? -1.0 : (x) == 0.0 ? 0.0 : (x))
#define EMK_SIGN_INT(x) (((x) > 0) - ((x) < 0))
#define EMK_SIGN_UINT(x) ((x) != 0)
#define EMK_SIGN(OF, suffix, type) EMK_UNARY_TYPED(sign, OF, suffix, type)
EMK_UNARY_FLOATS(sign, EMK_SIGN_F32, EMK_SIGN_F64)
EMK_SIGNED_TYPES(EMK_SIGN, EMK_SIGN_INT)
EMK_UNSIGNED_TYPES(EMK_SIGN, EMK_SIGN_UINT)

#define EMK_BITWISE_NOT_OF(x) (~(uint64_t)(x))
#define EMK_BITWISE_NOT(OF, suffix, type) EMK_UNARY_BITS(bitwise_not, OF, suffix, type)
EMK_UNSIGNED_TYPES(EMK_BITWISE_NOT, EMK_BITWISE_NOT_OF)

#define EMK_NOT_OF(x) ((x) == 0)
EMK_UNARY_TYPED(not, EMK_NOT_OF, bool, uint8_t)

EMK_UNARY_FLOATS(ceil, emk_ceilf, emk_ceil)
EMK_UNARY_FLOATS(floor, emk_floorf, emk_floor)
EMK_UNARY_FLOATS(round, emk_roundf, emk_round)

#define EMK_IS_NAN_OF(x) ((x) != (x))
#define EMK_IS_INF_F32(x) \
    (((x) > 3.40282347e+38f && op->b != 0.0f) || ((x) < -3.40282347e+38f && op->a != 0.0f))
#define EMK_IS_INF_F64(x)                               \
    (((x) > 1.7976931348623157e308 && op->b != 0.0f) || \
     ((x) < -1.7976931348623157e308 && op->a != 0.0f))
EMK_UNARY_TEST(is_nan, EMK_IS_NAN_OF, f32, float)
EMK_UNARY_TEST(is_nan, EMK_IS_NAN_OF, f64, double)
EMK_UNARY_TEST(is_inf, EMK_IS_INF_F32, f32, float)
EMK_UNARY_TEST(is_inf, EMK_IS_INF_F64, f64, double)

#define EMK_CLIP(argument, suffix, type)                                         \
    void emk_clip_##suffix(const emk_clip_args *op, const type *in, type *out) { \
        const type *limits = (const type *)op->limits;                           \
        const type low = limits[0], high = limits[1];                            \
        for (int32_t i = 0; i < op->count; ++i) {                                \
            const type raised = in[i] < low ? low : in[i];                       \
            out[i] = raised > high ? high : raised;                              \
        }                                                                        \
    }
EMK_NUMBER_TYPES(EMK_CLIP, 0)
