/* The parts of emk_conv2d_q8_winograd: transforms, and products of transformed tiles and weights.
 *
 * F(4x4, 3x3) after Lavin and Gray 2016 (arXiv:1509.09308) in whole numbers: the transforms' rows
 * are multiplied until they have no denominators, which makes sums 24 * 24 = 576 times too large.
 * Modulo 2^32, 576 times the inverse of 9 is 64, and as the sums themselves are less than 2^25, 64
 * times the sum comes out exactly whatever wraps on the way.
 *
 * Of a tile's 6 x 6 positions, position 6 * column + row comes row by row of the column. */
#ifndef EMK_WINOGRAD_Q8_H
#define EMK_WINOGRAD_Q8_H

#include "emk/dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMK_WINOGRAD_POSITIONS = 36, EMK_WINOGRAD_TEMPORARIES = 72 };

/* One tile of inputs x + 128: words of four channels, [block of channels][rows][columns]. */
typedef struct emk_winograd_tile {
    const uint32_t *from;
    uint32_t *to; /* tiles transformed, of one lane: [words of two channels][positions][4] */
    uint32_t *temporaries;
    int32_t blocks;     /* of four channels */
    int32_t row, block; /* steps of the inputs in bytes */
} emk_winograd_tile;
void emk_winograd_input_q8(const emk_winograd_tile *op);

/* Products for two outputs: sums over channels, at each position of each tile. */
typedef struct emk_winograd_product {
    const uint32_t *tiles;   /* [quads of tiles][words][positions][4] */
    const uint32_t *weights; /* [words][positions][2] */
    int32_t *sums;           /* [2][4 * quads][positions] */
    int32_t quads, words;
} emk_winograd_product;
void emk_winograd_multiply_q8(const emk_winograd_product *op);

/* One output channel of `tiles` neighbouring tiles. */
typedef struct emk_winograd_outputs {
    const int32_t *sums; /* [tiles][positions] */
    int8_t *out;
    int32_t *temporaries;
    int32_t tiles;
    int32_t column, row; /* steps in the output */
    int32_t bias;        /* 64 times */
    int32_t multiplier, rounding, shift;
} emk_winograd_outputs;
void emk_winograd_output_q8(const emk_winograd_outputs *op);

/* Weights of two outputs, [blocks][2][9 taps] words of four channels, to [words][positions][2]. */
typedef struct emk_winograd_filters {
    const uint32_t *from;
    uint32_t *to;
    uint32_t *temporaries;
    int32_t blocks;
} emk_winograd_filters;
void emk_winograd_weights_q8(const emk_winograd_filters *op);

#ifdef __cplusplus
}
#endif

#endif /* EMK_WINOGRAD_Q8_H */
