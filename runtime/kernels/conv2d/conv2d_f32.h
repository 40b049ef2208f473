/* One block of output channels of a float convolution, for those who bring its filter. */
#ifndef EMK_CONV2D_F32_H
#define EMK_CONV2D_F32_H

#include "emk/f32.h"

#define EMK_CONV2D_F32_LANES 4

/* Output channels of the block that starts at channel c: up to four, of one group. */
static inline int32_t emk_conv2d_f32_lanes(const emk_conv2d_f32_args *op, int32_t c) {
    const int32_t out_g = op->out_c / op->groups;
    const int32_t left = out_g - c % out_g;
    return left < EMK_CONV2D_F32_LANES ? left : EMK_CONV2D_F32_LANES;
}

/* Rows y0 <= y < y1 of the block that starts at channel c; filter: [kh][kw][in_c / groups][lanes],
 * that of `op` is not used. */
void emk_conv2d_f32_block(const emk_conv2d_f32_args *op, const float *filter, int32_t c,
                          const float *in, float *out, int32_t y0, int32_t y1);

#endif /* EMK_CONV2D_F32_H */
