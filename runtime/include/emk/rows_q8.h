/* Int8 convolutions by rows in plain C, for cores without DSP instructions and for shapes that no
 * faster kernel takes; equal to emk_conv_q8 bit for bit. C99, freestanding. */
#ifndef EMK_ROWS_Q8_H
#define EMK_ROWS_Q8_H

#include <stdint.h>

#include "emk/quantized.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EMK_ROWS_Q8_MOST_TAPS 16 /* of a kernel's height */

/* One image; maps are [rows][columns][channels] or rings of their last rows, row y at y modulo the
 * ring. */
typedef struct emk_rows_q8_args {
    const int8_t *filter;
    const int32_t *bias; /* [out_c], or null */
    emk_rescale rescale;
    int32_t in_zero;
    int32_t in_h, in_w, in_c, in_ring;
    int32_t out_w, out_c, out_ring;
    int32_t groups;
    int32_t kernel_h, kernel_w; /* kernel_h up to EMK_ROWS_Q8_MOST_TAPS */
    int32_t stride_h, stride_w, dilation_h, dilation_w;
    int32_t pad_top, pad_left;
} emk_rows_q8_args;

/* Output rows y0 <= y < y1. The filter is [out_c][kernel_h][kernel_w][in_c / groups]; a dense layer
 * is a column of one pixel a row. */
void emk_conv2d_rows_q8(const emk_rows_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                        int32_t y1);
/* The filter is [kernel_h][kernel_w][out_c], and groups is in_c. */
void emk_depthwise_rows_q8(const emk_rows_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                           int32_t y1);

#ifdef __cplusplus
}
#endif

#endif /* EMK_ROWS_Q8_H */
