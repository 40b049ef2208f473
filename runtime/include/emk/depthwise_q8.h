/* Depthwise int8 convolutions for cores with DSP instructions; equal to emk_conv_q8 bit for bit.
 * C99, freestanding. */
#ifndef EMK_DEPTHWISE_Q8_H
#define EMK_DEPTHWISE_Q8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kernels of 3x3 with stride 1 or 2, one output per input channel, at least four channels. Four
 * channels at a time are packed into planes of vertical pairs: a word holds two rows of a column
 * less in_zero, so that what lies outside of the map is 0 and a multiplication serves two rows.
 *
 * Channels have records of ten words: weights and bias, both times 2^left, the weights as pairs of
 * int16; multiplier, rounding and shift. Pairs, the first one low, with w<row><column>:
 *   stride 1: (w00,w10) (w10,w20) (w01,w11) (w11,w21) (w02,w12) (w12,w22)
 *   stride 2: (w00,w10) (w01,w11) (w02,w12) (w20,w21) (w22,0) 0
 * left is 1, and the last three words are emk_rescale_s8's (emk/dsp.h).
 *
 * The functions named fast are for maps whose low is not below the output's zero point, as behind a
 * ReLU. Then it does not matter that halves of negative sums are rounded away from zero, and
 * emk_scale's two roundings are one: floor((floor(v + 1/2) + 2^(r-1)) / 2^r) is
 * floor((v + 1/2 + 2^(r-1)) / 2^r), v = sum * multiplier / 2^31. With left = EMK_DEPTHWISE_SHIFT
 * + 1 - r, from 2 to 8, the same shift serves all channels, and rounding is
 * 2^(EMK_DEPTHWISE_SHIFT - 1) + 2^(left - 2) + zero point * 2^EMK_DEPTHWISE_SHIFT. */
typedef struct emk_depthwise_q8_3x3_args {
    int32_t in_h, in_w, channels, in_ring;
    int32_t out_h, out_w, out_ring;
    int32_t pad_top, pad_left;
    int32_t in_zero;
    int32_t low, high;      /* of the output */
    const int32_t *records; /* [channels][10] */
    int32_t *planes;        /* scratch: EMK_DEPTHWISE_COLUMN_BYTES times the padded map's columns,
                               (out_w - 1) * stride + 3 */
} emk_depthwise_q8_3x3_args;

#define EMK_DEPTHWISE_COLUMN_BYTES 128
#define EMK_DEPTHWISE_RECORD_WORDS 10
#define EMK_DEPTHWISE_SHIFT 12

/* Output rows y0 <= y < y1 of [in_h][in_w][channels] -> [out_h][out_w][channels]; a map may be a
 * ring of its last rows: row y lies at y modulo the ring. */
#define EMK_DECLARE(name)                                                                     \
    void name(const emk_depthwise_q8_3x3_args *op, const int8_t *in, int8_t *out, int32_t y0, \
              int32_t y1);
EMK_DECLARE(emk_depthwise_q8_3x3)
EMK_DECLARE(emk_depthwise_q8_3x3_fast)
EMK_DECLARE(emk_depthwise_q8_3x3_s2)
EMK_DECLARE(emk_depthwise_q8_3x3_s2_fast)
#undef EMK_DECLARE

#ifdef __cplusplus
}
#endif

#endif /* EMK_DEPTHWISE_Q8_H */
