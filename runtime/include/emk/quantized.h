/* Quantised kernels, equal to TensorFlow Lite Micro's reference kernels byte for byte.
 *
 * real = scale * (q - zero). Suffixes: q8 int8, qu8 uint8, q16 int16 activations. Sums of q8 and
 * qu8 have 32 bits; those of q16 have 32, of q16_wide 64. Multipliers and shifts are those of
 * emk_scale (emk/fixed.h). C99, freestanding. */
#ifndef EMK_QUANTIZED_H
#define EMK_QUANTIZED_H

#include <stdint.h>

#include "emk/binary.h"
#include "emk/conv.h"
#include "emk/matmul.h"
#include "emk/move.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a sum becomes an output: out_zero + scale(sum), clamped. */
typedef struct emk_rescale {
    int32_t out_zero;
    int32_t low, high;         /* of the output, in [least, greatest] of its type */
    int32_t per_channel;       /* 1: tables of one entry per output channel; 0: of one entry */
    const int32_t *multiplier; /* in [2^30, 2^31), or 0 */
    const int8_t *shift;       /* in [-31, 30]; of wide sums [-31, 14] */
} emk_rescale;

/* Convolution, depthwise convolution and dense layers: sums of (x - in_zero) * (w - weight_zero),
 * plus the bias, modulo the width of the sums. Layouts as in emk/conv.h; filter_in must be 1 when a
 * group has several input channels. Padding counts as in_zero. */
typedef struct emk_conv_q_args {
    emk_conv_args conv;
    int32_t in_zero;
    int32_t weight_zero; /* qu8 only */
    emk_rescale rescale;
} emk_conv_q_args;

void emk_conv_q8(const emk_conv_q_args *op, const int8_t *in, const int8_t *filter,
                 const int32_t *bias, int8_t *out);
void emk_conv_qu8(const emk_conv_q_args *op, const uint8_t *in, const uint8_t *filter,
                  const int32_t *bias, uint8_t *out);
void emk_conv_q16(const emk_conv_q_args *op, const int16_t *in, const int8_t *filter,
                  const int32_t *bias, int16_t *out);
void emk_conv_q16_wide(const emk_conv_q_args *op, const int16_t *in, const int8_t *filter,
                       const int64_t *bias, int16_t *out);

/* Transposed convolution, as emk_conv_transpose_f32 walks it. */
void emk_conv_transpose_q8(const emk_conv_q_args *op, const int8_t *in, const int8_t *filter,
                           const int32_t *bias, int8_t *out);
void emk_conv_transpose_qu8(const emk_conv_q_args *op, const uint8_t *in, const uint8_t *filter,
                            const int32_t *bias, uint8_t *out);
void emk_conv_transpose_q16(const emk_conv_q_args *op, const int16_t *in, const int8_t *filter,
                            const int32_t *bias, int16_t *out);
void emk_conv_transpose_q16_wide(const emk_conv_q_args *op, const int16_t *in, const int8_t *filter,
                                 const int64_t *bias, int16_t *out);

/* Poolings of [batch]…[channels]; padding is left out of a window. Averages are rounded to nearest,
 * halves away from zero. */
typedef struct emk_pool_q_args {
    int32_t batch, channels;
    int32_t low, high; /* of the output */
    emk_window window;
} emk_pool_q_args;
void emk_average_pool_q8(const emk_pool_q_args *op, const int8_t *in, int8_t *out);
void emk_average_pool_qu8(const emk_pool_q_args *op, const uint8_t *in, uint8_t *out);
void emk_average_pool_q16(const emk_pool_q_args *op, const int16_t *in, int16_t *out);
void emk_max_pool_q8(const emk_pool_q_args *op, const int8_t *in, int8_t *out);
void emk_max_pool_qu8(const emk_pool_q_args *op, const uint8_t *in, uint8_t *out);
void emk_max_pool_q16(const emk_pool_q_args *op, const int16_t *in, int16_t *out);

/* Matrix products of (a - a_zero) and (b - b_zero) as emk/matmul.h walks them; sums of q16 have 64
 * bits. */
typedef struct emk_matmul_q_args {
    emk_matmul_args matmul;
    int32_t a_zero, b_zero, out_zero;
    int32_t multiplier, shift;
    int32_t low, high;
} emk_matmul_q_args;
void emk_matmul_q8(const emk_matmul_q_args *op, const int8_t *a, const int8_t *b, int8_t *out);
void emk_matmul_qu8(const emk_matmul_q_args *op, const uint8_t *a, const uint8_t *b, uint8_t *out);
void emk_matmul_q16(const emk_matmul_q_args *op, const int16_t *a, const int16_t *b, int16_t *out);

/* Rows divided by their Euclidean length; the output has the scale 1/128 and the middle of its type
 * as zero point. in == out is allowed. */
typedef struct emk_l2_normalize_q_args {
    int32_t rows, channels;
    int32_t in_zero;
} emk_l2_normalize_q_args;
void emk_l2_normalize_q8(const emk_l2_normalize_q_args *op, const int8_t *in, int8_t *out);
void emk_l2_normalize_qu8(const emk_l2_normalize_q_args *op, const uint8_t *in, uint8_t *out);

