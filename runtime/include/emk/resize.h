/* Resampling of maps to other numbers of rows and columns. C99, freestanding. Where to read, and
 * with which weights, is worked out beforehand for each output row and column. */
#ifndef EMK_RESIZE_H
#define EMK_RESIZE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* [batch][in_h][in_w][channels] -> [batch][out_h][out_w][channels]: the sum over a row's taps of
 * weight times (the sum over a column's taps of weight times input). A row or column whose first
 * tap is negative lies outside: its outputs are `outside`. */
typedef struct emk_resize_f32_args {
    const int32_t *rows;         /* [out_h][row_taps]: input rows */
    const float *row_weights;    /* the same */
    const int32_t *columns;      /* [out_w][column_taps]: input columns */
    const float *column_weights; /* the same */
    int32_t batch, in_h, in_w, channels, out_h, out_w;
    int32_t row_taps, column_taps;
    float outside;
} emk_resize_f32_args;
void emk_resize_f32(const emk_resize_f32_args *op, const float *in, float *out);

/* The same with one tap of weight 1, for elements of any type. */
typedef struct emk_resize_nearest_args {
    const int32_t *rows;    /* [out_h] */
    const int32_t *columns; /* [out_w] */
    int32_t element_bytes;  /* 1, 2, 4 or 8 */
    int32_t batch, in_h, in_w, channels, out_h, out_w;
} emk_resize_nearest_args;
void emk_resize_nearest(const emk_resize_nearest_args *op, const void *in, void *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_RESIZE_H */
