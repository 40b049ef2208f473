/* int8 kernels that go row by row, so that they can run in line buffers: rows y0 <= y < y1 of the
 * output; rings of rows as in emk/f32.h. C99, freestanding. */
#ifndef EMK_MAP_Q8_H
#define EMK_MAP_Q8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* maximum and minimum with a constant per channel: what batch normalisation behind a clamp leaves
 * (docs/quantization.md). in == out is allowed. */
typedef struct emk_limit_q8_args {
    const int8_t *limit; /* [channels] */
    int32_t is_ceiling;  /* 1: min(x, limit), 0: max(x, limit) */
    int32_t columns, channels, in_ring, out_ring;
} emk_limit_q8_args;
void emk_limit_q8(const emk_limit_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                  int32_t y1);
/* The same for cores with DSP instructions. */
void emk_limit_words_q8(const emk_limit_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                        int32_t y1);

/* Max pooling; padding is left out of a window. */
typedef struct emk_max_pool_rows_q8_args {
    int32_t low, high; /* of the output */
    int32_t in_h, in_w, channels, in_ring;
    int32_t out_w, out_ring;
    int32_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
} emk_max_pool_rows_q8_args;
void emk_max_pool_rows_q8(const emk_max_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                          int32_t y0, int32_t y1);

#ifdef __cplusplus
}
#endif

#endif /* EMK_MAP_Q8_H */
