/* Convolutions of int8 maps (groups = 1, one image) for cores with the DSP extension; results equal
 * emk_conv_q8's (emk/quantized.h) byte for byte. C99, freestanding.
 *
 * Maps are [rows][columns][channels], or rings of their last in_ring / out_ring rows: row y lies at
 * y % ring. Functions compute output rows y0 <= y < y1. Weights and factors are packed by the
 * planner (src/plan/kernels/conv_q8.cc), which also proves that no sum leaves 30 bits. */
#ifndef EMK_CONV_Q8_H
#define EMK_CONV_Q8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a panel repeats what lies under several windows (emk_conv2d_q8_panel). */
enum {
    EMK_PANEL_SHARED =
        0, /* every input once: windows of a row overlap, rows serve several outputs */
    EMK_PANEL_COLUMNS = 1, /* by output column: the filter's columns one after another */
    EMK_PANEL_WINDOWS = 2  /* by output: the whole window */
};

typedef struct emk_conv2d_q8_panel_args {
    const uint32_t *weights; /* [pairs of outputs][kernel_h][run_words], see below */
    const int32_t
        *channels; /* [pairs][8]: two doubled biases; two of multiplier, rounding, shift */
    void *scratch; /* [copied_words], [row_bytes], the panel; 4-byte aligned */
    int32_t in_h, in_w, in_c, in_ring;
    int32_t in_zero;
    int32_t out_w, out_c, out_ring;
    int32_t low, high; /* of the output */
    int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left;
    int32_t repetition;    /* EMK_PANEL_… */
    int32_t run_words;     /* words under one row of the filter */
    int32_t pixel_words;   /* from one output column to the next */
    int32_t reach_words;   /* under one output column */
    int32_t strip_rows;    /* output rows that the panel has room for; pointwise: pixels */
    int32_t strip_columns; /* output columns of it, with strip_rows 1; else, pointwise and
                              EMK_PANEL_WINDOWS: out_w */
    int32_t copied_words;  /* for a pair's weights, if they are expanded to scratch; else 0 */
    int32_t row_bytes;     /* of one input row with its padding (multiple of 4); 0: has none */
} emk_conv2d_q8_panel_args;

/* Direct convolution of any window; out_c >= 2.
 *
 * Inputs are expanded to halves, 2 * (x + 128), into a panel in which four output columns a quarter
 * of the row apart lie side by side, word by word: [word][4]. With in_c a multiple of 4 the words
 * of four channels are (0, 2) and (1, 3), else (0, 1), (2, 3), …; a run of odd length ends in a
 * half that counts for nothing. A word of weights holds output 0 and 1's weights of the low half in
 * its bytes 0 and 1, of the high half in bytes 2 and 3. When out_c is odd the last pair begins at
 * out_c - 2. */
void emk_conv2d_q8_panel(const emk_conv2d_q8_panel_args *op, const int8_t *in, int8_t *out,
                         int32_t y0, int32_t y1);

typedef struct emk_conv2d_q8_winograd_args {
    const uint32_t *weights;  /* [pairs of outputs][in_c / 4][2][9 taps]: words of four channels */
    const int32_t *channels;  /* as in emk_conv2d_q8_panel_args */
    void *scratch;            /* see below; 4-byte aligned */
    int32_t in_h, in_w, in_c; /* in_c a multiple of 4 */
    int32_t in_zero;
    int32_t out_h, out_w, out_c;
    int32_t low, high; /* of the output */
    int32_t pad_top, pad_left;
    int32_t batch; /* tiles at a time, a multiple of 4 */
} emk_conv2d_q8_winograd_args;

/* 3x3 convolution with strides and dilations of 1 by exact Winograd F(4x4, 3x3); out_c >= 2. Maps
 * are whole, and all rows are computed whatever y0 and y1 are. Sums are less than 2^25.
 *
 * Scratch, in words: the transforms' temporaries (72), weights of two outputs (36 * in_c), sums of
 * two outputs (72 * batch), tiles (18 * in_c * batch), and the inputs of a row of tiles
 * (6 * in_c / 4 * (4 * ceil(out_w / 4) + 2)). */
void emk_conv2d_q8_winograd(const emk_conv2d_q8_winograd_args *op, const int8_t *in, int8_t *out,
                            int32_t y0, int32_t y1);

/* Weights of 1 to 4 bits: each byte of a pair's words, from the lowest of the first word on, is an
 * index into a table of levels. The first index lies in the lowest bits of a pair's first
 * half-word; pairs begin at half-words. */
typedef struct emk_packed_words {
    const uint16_t *indices; /* [pairs of outputs][ceil(4 * bits * words / 16)] */
    const int8_t *levels;    /* [1 << bits] */
    int32_t bits;
} emk_packed_words;
/* What two indices, the lower one in the lower bits, stand for: 1 << 2 * bits pairs of levels. */
void emk_make_level_pairs_q8(const emk_packed_words *packed, uint16_t *pairs);
/* Unpacks the weights of a pair of outputs, `words` words, to `to`, and returns that. */
const uint32_t *emk_unpack_pair_q8(const emk_packed_words *packed, int32_t pair, int32_t words,
                                   const uint16_t *pairs, uint32_t *to);

/* emk_conv2d_q8_panel and emk_conv2d_q8_winograd with packed weights in place of layer.weights;
 * scratch begins with pairs of levels (512 bytes) and the weights of a pair of outputs. */
enum { EMK_LEVEL_PAIR_WORDS = 128 };
typedef struct emk_conv2d_q8_panel_packed_args {
    emk_conv2d_q8_panel_args layer;
    emk_packed_words packed;
} emk_conv2d_q8_panel_packed_args;
void emk_conv2d_q8_panel_packed(const emk_conv2d_q8_panel_packed_args *op, const int8_t *in,
                                int8_t *out, int32_t y0, int32_t y1);

typedef struct emk_conv2d_q8_winograd_packed_args {
    emk_conv2d_q8_winograd_args layer;
    emk_packed_words packed;
} emk_conv2d_q8_winograd_packed_args;
void emk_conv2d_q8_winograd_packed(const emk_conv2d_q8_winograd_packed_args *op, const int8_t *in,
                                   int8_t *out, int32_t y0, int32_t y1);

#ifdef __cplusplus
}
#endif

#endif /* EMK_CONV_Q8_H */