/* Bilinear interpolation of [batch][in_h][in_w][channels]. Output position p is at
 * p * scale / 1024, or with half_pixel at ((p + 1/2) * scale - 512) / 1024. */
typedef struct emk_resize_q_args {
    int32_t batch, in_h, in_w, channels, out_h, out_w;
    int32_t scale_h, scale_w;
    int32_t half_pixel; /* 0 or 1 */
} emk_resize_q_args;
void emk_resize_bilinear_q8(const emk_resize_q_args *op, const int8_t *in, int8_t *out);
void emk_resize_bilinear_qu8(const emk_resize_q_args *op, const uint8_t *in, uint8_t *out);
void emk_resize_bilinear_q16(const emk_resize_q_args *op, const int16_t *in, int16_t *out);

/* Sums over some axes of a tensor, for sums and means; they have 32 bits. */
typedef struct emk_sum_q_args {
    int32_t shape[EMK_MAX_AXES]; /* of the output, padded with ones in front */
    int32_t stride[EMK_MAX_AXES];
    int32_t reduced_shape[EMK_MAX_AXES];
    int32_t reduced_stride[EMK_MAX_AXES];
    int32_t in_zeros; /* zero point times summands */
    int32_t out_zero;
    int32_t multiplier, shift;
    int32_t low, high;
} emk_sum_q_args;
void emk_sum_q8(const emk_sum_q_args *op, const int8_t *in, int8_t *out);
void emk_sum_qu8(const emk_sum_q_args *op, const uint8_t *in, uint8_t *out);
void emk_sum_q16(const emk_sum_q_args *op, const int16_t *in, int16_t *out);

/* Two operands, broadcast as in emk/binary.h.
 * add, subtract, squared_difference and the comparisons bring both operands to one scale first:
 *   a' = scale((a - a_zero) * 2^left_shift, a_multiplier, a_shift), and b' likewise.
 * multiply, divide and prelu (x, slope) work on the differences; prelu scales what is not negative
 * by a_multiplier. All then scale by out_multiplier, add out_zero and clamp. Comparisons give 1 or
 * 0. out may be a or b when that operand is not repeated. */
typedef struct emk_binary_q_args {
    emk_binary_args walk;
    int32_t a_zero, b_zero, out_zero;
    int32_t left_shift;
    int32_t a_multiplier, a_shift;
    int32_t b_multiplier, b_shift;
    int32_t out_multiplier, out_shift;
    int32_t low, high;
} emk_binary_q_args;
#define EMK_DECLARE(name, suffix, in_a, in_b, type)                                       \
    void emk_##name##_##suffix(const emk_binary_q_args *op, const in_a *a, const in_b *b, \
                               type *out);
#define EMK_DECLARE_VALUES(name)                      \
    EMK_DECLARE(name, q8, int8_t, int8_t, int8_t)     \
    EMK_DECLARE(name, qu8, uint8_t, uint8_t, uint8_t) \
    EMK_DECLARE(name, q16, int16_t, int16_t, int16_t)
#define EMK_DECLARE_TESTS(name)                       \
    EMK_DECLARE(name, q8, int8_t, int8_t, uint8_t)    \
    EMK_DECLARE(name, qu8, uint8_t, uint8_t, uint8_t) \
    EMK_DECLARE(name, q16, int16_t, int16_t, uint8_t)
EMK_DECLARE_VALUES(add)
EMK_DECLARE_VALUES(subtract)
EMK_DECLARE_VALUES(multiply)
EMK_DECLARE_VALUES(divide)
EMK_DECLARE_VALUES(squared_difference)
EMK_DECLARE(prelu, q8, int8_t, int8_t, int8_t)
EMK_DECLARE(prelu, qu8, uint8_t, uint8_t, uint8_t)
EMK_DECLARE(prelu, q16, int16_t, int8_t, int16_t)
EMK_DECLARE_TESTS(less)
EMK_DECLARE_TESTS(less_equal)
EMK_DECLARE_TESTS(equal)
EMK_DECLARE_TESTS(not_equal)
#undef EMK_DECLARE
#undef EMK_DECLARE_VALUES
#undef EMK_DECLARE_TESTS

/* Softmax over the last axis; outputs have the scale 2^-8 and the least value as zero point.
 * in == out is allowed. */
typedef struct emk_softmax_q_args {
    int32_t rows, channels;
    int32_t multiplier, shift; /* from differences to Q5 */
    int32_t diff_min;          /* differences below it count as minus infinity */
} emk_softmax_q_args;
void emk_softmax_q8(const emk_softmax_q_args *op, const int8_t *in, int8_t *out);
void emk_softmax_qu8(const emk_softmax_q_args *op, const uint8_t *in, uint8_t *out);

