/* Convolutions over one to three axes as whole tensors: any batch, filters that need not be
 * constant. C99, freestanding. For one image and constant filters emk/f32.h has faster ones. */
#ifndef EMK_CONV_H
#define EMK_CONV_H

#include <stdint.h>

#include "emk/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Input channel of group g in [0, in_c / groups); element (o, tap, i) of the filter lies at
 * o * filter_out + tap * filter_tap + i * filter_in, tap counting (depth, row, column). */
typedef struct emk_conv_args {
    int32_t batch, in_c, out_c, groups;
    int32_t filter_out, filter_tap, filter_in;
    emk_window window;
} emk_conv_args;

/* in [batch][depth][rows][columns][in_c] -> out [batch]…[out_c]; bias [out_c] or null. Each output
 * adds its terms in the order tap, channel, from 0, and the bias last; padding is left out. */
void emk_conv_f32(const emk_conv_args *op, const float *in, const float *filter, const float *bias,
                  float *out);

/* The transposed convolution (the gradient of a convolution with respect to its input): input
 * position p adds to the output positions p * stride - before + tap * dilation. window.in and
 * window.out are those of the input and the output here. Order of terms as above. */
void emk_conv_transpose_f32(const emk_conv_args *op, const float *in, const float *filter,
                            const float *bias, float *out);

/* Integer convolution without scales: sums of (x - x_zero) * (w - w_zero) modulo 2^32. */
typedef struct emk_conv_integer_args {
    emk_conv_args conv;
    int32_t in_flip, filter_flip; /* 128 for int8 operands, 0 for uint8 */
    int32_t filter_zeros;         /* entries of filter_zero: 1 or out_c; 0 when it is null */
} emk_conv_integer_args;
void emk_conv_integer(const emk_conv_integer_args *op, const void *in, const void *filter,
                      const void *in_zero, const void *filter_zero, int32_t *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_CONV_H */
