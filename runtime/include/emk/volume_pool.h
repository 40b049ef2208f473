/* Pooling over one to three axes as whole tensors, with dilation and counted padding. C99,
 * freestanding. For one image emk/f32.h has faster ones. */
#ifndef EMK_VOLUME_POOL_H
#define EMK_VOLUME_POOL_H

#include <stdint.h>

#include "emk/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* [batch][depth][rows][columns][channels], channel by channel. */
typedef struct emk_volume_pool_args {
    int32_t batch, channels;
    int32_t p; /* emk_volume_lp_pool_f32: the norm's exponent, at least 1 */
    /* emk_volume_average_pool_f32: how much padding counts as zeros, per axis; 0: none */
    int32_t counted_before[3], counted_after[3];
    emk_window window;
} emk_volume_pool_args;

/* The greatest input in the window, a NaN that comes first included; the type's least value where a
 * window holds no input. */
void emk_volume_max_pool_f32(const emk_volume_pool_args *op, const float *in, float *out);
void emk_volume_max_pool_f64(const emk_volume_pool_args *op, const double *in, double *out);
void emk_volume_max_pool_i8(const emk_volume_pool_args *op, const int8_t *in, int8_t *out);
void emk_volume_max_pool_u8(const emk_volume_pool_args *op, const uint8_t *in, uint8_t *out);

/* The sum in (depth, row, column) order, divided once by the number of positions that count; 0
 * where none does. */
void emk_volume_average_pool_f32(const emk_volume_pool_args *op, const float *in, float *out);

/* (sum of |x|^p)^(1/p) */
void emk_volume_lp_pool_f32(const emk_volume_pool_args *op, const float *in, float *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_VOLUME_POOL_H */
