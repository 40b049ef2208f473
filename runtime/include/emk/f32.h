/* float32 kernels: argument structures and functions. C99, freestanding.
 *
 * Maps are [rows][columns][channels]. A kernel computes the rows y0 <= y < y1 of its output, so a
 * caller can run a layer at once, or row by row through line buffers: a map may be held as a ring
 * of its last `*_ring` rows, row y lying at y % ring; a whole map has ring == its number of rows.
 * Rounding: products and sums round one by one (build with -ffp-contract=off), each output adds its
 * terms in the order filter row, filter column, channel, from 0, and the bias last; so every build
 * for every processor gives the same bits. */
#ifndef EMK_F32_H
#define EMK_F32_H

#include <stdint.h>

#include "emk/literals.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An activation function with one parameter, which most of them ignore. */
typedef float (*emk_unary_f32)(float x, float alpha);

/* The activations of emk/math.h as such functions. */
float emk_elu_f32(float x, float alpha);
float emk_exp_f32(float x, float alpha);
float emk_gelu_f32(float x, float alpha);
float emk_gelu_tanh_f32(float x, float alpha);
float emk_hard_sigmoid_f32(float x, float alpha);
float emk_hard_swish_f32(float x, float alpha);
float emk_leaky_relu_f32(float x, float alpha);
float emk_selu_f32(float x, float alpha);
float emk_sigmoid_f32(float x, float alpha);
float emk_softplus_f32(float x, float alpha);
float emk_softsign_f32(float x, float alpha);
float emk_swish_f32(float x, float alpha);
float emk_tanh_f32(float x, float alpha);

/* What follows the sums of a layer, applied to each element: function (or none), clamp to
 * [low, high], then scale and shift per channel: batch normalisation after the activation. */
typedef struct emk_epilogue_f32 {
    emk_unary_f32 function; /* or null */
    float alpha;
    float low;
    float high;
    const float *scale; /* [channels], or null */
    const float *shift; /* [channels] when scale is not null */
} emk_epilogue_f32;

/* emk_conv2d_f32: convolution + epilogue + max pooling with windows that do not overlap.
 * The rows y count convolution rows, before the pooling. */
typedef struct emk_conv2d_f32_args {
    /* By group, then by block of four output channels (the last block of a group may be narrower):
     * [kh][kw][in_c / groups][block] */
    const float *filter;
    const float *bias;  /* [out_c], or null */
    float *weights_ram; /* room for one block's filter, or null: read it where it lies */
    emk_epilogue_f32 epilogue;
    int32_t in_h, in_w, in_c, in_ring;
    int32_t out_w, out_c, out_ring; /* out_w before pooling, out_ring in rows after pooling */
    int32_t groups;
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int32_t pool_h, pool_w; /* 1, 1: no pooling */
} emk_conv2d_f32_args;
void emk_conv2d_f32(const emk_conv2d_f32_args *op, const float *in, float *out, int32_t y0,
                    int32_t y1);

/* Weights as indices of 4 or 8 bits, two of 4 bits in a byte, the first one in its low half; they
 * stand for level * scale of the output, rounded once. */
typedef struct emk_packed_f32 {
    const uint8_t *indices; /* in the order of the weights that they stand for */
    const float *levels;    /* [1 << bits], or null: indices are int8 themselves */
    const float *scales;    /* [out_c], or null: 1 */
    int32_t bits;
} emk_packed_f32;

/* emk_conv2d_f32_packed: emk_conv2d_f32 that unpacks one block's filter at a time. */
typedef struct emk_conv2d_f32_packed_args {
    emk_conv2d_f32_args layer; /* filter and weights_ram null */
    emk_packed_f32 weights;
    float *scratch; /* 1 << bits levels, then room for one block's filter */
} emk_conv2d_f32_packed_args;
void emk_conv2d_f32_packed(const emk_conv2d_f32_packed_args *op, const float *in, float *out,
                           int32_t y0, int32_t y1);

/* emk_depthwise_conv2d_f32: output channel o reads input channel o / (out_c / in_c). */
typedef struct emk_depthwise_conv2d_f32_args {
    const float *filter; /* [kh][kw][out_c] */
    const float *bias;   /* [out_c], or null */
    emk_epilogue_f32 epilogue;
    int32_t in_h, in_w, in_c, in_ring;
    int32_t out_w, out_c, out_ring;
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
} emk_depthwise_conv2d_f32_args;
void emk_depthwise_conv2d_f32(const emk_depthwise_conv2d_f32_args *op, const float *in, float *out,
                              int32_t y0, int32_t y1);

