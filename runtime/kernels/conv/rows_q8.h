/* What the row-wise plain C convolutions share: where a window lies, and outputs from sums. */
#ifndef EMK_KERNELS_ROWS_Q8_H
#define EMK_KERNELS_ROWS_Q8_H

#include "emk/fixed.h"
#include "emk/rows_q8.h"

/* Taps first <= t < last of one axis lie inside of the map; the first of all reads `origin`. */
typedef struct emk_tap_span {
    int32_t first, last, origin;
} emk_tap_span;

static inline emk_tap_span emk_tap_span_of(int32_t position, int32_t stride, int32_t before,
                                           int32_t dilation, int32_t kernel, int32_t extent) {
    emk_tap_span span;
    span.origin = position * stride - before;
    span.first = 0;
    while (span.first < kernel && span.origin + span.first * dilation < 0) ++span.first;
    span.last = kernel;
    while (span.last > span.first && span.origin + (span.last - 1) * dilation >= extent) {
        --span.last;
    }
    return span;
}

/* The rows under a window, by tap. */
typedef struct emk_window_lines {
    emk_tap_span taps;
    const int8_t *line[EMK_ROWS_Q8_MOST_TAPS];
} emk_window_lines;

static inline void emk_find_lines(const emk_rows_q8_args *op, const int8_t *in, int32_t y,
                                  emk_window_lines *lines) {
    lines->taps =
        emk_tap_span_of(y, op->stride_h, op->pad_top, op->dilation_h, op->kernel_h, op->in_h);
    for (int32_t ky = lines->taps.first; ky < lines->taps.last; ++ky) {
        const int32_t row = lines->taps.origin + ky * op->dilation_h;
        lines->line[ky] = in + row % op->in_ring * op->in_w * op->in_c;
    }
}

static inline emk_tap_span emk_columns_of(const emk_rows_q8_args *op, int32_t x) {
    return emk_tap_span_of(x, op->stride_w, op->pad_left, op->dilation_w, op->kernel_w, op->in_w);
}

static inline int8_t emk_row_output(const emk_rows_q8_args *op, int32_t sum, int32_t channel) {
    const emk_rescale *rescale = &op->rescale;
    const int32_t i = rescale->per_channel != 0 ? channel : 0;
    const int32_t scaled = emk_scale(sum, rescale->multiplier[i], rescale->shift[i]);
    return (int8_t)emk_clamp_i32(scaled + rescale->out_zero, rescale->low, rescale->high);
}

static inline int32_t emk_bias_of(const emk_rows_q8_args *op, int32_t channel) {
    return op->bias != 0 ? op->bias[channel] : 0;
}

#endif /* EMK_KERNELS_ROWS_Q8_H */
