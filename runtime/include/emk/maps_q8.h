/* Additions and poolings of int8 maps [rows][columns][channels] for cores with DSP instructions,
 * equal to those of emk/quantized.h bit for bit. Each function makes output rows y0 <= y < y1; a
 * map may be a ring of its last rows: row y lies at y modulo the ring. C99, freestanding. */
#ifndef EMK_MAPS_Q8_H
#define EMK_MAPS_Q8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* emk_add_q8 of two maps of one shape, where a has the larger scale. In what is computed there, a
 * needs a shift only: twice the sum is 2^20 * (a - a_zero) + 2 * b', and
 *   b' = ((b - b_zero) * 2^b_left * b_multiplier / 2^32 + b_rounding) / 2^b_shift
 * with emk_scale's two roundings, b_rounding being 2^(b_shift - 1). multiplier, rounding and shift
 * are emk_rescale_s8's. With a table of 2 * b' to fill, which pays for some thousand elements, it
 * is twice as fast. out may be a or b. */
typedef struct emk_add_rows_q8_args {
    int32_t row_bytes;
    int32_t a_ring, b_ring, out_ring;
    int32_t a_zero, b_zero;
    int32_t b_left, b_multiplier, b_rounding, b_shift;
    int32_t low, high; /* of the output */
    int32_t multiplier, rounding, shift;
    int32_t relu;   /* 1: low is not below the output's zero point; 0 */
    int32_t *table; /* scratch of 256 words, or null */
} emk_add_rows_q8_args;

void emk_add_rows_q8(const emk_add_rows_q8_args *op, const int8_t *a, const int8_t *b, int8_t *out,
                     int32_t y0, int32_t y1);

/* emk_max_pool_q8 and emk_average_pool_q8 of one image, any window and stride, padding left out. */
typedef struct emk_pool_rows_q8_args {
    int32_t in_h, in_w, channels, in_ring;
    int32_t out_w, out_ring;
    int32_t kernel_h, kernel_w;
    int32_t stride_h, stride_w;
    int32_t pad_top, pad_left;
    int32_t low, high; /* of the output */
} emk_pool_rows_q8_args;

void emk_max_pool_words_q8(const emk_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                           int32_t y0, int32_t y1);
void emk_average_pool_rows_q8(const emk_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                              int32_t y0, int32_t y1);

#ifdef __cplusplus
}
#endif

#endif /* EMK_MAPS_Q8_H */
