/* Fully connected int8 layers for cores with DSP instructions; equal to emk_conv_q8 bit for bit.
 * C99, freestanding. */
#ifndef EMK_DENSE_Q8_H
#define EMK_DENSE_Q8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Weights as pair codes: outputs a and b = a + 1 share 16 bits, 256 * w_b + w_a. A product with the
 * code and one with its sign-extended low byte give both sums, as long as that of b stays below
 * 2^23 in size.
 *
 * The stream holds what is read in its order: blocks of four pairs, then the pairs that are left
 * one by one. A block begins with the sums' first values, a's of all pairs and then 256 * b + a
 * (biases, less in_zero times the sum of the weights). Then come for every four inputs k … k+3 the
 * codes of (k, k+2) of each pair, and those of (k+1, k+3); the first of two lies in the low half of
 * a word. Inputs are padded to a multiple of 8, outputs to one of 2, with zeros. */
typedef struct emk_dense_q8_pairs_args {
    int32_t in_c, out_c;
    const int32_t *stream;
    const int32_t *factors; /* three words: multiplier, rounding and shift of emk_rescale_s8
                               (emk/dsp.h), of each output or one for all */
    int32_t factor_words;   /* from one output's to the next: 3 or 0 */
    int32_t low, high;      /* of the output */
} emk_dense_q8_pairs_args;

/* Rows y0 <= y < y1 of [rows][in_c] -> [rows][out_c]. */
void emk_dense_q8_pairs(const emk_dense_q8_pairs_args *op, const int8_t *in, int8_t *out,
                        int32_t y0, int32_t y1);

/* Weights as indices of 1 to 4 bits into a table of levels. A row of indices belongs to an output;
 * eight inputs take `bits` bytes, the first index in the lowest bits of the first byte, and what is
 * missing to a multiple of eight is index 0. */
typedef struct emk_dense_q8_packed_args {
    int32_t in_c, out_c;
    const uint8_t *indices; /* [out_c][ceil(in_c / 8) * bits], and three bytes that are read too */
    const int8_t *levels;   /* [1 << bits] */
    int32_t bits;
    const int32_t *biases;  /* [out_c], less in_zero times the sum of the weights */
    const int32_t *factors; /* as in emk_dense_q8_pairs_args */
    int32_t factor_words;
    int32_t low, high; /* of the output */
    uint32_t *scratch; /* words: 1 << 2 * bits for pairs of levels, ceil(in_c / 8) * 4 for inputs */
} emk_dense_q8_packed_args;

/* Rows y0 <= y < y1 of [rows][in_c] -> [rows][out_c]. */
void emk_dense_q8_packed(const emk_dense_q8_packed_args *op, const int8_t *in, int8_t *out,
                         int32_t y0, int32_t y1);

#ifdef __cplusplus
}
#endif

#endif /* EMK_DENSE_Q8_H */