/* log of softmax; the output has the scale 1/16 and the greatest value as zero point. */
typedef struct emk_log_softmax_q_args {
    emk_softmax_q_args softmax;
    int32_t inverse_multiplier, inverse_shift; /* from Q5 to differences */
} emk_log_softmax_q_args;
void emk_log_softmax_q8(const emk_log_softmax_q_args *op, const int8_t *in, int8_t *out);
void emk_log_softmax_qu8(const emk_log_softmax_q_args *op, const uint8_t *in, uint8_t *out);

/* Softmax by tables of emk_interpolate_q16; the output has the scale 2^-15. */
typedef struct emk_softmax_q16_args {
    int32_t rows, channels;
    int32_t multiplier, shift;   /* from differences to steps of 10/65535 */
    const int16_t *exponentials; /* exp over [-10, 0], Q15 */
    const int16_t *reciprocals;  /* 1 / (1 + x) over [0, 1], Q15 */
} emk_softmax_q16_args;
void emk_softmax_q16(const emk_softmax_q16_args *op, const int16_t *in, int16_t *out);

/* float32 to quantised: zero + round(x / scale), saturated; and back: scale * (q - zero). Values
 * lie as [outer][channels][inner]. dequantize_f16 reads half precision and ignores the tables. */
typedef struct emk_quantize_args {
    int32_t outer, channels, inner;
    int32_t halves_to_even; /* 0: away from zero */
    const float *scale;     /* [channels] */
    const int32_t *zero;    /* [channels] */
} emk_quantize_args;
void emk_quantize_i8(const emk_quantize_args *op, const float *in, int8_t *out);
void emk_quantize_u8(const emk_quantize_args *op, const float *in, uint8_t *out);
void emk_quantize_i16(const emk_quantize_args *op, const float *in, int16_t *out);
void emk_quantize_u16(const emk_quantize_args *op, const float *in, uint16_t *out);
void emk_quantize_i32(const emk_quantize_args *op, const float *in, int32_t *out);
void emk_dequantize_i8(const emk_quantize_args *op, const int8_t *in, float *out);
void emk_dequantize_u8(const emk_quantize_args *op, const uint8_t *in, float *out);
void emk_dequantize_i16(const emk_quantize_args *op, const int16_t *in, float *out);
void emk_dequantize_u16(const emk_quantize_args *op, const uint16_t *in, float *out);
void emk_dequantize_i32(const emk_quantize_args *op, const int32_t *in, float *out);
void emk_dequantize_f16(const emk_quantize_args *op, const uint16_t *in, float *out);

/* out_zero + scale(x - in_zero), clamped, with a factor of its own for negative differences: from
 * one quantisation to another, relu, clip, leaky_relu, abs. in == out is allowed where the types
 * are the same. */
typedef struct emk_requantize_args {
    int32_t count;
    int32_t in_zero, out_zero;
    int32_t multiplier, shift;
    int32_t negative_multiplier, negative_shift;
    int32_t low, high;
} emk_requantize_args;
#define EMK_DECLARE(from, type_from, to, type_to)                                         \
    void emk_requantize_##from##_##to(const emk_requantize_args *op, const type_from *in, \
                                      type_to *out);
#define EMK_DECLARE_TO_ALL(from, type_from)    \
    EMK_DECLARE(from, type_from, i8, int8_t)   \
    EMK_DECLARE(from, type_from, u8, uint8_t)  \
    EMK_DECLARE(from, type_from, i16, int16_t) \
    EMK_DECLARE(from, type_from, i32, int32_t)
EMK_DECLARE_TO_ALL(i8, int8_t)
EMK_DECLARE_TO_ALL(u8, uint8_t)
EMK_DECLARE_TO_ALL(i16, int16_t)
EMK_DECLARE_TO_ALL(i32, int32_t)
#undef EMK_DECLARE
#undef EMK_DECLARE_TO_ALL

/* Any function of one 8-bit value: out = table[in], by the values' bits. in == out is allowed. */
typedef struct emk_lookup_args {
    int32_t count;
    const uint8_t *table; /* [256] */
} emk_lookup_args;
void emk_lookup_8(const emk_lookup_args *op, const void *in, void *out);

/* A function of one int16 by emk_interpolate_q16. in == out is allowed. */
typedef struct emk_lookup_q16_args {
    int32_t count;
    const int16_t *table; /* [513] */
} emk_lookup_q16_args;
void emk_lookup_q16(const emk_lookup_q16_args *op, const int16_t *in, int16_t *out);

/* sigmoid and tanh of int16 with zero points 0; outputs have the scale 2^-15. x * multiplier /
 * 2^shift is the argument in steps of 1/12288. in == out is allowed. */
typedef struct emk_sigmoid_q16_args {
    int32_t count;
    int32_t multiplier, shift;
    const uint16_t *table; /* [256]: 65536 * sigmoid(i / 24), about */
} emk_sigmoid_q16_args;
void emk_sigmoid_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out);
void emk_tanh_q16(const emk_sigmoid_q16_args *op, const int16_t *in, int16_t *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_QUANTIZED_H */