/* emk_dense_f32: rows y of [rows][in_c] times weights. */
typedef struct emk_dense_f32_args {
    /* By block of four outputs (the last may be narrower): [in_c][block] */
    const float *weights;
    const float *bias; /* [out_c], or null */
    emk_epilogue_f32 epilogue;
    int32_t in_c, out_c;
} emk_dense_f32_args;
void emk_dense_f32(const emk_dense_f32_args *op, const float *in, float *out, int32_t y0,
                   int32_t y1);

/* emk_dense_f32_packed: emk_dense_f32 with weights as indices, looked up as they are used. */
typedef struct emk_dense_f32_packed_args {
    emk_dense_f32_args layer; /* weights null */
    emk_packed_f32 weights;
    float *scratch; /* [1 << bits] */
} emk_dense_f32_packed_args;
void emk_dense_f32_packed(const emk_dense_f32_packed_args *op, const float *in, float *out,
                          int32_t y0, int32_t y1);

/* emk_max_pool_f32, emk_average_pool_f32: padding is left out of the window. */
typedef struct emk_pool_f32_args {
    emk_epilogue_f32 epilogue;
    int32_t in_h, in_w, channels, in_ring;
    int32_t out_w, out_ring;
    int32_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
} emk_pool_f32_args;
void emk_max_pool_f32(const emk_pool_f32_args *op, const float *in, float *out, int32_t y0,
                      int32_t y1);
void emk_average_pool_f32(const emk_pool_f32_args *op, const float *in, float *out, int32_t y0,
                          int32_t y1);

/* emk_map_f32: the epilogue alone, element by element; in == out is allowed. */
typedef struct emk_map_f32_args {
    emk_epilogue_f32 epilogue;
    int32_t columns, channels; /* a row has columns * channels elements */
    int32_t in_ring, out_ring;
} emk_map_f32_args;
void emk_map_f32(const emk_map_f32_args *op, const float *in, float *out, int32_t y0, int32_t y1);

/* emk_softmax_f32: over the channels of each row; in == out is allowed. */
typedef struct emk_softmax_f32_args {
    int32_t channels;
} emk_softmax_f32_args;
void emk_softmax_f32(const emk_softmax_f32_args *op, const float *in, float *out, int32_t y0,
                     int32_t y1);

/* emk_binary_f32: element by element with broadcasting over up to four axes. */
enum emk_binary_operation {
    EMK_ADD = 0,
    EMK_SUBTRACT = 1,
    EMK_MULTIPLY = 2,
    EMK_MAXIMUM = 3,
    EMK_MINIMUM = 4
};
typedef struct emk_binary_f32_args {
    emk_epilogue_f32 epilogue;
    int32_t operation; /* enum emk_binary_operation */
    int32_t shape[4];  /* of the output, outermost first, padded with ones in front */
    int32_t a_stride[4], b_stride[4]; /* in elements; 0 where the operand is broadcast */
} emk_binary_f32_args;
void emk_binary_f32(const emk_binary_f32_args *op, const float *a, const float *b, float *out);

/* emk_pair_f32: element by element, both operands maps of the output's extents; out may be a or b.
 */
typedef struct emk_pair_f32_args {
    emk_epilogue_f32 epilogue;
    int32_t operation;         /* enum emk_binary_operation */
    int32_t columns, channels; /* a row has columns * channels elements */
    int32_t a_ring, b_ring, out_ring;
} emk_pair_f32_args;
void emk_pair_f32(const emk_pair_f32_args *op, const float *a, const float *b, float *out,
                  int32_t y0, int32_t y1);

/* emk_copy_f32: copies `blocks` runs of `run` elements into an output with `stride` elements from
 * run to run; concatenation and padding are made of it. Runs may be given as in == out. */
typedef struct emk_copy_f32_args {
    int32_t blocks, run, stride;
} emk_copy_f32_args;
void emk_copy_f32(const emk_copy_f32_args *op, const float *in, float *out);

/* emk_pad_f32: [rows][columns][channels] -> the same with `value` around. */
typedef struct emk_pad_f32_args {
    int32_t in_h, in_w, in_c;
    int32_t out_h, out_w, out_c;
    int32_t top, left, front;
    float value;
} emk_pad_f32_args;
void emk_pad_f32(const emk_pad_f32_args *op, const float *in, float *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_F32_H */
