/* Between float32 and quantised values. */
#include "emk/math.h"
#include "emk/quantized.h"

/* To the nearest integer, halves to even or away from zero; NaN gives 0, and what does not fit
 * saturates at +-2^30. */
static int32_t nearest(float x, int32_t halves_to_even) {
    const float limit = 1073741824.0f;
    int32_t whole;
    float rest;
    if (x != x) return 0;
    if (x >= limit || x <= -limit) return x > 0.0f ? 1 << 30 : -(1 << 30);
    whole = (int32_t)x;
    rest = emk_absf(x - (float)whole);
    if (rest < 0.5f || (rest == 0.5f && halves_to_even != 0 && (whole & 1) == 0)) return whole;
    return x > 0.0f ? whole + 1 : whole - 1;
}

#define EMK_QUANTIZE(suffix, type, least, most)                                                   \
    void emk_quantize_##suffix(const emk_quantize_args *op, const float *in, type *out) {         \
        for (int32_t n = 0; n < op->outer; ++n) {                                                 \
            for (int32_t c = 0; c < op->channels; ++c) {                                          \
                const float scale = op->scale[c];                                                 \
                const int32_t zero = op->zero[c];                                                 \
                for (int32_t i = 0; i < op->inner; ++i) {                                         \
                    const int32_t whole = nearest(*in++ / scale, op->halves_to_even);             \
                    const int32_t value = zero + whole;                                           \
                    *out++ = (type)(value < (least) ? (least) : value > (most) ? (most) : value); \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
    }

EMK_QUANTIZE(i8, int8_t, -128, 127)
EMK_QUANTIZE(u8, uint8_t, 0, 255)
EMK_QUANTIZE(i16, int16_t, -32768, 32767)
EMK_QUANTIZE(u16, uint16_t, 0, 65535)

/* Zero points of int32 are 0. */
void emk_quantize_i32(const emk_quantize_args *op, const float *in, int32_t *out) {
    for (int32_t n = 0; n < op->outer; ++n) {
        for (int32_t c = 0; c < op->channels; ++c) {
            for (int32_t i = 0; i < op->inner; ++i) {
                const float value = *in++ / op->scale[c];
                /* From 2^23 on floats are integers already. */
                if (value < 8388608.0f && value > -8388608.0f) {
                    *out++ = nearest(value, op->halves_to_even);
                } else if (value < 2147483648.0f && value >= -2147483648.0f) {
                    *out++ = (int32_t)value;
                } else {
                    *out++ = value > 0.0f ? (int32_t)0x7FFFFFFF : -0x7FFFFFFF - 1;
                }
            }
        }
    }
}

#define EMK_DEQUANTIZE(suffix, type)                                                        \
    void emk_dequantize_##suffix(const emk_quantize_args *op, const type *in, float *out) { \
        for (int32_t n = 0; n < op->outer; ++n) {                                           \
            for (int32_t c = 0; c < op->channels; ++c) {                                    \
                const float scale = op->scale[c];                                           \
                const int32_t zero = op->zero[c];                                           \
                for (int32_t i = 0; i < op->inner; ++i) {                                   \
                    *out++ = scale * (float)(*in++ - zero);                                 \
                }                                                                           \
            }                                                                               \
        }                                                                                   \
    }

EMK_DEQUANTIZE(i8, int8_t)
EMK_DEQUANTIZE(u8, uint8_t)
EMK_DEQUANTIZE(i16, int16_t)
EMK_DEQUANTIZE(u16, uint16_t)
EMK_DEQUANTIZE(i32, int32_t)

/* Half precision: the exponent moves, subnormals are normalised by a multiplication. */
static float float_of_half(uint32_t half) {
    const uint32_t sign = (half & 0x8000u) << 16, exponent = half & 0x7C00u;
    const uint32_t magnitude = (half & 0x7FFFu) << 13;
    if (exponent == 0x7C00u) return emk_float_of(sign | 0x7F800000u | magnitude);
    if (exponent == 0) {
        const float value = (float)(half & 0x3FFu) * 5.9604644775390625e-8f; /* 2^-24 */
        return sign != 0 ? -value : value;
    }
    return emk_float_of(sign | (magnitude + (112u << 23)));
}

void emk_dequantize_f16(const emk_quantize_args *op, const uint16_t *in, float *out) {
    const int32_t count = op->outer * op->channels * op->inner;
    for (int32_t i = 0; i < count; ++i) out[i] = float_of_half(in[i]);
}
